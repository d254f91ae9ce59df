//! What curators say of a server.

use super::grounds::{Asked, Evidence, Grounds};
use crate::number::Points;
use crate::reason::{Line, ReasonCode};

pub(super) fn endorsed_once(asked: Asked<'_>) -> Grounds<'_> {
    endorsed(endorsements(asked).next())
}

pub(super) fn endorsed_twice(asked: Asked<'_>) -> Grounds<'_> {
    endorsed(endorsements(asked).filter(|it| it.points > Points::ZERO).nth(1))
}

pub(super) fn not_rejected(asked: Asked<'_>) -> Grounds<'_> {
    unless_decided(asked, ReasonCode::is_rejection)
}

pub(super) fn no_warning(asked: Asked<'_>) -> Grounds<'_> {
    unless_decided(asked, ReasonCode::is_warning)
}

pub(super) fn waiting_period_over(asked: Asked<'_>) -> Grounds<'_> {
    match asked.server.waited {
        Some(waited) => Grounds::of(waited.is_over(asked.terms), Evidence::Waited(waited)),
        None => Grounds::UNKNOWN,
    }
}

/// The endorsements in voices of their own, the strongest first.
fn endorsements(asked: Asked<'_>) -> impl Iterator<Item = &Line> {
    asked.lines.iter().filter(|line| line.code.is_counted_endorsement())
}

fn endorsed(by: Option<&Line>) -> Grounds<'_> {
    match by.and_then(Line::word) {
        Some(word) => Grounds::met(Evidence::Said(word)),
        None => Grounds::worked_out(false),
    }
}

/// Met while no curator says so whose trust is enough to decide against a server. Somebody
/// trusted a little, three recommendations away, must not empty the list.
fn unless_decided(asked: Asked<'_>, says_so: fn(ReasonCode) -> bool) -> Grounds<'_> {
    let asked = Asked { lines: asked.adverse(), ..asked };
    match asked.words(says_so).find(|word| asked.terms.curator(*word).has_veto) {
        Some(word) => Grounds::of(false, Evidence::Said(word)),
        None => Grounds::worked_out(true),
    }
}
