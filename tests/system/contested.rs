//! Keys that somebody stole: two ways lead on from them, and nobody but a recovery key can
//! say which.

use wellspring_tests::{Community, Config, Home, Host, Network, Person, Reply, endorse, list};

use crate::clock::{hours_later, now};

#[test]
fn what_a_thief_signs_with_keys_of_their_own_takes_the_word_from_nobody_but_new_keys() {
    let network = Network::new();
    let (operator, curator) = (Person::new(1), Person::new(101));
    let (owner, thief) =
        (curator.with_new_key(102, hours_later(1)), curator.with_new_key(666, hours_later(1)));
    let signed = |name: &str, by: &Person, sequence, at| {
        by.sign(&list("Curator", [endorse(name, &operator, "2026-09-01")]), sequence, at)
    };
    let (home_of_list, elsewhere) = (network.host("curator.test"), network.host("thief.test"));
    home_of_list.serve_list(&signed("before.test", &curator, 5, hours_later(-1)));
    let community = Community::new("town").trusts(curator.issuer(), 1.0);
    let config = Config::new(&network)
        .feed(&home_of_list.url(Host::LIST))
        .feed(&elsewhere.url("/list.json"))
        .community(&community);
    let home = Home::new(&config);
    home.sync(now());
    assert_eq!(home.rank(now()).names(), ["before.test"]);

    // The owner rotates; all goes well.
    home_of_list.serve_list(&signed("after.test", &owner, 1, hours_later(1)));
    home.sync(hours_later(2));
    assert_eq!(home.rank(hours_later(2)).names(), ["after.test"]);

    // The thief of the first key rotates it to another one. Who is right, nobody can tell:
    // what the first key signed counts again, and both are shown as contested.
    let stolen = signed("stolen.test", &thief, 9, hours_later(3));
    elsewhere.reply("/list.json", Reply::file(stolen));
    home.sync(hours_later(4));
    assert_eq!(home.rank(hours_later(4)).names(), ["before.test"]);
    let failure = home.failure(&elsewhere.url("/list.json"));
    assert_eq!(failure.as_deref(), Some("accept.history-diverges"));
    let node = home.serve(hours_later(4));
    assert!(node.get("/curators").text().contains("Its keys are contested."));
}
