//! From an authoring file to the next signed document of a feed.

use std::path::{Path, PathBuf};

use clap::Args;
use wellspring_document::{
    Acceptance, Body, FeedState, Mark, RawDocument, Timestamp, Verified, accept, authoring, json,
};
use wellspring_node::{Issuer, IssuerFiles};

use crate::failure::Refused;
use crate::prompt::PassphraseArgs;
use crate::{failure, file};

/// The folder in which an operator or a curator works.
#[derive(Debug, Args)]
pub(crate) struct Folder {
    /// The folder with the key, the authoring file and the signed document
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

impl Folder {
    pub(crate) fn path(&self) -> &Path {
        &self.dir
    }

    /// A file in the folder, as it is named in messages.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        if self.is_here() { PathBuf::from(name) } else { self.dir.join(name) }
    }

    pub(crate) fn issuer(&self, name: &str) -> IssuerFiles {
        IssuerFiles::of(name, if self.is_here() { Path::new("") } else { &self.dir })
    }

    /// What to add to a command that works on the same folder.
    pub(crate) fn option(&self) -> String {
        if self.is_here() { String::new() } else { format!(" --dir {}", self.dir.display()) }
    }

    fn is_here(&self) -> bool {
        self.dir == Path::new(".")
    }
}

/// The text of an authoring file, which `init` writes where it is not there yet.
pub(crate) fn authored_text(path: &Path, init: &str) -> anyhow::Result<String> {
    if !path.exists() {
        anyhow::bail!("{} is not there; `wellspring {init}` writes one", path.display());
    }
    file::read_text(path)
}

/// Reads and checks an authoring file.
pub(crate) fn read_authoring<T: Body>(path: &Path, init: &str) -> anyhow::Result<T> {
    authoring::read(&authored_text(path, init)?)
        .map_err(|error| Refused::because(format!("{} {error}", path.display())))
}

/// The highest number of a document: the largest integer that JSON carries safely.
const MAX_SEQUENCE: u64 = json::MAX_INTEGER.unsigned_abs();

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

/// What is to be signed, and where it goes.
pub(crate) struct Work<'a, T> {
    pub(crate) body: &'a T,
    pub(crate) keys: &'a IssuerFiles,
    /// The signed document, of which the one before may be there.
    pub(crate) signed: &'a Path,
    pub(crate) valid_days: i64,
    pub(crate) now: Timestamp,
}

/// A document that was signed and written.
pub(crate) struct Signed<T> {
    pub(crate) document: Verified<T>,
    /// The document that it replaced.
    pub(crate) before: Option<Verified<T>>,
}

impl<T> Signed<T> {
    /// Whether the document before was signed by somebody else.
    pub(crate) fn changes_issuer(&self) -> bool {
        let issuer = self.document.issuer();
        self.before.as_ref().is_some_and(|before| before.issuer() != issuer)
    }
}

impl SignArgs {
    /// Signs the next document of a feed and puts it in its place. Nothing is written that
    /// a node which knows the document before would refuse.
    pub(crate) fn sign<T: Body>(&self, work: &Work<'_, T>) -> anyhow::Result<Signed<T>> {
        let before = read_before::<T>(work.signed)?;
        let passphrase = self.passphrase.for_key(work.keys)?;
        let issuer = Issuer::open(work.keys, passphrase.as_ref().map(|text| text.as_str()))?;
        let continued = before.as_ref().filter(|before| {
            before.issuer() == issuer.history().issuer() && before.subject() == work.body.subject()
        });
        let sequence =
            self.sequence.unwrap_or_else(|| continued.map_or(1, |before| before.sequence() + 1));
        let refuse = |reason: &(dyn std::error::Error + 'static)| {
            let signed = work.signed.display();
            let reason = failure::sentence_of(reason);
            Refused::because(format!("{signed} was not written: {reason}"))
        };
        let raw = issuer
            .sign(work.body, sequence, work.now, work.valid_days)
            .map_err(|error| refuse(&error))?;
        if let Some(before) = continued {
            require_newer(before, &raw, work)?;
        }
        let document = raw.clone().verify::<T>().map_err(|error| refuse(&error))?;
        file::replace(work.signed, raw.bytes())?;
        Ok(Signed { document, before })
    }
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
    raw: &RawDocument,
    work: &Work<'_, T>,
) -> anyhow::Result<()> {
    let mark = Mark {
        key_version: before.key_version(),
        sequence: before.sequence(),
        identity: before.identity(),
    };
    let state = FeedState { history: Some(before.history().clone()), mark: Some(mark) };
    let signed = work.signed.display();
    match accept(&state, &raw.clone().verify_any()?, work.now) {
        Ok(Acceptance::New) => Ok(()),
        Ok(Acceptance::Known | Acceptance::Equivocation { .. }) => Err(Refused::because(format!(
            "{signed} was not written: a document with the sequence {} exists already; take a higher one",
            before.sequence()
        ))),
        Err(refusal) => Err(Refused::because(format!("{signed} was not written: {refusal}"))),
    }
}
