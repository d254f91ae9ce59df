use std::future::pending;
use std::task::{Context, Poll, Waker};

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
    let quick = lanes.quick().await;
    let long = lanes.work(quick, PATIENCE, tokio::time::sleep(PATIENCE * 10));
    let other = async {
        let quick = lanes.quick().await;
        assert_eq!(lanes.slow.available_permits(), 0, "the long one holds the slow place");
        lanes.work(quick, PATIENCE, async {}).await
    };
    assert_eq!(tokio::join!(long, other), (Ok(()), Ok(())));
    assert_eq!((lanes.quick.available_permits(), lanes.slow.available_permits()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn without_a_slow_place_it_is_broken_off_where_others_wait_and_only_there() {
    let lanes = Lanes::new(count(1), count(1));
    let _slow = lanes.slow.acquire().await.unwrap();
    let quick = lanes.quick().await;
    let alone = lanes.work(quick, PATIENCE, tokio::time::sleep(PATIENCE * 10)).await;
    assert_eq!(alone, Ok(()));

    let quick = lanes.quick().await;
    let long = lanes.work(quick, PATIENCE, pending::<()>());
    let (long, _other) = tokio::join!(long, lanes.quick());
    assert_eq!(long, Err(BrokenOff));
}
