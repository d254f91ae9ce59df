//! How much, how long and how many at once.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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
    /// For lookup, connection and TLS handshake together. 5 seconds by default.
    pub connect: Duration,
    /// Between two pieces of an answer. 10 seconds by default.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), idle: Duration::from_secs(10) }
    }
}

/// How many requests run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concurrency {
    /// In all. 128 by default: 200 silent hosts hold up a good one for one deadline at most, and
    /// as many profiles of the largest size in flight take 32 MB.
    pub total: NonZeroUsize,
    /// To one host. 2 by default, so that a node is no burden to anybody.
    pub per_host: NonZeroUsize,
}

impl Default for Concurrency {
    fn default() -> Self {
        const TOTAL: NonZeroUsize = NonZeroUsize::new(128).unwrap();
        const PER_HOST: NonZeroUsize = NonZeroUsize::new(2).unwrap();
        Self { total: TOTAL, per_host: PER_HOST }
    }
}

/// The places that requests take.
pub(crate) struct Places {
    total: Arc<Semaphore>,
    per_host: usize,
    hosts: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// A place among all requests and one among those to a host, given back when dropped.
pub(crate) struct Place {
    _host: Option<OwnedSemaphorePermit>,
    _total: Option<OwnedSemaphorePermit>,
}

impl Places {
    pub(crate) fn new(concurrency: Concurrency) -> Self {
        Self {
            total: Arc::new(Semaphore::new(concurrency.total.get())),
            per_host: concurrency.per_host.get(),
            hosts: Mutex::default(),
        }
    }

    /// Waits for a place. The host's comes first: whoever waits for a busy host takes no place
    /// from the others, and whoever holds a place among all waits for nothing more.
    pub(crate) async fn take(&self, host: &str) -> Place {
        // The semaphores are never closed, so a permit always comes.
        let host = self.host(host).acquire_owned().await.ok();
        let total = Arc::clone(&self.total).acquire_owned().await.ok();
        Place { _host: host, _total: total }
    }

    fn host(&self, host: &str) -> Arc<Semaphore> {
        // Nothing panics while the lock is held, and the map is whole at every point.
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(semaphore) = hosts.get(host).and_then(Weak::upgrade) {
            return semaphore;
        }
        // Hosts that nobody asks any more leave when the map would have to grow.
        if hosts.len() == hosts.capacity() {
            hosts.retain(|_, semaphore| semaphore.strong_count() > 0);
        }
        let semaphore = Arc::new(Semaphore::new(self.per_host));
        hosts.insert(host.to_owned(), Arc::downgrade(&semaphore));
        semaphore
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn places(total: usize, per_host: usize) -> Places {
        let count = |n| NonZeroUsize::new(n).unwrap();
        Places::new(Concurrency { total: count(total), per_host: count(per_host) })
    }

    fn take(places: &Places, host: &str) -> Option<Place> {
        match pin!(places.take(host)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(place) => Some(place),
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_busy_host_delays_only_itself() {
        let places = places(3, 1);
        let first = take(&places, "a.test");
        assert!(first.is_some());
        assert!(take(&places, "a.test").is_none());
        assert!(take(&places, "b.test").is_some());
        drop(first);
        assert!(take(&places, "a.test").is_some());
    }

    #[test]
    fn all_hosts_together_are_bounded() {
        let places = places(2, 2);
        let held = (take(&places, "a.test"), take(&places, "b.test"));
        assert!(take(&places, "c.test").is_none());
        drop(held);
        assert!(take(&places, "c.test").is_some());
    }

    #[test]
    fn hosts_of_the_past_are_forgotten() {
        let places = places(1, 1);
        for host in 0..10_000 {
            assert!(take(&places, &host.to_string()).is_some());
        }
        assert!(places.hosts.lock().unwrap().len() < 100);
    }

    #[test]
    fn a_larger_file_may_take_longer() {
        assert_eq!(GetLimits::up_to(256 * 1024).deadline, Duration::from_secs(11));
        assert_eq!(GetLimits::up_to(8 * 1024 * 1024).deadline, Duration::from_secs(42));
    }
}
