//! Verifying one profile of about 3.5 kB from its bytes, here and by a peer.
//!
//! Rows to compare: `affinidi` and `wellspring proof` do the same work: parse, canonical
//! forms, hashes, one signature. `wellspring document` is what a node does: strict reading,
//! every member typed and checked, and the key history, which is a second signature.

#[path = "../../crates/document/benches/ratio/mod.rs"]
mod ratio;

use affinidi_data_integrity::{DataIntegrityProof, VerifyOptions};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ratio::ratio;
use wellspring_document::{
    Draft, KeyHistory, Kind, Profile, RawDocument, SigningKey, Timestamp, authoring, proof, sign,
};

fn verify(criterion: &mut Criterion) {
    let issued_at: Timestamp = "2025-11-22T10:00:00Z".parse().unwrap();
    let keys = [SigningKey::from_seed([7; 32])];
    let signed = sign(
        &Draft {
            history: &KeyHistory::genesis(issued_at, &keys, 1).unwrap(),
            sequence: 1,
            issued_at,
            expires_at: "2026-11-22T10:00:00Z".parse().unwrap(),
            body: &authoring::read::<Profile>(include_str!("../profile.toml")).unwrap(),
        },
        &keys,
    )
    .unwrap();
    let bytes = signed.bytes().clone();
    assert!((3_300..3_700).contains(&bytes.len()), "the document has {} bytes", bytes.len());
    let public = keys[0].public();

    let mut group = criterion.benchmark_group("verify");
    group.throughput(Throughput::Elements(1));
    group.bench_function("affinidi", |bencher| {
        bencher.iter(|| affinidi(&bytes, public.as_bytes()));
    });
    group.bench_function("wellspring proof", |bencher| {
        bencher.iter(|| {
            let report = proof::check(&bytes, Kind::Profile.max_bytes(), issued_at);
            assert!(report.unwrap().holds());
        });
    });
    group.bench_function("wellspring document", |bencher| {
        bencher.iter(|| RawDocument::new(bytes.clone()).verify::<Profile>().unwrap());
    });
    group.finish();

    // Cargo says so where it measures rather than tries out.
    if std::env::args().any(|argument| argument == "--bench") {
        let own = || assert!(proof::check(&bytes, 10_000, issued_at).unwrap().holds());
        let peer = || affinidi(&bytes, public.as_bytes());
        println!("a proof is checked {:.2} times as fast as by affinidi", ratio(peer, own));
    }
}

/// The peer's way from bytes to a verdict, its key at hand. It wants the proof apart.
fn affinidi(bytes: &[u8], public_key: &[u8]) {
    let mut document: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    let proof = document.as_object_mut().unwrap().remove("proof").unwrap();
    let proof: DataIntegrityProof = serde_json::from_value(proof).unwrap();
    proof.verify_with_public_key(&document, public_key, VerifyOptions::new()).unwrap();
}

criterion_group!(benches, verify);
criterion_main!(benches);
