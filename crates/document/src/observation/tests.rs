use serde_json::{Value, json};

use super::*;
use crate::body::read_value;

const IDENTITY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ISSUER: &str = "zQmQdhxFjtDfPBBbC1MRaXUmwYw3XKLUDkbz66fQR6WnEKp";

/// A full report with one member of its entry replaced.
fn report_with(member: &str, value: Value) -> Value {
    let mut entry = json!({
        "server_name": "garden.example",
        "observed_at": "2026-11-22T10:00:00Z",
        "client_reachable": true,
        "federation_reachable": false,
        "latency_ms": 120,
        "tls_expires_at": "2027-01-15T00:00:00Z",
        "software": {"name": "Synapse", "version": "1.98.0"},
        "registration_flows": [{"stages": ["m.login.recaptcha", "m.login.dummy"]}],
        "registration": "open",
        "room_directory": true,
        "ipv6": true,
        "uptime": {
            "24h": {"answered": 288, "made": 288},
            "7d": {"answered": 2000, "made": 2016},
            "30d": {"answered": 8600, "made": 8640},
            "90d": {"answered": 25000, "made": 25920},
        },
        "profile": {
            "status": "served",
            "identity": IDENTITY,
            "issuer": ISSUER,
            "seen_at": "2026-11-22T09:00:00Z",
            "first_seen_at": "2026-05-01T00:00:00Z",
            "profile_first_seen_at": "2025-05-01T00:00:00Z",
            "issuer_first_seen_at": "2026-04-01T00:00:00Z",
        },
        "first_seen_at": "2026-05-01T00:00:00Z",
    });
    entry.as_object_mut().unwrap().insert(member.to_owned(), value);
    let contact = json!({"matrix_id": "@observer:obs.example"});
    let observer =
        json!({"name": {"en": "Observer"}, "website": "https://obs.example/", "contact": contact});
    json!({"observer": observer, "entries": [entry]})
}

fn refusal(member: &str, value: Value) -> String {
    let report = report_with(member, value);
    match read_value::<ObservationReport>(&report).and_then(|report| report.validate()) {
        Ok(()) => panic!("{member} was taken"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_full_report_survives_json() {
    let json = report_with("ipv6", json!(false));
    let report: ObservationReport = read_value(&json).unwrap();
    assert_eq!(report.validate(), Ok(()));
    assert_eq!(report.subject(), "");
    assert_eq!(serde_json::to_value(&report).unwrap(), json);
}

#[test]
fn what_was_not_measured_is_not_written() {
    let server_name = ServerName::parse("garden.example").unwrap();
    let observation = Observation::new(server_name, "2026-11-22T10:00:00Z".parse().unwrap());
    let json = json!({"server_name": "garden.example", "observed_at": "2026-11-22T10:00:00Z"});
    assert_eq!(serde_json::to_value(&observation).unwrap(), json);
    assert_eq!(read_value::<Observation>(&json), Ok(observation));
}

#[test]
fn members_that_break_a_rule_are_refused() {
    let sight = |status: &str, first_seen_at: &str| json!({"status": status, "seen_at": "2026-11-22T09:00:00Z", "first_seen_at": first_seen_at});
    insta::assert_snapshot!(refusal("latency_ms", json!(600_001)), @"entries[0].latency_ms: must be at most 600000, not 600001");
    insta::assert_snapshot!(refusal("registration_flows", json!([{"stages": ["Password"]}])), @r#"entries[0].registration_flows[0].stages[0]: must be an identifier like m.role.admin: a-z first, then a-z, 0-9, ".", "-" and "_""#);
    insta::assert_snapshot!(refusal("uptime", json!({"24h": {"answered": 3, "made": 2}})), @"entries[0].uptime.24h.answered: must be at most made (2), not 3");
    insta::assert_snapshot!(refusal("uptime", json!({"7d": {"answered": 0, "made": 0}})), @"entries[0].uptime.7d.made: must be at least 1; leave the window out");
    insta::assert_snapshot!(refusal("uptime", json!({"90d": {"answered": 0, "made": 10_000_001}})), @"entries[0].uptime.90d.made: must be at most 10000000, not 10000001");
    insta::assert_snapshot!(refusal("profile", sight("served", "2026-05-01T00:00:00Z")), @"entries[0].profile.identity: is required where a profile was served");
    insta::assert_snapshot!(refusal("profile", sight("absent", "2026-11-22T09:00:01Z")), @"entries[0].profile.first_seen_at: must not be later than seen_at");
    let since = |member: &str, at: &str| {
        let mut absent = sight("absent", "2026-05-01T00:00:00Z");
        absent.as_object_mut().unwrap().insert(member.to_owned(), json!(at));
        absent
    };
    insta::assert_snapshot!(refusal("profile", since("profile_first_seen_at", "2026-05-01T00:00:01Z")), @"entries[0].profile.profile_first_seen_at: must not be later than first_seen_at");
    insta::assert_snapshot!(refusal("profile", since("issuer_first_seen_at", "2026-05-01T00:00:01Z")), @"entries[0].profile.issuer_first_seen_at: must not be later than first_seen_at");
    insta::assert_snapshot!(refusal("profile", since("issuer_first_seen_at", "2026-05-01T00:00:00Z")), @"entries[0].profile.issuer_first_seen_at: says nothing without an issuer; add that or leave it out");
    insta::assert_snapshot!(refusal("first_seen_at", json!("2026-11-22T10:00:01Z")), @"entries[0].first_seen_at: must not be later than observed_at");
    insta::assert_snapshot!(refusal("software", json!({"name": "\u{1b}[2J"})), @"entries[0].software.name: must be plain text; remove the invisible character U+001B after character 0");

    let mut twice: ObservationReport = read_value(&report_with("ipv6", json!(true))).unwrap();
    twice.entries.extend(twice.entries.clone());
    insta::assert_snapshot!(twice.validate().unwrap_err(), @"entries[1].server_name: must not appear twice; entry 0 is about garden.example");
}

#[test]
fn each_status_is_written_by_its_word() {
    for status in SightStatus::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), json!(status.as_str()));
    }
}
