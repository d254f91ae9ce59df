//! How far each feed has come, and what its documents are to it.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use wellspring_document::{Identity, Kind};

use super::documents::Record;
use super::issuers::Judged;
use super::{ComplaintKind, Examination, Fix, Table, moment};
use crate::columns::collect;
use crate::documents::DocumentStatus;
use crate::error::StoreError;

struct Row {
    id: i64,
    issuer_id: i64,
    kind: String,
    subject: String,
    key_state: String,
    mark_sequence: i64,
    mark_identity: Vec<u8>,
}

/// How far a feed has come.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Reached {
    sequence: i64,
    identity: Identity,
}

pub(super) fn examine(
    connection: &Connection,
    examination: &mut Examination,
    records: &[Record],
    judged: &Judged,
) -> Result<(), StoreError> {
    let mut by_feed: BTreeMap<i64, Vec<&Record>> = BTreeMap::new();
    for record in records {
        if let Some(feed_id) = record.feed_id {
            by_feed.entry(feed_id).or_default().push(record);
        }
    }
    let in_use: BTreeSet<i64> = records.iter().map(|record| record.stands_in).collect();
    let statement = connection.prepare_cached("SELECT * FROM feeds ORDER BY id")?;
    let found = collect(statement, [], "feeds", |row| {
        Ok(Row {
            id: row.get("id")?,
            issuer_id: row.get("issuer_id")?,
            kind: row.get("kind")?,
            subject: row.get("subject")?,
            key_state: row.get("key_state")?,
            mark_sequence: row.get("mark_sequence")?,
            mark_identity: row.get("mark_identity")?,
        })
    })?;
    found.corrupt.into_iter().for_each(|row| examination.unreadable(row));
    for row in found.rows {
        examination.feeds += 1;
        let documents = by_feed.remove(&row.id).unwrap_or_default();
        if !documents.is_empty() {
            examine_feed(&row, &documents, examination, judged);
        } else if !judged.issuers.contains_key(&row.issuer_id) && !in_use.contains(&row.id) {
            let fix = Fix::TakeOut { table: Table::Feeds, row: row.id };
            let problem = "its issuer is not there, and neither is a document";
            examination.complain(ComplaintKind::Orphan, about(&row), problem, fix);
        }
    }
    Ok(())
}

fn examine_feed(row: &Row, documents: &[&Record], examination: &mut Examination, judged: &Judged) {
    let keys = judged.issuers.get(&row.issuer_id);
    let written = <[u8; 32]>::try_from(row.mark_identity.as_slice()).ok().map(|bytes| Reached {
        sequence: row.mark_sequence,
        identity: Identity::from_bytes(bytes),
    });
    let Some(reached) = reached(row.mark_sequence, written, documents) else { return };
    if written != Some(reached) {
        let problem = format!(
            "its mark is at number {}; its documents put it at number {}, {}",
            row.mark_sequence, reached.sequence, reached.identity
        );
        let Reached { sequence, identity } = reached;
        let fix = Fix::SetMark { feed_id: row.id, sequence, identity };
        examination.complain(ComplaintKind::Mark, about(row), problem, fix);
    }
    for document in documents {
        examine_status(document, reached, examination);
        match keys {
            Some((accepted, _)) if *accepted == row.key_state => {
                examine_end(document, reached, Some(&row.kind), examination);
            }
            // For somebody it may count, for another it may not.
            Some((_, true)) | None => {}
            Some((_, false)) => examine_end(document, reached, None, examination),
        }
    }
}

fn about(row: &Row) -> String {
    format!("feed {} ({} {})", row.id, row.kind, row.subject)
}

/// Where the mark of a feed should be. It never goes down, but where its identity tells of
/// which document it is, and so its number.
fn reached(mark_sequence: i64, mark: Option<Reached>, documents: &[&Record]) -> Option<Reached> {
    let newest = documents.iter().map(|it| it.sequence).max()?;
    let at = |sequence: i64| {
        let there = documents.iter().filter(move |it| it.sequence == sequence);
        there.map(|it| it.identity).min()
    };
    let of_mark = mark.and_then(|mark| documents.iter().find(|it| it.identity == mark.identity));
    let sequence = of_mark.map_or(mark_sequence, |it| it.sequence).max(newest);
    let Some(smallest) = at(sequence) else {
        // What it stands for is gone, and may come again.
        return mark;
    };
    let is_current =
        |it: &&&Record| it.sequence == sequence && it.status == DocumentStatus::Current;
    let identity = match mark {
        // Another one with this number, which was taken out, may have the smaller identity.
        Some(mark)
            if mark.sequence == sequence
                && mark.identity < smallest
                && of_mark.is_none()
                && !documents.iter().any(|it| is_current(&it)) =>
        {
            mark.identity
        }
        _ => smallest,
    };
    Some(Reached { sequence, identity })
}

fn examine_status(document: &Record, reached: Reached, examination: &mut Examination) {
    let Record { id, status, sequence, identity, .. } = document;
    let right = if *identity == reached.identity {
        DocumentStatus::Current
    } else if *sequence == reached.sequence {
        DocumentStatus::Equivocating
    } else if *status == DocumentStatus::Current {
        DocumentStatus::Superseded
    } else {
        *status
    };
    if *status != right {
        let problem = format!("it is noted as {} and is {}", status.as_str(), right.as_str());
        let fix = Fix::SetStatus { document_id: *id, status: right };
        examination.complain(ComplaintKind::Status, format!("document {id}"), problem, fix);
    }
}

/// Whether a document rightly has an end. `counts_as` is the kind of its feed where the keys
/// of that count.
fn examine_end(
    document: &Record,
    reached: Reached,
    counts_as: Option<&str>,
    examination: &mut Examination,
) {
    let Record { id, superseded_at, sequence, facts, .. } = document;
    let about = format!("document {id}");
    let is_newest = *sequence == reached.sequence;
    match (counts_as, superseded_at) {
        (Some(_), None) if is_newest => {}
        (_, None) => {
            let problem = "it no longer counts, but it is not noted since when";
            let fix = Fix::SetEnd { document_id: *id, has_ended: true };
            examination.complain(ComplaintKind::End, about, problem, fix);
        }
        // A name can withdraw its profile, and mirrors can drop what they listed.
        (Some(kind), Some(since))
            if is_newest
                && kind != Kind::Profile.type_name()
                && !document.is_dropped
                && facts.is_some() =>
        {
            let problem = format!("it counts, but is noted not to since {}", moment(since.unix()));
            let fix = Fix::SetEnd { document_id: *id, has_ended: false };
            examination.complain(ComplaintKind::End, about, problem, fix);
        }
        _ => {}
    }
}
