//! The draw: recommendations that spread people over many good servers.
//!
//! A list by score sends everybody to the same server. So what is recommended is drawn, by a
//! number that anybody can repeat ([`Seed`]), from the servers that can be offered without
//! asking and meet what somebody wishes for. The rule, exactly enough for a second
//! implementation to make the same picks from a published view, is section 9.11 of the
//! specification.
//!
//! All 1,024 draws together are a table of places, `count` per seed. The places are shared
//! out among the servers by weight, with a cap; the servers stand in the order of the hash
//! of their names, each with its places in a row; and a seed has every 1,024th place. So no
//! server is drawn twice by one seed, and how often each is drawn is known beforehand.

mod offer;
mod rules;
mod seed;
mod share;
mod wishes;

use std::collections::BTreeMap;

use serde::Serialize;
use wellspring_document::BytesHash;

pub use offer::{DrawWeight, Offer};
pub use rules::{DrawRules, SizeRule};
pub use seed::{Seed, SeedError};
pub use wishes::{PickCount, Price, RegistrationWish, Wish, WishSet, Wishes};

use crate::view::{Category, RankedServer, View};
use share::{Entrant, share_out};

/// Draws servers for somebody with these wishes: [`Lots::new`] and [`Lots::draw`] in one.
///
/// The same view, wishes and seed give the same picks.
///
/// ```
/// use wellspring_ranking::{Corpus, Policy, Seed, Shortfall, Wishes, draw, rank};
///
/// let now = "2026-11-22T10:00:00Z".parse()?;
/// let view = rank(&Policy::default(), &Corpus::new(vec![], vec![], vec![], now));
/// let drawn = draw(&view, &Wishes::default(), Seed::new(7)?);
/// assert!(drawn.picks.is_empty());
/// assert_eq!(drawn.shortfall, Some(Shortfall::NothingOffered));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn draw<'a>(view: &'a View, wishes: &Wishes, seed: Seed) -> Draw<'a> {
    Lots::new(view, wishes).draw(seed)
}

/// The picks of one seed.
#[derive(Debug, Clone)]
pub struct Draw<'a> {
    /// The seed.
    pub seed: Seed,
    /// The picks: what meets every wish first, category A before B, and otherwise in an order
    /// that changes with the seed.
    pub picks: Vec<Pick<'a>>,
    /// How many servers meet every wish and are drawn from.
    pub passed: u32,
    /// The wishes that had to be relaxed.
    pub relaxed: WishSet,
    /// From what the picks were drawn, one step after the other.
    pub steps: Vec<Step>,
    /// Why there are fewer picks than asked for, where there are.
    pub shortfall: Option<Shortfall>,
}

/// A server that was picked, and why.
#[derive(Debug, Clone)]
pub struct Pick<'a> {
    /// The server.
    pub server: &'a RankedServer,
    /// How much it weighs, and why.
    pub weight: DrawWeight,
    /// How many of the 1,024 seeds pick it, for the same wishes.
    pub seeds: u32,
    /// The most seeds that may pick any one server of the same step.
    pub most: u32,
    /// The wishes that it does not meet. None of them is required.
    pub unmet: WishSet,
}

/// A part of a draw. The first is among those that meet every wish; where they are fewer
/// than asked for, all of them are picked, and the next is among those that meet the wishes
/// without one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The wishes that it goes without.
    pub relaxed: WishSet,
    /// How many servers it draws from.
    pub passed: u32,
    /// How many each seed picks of them.
    pub picks: u32,
    /// The most seeds that may pick any one of them.
    pub most: u32,
}

/// Why there are fewer picks than asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortfall {
    /// No server of the view can be drawn, whatever the wishes.
    NothingOffered,
    /// The wishes that are required exclude the others.
    Required,
    /// There are no more.
    NoMore,
}

impl Shortfall {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NothingOffered => "draw.nothing-offered",
            Self::Required => "draw.required",
            Self::NoMore => "draw.no-more",
        }
    }
}

/// Every server of a view that can be drawn, in the order of the hash of its name.
#[derive(Debug, Clone)]
pub(crate) struct Pool(Vec<Pooled>);

#[derive(Debug, Clone)]
struct Pooled {
    /// Its place in the view.
    place: u32,
    weight: DrawWeight,
}

impl Pool {
    fn of(view: &View) -> Self {
        let rules = &view.policy.draw;
        let pooled = (0..).zip(&view.servers).filter_map(|(place, server)| {
            let weight = DrawWeight::of(server, rules, view.now)?;
            let hash = BytesHash::of(server.server_name.as_str().as_bytes());
            Some((hash, Pooled { place, weight }))
        });
        let mut pooled: Vec<_> = pooled.collect();
        pooled.sort_unstable_by_key(|(hash, _)| *hash);
        Self(pooled.into_iter().map(|(_, pooled)| pooled).collect())
    }
}

/// How the places of all 1,024 draws are shared out for certain wishes.
#[derive(Debug, Clone)]
pub struct Lots<'a> {
    steps: Vec<SharedOut<'a>>,
    relaxed: WishSet,
    shortfall: Option<Shortfall>,
}

/// One step, with the places that its servers have.
#[derive(Debug, Clone)]
struct SharedOut<'a> {
    step: Step,
    servers: Vec<Placed<'a>>,
}

#[derive(Debug, Clone)]
struct Placed<'a> {
    candidate: Candidate<'a>,
    seeds: u32,
    /// The place behind its last.
    end: u32,
}

#[derive(Debug, Clone, Copy)]
struct Candidate<'a> {
    server: &'a RankedServer,
    weight: DrawWeight,
    unmet: WishSet,
}

impl<'a> Lots<'a> {
    /// Shares out the places of all draws for these wishes.
    ///
    /// It takes time in proportion to the servers of the categories A and B; the first call
    /// for a view also looks for them.
    pub fn new(view: &'a View, wishes: &Wishes) -> Self {
        let Pool(pool) = view.pool.get_or_init(|| Pool::of(view));
        let candidates: Vec<Candidate<'a>> = pool
            .iter()
            .filter_map(|pooled| {
                let server = view.servers.get(pooled.place as usize)?;
                let unmet = wishes.unmet(server);
                let excluded = unmet.meets(wishes.required);
                (!excluded).then_some(Candidate { server, weight: pooled.weight, unmet })
            })
            .collect();
        let count = u32::from(wishes.count.get());
        let (steps, relaxed, left) = steps(&view.policy.draw, wishes, &candidates, count);
        let shortfall = match left {
            0 => None,
            _ if pool.is_empty() => Some(Shortfall::NothingOffered),
            _ if candidates.len() < pool.len() => Some(Shortfall::Required),
            _ => Some(Shortfall::NoMore),
        };
        Self { steps, relaxed, shortfall }
    }

    /// The picks of a seed.
    pub fn draw(&self, seed: Seed) -> Draw<'a> {
        let mut picks = Vec::new();
        for (number, part) in (0_u8..).zip(&self.steps) {
            for row in 0..part.step.picks {
                let place = row * u32::from(Seed::COUNT) + seed.column();
                let index = part.servers.partition_point(|placed| placed.end <= place);
                let Some(Placed { candidate, seeds, .. }) = part.servers.get(index) else {
                    continue;
                };
                let Candidate { server, weight, unmet } = *candidate;
                let order = BytesHash::of(format!("{seed} {}", server.server_name).as_bytes());
                let pick = Pick { server, weight, seeds: *seeds, most: part.step.most, unmet };
                picks.push(((number, server.category, order), pick));
            }
        }
        picks.sort_unstable_by_key(|(order, _)| *order);
        Draw {
            seed,
            picks: picks.into_iter().map(|(_, pick)| pick).collect(),
            passed: self.passed(),
            relaxed: self.relaxed,
            steps: self.steps.iter().map(|part| part.step).collect(),
            shortfall: self.shortfall,
        }
    }

    /// How many servers meet every wish and are drawn from.
    pub fn passed(&self) -> u32 {
        let first = self.steps.first().filter(|part| part.step.relaxed.is_empty());
        first.map_or(0, |part| part.step.passed)
    }
}

/// One step after the other until there are enough picks or no wishes left to relax; with
/// the wishes that were relaxed to any avail, and how many picks are missing.
fn steps<'a>(
    rules: &DrawRules,
    wishes: &Wishes,
    candidates: &[Candidate<'a>],
    count: u32,
) -> (Vec<SharedOut<'a>>, WishSet, u32) {
    let mut steps = Vec::new();
    let mut left = count;
    let mut before = None;
    let can_relax = wishes.stated().iter().filter(|wish| !wishes.required.has(*wish));
    let mut relaxed = WishSet::NONE;
    for wish in std::iter::once(None).chain(can_relax.map(Some)) {
        relaxed = wish.map_or(relaxed, |wish| relaxed.with(wish));
        let is_new = |it: &&Candidate<'a>| {
            it.unmet.is_within(relaxed) && before.is_none_or(|before| !it.unmet.is_within(before))
        };
        let fitting: Vec<_> = candidates.iter().filter(is_new).copied().collect();
        if !fitting.is_empty() {
            let part = share(rules, fitting, relaxed, left);
            left -= part.step.picks;
            steps.push(part);
        }
        if left == 0 {
            break;
        }
        before = Some(relaxed);
    }
    let relaxed = steps.last().map_or(WishSet::NONE, |last: &SharedOut<'_>| last.step.relaxed);
    (steps, relaxed, left)
}

/// Shares out the places of one step: those of category A alone where they are enough, else
/// with those of B.
fn share<'a>(
    rules: &DrawRules,
    mut fitting: Vec<Candidate<'a>>,
    relaxed: WishSet,
    picks: u32,
) -> SharedOut<'a> {
    let seeds = u64::from(Seed::COUNT);
    let is_a = |candidate: &Candidate<'_>| candidate.server.category == Category::A;
    let of_a = fitting.iter().filter(|it| is_a(it)).count();
    if of_a >= usize::from(rules.enough).max(picks as usize) {
        fitting.retain(is_a);
    }
    let passed = fitting.len() as u64;
    let picks = u64::from(picks).min(passed);
    let places = picks * seeds;
    let cap = cap(rules, places, passed);
    let has_floor = |it: &Candidate<'_>| passed <= seeds || (is_a(it) && of_a as u64 <= seeds);
    let owners = owners(&fitting);
    let entrant = |(candidate, owner): (&Candidate<'_>, u32)| Entrant {
        weight: u64::from(candidate.weight.weight.millionths()),
        owner,
        has_floor: has_floor(candidate),
    };
    let entrants: Vec<_> = fitting.iter().zip(owners).map(entrant).collect();
    let shares = share_out(&entrants, places, cap);
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let mut end = 0;
    let placed = fitting.into_iter().zip(shares).map(|(candidate, share)| {
        end += share;
        Placed { candidate, seeds: number(share), end: number(end) }
    });
    let servers = placed.collect();
    let (passed, picks, most) = (number(passed), number(picks), number(cap));
    SharedOut { step: Step { relaxed, passed, picks, most }, servers }
}

/// The most places that one server gets: the policy's part of all, or an equal part where
/// that is more, rounded up; at most one per seed.
fn cap(rules: &DrawRules, places: u64, passed: u64) -> u64 {
    let by_policy = (places * u64::from(rules.cap.millionths())).div_ceil(1_000_000);
    by_policy.max(places.div_ceil(passed.max(1))).min(u64::from(Seed::COUNT))
}

/// For each candidate the number of its owner, from 0, in the order in which they come.
/// Where nothing confirms whose server it is, it stands for itself.
fn owners(candidates: &[Candidate<'_>]) -> Vec<u32> {
    let mut known = BTreeMap::new();
    let mut next = 0;
    let mut owners = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let owner = candidate.server.profile.owner.as_ref();
        let number = owner.map_or(next, |owner| *known.entry(owner.as_str()).or_insert(next));
        next = next.max(number + 1);
        owners.push(number);
    }
    owners
}
