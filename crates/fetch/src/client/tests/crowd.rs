//! Many hosts at once, and what the slow among them do to the others.

use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::JoinSet;

use super::*;

fn count(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// Nobody is given up in the time that a test takes.
const FOR_EVER: Duration = Duration::from_secs(3_600);

/// A client that never gives up and to whose pace the names of these tests, which are all of one
/// domain, are nothing.
fn patient_client(authority: &Authority, concurrency: Concurrency) -> Client {
    client_of_patience(authority, concurrency, Duration::from_millis(50))
}

fn client_of_patience(
    authority: &Authority,
    concurrency: Concurrency,
    patience: Duration,
) -> Client {
    let timeouts = Timeouts { connect: FOR_EVER, idle: FOR_EVER, patience };
    let per_second = NonZeroU32::new(1_000_000).unwrap();
    let pace = Pace { per_second, burst: per_second, max_wait: FOR_EVER };
    let config = ClientConfig { concurrency, pace, timeouts, ..config(authority, &loopback()) };
    Client::with_lookup(config, Arc::new(EverythingIsHere)).unwrap()
}

fn ask(
    tasks: &mut JoinSet<Result<Answer, FetchError>>,
    client: &Client,
    (name, port): (String, u16),
) {
    let client = client.clone();
    let url = Url::parse(&format!("https://{name}.example.org:{port}/")).unwrap();
    let limits = GetLimits { deadline: FOR_EVER, ..LIMITS };
    tasks.spawn(async move { client.get(&url, &limits, None).await });
}

/// The claim of the whole: however many hosts are silent, those that answer are all fetched. It is
/// tested without a clock: not one of the silent hosts is ever given up, so whoever waited for one
/// would wait for ever.
#[tokio::test]
async fn a_thousand_good_hosts_come_in_among_a_thousand_silent_ones() {
    const HOSTS: usize = 1_000;
    let authority = Authority::new();
    // Connections are made by the system, and nobody ever says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = silent.local_addr().unwrap().port();
    let good = TestHost::start(&authority, &["*.example.org"], |_| Reply::ok("good")).await;
    let concurrency = Concurrency {
        quick: count(64),
        slow: count(64),
        per_host: count(2),
        // All of the names lead to two ports of one machine.
        per_address: count(2 * HOSTS),
    };
    let client = patient_client(&authority, concurrency);
    let (mut silent_ones, mut good_ones) = (JoinSet::new(), JoinSet::new());
    for number in 0..HOSTS {
        ask(&mut silent_ones, &client, (format!("silent-{number}"), silent));
        ask(&mut good_ones, &client, (format!("good-{number}"), good.port()));
    }
    while let Some(answer) = good_ones.join_next().await {
        assert_eq!(body(answer.unwrap()), "good");
    }
    assert_eq!(silent_ones.len(), HOSTS);
    assert!(silent_ones.try_join_next().is_none(), "a silent host was given up");
}

/// Each has to wait for others at its address, and while it does, silent hosts wait for a place.
#[tokio::test]
async fn of_names_that_share_an_address_not_each_waits_behind_all_that_are_silent() {
    const HOSTS: usize = 40;
    let authority = Authority::new();
    let good = TestHost::start(&authority, &["*.example.org"], |_| Reply::ok("good")).await;
    let connected = Arc::new(AtomicUsize::new(0));
    let mut silent_ports = Vec::new();
    for _ in 0..HOSTS {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        silent_ports.push(silent.local_addr().unwrap().port());
        let connected = Arc::clone(&connected);
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok(stream) = silent.accept().await {
                connected.fetch_add(1, Ordering::SeqCst);
                held.push(stream);
            }
        });
    }
    let places = Concurrency { quick: count(2), slow: count(2), ..Concurrency::default() };
    let concurrency = Concurrency { per_address: count(2), ..places };
    // More than a good host takes on a busy machine.
    let client = client_of_patience(&authority, concurrency, Duration::from_secs(2));
    let (mut good_ones, mut silent_ones) = (JoinSet::new(), JoinSet::new());
    for number in 0..HOSTS {
        ask(&mut good_ones, &client, (format!("good-{number}"), good.port()));
    }
    for port in silent_ports {
        ask(&mut silent_ones, &client, (format!("silent-{port}"), port));
    }
    while let Some(answer) = good_ones.join_next().await {
        assert_eq!(body(answer.unwrap()), "good");
    }
    // Two places went from one name to the next; had each been lost, a silent host would have had
    // it in between.
    let connected = connected.load(Ordering::SeqCst);
    assert!(connected < HOSTS / 4, "{connected} silent hosts were asked meanwhile");
}

#[tokio::test]
async fn a_slow_host_that_had_to_make_room_is_asked_again() {
    let authority = Authority::new();
    let attempts = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&attempts);
    // Silent to the first request of each, and quick to the second.
    let slow = TestHost::start(&authority, &["*.example.org"], move |_| {
        match seen.fetch_add(1, Ordering::Relaxed) {
            0..=2 => Reply::Hang(Vec::new()),
            _ => Reply::ok("at last"),
        }
    })
    .await;
    let concurrency = Concurrency { quick: count(1), slow: count(1), ..Concurrency::default() };
    let client = patient_client(&authority, concurrency);
    let mut tasks = JoinSet::new();
    for number in 0..6 {
        ask(&mut tasks, &client, (format!("slow-{number}"), slow.port()));
    }
    // The first one keeps the slow place for ever. Those after it make room for the others, and
    // are asked again.
    for _ in 0..5 {
        assert_eq!(body(tasks.join_next().await.unwrap().unwrap()), "at last");
    }
    assert_eq!(tasks.len(), 1);
}

#[tokio::test]
async fn a_silent_host_asked_many_times_does_not_hold_up_another() {
    let authority = Authority::new();
    let silent = TestHost::start(&authority, &[NAME], |_| Reply::Hang(Vec::new())).await;
    let good = TestHost::start(&authority, &[OTHER], |_| Reply::ok("good")).await;
    let concurrency = Concurrency { quick: count(3), slow: count(3), ..Concurrency::default() };
    let client = patient_client(&authority, concurrency);

    let mut waiting = JoinSet::new();
    for _ in 0..200 {
        ask(&mut waiting, &client, ("files".to_owned(), silent.port()));
    }
    while silent.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    let url = Url::parse(&format!("https://{OTHER}:{}/", good.port())).unwrap();
    assert_eq!(body(get(&client, &url).await), "good");
    assert_eq!(silent.requests().len(), 2, "all 200 share one name, so they take its two places");
}

#[tokio::test]
async fn many_names_on_one_address_are_one_burden() {
    let authority = Authority::new();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let victim = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = victim.local_addr().unwrap().port();
    let (counted, highest) = (Arc::clone(&now), Arc::clone(&most));
    let accepting = tokio::spawn(async move {
        loop {
            let (mut stream, _) = victim.accept().await.unwrap();
            let open = counted.fetch_add(1, Ordering::SeqCst) + 1;
            highest.fetch_max(open, Ordering::SeqCst);
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                use tokio::io::AsyncReadExt as _;
                // No TLS: the client gives up as soon as this side closes.
                let _ = stream.read_u8().await;
                counted.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    let client = patient_client(&authority, Concurrency::default());
    let mut tasks = JoinSet::new();
    for number in 0..200 {
        ask(&mut tasks, &client, (format!("name-{number}"), port));
    }
    while let Some(answer) = tasks.join_next().await {
        assert_eq!(code(answer.unwrap()), "fetch.broken");
    }
    accepting.abort();
    let allowed = Concurrency::default().per_address.get();
    assert!(most.load(Ordering::SeqCst) <= allowed, "{most:?} connections at once");
}

#[tokio::test]
async fn many_names_of_one_domain_are_asked_one_after_the_other() {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &["*.example.org"], |_| Reply::ok("good")).await;
    let one = NonZeroU32::new(1).unwrap();
    let pace =
        Pace { per_second: one, burst: NonZeroU32::new(3).unwrap(), max_wait: Duration::ZERO };
    let config = ClientConfig { pace, ..config(&authority, &loopback()) };
    let client = Client::with_lookup(config, Arc::new(EverythingIsHere)).unwrap();
    let mut codes = Vec::new();
    for number in 0..30 {
        let url = format!("https://name-{number}.example.org:{}/", host.port());
        let answer = get(&client, &Url::parse(&url).unwrap()).await;
        codes.push(answer.map_or_else(|error| error.code(), |_| "fetched"));
    }
    // Nobody waits here, so what is beyond the burst is not sent. How many it is depends on the
    // machine, but not on any can 30 requests take 30 seconds.
    assert_eq!(codes[..3], ["fetched"; 3]);
    assert!(codes.contains(&"fetch.postponed"), "{codes:?}");
    assert_eq!(host.requests().len(), codes.iter().filter(|code| **code == "fetched").count());
}
