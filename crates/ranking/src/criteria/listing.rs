//! What curators say of a server.

use super::grounds::{Asked, Evidence, Grounds};
use crate::number::Points;
use crate::reason::{Reason, ReasonCode};
use crate::view::RankedServer;

pub(super) fn endorsed_once(asked: Asked<'_>) -> Grounds<'_> {
    endorsed(endorsements(asked.server).next())
}

pub(super) fn endorsed_twice(asked: Asked<'_>) -> Grounds<'_> {
    endorsed(endorsements(asked.server).filter(|it| it.points > Points::ZERO).nth(1))
}

pub(super) fn not_rejected(asked: Asked<'_>) -> Grounds<'_> {
    unless_decided(asked.server, ReasonCode::is_rejection)
}

pub(super) fn no_warning(asked: Asked<'_>) -> Grounds<'_> {
    unless_decided(asked.server, ReasonCode::is_warning)
}

pub(super) fn waiting_period_over(asked: Asked<'_>) -> Grounds<'_> {
    match &asked.server.waiting {
        Some(waiting) => Grounds::of(waiting.is_over, Evidence::Waited(waiting)),
        None => Grounds::UNKNOWN,
    }
}

/// The endorsements in voices of their own, the strongest first.
fn endorsements(server: &RankedServer) -> impl Iterator<Item = &Reason> {
    server.reasons.iter().filter(|reason| reason.code.is_counted_endorsement())
}

fn endorsed(by: Option<&Reason>) -> Grounds<'_> {
    match by {
        Some(reason) => Grounds::met(Evidence::Said(reason)),
        None => Grounds::worked_out(false),
    }
}

/// Met while no curator says so whose trust is enough to decide against a server. Somebody
/// trusted a little, three recommendations away, must not empty the list.
fn unless_decided(server: &RankedServer, says_so: fn(ReasonCode) -> bool) -> Grounds<'_> {
    let decides = |reason: &&Reason| {
        says_so(reason.code) && reason.said.as_ref().is_some_and(|said| said.by.has_veto)
    };
    match server.reasons.iter().find(decides) {
        Some(reason) => Grounds::of(false, Evidence::Said(reason)),
        None => Grounds::worked_out(true),
    }
}
