//! What people say in a history.

use std::sync::Arc;

use wellspring_document::profile::{
    Audience, Federation, Finance, Intake, LegalForm, Listing, Operator, Registration,
    RegistrationMode, Service,
};
use wellspring_document::{
    AdoptedFrom, Checks, CriterionId, Date, Endorsement, EndorsementList, Finding, IssuerId, Label,
    Link, Observation, Profile, ServerFacts, Sight, SightStatus, Software, Text, Timestamp, Uptime,
    Verdict, Verified,
};
use wellspring_ranking::{Adopted, Criterion, PickCount, Policy, Wishes};

use super::{CURATORS, ENCYCLOPEDIST, Edition, OBSERVERS, RECOMMENDED, SOURCES};
use crate::world::{World, fraction, list, name, opinions, person, profile, verdict};

/// One choice after the other, out of one number.
pub(super) struct Choices(pub(super) u64);

impl Choices {
    /// One of so many.
    pub(super) fn of(&mut self, count: u64) -> u64 {
        let choice = self.0 % count;
        self.0 /= count;
        choice
    }

    pub(super) fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[usize::try_from(self.of(among.len() as u64)).unwrap()]
    }
}

pub(super) fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

fn software(choices: &mut Choices) -> Option<Software> {
    let versions = [("Synapse", "1.163.2"), ("Synapse", "1.140.0"), ("Conduit", "0.9.0")];
    let (name, version) = choices.pick(&versions);
    Some(Software { name: text(name), version: Some(text(version)) })
}

fn registration(choices: &mut Choices, today: Date) -> Registration {
    let modes = [RegistrationMode::Open, RegistrationMode::Approval, RegistrationMode::Invite];
    Registration {
        mode: Some(choices.pick(&modes)),
        intake: Some(Intake {
            accepting_until: choices.pick(&[None, Some(0), Some(1)]).map(|it| today.plus_days(it)),
            ..Intake::default()
        }),
        ..Registration::default()
    }
}

fn service(choices: &mut Choices) -> Service {
    Service {
        software: software(choices),
        federation: choices.pick(&[None, Some(Federation::Open), Some(Federation::Limited)]),
        active_accounts: choices.pick(&[None, Some(200), Some(50_000)]),
        ..Service::default()
    }
}

fn operator(choices: &mut Choices) -> Operator {
    let forms = [None, Some(LegalForm::Association), Some(LegalForm::Individual)];
    Operator { legal_form: choices.pick(&forms), ..Operator::default() }
}

fn entry(server: u32, choices: u64, today: Date) -> Endorsement {
    let choices = &mut Choices(choices);
    let verdicts = [Verdict::Endorse, Verdict::List, Verdict::Warn, Verdict::Reject];
    // Few different dates, so that much is equally strong.
    let days = choices.pick(&[None, None, Some(10), Some(20), Some(500)]);
    let reviewed_at = days.map(|days: i64| today.plus_days(-days));
    let mut entry = verdict(choices.pick(&verdicts), &format!("s{server}.example"));
    entry.reviewed_at = reviewed_at.or(entry.reviewed_at.filter(|_| entry.verdict.is_adverse()));
    entry.known_since = choices.pick(&[None, Some(600), Some(29)]).map(|it| today.plus_days(-it));
    if entry.known_since > entry.reviewed_at && entry.reviewed_at.is_some() {
        entry.known_since = None;
    }
    let ends = choices.pick(&[None, None, Some(1), Some(3)]).map(|it| today.plus_days(it));
    entry.expires_at = ends.or(entry.expires_at);
    entry.issuer = choices.pick(&[None, None, None, Some(0), Some(1), Some(2)]).map(owner_id);
    let sources = [None, None, None, Some("https://list.example/"), Some(SOURCES[0])];
    entry.imported_from = choices.pick(&sources).map(|it| Link::new(it).unwrap());
    for criterion in [Criterion::Backups, Criterion::Terms, Criterion::ReachableClient] {
        if let Some(met) = choices.pick(&[None, None, Some(true), Some(false)]) {
            let id = CriterionId::new(criterion.as_str()).unwrap();
            entry.criteria.insert(id, Finding { met, note: None });
        }
    }
    entry.active_accounts = choices.pick(&[None, None, Some(70), Some(9_000)]);
    if !entry.verdict.is_adverse() && choices.of(3) == 0 {
        entry.facts = Some(Box::new(ServerFacts {
            registration: (choices.of(2) == 0).then(|| registration(choices, today)),
            service: (choices.of(2) == 0).then(|| service(choices)),
            operator: (choices.of(2) == 0).then(|| operator(choices)),
            ..ServerFacts::default()
        }));
    }
    entry
}

fn owner_id(owner: u32) -> IssuerId {
    person(100 + owner).id
}

pub(super) fn signed(
    edition: &Edition,
    at: Timestamp,
    sequence: u64,
) -> Arc<Verified<EndorsementList>> {
    let mut entries: Vec<Endorsement> = Vec::new();
    for (server, choices) in &edition.entries {
        let entry = entry(*server, *choices, at.date());
        if entries.iter().all(|other| other.server_name != entry.server_name) {
            entries.push(entry);
        }
    }
    let is_of_most =
        |it: &u32| CURATORS[..6].contains(&edition.curator) && it % 3 != edition.curator % 3;
    let of_most = CURATORS[RECOMMENDED].iter().filter(|it| is_of_most(it));
    let of_most = of_most.map(|about| (*about, true));
    let curators = opinions(edition.curator, edition.opinions.iter().copied().chain(of_most));
    let at = at.plus_seconds(edition.ahead);
    let title = format!("Curator of edition {sequence}");
    let body = EndorsementList { curators, ..list(&title, entries) };
    let Some(source) = edition.adopted else {
        return person(edition.curator).signs_for(edition.days, &body, at, sequence);
    };
    let adopted_from = Some(AdoptedFrom {
        source: SOURCES[source].parse().unwrap(),
        format: Label::new("joinmatrix").unwrap(),
        read_at: at,
        list_date: sequence.is_multiple_of(2).then(|| at.date().plus_days(-20)),
        vouched_since: sequence.is_multiple_of(3).then(|| at.date().plus_days(-40)),
        credit: None,
    });
    let body = EndorsementList { adopted_from, curators: Vec::new(), ..body };
    // Lists that others adopted say nothing here.
    let who = if edition.curator == 0 { 0 } else { OBSERVERS[0] };
    person(who).signs_for(edition.days, &body, at, sequence)
}

/// What an operator says of a server.
pub(super) fn declared(server: u32, choices: u64, at: Timestamp) -> Profile {
    let choices = &mut Choices(choices);
    let mut declared = profile(&format!("s{server}.example"));
    if choices.of(6) == 0 {
        declared.about.listing = Some(Listing::Unlisted);
    }
    declared.about.audience = choices.pick(&[None, None, Some(Audience::Members)]);
    declared.registration = Some(registration(choices, at.date()));
    declared.service = Some(service(choices));
    declared.operator = Some(operator(choices));
    let last_report = choices.pick(&[None, Some(371), Some(372)]);
    declared.finance = Some(Finance {
        report: Some(Link::new("https://report.example/").unwrap()),
        last_report: last_report.map(|days: i64| at.date().plus_days(-days)),
        months_covered: choices.pick(&[None, Some(3), Some(12)]),
        ..Finance::default()
    });
    declared
}

/// What an observer saw of a server, with each moment at another time of the day.
pub(super) fn observed(server: u32, choices: u64, at: Timestamp, profiles: &World) -> Observation {
    let server_name = name(&format!("s{server}.example"));
    let choices = &mut Choices(choices);
    let days = |days: i64| at.plus_days(days).plus_seconds(500 * i64::from(server));
    let sights = profiles.profiles.iter().filter(|it| it.body().server_name == server_name);
    let sights: Vec<_> = sights.collect();
    let mut seen = Observation::new(server_name.clone(), at);
    seen.client_reachable = choices.pick(&[None, Some(true), Some(true), Some(false)]);
    seen.federation_reachable = choices.pick(&[None, Some(true), Some(false)]);
    seen.tls_expires_at = choices.pick(&[None, Some(6), Some(7), Some(8), Some(60)]).map(days);
    seen.software = if choices.of(3) == 0 { software(choices) } else { None };
    let modes = [None, Some(RegistrationMode::Open), Some(RegistrationMode::Closed)];
    seen.registration = choices.pick(&modes);
    seen.ipv6 = choices.pick(&[None, Some(true), Some(false)]);
    seen.first_seen_at = choices.pick(&[None, Some(-1), Some(-30), Some(-90)]).map(days);
    if let Some(answered) = choices.pick(&[None, Some(90), Some(100)]) {
        let checks = Some(Checks { answered, made: 100 });
        seen.uptime = Uptime { month: checks, quarter: checks, ..Uptime::default() };
    }
    if seen.first_seen_at > Some(at) {
        seen.first_seen_at = Some(at);
    }
    let statuses = [SightStatus::Absent, SightStatus::Withdrawn, SightStatus::Unlisted];
    let status = choices.pick(&[1, 0, 0, 0, 0, 0]);
    let first_seen_at = choices.pick(&[-2, -29, -30, -90]);
    let first_seen_at = at.plus_days(first_seen_at).plus_seconds(-500 * i64::from(server));
    let served = (!sights.is_empty() && status == 0)
        .then(|| &sights[usize::try_from(choices.of(sights.len() as u64)).unwrap()]);
    let follows = choices.of(5) == 0;
    seen.profile = match served {
        Some(document) => Some(Sight {
            status: SightStatus::Served,
            identity: Some(document.identity()),
            issuer: Some(document.issuer().clone()),
            seen_at: at,
            first_seen_at,
            profile_first_seen_at: Some(first_seen_at),
            issuer_first_seen_at: Some(first_seen_at),
        }),
        None if status == 1 => Some(Sight {
            status: choices.pick(&statuses),
            identity: None,
            issuer: None,
            seen_at: at,
            first_seen_at,
            profile_first_seen_at: follows.then_some(first_seen_at),
            issuer_first_seen_at: None,
        }),
        None => None,
    };
    seen
}

pub(super) fn wishes() -> Wishes {
    Wishes { count: PickCount::new(3).unwrap(), ..Wishes::default() }
}

/// Two communities of one node: they trust other curators, and ask for other things.
pub(super) fn policies() -> [Policy; 2] {
    [([1, 3], [1.0, 1.0], 2), ([2, 4], [1.0, 0.4], 1)].map(|(roots, trust, observers)| {
        let mut world = World::default();
        roots.into_iter().zip(trust).for_each(|(root, trust)| world.trusts(&person(root), trust));
        world.trusts(&person(ENCYCLOPEDIST), 0.6);
        OBSERVERS[1..].iter().take(observers).for_each(|it| world.hears(&person(*it)));
        let mut policy = world.policy;
        policy.own = Some(person(OBSERVERS[0]).id);
        policy.waiting_days = if observers == 1 { 30 } else { 90 };
        policy.adopted = SOURCES[..observers]
            .iter()
            .map(|source| Adopted {
                source: source.parse().unwrap(),
                trust: fraction(0.7),
                name: None,
            })
            .collect();
        policy.categories.a =
            vec![Criterion::Endorsed, Criterion::NoWarning, Criterion::WaitingPeriodOver];
        policy.categories.b = vec![Criterion::Endorsed];
        policy
    })
}
