//! The words of MySQL and MariaDB. JSON is text that is put together by each statement; what the two servers say differently
//! stands in comments that only one of them reads. Text compares bytewise and by its whole length.

mod call;
mod companion;
mod json;

use super::definition;
use super::statement::{Grammar, list, parenthesised, term};
use super::text::Text;
use crate::ast::{Aggregate, Alias, BinaryOp, Function, Search, TableSource, Term};
use crate::datatype::{Base, DataType};
use crate::functions::StoreFunction;
use backstay_plan::value::{Param, Value};

/// What is MySQL's own.
pub(super) static GRAMMAR: Grammar = Grammar {
    quote: '`',
    name_max: 64,
    literal_conflict: false,
    truth: ["FALSE", "TRUE"],
    nulls_are_small: true,
    places_nulls: false,
    no_limit: " LIMIT 18446744073709551615",
    no_source: " FROM DUAL",
    no_columns: " () VALUES ()",
    to_float: ("CAST(", " AS DOUBLE)"),
    current_instant: "utc_timestamp(6)",
    random_uuid: "lower(uuid())",
    random_ulid: "(concat('0', upper(substr(replace(uuid(), '-', ''), 1, 25))))",
    param,
    literal,
    source,
    element: super::statement::element,
    operation,
    call: call::call,
    aggregate,
    decimal: term,
    typed,
    wire_text: json::wire_text,
    json_text: json::json_text,
    json_rows: json::json_rows,
    cast,
    object: json::object,
    array: json::array,
    list: json::array,
    in_array: |out, needle, array| {
        parenthesised(out, |out| {
            out.syntax("json_contains(");
            list(out, &[array, needle], ", ", |out, of| term(out, of));
            out.syntax(")");
        })
    },
    search,
    column_type,
    short_type: |out, ty, length| {
        out.syntax(if ty.base == Base::Bytes { "varbinary(" } else { "varchar(" });
        out.number(i64::from(length));
        out.syntax(")");
    },
    authored_type: Text::authored_type,
    row_number: ["", " AUTO_INCREMENT"],
    checks_apart: true,
    table_end: "\n) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */",
    partitions: definition::partitions_within,
    deferrable: "",
    run: "CALL ",
    index_method: |_, _| {},
    index: companion::index,
    companion: |out, of| definition::definition(out, of),
};

/// Text compares by its bytes and its whole length, as columns do.
const BYTEWISE: &str = " COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */";

fn param(out: &mut Text, param: &Param, ty: Option<DataType>) {
    let ty = ty.unwrap_or_else(|| DataType::of_param(param));
    let (before, after) = match (ty.base, ty.list) {
        // A value that is written keeps its digits, or is refused.
        (Base::Decimal, false) if matches!(param, Param::Cell(_)) => ("bs_decimal(", ")"),
        (Base::Decimal, false) => ("CAST(", " AS DECIMAL(65,30))"),
        // Stored instants are of UTC and say so, which the server does not read.
        (Base::Instant, false) => ("CAST(replace(", ", '+00:00', '') AS DATETIME(6))"),
        (Base::Date, false) => ("CAST(", " AS DATE)"),
        (Base::Time, false) => ("CAST(", " AS TIME(6))"),
        (
            Base::Integer
            | Base::BigInt
            | Base::Float
            | Base::Boolean
            | Base::Text
            | Base::Uuid
            | Base::Bytes
            | Base::Json,
            false,
        )
        | (_, true) => ("", ""),
    };
    out.syntax(before);
    if !out.written(param) {
        out.positional(param);
    }
    out.syntax(after);
}

fn literal(out: &mut Text, value: &Value) {
    match value {
        Value::Null => out.syntax("NULL"),
        Value::Bool(value) => out.syntax(if *value { "TRUE" } else { "FALSE" }),
        Value::Int(value) => out.number(*value),
        Value::Float(value) if value.is_finite() => {
            out.float(*value);
            out.syntax("e0");
        }
        // There are no such values.
        Value::Float(_) => out.syntax("NULL"),
        Value::Text(text) => out.quote(text),
        Value::Blob(bytes) => {
            out.syntax("x'");
            out.hex(bytes);
            out.syntax("'");
        }
    }
}

/// A text is looked at closely where it may hold the beginning of a word that is searched, or letters that may be folded to one.
/// What is about the query alone is constant, so that the server works it out once.
fn search(out: &mut Text, of: &Search) {
    parenthesised(out, |out| {
        out.syntax("CASE WHEN ");
        term(out, &of.text);
        out.syntax(" REGEXP bs_search_hint(");
        term(out, &of.query);
        out.syntax(") THEN bs_stems_near(");
        term(out, &of.text);
        out.syntax(", bs_word_starts(");
        term(out, &of.query);
        out.syntax(")) ELSE '' END REGEXP bs_stems(bs_folded(");
        term(out, &of.query);
        out.syntax("))");
    });
}

fn column_type(ty: DataType) -> &'static str {
    if ty.list {
        return "longtext";
    }
    match ty.base {
        Base::Integer => "int",
        Base::BigInt => "bigint",
        Base::Float => "double",
        Base::Decimal => "decimal(65,30)",
        Base::Boolean => "tinyint(1)",
        Base::Text | Base::Json => "longtext",
        Base::Uuid => "varchar(36)",
        Base::Instant => "datetime(6)",
        Base::Date => "date",
        Base::Time => "time(6)",
        Base::Bytes => "longblob",
    }
}

/// Items stand in a source twice: as text, and as the JSON that they are.
fn source(out: &mut Text, of: &TableSource, name: &Alias) {
    out.syntax("JSON_TABLE(");
    match of {
        TableSource::Elements(array) => {
            term(out, array);
            out.syntax(", '$[*]' COLUMNS (`key` FOR ORDINALITY, `value` longtext CHARACTER SET utf8mb4");
            out.syntax(BYTEWISE);
            out.syntax(" PATH '$', `json` json PATH '$'))");
        }
        TableSource::Keys | TableSource::Named(_) | TableSource::Query(_) => {
            out.param(&Param::Keys);
            out.syntax(", '$[*]' COLUMNS (`key` FOR ORDINALITY, `json` json PATH '$'))");
        }
    }
    out.syntax(" AS ");
    super::statement::alias(out, name);
}

/// Operations that other databases have signs for.
fn operation(out: &mut Text, op: BinaryOp, left: &Term, right: &Term) -> bool {
    match op {
        BinaryOp::Distinct => {
            out.syntax("(NOT (");
            term(out, left);
            out.syntax(" <=> ");
            term(out, right);
            out.syntax("))");
        }
        BinaryOp::Concat => function(out, "concat", &[left, right]),
        BinaryOp::JsonMember => json::extract(out, left, right),
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessOrEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterOrEqual
        | BinaryOp::Add => return false,
    }
    true
}

/// A value under a type: text out of JSON is read as one, and a parameter is; other values have theirs.
fn typed(out: &mut Text, inner: &Term, ty: DataType) {
    if let Term::Param(of) = inner {
        return param(out, of, Some(ty));
    }
    if let Term::Typed(of, _) = inner
        && matches!(**of, Term::Param(_))
    {
        return typed(out, of, ty);
    }
    if let Term::Element(each) = inner
        && (ty.list || ty.base == Base::Json)
    {
        super::statement::alias(out, each);
        return out.syntax(".`json`");
    }
    if is_text_of_json(inner) {
        return decoded(out, ty, |out| term(out, inner));
    }
    term(out, inner);
}

/// Whether a term is text that came out of JSON, whatever type the value has.
fn is_text_of_json(of: &Term) -> bool {
    const READS_JSON: [Function; 3] =
        [Function::JsonElement, Function::Store(StoreFunction::JsonAs), Function::Store(StoreFunction::JsonText)];
    if let Term::Call(function, _) = of {
        return READS_JSON.contains(function);
    }
    matches!(of, Term::Element(_))
}

/// Text read as a value of a type.
fn decoded(out: &mut Text, ty: DataType, text: impl FnOnce(&mut Text)) {
    let (before, after) = match (ty.base, ty.list) {
        (_, true) | (Base::Json, false) => ("", ""),
        (Base::Integer | Base::BigInt, false) => ("CAST(", " AS SIGNED)"),
        (Base::Float, false) => ("CAST(", " AS DOUBLE)"),
        (Base::Decimal, false) => ("CAST(", " AS DECIMAL(65,30))"),
        (Base::Boolean, false) => ("(", " = 'true')"),
        (Base::Text | Base::Uuid, false) => return bytewise(out, text),
        (Base::Instant, false) => ("CAST(replace(", ", '+00:00', '') AS DATETIME(6))"),
        (Base::Date, false) => ("CAST(", " AS DATE)"),
        (Base::Time, false) => ("CAST(", " AS TIME(6))"),
        (Base::Bytes, false) => ("unhex(substr(", ", 3))"),
    };
    out.syntax(before);
    text(out);
    out.syntax(after);
}

fn bytewise(out: &mut Text, inner: impl FnOnce(&mut Text)) {
    parenthesised(out, |out| {
        inner(out);
        out.syntax(BYTEWISE);
    });
}

/// Text turned into a value of a type; text that is none refuses the statement.
fn cast(out: &mut Text, inner: &Term, ty: DataType) {
    decoded(out, ty, |out| {
        out.syntax("bs_cast(");
        term(out, inner);
        out.syntax(", '");
        out.syntax(ty.base.cast_name());
        out.syntax("')");
    });
}

fn function(out: &mut Text, name: &'static str, args: &[&Term]) {
    out.syntax(name);
    parenthesised(out, |out| list(out, args, ", ", |out, of| term(out, of)));
}

fn aggregate(out: &mut Text, of: Aggregate, inner: &Term) {
    // MariaDB may look at one row of each group alone, the least or largest by an index, even where a condition that holds a
    // comparison of the column lets that row fall away; then the group is missing. It never does for what is no bare column.
    let bare = out.is_grouped() && matches!(inner, Term::Column(..));
    let (before, after) = match of {
        // A column that is not grouped by has the value of some row of the group.
        Aggregate::OfGroup => ("", ""),
        Aggregate::Count => ("count(", ")"),
        Aggregate::CountDistinct => ("count(DISTINCT ", ")"),
        Aggregate::Sum | Aggregate::DecimalSum | Aggregate::CountTrue => ("sum(", ")"),
        Aggregate::Avg => {
            out.syntax("(CAST(sum(");
            term(out, inner);
            out.syntax(") AS DOUBLE) / count(");
            term(out, inner);
            return out.syntax("))");
        }
        Aggregate::DecimalAvg => ("round(avg(", "), 16)"),
        Aggregate::Min | Aggregate::AllTrue if bare => ("min(coalesce(", "))"),
        Aggregate::Max | Aggregate::AnyTrue if bare => ("max(coalesce(", "))"),
        Aggregate::Min | Aggregate::AllTrue => ("min(", ")"),
        Aggregate::Max | Aggregate::AnyTrue => ("max(", ")"),
        Aggregate::JsonArray => ("coalesce(concat('[', group_concat(", " SEPARATOR ','), ']'), '[]')"),
    };
    out.syntax(before);
    term(out, inner);
    out.syntax(after);
}
