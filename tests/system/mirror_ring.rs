//! Three nodes that mirror each other in a ring: A reads C, B reads A, C reads B.

use std::collections::BTreeSet;
use std::fs;

use bytes::Bytes;
use wellspring_document::{BytesHash, IndexEntry, PartRef, RawDocument, Timestamp};
use wellspring_tests::{
    Community, Config, Home, Host, Network, Person, Reply, assert_same, endorse, list, profile,
    recommend,
};

use crate::clock::{hours_later, now};

struct Ring {
    /// A, B and C.
    homes: [Home; 3],
    hosts: Vec<Host>,
}

impl Ring {
    /// Each with a folder of its own documents.
    fn new(network: &Network, anna: &Person, folders: [Vec<Bytes>; 3]) -> Self {
        let names = ["a.test", "b.test", "c.test"];
        let hosts: Vec<_> = names.iter().map(|name| network.host(name)).collect();
        // The same policy everywhere, and no node's own sights come first.
        let own = format!("own = \"{}\"", Person::new(7).issuer().as_str());
        let community = Community::new("town").with(&own).trusts(anna.issuer(), 1.0);
        let home = |before: usize, documents: &[Bytes]| {
            let config = Config::new(network)
                .section("[sync]\nsources = \"configured\"")
                .directory("documents")
                .mirror(&format!("https://{}/tree/", names[before]), "")
                .community(&community);
            let home = Home::new(&config);
            fs::create_dir(home.path().join("documents")).unwrap();
            for document in documents {
                put(&home, document);
            }
            home
        };
        let [a, b, c] = folders;
        let homes = [home(2, &a), home(0, &b), home(1, &c)];
        let ring = Self { homes, hosts };
        // The first of them finds nobody who has published anything.
        for node in 0..3 {
            ring.homes[node].sync(now());
            ring.publish(node, now());
        }
        ring
    }

    /// The node reads its sources, and publishes what it has.
    fn round(&self, node: usize, at: Timestamp) -> serde_json::Value {
        let outcome = self.homes[node].sync(at);
        self.publish(node, at);
        outcome
    }

    fn rounds(&self, nodes: &[usize], at: Timestamp) {
        for node in nodes {
            let outcome = self.round(*node, at);
            assert_eq!(outcome["problems"].as_array().map(Vec::len), Some(0), "{outcome}");
        }
    }

    fn publish(&self, node: usize, at: Timestamp) {
        self.homes[node].run("export", at, &["tree"]).well();
        let tree = self.homes[node].path().join("tree");
        for folder in ["documents", "parts"] {
            for file in fs::read_dir(tree.join(folder)).unwrap().map(Result::unwrap) {
                let path = format!("/tree/{folder}/{}", file.file_name().to_str().unwrap());
                self.hosts[node].reply(&path, Reply::file(fs::read(file.path()).unwrap()));
            }
        }
        let index = fs::read(tree.join("index.json")).unwrap();
        self.hosts[node].reply("/tree/index.json", Reply::file(index));
    }

    /// The documents that the index of a node names.
    fn documents(&self, node: usize) -> BTreeSet<BytesHash> {
        let tree = self.homes[node].path().join("tree");
        let index = fs::read(tree.join("index.json")).unwrap();
        let index = RawDocument::new(index).verify::<wellspring_document::Index>().unwrap();
        let entries = |part: &PartRef| {
            let bytes = fs::read(tree.join(format!("parts/{}.json", part.hash))).unwrap();
            IndexEntry::read_part(part, &bytes).unwrap()
        };
        let entries = index.body().parts.iter().flat_map(entries);
        entries.map(|entry| entry.hash).collect()
    }

    fn assert_all_the_same(&self, documents: &[&Bytes], at: Timestamp) {
        let expected: BTreeSet<_> = documents.iter().map(|it| BytesHash::of(it)).collect();
        let view = self.homes[0].rank_bytes(at);
        for node in 0..3 {
            assert_eq!(self.documents(node), expected, "node {node}");
            assert_same(&self.homes[node].rank_bytes(at), &view);
        }
    }
}

fn put(home: &Home, document: &Bytes) {
    let name = format!("documents/{}.json", BytesHash::of(document));
    fs::write(home.path().join(name), document).unwrap();
}

#[test]
fn all_come_to_have_the_same_also_the_one_that_was_cut_off() {
    let network = Network::new();
    let [anna, bert, carl] = [101, 102, 103].map(Person::new);
    let operators = [1, 2, 3].map(Person::new);
    let servers = ["alpha.test", "beta.test", "gamma.test"];
    let curate = |number: usize| {
        list(
            ["Anna", "Bert", "Carl"][number],
            [endorse(servers[number], &operators[number], "2026-09-01")],
        )
    };
    let mut annas = curate(0);
    for curator in [&bert, &carl] {
        annas.curators.push(recommend(curator));
    }
    let annas = anna.sign(&annas, 1, hours_later(-1));
    let lists = [
        annas,
        bert.sign(&curate(1), 1, hours_later(-1)),
        carl.sign(&curate(2), 1, hours_later(-1)),
    ];
    let profiles = [0, 1, 2]
        .map(|number| operators[number].sign(&profile(servers[number]), 1, hours_later(-1)));
    let own = |number: usize| vec![lists[number].clone(), profiles[number].clone()];
    let ring = Ring::new(&network, &anna, [own(0), own(1), own(2)]);
    let everything = || lists.iter().chain(&profiles);

    // What A and C have goes all around.
    ring.rounds(&[0, 1, 2, 0, 1, 2, 0, 1], now());
    ring.assert_all_the_same(&everything().collect::<Vec<_>>(), now());
    assert_eq!(ring.homes[2].rank(now()).names().len(), 3);

    // C is cut off, and everybody else goes on.
    let newer = operators[0].sign(&profile("alpha.test"), 2, hours_later(1));
    put(&ring.homes[0], &newer);
    ring.hosts[2].reply("/tree/index.json", Reply::HangUp);
    ring.hosts[1].reply("/tree/index.json", Reply::HangUp);
    for hours in 2..5 {
        let problems = |node: usize| {
            let outcome = ring.homes[node].sync(hours_later(hours));
            let problems = outcome["problems"].as_array().unwrap().clone();
            problems.iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(problems(0), ["fetch.broken"]);
        assert_eq!(problems(2), ["fetch.broken"]);
        ring.homes[0].run("export", hours_later(hours), &["tree"]).well();
    }
    ring.publish(0, hours_later(5));
    ring.rounds(&[1], hours_later(5));
    let number = |node: usize| {
        let server = ring.homes[node].rank(hours_later(5)).server("alpha.test");
        server.json["profile"]["document"]["sequence"].clone()
    };
    assert_eq!([0, 1, 2].map(number), [2, 2, 1]);
    assert_eq!(ring.homes[2].rank(hours_later(5)).names().len(), 3, "it has what it had");

    // It is back.
    ring.publish(2, hours_later(6));
    ring.rounds(&[2, 0, 1, 2], hours_later(6));
    let now_there: Vec<_> = lists.iter().chain(&profiles[1..]).chain([&newer]).collect();
    ring.assert_all_the_same(&now_there, hours_later(6));
}
