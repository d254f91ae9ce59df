use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::{Connection, params};
use wellspring_document::json::{self, Value};
use wellspring_document::{
    Acceptance, AnyVerified, FeedState, IssuerId, KeyBranches, KeyHistory, Kind, Mark, StateHash,
    Timestamp,
};

use crate::Store;
use crate::accept::{Arrival, NotAccepted, accept_one, put_in_its_feed};
use crate::columns::{ReadColumns, at_most_one};
use crate::contests::Followed;
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
    /// The hash of the key state of an issuer under which documents count; nothing where
    /// the issuer is unknown.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn accepted_key_state(&self, issuer: &IssuerId) -> Result<Option<String>, StoreError> {
        let statement = self
            .connection
            .prepare_cached("SELECT id, accepted_state FROM issuers WHERE issuer = ?1")?;
        at_most_one(statement, [issuer.as_str()], "issuers", |row| row.get("accepted_state"))
    }

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
        let followed = Arc::clone(&self.followed);
        let transaction = self.begin()?;
        let document = publish_one(&transaction, &followed, feed, now, sign)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(document)
    }

    /// As [`Store::publish`], of several feeds in one transaction: all of the documents count
    /// when this returns, or none was touched. So an issuer whose keys changed never has only
    /// a part of its word.
    ///
    /// # Errors
    /// As [`Store::publish`], for the first that fails.
    pub fn publish_all<E>(
        &mut self,
        feeds: &[Feed],
        now: Timestamp,
        mut sign: impl FnMut(usize, u64) -> Result<AnyVerified, E>,
    ) -> Result<Vec<AnyVerified>, PublishError<E>> {
        let followed = Arc::clone(&self.followed);
        let transaction = self.begin()?;
        let documents = feeds
            .iter()
            .enumerate()
            .map(|(place, feed)| {
                publish_one(&transaction, &followed, feed, now, |sequence| sign(place, sequence))
            })
            .collect::<Result<_, _>>()?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(documents)
    }
}

fn publish_one<E>(
    connection: &Connection,
    followed: &Followed,
    feed: &Feed,
    now: Timestamp,
    sign: impl FnOnce(u64) -> Result<AnyVerified, E>,
) -> Result<AnyVerified, PublishError<E>> {
    let sequence = next_sequence(connection, feed, now)?;
    let document = sign(sequence).map_err(PublishError::NotSigned)?;
    if Feed::of(&document) != *feed || document.sequence() != sequence {
        return Err(PublishError::NotTheNext);
    }
    let arrival = Arrival { document: &document, source: None };
    match accept_one(connection, arrival, followed, now)? {
        Ok(Acceptance::New) => Ok(document),
        // A number above the mark's is new or refused.
        Ok(Acceptance::Known | Acceptance::Equivocation { .. }) => Err(PublishError::NotTheNext),
        Err(reason) => Err(PublishError::NotAccepted(reason)),
    }
}

/// The number above that of every document of a feed, under whatever keys; at least the time
/// in seconds. So a node that was restored from a backup does not use the numbers again under
/// which it signed something else since: it signs less than once a second.
fn next_sequence(connection: &Connection, feed: &Feed, now: Timestamp) -> Result<u64, StoreError> {
    let statement = connection.prepare_cached(
        "SELECT feeds.id, mark_sequence FROM feeds JOIN issuers ON issuers.id = issuer_id
         WHERE issuer = ?1 AND kind = ?2 AND subject = ?3
         ORDER BY mark_sequence DESC LIMIT 1",
    )?;
    let name = params![feed.issuer.as_str(), feed.kind.type_name(), feed.subject];
    let highest: Option<u64> =
        at_most_one(statement, name, "feeds", |row| row.read("mark_sequence"))?;
    let above = highest.map_or(1, |highest| highest.saturating_add(1));
    Ok(above.max(u64::try_from(now.unix()).unwrap_or_default()))
}

pub(crate) struct StoredIssuer {
    pub(crate) id: i64,
    pub(crate) branches: KeyBranches,
}

pub(crate) struct StoredFeed {
    pub(crate) id: i64,
    pub(crate) mark: Mark,
}

/// All that the database knows before a document is judged.
pub(crate) struct KnownFeed {
    pub(crate) issuer: Option<StoredIssuer>,
    /// Its feed, under its key state.
    pub(crate) feed: Option<StoredFeed>,
}

impl KnownFeed {
    /// What is known of the feed and the issuer of a document. Where the row of its feed is
    /// damaged and the document itself tells what it was, that is mended on the way.
    pub(crate) fn load_and_mend(
        connection: &Connection,
        document: &AnyVerified,
        followed: &Followed,
    ) -> Result<Self, StoreError> {
        let issuer = document.issuer();
        let issuer = stored_issuer(connection, issuer, followed.get(issuer))?;
        let feed = match &issuer {
            Some(issuer) => {
                put_in_its_feed(connection, document)?;
                stored_feed(connection, issuer.id, document)?
            }
            // Of an unknown issuer no document is there, or else in the feed of somebody else:
            // that contradicts the row to be written, which `accept_one` mends.
            None => None,
        };
        Ok(Self { issuer, feed })
    }

    pub(crate) fn state(&self) -> FeedState {
        FeedState {
            branches: self.issuer.as_ref().map(|issuer| issuer.branches.clone()),
            mark: self.feed.as_ref().map(|feed| feed.mark.clone()),
        }
    }
}

pub(crate) fn stored_issuer(
    connection: &Connection,
    issuer: &IssuerId,
    followed: Option<&BTreeSet<StateHash>>,
) -> Result<Option<StoredIssuer>, StoreError> {
    let statement =
        connection.prepare_cached("SELECT id, key_histories FROM issuers WHERE issuer = ?1")?;
    let found = at_most_one(statement, [issuer.as_str()], "issuers", |row| {
        Ok((row.get::<_, i64>("id")?, row.get::<_, String>("key_histories")?))
    })?;
    let Some((id, text)) = found else { return Ok(None) };
    let branches = read_branches(&text, issuer, followed).map_err(|problem| CorruptRow {
        table: "issuers",
        row: id,
        column: "key_histories".to_owned(),
        problem,
    })?;
    Ok(Some(StoredIssuer { id, branches }))
}

/// Key histories as their column holds them, and [`read_branches`] reads them.
pub(crate) fn write_histories<'a>(histories: impl IntoIterator<Item = &'a KeyHistory>) -> String {
    let histories: Vec<String> = histories.into_iter().map(KeyHistory::to_text).collect();
    format!("[{}]", histories.join(","))
}

/// Key states are verified again whenever they come out of the database: whoever can
/// write to the file must not be able to give an issuer other keys.
fn read_branches(
    text: &str,
    issuer: &IssuerId,
    followed: Option<&BTreeSet<StateHash>>,
) -> Result<KeyBranches, String> {
    let value = json::read(text.as_bytes(), text.len()).map_err(|error| error.to_string())?;
    let Value::Array(histories) = value else { return Err("it holds no list".to_owned()) };
    let mut verified = Vec::with_capacity(histories.len());
    for history in &histories {
        let states = history.as_array().ok_or("it holds something else than lists")?;
        let history = KeyHistory::verify(states).map_err(|error| error.to_string())?;
        if history.issuer() != issuer {
            return Err(format!("it holds the key history of {}", history.issuer()));
        }
        verified.push(history);
    }
    let followed = followed.cloned().unwrap_or_default();
    KeyBranches::judge_following(verified, &followed)
        .ok_or_else(|| "it holds no key history".to_owned())
}

/// The feed of a document in the row of its issuer, under its key state.
pub(crate) fn stored_feed(
    connection: &Connection,
    issuer_id: i64,
    document: &AnyVerified,
) -> Result<Option<StoredFeed>, StoreError> {
    let statement = connection.prepare_cached(
        "SELECT id, key_state, mark_sequence, mark_identity FROM feeds
         WHERE issuer_id = ?1 AND kind = ?2 AND subject = ?3 AND key_state = ?4",
    )?;
    let name = params![
        issuer_id,
        document.kind().type_name(),
        document.subject(),
        document.history().current_hash()
    ];
    at_most_one(statement, name, "feeds", |row| {
        Ok(StoredFeed { id: row.get("id")?, mark: read_mark(row)? })
    })
}

pub(crate) fn read_feed(row: &rusqlite::Row<'_>) -> rusqlite::Result<Feed> {
    Ok(Feed { kind: row.read("kind")?, issuer: row.read("issuer")?, subject: row.get("subject")? })
}

pub(crate) fn read_mark(row: &rusqlite::Row<'_>) -> rusqlite::Result<Mark> {
    Ok(Mark {
        key_state: row.get("key_state")?,
        sequence: row.read("mark_sequence")?,
        identity: row.read("mark_identity")?,
    })
}
