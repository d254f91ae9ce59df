//! Folders with signed documents: a git checkout, an rsync copy.

use std::fs;

use wellspring_tests::{Community, Config, Home, Host, Network, Person, endorse, list, profile};

use crate::clock::{hours_later, now};

#[test]
fn a_folder_gives_what_holds_in_it_whatever_else_is_there() {
    let network = Network::new();
    let (operator, anna) = (Person::new(1), Person::new(101));
    let config = Config::new(&network)
        .section("[sync]\nsources = \"configured\"")
        .directory("documents")
        .community(&Community::new("town").trusts(anna.issuer(), 1.0));
    let home = Home::new(&config);
    let folder = home.path().join("documents");
    for sub in ["servers", ".git"] {
        fs::create_dir_all(folder.join(sub)).unwrap();
    }
    let good = operator.sign(&profile("alpha.test"), 1, hours_later(-1));
    let newer = operator.sign(&profile("alpha.test"), 2, hours_later(-1));
    let altered = String::from_utf8(newer.to_vec()).unwrap().replace("The server", "The sorcer");
    let endorsements = list("Anna", [endorse("alpha.test", &operator, "2026-09-01")]);
    fs::write(folder.join("servers/alpha.json"), good).unwrap();
    fs::write(folder.join("servers/altered.json"), altered).unwrap();
    fs::write(folder.join("anna.json"), anna.sign(&endorsements, 1, hours_later(-1))).unwrap();
    fs::write(folder.join("truncated.json"), "{\"type\": ").unwrap();
    fs::write(folder.join(".git/index.json"), "not looked at").unwrap();
    fs::write(folder.join("README.md"), "not looked at").unwrap();

    let outcome = home.sync(now());
    let problems = outcome["problems"].as_array().unwrap();
    let codes: Vec<_> = problems.iter().map(|problem| problem["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["proof.invalid-signature", "json.truncated"], "{outcome}");
    let message = problems[0]["message"].as_str().unwrap();
    assert!(message.contains("altered.json"), "{message}");

    // No sight of the name itself: Anna's key for it confirms the profile.
    let alpha = home.rank(now()).server("alpha.test");
    assert_eq!(alpha.profile(), "confirmed");
    assert_eq!(alpha.json["profile"]["confirmation"]["how"], "curator");
    assert_eq!(alpha.json["profile"]["document"]["sequence"], 1);
    assert_eq!(alpha.reasons(), ["endorsement.endorsed 30.0 Anna"]);

    // What is put right is taken, and what was good stays when the folder goes.
    let newest = operator.sign(&profile("alpha.test"), 3, now());
    fs::write(folder.join("servers/altered.json"), newest).unwrap();
    home.sync(hours_later(1));
    let sequence = |hours| {
        home.rank(hours_later(hours)).server("alpha.test").json["profile"]["document"]["sequence"]
            .clone()
    };
    assert_eq!(sequence(1), 3);
    fs::remove_dir_all(&folder).unwrap();
    let outcome = home.sync(hours_later(2));
    assert_eq!(outcome["problems"][0]["code"], "directory.unreadable", "{outcome}");
    assert_eq!(sequence(2), 3);
}

#[test]
fn a_damaged_document_is_read_again_although_nothing_is_new_at_its_source() {
    let network = Network::new();
    let (operator, anna) = (Person::new(1), Person::new(101));
    let host = network.host("anna.test");
    let endorsements = list("Anna", [endorse("alpha.test", &operator, "2026-09-01")]);
    host.serve_list(&anna.sign(&endorsements, 1, hours_later(-1)));
    let config = Config::new(&network)
        .section("[sync]\nsources = \"configured\"")
        .feed(&host.url(Host::LIST))
        .community(&Community::new("town").trusts(anna.issuer(), 1.0));
    let home = Home::new(&config);
    home.sync(now());
    assert_eq!(home.rank(now()).names(), ["alpha.test"]);

    let database = home.path().join("data/wellspring.db");
    let mut bytes = fs::read(&database).unwrap();
    let (good, bad) = (b"\"Anna\"", b"\"Anne\"");
    let places: Vec<_> =
        (0..bytes.len() - good.len()).filter(|at| bytes[*at..].starts_with(good)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + bad.len()].copy_from_slice(bad);
    }
    fs::write(&database, bytes).unwrap();
    assert_eq!(home.rank(now()).names(), Vec::<String>::new());
    let outcome = home.sync(hours_later(1));
    assert_eq!(outcome["problems"].as_array().map(Vec::len), Some(0), "{outcome}");
    assert_eq!(home.rank(hours_later(1)).names(), ["alpha.test"]);
    assert_eq!(host.statuses(), [Some(200), Some(200)]);

    // From then on nothing is new again.
    home.sync(hours_later(2));
    assert_eq!(host.statuses().last(), Some(&Some(304)));
}

#[test]
fn a_stranger_in_the_folder_changes_nothing() {
    let network = Network::new();
    let (operator, anna) = (Person::new(1), Person::new(101));
    let config = Config::new(&network)
        .section("[sync]\nsources = \"configured\"")
        .directory("documents")
        .community(&Community::new("town").trusts(anna.issuer(), 1.0));
    let home = Home::new(&config);
    let folder = home.path().join("documents");
    fs::create_dir(&folder).unwrap();
    let endorsements = list("Anna", [endorse("alpha.test", &operator, "2026-09-01")]);
    fs::write(folder.join("anna.json"), anna.sign(&endorsements, 1, hours_later(-1))).unwrap();
    home.sync(now());
    let before = home.rank(now()).summary();

    // Somebody signs a profile for alpha, one for a server of their own, and praise of it.
    let stranger = Person::new(666);
    let praise = list("Somebody", [endorse("mallory.test", &stranger, "2026-09-01")]);
    fs::write(folder.join("1.json"), stranger.sign(&profile("alpha.test"), 1, now())).unwrap();
    fs::write(folder.join("2.json"), stranger.sign(&profile("mallory.test"), 1, now())).unwrap();
    fs::write(folder.join("3.json"), stranger.sign(&praise, 1, now())).unwrap();
    home.sync(hours_later(1));
    let view = home.rank(hours_later(1));
    assert_eq!(view.summary(), before);
    assert_eq!(view.server("alpha.test").profile(), "unconfirmed");
}
