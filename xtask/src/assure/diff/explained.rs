//! What is known to differ, each with its reason in the documentation. A difference that no row knows is a failure.

use super::compare::{Body, Exchange, Explained};

/// Databases of ours, the other one left and PostgreSQL right: `docs/databases.md`.
pub(super) const STORES: &[Explained] = &[
    Explained { what: "which of several mistakes is told", applies: |e| several(e.left.code(), e.right.code()) },
    Explained {
        what: "text of a JSON value",
        applies: |e| is_csv(e) && e.left.status < 300 && e.right.status < 300 && e.request.target.contains('('),
    },
];

/// PostgREST 12 left, ours right: `docs/differences-from-postgrest.md` has a row for each.
pub(super) const POSTGREST: &[Explained] = &[
    Explained {
        what: "an Accept that nobody serves",
        applies: |e| e.left.status == 415 && e.left.code() == "PGRST107" && e.right.status == 406,
    },
    Explained {
        what: "a relation that is not there",
        applies: |e| e.left.status == 404 && ["42P01", ""].contains(&e.left.code()) && e.right.code() == "PGRST205",
    },
    Explained {
        what: "whether an embed of aggregates is there",
        applies: |e| {
            let target = &e.request.target;
            let asks = target.contains("!inner(") || target.contains("is.null");
            e.left.status < 300 && e.right.status < 300 && asks && aggregates(e)
        },
    },
    Explained {
        what: "the total of groups",
        applies: |e| {
            total(e.left.range.as_deref()) != total(e.right.range.as_deref()) && aggregates(e) && e.same_body()
        },
    },
    Explained {
        what: "groups by lists or JSON, by one name twice, and embeds without columns beside aggregates",
        applies: |e| {
            ["42803", "42704", "42702", "42703", "42883"].contains(&e.left.code())
                && e.right.code() != e.left.code()
                && aggregates(e)
        },
    },
    Explained {
        what: "which groups a page has when no order is asked for",
        applies: |e| {
            let target = &e.request.target;
            let paged = target.contains("limit=") || e.request.headers.iter().any(|(name, _)| *name == "Range");
            e.left.status < 300
                && e.left.status == e.right.status
                && aggregates(e)
                && paged
                && !target.contains("order=")
        },
    },
    Explained {
        what: "a limit that is no number",
        applies: |e| e.request.bent && e.request.target.contains("limit==") && e.left.status < 300,
    },
    Explained {
        what: "several spreads of one table",
        applies: |e| e.left.code() == "42712" && e.request.target.contains("..."),
    },
    Explained {
        what: "limit=0 with an offset",
        applies: |e| {
            e.left.code() == "PGRST103" && e.right.code() != "PGRST103" && e.request.target.contains("limit=0")
        },
    },
    Explained {
        what: "a list or an instant cast to text",
        applies: |e| {
            e.left.status < 300
                && e.right.status < 300
                && ["tags::text", "scores::text", "added_at::text"].iter().any(|cast| e.request.target.contains(cast))
        },
    },
    Explained {
        what: "CSV without rows",
        applies: |e| matches!(&e.left.body, Body::Text(text) if text.trim().is_empty()) && is_csv(e),
    },
    Explained {
        what: "CSV with one column twice",
        applies: |e| {
            is_csv(e)
                && e.left.status < 300
                && e.right.status < 300
                && e.left.range == e.right.range
                && twice(&e.left.body)
        },
    },
    Explained { what: "which of several mistakes is told", applies: |e| several(e.left.code(), e.right.code()) },
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
        applies: |e| e.request.method == "PATCH" && e.request.body == "{}" && e.left.status < 300,
    },
    Explained {
        what: "in on a column of lists",
        applies: |e| e.left.code() == "42704" && e.left.member("message").contains("array type"),
    },
    Explained {
        what: "an embed with limit=0 that it fails on",
        applies: |e| e.left.status == 500 && e.request.target.contains(".limit=0"),
    },
    Explained {
        what: "CSV with embeds",
        applies: |e| is_csv(e) && e.left.status < 300 && e.right.status < 300 && e.request.target.contains('('),
    },
    Explained {
        what: "limits of an embed of one row",
        applies: |e| {
            let target = &e.request.target;
            e.left.status < 300 && e.right.status < 300 && (target.contains(".offset=") || target.contains(".limit="))
        },
    },
    Explained {
        what: "one row merged twice",
        applies: |e| e.left.code() == "21000" && (e.right.code() == "21000" || e.right.code().starts_with("23")),
    },
    Explained {
        what: "sums of times of day",
        applies: |e| e.right.code() == "42883" && e.right.member("message").contains("(time)"),
    },
    Explained {
        what: "regular expressions beyond the common ones",
        applies: |e| {
            [e.left.code(), e.right.code()].contains(&"2201B")
                || (e.request.bent && e.request.target.contains("match."))
        },
    },
    Explained {
        what: "odd spellings of dates and times",
        applies: |e| e.left.status < 300 && ["22007", "22008"].contains(&e.right.code()) && e.request.bent,
    },
    Explained {
        what: "what follows a whole select",
        applies: |e| e.request.bent && e.right.code() == "PGRST100" && e.left.code() != "PGRST100",
    },
];

fn aggregates(exchange: &Exchange<'_>) -> bool {
    ["count()", "sum()", "avg()", "min()", "max()"].iter().any(|name| exchange.request.target.contains(name))
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

/// Whether two codes tell of different mistakes; values and constraints are looked at in the order of the database's choice.
fn several(left: &str, right: &str) -> bool {
    match (stage(left), stage(right)) {
        (Some(left), Some(right)) => left != right || left >= 8,
        _ => false,
    }
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
        documented(STORES, "databases.md");
        documented(POSTGREST, "differences-from-postgrest.md");
    }

    #[test]
    fn several_mistakes() {
        for (left, right, expected) in [
            ("22P02", "42703", true),
            ("22P02", "22007", true),
            ("23505", "23502", true),
            ("42703", "42883", false),
            ("PGRST200", "PGRST201", false),
            ("PGRST100", "", false),
        ] {
            assert_eq!(several(left, right), expected, "{left} {right}");
        }
    }
}
