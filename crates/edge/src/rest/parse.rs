//! A query string becomes the levels, filters, sort terms and limits of a request. In: raw `key=value&…`. Out: a [`Query`].
//! Knows nothing of tables: names are checked in `plan::resolve`.

mod array;
mod builder;
mod field;
mod filter;
mod logic;
mod order;
pub(super) mod pairs;
pub(super) mod range;
mod scan;
mod select;
#[cfg(test)]
mod tests;

use backstay_plan::Refusal;
use backstay_plan::limits::Limits;
use backstay_plan::request::{Condition, Embed, Input, Item, Level};
use builder::Builder;
use filter::Place;
use logic::Join;
use range::BadRange;
use scan::{Fail, Scanner};
use std::borrow::Cow;

/// What a query string asks for.
#[derive(Debug)]
pub(super) struct Query {
    /// The root level: items, order, and every embed with its own filters, order and limits. Never limits of its own.
    pub(super) level: Level,
    /// Conditions on the root.
    pub(super) filter: Vec<Condition>,
    /// `limit` of the root.
    pub(super) limit: Option<i64>,
    /// `offset` of the root.
    pub(super) offset: Option<i64>,
    /// `columns`.
    pub(super) columns: Option<Vec<String>>,
    /// `on_conflict`.
    pub(super) on_conflict: Option<Vec<String>>,
    /// Arguments of an operation, in order; a key may come again.
    pub(super) arguments: Vec<(String, String)>,
    /// Values of the level and the filter.
    pub(super) inputs: Vec<Input>,
    /// Embeds that were addressed by target although they have an alias: `(target, alias)`, each once.
    pub(super) renamed: Vec<(String, String)>,
}

/// Why a query string cannot be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ParseError {
    /// It breaks the grammar (PGRST100).
    Syntax {
        /// What was read, where it broke off.
        message: String,
        /// What stood there and what was expected.
        details: String,
    },
    /// It asks for too much, or names an embed that is not there.
    Refused(Refusal),
    /// A limit leaves no rows.
    Range(BadRange),
}

/// How keys are told apart.
pub(super) enum Keys<'a> {
    /// Every key that is not reserved is a filter.
    Filters,
    /// Keys that name an argument, or whose value has no operator, are arguments.
    Arguments(&'a (dyn Fn(&str) -> bool + Sync)),
}

/// Parts of a query string, each with the name it has in messages.
#[derive(Debug, Clone, Copy)]
enum Part {
    Select,
    Filter,
    Order,
    LogicTree,
    LogicPath,
    TreePath,
    Columns,
    OnConflict,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Select => "select parameter",
            Self::Filter => "filter",
            Self::Order => "order",
            Self::LogicTree => "logic tree",
            Self::LogicPath => "logic path",
            Self::TreePath => "tree path",
            Self::Columns => "columns parameter",
            Self::OnConflict => "on_conflict parameter",
        }
    }
}

type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Reads a query string. The first `reserved` slots of the inputs are left to the caller.
pub(super) fn query(text: &str, keys: &Keys<'_>, reserved: usize, limits: &Limits) -> Result<Query, ParseError> {
    let mut pairs: Vec<Pair<'_>> = Vec::with_capacity(8);
    for pair in pairs::pairs(text) {
        let message =
            || ParseError::Syntax { message: "query string is not UTF-8".into(), details: "invalid byte".into() };
        pairs.push(pair.map_err(|_| message())?);
    }
    let mut reader = Reader {
        builder: Builder::new(limits, reserved),
        level: Level { items: vec![Item::All], ..Level::default() },
        filter: Vec::new(),
        limit: None,
        offset: None,
        arguments: Vec::new(),
        renamed: Vec::new(),
    };
    let (mut columns, mut on_conflict) = (None, None);
    let find = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    if let Some(text) = find("select") {
        reader.level.items = reader.part(Part::Select, text, 0, select::select)?;
    }
    for (part, target) in [(Part::Columns, &mut columns), (Part::OnConflict, &mut on_conflict)] {
        let name = if matches!(part, Part::Columns) { "columns" } else { "on_conflict" };
        if let Some(text) = find(name) {
            let read = |scanner: &mut Scanner<'_>, builder: &mut Builder<'_>| {
                let names = field::name_list(scanner)?;
                builder.check_columns(names.len());
                Ok(names)
            };
            *target = Some(reader.part(part, text, 0, read)?);
        }
    }
    let mut windows: Vec<EmbedWindow<'_>> = Vec::new();
    for (key, value) in &pairs {
        reader.pair(key, value, keys, &mut windows)?;
    }
    for window in windows {
        reader.embed_window(&window)?;
    }
    match reader.builder.take_breach() {
        Some(refusal) => Err(ParseError::Refused(refusal)),
        None => {
            let Reader { builder, level, filter, limit, offset, arguments, renamed } = reader;
            Ok(Query { level, filter, limit, offset, columns, on_conflict, arguments, inputs: builder.inputs, renamed })
        }
    }
}

/// `limit` and `offset` of one embed.
struct EmbedWindow<'a> {
    path: Vec<Cow<'a, str>>,
    limit: Option<i64>,
    offset: Option<i64>,
}

/// What has been read so far.
struct Reader<'l> {
    builder: Builder<'l>,
    level: Level,
    filter: Vec<Condition>,
    limit: Option<i64>,
    offset: Option<i64>,
    arguments: Vec<(String, String)>,
    renamed: Vec<(String, String)>,
}

impl<'l> Reader<'l> {
    /// Reads one pair.
    fn pair<'a>(
        &mut self,
        key: &'a str,
        value: &str,
        keys: &Keys<'_>,
        windows: &mut Vec<EmbedWindow<'a>>,
    ) -> Result<(), ParseError> {
        match key.rsplit('.').next().unwrap_or(key) {
            "order" => self.order(key, value),
            "and" => self.logic(key, value, "and", Join::And),
            "or" => self.logic(key, value, "or", Join::Or),
            "limit" | "offset" if !key.contains('.') => {
                let slot = if key == "limit" { &mut self.limit } else { &mut self.offset };
                *slot = range::number(value).or(*slot);
                Ok(())
            }
            last @ ("limit" | "offset") => {
                let mut path = self.part(Part::TreePath, key, 0, |scanner, _| field::name_path(scanner))?;
                path.pop();
                self.find_level(&path)?;
                let known = windows.iter().position(|window| window.path == path);
                let number = range::number(value);
                let at = known.unwrap_or(windows.len());
                if known.is_none() {
                    windows.push(EmbedWindow { path, limit: None, offset: None });
                }
                if let Some(window) = windows.get_mut(at) {
                    let slot = if last == "limit" { &mut window.limit } else { &mut window.offset };
                    *slot = number.or(*slot);
                }
                Ok(())
            }
            _ if matches!(key, "select" | "columns" | "on_conflict") => Ok(()),
            _ => self.filter(key, value, keys),
        }
    }

    fn filter(&mut self, key: &str, value: &str, keys: &Keys<'_>) -> Result<(), ParseError> {
        if let Keys::Arguments(is_argument) = keys
            && is_argument(key)
        {
            self.arguments.push((key.to_owned(), value.to_owned()));
            return Ok(());
        }
        let (path, field) = self.part(Part::TreePath, key, 0, |scanner, _| field::tree_path(scanner))?;
        let read = self.part(Part::Filter, value, 0, |scanner, builder| {
            let condition = filter::condition(scanner, field, Place::Parameter, builder)?;
            scanner.end("end of input")?;
            Ok(condition)
        });
        match (read, keys) {
            (Err(ParseError::Syntax { .. }), Keys::Arguments(_)) => {
                self.arguments.push((key.to_owned(), value.to_owned()));
                Ok(())
            }
            (Err(error), _) => Err(error),
            (Ok(condition), _) => {
                if path.is_empty() {
                    self.filter.push(condition);
                } else {
                    self.find_level(&path)?.filter.push(condition);
                }
                Ok(())
            }
        }
    }

    fn order(&mut self, key: &str, value: &str) -> Result<(), ParseError> {
        let mut path = self.part(Part::TreePath, key, 0, |scanner, _| field::name_path(scanner))?;
        path.pop();
        let terms = self.part(Part::Order, value, 0, |scanner, _| order::order(scanner))?;
        self.builder.check_order_terms(terms.len());
        let level = self.find_level(&path)?;
        if level.order.is_empty() {
            level.order = terms;
        }
        Ok(())
    }

    fn logic(&mut self, key: &str, value: &str, word: &str, join: Join) -> Result<(), ParseError> {
        let mut path = self.part(Part::LogicPath, key, 0, |scanner, _| field::name_path(scanner))?;
        path.pop();
        let names = path.len();
        path.retain(|name| name != "not");
        let negated = path.len() < names;
        let before = word.len().saturating_add(if negated { "not.".len() } else { 0 });
        let terms = self.part(Part::LogicTree, value, before, |scanner, builder| {
            let terms = logic::terms(scanner, 1, builder)?;
            scanner.end("end of input")?;
            Ok(terms)
        })?;
        let joined = join.of(terms);
        let condition = if negated { Condition::Not(Box::new(joined)) } else { joined };
        if path.is_empty() {
            self.filter.push(condition);
        } else {
            self.find_level(&path)?.filter.push(condition);
        }
        Ok(())
    }

    fn embed_window(&mut self, window: &EmbedWindow<'_>) -> Result<(), ParseError> {
        let bounds = range::window(window.limit, window.offset, None).map_err(ParseError::Range)?;
        let limit = bounds.limit.map(|limit| self.builder.keep(Input::Int(limit)));
        let offset = (bounds.first > 0).then(|| self.builder.keep(Input::Int(bounds.first)));
        let level = self.find_level(&window.path)?;
        (level.limit, level.offset) = (limit, offset);
        Ok(())
    }

    /// Runs one parser over one text. `before` characters are counted in front of it, as if they had been read.
    fn part<'a, T>(
        &mut self,
        part: Part,
        text: &'a str,
        before: usize,
        parse: impl FnOnce(&mut Scanner<'a>, &mut Builder<'l>) -> Result<T, Fail>,
    ) -> Result<T, ParseError> {
        let mut scanner = Scanner::new(text);
        let result = parse(&mut scanner, &mut self.builder);
        if let Some(refusal) = self.builder.take_breach() {
            return Err(ParseError::Refused(refusal));
        }
        result.map_err(|fail| {
            let (line, column) = scan::line_and_column(text, fail.at);
            let column = if line == 1 { column.saturating_add(before) } else { column };
            let found = match text.get(fail.at..).and_then(|rest| rest.chars().next()) {
                Some(letter) => format!("unexpected {:?}", letter.to_string()),
                None => "unexpected end of input".to_owned(),
            };
            ParseError::Syntax {
                message: format!("\"failed to parse {} ({text})\" (line {line}, column {column})", part.name()),
                details: format!("{found} expecting {}", fail.expecting),
            }
        })
    }

    /// The level that a path of embed names leads to: by alias, by target where there is no alias, or, where only one embed
    /// has it, by a target that has an alias (which is noted).
    fn find_level(&mut self, path: &[Cow<'_, str>]) -> Result<&mut Level, ParseError> {
        let Self { level, renamed, .. } = self;
        let mut level = level;
        for (depth, name) in path.iter().enumerate() {
            let position = position(&level.items, name, renamed).ok_or_else(|| {
                let from = depth
                    .checked_sub(1)
                    .and_then(|above| path.get(above))
                    .map_or_else(String::new, ToString::to_string);
                ParseError::Refused(Refusal::NotEmbedded { target: name.to_string(), from })
            })?;
            level = match level.items.get_mut(position) {
                Some(Item::Embed(embed)) => &mut embed.level,
                Some(Item::All | Item::Field { .. } | Item::CountRows { .. } | Item::Constant { .. }) | None => {
                    return Err(ParseError::Refused(Refusal::NotEmbedded {
                        target: name.to_string(),
                        from: String::new(),
                    }));
                }
            };
        }
        Ok(level)
    }
}

fn position(items: &[Item], name: &str, renamed: &mut Vec<(String, String)>) -> Option<usize> {
    fn embeds(items: &[Item]) -> impl Iterator<Item = (usize, &Embed)> {
        items.iter().enumerate().filter_map(|(at, item)| match item {
            Item::Embed(embed) => Some((at, embed)),
            Item::All | Item::Field { .. } | Item::CountRows { .. } | Item::Constant { .. } => None,
        })
    }
    let exact = embeds(items).find(|(_, embed)| embed.alias.as_deref().unwrap_or(embed.target.name()) == name);
    if let Some((at, _)) = exact {
        return Some(at);
    }
    let mut by_target = embeds(items).filter(|(_, embed)| embed.target.name() == name);
    let (at, embed) = by_target.next().filter(|_| by_target.next().is_none())?;
    let pair = (embed.target.name().to_owned(), embed.alias.clone().unwrap_or_default());
    if !renamed.contains(&pair) {
        renamed.push(pair);
    }
    Some(at)
}
