use crate::host::Host;
use crate::place::{NOW, Place, finish, json, steady};

#[test]
fn a_profile_from_nothing_to_signed() {
    let place = Place::new();
    place.write("passphrase", "correct horse");
    let init = place.run(&format!(
        "operator init example.org --dir profile --passphrase-file passphrase --now {NOW}"
    ));
    insta::assert_snapshot!(steady(&init.yes()), @"
    example.org is ready to be described, by the issuer ISSUER
      profile/profile.toml: what you say of your server; every line is explained there.
      profile/operator-key.pem: the private key. Keep it and a copy in safe places; never publish it.
      profile/operator-key-history.json: its public side, part of everything you sign.

    Next: edit profile/profile.toml, then run
      wellspring operator sign --dir profile
    ");
    assert_eq!(place.mode("profile/operator-key.pem"), 0o600);

    let sign = || {
        let words = ["operator", "sign", "--dir", "profile", "--now", NOW];
        finish(place.command(words).env("WELLSPRING_PASSPHRASE", "correct horse"))
    };
    insta::assert_snapshot!(steady(&sign().yes()), @"
    Signed profile/profile.json: the profile of example.org, number 1.
      issuer      ISSUER
      expires     2027-11-22T10:00:00Z; sign again before

    Next: upload it, byte N byte,N so that this address serves it:
      https://example.org/.well-known/wellspring/profile.json
    Content-Type: application/json, without login and without a cookie wall. Then run
      wellspring operator check example.org

    To have it signed again in time without you, take a line for cron or a systemd timer:
      wellspring operator renew --print-timer --dir profile
    ");
    assert_eq!(place.mode("profile/profile.json"), 0o644);
    assert!(sign().yes().contains("number 2."));
    let held = json(&place.run("verify --json profile/profile.json").yes());
    assert_eq!(held["sequence"], 2);
    let names = ["operator-key-history.json", "operator-key.pem", "profile.json", "profile.toml"];
    let mut found: Vec<_> = std::fs::read_dir(place.path("profile"))
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    found.sort();
    assert_eq!(found, names);
}

#[test]
fn init_overwrites_nothing() {
    let place = Place::with_profile("example.org");
    let (profile, key) = (place.read("profile.toml"), place.read("operator-key.pem"));
    insta::assert_snapshot!(place.run("operator init other.example --no-passphrase").no(), @"error: profile.toml exists already and is not overwritten; take another folder or move it away");
    assert_eq!(place.read("profile.toml"), profile);
    std::fs::remove_file(place.path("profile.toml")).unwrap();
    place.run("operator init example.org").yes();
    assert_eq!((place.read("profile.toml"), place.read("operator-key.pem")), (profile, key));
}

#[test]
fn init_suggests_what_the_server_says_of_itself() {
    let place = Place::new();
    let host = Host::start(&place, "a.test");
    host.serve(
        "/.well-known/matrix/support",
        r#"{"contacts": [
            {"role": "m.role.admin", "matrix_id": "@ada:a.test", "email_address": "ada@a.test"},
            {"role": "m.role.security", "email_address": "nobody\n[about]"}
        ], "support_page": "javascript:alert(1)"}"#,
    );
    host.serve(
        "/.well-known/matrix/client",
        r#"{"m.homeserver": {"base_url": "https://a.test/matrix/"}}"#,
    );
    host.serve("/.well-known/matrix/server", r#"{"m.server": "a.test:443"}"#);
    host.serve(
        "/matrix/_matrix/client/versions",
        r#"{"unstable_features": {"org.matrix.simplified_msc3575": true}}"#,
    );
    host.serve(
        "/matrix/_matrix/client/v3/login",
        r#"{"flows": [{"type": "m.login.password"}, {"type": "m.login.token"}, {"type": "m.login.sso"}]}"#,
    );
    host.serve("/_matrix/federation/v1/version", "not JSON");
    let init = |more: &str| {
        place.run(&format!(
            "operator init a.test --no-passphrase --config dev.toml {more} --now {NOW}"
        ))
    };
    insta::assert_snapshot!(steady(&init("--fetch").yes()), @"
    a.test is ready to be described, by the issuer ISSUER
      profile.toml: what you say of your server; every line is explained there.
      operator-key.pem: the private key. Keep it and a copy in safe places; never publish it.
      operator-key-history.json: its public side, part of everything you sign.

    Asked the server, for suggestions in profile.toml:
      https://a.test/.well-known/matrix/support: contacts.contacts
      https://a.test/.well-known/matrix/client: nothing for a profile
      https://a.test/matrix/_matrix/client/versions: service.features
      https://a.test/matrix/_matrix/client/v3/login: registration.methods
      https://a.test/.well-known/matrix/server: nothing for a profile
      https://a.test:443/_matrix/federation/v1/version: not JSON: expected true, false or null (at byte N)

    Next: edit profile.toml, then run
      wellspring operator sign
    ");
    let found: Vec<_> = place
        .read("profile.toml")
        .lines()
        .skip_while(|line| !line.starts_with("# Found at"))
        .scan(0, |_, line| Some(line.to_owned()))
        .collect();
    let found: String = found
        .windows(2)
        .filter(|pair| pair[0].starts_with("# Found at"))
        .map(|pair| format!("{}\n{}\n", pair[0], pair[1]))
        .collect();
    insta::assert_snapshot!(found, @r#"
    # Found at https://a.test/matrix/_matrix/client/v3/login:
    #methods = ["password", "single-sign-on"]
    # Found at https://a.test/.well-known/matrix/support:
    #contacts = [{ email_address = "ada@a.test", matrix_id = "@ada:a.test", role = "m.role.admin" }]
    # Found at https://a.test/matrix/_matrix/client/versions:
    #features = ["sliding-sync"]
    "#);
    // Suggested, but said by nobody yet.
    place.run(&format!("operator sign --now {NOW}")).yes();
    assert!(!place.read("profile.json").contains("ada@"));

    // Without a terminal nobody is asked unless it is wished.
    for more in ["", "--no-fetch"] {
        std::fs::remove_file(place.path("profile.toml")).unwrap();
        assert!(!init(more).yes().contains("Asked"));
        assert!(!place.read("profile.toml").contains("Found at"));
    }
    // A server that is away is no reason not to begin.
    std::fs::remove_file(place.path("profile.toml")).unwrap();
    let away = "operator init b.test --fetch --no-passphrase --json";
    place.write(
        "dev.toml",
        "[development]\nallow_loopback = true\nhosts = { \"b.test\" = \"127.0.0.1:1\" }\n",
    );
    let report = json(&place.run(&format!("{away} --config dev.toml")).yes());
    assert_eq!(report["asked"].as_array().unwrap().len(), 6);
    assert!(report["asked"][0]["problem"].is_string(), "{report}");
}

#[test]
fn sign_refuses_what_no_node_would_take() {
    let place = Place::with_profile("example.org");
    let signed = place.read("profile.json");
    let profile = place.read("profile.toml");
    let sign = |more: &str| place.run(&format!("operator sign --now {NOW}{more}"));

    let mut answers = String::new();
    place.write("profile.toml", profile.replace("name.en =", "nam.en ="));
    answers.push_str(&sign("").no());
    place.write("profile.toml", profile.replace("[about]", "[about]\nsince = 2030-13-01"));
    answers.push_str(&sign("").no());
    place.write(
        "profile.toml",
        profile.replace("[registration]", "[registration]\nmode = \"sometimes\""),
    );
    answers.push_str(&sign("").no());
    place.write("profile.toml", &profile);
    answers.push_str(&sign(" --sequence 1").no());
    assert_eq!(place.read("profile.json"), signed);
    place.write("profile.json", signed.replacen("\"sequence\":1", "\"sequence\":7", 1));
    answers.push_str(&sign("").no());
    insta::assert_snapshot!(answers, @r#"
    error: profile.toml line 15, about.nam: is not a known member; did you mean name?
    error: profile.toml line 14: is not valid TOML: invalid date, expected month between 01 and 12
    error: profile.toml line 35, registration.mode: must be one of open, approval, invite, closed, not "sometimes"
    error: profile.json was not written: a document with the sequence 1 exists already; take a higher one
    error: profile.json does not hold (proof: the signature does not fit the document: one of them was altered, or another key signed), so the number of the last document is not known; move it away and give --sequence with a number above the last one that you published
    "#);

    let unread: String =
        [" --valid-days 401", " --valid-days 0", " --sequence 1000000000001", " --dir absent"]
            .iter()
            .map(|more| sign(more).unread())
            .collect();
    insta::assert_snapshot!(unread, @"
    error: invalid value '401' for '--valid-days <DAYS>': 401 is not in 1..=400

    For more information, try '--help'.
    error: invalid value '0' for '--valid-days <DAYS>': 0 is not in 1..=400

    For more information, try '--help'.
    error: invalid value '1000000000001' for '--sequence <N>': 1000000000001 is not in 1..=1000000000000

    For more information, try '--help'.
    error: absent/profile.toml is not there; `wellspring operator init SERVER_NAME` writes one
    ");
}

#[test]
fn a_lost_document_is_followed_by_a_higher_number() {
    let place = Place::with_profile("example.org");
    place.write("profile.json", "lost");
    std::fs::remove_file(place.path("profile.json")).unwrap();
    let report = json(
        &place.run(&format!("operator sign --sequence 9 --valid-days 30 --json --now {NOW}")).yes(),
    );
    assert_eq!(report["sequence"], 9);
    assert_eq!(report["expires_at"], "2026-12-22T10:00:00Z");
    assert_eq!(report["url"], "https://example.org/.well-known/wellspring/profile.json");
}

#[test]
fn another_key_begins_anew_and_says_so() {
    let place = Place::with_profile("example.org");
    for file in ["operator-key.pem", "operator-key-history.json"] {
        std::fs::remove_file(place.path(file)).unwrap();
    }
    place.run("key generate --name operator --no-passphrase").yes();
    let run = place.run("operator sign");
    insta::assert_snapshot!(run.err, @"warning: the profile before was signed by another issuer: to nodes that is as if the server had changed hands, and curators have to endorse it anew");
    assert!(run.yes().contains("number 1."));
}

#[test]
fn keys_that_cannot_be_used() {
    let place = Place::with_profile("example.org");
    place.write("passphrase", "correct horse");
    place.write("wrong", "battery staple");
    for file in ["operator-key.pem", "operator-key-history.json"] {
        std::fs::remove_file(place.path(file)).unwrap();
    }
    place.run("key generate --name operator --passphrase-file passphrase").yes();
    let mut answers = place.run("operator sign").unread();
    answers.push_str(&place.run("operator sign --passphrase-file wrong").unread());
    answers.push_str(&place.run("operator sign --passphrase-file absent").unread());
    place.write("operator-key.pem", "nothing");
    answers.push_str(&place.run("operator sign").unread());
    std::fs::remove_file(place.path("operator-key.pem")).unwrap();
    answers.push_str(&place.run("operator sign").unread());
    insta::assert_snapshot!(answers, @"
    error: operator-key.pem asks for its passphrase, and there is no terminal to ask on; use --passphrase-file or WELLSPRING_PASSPHRASE
    error: operator-key.pem could not be used: the passphrase does not open this private key
    error: absent could not be read: there is no such file or folder; check the path
    error: operator-key.pem could not be used: this is not a private key in PKCS#8 PEM (BEGIN PRIVATE KEY or BEGIN ENCRYPTED PRIVATE KEY)
    error: operator-key.pem could not be read: there is no such file or folder; check the path
    ");
}

#[test]
fn check_reads_files() {
    let place = Place::with_profile("example.org");
    let check = |words: &str| place.run(&format!("operator check {words} --now {NOW}"));
    insta::assert_snapshot!(steady(&check("profile.json").yes()), @"
    profile.json: no faults found.
      server      example.org
      issuer      ISSUER
      number      1, under key version 1
      expires     2027-11-22T10:00:00Z
      hint        about.name: the name is still the server name; give it a real one
      hint        about.description: say what the server is and whom it is for
      hint        about.languages: say which languages are spoken
      hint        registration.mode: say who gets an account
      hint        registration.link: give the page on which to begin
      hint        operator: say who runs the server
      hint        contacts: say how to reach you
      hint        policies.rules: link the rules
      hint        policies.privacy: link the privacy statement
      hint        hosting.countries: say in which countries the data lie
      hint        data_access: say who can technically read what users write
      hint        pricing: say what an account costs, even if it is free
      hint        portability: say how people can leave again
      hint        service.shutdown_notice_days: say how early you would tell people that you close
    ");
    assert!(check("./profile.toml").yes().starts_with("./profile.toml: no faults found.\n"));
    let report = json(&check("profile.json --json").yes());
    assert_eq!(report["ok"], true);
    assert_eq!(report["document"]["sequence"], 1);
    assert_eq!(report["hints"][0]["member"], "about.name");

    let faults = |words: &str| {
        let answer = place.run(&format!("operator check {words}")).no();
        let fault = |line: &&str| !line.contains("  hint  ");
        steady(&answer).lines().filter(fault).map(|line| format!("{line}\n")).collect::<String>()
    };
    let mut answers = faults("profile.json --now 2027-11-22T10:00:00Z");
    answers.push_str(&faults("profile.json --now 2026-11-22T09:54:59Z"));
    place.write(
        "altered.json",
        place.read("profile.json").replacen("\"sequence\":1", "\"sequence\":2", 1),
    );
    answers.push_str(&faults("altered.json"));
    place.write("wrong.toml", place.read("profile.toml").replace("name.en =", "nam.en ="));
    answers.push_str(&faults("wrong.toml"));
    insta::assert_snapshot!(answers, @"
    profile.json: one fault.
      server      example.org
      issuer      ISSUER
      number      1, under key version 1
      expires     2027-11-22T10:00:00Z
      fault       it expired at 2027-11-22T10:00:00Z and no longer counts; sign it again (profile.expired)
    profile.json: one fault.
      server      example.org
      issuer      ISSUER
      number      1, under key version 1
      expires     2027-11-22T10:00:00Z
      fault       issued at 2026-11-22T10:00:00Z, which is more than five minutes in the future; check the clock of the machine that signed (accept.from-the-future)
    altered.json: not valid; the first fault:
      fault       proof: the signature does not fit the document: one of them was altered, or another key signed (proof.invalid-signature)
    wrong.toml: one fault.
      fault       line 15, about.nam: is not a known member; did you mean name? (authoring.invalid)
    ");

    let soon = place.run("operator check profile.json --now 2027-11-10T10:00:00Z").yes();
    assert!(soon.contains("expires_at: it expires at 2027-11-22T10:00:00Z, in 12 days"), "{soon}");
    let unread: String = ["absent.json", "absent.toml", "./", "Example.org"]
        .iter()
        .map(|subject| check(subject).unread())
        .collect();
    insta::assert_snapshot!(unread, @r#"
    error: absent.json could not be read: there is no such file or folder; check the path
    error: absent.toml could not be read: there is no such file or folder; check the path
    error: ./ could not be read: it is a folder; name a file
    error: invalid value 'Example.org' for '<SERVER_NAME|FILE>': "Example.org" has an upper-case letter; server names in documents are lower case, and no such file exists

    For more information, try '--help'.
    "#);
}

#[test]
fn check_names_every_line_to_mend() {
    let place = Place::with_profile("example.org");
    let wrong = place
        .read("profile.toml")
        .replace("name.en =", "nam.en =")
        .replace("[registration]", "[registration]\nmode = \"free\"\nlink = \"http://example.org\"")
        .replace("[hosting]", "[hosting]\ncountries = [\"DE\", \"Austria\"]");
    place.write("wrong.toml", wrong);
    insta::assert_snapshot!(place.run("operator check wrong.toml").no(), @r#"
    wrong.toml: 4 faults.
      fault       line 15, about.nam: is not a known member; did you mean name? (authoring.invalid)
      fault       line 35, registration.mode: must be one of open, approval, invite, closed, not "free" (authoring.invalid)
      fault       line 36, registration.link: must begin with https:// (authoring.invalid)
      fault       line 97, hosting.countries[1]: must be a country code of ISO 3166-1 in two capital letters, like DE or GB (authoring.invalid)
    "#);
    let report = json(&place.run("operator check --json wrong.toml").no());
    assert_eq!((&report["ok"], report["faults"].as_array().unwrap().len()), (&false.into(), 4));
    let second = &report["faults"][1];
    assert_eq!((&second["line"], &second["place"]), (&35.into(), &"registration.mode".into()));
    place.write("wrong.toml", "server_name = example.org\n[about\n");
    insta::assert_snapshot!(place.run("operator check wrong.toml").no(), @"
    wrong.toml: 2 faults.
      fault       line 1: is not valid TOML: string values must be quoted, expected literal string (authoring.invalid)
      fault       line 2: is not valid TOML: unclosed table, expected `]` (authoring.invalid)
    ");
}

#[test]
fn check_looks_at_the_signed_profile_beside() {
    let place = Place::with_profile("example.org");
    let hints = |now: &str| {
        let answer = place.run(&format!("operator check profile.toml --now {now}")).yes();
        let hint = |line: &&str| line.contains("profile.json: ");
        answer.lines().filter(hint).map(|line| format!("{line}\n")).collect::<String>()
    };
    let mut answers = hints(NOW);
    answers.push_str(&hints("2027-11-10T10:00:00Z"));
    answers.push_str(&hints("2027-11-22T10:00:00Z"));
    place.write(
        "profile.toml",
        place.read("profile.toml").replace("[pricing]", "[pricing]\nmodel = 'free'"),
    );
    answers.push_str(&hints(NOW));
    place.write("profile.json", "{}");
    answers.push_str(&hints(NOW));
    insta::assert_snapshot!(answers, @"
    hint        profile.json: expires at 2027-11-22T10:00:00Z, in 12 days; sign again soon
    hint        profile.json: expired at 2027-11-22T10:00:00Z; sign again
    hint        profile.json: says something else than this file; sign to publish the edits
    hint        profile.json: does not hold; `wellspring operator check profile.json` says why
    ");
}

#[test]
fn check_fetches_what_a_node_would_fetch() {
    const PATH: &str = "/.well-known/wellspring/profile.json";
    let place = Place::with_profile("a.test");
    let host = Host::start(&place, "a.test");
    let check = || place.run(&format!("operator check a.test --config dev.toml --now {NOW}"));
    let first_lines = |text: &str| text.lines().take(3).collect::<Vec<_>>().join("\n");

    let mut answers = check()
        .unread()
        .lines()
        .filter(|line| !line.starts_with("warning"))
        .collect::<Vec<_>>()
        .join("\n");
    host.serve(PATH, place.read("profile.json"));
    assert!(check().yes().starts_with(&format!("https://a.test{PATH}: no faults found.\n")));
    host.serve(PATH, Place::with_profile("b.test").read("profile.json"));
    answers.push('\n');
    let other = check().no();
    answers.push_str(other.lines().find(|line| line.contains("fault  ")).unwrap());
    host.serve(PATH, r#"{"listing": "unlisted"}"#);
    answers.push('\n');
    answers.push_str(&first_lines(&check().yes()));
    host.serve(PATH, vec![b' '; 300_000]);
    answers.push('\n');
    answers.push_str(check().unread().lines().find(|line| line.contains("fault  ")).unwrap());
    insta::assert_snapshot!(answers, @"
    https://a.test/.well-known/wellspring/profile.json: could not be fetched.
      fault       https://a.test/.well-known/wellspring/profile.json: the host has no such file (status 404); check the address, or upload the file (fetch.not-found)
      fault       the profile is that of b.test, not of a.test; server_name must be the name asked for, letter by letter (source.name-mismatch)
    https://a.test/.well-known/wellspring/profile.json: no faults found.
      hint        listing: this file takes the server out of every list; upload a signed profile instead to be listed
      fault       https://a.test/.well-known/wellspring/profile.json: the body is longer than 256000 bytes, which is the limit (fetch.too-large)
    ");
}
