//! What curators found, criterion by criterion.

use std::cmp::Reverse;

use super::Criterion;
use super::grounds::{Evidence, Grounds};
use crate::reason::{Reason, ReasonCode};
use crate::view::{By, RankedServer, TrustedCurator};

/// What the most trusted curator found who looked; of equally trusted ones, who found fault.
pub(super) fn stand_in(criterion: Criterion, server: &RankedServer) -> Option<Grounds<'_>> {
    let (met, reason) = decisive(criterion, server, |_| true)?;
    Some(Grounds::of(met, Evidence::Said(reason)))
}

/// `own`, unless it is a mere claim and a curator at or above the veto trust found that it
/// is not so.
pub(super) fn denied<'a>(
    criterion: Criterion,
    server: &'a RankedServer,
    own: Grounds<'a>,
) -> Grounds<'a> {
    let Evidence::Claimed(claimant) = &own.evidence else { return own };
    match decisive(criterion, server, |curator| curator.has_veto) {
        Some((false, reason)) if !is_by(reason, claimant) => Grounds {
            against: Some(claimant.clone()),
            ..Grounds::of(false, Evidence::Said(reason))
        },
        _ => own,
    }
}

fn decisive(
    criterion: Criterion,
    server: &RankedServer,
    counts: fn(&TrustedCurator) -> bool,
) -> Option<(bool, &Reason)> {
    let found = server.reasons.iter().filter(|reason| is_live(reason.code)).filter_map(|reason| {
        let said = reason.said.as_ref().filter(|said| counts(&said.by))?;
        let criteria = &said.entry()?.criteria;
        let (_, finding) = criteria.iter().find(|(id, _)| id.as_str() == criterion.as_str())?;
        Some((said.by.trust, finding.met, reason))
    });
    let (_, met, reason) = found.min_by_key(|(trust, met, _)| (Reverse(*trust), *met))?;
    Some((met, reason))
}

/// Whether what the entry says of the server still counts.
const fn is_live(code: ReasonCode) -> bool {
    code.is_live_endorsement() || code.is_warning() || code.is_rejection()
}

fn is_by(reason: &Reason, claimant: &By) -> bool {
    match (claimant, &reason.said) {
        (By::Curator(curator), Some(said)) => std::sync::Arc::ptr_eq(curator, &said.by),
        _ => false,
    }
}
