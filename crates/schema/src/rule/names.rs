//! Names and paths: fields of this row, to-one paths, relations, macro variables, the session and the time.

use super::calls::string_constant;
use super::check::{Binding, Checker, Type, Typed};
use super::{Finding, Range};
use crate::expr::{Expr, Path, RelationPath, Root, Session, ValueType, Variable};
use crate::model::{Computed, Field, Link, Model, ModelId, RelationshipId, Scalar};
use cel::common::ast::{Expr as Tree, IdedExpr, SelectExpr, operators};

/// What a name or path stands for.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// One row: this one, or one reached by to-one relations.
    Row { root: Root, hops: Vec<RelationshipId>, model: ModelId, nullable: bool },
    /// The rows of a to-many relation.
    Rows { over: RelationPath, model: ModelId },
    /// A column, or a value inside a JSON column.
    Column { path: Path, scalar: Scalar, nullable: bool },
    /// The variable of a list macro.
    Item(Variable, ValueType, Option<Scalar>),
    /// `auth`
    Auth,
    /// `request`
    Request,
    /// `auth.claims` and what is inside.
    Claims(Vec<String>),
    /// A fact of the session other than a claim.
    Fact(Session),
    /// `now`
    Now,
}

const AUTH_FACTS: [&str; 8] = ["uid", "role", "roles", "email", "verified", "claims", "isAnon", "aal"];
const REQUEST_FACTS: [&str; 3] = ["ip", "method", "api"];
/// Names that have a meaning of their own, which fields of the same name do not change.
const ROOTS: [&str; 5] = ["auth", "request", "now", "new", "old"];

impl<'a> Checker<'a> {
    /// Types a name or path.
    pub(super) fn name(&mut self, tree: &IdedExpr) -> Option<Typed> {
        let range = self.range(tree);
        let place = self.place(tree)?;
        self.read(place, range)
    }

    /// The value at a place.
    pub(super) fn read(&mut self, place: Place, range: Range) -> Option<Typed> {
        let text = self.text(range).to_owned();
        match place {
            Place::Column { path, scalar, nullable } => {
                self.uses.fields.insert((path.model, path.field));
                let ty = match (path.json.is_empty(), path.list) {
                    (false, _) => Type::Value(ValueType::Dynamic, None),
                    (true, true) => Type::List(path.ty, Some(scalar)),
                    (true, false) => Type::Value(path.ty, Some(scalar)),
                };
                Some(Typed { expr: Expr::Path(path), ty, nullable, range })
            }
            Place::Item(variable, ty, scalar) => {
                Some(Typed { expr: Expr::Item(variable), ty: Type::Value(ty, scalar), nullable: true, range })
            }
            Place::Fact(session) => {
                self.uses.session = true;
                let (ty, nullable) = fact_type(&session);
                Some(Typed { expr: Expr::Session(session), ty, nullable, range })
            }
            Place::Claims(keys) if !keys.is_empty() => {
                self.uses.session = true;
                let ty = Type::Value(ValueType::Dynamic, None);
                Some(Typed { expr: Expr::Session(Session::Claim(keys)), ty, nullable: true, range })
            }
            Place::Now => {
                self.uses.now = true;
                let ty = Type::Value(ValueType::Timestamp, None);
                Some(Typed { expr: Expr::Now, ty, nullable: false, range })
            }
            Place::Row { model, .. } => {
                let key = self.key_name(model);
                let finding = Finding::error("rule-type", range, format!("`{text}` is a row, not a value"));
                self.refuse(finding.help(format!("name one of its fields, such as `{text}.{key}`")))
            }
            Place::Rows { model, .. } => {
                let key = self.key_name(model);
                let finding = Finding::error("rule-type", range, format!("`{text}` is a relation, not a value"));
                self.refuse(
                    finding.help(format!("use `{text}.exists(x, x.{key} == …)`, `{text}.all(x, …)` or `size({text})`")),
                )
            }
            Place::Auth | Place::Claims(_) => self.refuse(
                Finding::error("rule-type", range, format!("`{text}` is not a value"))
                    .help("name a fact of the session, such as `auth.uid` or `auth.claims.org`"),
            ),
            Place::Request => self.refuse(
                Finding::error("rule-type", range, "`request` is not a value")
                    .help("name a fact of it: `request.ip`, `request.method` or `request.api`"),
            ),
        }
    }

    /// `has(auth.claims.org)`
    pub(super) fn presence(&mut self, tree: &IdedExpr, select: &SelectExpr) -> Option<Typed> {
        let range = self.range(tree);
        let place = self.place(&select.operand)?;
        if let Place::Claims(mut keys) = place {
            keys.push(select.field.clone());
            self.uses.session = true;
            let expr = Expr::Session(Session::HasClaim(keys));
            return Some(Typed { expr, ty: Type::Value(ValueType::Bool, None), nullable: false, range });
        }
        self.refuse(
            Finding::error("rule-unsupported", range, "has() is for claims, such as has(auth.claims.org)")
                .help("write `x != null` to ask whether a field has a value"),
        )
    }

    /// Follows a name or path that may turn out to be something else, without reporting mistakes in it.
    pub(super) fn quiet_place(&mut self, tree: &IdedExpr) -> Option<Place> {
        self.quietly(|checker| checker.place(tree))
    }

    /// Follows a name or path. Anything that is neither is refused.
    pub(super) fn place(&mut self, tree: &IdedExpr) -> Option<Place> {
        let range = self.range(tree);
        match &tree.expr {
            Tree::Ident(name) => self.root(name, range),
            Tree::Select(select) if !select.test => {
                let base = self.place(&select.operand)?;
                self.step(base, &select.field, range)
            }
            Tree::Call(call) if call.func_name == operators::INDEX => self.index(&call.args, range),
            Tree::Select(_)
            | Tree::Call(_)
            | Tree::Unspecified
            | Tree::Comprehension(_)
            | Tree::List(_)
            | Tree::Literal(_)
            | Tree::Map(_)
            | Tree::Struct(_) => self.refuse(Finding::error(
                "rule-type",
                range,
                format!("`{}` has no fields; only rows, JSON fields and `auth` do", self.text(range)),
            )),
        }
    }

    /// `auth.claims['key']` and `json['key']`.
    fn index(&mut self, args: &[IdedExpr], range: Range) -> Option<Place> {
        let [base, key] = args else { return None };
        let key = string_constant(key);
        let place = self.place(base)?;
        let is_json = match &place {
            Place::Claims(_) => true,
            Place::Column { path, scalar, .. } => is_json(*scalar) && !path.list,
            Place::Row { .. }
            | Place::Rows { .. }
            | Place::Item(..)
            | Place::Auth
            | Place::Request
            | Place::Fact(_)
            | Place::Now => false,
        };
        match key {
            Some(key) if is_json => self.step(place, &key, range),
            Some(_) | None => self.refuse(
                Finding::error("rule-unsupported", range, "`[…]` takes a constant key of a claim or JSON field")
                    .help("search a list with `x in list` or `list.exists(x, …)`"),
            ),
        }
    }

    fn root(&mut self, name: &str, range: Range) -> Option<Place> {
        if let Some(at) = self.variables.iter().rposition(|(variable, _)| variable == name) {
            let variable = Variable(u8::try_from(at).unwrap_or(u8::MAX));
            return self.variables.get(at).map(|(_, binding)| match *binding {
                Binding::Row(model) => {
                    Place::Row { root: Root::Variable(variable), hops: Vec::new(), model, nullable: false }
                }
                Binding::Item(ty, scalar) => Place::Item(variable, ty, scalar),
            });
        }
        if ROOTS.contains(&name) {
            return self.reserved(name, range);
        }
        let Some(model) = self.scope.model else {
            return self.refuse(
                Finding::error(
                    "rule-unknown-name",
                    range,
                    format!("`{name}` means nothing here: an operation has no row"),
                )
                .help("use `auth`, `request` and `now`"),
            );
        };
        let row = Place::Row { root: Root::Row, hops: Vec::new(), model, nullable: false };
        self.step(row, name, range)
    }

    fn reserved(&mut self, name: &str, range: Range) -> Option<Place> {
        let is_row_only = self.scope.kind.is_row_only();
        match (name, self.scope.model) {
            ("auth" | "request" | "now", _) if is_row_only => self.refuse(
                Finding::error(
                    "rule-scope",
                    range,
                    format!("`{name}` cannot be used here: only this row's fields can"),
                )
                .help("rules about the caller or the time belong in @access"),
            ),
            ("auth", _) => Some(Place::Auth),
            ("request", _) => Some(Place::Request),
            ("now", _) => Some(Place::Now),
            ("new", Some(model)) if self.scope.kind.has_old() => {
                Some(Place::Row { root: Root::Row, hops: Vec::new(), model, nullable: false })
            }
            ("old", Some(model)) if self.scope.kind.has_old() => {
                self.uses.old = true;
                Some(Place::Row { root: Root::Old, hops: Vec::new(), model, nullable: true })
            }
            _ => self.refuse(
                Finding::error("rule-scope", range, format!("`{name}` has a meaning only in `check` and in hooks"))
                    .help("in `when`, a bare name is a field of the existing row"),
            ),
        }
    }

    /// One step along a path. `range` covers the path up to and with `name`.
    fn step(&mut self, base: Place, name: &str, range: Range) -> Option<Place> {
        match base {
            Place::Row { root, hops, model, nullable } => {
                self.member(RowPlace { root, hops, model, nullable }, name, range)
            }
            Place::Claims(mut keys) => {
                keys.push(name.to_owned());
                Some(Place::Claims(keys))
            }
            Place::Auth => self.auth(name, range),
            Place::Request => match name {
                "ip" => Some(Place::Fact(Session::RequestIp)),
                "method" => Some(Place::Fact(Session::RequestMethod)),
                "api" => Some(Place::Fact(Session::RequestApi)),
                _ => {
                    let help = nearest(name, REQUEST_FACTS.iter().copied())
                        .map(|near| format!("did you mean `request.{near}`?"));
                    self.refuse(unknown(range, format!("`request` has no `{name}`"), help))
                }
            },
            Place::Column { mut path, scalar, .. } if is_json(scalar) && !path.list => {
                self.check_object_key(&path, scalar, name, range)?;
                path.json.push(name.to_owned());
                path.ty = ValueType::Dynamic;
                Some(Place::Column { path, scalar, nullable: true })
            }
            Place::Rows { model, .. } => {
                let text = self.text(range).to_owned();
                let relation = text.rsplit_once('.').map_or(text.as_str(), |(relation, _)| relation).to_owned();
                let finding = Finding::error(
                    "rule-type",
                    range,
                    format!("`{relation}` has many rows, so `.{name}` is not one value"),
                );
                let field = self
                    .model(model)
                    .and_then(|model| nearest(name, model.fields.iter().map(|field| field.name.as_str())));
                let field = field.unwrap_or_else(|| name.to_owned());
                self.refuse(finding.help(format!("write `{relation}.exists(x, x.{field} == …)`")))
            }
            Place::Column { .. } | Place::Item(..) | Place::Fact(_) | Place::Now => {
                let text = self.text(range);
                let owner = text.rsplit_once('.').map_or(text, |(owner, _)| owner).trim().to_owned();
                self.refuse(Finding::error(
                    "rule-type",
                    range,
                    format!("`{owner}` is a single value and has no `{name}`"),
                ))
            }
        }
    }

    fn check_object_key(&mut self, path: &Path, scalar: Scalar, name: &str, range: Range) -> Option<()> {
        let Scalar::Object(mut id) = scalar else { return Some(()) };
        let objects = &self.scope.schema.objects;
        for key in &path.json {
            let field = objects.get(usize::from(id.0))?.fields.iter().find(|field| field.name == *key)?;
            let Scalar::Object(inner) = field.ty.scalar else { return Some(()) };
            id = inner;
        }
        let object = objects.get(usize::from(id.0))?;
        if object.fields.iter().any(|field| field.name == name) {
            return Some(());
        }
        let help = nearest(name, object.fields.iter().map(|field| field.name.as_str()));
        let message = format!("`{}` has no field `{name}`", object.name);
        self.refuse(unknown(range, message, help.map(|near| format!("did you mean `{near}`?"))))
    }

    fn auth(&mut self, name: &str, range: Range) -> Option<Place> {
        Some(match name {
            "uid" => Place::Fact(Session::Uid),
            "role" => Place::Fact(Session::Role),
            "roles" => Place::Fact(Session::Roles),
            "email" => Place::Fact(Session::Email),
            "verified" => Place::Fact(Session::Verified),
            "isAnon" => Place::Fact(Session::IsAnon),
            "aal" => Place::Fact(Session::Aal),
            "claims" => Place::Claims(Vec::new()),
            _ => {
                let near = match name.to_ascii_lowercase().as_str() {
                    "id" | "userid" | "user_id" | "sub" | "user" => Some("auth.uid".to_owned()),
                    "isanonymous" | "is_anonymous" | "anonymous" | "anon" => Some("auth.isAnon".to_owned()),
                    "authenticated" | "isauthenticated" | "signedin" => Some("!auth.isAnon".to_owned()),
                    "email_verified" | "emailverified" => Some("auth.verified".to_owned()),
                    "app_metadata" | "user_metadata" | "jwt" | "metadata" | "token" => {
                        Some(format!("auth.claims.{name}"))
                    }
                    _ => nearest(name, AUTH_FACTS.iter().copied()).map(|near| format!("auth.{near}")),
                };
                let help = near.map_or_else(
                    || format!("other claims of the token are `auth.claims.{name}`"),
                    |near| format!("did you mean `{near}`?"),
                );
                return self.refuse(unknown(range, format!("`auth` has no `{name}`"), Some(help)));
            }
        })
    }

    /// A field or relation of a row.
    fn member(&mut self, row: RowPlace, name: &str, range: Range) -> Option<Place> {
        let schema = self.scope.schema;
        let model = self.model(row.model)?;
        if let Some(field) = model.fields.iter().find(|field| field.name == name) {
            return self.column(row, field, range);
        }
        let relation = schema
            .relationships
            .iter()
            .find(|relation| relation.from == row.model && relation.field_name.as_deref() == Some(name));
        let Some(relation) = relation else {
            return self.unknown_member(model, name, range);
        };
        if self.scope.kind.is_row_only() {
            return self.refuse(
                Finding::error(
                    "rule-scope",
                    range,
                    format!("`{name}` is another row; only this row's fields can be used here"),
                )
                .help("rules over relations belong in @access"),
            );
        }
        self.uses.relations = true;
        if !relation.cardinality.is_to_one() {
            let over = RelationPath { root: row.root, hops: row.hops, relation: relation.id };
            return Some(Place::Rows { over, model: relation.to });
        }
        let may_miss = match relation.link {
            Link::Forward(key) => schema.foreign_keys.get(usize::from(key.0)).is_none_or(|key| {
                key.from_fields
                    .iter()
                    .any(|id| model.fields.get(usize::from(id.0)).is_none_or(|field| field.ty.nullable))
            }),
            Link::Inverse(_) | Link::Junction { .. } => true,
        };
        let mut hops = row.hops;
        hops.push(relation.id);
        Some(Place::Row { root: row.root, hops, model: relation.to, nullable: row.nullable || may_miss })
    }

    fn column(&mut self, row: RowPlace, field: &Field, range: Range) -> Option<Place> {
        let name = &field.name;
        match &field.computed {
            Some(Computed::Function(_)) => {
                return self.refuse(Finding::error(
                    "rule-unsupported",
                    range,
                    format!("`{name}` is computed by a function, which a rule cannot call"),
                ));
            }
            Some(Computed::Expr { .. }) if self.scope.kind.is_row_only() => {
                return self.refuse(Finding::error(
                    "rule-scope",
                    range,
                    format!("`{name}` is computed; only stored fields can be used here"),
                ));
            }
            Some(Computed::Expr { .. }) | None => {}
        }
        let path = Path {
            root: row.root,
            hops: row.hops,
            model: row.model,
            field: field.id,
            json: Vec::new(),
            ty: ValueType::of(field.ty.scalar),
            list: field.ty.list,
        };
        Some(Place::Column { path, scalar: field.ty.scalar, nullable: row.nullable || field.ty.nullable })
    }

    fn unknown_member<T>(&mut self, model: &Model, name: &str, range: Range) -> Option<T> {
        let relations = self.scope.schema.relationships.iter().filter(|relation| relation.from == model.id);
        let members = model.fields.iter().map(|field| field.name.as_str());
        let members = members.chain(relations.filter_map(|relation| relation.field_name.as_deref()));
        let is_bare = self.text(range).trim() == name;
        let help = match name {
            "user" | "currentUser" | "current_user" | "uid" | "me" if is_bare => {
                Some("the caller is `auth.uid`".to_owned())
            }
            "this" | "self" | "row" | "record" | "resource" if is_bare => {
                Some("a bare name is a field of this row, such as `ownerId`".to_owned())
            }
            "AND" | "and" | "OR" | "or" | "NOT" | "not" => Some("write `&&`, `||` and `!`".to_owned()),
            "TRUE" | "True" | "FALSE" | "False" => Some(format!("write `{}`", name.to_ascii_lowercase())),
            "NULL" | "Null" | "nil" | "None" | "undefined" => Some("write `null`".to_owned()),
            _ => nearest(name, members)
                .map(|near| format!("did you mean `{near}`?"))
                .or_else(|| self.enum_value(name).then(|| format!("a value of an enum is text: '{name}'"))),
        };
        self.refuse(unknown(range, format!("`{}` has no field `{name}`", model.name), help))
    }

    fn enum_value(&self, name: &str) -> bool {
        self.scope.schema.enums.iter().any(|found| found.values.iter().any(|value| value == name))
    }

    /// A model of the schema; an id that is not there is a mistake of the caller, and nothing is found.
    pub(super) fn model(&self, id: ModelId) -> Option<&'a Model> {
        self.scope.schema.models.get(usize::from(id.0))
    }

    /// The path to the first key column of a row, for `row == null`.
    pub(super) fn key_of(&self, root: Root, hops: Vec<RelationshipId>, model: ModelId) -> Option<Path> {
        let found = self.model(model)?;
        let field = *found.key.first()?;
        let ty = ValueType::of(found.fields.get(usize::from(field.0))?.ty.scalar);
        Some(Path { root, hops, model, field, json: Vec::new(), ty, list: false })
    }

    fn key_name(&self, model: ModelId) -> String {
        let name = self.model(model).and_then(|model| {
            let key = model.key.first()?;
            model.fields.get(usize::from(key.0)).map(|field| field.name.clone())
        });
        name.unwrap_or_else(|| "id".to_owned())
    }
}

/// A row that a path has reached.
struct RowPlace {
    root: Root,
    hops: Vec<RelationshipId>,
    model: ModelId,
    nullable: bool,
}

fn is_json(scalar: Scalar) -> bool {
    matches!(scalar, Scalar::Json | Scalar::Object(_))
}

fn fact_type(session: &Session) -> (Type, bool) {
    let text = Type::Value(ValueType::String, None);
    let flag = Type::Value(ValueType::Bool, None);
    match session {
        Session::Uid | Session::Email | Session::Aal | Session::RequestIp => (text, true),
        Session::Role | Session::RequestMethod | Session::RequestApi => (text, false),
        Session::Roles => (Type::List(ValueType::String, None), false),
        Session::Verified => (flag, true),
        Session::IsAnon | Session::HasRole(_) | Session::HasClaim(_) => (flag, false),
        Session::Claim(_) => (Type::Value(ValueType::Dynamic, None), true),
    }
}

fn unknown(range: Range, message: String, help: Option<String>) -> Finding {
    let finding = Finding::error("rule-unknown-name", range, message);
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// The candidate most like `name`, if one is like it at all.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
    let wanted = plain(name);
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&wanted, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len().min(name.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate.to_owned())
}
