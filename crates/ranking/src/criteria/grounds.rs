//! What an answer rests on.

use std::sync::Arc;

use wellspring_document::{Profile, SharedSections, Timestamp};

use crate::reason::{Line, Reason, ReasonCode, Word};
use crate::terms::Terms;
use crate::view::{
    Answer, Assessment, By, Confirmation, ProfileStanding, Sourced, Tally, TrustedCurator,
};
use crate::waiting::Waited;

/// A server, and by whose rules and when it is asked about.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) server: &'a Assessment,
    /// The reasons of its score.
    pub(crate) lines: &'a [Line],
    pub(crate) terms: &'a Terms,
}

/// Who claims something of a server.
#[derive(Clone, Copy)]
pub(crate) enum Claimant<'a> {
    Operator,
    Curator(&'a Arc<TrustedCurator>),
}

/// A claim with the one who makes it.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a, T> {
    pub(crate) by: Claimant<'a>,
    pub(crate) value: &'a T,
}

impl From<Claimant<'_>> for By {
    fn from(claimant: Claimant<'_>) -> Self {
        match claimant {
            Claimant::Operator => Self::Operator,
            Claimant::Curator(curator) => Self::Curator(Arc::clone(curator)),
        }
    }
}

impl<'a, T> Claim<'a, T> {
    pub(crate) fn sourced(self) -> Sourced<'a, T> {
        Sourced { by: self.by.into(), value: self.value }
    }
}

/// What an answer rests on. Looking up who said so and when is left for those who ask.
#[derive(Clone, Copy)]
pub(crate) enum Evidence<'a> {
    Nothing,
    Profile(&'a ProfileStanding),
    Said(Word),
    Confirmed(&'a Confirmation),
    Waited(Waited),
    Claimed(Claimant<'a>),
    Measured(Tally),
}

/// An answer and what it rests on.
#[derive(Clone, Copy)]
pub(crate) struct Grounds<'a> {
    pub(crate) answer: Answer,
    pub(crate) evidence: Evidence<'a>,
    /// Who says otherwise, where the answer goes against a claim.
    pub(crate) against: Option<Claimant<'a>>,
}

impl<'a> Grounds<'a> {
    pub(crate) const UNKNOWN: Self =
        Self { answer: Answer::Unknown, evidence: Evidence::Nothing, against: None };

    pub(crate) const fn new(answer: Answer, evidence: Evidence<'a>) -> Self {
        Self { answer, evidence, against: None }
    }

    pub(crate) const fn of(is_met: bool, evidence: Evidence<'a>) -> Self {
        Self::new(if is_met { Answer::Met } else { Answer::NotMet }, evidence)
    }

    pub(crate) const fn met(evidence: Evidence<'a>) -> Self {
        Self::of(true, evidence)
    }

    /// What follows from the name, the documents and the time alone.
    pub(crate) const fn worked_out(is_met: bool) -> Self {
        Self::of(is_met, Evidence::Nothing)
    }

    /// By the word of the operator, where they say.
    pub(crate) fn declared(is_met: Option<bool>) -> Self {
        is_met.map_or(Self::UNKNOWN, |it| Self::of(it, Evidence::Claimed(Claimant::Operator)))
    }

    /// Met where somebody publishes what is asked for. That nobody does is not known: it may
    /// be elsewhere.
    pub(crate) fn published<T>(found: Option<Claim<'a, T>>) -> Self {
        found.map_or(Self::UNKNOWN, |found| Self::met(Evidence::Claimed(found.by)))
    }

    /// By the word of whoever says, the operator first.
    pub(crate) fn claimed<T>(found: Option<Claim<'a, T>>, is_met: impl FnOnce(&T) -> bool) -> Self {
        found.map_or(Self::UNKNOWN, |found| {
            Self::of(is_met(found.value), Evidence::Claimed(found.by))
        })
    }

    /// As the observers found it together ([`Tally::holds`]).
    pub(crate) fn measured(tally: Option<Tally>) -> Self {
        let Some(tally) = tally else { return Self::UNKNOWN };
        if tally.holds() {
            return Self::of(true, Evidence::Measured(tally));
        }
        let against = Tally { agree: tally.of - tally.agree, of: tally.of };
        Self::of(false, Evidence::Measured(against))
    }
}

impl<'a> Asked<'a> {
    /// A part of the server's own profile, where that counts.
    pub(crate) fn declared<T>(self, pick: impl FnOnce(&'a Profile) -> Option<T>) -> Option<T> {
        pick(self.server.declared()?)
    }

    /// A part of what the operator or, in their place, a curator says.
    pub(crate) fn said<T>(
        self,
        pick: impl Fn(SharedSections<'a>) -> Option<&'a T>,
    ) -> Option<Claim<'a, T>> {
        self.said_where(pick, |_, _| true)
    }

    /// As [`Asked::said`], of those curators alone whose word on this counts.
    pub(crate) fn said_where<T>(
        self,
        pick: impl Fn(SharedSections<'a>) -> Option<&'a T>,
        counts: impl Fn(&TrustedCurator, &T) -> bool,
    ) -> Option<Claim<'a, T>> {
        if let Some(value) = self.declared(|profile| pick(profile.shared())) {
            return Some(Claim { by: Claimant::Operator, value });
        }
        if !self.server.has_facts {
            return None;
        }
        self.words(ReasonCode::is_live_endorsement).find_map(|word| {
            let by = self.terms.curator(word);
            let value = pick(self.terms.entry(word)?.facts.as_ref()?.shared())?;
            counts(by, value).then_some(Claim { by: Claimant::Curator(by), value })
        })
    }

    /// The reasons of the score, in their order.
    pub(crate) fn reasons(self) -> impl Iterator<Item = Reason<'a>> {
        self.lines.iter().map(move |line| line.told(self.terms, self.server.measured.as_ref()))
    }

    /// What speaks against the server and counts: it stands before everything else.
    pub(crate) fn adverse(self) -> &'a [Line] {
        let end = self.lines.iter().position(|line| !line.code.is_adverse());
        &self.lines[..end.unwrap_or(self.lines.len())]
    }

    /// What curators said, in reasons with these codes.
    pub(crate) fn words(self, is_meant: impl Fn(ReasonCode) -> bool) -> impl Iterator<Item = Word> {
        self.lines.iter().filter(move |line| is_meant(line.code)).filter_map(Line::word)
    }
}

impl Evidence<'_> {
    pub(crate) fn resolve(self, asked: Asked<'_>) -> (By, Option<Timestamp>) {
        let server = asked.server;
        let issued_at = || server.profile.document.as_ref().map(|document| document.issued_at());
        match self {
            Self::Nothing => (By::Nobody, None),
            Self::Profile(standing) => match standing.document {
                Some(_) => (By::Operator, issued_at()),
                None => (By::Nobody, None),
            },
            Self::Said(word) => {
                let said = asked.terms.said(word);
                (By::Curator(Arc::clone(said.by)), said.reviewed_at())
            }
            Self::Confirmed(confirmation) => match confirmation {
                Confirmation::OwnSight { by, seen_at, .. } => {
                    (By::Observer(Arc::clone(by)), Some(*seen_at))
                }
                Confirmation::Observers { tally, .. } => (By::Observers(*tally), None),
                Confirmation::Curator { by } => (By::Curator(Arc::clone(by)), None),
            },
            Self::Waited(waited) => {
                let waiting = waited.told(asked.terms);
                (waiting.by, Some(waiting.since))
            }
            Self::Claimed(Claimant::Operator) => (By::Operator, issued_at()),
            Self::Claimed(Claimant::Curator(curator)) => {
                let said = asked.words(|_| true).map(|word| asked.terms.said(word));
                let mut theirs = said.filter(|said| Arc::ptr_eq(said.by, curator));
                let at = theirs.find_map(|said| said.reviewed_at());
                (By::Curator(Arc::clone(curator)), at)
            }
            Self::Measured(tally) => {
                let at = server.measured.as_ref().and_then(|measured| measured.observed_at);
                (By::Observers(tally), at)
            }
        }
    }
}
