//! The command line: names, flags and the help that teaches them. Fixed, since scripts rely on it. What a command does is in `commands`.

mod administration;

pub(crate) use administration::{
    Audit, CreateAdmin, Keys, KeysAction, KeysFormat, ListFormat, NewKey, Users, UsersAction,
};

use administration::{AUDIT, CREATE_ADMIN, KEYS, USERS};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes: 0 done, 1 a problem was found or met, 2 the command line is wrong.
Data goes to standard output, messages go to standard error.";

/// A complete application backend from one schema file.
#[derive(Debug, Parser)]
#[command(name = "backstay", version, max_term_width = 110, after_help = START, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Settings file instead of `backstay.toml`.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const START: &str = "\
Start here:
  backstay init my-app                 write a schema and settings into my-app/
  backstay dev my-app                  serve it, and follow every change of the schema
  backstay check my-app/schema.graphql find every mistake in a schema

Exit codes: 0 done, 1 a problem was found or met, 2 the command line is wrong.
Data goes to standard output, messages go to standard error.";

/// Commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a schema, settings and an example environment file into a folder.
    #[command(after_help = INIT)]
    Init(Init),
    /// Serve a project and follow every change of its schema.
    #[command(after_help = DEV)]
    Dev(Dev),
    /// Serve in production.
    #[command(after_help = SERVE)]
    Serve(Serve),
    /// Find every mistake in a schema; nothing is changed.
    #[command(after_help = CHECK)]
    Check(Check),
    /// Bring the database to what the schema says.
    #[command(after_help = MIGRATE)]
    Migrate(Migrate),
    /// Make, show and change accounts; also while a server runs.
    #[command(after_help = USERS)]
    Users(Users),
    /// Make an administrator, whose password is printed once.
    #[command(after_help = CREATE_ADMIN)]
    CreateAdmin(CreateAdmin),
    /// Show what happened to accounts, sessions and keys.
    #[command(after_help = AUDIT)]
    Audit(Audit),
    /// The keys of a data folder: of clients, of machines, and those that sign tokens.
    #[command(after_help = KEYS)]
    Keys(Keys),
    /// Sign a token for a role and a user, for tests.
    #[command(after_help = TOKEN)]
    Token(Token),
    /// Load rows from a CSV, JSON or NDJSON file.
    #[command(after_help = IMPORT)]
    Import(Import),
    /// Write the rows of a model to standard output.
    #[command(after_help = EXPORT)]
    Export(Export),
    /// Carry a whole application from one database to another.
    #[command(name = "move", after_help = MOVE)]
    Move(Move),
    /// Write a consistent copy of a data folder, also while its server runs.
    #[command(after_help = BACKUP)]
    Backup(Backup),
    /// Verify a backup and put it in place.
    #[command(after_help = RESTORE)]
    Restore(Restore),
    /// Look for what is wrong or about to be: settings, schema, database, keys, clock, disk, network.
    #[command(after_help = DOCTOR)]
    Doctor(Doctor),
    /// Show why a request gets what it gets: rules, predicate, SQL, query plan.
    #[command(after_help = EXPLAIN)]
    Explain(Explain),
    /// Name the indexes that are missing, with what each would cost and bring.
    #[command(after_help = ADVISE)]
    Advise(Advise),
    /// Print documents made from the schema: OpenAPI, SDL, directives, client types.
    #[command(after_help = SCHEMA)]
    Schema(Schema),
    /// Look at the mails that the server sends.
    #[command(after_help = MAIL)]
    Mail(Mail),
    /// Print the reference of the settings or commands, or a settings file with every default.
    #[command(after_help = CONFIG)]
    Config(Settings),
}

/// Where the project is; shared by the commands that open it.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct Project {
    /// Schema file, or folder of `*.graphql` files [default: schema.graphql].
    #[arg(long, global = true, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    /// Folder of the database and the keys [default: .backstay].
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `backstay init`
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Folder to write into; made when it does not exist.
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// Which schema to begin with.
    #[arg(long, value_enum, default_value_t = Template::Minimal)]
    pub template: Template,
    /// Write the schema of a database that is there: `sqlite:PATH`, `postgres://USER:PASSWORD@HOST/NAME` or `mysql://…`.
    #[arg(long, value_name = "URL", conflicts_with = "template")]
    pub from: Option<String>,
}

/// Schemas to begin with.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Template {
    /// Two models with rules, fully commented.
    Minimal,
    /// Courses, enrolments, assignments, submissions, announcements.
    LearningPortal,
}

const INIT: &str = "\
Files that exist are never overwritten.

With --from the schema is made of the tables that are there, and says that they are
left as they are (`@model(managed: false)`). The database is only read. What a schema
cannot say stands in the file as a comment, and is printed.

Examples:
  backstay init                                  into the working directory
  backstay init school --template learning-portal
  backstay init shop --from postgres://app:secret@localhost/shop

Then: backstay dev school";

/// `backstay dev`
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// Folder of the project: schema.graphql, backstay.toml; data in its .backstay folder [default: .].
    pub dir: Option<PathBuf>,
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
    /// Address and port to listen on [default: 127.0.0.1:8000].
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Apply changes that lose data (a dropped model or field) too.
    #[arg(long)]
    pub allow_destructive: bool,
}

const DEV: &str = "\
On every save the schema is checked again. Mistakes are shown, and the schema
before goes on serving. Additions are applied to the database at once. A change
that would lose data is shown, and refused unless --allow-destructive is given.

Examples:
  backstay dev                                   the project in the working directory
  backstay dev examples/learning-portal
  backstay dev --schema app.graphql --listen 127.0.0.1:9000";

/// `backstay serve`
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
    /// Address and port to listen on [default: 127.0.0.1:8000].
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
}

const SERVE: &str = "\
Additions of the schema are applied at start. With a change that would lose
data the server does not start; it says which command applies the change.
SIGINT or SIGTERM stops it: running requests get server.shutdown_grace to end.

Examples:
  backstay serve --schema schema.graphql --data /var/lib/backstay --listen 0.0.0.0:8000
  BACKSTAY_DATA_DIR=/var/lib/backstay BACKSTAY_LOG=warn backstay serve

Health: GET /health/live, GET /health/ready. Metrics: GET /metrics.";

/// `backstay check`
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Schema file, or folder of `*.graphql` files [default: schema.graphql].
    pub file: Option<PathBuf>,
    /// How the findings are shown.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
}

/// Shapes of what a command finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Text, for people.
    Text,
    /// One JSON object, for editors and CI.
    Json,
}

const CHECK: &str = "\
All findings of all files are shown in one run, also which directives are not
active yet. Exit code 1 when there is an error; warnings and notes do not count.

Examples:
  backstay check
  backstay check app/schema.graphql
  backstay check --format json | jq '.diagnostics[] | \"\\(.file):\\(.start.line): \\(.message)\"'";

/// `backstay migrate`
#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
    /// Which step.
    #[command(subcommand)]
    pub step: MigrateStep,
}

/// Steps of a migration.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum MigrateStep {
    /// Show what would change, in words and in SQL; change nothing.
    Plan,
    /// Apply it.
    Apply {
        /// Apply changes that lose data too.
        #[arg(long)]
        allow_destructive: bool,
    },
    /// Say whether the database is what the schema says; exit code 1 when it is not.
    Status,
}

const MIGRATE: &str = "\
A rename is told apart from drop-and-add by @rename(from: \"old\") in the schema.
A migration is one transaction: applied whole or not at all, even when the power
fails.

Examples:
  backstay migrate plan --schema schema.graphql --data .backstay
  backstay migrate apply
  backstay migrate apply --allow-destructive     after a look at the plan, and a copy of the data folder
  backstay migrate status";

/// `backstay token`
#[derive(Debug, Args)]
pub(crate) struct Token {
    /// Folder of the database and the keys [default: .backstay].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// `anon`, `authenticated`, `service_role`, or a role of the application such as `admin`.
    #[arg(long)]
    pub role: String,
    /// Id of the user: `auth.uid` in rules.
    #[arg(long)]
    pub sub: Option<String>,
    /// More claims, as a JSON object; they win over the ones made here.
    #[arg(long, value_name = "JSON")]
    pub claims: Option<String>,
    /// How long it is valid.
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    pub ttl: String,
}

const TOKEN: &str = "\
A role of the application is put where rules read it: role `authenticated`, app_metadata.role set.

Examples:
  backstay token --role authenticated --sub 0198b2f0-0000-7000-8000-00000000000a
  backstay token --role admin --sub ada --ttl 12h
  backstay token --role authenticated --sub ada --claims '{\"org\":\"blue\"}'";

/// `backstay import`
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Model or relation name: `Course` or `courses`.
    pub model: String,
    /// File that ends in .csv, .json (an array of objects) or .ndjson (an object a line); `-` reads standard input.
    pub file: PathBuf,
    /// Shape of the file, when its name does not tell.
    #[arg(long, value_enum)]
    pub format: Option<RowFormat>,
    /// Leave bad rows out instead of loading nothing.
    #[arg(long)]
    pub skip_bad: bool,
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
}

/// Shapes of row files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// A header line and a line a row.
    Csv,
    /// An array of objects.
    Json,
    /// An object a line.
    Ndjson,
}

const IMPORT: &str = "\
Rows are checked like those of an API call of the service role: types,
validation, unique and foreign keys. Absent fields and empty CSV cells take their
defaults. All rows are loaded or none; each bad row is reported with its line and
reason. With --skip-bad the good ones are loaded all the same.
The data folder must not be in use by a running server.

Examples:
  backstay import courses courses.csv
  backstay import Movie movies.json --skip-bad
  zcat log.ndjson.gz | backstay import events - --format ndjson";

/// `backstay export`
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Model or relation name: `Course` or `courses`.
    pub model: String,
    /// Shape of the output.
    #[arg(long, value_enum, default_value_t = RowFormat::Json)]
    pub format: RowFormat,
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
}

const EXPORT: &str = "\
Every field is written, private ones too, in primary-key order, in the shape that
`backstay import` reads. The data folder must not be in use by a running server.

Examples:
  backstay export courses > courses.json
  backstay export courses --format csv > courses.csv";

/// `backstay move`
#[derive(Debug, Args)]
pub(crate) struct Move {
    /// Where the rows are: `sqlite:PATH`, `postgres://USER:PASSWORD@HOST/NAME` or `mysql://…`.
    #[arg(long, value_name = "URL")]
    pub from: String,
    /// The empty database that they go to.
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// Go on with a move that was interrupted; begins anew where there is none.
    #[arg(long)]
    pub resume: bool,
    /// What is printed at the end.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
}

const MOVE: &str = "\
Every row goes along: those of the schema's models, accounts, sessions and all that
Backstay keeps. Stop the servers first: what they write meanwhile does not go along.
Both databases must be what the schema says, and the second one must be empty; its
tables are made. In the end each table is counted and summed up on both sides. Until
then no server starts on the second database, and a move that was stopped goes on
with --resume. The first database is only read.

The data folder stays where it is: it holds the keys, without which nobody's token
is valid. Start the server on the other database with the same one.

Examples:
  backstay move --from sqlite:.backstay/backstay.db --to postgres://app:secret@localhost/app
  backstay move --from postgres://app@localhost/app --to mysql://app@localhost/app --resume

Then: BACKSTAY_DATABASE_URL=postgres://app:secret@localhost/app backstay serve";

/// `backstay backup`
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// Folder to make, file to make when its name ends in .tar, or `-` for a .tar on standard output.
    pub dest: PathBuf,
    /// Leave out the keys file, whose secret signs every token.
    #[arg(long)]
    pub without_keys: bool,
    /// What is printed at the end.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
}

const BACKUP: &str = "\
The server may go on: writers are not held up, and every write that was
acknowledged before the command began is in the copy. A backup holds the database,
the keys, the schema, and manifest.json with counts of rows and a SHA-256 of each
file. It gets its name once it is whole and on the disk; nothing is overwritten.
Settings are not in it: keep backstay.toml and the environment elsewhere.

Examples:
  backstay backup backups/2026-11-25 --data /var/lib/backstay
  backstay backup \"/mnt/backups/$(date +%F).tar\" --schema /etc/backstay/schema.graphql
  backstay backup - --without-keys | ssh other-host 'cat > backstay.tar'

Then: backstay restore backups/2026-11-25 --verify-only";

/// `backstay restore`
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Folder or .tar file that `backstay backup` made, or `-` for a .tar on standard input.
    pub source: PathBuf,
    /// Folder to put it into [default: .backstay].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Replace a data folder that is not empty; the old one is moved aside, not deleted.
    #[arg(long)]
    pub replace: bool,
    /// Verify it and put nothing in place.
    #[arg(long, conflicts_with = "replace")]
    pub verify_only: bool,
    /// What is printed at the end.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
}

const RESTORE: &str = "\
Before anything is put in place, the hashes, the structure of the database, its
foreign keys and the number of rows of each table are compared with the manifest.
Then the folder is put in place in one step: whatever happens, the old folder or
the new one is there. The server that uses the folder must be stopped.

Examples:
  backstay restore backups/2026-11-25 --verify-only
  backstay restore backups/2026-11-25.tar --data /var/lib/backstay
  backstay restore backups/2026-11-25 --data /var/lib/backstay --replace";

/// `backstay doctor`
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// How the findings are shown.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
}

const DOCTOR: &str = "\
Works beside a running server, and changes nothing. Run it as the server's user and
with the server's settings. Every finding that is not ok says what to do next. The
exit code is 1 when there is a problem; warnings do not count. The whole database
is read once: with a large one that takes a while.

Examples:
  backstay doctor
  backstay doctor --schema /etc/backstay/schema.graphql --data /var/lib/backstay
  backstay doctor --format json | jq '.checks[] | select(.verdict != \"ok\")'";

/// `backstay explain`
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Who asks: `anon`, `service`, `user:ID`, or `ROLE:ID` with a role of the application.
    #[arg(long = "as", value_name = "WHO")]
    pub who: String,
    /// Method and path, such as 'GET /courses?select=title'; the path is what follows /rest/v1.
    #[arg(long)]
    pub request: String,
    /// Body of a POST or PATCH.
    #[arg(long)]
    pub body: Option<String>,
    /// How it is shown.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
}

const EXPLAIN: &str = "\
Nothing is run, and the data is not touched: it works beside a running server.

Examples:
  backstay explain --as user:ada --request 'GET /learners?select=name,email'
  backstay explain --as admin:grace --request 'GET /learners?scores=not.is.null'
  backstay explain --as anon --request 'GET /courses?order=title'";

/// `backstay schema`
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Which document.
    #[command(subcommand)]
    pub document: Document,
}

/// Documents.
#[derive(Debug, Subcommand)]
pub(crate) enum Document {
    /// OpenAPI 3.1 of what a role may see.
    Openapi(DocumentOf),
    /// The schema in GraphQL SDL, with everything that is implied written out.
    Sdl(DocumentOf),
    /// The directives that a schema file may use, for editors.
    Directives,
    /// Types for clients.
    Types(TypesOf),
    /// A Postman collection: every operation of the role by example, with tests, in an order that passes on an empty database.
    ///
    /// Set its variable `apiKey` (and `token` to act as a user), or run it with `newman run collection.json --env-var apiKey=KEY`.
    Postman(DocumentOf),
}

/// Whose view, of which schema.
#[derive(Debug, Args)]
pub(crate) struct DocumentOf {
    /// Role whose view it is: `anon`, `authenticated`, `service_role`, or one of the application.
    #[arg(long, default_value = "service_role")]
    pub role: String,
    /// Schema file, or folder of `*.graphql` files [default: schema.graphql].
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
}

/// `backstay schema types`
#[derive(Debug, Args)]
pub(crate) struct TypesOf {
    /// Language.
    #[arg(long, value_enum, default_value_t = Language::Ts)]
    pub lang: Language,
    /// Whose view, of which schema.
    #[command(flatten)]
    pub of: DocumentOf,
}

/// Languages of client types.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Language {
    /// TypeScript, in the shape that `@supabase/postgrest-js` takes.
    Ts,
}

const SCHEMA: &str = "\
Examples:
  backstay schema types --lang ts --role authenticated > database.ts
  backstay schema openapi --role anon > openapi.json
  backstay schema directives > directives.graphql";

/// `backstay advise`
#[derive(Debug, Args)]
pub(crate) struct Advise {
    /// File of what a server's requests looked for, once for each server [default: the one in the data folder].
    #[arg(long, value_name = "FILE")]
    pub recorded: Vec<PathBuf>,
    /// Most rows of a table that are copied to measure on; a file is copied as a whole.
    #[arg(long, value_name = "ROWS", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub rows: u32,
    /// Only name them; the database is not asked.
    #[arg(long)]
    pub no_measure: bool,
    /// One JSON object, for scripts.
    #[arg(long)]
    pub json: bool,
    /// Where the schema and the data are.
    #[command(flatten)]
    pub project: Project,
}

const ADVISE: &str = "\
Looks at three things: the rules (\"ownerId == auth.uid\" finds rows by ownerId), the
relations, and what the requests of a running server looked for. The server counts
that in memory and keeps it once a minute in request-shapes.json in its data folder:
names of fields and numbers, never values.

Each index is tried on a copy, so the server goes on undisturbed: a database file is
copied beside itself and the copy removed; on a server up to --rows rows go into a
temporary table that nobody else sees. Measured is one page of rows by the values of
a few rows that are there, before and after. Nothing is changed: to have an index,
add the line to the type in the schema, and start the server or migrate.

Examples:
  backstay advise
  backstay advise --recorded node1.json --recorded node2.json
  BACKSTAY_DATABASE_URL=postgres://app:secret@localhost/app backstay advise --rows 500000
  backstay advise --json | jq -r '.missing[] | select(.measured.helps) | .directive'";

/// `backstay mail`
#[derive(Debug, Args)]
pub(crate) struct Mail {
    /// What to do.
    #[command(subcommand)]
    pub action: MailAction,
}

/// What to do with mails.
#[derive(Debug, Subcommand)]
pub(crate) enum MailAction {
    /// Write every mail with sample values as .html and .txt, and a page that shows all of them.
    Preview {
        /// Folder to write into; made when it does not exist, files of the same names are replaced.
        #[arg(default_value = "mail-preview")]
        dir: PathBuf,
        /// Folder of templates instead of the setting `mail.templates`.
        #[arg(long, value_name = "DIR")]
        templates: Option<PathBuf>,
    },
}

const MAIL: &str = "\
Templates are <name>.mjml or <name>.html, <name>.txt and <name>.subject, with variables
such as {{ .Token }} and {{ .ConfirmationURL }}; what a folder lacks is built in. Mistakes
are shown with file and line, all at once, and nothing is written then.

Examples:
  backstay mail preview                          all mails, into mail-preview/
  backstay mail preview out --templates mails    with the templates in mails/
  xdg-open mail-preview/index.html

Names, variables and how to begin: docs/mail.md";

/// `backstay config`
#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// What to print.
    #[command(subcommand)]
    pub what: SettingsPart,
}

/// What there is to print about settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum SettingsPart {
    /// Every key with meaning, type, default and environment variable, as Markdown.
    Reference,
    /// A settings file in which every key stands, commented out, with its default.
    Defaults,
    /// The help of every command, as Markdown.
    Commands,
}

const CONFIG: &str = "\
Examples:
  backstay config reference | less
  backstay config defaults > backstay.toml";

/// `docs/commands.md`: the help of every command.
pub(crate) fn page() -> String {
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut out = String::from(PAGE_HEAD);
    out.push_str(&format!("\n{EXIT_CODES}\n"));
    for command in root.get_subcommands_mut().filter(|command| !command.is_hide_set() && command.get_name() != "help") {
        let help = command.render_long_help().to_string();
        let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
        out.push_str(&format!(
            "\n## `backstay {}`\n\n```text\n{}\n```\n",
            command.get_name(),
            lines.join("\n").trim_end()
        ));
    }
    out
}

const PAGE_HEAD: &str = "\
# Commands

<!-- Generated: `backstay config commands > docs/commands.md`. A test fails when it is stale. -->
";
