//! Inserts of rows and of what hangs on them: what a row refers to comes before it, what refers to it after it. Rows that stand at
//! the same place of several objects are one request, so that their number is that of places, not of rows.

use super::super::names::{self, Member};
use super::fill::CellBlank;
use super::given::{Arguments, Given};
use super::mutation::{Returned, Script};
use super::{Draft, LinkedForm, Source, Step, unexpected, unexpected_null};
use backstay_engine::transaction::{Link, Rows};
use backstay_plan::Refusal;
use backstay_plan::request::{Absent, Action, Cell, Conflict, Insert, Resolution, Written};
use backstay_schema::model::{FieldId, ForeignKey, ForeignKeyId, Model, ModelId, RelationshipId};

/// A row to insert: what the caller gave, and the cells that come from other rows.
#[derive(Debug, Default)]
struct Row<'a> {
    cells: Vec<(&'a str, CellBlank)>,
    linked: Vec<Late<'a>>,
}

/// A cell that another row has.
#[derive(Debug, Clone)]
struct Late<'a> {
    column: &'a str,
    rows: Rows,
    at: usize,
    part: usize,
}

/// Rows at one place of several objects.
struct Place<'a> {
    relation: RelationshipId,
    conflict: Option<Given<'a>>,
    /// The row that each hangs on, and its object.
    objects: Vec<(usize, Given<'a>)>,
}

/// An object to insert, and the cells that come from other rows.
type Object<'a> = (Given<'a>, Vec<Late<'a>>);

impl Script {
    /// Adds an insert and tells the step that answers its rows, when they are selected.
    pub(super) fn insert<'a>(
        &mut self,
        source: Source<'a>,
        model: &'a Model,
        (objects, conflict): (Vec<Given<'a>>, Option<Given<'a>>),
        wanted: Option<&Returned<'a>>,
    ) -> Step<Option<usize>> {
        let first = self.steps.len();
        let objects: Vec<Object<'a>> = objects.into_iter().map(|object| (object, Vec::new())).collect();
        let alone = objects.iter().all(|(object, _)| !source.has_relations(model, object));
        let answer = wanted.filter(|_| alone);
        let rows = self.rows(source, model, (objects, conflict, answer), 0)?;
        let Some(wanted) = wanted else { return Ok(None) };
        if alone {
            return Ok(Some(first));
        }
        // What hangs on the rows is there only now.
        self.referred(rows)?;
        let mut draft = Draft::new(source);
        let level = draft.returned(model, wanted)?;
        let form = draft.form(Action::Written(Written { relation: model.table.clone(), level }));
        Ok(Some(self.push(LinkedForm { form, links: Vec::new(), written_by: Some(rows) })))
    }

    /// Adds the requests for some rows of a model and all that hangs on them.
    fn rows<'a>(
        &mut self,
        source: Source<'a>,
        model: &'a Model,
        (objects, conflict, answer): (Vec<Object<'a>>, Option<Given<'a>>, Option<&Returned<'a>>),
        depth: u16,
    ) -> Step<Rows> {
        let max = source.limits.embed_depth_max;
        if depth > max {
            let refusal = Refusal::LimitExceeded { what: "levels of embedding", max: max.into() };
            return Err(super::refused(&refusal));
        }
        let (mut rows, mut before, mut after) = (Vec::with_capacity(objects.len()), Vec::new(), Vec::new());
        for (at, (object, linked)) in objects.into_iter().enumerate() {
            let mut row = Row { cells: Vec::new(), linked };
            for (name, value) in object.members() {
                match source.names.member(model.id, name) {
                    Some(Member::Column(_)) => row.cells.push((name, CellBlank::from(&value))),
                    // Nothing hangs there.
                    Some(Member::Relation(_)) if value == Given::Null => {}
                    Some(Member::Relation(id)) => {
                        let places = if source.refers(id) { &mut before } else { &mut after };
                        place(places, id, at, value)?;
                    }
                    Some(Member::RelationAggregate(_)) | None => {
                        return Err(unexpected(format!("unknown member '{name}' of a row")));
                    }
                }
            }
            rows.push(row);
        }
        for Place { relation, conflict, objects } in before {
            let key = source.foreign_key(relation)?;
            let (owners, objects): (Vec<usize>, Vec<Object<'a>>) =
                objects.into_iter().map(|(at, object)| (at, (object, Vec::new()))).unzip();
            let parents = self.rows(source, source.of(key.to)?, (objects, conflict, None), depth + 1)?;
            let parts = self.refer(source, key, parents)?;
            for (nth, owner) in owners.into_iter().enumerate() {
                if let Some(row) = rows.get_mut(owner) {
                    row.linked.extend(late(&parts, (parents, nth)));
                }
            }
        }
        let own = self.push_rows(source, model, rows, (conflict, answer))?;
        for place in after {
            self.hang(source, own, place, depth)?;
        }
        Ok(own)
    }

    /// Adds the rows that refer to rows just inserted.
    fn hang<'a>(&mut self, source: Source<'a>, own: Rows, place: Place<'a>, depth: u16) -> Step<()> {
        use backstay_schema::model::Link::{Forward, Inverse, Junction};
        let Place { relation, conflict, objects } = place;
        match source.relationship(relation)?.link {
            Forward(_) => Ok(()),
            Inverse(id) => {
                let key = source.key(id)?;
                let parts = self.refer(source, key, own)?;
                let object = |(owner, object)| (object, late(&parts, (own, owner)).collect());
                let objects = objects.into_iter().map(object).collect();
                self.rows(source, source.of(key.from)?, (objects, conflict, None), depth + 1).map(|_| ())
            }
            Junction { junction, near, far } => {
                let (near, far) = (source.key(near)?, source.key(far)?);
                let (owners, objects): (Vec<usize>, Vec<Object<'a>>) =
                    objects.into_iter().map(|(owner, object)| (owner, (object, Vec::new()))).unzip();
                let there = self.rows(source, source.of(far.to)?, (objects, conflict, None), depth + 1)?;
                let (near, far) = (self.refer(source, near, own)?, self.refer(source, far, there)?);
                let pair = |(nth, owner)| {
                    let linked = late(&near, (own, owner)).chain(late(&far, (there, nth))).collect();
                    Row { cells: Vec::new(), linked }
                };
                let pairs = owners.into_iter().enumerate().map(pair).collect();
                self.push_rows(source, source.of(junction)?, pairs, (None, None)).map(|_| ())
            }
        }
    }

    /// Adds one request for rows of one relation.
    fn push_rows<'a>(
        &mut self,
        source: Source<'a>,
        model: &'a Model,
        rows: Vec<Row<'a>>,
        (conflict, answer): (Option<Given<'a>>, Option<&Returned<'a>>),
    ) -> Step<Rows> {
        let mut columns: Vec<&str> = Vec::new();
        let mut position = |name: &'a str| match columns.iter().position(|known| *known == name) {
            Some(at) => at,
            None => {
                columns.push(name);
                columns.len() - 1
            }
        };
        let (count, mut links, mut placed) = (rows.len(), Vec::new(), Vec::with_capacity(rows.len()));
        for (row, Row { cells, linked }) in rows.into_iter().enumerate() {
            if let Some(late) = linked.iter().find(|late| cells.iter().any(|(name, _)| *name == late.column)) {
                return Err(unexpected(format!("'{}' is given, and comes from a nested row too", late.column)));
            }
            placed.push(cells.into_iter().map(|(name, cell)| (position(name), cell)).collect::<Vec<_>>());
            links.extend(linked.into_iter().map(|Late { column, rows, at, part }| Link {
                row,
                column: position(column),
                rows,
                at,
                part,
            }));
        }
        let cells = |named: Vec<(usize, CellBlank)>| {
            let mut row = vec![CellBlank::Known(Cell::Absent); columns.len()];
            for (at, cell) in named {
                if let Some(place) = row.get_mut(at) {
                    *place = cell;
                }
            }
            row
        };
        let mut draft = Draft::new(source);
        let slot = draft.keep(placed.into_iter().map(cells).collect::<Vec<_>>())?;
        let conflict = conflict.map(|given| draft.conflict(model, given)).transpose()?;
        let returning = answer.map(|wanted| draft.returned(model, wanted)).transpose()?;
        let insert = Insert {
            relation: model.table.clone(),
            columns: columns.into_iter().map(str::to_owned).collect(),
            rows: slot,
            absent: Absent::Default,
            conflict,
            returning,
            referred: None,
        };
        let form = draft.form(Action::Insert(insert));
        Ok(Rows { step: self.push(LinkedForm { form, links, written_by: None }), count })
    }

    /// Notes that rows of another request hold a foreign key to the rows of one, and tells its columns with where their values stand.
    fn refer<'a>(&mut self, source: Source<'a>, key: &ForeignKey, rows: Rows) -> Step<Vec<(&'a str, usize)>> {
        let (from, to) = (source.of(key.from)?, source.of(key.to)?);
        let referred = self.referred(rows)?;
        let part = |(from_field, to_field): (&FieldId, &FieldId)| {
            let column = column(from, *from_field).ok_or_else(|| unexpected("an unknown column"))?;
            let name = self::column(to, *to_field).ok_or_else(|| unexpected("an unknown column"))?;
            if !referred.iter().any(|known| known == name) {
                referred.push(name.to_owned());
            }
            let in_key = to.key.iter().position(|field| field == to_field);
            let is_part = |name: &str| to.key.iter().any(|id| self::column(to, *id) == Some(name));
            let behind = || referred.iter().filter(|known| !is_part(known)).position(|known| known == name);
            let part = in_key.or_else(|| behind().map(|at| to.key.len() + at));
            Ok((column, part.ok_or_else(|| unexpected("an unknown column"))?))
        };
        key.from_fields.iter().zip(&key.to_fields).map(part).collect()
    }

    /// The columns that other requests take from the rows of one.
    fn referred(&mut self, rows: Rows) -> Step<&mut Vec<String>> {
        let action = self.steps.get_mut(rows.step).map(|step| &mut step.form.action);
        let Some(Action::Insert(insert)) = action else { return Err(unexpected("rows that nothing inserts")) };
        Ok(insert.referred.get_or_insert_default())
    }
}

/// The cells of a foreign key that stand in a row of an earlier request.
fn late<'a>(parts: &[(&'a str, usize)], (rows, at): (Rows, usize)) -> impl Iterator<Item = Late<'a>> {
    parts.iter().map(move |(column, part)| Late { column, rows, at, part: *part })
}

/// Puts the objects of a relation where those of other rows stand already.
fn place<'a>(places: &mut Vec<Place<'a>>, relation: RelationshipId, owner: usize, value: Given<'a>) -> Step<()> {
    let mut members = Arguments::from(value.members());
    let data = members.take("data").ok_or_else(|| unexpected_null("data"))?;
    let conflict = members.take("on_conflict");
    let objects = data.items().into_iter().map(|object| (owner, object));
    match places.iter_mut().find(|place| place.relation == relation && place.conflict == conflict) {
        Some(place) => place.objects.extend(objects),
        None => places.push(Place { relation, conflict, objects: objects.collect() }),
    }
    Ok(())
}

impl<'a> Draft<'a> {
    /// What is done with a row that is there already.
    fn conflict(&mut self, model: &'a Model, given: Given<'a>) -> Step<Conflict> {
        let mut members = Arguments::from(given.members());
        let constraint = members.take("constraint").and_then(|given| self.source.word(&given));
        let constraint = constraint.and_then(|name| self.source.names.constraint(model.id, name));
        let fields = match constraint {
            Some(names::Constraint::Key) => Some(&model.key),
            Some(names::Constraint::Unique(at)) => model.uniques.get(at).map(|unique| &unique.fields),
            None => None,
        };
        let fields = fields.ok_or_else(|| unexpected_null("constraint"))?;
        let columns = fields.iter().filter_map(|id| column(model, *id)).map(str::to_owned).collect();
        let set = members.take("update_columns").map(|given| self.source.names(given)).transpose()?.unwrap_or_default();
        let filter = members.take("where").map(|given| self.filter(model, given)).transpose()?.unwrap_or_default();
        let resolution = if set.is_empty() { Resolution::Ignore } else { Resolution::Merge };
        Ok(Conflict { columns, resolution, set: Some(set), filter })
    }
}

fn column(model: &Model, id: FieldId) -> Option<&str> {
    model.fields.get(usize::from(id.0)).map(|field| field.name.as_str())
}

impl<'a> Source<'a> {
    fn relationship(&self, id: RelationshipId) -> Step<&'a backstay_schema::model::Relationship> {
        self.schema.relationships.get(usize::from(id.0)).ok_or_else(|| unexpected("an unknown relation"))
    }

    fn key(&self, id: ForeignKeyId) -> Step<&'a ForeignKey> {
        self.schema.foreign_keys.get(usize::from(id.0)).ok_or_else(|| unexpected("an unknown foreign key"))
    }

    fn of(&self, id: ModelId) -> Step<&'a Model> {
        self.model(id).ok_or_else(|| unexpected("an unknown model"))
    }

    /// Whether the row that a relation starts from holds the foreign key.
    fn refers(&self, id: RelationshipId) -> bool {
        use backstay_schema::model::Link;
        self.relationship(id).is_ok_and(|relationship| matches!(relationship.link, Link::Forward(_)))
    }

    /// The foreign key of a relation that starts from its row.
    fn foreign_key(&self, id: RelationshipId) -> Step<&'a ForeignKey> {
        use backstay_schema::model::Link;
        match self.relationship(id)?.link {
            Link::Forward(key) | Link::Inverse(key) => self.key(key),
            Link::Junction { .. } => Err(unexpected("an unknown foreign key")),
        }
    }

    fn has_relations(&self, model: &Model, object: &Given<'a>) -> bool {
        let Given::Object(members) = object else { return false };
        members.iter().any(|(name, _)| matches!(self.names.member(model.id, name), Some(Member::Relation(_))))
    }
}
