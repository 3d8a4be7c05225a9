//! The checked schema: what every later stage reads. Ids are positions in the vectors of [`Schema`].
//! Nothing here is optional that a later stage could forget: absence has its own meaning, said at the field.

mod hooks;
mod partition;

pub use hooks::{CachePolicy, CacheScope, Cron, Hook, HookAction, RateKey, RateLimit};
pub use partition::{Divided, Partitioning};

use crate::diagnostic::Span;
use crate::expr::Expr;

/// Position in [`Schema::models`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(pub u16);

/// Position in [`Model::fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldId(pub u16);

/// Position in [`Schema::foreign_keys`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ForeignKeyId(pub u16);

/// Position in [`Schema::relationships`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelationshipId(pub u16);

/// Position in [`Schema::enums`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnumId(pub u16);

/// Position in [`Schema::objects`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub u16);

/// Position in [`Schema::operations`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId(pub u16);

/// A whole checked schema.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schema {
    /// Tables, in declaration order; generated junction models come last.
    pub models: Vec<Model>,
    /// Enums, in declaration order.
    pub enums: Vec<EnumType>,
    /// Embedded JSON object types (`input`, and `type` without `@model`).
    pub objects: Vec<ObjectType>,
    /// Custom operations: fields of `extend type Query` and `extend type Mutation`.
    pub operations: Vec<Operation>,
    /// `@cron` directives of the schema definition.
    pub crons: Vec<Cron>,
    /// Every foreign key of every model.
    pub foreign_keys: Vec<ForeignKey>,
    /// Every way to get from one model to another by foreign keys: both directions, and through junctions.
    pub relationships: Vec<Relationship>,
    /// The enum marked `@role`, if any.
    pub role_enum: Option<EnumId>,
    /// In the schema of Backstay's own tables: the application's profiles, which its accounts agree with.
    pub profile: Option<Profile>,
}

/// An SDL `enum`; stored as text with a check.
#[derive(Debug, Clone, PartialEq)]
pub struct EnumType {
    /// Name as written.
    pub name: String,
    /// Values in declaration order.
    pub values: Vec<String>,
    /// Text of the description string, if any.
    pub description: Option<String>,
}

/// A structured JSON value, checked on write.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectType {
    /// Name as written.
    pub name: String,
    /// Members in declaration order.
    pub fields: Vec<ObjectField>,
}

/// A member of an [`ObjectType`].
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectField {
    /// JSON key.
    pub name: String,
    /// Value type.
    pub ty: FieldType,
}

/// A table and everything declared about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Own position.
    pub id: ModelId,
    /// GraphQL type name.
    pub name: String,
    /// Relation name: REST path and database table.
    pub table: String,
    /// Namespace of the table, where the database has them.
    pub db_schema: Option<String>,
    /// Text of the description string, if any.
    pub description: Option<String>,
    /// Columns in declaration order. Generated ones (`id`, foreign key columns, timestamps) stand where they were implied.
    pub fields: Vec<Field>,
    /// Primary key columns, never empty.
    pub key: Vec<FieldId>,
    /// Whether the key is private, so that on the wire the relation behaves as keyless.
    pub keyless: bool,
    /// Unique constraints besides the primary key.
    pub uniques: Vec<Unique>,
    /// Secondary indexes.
    pub indexes: Vec<Index>,
    /// Row-level `@check` rules.
    pub checks: Vec<RowCheck>,
    /// `@access` rules.
    pub allows: Vec<AccessRule>,
    /// `@deny` rules.
    pub denies: Vec<AccessRule>,
    /// How the table is divided, where the database divides tables.
    pub partition: Option<Partitioning>,
    /// Full-text index, when `@searchable` names columns.
    pub search: Option<SearchIndex>,
    /// The column that marks a row as deleted.
    pub soft_delete: Option<FieldId>,
    /// The column that holds the owner's id; `isOwner()` compares it with `auth.uid`.
    pub owner: Option<FieldId>,
    /// `@version` column.
    pub version: Option<FieldId>,
    /// Binding to the account of the same id.
    pub auth_user: Option<AuthUser>,
    /// Which protocols show this model.
    pub doors: Doors,
    /// Which operations exist at all, whatever the rules say.
    pub ops: OpSet,
    /// Row cap of this model, below the server's.
    pub rows_max: Option<u32>,
    /// `@webhook`, `@job`, `@on`: kept for the machinery that runs them.
    pub hooks: Vec<Hook>,
    /// `@cache` of the model.
    pub cache: Option<CachePolicy>,
    /// `@rateLimit` of the model.
    pub rate_limits: Vec<RateLimit>,
    /// Former table name, from `@rename(from:)`.
    pub renamed_from: Option<String>,
    /// Whether migrations make and change the table; else it is somebody else's and is there.
    pub managed: bool,
    /// Whether this is a junction that the schema did not write out.
    pub generated: bool,
    /// Where the type name stands.
    pub span: Span,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Own position.
    pub id: FieldId,
    /// Name on every wire.
    pub name: String,
    /// Name in the database; differs from `name` only by `@map`.
    pub column: String,
    /// Value type, with nullability.
    pub ty: FieldType,
    /// Text of the description string, if any.
    pub description: Option<String>,
    /// What an insert that leaves the field out stores; `None` means NULL.
    pub default: Option<DefaultValue>,
    /// Whether the default is applied again on every update.
    pub default_on_update: bool,
    /// Value rules, checked on every write at every door.
    pub validators: Vec<Validator>,
    /// `@readable`, `@visible`: all must pass. Empty means the model's rules decide alone.
    pub readable: Vec<FieldRule>,
    /// `@writable`, `@visible`: all must pass. Empty means the model's rules decide alone.
    pub writable: Vec<FieldRule>,
    /// Never on any wire for any role but the service role.
    pub private: bool,
    /// Accepted and never returned.
    pub write_only: bool,
    /// Hashed before it is stored (Argon2id).
    pub hashed: bool,
    /// The server writes it and callers may not: creation or update time.
    pub managed: Option<Managed>,
    /// Read-only value derived from others.
    pub computed: Option<Computed>,
    /// `@file` constraints of a storage reference.
    pub file: Option<FileRule>,
    /// Column types that replace the default ones, by dialect name.
    pub db_types: Vec<(Dialect, String)>,
    /// Former column name, from `@rename(from:)`.
    pub renamed_from: Option<String>,
    /// Where the field name stands.
    pub span: Span,
}

/// Type and nullability of a column or argument.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldType {
    /// Type of the value, or of each item of a list.
    pub scalar: Scalar,
    /// Whether the value is a list of scalars.
    pub list: bool,
    /// Whether the value may be NULL.
    pub nullable: bool,
    /// Whether items of a list may be null.
    pub items_nullable: bool,
}

/// Value types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// 32-bit integer.
    Int,
    /// 64-bit integer.
    BigInt,
    /// IEEE 754 double.
    Float,
    /// Exact decimal; its text is kept.
    Decimal,
    /// True or false.
    Boolean,
    /// UTF-8 text.
    String,
    /// Opaque id, text on the wire.
    Id,
    /// UUID, lower case on the wire.
    Uuid,
    /// Instant, RFC 3339 in UTC.
    DateTime,
    /// Calendar date.
    Date,
    /// Time of day.
    Time,
    /// Bytes, `\x` hex on the wire.
    Bytes,
    /// Any JSON value.
    Json,
    /// Text that is an e-mail address.
    Email,
    /// Text that is an absolute URL.
    Url,
    /// Text that is an E.164 phone number.
    Phone,
    /// One value of an enum.
    Enum(EnumId),
    /// A structured JSON object.
    Object(ObjectId),
}

/// Databases that a schema may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
    /// MySQL and MariaDB.
    Mysql,
}

/// What is stored when a field is left out.
#[derive(Debug, Clone, PartialEq)]
pub enum DefaultValue {
    /// A constant, as JSON.
    Constant(serde_json::Value),
    /// The time of the request.
    Now,
    /// A random UUID (version 4).
    UuidV4,
    /// A time-ordered UUID (version 7).
    UuidV7,
    /// A ULID.
    Ulid,
    /// The next integer of the table.
    Increment,
    /// The caller's id, NULL when anonymous.
    AuthUid,
}

/// Columns that only the server writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Managed {
    /// Set once.
    CreatedAt,
    /// Set on every write.
    UpdatedAt,
    /// Set by a soft delete.
    DeletedAt,
    /// Incremented on every write.
    Version,
}

/// A rule about a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Validator {
    /// Characters of a string, or items when on a list of strings' items.
    Length {
        /// Fewest characters.
        min: Option<u64>,
        /// Most characters.
        max: Option<u64>,
    },
    /// Bounds of a number, inclusive, as written.
    Range {
        /// Lowest value.
        min: Option<f64>,
        /// Highest value.
        max: Option<f64>,
    },
    /// Regular expression (Rust `regex` syntax, linear time).
    Pattern {
        /// The expression.
        regex: String,
        /// Inline flags such as `i`.
        flags: String,
        /// Text for the caller when it does not match.
        message: Option<String>,
    },
    /// E-mail address.
    Email,
    /// Absolute URL with scheme http or https.
    Url,
    /// E.164 phone number.
    Phone,
    /// One of these texts or numbers.
    OneOf(Vec<serde_json::Value>),
    /// Number of items of a list.
    Items {
        /// Fewest items.
        min: Option<u64>,
        /// Most items.
        max: Option<u64>,
        /// Whether items must differ.
        unique: bool,
    },
    /// JSON Schema document for a JSON value.
    JsonSchema(serde_json::Value),
}

/// A derived column.
#[derive(Debug, Clone, PartialEq)]
pub enum Computed {
    /// Expression over the row.
    Expr {
        /// Type-checked expression.
        expr: Rule,
        /// Whether the database stores it (generated column).
        stored: bool,
    },
    /// A JS/TS function; not filterable.
    Function(String),
}

/// `@file` limits.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRule {
    /// Storage bucket.
    pub bucket: String,
    /// Largest object, bytes.
    pub size_bytes_max: Option<u64>,
    /// Accepted media types; empty means any.
    pub media_types: Vec<String>,
}

/// A unique constraint.
#[derive(Debug, Clone, PartialEq)]
pub struct Unique {
    /// Constraint name, `<table>_<cols>_key` unless given.
    pub name: String,
    /// Columns.
    pub fields: Vec<FieldId>,
    /// Rows it is limited to.
    pub filter: Option<Rule>,
}

/// A secondary index.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// Index name, `<table>_<cols>_idx` unless given.
    pub name: String,
    /// Columns and directions.
    pub fields: Vec<(FieldId, SortDirection)>,
    /// Whether it is also a constraint.
    pub unique: bool,
    /// Rows it is limited to.
    pub filter: Option<Rule>,
    /// Access method, where the dialect has several.
    pub using: Option<String>,
}

/// Ascending or descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SortDirection {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Full-text index over some columns.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchIndex {
    /// Indexed columns with their weights.
    pub fields: Vec<(FieldId, f64)>,
    /// Language, `english` unless given.
    pub language: String,
}

/// A rule as written and as checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// CEL text.
    pub source: String,
    /// Its checked form.
    pub expr: Expr,
    /// Where the text stands.
    pub span: Span,
}

/// Row-level `@check`.
#[derive(Debug, Clone, PartialEq)]
pub struct RowCheck {
    /// Constraint name, `<table>_check<n>`.
    pub name: String,
    /// Must hold after every write.
    pub rule: Rule,
    /// Text for the caller when it fails.
    pub message: Option<String>,
}

/// `@access` or `@deny`.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessRule {
    /// Who.
    pub who: Audience,
    /// Which operations.
    pub ops: OpSet,
    /// Condition on the existing row; `None` is always true.
    pub when: Option<Rule>,
    /// Condition on the new row; `None` falls back to `when`.
    pub check: Option<Rule>,
    /// Columns it is about; `None` is all.
    pub fields: Option<Vec<FieldId>>,
    /// Where the directive stands.
    pub span: Span,
}

/// Who a rule is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Every caller, anonymous ones too.
    Anyone,
    /// Callers holding one of these roles. `user` is any signed-in caller, `anon` an anonymous one.
    Roles(Vec<String>),
}

/// `@readable`, `@writable` or `@visible`.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldRule {
    /// Who.
    pub who: Audience,
    /// Condition on the row; `None` is always true.
    pub when: Option<Rule>,
    /// Operations in which a write rule lets the field be written (`CREATE`, `UPDATE`); in the other one nobody may.
    pub ops: OpSet,
    /// What a reader gets where a row fails `when`.
    pub mask: Mask,
}

/// What stands in place of a value that the caller may not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mask {
    /// NULL.
    Null,
    /// The key is left out where the protocol can.
    Omit,
    /// The request is refused.
    Error,
}

/// Operations on rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Op {
    /// Read rows.
    Read,
    /// Insert rows.
    Create,
    /// Change rows.
    Update,
    /// Remove rows.
    Delete,
}

/// A set of [`Op`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct OpSet {
    /// READ.
    pub read: bool,
    /// CREATE.
    pub create: bool,
    /// UPDATE.
    pub update: bool,
    /// DELETE.
    pub delete: bool,
}

impl OpSet {
    /// Every operation.
    pub const ALL: OpSet = OpSet { read: true, create: true, update: true, delete: true };

    /// Whether `op` is in the set.
    #[must_use]
    pub fn contains(self, op: Op) -> bool {
        match op {
            Op::Read => self.read,
            Op::Create => self.create,
            Op::Update => self.update,
            Op::Delete => self.delete,
        }
    }
}

/// Which protocols show a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doors {
    /// REST.
    pub rest: bool,
    /// GraphQL.
    pub graphql: bool,
    /// gRPC.
    pub grpc: bool,
    /// Realtime.
    pub realtime: bool,
}

/// `@authUser`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthUser {
    /// Who may create accounts.
    pub signup: Signup,
    /// Fields taken over from the sign-up request.
    pub copy: Vec<FieldId>,
    /// The column of the `@role` enum, which is the account's application role.
    pub role: Option<FieldId>,
    /// The column that is the account's e-mail address.
    pub email: Option<FieldId>,
}

/// The application's table whose rows are the profiles of accounts, by its names in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Table.
    pub table: String,
    /// Column of the account's id.
    pub key: String,
    /// Whether that column is of the type UUID, as the account's is; else it is text.
    pub key_is_uuid: bool,
    /// Column of its e-mail address.
    pub email: Option<String>,
    /// Column of its application role.
    pub role: Option<String>,
    /// Column that marks a profile as deleted.
    pub deleted_at: Option<String>,
    /// Column of the time of the last change.
    pub updated_at: Option<String>,
    /// Column that counts changes.
    pub version: Option<String>,
}

impl Profile {
    /// The profiles of an application, if it has a model for them.
    #[must_use]
    pub fn of(schema: &Schema) -> Option<Self> {
        let model = schema.models.iter().find(|model| model.auth_user.is_some())?;
        let account = model.auth_user.as_ref()?;
        let column = |id: FieldId| model.fields.get(usize::from(id.0)).map(|field| field.column.clone());
        let key = model.fields.get(usize::from(model.key.first()?.0))?;
        let managed =
            |kind| model.fields.iter().find(|field| field.managed == Some(kind)).map(|field| field.column.clone());
        Some(Self {
            table: model.table.clone(),
            key: key.column.clone(),
            key_is_uuid: key.ty.scalar == Scalar::Uuid,
            email: account.email.and_then(column),
            role: account.role.and_then(column),
            deleted_at: model.soft_delete.and_then(column),
            updated_at: managed(Managed::UpdatedAt),
            version: managed(Managed::Version),
        })
    }
}

/// Who may create accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signup {
    /// Anybody for themselves.
    SelfService,
    /// Administrators.
    Admin,
    /// Both.
    Both,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignKey {
    /// Own position.
    pub id: ForeignKeyId,
    /// Constraint name on the wire.
    pub name: String,
    /// Referencing model.
    pub from: ModelId,
    /// Referencing columns, in the order of `to_fields`.
    pub from_fields: Vec<FieldId>,
    /// Referenced model.
    pub to: ModelId,
    /// Referenced columns.
    pub to_fields: Vec<FieldId>,
    /// What happens to referencing rows when the referenced row goes.
    pub on_delete: ReferentialAction,
    /// What happens to referencing rows when the referenced key changes.
    pub on_update: ReferentialAction,
    /// Where it is declared.
    pub span: Span,
}

/// Referential actions of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferentialAction {
    /// Refuse at the end of the statement.
    NoAction,
    /// Refuse at once.
    Restrict,
    /// Do the same to the referencing rows.
    Cascade,
    /// Clear the referencing columns.
    SetNull,
}

/// A way from one model to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Relationship {
    /// Own position.
    pub id: RelationshipId,
    /// Model it starts from.
    pub from: ModelId,
    /// Model it leads to.
    pub to: ModelId,
    /// Foreign keys it follows.
    pub link: Link,
    /// How many rows of `to` one row of `from` may have.
    pub cardinality: Cardinality,
    /// Relation field of `from` that declares it, if one does.
    pub field_name: Option<String>,
}

/// The foreign keys behind a [`Relationship`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// `from` holds the foreign key.
    Forward(ForeignKeyId),
    /// `to` holds the foreign key.
    Inverse(ForeignKeyId),
    /// A third model holds one to each.
    Junction {
        /// The third model.
        junction: ModelId,
        /// Its foreign key to `from`.
        near: ForeignKeyId,
        /// Its foreign key to `to`.
        far: ForeignKeyId,
    },
}

/// How many rows a [`Relationship`] leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cardinality {
    /// At most one; many start rows may share it.
    ManyToOne,
    /// At most one in both directions.
    OneToOne,
    /// Any number.
    OneToMany,
    /// Any number in both directions.
    ManyToMany,
}

impl Cardinality {
    /// Whether the far side is a single object rather than an array.
    #[must_use]
    pub fn is_to_one(self) -> bool {
        match self {
            Cardinality::ManyToOne | Cardinality::OneToOne => true,
            Cardinality::OneToMany | Cardinality::ManyToMany => false,
        }
    }
}

/// A custom operation, reachable at `/rest/v1/rpc/<name>`.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Own position.
    pub id: OperationId,
    /// Name on every wire.
    pub name: String,
    /// Text of the description string, if any.
    pub description: Option<String>,
    /// Whether it only reads (a field of `Query`).
    pub read_only: bool,
    /// Named arguments in declaration order.
    pub arguments: Vec<Argument>,
    /// What it answers.
    pub returns: ReturnType,
    /// How it runs.
    pub body: OperationBody,
    /// Who may call it; empty means only the service role.
    pub callable: Vec<FieldRule>,
    /// `@rateLimit` of the operation.
    pub rate_limits: Vec<RateLimit>,
    /// `@cache` of the operation.
    pub cache: Option<CachePolicy>,
    /// Where the field name stands.
    pub span: Span,
}

/// An argument of an [`Operation`].
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Name as written.
    pub name: String,
    /// Value type.
    pub ty: FieldType,
    /// Value when left out; an argument without one that is not nullable is required.
    pub default: Option<serde_json::Value>,
}

/// What an [`Operation`] answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnType {
    /// Rows of a model: filters, select, order and embeds apply.
    Models(ModelId),
    /// One row of a model, or null.
    Model(ModelId),
    /// A scalar or list of scalars.
    Scalar(FieldType),
    /// A JSON object of a declared type, or a list of them.
    Object {
        /// Its type.
        object: ObjectId,
        /// Whether it answers a list.
        list: bool,
    },
    /// No body.
    Void,
}

/// How an [`Operation`] runs.
#[derive(Debug, Clone, PartialEq)]
pub enum OperationBody {
    /// SQL text by dialect, with `:name` for arguments.
    Sql(Vec<(Dialect, String)>),
    /// A JS/TS function.
    Function(String),
}
