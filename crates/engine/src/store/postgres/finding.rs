//! What an existing database holds, read off the server's catalogue: the first schema of the search path that has tables of others.
//! Nothing is written.

use super::link::Link;
use backstay_schema::found::{Column, Default, ForeignKey, Found, Kind, Table, Unique};
use backstay_schema::model::Dialect;
use tokio_postgres::{Error, Row};

/// Tables that the search path leads to, but for Backstay's own, as condition on `c`.
const TABLES: &str = "SELECT c.relname, c.relkind::text, (SELECT count(*)::text FROM pg_inherits WHERE inhrelid = c.oid), c.oid::text \
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
     WHERE n.nspname = ANY(current_schemas(false)) AND pg_table_is_visible(c.oid) \
     AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY c.relname";
const COLUMNS: &str = "SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(b.typname, e.typname, t.typname), \
     coalesce(b.typtype, e.typtype, t.typtype)::text, (e.oid IS NOT NULL)::text, (a.attnotnull OR t.typnotnull)::text, \
     a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid), \
     (pg_get_serial_sequence(quote_ident(c.relname), a.attname) IS NOT NULL)::text \
     FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_type AS t ON t.oid = a.atttypid \
     LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typcategory = 'A' \
     LEFT JOIN pg_type AS b ON b.oid = t.typbasetype AND t.typtype = 'd' \
     LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
     WHERE a.attrelid = CAST($1 AS oid) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";
const CONSTRAINTS: &str = "SELECT k.conname, k.contype::text, pg_get_constraintdef(k.oid), o.relname, k.confdeltype::text, \
     k.confupdtype::text, (SELECT coalesce(json_agg(a.attname ORDER BY u.ord), '[]')::text FROM unnest(k.conkey) WITH ORDINALITY AS u(num, ord) \
     JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.num), \
     (SELECT coalesce(json_agg(a.attname ORDER BY u.ord), '[]')::text FROM unnest(k.confkey) WITH ORDINALITY AS u(num, ord) \
     JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.num) \
     FROM pg_constraint AS k LEFT JOIN pg_class AS o ON o.oid = k.confrelid \
     WHERE k.conrelid = CAST($1 AS oid) ORDER BY k.conname";
const INDEXES: &str = "SELECT c.relname, i.indisunique::text, (i.indpred IS NULL AND i.indexprs IS NULL AND m.amname = 'btree')::text, \
     pg_get_indexdef(i.indexrelid), (SELECT coalesce(json_agg(a.attname ORDER BY u.ord), '[]')::text \
     FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(num, ord) JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.num \
     WHERE u.ord <= i.indnkeyatts) \
     FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam \
     WHERE i.indrelid = CAST($1 AS oid) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid AND contype IN ('p', 'u', 'x')) \
     ORDER BY c.relname";
const TRIGGERS: &str =
    "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST($1 AS oid) AND NOT tgisinternal ORDER BY tgname";
const ENUMS: &str = "SELECT t.typname, json_agg(e.enumlabel ORDER BY e.enumsortorder)::text FROM pg_type AS t \
     JOIN pg_enum AS e ON e.enumtypid = t.oid WHERE pg_type_is_visible(t.oid) GROUP BY t.typname ORDER BY t.typname";

/// Reads what the database holds.
///
/// # Errors
/// The driver's.
pub(super) async fn look(link: &Link) -> Result<Found, Error> {
    let mut found = Found { dialect: Dialect::Postgres, tables: Vec::new(), enums: Vec::new(), others: Vec::new() };
    for row in link.ask(TABLES, &[]).await? {
        let (name, kind) = (text(&row, 0)?, text(&row, 1)?);
        match kind.as_str() {
            "r" | "p" if is_ours(&name) => {}
            // A partition is reached by its table.
            "r" | "p" if text(&row, 2)? != "0" => found.others.push((name, "partition or heir".to_owned())),
            "r" | "p" => found.tables.push(table(link, name, &text(&row, 3)?).await?),
            "m" => found.others.push((name, "materialised view".to_owned())),
            "f" => found.others.push((name, "foreign table".to_owned())),
            _ => found.others.push((name, "view".to_owned())),
        }
    }
    for row in link.ask(ENUMS, &[]).await? {
        found.enums.push((text(&row, 0)?, list(&text(&row, 1)?)));
    }
    Ok(found)
}

/// Whether a table is Backstay's own.
fn is_ours(name: &str) -> bool {
    name.starts_with("_backstay") || backstay_schema::system().models.iter().any(|model| model.table == name)
}

async fn table(link: &Link, name: String, oid: &str) -> Result<Table, Error> {
    let mut table = Table { name, ..Table::default() };
    for row in link.ask(COLUMNS, &[oid]).await? {
        table.columns.push(column(&row)?);
    }
    for row in link.ask(CONSTRAINTS, &[oid]).await? {
        constraint(&mut table, &row)?;
    }
    for row in link.ask(INDEXES, &[oid]).await? {
        let (name, columns) = (text(&row, 0)?, list(&text(&row, 4)?));
        match (text(&row, 1)?.as_str(), text(&row, 2)?.as_str()) {
            ("true", "true") => table.uniques.push(Unique { name, columns }),
            ("false", "true") => table.indexes.push(columns),
            _ => table.remarks.push(text(&row, 3)?),
        }
    }
    for row in link.ask(TRIGGERS, &[oid]).await? {
        table.remarks.push(format!("trigger {}", text(&row, 0)?));
    }
    Ok(table)
}

fn constraint(table: &mut Table, row: &Row) -> Result<(), Error> {
    let (name, kind, definition) = (text(row, 0)?, text(row, 1)?, text(row, 2)?);
    let (columns, references) = (list(&text(row, 6)?), list(&text(row, 7)?));
    match kind.as_str() {
        "p" => table.key = columns,
        "u" => table.uniques.push(Unique { name, columns }),
        "f" => table.foreign_keys.push(ForeignKey {
            name,
            columns,
            table: text(row, 3)?,
            references,
            on_delete: action(&text(row, 4)?).to_owned(),
            on_update: action(&text(row, 5)?).to_owned(),
        }),
        _ => table.remarks.push(format!("{name}: {definition}")),
    }
    Ok(())
}

fn action(letter: &str) -> &'static str {
    match letter {
        "c" => "CASCADE",
        "r" => "RESTRICT",
        "n" => "SET NULL",
        "d" => "SET DEFAULT",
        _ => "NO ACTION",
    }
}

fn column(row: &Row) -> Result<Column, Error> {
    let (declared, base, family) = (text(row, 1)?, text(row, 2)?, text(row, 3)?);
    let (identity, generated, default) = (text(row, 6)?, text(row, 7)?, text(row, 8)?);
    let counts = !identity.is_empty() || (text(row, 9)? == "true" && default.starts_with("nextval("));
    Ok(Column {
        name: text(row, 0)?,
        kind: kind(&base, &family),
        list: text(row, 4)? == "true",
        required: text(row, 5)? == "true",
        default: match default.as_str() {
            _ if !generated.is_empty() => Default::Derived,
            _ if counts => Default::Counter,
            "" => Default::Null,
            _ => Default::Expression(default),
        },
        declared,
    })
}

fn kind(base: &str, family: &str) -> Kind {
    if family == "e" {
        return Kind::Enum(base.to_owned());
    }
    Kind::Scalar(match base {
        "int2" | "int4" => "Int",
        "int8" => "BigInt",
        "float4" | "float8" => "Float",
        "numeric" => "Decimal",
        "bool" => "Boolean",
        "text" | "varchar" | "bpchar" | "name" | "citext" => "String",
        "uuid" => "UUID",
        "timestamptz" | "timestamp" => "DateTime",
        "date" => "Date",
        "time" => "Time",
        "bytea" => "Bytes",
        "jsonb" => "JSON",
        _ => return Kind::Unknown,
    })
}

/// A text; empty where there is none.
fn text(row: &Row, at: usize) -> Result<String, Error> {
    Ok(row.try_get::<_, Option<String>>(at)?.unwrap_or_default())
}

fn list(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_default()
}
