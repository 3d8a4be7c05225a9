//! One connection: how it is set up, and statements run on it.

use super::Settings;
use super::address::{Address, Tls};
use super::fault::words;
use super::read::Stop;
use super::value::arguments;
use crate::Failure;
use crate::store::Slotted;
use crate::store::verdict::Touched;
use backstay_compile::statement::Sql;
use backstay_plan::value::Value;
use mysql_async::prelude::Queryable as _;
use mysql_async::{BinaryProtocol, Conn, DriverError, Error, Opts, OptsBuilder, QueryResult, Row, Value as Sent};
use std::time::Duration;

/// Prepared statements kept by one connection.
const STATEMENTS_MAX: usize = 512;
/// Longest wait for the connection to be made and set up.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// Silence after which the system asks whether the server is still there.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// How text is compared: by its bytes, as on every other database.
const NAMES: &str = "SET NAMES utf8mb4 COLLATE utf8mb4_bin";
/// How values are written and errors told. Nothing is cut or rounded in silence; names stand in double quotes.
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,\
                       NO_ZERO_IN_DATE,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,NO_UNSIGNED_SUBTRACTION,NO_AUTO_VALUE_ON_ZERO', \
                       time_zone = '+00:00', group_concat_max_len = 1073741824, foreign_key_checks = 1, autocommit = 1";
const ISOLATION: &str = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

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
    /// Connects.
    ///
    /// # Errors
    /// Why the server cannot be reached, in words.
    pub(super) async fn open(address: &Address, settings: &Settings, used: Use) -> Result<Self, String> {
        match tokio::time::timeout(CONNECT_MAX, Self::open_unhurried(address, settings, used)).await {
            Ok(opened) => opened,
            Err(_) => Err(format!("no answer from {address} within {} s", CONNECT_MAX.as_secs())),
        }
    }

    async fn open_unhurried(address: &Address, settings: &Settings, used: Use) -> Result<Self, String> {
        let with = |tls: &Tls| -> Opts {
            OptsBuilder::from_opts(address.opts.clone())
                .client_found_rows(true)
                .stmt_cache_size(STATEMENTS_MAX)
                .prefer_socket(false)
                .tcp_keepalive(Some(KEEPALIVE))
                .tcp_nodelay(true)
                .ssl_opts(tls.options())
                .into()
        };
        let opened = match Conn::new(with(&address.tls)).await {
            Err(Error::Driver(DriverError::NoClientSslFlagFromServer)) if address.tls == Tls::IfOffered => {
                Conn::new(with(&Tls::Off)).await
            }
            opened => opened,
        };
        let mut link = Self { conn: opened.map_err(|error| words(&error))?, lost: false };
        for text in [NAMES, SESSION, ISOLATION, &limits(settings, used)] {
            link.run_text(text).await.map_err(|error| words(&error))?;
        }
        Ok(link)
    }

    /// Whether nothing can be sent any more.
    pub(super) fn is_closed(&self) -> bool {
        self.lost
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
        let done = self.conn.query_drop(text).await;
        self.noted(done)
    }

    /// Runs a statement; its rows come one by one.
    ///
    /// # Errors
    /// The driver's, or a value that cannot be sent.
    pub(super) async fn query<'l>(&'l mut self, asked: Asked<'_>) -> Result<Rows<'l>, Stop> {
        let arguments = arguments(asked.params, asked.row, asked.touched).map_err(Failure::from)?;
        let text = asked.sql.text.as_str();
        match self.conn.exec_iter(text, arguments).await {
            Ok(rows) => Ok(rows),
            Err(error) => {
                self.lost |= error.is_fatal();
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
            true => self.conn.query(text).await,
            false => self.conn.exec(text, params).await,
        };
        self.noted(rows)
    }

    fn noted<T>(&mut self, result: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &result {
            self.lost |= error.is_fatal();
        }
        result
    }
}

/// Stops what runs on a connection, from another one and without waiting for it.
pub(super) fn stop(address: &Address, settings: &Settings, id: u32) {
    let (address, settings) = (address.clone(), settings.clone());
    tokio::spawn(async move {
        if let Ok(mut link) = Link::open(&address, &settings, Use::Requests).await {
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
                 /*M!100100 , max_statement_time = {seconds} */ /*!80000 , max_execution_time = {ms} */",
                seconds = settings.budget.as_secs_f64(),
            )
        }
    }
}

/// Why a connection is not to be had.
pub(super) fn unreachable(reason: String) -> Failure {
    Failure::Unavailable { reason }
}
