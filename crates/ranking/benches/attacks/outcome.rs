//! How far an attack gets: what its servers reach, and what honest ones lose.

use std::collections::{BTreeMap, BTreeSet};

use wellspring_ranking::{Category, Lots, RankedServer, Seed, View, Wishes};

/// What came of an attack under one policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The best place of a server of the attacker in the list, with its points in tenths.
    pub(crate) best: Option<(u32, i32)>,
    /// The best category of the attacker's servers, and how many have it.
    pub(crate) category: Option<(Category, usize)>,
    /// What the attacker's servers get of all picks of all seeds, in thousandths.
    pub(crate) share: u64,
    /// The most points that an honest server loses, in tenths.
    pub(crate) lost: i32,
    /// How many honest servers are in category A no more.
    pub(crate) left_a: usize,
    /// How many honest servers are in category D now.
    pub(crate) in_d: usize,
}

impl Outcome {
    /// Compares a view with the one without the attack.
    pub(crate) fn of(before: &View, after: &View, attackers: &BTreeSet<String>) -> Self {
        let is_theirs = |server: &RankedServer| attackers.contains(server.server_name.as_str());
        let theirs: Vec<_> = after.servers.iter().filter(|server| is_theirs(server)).collect();
        let category = theirs.iter().map(|server| server.category).min();
        let of_category = |category| theirs.iter().filter(|it| it.category == category).count();
        let mut outcome = Self {
            best: theirs.first().map(|best| (best.rank, best.score.tenths())),
            category: category.map(|category| (category, of_category(category))),
            share: share(after, attackers),
            lost: 0,
            left_a: 0,
            in_d: 0,
        };
        for was in before.servers.iter().filter(|server| !is_theirs(server)) {
            let is = after.server(&was.server_name);
            let points = is.map_or(0, |is| is.score.tenths());
            let category = is.map(|is| is.category);
            outcome.lost = outcome.lost.max(was.score.tenths() - points);
            let left_a = was.category == Category::A && category != Some(Category::A);
            outcome.left_a += usize::from(left_a);
            let fell = was.category != Category::D && category == Some(Category::D);
            outcome.in_d += usize::from(fell);
        }
        outcome
    }
}

/// How many of the picks of all seeds go to each server, where somebody wishes for nothing.
pub(crate) fn picks(view: &View) -> BTreeMap<&str, u64> {
    let lots = Lots::new(view, &Wishes::default());
    let mut picks = BTreeMap::new();
    for pick in Seed::all().flat_map(|seed| lots.draw(seed).picks) {
        *picks.entry(pick.server.server_name.as_str()).or_default() += 1;
    }
    picks
}

fn share(view: &View, attackers: &BTreeSet<String>) -> u64 {
    let picks = picks(view);
    let all: u64 = picks.values().sum();
    let theirs: u64 =
        picks.iter().filter(|(name, _)| attackers.contains(**name)).map(|it| it.1).sum();
    (theirs * 2_000 + all.max(1)) / (2 * all.max(1))
}
