//! Many servers with signed profiles, and one list that names them all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use url::Url;
use wellspring_document::{Profile, Timestamp, authoring};
use wellspring_fetch::{Answer, GetLimits, Validators};
use wellspring_node::{Clock, Config, DATABASE_FILE, Node, Opening, profile_url};
use wellspring_store::Store;
use wellspring_tests::{
    Community, Config as ConfigText, Home, Host, Network, Person, endorse, list,
};

/// How many addresses the servers share: so many that the limit for each address slows
/// nothing, and few enough to be held open.
const ADDRESSES: usize = 64;

/// The time of these nodes, which stands still.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// The servers and what names them.
pub(crate) struct World {
    profiles: BTreeMap<String, Bytes>,
    config: ConfigText,
    /// It answers for as long as it is there.
    _network: Network,
}

impl World {
    /// So many servers, with the same keys and documents each time.
    pub(crate) fn new(servers: usize) -> Self {
        let network = Network::new();
        let hosts = hosts(&network, servers);
        let body: Profile =
            authoring::read(include_str!("../../../../bench/profile.toml")).unwrap();
        let mut profiles = BTreeMap::new();
        let mut entries = Vec::new();
        for (number, host) in (0..).zip(&hosts) {
            let operator = Person::new(number);
            let body = Profile { server_name: host.name().parse().unwrap(), ..body.clone() };
            let document = operator.sign(&body, 1, now());
            assert!((3_300..3_700).contains(&document.len()), "{} bytes", document.len());
            host.serve_profile(&document);
            profiles.insert(host.name().to_owned(), document);
            entries.push(endorse(host.name(), &operator, "2026-09-01"));
        }
        let (curator, place) = (Person::new(u32::MAX), network.host("curator.test"));
        place.serve_list(&curator.sign(&list("Curator", entries), 1, now()));
        let config = ConfigText::new(&network)
            .feed(&place.url(Host::LIST))
            .community(&Community::new("town").trusts(curator.issuer(), 1.0));
        Self { profiles, config, _network: network }
    }

    /// How many servers there are.
    pub(crate) fn len(&self) -> usize {
        self.profiles.len()
    }

    /// Each server's profile.
    pub(crate) fn profiles(&self) -> impl Iterator<Item = (&str, &Bytes)> {
        self.profiles.iter().map(|(name, bytes)| (name.as_str(), bytes))
    }

    /// The folder of a new node that trusts the list.
    pub(crate) fn home(&self) -> Home {
        Home::new(&self.config)
    }

    /// Asks every server with the bare client, as many at once as a round does.
    pub(crate) async fn fetch(&self, home: &Home, known: impl Fn(&str) -> Option<Validators>) {
        let client = wellspring_node::guarded_client(&config(home.path())).unwrap();
        let questions: Vec<(Url, Option<Validators>)> = self
            .profiles
            .keys()
            .map(|name| {
                let url = profile_url(&name.parse().unwrap());
                (Url::parse(&url).unwrap(), known(&url))
            })
            .collect();
        let answers = futures_util::stream::iter(questions).map(|(url, known)| {
            let client = client.clone();
            async move {
                let limits = GetLimits::up_to(256 * 1024);
                let answer = client.get(&url, &limits, known.as_ref()).await.unwrap();
                assert_eq!(matches!(answer, Answer::NotModified { .. }), known.is_some());
            }
        });
        answers.buffer_unordered(4_096).collect::<()>().await;
    }
}

/// Servers on a few addresses.
pub(crate) fn hosts(network: &Network, servers: usize) -> Vec<Host> {
    let at = |address: usize| {
        let names = (address..servers).step_by(ADDRESSES);
        let names = names.map(|number| format!("server-{number:05}.address-{address:02}.test"));
        network.hosts_together(&format!("*.address-{address:02}.test"), names)
    };
    (0..ADDRESSES.min(servers)).flat_map(at).collect()
}

fn config(folder: &Path) -> Config {
    let text = std::fs::read_to_string(folder.join("wellspring.toml")).unwrap();
    Config::parse_in(&text, folder).unwrap()
}

/// The node in a folder.
pub(crate) fn open_in(folder: &Path) -> Arc<Node> {
    Node::open(Opening::configured(config(folder), Clock::Fixed(now()), [1; 32])).unwrap()
}

/// The database in a folder.
pub(crate) fn database(home: &Home) -> PathBuf {
    home.path().join("data").join(DATABASE_FILE)
}

/// How many servers a node shows with a confirmed profile.
pub(crate) fn confirmed(node: &Node) -> usize {
    let snapshot = node.snapshot();
    let servers = &snapshot.communities[0].view.servers;
    let is_confirmed = |status| status == wellspring_ranking::ProfileStatus::Confirmed;
    servers.iter().filter(|server| is_confirmed(server.profile.status)).count()
}

/// What to ask each server with, by the address of its profile.
pub(crate) fn validators(database: &Path) -> BTreeMap<String, Validators> {
    let sources = Store::open(database).unwrap().sources().unwrap().rows;
    let of = |source: wellspring_store::Source| {
        let url = Url::parse(&profile_url(&source.key.location.parse().ok()?)).ok()?;
        let kept = &source.validators;
        let validators =
            Validators::new(&url, kept.etag.as_deref(), kept.last_modified.as_deref())?;
        Some((url.to_string(), validators))
    };
    sources.into_iter().filter_map(of).collect()
}
