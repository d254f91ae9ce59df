//! Who signs and answers for a server.

use super::grounds::{Asked, Evidence, Grounds};
use crate::endorsement::Keys;
use crate::reason::{Line, ReasonCode};
use crate::view::{Answer, ProfileStatus};

pub(super) fn signed_profile(asked: Asked<'_>) -> Grounds<'_> {
    let profile = &asked.server.profile;
    let is_met = match profile.status {
        ProfileStatus::Confirmed => true,
        ProfileStatus::None | ProfileStatus::Expired | ProfileStatus::Withdrawn => false,
        // There may be one, and it cannot be judged.
        ProfileStatus::NotHere | ProfileStatus::Unconfirmed => return Grounds::UNKNOWN,
    };
    Grounds::of(is_met, Evidence::Profile(profile))
}

pub(super) fn name_confirmed(asked: Asked<'_>) -> Grounds<'_> {
    let profile = &asked.server.profile;
    match (profile.confirmation.as_deref(), profile.status) {
        (Some(confirmation), _) => Grounds::met(Evidence::Confirmed(confirmation)),
        (None, ProfileStatus::Unconfirmed) => Grounds::worked_out(false),
        (None, _) => Grounds::UNKNOWN,
    }
}

pub(super) fn keys_unchanged(asked: Asked<'_>) -> Grounds<'_> {
    let found = |is_evidence: fn(&Line) -> bool| {
        let line = asked.lines.iter().find(|line| is_evidence(line));
        line.and_then(Line::word).map_or(Evidence::Nothing, Evidence::Said)
    };
    match asked.server.keys {
        Keys::Unknown => Grounds::UNKNOWN,
        Keys::Changed => {
            Grounds::new(Answer::NotMet, found(|line| line.code == ReasonCode::KeysChanged))
        }
        Keys::Unchanged | Keys::EndorsedAnew => Grounds::met(found(Line::endorses_keys)),
    }
}

pub(super) fn contacts(asked: Asked<'_>) -> Grounds<'_> {
    let contacts = asked.declared(|profile| profile.contacts.as_ref());
    Grounds::declared(contacts.filter(|it| !it.contacts.is_empty()).map(|_| true))
}

/// Two people who can be found: through a page or a Matrix account of theirs.
pub(super) fn team(asked: Asked<'_>) -> Grounds<'_> {
    let team = asked.said(|sections| Some(&sections.operator?.team).filter(|it| !it.is_empty()));
    Grounds::claimed(team, |team| {
        let can_be_found = team.iter().filter(|it| !it.links.is_empty() || it.matrix_id.is_some());
        can_be_found.count() >= 2
    })
}
