//! Whatever a fuzzer once found interesting is tried again here, with what each target of
//! `fuzz/` demands; the fuzzers themselves run elsewhere (see `fuzz/README.md`).

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what goes wrong in a test fails it"
)]

#[expect(unreachable_pub, reason = "public for the fuzzers")]
#[path = "../../fuzz/src/targets/mod.rs"]
mod targets;

use std::fs;
use std::path::Path;

/// Further seeds: files that are here for another reason.
const FURTHER: &[(&str, &str)] = &[
    ("document", "tests/vectors/documents"),
    ("document", "feeds/snapshot/profiles"),
    ("document", "feeds/snapshot/endorsement-lists"),
    ("document", "feeds/snapshot/observation-reports"),
    ("json", "tests/vectors/documents"),
    ("parts", "tests/vectors/parts"),
    ("proof", "tests/vectors/proofs"),
];

/// Runs a target on every file of a folder.
fn replay(run: fn(&[u8]), folder: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        // Shown where the target fails.
        println!("{}", path.display());
        run(&bytes);
        count += 1;
    }
    count
}

#[test]
fn what_the_targets_demand_holds_for_every_seed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let seeds = root.join("fuzz/seeds");
    for (name, run) in targets::ALL {
        assert!(replay(*run, &seeds.join(name)) > 0, "{name} has seeds");
        for (_, folder) in FURTHER.iter().filter(|(target, _)| target == name) {
            assert!(replay(*run, &root.join(folder)) > 0, "{folder} has files");
        }
    }
    // None is left out by a slip of the pen.
    let folders = fs::read_dir(seeds).unwrap().count();
    assert_eq!(folders, targets::ALL.len());
}
