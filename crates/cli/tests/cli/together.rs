//! Several people who sign together, each in a folder with a key of their own.

use std::fs;

use crate::place::{NOW, Place, json, steady};

pub(crate) const LATER: &str = "2026-12-01T10:00:00Z";

/// A key of somebody who signs with others, by its public half.
fn cosigner(place: &Place, role: &str) -> String {
    let words = format!("key generate --cosigner --name {role} --no-passphrase --json");
    json(&place.run(&words).yes())["signing_key"].as_str().unwrap().to_owned()
}

fn recovery_key(place: &Place) -> String {
    let words = "key generate --recovery --no-passphrase --json";
    json(&place.run(words).yes())["recovery_key"].as_str().unwrap().to_owned()
}

/// Hands a file to somebody else.
pub(crate) fn pass(from: &Place, file: &str, to: &Place) {
    to.write(file, from.read(file));
}

/// Two people of whom both must sign, and the profile that they signed first.
pub(crate) fn two_operators() -> (Place, Place) {
    let (ann, ben) = (Place::new(), Place::new());
    let key = cosigner(&ben, "operator");
    let init = format!("operator init example.org --no-passphrase --no-fetch --now {NOW}");
    ann.run(&format!("{init} --signing-key {key} --threshold 2")).waiting();
    pass(&ann, "operator-key-history.draft.json", &ben);
    let cosign = format!("operator cosign --yes --now {NOW}");
    ben.run(&format!("{cosign} operator-key-history.draft.json")).yes();
    pass(&ben, "operator-key-history.json", &ann);
    ann.run(&format!("{cosign} operator-key-history.json")).yes();
    ann.run(&format!("operator sign --now {NOW}")).waiting();
    pass(&ann, "profile.draft.json", &ben);
    ben.run(&format!("{cosign} profile.draft.json")).yes();
    pass(&ben, "profile.json", &ann);
    ann.run(&format!("{cosign} profile.json")).yes();
    (ann, ben)
}

#[test]
fn two_curators_begin_together_and_sign_one_list() {
    let (ann, ben) = (Place::new(), Place::new());
    let key = cosigner(&ben, "curator");
    let recovery = recovery_key(&ann);
    let begun = ann.run(&format!(
        "curator init --name Us --no-passphrase --now {NOW} --signing-key {key} --threshold 2 \
         --recovery-key {recovery}"
    ));
    insta::assert_snapshot!(unordered(&begun.waiting()), @r#"
    Us can begin once the others have signed, as the issuer ISSUER
      endorsements.toml: the list; every line is explained there.
      curator-key.pem: the private key. Keep it and a copy in safe places; never publish it.

    curator-key-history.draft.json lacks signatures of others; with them the issuer begins.
      issuer      ISSUER
      state       1: 2 of 2 keys must sign
        KEY
        KEY
      recovery    1 of 1 keys can replace the others
        KEY
      signatures  1 of 2 needed
        KEY  not yet
        KEY  signed, your key

    Next: pass curator-key-history.draft.json on to somebody whose signature is missing, who runs
      wellspring curator cosign curator-key-history.draft.json
    The last of you gets curator-key-history.json, for all to take up.

    Then name the servers that you know, then sign the list:
      wellspring curator endorse example.org --reason "Why"
      wellspring curator sign
    "#);
    assert!(!ann.path("curator-key-history.json").exists());
    let too_early = ann.run("curator sign --json");
    assert_eq!(json(&too_early.out)["error"]["code"], "cosign.not-begun");

    pass(&ann, "curator-key-history.draft.json", &ben);
    let cosigned =
        ben.run(&format!("curator cosign curator-key-history.draft.json --yes --now {NOW}"));
    insta::assert_snapshot!(unordered(&cosigned.err), @"
    You are asked to begin an issuer together with others:
      issuer      ISSUER
      made        2026-11-22T10:00:00Z
      state       1: 2 of 2 keys must sign
        KEY
        KEY
      recovery    1 of 1 keys can replace the others
        KEY
      signatures  1 of 2 needed
        KEY  not yet, your key
        KEY  signed
    ");
    insta::assert_snapshot!(unordered(&cosigned.yes()), @"
    Signed: state 1 has all signatures and counts from now on.
      issuer      ISSUER
      curator-key-history.json: the key history, part of everything that you sign.

    Next: give curator-key-history.json to the others, who run
      wellspring curator cosign curator-key-history.json
    Then one of you signs what you publish, and the others cosign:
      wellspring curator sign
    ");
    assert_eq!(ben.names(), ["curator-key-history.json", "curator-key.pem"]);
    pass(&ben, "curator-key-history.json", &ann);
    let taken = ann.run(&format!("curator cosign curator-key-history.json --now {NOW}"));
    insta::assert_snapshot!(unordered(&taken.yes()), @"
    State 1 has all signatures and counts here from now on.
      issuer      ISSUER
      curator-key-history.json: the key history, part of everything that you sign.

    Next: sign what you publish, unless another has; the others cosign:
      wellspring curator sign
    ");
    assert!(!ann.path("curator-key-history.draft.json").exists());

    ann.run(&format!("curator list a.example --no-fetch --now {NOW}")).yes();
    ann.run(&format!("curator list b.example --no-fetch --now {NOW}")).yes();
    let signed = ann.run(&format!("curator sign --now {NOW}"));
    insta::assert_snapshot!(unordered(&signed.waiting()), @"
    endorsements.draft.json has 1 of 2 signatures; nothing is published yet.
      number      1
      expires     2027-02-20T10:00:00Z
      signatures  1 of 2 needed
        KEY  not yet
        KEY  signed, your key

    Next: pass endorsements.draft.json on to somebody whose signature is missing, who runs
      wellspring curator cosign endorsements.draft.json
    The last of you gets endorsements.json, ready to upload.
    ");
    assert!(!ann.path("endorsements.json").exists());
    pass(&ann, "endorsements.draft.json", &ben);
    let shown = json(&ben.run("curator show endorsements.draft.json --json").waiting());
    assert_eq!(shown["complete"], false);
    assert_eq!(shown["signatures"]["missing"][0], *key);
    assert_eq!(shown["signatures"]["own_key"], *key);
    ben.run(&format!("curator cosign endorsements.draft.json --yes --now {NOW}")).yes();
    assert_eq!(ben.names(), ["curator-key-history.json", "curator-key.pem", "endorsements.json"]);
    let held = json(&ben.run(&format!("verify endorsements.json --json --now {NOW}")).yes());
    assert_eq!((&held["threshold"], held["signers"].as_array().unwrap().len()), (&2.into(), 2));
    pass(&ben, "endorsements.json", &ann);
    ann.run(&format!("curator cosign endorsements.json --now {NOW}")).yes();
    assert!(!ann.path("endorsements.draft.json").exists());

    // What changed is told to whoever is asked to sign it.
    ann.run("curator remove a.example").yes();
    ann.run(&format!("curator endorse b.example --no-fetch --reason Good --now {LATER}")).yes();
    ann.run(&format!("curator list c.example --no-fetch --now {LATER}")).yes();
    ann.run(&format!("curator sign --now {LATER}")).waiting();
    pass(&ann, "endorsements.draft.json", &ben);
    let asked = ben.run(&format!("curator cosign endorsements.draft.json --now {LATER}"));
    insta::assert_snapshot!(unordered(&asked.no()), @r#"
    You are asked to sign this endorsement list:
      issuer      ISSUER
      sequence    2, under key version 1
      issued      2026-12-01T10:00:00Z
      expires     2027-03-01T10:00:00Z
      identity    HASH
      signatures  1 of 2 needed
        KEY  not yet, your key
        KEY  signed
    Changed since endorsements.json, number 1 of 2026-11-22T10:00:00Z:
      removed     a.example, which was list
      changed     b.example: from list to endorse
      added       c.example: list
    In every detail:
      removed  entries[a.example].reviewed_at: "2026-11-22"
      removed  entries[a.example].server_name: "a.example"
      removed  entries[a.example].verdict: "list"
      added    entries[b.example].reason.en: "Good"
      changed  entries[b.example].reviewed_at
        from   "2026-11-22"
        to     "2026-12-01"
      changed  entries[b.example].verdict
        from   "list"
        to     "endorse"
      added    entries[c.example].reviewed_at: "2026-12-01"
      added    entries[c.example].server_name: "c.example"
      added    entries[c.example].verdict: "list"
    error: nothing was signed, because nobody said yes; where there is no terminal to ask on, look at what is said above and give --yes
    "#);
}

/// Keys are random, and so is their order: their lines are sorted.
pub(crate) fn unordered(text: &str) -> String {
    let steady = steady(text);
    let mut lines: Vec<&str> = steady.lines().collect();
    let is_key = |line: &&str| line.starts_with("    KEY");
    lines.chunk_by_mut(|a, b| is_key(a) && is_key(b)).for_each(<[_]>::sort_unstable);
    lines.join("\n")
}

#[test]
fn a_profile_needs_as_many_as_the_keys_say_and_never_less() {
    let (ann, ben) = two_operators();
    let published = ann.read("profile.json");
    let edited =
        ann.read("profile.toml").replace("[registration]", "[registration]\nmode = \"open\"");
    ann.write("profile.toml", &edited);
    ann.run(&format!("operator sign --now {LATER}")).waiting();
    assert_eq!(ann.read("profile.json"), published, "nothing is published yet");
    assert!(ann.run("verify profile.draft.json").no().contains("proof.below-threshold"));
    insta::assert_snapshot!(
        unordered(&ann.run(&format!("operator show --now {LATER}")).waiting()), @r#"
    profile.draft.json is a draft: signatures are missing.
      what        profile of example.org
      issuer      ISSUER
      sequence    2, under key version 1
      issued      2026-12-01T10:00:00Z
      expires     2027-12-01T10:00:00Z
      identity    HASH
      signatures  1 of 2 needed
        KEY  not yet
        KEY  signed, your key
    Changed since profile.json, number 1 of 2026-11-22T10:00:00Z:
      added    registration.mode: "open"
    "#
    );
    // To sign twice is to sign once.
    let again = ann.run(&format!("operator cosign profile.draft.json --yes --json --now {LATER}"));
    assert_eq!(json(&again.out)["error"]["code"], "cosign.already-signed");
    again.no();
    // A draft that is passed on and back stays what it is.
    let draft: serde_json::Value = serde_json::from_str(&ann.read("profile.draft.json")).unwrap();
    pass(&ann, "profile.draft.json", &ben);
    ben.run(&format!("operator cosign profile.draft.json --yes --now {LATER}")).yes();
    let mut signed: serde_json::Value = serde_json::from_str(&ben.read("profile.json")).unwrap();
    assert_eq!(signed["proof"].as_array().unwrap().len(), 2);
    assert_eq!(signed["proof"][0], draft["proof"]);
    signed["proof"] = draft["proof"].clone();
    assert_eq!(signed, draft);
}

/// Copies that were sent to two people at once come back with one signature more each.
#[test]
fn signatures_that_were_gathered_apart_come_together() {
    let (ann, ben, cleo) = (Place::new(), Place::new(), Place::new());
    let keys = [cosigner(&ben, "operator"), cosigner(&cleo, "operator")];
    ann.run(&format!(
        "operator init example.org --no-fetch --no-passphrase --threshold 3 --signing-key {} \
         --signing-key {}",
        keys[0], keys[1]
    ))
    .waiting();
    let draft = "operator-key-history.draft.json";
    for other in [&ben, &cleo] {
        pass(&ann, draft, other);
        other.run(&format!("operator cosign {draft} --yes")).waiting();
    }
    for (other, name) in [(&ben, "ben.json"), (&cleo, "cleo.json")] {
        ann.write(name, other.read(draft));
    }
    let more = json(&ann.run("operator cosign ben.json --json").waiting());
    assert_eq!(more["signatures"]["new_keys"]["missing"].as_array().unwrap().len(), 1);
    let again = ann.run("operator cosign ben.json --json");
    assert_eq!(json(&again.out)["error"]["code"], "cosign.already-signed");
    ann.run("operator cosign cleo.json").yes();
    assert!(ann.path("operator-key-history.json").exists());

    // A document is no other.
    ann.run("operator sign").waiting();
    for other in [&ben, &cleo] {
        other.write("whole.json", ann.read("operator-key-history.json"));
        other.run("operator cosign whole.json").yes();
        pass(&ann, "profile.draft.json", other);
        other.run("operator cosign profile.draft.json --yes").waiting();
    }
    ann.write("ben.json", ben.read("profile.draft.json"));
    ann.write("cleo.json", cleo.read("profile.draft.json"));
    ann.run("operator cosign ben.json").waiting();
    ann.run("operator cosign cleo.json").yes();
    let held = json(&ann.run("verify profile.json --json").yes());
    assert_eq!(held["signers"].as_array().unwrap().len(), 3);
}

#[test]
fn what_is_not_to_be_signed_is_refused_for_its_reason() {
    let (ann, ben) = two_operators();
    ann.run(&format!("operator sign --now {LATER}")).waiting();
    let good = ann.read("profile.draft.json");
    let mut refused = String::new();
    let mut refuse = |place: &Place, more: &str, code: &str| {
        let run = place.run(&format!("operator cosign offered.json --json {more}"));
        let error = json(&run.out)["error"].clone();
        assert_eq!(error["code"], code, "{run:?}");
        refused.push_str(&format!("{}\n", error["message"].as_str().unwrap()));
        run.no();
        assert!(!place.path("profile.draft.json").exists());
    };
    let yes = format!("--yes --now {LATER}");
    ben.write("offered.json", &good);
    refuse(&ben, &format!("--now {LATER}"), "cosign.unconfirmed");
    refuse(&ben, "--yes --now 2026-11-30T10:00:00Z", "accept.from-the-future");
    refuse(&ben, "--yes --now 2028-11-30T10:00:00Z", "cosign.expired");
    let altered = |from: &str, to: &str| {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        text
    };
    ben.write("offered.json", altered("\"sequence\":2", "\"sequence\":3"));
    refuse(&ben, &yes, "proof.invalid-signature");
    ben.write("offered.json", altered("\"sequence\":2", "\"sequence\":2,\"sequence\":2"));
    refuse(&ben, &yes, "json.duplicate-member");
    ben.write("offered.json", altered("\"server_name\"", "\"server-name\""));
    refuse(&ben, &yes, "schema.bad-member");
    ben.write("offered.json", altered("2027-12-01", "2029-12-01"));
    refuse(&ben, &yes, "envelope.lifetime-too-long");

    // Somebody whose key is not asked for.
    let stranger = Place::new();
    cosigner(&stranger, "operator");
    stranger.write("offered.json", &good);
    refuse(&stranger, &yes, "cosign.not-a-signer");
    assert!(!stranger.path("operator-key-history.json").exists());
    // Another issuer, and another server.
    let (_, others) = two_operators();
    others.write("offered.json", &good);
    refuse(&others, &yes, "cosign.wrong-issuer");
    let toml = ann.read("profile.toml");
    ann.write("profile.toml", toml.replace("\"example.org\"", "\"example.net\""));
    ann.run(&format!("operator sign --now {LATER}")).waiting();
    pass(&ann, "profile.draft.json", &ben);
    fs::rename(ben.path("profile.draft.json"), ben.path("offered.json")).unwrap();
    refuse(&ben, &yes, "cosign.wrong-subject");

    // Older than what is published, and of the same number.
    fs::remove_file(ann.path("profile.draft.json")).unwrap();
    ann.write("profile.toml", &toml);
    ann.run(&format!("operator sign --sequence 5 --now {LATER}")).waiting();
    ben.write("five.json", ann.read("profile.draft.json"));
    ben.run(&format!("operator cosign five.json {yes}")).yes();
    ben.write("offered.json", &good);
    refuse(&ben, &yes, "accept.rolled-back");
    fs::remove_file(ann.path("profile.draft.json")).unwrap();
    ann.run("operator sign --sequence 5 --now 2026-12-02T10:00:00Z").waiting();
    ben.write("offered.json", ann.read("profile.draft.json"));
    refuse(&ben, "--yes --now 2026-12-02T10:00:00Z", "cosign.number-taken");
    insta::assert_snapshot!(steady(&refused), @r#"
    nothing was signed, because nobody said yes; where there is no terminal to ask on, look at what is said above and give --yes
    offered.json was not signed: issued at 2026-12-01T10:00:00Z, which is more than five minutes in the future
    offered.json was not signed: it expired at 2027-12-01T10:00:00Z
    offered.json does not hold, whoever signs it: proof: the signature does not fit the document: one of them was altered, or another key signed
    offered.json does not hold, whoever signs it: the member "sequence" appears twice (at byte N)
    offered.json does not hold, whoever signs it: server_name: is required
    offered.json does not hold, whoever signs it: expires_at: this profile is valid for longer than the 400 days allowed
    offered.json was not signed: the key KEY is none of those whose signature counts here
    offered.json was not signed: it is of the issuer ISSUER, and the key history in this folder of ISSUER
    offered.json was not signed: it is about example.net, and the document before about example.org
    offered.json was not signed: sequence 2 is older than sequence 5, which is known
    offered.json was not signed: another document with the number 5 is signed already; two of one number contradict each other in public
    "#);
}

/// With three people of whom two must sign, one who signs two drafts of one number could
/// complete both.
#[test]
fn nobody_signs_two_drafts_that_contradict_each_other() {
    let (ann, ben, cleo) = (Place::new(), Place::new(), Place::new());
    let keys = [cosigner(&ben, "curator"), cosigner(&cleo, "curator")];
    ann.run(&format!(
        "curator init --name Us --no-passphrase --threshold 2 --signing-key {} --signing-key {}",
        keys[0], keys[1]
    ))
    .waiting();
    pass(&ann, "curator-key-history.draft.json", &ben);
    ben.run("curator cosign curator-key-history.draft.json --yes").yes();
    for other in [&ann, &cleo] {
        other.write("whole.json", ben.read("curator-key-history.json"));
        other.run("curator cosign whole.json").yes();
    }
    cleo.write("endorsements.toml", ann.read("endorsements.toml"));
    ann.run("curator sign").waiting();
    cleo.run("curator list a.example --no-fetch").yes();
    cleo.run("curator sign").waiting();
    cleo.write("offered.json", ann.read("endorsements.draft.json"));
    let refused = cleo.run("curator cosign offered.json --yes --json");
    assert_eq!(json(&refused.out)["error"]["code"], "cosign.signed-another");
    insta::assert_snapshot!(steady(refused.no().lines().last().unwrap()), @"error: offered.json was not signed: you signed another document with the number 1 already, which is in endorsements.draft.json; if nobody else has that, remove it, else begin one with a higher number");
    // A further draft has a number of its own.
    let further = json(&cleo.run("curator sign --json").waiting());
    assert_eq!(further["sequence"], 2);
}

#[test]
fn a_rotation_goes_from_hand_to_hand_and_what_was_published_follows() {
    let (ann, ben) = two_operators();
    let before = ann.read("operator-key-history.json");
    let rotated = ann.run(&format!("key rotate --no-passphrase --now {LATER}"));
    insta::assert_snapshot!(unordered(&rotated.waiting()), @"
    operator-key-history.draft.json lacks signatures of others; until then nothing changes.
      issuer      ISSUER
      state       2: 2 of 2 keys must sign
        KEY
        KEY  new
      no longer   KEY
      recovery    none: lost or stolen keys cannot be replaced
    Signatures; a key that is in several places counts in each:
      new keys    1 of 2 needed
        KEY  not yet
        KEY  signed, your key
      keys before 1 of 2 needed
        KEY  not yet
        KEY  signed
      operator-key.new-KEY.pem: your new key, which takes the place of the old one then.

    Next: pass operator-key-history.draft.json on to somebody whose signature is missing, who runs
      wellspring operator cosign operator-key-history.draft.json
    The last of you gets operator-key-history.json, for all to take up.
    ");
    assert_eq!(ann.read("operator-key-history.json"), before, "nothing has changed yet");
    ann.run(&format!("operator sign --now {LATER}")).waiting();
    fs::remove_file(ann.path("profile.draft.json")).unwrap();
    let twice = ann.run(&format!("key rotate --no-passphrase --json --now {LATER}"));
    assert_eq!(json(&twice.out)["error"]["code"], "cosign.signed-another");

    pass(&ann, "operator-key-history.draft.json", &ben);
    let cosign = format!("operator cosign --yes --now {LATER}");
    let cosigned = ben.run(&format!("{cosign} operator-key-history.draft.json"));
    insta::assert_snapshot!(unordered(&cosigned.waiting()), @"
    Signed: state 2 has all signatures and counts from now on.
      issuer      ISSUER
      operator-key-history.json: the key history, part of everything that you sign.
      profile.draft.json: to be signed again, 1 of 2 signatures, number 2, until 2027-12-01T10:00:00Z.

    Next: pass profile.draft.json on; it brings the new keys along. Somebody whose
    signature is missing runs
      wellspring operator cosign profile.draft.json
    ");
    // The draft brings the new keys along.
    pass(&ben, "profile.draft.json", &ann);
    ann.run(&format!("{cosign} profile.draft.json")).yes();
    assert_eq!(ann.read("operator-key-history.json"), ben.read("operator-key-history.json"));
    let held = json(&ann.run(&format!("verify profile.json --json --now {LATER}")).yes());
    assert_eq!((&held["key_version"], &held["sequence"]), (&2.into(), &2.into()));
    let names = ann.names();
    assert!(!names.iter().any(|name| name.contains("draft") || name.contains("new-")), "{names:?}");
    assert!(names.contains(&"operator-key.old-1.pem".to_owned()), "{names:?}");
    ann.run(&format!("operator sign --now {LATER}")).waiting();
}

#[test]
fn a_second_person_is_let_in_and_nobody_signs_alone_from_then_on() {
    let ann = Place::with_profile("example.org");
    let ben = Place::new();
    let key = cosigner(&ben, "operator");
    let rotate = format!("key rotate --keep-key --signing-key {key} --now {LATER}");
    assert!(ann.run(&format!("{rotate} --threshold 3")).unread().contains("from 1 to 2"));
    ann.run(&format!("{rotate} --threshold 2")).waiting();
    pass(&ann, "operator-key-history.draft.json", &ben);
    pass(&ann, "profile.json", &ben);
    let cosign = format!("operator cosign --yes --now {LATER}");
    ben.run(&format!("{cosign} operator-key-history.draft.json")).waiting();
    pass(&ben, "profile.draft.json", &ann);
    ann.run(&format!("{cosign} profile.draft.json")).yes();
    ann.run(&format!("operator sign --now {LATER}")).waiting();
    // Back to one: both have to agree.
    let alone = ann.run(&format!("key rotate --keep-key --alone --now {LATER}"));
    insta::assert_snapshot!(unordered(&alone.waiting()), @"
    operator-key-history.draft.json lacks signatures of others; until then nothing changes.
      issuer      ISSUER
      state       3: 1 of 1 keys must sign; it was 2
        KEY
      no longer   KEY
      recovery    none: lost or stolen keys cannot be replaced
    Signatures; a key that is in several places counts in each:
      new keys    1 of 1 needed
        KEY  signed, your key
      keys before 1 of 2 needed
        KEY  not yet
        KEY  signed, your key

    Next: pass operator-key-history.draft.json on to somebody whose signature is missing, who runs
      wellspring operator cosign operator-key-history.draft.json
    The last of you gets operator-key-history.json, for all to take up.
    ");
}

#[test]
fn two_of_three_recovery_keys_recover_from_two_machines() {
    let (ann, ben) = (Place::new(), Place::new());
    let (a, b, c) = (recovery_key(&ann), recovery_key(&ben), recovery_key(&Place::new()));
    ann.run(&format!(
        "operator init example.org --no-fetch --no-passphrase --now {NOW} --recovery-key {a} \
         --recovery-key {b} --recovery-key {c} --recovery-threshold 2"
    ))
    .yes();
    ann.run(&format!("operator sign --now {NOW}")).yes();
    fs::remove_file(ann.path("operator-key.pem")).unwrap();
    let recovered =
        ann.run(&format!("key recover --using recovery-key.pem --no-passphrase --now {LATER}"));
    insta::assert_snapshot!(unordered(&recovered.waiting()), @"
    operator-key-history.draft.json lacks signatures of others; until then nothing changes.
      issuer      ISSUER
      state       2: 1 of 1 keys must sign
        KEY  new
      no longer   KEY
      recovery    2 of 3 keys can replace the others
        KEY
        KEY
        KEY
    Signatures; a key that is in several places counts in each:
      new keys    1 of 1 needed
        KEY  signed, your key
      recovery    1 of 2 needed
        KEY  not yet
        KEY  not yet
        KEY  signed
      operator-key.new-KEY.pem: your new key, which takes the place of the old one then.

    Next: pass operator-key-history.draft.json on to somebody whose signature is missing, who runs
      wellspring operator cosign operator-key-history.draft.json
    and adds --using FILE to sign with a recovery key.
    The last of you gets operator-key-history.json, for all to take up.
    ");
    pass(&ann, "operator-key-history.draft.json", &ben);
    let cosign = format!("operator cosign --yes --now {LATER}");
    let draft = "operator-key-history.draft.json";
    let without = ben.run(&format!("{cosign} {draft}"));
    assert!(without.unread().contains("operator-key.pem could not be read"));
    ben.run(&format!("{cosign} {draft} --using recovery-key.pem")).yes();
    ann.write("whole.json", ben.read("operator-key-history.json"));
    ann.run(&format!("{cosign} whole.json")).yes();
    assert!(ann.run(&format!("operator sign --now {LATER}")).yes().contains("number 2."));
    let told = json(&ann.run("key history profile.json --json").yes());
    assert_eq!(told["states"][1]["authorised_by"], "recovery");
}

#[test]
fn key_states_that_would_contest_the_issuer_are_refused() {
    let (ann, ben) = two_operators();
    let old = ann.read("operator-key-history.json");
    let rotate = format!("key rotate --keep-key --alone --now {LATER}");
    ann.run(&rotate).waiting();
    let first = ann.read("operator-key-history.draft.json");
    ben.write("first.json", &first);
    let refuse = |file: &str, code: &str| {
        let run = ben.run(&format!("operator cosign {file} --yes --json --now {LATER}"));
        assert_eq!(json(&run.out)["error"]["code"], code, "{run:?}");
        run.no();
    };
    // Ben begins a change himself; then he cannot sign another in its place.
    ben.run(&format!("key rotate --no-passphrase --now {LATER}")).waiting();
    refuse("first.json", "cosign.signed-another");
    fs::remove_file(ben.path("operator-key-history.draft.json")).unwrap();
    ben.run(&format!("operator cosign first.json --yes --now {LATER}")).yes();
    // What follows the state before is too late.
    fs::remove_file(ann.path("operator-key-history.draft.json")).unwrap();
    ann.run(&format!("key rotate --no-passphrase --now {LATER}")).waiting();
    ben.write("late.json", ann.read("operator-key-history.draft.json"));
    refuse("late.json", "accept.history-diverges");
    ben.write("old.json", &old);
    refuse("old.json", "accept.outdated-keys");
    ben.write("altered.json", first.replace("\"threshold\":1", "\"threshold\":2"));
    refuse("altered.json", "history.bad-threshold");
    ben.write("altered.json", first.replacen(LATER, "2026-12-02T10:00:00Z", 1));
    refuse("altered.json", "history.below-threshold");
}

#[test]
fn a_timer_begins_one_draft_and_waits_for_the_others() {
    let (ann, ben) = two_operators();
    let due = "2027-07-24T02:00:00Z";
    let renew = |now: &str| ann.run(&format!("operator renew --quiet --now {now}"));
    assert_eq!(renew(NOW).code, Some(0));
    let begun = renew(due);
    insta::assert_snapshot!(unordered(&begun.waiting()), @"
    profile.draft.json has 1 of 2 signatures; nothing is published yet.
      number      2
      expires     2028-07-23T02:00:00Z
      signatures  1 of 2 needed
        KEY  not yet
        KEY  signed, your key

    Next: pass profile.draft.json on to somebody whose signature is missing, who runs
      wellspring operator cosign profile.draft.json
    The last of you gets profile.json, ready to upload.
    ");
    let draft = ann.read("profile.draft.json");
    renew("2027-07-25T02:00:00Z").waiting();
    assert_eq!(ann.read("profile.draft.json"), draft, "one is enough");
    pass(&ann, "profile.draft.json", &ben);
    ben.run(&format!("operator cosign profile.draft.json --yes --now {due}")).yes();
    pass(&ben, "profile.json", &ann);
    assert_eq!(renew("2027-07-25T02:00:00Z").code, Some(0));
}

/// A yes at a terminal is what it takes where nobody gives --yes.
#[test]
fn a_person_at_a_terminal_is_asked() {
    let (ann, ben) = two_operators();
    ann.run("operator sign").waiting();
    pass(&ann, "profile.draft.json", &ben);
    let program = env!("CARGO_BIN_EXE_wellspring");
    let answering = |answer: &str| {
        let mut script = std::process::Command::new("script");
        let command = format!("'{program}' operator cosign profile.draft.json");
        script.args(["-qec", &command, "/dev/null"]).current_dir(ben.path(""));
        let mut child = script
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .ok()?;
        std::io::Write::write_all(&mut child.stdin.take()?, format!("{answer}\n").as_bytes())
            .ok()?;
        child.wait_with_output().ok()
    };
    let Some(no) = answering("no") else {
        println!("skipped: the program `script` is not here");
        return;
    };
    let said = String::from_utf8_lossy(&no.stdout).into_owned();
    assert!(said.contains("Sign this?") && said.contains("nobody said yes"), "{said}");
    let yes = answering("yes").unwrap();
    let said = String::from_utf8_lossy(&yes.stdout).into_owned();
    assert!(said.contains("has all signatures"), "{said}");
}
