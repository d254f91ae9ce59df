//! How reading the sources goes, as JSON.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode};
use serde::Serialize;
use wellspring_document::{ServerName, Timestamp};

use super::Part;
use crate::Node;
use crate::status::{RoundsReport, SourceReport};
use crate::web::failure::ApiFailure;
use crate::web::query::Parameters;
use crate::web::respond;

/// The rounds, and the sources that need attention: all that are not of servers whose
/// operators do not want them in lists.
pub(super) async fn node(
    State(node): State<Arc<Node>>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response<Body>, ApiFailure> {
    #[derive(Serialize)]
    struct Status<'a> {
        made_at: Timestamp,
        #[serde(flatten)]
        rounds: RoundsReport,
        total: usize,
        offset: usize,
        limit: usize,
        attention: Vec<SourceReport<'a>>,
    }
    let Part { limit, offset } = Part::read(&Parameters::read(query.as_deref()))?;
    let snapshot = node.snapshot();
    let needing = || snapshot.sources.all().filter(|it| it.needs_attention() && !it.is_unlisted);
    let answer = Status {
        made_at: snapshot.made_at,
        rounds: snapshot.sources.report(node.now()),
        total: needing().count(),
        offset,
        limit,
        attention: needing().skip(offset).take(limit).map(|it| it.public_report()).collect(),
    };
    respond::json(&request, StatusCode::OK, &answer)
}

/// What came of asking for the profile of one server.
pub(super) async fn server(
    State(node): State<Arc<Node>>,
    name: Result<Path<String>, PathRejection>,
    request: HeaderMap,
) -> Result<Response<Body>, ApiFailure> {
    #[derive(Serialize)]
    struct Status<'a> {
        made_at: Timestamp,
        server_name: &'a ServerName,
        source: SourceReport<'a>,
    }
    let Path(name) = name.map_err(|_| ApiFailure::BadServerName)?;
    let name = ServerName::parse(&name).map_err(|_| ApiFailure::BadServerName)?;
    let source = node.status_of(&name).await.map_err(|error| ApiFailure::internal(&error))?;
    let source = source.ok_or(ApiFailure::NotAsked)?;
    let made_at = node.snapshot().made_at;
    let answer = Status { made_at, server_name: &name, source: source.public_report() };
    respond::json(&request, StatusCode::OK, &answer)
}
