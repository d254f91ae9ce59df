//! What a view rests on beside the servers themselves.

use std::sync::Arc;

use wellspring_document::Timestamp;

use crate::number::Points;
use crate::policy::Policy;
use crate::reason::{ReasonCode, Said, Word};
use crate::service::{Possible, possible};
use crate::view::TrustedCurator;

/// By whose rules, when, and by whose word a view was made. All servers of a view share it.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) policy: Policy,
    pub(crate) now: Timestamp,
    /// As [`View::curators`](crate::View::curators).
    pub(crate) curators: Vec<Arc<TrustedCurator>>,
    possible: Possible,
}

impl Terms {
    pub(crate) fn new(policy: &Policy, now: Timestamp, curators: Vec<Arc<TrustedCurator>>) -> Self {
        let possible = possible(policy.points.service, &policy.service);
        Self { policy: policy.clone(), now, curators, possible }
    }

    pub(crate) fn curator(&self, word: Word) -> &Arc<TrustedCurator> {
        &self.curators[word.curator as usize]
    }

    /// What a curator said, with the factors by which it counts.
    pub(crate) fn said(&self, word: Word) -> Said<'_> {
        Said {
            by: self.curator(word),
            entry: word.entry,
            factor: self.policy.factors.of(word.verdict),
            freshness: word.freshness,
            binding: word.binding.factor(&self.policy.factors),
        }
    }

    /// What each part of the service quality can earn.
    pub(crate) const fn service(&self) -> &Possible {
        &self.possible
    }

    /// What a reason of this kind can earn, where that is a part of the service quality.
    pub(crate) fn possible(&self, code: ReasonCode) -> Points {
        let is_it = |part| code == ReasonCode::Service(part);
        let found = self.possible.iter().find(|(part, _)| is_it(*part));
        found.map_or(Points::ZERO, |(_, of)| *of)
    }
}
