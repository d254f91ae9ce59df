//! How often each server is drawn over all seeds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wellspring_document::profile::{Intake, Registration};
use wellspring_document::{Endorsement, ServerFacts};
use wellspring_ranking::{Criterion, Lots, Seed, SizeRule, View, Wishes};

use crate::draw::{policy, twice, wishes};
use crate::world::{World, endorse, endorse_of, fraction, person, profile};

fn sized(server: &str, accounts: u64, per_week: Option<u32>) -> Endorsement {
    let intake = Intake { new_accounts_per_week: per_week, ..Intake::default() };
    let registration = Registration { intake: Some(intake), ..Registration::default() };
    let facts = ServerFacts { registration: Some(registration), ..ServerFacts::default() };
    Endorsement { active_accounts: Some(accounts), facts: Some(Box::new(facts)), ..endorse(server) }
}

/// How many seeds pick each server of the view.
fn counts(view: &View, wishes: &Wishes) -> BTreeMap<String, u64> {
    let lots = Lots::new(view, wishes);
    let all = view.servers.iter().map(|server| (server.server_name.to_string(), 0));
    let mut counts: BTreeMap<_, u64> = all.collect();
    for seed in Seed::all() {
        let picks = lots.draw(seed).picks;
        let mut names: Vec<_> = picks.iter().map(|it| it.server.server_name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), picks.len(), "seed {seed} picks a server twice");
        for name in names {
            *counts.get_mut(name).unwrap() += 1;
        }
        for pick in &picks {
            assert!(pick.seeds > 0 && pick.seeds <= pick.most);
        }
    }
    counts
}

/// How unequally something is shared: 0 where all have the same, near 1 where one has all.
fn gini(shares: impl IntoIterator<Item = u64>) -> f64 {
    let mut shares: Vec<_> = shares.into_iter().collect();
    shares.sort_unstable();
    let count = shares.len() as f64;
    let total: u64 = shares.iter().sum();
    let weighted: f64 = (1..).zip(&shares).map(|(rank, &it)| f64::from(rank) * it as f64).sum();
    2.0 * weighted / (count * total as f64) - (count + 1.0) / count
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn over_all_seeds_nobody_is_above_the_cap_and_everybody_of_a_is_drawn(
        servers in prop::collection::vec((0..100_000_000_u64, prop::option::of(1..200_u32)), 1..90),
        count in 1..=20_u8,
        cap in 0..=300_u32,
        rule in prop::sample::select(vec![SizeRule::InverseRoot, SizeRule::Inverse, SizeRule::Equal]),
    ) {
        let entries = (0..).zip(&servers).map(|(number, (accounts, per_week))| {
            sized(&format!("s{number}.example"), *accounts, *per_week)
        });
        let mut world = twice(entries.collect());
        world.policy.draw.cap = fraction(f64::from(cap) / 1_000.0);
        world.policy.draw.size = rule;
        let view = world.view();
        let passed = servers.len() as u64;
        let wishes = wishes(count);
        let counts = counts(&view, &wishes);
        let per_seed = u64::from(count).min(passed);
        let picks = 1_024 * per_seed;
        prop_assert_eq!(counts.values().sum::<u64>(), picks);
        // ⌈picks × max(cap, 1 / passed)⌉
        let most = (picks * u64::from(cap)).div_ceil(1_000).max(picks.div_ceil(passed));
        prop_assert!(counts.values().all(|count| (1..=most).contains(count)), "{counts:?} {most}");
        // What a pick says of itself is so.
        let lots = Lots::new(&view, &wishes);
        prop_assert_eq!(u64::from(lots.passed()), passed);
        for pick in Seed::all().take(20).flat_map(|seed| lots.draw(seed).picks) {
            let counted = counts[pick.server.server_name.as_str()];
            prop_assert_eq!(u64::from(pick.seeds), counted);
        }
    }
}

#[test]
fn more_servers_than_places_are_drawn_from_by_weight() {
    let of = |number: u64| sized(&format!("s{number}.example"), 100 + 10 * number, None);
    let view = twice((0..1_500).map(of).collect()).view();
    let counts = counts(&view, &wishes(1));
    assert_eq!(counts.values().sum::<u64>(), 1_024);
    assert!(counts.values().all(|count| *count <= 52));
    assert!(counts["s0.example"] > 0 && counts["s1499.example"] == 0);
}

#[test]
fn exactly_1024_are_each_drawn_once() {
    let of = |number: u64| sized(&format!("s{number}.example"), 100 + 10 * number, None);
    let view = twice((0..1_024).map(of).collect()).view();
    assert!(counts(&view, &wishes(1)).values().all(|count| *count == 1));
}

#[test]
fn large_servers_and_those_with_a_limit_are_drawn_less() {
    let mut entries: Vec<_> =
        (0..40).map(|number| sized(&format!("s{number}.example"), 400, None)).collect();
    entries.push(sized("huge.example", 40_000, None));
    entries.push(sized("limited.example", 400, Some(5)));
    entries.push(endorse("unknown.example"));
    let counts = counts(&twice(entries).view(), &wishes(3));
    let [ordinary, huge, limited, unknown] =
        ["s1", "huge", "limited", "unknown"].map(|name| counts[&format!("{name}.example")]);
    assert!((9..=11).contains(&(ordinary / huge)), "{ordinary} and {huge}");
    assert!((9..=11).contains(&(ordinary / limited)), "{ordinary} and {limited}");
    assert!(unknown < ordinary && unknown > huge, "{unknown}");
}

#[test]
fn fifty_servers_of_one_owner_get_no_more_than_one_could() {
    let mut world = World { policy: policy(), ..World::default() };
    world.policy.categories.a = vec![Criterion::Endorsed];
    let owner = person(50);
    let owned: Vec<_> = (0..50).map(|number| format!("many{number}.example")).collect();
    let mut entries: Vec<_> = owned.iter().map(|name| endorse_of(name, &owner)).collect();
    entries.extend((0..50).map(|number| endorse(&format!("s{number}.example"))));
    world.root(&person(1), 1.0, entries);
    for name in &owned {
        world.serves(&owner, &profile(name), 100);
    }
    let counts = counts(&world.view(), &wishes(3));
    let of_owner: u64 = owned.iter().map(|name| counts[name]).sum();
    // ⌈3,072 × 0.05⌉
    assert_eq!(of_owner, 154);
    assert!(owned.iter().all(|name| counts[name] > 0));
    assert_eq!(counts.values().sum::<u64>(), 3_072);
}

#[test]
fn the_draw_is_shared_more_equally_than_the_top_of_any_list() {
    let mut entries = Vec::new();
    for number in 0..200_u64 {
        // Sizes as they are in the world: many small ones, a few huge.
        let accounts = 50 + 4_000_000 / ((number + 1) * (number + 1));
        let per_week = (number % 3 == 0).then_some(20);
        entries.push(sized(&format!("s{number}.example"), accounts, per_week));
    }
    let view = twice(entries).view();
    let drawn = gini(counts(&view, &wishes(3)).into_values());
    // The first three of a list get everybody, whatever it is sorted by.
    let sorted = gini((0..200).map(|place| if place < 3 { 1_024 } else { 0 }));
    assert!(drawn < sorted / 2.0, "{drawn} and {sorted}");
    assert!(drawn < 0.5, "{drawn}");
}
