//! Breaks SQL into lines, so that a change of it can be read. Adds and removes nothing but white space.

/// Words that begin a line.
const CLAUSES: &[&str] = &[
    "FROM ",
    "WHERE ",
    "GROUP BY ",
    "ORDER BY ",
    "LIMIT ",
    "OFFSET ",
    "LEFT JOIN ",
    "JOIN ",
    "UNION ALL ",
    "SET ",
    "VALUES ",
    "RETURNING ",
    "ON CONFLICT ",
];

/// The same statement on several lines.
pub(crate) fn pretty(sql: &str) -> String {
    let mut out = String::new();
    // For each open parenthesis, whether a query stands in it.
    let mut open: Vec<bool> = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let depth = open.iter().filter(|query| **query).count();
        let in_clause = open.last().is_none_or(|query| *query);
        let mut taken = first.len_utf8();
        match first {
            '"' | '\'' | '`' => {
                taken = rest[1..].find(first).map_or(rest.len(), |end| end + 2);
                out.push_str(&rest[..taken]);
            }
            '(' => {
                let query = rest.starts_with("(SELECT ");
                open.push(query);
                out.push('(');
                if query {
                    new_line(&mut out, depth + 1);
                }
            }
            ')' => {
                if open.pop() == Some(true) {
                    new_line(&mut out, depth - 1);
                }
                out.push(')');
            }
            ' ' if in_clause && let Some(clause) = CLAUSES.iter().find(|clause| rest[1..].starts_with(**clause)) => {
                new_line(&mut out, depth);
                out.push_str(clause.trim_end());
                taken = clause.len();
            }
            ' ' if rest.starts_with(" AND (") => {
                new_line(&mut out, depth + 1);
            }
            _ => out.push(first),
        }
        rest = &rest[taken..];
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
}
