//! Settings: what they are, where they come from, and how their reference is made. Flags win over the environment, that over `backstay.toml`.
//! In: a file, the environment, flags. Out: one checked [`Config`], or a sentence that says which value is wrong and what to write.
//! The only place of the program that reads the environment.

mod environment;
mod file;
pub(crate) mod graphql;
pub(crate) mod reference;
pub(crate) mod setting;
pub(crate) mod sign_in;
pub(crate) mod units;

use backstay_infra::http_out::allow::{AllowList, InvalidAllow};
use backstay_infra::mail::MailUrl;
use backstay_infra::mail::message::Mailbox;
pub(crate) use file::{ConfigError, Overrides, load};
use setting::{choice, section};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use units::{Interval, Secret, Size};

/// Name of the settings file.
pub(crate) const FILE_NAME: &str = "backstay.toml";

section! {
    /// Where things are.
    pub(crate) struct Config {
        /// The schema: one file, or a folder of `*.graphql` files.
        pub schema: PathBuf = PathBuf::from("schema.graphql"),
        /// Folder of the database and the generated keys. Made when it does not exist; one server at a time uses it.
        pub data_dir: PathBuf = PathBuf::from(".backstay"),
        /// Address and port to listen on. `0.0.0.0:8000` accepts connections from other machines.
        pub listen: String = "127.0.0.1:8000".to_owned(),
        /// The database: `sqlite:PATH`, `postgres://USER:PASSWORD@HOST/NAME`, or `mysql://USER:PASSWORD@HOST/NAME`. Unset is `backstay.db` in the data folder.
        pub database_url: Option<Secret> = None,
        /// Redis, where several nodes count requests together: `redis://:PASSWORD@HOST:6379/0`, or `rediss://…` with TLS. Unset, they count in the database.
        pub redis_url: Option<Secret> = None,
        /// Address under which clients reach the server, such as `https://api.example.org`. Unset is `http://` and the listening address.
        pub external_url: Option<String> = None,
        /// Keys and tokens.
        pub auth: Auth = Auth::default(),
        /// What is logged, and how.
        pub log: Log = Log::default(),
        /// The HTTP server.
        pub server: Server = Server::default(),
        /// Which web pages may call the API.
        pub cors: Cors = Cors::default(),
        /// The REST API.
        pub rest: Rest = Rest::default(),
        /// GraphQL.
        pub graphql: graphql::Graphql = graphql::Graphql::default(),
        /// Bounds of one request, whatever protocol it comes by.
        pub limits: Limits = Limits::default(),
        /// The embedded database.
        pub sqlite: Sqlite = Sqlite::default(),
        /// A PostgreSQL database. `docs/databases.md` tells more.
        pub postgres: Postgres = Postgres::default(),
        /// A MySQL or MariaDB database. `docs/databases.md` tells more.
        pub mysql: Mysql = Mysql::default(),
        /// Mail that the server sends.
        pub mail: Mail = Mail::default(),
        /// Requests from the server to other servers.
        pub egress: Egress = Egress::default(),
        /// `backstay dev`.
        pub dev: Dev = Dev::default(),
    }
}

section! {
    /// Keys and tokens. The four keys are made at the first start and kept in the data folder when they are unset.
    pub(crate) struct Auth {
        /// Protects secrets in the database, and signs cookies. 32 random bytes as base64 or hexadecimal; every node needs the same.
        pub master_key: Option<Secret> = None,
        /// Signs and checks tokens (HS256). At least 32 characters.
        pub jwt_secret: Option<Secret> = None,
        /// Whether tokens signed with `jwt_secret` are taken, the anonymous and the service key among them. Switch it off once every client sends a key of `backstay keys create`.
        pub legacy_keys: bool = true,
        /// The key that anonymous clients send; a token with the role `anon`.
        pub anon_key: Option<Secret> = None,
        /// The key that bypasses every rule; a token with the role `service_role`. Never put it into a client.
        pub service_key: Option<Secret> = None,
        /// Whether a caller without any key or token is let in as anonymous; rules decide what it sees.
        pub anonymous: bool = true,
        /// Verified tokens kept until they expire, so that a signature is checked once.
        pub token_cache_entries_max: u32 = 10_000,
        /// Where people land after a link in a mail when the request names no allowed place. Unset is `external_url`.
        pub site_url: Option<String> = None,
        /// Further places that a link may lead to: whole addresses, or prefixes that end in `/*`.
        pub redirect_urls: Vec<String> = Vec::new(),
        /// Who may sign up.
        pub signup: sign_in::Signup = sign_in::Signup::Open,
        /// Whether an address must be proven before its owner can sign in with a password.
        pub confirm_email: bool = true,
        /// How closely the original wire is followed where this product is stricter.
        pub profile: sign_in::Profile = sign_in::Profile::Strict,
        /// Application roles, the most powerful first. Unset is the schema's `@role` enum, whose last value is the most powerful.
        pub roles: Vec<String> = Vec::new(),
        /// Role of a new account. Unset is the default of the profile's role field, or none.
        pub default_role: Option<String> = None,
        /// Application roles that administer accounts over `/auth/v1/admin`. Empty is the most powerful one alone.
        pub admin_roles: Vec<String> = Vec::new(),
        /// Whether both the old and the new address must agree to a change.
        pub secure_email_change: bool = true,
        /// Whether people may have an account without an address (`signInAnonymously`).
        pub anonymous_users: bool = false,
        /// Whether a signed-in person may add a further identity.
        pub manual_linking: bool = true,
        /// Whether tokens may come back in the fragment of an address, as clients without PKCE need it.
        pub implicit_flow: bool = true,
        /// Whether a PKCE challenge may be the verifier itself (`plain`).
        pub pkce_plain: bool = false,
        /// Whether people are told by mail when their password, address or factors change.
        pub notices: bool = true,
        /// Whether a link that no person has clicked, such as a mail scanner's visit, shows a page with a button first.
        pub confirm_page: bool = true,
        /// Days that the audit log is kept; 0 keeps it for ever.
        pub audit_days: u32 = 90,
        /// Days that accounts are kept that people made themselves and never proved the address of; 0 keeps them for ever.
        pub unconfirmed_days: u32 = 30,
        /// Lifetimes of sessions.
        pub sessions: sign_in::Sessions = sign_in::Sessions::default(),
        /// Mailed codes and links.
        pub codes: sign_in::Codes = sign_in::Codes::default(),
        /// How often sign-in may be asked.
        pub limits: sign_in::SignInLimits = sign_in::SignInLimits::default(),
        /// Passwords.
        pub password: sign_in::Password = sign_in::Password::default(),
        /// Second factors.
        pub mfa: sign_in::Mfa = sign_in::Mfa::default(),
        /// Sessions in cookies.
        pub cookies: sign_in::Cookies = sign_in::Cookies::default(),
        /// Providers by which people sign in.
        pub providers: BTreeMap<String, sign_in::Provider> = BTreeMap::new(),
    }
}

section! {
    /// What is logged, and how. Logs go to standard error.
    pub(crate) struct Log {
        /// Level, or levels by module: `info`, `warn,backstay_engine=debug`.
        pub filter: String = "info".to_owned(),
        /// `pretty` for people, `json` for machines, `auto` is pretty on a terminal and JSON elsewhere.
        pub format: LogFormat = LogFormat::Auto,
    }
}

choice! {
    /// Shape of a log line.
    pub(crate) enum LogFormat {
        /// Pretty on a terminal, JSON elsewhere.
        Auto = "auto",
        /// For people.
        Pretty = "pretty",
        /// One JSON object a line.
        Json = "json",
    }
}

section! {
    /// The HTTP server.
    pub(crate) struct Server {
        /// Largest request body; a larger one is answered with 413.
        pub body_max: Size = Size::mebibytes(10),
        /// Largest request head (line and headers); a larger one is answered with 431.
        pub header_max: Size = Size::kibibytes(64),
        /// Time for a client to send the request head; also how long an idle connection is kept.
        pub header_timeout: Interval = Interval::seconds(10),
        /// Time for a whole request; after it the answer is 504.
        pub request_timeout: Interval = Interval::seconds(30),
        /// Open connections; further ones are answered with 503 at once.
        pub connections_max: u32 = 10_000,
        /// Requests under way at once; further ones are answered with 503 at once. Where these would take longer than half a second, fewer are let in, but at least 128.
        pub requests_max: u32 = 1_024,
        /// Time that running requests get to finish when the server is told to stop.
        pub shutdown_grace: Interval = Interval::seconds(10),
        /// Whether clients are told to use HTTPS only (`Strict-Transport-Security`). Unset is yes with `server.tls`; set it behind a proxy that speaks HTTPS.
        pub hsts: Option<bool> = None,
        /// Proxies whose word about the client's address is taken: addresses and ranges, such as `10.0.0.0/8`. Others say nothing.
        pub trusted_proxies: Vec<String> = Vec::new(),
        /// The header that those proxies write; the other one is not read.
        pub proxy_header: ProxyHeader = ProxyHeader::XForwardedFor,
        /// Whether answers say how long each stage took (`Server-Timing`). `backstay dev` always says it.
        pub timing: bool = false,
        /// Whether `/metrics` is open to everybody; else it answers the machine itself and the service key.
        pub metrics_public: bool = false,
        /// HTTPS without a proxy.
        pub tls: Tls = Tls::default(),
    }
}

section! {
    /// HTTPS without a proxy, by a certificate in files.
    pub(crate) struct Tls {
        /// The certificate in PEM, followed by those that lead to its root. With it and its key the server speaks HTTPS only.
        pub cert: Option<PathBuf> = None,
        /// The private key of the certificate in PEM, without a password.
        pub key: Option<PathBuf> = None,
        /// How often the files are looked at for a new certificate. `SIGHUP` looks at once.
        pub check_interval: Interval = Interval::seconds(10),
        /// A second address that speaks plain HTTP, such as `0.0.0.0:80`: it redirects to `external_url` and answers nothing but `/health`.
        pub redirect_listen: Option<String> = None,
    }
}

choice! {
    /// How proxies name the client.
    pub(crate) enum ProxyHeader {
        /// A list of addresses.
        XForwardedFor = "x-forwarded-for",
        /// RFC 7239.
        Forwarded = "forwarded",
    }
}

section! {
    /// Which web pages may call the API.
    pub(crate) struct Cors {
        /// Allowed origins, such as `https://app.example.org`; `*` is every origin.
        pub origins: Vec<String> = vec!["*".to_owned()],
    }
}

section! {
    /// The REST API.
    pub(crate) struct Rest {
        /// Whether a client may ask for its write to be rolled back (`Prefer: tx=rollback`). For tests.
        pub tx_override: bool = false,
        /// A second path of the API beside `/rest/v1`, such as `/api`.
        pub alias: Option<String> = None,
        /// Whether the root of the API (`/rest/v1/`) describes it.
        pub root: bool = true,
        /// Whether filters must name an embed by its alias where it has one; else its table's name works too, with a warning.
        pub strict_embed_names: bool = false,
    }
}

section! {
    /// Bounds of one request. A breach is answered with an error that names the bound.
    pub(crate) struct Limits {
        /// Levels of embedding below the root.
        pub embed_depth_max: u16 = plan_limits().embed_depth_max,
        /// Embeds in one request.
        pub embeds_max: u16 = plan_limits().embeds_max,
        /// Items of all select lists together.
        pub items_max: u16 = plan_limits().items_max,
        /// Conditions of all filters together.
        pub conditions_max: u16 = plan_limits().conditions_max,
        /// Nesting of `and`, `or`, `not`.
        pub condition_depth_max: u16 = plan_limits().condition_depth_max,
        /// Sort terms of one level.
        pub order_terms_max: u16 = plan_limits().order_terms_max,
        /// Elements of one `in` list or array value.
        pub list_items_max: u32 = plan_limits().list_items_max,
        /// Whether every caller may change or remove all rows of a relation at once, and not the service role alone.
        pub unbounded_writes: bool = plan_limits().unbounded_writes,
        /// Rows of one write.
        pub write_rows_max: u32 = plan_limits().write_rows_max,
        /// Rows answered at every level, whatever the request says.
        pub rows_max: u32 = plan_limits().rows_max,
        /// Rows of a page by cursor that does not say how many.
        pub page_rows: u32 = plan_limits().page_rows,
        /// Bytes of one regular expression.
        pub regex_bytes_max: u32 = plan_limits().regex_bytes_max,
        /// Steps of one JSON path.
        pub path_steps_max: u16 = plan_limits().path_steps_max,
        /// Nesting of a JSON value.
        pub json_depth_max: u16 = plan_limits().json_depth_max,
        /// Whether aggregates, such as `count()` and `sum`, may be asked for.
        pub aggregates: bool = plan_limits().aggregates,
        /// Operations of one transaction.
        pub transaction_operations_max: u16 = plan_limits().transaction_operations_max,
        /// References to earlier results in one transaction.
        pub transaction_references_max: u16 = plan_limits().transaction_references_max,
        /// Rows that the operations of one transaction write and answer together.
        pub transaction_rows_max: u32 = plan_limits().transaction_rows_max,
    }
}

section! {
    /// The embedded database.
    pub(crate) struct Sqlite {
        /// `full` survives a power cut without losing an acknowledged write; `normal` may lose the last ones and is faster.
        pub durability: Durability = Durability::Full,
        /// Connections for quick reads, and as many again for slow ones. Unset is one for each core, at least two.
        pub readers: Option<u16> = None,
        /// Requests that wait for the writer; a further one is answered with 503 and `Retry-After`.
        pub queue_max: u32 = 1_024,
        /// Writes in one commit.
        pub batch_max: u32 = 256,
        /// Longest that a commit waits to take more writes in.
        pub batch_time_max: Interval = Interval::milliseconds(20),
        /// Time that the statements of one request may take; after it the answer is 504.
        pub statement_timeout: Interval = Interval::seconds(5),
        /// Largest answer.
        pub answer_max: Size = Size::mebibytes(64),
        /// Compiled statements kept.
        pub plan_cache_entries_max: u32 = 1_000,
    }
}

section! {
    /// A PostgreSQL database.
    pub(crate) struct Postgres {
        /// Connections, a quarter of them for reads, which share them; one more listens to other nodes. Divide what the server takes by the number of nodes.
        pub connections_max: u16 = 16,
        /// Requests that wait for a connection; a further one is answered with 503 and `Retry-After`.
        pub queue_max: u32 = 1_024,
        /// Longest that a request waits for a connection; after it the answer is 503.
        pub queue_wait_max: Interval = Interval::seconds(5),
        /// Time that the statements of one request may take; after it they are stopped.
        pub statement_timeout: Interval = Interval::seconds(5),
        /// Largest answer.
        pub answer_max: Size = Size::mebibytes(64),
        /// Compiled statements kept.
        pub plan_cache_entries_max: u32 = 1_000,
        /// Addresses of servers that follow the first one (streaming replication), with blanks between them; reads are sent there.
        pub replicas: Option<Secret> = None,
        /// Longest that such a server may be behind before no read is sent there. Whoever has written on this node reads it at once.
        pub replica_lag_max: Interval = Interval::seconds(10),
        /// Whether statements are prepared on the server. Switch it off behind a pooler that changes sessions between transactions, such as PgBouncer.
        pub prepared_statements: bool = true,
    }
}

section! {
    /// A MySQL or MariaDB database.
    pub(crate) struct Mysql {
        /// Connections, half of them for reads; one more looks for what other nodes change.
        pub connections_max: u16 = 8,
        /// Requests that wait for a connection; a further one is answered with 503 and `Retry-After`.
        pub queue_max: u32 = 1_024,
        /// Longest that a request waits for a connection; after it the answer is 503.
        pub queue_wait_max: Interval = Interval::seconds(5),
        /// Time that the statements of one request may take; after it they are stopped.
        pub statement_timeout: Interval = Interval::seconds(5),
        /// Largest answer.
        pub answer_max: Size = Size::mebibytes(64),
        /// Compiled statements kept.
        pub plan_cache_entries_max: u32 = 1_000,
    }
}

section! {
    /// Mail that the server sends. `docs/mail.md` tells more.
    pub(crate) struct Mail {
        /// How mail is sent: `smtp://user:password@host:587`, `smtps://user:password@host`, `sendgrid://KEY`, or `dir:PATH` for files. Unset writes files into the folder `mail` of the data folder.
        pub url: Option<Secret> = None,
        /// Sender of every mail: `name@example.org` or `Name <name@example.org>`. Unset is `no-reply` at the host of `auth.site_url`.
        pub from: Option<String> = None,
        /// Folder of templates that replace the built-in ones: `<name>.mjml` or `.html`, `.txt`, `.subject`.
        pub templates: Option<PathBuf> = None,
    }
}

section! {
    /// Requests from the server to other servers: sign-in providers, mail services, webhooks.
    pub(crate) struct Egress {
        /// Inner targets that may be called, beside the open internet: hosts (`id.example.org`, `*.example.org`), addresses or networks (`10.0.0.0/8`).
        pub allow: Vec<String> = Vec::new(),
    }
}

section! {
    /// `backstay dev`.
    pub(crate) struct Dev {
        /// Folder of files named `<number>-<relation>.<csv, json or ndjson>`, loaded in their order into a new database.
        pub seed: Option<PathBuf> = None,
    }
}

choice! {
    /// When a write is acknowledged.
    pub(crate) enum Durability {
        /// After the disk has it.
        Full = "full",
        /// After the operating system has it.
        Normal = "normal",
    }
}

impl Server {
    /// Whether clients are told to use HTTPS only.
    #[must_use]
    pub(crate) fn keeps_to_https(&self) -> bool {
        self.hsts.unwrap_or(self.tls.cert.is_some())
    }
}

impl Config {
    /// Refuses values that no server can run with: the key, and the rest of a sentence about it.
    pub(crate) fn check(&self) -> Result<(), (&'static str, Cow<'static, str>)> {
        let is_web = |url: &String| url.starts_with("http://") || url.starts_with("https://");
        let wrong = [
            (self.external_url.iter().any(|url| !is_web(url)), ("external_url", "must begin with http:// or https://")),
            (
                self.rest.alias.iter().any(|path| !path.starts_with('/') || path.len() < 2),
                ("rest.alias", "must begin with / and have a name after it"),
            ),
            (
                self.cors.origins.iter().any(|origin| origin != "*" && !is_web(origin)),
                ("cors.origins", "must hold `*` or addresses that begin with http:// or https://"),
            ),
            (
                self.auth.site_url.iter().any(|url| !is_web(url)),
                ("auth.site_url", "must begin with http:// or https://"),
            ),
            (!(6..=10).contains(&self.auth.codes.length), ("auth.codes.length", "must be from 6 to 10")),
            (self.auth.codes.attempts == 0, ("auth.codes.attempts", "must be at least 1")),
            (self.auth.limits.scale == 0, ("auth.limits.scale", "must be at least 1")),
            (self.auth.password.min_length < 6, ("auth.password.min_length", "must be at least 6")),
            (
                self.auth.cookies.origins.iter().any(|origin| !is_web(origin)),
                ("auth.cookies.origins", "must hold addresses that begin with http:// or https://"),
            ),
            (
                self.auth.providers.values().any(|provider| provider.client_id.is_empty()),
                ("auth.providers", "must have a client_id for each provider"),
            ),
            (self.server.connections_max == 0, ("server.connections_max", "must be at least 1")),
            (self.server.requests_max == 0, ("server.requests_max", "must be at least 1")),
            (self.server.request_timeout.duration().is_zero(), ("server.request_timeout", "must be more than nothing")),
            (
                self.server.tls.cert.is_some() && self.server.tls.key.is_none(),
                ("server.tls.key", "is needed with server.tls.cert"),
            ),
            (
                self.server.tls.key.is_some() && self.server.tls.cert.is_none(),
                ("server.tls.cert", "is needed with server.tls.key"),
            ),
            (
                self.server.tls.check_interval.duration().is_zero(),
                ("server.tls.check_interval", "must be more than nothing"),
            ),
            (
                self.server.tls.redirect_listen.is_some() && self.server.tls.cert.is_none(),
                ("server.tls.redirect_listen", "needs server.tls.cert: there is no HTTPS to redirect to"),
            ),
            (
                self.server.tls.redirect_listen.is_some()
                    && self.external_url.as_ref().is_none_or(|url| !url.starts_with("https://")),
                (
                    "server.tls.redirect_listen",
                    "needs an external_url that begins with https://: that is where it redirects to",
                ),
            ),
            (self.limits.rows_max == 0, ("limits.rows_max", "must be at least 1")),
            (self.sqlite.queue_max == 0, ("sqlite.queue_max", "must be at least 1")),
            (self.postgres.queue_max == 0, ("postgres.queue_max", "must be at least 1")),
            (self.postgres.connections_max < 2, ("postgres.connections_max", "must be at least 2")),
            (
                self.postgres.statement_timeout.duration().is_zero(),
                ("postgres.statement_timeout", "must be more than nothing"),
            ),
            (self.mysql.queue_max == 0, ("mysql.queue_max", "must be at least 1")),
            (self.mysql.connections_max < 2, ("mysql.connections_max", "must be at least 2")),
            (
                self.mysql.statement_timeout.duration().is_zero(),
                ("mysql.statement_timeout", "must be more than nothing"),
            ),
            (self.sqlite.batch_max == 0, ("sqlite.batch_max", "must be at least 1")),
            (
                self.sqlite.statement_timeout.duration().is_zero(),
                ("sqlite.statement_timeout", "must be more than nothing"),
            ),
        ];
        wrong.into_iter().find(|(wrong, _)| *wrong).map_or(Ok(()), |(_, (key, problem))| Err((key, problem.into())))?;
        self.mail.check()?;
        AllowList::parse(&self.egress.allow).map(|_| ()).map_err(|error| ("egress.allow", wrong_entry(&error)))
    }
}

impl Mail {
    /// Refuses addresses that lead nowhere. The URL is a secret: only what is wrong with it is told.
    fn check(&self) -> Result<(), (&'static str, Cow<'static, str>)> {
        if let Some(url) = &self.url {
            MailUrl::parse(url.reveal()).map_err(|error| ("mail.url", error.to_string().into()))?;
        }
        let wrong = |error| ("mail.from", format!("is {error}").into());
        self.from.as_deref().map_or(Ok(()), |from| Mailbox::parse(from).map(|_| ()).map_err(wrong))
    }
}

fn wrong_entry(error: &InvalidAllow) -> Cow<'static, str> {
    format!("has an entry that means nothing: {error}").into()
}

impl Limits {
    /// As the plan knows them.
    #[must_use]
    pub(crate) fn plan(&self, graphql: &graphql::Graphql) -> backstay_plan::limits::Limits {
        backstay_plan::limits::Limits {
            embed_depth_max: self.embed_depth_max,
            embeds_max: self.embeds_max,
            items_max: self.items_max,
            conditions_max: self.conditions_max,
            condition_depth_max: self.condition_depth_max,
            order_terms_max: self.order_terms_max,
            list_items_max: self.list_items_max,
            unbounded_writes: self.unbounded_writes,
            write_rows_max: self.write_rows_max,
            rows_max: self.rows_max,
            page_rows: self.page_rows,
            regex_bytes_max: self.regex_bytes_max,
            path_steps_max: self.path_steps_max,
            json_depth_max: self.json_depth_max,
            aggregates: self.aggregates,
            transaction_operations_max: self.transaction_operations_max,
            transaction_references_max: self.transaction_references_max,
            transaction_rows_max: self.transaction_rows_max,
            document: graphql.limits.plan(),
        }
    }
}

fn plan_limits() -> backstay_plan::limits::Limits {
    backstay_plan::limits::Limits::default()
}

/// Whether the person asked for no colours (<https://no-color.org>).
#[must_use]
pub(crate) fn no_colour() -> bool {
    environment::variables().any(|(name, value)| name == "NO_COLOR" && !value.is_empty())
}
