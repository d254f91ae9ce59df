//! How well a server runs, by what trusted observers measured.

use wellspring_document::profile::RegistrationMode;

use super::grounds::{Asked, Claimant, Evidence, Grounds};
use crate::number::Fraction;
use crate::service::certificate_lasts_until;
use crate::software::{ReleaseState, standing};
use crate::view::{Answered, Measured, Tally};

pub(super) fn reachable_client(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::measured(measured(asked, |it| it.client_reachable))
}

pub(super) fn reachable_federation(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::measured(measured(asked, |it| it.federation_reachable))
}

pub(super) fn ipv6(asked: Asked<'_>) -> Grounds<'_> {
    Grounds::measured(measured(asked, |it| it.ipv6))
}

pub(super) fn uptime_30d(asked: Asked<'_>) -> Grounds<'_> {
    let answered = measured(asked, |it| it.uptime.month);
    at_least(answered, asked.terms.policy.criteria.uptime_30d)
}

pub(super) fn uptime_90d(asked: Asked<'_>) -> Grounds<'_> {
    let answered = measured(asked, |it| it.uptime.quarter);
    at_least(answered, asked.terms.policy.criteria.uptime_90d)
}

fn at_least<'a>(answered: Option<Answered>, share: Fraction) -> Grounds<'a> {
    let Some(answered) = answered else { return Grounds::UNKNOWN };
    let observers = answered.observers.get();
    let tally = Tally { agree: observers, of: observers };
    Grounds::of(answered.share >= share, Evidence::Measured(tally))
}

pub(super) fn certificate(asked: Asked<'_>) -> Grounds<'_> {
    let Some(measured) = &asked.server.measured else { return Grounds::UNKNOWN };
    let until = certificate_lasts_until(measured, asked.terms);
    let Some(until) = until else { return Grounds::UNKNOWN };
    let tally = Tally { agree: measured.observers, of: measured.observers };
    Grounds::of(asked.terms.now < until, Evidence::Measured(tally))
}

/// From outside, a server that takes applications on a web page cannot be told from one
/// that takes nobody: only whether a program can register at once is compared.
pub(super) fn registration_as_declared(asked: Asked<'_>) -> Grounds<'_> {
    let declared = asked.declared(|profile| profile.registration.as_ref()?.mode);
    let measured = asked.server.measured.as_ref().and_then(|it| it.registration.as_ref());
    let (Some(declared), Some(measured)) = (declared, measured) else { return Grounds::UNKNOWN };
    let is_open = |mode| mode == RegistrationMode::Open;
    let is_met = is_open(declared) == is_open(measured.value);
    Grounds {
        against: (!is_met).then_some(Claimant::Operator),
        ..Grounds::of(is_met, Evidence::Measured(measured.tally))
    }
}

fn measured<T>(asked: Asked<'_>, pick: fn(&Measured) -> Option<T>) -> Option<T> {
    pick(asked.server.measured.as_ref()?)
}

pub(super) fn software_supported(asked: Asked<'_>) -> Grounds<'_> {
    software(asked, |state| state != ReleaseState::Unsupported)
}

pub(super) fn software_current(asked: Asked<'_>) -> Grounds<'_> {
    software(asked, |state| state == ReleaseState::Current)
}

/// By the version that was measured, else by the one that is declared.
fn software(asked: Asked<'_>, is_met: fn(ReleaseState) -> bool) -> Grounds<'_> {
    let declared = asked.said(|sections| sections.service?.software.as_ref());
    let terms = asked.terms;
    let declared = declared.and_then(|it| {
        let standing = standing(it.value, &terms.policy.service, terms.now)?;
        Some((is_met(standing.state), it.by))
    });
    let Some((release, tally)) =
        measured(asked, |it| Some((it.release?, it.software.as_ref()?.tally)))
    else {
        return declared
            .map_or(Grounds::UNKNOWN, |(is_met, by)| Grounds::of(is_met, Evidence::Claimed(by)));
    };
    let is_met = is_met(release.state);
    let against = declared.filter(|(claimed, _)| *claimed != is_met).map(|(_, by)| by);
    Grounds { against, ..Grounds::of(is_met, Evidence::Measured(tally)) }
}
