use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use wellspring_document::{
    Body, Draft, HistoryError, KeyHistory, Kind, PrivateKeyError, RawDocument, SignError,
    SigningKey, Timestamp, json, sign,
};
use zeroize::Zeroizing;

/// How the name of every file with a key history ends.
pub(crate) const KEY_HISTORY_SUFFIX: &str = "-key-history.json";

/// Where an issuer's private key and key history lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerFiles {
    /// The private key: PKCS#8 PEM, readable by its owner alone.
    pub key: PathBuf,
    /// The key history as documents carry it: public.
    pub history: PathBuf,
}

impl IssuerFiles {
    /// The files of the issuer called `name` (`node`, `operator`, `curator`) in `dir`.
    pub fn of(name: &str, dir: &Path) -> Self {
        Self {
            key: dir.join(format!("{name}-key.pem")),
            history: dir.join(format!("{name}{KEY_HISTORY_SUFFIX}")),
        }
    }

    /// Whether the private key asks for a passphrase.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn is_encrypted(&self) -> Result<bool, IssuerError> {
        let pem = read(&self.key)?;
        Ok(SigningKey::is_encrypted_pem(&String::from_utf8_lossy(&pem)))
    }
}

/// Why an issuer's keys could not be read or made.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum IssuerError {
    #[error("{path} could not be read")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} could not be written")]
    Write { path: PathBuf, source: io::Error },
    #[error("{path} exists already; a key is never overwritten")]
    Exists { path: PathBuf },
    #[error("{path}: {source}")]
    Key { path: PathBuf, source: PrivateKeyError },
    #[error("{path} is not a key history that holds: {problem}")]
    History { path: PathBuf, problem: String },
    #[error("the key in {path} is not one that the key history beside it names")]
    Mismatch { path: PathBuf },
    #[error("a key history could not be made from the key")]
    Start(#[source] HistoryError),
}

/// Somebody who signs with one private key on this machine: a node (which signs what only
/// it saw: the lists that its operator adopted, and what names served it), an operator or a
/// curator.
#[derive(Debug, Clone)]
pub struct Issuer {
    key: SigningKey,
    history: KeyHistory,
}

impl Issuer {
    /// An issuer with one key, whose history begins at `issued_at`.
    ///
    /// # Errors
    /// [`IssuerError::Start`], which one key with a threshold of one never causes.
    pub fn start(key: SigningKey, issued_at: Timestamp) -> Result<Self, IssuerError> {
        let history = KeyHistory::genesis(issued_at, std::slice::from_ref(&key), 1)
            .map_err(IssuerError::Start)?;
        Ok(Self { key, history })
    }

    /// Makes an issuer at `now` from 32 random bytes and writes its files, the private key
    /// encrypted where a passphrase is given. It can be read by its owner alone from the
    /// moment it exists.
    ///
    /// # Errors
    /// Where a key exists already or a file cannot be written.
    pub fn create(
        files: &IssuerFiles,
        seed: [u8; 32],
        passphrase: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, IssuerError> {
        if files.key.exists() {
            return Err(IssuerError::Exists { path: files.key.clone() });
        }
        let issuer = Self::start(SigningKey::from_seed(seed), now)?;
        let pem = match passphrase {
            Some(passphrase) => issuer.key.to_encrypted_pkcs8_pem(passphrase),
            None => issuer.key.to_pkcs8_pem(),
        };
        let pem = pem.map_err(|source| IssuerError::Key { path: files.key.clone(), source })?;
        let history = json::canonical(&issuer.history.to_json().into());
        // The history first: a key without one could not be used, the reverse is made anew.
        write_new(&files.history, &history, 0o644)?;
        write_new(&files.key, pem.as_bytes(), 0o600)?;
        Ok(issuer)
    }

    /// Reads an issuer from its files.
    ///
    /// # Errors
    /// Where a file cannot be read or does not hold what it should, or where the passphrase
    /// is missing or wrong.
    pub fn open(files: &IssuerFiles, passphrase: Option<&str>) -> Result<Self, IssuerError> {
        let pem = Zeroizing::new(String::from_utf8_lossy(&read(&files.key)?).into_owned());
        let key = SigningKey::from_pkcs8_pem(&pem, passphrase)
            .map_err(|source| IssuerError::Key { path: files.key.clone(), source })?;
        let history = read_history(&files.history)?;
        if !history.current().signing.keys.contains(&key.public()) {
            return Err(IssuerError::Mismatch { path: files.key.clone() });
        }
        Ok(Self { key, history })
    }

    /// The issuer's key history.
    pub const fn history(&self) -> &KeyHistory {
        &self.history
    }

    /// Signs a document that is valid for `days` from `now`.
    ///
    /// # Errors
    /// Where no node would take the document.
    pub fn sign<T: Body>(
        &self,
        body: &T,
        sequence: u64,
        now: Timestamp,
        days: i64,
    ) -> Result<RawDocument, SignError> {
        let draft = Draft {
            history: &self.history,
            sequence,
            issued_at: now,
            expires_at: now.plus_days(days),
            body,
        };
        sign(&draft, std::slice::from_ref(&self.key))
    }
}

/// Reads a key history from its file.
///
/// # Errors
/// Where the file cannot be read or does not hold a history that holds.
pub fn read_history(path: &Path) -> Result<KeyHistory, IssuerError> {
    let refuse = |problem: String| IssuerError::History { path: path.to_owned(), problem };
    let states = json::read(&read(path)?, Kind::Profile.max_bytes())
        .map_err(|error| refuse(error.to_string()))?;
    let states = states.as_array().ok_or_else(|| refuse("not a list of states".to_owned()))?;
    KeyHistory::verify(states).map_err(|error| refuse(error.to_string()))
}

fn read(path: &Path) -> Result<Vec<u8>, IssuerError> {
    fs::read(path).map_err(|source| IssuerError::Read { path: path.to_owned(), source })
}

/// Writes a file that nobody else could read even for a moment: the mode is set when it is
/// created, and it reaches its name complete.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), IssuerError> {
    let write = || {
        let partial = path.with_extension("new");
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(mode)
            .open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    write().map_err(|source| IssuerError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn an_issuer_survives_a_restart_and_its_key_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let files = IssuerFiles::of("node", dir.path());
        for passphrase in [None, Some("correct horse")] {
            let made = Issuer::create(&files, [1; 32], passphrase, now()).unwrap();
            assert_eq!(files.is_encrypted().unwrap(), passphrase.is_some());
            let again = Issuer::open(&files, passphrase).unwrap();
            assert_eq!(made.history(), again.history());
            let mode = fs::metadata(&files.key).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            let error = Issuer::create(&files, [2; 32], None, now()).unwrap_err();
            assert!(matches!(error, IssuerError::Exists { .. }), "{error}");
            fs::remove_file(&files.key).unwrap();
        }
    }

    #[test]
    fn files_that_do_not_belong_together_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let files = IssuerFiles::of("node", dir.path());
        Issuer::create(&files, [1; 32], None, now()).unwrap();
        let other = SigningKey::from_seed([2; 32]).to_pkcs8_pem().unwrap();
        fs::write(&files.key, other.as_bytes()).unwrap();
        let error = Issuer::open(&files, None).unwrap_err();
        assert!(matches!(error, IssuerError::Mismatch { .. }), "{error}");
        fs::write(&files.key, "not a key").unwrap();
        let error = Issuer::open(&files, None).unwrap_err();
        assert!(matches!(error, IssuerError::Key { .. }), "{error}");
        fs::remove_file(&files.key).unwrap();
        let error = Issuer::open(&files, None).unwrap_err();
        assert!(matches!(error, IssuerError::Read { .. }), "{error}");
        let error = read_history(&dir.path().join("absent")).unwrap_err();
        assert!(matches!(error, IssuerError::Read { .. }), "{error}");
    }
}
