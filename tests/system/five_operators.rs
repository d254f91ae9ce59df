//! Five operators, two curators, one node: from signed files behind TLS to a ranked list.

use std::collections::BTreeMap;

use wellspring_document::{EndorsementList, Verdict};
use wellspring_tests::{
    Community, Config, Home, Host, Network, Person, endorse, entry, list, profile, warn,
};

use crate::clock::{hours_later, now};

pub(crate) const SERVERS: [&str; 5] =
    ["alpha.test", "beta.test", "delta.test", "epsilon.test", "gamma.test"];

/// The sequence number of everything that is served at the beginning.
pub(crate) const FIRST: u64 = 2;

/// The operators with their hosts, and the curators Anna and Ben with theirs.
pub(crate) struct Five {
    pub(crate) network: Network,
    pub(crate) operators: BTreeMap<&'static str, (Person, Host)>,
    pub(crate) anna: (Person, Host),
    pub(crate) ben: (Person, Host),
}

impl Five {
    /// Everybody serves what they signed an hour ago.
    pub(crate) fn new() -> Self {
        let network = Network::new();
        let operator =
            |(number, name): (u32, &'static str)| (name, (Person::new(number), network.host(name)));
        let five = Self {
            operators: (1..).zip(SERVERS).map(operator).collect(),
            anna: (Person::new(101), network.host("anna.test")),
            ben: (Person::new(102), network.host("ben.test")),
            network,
        };
        for (name, (operator, host)) in &five.operators {
            host.serve_profile(&operator.sign(&profile(name), FIRST, hours_later(-1)));
        }
        let (anna, host) = &five.anna;
        host.serve_list(&anna.sign(&five.annas_list(), FIRST, hours_later(-1)));
        let (ben, host) = &five.ben;
        host.serve_list(&ben.sign(&five.bens_list(), FIRST, hours_later(-1)));
        five
    }

    pub(crate) fn operator(&self, name: &str) -> &Person {
        &self.operators[name].0
    }

    pub(crate) fn host(&self, name: &str) -> &Host {
        &self.operators[name].1
    }

    pub(crate) fn annas_list(&self) -> EndorsementList {
        let mut beta = endorse("beta.test", self.operator("beta.test"), "2026-09-01");
        beta.verdict = Verdict::List;
        list(
            "Anna",
            [
                endorse("alpha.test", self.operator("alpha.test"), "2026-09-01"),
                beta,
                endorse("delta.test", self.operator("delta.test"), "2026-09-01"),
                // Anna knows this one by its name alone.
                entry("gamma.test", Verdict::Endorse, "2026-09-01"),
            ],
        )
    }

    pub(crate) fn bens_list(&self) -> EndorsementList {
        let mut epsilon = endorse("epsilon.test", self.operator("epsilon.test"), "2026-11-21");
        epsilon.verdict = Verdict::List;
        list(
            "Ben",
            [
                endorse("alpha.test", self.operator("alpha.test"), "2026-10-01"),
                endorse("beta.test", self.operator("beta.test"), "2026-10-01"),
                warn("delta.test", "2026-10-01", "2027-10-01"),
                epsilon,
            ],
        )
    }

    /// A node that trusts Anna in full and Ben by half, which is enough to decide.
    pub(crate) fn config(&self) -> Config {
        Config::new(&self.network)
            .feed(&self.anna.1.url(Host::LIST))
            .feed(&self.ben.1.url(Host::LIST))
            .community(&self.community("town"))
    }

    pub(crate) fn community(&self, id: &str) -> Community {
        let (anna, ben) = (self.anna.0.issuer(), self.ben.0.issuer());
        // From 0.5 on, so that Ben may decide as well.
        let community = Community::new(id).with("[community.policy.trust]\nveto = 0.5");
        community.trusts(anna, 1.0).trusts(ben, 0.5)
    }
}

/// What the node makes of it while all is well.
///
/// Endorsement is 50 × (1 − Π(1 − trust × verdict × freshness × binding)), the strongest
/// voice first, rounded to tenths as it grows. Every review is fresh.
/// - alpha: Anna 1 × 0.6 = 0.6, 30.0; with Ben 0.5 × 0.6 = 0.3, 50 × (1 − 0.4 × 0.7) = 36.0.
/// - beta: Ben 0.3, 15.0; with Anna's `list` 1 × 0.25, 50 × (1 − 0.7 × 0.75) = 23.75, which
///   rounds to 23.8.
/// - delta: Anna 30.0; Ben's warning takes 20 × 0.5 = 10.0.
/// - gamma: Anna without a key counts half, 0.3, 15.0.
/// - epsilon: Ben's `list` 0.5 × 0.25 = 0.125, 6.25, which rounds to 6.3.
///
/// Alpha and beta have a signed profile, two voices and reviews older than 30 days: A. Gamma
/// has one voice: B. A warning makes C of delta, and the waiting period of epsilon, whom Ben
/// first reviewed yesterday.
pub(crate) const ALL_WELL: &str = "\
alpha.test 36.0 A: endorsement.endorsed 30.0 Anna, endorsement.endorsed 6.0 Ben
beta.test 23.8 A: endorsement.endorsed 15.0 Ben, endorsement.listed 8.8 Anna
delta.test 20.0 C: warning.strongest -10.0 Ben, endorsement.endorsed 30.0 Anna
gamma.test 15.0 B: endorsement.endorsed 15.0 Anna
epsilon.test 6.3 C: endorsement.listed 6.3 Ben
";

#[test]
fn a_node_ranks_what_operators_and_curators_signed() {
    let five = Five::new();
    let home = Home::new(&five.config());
    let outcome = home.sync(now());
    assert_eq!(outcome["problems"].as_array().map(Vec::len), Some(0), "{outcome}");
    // Five profiles and two lists.
    assert_eq!(outcome["asked"], 7, "{outcome}");
    assert_eq!(outcome["accepted"], 7, "{outcome}");

    let view = home.rank(now());
    assert_eq!(view.summary(), ALL_WELL);
    for server in view.servers() {
        assert_eq!(server.profile(), "confirmed", "{}", server.name());
        assert_eq!(server.called(), Some(&*format!("The server at {}", server.name())));
    }
}

#[test]
fn a_served_node_gives_the_same_list_and_the_exact_bytes_behind_it() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    let node = home.serve(now());
    assert_eq!(node.get("/healthz").status, 200);

    let answer = node.get("/api/v1/servers");
    assert_eq!(answer.status, 200);
    assert!(answer.kind.starts_with("application/json"), "{}", answer.kind);
    let listed = answer.json();
    let listed: Vec<_> =
        listed["servers"].as_array().unwrap().iter().map(|it| &it["server_name"]).collect();
    assert_eq!(listed, ["alpha.test", "beta.test", "delta.test", "gamma.test", "epsilon.test"]);

    let alpha = home.rank(now()).server("alpha.test");
    let hash = alpha.json["profile"]["document"]["bytes_hash"].as_str().unwrap();
    let document = node.get(&format!("/api/v1/documents/{hash}"));
    let signed = five.operator("alpha.test").sign(&profile("alpha.test"), FIRST, hours_later(-1));
    assert_eq!(document.body, signed);

    let answer = node.get("/api/v1/servers/alpha.test").json();
    assert_eq!(answer["server"], alpha.json, "the same with all reasons");
    assert_eq!(node.get("/api/v1/servers/nobody.test").status, 404);
}

#[test]
fn a_second_sync_asks_again_and_gets_nothing_new() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    let documents = current_documents(&home);
    five.network.forget_requests();

    let outcome = home.sync(hours_later(1));
    assert_eq!(outcome["asked"], 7, "{outcome}");
    assert_eq!(outcome["unchanged"], 7, "{outcome}");
    assert_eq!(outcome["accepted"], 0, "{outcome}");
    let requests = five.network.requests();
    assert_eq!(requests.len(), 7);
    for request in requests {
        assert_eq!(request.status, Some(304), "{request:?}");
    }
    assert_eq!(current_documents(&home), documents);
    assert_eq!(home.rank(hours_later(1)).summary(), ALL_WELL);
}

#[test]
fn a_source_that_fails_keeps_what_was_good() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    five.host("alpha.test").reply(Host::PROFILE, wellspring_tests::Reply::status(500));
    five.host("beta.test").reply(Host::PROFILE, wellspring_tests::Reply::HangUp);
    five.anna.1.reply(Host::LIST, wellspring_tests::Reply::status(404));

    home.sync(hours_later(1));
    assert_eq!(home.failure("alpha.test").as_deref(), Some("fetch.status"));
    assert_eq!(home.failure("beta.test").as_deref(), Some("fetch.broken"));
    assert_eq!(home.failure(&five.anna.1.url(Host::LIST)).as_deref(), Some("source.absent"));
    assert_eq!(home.rank(hours_later(1)).summary(), ALL_WELL);
}

/// What the store holds, as identities.
fn current_documents(home: &Home) -> Vec<String> {
    let documents = home.store().load(now()).unwrap().rows;
    documents.iter().map(|document| document.identity().to_string()).collect()
}
