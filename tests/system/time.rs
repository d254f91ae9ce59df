//! Clocks that are set back, clocks that were ahead, and looking at an earlier day.

use wellspring_document::Timestamp;
use wellspring_tests::{
    Community, Config, Finished, Home, Host, Network, Person, Reply, endorse, list,
};

use crate::clock::{hours_later, now};

/// A node that trusts one curator, whose list endorses `old.test` and expires after 30 days.
struct Scene {
    host: Host,
    operator: Person,
    curator: Person,
    home: Home,
}

impl Scene {
    fn new() -> Self {
        let network = Network::new();
        let (operator, curator) = (Person::new(1), Person::new(101));
        let host = network.host("curator.test");
        let community = Community::new("town").trusts(curator.issuer(), 1.0);
        let config = Config::new(&network).feed(&host.url(Host::LIST)).community(&community);
        let scene = Self { host, operator, curator, home: Home::new(&config) };
        scene.serve("old.test", 1, hours_later(-1));
        scene
    }

    /// Serves another list.
    fn serve(&self, name: &str, sequence: u64, issued_at: Timestamp) {
        let body = list("Curator", [endorse(name, &self.operator, "2026-09-01")]);
        self.host.serve_list(&self.curator.sign(&body, sequence, issued_at));
    }

    /// The codes of the reasons of a server when the node serves with this clock.
    fn reasons_served(&self, name: &str, clock: Timestamp) -> Vec<String> {
        let node = self.home.serve(clock);
        let answer = node.get(&format!("/api/v1/servers/{name}"));
        let reasons = answer.json()["server"]["reasons"].as_array().unwrap().clone();
        let codes = reasons.iter().filter(|reason| !reason["by"].is_null());
        codes.map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
    }
}

/// What a command says about the clock of the machine.
fn about_the_clock(told: &Finished) -> Option<&str> {
    told.err.lines().find_map(|line| line.strip_prefix("warning: this machine's clock says "))
}

fn days_later(days: i64) -> Timestamp {
    hours_later(24 * days)
}

#[test]
fn a_clock_that_is_set_back_brings_back_nothing_that_has_expired() {
    let scene = Scene::new();
    let home = &scene.home;
    home.sync(now());
    assert_eq!(scene.reasons_served("old.test", now()), ["endorsement.endorsed"]);
    home.sync(days_later(40));
    assert_eq!(scene.reasons_served("old.test", days_later(40)), ["endorsement.expired"]);

    assert_eq!(scene.reasons_served("old.test", days_later(1)), ["endorsement.expired"]);
    let node = home.serve(days_later(1));
    let health = node.get("/healthz").json();
    assert_eq!(health["status"], "ok");
    assert_eq!(health["clock"]["behind_seconds"], 39 * 86_400);
    let message = health["clock"]["message"].as_str().unwrap();
    assert!(message.contains("wellspring sync --clock-is-right"), "{message}");
    drop(node);

    // Nor does it shut out what was signed since.
    scene.serve("new.test", 2, days_later(39));
    let told = home.run("sync", days_later(1), &[]);
    assert!(about_the_clock(&told).unwrap().starts_with("2026-11-23T10:00:00Z"), "{told:?}");
    assert!(told.out.contains("1 document new"), "{told:?}");
    assert_eq!(scene.reasons_served("new.test", days_later(1)), ["endorsement.endorsed"]);

    // Once the clock is right again, nothing is left of it.
    assert!(home.serve(days_later(41)).get("/healthz").json()["clock"].is_null());
}

#[test]
fn a_clock_that_was_ahead_by_mistake_can_be_told_to_be_right_now() {
    let scene = Scene::new();
    let home = &scene.home;
    home.sync(now());
    // With a report and an attempt of ten years later.
    home.sync(days_later(3_650));
    assert_eq!(scene.reasons_served("old.test", days_later(3_650)), ["endorsement.expired"]);
    scene.serve("new.test", 2, days_later(1));
    let told = home.run("sync", days_later(2), &[]);
    assert!(about_the_clock(&told).unwrap().starts_with("2026-11-24T10:00:00Z"), "{told:?}");
    assert_eq!(scene.reasons_served("new.test", days_later(2)), ["endorsement.expired"]);

    let told = home.run("sync", days_later(2), &["--clock-is-right"]);
    assert_eq!((told.code, about_the_clock(&told)), (Some(0), None), "{told:?}");
    assert_eq!(scene.reasons_served("new.test", days_later(2)), ["endorsement.endorsed"]);
    assert_eq!(home.store().latest_time().unwrap(), Some(days_later(2)));
    let told = home.run("sync", days_later(3), &[]);
    assert_eq!((told.code, about_the_clock(&told)), (Some(0), None), "{told:?}");
}

/// What the node itself signed by the wrong clock does not count, and does not stand in the
/// way of what it signs by the right one.
#[test]
fn what_a_node_signed_by_a_clock_that_was_ahead_is_signed_again() {
    let network = Network::new();
    let operator = Person::new(1);
    let host = network.host("alpha.test");
    let profile = wellspring_tests::profile("alpha.test");
    host.serve_profile(&operator.sign(&profile, 1, hours_later(-1)));
    let source = "https://lists.test/servers.json";
    let lists = network.host("lists.test");
    let unsigned = "{\"public_servers\": [{\"name\": \"alpha.test\"}], \"private_servers\": []}";
    lists.reply("/servers.json", Reply::file(unsigned));
    let community = Community::new("town").uses(source, 1.0);
    let home = Home::new(&Config::new(&network).adopt(source, "").community(&community));
    home.sync(now());
    assert_eq!(home.rank(now()).server("alpha.test").profile(), "confirmed");
    home.sync(days_later(3_650));

    let outcome = home.run("sync", days_later(1), &["--json", "--clock-is-right"]).well();
    let outcome: serde_json::Value = serde_json::from_str(&outcome).unwrap();
    assert_eq!(outcome["problems"], serde_json::json!([]));
    let view = home.rank(days_later(1));
    assert_eq!(view.server("alpha.test").profile(), "confirmed");
    assert_eq!(view.server("alpha.test").reasons().len(), 1);
    let ahead = |document: &wellspring_document::AnyVerified| document.issued_at() > days_later(1);
    assert!(!home.store().load(days_later(1)).unwrap().rows.iter().any(ahead));
}

#[test]
fn to_look_at_an_earlier_day_is_a_calculation_and_no_clock() {
    let scene = Scene::new();
    let home = &scene.home;
    scene.serve("first.test", 1, hours_later(-48));
    home.sync(hours_later(-47));
    scene.serve("second.test", 2, hours_later(-24));
    home.sync(now());
    assert_eq!(home.rank(now()).names(), ["second.test"]);
    assert_eq!(home.rank(hours_later(-24)).names(), ["second.test"]);
    assert_eq!(home.rank(hours_later(-25)).names(), ["first.test"]);
    assert_eq!(home.rank(hours_later(-49)).names(), [""; 0]);
    let told = home.run("rank", hours_later(-25), &[]);
    assert_eq!((told.code, about_the_clock(&told)), (Some(0), None), "no clock is wrong: {told:?}");
    assert_eq!(home.rank(days_later(3_650)).server("second.test").category(), "C");
    assert_eq!(home.store().latest_time().unwrap(), Some(now()), "nothing was moved");
    assert_eq!(home.rank(now()).names(), ["second.test"]);
}
