//! The router over a real node: the example world, and a node whose documents are hostile.

mod api;
mod changes;
mod contradictions;
mod feed;
mod hostile;
mod pages;
mod recommendations;
mod status;
mod submissions;
mod tree;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use bytes::Bytes;
use tower::ServiceExt as _;
use wellspring_document::Timestamp;

use super::router;
use crate::example::REFERENCE;
use crate::{Clock, Node, Opening, SyncScope};

/// What the server answered.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The values of an attribute, in the order of the page.
    fn attributes(&self, name: &str) -> Vec<&str> {
        let opening = format!(" {name}=\"");
        let rest = self.text().split(opening.as_str()).skip(1);
        rest.map(|rest| rest.split('"').next().unwrap()).collect()
    }
}

async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn get(router: &Router, address: &str) -> Answer {
    send(router, Request::get(address).body(Body::empty()).unwrap()).await
}

async fn get_with(router: &Router, address: &str, name: header::HeaderName, value: &str) -> Answer {
    let request = Request::get(address).header(name, value).body(Body::empty()).unwrap();
    send(router, request).await
}

async fn ask(router: &Router, method: Method, address: &str) -> Answer {
    let request = Request::builder().method(method).uri(address).body(Body::empty()).unwrap();
    send(router, request).await
}

/// A node that shows the example world of the day of `now`.
async fn example_node(data_dir: &Path, now: Timestamp) -> Arc<Node> {
    let opening = Opening::example_world(data_dir.to_owned(), Clock::Fixed(now)).unwrap();
    let node = Node::open(opening).unwrap();
    node.sync(SyncScope::All, &|_| {}).await.unwrap();
    node
}

/// The example world, and the folder that it needs for as long as it is used.
pub(super) async fn example() -> (tempfile::TempDir, Arc<Node>, Router) {
    let dir = tempfile::tempdir().unwrap();
    let node = example_node(dir.path(), REFERENCE).await;
    let router = router(&node);
    (dir, node, router)
}
