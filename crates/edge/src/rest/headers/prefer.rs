//! `Prefer`: tokens in one or more headers, the first of each kind counts, and those in effect are echoed.

use crate::fault::{Fault, code};
use http::{HeaderMap, HeaderName};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// What a write answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum Return {
    /// Nothing.
    Minimal,
    /// The rows.
    Representation,
    /// The place of the new row.
    HeadersOnly,
}

/// How rows are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum Count {
    /// Exactly.
    Exact,
    /// By the database's guess; exact here.
    Planned,
    /// Exactly up to a bound; exact here.
    Estimated,
}

/// What happens on a key conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum Duplicates {
    /// The row that is there takes the new values.
    Merge,
    /// The row that is there stays.
    Ignore,
}

/// What an absent member becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum Missing {
    /// The column's default.
    Default,
    /// NULL.
    Null,
}

/// How the transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum Transaction {
    /// What it did is kept.
    Commit,
    /// What it did is thrown away.
    Rollback,
}

/// What becomes of unknown preferences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rest) enum Handling {
    /// They are refused.
    Strict,
    /// They do not count.
    Lenient,
}

/// The preferences of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::rest) struct Preferences {
    /// `resolution=`.
    pub(in crate::rest) duplicates: Option<Duplicates>,
    /// `missing=`.
    pub(in crate::rest) missing: Option<Missing>,
    /// `return=`.
    pub(in crate::rest) returns: Option<Return>,
    /// `count=`.
    pub(in crate::rest) count: Option<Count>,
    /// `tx=`, where the server allows it.
    pub(in crate::rest) transaction: Option<Transaction>,
    /// `handling=`.
    pub(in crate::rest) handling: Option<Handling>,
    /// `max-affected=`.
    pub(in crate::rest) affected_max: Option<u64>,
    unknown: Vec<String>,
}

impl Preferences {
    /// Reads every `Prefer` header. `tx=` counts only where `transactions` are the client's to end.
    pub(in crate::rest) fn read(headers: &HeaderMap, transactions: bool) -> Self {
        let mut found = Self::default();
        for value in headers.get_all(PREFER) {
            let text = String::from_utf8_lossy(value.as_bytes());
            for token in text.split(',').map(str::trim).filter(|token| !token.is_empty()) {
                found.token(token, transactions);
            }
        }
        found
    }

    fn token(&mut self, token: &str, transactions: bool) {
        fn first<T>(slot: &mut Option<T>, value: T) {
            slot.get_or_insert(value);
        }
        match token {
            "resolution=merge-duplicates" => first(&mut self.duplicates, Duplicates::Merge),
            "resolution=ignore-duplicates" => first(&mut self.duplicates, Duplicates::Ignore),
            "missing=default" => first(&mut self.missing, Missing::Default),
            "missing=null" => first(&mut self.missing, Missing::Null),
            "return=minimal" => first(&mut self.returns, Return::Minimal),
            "return=representation" => first(&mut self.returns, Return::Representation),
            "return=headers-only" => first(&mut self.returns, Return::HeadersOnly),
            "count=exact" => first(&mut self.count, Count::Exact),
            "count=planned" => first(&mut self.count, Count::Planned),
            "count=estimated" => first(&mut self.count, Count::Estimated),
            "tx=commit" if transactions => first(&mut self.transaction, Transaction::Commit),
            "tx=rollback" if transactions => first(&mut self.transaction, Transaction::Rollback),
            "tx=commit" | "tx=rollback" => {}
            "handling=strict" => first(&mut self.handling, Handling::Strict),
            "handling=lenient" => first(&mut self.handling, Handling::Lenient),
            _ => match token.split_once('=') {
                Some(("max-affected", number)) => {
                    if let Ok(number) = number.trim().parse() {
                        first(&mut self.affected_max, number);
                    }
                }
                Some(("timezone", _)) => {}
                Some(_) | None => self.unknown.push(token.to_owned()),
            },
        }
    }

    /// Refuses unknown preferences where the client wants that.
    pub(in crate::rest) fn check(&self) -> Result<(), Fault> {
        if self.handling != Some(Handling::Strict) || self.unknown.is_empty() {
            return Ok(());
        }
        Err(Fault::new(code::PREFERENCES, "Invalid preferences given with handling=strict")
            .details(format!("Invalid preferences: {}", self.unknown.join(", "))))
    }

    /// Whether rows are to be returned.
    pub(in crate::rest) fn wants_rows(&self) -> bool {
        self.returns == Some(Return::Representation)
    }

    /// Most rows that may be affected; counts with strict handling only.
    pub(in crate::rest) fn affected_max(&self) -> Option<u64> {
        self.affected_max.filter(|_| self.handling == Some(Handling::Strict))
    }

    /// The preferences in effect, as `Preference-Applied` has them; `None` when there is none.
    pub(in crate::rest) fn applied(&self, scope: Scope) -> Option<String> {
        let duplicates = self.duplicates.filter(|_| scope.duplicates).map(|duplicates| match duplicates {
            Duplicates::Merge => "resolution=merge-duplicates",
            Duplicates::Ignore => "resolution=ignore-duplicates",
        });
        let missing = self.missing.filter(|_| scope.missing).map(|missing| match missing {
            Missing::Default => "missing=default",
            Missing::Null => "missing=null",
        });
        let returns = self.returns.filter(|_| scope.returns).map(|returns| match returns {
            Return::Minimal => "return=minimal",
            Return::Representation => "return=representation",
            Return::HeadersOnly => "return=headers-only",
        });
        let count = self.count.map(|count| match count {
            Count::Exact => "count=exact",
            Count::Planned => "count=planned",
            Count::Estimated => "count=estimated",
        });
        let transaction = self.transaction.map(|transaction| match transaction {
            Transaction::Commit => "tx=commit",
            Transaction::Rollback => "tx=rollback",
        });
        let handling = self.handling.map(|handling| match handling {
            Handling::Strict => "handling=strict",
            Handling::Lenient => "handling=lenient",
        });
        let mut applied: Vec<String> = [duplicates, missing, returns, count, transaction, handling]
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect();
        applied.extend(self.affected_max().filter(|_| scope.affected_max).map(|max| format!("max-affected={max}")));
        (!applied.is_empty()).then(|| applied.join(", "))
    }
}

/// Which preferences have an effect on a kind of request. `count`, `tx` and `handling` always have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::rest) struct Scope {
    /// `resolution`: an insert that can collide.
    pub(in crate::rest) duplicates: bool,
    /// `missing`: an insert or update.
    pub(in crate::rest) missing: bool,
    /// `return`: a write.
    pub(in crate::rest) returns: bool,
    /// `max-affected`: an update, delete or call.
    pub(in crate::rest) affected_max: bool,
}
