use std::future::pending;
use std::task::{Context, Poll, Waker};

use tokio::time::sleep;

use super::*;

fn count(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// What a future gives at once, if it does.
fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[test]
fn a_busy_key_delays_only_itself() {
    let keyed = Keyed::new(count(1));
    let first = now(keyed.take("a"));
    assert!(first.is_some());
    assert!(now(keyed.take("a")).is_none());
    assert!(now(keyed.take("b")).is_some());
    drop(first);
    assert!(now(keyed.take("a")).is_some());
}

#[test]
fn keys_of_the_past_are_forgotten() {
    let keyed = Keyed::new(count(1));
    for key in 0..10_000 {
        assert!(now(keyed.take(key)).is_some());
    }
    assert!(keyed.semaphores.lock().unwrap().len() < 100);
}

#[test]
fn a_machine_is_an_address_a_network_or_a_port_of_this_one() {
    let is_one =
        |a: &str, b: &str| Machine::at(a.parse().unwrap()) == Machine::at(b.parse().unwrap());
    assert!(is_one("8.8.8.8:443", "8.8.8.8:8448"));
    assert!(!is_one("8.8.8.8:443", "8.8.4.4:443"));
    assert!(is_one("[2606:4700::1]:443", "[2606:4700::ffff:0:0:1]:443"));
    assert!(!is_one("[2606:4700::1]:443", "[2606:4700:0:1::1]:443"));
    assert!(is_one("127.0.0.1:1", "127.0.0.1:1"));
    assert!(!is_one("127.0.0.1:1", "127.0.0.1:2"));
}

const PATIENCE: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn what_takes_long_makes_room_and_goes_on() {
    let lanes = Lanes::new(count(1), count(1));
    let long = async { lanes.work(lanes.first().await, PATIENCE, sleep(PATIENCE * 10)).await };
    let others = async {
        sleep(PATIENCE / 4).await;
        // One after the other in the place that is left.
        for _ in 0..100 {
            let place = lanes.first().await;
            assert_eq!(lanes.work(place, PATIENCE, sleep(PATIENCE / 50)).await, Ok(()));
        }
        assert_eq!(lanes.slow.available_permits(), 0, "the long one is one of the slow");
    };
    assert_eq!(tokio::join!(long, others), (Ok(()), ()));
    assert_eq!((lanes.all.available_permits(), lanes.slow.available_permits()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn without_room_among_the_slow_it_is_broken_off_where_others_wait_and_only_there() {
    let lanes = Lanes::new(count(1), count(1));
    let _slow = held_for_ever(&lanes);
    let place = lanes.first().await;
    assert_eq!(lanes.work(place, PATIENCE, sleep(PATIENCE * 10)).await, Ok(()));

    let place = lanes.first().await;
    let long = lanes.work(place, PATIENCE, pending::<()>());
    let (long, _other) = tokio::join!(long, lanes.first());
    assert_eq!(long, Err(BrokenOff));
}

#[tokio::test(start_paused = true)]
async fn what_was_broken_off_leaves_quick_places_to_what_comes_late() {
    let lanes = Lanes::new(count(2), count(1));
    let _slow = held_for_ever(&lanes);
    let again = || async {
        let work = async { lanes.work(lanes.again().await, PATIENCE, pending::<()>()).await };
        timeout(PATIENCE * 3, work).await
    };
    let late = async {
        sleep(PATIENCE / 4).await;
        timeout(Duration::ZERO, lanes.first()).await.is_ok()
    };
    let (first, second, late_is_served) = tokio::join!(again(), again(), late);
    assert!(late_is_served);
    // Among themselves they take turns.
    assert_eq!(first, Ok(Err(BrokenOff)));
    assert!(second.is_err(), "nobody waits for the place of the second: {second:?}");
}

/// The only slow place, taken.
fn held_for_ever(lanes: &Lanes) -> LanePlace {
    let place = now(lanes.again()).unwrap();
    assert!(matches!(place.right, Right::Slow(_)));
    place
}
