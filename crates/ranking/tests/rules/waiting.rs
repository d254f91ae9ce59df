use std::sync::Arc;

use wellspring_document::{
    AdoptedFrom, Endorsement, Label, Observation, Profile, Verdict, Verified,
};
use wellspring_ranking::{Answer, Category, Criterion, Origin, Waiting};

use crate::world::{
    Person, World, date, days_ago, endorse, endorse_of, fraction, list, name, people, person,
    profile, served, verdict,
};

fn waiting(world: &World) -> Waiting {
    world.server("a.example").waiting().expect("evidence exists")
}

#[test]
fn a_server_waits_30_days_from_the_earliest_trusted_review() {
    let [first, second] = people(1);
    let reviewed = |days| Endorsement { reviewed_at: Some(date(days)), ..endorse("a.example") };
    let mut world = World::default();
    world.root(&first, 1.0, vec![reviewed(29)]);
    assert!(!waiting(&world).is_over);
    assert_eq!(world.category("a.example"), Category::C);
    world.root(&second, 0.1, vec![reviewed(30)]);
    let waiting = waiting(&world);
    assert!(waiting.is_over);
    assert_eq!(waiting.since, date(30).midnight());
    assert_eq!(waiting.by.origin(), Origin::Endorsed);
    assert_eq!(world.category("a.example"), Category::B);
}

#[test]
fn the_waiting_days_are_policy() {
    let root = person(1);
    let mut world = World::default();
    world.root(&root, 1.0, vec![endorse("a.example")]);
    assert_eq!(world.category("a.example"), Category::C);
    world.policy.waiting_days = 10;
    assert_eq!(world.category("a.example"), Category::B);
}

#[test]
fn strangers_and_expired_entries_are_no_evidence() {
    let [root, silent, stranger] = people(1);
    let mut world = World::default();
    world.root(&root, 1.0, vec![endorse("a.example")]);
    let old = || Endorsement { reviewed_at: Some(date(300)), ..endorse("a.example") };
    world.publishes(&stranger, &list("Stranger", vec![old()]));
    let over = Endorsement { expires_at: Some(date(1)), ..old() };
    world.root(&silent, 1.0, vec![over]);
    assert_eq!(waiting(&world).since, date(10).midnight());
}

#[test]
fn an_observers_first_sight_is_evidence() {
    let [root, observer, stranger] = people(1);
    let mut world = World::default();
    world.root(&root, 1.0, vec![endorse("a.example")]);
    let first_seen = |days| Observation {
        first_seen_at: Some(days_ago(days)),
        ..Observation::new(name("a.example"), days_ago(0))
    };
    world.reports(&stranger, vec![first_seen(500)]);
    assert!(!waiting(&world).is_over);
    world.hears(&observer);
    world.reports(&observer, vec![first_seen(60)]);
    let waiting = waiting(&world);
    assert_eq!((waiting.since, waiting.by.origin()), (days_ago(60), Origin::Measured));
}

#[test]
fn an_adopted_list_is_evidence_by_its_entries_dates_else_by_its_own() {
    let node = person(1);
    let source = "https://servers.example/list.json";
    let since = |known_since: Option<i64>, list_date: Option<i64>, vouched_since: Option<i64>| {
        let mut entry = Endorsement::new(name("a.example"), Verdict::List);
        entry.known_since = known_since.map(date);
        let mut adopted = list("List", vec![entry]);
        adopted.adopted_from = Some(AdoptedFrom {
            source: source.parse().unwrap(),
            format: Label::new("joinmatrix").unwrap(),
            read_at: days_ago(1),
            list_date: list_date.map(date),
            vouched_since: vouched_since.map(date),
            credit: None,
        });
        let mut world = World::default();
        world.adopts(&node, source, &adopted);
        let since = world.server("a.example").waiting().map(|waiting| waiting.since);
        (since, world.category("a.example"))
    };
    let day = |days| Some(date(days).midnight());
    assert_eq!(since(Some(31), None, None), (day(31), Category::B));
    assert_eq!(since(None, Some(700), None), (day(700), Category::B));
    assert_eq!(since(None, None, Some(5)), (day(5), Category::C));
    assert_eq!(since(Some(2), Some(700), None), (day(2), Category::C));
    assert_eq!(since(None, None, None), (None, Category::C));
}

#[test]
fn an_entry_without_a_date_is_no_evidence_however_often_it_is_signed() {
    let curator = person(1);
    let undated = || Endorsement::new(name("a.example"), Verdict::Endorse);
    let mut world = World::default();
    world.root(&curator, 1.0, vec![undated()]);
    assert!(world.server("a.example").waiting().is_none());
    assert_eq!(answer(&world, Criterion::WaitingPeriodOver), Answer::Unknown);

    let known = Endorsement { known_since: Some(date(30)), ..undated() };
    let mut world = World::default();
    world.root(&curator, 1.0, vec![known]);
    assert_eq!(waiting(&world).since, date(30).midnight());
    assert_eq!(world.category("a.example"), Category::B);
}

fn answer(world: &World, criterion: Criterion) -> Answer {
    let server = world.server("a.example");
    server.criteria().find(|it| it.criterion == criterion).unwrap().answer
}

/// The sight of a name that served somebody else's profile until `days` ago.
fn taken_over(owner: &Person, days: i64) -> (Arc<Verified<Profile>>, Observation) {
    let signed = owner.signs(&profile("a.example"));
    let mut sight = served("a.example", &signed, days);
    if let Some(sight) = &mut sight.profile {
        sight.profile_first_seen_at = Some(days_ago(400));
    }
    (signed, sight)
}

#[test]
fn who_takes_over_a_name_waits_though_no_entry_names_the_old_keys_any_more() {
    let [buyer, curator, node] = people(1);
    let mut world = World::default();
    let old = Endorsement { reviewed_at: Some(date(300)), ..endorse("a.example") };
    world.root(&curator, 1.0, vec![old]);
    assert_eq!(world.category("a.example"), Category::B);

    let (signed, sight) = taken_over(&buyer, 5);
    world.profiles.push(signed);
    world.policy.own = Some(node.id.clone());
    world.reports(&node, vec![sight]);
    let after = waiting(&world);
    assert_eq!((after.since, after.is_over, after.is_restarted), (days_ago(5), false, true));
    assert_eq!(world.category("a.example"), Category::C);
}

/// A name that a buyer has served since 40 days, as the node saw, and what one root, trusted
/// fully, says of it.
fn bought(entry: Endorsement) -> World {
    let [buyer, curator, node] = people(1);
    let mut world = World::default();
    world.root(&curator, 1.0, vec![entry]);
    let (signed, sight) = taken_over(&buyer, 40);
    world.profiles.push(signed);
    world.policy.own = Some(node.id.clone());
    world.reports(&node, vec![sight]);
    world
}

#[test]
fn an_entry_without_keys_does_not_follow_a_name_to_its_next_owner() {
    let reviewed = |at| Endorsement { reviewed_at: at, ..endorse("a.example") };
    for older in [Some(date(300)), Some(date(40)), None] {
        let world = bought(reviewed(older));
        assert!(waiting(&world).is_over);
        let reasons = world.reasons("a.example");
        assert_eq!(reasons, [("endorsement.before-keys-changed", "0.0".to_owned())]);
        assert_eq!(answer(&world, Criterion::Endorsed), Answer::NotMet);
        assert_eq!(world.category("a.example"), Category::C);
    }
    let world = bought(reviewed(Some(date(39))));
    assert_eq!(world.reasons("a.example"), [("endorsement.endorsed", "15.0".to_owned())]);
    assert_eq!(world.category("a.example"), Category::B, "somebody looked at the new one");
}

#[test]
fn a_new_edition_of_an_adopted_list_is_no_review_of_a_name_that_fell_to_others() {
    let source = "https://servers.example/list.json";
    let mut world = bought(verdict(Verdict::List, "b.example"));
    let mut adopted = list("List", vec![Endorsement::new(name("a.example"), Verdict::List)]);
    adopted.adopted_from = Some(AdoptedFrom {
        source: source.parse().unwrap(),
        format: Label::new("joinmatrix").unwrap(),
        read_at: days_ago(1),
        list_date: Some(date(1)),
        vouched_since: None,
        credit: None,
    });
    let [_, _, node] = people(1);
    world.adopts(&node, source, &adopted);
    assert_eq!(world.reasons("a.example")[0].0, "endorsement.before-keys-changed");
}

#[test]
fn where_nobody_saw_the_owner_only_entries_with_keys_count_once_they_changed() {
    let [old_owner, new_owner, former, curator, keyless] = people(1);
    let mut world = World::default();
    world.profiles.push(new_owner.signs(&profile("a.example")));
    world.root(&former, 1.0, vec![endorse_of("a.example", &old_owner)]);
    let anew = Endorsement { reviewed_at: Some(date(40)), ..endorse_of("a.example", &new_owner) };
    world.root(&curator, 1.0, vec![anew]);
    let lately = Endorsement { reviewed_at: Some(date(0)), ..endorse("a.example") };
    world.root(&keyless, 1.0, vec![lately]);
    let codes: Vec<_> = world.reasons("a.example").into_iter().map(|(code, _)| code).collect();
    let before = "endorsement.before-keys-changed";
    assert_eq!(codes, ["endorsement.endorsed", "endorsement.keys-changed", before]);
}

#[test]
fn a_faint_curator_who_names_other_keys_takes_nothing_away_from_what_others_say() {
    let [owner, other, curator, faint] = people(1);
    let mut world = World::default();
    let old = Endorsement { reviewed_at: Some(date(300)), ..endorse("a.example") };
    world.root(&curator, 1.0, vec![old]);
    world.root(&faint, 0.59, vec![endorse_of("a.example", &other)]);
    world.serves(&owner, &profile("a.example"), 40);
    assert_eq!(world.category("a.example"), Category::B);
    world.policy.curators[1].trust = fraction(0.6);
    assert_eq!(world.category("a.example"), Category::C);
}

#[test]
fn more_than_half_of_the_observers_who_see_the_owner_must_know_the_one_before() {
    let [buyer, curator] = people(1);
    let [first, second, third] = people(11);
    let mut world = World::default();
    let old = Endorsement { reviewed_at: Some(date(300)), ..endorse("a.example") };
    world.root(&curator, 1.0, vec![old]);
    let (signed, sight) = taken_over(&buyer, 5);
    let unaware = served("a.example", &signed, 5);
    world.profiles.push(signed);
    for (observer, sight) in [(&first, unaware), (&second, sight.clone())] {
        world.hears(observer);
        world.reports(observer, vec![sight]);
    }
    assert!(!waiting(&world).is_restarted, "one of two");
    world.hears(&third);
    world.reports(&third, vec![sight]);
    assert!(waiting(&world).is_restarted, "two of three");
}

#[test]
fn where_the_keys_changed_the_wait_starts_again() {
    let [old_owner, new_owner, curator, keyless] = people(1);
    let mut world = World::default();
    let long_ago = |entry| Endorsement { reviewed_at: Some(date(300)), ..entry };
    world.root(&curator, 1.0, vec![long_ago(endorse_of("a.example", &old_owner))]);
    world.root(&keyless, 1.0, vec![long_ago(endorse("a.example"))]);
    assert_eq!(waiting(&world).since, date(300).midnight());

    world.serves(&new_owner, &profile("a.example"), 12);
    let after = waiting(&world);
    assert_eq!((after.since, after.is_over), (days_ago(12), false));
    assert_eq!(after.by.origin(), Origin::Measured);
    let server = world.server("a.example");
    let keys = server.criteria().find(|it| it.criterion == Criterion::KeysUnchanged).unwrap();
    assert_eq!((keys.answer, keys.by.origin()), (Answer::NotMet, Origin::Endorsed));
}

#[test]
fn a_curator_who_endorses_the_new_keys_vouches_for_the_time_before_the_sight() {
    let [old_owner, new_owner, curator, other] = people(1);
    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse_of("a.example", &old_owner)]);
    let anew = Endorsement { reviewed_at: Some(date(40)), ..endorse_of("a.example", &new_owner) };
    world.root(&other, 1.0, vec![anew]);
    world.serves(&new_owner, &profile("a.example"), 12);
    assert_eq!(waiting(&world).since, date(40).midnight());
    let server = world.server("a.example");
    let keys = server.criteria().find(|it| it.criterion == Criterion::KeysUnchanged).unwrap();
    assert_eq!(keys.answer, Answer::Met);
}

#[test]
fn a_profile_published_later_by_the_same_owner_restarts_nothing() {
    let [owner, curator] = people(1);
    let mut world = World::default();
    let entry = Endorsement { reviewed_at: Some(date(300)), ..endorse("a.example") };
    world.root(&curator, 1.0, vec![entry]);
    world.profiles = vec![owner.signs(&profile("a.example"))];
    let sight = served("a.example", &world.profiles[0], 1);
    world.policy.own = Some(person(50).id);
    world.reports(&person(50), vec![sight]);
    assert_eq!(waiting(&world).since, date(300).midnight());
}
