//! Counters of the HTTP side, in Prometheus' text format. Handles are made once, so that a request only adds to them.

use crate::app::App;
use backstay_engine::Readiness;
use http::StatusCode;
use metrics::{Counter, Gauge, Histogram, Label, counter, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

/// Upper bounds of the duration histogram, seconds.
const DURATION_BUCKETS_S: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Statuses that are counted each on its own; others are counted under their hundred.
const STATUSES: [u16; 24] = [
    200, 201, 204, 206, 300, 304, 400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 416, 429, 431, 500, 503, 504, 507,
    0,
];

/// What a request was for, as a metric label and in access logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteClass {
    /// Tables of the REST API.
    Rest,
    /// Operations of the REST API.
    Rpc,
    /// Sign-in.
    Auth,
    /// GraphQL.
    Graphql,
    /// OpenAPI document.
    OpenApi,
    /// API pages.
    Docs,
    /// Liveness and readiness.
    Health,
    /// Metrics.
    Metrics,
    /// Landing page.
    Home,
    /// Preflights of browsers.
    Preflight,
    /// Anything else.
    Unknown,
}

impl RouteClass {
    /// Every class, in the order of its number.
    const ALL: [RouteClass; 11] = [
        RouteClass::Rest,
        RouteClass::Rpc,
        RouteClass::Auth,
        RouteClass::Graphql,
        RouteClass::OpenApi,
        RouteClass::Docs,
        RouteClass::Health,
        RouteClass::Metrics,
        RouteClass::Home,
        RouteClass::Preflight,
        RouteClass::Unknown,
    ];

    /// Name in labels and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RouteClass::Rest => "rest",
            RouteClass::Rpc => "rpc",
            RouteClass::Auth => "auth",
            RouteClass::Graphql => "graphql",
            RouteClass::OpenApi => "openapi",
            RouteClass::Docs => "docs",
            RouteClass::Health => "health",
            RouteClass::Metrics => "metrics",
            RouteClass::Home => "home",
            RouteClass::Preflight => "preflight",
            RouteClass::Unknown => "unknown",
        }
    }
}

/// The meters.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    requests: Vec<OnceLock<Counter>>,
    durations: Vec<Histogram>,
    panics: Counter,
    connections: Gauge,
    connections_refused: Counter,
    handshakes_failed: Counter,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Meters at zero, with a registry of their own.
    #[must_use]
    pub fn new() -> Self {
        // An empty list of buckets is the only thing the builder refuses.
        let builder = PrometheusBuilder::new().set_buckets(&DURATION_BUCKETS_S).unwrap_or_default();
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        let (durations, panics, connections, [connections_refused, handshakes_failed]) =
            with_local_recorder(&recorder, || {
                describe();
                let durations = RouteClass::ALL
                    .map(|class| histogram!("backstay_http_request_duration_seconds", "route" => class.name()))
                    .into();
                let panics = counter!("backstay_panics_total");
                // A counter shows up once it is touched: a rate over it must not start from nothing.
                panics.absolute(0);
                let refused = counter!("backstay_http_connections_refused_total");
                refused.absolute(0);
                let failed = counter!("backstay_tls_handshakes_failed_total");
                failed.absolute(0);
                (durations, panics, gauge!("backstay_http_connections"), [refused, failed])
            });
        let requests = (0..RouteClass::ALL.len() * STATUSES.len()).map(|_| OnceLock::new()).collect();
        Self { recorder, handle, requests, durations, panics, connections, connections_refused, handshakes_failed }
    }

    /// Counts an answered request.
    pub fn answered(&self, class: RouteClass, status: StatusCode, took: Duration) {
        let position = STATUSES.iter().position(|&known| known == status.as_u16()).unwrap_or(STATUSES.len() - 1);
        let slot = class as usize * STATUSES.len() + position;
        if let Some(cell) = self.requests.get(slot) {
            cell.get_or_init(|| self.request_counter(class, position)).increment(1);
        }
        if let Some(histogram) = self.durations.get(class as usize) {
            histogram.record(took.as_secs_f64());
        }
    }

    /// Counts a panic that was contained.
    pub fn panicked(&self) {
        self.panics.increment(1);
    }

    /// Counts an accepted connection.
    pub fn connected(&self) {
        self.connections.increment(1);
    }

    /// Counts a closed connection.
    pub fn disconnected(&self) {
        self.connections.decrement(1);
    }

    /// Counts a connection that was turned away because there were too many.
    pub fn connection_refused(&self) {
        self.connections_refused.increment(1);
    }

    /// A connection to the HTTPS port ended before its handshake did.
    pub fn handshake_failed(&self) {
        self.handshakes_failed.increment(1);
    }

    /// Takes over the numbers that other parts keep, just before they are rendered.
    #[expect(clippy::cast_precision_loss, reason = "gauges are doubles; the numbers stay far below 2^53")]
    pub fn observe(&self, app: &App) {
        let stats = app.engine.stats();
        let ready = app.engine.readiness() == Readiness::Ready;
        with_local_recorder(&self.recorder, || {
            gauge!("backstay_ready").set(f64::from(u8::from(ready)));
            gauge!("backstay_writes_queued").set(stats.writes_queued as f64);
            gauge!("backstay_wal_pages").set(stats.wal_pages as f64);
            gauge!("backstay_token_cache_entries").set(app.verifier.remembered() as f64);
            gauge!("backstay_http_requests_under_way").set(app.gate.under_way() as f64);
            counter!("backstay_http_overload_refused_total").absolute(app.gate.refused());
            counter!("backstay_commits_total").absolute(stats.commits);
            counter!("backstay_committed_requests_total").absolute(stats.committed);
            counter!("backstay_commit_microseconds_total").absolute(stats.commit_micros);
            counter!("backstay_reads_total", "ran" => "inline").absolute(stats.reads_inline);
            counter!("backstay_reads_total", "ran" => "blocking").absolute(stats.reads_blocking);
            counter!("backstay_shared_counts_failed_total").absolute(stats.shared_counts_failed);
            counter!("backstay_reads_total", "ran" => "replica").absolute(stats.replica_reads);
            gauge!("backstay_database_connections").set(stats.connections as f64);
            gauge!("backstay_database_connections_waited_for").set(stats.connections_waited_for as f64);
            counter!("backstay_database_retries_total").absolute(stats.retries);
            counter!("backstay_commits_unknown_total").absolute(stats.commits_unknown);
            counter!("backstay_plan_cache_total", "outcome" => "hit").absolute(stats.plan_hits);
            counter!("backstay_plan_cache_total", "outcome" => "miss").absolute(stats.plan_misses);
            for (rows, count) in app.auth.iter().flat_map(|auth| auth.removed()) {
                counter!("backstay_auth_rows_removed_total", "rows" => rows).absolute(count);
            }
        });
    }

    /// All of it as text, version 0.0.4 of the format.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Moves recorded durations into their buckets. Without it they pile up until the next scrape.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    fn request_counter(&self, class: RouteClass, position: usize) -> Counter {
        let status = match STATUSES.get(position) {
            Some(0) | None => "other".to_owned(),
            Some(status) => status.to_string(),
        };
        let labels = vec![Label::new("route", class.name()), Label::new("status", status)];
        with_local_recorder(&self.recorder, || counter!("backstay_http_requests_total", labels))
    }
}

fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    describe_counter!("backstay_http_requests_total", "Requests answered, by route class and status.");
    describe_histogram!("backstay_http_request_duration_seconds", "Time from request head to answer, by route class.");
    describe_counter!("backstay_panics_total", "Panics that were contained; each was answered with 500.");
    describe_gauge!("backstay_http_connections", "Open connections.");
    describe_counter!("backstay_http_connections_refused_total", "Connections turned away at the connection limit.");
    describe_gauge!("backstay_http_requests_under_way", "Requests that run or wait for what they need.");
    describe_counter!(
        "backstay_http_overload_refused_total",
        "Requests turned away because they would have waited long."
    );
    describe_counter!("backstay_tls_handshakes_failed_total", "Connections that ended before their TLS handshake did.");
    describe_gauge!("backstay_ready", "1 when the server takes reads and writes.");
    describe_gauge!("backstay_token_cache_entries", "Verified tokens that are remembered.");
    describe_gauge!("backstay_writes_queued", "Writes that wait or run.");
    describe_gauge!("backstay_wal_pages", "Pages in the write-ahead log.");
    describe_counter!("backstay_commits_total", "Commits.");
    describe_counter!("backstay_committed_requests_total", "Writes in those commits; one commit takes what is queued.");
    describe_counter!("backstay_commit_microseconds_total", "Time spent in commits, microseconds.");
    describe_gauge!("backstay_database_connections", "Connections to the database server; none for SQLite.");
    describe_gauge!("backstay_database_connections_waited_for", "Requests that wait for a connection to the database.");
    describe_counter!(
        "backstay_database_retries_total",
        "Statements and transactions that ran again, because others were in their way or their connection was lost."
    );
    describe_counter!(
        "backstay_commits_unknown_total",
        "Commits of which the database did not say whether they were kept."
    );
    describe_counter!("backstay_reads_total", "Reads, by where they ran.");
    describe_counter!(
        "backstay_shared_counts_failed_total",
        "Requests that only this node counted for `@rateLimit`, because the nodes' common count could not be reached."
    );
    describe_counter!(
        "backstay_auth_rows_removed_total",
        "Rows of sign-in that had had their time, by what they were."
    );
    describe_counter!("backstay_plan_cache_total", "Requests, by whether their plan was ready.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rendered() {
        let metrics = Metrics::new();
        metrics.answered(RouteClass::Rest, StatusCode::OK, Duration::from_millis(3));
        metrics.answered(RouteClass::Rest, StatusCode::OK, Duration::from_millis(3));
        metrics.answered(RouteClass::Unknown, StatusCode::IM_A_TEAPOT, Duration::ZERO);
        let text = metrics.render();
        for line in [
            "backstay_http_requests_total{route=\"rest\",status=\"200\"} 2",
            "backstay_http_requests_total{route=\"unknown\",status=\"other\"} 1",
            "backstay_http_request_duration_seconds_bucket{route=\"rest\",le=\"0.005\"} 2",
            "backstay_http_request_duration_seconds_count{route=\"rest\"} 2",
            "backstay_panics_total 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn classes_stand_at_their_number() {
        for (position, class) in RouteClass::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, position);
        }
    }
}
