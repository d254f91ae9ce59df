//! What changed in the list of a community, for feed readers: Atom (RFC 4287).

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use wellspring_document::{BytesHash, ServerName, Timestamp};
use wellspring_ranking::Change;

use crate::changes::{Told, Wanted};
use crate::web::changes::Line;
use crate::web::failure::PageFailure;
use crate::web::layout::{Layout, Subject};
use crate::web::query::Parameters;
use crate::web::{Community, address, respond};

/// How many changes a feed holds: as many as the API gives at once. Feed readers keep what
/// they have seen.
const ENTRIES: usize = 100;

pub(super) async fn show(
    State(community): State<Community>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response<Body>, PageFailure> {
    let parameters = Parameters::read(query.as_deref());
    let snapshot = community.node.snapshot();
    let here = community.view_in(&snapshot)?;
    let server_name = match parameters.get("server").map(str::to_ascii_lowercase) {
        Some(name) => Some(ServerName::parse(&name).map_err(|_| PageFailure::NotFound)?),
        None => None,
    };
    let wanted = Wanted { server_name: server_name.clone(), limit: ENTRIES, ..Wanted::default() };
    let found = community.node.told_changes(here, wanted).await;
    let (_, told) = found.map_err(|error| PageFailure::internal(&error))?;
    let layout = Layout::new(&community, &snapshot, here, Subject::Changes);
    // Where an issuer goes, its feeds go: the id is that of the node, not of its address.
    let node = community.node.issuer().history().issuer().clone();
    let of_what = server_name.as_ref().map_or("", |name| name.as_str());
    let feed = [node.as_str(), here.community.id.as_str(), of_what].join(" ");
    let template = FeedPage {
        id: urn(&feed),
        updated: told.first().map_or(here.view.now, |newest| newest.at),
        entries: told.iter().map(|told| Entry::new(&layout, &feed, told)).collect(),
        server_name: server_name.as_ref(),
        layout,
    };
    let xml = template.render().map_err(|error| PageFailure::internal(&error))?;
    let content_type = HeaderValue::from_static("application/atom+xml; charset=utf-8");
    Ok(respond::revalidated(&request, StatusCode::OK, content_type, xml))
}

#[derive(Template)]
#[template(path = "changes.xml", whitespace = "minimize")]
struct FeedPage<'a> {
    layout: Layout<'a>,
    /// The server of which alone it tells.
    server_name: Option<&'a ServerName>,
    id: String,
    updated: Timestamp,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    id: String,
    line: Line<'a>,
}

impl<'a> Entry<'a> {
    fn new(layout: &Layout<'_>, feed: &str, told: &'a Told) -> Self {
        let id = urn(&format!("{feed} {} {}", told.at, told.number));
        Self { id, line: Line::new(layout, told) }
    }

    /// Where one reads more.
    fn href(&self, path: &str) -> String {
        let Some(moved) = &self.line.moved else { return address::changes(path, None, 1) };
        let told = || address::changes(path, Some(&moved.moved.server_name), 1);
        moved.href.clone().unwrap_or_else(told)
    }
}

/// An id that is the same each time for the same name, and another for each other name: a
/// UUID of version 8 (RFC 9562, section 5.8) from the hash of the name.
fn urn(name: &str) -> String {
    let hash = BytesHash::of(name.as_bytes()).to_string();
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    let parts = [part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30)];
    let [a, b, c, d, e] = parts;
    format!("urn:uuid:{a}-{b}-8{c}-a{d}-{e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_8() {
        assert_eq!(urn("a"), "urn:uuid:ca978112-ca1b-8bdc-aafa-c231b39a23dc");
        assert_ne!(urn("a"), urn("b"));
    }
}
