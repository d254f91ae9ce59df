//! Keys that change, are lost or stolen: recovery keys, paper, `rotate`, `recover`, `history`.

use std::fs;

use crate::place::{NOW, Place, finish, json, steady};

const LATER: &str = "2026-12-01T10:00:00Z";

/// A recovery key in the place, by its public half.
fn recovery_key(place: &Place, name: &str) -> String {
    let words = format!("key generate --recovery --name {name} --no-passphrase --json");
    json(&place.run(&words).yes())["recovery_key"].as_str().unwrap().to_owned()
}

/// An operator with a signed profile and one recovery key, which is in the place too.
fn with_recovery() -> Place {
    let place = Place::new();
    let key = recovery_key(&place, "recovery");
    let init =
        format!("operator init example.org --no-passphrase --recovery-key {key} --now {NOW}");
    place.run(&init).yes();
    place.run(&format!("operator sign --now {NOW}")).yes();
    place
}

fn issuer(place: &Place) -> String {
    let shown = json(&place.run("key show operator-key-history.json --json").yes());
    shown["issuer"].as_str().unwrap().to_owned()
}

fn document(place: &Place) -> serde_json::Value {
    serde_json::from_str(&place.read("profile.json")).unwrap()
}

#[test]
fn a_recovery_key_is_made_before_its_issuer() {
    let place = Place::new();
    place.write("passphrase", "correct horse\n");
    let made = place.run("key generate --recovery --passphrase-file passphrase");
    assert_eq!(made.err, "");
    insta::assert_snapshot!(steady(&made.yes()), @"
    Made the recovery key KEY
      recovery-key.pem: its private half. Whoever has it can take over the issuer.

    Next: put it on paper, and begin the issuer that it can recover:
      wellspring key print recovery-key.pem | lp
      wellspring operator init SERVER_NAME --recovery-key KEY
    Then move recovery-key.pem to where the issuer's own key is not, or delete it once the
    paper is in a safe place and `wellspring key type` has read it back.
    ");
    assert_eq!(place.names(), ["passphrase", "recovery-key.pem"]);
    assert_eq!(place.mode("recovery-key.pem"), 0o600);
    assert!(place.read("recovery-key.pem").contains("ENCRYPTED"));
    place.run("key generate --recovery --passphrase-file passphrase").no();

    let (a, b) = (recovery_key(&place, "a"), recovery_key(&place, "b"));
    let init = place.run(&format!(
        "operator init example.org --dir profile --no-passphrase --now {NOW} \
         --recovery-key {a} --recovery-key {b} --recovery-threshold 2"
    ));
    assert!(!init.err.contains("recovery"), "{}", init.err);
    insta::assert_snapshot!(steady(&init.yes()), @"
    example.org is ready to be described, by the issuer ISSUER
      profile/profile.toml: what you say of your server; every line is explained there.
      profile/operator-key.pem: the private key. Keep it and a copy in safe places; never publish it.
      profile/operator-key-history.json: its public side, part of everything you sign.
      recovery: 2 of 2 recovery keys can replace the key.

    Next: edit profile/profile.toml, then run
      wellspring operator sign --dir profile
    ");
    let history = json(&place.run("key history profile/operator-key.pem --json").yes());
    let mut keys = [a, b];
    keys.sort();
    let mut found: Vec<_> = history["states"][0]["recovery_keys"].as_array().unwrap().clone();
    found.sort_by_key(ToString::to_string);
    assert_eq!(found, keys);
    assert_eq!(history["states"][0]["recovery_threshold"], 2);
}

#[test]
fn an_issuer_without_recovery_keys_is_warned_and_gets_none_later() {
    let place = Place::new();
    let init = place.run("curator init --name Us --no-passphrase");
    insta::assert_snapshot!(init.err, @"
    warning: curator-key.pem will not be encrypted: whoever can read that file can sign as you
    warning: this issuer has no recovery key, and can never get one: if curator-key.pem is lost or stolen, the issuer is lost, and every recommendation that names it. To have one, delete curator-key.pem and curator-key-history.json before you sign anything, run `wellspring key generate --recovery`, and begin again with --recovery-key
    ");
    init.yes();
    let key = recovery_key(&place, "recovery");
    fs::remove_file(place.path("endorsements.toml")).unwrap();
    let mut refused = place.run(&format!("curator init --name Us --recovery-key {key}")).no();
    refused.push_str(
        &place
            .run("key recover curator-key-history.json --using recovery-key.pem --no-passphrase")
            .no(),
    );
    for words in [
        "key generate --name x --no-passphrase --recovery-threshold 1".to_owned(),
        format!(
            "key generate --name x --no-passphrase --recovery-key {key} --recovery-key {key} --recovery-threshold 2"
        ),
        "key generate --name x --no-passphrase --recovery-key z6Mk".to_owned(),
        format!("key generate --name x --no-passphrase --recovery --recovery-key {key}"),
    ] {
        refused.push_str(
            place.run(&words).unread().lines().find(|line| line.starts_with("error")).unwrap(),
        );
        refused.push('\n');
    }
    insta::assert_snapshot!(steady(&refused), @r#"
    error: curator-key-history.json exists already and names other recovery keys or none; an issuer that has begun gets none any more. Leave --recovery-key away, or move its files away to begin as another issuer
    error: this issuer has no recovery keys, so nothing can replace its key: begin as another issuer, and ask those who recommend you to name that one
    error: the following required arguments were not provided:
    error: --recovery-threshold is 2, but must be from 1 to 1, the number of different keys that may sign
    error: invalid value 'z6Mk' for '--recovery-key <MULTIKEY>': "z6Mk" is not a Multikey: "z" and the base58btc of 34 bytes, in its one canonical spelling
    error: the argument '--recovery' cannot be used with '--recovery-key <MULTIKEY>'
    "#);
    assert!(!place.path("x-key.pem").exists());
}

#[test]
fn a_key_goes_to_paper_and_back() {
    let place = Place::new();
    let key = recovery_key(&place, "recovery");
    let sheet = place.run("key print recovery-key.pem").yes();
    let lines: Vec<_> = sheet.lines().collect();
    assert_eq!(lines[2], "  wellspring1");
    assert_eq!(lines[3..6].iter().map(|line| line.split(' ').count()).sum::<usize>(), 15 + 6);
    assert_eq!(lines.last().unwrap(), &format!("Its public half: {key}"));
    assert!(lines.iter().all(|line| line.len() <= 80), "{sheet}");

    let typed = place.run_with_input("key type --name back --no-passphrase", &sheet);
    assert!(!typed.out.contains(lines[3].trim()) && !typed.err.contains(lines[3].trim()));
    insta::assert_snapshot!(steady(&typed.yes()), @"The key KEY is in back-key.pem");
    assert_eq!(place.read("back-key.pem"), place.read("recovery-key.pem"));
    assert_eq!(place.mode("back-key.pem"), 0o600);
    let shout = lines[3..6].concat().to_uppercase().replace(' ', "-");
    place.run_with_input("key type --name shout --no-passphrase", shout).yes();
    assert_eq!(place.read("shout-key.pem"), place.read("recovery-key.pem"));

    let mut refused = String::new();
    let mut swapped: Vec<char> = lines[3..6].concat().replace(' ', "").chars().collect();
    let at = (0..57).find(|at| swapped[*at] != swapped[at + 1]).unwrap();
    swapped.swap(at, at + 1);
    let swapped: String = swapped.into_iter().collect();
    for text in [
        swapped,
        sheet.replacen(lines[4], "", 1),
        sheet.replacen("wellspring1\n  ", "wellspring1 i", 1),
        String::new(),
    ] {
        refused.push_str(&place.run_with_input("key type --name no --no-passphrase", text).no());
    }
    place.run("key generate --no-passphrase").yes();
    refused.push_str(&place.run_with_input("key type --no-passphrase", &sheet).no());
    fs::remove_file(place.path("issuer-key.pem")).unwrap();
    refused.push_str(&place.run_with_input("key type --no-passphrase --name issuer", &sheet).no());
    insta::assert_snapshot!(steady(&refused), @r#"
    error: this is not a key as `wellspring key print` writes it: the last six characters do not fit the rest: at least one character is wrong
    error: this is not a key as `wellspring key print` writes it: 20 characters after "wellspring1", where a key has 58; some are missing
    error: this is not a key as `wellspring key print` writes it: group 1: "i" never occurs; the digit 1 and the letters b, i and o are not used
    error: this is not a key as `wellspring key print` writes it: 0 characters after "wellspring1", where a key has 58; some are missing
    error: recovery-key.pem exists already and is not overwritten; take another folder or move it away
    error: this is the key KEY, which issuer-key-history.json does not name; give another --name
    "#);
    assert!(!place.path("no-key.pem").exists());
}

#[test]
fn printing_an_encrypted_key_takes_its_passphrase() {
    let place = Place::new();
    place.write("passphrase", "correct horse\n");
    place.run("key generate --recovery --passphrase-file passphrase").yes();
    let printed = place.run("key print recovery-key.pem --passphrase-file passphrase").yes();
    assert!(printed.contains("wellspring1"));
    assert!(place.run("key print recovery-key.pem").unread().contains("asks for its passphrase"));
    place.write("passphrase", "wrong\n");
    place.run("key print recovery-key.pem --passphrase-file passphrase").unread();
    place.run("key print passphrase").unread();
}

/// A terminal keeps what it showed, and others look at it.
#[test]
fn a_key_is_shown_on_a_terminal_only_when_asked_for() {
    let place = Place::new();
    recovery_key(&place, "recovery");
    let program = env!("CARGO_BIN_EXE_wellspring");
    let on_terminal = |more: &str| {
        let mut script = std::process::Command::new("script");
        let command = format!("'{program}' key print recovery-key.pem{more}");
        script.args(["-qec", &command, "/dev/null"]).current_dir(place.path(""));
        script.stdin(std::process::Stdio::null()).output().ok()
    };
    let Some(refused) = on_terminal("") else {
        println!("skipped: the program `script` is not here");
        return;
    };
    let refused = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(refused.contains("--on-screen") && !refused.contains("wellspring1"), "{refused}");
    let shown = on_terminal(" --on-screen").unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains("wellspring1"));
}

#[test]
fn rotate_changes_the_key_and_signs_everything_again() {
    let place = with_recovery();
    let (id, old) = (issuer(&place), place.read("operator-key.pem"));
    let before = document(&place);
    let rotated = place.run(&format!("key rotate --no-passphrase --now {LATER}"));
    insta::assert_snapshot!(steady(&rotated.yes()), @"
    Changed the keys of ISSUER: state 2 counts from now on.
      operator-key.pem: the new private key. Copy it to a safe place.
      operator-key.old-1.pem: the key before. It signs nothing that counts any longer.
      operator-key-history.json: with the new state. Copy it as well.
      profile.json: signed again, number 2, until 2027-12-01T10:00:00Z.

    Next: upload profile.json, byte N byte,N to where nodes fetch it.
    What this issuer signed elsewhere stops to count then, until it is signed again.
    ");
    assert_eq!(issuer(&place), id);
    assert_eq!(place.read("operator-key.old-1.pem"), old);
    assert_eq!(place.mode("operator-key.old-1.pem"), 0o600);
    assert_eq!(place.mode("operator-key.pem"), 0o600);
    assert_ne!(place.read("operator-key.pem"), old);

    let held = json(&place.run(&format!("verify --json profile.json --now {LATER}")).yes());
    assert_eq!((&held["sequence"], &held["key_version"]), (&2.into(), &2.into()));
    assert_eq!(held["issued_at"], LATER);
    assert_eq!(held["expires_at"], "2027-12-01T10:00:00Z");
    let after = document(&place);
    for member in ["server_name", "about", "issuer", "type"] {
        assert_eq!(before[member], after[member], "{member}");
    }
    assert!(place.run(&format!("operator sign --now {LATER}")).yes().contains("number 3."));

    insta::assert_snapshot!(steady(&place.run("key history operator-key-history.json").yes()), @"
    The keys of ISSUER

    State 1 of 2026-11-22T10:00:00Z
      the beginning: it makes the issuer id
      one key signs
        KEY
      recovery by 1 of 1 key
        KEY
      signed by   KEY

    State 2 of 2026-12-01T10:00:00Z, which counts now
      made by the signing keys of the state before
      one key signs
        KEY, new
      no longer   KEY
      recovery by 1 of 1 key
        KEY
      signed by   KEY
      signed by   KEY
    ");
    let told = place.run("key history profile.json").yes();
    assert_eq!(told, place.run("key history operator-key.pem").yes());
}

#[test]
fn rotate_takes_passphrases_without_a_terminal() {
    let place = Place::new();
    place.write("old", "correct horse\n");
    place.write("new", "battery staple\n");
    place.run("key generate --passphrase-file old").yes();
    let rotate = |more: &str| place.run(&format!("key rotate --now {LATER}{more}"));
    assert!(rotate("").unread().contains("asks for its passphrase"));
    assert!(rotate(" --passphrase-file new").unread().contains("does not open"));
    rotate(" --passphrase-file old").yes();
    // As before, where nothing else is said.
    let words = ["key", "rotate", "--new-passphrase-file", "new", "--json"];
    let run = finish(place.command(words).env("WELLSPRING_PASSPHRASE", "correct horse"));
    let changed = json(&run.yes());
    assert_eq!(changed["key_version"], 3);
    assert_eq!(changed["old_key_file"], "issuer-key.old-2.pem");
    assert_eq!(changed["signed_again"].as_array().unwrap().len(), 0);
    rotate(" --passphrase-file new --no-passphrase").yes();
    assert!(place.read("issuer-key.pem").starts_with("-----BEGIN PRIVATE KEY-----"));
    assert!(rotate("").unread().contains("use --new-passphrase-file or --no-passphrase"));
    rotate(" --no-passphrase").yes();
    let told = json(&place.run("key history --json").yes());
    assert_eq!(told["key_version"], 5);
    assert_eq!(told["states"][4]["authorised_by"], "signing");
}

#[test]
fn rotate_says_who_else_may_sign() {
    let place = with_recovery();
    let other = recovery_key(&place, "other");
    let rotate =
        |more: &str| place.run(&format!("key rotate operator-key.pem --now {LATER} {more}"));
    let own = place.read("operator-key.pem");
    rotate(&format!("--keep-key --signing-key {other}")).yes();
    assert_eq!(place.read("operator-key.pem"), own);
    assert!(!place.path("operator-key.old-1.pem").exists());
    let keys = || {
        let told = json(&place.run("key history operator-key.pem --json").yes());
        let states = told["states"].as_array().unwrap().clone();
        states.last().unwrap()["signing_keys"].as_array().unwrap().len()
    };
    assert_eq!(keys(), 2);
    rotate("--no-passphrase").yes();
    assert_eq!(keys(), 2, "the other stays");
    let mut refused = rotate(&format!("--keep-key --signing-key {other}")).no();
    let told = json(&place.run("key history operator-key.pem --json").yes());
    let signing = told["states"][2]["signing_keys"].as_array().unwrap();
    let own = signing.iter().find(|key| **key != *other).unwrap().as_str().unwrap();
    refused.push_str(&rotate(&format!("--no-passphrase --signing-key {own}")).no());
    rotate("--no-passphrase --alone").yes();
    assert_eq!(keys(), 1);
    refused.push_str(&rotate("--keep-key --alone").no());
    insta::assert_snapshot!(steady(&refused), @"
    error: nothing would change: these keys sign already
    error: KEY is the key that is to be replaced; to keep it there is --keep-key
    error: nothing would change: these keys sign already
    ");
    let held = json(&place.run("verify profile.json --json").yes());
    assert_eq!(held["key_version"], 4);
}

#[test]
fn a_curator_and_a_run_up_number_change_keys_as_well() {
    let place = Place::with_list();
    place.run("curator endorse good.example --no-fetch").yes();
    place.run("curator sign --valid-days 30 --sequence 1000000000000").yes();
    let entries = |place: &Place| -> serde_json::Value {
        let list: serde_json::Value =
            serde_json::from_str(&place.read("endorsements.json")).unwrap();
        list["entries"].clone()
    };
    let before = entries(&place);
    let changed = json(&place.run("key rotate --no-passphrase --json").yes());
    assert_eq!(changed["signed_again"][0]["file"], "endorsements.json");
    let held = json(&place.run("verify endorsements.json --json").yes());
    assert_eq!((&held["sequence"], &held["key_version"]), (&1.into(), &2.into()));
    assert_eq!(entries(&place), before);
    assert!(place.run("curator sign").yes().contains("number 2."));
}

#[test]
fn rotate_touches_nothing_that_is_not_the_issuers() {
    let place = with_recovery();
    let other = Place::with_profile("other.example");
    place.write("profile.json", other.read("profile.json"));
    place.run("key rotate --no-passphrase").yes();
    assert_eq!(place.read("profile.json"), other.read("profile.json"));
    place.write("profile.json", "{}");
    let rotated = place.run("key rotate --no-passphrase");
    assert!(rotated.err.contains("profile.json does not hold"), "{}", rotated.err);
    rotated.yes();
    assert_eq!(place.read("profile.json"), "{}");

    let mut refused = place.run("key rotate profile.json").unread();
    place.run("key generate --name second --no-passphrase").yes();
    refused.push_str(&place.run("key rotate").unread());
    refused.push_str(&place.run("key rotate absent-key.pem").unread());
    fs::remove_file(place.path("second-key.pem")).unwrap();
    refused.push_str(&place.run("key rotate second-key.pem").unread());
    insta::assert_snapshot!(refused, @"
    error: profile.json is named neither NAME-key.pem nor NAME-key-history.json; name one of those
    error: there are several key histories here: operator-key-history.json, second-key-history.json; name one
    error: absent-key.pem could not be read: there is no such file or folder; check the path
    error: second-key.pem could not be read: there is no such file or folder; check the path
    ");
}

#[test]
fn a_lost_key_is_recovered_from_a_file() {
    let place = with_recovery();
    let id = issuer(&place);
    fs::remove_file(place.path("operator-key.pem")).unwrap();
    let recover = format!("key recover operator-key-history.json --no-passphrase --now {LATER}");
    let mut refused = place.run(&recover).unread();
    place.run("key generate --name other --recovery --no-passphrase").yes();
    refused.push_str(&place.run(&format!("{recover} --using other-key.pem")).no());
    place.write("words", "hello");
    refused.push_str(&place.run(&format!("{recover} --using words")).no());
    refused.push_str(
        &place.run(&format!("{recover} --using recovery-key.pem --after-version 2")).no(),
    );
    insta::assert_snapshot!(steady(&refused), @r#"
    error: recovery keys are needed, and there is no terminal to ask on; name their files with --using
    error: KEY is no recovery key of this issuer; its recovery keys are KEY
    error: words was not used: this is not a key as `wellspring key print` writes it: group 2: "o" never occurs; the digit 1 and the letters b, i and o are not used
    error: there is no key state 2; the last one is 1
    "#);
    assert!(!place.path("operator-key.pem").exists());
    let recovered = place.run(&format!("{recover} --using recovery-key.pem"));
    insta::assert_snapshot!(steady(&recovered.yes()), @"
    Recovered ISSUER: state 2 counts from now on.
      operator-key.pem: the new private key. Copy it to a safe place.
      operator-key-history.json: with the new state. Copy it as well.
      profile.json: signed again, number 2, until 2027-12-01T10:00:00Z.

    Next: upload profile.json, byte N byte,N to where nodes fetch it.
    What this issuer signed elsewhere stops to count then, until it is signed again.

    What it undoes, as soon as nodes see it: every other key state that follows state
    1, whoever made it, and what was signed under those.
    The recovery key was on this machine now; keep it where the key is not.
    ");
    assert_eq!(issuer(&place), id);
    let held = json(&place.run("verify profile.json --json").yes());
    assert_eq!((&held["sequence"], &held["key_version"]), (&2.into(), &2.into()));
    assert!(place.run(&format!("operator sign --now {LATER}")).yes().contains("number 3."));
    let told = place.run("key history profile.json").yes();
    insta::assert_snapshot!(steady(told.split_once("\nState 2").unwrap().1), @"
    of 2026-12-01T10:00:00Z, which counts now
     made by recovery keys: it undoes other states in its place
     one key signs
       KEY, new
     no longer   KEY
     recovery by 1 of 1 key
       KEY
     signed by   KEY
     signed by   KEY
    ");
}

/// Nothing is left but what is on paper and what the world can see.
#[test]
fn an_issuer_comes_back_from_a_document_and_paper() {
    let place = with_recovery();
    let id = issuer(&place);
    let paper = place.run("key print recovery-key.pem").yes();
    let fresh = Place::new();
    fresh.write("profile.json", place.read("profile.json"));
    let next = recovery_key(&fresh, "next");
    let recover = format!("key recover profile.json --using - --recovery-key {next} --json");
    let run = finish(fresh.command(recover.split(' ')).env("WELLSPRING_PASSPHRASE", "correct"));
    assert!(run.no().contains("this is not a key"), "no standard input");
    let recover = format!("{recover} --no-passphrase");
    let changed = json(&fresh.run_with_input(&recover, &paper).yes());
    assert_eq!(changed["issuer"], *id);
    assert_eq!(changed["follows_version"], 1);
    assert_eq!(
        fresh.names(),
        ["next-key.pem", "operator-key-history.json", "operator-key.pem", "profile.json"]
    );
    let told = json(&fresh.run("key history --json").yes());
    let state = &told["states"][1];
    assert_eq!(state["authorised_by"], "recovery");
    assert_eq!(state["recovery_changed"], true);
    assert_eq!(state["recovery_keys"][0], *next);
    assert_eq!(json(&fresh.run("verify profile.json --json").yes())["key_version"], 2);
    // The recovery key of before has no say any longer.
    fresh.write("paper", &paper);
    fresh.run("key recover profile.json --using paper --no-passphrase").no();
    fresh.run("key recover profile.json --using next-key.pem --no-passphrase").yes();
}

/// A thief with the key makes a state of their own; so does the owner; nodes contest them
/// until the owner recovers from the state before.
#[test]
fn a_stolen_key_is_undone() {
    let place = with_recovery();
    let thief = Place::new();
    for file in ["operator-key.pem", "operator-key-history.json", "profile.json"] {
        thief.write(file, place.read(file));
    }
    thief.run(&format!("key rotate --no-passphrase --now {LATER}")).yes();
    place.run(&format!("key rotate --no-passphrase --now {LATER}")).yes();
    let recover = "key recover operator-key.pem --no-passphrase --using recovery-key.pem";
    let recovered = place.run(&format!("{recover} --after-version 1 --now {LATER} --json"));
    let changed = json(&recovered.yes());
    assert_eq!(changed["follows_version"], 1);
    assert_eq!(changed["key_version"], 2);
    assert_eq!(changed["old_key_file"], "operator-key.old-2.pem");
    assert_eq!(changed["old_history_file"], "operator-key-history.old-2.json");
    let told = json(&place.run("key history profile.json --json").yes());
    assert_eq!(told["states"].as_array().unwrap().len(), 2);
    assert_eq!(told["states"][1]["authorised_by"], "recovery");
    // Twice in one place would settle nothing.
    let again = place.run(&format!("{recover} --after-version 1"));
    insta::assert_snapshot!(again.no(), @"error: key state 2 was made by recovery keys itself; two recoveries in one place would leave the issuer contested for ever. Go back no further than to it");
    place.run(&format!("operator sign --now {LATER}")).yes();
    // The thief cannot do it.
    let refused =
        thief.run("key recover operator-key.pem --no-passphrase --using operator-key.pem");
    assert!(steady(&refused.no()).contains("KEY is no recovery key of this issuer"));
}

#[test]
fn several_recovery_keys_count_as_many_as_they_are() {
    let place = Place::new();
    place.write("passphrase", "correct horse\n");
    let words = "key generate --recovery --name a --passphrase-file passphrase --json";
    let a = json(&place.run(words).yes())["recovery_key"].as_str().unwrap().to_owned();
    let b = recovery_key(&place, "b");
    place.run(&format!(
        "key generate --no-passphrase --recovery-key {a} --recovery-key {b} --recovery-threshold 2"
    )).yes();
    let recover = |more: &str| place.run(&format!("key recover --no-passphrase {more}"));
    let refused = recover("--using b-key.pem --using a-key.pem").unread();
    insta::assert_snapshot!(refused, @"
    error: a-key.pem asks for its passphrase, and there is no terminal to ask on; use --recovery-passphrase-file
    ");
    let (other, more) = (recovery_key(&place, "other"), "--recovery-passphrase-file passphrase");
    recover(&format!("--using b-key.pem --using a-key.pem {more} --signing-key {other}")).yes();
    let told = place.run("key history").yes();
    assert!(told.contains("any of 2 keys signs alone"), "{told}");
    assert!(told.contains("recovery by 2 of 2 keys\n"), "{told}");
}
