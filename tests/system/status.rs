//! What operators and curators are told of what came of asking them: on the command line, on
//! the pages and in the API, kept apart by what they can do about it.

use bytes::Bytes;
use serde_json::Value;
use wellspring_document::Verdict;
use wellspring_document::profile::Listing;
use wellspring_tests::{
    Community, Config, Finished, Home, Host, Network, Person, Reply, entry, list, profile,
};

use crate::clock::{hours_later, now};

/// Servers by what goes wrong with them, and what the node says of it.
const CASES: [(&str, &str, &str); 16] = [
    ("absent.test", "not-found", "wellspring operator init absent.test"),
    ("broken.test", "unreachable-broken", "curl -v https://broken.test/"),
    ("busy.test", "busy", "exempt this path"),
    ("error.test", "wrong-answer", "status 200"),
    ("expired.test", "expired", "wellspring operator renew"),
    ("future.test", "from-the-future", "Set the clock"),
    ("gone.test", "gone", "Nothing, if that is what you want"),
    ("good.test", "good", ""),
    ("inner.test", "blocked-address", "public DNS gives only public addresses"),
    ("large.test", "too-large", "256 kB"),
    ("other.test", "name-mismatch", "has to be other.test"),
    ("page.test", "malformed", "wellspring operator check page.test"),
    ("plain.test", "blocked-url", "Redirect to a whole https address"),
    ("quiet.test", "unlisted", "that does not say “unlisted”"),
    ("signed.test", "badly-signed", "altered the file"),
    ("unlisted.test", "unlisted", "that does not say “unlisted”"),
];

/// One curator who names servers with which everything goes wrong that can.
struct World {
    network: Network,
    hosts: Vec<Host>,
    anna: Host,
    curator: Person,
}

fn operator_of(name: &str) -> Person {
    let place = CASES.iter().position(|case| case.0 == name).unwrap();
    Person::new(u32::try_from(place).unwrap() + 1)
}

impl World {
    fn new() -> Self {
        let network = Network::new();
        let world = Self {
            hosts: CASES.iter().map(|(name, ..)| network.host(name)).collect(),
            anna: network.host("anna.test"),
            curator: Person::new(101),
            network,
        };
        let entries = CASES.iter().map(|(name, ..)| entry(name, Verdict::Endorse, "2026-09-01"));
        world.anna.serve_list(&world.curator.sign(&list("Anna", entries), 1, hours_later(-1)));
        let sign = |name: &str| operator_of(name).sign(&profile(name), 2, hours_later(-1));
        let altered = |document: &Bytes| {
            std::str::from_utf8(document).unwrap().replacen("The server at", "A server at", 1)
        };
        let expired = operator_of("expired.test").sign_until(
            &profile("expired.test"),
            1,
            hours_later(-48),
            hours_later(-1),
        );
        let future = operator_of("future.test").sign(&profile("future.test"), 1, hours_later(2));
        let mut quiet = profile("quiet.test");
        quiet.about.listing = Some(Listing::Unlisted);
        let quiet = operator_of("quiet.test").sign(&quiet, 1, hours_later(-1));
        for (name, reply) in [
            ("quiet.test", Reply::file(quiet)),
            ("broken.test", Reply::HangUp),
            ("busy.test", Reply::status(503)),
            ("error.test", Reply::status(500)),
            ("expired.test", Reply::file(expired)),
            ("future.test", Reply::file(future)),
            ("gone.test", Reply::status(410)),
            ("good.test", Reply::file(sign("good.test"))),
            ("inner.test", Reply::redirect("https://10.0.0.1/profile.json")),
            ("large.test", Reply::file(vec![b' '; 300_000])),
            ("other.test", Reply::file(sign("good.test"))),
            ("page.test", Reply::file(HOSTILE)),
            ("plain.test", Reply::redirect("http://plain.test/<script>alert(1)</script>")),
            ("signed.test", Reply::file(altered(&sign("signed.test")))),
            ("unlisted.test", Reply::file("{\"listing\": \"unlisted\"}")),
        ] {
            world.host(name).reply(Host::PROFILE, reply);
        }
        world
    }

    fn host(&self, name: &str) -> &Host {
        self.hosts.iter().find(|host| host.name() == name).unwrap()
    }

    fn config(&self) -> Config {
        Config::new(&self.network)
            .feed(&self.anna.url(Host::LIST))
            .community(&Community::new("town").trusts(self.curator.issuer(), 1.0))
    }
}

/// What a host sends that would like to be on a page, or to steer a terminal.
const HOSTILE: &str = "{\"<script>alert(1)</script>\u{1b}[2J\": 1, \
     \"<script>alert(1)</script>\u{1b}[2J\": 2}";

fn status(home: &Home, place: &str) -> Finished {
    home.run("status", now(), &[place])
}

fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.out).unwrap_or_else(|_| panic!("{finished:?}"))
}

#[test]
fn each_outcome_is_kept_apart_and_says_what_to_do_on_the_command_line_the_page_and_the_api() {
    let world = World::new();
    let home = Home::new(&world.config());
    home.sync(now());
    for while_it_runs in [false, true] {
        let node = while_it_runs.then(|| home.serve(now()));
        for (name, outcome, to_do) in CASES {
            let told = home.run("status", now(), &[name, "--json"]);
            let source = &json(&told)["sources"][0];
            assert_eq!(source["outcome"], outcome, "{name}: {told:?}");
            let needs_attention = source["needs_attention"] == true;
            assert_eq!(told.code, Some(i32::from(needs_attention)), "{name}: {told:?}");
            let words = status(&home, name).out;
            assert!(words.contains(to_do), "{name}: {words}");
            assert!(!words.contains('\u{1b}'), "{words:?}");
            let Some(node) = &node else { continue };
            let answer = node.get(&format!("/api/v1/servers/{name}/status")).json();
            assert_eq!(answer["source"]["outcome"], outcome, "{name}");
            assert_eq!(answer["source"]["message"], Value::Null, "what a host sent is not shown");
            for page in [format!("/status?server={name}"), format!("/servers/{name}")] {
                let page = node.get(&page);
                let text = page.text().replace("&#39;", "'");
                assert!(text.contains(to_do), "{name}: {text}");
                assert!(!text.contains("alert(1)"), "{name}");
            }
        }
    }
}

#[test]
fn the_node_says_how_it_fares_and_lists_nobody_who_does_not_want_to_be() {
    let world = World::new();
    let home = Home::new(&world.config());
    let before = home.run("status", now(), &[]);
    assert_eq!(before.code, Some(2), "there is no node yet");
    home.sync(now());

    let told = home.run("status", now(), &["--json"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let report = json(&told);
    assert_eq!(report["sources"], 17);
    assert_eq!(report["round"]["asked"], 17);
    assert_eq!(report["round"]["failed"], 10);
    assert_eq!(report["round"]["ended_at"], now().to_string());
    assert_eq!(report["outcomes"]["good"], 2, "the list and one profile");
    assert_eq!(report["outcomes"]["malformed"], 1);
    assert!(report["database_bytes"].as_u64().unwrap() > 0);
    assert!(report["disk_free_bytes"].as_u64().unwrap() > 0);
    assert_eq!(report["is_overdue"], false);
    let words = home.run("status", now(), &[]).out;
    assert!(words.starts_with("11 sources need attention.\n"), "{words}");
    assert!(words.contains("if the node runs"), "{words}");
    let later = home.run("status", hours_later(6), &[]).out;
    assert!(later.contains("the node seems not to run"), "{later}");

    let node = home.serve(now());
    let public = node.get("/api/v1/status").json();
    assert_eq!(public["total"], 11);
    assert_eq!(public["outcomes"], report["outcomes"]);
    let quiet = node.get("/api/v1/servers/quiet.test/status").json();
    assert_eq!(quiet["source"]["document"], Value::Null, "{quiet}");
    let page = node.get("/status");
    assert!(page.text().contains("What needs attention"));
    for text in [page.text(), &public.to_string()] {
        assert!(text.contains("signed.test"), "{text}");
        assert!(!text.contains("unlisted.test") && !text.contains("quiet.test"), "{text}");
        assert!(!text.contains("alert(1)"), "{text}");
    }
    let part = node.get("/api/v1/status?limit=1&offset=1").json();
    assert_eq!(part["attention"].as_array().unwrap().len(), 1);
    assert_eq!(part["attention"][0], public["attention"][1]);
}

#[test]
fn what_a_failure_began_with_and_what_was_good_before_survive_a_restart() {
    let world = World::new();
    let home = Home::new(&world.config());
    home.sync(now());
    let older = operator_of("good.test").sign(&profile("good.test"), 1, hours_later(-2));
    world.host("good.test").serve_profile(&older);
    home.sync(hours_later(1));
    home.sync(hours_later(2));
    let told = home.run("status", hours_later(2), &["good.test", "--json"]);
    let source = &json(&told)["sources"][0];
    assert_eq!(source["outcome"], "rolled-back");
    assert_eq!(source["code"], "accept.rolled-back");
    assert_eq!(source["last_good"], now().to_string());
    assert_eq!(source["failing_since"], hours_later(1).to_string());
    assert_eq!(source["last_attempt"], hours_later(2).to_string());
    assert_eq!(source["consecutive_failures"], 2);
    assert_eq!(source["document"]["sequence"], 2, "what was accepted stays");
    let next: wellspring_document::Timestamp =
        source["next_attempt"].as_str().unwrap().parse().unwrap();
    assert!(next >= hours_later(2 + 4), "it is asked more rarely: {next}");
    let words = home.run("status", hours_later(2), &["good.test"]).out;
    assert!(words.contains("until its number is higher than 2"), "{words}");

    // Somebody signed twice with one number.
    let mut twin = profile("good.test");
    twin.about.website = Some("https://good.test/".parse().unwrap());
    let twin = operator_of("good.test").sign(&twin, 2, hours_later(-1));
    world.host("good.test").serve_profile(&twin);
    home.sync(hours_later(3));
    let told = home.run("status", hours_later(3), &["good.test", "--json"]);
    assert_eq!(json(&told)["sources"][0]["outcome"], "equivocating", "{told:?}");

    // And answers no longer: the profile counts on for a while.
    world.host("good.test").reply(Host::PROFILE, Reply::status(404));
    home.sync(hours_later(4));
    let told = home.run("status", hours_later(4), &["good.test"]);
    assert_eq!(told.code, Some(1));
    assert!(told.out.contains("It counts until there were 3 such answers"), "{told:?}");
    assert!(told.out.contains("one such answer since"), "{told:?}");
}

#[test]
fn a_second_round_that_finds_nothing_new_writes_no_document() {
    let world = World::new();
    let home = Home::new(&world.config());
    home.sync(now());
    let documents = || home.store().load(hours_later(1)).unwrap().rows.len();
    let (before, report) = (documents(), home.sync(hours_later(1)));
    assert_eq!(report["accepted"], 0);
    assert_eq!(documents(), before);
    assert_eq!(world.host("good.test").statuses(), [Some(200), Some(304)]);
    assert_eq!(world.host("unlisted.test").statuses(), [Some(200), Some(304)]);
    let told = status(&home, "unlisted.test");
    assert!(told.out.contains("Unlisted by its operator"), "{told:?}");
}

#[test]
fn a_host_that_says_how_long_its_file_is_good_is_not_asked_before() {
    let world = World::new();
    let document = operator_of("good.test").sign(&profile("good.test"), 2, hours_later(-1));
    let headers = vec![("Cache-Control", "max-age=36000".to_owned())];
    let reply = Reply::Page { status: 200, headers, body: document };
    world.host("good.test").reply(Host::PROFILE, reply);
    world.host("busy.test").reply(
        Host::PROFILE,
        Reply::Page {
            status: 429,
            headers: vec![("Retry-After", "36000".to_owned())],
            body: Bytes::new(),
        },
    );
    let home = Home::new(&world.config());
    home.sync(now());
    world.network.forget_requests();
    // A node that starts again keeps to it.
    let node = home.serve(hours_later(9));
    node.wait_for("/api/v1/status", |answer| {
        answer.json()["round"]["ended_at"] == hours_later(9).to_string()
    });
    drop(node);
    let asked: Vec<_> = world.network.requests().into_iter().map(|it| it.host).collect();
    assert!(asked.contains(&"absent.test".to_owned()), "{asked:?}");
    assert!(!asked.contains(&"good.test".to_owned()), "{asked:?}");
    assert!(!asked.contains(&"busy.test".to_owned()), "{asked:?}");
}

#[test]
fn a_place_where_the_node_does_not_ask_is_said_to_be_none() {
    let world = World::new();
    let home = Home::new(&world.config());
    home.sync(now());
    let told = status(&home, "nobody.test");
    assert!(told.refusal(1).contains("no curator whom it trusts names it"), "{told:?}");
    let told = status(&home, &world.anna.url(Host::LIST));
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("anna.test/.well-known/wellspring/endorsements.json: Good"));
    let by_host = status(&home, "anna.test");
    assert_eq!(by_host.out, told.out);
    let node = home.serve(now());
    let answer = node.get("/api/v1/servers/nobody.test/status");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["error"]["code"], "status.not-asked");
    let page = node.get("/status?server=nobody.test");
    assert!(page.text().contains("does not ask this server"));
    let page = node.get("/status?server=%3Cscript%3Ealert(1)");
    assert!(page.text().contains("That is no server name"));
    assert!(!page.text().contains("alert(1)"));
}
