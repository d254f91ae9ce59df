//! What goes wrong at the keyboard and on the disk: one plain sentence that says what to do,
//! and an exit code.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use wellspring_tests::{Community, Config, Finished, Home, Network, Reply, wellspring};

use crate::clock::{hours_later, now};

fn home() -> Home {
    Home::new(&Config::new(&Network::new()).community(&Community::new("town")))
}

/// What `sync` says, which opens all that `serve` opens.
#[track_caller]
fn refusal(home: &Home, words: &[&str]) {
    for command in ["sync", "serve", "rank"] {
        let finished = home.run(command, now(), &[]);
        let sentence = finished.refusal(2);
        for word in words {
            assert!(sentence.contains(word), "{word:?} is missing from: {sentence}");
        }
    }
}

#[test]
fn a_port_that_is_taken() {
    let home = home();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let finished = home.run("serve", now(), &["--listen", &address]);
    let sentence = finished.refusal(2);
    assert!(sentence.contains(&address), "{sentence}");
    assert!(sentence.contains("in use; stop the program"), "{sentence}");
}

#[test]
fn a_configuration_that_is_not_there() {
    let home = home();
    fs::remove_file(home.path().join("wellspring.toml")).unwrap();
    refusal(&home, &["wellspring.toml", "no such file"]);
}

#[test]
fn a_folder_in_the_place_of_the_configuration() {
    let home = home();
    fs::remove_file(home.path().join("wellspring.toml")).unwrap();
    fs::create_dir(home.path().join("wellspring.toml")).unwrap();
    refusal(&home, &["wellspring.toml", "folder; name a file"]);
}

#[test]
fn a_configuration_that_may_not_be_read() {
    let home = home();
    let file = home.path().join("wellspring.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&file).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    refusal(&home, &["wellspring.toml", "not allowed to"]);
}

#[test]
fn a_configuration_that_is_not_text() {
    let home = home();
    fs::write(home.path().join("wellspring.toml"), [0xff, 0xfe, 0x00]).unwrap();
    refusal(&home, &["wellspring.toml", "UTF-8"]);
}

#[test]
fn a_configuration_of_ten_megabytes() {
    let home = home();
    fs::write(home.path().join("wellspring.toml"), "# much\n".repeat(1_500_000)).unwrap();
    refusal(&home, &["wellspring.toml"]);
}

#[test]
fn a_key_that_nobody_knows() {
    let network = Network::new();
    let home = Home::new(
        &Config::new(&network)
            .section("[sync]\nevry_minutes = 5")
            .community(&Community::new("town")),
    );
    refusal(&home, &["wellspring.toml", "evry_minutes", "line"]);
}

#[test]
fn a_value_of_the_wrong_type() {
    let network = Network::new();
    let home = Home::new(
        &Config::new(&network)
            .section("[sync]\nevery_minutes = \"often\"")
            .community(&Community::new("town")),
    );
    refusal(&home, &["wellspring.toml", "every_minutes", "line"]);
}

#[test]
fn a_configuration_that_breaks_a_rule() {
    let network = Network::new();
    let home = Home::new(
        &Config::new(&network)
            .community(&Community::new("town").with("[community.policy.points]\nendorsement = 90")),
    );
    refusal(&home, &["wellspring.toml", "points", "must make 100"]);
}

#[test]
fn a_configuration_that_is_cut_short() {
    let home = home();
    let text = fs::read_to_string(home.path().join("wellspring.toml")).unwrap();
    fs::write(home.path().join("wellspring.toml"), &text[..text.len() / 2]).unwrap();
    refusal(&home, &["wellspring.toml", "line"]);
}

#[test]
fn development_on_an_address_that_others_reach() {
    let home = home();
    let finished = home.run("serve", now(), &["--listen", "0.0.0.0:0"]);
    let sentence = finished.refusal(2);
    assert!(sentence.contains("development"), "{sentence}");
}

#[test]
fn a_database_of_a_newer_version() {
    let home = home();
    home.run("sync", now(), &[]).well();
    // The version of the schema, in the header of the file (SQLite file format, 1.3).
    let file = home.path().join("data/wellspring.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes[60..64].copy_from_slice(&9_999_u32.to_be_bytes());
    fs::write(&file, bytes).unwrap();
    refusal(&home, &["wellspring.db", "newer wellspring", "9999"]);
}

#[test]
fn a_folder_in_the_place_of_the_database() {
    let home = home();
    fs::create_dir_all(home.path().join("data/wellspring.db")).unwrap();
    refusal(&home, &["wellspring.db", "folder"]);
}

#[test]
fn a_database_that_is_none() {
    let home = home();
    fs::create_dir(home.path().join("data")).unwrap();
    fs::write(home.path().join("data/wellspring.db"), "Dear diary,\n".repeat(1_000)).unwrap();
    refusal(&home, &["wellspring.db", "not a database"]);
}

#[test]
fn a_database_that_is_cut_short() {
    let home = home();
    home.run("sync", now(), &[]).well();
    let file = home.path().join("data/wellspring.db");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2 / 4096 * 4096]).unwrap();
    refusal(&home, &["wellspring.db", "damaged"]);
}

#[test]
fn a_file_in_the_place_of_the_data() {
    let home = home();
    fs::write(home.path().join("data"), "").unwrap();
    refusal(&home, &["data"]);
}

#[test]
fn a_key_that_cannot_be_read() {
    let home = home();
    home.run("sync", now(), &[]).well();
    let file = home.path().join("data/node-key.pem");
    let key = fs::read_to_string(&file).unwrap();
    fs::write(&file, &key[..key.len() / 2]).unwrap();
    refusal(&home, &["node-key.pem"]);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    refusal(&home, &["node-key.pem"]);
}

#[test]
fn key_and_history_that_do_not_belong_together() {
    let (home, other) = (home(), home());
    for home in [&home, &other] {
        home.run("sync", now(), &[]).well();
    }
    let file = "data/node-key.pem";
    fs::copy(other.path().join(file), home.path().join(file)).unwrap();
    refusal(&home, &["node-key.pem", "history"]);
}

#[test]
fn a_certificate_authority_that_is_none() {
    let network = Network::new();
    let host = network.host("lists.test");
    host.reply("/servers.json", Reply::status(404));
    let home = Home::new(
        &Config::new(&network)
            .adopt("https://lists.test/servers.json", "")
            .community(&Community::new("town")),
    );
    fs::write(home.path().join("authority.pem"), "not a certificate").unwrap();
    let finished = home.run("sync", now(), &[]);
    let sentence = finished.refusal(2);
    assert!(sentence.contains("authority.pem"), "{sentence}");
}

/// A source is no reason to refuse anything: what is wrong with it is said, and the code is
/// 1 where not one source could be used.
#[test]
fn lists_that_cannot_be_adopted() {
    let config = Config::new(&Network::new())
        .adopt("servers.json", "")
        .community(&Community::new("town").uses("file:servers.json", 0.5));
    let home = Home::new(&config);
    let file = home.path().join("servers.json");
    let problem = |hours| {
        let finished = home.run("sync", hours_later(hours), &[]);
        assert_eq!(finished.code, Some(1), "{finished:?}");
        for word in ["panicked", "os error"] {
            assert!(!format!("{finished:?}").contains(word), "{finished:?}");
        }
        finished.out
    };
    let said = problem(0);
    assert!(said.contains("servers.json") && said.contains("[file.unreadable]"), "{said}");
    fs::create_dir(&file).unwrap();
    assert!(problem(1).contains("[file.unreadable]"));
    fs::remove_dir(&file).unwrap();
    fs::write(&file, "[".repeat(10_000_000)).unwrap();
    assert!(problem(2).contains("[json.too-large]"));
    fs::write(&file, "[{\"name\": \"alpha.te").unwrap();
    assert!(problem(3).contains("[json.truncated]"));
    fs::write(&file, "{\"public_servers\": 5}").unwrap();
    assert!(problem(4).contains("[list.not-an-array]"));
}

#[test]
fn commands_that_nobody_knows() {
    let home = home();
    for arguments in [
        &["serv"][..],
        &["rank", "--now", "yesterday"],
        &["rank", "--explain", "Not A Name"],
        &["serve", "--listen", "everywhere"],
    ] {
        let finished = Finished::run(&mut wellspring(home.path(), arguments));
        assert_eq!(finished.code, Some(2), "{finished:?}");
        assert!(finished.err.starts_with("error: "), "{finished:?}");
        assert!(!finished.err.contains("panicked"), "{finished:?}");
    }
}
