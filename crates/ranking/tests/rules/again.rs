//! Only what a change touches is looked at again.

use std::sync::Arc;

use wellspring_document::{Body, Endorsement, Observation, Verified};
use wellspring_ranking::{Corpus, RankedServer, View, rank, rank_again};

use crate::world::{World, date, endorse, list, name, now, person};

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
    let mut corpus = world.corpus();
    let mut view = rank(&world.policy, &corpus);
    let mut again = |seconds: i64| {
        let reports = world.reports.clone();
        let at = now().plus_seconds(seconds);
        let next = std::mem::replace(&mut corpus, world.corpus());
        corpus = next.renewed(vec![], world.lists.clone(), reports, at);
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
    assert!(again(7_200).is_empty());
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
        let mut kept = None;
        let allocated = allocation_counter::measure(|| {
            let corpus = Corpus::new(vec![], vec![Arc::clone(&editions[0])], vec![], now());
            let later = editions[1..count].iter();
            kept = Some(later.fold(corpus, |corpus, list| {
                corpus.renewed(vec![], vec![Arc::clone(list)], vec![], now())
            }));
        });
        allocated.bytes_current
    };
    assert!(kept_after(39) < 4 * kept_after(1));
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
