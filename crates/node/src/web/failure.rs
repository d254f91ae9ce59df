//! What is answered when there is nothing to show.
//!
//! People and programs get a plain sentence that repeats nothing of what they sent. The
//! causes of an internal failure go to the log, under a number that the answer names.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{AppendHeaders, Html, IntoResponse, Response};
use axum::{Extension, Json};
use serde::Serialize;
use wellspring_ranking::{Reason, UnlistedServer};

use crate::web::Community;
use crate::web::assets::{ASSETS, Assets};
use crate::web::layout::{Layout, Subject};
use crate::{NotTaken, SubmitError, sentence};

/// Numbers the internal failures since the program started, so that the page that somebody
/// reports and the line in the log can be brought together. It says nothing of the visitor.
static FAILURES: AtomicU64 = AtomicU64::new(0);

/// Logs the causes of a failure and gives the number under which they can be found.
fn record(error: &(dyn Error + 'static)) -> u64 {
    let number = FAILURES.fetch_add(1, Ordering::Relaxed) + 1;
    tracing::error!(failure = number, error = sentence(error), "a request could not be answered");
    number
}

/// Why a page cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageFailure {
    /// Nothing is at the address.
    NotFound,
    /// The address is only there to be read.
    MethodNotAllowed,
    /// What was sent has more bytes than the form can have.
    TooLarge,
    /// What was sent did not arrive in time.
    TooSlow,
    /// What was sent is no form, or only half of one.
    NoForm { status: StatusCode },
    /// The node could not make the page.
    Internal { number: u64 },
}

impl PageFailure {
    pub(super) fn internal(error: &(dyn Error + 'static)) -> Self {
        Self::Internal { number: record(error) }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NoForm { status } => status,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A failure at an address that belongs to no community.
#[derive(Template)]
#[template(path = "failure/bare.html", whitespace = "minimize")]
struct BarePage {
    failure: PageFailure,
    assets: &'static Assets,
}

/// A failure below the pages of a community.
#[derive(Template)]
#[template(path = "failure/page.html", whitespace = "minimize")]
struct FailurePage<'a> {
    layout: Layout<'a>,
    failure: PageFailure,
}

impl IntoResponse for PageFailure {
    /// The page without a community around it; [`in_layout`] puts one where there is one.
    fn into_response(self) -> Response {
        let html = BarePage { failure: self, assets: &ASSETS }.render().unwrap_or_default();
        (self.status(), Extension(self), Html(html)).into_response()
    }
}

/// Gives failures at addresses of a community the look of its pages and the way to them.
pub(super) async fn in_layout(
    State(communities): State<Arc<[(String, Community)]>>,
    request: Request,
    next: Next,
) -> Response {
    let asked = request.uri().path();
    let community = communities.iter().find(|(path, _)| is_below(path, asked));
    let response = next.run(request).await;
    let failure = response.extensions().get::<PageFailure>().copied();
    let (Some((_, community)), Some(failure)) = (community, failure) else { return response };
    let snapshot = community.node.snapshot();
    let Ok(here) = community.view_in(&snapshot) else { return response };
    let layout = Layout::new(community, &snapshot, here, Subject::Nothing);
    match (FailurePage { layout, failure }).render() {
        Ok(html) => (failure.status(), Html(html)).into_response(),
        Err(_) => response,
    }
}

/// The status of the answer to whoever submitted a name that is not taken.
pub(super) const fn status_of(reason: NotTaken) -> StatusCode {
    match reason {
        NotTaken::NotAccepted => StatusCode::FORBIDDEN,
        NotTaken::TooMany { .. } | NotTaken::NoRoom(_) => StatusCode::TOO_MANY_REQUESTS,
    }
}

/// How long to wait before trying again.
pub(super) fn again(wait: Duration) -> (HeaderName, HeaderValue) {
    (header::RETRY_AFTER, HeaderValue::from(wait.as_secs()))
}

/// Whether `asked` is the path of a community or one below it.
fn is_below(path: &str, asked: &str) -> bool {
    asked.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Why the API has no answer. The codes are stable: programs may compare them.
#[derive(Debug)]
pub(super) enum ApiFailure {
    /// A parameter has no value that is allowed.
    BadParameter { rule: &'static str },
    /// No community has this id.
    UnknownCommunity,
    /// The text in the address is no server name.
    BadServerName,
    /// Nobody whom the community trusts speaks of the server.
    UnknownServer,
    /// The server's operator does not want it to be listed. What trusted curators warn
    /// about is said all the same.
    UnlistedServer(UnlistedServer),
    /// The node does not ask the server for its profile.
    NotAsked,
    /// The text in the address is no hash.
    BadHash,
    /// No document has these bytes.
    UnknownDocument,
    /// The document stopped to count and its bytes have been erased.
    ErasedDocument,
    /// Nothing is at the address.
    UnknownPath,
    /// The address is only there to be read.
    MethodNotAllowed,
    /// The address only takes what is sent to it.
    OnlyPost,
    /// What was sent is of another type than can be read.
    UnsupportedType { media_type: &'static str },
    /// What was sent has more bytes than any answer needs.
    TooLarge,
    /// What was sent did not arrive in time.
    TooSlow,
    /// What was sent does not have the form that it should.
    BadBody { rule: &'static str },
    /// The name that was submitted is not taken.
    NotTaken(NotTaken),
    /// The node could not make the answer.
    Internal { number: u64 },
}

impl ApiFailure {
    pub(super) fn of_submission(error: SubmitError) -> Self {
        match error {
            SubmitError::NotTaken(reason) => Self::NotTaken(reason),
            SubmitError::Node(error) => Self::internal(&error),
        }
    }

    pub(super) fn internal(error: &(dyn Error + 'static)) -> Self {
        Self::Internal { number: record(error) }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::BadParameter { .. }
            | Self::BadServerName
            | Self::BadHash
            | Self::BadBody { .. } => StatusCode::BAD_REQUEST,
            Self::NotTaken(reason) => status_of(*reason),
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::UnknownCommunity
            | Self::UnknownServer
            | Self::UnlistedServer(_)
            | Self::NotAsked
            | Self::UnknownDocument
            | Self::UnknownPath => StatusCode::NOT_FOUND,
            Self::ErasedDocument => StatusCode::GONE,
            Self::MethodNotAllowed | Self::OnlyPost => StatusCode::METHOD_NOT_ALLOWED,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable code.
    const fn code(&self) -> &'static str {
        match self {
            Self::BadParameter { .. } => "request.bad-parameter",
            Self::UnknownCommunity => "community.unknown",
            Self::BadServerName => "server.bad-name",
            Self::UnknownServer => "server.unknown",
            Self::UnlistedServer(_) => "server.unlisted",
            Self::NotAsked => "status.not-asked",
            Self::BadHash => "document.bad-hash",
            Self::UnknownDocument => "document.unknown",
            Self::ErasedDocument => "document.erased",
            Self::UnknownPath => "request.unknown-path",
            Self::MethodNotAllowed | Self::OnlyPost => "request.method-not-allowed",
            Self::UnsupportedType { .. } => "request.unsupported-type",
            Self::TooLarge => "request.too-large",
            Self::TooSlow => "request.too-slow",
            Self::BadBody { .. } => "request.bad-body",
            Self::NotTaken(reason) => reason.code(),
            Self::Internal { .. } => "internal",
        }
    }

    fn message(&self) -> String {
        let text = match self {
            Self::BadParameter { rule } => rule,
            Self::UnknownCommunity => {
                "this node serves no community with this id; /api/v1/communities names them"
            }
            Self::BadServerName => "this is not a Matrix server name in lower case",
            Self::UnknownServer => "nobody whom this community trusts speaks of this server",
            Self::UnlistedServer(_) => "unlisted by its operator",
            Self::NotAsked => "this node does not ask this server for its profile",
            Self::BadHash => "a document is named by the SHA-256 of its bytes: 64 digits 0-9, a-f",
            Self::UnknownDocument => "this node has no document with these bytes",
            Self::ErasedDocument => {
                "this document stopped to count more than 30 days ago; its bytes were erased"
            }
            Self::UnknownPath => "nothing is at this address",
            Self::MethodNotAllowed => "this address can only be read, with GET or HEAD",
            Self::OnlyPost => "this address takes submissions, with POST",
            Self::UnsupportedType { media_type } => return format!("send {media_type}"),
            Self::TooLarge => "the body may have at most 1,000 bytes",
            Self::TooSlow => "the body did not arrive within 10 seconds",
            Self::BadBody { rule } => rule,
            Self::NotTaken(reason) => return reason.to_string(),
            Self::Internal { number } => {
                return format!(
                    "something went wrong on this node; its log says more under {number}"
                );
            }
        };
        text.to_owned()
    }
}

impl IntoResponse for ApiFailure {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            error: Said<'a>,
            #[serde(skip_serializing_if = "Option::is_none")]
            warnings: Option<Vec<Reason<'a>>>,
        }
        #[derive(Serialize)]
        struct Said<'a> {
            code: &'a str,
            message: String,
        }
        let warnings = match &self {
            Self::UnlistedServer(server) => Some(server.warnings().collect()),
            _ => None,
        };
        let error = Said { code: self.code(), message: self.message() };
        let retry_after = match &self {
            Self::NotTaken(reason) => reason.retry_after().map(|wait| AppendHeaders([again(wait)])),
            _ => None,
        };
        (self.status(), retry_after, Json(Body { error, warnings })).into_response()
    }
}
