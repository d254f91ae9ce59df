//! The key histories of every issuer, judged again with those of all stored documents.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use wellspring_document::json::{self, Value};
use wellspring_document::{IssuerId, KeyBranches, KeyHistory};

use super::documents::Record;
use super::{ComplaintKind, Examination, Fix, IssuerRow};
use crate::columns::collect;
use crate::error::StoreError;
use crate::feeds::write_histories;

/// Which keys of the issuers count.
#[derive(Default)]
pub(super) struct Judged {
    /// By the row of the issuer: the key state that counts, and whether another may count for
    /// a community that decided so.
    pub(super) issuers: BTreeMap<i64, (String, bool)>,
}

struct Row {
    id: i64,
    issuer: String,
    accepted_state: String,
    is_contested: bool,
    key_histories: String,
}

type Histories = BTreeMap<IssuerId, Vec<KeyHistory>>;

pub(super) fn examine(
    connection: &Connection,
    examination: &mut Examination,
    records: &[Record],
) -> Result<Judged, StoreError> {
    let mut said = histories(records);
    let statement = connection.prepare_cached("SELECT * FROM issuers ORDER BY id")?;
    let found = collect(statement, [], "issuers", |row| {
        Ok(Row {
            id: row.get("id")?,
            issuer: row.get("issuer")?,
            accepted_state: row.get("accepted_state")?,
            is_contested: row.get("is_contested")?,
            key_histories: row.get("key_histories")?,
        })
    })?;
    found.corrupt.into_iter().for_each(|row| examination.unreadable(row));
    let names: BTreeSet<String> = found.rows.iter().map(|row| row.issuer.clone()).collect();
    let mut judged = Judged::default();
    for row in found.rows {
        examination.issuers += 1;
        let (stored, problem) = salvage(&row.key_histories);
        // Who it is, where the name of the row is no longer that.
        let issuer = match IssuerId::parse(&row.issuer) {
            Ok(issuer) => Some(issuer),
            Err(_) => stored
                .first()
                .map(|history| history.issuer().clone())
                .filter(|issuer| !names.contains(issuer.as_str())),
        };
        let Some(issuer) = issuer else {
            let problem = "its name is no issuer id, and no key history tells it";
            examination.complain(ComplaintKind::Keys, &row.issuer, problem, Fix::None);
            continue;
        };
        let said = said.remove(&issuer).unwrap_or_default();
        let verdict = judge(&row, &issuer, (stored, problem), &said, examination);
        judged.issuers.extend(verdict.map(|verdict| (row.id, verdict)));
    }
    for (issuer, histories) in said {
        let Some(branches) = KeyBranches::judge(histories) else { continue };
        let problem = "it is not there, but documents of it are";
        let fix = Fix::SetIssuer(Box::new(row_of(None, &branches, &[])));
        examination.complain(ComplaintKind::Keys, format!("issuer {issuer}"), problem, fix);
    }
    Ok(judged)
}

/// The histories that documents carry, by issuer; of those that show the same, one.
fn histories(records: &[Record]) -> Histories {
    let mut all = Histories::new();
    let mut seen = BTreeSet::new();
    for facts in records.iter().filter_map(|record| record.facts.as_ref()) {
        let history = &facts.history;
        let recoveries: Vec<bool> =
            (0..history.hashes().len()).map(|place| history.is_recovery(place)).collect();
        if seen.insert((history.current_hash(), recoveries)) {
            all.entry(history.issuer().clone()).or_default().push(history.clone());
        }
    }
    all
}

/// The histories in a column that hold, and what is wrong with the others.
fn salvage(text: &str) -> (Vec<KeyHistory>, Option<String>) {
    let (mut good, mut problem) = (Vec::new(), None);
    let value = match json::read(text.as_bytes(), text.len()) {
        Ok(value) => value,
        Err(error) => return (good, Some(error.to_string())),
    };
    let Value::Array(histories) = value else {
        return (good, Some("it holds no list".to_owned()));
    };
    for history in &histories {
        match history.as_array().map(|states| KeyHistory::verify(states)) {
            Some(Ok(history)) => good.push(history),
            Some(Err(error)) => problem = Some(error.to_string()),
            None => problem = Some("it holds something else than lists".to_owned()),
        }
    }
    if good.is_empty() && problem.is_none() {
        problem = Some("it holds no key history".to_owned());
    }
    (good, problem)
}

/// Which key state of an issuer counts, and whether its keys are contested; nothing where no
/// key history of it holds.
fn judge(
    row: &Row,
    issuer: &IssuerId,
    (mut stored, mut problem): (Vec<KeyHistory>, Option<String>),
    said: &[KeyHistory],
    examination: &mut Examination,
) -> Option<(String, bool)> {
    if let Some(other) = stored.iter().find(|history| history.issuer() != issuer) {
        problem = Some(format!("it holds the key history of {}", other.issuer()));
        stored.retain(|history| history.issuer() == issuer);
    }
    let about = format!("issuer {issuer}");
    let Some(branches) = KeyBranches::judge(stored.iter().chain(said).cloned()) else {
        let problem = problem.unwrap_or_default();
        examination.complain(ComplaintKind::Keys, about, problem, Fix::None);
        return None;
    };
    let accepted = branches.accepted().current_hash().to_owned();
    let is_known = |history: &KeyHistory| stored.iter().any(|known| known.extends(history));
    let wrong = if problem.is_some() {
        problem
    } else if row.issuer != issuer.as_str() {
        Some("its name is not the one that its key histories have".to_owned())
    } else if row.accepted_state != accepted {
        Some("other keys count than those that its key histories make count".to_owned())
    } else if row.is_contested != branches.is_contested() {
        Some("whether its keys are contested is wrong".to_owned())
    } else if !branches.histories().all(is_known) {
        Some("a key history is missing that a document carries".to_owned())
    } else {
        None
    };
    if let Some(problem) = wrong {
        let fix = Fix::SetIssuer(Box::new(row_of(Some(row.id), &branches, &stored)));
        examination.complain(ComplaintKind::Keys, about, problem, fix);
    }
    Some((accepted, branches.is_contested()))
}

/// What the row of an issuer should hold. Nothing that is stored and holds is forgotten: a
/// community may follow it.
fn row_of(id: Option<i64>, branches: &KeyBranches, stored: &[KeyHistory]) -> IssuerRow {
    let mut histories: Vec<&KeyHistory> = branches.histories().collect();
    for history in stored {
        if !histories.iter().any(|known| known.extends(history)) {
            histories.push(history);
        }
    }
    IssuerRow {
        id,
        issuer: branches.issuer().to_string(),
        accepted_state: branches.accepted().current_hash().to_owned(),
        is_contested: branches.is_contested(),
        key_histories: write_histories(histories),
    }
}
