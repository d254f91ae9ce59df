//! Making the files of an issuer.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;
use wellspring_document::{
    IssuerId, KeyHistory, KeyState, PublicKey, Quorum, SigningKey, Timestamp,
};
use wellspring_node::{Issuer, IssuerError, IssuerFiles, read_history};
use zeroize::Zeroizing;

use crate::failure::Refused;
use crate::prompt::NewKeyArgs;
use crate::{answer, file};

/// The keys with which an issuer begins.
#[derive(Debug, Args)]
pub(crate) struct FirstKeysArgs {
    #[command(flatten)]
    pub(crate) key: NewKeyArgs,

    #[command(flatten)]
    recovery: RecoveryArgs,
}

/// Recovery keys, by their public halves.
#[derive(Debug, Args)]
pub(crate) struct RecoveryArgs {
    /// The public half of a recovery key, which can replace a lost or stolen key
    ///
    /// `wellspring key generate --recovery` makes one. May be given several times. An issuer
    /// that begins without recovery keys never gets any.
    #[arg(long, value_name = "MULTIKEY")]
    recovery_key: Vec<PublicKey>,

    /// How many of the recovery keys it takes to replace a key
    #[arg(long, value_name = "N", default_value_t = 1, requires = "recovery_key")]
    recovery_threshold: u32,
}

impl RecoveryArgs {
    /// The recovery keys that were given; none where there are none.
    pub(crate) fn quorum(&self) -> anyhow::Result<Option<Quorum>> {
        if self.recovery_key.is_empty() {
            return Ok(None);
        }
        let threshold = self.recovery_threshold;
        let quorum = Quorum { keys: self.recovery_key.iter().copied().collect(), threshold };
        let count = quorum.keys.len();
        if count > KeyState::MAX_KEYS {
            bail!("{count} recovery keys; at most {} are allowed", KeyState::MAX_KEYS);
        }
        if !usize::try_from(threshold).is_ok_and(|needed| (1..=count).contains(&needed)) {
            bail!(
                "--recovery-threshold is {threshold}, but must be from 1 to {count}, the number of \
                 different recovery keys"
            );
        }
        Ok(Some(quorum))
    }
}

/// The files of an issuer, as commands report them.
#[derive(Debug, Serialize)]
pub(crate) struct KeyFiles {
    pub(crate) issuer: IssuerId,
    key_file: PathBuf,
    history_file: PathBuf,
    recovery_keys: Vec<PublicKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_threshold: Option<u32>,
}

impl fmt::Display for KeyFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, history) = (self.key_file.display(), self.history_file.display());
        writeln!(
            f,
            "  {key}: the private key. Keep it and a copy in safe places; never publish it."
        )?;
        writeln!(f, "  {history}: its public side, part of everything you sign.")?;
        let Some(threshold) = self.recovery_threshold else { return Ok(()) };
        let count = self.recovery_keys.len();
        writeln!(f, "  recovery: {threshold} of {count} recovery keys can replace the key.")
    }
}

/// Makes the key of an issuer that does not exist yet, and its folder.
pub(crate) fn make(
    files: &IssuerFiles,
    args: &FirstKeysArgs,
    now: Timestamp,
) -> anyhow::Result<KeyFiles> {
    // Before anybody chooses a passphrase. A history without its key may still be all that
    // is left of an issuer, so it is not overwritten either.
    refuse_existing(&files.key)?;
    refuse_existing(&files.history)?;
    let recovery = args.recovery.quorum()?;
    let passphrase = args.key.choose(&files.key)?;
    // Not before, so that nothing is left of a beginning that was refused.
    ensure_folder_of(&files.key)?;
    let passphrase = passphrase.as_ref().map(|text| text.as_str());
    let issuer = Issuer::create(files, *new_seed()?, passphrase, recovery, now)
        .map_err(refuse_existing_key)?;
    let made = describe(files, issuer.history());
    if made.recovery_keys.is_empty() {
        answer::warn(&format!(
            "this issuer has no recovery key, and can never get one: if {key} is lost or stolen, \
             the issuer is lost, and every recommendation that names it. To have one, delete {key} \
             and {history} before you sign anything, run `wellspring key generate --recovery`, and \
             begin again with --recovery-key",
            key = files.key.display(),
            history = files.history.display(),
        ));
    }
    Ok(made)
}

/// 32 random bytes for a private key.
pub(crate) fn new_seed() -> anyhow::Result<Zeroizing<[u8; 32]>> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).context("the operating system gave no random numbers")?;
    Ok(seed)
}

/// Makes the folder of a key.
pub(crate) fn ensure_folder_of(key: &Path) -> anyhow::Result<()> {
    file::ensure_folder(key.parent().unwrap_or(Path::new("")))
}

/// A new private key in a file of its own.
pub(crate) fn make_bare(path: &Path, args: &NewKeyArgs) -> anyhow::Result<SigningKey> {
    refuse_existing(path)?;
    let key = SigningKey::from_seed(*new_seed()?);
    write_bare(path, &key, args)?;
    Ok(key)
}

/// Writes a private key to a file of its own.
pub(crate) fn write_bare(path: &Path, key: &SigningKey, args: &NewKeyArgs) -> anyhow::Result<()> {
    let passphrase = args.choose(path)?;
    ensure_folder_of(path)?;
    wellspring_node::write_key(path, key, passphrase.as_ref().map(|text| text.as_str()))
        .map_err(refuse_existing_key)
}

fn refuse_existing_key(error: IssuerError) -> anyhow::Error {
    match error {
        IssuerError::Exists { path } => exists(&path),
        other => other.into(),
    }
}

/// The key that is there already, or a new one.
pub(crate) fn ensure(
    files: &IssuerFiles,
    args: &FirstKeysArgs,
    now: Timestamp,
) -> anyhow::Result<KeyFiles> {
    if files.key.exists() && files.history.exists() {
        let history = read_history(&files.history)?;
        let wanted = args.recovery.quorum()?;
        if wanted.is_some() && wanted != history.current().recovery {
            return Err(Refused::because(format!(
                "{} exists already and names other recovery keys or none; an issuer that has begun \
                 gets none any more. Leave --recovery-key away, or move its files away to begin as \
                 another issuer",
                files.history.display()
            )));
        }
        return Ok(describe(files, &history));
    }
    make(files, args, now)
}

/// Refuses where something is at `path` that would be overwritten.
pub(crate) fn refuse_existing(path: &Path) -> anyhow::Result<()> {
    if path.exists() { Err(exists(path)) } else { Ok(()) }
}

fn exists(path: &Path) -> anyhow::Error {
    let path = path.display();
    Refused::because(format!(
        "{path} exists already and is not overwritten; take another folder or move it away"
    ))
}

fn describe(files: &IssuerFiles, history: &KeyHistory) -> KeyFiles {
    let recovery = history.current().recovery.as_ref();
    KeyFiles {
        issuer: history.issuer().clone(),
        key_file: files.key.clone(),
        history_file: files.history.clone(),
        recovery_keys: recovery.iter().flat_map(|quorum| &quorum.keys).copied().collect(),
        recovery_threshold: recovery.map(|quorum| quorum.threshold),
    }
}
