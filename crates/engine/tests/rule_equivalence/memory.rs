//! The rows of a [`World`] as the evaluator asks for them.

use crate::world::{Row, World};
use backstay_plan::evaluate::Rows;
use backstay_plan::value::Value;
use backstay_schema::model::{FieldId, ForeignKeyId, Link, ModelId, RelationshipId};

impl World {
    /// Rows whose `there` columns equal the `here` columns of a row; null equals nothing.
    fn joined(&self, row: Row, here: &[FieldId], to: ModelId, there: &[FieldId]) -> Vec<Row> {
        let is_joined = |other: &Row| {
            here.iter().zip(there).all(|(here, there)| {
                let (here, there) = (self.at(row, *here), self.at(*other, *there));
                *here != Value::Null && here == there
            })
        };
        self.rows_of(to).into_iter().filter(is_joined).collect()
    }

    fn along(&self, row: Row, key: ForeignKeyId, forward: bool) -> Vec<Row> {
        let key = &self.schema.foreign_keys[usize::from(key.0)];
        if forward {
            self.joined(row, &key.from_fields, key.to, &key.to_fields)
        } else {
            self.joined(row, &key.to_fields, key.from, &key.from_fields)
        }
    }
}

impl Rows for World {
    type Row = Row;

    fn value(&self, row: &Row, model: ModelId, field: FieldId) -> Value {
        assert_eq!(row.0, model, "a path names the model of its row");
        self.at(*row, field).clone()
    }

    fn related(&self, row: &Row, relationship: RelationshipId) -> Vec<Row> {
        let relationship = &self.schema.relationships[usize::from(relationship.0)];
        assert_eq!(row.0, relationship.from, "a relationship starts at its row");
        match relationship.link {
            Link::Forward(key) => self.along(*row, key, true),
            Link::Inverse(key) => self.along(*row, key, false),
            Link::Junction { near, far, .. } => {
                let between = self.along(*row, near, false);
                between.into_iter().flat_map(|row| self.along(row, far, true)).collect()
            }
        }
    }
}
