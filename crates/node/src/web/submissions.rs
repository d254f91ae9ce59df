//! Proposing a server: as JSON for programs, as a form for people.
//!
//! A page of another site can make a visitor's browser send the form. That queues a check of
//! one name, which anybody may ask for anyway: it is done in nobody's name, since there is no
//! cookie and no account, and nothing comes back to that page.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use wellspring_document::ServerName;

use crate::web::failure::{ApiFailure, PageFailure};
use crate::web::query::Parameters;
use crate::web::status::{self, AskedFor};
use crate::web::{Community, address};
use crate::{Node, SubmitError, Submitted};

/// The most bytes of a submission: a name has at most 255.
const MAX_BODY_BYTES: usize = 1_000;

/// How long a submission may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A submission as JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Submission {
    server_name: String,
}

/// Takes a submission of a program.
pub(super) async fn take(
    State(node): State<Arc<Node>>,
    request: Request,
) -> Result<Response, ApiFailure> {
    #[derive(Serialize)]
    struct Taken {
        server_name: ServerName,
        state: &'static str,
        status: String,
    }
    let body = read_body(request, "application/json").await?;
    let submission: Submission = serde_json::from_slice(&body).map_err(|_| {
        let rule = "the body must be {\"server_name\": \"example.org\"} and nothing else";
        ApiFailure::BadBody { rule }
    })?;
    let name = ServerName::parse(&submission.server_name).map_err(|_| ApiFailure::BadServerName)?;
    let submitted = node.submit(name.clone()).await.map_err(ApiFailure::of_submission)?;
    let code = match submitted {
        Submitted::Queued => StatusCode::ACCEPTED,
        Submitted::Asked => StatusCode::OK,
    };
    let status = format!("/api/v1/servers/{}/status", address::segment(&name));
    let location = HeaderValue::from_str(&status).map_err(|error| ApiFailure::internal(&error))?;
    let taken = Taken { server_name: name, state: submitted.as_str(), status };
    let never = HeaderValue::from_static("no-store");
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, never)];
    Ok((code, headers, Json(taken)).into_response())
}

/// The answer at the address of submissions to anything but a submission.
pub(super) async fn only_submissions() -> Response {
    let allow = (header::ALLOW, HeaderValue::from_static("POST"));
    ([allow], ApiFailure::OnlyPost).into_response()
}

/// Takes a submission from the form on the status page, and leads to what came of it.
pub(super) async fn take_form(
    State(community): State<Community>,
    request: Request,
) -> Result<Response, PageFailure> {
    let path = {
        let snapshot = community.node.snapshot();
        community.view_in(&snapshot)?.path.clone()
    };
    let form = match read_body(request, "application/x-www-form-urlencoded").await {
        Ok(body) => Parameters::read(std::str::from_utf8(&body).ok()),
        // No browser sends such a form.
        Err(failure) => return Ok(failure.into_response()),
    };
    let text = form.get("server_name").unwrap_or_default();
    let Ok(name) = ServerName::parse(&text.to_ascii_lowercase()) else {
        return status::answer(&community, AskedFor::NoServerName, StatusCode::BAD_REQUEST);
    };
    match community.node.submit(name.clone()).await {
        Ok(_) => {
            let name = address::segment(&name);
            Ok(Redirect::to(&format!("{path}/status?server={name}#found")).into_response())
        }
        Err(SubmitError::NotAccepted) => {
            status::answer(&community, AskedFor::Closed(name), StatusCode::FORBIDDEN)
        }
        Err(SubmitError::TooMany { retry_after } | SubmitError::NoRoom { retry_after, .. }) => {
            let busy = AskedFor::Busy(name);
            let page = status::answer(&community, busy, StatusCode::TOO_MANY_REQUESTS)?;
            Ok(([wait(retry_after)], page).into_response())
        }
        Err(SubmitError::Node(error)) => Err(PageFailure::internal(&error)),
    }
}

/// How long to wait before trying again.
pub(super) fn wait(retry_after: Duration) -> (HeaderName, HeaderValue) {
    (header::RETRY_AFTER, HeaderValue::from(retry_after.as_secs()))
}

/// The body of a request, where it is of this type, small, and in time.
async fn read_body(mut request: Request, media_type: &'static str) -> Result<Bytes, ApiFailure> {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|given| given.to_str().ok());
    let given = given.and_then(|given| given.split(';').next()).unwrap_or_default();
    if !given.trim().eq_ignore_ascii_case(media_type) {
        return Err(ApiFailure::UnsupportedType { media_type });
    }
    DefaultBodyLimit::max(MAX_BODY_BYTES).apply(&mut request);
    match timeout(BODY_TIMEOUT, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(refused)) if refused.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(ApiFailure::TooLarge)
        }
        Ok(Err(_)) => Err(ApiFailure::BadBody { rule: "the body could not be read to its end" }),
        Err(_) => Err(ApiFailure::TooSlow),
    }
}
