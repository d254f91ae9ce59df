//! Through whatever history of documents, times and policies a node goes: a view that is made
//! from the one before is the view that is made from nothing.

use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;
use serde::Serialize;
use wellspring_document::profile::{
    Audience, Federation, Finance, Intake, LegalForm, Listing, Operator, Registration,
    RegistrationMode, Service,
};
use wellspring_document::{
    AdoptedFrom, Checks, CriterionId, CuratorOpinion, Date, Endorsement, EndorsementList, Finding,
    IssuerId, Label, Link, Localized, Observation, ObservationReport, Observer, Opinion, Profile,
    ServerFacts, Sight, SightStatus, Software, StateHash, Text, Timestamp, Uptime, Verdict,
    Verified, into_parts,
};
use wellspring_ranking::{
    Adopted, By, Corpus, Criterion, KeyContest, KeyWay, Language, Offer, PickCount, Policy,
    RankedServer, Seed, Sentence, Standing, View, Wishes, draw, rank, rank_again,
};

use crate::again::in_feed_order;
use crate::world::{World, fraction, list, name, now, opinion, person, profile, verdict};

/// Curators who speak about each other, those whom most of them recommend, and some of whom
/// nobody has heard at first.
const CURATORS: [u32; 17] = [0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 30, 31, 32, 33, 34];
const RECOMMENDED: std::ops::Range<usize> = 6..12;
/// Whose list names every server, and seldom changes.
const ENCYCLOPEDIST: u32 = 20;
const SERVERS: u32 = 40;
/// Who measures; the first is the node itself.
const OBSERVERS: [u32; 3] = [9_999, 60, 61];
const SOURCES: [&str; 2] = ["https://one.example/list.json", "https://two.example/list.json"];

/// What a curator says next.
#[derive(Debug, Clone)]
struct Edition {
    curator: u32,
    /// The server, and from which all else about it follows.
    entries: Vec<(u32, u64)>,
    opinions: Vec<(u32, bool)>,
    /// For how many days it is valid.
    days: i64,
    /// Which list the curator read it in, where it is none of their own.
    adopted: Option<usize>,
    /// How far the curator's clock is ahead, in seconds.
    ahead: i64,
}

/// What happens to a node.
#[derive(Debug, Clone)]
enum Step {
    Says(Edition),
    Withdraws(u32),
    Declares {
        owner: u32,
        server: u32,
        choices: u64,
    },
    Observes {
        observer: usize,
        servers: Vec<(u32, u64)>,
        days: i64,
        ago: i64,
    },
    Passes {
        seconds: i64,
    },
    Decides {
        community: usize,
        choices: u64,
    },
    Contests {
        curator: u32,
    },
    /// Documents come in another order for once.
    Shuffles,
    Ranks,
}

/// One choice after the other, out of one number.
struct Choices(u64);

impl Choices {
    /// One of so many.
    fn of(&mut self, count: u64) -> u64 {
        let choice = self.0 % count;
        self.0 /= count;
        choice
    }

    fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[usize::try_from(self.of(among.len() as u64)).unwrap()]
    }
}

fn edition() -> impl Strategy<Value = Edition> {
    let entries = prop::collection::vec((0..SERVERS, any::<u64>()), 0..5);
    let about = prop::sample::select(&CURATORS[..]);
    let opinions = prop::collection::vec((about, prop::bool::weighted(0.8)), 0..4);
    let opinions = prop_oneof![2 => Just(Vec::new()), 1 => opinions];
    let adopted = prop::option::weighted(0.2, 0..SOURCES.len());
    let ahead = prop_oneof![8 => Just(0), 1 => 200_i64..20_000];
    let soon = prop::option::weighted(0.2, 0_i64..20);
    let when =
        (2_i64..9, 1_i64..5, ahead, soon).prop_map(|(days, times, ahead, soon)| match soon {
            Some(steps) => (days, steps * 500 - days * 86_400),
            None => (days * times, ahead),
        });
    let curator = prop_oneof![
        2 => prop::sample::select(&CURATORS[..]),
        5 => prop::sample::select(&CURATORS[RECOMMENDED]),
    ];
    (curator, entries, opinions, when, adopted).prop_map(
        |(curator, entries, opinions, (days, ahead), adopted)| Edition {
            curator,
            entries,
            opinions,
            days,
            adopted,
            ahead,
        },
    )
}

fn passes() -> impl Strategy<Value = Step> {
    // To the second at which something ends, and to those around it.
    let seconds = (0_i64..20, -1_i64..2).prop_map(|(steps, more)| steps * 500 + more);
    prop_oneof![
        12 => seconds,
        1 => (0_i64..8).prop_map(|days| days * 86_400),
        1 => -3_000_i64..0,
    ]
    .prop_map(|seconds| Step::Passes { seconds })
}

fn step() -> impl Strategy<Value = Step> {
    let servers = prop::collection::vec((0..SERVERS, any::<u64>()), 0..10);
    prop_oneof![
        16 => edition().prop_map(Step::Says),
        10 => Just(Step::Ranks),
        6 => passes(),
        1 => prop::sample::select(&CURATORS[..]).prop_map(Step::Withdraws),
        1 => (0..3_u32, 0..SERVERS, any::<u64>())
            .prop_map(|(owner, server, choices)| Step::Declares { owner, server, choices }),
        1 => (0..OBSERVERS.len(), servers, 2_i64..8, prop::option::of(0_i64..20)).prop_map(
            |(observer, servers, days, soon)| {
                let ago = soon.map_or(0, |steps| days * 86_400 - steps * 500);
                Step::Observes { observer, servers, days, ago }
            }
        ),
        1 => (0..2_usize, any::<u64>())
            .prop_map(|(community, choices)| Step::Decides { community, choices }),
        1 => prop::sample::select(&CURATORS[..]).prop_map(|curator| Step::Contests { curator }),
        1 => Just(Step::Shuffles),
    ]
}

fn text(text: &str) -> Text {
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

fn signed(edition: &Edition, at: Timestamp, sequence: u64) -> Arc<Verified<EndorsementList>> {
    let mut entries: Vec<Endorsement> = Vec::new();
    for (server, choices) in &edition.entries {
        let entry = entry(*server, *choices, at.date());
        if entries.iter().all(|other| other.server_name != entry.server_name) {
            entries.push(entry);
        }
    }
    let mut curators: Vec<CuratorOpinion> = Vec::new();
    let is_of_most =
        |it: &u32| CURATORS[..6].contains(&edition.curator) && it % 3 != edition.curator % 3;
    let of_most = CURATORS[RECOMMENDED].iter().filter(|it| is_of_most(it));
    for (about, is_good) in
        edition.opinions.iter().chain(&of_most.map(|it| (*it, true)).collect::<Vec<_>>())
    {
        let about = person(*about);
        let word = if *is_good { Opinion::Recommend } else { Opinion::Distrust };
        if about.id != person(edition.curator).id && curators.iter().all(|it| it.issuer != about.id)
        {
            curators.push(opinion(word, &about));
        }
    }
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
fn declared(server: u32, choices: u64, at: Timestamp) -> Profile {
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
fn observed(server: u32, choices: u64, at: Timestamp, profiles: &World) -> Observation {
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

fn wishes() -> Wishes {
    Wishes { count: PickCount::new(3).unwrap(), ..Wishes::default() }
}

/// Two communities of one node: they trust other curators, and ask for other things.
fn policies() -> [Policy; 2] {
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

struct Node {
    world: World,
    policies: [Policy; 2],
    now: Timestamp,
    sequence: u64,
    contested: Vec<u32>,
    corpus: Option<Corpus>,
    views: [Option<View>; 2],
}

impl Node {
    fn new() -> Self {
        let mut node = Self {
            world: World::default(),
            policies: policies(),
            now: now(),
            sequence: 0,
            contested: Vec::new(),
            corpus: None,
            views: [None, None],
        };
        for server in 0..8 {
            let choices = u64::from(server) * 2_654_435_761;
            node.take(&Step::Declares { owner: server % 3, server, choices });
        }
        let seed = |server: u32, observer: u64| {
            u64::from(server + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(8) + observer
        };
        for observer in 0..OBSERVERS.len() {
            let servers = (0..SERVERS).step_by(observer + 1);
            let servers = servers.map(|server| (server, seed(server, observer as u64))).collect();
            node.take(&Step::Observes { observer, servers, days: 7, ago: 0 });
        }
        let edition = Edition {
            curator: ENCYCLOPEDIST,
            entries: (0..SERVERS).map(|server| (server, seed(server, 7))).collect(),
            opinions: Vec::new(),
            days: 30,
            adopted: None,
            ahead: 0,
        };
        node.take(&Step::Says(edition));
        node
    }

    fn take(&mut self, step: &Step) {
        self.sequence += 1;
        let Self { now, sequence, .. } = *self;
        match step {
            Step::Says(edition) => {
                let list = signed(edition, now, sequence);
                let is_other = |it: &EndorsementList| {
                    it.adopted_from.as_ref().map(|from| &from.source)
                        != list.body().adopted_from.as_ref().map(|from| &from.source)
                };
                // Of what comes from the future the edition before is kept, as in no node.
                self.world.lists.retain(|it| {
                    it.issuer() != list.issuer() || is_other(it.body()) || edition.ahead > 300
                });
                self.world.lists.push(list);
            }
            Step::Withdraws(curator) => {
                let issuer = person(*curator).id;
                self.world.lists.retain(|list| *list.issuer() != issuer);
            }
            Step::Declares { owner, server, choices } => {
                let signer = person(100 + owner);
                let declared = declared(*server, *choices, now);
                let days = 2 + i64::try_from(choices % 9).unwrap();
                let signed = signer.signs_for(days, &declared, now, sequence);
                self.world.profiles.retain(|it| {
                    it.issuer() != signed.issuer() || it.subject() != signed.subject()
                });
                self.world.profiles.push(signed);
            }
            Step::Observes { observer, servers, days, ago } => {
                let now = now.plus_seconds(-ago);
                let who = person(OBSERVERS[*observer]);
                let mut entries: Vec<Observation> = Vec::new();
                for (server, choices) in servers {
                    let seen = observed(*server, *choices, now, &self.world);
                    if entries.iter().all(|it| it.server_name != seen.server_name) {
                        entries.push(seen);
                    }
                }
                let title = format!("Observer of edition {sequence}");
                let observer = Observer::new(Localized::english(&title).unwrap());
                let body = ObservationReport { entries, ..ObservationReport::new(observer) };
                let report = who.signs_for(*days, &body, now, sequence);
                self.world.reports.retain(|it| it.issuer() != report.issuer());
                self.world.reports.push(report);
            }
            Step::Passes { seconds } => self.now = now.plus_seconds(*seconds),
            Step::Decides { community, choices } => {
                let choices = &mut Choices(*choices);
                let policy = &mut self.policies[*community];
                match choices.of(4) {
                    0 => policy.curators[0].trust = choices.pick(&[1.0, 0.5, 0.3].map(fraction)),
                    1 => policy.waiting_days = choices.pick(&[0, 30, 90]),
                    2 => policy.criteria.certificate_days = choices.pick(&[6, 7, 8]),
                    _ => policy.curators[1].name = Some(text(choices.pick(&["One", "Other"]))),
                }
            }
            Step::Contests { curator } => {
                let before = self.contested.len();
                self.contested.retain(|it| it != curator);
                if self.contested.len() == before {
                    self.contested.push(*curator);
                }
            }
            Step::Shuffles => {
                self.world.lists.reverse();
                self.world.reports.reverse();
                return;
            }
            Step::Ranks => return,
        }
        self.world = in_feed_order(std::mem::take(&mut self.world));
    }

    fn contests(&self) -> Vec<KeyContest> {
        let state = |number: u32| person(number).id.as_str().parse::<StateHash>().unwrap();
        let way = |number| KeyWay { state: state(number), issued_at: now(), is_recovery: false };
        let contest = |curator: &u32| KeyContest {
            issuer: person(*curator).id,
            common_version: 1,
            ways: vec![way(71), way(72)],
            followed: None,
        };
        self.contested.iter().map(contest).collect()
    }

    /// Ranks again, and from nothing: all that can be asked of the views of both.
    fn ranks(&mut self) -> Vec<(String, String)> {
        let World { profiles, lists, reports, .. } = &self.world;
        let given = || (profiles.clone(), lists.clone(), reports.clone());
        let (of_profiles, of_lists, of_reports) = given();
        let anew =
            Corpus::new(of_profiles, of_lists, of_reports, self.now).with_contests(self.contests());
        let (of_profiles, of_lists, of_reports) = given();
        let corpus = match self.corpus.take() {
            Some(corpus) => corpus.renewed(of_profiles, of_lists, of_reports, self.now),
            None => Corpus::new(of_profiles, of_lists, of_reports, self.now),
        };
        let corpus = corpus.with_contests(self.contests());
        let both = self.policies.iter().zip(&mut self.views).map(|(policy, before)| {
            let view = match before {
                Some(before) => rank_again(policy, &corpus, before),
                None => rank(policy, &corpus),
            };
            let both = (all_of(&view), all_of(&rank(policy, &anew)));
            *before = Some(view);
            both
        });
        let both = both.collect();
        self.corpus = Some(corpus);
        both
    }
}

/// All that can be asked of a view, written down.
fn all_of(view: &View) -> String {
    let mut all = String::new();
    let out = &mut all;
    json(out, view);
    json(out, &view.trust_graph());
    for part in into_parts(view.records()).unwrap() {
        out.push_str(std::str::from_utf8(&part.bytes).unwrap());
    }
    for contest in &view.contested {
        say(out, contest);
    }
    for server in &view.servers {
        assert!(std::ptr::eq(view.server(&server.server_name).unwrap(), server));
        tell(out, server);
    }
    for server in &view.unlisted {
        assert!(std::ptr::eq(view.unlisted(&server.server_name).unwrap(), server));
        server.warnings().for_each(|warning| say(out, &warning));
    }
    for seed in 0..6 {
        let drawn = draw(view, &wishes(), Seed::new(seed).unwrap());
        for pick in &drawn.picks {
            say(out, pick);
            let name = &pick.server.server_name;
            writeln!(out, "{name} {:?} {} {}", pick.weight, pick.seeds, pick.most).unwrap();
        }
        writeln!(out, "{} {:?} {:?}", drawn.passed, drawn.steps, drawn.shortfall).unwrap();
    }
    all
}

fn tell(out: &mut String, server: &RankedServer) {
    writeln!(out, "{} {}", server.server_name, server.is_rejected()).unwrap();
    server.reasons().for_each(|reason| {
        say(out, &reason);
        json(out, &reason);
        if let Some(said) = reason.said {
            writeln!(out, "{} {:?}", said.by.name(&[]), said.entry()).unwrap();
        }
    });
    server.criteria().for_each(|answer| {
        say(out, &answer);
        json(out, &answer);
        [Some(&answer.by), answer.against.as_ref()]
            .into_iter()
            .flatten()
            .for_each(|by| who(out, by));
    });
    if let Some(waiting) = &server.waiting {
        say(out, waiting);
        who(out, &waiting.by);
    }
    say(out, &server.profile);
    server.contradictions.iter().for_each(|it| say(out, it));
    let measured = &server.measured;
    writeln!(out, "{measured:?}").unwrap();
    for by in [server.about().map(|it| it.by), server.registration().map(|it| it.by)] {
        by.iter().for_each(|by| who(out, by));
    }
    json(out, &server.section(|sections| sections.service));
    json(out, &server.section(|sections| sections.operator));
    json(out, &Offer::of(server));
    json(out, &Standing::of(server));
}

/// Who says something, by the name of the edition that they say it in.
fn who(out: &mut String, by: &By) {
    match by {
        By::Curator(curator) => {
            let list = curator.list.as_ref().map(|list| list.identity());
            writeln!(out, "{} {:?} {list:?} {:?}", curator.name(&[]), curator.trust, curator.path)
                .unwrap();
        }
        By::Observer(observer) => {
            let report = observer.report.as_ref().map(|report| report.identity());
            writeln!(out, "{} {report:?} {:?}", observer.name(&[]), observer.state).unwrap();
        }
        By::Nobody | By::Operator | By::Observers(_) => {}
    }
}

fn say(out: &mut String, it: &impl Sentence) {
    writeln!(out, "{}", it.sentence(Language::English)).unwrap();
}

fn json(out: &mut String, it: &impl Serialize) {
    writeln!(out, "{}", serde_json::to_string_pretty(it).unwrap()).unwrap();
}

/// The first lines that differ.
fn first_difference(one: &str, other: &str) -> Option<(String, String)> {
    let differ = one.lines().zip(other.lines()).find(|(one, other)| one != other);
    let differ = differ.map(|(one, other)| (one.to_owned(), other.to_owned()));
    differ.or_else(|| (one != other).then(|| (one.len().to_string(), other.len().to_string())))
}

proptest! {
    // Signing takes longer than ranking.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_view_made_from_the_one_before_is_the_same(
        said in prop::collection::vec(edition(), 5),
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let mut node = Node::new();
        let said = said.into_iter().map(|edition| Step::Says(Edition { ahead: 0, ..edition }));
        said.for_each(|step| node.take(&step));
        node.ranks();
        for step in steps {
            node.take(&step);
            if matches!(step, Step::Ranks | Step::Passes { .. }) {
                for (again, anew) in node.ranks() {
                    prop_assert_eq!(first_difference(&again, &anew), None);
                }
            }
        }
        for (again, anew) in node.ranks() {
            prop_assert_eq!(first_difference(&again, &anew), None);
        }
    }
}
