//! Models and their columns, everything implied written out: keys, foreign key columns, managed times, versions.

use super::junctions::{GENERATED, table_of};
use super::relations::{ImpliedColumn, Plan, Role, key_names};
use super::{COLUMNS_MAX, Context, Named, literal, objects, position, unchecked, validators};
use crate::declare::{FieldDecl, TypeDecl};
use crate::diagnostic::Span;
use crate::directive::Applied;
use crate::duration;
use crate::model::{
    Computed, DefaultValue, Dialect, Doors, Field, FieldId, FieldType, FileRule, Managed, Model, ModelId, OpSet, Scalar,
};

/// Builds every model with its columns, key and switches.
pub(super) fn build(context: &mut Context<'_>, plan: &Plan) -> Vec<Model> {
    let mut models = Vec::new();
    for id in context.model_ids() {
        // Taken out so that the context may report while the declaration is read; put back below.
        let index = usize::from(id.0);
        let decl = std::mem::take(&mut context.models[index]);
        models.push(build_model(context, plan, id, &decl));
        context.models[index] = decl;
    }
    models
}

fn build_model(context: &mut Context<'_>, plan: &Plan, id: ModelId, decl: &TypeDecl) -> Model {
    let mut columns = Columns { fields: Vec::new(), context };
    if decl.fields.is_empty() {
        columns.context.report.error("empty-type", decl.span, format!("`{}` has no fields", decl.name));
    }
    let keys = key_names(decl);
    if !decl.fields.iter().any(|field| field.has("id")) {
        columns.imply_id(decl);
    }
    let foreign: Vec<&str> = plan
        .fields
        .iter()
        .filter(|relation| relation.model == id)
        .filter_map(|relation| match &relation.role {
            Role::Owner(owner) => Some(owner),
            Role::InverseOne { .. } | Role::InverseMany { .. } | Role::ManyToMany { .. } | Role::List => None,
        })
        .flat_map(|owner| owner.columns.iter().map(|(name, _)| name.as_str()))
        .collect();
    for (at, field) in decl.fields.iter().enumerate() {
        if let Some(implied) = plan.implied.get(&(id, at)) {
            for column in implied {
                columns.imply_foreign_key(field, column);
            }
        }
        if !matches!(columns.context.names.get(&field.ty.name), Some(Named::Model(_))) {
            let generated = keys.len() == 1 && !foreign.contains(&field.name.as_str());
            columns.declared(decl, field, generated);
        }
    }
    columns.managed(decl);
    let fields = columns.finish(decl);
    refuse_clashes(context, decl, &fields);
    let managed = |wanted| fields.iter().find(|field| field.managed == Some(wanted)).map(|field| field.id);
    let (soft_delete, version) = (managed(Managed::DeletedAt), managed(Managed::Version));
    let key: Vec<FieldId> =
        keys.iter().filter_map(|key| fields.iter().find(|field| field.name == *key)).map(|field| field.id).collect();
    let keyless = key.iter().any(|key| fields.get(usize::from(key.0)).is_some_and(|field| field.private));
    Model { key, keyless, fields, soft_delete, version, ..switches(context, id, decl) }
}

/// Relation fields share the names of the columns.
fn refuse_clashes(context: &mut Context<'_>, decl: &TypeDecl, columns: &[Field]) {
    let mut seen: Vec<&str> = Vec::new();
    for field in &decl.fields {
        if !matches!(context.names.get(&field.ty.name), Some(Named::Model(_))) {
            continue;
        }
        if seen.contains(&field.name.as_str()) || columns.iter().any(|column| column.name == field.name) {
            let message = format!("`{}` stands twice in `{}`", field.name, decl.name);
            context.report.error("duplicate-field", field.span, message);
        }
        if field.name.starts_with("__") {
            let message =
                format!("`{}` cannot be a field name: names that start with `__` belong to GraphQL", field.name);
            context.report.error("reserved-name", field.span, message);
        }
        seen.push(&field.name);
    }
}

/// A model with what `@model` says and nothing else.
fn switches(context: &mut Context<'_>, id: ModelId, decl: &TypeDecl) -> Model {
    let model = decl.directive("model");
    let on = |name: &str| model.is_none_or(|applied| applied.flag(name, true));
    let ops = model.and_then(|applied| applied.words("ops")).map_or(OpSet::ALL, |words| op_set(&words));
    let rows_max = match model.and_then(|applied| applied.integer("maxRows")) {
        Some((rows, span)) => {
            let fits = u32::try_from(rows).ok().filter(|rows| *rows > 0);
            if fits.is_none() {
                context.report.error("invalid-argument", span, "`maxRows` is at least 1");
            }
            fits
        }
        None => None,
    };
    if let (Some((_, span)), true) =
        (decl.directive("map").and_then(|map| map.text("name")), model.is_some_and(|m| m.get("table").is_some()))
    {
        context.report.error("conflicting-directives", span, "`@map(name:)` and `@model(table:)` both name the table");
    }
    Model {
        id,
        name: decl.name.clone(),
        table: table_of(decl),
        db_schema: model.and_then(|applied| applied.text("schema")).map(|(name, _)| name.to_owned()),
        description: decl.description.clone(),
        fields: Vec::new(),
        key: Vec::new(),
        keyless: false,
        uniques: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        partition: None,
        allows: Vec::new(),
        denies: Vec::new(),
        search: None,
        soft_delete: None,
        owner: None,
        version: None,
        auth_user: None,
        doors: Doors { rest: on("rest"), graphql: on("graphql"), grpc: on("grpc"), realtime: on("realtime") },
        ops,
        rows_max,
        hooks: Vec::new(),
        cache: None,
        rate_limits: Vec::new(),
        renamed_from: decl.directive("rename").and_then(|rename| rename.text("from")).map(|(name, _)| name.to_owned()),
        managed: on("managed"),
        generated: decl.directive(GENERATED).is_some(),
        span: decl.span,
    }
}

/// The operations that a list of enum values names.
pub(super) fn op_set(words: &[(&str, Span)]) -> OpSet {
    let has = |wanted: &str| words.iter().any(|(word, _)| *word == wanted || *word == "ALL");
    OpSet { read: has("READ"), create: has("CREATE"), update: has("UPDATE"), delete: has("DELETE") }
}

/// Columns of one model under construction.
struct Columns<'c, 'a> {
    fields: Vec<Field>,
    context: &'c mut Context<'a>,
}

impl Columns<'_, '_> {
    fn imply_id(&mut self, decl: &TypeDecl) {
        if let Some(field) = decl.fields.iter().find(|field| field.name == "id") {
            let message = format!("`{}` has a field `id` that is not its key", decl.name);
            let help = "put `@id` on it, or on the fields that are the key".to_owned();
            self.context.report.error_help("missing-key", field.span, message, help);
            return;
        }
        let ty = FieldType { scalar: Scalar::Id, list: false, nullable: false, items_nullable: false };
        let field = Field { default: Some(DefaultValue::UuidV7), ..plain("id", ty, decl.span) };
        self.fields.push(field);
    }

    fn imply_foreign_key(&mut self, relation: &FieldDecl, column: &ImpliedColumn) {
        let scalar = match self.context.names.get(&column.type_name) {
            Some(Named::Value(scalar)) => *scalar,
            Some(Named::Model(_)) | None => Scalar::Id,
        };
        let ty = FieldType { scalar, list: false, nullable: column.nullable, items_nullable: false };
        self.fields.push(plain(&column.name, ty, relation.span));
    }

    fn declared(&mut self, decl: &TypeDecl, field: &FieldDecl, generated_key: bool) {
        if let Some(argument) = field.arguments.first() {
            let message = format!("`{}.{}` is a column and takes no arguments", decl.name, field.name);
            self.context.report.error("field-arguments", argument.span, message);
        }
        for applied in &field.directives {
            if ["relation", "belongsTo", "hasOne", "hasMany", "manyToMany"].contains(&applied.name.as_str()) {
                let message =
                    format!("`@{}` needs a field whose type is a model; `{}` is not one", applied.name, field.ty.name);
                self.context.report.error("relation-type", applied.span, message);
            }
            if ["query", "mutation", "cache", "rateLimit"].contains(&applied.name.as_str()) {
                let message = format!("`@{}` stands on a field of Query or Mutation, or on a type", applied.name);
                self.context.report.error("directive-location", applied.span, message);
            }
        }
        let Some(ty) = objects::value_type(self.context, &field.ty, "a column") else {
            return;
        };
        let mut column = plain(&field.name, ty, field.span);
        column.description.clone_from(&field.description);
        self.names(field, &mut column);
        self.key_strategy(field, &mut column, generated_key);
        self.default(field, &mut column);
        self.secrecy(field, &mut column);
        self.derived(field, &mut column);
        column.validators = validators::read(self.context, field, &column.ty);
        if let Some(version) = field.directive("version") {
            if version.get("field").is_some() {
                self.context.report.error("argument-location", version.span, "on a field, `@version` takes no `field`");
            }
            self.make_version(&mut column, field.span);
        }
        self.fields.push(column);
    }

    fn names(&mut self, field: &FieldDecl, column: &mut Field) {
        if let Some((name, span)) = field.directive("map").and_then(|map| map.text("name")) {
            if name.is_empty() {
                self.context.report.error("invalid-name", span, "a column needs a name");
            } else {
                name.clone_into(&mut column.column);
            }
        }
        column.renamed_from =
            field.directive("rename").and_then(|rename| rename.text("from")).map(|(name, _)| name.to_owned());
        if let Some(types) = field.directive("dbType") {
            for (argument, dialect) in
                [("sqlite", Dialect::Sqlite), ("postgres", Dialect::Postgres), ("mysql", Dialect::Mysql)]
            {
                if let Some((name, span)) = types.text(argument) {
                    let plain =
                        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || " _(),[]".contains(c));
                    if !plain {
                        let message = format!("`{name}` is not a column type");
                        self.context.report.error("invalid-name", span, message);
                    }
                    column.db_types.push((dialect, name.to_owned()));
                }
            }
            if column.db_types.is_empty() {
                let message = "`@dbType` needs `sqlite`, `postgres` or `mysql`";
                self.context.report.error("missing-argument", types.span, message);
            }
        }
    }

    fn key_strategy(&mut self, field: &FieldDecl, column: &mut Field, generated: bool) {
        let Some(id) = field.directive("id") else { return };
        if column.ty.list {
            self.context.report.error("key-type", field.ty.span, format!("a key cannot be a list: `{}`", field.name));
            return;
        }
        if matches!(column.ty.scalar, Scalar::Json | Scalar::Object(_) | Scalar::Float | Scalar::Bytes) {
            let message = format!("`{}` cannot be a key: two equal values of {} may differ", field.name, field.ty.name);
            self.context.report.error("key-type", field.ty.span, message);
        }
        if column.ty.nullable {
            let message = format!("a key cannot be null: `{}`", field.name);
            let help = format!("write `{}!`", field.ty.name);
            self.context.report.error_help("key-nullable", field.ty.span, message, help);
            column.ty.nullable = false;
        }
        let scalar = column.ty.scalar;
        let text = matches!(scalar, Scalar::Id | Scalar::Uuid | Scalar::String);
        let whole = matches!(scalar, Scalar::Int | Scalar::BigInt);
        let (strategy, fits) = match id.word("auto") {
            Some("UUIDV7") => (Some(DefaultValue::UuidV7), text),
            Some("UUID") => (Some(DefaultValue::UuidV4), text),
            Some("ULID") => (Some(DefaultValue::Ulid), text && scalar != Scalar::Uuid),
            Some("INCREMENT") => (Some(DefaultValue::Increment), whole && generated),
            Some(_none) => (None, true),
            None if generated && matches!(scalar, Scalar::Id | Scalar::Uuid) => (Some(DefaultValue::UuidV7), true),
            None if generated && whole => (Some(DefaultValue::Increment), true),
            None => (None, true),
        };
        if !fits {
            let word = id.word("auto").unwrap_or_default();
            let message = if whole && !generated {
                format!("`auto: {word}` needs a key of one field that is no foreign key")
            } else {
                format!("`auto: {word}` does not fit a key of type {}", field.ty.name)
            };
            let span = id.get("auto").map_or(id.span, |value| value.span);
            self.context.report.error("key-strategy", span, message);
        }
        if let (Some(default), true) = (field.directive("default"), id.get("auto").is_some() && strategy.is_some()) {
            let message = "`@id(auto:)` and `@default` both say how the key gets its value";
            self.context.report.error("conflicting-directives", default.span, message);
        }
        column.default = strategy;
    }

    fn default(&mut self, field: &FieldDecl, column: &mut Field) {
        let Some(default) = field.directive("default") else { return };
        column.default_on_update = default.flag("onUpdate", false);
        match (default.get("value"), default.text("expr")) {
            (Some(value), None) => {
                let place = format!("the default of `{}`", field.name);
                if let Some(constant) = literal::convert(self.context, value, &column.ty, &place) {
                    column.default = Some(DefaultValue::Constant(constant));
                }
            }
            (None, Some((expr, span))) => column.default = self.default_expr(expr, span, field, &column.ty),
            (Some(_), Some((_, span))) => {
                self.context.report.error(
                    "conflicting-arguments",
                    span,
                    "`@default` takes `value` or `expr`, not both",
                );
            }
            (None, None) => {
                let message = "`@default` needs `value` or `expr`";
                self.context.report.error("missing-argument", default.span, message);
            }
        }
    }

    fn default_expr(&mut self, expr: &str, span: Span, field: &FieldDecl, ty: &FieldType) -> Option<DefaultValue> {
        let text = matches!(ty.scalar, Scalar::Id | Scalar::Uuid | Scalar::String) && !ty.list;
        let (value, fits) = match expr.trim() {
            "now()" | "now" => {
                (DefaultValue::Now, matches!(ty.scalar, Scalar::DateTime | Scalar::Date | Scalar::Time) && !ty.list)
            }
            "uuid()" => (DefaultValue::UuidV4, text),
            "uuidv7()" => (DefaultValue::UuidV7, text),
            "ulid()" => (DefaultValue::Ulid, text && ty.scalar != Scalar::Uuid),
            "auth.uid" => (DefaultValue::AuthUid, text),
            other => {
                let known = ["now()", "uuid()", "uuidv7()", "ulid()", "auth.uid"];
                let message = format!("`{other}` is not a default; it may be {}", known.join(", "));
                let help = crate::report::did_you_mean(other, known);
                self.context.report.error_help("unknown-default", span, message, help);
                return None;
            }
        };
        if !fits {
            let message =
                format!("`{}` does not fit `{}`, which is of type {}", expr.trim(), field.name, field.ty.name);
            self.context.report.error("default-type", span, message);
            return None;
        }
        Some(value)
    }

    fn secrecy(&mut self, field: &FieldDecl, column: &mut Field) {
        column.private = field.has("private");
        column.hashed = field.has("hash");
        column.write_only = field.has("writeOnly") || column.hashed;
        let is_text = column.ty.scalar == Scalar::String && !column.ty.list;
        if let (Some(hash), false) = (field.directive("hash"), is_text) {
            let message = format!("`@hash` needs a String, and `{}` is of type {}", field.name, field.ty.name);
            self.context.report.error("directive-type", hash.span, message);
        }
        let clashes: [(&str, &[&str]); 5] = [
            ("private", &["readable", "writable", "visible", "writeOnly"]),
            ("writeOnly", &["readable", "computed"]),
            ("hash", &["readable", "computed", "unique", "index", "default", "id"]),
            ("computed", &["default", "id", "writable", "unique", "file", "version"]),
            ("file", &["id"]),
        ];
        for (one, others) in clashes {
            if !field.has(one) {
                continue;
            }
            for other in others.iter().filter_map(|other| field.directive(other)) {
                let message = format!("`@{one}` and `@{}` contradict each other on `{}`", other.name, field.name);
                self.context.report.error("conflicting-directives", other.span, message);
            }
        }
    }

    fn derived(&mut self, field: &FieldDecl, column: &mut Field) {
        if let Some(computed) = field.directive("computed") {
            column.computed = match (computed.text("expr"), computed.text("fn")) {
                (Some(expr), None) => {
                    Some(Computed::Expr { expr: unchecked(expr), stored: computed.flag("stored", false) })
                }
                (None, Some((name, _))) => Some(Computed::Function(name.to_owned())),
                (Some(_), Some((_, span))) => {
                    let message = "`@computed` takes `expr` or `fn`, not both";
                    self.context.report.error("conflicting-arguments", span, message);
                    None
                }
                (None, None) => {
                    let message = "`@computed` needs `expr` or `fn`";
                    self.context.report.error("missing-argument", computed.span, message);
                    None
                }
            };
        }
        if let Some(file) = field.directive("file") {
            column.file = self.file_rule(file, field, &column.ty);
        }
    }

    fn file_rule(&mut self, file: &Applied, field: &FieldDecl, ty: &FieldType) -> Option<FileRule> {
        if !matches!(ty.scalar, Scalar::String | Scalar::Id | Scalar::Uuid | Scalar::Json) {
            let message =
                format!("`@file` needs a String, ID, UUID or JSON, and `{}` is of type {}", field.name, field.ty.name);
            self.context.report.error("directive-type", file.span, message);
        }
        let (bucket, span) = file.text("bucket")?;
        if bucket.is_empty() || !bucket.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            let message = format!("`{bucket}` is not a bucket name");
            self.context.report.error("invalid-name", span, message);
        }
        for (media_type, span) in file.texts("types").unwrap_or_default() {
            if media_type.split('/').filter(|part| !part.is_empty()).count() != 2 {
                let message = format!("`{media_type}` is not a media type such as `image/png` or `image/*`");
                self.context.report.error("invalid-argument", span, message);
            }
        }
        let size = file
            .text("maxSize")
            .and_then(|(text, _)| duration::parse_bytes(text))
            .or_else(|| file.integer("maxSize").and_then(|(bytes, _)| u64::try_from(bytes).ok()));
        Some(FileRule {
            bucket: bucket.to_owned(),
            size_bytes_max: size,
            media_types: file.texts("types").unwrap_or_default().iter().map(|(name, _)| (*name).to_owned()).collect(),
        })
    }

    /// Columns that `@timestamps`, `@softDelete` and `@version` manage.
    fn managed(&mut self, decl: &TypeDecl) {
        let name = |applied: &Applied, argument: &str, otherwise: &str| {
            applied.text(argument).map_or((otherwise.to_owned(), applied.span), |(name, span)| (name.to_owned(), span))
        };
        if let Some(times) = decl.directive("timestamps") {
            self.managed_time(name(times, "created", "createdAt"), Managed::CreatedAt);
            self.managed_time(name(times, "updated", "updatedAt"), Managed::UpdatedAt);
        }
        if let Some(soft) = decl.directive("softDelete") {
            self.managed_time(name(soft, "field", "deletedAt"), Managed::DeletedAt);
        }
        if let Some(version) = decl.directive("version") {
            let (name, span) = name(version, "field", "version");
            if self.fields.iter().any(|field| field.managed == Some(Managed::Version)) {
                let message = "a model has one `@version`";
                self.context.report.error("duplicate-directive", span, message);
                return;
            }
            let mut column = match self.fields.iter().position(|field| field.name == name) {
                Some(at) => self.fields.remove(at),
                None => {
                    let ty = FieldType { scalar: Scalar::Int, list: false, nullable: false, items_nullable: false };
                    plain(&name, ty, span)
                }
            };
            self.make_version(&mut column, span);
            self.fields.push(column);
        }
    }

    fn make_version(&mut self, column: &mut Field, span: Span) {
        if !matches!(column.ty.scalar, Scalar::Int | Scalar::BigInt) || column.ty.list || column.ty.nullable {
            let message = format!("`@version` needs an `Int!` or `BigInt!`, and `{}` is not one", column.name);
            self.context.report.error("directive-type", span, message);
        }
        column.managed = Some(Managed::Version);
        column.default = Some(DefaultValue::Constant(serde_json::Value::from(1)));
    }

    fn managed_time(&mut self, (name, span): (String, Span), managed: Managed) {
        let nullable = managed == Managed::DeletedAt;
        let default = if nullable { None } else { Some(DefaultValue::Now) };
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            // A declared field keeps its place and description.
            if field.ty.scalar != Scalar::DateTime || field.ty.list || (nullable && !field.ty.nullable) {
                let wanted = if nullable { "DateTime" } else { "DateTime!" };
                let message = format!("`{name}` is managed by the server and needs the type `{wanted}`");
                self.context.report.error("directive-type", field.span, message);
            }
            field.managed = Some(managed);
            field.default = default;
            return;
        }
        let ty = FieldType { scalar: Scalar::DateTime, list: false, nullable, items_nullable: false };
        self.fields.push(Field { managed: Some(managed), default, ..plain(&name, ty, span) });
    }

    /// Numbers the columns, after duplicates were reported and dropped.
    fn finish(self, decl: &TypeDecl) -> Vec<Field> {
        let mut out: Vec<Field> = Vec::new();
        for field in self.fields {
            if out.iter().any(|known| known.name == field.name) {
                let message = format!("`{}` stands twice in `{}`", field.name, decl.name);
                self.context.report.error("duplicate-field", field.span, message);
            } else {
                let id = FieldId(position(out.len()));
                out.push(Field { id, ..field });
            }
        }
        if out.len() > COLUMNS_MAX {
            let message = format!("`{}` has {} columns; the most is {COLUMNS_MAX}", decl.name, out.len());
            self.context.report.error("schema-too-large", decl.span, message);
            out.truncate(COLUMNS_MAX);
        }
        out
    }
}

/// A column without any directive.
fn plain(name: &str, ty: FieldType, span: Span) -> Field {
    Field {
        id: FieldId(0),
        name: name.to_owned(),
        column: name.to_owned(),
        ty,
        description: None,
        default: None,
        default_on_update: false,
        validators: Vec::new(),
        readable: Vec::new(),
        writable: Vec::new(),
        private: false,
        write_only: false,
        hashed: false,
        managed: None,
        computed: None,
        file: None,
        db_types: Vec::new(),
        renamed_from: None,
        span,
    }
}
