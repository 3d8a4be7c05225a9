//! Asks two servers the same and compares what they answer. In: two sides and what is known to differ. Out: counts, and every
//! difference that nobody has explained.

use super::earlier;
use super::explained::{self, SEVERAL};
use super::grammar::{Grammar, Request};
use super::parts;
use crate::assure::{Profile, Tally};
use crate::http::{Client, Reply};
use crate::shell::{self, say};
use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Clients that ask at the same time, each requests of its own.
const CLIENTS: u64 = 4;
/// Differences that are shown, each as it is found.
const SHOWN_MAX: u64 = 100;
/// Share of the requests, in percent, that must be answered with success: what is refused shows little.
const ANSWERED_MIN: u64 = 40;
/// How often a long run says how far it is.
const SAID_EVERY: Duration = Duration::from_secs(60);
/// How often the tables are swept.
const SWEPT_EVERY: Duration = Duration::from_secs(10);
/// Times that a request is asked with one part less to tell its mistakes apart.
const LESSER_MAX: usize = 2_000;

/// A server that is asked.
pub(super) struct Side {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    /// What comes before a table in a path.
    pub(super) root: &'static str,
    /// The key of who may do everything; empty where nobody asks for one.
    pub(super) token: String,
}

/// A request and its two answers.
pub(super) struct Exchange<'a> {
    pub(super) request: &'a Request,
    pub(super) left: &'a Answer,
    pub(super) right: &'a Answer,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) range: Option<String>,
    pub(super) media: Option<String>,
    pub(super) body: Body,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    Json(Value),
    Text(String),
}

/// A difference that has a reason: its number in the documentation's table, and how it is known.
pub(super) struct Explained {
    /// What differs, in the words of the documentation.
    pub(super) what: &'static str,
    pub(super) applies: fn(&Exchange<'_>) -> bool,
}

/// How two servers are compared.
pub(super) struct Comparison {
    pub(super) sides: [Side; 2],
    pub(super) explained: &'static [Explained],
    /// Whether lists whose order the request does not say must have the same one.
    pub(super) same_order: bool,
    /// Requests in all.
    pub(super) requests: u64,
    /// When to end before they are all asked.
    pub(super) until: Option<Instant>,
    /// The PostgreSQL database whose tables are swept meanwhile: what is undone stays in them until then, and is read each time.
    pub(super) swept: String,
}

/// How far all clients are.
#[derive(Default)]
struct Progress {
    asked: AtomicU64,
    unknown: AtomicU64,
}

#[derive(Default)]
struct Counts {
    asked: u64,
    answered: u64,
    known: BTreeMap<&'static str, u64>,
    unknown: u64,
}

impl Answer {
    fn of(reply: Reply) -> Self {
        let header = |name: &str| reply.header(name).map(str::to_owned);
        let media = header("content-type").map(|media| media.replace(' ', ""));
        let body = serde_json::from_str(&reply.body).map_or_else(|_| Body::Text(reply.body.clone()), Body::Json);
        Self { status: reply.status, range: header("content-range"), media, body }
    }

    /// The code of an error.
    pub(super) fn code(&self) -> &str {
        self.member("code")
    }

    /// A text of an error.
    pub(super) fn member(&self, name: &str) -> &str {
        match &self.body {
            Body::Json(body) if self.status >= 300 => body.get(name).and_then(Value::as_str).unwrap_or_default(),
            Body::Json(_) | Body::Text(_) => "",
        }
    }
}

impl Exchange<'_> {
    /// Whether the bodies are the same, in whatever order.
    pub(super) fn same_body(&self) -> bool {
        match (&self.left.body, &self.right.body) {
            (Body::Json(left), Body::Json(right)) => equal(left, right, false),
            (Body::Text(left), Body::Text(right)) => equal(&table(left), &table(right), false),
            (Body::Json(_), Body::Text(_)) | (Body::Text(_), Body::Json(_)) => false,
        }
    }

    /// Whether two CSVs are the same but for the order of their columns and the spelling of instants.
    pub(super) fn same_columns(&self) -> bool {
        match (&self.left.body, &self.right.body) {
            (Body::Text(left), Body::Text(right)) => equal(&named(table(left)), &named(table(right)), false),
            (Body::Json(_), _) | (_, Body::Json(_)) => false,
        }
    }

    /// Whether both say the same. Errors are compared by status and code: their words are for people.
    fn agrees(&self, ordered: bool) -> bool {
        let (left, right) = (self.left, self.right);
        if left.status != right.status {
            return false;
        }
        if left.status >= 300 {
            return left.code() == right.code();
        }
        let bodies = match (&left.body, &right.body) {
            (Body::Json(left), Body::Json(right)) => equal(left, right, ordered),
            (Body::Text(left), Body::Text(right)) => left == right || equal(&table(left), &table(right), ordered),
            (left, right) => left == right,
        };
        bodies && left.range == right.range && left.media == right.media
    }
}

/// From here on a double has no digit behind the point.
const WHOLE_FROM: f64 = 4_503_599_627_370_496.0;

/// Whether two numbers are one but for the last digit of a fraction: PostgreSQL writes an average with sixteen digits.
fn near(left: f64, right: f64, rounded: bool) -> bool {
    let fraction = left.fract() != 0.0 || (rounded && left.abs() >= WHOLE_FROM);
    left == right || (fraction && (left - right).abs() <= left.abs() * 4.0 * f64::EPSILON)
}

/// Whether two values are the same. Neither the order of members nor the spelling of a number counts.
fn equal(left: &Value, right: &Value, ordered: bool) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            let pairs = |left: &[Value], right: &[Value]| {
                left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right, ordered))
            };
            let rows = left.iter().chain(right).any(Value::is_object);
            pairs(left, right) || (!ordered && rows && pairs(&sorted(left), &sorted(right)))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right, ordered)))
        }
        (Value::Number(left), Value::Number(right)) => {
            let rounded = left.is_f64() || right.is_f64();
            let near = |(left, right)| near(left, right, rounded);
            left == right || left.as_f64().zip(right.as_f64()).is_some_and(near)
        }
        (Value::String(left), Value::String(right)) if left != right => {
            // JSON as text: its blanks are the database's.
            let read = |text: &str| {
                serde_json::from_str::<Value>(text).ok().filter(|value| value.is_array() || value.is_object())
            };
            matches!((read(left), read(right)), (Some(left), Some(right)) if equal(&left, &right, ordered))
        }
        _ => left == right,
    }
}

/// A number, whose spelling does not count.
fn number(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(Value::is_number)
}

/// CSV as rows of cells, the names among them. What is quoted and empty is kept apart from what is not there; a backslash within
/// quotes is written twice, as PostgreSQL writes rows.
fn table(text: &str) -> Value {
    let (mut rows, mut row, mut cell) = (Vec::new(), Map::new(), String::new());
    let (mut quoted, mut inside) = (false, false);
    let mut characters = text.chars().chain(['\n']).peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' if inside => {
                characters.next_if_eq(&'\\');
                cell.push(character);
            }
            '"' => {
                // A quote within quotes is written twice.
                if quoted && !inside {
                    cell.push('"');
                }
                (quoted, inside) = (true, !inside);
            }
            ',' | '\n' if !inside => {
                let raw = std::mem::take(&mut cell);
                let nothing = quoted && raw.is_empty();
                quoted = false;
                let value = if nothing { Value::from("\"\"") } else { number(&raw).unwrap_or(Value::from(raw)) };
                row.insert(row.len().to_string(), value);
                if character == '\n' {
                    rows.push(Value::Object(std::mem::take(&mut row)));
                }
            }
            _ => cell.push(character),
        }
    }
    Value::Array(rows)
}

/// The rows of a table with the names of its first row.
fn named(table: Value) -> Value {
    let Value::Array(rows) = table else { return table };
    let mut rows = rows.into_iter();
    let names = rows.next().unwrap_or_default();
    let name = |at: &str| names.get(at).and_then(Value::as_str).unwrap_or(at).to_owned();
    let with_names = |row: Value| match row {
        Value::Object(cells) => {
            cells.into_iter().map(|(at, cell)| (name(&at), instant(cell))).collect::<Map<_, _>>().into()
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => other,
    };
    Value::Array(rows.map(with_names).collect())
}

/// An instant as PostgreSQL writes it, as it is on the wire; anything else as it is.
fn instant(cell: Value) -> Value {
    let written = |text: &str| {
        let (date, time) = text.strip_suffix("+00")?.split_once(' ')?;
        (date.len() == "2024-01-02".len() && time.contains(':')).then(|| format!("{date}T{time}+00:00"))
    };
    cell.as_str().and_then(written).map_or(cell, Value::from)
}

/// Rows in an order of their own, whatever the order of their members and of the rows within them.
fn sorted(rows: &[Value]) -> Vec<Value> {
    let mut keyed: Vec<(String, &Value)> = rows.iter().map(|row| (key(row), row)).collect();
    keyed.sort_by(|one, other| one.0.cmp(&other.0));
    keyed.into_iter().map(|(_, row)| row.clone()).collect()
}

fn key(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<String> =
                members.iter().map(|(name, value)| format!("{name}:{}", key(value))).collect();
            members.sort();
            members.join(",")
        }
        Value::Array(items) => {
            let mut items: Vec<String> = items.iter().map(key).collect();
            items.sort();
            items.join(";")
        }
        Value::Number(number) => number.as_f64().map(|number| number.to_string()).unwrap_or_default(),
        Value::Null | Value::Bool(_) | Value::String(_) => value.to_string(),
    }
}

impl Comparison {
    /// Asks all, and fails on the first client that cannot ask.
    pub(super) fn run(&self, profile: &Profile) -> Result<Tally> {
        let so_far = Progress::default();
        let counts = std::thread::scope(|scope| {
            let so_far = &so_far;
            let clients: Vec<_> =
                (0..CLIENTS).map(|number| scope.spawn(move || self.client(profile, number, so_far))).collect();
            let mut all = Counts::default();
            for client in clients {
                let own = client.join().ok().context("a client panicked")??;
                all.asked += own.asked;
                all.answered += own.answered;
                for (what, count) in own.known {
                    *all.known.entry(what).or_default() += count;
                }
                all.unknown += own.unknown;
            }
            anyhow::Ok(all)
        })?;
        for (what, count) in &counts.known {
            say(&format!("{count:>7} times: {what}"));
        }
        let known: u64 = counts.known.values().sum();
        let failed = counts.unknown;
        say(&format!(
            "{} requests, {} answered with success, {known} explained differences, {failed} unexplained",
            counts.asked, counts.answered
        ));
        ensure!(counts.answered * 100 >= counts.asked * ANSWERED_MIN, "too few requests were answered with success");
        Ok(Tally { passed: counts.asked - failed, failed })
    }

    fn client(&self, profile: &Profile, number: u64, so_far: &Progress) -> Result<Counts> {
        let mut grammar = Grammar::new(profile.random(number + 1));
        let mut counts = Counts::default();
        let (mut said, mut swept) = (Instant::now(), Instant::now());
        let mut lines = self.sides.each_ref().map(|side| Line { side, client: None });
        let earlier = if number == 0 { earlier::requests() } else { Vec::new() };
        let random = (0..self.requests / CLIENTS).map(|_| grammar.request());
        for mut request in earlier.into_iter().chain(random) {
            if self.until.is_some_and(|until| Instant::now() > until) {
                break;
            }
            so_far.asked.fetch_add(1, Ordering::Relaxed);
            if number == 0 && said.elapsed() > SAID_EVERY {
                said = Instant::now();
                self.tell(so_far);
            }
            if number == 0 && swept.elapsed() > SWEPT_EVERY {
                shell::run_quietly(&mut shell::command(
                    "psql",
                    &["-X", "-w", "-q", "-d", &self.swept, "-c", "VACUUM"],
                ))?;
                swept = Instant::now();
            }
            let replies = ask(&mut lines, &request)?;
            counts.asked += 1;
            counts.answered += u64::from(replies.iter().any(|reply| reply.status < 300));
            if same(&replies) {
                continue;
            }
            let [mut left, mut right] = replies.map(Answer::of);
            let ordered = self.same_order || request.ordered;
            if (Exchange { request: &request, left: &left, right: &right }).agrees(ordered) {
                continue;
            }
            let heads = (request.method == "HEAD").then_some([left.status, right.status]);
            if heads.is_some() {
                // Why they differ stands in the body.
                request.method = "GET";
                // HEAD knows no range.
                request.headers.retain(|(name, _)| *name != "Range");
                [left, right] = ask(&mut lines, &request)?.map(Answer::of);
            }
            let exchange = Exchange { request: &request, left: &left, right: &right };
            let mut budget = LESSER_MAX;
            let explained = match self.explained(&exchange) {
                None if self.has_several(&mut lines, &exchange, &mut budget)? => Some(SEVERAL.what),
                found => found,
            };
            match explained {
                Some(what) => *counts.known.entry(what).or_default() += 1,
                None => {
                    counts.unknown += 1;
                    if so_far.unknown.fetch_add(1, Ordering::Relaxed) < SHOWN_MAX {
                        say(&self.told(&exchange, heads));
                    }
                }
            }
        }
        Ok(counts)
    }

    fn tell(&self, so_far: &Progress) {
        let [asked, unknown] = [&so_far.asked, &so_far.unknown].map(|count| count.load(Ordering::Relaxed));
        say(&format!("{asked} of {} requests, {unknown} unexplained", self.requests));
    }

    /// Why two answers differ, as far as it shows in them.
    fn explained(&self, exchange: &Exchange<'_>) -> Option<&'static str> {
        self.explained.iter().find(|explained| (explained.applies)(exchange)).map(|explained| explained.what)
    }

    /// Whether the sides agree, or why they do not is known.
    fn is_known(&self, lines: &mut [Line<'_>; 2], exchange: &Exchange<'_>, budget: &mut usize) -> Result<bool> {
        let alike = exchange.agrees(false) || self.explained(exchange).is_some();
        Ok(alike || self.has_several(lines, exchange, budget)?)
    }

    /// Whether each side tells of a mistake of its own: without the one, both tell of the other, or of more.
    fn has_several(&self, lines: &mut [Line<'_>; 2], exchange: &Exchange<'_>, budget: &mut usize) -> Result<bool> {
        if !(SEVERAL.applies)(exchange) {
            return Ok(false);
        }
        let codes = [exchange.left.code(), exchange.right.code()];
        // One value may break two constraints, and values do not tell which is looked at first.
        if codes.iter().all(|code| code.starts_with("23") || *code == "21000") {
            return Ok(true);
        }
        let both_ways = explained::of_one_kind(codes);
        let (mut without_left, mut without_right) = (false, false);
        // With less around the mistakes, or fewer of one kind, once none of its parts shows more.
        let mut simpler = None;
        let mut all_lesser = parts::lesser(exchange.request).into_iter();
        while let Some(lesser) = all_lesser.next().or_else(|| {
            all_lesser = parts::lesser(&simpler.take()?).into_iter();
            all_lesser.next()
        }) {
            let Some(left_over) = budget.checked_sub(1) else { break };
            *budget = left_over;
            let [left, right] = ask(lines, &lesser)?.map(Answer::of);
            if [left.code(), right.code()] == codes {
                if self.explained(&Exchange { request: &lesser, left: &left, right: &right }).is_some() {
                    return Ok(true);
                }
                simpler.get_or_insert(lesser);
                continue;
            }
            let exchange = Exchange { request: &lesser, left: &left, right: &right };
            let found_left = right.code() == codes[1] && left.code() != codes[0];
            let found_right = left.code() == codes[0] && right.code() != codes[1];
            let new = (found_left && !without_left) || (found_right && !without_right);
            if new && self.is_known(lines, &exchange, budget)? {
                without_left |= found_left;
                without_right |= found_right;
            }
            if without_left && without_right || !both_ways && (without_left || without_right) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn told(&self, exchange: &Exchange<'_>, heads: Option<[u16; 2]>) -> String {
        let Exchange { request, left, right } = exchange;
        let side = |name: &str, answer: &Answer| {
            let body = match &answer.body {
                Body::Json(body) => body.to_string(),
                Body::Text(text) => text.clone(),
            };
            let (range, media) = (answer.range.as_deref().unwrap_or("-"), answer.media.as_deref().unwrap_or("-"));
            format!("  {name}: {} {range} {media} {}", answer.status, body.chars().take(600).collect::<String>())
        };
        format!(
            "DIFFERS {}{} {} {:?} {}\n{}\n{}",
            heads.map_or_else(String::new, |heads| format!("HEAD {heads:?} ")),
            request.method,
            request.target,
            request.headers,
            request.body,
            side(self.sides[0].name, left),
            side(self.sides[1].name, right)
        )
    }
}

/// One side with the connection that is kept to it.
struct Line<'s> {
    side: &'s Side,
    client: Option<Client>,
}

impl Line<'_> {
    /// Sends a request. Whether that went well shows when the answer is read.
    fn write(&mut self, request: &Request) -> Result<()> {
        let client = match &mut self.client {
            Some(open) => open,
            none => none.insert(Client::connect(self.side.address, &self.side.token)?),
        };
        let path = format!("{}{}", self.side.root, request.target);
        let headers: Vec<(&str, &str)> = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if client.write(request.method, &path, &headers, &request.body).is_err() {
            self.client = None;
        }
        Ok(())
    }

    /// Reads its answer.
    fn read(&mut self, request: &Request) -> Result<Reply> {
        let kept = self.client.as_mut().map(|client| client.read(request.method));
        let reply = match kept {
            Some(Ok(reply)) => reply,
            // A connection that was kept may have been closed meanwhile.
            Some(Err(_)) | None => {
                self.client = None;
                self.write(request)?;
                let again = self.client.as_mut().map(|client| client.read(request.method));
                again
                    .context("the connection closed")
                    .flatten()
                    .with_context(|| format!("{} at {}{}", self.side.name, self.side.root, request.target))?
            }
        };
        // What is refused before it is read ends the connection.
        if reply.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            self.client = None;
        }
        Ok(reply)
    }
}

/// Asks both sides at the same time.
fn ask(lines: &mut [Line<'_>; 2], request: &Request) -> Result<[Reply; 2]> {
    for line in lines.iter_mut() {
        line.write(request)?;
    }
    let [left, right] = lines.each_mut().map(|line| line.read(request));
    Ok([left?, right?])
}

/// Whether two replies are the same to the byte, which most are and which needs no reading of JSON.
fn same([left, right]: &[Reply; 2]) -> bool {
    left.status == right.status
        && left.body == right.body
        && ["content-range", "content-type"].iter().all(|name| left.header(name) == right.header(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables() {
        for (left, right, same) in [
            ("a,b\n1,x", "a,b\n1,x", true),
            ("a,b\n1,x\n2,y", "a,b\n2,y\n1,x", true),
            ("a\n\"{\"\"x\"\":1}\"", "a\n\"{\"\"x\"\" : 1}\"", true),
            ("a\n\"{\"\"x\"\":1}\"", "a\n\"{\"\"x\"\":2}\"", false),
            ("a\n\"\"", "a\n", false),
            ("a\n\"x,\"\"y\"\"\n\"", "a\n\"x,\"\"y\"\"\n\"", true),
            (
                r#"a
"{""x"":""\\""y\\""""}""#,
                r#"a
"{""x"": ""\\""y\\""""}""#,
                true,
            ),
            ("a\n1.0", "a\n1", true),
            ("a\n1.5", "a\n1", false),
            ("a,b\n1,x", "a,b\n1,y", false),
        ] {
            assert_eq!(equal(&table(left), &table(right), false), same, "{left} | {right}");
        }
    }
}
