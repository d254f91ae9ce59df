use std::fs;

use crate::host::Host;
use crate::place::{NOW, Place, json, steady, vectors};

const GROUNDS: &str =
    "--source https://us.example/reviews --objection objections@us.example --reason Spam";

#[test]
fn a_list_from_nothing_to_signed() {
    let place = Place::new();
    let init = place.run_args(&[
        "curator",
        "init",
        "--name",
        "Die \"Räume\"",
        "--lang",
        "de",
        "--no-passphrase",
        "--now",
        NOW,
    ]);
    insta::assert_snapshot!(steady(&init.yes()), @r#"
    Die "Räume" can begin, as the issuer ISSUER
      endorsements.toml: the list; every line is explained there.
      curator-key.pem: the private key. Keep it and a copy in safe places; never publish it.
      curator-key-history.json: its public side, part of everything you sign.

    Next: name the servers that you know, then sign the list:
      wellspring curator endorse example.org --reason "Why"
      wellspring curator sign
    "#);
    let mut told = String::new();
    for words in [
        "endorse good.example --no-fetch --reason Solid --label beginners --label bridges",
        "list fair.example --no-fetch",
        &format!("warn odd.example {GROUNDS}"),
        &format!("reject bad.example {GROUNDS} --expires 2027-01-01 --reviewed 2026-11-01"),
        "sign",
        "endorse fair.example --no-fetch",
        "warn odd.example --reason Again --lang en --source https://us.example/2 --objection @us:us.example",
        "remove bad.example",
        "list new.example --no-fetch",
        "sign",
        "sign --valid-days 100",
    ] {
        let dated =
            if words.starts_with("remove") { String::new() } else { format!("--now {NOW}") };
        told.push_str(&place.run(&format!("curator {words} {dated}")).yes());
        told.push('\n');
    }
    insta::assert_snapshot!("told", steady(&told));
    let list = place.read("endorsements.toml");
    insta::assert_snapshot!(list[list.find("\n[[entries]]").unwrap()..].trim(), @r#"
    [[entries]]
    server_name = "good.example"
    verdict = "endorse"
    labels = ["beginners", "bridges"]
    reason.en = "Solid"
    reviewed_at = 2026-11-22

    [[entries]]
    server_name = "fair.example"
    verdict = "endorse"
    reviewed_at = 2026-11-22

    [[entries]]
    server_name = "odd.example"
    verdict = "warn"
    reason.en = "Again"
    reviewed_at = 2026-11-22
    expires_at = 2027-05-21
    source = "https://us.example/2"
    objection.matrix_id = "@us:us.example"

    [[entries]]
    server_name = "new.example"
    verdict = "list"
    reviewed_at = 2026-11-22
    "#);
    insta::assert_snapshot!(place.run(&format!("curator show --now {NOW}")).yes(), @r#"
    Die "Räume": 4 servers
      server        verdict  reviewed    expires     key  reason
      good.example  endorse  2026-11-22  -           no   Solid
      fair.example  endorse  2026-11-22  -           no
      odd.example   warn     2026-11-22  2027-05-21  no   Again
      new.example   list     2026-11-22  -           no
    "#);
    let held = json(&place.run("verify --json endorsements.json").yes());
    assert_eq!(held["kind"], "wellspring.endorsement-list.v1");
    assert_eq!(held["sequence"], 3);
    let shown = json(&place.run("curator show --json").yes());
    assert_eq!(shown["entries"][0]["server_name"], "good.example");
}

#[test]
fn an_endorsement_is_bound_to_the_keys_of_the_profile() {
    const PATH: &str = "/.well-known/wellspring/profile.json";
    let place = Place::with_list();
    let endorse =
        |more: &str| place.run(&format!("curator endorse a.test --json --now {NOW} {more}"));
    let host = Host::start(&place, "a.test");
    let fetched = "--config dev.toml";

    // Nothing there yet.
    let report = json(&endorse(fetched).yes());
    assert_eq!(report["binding"]["how"], "none");
    insta::assert_snapshot!(report["binding"]["reason"].as_str().unwrap(), @"https://a.test/.well-known/wellspring/profile.json: the host has no such file (status 404); check the address, or upload the file");

    let first = Place::with_profile("a.test");
    host.serve(PATH, first.read("profile.json"));
    let report = json(&endorse(fetched).yes());
    assert_eq!(report["binding"]["how"], "fetched");
    let issuer = report["binding"]["issuer"].as_str().unwrap().to_owned();
    assert!(place.read("endorsements.toml").contains(&format!("issuer = \"{issuer}\"")));

    // The domain went to somebody else.
    host.serve(PATH, Place::with_profile("a.test").read("profile.json"));
    let before = place.read("endorsements.toml");
    let refusal = endorse(fetched).no();
    insta::assert_snapshot!(steady(refusal.lines().last().unwrap()), @"error: the profile of a.test is signed by the issuer ISSUER, but your entry is bound to ISSUER: the keys or the owner of the domain changed; ask the operator over a way you know, then give --issuer ISSUER");
    assert_eq!(place.read("endorsements.toml"), before);

    // The host is wrong or away: what was bound stays bound.
    host.serve(PATH, Place::with_profile("b.test").read("profile.json"));
    for more in [fetched, "--no-fetch", ""] {
        let report = json(&endorse(more).yes());
        assert_eq!(report["binding"]["how"], "kept", "{more}");
        assert_eq!(report["binding"]["issuer"], issuer);
    }

    // The curator knows.
    let other = Place::with_profile("a.test");
    fs::copy(other.path("profile.json"), place.path("other.json")).unwrap();
    let report = json(&endorse("--profile other.json").yes());
    assert_eq!(report["binding"]["how"], "given");
    assert_ne!(report["binding"]["issuer"], issuer);
    assert_eq!(json(&endorse(&format!("--issuer {issuer}")).yes())["binding"]["issuer"], issuer);
    let wrong = place.run("curator endorse c.test --profile other.json").no();
    insta::assert_snapshot!(wrong, @"error: other.json is the profile of a.test");
}

#[test]
fn many_changes_at_once_fit_on_a_screen() {
    let place = Place::with_list();
    place.run("curator sign").yes();
    for number in 0..12 {
        place.run(&format!("curator list s{number}.example --no-fetch")).yes();
    }
    let told = place.run("curator sign").yes();
    assert_eq!(told.matches("\n  added  ").count(), 10, "{told}");
    assert!(told.contains("\n  …           and 2 more, as --json shows\n"), "{told}");
    for number in 0..10 {
        place.run(&format!("curator remove s{number}.example")).yes();
    }
    let told = place.run("curator sign").yes();
    assert_eq!(told.matches("\n  removed  ").count(), 10, "{told}");
    assert!(!told.contains("more"), "{told}");
}

#[test]
fn a_list_that_exists_is_imported_whole() {
    let Some(list) = vectors("data/joinmatrix/servers-2023-12-22.json") else { return };
    let place = Place::with_list();
    fs::copy(list, place.path("servers.json")).unwrap();
    place.run("curator endorse envs.net --no-fetch").yes();
    let import = "curator import servers.json --imported-from https://lists.example/servers.json";
    let report = json(&place.run(&format!("{import} --json")).yes());
    let (added, kept) = (report["added"].as_array().unwrap(), report["kept"].as_array().unwrap());
    assert_eq!(added.len() + kept.len(), 79);
    assert_eq!(*kept, ["envs.net"]);
    let again = json(&place.run(&format!("{import} --json")).yes());
    assert_eq!(again["kept"].as_array().unwrap().len(), 79);

    let words = place.run(import).yes();
    let remarks = report["remarks"].as_array().unwrap();
    assert_eq!(
        words.matches(": left out, because").count() + words.matches(": kept as a note").count(),
        remarks.len()
    );

    place.run("curator sign").yes();
    let document: serde_json::Value =
        serde_json::from_str(&place.read("endorsements.json")).unwrap();
    let entries = document["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 79);
    let imported =
        |entry: &&serde_json::Value| entry["imported_from"] == "https://lists.example/servers.json";
    assert_eq!(entries.iter().filter(imported).count(), 78);

    // Every entry says since when its server is known, so that its wait ends one day.
    let dated = |entry: &&serde_json::Value| entry["known_since"] == report["known_since"];
    assert_eq!(entries.iter().filter(dated).count(), 78);

    let words = place.run("curator endorse yatrix.org --no-fetch").yes();
    assert!(words.contains("from now on it is your own review"), "{words}");
}

#[test]
fn a_server_is_known_from_the_day_of_the_import_or_of_an_earlier_review() {
    let place = Place::with_list();
    let list = r#"[{"name": "a.example", "domain": "a.example", "open": true}]"#;
    place.run_with_input("curator import - --own --now 2026-11-22T10:00:00Z", list).yes();
    assert!(place.read("endorsements.toml").contains("known_since = 2026-11-22"));
    place.run("curator endorse a.example --no-fetch --reviewed 2026-10-01").yes();
    assert!(place.read("endorsements.toml").contains("known_since = 2026-10-01"));
    place.run("curator sign --now 2026-11-22T10:00:00Z").yes();
}

#[test]
fn entries_without_a_date_are_pointed_out_when_they_are_signed() {
    let place = Place::with_list();
    place.run("curator endorse a.example --no-fetch").yes();
    assert_eq!(place.run("curator sign").err, "");
    let mut text = place.read("endorsements.toml");
    for name in ["b.example", "c.example"] {
        text.push_str(&format!("\n[[entries]]\nserver_name = \"{name}\"\nverdict = \"list\"\n"));
    }
    place.write("endorsements.toml", text);
    insta::assert_snapshot!(place.run("curator sign").err, @"warning: b.example and 1 other server have neither reviewed_at nor known_since: on your word alone no node will ever recommend a server without a date");
}

#[test]
fn an_import_says_what_it_cannot_say() {
    let place = Place::with_list();
    let list = r#"[{"name": "a.example", "domain": "m.a.example", "open": true, "jurisdiction": "Italy?"},
        {"name": "A b", "open": true}, 7]"#;
    let run = place
        .run_with_input("curator import - --own --verdict endorse --known-since 2023-12-22", list);
    insta::assert_snapshot!(run.yes(), @r#"
    endorsements.toml: added 1 server of standard input (joinmatrix-array) with the verdict endorse.
      known since 2023-12-22
      [0] a.example, domain "m.a.example": left out, because it says where clients connect, which is found out anew from the server name
      [0] a.example, jurisdiction "Italy?": left out, because the list itself is unsure
      [1], name "A b": skipped, because "A b" has an upper-case letter; server names in documents are lower case
      [2] 7: skipped, because an entry must be an object

    Next: read through them, then run
      wellspring curator sign
    "#);
    let host = Host::start(&place, "lists.test");
    host.serve(
        "/servers.json",
        r#"{"public_servers": [{"name": "b.example", "website": "https://b.example/"}]}"#,
    );
    place.run("curator import https://lists.test/servers.json --config dev.toml").yes();
    assert!(
        place
            .read("endorsements.toml")
            .contains("imported_from = \"https://lists.test/servers.json\"")
    );

    let before = place.read("endorsements.toml");
    let mut refused = String::new();
    for (list, outcome) in [("{}", 1), ("[]", 1), ("[{\"name\": \"a.example\"", 1)] {
        let run = place.run_with_input("curator import - --own", list);
        assert_eq!(run.code, Some(outcome));
        refused.push_str(&run.err);
    }
    refused.push_str(&place.run("curator import absent.json --own").unread());
    refused.push_str(&place.run("curator import . --own").unread());
    refused.push_str(&place.run("curator import https://127.0.0.1/list").unread());
    refused.push_str(&place.run("curator import servers.json").no());
    insta::assert_snapshot!(refused, @r#"
    error: standard input: this is no list of homeservers that can be read: it must be an array of servers (joinmatrix until 2023) or an object with an array "public_servers" (joinmatrix, FluffyChat), but it is an object without it
    error: standard input: the list names no server: none of its 0 entries is an object whose "name" is a server name
    error: standard input: the list is not JSON that can be read: [0]: the text ends before the value is complete (at byte 21)
    error: absent.json could not be read: there is no such file or folder; check the path
    error: . could not be read: it is a folder; name a file
    error: https://127.0.0.1/list is not fetched: 127.0.0.1 is not a public address: 127.0.0.0/8 is this machine itself (RFC 1122, section 3.2.1.3)
    error: say where servers.json comes from with --imported-from URL, so that all who copy it count as one voice; or with --own that you made it yourself
    "#);
    assert_eq!(place.read("endorsements.toml"), before);
}

#[test]
fn refusals() {
    let place = Place::with_list();
    let before = place.read("endorsements.toml");
    let no: String = [
        "curator init --name Us --no-passphrase".to_owned(),
        "curator remove absent.example".to_owned(),
        format!("curator warn a.example {GROUNDS} --reviewed 2026-11-01 --expires 2026-11-01"),
        "curator endorse a.example --no-fetch --label one --label one".to_owned(),
    ]
    .iter()
    .map(|words| place.run(words).no())
    .collect();
    insta::assert_snapshot!(no, @"
    error: endorsements.toml exists already and is not overwritten; take another folder or move it away
    error: endorsements.toml has no entry for absent.example
    error: endorsements.toml was not changed, because it would be wrong: line 89, entries[0].expires_at: must be later than reviewed_at
    error: endorsements.toml was not changed, because it would be wrong: line 87, entries[0].labels[1]: must not repeat item 0
    ");
    assert_eq!(place.read("endorsements.toml"), before);

    let unread: String = [
        "curator show --dir absent",
        "curator sign --dir absent",
        "curator endorse A.example",
        "curator warn a.example --reason Spam --source https://us.example/",
        "curator warn a.example --reason Spam --source http://us.example/ --objection a@b.example",
        "curator warn a.example --reason Spam --source https://us.example/ --objection nobody",
        "curator endorse a.example --issuer zQmX",
        "curator endorse a.example --no-fetch --profile x.json",
        "curator endorse a.example --no-fetch --expires tomorrow",
        "curator sign --valid-days 101",
        "curator import list.json --verdict reject",
    ]
    .iter()
    .map(|words| {
        let told = place.run(words).unread();
        format!(
            "{}\n",
            told.lines().take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
        )
    })
    .collect();
    insta::assert_snapshot!(unread, @r#"
    error: absent/endorsements.toml is not there; `wellspring curator init --name NAME` writes one
    error: absent/endorsements.toml is not there; `wellspring curator init --name NAME` writes one
    error: invalid value 'A.example' for '<SERVER_NAME>': "A.example" has an upper-case letter; server names in documents are lower case
    error: the following required arguments were not provided:
      --objection <CONTACT>
    error: invalid value 'http://us.example/' for '--source <URL>': must begin with https://
    error: invalid value 'nobody' for '--objection <CONTACT>': must be an e-mail address, a Matrix id like @name:example.org or an https address
    error: invalid value 'zQmX' for '--issuer <ID>': "zQmX" is not an issuer id; one begins with zQm and has 47 characters
    error: the argument '--no-fetch' cannot be used with '--profile <FILE>'
    error: invalid value 'tomorrow' for '--expires <DATE>': "tomorrow" is not a date of the form 2026-11-22 (years 1970 to 9999)
    error: invalid value '101' for '--valid-days <DAYS>': 101 is not in 1..=100
    error: invalid value 'reject' for '--verdict <VERDICT>'
      [possible values: list, endorse]
    "#);

    place.write(
        "endorsements.toml",
        format!("{before}\n[[entries]]\nserver_name = \"a.example\"\n"),
    );
    insta::assert_snapshot!(place.run("curator list b.example --no-fetch").no(), @"error: endorsements.toml line 84, entries[0].verdict: is required");
}
