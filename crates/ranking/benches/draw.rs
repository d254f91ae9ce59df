//! How long it takes to draw for all 1,024 seeds among 10,000 servers, and how equally the
//! picks are shared, beside what sorting the same servers would give.

#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark ends where it fails, and its counts are small"
)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use wellspring_document::{
    Curator, Draft, Endorsement, EndorsementList, KeyHistory, LanguageTag, Localized, ServerName,
    SigningKey, Timestamp, Verdict, sign,
};
use wellspring_ranking::{Corpus, Fraction, Lots, Policy, Root, Seed, View, Wishes, draw, rank};

const SERVERS: u64 = 10_000;

/// Servers of category A whose sizes fall as they do in the world: a few are huge, and most
/// are small.
fn view() -> View {
    let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let key = SigningKey::from_seed([7; 32]);
    let history = KeyHistory::genesis(now.plus_days(-9), std::slice::from_ref(&key), 1).unwrap();
    let entries = (1..=SERVERS).map(|number| {
        let name = ServerName::parse(&format!("server-{number}.example")).unwrap();
        let mut entry = Endorsement::new(name, Verdict::Endorse);
        entry.reviewed_at = Some(now.date().plus_days(-40));
        entry.active_accounts = Some(2_000_000 / number);
        entry
    });
    let curator = Curator::new(Localized::english("A curator").unwrap());
    let body = EndorsementList { entries: entries.collect(), ..EndorsementList::new(curator) };
    let draft = Draft {
        history: &history,
        sequence: 1,
        issued_at: now.plus_days(-1),
        expires_at: now.plus_days(30),
        body: &body,
    };
    let list = sign(&draft, &[key]).unwrap().verify::<EndorsementList>().unwrap();
    let root = Root { issuer: history.issuer().clone(), trust: Fraction::ONE, name: None };
    let mut policy = Policy { curators: vec![root], ..Policy::default() };
    policy.categories.a = vec![wellspring_ranking::Criterion::Endorsed];
    rank(&policy, &Corpus::new(Vec::new(), vec![Arc::new(list)], Vec::new(), now))
}

/// How unequally something is shared: 0 where all have the same, near 1 where one has all.
fn gini(mut shares: Vec<u64>) -> f64 {
    shares.sort_unstable();
    let count = shares.len() as f64;
    let total = shares.iter().sum::<u64>() as f64;
    let weighted: f64 = (1_u32..).zip(&shares).map(|(rank, &it)| f64::from(rank) * it as f64).sum();
    2.0 * weighted / (count * total) - (count + 1.0) / count
}

fn report(view: &View) {
    let lots = Lots::new(view, &Wishes::default());
    let mut counts = vec![0_u64; view.servers.len()];
    for pick in Seed::all().flat_map(|seed| lots.draw(seed).picks) {
        let place = view.servers.iter().position(|it| std::ptr::eq(it, pick.server)).unwrap();
        counts[place] += 1;
    }
    // Whatever a list is sorted by, its first three get everybody.
    let sorted = (0..SERVERS).map(|place| if place < 3 { 1_024 } else { 0 }).collect();
    let most = counts.iter().max().copied().unwrap_or_default();
    println!(
        "Gini coefficient of 3,072 picks among {SERVERS} servers: drawn {:.4}, sorted by score \
         or by size {:.4}; the most that one server gets: {most}",
        gini(counts),
        gini(sorted)
    );
}

fn draws(criterion: &mut Criterion) {
    let view = view();
    report(&view);
    let mut group = criterion.benchmark_group("10,000 servers that can be drawn");
    group.sample_size(20);
    group.bench_function("all 1,024 seeds", |bencher| {
        bencher.iter(|| {
            let lots = Lots::new(&view, &Wishes::default());
            Seed::all().map(|seed| black_box(lots.draw(seed)).picks.len()).sum::<usize>()
        });
    });
    group.bench_function("all 1,024 seeds of a view that is new", |bencher| {
        bencher.iter_batched(
            || rank(&view.policy, &corpus_of(&view)),
            |view| {
                let lots = Lots::new(&view, &Wishes::default());
                Seed::all().map(|seed| lots.draw(seed).picks.len()).sum::<usize>()
            },
            BatchSize::LargeInput,
        );
    });
    let languages = vec![LanguageTag::new("de").unwrap()];
    let wishes = Wishes { languages, ..Wishes::default() };
    let seed = Seed::new(17).unwrap();
    group.bench_function("one answer", |bencher| {
        bencher.iter(|| black_box(draw(&view, &Wishes::default(), seed)));
    });
    group.bench_function("one answer with a wish that nobody meets", |bencher| {
        bencher.iter(|| black_box(draw(&view, &wishes, seed)));
    });
    group.finish();
}

fn corpus_of(view: &View) -> Corpus {
    let lists = view.curators.iter().filter_map(|curator| curator.list.clone());
    Corpus::new(Vec::new(), lists.collect(), Vec::new(), view.now)
}

criterion_group!(benches, draws);
criterion_main!(benches);
