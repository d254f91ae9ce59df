use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use url::Url;
use wellspring_document::{
    AnyVerified, BytesHash, EndorsementList, Identity, IssuerId, ObservationReport, Profile,
    Timestamp, Verified,
};
use wellspring_ranking::{Corpus, View, rank};
use wellspring_store::{Source, SourceKind};

use crate::config::{CommunityConfig, Config};
use crate::sync::{LIST_PATH, is_absence};

/// What a node serves at one moment: one view per community, made from the same documents.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The moment for which it was made.
    pub made_at: Timestamp,
    /// The communities in the order of the configuration; at least one.
    pub communities: Vec<CommunityView>,
    /// Which domains confirm who signed an endorsement list.
    pub confirming: ConfirmingDomains,
}

/// The domains that confirm who signed an endorsement list, by the hash of its bytes: those
/// that serve it at [`LIST_PATH`], as far as this node reads it there. A domain that cannot
/// be reached still confirms; one that has no list there any more does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfirmingDomains(BTreeMap<BytesHash, Vec<String>>);

impl ConfirmingDomains {
    /// From the addresses of lists and what they served last.
    pub(crate) fn among(served: &[(Source, BytesHash)]) -> Self {
        let mut domains: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (source, list) in served {
            let Ok(url) = Url::parse(&source.key.location) else { continue };
            let is_absent = source.failure.as_ref().is_some_and(|it| is_absence(&it.code));
            let confirms = source.key.kind == SourceKind::ListUrl && url.path() == LIST_PATH;
            if confirms && !is_absent {
                domains.entry(*list).or_default().push(url.authority().to_owned());
            }
        }
        Self(domains)
    }

    /// The domains that confirm the issuer of the list with these bytes.
    pub fn of(&self, list: BytesHash) -> &[String] {
        self.0.get(&list).map_or(&[], Vec::as_slice)
    }
}

/// One community with its view.
#[derive(Debug, Clone)]
pub struct CommunityView {
    /// How the community calls itself and looks.
    pub community: Arc<CommunityConfig>,
    /// Where its pages are: empty for the root, else `/` and one segment.
    pub path: String,
    /// Its list.
    pub view: Arc<View>,
}

/// Which feed of a kind a document belongs to: issuer and subject.
type FeedKey = (IssuerId, String);

/// The document of each feed that counts at present, as the store has them.
#[derive(Debug, Clone, Default)]
pub(crate) struct CurrentDocuments {
    profiles: BTreeMap<FeedKey, Arc<Verified<Profile>>>,
    lists: BTreeMap<FeedKey, Arc<Verified<EndorsementList>>>,
    reports: BTreeMap<FeedKey, Arc<Verified<ObservationReport>>>,
}

impl CurrentDocuments {
    /// Puts a document into the place of its feed. What its issuer signed with earlier keys
    /// no longer counts: after a rotation everything is signed again.
    pub(crate) fn put(&mut self, document: AnyVerified) {
        let (issuer, version) = (document.issuer().clone(), document.key_version());
        if version > 1 {
            drop_older(&mut self.profiles, &issuer, version);
            drop_older(&mut self.lists, &issuer, version);
            drop_older(&mut self.reports, &issuer, version);
        }
        let key = (issuer, document.subject());
        match document {
            AnyVerified::Profile(it) => drop(self.profiles.insert(key, Arc::new(it))),
            AnyVerified::EndorsementList(it) => drop(self.lists.insert(key, Arc::new(it))),
            AnyVerified::ObservationReport(it) => drop(self.reports.insert(key, Arc::new(it))),
        }
    }

    /// Whether this very document is the one of its feed.
    pub(crate) fn holds(&self, document: &AnyVerified) -> bool {
        let key = (document.issuer().clone(), document.subject());
        let held = match document {
            AnyVerified::Profile(_) => self.profiles.get(&key).map(|it| it.identity()),
            AnyVerified::EndorsementList(_) => self.lists.get(&key).map(|it| it.identity()),
            AnyVerified::ObservationReport(_) => self.reports.get(&key).map(|it| it.identity()),
        };
        held == Some(document.identity())
    }

    /// Drops documents that were erased.
    pub(crate) fn drop_erased(&mut self, erased: &BTreeSet<Identity>) {
        self.profiles.retain(|_, it| !erased.contains(&it.identity()));
        self.lists.retain(|_, it| !erased.contains(&it.identity()));
        self.reports.retain(|_, it| !erased.contains(&it.identity()));
    }

    /// The endorsement list of an issuer about a subject.
    pub(crate) fn list(
        &self,
        issuer: &IssuerId,
        subject: &str,
    ) -> Option<Arc<Verified<EndorsementList>>> {
        let key = (issuer.clone(), subject.to_owned());
        self.lists.get(&key).cloned()
    }

    /// The observation report of an issuer.
    pub(crate) fn report(&self, issuer: &IssuerId) -> Option<Arc<Verified<ObservationReport>>> {
        let key = (issuer.clone(), String::new());
        self.reports.get(&key).cloned()
    }

    fn corpus(&self) -> Corpus {
        Corpus::new(
            self.profiles.values().cloned().collect(),
            self.lists.values().cloned().collect(),
            self.reports.values().cloned().collect(),
        )
    }
}

/// Drops what an issuer signed with keys before those of `version`.
fn drop_older<T>(
    documents: &mut BTreeMap<FeedKey, Arc<Verified<T>>>,
    issuer: &IssuerId,
    version: u32,
) {
    let older: Vec<FeedKey> = documents
        .range((issuer.clone(), String::new())..)
        .take_while(|((of, _), _)| of == issuer)
        .filter(|(_, document)| document.key_version() < version)
        .map(|(feed, _)| feed.clone())
        .collect();
    older.iter().for_each(|feed| drop(documents.remove(feed)));
}

impl Snapshot {
    /// Ranks the documents for every community. `own` is the issuer of the node itself.
    pub(crate) fn make(
        config: &Config,
        own: &IssuerId,
        documents: &CurrentDocuments,
        confirming: ConfirmingDomains,
        now: Timestamp,
    ) -> Self {
        let corpus = documents.corpus();
        let communities = config
            .communities
            .iter()
            .map(|community| {
                let mut policy = community.policy.clone();
                policy.own.get_or_insert_with(|| own.clone());
                CommunityView {
                    community: Arc::new(community.clone()),
                    path: config.community_path(community),
                    view: Arc::new(rank(&policy, &corpus, now)),
                }
            })
            .collect();
        Self { made_at: now, communities, confirming }
    }
}

#[cfg(test)]
mod tests;
