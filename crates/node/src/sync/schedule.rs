//! When sources are asked again.

use std::time::Duration;

use wellspring_document::{BytesHash, IssuerId, Timestamp};
use wellspring_fetch::{
    Attempted, JITTER_PARTS, MAX_BACK_OFF, MAX_FRESH_FOR, MAX_RETRY_AFTER, wait_before_next,
};
use wellspring_store::{Source, SourceKey};

use crate::config::Config;
use crate::submissions::SECONDS_UNTIL_ASKED_ANEW;

/// The shortest pause between two rounds, in seconds: what comes due within it is asked
/// together.
const SHORTEST_PAUSE_SECONDS: i64 = 60;

/// How often a node asks by itself.
fn regular(config: &Config) -> Duration {
    Duration::from_secs(u64::from(config.sync.every_minutes) * 60)
}

/// When a source on this machine is read again. That costs nobody anything: there is no
/// jitter, and one that fails is not left alone for longer.
pub(super) fn next_reading(config: &Config, at: Timestamp) -> Timestamp {
    plus(at, regular(config))
}

/// When a host is asked again that was asked at `at`. `own` is the node's issuer: with it, no
/// two nodes and no two sources have the same jitter.
pub(super) fn next_question(
    config: &Config,
    own: &IssuerId,
    (key, attempted): (&SourceKey, Attempted),
    at: Timestamp,
) -> Timestamp {
    let of = format!("{} {} {} {}", own.as_str(), key.kind.as_str(), key.location, at.unix());
    let seed = BytesHash::of(of.as_bytes());
    let seed = seed.as_bytes().iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
    plus(at, wait_before_next(regular(config), attempted, seed))
}

/// When a host is asked again that gave no profile and that only a submission names, be it a
/// refusal or none at all: after as long as it has been submitted, at least an hour and at most
/// a day. So it is asked often when its operator may be at work, and seldom when somebody
/// submitted it for nothing (threat: amplification), however often this node asks those whom
/// it knows. `next` is when it would be asked otherwise.
pub(super) fn next_in_vain(submitted_at: Timestamp, at: Timestamp, next: Timestamp) -> Timestamp {
    let waited = at.seconds_since(submitted_at).max(SECONDS_UNTIL_ASKED_ANEW);
    let waited = Duration::from_secs(waited.unsigned_abs());
    next.max(plus(at, waited.min(MAX_BACK_OFF)))
}

/// Whether a host that gave no profile is asked before its time because it was submitted
/// again. One that fails may have said when it wants to be asked.
pub(super) fn is_anew(source: &Source, submitted_at: Timestamp) -> bool {
    source.failure.is_none() && source.last_attempt.is_some_and(|last| last < submitted_at)
}

/// Whether the time of a source has come. What was written down by a configuration with a
/// longer time between questions, or by a clock that was ahead, keeps it waiting for no longer
/// than the longest wait of today.
pub(super) fn is_due(source: &Source, config: &Config, now: Timestamp) -> bool {
    let Some((last, next)) = source.last_attempt.zip(source.next_attempt) else { return true };
    next.min(plus(last, longest_wait(config))) <= now
}

fn longest_wait(config: &Config) -> Duration {
    let longest = MAX_BACK_OFF.max(MAX_FRESH_FOR).max(MAX_RETRY_AFTER).max(regular(config));
    longest + longest / u32::try_from(JITTER_PARTS).unwrap_or(1)
}

/// How long to wait between two rounds, in seconds: until the next source is due, at least a
/// minute and at most `longest`.
pub(crate) fn pause(due: Option<Timestamp>, longest: i64, now: Timestamp) -> i64 {
    let until_due = due.map_or(longest, |due| due.seconds_since(now));
    until_due.clamp(SHORTEST_PAUSE_SECONDS.min(longest), longest)
}

fn plus(at: Timestamp, wait: Duration) -> Timestamp {
    at.plus_seconds(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
