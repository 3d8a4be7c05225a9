//! The reference case of the schema language: the learning portal's learners, whose scores only an admin sees.

use backstay_schema::model::{Audience, DefaultValue, Managed, OpSet, Scalar, Signup, Validator};
use backstay_schema::{Schema, Severity, Source, parse};

const LEARNERS: &str = r#"
enum Role @role { learner admin }
type Learner @model @timestamps @authUser(signup: BOTH, copy: ["name"])
  @access(roles: ["admin"], ops: [ALL])
  @access(roles: ["user"],  ops: [READ, UPDATE], when: "id == auth.uid")
{
  id: ID! @id
  name: String! @length(min: 1, max: 120)
  email: Email! @unique @writable(roles: ["admin"])
  role: Role! @default(value: learner) @writable(roles: ["admin"])
  scores: JSON            @visible(to: ["admin"])
  mbeClearance: Boolean! @default(value: false) @visible(to: ["admin"])
  psp: String             @visible(to: ["admin"])
}
"#;

fn schema() -> Schema {
    let parsed = parse(&[Source { name: "schema.graphql".to_owned(), text: LEARNERS.to_owned() }]);
    assert!(parsed.diagnostics.iter().all(|finding| finding.severity == Severity::Note), "{:#?}", parsed.diagnostics);
    parsed.schema.expect("no errors")
}

#[test]
fn the_model() {
    let schema = schema();
    let learner = &schema.models[0];
    assert_eq!(learner.table, "learners");
    let names: Vec<&str> = learner.fields.iter().map(|field| field.name.as_str()).collect();
    let expected = ["id", "name", "email", "role", "scores", "mbeClearance", "psp", "createdAt", "updatedAt"];
    assert_eq!(names, expected);
    assert_eq!(learner.key.len(), 1);
    assert!(!learner.keyless);
    let field = |name: &str| learner.fields.iter().find(|field| field.name == name).expect(name);
    assert_eq!(field("id").default, Some(DefaultValue::UuidV7));
    assert_eq!(field("role").default, Some(DefaultValue::Constant("learner".into())));
    assert_eq!(field("role").ty.scalar, Scalar::Enum(schema.role_enum.expect("roles")));
    assert_eq!(field("createdAt").managed, Some(Managed::CreatedAt));
    assert_eq!(field("updatedAt").managed, Some(Managed::UpdatedAt));
    assert!(matches!(field("name").validators[..], [Validator::Length { min: Some(1), max: Some(120) }]));
    assert_eq!(learner.uniques[0].name, "learners_email_key");
    let admin = Audience::Roles(vec!["admin".to_owned()]);
    assert_eq!(field("psp").readable[0].who, admin);
    assert_eq!(field("psp").writable[0].who, admin);
    assert_eq!(field("email").readable.len(), 0);
    assert_eq!(field("email").writable[0].who, admin);
    assert_eq!(learner.allows[0].ops, OpSet::ALL);
    assert_eq!(learner.allows[1].who, Audience::Roles(vec!["user".to_owned()]));
    assert_eq!(learner.allows[1].when.as_ref().map(|rule| rule.source.as_str()), Some("id == auth.uid"));
    let account = learner.auth_user.as_ref().expect("bound to the account");
    assert_eq!(account.signup, Signup::Both);
    assert_eq!(account.copy, [field("name").id]);
    assert_eq!(account.role, Some(field("role").id));
    assert_eq!(learner.owner, Some(field("id").id));
}
