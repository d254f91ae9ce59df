//! The pace: how often requests begin towards one domain or address.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::limits::Pace;

/// Turns, handed out by key in the order in which they were asked for.
pub(crate) struct Turns<Key> {
    pace: Pace,
    /// Of each key, when its turn would be if requests began evenly (the "generic cell rate
    /// algorithm"). A time in the past is that of a key that may begin at once.
    next: Mutex<HashMap<Key, Instant>>,
}

/// The turn would come later than anybody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooFarBehind;

impl<Key: Eq + Hash> Turns<Key> {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { pace, next: Mutex::default() }
    }

    /// How long to wait for the next turn of a key. One that would come too late is not taken.
    pub(crate) fn take(&self, key: Key, now: Instant) -> Result<Duration, TooFarBehind> {
        let step = Duration::from_secs(1) / self.pace.per_second.get();
        let ahead = step * (self.pace.burst.get() - 1);
        // Nothing panics while the lock is held, and the map is whole at every point.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.get(&key).copied().unwrap_or(now).max(now);
        let wait = turn.duration_since(now).saturating_sub(ahead);
        if wait > self.pace.max_wait {
            return Err(TooFarBehind);
        }
        // Keys whose time is over leave when the map would have to grow.
        if next.len() == next.capacity() {
            next.retain(|_, turn| *turn > now);
        }
        next.insert(key, turn + step);
        Ok(wait)
    }
}

/// The domain that a host belongs to, as far as that can be told without the list of all
/// registries: its last two labels, or three where the last two look like a registry's
/// (`co.uk`, `com.au`). Of an IPv4 address it is the address, and of an IPv6 address, with its
/// brackets or without, the network of 64 bits around it: somebody gets no smaller one. It
/// bounds what a flood can do, and decides about nobody: after a wrong guess unrelated servers
/// share one bound.
pub fn domain_of(host: &str) -> Cow<'_, str> {
    let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    match literal.parse() {
        Ok(IpAddr::V4(_)) => Cow::Borrowed(literal),
        Ok(IpAddr::V6(address)) => {
            let network = Ipv6Addr::from_bits(address.to_bits() >> 64 << 64);
            Cow::Owned(format!("{network}/64"))
        }
        Err(_) => Cow::Borrowed(registered(host)),
    }
}

fn registered(name: &str) -> &str {
    let is_registry = |name: &str| {
        let mut labels = name.rsplit('.');
        let (top, second) = (labels.next().unwrap_or(""), labels.next().unwrap_or(""));
        top.len() == 2 && second.len() <= 3
    };
    let dots: Vec<usize> = name.rmatch_indices('.').map(|(at, _)| at).take(3).collect();
    match dots[..] {
        [_, second, ref rest @ ..] if is_registry(&name[second + 1..]) => {
            rest.first().map_or(name, |third| &name[third + 1..])
        }
        [_, second, ..] => &name[second + 1..],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    fn turns() -> Turns<&'static str> {
        let count = |n| NonZeroU32::new(n).unwrap();
        let max_wait = Duration::from_secs(1);
        Turns::new(Pace { per_second: count(10), burst: count(3), max_wait })
    }

    fn waits(turns: &Turns<&'static str>, key: &'static str, now: Instant) -> Vec<u128> {
        std::iter::from_fn(|| Some(turns.take(key, now).ok()?.as_millis())).collect()
    }

    #[test]
    fn a_few_begin_at_once_and_then_one_after_the_other() {
        let (turns, now) = (turns(), Instant::now());
        let expected: Vec<u128> = [0, 0].into_iter().chain((0..=10).map(|n| n * 100)).collect();
        assert_eq!(waits(&turns, "a", now), expected);
        // Whoever was turned away has not moved the turns of those who come later.
        let later = now + Duration::from_millis(200);
        assert_eq!(waits(&turns, "a", later), [900, 1_000]);
    }

    #[test]
    fn one_key_does_not_slow_another() {
        let (turns, now) = (turns(), Instant::now());
        waits(&turns, "a", now);
        assert_eq!(turns.take("b", now), Ok(Duration::ZERO));
    }

    #[test]
    fn a_pause_is_forgiven_and_nothing_is_saved_up() {
        let (turns, now) = (turns(), Instant::now());
        waits(&turns, "a", now);
        let later = now + Duration::from_secs(3_600);
        assert_eq!(waits(&turns, "a", later), waits(&self::turns(), "a", later));
    }

    #[test]
    fn keys_of_the_past_are_forgotten() {
        let turns = Turns::new(Pace::default());
        let now = Instant::now();
        for number in 0..10_000_u64 {
            assert!(turns.take(number, now + Duration::from_secs(number)).is_ok());
        }
        assert!(turns.next.lock().unwrap().len() < 100);
    }

    #[test]
    fn a_domain_is_what_somebody_registered() {
        for (name, domain) in [
            ("example.org", "example.org"),
            ("a.example.org", "example.org"),
            ("a.b.c.example.org", "example.org"),
            ("example.co.uk", "example.co.uk"),
            ("a.b.example.co.uk", "example.co.uk"),
            ("co.uk", "co.uk"),
            ("localhost", "localhost"),
            ("matrix.example.de", "example.de"),
            ("10.0.0.1", "10.0.0.1"),
            ("192.168.0.1", "192.168.0.1"),
            ("[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("[2001:db8:1:3::9]", "2001:db8:1:3::/64"),
            ("1.2.3.example.org", "example.org"),
        ] {
            assert_eq!(domain_of(name), domain, "{name}");
        }
    }
}
