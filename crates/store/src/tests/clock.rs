//! The latest time that a node knows, and documents that come after the one it looks at.

use wellspring_document::{Acceptance, AnyVerified, Identity, Timestamp};

use super::issuer::{Issuer, name, profile};
use super::{assert_consistent, now, offer, refusal_code, source};
use crate::{Arrival, Attempt, AttemptResult, Store, Validators, WellKnownAnswer};

fn take(store: &mut Store, document: &AnyVerified, at: Timestamp) -> &'static str {
    match &store.accept(&[Arrival { document, source: None }], at).unwrap()[0] {
        Ok(_) => "accepted",
        outcome => refusal_code(outcome),
    }
}

#[test]
fn the_time_goes_forward_with_what_this_node_does_and_never_back() {
    let mut store = Store::open_in_memory().unwrap();
    assert_eq!(store.latest_time().unwrap(), None);
    let issuer = Issuer::new(1);
    assert_eq!(take(&mut store, &issuer.list(2, &[]), now()), "accepted");
    assert_eq!(store.latest_time().unwrap(), Some(now()), "not what the document says");

    // A refused document does not move it: anybody could send one.
    let later = now().plus_days(1);
    assert_eq!(take(&mut store, &issuer.list(1, &[]), later), "accept.rolled-back");
    assert_eq!(store.latest_time().unwrap(), Some(now()));
    let ahead = issuer.sign_at(3, now().plus_days(30), &profile("a.example", "ahead"));
    assert_eq!(take(&mut store, &ahead, now()), "accept.from-the-future");
    assert_eq!(store.latest_time().unwrap(), Some(now()));

    store.record_time(later).unwrap();
    store.record_time(now()).unwrap();
    assert_eq!(store.latest_time().unwrap(), Some(later));
    store.connection.execute("UPDATE clock SET latest_at = -1", []).unwrap();
    assert_eq!(store.latest_time().unwrap_err().code(), "store.corrupt-row");
}

#[test]
fn a_clock_that_was_ahead_by_mistake_leaves_nothing_that_waits_for_its_time() {
    let mut store = Store::open_in_memory().unwrap();
    let ahead = now().plus_days(3_000);
    let place = source("https://a.example/list.json");
    let list = Issuer::new(1).list(1, &[]);
    for list in [&list, &Issuer::new(1).list(2, &[])] {
        store.accept(&[Arrival { document: list, source: Some(&place) }], ahead).unwrap();
    }
    let result = AttemptResult::Read(Validators::default());
    let next_attempt = ahead.plus_days(1);
    store
        .record_attempts(&[Attempt { source: place.clone(), at: ahead, result, next_attempt }])
        .unwrap();
    let answers = [(name("a.example"), WellKnownAnswer::NotFound)];
    store.record_sights(&answers, ahead).unwrap()[0].as_ref().unwrap();
    store.record_adopted_names(&place, &[name("a.example")].into(), ahead).unwrap();

    store.turn_back_clock(now()).unwrap();
    assert_eq!(store.latest_time().unwrap(), Some(now()));
    let source = store.source(&place).unwrap().unwrap();
    assert_eq!(source.next_attempt, Some(now()));
    assert_eq!(store.sight(&name("a.example")).unwrap().unwrap().seen_at, now());
    // No column that holds such a time was forgotten.
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let mut tables = store.connection.prepare(tables).unwrap();
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for table in tables {
        let mut rows = store.connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns: Vec<String> = rows.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in &columns {
                let is_later = matches!(
                    row.get_ref(column.as_str()).unwrap(),
                    rusqlite::types::ValueRef::Integer(time) if time > now().plus_days(300).unix()
                );
                assert!(!is_later, "{table}.{column}");
            }
        }
    }
    assert_consistent(&store);
}

/// What counts at a moment, by identity.
fn counting(store: &Store, at: Timestamp) -> Vec<Identity> {
    let loaded = store.load(at).unwrap();
    assert_eq!(loaded.corrupt, []);
    loaded.rows.iter().map(AnyVerified::identity).collect()
}

#[test]
fn what_was_signed_later_is_as_if_it_were_not_there() {
    let mut store = Store::open_in_memory().unwrap();
    let issuer = Issuer::new(1);
    let body = |title| profile("a.example", title);
    let monday = issuer.sign_at(1, now().plus_days(-3), &body("monday"));
    let tuesday = issuer.sign_at(2, now().plus_days(-2), &body("tuesday"));
    let list = issuer.sign_at(1, now().plus_days(-1), &super::issuer::list(&[]));
    let others = Issuer::new(2).sign_at(1, now().plus_days(-3), &body("others"));
    offer(&mut store, &[&monday, &tuesday, &list, &others]);
    let mut both = [tuesday.identity(), others.identity()];
    if issuer.history.issuer() > others.issuer() {
        both.reverse();
    }
    assert_eq!(counting(&store, now()).len(), 3);
    assert_eq!(counting(&store, now().plus_days(-2)), both);
    let five_minutes_before = now().plus_days(-2).plus_seconds(-300);
    assert_eq!(counting(&store, five_minutes_before), both, "clocks may differ");
    let before = five_minutes_before.plus_seconds(-1);
    assert!(counting(&store, before).contains(&monday.identity()), "it was replaced later");
    assert_eq!(counting(&store, now().plus_days(-4)), []);
    let of_issuer = store.load_of(issuer.history.issuer(), before).unwrap().rows;
    assert_eq!(of_issuer.len(), 1);

    // What is erased cannot come back: then the feed is simply not there.
    store.erase_superseded(now().plus_days(40)).unwrap();
    assert_eq!(counting(&store, before), [others.identity()]);
}

#[test]
fn keys_that_came_later_are_as_if_they_were_not_there() {
    let mut store = Store::open_in_memory().unwrap();
    let (issuer, thief) = (Issuer::new(1), Issuer::new(1));
    let list = super::issuer::list(&[]);
    let before = issuer.sign_at(5, now().plus_days(-3), &list);
    let after = issuer.rotated(2).sign_at(1, now().plus_days(-2), &list);
    let stolen = thief.rotated(3).sign_at(1, now().plus_days(-1), &list);
    offer(&mut store, &[&before, &after, &stolen]);
    assert_eq!(counting(&store, now()), [before.identity()], "contested");
    assert_eq!(counting(&store, now().plus_days(-2)), [after.identity()]);
    assert_eq!(counting(&store, now().plus_days(-3)), [before.identity()]);
    assert_eq!(offer(&mut store, &[&before]), [Ok(Acceptance::Known)]);
}
