//! The tree, as files.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::Redirect;
use axum::routing::get;

use crate::Node;
use crate::tree::TreeFile;
use crate::web::failure::ApiFailure;
use crate::web::{api, respond};

/// Where a node serves its tree.
const PATH: &str = "/tree";

pub(super) fn router(node: Arc<Node>) -> Router {
    let index = format!("{PATH}/{}", TreeFile::Index);
    let to_index = move || async move { Redirect::temporary(&index) };
    Router::new()
        .route(PATH, get(to_index.clone()))
        .route(&format!("{PATH}/"), get(to_index))
        .route(&format!("{PATH}/{{*file}}"), get(file).options(api::preflight))
        .with_state(node)
}

async fn file(
    State(node): State<Arc<Node>>,
    path: Result<Path<String>, PathRejection>,
    request: HeaderMap,
) -> Result<Response<Body>, ApiFailure> {
    let Path(path) = path.map_err(|_| ApiFailure::UnknownPath)?;
    let file = TreeFile::at(&path).ok_or(ApiFailure::UnknownPath)?;
    let bytes = node.tree_file(file).await.map_err(|error| ApiFailure::internal(&error))?;
    let bytes = bytes.ok_or(ApiFailure::UnknownPath)?;
    let json = HeaderValue::from_static("application/json");
    let mut response = respond::revalidated(&request, StatusCode::OK, json, bytes);
    if file != TreeFile::Index {
        let caching = HeaderValue::from_static(api::DOCUMENT_CACHING);
        response.headers_mut().insert(header::CACHE_CONTROL, caching);
    }
    Ok(response)
}
