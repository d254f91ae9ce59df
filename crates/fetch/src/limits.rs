//! How much, how long and how many at once.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

/// What one [`get`](crate::Client::get) may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GetLimits {
    /// The longest body, in bytes. One byte more is an error, not a shorter file.
    pub max_bytes: usize,
    /// How long lookups, connections, redirects and body may take together. Waiting for a free
    /// place among the client's own requests does not count: that is not the host's fault.
    pub deadline: Duration,
}

impl GetLimits {
    /// At most `max_bytes`, in 10 seconds and one more for every 256 kB: enough for a slow line
    /// (2 Mbit/s), too short to hold a place with a byte now and then.
    #[must_use]
    pub fn up_to(max_bytes: usize) -> Self {
        const BYTES_PER_SECOND: usize = 256 * 1024;
        let transfer = u64::try_from(max_bytes / BYTES_PER_SECOND).unwrap_or(u64::MAX);
        Self { max_bytes, deadline: Duration::from_secs(transfer.saturating_add(10)) }
    }
}

/// How long a host may be silent. The deadline of [`GetLimits`] holds besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a lookup, for a connection and for a TLS handshake, each. Where a name has further
    /// addresses to try, one gets half of it. 5 seconds by default.
    pub connect: Duration,
    /// For the head of an answer as a whole, and between two pieces of its body. 10 seconds by
    /// default.
    pub idle: Duration,
    /// After which a request makes room where others wait; see [`Concurrency`]. Half a
    /// second by default: four round trips around half the world, or a thousand silent hosts
    /// got out of the way within two seconds.
    pub patience: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(10),
            patience: Duration::from_millis(500),
        }
    }
}

/// How many requests run at once.
///
/// Hosts that let others wait do it among themselves: a request that is not done within
/// [`Timeouts::patience`] goes on as one of the slow ones. Where there is no room among those and
/// others wait for a place, it is broken off, goes to the end of the queue and begins once more
/// with twice the patience, as often as its deadline allows: everybody gets a little time before
/// anybody gets much, and nobody is refused for being slow. At most half of the quick places are
/// for what was broken off before: so whoever comes late, since others of its host or address were
/// before it, waits for none of those. A request that was quick leaves its place to the next one to
/// the same address, where one waits: the names of a large provider do not queue up again one after
/// the other behind all hosts that are silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concurrency {
    /// How many places there are that no request keeps for long while others wait. 256 by
    /// default.
    pub quick: NonZeroUsize,
    /// How many more there are, which slow requests may keep. 256 by default: together as many
    /// connections as a process may have on most systems (1,024 open files) without getting into
    /// the way of everything else, and 128 MB if all of them fill up with a profile of the largest
    /// size.
    pub slow: NonZeroUsize,
    /// To one host. 2 by default, so that a node is no burden to anybody.
    pub per_host: NonZeroUsize,
    /// To one address, whatever the names that lead there, so that nobody turns a node against a
    /// victim by giving it a thousand names (an IPv6 network of 64 bits counts as one address).
    /// 4 by default: many servers share the address of one provider.
    pub per_address: NonZeroUsize,
}

impl Default for Concurrency {
    fn default() -> Self {
        const LANE: NonZeroUsize = NonZeroUsize::new(256).unwrap();
        const PER_HOST: NonZeroUsize = NonZeroUsize::new(2).unwrap();
        const PER_ADDRESS: NonZeroUsize = NonZeroUsize::new(4).unwrap();
        Self { quick: LANE, slow: LANE, per_host: PER_HOST, per_address: PER_ADDRESS }
    }
}

/// How many requests begin in a time, towards one domain and towards one address.
///
/// Loopback addresses, and the names to which a [`Development`](crate::Development) configuration
/// gives fixed addresses, are exempt: nobody else is there to be bothered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How many in each second, in the long run. 10 by default.
    pub per_second: NonZeroU32,
    /// How many may begin at once after a pause. 20 by default.
    pub burst: NonZeroU32,
    /// The longest that a request waits for its turn; one that would have to wait longer is not
    /// sent and ends as [`Failure::Postponed`](crate::Failure::Postponed). 5 minutes by default:
    /// 3,000 names of one domain.
    pub max_wait: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        const PER_SECOND: NonZeroU32 = NonZeroU32::new(10).unwrap();
        const BURST: NonZeroU32 = NonZeroU32::new(20).unwrap();
        Self { per_second: PER_SECOND, burst: BURST, max_wait: Duration::from_secs(300) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_file_may_take_longer() {
        assert_eq!(GetLimits::up_to(256 * 1024).deadline, Duration::from_secs(11));
        assert_eq!(GetLimits::up_to(8 * 1024 * 1024).deadline, Duration::from_secs(42));
    }
}
