//! A view in records.

use wellspring_document::json::Value;
use wellspring_document::{Date, KeyPrefix, SightStatus, Verdict, ViewManifest, into_parts};
use wellspring_ranking::{ContestDecision, KeyContest, KeyWay, View, rank};

use crate::world::{
    World, days_ago, distrusts, endorse, list, now, person, recommends, seen, verdict,
};

/// The records of a view as they stand in its parts.
fn written(view: &View) -> Vec<Value> {
    let parts = into_parts(view.records()).unwrap();
    let read = |part: &wellspring_document::Part| {
        assert_eq!(part.reference.prefix, KeyPrefix::EMPTY, "a small view is one part");
        ViewManifest::read_part(&part.reference, &part.bytes).unwrap()
    };
    parts.iter().flat_map(read).collect()
}

fn only<'a>(records: &'a [Value], kind: &str) -> Vec<&'a Value> {
    records.iter().filter_map(|record| record.get(kind)).collect()
}

#[test]
fn all_that_a_view_says_is_in_its_records() {
    let (root, friend, stranger, observer) = (person(1), person(2), person(3), person(4));
    let mut world = World::default();
    world.trusts(&root, 1.0);
    let entries =
        vec![endorse("a.example"), endorse("b.example"), verdict(Verdict::Warn, "gone.example")];
    let mut body = list("A curator", entries);
    body.curators = vec![recommends(&friend), distrusts(&stranger)];
    world.publishes(&root, &body);
    world.policy.own = Some(observer.id.clone());
    world.reports(&observer, vec![seen("gone.example", SightStatus::Unlisted)]);
    let contest = KeyContest {
        issuer: friend.id,
        common_version: 1,
        ways: vec![KeyWay {
            state: person(7).id.as_str().parse().unwrap(),
            issued_at: days_ago(3),
            is_recovery: false,
        }],
        followed: None,
    };
    let view = rank(&world.policy, &world.corpus().with_contests(vec![contest]));
    let records = written(&view);

    let whole = serde_json::to_value(&view).unwrap();
    for (kind, member) in [
        ("server", "servers"),
        ("unlisted", "unlisted"),
        ("curator", "curators"),
        ("distrusted", "distrusted"),
        ("contested", "contested"),
        ("observer", "observers"),
    ] {
        let mut expected: Vec<&Value> = whole[member].as_array().unwrap().iter().collect();
        let mut found = only(&records, kind);
        assert!(!found.is_empty(), "{kind}");
        expected.sort_unstable_by_key(|value| value.to_string());
        found.sort_unstable_by_key(|value| value.to_string());
        // Numbers are written as RFC 8785 has them, `30` for `30.0`.
        let canonical = |values: &[&Value]| -> Vec<Vec<u8>> {
            values.iter().map(|it| wellspring_document::json::canonical(it)).collect()
        };
        assert_eq!(canonical(&found), canonical(&expected), "{kind}");
    }
    assert_eq!(only(&records, "documents"), [&whole["documents"]]);
    let all = view.servers.len() + view.unlisted.len() + view.curators.len() + 4;
    assert_eq!(records.len(), all, "one distrusted, one contested, one observer, the counts");
}

#[test]
fn a_decision_about_contested_keys_changes_the_records() {
    let (curator, state) = (person(1), person(7).id.as_str().parse().unwrap());
    let mut world = World::default();
    world.root(&curator, 1.0, vec![endorse("a.example")]);
    let contest = |followed| KeyContest {
        issuer: curator.id.clone(),
        common_version: 1,
        ways: vec![],
        followed,
    };
    let decided_at: Date = now().date();
    world.policy.contests = vec![ContestDecision {
        issuer: curator.id.clone(),
        follow: wellspring_document::StateHash::clone(&state),
        reason: wellspring_document::Text::new("They told us.").unwrap(),
        decided_at,
    }];
    let view =
        |followed| rank(&world.policy, &world.corpus().with_contests(vec![contest(followed)]));
    let (undecided, decided) = (written(&view(None)), written(&view(Some(state))));
    assert!(only(&undecided, "contested")[0].get("decision").is_none());
    assert_eq!(only(&decided, "contested")[0]["decision"]["reason"], "They told us.");
}
