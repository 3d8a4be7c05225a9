//! A small schema built by hand, and expressions written back as text, so that test rows stay short.

use crate::Span;
use crate::expr::{Expr, Literal, Path, RelationPath, Root, Session, Variable};
use crate::model::{
    Cardinality, Computed, Doors, EnumId, EnumType, Field, FieldId, FieldType, ForeignKey, ForeignKeyId, Link, Model,
    ModelId, ObjectField, ObjectId, ObjectType, OpSet, ReferentialAction, Relationship, RelationshipId, Rule, Scalar,
    Schema,
};

/// Task (0) belongs to Project (1); Project has many Member (2) and one Settings (3).
pub(super) fn schema() -> Schema {
    let mut schema = Schema {
        enums: vec![
            EnumType {
                name: "Status".into(),
                values: vec!["draft".into(), "published".into(), "archived".into()],
                description: None,
            },
            EnumType { name: "Role".into(), values: vec!["learner".into(), "admin".into()], description: None },
        ],
        objects: vec![
            ObjectType {
                name: "Address".into(),
                fields: vec![
                    ObjectField { name: "city".into(), ty: of("String") },
                    ObjectField { name: "zip".into(), ty: of("String!") },
                    ObjectField { name: "at".into(), ty: of("Point") },
                ],
            },
            ObjectType { name: "Point".into(), fields: vec![ObjectField { name: "north".into(), ty: of("Float!") }] },
        ],
        role_enum: Some(EnumId(1)),
        ..Schema::default()
    };
    let task = [
        "id:ID!",
        "title:String!",
        "note:String",
        "ownerId:ID",
        "projectId:UUID",
        "status:Status!",
        "old_status:Status",
        "role:Role",
        "points:Int",
        "big:BigInt!",
        "price:Float",
        "cost:Decimal",
        "done:Boolean!",
        "hidden:Boolean",
        "createdAt:DateTime!",
        "dueAt:DateTime",
        "day:Date",
        "start:Time",
        "raw:Bytes",
        "meta:JSON",
        "address:Address",
        "tags:[String]",
        "scores:[Int]",
        "email:Email",
        "ref:UUID!",
    ];
    schema.models.push(model(0, "Task", &task));
    schema.models.push(model(
        1,
        "Project",
        &["id:UUID!", "ownerId:ID!", "name:String!", "public:Boolean!", "max:Int!"],
    ));
    schema.models.push(model(2, "Member", &["id:ID!", "projectId:UUID!", "userId:ID", "role:Role!", "level:Int"]));
    schema.models.push(model(3, "Settings", &["id:ID!", "projectId:UUID!", "theme:String"]));
    let rule = Rule { source: "title".into(), expr: Expr::bool(true), span: Span::default() };
    let extra = ["shout:String!", "score:Int"].map(|text| field(90, text));
    for (mut extra, computed) in
        extra.into_iter().zip([Computed::Expr { expr: rule, stored: false }, Computed::Function("score".into())])
    {
        extra.id = FieldId(u16::try_from(schema.models[0].fields.len()).unwrap());
        extra.computed = Some(computed);
        schema.models[0].fields.push(extra);
    }
    schema.models[0].owner = Some(FieldId(3));
    foreign_key(&mut schema, [0, 4, 1], ["project", "tasks"], Cardinality::OneToMany);
    foreign_key(&mut schema, [2, 1, 1], ["project", "members"], Cardinality::OneToMany);
    foreign_key(&mut schema, [3, 1, 1], ["project", "settings"], Cardinality::OneToOne);
    schema
}

fn foreign_key(schema: &mut Schema, [from, field, to]: [u16; 3], names: [&str; 2], back: Cardinality) {
    let id = ForeignKeyId(u16::try_from(schema.foreign_keys.len()).unwrap());
    schema.foreign_keys.push(ForeignKey {
        id,
        name: format!("fk{}", id.0),
        from: ModelId(from),
        from_fields: vec![FieldId(field)],
        to: ModelId(to),
        to_fields: vec![FieldId(0)],
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        span: Span::default(),
    });
    let forward = if back == Cardinality::OneToOne { Cardinality::OneToOne } else { Cardinality::ManyToOne };
    for (start, end, link, cardinality, name) in
        [(from, to, Link::Forward(id), forward, names[0]), (to, from, Link::Inverse(id), back, names[1])]
    {
        let id = RelationshipId(u16::try_from(schema.relationships.len()).unwrap());
        let (from, to) = (ModelId(start), ModelId(end));
        schema.relationships.push(Relationship { id, from, to, link, cardinality, field_name: Some(name.into()) });
    }
}

fn model(id: u16, name: &str, fields: &[&str]) -> Model {
    let fields = fields.iter().enumerate().map(|(at, text)| field(u16::try_from(at).unwrap(), text)).collect();
    Model {
        id: ModelId(id),
        name: name.into(),
        table: name.to_lowercase(),
        db_schema: None,
        description: None,
        fields,
        key: vec![FieldId(0)],
        keyless: false,
        uniques: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        allows: Vec::new(),
        denies: Vec::new(),
        partition: None,
        search: None,
        soft_delete: None,
        owner: None,
        version: None,
        auth_user: None,
        doors: Doors { rest: true, graphql: true, grpc: true, realtime: true },
        ops: OpSet::ALL,
        rows_max: None,
        hooks: Vec::new(),
        cache: None,
        rate_limits: Vec::new(),
        renamed_from: None,
        managed: true,
        generated: false,
        span: Span::default(),
    }
}

fn field(id: u16, text: &str) -> Field {
    let (name, ty) = text.split_once(':').unwrap();
    Field {
        id: FieldId(id),
        name: name.into(),
        column: name.into(),
        ty: of(ty),
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
        span: Span::default(),
    }
}

/// A type as SDL writes it.
pub(super) fn of(text: &str) -> FieldType {
    let (text, nullable) = text.strip_suffix('!').map_or((text, true), |text| (text, false));
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let scalar = match inner.unwrap_or(text) {
        "Int" => Scalar::Int,
        "BigInt" => Scalar::BigInt,
        "Float" => Scalar::Float,
        "Decimal" => Scalar::Decimal,
        "Boolean" => Scalar::Boolean,
        "String" => Scalar::String,
        "ID" => Scalar::Id,
        "UUID" => Scalar::Uuid,
        "DateTime" => Scalar::DateTime,
        "Date" => Scalar::Date,
        "Time" => Scalar::Time,
        "Bytes" => Scalar::Bytes,
        "JSON" => Scalar::Json,
        "Email" => Scalar::Email,
        "Address" => Scalar::Object(ObjectId(0)),
        "Point" => Scalar::Object(ObjectId(1)),
        "Status" => Scalar::Enum(EnumId(0)),
        "Role" => Scalar::Enum(EnumId(1)),
        other => panic!("no type {other}"),
    };
    FieldType { scalar, list: inner.is_some(), nullable, items_nullable: inner.is_some() }
}

/// The expression as text: `(op type …)`.
pub(super) fn print(schema: &Schema, expr: &Expr) -> String {
    let all = |parts: &[Expr]| parts.iter().map(|part| print(schema, part)).collect::<Vec<_>>().join(" ");
    match expr {
        Expr::Literal(literal) => match literal {
            Literal::Null => "null".into(),
            Literal::Bool(value) => value.to_string(),
            Literal::Int(value) => value.to_string(),
            Literal::Float(value) => format!("{value:?}"),
            Literal::String(text) => format!("'{text}'"),
            Literal::Timestamp(micros) => format!("@{micros}"),
            Literal::Duration(micros) => format!("~{micros}"),
        },
        Expr::Path(path) => path_text(schema, path),
        Expr::Session(session) => session_text(session),
        Expr::Now => "now".into(),
        Expr::Not(operand) => format!("(not {})", print(schema, operand)),
        Expr::And(parts) => format!("(and {})", all(parts)),
        Expr::Or(parts) => format!("(or {})", all(parts)),
        Expr::Compare { op, ty, left, right } => {
            format!("({op:?} {ty:?} {} {})", print(schema, left), print(schema, right))
        }
        Expr::IsNull(operand) => format!("(isnull {})", print(schema, operand)),
        Expr::In { ty, needle, haystack } => {
            format!("(in {ty:?} {} {})", print(schema, needle), print(schema, haystack))
        }
        Expr::List(items) => format!("[{}]", all(items)),
        Expr::Arithmetic { op, ty, left, right } => {
            format!("({op:?} {ty:?} {} {})", print(schema, left), print(schema, right))
        }
        Expr::Negate(operand) => format!("(neg {})", print(schema, operand)),
        Expr::Conditional { ty, test, then, otherwise } => {
            format!("(if {ty:?} {} {} {})", print(schema, test), print(schema, then), print(schema, otherwise))
        }
        Expr::Call { function, args } => format!("({function:?} {})", all(args)),
        Expr::Quantified { quantifier, over, variable, body } => {
            format!(
                "({quantifier:?} {} {} {})",
                relation_text(schema, over),
                variable_text(*variable),
                print(schema, body)
            )
        }
        Expr::QuantifiedList { quantifier, over, ty, variable, body } => {
            let (over, body) = (print(schema, over), print(schema, body));
            format!("({quantifier:?} {ty:?} {over} {} {body})", variable_text(*variable))
        }
        Expr::Item(variable) => variable_text(*variable),
        Expr::Count(over) => format!("(count {})", relation_text(schema, over)),
    }
}

fn variable_text(variable: Variable) -> String {
    format!("${}", variable.0)
}

fn start(schema: &Schema, root: Root, hops: &[RelationshipId]) -> Vec<String> {
    let root = match root {
        Root::Row => None,
        Root::Old => Some("old".to_owned()),
        Root::Variable(variable) => Some(variable_text(variable)),
    };
    let hops = hops.iter().map(|hop| schema.relationships[usize::from(hop.0)].field_name.clone().unwrap());
    root.into_iter().chain(hops).collect()
}

fn path_text(schema: &Schema, path: &Path) -> String {
    let mut parts = start(schema, path.root, &path.hops);
    parts.push(schema.models[usize::from(path.model.0)].fields[usize::from(path.field.0)].name.clone());
    let json: String = path.json.iter().map(|key| format!("->{key}")).collect();
    format!("{}{json}", parts.join("."))
}

fn relation_text(schema: &Schema, over: &RelationPath) -> String {
    let mut parts = start(schema, over.root, &over.hops);
    parts.push(schema.relationships[usize::from(over.relation.0)].field_name.clone().unwrap());
    format!("{}*", parts.join("."))
}

fn session_text(session: &Session) -> String {
    match session {
        Session::Uid => "uid".into(),
        Session::Role => "role()".into(),
        Session::Roles => "roles()".into(),
        Session::Email => "email()".into(),
        Session::Verified => "verified()".into(),
        Session::IsAnon => "anon".into(),
        Session::Aal => "aal()".into(),
        Session::Claim(keys) => format!("claim({})", keys.join(".")),
        Session::HasClaim(keys) => format!("hasclaim({})", keys.join(".")),
        Session::HasRole(role) => format!("hasrole({role})"),
        Session::RequestIp => "ip".into(),
        Session::RequestMethod => "method".into(),
        Session::RequestApi => "api".into(),
    }
}
