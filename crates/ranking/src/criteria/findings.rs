//! What curators found, criterion by criterion.

use std::cmp::Reverse;
use std::sync::Arc;

use super::Criterion;
use super::grounds::{Asked, Claimant, Evidence, Grounds};
use crate::reason::{ReasonCode, Word};
use crate::view::TrustedCurator;

/// What the most trusted curator found who looked; of equally trusted ones, who found fault.
pub(super) fn stand_in(criterion: Criterion, asked: Asked<'_>) -> Option<Grounds<'_>> {
    let (met, word) = decisive(criterion, asked, |_| true)?;
    Some(Grounds::of(met, Evidence::Said(word)))
}

/// `own`, unless it is a mere claim and a curator at or above the veto trust found that it
/// is not so.
pub(super) fn denied<'a>(criterion: Criterion, asked: Asked<'a>, own: Grounds<'a>) -> Grounds<'a> {
    let Evidence::Claimed(claimant) = own.evidence else { return own };
    match decisive(criterion, asked, |curator| curator.has_veto) {
        Some((false, word)) if !is_by(asked.terms.curator(word), claimant) => {
            Grounds { against: Some(claimant), ..Grounds::of(false, Evidence::Said(word)) }
        }
        _ => own,
    }
}

fn decisive(
    criterion: Criterion,
    asked: Asked<'_>,
    counts: fn(&TrustedCurator) -> bool,
) -> Option<(bool, Word)> {
    let found = asked.words(ReasonCode::is_live).filter_map(|word| {
        let by = asked.terms.curator(word);
        counts(by).then_some(())?;
        let criteria = &asked.terms.entry(word)?.criteria;
        let (_, finding) = criteria.iter().find(|(id, _)| id.as_str() == criterion.as_str())?;
        Some((by.trust, finding.met, word))
    });
    let (_, met, word) = found.min_by_key(|(trust, met, _)| (Reverse(*trust), *met))?;
    Some((met, word))
}

fn is_by(curator: &Arc<TrustedCurator>, claimant: Claimant<'_>) -> bool {
    matches!(claimant, Claimant::Curator(other) if Arc::ptr_eq(other, curator))
}
