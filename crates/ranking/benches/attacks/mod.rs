//! Made-up worlds in which somebody wants to be recommended, or others not to be, and the
//! table of how far that gets under the policies that come with the program.
//!
//! Nothing here is left to chance: the same program makes the same table.

mod cases;
mod home;
pub(crate) mod outcome;
pub(crate) mod people;
mod strangers;
pub(crate) mod world;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cases::cases;
use outcome::Outcome;
use people::Signed;
pub(crate) use strangers::Strangers;
use wellspring_ranking::{Category, Seed, ShippedPolicy, View, rank};
use world::{World, trusting};

/// How many honest servers an attacker goes for.
const TARGETS: usize = 10;

/// What came of every attack under one policy.
pub(crate) struct Attacked {
    pub(crate) policy: ShippedPolicy,
    /// How many honest servers are of category A before, and of B.
    before: (usize, usize),
    /// The most that a single server is drawn before, in thousandths of all picks.
    most_drawn: u64,
    pub(crate) outcomes: Vec<(String, Outcome)>,
}

/// Every attack under every policy that comes with the program.
pub(crate) fn all() -> Vec<Attacked> {
    let signed = Signed::default();
    let honest = World::honest();
    let corpus = honest.corpus(&signed);
    let best = targets(&rank(&trusting(ShippedPolicy::Default), &corpus));
    let policies = ShippedPolicy::ALL.map(trusting);
    let before = policies.each_ref().map(|policy| rank(policy, &corpus));
    let mut all: Vec<_> = ShippedPolicy::ALL
        .into_iter()
        .zip(&before)
        .map(|(it, view)| Attacked::new(it, view))
        .collect();
    for case in cases(&honest, &best) {
        let corpus = case.world.corpus(&signed);
        let attackers: BTreeSet<_> = case.attackers.into_iter().collect();
        for ((attacked, policy), before) in all.iter_mut().zip(&policies).zip(&before) {
            let after = rank(policy, &corpus);
            attacked.outcomes.push((case.name.clone(), Outcome::of(before, &after, &attackers)));
        }
    }
    all
}

/// The honest servers that are worth attacking.
pub(crate) fn targets(view: &View) -> Vec<String> {
    let best = view.servers.iter().filter(|it| it.category == Category::A).take(TARGETS);
    best.map(|server| server.server_name.to_string()).collect()
}

impl Attacked {
    fn new(policy: ShippedPolicy, before: &View) -> Self {
        let count = |category| before.servers.iter().filter(|it| it.category == category).count();
        let most = outcome::picks(before).into_values().max().unwrap_or_default();
        Self {
            policy,
            before: (count(Category::A), count(Category::B)),
            most_drawn: most * 1_000 / (3 * u64::from(Seed::COUNT)),
            outcomes: Vec::new(),
        }
    }
}

/// The tables of the handbook.
pub(crate) fn tables(all: &[Attacked]) -> String {
    let mut text = String::new();
    for attacked in all {
        let (of_a, of_b) = attacked.before;
        writeln!(
            text,
            "### {}\n\nBefore: {of_a} servers of category A and {of_b} of B; the one drawn most \
             often gets {} of the picks.\n",
            attacked.policy.as_str(),
            percent(attacked.most_drawn),
        )
        .unwrap();
        text.push_str(
            "| attack | best place | points | category | of the draw | honest: points lost | \
             no more in A | now in D |\n|---|---|---|---|---|---|---|---|\n",
        );
        for (name, outcome) in &attacked.outcomes {
            let (place, points) =
                outcome.best.map_or(("–".to_owned(), "–".to_owned()), |(place, points)| {
                    (place.to_string(), tenths(points))
                });
            let category = outcome
                .category
                .map_or("–".to_owned(), |(category, count)| format!("{category:?} × {count}"));
            writeln!(
                text,
                "| {name} | {place} | {points} | {category} | {} | {} | {} | {} |",
                percent(outcome.share),
                tenths(outcome.lost),
                outcome.left_a,
                outcome.in_d,
            )
            .unwrap();
        }
        text.push('\n');
    }
    text
}

fn tenths(number: i32) -> String {
    format!("{}.{}", number / 10, number % 10)
}

fn percent(thousandths: u64) -> String {
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}
