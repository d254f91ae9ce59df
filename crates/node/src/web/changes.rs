//! What changed in the list of a community, for people and for programs.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode};
use serde::Serialize;
use wellspring_document::{Date, ServerName, Timestamp};
use wellspring_ranking::{
    Answer, Change, CriterionChange, Moved, NamedReasonChange, Points, ReasonChange, Speaker, Stood,
};
use wellspring_store::CHANGES_KEPT_DAYS;

use crate::Node;
use crate::changes::{Told, Wanted};
use crate::web::api::{Part, community};
use crate::web::failure::{ApiFailure, PageFailure};
use crate::web::layout::{Layout, Subject};
use crate::web::query::Parameters;
use crate::web::{Community, address, respond};

/// How many changes one page shows.
const CHANGES_PER_PAGE: usize = 50;

/// The changes as JSON.
pub(super) async fn answer(
    State(node): State<Arc<Node>>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response<Body>, ApiFailure> {
    #[derive(Serialize)]
    struct Changes<'a> {
        community: &'a str,
        now: Timestamp,
        total: usize,
        offset: usize,
        limit: usize,
        changes: Vec<Told>,
    }
    let parameters = Parameters::read(query.as_deref());
    let Part { limit, offset } = Part::read(&parameters)?;
    let since = match parameters.get("since") {
        Some(text) => Some(moment(text).ok_or(ApiFailure::BadParameter {
            rule: "since must be a day or a time, like 2026-11-22 or 2026-11-22T10:00:00Z",
        })?),
        None => None,
    };
    let server_name = match parameters.get("server") {
        Some(text) => Some(ServerName::parse(text).map_err(|_| ApiFailure::BadServerName)?),
        None => None,
    };
    let snapshot = node.snapshot();
    let here = community(&snapshot, &parameters)?;
    if let Some(unlisted) = server_name.as_ref().and_then(|name| here.view.unlisted(name)) {
        return Err(ApiFailure::UnlistedServer(unlisted.clone()));
    }
    let wanted = Wanted { since, server_name, limit, offset };
    let found = node.told_changes(here, wanted).await;
    let (total, changes) = found.map_err(|error| ApiFailure::internal(&error))?;
    let (community, now) = (here.community.id.as_str(), here.view.now);
    let answer = Changes { community, now, total, offset, limit, changes };
    respond::json(&request, StatusCode::OK, &answer)
}

/// A time, or the beginning of a day.
fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| text.parse::<Date>().ok().map(Date::midnight))
}

pub(super) async fn show(
    State(community): State<Community>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response<Body>, PageFailure> {
    let parameters = Parameters::read(query.as_deref());
    let snapshot = community.node.snapshot();
    let here = community.view_in(&snapshot)?;
    let name = parameters.get("server").map(str::to_ascii_lowercase);
    let server_name = name.and_then(|name| ServerName::parse(&name).ok());
    let page = parameters.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    let wanted = Wanted {
        since: None,
        server_name: server_name.clone(),
        limit: CHANGES_PER_PAGE,
        offset: CHANGES_PER_PAGE.saturating_mul(page - 1),
    };
    let found = community.node.told_changes(here, wanted).await;
    let (total, told) = found.map_err(|error| PageFailure::internal(&error))?;
    let layout = Layout::new(&community, &snapshot, here, Subject::Changes);
    let pages = total.div_ceil(CHANGES_PER_PAGE).max(1);
    let days = days(&layout, &told);
    let page = ChangesPage { layout, server_name: server_name.as_ref(), days, total, page, pages };
    respond::page(&request, StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "changes.html", whitespace = "minimize")]
struct ChangesPage<'a> {
    layout: Layout<'a>,
    /// The server of which alone it tells.
    server_name: Option<&'a ServerName>,
    days: Vec<Day<'a>>,
    total: usize,
    page: usize,
    pages: usize,
}

/// What changed on one day.
struct Day<'a> {
    date: Date,
    lines: Vec<Line<'a>>,
}

/// One change.
pub(super) struct Line<'a> {
    pub(super) at: Timestamp,
    pub(super) change: &'a Change,
    pub(super) moved: Option<MovedLine<'a>>,
}

/// One server that moved.
pub(super) struct MovedLine<'a> {
    pub(super) moved: &'a Moved,
    /// Its page, where it is in the list.
    pub(super) href: Option<String>,
    pub(super) reasons: Vec<ReasonLine>,
    pub(super) criteria: Vec<Finding>,
}

pub(super) struct ReasonLine {
    pub(super) sentence: String,
    pub(super) points: Points,
}

pub(super) struct Finding {
    pub(super) answer: Answer,
    pub(super) sentence: String,
}

fn days<'a>(layout: &Layout<'_>, told: &'a [Told]) -> Vec<Day<'a>> {
    let same_day = |one: &Told, other: &Told| one.at.date() == other.at.date();
    let day = |told: &'a [Told]| {
        Some(Day {
            date: told.first()?.at.date(),
            lines: told.iter().map(|told| Line::new(layout, told)).collect(),
        })
    };
    told.chunk_by(same_day).filter_map(day).collect()
}

impl<'a> Line<'a> {
    pub(super) fn new(layout: &Layout<'_>, told: &'a Told) -> Self {
        let moved = told.change.moved().map(|moved| MovedLine {
            moved,
            href: layout
                .view()
                .server(&moved.server_name)
                .map(|server| address::server(&layout.here.path, &server.server_name)),
            reasons: moved.reasons.iter().map(|reason| ReasonLine::new(layout, reason)).collect(),
            criteria: moved.criteria.iter().filter_map(|it| finding(layout, it)).collect(),
        });
        Self { at: told.at, change: &told.change, moved }
    }

    /// The time of the day, which stands above.
    fn clock(&self) -> String {
        let text = self.at.to_string();
        format!("{} UTC", text.get(11..16).unwrap_or_default())
    }
}

impl MovedLine<'_> {
    /// From which category to which, where that changed.
    pub(super) fn categories(&self) -> Option<(Stood, Stood)> {
        let (before, after) = (self.moved.before?, self.moved.after?);
        (before.category != after.category).then_some((before, after))
    }
}

impl ReasonLine {
    fn new(layout: &Layout<'_>, reason: &ReasonChange) -> Self {
        let name = reason.by.as_ref().map(|by| name_of(layout, by)).unwrap_or_default();
        let sentence = layout.reader.tell(&NamedReasonChange { reason, name: &name });
        Self { sentence, points: reason.points }
    }
}

/// What a curator is called today.
fn name_of(layout: &Layout<'_>, by: &Speaker) -> String {
    let view = layout.view();
    let curator = view
        .curators
        .iter()
        .find(|curator| curator.issuer == by.issuer && curator.adopted_from == by.adopted_from);
    match (curator, &by.adopted_from) {
        (Some(curator), Some(_)) => {
            format!("the adopted list {}", layout.reader.curator(curator).text)
        }
        (None, Some(source)) => format!("the adopted list {}", source.as_str()),
        (Some(curator), None) => layout.reader.curator(curator).text.to_owned(),
        (None, None) => layout.reader.issuer(&by.issuer, view).text.to_owned(),
    }
}

fn finding(layout: &Layout<'_>, change: &CriterionChange) -> Option<Finding> {
    let sentence = layout.reader.tell(&(change.known()?, change.after));
    Some(Finding { answer: change.after, sentence })
}

impl ChangesPage<'_> {
    /// Another page of the same.
    fn address(&self, page: usize) -> String {
        address::changes(&self.layout.here.path, self.server_name, page)
    }
}
