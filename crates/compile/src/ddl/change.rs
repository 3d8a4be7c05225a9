//! From the steps between a stored catalogue and a schema to SQL. A table whose columns or constraints change is made anew beside the
//! old one, filled from it and put in its place: the way SQLite's manual gives, since its `ALTER TABLE` does little.

use super::{row_number, search_table};
use crate::ast::{
    Aggregate, Alias, Command, Constraint, Definition, From, Function, JsonRows, Query, Select, Sort, Table,
    TableSource, Term, UnaryOp,
};
use crate::datatype::{Base, DataType};
use crate::functions::StoreFunction;
use crate::lower::{Lowering, constant, element_value, item, select, truth_text, typed, unary, when};
use crate::render::render_definition;
use backstay_plan::{Refusal, bind};
use backstay_schema::diff::{Change, Copy, Source, Type};
use backstay_schema::model::{DefaultValue, Dialect, Field, FieldId, Model, Schema, SortDirection};

/// The statements that make the changes, in order. They run in one transaction with foreign keys unchecked until its end.
///
/// # Errors
/// [`Refusal::NotImplemented`] for changes made for another schema.
pub fn lower_changes(changes: &[Change], schema: &Schema, dialect: Dialect) -> Result<Vec<String>, Refusal> {
    let mut definitions = Vec::new();
    for change in changes {
        definitions.extend(Lowering::new(schema, dialect).change(change)?);
    }
    let lowering = Lowering::new(schema, dialect);
    if lowering.makes_keys_last() {
        definitions.extend(lowering.keys_after(changes));
    }
    let commands = definitions.into_iter().map(Command::Define);
    Ok(commands.map(|command| render_definition(dialect, &command)).collect())
}

impl<'a> Lowering<'a> {
    fn change(&mut self, change: &Change) -> Result<Vec<Definition>, Refusal> {
        match change {
            Change::RenameTable { from, to } => {
                let mut definitions = vec![Definition::RenameTable { from: from.clone(), to: to.clone() }];
                if self.has_types() {
                    // Constraints keep their names, and this one is named by the table.
                    let (before, renamed) = (from, to);
                    let [from, to] = [from, to].map(|table| [table.as_str(), "_pkey"].concat());
                    definitions.push(Definition::RenameIndex { from, to });
                    if self.schema().models.iter().any(|model| model.table == *renamed && model.partition.is_some()) {
                        let names = vec![before.clone(), renamed.clone()];
                        definitions.push(Definition::Call { function: super::RENAME_PARTITIONS, names });
                    }
                }
                Ok(definitions)
            }
            Change::RenameColumn { table, from, to } => {
                Ok(vec![Definition::RenameColumn { table: table.clone(), from: from.clone(), to: to.clone() }])
            }
            Change::DropSearch { table } => Ok(self.drop_search(table)),
            Change::DropIndex { name } if self.derives_apart() => {
                Ok(vec![Definition::Call { function: super::DROP_INDEX, names: vec![name.clone()] }])
            }
            Change::DropIndex { name } => Ok(vec![Definition::DropIndex(name.clone())]),
            Change::DropTable { table } => Ok(self.drop_table(table.clone())),
            Change::CreateTable { table } => {
                let model = self.model_named(table)?;
                let definition = self.table_definition(model, table)?;
                let mut definitions = self.made(definition);
                definitions.extend(self.table_companions(model)?);
                Ok(definitions)
            }
            Change::AddColumn { table, column } => self.add_column(table, column),
            Change::RebuildTable { table, copy, because: _ } if self.makes_keys_last() => self.replace(table, copy),
            Change::RebuildTable { table, copy, because: _ } => self.rebuild(table, copy),
            Change::CreateIndex { table, name, unique: _ } => {
                let model = self.model_named(table)?;
                let indexes = self.index_definitions(model)?;
                let index = indexes.into_iter().find(|index| index.name == *name).ok_or_else(|| missing(name))?;
                Ok(vec![Definition::CreateIndex(index)])
            }
            Change::CreateSearch { table } => Ok(self.filled_search(self.model_named(table)?)),
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
                | Constraint::Counter { .. }
                | Constraint::Check { .. } => {}
            }
        }
        Ok(vec![Definition::AddColumn { table: table.to_owned(), column: Box::new(definition) }])
    }

    fn rebuild(&mut self, table: &str, copy: &[Copy]) -> Result<Vec<Definition>, Refusal> {
        let model = self.model_named(table)?;
        let fresh = [table, "_rebuilt"].concat();
        let mut definitions = vec![Definition::CreateTable(self.table_definition(model, &fresh)?)];
        if counts(model) {
            definitions.push(Definition::CopyCounter { from: table.to_owned(), to: fresh.clone() });
        }
        definitions.push(self.copy((model, table), copy, fresh.clone())?);
        definitions.push(Definition::DropTable(table.to_owned()));
        definitions.push(Definition::RenameTable { from: fresh, to: table.to_owned() });
        definitions.extend(self.index_definitions(model)?.into_iter().map(Definition::CreateIndex));
        definitions.extend(self.filled_search(model));
        Ok(definitions)
    }

    /// The table made anew where names of indexes are the database's and not the table's: the old one goes under another name
    /// first. Foreign keys come back when every table stands.
    fn replace(&mut self, table: &str, copy: &[Copy]) -> Result<Vec<Definition>, Refusal> {
        let model = self.model_named(table)?;
        let old = ["replaced_", table].concat();
        let call = |function, names: [&str; 2]| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            Definition::Call { function, names }
        };
        let mut definitions = if self.rereads() { self.rehearsed(model, table, copy)? } else { Vec::new() };
        definitions.push(call(super::SET_ASIDE, [table, &old]));
        let definition = self.table_definition(model, table)?;
        definitions.extend(self.made(definition));
        definitions.push(self.copy((model, &old), copy, table.to_owned())?);
        if counts(model) {
            definitions.push(call(super::COPY_COUNTER, [&old, table]));
        }
        definitions.extend(self.drop_table(old));
        definitions.extend(self.table_companions(model)?);
        Ok(definitions)
    }

    /// Copies the rows into a table that goes again, where each change is kept by itself: rows that do not fit are refused while
    /// the old table still stands.
    fn rehearsed(&mut self, model: &Model, table: &str, copy: &[Copy]) -> Result<Vec<Definition>, Refusal> {
        let probe = ["rehearsed_", table].concat();
        let mut definition = self.table_definition(model, &probe)?;
        // Names of checks are those of the whole database on MySQL.
        let columns = definition.columns.iter_mut().filter_map(|column| column.check.as_mut().map(|(name, _)| name));
        let constraints = definition.constraints.iter_mut().filter_map(|constraint| match constraint {
            Constraint::Check { name, .. } => Some(name),
            Constraint::PrimaryKey { .. }
            | Constraint::Unique { .. }
            | Constraint::ForeignKey(_)
            | Constraint::Counter { .. } => None,
        });
        columns.chain(constraints).for_each(|name| name.insert_str(0, "rehearsed_"));
        let rows = self.copy((model, table), copy, probe.clone())?;
        Ok(vec![Definition::CreateTable(definition), rows, Definition::DropTable(probe)])
    }

    /// The rows of a table in the form of another.
    fn copy(&mut self, (model, from): (&Model, &str), copy: &[Copy], into: String) -> Result<Definition, Refusal> {
        let old = self.alias();
        let mut columns = Vec::with_capacity(copy.len());
        let mut items = Vec::with_capacity(copy.len());
        for Copy { column, from } in copy {
            let field = field_named(model, column)?;
            columns.push(column.clone());
            items.push(item(self.source(model, field, from, &old)?));
        }
        let table = Table { source: TableSource::Named(from.to_owned()), alias: old };
        let from = Some(From { table, joins: Vec::new() });
        let query = Query::Select(Box::new(Select { items, from, ..Select::default() }));
        Ok(Definition::Copy { into, columns, query })
    }

    fn drop_table(&self, table: String) -> Vec<Definition> {
        if self.makes_keys_last() {
            let names = vec![table.clone()];
            return vec![Definition::Call { function: super::DROP_REFERENCES, names }, Definition::DropTable(table)];
        }
        vec![Definition::DropTable(table)]
    }

    fn drop_search(&self, table: &str) -> Vec<Definition> {
        if !self.has_search() {
            return Vec::new();
        }
        let name = [table, "_fts"].concat();
        if self.has_types() {
            return vec![Definition::DropSearch(name)];
        }
        let triggers = ["_insert", "_delete", "_update"].iter();
        let mut definitions: Vec<_> = triggers.map(|of| Definition::DropTrigger([&name, *of].concat())).collect();
        definitions.push(Definition::DropSearch(name));
        definitions
    }

    /// The full-text index of a table that has rows.
    fn filled_search(&self, model: &Model) -> Vec<Definition> {
        let mut definitions = self.search_definitions(model);
        if !definitions.is_empty() && !self.has_types() {
            definitions.push(Definition::RebuildSearch(search_table(model)));
        }
        definitions
    }

    /// The foreign keys that the changes leave to be made: of tables that are new or made anew, of added columns, and those of
    /// other tables that pointed at a table made anew.
    fn keys_after(&self, changes: &[Change]) -> Vec<Definition> {
        let is_made = |table: &str| {
            changes.iter().any(|change| match change {
                Change::CreateTable { table: made } | Change::RebuildTable { table: made, .. } => made == table,
                Change::RenameTable { .. }
                | Change::RenameColumn { .. }
                | Change::DropSearch { .. }
                | Change::DropIndex { .. }
                | Change::DropTable { .. }
                | Change::AddColumn { .. }
                | Change::CreateIndex { .. }
                | Change::CreateSearch { .. } => false,
            })
        };
        let is_added = |table: &str, columns: &[String]| {
            changes.iter().any(|change| {
                matches!(change, Change::AddColumn { table: of, column } if of == table && columns.contains(column))
            })
        };
        let mut definitions = Vec::new();
        for model in &self.schema().models {
            let keys = self.foreign_keys(model).into_iter();
            let keys =
                keys.filter(|key| is_made(&model.table) || is_made(&key.table) || is_added(&model.table, &key.columns));
            definitions.extend(keys.map(|key| Definition::AddForeignKey { table: model.table.clone(), key }));
        }
        definitions
    }

    /// The default of a column for a row that is there already.
    fn default_value(
        &self,
        model: &Model,
        field: &Field,
        default: &DefaultValue,
        old: &Alias,
    ) -> Result<Term, Refusal> {
        let value = match default {
            DefaultValue::Constant(json) => constant(bind::constant(self.schema(), &field.ty, json)?),
            DefaultValue::Now => Term::CurrentInstant,
            DefaultValue::UuidV4 | DefaultValue::UuidV7 => Term::RandomUuid,
            DefaultValue::Ulid => Term::RandomUlid,
            // The column takes its numbers itself.
            DefaultValue::Increment if self.derives_apart() => Term::Null,
            DefaultValue::Increment => Term::Column(old.clone(), row_number(model).to_owned()),
            DefaultValue::AuthUid => Term::Null,
        };
        Ok(self.typed(value, DataType::of_field(&field.ty)))
    }

    /// The value of a column of a rebuilt table.
    fn source(&mut self, model: &Model, field: &Field, from: &Source, old: &Alias) -> Result<Term, Refusal> {
        match from {
            Source::Null => Ok(self.typed(Term::Null, DataType::of_field(&field.ty))),
            Source::Default(default) => self.default_value(model, field, default, old),
            Source::Column { name, convert, instead_of_null } => {
                let column = Term::Column(old.clone(), name.clone());
                let value = match convert {
                    None => column,
                    Some((was, is)) if self.has_types() => converted_of_type(column, *was, *is),
                    Some((was, is)) if self.derives_apart() => converted_of_text(column, *was, *is, self.alias()),
                    Some((was, is)) => converted(column, *was, *is, self.alias()),
                };
                Ok(match instead_of_null {
                    None => value,
                    Some(default) => {
                        let default = self.default_value(model, field, default, old)?;
                        Term::Call(Function::Coalesce, vec![value, default])
                    }
                })
            }
        }
    }
}

/// A value of one type as another, where values carry types; a value that has no form there refuses the change.
fn converted_of_type(value: Term, (was, was_list): (Type, bool), (is, is_list): (Type, bool)) -> Term {
    let is = DataType::of_family(is);
    let there = unary(UnaryOp::IsNotNull, value.clone());
    let json = |value| Term::Cast(Box::new(value), DataType::JSON);
    let text = |value| {
        if matches!(was, Type::DateTime) {
            return Term::Call(Function::Store(StoreFunction::Timestamp), vec![value]);
        }
        typed(value, DataType::TEXT)
    };
    let single = |value: Term| match (is.base, DataType::of_family(was).base) {
        (to, from) if to == from => value,
        (Base::Json, _) => json(value),
        (Base::Integer | Base::BigInt | Base::Float | Base::Decimal, Base::Boolean) => {
            typed(typed(value, DataType::one(Base::Integer)), is)
        }
        (
            Base::Integer | Base::BigInt | Base::Float | Base::Decimal,
            Base::Integer | Base::BigInt | Base::Float | Base::Decimal,
        )
        | (Base::Instant | Base::Date, Base::Instant | Base::Date) => typed(value, is),
        (Base::Text, _) => text(value),
        (Base::Bytes, Base::Text) => {
            // The bytes of the text, whatever it looks like.
            Term::Call(Function::TextAsBytes, vec![value])
        }
        _ => typed(text(value), is),
    };
    match (was_list, is_list) {
        (false, false) => single(value),
        (false, true) => when(there, typed(Term::List(vec![single(value)]), DataType { list: true, ..is })),
        (true, false) if is == DataType::JSON => json(value),
        (true, false) => {
            let first = Term::Call(Function::JsonElement, vec![json(value), Term::Int(0)]);
            typed(first, is)
        }
        (true, true) => typed(value, DataType { list: true, ..is }),
    }
}

/// The same where JSON is text and values are cast by way of what the wire shows. `each` names an item of a list.
fn converted_of_text(value: Term, (was, was_list): (Type, bool), (is, is_list): (Type, bool), each: Alias) -> Term {
    let (was, is) = (DataType::of_family(was), DataType::of_family(is));
    let there = unary(UnaryOp::IsNotNull, value.clone());
    let single = |value: Term| {
        if was == is {
            return value;
        }
        if is == DataType::JSON {
            return when(there.clone(), Term::JsonText(Box::new(value), was));
        }
        let text = Term::WireText(Box::new(value), was);
        match is.base {
            Base::Text => text,
            Base::Bytes => Term::Call(Function::TextAsBytes, vec![text]),
            Base::Integer
            | Base::BigInt
            | Base::Float
            | Base::Decimal
            | Base::Boolean
            | Base::Uuid
            | Base::Instant
            | Base::Date
            | Base::Time
            | Base::Json => Term::Cast(Box::new(text), is),
        }
    };
    match (was_list, is_list) {
        (false, false) => single(value),
        (false, true) => {
            let item = Term::JsonText(Box::new(single(value)), is);
            when(there, Term::List(vec![item]))
        }
        (true, false) if is == DataType::JSON => value,
        (true, false) => {
            let first = Term::Call(Function::JsonElement, vec![value, Term::Int(0)]);
            Term::Cast(Box::new(first), is)
        }
        (true, true) if was == is => value,
        (true, true) => {
            let position = Term::Column(each.clone(), String::from("key"));
            let order = vec![Sort { term: position, direction: SortDirection::Ascending, nulls_first: None }];
            let converted = Term::Cast(Box::new(element_value(&each)), is);
            let value_of = Term::JsonText(Box::new(converted), is);
            let rows = Term::JsonRows(Box::new(JsonRows { value: value_of, order, limit: None, offset: None }));
            let table = Table { source: TableSource::Elements(Box::new(value)), alias: each };
            when(there, Term::Scalar(Box::new(select(vec![item(rows)], table, None))))
        }
    }
}

/// A stored value of one type in the stored form of another; a value that has none refuses the change. `each` names an item of
/// a list.
fn converted(value: Term, (was, was_list): (Type, bool), (is, is_list): (Type, bool), each: Alias) -> Term {
    let there = unary(UnaryOp::IsNotNull, value.clone());
    match (was_list, is_list) {
        (false, false) => scalar_converted(value, was, is),
        (false, true) => when(there, Term::Array(vec![as_item(scalar_converted(value, was, is), is)])),
        // A list is stored as JSON.
        (true, false) if is == Type::Json => value,
        (true, false) => {
            let first = Term::Call(Function::JsonElement, vec![value, Term::Int(0)]);
            cast(first, is)
        }
        (true, true) => {
            let converted = as_item(scalar_converted(element_value(&each), was, is), is);
            let items = vec![item(Term::Aggregate(Aggregate::JsonArray, Box::new(converted)))];
            let table = Table { source: TableSource::Elements(Box::new(value)), alias: each };
            let from = Some(From { table, joins: Vec::new() });
            let query = Query::Select(Box::new(Select { items, from, ..Select::default() }));
            when(there, Term::Scalar(Box::new(query)))
        }
    }
}

fn scalar_converted(value: Term, was: Type, is: Type) -> Term {
    match (was, is) {
        (was, is) if was == is => value,
        (Type::Boolean, Type::Text) => truth_text(value),
        (Type::Text | Type::Uuid | Type::Date | Type::Time | Type::DateTime, Type::Json) => {
            // `json_quote` makes the text `null` of NULL.
            when(unary(UnaryOp::IsNotNull, value.clone()), Term::Call(Function::JsonQuote, vec![value]))
        }
        (_, is) => cast(value, is),
    }
}

fn cast(value: Term, is: Type) -> Term {
    Term::Cast(Box::new(value), DataType::of_family(is))
}

/// A stored value as an item of a stored list.
fn as_item(value: Term, ty: Type) -> Term {
    let json = |value| Term::Call(Function::Json, vec![value]);
    match ty {
        Type::Boolean => json(truth_text(value)),
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

fn missing(name: &str) -> Refusal {
    crate::lower::not_implemented(&["a change of ", name, ", which the schema does not have"])
}
