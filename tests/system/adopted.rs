//! Lists that exist unsigned, and a node that vouches for them.

use std::fs;
use std::path::Path;

use wellspring_store::{EntryChange, Event};
use wellspring_tests::{Community, Config, Home, Host, Network, Reply, View};

use crate::clock::{hours_later, now};

const URL: &str = "https://lists.test/servers.json";
const CREDIT: &str = "credit = { name = \"The listers\", link = \"https://lists.test/\" }";

/// A list in the shape that joinmatrix.org serves.
fn servers(names: &[&str]) -> String {
    let entry =
        |name: &&str| format!("{{\"name\": \"{name}\", \"homepage\": \"https://{name}/\"}}");
    let entries: Vec<_> = names.iter().map(entry).collect();
    format!("{{\"public_servers\": [{}], \"private_servers\": []}}", entries.join(", "))
}

/// A node with one adopted list and nothing else; it asks no server for a profile.
fn config(network: &Network, more: &str) -> Config {
    Config::new(network)
        .section("[sync]\nsources = \"configured\"")
        .adopt(URL, more)
        .community(&Community::new("town").uses(URL, 0.5))
}

fn lists(network: &Network, names: &[&str]) -> Host {
    let host = network.host("lists.test");
    host.reply("/servers.json", Reply::file(servers(names)));
    host
}

fn days_later(days: i64) -> wellspring_document::Timestamp {
    hours_later(24 * days)
}

/// The category of each server, and since when it is known.
fn standing(view: &View) -> Vec<(String, String, String)> {
    let standing = |server: &wellspring_tests::Server| {
        let since = server.json["waiting"]["since"].as_str().unwrap().to_owned();
        (server.name().to_owned(), server.category().to_owned(), since)
    };
    view.servers().iter().map(standing).collect()
}

fn expect(name: &str, category: &str, since: &str) -> (String, String, String) {
    (name.to_owned(), category.to_owned(), format!("{since}T00:00:00Z"))
}

#[test]
fn a_node_with_one_adopted_list_has_servers_to_recommend_on_its_first_day() {
    let network = Network::new();
    lists(&network, &["alpha.test", "beta.test"]);
    let home = Home::new(&config(&network, CREDIT));
    let outcome = home.sync(now());
    assert_eq!(outcome["asked"], 1, "{outcome}");
    assert_eq!(outcome["accepted"], 1, "{outcome}");

    // Trust 0.5 × `list` 0.25 × no date at all 0.4 × no key 0.5 = 0.025, 1.25, which rounds
    // to 1.3.
    let view = home.rank(now());
    assert_eq!(
        view.summary(),
        "\
alpha.test 1.3 B: endorsement.listed 1.3 The listers
beta.test 1.3 B: endorsement.listed 1.3 The listers
"
    );
    let curator = &view.json()["curators"][0];
    assert_eq!(curator["adopted_from"], URL);
    let website = &view.server("alpha.test").json["about"]["value"]["website"];
    assert_eq!(website, "https://alpha.test/");
    let signed = home.store().load(now()).unwrap().rows;
    let text = String::from_utf8(signed[0].bytes().to_vec()).unwrap();
    assert!(
        text.contains("\"credit\":{\"link\":\"https://lists.test/\",\"name\":\"The listers\"}")
    );
}

#[test]
fn a_name_that_appears_later_waits_like_everybody() {
    let network = Network::new();
    let host = lists(&network, &["alpha.test", "beta.test"]);
    let home = Home::new(&config(&network, ""));
    home.sync(now());
    host.reply("/servers.json", Reply::file(servers(&["alpha.test", "gamma.test"])));
    home.sync(days_later(1));

    // Names of the first copy count as known for 30 days, others since they appeared.
    assert_eq!(
        standing(&home.rank(days_later(1))),
        [expect("alpha.test", "B", "2026-10-23"), expect("gamma.test", "C", "2026-11-23")]
    );
    assert_eq!(home.rank(days_later(31)).server("gamma.test").category(), "B");

    // Who comes back is remembered.
    host.reply("/servers.json", Reply::file(servers(&["alpha.test", "beta.test", "gamma.test"])));
    home.sync(days_later(2));
    let beta = home.rank(days_later(2)).server("beta.test");
    assert_eq!(beta.json["waiting"]["since"], "2026-10-23T00:00:00Z");

    // Both changes are on record.
    let beta = "beta.test".parse().unwrap();
    let changes = home.store().changes_of(&beta, 10).unwrap().rows;
    let events: Vec<_> = changes.into_iter().map(|change| change.event).collect();
    let list = wellspring_document::Verdict::List;
    assert_eq!(
        events,
        [
            Event::EntryChanged { entry: EntryChange::Added { verdict: list } },
            Event::EntryChanged { entry: EntryChange::Removed { verdict: list } },
        ]
    );
}

#[test]
fn the_dates_of_the_list_count_for_its_first_copy() {
    let network = Network::new();
    let host = lists(&network, &["alpha.test"]);
    let dates = "list_date = \"2026-10-01\"\nvouched_since = \"2026-06-01\"";
    let home = Home::new(&config(&network, dates));
    home.sync(now());
    host.reply("/servers.json", Reply::file(servers(&["alpha.test", "beta.test"])));
    home.sync(days_later(1));
    let view = home.rank(days_later(1));
    assert_eq!(
        standing(&view),
        [expect("alpha.test", "B", "2026-06-01"), expect("beta.test", "C", "2026-11-23")]
    );
    // Dated within half a year, it counts in full: 0.5 × 0.25 × 1 × 0.5 = 0.0625, 3.1.
    assert_eq!(view.server("alpha.test").score(), 3.1);
}

#[test]
fn a_list_that_never_changes_is_signed_again_before_its_signature_runs_out() {
    let network = Network::new();
    let host = lists(&network, &["alpha.test"]);
    let home = Home::new(&config(&network, ""));
    for day in [0, 50, 100, 150] {
        let outcome = home.sync(days_later(day));
        assert_eq!(outcome["problems"].as_array().map(Vec::len), Some(0), "{outcome}");
        let view = home.rank(days_later(day));
        assert_eq!(view.json()["curators"][0]["state"], "live", "after {day} days");
        assert_eq!(view.server("alpha.test").json["waiting"]["since"], "2026-10-23T00:00:00Z");
    }
    assert_eq!(host.statuses(), [Some(200), Some(304), Some(304), Some(304)]);
}

#[test]
fn what_the_configuration_says_of_a_list_counts_although_the_list_is_the_same() {
    let network = Network::new();
    lists(&network, &["alpha.test"]);
    let home = Home::new(&config(&network, ""));
    home.sync(now());
    home.configure(&config(&network, CREDIT));
    let outcome = home.sync(hours_later(1));
    assert_eq!(outcome["unchanged"], 1, "{outcome}");
    assert_eq!(
        home.rank(hours_later(1)).server("alpha.test").reasons(),
        ["endorsement.listed 1.3 The listers"]
    );
}

#[test]
fn a_node_with_new_keys_signs_an_unchanged_list_with_them() {
    let network = Network::new();
    lists(&network, &["alpha.test"]);
    let home = Home::new(&config(&network, ""));
    home.sync(now());
    for file in ["data/node-key.pem", "data/node-key-history.json"] {
        fs::remove_file(home.path().join(file)).unwrap();
    }
    home.sync(hours_later(1));
    assert_eq!(home.rank(hours_later(1)).names(), ["alpha.test"]);
}

#[test]
fn a_list_that_turns_into_something_else_keeps_what_it_said() {
    let network = Network::new();
    let host = lists(&network, &["alpha.test"]);
    let home = Home::new(&config(&network, ""));
    home.sync(now());
    for (body, code) in [
        ("<html>gone fishing</html>", "json.syntax"),
        ("{\"servers\": []}", "list.unknown-shape"),
        ("[]", "list.no-servers"),
    ] {
        host.reply("/servers.json", Reply::file(body));
        home.sync(hours_later(1));
        assert_eq!(home.failure(URL).as_deref(), Some(code), "{body}");
        assert_eq!(home.rank(hours_later(1)).names(), ["alpha.test"]);
    }
}

#[test]
fn a_file_is_adopted_like_an_address_and_its_path_stays_private() {
    let network = Network::new();
    let config = Config::new(&network)
        .section("[sync]\nsources = \"configured\"")
        .adopt("lists/servers.json", "")
        .community(&Community::new("town").uses("file:servers.json", 0.5));
    let home = Home::new(&config);
    fs::create_dir(home.path().join("lists")).unwrap();
    fs::write(home.path().join("lists/servers.json"), servers(&["alpha.test"])).unwrap();
    home.sync(now());
    let view = home.rank(now());
    assert_eq!(view.names(), ["alpha.test"]);
    assert_eq!(view.json()["curators"][0]["adopted_from"], "file:servers.json");
    let signed = home.store().load(now()).unwrap().rows;
    assert!(!String::from_utf8(signed[0].bytes().to_vec()).unwrap().contains("lists/"));

    fs::write(home.path().join("lists/servers.json"), servers(&["alpha.test", "beta.test"]))
        .unwrap();
    home.sync(hours_later(1));
    assert_eq!(home.rank(hours_later(1)).names(), ["alpha.test", "beta.test"]);

    // Without the file, what it said stays.
    fs::remove_file(home.path().join("lists/servers.json")).unwrap();
    home.sync(hours_later(2));
    assert_eq!(home.failure("file:servers.json").as_deref(), Some("file.unreadable"));
    assert_eq!(home.rank(hours_later(2)).names(), ["alpha.test", "beta.test"]);
}

#[test]
fn the_list_of_joinmatrix_of_2023_is_adopted_whole() {
    let list = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/joinmatrix/servers-2023-12-22.json");
    let Ok(bytes) = fs::read(&list) else {
        eprintln!("skipped: {} is not there", list.display());
        return;
    };
    let config = Config::new(&Network::new())
        .section("[sync]\nsources = \"configured\"")
        .adopt("servers-2023-12-22.json", "list_date = \"2023-12-22\"")
        .community(&Community::new("town").uses("file:servers-2023-12-22.json", 0.5));
    let home = Home::new(&config);
    fs::write(home.path().join("servers-2023-12-22.json"), bytes).unwrap();
    home.sync(now());
    let view = home.rank(now());
    assert_eq!(view.names().len(), 79);
    for server in view.servers() {
        assert_ne!(server.json["waiting"]["is_over"], false, "{}", server.name());
    }
}
