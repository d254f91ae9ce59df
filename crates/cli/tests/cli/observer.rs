//! `wellspring observer`.

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use wellspring_document::json::Value;
use wellspring_document::{EndorsementList, ObservationReport, RawDocument};

use crate::place::{Place, json, steady, vectors};

/// Four checks a day for forty days; `steady.example` answers always, `shaky.example` at every
/// second, `gone.example` on the first ten days.
fn history() -> String {
    let mut lines = String::new();
    for number in 0..160_u32 {
        let t = 1_646_092_800 + 21_600 * u64::from(number); // from 2022-03-01 on
        let mut servers = vec![r#"["steady.example","Synapse","1.53.0",true,null,null]"#];
        if number % 2 == 0 {
            servers.push(r#"["shaky.example","Dendrite","0.6.4",false,true,null]"#);
        }
        if number < 40 {
            servers.push(r#"["gone.example",null,null,null]"#);
        }
        lines += &format!("{{\"t\":{t},\"servers\":[{}]}}\n", servers.join(","));
    }
    lines
}

#[test]
fn a_history_becomes_reports_and_lists_that_can_be_ranked() {
    let place = Place::new();
    place.write("history.jsonl", history());
    let told = place.run("observer import history.jsonl --to archive").yes();
    insta::assert_snapshot!(steady(&told), @r"
    archive: 40 signed reports.
      checks      160, from 2022-03-01T00:00:00Z to 2022-04-09T18:00:00Z
      observer    ISSUER
      curator     ISSUER

    Next: see how a day would have been ranked
      wellspring rank --archive archive --policy archive/policy.toml --now 2022-04-09T18:00:00Z
    ");
    assert_eq!(fs::read_dir(place.path("archive/observation-reports")).unwrap().count(), 40);

    let raw = RawDocument::new(
        fs::read(place.path("archive/observation-reports/2022-04-09.json")).unwrap(),
    );
    let report = raw.verify::<ObservationReport>().unwrap();
    assert_eq!(report.issued_at().to_string(), "2022-04-09T18:00:00Z");
    assert_eq!(report.expires_at().to_string(), "2022-04-17T18:00:00Z");
    assert_eq!(report.sequence(), 19_091, "days since 1970");
    assert!(report.history().current().issued_at < "2022-03-01T00:00:00Z".parse().unwrap());
    let entries: Vec<_> =
        report.body().entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
    insta::assert_snapshot!(entries.join("\n"), @r#"
    {"server_name":"gone.example","observed_at":"2022-04-09T18:00:00Z","client_reachable":false,"uptime":{"24h":{"answered":0,"made":4},"7d":{"answered":0,"made":28},"30d":{"answered":0,"made":120},"90d":{"answered":40,"made":160}},"first_seen_at":"2022-03-01T00:00:00Z"}
    {"server_name":"shaky.example","observed_at":"2022-04-09T18:00:00Z","client_reachable":false,"uptime":{"24h":{"answered":2,"made":4},"7d":{"answered":14,"made":28},"30d":{"answered":60,"made":120},"90d":{"answered":80,"made":160}},"first_seen_at":"2022-03-01T00:00:00Z"}
    {"server_name":"steady.example","observed_at":"2022-04-09T18:00:00Z","client_reachable":true,"software":{"name":"Synapse","version":"1.53.0"},"registration":"open","uptime":{"24h":{"answered":4,"made":4},"7d":{"answered":28,"made":28},"30d":{"answered":120,"made":120},"90d":{"answered":160,"made":160}},"first_seen_at":"2022-03-01T00:00:00Z"}
    "#);
    let raw = RawDocument::new(
        fs::read(place.path("archive/endorsement-lists/2022-04-09.json")).unwrap(),
    );
    let list = raw.verify::<EndorsementList>().unwrap();
    let entries: Vec<_> =
        list.body().entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
    insta::assert_snapshot!(entries.join("\n"), @r#"
    {"server_name":"gone.example","verdict":"list","reviewed_at":"2022-03-10","known_since":"2022-03-01"}
    {"server_name":"shaky.example","verdict":"list","reviewed_at":"2022-04-09","known_since":"2022-03-01"}
    {"server_name":"steady.example","verdict":"list","reviewed_at":"2022-04-09","known_since":"2022-03-01"}
    "#);

    let rank = |now: &str| {
        place
            .run(&format!("rank --archive archive --policy archive/policy.toml --json --now {now}"))
    };
    let view = json(&rank("2022-04-10T00:00:00Z").yes());
    let names: Vec<_> =
        view["servers"].as_array().unwrap().iter().map(|it| &it["server_name"]).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    let measured = |name: &str| -> Value {
        let servers = view["servers"].as_array().unwrap();
        servers.iter().find(|it| it["server_name"] == name).unwrap()["measured"].clone()
    };
    assert_eq!(measured("steady.example")["client_reachable"]["agree"], 1);
    assert_eq!(measured("gone.example")["client_reachable"]["agree"], 0);
    // On an earlier day nothing of what came later is known.
    let view = json(&rank("2022-03-10T00:00:00Z").yes());
    assert_eq!(view["servers"].as_array().unwrap().len(), 3);
}

#[test]
fn compressed_files_are_read_and_reports_are_as_many_as_asked_for() {
    let place = Place::new();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(history().as_bytes()).unwrap();
    place.write("history.jsonl.gz", packed.finish().unwrap());
    let told = place.run(
        "observer import history.jsonl.gz --to archive --every 7 --reports-only --name Us --json",
    );
    let told = json(&told.yes());
    assert_eq!(told["reports"], 6);
    assert_eq!(told["checks"], 160);
    assert_eq!(told["curator"], Value::Null);
    assert!(!place.path("archive/endorsement-lists").exists());
    assert!(!place.read("archive/policy.toml").contains("curators"));
    let report = place.read("archive/observation-reports/2022-03-08.json");
    assert!(report.contains(r#""name":{"en":"Us"}"#), "{report}");
    // The two ways to give the same bytes have the same checks.
    let piped = place.run_with_input("observer import - --to piped --json", history()).yes();
    assert_eq!(json(&piped)["reports"], 40);
}

#[test]
fn what_is_no_check_is_refused_with_its_line() {
    let place = Place::new();
    let mut lines: Vec<String> = history().lines().map(str::to_owned).collect();
    lines[3] = "{".to_owned();
    lines[5] = r#"{"t": "yesterday", "servers": []}"#.to_owned();
    lines[7] = lines[6].clone();
    lines[9] = lines[9].replace("steady.example", "Steady.example");
    lines[11] = lines[11].replace("steady.example", "Steady.example");
    lines[13] = r#"{"t":1646373600,"servers":[]}"#.to_owned();
    place.write("history.jsonl", lines.join("\n"));
    let told = place.run("observer import history.jsonl --to archive").no();
    insta::assert_snapshot!(steady(&told), @r#"
    archive: 40 signed reports.
      checks      154, from 2022-03-01T00:00:00Z to 2022-04-09T18:00:00Z
      failed      3, which count for nothing
      observer    ISSUER
      curator     ISSUER
      refused     history.jsonl, line 4: it is not JSON that can be read: the text ends before the value is complete (at byte N)
      refused     history.jsonl, line 6: t must be whole seconds since 1970, up to the year 9999; a check is {"t": seconds since 1970, "servers": [[name, software, version, open, email, recaptcha], …]}
      refused     history.jsonl, line 8: the check of 2022-03-02T12:00:00Z is not later than the one before, of 2022-03-02T12:00:00Z
      refused     history.jsonl, line 10: servers[0]: left out, because its name "Steady.example" has an upper-case letter; server names in documents are lower case

    Next: see how a day would have been ranked
      wellspring rank --archive archive --policy archive/policy.toml --now 2022-04-09T18:00:00Z
    "#);

    let again = place.run("observer import history.jsonl --to archive").no();
    let nothing = place.run_with_input("observer import - --to empty", "[]\n").unread();
    let absent = place.run("observer import absent.jsonl --to absent").unread();
    let cut = place.run_with_input("observer import - --to cut", b"\x1f\x8b\x08\x00").unread();
    let address = place.run("observer import https://a.example/h.jsonl --to url").unread();
    insta::assert_snapshot!([again, nothing, absent, cut, address].concat(), @r#"
    error: archive is not empty; name a new folder with --to
    error: there is no check that counts; standard input, line 1: t must be whole seconds since 1970, up to the year 9999; a check is {"t": seconds since 1970, "servers": [[name, software, version, open, email, recaptcha], …]}
    error: absent.jsonl could not be read: there is no such file or folder; check the path
    error: standard input could not be read: unexpected end of file
    error: https://a.example/h.jsonl is not read; save it as a file first
    "#);
    place.run("observer import history.jsonl --to more --every 9").unread();

    // A line without an end is not read into memory, and the next one is.
    let mut long = vec![b' '; 40_000_000];
    long.extend_from_slice(b"\n");
    long.extend_from_slice(history().as_bytes());
    let told = json(&place.run_with_input("observer import - --to long --json", long).no());
    assert_eq!(
        told["problems"][0],
        "standard input, line 1: it is longer than the 16000000 bytes that are read"
    );
    assert_eq!((&told["checks"], &told["refused"]), (&160.into(), &1.into()));
}

#[test]
fn a_real_history_is_imported_and_ranked() {
    let Some(file) = vectors("data/joinmatrix/history-2022-03-to-2022-08.jsonl.gz") else { return };
    let place = Place::new();
    let told = place.run_args(&[
        "observer",
        "import",
        file.to_str().unwrap(),
        "--to",
        "archive",
        "--every",
        "7",
        "--json",
    ]);
    let told = json(&told.yes());
    assert_eq!((&told["checks"], &told["failed_checks"]), (&705.into(), &1.into()));
    let view = place.run(
        "rank --archive archive --policy archive/policy.toml --json --now 2022-06-01T00:00:00Z",
    );
    let view = json(&view.yes());
    let servers = view["servers"].as_array().unwrap();
    assert!(servers.len() > 100, "{}", servers.len());
    assert!(servers.iter().filter(|it| it["category"] == "B").count() > 90);
}
