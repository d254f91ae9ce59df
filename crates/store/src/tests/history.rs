//! The change log.

use wellspring_document::Verdict;

use super::issuer::{Issuer, name};
use super::{changes, now, offer};
use crate::{Change, EntryChange, Event, Store};

fn events(changes: &[Change]) -> Vec<(Option<&str>, &Event)> {
    changes
        .iter()
        .map(|change| (change.server_name.as_ref().map(|it| it.as_str()), &change.event))
        .collect()
}

#[test]
fn the_difference_between_two_issues_of_a_list_is_kept_per_server() {
    let mut store = Store::open_in_memory().unwrap();
    let curator = Issuer::new(1);
    let first = curator.list(
        1,
        &[
            ("gone.example", Verdict::Endorse),
            ("same.example", Verdict::Endorse),
            ("turned.example", Verdict::Endorse),
        ],
    );
    let second = curator.list(
        2,
        &[
            ("new.example", Verdict::List),
            ("same.example", Verdict::Endorse),
            ("turned.example", Verdict::List),
        ],
    );
    offer(&mut store, &[&first]);
    offer(&mut store, &[&second]);

    let everything = changes(&store);
    assert_eq!(everything.corrupt, []);
    let removed = Event::EntryChanged { entry: EntryChange::Removed { verdict: Verdict::Endorse } };
    let turned = Event::EntryChanged {
        entry: EntryChange::VerdictChanged { from: Verdict::Endorse, to: Verdict::List },
    };
    let added = Event::EntryChanged { entry: EntryChange::Added { verdict: Verdict::List } };
    let replaced = Event::DocumentReplaced { previous: first.identity() };
    assert_eq!(
        events(&everything.rows),
        [
            (Some("gone.example"), &removed),
            (Some("turned.example"), &turned),
            (Some("new.example"), &added),
            (None, &replaced),
            (None, &Event::DocumentAccepted),
        ]
    );
    assert!(everything.rows.iter().all(|change| change.at == now()));
    assert_eq!(everything.rows[0].identity, second.identity());

    let of_server = store.changes_of(&name("gone.example"), 100).unwrap().rows;
    assert_eq!(events(&of_server), [(Some("gone.example"), &removed)]);
    assert_eq!(store.changes_of(&name("nobody.example"), 100).unwrap().rows, []);
}

#[test]
fn profiles_new_keys_and_equivocation_are_changes() {
    let mut store = Store::open_in_memory().unwrap();
    let before = Issuer::new(1);
    let after = before.rotated(2);
    let mut pair = [after.profile(1, "a.example", "one"), after.profile(1, "a.example", "two")];
    pair.sort_by_key(|document| document.identity());
    let first = before.profile(5, "a.example", "first");
    offer(&mut store, &[&first, &pair[1], &pair[0]]);

    let changes = store.changes_of(&name("a.example"), 10).unwrap().rows;
    let server = Some("a.example");
    assert_eq!(
        events(&changes),
        [
            (server, &Event::Equivocation { other: pair[1].identity() }),
            (server, &Event::KeysChanged { from_version: 1, to_version: 2 }),
            (server, &Event::DocumentReplaced { previous: first.identity() }),
            (server, &Event::DocumentAccepted),
        ]
    );
    assert_eq!(changes[0].identity, pair[0].identity());
    assert!(changes.is_sorted_by_key(|change| -change.number));
}

#[test]
fn equivocation_that_changes_what_counts_shows_its_entries() {
    let mut store = Store::open_in_memory().unwrap();
    let curator = Issuer::new(1);
    let mut pair = [
        curator.list(1, &[("a.example", Verdict::List)]),
        curator.list(1, &[("b.example", Verdict::List)]),
    ];
    pair.sort_by_key(|document| document.identity());
    offer(&mut store, &[&pair[1], &pair[0]]);
    let changes = changes(&store).rows;
    let entries =
        changes.iter().filter(|change| matches!(change.event, Event::EntryChanged { .. }));
    assert_eq!(entries.count(), 2);
}

#[test]
fn after_new_keys_the_difference_is_that_to_the_last_issue() {
    let mut store = Store::open_in_memory().unwrap();
    let before = Issuer::new(1);
    let after = before.rotated(2);
    offer(&mut store, &[&before.list(4, &[("a.example", Verdict::Endorse)])]);
    // The new keys turn up in another feed first.
    offer(&mut store, &[&after.profile(1, "curator.example", "Curator")]);
    offer(&mut store, &[&after.list(1, &[])]);
    let changes = store.changes_of(&name("a.example"), 10).unwrap().rows;
    let removed = Event::EntryChanged { entry: EntryChange::Removed { verdict: Verdict::Endorse } };
    assert_eq!(events(&changes), [(Some("a.example"), &removed)]);
}

#[test]
fn the_words_of_stored_events_stay() {
    let events = [
        Event::DocumentAccepted,
        Event::KeysChanged { from_version: 1, to_version: 2 },
        Event::EntryChanged {
            entry: EntryChange::VerdictChanged { from: Verdict::List, to: Verdict::Warn },
        },
        Event::EntryChanged { entry: EntryChange::Removed { verdict: Verdict::Endorse } },
    ];
    let stored: Vec<_> = events.iter().map(|event| serde_json::to_string(event).unwrap()).collect();
    insta::assert_snapshot!(stored.join("\n"), @r#"
        {"event":"document-accepted"}
        {"event":"keys-changed","from_version":1,"to_version":2}
        {"event":"entry-changed","entry":{"change":"verdict-changed","from":"list","to":"warn"}}
        {"event":"entry-changed","entry":{"change":"removed","verdict":"endorse"}}
    "#);
}
