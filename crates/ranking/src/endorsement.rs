//! The points that curators' verdicts earn and cost a server, each with its reason.
//!
//! Endorsements earn `weight × (1 − Π(1 − trust × verdict × freshness × binding))` over
//! voices: each further voice earns its share of what the ones before left. The strongest
//! go first, sums are rounded to tenths of a point as they grow, and each voice gets the
//! difference it makes; so the tenths add up to the score.

use std::sync::Arc;

use wellspring_document::{Timestamp, Verdict};

use crate::corpus::{Corpus, Day, Edge, Id};
use crate::number::{Fraction, Points};
use crate::policy::Policy;
use crate::reason::{Reason, ReasonCode, Said, share};
use crate::service::ServicePart;
use crate::trust::{Speaker, Trusted};

/// What the verdicts on one server come to.
#[derive(Debug)]
pub(crate) struct Verdicts {
    /// The reasons in the order in which they are shown. What the strongest warning takes
    /// away may be more than there is: see [`charge`].
    pub(crate) reasons: Vec<Reason>,
    /// What the endorsements and the service earned.
    pub(crate) earned: Points,
    pub(crate) keys: Keys,
    /// Whether a live endorsement gives sections of a profile.
    pub(crate) has_facts: bool,
    /// Whether a live entry says what a curator found, criterion by criterion.
    pub(crate) has_findings: bool,
}

/// Whether the server still has the keys that trusted curators endorsed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Keys {
    /// No endorsement that counts names keys, or the server's are not confirmed.
    #[default]
    Unknown,
    /// An endorsement names the keys that the server has.
    Unchanged,
    /// Endorsements name other keys than the server has; none names those it has.
    Changed,
    /// Some endorsements name other keys, some those that the server has now.
    EndorsedAnew,
}

/// An entry of a trusted curator, with its factors.
struct Weighed<'a> {
    share: Fraction,
    edge: &'a Edge,
    speaker: &'a Speaker,
    factor: Fraction,
    freshness: Fraction,
    binding: Fraction,
}

impl Weighed<'_> {
    fn reason(&self, code: ReasonCode, points: Points) -> Reason {
        Reason {
            code,
            points,
            said: Some(Said {
                by: Arc::clone(&self.speaker.curator),
                entry: self.edge.entry,
                factor: self.factor,
                freshness: self.freshness,
                binding: self.binding,
            }),
            finding: None,
            openness: None,
        }
    }
}

/// The entries on one server, sorted out; kept from server to server to save allocations.
#[derive(Default)]
struct Sorted<'a> {
    adverse: Vec<Weighed<'a>>,
    endorsing: Vec<Weighed<'a>>,
    keys_changed: Vec<Weighed<'a>>,
    expired: Vec<Weighed<'a>>,
}

impl<'a> Sorted<'a> {
    fn groups(&mut self) -> [&mut Vec<Weighed<'a>>; 4] {
        [&mut self.adverse, &mut self.endorsing, &mut self.keys_changed, &mut self.expired]
    }
}

/// Weighs verdicts, server by server.
pub(crate) struct Scales<'a> {
    policy: &'a Policy,
    corpus: &'a Corpus,
    trusted: &'a Trusted,
    now: Timestamp,
    today: Day,
    heard: Heard,
    sorted: Sorted<'a>,
}

impl<'a> Scales<'a> {
    pub(crate) fn new(
        policy: &'a Policy,
        corpus: &'a Corpus,
        trusted: &'a Trusted,
        now: Timestamp,
    ) -> Self {
        Self {
            policy,
            corpus,
            trusted,
            now,
            today: Day::of(now),
            heard: Heard::new(trusted.voices, corpus.sources()),
            sorted: Sorted::default(),
        }
    }

    /// Weighs what trusted curators say about a server that belongs to `owner`, where that
    /// is confirmed, beside the reasons for its service.
    pub(crate) fn weigh(
        &mut self,
        server: Id,
        owner: Option<Id>,
        service: impl Iterator<Item = Reason>,
    ) -> Verdicts {
        for group in self.sorted.groups() {
            group.clear();
        }
        let mut bound_to_owner = false;
        let mut has_facts = false;
        let mut has_findings = false;
        for edge in self.corpus.edges(server) {
            let Some(speaker) = self.trusted.speaker(edge.list) else { continue };
            let weighed = self.weighed(edge, speaker, owner);
            let is_live = speaker.is_live && edge.is_live(self.now);
            has_findings |= is_live && edge.has_findings;
            if !is_live {
                self.sorted.expired.push(weighed);
            } else if edge.verdict.is_adverse() {
                self.sorted.adverse.push(weighed);
            } else if is_bound_elsewhere(edge, owner) {
                self.sorted.keys_changed.push(weighed);
            } else {
                bound_to_owner |= owner.is_some() && edge.issuer == owner;
                has_facts |= edge.has_facts;
                self.sorted.endorsing.push(weighed);
            }
        }
        let keys = match (self.sorted.keys_changed.is_empty(), bound_to_owner) {
            (true, false) => Keys::Unknown,
            (true, true) => Keys::Unchanged,
            (false, false) => Keys::Changed,
            (false, true) => Keys::EndorsedAnew,
        };
        let (reasons, earned) = self.reasons(service);
        Verdicts { reasons, earned, keys, has_facts, has_findings }
    }

    fn weighed(&self, edge: &'a Edge, speaker: &'a Speaker, owner: Option<Id>) -> Weighed<'a> {
        let freshness = self.freshness(edge.reviewed);
        let (factor, binding) = match edge.verdict {
            Verdict::Endorse => (self.policy.factors.endorse, self.binding(edge, owner)),
            Verdict::List => (self.policy.factors.list, self.binding(edge, owner)),
            Verdict::Warn | Verdict::Reject => (Fraction::ONE, Fraction::ONE),
        };
        let share = share(speaker.curator.trust, factor, freshness, binding);
        Weighed { share, edge, speaker, factor, freshness, binding }
    }

    fn freshness(&self, reviewed: Option<Day>) -> Fraction {
        let rules = &self.policy.freshness;
        let Some(reviewed) = reviewed else { return rules.floor };
        let beyond = self.today.since(reviewed).saturating_sub(rules.fresh_days.into());
        let span = rules.stale_days.saturating_sub(rules.fresh_days);
        if beyond == 0 { Fraction::ONE } else { rules.floor.falling_to(beyond, span.into()) }
    }

    /// In full where the entry names the keys that the name is confirmed to have. At half
    /// where nothing connects the two: the entry names no keys, or nobody confirms which
    /// keys the name has. Not at all where the name has other keys.
    fn binding(&self, edge: &Edge, owner: Option<Id>) -> Fraction {
        match (edge.issuer, owner) {
            (Some(bound), Some(owner)) if bound == owner => Fraction::ONE,
            (Some(_), Some(_)) => Fraction::ZERO,
            (None, _) | (_, None) => self.policy.factors.unbound,
        }
    }

    fn reasons(&mut self, service: impl Iterator<Item = Reason>) -> (Vec<Reason>, Points) {
        // Stable sorts: what is equally strong stays in the order of issuer ids and sources.
        for group in self.sorted.groups() {
            group.sort_by_key(|weighed| std::cmp::Reverse(weighed.share));
        }
        self.sorted.adverse.sort_by_key(|weighed| !rejects_with_veto(weighed));

        let Sorted { adverse, endorsing, keys_changed, expired } = &self.sorted;
        let said = adverse.len() + endorsing.len() + keys_changed.len() + expired.len();
        let mut earned = Vec::with_capacity(said + ServicePart::ALL.len() + 1);
        let mut same_voice = Vec::new();
        let mut product = Product::ONE;
        let mut score = Points::ZERO;
        self.heard.next_server();
        for weighed in endorsing {
            if !self.heard.is_first(weighed.speaker.voice, weighed.edge.source) {
                same_voice.push(weighed.reason(ReasonCode::SameVoice, Points::ZERO));
                continue;
            }
            product.leave(weighed.share);
            let sum = product.earned(self.policy.points.endorsement);
            let code = match weighed.edge.verdict {
                Verdict::Endorse => ReasonCode::Endorsed,
                _ => ReasonCode::Listed,
            };
            earned.push(weighed.reason(code, sum - score));
            score = sum;
        }
        earned.extend(service.inspect(|reason| score += reason.points));
        earned.push(Reason::unknown(ReasonCode::TransparencyUnknown));
        earned.append(&mut same_voice);
        let silent = |weighed: &Weighed<'_>, code| weighed.reason(code, Points::ZERO);
        earned.extend(keys_changed.iter().map(|it| silent(it, ReasonCode::KeysChanged)));
        earned.extend(expired.iter().map(|it| {
            let is_adverse = it.edge.verdict.is_adverse();
            silent(
                it,
                if is_adverse {
                    ReasonCode::WarningExpired
                } else {
                    ReasonCode::EndorsementExpired
                },
            )
        }));
        if adverse.is_empty() {
            return (earned, score);
        }
        let mut reasons = self.adverse_reasons();
        reasons.append(&mut earned);
        (reasons, score)
    }

    /// What speaks against the server, and the points it costs: those of the strongest
    /// alone. A rejection is a warning, too.
    fn adverse_reasons(&self) -> Vec<Reason> {
        let adverse = &self.sorted.adverse;
        let strongest = adverse.iter().map(|weighed| weighed.share).max().unwrap_or_default();
        let cost = points_of(self.policy.points.warning, strongest);
        let mut is_counted = false;
        let reason = |weighed: &Weighed<'_>| {
            let counts = !is_counted && weighed.share == strongest;
            is_counted |= counts;
            let code = match weighed.edge.verdict {
                _ if rejects_with_veto(weighed) => ReasonCode::RejectionVeto,
                Verdict::Reject => ReasonCode::Rejection,
                _ if counts => ReasonCode::Warning,
                _ => ReasonCode::WarningWeaker,
            };
            weighed.reason(code, if counts { -cost } else { Points::ZERO })
        };
        adverse.iter().map(reason).collect()
    }
}

/// The score that is left of what a server earned: the strongest warning takes away no more
/// than that.
pub(crate) fn charge(reasons: &mut [Reason], earned: Points) -> Points {
    match reasons.iter_mut().find(|reason| reason.points < Points::ZERO) {
        Some(reason) => {
            reason.points = reason.points.max(-earned);
            earned + reason.points
        }
        None => earned,
    }
}

fn rejects_with_veto(weighed: &Weighed<'_>) -> bool {
    weighed.edge.verdict == Verdict::Reject && weighed.speaker.curator.has_veto
}

fn is_bound_elsewhere(edge: &Edge, owner: Option<Id>) -> bool {
    edge.issuer.is_some() && owner.is_some() && edge.issuer != owner
}

/// Which voices and sources have been heard about a server. Each counts once, with its
/// strongest entry; an entry that was copied from a source speaks for both its curator's
/// voice and that source.
struct Heard {
    voices: Vec<u32>,
    sources: Vec<u32>,
    server: u32,
}

impl Heard {
    fn new(voices: usize, sources: usize) -> Self {
        Self { voices: vec![0; voices], sources: vec![0; sources], server: 0 }
    }

    fn next_server(&mut self) {
        self.server += 1;
    }

    /// Whether neither has been heard about this server; from now on both have.
    fn is_first(&mut self, voice: Option<usize>, source: Option<Id>) -> bool {
        let voice = voice.map(|voice| &mut self.voices[voice]);
        let source = source.map(|source| &mut self.sources[source.index()]);
        let mut marks: [_; 2] = [voice, source];
        let is_first = marks.iter().flatten().all(|mark| **mark != self.server);
        if is_first {
            for mark in marks.iter_mut().flatten() {
                **mark = self.server;
            }
        }
        is_first
    }
}

/// A product of what voices leave, in units of 10⁻¹²: fine enough that the rounding of a
/// thousand factors stays far below a tenth of a point.
struct Product(u64);

impl Product {
    const ONE: Self = Self(1_000_000_000_000);

    fn leave(&mut self, share: Fraction) {
        let left = u64::from(Fraction::ONE.millionths() - share.millionths());
        self.0 = self.0 * left / u64::from(Fraction::ONE.millionths());
    }

    /// The tenths of `weight` points that are no longer left, rounded, halves up.
    fn earned(&self, weight: u8) -> Points {
        let taken = Self::ONE.0 - self.0;
        let tenths = (u64::from(weight) * 10 * taken + Self::ONE.0 / 2) / Self::ONE.0;
        Points::from_tenths(i32::try_from(tenths).unwrap_or(i32::MAX))
    }
}

/// The tenths of `weight` points that `share` of them is, rounded, halves up.
fn points_of(weight: u8, share: Fraction) -> Points {
    let mut product = Product::ONE;
    product.leave(share);
    product.earned(weight)
}
