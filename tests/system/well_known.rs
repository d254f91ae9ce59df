//! What a name says at its well-known address, and what follows.

use wellspring_document::{BytesHash, Kind, Verdict};
use wellspring_tests::{
    Community, Config, Home, Host, Network, Person, Reply, endorse, entry, list, profile, warn,
};

use crate::clock::{hours_later, now};

/// One operator whom one curator endorses.
struct Pair {
    network: Network,
    operator: Person,
    host: Host,
    curator: Person,
    anna: Host,
}

impl Pair {
    fn new() -> Self {
        let network = Network::new();
        let pair = Self {
            host: network.host("alpha.test"),
            operator: Person::new(1),
            curator: Person::new(101),
            anna: network.host("anna.test"),
            network,
        };
        let listing = list("Anna", [endorse("alpha.test", &pair.operator, "2026-09-01")]);
        pair.anna.serve_list(&pair.curator.sign(&listing, 1, hours_later(-1)));
        pair.host.serve_profile(&pair.operator.sign(&profile("alpha.test"), 1, hours_later(-1)));
        pair
    }

    fn home(&self) -> Home {
        let community = Community::new("town").trusts(self.curator.issuer(), 1.0);
        let config =
            Config::new(&self.network).feed(&self.anna.url(Host::LIST)).community(&community);
        Home::new(&config)
    }
}

#[test]
fn the_unlisted_file_takes_a_server_out_of_the_list_at_once() {
    let pair = Pair::new();
    let home = pair.home();
    home.sync(now());
    assert_eq!(home.rank(now()).names(), ["alpha.test"]);

    pair.host.reply(Host::PROFILE, Reply::file("{\"listing\": \"unlisted\"}"));
    home.sync(hours_later(1));
    let view = home.rank(hours_later(1));
    assert_eq!(view.names(), Vec::<String>::new());
    assert_eq!(view.json()["unlisted"][0]["server_name"], "alpha.test");
    let node = home.serve(hours_later(1));
    let answer = node.get("/api/v1/servers/alpha.test");
    assert!(answer.text().contains("unlisted"), "{answer:?}");
    drop(node);

    // The wish outlasts an outage, and ends when there is a profile again.
    pair.host.reply(Host::PROFILE, Reply::status(404));
    home.sync(hours_later(2));
    assert_eq!(home.rank(hours_later(2)).names(), Vec::<String>::new());
    let newer = pair.operator.sign(&profile("alpha.test"), 2, hours_later(2));
    pair.host.serve_profile(&newer);
    home.sync(hours_later(3));
    assert_eq!(home.rank(hours_later(3)).names(), ["alpha.test"]);
}

#[test]
fn an_unlisted_server_keeps_the_warnings_about_it() {
    let pair = Pair::new();
    pair.host.reply(Host::PROFILE, Reply::file("{\"listing\": \"unlisted\"}"));
    let warning = list("Anna", [warn("alpha.test", "2026-09-01", "2027-09-01")]);
    pair.anna.serve_list(&pair.curator.sign(&warning, 2, hours_later(-1)));
    let home = pair.home();
    home.sync(now());
    let view = home.rank(now());
    assert_eq!(view.names(), Vec::<String>::new());
    assert_eq!(view.json()["unlisted"][0]["warnings"][0]["code"], "warning.strongest");
    let node = home.serve(now());
    let answer = node.get("/api/v1/servers/alpha.test");
    assert!(answer.text().contains("It loses messages."), "{answer:?}");
}

#[test]
fn a_profile_that_says_unlisted_does_the_same() {
    let pair = Pair::new();
    let mut unlisted = profile("alpha.test");
    unlisted.about.listing = Some(wellspring_document::profile::Listing::Unlisted);
    pair.host.serve_profile(&pair.operator.sign(&unlisted, 2, hours_later(-1)));
    let home = pair.home();
    home.sync(now());
    let view = home.rank(now());
    assert_eq!(view.names(), Vec::<String>::new());
    assert_eq!(view.json()["unlisted"][0]["server_name"], "alpha.test");
}

#[test]
fn gone_withdraws_a_profile_at_once() {
    let pair = Pair::new();
    let home = pair.home();
    home.sync(now());
    pair.host.reply(Host::PROFILE, Reply::status(410));
    home.sync(hours_later(1));
    let alpha = home.rank(hours_later(1)).server("alpha.test");
    assert_eq!(alpha.profile(), "withdrawn");
    assert_eq!(alpha.called(), None);
}

#[test]
fn absent_withdraws_a_profile_after_three_answers_over_72_hours() {
    let pair = Pair::new();
    let home = pair.home();
    home.sync(now());
    pair.host.reply(Host::PROFILE, Reply::status(404));
    for (hours, status) in
        [(1, "confirmed"), (2, "confirmed"), (72, "confirmed"), (73, "withdrawn")]
    {
        home.sync(hours_later(hours));
        let alpha = home.rank(hours_later(hours)).server("alpha.test");
        assert_eq!(alpha.profile(), status, "after {hours} hours");
    }
}

#[test]
fn a_node_that_was_off_for_a_week_lists_nobody_who_does_not_want_to_be() {
    let pair = Pair::new();
    let beta = pair.network.host("beta.test");
    let stranger = Person::new(2);
    let listing =
        ["alpha.test", "beta.test"].map(|name| entry(name, Verdict::Endorse, "2026-09-01"));
    pair.anna.serve_list(&pair.curator.sign(&list("Anna", listing), 2, hours_later(-1)));
    pair.host.reply(Host::PROFILE, Reply::file("{\"listing\": \"unlisted\"}"));
    beta.serve_profile(&stranger.sign(&profile("beta.test"), 1, hours_later(-1)));
    let home = pair.home();
    home.sync(now());
    assert_eq!(home.rank(now()).names(), ["beta.test"]);

    let later = hours_later(9 * 24);
    let view = home.rank(later);
    assert_eq!(view.names(), ["beta.test"]);
    assert_eq!(view.json()["unlisted"][0]["server_name"], "alpha.test");

    // Nobody answers, so that the first round takes its time.
    for host in [&pair.host, &pair.anna, &beta] {
        host.reply(Host::PROFILE, Reply::Stall);
        host.reply(Host::LIST, Reply::Stall);
    }
    let node = home.serve(later);
    assert_eq!(node.get("/api/v1/servers/alpha.test").status, 404);
    // What the node itself saw counts again before anybody was waited for: only that
    // confirms the profile of beta.
    node.wait_for("/api/v1/servers/beta.test", |answer| {
        answer.json()["server"]["profile"]["confirmation"]["how"] == "own-sight"
    });
    let answer = node.get("/api/v1/servers/alpha.test");
    assert!(answer.status == 404 && answer.text().contains("unlisted"), "{answer:?}");
    assert_eq!(pair.network.abandoned(), 0);
}

#[test]
fn nobody_waits_for_a_silent_host_to_be_unlisted_or_withdrawn() {
    let pair = Pair::new();
    let (beta, silent) = (pair.network.host("beta.test"), pair.network.host("silent.test"));
    let stranger = Person::new(2);
    let listing = ["alpha.test", "beta.test", "silent.test"]
        .map(|name| entry(name, Verdict::Endorse, "2026-09-01"));
    pair.anna.serve_list(&pair.curator.sign(&list("Anna", listing), 2, hours_later(-1)));
    for (name, host) in [("beta.test", &beta), ("silent.test", &silent)] {
        host.serve_profile(&stranger.sign(&profile(name), 1, hours_later(-1)));
    }
    let home = pair.home();
    home.sync(now());
    assert_eq!(home.rank(now()).names().len(), 3);

    pair.host.reply(Host::PROFILE, Reply::file("{\"listing\": \"unlisted\"}"));
    beta.reply(Host::PROFILE, Reply::status(410));
    silent.reply(Host::PROFILE, Reply::Stall);
    let node = home.serve(hours_later(2));
    node.wait_for("/api/v1/servers/alpha.test", |answer| {
        answer.status == 404 && answer.text().contains("unlisted")
    });
    node.wait_for("/api/v1/servers/beta.test", |answer| {
        answer.json()["server"]["profile"]["status"] == "withdrawn"
    });
    assert_eq!(pair.network.abandoned(), 0, "the round was over before");
}

#[test]
fn a_withdrawn_profile_is_erased_after_thirty_days() {
    let pair = Pair::new();
    let listing = list("Anna", [endorse("alpha.test", &pair.operator, "2026-09-01")]);
    let until = now().plus_days(90);
    pair.anna.serve_list(&pair.curator.sign_until(&listing, 2, hours_later(-1), until));
    let signed = pair.operator.sign_until(&profile("alpha.test"), 2, hours_later(-1), until);
    pair.host.serve_profile(&signed);
    let home = pair.home();
    home.sync(now());
    pair.host.reply(Host::PROFILE, Reply::status(410));
    home.sync(hours_later(1));

    let bytes = format!("/api/v1/documents/{}", BytesHash::of(&signed));
    let node = home.serve(hours_later(30 * 24));
    assert_eq!(node.get(&bytes).status, 200);
    drop(node);
    let node = home.serve(hours_later(1 + 30 * 24));
    node.wait_for(&bytes, |answer| answer.status == 410);
    node.wait_for("/api/v1/servers/alpha.test", |answer| {
        let profile = &answer.json()["server"]["profile"];
        profile["status"] == "withdrawn" && profile["document"].is_null()
    });
    drop(node);
    let loaded = home.store().load(now()).unwrap();
    assert!(loaded.corrupt.is_empty(), "{:?}", loaded.corrupt);
    assert!(loaded.rows.iter().all(|document| document.kind() != Kind::Profile));

    // Who comes back with the same file is welcome.
    pair.host.serve_profile(&signed);
    home.sync(hours_later(31 * 24));
    let alpha = home.rank(hours_later(31 * 24)).server("alpha.test");
    assert_eq!(alpha.profile(), "confirmed");
    assert_eq!(alpha.json["profile"]["document"]["sequence"], 2);
}

#[test]
fn gone_where_nothing_was_before_withdraws_nothing() {
    let pair = Pair::new();
    pair.host.reply(Host::PROFILE, Reply::status(410));
    let home = pair.home();
    home.sync(now());
    assert_eq!(home.rank(now()).server("alpha.test").profile(), "none");
}

#[test]
fn a_redirect_to_another_https_host_confirms() {
    let pair = Pair::new();
    let files = pair.network.host("files.test");
    let served = pair.operator.sign(&profile("alpha.test"), 1, hours_later(-1));
    files.reply("/alpha.json", Reply::file(served));
    pair.host.reply(Host::PROFILE, Reply::redirect("https://files.test/alpha.json"));
    let home = pair.home();
    home.sync(now());
    let alpha = home.rank(now()).server("alpha.test");
    assert_eq!(alpha.profile(), "confirmed");
    assert_eq!(alpha.score(), 30.0);
}

#[test]
fn a_redirect_to_http_is_refused() {
    let pair = Pair::new();
    pair.host.reply(Host::PROFILE, Reply::redirect("http://alpha.test/profile.json"));
    let home = pair.home();
    home.sync(now());
    assert_eq!(home.failure("alpha.test").as_deref(), Some("url.not-https"));
    assert_eq!(home.rank(now()).server("alpha.test").profile(), "none");
}

#[test]
fn a_redirect_to_an_address_of_the_inner_network_is_refused() {
    let pair = Pair::new();
    pair.host.reply(Host::PROFILE, Reply::redirect("https://169.254.169.254/profile.json"));
    let home = pair.home();
    home.sync(now());
    assert_eq!(home.failure("alpha.test").as_deref(), Some("address.metadata"));
}

#[test]
fn what_a_redirect_led_to_does_not_stand_for_the_file_of_the_host_itself() {
    let pair = Pair::new();
    let files = pair.network.host("files.test");
    let first = pair.operator.sign(&profile("alpha.test"), 1, hours_later(-1));
    files.reply("/alpha.json", Reply::file_with_etag(first, "\"1\""));
    pair.host.reply(Host::PROFILE, Reply::redirect("https://files.test/alpha.json"));
    let home = pair.home();
    home.sync(now());

    // The operator comes home with a newer profile, and counts from 1 there as well.
    let second = pair.operator.sign(&profile("alpha.test"), 2, now());
    pair.host.reply(Host::PROFILE, Reply::file_with_etag(second, "\"1\""));
    home.sync(hours_later(1));
    let alpha = home.rank(hours_later(1)).server("alpha.test");
    assert_eq!(alpha.json["profile"]["document"]["sequence"], 2);
}

#[test]
fn a_host_with_the_wrong_certificate_is_not_believed() {
    let pair = Pair::new();
    // Another host answers at the address of alpha, with the profile of alpha.
    let network = &pair.network;
    let impostor = network.hosts_together("beta.test", ["alpha.test".to_owned()]).remove(0);
    impostor.serve_profile(&pair.operator.sign(&profile("alpha.test"), 1, hours_later(-1)));
    let home = pair.home();
    home.sync(now());
    assert_eq!(home.failure("alpha.test").as_deref(), Some("fetch.tls-wrong-name"));
    assert_eq!(home.rank(now()).server("alpha.test").profile(), "none");
}
