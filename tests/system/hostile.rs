//! Hosts that do what no host should: what the node says of each, and that they take nothing
//! away, neither from others nor from what they served before.

use std::collections::BTreeMap;
use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use wellspring_document::Verdict;
use wellspring_tests::{
    Community, Config, Entrance, Home, Host, Network, Person, Reply, Serving, Then, endorse, entry,
    list, profile,
};

use crate::clock::{hours_later, now};

/// What a host does, what the node says of it, and the code of the failure, if it is one.
type Deed = (&'static str, Reply, &'static str, &'static str);

const GOOD: [&str; 2] = ["a-good.test", "z-good.test"];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// A reply with status 200 and this header line.
fn with_line(line: &str, body: impl AsRef<[u8]>, then: Then) -> Reply {
    Reply::raw(&["200 OK", line], body, then)
}

fn chunked(chunks: &str, then: Then) -> Reply {
    with_line("Transfer-Encoding: chunked", chunks, then)
}

fn endless(text: &'static str) -> Then {
    Then::Repeat(Bytes::from(text.repeat(100)))
}

/// Bodies that are too large, packed, cut off or no profile at all.
fn bodies() -> Vec<Deed> {
    let bomb = gzip(&vec![b' '; 10_000_000]);
    let twice = gzip(&bomb);
    let deep = "[".repeat(100_000);
    vec![
        ("bomb", with_line("Content-Encoding: gzip", &bomb, Then::Close), WRONG, "fetch.encoded"),
        (
            "bomb-in-a-bomb",
            with_line("Content-Encoding: gzip, gzip", &twice, Then::Close),
            WRONG,
            "fetch.encoded",
        ),
        (
            "bomb-on-the-way",
            with_line("Transfer-Encoding: gzip, chunked", "0\r\n\r\n", Then::Close),
            WRONG,
            "fetch.encoded",
        ),
        ("bomb-unannounced", Reply::file(bomb), "malformed", "json.invalid-utf8"),
        ("endless", Reply::raw(&["200 OK"], "{", endless("  ")), "too-large", "fetch.too-large"),
        ("endless-chunks", chunked("", endless("1\r\n \r\n")), "too-large", "fetch.too-large"),
        (
            "announced-as-huge",
            with_line("Content-Length: 99999999999", "{", endless(" ")),
            "too-large",
            "fetch.too-large",
        ),
        (
            "shorter-than-announced",
            with_line("Content-Length: 5000", "{}", Then::Close),
            BROKEN,
            "fetch.broken",
        ),
        (
            "longer-than-announced",
            with_line("Content-Length: 10", "{\"type\": \"wellspring.profile.v1\"}", Then::Close),
            "malformed",
            "json.truncated",
        ),
        // Whoever cuts the line could else cut a document.
        ("without-an-end", Reply::raw(&["200 OK"], "{}", Then::HangUp), BROKEN, "fetch.broken"),
        ("chunks-that-are-none", chunked("x\r\n", Then::Close), BROKEN, "fetch.malformed"),
        ("chunks-without-an-end", chunked("2\r\n{}\r\n", Then::Close), BROKEN, "fetch.broken"),
        ("nothing", Reply::file(""), "malformed", "json.truncated"),
        ("deep", Reply::file(deep), "malformed", "json.too-deep"),
        ("byte-order-mark", Reply::file("\u{feff}{}"), "malformed", "json.byte-order-mark"),
        ("page", Reply::file("<!doctype html><title>Hello</title>"), "malformed", "json.syntax"),
    ]
}

/// Heads that are too large, none at all, or say something else than "here it is".
fn heads() -> Vec<Deed> {
    let many: Vec<String> = (0..1_000).map(|number| format!("X-{number}: a")).collect();
    let many: Vec<&str> = ["200 OK"].into_iter().chain(many.iter().map(String::as_str)).collect();
    let long = format!("X: {}", "a".repeat(1_000_000));
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let raw =
        |text: &'static str, then| Reply::Raw { bytes: Bytes::from_static(text.as_bytes()), then };
    vec![
        ("many-lines", Reply::raw(&many, "{}", Then::Close), "too-large", HEAD),
        ("long-line", with_line(&long, "{}", Then::Close), "too-large", HEAD),
        ("endless-lines", raw("HTTP/1.1 200 OK\r\n", endless("X: a\r\n")), "too-large", HEAD),
        ("endless-hints", raw("", endless(interim)), "too-large", HEAD),
        ("no-http", raw("220 mail.test ESMTP\r\n", Then::Close), BROKEN, "fetch.malformed"),
        (
            "two-lengths",
            Reply::raw(&["200 OK", "Content-Length: 2", "Content-Length: 3"], "{}", Then::Close),
            BROKEN,
            "fetch.malformed",
        ),
        (
            "a-part",
            Reply::raw(&["206 Partial Content", "Content-Range: bytes 0-1/9"], "{}", Then::Close),
            WRONG,
            "fetch.status",
        ),
        ("no-content", Reply::raw(&["204 No Content"], "", Then::Close), WRONG, "fetch.status"),
        (
            "switching",
            Reply::raw(&["101 Switching Protocols", "Upgrade: x"], "", Then::Close),
            WRONG,
            "fetch.status",
        ),
        // What comes after the word that there is nothing is not read.
        ("absent-for-ever", Reply::raw(&["404 No"], "", endless(" ")), "not-found", ""),
    ]
}

/// Redirects that lead too far, in circles, or where nothing may go.
fn redirects() -> Vec<Deed> {
    let to = Reply::redirect;
    vec![
        ("four-hops", to("https://hop.test/4"), WRONG, "fetch.too-many-redirects"),
        ("circle", to(Host::PROFILE), WRONG, "fetch.too-many-redirects"),
        ("nowhere", Reply::status(302), WRONG, "fetch.redirect-target"),
        ("private", to("https://10.0.0.1/profile.json"), INNER, "address.private"),
        ("private-next-door", to("//192.168.0.1/profile.json"), INNER, "address.private"),
        ("private-v6", to("https://[fd00::1]/profile.json"), INNER, "address.private"),
        ("private-inside", to("https://[::ffff:10.0.0.1]/"), INNER, "address.embedded"),
        ("private-at-the-next-hop", to("https://hop.test/inner"), INNER, "address.private"),
        ("disguised", to("https://0x7f.1/profile.json"), "blocked-url", "url.disguised-address"),
        ("at-home", to("https://printer.local/"), "blocked-url", "url.reserved-name"),
        ("with-a-name", to("https://admin:secret@hop.test/secret"), "blocked-url", "url.user-info"),
        ("plain-text", to("http://hop.test/secret"), "blocked-url", "url.not-https"),
        ("a-file", to("file:///etc/passwd"), "blocked-url", "url.not-https"),
        // Nothing is taken from there, though that profile is good.
        (
            "another-server",
            to("https://a-good.test/.well-known/wellspring/profile.json"),
            "name-mismatch",
            "source.name-mismatch",
        ),
    ]
}

/// Where no trusted connection comes about.
const ENTRANCES: [(&str, Entrance, &str, &str); 6] = [
    ("expired", Entrance::Expired, "unreachable-tls", "fetch.tls-expired"),
    ("not-yet-valid", Entrance::NotYetValid, "unreachable-tls", "fetch.tls-not-yet-valid"),
    ("self-signed", Entrance::SelfSigned, "unreachable-tls", "fetch.tls-untrusted"),
    ("without-tls", Entrance::Plain, "unreachable-tls", "fetch.tls"),
    ("shut", Entrance::Shut, BROKEN, "fetch.broken"),
    ("closed", Entrance::Closed, "unreachable-refused", "fetch.connection-refused"),
];

const WRONG: &str = "wrong-answer";
const BROKEN: &str = "unreachable-broken";
const INNER: &str = "blocked-address";
const HEAD: &str = "fetch.head-too-large";

/// Servers that a curator endorses. At first all of them serve a good profile.
struct World {
    network: Network,
    servers: BTreeMap<String, (Person, Host)>,
    curator: Person,
    anna: Host,
}

impl World {
    fn new(names: impl IntoIterator<Item = String>) -> Self {
        let network = Network::new();
        let names = names.into_iter().chain(GOOD.map(str::to_owned));
        let servers: BTreeMap<_, _> = (1..)
            .zip(names)
            .map(|(number, name)| (name.clone(), (Person::new(number), network.host(&name))))
            .collect();
        let world =
            Self { servers, curator: Person::new(1_001), anna: network.host("anna.test"), network };
        let entries = world.servers.iter().map(|(name, (operator, host))| {
            host.serve_profile(&operator.sign(&profile(name), 1, hours_later(-1)));
            endorse(name, operator, "2026-09-01")
        });
        world.anna.serve_list(&world.curator.sign(&list("Anna", entries), 1, hours_later(-1)));
        world
    }

    fn host(&self, name: &str) -> &Host {
        &self.servers[name].1
    }

    /// What a node reads that trusts the curator.
    fn config(&self) -> Config {
        Config::new(&self.network)
            .feed(&self.anna.url(Host::LIST))
            .community(&Community::new("town").trusts(self.curator.issuer(), 1.0))
    }
}

/// What a node that serves says of asking a server.
fn outcome(node: &Serving, name: &str) -> String {
    let answer = node.get(&format!("/api/v1/servers/{name}/status")).json();
    answer["source"]["outcome"].as_str().unwrap_or_else(|| panic!("{name}: {answer}")).to_owned()
}

/// Holds what a node says of each server, and of all together, against what is expected.
fn assert_outcomes(home: &Home, expected: &BTreeMap<String, (&str, &str)>) {
    let told = home.run("status", hours_later(1), &["--json"]);
    let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    let mut counts = BTreeMap::from([("good", 1)]); // the curator's list
    expected.values().for_each(|(outcome, _)| *counts.entry(*outcome).or_default() += 1);
    assert_eq!(told["outcomes"], serde_json::json!(counts));
    let node = home.serve(hours_later(1));
    let told: BTreeMap<_, _> = expected
        .keys()
        .map(|name| (name.clone(), (outcome(&node, name), home.failure(name).unwrap_or_default())))
        .collect();
    for (name, (outcome, code)) in expected {
        assert_eq!(told[name], ((*outcome).to_owned(), (*code).to_owned()), "{name} of {told:#?}");
    }
}

#[test]
fn hostile_answers_are_told_apart_and_take_nothing_away() {
    let deeds: Vec<Deed> = [bodies(), heads(), redirects()].concat();
    let name = |deed: &str| format!("{deed}.test");
    let deeds_at_the_door = ENTRANCES.map(|(deed, ..)| deed);
    let names = deeds.iter().map(|(deed, ..)| *deed).chain(deeds_at_the_door);
    let world = World::new(names.map(name));
    // Somebody else's host, at which some redirects aim.
    let hop = world.network.host("hop.test");
    for steps in 2..=4 {
        let next = format!("https://hop.test/{}", steps - 1);
        hop.reply(&format!("/{steps}"), Reply::redirect(&next));
    }
    hop.reply("/1", Reply::redirect("https://hop.test/secret"));
    hop.reply("/inner", Reply::redirect("https://10.0.0.1/secret"));

    let known = Home::new(&world.config());
    known.sync(now());
    let before = known.rank(hours_later(1));
    assert_eq!(before.names().len(), world.servers.len());
    assert!(before.servers().iter().all(|server| server.profile() == "confirmed"));

    let mut expected: BTreeMap<_, _> =
        GOOD.iter().map(|good| ((*good).to_owned(), ("good", ""))).collect();
    for (deed, reply, outcome, code) in &deeds {
        world.host(&name(deed)).reply(Host::PROFILE, reply.clone());
        expected.insert(name(deed), (*outcome, *code));
    }
    for (deed, entrance, outcome, code) in ENTRANCES {
        world.network.host_behind(entrance, &name(deed));
        expected.insert(name(deed), (outcome, code));
    }

    // Who knew them before goes on with what they served then.
    known.configure(&world.config());
    known.sync(hours_later(1));
    assert_outcomes(&known, &expected);
    assert_eq!(known.rank(hours_later(1)).json()["servers"], before.json()["servers"]);

    // Who did not has what the curator says of them, and the profiles of the others.
    let new = Home::new(&world.config());
    new.sync(hours_later(1));
    assert_outcomes(&new, &expected);
    let view = new.rank(hours_later(1));
    assert_eq!(view.names().len(), world.servers.len());
    for server in view.servers() {
        let is_good = GOOD.contains(&server.name());
        assert_eq!(server.profile() == "confirmed", is_good, "{}", server.name());
    }
    let asked = world.network.requests();
    assert!(!asked.iter().any(|request| request.path == "/secret"), "{asked:#?}");
}

/// Nobody decides by a clock here: what these hosts begin, they never end, and the node has
/// to give them up.
#[test]
fn hosts_that_never_come_to_an_end_are_given_up_and_take_nothing_away() {
    let deeds = [
        ("mute", Reply::Stall),
        (
            "slow-head",
            Reply::Raw { bytes: "HTTP/1.1 200 OK\r\nX: ".into(), then: Then::Drip(b'a') },
        ),
        ("slow-body", with_line("Content-Length: 200000", "", Then::Drip(b' '))),
    ];
    let name = |deed: &str| format!("{deed}.test");
    let silent = name("silent");
    let names = deeds.iter().map(|(deed, _)| name(deed)).chain([silent.clone()]);
    let world = World::new(names);
    let home = Home::new(&world.config());
    home.sync(now());
    let before = home.rank(hours_later(1));

    for (deed, reply) in deeds {
        world.host(&name(deed)).reply(Host::PROFILE, reply);
    }
    world.network.host_behind(Entrance::Silent, &silent);
    home.configure(&world.config());
    home.sync(hours_later(1));
    let node = home.serve(hours_later(1));
    for name in world.servers.keys() {
        let is_good = GOOD.contains(&name.as_str());
        let expected = if is_good { "good" } else { "unreachable-timeout" };
        assert_eq!(outcome(&node, name), expected, "{name}");
    }
    assert_eq!(home.rank(hours_later(1)).json()["servers"], before.json()["servers"]);
}

#[test]
fn three_redirects_and_a_file_of_the_largest_size_are_good() {
    let names = ["three-hops.test", "largest.test", "too-large.test"];
    let world = World::new(names.map(str::to_owned));
    let document = |name: &str| {
        let (operator, _) = &world.servers[name];
        operator.sign(&profile(name), 2, hours_later(-1))
    };
    // Three hosts in a row, the last of which has the file.
    let hops = ["b.test", "c.test", "d.test"].map(|name| world.network.host(name));
    world.host("three-hops.test").reply(Host::PROFILE, Reply::redirect("https://b.test/"));
    hops[0].reply("/", Reply::redirect("https://c.test/"));
    hops[1].reply("/", Reply::redirect("https://d.test/file.json"));
    hops[2].reply("/file.json", Reply::file(document("three-hops.test")));
    let padded = |name: &str, length: usize| {
        let mut bytes = document(name).to_vec();
        bytes.resize(length, b' ');
        Reply::file(bytes)
    };
    let largest = 256_000;
    world.host("largest.test").reply(Host::PROFILE, padded("largest.test", largest));
    world.host("too-large.test").reply(Host::PROFILE, padded("too-large.test", largest + 1));

    let home = Home::new(&world.config());
    home.sync(now());
    let view = home.rank(now());
    for name in ["three-hops.test", "largest.test"] {
        assert_eq!(home.failure(name), None, "{name}");
        assert_eq!(view.server(name).profile(), "confirmed");
        assert_eq!(view.server(name).json["profile"]["document"]["sequence"], 2);
    }
    assert_eq!(home.failure("too-large.test").as_deref(), Some("fetch.too-large"));
    assert_eq!(view.server("too-large.test").profile(), "none");
}

/// What a host says to recognise its file by comes back to it as it was, or not at all.
#[test]
fn only_what_can_be_sent_back_as_it_came_is_sent_back() {
    let long = format!("\"{}\"", "a".repeat(300));
    let tags: [(&str, &[u8], Option<&str>); 9] = [
        ("plain", b"\"v1\"", Some("\"v1\"")),
        ("weak", b"W/\"v1\"", Some("W/\"v1\"")),
        ("spaced", b"\"a b, 'c'; <d>\\\"", Some("\"a b, 'c'; <d>\\\"")),
        ("unquoted", b"v1", Some("v1")),
        ("empty", b"", None),
        ("tab", b"\"a\tb\"", None),
        ("not-ascii", "\"\u{e4}\"".as_bytes(), None),
        ("not-text", b"\"\xff\xfe\"", None),
        ("long", long.as_bytes(), None),
    ];
    let name = |tag: &str| format!("{tag}.test");
    let world = World::new(tags.iter().map(|(tag, ..)| name(tag)));
    for (tag, etag, _) in tags {
        let (operator, host) = &world.servers[&name(tag)];
        let document = operator.sign(&profile(&name(tag)), 1, hours_later(-1));
        let head = [b"HTTP/1.1 200 OK\r\nETag: ", etag, b"\r\n\r\n"].concat();
        let bytes = [&head[..], &document[..]].concat().into();
        host.reply(Host::PROFILE, Reply::Raw { bytes, then: Then::Close });
    }
    let home = Home::new(&world.config());
    home.sync(now());
    world.network.forget_requests();
    home.sync(hours_later(1));
    let asked = world.network.requests();
    let view = home.rank(hours_later(1));
    for (tag, _, expected) in tags {
        let request = asked.iter().find(|request| request.host == name(tag)).unwrap();
        assert_eq!(request.etag.as_deref(), expected, "{tag}");
        assert_eq!(home.failure(&name(tag)), None, "{tag}");
        assert_eq!(view.server(&name(tag)).profile(), "confirmed");
    }

    // Who was not asked for changes cannot say that there are none.
    for tag in ["plain", "empty"] {
        world.host(&name(tag)).reply(Host::PROFILE, Reply::status(304));
    }
    home.sync(hours_later(2));
    assert_eq!(home.failure("plain.test"), None);
    assert_eq!(home.failure("empty.test").as_deref(), Some("fetch.unasked-not-modified"));
    assert_eq!(home.rank(hours_later(2)).server("empty.test").profile(), "confirmed");
}

/// What a curator said counts on while the host of the list does what it wants.
#[test]
fn a_list_whose_host_turns_hostile_counts_on() {
    let network = Network::new();
    let bomb = gzip(&vec![b' '; 10_000_000]);
    let deeds = [
        ("bomb.test", with_line("Content-Encoding: gzip", bomb, Then::Close), WRONG),
        (
            "endless.test",
            Reply::raw(&["200 OK"], "", Then::Repeat(vec![b' '; 65_536].into())),
            "too-large",
        ),
        ("inner.test", Reply::redirect("https://169.254.169.254/latest/"), INNER),
        ("page.test", Reply::file("<!doctype html>"), "malformed"),
        ("cut.test", with_line("Content-Length: 100000", "{", Then::Close), BROKEN),
        ("replaced.test", Reply::status(404), "not-found"),
    ];
    let mut community = Community::new("town");
    let mut hosts = Vec::new();
    for (number, (name, ..)) in (1..).zip(&deeds) {
        let (curator, host) = (Person::new(number), network.host(name));
        let endorsed = entry(&format!("by-{name}"), Verdict::Endorse, "2026-09-01");
        host.serve_list(&curator.sign(&list(name, [endorsed]), 1, hours_later(-1)));
        community = community.trusts(curator.issuer(), 1.0);
        hosts.push(host);
    }
    // The names themselves have no host, and nobody is to look for one.
    let config = hosts
        .iter()
        .fold(Config::new(&network), |config, host| config.feed(&host.url(Host::LIST)))
        .section("[sync]\nsources = \"configured\"")
        .community(&community);
    let home = Home::new(&config);
    let synced = home.sync(now());
    let before = home.rank(hours_later(1));
    assert_eq!(before.names().len(), deeds.len(), "{synced}");

    for (host, (_, reply, _)) in hosts.iter().zip(&deeds) {
        host.reply(Host::LIST, reply.clone());
    }
    home.sync(hours_later(1));
    assert_eq!(home.rank(hours_later(1)).json()["servers"], before.json()["servers"]);
    for (name, _, expected) in deeds {
        let told = home.run(
            "status",
            hours_later(1),
            &[&format!("https://{name}{}", Host::LIST), "--json"],
        );
        let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(told["sources"][0]["outcome"], expected, "{name}: {told}");
    }
}

/// The same as on the internet: without the section for development, whose hosts these tests
/// live on, no name that a list holds leads to this machine or its network.
#[test]
fn no_list_leads_a_node_to_its_own_network() {
    let names = [
        ("10.1.2.3", INNER),
        ("127.0.0.1:8448", INNER),
        ("169.254.169.254", INNER),
        ("192.168.1.1", INNER),
        ("[::1]", INNER),
        ("[fd00::1]:8448", INNER),
        ("localhost", "blocked-url"),
        ("printer.local", "blocked-url"),
    ];
    let curator = Person::new(1);
    let entries = names.map(|(name, _)| entry(name, Verdict::Endorse, "2026-09-01"));
    let document = curator.sign(&list("Mallory", entries), 1, hours_later(-1));
    let home = Home::new(
        &Config::of_the_internet()
            .directory("documents")
            .community(&Community::new("town").trusts(curator.issuer(), 1.0)),
    );
    std::fs::create_dir(home.path().join("documents")).unwrap();
    std::fs::write(home.path().join("documents/list.json"), &document).unwrap();
    home.sync(now());
    assert_eq!(home.rank(now()).names().len(), names.len());
    for (name, expected) in names {
        let told = home.run("status", now(), &[name, "--json"]);
        let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
        assert_eq!(told["sources"][0]["outcome"], expected, "{name}: {told}");
    }
}
