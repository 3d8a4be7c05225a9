//! What is written is a schema without mistakes, and says what it leaves out.

use super::*;
use crate::{Severity, Source, parse};

fn column(name: &str, kind: Kind) -> Column {
    Column {
        name: name.to_owned(),
        kind,
        list: false,
        declared: "x".to_owned(),
        required: true,
        default: Default::Null,
    }
}

fn table(name: &str, key: &[&str], columns: Vec<Column>) -> Table {
    let key = key.iter().map(|name| (*name).to_owned()).collect();
    Table { name: name.to_owned(), key, columns, ..Table::default() }
}

fn key(name: &str, columns: &[&str], table: &str, references: &[&str]) -> ForeignKey {
    let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ForeignKey {
        name: name.to_owned(),
        columns: all(columns),
        table: table.to_owned(),
        references: all(references),
        on_delete: "CASCADE".to_owned(),
        on_update: "NO ACTION".to_owned(),
    }
}

const INT: Kind = Kind::Scalar("Int");
const TEXT: Kind = Kind::Scalar("String");

/// The file, with every mistake in it.
#[track_caller]
fn written(tables: Vec<Table>) -> Written {
    let enums = vec![
        ("mood".to_owned(), vec!["glad".to_owned(), "sad".to_owned()]),
        ("Grade".to_owned(), vec!["A+".to_owned()]),
    ];
    let others = vec![("v".to_owned(), "view".to_owned())];
    let written = write(&Found { dialect: Dialect::Postgres, tables, enums, others });
    let source = Source { name: "found".to_owned(), text: written.text.clone() };
    let parsed = parse(std::slice::from_ref(&source));
    let errors: Vec<&str> =
        parsed.diagnostics.iter().filter(|d| d.severity == Severity::Error).map(|d| d.message.as_str()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{}", written.text);
    assert!(parsed.schema.unwrap().models.iter().all(|model| !model.managed || model.generated));
    written
}

#[test]
fn awkward_names_keys_and_references() {
    let mut node = table(
        "order",
        &["id"],
        vec![
            Column { default: Default::Counter, ..column("id", INT) },
            column("parent id", INT),
            column("select", TEXT),
            column("1st", TEXT),
            column("Äpfel", TEXT),
            column("__typename", TEXT),
            column("rowid", TEXT),
            column("has\"quote", TEXT),
            column("where am", Kind::Unknown),
            column("mood", Kind::Enum("mood".to_owned())),
            column("grade", Kind::Enum("Grade".to_owned())),
            Column { default: Default::Derived, ..column("sum", INT) },
            Column { default: Default::Expression("'it''s'::text".to_owned()), ..column("label", TEXT) },
            Column { default: Default::Expression("now()".to_owned()), ..column("at", Kind::Scalar("DateTime")) },
            Column { default: Default::Expression("random()".to_owned()), ..column("luck", Kind::Scalar("Float")) },
            Column { list: true, required: false, ..column("tags", TEXT) },
        ],
    );
    node.foreign_keys = vec![
        key("order_parent", &["parent id"], "order", &["id"]),
        key("to_line", &["sum", "parent id"], "line of", &["no", "order"]),
    ];
    node.uniques = vec![Unique { name: "by select".to_owned(), columns: vec!["select".to_owned()] }];
    node.indexes = vec![vec!["label".to_owned()], vec!["label".to_owned()], vec!["has\"quote".to_owned()]];
    node.remarks = vec!["CHECK (sum > 0)".to_owned()];
    let mut line =
        table("line of", &["order", "no"], vec![column("order", INT), column("no", INT), column("sameId", INT)]);
    line.uniques = vec![Unique { name: "no".to_owned(), columns: vec!["no".to_owned(), "sameId".to_owned()] }];
    line.foreign_keys = vec![
        key("line_order", &["order"], "order", &["id"]),
        key("line_other", &["sameId"], "order", &["id"]),
        key("lost", &["no"], "gone", &["id"]),
    ];
    let mut other = table("other", &["id"], vec![column("id", INT), column("no", INT)]);
    other.uniques = vec![Unique { name: "no".to_owned(), columns: vec!["no".to_owned()] }];
    let tables = vec![
        node,
        line,
        other,
        table("Date", &["day"], vec![column("day", Kind::Scalar("Date"))]),
        table("date", &["day"], vec![column("day", Kind::Scalar("Date"))]),
        table("Line Of", &["id"], vec![column("id", INT)]),
        table("keyless", &[], vec![column("x", INT)]),
        table("auth_own", &["id"], vec![column("id", INT)]),
        table("sl/ash", &["id"], vec![column("id", INT)]),
    ];
    let written = written(tables);
    for expected in [
        "type Order @model(table: \"order\", managed: false)\n  @unique(fields: [\"select\"], name: \"by select\")\n  @index(fields: [\"label\"]) {",
        "  # CHECK (sum > 0)\n  id: Int! @id(auto: INCREMENT)\n  parent_id: Int! @map(name: \"parent id\")",
        "  n1st: String! @map(name: \"1st\")",
        "  pfel: String! @map(name: \"Äpfel\")",
        "  rowid_value: String! @map(name: \"rowid\")",
        "  mood: Mood! @dbType(postgres: \"mood\")",
        "  sum: Int  # the database derives it",
        "  label: String! @default(value: \"it's\")",
        "  at: DateTime! @default(expr: \"now()\")",
        "  luck: Float  # the database fills it: random()",
        "  tags: [String]\n",
        "  parent: Order! @relation(fields: [\"parent_id\"], references: [\"id\"], name: \"order_parent\", onDelete: CASCADE)",
        "enum Mood { glad sad }",
        "  @unique(fields: [\"no\", \"sameId\"], name: \"line of_no\")",
        "  @unique(fields: [\"no\"], name: \"other_no\")",
        "type DateValue",
    ] {
        let expected = expected.replace("DateValue", "Date2");
        assert!(written.text.contains(&expected), "no `{expected}` in\n{}", written.text);
    }
    for expected in [
        "table \"keyless\": it has neither",
        "table \"auth_own\": names that begin with `auth_`",
        "table \"sl/ash\": its name holds",
        "table \"date\": another one differs by case alone",
        "enum \"Grade\", whose values are no names",
        "view \"v\"",
        "column \"order\".\"has\"quote\"",
        "column \"order\".\"where am\" (x): its type has no counterpart; it must have a value",
        "reference \"lost\" of \"line of\" to \"gone\"",
    ] {
        assert!(
            written.left_out.iter().any(|line| line.starts_with(expected)),
            "no `{expected}` in {:#?}",
            written.left_out
        );
    }
}

#[test]
fn what_is_lacking_is_named() {
    let source = Source {
        name: "s".to_owned(),
        text: "type A @model(table: \"a\", managed: false) { id: Int! @id(auto: NONE) x: Int }\n\
               type B @model(table: \"b\", managed: false) { id: Int! @id(auto: NONE) }\n\
               type C @model(table: \"c\") { id: Int! @id(auto: NONE) }"
            .to_owned(),
    };
    let schema = parse(&[source]).schema.unwrap();
    let tables = vec![table("a", &["id"], vec![column("id", INT)])];
    let found = Found { dialect: Dialect::Sqlite, tables, enums: Vec::new(), others: Vec::new() };
    let expected = ["the table \"a\" has no column \"x\"", "there is no table \"b\" for the type B"];
    assert_eq!(lacking(&schema, &found), expected);
}
