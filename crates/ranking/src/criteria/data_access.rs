//! Who can read what the users of a server write.

use wellspring_document::profile::DataAccess;

use super::grounds::{Asked, Grounds};

pub(super) fn readers_stated(asked: Asked<'_>) -> Grounds<'_> {
    stated(asked, |access| access.who_can_read.as_ref().map(|_| true))
}

pub(super) fn secured(asked: Asked<'_>) -> Grounds<'_> {
    stated(asked, |access| access.secured_by.as_ref().map(|_| true))
}

pub(super) fn logged(asked: Asked<'_>) -> Grounds<'_> {
    stated(asked, |access| access.logged)
}

pub(super) fn encrypted_at_rest(asked: Asked<'_>) -> Grounds<'_> {
    stated(asked, |access| access.encrypted_at_rest)
}

pub(super) fn backups(asked: Asked<'_>) -> Grounds<'_> {
    stated(asked, |access| access.backups.as_ref()?.made)
}

fn stated(asked: Asked<'_>, pick: fn(&DataAccess) -> Option<bool>) -> Grounds<'_> {
    Grounds::declared(asked.declared(|profile| pick(profile.data_access.as_ref()?)))
}
