//! What a view rests on beside the servers themselves.

use std::sync::Arc;

use wellspring_document::{Endorsement, Timestamp};

use crate::corpus::{Day, reviewed};
use crate::endorsement::fresh;
use crate::number::{Fraction, Points};
use crate::policy::Policy;
use crate::reason::{Said, Word};
use crate::service::{Possible, ServicePart, possible};
use crate::view::{TrustedCurator, TrustedObserver};

/// By whose rules, when, and by whose word a view was made. All servers of a view share it.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) policy: Policy,
    pub(crate) now: Timestamp,
    /// As [`View::curators`](crate::View::curators).
    pub(crate) curators: Vec<Arc<TrustedCurator>>,
    /// As [`View::observers`](crate::View::observers).
    pub(crate) observers: Vec<Arc<TrustedObserver>>,
    possible: Possible,
}

impl Terms {
    pub(crate) fn new(
        policy: &Policy,
        now: Timestamp,
        curators: Vec<Arc<TrustedCurator>>,
        observers: Vec<Arc<TrustedObserver>>,
    ) -> Self {
        let possible = possible(policy.points.service, &policy.service);
        Self { policy: policy.clone(), now, curators, observers, possible }
    }

    pub(crate) fn curator(&self, word: Word) -> &Arc<TrustedCurator> {
        &self.curators[word.curator as usize]
    }

    /// The signed entry; there always is one.
    pub(crate) fn entry(&self, word: Word) -> Option<&Endorsement> {
        self.curator(word).entry(word.entry)
    }

    /// What a curator said, with the factors by which it counts.
    pub(crate) fn said(&self, word: Word) -> Said<'_> {
        let Policy { factors, freshness, .. } = &self.policy;
        let by = self.curator(word);
        let entry = self.entry(word);
        let reviewed = by.list.as_ref().zip(entry).and_then(|(list, entry)| reviewed(list, entry));
        Said {
            by,
            entry: word.entry,
            factor: entry.map_or(Fraction::ONE, |entry| factors.of(entry.verdict)),
            freshness: fresh(freshness, reviewed, Day::of(self.now)),
            binding: word.binding.factor(factors),
        }
    }

    /// What each part of the service quality can earn.
    pub(crate) const fn service(&self) -> &Possible {
        &self.possible
    }

    /// What a part of the service quality can earn.
    pub(crate) fn possible(&self, part: ServicePart) -> Points {
        let found = self.possible.iter().find(|(other, _)| *other == part);
        found.map_or(Points::ZERO, |(_, of)| *of)
    }
}
