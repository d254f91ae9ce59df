//! What operators declare about the servers of the made-up world, and what observers measured
//! of them.

use std::sync::Arc;

use wellspring_document::profile::{Moderation, Policies, Registration, RegistrationMode};
use wellspring_document::{
    Checks, Draft, Link, Localized, NamespacedId, Observation, ObservationReport, Observer,
    Profile, RegistrationFlow, ServerName, Sight, SightStatus, Software, Text, Timestamp, Uptime,
    Verified, sign,
};

use crate::synthetic::signer;

/// One server in so many has a profile.
const SERVERS_PER_PROFILE: u32 = 10;

/// The signed profiles of a tenth of the servers, by the number of the server.
pub(crate) fn profiles(servers: u32, now: Timestamp) -> Vec<Arc<Verified<Profile>>> {
    let signed = |place: u32| {
        let server = place * SERVERS_PER_PROFILE;
        let (key, history) = signer(2_000_000 + server, now.plus_days(-400));
        let draft = Draft {
            history: &history,
            sequence: 1,
            issued_at: now.plus_days(-1),
            expires_at: now.plus_days(300),
            body: &profile(server),
        };
        Arc::new(sign(&draft, &[key]).unwrap().verify().unwrap())
    };
    (0..servers.div_ceil(SERVERS_PER_PROFILE)).map(signed).collect()
}

/// Of the questions of the shipped policy, it answers some.
fn profile(server: u32) -> Profile {
    let name = ServerName::parse(&format!("server-{server}.example")).unwrap();
    let page = || Some(Link::new("https://rules.example/").unwrap());
    let mode =
        if server.is_multiple_of(30) { RegistrationMode::Approval } else { RegistrationMode::Open };
    let moderation = Moderation {
        policy: page(),
        decided_by: Some(Localized::english("Three of us.").unwrap()),
        ..Moderation::default()
    };
    Profile {
        registration: Some(Registration {
            mode: Some(mode),
            link: page(),
            ..Registration::default()
        }),
        policies: Some(Policies {
            terms: page(),
            privacy: page(),
            rules: page(),
            moderation: Some(moderation),
            ..Policies::default()
        }),
        ..Profile::new(name, Localized::english(format!("Server {server}")).unwrap())
    }
}

/// Signed reports in which so many observers measured each of the servers, and saw these
/// profiles. A report holds no more than a part of them, so there are as many times more
/// observers as it takes.
pub(crate) fn reports(
    observers: u32,
    servers: u32,
    profiles: &[Arc<Verified<Profile>>],
    now: Timestamp,
) -> Vec<Arc<Verified<ObservationReport>>> {
    let parts = servers.div_ceil(SERVERS_PER_REPORT);
    let seen = |server: u32| {
        let served = server.is_multiple_of(SERVERS_PER_PROFILE);
        served.then(|| sight(&profiles[(server / SERVERS_PER_PROFILE) as usize], now))
    };
    let report = |number| {
        let (key, history) = signer(1_000_000 + number, now);
        let draft = Draft {
            history: &history,
            sequence: 1,
            issued_at: now,
            expires_at: now.plus_days(8),
            body: &report(number, (parts, servers), &seen, now),
        };
        Arc::new(sign(&draft, &[key]).unwrap().verify().unwrap())
    };
    (0..observers * parts).map(report).collect()
}

/// As many entries of full length as fit into a report.
const SERVERS_PER_REPORT: u32 = 19_000;

/// The sight of a name that has served its profile for some time.
fn sight(profile: &Verified<Profile>, now: Timestamp) -> Sight {
    Sight {
        status: SightStatus::Served,
        identity: Some(profile.identity()),
        issuer: Some(profile.issuer().clone()),
        seen_at: now,
        first_seen_at: now.plus_days(-100),
        profile_first_seen_at: Some(now.plus_days(-100)),
        issuer_first_seen_at: Some(now.plus_days(-100)),
    }
}

/// What an observer measured of its part of the servers.
fn report(
    number: u32,
    (parts, servers): (u32, u32),
    seen: &impl Fn(u32) -> Option<Sight>,
    now: Timestamp,
) -> ObservationReport {
    let observer = Observer::new(Localized::english(format!("Observer {number}")).unwrap());
    let servers = (0..servers).filter(|server| server % parts == number % parts);
    let entries = servers
        .map(|server| Observation { profile: seen(server), ..observation(number, server, now) });
    let entries = entries.collect();
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
