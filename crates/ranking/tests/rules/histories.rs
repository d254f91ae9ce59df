//! Through whatever history of documents, times and policies a node goes: a view that is made
//! from the one before is the view that is made from nothing.

mod said;
mod told;

use proptest::prelude::*;
use wellspring_document::{
    EndorsementList, Localized, Observation, ObservationReport, Observer, StateHash, Timestamp,
};
use wellspring_ranking::{Corpus, KeyContest, KeyWay, Policy, View, rank, rank_again};

use crate::again::in_feed_order;
use crate::world::{World, fraction, now, person};
use said::{Choices, declared, observed, policies, signed, text};
use told::all_of;

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
    fn whatever_can_be_asked_of_a_view_made_again_is_answered_alike(
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
