//! Making the files of an issuer.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use wellspring_document::{IssuerId, Timestamp};
use wellspring_node::{Issuer, IssuerError, IssuerFiles, read_history};
use zeroize::Zeroizing;

use crate::failure::Refused;
use crate::file;
use crate::prompt::NewKeyArgs;

/// The files of an issuer, as commands report them.
#[derive(Debug, Serialize)]
pub(crate) struct KeyFiles {
    pub(crate) issuer: IssuerId,
    key_file: PathBuf,
    history_file: PathBuf,
}

impl fmt::Display for KeyFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, history) = (self.key_file.display(), self.history_file.display());
        writeln!(
            f,
            "  {key}: the private key. Keep it and a copy in safe places; never publish it."
        )?;
        writeln!(f, "  {history}: its public side, part of everything you sign.")
    }
}

/// Makes the key of an issuer that does not exist yet, and its folder.
pub(crate) fn make(
    files: &IssuerFiles,
    args: &NewKeyArgs,
    now: Timestamp,
) -> anyhow::Result<KeyFiles> {
    // Before anybody chooses a passphrase. A history without its key may still be all that
    // is left of an issuer, so it is not overwritten either.
    refuse_existing(&files.key)?;
    refuse_existing(&files.history)?;
    let passphrase = args.choose(files)?;
    // Not before, so that nothing is left of a beginning that was refused.
    file::ensure_folder(files.key.parent().unwrap_or(Path::new("")))?;
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).context("the operating system gave no random numbers")?;
    let issuer = Issuer::create(files, *seed, passphrase.as_ref().map(|text| text.as_str()), now)
        .map_err(|error| match error {
        IssuerError::Exists { path } => exists(&path),
        other => other.into(),
    })?;
    Ok(describe(files, issuer.history().issuer()))
}

/// The key that is there already, or a new one.
pub(crate) fn ensure(
    files: &IssuerFiles,
    args: &NewKeyArgs,
    now: Timestamp,
) -> anyhow::Result<KeyFiles> {
    if files.key.exists() && files.history.exists() {
        return Ok(describe(files, read_history(&files.history)?.issuer()));
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

fn describe(files: &IssuerFiles, issuer: &IssuerId) -> KeyFiles {
    KeyFiles {
        issuer: issuer.clone(),
        key_file: files.key.clone(),
        history_file: files.history.clone(),
    }
}
