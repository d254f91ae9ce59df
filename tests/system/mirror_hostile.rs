//! Mirrors that lie, break off or have too much: what the node says of each, and that they take
//! nothing away.

use std::collections::BTreeSet;

use bytes::Bytes;
use wellspring_document::{BytesHash, Identity, IndexEntry, Kind, MAX_PART_BYTES, PartRef};
use wellspring_tests::{
    Community, Config, Home, Host, Network, Person, Reply, Then, Tree, TreeInMaking, endorse,
    index_entry, list, profile,
};

use crate::clock::{hours_later, now};

/// A mirror, and a node that trusts Anna and recently read her first list there.
struct Scene {
    network: Network,
    host: Host,
    operator: Person,
    anna: Person,
    mirror: Person,
    home: Home,
}

impl Scene {
    fn new() -> Self {
        let network = Network::new();
        let (operator, anna, mirror) = (Person::new(1), Person::new(101), Person::new(900));
        let host = network.host("mirror.test");
        let expected = format!("issuer = \"{}\"", mirror.issuer().as_str());
        let config = Config::new(&network)
            .section("[sync]\nsources = \"configured\"")
            .mirror(&host.url("/tree/"), &expected)
            .community(&Community::new("town").trusts(anna.issuer(), 1.0));
        let home = Home::new(&config);
        let scene = Self { network, host, operator, anna, mirror, home };
        let first = scene.annas(1);
        TreeInMaking::of([&first]).sign(&scene.mirror, 1, hours_later(-1)).serve_at(&scene.host);
        assert_eq!(scene.sync(0), [""; 0]);
        scene.network.forget_requests();
        scene
    }

    /// Anna's list with this number, in which so many servers are.
    fn annas(&self, number: u64) -> Bytes {
        let servers = (0..number).map(|it| format!("s{it}.test"));
        let entries = servers.map(|server| endorse(&server, &self.operator, "2026-09-01"));
        self.anna.sign(&list("Anna", entries), number, hours_later(-1))
    }

    fn profile(&self, server: &str) -> Bytes {
        self.operator.sign(&profile(server), 1, hours_later(-1))
    }

    fn sync(&self, hours: i64) -> Vec<String> {
        let outcome = self.home.sync(hours_later(hours));
        let problems = outcome["problems"].as_array().unwrap_or_else(|| panic!("{outcome}"));
        problems.iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect()
    }

    /// The profiles that count.
    fn profiles(&self, hours: i64) -> Vec<String> {
        let servers = self.home.rank(hours_later(hours)).servers();
        let confirmed = servers.into_iter().filter(|server| server.profile() == "confirmed");
        let mut names: Vec<_> = confirmed.map(|server| server.name().to_owned()).collect();
        names.sort();
        names
    }

    fn serve(&self, tree: &TreeInMaking, number: u64) -> Tree {
        let tree = tree.sign(&self.mirror, number, now());
        tree.serve_at(&self.host);
        tree
    }
}

#[test]
fn a_document_that_does_not_hold_is_refused_for_its_reason_and_the_others_are_taken() {
    let scene = Scene::new();
    let third = scene.annas(3);
    let (good, bad) = (scene.profile("s0.test"), scene.profile("s1.test"));
    let stranger = Person::new(666).sign(&profile("s1.test"), 1, hours_later(-1));
    let altered = String::from_utf8(bad.to_vec()).unwrap().replace("The server", "The sorcer");
    let altered = Bytes::from(altered);
    let entry = index_entry(&bad);
    let honest = || TreeInMaking::of([&third, &good]);
    let of_stranger = index_entry(&stranger);
    let at = |hash: BytesHash| format!("/tree/documents/{hash}.json");
    let cases: Vec<(&str, IndexEntry, Reply)> = vec![
        ("tree.wrong-hash", entry.clone(), Reply::file(good.clone())),
        ("tree.absent", entry.clone(), Reply::status(404)),
        ("fetch.status", entry.clone(), Reply::status(500)),
        ("tree.wrong-hash", entry.clone(), Reply::file(bad.slice(..bad.len() / 2))),
        (
            "fetch.too-large",
            IndexEntry { size: entry.size - 1, ..entry.clone() },
            Reply::file(bad.clone()),
        ),
        (
            "fetch.too-large",
            entry.clone(),
            Reply::raw(&["200 OK"], "{", Then::Repeat(Bytes::from_static(b"          "))),
        ),
        (
            "proof.invalid-signature",
            IndexEntry {
                hash: BytesHash::of(&altered),
                identity: Identity::from_bytes([1; 32]),
                ..entry.clone()
            },
            Reply::file(altered.clone()),
        ),
        // What it says of the document is another document's.
        (
            "mirror.other-document",
            IndexEntry { issuer: entry.issuer.clone(), ..of_stranger },
            Reply::file(stranger),
        ),
        (
            "mirror.other-document",
            IndexEntry { sequence: 7, ..entry.clone() },
            Reply::file(bad.clone()),
        ),
        (
            "mirror.other-document",
            IndexEntry { identity: Identity::from_bytes([2; 32]), ..entry.clone() },
            Reply::file(bad.clone()),
        ),
        (
            "mirror.other-document",
            IndexEntry {
                kind: Kind::EndorsementList,
                issuer: scene.anna.issuer().clone(),
                subject: String::new(),
                sequence: 9,
                ..entry
            },
            Reply::file(bad.clone()),
        ),
    ];
    for (number, (code, entry, reply)) in (2..).zip(cases) {
        let hash = entry.hash;
        scene.serve(&honest().naming(entry), number);
        scene.host.reply(&at(hash), reply);
        assert_eq!(scene.sync(0), [code], "{number}");
        assert_eq!(scene.profiles(0), ["s0.test"], "{number}");
        let status = scene.home.run("status", now(), &[&scene.host.url("/tree/")]);
        assert!(status.out.contains(code), "{status:?}");
    }
    // Served as it is, it is taken.
    scene.serve(&honest().with(entry, &bad), 50);
    assert_eq!(scene.sync(0), [""; 0]);
    assert_eq!(scene.profiles(0), ["s0.test", "s1.test"]);
}

#[test]
fn an_index_that_does_not_hold_is_refused_for_its_reason_and_takes_nothing_away() {
    let scene = Scene::new();
    let (annas, good) = (scene.annas(2), scene.profile("s0.test"));
    let (old, new) = (TreeInMaking::of([&scene.annas(1)]), TreeInMaking::of([&annas, &good]));
    let index = "/tree/index.json";
    scene.serve(&new, 10);
    assert_eq!(scene.sync(0), [""; 0]);

    let at = |tree: Tree| tree.files["index.json"].clone();
    let signed = at(old.sign(&scene.mirror, 11, now()));
    let altered =
        String::from_utf8(signed.to_vec()).unwrap().replace("\"sequence\":11", "\"sequence\":12");
    let long_ago = at(old.sign(&scene.mirror, 12, now().plus_days(-9)));
    let of_other = at(old.sign(&Person::new(901), 11, now()));
    for (code, bytes) in [
        ("proof.invalid-signature", Bytes::from(altered)),
        ("mirror.other-issuer", of_other),
        ("accept.rolled-back", at(old.sign(&scene.mirror, 9, now()))),
        ("accept.from-the-future", at(old.sign(&scene.mirror, 13, hours_later(1)))),
        ("envelope.wrong-kind", annas),
        ("json.truncated", signed.slice(..signed.len() / 2)),
        ("mirror.expired", long_ago),
    ] {
        scene.host.reply(index, Reply::file(bytes));
        scene.network.forget_requests();
        assert_eq!(scene.sync(0), [code]);
        assert_eq!(scene.network.requests().len(), 1, "{code}: nothing else is asked for");
        assert_eq!(scene.profiles(0), ["s0.test"], "{code}");
    }
    // Two indexes with one number: the mirror counts as one again with the next.
    scene.serve(&new, 20);
    assert_eq!(scene.sync(0), [""; 0]);
    scene.serve(&old, 20);
    assert_eq!(scene.sync(0), ["mirror.equivocating"]);
    scene.serve(&new, 20);
    assert_eq!(scene.sync(0), ["mirror.equivocating"]);
    scene.serve(&new, 21);
    assert_eq!(scene.sync(0), [""; 0]);
}

#[test]
fn a_mirror_keeps_the_issuer_of_its_first_index_where_the_configuration_names_none() {
    let network = Network::new();
    let (anna, first, second) = (Person::new(101), Person::new(900), Person::new(901));
    let host = network.host("mirror.test");
    let configured = |more: &str| {
        Config::new(&network)
            .section("[sync]\nsources = \"configured\"")
            .mirror(&host.url("/tree/"), more)
            .community(&Community::new("town").trusts(anna.issuer(), 1.0))
    };
    let home = Home::new(&configured(""));
    let codes = || -> Vec<String> {
        let outcome = home.sync(now());
        let problems = outcome["problems"].as_array().unwrap().iter();
        problems.map(|it| it["code"].as_str().unwrap().to_owned()).collect()
    };
    let listed = anna.sign(&list("Anna", []), 1, hours_later(-1));
    let tree = TreeInMaking::of([&listed]);
    tree.sign(&first, 5, hours_later(-1)).serve_at(&host);
    assert_eq!(codes(), [""; 0]);
    tree.sign(&second, 6, hours_later(-1)).serve_at(&host);
    assert_eq!(codes(), ["mirror.other-issuer"]);
    assert_eq!(codes(), ["mirror.other-issuer"], "what was refused is not taken for the last one");
    home.configure(&configured(&format!("issuer = \"{}\"", second.issuer().as_str())));
    assert_eq!(codes(), [""; 0]);
}

#[test]
fn parts_that_do_not_hold_are_refused_for_their_reason() {
    let scene = Scene::new();
    let good = TreeInMaking::of([&scene.annas(2), &scene.profile("s0.test")]);
    let part_of = |tree: &Tree| format!("/tree/{}", tree.parts()[0]);
    let tree = scene.serve(&good, 2);
    let whole = tree.files[&tree.parts()[0]].clone();
    let endless =
        Reply::raw(&["200 OK"], "{\"records\":[", Then::Repeat(Bytes::from(vec![b' '; 4_096])));
    let stalls = Reply::HangUp;
    for (code, reply) in [
        ("tree.wrong-hash", Reply::file(whole.slice(..whole.len() - 2))),
        ("fetch.too-large", endless),
        ("fetch.broken", stalls),
        ("tree.absent", Reply::status(404)),
    ] {
        scene.host.reply(&part_of(&tree), reply);
        assert_eq!(scene.sync(0), [code]);
        assert_eq!(scene.profiles(0), [""; 0]);
    }
    scene.host.reply(&part_of(&tree), Reply::file(whole.clone()));
    assert_eq!(scene.sync(0), [""; 0]);
    assert_eq!(scene.profiles(0), ["s0.test"]);

    // Parts with the hash that the index gives them, and something else in them.
    let deep = Bytes::from(format!("{{\"records\":[{}{}]}}", "[".repeat(9_000), "]".repeat(9_000)));
    let many = Bytes::from(format!("{{\"records\":[{}0]}}", "0,".repeat(400_000)));
    let reference = |bytes: &Bytes, records: u32| PartRef {
        prefix: "".parse().unwrap(),
        hash: BytesHash::of(bytes),
        size: u32::try_from(bytes.len()).unwrap(),
        records,
    };
    for (number, (code, bytes, records)) in (3..).zip([
        ("json.too-deep", deep, 1),
        ("part.bad-record", many, 400_001),
        ("part.wrong-count", whole, 1),
        ("part.bad-record", Bytes::from_static(b"{\"records\":[{}]}"), 1),
        ("part.not-a-part", Bytes::from_static(b"[]"), 1),
    ]) {
        let bomb = TreeInMaking::default().with_parts(vec![reference(&bytes, records)]);
        let mut tree = bomb.sign(&scene.mirror, number, now());
        tree.files.insert(format!("parts/{}.json", BytesHash::of(&bytes)), bytes);
        tree.serve_at(&scene.host);
        assert_eq!(scene.sync(0), [code]);
        assert_eq!(scene.profiles(0), ["s0.test"]);
    }

    // More parts than are read at all: none of them is asked for.
    let parts = (0..65_u32).map(|it| PartRef {
        prefix: format!("{it:07b}").parse().unwrap(),
        hash: BytesHash::of(&it.to_be_bytes()),
        size: u32::try_from(MAX_PART_BYTES).unwrap(),
        records: 1,
    });
    scene.serve(&TreeInMaking::default().with_parts(parts.collect()), 30);
    scene.network.forget_requests();
    assert_eq!(scene.sync(0), ["mirror.too-large"]);
    assert_eq!(scene.network.requests().len(), 1);
}

/// Ten thousand documents of strangers, and of somebody trusted more than anybody needs.
#[test]
fn what_strangers_sign_is_not_fetched_however_much_there_is() {
    let scene = Scene::new();
    let (annas, good) = (scene.annas(2), scene.profile("s0.test"));
    let mut tree = TreeInMaking::of([&annas, &good]);
    let strangers: Vec<_> = (0..100).map(|it| Person::new(2_000 + it)).collect();
    let unheard_of = |number: u32, entry: &IndexEntry| {
        let hash = BytesHash::of(&number.to_be_bytes());
        IndexEntry { hash, identity: Identity::from_bytes(*hash.as_bytes()), ..entry.clone() }
    };
    let (of_profile, of_list) = (index_entry(&good), index_entry(&annas));
    for number in 0..10_000 {
        let issuer = strangers[number as usize % 100].issuer().clone();
        // For names that the community knows as well as for others.
        let subject = format!("s{}.test", number / 100 % 10);
        tree = tree.naming(match number % 3 {
            0 => IndexEntry { issuer, ..unheard_of(number, &of_list) },
            _ => IndexEntry { issuer, subject, ..unheard_of(number, &of_profile) },
        });
    }
    let signed = scene.serve(&tree, 2);
    assert_eq!(scene.sync(0), [""; 0]);
    assert_eq!(scene.network.requests().len(), 1 + signed.parts().len() + 2);
    assert_eq!(scene.profiles(0), ["s0.test"]);

    // A thousand that pretend to be Anna's: a few are looked at.
    scene.network.forget_requests();
    for number in 20_000..21_000 {
        tree = tree.naming(IndexEntry { sequence: 99, ..unheard_of(number, &of_list) });
    }
    let signed = scene.serve(&tree, 3);
    let codes = BTreeSet::from_iter(scene.sync(0));
    assert!(codes.iter().eq(["mirror.crowded", "tree.absent"]), "{codes:?}");
    assert!(scene.network.requests().len() <= 1 + signed.parts().len() + 8);
}

#[test]
fn a_mirror_that_stops_to_answer_is_left_alone_until_the_next_round() {
    let scene = Scene::new();
    let annas = scene.annas(40);
    let profiles: Vec<_> = (0..40).map(|it| scene.profile(&format!("s{it}.test"))).collect();
    let all = || std::iter::once(&annas).chain(&profiles);
    let tree = scene.serve(&TreeInMaking::of(all()), 2);
    for document in &profiles {
        let path = format!("/tree/documents/{}.json", BytesHash::of(document));
        scene.host.reply(&path, Reply::HangUp);
    }
    let mut codes = scene.sync(0);
    codes.sort();
    codes.dedup();
    assert_eq!(codes, ["fetch.broken", "mirror.left-over"]);
    assert!(scene.network.requests().len() < 30, "{:?}", scene.network.requests());
    assert_eq!(scene.home.rank(now()).names().len(), 40, "what came before that counts");
    // One that asks for a pause gets it at once.
    for document in &profiles {
        let path = format!("/tree/documents/{}.json", BytesHash::of(document));
        scene.host.reply(&path, Reply::status(503));
    }
    scene.network.forget_requests();
    scene.sync(0);
    assert!(scene.network.requests().len() < 20, "{:?}", scene.network.requests());
    tree.serve_at(&scene.host);
    assert_eq!(scene.sync(0), [""; 0]);
    assert_eq!(scene.profiles(0).len(), 40);
}
