use std::fs;

use crate::host::Host;
use crate::place::{NOW, Place, finish, json, steady, vectors};

#[test]
fn canonical_bytes_are_exact_or_refused() {
    let place = Place::new();
    let canonical = |input: &str| place.run_with_input("inspect canonical", input);
    assert_eq!(
        canonical(" { \"b\": 1e2,\n \"a\": [\"\\u00e9\"] }\n").yes(),
        r#"{"a":["é"],"b":100}"#
    );
    assert_eq!(canonical("-0.0").yes(), "0");
    assert_eq!(canonical("\"\u{9b}\"").yes(), "\"\u{9b}\"");
    let refused: String = [r#"{"a":1,"a":2}"#, "9007199254740993", "[1", "1 2", "", "\"\\ud800\""]
        .iter()
        .map(|input| {
            let run = canonical(input);
            assert_eq!(run.out, "");
            run.no()
        })
        .collect();
    insta::assert_snapshot!(refused, @r#"
    error: standard input is refused: the member "a" appears twice (at byte 7) (json.duplicate-member)
    error: standard input is refused: an integer beyond ±(2^53 − 1), which readers would round differently (RFC 7493, section 2.2) (at byte 0) (json.integer-too-large)
    error: standard input is refused: the text ends before the value is complete (at byte 2) (json.truncated)
    error: standard input is refused: something follows after the end of the value (at byte 2) (json.trailing-data)
    error: standard input is refused: the text ends before the value is complete (at byte 0) (json.truncated)
    error: standard input is refused: half of a surrogate pair stands alone (at byte 1) (json.lone-surrogate)
    "#);
    let answer = json(&place.run_with_input("inspect canonical --json", "[1, 2]").yes());
    assert_eq!(answer["canonical"], "[1,2]");
    let answer = json(&place.run_with_input("inspect canonical --json", "[1, {\"a\": 01}]").no());
    assert_eq!(answer["code"], "json.syntax");
    assert_eq!(answer["place"], "[1].a");
}

#[test]
fn the_published_cases_of_rfc_8785_come_out_byte_for_byte() {
    let Some(cases) = vectors("vectors/jcs") else { return };
    let place = Place::new();
    let mut count = 0;
    for case in fs::read_dir(cases.join("input")).unwrap() {
        let case = case.unwrap();
        let expected = fs::read_to_string(cases.join("output").join(case.file_name())).unwrap();
        let run = place.run_with_input("inspect canonical", fs::read(case.path()).unwrap());
        assert_eq!(run.yes(), expected, "{}", case.path().display());
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn the_proof_of_the_w3c_example_holds() {
    let Some(example) = vectors("vectors/eddsa-jcs-2022/signedJCS.json") else { return };
    let place = Place::new();
    let example = fs::read_to_string(example).unwrap();
    place.write("credential.json", &example);
    assert_eq!(
        place.run("inspect proof --json credential.json").yes(),
        "{\"holds\":true,\"signers\":[\"did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2\"],\"problems\":[]}\n"
    );
    place.write("credential.json", example.replacen("Alumni", "Alumna", 1));
    let answer = json(&place.run("inspect proof --json credential.json").no());
    assert_eq!(answer["holds"], false);
    assert_eq!(answer["signers"].as_array().unwrap().len(), 0);
    assert_eq!(answer["problems"][0]["code"], "proof.invalid-signature");
}

#[test]
fn proofs_of_any_document() {
    let place = Place::with_profile("example.org");
    insta::assert_snapshot!(steady(&place.run("inspect proof profile.json").yes()), @"
    The proofs of profile.json hold.
      signed by   did:key:KEY
    ");
    place.write("none.json", "{}");
    insta::assert_snapshot!(place.run("inspect proof none.json").no(), @"
    The proofs of none.json do not hold.
      problem     the document has no proof (proof.missing)
    ");
    place.write("twice.json", r#"{"a":1,"a":1}"#);
    insta::assert_snapshot!(place.run("inspect proof --json twice.json").no(), @r#"{"holds":false,"signers":[],"problems":[{"code":"json.duplicate-member","message":"the member \"a\" appears twice (at byte 7)"}]}"#);
    place.run("inspect proof absent.json").unread();

    // A proof may end before the document does.
    let document = place.read("profile.json");
    let (before, own_proof) = document.rsplit_once("\"created\"").unwrap();
    let ends = "\"expires\":\"2026-01-01T00:00:00Z\",\"created\"";
    place.write("ends.json", format!("{before}{ends}{own_proof}"));
    let answer = json(&place.run(&format!("inspect proof --json ends.json --now {NOW}")).no());
    assert_eq!(answer["problems"][0]["code"], "proof.expired");
}

#[test]
fn server_names() {
    let place = Place::new();
    let yes: String = ["example.org", "example.org:8448", "[2001:db8::1]:443", "192.0.2.1"]
        .iter()
        .map(|name| place.run_args(&["inspect", "server-name", name]).yes())
        .collect();
    insta::assert_snapshot!(yes, @"
    example.org is a server name.
      host        example.org
    example.org:8448 is a server name.
      host        example.org
      port        8448
    [2001:db8::1]:443 is a server name.
      host        [2001:db8::1]
      port        443
    192.0.2.1 is a server name.
      host        192.0.2.1
    ");
    let no: String = [
        "Example.org",
        "example.org.",
        "",
        "-a",
        "a_b",
        "example.org:0",
        "@a:b",
        "https://Chat.example.org",
        "a b",
    ]
    .iter()
    .map(|name| place.run_args(&["inspect", "server-name", name]).no())
    .collect();
    insta::assert_snapshot!(no, @r#"
    "Example.org" is not a server name: "Example.org" has an upper-case letter; server names in documents are lower case.
      code        server-name.upper-case
    "example.org." is not a server name: "example.org." ends its host with a dot; server names have no trailing dot.
      code        server-name.trailing-dot
    "" is not a server name: a server name must not be empty.
      code        server-name.empty
    "-a" is not a server name: "-a" is not a host name: each part between dots has 1 to 63 characters and neither starts nor ends with "-".
      code        server-name.bad-label
    "a_b" is not a server name: "a_b" has a character that is not a letter a-z, a digit, "-" or ".".
      code        server-name.forbidden-character
    "example.org:0" is not a server name: "example.org:0" has no valid port: 1 to 65535, without leading zeros.
      code        server-name.bad-port
    "@a:b" is not a server name: "@a:b" is more than a server name; write only the name, like chat.example.org.
      code        server-name.more-than-a-name
    "https://Chat.example.org" is not a server name: "https://Chat.example.org" is more than a server name; write only the name, like chat.example.org.
      code        server-name.more-than-a-name
    "a b" is not a server name: "a b" has a character that is not a letter a-z, a digit, "-" or ".".
      code        server-name.forbidden-character
    "#);
    let answer = json(&place.run("inspect server-name --json example.org:8448").yes());
    assert_eq!(answer["host"], "example.org");
    assert_eq!(answer["port"], 8448);
    let answer = json(&place.run("inspect server-name --json Example.org").no());
    assert_eq!(answer["code"], "server-name.upper-case");
}

#[test]
fn addresses() {
    let place = Place::new();
    let url = |url: &str| place.run_args(&["inspect", "url", url]);
    insta::assert_snapshot!(url("https://example.org/list.json").yes(), @"https://example.org/list.json may be fetched.");
    let no: String = [
        "http://example.org/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://0x7f.1/",
        "https://nas.local/",
        "https://user@example.org/",
        "nonsense",
    ]
    .iter()
    .map(|address| url(address).no())
    .collect();
    insta::assert_snapshot!(no, @r#"
    http://example.org/ is not fetched: the URL's scheme is "http"; only https is fetched.
      code        url.not-https
    https://127.0.0.1/ is not fetched: 127.0.0.1 is not a public address: 127.0.0.0/8 is this machine itself (RFC 1122, section 3.2.1.3).
      code        address.loopback
    https://169.254.169.254/latest is not fetched: 169.254.169.254 is not a public address: 169.254.169.254/32 is a cloud metadata service (most cloud providers).
      code        address.metadata
    https://[::1]/ is not fetched: ::1 is not a public address: ::1/128 is this machine itself (RFC 4291).
      code        address.loopback
    https://0x7f.1/ is not fetched: the host "0x7f.1" stands for the address 127.0.0.1, and 127.0.0.1 is not a public address: 127.0.0.0/8 is this machine itself (RFC 1122, section 3.2.1.3).
      code        url.disguised-address
    https://nas.local/ is not fetched: the host "nas.local" cannot be public: .local is for the local link (RFC 6762).
      code        url.reserved-name
    https://user@example.org/ is not fetched: the URL carries a user name or password before an @; remove it.
      code        url.user-info
    nonsense is not fetched: the URL cannot be read; write it as https://HOST/PATH: relative URL without a base.
      code        url.malformed
    "#);
    let answer = json(&place.run("inspect url --json https://127.0.0.1/").no());
    assert_eq!(answer["allowed"], false);
    assert_eq!(answer["code"], "address.loopback");
}

/// Hundreds of hostile and harmless addresses, each asked as a person would.
#[test]
fn every_address_gets_its_true_answer() {
    let place = Place::new();
    let mut wrong = Vec::new();
    for (address, expected) in crate::url_cases::cases() {
        let run = place.run_args(&["inspect", "url", "--json", &address]);
        let answer = json(&if expected == "allowed" { run.yes() } else { run.no() });
        let said = answer["code"].as_str().unwrap_or("allowed");
        if said != expected || answer["allowed"] != (expected == "allowed") {
            wrong.push(format!("{address:?}: {said}, not {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_answer_says_what_would_be_asked_for() {
    let place = Place::new();
    insta::assert_snapshot!(place.run_args(&["inspect", "url", "https://Müller.de.:443/ä"]).yes(), @"
    https://Müller.de.:443/ä may be fetched.
      request     https://xn--mller-kva.de/%C3%A4
    ");
}

#[test]
fn resolving_judges_every_address() {
    let place = Place::new();
    let answer = json(&place.run("inspect url --resolve --json https://8.8.8.8/").yes());
    assert_eq!(answer["addresses"][0]["address"], "8.8.8.8:443");
    let _host = Host::start(&place, "a.test");
    let run = place.run("inspect url --resolve https://a.test/ --config dev.toml").yes();
    assert!(run.contains("  address     127.0.0.1:") && run.ends_with(": allowed\n"), "{run}");
    // Nothing is called .test outside the configuration.
    assert!(
        finish(&mut place.command(["inspect", "url", "https://a.test/"]))
            .no()
            .contains("url.reserved-name")
    );
}
