use std::collections::BTreeMap;
use std::sync::Arc;

use wellspring_document::{
    AnyVerified, EndorsementList, IssuerId, ObservationReport, Profile, Timestamp, Verified,
};
use wellspring_ranking::{Corpus, View, rank};

use crate::config::{CommunityConfig, Config};

/// What a node serves at one moment: one view per community, made from the same documents.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The moment for which it was made.
    pub made_at: Timestamp,
    /// The communities in the order of the configuration; at least one.
    pub communities: Vec<CommunityView>,
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
        Self { made_at: now, communities }
    }
}

#[cfg(test)]
mod tests;
