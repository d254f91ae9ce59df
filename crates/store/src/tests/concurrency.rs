//! Two programs on one file.

use std::convert::Infallible;
use std::thread;

use wellspring_document::AnyVerified;

use super::issuer::{Issuer, list};
use super::{assert_consistent, marks, now, offer};
use crate::{Feed, PublishError, Store};

fn is_send<T: Send>() {}

#[test]
fn a_store_can_move_to_another_thread() {
    is_send::<Store>();
}

#[test]
fn a_new_file_can_be_opened_by_many_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..20 {
        let path = folder.path().join(format!("{round}.db"));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| Store::open(&path).unwrap());
            }
        });
    }
}

#[test]
fn a_program_notices_what_another_one_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wellspring.db");
    let (mut here, mut there) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
    let issuer = Issuer::new(1);
    let before = here.data_version().unwrap();
    offer(&mut here, &[&issuer.list(1, &[])]);
    assert_eq!(here.data_version().unwrap(), before, "what it wrote itself is no news");
    offer(&mut there, &[&issuer.list(2, &[])]);
    assert_ne!(here.data_version().unwrap(), before);
}

#[test]
fn two_programs_never_sign_two_documents_with_one_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wellspring.db");
    let issuer = Issuer::new(1);
    let feed = Feed::of(&issuer.list(1, &[]));
    let mut numbers: Vec<u64> = thread::scope(|scope| {
        let programs: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut store = Store::open(&path).unwrap();
                    let mut publish = || {
                        store.publish(&feed, now(), |sequence| {
                            Ok::<_, Infallible>(issuer.sign(sequence, &list(&[])))
                        })
                    };
                    (0..20).map(|_| publish().unwrap().sequence()).collect::<Vec<_>>()
                })
            })
            .collect();
        programs.into_iter().flat_map(|program| program.join().unwrap()).collect()
    });
    numbers.sort_unstable();
    let first = u64::try_from(now().unix()).unwrap();
    assert_eq!(numbers, (first..first + 40).collect::<Vec<_>>());
    let store = Store::open(&path).unwrap();
    assert_eq!(marks(&store)[&feed].sequence, first + 39);
    assert_consistent(&store);
}

#[test]
fn what_is_not_the_next_document_is_not_published() {
    let mut store = Store::open_in_memory().unwrap();
    let issuer = Issuer::new(1);
    let feed = Feed::of(&issuer.list(1, &[]));
    assert!(marks(&store).is_empty());
    for wrong in
        [issuer.list(2, &[]), issuer.profile(1, "a.example", "a"), Issuer::new(2).list(1, &[])]
    {
        let outcome = store.publish(&feed, now(), |_| Ok::<_, Infallible>(wrong));
        assert!(matches!(outcome, Err(PublishError::NotTheNext)));
    }
    let failed = store.publish(&feed, now(), |_| Err("no key"));
    assert!(matches!(failed, Err(PublishError::NotSigned("no key"))));
    offer(&mut store, &[&issuer.rotated(2).list(5, &[])]);
    let outdated =
        store.publish(&feed, now(), |number| Ok::<_, Infallible>(issuer.list(number, &[])));
    assert!(matches!(outdated, Err(PublishError::NotAccepted(reason))
        if reason.code() == "accept.outdated-keys"));
    assert_eq!(marks(&store)[&feed].sequence, 5);
}

/// An issuer whose keys changed must never have only a part of its word.
#[test]
fn several_documents_are_published_together_or_not_at_all() {
    let mut store = Store::open_in_memory().unwrap();
    let issuer = Issuer::new(1);
    let old = [issuer.list(1, &[]), issuer.profile(1, "a.example", "a")];
    offer(&mut store, &[&old[0], &old[1]]);
    let after = issuer.rotated(2);
    let feeds = [Feed::of(&old[0]), Feed::of(&old[1])];
    let sign = |place: usize, sequence| match place {
        0 => after.list(sequence, &[]),
        _ => after.profile(sequence, "a.example", "a"),
    };
    let failed = store.publish_all(&feeds, now(), |place, sequence| match place {
        0 => Ok(sign(place, sequence)),
        _ => Err("no key"),
    });
    assert!(matches!(failed, Err(PublishError::NotSigned("no key"))));
    let versions = |store: &Store| -> Vec<u32> {
        store.load(now()).unwrap().rows.iter().map(AnyVerified::key_version).collect()
    };
    assert_eq!(versions(&store), [1, 1], "the first of them is not there either");
    let signed = |place, sequence| Ok::<_, Infallible>(sign(place, sequence));
    let published = store.publish_all(&feeds, now(), signed).unwrap();
    // A store that was restored signs none of the numbers again under which it signed since.
    let first = u64::try_from(now().unix()).unwrap();
    assert_eq!(published.iter().map(AnyVerified::sequence).collect::<Vec<_>>(), [first, first]);
    assert_eq!(versions(&store), [2, 2]);
    assert_consistent(&store);
}

#[test]
fn reading_goes_on_while_another_program_writes_and_writing_says_that_it_must_wait() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wellspring.db");
    let mut writer = Store::open(&path).unwrap();
    let document = Issuer::new(1).list(1, &[]);
    offer(&mut writer, &[&document]);
    let mut other = Store::open(&path).unwrap();
    other.connection.busy_timeout(std::time::Duration::ZERO).unwrap();

    let transaction = writer.begin().unwrap();
    assert_eq!(other.load(now()).unwrap().rows.len(), 1);
    let error = other.erase_superseded(now()).unwrap_err();
    assert_eq!(error.code(), "store.locked");
    drop(transaction);
    assert!(other.erase_superseded(now()).is_ok());
}
