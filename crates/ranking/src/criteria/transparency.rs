//! The points for what a server's operator publishes.

use std::num::NonZeroU8;

use super::grounds::Asked;
use crate::number::Points;
use crate::reason::{Openness, ReasonCode};
use crate::view::RankedServer;

/// Replaces the reason that says that nothing is known, where any of the questions is
/// answered openly; the points that this earns.
pub(crate) fn earn_transparency(server: &mut RankedServer) -> Points {
    let Some(openness) = openness(server) else { return Points::ZERO };
    let points = points(server.terms.policy.points.transparency, openness);
    let unknown =
        |reason: &&mut crate::reason::Reason| reason.code == ReasonCode::TransparencyUnknown;
    let Some(reason) = server.reasons.iter_mut().find(unknown) else { return Points::ZERO };
    reason.code = ReasonCode::TransparencyAnswered;
    reason.openness = Some(openness);
    reason.points = points;
    points
}

/// Without a profile and without anything from curators, there is nothing to look at.
fn openness(server: &RankedServer) -> Option<Openness> {
    if server.declared().is_none() && !server.has_facts && !server.has_findings {
        return None;
    }
    let asked = Asked::of(server);
    let criteria = &asked.terms.policy.transparency.criteria;
    let answered = criteria.iter().filter(|criterion| criterion.is_met(asked)).count();
    // There are fewer criteria than a byte counts, and a policy asks none twice.
    let count = |number| u8::try_from(number).unwrap_or(u8::MAX);
    Some(Openness { answered: NonZeroU8::new(count(answered))?, asked: count(criteria.len()) })
}

/// An equal share of the points for each question, in tenths of a point, halves up.
fn points(weight: u8, Openness { answered, asked }: Openness) -> Points {
    let tenths = i32::from(weight) * 10 * i32::from(answered.get());
    let asked = i32::from(asked.max(1));
    Points::from_tenths((2 * tenths + asked) / (2 * asked))
}
