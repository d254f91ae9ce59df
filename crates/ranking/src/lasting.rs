//! How long what was found of a server holds while no document changes.

use wellspring_document::Timestamp;

use crate::service::{certificate_lasts_until, watched_days};
use crate::terms::Terms;
use crate::view::{Assessment, ProfileStatus};

/// The next moment after that of the terms at which time alone can change what was found of a
/// server, on the same day (UTC): its waiting period ends, its profile expires, it has been
/// watched for a day more, its certificate lasts for less than the policy asks. With the day
/// ends more: dates of reviews, of releases and of what operators declare grow old.
pub(crate) fn holds_until(server: &Assessment, terms: &Terms) -> Timestamp {
    let waiting = server.waited.map(|waited| waited.until(terms));
    let counting = || server.profile.document.as_ref().map(|document| document.expires_at());
    let profile = (server.profile.status == ProfileStatus::Confirmed).then(counting).flatten();
    let measured = server.measured.as_ref();
    let watched = measured.and_then(|it| {
        let days = watched_days(it, terms.now)?;
        Some(it.first_seen_at?.plus_days(i64::from(days) + 1))
    });
    let certificate = measured.and_then(|it| certificate_lasts_until(it, terms));
    let moments = [waiting, profile, watched, certificate].into_iter().flatten();
    moments.filter(|moment| *moment > terms.now).min().unwrap_or(Timestamp::MAX)
}
