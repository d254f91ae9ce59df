//! Making the files of an issuer.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;
use wellspring_document::{
    IssuerId, KeyHistory, KeyProposal, KeyState, PublicKey, Quorum, SigningKey, Timestamp,
};
use wellspring_node::{Issuer, IssuerError, IssuerFiles, read_history};
use zeroize::Zeroizing;

use crate::answer::Outcome;
use crate::failure::Refused;
use crate::prompt::NewKeyArgs;
use crate::together::{KeysWaiting, history_draft_file, write_draft};
use crate::{answer, file};

/// The keys with which an issuer begins.
#[derive(Debug, Args)]
pub(crate) struct FirstKeysArgs {
    #[command(flatten)]
    pub(crate) key: NewKeyArgs,

    /// The public half of another person's key that may sign as well
    ///
    /// May be given several times; your own key is made here and counts besides. They make
    /// theirs with `wellspring key generate --cosigner`.
    #[arg(long, value_name = "MULTIKEY")]
    signing_key: Vec<PublicKey>,

    /// How many of the signing keys, your own included, must sign together
    #[arg(long, value_name = "N", default_value_t = 1, requires = "signing_key")]
    threshold: u32,

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
        require_threshold("--recovery-threshold", threshold, quorum.keys.len())?;
        Ok(Some(quorum))
    }
}

/// Refuses a number of keys that must sign which so many keys cannot come to, or too many keys.
pub(crate) fn require_threshold(option: &str, threshold: u32, keys: usize) -> anyhow::Result<()> {
    if keys > KeyState::MAX_KEYS {
        bail!("{keys} keys; at most {} are allowed", KeyState::MAX_KEYS);
    }
    if usize::try_from(threshold).is_ok_and(|needed| (1..=keys).contains(&needed)) {
        return Ok(());
    }
    bail!(
        "{option} is {threshold}, but must be from 1 to {keys}, the number of different keys that \
         may sign"
    )
}

/// The files of an issuer, as commands report them.
#[derive(Debug, Serialize)]
pub(crate) struct KeyFiles {
    pub(crate) issuer: IssuerId,
    key_file: PathBuf,
    history_file: PathBuf,
    /// What others have to sign before the issuer has begun; then there is no history yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<KeysWaiting>,
    recovery_keys: Vec<PublicKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_threshold: Option<u32>,
}

impl KeyFiles {
    pub(crate) const fn outcome(&self) -> Outcome {
        if self.draft.is_some() { Outcome::Waiting } else { Outcome::Yes }
    }

    /// What others have to sign first, told at the end of a report.
    pub(crate) const fn draft(&self) -> Option<&KeysWaiting> {
        self.draft.as_ref()
    }
}

impl fmt::Display for KeyFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, history) = (self.key_file.display(), self.history_file.display());
        writeln!(
            f,
            "  {key}: the private key. Keep it and a copy in safe places; never publish it."
        )?;
        if self.draft.is_some() {
            return Ok(());
        }
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
    // Of keys that are given twice one counts, and one's own is not made yet.
    let others: BTreeSet<_> = args.signing_key.iter().collect();
    require_threshold("--threshold", args.threshold, others.len() + 1)?;
    refuse_existing(&history_draft_file(files))?;
    let passphrase = args.key.choose(&files.key)?;
    // Not before, so that nothing is left of a beginning that was refused.
    ensure_folder_of(&files.key)?;
    let passphrase = passphrase.as_ref().map(|text| text.as_str());
    let made = begin(files, args, recovery, passphrase, now)?;
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

/// Makes the key and the first key state, which counts at once where nobody else has to sign it.
fn begin(
    files: &IssuerFiles,
    args: &FirstKeysArgs,
    recovery: Option<Quorum>,
    passphrase: Option<&str>,
    now: Timestamp,
) -> anyhow::Result<KeyFiles> {
    let key = SigningKey::from_seed(*new_seed()?);
    let keys = args.signing_key.iter().copied().chain([key.public()]).collect();
    let signing = Quorum { keys, threshold: args.threshold };
    let state = KeyState { issued_at: now, signing, recovery };
    let mut proposal = KeyProposal::new(None, &state)?;
    proposal.sign(&key, now)?;
    if let Ok(history) = proposal.finish() {
        let issuer = Issuer::with(key, history).context("the key does not fit its history")?;
        issuer.write_first(files, passphrase).map_err(refuse_existing_key)?;
        return Ok(describe(files, issuer.history()));
    }
    wellspring_node::write_key(&files.key, &key, passphrase).map_err(refuse_existing_key)?;
    let draft = write_draft(files, &proposal, Some(key.public()), None)?;
    Ok(KeyFiles { draft: Some(draft), ..described(files, proposal.issuer(), &state) })
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
    described(files, history.issuer().clone(), history.current())
}

fn described(files: &IssuerFiles, issuer: IssuerId, state: &KeyState) -> KeyFiles {
    let recovery = state.recovery.as_ref();
    KeyFiles {
        issuer,
        draft: None,
        key_file: files.key.clone(),
        history_file: files.history.clone(),
        recovery_keys: recovery.iter().flat_map(|quorum| &quorum.keys).copied().collect(),
        recovery_threshold: recovery.map(|quorum| quorum.threshold),
    }
}
