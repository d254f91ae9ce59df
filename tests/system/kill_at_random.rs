//! A node and its tools that are killed (SIGKILL) at random moments: nothing that was accepted
//! is lost, no tree is half written, and `doctor` finds nothing to complain of.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use wellspring_document::{
    AnyVerified, BytesHash, Identity, Index, IndexEntry, RawDocument, Timestamp, ViewManifest,
};
use wellspring_tests::{Finished, Home, profile, wellspring};

use crate::clock::{hours_later, now};
use crate::five_operators::Five;

/// How many kills a run of the tests makes; the environment variable `WELLSPRING_KILLS` asks
/// for another number.
const KILLS: u32 = 24;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        // A linear congruential generator (Knuth); its high bits are the better ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % sides
    }
}

/// What the node is doing when it is killed.
#[derive(Debug, Clone, Copy)]
enum Work {
    Sync,
    Export,
    Backup,
}

impl Work {
    const ALL: [Self; 3] = [Self::Sync, Self::Export, Self::Backup];

    fn start(self, home: &Home, now: Timestamp) -> Child {
        let mut command = match self {
            Self::Sync => home.command("sync", now, &[]),
            Self::Export => home.command("export", now, &["tree"]),
            Self::Backup => home.command("backup", now, &["copy.db", "--overwrite"]),
        };
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

/// The documents that count, with their numbers.
fn stored(home: &Home, now: Timestamp) -> Vec<(Identity, String, u64)> {
    let loaded = home.store().load(now).unwrap();
    assert!(loaded.corrupt.is_empty(), "{:?}", loaded.corrupt);
    let name = |it: &AnyVerified| {
        (it.identity(), format!("{} {} {}", it.kind(), it.issuer(), it.subject()), it.sequence())
    };
    loaded.rows.iter().map(name).collect()
}

/// Checks that the index of a tree names nothing that is not whole beside it. Gives how many
/// documents it names.
fn assert_whole(tree: &Path) -> usize {
    let Ok(index) = std::fs::read(tree.join("index.json")) else { return 0 };
    let read = |folder: &str, hash: &BytesHash| {
        let bytes = std::fs::read(tree.join(format!("{folder}/{hash}.json"))).unwrap();
        assert_eq!(BytesHash::of(&bytes), *hash, "{folder}");
        bytes
    };
    let index = RawDocument::new(index).verify::<Index>().unwrap();
    let mut documents = 0;
    for part in &index.body().parts {
        for entry in IndexEntry::read_part(part, &read("parts", &part.hash)).unwrap() {
            read("documents", &entry.hash);
            documents += 1;
        }
    }
    for view in &index.body().views {
        let view = RawDocument::new(read("documents", &view.hash)).verify::<ViewManifest>();
        for part in &view.unwrap().body().parts {
            read("parts", &part.hash);
        }
    }
    documents
}

/// How long each work takes when nobody disturbs it.
fn undisturbed(home: &Home, now: Timestamp) -> [Duration; 3] {
    Work::ALL.map(|work| {
        let started = Instant::now();
        assert!(work.start(home, now).wait().unwrap().success(), "{work:?}");
        started.elapsed()
    })
}

#[test]
fn whatever_is_killed_at_whatever_moment_nothing_is_lost_and_nothing_is_half_done() {
    let kills = std::env::var("WELLSPRING_KILLS").map_or(KILLS, |it| it.parse().unwrap());
    let five = Five::new();
    let home = Home::new(&five.config());
    let times = undisturbed(&home, now());
    let names = ["alpha.test", "beta.test", "delta.test", "epsilon.test", "gamma.test"];
    let mut dice = Dice(1);
    for round in 1..=kills {
        let now = hours_later(i64::from(round));
        // There is always something new to accept, and to write.
        let name = names[usize::try_from(dice.roll(5)).unwrap()];
        let number = 100 + u64::from(round);
        let signed = five.operator(name).sign(&profile(name), number, hours_later(-1));
        five.host(name).serve_profile(&signed);
        let before = stored(&home, now);

        let place = usize::try_from(dice.roll(3)).unwrap();
        let work = Work::ALL[place];
        let mut child = work.start(&home, now);
        // Some come after its end: that is a moment, too.
        let moment =
            times[place].mul_f64(f64::from(u32::try_from(dice.roll(1_100)).unwrap()) / 1_000.0);
        std::thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();

        home.run("doctor", now, &[]).well();
        let after: BTreeSet<_> = stored(&home, now).into_iter().collect();
        for document in before {
            let (_, feed, number) = &document;
            let is_there = after.contains(&document)
                || after.iter().any(|(_, other, newer)| other == feed && newer > number);
            assert!(is_there, "{work:?} {round}: {document:?} is lost");
        }
        assert_whole(&home.path().join("tree"));
        if home.path().join("copy.db").exists() {
            let copy = wellspring_store::Store::open_to_read(home.path().join("copy.db")).unwrap();
            assert!(copy.load(now).unwrap().corrupt.is_empty(), "{work:?} {round}");
        }
    }
    let last = hours_later(i64::from(kills) + 1);
    undisturbed(&home, last);
    assert_eq!(assert_whole(&home.path().join("tree")), stored_in_trees(&home, last));
    let moment = last.to_string();
    Finished::run(&mut wellspring(home.path(), ["audit", "tree", "--now", &moment])).well();
    let left: Vec<_> = walk(&home.path().join("tree"))
        .into_iter()
        .filter(|name| name.starts_with(".wellspring-export-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// How many documents that count belong into a tree: all but its own index and views.
fn stored_in_trees(home: &Home, now: Timestamp) -> usize {
    let is_of_tree = |(_, feed, _): &&(Identity, String, u64)| {
        !feed.starts_with("index ") && !feed.starts_with("view ")
    };
    stored(home, now).iter().filter(is_of_tree).count()
}

/// The names of the files below a folder.
fn walk(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        names.push(entry.file_name().to_string_lossy().into_owned());
        if entry.file_type().unwrap().is_dir() {
            names.extend(walk(&entry.path()));
        }
    }
    names
}
