//! The same documents, policy and time give the same bytes.

use wellspring_tests::{Home, Host, Reply, assert_same, profile};

use crate::clock::{hours_later, now};
use crate::five_operators::{FIRST, Five, SERVERS};

#[test]
fn two_runs_of_rank_print_the_same_bytes() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    assert_same(&home.rank_bytes(now()), &home.rank_bytes(now()));
    assert_ne!(home.rank(now()), home.rank(hours_later(1)), "the time is part of it");
}

#[test]
fn the_order_in_which_documents_arrive_changes_no_byte() {
    let five = Five::new();
    let first = Home::new(&five.config());
    first.make_keys(now());
    let second = Home::with_keys_of(&first, &five.config());

    let (some, others) = SERVERS.split_at(2);
    sync_in_two(&five, &first, others);
    sync_in_two(&five, &second, some);
    assert_ne!(order(&first), order(&second), "they did arrive in another order");
    assert_same(&first.rank_bytes(now()), &second.rank_bytes(now()));
}

#[test]
fn two_programs_at_once_come_to_the_same_result_as_one() {
    let five = Five::new();
    let alone = Home::new(&five.config());
    alone.sync(now());
    let home = Home::new(&five.config());
    for mut sync in [home.start_sync(now()), home.start_sync(now())] {
        assert!(sync.wait().unwrap().success());
    }
    assert_eq!(home.rank(now()).summary(), alone.rank(now()).summary());
    let sources = home.store().sources().unwrap().rows;
    assert!(sources.iter().all(|source| source.failure.is_none()), "{sources:?}");
}

/// Syncs twice: the first time these hosts cannot answer.
fn sync_in_two(five: &Five, home: &Home, late: &[&str]) {
    for name in late {
        five.host(name).reply(Host::PROFILE, Reply::status(500));
    }
    home.sync(now());
    for name in late {
        let signed = five.operator(name).sign(&profile(name), FIRST, hours_later(-1));
        five.host(name).serve_profile(&signed);
    }
    home.sync(now());
}

/// The servers in the order in which their profiles arrived in a node's database.
fn order(home: &Home) -> Vec<&'static str> {
    let store = home.store();
    let mut arrivals = SERVERS.map(|name| {
        let changes = store.changes_of(&name.parse().unwrap(), 1).unwrap().rows;
        (changes[0].number, name)
    });
    arrivals.sort_unstable();
    arrivals.map(|(_, name)| name).to_vec()
}
