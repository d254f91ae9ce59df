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
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use wellspring_document::{ServerName, Timestamp};

use crate::web::failure::{ApiFailure, PageFailure, again, status_of};
use crate::web::query::Parameters;
use crate::web::status::{self, AskedFor};
use crate::web::{Community, address};
use crate::{Node, SubmitError, Submitted};

/// The most bytes of a submission as JSON: a name has at most 230.
const MAX_JSON_BYTES: usize = 1_000;

/// The most bytes of the form, in which each byte of the name can take three. Whoever puts
/// something longer than a name there is told so, and not that it is too much.
const MAX_FORM_BYTES: usize = 3_000;

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
        #[serde(skip_serializing_if = "Option::is_none")]
        asked_from: Option<Timestamp>,
        status: String,
    }
    let body = read_body(request, "application/json", MAX_JSON_BYTES).await?;
    let submission = Submission::read(&body).ok_or(ApiFailure::BadBody {
        rule: "the body must be {\"server_name\": \"example.org\"} and nothing else",
    })?;
    let name = ServerName::parse(&submission.server_name).map_err(|_| ApiFailure::BadServerName)?;
    let submitted = node.submit(name.clone()).await.map_err(ApiFailure::of_submission)?;
    let (code, asked_from) = match submitted {
        Submitted::Queued => (StatusCode::ACCEPTED, None),
        Submitted::LeftAlone { until } => (StatusCode::ACCEPTED, Some(until)),
        Submitted::Asked => (StatusCode::OK, None),
    };
    let status = format!("/api/v1/servers/{}/status", address::segment(&name));
    let location = HeaderValue::from_str(&status).map_err(|error| ApiFailure::internal(&error))?;
    let taken = Taken { server_name: name, state: submitted.as_str(), asked_from, status };
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
    let body = read_body(request, "application/x-www-form-urlencoded", MAX_FORM_BYTES).await?;
    let form = Parameters::read(std::str::from_utf8(&body).ok());
    let text = form.get("server_name").unwrap_or_default();
    let Ok(name) = ServerName::parse(&text.to_ascii_lowercase()) else {
        return status::answer(&community, AskedFor::NoServerName, StatusCode::BAD_REQUEST);
    };
    match community.node.submit(name.clone()).await {
        Ok(_) => {
            let name = address::segment(&name);
            Ok(Redirect::to(&format!("{path}/status?server={name}#found")).into_response())
        }
        Err(SubmitError::NotTaken(reason)) => {
            let not_taken = AskedFor::NotTaken { name, reason };
            let page = status::answer(&community, not_taken, status_of(reason))?;
            let retry_after = reason.retry_after().map(|wait| AppendHeaders([again(wait)]));
            Ok((retry_after, page).into_response())
        }
        Err(SubmitError::Node(error)) => Err(PageFailure::internal(&error)),
    }
}

impl Submission {
    fn read(body: &[u8]) -> Option<Self> {
        // A list of the values would be taken for the object as well.
        body.trim_ascii_start().starts_with(b"{").then_some(())?;
        serde_json::from_slice(body).ok()
    }
}

/// Why a body cannot be read.
enum BadBody {
    OtherType { media_type: &'static str },
    TooLarge,
    TooSlow,
    BrokenOff,
}

impl From<BadBody> for ApiFailure {
    fn from(bad: BadBody) -> Self {
        match bad {
            BadBody::OtherType { media_type } => Self::UnsupportedType { media_type },
            BadBody::TooLarge => Self::TooLarge,
            BadBody::TooSlow => Self::TooSlow,
            BadBody::BrokenOff => Self::BadBody { rule: "the body could not be read to its end" },
        }
    }
}

impl From<BadBody> for PageFailure {
    fn from(bad: BadBody) -> Self {
        match bad {
            BadBody::OtherType { .. } => {
                Self::NoForm { status: StatusCode::UNSUPPORTED_MEDIA_TYPE }
            }
            BadBody::TooLarge => Self::TooLarge,
            BadBody::TooSlow => Self::TooSlow,
            BadBody::BrokenOff => Self::NoForm { status: StatusCode::BAD_REQUEST },
        }
    }
}

/// The body of a request, where it is of this type, of at most so many bytes, and in time.
async fn read_body(
    mut request: Request,
    media_type: &'static str,
    max_bytes: usize,
) -> Result<Bytes, BadBody> {
    let given = request.headers().get(header::CONTENT_TYPE).and_then(|given| given.to_str().ok());
    let given = given.and_then(|given| given.split(';').next()).unwrap_or_default();
    if !given.trim().eq_ignore_ascii_case(media_type) {
        return Err(BadBody::OtherType { media_type });
    }
    DefaultBodyLimit::max(max_bytes).apply(&mut request);
    match timeout(BODY_TIMEOUT, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(refused)) if refused.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(BadBody::TooLarge)
        }
        Ok(Err(_)) => Err(BadBody::BrokenOff),
        Err(_) => Err(BadBody::TooSlow),
    }
}
