//! Names that somebody proposes to a node.

use serde_json::{Value, json};
use wellspring_tests::{
    Answer, Community, Config, Home, Host, Network, Person, Reply, Serving, profile,
};

use crate::clock::{hours_later, now};

fn home(network: &Network) -> Home {
    Home::new(&Config::new(network).community(&Community::new("town")))
}

fn submit(node: &Serving, name: &str) -> Answer {
    let body = json!({ "server_name": name }).to_string();
    node.post("/api/v1/submissions", "application/json", &body)
}

/// Waits until a submitted name was asked; gives what came of it.
fn outcome(node: &Serving, name: &str) -> Value {
    let status = node.wait_for(&format!("/api/v1/servers/{name}/status"), |answer| {
        !answer.json()["source"]["last_attempt"].is_null()
    });
    status.json()["source"]["outcome"].clone()
}

#[test]
fn who_publishes_a_profile_is_listed_soon_after_and_who_does_not_appears_nowhere() {
    let network = Network::new();
    let hosts = ["good.test", "empty.test", "other.test", "quiet.test", "broken.test"]
        .map(|name| network.host(name));
    let last = network.host("last.test");
    let [good, _empty, other, quiet, broken] = &hosts;
    let signed = Person::new(1).sign(&profile("good.test"), 1, hours_later(-1));
    good.serve_profile(&signed);
    // A profile speaks for the name that it is about, and for no other.
    other.serve_profile(&signed);
    quiet.reply(Host::PROFILE, Reply::file("{\"listing\": \"unlisted\"}"));
    broken.reply(Host::PROFILE, Reply::HangUp);
    let home = home(&network);
    let node = home.serve(now());
    for (host, expected) in
        hosts.iter().zip(["good", "not-found", "name-mismatch", "unlisted", "unreachable-broken"])
    {
        let answer = submit(&node, host.name());
        assert_eq!(answer.status, 202, "{answer:?}");
        assert_eq!(outcome(&node, host.name()), expected);
    }
    let server = node.wait_for("/api/v1/servers/good.test", |answer| answer.status == 200).json();
    assert_eq!(server["server"]["category"], "C");
    assert_eq!(server["server"]["score"], 0.0);
    assert_eq!(server["server"]["profile"]["status"], "confirmed");

    let list = node.get("/api/v1/servers").json();
    assert_eq!(list["total"], 1, "{list}");
    let page = node.get("/status");
    let status = node.get("/api/v1/status");
    let report = home.run("rank", now(), &["--json"]).well();
    for host in &hosts[1..] {
        let name = host.name();
        assert_eq!(node.get(&format!("/servers/{name}")).status, 404, "{name}");
        for text in [page.text(), status.text(), &report] {
            assert!(!text.contains(name), "{name}: {text}");
        }
        assert!(home.store().sight(&name.parse().unwrap()).unwrap().is_none(), "{name}");
    }
    assert_eq!(status.json()["attention"], json!([]));

    // Submitting them again asks nobody again.
    let asked = network.requests().len();
    for host in &hosts {
        assert_eq!(submit(&node, host.name()).status, 200);
    }
    submit(&node, last.name());
    outcome(&node, last.name());
    assert_eq!(network.requests().len(), asked + 1);
}

#[test]
fn a_flood_is_held_back_and_a_restart_keeps_what_waits() {
    let network = Network::new();
    let host = network.host("alpha.test");
    host.serve_profile(&Person::new(1).sign(&profile("alpha.test"), 1, hours_later(-1)));
    let flood = network.hosts_together("*.test", (0..100).map(|number| format!("s{number}.test")));
    network.answer_only(0);
    let home = home(&network);
    let node = home.serve(now());
    assert_eq!(submit(&node, "alpha.test").status, 202);
    let answers = flood.iter().map(|host| submit(&node, host.name()).status);
    let refused = answers.filter(|status| *status == 429).count();
    assert_eq!(refused, 81, "20 are taken at once");
    node.kill();

    network.answer_all();
    let node = home.serve(now());
    node.wait_for("/api/v1/servers/alpha.test", |answer| answer.status == 200);
}

#[test]
fn a_form_leads_to_what_came_of_it() {
    let network = Network::new();
    let host = network.host("alpha.test");
    host.serve_profile(&Person::new(1).sign(&profile("alpha.test"), 1, hours_later(-1)));
    let home = home(&network);
    let node = home.serve(now());
    let form = "application/x-www-form-urlencoded";
    let page = node.post("/status", form, "server_name=alpha.test");
    assert_eq!(page.status, 200, "the page to which it leads");
    assert!(page.text().contains("<code>alpha.test</code>"), "{}", page.text());
    node.wait_for("/servers/alpha.test", |answer| answer.status == 200);
}

#[test]
fn who_serves_no_profile_is_forgotten_after_thirty_days() {
    let network = Network::new();
    let hosts = ["empty.test", "good.test"].map(|name| network.host(name));
    hosts[1].serve_profile(&Person::new(1).sign(&profile("good.test"), 1, hours_later(-1)));
    let home = home(&network);
    let node = home.serve(now());
    for host in &hosts {
        submit(&node, host.name());
        outcome(&node, host.name());
    }
    drop(node);
    let kept = |hours| {
        home.sync(hours_later(hours));
        let kept = home.store().submissions().unwrap().rows;
        kept.iter().map(|it| it.server_name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(kept(30 * 24 - 1), ["empty.test", "good.test"]);
    assert_eq!(kept(30 * 24), ["good.test"]);
    assert_eq!(home.run("status", hours_later(30 * 24), &["empty.test"]).code, Some(1));
    assert_eq!(home.store().sources().unwrap().rows.len(), 1);
    assert_eq!(home.rank(hours_later(30 * 24)).names(), ["good.test"]);
}

/// Submits these names to a node that does not run.
fn submit_before(home: &Home, names: impl IntoIterator<Item = String>) {
    home.sync(now());
    let mut store = home.store();
    for name in names {
        store.submit(&name.parse().unwrap(), &name, now()).unwrap().unwrap();
    }
}

#[test]
fn what_came_of_a_name_is_said_while_others_of_the_round_keep_silent() {
    let network = Network::new();
    network.host("empty.test");
    network.host("silent.test").reply(Host::PROFILE, Reply::Stall);
    let home = home(&network);
    submit_before(&home, ["empty.test".to_owned(), "silent.test".to_owned()]);
    let node = home.serve(now());
    assert_eq!(outcome(&node, "empty.test"), "not-found");
    let silent = node.get("/api/v1/servers/silent.test/status").json();
    assert_eq!(silent["source"]["outcome"], "not-asked", "the round is still under way");
}

#[test]
fn a_round_asks_only_so_many_and_the_next_one_the_others() {
    let network = Network::new();
    let names = (0..101).map(|number| format!("s{number}.test"));
    network.hosts_together("*.test", names.clone());
    let home = home(&network);
    submit_before(&home, names);
    let asked = || home.store().sources().unwrap().rows.len();
    home.sync(now());
    assert_eq!(asked(), 100);
    // The next round of a node that runs begins in a minute, not in an hour.
    let status = home.run("status", now(), &["--json"]).out;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["next_round_at"], now().plus_seconds(60).to_string());
    home.sync(now());
    assert_eq!(asked(), 101);
}
