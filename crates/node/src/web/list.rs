//! The list of a community's servers.

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode};
use wellspring_document::profile::RegistrationMode;
use wellspring_document::{LanguageTag, ServerName};
use wellspring_ranking::{
    Category, ProfileStatus, RankedServer, Reason, ReasonCode, UnlistedServer, View, Waiting,
};

use crate::web::failure::PageFailure;
use crate::web::filter::{self, CATEGORIES, Choice, Facts, Filter, Order};
use crate::web::layout::{Layout, Subject};
use crate::web::query::Parameters;
use crate::web::reader::Foreign;
use crate::web::{Community, address, names, respond};

/// How many servers one page shows.
const SERVERS_PER_PAGE: usize = 50;

/// How many reasons stand beside a server; its own page has them all.
const REASONS_PER_SERVER: usize = 2;

/// How many languages of a server stand beside it.
const LANGUAGES_PER_SERVER: usize = 3;

pub(super) async fn show(
    State(community): State<Community>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response<Body>, PageFailure> {
    let parameters = Parameters::read(query.as_deref());
    let snapshot = community.node.snapshot();
    let here = community.view_in(&snapshot)?;
    let layout = Layout::new(&community, &snapshot, here, Subject::List);
    let page = ListPage::new(layout, &parameters);
    respond::page(&request, StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "list.html", whitespace = "minimize")]
pub(super) struct ListPage<'a> {
    layout: Layout<'a>,
    filter: Filter,
    languages: Vec<Choice>,
    countries: Vec<Choice>,
    categories: Vec<CategoryChoice>,
    rows: Vec<Row<'a>>,
    /// How many servers the filter keeps.
    kept: usize,
    /// The number of this page, from 1.
    page: usize,
    pages: usize,
    /// The server that was asked for by name and does not want to be listed.
    unlisted: Option<&'a UnlistedServer>,
}

struct CategoryChoice {
    category: Category,
    servers: usize,
    is_chosen: bool,
}

/// One server in the list.
struct Row<'a> {
    server: &'a RankedServer,
    href: String,
    name: Option<Foreign<'a>>,
    logo: Option<String>,
    /// Whether what the operator says is what they said until the profile expired.
    is_expired: bool,
    registration: Option<RegistrationMode>,
    languages: Vec<&'a LanguageTag>,
    more_languages: usize,
    country: Option<&'a str>,
    reasons: Vec<Reason<'a>>,
    /// Its wait, where that is not over.
    waiting: Option<Waiting>,
}

impl<'a> ListPage<'a> {
    pub(super) fn new(layout: Layout<'a>, parameters: &Parameters) -> Self {
        let view = layout.view();
        let filter = Filter::read(parameters);
        let all: Vec<_> = view.servers.iter().map(Facts::of).collect();
        let kept = filter.apply(&all);
        let pages = kept.len().div_ceil(SERVERS_PER_PAGE).max(1);
        let page = parameters.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        let page = page.clamp(1, pages);
        let rows = kept
            .iter()
            .skip((page - 1) * SERVERS_PER_PAGE)
            .take(SERVERS_PER_PAGE)
            .map(|facts| Row::new(&layout, facts))
            .collect();
        Self {
            languages: filter::languages(&all, filter.language.as_deref()),
            countries: filter::countries(&all, filter.country.as_deref()),
            categories: categories(view, filter.category),
            rows,
            kept: kept.len(),
            page,
            pages,
            unlisted: asked_for(&filter).and_then(|name| view.unlisted(&name)),
            filter,
            layout,
        }
    }

    fn is_sorted_by_name(&self) -> bool {
        self.filter.order == Order::Name
    }

    /// The points of which nothing is known yet, in thousandths of the whole.
    fn unknown_thousandths(&self, server: &RankedServer) -> u32 {
        unknown_thousandths(self.layout.view(), server)
    }
}

/// The points for what is not yet known of a server, in thousandths of the whole.
pub(super) fn unknown_thousandths(view: &View, server: &RankedServer) -> u32 {
    let points = &view.policy.points;
    let found: i32 = server
        .reasons()
        .filter_map(|reason| reason.finding)
        .map(|finding| finding.of.tenths())
        .sum();
    let service = 10 * u32::from(points.service);
    let service = service.saturating_sub(u32::try_from(found).unwrap_or(0));
    let is_silent = |reason: Reason<'_>| reason.code == ReasonCode::TransparencyUnknown;
    let is_silent = server.reasons().any(is_silent);
    let transparency = if is_silent { 10 * u32::from(points.transparency) } else { 0 };
    service + transparency
}

fn categories(view: &View, chosen: Option<Category>) -> Vec<CategoryChoice> {
    let count = |category| view.servers.iter().filter(|it| it.category == category).count();
    CATEGORIES
        .into_iter()
        .map(|category| CategoryChoice {
            category,
            servers: count(category),
            is_chosen: chosen == Some(category),
        })
        .collect()
}

/// The server name that was typed, where it is one.
fn asked_for(filter: &Filter) -> Option<ServerName> {
    ServerName::parse(&filter.text.to_ascii_lowercase()).ok()
}

impl<'a> Row<'a> {
    fn new(layout: &Layout<'a>, facts: &Facts<'a>) -> Self {
        let server = facts.server;
        let path = &layout.here.path;
        let logo = facts.about.and_then(|about| about.logo.as_ref());
        let languages: Vec<_> =
            facts.languages().iter().filter(|language| language.primary() != "und").collect();
        Self {
            server,
            href: address::server(path, &server.server_name),
            name: facts.name().map(|name| layout.reader.pick(name)),
            logo: logo.map(|_| address::logo(path, &server.server_name)),
            is_expired: server.profile.status == ProfileStatus::Expired,
            registration: facts.registration(),
            more_languages: languages.len().saturating_sub(LANGUAGES_PER_SERVER),
            languages: languages.into_iter().take(LANGUAGES_PER_SERVER).collect(),
            country: facts.countries().first().map(|country| names::country(country)),
            // They are ordered: what speaks against the server, then the strongest.
            reasons: server
                .reasons()
                .filter(|reason| reason.said.is_some())
                .take(REASONS_PER_SERVER)
                .collect(),
            waiting: server.waiting().filter(|waiting| !waiting.is_over),
        }
    }
}

/// The letter that stands in for a logo.
pub(super) fn initial(name: &ServerName) -> char {
    let first = name.as_str().chars().find(char::is_ascii_alphanumeric);
    first.map_or('?', |first| first.to_ascii_uppercase())
}
