//! The places that requests take, so that nobody who is slow holds up anybody else.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::limits::Concurrency;

/// What counts as one machine when requests to it are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Machine {
    /// An address, or the network of one.
    Address(IpAddr),
    /// A port of this machine, where each is a host of its own while one develops.
    Loopback(SocketAddr),
}

impl Machine {
    pub(crate) fn at(socket: SocketAddr) -> Self {
        match socket.ip() {
            address if address.is_loopback() => Self::Loopback(socket),
            address @ IpAddr::V4(_) => Self::Address(address),
            // Whoever has one address of a network of 64 bits has all of them (RFC 6177).
            IpAddr::V6(address) => {
                let network = Ipv6Addr::from(u128::from(address) >> 64 << 64);
                Self::Address(network.into())
            }
        }
    }
}

/// The places of one client.
pub(crate) struct Places {
    hosts: Keyed<String>,
    machines: Keyed<Machine>,
    lanes: Lanes,
}

impl Places {
    pub(crate) fn new(concurrency: Concurrency) -> Self {
        let Concurrency { quick, slow, per_host, per_address } = concurrency;
        Self {
            hosts: Keyed::new(per_host),
            machines: Keyed::new(per_address),
            lanes: Lanes::new(quick, slow),
        }
    }

    /// Waits for a place among the requests to a host, holding nothing else meanwhile.
    pub(crate) async fn host(&self, host: &str) -> KeyedPlace {
        self.hosts.take(host.to_owned()).await
    }

    /// Waits for a place among the requests to a machine, holding only that of the host.
    pub(crate) async fn machine(&self, socket: SocketAddr) -> KeyedPlace {
        self.machines.take(Machine::at(socket)).await
    }

    /// The places among all requests, which are waited for last: whoever holds one works.
    pub(crate) fn lanes(&self) -> &Lanes {
        &self.lanes
    }
}

/// A place, given back when dropped.
pub(crate) struct Place(#[expect(dead_code, reason = "held until dropped")] OwnedSemaphorePermit);

async fn take(semaphore: Arc<Semaphore>) -> Place {
    match semaphore.acquire_owned().await {
        Ok(permit) => Place(permit),
        // No semaphore here is ever closed.
        Err(_) => std::future::pending().await,
    }
}

/// So many places for each key.
struct Keyed<Key> {
    each: usize,
    gates: Mutex<HashMap<Key, Weak<Gate>>>,
}

impl<Key: Eq + Hash> Keyed<Key> {
    fn new(each: NonZeroUsize) -> Self {
        Self { each: each.get(), gates: Mutex::default() }
    }

    async fn take(&self, key: Key) -> KeyedPlace {
        let gate = self.gate(key);
        let before = AtGate::of(&gate);
        let place = take(Arc::clone(&gate.places)).await;
        let lane = before.enter();
        KeyedPlace { lane, gate, _place: place }
    }

    fn gate(&self, key: Key) -> Arc<Gate> {
        // Nothing panics while the lock is held, and the map is whole at every point.
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(&key).and_then(Weak::upgrade) {
            return gate;
        }
        // Keys that nobody asks for any more leave when the map would have to grow.
        if gates.len() == gates.capacity() {
            gates.retain(|_, gate| gate.strong_count() > 0);
        }
        let gate = Gate {
            places: Arc::new(Semaphore::new(self.each)),
            handed: Mutex::new(Handed { waiting: 0, lanes: Vec::new() }),
        };
        let gate = Arc::new(gate);
        gates.insert(key, Arc::downgrade(&gate));
        gate
    }
}

/// The places of one key.
struct Gate {
    places: Arc<Semaphore>,
    handed: Mutex<Handed>,
}

/// What those who were before leave to those who come next.
struct Handed {
    /// How many wait for a place of the key.
    waiting: usize,
    /// No more places among all requests than there are some who wait.
    lanes: Vec<LanePlace>,
}

impl Gate {
    fn handed(&self) -> MutexGuard<'_, Handed> {
        // Nothing panics while the lock is held, and the numbers are right at every point.
        self.handed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a place of a key until it is dropped.
struct AtGate<'a>(&'a Gate);

impl<'a> AtGate<'a> {
    fn of(gate: &'a Gate) -> Self {
        gate.handed().waiting += 1;
        Self(gate)
    }

    /// Goes in, with what was left for the next one.
    fn enter(self) -> Option<LanePlace> {
        self.0.handed().lanes.pop()
    }
}

impl Drop for AtGate<'_> {
    fn drop(&mut self) {
        let mut handed = self.0.handed();
        handed.waiting -= 1;
        let waiting = handed.waiting;
        handed.lanes.truncate(waiting);
    }
}

/// A place among the requests to a host or machine, given back when dropped.
pub(crate) struct KeyedPlace {
    lane: Option<LanePlace>,
    gate: Arc<Gate>,
    _place: Place,
}

impl KeyedPlace {
    /// The place among all requests that the one before left, if it did.
    pub(crate) fn lane(&mut self) -> Option<LanePlace> {
        self.lane.take()
    }

    /// Leaves a place among all requests to the next one, where somebody waits: else each of the
    /// names that share an address would have to wait anew behind all hosts that are silent. Only
    /// who was quick leaves it, so that nobody is held up by that who was not before.
    pub(crate) fn leave(&self, lane: LanePlace) {
        let mut handed = self.gate.handed();
        if matches!(lane.right, Right::First) && handed.lanes.len() < handed.waiting {
            handed.lanes.push(lane);
        }
    }
}

/// The places among all requests; see [`Concurrency`].
pub(crate) struct Lanes {
    all: Arc<Semaphore>,
    /// The rights to one of them for as long as it takes.
    slow: Arc<Semaphore>,
    /// The rights to one of them for what was broken off before.
    again: Arc<Semaphore>,
    /// How many wait for a place to become free.
    waiting: AtomicUsize,
    /// How many that were broken off wait for a right to a place.
    waiting_again: AtomicUsize,
}

/// In how many steps patience is measured. Where this program has too much to do to get to each
/// of its requests in time, every step takes longer than it should, and the patience becomes that
/// much longer: that is no fault of the hosts, and to break off and begin anew would be still more
/// to do.
const STEPS_OF_PATIENCE: u32 = 10;

/// The work was broken off: it took long, and others waited.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BrokenOff;

impl Lanes {
    fn new(quick: NonZeroUsize, slow: NonZeroUsize) -> Self {
        let semaphore = |places| Arc::new(Semaphore::new(places));
        Self {
            all: semaphore(quick.get().saturating_add(slow.get()).min(Semaphore::MAX_PERMITS)),
            slow: semaphore(slow.get()),
            again: semaphore(quick.get().div_ceil(2)),
            waiting: AtomicUsize::new(0),
            waiting_again: AtomicUsize::new(0),
        }
    }

    /// Waits for a place for what has not begun before.
    pub(crate) async fn first(&self) -> LanePlace {
        LanePlace { right: Right::First, _place: self.place().await }
    }

    /// Waits for a place for what was broken off before.
    pub(crate) async fn again(&self) -> LanePlace {
        let right = {
            let _waiting = Waiting::among(&self.waiting_again);
            tokio::select! {
                biased;
                slow = take(Arc::clone(&self.slow)) => Right::Slow(slow),
                again = take(Arc::clone(&self.again)) => Right::Again(again),
            }
        };
        LanePlace { right, _place: self.place().await }
    }

    async fn place(&self) -> Place {
        let _waiting = Waiting::among(&self.waiting);
        take(Arc::clone(&self.all)).await
    }

    /// Works for as long as that keeps nobody waiting beyond the patience, and as one of the slow
    /// ones, as soon as there is room among them, to the end. Gives the place back with what came
    /// of the work.
    pub(crate) async fn work<T>(
        &self,
        mut place: LanePlace,
        patience: Duration,
        work: impl Future<Output = T>,
    ) -> Result<(T, LanePlace), BrokenOff> {
        let mut work = pin!(work);
        while !matches!(place.right, Right::Slow(_)) {
            for _ in 0..STEPS_OF_PATIENCE {
                if let Ok(done) = timeout(patience / STEPS_OF_PATIENCE, &mut work).await {
                    return Ok((done, place));
                }
            }
            if let Ok(slow) = Arc::clone(&self.slow).try_acquire_owned() {
                place.right = Right::Slow(Place(slow));
            } else if self.is_wanted(&place) {
                return Err(BrokenOff);
            }
        }
        Ok((work.await, place))
    }

    /// Whether somebody waits whom it helps that a place becomes free.
    fn is_wanted(&self, place: &LanePlace) -> bool {
        let wait = |waiting: &AtomicUsize| waiting.load(Ordering::Relaxed) > 0;
        match place.right {
            Right::First => wait(&self.waiting),
            Right::Again(_) => wait(&self.waiting) || wait(&self.waiting_again),
            Right::Slow(_) => false,
        }
    }
}

/// A place among all requests, and by what right.
pub(crate) struct LanePlace {
    right: Right,
    _place: Place,
}

/// By what right a request has its place.
enum Right {
    /// It has not begun before.
    First,
    /// It is one of those that were broken off before.
    Again(#[expect(dead_code, reason = "held until dropped")] Place),
    /// It is one of those that take long.
    Slow(#[expect(dead_code, reason = "held until dropped")] Place),
}

/// Counts as waiting until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
