//! SQLite's own words.

mod companion;

use super::definition::create_index;
use super::statement::{Grammar, alias, element, list, parenthesised, term};
use super::text::Text;
use crate::ast::{Aggregate, Alias, BinaryOp, Function, Search, TableSource, Term};
use crate::datatype::{Base, DataType};
use crate::functions::{DECIMAL_AVG, DECIMAL_COLLATION, DECIMAL_SUM, StoreFunction};
use backstay_plan::value::{Param, Value};

/// What is SQLite's own.
pub(super) static GRAMMAR: Grammar = Grammar {
    quote: '"',
    name_max: usize::MAX,
    literal_conflict: false,
    truth: ["0", "1"],
    nulls_are_small: true,
    places_nulls: true,
    no_limit: " LIMIT -1",
    no_source: "",
    no_columns: " DEFAULT VALUES",
    to_float: ("CAST(", " AS REAL)"),
    current_instant: "(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000+00:00')",
    random_uuid: RANDOM_UUID,
    random_ulid: "('0' || substr(hex(randomblob(13)), 2))",
    param,
    literal,
    source,
    element,
    operation: |out, op, left, right| {
        let distinct = matches!(op, BinaryOp::Distinct);
        if distinct {
            parenthesised(out, |out| {
                term(out, left);
                out.syntax(" IS NOT ");
                term(out, right);
            });
        }
        distinct
    },
    call,
    aggregate,
    decimal,
    typed: |out, inner, _| term(out, inner),
    wire_text: |out, inner, _| term(out, inner),
    json_text: |out, inner, _| term(out, inner),
    json_rows: |out, of| aggregate(out, Aggregate::JsonArray, &of.value),
    cast,
    object,
    array,
    list: array,
    in_array,
    search,
    column_type,
    short_type: |out, ty, _| out.syntax(column_type(ty)),
    authored_type: Text::ident,
    row_number: [" PRIMARY KEY", " PRIMARY KEY AUTOINCREMENT"],
    checks_apart: false,
    table_end: "\n)",
    // Lowered to nothing.
    partitions: |_, _| {},
    deferrable: "",
    run: "SELECT ",
    // SQLite has one kind of index.
    index_method: |_, _| {},
    index: create_index,
    companion: companion::companion,
};

/// A UUID of version 4.
const RANDOM_UUID: &str = "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' \
     || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))";

fn param(out: &mut Text, param: &Param, _: Option<DataType>) {
    if !out.written(param) {
        out.placeholder('?', param, None);
    }
}

fn literal(out: &mut Text, value: &Value) {
    match value {
        Value::Null => out.syntax("NULL"),
        Value::Bool(value) => out.syntax(if *value { "1" } else { "0" }),
        Value::Int(value) => out.number(*value),
        Value::Float(value) if value.is_nan() => out.syntax("NULL"),
        Value::Float(value) if value.is_infinite() => out.syntax(if *value > 0.0 { "9e999" } else { "-9e999" }),
        Value::Float(value) => out.float(*value),
        Value::Text(text) => out.quote(text),
        Value::Blob(bytes) => {
            out.syntax("x'");
            out.hex(bytes);
            out.syntax("'");
        }
    }
}

fn source(out: &mut Text, of: &TableSource, name: &Alias) {
    out.syntax("json_each");
    parenthesised(out, |out| match of {
        TableSource::Elements(array) => term(out, array),
        TableSource::Keys | TableSource::Named(_) | TableSource::Query(_) => out.param(&Param::Keys),
    });
    out.syntax(" AS ");
    alias(out, name);
}

fn call(out: &mut Text, function: Function, args: &[Term]) {
    match (function, args) {
        // UUIDs are text.
        (Function::TextAsUuid, [text]) => return term(out, text),
        (Function::TextAsBytes, [text]) => return cast(out, text, DataType::one(Base::Bytes)),
        // A key that is the row number counts by itself, so only others come here.
        (Function::Counted, [given, next, ..]) => {
            out.syntax("coalesce");
            return parenthesised(out, |out| list(out, &[given, next], ", ", |out, of| term(out, of)));
        }
        _ => {}
    }
    out.syntax(function_name(function));
    parenthesised(out, |out| list(out, args, ", ", term));
}

fn aggregate(out: &mut Text, aggregate: Aggregate, inner: &Term) {
    out.syntax(match aggregate {
        // A column that is not grouped by has the value of some row of the group.
        Aggregate::OfGroup => return term(out, inner),
        Aggregate::Count | Aggregate::CountDistinct => "count",
        Aggregate::Sum | Aggregate::CountTrue => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Min | Aggregate::AllTrue => "min",
        Aggregate::Max | Aggregate::AnyTrue => "max",
        Aggregate::JsonArray => "json_group_array",
        Aggregate::DecimalSum => DECIMAL_SUM,
        Aggregate::DecimalAvg => DECIMAL_AVG,
    });
    parenthesised(out, |out| {
        if matches!(aggregate, Aggregate::CountDistinct) {
            out.syntax("DISTINCT ");
        }
        term(out, inner);
    });
}

fn decimal(out: &mut Text, inner: &Term) {
    parenthesised(out, |out| {
        term(out, inner);
        out.syntax(" COLLATE ");
        out.syntax(DECIMAL_COLLATION);
    });
}

fn cast(out: &mut Text, inner: &Term, ty: DataType) {
    out.syntax(StoreFunction::Cast.name());
    parenthesised(out, |out| {
        term(out, inner);
        out.syntax(", ");
        out.param(&Param::Constant(Value::Text(ty.base.cast_name().to_owned())));
    });
}

fn object(out: &mut Text, members: &[(String, Term)]) {
    out.syntax("json_object");
    parenthesised(out, |out| {
        list(out, members, ", ", |out, (key, value)| {
            // Keys are chosen by the request.
            out.param(&Param::Constant(Value::Text(key.clone())));
            out.syntax(", ");
            term(out, value);
        });
    });
}

fn array(out: &mut Text, items: &[Term]) {
    out.syntax("json_array");
    parenthesised(out, |out| list(out, items, ", ", term));
}

fn in_array(out: &mut Text, needle: &Term, array: &Term) {
    parenthesised(out, |out| {
        term(out, needle);
        out.syntax(" IN (SELECT value FROM json_each");
        parenthesised(out, |out| term(out, array));
        out.syntax(")");
    });
}

fn search(out: &mut Text, of: &Search) {
    parenthesised(out, |out| {
        term(out, &of.row);
        out.syntax(" IN (SELECT rowid FROM ");
        out.ident(&of.index);
        out.syntax(" WHERE ");
        out.ident(&of.index);
        out.syntax(" MATCH ");
        term(out, &of.query);
        out.syntax(")");
    });
}

/// Lists, times, UUIDs and JSON are text; decimals are text that compares as numbers.
fn column_type(ty: DataType) -> &'static str {
    if ty.list {
        return "TEXT";
    }
    match ty.base {
        Base::Integer | Base::BigInt | Base::Boolean => "INTEGER",
        Base::Float => "REAL",
        Base::Decimal => "TEXT COLLATE decimal",
        Base::Bytes => "BLOB",
        Base::Text | Base::Uuid | Base::Instant | Base::Date | Base::Time | Base::Json => "TEXT",
    }
}

fn function_name(function: Function) -> &'static str {
    match function {
        Function::Json => "json",
        // The operator `->>` as a function: unlike `json_extract` it takes a bare position.
        Function::JsonElement => "\"->>\"",
        Function::ListLength => "json_array_length",
        Function::JsonQuote => "json_quote",
        Function::Length => "length",
        Function::Lower => "lower",
        Function::Upper => "upper",
        Function::Least => "min",
        Function::Greatest => "max",
        // Each key that the database counts is the row number.
        Function::LastInserted => "last_insert_rowid",
        Function::Coalesce | Function::TextAsUuid | Function::TextAsBytes | Function::Counted => "coalesce",
        Function::Store(function) => function.name(),
    }
}
