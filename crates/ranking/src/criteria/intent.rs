//! Whom a server takes.

use wellspring_document::SharedSections;
use wellspring_document::profile::{Audience, Federation, Intake, Registration, RegistrationMode};

use super::grounds::{Asked, Claim, Evidence, Grounds};
use crate::view::Answer;

/// Whom accounts are meant for, by what is said of it; where nothing is, by who gets one.
pub(super) fn serves_public(asked: Asked<'_>) -> Grounds<'_> {
    if let Some(Claim { by, value }) = audience(asked) {
        return Grounds::of(!is_limited(value), Evidence::Claimed(by));
    }
    match mode(asked, intended_mode(asked)) {
        Some((mode, evidence)) => Grounds::of(!is_private(&mode), evidence),
        None => Grounds::UNKNOWN,
    }
}

/// Where a person decides, it must be said how one asks: a form to fill in, or what happens.
pub(super) fn registration_defined(asked: Asked<'_>) -> Grounds<'_> {
    let registration = asked.said(|sections| sections.registration);
    let stated = registration.as_ref().and_then(|it| it.value.mode.as_ref());
    if stated == Some(&RegistrationMode::Approval) {
        let says_how = registration.filter(|it| says_how_to_ask(it.value));
        return Grounds::published(says_how);
    }
    let stated = asked.said(|sections| sections.registration?.mode.as_ref());
    match mode(asked, stated) {
        Some((_, evidence)) => Grounds::met(evidence),
        None => Grounds::UNKNOWN,
    }
}

fn says_how_to_ask(registration: &Registration) -> bool {
    registration.link.is_some()
        || registration.note.is_some()
        || !registration.methods.is_empty()
        || registration.approval_hours.is_some()
}

/// As measured, where that tells: from outside, a server that takes applications on a web
/// page looks closed.
pub(super) fn registration_open(asked: Asked<'_>) -> Grounds<'_> {
    let stated = asked.said(|sections| sections.registration?.mode.as_ref());
    let measured = asked.server.measured.as_ref().and_then(|it| it.registration.as_ref());
    let is_open = |mode| matches!(mode, RegistrationMode::Open | RegistrationMode::Approval);
    let stated_open = stated.as_ref().map(|it| is_open(*it.value));
    let Some(measured) = measured else {
        return Grounds::claimed(stated, |mode| is_open(*mode));
    };
    let found = Evidence::Measured(measured.tally);
    match (stated, measured.value) {
        (Some(it), RegistrationMode::Open) => {
            let against = (stated_open == Some(false)).then_some(it.by);
            Grounds { against, ..Grounds::met(found) }
        }
        (None, RegistrationMode::Open) => Grounds::met(found),
        (Some(it), _) if *it.value == RegistrationMode::Open => {
            Grounds { against: Some(it.by), ..Grounds::of(false, found) }
        }
        (Some(it), _) => Grounds::of(is_open(*it.value), Evidence::Claimed(it.by)),
        (None, mode) => Grounds::of(is_open(mode), found),
    }
}

pub(super) fn intake_open(asked: Asked<'_>) -> Grounds<'_> {
    let intake = asked.said(|sections| sections.registration?.intake.as_ref());
    let Some(Claim { by, value }) = intake else { return Grounds::UNKNOWN };
    let today = asked.terms.now.date();
    let Intake { accepting_until, new_accounts_per_week, paused } = *value;
    let is_over = accepting_until.is_some_and(|until| until < today);
    let answer = if paused == Some(true) || is_over || new_accounts_per_week == Some(0) {
        Answer::NotMet
    } else if paused.is_some() || accepting_until.is_some() || new_accounts_per_week.is_some() {
        Answer::Met
    } else {
        return Grounds::UNKNOWN;
    };
    Grounds::new(answer, Evidence::Claimed(by))
}

/// How one gets an account: as it is stated, else as measured.
fn mode<'a>(
    asked: Asked<'a>,
    stated: Option<Claim<'a, RegistrationMode>>,
) -> Option<(RegistrationMode, Evidence<'a>)> {
    if let Some(Claim { by, value }) = stated {
        return Some((*value, Evidence::Claimed(by)));
    }
    let measured = asked.server.measured.as_ref()?.registration.as_ref()?;
    Some((measured.value, Evidence::Measured(measured.tally)))
}

fn audience(asked: Asked<'_>) -> Option<Claim<'_, Audience>> {
    intended(asked, |sections| sections.about?.audience.as_ref(), is_limited)
}

fn is_limited(audience: &Audience) -> bool {
    *audience != Audience::Public
}

fn intended_mode(asked: Asked<'_>) -> Option<Claim<'_, RegistrationMode>> {
    intended(asked, |sections| sections.registration?.mode.as_ref(), is_private)
}

fn is_private(mode: &RegistrationMode) -> bool {
    matches!(mode, RegistrationMode::Invite | RegistrationMode::Closed)
}

/// What is said of whom a server is for: by its operator, else by the strongest curator at
/// or above the veto trust, else by any that does not take it away from the public.
fn intended<'a, T>(
    asked: Asked<'a>,
    pick: impl Fn(SharedSections<'a>) -> Option<&'a T> + Copy,
    excludes: fn(&T) -> bool,
) -> Option<Claim<'a, T>> {
    let decided = asked.said_where(pick, |curator, _| curator.has_veto);
    decided.or_else(|| asked.said_where(pick, |_, value| !excludes(value)))
}

/// Whether its operator, or a curator at or above the veto trust, says that the server is
/// for members, by invitation, closed, or talks with few others. What observers measured
/// does not decide that: a server whose registration is shut for a week is not private.
pub(super) fn is_not_for_public(asked: Asked<'_>) -> bool {
    let is_closed_off = |federation: &Federation| *federation == Federation::Limited;
    let federation =
        intended(asked, |sections| sections.service?.federation.as_ref(), is_closed_off);
    audience(asked).is_some_and(|it| is_limited(it.value))
        || federation.is_some_and(|it| is_closed_off(it.value))
        || intended_mode(asked).is_some_and(|it| is_private(it.value))
}
