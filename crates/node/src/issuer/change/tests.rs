use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use wellspring_document::{KeyState, Quorum};

use super::*;
use crate::read_key;

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed([seed; 32])
}

fn alone(key: &SigningKey) -> Quorum {
    Quorum { keys: [key.public()].into(), threshold: 1 }
}

/// An issuer with the key 1 and the recovery key 9, and the folder that it is in.
fn issuer() -> (tempfile::TempDir, IssuerFiles, Issuer) {
    let dir = tempfile::tempdir().unwrap();
    let files = IssuerFiles::of("operator", dir.path());
    let made = Issuer::create(&files, [1; 32], None, Some(alone(&key(9))), now()).unwrap();
    (dir, files, made)
}

fn next(signing: &SigningKey) -> KeyState {
    KeyState { issued_at: now(), signing: alone(signing), recovery: Some(alone(&key(9))) }
}

/// The issuer with a new key, signed by the old one and the new.
fn rotated(issuer: &Issuer, seed: u8) -> Issuer {
    let new = key(seed);
    let history = issuer.history.extend(&next(&new), &[issuer.key.clone(), new.clone()]).unwrap();
    Issuer::with(new, history).unwrap()
}

const REPLACED: KeyFile<'static> = KeyFile::IsReplaced { passphrase: None };

fn names(dir: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_change_keeps_the_old_key_and_leaves_nothing_else() {
    let (dir, files, made) = issuer();
    let after = rotated(&made, 2);
    let kept = after.write_change(&files, REPLACED, &files.lock().unwrap()).unwrap();
    assert_eq!(kept.key, Some(dir.path().join("operator-key.old-1.pem")));
    assert_eq!(kept.history, None);
    let again = Issuer::open(&files, None).unwrap();
    assert_eq!(again.history(), after.history());
    assert_eq!(
        names(dir.path()),
        ["operator-key-history.json", "operator-key.old-1.pem", "operator-key.pem"]
            .map(str::to_owned)
            .into()
    );
    for file in ["operator-key.pem", "operator-key.old-1.pem"] {
        let mode = fs::metadata(dir.path().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

/// The folder as it is after every step of a change, each opened as by the next program.
#[test]
fn a_change_that_is_ended_anywhere_is_undone_or_completed() {
    let steps = |upto: usize| {
        let (dir, files, made) = issuer();
        let after = rotated(&made, 2);
        let pending = files.pending_key(&key(2).public());
        let all: [&dyn Fn(); 3] = [
            &|| write_key(&pending, &key(2), None).unwrap(),
            &|| {
                let states = json::canonical(&after.history.to_json().into());
                replace(&files.history, &states).unwrap();
            },
            &|| {
                let copy = dir.path().join("operator-key.old-1.pem");
                fs::write(copy, read(&files.key).unwrap()).unwrap();
            },
        ];
        all[..upto].iter().for_each(|step| step());
        let opened = Issuer::open(&files, None).unwrap();
        (dir, files, opened)
    };
    for upto in 0..=3 {
        let (dir, files, opened) = steps(upto);
        let (version, seed) = if upto < 2 { (1, 1) } else { (2, 2) };
        assert_eq!(opened.history.version(), version, "{upto}");
        assert_eq!(opened.key.public(), key(seed).public(), "{upto}");
        // Whatever was left of it is in nobody's way.
        let new = key(3);
        let after = rotated(&opened, 3);
        after.write_change(&files, REPLACED, &files.lock().unwrap()).unwrap();
        assert_eq!(Issuer::open(&files, None).unwrap().key.public(), new.public());
        // A key that no history came to name stays, as nothing that is secret is thrown away.
        let left = names(dir.path()).iter().filter(|name| name.contains("new")).count();
        assert_eq!(left, usize::from(upto == 1), "{upto}");
    }
}

#[test]
fn one_program_changes_keys_at_a_time() {
    let (_dir, files, _) = issuer();
    let lock = files.lock().unwrap();
    assert!(matches!(files.lock(), Err(IssuerError::Busy { .. })));
    drop(lock);
    files.lock().unwrap();
}

#[test]
fn a_recovery_that_goes_back_keeps_the_history_that_it_undoes() {
    let (dir, files, made) = issuer();
    let after = rotated(&made, 2);
    after.write_change(&files, REPLACED, &files.lock().unwrap()).unwrap();
    let back = after.history().prefix(1);
    let history = back.extend(&next(&key(3)), &[key(9), key(3)]).unwrap();
    let recovered = Issuer::with(key(3), history).unwrap();
    let kept = recovered.write_change(&files, REPLACED, &files.lock().unwrap()).unwrap();
    assert_eq!(kept.key, Some(dir.path().join("operator-key.old-2.pem")));
    let old = dir.path().join("operator-key-history.old-2.json");
    assert_eq!(kept.history, Some(old.clone()));
    assert_eq!(read_history(&old).unwrap(), *after.history());
    assert_eq!(Issuer::open(&files, None).unwrap().history(), recovered.history());
    // A second time from there: the names that are taken stay as they are.
    let later = rotated(&recovered, 4);
    let kept = later.write_change(&files, REPLACED, &files.lock().unwrap()).unwrap();
    assert_eq!(kept.key, Some(dir.path().join("operator-key.old-2-2.pem")));
}

/// What others have to sign may come to nothing, or be overtaken by another change.
#[test]
fn a_key_that_waits_is_taken_up_by_the_history_that_names_it_and_by_no_other() {
    let (dir, files, made) = issuer();
    let lock = files.lock().unwrap();
    files.write_pending_key(&key(2), None, &lock).unwrap();
    let other = rotated(&made, 3);
    other.write_change(&files, REPLACED, &lock).unwrap();
    drop(lock);
    assert_eq!(Issuer::open(&files, None).unwrap().key.public(), key(3).public());

    let named = rotated(&other, 2);
    files.write_history(&named.history, &files.lock().unwrap()).unwrap();
    assert_eq!(Issuer::open(&files, None).unwrap().key.public(), key(2).public());
    let kept =
        ["operator-key.old-1.pem", "operator-key.old-2.pem"].map(|name| dir.path().join(name));
    assert_eq!(
        kept.map(|path| read_key(&path, None).unwrap().public()),
        [1, 3].map(|it| key(it).public())
    );
}
