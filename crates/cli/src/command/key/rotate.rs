use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use wellspring_document::{KeyState, PublicKey, Quorum, SigningKey};
use wellspring_node::{Issuer, IssuerFiles, KeyFile, read_history};

use super::changed::{Changed, carry_out};
use super::found::issuer_files;
use crate::answer::{Format, Outcome};
use crate::clock::Now;
use crate::failure::{Refused, sentence_of};
use crate::key_files;
use crate::prompt::NextKeyArgs;

/// Change the key of an issuer, and sign again what it signed
///
/// Makes a new private key and a key state that the key before and the new one sign. The
/// issuer id stays, and with it every recommendation that names it. profile.json and
/// endorsements.json beside the key are signed again in one go. The key before is kept as
/// NAME-key.old-VERSION.pem.
///
/// For a key that is lost or that somebody else may have, there is `key recover`: whoever has
/// the key can do what this command does.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
If it is interrupted, run it again: no moment leaves the issuer without its key.

Examples:
  wellspring key rotate
  wellspring key rotate curator-key.pem --passphrase-file old --new-passphrase-file new
  wellspring key rotate --keep-key --signing-key z6Mk...")]
pub(crate) struct Args {
    /// NAME-key.pem or NAME-key-history.json [default: the only issuer in this folder]
    file: Option<PathBuf>,

    /// Another person's key that may sign from now on, as yours does
    ///
    /// May be given several times. Without it, the others of before may go on signing.
    #[arg(long, value_name = "MULTIKEY")]
    signing_key: Vec<PublicKey>,

    /// Let nobody else sign any longer
    #[arg(long, conflicts_with = "signing_key")]
    alone: bool,

    /// Change nothing but who else may sign: the key in the file stays
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
        let lock = files.lock()?;
        refuse_needing_others(&files)?;
        let passphrase = self.passphrase.before(&files)?;
        let issuer = Issuer::open(&files, passphrase.as_ref().map(|text| text.as_str()))?;
        let new_key = match self.keep_key {
            true => None,
            false => Some(SigningKey::from_seed(*key_files::new_seed()?)),
        };
        let state = self.next_state(&issuer, new_key.as_ref())?;
        let rotated = issuer.rotated(&state, new_key.as_ref()).map_err(|error| {
            Refused::because(format!("the keys were not changed: {}", sentence_of(&error)))
        })?;
        let changed = if new_key.is_some() {
            let next = self.passphrase.choose(&files.key, passphrase.as_ref())?;
            let key = KeyFile::IsReplaced { passphrase: next.as_ref().map(|text| text.as_str()) };
            carry_out(&rotated, &files, key, &lock, self.now.get())?
        } else {
            carry_out(&rotated, &files, KeyFile::Stays, &lock, self.now.get())?
        };
        self.format.print(&Report { changed }, Outcome::Yes)
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
        if keys == before.signing.keys {
            return Err(Refused::because("nothing would change: these keys sign already"));
        }
        Ok(KeyState {
            issued_at: self.now.get(),
            signing: Quorum { keys, threshold: 1 },
            recovery: before.recovery.clone(),
        })
    }
}

/// With one key of several that must sign, nothing can be changed here.
fn refuse_needing_others(files: &IssuerFiles) -> anyhow::Result<()> {
    let history = read_history(&files.history)?;
    let signing = &history.current().signing;
    if signing.threshold <= 1 {
        return Ok(());
    }
    Err(Refused::because(format!(
        "{} of {} keys of this issuer must sign a change of its keys, and here is one; this \
         version has no command to sign it one after another",
        signing.threshold,
        signing.keys.len()
    )))
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
