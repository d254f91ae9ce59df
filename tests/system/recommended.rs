//! How far trust reaches, and whose lists a node reads because of it.

use wellspring_document::{CuratorOpinion, Link, Opinion};
use wellspring_tests::{
    Community, Config, Home, Host, Network, Person, Reply, endorse, list, profile,
};

use crate::clock::{hours_later, now};

fn opinion(about: &Person, opinion: Opinion, list_url: Option<&Host>) -> CuratorOpinion {
    CuratorOpinion {
        issuer: about.issuer().clone(),
        opinion,
        name: None,
        list_url: list_url.map(|host| Link::new(host.url(Host::LIST)).unwrap()),
        reason: None,
    }
}

/// Anna recommends Carla, Carla recommends Dora, Dora recommends Emil; only Anna's list is
/// in the configuration.
struct Chain {
    network: Network,
    operator: Person,
    anna: Person,
}

impl Chain {
    fn new() -> Self {
        let network = Network::new();
        let operator = Person::new(1);
        let people: Vec<_> = (101..).map(Person::new).take(4).collect();
        let names = ["Anna", "Carla", "Dora", "Emil"];
        let hosts: Vec<_> = names
            .iter()
            .map(|name| network.host(&format!("{}.test", name.to_lowercase())))
            .collect();
        for (place, name) in names.iter().enumerate() {
            let mut entries = vec![endorse("alpha.test", &operator, "2026-09-01")];
            if *name == "Dora" {
                entries.push(endorse("beta.test", &operator, "2026-09-01"));
            }
            let mut list = list(name, entries);
            if let (Some(next), Some(host)) = (people.get(place + 1), hosts.get(place + 1)) {
                list.curators.push(opinion(next, Opinion::Recommend, Some(host)));
            }
            hosts[place].serve_list(&people[place].sign(&list, 1, hours_later(-1)));
        }
        for name in ["alpha.test", "beta.test"] {
            network.host(name).serve_profile(&operator.sign(&profile(name), 1, hours_later(-1)));
        }
        Self { network, operator, anna: people[0].clone() }
    }

    fn config(&self, community: &Community) -> Config {
        let feed = "https://anna.test/.well-known/wellspring/endorsements.json";
        Config::new(&self.network).feed(feed).community(community)
    }
}

#[test]
fn recommended_lists_are_read_as_far_as_trust_reaches_and_speak_with_one_voice() {
    let chain = Chain::new();
    let home = Home::new(&chain.config(&Community::new("town").trusts(chain.anna.issuer(), 1.0)));
    home.sync(now());
    let asked: Vec<_> = chain.network.requests().into_iter().map(|request| request.host).collect();
    for host in ["anna.test", "carla.test", "dora.test"] {
        assert!(asked.contains(&host.to_owned()), "{asked:?}");
    }
    assert!(!asked.contains(&"emil.test".to_owned()), "three recommendations away: {asked:?}");

    // Trust halves with each recommendation: Anna 1, Carla 0.5, Dora 0.25. Carla and Dora
    // are trusted because of one and the same recommendation, so they are one voice.
    // - alpha: Anna 0.6, 30.0; Carla 0.5 × 0.6, 50 × (1 − 0.4 × 0.7) = 36.0.
    // - beta: Dora 0.25 × 0.6 = 0.15, 7.5.
    let view = home.rank(now());
    assert_eq!(
        view.summary(),
        "\
alpha.test 36.0 A: endorsement.endorsed 30.0 Anna, endorsement.endorsed 6.0 Carla, \
endorsement.same-voice 0.0 Dora
beta.test 7.5 B: endorsement.endorsed 7.5 Dora
"
    );
    let trust: Vec<_> = view.json()["curators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|curator| curator["trust"].as_f64().unwrap())
        .collect();
    assert_eq!(trust, [1.0, 0.5, 0.25]);
}

#[test]
fn a_node_that_follows_nobody_asks_only_whom_its_configuration_names() {
    let chain = Chain::new();
    let community = Community::new("town").trusts(chain.anna.issuer(), 1.0);
    let config = chain.config(&community).section("[sync]\nsources = \"configured\"");
    Home::new(&config).sync(now());
    let asked: Vec<_> = chain.network.requests().into_iter().map(|request| request.host).collect();
    assert_eq!(asked, ["anna.test"]);
}

#[test]
fn a_community_that_trusts_only_its_roots_reads_only_their_lists() {
    let chain = Chain::new();
    let community = Community::new("town")
        .trusts(chain.anna.issuer(), 1.0)
        .with("[community.policy.trust]\ndepth = 0");
    let home = Home::new(&chain.config(&community));
    home.sync(now());
    let asked: Vec<_> = chain.network.requests().into_iter().map(|request| request.host).collect();
    assert_eq!(asked, ["anna.test", "alpha.test"]);
    assert_eq!(home.rank(now()).names(), ["alpha.test"]);
}

#[test]
fn whom_a_root_distrusts_nobody_recommends() {
    let chain = Chain::new();
    let ben = Person::new(201);
    let host = chain.network.host("ben.test");
    let mut bens = list("Ben", [endorse("alpha.test", &chain.operator, "2026-09-01")]);
    bens.curators.push(opinion(&Person::new(102), Opinion::Distrust, None));
    host.serve_list(&ben.sign(&bens, 1, hours_later(-1)));
    let community =
        Community::new("town").trusts(chain.anna.issuer(), 1.0).trusts(ben.issuer(), 0.6);
    let home = Home::new(&chain.config(&community).feed(&host.url(Host::LIST)));
    // Anna's word and Ben's may come in any order within a round.
    chain.network.answer_in_order(["ben.test", "anna.test"]);
    home.sync(now());
    let asked: Vec<_> = chain.network.requests().into_iter().map(|request| request.host).collect();
    assert!(!asked.contains(&"carla.test".to_owned()), "{asked:?}");
    let view = home.rank(now());
    assert_eq!(view.json()["distrusted"][0]["issuer"], Person::new(102).issuer().as_str());
    assert_eq!(view.names(), ["alpha.test"]);
}

#[test]
fn a_domain_confirms_the_curator_whose_list_it_publishes() {
    let network = Network::new();
    let [anna, ben, carla, dora] = [101, 102, 103, 104].map(Person::new);
    let signed = |name, person: &Person| person.sign(&list(name, []), 1, hours_later(-1));
    let annas = network.host("anna.test");
    annas.serve_list(&signed("Anna", &anna));
    let pages = network.host("pages.test");
    pages.reply("/ben/list.json", Reply::file(signed("Ben", &ben)));
    let (carlas, doras) = (network.host("carla.test"), network.host("dora.test"));
    carlas.serve_list(&signed("Carla", &carla));
    doras.serve_list(&signed("Dora", &dora));
    let mut community = Community::new("town");
    for curator in [&anna, &ben, &carla, &dora] {
        community = community.trusts(curator.issuer(), 1.0);
    }
    let addresses = [&annas, &carlas, &doras].map(|host| host.url(Host::LIST));
    let config = Config::new(&network).feed(&pages.url("/ben/list.json"));
    let config = addresses.iter().fold(config, |config, url| config.feed(url));
    let home = Home::new(&config.community(&community));
    home.sync(now());
    // One domain falls to somebody with a list of their own, the other has none any more.
    carlas.serve_list(&signed("Mallory", &Person::new(666)));
    doras.reply(Host::LIST, Reply::status(404));
    home.sync(hours_later(2));

    let node = home.serve(hours_later(2));
    let page = node.get("/curators").text().to_owned();
    let (_, cards) = page.split_once("id=\"curators\"").unwrap();
    let standing = |name: &str| {
        let (_, card) = cards.split_once(&format!("dir=\"ltr\">{name}<")).unwrap();
        card.split("</article>").next().unwrap().to_owned()
    };
    assert!(standing("Anna").contains("Confirmed by <code>anna.test</code>"), "{page}");
    for name in ["Ben", "Carla", "Dora"] {
        assert!(standing(name).contains("unconfirmed"), "{name}: {page}");
    }
}
