//! The category that follows from the answers.

use super::Criterion;
use super::grounds::{Asked, Claimant, Evidence};
use super::intent::is_not_for_public;
use crate::view::{Answer, Category, Tally};

/// The category of a server.
pub(crate) fn category(asked: Asked<'_>) -> Category {
    if asked.server.is_rejected() {
        return Category::D;
    }
    if is_not_for_public(asked) {
        return Category::NotForPublic;
    }
    let categories = &asked.terms.policy.categories;
    let meets = |needs: &[Criterion]| needs.iter().all(|criterion| criterion.is_met(asked));
    let is_stopped = || categories.stopped_by.iter().any(|it| it.stops(asked));
    if meets(&categories.a) {
        if is_stopped() { Category::C } else { Category::A }
    } else if meets(&categories.b) && !is_stopped() {
        Category::B
    } else {
        Category::C
    }
}

impl Criterion {
    /// Whether it is found not to be met, by somebody whose word decides: the operator, a
    /// curator at or above the veto trust, more than one observer. A fainter voice and one
    /// observer alone take no server off the list.
    pub(super) fn stops(self, asked: Asked<'_>) -> bool {
        let grounds = self.grounds(asked);
        let is_decided = match grounds.evidence {
            Evidence::Measured(Tally { of, .. }) => of >= 2,
            Evidence::Claimed(Claimant::Curator(by)) => by.has_veto,
            Evidence::Said(word) => asked.terms.curator(word).has_veto,
            _ => true,
        };
        grounds.answer == Answer::NotMet && is_decided
    }
}
