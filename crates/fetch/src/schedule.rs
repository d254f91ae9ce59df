//! When to ask a host again: arithmetic only, without clock and randomness.

use std::time::Duration;

use hyper::header::{AGE, CACHE_CONTROL, HeaderMap};

/// The longest time for which a host's `Cache-Control: max-age` keeps a file from being asked for
/// again. Documents carry dates that say how long they count, and a withdrawal must be noticed.
pub const MAX_FRESH_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest wait after failures, however many there were, unless the regular wait is longer.
pub const MAX_BACK_OFF: Duration = Duration::from_secs(24 * 60 * 60);

/// A wait grows by up to one part in so many, so that the sources of one node, and the nodes that
/// were started together, do not all ask at the same moment.
pub const JITTER_PARTS: u64 = 10;

/// What came of asking, as far as it says when to ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempted {
    /// The host answered as it should.
    Answered {
        /// For how long it says that asking again is no use; see
        /// [`Answer::Fresh`](crate::Answer::Fresh).
        fresh_for: Duration,
    },
    /// It did not.
    Failed {
        /// How often in a row, this time included; 0 counts as 1.
        times: u32,
        /// How long a busy host asks to be left alone; see
        /// [`Failure::Busy`](crate::Failure::Busy).
        retry_after: Option<Duration>,
    },
}

/// How long to wait before a source is asked again. `regular` is how often its node asks by
/// itself; `seed` is any number, best one that differs by source and attempt.
///
/// Never less than `regular`, nor than what the host asked for within the bounds
/// [`MAX_FRESH_FOR`] and [`MAX_RETRY_AFTER`](crate::MAX_RETRY_AFTER). After failures it doubles
/// each time up to [`MAX_BACK_OFF`]. To all that comes the jitter ([`JITTER_PARTS`]).
///
/// ```
/// use std::time::Duration;
/// use wellspring_fetch::{Attempted, wait_before_next};
///
/// let hour = Duration::from_secs(3_600);
/// let failed = Attempted::Failed { times: 3, retry_after: None };
/// assert_eq!(wait_before_next(hour, failed, 0), 8 * hour);
/// ```
#[must_use]
pub fn wait_before_next(regular: Duration, attempted: Attempted, seed: u64) -> Duration {
    let wait = match attempted {
        Attempted::Answered { fresh_for } => regular.max(fresh_for.min(MAX_FRESH_FOR)),
        Attempted::Failed { times, retry_after } => {
            let doubled = regular.saturating_mul(2_u32.saturating_pow(times.max(1)));
            let asked_for = retry_after.unwrap_or_default().min(crate::MAX_RETRY_AFTER);
            doubled.min(MAX_BACK_OFF.max(regular)).max(asked_for)
        }
    };
    wait.saturating_add(jitter(wait, seed))
}

/// From nothing to a part of the wait, in whole seconds where it has any.
fn jitter(wait: Duration, seed: u64) -> Duration {
    let most = wait.as_secs() / JITTER_PARTS;
    // Neighbouring seeds end up far apart (Fibonacci hashing).
    let spread = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    Duration::from_secs(spread % most.saturating_add(1))
}

/// What a host says about keeping an answer (RFC 9111, section 5.2.2).
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CacheControl {
    /// Nothing of it is to be kept.
    pub(crate) no_store: bool,
    no_cache: bool,
    max_age: Option<Duration>,
}

impl CacheControl {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut found = Self::default();
        let lines = headers.get_all(CACHE_CONTROL).iter().filter_map(|line| line.to_str().ok());
        for directive in lines.flat_map(|line| line.split(',')) {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" => found.no_store = true,
                "no-cache" => found.no_cache = true,
                // Of two that differ the shorter holds (RFC 9111, section 4.2.1).
                "max-age" => {
                    let told = seconds(value.trim().trim_matches('"')).unwrap_or_default();
                    found.max_age = Some(found.max_age.map_or(told, |other| other.min(told)));
                }
                _ => {}
            }
        }
        found
    }
}

/// For how long an answer says that it stays as it is, less the time that it spent in caches.
pub(crate) fn fresh_for(headers: &HeaderMap) -> Duration {
    let CacheControl { no_store, no_cache, max_age } = CacheControl::of(headers);
    if no_store || no_cache {
        return Duration::ZERO;
    }
    let age = headers.get(AGE).and_then(|age| seconds(age.to_str().ok()?)).unwrap_or_default();
    max_age.unwrap_or_default().saturating_sub(age).min(MAX_FRESH_FOR)
}

/// Digits that do not fit are a very long time.
fn seconds(text: &str) -> Option<Duration> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn failed(times: u32, retry_after: Option<Duration>) -> Attempted {
        Attempted::Failed { times, retry_after }
    }

    #[test]
    fn a_source_that_fails_is_asked_more_and_more_rarely_up_to_a_day() {
        let hours = |regular, times| {
            wait_before_next(regular, failed(times, None), 0).as_secs_f64() / 3_600.0
        };
        let waits: Vec<f64> = (0..8).map(|times| hours(HOUR, times)).collect();
        assert_eq!(waits, [2.0, 2.0, 4.0, 8.0, 16.0, 24.0, 24.0, 24.0]);
        assert_eq!(hours(HOUR, u32::MAX), 24.0);
        // Who asks once a week does not ask more often because of a failure.
        assert_eq!(hours(168 * HOUR, 3), 168.0);
    }

    #[test]
    fn what_a_host_asks_for_is_granted_within_bounds_and_never_shortens_a_wait() {
        let answered = |fresh_for| wait_before_next(HOUR, Attempted::Answered { fresh_for }, 0);
        assert_eq!(answered(Duration::ZERO), HOUR);
        assert_eq!(answered(HOUR / 2), HOUR);
        assert_eq!(answered(5 * HOUR), 5 * HOUR);
        assert_eq!(answered(Duration::MAX), MAX_FRESH_FOR);
        let busy = |wait| wait_before_next(HOUR, failed(1, Some(wait)), 0);
        assert_eq!(busy(Duration::ZERO), 2 * HOUR);
        assert_eq!(busy(7 * HOUR), 7 * HOUR);
        assert_eq!(busy(Duration::MAX), crate::MAX_RETRY_AFTER);
    }

    #[test]
    fn the_jitter_adds_up_to_a_tenth_and_spreads_over_all_of_it() {
        let fresh_for = Duration::ZERO;
        let waits: Vec<Duration> = (0..1_000)
            .map(|seed| wait_before_next(HOUR, Attempted::Answered { fresh_for }, seed))
            .collect();
        assert!(waits.iter().all(|wait| (HOUR..=HOUR + HOUR / 10).contains(wait)));
        for part in 0..10 {
            let from = HOUR + part * HOUR / 100;
            let there = waits.iter().filter(|wait| (from..from + HOUR / 100).contains(*wait));
            assert!(there.count() > 50, "few waits in part {part}");
        }
        let longest = wait_before_next(Duration::MAX, failed(1, None), u64::MAX);
        assert_eq!(longest, Duration::MAX, "no overflow");
    }

    #[test]
    fn only_a_max_age_that_is_meant_keeps_a_file_fresh() {
        for (text, age, expected) in [
            ("max-age=60", "0", 60),
            ("Max-Age=60, public", "20", 40),
            ("max-age=60", "61", 0),
            ("max-age=60", "old", 60),
            ("max-age=\"60\"", "0", 60),
            ("max-age=60, max-age=30", "0", 30),
            ("max-age=99999999999999999999999", "0", 86_400),
            ("max-age=86401", "0", 86_400),
            ("max-age=-1", "0", 0),
            ("max-age", "0", 0),
            ("s-maxage=60", "0", 0),
            ("no-cache, max-age=60", "0", 0),
            ("max-age=60, no-store", "0", 0),
            ("", "0", 0),
        ] {
            let headers = HeaderMap::from_iter([
                (CACHE_CONTROL, text.parse().unwrap()),
                (AGE, age.parse().unwrap()),
            ]);
            assert_eq!(fresh_for(&headers), Duration::from_secs(expected), "{text:?}");
        }
        assert_eq!(fresh_for(&HeaderMap::new()), Duration::ZERO);
    }
}
