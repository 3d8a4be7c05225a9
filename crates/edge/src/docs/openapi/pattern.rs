//! Regular expressions of query values. In: columns and their types. Out: patterns whose every match the server accepts.
//! They describe the common forms, not the whole grammar (nested embeds, JSON paths, aggregates, any regular expression): docs/rest.md
//! has that, and the page at `/docs` leaves the checking to the server.

use backstay_plan::limits::Limits;
use backstay_schema::Schema;
use backstay_schema::model::{Field, Scalar};

/// Any text without control characters.
const TEXT: &str = r"[^\u0000-\u001f\u007f-\u009f]*";
/// Text that needs no quotes in a list.
const WORD: &str = "[A-Za-z0-9_-]+";
const DATE: &str = r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])";
const TIME: &str = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]";
const UUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/// What fits a type: a value alone, the same as an element of a list, and how it may be compared.
struct Forms {
    value: String,
    element: String,
    ordered: bool,
    text: bool,
}

fn forms(schema: &Schema, scalar: Scalar) -> Option<Forms> {
    let same =
        |value: &str, ordered| Some(Forms { value: value.to_owned(), element: value.to_owned(), ordered, text: false });
    match scalar {
        Scalar::Int => same("-?[0-9]{1,9}", true),
        Scalar::BigInt => same("-?[0-9]{1,18}", true),
        Scalar::Float | Scalar::Decimal => same(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", true),
        Scalar::Date => same(DATE, true),
        Scalar::DateTime => same(&format!("{DATE}(T{TIME}Z)?"), true),
        Scalar::Time => same(TIME, true),
        Scalar::Boolean => same("(true|false)", false),
        Scalar::Uuid => same(UUID, false),
        Scalar::Bytes => same(r"\\x([0-9a-f]{2})*", false),
        Scalar::Enum(id) => {
            let names = schema.enums.get(usize::from(id.0))?.values.iter().map(|value| regex::escape(value));
            same(&format!("({})", names.collect::<Vec<_>>().join("|")), false)
        }
        Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone => {
            Some(Forms { value: TEXT.to_owned(), element: WORD.to_owned(), ordered: true, text: true })
        }
        Scalar::Json | Scalar::Object(_) => None,
    }
}

/// A filter on a column. `searchable` is whether it has a full-text index.
pub(super) fn filter(schema: &Schema, field: &Field, searchable: bool) -> String {
    format!(r"^(not\.)?({})$", conditions(schema, field, searchable, Place::Alone))
}

/// One or more conditions on columns, in brackets.
pub(super) fn logic(schema: &Schema, fields: &[&Field]) -> Option<String> {
    let terms: Vec<String> = fields
        .iter()
        .map(|field| {
            let conditions = conditions(schema, field, false, Place::Tree);
            format!(r"{}\.(not\.)?({conditions})", name(field))
        })
        .collect();
    let any = terms.join("|");
    (!any.is_empty()).then(|| format!(r"^\(({any})(,({any}))*\)$"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The whole value of a query key: text goes to its end.
    Alone,
    /// Inside `and=(…)`: text ends at a comma.
    Tree,
}

fn conditions(schema: &Schema, field: &Field, searchable: bool, place: Place) -> String {
    let mut all = vec![r"is\.(null|not_null)".to_owned()];
    let Some(Forms { value, element, ordered, text }) = forms(schema, field.ty.scalar) else {
        all.push(r#"cs\.\{"[a-z]{1,9}":[0-9]{1,9}\}"#.to_owned());
        return if place == Place::Tree { all.swap_remove(0) } else { all.join("|") };
    };
    if field.ty.list {
        all.push(format!(r"(cs|cd|ov|eq|neq)\.\{{({element}(,{element})*)?\}}"));
        return all.join("|");
    }
    let value = if place == Place::Tree { &element } else { &value };
    let operators = if ordered { "(eq|neq|gt|gte|lt|lte|isdistinct)" } else { "(eq|neq|isdistinct)" };
    all.push(format!(r"{operators}\.{value}"));
    all.push(format!(r"in\.\(({element}(,{element})*)?\)"));
    if field.ty.scalar == Scalar::Boolean {
        all.push(r"is\.(true|false|unknown)".to_owned());
    }
    if text {
        all.push(r"i?like(\((any|all)\)\.\{([A-Za-z0-9*]+(,[A-Za-z0-9*]+)*)?\}|\.[A-Za-z0-9*%_ -]*)".to_owned());
        all.push(r"i?match\.\^?[A-Za-z0-9_ -]*\$?".to_owned());
    }
    if searchable {
        all.push(r"(pl|ph|w)?fts\.[A-Za-z0-9]+".to_owned());
    }
    all.join("|")
}

/// Columns in `select`, with an alias or as text.
pub(super) fn select(fields: &[&Field], related: &[String]) -> Option<String> {
    let names = any(fields)?;
    let item = format!(r"(\*|([a-z_]{{1,20}}:)?{names}(::text)?)");
    let related = match &related.iter().map(|name| regex::escape(name)).collect::<Vec<_>>()[..] {
        [] => String::new(),
        related => format!(r"(,({})(!inner|!left)?\(\*\))?", related.join("|")),
    };
    Some(format!("^({item}(,{item})*{related})?$"))
}

/// Sort terms, as many as a request may have.
pub(super) fn order(fields: &[&Field], limits: &Limits) -> Option<String> {
    let term = format!(r"{}(\.(asc|desc))?(\.nulls(first|last))?", any(fields)?);
    let more = limits.order_terms_max.saturating_sub(1);
    Some(format!("^{term}(,{term}){{0,{more}}}$"))
}

/// The columns of a bulk insert: the required ones, and any of the others.
pub(super) fn columns(required: &[&Field], optional: &[&Field]) -> Option<String> {
    let first: Vec<String> = required.iter().map(|field| name(field)).collect();
    match (first.is_empty(), any(optional)) {
        (true, None) => None,
        (true, Some(optional)) => Some(format!("^{optional}(,{optional})*$")),
        (false, None) => Some(format!("^{}$", first.join(","))),
        (false, Some(optional)) => Some(format!("^{}(,{optional})*$", first.join(","))),
    }
}

/// The unique constraints that an upsert can go by.
pub(super) fn conflict(keys: &[Vec<&Field>]) -> Option<String> {
    let keys: Vec<String> =
        keys.iter().map(|key| key.iter().map(|field| name(field)).collect::<Vec<_>>().join(",")).collect();
    (!keys.is_empty()).then(|| format!("^({})$", keys.join("|")))
}

fn any(fields: &[&Field]) -> Option<String> {
    let names: Vec<String> = fields.iter().map(|field| name(field)).collect();
    (!names.is_empty()).then(|| format!("({})", names.join("|")))
}

/// A column's name as query strings have it.
fn name(field: &Field) -> String {
    let is_word = !field.name.is_empty() && field.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let text = if is_word {
        field.name.clone()
    } else {
        format!("\"{}\"", field.name.replace('\\', "\\\\").replace('"', "\\\""))
    };
    regex::escape(&text)
}
