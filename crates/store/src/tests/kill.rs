//! A program that is killed at any moment has lost nothing that it said was accepted.
//!
//! The test starts itself again as a child that accepts documents without end and names
//! each one after it was accepted. It kills the child after so many names (not after so
//! much time, so that the speed of the machine does not matter), somewhere in the middle
//! of whatever the child does next, and looks at what is there.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use wellspring_document::{AnyVerified, Identity, Verdict};

use super::issuer::Issuer;
use super::{assert_consistent, changes, marks, now, offer, records};
use crate::{Event, Feed, Store};

/// Holds the path of the database in the child.
const CHILD: &str = "WELLSPRING_STORE_OF_KILLED_CHILD";

/// After how many accepted documents the child is killed, one child after the other.
const KILL_AFTER: [usize; 8] = [1, 2, 9, 3, 17, 40, 5, 26];

/// The number that the next round carries.
fn next_sequence(store: &Store, issuer: &Issuer) -> u64 {
    marks(store).get(&Feed::of(&issuer.list(1, &[]))).map_or(1, |mark| mark.sequence + 1)
}

/// One round of the child: a longer list, and profiles of new servers.
fn round(issuer: &Issuer, sequence: u64) -> Vec<AnyVerified> {
    let names: Vec<_> = (0..sequence % 20).map(|n| format!("s{n}.example")).collect();
    let entries: Vec<_> = names.iter().map(|name| (name.as_str(), Verdict::List)).collect();
    let profiles =
        (0..5).map(|n| issuer.profile(sequence, &format!("r{sequence}-{n}.example"), "name"));
    std::iter::once(issuer.list(sequence, &entries)).chain(profiles).collect()
}

#[test]
fn child() {
    let Some(path) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let issuer = Issuer::new(1);
    let mut store = Store::open(path).unwrap();
    // The harness may have begun a line.
    println!();
    loop {
        let documents = round(&issuer, next_sequence(&store, &issuer));
        for outcome in offer(&mut store, &documents.iter().collect::<Vec<_>>()) {
            outcome.unwrap();
        }
        for document in documents {
            println!("accepted {}", document.identity());
        }
    }
}

/// Runs a child until it has named that many documents, kills it, and answers all names
/// that it had written.
fn run_and_kill(path: &Path, after: usize) -> Vec<Identity> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tests::kill::child", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut accepted = Vec::new();
    for line in lines {
        // The last line may be cut off: then its document was not named.
        let Some(identity) = line.unwrap().strip_prefix("accepted ").map(str::parse::<Identity>)
        else {
            continue;
        };
        accepted.extend(identity);
        if accepted.len() == after {
            child.kill().unwrap();
        }
    }
    assert!(!child.wait().unwrap().success());
    assert!(accepted.len() >= after, "the child ended by itself");
    accepted
}

#[test]
fn what_was_accepted_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wellspring.db");
    let issuer = Issuer::new(1);
    let mut accepted = BTreeSet::new();
    for after in KILL_AFTER {
        accepted.extend(run_and_kill(&path, after));
        let store = Store::open(&path).unwrap();
        assert_consistent(&store);
        let stored = records(&store);
        let identities: BTreeSet<_> = stored.rows.iter().map(|record| record.identity).collect();
        let lost: Vec<_> = accepted.difference(&identities).collect();
        assert!(lost.is_empty(), "{lost:?}");
        assert!(stored.rows.iter().all(|record| record.size.is_some()));
        assert_eq!(store.load(now()).unwrap().corrupt, []);
        assert_eq!(store.latest_time().unwrap(), Some(now()), "it moves with the documents");
        // A round is there as a whole or not at all, and its change log with it.
        assert_eq!(identities.len() % 6, 0);
        let changes = changes(&store).rows;
        let documents =
            changes.iter().filter(|change| !matches!(change.event, Event::EntryChanged { .. }));
        assert_eq!(documents.count(), identities.len());
    }
    let mut store = Store::open(&path).unwrap();
    let next = next_sequence(&store, &issuer);
    assert!(
        offer(&mut store, &round(&issuer, next).iter().collect::<Vec<_>>())
            .iter()
            .all(Result::is_ok)
    );
}
