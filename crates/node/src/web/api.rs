//! The API: the views and the documents behind them, as JSON.
//!
//! Anybody may read it from anywhere, pages of other sites included: there is nothing to
//! steal, since no answer depends on who asks and no cookie exists.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::routing::{MethodRouter, get, post};
use serde::Serialize;
use wellspring_document::{BytesHash, LanguageTag, Localized, ServerName, Timestamp};
use wellspring_ranking::{
    Category, ContestedIssuer, DistrustedCurator, DocumentCounts, Policy, RankedServer,
    TrustedCurator, TrustedObserver,
};

use crate::web::failure::ApiFailure;
use crate::web::query::Parameters;
use crate::web::{changes, filter, recommendations, respond, submissions};
use crate::{CommunityView, Node, Snapshot};

mod status;

/// How many servers an answer has where `limit` says nothing.
const DEFAULT_LIMIT: usize = 100;

/// The most servers of one answer: some 2 MB of JSON before compression.
const MAX_LIMIT: usize = 500;

/// How long the bytes of a document may be kept without asking again. They never change,
/// but a document that stopped to count is erased after 30 days, and copies should not
/// outlive it for long: a day.
pub(super) const DOCUMENT_CACHING: &str = "public, max-age=86400, immutable";

pub(super) fn router(node: Arc<Node>) -> Router {
    let readable = |method: MethodRouter<Arc<Node>>| method.options(preflight);
    Router::new()
        .route("/api/v1/communities", readable(get(communities)))
        .route("/api/v1/servers", readable(get(servers)))
        .route("/api/v1/servers/{server_name}", readable(get(server)))
        .route("/api/v1/servers/{server_name}/status", readable(get(status::server)))
        .route("/api/v1/recommendations", readable(get(recommendations::recommend)))
        .route("/api/v1/changes", readable(get(changes::answer)))
        .route("/api/v1/status", readable(get(status::node)))
        .route(
            "/api/v1/submissions",
            post(submissions::take).fallback(submissions::only_submissions),
        )
        .route("/api/v1/curators", readable(get(curators)))
        .route("/api/v1/documents/{hash}", readable(get(document)))
        .with_state(node)
}

/// What a browser asks before a page of another site may send `If-None-Match`.
pub(super) async fn preflight() -> Response<Body> {
    const HEADERS: [(HeaderName, &str); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "If-None-Match"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Lets pages of every site read an answer, whatever it says.
pub(super) fn allow_every_origin(headers: &mut HeaderMap) {
    const HEADERS: [(HeaderName, &str); 3] = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "ETag"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// The community that `community` names; without it the first one.
pub(super) fn community<'a>(
    snapshot: &'a Snapshot,
    parameters: &Parameters,
) -> Result<&'a CommunityView, ApiFailure> {
    let found = match parameters.get("community") {
        Some(id) => snapshot.communities.iter().find(|it| it.community.id.as_str() == id),
        None => snapshot.communities.first(),
    };
    found.ok_or(ApiFailure::UnknownCommunity)
}

async fn communities(
    State(node): State<Arc<Node>>,
    request: HeaderMap,
) -> Result<Response<Body>, ApiFailure> {
    #[derive(Serialize)]
    struct Communities<'a> {
        communities: Vec<Described<'a>>,
    }
    #[derive(Serialize)]
    struct Described<'a> {
        id: &'a str,
        path: String,
        name: &'a Localized,
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<&'a Localized>,
        languages: &'a [LanguageTag],
        now: Timestamp,
        documents: DocumentCounts,
        servers: usize,
        policy: &'a Policy,
    }
    let snapshot = node.snapshot();
    let communities = snapshot
        .communities
        .iter()
        .map(|it| Described {
            id: it.community.id.as_str(),
            path: format!("{}/", it.path),
            name: &it.community.name,
            description: it.community.description.as_ref(),
            languages: &it.community.languages,
            now: it.view.now,
            documents: it.view.documents,
            servers: it.view.servers.len(),
            policy: &it.view.policy,
        })
        .collect();
    respond::json(&request, StatusCode::OK, &Communities { communities })
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Choice {
    category: Option<Category>,
    limit: usize,
    offset: usize,
}

impl Choice {
    fn read(parameters: &Parameters) -> Result<Self, ApiFailure> {
        let refuse = |rule| ApiFailure::BadParameter { rule };
        let category = match parameters.get("category") {
            Some(text) => Some(
                filter::category(text)
                    .ok_or(refuse("category must be A, B, C, D or not-for-public"))?,
            ),
            None => None,
        };
        let Part { limit, offset } = Part::read(parameters)?;
        Ok(Self { category, limit, offset })
    }
}

/// A part of anything that is long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) limit: usize,
    pub(super) offset: usize,
}

impl Part {
    pub(super) fn read(parameters: &Parameters) -> Result<Self, ApiFailure> {
        let refuse = |rule| ApiFailure::BadParameter { rule };
        let limit = match parameters.get("limit") {
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or(refuse("limit must be a number from 1 to 500"))?,
            None => DEFAULT_LIMIT,
        };
        let offset = match parameters.get("offset") {
            Some(text) => text.parse().map_err(|_| refuse("offset must be a number, 0 or more"))?,
            None => 0,
        };
        Ok(Self { limit, offset })
    }
}

async fn servers(
    State(node): State<Arc<Node>>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response<Body>, ApiFailure> {
    #[derive(Serialize)]
    struct Servers<'a> {
        community: &'a str,
        now: Timestamp,
        total: usize,
        offset: usize,
        limit: usize,
        servers: Vec<&'a RankedServer>,
    }
    let parameters = Parameters::read(query.as_deref());
    let choice = Choice::read(&parameters)?;
    let snapshot = node.snapshot();
    let here = community(&snapshot, &parameters)?;
    let chosen = || {
        here.view
            .servers
            .iter()
            .filter(|server| choice.category.is_none_or(|category| server.category == category))
    };
    let answer = Servers {
        community: here.community.id.as_str(),
        now: here.view.now,
        total: chosen().count(),
        offset: choice.offset,
        limit: choice.limit,
        servers: chosen().skip(choice.offset).take(choice.limit).collect(),
    };
    respond::json(&request, StatusCode::OK, &answer)
}

async fn server(
    State(node): State<Arc<Node>>,
    name: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response<Body>, ApiFailure> {
    #[derive(Serialize)]
    struct Server<'a> {
        community: &'a str,
        now: Timestamp,
        server: &'a RankedServer,
    }
    let Path(name) = name.map_err(|_| ApiFailure::BadServerName)?;
    let name = ServerName::parse(&name).map_err(|_| ApiFailure::BadServerName)?;
    let snapshot = node.snapshot();
    let here = community(&snapshot, &Parameters::read(query.as_deref()))?;
    if let Some(unlisted) = here.view.unlisted(&name) {
        return Err(ApiFailure::UnlistedServer(unlisted.clone()));
    }
    let server = here.view.server(&name).ok_or(ApiFailure::UnknownServer)?;
    let community = here.community.id.as_str();
    respond::json(&request, StatusCode::OK, &Server { community, now: here.view.now, server })
}

async fn curators(
    State(node): State<Arc<Node>>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response<Body>, ApiFailure> {
    #[derive(Serialize)]
    struct Curators<'a> {
        community: &'a str,
        now: Timestamp,
        curators: &'a [Arc<TrustedCurator>],
        distrusted: &'a [DistrustedCurator],
        #[serde(skip_serializing_if = "<[ContestedIssuer]>::is_empty")]
        contested: &'a [ContestedIssuer],
        observers: &'a [Arc<TrustedObserver>],
    }
    let snapshot = node.snapshot();
    let here = community(&snapshot, &Parameters::read(query.as_deref()))?;
    let answer = Curators {
        community: here.community.id.as_str(),
        now: here.view.now,
        curators: &here.view.curators,
        distrusted: &here.view.distrusted,
        contested: &here.view.contested,
        observers: &here.view.observers,
    };
    respond::json(&request, StatusCode::OK, &answer)
}

async fn document(
    State(node): State<Arc<Node>>,
    hash: Result<Path<String>, PathRejection>,
    request: HeaderMap,
) -> Result<Response<Body>, ApiFailure> {
    let Path(hash) = hash.map_err(|_| ApiFailure::BadHash)?;
    let hash: BytesHash = hash.parse().map_err(|_| ApiFailure::BadHash)?;
    let stored = node.document(hash).await.map_err(|error| ApiFailure::internal(&error))?;
    let stored = stored.ok_or(ApiFailure::UnknownDocument)?;
    let bytes = stored.bytes.ok_or(ApiFailure::ErasedDocument)?;
    let json = HeaderValue::from_static("application/json");
    let mut response = respond::revalidated(&request, StatusCode::OK, json, bytes);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(DOCUMENT_CACHING));
    Ok(response)
}
