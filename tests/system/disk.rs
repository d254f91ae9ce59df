//! Disks that are full, or may not be written. Both need a file system of their own, which
//! takes a system that lets its users make one (Linux, `unshare`).

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use wellspring_tests::{Finished, Home, Serving, profile, program};

use crate::clock::{hours_later, now};
use crate::five_operators::{FIRST, Five};

/// The program, about to run where `prepare`, a shell script, has prepared the file systems
/// that it sees.
fn confined(home: &Home, prepare: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    command.arg(format!("set -e; {prepare}; exec \"$0\" \"$@\""));
    command.arg(program()).args(arguments);
    command.current_dir(home.path()).env("NO_COLOR", "1").env("RUST_LOG", "off");
    command
}

/// Whether this machine lets us.
fn can_confine(home: &Home) -> bool {
    let mut command = Command::new("unshare");
    let script = "mkdir tried && mount -t tmpfs tmpfs tried";
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
    let can = command.current_dir(home.path()).output().is_ok_and(|it| it.status.success());
    if !can {
        eprintln!("skipped: this user may not make a file system");
    }
    can
}

/// What the program does where another one sees its file systems.
fn beside(node: &Serving, home: &Home, arguments: &[&str]) -> Finished {
    let mut command = Command::new("nsenter");
    command.args(["--user", "--mount", "--target", &node.process().to_string()]);
    // The folder has to be looked up there.
    command.args(["sh", "-c", "cd \"$0\"; exec \"$@\""]).arg(home.path());
    command.arg(program()).args(arguments).env("NO_COLOR", "1");
    Finished::run(&mut command)
}

/// Fills a disk of at most 2 MB to its last byte, and answers with the file that does.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = fs::File::create(&path).unwrap();
    let written = (0..8_000).take_while(|_| file.write_all(&[0; 512]).is_ok()).count();
    assert!(written < 8_000, "that is another disk");
    path
}

#[test]
fn on_a_full_disk_a_node_serves_what_it_has_and_goes_on_when_there_is_room() {
    let five = Five::new();
    let home = Home::new(&five.config());
    if !can_confine(&home) {
        return;
    }
    home.sync(now());
    fs::rename(home.path().join("data"), home.path().join("seed")).unwrap();
    fs::create_dir(home.path().join("data")).unwrap();
    let at = now().to_string();
    let prepare = "mount -t tmpfs -o size=2m tmpfs data; cp -p seed/* data/";
    let serve = ["serve", "--config", "wellspring.toml", "--now", &at];
    let node = Serving::start(&mut confined(&home, prepare, &serve));
    let expected = node.get("/api/v1/servers").body;

    let seen = format!("/proc/{}/root{}", node.process(), home.path().join("data").display());
    let filler = fill(Path::new(&seen));
    let signed = five.operator("alpha.test").sign(&profile("alpha.test"), FIRST + 1, now());
    five.host("alpha.test").serve_profile(&signed);
    let later = hours_later(1).to_string();
    let sync = ["sync", "--config", "wellspring.toml", "--now", &later];
    let told = beside(&node, &home, &sync);
    assert!(told.refusal(2).contains("the disk with the database is full; make room"), "{told:?}");
    assert_eq!(node.get("/api/v1/servers").body, expected);
    assert_eq!(node.get("/servers/alpha.test").status, 200);
    let backup = ["backup", "--config", "wellspring.toml", "data/copy.db"];
    let told = beside(&node, &home, &backup);
    assert!(told.refusal(2).contains("full; make room"), "{told:?}");
    let left = fs::read_dir(&seen).unwrap().map(|it| it.unwrap().file_name());
    assert!(left.into_iter().all(|it| it != "copy.db" && it != ".wellspring-backup"));

    fs::remove_file(filler).unwrap();
    let told = beside(&node, &home, &sync).well();
    assert!(told.contains("2 documents new") || told.contains("1 document new"), "{told}");
    beside(&node, &home, &["doctor", "--config", "wellspring.toml"]).well();
    beside(&node, &home, &backup).well();
    assert_eq!(node.get("/healthz").status, 200);
}

#[test]
fn a_database_that_may_not_be_written_is_refused_for_that_and_can_be_looked_at() {
    let five = Five::new();
    let home = Home::new(&five.config());
    if !can_confine(&home) {
        return;
    }
    home.sync(now());
    let prepare = "mount --bind data data; mount -o remount,ro,bind data";
    let at = now().to_string();
    for command in ["serve", "sync", "rank"] {
        let arguments = [command, "--config", "wellspring.toml", "--now", &at];
        let told = Finished::run(&mut confined(&home, prepare, &arguments));
        let sentence = told.refusal(2);
        assert!(sentence.contains("may not be read and written by this user"), "{sentence}");
    }
    // A copy on such a disk needs nothing but to be read.
    home.run("backup", now(), &["data/copy.db"]).well();
    let doctor = ["doctor", "--database", "data/copy.db"];
    Finished::run(&mut confined(&home, prepare, &doctor)).well();
}
