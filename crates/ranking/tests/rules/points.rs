use wellspring_document::{AdoptedFrom, Endorsement, Label, Link, Verdict};
use wellspring_ranking::{Category, Points, endorsement_points};

use crate::world::{
    World, date, days_ago, endorse, endorse_of, fraction, list, name, people, person, profile,
    verdict,
};

#[test]
fn an_endorsement_earns_its_weight_times_trust_verdict_freshness_and_binding() {
    let [root, owner] = people(1);
    let mut world = World::default();
    let listed =
        Endorsement { issuer: Some(owner.id.clone()), ..verdict(Verdict::List, "b.example") };
    world.root(&root, 0.8, vec![endorse_of("a.example", &owner), listed]);
    world.serves(&owner, &profile("a.example"), 100);
    world.serves(&owner, &profile("b.example"), 100);
    assert_eq!(world.score("a.example"), "24.0", "50 × 0.8 × 0.6");
    assert_eq!(world.score("b.example"), "10.0", "50 × 0.8 × 0.25");
}

#[test]
fn each_further_voice_earns_its_share_of_what_is_left() {
    let roots: [_; 3] = people(1);
    let mut world = World::default();
    for root in &roots {
        world.root(root, 1.0, vec![endorse("a.example")]);
    }
    assert_eq!(
        world.reasons("a.example"),
        [15.0, 10.5, 7.4].map(|points| ("endorsement.endorsed", format!("{points:.1}"))),
        "50 × 0.3, of the remaining 35 again 0.3, of 24.5 again; sums rounded to 32.9"
    );
    assert_eq!(world.score("a.example"), "32.9");
}

#[test]
fn unknown_earns_nothing_and_is_never_rescaled() {
    let root = person(1);
    let mut world = World::default();
    world.root(&root, 1.0, vec![endorse("a.example")]);
    let server = world.server("a.example");
    let unknown: Vec<_> = server.reasons().filter(|it| it.said.is_none()).collect();
    let codes: Vec<_> = unknown.iter().map(|it| (it.code.as_str(), it.points.tenths())).collect();
    assert_eq!(codes, [("service.unknown", 0), ("transparency.unknown", 0)]);
}

#[test]
fn an_entry_without_a_key_counts_half_and_so_does_a_key_that_nobody_confirms() {
    let [root, owner] = people(1);
    let mut world = World::default();
    world.root(&root, 1.0, vec![endorse("unbound.example"), endorse_of("bound.example", &owner)]);
    assert_eq!(world.score("unbound.example"), "15.0");
    assert_eq!(world.score("bound.example"), "15.0", "no profile is known");
    world.serves(&owner, &profile("unbound.example"), 100);
    world.serves(&owner, &profile("bound.example"), 100);
    assert_eq!(world.score("unbound.example"), "15.0");
    assert_eq!(world.score("bound.example"), "30.0");
    world.policy.factors.unbound = fraction(0.2);
    assert_eq!(world.score("unbound.example"), "6.0");
}

#[test]
fn a_review_counts_in_full_when_fresh_and_then_less_each_day_down_to_the_floor() {
    let root = person(1);
    let after = |days: Option<i64>| {
        let mut world = World::default();
        world.policy.factors.unbound = fraction(1.0);
        let entry = Endorsement { reviewed_at: days.map(date), ..endorse("a.example") };
        world.root(&root, 1.0, vec![entry]);
        world.score("a.example")
    };
    assert_eq!(after(Some(0)), "30.0");
    assert_eq!(after(Some(180)), "30.0");
    assert_eq!(after(Some(450)), "21.0", "half-way to the floor of 0.4");
    assert_eq!(after(Some(720)), "12.0");
    assert_eq!(after(Some(5_000)), "12.0");
    assert_eq!(after(None), "12.0", "without a date");
}

#[test]
fn an_adopted_list_gives_its_own_date_to_entries_without_one() {
    let node = person(1);
    let source = "https://servers.example/list.json";
    let mut world = World::default();
    world.policy.factors.unbound = fraction(1.0);
    let origin = AdoptedFrom {
        source: source.parse().unwrap(),
        format: Label::new("joinmatrix").unwrap(),
        read_at: days_ago(1),
        list_date: Some(date(450)),
        vouched_since: None,
        credit: None,
    };
    let mut adopted = list("List", vec![Endorsement::new(name("a.example"), Verdict::List)]);
    adopted.adopted_from = Some(origin);
    world.adopts(&node, source, &adopted);
    assert_eq!(world.reasons("a.example"), [("endorsement.listed", "8.8".to_owned())]);
}

#[test]
fn entries_taken_from_one_source_are_one_voice_and_the_strongest_counts() {
    let [strong, weak, node] = people(1);
    let source = "https://servers.example/list.json";
    let copied =
        || Endorsement { imported_from: Some(Link::new(source).unwrap()), ..endorse("a.example") };
    let mut world = World::default();
    world.root(&strong, 1.0, vec![copied()]);
    world.root(&weak, 0.5, vec![copied()]);
    world.adopts(&node, source, &list("List", vec![verdict(Verdict::List, "a.example")]));
    let reasons = world.reasons("a.example");
    assert_eq!(reasons[0], ("endorsement.endorsed", "15.0".to_owned()));
    assert_eq!(
        reasons[1..].iter().map(|it| it.0).collect::<Vec<_>>(),
        ["endorsement.same-voice"; 2]
    );
}

#[test]
fn naming_made_up_sources_does_not_multiply_a_bought_voice() {
    let [root, bought, first, second] = people(1);
    let mut world = World::default();
    world.trusts(&root, 1.0);
    world.recommends(&root, &[&bought]);
    world.recommends(&bought, &[&first, &second]);
    for (curator, source) in [(&first, "https://one.example/"), (&second, "https://two.example/")] {
        let entry =
            Endorsement { imported_from: Some(Link::new(source).unwrap()), ..endorse("a.example") };
        world.publishes(curator, &list("Bought", vec![entry]));
    }
    assert_eq!(world.score("a.example"), "3.8", "50 × 0.25 × 0.6 × 0.5, once");
}

#[test]
fn the_strongest_warning_takes_points_away_and_is_shown_first() {
    let [endorser, strong, weak] = people(1);
    let mut world = World::default();
    world.policy.factors.unbound = fraction(1.0);
    world.root(&endorser, 1.0, vec![endorse("a.example")]);
    world.root(&weak, 0.3, vec![verdict(Verdict::Warn, "a.example")]);
    world.root(&strong, 0.8, vec![verdict(Verdict::Warn, "a.example")]);
    assert_eq!(
        world.reasons("a.example"),
        [
            ("warning.strongest", "−16.0".to_owned()),
            ("warning.weaker", "0.0".to_owned()),
            ("endorsement.endorsed", "30.0".to_owned()),
        ]
    );
    assert_eq!(world.score("a.example"), "14.0");
}

#[test]
fn a_warning_never_takes_a_score_below_zero() {
    let [endorser, warner] = people(1);
    let mut world = World::default();
    world.root(&endorser, 0.2, vec![endorse("a.example")]);
    world.root(&warner, 1.0, vec![verdict(Verdict::Warn, "a.example")]);
    world.publishes(&person(7), &list("Stranger", vec![verdict(Verdict::Warn, "a.example")]));
    assert_eq!(
        world.reasons("a.example"),
        [("warning.strongest", "−3.0".to_owned()), ("endorsement.endorsed", "3.0".to_owned())]
    );
}

#[test]
fn a_warning_ages_like_any_review() {
    let [endorser, warner] = people(1);
    let mut world = World::default();
    world.policy.factors.unbound = fraction(1.0);
    world.root(&endorser, 1.0, vec![endorse("a.example")]);
    let old = Endorsement { reviewed_at: Some(date(450)), ..verdict(Verdict::Warn, "a.example") };
    world.root(&warner, 1.0, vec![old]);
    assert_eq!(world.score("a.example"), "16.0", "30 − 20 × 0.7");
}

#[test]
fn a_rejection_at_or_above_the_veto_trust_means_category_d_and_the_end_of_the_list() {
    let [endorser, critic] = people(1);
    let mut world = World::default();
    world.root(&endorser, 1.0, vec![endorse("a.example"), verdict(Verdict::List, "b.example")]);
    world.root(&critic, 0.6, vec![verdict(Verdict::Reject, "a.example")]);
    assert_eq!(world.reasons("a.example")[0], ("rejection.veto", "−12.0".to_owned()));
    assert_eq!(world.category("a.example"), Category::D);
    let order: Vec<_> =
        world.view().servers.iter().map(|it| (it.rank, it.server_name.to_string())).collect();
    assert_eq!(order, [(1, "b.example".to_owned()), (2, "a.example".to_owned())]);

    world.policy.trust.veto = fraction(0.7);
    assert_eq!(world.reasons("a.example")[0].0, "rejection.below-veto");
    assert_ne!(world.category("a.example"), Category::D, "it takes points and no more");
}

#[test]
fn servers_with_the_same_score_share_a_place() {
    let [endorser, critic] = people(1);
    let mut world = World::default();
    let listed = ["c.example", "b.example"].map(|name| verdict(Verdict::List, name));
    let mut entries = vec![endorse("z.example"), verdict(Verdict::List, "d.example")];
    entries.extend(listed);
    world.root(&endorser, 1.0, entries);
    // Both end without points, and only one of them is rejected.
    let adverse = [(Verdict::Warn, "x.example"), (Verdict::Reject, "w.example")]
        .map(|it| verdict(it.0, it.1));
    world.root(&critic, 1.0, adverse.into());
    let view = world.view();
    let order: Vec<_> = view.servers.iter().map(|it| (it.rank, it.server_name.as_str())).collect();
    assert_eq!(
        order,
        [
            (1, "z.example"),
            (2, "b.example"),
            (2, "c.example"),
            (2, "d.example"),
            (5, "x.example"),
            (6, "w.example"),
        ]
    );
}

#[test]
fn endorsements_do_not_follow_a_name_to_other_keys_and_warnings_do() {
    let [old_owner, new_owner, endorser, warner] = people(1);
    let mut world = World::default();
    world.root(&endorser, 1.0, vec![endorse_of("a.example", &old_owner)]);
    let warning =
        Endorsement { issuer: Some(old_owner.id.clone()), ..verdict(Verdict::Warn, "a.example") };
    world.root(&warner, 1.0, vec![warning]);
    world.serves(&old_owner, &profile("a.example"), 100);
    assert_eq!(world.score("a.example"), "10.0");

    let mut after = World { policy: world.policy, lists: world.lists, ..World::default() };
    after.serves(&new_owner, &profile("a.example"), 5);
    assert_eq!(
        after.reasons("a.example"),
        [("warning.strongest", "0.0".to_owned()), ("endorsement.keys-changed", "0.0".to_owned())],
        "nothing is left to take away"
    );
}

#[test]
fn what_has_expired_counts_for_nothing_and_is_shown_as_expired() {
    let [endorser, silent, warner] = people(1);
    let mut world = World::default();
    let over = Endorsement { expires_at: Some(date(0)), ..endorse("a.example") };
    world.root(&endorser, 1.0, vec![over]);
    let over = Endorsement { expires_at: Some(date(1)), ..verdict(Verdict::Reject, "a.example") };
    world.root(&warner, 1.0, vec![over]);
    world.trusts(&silent, 1.0);
    let gone = list("Silent", vec![endorse("a.example")]);
    world.lists.push(silent.signs_at(&gone, days_ago(8), 1));
    let reasons = world.reasons("a.example");
    let codes: Vec<_> = reasons.iter().map(|it| it.0).collect();
    assert_eq!(codes.iter().filter(|it| **it == "endorsement.expired").count(), 2);
    assert_eq!(codes.iter().filter(|it| **it == "warning.expired").count(), 1);
    assert_eq!(world.score("a.example"), "0.0");
    assert_eq!(world.category("a.example"), Category::C);
}

#[test]
fn an_entry_counts_until_the_day_on_which_it_expires() {
    let endorser = person(1);
    let mut world = World::default();
    let entry = Endorsement { expires_at: Some(date(-1)), ..endorse("a.example") };
    world.root(&endorser, 1.0, vec![entry]);
    assert_eq!(world.score("a.example"), "15.0");
}

#[test]
fn the_points_of_many_voices_add_up_to_the_score() {
    let mut world = World::default();
    for number in 1..40 {
        let trust = f64::from(number) / 40.0;
        world.root(&person(number), trust, vec![endorse("a.example")]);
    }
    world.root(&person(40), 0.77, vec![verdict(Verdict::Warn, "a.example")]);
    let reasons = world.reasons("a.example");
    assert_eq!(reasons.len(), 40);
    assert!(reasons.iter().skip(1).all(|(_, points)| !points.starts_with('−')));
}

#[test]
fn the_walk_over_all_endorsements_earns_what_the_reasons_say() {
    let mut world = World::default();
    world.root(&person(1), 1.0, vec![endorse("a.example"), verdict(Verdict::List, "b.example")]);
    let stale = Endorsement { reviewed_at: Some(date(300)), ..endorse("b.example") };
    world.root(&person(2), 0.7, vec![stale, verdict(Verdict::Warn, "a.example")]);
    world.publishes(&person(3), &list("A stranger", vec![endorse("c.example")]));
    let earned = |server: &str| -> Points {
        let server = world.server(server);
        let counted = server.reasons().filter(|it| it.code.is_counted_endorsement());
        counted.map(|reason| reason.points).sum()
    };
    let walked = endorsement_points(&world.policy, &world.corpus());
    assert_eq!(walked, [earned("a.example"), earned("b.example"), Points::ZERO]);
    assert!(walked[0] > walked[1] && walked[1] > Points::ZERO);
}
