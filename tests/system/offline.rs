//! Without configuration the program contacts nobody.
//!
//! The kernel is the witness: in a network namespace of its own it counts every packet and
//! every attempt to send one, also those that find no way out. Where such a namespace
//! cannot be had, the database still has to say that no source was ever asked.

use std::fs;
use std::path::Path;
use std::process::Command;

use wellspring_document::Timestamp;
use wellspring_tests::{Finished, Home, Serving, program};

/// The program in a network namespace of its own, without any interface.
fn isolated(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net"]).arg(program()).args(arguments);
    command.current_dir(home.path()).env_remove("WELLSPRING").env("HOME", home.path());
    command
}

fn can_be_isolated() -> bool {
    let outcome = Command::new("unshare").args(["--map-root-user", "--net", "true"]).output();
    let possible = outcome.is_ok_and(|outcome| outcome.status.success());
    if !possible {
        eprintln!("network namespaces cannot be had here; only the database is asked");
    }
    possible
}

/// How much was sent, or would have been, by the counters of a namespace (`net/snmp` and
/// `net/snmp6` in /proc).
fn attempts(snmp: &str, snmp6: &str) -> u64 {
    let mut lines = snmp.lines();
    let mut sum = 0;
    while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
        let names = names.split_whitespace();
        for (name, value) in names.zip(values.split_whitespace()) {
            if ["OutRequests", "OutNoRoutes", "ActiveOpens", "OutDatagrams"].contains(&name) {
                sum += value.parse::<u64>().unwrap();
            }
        }
    }
    for line in snmp6.lines() {
        let (name, value) = line.split_once(char::is_whitespace).unwrap();
        if ["Ip6OutRequests", "Ip6OutNoRoutes", "Udp6OutDatagrams"].contains(&name) {
            sum += value.trim().parse::<u64>().unwrap();
        }
    }
    sum
}

fn attempts_of(node: &Serving) -> u64 {
    let net = Path::new("/proc").join(node.process().to_string()).join("net");
    let read = |file| fs::read_to_string(net.join(file)).unwrap_or_default();
    attempts(&read("snmp"), &read("snmp6"))
}

/// Serves until the first sync is done, which is before it says where it listens.
fn serve(home: &Home, arguments: &[&str]) {
    let arguments = [arguments, &["--data-dir", "data", "--listen", "0.0.0.0:0"]].concat();
    if can_be_isolated() {
        let node = Serving::start(&mut isolated(home, &arguments));
        assert_eq!(attempts_of(&node), 0);
    } else {
        drop(Serving::start(&mut wellspring_tests::wellspring(home.path(), &arguments)));
    }
}

#[test]
fn the_example_world_contacts_nobody() {
    let home = Home::empty();
    serve(&home, &["serve"]);
    assert!(
        !home.store().load(Timestamp::MAX).unwrap().rows.is_empty(),
        "there is something to see"
    );
    assert_eq!(home.store().sources().unwrap().rows, []);
}

#[test]
fn an_adopted_file_is_all_that_is_read() {
    let home = Home::empty();
    let list = "{\"public_servers\": [{\"name\": \"alpha.test\"}], \"private_servers\": []}";
    fs::write(home.path().join("servers.json"), list).unwrap();
    serve(&home, &["serve", "--adopt", "servers.json"]);
    let sources = home.store().sources().unwrap().rows;
    let asked: Vec<_> = sources.iter().map(|source| &*source.key.location).collect();
    assert_eq!(asked, ["file:servers.json"]);
    assert_eq!(sources[0].failure, None);
}

#[test]
fn the_kernel_does_notice_who_looks_for_somebody() {
    if !can_be_isolated() {
        return;
    }
    let home = Home::empty();
    let script = "\"$0\" inspect url --resolve https://example.org/ >/dev/null 2>&1
        cat /proc/self/net/snmp; echo; echo ======; cat /proc/self/net/snmp6";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "sh", "-c", script]).arg(program());
    let counters = Finished::run(command.current_dir(home.path())).well();
    let (snmp, snmp6) = counters.split_once("\n======\n").unwrap();
    assert_ne!(attempts(snmp.trim_end(), snmp6), 0);
}
