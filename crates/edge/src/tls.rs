//! The server's certificate and key. In: two PEM files. Out: what connections are accepted with, replaceable while serving.
//! TLS 1.2 and 1.3 with the suites of rustls and ring, HTTP/2 and HTTP/1.1 by ALPN. Client certificates are not asked for.

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_rustls::TlsAcceptor;
use webpki::{EndEntityCert, KeyUsage};

/// ALPN name of HTTP/2.
pub(crate) const HTTP_2: &[u8] = b"h2";

/// Largest file that is taken for a certificate or key, bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A certificate that ends within this time is warned about.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Where certificate and key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and then those that lead to its root, in PEM.
    pub cert: PathBuf,
    /// Its private key in PEM: PKCS #8, PKCS #1 or SEC 1.
    pub key: PathBuf,
}

/// Why a certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// File.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{} holds {found}, where {wanted} is expected", path.display())]
    NotPem {
        /// File.
        path: PathBuf,
        /// What is in it.
        found: &'static str,
        /// What should be.
        wanted: &'static str,
    },
    /// The key is of another certificate.
    #[error("the key in {} does not belong to the certificate in {}", key.display(), cert.display())]
    KeyMismatch {
        /// File of the certificate.
        cert: PathBuf,
        /// File of the key.
        key: PathBuf,
    },
    /// A certificate or key of a kind that is not supported.
    #[error("{} cannot be used: {reason}", path.display())]
    Unusable {
        /// File.
        path: PathBuf,
        /// The library's words.
        reason: String,
    },
}

/// What a person should know about a certificate that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// It is good for longer than two weeks.
    Good,
    /// It ends within two weeks, at this Unix time.
    EndsSoon(u64),
    /// It ended at this Unix time: clients refuse it.
    Ended(u64),
    /// It begins at this Unix time: clients refuse it until then.
    NotYet(u64),
}

/// Whether the files hold something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reloaded {
    /// The same as before.
    Unchanged,
    /// A new certificate, which new connections get.
    Replaced,
}

/// The certificate and key in use.
#[derive(Debug)]
pub struct Certificates {
    files: TlsFiles,
    current: Arc<Current>,
    acceptor: Arc<ServerConfig>,
}

/// Hands the current certificate to each new connection.
#[derive(Debug)]
struct Current(RwLock<Loaded>);

#[derive(Debug, Clone)]
struct Loaded {
    key: Arc<CertifiedKey>,
    /// The files' bytes, to tell whether they changed: times of files do not say so on every file system.
    bytes: Arc<(Vec<u8>, Vec<u8>)>,
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.get().key)
    }
}

impl Current {
    fn get(&self) -> Loaded {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Certificates {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// [`TlsError`], which names the file.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let current = Arc::new(Current(RwLock::new(Loaded::read(&files, &provider)?)));
        let unusable =
            |error: rustls::Error| TlsError::Unusable { path: files.cert.clone(), reason: error.to_string() };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(unusable)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![HTTP_2.to_vec(), b"http/1.1".to_vec()];
        Ok(Self { files, current, acceptor: Arc::new(config) })
    }

    /// Reads the files again. On a failure the certificate in use stays in use.
    ///
    /// # Errors
    /// [`TlsError`]; files that are being replaced may disagree for a moment, so trying again makes sense.
    pub fn reload(&self) -> Result<Reloaded, TlsError> {
        let loaded = Loaded::read(&self.files, self.acceptor.crypto_provider())?;
        let mut current = self.current.0.write().unwrap_or_else(PoisonError::into_inner);
        if loaded.bytes == current.bytes {
            return Ok(Reloaded::Unchanged);
        }
        *current = loaded;
        Ok(Reloaded::Replaced)
    }

    /// Whether clients will accept the certificate's dates.
    #[must_use]
    pub fn validity(&self, now_unix_s: u64) -> Validity {
        let loaded = self.current.get();
        loaded.key.cert.first().map_or(Validity::Good, |certificate| validity(certificate, now_unix_s))
    }

    /// Whether the certificate is for a host, a name or an address.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        let loaded = self.current.get();
        let Some(certificate) = loaded.key.cert.first() else { return false };
        let Ok(name) = ServerName::try_from(host.trim_matches(['[', ']'])) else { return false };
        EndEntityCert::try_from(certificate).is_ok_and(|leaf| leaf.verify_is_valid_for_subject_name(&name).is_ok())
    }

    /// What connections are accepted with.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.acceptor))
    }
}

impl Loaded {
    fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<Self, TlsError> {
        let (cert, key) = (contents(&files.cert)?, contents(&files.key)?);
        let chain = chain(&files.cert, &cert)?;
        let private = PrivateKeyDer::from_pem_slice(&key).map_err(|error| TlsError::NotPem {
            path: files.key.clone(),
            found: found(&error, &key),
            wanted: "a private key in PEM without a password",
        })?;
        let unusable = |path: &Path, error: rustls::Error| TlsError::Unusable {
            path: path.to_path_buf(),
            reason: error.to_string(),
        };
        let signing = provider.key_provider.load_private_key(private).map_err(|error| unusable(&files.key, error))?;
        let certified = CertifiedKey::new(chain, signing);
        match certified.keys_match() {
            Ok(()) => {}
            Err(rustls::Error::InconsistentKeys(_)) => {
                return Err(TlsError::KeyMismatch { cert: files.cert.clone(), key: files.key.clone() });
            }
            Err(error) => return Err(unusable(&files.cert, error)),
        }
        Ok(Self { key: Arc::new(certified), bytes: Arc::new((cert, key)) })
    }
}

/// The certificates of a file, in their order.
fn chain(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let not_pem = |found| TlsError::NotPem { path: path.to_path_buf(), found, wanted: "a certificate in PEM" };
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|error| not_pem(found(&error, pem)))?;
    if chain.is_empty() { Err(not_pem(found(&pem::Error::NoItemsFound, pem))) } else { Ok(chain) }
}

/// What a file holds in place of what is wanted.
fn found(error: &pem::Error, text: &[u8]) -> &'static str {
    let has = |needle: &str| text.windows(needle.len()).any(|part| part == needle.as_bytes());
    if !matches!(error, pem::Error::NoItemsFound) {
        return "broken PEM";
    }
    if has("-----BEGIN ENCRYPTED PRIVATE KEY") {
        "a private key under a password"
    } else if has("PRIVATE KEY-----") {
        "a private key"
    } else if has("-----BEGIN CERTIFICATE-----") {
        "a certificate"
    } else if text.is_empty() {
        "nothing"
    } else {
        "something else"
    }
}

fn contents(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |source| TlsError::Unreadable { path: path.to_path_buf(), source };
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > FILE_BYTES_MAX {
        return Err(TlsError::NotPem { path: path.to_path_buf(), found: "more than 1 MiB", wanted: "PEM" });
    }
    std::fs::read(path).map_err(unreadable)
}

/// Asks the path builder, which looks at the dates before it looks for a root: there is none to be found here.
fn validity(certificate: &CertificateDer<'_>, now_unix_s: u64) -> Validity {
    let Ok(leaf) = EndEntityCert::try_from(certificate) else { return Validity::Good };
    let at = |unix_s: u64| {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(unix_s));
        leaf.verify_for_usage(&[], &[], &[], time, KeyUsage::server_auth(), None, None).err()
    };
    match at(now_unix_s) {
        Some(webpki::Error::CertExpired { not_after, .. }) => Validity::Ended(not_after.as_secs()),
        Some(webpki::Error::CertNotValidYet { not_before, .. }) => Validity::NotYet(not_before.as_secs()),
        _ => match at(now_unix_s.saturating_add(SOON.as_secs())) {
            Some(webpki::Error::CertExpired { not_after, .. }) => Validity::EndsSoon(not_after.as_secs()),
            _ => Validity::Good,
        },
    }
}
