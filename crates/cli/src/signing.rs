//! From an authoring file to the next signed document of a feed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::Args;
use wellspring_document::{
    Acceptance, Accepted, Body, Draft, FeedState, Gathering, KeyBranches, Mark, RawDocument,
    Timestamp, Verified, authoring, json,
};
use wellspring_node::{Issuer, IssuerError, IssuerFiles, KeyChangeLock};

use crate::failure::Refused;
use crate::key_files::{self, FirstKeysArgs, KeyFiles};
use crate::prompt::{Passphrase, PassphraseArgs};
use crate::together::{Waiting, history_draft_file};
use crate::{failure, file};

/// What tells operators and curators apart when they begin and when they sign.
#[derive(Debug)]
pub(crate) struct Role {
    /// The beginning of the names of the key files.
    pub(crate) key: &'static str,
    /// The file that a person edits.
    pub(crate) authoring: &'static str,
    /// The document to upload.
    pub(crate) signed: &'static str,
    /// The command that writes the first authoring file.
    pub(crate) init: &'static str,
}

impl Role {
    /// The document while it lacks signatures.
    pub(crate) fn draft(&self) -> String {
        format!("{}.draft.json", self.signed.trim_end_matches(".json"))
    }
}

/// The folder in which an operator or a curator works.
#[derive(Debug, Args)]
pub(crate) struct Folder {
    /// The folder with the key, the authoring file and the signed document
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

impl Folder {
    /// A file in the folder, as it is named in messages.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        if self.is_here() { PathBuf::from(name) } else { self.dir.join(name) }
    }

    pub(crate) fn issuer(&self, role: &Role) -> IssuerFiles {
        IssuerFiles::of(role.key, if self.is_here() { Path::new("") } else { &self.dir })
    }

    /// Writes the first authoring file and makes the key that signs it, unless there is one.
    pub(crate) fn begin(
        &self,
        role: &Role,
        key: &FirstKeysArgs,
        now: Timestamp,
        template: &str,
    ) -> anyhow::Result<(PathBuf, KeyFiles)> {
        let authoring = self.file(role.authoring);
        key_files::refuse_existing(&authoring)?;
        let key = key_files::ensure(&self.issuer(role), key, now)?;
        file::create(&authoring, template.as_bytes())?;
        Ok((authoring, key))
    }

    /// The right to sign here and to change keys, which one program has at a time.
    pub(crate) fn lock(&self, role: &Role) -> anyhow::Result<KeyChangeLock> {
        lock(&self.issuer(role))
    }

    /// What to add to a command that works on the same folder.
    pub(crate) fn option(&self) -> String {
        if self.is_here() { String::new() } else { format!(" --dir {}", self.dir.display()) }
    }

    fn is_here(&self) -> bool {
        self.dir == Path::new(".")
    }
}

/// How long another program is waited for that signs or changes keys in the same folder:
/// long enough for all that it does once nobody has to be asked any more.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// The right to sign with these files and to change them, which one program has at a time. It
/// is not to be held while a person is asked something: a forgotten terminal would keep a timer
/// from renewing what expires.
pub(crate) fn lock(files: &IssuerFiles) -> anyhow::Result<KeyChangeLock> {
    let begun = Instant::now();
    loop {
        match files.lock() {
            Err(IssuerError::Busy { .. }) if begun.elapsed() < LOCK_PATIENCE => {
                std::thread::sleep(Duration::from_millis(20));
            }
            locked => return Ok(locked?),
        }
    }
}

/// The text of an authoring file, which `init` writes where it is not there yet.
pub(crate) fn authored_text(path: &Path, role: &Role) -> anyhow::Result<String> {
    if !path.exists() {
        anyhow::bail!("{} is not there; `wellspring {}` writes one", path.display(), role.init);
    }
    file::read_text(path)
}

/// Reads and checks an authoring file.
fn read_authoring<T: Body>(path: &Path, role: &Role) -> anyhow::Result<T> {
    authoring::read(&authored_text(path, role)?)
        .map_err(|error| Refused::because(format!("{} {error}", path.display())))
}

/// The highest number that a document can be given. Numbers go up to the largest integer that
/// JSON carries safely, and never down again: this one leaves room for all that follow, where
/// a slip of the keyboard could end a feed for good.
pub(crate) const MAX_SEQUENCE: u64 = 1_000_000_000_000;

/// What both `sign` commands take.
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    #[command(flatten)]
    pub(crate) folder: Folder,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    /// The number of the document [default: one more than that of the document before]
    ///
    /// Nodes refuse a lower number than one they have seen. It is needed where the signed
    /// file was lost or altered; take a number above the last one that was published.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_SEQUENCE))]
    sequence: Option<u64>,
}

/// A document that was signed and written.
pub(crate) struct Signed<T> {
    pub(crate) file: PathBuf,
    pub(crate) document: Verified<T>,
    /// The document that it replaced.
    pub(crate) before: Option<Verified<T>>,
}

/// What came of signing.
pub(crate) enum Signing<T> {
    /// It has all signatures that it needs.
    Complete(Box<Signed<T>>),
    /// Others have to sign it too.
    Waiting(Box<Waiting>),
}

impl<T> Signed<T> {
    /// Whether the document before was signed by somebody else.
    pub(crate) fn changes_issuer(&self) -> bool {
        let issuer = self.document.issuer();
        self.before.as_ref().is_some_and(|before| before.issuer() != issuer)
    }
}

impl SignArgs {
    /// Signs what the authoring file says as the next document of its feed, valid for
    /// `valid_days` from `now`.
    pub(crate) fn sign<T: Body>(
        &self,
        role: &Role,
        valid_days: i64,
        now: Timestamp,
    ) -> anyhow::Result<Signing<T>> {
        let body = read_authoring(&self.folder.file(role.authoring), role)?;
        let passphrase = self.folder.passphrase(role, &self.passphrase)?;
        let lock = self.folder.lock(role)?;
        let before = read_before::<T>(&self.folder.file(role.signed))?;
        let next = Next { body, before, sequence: self.sequence, valid_days };
        self.folder.sign_next(role, Signer { passphrase, lock }, next, now)
    }
}

/// What is to be signed as the next document of its feed.
pub(crate) struct Next<T> {
    pub(crate) body: T,
    /// The document that it replaces, where there is one.
    pub(crate) before: Option<Verified<T>>,
    /// Its number, where that is not one more than that of the document before.
    pub(crate) sequence: Option<u64>,
    /// For how many days it counts.
    pub(crate) valid_days: i64,
}

/// What it takes to sign in a folder.
pub(crate) struct Signer {
    pub(crate) passphrase: Option<Passphrase>,
    /// Taken before [`Next`] was made, so that nothing changes in between.
    pub(crate) lock: KeyChangeLock,
}

impl Folder {
    /// The passphrase of the key, where it needs one: asked for, so before the folder is locked.
    pub(crate) fn passphrase(
        &self,
        role: &Role,
        args: &PassphraseArgs,
    ) -> anyhow::Result<Option<Passphrase>> {
        let keys = self.issuer(role);
        require_begun(&keys)?;
        args.for_key(&keys)
    }

    /// Signs the next document of a feed and puts it in its place. Nothing is written that a
    /// node which knows the document before would refuse.
    pub(crate) fn sign_next<T: Body>(
        &self,
        role: &Role,
        signer: Signer,
        next: Next<T>,
        now: Timestamp,
    ) -> anyhow::Result<Signing<T>> {
        let Signer { passphrase, lock } = signer;
        let Next { body, before, sequence, valid_days } = next;
        let (keys, file) = (self.issuer(role), self.file(role.signed));
        keys.complete_change_under(&lock)?;
        let issuer = Issuer::open(&keys, passphrase.as_ref().map(|text| text.as_str()))?;
        let history = issuer.history();
        let continued = before.as_ref().filter(|before| {
            before.issuer() == history.issuer() && before.subject() == body.subject()
        });
        // Others may be signing the draft at this moment: what comes after it has a number of
        // its own.
        let draft = self.draft::<T>(role)?.filter(|draft| {
            draft.history().issuer() == history.issuer() && draft.body().subject() == body.subject()
        });
        let numbers = continued.map(Verified::sequence).into_iter();
        let last = numbers.chain(draft.as_ref().map(Gathering::sequence)).max().unwrap_or(0);
        let refuse = |reason: &(dyn std::error::Error + 'static)| {
            let reason = failure::sentence_of(reason);
            Refused::because(format!("{} was not written: {reason}", file.display()))
        };
        let sequence = match sequence {
            Some(given) => given,
            None => number_after(last, &file)?,
        };
        let mut next = Gathering::start(&Draft {
            history,
            sequence,
            issued_at: now,
            expires_at: now.plus_days(valid_days),
            body: &body,
        })
        .map_err(|error| refuse(&error))?;
        next.sign(issuer.key(), now).map_err(|error| refuse(&error))?;
        if let Some(before) = continued {
            require_newer(before, &next, now)
                .map_err(|reason| reason.context(format!("{} was not written", file.display())))?;
        }
        if let Ok(document) = next.finish() {
            file::replace(&file, document.bytes())?;
            self.drop_draft(role)?;
            return Ok(Signing::Complete(Box::new(Signed { file, document, before })));
        }
        let path = self.draft_file(role);
        file::replace(&path, &next.bytes())?;
        let own = Some(issuer.public_key());
        Ok(Signing::Waiting(Box::new(Waiting::of(path, file, role, &next, own))))
    }
}

/// The number after another one, up to the largest that JSON carries safely.
fn number_after(last: u64, file: &Path) -> anyhow::Result<u64> {
    if last < json::MAX_INTEGER.unsigned_abs() {
        return Ok(last + 1);
    }
    Err(Refused::with_code(
        "sign.no-number-left",
        format!(
            "{} was not written: no number comes after {last}; change the keys with `wellspring \
             key rotate`, which begins a new count and signs it again",
            file.display()
        ),
    ))
}

/// Says what is missing where others have not signed the first key state yet.
fn require_begun(keys: &IssuerFiles) -> anyhow::Result<()> {
    let draft = history_draft_file(keys);
    if keys.history.exists() || !draft.exists() {
        return Ok(());
    }
    Err(Refused::with_code(
        "cosign.not-begun",
        format!(
            "the issuer has not begun: {} lacks signatures of others. Once it has them, take up \
             what the last of you has with `cosign`",
            draft.display()
        ),
    ))
}

/// The document that was signed last, if it is there.
fn read_before<T: Body>(path: &Path) -> anyhow::Result<Option<Verified<T>>> {
    let Some(bytes) = file::read_if_there(path, T::KIND.max_bytes())? else { return Ok(None) };
    let before = RawDocument::new(bytes).verify::<T>().map_err(|error| {
        Refused::because(format!(
            "{path} does not hold ({error}), so the number of the last document is not known; \
             move it away and give --sequence with a number above the last one that you published",
            path = path.display()
        ))
    })?;
    Ok(Some(before))
}

/// Asks the rule by which nodes accept whether the document may follow the one before.
fn require_newer<T: Body>(
    before: &Verified<T>,
    next: &Gathering<T>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let state = FeedState {
        branches: Some(KeyBranches::of(before.history().clone())),
        mark: Some(Mark {
            key_state: before.history().current_hash().to_owned(),
            sequence: before.sequence(),
            identity: before.identity(),
        }),
    };
    let Accepted { acceptance, aside, .. } =
        next.judge(&state, now).map_err(|refusal| Refused::because(refusal.to_string()))?;
    match (acceptance, aside) {
        (_, Some(aside)) => Err(Refused::because(aside.to_string())),
        (Acceptance::New, None) => Ok(()),
        (Acceptance::Known | Acceptance::Equivocation { .. }, None) => {
            Err(Refused::because(format!(
                "a document with the sequence {} exists already; take a higher one",
                before.sequence()
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_number_is_left_the_keys_are_to_be_changed() {
        let file = Path::new("profile.json");
        let largest = json::MAX_INTEGER.unsigned_abs();
        assert_eq!(number_after(largest - 1, file).unwrap(), largest);
        assert_eq!(
            number_after(largest, file).unwrap_err().to_string(),
            "profile.json was not written: no number comes after 9007199254740991; change the \
             keys with `wellspring key rotate`, which begins a new count and signs it again"
        );
    }
}
