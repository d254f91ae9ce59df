use std::fs;

use crate::host::Host;
use crate::place::{NOW, Place, finish, json, steady};

#[test]
fn what_holds_is_described() {
    let place = Place::with_profile("example.org");
    let run = place.run(&format!("verify profile.json --now {NOW}"));
    insta::assert_snapshot!(steady(&run.yes()), @"
    profile.json holds.
      what        profile of example.org
      issuer      ISSUER
      sequence    1, under key version 1
      issued      2026-11-22T10:00:00Z
      expires     2027-11-22T10:00:00Z
      signed by   did:key:KEY
      needed      1 of the issuer's keys
      identity    HASH
      SHA-256     HASH
    ");
    let later = place.run("verify profile.json --now 2028-01-01T00:00:00Z").yes();
    assert!(later.contains("expires     2027-11-22T10:00:00Z, so it no longer counts"), "{later}");

    let answer = json(&place.run(&format!("verify --json profile.json --now {NOW}")).yes());
    assert_eq!(answer["holds"], true);
    assert_eq!(answer["kind"], "wellspring.profile.v1");
    assert_eq!(answer["subject"], "example.org");
    assert_eq!(answer["signers"].as_array().unwrap().len(), 1);

    let document = fs::read(place.path("profile.json")).unwrap();
    let piped = json(&place.run_with_input("verify --json -", document).yes());
    assert_eq!(piped["identity"], answer["identity"]);
}

/// Any other byte in the middle of a word makes another document.
#[test]
fn one_altered_byte_is_refused_with_its_reason() {
    let place = Place::with_profile("example.org");
    let document = place.read("profile.json");
    place.write("altered.json", document.replacen("\"sequence\":1", "\"sequence\":2", 1));
    insta::assert_snapshot!(steady(&place.run("verify altered.json").no()), @"
    altered.json does not hold: proof: the signature does not fit the document: one of them was altered, or another key signed.
      code        proof.invalid-signature
      unproven    it calls itself a document of the kind profile
      unproven    it names the issuer ISSUER
    ");
    let answer = json(&place.run("verify --json altered.json").no());
    assert_eq!(answer["holds"], false);
    assert_eq!(answer["problem"]["code"], "proof.invalid-signature");
    assert_eq!(answer["claims"]["kind"], "wellspring.profile.v1");
}

#[test]
fn every_other_refusal_is_one_sentence() {
    let place = Place::with_profile("example.org");
    let document = place.read("profile.json");
    let altered = [
        ("truncated.json", document[..document.len() - 10].to_owned()),
        ("list.json", "[1]".to_owned()),
        ("kind.json", r#"{"type":"wellspring.poem.v1"}"#.to_owned()),
        ("twice.json", document.replacen('{', r#"{"type":"x","#, 1)),
        ("member.json", document.replacen("{\"en\":\"example.org\"}", "{\"en\":\"\"}", 1)),
        ("text.txt", "hello\u{1b}[2J\n".to_owned()),
    ];
    let mut answers = String::new();
    for (name, content) in altered {
        place.write(name, content);
        answers.push_str(&place.run(&format!("verify {name}")).no());
    }
    let large = document.replacen('{', &format!("{{\"filler\":\"{}\",", "x".repeat(10_000_000)), 1);
    place.write("large.json", large);
    answers.push_str(&place.run("verify large.json").no());
    insta::assert_snapshot!(steady(&answers), @r#"
    truncated.json does not hold: type: the text ends before the value is complete (at byte N).
      code        json.truncated
    list.json does not hold: a document is a JSON object.
      code        envelope.not-an-object
    kind.json does not hold: type: "wellspring.poem.v1" is no kind of document that this version knows.
      code        envelope.unknown-type
    twice.json does not hold: the member "type" appears twice (at byte N).
      code        json.duplicate-member
    member.json does not hold: about.name.en: must not be empty; leave it out when there is nothing to say.
      code        schema.bad-member
      unproven    it calls itself a document of the kind profile
      unproven    it names the issuer ISSUER
    text.txt does not hold: not JSON: expected a value (at byte N).
      code        json.syntax
    large.json does not hold: larger than the 256000 bytes allowed for it (at byte N).
      code        json.too-large
      unproven    it calls itself a document of the kind profile
      unproven    it names the issuer ISSUER
    "#);

    let unread: String = ["verify .", "verify absent.json", "verify profile.json/x", "verify"]
        .iter()
        .map(|words| place.run(words).unread())
        .collect();
    insta::assert_snapshot!(unread, @"
    error: . could not be read: it is a folder; name a file
    error: absent.json could not be read: there is no such file or folder; check the path
    error: profile.json/x could not be read: part of the path is a file, not a folder; check the path
    error: the following required arguments were not provided:
      <FILE|URL>

    Usage: wellspring verify <FILE|URL>

    For more information, try '--help'.
    ");
}

#[test]
fn an_address_is_read_through_the_guard() {
    let place = Place::with_profile("a.test");
    let host = Host::start(&place, "a.test");
    host.serve("/profile.json", place.read("profile.json"));
    let url = "https://a.test/profile.json";
    let run = place.run(&format!("verify {url} --config dev.toml --now {NOW}"));
    let warnings = run.err.lines().filter(|line| line.starts_with("warning: development.")).count();
    assert_eq!(warnings, 3, "{}", run.err);
    assert!(run.yes().starts_with("https://a.test/profile.json holds.\n"));

    let refused: String = [
        "verify https://a.test/absent.json --config dev.toml",
        "verify https://a.test/profile.json",
        "verify http://a.test/profile.json",
        "verify https://127.0.0.1/profile.json",
        "verify ftp://a.test/profile.json",
        "verify https://a.test/profile.json --config absent.toml",
        "verify https://a.test/profile.json --config profile.json",
    ]
    .iter()
    .map(|words| place.run(words).unread().lines().last().unwrap().to_owned() + "\n")
    .collect();
    insta::assert_snapshot!(refused, @r#"
    error: https://a.test/absent.json: the host has no such file (status 404); check the address, or upload the file
    error: https://a.test/profile.json is not fetched: the host "a.test" cannot be public: .test is for tests (RFC 6761)
    error: http://a.test/profile.json is not fetched: the URL's scheme is "http"; only https is fetched
    error: https://127.0.0.1/profile.json is not fetched: 127.0.0.1 is not a public address: 127.0.0.0/8 is this machine itself (RFC 1122, section 3.2.1.3)
    error: ftp://a.test/profile.json is not fetched: the URL's scheme is "ftp"; only https is fetched
    error: absent.toml could not be read: there is no such file or folder; check the path
    error: profile.json line 1, {"about":{"name":{"en":"a.test"}},"expires_at":"2027-11-22T1…: invalid key-value pair, expected key
    "#);
}

/// What a program behind a pipe reads no more is nobody's problem.
#[test]
fn a_reader_that_went_away_is_no_error() {
    let place = Place::with_profile("example.org");
    let program = env!("CARGO_BIN_EXE_wellspring");
    let script = format!("'{program}' verify profile.json | true; exit ${{PIPESTATUS[0]}}");
    let mut shell = std::process::Command::new("bash");
    let run = finish(shell.args(["-c", &script]).current_dir(place.path("")));
    assert_eq!(run.err, "");
    run.yes();
}
