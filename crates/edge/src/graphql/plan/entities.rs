//! Entities that a gateway asks for: each names a row by its type and key. Those of one type are one request, which answers keys and
//! rows side by side, so that each row finds its place. A key whose text has several spellings is a request of its own.

use super::given::Given;
use super::query::by_key;
use super::{Draft, Form, Selected, Source, Step, unexpected};
use apollo_compiler::Name;
use apollo_compiler::executable::SelectionSet;
use backstay_plan::request::{Action, Condition, FieldRef, Input, Item, Level, Operator, Part, Read};
use backstay_schema::model::{Field, Model, Scalar};
use std::collections::HashMap;

/// Member of a group's answer that holds the keys of the rows.
pub(in crate::graphql) const KEYS: &str = "keys";
/// Member that holds the rows, in the same order.
pub(in crate::graphql) const ROWS: &str = "rows";

/// What `_entities` asks for.
#[derive(Debug)]
pub(in crate::graphql) struct Entities {
    /// How many there are.
    pub(in crate::graphql) count: usize,
    /// Requests for several rows of a type.
    pub(in crate::graphql) groups: Vec<Group>,
    /// Requests for one row, with its place.
    pub(in crate::graphql) singles: Vec<(usize, Form)>,
}

/// Rows of one type.
#[derive(Debug)]
pub(in crate::graphql) struct Group {
    pub(in crate::graphql) form: Form,
    /// Columns of the key, in order.
    pub(in crate::graphql) key: Vec<(String, Spelling)>,
    /// Places by the key of the row that belongs there.
    pub(in crate::graphql) places: HashMap<Vec<String>, Vec<usize>>,
}

/// How the one spelling of a part of a key is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::graphql) enum Spelling {
    /// It has no other.
    Exact,
    /// That of a whole number.
    Whole,
    /// Digits of a UUID, in lower case.
    Uuid,
}

impl Spelling {
    /// `None` where a value of the type has several spellings that only the database tells apart.
    fn of(field: &Field) -> Option<Self> {
        match field.ty.scalar {
            _ if field.ty.list => None,
            Scalar::String | Scalar::Id | Scalar::Enum(_) => Some(Self::Exact),
            Scalar::Int | Scalar::BigInt => Some(Self::Whole),
            Scalar::Uuid => Some(Self::Uuid),
            Scalar::Boolean
            | Scalar::Float
            | Scalar::Decimal
            | Scalar::DateTime
            | Scalar::Date
            | Scalar::Time
            | Scalar::Bytes
            | Scalar::Json
            | Scalar::Object(_)
            | Scalar::Email
            | Scalar::Url
            | Scalar::Phone => None,
        }
    }

    /// The one spelling of a text.
    pub(in crate::graphql) fn one(self, text: &str) -> String {
        match self {
            Self::Exact => text.to_owned(),
            Self::Whole => text.trim().parse().map_or_else(|_| text.to_owned(), |number: i64| number.to_string()),
            Self::Uuid => {
                text.chars().filter(char::is_ascii_alphanumeric).map(|digit| digit.to_ascii_lowercase()).collect()
            }
        }
    }
}

/// A representation whose key is known.
struct Represented<'a> {
    place: usize,
    key: Vec<(&'a Field, Given<'a>)>,
}

/// The requests of `_entities`.
pub(in crate::graphql) fn entities<'a>(source: Source<'a>, selected: &Selected<'a>) -> Step<Entities> {
    let Some(field) = selected.field() else { return Err(unexpected("a field without a name")) };
    let representations = source.arguments(field).take("representations").unwrap_or(Given::Null).items();
    let count = representations.len();
    let mut types: Vec<(&'a Model, &'a str, Vec<Represented<'a>>)> = Vec::new();
    for (place, representation) in representations.into_iter().enumerate() {
        let (model, ty, key) = represented(source, representation)?;
        match types.iter_mut().find(|(known, ..)| known.id == model.id) {
            Some((.., of)) => of.push(Represented { place, key }),
            None => types.push((model, ty, vec![Represented { place, key }])),
        }
    }
    let mut asked = Entities { count, groups: Vec::new(), singles: Vec::new() };
    for (model, ty, represented) in types {
        // What is selected of any entity is selected of these.
        let typed: Vec<SelectionSet> = selected
            .below()
            .iter()
            .map(|set| SelectionSet { ty: Name::new_unchecked(ty), selections: set.selections.clone() })
            .collect();
        let sets: Vec<&SelectionSet> = typed.iter().collect();
        let fields: Vec<&Field> = model.key.iter().filter_map(|id| model.fields.get(usize::from(id.0))).collect();
        let spellings: Option<Vec<Spelling>> = fields.iter().map(|field| Spelling::of(field)).collect();
        match spellings {
            Some(spellings) if represented.len() > 1 => {
                for some in represented.chunks(together(source, model)) {
                    asked.groups.push(group(source, model, (&spellings, some), &sets)?);
                }
            }
            _ => {
                for Represented { place, key } in &represented {
                    asked.singles.push((*place, by_key(source, model, key, &sets)?));
                }
            }
        }
    }
    Ok(asked)
}

/// How many rows one request asks for.
fn together(source: Source<'_>, model: &Model) -> usize {
    let rows = source.limits.rows_max.min(model.rows_max.unwrap_or(u32::MAX)).min(source.limits.list_items_max);
    let conditions = usize::from(source.limits.conditions_max) / (model.key.len() + 1);
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    if model.key.len() == 1 { rows.max(1) } else { rows.min(conditions).max(1) }
}

type Key<'a> = Vec<(&'a Field, Given<'a>)>;

fn represented<'a>(source: Source<'a>, representation: Given<'a>) -> Step<(&'a Model, &'a str, Key<'a>)> {
    let members = representation.members();
    let named = |name: &str| members.iter().find(|(member, _)| *member == name).map(|(_, value)| value);
    let Some(Given::Text(ty)) = named("__typename") else {
        return Err(unexpected("a representation needs '__typename'"));
    };
    let model = source.names.object(ty).and_then(|id| source.model(id));
    let model = model.filter(|model| !model.keyless).ok_or_else(|| unexpected(format!("'{ty}' is no entity")))?;
    let fields = model.key.iter().filter_map(|id| model.fields.get(usize::from(id.0)));
    let key = fields.map(|field| {
        let value = named(&field.name).cloned();
        Ok((field, value.ok_or_else(|| unexpected(format!("a representation of '{ty}' needs '{}'", field.name)))?))
    });
    Ok((model, ty, key.collect::<Step<_>>()?))
}

fn group<'a>(
    source: Source<'a>,
    model: &'a Model,
    (spellings, some): (&[Spelling], &[Represented<'a>]),
    sets: &[&SelectionSet],
) -> Step<Group> {
    let mut draft = Draft::new(source);
    let mut places: HashMap<Vec<String>, Vec<usize>> = HashMap::new();
    let (mut texts, mut each) = (Vec::new(), Vec::new());
    for Represented { place, key } in some {
        let parts = key.iter().map(|(field, value)| text(field, value)).collect::<Step<Vec<String>>>()?;
        let one = parts.iter().zip(spellings).map(|(part, spelling)| spelling.one(part)).collect();
        let known = places.entry(one).or_default();
        known.push(*place);
        if known.len() > 1 {
            continue;
        }
        if let [single] = &parts[..] {
            texts.push(single.clone());
        } else {
            let equal = key.iter().map(|(field, value)| draft.equal(field, value)).collect::<Step<_>>()?;
            each.push(Condition::And(equal));
        }
    }
    let column = |field: &Field| FieldRef { name: field.name.clone(), path: Vec::new() };
    let fields = model.key.iter().filter_map(|id| model.fields.get(usize::from(id.0)));
    let filter = match (model.key.len(), fields.clone().next()) {
        (1, Some(field)) => {
            let operator = Operator::In(draft.keep(Input::List(texts))?);
            Condition::Test { field: column(field), operator }
        }
        _ => Condition::Or(each),
    };
    let shown = |field: &Field| Item::Field { alias: None, field: column(field), cast: None, aggregate: None };
    let keys = Part::Rows { key: KEYS.to_owned(), items: fields.clone().map(shown).collect() };
    let rows = Part::Rows { key: ROWS.to_owned(), items: draft.items(model, sets)? };
    let level = Level { filter: vec![filter], parts: vec![keys, rows], ..Level::default() };
    let form = draft.form(Action::Read(Read { relation: model.table.clone(), level, total: false }));
    let key = fields.map(|field| field.name.clone()).zip(spellings.iter().copied()).collect();
    Ok(Group { form, key, places })
}

/// A part of a key as text.
fn text(field: &Field, value: &Given<'_>) -> Step<String> {
    match value {
        Given::Text(text) => Ok((*text).to_owned()),
        Given::Number(number) => Ok(number.clone().into_owned()),
        Given::Null => Err(super::unexpected_null(&field.name)),
        Given::Bool(_) | Given::List(_) | Given::Object(_) | Given::Leaf(_) => {
            Err(unexpected(format!("'{}' must be text or a number", field.name)))
        }
    }
}
