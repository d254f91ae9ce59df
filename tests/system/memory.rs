//! A node with 1,000 servers fits into a small machine.

#![cfg(target_os = "linux")]

use std::fs;

use wellspring_document::Verdict;
use wellspring_tests::{
    Community, Config, Home, Host, Network, Person, Reply, View, entry, list, profile,
};

use crate::clock::{hours_later, now};

const SERVERS: usize = 1_000;
/// The number of servers that have a signed profile.
const SIGNED: usize = 250;
const LIMIT_KB: u64 = 128 * 1_024;

fn name(number: usize) -> String {
    format!("server-{number:04}.many.test")
}

#[test]
fn a_node_with_a_thousand_servers_stays_under_128_mb() {
    let network = Network::new();
    let servers = network.hosts_together("*.many.test", (0..SERVERS).map(name));
    for (number, server) in (0..).zip(&servers[..SIGNED]) {
        let operator = Person::new(number);
        server.serve_profile(&operator.sign(&profile(server.name()), 1, hours_later(-1)));
    }
    let lists = network.host("lists.test");
    let described = |server: &Host| {
        let name = server.name();
        let words = "A server for everybody who likes to talk. ".repeat(10);
        format!(
            "{{\"name\": \"{name}\", \"homepage\": \"https://{name}/\", \"description\": \"{words}\"}}"
        )
    };
    let described: Vec<_> = servers.iter().map(described).collect();
    lists.reply(
        "/servers.json",
        Reply::file(format!(
            "{{\"public_servers\": [{}], \"private_servers\": []}}",
            described.join(", ")
        )),
    );
    let anna = Person::new(100_001);
    let endorsed =
        servers.iter().map(|server| entry(server.name(), Verdict::Endorse, "2026-09-01"));
    lists.serve_list(&anna.sign(&list("Anna", endorsed), 1, hours_later(-1)));
    let config = Config::new(&network)
        .adopt("https://lists.test/servers.json", "")
        .feed(&lists.url(Host::LIST))
        .community(
            &Community::new("town")
                .trusts(anna.issuer(), 1.0)
                .uses("https://lists.test/servers.json", 0.5),
        );
    let home = Home::new(&config);

    let node = home.serve(now());
    let first = node.wait_for("/api/v1/servers/server-0000.many.test", |answer| {
        answer.status == 200 && answer.json()["server"]["profile"]["status"] == "confirmed"
    });
    assert_eq!(first.json()["server"]["server_name"], "server-0000.many.test");
    let pages = ["/api/v1/servers?limit=500", "/api/v1/servers?limit=500&offset=500"];
    let servers = pages.map(|page| View::read(node.get(page).text()).servers()).concat();
    assert_eq!(servers.len(), SERVERS);
    let signed = servers.iter().filter(|server| server.profile() == "confirmed").count();
    assert_eq!(signed, SIGNED);
    for path in ["/", "/servers/server-0000.many.test", "/curators"] {
        assert_eq!(node.get(path).status, 200, "{path}");
    }

    let peak = peak_memory_kb(node.process());
    assert!(peak < LIMIT_KB, "the node took up to {peak} kB");
    eprintln!("the node took up to {peak} kB");
}

/// The most memory that a process has had at one time.
fn peak_memory_kb(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
