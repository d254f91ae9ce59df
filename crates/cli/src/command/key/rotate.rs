use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use wellspring_document::{KeyProposal, KeyState, PublicKey, Quorum, SigningKey};
use wellspring_node::{Issuer, IssuerFiles, KeyChangeLock, KeyFile, read_history};

use super::changed::{Changed, carry_out, is_node};
use super::found::issuer_files;
use crate::answer::{Format, Outcome};
use crate::clock::Now;
use crate::failure::{Refused, sentence_of};
use crate::key_files;
use crate::prompt::NextKeyArgs;
use crate::signing::lock;
use crate::together::{require_no_other_draft, write_draft};

/// Change the key of an issuer, and sign again what it signed
///
/// Makes a new private key and a key state that the key before and the new one sign. The
/// issuer id stays, and with it every recommendation that names it. profile.json and
/// endorsements.json beside the key are signed again in one go. The key before is kept as
/// NAME-key.old-VERSION.pem.
///
/// Where several people must sign a change, it writes NAME-key-history.draft.json, which the
/// others sign with `operator cosign` or `curator cosign`; until enough have, nothing changes.
/// The key of a node, in its data directory, changes while the node runs.
///
/// For a key that is lost or that somebody else may have, there is `key recover`: whoever has
/// the key can do what this command does.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
If it is interrupted, run it again: no moment leaves the issuer without its key.

Exit codes: 0 changed and signed again, 1 it is refused, 2 a file or the passphrase could not
be read, 3 others have to sign as well.

Examples:
  wellspring key rotate
  wellspring key rotate curator-key.pem --passphrase-file old --new-passphrase-file new
  wellspring key rotate --keep-key --signing-key z6Mk...
  wellspring key rotate --keep-key --signing-key z6Mk... --threshold 2")]
pub(crate) struct Args {
    /// NAME-key.pem or NAME-key-history.json [default: the only issuer in this folder]
    file: Option<PathBuf>,

    /// Another person's key that may sign from now on, as yours does
    ///
    /// May be given several times. Without it, the others of before may go on signing.
    #[arg(long, value_name = "MULTIKEY")]
    signing_key: Vec<PublicKey>,

    /// Let nobody else sign any longer
    #[arg(long, conflicts_with_all = ["signing_key", "threshold"])]
    alone: bool,

    /// How many of the keys must sign together from now on [default: as many as before]
    #[arg(long, value_name = "N")]
    threshold: Option<u32>,

    /// Change nothing but who else may sign and how many must: the key in the file stays
    #[arg(long, conflicts_with_all = ["new_passphrase_file", "no_passphrase"])]
    keep_key: bool,

    #[command(flatten)]
    passphrase: NextKeyArgs,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(super) fn run(mut self) -> anyhow::Result<Outcome> {
        let files = issuer_files(self.file.take())?;
        files.complete_change()?;
        let passphrase = self.passphrase.before(&files)?;
        let issuer = Issuer::open(&files, passphrase.as_ref().map(|text| text.as_str()))?;
        let new_key = match self.keep_key {
            true => None,
            false => Some(SigningKey::from_seed(*key_files::new_seed()?)),
        };
        let state = self.next_state(&issuer, new_key.as_ref())?;
        if is_node(&files) {
            require_alone(&state)?;
        }
        let now = self.now.get();
        let mut proposal = KeyProposal::new(Some(issuer.history()), &state)
            .map_err(|error| not_changed(&error))?;
        for key in [Some(issuer.key()), new_key.as_ref()].into_iter().flatten() {
            proposal.sign(key, now).map_err(|error| not_changed(&error))?;
        }
        require_no_other_draft(&files, &proposal)?;
        // A node starts with nobody at a terminal.
        let next = match &new_key {
            Some(_) if is_node(&files) => self.passphrase.none_for_a_node()?,
            Some(_) => self.passphrase.choose(&files.key, passphrase.as_ref())?,
            None => None,
        };
        let lock = lock_unchanged(&files, &issuer)?;
        require_no_other_draft(&files, &proposal)?;
        let next = next.as_ref().map(|text| text.as_str());
        let key = new_key.as_ref().unwrap_or_else(|| issuer.key());
        let rotated = proposal.finish().ok();
        let Some(rotated) = rotated.and_then(|history| Issuer::with(key.clone(), history)) else {
            let pending = new_key.as_ref().map(|new| files.write_pending_key(new, next, &lock));
            let waiting = write_draft(&files, &proposal, Some(key.public()), pending.transpose()?)?;
            return self.format.print(&waiting, Outcome::Waiting);
        };
        let key = match &new_key {
            Some(_) => KeyFile::IsReplaced { passphrase: next },
            None => KeyFile::Stays,
        };
        let changed = carry_out(&rotated, &files, key, &lock, now)?;
        let outcome = changed.outcome();
        self.format.print(&Report { changed }, outcome)
    }

    fn next_state(
        &self,
        issuer: &Issuer,
        new_key: Option<&SigningKey>,
    ) -> anyhow::Result<KeyState> {
        let before = issuer.history().current();
        let own = issuer.public_key();
        let mut keys: BTreeSet<PublicKey> = match (&self.signing_key[..], self.alone) {
            (_, true) => BTreeSet::new(),
            ([], false) => before.signing.keys.iter().filter(|key| **key != own).copied().collect(),
            (given, false) => given.iter().copied().collect(),
        };
        if new_key.is_some() && keys.contains(&own) {
            return Err(Refused::because(format!(
                "{own} is the key that is to be replaced; to keep it there is --keep-key"
            )));
        }
        keys.insert(new_key.map_or(own, SigningKey::public));
        let threshold = match (self.threshold, self.alone) {
            (Some(threshold), _) => threshold,
            (None, true) => 1,
            (None, false) => before.signing.threshold,
        };
        key_files::require_threshold("--threshold", threshold, keys.len())?;
        let signing = Quorum { keys, threshold };
        if signing == before.signing {
            return Err(Refused::because("nothing would change: these keys sign already"));
        }
        Ok(KeyState { issued_at: self.now.get(), signing, recovery: before.recovery.clone() })
    }
}

/// The right to change the keys, if they are what they were when the passphrases were asked
/// for.
fn lock_unchanged(files: &IssuerFiles, issuer: &Issuer) -> anyhow::Result<KeyChangeLock> {
    let lock = lock(files)?;
    if read_history(&files.history)? == *issuer.history() {
        return Ok(lock);
    }
    Err(Refused::because(
        "the keys were not changed: another program changed them while you were asked; run \
         the command again",
    ))
}

fn not_changed(error: &(dyn std::error::Error + 'static)) -> anyhow::Error {
    Refused::because(format!("the keys were not changed: {}", sentence_of(error)))
}

/// A node signs by itself, so nobody else can be needed for it.
pub(super) fn require_alone(state: &KeyState) -> anyhow::Result<()> {
    if state.signing.threshold == 1 {
        return Ok(());
    }
    Err(Refused::because(
        "a node signs by itself, many times a day: its threshold is 1; use recovery keys that \
         several people hold together",
    ))
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    changed: Changed,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Changed { issuer, key_version, .. } = &self.changed;
        writeln!(f, "Changed the keys of {issuer}: state {key_version} counts from now on.")?;
        write!(f, "{}", self.changed)
    }
}
