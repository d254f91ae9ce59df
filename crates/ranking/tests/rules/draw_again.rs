//! A second implementation of the draw, which knows nothing but the published view and the
//! specification: section 9.11.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of a small world"
)]

use std::collections::BTreeMap;

use serde_json::Value;
use wellspring_document::profile::{Intake, Registration};
use wellspring_document::{BytesHash, Endorsement, LanguageTag, ServerFacts};
use wellspring_ranking::{Lots, Seed, View, Wish, Wishes};

use crate::draw::{policy, wishes};
use crate::world::{World, endorse, endorse_of, person, profile};

struct Entrant<'a> {
    name: &'a str,
    is_a: bool,
    owner: String,
    weight: u64,
    is_german: bool,
}

fn times(one: u64, other: u64) -> u64 {
    (one * other + 500_000) / 1_000_000
}

fn millionths(number: &Value) -> u64 {
    (number.as_f64().unwrap() * 1e6).round() as u64
}

fn entrants(view: &Value) -> Vec<Entrant<'_>> {
    let rules = &view["policy"]["draw"];
    let mut entrants: Vec<_> = view["servers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|server| ["A", "B"].contains(&server["category"].as_str().unwrap()))
        .filter(|server| {
            let intake = &server["offer"]["intake"];
            let until = intake["accepting_until"].as_str();
            intake["paused"] != true
                && intake["new_accounts_per_week"] != 0
                && until.is_none_or(|until| until >= &view["now"].as_str().unwrap()[..10])
        })
        .map(|server| {
            let name = server["server_name"].as_str().unwrap();
            let accounts = server["offer"]["active_accounts"]["value"].as_u64();
            let size = (100_000_000_000_000 / accounts.unwrap_or(1_000).max(100)).isqrt();
            let per_week = server["offer"]["intake"]["new_accounts_per_week"].as_u64();
            let intake = per_week.map_or(1_000_000, |limit| {
                (limit * 1_000_000 / rules["full_intake"].as_u64().unwrap()).clamp(1, 1_000_000)
            });
            let is_a = server["category"] == "A";
            let category = if is_a { 1_000_000 } else { millionths(&rules["category_b"]) };
            let languages = server["about"]["value"]["languages"].as_array();
            Entrant {
                name,
                is_a,
                owner: server["profile"]["owner"].as_str().unwrap_or(name).to_owned(),
                weight: times(times(size, intake), category).max(1),
                is_german: languages.is_some_and(|all| all.iter().any(|it| it == "de")),
            }
        })
        .collect();
    entrants.sort_by_key(|entrant| BytesHash::of(entrant.name.as_bytes()));
    entrants
}

fn hand_out(weights: &[u64], caps: &[u64], has: &mut [u64], mut left: u64) -> u64 {
    while left > 0 {
        let open: Vec<_> = (0..has.len()).filter(|&it| has[it] < caps[it]).collect();
        let whole: u64 = open.iter().map(|&it| weights[it]).sum();
        if whole == 0 {
            break;
        }
        let parts: Vec<_> =
            open.iter().map(|&it| (left * weights[it] / whole).min(caps[it] - has[it])).collect();
        if parts.iter().all(|part| *part == 0) {
            let mut heaviest = open.clone();
            heaviest.sort_by_key(|&it| std::cmp::Reverse(weights[it]));
            for &it in heaviest.iter().take(left as usize) {
                has[it] += 1;
            }
            return 0;
        }
        for (&it, part) in open.iter().zip(&parts) {
            has[it] += part;
            left -= part;
        }
    }
    left
}

/// The picks of every seed from these entrants, in alphabetical order.
fn picks<'a>(view: &Value, entrants: &[&Entrant<'a>], count: u64) -> Vec<Vec<&'a str>> {
    let rules = &view["policy"]["draw"];
    let of_a = entrants.iter().filter(|it| it.is_a).count() as u64;
    let is_enough = of_a >= rules["enough"].as_u64().unwrap().max(count);
    let entrants: Vec<_> = entrants.iter().filter(|it| it.is_a || !is_enough).collect();
    let passed = entrants.len() as u64;
    let count = count.min(passed);
    let places = 1_024 * count;
    let cap = (places * millionths(&rules["cap"])).div_ceil(1_000_000);
    let cap = cap.max(places.div_ceil(passed)).min(1_024);
    let floor = |it: &Entrant<'_>| u64::from(passed <= 1_024 || (it.is_a && of_a <= 1_024));
    let mut owners: Vec<Vec<usize>> = Vec::new();
    let mut known = BTreeMap::new();
    for (number, entrant) in entrants.iter().enumerate() {
        let owner = *known.entry(entrant.owner.as_str()).or_insert(owners.len());
        if owner == owners.len() {
            owners.push(Vec::new());
        }
        owners[owner].push(number);
    }
    let sum = |members: &Vec<usize>, of: &dyn Fn(&Entrant<'_>) -> u64| -> u64 {
        members.iter().map(|&it| of(entrants[it])).sum()
    };
    let weights: Vec<_> = owners.iter().map(|it| sum(it, &|it| it.weight)).collect();
    let mut has: Vec<_> = owners.iter().map(|it| sum(it, &floor)).collect();
    let left = places - has.iter().sum::<u64>();
    let left = hand_out(&weights, &vec![cap; owners.len()], &mut has, left);
    let all: Vec<_> = owners.iter().map(|it| cap * it.len() as u64).collect();
    assert_eq!(hand_out(&weights, &all, &mut has, left), 0);
    let mut shares = vec![0; entrants.len()];
    for (members, has) in owners.iter().zip(has) {
        let weights: Vec<_> = members.iter().map(|&it| entrants[it].weight).collect();
        let mut own: Vec<_> = members.iter().map(|&it| floor(entrants[it])).collect();
        let left = has - own.iter().sum::<u64>();
        hand_out(&weights, &vec![cap; members.len()], &mut own, left);
        members.iter().zip(own).for_each(|(&it, share)| shares[it] = share);
    }
    let row: Vec<_> = entrants
        .iter()
        .zip(shares)
        .flat_map(|(entrant, share)| vec![entrant.name; share as usize])
        .collect();
    (0..1_024)
        .map(|seed| {
            let first = seed * 633 % 1_024;
            let mut names: Vec<_> = row.iter().skip(first).step_by(1_024).copied().collect();
            names.sort_unstable();
            names
        })
        .collect()
}

fn world() -> World {
    let mut world = World { policy: policy(), ..World::default() };
    let intake =
        |per_week, paused| Intake { new_accounts_per_week: per_week, paused, ..Intake::default() };
    let entry = |number: u32| {
        let limit = number.is_multiple_of(4).then_some(number);
        let paused = (number % 7 == 3).then_some(true);
        let registration =
            Registration { intake: Some(intake(limit, paused)), ..Registration::default() };
        let facts = ServerFacts { registration: Some(registration), ..ServerFacts::default() };
        Endorsement {
            active_accounts: number.is_multiple_of(3).then_some(u64::from(number) * 777),
            facts: Some(Box::new(facts)),
            ..endorse(&format!("s{number}.example"))
        }
    };
    let owner = person(50);
    let owned = |number: u32| endorse_of(&format!("owned{number}.example"), &owner);
    let entries: Vec<_> = (0..70).map(entry).chain((0..6).map(owned)).collect();
    let twice = entries.iter().enumerate().filter(|(number, _)| number % 5 == 0);
    world.root(&person(2), 1.0, twice.map(|(_, entry)| entry.clone()).collect());
    world.root(&person(1), 1.0, entries);
    for number in 0..6 {
        let mut stated = profile(&format!("owned{number}.example"));
        stated.about.languages = vec![LanguageTag::new(["de", "fr"][number % 2]).unwrap()];
        world.serves(&owner, &stated, 100);
    }
    world
}

fn all_picks<'a>(view: &'a View, wishes: &Wishes) -> Vec<Vec<&'a str>> {
    let lots = Lots::new(view, wishes);
    let of = |seed| {
        let picks = lots.draw(seed).picks;
        let mut names: Vec<_> = picks.iter().map(|it| it.server.server_name.as_str()).collect();
        names.sort_unstable();
        names
    };
    Seed::all().map(of).collect()
}

#[test]
fn whoever_has_the_published_view_makes_the_same_picks() {
    let view = world().view();
    let published = serde_json::to_value(&view).unwrap();
    let entrants = entrants(&published);
    let all: Vec<_> = entrants.iter().collect();
    for count in [1, 3, 20] {
        let expected = picks(&published, &all, count.into());
        assert_eq!(all_picks(&view, &wishes(count)), expected, "{count}");
    }
}

#[test]
fn and_so_with_wishes() {
    let view = world().view();
    let published = serde_json::to_value(&view).unwrap();
    let entrants = entrants(&published);
    let (german, other): (Vec<_>, Vec<_>) = entrants.iter().partition(|it| it.is_german);
    assert_eq!(german.len(), 3);
    let in_german = Wishes { languages: vec![LanguageTag::new("de").unwrap()], ..wishes(5) };
    let mut expected = picks(&published, &german, 5);
    for (picks, further) in expected.iter_mut().zip(picks(&published, &other, 2)) {
        picks.extend(further);
        picks.sort_unstable();
    }
    assert_eq!(all_picks(&view, &in_german), expected);
    let required = [Wish::Languages].into_iter().collect();
    let expected = picks(&published, &german, 5);
    assert_eq!(all_picks(&view, &Wishes { required, ..in_german }), expected);
}
