//! The directives there are, read from `directives.graphql`, and the check of one application against them.
//! In: a directive as written. Out: an [`Applied`] whose arguments exist and have the declared types.

use std::collections::HashMap;
use std::sync::LazyLock;

use apollo_compiler::ast::{Definition, DirectiveDefinition, DirectiveLocation, Type};
use apollo_compiler::parser::Parser;

use crate::declare::{Value, ValueKind};
use crate::diagnostic::Span;
use crate::duration;
use crate::report::{Report, did_you_mean, nearest};

const SDL: &str = include_str!("directives.graphql");

/// The text of the published `directives.graphql`.
#[must_use]
pub fn directives_sdl() -> &'static str {
    SDL
}

/// Names of the built-in GraphQL scalars.
const BUILT_IN_SCALARS: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];
/// Directives of GraphQL itself that are accepted and say nothing to Backstay beyond documentation.
const STANDARD: [(&str, &[DirectiveLocation]); 2] = [
    (
        "deprecated",
        &[
            DirectiveLocation::FieldDefinition,
            DirectiveLocation::ArgumentDefinition,
            DirectiveLocation::EnumValue,
            DirectiveLocation::InputFieldDefinition,
        ],
    ),
    ("specifiedBy", &[DirectiveLocation::Scalar]),
];

/// A directive application as written.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) arguments: Vec<(String, Span, Value)>,
}

/// A directive application whose arguments have the declared types; of a wrong one, what is right of it.
#[derive(Debug, Clone)]
pub(crate) struct Applied {
    pub(crate) name: String,
    /// Where the name stands, with its `@`.
    pub(crate) span: Span,
    /// Arguments given, none of them null.
    pub(crate) arguments: Vec<(String, Value)>,
    /// Whether any argument was written, right or wrong.
    pub(crate) has_arguments: bool,
}

impl Applied {
    /// The value of an argument, if given.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.arguments.iter().find(|(given, _)| given == name).map(|(_, value)| value)
    }

    /// A text argument with its place.
    pub(crate) fn text(&self, name: &str) -> Option<(&str, Span)> {
        let value = self.get(name)?;
        Some((value.kind.text()?, value.span))
    }

    /// An enum argument.
    pub(crate) fn word(&self, name: &str) -> Option<&str> {
        self.get(name)?.kind.word()
    }

    /// A Boolean argument, or what it is when left out.
    pub(crate) fn flag(&self, name: &str, otherwise: bool) -> bool {
        self.get(name).and_then(|value| value.kind.flag()).unwrap_or(otherwise)
    }

    /// A list argument's items; a single value is a list of one.
    pub(crate) fn items(&self, name: &str) -> Option<Vec<&Value>> {
        let value = self.get(name)?;
        Some(if let ValueKind::List(items) = &value.kind { items.iter().collect() } else { vec![value] })
    }

    /// A list argument of texts.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<(&str, Span)>> {
        let items = self.items(name)?;
        Some(items.into_iter().filter_map(|item| Some((item.kind.text()?, item.span))).collect())
    }

    /// A list argument of enum values.
    pub(crate) fn words(&self, name: &str) -> Option<Vec<(&str, Span)>> {
        let items = self.items(name)?;
        Some(items.into_iter().filter_map(|item| Some((item.kind.word()?, item.span))).collect())
    }

    /// A number argument with its place.
    pub(crate) fn number(&self, name: &str) -> Option<(f64, Span)> {
        let value = self.get(name)?;
        Some((value.kind.digits()?.parse().ok()?, value.span))
    }

    /// An integer argument with its place.
    pub(crate) fn integer(&self, name: &str) -> Option<(i64, Span)> {
        let value = self.get(name)?;
        Some((value.kind.int_digits()?.parse().ok()?, value.span))
    }
}

/// The directives, enums and inputs of `directives.graphql`.
#[derive(Debug, Default)]
pub(crate) struct Table {
    directives: Vec<DirectiveDefinition>,
    enums: HashMap<String, Vec<String>>,
    inputs: HashMap<String, Vec<(String, Type)>>,
    /// Value types a schema may use.
    scalars: Vec<String>,
}

impl Table {
    pub(crate) fn find(&self, name: &str) -> Option<&DirectiveDefinition> {
        self.directives.iter().find(|directive| directive.name.as_str() == name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.directives.iter().map(|directive| directive.name.as_str())
    }

    /// Value types a schema may use, GraphQL's own included.
    pub(crate) fn scalar_names(&self) -> &[String] {
        &self.scalars
    }

    /// Whether the name belongs to `directives.graphql` or to GraphQL.
    pub(crate) fn is_own_type(&self, name: &str) -> bool {
        self.enums.contains_key(name)
            || self.inputs.contains_key(name)
            || self.scalars.iter().any(|scalar| scalar == name)
    }
}

/// The one table, read once.
pub(crate) fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(read_table);
    &TABLE
}

fn read_table() -> Table {
    let mut table = Table::default();
    table.scalars.extend(BUILT_IN_SCALARS.map(str::to_owned));
    let document = match Parser::new().parse_ast(SDL, "directives.graphql") {
        Ok(document) => document,
        // The text is a constant that a test parses.
        Err(failed) => failed.partial,
    };
    for definition in &document.definitions {
        if let Definition::DirectiveDefinition(def) = definition {
            table.directives.push((**def).clone());
        } else if let Definition::ScalarTypeDefinition(def) = definition {
            table.scalars.push(def.name.to_string());
        } else if let Definition::EnumTypeDefinition(def) = definition {
            let values = def.values.iter().map(|value| value.value.to_string()).collect();
            table.enums.insert(def.name.to_string(), values);
        } else if let Definition::InputObjectTypeDefinition(def) = definition {
            let fields = def.fields.iter().map(|field| (field.name.to_string(), (*field.ty).clone())).collect();
            table.inputs.insert(def.name.to_string(), fields);
        }
    }
    table
}

/// Checks the directives of one place and keeps what is right.
pub(crate) fn check(written: Vec<Written>, location: DirectiveLocation, report: &mut Report) -> Vec<Applied> {
    let mut seen: HashMap<String, ()> = HashMap::new();
    let mut out = Vec::new();
    for directive in written {
        if let Some((_, places)) = STANDARD.iter().find(|(name, _)| *name == directive.name) {
            if !places.contains(&location) {
                wrong_place(&directive, location, places, report);
            }
            continue;
        }
        let Some(definition) = table().find(&directive.name) else {
            let message = format!("there is no directive `@{}`", directive.name);
            let help = nearest(&directive.name, table().names()).map(|best| format!("did you mean `@{best}`?"));
            report.error_help("unknown-directive", directive.span, message, help);
            continue;
        };
        if !definition.locations.contains(&location) {
            wrong_place(&directive, location, &definition.locations, report);
            continue;
        }
        if !definition.repeatable && seen.insert(directive.name.clone(), ()).is_some() {
            let message = format!("`@{}` stands here twice", directive.name);
            report.error("duplicate-directive", directive.span, message);
            continue;
        }
        // One that lacks an argument is kept, so that the place is not reported as lacking the directive too.
        out.push(check_arguments(directive, definition, report));
    }
    out
}

fn wrong_place(directive: &Written, at: DirectiveLocation, allowed: &[DirectiveLocation], report: &mut Report) {
    let places: Vec<&str> = allowed.iter().map(|place| place_name(*place)).collect();
    let message = format!("`@{}` does not stand on {}", directive.name, place_name(at));
    report.error_help("directive-location", directive.span, message, format!("it stands on {}", places.join(" or ")));
}

fn place_name(location: DirectiveLocation) -> &'static str {
    match location {
        DirectiveLocation::Schema => "`schema`",
        DirectiveLocation::Scalar => "a scalar",
        DirectiveLocation::Object => "a type",
        DirectiveLocation::FieldDefinition => "a field of a type",
        DirectiveLocation::ArgumentDefinition => "an argument",
        DirectiveLocation::Interface => "an interface",
        DirectiveLocation::Union => "a union",
        DirectiveLocation::Enum => "an enum",
        DirectiveLocation::EnumValue => "an enum value",
        DirectiveLocation::InputObject => "an input",
        DirectiveLocation::InputFieldDefinition => "a field of an input",
        DirectiveLocation::Query
        | DirectiveLocation::Mutation
        | DirectiveLocation::Subscription
        | DirectiveLocation::Field
        | DirectiveLocation::FragmentDefinition
        | DirectiveLocation::FragmentSpread
        | DirectiveLocation::InlineFragment
        | DirectiveLocation::VariableDefinition => "a request",
    }
}

/// Checks names, types and presence of arguments, and keeps those that are right.
fn check_arguments(written: Written, definition: &DirectiveDefinition, report: &mut Report) -> Applied {
    let owner = format!("`@{}`", written.name);
    let has_arguments = !written.arguments.is_empty();
    let mut applied = Applied { name: written.name.clone(), span: written.span, arguments: Vec::new(), has_arguments };
    let mut given: Vec<String> = Vec::new();
    for (name, span, value) in written.arguments {
        let Some(argument) = definition.arguments.iter().find(|argument| argument.name.as_str() == name) else {
            let message = format!("{owner} has no argument `{name}`");
            let names = definition.arguments.iter().map(|argument| argument.name.as_str());
            let help = did_you_mean(&name, names.clone()).or_else(|| match names.collect::<Vec<_>>().join("`, `") {
                list if list.is_empty() => Some("it takes none".to_owned()),
                list => Some(format!("it takes `{list}`")),
            });
            report.error_help("unknown-argument", span, message, help);
            continue;
        };
        if given.contains(&name) {
            report.error("duplicate-argument", span, format!("{owner} is given `{name}` twice"));
            continue;
        }
        given.push(name.clone());
        let place = format!("argument `{name}` of {owner}");
        if check_value(&value, &argument.ty, &place, report) && !matches!(value.kind, ValueKind::Null) {
            applied.arguments.push((name, value));
        }
    }
    for argument in definition.arguments.iter().filter(|argument| argument.ty.is_non_null()) {
        let name = argument.name.as_str();
        if !given.iter().any(|known| known == name) {
            let message = format!("{owner} needs the argument `{name}`");
            report.error("missing-argument", written.span, message);
        }
    }
    applied
}

/// Whether a literal has the declared type; says so when not.
fn check_value(value: &Value, ty: &Type, place: &str, report: &mut Report) -> bool {
    match (ty, &value.kind) {
        (Type::Named(_) | Type::List(_), ValueKind::Null) => true,
        (Type::NonNullNamed(_) | Type::NonNullList(_), ValueKind::Null) => mismatch(value, ty, place, report),
        (Type::List(item) | Type::NonNullList(item), ValueKind::List(items)) => {
            let mut right = true;
            for entry in items {
                right &= check_value(entry, item, place, report);
            }
            right
        }
        (Type::List(item) | Type::NonNullList(item), _) => check_value(value, item, place, report),
        (Type::Named(name) | Type::NonNullNamed(name), _) => check_named(value, name.as_str(), place, report),
    }
}

fn check_named(value: &Value, ty: &str, place: &str, report: &mut Report) -> bool {
    if let Some(words) = table().enums.get(ty) {
        return check_word(value, words, place, report);
    }
    if let Some(fields) = table().inputs.get(ty) {
        return check_members(value, fields, place, report);
    }
    if matches!(value.kind, ValueKind::Variable) {
        // The parser has refused it.
        return false;
    }
    let right = match (ty, &value.kind) {
        ("BackstayValue", _)
        | ("String" | "BackstayExpression", ValueKind::String(_))
        | ("Boolean", ValueKind::Bool(_)) => true,
        ("Int", ValueKind::Int(digits)) => digits.parse::<i64>().is_ok(),
        ("Float", ValueKind::Int(digits) | ValueKind::Float(digits)) => digits.parse::<f64>().is_ok_and(f64::is_finite),
        ("BackstayDuration", ValueKind::String(text)) => match duration::parse_ms(text) {
            Some(_) => true,
            None => {
                let message = format!("{place}: `{text}` is not a span of time");
                report.error_help(
                    "invalid-duration",
                    value.span,
                    message,
                    "write a number and ms, s, m, h or d, such as \"30s\"".to_owned(),
                );
                return false;
            }
        },
        ("BackstaySize", ValueKind::Int(digits)) => digits.parse::<u64>().is_ok(),
        ("BackstaySize", ValueKind::String(text)) => match duration::parse_bytes(text) {
            Some(_) => true,
            None => {
                let message = format!("{place}: `{text}` is not a size");
                report.error_help(
                    "invalid-size",
                    value.span,
                    message,
                    "write a number and B, KB, KiB, MB, MiB, GB or GiB, such as \"10MiB\"".to_owned(),
                );
                return false;
            }
        },
        (_, _) => false,
    };
    if right {
        return true;
    }
    let wanted = match ty {
        "Int" => "an integer",
        "Float" => "a number",
        "Boolean" => "true or false",
        "BackstayExpression" => "a rule in quotes",
        "BackstayDuration" => "a span of time in quotes, such as \"30s\"",
        "BackstaySize" => "a size, such as \"10MiB\"",
        "BackstayValue" => "a constant",
        _string => "a text in quotes",
    };
    let message = format!("{place} takes {wanted}, not {}", value.kind.noun());
    report.error("argument-type", value.span, message);
    false
}

fn check_word(value: &Value, words: &[String], place: &str, report: &mut Report) -> bool {
    let ValueKind::Enum(word) = &value.kind else {
        let message = format!("{place} takes one of {}, not {}", words.join(", "), value.kind.noun());
        let quoted = value.kind.text().filter(|text| words.iter().any(|word| word == text));
        let help = quoted.map(|text| format!("write {text} without quotes"));
        report.error_help("argument-type", value.span, message, help);
        return false;
    };
    if words.contains(word) {
        return true;
    }
    let message = format!("{place} takes one of {}, not `{word}`", words.join(", "));
    let help = did_you_mean(word, words.iter().map(String::as_str));
    report.error_help("unknown-enum-value", value.span, message, help);
    false
}

fn check_members(value: &Value, fields: &[(String, Type)], place: &str, report: &mut Report) -> bool {
    let ValueKind::Object(members) = &value.kind else {
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        let message = format!("{place} takes an object with {}, not {}", names.join(", "), value.kind.noun());
        report.error("argument-type", value.span, message);
        return false;
    };
    let mut right = true;
    for (name, span, member) in members {
        match fields.iter().find(|(known, _)| known == name) {
            Some((_, ty)) => right &= check_value(member, ty, &format!("`{name}` in {place}"), report),
            None => {
                let help = did_you_mean(name, fields.iter().map(|(known, _)| known.as_str()));
                report.error_help("unknown-argument", *span, format!("{place} has no `{name}`"), help);
                right = false;
            }
        }
    }
    right
}

fn mismatch(value: &Value, ty: &Type, place: &str, report: &mut Report) -> bool {
    let message = format!("{place} is a {}, which cannot be null", ty.inner_named_type());
    report.error("argument-type", value.span, message);
    false
}
