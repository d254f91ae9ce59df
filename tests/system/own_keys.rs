//! A node whose own keys change: what it vouched for and saw goes on counting.

use std::fs;

use wellspring_store::Store;
use wellspring_tests::{
    Community, Config, Finished, Home, Host, Network, PATIENCE, Person, Reply, profile, wellspring,
};

use crate::clock::{hours_later, now};

const URL: &str = "https://lists.test/servers.json";

/// A node with an adopted list of one server, whose profile it saw.
fn node() -> (Network, [Host; 2], Home) {
    let network = Network::new();
    let lists = network.host("lists.test");
    let list = "{\"public_servers\": [{\"name\": \"alpha.test\"}], \"private_servers\": []}";
    lists.reply("/servers.json", Reply::file(list));
    let alpha = network.host("alpha.test");
    alpha.serve_profile(&Person::new(1).sign(&profile("alpha.test"), 1, now()));
    let config =
        Config::new(&network).adopt(URL, "").community(&Community::new("town").uses(URL, 0.5));
    (network, [lists, alpha], Home::new(&config))
}

/// The keys under which each document of the node counts, by kind.
fn versions(store: &Store, issuer: &str) -> Vec<(String, u32)> {
    let rows = store.load(hours_later(1_000)).unwrap().rows;
    let own = rows.iter().filter(|document| document.issuer().as_str() == issuer);
    own.map(|document| (document.kind().to_string(), document.key_version())).collect()
}

fn issuer(home: &Home) -> String {
    let history = fs::read(home.path().join("data/node-key-history.json")).unwrap();
    let states: Vec<serde_json::Value> = serde_json::from_slice(&history).unwrap();
    wellspring_document::KeyHistory::verify(&states).unwrap().issuer().to_string()
}

fn both(version: u32) -> Vec<(String, u32)> {
    vec![("endorsement list".to_owned(), version), ("observation report".to_owned(), version)]
}

fn key(home: &Home, words: &str) -> String {
    let finished = Finished::run(&mut wellspring(home.path(), words.split_whitespace()));
    finished.well()
}

#[test]
fn a_node_signs_its_own_word_again_when_its_keys_were_changed() {
    let (_network, [lists, alpha], home) = node();
    home.sync(now());
    let id = issuer(&home);
    assert_eq!(versions(&home.store(), &id), both(1));
    let before = home.rank(hours_later(1));
    assert_eq!(before.names(), ["alpha.test"]);
    let own_view = |view: &wellspring_tests::View| view.server("alpha.test").reasons();

    let said = key(&home, &format!("key rotate data/node-key.pem --now {}", hours_later(1)));
    assert!(said.contains("Next: nothing."), "{said}");
    assert_eq!(issuer(&home), id);
    assert_eq!(versions(&home.store(), &id), both(1), "not before the next round");

    // Nobody answers, and nothing is lost: all that the node ever said counts under new keys.
    lists.reply("/servers.json", Reply::status(503));
    alpha.reply("/.well-known/wellspring/profile.json", Reply::status(503));
    home.sync(hours_later(2));
    assert_eq!(versions(&home.store(), &id), both(2));
    let after = home.rank(hours_later(2));
    assert_eq!(after.names(), ["alpha.test"]);
    assert_eq!(own_view(&after), own_view(&before));
    assert_eq!(
        after.server("alpha.test").json["profile"],
        before.server("alpha.test").json["profile"]
    );

    // The key of before signs nothing any more, and the next rounds have nothing to mend.
    let own_documents = |home: &Home| home.store().load(hours_later(1_000)).unwrap().rows.len();
    let count = own_documents(&home);
    home.sync(hours_later(3));
    assert_eq!(own_documents(&home), count);
    assert_eq!(versions(&home.store(), &id), both(2));
}

/// A node that runs takes up its keys at the start of a round, whoever changed them.
#[test]
fn a_node_that_is_started_after_a_change_serves_what_it_had() {
    let (_network, _lists, home) = node();
    home.sync(now());
    let id = issuer(&home);
    key(&home, &format!("key rotate data/node-key.pem --now {}", hours_later(1)));
    let serving = home.serve(hours_later(2));
    serving.wait_for("/api/v1/servers", |answer| answer.text().contains("alpha.test"));
    let started = std::time::Instant::now();
    while versions(&home.store(), &id) != both(2) {
        assert!(started.elapsed() < PATIENCE, "{:?}", versions(&home.store(), &id));
        // Leaves the node some time to get there; how much decides nothing.
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn a_node_recovers_its_key_with_recovery_keys() {
    let (_network, _lists, home) = node();
    let made = key(&home, "key generate --recovery --no-passphrase --json");
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let recovery = made["recovery_key"].as_str().unwrap();
    key(
        &home,
        &format!(
            "key generate --name node --out-dir data --no-passphrase --now {} --recovery-key {recovery}",
            now()
        ),
    );
    home.sync(now());
    let id = issuer(&home);
    assert_eq!(versions(&home.store(), &id), both(1));
    fs::remove_file(home.path().join("data/node-key.pem")).unwrap();
    key(
        &home,
        &format!(
            "key recover data/node-key-history.json --using recovery-key.pem --now {}",
            hours_later(1)
        ),
    );
    home.sync(hours_later(2));
    assert_eq!(issuer(&home), id);
    assert_eq!(versions(&home.store(), &id), both(2));
    assert_eq!(home.rank(hours_later(2)).names(), ["alpha.test"]);
}

#[test]
fn a_node_stays_one_that_signs_alone_and_is_asked_for_no_passphrase() {
    let (_network, _lists, home) = node();
    home.sync(now());
    fs::write(home.path().join("passphrase"), "correct horse").unwrap();
    let refused = |words: &str| {
        let finished = Finished::run(&mut wellspring(home.path(), words.split_whitespace()));
        assert_ne!(finished.code, Some(0), "{finished:?}");
        finished.err
    };
    let other = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
    let together = refused(&format!(
        "key rotate data/node-key.pem --keep-key --signing-key {other} --threshold 2"
    ));
    assert!(together.contains("a node signs by itself"), "{together}");
    let passphrase = refused("key rotate data/node-key.pem --new-passphrase-file passphrase");
    assert!(passphrase.contains("nobody to ask for a passphrase"), "{passphrase}");
    home.sync(hours_later(1));
}
