mod change;

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

pub use change::{Kept, KeyChangeLock, KeyFile};
use wellspring_document::{
    Body, Draft, HistoryError, KeyHistory, KeyState, Kind, PrivateKeyError, PublicKey, Quorum,
    RawDocument, SignError, SigningKey, Timestamp, json, sign,
};
use zeroize::Zeroizing;

/// How the name of every file with a key history ends.
pub const KEY_HISTORY_SUFFIX: &str = "-key-history.json";

/// The longest file that is read, in bytes: a key history has to fit into the smallest kind of
/// document.
const MAX_FILE_BYTES: usize = Kind::Profile.max_bytes();

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
    #[error(
        "{path} is not there, but the key history beside it is; bring it back from a copy, or move \
         the key history away to begin as another issuer"
    )]
    KeyMissing { path: PathBuf },
    #[error("{path} could not be used")]
    Key { path: PathBuf, source: PrivateKeyError },
    #[error("{path} is not a key history that holds: {problem}")]
    History { path: PathBuf, problem: String },
    #[error("the key in {path} is not one that the key history beside it names")]
    Mismatch { path: PathBuf },
    #[error("a key history could not be made from the key")]
    Start(#[source] HistoryError),
    #[error("another program signs or changes the keys in {path} at this moment; try again")]
    Busy { path: PathBuf },
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
    /// An issuer with one key and without recovery keys, whose history begins at `issued_at`.
    ///
    /// # Errors
    /// [`IssuerError::Start`], which one key with a threshold of one never causes.
    pub fn start(key: SigningKey, issued_at: Timestamp) -> Result<Self, IssuerError> {
        Self::start_with(key, None, issued_at)
    }

    /// The issuer of `history` that signs with `key`; nothing where the last key state does not
    /// name it.
    pub fn with(key: SigningKey, history: KeyHistory) -> Option<Self> {
        history.current().signing.keys.contains(&key.public()).then_some(Self { key, history })
    }

    fn start_with(
        key: SigningKey,
        recovery: Option<Quorum>,
        issued_at: Timestamp,
    ) -> Result<Self, IssuerError> {
        let signing = Quorum { keys: [key.public()].into(), threshold: 1 };
        let state = KeyState { issued_at, signing, recovery };
        let history = KeyHistory::start(&state, std::slice::from_ref(&key));
        Ok(Self { key, history: history.map_err(IssuerError::Start)? })
    }

    /// Makes an issuer at `now` from 32 random bytes and writes its files, the private key
    /// encrypted where a passphrase is given. It can be read by its owner alone from the
    /// moment it exists. Of several programs that do so at once, one makes the issuer and
    /// the others are refused.
    ///
    /// Recovery keys can be given now or never: later only they themselves can change them.
    ///
    /// # Errors
    /// Where one of the files exists already or cannot be written, and where the threshold of
    /// the recovery keys cannot be met.
    pub fn create(
        files: &IssuerFiles,
        seed: [u8; 32],
        passphrase: Option<&str>,
        recovery: Option<Quorum>,
        now: Timestamp,
    ) -> Result<Self, IssuerError> {
        let issuer = Self::start_with(SigningKey::from_seed(seed), recovery, now)?;
        issuer.write_first(files, passphrase)?;
        Ok(issuer)
    }

    /// Writes the files of an issuer that begins, as [`Issuer::create`] does.
    ///
    /// # Errors
    /// Where one of the files exists already or cannot be written.
    pub fn write_first(
        &self,
        files: &IssuerFiles,
        passphrase: Option<&str>,
    ) -> Result<(), IssuerError> {
        // It may be all that is left of an issuer whose key is in a safe place.
        if files.history.exists() {
            return Err(IssuerError::Exists { path: files.history.clone() });
        }
        write_key(&files.key, &self.key, passphrase)?;
        self.write_history(&files.history)
    }

    /// Reads an issuer whose key is not encrypted, or makes it at `now` from 32 random bytes
    /// where it has no files yet. Programs that do so at once get the same issuer, and a
    /// program that is ended in between leaves what the next one completes.
    ///
    /// # Errors
    /// As [`Self::open`], where a file cannot be written, and [`IssuerError::KeyMissing`].
    pub fn open_or_create(
        files: &IssuerFiles,
        seed: [u8; 32],
        now: Timestamp,
    ) -> Result<Self, IssuerError> {
        files.complete_change()?;
        // The key is written first, so a history without one was left by a loss and not by a
        // program that was ended or is still at it; that is why the history is asked for first.
        if files.history.exists() {
            if !files.key.exists() {
                return Err(IssuerError::KeyMissing { path: files.key.clone() });
            }
            return Self::open(files, None);
        }
        // Whoever is first decides; the files tell the others what.
        unless_there(write_key(&files.key, &SigningKey::from_seed(seed), None))?;
        let issuer = Self::start(read_key(&files.key, None)?, now)?;
        unless_there(issuer.write_history(&files.history))?;
        Self::open(files, None)
    }

    /// Reads an issuer from its files, and completes a change of its keys that was ended in
    /// between.
    ///
    /// # Errors
    /// Where a file cannot be read or does not hold what it should, or where the passphrase
    /// is missing or wrong.
    pub fn open(files: &IssuerFiles, passphrase: Option<&str>) -> Result<Self, IssuerError> {
        files.complete_change()?;
        let key = read_key(&files.key, passphrase)?;
        let history = read_history(&files.history)?;
        Self::with(key, history).ok_or_else(|| IssuerError::Mismatch { path: files.key.clone() })
    }

    /// As [`Self::open`], of a key without a passphrase, and changes nothing: a change of its
    /// keys that was ended in between is read as if it were completed.
    ///
    /// # Errors
    /// Where a file cannot be read or does not hold what it should.
    pub fn look(files: &IssuerFiles) -> Result<Self, IssuerError> {
        let history = read_history(&files.history)?;
        let key = files.pending(&history).unwrap_or_else(|| files.key.clone());
        let mismatch = IssuerError::Mismatch { path: files.key.clone() };
        Self::with(read_key(&key, None)?, history).ok_or(mismatch)
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

    /// The public half of the key that it signs with.
    pub fn public_key(&self) -> PublicKey {
        self.key.public()
    }

    /// The private key, to add a signature to what others sign too.
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    fn write_history(&self, path: &Path) -> Result<(), IssuerError> {
        write_new(path, &json::canonical(&self.history.to_json().into()), 0o644)
    }
}

/// Reads a key history from its file.
///
/// # Errors
/// Where the file cannot be read or does not hold a history that holds.
pub fn read_history(path: &Path) -> Result<KeyHistory, IssuerError> {
    let refuse = |problem: String| IssuerError::History { path: path.to_owned(), problem };
    let states =
        json::read(&read(path)?, MAX_FILE_BYTES).map_err(|error| refuse(error.to_string()))?;
    let states = states.as_array().ok_or_else(|| refuse("not a list of states".to_owned()))?;
    KeyHistory::verify(states).map_err(|error| refuse(error.to_string()))
}

/// Reads a file, and of one that is longer than any key or history no more than shows it.
fn read(path: &Path) -> Result<Vec<u8>, IssuerError> {
    let mut bytes = Vec::new();
    let read = |file: File| file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes);
    // To open a pipe waits for somebody who writes to it.
    let is_file = fs::metadata(path).and_then(|found| match found.is_file() {
        true => Ok(()),
        false => Err(io::Error::other("it is no regular file")),
    });
    match is_file.and_then(|()| File::open(path)).and_then(read) {
        Ok(_) => Ok(bytes),
        Err(source) => Err(IssuerError::Read { path: path.to_owned(), source }),
    }
}

/// Reads a private key from its file.
///
/// # Errors
/// Where the file cannot be read or is no private key, or where the passphrase is missing or
/// wrong.
pub fn read_key(path: &Path, passphrase: Option<&str>) -> Result<SigningKey, IssuerError> {
    let pem = Zeroizing::new(String::from_utf8_lossy(&read(path)?).into_owned());
    SigningKey::from_pkcs8_pem(&pem, passphrase)
        .map_err(|source| IssuerError::Key { path: path.to_owned(), source })
}

/// Writes a private key to a file that does not exist yet, encrypted where a passphrase is
/// given. It can be read by its owner alone from the moment it exists.
///
/// # Errors
/// [`IssuerError::Exists`], and where it cannot be written.
pub fn write_key(
    path: &Path,
    key: &SigningKey,
    passphrase: Option<&str>,
) -> Result<(), IssuerError> {
    let pem = match passphrase {
        Some(passphrase) => key.to_encrypted_pkcs8_pem(passphrase),
        None => key.to_pkcs8_pem(),
    };
    let pem = pem.map_err(|source| IssuerError::Key { path: path.to_owned(), source })?;
    write_new(path, pem.as_bytes(), 0o600)
}

/// Writes a file that must not exist yet and that nobody else could read even for a moment:
/// the mode is set when it is created, and it reaches its name complete or not at all.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), IssuerError> {
    let write = || {
        let file = write_beside(path, bytes, mode)?;
        file.persist_noclobber(path).map_err(|error| error.error)?;
        Ok::<_, io::Error>(())
    };
    write().map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => IssuerError::Exists { path: path.to_owned() },
        _ => IssuerError::Write { path: path.to_owned(), source },
    })
}

/// Puts a file that everybody may read in the place of another, whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_beside(path, bytes, 0o644)?.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn write_beside(path: &Path, bytes: &[u8], mode: u32) -> io::Result<tempfile::NamedTempFile> {
    let mode = fs::Permissions::from_mode(mode);
    let mut file = tempfile::Builder::new().permissions(mode).tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// That somebody else was first is no error.
fn unless_there(written: Result<(), IssuerError>) -> Result<(), IssuerError> {
    match written {
        Err(IssuerError::Exists { .. }) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn an_issuer_survives_a_restart_and_its_key_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let files = IssuerFiles::of("node", dir.path());
        for passphrase in [None, Some("correct horse")] {
            let made = Issuer::create(&files, [1; 32], passphrase, None, now()).unwrap();
            assert_eq!(files.is_encrypted().unwrap(), passphrase.is_some());
            let again = Issuer::open(&files, passphrase).unwrap();
            assert_eq!(made.history(), again.history());
            let mode = fs::metadata(&files.key).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            let error = Issuer::create(&files, [2; 32], None, None, now()).unwrap_err();
            assert!(matches!(error, IssuerError::Exists { .. }), "{error}");
            fs::remove_file(&files.key).unwrap();
            let error = Issuer::create(&files, [2; 32], None, None, now()).unwrap_err();
            assert!(matches!(error, IssuerError::Exists { .. }), "{error}");
            fs::remove_file(&files.history).unwrap();
        }
    }

    #[test]
    fn programs_that_start_at_once_become_one_issuer() {
        for round in 0..50 {
            let dir = tempfile::tempdir().unwrap();
            let files = IssuerFiles::of("node", dir.path());
            let start =
                |seed| Issuer::open_or_create(&files, [seed; 32], now().plus_days(seed.into()));
            let issuers: Vec<_> = thread::scope(|scope| {
                let starts: Vec<_> = (1..=4).map(|seed| scope.spawn(move || start(seed))).collect();
                starts.into_iter().map(|start| start.join().unwrap().unwrap()).collect()
            });
            let left = Issuer::open(&files, None).unwrap();
            for issuer in &issuers {
                assert_eq!(issuer.history(), left.history(), "round {round}");
                assert_eq!(issuer.key.public(), left.key.public(), "round {round}");
            }
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left over");
        }
    }

    #[test]
    fn what_an_ended_program_left_is_completed_and_what_was_lost_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let files = IssuerFiles::of("node", dir.path());
        let made = Issuer::open_or_create(&files, [1; 32], now()).unwrap();
        fs::remove_file(&files.history).unwrap();
        let again = Issuer::open_or_create(&files, [2; 32], now()).unwrap();
        assert_eq!(made.history(), again.history());
        fs::remove_file(&files.key).unwrap();
        let error = Issuer::open_or_create(&files, [2; 32], now()).unwrap_err();
        assert!(matches!(error, IssuerError::KeyMissing { .. }), "{error}");
        assert!(!files.key.exists());
    }

    #[test]
    fn files_that_do_not_belong_together_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let files = IssuerFiles::of("node", dir.path());
        Issuer::create(&files, [1; 32], None, None, now()).unwrap();
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
