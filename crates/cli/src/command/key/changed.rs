//! What both commands that change keys do and say.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_document::{IssuerId, PublicKey, Timestamp};
use wellspring_node::{Issuer, IssuerFiles, KeyChangeLock, KeyFile};

use crate::answer::Outcome;
use crate::file;
use crate::together::again::{self, SignedAgain};
use crate::together::history_draft_file;

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
    #[serde(skip)]
    is_node: bool,
}

impl Changed {
    /// Whether others have to sign again what this one signed.
    pub(super) fn outcome(&self) -> Outcome {
        match self.signed_again.iter().all(|again| again.complete) {
            true => Outcome::Yes,
            false => Outcome::Waiting,
        }
    }
}

/// Whether these are the files that a node signs with by itself.
pub(super) fn is_node(files: &IssuerFiles) -> bool {
    files.key.file_name().is_some_and(|name| name == "node-key.pem")
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
    let documents = again::plan(issuer, folder, now)?;
    let kept = issuer.write_change(files, key, lock)?;
    file::remove_if_there(&history_draft_file(files))?;
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
        is_node: is_node(files),
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
        self.signed_again.iter().try_for_each(|again| write!(f, "{again}"))?;
        if self.is_node {
            writeln!(
                f,
                "\nNext: nothing. The node signs again what it signed before, in its next round"
            )?;
            return writeln!(f, "or when it starts.");
        }
        let (complete, waiting): (Vec<_>, Vec<_>) =
            self.signed_again.iter().partition(|again| again.complete);
        for again in &waiting {
            let file = again.file.display();
            writeln!(
                f,
                "\nNext: pass {file} and {history} on to somebody whose signature is missing,"
            )?;
            writeln!(f, "who puts both in a folder with the key and runs there")?;
            writeln!(f, "  wellspring {} cosign {file}", again.role)?;
        }
        if complete.is_empty() && waiting.is_empty() {
            return writeln!(f, "\nNext: sign what this issuer publishes, and upload it.");
        }
        if complete.is_empty() {
            return Ok(());
        }
        let names: Vec<String> =
            complete.iter().map(|again| again.file.display().to_string()).collect();
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
