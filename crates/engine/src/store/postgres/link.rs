//! One connection: how it is set up, its prepared statements, and statements run on it.

use super::Settings;
use super::address::Address;
use super::tls::Tls;
use super::value::argument;
use crate::Failure;
use crate::store::Slotted;
use crate::store::verdict::Touched;
use backstay_compile::statement::{Limit, Sql};
use backstay_plan::value::Value;
use quick_cache::sync::Cache;
use std::borrow::Cow;
use std::time::Duration;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Config, Error, RowStream, Statement};
use tokio_util::sync::CancellationToken;

/// Prepared statements kept by one connection.
const STATEMENTS_MAX: usize = 512;
/// Longest wait for the connection to be made and set up.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Silence after which the system asks whether the server is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// What every session is set to: how values are written, in which order rows of several sources come, and that no statement is
/// compiled to machine code: for one of many small embeds that takes a second, whatever it reads.
const SESSION: &str = "-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c extra_float_digits=1 \
                       -c standard_conforming_strings=on -c enable_parallel_append=off -c jit=off -c client_min_messages=warning";
/// The same for poolers, which take no options at the start of a session but keep these two apart for each client.
const POOLED_SESSION: &str = "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'";
/// What a pooler does not keep apart: set anew in each transaction.
pub(super) const POOLED_TRANSACTION: &str = "SET LOCAL bytea_output = hex; SET LOCAL extra_float_digits = 1; SET LOCAL enable_parallel_append = off; \
     SET LOCAL jit = off; SET LOCAL client_min_messages = warning";

/// Longest pause between two statements of a transaction, ms. A server that no longer hears of a node ends its transaction then:
/// its locks would hold up everybody else until the system gives the connection up.
pub(super) const PAUSE_MAX_MS: u32 = 2_000;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Reads, several at once. The server refuses anything else.
    Reads,
    /// One transaction at a time.
    Transactions,
    /// News of other nodes.
    News,
}

/// A name for a statement: which compiled plan, and which step of it.
pub(super) type Name = (u64, u16);

/// The limits that stand in the text of a prepared statement. The server plans a statement once for all values only where that
/// costs no more, and where it does not know a limit it reckons with a tenth of all rows: it would plan such a read each time.
type Limits = Vec<Option<u64>>;

/// A connection.
pub(super) struct Link {
    client: Client,
    statements: Cache<(Name, Limits), Statement>,
    prepares: bool,
    ended: CancellationToken,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Link").field("closed", &self.client.is_closed()).finish_non_exhaustive()
    }
}

/// A statement and its values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Its name.
    pub(super) name: Name,
    /// Its text.
    pub(super) sql: &'a Sql,
    /// Its parameters.
    pub(super) params: &'a [Slotted],
    /// The row being written.
    pub(super) row: &'a [Value],
    /// The rows touched so far.
    pub(super) touched: &'a Touched,
}

/// Something that the server says without being asked.
pub(super) type OnNews = Box<dyn Fn(&str) + Send>;

impl Link {
    /// Connects, until `ended` says that the connection is of no use. `news` is called with what other nodes tell.
    ///
    /// # Errors
    /// Why the server cannot be reached, in words.
    pub(super) async fn open(
        address: &Address,
        settings: &Settings,
        used: Use,
        (news, ended): (OnNews, CancellationToken),
    ) -> Result<Self, String> {
        let opening = Self::open_unhurried(address, settings, used, (news, ended));
        match tokio::time::timeout(CONNECT_MAX, opening).await {
            Ok(opened) => opened,
            Err(_) => Err(format!("no answer from {address} within {} s", CONNECT_MAX.as_secs())),
        }
    }

    async fn open_unhurried(
        address: &Address,
        settings: &Settings,
        used: Use,
        (news, ended): (OnNews, CancellationToken),
    ) -> Result<Self, String> {
        let mut config = Config::clone(&address.config);
        config.keepalives_idle(KEEPALIVE).connect_timeout(CONNECT_MAX).tcp_user_timeout(KEEPALIVE);
        if settings.prepares {
            let mut options = config.get_options().map_or_else(String::new, |own| format!("{own} "));
            options.push_str(SESSION);
            if used != Use::News {
                options.push_str(&format!(" -c statement_timeout={}", settings.budget_ms()));
            }
            if used == Use::Transactions {
                options.push_str(&format!(" -c idle_in_transaction_session_timeout={PAUSE_MAX_MS}"));
            }
            if used == Use::Reads {
                options.push_str(" -c default_transaction_read_only=on");
            }
            config.options(options);
        }
        let tls = Tls::new(&address.trust).map_err(|error| error.to_string())?;
        let (client, mut connection) = config.connect(tls).await.map_err(|error| words(&error))?;
        let until = ended.clone();
        tokio::spawn(until.run_until_cancelled_owned(async move {
            loop {
                match std::future::poll_fn(|context| connection.poll_message(context)).await {
                    Some(Ok(AsyncMessage::Notification(told))) => news(told.payload()),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                }
            }
        }));
        if !settings.prepares {
            client.batch_execute(POOLED_SESSION).await.map_err(|error| words(&error))?;
        }
        let statements = Cache::new(STATEMENTS_MAX);
        Ok(Self { client, statements, prepares: settings.prepares, ended })
    }

    /// Gives the connection up: whoever waits for an answer on it is told that it is lost.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    /// Whether nothing can be sent any more.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs one of our own texts without parameters; it may hold several statements.
    ///
    /// # Errors
    /// The driver's.
    pub(super) async fn run_text(&self, text: &str) -> Result<(), Error> {
        self.client.batch_execute(text).await
    }

    /// Runs a statement and streams its rows. What is called first is sent first, whatever is awaited first.
    ///
    /// # Errors
    /// The driver's.
    pub(super) async fn query(&self, asked: Asked<'_>) -> Result<RowStream, Error> {
        let arguments = asked.params.iter().map(|slotted| argument(slotted, asked.row, asked.touched));
        if !self.prepares {
            let types = types_of(&asked.sql.text, asked.params.len());
            return self.client.query_typed_raw(&asked.sql.text, arguments.zip(types)).await;
        }
        let statement = self.prepared(asked.name, asked.sql, limits_of(asked.sql, asked.params)).await?;
        self.client.query_raw(&statement, arguments).await
    }

    /// Prepares a statement, if it is not prepared yet.
    async fn prepared(&self, name: Name, sql: &Sql, limits: Limits) -> Result<Statement, Error> {
        let key = (name, limits);
        if let Some(statement) = self.statements.get(&key) {
            return Ok(statement);
        }
        let (text, types) = with_limits(sql, &key.1);
        let statement = self.client.prepare_typed(&text, &types).await?;
        self.statements.insert(key, statement.clone());
        Ok(statement)
    }

    /// Prepares a statement where statements are prepared, so that running it sends nothing but its values.
    ///
    /// # Errors
    /// The driver's.
    pub(super) async fn prepare_if_asked(&self, name: Name, sql: &Sql) -> Result<(), Error> {
        if self.prepares { self.prepared(name, sql, Limits::new()).await.map(drop) } else { Ok(()) }
    }

    /// Runs one of the few statements that the store writes itself; its parameters are text.
    ///
    /// # Errors
    /// The driver's.
    pub(super) async fn ask(&self, text: &str, params: &[&str]) -> Result<Vec<tokio_postgres::Row>, Error> {
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            params.iter().map(|param| (param as &(dyn ToSql + Sync), Type::TEXT)).collect();
        self.client.query_typed(text, &typed).await
    }

    /// The same with values of the request, whose types the statement says.
    ///
    /// # Errors
    /// The driver's.
    pub(super) async fn ask_with(&self, text: &str, values: &[Value]) -> Result<Vec<tokio_postgres::Row>, Error> {
        let statement = self.client.prepare(text).await?;
        let arguments: Vec<_> = values.iter().map(super::value::Argument::Value).collect();
        let arguments: Vec<&(dyn ToSql + Sync)> = arguments.iter().map(|one| one as &(dyn ToSql + Sync)).collect();
        self.client.query(&statement, &arguments).await
    }

    /// Begins to send rows to a table.
    ///
    /// # Errors
    /// The driver's.
    pub(super) async fn copy_in(&self, text: &str) -> Result<tokio_postgres::CopyInSink<bytes::Bytes>, Error> {
        self.client.copy_in(text).await
    }

    /// Forgets every prepared statement.
    pub(super) fn forget_statements(&self) {
        self.statements.clear();
    }

    /// Asks the server to stop what runs, from another connection and without waiting for it.
    pub(super) fn cancel(&self, address: &Address) {
        let token = self.client.cancel_token();
        if let Ok(tls) = Tls::new(&address.trust) {
            tokio::spawn(async move {
                let _ = tokio::time::timeout(CONNECT_MAX, token.cancel_query(tls)).await;
            });
        }
    }
}

/// What an error is about, with its source and without values of requests.
pub(super) fn words(error: &Error) -> String {
    match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(told), _) => format!("{} ({})", told.message(), told.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}

/// Why a connection is not to be had.
pub(super) fn unreachable(reason: String) -> Failure {
    Failure::Unavailable { reason }
}

fn limits_of(sql: &Sql, params: &[Slotted]) -> Limits {
    let number = |limit: &Limit| match params.get(limit.param) {
        Some(Slotted::Value(Value::Int(number))) => u64::try_from(*number).ok(),
        Some(Slotted::Value(_) | Slotted::Cell(_) | Slotted::Keys) | None => None,
    };
    sql.limits.iter().map(number).collect()
}

/// The text with the limits that are known, and the types of the parameters that no longer stand in it.
fn with_limits<'a>(sql: &'a Sql, limits: &Limits) -> (Cow<'a, str>, Vec<Type>) {
    if limits.iter().all(Option::is_none) {
        return (Cow::Borrowed(&sql.text), Vec::new());
    }
    let (mut text, mut types) = (String::with_capacity(sql.text.len()), vec![Type::UNKNOWN; sql.params.len()]);
    let mut end = 0;
    for (Limit { at, param }, number) in sql.limits.iter().zip(limits) {
        if let (Some(number), Some(ty)) = (number, types.get_mut(*param)) {
            text.push_str(sql.text.get(end..at.start).unwrap_or_default());
            text.push_str(itoa::Buffer::new().format(*number));
            end = at.end;
            *ty = Type::INT8;
        }
    }
    text.push_str(sql.text.get(end..).unwrap_or_default());
    (Cow::Owned(text), types)
}

/// The types of parameters that are sent without asking the server for them: arrays where the text casts to one, else unknown,
/// which leaves them to the cast in the text.
fn types_of(text: &str, count: usize) -> Vec<Type> {
    let mut types = vec![Type::UNKNOWN; count];
    // Names stand in double quotes, and what is in them is no cast.
    for outside in text.split('"').step_by(2) {
        for (at, _) in outside.match_indices('$') {
            let rest = outside.get(at + 1..).unwrap_or_default();
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = rest.split_at(digits);
            let Some(rest) = rest.strip_prefix("::") else { continue };
            let name_end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let (name, rest) = rest.split_at(name_end);
            if !rest.starts_with("[]") {
                continue;
            }
            let place = number.parse::<usize>().ok().and_then(|number| types.get_mut(number.checked_sub(1)?));
            if let (Some(place), Some(array)) = (place, array_of(name)) {
                *place = array;
            }
        }
    }
    types
}

fn array_of(element: &str) -> Option<Type> {
    Some(match element {
        "text" => Type::TEXT_ARRAY,
        "uuid" => Type::UUID_ARRAY,
        "int2" => Type::INT2_ARRAY,
        "int4" => Type::INT4_ARRAY,
        "int8" => Type::INT8_ARRAY,
        "float8" => Type::FLOAT8_ARRAY,
        "numeric" => Type::NUMERIC_ARRAY,
        "bool" | "boolean" => Type::BOOL_ARRAY,
        "timestamptz" => Type::TIMESTAMPTZ_ARRAY,
        "date" => Type::DATE_ARRAY,
        "time" => Type::TIME_ARRAY,
        "bytea" => Type::BYTEA_ARRAY,
        "json" => Type::JSON_ARRAY,
        "jsonb" => Type::JSONB_ARRAY,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_stand_in_the_text() {
        use backstay_plan::value::Param;
        let text = "SELECT (SELECT 1 LIMIT $1::int8) FROM t WHERE a = $2::int4 LIMIT $3::int8 OFFSET $3::int8";
        let at = |placeholder: &str| text.find(placeholder).map(|begin| begin..begin + placeholder.len()).unwrap();
        let limits = vec![Limit { at: at("$1::int8"), param: 0 }, Limit { at: at("$3::int8"), param: 2 }];
        let sql = Sql { text: text.to_owned(), params: vec![Param::Now; 3], limits };
        let value = |value| Slotted::Value(value);
        for (first, last, expected, types) in [
            (
                Value::Int(3),
                Value::Int(20),
                "SELECT (SELECT 1 LIMIT 3) FROM t WHERE a = $2::int4 LIMIT 20 OFFSET $3::int8",
                vec![Type::INT8, Type::UNKNOWN, Type::INT8],
            ),
            (
                Value::Null,
                Value::Int(0),
                "SELECT (SELECT 1 LIMIT $1::int8) FROM t WHERE a = $2::int4 LIMIT 0 OFFSET $3::int8",
                vec![Type::UNKNOWN, Type::UNKNOWN, Type::INT8],
            ),
            (Value::Null, Value::Int(-1), text, vec![]),
        ] {
            let params = [value(first), value(Value::Int(7)), value(last)];
            let (found, found_types) = with_limits(&sql, &limits_of(&sql, &params));
            assert_eq!((&*found, found_types), (expected, types));
        }
    }

    #[test]
    fn array_casts_are_found_outside_names() {
        let text = r#"SELECT "$1::text[]" FROM t WHERE a = ANY($2::uuid[]) AND b = $1::int8 AND c = $12::jsonb[]"#;
        let types = types_of(text, 12);
        assert_eq!(
            (types[0].clone(), types[1].clone(), types[11].clone()),
            (Type::UNKNOWN, Type::UUID_ARRAY, Type::JSONB_ARRAY)
        );
    }
}
