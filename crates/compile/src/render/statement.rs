//! What dialects write alike: queries and writes. Where they differ, a [`Grammar`] tells the words or writes the node itself.

use super::definition::definition;
use super::text::Text;
use crate::ast::{
    Aggregate, Alias, BinaryOp, Command, CreateIndex, Definition, Delete, From, Function, Insert, JoinKind, JsonRows,
    OnConflict, Partitions, Query, Search, Select, Sort, Table, TableSource, Term, UnaryOp, Update,
};
use crate::datatype::DataType;
use backstay_plan::value::{Param, Value};
use backstay_schema::model::SortDirection;

/// What is a dialect's own.
pub(super) struct Grammar {
    /// Around names.
    pub(super) quote: char,
    /// Most characters of a name.
    pub(super) name_max: usize,
    /// Whether the condition of a conflict's index must stand there in literals.
    pub(super) literal_conflict: bool,
    /// The words for false and true.
    pub(super) truth: [&'static str; 2],
    /// Whether NULL comes first in an ascending order where nothing is said.
    pub(super) nulls_are_small: bool,
    /// Whether an order can say where NULL comes.
    pub(super) places_nulls: bool,
    /// The limit of a query that has an offset and no limit.
    pub(super) no_limit: &'static str,
    /// The source of a query that has none and a condition.
    pub(super) no_source: &'static str,
    /// An insert of a row of defaults.
    pub(super) no_columns: &'static str,
    /// Before and after a value read as a double.
    pub(super) to_float: (&'static str, &'static str),
    /// The time of the statement as a stored instant.
    pub(super) current_instant: &'static str,
    /// A new random UUID.
    pub(super) random_uuid: &'static str,
    /// A new random ULID.
    pub(super) random_ulid: &'static str,
    /// Writes a parameter, read as a type where its place tells one.
    pub(super) param: fn(&mut Text, &Param, Option<DataType>),
    /// Writes a constant.
    pub(super) literal: fn(&mut Text, &Value),
    /// Writes a source of rows that is no table and no query, with its name.
    pub(super) source: fn(&mut Text, &TableSource, &Alias),
    /// Writes the value of a source of elements.
    pub(super) element: fn(&mut Text, &Alias),
    /// Writes an operation in its own way, and tells whether it has one.
    pub(super) operation: fn(&mut Text, BinaryOp, &Term, &Term) -> bool,
    /// Writes a call.
    pub(super) call: fn(&mut Text, Function, &[Term]),
    /// Writes an aggregate.
    pub(super) aggregate: fn(&mut Text, Aggregate, &Term),
    /// Writes a value compared as a decimal number.
    pub(super) decimal: fn(&mut Text, &Term),
    /// Writes a value under the type that it has.
    pub(super) typed: fn(&mut Text, &Term, DataType),
    /// Writes a value as the wire shows it; used where JSON is put together as text.
    pub(super) wire_text: fn(&mut Text, &Term, DataType),
    /// Writes a value as JSON text; used where JSON is put together as text.
    pub(super) json_text: fn(&mut Text, &Term, DataType),
    /// Writes a JSON array over rows; used where JSON is put together as text.
    pub(super) json_rows: fn(&mut Text, &JsonRows),
    /// Writes a value turned into another type.
    pub(super) cast: fn(&mut Text, &Term, DataType),
    /// Writes a JSON object.
    pub(super) object: fn(&mut Text, &[(String, Term)]),
    /// Writes a JSON array.
    pub(super) array: fn(&mut Text, &[Term]),
    /// Writes a list.
    pub(super) list: fn(&mut Text, &[Term]),
    /// Writes whether a value is an item of a list.
    pub(super) in_array: fn(&mut Text, &Term, &Term),
    /// Writes a full-text match.
    pub(super) search: fn(&mut Text, &Search),
    /// Name of a column's type.
    pub(super) column_type: fn(DataType) -> &'static str,
    /// Writes the type of a column whose values stand in keys and indexes.
    pub(super) short_type: fn(&mut Text, DataType, u16),
    /// Writes a column's type as the schema's author wrote it.
    pub(super) authored_type: fn(&mut Text, &str),
    /// What makes a column the row number, given by the caller or counted.
    pub(super) row_number: [&'static str; 2],
    /// Whether a column that is added to a table has its check behind it.
    pub(super) checks_apart: bool,
    /// The end of a table's definition.
    pub(super) table_end: &'static str,
    /// Writes how a table is divided, behind its definition.
    pub(super) partitions: fn(&mut Text, &Partitions),
    /// What lets a foreign key wait for the end of a transaction.
    pub(super) deferrable: &'static str,
    /// Before a call of something that `ddl` makes.
    pub(super) run: &'static str,
    /// Writes the access method of an index.
    pub(super) index_method: fn(&mut Text, &str),
    /// Writes an index.
    pub(super) index: fn(&mut Text, &CreateIndex),
    /// Writes a full-text index, a trigger of one, or a counter.
    pub(super) companion: fn(&mut Text, &Definition),
}

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
        Query::Select(of) => out.with_groups(!of.group.is_empty(), |out| select(out, of)),
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
    match &of.from {
        Some(source) => from(out, source),
        None if of.filter.is_some() || of.limit.is_some() => out.syntax(out.grammar().no_source),
        None => {}
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
        (None, Some(_)) => out.syntax(out.grammar().no_limit),
        (Some(limit), _) => {
            out.syntax(" LIMIT ");
            if let Term::Param(param) = limit {
                out.limit(param);
            } else {
                term(out, limit);
            }
        }
    }
    if let Some(offset) = &of.offset {
        out.syntax(" OFFSET ");
        term(out, offset);
    }
    if of.lock {
        out.syntax(" FOR UPDATE");
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
        TableSource::Elements(_) | TableSource::Keys => return (out.grammar().source)(out, &of.source, &of.alias),
    }
    out.syntax(" AS ");
    alias(out, &of.alias);
}

pub(super) fn alias(out: &mut Text, of: &Alias) {
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

pub(super) fn sort(out: &mut Text, of: &Sort) {
    let descending = matches!(of.direction, SortDirection::Descending);
    let come_first = out.grammar().nulls_are_small != descending;
    if !out.grammar().places_nulls && of.nulls_first.is_some_and(|first| first != come_first) {
        out.syntax("(");
        term(out, &of.term);
        out.syntax(if come_first { " IS NULL), " } else { " IS NOT NULL), " });
    }
    term(out, &of.term);
    if descending {
        out.syntax(" DESC");
    }
    if !out.grammar().places_nulls {
        return;
    }
    match of.nulls_first {
        Some(true) if !come_first => out.syntax(" NULLS FIRST"),
        Some(false) if come_first => out.syntax(" NULLS LAST"),
        None | Some(true | false) => {}
    }
}

fn insert(out: &mut Text, of: &Insert) {
    out.syntax("INSERT INTO ");
    out.ident(&of.table);
    if of.columns.is_empty() {
        out.syntax(out.grammar().no_columns);
    } else {
        out.syntax(" ");
        parenthesised(out, |out| list(out, &of.columns, ", ", |out, name| out.ident(name)));
        if let Some(there) = &of.unless {
            out.syntax(" SELECT ");
            list(out, &of.values, ", ", term);
            out.syntax(out.grammar().no_source);
            out.syntax(" WHERE NOT EXISTS ");
            parenthesised(out, |out| query(out, there));
        } else {
            out.syntax(if of.overriding { " OVERRIDING SYSTEM VALUE VALUES " } else { " VALUES " });
            parenthesised(out, |out| list(out, &of.values, ", ", term));
        }
        if let Some(conflict) = &of.conflict {
            on_conflict(out, conflict);
        }
    }
    returning(out, &of.returning);
}

fn on_conflict(out: &mut Text, of: &OnConflict) {
    out.syntax(" ON CONFLICT ");
    parenthesised(out, |out| list(out, &of.target, ", ", |out, name| out.ident(name)));
    if out.grammar().literal_conflict {
        out.in_literals(|out| filter(out, of.target_filter.as_ref()));
    } else {
        filter(out, of.target_filter.as_ref());
    }
    if of.set.is_empty() {
        out.syntax(" DO NOTHING");
    } else {
        out.syntax(" DO UPDATE SET ");
        list(out, &of.set, ", ", assignment);
        filter(out, of.filter.as_ref());
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
    if let Some((source, on)) = &of.among {
        among(out, source, on);
    }
    out.syntax(" SET ");
    list(out, &of.set, ", ", |out, set| {
        if of.among.is_some() {
            out.ident(&of.table);
            out.syntax(".");
        }
        assignment(out, set);
    });
    filter(out, of.filter.as_ref());
    returning(out, &of.returning);
}

fn among(out: &mut Text, source: &Table, on: &Term) {
    out.syntax(" JOIN ");
    table(out, source);
    out.syntax(" ON ");
    term(out, on);
}

fn delete(out: &mut Text, of: &Delete) {
    out.syntax("DELETE ");
    if of.among.is_some() {
        out.ident(&of.table);
        out.syntax(" ");
    }
    out.syntax("FROM ");
    out.ident(&of.table);
    if let Some((source, on)) = &of.among {
        among(out, source, on);
    }
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
        Term::Element(each) => (out.grammar().element)(out, each),
        Term::Param(param) => out.param(param),
        Term::Null => out.syntax("NULL"),
        Term::Bool(value) => truth(out, *value),
        Term::Int(number) => out.number(*number),
        Term::Unary(op, inner) => unary(out, *op, inner),
        Term::Binary(op, left, right) => {
            if !(out.grammar().operation)(out, *op, left, right) {
                parenthesised(out, |out| {
                    term(out, left);
                    out.syntax(binary(*op));
                    term(out, right);
                });
            }
        }
        Term::All(terms) if terms.is_empty() => truth(out, true),
        Term::Any(terms) if terms.is_empty() => truth(out, false),
        Term::All(terms) => parenthesised(out, |out| list(out, terms, " AND ", term)),
        Term::Any(terms) => parenthesised(out, |out| list(out, terms, " OR ", term)),
        Term::Case { whens, otherwise } => case(out, whens, otherwise.as_deref()),
        Term::Call(function, args) => (out.grammar().call)(out, *function, args),
        Term::Aggregate(aggregate, inner) => (out.grammar().aggregate)(out, *aggregate, inner),
        Term::JsonRows(of) => (out.grammar().json_rows)(out, of),
        Term::WireText(inner, ty) => (out.grammar().wire_text)(out, inner, *ty),
        Term::JsonText(inner, ty) => (out.grammar().json_text)(out, inner, *ty),
        Term::CountRows => out.syntax("count(*)"),
        Term::RowNumber { partition, order } => row_number(out, partition, order),
        Term::CurrentInstant => out.syntax(out.grammar().current_instant),
        Term::RandomUuid => out.syntax(out.grammar().random_uuid),
        Term::RandomUlid => out.syntax(out.grammar().random_ulid),
        Term::AsDecimal(inner) => (out.grammar().decimal)(out, inner),
        Term::Typed(inner, ty) => (out.grammar().typed)(out, inner, *ty),
        Term::Cast(inner, ty) => (out.grammar().cast)(out, inner, *ty),
        Term::Named(inner, name, list) => {
            out.syntax("CAST");
            parenthesised(out, |out| {
                term(out, inner);
                out.syntax(" AS ");
                out.ident(name);
                out.syntax(if *list { "[]" } else { "" });
            });
        }
        Term::InList(needle, items) => parenthesised(out, |out| {
            term(out, needle);
            out.syntax(" IN ");
            parenthesised(out, |out| list(out, items, ", ", term));
        }),
        Term::InArray(needle, array) => (out.grammar().in_array)(out, needle, array),
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
        Term::Object(members) => (out.grammar().object)(out, members),
        Term::Array(items) => (out.grammar().array)(out, items),
        Term::List(items) => (out.grammar().list)(out, items),
        Term::Match(search) => (out.grammar().search)(out, search),
    }
}

fn row_number(out: &mut Text, partition: &[Term], order: &[Sort]) {
    out.syntax("row_number() OVER ");
    parenthesised(out, |out| {
        if !partition.is_empty() {
            out.syntax("PARTITION BY ");
            list(out, partition, ", ", term);
        }
        if !order.is_empty() {
            out.syntax(if partition.is_empty() { "ORDER BY " } else { " ORDER BY " });
            list(out, order, ", ", sort);
        }
    });
}

fn truth(out: &mut Text, value: bool) {
    let [no, yes] = out.grammar().truth;
    out.syntax(if value { yes } else { no });
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
        UnaryOp::ToFloat => out.grammar().to_float,
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
        BinaryOp::Distinct => " IS DISTINCT FROM ",
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

/// Writes the value of a source of elements as its only column.
pub(super) fn element(out: &mut Text, of: &Alias) {
    alias(out, of);
    out.syntax(".");
    out.ident("value");
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
