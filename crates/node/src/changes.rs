//! Telling how the lists of communities change, from one round of syncing to the next.
//!
//! What happens in the midst of a round is shown, but told only at its end: until then a list
//! may be in whose servers' profiles are still to come.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use wellspring_document::{BytesHash, ServerName, Timestamp};
use wellspring_ranking::{Change, Policy, RankedServer, Standing, View, change};
use wellspring_store::{Store, StoreError, Telling, ToldList, ToldQuery, ToldServer};

use crate::node::{Node, NodeError};
use crate::snapshot::{CommunityView, Snapshot};

/// Tells how the lists of a snapshot differ from what was last told of them.
pub(crate) fn tell(store: &mut Store, snapshot: &Snapshot) -> Result<(), StoreError> {
    for CommunityView { community, view, .. } in &snapshot.communities {
        let compare = |told: Option<&ToldList<'_>>| telling(told, view);
        store.tell(community.id.as_str(), view.now, compare)?;
    }
    Ok(())
}

fn telling(told: Option<&ToldList<'_>>, view: &View) -> Result<Option<Telling>, StoreError> {
    let mut telling = Telling {
        policy: hash(&view.policy),
        changes: Vec::new(),
        servers: Vec::new(),
        erased: view.unlisted.iter().map(|server| server.server_name.clone()).collect(),
    };
    let servers = view.servers.len();
    let Some(told) = told else {
        // A list of which nothing has come in yet is no list to tell changes from: everything
        // would enter it.
        if servers == 0 {
            return Ok(None);
        }
        telling.begin(view, Change::Began { servers });
        return Ok(Some(telling));
    };
    let marks = told.marks()?;
    for row in &marks.corrupt {
        tracing::error!(%row, "where a server stood is lost");
    }
    let marks: BTreeMap<_, _> = marks.rows.into_iter().collect();
    let gone = marks.keys().filter(|name| view.server(name).is_none());
    if told.policy() != telling.policy {
        telling.servers = gone.map(|name| (name.clone(), None)).collect();
        telling.begin(view, Change::Policy { servers });
        return Ok(Some(telling));
    }
    for name in gone {
        let before = standing(told, name)?;
        let is_told = view.unlisted(name).is_none();
        let left = change(name, before.as_ref(), None, &view.policy).filter(|_| is_told);
        telling.tell(name, None, left);
    }
    for server in &view.servers {
        let name = &server.server_name;
        let mark = marks.get(name);
        if mark == Some(&mark_of(server)) {
            continue;
        }
        let before = match mark {
            Some(_) => standing(told, name)?,
            None => None,
        };
        let after = Standing::of(server);
        // Of one whose standing cannot be read nothing is told: it did not enter now.
        let is_lost = mark.is_some() && before.is_none();
        let moved = change(name, before.as_ref(), Some(&after), &view.policy);
        if moved.is_some() || is_lost {
            telling.tell(name, Some(kept(server, &after)), moved.filter(|_| !is_lost));
        }
    }
    // The last one told is shown first.
    telling.changes.sort_by(|(one, _), (other, _)| other.cmp(one));
    Ok(Some(telling))
}

/// Adds to a telling.
trait Tell {
    /// Everything as it is now, and one change for all of it.
    fn begin(&mut self, view: &View, change: Change);
    /// Where a server stands, and what is told of it.
    fn tell(&mut self, name: &ServerName, server: Option<ToldServer>, change: Option<Change>);
}

impl Tell for Telling {
    fn begin(&mut self, view: &View, change: Change) {
        self.changes.push((None, json(&change)));
        let all = view.servers.iter();
        self.servers.extend(
            all.map(|server| {
                (server.server_name.clone(), Some(kept(server, &Standing::of(server))))
            }),
        );
    }

    fn tell(&mut self, name: &ServerName, server: Option<ToldServer>, change: Option<Change>) {
        self.servers.push((name.clone(), server));
        self.changes.extend(change.map(|change| (Some(name.clone()), json(&change))));
    }
}

/// What was last told of a server; nothing where it cannot be read.
fn standing(told: &ToldList<'_>, name: &ServerName) -> Result<Option<Standing>, StoreError> {
    match told.standing(name) {
        Err(StoreError::Corrupt(_)) => Ok(None),
        found => Ok(found?.and_then(|json| serde_json::from_str(&json).ok())),
    }
}

fn kept(server: &RankedServer, standing: &Standing) -> ToldServer {
    ToldServer { mark: mark_of(server), standing: json(standing) }
}

/// What tells at a glance that a server has not moved: its category and score.
fn mark_of(server: &RankedServer) -> String {
    format!("{} {}", server.category.as_str(), server.score.tenths())
}

fn hash(policy: &Policy) -> BytesHash {
    BytesHash::of(json(policy).as_bytes())
}

/// Texts, finite numbers and maps from texts can always be written.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A change that was told.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Told {
    /// Rises with every change that this database was told, and is never used again.
    #[serde(skip)]
    pub(crate) number: i64,
    /// The moment of the list in which it is a change.
    pub(crate) at: Timestamp,
    #[serde(flatten)]
    pub(crate) change: Change,
}

/// Which changes of a list are looked for; see [`ToldQuery`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) since: Option<Timestamp>,
    pub(crate) server_name: Option<ServerName>,
    pub(crate) limit: usize,
    pub(crate) offset: usize,
}

impl Node {
    /// The changes of a community's list, the newest first, and how many there are in all.
    /// Nothing is told of servers that do not want to be in its list.
    pub(crate) async fn told_changes(
        self: &Arc<Self>,
        of: &CommunityView,
        wanted: Wanted,
    ) -> Result<(usize, Vec<Told>), NodeError> {
        let community = of.community.id.clone();
        let hidden: Vec<_> =
            of.view.unlisted.iter().map(|server| server.server_name.clone()).collect();
        self.read_store(move |store| {
            let (total, found) = store.told_changes(&ToldQuery {
                community: community.as_str(),
                since: wanted.since,
                server_name: wanted.server_name.as_ref(),
                hidden: &hidden,
                limit: wanted.limit,
                offset: wanted.offset,
            })?;
            let told = found.rows.into_iter().filter_map(|told| {
                let change = serde_json::from_str(&told.change).ok()?;
                Some(Told { number: told.number, at: told.at, change })
            });
            Ok((total, told.collect()))
        })
        .await
    }
}
