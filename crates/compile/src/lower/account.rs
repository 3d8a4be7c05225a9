//! What an account and its profile owe each other, as steps of the write that concerns one of them: existence, id and e-mail
//! address agree when the transaction ends. In: the touched keys of a write. Out: steps on the other side's table.
//!
//! Accounts are a table of Backstay's own, profiles the application's `@authUser` model; neither schema holds the other, so both
//! are named by their columns here. Who may write what was decided before, on the side that is written.

use super::{Lowering, all, binary, constant, constant_text, item, select, touched_part, unary};
use crate::ast::{self, Alias, BinaryOp, Command, Definition, Function, Query, Table, TableSource, Term, UnaryOp};
use crate::datatype::DataType;
use crate::functions::StoreFunction;
use crate::statement::{Step, VerifyFailure};
use backstay_plan::value::Param;
use backstay_plan::{Refusal, bind};
use backstay_schema::model::{DefaultValue, FieldId, ModelId, Profile};
use backstay_schema::{ACCOUNTS, system};

const SESSIONS: &str = "auth_sessions";
const TOKENS: &str = "auth_one_time_tokens";
const IDENTITIES: &str = "auth_identities";

/// What a write has to do with accounts.
pub(super) enum Concern {
    /// Nothing.
    None,
    /// It writes profiles.
    Profiles(Profile),
    /// It writes accounts, whose profiles are these, if the application has any.
    Accounts(Option<Profile>),
}

/// Columns of a write that matter to the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Touches {
    /// The id.
    pub(super) key: bool,
    /// The address.
    pub(super) email: bool,
    /// The role.
    pub(super) role: bool,
    /// Whether and until when the account is in use.
    pub(super) end: bool,
    /// Whether it was deleted, or is no more.
    pub(super) deleted: bool,
    /// Whether its owner must choose another password before anything else.
    pub(super) duty: bool,
}

impl Touches {
    /// Whether anything of it decides what a signed-in caller may do.
    pub(super) fn any(self) -> bool {
        self.key || self.email || self.role || self.end || self.deleted || self.duty
    }

    fn holder(self) -> bool {
        self.role || self.end || self.deleted
    }
}

/// A table under a name.
struct Source {
    table: Table,
    alias: Alias,
}

impl Source {
    fn column(&self, name: &str) -> Term {
        Term::Column(self.alias.clone(), name.to_owned())
    }
}

impl Concern {
    /// The columns that a write of these fields touches.
    pub(super) fn touches(&self, lowering: &Lowering<'_>, model: ModelId, fields: &[FieldId]) -> Touches {
        let names: Vec<&str> = fields.iter().map(|id| lowering.field(model, *id).column.as_str()).collect();
        let has = |name: &str| names.contains(&name);
        let has_some = |name: &Option<String>| name.as_deref().is_some_and(has);
        match self {
            Self::None => Touches::default(),
            Self::Profiles(profile) => Touches {
                key: has(&profile.key),
                email: has_some(&profile.email),
                role: has_some(&profile.role),
                ..Touches::default()
            },
            Self::Accounts(_) => Touches {
                key: has("id"),
                email: has("email"),
                role: has("role"),
                end: has("banned_until") || has("deleted_at"),
                deleted: has("deleted_at"),
                duty: has("must_change_password"),
            },
        }
    }
}

impl Lowering<'_> {
    /// What a write of a model has to do with accounts.
    pub(super) fn concern(&self, model: ModelId) -> Concern {
        let model = self.model(model);
        if model.table == ACCOUNTS {
            return Concern::Accounts(self.schema().profile.clone());
        }
        let profile = model.auth_user.as_ref().and_then(|_| Profile::of(self.schema()));
        profile.map_or(Concern::None, Concern::Profiles)
    }

    /// Before a write: whoever holds the protected role is looked for, here and at the end.
    pub(super) fn protect(&mut self, concern: &Concern, touches: Touches) -> Option<Step> {
        let profile = match concern {
            Concern::None => return None,
            Concern::Profiles(profile) => Some(profile),
            Concern::Accounts(profile) => profile.as_ref(),
        };
        if !touches.holder() {
            return None;
        }
        let query = match profile.and_then(|profile| Some((profile, profile.role.as_ref()?))) {
            Some((profile, role)) => {
                let of = self.named_table(&profile.table);
                let enabled = self.enabled_account(self.account_id(profile, of.column(&profile.key)));
                let mut terms = vec![binary(BinaryOp::Equal, of.column(role), Term::Param(Param::ProtectedRole))];
                terms.extend(live(profile, &of));
                terms.push(enabled);
                select(vec![item(Term::Int(1))], of.table, all(terms))
            }
            None => {
                let account = self.named_table(ACCOUNTS);
                let mut terms =
                    vec![binary(BinaryOp::Equal, account.column("role"), Term::Param(Param::ProtectedRole))];
                terms.extend(enabled(&account));
                select(vec![item(Term::Int(1))], account.table, all(terms))
            }
        };
        Some(Step::Protect(self.sql(&Command::Query(query))))
    }

    /// Before an insert of profiles, for each row: an account that is there already and has no profile yet gets one only under
    /// its own address, so that nobody takes an account over by describing it; one that was deleted gets none.
    pub(super) fn verify_adoption(&mut self, profile: &Profile, cells: (Term, Term)) -> Step {
        let (key, email) = cells;
        let account = self.named_table(ACCOUNTS);
        let described = self.named_table(&profile.table);
        let id = self.key_of_account(profile, account.column("id"));
        let same = binary(BinaryOp::Equal, described.column(&profile.key), id);
        let has_profile = Term::Exists(Box::new(select(vec![item(Term::Int(1))], described.table, Some(same))));
        let mut reasons = vec![unary(UnaryOp::IsNotNull, account.column("deleted_at"))];
        if profile.email.is_some() {
            let other = binary(BinaryOp::Distinct, account.column("email"), lower(email));
            reasons.push(Term::All(vec![unary(UnaryOp::Not, has_profile), other]));
        }
        let id = self.account_id(profile, key);
        let filter = vec![binary(BinaryOp::Equal, account.column("id"), id), Term::Any(reasons)];
        let query = select(vec![item(Term::Int(1))], account.table, all(filter));
        Step::Verify { sql: self.sql(&Command::Query(query)), failure: VerifyFailure::RowDenied }
    }

    /// After an insert of profiles: each has an account.
    pub(super) fn make_accounts(&mut self, profile: &Profile) -> Result<Step, Refusal> {
        let of = self.named_table(&profile.table);
        let mut chosen = vec![self.touched(of.column(&profile.key), profile.key_is_uuid)];
        chosen.extend(live(profile, &of));
        let copy = self.accounts_of(profile, of, all(chosen), &Term::Param(Param::Now))?;
        Ok(Step::Effect(self.sql(&Command::Define(copy))))
    }

    /// Accounts for the profiles that are there already when a model becomes that of the accounts.
    pub(crate) fn adopt_profiles(&mut self, profile: &Profile) -> Result<Definition, Refusal> {
        let of = self.named_table(&profile.table);
        let live = live(profile, &of);
        self.accounts_of(profile, of, live, &Term::CurrentInstant)
    }

    /// Accounts for the profiles that meet a condition and have none.
    fn accounts_of(
        &mut self,
        profile: &Profile,
        of: Source,
        chosen: Option<Term>,
        now: &Term,
    ) -> Result<Definition, Refusal> {
        let account = self.named_table(ACCOUNTS);
        let id = self.account_id(profile, of.column(&profile.key));
        let same = binary(BinaryOp::Equal, account.column("id"), id.clone());
        let there = Term::Exists(Box::new(select(vec![item(Term::Int(1))], account.table, Some(same))));
        let schema = system();
        let (mut columns, mut items) = (Vec::new(), Vec::new());
        for field in schema.models.iter().filter(|model| model.table == ACCOUNTS).flat_map(|model| &model.fields) {
            let value = match (field.column.as_str(), &field.default) {
                ("id", _) => id.clone(),
                ("email", _) => profile
                    .email
                    .as_ref()
                    .map_or(super::typed(Term::Null, DataType::TEXT), |email| lower(of.column(email))),
                (_, Some(DefaultValue::Now)) => now.clone(),
                (_, Some(DefaultValue::Constant(json))) => {
                    let value = constant(bind::constant(&schema, &field.ty, json)?);
                    super::typed(value, DataType::of_field(&field.ty))
                }
                (
                    _,
                    None
                    | Some(
                        DefaultValue::UuidV4
                        | DefaultValue::UuidV7
                        | DefaultValue::Ulid
                        | DefaultValue::Increment
                        | DefaultValue::AuthUid,
                    ),
                ) => continue,
            };
            columns.push(field.column.clone());
            items.push(item(value));
        }
        let filter = all([chosen, Some(unary(UnaryOp::Not, there))].into_iter().flatten().collect());
        Ok(Definition::Copy { into: ACCOUNTS.to_owned(), columns, query: select(items, of.table, filter) })
    }

    /// After a change of profiles: an address that changed is the account's, unconfirmed, and nothing that was mailed to the
    /// old one works any more.
    pub(super) fn follow_profiles(&mut self, profile: &Profile) -> Vec<Step> {
        let Some(email) = &profile.email else { return Vec::new() };
        let moved = self.moved_accounts(profile, email);
        let of_moved = |owner: Term| Term::InQuery(vec![owner], Box::new(moved.clone()));
        let forget = ast::Delete {
            table: TOKENS.to_owned(),
            among: None,
            filter: Some(of_moved(Term::Column(Alias::Table(TOKENS.to_owned()), "user_id".to_owned()))),
            returning: Vec::new(),
        };
        let identity = Alias::Table(IDENTITIES.to_owned());
        let user = Term::Column(identity.clone(), "user_id".to_owned());
        let by_mail = binary(BinaryOp::Equal, Term::Column(identity, "provider".to_owned()), constant_text("email"));
        let address = self.address_of(profile, email, user.clone());
        let identities = ast::Update {
            table: IDENTITIES.to_owned(),
            among: None,
            set: vec![("email".to_owned(), address), ("updated_at".to_owned(), Term::Param(Param::Now))],
            filter: all(vec![by_mail, of_moved(user)]),
            returning: Vec::new(),
        };
        let id = Term::Column(Alias::Table(ACCOUNTS.to_owned()), "id".to_owned());
        let address = self.address_of(profile, email, id.clone());
        let mut set = vec![("email".to_owned(), address), ("updated_at".to_owned(), Term::Param(Param::Now))];
        for column in ["email_confirmed_at", "new_email", "email_change_sent_at"] {
            set.push((column.to_owned(), Term::Null));
        }
        let accounts = ast::Update {
            table: ACCOUNTS.to_owned(),
            among: None,
            set,
            filter: Some(of_moved(id)),
            returning: Vec::new(),
        };
        [Command::Delete(forget), Command::Update(identities), Command::Update(accounts)]
            .iter()
            .map(|command| Step::Effect(self.sql(command)))
            .collect()
    }

    /// After profiles went: so did their accounts, or they ended where the model only marks.
    pub(super) fn end_accounts(&mut self, profile: &Profile) -> Vec<Step> {
        let now = || Term::Param(Param::Now);
        let column = |table: &str, name: &str| Term::Column(Alias::Table(table.to_owned()), name.to_owned());
        if profile.deleted_at.is_none() {
            let (among, filter) = self.among(column(ACCOUNTS, "id"), true);
            let delete = ast::Delete { table: ACCOUNTS.to_owned(), among, filter, returning: Vec::new() };
            return vec![Step::Effect(self.sql(&Command::Delete(delete)))];
        }
        let (among, filter) = self.among(column(ACCOUNTS, "id"), true);
        let end = ast::Update {
            table: ACCOUNTS.to_owned(),
            among,
            set: vec![("deleted_at".to_owned(), now()), ("updated_at".to_owned(), now())],
            filter,
            returning: Vec::new(),
        };
        let open = unary(UnaryOp::IsNull, column(SESSIONS, "revoked_at"));
        let (among, touched) = self.among(column(SESSIONS, "user_id"), true);
        let sessions = ast::Update {
            table: SESSIONS.to_owned(),
            among,
            set: vec![("revoked_at".to_owned(), now()), ("revoke_reason".to_owned(), constant_text("user_deleted"))],
            filter: all([open].into_iter().chain(touched).collect()),
            returning: Vec::new(),
        };
        let (among, filter) = self.among(column(TOKENS, "user_id"), true);
        let tokens = ast::Delete { table: TOKENS.to_owned(), among, filter, returning: Vec::new() };
        [Command::Update(end), Command::Update(sessions), Command::Delete(tokens)]
            .iter()
            .map(|command| Step::Effect(self.sql(command)))
            .collect()
    }

    /// After a change of accounts: their profiles follow.
    pub(super) fn follow_accounts(&mut self, profile: &Profile, touches: Touches) -> Vec<Step> {
        let mut steps = Vec::new();
        let row = Alias::Table(profile.table.clone());
        let key = Term::Column(row.clone(), profile.key.clone());
        if let Some(email) = profile.email.as_ref().filter(|_| touches.email) {
            let account = self.named_table(ACCOUNTS);
            let same = binary(BinaryOp::Equal, account.column("id"), self.account_id(profile, key.clone()));
            let address =
                Term::Scalar(Box::new(select(vec![item(account.column("email"))], account.table, Some(same))));
            let other = binary(BinaryOp::Distinct, lower(Term::Column(row.clone(), email.clone())), address.clone());
            let mut set = vec![(email.clone(), address)];
            set.extend(refreshed(profile));
            let filter = all(vec![self.touched(key.clone(), profile.key_is_uuid), other]);
            let update = ast::Update { table: profile.table.clone(), among: None, set, filter, returning: Vec::new() };
            steps.push(Step::Effect(self.sql(&Command::Update(update))));
        }
        if touches.deleted {
            let gone = self.accounts_touched(profile, UnaryOp::IsNotNull);
            steps.push(self.end_profiles(profile, Term::InQuery(vec![key.clone()], Box::new(gone))));
        }
        if let Some(column) = profile.deleted_at.as_ref().filter(|_| touches.deleted) {
            let back = Term::InQuery(vec![key], Box::new(self.accounts_touched(profile, UnaryOp::IsNull)));
            let mut set = vec![(column.clone(), Term::Null)];
            set.extend(refreshed(profile));
            let filter = all(vec![unary(UnaryOp::IsNotNull, Term::Column(row, column.clone())), back]);
            let update = ast::Update { table: profile.table.clone(), among: None, set, filter, returning: Vec::new() };
            steps.push(Step::Effect(self.sql(&Command::Update(update))));
        }
        steps
    }

    /// Ids of the touched accounts whose deletion is in a state, as keys of profiles.
    fn accounts_touched(&mut self, profile: &Profile, state: UnaryOp) -> Query {
        let account = self.named_table(ACCOUNTS);
        let terms = vec![unary(state, account.column("deleted_at")), self.touched(account.column("id"), true)];
        let id = self.key_of_account(profile, account.column("id"));
        select(vec![item(id)], account.table, all(terms))
    }

    /// After accounts went: so did their profiles.
    pub(super) fn end_profiles_touched(&mut self, profile: &Profile) -> Step {
        let key = Term::Column(Alias::Table(profile.table.clone()), profile.key.clone());
        let chosen = self.touched(key, profile.key_is_uuid);
        self.end_profiles(profile, chosen)
    }

    fn end_profiles(&mut self, profile: &Profile, chosen: Term) -> Step {
        let table = profile.table.clone();
        let command = match &profile.deleted_at {
            None => Command::Delete(ast::Delete { table, among: None, filter: Some(chosen), returning: Vec::new() }),
            Some(column) => {
                let live = unary(UnaryOp::IsNull, Term::Column(Alias::Table(table.clone()), column.clone()));
                let mut set = vec![(column.clone(), Term::Param(Param::Now))];
                set.extend(refreshed(profile));
                let filter = all(vec![chosen, live]);
                Command::Update(ast::Update { table, among: None, set, filter, returning: Vec::new() })
            }
        };
        Step::Effect(self.sql(&command))
    }

    /// Ids of the touched profiles whose address is not the account's.
    fn moved_accounts(&mut self, profile: &Profile, email: &str) -> Query {
        let (account, of) = (self.named_table(ACCOUNTS), self.named_table(&profile.table));
        let mut terms = vec![self.touched(of.column(&profile.key), profile.key_is_uuid)];
        let key = self.account_id(profile, of.column(&profile.key));
        terms.push(binary(BinaryOp::Equal, account.column("id"), key));
        terms.push(binary(BinaryOp::Distinct, account.column("email"), lower(of.column(email))));
        let id = account.column("id");
        let described = Term::Exists(Box::new(select(vec![item(Term::Int(1))], of.table, all(terms))));
        select(vec![item(id)], account.table, Some(described))
    }

    /// The address of a profile, as accounts hold it.
    fn address_of(&mut self, profile: &Profile, email: &str, id: Term) -> Term {
        let of = self.named_table(&profile.table);
        let same = binary(BinaryOp::Equal, of.column(&profile.key), self.key_of_account(profile, id));
        Term::Scalar(Box::new(select(vec![item(lower(of.column(email)))], of.table, Some(same))))
    }

    fn enabled_account(&mut self, id: Term) -> Term {
        let account = self.named_table(ACCOUNTS);
        let mut terms = vec![binary(BinaryOp::Equal, account.column("id"), id)];
        terms.extend(enabled(&account));
        Term::Exists(Box::new(select(vec![item(Term::Int(1))], account.table, all(terms))))
    }

    fn named_table(&mut self, table: &str) -> Source {
        let alias = self.alias();
        let table = Table { source: TableSource::Named(table.to_owned()), alias: alias.clone() };
        Source { table, alias }
    }

    /// Whether an id, which is a UUID or text, is among the touched keys.
    fn touched(&mut self, id: Term, is_uuid: bool) -> Term {
        let each = self.alias();
        let keys = Table { source: TableSource::Keys, alias: each.clone() };
        let part = if is_uuid { self.uuid(touched_part(&each, 0)) } else { touched_part(&each, 0) };
        Term::InQuery(vec![id], Box::new(select(vec![item(part)], keys, None)))
    }

    /// The same for rows that are written: as a source to join where a subquery would read every row.
    fn among(&mut self, id: Term, is_uuid: bool) -> (Option<(Table, Term)>, Option<Term>) {
        if !self.rereads() {
            return (None, Some(self.touched(id, is_uuid)));
        }
        let each = self.alias();
        let same = binary(BinaryOp::Equal, id, super::typed(touched_part(&each, 0), DataType::TEXT));
        (Some((Table { source: TableSource::Keys, alias: each }, same)), None)
    }

    /// The key of a profile as the id of its account.
    fn account_id(&self, profile: &Profile, key: Term) -> Term {
        if profile.key_is_uuid { key } else { self.uuid(key) }
    }

    /// The id of an account as the key of its profile.
    fn key_of_account(&self, profile: &Profile, id: Term) -> Term {
        if profile.key_is_uuid { id } else { self.typed(id, DataType::TEXT) }
    }

    fn uuid(&self, text: Term) -> Term {
        if self.has_types() { Term::Call(Function::TextAsUuid, vec![text]) } else { text }
    }
}

fn lower(text: Term) -> Term {
    Term::Call(Function::Store(StoreFunction::Lower), vec![text])
}

/// The condition that a profile was not deleted, where the model only marks.
fn live(profile: &Profile, of: &Source) -> Option<Term> {
    profile.deleted_at.as_ref().map(|column| unary(UnaryOp::IsNull, of.column(column)))
}

/// The conditions under which an account can sign in.
fn enabled(account: &Source) -> Vec<Term> {
    let banned = account.column("banned_until");
    let over = binary(BinaryOp::LessOrEqual, banned.clone(), Term::Param(Param::Now));
    vec![unary(UnaryOp::IsNull, account.column("deleted_at")), Term::Any(vec![unary(UnaryOp::IsNull, banned), over])]
}

/// The columns of a profile that every change refreshes.
fn refreshed(profile: &Profile) -> Vec<(String, Term)> {
    let mut set = Vec::new();
    set.extend(profile.updated_at.iter().map(|column| (column.clone(), Term::Param(Param::Now))));
    set.extend(profile.version.iter().map(|column| {
        let there = Term::Column(Alias::Table(profile.table.clone()), column.clone());
        (column.clone(), binary(BinaryOp::Add, there, Term::Int(1)))
    }));
    set
}
