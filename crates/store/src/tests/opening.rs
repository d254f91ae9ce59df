use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::issuer::Issuer;
use super::{assert_consistent, now, offer};
use crate::{OpenError, Store, schema};

/// The message for a file in `folder`, with the folder as DIR.
fn message(folder: &Path, name: &str) -> String {
    let error = Store::open(folder.join(name)).unwrap_err();
    let text = error.to_string().replace(folder.to_str().unwrap(), "DIR");
    format!("{}: {text}", error.code())
}

#[test]
fn what_is_stored_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wellspring.db");
    let document = Issuer::new(1).list(1, &[]);
    let mut store = Store::open(&path).unwrap();
    offer(&mut store, &[&document]);
    drop(store);
    let store = Store::open(&path).unwrap();
    assert_eq!(store.load(now()).unwrap().rows[0].bytes(), document.bytes());
    assert_consistent(&store);
}

#[test]
fn every_migration_applies() {
    schema::migrations().validate().unwrap();
}

#[test]
fn writing_is_durable_and_the_schema_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("wellspring.db")).unwrap();
    let text = |pragma: &str| -> String {
        store
            .connection
            .pragma_query_value(None, pragma, |row| {
                row.get(0).or_else(|_| row.get::<_, i64>(0).map(|number| number.to_string()))
            })
            .unwrap()
    };
    assert_eq!(text("journal_mode"), "wal");
    assert_eq!(text("synchronous"), "2");
    assert_eq!(text("wal_autocheckpoint"), "4000");
    assert_eq!(text("foreign_keys"), "1");
    assert_eq!(text("trusted_schema"), "0");
}

#[test]
fn every_unusable_file_is_refused_for_its_reason_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("folder.db")).unwrap();
    fs::write(path("notes.txt"), "Not a database, but longer than its header would be. ".repeat(9))
        .unwrap();
    fs::write(path("short.txt"), "short").unwrap();
    let foreign = Connection::open(path("foreign.db")).unwrap();
    foreign.execute_batch("CREATE TABLE animals (name TEXT)").unwrap();
    drop(foreign);
    let of_another = Connection::open(path("owned.db")).unwrap();
    of_another.pragma_update(None, "application_id", 42).unwrap();
    drop(of_another);
    drop(Store::open(path("newer.db")).unwrap());
    let newer = Connection::open(path("newer.db")).unwrap();
    newer.pragma_update(None, "user_version", 7).unwrap();
    drop(newer);

    let names = ["folder.db", "notes.txt", "short.txt", "foreign.db", "owned.db", "newer.db"];
    let read = |name: &str| fs::read(path(name)).ok();
    let before = names.map(read);
    let mut messages: Vec<_> = names.iter().map(|name| message(folder.path(), name)).collect();
    messages.push(message(folder.path(), "missing/wellspring.db"));
    messages.push(message(folder.path(), "notes.txt/wellspring.db"));
    insta::assert_snapshot!(messages.join("\n"), @r#"
        store.is-a-folder: DIR/folder.db is a folder; name a file for the database
        store.not-a-database: DIR/notes.txt is not a database; name another file
        store.not-a-database: DIR/short.txt is not a database; name another file
        store.of-another-program: DIR/foreign.db is the database of another program; name another file
        store.of-another-program: DIR/owned.db is the database of another program; name another file
        store.newer-schema: DIR/newer.db was written by a newer wellspring (schema 7, this program knows 2); run the newer program or name another file
        store.no-folder: DIR/missing/wellspring.db cannot be created, because its folder does not exist; create that first
        store.no-folder: DIR/notes.txt/wellspring.db cannot be created, because its folder does not exist; create that first
    "#);
    assert!(names.map(read) == before);
}

#[test]
fn a_truncated_database_is_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.db");
    let mut store = Store::open(&path).unwrap();
    offer(&mut store, &[&Issuer::new(1).list(1, &[])]);
    drop(store);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    insta::assert_snapshot!(message(folder.path(), "cut.db"), @r#"store.damaged: DIR/cut.db is damaged; `wellspring doctor` with the same options says where. Restore a backup. Without one, move the file away and sync again: that loses which operators asked not to be listed, which documents were replaced and since when servers are known"#);
}

/// An error and its causes, as a log line has them.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[test]
fn an_error_with_its_causes_says_everything_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.db");
    drop(Store::open(&path).unwrap());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let told = chain(&Store::open(&path).unwrap_err());
    let told = told.replace(folder.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(told, @"DIR/cut.db is damaged; `wellspring doctor` with the same options says where. Restore a backup. Without one, move the file away and sync again: that loses which operators asked not to be listed, which documents were replaced and since when servers are known: database disk image is malformed");

    let mut store = Store::open_in_memory().unwrap();
    store.connection.execute("DROP TABLE clock", []).unwrap();
    let told = chain(&store.record_time(now()).unwrap_err());
    insta::assert_snapshot!(told, @"the database could not carry out a request: no such table: clock");
}

#[test]
fn an_empty_file_becomes_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.db");
    fs::write(&path, "").unwrap();
    assert!(Store::open(&path).is_ok());
}

#[test]
fn names_that_sqlite_reads_otherwise_are_files_like_any() {
    let error = Store::open("").unwrap_err();
    assert!(matches!(error, OpenError::NotAFile { .. }), "{error}");
    let folder = tempfile::tempdir().unwrap();
    for name in [":memory:", "file:a.db?mode=memory"] {
        drop(Store::open(folder.path().join(name)).unwrap());
        assert!(folder.path().join(name).is_file());
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_is_a_matter_of_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("read-only.db");
    drop(Store::open(&path).unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    if fs::OpenOptions::new().append(true).open(&path).is_ok() {
        eprintln!("skipped: this user may write to read-only files");
        return;
    }
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(error, OpenError::NoPermission { .. }), "{error}");
}
