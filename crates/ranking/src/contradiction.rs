//! Where an operator's claim and trusted observers' measurements differ.

use wellspring_document::Profile;
use wellspring_document::profile::RegistrationMode;

use crate::view::{ContradictedClaim, Contradiction, Measured, Tally};

/// The claims of a confirmed profile that were measured otherwise.
pub(crate) fn contradictions(declared: &Profile, measured: &Measured) -> Vec<Contradiction> {
    let claims = registration(declared, measured).into_iter().chain(software(declared, measured));
    claims.map(|(claim, tally)| Contradiction { claim, tally, at: measured.observed_at }).collect()
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
