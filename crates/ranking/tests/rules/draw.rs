//! Who is drawn, by what wishes, and who never is.

use wellspring_document::profile::{
    About, Audience, Hosting, Intake, LegalForm, Operator, Plan, Pricing, PricingModel,
    Registration, RegistrationMethod, RegistrationMode, Service,
};
use wellspring_document::{
    CountryCode, Endorsement, Label, LanguageTag, Localized, Money, Observation, ServerFacts,
    SightStatus, Verdict,
};
use wellspring_ranking::{
    Criterion, Draw, Language, Lots, PickCount, Policy, Price, RegistrationWish, Seed, Sentence,
    Shortfall, View, Wish, Wishes, draw,
};

use crate::world::{World, date, endorse, fraction, name, person, profile, seen, verdict};

/// A policy by which two endorsements make A and one makes B, at once.
pub(crate) fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.categories.a = vec![Criterion::EndorsedTwice];
    policy.categories.b = vec![Criterion::Endorsed];
    policy
}

/// A world with these entries, each by two roots with equal trust.
pub(crate) fn twice(entries: Vec<Endorsement>) -> World {
    let mut world = World { policy: policy(), ..World::default() };
    world.root(&person(1), 1.0, entries.clone());
    world.root(&person(2), 1.0, entries);
    world
}

/// As [`twice`], and further entries by one root alone.
fn of_a_and_b(of_a: Vec<Endorsement>, of_b: Vec<Endorsement>) -> World {
    let mut world = World { policy: policy(), ..World::default() };
    world.root(&person(1), 1.0, [of_a.clone(), of_b].concat());
    world.root(&person(2), 1.0, of_a);
    world
}

pub(crate) fn wishes(count: u8) -> Wishes {
    Wishes { count: PickCount::new(count).unwrap(), ..Wishes::default() }
}

fn known(server: &str, facts: ServerFacts) -> Endorsement {
    Endorsement { facts: Some(Box::new(facts)), ..endorse(server) }
}

fn languages(tags: &[&str]) -> Vec<LanguageTag> {
    tags.iter().map(|tag| LanguageTag::new(*tag).unwrap()).collect()
}

fn countries(codes: &[&str]) -> Vec<CountryCode> {
    codes.iter().map(|code| CountryCode::new(*code).unwrap()).collect()
}

fn labels(words: &[&str]) -> Vec<Label> {
    words.iter().map(|word| Label::new(*word).unwrap()).collect()
}

fn about(about: About) -> ServerFacts {
    ServerFacts { about: Some(about), ..ServerFacts::default() }
}

fn registers(registration: Registration) -> ServerFacts {
    ServerFacts { registration: Some(registration), ..ServerFacts::default() }
}

fn takes(intake: Intake) -> ServerFacts {
    registers(Registration { intake: Some(intake), ..Registration::default() })
}

/// The names of all servers that any seed picks, in alphabetical order.
fn drawn(view: &View, wishes: &Wishes) -> Vec<String> {
    let lots = Lots::new(view, wishes);
    let picks = Seed::all().flat_map(|seed| lots.draw(seed).picks);
    let mut names: Vec<_> = picks.map(|pick| pick.server.server_name.to_string()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn names(draw: &Draw<'_>) -> Vec<String> {
    let mut names: Vec<_> =
        draw.picks.iter().map(|pick| pick.server.server_name.to_string()).collect();
    names.sort_unstable();
    names
}

fn seed(number: u16) -> Seed {
    Seed::new(number).unwrap()
}

fn numbered(count: usize, letter: char) -> Vec<Endorsement> {
    (0..count).map(|number| endorse(&format!("{letter}{number}.example"))).collect()
}

#[test]
fn a_seed_gives_the_same_picks_and_another_gives_others() {
    let view = twice(numbered(30, 'a')).view();
    let of = |number| {
        let drawn = draw(&view, &wishes(3), seed(number));
        drawn.picks.iter().map(|it| it.server.server_name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of(17), of(17));
    assert_eq!(of(17).len(), 3);
    assert_ne!(of(17), of(18));
}

#[test]
fn category_b_joins_only_where_too_few_of_a_fit() {
    let b_is_drawn = |of_a| {
        let view = of_a_and_b(numbered(of_a, 'a'), numbered(5, 'b')).view();
        let drawn = drawn(&view, &wishes(3));
        assert_eq!(drawn.iter().filter(|name| name.starts_with('a')).count(), of_a);
        drawn.iter().filter(|name| name.starts_with('b')).count()
    };
    assert_eq!(b_is_drawn(10), 0);
    assert_eq!(b_is_drawn(9), 5);
    // What is asked for counts too.
    let view = of_a_and_b(numbered(12, 'a'), numbered(5, 'b')).view();
    assert_eq!(drawn(&view, &wishes(12)).len(), 12);
    assert_eq!(drawn(&view, &wishes(13)).len(), 17);
    // A community can leave out B.
    let mut world = of_a_and_b(numbered(2, 'a'), numbered(5, 'b'));
    world.policy.draw.category_b = fraction(0.0);
    let drawn = draw(&world.view(), &wishes(3), seed(0)).shortfall;
    assert_eq!(drawn, Some(Shortfall::NoMore));
}

#[test]
fn a_weighs_more_than_b_and_stands_before_it() {
    let view = of_a_and_b(numbered(9, 'a'), numbered(40, 'b')).view();
    let lots = Lots::new(&view, &wishes(3));
    let picks: Vec<_> = Seed::all().flat_map(|seed| lots.draw(seed).picks).collect();
    let seeds = |letter| {
        let of = |name: &str| name.starts_with(letter);
        picks.iter().find(|it| of(it.server.server_name.as_str())).unwrap().seeds
    };
    assert!(seeds('a') > 3 * seeds('b'), "{} and {}", seeds('a'), seeds('b'));
    for seed in Seed::all() {
        let picks = lots.draw(seed).picks;
        assert!(picks.is_sorted_by_key(|pick| pick.server.category), "{seed}");
    }
}

#[test]
fn nobody_is_drawn_who_must_not_be() {
    let entries = |verdict_of_d| {
        vec![
            endorse("good.example"),
            verdict(verdict_of_d, "rejected.example"),
            known(
                "members.example",
                about(About { audience: Some(Audience::Members), ..About::default() }),
            ),
            known(
                "closed.example",
                registers(Registration {
                    mode: Some(RegistrationMode::Closed),
                    ..Registration::default()
                }),
            ),
            known("paused.example", takes(Intake { paused: Some(true), ..Intake::default() })),
            known(
                "none-a-week.example",
                takes(Intake { new_accounts_per_week: Some(0), ..Intake::default() }),
            ),
            known(
                "until-yesterday.example",
                takes(Intake { accepting_until: Some(date(1)), ..Intake::default() }),
            ),
            known(
                "until-today.example",
                takes(Intake { accepting_until: Some(date(0)), ..Intake::default() }),
            ),
            endorse("unlisted.example"),
            endorse("measured-closed.example"),
            known(
                "approval.example",
                registers(Registration {
                    mode: Some(RegistrationMode::Approval),
                    ..Registration::default()
                }),
            ),
        ]
    };
    let mut world = twice(entries(Verdict::Reject));
    let [first, second] = [person(11), person(12)];
    for observer in [&first, &second] {
        world.hears(observer);
        let closed = |server| Observation {
            registration: Some(RegistrationMode::Closed),
            ..Observation::new(name(server), crate::world::now())
        };
        let reports = vec![
            seen("unlisted.example", SightStatus::Unlisted),
            closed("measured-closed.example"),
            closed("approval.example"),
        ];
        world.reports(observer, reports);
    }
    let view = world.view();
    let expected = ["approval.example", "good.example", "until-today.example"];
    assert_eq!(drawn(&view, &wishes(20)), expected);
}

#[test]
fn a_faint_voice_takes_no_server_out_of_the_draw() {
    let mut world = twice(vec![endorse("a.example")]);
    let paused = takes(Intake { paused: Some(true), ..Intake::default() });
    world.root(&person(3), 0.49, vec![known("a.example", paused)]);
    assert_eq!(drawn(&world.view(), &wishes(1)), ["a.example"]);
}

#[test]
fn a_curator_who_may_decide_corrects_the_declared_size() {
    let counts = |entry: Endorsement, accounts| Endorsement { active_accounts: accounts, ..entry };
    let weight = |world: &World| {
        let view = world.view();
        draw(&view, &wishes(1), seed(0)).picks[0].weight
    };
    let declares = |accounts| {
        let mut declared = profile("a.example");
        let service = Service { active_accounts: Some(accounts), ..Service::default() };
        declared.service = Some(service);
        declared
    };
    let world_of = |entry: Endorsement, trust: f64| {
        let mut world = World { policy: policy(), ..World::default() };
        world.policy.categories.a = vec![Criterion::Endorsed];
        world.root(&person(1), 1.0, vec![endorse("a.example")]);
        world.root(&person(2), trust, vec![entry]);
        world
    };
    let mut world = world_of(endorse("a.example"), 1.0);
    assert_eq!((weight(&world).accounts, weight(&world).is_size_known), (1_000, false));
    world.serves(&person(5), &declares(40), 100);
    assert_eq!((weight(&world).accounts, weight(&world).is_size_known), (100, true));
    let mut world = world_of(counts(endorse("a.example"), Some(9_000)), 0.6);
    world.serves(&person(5), &declares(400), 100);
    assert_eq!(weight(&world).accounts, 9_000);
    let mut world = world_of(counts(endorse("a.example"), Some(9_000)), 0.59);
    assert_eq!(weight(&world).accounts, 9_000);
    world.serves(&person(5), &declares(400), 100);
    assert_eq!(weight(&world).accounts, 400);
    assert_eq!(weight(&world).weight.to_string(), "0.5");
}

#[test]
fn the_weight_is_the_product_of_size_intake_and_category() {
    let intake = Intake { new_accounts_per_week: Some(10), ..Intake::default() };
    let entry = Endorsement { active_accounts: Some(10_000), ..known("b.example", takes(intake)) };
    let view = of_a_and_b(Vec::new(), vec![entry]).view();
    let drawn = draw(&view, &wishes(1), seed(5));
    assert_eq!(
        serde_json::to_string(&drawn.picks[0].weight).unwrap(),
        r#"{"weight":0.005,"accounts":10000,"is_size_known":true,"size":0.1,"new_accounts_per_week":10,"intake":0.2,"category":0.25}"#
    );
    assert_eq!(
        drawn.picks[0].sentence(Language::English),
        "1024 of the 1024 draws pick it, as many as may pick one server. \
         Weight 0.005 = size 0.1 (10000 active accounts) \
         × intake 0.2 (takes 10 new accounts a week) × category B 0.25."
    );
}

/// Servers of which each meets one wish more than the one before it.
fn choosy() -> (World, Wishes) {
    let sections = |met: usize| {
        let meets = |wish: usize| met > wish;
        ServerFacts {
            about: Some(About {
                languages: languages(if meets(0) { &["de-AT"] } else { &["fr"] }),
                topics: labels(if meets(5) { &["art"] } else { &["chess"] }),
                ..About::default()
            }),
            hosting: Some(Hosting {
                countries: countries(if meets(1) { &["CH", "AT"] } else { &["FR"] }),
                ..Hosting::default()
            }),
            registration: Some(Registration {
                mode: Some(RegistrationMode::Open),
                methods: if meets(2) { vec![RegistrationMethod::Password] } else { Vec::new() },
                ..Registration::default()
            }),
            operator: Some(Operator {
                legal_form: meets(4).then_some(LegalForm::Association),
                ..Operator::default()
            }),
            ..ServerFacts::default()
        }
    };
    let mut world = World { policy: policy(), ..World::default() };
    world.policy.categories.a = vec![Criterion::Endorsed];
    let entries = (0..=6).map(|met| endorse(&format!("meets-{met}.example"))).collect();
    world.root(&person(1), 1.0, entries);
    for met in 0..=6_u32 {
        let mut stated = profile(&format!("meets-{met}.example"));
        let facts = sections(met as usize);
        stated.about = About { name: stated.about.name, ..facts.about.unwrap() };
        stated.registration = facts.registration;
        stated.hosting = facts.hosting;
        stated.operator = facts.operator;
        let model = if met > 3 { PricingModel::Donation } else { PricingModel::Flat };
        stated.pricing = Some(Pricing { model: Some(model), ..Pricing::default() });
        world.serves(&person(100 + met), &stated, 100);
    }
    let wishes = Wishes {
        languages: languages(&["de"]),
        country: countries(&["AT"]),
        price: vec![Price::Free],
        registration: vec![RegistrationWish::Method(RegistrationMethod::Password)],
        legal_form: vec![LegalForm::Association, LegalForm::Cooperative],
        topics: labels(&["music", "art"]),
        ..wishes(1)
    };
    (world, wishes)
}

#[test]
fn wishes_are_relaxed_one_after_the_other_in_a_fixed_order() {
    let (world, wishes) = choosy();
    let view = world.view();
    let with = |count| Wishes { count: PickCount::new(count).unwrap(), ..wishes.clone() };
    let told: Vec<String> = (1..=8)
        .map(|count| {
            let drawn = draw(&view, &with(count), seed(3));
            let relaxed: Vec<_> = drawn.relaxed.iter().map(Wish::as_str).collect();
            let last = drawn.picks.last().unwrap().server.server_name.clone();
            assert_eq!(drawn.passed, 1);
            let first = &drawn.picks[0];
            assert_eq!(first.server.server_name.as_str(), "meets-6.example");
            assert!(first.unmet.is_empty());
            format!("{} picks, {last} last, without {relaxed:?}", drawn.picks.len())
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    1 picks, meets-6.example last, without []
    2 picks, meets-5.example last, without ["topics"]
    3 picks, meets-4.example last, without ["topics", "legal_form"]
    4 picks, meets-3.example last, without ["topics", "legal_form", "price"]
    5 picks, meets-2.example last, without ["topics", "legal_form", "price", "registration"]
    6 picks, meets-1.example last, without ["topics", "legal_form", "price", "registration", "country"]
    7 picks, meets-0.example last, without ["topics", "legal_form", "price", "registration", "country", "languages"]
    7 picks, meets-0.example last, without ["topics", "legal_form", "price", "registration", "country", "languages"]
    "#);
    assert_eq!(draw(&view, &with(7), seed(3)).shortfall, None);
    assert_eq!(draw(&view, &with(8), seed(3)).shortfall, Some(Shortfall::NoMore));
}

#[test]
fn wishes_that_nobody_meets_are_named_with_those_that_helped() {
    let (world, wishes) = choosy();
    let view = world.view();
    let count = PickCount::new(2).unwrap();
    let nobody = Wishes { topics: labels(&["bees"]), count, ..wishes };
    let drawn = draw(&view, &nobody, seed(3));
    assert_eq!(
        (drawn.passed, names(&drawn)),
        (0, vec!["meets-5.example".to_owned(), "meets-6.example".to_owned()])
    );
    assert_eq!(drawn.relaxed.iter().collect::<Vec<_>>(), [Wish::Topics]);
    assert_eq!(drawn.picks[0].unmet, drawn.relaxed);
}

#[test]
fn a_wish_that_is_required_is_never_relaxed() {
    let (world, wishes) = choosy();
    let view = world.view();
    for wish in Wish::ALL {
        let required = [wish].into_iter().collect();
        let strict = Wishes { required, count: PickCount::new(20).unwrap(), ..wishes.clone() };
        let lots = Lots::new(&view, &strict);
        let met = Seed::all().flat_map(|seed| lots.draw(seed).picks);
        assert!(met.into_iter().all(|pick| !pick.unmet.has(wish)), "{wish:?}");
        assert_eq!(lots.draw(seed(0)).shortfall, Some(Shortfall::Required));
        let picks = lots.draw(seed(0)).picks.len();
        let expected = 6 - [5, 4, 3, 2, 1, 0][wish as usize];
        assert_eq!(picks, expected, "{wish:?}");
    }
    let impossible = Wishes {
        languages: languages(&["tlh"]),
        required: [Wish::Languages].into_iter().collect(),
        ..wishes
    };
    let drawn = draw(&view, &impossible, seed(0));
    assert!(drawn.picks.is_empty());
    assert_eq!(drawn.shortfall, Some(Shortfall::Required));
    let told = drawn.shortfall.map(|it| it.sentence(Language::English));
    assert_eq!(told.as_deref(), Some("No other server meets what you require."));
}

#[test]
fn free_and_paid_are_what_the_operator_declares() {
    let plan = |amount_minor| Plan {
        name: Localized::english("A plan").unwrap(),
        price: Money { amount_minor, currency: "EUR".parse().unwrap() },
        period: wellspring_document::profile::BillingPeriod::Month,
        per: wellspring_document::profile::BillingUnit::Person,
        storage_mib: None,
    };
    let mut world = World { policy: policy(), ..World::default() };
    let models = [
        ("free", Some(PricingModel::Free), None),
        ("donation", Some(PricingModel::Donation), None),
        ("flat", Some(PricingModel::Flat), Some(plan(300))),
        ("by-use", Some(PricingModel::ByUse), None),
        ("mixed", Some(PricingModel::Mixed), Some(plan(100))),
        ("first-plan-free", Some(PricingModel::Mixed), Some(plan(0))),
        ("unknown", None, None),
    ];
    let entries = models.iter().map(|(name, ..)| endorse(&format!("{name}.example"))).collect();
    world.root(&person(1), 1.0, entries);
    for (number, (name, model, plan)) in (100..).zip(models) {
        let mut stated = profile(&format!("{name}.example"));
        let plans = plan.into_iter().collect();
        stated.pricing = Some(Pricing { model, plans, ..Pricing::default() });
        world.serves(&person(number), &stated, 100);
    }
    let view = world.view();
    let fitting = |price| {
        let required = [Wish::Price].into_iter().collect();
        drawn(&view, &Wishes { price: vec![price], required, ..wishes(20) })
    };
    assert_eq!(
        fitting(Price::Free),
        ["donation.example", "first-plan-free.example", "free.example"]
    );
    assert_eq!(
        fitting(Price::Paid),
        ["by-use.example", "first-plan-free.example", "flat.example", "mixed.example"]
    );
}
