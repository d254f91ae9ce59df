//! A document in plain words, for whoever is asked to sign it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use wellspring_document::{
    Body, EndorsementList, Gathering, Identity, IssuerId, Kind, PublicKey, ServerName, Timestamp,
    Verified,
};
use wellspring_store::{EntryChange, difference};

use super::changes::{self, Change, KeyChange};
use super::signatures::Signatures;
use crate::signing::Role;

/// By how much a number rises at most where nobody need be warned: a document a day for more
/// than two years of which no copy came here.
const USUAL_JUMP: u64 = 1_000;

/// What a document says, how far it is signed and what changed.
#[derive(Serialize)]
pub(super) struct Told {
    file: PathBuf,
    complete: bool,
    kind: &'static str,
    #[serde(skip)]
    kind_in_words: String,
    subject: String,
    issuer: IssuerId,
    key_version: u32,
    sequence: u64,
    /// The last number known here, where this one is far above it.
    #[serde(skip_serializing_if = "Option::is_none")]
    jumps_from: Option<u64>,
    issued_at: Timestamp,
    expires_at: Timestamp,
    expired: bool,
    identity: Identity,
    signatures: Signatures,
    /// What the document brings about keys that was not known here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    key_changes: Vec<KeyChange>,
    /// What it is compared with, where there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Since>,
    /// The entries that differ, of an endorsement list.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    entries: BTreeMap<ServerName, EntryChange>,
    changes: Vec<Change>,
}

#[derive(Serialize)]
struct Since {
    what: String,
    issuer: IssuerId,
    sequence: u64,
    issued_at: Timestamp,
}

/// The document that another one is compared with, and where it is from.
pub(super) struct Earlier<T> {
    pub(super) what: String,
    pub(super) document: Verified<T>,
}

impl Told {
    pub(super) fn of<T: Body>(
        file: PathBuf,
        draft: &Gathering<T>,
        own: Option<PublicKey>,
        now: Timestamp,
    ) -> Self {
        let signatures = Signatures::of(&draft.tally(), own);
        let body = changes::says(&draft.bytes());
        Self {
            file,
            complete: signatures.is_complete(),
            kind: T::KIND.type_name(),
            kind_in_words: T::KIND.to_string(),
            subject: draft.body().subject(),
            issuer: draft.history().issuer().clone(),
            key_version: draft.history().version(),
            sequence: draft.sequence(),
            jumps_from: None,
            issued_at: draft.issued_at(),
            expires_at: draft.expires_at(),
            expired: now >= draft.expires_at(),
            identity: draft.identity(),
            signatures,
            key_changes: Vec::new(),
            since: None,
            entries: entries_between(None, &draft.bytes(), T::KIND),
            changes: changes::between(None, &body),
        }
    }

    /// With what changed since another document.
    pub(super) fn since<T: Body>(mut self, earlier: Option<&Earlier<T>>, bytes: &[u8]) -> Self {
        let Some(Earlier { what, document }) = earlier else { return self };
        let before = document.bytes();
        self.entries = entries_between(Some(before), bytes, T::KIND);
        self.changes = changes::between(Some(&changes::says(before)), &changes::says(bytes));
        self.since = Some(Since {
            what: what.clone(),
            issuer: document.issuer().clone(),
            sequence: document.sequence(),
            issued_at: document.issued_at(),
        });
        self
    }

    /// With the last number that is known.
    pub(super) fn after_number(mut self, last: Option<u64>) -> Self {
        let last = last.unwrap_or(0);
        self.jumps_from = (self.sequence.saturating_sub(last) > USUAL_JUMP).then_some(last);
        self
    }

    /// With what it brings about keys.
    pub(super) fn with_keys(mut self, key_changes: Vec<KeyChange>) -> Self {
        self.key_changes = key_changes;
        self
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.complete
    }

    /// What is asked of somebody who is to sign it.
    pub(super) fn request(&self) -> String {
        let of = if self.subject.is_empty() { "" } else { " of " };
        format!("You are asked to sign this {}{of}{}:\n{self}", self.kind_in_words, self.subject)
    }

    /// The same as an answer of its own.
    pub(super) fn status(self) -> Status {
        Status { told: self }
    }
}

/// The entries of a list that differ; what is no list has none.
fn entries_between(
    before: Option<&[u8]>,
    after: &[u8],
    kind: Kind,
) -> BTreeMap<ServerName, EntryChange> {
    let read = |bytes| serde_json::from_slice::<EndorsementList>(bytes).ok();
    if kind != Kind::EndorsementList {
        return BTreeMap::new();
    }
    let Some(after) = read(after) else { return BTreeMap::new() };
    let before = before.and_then(read).unwrap_or_else(|| {
        let mut none = after.clone();
        none.entries.clear();
        none
    });
    difference(&before, &after)
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  issuer      {}", self.issuer)?;
        writeln!(f, "  sequence    {}, under key version {}", self.sequence, self.key_version)?;
        if let Some(last) = self.jumps_from {
            writeln!(f, "  WARNING     THE NUMBER JUMPS from {last}, the last one known here: no")?;
            writeln!(f, "              lower one counts any more, until the keys change.")?;
        }
        writeln!(f, "  issued      {}", self.issued_at)?;
        let expired = if self.expired { ", so it no longer counts" } else { "" };
        writeln!(f, "  expires     {}{expired}", self.expires_at)?;
        writeln!(f, "  identity    {}", self.identity)?;
        write!(f, "{}", self.signatures)?;
        if !self.key_changes.is_empty() {
            writeln!(f, "The keys of the issuer changed since those known in this folder:")?;
            self.key_changes.iter().try_for_each(|change| write!(f, "{change}"))?;
        }
        match &self.since {
            None => writeln!(f, "What it says; nothing older is here to compare it with:")?,
            Some(since) => {
                let Since { what, sequence, issued_at, .. } = since;
                writeln!(f, "Changed since {what}, number {sequence} of {issued_at}:")?;
                if since.issuer != self.issuer {
                    writeln!(f, "  issuer      that one is of ANOTHER ISSUER, {}", since.issuer)?;
                }
            }
        }
        if self.changes.is_empty() {
            return writeln!(f, "  nothing that it says");
        }
        for (name, change) in &self.entries {
            write_entry(f, name, *change)?;
        }
        if !self.entries.is_empty() {
            writeln!(f, "In every detail:")?;
        }
        self.changes.iter().try_for_each(|change| write!(f, "{change}"))
    }
}

/// What happened to the entry of a server, on one line.
pub(crate) fn write_entry(
    f: &mut fmt::Formatter<'_>,
    name: &ServerName,
    change: EntryChange,
) -> fmt::Result {
    match change {
        EntryChange::Added { verdict } => writeln!(f, "  added       {name}: {verdict}"),
        EntryChange::Removed { verdict } => {
            writeln!(f, "  removed     {name}, which was {verdict}")
        }
        EntryChange::Revised { verdict } => writeln!(f, "  revised     {name}: still {verdict}"),
        EntryChange::VerdictChanged { from, to } => {
            writeln!(f, "  changed     {name}: from {from} to {to}")
        }
    }
}

/// The answer of `show`.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Status {
    told: Told,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Told { file, kind_in_words, subject, complete, .. } = &self.told;
        let of = if subject.is_empty() { "" } else { " of " };
        let state = match complete {
            true => "holds, with all signatures that it needs",
            false => "is a draft: signatures are missing",
        };
        writeln!(f, "{} {state}.", file.display())?;
        writeln!(f, "  what        {kind_in_words}{of}{subject}")?;
        write!(f, "{}", self.told)
    }
}

/// A draft that was written and waits for others.
#[derive(Serialize)]
pub(crate) struct Waiting {
    pub(crate) file: PathBuf,
    complete: bool,
    pub(crate) issuer: IssuerId,
    pub(crate) sequence: u64,
    issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) signatures: Signatures,
    #[serde(skip)]
    role: &'static str,
    #[serde(skip)]
    published: PathBuf,
}

impl Waiting {
    pub(crate) fn of<T: Body>(
        file: PathBuf,
        published: PathBuf,
        role: &Role,
        draft: &Gathering<T>,
        own: Option<PublicKey>,
    ) -> Self {
        Self {
            file,
            complete: false,
            issuer: draft.history().issuer().clone(),
            sequence: draft.sequence(),
            issued_at: draft.issued_at(),
            expires_at: draft.expires_at(),
            signatures: Signatures::of(&draft.tally(), own),
            role: role.key,
            published,
        }
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, published) = (self.file.display(), self.published.display());
        let counted = self.signatures.counted();
        writeln!(f, "{file} has {counted}; nothing is published yet.")?;
        writeln!(f, "  number      {}", self.sequence)?;
        writeln!(f, "  expires     {}", self.expires_at)?;
        write!(f, "{}", self.signatures)?;
        writeln!(f, "\nNext: pass {file} on to somebody whose signature is missing, who runs")?;
        writeln!(f, "  wellspring {} cosign {}", self.role, file_name(&self.file))?;
        writeln!(f, "The last of you gets {published}, ready to upload.")
    }
}

pub(super) fn file_name(path: &std::path::Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// A document that has all signatures and lies where it is published from.
#[derive(Serialize)]
pub(super) struct Completed {
    pub(super) file: PathBuf,
    pub(super) complete: bool,
    /// Whether the signature of this command was the one that was missing.
    pub(super) signed: bool,
    pub(super) issuer: IssuerId,
    pub(super) sequence: u64,
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) signatures: Signatures,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) history_file: Option<PathBuf>,
}

impl fmt::Display for Completed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.signed {
            true => writeln!(f, "Signed: {file} has all signatures that it needs.")?,
            false => {
                writeln!(f, "{file} is the new one: all signatures that it needs were there.")?;
            }
        }
        writeln!(f, "  number      {}", self.sequence)?;
        writeln!(f, "  expires     {}", self.expires_at)?;
        write!(f, "{}", self.signatures)?;
        if let Some(history) = &self.history_file {
            writeln!(f, "  {}: with the keys that it is signed with.", history.display())?;
        }
        writeln!(
            f,
            "\nNext: upload {file}, byte for byte, and give the others a copy: `cosign` puts"
        )?;
        writeln!(f, "it in its place with them too.")
    }
}
