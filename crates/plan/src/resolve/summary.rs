//! Members of an aggregate object.

use super::level::Place;
use super::{Scope, Summary, field};
use crate::fault::Refusal;
use crate::request;

impl Scope<'_> {
    /// Members of an aggregate object, in order.
    pub(super) fn summaries(&mut self, place: &Place<'_>, items: &[request::Summary]) -> Result<Vec<Summary>, Refusal> {
        items.iter().map(|item| self.summary(place, item)).collect()
    }

    fn summary(&mut self, place: &Place<'_>, item: &request::Summary) -> Result<Summary, Refusal> {
        self.bounds.item()?;
        Ok(match item {
            request::Summary::Constant { key, text } => Summary::Constant { key: key.clone(), text: text.clone() },
            request::Summary::Count { key, of } => {
                Summary::Count { key: key.clone(), of: self.counted(place.model, &place.label, of)? }
            }
            request::Summary::Value { key, function, column, cast } => {
                let column = self.column_of(place.model, &place.label, column)?;
                self.check_aggregate(*function, &place.model.fields[usize::from(column.0)].ty)?;
                let cast = cast.as_deref().map(field::cast_target).transpose()?;
                Summary::Value { key: key.clone(), function: *function, column, cast }
            }
            request::Summary::Object { key, items } => {
                Summary::Object { key: key.clone(), items: self.summaries(place, items)? }
            }
        })
    }
}
