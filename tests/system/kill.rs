//! A node that is killed (SIGKILL) loses nothing that it had accepted.

use std::time::{Duration, Instant};

use wellspring_document::Timestamp;
use wellspring_tests::{Home, Host, PATIENCE, Reply, assert_same, profile};

use crate::clock::{hours_later, now};
use crate::five_operators::{ALL_WELL, FIRST, Five};

/// Two lists and five profiles.
const REQUESTS: usize = 7;

/// The documents that count in a node's database, as kind and subject.
fn stored(home: &Home) -> Vec<(String, String)> {
    let loaded = home.store().load(now()).unwrap();
    assert!(loaded.corrupt.is_empty(), "{:?}", loaded.corrupt);
    let name = |document: &wellspring_document::AnyVerified| {
        (document.kind().to_string(), document.subject())
    };
    loaded.rows.iter().map(name).collect()
}

/// Waits until a node that is running has stored what so many answers held.
fn wait_until_stored(home: &Home, answers: usize) {
    let started = Instant::now();
    while stored(home).len() < answers {
        assert!(started.elapsed() < PATIENCE, "waited in vain: {:?}", stored(home));
        // Leaves the node some time to get there; how much decides nothing.
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A node with the keys that `keys` has, synced without a break.
fn undisturbed(five: &Five, keys: &Home, now: Timestamp) -> String {
    let home = Home::with_keys_of(keys, &five.config());
    home.sync(now);
    shown(&home, now)
}

/// What a node shows, but for which of its own reports it is: one that was killed says at
/// once what it had seen, and so signs one more.
fn shown(home: &Home, now: Timestamp) -> String {
    let mut view = home.rank(now).json().clone();
    for observer in view["observers"].as_array_mut().unwrap() {
        observer["report"].take();
    }
    view.to_string()
}

#[test]
fn whenever_a_sync_is_killed_the_next_one_completes_it() {
    let five = Five::new();
    let keys = Home::new(&five.config());
    keys.make_keys(now());
    let expected = undisturbed(&five, &keys, now());

    for answered in 0..REQUESTS {
        let home = Home::with_keys_of(&keys, &five.config());
        five.network.answer_only(answered);
        let mut sync = home.start_sync(now());
        five.network.wait_until_stuck(answered);
        wait_until_stored(&home, answered);
        sync.kill().unwrap();
        sync.wait().unwrap();

        // Nobody answers yet: what is there was there before the kill.
        let before = stored(&home);
        assert_eq!(before.len(), answered, "{before:?}");
        five.network.answer_all();
        home.sync(now());
        let after = stored(&home);
        for document in before {
            assert!(after.contains(&document), "lost after {answered} answers: {document:?}");
        }
        assert_same(&shown(&home, now()), &expected);
    }
}

#[test]
fn what_a_killed_node_had_shown_is_there_when_it_starts_again() {
    let five = Five::new();
    let keys = Home::new(&five.config());
    keys.make_keys(now());
    let expected = undisturbed(&five, &keys, now());
    let home = Home::with_keys_of(&keys, &five.config());

    // Three operators answer, two keep silent, so that the sync goes on.
    let (answering, silent) =
        (["alpha.test", "beta.test", "delta.test"], ["epsilon.test", "gamma.test"]);
    for name in silent {
        five.host(name).reply(Host::PROFILE, Reply::Stall);
    }
    let paths = answering.map(|name| {
        let signed = five.operator(name).sign(&profile(name), FIRST, hours_later(-1));
        format!("/api/v1/documents/{}", wellspring_document::BytesHash::of(&signed))
    });
    let node = home.serve(now());
    for path in &paths {
        node.wait_for(path, |answer| answer.status == 200);
    }
    node.kill();

    let node = home.serve(now());
    for path in &paths {
        assert_eq!(node.get(path).status, 200, "{path}");
    }
    node.kill();
    for name in silent {
        let signed = five.operator(name).sign(&profile(name), FIRST, hours_later(-1));
        five.host(name).serve_profile(&signed);
    }
    home.sync(now());
    assert_same(&shown(&home, now()), &expected);
    assert_eq!(home.rank(now()).summary(), ALL_WELL);
}
