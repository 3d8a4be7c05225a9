//! What an existing database holds, read off the server's catalogue. Nothing is written.

use super::link::Link;
use super::value::Cell;
use backstay_schema::found::{Column, Default, ForeignKey, Found, Kind, Table, Unique};
use backstay_schema::model::Dialect;
use mysql_async::{Error, Row};

const VERSION: &str = "SELECT VERSION()";
const TABLES: &str = "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = DATABASE() \
                      ORDER BY CAST(table_name AS BINARY)";
const COLUMNS: &str = "SELECT table_name, column_name, column_type, data_type, is_nullable, column_default, extra \
                       FROM information_schema.columns WHERE table_schema = DATABASE() ORDER BY table_name, ordinal_position";
const INDEXES: &str = "SELECT table_name, index_name, non_unique, index_type, column_name, sub_part FROM information_schema.statistics \
                       WHERE table_schema = DATABASE() ORDER BY table_name, index_name, seq_in_index";
const REFERENCES: &str = "SELECT k.table_name, k.constraint_name, k.referenced_table_schema = DATABASE(), k.referenced_table_name, \
     k.column_name, k.referenced_column_name, r.delete_rule, r.update_rule FROM information_schema.key_column_usage AS k \
     JOIN information_schema.referential_constraints AS r ON r.constraint_schema = k.constraint_schema \
     AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name \
     WHERE k.table_schema = DATABASE() AND k.referenced_table_name IS NOT NULL \
     ORDER BY k.table_name, k.constraint_name, k.ordinal_position";
const CHECKS_OF_MARIADB: &str = "SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints \
                                 WHERE constraint_schema = DATABASE() ORDER BY table_name, constraint_name";
const CHECKS_OF_MYSQL: &str = "SELECT t.table_name, c.constraint_name, c.check_clause FROM information_schema.check_constraints AS c \
     JOIN information_schema.table_constraints AS t ON t.constraint_schema = c.constraint_schema \
     AND t.constraint_name = c.constraint_name WHERE c.constraint_schema = DATABASE() ORDER BY t.table_name, c.constraint_name";
const TRIGGERS: &str = "SELECT event_object_table, trigger_name FROM information_schema.triggers \
                        WHERE trigger_schema = DATABASE() ORDER BY event_object_table, trigger_name";

/// Reads what the database holds.
///
/// # Errors
/// The driver's.
pub(super) async fn look(link: &mut Link) -> Result<Found, Error> {
    let mut found = Found { dialect: Dialect::Mysql, tables: Vec::new(), enums: Vec::new(), others: Vec::new() };
    for row in link.ask(TABLES, Vec::new()).await? {
        let (name, kind) = (text(&row, 0), text(&row, 1));
        match kind.as_str() {
            "BASE TABLE" | "SYSTEM VERSIONED" if is_ours(&name) => {}
            "BASE TABLE" | "SYSTEM VERSIONED" => found.tables.push(Table { name, ..Table::default() }),
            _ => found.others.push((name, kind.to_lowercase())),
        }
    }
    let of_mariadb = link.ask(VERSION, Vec::new()).await?.first().is_some_and(|row| text(row, 0).contains("MariaDB"));
    for row in link.ask(COLUMNS, Vec::new()).await? {
        let Some(table) = table(&mut found.tables, &row) else { continue };
        let (column, values) = column(&row, of_mariadb);
        table.columns.push(column);
        if let Some(values) = values {
            found.enums.push((enum_name(&row), values));
        }
    }
    for row in link.ask(if of_mariadb { CHECKS_OF_MARIADB } else { CHECKS_OF_MYSQL }, Vec::new()).await? {
        let Some(table) = table(&mut found.tables, &row) else { continue };
        check(table, &text(&row, 1), &text(&row, 2));
    }
    let rows = link.ask(INDEXES, Vec::new()).await?;
    for parts in rows.chunk_by(|one, other| (text(one, 0), text(one, 1)) == (text(other, 0), text(other, 1))) {
        let Some(table) = parts.first().and_then(|row| table(&mut found.tables, row)) else { continue };
        index(table, parts);
    }
    let rows = link.ask(REFERENCES, Vec::new()).await?;
    for pairs in rows.chunk_by(|one, other| (text(one, 0), text(one, 1)) == (text(other, 0), text(other, 1))) {
        let Some(table) = pairs.first().and_then(|row| table(&mut found.tables, row)) else { continue };
        reference(table, pairs);
    }
    for row in link.ask(TRIGGERS, Vec::new()).await? {
        let Some(table) = table(&mut found.tables, &row) else { continue };
        table.remarks.push(format!("trigger {}", text(&row, 1)));
    }
    Ok(found)
}

/// Whether a table is Backstay's own.
fn is_ours(name: &str) -> bool {
    name.starts_with("_backstay") || backstay_schema::system().models.iter().any(|model| model.table == name)
}

/// The table that a row of the catalogue is about, by its first column.
fn table<'t>(tables: &'t mut [Table], row: &Row) -> Option<&'t mut Table> {
    let name = text(row, 0);
    tables.iter_mut().find(|table| table.name == name)
}

/// An enum has no name of its own.
fn enum_name(row: &Row) -> String {
    [&text(row, 0), "_", &text(row, 1)].concat()
}

/// A column, and the values of its enum.
fn column(row: &Row, of_mariadb: bool) -> (Column, Option<Vec<String>>) {
    let (declared, base, extra) = (text(row, 2), text(row, 3), text(row, 6).to_lowercase());
    let default = match Cell::of(row, 5) {
        _ if extra.contains("auto_increment") => Default::Counter,
        _ if ["virtual generated", "stored generated", "persistent"].iter().any(|word| extra.contains(word)) => {
            Default::Derived
        }
        Cell::Null => Default::Null,
        given @ (Cell::Int(_) | Cell::Real(_) | Cell::Text(_)) => {
            default_of(given.text(), &base, of_mariadb || extra.contains("default_generated"))
        }
    };
    let values = (base == "enum").then(|| values_of(&declared));
    let kind = if values.is_some() { Kind::Enum(enum_name(row)) } else { kind(&base, &declared) };
    let required = text(row, 4) == "NO";
    (Column { name: text(row, 1), kind, list: false, declared, required, default }, values)
}

/// A default: MariaDB tells it as SQL, MySQL tells a constant as the bare value.
fn default_of(given: String, base: &str, is_sql: bool) -> Default {
    if is_sql {
        return if given.eq_ignore_ascii_case("null") { Default::Null } else { Default::Expression(given) };
    }
    let bare = ["int", "decimal", "float", "double", "bit", "year"].iter().any(|word| base.ends_with(word));
    Default::Expression(if bare { given } else { ["'", &given.replace('\'', "''"), "'"].concat() })
}

fn kind(base: &str, declared: &str) -> Kind {
    let is_unsigned = declared.contains("unsigned");
    Kind::Scalar(match base {
        "tinyint" if declared.starts_with("tinyint(1)") => "Boolean",
        "bit" if declared == "bit(1)" => "Boolean",
        "int" if is_unsigned => "BigInt",
        "tinyint" | "smallint" | "mediumint" | "int" | "year" => "Int",
        "bigint" => "BigInt",
        "float" | "double" => "Float",
        "decimal" => "Decimal",
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "set" => "String",
        "uuid" => "UUID",
        "datetime" | "timestamp" => "DateTime",
        "date" => "Date",
        "time" => "Time",
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => "Bytes",
        "json" => "JSON",
        _ => return Kind::Unknown,
    })
}

/// The values of `enum('a','b''c')`.
fn values_of(declared: &str) -> Vec<String> {
    let inner = declared.trim_start_matches("enum(").trim_end_matches(')');
    let (mut values, mut value, mut inside) = (Vec::new(), String::new(), false);
    let mut letters = inner.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, inside) {
            ('\'', true) if letters.next_if_eq(&'\'').is_some() => value.push('\''),
            ('\'', true) => {
                values.push(std::mem::take(&mut value));
                inside = false;
            }
            ('\'', false) => inside = true,
            (letter, true) => value.push(letter),
            (_, false) => {}
        }
    }
    values
}

/// Takes a check in. MariaDB's `json` is a text with one.
fn check(table: &mut Table, name: &str, clause: &str) {
    let is_json = |column: &&mut Column| {
        // Which quotes it is told in is the session's to say.
        let quoted = ['`', '"'].map(|quote| {
            let name = column.name.replace(quote, &String::from_iter([quote, quote]));
            format!("json_valid({quote}{name}{quote})")
        });
        quoted.iter().any(|quoted| quoted == clause) && column.declared == "longtext"
    };
    match table.columns.iter_mut().find(is_json) {
        Some(column) => {
            column.kind = Kind::Scalar("JSON");
            column.declared = "json".to_owned();
        }
        None => table.remarks.push(format!("{name}: CHECK ({clause})")),
    }
}

/// Takes an index in, of which each row is a part.
fn index(table: &mut Table, parts: &[Row]) {
    let Some(first) = parts.first() else { return };
    let (name, is_unique, of_whole_columns) = (text(first, 1), text(first, 2) == "0", text(first, 3) == "BTREE");
    let part = |row: &Row| match (Cell::of(row, 4), Cell::of(row, 5)) {
        (Cell::Null, _) => None,
        (column, Cell::Null) => Some(column.text()),
        (_, Cell::Int(_) | Cell::Real(_) | Cell::Text(_)) => None,
    };
    let columns: Option<Vec<String>> = parts.iter().map(part).collect();
    match columns.filter(|_| of_whole_columns) {
        Some(columns) if name == "PRIMARY" => table.key = columns,
        Some(columns) if is_unique => table.uniques.push(Unique { name, columns }),
        Some(columns) => table.indexes.push(columns),
        None => {
            let kind = text(first, 3).to_lowercase();
            table.remarks.push(format!("index {name} ({kind}), over parts of columns, expressions or words"));
        }
    }
}

/// Takes a reference in, of which each row is a pair of columns.
fn reference(table: &mut Table, pairs: &[Row]) {
    let Some(first) = pairs.first() else { return };
    let (name, other) = (text(first, 1), text(first, 3));
    if text(first, 2) != "1" {
        return table.remarks.push(format!("{name}: FOREIGN KEY to \"{other}\" of another database"));
    }
    table.foreign_keys.push(ForeignKey {
        name,
        columns: pairs.iter().map(|row| text(row, 4)).collect(),
        table: other,
        references: pairs.iter().map(|row| text(row, 5)).collect(),
        on_delete: text(first, 6),
        on_update: text(first, 7),
    });
}

/// A text; empty where there is none.
fn text(row: &Row, at: usize) -> String {
    Cell::of(row, at).text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_an_enum() {
        for (declared, expected) in [
            ("enum('a','b-')", &["a", "b-"][..]),
            ("enum('it''s','a,b',')','')", &["it's", "a,b", ")", ""][..]),
            ("enum('x')", &["x"][..]),
        ] {
            assert_eq!(values_of(declared), expected, "{declared}");
        }
    }

    #[test]
    fn defaults_of_both_servers() {
        let sql = |text: &str| Default::Expression(text.to_owned());
        for (given, base, is_sql, expected) in [
            ("'it''s'", "varchar", true, sql("'it''s'")),
            ("NULL", "varchar", true, Default::Null),
            ("current_timestamp()", "datetime", true, sql("current_timestamp()")),
            ("it's", "varchar", false, sql("'it''s'")),
            ("NULL", "varchar", false, sql("'NULL'")),
            ("1", "tinyint", false, sql("1")),
            ("1.50", "decimal", false, sql("1.50")),
        ] {
            assert_eq!(default_of(given.to_owned(), base, is_sql), expected, "{given} of {base}");
        }
    }

    #[test]
    fn kinds() {
        for (declared, base, expected) in [
            ("tinyint(1)", "tinyint", Kind::Scalar("Boolean")),
            ("tinyint(4)", "tinyint", Kind::Scalar("Int")),
            ("int(10) unsigned", "int", Kind::Scalar("BigInt")),
            ("bigint(20) unsigned", "bigint", Kind::Scalar("BigInt")),
            ("bit(8)", "bit", Kind::Unknown),
            ("set('a','b')", "set", Kind::Scalar("String")),
            ("point", "point", Kind::Unknown),
        ] {
            assert_eq!(kind(base, declared), expected, "{declared}");
        }
    }

    #[test]
    fn a_text_that_must_be_json_is_json() {
        let column = |name: &str, declared: &str| Column {
            name: name.to_owned(),
            kind: Kind::Scalar("String"),
            list: false,
            declared: declared.to_owned(),
            required: false,
            default: Default::Null,
        };
        let columns = vec![column("a`b", "longtext"), column("c", "varchar(10)"), column("e\"f", "longtext")];
        let mut table = Table { columns, ..Table::default() };
        check(&mut table, "a`b", "json_valid(`a``b`)");
        check(&mut table, "c", "json_valid(`c`)");
        check(&mut table, "e", "json_valid(\"e\"\"f\")");
        check(&mut table, "d", "`c` > 1");
        assert_eq!(table.columns[0].kind, Kind::Scalar("JSON"));
        assert_eq!(table.columns[1].kind, Kind::Scalar("String"));
        assert_eq!(table.columns[2].kind, Kind::Scalar("JSON"));
        assert_eq!(table.remarks, ["c: CHECK (json_valid(`c`))", "d: CHECK (`c` > 1)"]);
    }
}
