use wellspring_document::profile::Listing;
use wellspring_document::{
    Localized, Observation, ObservationReport, Observer, SightStatus, Timestamp, Verdict,
};
use wellspring_ranking::{Confirmation, Language, ProfileStatus, Sentence};

use crate::world::{
    World, days_ago, endorse, endorse_of, name, people, person, profile, seen, served, verdict,
};

#[test]
fn the_profile_that_the_node_saw_the_name_serve_is_the_servers() {
    let [owner, pretender, node, observer] = people(1);
    let mut world = World::default();
    let own = owner.signs(&profile("a.example"));
    let other = pretender.signs(&profile("a.example"));
    world.profiles = vec![other.clone(), own.clone()];
    world.policy.own = Some(node.id.clone());
    world.reports(&node, vec![served("a.example", &own, 100)]);
    world.hears(&observer);
    world.reports(&observer, vec![served("a.example", &other, 100)]);
    let standing = world.server("a.example").profile.clone();
    assert_eq!(standing.status, ProfileStatus::Confirmed);
    assert_eq!(standing.owner, Some(owner.id.clone()), "the node's sight comes first");
    assert!(matches!(standing.confirmation.as_deref(), Some(Confirmation::OwnSight { .. })));
    assert_eq!(standing.document.unwrap().issuer(), &owner.id);
}

#[test]
fn where_the_node_has_no_sight_more_than_half_of_the_observers_who_looked_decide() {
    let [owner, pretender, curator, stranger] = people(1);
    let [first, second, third, fourth] = people(11);
    let own = owner.signs(&profile("a.example"));
    let other = pretender.signs(&profile("a.example"));
    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse("a.example")]);
    world.profiles = vec![own.clone(), other.clone()];
    for observer in [&first, &second, &third, &fourth] {
        world.hears(observer);
    }
    let status = |world: &World| world.server("a.example").profile.status;
    assert_eq!(status(&world), ProfileStatus::Unconfirmed);

    world.reports(&first, vec![served("a.example", &own, 10)]);
    world.reports(&second, vec![served("a.example", &other, 10)]);
    world.reports(&stranger, vec![served("a.example", &other, 10)]);
    assert_eq!(status(&world), ProfileStatus::Unconfirmed, "one of two is not more than half");

    world.reports(&third, vec![served("a.example", &own, 40)]);
    let standing = world.server("a.example").profile.clone();
    assert_eq!(standing.owner, Some(owner.id));
    let Some(Confirmation::Observers { tally, first_seen_at, .. }) =
        standing.confirmation.as_deref()
    else {
        panic!("confirmed by observers")
    };
    assert_eq!((tally.agree, tally.of, *first_seen_at), (2, 3, days_ago(40)));

    world.reports(&fourth, vec![seen("a.example", SightStatus::Absent)]);
    assert_eq!(status(&world), ProfileStatus::Unconfirmed, "two of four are not more than half");
}

#[test]
fn only_where_no_sight_exists_does_the_binding_of_a_curator_confirm_a_profile() {
    let [owner, other, curator, weak, node] = people(1);
    let profiles = vec![owner.signs(&profile("a.example")), other.signs(&profile("a.example"))];
    let mut world = World { profiles, ..World::default() };
    world.root(&weak, 0.59, vec![endorse_of("a.example", &other)]);
    assert_eq!(world.server("a.example").profile.status, ProfileStatus::Unconfirmed);

    world.root(&curator, 0.6, vec![endorse_of("a.example", &owner)]);
    let standing = world.server("a.example").profile.clone();
    assert_eq!((standing.status, standing.owner), (ProfileStatus::Confirmed, Some(owner.id)));
    let Some(Confirmation::Curator { by }) = standing.confirmation.as_deref() else {
        panic!("confirmed by a curator")
    };
    assert_eq!(by.issuer, curator.id);

    world.policy.own = Some(node.id.clone());
    let sight = served("a.example", &world.profiles[1], 100);
    world.reports(&node, vec![sight]);
    assert_eq!(world.server("a.example").profile.owner, Some(other.id));
}

#[test]
fn a_binding_to_keys_that_claim_no_profile_confirms_nothing() {
    let [owner, curator] = people(1);
    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse_of("a.example", &owner)]);
    let standing = world.server("a.example").profile.clone();
    assert_eq!((standing.status, standing.owner), (ProfileStatus::None, None));
}

#[test]
fn a_profile_that_nothing_confirms_is_never_the_servers_word() {
    let [stranger, curator] = people(1);
    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse("a.example")]);
    world.profiles =
        vec![stranger.signs(&profile("a.example")), stranger.signs(&profile("b.example"))];
    let server = world.server("a.example");
    assert_eq!(server.profile.status, ProfileStatus::Unconfirmed);
    assert!(server.profile.document.is_some(), "it is shown");
    assert!(server.declared().is_none() && server.about().is_none());
    assert!(world.view().server(&name("b.example")).is_none(), "and lists nothing");
}

#[test]
fn an_expired_profile_counts_for_nothing_and_whose_server_it_is_stays_known() {
    let [old_owner, owner, curator, node] = people(1);
    let mut world = World::default();
    let expired = owner.signs_at(&profile("a.example"), days_ago(8), 1);
    world.policy.own = Some(node.id.clone());
    world.reports(&node, vec![served("a.example", &expired, 100)]);
    world.profiles = vec![expired];
    world.root(&curator, 1.0, vec![endorse_of("a.example", &old_owner)]);
    let server = world.server("a.example");
    assert_eq!(server.profile.status, ProfileStatus::Expired);
    assert!(server.declared().is_none());
    assert_eq!(world.reasons("a.example")[0].0, "endorsement.keys-changed");
}

#[test]
fn a_profile_that_was_seen_and_is_not_here_still_tells_whose_server_it_is() {
    let [owner, curator, node] = people(1);
    let mut world = World::default();
    world.policy.own = Some(node.id.clone());
    world.reports(&node, vec![served("a.example", &owner.signs(&profile("a.example")), 100)]);
    world.root(&curator, 1.0, vec![endorse_of("a.example", &owner)]);
    assert_eq!(world.server("a.example").profile.status, ProfileStatus::NotHere);
    assert_eq!(world.score("a.example"), "30.0");
}

#[test]
fn a_confirmed_profile_is_in_the_view_without_any_endorsement() {
    let owner = person(1);
    let mut world = World::default();
    world.serves(&owner, &profile("a.example"), 100);
    let server = world.server("a.example");
    assert_eq!((server.score.tenths(), server.rank), (0, 1));
    assert_eq!(
        server.about().unwrap().value.name.as_ref().unwrap().pick(&[]).1.as_str(),
        "A server"
    );
}

#[test]
fn an_expired_report_confirms_nothing() {
    let [owner, node] = people(1);
    let mut world = World::default();
    world.serves(&owner, &profile("a.example"), 100);
    assert_eq!(world.view().servers.len(), 1);
    world.policy.own = Some(node.id.clone());
    let mut report = world.reports[0].body().clone();
    report.entries[0].observed_at = days_ago(8);
    report.entries[0].profile.as_mut().unwrap().seen_at = days_ago(8);
    world.reports = vec![node.signs_at(&report, days_ago(8), 1)];
    assert_eq!(world.view().servers.len(), 0);
}

/// A world whose node last signed its report nine days ago: `observation` in it is the last
/// it saw.
fn after_nine_days_off(mut world: World, observation: Observation) -> World {
    let node = person(50);
    let last = Timestamp::min(observation.observed_at, days_ago(9));
    let mut observation = Observation { observed_at: last, ..observation };
    if let Some(sight) = &mut observation.profile {
        (sight.seen_at, sight.first_seen_at) = (last, last);
        (sight.profile_first_seen_at, sight.issuer_first_seen_at) = (None, None);
    }
    world.policy.own = Some(node.id.clone());
    let observer = Observer::new(Localized::english("A node").unwrap());
    let report =
        ObservationReport { entries: vec![observation], ..ObservationReport::new(observer) };
    world.reports.push(node.signs_at(&report, last, 1));
    world
}

#[test]
fn a_wish_not_to_be_listed_outlives_the_report_of_the_node_that_was_off() {
    let [owner, curator] = people(1);
    let endorsed = || {
        let mut world = World::default();
        world.root(&curator, 1.0, vec![endorse("a.example")]);
        world
    };
    let a = name("a.example");

    let world = after_nine_days_off(endorsed(), seen("a.example", SightStatus::Unlisted));
    assert!(world.view().servers.is_empty() && world.view().unlisted(&a).is_some());

    let mut signed = profile("a.example");
    signed.about.listing = Some(Listing::Unlisted);
    let signed = owner.signs(&signed);
    let sight = served("a.example", &signed, 100);
    let mut world = after_nine_days_off(endorsed(), sight);
    world.profiles.push(signed);
    assert!(world.view().servers.is_empty() && world.view().unlisted(&a).is_some());

    // Nor does what others see undo it before the node has looked again.
    let [first, second] = people(11);
    let back = owner.signs(&profile("b.example"));
    for observer in [&first, &second] {
        world.hears(observer);
        world.reports(observer, vec![served("a.example", &back, 1)]);
    }
    assert!(world.view().unlisted(&a).is_some());
}

#[test]
fn a_withdrawn_profile_stays_withdrawn_though_the_nodes_report_expired() {
    let [owner, curator] = people(1);
    let profiles = vec![owner.signs(&profile("a.example"))];
    let mut world = World { profiles, ..World::default() };
    world.root(&curator, 1.0, vec![endorse_of("a.example", &owner)]);
    let world = after_nine_days_off(world, seen("a.example", SightStatus::Withdrawn));
    assert_eq!(world.server("a.example").profile.status, ProfileStatus::Withdrawn);
}

#[test]
fn an_expired_report_of_the_node_says_nothing_good_and_that_of_another_nothing_at_all() {
    let [owner, curator, other] = people(1);
    let signed = owner.signs(&profile("a.example"));
    let sight = served("a.example", &signed, 100);
    let mut world = World { profiles: vec![signed], ..World::default() };
    world.root(&curator, 1.0, vec![endorse("a.example")]);
    let world = after_nine_days_off(world, sight);
    let server = world.server("a.example");
    assert_eq!(server.profile.status, ProfileStatus::Unconfirmed);
    assert_eq!(server.waiting().unwrap().since, crate::world::date(10).midnight());

    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse("a.example")]);
    let mut world = after_nine_days_off(world, seen("a.example", SightStatus::Unlisted));
    world.policy.own = Some(other.id);
    world.hears(&person(50));
    assert_eq!(world.view().servers.len(), 1);
}

#[test]
fn a_sight_of_another_profile_of_the_owner_confirms_the_owner_and_says_so() {
    let [owner, node, first, second] = people(1);
    let older = owner.signs(&profile("a.example"));
    let newer = owner.signs_at(&profile("a.example"), days_ago(0), 2);
    let mut world = World { profiles: vec![newer.clone()], ..World::default() };
    world.policy.own = Some(node.id.clone());
    let told = |world: &World| {
        let standing = world.server("a.example").profile.clone();
        assert_eq!(standing.owner, Some(owner.id.clone()));
        (standing.is_served_otherwise(), standing.sentence(Language::English))
    };
    world.reports(&node, vec![served("a.example", &newer, 3)]);
    assert!(!told(&world).0);
    world.reports.clear();
    world.reports(&node, vec![served("a.example", &older, 3)]);
    insta::assert_snapshot!(told(&world).1, @"This is the server's own profile. The name itself served another profile of the same issuer when this node last looked, on 2026-11-22.");

    world.reports.clear();
    world.hears(&first);
    world.hears(&second);
    world.reports(&first, vec![served("a.example", &newer, 3)]);
    assert!(!told(&world).0);
    world.reports(&second, vec![served("a.example", &older, 3)]);
    insta::assert_snapshot!(told(&world).1, @"This is the server's own profile. 2 of 2 observers saw the name itself serve another profile of the same issuer.");
}

#[test]
fn an_unlisted_server_leaves_the_list_and_shows_only_warnings() {
    let [owner, curator, critic, stranger] = people(1);
    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse_of("a.example", &owner)]);
    world.root(&critic, 0.3, vec![verdict(Verdict::Warn, "a.example")]);
    world.publishes(&stranger, &crate::world::list("S", vec![verdict(Verdict::Warn, "a.example")]));
    let mut unlisted = profile("a.example");
    unlisted.about.listing = Some(Listing::Unlisted);
    world.serves(&owner, &unlisted, 100);
    let view = world.view();
    assert!(view.servers.is_empty() && view.server(&name("a.example")).is_none());
    let shown = view.unlisted(&name("a.example")).unwrap();
    let codes: Vec<_> = shown.warnings().map(|reason| reason.code.as_str()).collect();
    assert_eq!(codes, ["warning.strongest"]);
}

#[test]
fn the_unsigned_wish_counts_as_well_and_strangers_cannot_express_it() {
    let [curator, node, stranger] = people(1);
    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse("a.example")]);
    let mut claimed = profile("a.example");
    claimed.about.listing = Some(Listing::Unlisted);
    world.profiles = vec![stranger.signs(&claimed)];
    assert_eq!(world.view().servers.len(), 1, "nothing confirms that profile");

    world.policy.own = Some(node.id.clone());
    world.reports(&node, vec![seen("a.example", SightStatus::Unlisted)]);
    assert!(world.view().servers.is_empty());
    assert!(world.view().unlisted(&name("a.example")).is_some());
}

#[test]
fn one_observer_alone_never_delists_a_server() {
    let [curator, first, second] = people(1);
    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse("a.example")]);
    world.hears(&first);
    world.hears(&second);
    world.reports(&first, vec![seen("a.example", SightStatus::Unlisted)]);
    assert_eq!(world.view().servers.len(), 1);
    world.reports(&second, vec![seen("a.example", SightStatus::Unlisted)]);
    assert_eq!(world.view().servers.len(), 0);
}

#[test]
fn a_withdrawn_profile_is_gone_whatever_curators_bind() {
    let [owner, curator, node] = people(1);
    let profiles = vec![owner.signs(&profile("a.example"))];
    let mut world = World { profiles, ..World::default() };
    world.root(&curator, 1.0, vec![endorse_of("a.example", &owner)]);
    world.policy.own = Some(node.id.clone());
    world.reports(&node, vec![seen("a.example", SightStatus::Withdrawn)]);
    let standing = world.server("a.example").profile.clone();
    assert_eq!((standing.status, standing.owner), (ProfileStatus::Withdrawn, None));
}
