//! The development configuration: what tests and a developer's own machine need and no node on the
//! internet may have.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::{Deserialize, Deserializer};
use thiserror::Error;

use crate::policy::Loopback;

/// The `[development]` section of a node's configuration. Everything in it is off by default.
///
/// ```
/// let development: wellspring_fetch::Development = toml::from_str(r#"
///     allow_loopback = true
///     extra_roots = ["ca.pem"]
///     hosts = { "a.test" = "127.0.0.2:8443" }
/// "#)?;
/// assert!(!development.is_default());
/// assert_eq!(development.warnings().len(), 3);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Development {
    /// Whether documents may be fetched from this machine itself. `true` or `false` in TOML.
    #[serde(deserialize_with = "loopback_from_bool")]
    pub allow_loopback: Loopback,
    /// PEM files with certificate authorities to trust besides the platform's, relative to the
    /// configuration file. [`ExtraRoots::read`] reads them.
    pub extra_roots: Vec<PathBuf>,
    /// Names that are not looked up: each connects to its socket address, whatever port the URL
    /// says, while TLS and the request still see the URL's host.
    pub hosts: BTreeMap<String, SocketAddr>,
}

impl Development {
    /// Whether nothing is opened.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// One plain sentence for each thing that is opened, to be shown loudly at every start.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let Self { allow_loopback, extra_roots, hosts } = self;
        let mut warnings = Vec::new();
        if *allow_loopback == Loopback::Allowed {
            warnings.push(
                "development.allow_loopback is on: anybody whose URL this node reads can make it \
                 send requests to services on this machine."
                    .to_owned(),
            );
        }
        for path in extra_roots {
            warnings.push(format!(
                "development.extra_roots names {}: whoever holds its key can pose as any host \
                 towards this node.",
                path.display()
            ));
        }
        for (host, socket) in hosts {
            warnings.push(format!(
                "development.hosts sends {host} to {socket}: what this node reads there is not \
                 what others read from that name."
            ));
        }
        warnings
    }
}

/// A key in a configuration file is best a plain boolean; in code the two cases have names.
fn loopback_from_bool<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Loopback, D::Error> {
    Ok(if bool::deserialize(deserializer)? { Loopback::Allowed } else { Loopback::Refused })
}

/// Certificate authorities to trust besides the platform's. Empty on every node on the internet.
#[derive(Clone, Default)]
pub struct ExtraRoots {
    pub(crate) certificates: Vec<CertificateDer<'static>>,
}

impl ExtraRoots {
    /// None: only the platform's roots are trusted.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads the files of [`Development::extra_roots`]; relative paths start at `base`, the folder
    /// of the configuration file.
    ///
    /// # Errors
    ///
    /// The first file that cannot be read or holds no certificate.
    pub fn read(base: &Path, files: &[PathBuf]) -> Result<Self, RootsError> {
        let mut certificates = Vec::new();
        for file in files {
            let path = base.join(file);
            let pem = std::fs::read(&path)
                .map_err(|source| RootsError::Unreadable { path: path.clone(), source })?;
            let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
            match found {
                Ok(found) if !found.is_empty() => certificates.extend(found),
                _ => return Err(RootsError::NotPem { path }),
            }
        }
        Ok(Self { certificates })
    }
}

impl fmt::Debug for ExtraRoots {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ExtraRoots").field("count", &self.certificates.len()).finish()
    }
}

/// Why extra certificate authorities cannot be used.
#[derive(Debug, Error)]
pub enum RootsError {
    /// The file cannot be read.
    #[error("{} in development.extra_roots cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds no certificate.
    #[error(
        "{} in development.extra_roots holds no certificate in PEM form; it needs at least one \
         block that begins with \"-----BEGIN CERTIFICATE-----\"",
        path.display()
    )]
    NotPem {
        /// The file.
        path: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_open_by_default() {
        let development: Development = toml::from_str("").unwrap();
        assert!(development.is_default());
        assert!(development.warnings().is_empty());
        let off: Development = toml::from_str("allow_loopback = false").unwrap();
        assert!(off.is_default());
    }

    #[test]
    fn each_opening_has_its_own_warning() {
        let development: Development = toml::from_str(
            r#"
            allow_loopback = true
            extra_roots = ["ca.pem"]
            hosts = { "a.test" = "127.0.0.2:8443" }
            "#,
        )
        .unwrap();
        insta::assert_snapshot!(development.warnings().join("\n"), @"
        development.allow_loopback is on: anybody whose URL this node reads can make it send requests to services on this machine.
        development.extra_roots names ca.pem: whoever holds its key can pose as any host towards this node.
        development.hosts sends a.test to 127.0.0.2:8443: what this node reads there is not what others read from that name.
        ");
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = toml::from_str::<Development>("allow_lopback = true").unwrap_err();
        assert!(error.to_string().contains("allow_lopback"), "{error}");
    }

    #[test]
    fn roots_are_read_from_beside_the_configuration_or_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let authority = crate::test_host::Authority::new();
        std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
        std::fs::write(folder.path().join("empty.pem"), "nothing\n").unwrap();
        std::fs::create_dir(folder.path().join("folder.pem")).unwrap();

        let read = |name: &str| ExtraRoots::read(folder.path(), &[PathBuf::from(name)]);
        assert_eq!(read("ca.pem").unwrap().certificates.len(), 1);
        assert!(matches!(read("empty.pem"), Err(RootsError::NotPem { .. })));
        for unreadable in ["absent.pem", "folder.pem"] {
            let error = read(unreadable).unwrap_err();
            assert!(matches!(error, RootsError::Unreadable { .. }), "{error}");
            assert!(error.to_string().contains(unreadable), "{error}");
        }
    }
}
