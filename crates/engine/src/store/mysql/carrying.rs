//! Rows of a server as they are stored: pages out of one transaction, batches in without a look at references, which are all
//! looked at in the end. Values that the server would cut, round or refuse are refused here, with the column's name.

use super::Mysql;
use super::fault::{self, words};
use super::link::Link;
use super::value::Cell;
use crate::Failure;
use crate::store::carry::{Begun, Column, Row, Table, unfit};
use crate::store::text::Text;
use backstay_plan::value::Value;
use backstay_schema::model::Scalar;
use mysql_async::{Error, Value as Sent};
use std::fmt::Write as _;
use std::sync::Arc;

/// Under this name a database says that it is being filled, and from where.
const READ_MARK: &str = "SELECT value FROM _backstay_meta WHERE name = 'filling'";
const WRITE_MARK: &str = "INSERT INTO _backstay_meta (name, value) VALUES ('filling', ?)";
const CLEAR_MARK: &str = "DELETE FROM _backstay_meta WHERE name = 'filling'";
/// One moment lasts while the other database is written and compared, and nothing is asked meanwhile.
const READ: &str = "SET SESSION wait_timeout = 604800 /*M!100300 , idle_transaction_timeout = 0, idle_readonly_transaction_timeout = 0 */ \
                    /*!80000 , information_schema_stats_expiry = 0 */; \
                    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
const FILL: &str = "SET SESSION foreign_key_checks = 0; START TRANSACTION";
/// One move into a database at a time; it ends with the connection.
const LOCK: &str = "SELECT GET_LOCK(CONCAT('backstay move ', MD5(DATABASE())), 0)";
const COUNTED: &str =
    "SELECT auto_increment FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?";
/// References by name, with each pair of their columns in order.
const REFERENCES: &str = "SELECT constraint_name, table_name, column_name, referenced_table_name, referenced_column_name \
     FROM information_schema.key_column_usage WHERE constraint_schema = DATABASE() AND referenced_table_schema = DATABASE() \
     AND referenced_table_name IS NOT NULL ORDER BY table_name, constraint_name, ordinal_position";
/// Rows of one statement, where its values are not too many or too large.
const ROWS_AT_ONCE: usize = 64;
const PARAMETERS_MAX: usize = 32_000;
const BYTES_AT_ONCE: usize = 1024 * 1024;
/// Digits of a decimal before and behind its point.
const WHOLE_DIGITS_MAX: usize = 35;
const FRACTION_DIGITS_MAX: usize = 30;

/// Where a database that is being filled is filled from; `None` for every other one.
///
/// # Errors
/// The driver's; one that the table is not there means that nothing is.
pub(super) async fn filled_from(link: &mut Link) -> Result<Option<String>, Error> {
    let marks = link.ask(READ_MARK, Vec::new()).await?;
    Ok(marks.first().map(|row| Cell::of(row, 0).text()))
}

/// A connection on which the rows of one moment are read.
pub(crate) struct Reader {
    link: Link,
}

impl Reader {
    pub(crate) async fn page(
        &mut self,
        table: &Arc<Table>,
        after: Option<Row>,
        limit: u32,
    ) -> Result<Vec<Row>, Failure> {
        let all: Vec<usize> = (0..table.columns.len()).collect();
        let mut text = select(table, &all);
        let mut values = Vec::new();
        if let Some(after) = &after {
            text = behind(text.syntax(" WHERE "), table, after, &mut values)?;
        }
        values.push(Sent::Int(limit.into()));
        let text = text.syntax(" ORDER BY ").list(table.key_names(), ", ", Text::ident).syntax(" LIMIT ?");
        self.rows(table, &all, &text, values).await
    }

    pub(crate) async fn last_key(&mut self, table: &Arc<Table>) -> Result<Option<Row>, Failure> {
        let text = select(table, &table.key).syntax(" ORDER BY ");
        let text = text.list(table.key_names(), ", ", |text, name| text.ident(name).syntax(" DESC"));
        let rows = self.rows(table, &table.key, &text.syntax(" LIMIT ?"), vec![Sent::Int(1)]).await?;
        Ok(rows.into_iter().next())
    }

    pub(crate) async fn count(&mut self, table: &Arc<Table>) -> Result<u64, Failure> {
        let text = Text::default().syntax("SELECT count(*) FROM ").ident(&table.name);
        let rows = self.link.ask(text.as_str(), Vec::new()).await.map_err(explain)?;
        Ok(rows.first().map_or(0, |row| Cell::of(row, 0).number()))
    }

    pub(crate) async fn counted(&mut self, table: &Arc<Table>) -> Result<Option<i64>, Failure> {
        if table.counter.is_none() {
            return Ok(None);
        }
        let rows = self.link.ask(COUNTED, vec![Sent::from(&table.name)]).await.map_err(explain)?;
        let next = rows.first().map_or(0, |row| Cell::of(row, 0).number());
        Ok(i64::try_from(next).ok().and_then(|next| next.checked_sub(1)).filter(|number| *number > 0))
    }

    /// Runs a statement that has parameters: only then values come with their types.
    async fn rows(
        &mut self,
        table: &Table,
        columns: &[usize],
        text: &Text,
        values: Vec<Sent>,
    ) -> Result<Vec<Row>, Failure> {
        let rows = self.link.ask(text.as_str(), values).await.map_err(explain)?;
        rows.into_iter().map(|row| read(row, table, columns)).collect()
    }
}

fn select(table: &Table, columns: &[usize]) -> Text {
    let names = columns.iter().filter_map(|at| table.columns.get(*at)).map(|column| column.name.as_str());
    Text::default().syntax("SELECT ").list(names, ", ", Text::ident).syntax(" FROM ").ident(&table.name)
}

/// Appends that a row's key is behind another one. Key by key, since no server finds its way into an index by a whole row.
fn behind(text: Text, table: &Table, after: &[Value], values: &mut Vec<Sent>) -> Result<Text, Failure> {
    let columns: Vec<&Column> = table.key.iter().filter_map(|at| table.columns.get(*at)).collect();
    let parts: Vec<Sent> =
        columns.iter().zip(after).map(|(column, value)| sent(table, column, value)).collect::<Result<_, _>>()?;
    let mut text = text;
    // `a >= ? AND (a > ? OR (a = ? AND (b > ? OR …)))`
    for (at, (column, part)) in columns.iter().zip(&parts).enumerate() {
        let is_last = at + 1 == columns.len();
        if !is_last {
            text = compared(text, column, " >= ").syntax(" AND (");
            values.push(part.clone());
        }
        text = compared(text, column, " > ");
        values.push(part.clone());
        if !is_last {
            text = compared(text.syntax(" OR ("), column, " = ").syntax(" AND ");
            values.push(part.clone());
        }
    }
    Ok(columns.iter().skip(1).fold(text, |text, _| text.syntax("))")))
}

/// A column beside a parameter that is read as a value of its type.
fn compared(text: Text, column: &Column, sign: &'static str) -> Text {
    let text = text.ident(&column.name).syntax(sign);
    text.syntax(match column.ty.scalar {
        Scalar::Decimal => "CAST(? AS DECIMAL(65,30))",
        Scalar::DateTime => "CAST(? AS DATETIME(6))",
        Scalar::Date => "CAST(? AS DATE)",
        Scalar::Time => "CAST(? AS TIME(6))",
        Scalar::Int
        | Scalar::BigInt
        | Scalar::Float
        | Scalar::Boolean
        | Scalar::String
        | Scalar::Id
        | Scalar::Email
        | Scalar::Url
        | Scalar::Phone
        | Scalar::Enum(_)
        | Scalar::Uuid
        | Scalar::Bytes
        | Scalar::Json
        | Scalar::Object(_) => "?",
    })
}

/// Cells of the columns at these positions, in the form that every store binds.
fn read(row: mysql_async::Row, table: &Table, columns: &[usize]) -> Result<Row, Failure> {
    let cell = |(found, at): (Sent, &usize)| {
        let Some(column) = table.columns.get(*at) else { return Ok(Value::Null) };
        value(found, column).map_err(|reason| unfit(table, column, &reason))
    };
    row.unwrap().into_iter().zip(columns).map(cell).collect()
}

fn value(found: Sent, column: &Column) -> Result<Value, String> {
    let single = |scalar| column.ty.scalar == scalar && !column.ty.list;
    Ok(match found {
        Sent::NULL => Value::Null,
        Sent::Int(number) if single(Scalar::Boolean) => Value::Bool(number != 0),
        Sent::Int(number) if single(Scalar::Decimal) => Value::Text(number.to_string()),
        Sent::Int(number) => Value::Int(number),
        Sent::UInt(number) if single(Scalar::Decimal) => Value::Text(number.to_string()),
        Sent::UInt(number) => Value::Int(i64::try_from(number).map_err(|error| error.to_string())?),
        Sent::Float(number) => Value::Float(f64::from(number)),
        Sent::Double(number) => Value::Float(number),
        Sent::Bytes(bytes) if single(Scalar::Bytes) => Value::Blob(bytes),
        Sent::Bytes(bytes) => {
            let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
            Value::Text(if single(Scalar::Decimal) { without_last_zeros(text) } else { text })
        }
        Sent::Date(year, month, day, hour, minute, second, micros) => {
            if month == 0 || day == 0 {
                return Err("it is no date".to_owned());
            }
            let mut text = format!("{year:04}-{month:02}-{day:02}");
            if !single(Scalar::Date) {
                // Writing to a text cannot fail.
                let _ = write!(text, "T{hour:02}:{minute:02}:{second:02}.{micros:06}+00:00");
            }
            Value::Text(text)
        }
        Sent::Time(is_negative, days, hour, minute, second, micros) => {
            if is_negative || days > 0 {
                return Err("it is no time of a day".to_owned());
            }
            let text = format!("{hour:02}:{minute:02}:{second:02}.{micros:06}");
            Value::Text(without_last_zeros(text))
        }
    })
}

/// `1.500` → `1.5`, `2.000` → `2`.
fn without_last_zeros(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A value on its way into a column.
///
/// # Errors
/// The column cannot keep it.
fn sent(table: &Table, column: &Column, value: &Value) -> Result<Sent, Failure> {
    let lost = |reason: &str| {
        let reason = format!("\"{}\".\"{}\" cannot take a value: {reason}", table.name, column.name);
        Failure::Internal { reason }
    };
    match value {
        Value::Float(number) if !number.is_finite() => Err(lost("an infinite number, or none")),
        Value::Text(text) if !column.ty.list && column.ty.scalar == Scalar::Decimal => {
            if keeps_digits(text) {
                Ok(Sent::from(text))
            } else {
                Err(lost("of a decimal 35 digits are kept before the point and 30 behind it"))
            }
        }
        Value::Text(text) if !column.ty.list && column.ty.scalar == Scalar::DateTime => {
            // The server does not read the zone, and all are of UTC.
            Ok(Sent::from(text.strip_suffix("+00:00").unwrap_or(text)))
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Blob(_) => {
            super::value::sent(value).map_err(|refusal| lost(&refusal.to_string()))
        }
    }
}

/// Whether a column of decimals keeps every digit.
fn keeps_digits(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(whole)
        && are_digits(fraction)
        && whole.trim_start_matches('0').len() <= WHOLE_DIGITS_MAX
        && fraction.trim_end_matches('0').len() <= FRACTION_DIGITS_MAX
}

impl Mysql {
    /// See [`crate::store::Store::reader`].
    pub(crate) async fn carrying_reader(&self) -> Result<Reader, Failure> {
        let mut link = self.pool.own().await?;
        link.run_text(READ).await.map_err(explain)?;
        Ok(Reader { link })
    }

    /// See [`crate::store::Store::begin_filling`].
    pub(crate) async fn begin_filling(&self, from: &str, tables: &[Arc<Table>]) -> Result<Begun, Failure> {
        let mut link = self.pool.own().await?;
        locked(&mut link).await?;
        match filled_from(&mut link).await.map_err(explain)? {
            Some(found) if found == from => return Ok(Begun::Again),
            Some(found) => return Ok(Begun::OfAnother { from: found }),
            None => {}
        }
        for table in tables {
            let text = Text::default().syntax("SELECT 1 FROM ").ident(&table.name).syntax(" LIMIT 1");
            if !link.ask(text.as_str(), Vec::new()).await.map_err(explain)?.is_empty() {
                return Ok(Begun::Filled { table: table.name.clone() });
            }
        }
        link.ask(WRITE_MARK, vec![Sent::from(from)]).await.map_err(explain)?;
        Ok(Begun::Anew)
    }

    /// See [`crate::store::Store::fill`].
    pub(crate) async fn fill(&self, table: &Arc<Table>, rows: Vec<Row>) -> Result<(), Failure> {
        let mut link = self.pool.own().await?;
        link.run_text(FILL).await.map_err(explain)?;
        let at_once = (PARAMETERS_MAX / table.columns.len().max(1)).clamp(1, ROWS_AT_ONCE);
        let several = insert(table, at_once);
        for some in rows.chunks(at_once) {
            let values = some.iter().map(|row| values(table, row)).collect::<Result<Vec<_>, _>>()?;
            if some.len() == at_once && values.iter().flatten().map(bytes_of).sum::<usize>() <= BYTES_AT_ONCE {
                link.ask(several.as_str(), values.concat()).await.map_err(|error| refused(table, &error))?;
                continue;
            }
            let one = insert(table, 1);
            for row in values {
                link.ask(one.as_str(), row).await.map_err(|error| refused(table, &error))?;
            }
        }
        link.run_text("COMMIT").await.map_err(explain)
    }

    /// See [`crate::store::Store::end_filling`].
    pub(crate) async fn end_filling(&self, counted: Vec<(Arc<Table>, i64)>) -> Result<(), Failure> {
        let mut link = self.pool.own().await?;
        locked(&mut link).await?;
        must_refer(&mut link).await?;
        for (table, number) in counted {
            // The server takes no number that rows have already.
            let text = Text::default().syntax("ALTER TABLE ").ident(&table.name).syntax(" AUTO_INCREMENT = ");
            link.run_text(text.number(number.saturating_add(1)).as_str()).await.map_err(explain)?;
        }
        link.ask(CLEAR_MARK, Vec::new()).await.map(drop).map_err(explain)
    }
}

async fn locked(link: &mut Link) -> Result<(), Failure> {
    let locked = link.ask(LOCK, Vec::new()).await.map_err(explain)?;
    if locked.first().is_none_or(|row| Cell::of(row, 0).number() != 1) {
        return Err(Failure::Unavailable { reason: "another move into this database is under way".to_owned() });
    }
    Ok(())
}

fn insert(table: &Table, rows: usize) -> Text {
    let columns = table.columns.iter().map(|column| column.name.as_str());
    let text = Text::default().syntax("INSERT INTO ").ident(&table.name).syntax(" (").list(columns, ", ", Text::ident);
    text.syntax(") VALUES ").list(0..rows, ", ", |text, _| {
        text.syntax("(").list(&table.columns, ", ", |text, _| text.syntax("?")).syntax(")")
    })
}

fn values(table: &Table, row: &[Value]) -> Result<Vec<Sent>, Failure> {
    table.columns.iter().zip(row).map(|(column, value)| sent(table, column, value)).collect()
}

fn bytes_of(value: &Sent) -> usize {
    if let Sent::Bytes(bytes) = value { bytes.len() } else { 8 }
}

/// Looks at every reference of the database: none was checked while it was filled.
async fn must_refer(link: &mut Link) -> Result<(), Failure> {
    let rows = link.ask(REFERENCES, Vec::new()).await.map_err(explain)?;
    let rows: Vec<[String; 5]> = rows.iter().map(|row| std::array::from_fn(|at| Cell::of(row, at).text())).collect();
    for pairs in rows.chunk_by(|one, other| one[..2] == other[..2]) {
        let Some([_, child, _, parent, _]) = pairs.first() else { continue };
        let of_child =
            |text: Text, [_, _, from, _, _]: &[String; 5]| text.syntax("c.").ident(from).syntax(" IS NOT NULL");
        let of_both =
            |text: Text, [_, _, from, _, to]: &[String; 5]| text.syntax("p.").ident(to).syntax(" = c.").ident(from);
        let text = Text::default().syntax("SELECT 1 FROM ").ident(child).syntax(" AS c WHERE ");
        let text = text.list(pairs, " AND ", of_child).syntax(" AND NOT EXISTS (SELECT 1 FROM ").ident(parent);
        let text = text.syntax(" AS p WHERE ").list(pairs, " AND ", of_both).syntax(") LIMIT 1");
        if !link.ask(text.as_str(), Vec::new()).await.map_err(explain)?.is_empty() {
            let reason = format!("a row of \"{child}\" refers to one of \"{parent}\" that is not there");
            return Err(Failure::Internal { reason });
        }
    }
    Ok(())
}

/// Why rows were not taken, with the server's words, which name the column.
fn refused(table: &Table, error: &Error) -> Failure {
    let plain = fault::plain(error, 0);
    if matches!(plain, Failure::Internal { .. } | Failure::Refused(_)) {
        return Failure::Internal { reason: format!("\"{}\" cannot take a value: {}", table.name, words(error)) };
    }
    plain
}

fn explain(error: Error) -> Failure {
    let plain = fault::plain(&error, 0);
    if matches!(plain, Failure::Internal { .. } | Failure::Refused(_)) {
        return Failure::Internal { reason: words(&error) };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstay_schema::model::FieldType;

    fn column(scalar: Scalar) -> Column {
        let ty = FieldType { scalar, list: false, nullable: true, items_nullable: true };
        Column { name: "c".to_owned(), ty }
    }

    #[test]
    fn values_have_the_form_of_every_store() {
        for (found, scalar, expected) in [
            (Sent::Int(1), Scalar::Boolean, Some(Value::Bool(true))),
            (Sent::Int(1), Scalar::Int, Some(Value::Int(1))),
            (Sent::UInt(u64::MAX), Scalar::BigInt, None),
            (Sent::UInt(u64::MAX), Scalar::Decimal, Some(Value::Text("18446744073709551615".into()))),
            (Sent::Bytes(b"-1.500".to_vec()), Scalar::Decimal, Some(Value::Text("-1.5".into()))),
            (Sent::Bytes(b"100.000".to_vec()), Scalar::Decimal, Some(Value::Text("100".into()))),
            (Sent::Bytes(b"100".to_vec()), Scalar::Decimal, Some(Value::Text("100".into()))),
            (Sent::Bytes(b"1.0".to_vec()), Scalar::String, Some(Value::Text("1.0".into()))),
            (Sent::Bytes(vec![0, 255]), Scalar::Bytes, Some(Value::Blob(vec![0, 255]))),
            (Sent::Bytes(vec![0, 255]), Scalar::String, None),
            (
                Sent::Date(1, 2, 3, 4, 5, 6, 7),
                Scalar::DateTime,
                Some(Value::Text("0001-02-03T04:05:06.000007+00:00".into())),
            ),
            (Sent::Date(2024, 2, 29, 0, 0, 0, 0), Scalar::Date, Some(Value::Text("2024-02-29".into()))),
            (Sent::Date(0, 0, 0, 0, 0, 0, 0), Scalar::Date, None),
            (Sent::Time(false, 0, 12, 30, 0, 500_000), Scalar::Time, Some(Value::Text("12:30:00.5".into()))),
            (Sent::Time(false, 0, 0, 0, 0, 0), Scalar::Time, Some(Value::Text("00:00:00".into()))),
            (Sent::Time(true, 0, 1, 0, 0, 0), Scalar::Time, None),
            (Sent::Time(false, 2, 1, 0, 0, 0), Scalar::Time, None),
        ] {
            assert_eq!(value(found.clone(), &column(scalar)).ok(), expected, "{found:?} as {scalar:?}");
        }
    }

    #[test]
    fn digits_that_are_not_kept_are_seen() {
        let (whole, fraction) = ("9".repeat(35), "9".repeat(30));
        for (text, kept) in [
            ("0".to_owned(), true),
            ("-12.50".to_owned(), true),
            (format!("{whole}.{fraction}000"), true),
            (format!("00{whole}"), true),
            (format!("1{whole}"), false),
            (format!("0.{fraction}1"), false),
            ("1e5".to_owned(), false),
            ("NaN".to_owned(), false),
        ] {
            assert_eq!(keeps_digits(&text), kept, "{text}");
        }
    }
}
