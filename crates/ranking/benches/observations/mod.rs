//! What observers measured of the servers of the made-up world.

use std::sync::Arc;

use wellspring_document::profile::RegistrationMode;
use wellspring_document::{
    Checks, Draft, Localized, NamespacedId, Observation, ObservationReport, Observer,
    RegistrationFlow, ServerName, Software, Text, Timestamp, Uptime, Verified, sign,
};

use crate::synthetic::signer;

/// Signed reports in which so many observers measured each of the servers. A report holds no
/// more than a part of them, so there are as many times more observers as it takes.
pub(crate) fn reports(
    observers: u32,
    servers: u32,
    now: Timestamp,
) -> Vec<Arc<Verified<ObservationReport>>> {
    let parts = servers.div_ceil(SERVERS_PER_REPORT);
    let report = |number| {
        let (key, history) = signer(1_000_000 + number, now);
        let draft = Draft {
            history: &history,
            sequence: 1,
            issued_at: now,
            expires_at: now.plus_days(8),
            body: &report(number, parts, servers, now),
        };
        Arc::new(sign(&draft, &[key]).unwrap().verify().unwrap())
    };
    (0..observers * parts).map(report).collect()
}

/// As many entries of full length as fit into a report.
const SERVERS_PER_REPORT: u32 = 25_000;

/// What an observer measured of its part of the servers.
fn report(number: u32, parts: u32, servers: u32, now: Timestamp) -> ObservationReport {
    let observer = Observer::new(Localized::english(format!("Observer {number}")).unwrap());
    let servers = (0..servers).filter(|server| server % parts == number % parts);
    let entries = servers.map(|server| observation(number, server, now)).collect();
    ObservationReport { entries, ..ObservationReport::new(observer) }
}

/// Every member that a check can measure. A few servers are down, some software is old.
fn observation(observer: u32, server: u32, now: Timestamp) -> Observation {
    let name = ServerName::parse(&format!("server-{server}.example")).unwrap();
    let is_up = !server.is_multiple_of(50);
    let made = 360 + observer;
    let checks = |days: u32| {
        let made = made * days / 90;
        Some(Checks { answered: made - made * (server % 7) / 200, made })
    };
    let flow = |stage: &str| RegistrationFlow { stages: vec![NamespacedId::new(stage).unwrap()] };
    let stage = if server.is_multiple_of(3) { "m.login.dummy" } else { "m.login.recaptcha" };
    Observation {
        client_reachable: Some(is_up),
        federation_reachable: Some(is_up),
        latency_ms: Some(20 + (server * 31 + observer) % 900),
        tls_expires_at: Some(now.plus_days(i64::from(server % 90))),
        software: Some(Software {
            name: Text::new("Synapse").unwrap(),
            version: Some(Text::new(format!("1.{}.0", 163 - server % 60)).unwrap()),
        }),
        registration_flows: Some(vec![flow(stage)]),
        registration: Some(RegistrationMode::Open),
        room_directory: Some(server.is_multiple_of(2)),
        ipv6: Some(server.is_multiple_of(4)),
        uptime: Uptime {
            day: Some(Checks { answered: 4, made: 4 }),
            week: checks(7),
            month: checks(30),
            quarter: checks(90),
        },
        first_seen_at: Some(now.plus_days(-i64::from(server % 700))),
        ..Observation::new(name, now)
    }
}
