//! The structure of the database: tables, constraints, indexes, full-text indexes. In: checked models. Out: statements in order.
//! A rule that a definition cannot express (it reads other rows, the session or the time) is left to the write path.

mod change;
mod check;
mod mysql;
mod partition;
mod postgres;
mod table;

pub use change::lower_changes;

use crate::ast::{Alias, Command, Term, UnaryOp};
use crate::lower::{Lowering, Row, Scope, unary};
use crate::render::render_definition;
use backstay_plan::Refusal;
use backstay_schema::diff::Change;
use backstay_schema::model::{Computed, Dialect, Field, FieldId, Model, ModelId, Profile, Scalar, Schema};

/// The statements that make every table of a schema, in order.
///
/// # Errors
/// [`Refusal::NotImplemented`] for a generated column that the dialect cannot express.
pub fn create_schema(schema: &Schema, dialect: Dialect) -> Result<Vec<String>, Refusal> {
    let changes = schema.models.iter().map(|model| Change::CreateTable { table: model.table.clone() });
    lower_changes(&changes.collect::<Vec<_>>(), schema, dialect)
}

/// The statements that make the functions which others call, to be run before them; any number of times with the same effect.
#[must_use]
pub fn prelude(dialect: Dialect) -> Vec<&'static str> {
    match dialect {
        // The store brings its functions along.
        Dialect::Sqlite => Vec::new(),
        Dialect::Mysql => [mysql::PRELUDE, mysql::SEARCH].concat(),
        Dialect::Postgres => postgres::PRELUDE.to_vec(),
    }
}

/// The statement that makes an account for each profile that has none.
///
/// # Errors
/// As [`create_schema`].
pub fn adopt_profiles(schema: &Schema, profile: &Profile, dialect: Dialect) -> Result<String, Refusal> {
    let copy = Lowering::new(schema, dialect).adopt_profiles(profile)?;
    Ok(render_definition(dialect, &Command::Define(copy)))
}

/// Puts a table under another name, with its indexes out of the way.
const SET_ASIDE: &str = "bs_set_aside";
/// Makes the counters of a table go on where another's are.
const COPY_COUNTER: &str = "bs_copy_counter";
/// Gives the partitions of a renamed table names that go with it.
const RENAME_PARTITIONS: &str = "bs_rename_partitions";
/// Removes an index by its name, whatever table it is of.
const DROP_INDEX: &str = "bs_drop_index";
/// Removes the foreign keys that point at a table.
const DROP_REFERENCES: &str = "bs_drop_references";

/// Name of the full-text index of a model.
#[must_use]
pub fn search_table(model: &Model) -> String {
    [model.table.as_str(), "_fts"].concat()
}

/// The key column that is the row number: the only key column, if it is an integer.
pub(crate) fn row_number_key(model: &Model) -> Option<FieldId> {
    let [key] = model.key.as_slice() else { return None };
    let field = &model.fields[usize::from(key.0)];
    let integer = matches!(field.ty.scalar, Scalar::Int | Scalar::BigInt) && field.db_types.is_empty();
    (integer && field.computed.is_none()).then_some(*key)
}

/// A name of the row number that no column of the model hides.
pub(crate) fn row_number(model: &Model) -> &'static str {
    let hidden = |name: &str| model.fields.iter().any(|field| field.column.eq_ignore_ascii_case(name));
    ["rowid", "_rowid_", "oid"].into_iter().find(|name| !hidden(name)).unwrap_or("rowid")
}

/// Whether the table has a column for a field.
pub(crate) fn is_column(field: &Field) -> bool {
    match &field.computed {
        None | Some(Computed::Expr { stored: true, .. }) => true,
        Some(Computed::Expr { stored: false, .. } | Computed::Function(_)) => false,
    }
}

/// The condition of the partial unique index over some columns, in terms of bare columns; `None` when the constraint is whole.
pub(crate) fn partial_filter(
    lowering: &mut Lowering<'_>,
    model: ModelId,
    fields: &[FieldId],
) -> Result<Option<Term>, Refusal> {
    let of = lowering.model(model);
    if same_columns(&of.key, fields) {
        return Ok(None);
    }
    let row = Row::new(Alias::Bare, model);
    let unique = of.uniques.iter().find(|unique| same_columns(&unique.fields, fields));
    let mut terms = Vec::new();
    if !is_referenced(lowering, model, fields) {
        terms.extend(lowering.alive(&row)?);
    }
    if let Some(rule) = unique.and_then(|unique| unique.filter.as_ref()) {
        let condition = lowering.holds(&rule.expr, &Scope::of(&row))?;
        if !terms.contains(&condition) {
            terms.push(condition);
        }
    }
    Ok(crate::lower::all(terms))
}

/// Whether a foreign key points at these columns, so that their constraint must be whole.
fn is_referenced(lowering: &Lowering<'_>, model: ModelId, fields: &[FieldId]) -> bool {
    lowering.schema().foreign_keys.iter().any(|key| key.to == model && same_columns(&key.to_fields, fields))
}

fn same_columns(a: &[FieldId], b: &[FieldId]) -> bool {
    a.len() == b.len() && a.iter().all(|field| b.contains(field))
}

/// Checks of a model that its definition cannot hold, by position: every write verifies them.
pub(crate) fn unheld_checks(lowering: &mut Lowering<'_>, model: &Model) -> Result<Vec<u16>, Refusal> {
    let row = Row::new(Alias::Bare, model.id);
    let mut unheld = Vec::new();
    for (at, check) in model.checks.iter().enumerate() {
        if lowering.static_rule(&check.rule.expr, &row)?.is_none() {
            unheld.extend(u16::try_from(at));
        }
    }
    Ok(unheld)
}

/// A condition that must hold, as a constraint: NULL does not pass.
fn must_hold(term: Term) -> Term {
    unary(UnaryOp::IsTrue, term)
}
