//! A server of a test: a real database, a clock that stands still until it is moved, mails read from their queue.

use backstay_auth::asker::{Asker, Bearer};
use backstay_auth::limits::LimiterOptions;
use backstay_auth::password::{HashSettings, Password, PoolSize};
use backstay_auth::password_grant::PasswordGrant;
use backstay_auth::policy::Policy;
use backstay_auth::redirect::Loopback;
use backstay_auth::refusal::{AuthError, Code};
use backstay_auth::service::Parts;
use backstay_auth::session::Session;
use backstay_auth::settings::Settings;
use backstay_auth::signup::{SignUp, SignedUp};
use backstay_auth::verify::{Answer, Proven, Verified};
use backstay_auth::{Auth, MasterKey, Verifier, VerifierOptions};
use backstay_engine::clock::Clock;
use backstay_engine::migrate::{self, Permission};
use backstay_engine::{Engine, OpenOptions, ask};
use backstay_infra::http_out::{HttpOut, HttpOutOptions};
use backstay_infra::template::Templates;
use backstay_schema::Source;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::de::DeserializeOwned;
use serde_json::{Map, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use uuid::Uuid;

use crate::place::{Place, Store};

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3_600);
pub(crate) const PASSWORD: &str = "correct horse battery 7";

/// People with a profile, and rows that refer to it.
pub(crate) const LEARNERS: &str = r#"
enum Role @role { learner admin }
type Learner @model @authUser(copy: ["name"]) @access(roles: ["user"], ops: [READ], when: "id == auth.uid") {
  id: ID! @id
  name: String @length(max: 20)
  email: Email! @unique
  role: Role! @default(value: learner)
}
type Post @model @access(roles: ["user"], ops: [READ]) {
  id: Int! @id(auto: INCREMENT)
  authorId: ID!
  author: Learner! @relation(fields: ["authorId"], references: ["id"])
}
"#;

/// A clock that stands still until it is moved.
pub(crate) struct Moved(AtomicI64);

impl Clock for Moved {
    fn now_micros(&self) -> i64 {
        self.0.load(Ordering::Acquire)
    }
}

impl Moved {
    pub(crate) fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::AcqRel);
    }

    pub(crate) fn now_s(&self) -> i64 {
        self.now_micros() / 1_000_000
    }
}

pub(crate) struct Server {
    pub(crate) auth: Auth,
    pub(crate) engine: Engine,
    pub(crate) clock: Arc<Moved>,
    _place: Place,
}

/// What a mail opens.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) template: String,
    pub(crate) to: String,
    pub(crate) code: String,
    /// Empty for mails without a link.
    pub(crate) link: String,
}

impl Server {
    /// A server with a schema on one of the databases, without limits.
    pub(crate) async fn start(store: Store, schema: &str, settings: Settings) -> Self {
        let place = Place::new(store);
        let clock = Arc::new(Moved(AtomicI64::new(1_800_000_000_000_000)));
        let source = Source { name: "schema.graphql".to_owned(), text: schema.to_owned() };
        let parsed = backstay_schema::parse(&[source]);
        let schema = Arc::new(parsed.schema.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics)));
        let options = OpenOptions { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..place.options() };
        let engine = Engine::open(Arc::clone(&schema), options).unwrap();
        let plan = migrate::plan(&engine, schema).await.unwrap();
        migrate::apply(&engine, plan, Permission::AdditiveOnly).await.unwrap();
        let mut rng = StdRng::seed_from_u64(7);
        let parts = Parts {
            engine: engine.clone(),
            settings,
            hashing: HashSettings::lowered(64, 1).unwrap(),
            pool: PoolSize::for_cores(1),
            policy: Policy::default(),
            limits: LimiterOptions { enabled: false, ..LimiterOptions::default() },
            loopback: Loopback::AnyPort,
            master: MasterKey::generate(&mut rng),
            verifier: Arc::new(Verifier::new(VerifierOptions::default())),
            templates: Templates::load(None).unwrap(),
            http: HttpOut::new(HttpOutOptions::default()).unwrap(),
            rng: Box::new(rng),
        };
        Self { auth: Auth::start(parts).await.unwrap(), engine, clock, _place: place }
    }

    /// The mails that came since the last look, oldest first.
    pub(crate) async fn mails(&self) -> Vec<Letter> {
        #[derive(serde::Deserialize)]
        struct Row {
            template: String,
            to: String,
            text: String,
        }
        while self.auth.answer_mail_requests().await.unwrap() > 0 {}
        let read =
            ask::read("mail_messages").columns(&["template", "to", "text"]).ascending("created_at").ascending("id");
        let rows: Vec<Row> = self.rows(read).await;
        self.engine.ask(ask::delete("mail_messages").is_set("id")).await.unwrap();
        let letter = |row: Row| {
            let code = row.text.split(|c: char| !c.is_ascii_digit()).find(|run| run.len() == 6).unwrap_or_default();
            let link = row.text.split("/verify?token=").nth(1).and_then(|rest| rest.split('&').next());
            Letter {
                template: row.template,
                to: row.to,
                code: code.to_owned(),
                link: link.unwrap_or_default().to_owned(),
            }
        };
        rows.into_iter().map(letter).collect()
    }

    /// The rows of a read of Backstay's own tables.
    pub(crate) async fn rows<T: DeserializeOwned>(&self, read: ask::Ask<ask::Reading>) -> Vec<T> {
        self.engine.ask(read).await.unwrap().rows().unwrap()
    }

    /// Signs up; the address is not proven yet.
    pub(crate) async fn sign_up(&self, email: &str) -> Result<SignedUp, AuthError> {
        let data = Map::from_iter([("name".to_owned(), json!("Ana"))]);
        let said =
            SignUp { email: Some(email.to_owned()), password: Some(PASSWORD.to_owned()), data, ..SignUp::default() };
        self.auth.sign_up(said, &home()).await
    }

    /// A new account with a proven address, and its session.
    pub(crate) async fn person(&self, email: &str) -> Session {
        self.sign_up(email).await.unwrap();
        let letter = self.mails().await.pop().unwrap();
        let proven = Proven::Code { email: email.to_owned(), token: letter.code };
        match self.auth.verify("signup", &proven, Answer::Session, &home()).await.unwrap() {
            Verified::Session(session) => *session,
            Verified::Code(_) | Verified::Half => panic!("a sign-up opens a session"),
        }
    }

    /// Signs in with a password.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Result<Session, AuthError> {
        let said =
            PasswordGrant { email: Some(email.to_owned()), password: password.to_owned(), ..PasswordGrant::default() };
        Ok(self.auth.sign_in_with_password(said, &home()).await?.session)
    }
}

/// What a session's token stands for as long as it lives.
pub(crate) fn bearer(user_id: Uuid, session_id: Uuid, aal: &str) -> Bearer {
    Bearer { user_id, session_id, aal: aal.to_owned(), roles: Vec::new() }
}

/// A password of one's own for each number. The filter of breached ones takes one in 250 for known; those are passed over.
pub(crate) fn new_password(number: u32) -> String {
    let mut tries = (0..).map(|attempt| format!("staple purple monkey {number}.{attempt}"));
    tries.find(|text| Policy::default().check(&Password::new(text), &[]).is_ok()).unwrap()
}

/// How many random sequences a test makes: fewer on a server, where each message waits for disks and for others.
#[expect(clippy::disallowed_methods, reason = "a test is asked for its length by the environment")]
pub(crate) fn sequences(store: Store, on_sqlite: u32) -> u32 {
    let otherwise = if store == Store::Sqlite { on_sqlite } else { on_sqlite / 4 };
    std::env::var("SEQUENCES").ok().map_or(otherwise, |text| text.parse().unwrap())
}

/// The code of a refusal.
#[track_caller]
pub(crate) fn code_of<T>(outcome: Result<T, AuthError>) -> Option<Code> {
    match outcome {
        Ok(_) => None,
        Err(AuthError::Refused(refusal)) => Some(refusal.code),
        Err(error) => panic!("{error}"),
    }
}

/// The browser and the renderer, which passes on the browser's name and address.
pub(crate) fn home() -> Asker {
    asker("Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", "203.0.113.7")
}

pub(crate) fn thief() -> Asker {
    asker("curl/8", "198.51.100.9")
}

fn asker(user_agent: &str, ip: &str) -> Asker {
    Asker::new(Some(ip.parse().unwrap()), Some(user_agent), "test")
}
