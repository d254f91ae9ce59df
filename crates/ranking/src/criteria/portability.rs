//! How one leaves a server again.

use wellspring_document::profile::Portability;

use super::grounds::{Asked, Grounds};

pub(super) fn account_export(asked: Asked<'_>) -> Grounds<'_> {
    stated(asked, |portability| portability.account_export)
}

pub(super) fn account_import(asked: Asked<'_>) -> Grounds<'_> {
    stated(asked, |portability| portability.account_import)
}

pub(super) fn deactivation(asked: Asked<'_>) -> Grounds<'_> {
    stated(asked, |portability| portability.deactivation)
}

fn stated(asked: Asked<'_>, pick: fn(&Portability) -> Option<bool>) -> Grounds<'_> {
    Grounds::declared(asked.declared(|profile| pick(profile.portability.as_ref()?)))
}

pub(super) fn shutdown_notice(asked: Asked<'_>) -> Grounds<'_> {
    let days = asked.said(|sections| sections.service?.shutdown_notice_days.as_ref());
    Grounds::claimed(days, |days| *days > 0)
}

pub(super) fn change_notice(asked: Asked<'_>) -> Grounds<'_> {
    let days = asked.said(|sections| sections.service?.change_notice_days.as_ref());
    Grounds::claimed(days, |days| *days > 0)
}
