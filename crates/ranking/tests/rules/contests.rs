//! Contested keys in a view, and documents from the future of its moment.

use wellspring_document::{StateHash, Text};
use wellspring_ranking::{
    ContestDecision, Corpus, KeyContest, KeyWay, Language, Sentence as _, rank,
};

use crate::world::{Person, World, days_ago, endorse, list, now, person};

fn state(number: u32) -> StateHash {
    person(number).id.as_str().parse().unwrap()
}

/// The contest about somebody's keys, of which the documents follow one or none.
fn contest(who: &Person, followed: Option<StateHash>) -> KeyContest {
    let way = |state| KeyWay { state, issued_at: days_ago(3), is_recovery: false };
    KeyContest {
        issuer: who.id.clone(),
        common_version: 1,
        ways: vec![way(state(71)), way(state(72))],
        followed,
    }
}

fn decision(who: &Person, follow: StateHash) -> ContestDecision {
    ContestDecision {
        issuer: who.id.clone(),
        follow,
        reason: Text::new("They told us in person.").unwrap(),
        decided_at: days_ago(2).date(),
    }
}

#[test]
fn a_view_says_whose_keys_are_contested_and_what_was_decided() {
    let (curator, stranger) = (person(1), person(2));
    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse("a.example")]);
    let view = |world: &World, followed: Option<StateHash>| {
        let contests = vec![contest(&stranger, None), contest(&curator, followed)];
        rank(&world.policy, &world.corpus().with_contests(contests))
    };
    let undecided = view(&world, None);
    let issuers: Vec<_> = undecided.contested.iter().map(|it| &it.issuer).collect();
    assert_eq!(issuers, [&curator.id], "what strangers do changes no byte");
    let told = undecided.contest(&curator.id).unwrap().sentence(Language::English);
    insta::assert_snapshot!(told, @"The keys are contested: they lead 2 ways, and no recovery key decides between them. What was signed after key version 1 counts for nothing.");

    world.policy.contests = vec![decision(&curator, state(71))];
    let decided = view(&world, Some(state(71)));
    let told = decided.contest(&curator.id).unwrap().sentence(Language::English);
    insta::assert_snapshot!(told, @"The keys are contested. Decided by this community on 2026-11-20: They told us in person.");
    let json = serde_json::to_value(&decided).unwrap();
    assert_eq!(json["contested"][0]["decision"]["follow"], state(71).as_str());
    assert_eq!(json["policy"]["contests"][0]["reason"], "They told us in person.");
    assert_eq!(json["contested"][0]["ways"].as_array().unwrap().len(), 2);

    // A state that is not known decides nothing.
    assert_eq!(view(&world, None).contested[0].decision, None);
    assert_eq!(view(&world, Some(state(72))).contested[0].decision, None);
}

#[test]
fn what_comes_from_the_future_is_as_if_it_were_not_there() {
    let (curator, other) = (person(1), person(2));
    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse("a.example")]);
    let early = days_ago(1);
    let later = now().plus_seconds(301);
    let next = list("Curator", vec![endorse("b.example")]);
    let without = serde_json::to_string(&world.view()).unwrap();
    world.lists.push(curator.signs_at(&next, later, 2));
    world.lists.push(other.signs_at(&list("Other", vec![endorse("c.example")]), later, 1));
    assert_eq!(serde_json::to_string(&world.view()).unwrap(), without);

    // Five minutes of skew are tolerated.
    let view = |at| {
        let lists = world.lists.clone();
        rank(&world.policy, &Corpus::new(Vec::new(), lists, Vec::new(), at))
    };
    let names = |at| -> Vec<String> {
        view(at).servers.iter().map(|server| server.server_name.to_string()).collect()
    };
    assert_eq!(names(now().plus_seconds(1)), ["b.example"]);
    assert_eq!(names(now()), ["a.example"]);
    assert_eq!(names(early.plus_seconds(-301)), [""; 0]);
}
