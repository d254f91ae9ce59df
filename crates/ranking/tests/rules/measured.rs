use wellspring_document::profile::RegistrationMode;
use wellspring_document::{
    Checks, NamespacedId, Observation, RegistrationFlow, Software, Text, Uptime,
};
use wellspring_ranking::Measured;

use crate::world::{World, days_ago, endorse, name, person};

/// What the observers say of one server together.
fn together(observations: Vec<Observation>) -> Measured {
    let mut world = World::default();
    world.root(&person(1), 1.0, vec![endorse("a.example")]);
    for (number, observation) in (20..).zip(observations) {
        world.hears(&person(number));
        world.reports(&person(number), vec![observation]);
    }
    world.server("a.example").measured.clone().expect("somebody measured")
}

fn observed() -> Observation {
    Observation::new(name("a.example"), days_ago(0))
}

fn answered(answered: u32, made: u32) -> Observation {
    let month = Some(Checks { answered, made });
    Observation { uptime: Uptime { month, ..Uptime::default() }, ..observed() }
}

#[test]
fn uptime_is_the_median_of_what_the_observers_saw() {
    let month = |checks: &[(u32, u32)]| {
        let observations = checks.iter().map(|(of, made)| answered(*of, *made)).collect();
        let month = together(observations).uptime.month.unwrap();
        (month.share.to_string(), month.checks, month.observers.get())
    };
    assert_eq!(month(&[(2, 3)]), ("0.666666".to_owned(), 3, 1));
    assert_eq!(month(&[(0, 900), (99, 100), (120, 120)]), ("0.99".to_owned(), 120, 3));
    assert_eq!(
        month(&[(0, 120), (108, 120)]),
        ("0.9".to_owned(), 120, 2),
        "of two observers one alone makes no server look bad"
    );
}

#[test]
fn certificates_answers_and_first_sights_are_taken_together() {
    let observation = |days: i64, latency, seen_days_ago| Observation {
        tls_expires_at: Some(days_ago(-days)),
        latency_ms: Some(latency),
        first_seen_at: Some(days_ago(seen_days_ago)),
        ..observed()
    };
    let measured =
        together(vec![observation(1, 50, 3), observation(60, 90, 400), observation(30, 900, 20)]);
    assert_eq!(measured.tls_expires_at, Some(days_ago(-30)));
    assert_eq!(measured.latency_ms, Some(90));
    assert_eq!(measured.first_seen_at, Some(days_ago(400)), "the first of all");
    let measured = together(vec![observation(1, 50, 3), observation(60, 900, 4)]);
    assert_eq!(measured.tls_expires_at, Some(days_ago(-60)));
    assert_eq!(measured.latency_ms, Some(50));
}

#[test]
fn yes_or_no_is_counted_over_those_who_say() {
    let yes = Observation { ipv6: Some(true), room_directory: Some(false), ..observed() };
    let no = Observation { ipv6: Some(false), ..observed() };
    let silent = Observation { client_reachable: Some(true), ..observed() };
    let measured = together(vec![yes, no, silent]);
    let tally = |tally: Option<wellspring_ranking::Tally>| {
        let tally = tally.unwrap();
        (tally.agree, tally.of, tally.holds())
    };
    assert_eq!(tally(measured.ipv6), (1, 2, true), "one against one decides nothing");
    assert_eq!(tally(measured.room_directory), (0, 1, false));
    assert_eq!(tally(measured.client_reachable), (1, 1, true));
    assert_eq!(measured.observers, 3);
}

#[test]
fn ways_to_register_and_software_are_what_more_than_half_found() {
    let flow = |stage: &str| RegistrationFlow { stages: vec![NamespacedId::new(stage).unwrap()] };
    let software = |name: &str, version: &str| Software {
        name: Text::new(name).unwrap(),
        version: Some(Text::new(version).unwrap()),
    };
    let found = |stage, program, version, hours: i64| Observation {
        registration_flows: Some(vec![flow(stage)]),
        registration: Some(RegistrationMode::Open),
        software: Some(software(program, version)),
        observed_at: days_ago(0).plus_seconds(-hours * 3_600),
        ..observed()
    };
    let measured = together(vec![
        found("m.login.dummy", "Synapse", "1.120.0", 9),
        found("m.login.recaptcha", "Dendrite", "0.13.8", 1),
        found("m.login.dummy", "synapse", "1.121.1", 5),
    ]);
    let flows = measured.registration_flows.unwrap();
    assert_eq!((flows.tally.agree, flows.tally.of), (2, 3));
    assert_eq!(*flows.value, [flow("m.login.dummy")]);
    let program = measured.software.unwrap();
    assert_eq!((program.tally.agree, program.tally.of), (2, 3), "however it is capitalised");
    assert_eq!(*program.value, software("synapse", "1.121.1"), "the newest observation");
    let measured = together(vec![
        found("m.login.dummy", "Synapse", "1.120.0", 9),
        found("m.login.recaptcha", "Dendrite", "0.13.8", 1),
    ]);
    assert_eq!((measured.registration_flows, measured.software), (None, None));
}

#[test]
fn who_only_looked_for_a_profile_measured_nothing() {
    let measured = together(vec![
        Observation { first_seen_at: Some(days_ago(90)), ..observed() },
        Observation { ipv6: Some(false), first_seen_at: Some(days_ago(5)), ..observed() },
    ]);
    assert_eq!(measured.observers, 1);
    assert_eq!(measured.first_seen_at, Some(days_ago(90)), "but saw that it is there");
}
