//! Filters on one value: `String_comparison_exp` and its like. In: those in use. Out: their definitions.

use super::{Builder, Comparison, define};
use apollo_compiler::Node;
use apollo_compiler::ast::InputValueDefinition;
use backstay_schema::graphql as spelling;
use backstay_schema::model::{FieldType, Scalar};

/// Which operators a value has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Values with an order.
    Ordered,
    /// Values that are equal or not.
    Equal,
    /// Text.
    Text,
    /// Text in a full-text index.
    Searchable,
    /// JSON.
    Json,
    /// Lists.
    List,
}

impl Builder<'_> {
    /// Name of the filter on a value of a type, which is in use from now on.
    pub(super) fn comparison(&mut self, ty: &FieldType, searchable: bool) -> String {
        let scalar = self.names.scalar(self.schema, ty.scalar).to_owned();
        let kind = match ty.scalar {
            _ if ty.list => Kind::List,
            Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone if searchable => Kind::Searchable,
            Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone => Kind::Text,
            Scalar::Json | Scalar::Object(_) => Kind::Json,
            Scalar::Boolean | Scalar::Enum(_) => Kind::Equal,
            Scalar::Int
            | Scalar::BigInt
            | Scalar::Float
            | Scalar::Decimal
            | Scalar::Uuid
            | Scalar::DateTime
            | Scalar::Date
            | Scalar::Time
            | Scalar::Bytes => Kind::Ordered,
        };
        let name = match kind {
            Kind::Searchable => spelling::searchable_comparison(&scalar),
            Kind::Ordered | Kind::Equal | Kind::Text | Kind::Json | Kind::List => {
                spelling::comparison(&scalar, ty.list)
            }
        };
        self.scalars.insert(scalar.clone());
        self.comparisons.insert(Comparison { name: name.clone(), scalar, kind });
        name
    }

    /// Defines the filters in use.
    pub(super) fn comparisons(&mut self) {
        let string = FieldType { scalar: Scalar::String, list: false, nullable: true, items_nullable: false };
        let casts = self.comparisons.iter().any(|comparison| comparison.kind == Kind::Json);
        if casts {
            let text = self.comparison(&string, false);
            let cast = define::input_about("String", define::named(&text), Some("The JSON text."));
            self.add(define::input_object("jsonb_cast_exp", Some("JSON as another type."), vec![cast]));
        }
        let searches = self.comparisons.iter().any(|comparison| comparison.kind == Kind::Searchable);
        if searches {
            self.search();
        }
        for comparison in std::mem::take(&mut self.comparisons) {
            let members = members(&comparison);
            let description =
                format!("A test of a value of type `{}`. All of its members must hold.", comparison.scalar);
            self.add(define::input_object(&comparison.name, Some(&description), members));
        }
    }

    fn search(&mut self) {
        let modes = [
            ("plain", Some("All words, in any order.")),
            ("phrase", Some("The words in this order.")),
            ("web", Some("As in a search box: quotes, `or`, `-`.")),
        ];
        self.add(define::enumeration("search_mode", Some("How a search text is read."), modes));
        let plain = apollo_compiler::ast::Value::Enum(define::name("plain"));
        let members = vec![
            define::input("query", define::named("String").non_null()),
            define::input_default("mode", define::named("search_mode"), Some(plain), None),
            define::input_about("lang", define::named("String"), Some("Language of the index.")),
        ];
        self.add(define::input_object("search_input", Some("A full-text search."), members));
    }
}

fn members(comparison: &Comparison) -> Vec<Node<InputValueDefinition>> {
    let one = || define::named(&comparison.scalar);
    let list = || define::list_of(&comparison.scalar);
    let text = || define::named("String");
    let texts = || define::list_of("String");
    let mut members = Vec::new();
    let mut add = |names: &[&str], ty: &dyn Fn() -> apollo_compiler::ast::Type| {
        members.extend(names.iter().map(|name| define::input(name, ty())));
    };
    match comparison.kind {
        Kind::Ordered => {
            add(&["_eq", "_neq", "_gt", "_gte", "_lt", "_lte"], &one);
            add(&["_in", "_nin"], &list);
        }
        Kind::Equal => {
            add(&["_eq", "_neq"], &one);
            add(&["_in", "_nin"], &list);
        }
        Kind::Text | Kind::Searchable => {
            add(&["_eq", "_neq", "_gt", "_gte", "_lt", "_lte"], &one);
            add(&["_in", "_nin"], &list);
            add(&["_like", "_nlike", "_ilike", "_nilike"], &text);
            add(&["_regex", "_nregex", "_iregex", "_niregex"], &text);
        }
        Kind::Json => {
            add(&["_eq", "_neq", "_contains", "_contained_in"], &one);
            add(&["_has_key"], &text);
            add(&["_has_keys_any", "_has_keys_all"], &texts);
            add(&["_cast"], &|| define::named("jsonb_cast_exp"));
        }
        Kind::List => add(&["_eq", "_neq", "_contains", "_contained_in", "_overlaps"], &list),
    }
    if comparison.kind == Kind::Searchable {
        add(&["_search"], &|| define::named("search_input"));
    }
    add(&["_is_null"], &|| define::named("Boolean"));
    members
}
