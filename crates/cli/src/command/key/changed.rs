//! What both commands that change keys do and say.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_document::{IssuerId, PublicKey, Timestamp};
use wellspring_node::{DATABASE_FILE, Issuer, IssuerFiles, KeyChangeLock, KeyFile};

use super::again::{self, SignedAgain};
use crate::failure::Refused;

/// A change of keys that was made.
#[derive(Debug, Serialize)]
pub(super) struct Changed {
    pub(super) issuer: IssuerId,
    pub(super) key_version: u32,
    /// The key that signs here from now on.
    key: PublicKey,
    key_file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_key_file: Option<PathBuf>,
    history_file: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    old_history_file: Option<PathBuf>,
    signed_again: Vec<SignedAgain>,
    #[serde(skip)]
    replaces_key: bool,
}

/// Writes the files of an issuer whose keys changed, and what it signed before, signed again.
/// Everything is made and checked before the first file is written.
pub(super) fn carry_out(
    issuer: &Issuer,
    files: &IssuerFiles,
    key: KeyFile<'_>,
    lock: &KeyChangeLock,
    now: Timestamp,
) -> anyhow::Result<Changed> {
    let folder = files.history.parent().unwrap_or(Path::new(""));
    if folder.join(DATABASE_FILE).exists() {
        return Err(Refused::because(format!(
            "{} is the key of a node: what it signed is in the node's database, which this version \
             cannot sign again",
            files.key.display()
        )));
    }
    let documents = again::plan(issuer, folder, now)?;
    let kept = issuer.write_change(files, key, lock)?;
    documents.iter().try_for_each(again::Again::write)?;
    Ok(Changed {
        issuer: issuer.history().issuer().clone(),
        key_version: issuer.history().version(),
        key: issuer.public_key(),
        key_file: files.key.clone(),
        old_key_file: kept.key,
        history_file: files.history.clone(),
        old_history_file: kept.history,
        signed_again: documents.into_iter().map(|document| document.signed).collect(),
        replaces_key: matches!(key, KeyFile::IsReplaced { .. }),
    })
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, history) = (self.key_file.display(), self.history_file.display());
        if self.replaces_key {
            writeln!(f, "  {key}: the new private key. Copy it to a safe place.")?;
        }
        if let Some(old) = &self.old_key_file {
            let old = old.display();
            writeln!(f, "  {old}: the key before. It signs nothing that counts any longer.")?;
        }
        writeln!(f, "  {history}: with the new state. Copy it as well.")?;
        if let Some(old) = &self.old_history_file {
            writeln!(f, "  {}: the history before, with what was undone.", old.display())?;
        }
        for SignedAgain { file, sequence, expires_at } in &self.signed_again {
            let file = file.display();
            writeln!(f, "  {file}: signed again, number {sequence}, until {expires_at}.")?;
        }
        let names: Vec<String> =
            self.signed_again.iter().map(|again| again.file.display().to_string()).collect();
        if names.is_empty() {
            return writeln!(f, "\nNext: sign what this issuer publishes, and upload it.");
        }
        writeln!(
            f,
            "\nNext: upload {}, byte for byte, to where nodes fetch it.",
            names.join(" and ")
        )?;
        writeln!(
            f,
            "What this issuer signed elsewhere stops to count then, until it is signed again."
        )
    }
}
