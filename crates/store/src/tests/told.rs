//! What is told of how lists change: nothing twice, nothing lost, nothing for ever.

use wellspring_document::{BytesHash, ServerName, Timestamp};

use super::{assert_consistent, now};
use crate::{
    CHANGES_KEPT_DAYS, CorruptRow, MAX_CHANGES_PER_COMMUNITY, Store, StoreError, Telling, ToldList,
    ToldQuery, ToldServer,
};

fn name(text: &str) -> ServerName {
    text.parse().unwrap()
}

fn policy() -> BytesHash {
    BytesHash::of(b"a policy")
}

/// Tells one change of each of these servers.
fn telling(servers: &[&str]) -> Telling {
    let stands = ToldServer { mark: "C 10".into(), standing: "{}".into() };
    Telling {
        policy: policy(),
        changes: servers.iter().map(|it| (Some(name(it)), format!("\"{it}\""))).collect(),
        servers: servers.iter().map(|it| (name(it), Some(stands.clone()))).collect(),
        erased: Vec::new(),
    }
}

fn tell(store: &mut Store, community: &str, telling: &Telling, at: Timestamp) {
    store.tell::<StoreError>(community, at, |_| Ok(Some(telling.clone()))).unwrap();
}

const ALL: ToldQuery<'_> = ToldQuery {
    community: "town",
    since: None,
    server_name: None,
    hidden: &[],
    limit: 100_000,
    offset: 0,
};

/// What fits a query, and how much in all.
fn told(store: &Store, query: &ToldQuery<'_>) -> (usize, Vec<String>) {
    let (total, found) = store.told_changes(query).unwrap();
    assert_eq!(found.corrupt, []);
    (total, found.rows.into_iter().map(|it| it.change.replace('"', "")).collect())
}

/// The marks that the next list is compared with.
fn marks(store: &mut Store, community: &str) -> Option<Vec<String>> {
    let mut marks = None;
    let look = |told: Option<&ToldList<'_>>| {
        if let Some(told) = told {
            assert_eq!(told.policy(), policy());
            let found = told.marks()?.rows.into_iter();
            marks = Some(found.map(|(name, mark)| format!("{name} {mark}")).collect());
        }
        Ok::<_, StoreError>(None)
    };
    store.tell(community, now(), look).unwrap();
    marks
}

#[test]
fn what_was_told_is_kept_over_a_restart_and_is_what_the_next_list_is_compared_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let mut store = Store::open(&path).unwrap();
    assert_eq!(marks(&mut store, "town"), None);
    tell(&mut store, "town", &telling(&["a.example", "b.example"]), now());
    drop(store);
    let mut store = Store::open(&path).unwrap();
    assert_eq!(marks(&mut store, "town").unwrap(), ["a.example C 10", "b.example C 10"]);
    assert_eq!(marks(&mut store, "club"), None);
    assert_eq!(told(&store, &ALL), (2, vec!["b.example".into(), "a.example".into()]));
    let mut left = telling(&["a.example"]);
    left.servers[0].1 = None;
    tell(&mut store, "town", &left, now().plus_days(1));
    assert_eq!(marks(&mut store, "town").unwrap(), ["b.example C 10"]);
    assert_consistent(&store);
}

#[test]
fn where_comparing_fails_nothing_is_told() {
    let mut store = Store::open_in_memory().unwrap();
    tell(&mut store, "town", &telling(&["a.example"]), now());
    let row =
        CorruptRow { table: "x", row: 1, column: "x".to_owned(), problem: "a test".to_owned() };
    let fails = |_: Option<&ToldList<'_>>| Err(StoreError::from(row.clone()));
    assert_eq!(store.tell("town", now(), fails).unwrap_err().code(), "store.corrupt-row");
    assert_eq!(told(&store, &ALL).0, 1);
}

#[test]
fn changes_are_found_by_community_time_and_server() {
    let mut store = Store::open_in_memory().unwrap();
    let later = now().plus_days(1);
    tell(&mut store, "town", &telling(&["a.example", "b.example"]), now());
    tell(&mut store, "town", &telling(&["a.example"]), later);
    tell(&mut store, "club", &telling(&["c.example"]), later);
    let (a, b) = (name("a.example"), name("b.example"));
    let count = |query: &ToldQuery<'_>| told(&store, query).0;
    assert_eq!(count(&ALL), 3);
    assert_eq!(count(&ToldQuery { community: "club", ..ALL }), 1);
    assert_eq!(count(&ToldQuery { since: Some(later), ..ALL }), 1);
    assert_eq!(count(&ToldQuery { server_name: Some(&a), ..ALL }), 2);
    let hidden = [a];
    assert_eq!(told(&store, &ToldQuery { hidden: &hidden, ..ALL }), (1, vec![b.to_string()]));
    let part = ToldQuery { limit: 1, offset: 1, ..ALL };
    assert_eq!(told(&store, &part), (3, vec![b.to_string()]));
}

#[test]
fn whoever_wants_to_be_in_no_list_is_erased_from_what_was_told() {
    let mut store = Store::open_in_memory().unwrap();
    tell(&mut store, "town", &telling(&["a.example", "b.example"]), now());
    let erasing = Telling { erased: vec![name("a.example")], ..telling(&[]) };
    tell(&mut store, "town", &erasing, now());
    assert_eq!(told(&store, &ALL), (1, vec!["b.example".into()]));
    assert_eq!(marks(&mut store, "town").unwrap(), ["b.example C 10"]);
    let left = "SELECT count(*) FROM told_changes WHERE server_name = 'a.example'";
    assert_eq!(store.connection.query_row(left, [], |row| row.get::<_, i64>(0)), Ok(0));
}

#[test]
fn changes_are_kept_for_so_many_days_and_up_to_so_many() {
    let mut store = Store::open_in_memory().unwrap();
    tell(&mut store, "club", &telling(&["old.example"]), now());
    tell(&mut store, "town", &telling(&["old.example"]), now());
    tell(&mut store, "town", &telling(&["a.example"]), now().plus_days(CHANGES_KEPT_DAYS));
    assert_eq!(told(&store, &ALL).0, 2, "of that very age");
    let after = now().plus_days(CHANGES_KEPT_DAYS).plus_seconds(1);
    tell(&mut store, "town", &telling(&[]), after);
    assert_eq!(told(&store, &ALL), (1, vec!["a.example".into()]));
    assert_eq!(told(&store, &ToldQuery { community: "club", ..ALL }).0, 0);

    let many = Telling {
        changes: vec![(None, "1".to_owned()); MAX_CHANGES_PER_COMMUNITY],
        ..telling(&[])
    };
    tell(&mut store, "club", &telling(&["c.example"]), after);
    tell(&mut store, "town", &many, after);
    assert_eq!(told(&store, &ALL).0, MAX_CHANGES_PER_COMMUNITY);
    assert_eq!(told(&store, &ToldQuery { server_name: Some(&name("a.example")), ..ALL }).0, 0);
    assert_eq!(told(&store, &ToldQuery { community: "club", ..ALL }).0, 1);
}

#[test]
fn a_damaged_row_is_passed_over_and_the_doctor_takes_it_out() {
    let mut store = Store::open_in_memory().unwrap();
    tell(&mut store, "town", &telling(&["a.example", "b.example"]), now());
    let damage = "UPDATE told_changes SET change = '{' WHERE server_name = 'a.example';
        UPDATE told_servers SET standing = '{' WHERE server_name = 'a.example';
        UPDATE told_lists SET policy = x'00'";
    store.connection.execute_batch(damage).unwrap();
    let mended = store.mend(now(), &mut |_, _| {}).unwrap();
    assert_eq!(mended.before.complaints.len(), 3, "{:?}", mended.before);
    assert_eq!(mended.after.complaints, []);
    assert_eq!(told(&store, &ALL), (1, vec!["b.example".into()]));
    // Which policy it was is lost, so the next list is told from the beginning.
    assert_eq!(marks(&mut store, "town"), None);
    tell(&mut store, "town", &telling(&["c.example"]), now());
    assert_eq!(marks(&mut store, "town").unwrap(), ["c.example C 10"]);
}
