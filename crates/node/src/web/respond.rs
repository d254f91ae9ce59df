//! Answers that browsers and programs may keep as long as they ask whether they still hold.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use serde::Serialize;
use wellspring_document::BytesHash;

use crate::web::failure::{ApiFailure, PageFailure};

/// A page.
pub(super) fn page(
    request: &HeaderMap,
    status: StatusCode,
    template: &impl Template,
) -> Result<Response<Body>, PageFailure> {
    let html = template.render().map_err(|error| PageFailure::internal(&error))?;
    Ok(revalidated(request, status, HeaderValue::from_static("text/html; charset=utf-8"), html))
}

/// An answer of the API.
pub(super) fn json(
    request: &HeaderMap,
    status: StatusCode,
    value: &impl Serialize,
) -> Result<Response<Body>, ApiFailure> {
    let json = serde_json::to_vec(value).map_err(|error| ApiFailure::internal(&error))?;
    Ok(revalidated(request, status, HeaderValue::from_static("application/json"), json))
}

/// `body` with its entity tag; where the client has it already, only the tag.
///
/// The tag is weak: a proxy or the compression layer may change the bytes on the wire, and
/// nobody needs parts of them.
pub(super) fn revalidated(
    request: &HeaderMap,
    status: StatusCode,
    content_type: HeaderValue,
    body: impl Into<Bytes>,
) -> Response<Body> {
    let body = body.into();
    let hash = BytesHash::of(&body).to_string();
    let tag = format!("W/\"{}\"", hash.get(..32).unwrap_or(&hash));
    let is_known = status == StatusCode::OK && has_tag(request, &tag);
    let mut response = Response::new(if is_known { Body::empty() } else { Body::from(body) });
    *response.status_mut() = if is_known { StatusCode::NOT_MODIFIED } else { status };
    let headers = response.headers_mut();
    if !is_known {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // The compression layer says so only of answers that have a body (RFC 9110, 15.4.5).
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// Whether `If-None-Match` names `tag`, by weak comparison (RFC 9110, section 8.8.3.2).
pub(super) fn has_tag(request: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = opaque(tag);
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|given| given.trim() == "*" || opaque(given) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_compare_weakly() {
        let request = |value: &'static str| {
            HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))])
        };
        for known in ["W/\"a\"", "\"a\"", "\"b\", W/\"a\"", "*"] {
            assert!(has_tag(&request(known), "W/\"a\""), "{known}");
        }
        for unknown in ["\"b\"", "", "a"] {
            assert!(!has_tag(&request(unknown), "W/\"a\""), "{unknown}");
        }
        assert!(!has_tag(&HeaderMap::new(), "W/\"a\""));
    }
}
