//! How reading the sources of the node goes.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode};
use wellspring_document::ServerName;
use wellspring_store::{
    MAX_SUBMISSIONS_OF_DOMAIN, MAX_SUBMISSIONS_WAITING, NotSubmitted, Round, SourceKind,
};

use crate::status::{SourceOutcome, SourceStatus, SourcesStatus};
use crate::web::failure::PageFailure;
use crate::web::layout::{Layout, Subject};
use crate::web::query::Parameters;
use crate::web::{Community, address, respond};
use crate::{ClockBehind, Node, NodeError, NotTaken};

/// How many sources one part of the page shows. Whoever misses theirs asks for it by name.
const MOST_SOURCES: usize = 100;

pub(super) async fn show(
    State(community): State<Community>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response<Body>, PageFailure> {
    let parameters = Parameters::read(query.as_deref());
    let asked_for = AskedFor::read(&community.node, &parameters).await;
    let asked_for = asked_for.map_err(|error| PageFailure::internal(&error))?;
    make(&community, asked_for, |page| respond::page(&request, StatusCode::OK, page))
}

/// The page as the answer to something that was sent to it.
pub(super) fn answer(
    community: &Community,
    asked_for: AskedFor,
    status: StatusCode,
) -> Result<Response<Body>, PageFailure> {
    make(community, asked_for, |page| respond::page(&HeaderMap::new(), status, page))
}

fn make(
    community: &Community,
    asked_for: AskedFor,
    respond: impl FnOnce(&StatusPage<'_>) -> Result<Response<Body>, PageFailure>,
) -> Result<Response<Body>, PageFailure> {
    let snapshot = community.node.snapshot();
    let here = community.view_in(&snapshot)?;
    respond(&StatusPage {
        layout: Layout::new(community, &snapshot, here, Subject::Status),
        status: &snapshot.sources,
        asked_for,
        is_overdue: snapshot.sources.is_overdue(community.node.now()),
        clock: community.node.clock_behind(),
        takes_submissions: community.node.config().takes_submissions(),
    })
}

#[derive(Template)]
#[template(path = "status.html", whitespace = "minimize")]
struct StatusPage<'a> {
    layout: Layout<'a>,
    status: &'a SourcesStatus,
    asked_for: AskedFor,
    is_overdue: bool,
    clock: Option<ClockBehind>,
    takes_submissions: bool,
}

/// What was asked for by name.
pub(super) enum AskedFor {
    Nothing,
    /// What was typed is no server name. It is not shown again.
    NoServerName,
    /// The node does not ask there.
    Unknown(ServerName),
    Found(Box<SourceStatus>),
    /// It was submitted and not taken.
    NotTaken {
        name: ServerName,
        reason: NotTaken,
    },
}

impl AskedFor {
    async fn read(node: &Arc<Node>, parameters: &Parameters) -> Result<Self, NodeError> {
        let Some(text) = parameters.get("server") else { return Ok(Self::Nothing) };
        let Ok(name) = ServerName::parse(&text.to_ascii_lowercase()) else {
            return Ok(Self::NoServerName);
        };
        Ok(match node.status_of(&name).await? {
            Some(found) => Self::Found(Box::new(found)),
            None => Self::Unknown(name),
        })
    }
}

/// A part of the sources, and how many there are beside those that are shown.
struct Shown<'a> {
    sources: Vec<&'a SourceStatus>,
    more: usize,
}

impl<'a> Shown<'a> {
    fn of(sources: impl Iterator<Item = &'a SourceStatus>) -> Self {
        let mut sources: Vec<_> = sources.collect();
        let more = sources.len().saturating_sub(MOST_SOURCES);
        sources.truncate(MOST_SOURCES);
        Self { sources, more }
    }
}

impl<'a> StatusPage<'a> {
    fn round(&self) -> Option<Round> {
        self.status.round
    }

    /// Lists and folders first, since more rests on them. Servers whose operators do not want
    /// them in lists are in none.
    fn attention(&self) -> Shown<'a> {
        let needing = || self.status.all().filter(|it| it.needs_attention() && !it.is_unlisted);
        let of_profile = |it: &&SourceStatus| it.key.kind == SourceKind::WellKnown;
        let others = needing().filter(move |it| !of_profile(it));
        Shown::of(others.chain(needing().filter(of_profile)))
    }

    /// The lists and folders with which all is well.
    fn lists(&self) -> Shown<'a> {
        let is_list = |it: &&SourceStatus| it.key.kind != SourceKind::WellKnown;
        Shown::of(self.status.all().filter(is_list).filter(|it| !it.needs_attention()))
    }

    fn counts(&self) -> Vec<(SourceOutcome, usize)> {
        self.status.counts()
    }
}

/// The page of the server whose profile a source is, where the community has one.
pub(super) fn server_address(layout: &Layout<'_>, source: &SourceStatus) -> Option<String> {
    let name = source.server_name()?;
    layout.view().server(&name)?;
    Some(address::server(&layout.here.path, &name))
}

/// A part of an advice: words, or a command.
pub(super) struct Piece<'a> {
    pub(super) is_command: bool,
    pub(super) text: &'a str,
}

/// The parts of an advice, in which commands stand between backticks.
pub(super) fn pieces(advice: &str) -> Vec<Piece<'_>> {
    let parts = advice.split('`').enumerate();
    parts.map(|(place, text)| Piece { is_command: place % 2 == 1, text }).collect()
}

/// How a badge shows an outcome: as good, as neither, or as something to look at.
pub(super) fn tone(source: &SourceStatus) -> &'static str {
    match source.outcome {
        SourceOutcome::Good => "a",
        _ if source.needs_attention() => "c",
        _ => "not-for-public",
    }
}

/// What kind of place a source is.
pub(super) const fn kind(source: &SourceStatus) -> &'static str {
    match source.key.kind {
        SourceKind::WellKnown => "Profile",
        SourceKind::ListUrl => "List or report",
        SourceKind::AdoptedList => "Adopted list",
        SourceKind::Directory => "Folder",
        SourceKind::Mirror => "Mirror",
    }
}
