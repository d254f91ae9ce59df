use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use wellspring_document::Quorum;

use super::*;

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

const REPLACED: KeyFile<'static> = KeyFile::IsReplaced { passphrase: None };

fn names(dir: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(dir).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_change_keeps_the_old_key_and_leaves_nothing_else() {
    let (dir, files, made) = issuer();
    let rotated = made.rotated(&next(&key(2)), Some(&key(2))).unwrap();
    let kept = rotated.write_change(&files, REPLACED, &files.lock().unwrap()).unwrap();
    assert_eq!(kept.key, Some(dir.path().join("operator-key.old-1.pem")));
    assert_eq!(kept.history, None);
    let again = Issuer::open(&files, None).unwrap();
    assert_eq!(again.history(), rotated.history());
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
        let rotated = made.rotated(&next(&key(2)), Some(&key(2))).unwrap();
        let pending = files.pending_key(2);
        let all: [&dyn Fn(); 3] = [
            &|| {
                let copy = dir.path().join("operator-key.old-1.pem");
                fs::write(copy, read(&files.key).unwrap()).unwrap();
            },
            &|| write_key(&pending, &key(2), None).unwrap(),
            &|| {
                let states = json::canonical(&rotated.history.to_json().into());
                replace(&files.history, &states).unwrap();
            },
        ];
        all[..upto].iter().for_each(|step| step());
        let opened = Issuer::open(&files, None).unwrap();
        (dir, files, opened)
    };
    for upto in 0..=3 {
        let (dir, files, opened) = steps(upto);
        let (version, seed) = if upto < 3 { (1, 1) } else { (2, 2) };
        assert_eq!(opened.history.version(), version, "{upto}");
        assert_eq!(opened.key.public(), key(seed).public(), "{upto}");
        // Whatever was left of it is in nobody's way.
        let new = key(3);
        let rotated = opened.rotated(&next(&new), Some(&new)).unwrap();
        rotated.write_change(&files, REPLACED, &files.lock().unwrap()).unwrap();
        assert_eq!(Issuer::open(&files, None).unwrap().key.public(), new.public());
        assert!(!names(dir.path()).iter().any(|name| name.contains("new")), "{upto}");
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
    let rotated = made.rotated(&next(&key(2)), Some(&key(2))).unwrap();
    rotated.write_change(&files, REPLACED, &files.lock().unwrap()).unwrap();
    let back = rotated.history().prefix(1);
    let recovered = Issuer::recovered(&back, &next(&key(3)), &key(3), &[key(9)]).unwrap();
    let kept = recovered.write_change(&files, REPLACED, &files.lock().unwrap()).unwrap();
    assert_eq!(kept.key, Some(dir.path().join("operator-key.old-2.pem")));
    let old = dir.path().join("operator-key-history.old-2.json");
    assert_eq!(kept.history, Some(old.clone()));
    assert_eq!(read_history(&old).unwrap(), *rotated.history());
    assert_eq!(Issuer::open(&files, None).unwrap().history(), recovered.history());
    // A second time from there: the names that are taken stay as they are.
    let later = recovered.rotated(&next(&key(4)), Some(&key(4))).unwrap();
    let kept = later.write_change(&files, REPLACED, &files.lock().unwrap()).unwrap();
    assert_eq!(kept.key, Some(dir.path().join("operator-key.old-2-2.pem")));
}
