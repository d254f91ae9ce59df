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

#[test]
fn past_days_come_out_of_kept_files_as_the_node_showed_them() {
    let five = Five::new();
    let home = Home::new(&five.config());
    let mut shown = Vec::new();
    for (day, folder) in ["past/first", "past/second"].into_iter().enumerate() {
        let at = hours_later(24 * i64::try_from(day).unwrap());
        // The second day brings a new profile, and a new report of the node itself.
        let signed = five.operator(SERVERS[0]).sign(&profile(SERVERS[0]), FIRST + day as u64, at);
        five.host(SERVERS[0]).serve_profile(&signed);
        home.sync(at);
        home.run("export", at, &[folder]).well();
        shown.push((at, home.rank_bytes(at)));
    }
    assert_ne!(shown[0].1, shown[1].1);
    drop(five);
    // Neither the hosts nor the database are needed, and both days lie in one folder.
    std::fs::remove_file(home.path().join("data/wellspring.db")).unwrap();
    for (at, view) in shown {
        let replayed = home.run("rank", at, &["--json", "--archive", "past"]).well();
        assert_same(&replayed, &view);
    }
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
