//! What a node does with a database that was altered, and what the doctor says and mends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use wellspring_tests::{Finished, Home};

use crate::backup::well;
use crate::clock::{hours_later, now};
use crate::five_operators::{ALL_WELL, Five};

const DATABASE: &str = "data/wellspring.db";
const PAGE: usize = 4_096;

/// Writes over the first place in the database that holds `text`, from `start` bytes before
/// it on.
fn overwrite(home: &Home, text: &str, start: impl Fn(usize) -> usize, with: &[u8]) {
    let file = home.path().join(DATABASE);
    let mut bytes = fs::read(&file).unwrap();
    let found = bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
    let start = start(found);
    bytes[start..start + with.len()].copy_from_slice(with);
    fs::write(&file, bytes).unwrap();
}

fn codes(told: &Finished) -> Vec<String> {
    let report: Value = serde_json::from_str(&told.out).unwrap();
    let complaints = report["complaints"].as_array().unwrap();
    complaints.iter().map(|it| it["code"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_altered_document_is_told_taken_out_and_asked_for_again() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    well(&home);
    overwrite(&home, "The server at beta.test", |found| found, b"XXX");

    // The others are served.
    let node = home.serve(now());
    let servers = node.get("/api/v1/servers").json();
    assert_eq!(servers["servers"].as_array().unwrap().len(), 5);
    let told = home.run("doctor", now(), &["--json"]);
    assert_eq!((told.code, codes(&told)), (Some(1), vec!["doctor.document".to_owned()]));
    let told = home.run("doctor", now(), &[]);
    assert!(told.out.contains("A document was altered after it was accepted"), "{told:?}");
    assert!(told.out.contains("--mend would take it out"), "{told:?}");
    let again = home.run("doctor", now(), &["--json"]);
    assert_eq!(again.code, Some(1), "to look mends nothing");

    // Also while the node runs.
    let told = home.run("doctor", now(), &["--mend"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("Mended [doctor.document]"), "{told:?}");
    well(&home);
    assert_eq!(node.get("/api/v1/servers").status, 200);
    drop(node);
    home.sync(hours_later(1));
    assert_eq!(home.rank(now()).summary(), ALL_WELL);
    well(&home);
}

#[test]
fn a_damaged_page_is_told_with_the_command_that_helps() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    let start = |found: usize| found / PAGE * PAGE;
    overwrite(&home, "The server at beta.test", start, &[0xa5; PAGE]);
    let told = home.run("doctor", now(), &[]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.out.contains("is not well"), "{told:?}");
    // Whether the others can be ranked depends on which page it is; nothing panics.
    let ranked = home.run("rank", now(), &[]);
    assert!(!ranked.err.contains("panicked"), "{ranked:?}");
    if ranked.code != Some(0) {
        assert!(ranked.refusal(2).contains("wellspring doctor"), "{ranked:?}");
    }
    let file = home.path().join(DATABASE);
    let before = fs::read(&file).unwrap();
    let half = &before[..before.len() / 2 / PAGE * PAGE];
    fs::write(&file, half).unwrap();
    let told = home.run("doctor", now(), &["--mend"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.out.contains("Restore a backup into an empty folder"), "{told:?}");
    assert_eq!(fs::read(&file).unwrap(), half, "nothing was written");
}

#[test]
fn files_that_others_may_use_are_told_and_mended() {
    let five = Five::new();
    let home = Home::new(&five.config());
    home.sync(now());
    let mode = |file: &str, mode: u32| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(home.path().join(file), permissions).unwrap();
    };
    mode(DATABASE, 0o666);
    mode("data/node-key.pem", 0o644);
    let told = home.run("doctor", now(), &["--json"]);
    assert_eq!((told.code, codes(&told).len()), (Some(1), 2), "{told:?}");
    let told = home.run("doctor", now(), &["--mend"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    let now_is =
        |file: &str| fs::metadata(home.path().join(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!([now_is(DATABASE), now_is("data/node-key.pem")], [0o644, 0o600]);
    well(&home);

    fs::remove_file(home.path().join("data/node-key.pem")).unwrap();
    let told = home.run("doctor", now(), &["--json"]);
    assert_eq!((told.code, codes(&told)), (Some(1), vec!["doctor.key".to_owned()]));
}

#[test]
fn who_cannot_look_says_so() {
    let five = Five::new();
    let home = Home::new(&five.config());
    let told = home.run("doctor", now(), &[]);
    assert!(told.refusal(2).contains("wellspring.db does not exist"), "{told:?}");
    assert!(!home.path().join("data").exists(), "to look makes nothing");
    let told = home.run("doctor", now(), &["--mend"]);
    assert!(told.refusal(2).contains("does not exist"), "{told:?}");
    fs::create_dir(home.path().join("data")).unwrap();
    fs::write(home.path().join(DATABASE), "Dear diary,\n".repeat(1_000)).unwrap();
    let told = home.run("doctor", now(), &[]);
    assert!(told.refusal(2).contains("not a database"), "{told:?}");
    let told = home.run("backup", now(), &["copy.db"]);
    assert!(told.refusal(2).contains("not a database"), "{told:?}");
}

#[test]
fn a_second_node_does_not_serve_from_the_same_folder() {
    let five = Five::new();
    let home = Home::new(&five.config());
    let node = home.serve(now());
    let second = home.run("serve", now(), &[]);
    let sentence = second.refusal(2);
    assert!(
        sentence.contains("another node serves from") && sentence.contains("data"),
        "{sentence}"
    );
    // One round beside it is welcome.
    home.run("sync", now(), &[]).well();
    node.kill();
    assert_eq!(home.serve(now()).get("/healthz").status, 200, "a kill leaves no lock");
}
