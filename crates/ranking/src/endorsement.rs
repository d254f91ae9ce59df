//! The points that curators' verdicts earn and cost a server, each with its reason.
//!
//! Endorsements earn `weight × (1 − Π(1 − trust × verdict × freshness × binding))` over
//! voices: each further voice earns its share of what the ones before left. The strongest
//! go first, sums are rounded to tenths of a point as they grow, and each voice gets the
//! difference it makes; so the tenths add up to the score.

use wellspring_document::{Timestamp, Verdict};

use crate::corpus::{Corpus, Day, Edge, Id};
use crate::number::{Fraction, Points};
use crate::ownership::Ownership;
use crate::policy::{Freshness, Policy};
use crate::reason::{Basis, Binding, Line, ReasonCode, Word};
use crate::trust::Trusted;

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

/// An entry of a trusted curator, by the strength of its word: the strongest is the least, and
/// what is equally strong stays in the order of issuer ids and sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Weighed(u64);

impl Weighed {
    fn new(share: Fraction, place: u32) -> Self {
        Self(u64::from(Fraction::ONE.millionths() - share.millionths()) << 32 | u64::from(place))
    }

    fn share(self) -> Fraction {
        let less = (self.0 >> 32) as u32;
        Fraction::from_millionths(Fraction::ONE.millionths() - less)
    }

    /// The place of the entry among those on the server.
    const fn place(self) -> usize {
        (self.0 & 0xffff_ffff) as usize
    }
}

/// So many entries are sorted by counting how many stand before each, which takes no guesses
/// about which way a comparison goes. Most servers have fewer.
const FEW: usize = 16;

fn sort(entries: &mut [Weighed]) {
    if entries.len() > FEW {
        return entries.sort_unstable();
    }
    let mut sorted = [Weighed(0); FEW];
    for entry in &*entries {
        // No two are the same: each has a place of its own.
        let before: usize = entries.iter().map(|other| usize::from(other < entry)).sum();
        sorted[before] = *entry;
    }
    entries.copy_from_slice(&sorted[..entries.len()]);
}

/// The entries on one server, sorted out; kept from server to server to save allocations.
#[derive(Default)]
struct Sorted {
    adverse: Vec<Weighed>,
    endorsing: Vec<Weighed>,
    same_voice: Vec<Weighed>,
    keys_changed: Vec<Weighed>,
    before_keys_changed: Vec<Weighed>,
    expired: Vec<Weighed>,
}

impl Sorted {
    fn clear(&mut self) {
        let Self { adverse, endorsing, same_voice, keys_changed, before_keys_changed, expired } =
            self;
        for group in [adverse, endorsing, same_voice, keys_changed, before_keys_changed, expired] {
            group.clear();
        }
    }
}

/// What of a list's speaker decides about points.
#[derive(Clone, Copy)]
struct Voice {
    /// The place of the curator among those of the view.
    curator: u32,
    /// The trust times the factor, by verdict.
    by_verdict: [Fraction; 4],
    /// None for an adopted list.
    number: Option<u32>,
    is_live: bool,
}

/// What the verdicts on one server come to.
#[derive(Debug)]
pub(crate) struct Weight {
    /// What the endorsements earned.
    pub(crate) earned: Points,
    pub(crate) keys: Keys,
    /// The earliest day since which a live entry knows the server, and the list that says so.
    pub(crate) known: Option<(Day, u32)>,
    /// Whether a live endorsement gives sections of a profile.
    pub(crate) has_facts: bool,
    /// Whether a live entry says what a curator found, criterion by criterion.
    pub(crate) has_findings: bool,
}

/// Weighs verdicts, server by server.
pub(crate) struct Scales<'a> {
    policy: &'a Policy,
    corpus: &'a Corpus,
    trusted: &'a Trusted,
    today: Day,
    /// Who speaks through each list of the corpus.
    voices: Vec<Option<Voice>>,
    /// The freshness of a review by its age in days; older ones are as the oldest.
    by_age: Vec<Fraction>,
    heard: Heard,
    /// What is said of the server that was weighed last.
    edges: &'a [Edge],
    sorted: Sorted,
}

impl<'a> Scales<'a> {
    pub(crate) fn new(
        policy: &'a Policy,
        corpus: &'a Corpus,
        trusted: &'a Trusted,
        now: Timestamp,
    ) -> Self {
        let rules = &policy.freshness;
        let oldest = rules.stale_days.max(rules.fresh_days.saturating_add(1));
        Self {
            policy,
            corpus,
            trusted,
            today: Day::of(now),
            voices: (0..)
                .zip(corpus.list_indexes())
                .map(|(list, _)| voice(policy, trusted, list))
                .collect(),
            by_age: (0..=oldest).map(|age| fresh_at(rules, age)).collect(),
            heard: Heard::new(trusted.voices, corpus.sources()),
            edges: &[],
            sorted: Sorted::default(),
        }
    }

    /// Weighs what trusted curators say about a server that belongs to the `owner` of
    /// `ownership`, where that is confirmed, and adds the reasons for what that costs and earns,
    /// in the order in which they are shown. What the strongest warning takes away may be more
    /// than there is: see [`charge`].
    pub(crate) fn weigh(
        &mut self,
        server: Id,
        ownership: &Ownership,
        reasons: &mut Vec<Line>,
    ) -> Weight {
        let owner = ownership.owner;
        self.sorted.clear();
        self.edges = self.corpus.edges(server);
        let mut bound_to_owner = false;
        let mut has_facts = false;
        let mut has_findings = false;
        let mut known: Option<(Day, u32)> = None;
        for (place, edge) in (0..).zip(self.edges) {
            let Some(voice) = &self.voices[edge.list as usize] else { continue };
            let weighed = Weighed::new(self.share(edge, voice, owner), place);
            let is_live = voice.is_live && edge.is_live(self.today);
            if !is_live {
                self.sorted.expired.push(weighed);
                continue;
            }
            has_findings |= edge.has_findings;
            if let Some(day) = edge.known
                && known.is_none_or(|(earliest, _)| day < earliest)
            {
                known = Some((day, edge.list));
            }
            if edge.verdict.is_adverse() {
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
        if ownership.is_successor || self.is_bound_elsewhere_with_veto() {
            self.set_aside_what_came_before(ownership);
        }
        self.push_adverse(owner, reasons);
        Weight { earned: self.count(owner, reasons), keys, known, has_facts, has_findings }
    }

    /// Whether a curator at or above the veto trust names other keys. A fainter voice that
    /// does, by mistake or for money, takes nothing away from what others say.
    fn is_bound_elsewhere_with_veto(&self) -> bool {
        let mut bound_elsewhere = self.sorted.keys_changed.iter();
        bound_elsewhere.any(|it| {
            let speaker = self.trusted.speaker(self.edges[it.place()].list);
            speaker.is_some_and(|speaker| speaker.curator.has_veto)
        })
    }

    /// Of a name that fell to others, an entry without keys speaks of the server that was
    /// there before, unless its curator has looked at the server again: later than on the
    /// day on which the present owner was first seen. Where nobody saw the owner, no date
    /// says that.
    fn set_aside_what_came_before(&mut self, ownership: &Ownership) {
        let first_seen = ownership.since.map(|since| since.date());
        let (edges, trusted) = (self.edges, self.trusted);
        // By the date of the entry itself: that of an adopted list moves with every edition of
        // it, and says nothing about a single server.
        let reviewed = |edge: &Edge| trusted.entry(edge)?.reviewed_at;
        let Sorted { endorsing, before_keys_changed, .. } = &mut self.sorted;
        endorsing.retain(|weighed| {
            let edge = &edges[weighed.place()];
            let is_anew = || reviewed(edge).zip(first_seen).is_some_and(|(at, seen)| at > seen);
            let speaks_of_it = edge.issuer.is_some() || is_anew();
            if !speaks_of_it {
                before_keys_changed.push(*weighed);
            }
            speaks_of_it
        });
    }

    /// Counts each voice once, the strongest first; what all of them earn.
    fn count(&mut self, owner: Option<Id>, reasons: &mut Vec<Line>) -> Points {
        let Sorted { endorsing, same_voice, .. } = &mut self.sorted;
        sort(endorsing);
        reasons.reserve(endorsing.len());
        self.heard.next_server();
        let mut product = Product::ONE;
        let mut score = Points::ZERO;
        for weighed in endorsing {
            let edge = &self.edges[weighed.place()];
            let Some(voice) = &self.voices[edge.list as usize] else { continue };
            if !self.heard.is_first(voice.number, edge.source) {
                same_voice.push(*weighed);
                continue;
            }
            product.leave(weighed.share());
            let sum = product.earned(self.policy.points.endorsement);
            let code = match edge.verdict {
                Verdict::Endorse => ReasonCode::Endorsed,
                _ => ReasonCode::Listed,
            };
            reasons.push(Line { code, points: sum - score, basis: said(edge, voice, owner) });
            score = sum;
        }
        score
    }

    /// The product of the four factors, rounded in the same order as [`crate::reason::share`];
    /// a factor of 1 rounds nothing.
    fn share(&self, edge: &Edge, voice: &Voice, owner: Option<Id>) -> Fraction {
        let by_verdict = voice.by_verdict[edge.verdict as usize];
        let binding = binding(edge, owner).factor(&self.policy.factors);
        by_verdict.times(self.freshness(edge.reviewed)).times(binding)
    }

    fn freshness(&self, reviewed: Option<Day>) -> Fraction {
        let Some(reviewed) = reviewed else { return self.policy.freshness.floor };
        let oldest = self.by_age.len() - 1;
        self.by_age[(self.today.since(reviewed) as usize).min(oldest)]
    }

    /// Adds the reasons of the server that was weighed last for what earned it nothing.
    pub(crate) fn silent_reasons(&mut self, owner: Option<Id>, reasons: &mut Vec<Line>) {
        let Sorted { keys_changed, before_keys_changed, expired, .. } = &mut self.sorted;
        for group in [keys_changed, before_keys_changed, expired] {
            group.sort_unstable();
        }
        let Sorted { same_voice, keys_changed, before_keys_changed, expired, .. } = &self.sorted;
        let silent = |weighed: &Weighed, code| self.reason(*weighed, owner, code, Points::ZERO);
        reasons.extend(same_voice.iter().filter_map(|it| silent(it, ReasonCode::SameVoice)));
        reasons.extend(keys_changed.iter().filter_map(|it| silent(it, ReasonCode::KeysChanged)));
        let before = before_keys_changed.iter();
        reasons.extend(before.filter_map(|it| silent(it, ReasonCode::BeforeKeysChanged)));
        reasons.extend(expired.iter().filter_map(|it| {
            let is_adverse = self.edges[it.place()].verdict.is_adverse();
            let code = if is_adverse {
                ReasonCode::WarningExpired
            } else {
                ReasonCode::EndorsementExpired
            };
            silent(it, code)
        }));
    }

    /// What speaks against the server, and the points it costs: those of the strongest
    /// alone. A rejection is a warning, too.
    fn push_adverse(&mut self, owner: Option<Id>, reasons: &mut Vec<Line>) {
        let adverse = &mut self.sorted.adverse;
        if adverse.is_empty() {
            return;
        }
        let (trusted, edges) = (self.trusted, self.edges);
        adverse.sort_unstable_by_key(|it| (!rejects_with_veto(trusted, &edges[it.place()]), *it));
        let adverse = &self.sorted.adverse;
        let Some(strongest) = adverse.iter().map(|weighed| weighed.share()).max() else { return };
        let cost = points_of(self.policy.points.warning, strongest);
        let mut is_counted = false;
        reasons.extend(adverse.iter().filter_map(|weighed| {
            let counts = !is_counted && weighed.share() == strongest;
            is_counted |= counts;
            let edge = &self.edges[weighed.place()];
            let code = match edge.verdict {
                _ if rejects_with_veto(self.trusted, edge) => ReasonCode::RejectionVeto,
                Verdict::Reject => ReasonCode::Rejection,
                _ if counts => ReasonCode::Warning,
                _ => ReasonCode::WarningWeaker,
            };
            self.reason(*weighed, owner, code, if counts { -cost } else { Points::ZERO })
        }));
    }

    /// A reason that rests on an entry; none for entries of strangers, which are not weighed.
    fn reason(
        &self,
        weighed: Weighed,
        owner: Option<Id>,
        code: ReasonCode,
        points: Points,
    ) -> Option<Line> {
        let edge = &self.edges[weighed.place()];
        let voice = self.voices[edge.list as usize].as_ref()?;
        Some(Line { code, points, basis: said(edge, voice, owner) })
    }
}

fn said(edge: &Edge, voice: &Voice, owner: Option<Id>) -> Basis {
    let binding = binding(edge, owner);
    Basis::Said(Word { curator: voice.curator, entry: edge.entry, binding })
}

/// What endorsements alone earn each server that a corpus names, in the order of the names, as
/// far as they need no confirmed keys: trust, and one walk over all entries. It is the part of
/// [`rank`](crate::rank()) that grows with the number of endorsements, for measuring it.
pub fn endorsement_points(policy: &Policy, corpus: &Corpus) -> Vec<Points> {
    let trusted = Trusted::new(policy, corpus, corpus.now());
    let mut scales = Scales::new(policy, corpus, &trusted, corpus.now());
    let unconfirmed = Ownership::default();
    let mut reasons = Vec::new();
    let mut earned = |server: &Id| {
        reasons.clear();
        scales.weigh(*server, &unconfirmed, &mut reasons).earned
    };
    corpus.servers().iter().map(&mut earned).collect()
}

fn voice(policy: &Policy, trusted: &Trusted, list: u32) -> Option<Voice> {
    let speaker = trusted.speaker(list)?;
    let trust = speaker.curator.trust;
    let mut by_verdict = [trust; 4];
    by_verdict[Verdict::Endorse as usize] = trust.times(policy.factors.endorse);
    by_verdict[Verdict::List as usize] = trust.times(policy.factors.list);
    Some(Voice {
        curator: speaker.place,
        by_verdict,
        number: speaker.voice.map(|voice| u32::try_from(voice).unwrap_or(u32::MAX)),
        is_live: speaker.is_live,
    })
}

/// How much of a review of that day still counts; without one, as of a stale one.
pub(crate) fn fresh(rules: &Freshness, reviewed: Option<Day>, today: Day) -> Fraction {
    let age = reviewed.map(|day| u16::try_from(today.since(day)).unwrap_or(u16::MAX));
    age.map_or(rules.floor, |age| fresh_at(rules, age))
}

fn fresh_at(rules: &Freshness, age: u16) -> Fraction {
    let beyond = age.saturating_sub(rules.fresh_days);
    let span = rules.stale_days.saturating_sub(rules.fresh_days);
    if beyond == 0 { Fraction::ONE } else { rules.floor.falling_to(beyond.into(), span.into()) }
}

/// The score that is left of what a server earned: the strongest warning takes away no more
/// than that.
pub(crate) fn charge(reasons: &mut [Line], earned: Points) -> Points {
    match reasons.iter_mut().find(|reason| reason.points < Points::ZERO) {
        Some(reason) => {
            reason.points = reason.points.max(-earned);
            earned + reason.points
        }
        None => earned,
    }
}

fn rejects_with_veto(trusted: &Trusted, edge: &Edge) -> bool {
    let has_veto = || trusted.speaker(edge.list).is_some_and(|it| it.curator.has_veto);
    edge.verdict == Verdict::Reject && has_veto()
}

/// In full where the entry names the keys that the name is confirmed to have, or warns, which
/// follows the name. At half where nothing connects the two: the entry names no keys, or nobody
/// confirms which keys the name has. Not at all where the name has other keys.
fn binding(edge: &Edge, owner: Option<Id>) -> Binding {
    match (edge.issuer, owner) {
        _ if edge.verdict.is_adverse() => Binding::Full,
        (Some(bound), Some(owner)) if bound == owner => Binding::Full,
        (Some(_), Some(_)) => Binding::Elsewhere,
        (None, _) | (_, None) => Binding::Unbound,
    }
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
    fn is_first(&mut self, voice: Option<u32>, source: Option<Id>) -> bool {
        let Self { voices, sources, server } = self;
        let is_heard = voice.is_some_and(|it| voices[it as usize] == *server)
            || source.is_some_and(|it| sources[it.index()] == *server);
        if is_heard {
            return false;
        }
        if let Some(voice) = voice {
            voices[voice as usize] = *server;
        }
        if let Some(source) = source {
            sources[source.index()] = *server;
        }
        true
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
