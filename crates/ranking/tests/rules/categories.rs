use wellspring_document::profile::{
    About, Audience, Federation, Registration, RegistrationMode, Service,
};
use wellspring_document::{
    Endorsement, Localized, Observation, Profile, ServerFacts, Software, Text, Verdict,
};
use wellspring_ranking::{Answer, Category, ContradictedClaim, Criterion, CriterionAnswer, Origin};

use crate::world::{
    World, date, days_ago, endorse_of, fraction, list, name, people, person, profile, served,
    verdict,
};

fn public_profile(server: &str) -> Profile {
    let mut profile = profile(server);
    profile.about.audience = Some(Audience::Public);
    profile
}

fn reviewed_long_ago(entry: Endorsement) -> Endorsement {
    Endorsement { reviewed_at: Some(date(100)), ..entry }
}

/// A server that meets every criterion.
fn best() -> World {
    let [owner, first, second] = people(1);
    let mut world = World::default();
    for root in [&first, &second] {
        world.root(root, 1.0, vec![reviewed_long_ago(endorse_of("a.example", &owner))]);
    }
    world.serves(&owner, &public_profile("a.example"), 100);
    world
}

fn answer(world: &World, criterion: Criterion) -> (Answer, Origin) {
    let server = world.server("a.example");
    let found = server.criteria().find(|it| it.criterion == criterion).unwrap();
    (found.answer, found.by.origin())
}

#[test]
fn a_server_that_meets_every_criterion_can_be_offered_without_asking() {
    let world = best();
    assert_eq!(world.category("a.example"), Category::A);
    let server = world.server("a.example");
    let needed = |it: &CriterionAnswer| world.policy.categories.a.contains(&it.criterion);
    let answers: Vec<_> = server
        .criteria()
        .filter(needed)
        .map(|it| (it.criterion.as_str(), it.answer.as_str(), it.by.origin().as_str()))
        .collect();
    assert_eq!(
        answers,
        [
            ("identity.signed-profile", "met", "declared"),
            ("identity.name-confirmed", "met", "measured"),
            ("identity.keys-unchanged", "met", "endorsed"),
            ("listing.endorsed", "met", "endorsed"),
            ("listing.endorsed-twice", "met", "endorsed"),
            ("listing.not-rejected", "met", "none"),
            ("listing.no-warning", "met", "none"),
            ("listing.waiting-period-over", "met", "endorsed"),
            ("intent.serves-public", "met", "declared"),
            ("intent.registration-defined", "met", "declared"),
            ("domain.not-flagship", "met", "none"),
        ]
    );
}

#[test]
fn a_needs_two_independent_voices_and_b_one() {
    let mut world = best();
    world.policy.curators.pop();
    assert_eq!(answer(&world, Criterion::EndorsedTwice).0, Answer::NotMet);
    assert_eq!(world.category("a.example"), Category::B);
    world.policy.curators.pop();
    assert_eq!(answer(&world, Criterion::Endorsed).0, Answer::NotMet);
    assert_eq!(world.category("a.example"), Category::C);
}

#[test]
fn which_criteria_a_category_needs_is_policy() {
    let mut world = best();
    world.policy.curators.pop();
    world.policy.categories.a = vec![Criterion::Endorsed];
    assert_eq!(world.category("a.example"), Category::A);
}

#[test]
fn from_the_veto_trust_on_a_warning_or_a_rejection_keeps_a_server_out_of_a_and_b() {
    for (against, criterion, category) in [
        (Verdict::Warn, Criterion::NoWarning, Category::C),
        (Verdict::Reject, Criterion::NotRejected, Category::D),
    ] {
        let mut world = best();
        world.root(&person(7), 0.6, vec![verdict(against, "a.example")]);
        assert_eq!(answer(&world, criterion), (Answer::NotMet, Origin::Endorsed));
        assert_eq!(world.category("a.example"), category);
    }
}

#[test]
fn below_the_veto_trust_a_warning_or_a_rejection_costs_points_and_stands_first() {
    for against in [Verdict::Warn, Verdict::Reject] {
        let mut world = best();
        let before = world.server("a.example").score;
        world.root(&person(7), 0.59, vec![verdict(against, "a.example")]);
        let server = world.server("a.example");
        assert_eq!(answer(&world, Criterion::NoWarning), (Answer::Met, Origin::None));
        assert_eq!(answer(&world, Criterion::NotRejected), (Answer::Met, Origin::None));
        assert_eq!(server.category, Category::A, "a faint voice alone empties no list");
        assert!(server.score < before, "{} is less than {before}", server.score);
        assert_eq!(server.reasons().next().unwrap().said.unwrap().by.issuer, person(7).id);

        world.policy.trust.veto = fraction(0.5);
        assert_ne!(world.category("a.example"), Category::A, "the policy says what is enough");
    }
}

#[test]
fn a_voice_that_earns_no_points_is_no_second_voice() {
    let mut world = best();
    world.policy.curators[1].trust = fraction(0.001);
    let server = world.server("a.example");
    let points: Vec<_> = server.reasons().map(|reason| reason.points.tenths()).collect();
    assert_eq!(points[..2], [300, 0]);
    assert_eq!(answer(&world, Criterion::EndorsedTwice).0, Answer::NotMet);
    assert_eq!(answer(&world, Criterion::Endorsed).0, Answer::Met);
}

#[test]
fn what_a_curator_below_the_veto_trust_says_takes_no_server_from_the_public() {
    let facts: [fn(&mut ServerFacts); 3] = [
        |facts| {
            let members = Some(Audience::Members);
            facts.about = Some(About { audience: members, ..About::default() });
        },
        |facts| {
            let mode = Some(RegistrationMode::Closed);
            facts.registration = Some(Registration { mode, ..Registration::default() });
        },
        |facts| {
            let federation = Some(Federation::Limited);
            facts.service = Some(Service { federation, ..Service::default() });
        },
    ];
    let said = |change: fn(&mut ServerFacts)| {
        let mut facts = ServerFacts::default();
        change(&mut facts);
        let mut entry = reviewed_long_ago(crate::world::endorse("a.example"));
        entry.facts = Some(facts.into());
        entry
    };
    for change in facts {
        let mut world = World::default();
        world.root(&person(7), 0.59, vec![said(change)]);
        assert_eq!(world.category("a.example"), Category::B);
        assert_ne!(answer(&world, Criterion::ServesPublic).0, Answer::NotMet);
        world.policy.curators[0].trust = fraction(0.6);
        assert_eq!(world.category("a.example"), Category::NotForPublic);
    }

    // A louder voice that may not decide does not drown one that may.
    let [loud, trusted] = people(1);
    let mut world = World::default();
    let open = said(|facts| {
        let audience = Some(Audience::Public);
        facts.about = Some(About { audience, ..About::default() });
    });
    world.root(&loud, 0.59, vec![open]);
    assert_eq!(answer(&world, Criterion::ServesPublic).0, Answer::Met);
    world.root(&trusted, 0.6, vec![Endorsement { verdict: Verdict::List, ..said(facts[0]) }]);
    assert_eq!(answer(&world, Criterion::ServesPublic).0, Answer::NotMet);
    assert_eq!(world.category("a.example"), Category::NotForPublic);
}

#[test]
fn a_community_with_one_adopted_list_has_servers_of_category_b_on_its_first_day() {
    let mut world = World::default();
    let entries = vec![verdict(Verdict::List, "a.example"), verdict(Verdict::List, "b.example")];
    let entries = entries.into_iter().map(reviewed_long_ago).collect();
    world.adopts(&person(1), "https://servers.example/list.json", &list("List", entries));
    assert_eq!(world.category("a.example"), Category::B);
    assert_eq!(answer(&world, Criterion::Endorsed), (Answer::Met, Origin::Adopted));
    assert_eq!(answer(&world, Criterion::SignedProfile).0, Answer::NotMet);
    assert_eq!(answer(&world, Criterion::KeysUnchanged).0, Answer::Unknown);
}

#[test]
fn servers_for_members_by_invitation_closed_or_with_limited_federation_are_not_for_the_public() {
    let registration = |mode| Registration { mode: Some(mode), ..Registration::default() };
    let changes: [fn(&mut Profile); 6] = [
        |profile| profile.about.audience = Some(Audience::Members),
        |profile| profile.about.audience = Some(Audience::Invited),
        |profile| profile.about.audience = Some(Audience::Organisation),
        |profile| profile.registration.as_mut().unwrap().mode = Some(RegistrationMode::Invite),
        |profile| profile.registration.as_mut().unwrap().mode = Some(RegistrationMode::Closed),
        |profile| {
            let limited = Some(Federation::Limited);
            profile.service = Some(Service { federation: limited, ..Service::default() });
        },
    ];
    for change in changes {
        let mut world = World { profiles: vec![], reports: vec![], ..best() };
        let mut profile = public_profile("a.example");
        change(&mut profile);
        let [owner, ..] = people::<3>(1);
        world.serves(&owner, &profile, 100);
        assert_eq!(world.category("a.example"), Category::NotForPublic);
        world.root(&person(7), 1.0, vec![verdict(Verdict::Reject, "a.example")]);
        assert_eq!(world.category("a.example"), Category::D, "a rejection outweighs the mark");
    }

    let mut world = World::default();
    let facts = ServerFacts {
        registration: Some(registration(RegistrationMode::Invite)),
        ..ServerFacts::default()
    };
    let mut entry = reviewed_long_ago(verdict(Verdict::List, "a.example"));
    entry.facts = Some(facts.into());
    world.root(&person(1), 1.0, vec![entry]);
    assert_eq!(world.category("a.example"), Category::NotForPublic, "a curator can say so, too");
}

#[test]
fn what_a_curator_knows_stands_in_for_a_profile_and_never_beside_it() {
    let [owner, strong, weak] = people(1);
    let named = |title: &str| {
        let about = About { name: Some(Localized::english(title).unwrap()), ..About::default() };
        let mut entry = crate::world::endorse("a.example");
        entry.facts = Some(ServerFacts { about: Some(about), ..ServerFacts::default() }.into());
        entry
    };
    let mut world = World::default();
    world.root(&weak, 0.2, vec![named("By the weak")]);
    world.root(&strong, 0.9, vec![named("By the strong")]);
    let shown = |world: &World| {
        let server = world.server("a.example");
        let about = server.about().unwrap();
        let name = about.value.name.as_ref().unwrap().pick(&[]).1.to_string();
        (name, about.by.origin())
    };
    assert_eq!(shown(&world), ("By the strong".to_owned(), Origin::Endorsed));
    world.serves(&owner, &profile("a.example"), 100);
    assert_eq!(shown(&world), ("A server".to_owned(), Origin::Declared));
}

#[test]
fn what_nobody_declares_is_taken_from_measurements() {
    let [curator, observer] = people(1);
    let mut world = World::default();
    world.root(&curator, 1.0, vec![crate::world::endorse("a.example")]);
    assert_eq!(answer(&world, Criterion::RegistrationDefined).0, Answer::Unknown);
    assert_eq!(answer(&world, Criterion::ServesPublic).0, Answer::Unknown);
    world.hears(&observer);
    let open = Observation {
        registration: Some(RegistrationMode::Open),
        ..Observation::new(name("a.example"), days_ago(0))
    };
    world.reports(&observer, vec![open]);
    assert_eq!(answer(&world, Criterion::RegistrationDefined), (Answer::Met, Origin::Measured));
    assert_eq!(answer(&world, Criterion::ServesPublic), (Answer::Met, Origin::Measured));
}

#[test]
fn observers_are_taken_together_and_missing_is_not_down() {
    let mut world = best();
    let observers: [_; 5] = people(21);
    for (index, observer) in (0_u32..).zip(&observers) {
        world.hears(observer);
        let observation = Observation {
            client_reachable: (index != 4).then_some(index != 0),
            latency_ms: Some(100 * index),
            ..Observation::new(name("a.example"), days_ago(0))
        };
        world.reports(observer, vec![observation]);
    }
    let measured = world.server("a.example").measured.clone().unwrap();
    assert_eq!(measured.observers, 5, "the node itself only looked for the profile");
    let reachable = measured.client_reachable.unwrap();
    assert_eq!((reachable.agree, reachable.of), (3, 4));
    assert_eq!(measured.latency_ms, Some(200), "the median");
    assert_eq!(measured.federation_reachable, None);
    assert_eq!(world.category("a.example"), Category::A, "one observer delists nothing");
}

#[test]
fn where_a_claim_contradicts_measurements_the_view_says_so() {
    let [first, second, third] = people(21);
    let mut world = World { profiles: vec![], reports: vec![], ..best() };
    let [owner, ..] = people::<3>(1);
    let software = |name: &str| Software { name: Text::new(name).unwrap(), version: None };
    let mut claims = public_profile("a.example");
    claims.service = Some(Service { software: Some(software("Synapse")), ..Service::default() });
    world.serves(&owner, &claims, 100);
    let found = |mode, program| Observation {
        registration: Some(mode),
        software: Some(software(program)),
        ..Observation::new(name("a.example"), days_ago(0))
    };
    let closed = found(RegistrationMode::Closed, "synapse");
    for (observer, observation) in [
        (&first, closed.clone()),
        (&second, closed),
        (&third, found(RegistrationMode::Open, "Dendrite")),
    ] {
        world.hears(observer);
        world.reports(observer, vec![observation]);
    }
    let contradictions = world.server("a.example").contradictions.clone();
    assert_eq!(contradictions.len(), 1, "two of three agree on the software, in other letters");
    assert_eq!(
        contradictions[0].claim,
        ContradictedClaim::Registration {
            declared: RegistrationMode::Open,
            measured: RegistrationMode::Closed
        }
    );
    assert_eq!((contradictions[0].tally.agree, contradictions[0].tally.of), (2, 3));
}

#[test]
fn a_server_that_takes_applications_may_look_closed_from_outside() {
    let [owner, observer] = people(1);
    let mut world = World::default();
    let mut by_approval = profile("a.example");
    by_approval.registration.as_mut().unwrap().mode = Some(RegistrationMode::Approval);
    let signed = owner.signs(&by_approval);
    let mut observation = served("a.example", &signed, 10);
    observation.registration = Some(RegistrationMode::Closed);
    world.profiles.push(signed);
    world.hears(&observer);
    world.reports(&observer, vec![observation]);
    assert!(world.server("a.example").contradictions.is_empty());
}
