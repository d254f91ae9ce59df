//! What names served this node becomes an observation report of its own issuer.

use wellspring_document::{
    Kind, Localized, MAX_ENTRIES, Observation, ObservationReport, Observer, ServerName,
    SightStatus, TextError, Timestamp, Verified,
};
use wellspring_store::NameSight;

use crate::config::NodeConfig;

/// How long a report is valid, in days: as long as it may be.
pub(crate) const VALID_DAYS: i64 = Kind::ObservationReport.max_lifetime_days();

/// How many bytes of a report the entries can take: what a report may have, less what the
/// rest of it takes, a key history of many states included.
const MAX_BYTES_OF_ENTRIES: usize = Kind::ObservationReport.max_bytes() - 500_000;

/// A report whose contents have not changed is signed again when it is that old, so that
/// "last seen" stays true to the day and the report never expires.
const SECONDS_UNTIL_REPEATED: i64 = 86_400;

/// The report of what the names served.
pub(crate) fn observation_report(
    config: &NodeConfig,
    sights: &[(ServerName, NameSight)],
) -> Result<ObservationReport, TextError> {
    let host = config.public_url.as_ref().and_then(|url| url.host_str());
    let name = host.map_or_else(|| "This node".to_owned(), |host| format!("The node at {host}"));
    let mut report = ObservationReport::new(Observer::new(Localized::english(name)?));
    // Where not all fit, those that would be missed least are left out.
    let is_absent = |(_, sight): &&(ServerName, NameSight)| sight.status == SightStatus::Absent;
    let (absent, others): (Vec<_>, Vec<_>) = sights.iter().partition(is_absent);
    let mut bytes_left = MAX_BYTES_OF_ENTRIES;
    report.entries = others
        .into_iter()
        .chain(absent)
        .map(|(server_name, sight)| entry(server_name, sight))
        .take(MAX_ENTRIES)
        .map_while(|entry| {
            bytes_left = bytes_left.checked_sub(written_bytes(&entry))?;
            Some(entry)
        })
        .collect();
    if report.entries.len() < sights.len() {
        let left_out = sights.len() - report.entries.len();
        tracing::warn!(left_out, "the node saw more names than one report can hold");
    }
    Ok(report)
}

fn entry(server_name: &ServerName, sight: &NameSight) -> Observation {
    let mut entry = Observation::new(server_name.clone(), sight.seen_at);
    entry.profile = Some(sight.sight());
    entry.first_seen_at = Some(sight.name_first_seen_at);
    entry
}

/// The bytes that an entry takes in the document, with the comma behind it.
fn written_bytes(entry: &Observation) -> usize {
    // What cannot be written cannot be signed either, which says why.
    serde_json::to_vec(entry).map_or(0, |bytes| bytes.len() + 1)
}

/// Whether `next` has to be signed in the place of `current`.
pub(crate) fn is_due(
    current: Option<&Verified<ObservationReport>>,
    next: &ObservationReport,
    now: Timestamp,
) -> bool {
    current.is_none_or(|current| {
        // One from the future (the clock was wrong) is refused everywhere.
        !(0..SECONDS_UNTIL_REPEATED).contains(&now.seconds_since(current.issued_at()))
            || without_times(current.body()) != without_times(next)
    })
}

/// The report as if everything in it had been seen at one moment.
fn without_times(report: &ObservationReport) -> ObservationReport {
    let mut report = report.clone();
    for entry in &mut report.entries {
        entry.observed_at = Timestamp::MIN;
        if let Some(sight) = &mut entry.profile {
            sight.seen_at = Timestamp::MIN;
        }
    }
    report
}

#[cfg(test)]
mod tests;
