//! A view that is made from the one before is the view that is made from nothing.

use std::sync::Arc;

use proptest::prelude::*;
use wellspring_document::{
    Body, Endorsement, EndorsementList, Link, Observation, Timestamp, Verdict, Verified,
};
use wellspring_ranking::{Corpus, RankedServer, View, rank, rank_again};

use crate::world::{
    World, date, endorse, endorse_of, list, name, now, opinions, person, profile, served, verdict,
};

const CURATORS: u32 = 6;
const SERVERS: u32 = 40;

/// What a curator says next.
#[derive(Debug, Clone)]
struct Edition {
    curator: u32,
    /// Server, verdict, days since the review, whose keys, whether it was taken from a source.
    entries: Vec<(u32, u8, i64, Option<u32>, bool)>,
    opinions: Vec<(u32, bool)>,
    /// For how many days it is valid.
    days: i64,
}

/// What happens between two views.
#[derive(Debug, Clone)]
enum Step {
    Says(Edition),
    Withdraws(u32),
    Serves(u32),
    Passes { seconds: i64 },
}

fn edition() -> impl Strategy<Value = Edition> {
    let key = prop::option::weighted(0.3, 0_u32..3);
    // Few different dates, so that much is equally strong.
    let days = prop::sample::select(vec![10_i64, 20, 500]);
    let entry = (0..SERVERS, 0_u8..4, days, key, prop::bool::weighted(0.2));
    let entries = prop::collection::vec(entry, 0..8);
    let opinions = prop::collection::vec((0..CURATORS, prop::bool::weighted(0.9)), 0..4);
    (0..CURATORS, entries, opinions, 2_i64..40)
        .prop_map(|(curator, entries, opinions, days)| Edition { curator, entries, opinions, days })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => edition().prop_map(Step::Says),
        1 => (0..CURATORS).prop_map(Step::Withdraws),
        1 => (0..SERVERS).prop_map(Step::Serves),
        4 => (0_i64..40_000).prop_map(|seconds| Step::Passes { seconds }),
        1 => (0_i64..8).prop_map(|days| Step::Passes { seconds: days * 86_400 }),
    ]
}

fn signed(edition: &Edition, at: Timestamp, sequence: u64) -> Arc<Verified<EndorsementList>> {
    let verdicts = [Verdict::Endorse, Verdict::List, Verdict::Warn, Verdict::Reject];
    let mut entries: Vec<Endorsement> = Vec::new();
    for (server, which, days, owner, is_copied) in &edition.entries {
        let server = format!("s{server}.example");
        if entries.iter().any(|entry| entry.server_name.as_str() == server) {
            continue;
        }
        let mut entry = verdict(verdicts[usize::from(*which)], &server);
        entry.reviewed_at = Some(date(*days));
        entry.issuer = owner.map(|owner| person(100 + owner).id);
        entry.imported_from = is_copied.then(|| Link::new("https://list.example/").unwrap());
        entries.push(entry);
    }
    let curators = opinions(edition.curator, edition.opinions.iter().copied());
    let body = EndorsementList { curators, ..list("A curator", entries) };
    person(edition.curator).signs_for(edition.days, &body, at, sequence)
}

/// A community that trusts two of the curators, and believes what its node saw.
fn beginning() -> World {
    let mut world = World::default();
    world.trusts(&person(1), 1.0);
    world.trusts(&person(3), 1.0);
    for server in 0..6 {
        let name = format!("s{server}.example");
        world.serves(&person(100 + server % 3), &profile(&name), i64::from(server) * 3);
    }
    let observer = person(60);
    world.hears(&observer);
    let measured = |server: u32| {
        let mut it = Observation::new(name(&format!("s{server}.example")), now());
        // Each moment at another time of the day.
        let moment =
            |days: u32| now().plus_seconds(i64::from(days) * 86_400 + 1_000 * i64::from(server));
        it.client_reachable = Some(!server.is_multiple_of(5));
        it.first_seen_at = Some(moment(server).plus_days(-60));
        it.tls_expires_at = Some(moment(server % 20));
        it
    };
    world.reports(&observer, (0..SERVERS).step_by(3).map(measured).collect());
    // Somebody whom nobody recommends.
    world.publishes(&person(50), &list("Stranger", vec![endorse("s1.example")]));
    in_feed_order(world)
}

/// With the documents in the order in which nodes have them.
pub(crate) fn in_feed_order(mut world: World) -> World {
    fn sort<T: Body>(documents: &mut [Arc<Verified<T>>]) {
        documents.sort_by_key(|it| (it.issuer().clone(), it.subject()));
    }
    sort(&mut world.profiles);
    sort(&mut world.lists);
    sort(&mut world.reports);
    world
}

struct Node {
    world: World,
    now: Timestamp,
    sequence: u64,
    corpus: Corpus,
    view: View,
}

impl Node {
    fn new() -> Self {
        let world = beginning();
        let corpus = world.corpus();
        let view = rank(&world.policy, &corpus);
        Self { world, now: now(), sequence: 1, corpus, view }
    }

    fn take(&mut self, step: &Step) {
        self.sequence += 1;
        match step {
            Step::Says(edition) => {
                let list = signed(edition, self.now, self.sequence);
                self.world.lists.retain(|other| other.issuer() != list.issuer());
                self.world.lists.push(list);
            }
            Step::Withdraws(curator) => {
                let issuer = person(*curator).id;
                self.world.lists.retain(|list| *list.issuer() != issuer);
            }
            Step::Serves(server) => {
                let name = format!("s{server}.example");
                if self.world.profiles.iter().any(|it| it.subject() == name) {
                    return;
                }
                self.world.serves(&person(100), &profile(&name), 20);
            }
            Step::Passes { seconds } => self.now = self.now.plus_seconds(*seconds),
        }
        self.world = in_feed_order(std::mem::take(&mut self.world));
    }

    /// Ranks again, and from nothing; the two views as they are published.
    fn ranks(self) -> (Self, String, String) {
        let World { policy, profiles, lists, reports } = &self.world;
        let corpus =
            self.corpus.renewed(profiles.clone(), lists.clone(), reports.clone(), self.now);
        let view = rank_again(policy, &corpus, &self.view);
        let anew = Corpus::new(profiles.clone(), lists.clone(), reports.clone(), self.now);
        let expected = rank(policy, &anew);
        let published = |view: &View| {
            for server in &view.servers {
                assert!(std::ptr::eq(view.server(&server.server_name).unwrap(), server));
            }
            serde_json::to_string_pretty(view).unwrap()
        };
        let (published, expected) = (published(&view), published(&expected));
        (Self { corpus, view, ..self }, published, expected)
    }
}

proptest! {
    // Signing takes longer than ranking.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_view_made_from_the_one_before_is_the_same(
        said in prop::collection::vec(edition(), 4),
        steps in prop::collection::vec(step(), 1..12),
    ) {
        let mut node = Node::new();
        let said = said.into_iter().map(Step::Says).collect::<Vec<_>>();
        said.iter().for_each(|step| node.take(step));
        for step in steps {
            node.take(&step);
            let (next, published, expected) = node.ranks();
            prop_assert_eq!(published, expected);
            node = next;
        }
    }
}

/// The names of the servers that were looked at again.
fn looked_at_again<'a>(before: &View, view: &'a View) -> Vec<&'a str> {
    let is_kept = |server: &RankedServer| {
        let earlier = before.server(&server.server_name);
        earlier.is_some_and(|earlier| std::ptr::eq(&raw const **earlier, &raw const **server))
    };
    let again = view.servers.iter().filter(|server| !is_kept(server));
    let mut names: Vec<_> = again.map(|server| server.server_name.as_str()).collect();
    names.sort_unstable();
    names
}

fn twenty(review: i64) -> Vec<Endorsement> {
    let reviewed_at = Some(date(review));
    let names = (10..30).map(|server| format!("s{server}.example"));
    names.map(|server| Endorsement { reviewed_at, ..endorse(&server) }).collect()
}

#[test]
fn only_servers_that_a_changed_list_names_are_looked_at_again() {
    let mut world = World::default();
    let [first, second, stranger] = [1, 2, 3].map(person);
    world.root(&first, 1.0, twenty(10));
    world.root(&second, 0.5, vec![endorse("s12.example"), endorse("s15.example")]);
    world.publishes(&stranger, &list("Stranger", vec![endorse("s20.example")]));
    let mut world = in_feed_order(world);
    let corpus = world.corpus();
    let before = rank(&world.policy, &corpus);

    world.lists.retain(|list| *list.issuer() != second.id && *list.issuer() != stranger.id);
    let entries = vec![endorse("s15.example"), endorse("s99.example")];
    world.lists.push(second.signs_at(&list("A curator", entries), now(), 2));
    world.lists.push(stranger.signs_at(&list("Stranger", twenty(1)), now(), 2));
    let world = in_feed_order(world);
    let corpus = corpus.renewed(vec![], world.lists.clone(), vec![], now());
    let view = rank_again(&world.policy, &corpus, &before);
    assert_eq!(looked_at_again(&before, &view), ["s12.example", "s15.example", "s99.example"]);
    assert_eq!(view.server(&name("s99.example")).map(|it| it.rank), Some(21));

    let mut policy = world.policy.clone();
    policy.points.endorsement -= 1;
    let other = rank_again(&policy, &corpus, &view);
    assert_eq!(looked_at_again(&view, &other).len(), 21, "by other rules");
    let tomorrow = corpus.renewed(vec![], world.lists.clone(), vec![], now().plus_days(1));
    let later = rank_again(&world.policy, &tomorrow, &view);
    assert_eq!(looked_at_again(&view, &later).len(), 21, "on another day");
}

#[test]
fn time_touches_those_servers_alone_whose_time_has_come() {
    let mut world = World::default();
    let [root, observer] = [1, 2].map(person);
    world.root(&root, 1.0, twenty(10));
    world.hears(&observer);
    let mut lasting = Observation::new(name("s11.example"), now());
    lasting.client_reachable = Some(true);
    lasting.first_seen_at = Some(now().plus_days(-50).plus_seconds(3_600));
    let mut ending = Observation::new(name("s12.example"), now());
    ending.tls_expires_at = Some(now().plus_days(7).plus_seconds(3_600));
    world.reports(&observer, vec![lasting, ending]);
    // Known since a day that was 30 days ago, at another time of the day; and a profile that
    // expires on the same day.
    let owner = person(4);
    let expiring =
        owner.signs_for(2, &profile("s14.example"), now().plus_days(-2).plus_seconds(9_000), 1);
    world.profiles.push(Arc::clone(&expiring));
    let mut waiting = Observation::new(name("s13.example"), now());
    waiting.client_reachable = Some(true);
    waiting.first_seen_at = Some(now().plus_days(-5).plus_seconds(8_000));
    world.policy.waiting_days = 5;
    let node = person(5);
    world.policy.own = Some(node.id.clone());
    let reports = [waiting, served("s14.example", &expiring, 1)];
    world.reports(&node, reports.to_vec());
    let mut world = in_feed_order(world);
    world.lists = vec![root.signs(&list("A curator", twenty(1)))];
    let mut corpus = world.corpus();
    let mut view = rank(&world.policy, &corpus);
    let mut again = |seconds: i64| {
        let (profiles, lists) = (world.profiles.clone(), world.lists.clone());
        let at = now().plus_seconds(seconds);
        let next = std::mem::replace(&mut corpus, world.corpus());
        corpus = next.renewed(profiles, lists, world.reports.clone(), at);
        let next = rank_again(&world.policy, &corpus, &view);
        let names: Vec<String> =
            looked_at_again(&view, &next).into_iter().map(str::to_owned).collect();
        view = next;
        names
    };
    assert!(again(3_599).is_empty());
    assert_eq!(again(3_600), ["s11.example"], "watched for another day");
    assert_eq!(
        again(3_601),
        ["s12.example"],
        "its certificate lasts for less than the policy asks"
    );
    assert!(again(7_999).is_empty());
    assert_eq!(again(8_000), ["s13.example"], "it has waited, and been watched for another day");
    assert!(again(8_999).is_empty());
    assert_eq!(again(9_000), ["s14.example"], "its profile expires");
    assert!(again(9_001).is_empty());
}

/// How many bytes a corpus keeps.
fn kept_by(make: impl FnOnce() -> Corpus) -> i64 {
    let mut kept = None;
    allocation_counter::measure(|| kept = Some(make())).bytes_current
}

#[test]
fn a_list_that_names_other_servers_each_time_does_not_fill_the_memory() {
    let stranger = person(3);
    let edition = |number: u64| {
        let names = (0..100).map(|server| format!("s{number}-{server}.example"));
        let entries = names.map(|name| endorse(&name)).collect();
        stranger.signs_at(&list("Stranger", entries), now(), number)
    };
    let editions: Vec<_> = (1..40).map(edition).collect();
    let kept_after = |count: usize| {
        kept_by(|| {
            let corpus = Corpus::new(vec![], vec![Arc::clone(&editions[0])], vec![], now());
            editions[1..count].iter().fold(corpus, |corpus, list| {
                corpus.renewed(vec![], vec![Arc::clone(list)], vec![], now())
            })
        })
    };
    assert!(kept_after(39) < 4 * kept_after(1));
}

#[test]
fn nor_does_one_that_names_other_issuers_and_sources() {
    let stranger = person(3);
    let edition = |number: u32| {
        let entry = |place: u32| {
            let link = format!("https://{number}-{place}.example/list.json");
            let mut entry =
                endorse_of(&format!("s{place}.example"), &person(1_000 * number + place));
            entry.imported_from = Some(Link::new(link).unwrap());
            entry
        };
        stranger.signs_at(&list("Stranger", (0..60).map(entry).collect()), now(), number.into())
    };
    let editions: Vec<_> = (1..100).map(edition).collect();
    let least = kept_by(|| Corpus::new(vec![], editions[..1].to_vec(), vec![], now()));
    let most = kept_by(|| {
        let corpus = Corpus::new(vec![], vec![], vec![], now());
        editions.iter().fold(corpus, |corpus, list| {
            corpus.renewed(vec![], vec![Arc::clone(list)], vec![], now())
        })
    });
    assert!(most < 20 * least, "{most} {least}");
}

#[test]
fn many_lists_that_come_at_once_do_not_fill_the_memory() {
    let entries = || (0..100).map(|server| endorse(&format!("s{server}.example"))).collect();
    let lists = (0..200).map(|number| person(number).signs(&list("A curator", entries())));
    let mut lists: Vec<_> = lists.collect();
    lists.sort_by_key(|list| list.issuer().clone());
    let most_after = |first: usize| {
        let taken = allocation_counter::measure(|| {
            let corpus = Corpus::new(vec![], lists[..first].to_vec(), vec![], now());
            drop(corpus.renewed(vec![], lists.clone(), vec![], now()));
        });
        taken.bytes_max
    };
    let at_once = most_after(lists.len());
    assert!(most_after(0) < 3 * at_once, "on the first day of a node");
    assert!(most_after(100) < 3 * at_once, "when a neighbour brings as many again");
}

#[test]
fn a_stranger_who_names_another_source_each_time_makes_nobody_look_again() {
    let mut world = World::default();
    let [root, stranger] = [1, 3].map(person);
    world.root(&root, 1.0, twenty(10));
    let mut corpus = world.corpus();
    let mut view = rank(&world.policy, &corpus);
    for number in 1..60 {
        let source = Link::new(format!("https://{number}.example/list.json")).unwrap();
        let copied = Endorsement { imported_from: Some(source), ..endorse("s1.example") };
        world.lists.retain(|list| *list.issuer() == root.id);
        world.lists.push(stranger.signs_at(&list("Stranger", vec![copied]), now(), number));
        world = in_feed_order(world);
        corpus = corpus.renewed(vec![], world.lists.clone(), vec![], now());
        let next = rank_again(&world.policy, &corpus, &view);
        assert!(looked_at_again(&view, &next).is_empty(), "edition {number}");
        view = next;
    }
}
