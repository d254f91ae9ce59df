use wellspring_document::{EndorsementList, Verdict};
use wellspring_ranking::{Category, ProfileStatus, ShippedPolicy};

use crate::world::{
    World, distrusts, endorse, endorse_of, fraction, list, people, profile, recommends, verdict,
};

#[test]
fn trust_is_that_of_the_policy_at_a_root_and_decays_along_recommendations() {
    let [root, friend, friend_of_friend, too_far] = people(1);
    let mut world = World::default();
    world.trusts(&root, 0.8);
    world.recommends(&root, &[&friend]);
    world.recommends(&friend, &[&friend_of_friend]);
    world.recommends(&friend_of_friend, &[&too_far]);
    assert_eq!(world.trust_in(&root), "0.8");
    assert_eq!(world.trust_in(&friend), "0.4");
    assert_eq!(world.trust_in(&friend_of_friend), "0.2");
    assert_eq!(world.trust_in(&too_far), "0", "the depth is 2 by default");

    world.policy.trust.depth = 3;
    assert_eq!(world.trust_in(&too_far), "0.1");
    world.policy.trust.depth = 0;
    assert_eq!(world.trust_in(&friend), "0");
    world.policy.trust.depth = 2;
    world.policy.trust.decay = fraction(0.9);
    assert_eq!(world.trust_in(&friend_of_friend), "0.648");
}

#[test]
fn trust_is_that_of_the_best_path() {
    let [weak, strong, between, curator] = people(1);
    let mut world = World::default();
    world.trusts(&weak, 0.3);
    world.trusts(&strong, 1.0);
    world.recommends(&weak, &[&curator]);
    world.recommends(&strong, &[&between]);
    world.recommends(&between, &[&curator]);
    let found = world.curator(&curator).unwrap();
    assert_eq!(found.trust.to_string(), "0.25", "0.3 × 0.5 is less than 1 × 0.5 × 0.5");
    assert_eq!(found.path, [strong.id, between.id, curator.id]);
}

#[test]
fn of_equally_good_paths_the_shorter_counts_then_that_with_smaller_issuer_ids() {
    let [near, far, between, curator] = people(1);
    let mut world = World::default();
    world.trusts(&near, 0.5);
    world.trusts(&far, 1.0);
    world.recommends(&near, &[&curator]);
    world.recommends(&far, &[&between]);
    world.recommends(&between, &[&curator]);
    assert_eq!(world.curator(&curator).unwrap().path, [near.id.clone(), curator.id.clone()]);

    let mut world = World::default();
    for root in [&far, &near] {
        world.trusts(root, 1.0);
        world.recommends(root, &[&curator]);
    }
    assert_eq!(world.curator(&curator).unwrap().path, [near.id, curator.id]);
}

#[test]
fn distrust_by_a_root_at_or_above_the_veto_trust_ends_trust() {
    let [root, other, friend, further] = people(1);
    let mut world = World::default();
    world.trusts(&root, 1.0);
    world.recommends(&root, &[&friend]);
    world.recommends(&friend, &[&further]);
    let opinions = EndorsementList { curators: vec![distrusts(&friend)], ..list("Other", vec![]) };
    world.publishes(&other, &opinions);
    assert_eq!(world.trust_in(&friend), "0.5", "a stranger's distrust changes nothing");

    world.trusts(&other, 0.59);
    assert_eq!(world.trust_in(&friend), "0.5", "0.59 is below the veto trust");
    world.policy.curators[1].trust = fraction(0.6);
    assert_eq!(world.trust_in(&friend), "0");
    assert_eq!(world.trust_in(&further), "0", "and nobody is trusted through them");
    let distrusted = world.view().distrusted;
    assert_eq!((&distrusted[0].issuer, &distrusted[0].by), (&friend.id, &vec![other.id]));
}

#[test]
fn whom_a_single_root_recommends_decides_nothing_alone_under_any_shipped_policy() {
    let [root, friend, owner] = people(1);
    for shipped in ShippedPolicy::ALL {
        let mut world = World { policy: shipped.policy(), ..World::default() };
        world.profiles.push(owner.signs(&profile("b.example")));
        world.trusts(&root, 1.0);
        let curators = vec![recommends(&friend)];
        let entries = vec![endorse("a.example")];
        world.publishes(&root, &EndorsementList { curators, ..list("A root", entries) });
        let entries = vec![verdict(Verdict::Reject, "a.example"), endorse_of("b.example", &owner)];
        world.publishes(&friend, &list("A friend", entries));
        let rejected = world.server("a.example");
        let first = rejected.reasons().next().unwrap();
        assert_eq!(first.code.as_str(), "rejection.below-veto");
        assert_ne!(rejected.category, Category::D);
        assert_eq!(world.server("b.example").profile.status, ProfileStatus::Unconfirmed);

        world.trusts(&friend, 0.6);
        assert_eq!(world.category("a.example"), Category::D);
        assert_eq!(world.server("b.example").profile.status, ProfileStatus::Confirmed);
    }
}

#[test]
fn a_root_is_not_touched_by_the_distrust_or_the_recommendations_of_others() {
    let [left, right] = people(1);
    let mut world = World::default();
    for (who, whom) in [(&left, &right), (&right, &left)] {
        world.trusts(who, 0.6);
        let opinions = EndorsementList { curators: vec![distrusts(whom)], ..list("A", vec![]) };
        world.publishes(who, &opinions);
    }
    assert_eq!(world.trust_in(&left), "0.6");
    assert_eq!(world.trust_in(&right), "0.6");

    let [strong, weak, further] = people(1);
    let mut world = World::default();
    world.trusts(&strong, 1.0);
    world.trusts(&weak, 0.1);
    world.recommends(&strong, &[&weak]);
    world.recommends(&weak, &[&further]);
    assert_eq!(world.trust_in(&weak), "0.1");
    assert_eq!(world.trust_in(&further), "0.05");
}

#[test]
fn a_community_can_distrust_a_curator_itself() {
    let [root, friend] = people(1);
    let mut world = World::default();
    world.trusts(&root, 1.0);
    world.recommends(&root, &[&friend]);
    world.policy.distrusted = vec![friend.id.clone()];
    assert_eq!(world.trust_in(&friend), "0");
    assert!(world.view().distrusted[0].by_policy);
}

#[test]
fn cycles_are_harmless() {
    let [root, first, second] = people(1);
    let mut world = World::default();
    world.policy.trust.depth = 8;
    world.trusts(&root, 1.0);
    world.recommends(&root, &[&first]);
    world.recommends(&first, &[&second, &first, &root]);
    world.recommends(&second, &[&first, &root]);
    assert_eq!(world.trust_in(&root), "1");
    assert_eq!(world.trust_in(&first), "0.5");
    assert_eq!(world.trust_in(&second), "0.25");
    assert_eq!(world.view().curators.len(), 3);
}

#[test]
fn a_curator_who_is_trusted_and_has_no_list_is_shown_as_such() {
    let [root, friend] = people(1);
    let mut world = World::default();
    world.trusts(&root, 1.0);
    assert!(world.curator(&root).unwrap().list.is_none());
    world.recommends(&root, &[&friend]);
    assert_eq!(world.trust_in(&friend), "0.5");
    assert_eq!(world.view().documents.endorsement_lists, 1);
}

#[test]
fn an_expired_list_recommends_nobody() {
    let [root, friend] = people(1);
    let mut world = World::default();
    world.trusts(&root, 1.0);
    let opinions = EndorsementList { curators: vec![recommends(&friend)], ..list("A", vec![]) };
    world.lists.push(root.signs_at(&opinions, crate::world::days_ago(8), 1));
    assert_eq!(world.trust_in(&root), "1");
    assert_eq!(world.trust_in(&friend), "0");
}

#[test]
fn a_root_is_a_voice_of_its_own_and_others_speak_in_that_of_the_first_recommendation() {
    let [root, bought, first, second] = people(1);
    let mut world = World::default();
    world.trusts(&root, 1.0);
    world.recommends(&root, &[&bought]);
    let opinions = vec![recommends(&first), recommends(&second)];
    let entries = vec![endorse("one.example")];
    world.publishes(&bought, &EndorsementList { curators: opinions, ..list("B", entries) });
    for curator in [&first, &second] {
        world.publishes(curator, &list("Bought, too", vec![endorse("one.example")]));
    }
    let voice = |who| world.curator(who).unwrap().voice().to_vec();
    assert_eq!(voice(&root), std::slice::from_ref(&root.id));
    assert_eq!(voice(&bought), [root.id.clone(), bought.id.clone()]);
    assert_eq!(voice(&second), voice(&bought));
    assert_eq!(
        world.reasons("one.example"),
        [
            ("endorsement.endorsed", "7.5".to_owned()),
            ("endorsement.same-voice", "0.0".to_owned()),
            ("endorsement.same-voice", "0.0".to_owned()),
        ],
        "only the strongest counts: 50 × 0.5 × 0.6 × 0.5"
    );
}

#[test]
fn what_others_adopted_is_their_decision() {
    let [node, other] = people(1);
    let mut world = World::default();
    let entries = vec![endorse("one.example")];
    world.adopts(&node, "https://servers.example/list.json", &list("List", entries));
    assert_eq!(world.view().servers.len(), 1);
    world.policy.own = Some(other.id);
    assert_eq!(world.view().servers.len(), 0, "signed by somebody else");
    world.trusts(&node, 1.0);
    assert_eq!(world.view().servers.len(), 0, "a curator's adopted list is not their own");
}

#[test]
fn the_graph_shows_each_curator_where_their_trust_comes_from() {
    let [root, other, friend, further, too_far, out] = people(1);
    let mut world = World::default();
    world.trusts(&root, 1.0);
    world.trusts(&other, 0.4);
    let says = |opinions| EndorsementList { curators: opinions, ..list("A", vec![]) };
    let of_root = vec![recommends(&friend), distrusts(&out), recommends(&root)];
    world.publishes(&root, &says(of_root));
    world.publishes(&other, &says(vec![recommends(&friend), recommends(&root)]));
    world.publishes(&friend, &says(vec![recommends(&further), recommends(&out)]));
    world.publishes(&further, &says(vec![recommends(&too_far), distrusts(&root)]));
    let node = crate::world::person(900);
    world.adopts(&node, "https://servers.example/list.json", &list("List", vec![]));

    let view = world.view();
    let told = serde_json::to_value(view.trust_graph()).unwrap();
    let at = |place: &str| told.pointer(place).unwrap_or_else(|| panic!("{place} in {told}"));
    let ids = |of: &[&crate::world::Person]| -> serde_json::Value {
        of.iter().map(|it| it.id.as_str()).collect()
    };
    assert_eq!(told["roots"].as_array().unwrap().len(), 3);
    assert_eq!(at("/roots/0/issuer"), root.id.as_str());
    assert_eq!(*at("/roots/0/also_recommended_by"), ids(&[&other]));
    assert_eq!(at("/roots/0/mentions/0/effect"), "distrusted");
    let friend_here = at("/roots/0/recommends/0");
    assert_eq!(friend_here["issuer"], friend.id.as_str());
    assert_eq!(friend_here["trust"], 0.5);
    assert_eq!(friend_here["also_recommended_by"], ids(&[&other]));
    assert_eq!(friend_here["mentions"][0]["effect"], "recommends-distrusted");
    let further_here = &friend_here["recommends"][0];
    assert_eq!(further_here["voice"], ids(&[&root, &friend]));
    let effect = |place: usize| &further_here["mentions"][place]["effect"];
    assert_eq!(effect(0), "out-of-reach");
    assert_eq!(effect(1), "distrust-without-effect");
    assert_eq!(at("/roots/1/adopted_from"), "https://servers.example/list.json");
    assert_eq!(*at("/roots/2/recommends"), serde_json::json!([]), "nobody is there twice");
}
