//! Every criterion that somebody has to answer: met, not met, unknown; and what happens
//! where two say different things.

use std::collections::BTreeSet;

use wellspring_document::profile::{
    Audience, Backups, DataAccess, Energy, Finance, FundingKind, FundingSource, Hosting, Intake,
    LegalForm, LegalPosition, Limits, Moderation, Operator, Policies, Portability, Pricing,
    Registration, RegistrationMode, ResourceUse, Service, SupportContact, TeamMember, UserLimit,
};
use wellspring_document::{
    Checks, Contact, CriterionId, Endorsement, Finding, Link, Localized, Observation, Profile,
    ServerFacts, Software, Text, Verdict,
};
use wellspring_ranking::{
    Answer, Category, Criterion, CriterionAnswer, Family, Language, Origin, Policy, Sentence as _,
};

use crate::world::{
    World, date, days_ago, endorse, endorse_of, name, now, people, person, profile, verdict,
};

/// What is known of one server.
struct Known {
    profile: Profile,
    observation: Observation,
    policy: Policy,
}

type Change = fn(&mut Known);

/// The server with what is known of it, endorsed and measured by two observers.
fn world(change: impl Fn(&mut Known)) -> World {
    let [owner, curator, first, second] = people(1);
    let mut profile = profile("a.example");
    profile.registration = None;
    let observation = Observation::new(name("a.example"), days_ago(0));
    let mut known = Known { profile, observation, policy: Policy::default() };
    change(&mut known);
    let mut world = World { policy: known.policy, ..World::default() };
    world.root(&curator, 1.0, vec![endorse_of("a.example", &owner)]);
    world.serves(&owner, &known.profile, 100);
    for observer in [&first, &second] {
        world.hears(observer);
        world.reports(observer, vec![known.observation.clone()]);
    }
    world
}

fn answer(world: &World, criterion: Criterion) -> CriterionAnswer {
    let server = world.server("a.example");
    server.criteria().find(|it| it.criterion == criterion).expect("it is asked")
}

fn found(world: &World, criterion: Criterion) -> (Answer, Origin) {
    let found = answer(world, criterion);
    (found.answer, found.by.origin())
}

fn link() -> Option<Link> {
    Some(Link::new("https://a.example/page").unwrap())
}

fn text<T: TryFrom<String>>(words: &str) -> Option<Localized<T>>
where
    T::Error: std::fmt::Debug,
{
    let tag = wellspring_document::LanguageTag::english();
    Some(Localized::single(tag, T::try_from(words.to_owned()).unwrap()))
}

fn registration(known: &mut Known) -> &mut Registration {
    known.profile.registration.get_or_insert_default()
}

fn operator(known: &mut Known) -> &mut Operator {
    known.profile.operator.get_or_insert_default()
}

fn policies(known: &mut Known) -> &mut Policies {
    known.profile.policies.get_or_insert_default()
}

fn moderation(known: &mut Known) -> &mut Moderation {
    policies(known).moderation.get_or_insert_default()
}

fn finance(known: &mut Known) -> &mut Finance {
    known.profile.finance.get_or_insert_default()
}

fn pricing(known: &mut Known) -> &mut Pricing {
    known.profile.pricing.get_or_insert_default()
}

fn energy(known: &mut Known) -> &mut Energy {
    known.profile.hosting.get_or_insert_default().energy.get_or_insert_default()
}

fn access(known: &mut Known) -> &mut DataAccess {
    known.profile.data_access.get_or_insert_default()
}

fn portability(known: &mut Known) -> &mut Portability {
    known.profile.portability.get_or_insert_default()
}

fn service(known: &mut Known) -> &mut Service {
    known.profile.service.get_or_insert_default()
}

fn teammate(links: Vec<Link>) -> TeamMember {
    TeamMember { role: text("Admin").unwrap(), name: None, matrix_id: None, links }
}

fn funded(percent: [Option<u8>; 2]) -> Vec<FundingSource> {
    let source = |(kind, percent)| FundingSource { kind, name: None, percent };
    [FundingKind::UserFees, FundingKind::Sponsors].into_iter().zip(percent).map(source).collect()
}

fn report_of(known: &mut Known, days: i64) {
    finance(known).last_report = Some(date(days));
}

fn checks(answered: u32) -> Option<Checks> {
    Some(Checks { answered, made: 100 })
}

fn synapse(version: &str) -> Option<Software> {
    let version = Some(Text::new(version).unwrap());
    Some(Software { name: Text::new("Synapse").unwrap(), version })
}

/// What makes a criterion met, and what makes it not met, where anything does.
const WAYS: &[(Criterion, Change, Option<Change>)] = &[
    (
        Criterion::Contacts,
        |known| {
            let contact = SupportContact {
                role: "m.role.admin".parse().unwrap(),
                matrix_id: Some("@admin:a.example".parse().unwrap()),
                email_address: None,
            };
            known.profile.contacts.get_or_insert_default().contacts = vec![contact];
        },
        None,
    ),
    (
        Criterion::Team,
        |known| {
            let by_account = TeamMember {
                matrix_id: Some("@ann:a.example".parse().unwrap()),
                ..teammate(Vec::new())
            };
            operator(known).team = vec![teammate(vec![link().unwrap()]), by_account];
        },
        Some(|known| {
            operator(known).team = vec![teammate(vec![link().unwrap()]), teammate(Vec::new())];
        }),
    ),
    (
        Criterion::ServesPublic,
        |known| known.profile.about.audience = Some(Audience::Public),
        Some(|known| known.profile.about.audience = Some(Audience::Members)),
    ),
    (
        Criterion::RegistrationDefined,
        |known| {
            registration(known).mode = Some(RegistrationMode::Approval);
            registration(known).link = link();
        },
        None,
    ),
    (
        Criterion::RegistrationOpen,
        |known| registration(known).mode = Some(RegistrationMode::Approval),
        Some(|known| registration(known).mode = Some(RegistrationMode::Invite)),
    ),
    (
        Criterion::IntakeOpen,
        |known| {
            let until = Some(date(0));
            registration(known).intake =
                Some(Intake { accepting_until: until, ..Intake::default() });
        },
        Some(|known| {
            registration(known).intake = Some(Intake { paused: Some(true), ..Intake::default() });
        }),
    ),
    (
        Criterion::ReachableClient,
        |known| known.observation.client_reachable = Some(true),
        Some(|known| known.observation.client_reachable = Some(false)),
    ),
    (
        Criterion::ReachableFederation,
        |known| known.observation.federation_reachable = Some(true),
        Some(|known| known.observation.federation_reachable = Some(false)),
    ),
    (
        Criterion::Uptime30d,
        |known| known.observation.uptime.month = checks(95),
        Some(|known| known.observation.uptime.month = checks(94)),
    ),
    (
        Criterion::Uptime90d,
        |known| {
            known.policy.criteria.uptime_90d = crate::world::fraction(0.5);
            known.observation.uptime.quarter = checks(50);
        },
        Some(|known| known.observation.uptime.quarter = checks(50)),
    ),
    (
        Criterion::SoftwareSupported,
        |known| known.observation.software = synapse("1.163.2"),
        Some(|known| known.observation.software = synapse("1.20.0")),
    ),
    (
        Criterion::SoftwareCurrent,
        |known| known.observation.software = synapse("1.163.2"),
        Some(|known| known.observation.software = synapse("1.20.0")),
    ),
    (
        Criterion::CertificateNotExpiring,
        |known| known.observation.tls_expires_at = Some(days_ago(-7)),
        Some(|known| known.observation.tls_expires_at = Some(days_ago(-7).plus_seconds(-1))),
    ),
    (
        Criterion::RegistrationAsDeclared,
        |known| {
            registration(known).mode = Some(RegistrationMode::Approval);
            known.observation.registration = Some(RegistrationMode::Closed);
        },
        Some(|known| {
            registration(known).mode = Some(RegistrationMode::Open);
            known.observation.registration = Some(RegistrationMode::Closed);
        }),
    ),
    (
        Criterion::Ipv6,
        |known| known.observation.ipv6 = Some(true),
        Some(|known| known.observation.ipv6 = Some(false)),
    ),
    (Criterion::Terms, |known| policies(known).terms = link(), None),
    (Criterion::Privacy, |known| policies(known).privacy = link(), None),
    (Criterion::Rules, |known| policies(known).rules = link(), None),
    (Criterion::ModerationPolicy, |known| moderation(known).policy = link(), None),
    (Criterion::ModerationDeciders, |known| moderation(known).decided_by = text("Ann"), None),
    (Criterion::ModerationCriteria, |known| moderation(known).criteria = text("Harm"), None),
    (Criterion::ModerationAppeal, |known| moderation(known).appeal = text("Write"), None),
    (
        Criterion::ModerationContact,
        |known| {
            let contact = Contact { page: link(), ..Contact::default() };
            moderation(known).report_contact = Some(contact);
        },
        None,
    ),
    (
        Criterion::LegalPosition,
        |known| {
            known.policy.criteria.country = Some("DE".parse().unwrap());
            let position = LegalPosition {
                country: "DE".parse().unwrap(),
                text: text("It holds").unwrap(),
                link: None,
            };
            policies(known).legal_positions = vec![position];
        },
        None,
    ),
    (Criterion::BusinessModel, |known| policies(known).business_model_comparison = link(), None),
    (Criterion::ReportPublic, |known| finance(known).report = link(), None),
    (Criterion::ReportCurrent, |known| report_of(known, 93), Some(|known| report_of(known, 94))),
    (Criterion::MonthsStated, |known| finance(known).months_covered = Some(0), None),
    (
        Criterion::MonthsCovered,
        |known| finance(known).months_covered = Some(3),
        Some(|known| finance(known).months_covered = Some(2)),
    ),
    (
        Criterion::PaidByUsers,
        |known| finance(known).funding_sources = funded([Some(51), None]),
        Some(|known| finance(known).funding_sources = funded([None, Some(50)])),
    ),
    (
        Criterion::PriceFollowsCost,
        |known| pricing(known).price_follows_cost = Some(true),
        Some(|known| pricing(known).price_follows_cost = Some(false)),
    ),
    (
        Criterion::GroupPlans,
        |known| pricing(known).group_accounts = Some(true),
        Some(|known| pricing(known).group_accounts = Some(false)),
    ),
    (
        Criterion::SelfSetLimits,
        |known| {
            let user_settable = vec![UserLimit::Storage];
            known.profile.limits = Some(Limits { user_settable, ..Limits::default() });
        },
        None,
    ),
    (
        Criterion::NotPrivatePerson,
        |known| operator(known).legal_form = Some(LegalForm::Collective),
        Some(|known| operator(known).legal_form = Some(LegalForm::Individual)),
    ),
    (
        Criterion::Association,
        |known| operator(known).legal_form = Some(LegalForm::Cooperative),
        Some(|known| operator(known).legal_form = Some(LegalForm::Foundation)),
    ),
    (
        Criterion::NonProfit,
        |known| operator(known).non_profit = Some(true),
        Some(|known| operator(known).non_profit = Some(false)),
    ),
    (
        Criterion::SeveralPeople,
        |known| operator(known).people_with_full_access = Some(2),
        Some(|known| operator(known).people_with_full_access = Some(1)),
    ),
    (Criterion::EnergyReported, |known| energy(known).kwh_per_month = Some(0), None),
    (
        Criterion::SupplierNamed,
        |known| energy(known).supplier = Some(Text::new("Sun").unwrap()),
        None,
    ),
    (
        Criterion::Renewable,
        |known| energy(known).renewable = Some(true),
        Some(|known| energy(known).renewable = Some(false)),
    ),
    (
        Criterion::OtherReported,
        |known| {
            let water = ResourceUse {
                resource: text("Water").unwrap(),
                amount_per_month: None,
                unit: None,
                report: link(),
            };
            known.profile.hosting =
                Some(Hosting { other_resources: vec![water], ..Hosting::default() });
        },
        None,
    ),
    (Criterion::ReadersStated, |known| access(known).who_can_read = text("Ann"), None),
    (Criterion::AccessSecured, |known| access(known).secured_by = text("Keys"), None),
    (
        Criterion::AccessLogged,
        |known| access(known).logged = Some(true),
        Some(|known| access(known).logged = Some(false)),
    ),
    (
        Criterion::EncryptedAtRest,
        |known| access(known).encrypted_at_rest = Some(true),
        Some(|known| access(known).encrypted_at_rest = Some(false)),
    ),
    (
        Criterion::Backups,
        |known| {
            access(known).backups = Some(Backups { made: Some(true), ..Backups::default() });
        },
        Some(|known| {
            access(known).backups = Some(Backups { made: Some(false), ..Backups::default() });
        }),
    ),
    (
        Criterion::AccountExport,
        |known| portability(known).account_export = Some(true),
        Some(|known| portability(known).account_export = Some(false)),
    ),
    (
        Criterion::AccountImport,
        |known| portability(known).account_import = Some(true),
        Some(|known| portability(known).account_import = Some(false)),
    ),
    (
        Criterion::Deactivation,
        |known| portability(known).deactivation = Some(true),
        Some(|known| portability(known).deactivation = Some(false)),
    ),
    (
        Criterion::ShutdownNotice,
        |known| service(known).shutdown_notice_days = Some(90),
        Some(|known| service(known).shutdown_notice_days = Some(0)),
    ),
    (
        Criterion::ChangeNotice,
        |known| service(known).change_notice_days = Some(30),
        Some(|known| service(known).change_notice_days = Some(0)),
    ),
];

#[test]
fn each_criterion_is_met_not_met_and_unknown_by_what_is_said_or_measured() {
    let silent = world(|_| {});
    for (criterion, met, not_met) in WAYS {
        assert_eq!(found(&silent, *criterion), (Answer::Unknown, Origin::None), "{criterion}");
        let (answer, origin) = found(&world(*met), *criterion);
        assert_eq!(answer, Answer::Met, "{criterion}");
        let measured = criterion.family() == Family::Service;
        let expected = if measured { Origin::Measured } else { Origin::Declared };
        assert_eq!(origin, expected, "{criterion}");
        if let Some(not_met) = not_met {
            assert_eq!(found(&world(*not_met), *criterion), (Answer::NotMet, expected));
        }
    }
}

/// Those that the node works out are tested where their rules are; what only curators see
/// is tested below.
#[test]
fn every_criterion_that_somebody_has_to_answer_is_tried() {
    let tried: BTreeSet<_> = WAYS.iter().map(|(criterion, ..)| *criterion).collect();
    let all = Criterion::ALL.into_iter().filter(|it| it.takes_findings());
    let missing: Vec<_> = all.filter(|it| !tried.contains(it)).collect();
    assert_eq!(missing, [Criterion::ReportLinked]);
}

#[test]
fn names_and_words_of_criteria_are_all_different() {
    let mut texts = BTreeSet::new();
    for criterion in Criterion::ALL {
        let (family, _) = criterion.as_str().split_once('.').unwrap();
        assert_eq!(family, criterion.family().as_str());
        let id = CriterionId::new(criterion.as_str()).unwrap();
        assert_eq!(Criterion::of_id(&id), Some(criterion));
        let question = criterion.sentence(Language::English);
        assert!(question.ends_with('?'), "{question}");
        assert!(texts.insert(question), "{criterion}");
        for answer in [Answer::Met, Answer::NotMet, Answer::Unknown] {
            assert!(texts.insert((criterion, answer).sentence(Language::English)), "{criterion}");
        }
    }
    let headings = Family::ALL.map(|family| family.sentence(Language::English));
    assert_eq!(headings.iter().collect::<BTreeSet<_>>().len(), Family::ALL.len());
}

#[test]
fn the_handbook_has_every_criterion_with_its_question() {
    let handbook = include_str!("../../../../docs/nodes.md");
    for criterion in Criterion::ALL {
        let row = format!("| `{criterion}` | {} | ", criterion.sentence(Language::English));
        assert!(handbook.contains(&row), "{row}");
    }
}

#[test]
fn a_name_of_ones_own_is_a_registrable_domain_that_nobody_gives_away() {
    for (server, registrable, not_free, not_flagship) in [
        ("example.org", true, true, true),
        ("example.co.uk", true, true, true),
        ("example.org:8448", true, true, true),
        ("chat.example.org", false, true, true),
        ("co.uk", false, true, true),
        ("localhost", false, true, true),
        ("192.0.2.1", false, true, true),
        ("[2001:db8::1]", false, true, true),
        ("example.tk", true, false, true),
        ("example.duckdns.org", true, false, true),
        ("example.uk.com", true, true, true),
        ("matrix.org", true, true, false),
        ("notmatrix.org", true, true, true),
        ("beta.matrix.org", false, true, false),
    ] {
        let mut world = World::default();
        world.root(&person(1), 1.0, vec![endorse(server)]);
        let server = world.server(server);
        let is_met = |criterion| {
            let found = server.criteria().find(|it| it.criterion == criterion).unwrap();
            assert_eq!(found.by.origin(), Origin::None);
            found.answer == Answer::Met
        };
        let answers =
            [Criterion::RegistrableName, Criterion::NotFreeSuffix, Criterion::NotFlagship];
        assert_eq!(
            answers.map(is_met),
            [registrable, not_free, not_flagship],
            "{}",
            server.server_name
        );
    }
}

#[test]
fn a_report_may_be_as_old_as_the_interval_that_is_declared_up_to_a_year() {
    let current = |days, interval| {
        let mut profile = profile("a.example");
        profile.finance = Some(Finance {
            last_report: Some(date(days)),
            report_interval_months: interval,
            ..Finance::default()
        });
        let [owner, ..] = people::<4>(1);
        let mut world = World { profiles: vec![], reports: vec![], ..world(|_| {}) };
        world.serves(&owner, &profile, 100);
        found(&world, Criterion::ReportCurrent).0
    };
    assert_eq!(current(100, None), Answer::NotMet);
    assert_eq!(current(100, Some(6)), Answer::Met);
    assert_eq!(current(90, Some(1)), Answer::Met, "three months do for everybody");
    assert_eq!(current(400, Some(120)), Answer::NotMet);
    assert_eq!(current(-1, None), Answer::NotMet, "nobody reports on tomorrow");
}

#[test]
fn a_person_who_approves_must_say_how_one_asks() {
    let world = world(|known| registration(known).mode = Some(RegistrationMode::Approval));
    assert_eq!(found(&world, Criterion::RegistrationDefined).0, Answer::Unknown);
    assert_eq!(found(&world, Criterion::RegistrationOpen).0, Answer::Met);
}

#[test]
fn an_intake_that_has_ended_or_takes_nobody_keeps_a_server_out_of_a_and_b() {
    let intakes: [Change; 3] = [
        |known| {
            registration(known).intake = Some(Intake { paused: Some(true), ..Intake::default() });
        },
        |known| {
            let accepting_until = Some(date(1));
            registration(known).intake = Some(Intake { accepting_until, ..Intake::default() });
        },
        |known| {
            let new_accounts_per_week = Some(0);
            registration(known).intake =
                Some(Intake { new_accounts_per_week, ..Intake::default() });
        },
    ];
    for intake in intakes {
        let mut world = world(intake);
        world.policy.waiting_days = 0;
        assert_eq!(found(&world, Criterion::IntakeOpen).0, Answer::NotMet);
        assert_eq!(world.category("a.example"), Category::C);
        world.policy.categories.stopped_by.clear();
        assert_eq!(world.category("a.example"), Category::B);
    }
}

#[test]
fn a_claim_that_measurements_contradict_follows_them_and_says_who_says_otherwise() {
    let closed = world(|known| {
        registration(known).mode = Some(RegistrationMode::Open);
        known.observation.registration = Some(RegistrationMode::Closed);
    });
    for criterion in [Criterion::RegistrationOpen, Criterion::RegistrationAsDeclared] {
        let answer = answer(&closed, criterion);
        assert_eq!((answer.answer, answer.by.origin()), (Answer::NotMet, Origin::Measured));
        assert_eq!(answer.against.map(|by| by.origin()), Some(Origin::Declared));
    }
    assert_eq!(
        answer(&closed, Criterion::RegistrationOpen).sentence(Language::English),
        "People whom nobody there knows cannot get an account (seen by 2 of 2 observers, \
         2026-11-22). Its operator says otherwise."
    );
    let open = world(|known| {
        registration(known).mode = Some(RegistrationMode::Closed);
        known.observation.registration = Some(RegistrationMode::Open);
    });
    let answer = answer(&open, Criterion::RegistrationOpen);
    assert_eq!((answer.answer, answer.by.origin()), (Answer::Met, Origin::Measured));
    assert!(answer.against.is_some());
}

#[test]
fn declared_software_counts_until_it_is_measured_otherwise() {
    let declared = world(|known| service(known).software = synapse("1.163.2"));
    let criterion = Criterion::SoftwareSupported;
    assert_eq!(found(&declared, criterion), (Answer::Met, Origin::Declared));
    let measured = world(|known| {
        service(known).software = synapse("1.163.2");
        known.observation.software = synapse("1.20.0");
    });
    let answer = answer(&measured, criterion);
    assert_eq!((answer.answer, answer.by.origin()), (Answer::NotMet, Origin::Measured));
    assert_eq!(answer.against.map(|by| by.origin()), Some(Origin::Declared));
}

/// An entry with what its curator found of one criterion.
fn finding(criterion: Criterion, met: bool) -> Endorsement {
    let mut entry = endorse("a.example");
    let id = CriterionId::new(criterion.as_str()).unwrap();
    entry.criteria.insert(id, Finding { met, note: None });
    entry
}

#[test]
fn what_a_curator_found_stands_in_where_nobody_says_and_nobody_measured() {
    let taken = Criterion::ALL.into_iter().filter(|it| it.takes_findings());
    for criterion in taken {
        for met in [true, false] {
            let mut world = World::default();
            world.root(&person(1), 0.3, vec![finding(criterion, met)]);
            let expected = if met { Answer::Met } else { Answer::NotMet };
            assert_eq!(found(&world, criterion), (expected, Origin::Endorsed), "{criterion}");
        }
    }
    let mut world = World::default();
    let mut worked_out = finding(Criterion::SignedProfile, true);
    worked_out.criteria.append(&mut finding(Criterion::NotFlagship, false).criteria);
    world.root(&person(1), 1.0, vec![worked_out]);
    assert_eq!(found(&world, Criterion::SignedProfile).0, Answer::NotMet);
    assert_eq!(found(&world, Criterion::NotFlagship).0, Answer::Met);
}

#[test]
fn the_most_trusted_curator_who_looked_decides_and_strangers_do_not() {
    let [strong, weak] = people(1);
    let mut world = World::default();
    world.root(&weak, 0.4, vec![finding(Criterion::NonProfit, false)]);
    world.root(&strong, 0.9, vec![finding(Criterion::NonProfit, true)]);
    let stranger = crate::world::list("A stranger", vec![finding(Criterion::NonProfit, false)]);
    world.publishes(&person(77), &stranger);
    assert_eq!(found(&world, Criterion::NonProfit).0, Answer::Met);
    world.policy.curators[0].trust = crate::world::fraction(0.9);
    assert_eq!(found(&world, Criterion::NonProfit).0, Answer::NotMet, "of two, who found fault");
}

#[test]
fn a_curator_at_the_veto_trust_who_finds_a_claim_untrue_outweighs_it_and_no_measurement() {
    let claims = |trust, met| {
        let mut world = world(|known| {
            operator(known).non_profit = Some(met);
            known.observation.client_reachable = Some(true);
        });
        let mut entry = finding(Criterion::NonProfit, !met);
        entry.criteria.append(&mut finding(Criterion::ReachableClient, false).criteria);
        world.root(&person(77), trust, vec![entry]);
        world
    };
    let denied = answer(&claims(0.6, true), Criterion::NonProfit);
    assert_eq!((denied.answer, denied.by.origin()), (Answer::NotMet, Origin::Endorsed));
    assert_eq!(denied.against.map(|by| by.origin()), Some(Origin::Declared));
    let kept = answer(&claims(0.59, true), Criterion::NonProfit);
    assert_eq!((kept.answer, kept.by.origin()), (Answer::Met, Origin::Declared));
    assert!(kept.against.is_none());
    assert_eq!(
        found(&claims(1.0, false), Criterion::NonProfit),
        (Answer::NotMet, Origin::Declared),
        "nobody makes an operator better than they say"
    );
    let measured = (Answer::Met, Origin::Measured);
    assert_eq!(found(&claims(1.0, true), Criterion::ReachableClient), measured);
}

#[test]
fn a_warning_brings_its_findings_along_and_an_expired_entry_does_not() {
    let mut world = World::default();
    let mut warning = verdict(Verdict::Warn, "a.example");
    warning.criteria = finding(Criterion::Backups, false).criteria;
    world.root(&person(1), 0.6, vec![warning]);
    assert_eq!(found(&world, Criterion::Backups), (Answer::NotMet, Origin::Endorsed));

    let mut world = World::default();
    let expired = Endorsement { expires_at: Some(date(1)), ..finding(Criterion::Backups, true) };
    world.root(&person(1), 1.0, vec![expired]);
    assert_eq!(found(&world, Criterion::Backups), (Answer::Unknown, Origin::None));
}

#[test]
fn observers_who_agree_stop_a_server_and_one_alone_does_not() {
    let down = world(|known| {
        known.policy.waiting_days = 0;
        known.observation.client_reachable = Some(false);
    });
    assert_eq!(down.category("a.example"), Category::C);
    let mut alone = world(|known| {
        known.policy.waiting_days = 0;
        known.observation.client_reachable = Some(false);
    });
    alone.policy.observers.pop();
    assert_eq!(found(&alone, Criterion::ReachableClient), (Answer::NotMet, Origin::Measured));
    assert_eq!(alone.category("a.example"), Category::B);
    alone.policy.categories.b.push(Criterion::ReachableClient);
    assert_eq!(alone.category("a.example"), Category::C, "what a category needs must be met");
}

#[test]
fn what_is_switched_off_is_not_asked() {
    let mut world = world(|_| {});
    let before = world.server("a.example").criteria().count();
    assert_eq!(before, Criterion::ALL.len());
    world.policy.criteria.off = vec![Criterion::Ipv6, Criterion::Renewable];
    let left: Vec<_> = world.server("a.example").criteria().map(|it| it.criterion).collect();
    assert_eq!(left.len(), before - 2);
    assert!(!left.contains(&Criterion::Ipv6));
}

#[test]
fn questions_answered_openly_earn_equal_shares_of_the_points_for_transparency() {
    let openness = |world: &World| {
        let server = world.server("a.example");
        let is_it = |code: &str| code.starts_with("transparency.");
        let reason = server.reasons().find(|it| is_it(it.code.as_str())).unwrap();
        (reason.code.as_str(), reason.points.to_string(), reason.sentence(Language::English))
    };
    let nine: Change = |known| {
        for (criterion, met, _) in WAYS {
            let asked = &known.policy.transparency.criteria;
            if asked.iter().position(|it| it == criterion).is_some_and(|place| place < 9) {
                met(known);
            }
        }
    };
    let (code, points, sentence) = openness(&world(nine));
    assert_eq!((code, &*points), ("transparency.answered", "12.9"));
    assert_eq!(sentence, "Answers 9 of 14 questions openly: 12.9 points.");
    let (code, points, _) = openness(&world(|_| {}));
    assert_eq!((code, &*points), ("transparency.unknown", "0.0"));

    let mut one = world(|known| policies(known).terms = link());
    one.policy.transparency.criteria = vec![Criterion::Terms];
    assert_eq!(openness(&one).2, "Answers 1 of 1 question openly: 20.0 points.");
    let mut warned = world(nine);
    warned.root(&person(77), 1.0, vec![verdict(Verdict::Warn, "a.example")]);
    let server = warned.server("a.example");
    let sum: wellspring_ranking::Points = server.reasons().map(|it| it.points).sum();
    let first = server.reasons().next().unwrap().points.to_string();
    assert_eq!((sum, first), (server.score, "−20.0".to_owned()));
}

#[test]
fn on_its_first_day_a_community_with_an_adopted_list_and_observers_has_servers_of_category_b() {
    let (node, observer) = (person(1), person(2));
    let listed = |server: &str| {
        let mut entry = Endorsement::new(name(server), Verdict::List);
        let facts = ServerFacts {
            registration: Some(Registration {
                mode: Some(RegistrationMode::Open),
                ..Registration::default()
            }),
            policies: Some(Policies { rules: link(), ..Policies::default() }),
            ..ServerFacts::default()
        };
        entry.facts = Some(facts.into());
        entry.known_since = Some(date(30));
        entry
    };
    let measured = |server: &str, is_up| Observation {
        client_reachable: Some(is_up),
        federation_reachable: Some(is_up),
        registration: Some(RegistrationMode::Open),
        software: Some(Software { name: Text::new("Synapse").unwrap(), version: None }),
        ..Observation::new(name(server), now())
    };
    let mut world = World::default();
    let entries = vec![listed("up.example"), listed("down.example"), listed("unseen.example")];
    world.adopts(&node, "https://servers.example/list.json", &crate::world::list("L", entries));
    for observer in [&node, &observer] {
        let seen = vec![measured("up.example", true), measured("down.example", false)];
        world.hears(observer);
        world.reports(observer, seen);
    }
    assert_eq!(world.policy.check(), Ok(()));
    assert_eq!(world.category("up.example"), Category::B);
    assert_eq!(world.category("unseen.example"), Category::B, "missing is not down");
    assert_eq!(world.category("down.example"), Category::C);

    let server = world.server("up.example");
    let grounds: Vec<_> = server
        .criteria()
        .filter(|it| it.answer == Answer::Met)
        .map(|it| it.sentence(Language::English))
        .collect();
    insta::assert_snapshot!(grounds.join("\n"), @r"
    A trusted curator recommends or lists it (according to https://servers.example/list.json, adopted by this node).
    No curator who is trusted enough to decide rejects it.
    No curator who is trusted enough to decide warns about it.
    It has been known for long enough (according to https://servers.example/list.json, adopted by this node, 2026-10-23).
    Accounts are meant for everybody (according to https://servers.example/list.json, adopted by this node).
    It is known how one gets an account (according to https://servers.example/list.json, adopted by this node).
    People whom nobody there knows can get an account (seen by 2 of 2 observers, 2026-11-22).
    Its name is a domain of its own.
    Its name is under no suffix that is given away for free.
    It is none of the servers that everybody is sent to already.
    Apps reach it (seen by 2 of 2 observers, 2026-11-22).
    Other servers reach it (seen by 2 of 2 observers, 2026-11-22).
    Its rules for living together are published (according to https://servers.example/list.json, adopted by this node).
    ");
}
