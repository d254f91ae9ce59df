//! A node that is killed (SIGKILL) loses nothing that it had accepted.

use wellspring_document::Timestamp;
use wellspring_tests::{Home, Host, Reply, assert_same, profile};

use crate::clock::{hours_later, now};
use crate::five_operators::{ALL_WELL, FIRST, Five};

/// Two lists and five profiles.
const REQUESTS: usize = 7;

/// The documents that count in a node's database, as kind and subject.
fn stored(home: &Home) -> Vec<(String, String)> {
    let loaded = home.store().load().unwrap();
    assert!(loaded.corrupt.is_empty(), "{:?}", loaded.corrupt);
    let name = |document: &wellspring_document::AnyVerified| {
        (document.kind().to_string(), document.subject())
    };
    loaded.rows.iter().map(name).collect()
}

/// A node with the keys that `keys` has, synced without a break.
fn undisturbed(five: &Five, keys: &Home, now: Timestamp) -> String {
    let home = Home::with_keys_of(keys, &five.config());
    home.sync(now);
    home.rank_bytes(now)
}

#[test]
fn whenever_a_sync_is_killed_the_next_one_completes_it() {
    let five = Five::new();
    let keys = Home::new(&five.config());
    keys.rank_bytes(now());
    let expected = undisturbed(&five, &keys, now());

    for answered in 0..REQUESTS {
        let home = Home::with_keys_of(&keys, &five.config());
        five.network.answer_only(answered);
        let mut sync = home.start_sync(now());
        five.network.wait_until_stuck(answered);
        sync.kill().unwrap();
        sync.wait().unwrap();
        five.network.answer_all();

        let before = stored(&home);
        assert!(before.len() <= answered, "{before:?}");
        home.sync(now());
        let after = stored(&home);
        for document in before {
            assert!(after.contains(&document), "lost after {answered} answers: {document:?}");
        }
        assert_same(&home.rank_bytes(now()), &expected);
    }
}

#[test]
fn what_a_killed_node_had_shown_is_there_when_it_starts_again() {
    let five = Five::new();
    let keys = Home::new(&five.config());
    keys.rank_bytes(now());
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
    assert_same(&home.rank_bytes(now()), &expected);
    assert_eq!(home.rank(now()).summary(), ALL_WELL);
}
