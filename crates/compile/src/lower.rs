//! From an authorised plan to the syntax tree. What a dialect cannot do is refused here; rendering cannot fail.
//! A column is never named but through [`Lowering::column`] (as rules see it) or [`Lowering::masked`] (as a caller sees it).

mod account;
mod apart;
mod derived;
mod operation;
mod page;
mod part;
mod predicate;
mod read;
mod relation;
mod rule;
mod scalar;
mod session;
mod value;
mod write;

use crate::ast::{Alias, Command, From, Query, Select, SelectItem, Table, TableSource, Term, UnaryOp};
use crate::datatype::{Base, DataType};
use crate::render::render;
use crate::statement::{Sql, Statement};
use backstay_plan::authorized::{Column, Gate, Plan};
use backstay_plan::value::{Param, RegexEngine};
use backstay_plan::{AuthorizedPlan, Refusal};
use backstay_schema::model::{Computed, Dialect, Field, FieldId, Model, ModelId, Schema};

pub(crate) use rule::{Scope, constant, constant_text};
pub(crate) use value::truth_text;

/// Turns a plan into statements.
pub(crate) fn lower(plan: &AuthorizedPlan, schema: &Schema, dialect: Dialect) -> Result<Statement, Refusal> {
    let mut lowering = Lowering::new(schema, dialect);
    match plan.plan() {
        Plan::Read(read) => Ok(Statement::Read(lowering.read(read)?)),
        Plan::Insert(insert) => Ok(Statement::Write(lowering.insert(insert)?)),
        Plan::Update(update) => Ok(Statement::Write(lowering.update(update)?)),
        Plan::Delete(delete) => Ok(Statement::Write(lowering.delete(delete)?)),
        Plan::Call(call) => lowering.call(call),
    }
}

/// The state of one lowering: the schema, and the names given out so far.
pub(crate) struct Lowering<'a> {
    schema: &'a Schema,
    dialect: Dialect,
    next_alias: u16,
    /// Values of what was left out because nothing of it is output.
    unused: Vec<Param>,
}

/// A row that is in scope: where its columns are found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// Name of its source.
    pub(crate) alias: Alias,
    /// Its model.
    pub(crate) model: ModelId,
    /// Values that stand in place of columns: the row as a write is about to make it.
    pub(crate) cells: Vec<(FieldId, Term)>,
}

impl Row {
    pub(crate) fn new(alias: Alias, model: ModelId) -> Row {
        Row { alias, model, cells: Vec::new() }
    }
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(schema: &'a Schema, dialect: Dialect) -> Self {
        // No alias may equal the name of a table, which names its own rows in a write.
        let tables = schema.models.iter().map(|model| &model.table).chain(schema.profile.as_ref().map(|of| &of.table));
        let taken = tables.filter_map(|table| table.strip_prefix('t')?.parse::<u16>().ok()).max();
        let next_alias = taken.map_or(0, |n| n.saturating_add(1)).min(1 << 15);
        Lowering { schema, dialect, next_alias, unused: Vec::new() }
    }

    pub(crate) fn alias(&mut self) -> Alias {
        self.next_alias = self.next_alias.saturating_add(1);
        Alias::Numbered(self.next_alias)
    }

    pub(crate) fn model(&self, id: ModelId) -> &'a Model {
        &self.schema.models[usize::from(id.0)]
    }

    pub(crate) fn field(&self, model: ModelId, field: FieldId) -> &'a Field {
        &self.model(model).fields[usize::from(field.0)]
    }

    pub(crate) fn schema(&self) -> &'a Schema {
        self.schema
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether values carry types of their own, so that JSON, lists and UUIDs are not text and a statement must say what it binds.
    pub(crate) fn has_types(&self) -> bool {
        match self.dialect {
            Dialect::Postgres => true,
            Dialect::Sqlite | Dialect::Mysql => false,
        }
    }

    /// Whether a statement says the types of what it compares, because values carry them or because text would be read as numbers.
    pub(crate) fn says_types(&self) -> bool {
        match self.dialect {
            Dialect::Postgres | Dialect::Mysql => true,
            Dialect::Sqlite => false,
        }
    }

    /// Whether JSON is put together as text: each member is written as JSON by its type, and joined with the others.
    pub(crate) fn joins_json(&self) -> bool {
        match self.dialect {
            Dialect::Postgres | Dialect::Mysql => true,
            Dialect::Sqlite => false,
        }
    }

    /// Whether what stands in a `FROM` clause knows nothing of the rows around it. There, an aggregate has an order of its own.
    pub(crate) fn derives_apart(&self) -> bool {
        match self.dialect {
            Dialect::Mysql => true,
            Dialect::Sqlite | Dialect::Postgres => false,
        }
    }

    /// Whether foreign keys are made when every table stands, and a table that changes goes under another name first.
    pub(crate) fn makes_keys_last(&self) -> bool {
        match self.dialect {
            Dialect::Postgres | Dialect::Mysql => true,
            Dialect::Sqlite => false,
        }
    }

    /// Whether the columns of a reference must stand in the order of the key that it refers to.
    pub(crate) fn refers_in_key_order(&self) -> bool {
        match self.dialect {
            Dialect::Mysql => true,
            Dialect::Sqlite | Dialect::Postgres => false,
        }
    }

    /// Whether there are full-text indexes.
    pub(crate) fn has_search(&self) -> bool {
        match self.dialect {
            Dialect::Sqlite | Dialect::Postgres => true,
            Dialect::Mysql => false,
        }
    }

    /// Whether writes answer nothing, so that what they wrote is read anew.
    pub(crate) fn rereads(&self) -> bool {
        match self.dialect {
            Dialect::Mysql => true,
            Dialect::Sqlite | Dialect::Postgres => false,
        }
    }

    /// Whether an insert can name the constraint whose rows it changes or leaves.
    pub(crate) fn tells_conflicts(&self) -> bool {
        match self.dialect {
            Dialect::Mysql => false,
            Dialect::Sqlite | Dialect::Postgres => true,
        }
    }

    /// Whose regular expressions the database reads; `None` where they are ours.
    pub(crate) fn regex_engine(&self) -> Option<RegexEngine> {
        match self.dialect {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(RegexEngine::Postgres),
            Dialect::Mysql => Some(RegexEngine::Perl),
        }
    }

    /// A value under the type that it has, where statements say types.
    pub(crate) fn typed(&self, term: Term, ty: DataType) -> Term {
        if self.says_types() { typed(term, ty) } else { term }
    }

    /// The value of a query's first row, where more than one would be an error.
    pub(crate) fn first_value(&self, query: Query) -> Term {
        let query = match query {
            Query::Select(mut select) if self.says_types() => {
                select.limit.get_or_insert(Term::Int(1));
                Query::Select(select)
            }
            other @ (Query::Select(_) | Query::UnionAll(_) | Query::Authored(_)) => other,
        };
        Term::Scalar(Box::new(query))
    }

    fn sql(&self, command: &Command) -> Sql {
        render(self.dialect, command)
    }

    /// A new row of a model's table, and the table to select it from.
    pub(crate) fn table(&mut self, model: ModelId) -> (Table, Row) {
        let alias = self.alias();
        let table = Table { source: TableSource::Named(self.model(model).table.clone()), alias: alias.clone() };
        (table, Row::new(alias, model))
    }

    /// A column as rules see it. A computed column that is not stored stands as its expression, whose inputs are not masked:
    /// who may read it is its own rule.
    pub(crate) fn column(&mut self, row: &Row, id: FieldId) -> Result<Term, Refusal> {
        if let Some((_, term)) = row.cells.iter().find(|(field, _)| *field == id) {
            return Ok(term.clone());
        }
        let field = self.field(row.model, id);
        match &field.computed {
            Some(Computed::Function(name)) => Err(not_implemented(&["a field computed by function ", name])),
            Some(Computed::Expr { expr, stored }) if !*stored || !row.cells.is_empty() => {
                let term = self.output_of_rule(&expr.expr, &Scope::of(row))?;
                Ok(self.typed(term, DataType::of_field(&field.ty)))
            }
            Some(Computed::Expr { .. }) | None => {
                let term = Term::Column(row.alias.clone(), field.column.clone());
                let own = self.own_type(row.model, id).is_some();
                Ok(if own { Term::Cast(Box::new(term), DataType::of_field(&field.ty)) } else { term })
            }
        }
    }

    /// The type by which a database knows the texts of a column that is not ours, such as an enum of its own: it compares them with
    /// no text, and takes none.
    pub(crate) fn own_type(&self, model: ModelId, id: FieldId) -> Option<&str> {
        let field = self.field(model, id);
        let is_text = DataType::of_field(&field.ty).base == Base::Text;
        let theirs = self.has_types() && is_text && !self.model(model).managed;
        let named = || field.db_types.iter().find(|(dialect, _)| *dialect == self.dialect());
        theirs.then(named).flatten().map(|(_, name)| name.as_str())
    }

    /// A value as the column takes it.
    pub(crate) fn kept(&self, model: ModelId, id: FieldId, value: Term) -> Term {
        match self.own_type(model, id) {
            None => value,
            Some(name) => Term::Named(Box::new(value), name.to_owned(), self.field(model, id).ty.list),
        }
    }

    /// A column as the caller sees it: NULL where its mask is not true. Every use of a request's column goes through here.
    pub(crate) fn masked(&mut self, row: &Row, column: &Column) -> Result<Term, Refusal> {
        debug_assert_eq!(row.model, column.model, "a column of another row");
        let term = self.column(row, column.field)?;
        match &column.mask {
            None => Ok(term),
            Some(rule) => Ok(when(self.holds(rule, &Scope::of(row))?, term)),
        }
    }

    /// The condition of a gate; `None` when every row passes.
    pub(crate) fn gate(&mut self, gate: &Gate, row: &Row) -> Result<Option<Term>, Refusal> {
        match gate {
            Gate::Open => Ok(None),
            Gate::Closed => Ok(Some(Term::Bool(false))),
            Gate::When(rule) => Ok(Some(self.holds(rule, &Scope::of(row))?)),
        }
    }

    /// The key of a row as a JSON array, and behind it columns that are not of the key.
    pub(crate) fn key_array(&mut self, row: &Row, others: &[FieldId]) -> Result<Term, Refusal> {
        let key = self.model(row.model).key.clone();
        let mut terms = Vec::with_capacity(key.len() + others.len());
        for id in key.iter().chain(others.iter().filter(|id| !key.contains(id))) {
            let part = self.key_part(row, *id)?;
            let ty = DataType::of_field(&self.field(row.model, *id).ty);
            terms.push(if self.joins_json() { Term::JsonText(Box::new(part), ty) } else { part });
        }
        Ok(Term::Array(terms))
    }

    /// Whether a row's key is among those the write has touched.
    pub(crate) fn key_touched(&mut self, row: &Row) -> Result<Term, Refusal> {
        let key = self.model(row.model).key.clone();
        let each = self.alias();
        let parts = key.iter().map(|id| self.key_part(row, *id)).collect::<Result<_, _>>()?;
        let types = key.iter().map(|id| DataType::of_field(&self.field(row.model, *id).ty)).enumerate();
        let items = types.map(|(at, ty)| item(self.typed(touched_part(&each, at), ty))).collect();
        let keys = Table { source: TableSource::Keys, alias: each };
        Ok(Term::InQuery(parts, Box::new(select(items, keys, None))))
    }

    /// A key column in a form that JSON can hold.
    pub(crate) fn key_part(&mut self, row: &Row, id: FieldId) -> Result<Term, Refusal> {
        let term = self.column(row, id)?;
        if self.says_types() {
            return Ok(term);
        }
        Ok(value::as_json_scalar(self.field(row.model, id).ty.scalar, term))
    }

    /// The condition that a row of a soft-deleted model is still there.
    pub(crate) fn alive(&mut self, row: &Row) -> Result<Option<Term>, Refusal> {
        match self.model(row.model).soft_delete {
            None => Ok(None),
            Some(field) => Ok(Some(unary(UnaryOp::IsNull, self.column(row, field)?))),
        }
    }
}

/// The part of a touched key at a position, where `each` ranges over the keys.
pub(crate) fn touched_part(each: &Alias, at: usize) -> Term {
    let position = Term::Int(i64::try_from(at).unwrap_or(i64::MAX));
    Term::Call(crate::ast::Function::JsonElement, vec![element_value(each), position])
}

/// The value that a source over a JSON array yields.
pub(crate) fn element_value(each: &Alias) -> Term {
    Term::Element(each.clone())
}

pub(crate) fn item(term: Term) -> SelectItem {
    SelectItem { term, name: None }
}

pub(crate) fn select(items: Vec<SelectItem>, table: Table, filter: Option<Term>) -> Query {
    let from = Some(From { table, joins: Vec::new() });
    Query::Select(Box::new(Select { items, from, filter, ..Select::default() }))
}

pub(crate) fn unary(op: UnaryOp, term: Term) -> Term {
    Term::Unary(op, Box::new(term))
}

pub(crate) fn binary(op: crate::ast::BinaryOp, left: Term, right: Term) -> Term {
    Term::Binary(op, Box::new(left), Box::new(right))
}

/// A value under the type that it has; written where values carry types.
pub(crate) fn typed(term: Term, ty: DataType) -> Term {
    Term::Typed(Box::new(term), ty)
}

/// `CASE WHEN condition THEN term END`
pub(crate) fn when(condition: Term, term: Term) -> Term {
    Term::Case { whens: vec![(condition, term)], otherwise: None }
}

/// A conjunction; `None` of nothing.
pub(crate) fn all(mut terms: Vec<Term>) -> Option<Term> {
    match terms.len() {
        0 => None,
        1 => terms.pop(),
        _ => Some(Term::All(terms)),
    }
}

pub(crate) fn not_implemented(parts: &[&str]) -> Refusal {
    Refusal::NotImplemented { reason: parts.concat() }
}
