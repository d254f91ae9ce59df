//! What changed between two views, and why.

use wellspring_document::profile::Listing;
use wellspring_document::{Localized, Profile, Verdict};
use wellspring_ranking::{
    Because, Change, Corpus, Language, NamedReasonChange, Sentence, View, changes, rank,
};

use crate::world::{World, date, endorse, list, name, now, person, profile, verdict};

/// The changes, one line each with the reasons below.
fn told(before: &View, after: &View) -> String {
    let mut text = String::new();
    for change in changes(before, after) {
        text.push_str(change.as_str());
        if let Some(moved) = change.moved() {
            let stood = |stood: &Option<wellspring_ranking::Stood>| {
                stood
                    .map_or("–".to_owned(), |it| format!("{} {}", it.score, it.category.as_str()))
            };
            let (before, after) = (stood(&moved.before), stood(&moved.after));
            text.push_str(&format!(" {}: {before} → {after}", moved.server_name));
            for reason in &moved.reasons {
                let named = NamedReasonChange { reason, name: "Anna" };
                let sentence = named.sentence(Language::English);
                let because = reason.because.as_str();
                text.push_str(&format!(
                    "\n  {} {because} {}: {sentence}",
                    reason.code, reason.points
                ));
            }
            for it in &moved.criteria {
                let (before, after) = (it.before.as_str(), it.after.as_str());
                text.push_str(&format!("\n  {}: {before} → {after}", it.criterion));
            }
        }
        text.push('\n');
    }
    text
}

fn world() -> World {
    let mut world = World::default();
    let entries = ["a.example", "b.example", "c.example"].map(endorse).into();
    world.root(&person(1), 1.0, entries);
    world
}

/// The same world with another list of its first curator.
fn with_entries(entries: Vec<wellspring_document::Endorsement>) -> World {
    let mut world = World { policy: world().policy, ..World::default() };
    world.publishes(&person(1), &list("A curator", entries));
    world
}

#[test]
fn each_change_of_a_list_is_told_with_its_reasons() {
    let after = with_entries(vec![
        verdict(Verdict::List, "a.example"),
        endorse("b.example"),
        verdict(Verdict::Reject, "c.example"),
        endorse("d.example"),
    ]);
    insta::assert_snapshot!(told(&world().view(), &after.view()), @r"
    fell a.example: 15.0 C → 6.3 C
      endorsement.listed otherwise −8.7: Anna: from recommendation to listing.
    fell c.example: 15.0 C → 0.0 D
      rejection.veto otherwise −15.0: Anna: from recommendation to rejection.
      listing.endorsed: met → not-met
      listing.not-rejected: met → not-met
    entered d.example: – → 15.0 C
      endorsement.endorsed came 15.0: New recommendation by Anna.
    ");
    insta::assert_snapshot!(told(&after.view(), &world().view()), @r"
    rose a.example: 6.3 C → 15.0 C
      endorsement.endorsed otherwise 8.7: Anna: from listing to recommendation.
    rose c.example: 0.0 D → 15.0 C
      endorsement.endorsed otherwise 15.0: Anna: from rejection to recommendation.
      listing.endorsed: not-met → met
      listing.not-rejected: not-met → met
    left d.example: 15.0 C → –
      endorsement.endorsed went −15.0: The recommendation by Anna is gone, or counts no more.
    ");
    assert_eq!(changes(&after.view(), &after.view()), []);
}

#[test]
fn who_moved_only_because_others_did_is_not_named() {
    let (before, mut after) = (world(), world());
    let second = person(2);
    let mut policy = after.policy.clone();
    // The same policy in both: the second curator has published nothing before.
    let root = wellspring_ranking::Root {
        issuer: second.id.clone(),
        trust: wellspring_ranking::Fraction::ONE,
        name: None,
    };
    policy.curators.push(root);
    after.publishes(&second, &list("Another", vec![endorse("c.example")]));
    let [before, after] = [before, after].map(|world| rank(&policy, &world.corpus()));
    assert_ne!(before.servers[0].server_name, after.servers[0].server_name);
    let changes = changes(&before, &after);
    let names: Vec<_> =
        changes.iter().filter_map(Change::moved).map(|it| it.server_name.as_str()).collect();
    assert_eq!(names, ["c.example"]);
}

#[test]
fn a_change_of_the_policy_blames_no_server() {
    let (before, mut after) = (world(), with_entries(vec![endorse("d.example")]));
    after.policy.waiting_days += 1;
    assert_eq!(changes(&before.view(), &after.view()), [Change::Policy { servers: 1 }]);
}

/// A world whose only review is that old, in days.
fn aged(days: i64) -> World {
    let mut entry = endorse("a.example");
    entry.reviewed_at = Some(date(days));
    with_entries(vec![entry])
}

#[test]
fn that_a_review_ages_is_told_once_it_amounts_to_a_point() {
    // As the world looks to one who looks at the same list later.
    let view = |days: i64| {
        let mut world = aged(360);
        world.lists.clear();
        let mut entry = endorse("a.example");
        entry.reviewed_at = Some(date(360));
        let at = now().plus_days(days);
        world.lists.push(person(1).signs_at(&list("A curator", vec![entry]), at, 1));
        rank(&world.policy, &Corpus::new(vec![], world.lists, vec![], at))
    };
    let first = view(0);
    let score = |view: &View| view.server(&name("a.example")).unwrap().score;
    assert!(score(&view(20)) < score(&first), "it did age");
    assert_eq!(changes(&first, &view(20)), []);
    let day = (1..400).find(|days| !changes(&first, &view(*days)).is_empty()).unwrap();
    assert_eq!((score(&first) - score(&view(day))).tenths(), 10);
    insta::assert_snapshot!(told(&first, &view(day)), @r"
    fell a.example: 12.0 B → 11.0 B
      endorsement.endorsed age −1.0: The recommendation by Anna got older.
    ");
}

#[test]
fn a_new_review_is_told_however_small_the_move() {
    let changes = changes(&aged(250).view(), &aged(240).view());
    let [Change::Rose(moved)] = &changes[..] else { panic!("{changes:?}") };
    assert_eq!(moved.reasons[0].because, Because::Reviewed);
    assert!(moved.reasons[0].points.tenths() < 10, "{moved:?}");
}

#[test]
fn nothing_is_told_of_a_server_that_is_unlisted() {
    let (before, mut after) = (world(), world());
    let mut unlisted: Profile = profile("a.example");
    unlisted.about.listing = Some(Listing::Unlisted);
    unlisted.about.name = Some(Localized::english("Gone").unwrap());
    after.serves(&person(7), &unlisted, 40);
    let policy = after.policy.clone();
    let [before, after] = [before, after].map(|world| rank(&policy, &world.corpus()));
    assert!(after.unlisted(&name("a.example")).is_some());
    assert_eq!(changes(&before, &after), []);
}

#[test]
fn changes_are_read_as_they_are_written() {
    let after = with_entries(vec![verdict(Verdict::Reject, "c.example"), endorse("d.example")]);
    for change in changes(&world().view(), &after.view()) {
        let json = serde_json::to_string(&change).unwrap();
        assert_eq!(serde_json::from_str::<Change>(&json).unwrap(), change, "{json}");
    }
}
