use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use wellspring_document::{
    Endorsement, EndorsementList, Observation, Part, SightStatus, Verdict, Verified, into_parts,
};
use wellspring_ranking::{Corpus, rank};

use crate::world::{
    Person, World, date, endorse, endorse_of, list, name, now, people, person, profile, recommends,
    seen, served, verdict,
};

fn bytes(world: &World) -> Vec<u8> {
    serde_json::to_vec(&world.view()).unwrap()
}

/// A world in which every rule has something to do.
fn lively_world() -> World {
    let [root, other_root, friend, further, node] = people(1);
    let [owner, successor, observer, second_observer] = people(11);
    let mut world = World::default();
    world.trusts(&root, 1.0);
    world.trusts(&other_root, 0.6);
    world.serves(&owner, &profile("a.example"), 100);
    world.serves(&successor, &profile("b.example"), 3);
    let entries = vec![
        endorse_of("a.example", &owner),
        endorse_of("b.example", &owner),
        verdict(Verdict::Warn, "c.example"),
        endorse("e.example"),
    ];
    let opinions = vec![recommends(&friend)];
    world.publishes(&root, &EndorsementList { curators: opinions, ..list("Root", entries) });
    let entries = vec![endorse("a.example"), verdict(Verdict::Reject, "d.example")];
    world.publishes(&other_root, &list("Other root", entries));
    let entries = vec![endorse("c.example"), endorse("a.example")];
    let opinions = vec![recommends(&further), recommends(&friend)];
    world.publishes(&friend, &EndorsementList { curators: opinions, ..list("Friend", entries) });
    world.publishes(&further, &list("Further", vec![endorse("c.example"), endorse("d.example")]));
    world.publishes(&node, &list("Stranger", vec![endorse("z.example")]));
    for observer in [&observer, &second_observer] {
        world.hears(observer);
        let sight = seen("e.example", SightStatus::Unlisted);
        let closed = Observation {
            registration: Some(wellspring_document::profile::RegistrationMode::Closed),
            ..Observation::new(name("a.example"), now())
        };
        world.reports(observer, vec![sight, closed]);
    }
    world.profiles.push(person(99).signs(&profile("c.example")));
    // An older document of a feed, and another one with the same sequence number.
    world.lists.push(root.signs_at(&list("Root", vec![]), now().plus_days(-3), 1));
    world
}

static LIVELY: LazyLock<(World, Vec<u8>, Vec<Part>)> = LazyLock::new(|| {
    let world = lively_world();
    let bytes = bytes(&world);
    let parts = into_parts(world.view().records()).unwrap();
    (world, bytes, parts)
});

fn shuffled<T>(documents: &[Arc<Verified<T>>], order: &[usize]) -> Vec<Arc<Verified<T>>> {
    order.iter().map(|index| Arc::clone(&documents[index % documents.len()])).collect()
}

/// Every document at least once, in any order.
fn orders() -> impl Strategy<Value = Vec<usize>> {
    let once: Vec<usize> = (0..12).collect();
    let again = prop::collection::vec(0_usize..12, 0..8);
    again.prop_flat_map(move |again| {
        let all: Vec<usize> = once.iter().copied().chain(again).collect();
        Just(all).prop_shuffle()
    })
}

proptest! {
    // Signing takes longer than ranking.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_and_number_of_copies_of_documents_change_no_byte(
        profiles in orders(),
        lists in orders(),
        reports in orders(),
    ) {
        let (world, expected, parts) = &*LIVELY;
        let corpus = Corpus::new(
            shuffled(&world.profiles, &profiles),
            shuffled(&world.lists, &lists),
            shuffled(&world.reports, &reports),
            now(),
        );
        let view = rank(&world.policy, &corpus);
        prop_assert_eq!(&serde_json::to_vec(&view).unwrap(), expected);
        prop_assert_eq!(&into_parts(view.records()).unwrap(), parts);
    }

    #[test]
    fn reasons_add_up_and_the_order_is_by_score_whatever_curators_say(
        said in prop::collection::vec((0_u32..6, 0_u32..5, 0_u8..4, 0_i64..900), 0..30),
        trusts in prop::collection::vec(0_u32..=100, 6),
    ) {
        let mut world = World::default();
        for (number, trust) in (0..).zip(&trusts) {
            let entries = entries_of(number, &said);
            world.root(&person(number + 1), f64::from(*trust) / 100.0, entries);
        }
        let view = world.view();
        let standing = |server: &wellspring_ranking::RankedServer| {
            (server.is_rejected(), -server.score.tenths())
        };
        for server in &view.servers {
            let ahead = view.servers.iter().filter(|it| standing(it) < standing(server)).count();
            prop_assert_eq!(usize::try_from(server.rank).unwrap(), ahead + 1);
            prop_assert!((0..=1_000).contains(&server.score.tenths()));
            let sum: wellspring_ranking::Points = server.reasons().map(|it| it.points).sum();
            prop_assert_eq!(sum, server.score);
            prop_assert!(std::ptr::eq(view.server(&server.server_name).unwrap(), server));
        }
        let order = |server: &wellspring_ranking::RankedServer| {
            (server.is_rejected(), -server.score.tenths(), server.server_name.clone())
        };
        prop_assert!(view.servers.is_sorted_by_key(order));
    }
}

fn entries_of(curator: u32, said: &[(u32, u32, u8, i64)]) -> Vec<Endorsement> {
    let verdicts = [Verdict::Endorse, Verdict::List, Verdict::Warn, Verdict::Reject];
    let mut entries: Vec<Endorsement> = Vec::new();
    for (by, server, which, days) in said {
        let server = format!("s{server}.example");
        let is_new = entries.iter().all(|entry| entry.server_name.as_str() != server);
        if *by == curator && is_new {
            let mut entry = verdict(verdicts[usize::from(*which)], &server);
            entry.reviewed_at = Some(date(*days));
            entries.push(entry);
        }
    }
    entries
}

#[test]
fn ten_thousand_curators_without_a_path_from_a_root_change_no_byte() {
    let mut world = lively_world();
    let expected = bytes(&world);
    let strangers: Vec<Person> = (1_000..11_000).map(person).collect();
    for (index, stranger) in strangers.iter().enumerate() {
        let next = &strangers[(index + 1) % strangers.len()];
        let entries = vec![
            verdict(Verdict::Reject, "a.example"),
            endorse("d.example"),
            endorse("new.example"),
        ];
        let curators = vec![recommends(next)];
        world.publishes(stranger, &EndorsementList { curators, ..list("Noise", entries) });
    }
    assert_eq!(bytes(&world), expected);
}

#[test]
fn the_reports_and_profiles_of_strangers_change_no_byte() {
    let mut world = lively_world();
    let expected = bytes(&world);
    for number in 1_000..1_050 {
        let stranger = person(number);
        let claim = stranger.signs(&profile("a.example"));
        let sights = vec![
            served("a.example", &claim, 500),
            seen("b.example", SightStatus::Unlisted),
            seen("d.example", SightStatus::Unlisted),
        ];
        world.reports(&stranger, sights);
        world.profiles.push(claim);
        world.profiles.push(stranger.signs(&profile("new.example")));
    }
    assert_eq!(bytes(&world), expected);
}

#[test]
fn equivocation_counts_the_document_with_the_smaller_identity() {
    let root = person(1);
    let mut world = World::default();
    world.trusts(&root, 1.0);
    let first = root.signs(&list("A", vec![endorse("a.example")]));
    let second = root.signs(&list("A", vec![endorse("b.example")]));
    let smaller = if first.identity() < second.identity() { "a.example" } else { "b.example" };
    world.lists = vec![first, second];
    let view = world.view();
    assert_eq!(view.servers.len(), 1);
    assert_eq!(view.servers[0].server_name.as_str(), smaller);
}

#[test]
fn the_newest_document_of_a_feed_counts() {
    let root = person(1);
    let mut world = World::default();
    world.trusts(&root, 1.0);
    let older = root.signs_at(&list("A", vec![endorse("a.example")]), now().plus_days(-1), 1);
    let newer = root.signs_at(&list("A", vec![endorse("b.example")]), now().plus_days(-2), 2);
    world.lists = vec![newer, older];
    assert_eq!(world.view().servers[0].server_name.as_str(), "b.example");
}
