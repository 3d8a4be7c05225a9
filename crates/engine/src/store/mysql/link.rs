//! One connection: how it is set up, and statements run on it.

use super::Settings;
use super::address::{Address, Tls};
use super::fault::{is_too_large, words};
use super::read::Stop;
use super::value::{Cell, arguments};
use crate::Failure;
use crate::store::Slotted;
use crate::store::verdict::Touched;
use backstay_compile::statement::Sql;
use backstay_plan::Refusal;
use backstay_plan::value::Value;
use mysql_async::prelude::Queryable as _;
use mysql_async::{
    BinaryProtocol, Conn, DriverError, Error, IoError, Opts, OptsBuilder, QueryResult, Row, Value as Sent,
};
use rustls::CertificateError;
use std::future::Future;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Prepared statements kept by one connection.
const STATEMENTS_MAX: usize = 512;
/// Longest wait for the connection to be made and set up.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Silence after which the system asks whether the server is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Rest after which a connection is asked whether it still is one before a request uses it, and the longest wait for that answer.
const REST_MAX: Duration = Duration::from_secs(5);
const ANSWER_SOON: Duration = Duration::from_secs(1);

/// How text is compared: by its bytes, as on every other database.
const NAMES: &str = "SET NAMES utf8mb4 COLLATE utf8mb4_bin";
/// How values are written and errors told. Nothing is cut or rounded in silence; names stand in double quotes.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,\
                       NO_ZERO_IN_DATE,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,NO_UNSIGNED_SUBTRACTION,NO_AUTO_VALUE_ON_ZERO', \
                       time_zone = '+00:00', group_concat_max_len = 1073741824, foreign_key_checks = 1, autocommit = 1";
const ISOLATION: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

const PACKET_MAX: &str = "SELECT @@max_allowed_packet";
/// Bytes that stand before all values of a packet, and before each.
const PACKET_HEAD_BYTES: usize = 64;
const VALUE_HEAD_BYTES: usize = 16;
/// Longest pause between two statements of a transaction, seconds. A server that no longer hears of a node ends its transaction
/// then: its locks would hold up everybody else until the system gives the connection up. MySQL has no such setting.
const PAUSE_MAX_S: u32 = 2;

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Requests: statements are stopped after the budget.
    Requests,
    /// What may take its time: migrations, loads.
    Long,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Link {
    conn: Conn,
    lost: bool,
    /// Given up from outside: nothing more is waited for.
    ended: CancellationToken,
    rests_since: Instant,
    /// Bytes of the largest packet that the server takes. It answers a larger one by ending the connection.
    packet_max: usize,
}

/// A statement and its values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Its text.
    pub(super) sql: &'a Sql,
    /// Its parameters.
    pub(super) params: &'a [Slotted],
    /// The row being written.
    pub(super) row: &'a [Value],
    /// The rows touched so far.
    pub(super) touched: &'a Touched,
}

/// Rows that are still coming.
pub(super) type Rows<'a> = QueryResult<'a, 'static, BinaryProtocol>;

impl Link {
    /// Connects. Waits on it end when `ended` does.
    ///
    /// # Errors
    /// Why the server cannot be reached, in words.
    pub(super) async fn open(
        address: &Address,
        settings: &Settings,
        used: Use,
        ended: CancellationToken,
    ) -> Result<Self, String> {
        match tokio::time::timeout(CONNECT_MAX, Self::open_unhurried(address, settings, used, ended)).await {
            Ok(opened) => opened,
            Err(_) => Err(format!("no answer from {address} within {} s", CONNECT_MAX.as_secs())),
        }
    }

    async fn open_unhurried(
        address: &Address,
        settings: &Settings,
        used: Use,
        ended: CancellationToken,
    ) -> Result<Self, String> {
        let conn = connected(address).await.map_err(|error| words(&error))?;
        let mut link = Self { conn, lost: false, ended, rests_since: Instant::now(), packet_max: usize::MAX };
        let session = [NAMES, SESSION, ISOLATION, &limits(settings, used)].join("; ");
        link.run_text(&session).await.map_err(|error| words(&error))?;
        let told = link.ask(PACKET_MAX, Vec::new()).await.map_err(|error| words(&error))?;
        let bytes = told.first().map_or(0, |row| Cell::of(row, 0).number());
        link.packet_max = usize::try_from(bytes).unwrap_or(usize::MAX);
        Ok(link)
    }

    /// Whether a new connection is answered. It is not kept.
    pub(super) async fn answers(address: &Address) -> bool {
        connected(address).await.is_ok()
    }

    /// Whether nothing can be sent any more.
    pub(super) fn is_closed(&self) -> bool {
        self.lost || self.ended.is_cancelled()
    }

    /// Notes that no request uses it from now on.
    pub(super) fn rest(&mut self) {
        self.rests_since = Instant::now();
    }

    /// Whether a request may use it: a server ends what was silent for long, and a single statement that fails for that
    /// could not be told from one whose answer was lost.
    pub(super) async fn serves(&mut self) -> bool {
        if self.is_closed() {
            return false;
        }
        if self.rests_since.elapsed() < REST_MAX {
            return true;
        }
        tokio::time::timeout(ANSWER_SOON, self.run_text("DO 1")).await.is_ok_and(|answered| answered.is_ok())
    }

    /// When waits on it end.
    pub(super) fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Sees to it that the connection is not used for another request.
    pub(super) fn abandon(&mut self) {
        self.lost = true;
    }

    /// The server's number for it.
    pub(super) fn id(&self) -> u32 {
        self.conn.id()
    }

    /// Runs one of our own texts without parameters; it may hold several statements.
    ///
    /// # Errors
    /// The driver's.
    pub(super) async fn run_text(&mut self, text: &str) -> Result<(), Error> {
        let done = unless(&self.ended, self.conn.query_drop(text)).await;
        self.noted(done)
    }

    /// Runs a statement; its rows come one by one.
    ///
    /// # Errors
    /// The driver's, or a value that cannot be sent.
    pub(super) async fn query<'l>(&'l mut self, asked: Asked<'_>) -> Result<Rows<'l>, Stop> {
        let arguments = arguments(asked.params, asked.row, asked.touched).map_err(Failure::from)?;
        if packet_bytes(&arguments) > self.packet_max {
            let max = u64::try_from(self.packet_max).unwrap_or(u64::MAX);
            return Err(Failure::from(Refusal::LimitExceeded { what: "bytes of its values", max }).into());
        }
        let text = asked.sql.text.as_str();
        match unless(&self.ended, self.conn.exec_iter(text, arguments)).await {
            Ok(rows) => Ok(rows),
            Err(error) => {
                self.lost |= ends(&error);
                Err(error.into())
            }
        }
    }

    /// Runs a statement and takes all its rows, and how many rows it changed.
    ///
    /// # Errors
    /// As [`Link::query`].
    pub(super) async fn all(&mut self, asked: Asked<'_>) -> Result<(Vec<Row>, u64), Stop> {
        let mut rows = self.query(asked).await?;
        let all = rows.collect().await?;
        let changed = rows.affected_rows();
        rows.drop_result().await?;
        Ok((all, changed))
    }

    /// Runs one of the few statements that the store writes itself.
    ///
    /// # Errors
    /// The driver's.
    pub(super) async fn ask(&mut self, text: &str, params: Vec<Sent>) -> Result<Vec<Row>, Error> {
        let rows = match params.is_empty() {
            true => unless(&self.ended, self.conn.query(text)).await,
            false => unless(&self.ended, self.conn.exec(text, params)).await,
        };
        self.noted(rows)
    }

    fn noted<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            self.lost |= ends(error);
        }
        result
    }
}

/// A connection that is not set up yet.
async fn connected(address: &Address) -> Result<Conn, Error> {
    let with = |tls: &Tls, name: Option<String>| -> Opts {
        OptsBuilder::from_opts(address.opts.clone())
            .client_found_rows(true)
            .stmt_cache_size(STATEMENTS_MAX)
            .prefer_socket(false)
            .tcp_keepalive(Some(KEEPALIVE))
            .tcp_nodelay(true)
            .ssl_opts(tls.options().map(|options| options.with_danger_tls_hostname_override(name)))
            .into()
    };
    match (Conn::new(with(&address.tls, None)).await, &address.tls) {
        (Err(Error::Driver(DriverError::NoClientSslFlagFromServer)), Tls::IfOffered) => {
            Conn::new(with(&Tls::Off, None)).await
        }
        (Err(error), Tls::Roots { any_name: true, .. }) => match name_in(&error) {
            Some(name) => Conn::new(with(&address.tls, Some(name))).await,
            None => Err(error),
        },
        (opened, _) => opened,
    }
}

/// A name of the certificate that was refused for its name alone. The driver always looks at names: where they do not matter, the
/// certificate is looked at again as what it says it is, and still has to lead to a known root.
fn name_in(error: &Error) -> Option<String> {
    let Error::Io(IoError::Io(error)) = error else { return None };
    let refused = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) = refused else {
        return None;
    };
    // `DnsName("*.example.org")`
    presented.iter().find_map(|name| {
        let (_, name) = name.split_once('"')?;
        let (name, _) = name.split_once('"')?;
        Some(name.replacen('*', "any", 1))
    })
}

/// Bytes of the packet that carries values, or a few more.
fn packet_bytes(values: &[Sent]) -> usize {
    let bytes = |value: &Sent| if let Sent::Bytes(bytes) = value { bytes.len() } else { 0 };
    PACKET_HEAD_BYTES + values.iter().map(|value| bytes(value) + VALUE_HEAD_BYTES).sum::<usize>()
}

/// Whether nothing more can be sent after an error.
fn ends(error: &Error) -> bool {
    error.is_fatal() || is_too_large(error)
}

/// Waits for the server, unless the connection is given up before.
pub(super) async fn unless<T, E: From<Error>>(
    ended: &CancellationToken,
    answered: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::select! {
        biased;
        () = ended.cancelled() => {
            let silent = std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "the connection was silent");
            Err(Error::from(silent).into())
        }
        answered = answered => answered,
    }
}

/// Stops what runs on a connection, from another one and without waiting for it.
pub(super) fn stop(address: &Address, settings: &Settings, id: u32) {
    let (address, settings) = (address.clone(), settings.clone());
    tokio::spawn(async move {
        if let Ok(mut link) = Link::open(&address, &settings, Use::Requests, CancellationToken::new()).await {
            let text = format!("KILL CONNECTION {id}");
            let _ = tokio::time::timeout(CONNECT_MAX, link.run_text(&text)).await;
        }
    });
}

/// How long statements may run and wait. Each server reads the part that is its own.
fn limits(settings: &Settings, used: Use) -> String {
    match used {
        Use::Long => "SET SESSION innodb_lock_wait_timeout = 50 /*M!100100 , max_statement_time = 0 */ \
                      /*!80000 , max_execution_time = 0 */"
            .to_owned(),
        Use::Requests => {
            let ms = settings.budget_ms();
            let waits = settings.budget.as_secs_f64().ceil().max(1.0);
            format!(
                "SET SESSION innodb_lock_wait_timeout = {waits}, lock_wait_timeout = {waits} \
                 /*M!100300 , max_statement_time = {seconds}, idle_transaction_timeout = {PAUSE_MAX_S} */ \
                 /*!80000 , max_execution_time = {ms} */",
                seconds = settings.budget.as_secs_f64(),
            )
        }
    }
}

/// Why a connection is not to be had.
pub(super) fn unreachable(reason: String) -> Failure {
    Failure::Unavailable { reason }
}
