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
    assert!(keyed.gates.lock().unwrap().len() < 100);
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

#[test]
fn a_place_among_all_requests_is_left_to_the_next_one_at_the_same_machine() {
    let (machines, lanes) = (Keyed::new(count(1)), Lanes::new(count(1), count(1)));
    let _slow = held_for_ever(&lanes);
    let mut place = now(machines.take("a")).unwrap();
    assert!(place.lane().is_none());
    let lane = now(lanes.first()).unwrap();

    // Others wait at the machine, and others yet for a place among all.
    let (mut gone, mut next, mut third) =
        (pin!(machines.take("a")), pin!(machines.take("a")), pin!(machines.take("a")));
    assert!(now(gone.as_mut()).is_none() && now(next.as_mut()).is_none());
    let mut silent = pin!(lanes.first());
    assert!(now(silent.as_mut()).is_none());
    place.leave(lane);
    drop(place);
    assert!(now(silent.as_mut()).is_none());
    gone.set(machines.take("b"));
    let mut place = now(next.as_mut()).unwrap();
    let lane = place.lane().expect("it is left to whoever still waits");

    // Where nobody waits there any more, it is for all.
    assert!(now(third.as_mut()).is_none());
    third.set(machines.take("b"));
    place.leave(lane);
    drop(place);
    assert!(now(silent.as_mut()).is_some());
}

#[test]
fn what_is_left_to_those_who_give_up_is_for_all() {
    let (machines, lanes) = (Keyed::new(count(2)), Lanes::new(count(1), count(1)));
    let _slow = held_for_ever(&lanes);
    let [place, _stays] = [(); 2].map(|()| now(machines.take("a")).unwrap());
    let lane = now(lanes.first()).unwrap();
    let mut next = Box::pin(machines.take("a"));
    assert!(now(next.as_mut()).is_none());
    place.leave(lane);
    assert!(now(lanes.first()).is_none());
    drop(next);
    assert!(now(lanes.first()).is_some());
}

#[test]
fn who_was_slow_leaves_its_place_to_all() {
    let (machines, lanes) = (Keyed::new(count(1)), Lanes::new(count(1), count(1)));
    let place = now(machines.take("a")).unwrap();
    let (slow, _other) = (held_for_ever(&lanes), now(lanes.first()).unwrap());
    let mut next = pin!(machines.take("a"));
    assert!(now(next.as_mut()).is_none());
    place.leave(slow);
    assert!(now(lanes.first()).is_some());
}

const PATIENCE: Duration = Duration::from_secs(1);

async fn work(
    lanes: &Lanes,
    place: LanePlace,
    work: impl Future<Output = ()>,
) -> Result<(), BrokenOff> {
    lanes.work(place, PATIENCE, work).await.map(|((), _place)| ())
}

#[tokio::test(start_paused = true)]
async fn what_takes_long_makes_room_and_goes_on() {
    let lanes = Lanes::new(count(1), count(1));
    let long = async { work(&lanes, lanes.first().await, sleep(PATIENCE * 10)).await };
    let others = async {
        sleep(PATIENCE / 4).await;
        // One after the other in the place that is left.
        for _ in 0..100 {
            let place = lanes.first().await;
            assert_eq!(work(&lanes, place, sleep(PATIENCE / 50)).await, Ok(()));
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
    assert_eq!(work(&lanes, place, sleep(PATIENCE * 10)).await, Ok(()));

    let place = lanes.first().await;
    let long = work(&lanes, place, pending());
    let (long, _other) = tokio::join!(long, lanes.first());
    assert_eq!(long, Err(BrokenOff));
}

#[tokio::test(start_paused = true)]
async fn what_was_broken_off_leaves_quick_places_to_what_comes_late() {
    let lanes = Lanes::new(count(2), count(1));
    let _slow = held_for_ever(&lanes);
    let again = || async {
        let work = async { work(&lanes, lanes.again().await, pending()).await };
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
