//! What is known to differ, each with its reason in the documentation. A difference that no row knows is a failure.

use super::compare::{Answer, Body, Exchange, Explained};
use super::tables::{TABLES, table};
use serde_json::json;

/// Our SQLite left and our PostgreSQL right: `docs/databases.md`.
pub(super) const SQLITE: &[Explained] = &[GROUPS_OF_LISTS, FOUND_ORDER, STRIPPED];

/// Our MariaDB left and our PostgreSQL right: `docs/databases.md`.
pub(super) const MARIADB: &[Explained] = &[GROUPS_OF_LISTS, FOUND_ORDER, STRIPPED];

/// What must show itself once more, by requests with fewer mistakes.
pub(super) const SEVERAL: Explained =
    Explained { what: "which of several mistakes is told", applies: |e| several([e.left.code(), e.right.code()]) };

const FOUND_ORDER: Explained = Explained {
    what: "order of the rows that a `PATCH` or `DELETE` answers",
    applies: |e| {
        ["PATCH", "DELETE"].contains(&e.request.method) && answered(e) && e.left.range == e.right.range && e.same_body()
    },
};

/// One of the two stays where rows are groups, and PostgreSQL takes the last.
const STRIPPED: Explained = Explained {
    what: "one name twice, and nulls stripped",
    applies: |e| {
        let stripped = e.request.headers.iter().any(|(_, value)| value.ends_with("nulls=stripped"));
        stripped && answered(e) && e.left.range == e.right.range && e.request.target.matches("x:").count() > 1
    },
};

/// Groups come by their keys, and lists of rows are keys where they are embedded beside an aggregate.
const GROUPS_OF_LISTS: Explained = Explained {
    what: "order of arrays inside JSON values",
    applies: |e| {
        let paged = e.request.headers.iter().any(|(name, _)| *name == "Range");
        e.left.status == e.right.status
            && e.left.range == e.right.range
            && aggregates(e)
            && has_embeds(e)
            && (paged && answered(e) || e.same_body())
    },
};

/// PostgREST 12 left, ours right: `docs/differences-from-postgrest.md` has a row for each.
pub(super) const POSTGREST: &[Explained] = &[
    Explained {
        what: "an Accept that nobody serves",
        applies: |e| told(e.left, 415, "PGRST107") && told(e.right, 406, "PGRST107"),
    },
    Explained {
        what: "a relation that is not there",
        applies: |e| {
            let path = e.request.target.trim_start_matches('/').split('?').next().unwrap_or_default();
            let unknown = !TABLES.iter().any(|table| table.name == path);
            let told_there = told(e.left, 404, "42P01") || told(e.left, 404, "") || told(e.left, 400, "PGRST200");
            unknown && told_there && told(e.right, 404, "PGRST205")
        },
    },
    Explained {
        what: "whether an embed of aggregates is there",
        applies: |e| {
            // One object is too few or too many rows for the other.
            let read = is_read(e.left) && is_read(e.right);
            read && levels(e).iter().any(|level| level.aggregates && level.chooses)
        },
    },
    Explained {
        what: "the total of groups",
        applies: |e| {
            // The rows of a table may reach to where its groups do not.
            let past = told(e.right, 416, "PGRST103") && e.left.status == 206 && e.left.body == Body::Json(json!([]));
            let totals = total(e.left.range.as_deref()) != total(e.right.range.as_deref());
            totals && aggregates(e) && (past || e.same_body())
        },
    },
    Explained {
        what: "groups by lists or JSON, by one name twice, and embeds without columns beside aggregates",
        applies: |e| {
            let told_there = ["42803", "42704", "42702", "42703", "42883"].contains(&e.left.code());
            // What is refused here is that sums of times of day are no times of day.
            let time = told(e.right, 404, "42883") && e.right.member("message").contains("(time)");
            told_there && (is_read(e.right) || time) && aggregates(e)
        },
    },
    Explained {
        what: "which groups a page has when no order is asked for",
        applies: |e| {
            let target = &e.request.target;
            let paged = target.contains("limit=") || e.request.headers.iter().any(|(name, _)| *name == "Range");
            answered(e)
                && shown(e.left.range.as_deref()) == shown(e.right.range.as_deref())
                && aggregates(e)
                && paged
                && !target.contains("&order=")
        },
    },
    Explained {
        what: "a limit that is no number",
        applies: |e| {
            e.request.bent_from.is_some()
                && no_number(&e.request.target)
                && (e.left.status < 300 || e.left.code() == "PGRST103")
        },
    },
    Explained {
        what: "several spreads of one table",
        applies: |e| told(e.left, 400, "42712") && is_read(e.right) && e.request.target.contains("..."),
    },
    Explained {
        what: "limit=0 with an offset",
        applies: |e| told(e.left, 416, "PGRST103") && is_read(e.right) && e.request.target.contains("limit=0"),
    },
    Explained {
        what: "a list or an instant cast to text",
        applies: |e| {
            // Of groups, the total is another one, too.
            let same = e.left.range == e.right.range
                || aggregates(e) && shown(e.left.range.as_deref()) == shown(e.right.range.as_deref());
            answered(e)
                && same
                && ["tags::text", "scores::text", "added_at::text"].iter().any(|cast| e.request.target.contains(cast))
        },
    },
    Explained {
        what: "CSV without rows",
        applies: |e| matches!(&e.left.body, Body::Text(text) if text.trim().is_empty()) && is_csv(e),
    },
    Explained {
        what: "CSV with one column twice",
        // Of groups, the total is another one, too.
        applies: |e| {
            let same = e.left.range == e.right.range
                || aggregates(e) && shown(e.left.range.as_deref()) == shown(e.right.range.as_deref());
            is_csv(e) && answered(e) && same && twice(&e.left.body)
        },
    },
    Explained {
        what: "a list that is spread into a CSV",
        applies: |e| {
            let spread = ["tags)", "scores)"].iter().any(|end| {
                e.request
                    .target
                    .split("...")
                    .skip(1)
                    .any(|rest| rest.split_inclusive(')').next().is_some_and(|item| item.ends_with(end)))
            });
            is_csv(e) && answered(e) && e.left.range == e.right.range && spread
        },
    },
    Explained {
        what: "full text in another language than the field's",
        applies: |e| {
            let unknown = e.left.member("message").starts_with("text search configuration");
            told(e.left, 400, "42704") && unknown && told(e.right, 400, "PGRST127") && asks_words(e)
        },
    },
    Explained {
        what: "a word that an enum does not have",
        applies: |e| e.right.code() == "22P02" && e.right.member("message").contains("for enum"),
    },
    Explained {
        what: "a value that does not fit, where no row is written",
        applies: |e| {
            let none = e.left.range.as_deref().is_some_and(|range| range.starts_with("*/"));
            let code = e.right.code();
            e.request.method == "PATCH" && e.left.status < 300 && none && (code.starts_with("22") || code == "23502")
        },
    },
    Explained {
        what: "an empty PATCH",
        applies: |e| {
            e.request.method == "PATCH" && e.request.body == "{}" && e.left.status < 300 && e.right.status == 400
        },
    },
    Explained {
        what: "in on a column of lists",
        applies: |e| {
            // What is no list at all is told there, too.
            let told_here = is_read(e.right) || told(e.right, 400, "22P02");
            told(e.left, 400, "42704") && e.left.member("message").contains("array type") && told_here
        },
    },
    Explained {
        what: "what it fails on: an embed with limit=0, a percent sign without digits, an embed with an empty limit",
        applies: |e| {
            let target = &e.request.target;
            let asked = target.contains(".limit=0") || target.contains("limit=&") || target.contains("%&");
            e.left.status == 500 && e.left.code() == "" && e.right.status < 500 && asked
        },
    },
    Explained { what: "a deadlock of two writes", applies: |e| told(e.left, 500, "40P01") },
    Explained {
        what: "groups by a part of a list",
        applies: |e| {
            let groups = |answer: &Answer| shown(answer.range.as_deref())?.split_once('-')?.1.parse::<u32>().ok();
            let more = groups(e.left).zip(groups(e.right)).is_some_and(|(left, right)| left > right);
            answered(e) && aggregates(e) && e.request.target.contains("tags-%3E0") && more
        },
    },
    Explained {
        what: "a column named count that is not there",
        applies: |e| {
            let missing = told(e.right, 400, "42703") && e.right.member("message").ends_with(".count does not exist");
            told(e.left, 400, "42803") && missing
        },
    },
    Explained {
        what: "order of the columns of a CSV, and its instants",
        applies: |e| is_csv(e) && answered(e) && e.left.range == e.right.range && e.same_columns(),
    },
    Explained {
        what: "limits of an embed of one row",
        applies: |e| {
            let read = is_read(e.left) && is_read(e.right);
            read && levels(e).iter().any(|level| level.to_one && level.limited)
        },
    },
    STRIPPED,
    Explained {
        what: "a cast to a word of SQL, or to what begins with a digit",
        // A column that is not there is told before the type.
        applies: |e| {
            let type_or_column = told(e.right, 400, "42704") || told(e.right, 400, "42703");
            let no_word = ["syntax error", "trailing junk"].iter().any(|s| e.left.member("message").starts_with(s));
            told(e.left, 400, "42601") && no_word && type_or_column
        },
    },
    Explained {
        what: "an empty select of a write",
        applies: |e| {
            let target = &e.request.target;
            let empty = target.ends_with("select=") || target.contains("select=&");
            e.request.method != "GET" && empty && answered(e) && e.left.range == e.right.range
        },
    },
    Explained {
        what: "limits of an embed that parents are chosen by",
        applies: |e| {
            // One object is too few or too many rows for the other.
            let read = is_read(e.left) && is_read(e.right);
            read && levels(e).iter().any(|level| level.chooses && level.may_be_empty && !level.to_one)
        },
    },
    Explained {
        what: "one row merged twice",
        applies: |e| told(e.left, 400, "21000") && (told(e.right, 500, "21000") || e.right.code().starts_with("23")),
    },
    Explained {
        what: "sums of times of day",
        applies: |e| e.left.status < 300 && told(e.right, 404, "42883") && e.right.member("message").contains("(time)"),
    },
    Explained {
        what: "regular expressions beyond the common ones",
        applies: |e| {
            let codes = [e.left.code(), e.right.code()];
            let read = ["", "PGRST103", "PGRST116"].iter().any(|code| codes.contains(code));
            codes.contains(&"2201B") && read && e.request.target.contains("match.")
        },
    },
    Explained {
        what: "odd spellings of dates and times",
        applies: |e| {
            let read = is_read(e.left) || ["22007", "22008", "22009", "22023"].contains(&e.left.code());
            e.request.bent_from.is_some() && read && ["22007", "22008"].contains(&e.right.code())
        },
    },
    Explained {
        what: "bytes that are no hexadecimal digits",
        applies: |e| {
            let told_there = told(e.left, 400, "22023") && e.left.member("message").starts_with("invalid hexadecimal");
            told_there && told(e.right, 400, "22P02")
        },
    },
    Explained {
        what: "a whole number with an exponent under `missing=default`",
        applies: |e| {
            let asked = e.request.headers.iter().any(|(_, value)| value.contains("missing=default"));
            let written = e.request.body.contains("e+20") && e.right.member("message").contains("e+20");
            asked && written && told(e.left, 400, "22003") && told(e.right, 400, "22P02")
        },
    },
    Explained {
        what: "a hint that begins with `left` or `inner`",
        applies: |e| {
            let target = &e.request.target;
            let begins = ["!left", "!inner"].iter().any(|join| {
                let mut after = target.split(join).skip(1).filter_map(|rest| rest.chars().next());
                after.any(|character| character.is_ascii_alphanumeric())
            });
            begins && told(e.left, 400, "PGRST100") && e.right.code().starts_with("PGRST20")
        },
    },
    Explained {
        what: "a column that is not there, cast to a type that is not there",
        applies: |e| {
            let no_type = told(e.left, 400, "42704") && e.left.member("message").starts_with("type ");
            no_type && told(e.right, 400, "42703") && e.request.bent_from.is_some()
        },
    },
    Explained {
        what: "what follows a whole select",
        applies: |e| e.request.bent_from.is_some() && e.right.code() == "PGRST100" && e.left.code() != "PGRST100",
    },
];

fn told(answer: &Answer, status: u16, code: &str) -> bool {
    answer.status == status && answer.code() == code
}

/// Whether rows were read, though they may be too many or too few for one object.
fn is_read(answer: &Answer) -> bool {
    answer.status < 300 || told(answer, 406, "PGRST116")
}

/// Whether both answered with success: 200 or 206, by how many rows there are.
fn answered(exchange: &Exchange<'_>) -> bool {
    exchange.left.status < 300 && exchange.right.status < 300
}

/// What an embed of a request asks for, its own embeds apart.
#[derive(Debug, Default, PartialEq)]
struct Level {
    to_one: bool,
    aggregates: bool,
    /// Whether parents are chosen by it.
    chooses: bool,
    limited: bool,
    /// Whether limits may leave nothing of it.
    may_be_empty: bool,
}

/// The embeds of a request, of every depth.
fn levels(exchange: &Exchange<'_>) -> Vec<Level> {
    levels_of(&exchange.request.target)
}

fn levels_of(target: &str) -> Vec<Level> {
    let select = target.split_once("select=").map_or("", |(_, rest)| rest.split('&').next().unwrap_or_default());
    let (mut open, mut done, mut word) = (Vec::<(Level, String)>::new(), Vec::new(), String::new());
    let root = target.trim_start_matches('/').split('?').next().unwrap_or_default();
    let mut tables = vec![TABLES.iter().find(|table| table.name == root)];
    for character in select.chars() {
        match character {
            // `count()` has parentheses and is no embed.
            '(' if AGGREGATES.iter().any(|name| word == *name || word.ends_with(&format!(".{name}"))) => {
                if let Some((level, _)) = open.last_mut() {
                    level.aggregates = true;
                }
                open.push((Level::default(), String::new()));
            }
            '(' => {
                let (alias, named) = word.split_once(':').unwrap_or(("", &word));
                let named = named.trim_start_matches("...");
                let inner = named.ends_with("!inner");
                let way = named.trim_end_matches("!inner").trim_end_matches("!left");
                let from = tables.last().copied().flatten();
                let embed = from.and_then(|from| from.embeds.iter().find(|embed| embed.target == way));
                let to_one = embed.is_some_and(|embed| embed.to_one);
                tables.push(embed.map(|embed| table(embed.to)));
                let has = |test: &str| !alias.is_empty() && target.contains(&format!("{alias}{test}"));
                let chooses = inner || has("=is.null") || has("=not.is.null");
                let may_be_empty = has(".offset=") || has(".limit=0");
                let limited = may_be_empty || has(".limit=");
                open.push((Level { to_one, chooses, limited, may_be_empty, aggregates: false }, word.clone()));
            }
            ')' => {
                if let Some((level, _)) = open.pop().filter(|(_, word)| !word.is_empty()) {
                    tables.pop();
                    done.push(level);
                }
            }
            ',' => {}
            _ => {
                word.push(character);
                continue;
            }
        }
        word.clear();
    }
    done
}

const AGGREGATES: &[&str] = &["count", "sum", "avg", "min", "max"];

fn aggregates(exchange: &Exchange<'_>) -> bool {
    AGGREGATES.iter().any(|name| exchange.request.target.contains(&format!("{name}()")))
}

fn has_embeds(exchange: &Exchange<'_>) -> bool {
    exchange.request.target.contains("e1:")
}

fn asks_words(exchange: &Exchange<'_>) -> bool {
    exchange.request.target.contains("fts(")
}

fn shown(range: Option<&str>) -> Option<&str> {
    range?.split('/').next()
}

fn total(range: Option<&str>) -> Option<&str> {
    range?.rsplit_once('/').map(|(_, total)| total)
}

fn is_csv(exchange: &Exchange<'_>) -> bool {
    exchange.request.headers.iter().any(|(_, value)| value == "text/csv")
}

/// What is looked at when, by the code that tells of it. A request with mistakes of two kinds is refused for the one or the other.
fn stage(code: &str) -> Option<u8> {
    Some(match code {
        "PGRST100" => 0,
        "PGRST103" => 1,
        "PGRST107" => 2,
        "PGRST102" => 3,
        "PGRST205" | "42P01" => 4,
        "PGRST108" | "PGRST200" | "PGRST201" => 5,
        "PGRST204" | "42P10" => 6,
        "42703" | "42704" | "42846" | "42803" | "42883" | "42702" | "42712" => 7,
        _ if code.starts_with("22") => 8,
        "21000" => 9,
        _ if code.starts_with("23") => 9,
        _ => return None,
    })
}

/// Whether two codes tell of mistakes that are looked at together, so that one mistake might be told by either.
pub(super) fn of_one_kind([left, right]: [&str; 2]) -> bool {
    let same = stage(left) == stage(right);
    same || [left, right].iter().all(|code| stage(code).is_some_and(|stage| (6..=7).contains(&stage)))
}

/// Whether two codes may tell of different mistakes.
fn several([left, right]: [&str; 2]) -> bool {
    left != right && stage(left).is_some() && stage(right).is_some()
}

/// Whether a limit is no number.
fn no_number(target: &str) -> bool {
    target.split("limit=").skip(1).any(|rest| rest.split('&').next().is_some_and(|limit| limit.parse::<i64>().is_err()))
}

/// Whether a table has a column of one name twice.
fn twice(body: &Body) -> bool {
    let Body::Text(text) = body else { return false };
    let mut names: Vec<&str> = text.lines().next().unwrap_or_default().split(',').collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    names.len() < all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell;

    #[track_caller]
    fn documented(rows: &[Explained], page: &str) {
        let text = std::fs::read_to_string(shell::root().join("docs").join(page)).unwrap();
        for row in rows {
            let cell = format!("| {} ", row.what);
            assert!(text.contains(&cell), "docs/{page} has no row `{}`", row.what);
        }
    }

    #[test]
    fn every_row_is_documented() {
        documented(SQLITE, "databases.md");
        documented(MARIADB, "databases.md");
        documented(POSTGREST, "differences-from-postgrest.md");
        documented(&[SEVERAL], "databases.md");
        documented(&[SEVERAL], "differences-from-postgrest.md");
    }

    #[test]
    fn levels_of_a_request() {
        let level = Level::default();
        for (target, expected) in [
            ("/books?select=id,count()", vec![]),
            (
                "/books?select=e1:authors!inner(id.max(),x:id)",
                vec![Level { chooses: true, aggregates: true, to_one: true, ..level }],
            ),
            (
                "/books?select=e1:shelves(e2:books())&e1.e2.limit=1&e1=is.null",
                vec![
                    Level { limited: true, chooses: false, ..Level::default() },
                    Level { chooses: true, ..Level::default() },
                ],
            ),
        ] {
            assert_eq!(levels_of(target), expected, "{target}");
        }
    }

    #[test]
    fn several_mistakes() {
        for (left, right, expected, one_kind) in [
            ("22P02", "42703", true, false),
            ("22P02", "22007", true, true),
            ("42703", "PGRST204", true, true),
            ("PGRST200", "PGRST201", true, true),
            ("PGRST100", "", false, false),
            ("22P02", "22P02", false, true),
        ] {
            assert_eq!(several([left, right]), expected, "{left} {right}");
            assert_eq!(of_one_kind([left, right]), one_kind, "{left} {right}");
        }
    }
}
