//! How SQLite runs a statement, in its own words.

use super::connection::Link;
use backstay_compile::statement::Sql;

/// The lines of the plan, indented by level.
pub(super) fn of(link: &Link, sql: &Sql) -> rusqlite::Result<Vec<String>> {
    let mut statement = link.conn.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text))?;
    let mut rows = statement.raw_query();
    let mut depths: Vec<(i64, usize)> = Vec::new();
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, parent): (i64, i64) = (row.get(0)?, row.get(1)?);
        let depth = depths.iter().find(|(other, _)| *other == parent).map_or(0, |(_, depth)| depth + 1);
        depths.push((id, depth));
        lines.push(format!("{}{}", "  ".repeat(depth), row.get::<_, String>(3)?));
    }
    Ok(lines)
}
