//! Where an operator's claim and trusted observers' measurements differ.

use wellspring_document::Profile;
use wellspring_document::profile::{Federation, RegistrationMode};

use crate::view::{ContradictedClaim, Contradiction, Measured, Tally};

/// The claims of a confirmed profile that were measured otherwise.
pub(crate) fn contradictions(declared: &Profile, measured: &Measured) -> Box<[Contradiction]> {
    let claims = [registration, software, federation, room_directory];
    let contradicted = claims.into_iter().filter_map(|claim| claim(declared, measured));
    contradicted
        .map(|(claim, tally)| Contradiction { claim, tally, at: measured.observed_at })
        .collect()
}

/// From outside, a server that takes applications on a web page cannot be told from one
/// that takes nobody. So only this counts: whether a program can register at once.
fn registration(declared: &Profile, measured: &Measured) -> Option<(ContradictedClaim, Tally)> {
    let declared = declared.registration.as_ref()?.mode?;
    let found = measured.registration.as_ref()?;
    let is_open = |mode| mode == RegistrationMode::Open;
    let claim = ContradictedClaim::Registration { declared, measured: found.value };
    (is_open(declared) != is_open(found.value)).then_some((claim, found.tally))
}

/// Versions are not compared: a server is updated more often than its profile.
fn software(declared: &Profile, measured: &Measured) -> Option<(ContradictedClaim, Tally)> {
    let declared = &declared.service.as_ref()?.software.as_ref()?.name;
    let found = measured.software.as_ref()?;
    let name = &found.value.name;
    let claim = ContradictedClaim::Software { declared: declared.clone(), measured: name.clone() };
    let differs = !declared.as_str().eq_ignore_ascii_case(name.as_str());
    differs.then_some((claim, found.tally))
}

/// Only where clients reach it: a server that is down is not closed off.
fn federation(declared: &Profile, measured: &Measured) -> Option<(ContradictedClaim, Tally)> {
    let declared = declared.service.as_ref()?.federation?;
    let is_up = measured.client_reachable?.holds();
    let reached = measured.federation_reachable?;
    let is_closed = is_up && declared == Federation::Open && !reached.holds();
    let claim = ContradictedClaim::Federation { declared, reached: false };
    is_closed.then_some((claim, opposite(reached)))
}

/// More than half must have found it otherwise.
fn room_directory(declared: &Profile, measured: &Measured) -> Option<(ContradictedClaim, Tally)> {
    let declared = declared.service.as_ref()?.room_directory?;
    let found = measured.room_directory?;
    let otherwise = if declared { opposite(found) } else { found };
    let claim = ContradictedClaim::RoomDirectory { declared, measured: !declared };
    otherwise.is_of_most().then_some((claim, otherwise))
}

/// How many say the opposite.
const fn opposite(tally: Tally) -> Tally {
    Tally { agree: tally.of - tally.agree, of: tally.of }
}
