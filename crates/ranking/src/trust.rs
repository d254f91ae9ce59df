//! Whom a community trusts, and how much.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wellspring_document::{Endorsement, IssuerId, Opinion, Timestamp};

use crate::corpus::{Corpus, Edge, Id, ListIndex};
use crate::number::Fraction;
use crate::policy::{Policy, Root};
use crate::view::{DistrustedCurator, DocumentState, TrustedCurator};

/// The curators whom a policy trusts in a corpus.
pub(crate) struct Trusted {
    /// Who speaks through each list of the corpus, by the place of the list. Nobody speaks
    /// through the list of a stranger.
    speakers: Vec<Option<Speaker>>,
    /// As [`View::curators`](crate::View::curators).
    pub(crate) curators: Vec<Arc<TrustedCurator>>,
    /// As [`View::distrusted`](crate::View::distrusted).
    pub(crate) distrusted: Vec<DistrustedCurator>,
    /// How many voices there are.
    pub(crate) voices: usize,
}

/// Who speaks through a list.
pub(crate) struct Speaker {
    pub(crate) curator: Arc<TrustedCurator>,
    /// The place of the curator in [`Trusted::curators`].
    pub(crate) place: u32,
    /// The number of the voice; an adopted list speaks in that of its source instead.
    pub(crate) voice: Option<usize>,
    pub(crate) is_live: bool,
}

impl Trusted {
    pub(crate) fn new(policy: &Policy, corpus: &Corpus, now: Timestamp) -> Self {
        let lists = Lists::of(policy, corpus, now);
        let distrusted = lists.distrusted(policy);
        let mut curators: Vec<_> = lists.curators(policy, &distrusted);
        curators.extend(lists.adopted(policy));
        curators.retain(|curator| curator.trust > Fraction::ZERO);
        curators.sort_by(|left, right| {
            let key = |it: &TrustedCurator| (it.issuer.clone(), it.adopted_from.clone());
            right.trust.cmp(&left.trust).then_with(|| key(left).cmp(&key(right)))
        });
        let curators: Vec<_> = curators.into_iter().map(Arc::new).collect();
        let (speakers, voices) = speakers(corpus, &curators);
        Self { speakers, curators, distrusted, voices }
    }

    /// Who speaks through the list at this place of the corpus.
    pub(crate) fn speaker(&self, list: u32) -> Option<&Speaker> {
        self.speakers[list as usize].as_ref()
    }

    /// How many entries the lists of trusted curators have.
    pub(crate) fn entries(&self, corpus: &Corpus) -> usize {
        let lists = self.speakers.iter().zip(corpus.list_indexes());
        let trusted = lists.filter(|(speaker, _)| speaker.is_some());
        trusted.map(|(_, list)| list.document.body().entries.len()).sum()
    }

    /// The signed entry that an edge stands for; none of strangers.
    pub(crate) fn entry(&self, edge: &Edge) -> Option<&Endorsement> {
        self.speaker(edge.list)?.curator.entry(edge.entry)
    }
}

/// A chain of recommendations.
#[derive(Clone)]
struct Path {
    /// The trust in the root at its beginning.
    root_trust: Fraction,
    /// From the root to the curator, both included.
    issuers: Vec<Id>,
}

impl Path {
    /// Whether this path is better than `other`, which has the same length: it begins with
    /// the more trusted root or, failing that, has the smaller issuer ids.
    fn is_better_than(&self, other: &Self, corpus: &Corpus) -> bool {
        let issuer = |id: &Id| corpus.issuer(*id);
        let smaller = || self.issuers.iter().map(issuer).lt(other.issuers.iter().map(issuer));
        self.root_trust > other.root_trust || (self.root_trust == other.root_trust && smaller())
    }

    fn and_then(&self, issuer: Id) -> Self {
        let mut issuers = self.issuers.clone();
        issuers.push(issuer);
        Self { root_trust: self.root_trust, issuers }
    }
}

/// The lists of a corpus as one policy sees them.
struct Lists<'a> {
    corpus: &'a Corpus,
    now: Timestamp,
    /// The own list of each curator. A list that somebody adopted from elsewhere is
    /// nobody's own, and says nothing about curators.
    own: BTreeMap<Id, &'a ListIndex>,
    roots: BTreeMap<Id, &'a Root>,
    veto: Fraction,
}

impl<'a> Lists<'a> {
    fn of(policy: &'a Policy, corpus: &'a Corpus, now: Timestamp) -> Self {
        let own = corpus
            .list_indexes()
            .iter()
            .filter(|list| list.document.body().adopted_from.is_none())
            .map(|list| (list.issuer, list))
            .collect();
        let roots = policy
            .curators
            .iter()
            .filter_map(|root| Some((corpus.issuer_id(&root.issuer)?, root)))
            .collect();
        Self { corpus, now, own, roots, veto: policy.trust.veto }
    }

    /// What a curator's live list says about others.
    fn opinions(&self, curator: Id, wanted: Opinion) -> impl Iterator<Item = Id> + use<'_, 'a> {
        self.own
            .get(&curator)
            .filter(|list| !list.document.is_expired(self.now))
            .into_iter()
            .flat_map(|list| &list.opinions)
            .filter(move |(_, opinion)| *opinion == wanted)
            .map(|(about, _)| *about)
    }

    /// Whom the policy or a root at or above the veto trust distrusts. A root is never
    /// touched by others' distrust.
    fn distrusted(&self, policy: &Policy) -> Vec<DistrustedCurator> {
        let mut by: BTreeMap<&IssuerId, (Vec<IssuerId>, bool)> = BTreeMap::new();
        for issuer in &policy.distrusted {
            by.entry(issuer).or_default().1 = true;
        }
        for (id, root) in &self.roots {
            if root.trust < self.veto {
                continue;
            }
            for about in self.opinions(*id, Opinion::Distrust) {
                if !self.roots.contains_key(&about) {
                    by.entry(self.corpus.issuer(about)).or_default().0.push(root.issuer.clone());
                }
            }
        }
        by.into_iter()
            .map(|(issuer, (mut by, by_policy))| {
                by.sort_unstable();
                DistrustedCurator { issuer: issuer.clone(), by, by_policy }
            })
            .collect()
    }

    /// The roots and whom they recommend, directly or through others.
    fn curators(&self, policy: &Policy, distrusted: &[DistrustedCurator]) -> Vec<TrustedCurator> {
        let distrusted: BTreeSet<Id> =
            distrusted.iter().filter_map(|it| self.corpus.issuer_id(&it.issuer)).collect();
        let roots = policy.curators.iter().map(|root| TrustedCurator {
            called: root.name.clone(),
            ..self.curator(&root.issuer, root.trust, vec![root.issuer.clone()])
        });
        let recommended = self.recommended(policy, &distrusted);
        let recommended = recommended.into_iter().map(|(id, (trust, path))| {
            let path = path.issuers.iter().map(|id| self.corpus.issuer(*id).clone()).collect();
            self.curator(self.corpus.issuer(id), trust, path)
        });
        roots.chain(recommended).collect()
    }

    /// The best path to each curator who is not a root: the one with the most trust, then
    /// the shorter, then the one with the smaller issuer ids.
    ///
    /// Level by level: after `n` recommendations, only the best path of exactly `n` to each
    /// curator can be the beginning of a best path. A cycle only makes a path longer. No
    /// path leads through another root: a root is trusted as much as the community says,
    /// and no recommendation changes that.
    fn recommended(
        &self,
        policy: &Policy,
        distrusted: &BTreeSet<Id>,
    ) -> BTreeMap<Id, (Fraction, Path)> {
        let mut best: BTreeMap<Id, (Fraction, Path)> = BTreeMap::new();
        let mut level: BTreeMap<Id, Path> = self
            .roots
            .iter()
            .map(|(id, root)| (*id, Path { root_trust: root.trust, issuers: vec![*id] }))
            .collect();
        let mut reach = Fraction::ONE;
        for _ in 0..policy.trust.depth {
            reach = reach.times(policy.trust.decay);
            let mut next: BTreeMap<Id, Path> = BTreeMap::new();
            for (curator, path) in &level {
                for about in self.opinions(*curator, Opinion::Recommend) {
                    if self.roots.contains_key(&about) || distrusted.contains(&about) {
                        continue;
                    }
                    let path = path.and_then(about);
                    if next.get(&about).is_none_or(|known| path.is_better_than(known, self.corpus))
                    {
                        next.insert(about, path);
                    }
                }
            }
            for (curator, path) in &next {
                let trust = path.root_trust.times(reach);
                if best.get(curator).is_none_or(|(known, _)| trust > *known) {
                    best.insert(*curator, (trust, path.clone()));
                }
            }
            level = next;
        }
        best
    }

    fn curator(&self, issuer: &IssuerId, trust: Fraction, path: Vec<IssuerId>) -> TrustedCurator {
        let list = self.corpus.issuer_id(issuer).and_then(|id| self.own.get(&id).copied());
        TrustedCurator {
            issuer: issuer.clone(),
            adopted_from: None,
            called: None,
            trust,
            has_veto: trust >= self.veto,
            path,
            state: self.state(list),
            list: list.map(|list| Arc::clone(&list.document)),
        }
    }

    /// The lists that the node adopted. Only those that the node itself signed count: what
    /// somebody else adopted is their decision.
    fn adopted(&self, policy: &Policy) -> Vec<TrustedCurator> {
        let Some(own) = &policy.own else { return Vec::new() };
        let find = |source| {
            self.corpus.list_indexes().iter().find(|list| {
                let origin = list.document.body().adopted_from.as_ref();
                list.document.issuer() == own && origin.map(|it| &it.source) == Some(source)
            })
        };
        policy
            .adopted
            .iter()
            .map(|adopted| {
                let list = find(&adopted.source);
                TrustedCurator {
                    issuer: own.clone(),
                    adopted_from: Some(adopted.source.clone()),
                    called: adopted.name.clone(),
                    trust: adopted.trust,
                    has_veto: adopted.trust >= self.veto,
                    path: vec![own.clone()],
                    state: self.state(list),
                    list: list.map(|list| Arc::clone(&list.document)),
                }
            })
            .collect()
    }

    fn state(&self, list: Option<&ListIndex>) -> DocumentState {
        match list {
            None => DocumentState::Missing,
            Some(list) if list.document.is_expired(self.now) => DocumentState::Expired,
            Some(_) => DocumentState::Live,
        }
    }
}

/// Who speaks through each list, and how many voices they have.
fn speakers(corpus: &Corpus, curators: &[Arc<TrustedCurator>]) -> (Vec<Option<Speaker>>, usize) {
    let mut voices: BTreeMap<&[IssuerId], usize> = BTreeMap::new();
    let mut by_feed = BTreeMap::new();
    for (place, curator) in (0..).zip(curators) {
        let voice = curator.adopted_from.is_none().then(|| {
            let next = voices.len();
            *voices.entry(curator.voice()).or_insert(next)
        });
        by_feed.insert((&curator.issuer, curator.adopted_from.as_ref()), (curator, place, voice));
    }
    let speakers = corpus
        .list_indexes()
        .iter()
        .map(|list| {
            let origin = list.document.body().adopted_from.as_ref();
            let feed = (list.document.issuer(), origin.map(|it| &it.source));
            let (curator, place, voice) = by_feed.get(&feed)?;
            Some(Speaker {
                curator: Arc::clone(curator),
                place: *place,
                voice: *voice,
                is_live: curator.state == DocumentState::Live,
            })
        })
        .collect();
    (speakers, voices.len())
}
