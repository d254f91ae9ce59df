//! What several people sign together, one after the other, each with a private key that nobody
//! else ever sees.
//!
//! A *draft* is what gathers signatures: a document, or a key history whose last state lacks
//! some. It lies under a name of its own (`profile.draft.json`), never where it could be taken
//! for what is published, and is passed on as a file. The draft in a folder is also the memory
//! of what was signed there last, so that nobody signs two that contradict each other.

pub(crate) mod again;
mod changes;
mod document;
mod keys;
mod signatures;
mod told;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use clap::Args;
use wellspring_document::json::{self, Value};
use wellspring_document::{
    Body, CosignError, Gathering, Identity, KeyHistory, KeyProposal, Kind, PublicKey, RawDocument,
    SigningKey,
};
use wellspring_node::{Issuer, IssuerFiles, KeyChangeLock, read_history, read_key};

pub(crate) use keys::{KeysWaiting, write_draft};
pub(crate) use signatures::Signatures;
pub(crate) use told::{Waiting, write_entry};

use crate::answer::{Format, Outcome};
use crate::client::Network;
use crate::clock::Now;
use crate::failure::Refused;
use crate::prompt::{PassphraseArgs, confirms};
use crate::signing::{Folder, Role};
use crate::source::Source;
use crate::{answer, file, plain};

/// What both `cosign` commands take.
#[derive(Debug, Args)]
pub(crate) struct CosignArgs {
    /// The file that somebody passed on: a document or a key history, with or without all of
    /// its signatures
    file: PathBuf,

    #[command(flatten)]
    folder: Folder,

    /// Sign with another key than that in the folder, as a recovery key: its file, a file with
    /// what was on paper, or - for standard input
    #[arg(long, value_name = "FILE")]
    using: Option<PathBuf>,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    /// Tell what changed since this document [default: the published one in the folder]
    #[arg(long, value_name = "FILE|URL")]
    since: Option<Source>,

    /// Sign without asking, where what it says was looked at already
    #[arg(long)]
    yes: bool,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    network: Network,

    #[command(flatten)]
    now: Now,
}

/// What both `show` commands take besides the file.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) folder: Folder,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    /// Tell what changed since this document [default: the published one in the folder]
    #[arg(long, value_name = "FILE|URL")]
    since: Option<Source>,

    #[command(flatten)]
    pub(crate) format: Format,

    #[command(flatten)]
    network: Network,

    #[command(flatten)]
    pub(crate) now: Now,
}

/// What a file is that somebody passed on.
enum Passed {
    KeyStates(Vec<Value>),
    Document(RawDocument),
}

impl Passed {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = file::read(path, Kind::LARGEST_BYTES)?;
        Ok(match json::read(&bytes, Kind::LARGEST_BYTES) {
            Ok(Value::Array(states)) => Self::KeyStates(states),
            // Whatever is wrong with it, reading it as a document says so.
            _ => Self::Document(RawDocument::new(bytes)),
        })
    }
}

/// What a look at the folder comes to.
enum Step {
    /// All is done that can be.
    Done(Outcome),
    /// Without the key it cannot be told whether there is anything to sign.
    NeedsKey,
    /// There is something to sign, for which nobody has said yes.
    Asks(Shown),
}

/// What somebody is asked to sign, and what in the folder it was compared with.
#[derive(PartialEq)]
struct Shown {
    told: String,
    history: Option<KeyHistory>,
    published: Option<Identity>,
}

/// What the person who signs has given so far.
#[derive(Default)]
struct Given {
    key: Option<SigningKey>,
    agreed: Option<Shown>,
}

impl Given {
    /// The key, where exactly this was agreed to.
    fn key_for(&self, shown: &Shown) -> Option<&SigningKey> {
        self.key.as_ref().filter(|_| self.agreed.as_ref() == Some(shown))
    }
}

impl CosignArgs {
    pub(crate) fn run<T: Body>(self, role: &Role) -> anyhow::Result<Outcome> {
        match Passed::read(&self.file)? {
            Passed::KeyStates(states) => {
                self.steps(role, |given, lock| self.key_state(role, &states, given, lock))
            }
            Passed::Document(raw) => {
                let since = self.earlier::<T>()?;
                let mut task = document::Task::new(&raw, since.as_ref());
                self.steps(role, |given, lock| self.document(role, &mut task, given, lock))
            }
        }
    }

    /// Looks at the folder again after every answer. While a person is asked, others may sign
    /// there, as a timer does: nothing is signed but by a look that finds what was agreed to,
    /// and until that is written the folder is locked.
    fn steps(
        &self,
        role: &Role,
        mut look: impl FnMut(&Given, &KeyChangeLock) -> anyhow::Result<Step>,
    ) -> anyhow::Result<Outcome> {
        let mut given = Given::default();
        loop {
            let lock = self.folder.lock(role)?;
            self.folder.issuer(role).complete_change_under(&lock)?;
            let step = look(&given, &lock)?;
            drop(lock);
            match step {
                Step::Done(outcome) => return Ok(outcome),
                Step::NeedsKey => given.key = Some(self.key(role)?),
                Step::Asks(_) if given.agreed.is_some() => {
                    return Err(Refused::with_code(
                        "cosign.changed-meanwhile",
                        format!(
                            "{} was not signed: what it is compared with changed while you were \
                             asked; run the command again and look at what it says then",
                            self.file.display()
                        ),
                    ));
                }
                Step::Asks(shown) => {
                    self.require_yes(&shown.told)?;
                    given.agreed = Some(shown);
                }
            }
        }
    }

    /// The key to sign with.
    fn key(&self, role: &Role) -> anyhow::Result<SigningKey> {
        let Some(path) = &self.using else {
            let files = self.folder.issuer(role);
            let passphrase = self.passphrase.for_key(&files)?;
            return Ok(read_key(&files.key, passphrase.as_ref().map(|text| text.as_str()))?);
        };
        let bytes = if path == Path::new("-") {
            file::read_bounded(io::stdin().lock(), file::MAX_PAPER_BYTES)
                .context("standard input could not be read")?
        } else {
            file::read(path, file::MAX_PAPER_BYTES)?
        };
        key_in(path, bytes, || self.passphrase.for_encrypted(path))
    }

    /// Shows what is to be signed, and goes on only with a yes.
    fn require_yes(&self, told: &str) -> anyhow::Result<()> {
        if !(self.yes && self.format.is_json()) {
            eprintln!("{}", plain::text(told).trim_end());
        }
        if self.yes || confirms("\nSign this?")? {
            return Ok(());
        }
        Err(Refused::with_code(
            "cosign.unconfirmed",
            "nothing was signed, because nobody said yes; where there is no terminal to ask on, \
             look at what is said above and give --yes",
        ))
    }
}

impl ShowArgs {
    /// Tells what a file says and whose signatures it has.
    pub(crate) fn run<T: Body>(self, role: &Role, path: &Path) -> anyhow::Result<Outcome> {
        match Passed::read(path)? {
            Passed::KeyStates(states) => self.key_state(role, path, &states),
            Passed::Document(raw) => self.document::<T>(role, path, &raw),
        }
    }

    /// The key in the folder, where it can be told without asking anybody.
    fn own_key(&self, role: &Role) -> Option<PublicKey> {
        let files = self.folder.issuer(role);
        let passphrase = match files.is_encrypted().ok()? {
            true => Some(self.passphrase.given().ok()??),
            false => None,
        };
        let key = read_key(&files.key, passphrase.as_ref().map(|text| text.as_str())).ok()?;
        Some(key.public())
    }
}

/// A private key as a file holds it: PKCS#8, or what was on paper.
pub(crate) fn key_in(
    path: &Path,
    bytes: Vec<u8>,
    passphrase: impl FnOnce() -> anyhow::Result<crate::prompt::Passphrase>,
) -> anyhow::Result<SigningKey> {
    let text = crate::command::as_text(bytes);
    if !text.starts_with("-----BEGIN ") {
        return crate::command::read_paper(&text)
            .with_context(|| format!("{} was not used", path.display()));
    }
    let passphrase = if SigningKey::is_encrypted_pem(&text) { Some(passphrase()?) } else { None };
    SigningKey::from_pkcs8_pem(&text, passphrase.as_ref().map(|text| text.as_str()))
        .with_context(|| format!("{} could not be used", path.display()))
}

impl Folder {
    /// Where a document lies that lacks signatures.
    pub(crate) fn draft_file(&self, role: &Role) -> PathBuf {
        self.file(&role.draft())
    }

    /// The draft in the folder, where there is one that can be read. One that cannot holds
    /// nobody up.
    pub(crate) fn draft<T: Body>(&self, role: &Role) -> anyhow::Result<Option<Gathering<T>>> {
        let path = self.draft_file(role);
        let Some(bytes) = file::read_if_there(&path, T::KIND.max_bytes())? else { return Ok(None) };
        match Gathering::read(&RawDocument::new(bytes)) {
            Ok(draft) => Ok(Some(draft)),
            Err(error) => {
                leave_out(&path, &error);
                Ok(None)
            }
        }
    }

    /// Removes the draft of a document that has been completed or overtaken.
    pub(crate) fn drop_draft(&self, role: &Role) -> anyhow::Result<()> {
        file::remove_if_there(&self.draft_file(role))
    }

    fn known_history(&self, role: &Role) -> anyhow::Result<Option<KeyHistory>> {
        let path = self.issuer(role).history;
        if path.exists() { Ok(Some(read_history(&path)?)) } else { Ok(None) }
    }
}

/// Where a key history lies whose last state lacks signatures.
pub(crate) fn history_draft_file(files: &IssuerFiles) -> PathBuf {
    files.history.with_extension("draft.json")
}

fn history_draft(files: &IssuerFiles) -> anyhow::Result<Option<KeyProposal>> {
    let path = history_draft_file(files);
    let Some(bytes) = file::read_if_there(&path, Kind::Profile.max_bytes())? else {
        return Ok(None);
    };
    let states = json::read(&bytes, Kind::Profile.max_bytes()).ok();
    match states.as_ref().and_then(Value::as_array).map(|states| KeyProposal::read(states)) {
        Some(Ok(proposal)) => Ok(Some(proposal)),
        Some(Err(error)) => {
            leave_out(&path, &error);
            Ok(None)
        }
        None => {
            leave_out(&path, &"it is no key history");
            Ok(None)
        }
    }
}

/// Says once that a draft is left out, however often it is looked at.
fn leave_out(path: &Path, reason: &dyn std::fmt::Display) {
    static SAID: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    if said.insert(path.to_owned()) {
        answer::warn(&format!("{} is left out: {reason}", path.display()));
    }
}

/// Refuses to begin a second change of keys where one that this machine signed waits for
/// others: were both completed, they would contest the issuer.
pub(crate) fn require_no_other_draft(
    files: &IssuerFiles,
    proposal: &KeyProposal,
) -> anyhow::Result<()> {
    let Some(here) = history_draft(files)? else { return Ok(()) };
    let place = |it: &KeyProposal| it.before().map(|it| it.current_hash().to_owned());
    if place(&here) != place(proposal) || here.signers().is_empty() {
        return Ok(());
    }
    Err(Refused::with_code(
        "cosign.signed-another",
        format!(
            "another change of these keys waits for signatures, in {path}: two in one place would \
             contest the issuer. If nobody else has it, remove it and begin again",
            path = history_draft_file(files).display()
        ),
    ))
}

fn refuse(error: &CosignError, path: &Path, missing: &Signatures) -> anyhow::Error {
    let (path, counted) = (path.display(), missing.counted());
    let reason = match error {
        CosignError::AlreadySigned { .. } => format!(
            "you have signed {path} already; it has {counted}, so pass it on to one of the others"
        ),
        other => format!("{path} was not signed: {other}"),
    };
    Refused::with_code(error.code(), reason)
}

/// The issuer that signs with `key`, where the last state of the history names it.
fn issuer_with(key: &SigningKey, history: &KeyHistory) -> Option<Issuer> {
    Issuer::with(key.clone(), history.clone())
}
