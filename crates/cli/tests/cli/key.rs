use std::fs;

use crate::place::{NOW, Place, finish, json, steady};

#[test]
fn a_key_is_encrypted_private_and_never_printed() {
    let place = Place::new();
    place.write("passphrase", "correct horse\n");
    let run = place.run(&format!("key generate --passphrase-file passphrase --now {NOW}"));
    insta::assert_snapshot!(steady(&run.yes()), @"
    Made the issuer ISSUER
      issuer-key.pem: the private key. Keep it and a copy in safe places; never publish it.
      issuer-key-history.json: its public side, part of everything you sign.
    ");
    assert_eq!(place.mode("issuer-key.pem"), 0o600);
    assert!(place.read("issuer-key.pem").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));

    let shown = place.run("key show issuer-key.pem").yes();
    insta::assert_snapshot!(steady(&shown), @"
    Issuer ISSUER
    Version 1 of 2026-11-22T10:00:00Z, current
      signing: 1 of 1 must sign
        KEY
    ");
    assert_eq!(place.run("key show issuer-key-history.json").yes(), shown);
    assert_eq!(place.run("key show").yes(), shown);
}

#[test]
fn a_key_without_passphrase_is_made_only_when_asked_for_and_loudly() {
    let place = Place::new();
    let run = place.run("key generate --name node --no-passphrase --out-dir keys --json");
    let warnings: Vec<_> = run.err.lines().collect();
    insta::assert_snapshot!(warnings[0], @"warning: keys/node-key.pem will not be encrypted: whoever can read that file can sign as you");
    assert!(warnings[1].starts_with("warning: this issuer has no recovery key"), "{warnings:?}");
    let made = json(&run.yes());
    assert_eq!(made["key_file"], "keys/node-key.pem");
    let pem = place.read("keys/node-key.pem");
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(place.mode("keys/node-key.pem"), 0o600);

    let shown = json(&place.run("key show --json keys/node-key.pem").yes());
    assert_eq!(shown["issuer"], made["issuer"]);
    assert_eq!(shown["states"][0]["threshold"], 1);
    let secret = pem.lines().nth(1).unwrap();
    assert!(!shown.to_string().contains(secret));
}

#[test]
fn the_passphrase_can_come_from_the_environment() {
    let place = Place::new();
    let generate = ["key", "generate"];
    finish(place.command(generate).env("WELLSPRING_PASSPHRASE", "correct horse")).yes();
    assert!(place.read("issuer-key.pem").contains("ENCRYPTED"));
    let empty =
        finish(place.command(["key", "generate", "--name", "b"]).env("WELLSPRING_PASSPHRASE", ""));
    insta::assert_snapshot!(empty.unread(), @"error: WELLSPRING_PASSPHRASE holds no passphrase; write one there");
}

#[test]
fn refusals() {
    let place = Place::new();
    insta::assert_snapshot!(place.run("key generate").unread(), @"error: a new private key is encrypted with a passphrase, and there is no terminal to ask on; use --passphrase-file, WELLSPRING_PASSPHRASE or --no-passphrase");
    place.run("key generate --out-dir keys").unread();
    assert!(place.names().is_empty());
    insta::assert_snapshot!(place.run("key generate --name ../a --no-passphrase").unread(), @r#"
    error: invalid value '../a' for '--name <NAME>': a name is 1 to 64 letters, digits, "-" and "_"

    For more information, try '--help'.
    "#);

    place.run("key generate --no-passphrase").yes();
    let before = place.read("issuer-key.pem");
    insta::assert_snapshot!(place.run("key generate --no-passphrase").no(), @"error: issuer-key.pem exists already and is not overwritten; take another folder or move it away");
    assert_eq!(place.read("issuer-key.pem"), before);
    // What is left of an issuer whose key is lost.
    fs::remove_file(place.path("issuer-key.pem")).unwrap();
    insta::assert_snapshot!(place.run("key generate --no-passphrase").no(), @"error: issuer-key-history.json exists already and is not overwritten; take another folder or move it away");

    place.run("key generate --no-passphrase --name other").yes();
    place.write("issuer-key.pem", place.read("other-key.pem"));
    insta::assert_snapshot!(steady(&place.run("key show issuer-key.pem").no()), @"error: the key in issuer-key.pem is KEY, which the key history beside it does not name");
    place.write("key.txt", place.read("other-key.pem"));
    insta::assert_snapshot!(place.run("key show key.txt").unread(), @"error: key.txt is not named NAME-key.pem, so its key history is not known; name that one");
    place.write("broken-key.pem", "-----BEGIN PRIVATE KEY-----\nnothing\n");
    insta::assert_snapshot!(place.run("key show broken-key.pem").unread(), @"error: a private key is shown by the key history beside it: broken-key-history.json could not be read: there is no such file or folder; check the path");
    place.write("text", "hello");
    insta::assert_snapshot!(place.run("key show text").unread(), @"error: text is not a key history that holds: not JSON: expected a value (at byte 0)");
    insta::assert_snapshot!(place.run("key show .").unread(), @"error: . could not be read: it is a folder; name a file");
    insta::assert_snapshot!(place.run("key show").unread(), @"error: there are several key histories here: issuer-key-history.json, other-key-history.json; name one");
    insta::assert_snapshot!(Place::new().run("key show").unread(), @"error: there is no key history in this folder; name a file");
    insta::assert_snapshot!(Place::with_profile("example.org").run("key show profile.json").no(), @"error: profile.json is a signed document; `wellspring verify profile.json` says who signed it");
    place.run("key show /dev/zero").unread();
    insta::assert_snapshot!(place.run("key show absent").unread(), @"error: absent could not be read: there is no such file or folder; check the path");
}
