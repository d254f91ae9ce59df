//! What changed in a list, and why: told once, over restarts, and nothing of who is unlisted.

use serde_json::{Value, json};
use wellspring_document::{Endorsement, Verdict};
use wellspring_store::ToldQuery;
use wellspring_tests::{Community, Config, Home, Host, Network, Person, Reply, entry, list, warn};

use crate::clock::{hours_later, now};

const API: &str = "/api/v1/changes";

struct Town {
    network: Network,
    curator: Person,
    anna: Host,
    alpha: Host,
}

impl Town {
    fn new() -> Self {
        let network = Network::new();
        let (anna, alpha) = (network.host("anna.test"), network.host("alpha.test"));
        Self { curator: Person::new(101), anna, alpha, network }
    }

    fn config(&self, community: Community) -> Config {
        let community = community.trusts(self.curator.issuer(), 1.0);
        Config::new(&self.network).feed(&self.anna.url(Host::LIST)).community(&community)
    }

    /// Anna signs a new issue of her list.
    fn lists(&self, issue: u64, entries: Vec<Endorsement>) {
        let list = list("Anna", entries);
        self.anna.serve_list(&self.curator.sign(&list, issue, hours_later(-1)));
    }
}

fn good(name: &str) -> Endorsement {
    entry(name, Verdict::Endorse, "2026-09-01")
}

fn rejected(name: &str) -> Endorsement {
    Endorsement { verdict: Verdict::Reject, ..warn(name, "2026-09-01", "2027-09-01") }
}

/// What an address of the API tells, as "change server".
fn told(answer: &Value) -> Vec<String> {
    let changes = answer["changes"].as_array().unwrap();
    let line = |it: &Value| {
        format!("{} {}", it["change"].as_str().unwrap(), it["server_name"].as_str().unwrap_or("–"))
    };
    changes.iter().map(line).collect()
}

#[test]
fn a_curators_new_list_is_told_with_what_it_moved_and_why() {
    let town = Town::new();
    town.lists(1, vec![good("alpha.test"), good("beta.test"), good("delta.test")]);
    let home = Home::new(&town.config(Community::new("town")));
    home.sync(now());
    town.lists(2, vec![rejected("alpha.test"), good("beta.test"), good("gamma.test")]);
    home.sync(hours_later(1));
    // Another round tells nothing again.
    home.sync(hours_later(2));

    let node = home.serve(hours_later(2));
    let answer = node.get(API).json();
    assert_eq!(
        told(&answer),
        ["fell alpha.test", "left delta.test", "entered gamma.test", "began –"]
    );
    let of_alpha = node.get(&format!("{API}?server=alpha.test")).json();
    let by = json!({ "issuer": town.curator.issuer().as_str() });
    assert_eq!(
        of_alpha["changes"],
        json!([{
            "at": hours_later(1).to_string(),
            "change": "fell",
            "server_name": "alpha.test",
            "before": { "score": 15.0, "category": "B" },
            "after": { "score": 0.0, "category": "D" },
            "reasons": [{
                "code": "rejection.veto",
                "was": "endorsement.endorsed",
                "by": by,
                "points": -15.0,
                "because": "otherwise",
            }],
            "criteria": [
                { "criterion": "listing.endorsed", "before": "met", "after": "not-met" },
                { "criterion": "listing.not-rejected", "before": "met", "after": "not-met" },
            ],
        }])
    );
    let since = format!("{API}?since={}&limit=1", hours_later(1));
    let part = node.get(&since).json();
    assert_eq!((part["total"].as_u64(), told(&part).len()), (Some(3), 1));
    let page = node.get("/changes");
    for words in [
        "Fell from 15.0 to 0.0 points",
        "Anna: from recommendation to rejection.",
        "A curator who is trusted enough to decide rejects it",
        "New recommendation by Anna.",
        "Left the list; it had 15.0 points",
    ] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    let of_one = node.get("/changes?server=gamma.test");
    assert!(of_one.text().contains("gamma.test") && !of_one.text().contains("alpha.test"));
}

#[test]
fn a_new_policy_is_one_change_that_blames_nobody() {
    let town = Town::new();
    town.lists(1, vec![good("alpha.test"), good("beta.test")]);
    let home = Home::new(&town.config(Community::new("town")));
    home.sync(now());
    town.lists(2, vec![good("alpha.test")]);
    home.configure(&town.config(Community::new("town").with("waiting_days = 400")));
    home.sync(hours_later(1));
    town.lists(3, vec![good("alpha.test"), good("beta.test")]);
    home.sync(hours_later(2));
    let node = home.serve(hours_later(2));
    let answer = node.get(API).json();
    assert_eq!(told(&answer), ["entered beta.test", "policy –", "began –"]);
    assert!(node.get("/changes").text().contains("The policy of this community changed"));
}

#[test]
fn who_is_unlisted_is_erased_from_what_was_told() {
    let town = Town::new();
    town.lists(1, vec![good("beta.test")]);
    let home = Home::new(&town.config(Community::new("town")));
    home.sync(now());
    town.lists(2, vec![good("beta.test"), rejected("alpha.test")]);
    home.sync(hours_later(1));
    town.alpha.reply(Host::PROFILE, Reply::file("{\"listing\": \"unlisted\"}"));
    home.sync(hours_later(2));

    let node = home.serve(hours_later(2));
    assert_eq!(told(&node.get(API).json()), ["began –"]);
    assert!(!node.get("/changes").text().contains("alpha.test"));
    let refused = node.get(&format!("{API}?server=alpha.test"));
    assert_eq!(refused.json()["error"]["code"], "server.unlisted");
    drop(node);
    let query = ToldQuery {
        community: "town",
        since: None,
        server_name: None,
        hidden: &[],
        limit: 100,
        offset: 0,
    };
    assert_eq!(home.store().told_changes(&query).unwrap().0, 1, "nor is it in the database");
}
