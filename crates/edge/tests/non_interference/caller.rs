//! The caller from whom something is hidden, with a credential as people and machines have them: the access token of an account's
//! session, or an API key where rules read claims that no session has.

use crate::api::{database, service};
use crate::place::Store;
use crate::worlds::World;
use backstay_auth::admin::Admin;
use backstay_auth::admin_edit::Edit;
use backstay_auth::api_keys::WantedKey;
use backstay_auth::asker::Asker;
use backstay_auth::limits::LimiterOptions;
use backstay_auth::password::{HashSettings, PoolSize};
use backstay_auth::password_grant::PasswordGrant;
use backstay_auth::policy::Policy;
use backstay_auth::redirect::Loopback;
use backstay_auth::service::Parts;
use backstay_auth::settings::Settings;
use backstay_auth::{AccountFacts as _, Auth, DeclaredRoles, MasterKey, Verdict, Verifier, VerifierOptions};
use backstay_engine::Engine;
use backstay_infra::http_out::{HttpOut, HttpOutOptions};
use backstay_infra::template::Templates;
use backstay_plan::Principal;
use backstay_plan::principal::{Api as Door, RoleSet, WireRole};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const EMAIL: &str = "ana@example.com";
const PASSWORD: &str = "correct horse battery 7";
const OPERATOR: Admin = Admin::Operator { key: None };

impl World {
    /// The caller from whom something is hidden.
    pub(crate) async fn caller(&self) -> Principal {
        let (engine, _place) = database(self, self.schema, Store::Sqlite).await;
        let schema = engine.schema();
        let options = VerifierOptions { roles: DeclaredRoles::of(&schema), ..VerifierOptions::default() };
        let verifier = Arc::new(Verifier::new(options));
        let auth = sign_in(&engine, &verifier).await;
        let (role, claims) = self.said();
        let token = if claims.is_empty() && role.is_none() {
            self.session(&auth).await
        } else {
            self.api_key(&auth, &role, claims).await
        };
        let now_s = engine.clock().now_micros() / 1_000_000;
        let verdict = match verifier.verify(&token, now_s).unwrap() {
            Verdict::Recheck(asked) => {
                let facts = auth.facts(asked).await.unwrap();
                verifier.confirm(&token, asked, &facts, now_s).unwrap()
            }
            known @ (Verdict::Fresh(_) | Verdict::Held(..)) => known,
        };
        let identity = verdict.fresh().unwrap();
        let roles = RoleSet { wire: WireRole::Authenticated, application: role.into_iter().collect() };
        assert_eq!((&identity.roles, identity.uid.as_deref()), (&roles, Some(self.uid)), "{}", self.name);
        Principal { identity, ip: None, method: "GET", api: Door::Rest }
    }

    /// A caller from whom nothing is hidden.
    pub(crate) fn all_seeing() -> Principal {
        service()
    }

    /// The caller's role, and the claims that rules read.
    fn said(&self) -> (Option<String>, Map<String, Value>) {
        let mut claims: Map<String, Value> = serde_json::from_str(self.claims).unwrap();
        let role = claims.remove("app_metadata").and_then(|of| of.get("role")?.as_str().map(str::to_owned));
        (role, claims)
    }

    /// The access token of an account with the world's id.
    async fn session(&self, auth: &Auth) -> String {
        let edit = Edit {
            id: Some(self.uid.to_owned()),
            email: Some(EMAIL.to_owned()),
            password: Some(PASSWORD.to_owned()),
            email_confirm: Some(true),
            ..Edit::default()
        };
        auth.create_user(&OPERATOR, &edit, None, &asker()).await.unwrap();
        let said =
            PasswordGrant { email: Some(EMAIL.to_owned()), password: PASSWORD.to_owned(), ..PasswordGrant::default() };
        auth.sign_in_with_password(said, &asker()).await.unwrap().session.access_token
    }

    /// A key of a machine that acts as the world's person.
    async fn api_key(&self, auth: &Auth, role: &Option<String>, mut claims: Map<String, Value>) -> String {
        claims.insert("sub".to_owned(), json!(self.uid));
        let wanted = WantedKey {
            name: self.name.to_owned(),
            kind: "custom".to_owned(),
            role: role.clone(),
            claims: Some(claims),
            ..WantedKey::default()
        };
        let made = auth.create_key(&OPERATOR, &wanted, &asker()).await.unwrap();
        made["api_key"].as_str().unwrap().to_owned()
    }
}

fn asker() -> Asker {
    Asker::new(None, None, "test")
}

async fn sign_in(engine: &Engine, verifier: &Arc<Verifier>) -> Auth {
    let schema = engine.schema();
    let declared = schema.role_enum.and_then(|id| schema.enums.get(usize::from(id.0)));
    let roles = declared.map(|declared| declared.values.clone()).unwrap_or_default();
    let mut rng = StdRng::seed_from_u64(7);
    let parts = Parts {
        engine: engine.clone(),
        settings: Settings { roles, ..Settings::default() },
        hashing: HashSettings::lowered(64, 1).unwrap(),
        pool: PoolSize::for_cores(1),
        policy: Policy::default(),
        limits: LimiterOptions { enabled: false, ..LimiterOptions::default() },
        loopback: Loopback::AnyPort,
        master: MasterKey::generate(&mut rng),
        verifier: Arc::clone(verifier),
        templates: Templates::load(None).unwrap(),
        http: HttpOut::new(HttpOutOptions::default()).unwrap(),
        rng: Box::new(rng),
    };
    Auth::start(parts).await.unwrap()
}
