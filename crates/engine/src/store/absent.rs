//! What stands for the store of a server in a program that was built without it: an address that nobody has, and so nothing else.

use crate::accounts::Accounts;
use crate::advise::{Trial, Weighed};
use crate::load::{Loader, Report, SourceRow};
use crate::migrate::{self, Applied, MigrateError, MigrationPlan};
use crate::rate::counts::{Asked, Taken};
use crate::store::carry::{Begun, Row, Table};
use crate::store::{Job, Outcome, Slotted, Together};
use crate::{Failure, Stats};
use backstay_compile::statement::Sql;
use backstay_schema::found::Found;
use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Where a database of this kind would be. There is none.
#[derive(Debug, Clone)]
pub enum Address {}

/// Why no address can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this program was built without databases of this kind")]
pub struct BadAddress;

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// Always.
    pub fn parse(_text: &str) -> Result<Self, BadAddress> {
        Err(BadAddress)
    }

    /// Whether what is sent can be read on the way.
    #[must_use]
    pub fn exposed(&self) -> bool {
        match *self {}
    }
}

impl fmt::Display for Address {
    fn fmt(&self, _out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

/// A store that nobody opened, whose server would say so much of itself.
#[derive(Debug)]
pub struct Server<F>(Address, PhantomData<F>);

impl<F> Server<F> {
    pub(crate) fn open<S>(address: Address, _settings: S, _accounts: Arc<Accounts>) -> Self {
        match address {}
    }

    pub(super) fn never(&self) -> ! {
        match self.0 {}
    }

    pub(crate) async fn run(&self, _job: Job) -> Result<Outcome, Failure> {
        self.never()
    }

    pub(crate) async fn run_together(&self, _together: Together) -> Result<Outcome, Failure> {
        self.never()
    }

    pub(crate) fn stream(&self, _job: &Job, _each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> Result<u64, Failure> {
        self.never()
    }

    pub(crate) async fn load<I>(&self, _loader: Loader, _rows: I, _skip_bad: bool) -> Result<Report, Failure>
    where
        I: Iterator<Item = SourceRow> + Send + 'static,
    {
        self.never()
    }

    pub(crate) async fn take(&self, _asked: Asked) -> Option<Taken> {
        self.never()
    }

    pub(crate) async fn query_plans(&self, _asked: &[(&Sql, &[Slotted])]) -> Result<Vec<Vec<String>>, Failure> {
        self.never()
    }

    pub(crate) async fn weigh(
        &self,
        _trials: &[Trial],
        _rows_max: u32,
    ) -> Result<Vec<Result<Weighed, String>>, Failure> {
        self.never()
    }

    pub(crate) async fn last_migration(&self) -> Result<(i64, Option<String>), MigrateError> {
        self.never()
    }

    pub(crate) async fn last_migration_even_filling(&self) -> Result<(i64, Option<String>), MigrateError> {
        self.never()
    }

    pub(crate) async fn migrations(&self) -> Result<Vec<Applied>, MigrateError> {
        self.never()
    }

    pub(crate) async fn migrate(&self, _plan: MigrationPlan, _at: String) -> Result<migrate::Outcome, MigrateError> {
        self.never()
    }

    pub(crate) async fn found(&self) -> Result<Found, Failure> {
        self.never()
    }

    pub(crate) async fn facts(&self) -> Result<F, Failure> {
        self.never()
    }

    pub(crate) fn migrated(&self) -> tokio::sync::watch::Receiver<i64> {
        self.never()
    }

    pub(crate) fn stats(&self) -> Stats {
        self.never()
    }

    pub(crate) fn trouble(&self) -> Option<String> {
        self.never()
    }

    pub(crate) fn close(&self) {
        self.never()
    }

    pub(crate) async fn carrying_reader(&self) -> Result<Reader, Failure> {
        self.never()
    }

    pub(crate) async fn begin_filling(&self, _from: &str, _tables: &[Arc<Table>]) -> Result<Begun, Failure> {
        self.never()
    }

    pub(crate) async fn fill(&self, _table: &Arc<Table>, _rows: Vec<Row>) -> Result<(), Failure> {
        self.never()
    }

    pub(crate) async fn end_filling(&self, _counted: Vec<(Arc<Table>, i64)>) -> Result<(), Failure> {
        self.never()
    }
}

/// A connection that nobody has.
pub(crate) struct Reader(Address);

impl Reader {
    pub(crate) async fn page(&mut self, _: &Arc<Table>, _: Option<Row>, _: u32) -> Result<Vec<Row>, Failure> {
        match self.0 {}
    }

    pub(crate) async fn last_key(&mut self, _: &Arc<Table>) -> Result<Option<Row>, Failure> {
        match self.0 {}
    }

    pub(crate) async fn count(&mut self, _: &Arc<Table>) -> Result<u64, Failure> {
        match self.0 {}
    }

    pub(crate) async fn counted(&mut self, _: &Arc<Table>) -> Result<Option<i64>, Failure> {
        match self.0 {}
    }
}
