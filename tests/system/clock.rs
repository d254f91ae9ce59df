//! The moments of the tests.

use wellspring_document::Timestamp;

/// The moment at which everything begins.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// So many hours later.
pub(crate) fn hours_later(hours: i64) -> Timestamp {
    now().plus_seconds(hours * 3_600)
}
