//! Every document, verified again, and its row.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, Row};
use wellspring_document::{AnyVerified, BytesHash, Identity, KeyHistory, RawDocument, Timestamp};

use super::{ComplaintKind, Examination, Fix, Progress, RightPlace, Table};
use crate::columns::{ReadColumns as _, collect, sequence};
use crate::documents::DocumentStatus;
use crate::error::StoreError;
use crate::feeds::Feed;
use crate::load::each_in_parallel;

/// How many bytes of documents are read before they are verified: enough for all processors,
/// and far from what a small machine has.
const BATCH_BYTES: usize = 16_000_000;

/// How many documents are verified at once, at most.
const BATCH_DOCUMENTS: usize = 256;

/// What a document says that columns repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) feed: Feed,
    pub(crate) history: KeyHistory,
    pub(crate) identity: Identity,
    pub(crate) bytes_hash: BytesHash,
    pub(crate) sequence: i64,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl Facts {
    fn of(document: &AnyVerified) -> Self {
        Self {
            feed: Feed::of(document),
            history: document.history().clone(),
            identity: document.identity(),
            bytes_hash: document.bytes_hash(),
            sequence: sequence(document.sequence()),
            issued_at: document.issued_at(),
            expires_at: document.expires_at(),
        }
    }
}

/// The row of a document, with what its bytes say.
pub(super) struct Record {
    pub(super) id: i64,
    /// The feed in which it stands.
    pub(super) stands_in: i64,
    /// The feed to which it belongs, where that is there.
    pub(super) feed_id: Option<i64>,
    pub(super) status: DocumentStatus,
    pub(super) superseded_at: Option<Timestamp>,
    /// Whether a mirror that listed it no longer does.
    pub(super) is_dropped: bool,
    /// By the document, where that is there.
    pub(super) identity: Identity,
    /// By the document, where that is there.
    pub(super) sequence: i64,
    /// Nothing where its bytes were erased, as they should be.
    pub(super) facts: Option<Facts>,
}

/// The row as it stands.
struct Written {
    id: i64,
    feed_id: i64,
    /// identity, bytes_hash, sequence, issued_at, expires_at
    columns: [Value; 5],
    /// issuer, kind, subject, key_state, key_version; nulls where there is no such feed.
    feed: [Value; 5],
    status: DocumentStatus,
    superseded_at: Option<Timestamp>,
    is_dropped: bool,
}

const COLUMNS: [&str; 5] = ["identity", "bytes_hash", "sequence", "issued_at", "expires_at"];

pub(super) fn examine(
    connection: &Connection,
    examination: &mut Examination,
    progress: Progress<'_>,
) -> Result<Vec<Record>, StoreError> {
    let statement = connection.prepare_cached(
        "SELECT documents.*, issuer, kind, subject, key_state, key_version,
                EXISTS (
                    SELECT 1 FROM document_sources
                    WHERE document_id = documents.id AND dropped_at IS NOT NULL
                ) AS is_dropped
         FROM documents
         LEFT JOIN feeds ON feeds.id = feed_id
         LEFT JOIN issuers ON issuers.id = issuer_id
         ORDER BY documents.id",
    )?;
    let found = collect(statement, [], "documents", read_written)?;
    found.corrupt.into_iter().for_each(|row| examination.unreadable(row));
    let rows = found.rows;
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let mut looking = Looking::over(connection, &rows)?;
    let mut records = Vec::with_capacity(rows.len());
    let mut batch = Batch::default();
    let mut done = 0;
    for row in rows {
        done += 1;
        match looking.bytes(row.id)? {
            Ok(Some(bytes)) => batch.push(row, bytes),
            Ok(None) => records.extend(without_bytes(&row, examination)),
            Err(problem) => examination.complain(
                ComplaintKind::Structure,
                format!("the bytes of document {}", row.id),
                problem,
                Fix::None,
            ),
        }
        if batch.is_full() {
            looking.judge(std::mem::take(&mut batch), examination, &mut records);
            progress(done, total);
        }
    }
    looking.judge(batch, examination, &mut records);
    progress(total, total);
    looking.find_misplaced(examination);
    Ok(records)
}

fn read_written(row: &Row<'_>) -> rusqlite::Result<Written> {
    row.read::<Timestamp>("accepted_at")?;
    let mut columns = [const { Value::Null }; 5];
    for (column, name) in columns.iter_mut().zip(COLUMNS) {
        *column = row.get(name)?;
    }
    let mut feed = [const { Value::Null }; 5];
    let names = ["issuer", "kind", "subject", "key_state", "key_version"];
    for (column, name) in feed.iter_mut().zip(names) {
        *column = row.get(name)?;
    }
    Ok(Written {
        id: row.get("id")?,
        feed_id: row.get("feed_id")?,
        columns,
        feed,
        status: row.read("status")?,
        superseded_at: row.read_optional("superseded_at")?,
        is_dropped: row.get("is_dropped")?,
    })
}

/// A document whose bytes are not there: erased in time, or missing.
fn without_bytes(row: &Written, examination: &mut Examination) -> Option<Record> {
    let about = format!("document {}", row.id);
    if row.feed[3] == Value::Null {
        let problem = "its bytes were erased, and its feed is not there";
        let fix = Fix::TakeOut { table: Table::Documents, row: row.id };
        examination.complain(ComplaintKind::Orphan, about, problem, fix);
        return None;
    }
    let [Value::Blob(identity), _, Value::Integer(sequence), ..] = &row.columns else {
        return None;
    };
    let Ok(identity) = <[u8; 32]>::try_from(identity.as_slice()) else {
        let fix = Fix::TakeOut { table: Table::Documents, row: row.id };
        let problem = "its identity is not one, and its bytes are not there to tell it";
        examination.complain(ComplaintKind::UnreadableRow, about, problem, fix);
        return None;
    };
    let (id, identity, sequence) = (row.id, Identity::from_bytes(identity), *sequence);
    if row.superseded_at.is_none() {
        let problem = format!("the bytes of {identity} are not there");
        // Its record goes as well: its mark stays, and with it the document can come back.
        let fix = Fix::TakeOut { table: Table::Documents, row: id };
        examination.complain(ComplaintKind::BytesMissing, about, problem, fix);
        return None;
    }
    Some(Record {
        id,
        stands_in: row.feed_id,
        feed_id: Some(row.feed_id),
        status: row.status,
        superseded_at: row.superseded_at,
        is_dropped: row.is_dropped,
        identity,
        sequence,
        facts: None,
    })
}

/// Documents whose bytes are read and not yet judged.
#[derive(Default)]
struct Batch {
    rows: Vec<Written>,
    documents: Vec<Vec<u8>>,
    bytes: usize,
}

impl Batch {
    fn push(&mut self, row: Written, bytes: Vec<u8>) {
        self.bytes += bytes.len();
        self.rows.push(row);
        self.documents.push(bytes);
    }

    const fn is_full(&self) -> bool {
        self.bytes >= BATCH_BYTES || self.rows.len() >= BATCH_DOCUMENTS
    }
}

/// A document that stands in the row of another feed.
struct Misplaced {
    document_id: i64,
    feed_id: i64,
    facts: Facts,
}

/// What is needed while documents are looked at, one after the other.
struct Looking<'a> {
    bytes: rusqlite::Statement<'a>,
    /// By (issuer, kind, subject, key state).
    feeds: BTreeMap<[String; 4], i64>,
    /// Which row has which identity.
    rows: BTreeMap<Vec<u8>, i64>,
    /// The feeds in which at least one document stands rightly.
    fitting: BTreeSet<i64>,
    misplaced: Vec<Misplaced>,
}

impl<'a> Looking<'a> {
    fn over(connection: &'a Connection, rows: &[Written]) -> Result<Self, StoreError> {
        let mut statement = connection.prepare(
            "SELECT feeds.id, issuer, kind, subject, key_state
             FROM feeds JOIN issuers ON issuers.id = issuer_id",
        )?;
        let feeds = statement.query_map([], |row| {
            Ok(([row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?], row.get(0)?))
        })?;
        let identity = |row: &Written| match &row.columns[0] {
            Value::Blob(identity) => Some((identity.clone(), row.id)),
            _ => None,
        };
        Ok(Self {
            bytes: connection.prepare("SELECT bytes FROM document_bytes WHERE document_id = ?1")?,
            feeds: feeds.collect::<Result<_, _>>()?,
            rows: rows.iter().filter_map(identity).collect(),
            fitting: BTreeSet::new(),
            misplaced: Vec::new(),
        })
    }

    /// The bytes of a document, or why the file does not give them.
    fn bytes(&mut self, id: i64) -> Result<Result<Option<Vec<u8>>, String>, StoreError> {
        let bytes = self.bytes.query_row([id], |row| row.get("bytes")).optional();
        match bytes.map_err(StoreError::from) {
            Ok(bytes) => Ok(Ok(bytes)),
            Err(StoreError::Damaged { source }) => Ok(Err(source.to_string())),
            Err(other) => Err(other),
        }
    }

    fn judge(&mut self, batch: Batch, examination: &mut Examination, records: &mut Vec<Record>) {
        let verified = each_in_parallel(batch.documents, |bytes| {
            let document = RawDocument::new(bytes).verify_any();
            document.map(|document| Facts::of(&document)).map_err(|error| error.to_string())
        });
        for (row, verified) in batch.rows.into_iter().zip(verified) {
            let judged = verified.and_then(|facts| self.judge_one(&row, facts, examination));
            match judged {
                Ok(record) => {
                    examination.documents += 1;
                    records.push(record);
                }
                Err(problem) => examination.complain(
                    ComplaintKind::Document,
                    format!("document {}", row.id),
                    problem,
                    Fix::TakeOut { table: Table::Documents, row: row.id },
                ),
            }
        }
    }

    /// Compares a row with its document.
    fn judge_one(
        &mut self,
        row: &Written,
        facts: Facts,
        examination: &mut Examination,
    ) -> Result<Record, String> {
        let same = self.rows.get(&facts.identity.as_bytes()[..]);
        if same.is_some_and(|other| *other != row.id) {
            return Err("its bytes are those of another document".to_owned());
        }
        let said = [
            Value::Blob(facts.identity.as_bytes().to_vec()),
            Value::Blob(facts.bytes_hash.as_bytes().to_vec()),
            Value::Integer(facts.sequence),
            Value::Integer(facts.issued_at.unix()),
            Value::Integer(facts.expires_at.unix()),
        ];
        let pairs = COLUMNS.iter().zip(&said).zip(&row.columns);
        let wrong: Vec<&str> = pairs
            .filter(|((_, said), written)| said != written)
            .map(|((name, _), _)| *name)
            .collect();
        if !wrong.is_empty() {
            let fix = Fix::SetDocument { document_id: row.id, facts: Box::new(facts.clone()) };
            let problem = format!("{}: the document says otherwise", wrong.join(", "));
            examination.complain(ComplaintKind::Column, about(row.id, &facts), problem, fix);
        }
        let feed = &facts.feed;
        let belongs = [
            Value::Text(feed.issuer.to_string()),
            Value::Text(feed.kind.type_name().to_owned()),
            Value::Text(feed.subject.clone()),
            Value::Text(facts.history.current_hash().to_owned()),
            Value::Integer(facts.history.version().into()),
        ];
        if belongs == row.feed {
            self.fitting.insert(row.feed_id);
        } else {
            let (document_id, feed_id) = (row.id, row.feed_id);
            self.misplaced.push(Misplaced { document_id, feed_id, facts: facts.clone() });
        }
        Ok(Record {
            id: row.id,
            stands_in: row.feed_id,
            feed_id: self.place_of(&facts),
            status: row.status,
            superseded_at: row.superseded_at,
            is_dropped: row.is_dropped,
            identity: facts.identity,
            sequence: facts.sequence,
            facts: Some(facts),
        })
    }

    fn place_of(&self, facts: &Facts) -> Option<i64> {
        let feed = &facts.feed;
        let key = [
            feed.issuer.to_string(),
            feed.kind.type_name().to_owned(),
            feed.subject.clone(),
            facts.history.current_hash().to_owned(),
        ];
        self.feeds.get(&key).copied()
    }

    fn find_misplaced(self, examination: &mut Examination) {
        let mut renamed = BTreeSet::new();
        for Misplaced { document_id, feed_id, facts } in &self.misplaced {
            let place = match self.place_of(facts) {
                Some(right) if right != *feed_id => RightPlace::There(right),
                // Only the version of the keys is wrong, or nobody is there rightly.
                Some(_) => RightPlace::RenamedFeed(*feed_id),
                None if !self.fitting.contains(feed_id) && renamed.insert(*feed_id) => {
                    RightPlace::RenamedFeed(*feed_id)
                }
                None if renamed.contains(feed_id) => continue,
                None => RightPlace::NewFeed,
            };
            let fix =
                Fix::PutInFeed { document_id: *document_id, facts: Box::new(facts.clone()), place };
            let problem = "it stands in another feed than the document says";
            examination.complain(ComplaintKind::Column, about(*document_id, facts), problem, fix);
        }
    }
}

fn about(id: i64, facts: &Facts) -> String {
    let Feed { kind, issuer, subject } = &facts.feed;
    let of = if subject.is_empty() { String::new() } else { format!(" of {subject}") };
    format!("document {id} ({kind}{of}, number {}, by {issuer})", facts.sequence)
}
