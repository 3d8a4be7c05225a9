//! How the table of a model is divided. On PostgreSQL each partition is a table that is made by a statement of its own.

use crate::ast::{CreateTable, Definition, Partitions};
use crate::lower::{Lowering, not_implemented};
use backstay_plan::value::Value;
use backstay_plan::{Refusal, bind};
use backstay_schema::model::{Dialect, Divided, FieldId, Model, Scalar};

impl Lowering<'_> {
    /// The partitions of a model's table under a name; `None` where it has none, or the database has none.
    pub(super) fn partitions(&self, model: &Model, name: &str) -> Result<Option<Partitions>, Refusal> {
        let Some(partition) = model.partition.as_ref() else { return Ok(None) };
        let is_referring = |key: &backstay_schema::model::ForeignKey| key.from == model.id || key.to == model.id;
        match self.dialect() {
            Dialect::Sqlite => return Ok(None),
            Dialect::Mysql if self.schema().foreign_keys.iter().any(is_referring) => {
                return Err(not_implemented(&["a foreign key of ", &model.table, ", which has partitions"]));
            }
            Dialect::Mysql | Dialect::Postgres => {}
        }
        let column = |id: &FieldId| Some(model.fields.get(usize::from(id.0))?.column.clone());
        let bounds = match &partition.divided {
            Divided::Hash(_) => None,
            Divided::Range(bounds) => Some(bounds.iter().map(|bound| self.bound(model, &partition.fields, bound))),
        };
        Ok(Some(Partitions {
            columns: partition.fields.iter().filter_map(column).collect(),
            names: (1..=partition.count()).map(|number| self.partition_name(name, number)).collect(),
            bounds: bounds.map(Iterator::collect).transpose()?,
        }))
    }

    /// A bound as a literal that the server reads as a value of its column.
    fn bound(&self, model: &Model, fields: &[FieldId], bound: &serde_json::Value) -> Result<Value, Refusal> {
        let field = fields.first().and_then(|id| model.fields.get(usize::from(id.0)));
        let Some(field) = field else { return Ok(Value::Null) };
        let value = bind::constant(self.schema(), &field.ty, bound)?;
        // Stored instants are of UTC and say so, which MySQL does not read.
        let says_utc = self.derives_apart() && field.ty.scalar == Scalar::DateTime;
        if let (Value::Text(text), true) = (&value, says_utc) {
            return Ok(Value::Text(text.trim_end_matches("+00:00").to_owned()));
        }
        Ok(value)
    }

    /// The statements that make a table, without its indexes.
    pub(super) fn made(&self, table: CreateTable) -> Vec<Definition> {
        let apart = table.partitions.clone().filter(|_| self.has_types());
        let name = table.name.clone();
        let mut definitions = vec![Definition::CreateTable(table)];
        if let Some(of) = apart {
            let part = |position| Definition::CreatePartition { table: name.clone(), of: of.clone(), position };
            definitions.extend((0..of.names.len()).map(part));
        }
        definitions
    }

    /// The name of a partition by its number, from 1. Where it is a table it is called `<table>_part<number>`, by which the store
    /// finds its way back.
    fn partition_name(&self, table: &str, number: usize) -> String {
        if self.has_types() { format!("{table}_part{number}") } else { format!("part{number}") }
    }
}
