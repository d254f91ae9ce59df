use wellspring_document::profile::{Federation, Service};
use wellspring_document::{Checks, Observation, Software, Text, Uptime, Verdict};
use wellspring_ranking::{Language, RankedServer, Reason, ReasonCode, Sentence};

use crate::world::{World, days_ago, endorse, fraction, name, person, profile, verdict};

/// A world in which these observations are all that is known of one server.
fn world(observations: Vec<Observation>) -> World {
    let mut world = World::default();
    world.root(&person(1), 1.0, vec![endorse("a.example")]);
    for (number, observation) in (20..).zip(observations) {
        world.hears(&person(number));
        world.reports(&person(number), vec![observation]);
    }
    world
}

fn observed() -> Observation {
    Observation::new(name("a.example"), days_ago(0))
}

fn checks(answered: u32, made: u32) -> Option<Checks> {
    Some(Checks { answered, made })
}

/// An old server about which nothing can be found wanting.
fn perfect() -> Observation {
    Observation {
        client_reachable: Some(true),
        federation_reachable: Some(true),
        tls_expires_at: Some(days_ago(-60)),
        software: software("Synapse", "1.163.2"),
        uptime: Uptime { month: checks(120, 120), quarter: checks(360, 360), ..Uptime::default() },
        first_seen_at: Some(days_ago(400)),
        ..observed()
    }
}

fn software(name: &str, version: &str) -> Option<Software> {
    let version = Some(Text::new(version).unwrap());
    Some(Software { name: Text::new(name).unwrap(), version })
}

fn is_of_service(reason: &Reason) -> bool {
    matches!(reason.code, ReasonCode::Service(_) | ReasonCode::ServiceUnknown)
}

/// The code and points of each reason that has to do with service.
fn service(world: &World) -> Vec<(&'static str, String)> {
    let server = world.server("a.example");
    let reasons = server.reasons().filter(|it| is_of_service(it));
    reasons.map(|it| (it.code.as_str(), it.points.to_string())).collect()
}

fn points(world: &World, code: &str) -> String {
    let reasons = service(world);
    reasons.into_iter().find(|(it, _)| *it == code).expect("there is such a reason").1
}

fn told(server: &RankedServer) -> String {
    let reasons = server.reasons().filter(|it| is_of_service(it));
    let lines = reasons
        .map(|it| format!("{:>4}  {}", it.points.to_string(), it.sentence(Language::English)));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_server_without_fault_earns_all_points_of_service_each_with_its_reason() {
    let world = world(vec![perfect(), perfect(), perfect()]);
    assert_eq!(
        service(&world),
        [
            ("service.uptime-90d", "9.0"),
            ("service.uptime-30d", "4.5"),
            ("service.watched", "4.5"),
            ("service.reachable", "3.0"),
            ("service.software", "7.5"),
            ("service.certificate", "1.5"),
        ]
        .map(|(code, points)| (code, points.to_owned()))
    );
    assert_eq!(world.score("a.example"), "45.0", "15 of endorsement, 30 of service");
    insta::assert_snapshot!(told(&world.server("a.example")), @r"
    9.0  Answered 100 % of the checks of 90 days (median of 3 observers, 2026-11-22). Counts 1 of 9.0 points.
    4.5  Answered 100 % of the checks of 30 days (median of 3 observers, 2026-11-22). Counts 1 of 4.5 points.
    4.5  First seen by an observer on 2025-10-18. Counts 1 of 4.5 points.
    3.0  As apps do, 3 of 3 observers reached it; as other servers do, 3 of 3 observers, 2026-11-22. Counts 1 of 3.0 points.
    7.5  Runs Synapse 1.163.2, nothing newer is out (3 of 3 observers, 2026-11-22). Counts 1 of 7.5 points.
    1.5  Its certificate lasts until 2027-01-21 (median of 3 observers, 2026-11-22). Counts 1 of 1.5 points.
    ");
}

#[test]
fn what_nobody_measured_earns_nothing_and_is_not_rescaled() {
    let only_reached = Observation { client_reachable: Some(true), ..observed() };
    let world_of_one = world(vec![only_reached]);
    insta::assert_snapshot!(told(&world_of_one.server("a.example")), @r"
    0.0  How often it answers within 90 days is not yet known.
    0.0  How often it answers within 30 days is not yet known.
    0.0  For how long it has been watched is not yet known.
    1.5  As apps do, 1 of 1 observer reached it; whether other servers do is not yet known, 2026-11-22. Counts 0.5 of 3.0 points.
    0.0  Whether its software is up to date is not yet known.
    0.0  How long its certificate lasts is not yet known.
    ");
    assert_eq!(service(&world(vec![])), [("service.unknown", "0.0".to_owned())]);
}

#[test]
fn an_uptime_earns_nothing_up_to_the_floor_and_then_in_proportion() {
    let quarter = |answered| {
        let uptime = Uptime { quarter: checks(answered, 1_000), ..Uptime::default() };
        points(&world(vec![Observation { uptime, ..perfect() }]), "service.uptime-90d")
    };
    assert_eq!([0, 900, 950, 990, 1_000].map(quarter), ["0.0", "0.0", "4.5", "8.1", "9.0"]);
}

#[test]
fn few_checks_and_a_short_history_earn_in_proportion() {
    let of = |made, first_seen: i64| {
        let uptime = Uptime { quarter: checks(made, made), ..Uptime::default() };
        let first_seen_at = Some(days_ago(first_seen));
        let world = world(vec![Observation { uptime, first_seen_at, ..perfect() }]);
        (points(&world, "service.uptime-90d"), points(&world, "service.watched"))
    };
    assert_eq!(of(90, 400), ("9.0".to_owned(), "4.5".to_owned()), "one check a day is enough");
    assert_eq!(of(9, 400), ("0.9".to_owned(), "4.5".to_owned()), "a tenth of these checks");
    assert_eq!(of(25_920, 9), ("0.9".to_owned(), "0.1".to_owned()), "seen for nine days");
}

#[test]
fn software_earns_less_the_longer_something_newer_has_been_out() {
    let of = |name, version| {
        let world = world(vec![Observation { software: software(name, version), ..perfect() }]);
        points(&world, "service.software")
    };
    assert_eq!(of("Synapse", "1.163.2"), "7.5", "the newest");
    assert_eq!(of("synapse", "1.163.1"), "7.5", "replaced 30 days ago");
    // 1.157.0 of July was replaced on the 22nd, 123 days ago: 93 of the 335 days of the fall.
    assert_eq!(of("Synapse", "1.157.0"), "5.4");
    assert_eq!(of("Synapse", "1.100.0"), "0.0", "years old");
    assert_eq!(of("Synapse", "2.0.0"), "7.5", "newer than the table");
    assert_eq!(of("Homemade", "1.0"), "0.0");
    let homemade = world(vec![Observation { software: software("Homemade", "1.0"), ..perfect() }]);
    let server = homemade.server("a.example");
    let reason = server.reasons().find(|it| it.code.as_str() == "service.software").unwrap();
    assert_eq!(
        reason.sentence(Language::English),
        "Whether its software is up to date is not yet known."
    );
}

#[test]
fn one_observer_alone_never_decides_against_a_server_where_there_are_more() {
    let bad = Observation {
        client_reachable: Some(false),
        federation_reachable: Some(false),
        tls_expires_at: Some(days_ago(1)),
        software: software("Synapse", "1.100.0"),
        uptime: Uptime { month: checks(0, 120), quarter: checks(0, 360), ..Uptime::default() },
        first_seen_at: Some(days_ago(1)),
        ..observed()
    };
    assert_eq!(world(vec![bad.clone()]).score("a.example"), "15.0");
    for good in 1..4 {
        let mut observations = vec![perfect(); good];
        observations.insert(good / 2, bad.clone());
        assert_eq!(world(observations).score("a.example"), "45.0", "{good} others");
    }
    assert_eq!(world(vec![bad.clone(), perfect(), bad]).score("a.example"), "19.5", "two do");
}

#[test]
fn the_parts_and_thresholds_are_policy() {
    let mut world = world(vec![Observation {
        uptime: Uptime { quarter: checks(900, 1_000), ..Uptime::default() },
        tls_expires_at: Some(days_ago(-10)),
        first_seen_at: Some(days_ago(50)),
        ..perfect()
    }]);
    world.policy.criteria.certificate_days = 11;
    let rules = &mut world.policy.service;
    rules.uptime_90d = 50;
    rules.uptime_30d = 0;
    rules.watched = 20;
    rules.reachable = 10;
    rules.software = 10;
    rules.certificate = 10;
    rules.uptime_floor = fraction(0.8);
    rules.watched_days = 100;
    assert_eq!(world.policy.check(), Ok(()));
    assert_eq!(
        service(&world),
        [
            ("service.uptime-90d", "4.2"),
            ("service.watched", "3.0"),
            ("service.reachable", "3.0"),
            ("service.software", "3.0"),
            ("service.certificate", "0.0"),
        ]
        .map(|(code, points)| (code, points.to_owned())),
        "half of 15 points for 50 of 90 days; what can earn nothing is left out"
    );
}

#[test]
fn whatever_the_parts_are_together_they_never_earn_more_than_there_is() {
    for points in [1, 7, 29, 33, 100] {
        let mut world = world(vec![perfect()]);
        world.policy.points.endorsement = 100 - points;
        world.policy.points.service = points;
        world.policy.points.transparency = 0;
        let server = world.server("a.example");
        let earned: wellspring_ranking::Points =
            server.reasons().filter(|it| is_of_service(it)).map(|it| it.points).sum();
        assert_eq!(earned.tenths(), i32::from(points) * 10);
    }
}

#[test]
fn a_warning_takes_from_what_service_earned_too() {
    let mut world = world(vec![perfect()]);
    world.root(&person(2), 1.0, vec![verdict(Verdict::Warn, "a.example")]);
    assert_eq!(world.score("a.example"), "25.0");
    assert_eq!(world.server("a.example").reasons().map(|it| it.points.tenths()).sum::<i32>(), 250);
}

/// What a server declares of its federation and room directory, and what three observers
/// found.
fn contradicted(declared: (Federation, bool), found: [(bool, bool, bool); 3]) -> Vec<String> {
    let mut world = world(
        found
            .map(|(client, federation, rooms)| Observation {
                client_reachable: Some(client),
                federation_reachable: Some(federation),
                room_directory: Some(rooms),
                ..observed()
            })
            .into(),
    );
    let mut claims = profile("a.example");
    claims.service = Some(Service {
        federation: Some(declared.0),
        room_directory: Some(declared.1),
        ..Service::default()
    });
    world.serves(&person(5), &claims, 100);
    let contradictions = world.server("a.example").contradictions.clone();
    contradictions.iter().map(|it| it.sentence(Language::English)).collect()
}

#[test]
fn federation_and_room_directory_are_held_against_what_is_declared() {
    let all = [(true, true, true); 3];
    assert_eq!(contradicted((Federation::Open, true), all), Vec::<String>::new());
    let one = [(true, false, false), (true, true, true), (true, true, true)];
    assert_eq!(contradicted((Federation::Open, true), one), Vec::<String>::new());
    let two = [(true, false, false), (true, false, false), (true, true, true)];
    assert_eq!(
        contradicted((Federation::Open, true), two),
        [
            "The operator says that it talks with all other servers; 2 of 3 observers did not \
             reach it as another server does.",
            "The operator says that anybody can read its room directory; 2 of 3 observers could \
             not.",
        ]
    );
    let down = [(false, false, true); 3];
    assert_eq!(contradicted((Federation::Open, true), down), Vec::<String>::new());
    assert_eq!(
        contradicted((Federation::Limited, false), all),
        ["The operator says that its room directory is not for everybody; 3 of 3 observers could \
          read it."]
    );
}

#[test]
fn releases_from_after_the_moment_of_the_view_do_not_exist_yet() {
    let mut observation = perfect();
    observation.observed_at = "2026-10-13T10:00:00Z".parse().unwrap();
    observation.software = software("Synapse", "1.162.0");
    let world = world(vec![observation]);
    let standing = world.server("a.example").measured.clone().unwrap().release.unwrap();
    assert_eq!((standing.newest.text, standing.outdated_days), ("1.163.2", 39));
}
