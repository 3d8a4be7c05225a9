//! A missing index as a database tries it: the columns, and the statement whose time is taken with it and without.

use super::Missing;
use crate::compiled::Compiled;
use crate::store::text::Text;
use backstay_schema::Schema;
use backstay_schema::model::{Field, Model, Scalar};

/// An index to try, by names of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The table.
    pub(crate) table: String,
    /// Its columns, without those that it derives itself.
    pub(crate) columns: Vec<String>,
    /// What the statement compares for equality.
    pub(crate) equal: Vec<String>,
    /// What it bounds from below.
    pub(crate) range: Option<String>,
    /// What it sorts by.
    pub(crate) order: Vec<(String, bool)>,
    /// Columns of the index.
    pub(crate) index: Vec<(String, bool)>,
    /// Of those, texts that are not indexed yet: some databases give them another type then.
    pub(crate) texts: Vec<String>,
}

/// What an index costs and brings.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighed {
    /// Rows of the copy.
    pub rows: u64,
    /// Whether those are all.
    pub whole: bool,
    /// Without the index.
    pub before: Cost,
    /// With it.
    pub after: Cost,
    /// Time to make it, microseconds.
    pub making_micros: u64,
}

/// How a statement ran.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// The database's plan, in its words.
    pub plan: Vec<String>,
    /// Time of one run, microseconds: the mean over the values that were tried of the quickest of a few runs.
    pub micros: u64,
}

impl Weighed {
    /// Whether the statement is quicker with it, by more than chance.
    #[must_use]
    pub fn helps(&self) -> bool {
        self.after.plan != self.before.plan
            && self.after.micros.saturating_mul(5) < self.before.micros.saturating_mul(4)
    }
}

/// Why nothing is measured where no row has the values to look for.
pub(crate) const NO_ROWS: &str = "no row has values to look for";

/// Rows of an answer: a page, as most requests ask for.
const PAGE: &str = " LIMIT 100";

impl Trial {
    /// The trial of a missing index; `None` when the schema no longer has its fields.
    #[must_use]
    pub fn of(schema: &Schema, missing: &Missing) -> Option<Trial> {
        let model = schema.models.iter().find(|model| model.table == missing.need.relation)?;
        let column = |name: &String| field(model, name).map(|field| field.column.clone());
        let directed = |(name, down): &(String, bool)| Some((column(name)?, *down));
        let is_text = |field: &Field| {
            matches!(
                field.ty.scalar,
                Scalar::String | Scalar::Id | Scalar::Email | Scalar::Url | Scalar::Phone | Scalar::Enum(_)
            )
        };
        let is_indexed = |of: &Field| {
            let indexed = model.indexes.iter().flat_map(|index| index.fields.iter().map(|(id, _)| *id));
            let unique = model.uniques.iter().flat_map(|unique| unique.fields.iter().copied());
            let referring = schema.foreign_keys.iter().filter(|key| key.from == model.id);
            let referring = referring.flat_map(|key| key.from_fields.iter().copied());
            model.key.iter().copied().chain(indexed).chain(unique).chain(referring).any(|id| id == of.id)
        };
        let texts = missing.fields.iter().filter_map(|(name, _)| field(model, name));
        let texts = texts.filter(|field| is_text(field) && !is_indexed(field) && field.db_types.is_empty());
        Some(Trial {
            table: model.table.clone(),
            columns: model.fields.iter().filter(|field| field.computed.is_none()).map(|of| of.column.clone()).collect(),
            equal: missing.need.equal.iter().map(column).collect::<Option<_>>()?,
            range: missing.need.range.as_ref().and_then(column),
            order: missing.need.order.iter().map(directed).collect::<Option<_>>()?,
            index: missing.fields.iter().map(directed).collect::<Option<_>>()?,
            texts: texts.map(|field| field.column.clone()).collect(),
        })
    }
}

fn field<'m>(model: &'m Model, name: &str) -> Option<&'m Field> {
    model.fields.iter().find(|field| field.name == name)
}

/// How a database writes what a trial needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Probe<'t> {
    /// What is tried.
    pub(crate) trial: &'t Trial,
    /// The table that holds the copy.
    pub(crate) table: &'t str,
    /// Writes a name.
    pub(crate) ident: fn(Text, &str) -> Text,
    /// Writes the place of a value by its number, from 1.
    pub(crate) place: fn(Text, usize) -> Text,
}

impl Probe<'_> {
    /// Columns whose values the statement is given.
    fn given(&self) -> Vec<&str> {
        self.trial.equal.iter().chain(&self.trial.range).map(String::as_str).collect()
    }

    /// The statement whose time is taken: a page of rows.
    pub(crate) fn page(&self, before: &'static str) -> Text {
        let Probe { trial, table, ident, place } = *self;
        let text = ident(Text::default().syntax(before).syntax("SELECT * FROM "), table);
        let text = self.given().into_iter().enumerate().fold(text, |text, (at, column)| {
            let text = ident(text.syntax(if at == 0 { " WHERE " } else { " AND " }), column);
            place(text.syntax(if at < trial.equal.len() { " = " } else { " >= " }), at + 1)
        });
        let sorted = trial.order.iter().enumerate().fold(text, |text, (at, (column, down))| {
            let text = ident(text.syntax(if at == 0 { " ORDER BY " } else { ", " }), column);
            text.syntax(if *down { " DESC" } else { "" })
        });
        sorted.syntax(PAGE)
    }

    /// Values that rows have, to try the statement with; `None` when it takes none. `cast` stands behind each column, `chance`
    /// orders the rows.
    pub(crate) fn samples(&self, cast: &'static str, chance: &'static str) -> Option<Text> {
        let Probe { table, ident, .. } = *self;
        let given = self.given();
        if given.is_empty() {
            return None;
        }
        let text = Text::default()
            .syntax("SELECT ")
            .list(given.iter(), ", ", |text, column| ident(text, column).syntax(cast))
            .syntax(" FROM ");
        let text = ident(text, table)
            .syntax(" WHERE ")
            .list(given.iter(), " AND ", |text, column| ident(text, column).syntax(" IS NOT NULL"));
        Some(text.syntax(" ORDER BY ").syntax(chance).syntax(" LIMIT 5"))
    }

    /// Makes the index.
    pub(crate) fn make(&self) -> Text {
        let Probe { trial, table, ident, .. } = *self;
        let text = ident(Text::default().syntax("CREATE INDEX bs_advised_idx ON "), table).syntax(" (");
        let text = text.list(trial.index.iter(), ", ", |text, (column, down)| {
            ident(text, column).syntax(if *down { " DESC" } else { "" })
        });
        text.syntax(")")
    }
}

impl Compiled {
    /// How often it ran since this was last asked.
    pub(crate) fn take_runs(&self) -> u64 {
        self.runs.swap(0, std::sync::atomic::Ordering::Relaxed)
    }
}
