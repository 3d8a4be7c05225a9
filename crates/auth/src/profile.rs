//! The application's own row of an account: requests on the `@authUser` model. In: the schema, ids, values. Out: plan requests.
//! They run as the service role, since the server itself writes the row; what people may say of themselves is the `copy` list.

use backstay_engine::ask::Asked;
use backstay_engine::steps::Step;
use backstay_plan::Request;
use backstay_plan::principal::{Principal, RoleSet};
use backstay_plan::request::{
    Absent, Action, Cell, CompareOp, Condition, FieldRef, Guards, Input, Insert, Item, Level, Operator, Quantity, Read,
    Slot, Update,
};
use backstay_schema::Schema;
use backstay_schema::model::{Field, FieldId, Model, Scalar, Signup};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Names of the profile model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    table: String,
    key: String,
    email: Option<String>,
    role: Option<String>,
    copy: Vec<String>,
    /// Who makes rows.
    pub(crate) signup: Signup,
}

impl Profile {
    /// The profile model of a schema.
    pub(crate) fn of(schema: &Schema) -> Option<Self> {
        let model = schema.models.iter().find(|model| model.auth_user.is_some())?;
        let bound = model.auth_user.as_ref()?;
        let email = model.fields.iter().find(|field| is_email(field)).map(|field| field.name.clone());
        Some(Self {
            table: model.table.clone(),
            key: model.key.first().and_then(|id| name(model, *id))?,
            email,
            role: bound.role.and_then(|id| name(model, id)),
            copy: bound.copy.iter().filter_map(|id| name(model, *id)).collect(),
            signup: bound.signup,
        })
    }

    /// Whether the role of an account is a field of its row.
    pub(crate) fn holds_role(&self) -> bool {
        self.role.is_some()
    }

    /// Adds the row of a new account. Of what the person says only the listed fields are taken.
    pub(crate) fn insert(&self, id: Uuid, email: Option<&str>, said: &Map<String, Value>, role: Option<&str>) -> Step {
        let mut columns = vec![self.key.clone()];
        let mut cells = vec![text(&id.to_string())];
        let mut put = |column: &String, cell: Cell| {
            columns.push(column.clone());
            cells.push(cell);
        };
        if let (Some(column), Some(email)) = (&self.email, email) {
            put(column, text(email));
        }
        if let (Some(column), Some(role)) = (&self.role, role) {
            put(column, text(role));
        }
        for column in &self.copy {
            if let Some(value) = said.get(column).filter(|value| !value.is_null()) {
                put(column, Cell::Json(value.to_string().into()));
            }
        }
        let insert = Insert {
            relation: self.table.clone(),
            columns,
            rows: Slot(0),
            absent: Absent::Default,
            conflict: None,
            returning: None,
            referred: None,
        };
        step(request(Action::Insert(insert), vec![Input::Rows(vec![cells])]))
    }

    /// Sets the role; `None` when the row holds none.
    pub(crate) fn set_role(&self, id: Uuid, role: &str) -> Option<Step> {
        self.role.as_ref().map(|column| self.update(id, column, role))
    }

    /// Reads the role of an account; `None` when the row holds none.
    pub(crate) fn read_role(&self, id: Uuid) -> Option<(Request, Principal)> {
        let role = self.role.as_ref()?;
        let level = Level { items: vec![item("role", role)], filter: vec![self.is(Slot(0))], ..Level::default() };
        let read = Read { relation: self.table.clone(), level, total: false };
        Some((request(Action::Read(read), vec![Input::Text(id.to_string())]), service()))
    }

    /// Reads ids and roles of accounts, as `id` and `role`; `None` when rows hold no role.
    pub(crate) fn read_roles(&self, ids: &[Uuid]) -> Option<(Request, Principal)> {
        let role = self.role.as_ref()?;
        let among = Condition::Test {
            field: FieldRef { name: self.key.clone(), path: Vec::new() },
            operator: Operator::In(Slot(0)),
        };
        let items = vec![item("id", &self.key), item("role", role)];
        let level = Level { items, filter: vec![among], ..Level::default() };
        let read = Read { relation: self.table.clone(), level, total: false };
        let ids = ids.iter().map(Uuid::to_string).collect();
        Some((request(Action::Read(read), vec![Input::List(ids)]), service()))
    }

    fn update(&self, id: Uuid, column: &str, value: &str) -> Step {
        let update = Update {
            relation: self.table.clone(),
            columns: vec![column.to_owned()],
            added: Vec::new(),
            edited: Vec::new(),
            row: Slot(0),
            absent: Absent::Default,
            filter: vec![self.is(Slot(1))],
            returning: None,
        };
        step(request(Action::Update(update), vec![Input::Rows(vec![vec![text(value)]]), Input::Text(id.to_string())]))
    }

    fn is(&self, slot: Slot) -> Condition {
        Condition::Test {
            field: FieldRef { name: self.key.clone(), path: Vec::new() },
            operator: Operator::Compare(CompareOp::Eq, Quantity::One, slot),
        }
    }
}

/// The field that holds the account's address.
fn is_email(field: &Field) -> bool {
    field.name == "email" || field.ty.scalar == Scalar::Email
}

fn name(model: &Model, id: FieldId) -> Option<String> {
    model.fields.get(usize::from(id.0)).map(|field| field.name.clone())
}

/// A column under another name.
fn item(alias: &str, column: &str) -> Item {
    Item::Field {
        alias: Some(alias.to_owned()),
        field: FieldRef { name: column.to_owned(), path: Vec::new() },
        cast: None,
        aggregate: None,
    }
}

fn text(value: &str) -> Cell {
    Cell::Json(Value::String(value.to_owned()).to_string().into())
}

fn request(action: Action, inputs: Vec<Input>) -> Request {
    Request { action, inputs, guards: Guards::default() }
}

fn service() -> Principal {
    Principal::with_roles(RoleSet::service())
}

fn step(request: Request) -> Step {
    Step::application(Asked::from(request), service())
}
