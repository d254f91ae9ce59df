//! What verification costs, against the least it could cost.
//!
//! - A profile of about 3.5 kB from its bytes to a verified document, against nothing but the
//!   two signature checks in it: of the key state and of the document.
//! - The same on two threads at once, against one thread.
//! - The canonical form of that profile, against `serde_jcs` and against `serde_json`, which
//!   writes whatever order it finds.
//!
//! Besides the times of each, the last lines give the ratios that the project aims at. They
//! are taken in turns, side by side, so that a busy machine slows both sides alike.

#![expect(clippy::unwrap_used, reason = "a benchmark ends where it fails")]

mod ratio;

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput};
use ed25519_dalek::{Signature, VerifyingKey};
use ratio::ratio;
use sha2::{Digest as _, Sha256};
use wellspring_document::json::{self, Value};
use wellspring_document::{
    Draft, KeyHistory, Kind, Profile, RawDocument, SigningKey, Timestamp, authoring, sign,
};

fn main() {
    let bytes = signed_profile();
    let value = json::read(&bytes, Kind::Profile.max_bytes()).unwrap();
    let checks = [SignatureCheck::of(&value["key_history"][0]), SignatureCheck::of(&value)];

    let verified = || drop(RawDocument::new(bytes.clone()).verify::<Profile>().unwrap());
    let signatures = || checks.iter().for_each(SignatureCheck::run);
    let canonical = || drop(black_box(json::canonical(black_box(&value))));
    let serde_jcs = || drop(black_box(serde_jcs::to_vec(black_box(&value)).unwrap()));
    let serde_json = || drop(black_box(serde_json::to_vec(black_box(&value)).unwrap()));

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("verification");
    group.throughput(Throughput::Elements(1));
    group.bench_function("bytes to verified", |bencher| bencher.iter(verified));
    group.bench_function("its two signatures alone", |bencher| bencher.iter(signatures));
    group.finish();
    let mut group = criterion.benchmark_group("canonical form");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("wellspring", |bencher| bencher.iter(canonical));
    group.bench_function("serde_jcs", |bencher| bencher.iter(serde_jcs));
    group.bench_function("serde_json", |bencher| bencher.iter(serde_json));
    group.finish();
    criterion.final_summary();

    // Cargo says so where it measures rather than tries out.
    if std::env::args().any(|argument| argument == "--bench") {
        let size = bytes.len();
        println!(
            "verification of {size} bytes takes {:.2} times its two verify_strict",
            ratio(verified, signatures)
        );
        println!(
            "two threads verify {:.2} times as much as one",
            2.0 / ratio(|| on_two_threads(verified), || (0..ROUNDS).for_each(|_| verified()))
        );
        println!(
            "the canonical form is written {:.1} times as fast as by serde_jcs",
            ratio(serde_jcs, canonical)
        );
        println!(
            "the canonical form is written {:.2} times as fast as any form by serde_json",
            ratio(serde_json, canonical)
        );
    }
}

/// What one thread does of what is measured on two, so that starting it does not count.
const ROUNDS: usize = 200;

fn on_two_threads(work: impl Fn() + Sync) {
    std::thread::scope(|threads| {
        threads.spawn(|| (0..ROUNDS).for_each(|_| work()));
        (0..ROUNDS).for_each(|_| work());
    });
}

/// The profile that the comparison with peers takes as well.
fn signed_profile() -> Bytes {
    let issued_at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let keys = [SigningKey::from_seed([7; 32])];
    let draft = Draft {
        history: &KeyHistory::genesis(issued_at, &keys, 1).unwrap(),
        sequence: 1,
        issued_at,
        expires_at: issued_at.plus_days(365),
        body: &authoring::read::<Profile>(include_str!("../../../bench/profile.toml")).unwrap(),
    };
    let bytes = sign(&draft, &keys).unwrap().bytes().clone();
    assert!((3_300..3_700).contains(&bytes.len()), "the document has {} bytes", bytes.len());
    bytes
}

/// One signature with all that can be prepared before it is checked.
struct SignatureCheck {
    key: VerifyingKey,
    message: [u8; 64],
    signature: Signature,
}

impl SignatureCheck {
    /// The signature of an object with a single proof, as `eddsa-jcs-2022` makes it.
    fn of(signed: &Value) -> Self {
        let mut document = signed.as_object().unwrap().clone();
        let mut proof = document.remove("proof").unwrap();
        let value = proof.as_object_mut().unwrap().remove("proofValue").unwrap();
        let (_, key) = proof["verificationMethod"].as_str().unwrap().split_once('#').unwrap();
        let base58 = |text: &str| bs58::decode(&text[1..]).into_vec().unwrap();
        let key: [u8; 32] = base58(key)[2..].try_into().unwrap();
        let hashes =
            [proof, Value::Object(document)].map(|part| Sha256::digest(json::canonical(&part)));
        let check = Self {
            key: VerifyingKey::from_bytes(&key).unwrap(),
            message: hashes.concat().try_into().unwrap(),
            signature: Signature::from_slice(&base58(value.as_str().unwrap())).unwrap(),
        };
        check.run();
        check
    }

    fn run(&self) {
        black_box(&self.key).verify_strict(black_box(&self.message), &self.signature).unwrap();
    }
}
