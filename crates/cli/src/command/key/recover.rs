use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use wellspring_document::{
    AnyVerified, KeyHistory, KeyProposal, KeyState, PublicKey, Quorum, SigningKey,
};
use wellspring_node::{Issuer, IssuerFiles, KeyFile, read_history};

use super::changed::{Changed, carry_out, is_node};
use super::found::{Named, files_beside, issuer_files, look_at, the_only_history};
use super::rotate::require_alone;
use super::type_in::{read_paper, typed};
use crate::answer::{Format, Outcome};
use crate::clock::Now;
use crate::failure::{Refused, sentence_of};
use crate::file;
use crate::key_files::{self, RecoveryArgs};
use crate::prompt::{NewKeyArgs, ask_hidden, passphrase_in, require_terminal};
use crate::together::{key_in, require_no_other_draft, write_draft};

/// Replace a key that was lost or stolen, with recovery keys
///
/// Makes a new private key and a key state that the recovery keys sign. It needs no key of
/// before. The issuer id stays, and with it every recommendation that names it. profile.json
/// and endorsements.json beside the key are signed again in one go. The recovery keys stay as
/// they are, unless --recovery-key names new ones.
///
/// Where more recovery keys are needed than are in hand, it writes NAME-key-history.draft.json,
/// which the holders of the others sign with `operator cosign` or `curator cosign` and --using.
///
/// What it undoes: every other key state that was made after the same one, by whoever has the
/// key that was stolen, and all that was signed under it. Nodes drop both as soon as they see
/// a document with the recovery. What was signed before with the old key counts no longer
/// either, until it is signed again. What cannot be undone is what somebody with the recovery
/// keys themselves does.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Where only a document is left, name that: it holds the key history. Take the newest that you
know to be yours.

If it is interrupted, run it again: no moment leaves the issuer without its key.

Exit codes: 0 recovered and signed again, 1 it is refused, 2 a file or a passphrase could not
be read, 3 others have to sign as well.

Examples:
  wellspring key recover
  wellspring key recover --using recovery-key.pem --recovery-key z6Mk...
  wellspring key recover profile.json --using paper.txt")]
pub(crate) struct Args {
    /// NAME-key-history.json, NAME-key.pem or a signed document [default: the only issuer in
    /// this folder]
    file: Option<PathBuf>,

    /// A recovery key: its file, or a file with what was on paper, or - for standard input
    ///
    /// May be given several times. Without it you are asked to type it from paper.
    #[arg(long, value_name = "FILE")]
    using: Vec<PathBuf>,

    /// Read the passphrase of the recovery keys from the first line of this file
    #[arg(long, value_name = "FILE", requires = "using")]
    recovery_passphrase_file: Option<PathBuf>,

    /// Go back to this key state; those after it are undone too [default: the last one]
    ///
    /// Needed where the key of an earlier state was stolen and used before you changed it: the
    /// recovery has to follow the last state that you and the thief have in common.
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u32).range(1..))]
    after_version: Option<u32>,

    /// Another person's key that may sign from now on, as yours does
    ///
    /// May be given several times. The keys of before may not, unless they are named here.
    #[arg(long, value_name = "MULTIKEY")]
    signing_key: Vec<PublicKey>,

    /// How many of the signing keys must sign together from now on
    #[arg(long, value_name = "N", default_value_t = 1)]
    threshold: u32,

    #[command(flatten)]
    recovery: RecoveryArgs,

    #[command(flatten)]
    key: NewKeyArgs,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Outcome> {
        let path = self.file.clone().map_or_else(the_only_history, Ok)?;
        let (files, known) = find(&path)?;
        let lock = files.lock()?;
        let base = self.base(&known)?;
        let authority = base.current().recovery.clone().ok_or_else(|| {
            Refused::because(
                "this issuer has no recovery keys, so nothing can replace its key: begin as another \
                 issuer, and ask those who recommend you to name that one",
            )
        })?;
        let recovery = self.recovery_keys(&authority)?;
        let new_key = SigningKey::from_seed(*key_files::new_seed()?);
        let mut keys: BTreeSet<PublicKey> = self.signing_key.iter().copied().collect();
        keys.insert(new_key.public());
        key_files::require_threshold("--threshold", self.threshold, keys.len())?;
        let now = self.now.get();
        let state = KeyState {
            issued_at: now,
            signing: Quorum { keys, threshold: self.threshold },
            recovery: Some(self.recovery.quorum()?.unwrap_or(authority)),
        };
        if is_node(&files) {
            require_alone(&state)?;
        }
        let refuse = |error: &(dyn std::error::Error + 'static)| {
            Refused::because(format!("the keys were not changed: {}", sentence_of(error)))
        };
        let mut proposal = KeyProposal::new(Some(&base), &state).map_err(|error| refuse(&error))?;
        for key in recovery.iter().chain([&new_key]) {
            proposal.sign(key, now).map_err(|error| refuse(&error))?;
        }
        let passphrase = match is_node(&files) {
            true => None,
            false => self.key.choose(&files.key)?,
        };
        let passphrase = passphrase.as_ref().map(|text| text.as_str());
        let recovered = proposal.finish().ok();
        let Some(issuer) = recovered.and_then(|history| Issuer::with(new_key.clone(), history))
        else {
            require_no_other_draft(&files, &proposal)?;
            let pending = files.write_pending_key(&new_key, passphrase, &lock)?;
            let own = Some(new_key.public());
            let waiting = write_draft(&files, &proposal, own, Some(pending))?;
            return self.format.print(&waiting, Outcome::Waiting);
        };
        let changed = carry_out(&issuer, &files, KeyFile::IsReplaced { passphrase }, &lock, now)?;
        let outcome = changed.outcome();
        self.format.print(&Report { follows_version: base.version(), changed }, outcome)
    }

    /// The states that stay.
    fn base(&self, known: &KeyHistory) -> anyhow::Result<KeyHistory> {
        let Some(version) = self.after_version else { return Ok(known.clone()) };
        if version > known.version() {
            return Err(Refused::because(format!(
                "there is no key state {version}; the last one is {}",
                known.version()
            )));
        }
        let base = known.prefix(usize::try_from(version).unwrap_or(usize::MAX));
        let undone = base.states().len()..known.states().len();
        if let Some(place) = undone.into_iter().find(|place| known.is_recovery(*place)) {
            return Err(Refused::because(format!(
                "key state {} was made by recovery keys itself; two recoveries in one place would \
                 leave the issuer contested for ever. Go back no further than to it",
                place + 1
            )));
        }
        Ok(base)
    }

    /// The recovery keys in hand: at least one. The others sign what is made with them.
    fn recovery_keys(&self, authority: &Quorum) -> anyhow::Result<Vec<SigningKey>> {
        let mut keys: Vec<SigningKey> = Vec::new();
        let mut take = |key: SigningKey| {
            if !authority.keys.contains(&key.public()) {
                return Err(Refused::because(format!(
                    "{} is no recovery key of this issuer; its recovery keys are {}",
                    key.public(),
                    authority.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
                )));
            }
            if !keys.iter().any(|known| known.public() == key.public()) {
                keys.push(key);
            }
            Ok(keys.len())
        };
        let needed = usize::try_from(authority.threshold).unwrap_or(usize::MAX);
        let mut count = 0;
        for path in &self.using {
            count = take(self.read(path)?)?;
        }
        if count == 0 {
            require_terminal("recovery keys are needed", "name their files with --using")?;
            let question = format!("Recovery key 1 of {needed}, as it is on paper: ");
            count = take(typed(&question, false)?)?;
            let mut is_asking = count < needed;
            while is_asking {
                let question = format!(
                    "Recovery key {} of {needed}; nothing, if others have to sign: ",
                    count + 1
                );
                let next = ask_hidden(&question)?;
                is_asking = !next.trim().is_empty();
                if is_asking {
                    count = take(read_paper(&next)?)?;
                    is_asking = count < needed;
                }
            }
        }
        Ok(keys)
    }

    /// A recovery key from a file: PKCS#8, or what was on paper.
    fn read(&self, path: &Path) -> anyhow::Result<SigningKey> {
        let bytes = if path == Path::new("-") {
            file::read_bounded(io::stdin().lock(), file::MAX_PAPER_BYTES)
                .context("standard input could not be read")?
        } else {
            file::read(path, file::MAX_PAPER_BYTES)?
        };
        key_in(path, bytes, || match &self.recovery_passphrase_file {
            Some(file) => passphrase_in(file),
            None => {
                let why = format!("{} asks for its passphrase", path.display());
                require_terminal(&why, "use --recovery-passphrase-file")?;
                ask_hidden(&format!("Passphrase of {}: ", path.display()))
            }
        })
    }
}

/// The files of the issuer, and the key history that is known of it: that in its file, or
/// where there is none that of the document that was named.
fn find(path: &Path) -> anyhow::Result<(IssuerFiles, KeyHistory)> {
    let Named::Document(document) = look_at(path)? else {
        let files = issuer_files(Some(path.to_owned()))?;
        files.complete_change()?;
        let history = read_history(&files.history)?;
        return Ok((files, history));
    };
    let files = files_beside(path, &document)?;
    files.complete_change()?;
    let history = history_of(&document, &files)?;
    Ok((files, history))
}

fn history_of(document: &AnyVerified, files: &IssuerFiles) -> anyhow::Result<KeyHistory> {
    if !files.history.exists() {
        return Ok(document.history().clone());
    }
    let history = read_history(&files.history)?;
    if history.extends(document.history()) {
        return Ok(history);
    }
    Err(Refused::because(format!(
        "{} is beside the document, and it is another key history; name the one that is yours, \
         and move the other away",
        files.history.display()
    )))
}

#[derive(Serialize)]
struct Report {
    /// The key state that the recovery follows.
    follows_version: u32,
    #[serde(flatten)]
    changed: Changed,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Changed { issuer, key_version, .. } = &self.changed;
        let base = self.follows_version;
        writeln!(f, "Recovered {issuer}: state {key_version} counts from now on.")?;
        write!(f, "{}", self.changed)?;
        writeln!(
            f,
            "\nWhat it undoes, as soon as nodes see it: every other key state that follows state"
        )?;
        writeln!(f, "{base}, whoever made it, and what was signed under those.")?;
        writeln!(f, "The recovery key was on this machine now; keep it where the key is not.")
    }
}
