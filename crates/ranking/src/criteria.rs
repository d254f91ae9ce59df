//! Criteria, the answers to them, and the categories that follow.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wellspring_document::profile::{Audience, Federation, RegistrationMode};
use wellspring_document::{IssuerId, SharedSections, Timestamp};

use crate::endorsement::Keys;
use crate::number::Points;
use crate::policy::Policy;
use crate::reason::{Reason, ReasonCode, Said};
use crate::view::{
    Answer, By, Category, Confirmation, CriterionAnswer, ProfileStanding, ProfileStatus,
    RankedServer, Sourced, Tally, Waiting,
};

/// One yes, no or unknown question about a server. The names are stable; policies and
/// pages use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Criterion {
    /// The operator publishes a signed profile that has not expired.
    #[serde(rename = "identity.signed-profile")]
    SignedProfile,
    /// The name itself served the profile, or a trusted curator binds the name to it.
    #[serde(rename = "identity.name-confirmed")]
    NameConfirmed,
    /// The server still has the keys that a trusted curator endorsed.
    #[serde(rename = "identity.keys-unchanged")]
    KeysUnchanged,
    /// A trusted curator recommends or lists the server, however many points that earns.
    #[serde(rename = "listing.endorsed")]
    Endorsed,
    /// Two independent voices do, and each of them earns points: a voice too faint to move
    /// the score by a tenth of a point is no second one.
    #[serde(rename = "listing.endorsed-twice")]
    EndorsedTwice,
    /// No curator at or above the veto trust rejects it.
    #[serde(rename = "listing.not-rejected")]
    NotRejected,
    /// No curator at or above the veto trust warns about it. A fainter warning costs points
    /// and is shown first; alone it decides nothing.
    #[serde(rename = "listing.no-warning")]
    NoWarning,
    /// The waiting period is over.
    #[serde(rename = "listing.waiting-period-over")]
    WaitingPeriodOver,
    /// Accounts are meant for everybody.
    #[serde(rename = "intent.serves-public")]
    ServesPublic,
    /// It is said how one gets an account.
    #[serde(rename = "intent.registration-defined")]
    RegistrationDefined,
}

impl Criterion {
    /// Every criterion, in the order in which they are answered.
    pub const ALL: [Self; 10] = [
        Self::SignedProfile,
        Self::NameConfirmed,
        Self::KeysUnchanged,
        Self::Endorsed,
        Self::EndorsedTwice,
        Self::NotRejected,
        Self::NoWarning,
        Self::WaitingPeriodOver,
        Self::ServesPublic,
        Self::RegistrationDefined,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedProfile => "identity.signed-profile",
            Self::NameConfirmed => "identity.name-confirmed",
            Self::KeysUnchanged => "identity.keys-unchanged",
            Self::Endorsed => "listing.endorsed",
            Self::EndorsedTwice => "listing.endorsed-twice",
            Self::NotRejected => "listing.not-rejected",
            Self::NoWarning => "listing.no-warning",
            Self::WaitingPeriodOver => "listing.waiting-period-over",
            Self::ServesPublic => "intent.serves-public",
            Self::RegistrationDefined => "intent.registration-defined",
        }
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an answer rests on. Looking up who said so and when is left for those who ask.
enum Evidence<'a> {
    Nothing,
    Profile(&'a ProfileStanding),
    Said(&'a Reason),
    Confirmed(&'a Confirmation),
    Waited(&'a Waiting),
    Claimed(By),
    Measured(Tally),
}

/// An answer and what it rests on.
type Grounds<'a> = (Answer, Evidence<'a>);

impl Criterion {
    /// The answer for a server, with its evidence.
    pub(crate) fn explain(self, server: &RankedServer) -> CriterionAnswer {
        let (answer, evidence) = self.grounds(server);
        let (by, at) = evidence.resolve(server);
        CriterionAnswer { criterion: self, answer, by, at }
    }

    fn is_met_by(self, server: &RankedServer) -> bool {
        self.grounds(server).0 == Answer::Met
    }

    fn grounds(self, server: &RankedServer) -> Grounds<'_> {
        match self {
            Self::SignedProfile => signed_profile(&server.profile),
            Self::NameConfirmed => name_confirmed(&server.profile),
            Self::KeysUnchanged => keys_unchanged(server),
            Self::Endorsed => endorsed(endorsements(server).next()),
            Self::EndorsedTwice => {
                endorsed(endorsements(server).filter(|it| it.points > Points::ZERO).nth(1))
            }
            Self::NotRejected => unless_decided(server, ReasonCode::is_rejection),
            Self::NoWarning => unless_decided(server, ReasonCode::is_warning),
            Self::WaitingPeriodOver => waiting_period_over(server),
            Self::ServesPublic => serves_public(server),
            Self::RegistrationDefined => {
                let stated = server.section(|sections| sections.registration?.mode.as_ref());
                match registration_mode(server, stated) {
                    Some((_, evidence)) => (Answer::Met, evidence),
                    None => (Answer::Unknown, Evidence::Nothing),
                }
            }
        }
    }
}

impl Evidence<'_> {
    fn resolve(self, server: &RankedServer) -> (By, Option<Timestamp>) {
        let issued_at = || server.profile.document.as_ref().map(|document| document.issued_at());
        match self {
            Self::Nothing => (By::Nobody, None),
            Self::Profile(standing) => match standing.document {
                Some(_) => (By::Operator, issued_at()),
                None => (By::Nobody, None),
            },
            Self::Said(reason) => reason.said.as_ref().map_or((By::Nobody, None), |said| {
                (By::Curator(Arc::clone(&said.by)), said.reviewed_at())
            }),
            Self::Confirmed(confirmation) => match confirmation {
                Confirmation::OwnSight { by, seen_at, .. } => {
                    (By::Observer(Arc::clone(by)), Some(*seen_at))
                }
                Confirmation::Observers { tally, .. } => (By::Observers(*tally), None),
                Confirmation::Curator { by } => (By::Curator(Arc::clone(by)), None),
            },
            Self::Waited(waiting) => (waiting.by.clone(), Some(waiting.since)),
            Self::Claimed(By::Operator) => (By::Operator, issued_at()),
            Self::Claimed(by) => {
                let said = server.reasons.iter().filter_map(|reason| reason.said.as_ref());
                let at = said
                    .filter(|said| matches!(&by, By::Curator(it) if Arc::ptr_eq(it, &said.by)))
                    .find_map(Said::reviewed_at);
                (by, at)
            }
            Self::Measured(tally) => {
                let at = server.measured.as_ref().and_then(|measured| measured.observed_at);
                (By::Observers(tally), at)
            }
        }
    }
}

fn signed_profile(profile: &ProfileStanding) -> Grounds<'_> {
    let answer = match profile.status {
        ProfileStatus::Confirmed => Answer::Met,
        ProfileStatus::None | ProfileStatus::Expired | ProfileStatus::Withdrawn => Answer::NotMet,
        // There may be one, and it cannot be judged.
        ProfileStatus::NotHere | ProfileStatus::Unconfirmed => {
            return (Answer::Unknown, Evidence::Nothing);
        }
    };
    (answer, Evidence::Profile(profile))
}

fn name_confirmed(profile: &ProfileStanding) -> Grounds<'_> {
    match (&profile.confirmation, profile.status) {
        (Some(confirmation), _) => (Answer::Met, Evidence::Confirmed(confirmation)),
        (None, ProfileStatus::Unconfirmed) => (Answer::NotMet, Evidence::Nothing),
        (None, _) => (Answer::Unknown, Evidence::Nothing),
    }
}

fn keys_unchanged(server: &RankedServer) -> Grounds<'_> {
    let owner = server.profile.owner.as_ref();
    let found = |is_evidence: fn(&Reason, Option<&IssuerId>) -> bool| {
        let reason = server.reasons.iter().find(|reason| is_evidence(reason, owner));
        reason.map_or(Evidence::Nothing, Evidence::Said)
    };
    match server.keys {
        Keys::Unknown => (Answer::Unknown, Evidence::Nothing),
        Keys::Changed => (Answer::NotMet, found(|it, _| it.code == ReasonCode::KeysChanged)),
        Keys::Unchanged | Keys::EndorsedAnew => {
            (Answer::Met, found(|reason, owner| reason.is_endorsement_of(owner)))
        }
    }
}

/// The endorsements in voices of their own, the strongest first.
fn endorsements(server: &RankedServer) -> impl Iterator<Item = &Reason> {
    server.reasons.iter().filter(|reason| reason.code.is_counted_endorsement())
}

fn endorsed(by: Option<&Reason>) -> Grounds<'_> {
    match by {
        Some(reason) => (Answer::Met, Evidence::Said(reason)),
        None => (Answer::NotMet, Evidence::Nothing),
    }
}

/// Met while no curator says so whose trust is enough to decide against a server. Somebody
/// trusted a little, three recommendations away, must not empty the list.
fn unless_decided(server: &RankedServer, says_so: fn(ReasonCode) -> bool) -> Grounds<'_> {
    let decides = |reason: &&Reason| {
        says_so(reason.code) && reason.said.as_ref().is_some_and(|said| said.by.has_veto)
    };
    match server.reasons.iter().find(decides) {
        Some(reason) => (Answer::NotMet, Evidence::Said(reason)),
        None => (Answer::Met, Evidence::Nothing),
    }
}

fn waiting_period_over(server: &RankedServer) -> Grounds<'_> {
    match &server.waiting {
        Some(waiting) if waiting.is_over => (Answer::Met, Evidence::Waited(waiting)),
        Some(waiting) => (Answer::NotMet, Evidence::Waited(waiting)),
        None => (Answer::Unknown, Evidence::Nothing),
    }
}

/// How one gets an account: as it is stated, else as measured.
fn registration_mode<'a>(
    server: &'a RankedServer,
    stated: Option<Sourced<'a, RegistrationMode>>,
) -> Option<(RegistrationMode, Evidence<'a>)> {
    if let Some(Sourced { by, value }) = stated {
        return Some((*value, Evidence::Claimed(by)));
    }
    let measured = server.measured.as_ref()?.registration.as_ref()?;
    Some((measured.value, Evidence::Measured(measured.tally)))
}

/// Whom accounts are meant for, by what is said of it; where nothing is, by who gets one.
fn serves_public(server: &RankedServer) -> Grounds<'_> {
    if let Some(Sourced { by, value }) = audience(server) {
        let answer = if is_limited(value) { Answer::NotMet } else { Answer::Met };
        return (answer, Evidence::Claimed(by));
    }
    match registration_mode(server, intended_mode(server)) {
        Some((mode, evidence)) if is_private(&mode) => (Answer::NotMet, evidence),
        Some((_, evidence)) => (Answer::Met, evidence),
        None => (Answer::Unknown, Evidence::Nothing),
    }
}

fn audience(server: &RankedServer) -> Option<Sourced<'_, Audience>> {
    intended(server, |sections| sections.about?.audience.as_ref(), is_limited)
}

fn is_limited(audience: &Audience) -> bool {
    *audience != Audience::Public
}

fn intended_mode(server: &RankedServer) -> Option<Sourced<'_, RegistrationMode>> {
    intended(server, |sections| sections.registration?.mode.as_ref(), is_private)
}

fn is_private(mode: &RegistrationMode) -> bool {
    matches!(mode, RegistrationMode::Invite | RegistrationMode::Closed)
}

/// What is said of whom a server is for: by its operator, else by the strongest curator at
/// or above the veto trust, else by any that does not take it away from the public.
fn intended<'a, T>(
    server: &'a RankedServer,
    pick: impl Fn(SharedSections<'a>) -> Option<&'a T> + Copy,
    excludes: fn(&T) -> bool,
) -> Option<Sourced<'a, T>> {
    let decided = server.section_where(pick, |curator, _| curator.has_veto);
    decided.or_else(|| server.section_where(pick, |_, value| !excludes(value)))
}

/// The category that follows from the reasons and the answers.
pub(crate) fn category(policy: &Policy, server: &RankedServer) -> Category {
    let meets = |needs: &[Criterion]| needs.iter().all(|criterion| criterion.is_met_by(server));
    if server.is_rejected() {
        Category::D
    } else if is_not_for_public(server) {
        Category::NotForPublic
    } else if meets(&policy.categories.a) {
        Category::A
    } else if meets(&policy.categories.b) {
        Category::B
    } else {
        Category::C
    }
}

/// Whether its operator, or a curator at or above the veto trust, says that the server is
/// for members, by invitation, closed, or talks with few others. What observers measured
/// does not decide that: a server whose registration is shut for a week is not private.
fn is_not_for_public(server: &RankedServer) -> bool {
    let is_closed_off = |federation: &Federation| *federation == Federation::Limited;
    let federation =
        intended(server, |sections| sections.service?.federation.as_ref(), is_closed_off);
    audience(server).is_some_and(|it| is_limited(it.value))
        || federation.is_some_and(|it| is_closed_off(it.value))
        || intended_mode(server).is_some_and(|it| is_private(it.value))
}
