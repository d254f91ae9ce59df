use std::fmt;
use std::sync::{Mutex, PoisonError};

use wellspring_document::{CLOCK_SKEW_SECONDS, Timestamp};

/// Where the time comes from. The one place in Wellspring that reads the machine's clock;
/// everything that decides takes the time as an argument.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still, for tests. It is taken like the machine's: where it is
    /// behind what the node has seen, the node does not believe it.
    Fixed(Timestamp),
    /// No clock, but the moment to look at, be it long ago: a calculation that neither heeds
    /// nor changes what the node knows of the time.
    Moment(Timestamp),
    /// A moment that a test moves, in seconds since 1970.
    #[cfg(test)]
    Hand(&'static std::sync::atomic::AtomicI64),
}

impl Clock {
    /// The time now. A clock set before 1970 or after 9999 counts as the nearest of both.
    pub fn now(self) -> Timestamp {
        match self {
            Self::Fixed(now) | Self::Moment(now) => now,
            #[cfg(test)]
            Self::Hand(seconds) => {
                Timestamp::MIN.plus_seconds(seconds.load(std::sync::atomic::Ordering::Relaxed))
            }
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "this is the one place")]
                let now = std::time::SystemTime::now();
                let seconds = now
                    .duration_since(std::time::UNIX_EPOCH)
                    .map_or(0, |elapsed| i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX));
                Timestamp::MIN.plus_seconds(seconds)
            }
        }
    }

    /// Seconds that pass whatever the clock is set to, from some moment on.
    fn seconds_passed(self) -> i64 {
        match self {
            Self::System => {
                static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
                let passed = START.get_or_init(std::time::Instant::now).elapsed();
                i64::try_from(passed.as_secs()).unwrap_or(i64::MAX)
            }
            _ => 0,
        }
    }
}

/// That the machine's clock is behind a time that the node has already seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockBehind {
    /// What the clock says.
    pub clock: Timestamp,
    /// The latest time that the node has seen.
    pub seen: Timestamp,
}

impl fmt::Display for ClockBehind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clock, seen } = self;
        write!(
            f,
            "this machine's clock says {clock}, but this node has already seen {seen}; it goes on \
             from there, so that nothing that has expired counts again. Set the clock right. If \
             it is right and was ahead before, run `wellspring sync --clock-is-right` once, with \
             the options of this node"
        )
    }
}

/// The time of a node: that of its clock, but never before the latest that it has seen.
///
/// Whoever can set the clock back could otherwise make expired documents count again
/// (threat: freeze), and the node would refuse all newer ones as from the future. While the
/// clock is behind by more than the skew that is tolerated, time goes on from the latest one
/// that was seen, as fast as it passes.
#[derive(Debug)]
pub(crate) struct NodeTime {
    clock: Clock,
    floor: Mutex<Floor>,
}

#[derive(Debug, Clone, Copy)]
struct Floor {
    /// The latest time that was seen.
    seen: Timestamp,
    /// What [`Clock::seconds_passed`] was when that was noted.
    noted: i64,
}

impl NodeTime {
    pub(crate) const fn new(clock: Clock) -> Self {
        Self { clock, floor: Mutex::new(Floor { seen: Timestamp::MIN, noted: 0 }) }
    }

    /// Takes note of the latest time that was seen, as it is on record. It may be earlier
    /// than the one before: then somebody said that the clock is right.
    pub(crate) fn note(&self, seen: Option<Timestamp>) {
        let seen = seen.filter(|_| self.heeds_the_past()).unwrap_or(Timestamp::MIN);
        let mut floor = self.floor.lock().unwrap_or_else(PoisonError::into_inner);
        if floor.seen != seen {
            *floor = Floor { seen, noted: self.clock.seconds_passed() };
        }
    }

    /// Whether what the node does moves the latest time that it has seen.
    pub(crate) const fn heeds_the_past(&self) -> bool {
        !matches!(self.clock, Clock::Moment(_))
    }

    pub(crate) fn now(&self) -> Timestamp {
        let (clock, floor) = (self.clock.now(), self.floor());
        match behind(clock, floor.seen) {
            Some(_) => floor.seen.plus_seconds(self.clock.seconds_passed() - floor.noted),
            None => clock.max(floor.seen),
        }
    }

    pub(crate) fn behind(&self) -> Option<ClockBehind> {
        behind(self.clock.now(), self.floor().seen)
    }

    fn floor(&self) -> Floor {
        *self.floor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn behind(clock: Timestamp, seen: Timestamp) -> Option<ClockBehind> {
    (clock.plus_seconds(CLOCK_SKEW_SECONDS) < seen).then_some(ClockBehind { clock, seen })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[test]
    fn time_never_goes_back_and_a_clock_that_is_far_behind_is_told() {
        let start: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let hand = Box::leak(Box::new(AtomicI64::new(start.unix())));
        let time = NodeTime::new(Clock::Hand(hand));
        let set = |seconds| hand.store(start.plus_seconds(seconds).unix(), Ordering::Relaxed);
        assert_eq!((time.now(), time.behind()), (start, None));

        time.note(Some(start));
        set(-300);
        assert_eq!((time.now(), time.behind()), (start, None), "clocks differ a little");
        set(-301);
        assert_eq!(time.now(), start);
        let behind = ClockBehind { clock: start.plus_seconds(-301), seen: start };
        assert_eq!(time.behind(), Some(behind));
        set(60);
        assert_eq!((time.now(), time.behind()), (start.plus_seconds(60), None));

        // Somebody said that the clock is right.
        set(-86_400);
        time.note(Some(start.plus_days(-1)));
        assert_eq!((time.now(), time.behind()), (start.plus_days(-1), None));
    }

    #[test]
    fn a_moment_to_look_at_is_no_clock() {
        let moment: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        let time = NodeTime::new(Clock::Moment(moment));
        time.note(Some(moment.plus_days(3_000)));
        assert_eq!((time.now(), time.behind()), (moment, None));
    }

    #[test]
    fn while_the_clock_is_behind_time_goes_on() {
        let ahead = Clock::System.now().plus_days(10);
        let time = NodeTime::new(Clock::System);
        time.note(Some(ahead));
        let first = time.now();
        assert!(first >= ahead && time.behind().is_some());
        // Noting the same again does not stop it.
        time.floor.lock().unwrap().noted -= 60;
        time.note(Some(ahead));
        assert!(time.now() >= ahead.plus_seconds(60));
    }
}
