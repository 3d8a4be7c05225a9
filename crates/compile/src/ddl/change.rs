//! From the steps between a stored catalogue and a schema to SQL. A table whose columns or constraints change is made anew beside the
//! old one, filled from it and put in its place: the way SQLite's manual gives, since its `ALTER TABLE` does little.

use super::table::search_definitions;
use super::{row_number, search_table};
use crate::ast::{
    Alias, Command, Constraint, Definition, From, Function, Query, Select, Table, TableSource, Term, UnaryOp,
};
use crate::functions::StoreFunction;
use crate::lower::{Lowering, constant, constant_text, item, unary, when};
use crate::render::render_definition;
use backstay_plan::{Refusal, bind};
use backstay_schema::diff::{Change, Copy, Source, Type};
use backstay_schema::model::{DefaultValue, Dialect, Field, FieldId, Model, Schema};

/// The statements that make the changes, in order. They run in one transaction with foreign keys unchecked until its end.
///
/// # Errors
/// [`Refusal::NotImplemented`] for a dialect that has no renderer, and for changes made for another schema.
pub fn lower_changes(changes: &[Change], schema: &Schema, dialect: Dialect) -> Result<Vec<String>, Refusal> {
    crate::supported(dialect)?;
    let mut statements = Vec::new();
    for change in changes {
        let mut lowering = Lowering::new(schema, dialect);
        let definitions = lowering.change(change)?;
        let commands = definitions.into_iter().map(Command::Define);
        statements.extend(commands.map(|command| render_definition(dialect, &command)));
    }
    Ok(statements)
}

impl<'a> Lowering<'a> {
    fn change(&mut self, change: &Change) -> Result<Vec<Definition>, Refusal> {
        match change {
            Change::RenameTable { from, to } => {
                Ok(vec![Definition::RenameTable { from: from.clone(), to: to.clone() }])
            }
            Change::RenameColumn { table, from, to } => {
                Ok(vec![Definition::RenameColumn { table: table.clone(), from: from.clone(), to: to.clone() }])
            }
            Change::DropSearch { table } => Ok(drop_search(table)),
            Change::DropIndex { name } => Ok(vec![Definition::DropIndex(name.clone())]),
            Change::DropTable { table } => Ok(vec![Definition::DropTable(table.clone())]),
            Change::CreateTable { table } => {
                let model = self.model_named(table)?;
                let mut definitions = vec![Definition::CreateTable(self.table_definition(model, table)?)];
                definitions.extend(self.table_companions(model)?);
                Ok(definitions)
            }
            Change::AddColumn { table, column } => self.add_column(table, column),
            Change::RebuildTable { table, copy, because: _ } => self.rebuild(table, copy),
            Change::CreateIndex { table, name, unique: _ } => {
                let model = self.model_named(table)?;
                let indexes = self.index_definitions(model)?;
                let index = indexes.into_iter().find(|index| index.name == *name).ok_or_else(|| missing(name))?;
                Ok(vec![Definition::CreateIndex(index)])
            }
            Change::CreateSearch { table } => Ok(filled_search(self.model_named(table)?)),
        }
    }

    fn model_named(&self, table: &str) -> Result<&'a Model, Refusal> {
        self.schema().models.iter().find(|model| model.table == table).ok_or_else(|| missing(table))
    }

    /// A column with the constraints that are about it alone.
    fn add_column(&mut self, table: &str, column: &str) -> Result<Vec<Definition>, Refusal> {
        let model = self.model_named(table)?;
        let field = field_named(model, column)?;
        let mut definition = self.column_definition(model, field)?;
        for constraint in self.table_definition(model, table)?.constraints {
            match constraint {
                Constraint::ForeignKey(key) if key.columns == [column] => definition.references = Some(key),
                Constraint::Check { name, term } if name == super::table::check_name(model, field) => {
                    definition.check = Some((name, term));
                }
                Constraint::PrimaryKey { .. }
                | Constraint::Unique { .. }
                | Constraint::ForeignKey(_)
                | Constraint::Check { .. } => {}
            }
        }
        Ok(vec![Definition::AddColumn { table: table.to_owned(), column: Box::new(definition) }])
    }

    fn rebuild(&mut self, table: &str, copy: &[Copy]) -> Result<Vec<Definition>, Refusal> {
        let model = self.model_named(table)?;
        let fresh = [table, "_rebuilt"].concat();
        let mut definitions = vec![Definition::CreateTable(self.table_definition(model, &fresh)?)];
        let old = self.alias();
        let mut columns = Vec::with_capacity(copy.len());
        let mut items = Vec::with_capacity(copy.len());
        for Copy { column, from } in copy {
            let field = field_named(model, column)?;
            columns.push(column.clone());
            items.push(item(self.source(model, field, from, &old)?));
        }
        let from =
            Some(From { table: Table { source: TableSource::Named(table.to_owned()), alias: old }, joins: Vec::new() });
        let query = Query::Select(Box::new(Select { items, from, ..Select::default() }));
        if counts(model) {
            definitions.push(Definition::CopyCounter { from: table.to_owned(), to: fresh.clone() });
        }
        definitions.push(Definition::Copy { into: fresh.clone(), columns, query });
        definitions.push(Definition::DropTable(table.to_owned()));
        definitions.push(Definition::RenameTable { from: fresh, to: table.to_owned() });
        definitions.extend(self.index_definitions(model)?.into_iter().map(Definition::CreateIndex));
        definitions.extend(filled_search(model));
        Ok(definitions)
    }

    /// The value of a column of a rebuilt table.
    fn source(&mut self, model: &Model, field: &Field, from: &Source, old: &Alias) -> Result<Term, Refusal> {
        match from {
            Source::Null => Ok(Term::Null),
            Source::Default(default) => default_value((self.schema(), model), field, default, old),
            Source::Column { name, convert, instead_of_null } => {
                let column = Term::Column(old.clone(), name.clone());
                let value = match convert {
                    None => column,
                    Some((was, is)) => converted(column, *was, *is),
                };
                Ok(match instead_of_null {
                    None => value,
                    Some(default) => {
                        let default = default_value((self.schema(), model), field, default, old)?;
                        Term::Call(Function::Coalesce, vec![value, default])
                    }
                })
            }
        }
    }
}

/// The default of a column for a row that is there already.
fn default_value(
    (schema, model): (&Schema, &Model),
    field: &Field,
    default: &DefaultValue,
    old: &Alias,
) -> Result<Term, Refusal> {
    Ok(match default {
        DefaultValue::Constant(json) => constant(bind::constant(schema, &field.ty, json)?),
        DefaultValue::Now => Term::CurrentInstant,
        DefaultValue::UuidV4 | DefaultValue::UuidV7 => Term::RandomUuid,
        DefaultValue::Ulid => Term::RandomUlid,
        DefaultValue::Increment => Term::Column(old.clone(), row_number(model).to_owned()),
        DefaultValue::AuthUid => Term::Null,
    })
}

/// A stored value of one type in the stored form of another; a value that has none refuses the change.
fn converted(value: Term, (was, was_list): (Type, bool), (is, is_list): (Type, bool)) -> Term {
    let there = unary(UnaryOp::IsNotNull, value.clone());
    match (was_list, is_list) {
        (false, false) => scalar_converted(value, was, is),
        (false, true) => when(there, Term::Array(vec![as_item(scalar_converted(value, was, is), is)])),
        (true, false) => {
            let first = Term::Call(Function::JsonElement, vec![value, Term::Int(0)]);
            cast(first, is)
        }
        (true, true) => value,
    }
}

fn scalar_converted(value: Term, was: Type, is: Type) -> Term {
    match (was, is) {
        (was, is) if was == is => value,
        (Type::Boolean, Type::Text) => {
            let is_true = unary(UnaryOp::IsTrue, value.clone());
            let whens =
                vec![(is_true, constant_text("true")), (unary(UnaryOp::IsFalse, value), constant_text("false"))];
            Term::Case { whens, otherwise: None }
        }
        (Type::Text | Type::Uuid | Type::Date | Type::Time | Type::DateTime, Type::Json) => {
            // `json_quote` makes the text `null` of NULL.
            when(unary(UnaryOp::IsNotNull, value.clone()), Term::Call(Function::JsonQuote, vec![value]))
        }
        (_, is) => cast(value, is),
    }
}

fn cast(value: Term, is: Type) -> Term {
    let name = match is {
        Type::Int => "integer",
        Type::BigInt => "bigint",
        Type::Float => "double precision",
        Type::Decimal => "numeric",
        Type::Boolean => "boolean",
        Type::Text => "text",
        Type::Uuid => "uuid",
        Type::DateTime => "timestamp with time zone",
        Type::Date => "date",
        Type::Time => "time",
        Type::Bytes => "bytea",
        Type::Json => "json",
    };
    Term::Call(Function::Store(StoreFunction::Cast), vec![value, constant_text(name)])
}

/// A stored value as an item of a stored list.
fn as_item(value: Term, ty: Type) -> Term {
    let json = |value| Term::Call(Function::Json, vec![value]);
    match ty {
        Type::Boolean => {
            let whens = vec![(unary(UnaryOp::IsTrue, value), constant_text("true"))];
            json(Term::Case { whens, otherwise: Some(Box::new(constant_text("false"))) })
        }
        Type::Decimal | Type::Json => json(value),
        Type::Bytes => Term::Call(Function::Store(StoreFunction::Bytes), vec![value]),
        Type::Int | Type::BigInt | Type::Float | Type::Text | Type::Uuid | Type::DateTime | Type::Date | Type::Time => {
            value
        }
    }
}

fn field_named<'m>(model: &'m Model, column: &str) -> Result<&'m Field, Refusal> {
    model.fields.iter().find(|field| field.column == column).ok_or_else(|| missing(column))
}

fn counts(model: &Model) -> bool {
    let increments = |id: &FieldId| matches!(model.fields[usize::from(id.0)].default, Some(DefaultValue::Increment));
    super::row_number_key(model).as_ref().is_some_and(increments)
}

fn drop_search(table: &str) -> Vec<Definition> {
    let name = [table, "_fts"].concat();
    let mut definitions: Vec<_> =
        ["_insert", "_delete", "_update"].iter().map(|of| Definition::DropTrigger([&name, *of].concat())).collect();
    definitions.push(Definition::DropTable(name));
    definitions
}

/// The full-text index of a table that has rows.
fn filled_search(model: &Model) -> Vec<Definition> {
    let mut definitions = search_definitions(model);
    if !definitions.is_empty() {
        definitions.push(Definition::RebuildSearch(search_table(model)));
    }
    definitions
}

fn missing(name: &str) -> Refusal {
    crate::lower::not_implemented(&["a change of ", name, ", which the schema does not have"])
}
