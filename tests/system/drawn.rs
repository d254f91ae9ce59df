//! A node recommends servers: drawn, with a bound on what any of them gets.

use std::collections::BTreeMap;

use serde_json::Value;
use wellspring_document::profile::{Intake, Registration, Service};
use wellspring_document::{LanguageTag, Profile, Verdict};
use wellspring_tests::{
    Community, Config, Home, Host, Network, Person, Serving, endorse, entry, list, profile,
};

use crate::clock::{hours_later, now};

const SERVERS: u32 = 30;

fn paused() -> Profile {
    let intake = Intake { paused: Some(true), ..Intake::default() };
    let registration = Registration { intake: Some(intake), ..Registration::default() };
    Profile { registration: Some(registration), ..profile("paused.test") }
}

/// Speaks Frisian, and is far larger than any other.
fn large() -> Profile {
    let service = Service { active_accounts: Some(400_000), ..Service::default() };
    let mut large = Profile { service: Some(service), ..profile("large.test") };
    large.about.languages = vec![LanguageTag::new("fy").unwrap()];
    large
}

/// A node whose community trusts a curator of 32 servers, two of which publish a profile.
fn home(network: &Network) -> Home {
    let curator = Person::new(101);
    let operators = [Person::new(1), Person::new(2)];
    let mut entries: Vec<_> = (0..SERVERS)
        .map(|number| entry(&format!("s{number}.test"), Verdict::Endorse, "2026-09-01"))
        .collect();
    for (operator, stated) in operators.iter().zip([paused(), large()]) {
        let name = stated.server_name.to_string();
        entries.push(endorse(&name, operator, "2026-09-01"));
        network.host(&name).serve_profile(&operator.sign(&stated, 1, hours_later(-1)));
    }
    let host = network.host("curator.test");
    host.serve_list(&curator.sign(&list("A curator", entries), 1, hours_later(-1)));
    let community = Community::new("town").trusts(curator.issuer(), 1.0);
    Home::new(&Config::new(network).feed(&host.url(Host::LIST)).community(&community))
}

fn names(answer: &Value) -> Vec<String> {
    let picks = answer["picks"].as_array().unwrap();
    picks.iter().map(|it| it["server"]["server_name"].as_str().unwrap().to_owned()).collect()
}

fn draw(node: &Serving, query: &str) -> Value {
    node.get(&format!("/api/v1/recommendations?{query}")).json()
}

#[test]
fn over_all_seeds_everybody_who_takes_newcomers_is_drawn_and_nobody_too_often() {
    let network = Network::new();
    let home = home(&network);
    home.sync(now());
    let node = home.serve(now());
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 0..1_024 {
        let mut picks = names(&draw(&node, &format!("seed={seed}")));
        picks.sort_unstable();
        picks.dedup();
        assert_eq!(picks.len(), 3, "seed {seed}");
        for name in picks {
            *counts.entry(name).or_default() += 1;
        }
    }
    assert_eq!(counts.len(), 31, "{counts:?}");
    assert!(!counts.contains_key("paused.test"));
    // ⌈3,072 × 0.05⌉
    assert!(counts.values().all(|count| *count <= 154), "{counts:?}");
    assert!(counts["large.test"] < counts["s7.test"] / 5, "{counts:?}");
}

#[test]
fn two_nodes_with_the_same_documents_draw_the_same() {
    let network = Network::new();
    let homes = [home(&network), home(&network)];
    let nodes = homes.each_ref().map(|home| {
        home.sync(now());
        home.serve(now())
    });
    for seed in [0, 1, 511, 1_023] {
        let query = format!("seed={seed}&count=7&languages=fy");
        let [one, other] = nodes.each_ref().map(|node| draw(node, &query));
        let picks = names(&one);
        assert_eq!(picks, names(&other));
        // The one that speaks the language comes first, then others without that wish.
        assert_eq!((picks.len(), picks[0].as_str()), (7, "large.test"));
        assert_eq!(one["relaxed"], serde_json::json!(["languages"]));
    }
    let required = draw(&nodes[0], "seed=3&languages=fy&require=languages");
    assert_eq!(names(&required), ["large.test"]);
    assert_eq!(required["shortfall"]["code"], "draw.required");
    let page = nodes[0].get("/recommendations?seed=3&languages=fy");
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Only 1 server fits all of that"), "{}", page.text());
    // By chance, and then at an address that can be shared.
    assert!(nodes[0].get("/recommendations").text().contains("This is draw "));
}
