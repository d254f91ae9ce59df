//! The points for what a server's operator publishes.

use std::num::NonZeroU8;

use super::grounds::Asked;
use crate::number::Points;
use crate::reason::{Basis, Line, Openness, ReasonCode};
use crate::terms::Terms;
use crate::view::Assessment;

/// Replaces the reason that says that nothing is known, where any of the questions is
/// answered openly; the points that this earns.
pub(crate) fn earn_transparency(server: &Assessment, lines: &mut [Line], terms: &Terms) -> Points {
    let Some(openness) = openness(Asked { server, lines, terms }) else { return Points::ZERO };
    let points = points(terms.policy.points.transparency, openness);
    let unknown = |line: &&mut Line| line.code == ReasonCode::TransparencyUnknown;
    let Some(line) = lines.iter_mut().find(unknown) else { return Points::ZERO };
    let basis = Basis::Answered(openness);
    *line = Line { code: ReasonCode::TransparencyAnswered, points, basis };
    points
}

/// Without a profile and without anything from curators, there is nothing to look at.
fn openness(asked: Asked<'_>) -> Option<Openness> {
    let server = asked.server;
    if server.declared().is_none() && !server.has_facts && !server.has_findings {
        return None;
    }
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
