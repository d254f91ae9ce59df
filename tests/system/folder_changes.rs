//! A node that runs notices what happens in its folders of documents.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use bytes::Bytes;
use wellspring_tests::{Community, Config, Home, Network, Person, Serving, endorse, list, profile};

use crate::clock::{hours_later, now};

/// A node with a folder that is asked once a week, so that only changes make it look.
fn home(network: &Network, curator: &Person) -> Home {
    let config = Config::new(network)
        .section("[sync]\nevery_minutes = 10080\nsources = \"configured\"")
        .directory("documents")
        .community(&Community::new("town").trusts(curator.issuer(), 1.0));
    Home::new(&config)
}

/// Anna's list with so many servers.
fn anna_s_list(anna: &Person, servers: u32) -> Bytes {
    let entries = (1..=servers)
        .map(|number| endorse(&format!("s{number}.test"), &Person::new(number), "2026-09-01"));
    anna.sign(&list("Anna", entries), u64::from(servers), hours_later(-1))
}

/// Copies a file as programs do that want nobody to see half of it.
fn copy(folder: &Path, document: &[u8]) {
    fs::write(folder.join(".anna.json.Xa7"), document).unwrap();
    fs::rename(folder.join(".anna.json.Xa7"), folder.join("anna.json")).unwrap();
}

fn wait_for_servers(node: &Serving, servers: u32) {
    node.wait_for("/api/v1/servers", |answer| answer.json()["total"] == servers);
}

/// Waits until the folder has come to an outcome.
fn wait_for_outcome(node: &Serving, outcome: &str) {
    node.wait_for("/api/v1/status", |answer| answer.json()["outcomes"][outcome] == 1);
}

#[test]
fn what_comes_into_a_folder_is_shown_without_a_restart_and_nothing_goes_with_it() {
    let network = Network::new();
    let anna = Person::new(101);
    let home = home(&network, &anna);
    let folder = home.path().join("documents");
    let node = home.serve(now());
    wait_for_outcome(&node, "unreadable");

    fs::create_dir(&folder).unwrap();
    copy(&folder, &anna_s_list(&anna, 1));
    wait_for_servers(&node, 1);
    wait_for_outcome(&node, "good");
    copy(&folder, &anna_s_list(&anna, 2));
    wait_for_servers(&node, 2);

    // Half a document is no document, and no reason to look away.
    let whole = anna_s_list(&anna, 3);
    let (half, rest) = whole.split_at(whole.len() / 2);
    let mut file = File::create(folder.join("anna.json")).unwrap();
    file.write_all(half).unwrap();
    wait_for_outcome(&node, "malformed");
    file.write_all(rest).unwrap();
    drop(file);
    wait_for_servers(&node, 3);
    wait_for_outcome(&node, "good");

    // A new checkout takes the place of the folder.
    let next = home.path().join("next");
    fs::create_dir_all(next.join("lists")).unwrap();
    fs::write(next.join("lists/anna.json"), anna_s_list(&anna, 4)).unwrap();
    fs::rename(&folder, home.path().join("before")).unwrap();
    fs::rename(&next, &folder).unwrap();
    wait_for_servers(&node, 4);

    fs::remove_dir_all(&folder).unwrap();
    wait_for_outcome(&node, "unreadable");
    wait_for_servers(&node, 4);
    fs::create_dir(&folder).unwrap();
    copy(&folder, &anna_s_list(&anna, 5));
    wait_for_servers(&node, 5);
}

#[test]
fn a_change_in_a_folder_bothers_no_host_whose_time_has_not_come() {
    let network = Network::new();
    let anna = Person::new(101);
    let host = network.host("alpha.test");
    let community = Community::new("town").trusts(anna.issuer(), 1.0);
    let config = Config::new(&network)
        .section("[sync]\nevery_minutes = 10080")
        .directory("documents")
        .community(&community);
    let home = Home::new(&config);
    let folder = home.path().join("documents");
    fs::create_dir(&folder).unwrap();
    let named = |sequence| {
        let entries = [endorse("alpha.test", &Person::new(1), "2026-09-01")];
        anna.sign(&list(&format!("Anna {sequence}"), entries), sequence, hours_later(-1))
    };
    let operator = Person::new(1);
    host.serve_profile(&operator.sign(&profile("alpha.test"), 1, hours_later(-1)));
    copy(&folder, &named(1));
    let node = home.serve(now());
    network.wait_until("alpha is asked", |requests| !requests.is_empty());
    node.wait_for("/api/v1/curators", |answer| answer.text().contains("Anna 1"));
    copy(&folder, &named(2));
    node.wait_for("/api/v1/curators", |answer| answer.text().contains("Anna 2"));
    assert_eq!(host.statuses(), [Some(200)]);
}
