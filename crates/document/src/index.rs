//! The index of a node's tree: every document that the node publishes, and its views.

use serde::{Deserialize, Serialize};

use crate::body::{self, Body, InvalidMember, Place};
use crate::digest::{BytesHash, Identity};
use crate::endorsement::ListSource;
use crate::envelope::{AnyVerified, Kind, Verified};
use crate::history::{IssuerId, KeyHistory};
use crate::json::Tree;
use crate::manifest::{self, PartError, PartRef, Record};
use crate::server_name::ServerName;
use crate::view_manifest::CommunityName;

/// The most views that an index names.
pub const MAX_VIEWS: usize = 100;

/// The body of a `wellspring.index.v1` document (specification, section 7.5). Its subject is
/// empty: a node has one tree.
///
/// The records of its parts are `{"document": {…}}`, an [`IndexEntry`] each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Index {
    /// The views of the node's communities, ordered by their names; at most [`MAX_VIEWS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<ViewRef>,
    /// The parts in which the documents are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartRef>,
}

/// A signed view, as the index names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ViewRef {
    /// Of which community.
    pub community: CommunityName,
    /// SHA-256 of the bytes of the view's document, under which they are found.
    pub hash: BytesHash,
    /// How many bytes these are.
    pub size: u32,
}

impl Body for Index {
    const KIND: Kind = Kind::Index;

    fn subject(&self) -> String {
        String::new()
    }

    fn validate(&self) -> Result<(), InvalidMember> {
        let root = Place::Root;
        let views = root.member("views");
        views.length(self.views.len(), MAX_VIEWS)?;
        for (index, view) in self.views.iter().enumerate() {
            let at = views.item(index);
            at.member("size").number(Some(view.size), Kind::View.max_bytes() as u64)?;
            let before = index.checked_sub(1).and_then(|before| self.views.get(before));
            if before.is_some_and(|before| before.community >= view.community) {
                let rule = "must come after that of the view before, and not twice";
                return Err(at.member("community").refuse(rule));
            }
        }
        root.member("parts").parts(&self.parts)
    }
}

/// One document of a tree, as a record of the index names it: all that a mirror needs to know
/// whether it wants the document.
///
/// It is the index's word. What is true of the document says the document alone, when it has
/// been fetched and verified; [`IndexEntry::names`] compares the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexEntry {
    /// The identity of the document.
    pub identity: Identity,
    /// SHA-256 of its bytes, under which they are found.
    pub hash: BytesHash,
    /// How many bytes these are.
    pub size: u32,
    /// The value of its `type`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Who signed it.
    pub issuer: IssuerId,
    /// What it is about, among all that its issuer publishes of this kind.
    pub subject: String,
    /// The version of the last key state of its history.
    pub key_version: u32,
    /// Its number in its feed, from 1 to 2^53 − 1.
    pub sequence: u64,
    /// Whether no source gives it any more: its node keeps it for some days yet, and whoever
    /// reads the tree takes it for not listed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub dropped: bool,
    /// Whether it is kept to show that its issuer contradicts themselves or that their keys
    /// are contested, and is not the document that counts.
    #[serde(default, skip_serializing_if = "is_false")]
    pub evidence: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// How an entry stands in a part.
#[derive(Serialize, Deserialize)]
struct WrittenEntry<T> {
    document: T,
}

impl<T: Body> Verified<T> {
    /// The entry of the document in an index, as one that counts.
    pub fn index_entry(&self) -> IndexEntry {
        IndexEntry {
            identity: self.identity(),
            hash: self.bytes_hash(),
            // No document is larger than 16 MB.
            size: u32::try_from(self.bytes().len()).unwrap_or(u32::MAX),
            kind: T::KIND,
            issuer: self.issuer().clone(),
            subject: self.subject(),
            key_version: self.key_version(),
            sequence: self.sequence(),
            dropped: false,
            evidence: false,
        }
    }
}

impl IndexEntry {
    /// Whether a document is the one that the entry names.
    pub fn names(&self, document: &AnyVerified) -> bool {
        self.contradiction(document).is_none()
    }

    /// The first member in which the entry does not say what a document says.
    pub fn contradiction(&self, document: &AnyVerified) -> Option<&'static str> {
        let said = document.index_entry();
        let told = [
            ("type", self.kind == said.kind),
            ("issuer", self.issuer == said.issuer),
            ("subject", self.subject == said.subject),
            ("key_version", self.key_version == said.key_version),
            ("sequence", self.sequence == said.sequence),
            ("identity", self.identity == said.identity),
            ("hash", self.hash == said.hash),
            ("size", self.size == said.size),
        ];
        told.into_iter().find(|(_, is_true)| !is_true).map(|(member, _)| member)
    }

    /// What its place among the parts depends on: the feed of the document. Nobody but the
    /// issuer can make a feed long, and acceptance bounds how much of one is kept; so no
    /// stranger can fill the part in which a server or an issuer stands.
    fn key(&self) -> String {
        format!("{} {} {}", self.issuer, self.kind.type_name(), self.subject)
    }

    /// The entry as a record of an index.
    pub fn record(&self) -> Record {
        // An entry is texts and numbers, which can always be written.
        let value = serde_json::to_value(WrittenEntry { document: self }).unwrap_or_default();
        Record::new(&self.key(), &value)
    }

    /// Reads the entries of one part of an index. Records that are no entries and documents of
    /// kinds that this version does not know are passed over: later versions may have them.
    ///
    /// # Errors
    /// Where the bytes are not the part that `reference` names, or an entry is none that a
    /// document could have.
    pub fn read_part(reference: &PartRef, bytes: &[u8]) -> Result<Vec<Self>, PartError> {
        manifest::read_part(reference, bytes, |record| {
            if !is_of_a_known_kind(record) {
                return Ok(None);
            }
            let entry = body::read::<WrittenEntry<Self>>(record)?.document;
            entry.check(&Place::Root.member("document"))?;
            let key = entry.key();
            Ok(Some((entry, key)))
        })
    }

    /// Checks what no document of its kind could have.
    fn check(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("size").number(Some(self.size), self.kind.max_bytes() as u64)?;
        let versions = 1..=KeyHistory::MAX_STATES;
        if !usize::try_from(self.key_version).is_ok_and(|version| versions.contains(&version)) {
            let rule = format!("must be between 1 and {}", KeyHistory::MAX_STATES);
            return Err(at.member("key_version").refuse(rule));
        }
        // Beyond 2^53 - 1 it is not read.
        if self.sequence == 0 {
            return Err(at.member("sequence").refuse("must be between 1 and 2^53 - 1"));
        }
        let is_empty = self.subject.is_empty();
        let (fits, rule) = match self.kind {
            Kind::Profile => (self.subject.parse::<ServerName>().is_ok(), "must be a server name"),
            Kind::EndorsementList => (
                is_empty || self.subject.parse::<ListSource>().is_ok(),
                "must be empty, or the source of an adopted list",
            ),
            Kind::ObservationReport => (is_empty, "must be empty for an observation report"),
            // They are not published again, but can show that keys are contested.
            Kind::Index if self.evidence => (is_empty, "must be empty for an index"),
            Kind::View if self.evidence => {
                (self.subject.parse::<CommunityName>().is_ok(), "must be the name of a community")
            }
            Kind::Index | Kind::View => {
                let rule = "must be a profile, an endorsement list or an observation report, \
                            unless it is evidence";
                return Err(at.member("type").refuse(rule));
            }
        };
        if fits { Ok(()) } else { Err(at.member("subject").refuse(rule)) }
    }
}

/// Whether a record may name a document of which this version knows what to do with it.
fn is_of_a_known_kind(record: &Tree<'_>) -> bool {
    let Some(entry) = record.as_object().and_then(|members| members.get("document")) else {
        return false;
    };
    let kind = entry.as_object().and_then(|members| members.get("type")).and_then(Tree::as_str);
    kind.is_none_or(|name| Kind::from_type_name(name).is_some())
}

#[cfg(test)]
mod tests;
