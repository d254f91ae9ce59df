//! The HTTP server: pages for people, JSON for programs.
//!
//! Handlers parse the request, take one snapshot and call one function that makes the
//! answer of it. They write nothing, set no cookie and log neither addresses nor queries.
//! All text of documents goes through templates that escape it; no page carries a script or
//! a style of its own, and the content security policy allows none.
//!
//! | address | answer |
//! |---|---|
//! | `PATH/` | a community's list, `PATH` being empty or `/` and one segment |
//! | `PATH/servers/{server_name}` | one server with its reasons and its signed documents |
//! | `PATH/curators` | whom the community trusts |
//! | `PATH/about` | how the list comes about |
//! | `/api/v1/servers` | the list as JSON; parameters `community`, `category`, `limit`, `offset` |
//! | `/api/v1/servers/{server_name}` | one server; parameter `community` |
//! | `/api/v1/curators` | curators and observers; parameter `community` |
//! | `/api/v1/communities` | the communities of this node, with their policies |
//! | `/api/v1/documents/{hash}` | the exact bytes of a document |
//! | `/healthz` | whether the node serves, and how old its view is |
//!
//! The API belongs to the node and not to one of its communities: without `community` it
//! answers for the first one of the configuration.

mod about;
mod address;
mod api;
mod assets;
mod curators;
mod failure;
mod filter;
mod human;
mod layout;
mod list;
mod names;
mod query;
mod reader;
mod respond;
mod sections;
mod server;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Serialize;
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;
use wellspring_document::Timestamp;

use crate::{CommunityView, Node, Snapshot};
use assets::{ASSETS, Asset};
use failure::{ApiFailure, PageFailure};

/// What a page may load and do: scripts, styles and pictures of its own origin, forms to it,
/// and nothing else. Text of a document that got through all escaping would still be inert.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A community as the handlers of its pages know it.
#[derive(Clone)]
struct Community {
    node: Arc<Node>,
    /// Its place among the communities of the configuration and of every snapshot.
    place: usize,
    style_path: Arc<str>,
}

impl Community {
    /// The community in a snapshot. Every snapshot holds the communities of the one
    /// configuration that a node has, so this fails for none that was routed.
    fn view_in<'a>(&self, snapshot: &'a Snapshot) -> Result<&'a CommunityView, PageFailure> {
        snapshot.communities.get(self.place).ok_or(PageFailure::NotFound)
    }
}

/// Serves a node on a listener until `stop` is done and the requests under way are answered.
///
/// # Errors
/// Where the listener fails.
pub async fn serve(
    listener: TcpListener,
    node: &Arc<Node>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(node)).with_graceful_shutdown(stop).await
}

/// The whole HTTP server of a node.
pub fn router(node: &Arc<Node>) -> Router {
    let config = node.config();
    let mut router = Router::new()
        .merge(api::router(Arc::clone(node)))
        .route("/healthz", get(health).with_state(Arc::clone(node)))
        .route("/robots.txt", get(robots))
        .route("/favicon.ico", get(async || ASSETS.icon.response()));
    for asset in [&ASSETS.style, &ASSETS.script, &ASSETS.icon] {
        router = serve_asset(router, asset.clone());
    }
    for (place, community) in config.communities.iter().enumerate() {
        let style = Asset::community_style(community);
        let state =
            Community { node: Arc::clone(node), place, style_path: style.path.as_str().into() };
        let path = config.community_path(community);
        router = serve_asset(router, style).merge(pages(&path, state));
    }
    let paths: Vec<_> =
        config.communities.iter().map(|community| config.community_path(community)).collect();
    if let Some(first) = paths.first().filter(|_| !paths.contains(&String::new())) {
        let first = address::list(first);
        router = router.route("/", get(async move || Redirect::temporary(&first)));
    }
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(CompressionLayer::new())
        .layer(map_response(secured))
}

fn serve_asset(router: Router, asset: Asset) -> Router {
    let path = asset.path.clone();
    router.route(&path, get(async move || asset.response()))
}

/// The pages of the community whose path is `path`.
fn pages(path: &str, community: Community) -> Router {
    let mut router = Router::new()
        .route(&address::list(path), get(list::show))
        .route(&format!("{path}/servers/{{server_name}}"), get(server::show))
        .route(&format!("{path}/servers/{{server_name}}/logo.png"), get(server::logo))
        .route(&format!("{path}/curators"), get(curators::show))
        .route(&format!("{path}/about"), get(about::show));
    if !path.is_empty() {
        let list = address::list(path);
        router = router.route(path, get(async move || Redirect::permanent(&list)));
    }
    router.with_state(community)
}

async fn health(State(node): State<Arc<Node>>, request: HeaderMap) -> Result<Response, ApiFailure> {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
        made_at: Timestamp,
        age_seconds: i64,
    }
    let made_at = node.snapshot().made_at;
    let age_seconds = node.now().seconds_since(made_at).max(0);
    respond::json(&request, StatusCode::OK, &Health { status: "ok", made_at, age_seconds })
}

/// Search engines may read the pages, but neither every combination of filters nor the
/// same again as JSON.
async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /api/\nDisallow: /*?\n"
}

async fn unknown_path(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        ApiFailure::UnknownPath.into_response()
    } else {
        PageFailure::NotFound.into_response()
    }
}

async fn wrong_method(uri: Uri) -> Response {
    if uri.path().starts_with("/api/") {
        ApiFailure::MethodNotAllowed.into_response()
    } else {
        PageFailure::MethodNotAllowed.into_response()
    }
}

/// The headers of every answer. Transport security is the business of the proxy that
/// terminates TLS.
async fn secured(mut response: Response) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
