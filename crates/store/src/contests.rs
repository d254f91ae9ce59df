use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusqlite::{Connection, params};
use wellspring_document::{
    IssuerId, KeyBranches, KeyHistory, Kind, SightStatus, StateHash, Timestamp,
};

use crate::Store;
use crate::columns::{ReadColumns as _, collect};
use crate::error::{Found, StoreError};
use crate::feeds::stored_issuer;

/// Which key states the communities of a node follow, where the keys of an issuer are
/// contested.
pub type Followed = BTreeMap<IssuerId, BTreeSet<StateHash>>;

/// An issuer whose keys lead two ways without a recovery that decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contest {
    /// Whose keys they are.
    pub issuer: IssuerId,
    /// The version of the last key state that all ways share; it counts.
    pub common_version: u32,
    /// The ways after it; at least two, in the order of their hashes.
    pub ways: Vec<Way>,
    /// Those of the states that somebody follows which are known and decide.
    pub decided: BTreeSet<StateHash>,
}

/// One of the ways that contested keys lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The hash of its first key state.
    pub state: StateHash,
    /// When that says that it was made.
    pub issued_at: Timestamp,
    /// Whether it was signed by the recovery threshold of the state before.
    pub is_recovery: bool,
}

impl Store {
    /// From now on these states are followed, and no others: what is signed under them is
    /// accepted and kept like what counts by the states alone, beside it. See
    /// [`KeyBranches`] for what following means, and [`Store::load_following`] for what then
    /// counts.
    ///
    /// It holds for this connection; whoever accepts has to follow the same as whoever loads.
    ///
    /// # Errors
    /// Where the database cannot be written; then nothing was changed.
    pub fn follow(&mut self, followed: Followed, now: Timestamp) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        // Also those whom nobody follows any more.
        let statement = transaction.prepare_cached(
            "SELECT id, issuer FROM issuers WHERE is_contested = 1 ORDER BY issuer",
        )?;
        let contested = collect(statement, [], "issuers", |row| row.read("issuer"))?;
        for issuer in contested.rows {
            let known = match stored_issuer(&transaction, &issuer, followed.get(&issuer)) {
                Ok(Some(known)) => known,
                Ok(None) | Err(StoreError::Corrupt(_)) => continue,
                Err(error) => return Err(error),
            };
            settle(&transaction, known.id, &known.branches, now)?;
        }
        transaction.commit()?;
        self.followed = Arc::new(followed);
        Ok(())
    }

    /// The issuers whose keys lead two ways without a recovery that decides.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn contests(&self) -> Result<Found<Contest>, StoreError> {
        let statement = self.connection.prepare_cached(
            "SELECT id, issuer FROM issuers WHERE is_contested = 1 ORDER BY issuer",
        )?;
        let issuers = collect(statement, [], "issuers", |row| row.read::<IssuerId>("issuer"))?;
        let mut found = Found { rows: Vec::new(), corrupt: issuers.corrupt };
        for issuer in issuers.rows {
            match stored_issuer(&self.connection, &issuer, self.followed.get(&issuer)) {
                Ok(known) => {
                    let followed = self.followed.get(&issuer);
                    found.rows.extend(known.map(|known| contest(&known.branches, followed)));
                }
                Err(StoreError::Corrupt(row)) => found.corrupt.push(row),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }
}

fn contest(branches: &KeyBranches, followed: Option<&BTreeSet<StateHash>>) -> Contest {
    let common = branches.accepted();
    let place = common.hashes().len();
    let undecided = branches.rivals().iter().filter(|rival| rival.extends(common));
    let mut ways: Vec<Way> = undecided.filter_map(|rival| way(rival, place)).collect();
    ways.sort_by(|a, b| a.state.cmp(&b.state));
    let decides = |state: &&StateHash| branches.accepted_following(state) != common;
    Contest {
        issuer: branches.issuer().clone(),
        common_version: common.version(),
        ways,
        decided: followed.into_iter().flatten().filter(decides).cloned().collect(),
    }
}

/// The state at a place of a history, which is a way from there on.
fn way(history: &KeyHistory, place: usize) -> Option<Way> {
    Some(Way {
        state: history.hashes().get(place)?.parse().ok()?,
        issued_at: history.states().get(place)?.issued_at,
        is_recovery: history.is_recovery(place),
    })
}

/// The hashes of the key states under which documents count, for anybody, as JSON for
/// `json_each`.
pub(crate) fn counting_states(branches: &KeyBranches) -> String {
    let states: BTreeSet<&str> = branches.counting().map(KeyHistory::current_hash).collect();
    // They are letters and digits.
    let quoted: Vec<String> = states.into_iter().map(|state| format!("\"{state}\"")).collect();
    format!("[{}]", quoted.join(","))
}

/// Brings what is kept of an issuer in line with the keys that count: what was signed under
/// those that no longer do comes to an end, and what is kept under those that do now counts
/// again, but for profiles that their names withdrew.
pub(crate) fn settle(
    connection: &Connection,
    issuer_id: i64,
    branches: &KeyBranches,
    now: Timestamp,
) -> Result<(), StoreError> {
    let counting = counting_states(branches);
    connection
        .prepare_cached(
            "UPDATE documents SET superseded_at = ?3
             WHERE superseded_at IS NULL AND feed_id IN (
                 SELECT id FROM feeds WHERE issuer_id = ?1
                     AND key_state NOT IN (SELECT value FROM json_each(?2))
             )",
        )?
        .execute(params![issuer_id, counting, now.unix()])?;
    connection
        .prepare_cached(
            "UPDATE documents SET superseded_at = NULL
             WHERE superseded_at IS NOT NULL AND id IN (
                 SELECT documents.id FROM documents
                 JOIN feeds ON feeds.id = feed_id AND sequence = mark_sequence
                 JOIN document_bytes ON document_id = documents.id
                 WHERE issuer_id = ?1 AND key_state IN (SELECT value FROM json_each(?2))
                   AND NOT (kind = ?3 AND subject IN (
                       SELECT server_name FROM sights WHERE sights.status = ?4
                   ))
             )",
        )?
        .execute(params![
            issuer_id,
            counting,
            Kind::Profile.type_name(),
            SightStatus::Withdrawn.as_str()
        ])?;
    Ok(())
}
