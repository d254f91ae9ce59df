use wellspring_document::profile::Listing;
use wellspring_document::{SightStatus, Verdict};
use wellspring_ranking::{Confirmation, ProfileStatus};

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
    let standing = world.server("a.example").profile;
    assert_eq!(standing.status, ProfileStatus::Confirmed);
    assert_eq!(standing.owner, Some(owner.id.clone()), "the node's sight comes first");
    assert!(matches!(standing.confirmation, Some(Confirmation::OwnSight { .. })));
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
    let standing = world.server("a.example").profile;
    assert_eq!(standing.owner, Some(owner.id));
    let Some(Confirmation::Observers { tally, first_seen_at }) = standing.confirmation else {
        panic!("confirmed by observers")
    };
    assert_eq!((tally.agree, tally.of, first_seen_at), (2, 3, days_ago(40)));

    world.reports(&fourth, vec![seen("a.example", SightStatus::Absent)]);
    assert_eq!(status(&world), ProfileStatus::Unconfirmed, "two of four are not more than half");
}

#[test]
fn only_where_no_sight_exists_does_the_binding_of_a_curator_confirm_a_profile() {
    let [owner, other, curator, weak, node] = people(1);
    let profiles = vec![owner.signs(&profile("a.example")), other.signs(&profile("a.example"))];
    let mut world = World { profiles, ..World::default() };
    world.root(&weak, 0.4, vec![endorse_of("a.example", &other)]);
    assert_eq!(world.server("a.example").profile.status, ProfileStatus::Unconfirmed);

    world.root(&curator, 0.5, vec![endorse_of("a.example", &owner)]);
    let standing = world.server("a.example").profile;
    assert_eq!((standing.status, standing.owner), (ProfileStatus::Confirmed, Some(owner.id)));
    let Some(Confirmation::Curator { by }) = standing.confirmation else {
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
    let standing = world.server("a.example").profile;
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
    let report = world.reports[0].body().clone();
    world.reports = vec![node.signs_at(&report, days_ago(8), 1)];
    assert_eq!(world.view().servers.len(), 0);
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
    let codes: Vec<_> = shown.warnings.iter().map(|reason| reason.code.as_str()).collect();
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
    let standing = world.server("a.example").profile;
    assert_eq!((standing.status, standing.owner), (ProfileStatus::Withdrawn, None));
}
