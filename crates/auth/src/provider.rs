//! Providers by which people sign in: what is known of each as one table, and what the operator set up. In: settings. Out: [`Providers`].
//! Nothing of a provider changes while the server runs but the cache of its published keys: no request sees another one's.

pub(crate) mod apple;
pub(crate) mod discovery;
pub(crate) mod exchange;
pub(crate) mod id_token;
pub(crate) mod person;

use crate::provider::discovery::Cache;
use backstay_infra::http_out::HttpOut;
use std::fmt;
use url::{Host, Url};

/// Longest name of a provider, bytes.
const NAME_BYTES_MAX: usize = 64;

/// What an operator says about a provider.
#[derive(Clone, Default)]
pub struct ProviderSettings {
    /// The name that clients ask for.
    pub name: String,
    /// Identifiers of the application there; the first one signs in by the browser, tokens for any of them are taken.
    pub client_ids: Vec<String>,
    /// Secret of the application there; for Apple the private key (PEM), or a ready client secret.
    pub secret: Option<String>,
    /// Address of the provider where it is not the built-in one.
    pub issuer: Option<String>,
    /// Further scopes.
    pub scopes: Vec<String>,
    /// Apple: id of the private key.
    pub key_id: Option<String>,
    /// Apple: id of the team.
    pub team_id: Option<String>,
}

impl fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderSettings")
            .field("name", &self.name)
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Why a provider cannot be used as it is set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("auth.providers.{name} {problem}")]
pub struct InvalidProvider {
    /// Its name.
    pub name: String,
    /// The rest of a sentence.
    pub problem: &'static str,
}

/// How a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// OpenID Connect: endpoints and keys are published below the issuer.
    OpenId,
    /// OAuth 2.0 with an API of its own. Endpoints are paths below `base`, those of the API below `api`.
    OAuth {
        api: &'static str,
        api_elsewhere: &'static str,
        authorize: &'static str,
        token: &'static str,
        people: &'static [&'static str],
    },
}

/// What a provider's word about an e-mail address is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EmailProof {
    /// The claim `email_verified`.
    EmailVerified,
    /// Microsoft: any tenant writes any address; only `xms_edov` says that its domain is the tenant's.
    DomainOwner,
    /// Facebook gives confirmed addresses only.
    AsGiven,
    /// GitHub lists the addresses of a person, each with a mark.
    Listed,
    /// Discord: `verified`.
    Verified,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuiltIn {
    pub(crate) name: &'static str,
    /// Issuer, or base of the endpoints.
    base: &'static str,
    pub(crate) protocol: Protocol,
    scopes: &'static [&'static str],
    pub(crate) proof: EmailProof,
    /// Whether the answer comes as a form that the provider's page posts.
    pub(crate) form_post: bool,
}

const fn open_id(name: &'static str, base: &'static str, scopes: &'static [&'static str]) -> BuiltIn {
    BuiltIn { name, base, protocol: Protocol::OpenId, scopes, proof: EmailProof::EmailVerified, form_post: false }
}

/// The providers that need no issuer.
pub(crate) const BUILT_IN: [BuiltIn; 7] = [
    BuiltIn { form_post: true, ..open_id("apple", "https://appleid.apple.com", &["openid", "email", "name"]) },
    BuiltIn {
        proof: EmailProof::DomainOwner,
        ..open_id("azure", "https://login.microsoftonline.com/common/v2.0", OPEN_ID_SCOPES)
    },
    BuiltIn {
        name: "discord",
        base: "https://discord.com",
        protocol: Protocol::OAuth {
            api: "https://discord.com/api",
            api_elsewhere: "/api",
            authorize: "/oauth2/authorize",
            token: "/api/oauth2/token",
            people: &["/users/@me"],
        },
        scopes: &["email", "identify"],
        proof: EmailProof::Verified,
        form_post: false,
    },
    BuiltIn {
        name: "facebook",
        base: "https://www.facebook.com",
        protocol: Protocol::OAuth {
            api: "https://graph.facebook.com",
            api_elsewhere: "",
            authorize: "/dialog/oauth",
            token: "/oauth/access_token",
            people: &["/me?fields=id,name,first_name,last_name,email,picture"],
        },
        scopes: &["email"],
        proof: EmailProof::AsGiven,
        form_post: false,
    },
    BuiltIn {
        name: "github",
        base: "https://github.com",
        protocol: Protocol::OAuth {
            api: "https://api.github.com",
            api_elsewhere: "/api/v3",
            authorize: "/login/oauth/authorize",
            token: "/login/oauth/access_token",
            people: &["/user", "/user/emails"],
        },
        scopes: &["user:email"],
        proof: EmailProof::Listed,
        form_post: false,
    },
    open_id("gitlab", "https://gitlab.com", OPEN_ID_SCOPES),
    open_id("google", "https://accounts.google.com", OPEN_ID_SCOPES),
];

const OPEN_ID_SCOPES: &[&str] = &["openid", "email", "profile"];

/// A provider that is set up.
pub(crate) struct Provider {
    pub(crate) name: String,
    pub(crate) kind: BuiltIn,
    /// Issuer, or base of the endpoints; without a slash at its end where the provider's own has none.
    pub(crate) base: String,
    is_own_base: bool,
    pub(crate) client_ids: Vec<String>,
    pub(crate) secret: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) key_id: Option<String>,
    pub(crate) team_id: Option<String>,
    pub(crate) http: HttpOut,
    cache: Cache,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("name", &self.name).field("base", &self.base).finish_non_exhaustive()
    }
}

impl Provider {
    fn new(said: ProviderSettings, http: HttpOut) -> Result<Self, InvalidProvider> {
        let refuse = |problem| Err(InvalidProvider { name: said.name.clone(), problem });
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        if said.name.is_empty() || said.name.len() > NAME_BYTES_MAX || !said.name.bytes().all(is_name) {
            return refuse("must be named with lower-case letters, digits, `_` and `-`");
        }
        if ["email", "phone", "anonymous_users", "anonymous", "sso", "custom"].contains(&said.name.as_str()) {
            return refuse("has a name that means something else");
        }
        if said.client_ids.is_empty() || said.client_ids.iter().any(String::is_empty) {
            return refuse("must have a client_id");
        }
        let known = BUILT_IN.iter().find(|known| known.name == said.name);
        let is_own_base = said.issuer.is_some();
        let base = match (said.issuer.clone(), known) {
            (Some(issuer), _) => issuer,
            (None, Some(known)) => known.base.to_owned(),
            (None, None) => return refuse("is no built-in provider: it must have an issuer"),
        };
        if !is_fit(&base) {
            return refuse(
                "must have an issuer that begins with https:// and has no query (http:// on this machine only)",
            );
        }
        let kind = known.copied().unwrap_or(open_id("", "", OPEN_ID_SCOPES));
        if kind.name == "apple"
            && said.secret.as_deref().is_some_and(apple::is_key)
            && (said.key_id.is_none() || said.team_id.is_none())
        {
            return refuse("must have a key_id and a team_id for its private key");
        }
        let mut scopes: Vec<String> = kind.scopes.iter().map(|&scope| scope.to_owned()).collect();
        for scope in said.scopes {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        Ok(Self {
            name: said.name,
            kind,
            base,
            is_own_base,
            client_ids: said.client_ids,
            secret: said.secret,
            scopes,
            key_id: said.key_id,
            team_id: said.team_id,
            http,
            cache: Cache::default(),
        })
    }

    /// The identifier that the browser's login uses.
    pub(crate) fn client_id(&self) -> &str {
        self.client_ids.first().map_or("", String::as_str)
    }
}

/// Whether an address may be an issuer: encrypted, or on this machine.
fn is_fit(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let plain =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    plain && url.host().is_some() && (url.scheme() == "https" || (url.scheme() == "http" && is_here))
}

/// All providers that are set up.
#[derive(Debug)]
pub(crate) struct Providers(Vec<Provider>);

impl Providers {
    /// Takes the settings.
    ///
    /// # Errors
    /// [`InvalidProvider`], which names the first that cannot be used.
    pub(crate) fn new(said: &[ProviderSettings], http: &HttpOut) -> Result<Self, InvalidProvider> {
        said.iter().map(|said| Provider::new(said.clone(), http.clone())).collect::<Result<_, _>>().map(Self)
    }

    /// By the name that a client asks for; `custom:NAME` is `NAME`.
    pub(crate) fn get(&self, asked: &str) -> Option<&Provider> {
        let name = asked.strip_prefix("custom:").unwrap_or(asked);
        self.0.iter().find(|provider| provider.name == name)
    }

    /// Every name, and whether it is set up: the built-in ones, then the operator's own.
    pub(crate) fn names(&self) -> Vec<(String, bool)> {
        let own = self.0.iter().filter(|provider| provider.kind.name.is_empty());
        let built_in = BUILT_IN.iter().map(|known| (known.name.to_owned(), self.get(known.name).is_some()));
        built_in.chain(own.map(|provider| (provider.name.clone(), true))).collect()
    }
}

/// Why a provider was of no help. No variant holds a token or a code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProviderError {
    /// It cannot be reached, or answers that it cannot now.
    #[error("the provider cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Its answer is not what the protocol says.
    #[error("the provider's {what} cannot be used: {problem}")]
    Unusable {
        /// Which answer.
        what: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// It refuses the code.
    #[error("the provider refuses: {error}")]
    Refuses {
        /// By name.
        error: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstay_infra::http_out::HttpOutOptions;

    fn made(said: ProviderSettings) -> Result<(String, Vec<String>), &'static str> {
        let http = HttpOut::new(HttpOutOptions::default()).unwrap();
        let provider = Provider::new(said, http).map_err(|invalid| invalid.problem)?;
        Ok((provider.base, provider.scopes))
    }

    fn named(name: &str, issuer: Option<&str>) -> ProviderSettings {
        let issuer = issuer.map(str::to_owned);
        ProviderSettings {
            name: name.to_owned(),
            client_ids: vec!["c".to_owned()],
            issuer,
            ..ProviderSettings::default()
        }
    }

    #[tokio::test]
    async fn settings() {
        assert_eq!(made(named("google", None)).unwrap().0, "https://accounts.google.com");
        assert_eq!(made(named("school", Some("https://id.school/a"))).unwrap().0, "https://id.school/a");
        assert_eq!(made(named("school", Some("http://127.0.0.1:9"))).unwrap().0, "http://127.0.0.1:9");
        let more = ProviderSettings { scopes: vec!["email".to_owned(), "repo".to_owned()], ..named("gitlab", None) };
        assert_eq!(made(more).unwrap().1, ["openid", "email", "profile", "repo"]);
        for (name, issuer, problem) in [
            ("school", None, "must have an issuer"),
            ("School", Some("https://id.school"), "must be named"),
            ("a:b", Some("https://id.school"), "must be named"),
            ("email", Some("https://id.school"), "means something else"),
            ("school", Some("http://id.school"), "begins with https"),
            ("school", Some("https://id.school/?a"), "begins with https"),
            ("school", Some("https://a@id.school/"), "begins with https"),
            ("school", Some("id.school"), "begins with https"),
        ] {
            let said = made(named(name, issuer)).unwrap_err();
            assert!(said.contains(problem), "{name} {issuer:?}: {said}");
        }
        let key = "-----BEGIN PRIVATE KEY-----".to_owned();
        let apple = ProviderSettings { secret: Some(key), ..named("apple", None) };
        assert!(made(apple).unwrap_err().contains("key_id"));
        let nobody = ProviderSettings { client_ids: Vec::new(), ..named("google", None) };
        assert!(made(nobody).unwrap_err().contains("client_id"));
    }

    #[tokio::test]
    async fn names() {
        let http = HttpOut::new(HttpOutOptions::default()).unwrap();
        let said = [named("google", None), named("school", Some("https://id.school"))];
        let providers = Providers::new(&said, &http).unwrap();
        assert_eq!(providers.get("custom:school").unwrap().name, "school");
        assert!(providers.get("github").is_none() && providers.get("custom:").is_none());
        let on: Vec<String> = providers.names().into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect();
        assert_eq!(on, ["google", "school"]);
        assert_eq!(providers.names().len(), BUILT_IN.len() + 1);
    }
}
