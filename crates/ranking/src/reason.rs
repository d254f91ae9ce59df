//! The reasons of a score: what earned or cost points, and what was said but earned none.

use std::num::NonZeroU8;
use std::sync::Arc;

use serde::Serialize;
use wellspring_document::{Date, Endorsement, IssuerId, Timestamp};

use crate::number::{Fraction, Points};
use crate::policy::Factors;
use crate::service::{Service, ServicePart};
use crate::terms::Terms;
use crate::view::{Measured, RankedServer, TrustedCurator};

/// What a reason says. The codes are stable: programs may compare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonCode {
    /// A curator at or above the veto trust rejects the server: category D. It also takes
    /// away points where it is the strongest warning.
    RejectionVeto,
    /// A curator below the veto trust rejects the server. It also takes away points where
    /// it is the strongest warning.
    Rejection,
    /// The strongest warning: takes away points.
    Warning,
    /// A warning beside a stronger one: takes nothing away.
    WarningWeaker,
    /// A recommendation in a voice of its own. It earns points, which of a very faint voice
    /// round to none.
    Endorsed,
    /// A mention in a list, likewise.
    Listed,
    /// A part of the measured service quality, which may not yet be known.
    Service(ServicePart),
    /// Measured service quality, of which nothing is known yet.
    ServiceUnknown,
    /// Transparency: how many of the questions that the policy asks are answered openly.
    TransparencyAnswered,
    /// Transparency, of which nothing is known: none of the questions is answered.
    TransparencyUnknown,
    /// A recommendation or mention in the same voice as a stronger one: earns nothing.
    SameVoice,
    /// A recommendation or mention of the server's earlier keys: earns nothing.
    KeysChanged,
    /// A recommendation or mention without keys, not reviewed since the name fell to
    /// somebody with other keys: earns nothing.
    BeforeKeysChanged,
    /// A recommendation or mention that has expired: earns nothing.
    EndorsementExpired,
    /// A warning or rejection that has expired: takes nothing away.
    WarningExpired,
}

impl ReasonCode {
    /// The code as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RejectionVeto => "rejection.veto",
            Self::Rejection => "rejection.below-veto",
            Self::Warning => "warning.strongest",
            Self::WarningWeaker => "warning.weaker",
            Self::Endorsed => "endorsement.endorsed",
            Self::Listed => "endorsement.listed",
            Self::SameVoice => "endorsement.same-voice",
            Self::KeysChanged => "endorsement.keys-changed",
            Self::BeforeKeysChanged => "endorsement.before-keys-changed",
            Self::EndorsementExpired => "endorsement.expired",
            Self::WarningExpired => "warning.expired",
            Self::Service(ServicePart::Uptime90d) => "service.uptime-90d",
            Self::Service(ServicePart::Uptime30d) => "service.uptime-30d",
            Self::Service(ServicePart::Watched) => "service.watched",
            Self::Service(ServicePart::Reachable) => "service.reachable",
            Self::Service(ServicePart::Software) => "service.software",
            Self::Service(ServicePart::Certificate) => "service.certificate",
            Self::ServiceUnknown => "service.unknown",
            Self::TransparencyAnswered => "transparency.answered",
            Self::TransparencyUnknown => "transparency.unknown",
        }
    }

    /// Whether it is a rejection that counts.
    pub const fn is_rejection(self) -> bool {
        matches!(self, Self::RejectionVeto | Self::Rejection)
    }

    /// Whether it is a warning that counts, be it with points or beside a stronger one.
    pub const fn is_warning(self) -> bool {
        matches!(self, Self::Warning | Self::WarningWeaker)
    }

    /// Whether it speaks against the server and counts.
    pub const fn is_adverse(self) -> bool {
        self.is_rejection() || self.is_warning()
    }

    /// Whether it is a curator's word that counts for the server or against it.
    pub const fn is_live(self) -> bool {
        self.is_live_endorsement() || self.is_adverse()
    }

    /// Whether it is an endorsement in a voice of its own, which earns points.
    pub const fn is_counted_endorsement(self) -> bool {
        matches!(self, Self::Endorsed | Self::Listed)
    }

    /// Whether it is an endorsement that counts, be it in the same voice as a stronger one.
    pub const fn is_live_endorsement(self) -> bool {
        matches!(self, Self::Endorsed | Self::Listed | Self::SameVoice)
    }
}

/// One reason of a server's score. The points of all its reasons add up to the score,
/// exactly.
#[derive(Debug, Clone, Copy)]
pub struct Reason<'a> {
    /// What it says.
    pub code: ReasonCode,
    /// What it earned or, below zero, took away.
    pub points: Points,
    /// The entry behind it, where a curator's word is.
    pub said: Option<Said<'a>>,
    /// What was measured, where that is behind it. Without either, nobody has said anything
    /// yet.
    pub finding: Option<Finding<'a>>,
    /// For transparency: how many questions are answered openly.
    pub openness: Option<Openness>,
}

/// What observers measured, and how much of it counts.
#[derive(Debug, Clone, Copy)]
pub struct Finding<'a> {
    /// All that the observers measured of the server.
    pub measured: &'a Measured,
    /// How good what they found is, under the rules of the policy.
    pub quality: Fraction,
    /// For an uptime, how much of the window and of the checks that it takes there has been;
    /// else 1.
    pub covered: Fraction,
    /// The points that it can earn.
    pub of: Points,
}

impl Finding<'_> {
    /// How much of the points it earns.
    pub const fn share(&self) -> Fraction {
        self.quality.times(self.covered)
    }
}

/// How many of the questions that a policy asks for transparency are answered openly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Openness {
    /// How many are; at least one.
    pub answered: NonZeroU8,
    /// How many are asked.
    pub asked: u8,
}

/// What a curator said, and how much of it counts.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Who said it. Their trust is one of the factors.
    pub by: &'a Arc<TrustedCurator>,
    /// The place of the entry in that curator's list.
    pub(crate) entry: u32,
    /// The factor of the verdict; 1 for warnings, which have points of their own.
    pub factor: Fraction,
    /// The factor of the review's age.
    pub freshness: Fraction,
    /// The factor of the binding to the server's keys; always 1 for warnings, which follow
    /// the name.
    pub binding: Fraction,
}

impl<'a> Said<'a> {
    /// The signed entry.
    pub fn entry(&self) -> Option<&'a Endorsement> {
        self.by.entry(self.entry)
    }

    /// The first second of the day on which the curator last reviewed the server, where
    /// they say.
    pub fn reviewed_at(&self) -> Option<Timestamp> {
        self.entry()?.reviewed_at.map(Date::midnight)
    }

    /// The product of all factors: trust, verdict, freshness and binding.
    pub fn share(&self) -> Fraction {
        share(self.by.trust, self.factor, self.freshness, self.binding)
    }
}

/// The product of the four factors of an entry, in the one order in which it is rounded.
pub(crate) const fn share(
    trust: Fraction,
    factor: Fraction,
    freshness: Fraction,
    binding: Fraction,
) -> Fraction {
    trust.times(factor).times(freshness).times(binding)
}

/// The reasons that differ between two communities' views of one server.
#[derive(Debug, Clone, Copy)]
pub struct Difference<'a> {
    /// The reason here, where there is one.
    pub here: Option<Reason<'a>>,
    /// The reason there, where there is one.
    pub there: Option<Reason<'a>>,
}

impl Difference<'_> {
    /// The points that this reason earns here more than there.
    pub fn points(&self) -> Points {
        let points = |reason: Option<Reason>| reason.map_or(Points::ZERO, |it| it.points);
        points(self.here) - points(self.there)
    }
}

/// What moved a server between two views: every reason that exists in one of them alone,
/// says something else or earned other points there. The largest difference comes first;
/// those of one size stand as they do `here`, then as they do `there`.
pub fn differences<'a>(here: &'a RankedServer, there: &'a RankedServer) -> Vec<Difference<'a>> {
    let here: Vec<_> = here.reasons().collect();
    let there: Vec<_> = there.reasons().collect();
    let counterpart = |reason: &Reason<'a>, among: &[Reason<'a>]| {
        among.iter().find(|other| other.speaker() == reason.speaker()).copied()
    };
    let of_here = here
        .iter()
        .map(|reason| Difference { here: Some(*reason), there: counterpart(reason, &there) });
    let only_there = there
        .iter()
        .filter(|reason| counterpart(reason, &here).is_none())
        .map(|reason| Difference { here: None, there: Some(*reason) });
    let mut all: Vec<_> = of_here
        .chain(only_there)
        .filter(|difference| match (difference.here, difference.there) {
            (Some(here), Some(there)) => (here.code, here.points) != (there.code, there.points),
            _ => true,
        })
        .collect();
    all.sort_by_key(|difference| std::cmp::Reverse(difference.points().tenths().unsigned_abs()));
    all
}

/// Whose reason it is. No server has two reasons of one speaker: a list has one entry per
/// server, and what nobody said has one reason per code.
#[derive(PartialEq, Eq)]
enum Speaker<'a> {
    List(&'a IssuerId, Option<&'a str>),
    Nobody(ReasonCode),
}

impl<'a> Reason<'a> {
    fn speaker(&self) -> Speaker<'a> {
        self.said.map_or(Speaker::Nobody(self.code), |said| {
            Speaker::List(
                &said.by.issuer,
                said.by.adopted_from.as_ref().map(|source| source.as_str()),
            )
        })
    }
}

/// A reason as a view keeps it: a few numbers, since there are more of them than of anything
/// else. Together with the terms of the view and the server it makes a [`Reason`]; what follows
/// from those is worked out then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) code: ReasonCode,
    pub(crate) points: Points,
    pub(crate) basis: Basis,
}

/// What a reason rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Basis {
    Nothing,
    /// The word of a curator.
    Said(Word),
    /// What observers measured, as [`Finding`] says.
    Found,
    /// What is answered openly.
    Answered(Openness),
}

/// An entry, and whether it speaks of the server's keys. The other factors stand in the entry and
/// in the terms of the view.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    /// The place of the curator among those of the view.
    pub(crate) curator: u32,
    /// The place of the entry in the curator's list.
    pub(crate) entry: u32,
    pub(crate) binding: Binding,
}

/// Whether an entry speaks of the keys that the server is confirmed to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binding {
    /// It names them, or it is a warning and follows the name.
    Full,
    /// It names none, or nobody confirms which keys the server has.
    Unbound,
    /// It names others.
    Elsewhere,
}

impl Binding {
    /// How much of the entry counts.
    pub(crate) const fn factor(self, factors: &Factors) -> Fraction {
        match self {
            Self::Full => Fraction::ONE,
            Self::Unbound => factors.unbound,
            Self::Elsewhere => Fraction::ZERO,
        }
    }
}

impl Line {
    /// The most reasons of one server that rest on nobody's word: one for each part of the
    /// service quality, and one for transparency.
    pub(crate) const MOST_WITHOUT_WORDS: usize = ServicePart::ALL.len() + 1;

    /// A reason without points that rests on nothing that anybody said.
    pub(crate) const fn unknown(code: ReasonCode) -> Self {
        Self { code, points: Points::ZERO, basis: Basis::Nothing }
    }

    /// What a curator said, where that is what it rests on.
    pub(crate) const fn word(&self) -> Option<Word> {
        match self.basis {
            Basis::Said(word) => Some(word),
            _ => None,
        }
    }

    /// Whether it is an endorsement that counts and names the keys that the server is confirmed
    /// to have.
    pub(crate) fn endorses_keys(&self) -> bool {
        let is_bound = || self.word().is_some_and(|word| word.binding == Binding::Full);
        self.code.is_live_endorsement() && is_bound()
    }

    /// The reason, for a server of which this was measured.
    pub(crate) fn told<'a>(self, terms: &'a Terms, measured: Option<&'a Measured>) -> Reason<'a> {
        let Self { code, points, basis } = self;
        let silent = Reason { code, points, said: None, finding: None, openness: None };
        match basis {
            Basis::Nothing => silent,
            Basis::Said(word) => Reason { said: Some(terms.said(word)), ..silent },
            Basis::Found => Reason { finding: finding(code, terms, measured), ..silent },
            Basis::Answered(openness) => Reason { openness: Some(openness), ..silent },
        }
    }
}

fn finding<'a>(
    code: ReasonCode,
    terms: &'a Terms,
    measured: Option<&'a Measured>,
) -> Option<Finding<'a>> {
    let ReasonCode::Service(part) = code else { return None };
    let measured = measured?;
    let (quality, covered) = Service::new(terms).found(part, measured)?;
    Some(Finding { measured, quality, covered, of: terms.possible(part) })
}
