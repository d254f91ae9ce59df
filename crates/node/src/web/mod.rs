//! The HTTP server: pages for people, JSON for programs.
//!
//! Handlers parse the request, take one snapshot and call one function that makes the
//! answer of it. They write nothing but names that are submitted, set no cookie and log
//! neither addresses nor queries.
//! All text of documents goes through templates that escape it; no page carries a script or
//! a style of its own, and the content security policy allows none.
//!
//! | address | answer |
//! |---|---|
//! | `PATH/` | a community's list, `PATH` being empty or `/` and one segment |
//! | `PATH/servers/{server_name}` | one server with its reasons and its signed documents |
//! | `PATH/recommendations` | servers drawn for somebody; parameters as those of the API |
//! | `PATH/changes` | what changed in the list; parameters `server`, `page` |
//! | `PATH/changes.atom` | the same for feed readers; parameter `server` |
//! | `PATH/curators` | whom the community trusts |
//! | `PATH/about` | how the list comes about |
//! | `PATH/status` | how reading the sources goes; parameter `server`; takes the form that proposes a server |
//! | `/api/v1/servers` | the list as JSON; parameters `community`, `category`, `limit`, `offset` |
//! | `/api/v1/servers/{server_name}` | one server; parameter `community` |
//! | `/api/v1/servers/{server_name}/status` | what came of asking for its profile |
//! | `/api/v1/recommendations` | servers drawn for somebody; parameters `community`, the wishes, `require`, `count`, `seed` |
//! | `/api/v1/changes` | what changed in the list; parameters `community`, `since`, `server`, `limit`, `offset` |
//! | `/api/v1/status` | the node's rounds and the sources that need attention; parameters `limit`, `offset` |
//! | `/api/v1/submissions` | takes a server name, with `POST` |
//! | `/api/v1/curators` | curators and observers; parameter `community` |
//! | `/api/v1/communities` | the communities of this node, with their policies |
//! | `/api/v1/documents/{hash}` | the exact bytes of a document |
//! | `/tree/…` | the files of the node's tree, as `wellspring export` writes them |
//! | `/healthz` | whether the node serves, and how old its view is |
//!
//! The API belongs to the node and not to one of its communities: without `community` it
//! answers for the first one of the configuration.

mod about;
mod address;
mod api;
mod assets;
mod changes;
mod criteria;
mod curators;
mod failure;
mod feed;
mod filter;
mod human;
mod layout;
mod list;
mod listen;
mod names;
mod picks;
mod query;
mod reader;
mod recommendations;
mod respond;
mod sections;
mod server;
mod status;
mod submissions;
mod tree;
mod trust;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Serialize;
use tower_http::compression::CompressionLayer;
use wellspring_document::Timestamp;

use crate::{CommunityView, Node, Snapshot};
use assets::{ASSETS, Asset};
use failure::{ApiFailure, PageFailure, in_layout};

pub use listen::serve;

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

/// The whole HTTP server of a node.
pub fn router(node: &Arc<Node>) -> Router {
    let config = node.config();
    let mut router = Router::new()
        .merge(api::router(Arc::clone(node)))
        .merge(tree::router(Arc::clone(node)))
        .route("/healthz", get(health).with_state(Arc::clone(node)))
        .route("/robots.txt", get(robots))
        .route("/favicon.ico", get(favicon));
    for asset in [&ASSETS.style, &ASSETS.script, &ASSETS.icon] {
        router = serve_asset(router, asset.clone());
    }
    let mut communities = Vec::new();
    for (place, community) in config.communities.iter().enumerate() {
        let style = Asset::community_style(community);
        let state =
            Community { node: Arc::clone(node), place, style_path: style.path.as_str().into() };
        let path = config.community_path(community);
        router = serve_asset(router, style).merge(pages(&path, state.clone()));
        communities.push((path, state));
    }
    let has_root = communities.iter().any(|(path, _)| path.is_empty());
    if let Some((first, _)) = communities.first().filter(|_| !has_root) {
        let first = address::list(first);
        router = router.route("/", get(async move || Redirect::temporary(&first)));
    }
    let communities: Arc<[(String, Community)]> = communities.into();
    router
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(communities, in_layout))
        .layer(CompressionLayer::new())
        .layer(from_fn(with_common_headers))
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
        .route(&address::picks(path), get(picks::show))
        .route(&address::changes(path, None, 1), get(changes::show))
        .route(&address::feed(path, None), get(feed::show))
        .route(&format!("{path}/curators"), get(curators::show))
        .route(&format!("{path}/about"), get(about::show))
        .route(&format!("{path}/status"), get(status::show).post(submissions::take_form));
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
        #[serde(skip_serializing_if = "Option::is_none")]
        clock: Option<Behind>,
    }
    /// Only where the machine's clock is not to be believed.
    #[derive(Serialize)]
    struct Behind {
        behind_seconds: i64,
        seen: Timestamp,
        message: String,
    }
    let made_at = node.snapshot().made_at;
    let clock = node.clock_behind().map(|behind| Behind {
        behind_seconds: behind.seen.seconds_since(behind.clock),
        seen: behind.seen,
        message: behind.to_string(),
    });
    let age_seconds = node.now().seconds_since(made_at).max(0);
    respond::json(&request, StatusCode::OK, &Health { status: "ok", made_at, age_seconds, clock })
}

/// Search engines may read the pages, but neither every combination of filters nor the
/// same again as JSON.
async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /api/\nDisallow: /tree/\nDisallow: /*?\n"
}

async fn unknown_path(uri: Uri) -> Response {
    if is_for_programs(&uri) {
        ApiFailure::UnknownPath.into_response()
    } else {
        PageFailure::NotFound.into_response()
    }
}

async fn wrong_method(uri: Uri) -> Response {
    if is_for_programs(&uri) {
        ApiFailure::MethodNotAllowed.into_response()
    } else {
        PageFailure::MethodNotAllowed.into_response()
    }
}

/// The icon, for those who ask for it where browsers did before pages could name one.
async fn favicon(request: HeaderMap) -> Response {
    let icon = &ASSETS.icon;
    respond::revalidated(&request, StatusCode::OK, icon.content_type(), icon.body())
}

/// The headers of every answer, and those of every answer to programs. Transport security
/// is the business of the proxy that terminates TLS.
async fn with_common_headers(request: Request, next: Next) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    let is_for_programs = is_for_programs(request.uri());
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    if is_for_programs {
        api::allow_every_origin(response.headers_mut());
    }
    response
}

fn is_for_programs(uri: &Uri) -> bool {
    let path = uri.path();
    ["/api/", "/tree/"].iter().any(|programs| path.starts_with(programs)) || path == "/healthz"
}

#[cfg(test)]
mod tests;
