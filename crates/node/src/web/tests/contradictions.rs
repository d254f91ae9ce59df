//! What the page of a server says where somebody contradicts themselves, or is contradicted.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use wellspring_document::{
    Body, EndorsementList, ObservationReport, Profile, SigningKey, Timestamp,
};

use super::get;
use crate::example::REFERENCE;
use crate::{Clock, Config, Issuer, Node, Opening, SyncScope};

fn issuer(seed: u8) -> Issuer {
    Issuer::start(SigningKey::from_seed([seed; 32]), at(-3)).unwrap()
}

fn at(days: i64) -> Timestamp {
    REFERENCE.plus_days(days)
}

/// Signs a document with the number 1 into a file of its own.
fn put<T: Body>(dir: &Path, by: &Issuer, body: serde_json::Value) -> String {
    let body: T = serde_json::from_value(body).unwrap();
    let signed = by.sign(&body, 1, at(-1), 7).unwrap();
    let bytes = signed.bytes().clone();
    let identity = signed.verify::<T>().unwrap().identity().to_string();
    fs::write(dir.join(format!("{identity}.json")), bytes).unwrap();
    identity
}

fn list(name: &str, operator: &Issuer) -> serde_json::Value {
    json!({
        "curator": {"name": {"en": name}},
        "entries": [{
            "server_name": "lindenhof.example",
            "issuer": operator.history().issuer(),
            "verdict": "endorse",
        }],
    })
}

/// A node over a folder, for a community that trusts a curator and two observers.
async fn node(dir: &Path, curator: &Issuer, observers: [&Issuer; 2]) -> Arc<Node> {
    let [one, two] = observers.map(|observer| observer.history().issuer().clone());
    let text = format!(
        "[node]\ndata_dir = \"data\"\n[sync]\nsources = \"configured\"\n\
         [[directory]]\npath = \".\"\n[[community]]\nid = \"a\"\nname.en = \"A\"\n\
         [community.policy]\nname = \"a\"\nobservers = [\"{one}\", \"{two}\"]\n\
         [[community.policy.curators]]\nissuer = \"{}\"\n",
        curator.history().issuer()
    );
    let config = Config::parse_in(&text, dir).unwrap();
    let node = Node::open(Opening::configured(config, Clock::Fixed(REFERENCE), [9; 32])).unwrap();
    let outcome = node.sync(SyncScope::All, &|_| {}).await.unwrap();
    assert_eq!(outcome.problems, []);
    node
}

#[tokio::test]
async fn two_lists_with_one_number_are_both_shown_and_one_counts() {
    let dir = tempfile::tempdir().unwrap();
    let (operator, curator) = (issuer(1), issuer(2));
    let mut identities = [
        put::<EndorsementList>(dir.path(), &curator, list("One", &operator)),
        put::<EndorsementList>(dir.path(), &curator, list("Other", &operator)),
    ];
    identities.sort();
    let router = super::router(&node(dir.path(), &curator, [&issuer(3), &issuer(4)]).await);
    let page = get(&router, "/servers/lindenhof.example").await;
    let rows: Vec<&str> =
        page.text().split("<tr>").filter(|row| row.contains("Endorsement list")).collect();
    let row_of = |identity: &str| *rows.iter().find(|row| row.contains(identity)).unwrap();
    assert_eq!(rows.len(), 2, "{rows:#?}");
    assert!(row_of(&identities[0]).contains(">Counts<"), "the smaller identity counts");
    assert!(row_of(&identities[1]).contains("Contradicts another with the same number"));
}

#[tokio::test]
async fn a_claim_that_was_measured_otherwise_is_told_with_the_measurement() {
    let dir = tempfile::tempdir().unwrap();
    let (operator, curator) = (issuer(1), issuer(2));
    let observers = [issuer(3), issuer(4)];
    let profile = put::<Profile>(
        dir.path(),
        &operator,
        json!({
            "server_name": "lindenhof.example",
            "about": {"name": {"en": "Lindenhof"}},
            "registration": {"mode": "open"},
        }),
    );
    put::<EndorsementList>(dir.path(), &curator, list("Curator", &operator));
    for observer in &observers {
        put::<ObservationReport>(
            dir.path(),
            observer,
            json!({
                "observer": {"name": {"en": "Observer"}},
                "entries": [{
                    "server_name": "lindenhof.example",
                    "observed_at": at(-2),
                    "registration": "closed",
                    "profile": {
                        "status": "served",
                        "identity": profile,
                        "issuer": operator.history().issuer(),
                        "seen_at": at(-2),
                        "first_seen_at": at(-2),
                        "profile_first_seen_at": at(-2),
                        "issuer_first_seen_at": at(-2),
                    },
                }],
            }),
        );
    }
    let router = super::router(&node(dir.path(), &curator, observers.each_ref()).await);
    let page = get(&router, "/servers/lindenhof.example").await;
    assert!(page.text().contains("Said otherwise than measured."), "{}", page.text());
    assert!(page.text().contains("2 of 2 observers"), "{}", page.text());
}
