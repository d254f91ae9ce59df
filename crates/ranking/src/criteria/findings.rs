//! What curators found, criterion by criterion.

use std::cmp::Reverse;
use std::sync::Arc;

use super::Criterion;
use super::grounds::{Asked, Claimant, Evidence, Grounds};
use crate::reason::{ReasonCode, Said};
use crate::view::TrustedCurator;

/// What the most trusted curator found who looked; of equally trusted ones, who found fault.
pub(super) fn stand_in(criterion: Criterion, asked: Asked<'_>) -> Option<Grounds<'_>> {
    let (met, said) = decisive(criterion, asked, |_| true)?;
    Some(Grounds::of(met, Evidence::Said(said)))
}

/// `own`, unless it is a mere claim and a curator at or above the veto trust found that it
/// is not so.
pub(super) fn denied<'a>(criterion: Criterion, asked: Asked<'a>, own: Grounds<'a>) -> Grounds<'a> {
    let Evidence::Claimed(claimant) = own.evidence else { return own };
    match decisive(criterion, asked, |curator| curator.has_veto) {
        Some((false, said)) if !is_by(&said, claimant) => {
            Grounds { against: Some(claimant), ..Grounds::of(false, Evidence::Said(said)) }
        }
        _ => own,
    }
}

fn decisive(
    criterion: Criterion,
    asked: Asked<'_>,
    counts: fn(&TrustedCurator) -> bool,
) -> Option<(bool, Said<'_>)> {
    let found = asked.said_by_curators(ReasonCode::is_live).filter(|said| counts(said.by));
    let found = found.filter_map(|said| {
        let criteria = &said.entry()?.criteria;
        let (_, finding) = criteria.iter().find(|(id, _)| id.as_str() == criterion.as_str())?;
        Some((said.by.trust, finding.met, said))
    });
    let (_, met, said) = found.min_by_key(|(trust, met, _)| (Reverse(*trust), *met))?;
    Some((met, said))
}

fn is_by(said: &Said<'_>, claimant: Claimant<'_>) -> bool {
    matches!(claimant, Claimant::Curator(curator) if Arc::ptr_eq(curator, said.by))
}
