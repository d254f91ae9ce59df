use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use url::Url;
use wellspring_document::{
    AnyVerified, BytesHash, EndorsementList, Identity, Index, IssuerId, ObservationReport, Profile,
    Timestamp, Verified, ViewManifest,
};
use wellspring_ranking::{Corpus, Policy, View, rank, rank_again};
use wellspring_store::{Source, Store, StoreError};

use crate::config::{CommunityConfig, Config};
use crate::contests::Contests;
use crate::status::SourcesStatus;
use crate::sync::{LIST_PATH, is_absence};
use crate::tree::Grounds;

/// What a node serves at one moment: one view per community, made from the same documents.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The moment for which it was made.
    pub made_at: Timestamp,
    /// The communities in the order of the configuration; at least one.
    pub communities: Vec<CommunityView>,
    /// Which domains confirm who signed an endorsement list. Pages show it; no rank rests on
    /// it.
    pub confirming: ConfirmingDomains,
    /// How reading the sources has gone.
    pub sources: SourcesStatus,
    /// What it rests on.
    pub(crate) grounds: Grounds,
}

/// The domains that confirm who signed an endorsement list, by the hash of its bytes: those
/// that serve it at [`LIST_PATH`], as far as this node reads it there. A domain that cannot
/// be reached still confirms; one that has no list there any more does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfirmingDomains(BTreeMap<BytesHash, Vec<String>>);

impl ConfirmingDomains {
    pub(crate) fn read(store: &Store) -> Result<Self, StoreError> {
        Ok(Self::among(&store.lists_served()?.rows))
    }

    /// From the addresses of lists and what they served last.
    fn among(served: &[(Source, BytesHash)]) -> Self {
        let mut domains: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (source, list) in served {
            let Ok(url) = Url::parse(&source.key.location) else { continue };
            let is_absent = source.failure.as_ref().is_some_and(|it| is_absence(&it.code));
            if url.path() == LIST_PATH && !is_absent {
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

type Feeds<T> = BTreeMap<FeedKey, Arc<Verified<T>>>;

/// The document of each feed that counts at present, as the store has them.
#[derive(Debug, Clone, Default)]
pub(crate) struct CurrentDocuments {
    profiles: Feeds<Profile>,
    lists: Feeds<EndorsementList>,
    reports: Feeds<ObservationReport>,
    indexes: Feeds<Index>,
    views: Feeds<ViewManifest>,
}

impl CurrentDocuments {
    /// Puts a document into the place of its feed. What its issuer signed with other keys
    /// does not count: after a rotation everything is signed again.
    pub(crate) fn put(&mut self, document: AnyVerified) {
        let issuer = document.issuer().clone();
        // All that is here of an issuer is signed with the same keys, so one look tells.
        if self.key_state(&issuer) != Some(document.history().current_hash()) {
            self.drop_all_of(&issuer);
        }
        let key = (issuer, document.subject());
        match document {
            AnyVerified::Profile(it) => drop(self.profiles.insert(key, Arc::new(it))),
            AnyVerified::EndorsementList(it) => drop(self.lists.insert(key, Arc::new(it))),
            AnyVerified::ObservationReport(it) => drop(self.reports.insert(key, Arc::new(it))),
            AnyVerified::Index(it) => drop(self.indexes.insert(key, Arc::new(it))),
            AnyVerified::View(it) => drop(self.views.insert(key, Arc::new(it))),
        }
    }

    /// Takes these for all documents of their issuer.
    pub(crate) fn replace(&mut self, issuer: &IssuerId, documents: Vec<AnyVerified>) {
        self.drop_all_of(issuer);
        documents.into_iter().for_each(|document| self.put(document));
    }

    /// The lists and reports of an issuer.
    pub(crate) fn said_by(&self, issuer: &IssuerId) -> Vec<AnyVerified> {
        let lists = of_issuer(&self.lists, issuer);
        let reports = of_issuer(&self.reports, issuer);
        let lists = lists.map(|(_, it)| AnyVerified::EndorsementList(Verified::clone(it)));
        lists
            .chain(reports.map(|(_, it)| AnyVerified::ObservationReport(Verified::clone(it))))
            .collect()
    }

    /// The key state with which the documents of an issuer are signed, where it has any.
    pub(crate) fn key_state(&self, issuer: &IssuerId) -> Option<&str> {
        fn of<'a, T>(documents: &'a Feeds<T>, issuer: &IssuerId) -> Option<&'a str> {
            let (_, document) = of_issuer(documents, issuer).next()?;
            Some(document.history().current_hash())
        }
        of(&self.profiles, issuer)
            .or_else(|| of(&self.lists, issuer))
            .or_else(|| of(&self.reports, issuer))
            .or_else(|| of(&self.indexes, issuer))
            .or_else(|| of(&self.views, issuer))
    }

    fn drop_all_of(&mut self, issuer: &IssuerId) {
        drop_all_of(&mut self.profiles, issuer);
        drop_all_of(&mut self.lists, issuer);
        drop_all_of(&mut self.reports, issuer);
        drop_all_of(&mut self.indexes, issuer);
        drop_all_of(&mut self.views, issuer);
    }

    /// Whether this very document is the one of its feed.
    pub(crate) fn holds(&self, document: &AnyVerified) -> bool {
        let key = (document.issuer().clone(), document.subject());
        let held = match document {
            AnyVerified::Profile(_) => self.profiles.get(&key).map(|it| it.identity()),
            AnyVerified::EndorsementList(_) => self.lists.get(&key).map(|it| it.identity()),
            AnyVerified::ObservationReport(_) => self.reports.get(&key).map(|it| it.identity()),
            AnyVerified::Index(_) => self.indexes.get(&key).map(|it| it.identity()),
            AnyVerified::View(_) => self.views.get(&key).map(|it| it.identity()),
        };
        held == Some(document.identity())
    }

    /// The profiles, by issuer and server name.
    pub(crate) fn profiles(&self) -> Vec<Arc<Verified<Profile>>> {
        self.profiles.values().cloned().collect()
    }

    /// The endorsement lists, by issuer and subject.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &Arc<Verified<EndorsementList>>> {
        self.lists.values()
    }

    /// The observation reports, by issuer.
    pub(crate) fn reports(&self) -> impl Iterator<Item = &Arc<Verified<ObservationReport>>> {
        self.reports.values()
    }

    /// The index of an issuer.
    pub(crate) fn index(&self, issuer: &IssuerId) -> Option<Arc<Verified<Index>>> {
        self.indexes.get(&(issuer.clone(), String::new())).cloned()
    }

    /// The view that an issuer signed for a community.
    pub(crate) fn view(
        &self,
        issuer: &IssuerId,
        community: &str,
    ) -> Option<Arc<Verified<ViewManifest>>> {
        self.views.get(&(issuer.clone(), community.to_owned())).cloned()
    }

    /// Drops documents that were erased.
    pub(crate) fn drop_erased(&mut self, erased: &BTreeSet<Identity>) {
        self.profiles.retain(|_, it| !erased.contains(&it.identity()));
        self.lists.retain(|_, it| !erased.contains(&it.identity()));
        self.reports.retain(|_, it| !erased.contains(&it.identity()));
        self.indexes.retain(|_, it| !erased.contains(&it.identity()));
        self.views.retain(|_, it| !erased.contains(&it.identity()));
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

    /// What is ranked at `now`: made from what was ranked `before`, as far as that is the same.
    fn corpus(&self, before: Option<Corpus>, now: Timestamp) -> Corpus {
        let profiles = self.profiles.values().cloned().collect();
        let lists = self.lists.values().cloned().collect();
        let reports = self.reports.values().cloned().collect();
        match before {
            Some(corpus) => corpus.renewed(profiles, lists, reports, now),
            None => Corpus::new(profiles, lists, reports, now),
        }
    }
}

fn of_issuer<'a, T>(
    documents: &'a Feeds<T>,
    issuer: &IssuerId,
) -> impl Iterator<Item = (&'a FeedKey, &'a Arc<Verified<T>>)> {
    let issuer = issuer.clone();
    documents.range((issuer.clone(), String::new())..).take_while(move |((of, _), _)| *of == issuer)
}

fn drop_all_of<T>(documents: &mut Feeds<T>, issuer: &IssuerId) {
    let feeds: Vec<FeedKey> = of_issuer(documents, issuer).map(|(feed, _)| feed.clone()).collect();
    feeds.iter().for_each(|feed| drop(documents.remove(feed)));
}

/// What was ranked last: where little changes until the next time, most of it is the same.
#[derive(Debug, Default)]
pub(crate) struct Ranked {
    /// What all communities share that decided nothing about contested keys.
    corpus: Option<Corpus>,
    /// The views of the communities, in the order of the configuration.
    views: Vec<Arc<View>>,
}

impl Ranked {
    /// Ranks the documents for every community of a node at one moment. `own` is the issuer of
    /// the node itself.
    pub(crate) fn views(
        &mut self,
        config: &Config,
        own: &IssuerId,
        documents: &CurrentDocuments,
        contests: &Contests,
        now: Timestamp,
    ) -> Vec<CommunityView> {
        let before = std::mem::take(self);
        let mut ranking =
            Ranking { earlier: before.corpus, ..Ranking::new(documents, contests, now) };
        let mut views = before.views.iter();
        let view = |community: &CommunityConfig| {
            let mut policy = community.policy.clone();
            policy.own.get_or_insert_with(|| own.clone());
            CommunityView {
                community: Arc::new(community.clone()),
                path: config.community_path(community),
                view: Arc::new(ranking.view(&policy, views.next().map(|view| &**view))),
            }
        };
        let communities: Vec<_> = config.communities.iter().map(view).collect();
        self.corpus = ranking.shared;
        self.views = communities.iter().map(|community| Arc::clone(&community.view)).collect();
        communities
    }
}

/// Ranks documents at `now`, by a policy that names the issuer of its node.
pub(crate) fn view(
    documents: &CurrentDocuments,
    contests: &Contests,
    now: Timestamp,
    policy: &Policy,
) -> View {
    Ranking::new(documents, contests, now).view(policy, None)
}

/// Ranks the same documents at one moment by one policy after the other.
struct Ranking<'a> {
    documents: &'a CurrentDocuments,
    contests: &'a Contests,
    now: Timestamp,
    /// What was shared when documents were ranked the last time.
    earlier: Option<Corpus>,
    /// One index for all communities that decided nothing for themselves.
    shared: Option<Corpus>,
}

impl<'a> Ranking<'a> {
    const fn new(documents: &'a CurrentDocuments, contests: &'a Contests, now: Timestamp) -> Self {
        Self { documents, contests, now, earlier: None, shared: None }
    }

    /// The list of a community with this policy; `before` is the one that it had the last
    /// time.
    fn view(&mut self, policy: &Policy, before: Option<&View>) -> View {
        let Self { documents, contests, now, .. } = *self;
        let seen = contests.seen_by(policy);
        if seen.iter().all(|contest| contest.followed.is_none()) {
            let earlier = self.earlier.take();
            let corpus = self
                .shared
                .get_or_insert_with(|| documents.corpus(earlier, now).with_contests(seen));
            return match before {
                Some(before) => rank_again(policy, corpus, before),
                None => rank(policy, corpus),
            };
        }
        let mut documents = documents.clone();
        for (issuer, decided) in contests.decided_by(policy) {
            documents.replace(issuer, decided.to_vec());
        }
        rank(policy, &documents.corpus(None, now).with_contests(seen))
    }
}

#[cfg(test)]
mod tests;
