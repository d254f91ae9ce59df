use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use wellspring_document::json::{self, Map, Value};
use wellspring_document::profile::Listing;
use wellspring_document::{
    Body, BytesHash, Identity, Index, IndexEntry, Kind, Part, PartRef, Profile, Record, ServerName,
    Timestamp, Verified, ViewManifest, ViewRef, into_parts,
};
use wellspring_ranking::Policy;
use wellspring_store::{DocumentRecord, DocumentStatus};

use super::TreeFile;
use crate::node::{Node, NodeError};
use crate::snapshot::{CommunityView, CurrentDocuments, Snapshot};

/// How long an index and its views are valid, in days: as long as they may be.
const VALID_DAYS: i64 = Kind::Index.max_lifetime_days();

/// An index or a view that says nothing new is signed again when it is that old, so that
/// nobody takes a node that stands still for one that has nothing to say.
const SECONDS_UNTIL_REPEATED: i64 = 86_400;

/// What a snapshot rests on, as far as a tree has it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grounds {
    /// The document of each feed that counts.
    pub(crate) documents: Arc<CurrentDocuments>,
    /// What proves that issuers contradict themselves, or that their keys are contested.
    pub(crate) evidence: Vec<DocumentRecord>,
    /// Those of `documents` whose names withdrew them.
    pub(crate) withdrawn: BTreeSet<Identity>,
    /// Those of `documents` that no source gives any more.
    pub(crate) dropped: BTreeSet<Identity>,
}

/// The tree of one snapshot. The bytes of the documents that it names are in the store.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    index: Bytes,
    /// With their sizes.
    documents: BTreeMap<BytesHash, u32>,
    views: BTreeMap<BytesHash, Bytes>,
    index_parts: BTreeMap<BytesHash, Bytes>,
    view_parts: BTreeMap<BytesHash, Bytes>,
}

/// A file of a tree, as far as the tree itself has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Held {
    /// These are its bytes.
    Bytes(Bytes),
    /// They are in the store.
    InStore {
        /// Under this hash.
        hash: BytesHash,
        /// So many bytes.
        size: u32,
    },
}

impl Tree {
    /// The bytes of the signed index.
    pub(super) const fn index(&self) -> &Bytes {
        &self.index
    }

    /// Every file but the index.
    pub(super) fn files(&self) -> impl Iterator<Item = TreeFile> {
        let documents = self.documents.keys().chain(self.views.keys()).copied();
        let parts = self.index_parts.keys().chain(self.view_parts.keys()).copied();
        documents.map(TreeFile::Document).chain(parts.map(TreeFile::Part))
    }

    /// How many documents of operators, curators and observers it names.
    pub(super) fn documents(&self) -> usize {
        self.documents.len()
    }

    /// How many views it has.
    pub(super) fn views(&self) -> usize {
        self.views.len()
    }

    /// A file of it.
    pub(super) fn get(&self, file: TreeFile) -> Option<Held> {
        let bytes = match file {
            TreeFile::Index => Some(&self.index),
            TreeFile::Document(hash) => {
                if let Some(size) = self.documents.get(&hash) {
                    return Some(Held::InStore { hash, size: *size });
                }
                self.views.get(&hash)
            }
            TreeFile::Part(hash) => {
                self.index_parts.get(&hash).or_else(|| self.view_parts.get(&hash))
            }
        };
        bytes.cloned().map(Held::Bytes)
    }
}

/// The tree that a node serves, and what it needs for those who are still reading the one
/// before.
#[derive(Debug, Default)]
pub(crate) struct ServedTree {
    /// With the snapshot that it was made of.
    now: Option<(Arc<Snapshot>, Arc<Tree>)>,
    /// The parts of the index before. Nothing else of it stays: what is no longer listed is
    /// to be found nowhere.
    parts_before: BTreeMap<BytesHash, Bytes>,
}

impl Node {
    /// A file of the tree that the node serves now, or a part of the index before, for those
    /// who began to read that.
    ///
    /// # Errors
    /// Where the database cannot be written, or the node knows more than a tree can hold.
    pub async fn tree_file(self: &Arc<Self>, file: TreeFile) -> Result<Option<Bytes>, NodeError> {
        self.blocking(move |node| match node.held_file(file)? {
            None => Ok(None),
            Some(Held::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Held::InStore { hash, .. }) => node.stored_bytes(hash),
        })
        .await
    }

    fn held_file(&self, file: TreeFile) -> Result<Option<Held>, NodeError> {
        let tree = self.current_tree()?;
        Ok(tree.get(file).or_else(|| {
            let TreeFile::Part(hash) = file else { return None };
            let served = self.served_tree.lock().unwrap_or_else(PoisonError::into_inner);
            served.parts_before.get(&hash).cloned().map(Held::Bytes)
        }))
    }

    /// The tree of what the node serves now, signed where there is something new to say. Made
    /// when somebody asks for it; nobody may need it.
    pub(super) fn current_tree(&self) -> Result<Arc<Tree>, NodeError> {
        // Held while it is made: a second one who asks waits for it.
        let mut served = self.served_tree.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = self.snapshot();
        if let Some((of, tree)) = &served.now
            && Arc::ptr_eq(of, &snapshot)
        {
            return Ok(Arc::clone(tree));
        }
        let tree = Arc::new(self.make_tree(&snapshot)?);
        if let Some((_, before)) = served.now.replace((snapshot, Arc::clone(&tree)))
            && before.index != tree.index
        {
            served.parts_before.clone_from(&before.index_parts);
        }
        Ok(tree)
    }

    fn make_tree(&self, snapshot: &Snapshot) -> Result<Tree, NodeError> {
        let now = self.now();
        let issuer = self.issuer();
        let own = issuer.history().issuer();
        let (mut views, mut view_parts) = (BTreeMap::new(), BTreeMap::new());
        let mut references = Vec::new();
        for CommunityView { community, view, .. } in &snapshot.communities {
            let parts = take_parts(view.records(), &mut view_parts)?;
            let policy = written_policy(&view.policy);
            let community = community.id.clone();
            let manifest =
                ViewManifest { community: community.clone(), now: view.now, policy, parts };
            let current = self.memory().documents.view(own, community.as_str());
            let without_time =
                |of: &ViewManifest| ViewManifest { now: Timestamp::MIN, ..of.clone() };
            let bytes = self.signed(&manifest, current, now, without_time)?;
            let hash = BytesHash::of(&bytes);
            let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            references.push(ViewRef { community, hash, size });
            views.insert(hash, bytes);
        }
        references.sort_by(|a, b| a.community.cmp(&b.community));
        let entries = entries(snapshot);
        let mut index_parts = BTreeMap::new();
        let records = entries.iter().map(IndexEntry::record).collect();
        let parts = take_parts(records, &mut index_parts)?;
        let current = self.memory().documents.index(own);
        let index = Index { views: references, parts };
        let index = self.signed(&index, current, now, Index::clone)?;
        let documents = entries.iter().map(|entry| (entry.hash, entry.size)).collect();
        Ok(Tree { index, documents, views, index_parts, view_parts })
    }

    /// The bytes of a document of the node's own that says this: those of `current` where they
    /// say the same but for what `essence` leaves out, and are not old.
    fn signed<T: Body + PartialEq>(
        &self,
        body: &T,
        current: Option<Arc<Verified<T>>>,
        now: Timestamp,
        essence: impl Fn(&T) -> T,
    ) -> Result<Bytes, NodeError> {
        if let Some(current) = current
            && (0..SECONDS_UNTIL_REPEATED).contains(&now.seconds_since(current.issued_at()))
            && essence(current.body()) == essence(body)
        {
            return Ok(current.bytes().clone());
        }
        Ok(self.publish(body, now, VALID_DAYS)?.bytes().clone())
    }
}

/// A policy as it stands in a document: there 1 and 1.0 are one number.
fn written_policy(policy: &Policy) -> Map<String, Value> {
    let value = serde_json::to_value(policy).unwrap_or_default();
    match json::read(&json::canonical(&value), Kind::View.max_bytes()) {
        Ok(Value::Object(policy)) => policy,
        // A policy is an object of texts, numbers and lists, which can always be written.
        _ => Map::new(),
    }
}

fn take_parts(
    records: Vec<Record>,
    held: &mut BTreeMap<BytesHash, Bytes>,
) -> Result<Vec<PartRef>, NodeError> {
    let take = |Part { reference, bytes }| {
        held.insert(reference.hash, bytes.into());
        reference
    };
    Ok(into_parts(records)?.into_iter().map(take).collect())
}

/// What the index of a snapshot names: what counts and is not withdrawn, and the evidence.
/// The profile of a server whose operator does not want it listed is left out, unless it is
/// the profile that says so.
fn entries(snapshot: &Snapshot) -> Vec<IndexEntry> {
    let Grounds { documents, evidence, withdrawn, dropped } = &snapshot.grounds;
    let hidden = hidden_names(snapshot);
    let mut entries: Vec<IndexEntry> = Vec::new();
    let is_shown = |profile: &Verified<Profile>| {
        profile.body().about.listing == Some(Listing::Unlisted)
            || !hidden.contains(&profile.body().server_name)
    };
    let profiles = documents.profiles();
    entries.extend(profiles.iter().filter(|it| is_shown(it)).map(|it| it.index_entry()));
    entries.extend(documents.lists().map(|it| it.index_entry()));
    entries.extend(documents.reports().map(|it| it.index_entry()));
    entries.retain(|entry| !withdrawn.contains(&entry.identity));
    entries.iter_mut().for_each(|entry| entry.dropped = dropped.contains(&entry.identity));
    // What shows that keys are contested may concern other servers as well.
    let is_hidden = |record: &&DocumentRecord| {
        let name = ServerName::parse(&record.feed.subject);
        record.status == DocumentStatus::Equivocating
            && record.feed.kind == Kind::Profile
            && name.is_ok_and(|name| hidden.contains(&name))
    };
    entries.extend(evidence.iter().filter(|record| !is_hidden(record)).filter_map(as_evidence));
    entries
}

/// The names that some community knows as unlisted and none has in its list.
fn hidden_names(snapshot: &Snapshot) -> BTreeSet<ServerName> {
    let views = || snapshot.communities.iter().map(|community| &community.view);
    views()
        .flat_map(|view| view.unlisted.iter().map(|server| &server.server_name))
        .filter(|name| views().all(|view| view.server(name).is_none()))
        .cloned()
        .collect()
}

fn as_evidence(record: &DocumentRecord) -> Option<IndexEntry> {
    Some(IndexEntry {
        identity: record.identity,
        hash: record.bytes_hash,
        size: u32::try_from(record.size?).ok()?,
        kind: record.feed.kind,
        issuer: record.feed.issuer.clone(),
        subject: record.feed.subject.clone(),
        key_version: record.key_version,
        sequence: record.sequence,
        dropped: false,
        evidence: true,
    })
}
