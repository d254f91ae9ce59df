//! Mending what an examination found.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, named_params, params};
use serde_json::{Map, Value};
use wellspring_document::Timestamp;

use crate::Store;
use crate::error::StoreError;
use crate::examine::{
    Complaint, Examination, Facts, Fix, IssuerRow, Progress, RightPlace, Table, examine,
};

/// How often what was mended is looked at again: what rests on a row can only be judged once
/// the row is right.
const MAX_PASSES: usize = 6;

/// What mending came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// What was wrong before.
    pub before: Examination,
    /// What is there now. Its complaints could not be mended.
    pub after: Examination,
}

impl Store {
    /// Mends what [`Store::examine`] complains about, in one transaction: what can be read
    /// from documents is read from them again; what does not hold is taken out, kept aside
    /// for as long as documents that were replaced, and asked for again. No mark goes below
    /// what is known of its feed.
    ///
    /// Where the structure of the file is damaged, nothing is mended: to write into it could
    /// lose more.
    ///
    /// # Errors
    /// Where the database cannot be read or written; then nothing was changed.
    pub fn mend(&mut self, now: Timestamp, progress: Progress<'_>) -> Result<Mended, StoreError> {
        let transaction = self.begin()?;
        let before = examine(&transaction, progress)?;
        let mut after = before.clone();
        for _ in 0..MAX_PASSES {
            let mendable = after.complaints.iter().any(|it| it.remedy().is_some());
            if !mendable || after.is_beyond_mending() {
                break;
            }
            for complaint in &after.complaints {
                apply_or_pass(&transaction, complaint, now)?;
            }
            after = examine(&transaction, progress)?;
        }
        transaction.commit()?;
        Ok(Mended { before, after })
    }
}

/// Applies the remedy of a complaint. Where rows contradict each other, nothing is done: the
/// next pass, with other rows mended, sees more.
fn apply_or_pass(
    connection: &Connection,
    complaint: &Complaint,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.execute_batch("SAVEPOINT mending")?;
    match apply(connection, complaint, now) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            connection.execute_batch("ROLLBACK TO mending")?;
        }
        outcome => outcome?,
    }
    Ok(connection.execute_batch("RELEASE mending")?)
}

fn apply(connection: &Connection, complaint: &Complaint, now: Timestamp) -> rusqlite::Result<()> {
    match &complaint.fix {
        Fix::None => Ok(()),
        Fix::Reindex => connection.execute_batch("REINDEX"),
        Fix::TakeOut { table, row } => {
            let taking = Taking { connection, problem: &complaint.problem, now };
            taking.take_out(*table, *row)
        }
        Fix::SetDocument { document_id, facts } => set_document(connection, *document_id, facts),
        Fix::PutInFeed { document_id, facts, place } => {
            put_in_feed(connection, *document_id, facts, *place)
        }
        Fix::SetIssuer(row) => set_issuer(connection, row),
        Fix::SetMark { feed_id, sequence, identity } => connection
            .prepare_cached(
                "UPDATE feeds SET mark_sequence = ?2, mark_identity = ?3 WHERE id = ?1",
            )?
            .execute(params![feed_id, sequence, identity.as_bytes()])
            .map(drop),
        Fix::SetStatus { document_id, status } => {
            // Only one can be current, and what was is judged by its own complaint.
            connection
                .prepare_cached(
                    "UPDATE documents SET status = 'superseded'
                     WHERE ?2 = 'current' AND status = 'current'
                       AND feed_id = (SELECT feed_id FROM documents WHERE id = ?1)",
                )?
                .execute(params![document_id, status.as_str()])?;
            connection
                .prepare_cached("UPDATE documents SET status = ?2 WHERE id = ?1")?
                .execute(params![document_id, status.as_str()])
                .map(drop)
        }
        Fix::SetEnd { document_id, has_ended } => connection
            .prepare_cached("UPDATE documents SET superseded_at = ?2 WHERE id = ?1")?
            .execute(params![document_id, has_ended.then(|| now.unix())])
            .map(drop),
    }
}

fn set_document(connection: &Connection, id: i64, facts: &Facts) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE documents
             SET identity = ?2, bytes_hash = ?3, sequence = ?4, issued_at = ?5, expires_at = ?6
             WHERE id = ?1",
        )?
        .execute(params![
            id,
            facts.identity.as_bytes(),
            facts.bytes_hash.as_bytes(),
            facts.sequence,
            facts.issued_at.unix(),
            facts.expires_at.unix(),
        ])
        .map(drop)
}

fn put_in_feed(
    connection: &Connection,
    document_id: i64,
    facts: &Facts,
    place: RightPlace,
) -> rusqlite::Result<()> {
    let issuer: Option<i64> = connection
        .prepare_cached("SELECT id FROM issuers WHERE issuer = ?1")?
        .query_row([facts.feed.issuer.as_str()], |row| row.get(0))
        .optional()?;
    // Its row is made first, and then the next pass comes here again.
    let Some(issuer_id) = issuer else { return Ok(()) };
    let columns = named_params! {
        ":issuer_id": issuer_id,
        ":kind": facts.feed.kind.type_name(),
        ":subject": facts.feed.subject,
        ":key_state": facts.history.current_hash(),
        ":key_version": facts.history.version(),
    };
    let feed_id = match place {
        RightPlace::There(feed_id) => feed_id,
        RightPlace::RenamedFeed(feed_id) => {
            let sql = format!(
                "UPDATE feeds SET issuer_id = :issuer_id, kind = :kind, subject = :subject,
                     key_state = :key_state, key_version = :key_version
                 WHERE id = {feed_id}"
            );
            let renamed = connection.execute(&sql, columns)?;
            if renamed > 0 {
                return Ok(());
            }
            new_feed(connection, columns, facts)?
        }
        RightPlace::NewFeed => new_feed(connection, columns, facts)?,
    };
    // What it is to that feed is judged once it is there.
    connection
        .prepare_cached("UPDATE documents SET feed_id = ?2, status = 'superseded' WHERE id = ?1")?
        .execute([document_id, feed_id])
        .map(drop)
}

fn new_feed(
    connection: &Connection,
    columns: &[(&str, &dyn rusqlite::ToSql)],
    facts: &Facts,
) -> rusqlite::Result<i64> {
    let mark: [(&str, &dyn rusqlite::ToSql); 2] =
        [(":sequence", &facts.sequence), (":identity", facts.identity.as_bytes())];
    let all: Vec<_> = columns.iter().chain(&mark).copied().collect();
    connection.query_row(
        "INSERT INTO feeds (issuer_id, kind, subject, key_state, key_version,
                            mark_sequence, mark_identity)
         VALUES (:issuer_id, :kind, :subject, :key_state, :key_version, :sequence, :identity)
         RETURNING id",
        &*all,
        |row| row.get(0),
    )
}

fn set_issuer(connection: &Connection, row: &IssuerRow) -> rusqlite::Result<()> {
    let IssuerRow { id, issuer, accepted_state, is_contested, key_histories } = row;
    connection
        .prepare_cached(
            "INSERT INTO issuers (id, issuer, accepted_state, is_contested, key_histories)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE
                 SET issuer = excluded.issuer, accepted_state = excluded.accepted_state,
                     is_contested = excluded.is_contested,
                     key_histories = excluded.key_histories",
        )?
        .execute(params![id, issuer, accepted_state, is_contested, key_histories])
        .map(drop)
}

/// Taking rows out of their tables, into the one of what was taken out.
struct Taking<'a> {
    connection: &'a Connection,
    problem: &'a str,
    now: Timestamp,
}

impl Taking<'_> {
    fn take_out(&self, table: Table, row: i64) -> rusqlite::Result<()> {
        match table {
            Table::Documents => self.ask_again(
                "UPDATE sources SET etag = NULL, last_modified = NULL
                 WHERE id IN (SELECT source_id FROM document_sources WHERE document_id = ?1)",
                row,
            )?,
            // Of which document they are is not known, and so neither from where it came.
            Table::DocumentBytes => self.ask_again(
                "UPDATE sources SET etag = NULL, last_modified = NULL WHERE ?1 IS NOT NULL",
                row,
            )?,
            Table::Sources => {
                self.take_out_all(Table::DocumentSources, "source_id", row)?;
                self.take_out_all(Table::AdoptedNames, "source_id", row)?;
            }
            Table::Feeds => self.take_out_all(Table::Changes, "feed_id", row)?,
            _ => {}
        }
        self.set_aside(table, row)?;
        let (name, id) = (table.name(), id_column(table));
        self.connection
            .prepare_cached(&format!("DELETE FROM {name} WHERE {id} = ?1"))?
            .execute([row])
            .map(drop)
    }

    fn ask_again(&self, sql: &str, row: i64) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([row]).map(drop)
    }

    fn take_out_all(&self, table: Table, column: &str, parent: i64) -> rusqlite::Result<()> {
        let sql = format!("SELECT id FROM {} WHERE {column} = ?1", table.name());
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([parent], |row| row.get(0))?;
        for row in rows.collect::<Result<Vec<i64>, _>>()? {
            self.take_out(table, row)?;
        }
        Ok(())
    }

    /// Keeps what the row holds, with the bytes of a document.
    fn set_aside(&self, table: Table, row: i64) -> rusqlite::Result<()> {
        let (name, id) = (table.name(), id_column(table));
        let sql = match table {
            Table::Documents => "SELECT documents.*, bytes FROM documents
                 LEFT JOIN document_bytes ON document_id = documents.id WHERE id = ?1"
                .to_owned(),
            _ => format!("SELECT * FROM {name} WHERE {id} = ?1"),
        };
        let mut statement = self.connection.prepare_cached(&sql)?;
        let names: Vec<String> =
            statement.column_names().into_iter().map(ToOwned::to_owned).collect();
        let held = statement
            .query_row([row], |found| {
                let (mut columns, mut bytes) = (Map::new(), None);
                for name in &names {
                    match found.get_ref(name.as_str())? {
                        ValueRef::Blob(blob) if name == "bytes" => bytes = Some(blob.to_vec()),
                        value => drop(columns.insert(name.clone(), as_json(value))),
                    }
                }
                Ok((Value::Object(columns).to_string(), bytes))
            })
            .optional()?;
        let Some((columns, bytes)) = held else { return Ok(()) };
        self.connection
            .prepare_cached(
                "INSERT INTO taken_out (at, from_table, from_row, problem, columns, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![self.now.unix(), name, row, self.problem, columns, bytes])
            .map(drop)
    }
}

const fn id_column(table: Table) -> &'static str {
    match table {
        Table::DocumentBytes => "document_id",
        _ => "id",
    }
}

fn as_json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        ValueRef::Blob(blob) => {
            blob.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
        }
    }
}
