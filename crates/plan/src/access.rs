//! What a role set may do, model by model and field by field: the rules of the schema with the caller's roles folded in.
//! Read by `authorize`, and by whatever describes the API to one role (OpenAPI, explain, suggestions).

use crate::authorized::Gate;
use crate::fold::fold;
use crate::principal::{RoleSet, WireRole};
use backstay_schema::Schema;
use backstay_schema::expr::{Expr, Path, Root, ValueType};
use backstay_schema::model::{
    AccessRule, Audience, Field, FieldId, FieldRule, Mask, Model, ModelId, Op, Operation, Rule,
};
use std::sync::OnceLock;

/// The access rules of a schema as one role set meets them. Models are worked out when first asked for.
#[derive(Debug)]
pub struct View<'s> {
    schema: &'s Schema,
    roles: &'s RoleSet,
    models: Vec<OnceLock<ModelView>>,
}

/// What the role set may do with the rows of a model. `None` is no rule for the operation: it is denied.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelView {
    /// Rows that may be read.
    pub read: Option<Gate>,
    /// Rows that may be inserted, on the new row.
    pub create: Option<Gate>,
    /// Rows that may be changed.
    pub update: Option<UpdateGates>,
    /// Rows that may be removed.
    pub delete: Option<Gate>,
    /// Each field, by [`FieldId`].
    pub fields: Vec<FieldView>,
}

/// The two rules of an update.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdateGates {
    /// On the row that is there; others are not matched.
    pub using: Gate,
    /// On the changed row; failing it refuses the write.
    pub check: Gate,
}

/// What the role set may do with a field, given that the row is allowed.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldView {
    /// Whether it may be read.
    pub read: Decision,
    /// Whether an insert may name it, on the new row.
    pub create: Decision,
    /// Whether an update may name it, on the row that is there.
    pub update_old: Decision,
    /// Whether an update may name it, on the changed row.
    pub update_new: Decision,
}

/// Whether a field may be used.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// In every row.
    Always,
    /// In no row.
    Never,
    /// Where the expression is true.
    PerRow(Expr),
}

impl From<Gate> for Decision {
    fn from(gate: Gate) -> Self {
        match gate {
            Gate::Open => Decision::Always,
            Gate::Closed => Decision::Never,
            Gate::When(expr) => Decision::PerRow(expr),
        }
    }
}

impl FieldView {
    /// Whether an update may name the field in at least some rows.
    #[must_use]
    pub fn updatable(&self) -> bool {
        self.update_old != Decision::Never && self.update_new != Decision::Never
    }
}

impl<'s> View<'s> {
    /// The rules of `schema` for `roles`.
    #[must_use]
    pub fn new(schema: &'s Schema, roles: &'s RoleSet) -> Self {
        let models = schema.models.iter().map(|_| OnceLock::new()).collect();
        Self { schema, roles, models }
    }

    /// The schema it is about.
    #[must_use]
    pub fn schema(&self) -> &'s Schema {
        self.schema
    }

    /// The role set.
    #[must_use]
    pub fn roles(&self) -> &'s RoleSet {
        self.roles
    }

    /// What may be done with a model.
    #[must_use]
    pub fn model(&self, id: ModelId) -> &ModelView {
        let position = usize::from(id.0);
        self.models[position].get_or_init(|| self.work_out(&self.schema.models[position]))
    }

    /// What may be done with a field.
    #[must_use]
    pub fn field(&self, model: ModelId, field: FieldId) -> &FieldView {
        &self.model(model).fields[usize::from(field.0)]
    }

    /// Whether the role set has any rule for the operation on a model that offers it.
    #[must_use]
    pub fn allows(&self, model: ModelId, op: Op) -> bool {
        let view = self.model(model);
        let ruled = match op {
            Op::Read => view.read.is_some(),
            Op::Create => view.create.is_some(),
            Op::Update => view.update.is_some(),
            Op::Delete => view.delete.is_some(),
        };
        ruled && self.schema.models[usize::from(model.0)].ops.contains(op)
    }

    /// The rule over the session for calling an operation: every rule must pass. `None` is no rule, or one for others: it is denied.
    #[must_use]
    pub fn operation(&self, operation: &Operation) -> Option<Gate> {
        if self.is_service() {
            return Some(Gate::Open);
        }
        let rules = &operation.callable;
        if rules.is_empty() || !rules.iter().all(|rule| self.is_for(&rule.who)) {
            return None;
        }
        Some(all(rules.iter().map(|rule| self.condition(rule.when.as_ref())).collect()))
    }

    /// Whether it is about the service role, which passes every rule.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.roles.wire == WireRole::Service
    }

    /// Whether a rule's audience includes the role set.
    fn is_for(&self, audience: &Audience) -> bool {
        match audience {
            Audience::Anyone => true,
            Audience::Roles(names) => names.iter().any(|name| match name.as_str() {
                "user" | "authenticated" => self.roles.wire == WireRole::Authenticated,
                "anon" => self.roles.wire == WireRole::Anonymous,
                other => {
                    self.roles.wire != WireRole::Anonymous && self.roles.application.iter().any(|role| role == other)
                }
            }),
        }
    }

    fn condition(&self, rule: Option<&Rule>) -> Gate {
        rule.map_or(Gate::Open, |rule| fold(&rule.expr, self.roles))
    }

    fn work_out(&self, model: &Model) -> ModelView {
        if self.is_service() {
            let open = FieldView {
                read: Decision::Always,
                create: Decision::Always,
                update_old: Decision::Always,
                update_new: Decision::Always,
            };
            return ModelView {
                read: Some(Gate::Open),
                create: Some(Gate::Open),
                update: Some(UpdateGates { using: Gate::Open, check: Gate::Open }),
                delete: Some(Gate::Open),
                fields: vec![open; model.fields.len()],
            };
        }
        let read = self.rules(model, Op::Read);
        let create = self.rules(model, Op::Create);
        let update = self.rules(model, Op::Update);
        let delete = self.rules(model, Op::Delete);
        let fields = model.fields.iter().map(|field| self.field_view(field, &read, &create, &update)).collect();
        ModelView {
            read: read.on_old(),
            create: create.on_new(),
            update: update.on_old().zip(update.on_new()).map(|(using, check)| UpdateGates { using, check }),
            delete: delete.on_old(),
            fields,
        }
    }

    /// The rules of one operation that are for this role set.
    fn rules<'m>(&self, model: &'m Model, op: Op) -> Rules<'m> {
        let matching = |rules: &'m [AccessRule]| {
            rules
                .iter()
                .filter(|rule| rule.ops.contains(op) && self.is_for(&rule.who))
                .map(|rule| Matched {
                    old: self.condition(rule.when.as_ref()),
                    new: self.condition(rule.check.as_ref().or(rule.when.as_ref())),
                    fields: rule.fields.as_deref(),
                })
                .collect()
        };
        Rules { allows: matching(&model.allows), denies: matching(&model.denies) }
    }

    fn field_view(&self, field: &Field, read: &Rules, create: &Rules, update: &Rules) -> FieldView {
        let written = |op: Op, side: Side, rules: &Rules, own: bool| {
            if field.private {
                return Decision::Never;
            }
            let own = if own { self.field_rules(&field.writable, Some(op)) } else { Gate::Open };
            all(vec![rules.of_field(field.id, side), own]).into()
        };
        FieldView {
            read: if field.private || field.write_only {
                Decision::Never
            } else {
                all(vec![read.of_field(field.id, Side::Old), self.field_rules(&field.readable, None)]).into()
            },
            create: written(Op::Create, Side::New, create, true),
            update_old: written(Op::Update, Side::Old, update, true),
            update_new: written(Op::Update, Side::New, update, false),
        }
    }

    /// `@readable` and `@writable`: all must pass. A reader whom a rule with mask ERROR lets read in some rows only is refused
    /// altogether, so that an answer never depends on a row that the caller may not see. A rule about writing names the operations
    /// in which the field may be written: in the other one nobody may.
    fn field_rules(&self, rules: &[FieldRule], op: Option<Op>) -> Gate {
        let gates = rules.iter().map(|rule| {
            if !self.is_for(&rule.who) || op.is_some_and(|op| !rule.ops.contains(op)) {
                return Gate::Closed;
            }
            match (self.condition(rule.when.as_ref()), rule.mask) {
                (Gate::When(_), Mask::Error) if op.is_none() => Gate::Closed,
                (gate, Mask::Null | Mask::Omit | Mask::Error) => gate,
            }
        });
        all(gates.collect())
    }
}

/// `@access` or `@deny` rules of one operation that are for a role set, folded.
struct Rules<'m> {
    allows: Vec<Matched<'m>>,
    denies: Vec<Matched<'m>>,
}

struct Matched<'m> {
    /// `when`.
    old: Gate,
    /// `check`, else `when`.
    new: Gate,
    fields: Option<&'m [FieldId]>,
}

/// Which row a rule is put to.
#[derive(Clone, Copy)]
enum Side {
    /// The row that is there.
    Old,
    /// The row as it will be.
    New,
}

impl Matched<'_> {
    fn gate(&self, side: Side) -> Gate {
        match side {
            Side::Old => self.old.clone(),
            Side::New => self.new.clone(),
        }
    }
}

impl Rules<'_> {
    fn on_old(&self) -> Option<Gate> {
        self.rows(Side::Old)
    }

    fn on_new(&self) -> Option<Gate> {
        self.rows(Side::New)
    }

    /// Rows: any allow, and no deny that is about whole rows.
    fn rows(&self, side: Side) -> Option<Gate> {
        if self.allows.is_empty() {
            return None;
        }
        let denies = self.denies.iter().filter(|rule| rule.fields.is_none()).map(|rule| not(rule.gate(side)));
        let mut gates = vec![any(self.allows.iter().map(|rule| rule.gate(side)).collect())];
        gates.extend(denies);
        Some(all(gates))
    }

    /// A field in a row that is allowed: any allow that covers it, and no deny that names it.
    fn of_field(&self, field: FieldId, side: Side) -> Gate {
        let covers = |rule: &&Matched| rule.fields.is_none_or(|fields| fields.contains(&field));
        let gates = |rules: Vec<&Matched>| rules.into_iter().map(|rule| rule.gate(side)).collect::<Vec<Gate>>();
        let covering: Vec<&Matched> = self.allows.iter().filter(covers).collect();
        if covering.is_empty() {
            return Gate::Closed;
        }
        // Where the rules that cover the field allow the same rows as all rules together, the row gate has decided already.
        let narrowed = any(gates(covering));
        let whole = any(gates(self.allows.iter().collect()));
        let allowed = if narrowed == whole { Gate::Open } else { narrowed };
        let mut parts = vec![allowed];
        let denies = self.denies.iter().filter(|rule| rule.fields.is_some_and(|fields| fields.contains(&field)));
        parts.extend(denies.map(|rule| not(rule.gate(side))));
        all(parts)
    }
}

/// Passes where any passes.
fn any(gates: Vec<Gate>) -> Gate {
    let mut exprs = Vec::new();
    for gate in gates {
        match gate {
            Gate::Open => return Gate::Open,
            Gate::Closed => {}
            Gate::When(expr) if exprs.contains(&expr) => {}
            Gate::When(expr) => exprs.push(expr),
        }
    }
    match exprs.len() {
        0 => Gate::Closed,
        1 => Gate::When(exprs.remove(0)),
        _ => Gate::When(Expr::Or(exprs)),
    }
}

/// Passes where all pass.
pub(crate) fn all(gates: Vec<Gate>) -> Gate {
    let mut exprs = Vec::new();
    for gate in gates {
        match gate {
            Gate::Open => {}
            Gate::Closed => return Gate::Closed,
            Gate::When(expr) if exprs.contains(&expr) => {}
            Gate::When(expr) => exprs.push(expr),
        }
    }
    match exprs.len() {
        0 => Gate::Open,
        1 => Gate::When(exprs.remove(0)),
        _ => Gate::When(Expr::And(exprs)),
    }
}

/// Passes where the other does not; an error passes neither.
fn not(gate: Gate) -> Gate {
    match gate {
        Gate::Open => Gate::Closed,
        Gate::Closed => Gate::Open,
        Gate::When(expr) => Gate::When(Expr::Not(Box::new(expr))),
    }
}

/// Rows that are not marked as deleted.
pub(crate) fn not_deleted(model: &Model) -> Gate {
    match model.soft_delete {
        None => Gate::Open,
        Some(field) => {
            let path = Path {
                root: Root::Row,
                hops: Vec::new(),
                model: model.id,
                field,
                json: Vec::new(),
                ty: ValueType::Timestamp,
                list: false,
            };
            Gate::When(Expr::IsNull(Box::new(Expr::Path(path))))
        }
    }
}
