//! Which rows of a level, in which order, and how many: `where`, `order_by`, `distinct_on`, `limit`, `offset`.

use super::fill::{Blank, negative};
use super::given::{Arguments, Given};
use super::{Draft, Step};
use backstay_plan::request::{Input, Level, Slot};
use backstay_schema::model::Model;

impl<'a> Draft<'a> {
    /// A level of which nothing is selected yet.
    pub(super) fn page(&mut self, model: &'a Model, arguments: &mut Arguments<'a>) -> Step<Level> {
        let filter = match arguments.take("where") {
            Some(given) => self.filter(model, given)?,
            None => Vec::new(),
        };
        let distinct =
            arguments.take("distinct_on").map(|given| self.source.names(given)).transpose()?.unwrap_or_default();
        let order = match arguments.take("order_by") {
            Some(given) => self.order(model, given)?,
            None => Vec::new(),
        };
        let limit = self.number("limit", arguments.take("limit"))?;
        let offset = self.number("offset", arguments.take("offset"))?;
        Ok(Level { filter, distinct, order, limit, offset, ..Level::default() })
    }

    /// A number of rows.
    pub(super) fn number(&mut self, name: &'static str, given: Option<Given<'a>>) -> Step<Option<Slot>> {
        let Some(given) = given else { return Ok(None) };
        self.keep(whole(name, &given)?).map(Some)
    }
}

/// A whole number that is not negative.
pub(super) fn whole(name: &'static str, given: &Given<'_>) -> Step<Blank> {
    let number = match given {
        Given::Leaf(leaf) => return Ok(Blank::Number { leaf: *leaf, name }),
        Given::Number(text) => text.parse().ok().filter(|number: &i64| *number >= 0),
        Given::Null | Given::Bool(_) | Given::Text(_) | Given::List(_) | Given::Object(_) => None,
    };
    number.map(|number| Input::Int(number).into()).ok_or_else(|| negative(name))
}
