//! SQLite's text for queries and writes.

use super::definition::definition;
use super::text::Text;
use crate::ast::{
    Aggregate, Alias, BinaryOp, Command, Delete, From, Function, Insert, JoinKind, OnConflict, Query, Select, Sort,
    Table, TableSource, Term, UnaryOp, Update,
};
use crate::functions::{DECIMAL_AVG, DECIMAL_COLLATION, DECIMAL_SUM};
use backstay_plan::value::{Param, Value};
use backstay_schema::model::SortDirection;

/// A UUID of version 4.
const RANDOM_UUID: &str = "(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' \
     || substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))";

/// Writes a command.
pub(super) fn command(out: &mut Text, command: &Command) {
    match command {
        Command::Query(of) => query(out, of),
        Command::Insert(of) => insert(out, of),
        Command::Update(of) => update(out, of),
        Command::Delete(of) => delete(out, of),
        Command::Authored(of) => out.authored(of),
        Command::Define(of) => definition(out, of),
    }
}

pub(super) fn query(out: &mut Text, of: &Query) {
    match of {
        Query::Select(of) => select(out, of),
        Query::UnionAll(parts) => list(out, parts, " UNION ALL ", query),
        Query::Authored(of) => out.authored(of),
    }
}

fn select(out: &mut Text, of: &Select) {
    out.syntax("SELECT ");
    list(out, &of.items, ", ", |out, item| {
        term(out, &item.term);
        if let Some(name) = &item.name {
            out.syntax(" AS ");
            out.ident(name);
        }
    });
    if let Some(source) = &of.from {
        from(out, source);
    }
    filter(out, of.filter.as_ref());
    if !of.group.is_empty() {
        out.syntax(" GROUP BY ");
        list(out, &of.group, ", ", term);
    }
    if !of.order.is_empty() {
        out.syntax(" ORDER BY ");
        list(out, &of.order, ", ", sort);
    }
    match (&of.limit, &of.offset) {
        (None, None) => {}
        (None, Some(_)) => out.syntax(" LIMIT -1"),
        (Some(limit), _) => {
            out.syntax(" LIMIT ");
            term(out, limit);
        }
    }
    if let Some(offset) = &of.offset {
        out.syntax(" OFFSET ");
        term(out, offset);
    }
}

fn from(out: &mut Text, of: &From) {
    out.syntax(" FROM ");
    table(out, &of.table);
    for join in &of.joins {
        out.syntax(match join.kind {
            JoinKind::Inner => " JOIN ",
            JoinKind::Left => " LEFT JOIN ",
        });
        table(out, &join.table);
        out.syntax(" ON ");
        term(out, &join.on);
    }
}

fn table(out: &mut Text, of: &Table) {
    match &of.source {
        TableSource::Named(name) => out.ident(name),
        TableSource::Query(inner) => parenthesised(out, |out| query(out, inner)),
        TableSource::Elements(array) => {
            out.syntax("json_each");
            parenthesised(out, |out| term(out, array));
        }
    }
    out.syntax(" AS ");
    alias(out, &of.alias);
}

fn alias(out: &mut Text, of: &Alias) {
    match of {
        Alias::Numbered(number) => {
            out.syntax("t");
            out.number(i64::from(*number));
        }
        Alias::Table(name) => out.ident(name),
        Alias::Excluded => out.syntax("excluded"),
        Alias::Old => out.syntax("old"),
        Alias::New => out.syntax("new"),
        Alias::Bare => {}
    }
}

fn filter(out: &mut Text, of: Option<&Term>) {
    if let Some(condition) = of {
        out.syntax(" WHERE ");
        term(out, condition);
    }
}

fn sort(out: &mut Text, of: &Sort) {
    term(out, &of.term);
    let descending = matches!(of.direction, SortDirection::Descending);
    if descending {
        out.syntax(" DESC");
    }
    // SQLite puts NULL first when ascending and last when descending.
    match (of.nulls_first, descending) {
        (Some(true), true) => out.syntax(" NULLS FIRST"),
        (Some(false), false) => out.syntax(" NULLS LAST"),
        (None, _) | (Some(true), false) | (Some(false), true) => {}
    }
}

fn insert(out: &mut Text, of: &Insert) {
    out.syntax("INSERT INTO ");
    out.ident(&of.table);
    if of.columns.is_empty() {
        out.syntax(" DEFAULT VALUES");
    } else {
        out.syntax(" ");
        parenthesised(out, |out| list(out, &of.columns, ", ", |out, name| out.ident(name)));
        out.syntax(" VALUES ");
        parenthesised(out, |out| list(out, &of.values, ", ", term));
        if let Some(conflict) = &of.conflict {
            on_conflict(out, conflict);
        }
    }
    returning(out, &of.returning);
}

fn on_conflict(out: &mut Text, of: &OnConflict) {
    out.syntax(" ON CONFLICT ");
    parenthesised(out, |out| list(out, &of.target, ", ", |out, name| out.ident(name)));
    filter(out, of.target_filter.as_ref());
    if of.set.is_empty() {
        out.syntax(" DO NOTHING");
    } else {
        out.syntax(" DO UPDATE SET ");
        list(out, &of.set, ", ", assignment);
    }
}

fn assignment(out: &mut Text, (name, value): &(String, Term)) {
    out.ident(name);
    out.syntax(" = ");
    term(out, value);
}

fn update(out: &mut Text, of: &Update) {
    out.syntax("UPDATE ");
    out.ident(&of.table);
    out.syntax(" SET ");
    list(out, &of.set, ", ", assignment);
    filter(out, of.filter.as_ref());
    returning(out, &of.returning);
}

fn delete(out: &mut Text, of: &Delete) {
    out.syntax("DELETE FROM ");
    out.ident(&of.table);
    filter(out, of.filter.as_ref());
    returning(out, &of.returning);
}

fn returning(out: &mut Text, of: &[Term]) {
    if !of.is_empty() {
        out.syntax(" RETURNING ");
        list(out, of, ", ", term);
    }
}

/// Writes a value. Whatever has operators inside stands in parentheses, so that precedence never matters.
pub(super) fn term(out: &mut Text, of: &Term) {
    match of {
        Term::Column(Alias::Bare, name) => out.ident(name),
        Term::Column(of, name) => {
            alias(out, of);
            out.syntax(".");
            out.ident(name);
        }
        Term::Param(param) => out.param(param),
        Term::Null => out.syntax("NULL"),
        Term::Bool(true) => out.syntax("1"),
        Term::Bool(false) => out.syntax("0"),
        Term::Int(number) => out.number(*number),
        Term::Unary(op, inner) => unary(out, *op, inner),
        Term::Binary(op, left, right) => parenthesised(out, |out| {
            term(out, left);
            out.syntax(binary(*op));
            term(out, right);
        }),
        Term::All(terms) if terms.is_empty() => out.syntax("1"),
        Term::Any(terms) if terms.is_empty() => out.syntax("0"),
        Term::All(terms) => parenthesised(out, |out| list(out, terms, " AND ", term)),
        Term::Any(terms) => parenthesised(out, |out| list(out, terms, " OR ", term)),
        Term::Case { whens, otherwise } => case(out, whens, otherwise.as_deref()),
        Term::Call(function, args) => {
            out.syntax(function_name(*function));
            parenthesised(out, |out| list(out, args, ", ", term));
        }
        Term::Aggregate(aggregate, inner) => {
            out.syntax(aggregate_name(*aggregate));
            parenthesised(out, |out| term(out, inner));
        }
        Term::CountRows => out.syntax("count(*)"),
        Term::CurrentInstant => out.syntax("(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000+00:00')"),
        Term::RandomUuid => out.syntax(RANDOM_UUID),
        Term::RandomUlid => out.syntax("('0' || substr(hex(randomblob(13)), 2))"),
        Term::AsDecimal(inner) => parenthesised(out, |out| {
            term(out, inner);
            out.syntax(" COLLATE ");
            out.syntax(DECIMAL_COLLATION);
        }),
        Term::InList(needle, items) => parenthesised(out, |out| {
            term(out, needle);
            out.syntax(" IN ");
            parenthesised(out, |out| list(out, items, ", ", term));
        }),
        Term::InQuery(needle, items) => parenthesised(out, |out| {
            match needle.as_slice() {
                [only] => term(out, only),
                parts => parenthesised(out, |out| list(out, parts, ", ", term)),
            }
            out.syntax(" IN ");
            parenthesised(out, |out| query(out, items));
        }),
        Term::Exists(inner) => {
            out.syntax("EXISTS ");
            parenthesised(out, |out| query(out, inner));
        }
        Term::Scalar(inner) => parenthesised(out, |out| query(out, inner)),
        Term::Object(members) => object(out, members),
        Term::Array(items) => {
            out.syntax("json_array");
            parenthesised(out, |out| list(out, items, ", ", term));
        }
        Term::Match { index, row, query } => search(out, index, row, query),
    }
}

fn unary(out: &mut Text, op: UnaryOp, inner: &Term) {
    let (before, after) = match op {
        UnaryOp::Not => ("(NOT ", ")"),
        UnaryOp::Negate => ("(- ", ")"),
        UnaryOp::IsNull => ("(", " IS NULL)"),
        UnaryOp::IsNotNull => ("(", " IS NOT NULL)"),
        UnaryOp::IsTrue => ("(", " IS TRUE)"),
        UnaryOp::IsNotTrue => ("(", " IS NOT TRUE)"),
        UnaryOp::IsFalse => ("(", " IS FALSE)"),
        UnaryOp::ToFloat => ("CAST(", " AS REAL)"),
    };
    out.syntax(before);
    term(out, inner);
    out.syntax(after);
}

fn binary(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Equal => " = ",
        BinaryOp::NotEqual => " <> ",
        BinaryOp::Less => " < ",
        BinaryOp::LessOrEqual => " <= ",
        BinaryOp::Greater => " > ",
        BinaryOp::GreaterOrEqual => " >= ",
        BinaryOp::Distinct => " IS NOT ",
        BinaryOp::Concat => " || ",
        BinaryOp::Add => " + ",
        BinaryOp::JsonMember => " -> ",
    }
}

fn case(out: &mut Text, whens: &[(Term, Term)], otherwise: Option<&Term>) {
    out.syntax("CASE");
    for (condition, value) in whens {
        out.syntax(" WHEN ");
        term(out, condition);
        out.syntax(" THEN ");
        term(out, value);
    }
    if let Some(value) = otherwise {
        out.syntax(" ELSE ");
        term(out, value);
    }
    out.syntax(" END");
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

fn search(out: &mut Text, index: &str, row: &Term, with: &Term) {
    parenthesised(out, |out| {
        term(out, row);
        out.syntax(" IN (SELECT rowid FROM ");
        out.ident(index);
        out.syntax(" WHERE ");
        out.ident(index);
        out.syntax(" MATCH ");
        term(out, with);
        out.syntax(")");
    });
}

fn function_name(function: Function) -> &'static str {
    match function {
        Function::Json => "json",
        // The operator `->>` as a function: unlike `json_extract` it takes a bare position.
        Function::JsonElement => "\"->>\"",
        Function::JsonLength => "json_array_length",
        Function::JsonQuote => "json_quote",
        Function::Length => "length",
        Function::Lower => "lower",
        Function::Upper => "upper",
        Function::Least => "min",
        Function::Greatest => "max",
        Function::Coalesce => "coalesce",
        Function::Store(function) => function.name(),
    }
}

fn aggregate_name(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Count => "count",
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::JsonArray => "json_group_array",
        Aggregate::DecimalSum => DECIMAL_SUM,
        Aggregate::DecimalAvg => DECIMAL_AVG,
    }
}

/// Writes items with a separator between them.
pub(super) fn list<T>(out: &mut Text, items: &[T], separator: &'static str, mut each: impl FnMut(&mut Text, &T)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.syntax(separator);
        }
        each(out, item);
    }
}

/// Writes parentheses around something.
pub(super) fn parenthesised(out: &mut Text, inner: impl FnOnce(&mut Text)) {
    out.syntax("(");
    inner(out);
    out.syntax(")");
}
