//! Which rows of a level, in which order, and how many: `where`, `order_by`, `distinct_on`, `limit`, `offset`.

use super::given::{Arguments, Given};
use super::{Draft, Step, unexpected};
use backstay_plan::request::{Input, Level, Slot};
use backstay_schema::model::Model;

impl<'a> Draft<'a> {
    /// A level of which nothing is selected yet.
    pub(super) fn page(&mut self, model: &'a Model, arguments: &mut Arguments<'a>) -> Step<Level> {
        let filter = match arguments.take("where") {
            Some(given) => self.filter(model, given)?,
            None => Vec::new(),
        };
        let distinct = arguments.take("distinct_on").map(names).transpose()?.unwrap_or_default();
        let order = match arguments.take("order_by") {
            Some(given) => self.order(model, given)?,
            None => Vec::new(),
        };
        let limit = self.number("limit", arguments.take("limit"))?;
        let offset = self.number("offset", arguments.take("offset"))?;
        Ok(Level { filter, distinct, order, limit, offset, ..Level::default() })
    }

    /// A number of rows.
    pub(super) fn number(&mut self, name: &str, given: Option<Given<'a>>) -> Step<Option<Slot>> {
        let Some(given) = given else { return Ok(None) };
        let number = whole(&given).filter(|number| *number >= 0);
        let number =
            number.ok_or_else(|| unexpected(format!("'{name}' must be a whole number that is not negative")))?;
        self.keep(Input::Int(number)).map(Some)
    }
}

/// A whole number.
pub(super) fn whole(given: &Given<'_>) -> Option<i64> {
    match given {
        Given::Number(text) => text.parse().ok(),
        Given::Null | Given::Bool(_) | Given::Text(_) | Given::List(_) | Given::Object(_) => None,
    }
}

/// Names, of columns and the like.
pub(super) fn names(given: Given<'_>) -> Step<Vec<String>> {
    let name = |given: Given<'_>| match given {
        Given::Text(name) => Ok(name.to_owned()),
        Given::Null | Given::Bool(_) | Given::Number(_) | Given::List(_) | Given::Object(_) => {
            Err(unexpected("a name was expected"))
        }
    };
    given.items().into_iter().map(name).collect()
}
