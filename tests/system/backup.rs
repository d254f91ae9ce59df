//! Backups: made while the node runs, whole or not there, and good to start from.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use wellspring_tests::{Finished, Home, profile, wellspring};

use crate::clock::{hours_later, now};
use crate::five_operators::{ALL_WELL, FIRST, Five};

const DATABASE: &str = "data/wellspring.db";
const KEYS: [&str; 2] = ["data/node-key.pem", "data/node-key-history.json"];

/// A node of the same configuration and keys, in an empty folder, with a copy as its database.
fn restored(five: &Five, keys: &Home, copy: &Path) -> Home {
    let home = Home::new(&five.config());
    fs::create_dir(home.path().join("data")).unwrap();
    for file in KEYS {
        fs::copy(keys.path().join(file), home.path().join(file)).unwrap();
    }
    fs::copy(copy, home.path().join(DATABASE)).unwrap();
    home
}

/// Says that all is well.
#[track_caller]
pub(crate) fn well(home: &Home) {
    home.run("doctor", now(), &[]).well();
}

#[test]
fn a_backup_of_a_running_node_starts_with_the_same_list_and_the_same_marks() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    let node = home.serve(now());
    let told = home.run("backup", now(), &["copy.db"]).well();
    assert!(told.starts_with("copy.db holds 8 documents.\n"), "{told}");
    assert!(told.contains("not in it; keep a copy of data/node-key.pem"), "{told}");
    let copy = home.path().join("copy.db");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(node.get("/api/v1/servers").status, 200, "nobody was disturbed");
    drop(node);
    well(&home);

    let again = restored(&five, &home, &copy);
    well(&again);
    assert_eq!(again.rank_bytes(now()), home.rank_bytes(now()));
    assert_eq!(again.rank(now()).summary(), ALL_WELL);
    assert_eq!(again.serve(now()).get("/api/v1/servers").status, 200);
    // What is older than what the backup knows does not come back.
    let older =
        five.operator("alpha.test").sign(&profile("alpha.test"), FIRST - 1, hours_later(-2));
    five.host("alpha.test").serve_profile(&older);
    let outcome = again.sync(hours_later(1));
    assert_eq!(outcome["problems"][0]["code"], "accept.rolled-back", "{outcome}");
    assert_eq!(again.rank(now()).summary(), ALL_WELL);
}

/// What was accepted after the backup is unknown to who starts from it, until the sources give
/// it again: they do, because the backup does not know that they did.
#[test]
fn who_starts_from_an_old_backup_catches_up_with_the_sources() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    home.run("backup", now(), &["copy.db"]).well();
    let mut newer = profile("alpha.test");
    newer.about.name = Some(wellspring_document::Localized::english("Newer").unwrap());
    let signed = five.operator("alpha.test").sign(&newer, FIRST + 1, hours_later(1));
    five.host("alpha.test").serve_profile(&signed);
    home.sync(hours_later(2));
    assert_eq!(home.rank(hours_later(2)).server("alpha.test").called(), Some("Newer"));

    let again = restored(&five, &home, &home.path().join("copy.db"));
    let name = again.rank(hours_later(2)).server("alpha.test").called().map(ToOwned::to_owned);
    assert_eq!(name.as_deref(), Some("The server at alpha.test"));
    again.sync(hours_later(2));
    assert_eq!(again.rank(hours_later(2)).server("alpha.test").called(), Some("Newer"));
    well(&again);
}

#[test]
fn with_the_private_key_a_backup_is_a_folder_to_start_from() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    home.run("backup", now(), &["--with-private-key", "safe"]).well();
    let again = Home::new(&five.config());
    fs::rename(home.path().join("safe"), again.path().join("data")).unwrap();
    let mode =
        |file: &str| fs::metadata(again.path().join(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode("data"), mode(DATABASE), mode(KEYS[0])], [0o700, 0o600, 0o600]);
    for file in KEYS {
        let read = |home: &Home| fs::read(home.path().join(file)).unwrap();
        assert_eq!(read(&home), read(&again), "{file}");
    }
    assert_eq!(again.rank_bytes(now()), home.rank_bytes(now()));
    well(&again);
    assert_eq!(names_in(home.path()), names_in(again.path()), "nothing is left over");
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut names: Vec<_> = entries.map(|it| it.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_is_there_is_replaced_only_where_that_is_asked_for() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    fs::write(home.path().join("copy.db"), "something else").unwrap();
    let refused = home.run("backup", now(), &["copy.db"]);
    assert!(refused.refusal(1).contains("copy.db exists already"), "{refused:?}");
    assert_eq!(fs::read(home.path().join("copy.db")).unwrap(), b"something else");
    home.run("backup", now(), &["--overwrite", "copy.db"]).well();
    home.run("doctor", now(), &[]).well();

    let refused = home.run("backup", now(), &["--overwrite", DATABASE]);
    assert!(refused.refusal(1).contains("the node's own database"), "{refused:?}");
    let refused = home.run("backup", now(), &["nowhere/copy.db"]);
    assert!(refused.refusal(2).contains("the folder nowhere does not exist"), "{refused:?}");
    let refused = home.run("backup", now(), &["--with-private-key", "data/wellspring.db"]);
    assert!(refused.refusal(1).contains("own database"), "{refused:?}");

    fs::create_dir(home.path().join("many")).unwrap();
    let made = home.run("backup", now(), &["--json", "many"]).well();
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    assert_eq!(made["path"], "many/wellspring-20261122T100000Z.db");
    assert_eq!(made["damaged"], 0);
    let refused = home.run("backup", now(), &["many"]);
    assert!(refused.refusal(1).contains("exists already"), "{refused:?}");
    home.run("backup", hours_later(1), &["many"]).well();
    let names = ["wellspring-20261122T100000Z.db", "wellspring-20261122T110000Z.db"];
    assert_eq!(names_in(&home.path().join("many")), names);
}

#[test]
fn two_backups_in_one_folder_do_not_get_in_each_others_way() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    let workshop = home.path().join(".wellspring-backup");
    fs::create_dir(&workshop).unwrap();
    fs::write(workshop.join("made"), "of the other").unwrap();
    let other = fs::File::open(&workshop).unwrap();
    other.lock().unwrap();
    let refused = home.run("backup", now(), &["copy.db"]);
    assert!(refused.refusal(2).contains("another backup is being made"), "{refused:?}");
    assert_eq!(fs::read(workshop.join("made")).unwrap(), b"of the other");
    // What it left when it was killed goes with the next one.
    drop(other);
    home.run("backup", now(), &["copy.db"]).well();
    assert!(!workshop.exists());
}

/// Where a log of another database lies beside a copy, both would be mixed up.
#[test]
fn a_log_that_was_left_beside_a_copy_is_told() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    home.run("backup", now(), &["copy.db"]).well();
    let again = restored(&five, &home, &home.path().join("copy.db"));
    fs::write(again.path().join("data/wellspring.db-wal"), [7; 5_000]).unwrap();
    let told = again.run("doctor", now(), &["--json"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(told["complaints"][0]["code"], "doctor.foreign-log", "{told}");
}

/// After how many microseconds a backup is killed: while the program starts, copies, reads the
/// copy again, names it. Where that falls does not matter; all of it must hold anywhere.
const KILL_AFTER: [u64; 20] = [
    300, 1_700, 4_100, 6_300, 8_200, 9_900, 11_500, 13_100, 14_800, 16_400, 18_300, 20_900, 23_700,
    26_300, 29_900, 33_100, 37_700, 42_900, 55_300, 80_100,
];

fn kill_after(mut child: Child, microseconds: u64) {
    std::thread::sleep(Duration::from_micros(microseconds));
    // It may have ended already.
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn whenever_a_backup_is_killed_there_is_a_whole_one_or_none_and_nothing_stays() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    fs::create_dir(home.path().join("copies")).unwrap();
    for (number, after) in KILL_AFTER.into_iter().enumerate() {
        let name = format!("copies/{number}.db");
        let mut command = home.command("backup", now(), &[&name]);
        kill_after(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap(), after);
        let copy = home.path().join(&name);
        if copy.exists() {
            let arguments = ["doctor", "--database", &name];
            let mut look = wellspring(home.path(), arguments);
            Finished::run(&mut look).well();
        }
    }
    // With that of the next one.
    home.run("backup", now(), &["copies/last.db"]).well();
    for name in names_in(&home.path().join("copies")) {
        assert!(name.ends_with(".db") && !name.starts_with('.'), "{name} was left");
    }
    well(&home);
}

/// As in the tests of kills, but at any moment, and with what there is to look with.
#[test]
fn whenever_a_sync_is_killed_the_database_is_well_and_nothing_accepted_is_lost() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    let mut accepted = FIRST;
    for (round, after) in (1..).zip(KILL_AFTER) {
        // Something new to accept in every round.
        let at = hours_later(round);
        let signed = five.operator("alpha.test").sign(
            &profile("alpha.test"),
            FIRST + u64::try_from(round).unwrap(),
            at,
        );
        five.host("alpha.test").serve_profile(&signed);
        kill_after(home.start_sync(at), 5 * after);
        well(&home);
        let documents = home.store().load(at).unwrap();
        assert_eq!(documents.corrupt, []);
        let alpha = documents.rows.iter().find(|it| it.subject() == "alpha.test").unwrap();
        assert!(alpha.sequence() >= accepted, "{} after {accepted}", alpha.sequence());
        accepted = alpha.sequence();
    }
    let last = hours_later(i64::try_from(KILL_AFTER.len()).unwrap());
    home.sync(last);
    assert_eq!(home.sync(last)["problems"], serde_json::json!([]));
    well(&home);
}
