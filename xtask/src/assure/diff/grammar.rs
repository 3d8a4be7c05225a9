//! Random requests in the grammar of the data API: most of them right, some almost.

use super::tables::{Column, Kind, TABLES, Table, table};
use crate::assure::profile::Random;
use std::fmt::Write as _;

/// A request.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: &'static str,
    /// Path and query string, behind the root of the data API.
    pub(super) target: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    /// Whether every list in the answer has an order that the request says.
    pub(super) ordered: bool,
    /// The target before a character was put in its way.
    pub(super) bent_from: Option<String>,
}

/// A maker of requests.
pub(super) struct Grammar {
    random: Random,
    /// Whether this request says an order everywhere.
    ordered: bool,
    /// Whether a list of it has no order all the same.
    unordered: bool,
    aliases: u32,
}

/// What belongs to a level but stands at the end of the query string.
type Rest = String;

const BAD_VALUES: &[&str] = &["x", "", "1.5", "99999999999999999999", "null", "true", "{", "a,b", "2024-13-01"];
const DIRECTIONS: &[&str] = &["", ".asc", ".desc", ".desc.nullslast", ".asc.nullsfirst"];

impl Grammar {
    pub(super) fn new(random: Random) -> Self {
        Self { random, ordered: false, unordered: false, aliases: 0 }
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.random.below(u64::try_from(limit).unwrap_or(1))).unwrap_or(0)
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }

    fn pick<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        let at = self.below(items.len());
        &items[at]
    }

    /// The next request.
    pub(super) fn request(&mut self) -> Request {
        self.ordered = self.one_in(2);
        self.unordered = false;
        self.aliases = 0;
        let table = self.pick(TABLES);
        let mut request = if self.one_in(5) { super::writes::write(self, table) } else { self.read(table) };
        if self.one_in(10) {
            let bent = self.bend(&request.target);
            request.bent_from = Some(sendable(&std::mem::replace(&mut request.target, bent)));
        }
        request.target = sendable(&request.target);
        request
    }

    fn read(&mut self, table: &'static Table) -> Request {
        let target = format!("/{}?{}", table.name, self.query(table));
        let method = if self.one_in(12) { "HEAD" } else { "GET" };
        let mut headers = Vec::new();
        if self.one_in(4) {
            headers.push(("Prefer", "count=exact".to_owned()));
        }
        if self.one_in(10) {
            let accepts = [
                "application/vnd.pgrst.object+json",
                "text/csv",
                "application/vnd.pgrst.array+json;nulls=stripped",
                "application/xml",
                "*/*",
            ];
            headers.push(("Accept", (*self.pick(&accepts)).to_owned()));
        }
        if self.ordered && self.one_in(12) {
            let first = self.below(3);
            headers.push(("Range", format!("{first}-{}", first + self.below(3))));
        }
        let ordered = self.ordered && !self.unordered;
        Request { method, target, headers, body: String::new(), ordered, bent_from: None }
    }

    /// `select` with all that belongs to it.
    pub(super) fn query(&mut self, table: &'static Table) -> String {
        let mut rest = Rest::new();
        let items = self.level(table, "", 0, &mut rest);
        if self.one_in(10) { rest.trim_start_matches('&').to_owned() } else { format!("select={items}{rest}") }
    }

    /// The items of a level.
    fn level(&mut self, table: &'static Table, prefix: &str, depth: usize, rest: &mut Rest) -> String {
        let grouped = self.one_in(6);
        let mut items: Vec<String> = (0..=self.below(3)).map(|_| self.item(table, grouped)).collect();
        for embed in table.embeds {
            if depth < 2 && self.one_in(4) {
                items.push(self.embed(embed, (prefix, depth), grouped, rest));
            }
        }
        for _ in 0..self.below(3) {
            let filter = self.filter(table);
            write!(rest, "&{prefix}{filter}").unwrap_or_default();
        }
        if self.one_in(8) {
            let tree = self.tree(table, 0);
            let not = if self.one_in(4) { "not." } else { "" };
            write!(rest, "&{prefix}{not}{}={tree}", self.pick(&["or", "and"])).unwrap_or_default();
        }
        self.order(table, (prefix, grouped), rest);
        items.join(",")
    }

    /// Order and limits. What is grouped has no key to order by.
    fn order(&mut self, table: &'static Table, (prefix, grouped): (&str, bool), rest: &mut Rest) {
        if grouped {
            // Groups come in any order, wherever they are.
            self.unordered = true;
            return;
        }
        if self.ordered {
            let mut terms: Vec<String> = Vec::new();
            if self.one_in(2) {
                let column = self.pick(table.columns).name;
                terms.push(format!("{column}{}", self.pick(DIRECTIONS)));
            }
            terms.extend(table.keys.iter().map(ToString::to_string));
            write!(rest, "&{prefix}order={}", terms.join(",")).unwrap_or_default();
            if self.one_in(4) {
                write!(rest, "&{prefix}limit={}", self.below(4)).unwrap_or_default();
            }
            if self.one_in(6) {
                write!(rest, "&{prefix}offset={}", self.below(4)).unwrap_or_default();
            }
        }
    }

    fn embed(
        &mut self,
        embed: &'static super::tables::Embed,
        (prefix, depth): (&str, usize),
        grouped: bool,
        rest: &mut Rest,
    ) -> String {
        let to = table(embed.to);
        let join = *self.pick(&["", "", "", "!inner", "!left"]);
        let target = embed.target;
        if embed.to_one && !grouped && self.one_in(4) {
            // What is spread stands in the row of its parent, so it needs names of its own.
            self.aliases += 1;
            let column = self.pick(to.columns).name;
            return format!("...{target}{join}(s{}:{column})", self.aliases);
        }
        self.aliases += 1;
        let alias = format!("e{}", self.aliases);
        if self.one_in(6) {
            let not = if self.one_in(2) { "not." } else { "" };
            write!(rest, "&{prefix}{alias}={not}is.null").unwrap_or_default();
        }
        if self.one_in(10) {
            return format!("{alias}:{target}{join}()");
        }
        let inner = self.level(to, &format!("{prefix}{alias}."), depth + 1, rest);
        format!("{alias}:{target}{join}({inner})")
    }

    fn item(&mut self, table: &'static Table, grouped: bool) -> String {
        let column = self.pick(table.columns);
        if grouped && self.one_in(2) {
            let aggregate = *self.pick(&["count", "sum", "avg", "min", "max"]);
            let numeric = matches!(column.kind, Kind::Int | Kind::Number);
            return match aggregate {
                "count" if self.one_in(2) => "count()".to_owned(),
                "count" => format!("{}.count()", column.name),
                "sum" | "avg" if numeric || self.one_in(6) => format!("{}.{aggregate}()", column.name),
                _ if numeric => format!("{}.max()::text", column.name),
                _ => "count()".to_owned(),
            };
        }
        if !grouped && self.one_in(8) {
            return "*".to_owned();
        }
        let cast = if self.one_in(6) { format!("::{}", self.pick(casts(column.kind))) } else { String::new() };
        let alias = if self.one_in(4) { "x:" } else { "" };
        let path = if column.kind == Kind::TextList && self.one_in(3) { "->0" } else { "" };
        format!("{alias}{}{path}{cast}", column.name)
    }

    /// A value for a column, as it stands in a query string.
    pub(super) fn value(&mut self, column: &Column) -> &'static str {
        let values = if self.one_in(12) { BAD_VALUES } else { column.values };
        self.pick::<&'static str>(values)
    }

    /// A filter of a level: `column=test`.
    pub(super) fn filter(&mut self, table: &'static Table) -> String {
        let column = self.pick(table.columns);
        let (test, value) = self.test(column);
        format!("{}={test}{}", column.name, escaped(&value))
    }

    /// Operator and value.
    fn test(&mut self, column: &'static Column) -> (String, String) {
        let value = self.value(column).to_owned();
        let not = if self.one_in(4) { "not." } else { "" };
        let text = column.kind == Kind::Text;
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let list = matches!(column.kind, Kind::TextList | Kind::IntList);
        let (operator, value) = match self.below(14) {
            0 => ("is.", "null".to_owned()),
            1 if column.kind == Kind::Bool => ("is.", (*self.pick(&["true", "false", "unknown"])).to_owned()),
            2 if list || column.name == "info" => (*self.pick(&["cs.", "cd."]), value),
            3 if list => ("ov.", value),
            4 if text => (*self.pick(&["like.", "ilike."]), format!("*{}*", value.chars().next().unwrap_or('s'))),
            5 if text => (*self.pick(&["match.", "imatch."]), "^[a-s]".to_owned()),
            6 if column.name == "title" => (
                *self.pick(&["fts(english).", "plfts(english).", "phfts(english).", "wfts(english)."]),
                "sea".to_owned(),
            ),
            7 | 8 if !list => {
                let other = self.value(column).replace('\\', "\\\\").replace('"', "\\\"");
                ("in.", format!("(\"{quoted}\",\"{other}\")"))
            }
            9 if !list && column.kind != Kind::Json => {
                (*self.pick(&["gte(any).", "lt(all).", "eq(any)."]), format!("{{\"{quoted}\"}}"))
            }
            10 => ("isdistinct.", value),
            11 => ("neq.", value),
            _ => (*self.pick(&["eq.", "gt.", "lte.", "eq."]), value),
        };
        (format!("{not}{operator}"), value)
    }

    /// A tree of conditions, with values that need no quotes.
    fn tree(&mut self, table: &'static Table, depth: usize) -> String {
        let mut terms = Vec::new();
        for _ in 0..=self.below(3) {
            if depth < 2 && self.one_in(5) {
                let not = if self.one_in(3) { "not." } else { "" };
                let word = *self.pick(&["and", "or"]);
                let inner = self.tree(table, depth + 1);
                terms.push(format!("{not}{word}{inner}"));
                continue;
            }
            let column = self.pick(table.columns);
            let not = if self.one_in(5) { "not." } else { "" };
            let value = escaped(&self.value(column).replace('\\', "\\\\").replace('"', "\\\""));
            let test = match self.below(4) {
                0 => "is.null".to_owned(),
                1 => format!("in.(\"{value}\")"),
                _ => format!("{}.\"{value}\"", self.pick(&["eq", "neq", "gt", "lt", "isdistinct"])),
            };
            terms.push(format!("{}.{not}{test}", column.name));
        }
        format!("({})", terms.join(","))
    }

    /// Puts a character in, takes one away or doubles one, at random.
    fn bend(&mut self, target: &str) -> String {
        let at = 1 + self.below(target.len().saturating_sub(1));
        let (before, after) = target.split_at(target.floor_char_boundary(at));
        let character = *self.pick(&[".", ",", "(", ")", "!", ":", "%22", "->", "=", "&", "*", "x", "1", "%5C", "::"]);
        match self.below(3) {
            0 => format!("{before}{character}{after}"),
            1 => [before, after.get(1..).unwrap_or_default()].concat(),
            _ => [before, after.get(..1).unwrap_or_default(), after].concat(),
        }
    }

    /// For those who make other parts of a request.
    pub(super) fn chance(&mut self, limit: usize) -> bool {
        self.one_in(limit)
    }

    /// The same for one of several.
    pub(super) fn choose<'t, T>(&mut self, items: &'t [T]) -> &'t T {
        self.pick(items)
    }
}

/// Types that a column can be cast to, whatever is in it.
fn casts(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Int => &["text", "numeric", "int8", "float8"],
        Kind::Number => &["text", "numeric"],
        Kind::Json => &["text", "json"],
        Kind::Text | Kind::Bool | Kind::Time | Kind::TextList | Kind::IntList | Kind::JsonText => &["text"],
        Kind::Bytes | Kind::Uuid | Kind::Enum => &["text"],
    }
}

/// A target without characters that a URL has no place for.
fn sendable(target: &str) -> String {
    target.replace('"', "%22").replace('>', "%3E").replace('^', "%5E").replace('\\', "%5C").replace(' ', "%20")
}

/// What a query string cannot hold as it is.
pub(super) fn escaped(value: &str) -> String {
    value
        .replace('%', "%25")
        .replace("%252B", "%2B")
        .replace('"', "%22")
        .replace(' ', "%20")
        .replace('\\', "%5C")
        .replace('{', "%7B")
        .replace('}', "%7D")
        .replace('ç', "%C3%A7")
        .replace('&', "%26")
}
