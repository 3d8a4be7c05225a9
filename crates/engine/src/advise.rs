//! Which indexes would help. In: a schema, and what requests came to look for. Out: indexes that are missing, each with what it serves;
//! and what each costs and brings, measured on a copy of the rows. Nothing that a server uses is changed.

mod request;
mod rule;
mod served;
#[cfg(test)]
mod tests;
mod trial;

pub use trial::{Cost, Trial, Weighed};
pub(crate) use trial::{NO_ROWS, Probe};

use crate::engine::Engine;
use crate::fault::Failure;
use backstay_schema::Schema;
use backstay_schema::model::{Field, FieldId, Model, Scalar};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most shapes that are kept; those of the fewest requests go first.
pub const SHAPES_MAX: usize = 500;

/// What rows of a table are looked for by: fields, without values. An index that serves it begins with `equal`, in any order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Relation.
    pub relation: String,
    /// Fields that are equal to something, in the order of their names.
    pub equal: Vec<String>,
    /// A field that lies above or below something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// Fields that rows are sorted by, and whether the largest come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<(String, bool)>,
}

/// How many requests had a need.
pub type Recorded = BTreeMap<Need, u64>;

/// An index that the schema does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Type name of its model.
    pub model: String,
    /// Whether migrations make the indexes of its table.
    pub managed: bool,
    /// What it is for; the largest of all that it serves.
    pub need: Need,
    /// Fields, and whether each is descending.
    pub fields: Vec<(String, bool)>,
    /// What it serves, in words.
    pub serves: Vec<String>,
    /// Requests that looked so, as far as they were recorded.
    pub requests: u64,
}

impl Missing {
    /// The line that adds it to the type in the schema.
    #[must_use]
    pub fn directive(&self) -> String {
        let quoted = self.fields.iter().map(|(name, down)| match down {
            true => format!("\"{name} desc\""),
            false => format!("\"{name}\""),
        });
        format!("@index(fields: [{}])", quoted.collect::<Vec<_>>().join(", "))
    }
}

/// The indexes that rules, relations and recorded requests ask for and the schema does not have; those of the most requests
/// first.
#[must_use]
pub fn missing(schema: &Schema, recorded: &Recorded) -> Vec<Missing> {
    let mut asked: Vec<(Need, Option<u64>, String)> = Vec::new();
    for (need, requests) in recorded {
        asked.push((need.clone(), Some(*requests), need.describe()));
    }
    for (need, reason) in rule::needs(schema) {
        asked.push((need, None, reason));
    }
    let mut found: Vec<Missing> = Vec::new();
    for (need, requests, reason) in asked {
        let Some(model) = model_of(schema, &need.relation).filter(|model| need.is_known(model)) else { continue };
        if served::is_served(schema, model, &need) {
            continue;
        }
        let fields = need.fields();
        let requests = requests.unwrap_or(0);
        match found.iter_mut().find(|other| other.need.relation == need.relation && other.fields == fields) {
            Some(other) => {
                other.requests = other.requests.saturating_add(requests);
                if !other.serves.contains(&reason) {
                    other.serves.push(reason);
                }
            }
            None => found.push(Missing {
                model: model.name.clone(),
                managed: model.managed,
                need,
                fields,
                serves: vec![reason],
                requests,
            }),
        }
    }
    let mut found = without_prefixes(found);
    found.sort_by(|a, b| (b.requests, &a.need.relation, &a.fields).cmp(&(a.requests, &b.need.relation, &b.fields)));
    found
}

/// An index also serves what a shorter one with the same first fields would.
fn without_prefixes(found: Vec<Missing>) -> Vec<Missing> {
    let mut kept: Vec<Missing> = Vec::with_capacity(found.len());
    let mut longest_first = found;
    longest_first.sort_by_key(|one| std::cmp::Reverse(one.fields.len()));
    for one in longest_first {
        let longer = kept
            .iter_mut()
            .find(|other| other.need.relation == one.need.relation && other.fields.starts_with(&one.fields));
        match longer {
            Some(other) => {
                other.requests = other.requests.saturating_add(one.requests);
                other.serves.extend(one.serves);
            }
            None => kept.push(one),
        }
    }
    kept
}

impl Need {
    /// Whether there is something to look by.
    fn is_empty(&self) -> bool {
        self.equal.is_empty() && self.range.is_none() && self.order.is_empty()
    }

    /// The fields of an index for it.
    fn fields(&self) -> Vec<(String, bool)> {
        let mut fields: Vec<(String, bool)> = self.equal.iter().map(|name| (name.clone(), false)).collect();
        if self.order.is_empty() {
            fields.extend(self.range.iter().map(|name| (name.clone(), false)));
        }
        fields.extend(self.order.iter().cloned());
        fields
    }

    /// In words.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        if !self.equal.is_empty() || self.range.is_some() {
            let equal = self.equal.iter().map(|name| format!("{name} = …"));
            let range = self.range.iter().map(|name| format!("{name} above or below …"));
            parts.push(equal.chain(range).collect::<Vec<_>>().join(" and "));
        }
        if !self.order.is_empty() {
            let order = self.order.iter().map(|(name, down)| if *down { format!("{name} desc") } else { name.clone() });
            parts.push(format!("sorted by {}", order.collect::<Vec<_>>().join(", ")));
        }
        format!("requests with {}", parts.join(", "))
    }

    /// Whether every field is one that an index can hold.
    fn is_known(&self, model: &Model) -> bool {
        let fields = self.fields();
        !fields.is_empty()
            && fields
                .iter()
                .all(|(name, _)| model.fields.iter().any(|field| field.name == *name && is_comparable(field)))
    }

    /// A need with its fields in order and without what another part says already; `None` of nothing.
    fn of(model: &Model, equal: &[FieldId], range: Option<FieldId>, order: &[(FieldId, bool)]) -> Option<Need> {
        let of = |id: &FieldId| model.fields.get(usize::from(id.0)).filter(|field| is_comparable(field));
        let name = |id: &FieldId| of(id).map(|field| field.name.clone());
        let mut names: Vec<String> = equal.iter().filter_map(name).collect();
        names.sort();
        names.dedup();
        // Rows come in the order of their key where nothing else is said, which is worth no index of its own.
        let keys = order.iter().rev().take_while(|(id, down)| model.key.contains(id) && !down).count();
        let order = order.get(..order.len().saturating_sub(keys)).unwrap_or_default();
        let mut sorted: Vec<(String, bool)> = Vec::new();
        for (id, down) in order.iter().filter(|(id, _)| !equal.contains(id)) {
            let Some(name) = name(id) else { break };
            if !sorted.iter().any(|(known, _)| *known == name) {
                sorted.push((name, *down));
            }
        }
        let range = range.as_ref().and_then(name).filter(|range| !names.contains(range));
        let need = Need { relation: model.table.clone(), equal: names, range, order: sorted };
        (!need.is_empty()).then_some(need)
    }
}

/// Whether an index can hold the values of a field.
fn is_comparable(field: &Field) -> bool {
    let is_stored = !matches!(
        field.computed,
        Some(
            backstay_schema::model::Computed::Expr { stored: false, .. }
                | backstay_schema::model::Computed::Function(_)
        )
    );
    is_stored && !field.ty.list && !matches!(field.ty.scalar, Scalar::Json | Scalar::Object(_))
}

fn model_of<'s>(schema: &'s Schema, relation: &str) -> Option<&'s Model> {
    schema.models.iter().find(|model| model.table == relation)
}

impl Engine {
    /// What the requests since the last call looked for and no index of the schema serves.
    #[must_use]
    pub fn needs(&self) -> Recorded {
        let mut needs = Recorded::new();
        for compiled in self.inner().plans.all().iter().filter(|compiled| !compiled.is_own()) {
            let runs = compiled.take_runs();
            if runs == 0 {
                continue;
            }
            let schema = compiled.schema();
            for need in request::needs(schema, compiled.plan.plan()) {
                let model = model_of(schema, &need.relation);
                if model.is_some_and(|model| !served::is_served(schema, model, &need)) {
                    let sum = needs.entry(need).or_insert(0);
                    *sum = sum.saturating_add(runs);
                }
            }
        }
        needs
    }

    /// What each index costs and brings, on a copy of at most `rows_max` rows of its table that nobody else sees and that is gone
    /// afterwards. For databases on a server; files are copied as a whole, see [`crate::look::Look::weigh`].
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn weigh(&self, trials: &[Trial], rows_max: u32) -> Result<Vec<Result<Weighed, String>>, Failure> {
        self.inner().store.weigh(trials, rows_max).await
    }
}
