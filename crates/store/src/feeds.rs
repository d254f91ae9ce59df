use rusqlite::{Connection, params};
use wellspring_document::json::{self, Value};
use wellspring_document::{
    Acceptance, AnyVerified, FeedState, IssuerId, KeyHistory, Kind, Mark, Timestamp,
};

use crate::Store;
use crate::accept::{Arrival, NotAccepted, accept_one};
use crate::columns::{ReadColumns, at_most_one};
use crate::error::{CorruptRow, StoreError};

/// What one issuer publishes of one kind about one subject over time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feed {
    /// The kind of its documents.
    pub kind: Kind,
    /// Who signs them.
    pub issuer: IssuerId,
    /// What they are about; see [`AnyVerified::subject`].
    pub subject: String,
}

impl Feed {
    /// The feed to which a document belongs.
    pub fn of(document: &AnyVerified) -> Self {
        Self {
            kind: document.kind(),
            issuer: document.issuer().clone(),
            subject: document.subject(),
        }
    }
}

/// Why a document of one's own was not published. Nothing was stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError<E> {
    /// It could not be signed.
    #[error(transparent)]
    NotSigned(E),
    /// What was signed belongs to another feed, or does not carry the number asked for.
    #[error("the document that was signed is not the next one of its feed")]
    NotTheNext,
    /// Stored documents of the same issuer speak against it.
    #[error(transparent)]
    NotAccepted(NotAccepted),
    /// The database did not do its part.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Signs and stores the next document of a feed of one's own, in one transaction: two
    /// programs on one database can never sign two documents with one number, which would
    /// be equivocation.
    ///
    /// `sign` gets the sequence number to use. It runs while the database waits for it.
    ///
    /// # Errors
    /// Where `sign` fails, gives something else than was asked for, or the document is not
    /// newer than what is stored.
    pub fn publish<E>(
        &mut self,
        feed: &Feed,
        now: Timestamp,
        sign: impl FnOnce(u64) -> Result<AnyVerified, E>,
    ) -> Result<AnyVerified, PublishError<E>> {
        let transaction = self.begin()?;
        let mark = stored_feed(&transaction, feed)?.map(|stored| stored.mark);
        let sequence = number_after(mark);
        let document = sign(sequence).map_err(PublishError::NotSigned)?;
        if Feed::of(&document) != *feed || document.sequence() != sequence {
            return Err(PublishError::NotTheNext);
        }
        let arrival = Arrival { document: &document, source: None };
        match accept_one(&transaction, arrival, now)? {
            Ok(Acceptance::New) => {}
            // A number above the mark's is new or refused.
            Ok(Acceptance::Known | Acceptance::Equivocation { .. }) => {
                return Err(PublishError::NotTheNext);
            }
            Err(reason) => return Err(PublishError::NotAccepted(reason)),
        }
        transaction.commit().map_err(StoreError::from)?;
        Ok(document)
    }
}

fn number_after(mark: Option<Mark>) -> u64 {
    mark.map_or(1, |mark| mark.sequence.saturating_add(1))
}

pub(crate) struct StoredIssuer {
    pub(crate) id: i64,
    pub(crate) history: KeyHistory,
}

pub(crate) struct StoredFeed {
    pub(crate) id: i64,
    pub(crate) mark: Mark,
}

/// All that the database knows before a document of a feed is judged.
pub(crate) struct KnownFeed {
    pub(crate) issuer: Option<StoredIssuer>,
    pub(crate) feed: Option<StoredFeed>,
}

impl KnownFeed {
    pub(crate) fn load(connection: &Connection, feed: &Feed) -> Result<Self, StoreError> {
        Ok(Self {
            issuer: stored_issuer(connection, &feed.issuer)?,
            feed: stored_feed(connection, feed)?,
        })
    }

    pub(crate) fn state(&self) -> FeedState {
        FeedState {
            history: self.issuer.as_ref().map(|issuer| issuer.history.clone()),
            mark: self.feed.as_ref().map(|feed| feed.mark),
        }
    }
}

fn stored_issuer(
    connection: &Connection,
    issuer: &IssuerId,
) -> Result<Option<StoredIssuer>, StoreError> {
    let statement =
        connection.prepare_cached("SELECT id, key_history FROM issuers WHERE issuer = ?1")?;
    let found = at_most_one(statement, [issuer.as_str()], "issuers", |row| {
        Ok((row.get::<_, i64>("id")?, row.get::<_, String>("key_history")?))
    })?;
    let Some((id, text)) = found else { return Ok(None) };
    let history = read_history(&text, issuer).map_err(|problem| CorruptRow {
        table: "issuers",
        row: id,
        column: "key_history".to_owned(),
        problem,
    })?;
    Ok(Some(StoredIssuer { id, history }))
}

/// Key states are verified again whenever they come out of the database: whoever can
/// write to the file must not be able to give an issuer other keys.
fn read_history(text: &str, issuer: &IssuerId) -> Result<KeyHistory, String> {
    let value = json::read(text.as_bytes(), text.len()).map_err(|error| error.to_string())?;
    let Value::Array(states) = value else { return Err("it holds no list".to_owned()) };
    let history = KeyHistory::verify(&states).map_err(|error| error.to_string())?;
    if history.issuer() == issuer {
        Ok(history)
    } else {
        Err(format!("it is the key history of {}", history.issuer()))
    }
}

fn stored_feed(connection: &Connection, feed: &Feed) -> Result<Option<StoredFeed>, StoreError> {
    let statement = connection.prepare_cached(
        "SELECT feeds.id, mark_key_version, mark_sequence, mark_identity
         FROM feeds JOIN issuers ON issuers.id = issuer_id
         WHERE issuer = ?1 AND kind = ?2 AND subject = ?3",
    )?;
    let name = params![feed.issuer.as_str(), feed.kind.type_name(), feed.subject];
    at_most_one(statement, name, "feeds", |row| {
        Ok(StoredFeed { id: row.get("id")?, mark: read_mark(row)? })
    })
}

pub(crate) fn read_feed(row: &rusqlite::Row<'_>) -> rusqlite::Result<Feed> {
    Ok(Feed { kind: row.read("kind")?, issuer: row.read("issuer")?, subject: row.get("subject")? })
}

pub(crate) fn read_mark(row: &rusqlite::Row<'_>) -> rusqlite::Result<Mark> {
    Ok(Mark {
        key_version: row.get("mark_key_version")?,
        sequence: row.read("mark_sequence")?,
        identity: row.read("mark_identity")?,
    })
}
