//! `R_connection`: rows by cursor, as the Relay specification spells it.

use super::fill::Blank;
use super::given::{Arguments, Given};
use super::{Draft, Selected, Step, unexpected};
use apollo_compiler::executable::SelectionSet;
use backstay_plan::request::{Bound, Edge, End, Fact, Input, Level, Page, Part, Slot};
use backstay_schema::model::Model;

/// Fields of `PageInfo`.
const FACTS: [(&str, End, Fact); 4] = [
    ("hasNextPage", End::Last, Fact::More),
    ("hasPreviousPage", End::First, Fact::More),
    ("startCursor", End::First, Fact::Cursor),
    ("endCursor", End::Last, Fact::Cursor),
];

impl<'a> Draft<'a> {
    /// One object for a page of rows.
    pub(super) fn connection(
        &mut self,
        model: &'a Model,
        arguments: &mut Arguments<'a>,
        sets: &[&'a SelectionSet],
    ) -> Step<Level> {
        let level = self.page(model, arguments)?;
        let (first, last) = (arguments.take("first"), arguments.take("last"));
        if first.is_some() && last.is_some() {
            return Err(unexpected("'first' and 'last' exclude each other"));
        }
        let backward = last.is_some();
        let limit = self.number(if backward { "last" } else { "first" }, first.or(last))?;
        let after = self.cursor(arguments.take("after"))?;
        let before = self.cursor(arguments.take("before"))?;
        let page = Some(Page { after, before, backward });
        let ty = sets.first().map_or("", |set| set.ty.as_str());
        let fields = self.source.fields(sets);
        let parts = fields.iter().map(|selected| self.connection_part(model, ty, selected)).collect::<Step<_>>()?;
        Ok(Level { limit, page, parts, ..level })
    }

    fn cursor(&mut self, given: Option<Given<'a>>) -> Step<Option<Slot>> {
        match given {
            None => Ok(None),
            Some(Given::Text(text)) => self.keep(Input::Text(text.to_owned())).map(Some),
            Some(Given::Leaf(leaf)) => self.keep(Blank::Value { leaf, json: false }).map(Some),
            Some(Given::Null | Given::Bool(_) | Given::Number(_) | Given::List(_) | Given::Object(_)) => {
                Err(unexpected("a cursor was expected"))
            }
        }
    }

    fn connection_part(&mut self, model: &'a Model, ty: &str, selected: &Selected<'a>) -> Step<Part> {
        let key = selected.key.to_owned();
        let sets = selected.below();
        let below = sets.first().map_or("", |set| set.ty.as_str());
        match selected.name() {
            "__typename" => Ok(Part::Constant { key, text: ty.to_owned() }),
            "nodes" => Ok(Part::Rows { key, items: self.items(model, &sets)? }),
            "totalCount" => Ok(Part::Total { key }),
            "edges" => {
                let mut items = Vec::new();
                for selected in self.source.fields(&sets) {
                    let key = selected.key.to_owned();
                    items.push(match selected.name() {
                        "__typename" => Edge::Constant { key, text: below.to_owned() },
                        "cursor" => Edge::Cursor { key },
                        "node" => Edge::Row { key, items: self.items(model, &selected.below())? },
                        name => return Err(unexpected(format!("unknown field '{name}'"))),
                    });
                }
                Ok(Part::Edges { key, items })
            }
            "pageInfo" => {
                let mut items = Vec::new();
                for selected in self.source.fields(&sets) {
                    let key = selected.key.to_owned();
                    items.push(match FACTS.iter().find(|(name, ..)| *name == selected.name()) {
                        Some((_, end, fact)) => Bound::End { key, end: *end, fact: *fact },
                        None => Bound::Constant { key, text: below.to_owned() },
                    });
                }
                Ok(Part::Bounds { key, items })
            }
            name => Err(unexpected(format!("unknown field '{name}'"))),
        }
    }
}
