//! Hosts that say nothing hold up nobody else.

use wellspring_document::Verdict;
use wellspring_tests::{
    Community, Config, Home, Host, Network, Person, Reply, endorse, entry, list, profile,
};

use crate::clock::{hours_later, now};

const SILENT: usize = 100;

#[test]
fn a_hundred_silent_hosts_do_not_hold_up_a_good_one() {
    let network = Network::new();
    let names = (0..SILENT).map(|number| format!("silent-{number:03}.many.test"));
    let silent = network.hosts_together("*.many.test", names);
    for host in &silent {
        host.reply(Host::PROFILE, Reply::Stall);
    }
    // The last one of the names.
    let (operator, good) = (Person::new(1), network.host("zulu.test"));
    good.serve_profile(&operator.sign(&profile("zulu.test"), 1, hours_later(-1)));
    let (anna, curator) = (Person::new(101), network.host("anna.test"));
    let entries = silent.iter().map(|host| entry(host.name(), Verdict::List, "2026-09-01"));
    let entries = entries.chain([endorse("zulu.test", &operator, "2026-09-01")]);
    curator.serve_list(&anna.sign(&list("Anna", entries), 1, hours_later(-1)));
    let config = Config::new(&network)
        .feed(&curator.url(Host::LIST))
        .community(&Community::new("town").trusts(anna.issuer(), 1.0));

    let home = Home::new(&config);
    let node = home.serve(now());
    network.wait_until("the good host is asked", |requests| {
        requests.iter().any(|request| request.host == "zulu.test")
    });
    assert_eq!(network.abandoned(), 0, "the node did not wait for them before");
    // Nor is it shown only once they are given up.
    node.wait_for("/api/v1/servers/zulu.test", |answer| {
        answer.status == 200 && answer.json()["server"]["profile"]["status"] == "confirmed"
    });
    let round = node.get("/api/v1/status").json()["round"].clone();
    assert!(round.is_null(), "the round was over before: {round}");
    drop(node);
}
