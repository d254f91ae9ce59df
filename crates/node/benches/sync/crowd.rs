//! As many silent hosts as good ones: how long until all good ones are shown, and how much
//! memory that takes. The node runs in a process of its own, so that the hosts' memory is not
//! counted as its.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use wellspring_document::Verdict;
use wellspring_node::SyncScope;
use wellspring_tests::{
    Community, Config, Home, Host, Network, Person, Reply, endorse, entry, list, profile,
};

use crate::median;
use crate::world::{confirmed, hosts, now, open_in};

/// Tells the process of a node in which folder, and how many good hosts there are.
const CHILD: &str = "WELLSPRING_BENCH_NODE";

pub(crate) fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// What the process of a node says in the end.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// Until all good hosts were shown.
    shown: f64,
    /// Until the round was over.
    over: f64,
    /// The most memory that it had, beyond what it had before the round.
    grown_mb: f64,
}

/// A round with the good hosts alone and one with as many silent ones, in turns.
pub(crate) fn measure(count: usize, turns: usize) {
    let (alone, crowded) = (world(count, 0), world(count, count));
    let told: Vec<[Told; 2]> =
        (0..turns).map(|_| [&alone, &crowded].map(|world| round(world, count))).collect();
    println!("crowd: {count} good hosts, then as many silent ones besides, {turns} turns");
    for (place, what) in ["alone", "crowd"].into_iter().enumerate() {
        let of = |number: fn(&Told) -> f64| {
            median(&told.iter().map(|turn| number(&turn[place])).collect::<Vec<_>>())
        };
        let (shown, over, grown) = (of(|it| it.shown), of(|it| it.over), of(|it| it.grown_mb));
        println!(
            "  {what}: all good ones shown after {shown:.2} s, over after {over:.2} s, \
             memory grew by {grown:.0} MB"
        );
    }
    let ratios: Vec<f64> = told.iter().map(|[alone, crowd]| crowd.shown / alone.shown).collect();
    println!("  crowd / alone until all good ones are shown: {:.2}", median(&ratios));
}

/// A network with a configuration of a node that trusts a list of all its hosts.
fn world(good: usize, silent: usize) -> (Network, Config) {
    let network = Network::new();
    let mut entries = Vec::new();
    for (number, host) in (0..).zip(hosts(&network, good)) {
        let operator = Person::new(number);
        host.serve_profile(&operator.sign(&profile(host.name()), 1, now()));
        entries.push(endorse(host.name(), &operator, "2026-09-01"));
    }
    // Each has an address of its own: those that share one wait for each other anyway.
    for number in 0..silent {
        let host = network.host(&format!("silent-{number:04}.test"));
        host.reply(Host::PROFILE, Reply::Stall);
        entries.push(entry(host.name(), Verdict::Endorse, "2026-09-01"));
    }
    let (curator, place) = (Person::new(u32::MAX), network.host("curator.test"));
    place.serve_list(&curator.sign(&list("Curator", entries), 1, now()));
    let config = Config::new(&network)
        .feed(&place.url(Host::LIST))
        .community(&Community::new("town").trusts(curator.issuer(), 1.0));
    (network, config)
}

fn round((_network, config): &(Network, Config), good: usize) -> Told {
    let home = Home::new(config);
    let child = Command::new(std::env::current_exe().unwrap())
        .env(CHILD, good.to_string())
        .current_dir(home.path())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let text = String::from_utf8(child.stdout).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().map(|it| it.parse().unwrap()).collect();
    let [shown, over, grown_mb] = numbers[..] else { panic!("the node says {text:?}") };
    Told { shown, over, grown_mb }
}

/// The process of a node: one round, and how it went.
pub(crate) fn run_child() {
    let good: usize = std::env::var(CHILD).unwrap().parse().unwrap();
    let node = open_in(&std::env::current_dir().unwrap());
    let before = memory_mb("VmRSS:");
    let began = Instant::now();
    let (shown, over) = Runtime::new().unwrap().block_on(async {
        let syncing = Arc::clone(&node);
        let round = tokio::spawn(async move { syncing.sync(SyncScope::All, &|_| {}).await });
        while confirmed(&node) < good {
            assert!(!round.is_finished(), "the round is over and not all good hosts are shown");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let shown = began.elapsed();
        round.await.unwrap().unwrap();
        (shown, began.elapsed())
    });
    let grown = memory_mb("VmHWM:") - before;
    println!("{} {} {grown}", shown.as_secs_f64(), over.as_secs_f64());
}

/// A line of Linux's account of this process; nothing is known elsewhere.
fn memory_mb(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kb.unwrap_or(f64::NAN) / 1_024.0
}
