//! Mirrors: a node reads what another one has.

use std::fs;

use bytes::Bytes;
use wellspring_document::{BytesHash, Timestamp, profile::Listing};
use wellspring_tests::{
    Community, Config, Finished, Home, Host, Network, Person, Reply, Tree, TreeInMaking, endorse,
    list, profile, recommend, wellspring,
};

use crate::clock::{hours_later, now};

/// What a mirror gives is asked for there and nowhere else.
const NO_OTHERS: &str = "[sync]\nsources = \"configured\"";

fn days_later(days: i64) -> Timestamp {
    now().plus_days(days)
}

/// A node that has one mirror and trusts Anna.
fn home(network: &Network, from: &str, anna: &Person) -> Home {
    // Whose keys a server has is known from those alone whom Anna recommends.
    let town = Community::new("town").with("[community.policy.trust]\nveto = 0.5");
    let config = Config::new(network)
        .section(NO_OTHERS)
        .mirror(from, "")
        .community(&town.trusts(anna.issuer(), 1.0));
    Home::new(&config)
}

fn codes(outcome: &serde_json::Value) -> Vec<String> {
    let problems = outcome["problems"].as_array().unwrap_or_else(|| panic!("{outcome}"));
    problems.iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect()
}

/// The paths that were asked for since the last look, without the tree's own.
fn asked(network: &Network) -> Vec<String> {
    let paths = network.requests().into_iter().map(|request| {
        let status = request.status.unwrap_or_default();
        let path = request.path.trim_start_matches("/tree/").to_owned();
        if status == 200 { path } else { format!("{path} {status}") }
    });
    let mut paths: Vec<_> = paths.collect();
    network.forget_requests();
    paths.sort();
    paths
}

fn path(document: &Bytes) -> String {
    format!("documents/{}.json", wellspring_document::BytesHash::of(document))
}

#[test]
fn a_node_takes_what_matters_to_its_communities_and_only_what_is_new() {
    let network = Network::new();
    let (operator, anna, bert) = (Person::new(1), Person::new(101), Person::new(102));
    let (stranger, mirror) = (Person::new(666), Person::new(900));
    let host = network.host("mirror.test");
    // Anna recommends Bert, whose list only the mirror has, and Bert knows alpha's keys.
    let mut annas = list("Anna", []);
    annas.curators.push(recommend(&bert));
    let annas = anna.sign(&annas, 1, hours_later(-1));
    let berts = list("Bert", [endorse("alpha.test", &operator, "2026-09-01")]);
    let berts = bert.sign(&berts, 1, hours_later(-1));
    let alpha = operator.sign(&profile("alpha.test"), 1, hours_later(-1));
    let praise = list("Somebody", [endorse("mallory.test", &stranger, "2026-09-01")]);
    let strangers = [
        stranger.sign(&praise, 1, hours_later(-1)),
        stranger.sign(&profile("alpha.test"), 1, hours_later(-1)),
        stranger.sign(&profile("mallory.test"), 1, hours_later(-1)),
    ];
    let all = || [&annas, &berts, &alpha].into_iter().chain(&strangers);
    let tree = TreeInMaking::of(all()).sign(&mirror, 1, hours_later(-1));
    tree.serve_at(&host);

    let home = home(&network, &host.url("/tree"), &anna);
    let outcome = home.sync(now());
    assert_eq!(codes(&outcome), [""; 0], "{outcome}");
    assert_eq!(outcome["accepted"], 3, "{outcome}");
    let mut expected = vec![path(&annas), path(&berts), path(&alpha), "index.json".to_owned()];
    expected.extend(tree.parts());
    expected.sort();
    assert_eq!(asked(&network), expected);
    let server = home.rank(now()).server("alpha.test");
    assert_eq!(server.called(), Some("The server at alpha.test"));
    assert_eq!(home.rank(now()).names(), ["alpha.test"]);

    // Nothing is new.
    let outcome = home.sync(hours_later(1));
    assert_eq!((outcome["unchanged"].clone(), outcome["accepted"].clone()), (1.into(), 0.into()));
    assert_eq!(asked(&network), ["index.json 304"]);

    // One document and one part are.
    let newer = operator.sign(&profile("alpha.test"), 2, hours_later(1));
    let tree = TreeInMaking::of([&annas, &berts, &newer]).sign(&mirror, 2, hours_later(1));
    tree.serve_at(&host);
    assert_eq!(home.sync(hours_later(2))["accepted"], 1);
    let mut expected = vec![path(&newer), "index.json".to_owned()];
    expected.extend(tree.parts());
    expected.sort();
    assert_eq!(asked(&network), expected);

    // Whom a community comes to trust is taken from what the node knows of the index.
    let config = Config::new(&network)
        .section(NO_OTHERS)
        .mirror(&host.url("/tree/"), &format!("issuer = \"{}\"", mirror.issuer().as_str()))
        .community(&Community::new("town").trusts(stranger.issuer(), 1.0));
    TreeInMaking::of(all()).sign(&mirror, 3, hours_later(2)).serve_at(&host);
    home.sync(hours_later(3));
    network.forget_requests();
    home.configure(&config);
    let outcome = home.sync(hours_later(4));
    assert_eq!((codes(&outcome).len(), outcome["accepted"].clone()), (0, 2.into()), "{outcome}");
    let expected = [path(&strangers[0]), path(&strangers[2]), "index.json 304".to_owned()];
    let mut asked = asked(&network);
    asked.sort_by_key(|it| expected.iter().position(|path| path == it));
    assert_eq!(asked, expected);
    assert_eq!(home.rank(hours_later(4)).names(), ["mallory.test"]);
}

/// A mirror with Anna's list and the profile of alpha, which the list names with its keys.
struct Scene {
    network: Network,
    host: Host,
    operator: Person,
    anna: Person,
    mirror: Person,
    annas: Bytes,
}

impl Scene {
    fn new() -> Self {
        let network = Network::new();
        let (operator, anna, mirror) = (Person::new(1), Person::new(101), Person::new(900));
        let host = network.host("mirror.test");
        let endorsements = list("Anna", [endorse("alpha.test", &operator, "2026-09-01")]);
        let annas = anna.sign(&endorsements, 1, hours_later(-1));
        let alpha = operator.sign(&profile("alpha.test"), 1, hours_later(-1));
        TreeInMaking::of([&annas, &alpha]).sign(&mirror, 1, hours_later(-1)).serve_at(&host);
        Self { network, host, operator, anna, mirror, annas }
    }
}

#[test]
fn what_a_mirror_gives_is_no_sight_of_a_name() {
    let Scene { network, host, anna, .. } = Scene::new();
    let config = |trust: f64| {
        Config::new(&network)
            .section(NO_OTHERS)
            .mirror(&host.url("/tree/"), "")
            .community(&Community::new("town").trusts(anna.issuer(), trust))
    };
    // Anna names its keys, but is not trusted enough to say whose it is.
    let home = Home::new(&config(0.3));
    home.sync(now());
    assert_eq!(home.rank(now()).server("alpha.test").profile(), "unconfirmed");
    assert_eq!(home.rank(now()).server("alpha.test").called(), None);
    home.configure(&config(1.0));
    let server = home.rank(now()).server("alpha.test");
    assert_eq!(server.profile(), "confirmed");
    assert_eq!(server.json["profile"]["confirmation"]["how"], "curator");
    // The node has seen nothing, and says nothing about it.
    assert_eq!(home.store().sights().unwrap().rows, []);
}

#[test]
fn a_wish_not_to_be_listed_comes_through_mirrors() {
    let Scene { network, host, operator, anna, mirror, annas } = Scene::new();
    let home = home(&network, &host.url("/tree/"), &anna);
    home.sync(now());
    assert_eq!(home.rank(now()).names(), ["alpha.test"]);

    let mut unlisted = profile("alpha.test");
    unlisted.about.listing = Some(Listing::Unlisted);
    let unlisted = operator.sign(&unlisted, 2, now());
    TreeInMaking::of([&annas, &unlisted]).sign(&mirror, 2, now()).serve_at(&host);
    home.sync(hours_later(1));
    assert_eq!(home.rank(hours_later(1)).names(), [""; 0]);
}

#[test]
fn a_mirror_may_know_a_newer_profile_than_its_origin_serves() {
    let network = Network::new();
    let (operator, anna, mirror) = (Person::new(1), Person::new(101), Person::new(900));
    let (origin, host) = (network.host("alpha.test"), network.host("mirror.test"));
    let endorsements = list("Anna", [endorse("alpha.test", &operator, "2026-09-01")]);
    let annas = anna.sign(&endorsements, 1, hours_later(-1));
    let old = operator.sign(&profile("alpha.test"), 1, hours_later(-2));
    let new = operator.sign(&profile("alpha.test"), 2, hours_later(-1));
    origin.serve_profile(&old);
    let tree = |number, documents: [&Bytes; 2]| {
        TreeInMaking::of(documents).sign(&mirror, number, now()).serve_at(&host);
    };
    tree(1, [&annas, &old]);
    let config = Config::new(&network)
        .mirror(&host.url("/tree/"), "")
        .community(&Community::new("town").trusts(anna.issuer(), 1.0));
    let home = Home::new(&config);
    home.sync(now());
    let standing = |hours: i64| {
        let server = home.rank(hours_later(hours)).server("alpha.test").json["profile"].clone();
        let number = server["document"]["sequence"].clone();
        (server["confirmation"]["how"].clone(), number)
    };
    assert_eq!(standing(0), ("own-sight".into(), 1.into()));
    // Signed with the very keys that the name was seen to serve, it counts; the sight stays
    // what it was, and the origin is told that it serves an old one.
    tree(2, [&annas, &new]);
    let outcome = home.sync(hours_later(1));
    assert_eq!(standing(1), ("own-sight".into(), 2.into()));
    assert_eq!(codes(&outcome), [""; 0], "the origin has nothing new: {outcome}");
    let sights = home.store().sights().unwrap().rows;
    let old = wellspring_tests::index_entry(&old);
    assert_eq!(sights[0].1.identity, Some(old.identity));
}

/// A mirror with Anna's list and the profile of alpha, read by a node at `now`.
struct Mirrored {
    network: Network,
    host: Host,
    anna: Person,
    mirror: Person,
    annas: Bytes,
    alpha: Bytes,
    home: Home,
}

impl Mirrored {
    fn new() -> Self {
        let network = Network::new();
        let (operator, anna, mirror) = (Person::new(1), Person::new(101), Person::new(900));
        let host = network.host("mirror.test");
        let endorsements = list("Anna", [endorse("alpha.test", &operator, "2026-09-01")]);
        let (begin, end) = (hours_later(-1), days_later(98));
        let annas = anna.sign_until(&endorsements, 1, begin, end);
        let alpha = operator.sign_until(&profile("alpha.test"), 1, begin, end);
        let home = home(&network, &host.url("/tree/"), &anna);
        let mirrored = Self { network, host, anna, mirror, annas, alpha, home };
        mirrored.tree(1, 0, &[&mirrored.annas, &mirrored.alpha]);
        assert_eq!(mirrored.sync(0), [""; 0]);
        assert!(mirrored.has_alpha());
        mirrored
    }

    fn tree(&self, number: u64, days: i64, documents: &[&Bytes]) -> Tree {
        let tree = TreeInMaking::of(documents.iter().copied());
        let tree = tree.sign(&self.mirror, number, days_later(days));
        tree.serve_at(&self.host);
        tree
    }

    fn sync(&self, days: i64) -> Vec<String> {
        codes(&self.home.sync(days_later(days)))
    }

    fn has_alpha(&self) -> bool {
        self.home.store().document(BytesHash::of(&self.alpha)).unwrap().unwrap().bytes.is_some()
    }
}

#[test]
fn what_a_mirror_drops_is_erased_after_thirty_days() {
    let node = Mirrored::new();
    let export = |days| node.home.run("export", days_later(days), &["tree"]).well();
    let audit = |days| {
        let now = days_later(days).to_string();
        Finished::run(&mut wellspring(node.home.path(), ["audit", "tree", "--now", &now])).well();
    };
    export(0);
    // Another node has it from this one.
    let from = node.home.path().join("tree");
    let next = home(&node.network, from.to_str().unwrap(), &node.anna);
    assert_eq!(codes(&next.sync(days_later(0))), [""; 0]);
    let next_has = || next.store().document(BytesHash::of(&node.alpha)).unwrap().unwrap().bytes;
    assert!(next_has().is_some());

    node.tree(2, 1, &[&node.annas]);
    assert_eq!(node.sync(1), [""; 0]);
    export(1);
    audit(1);
    assert_eq!(codes(&next.sync(days_later(1))), [""; 0]);
    // It counts on until it is erased.
    assert_eq!(node.home.rank(days_later(1)).server("alpha.test").profile(), "confirmed");
    node.tree(3, 30, &[&node.annas]);
    assert_eq!(node.sync(30), [""; 0]);
    export(30);
    audit(30);
    assert_eq!(codes(&next.sync(days_later(30))), [""; 0]);
    assert!(node.has_alpha() && next_has().is_some());
    assert_eq!(node.sync(31), [""; 0]);
    export(31);
    audit(31);
    assert_eq!(codes(&next.sync(days_later(31))), [""; 0]);
    assert!(!node.has_alpha() && next_has().is_none(), "further mirrors erase it the same day");
    assert_eq!(node.home.rank(days_later(31)).server("alpha.test").profile(), "none");

    // Where the mirror has it again, so has the node.
    node.tree(4, 32, &[&node.annas, &node.alpha]);
    assert_eq!(node.sync(32), [""; 0]);
    assert!(node.has_alpha());
    assert_eq!(node.home.rank(days_later(32)).server("alpha.test").profile(), "confirmed");
}

#[test]
fn a_mirror_that_fails_or_stands_still_drops_nothing() {
    let node = Mirrored::new();
    let index = "/tree/index.json";
    node.host.reply(index, Reply::status(500));
    assert_eq!(node.sync(1), ["fetch.status"]);
    node.host.reply(index, Reply::status(404));
    assert_eq!(node.sync(2), ["tree.no-index"]);
    // An index whose parts are not there.
    let tree = node.tree(2, 3, &[&node.annas]);
    for part in tree.parts() {
        node.host.reply(&format!("/tree/{part}"), Reply::status(404));
    }
    assert_eq!(node.sync(3), ["tree.absent"]);
    // That one is there again, and has expired meanwhile.
    tree.serve_at(&node.host);
    assert_eq!(node.sync(12), ["mirror.expired"]);
    let status = node.home.run("status", days_later(12), &[&node.host.url("/tree")]);
    assert!(status.out.contains("Expired"), "{status:?}");
    for days in [40, 80] {
        assert_eq!(node.sync(days), ["mirror.expired"]);
        assert!(node.has_alpha());
    }
    assert_eq!(node.home.rank(days_later(80)).server("alpha.test").profile(), "confirmed");
}

#[test]
fn a_folder_that_is_copied_just_now_gives_what_is_there() {
    let network = Network::new();
    let (operator, anna, mirror) = (Person::new(1), Person::new(101), Person::new(900));
    let endorsements = list("Anna", [endorse("alpha.test", &operator, "2026-09-01")]);
    let annas = anna.sign(&endorsements, 1, hours_later(-1));
    let alpha = operator.sign(&profile("alpha.test"), 1, hours_later(-1));
    let newer = operator.sign(&profile("alpha.test"), 2, hours_later(-1));
    let home = home(&network, "tree", &anna);
    let folder = home.path().join("tree");
    assert_eq!(codes(&home.sync(now())), ["tree.no-index"]);
    TreeInMaking::of([&annas, &alpha]).sign(&mirror, 1, hours_later(-1)).write_to(&folder);
    assert_eq!(codes(&home.sync(now())), [""; 0]);
    let number = |hours| {
        home.rank(hours_later(hours)).server("alpha.test").json["profile"]["document"]["sequence"]
            .clone()
    };
    assert_eq!(number(0), 1);

    // The index came first; then its part, then the document.
    let tree = TreeInMaking::of([&annas, &newer]).sign(&mirror, 2, now());
    let mut files = tree.files;
    let mut copy = |beginning: &str| {
        for (path, bytes) in files.extract_if(.., |path, _| path.starts_with(beginning)) {
            fs::write(folder.join(path), bytes).unwrap();
        }
    };
    copy("index");
    assert_eq!(codes(&home.sync(hours_later(1))), ["tree.absent"]);
    copy("parts");
    assert_eq!(codes(&home.sync(hours_later(2))), ["tree.absent"]);
    assert_eq!(number(2), 1);
    copy("documents");
    assert_eq!(codes(&home.sync(hours_later(3))), [""; 0]);
    assert_eq!(number(3), 2);
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(codes(&home.sync(hours_later(4))), ["tree.no-index"]);
    assert_eq!(number(4), 2);
}
