use std::hint::black_box;
use std::time::Instant;
use wellspring_document::json;
use wellspring_document::*;
fn t(name: &str, mut f: impl FnMut()) {
    let mut best = f64::MAX;
    for _ in 0..20 {
        let s = Instant::now();
        for _ in 0..300 {
            f();
        }
        best = best.min(s.elapsed().as_secs_f64() / 300.0 * 1e6);
    }
    println!("{name:30} {best:8.2} us");
}
fn main() {
    let issued_at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let keys = [SigningKey::from_seed([7; 32])];
    let body = authoring::read::<Profile>(include_str!("../../../bench/profile.toml")).unwrap();
    let h = KeyHistory::genesis(issued_at, &keys, 1).unwrap();
    let bytes = sign(
        &Draft {
            history: &h,
            sequence: 1,
            issued_at,
            expires_at: issued_at.plus_days(365),
            body: &body,
        },
        &keys,
    )
    .unwrap()
    .bytes()
    .clone();
    if std::env::args().any(|a| a == "only") {
        for _ in 0..200 {
            drop(black_box(RawDocument::new(bytes.clone()).verify::<Profile>().unwrap()));
        }
        return;
    }
    let v = json::read(&bytes, 1_000_000).unwrap();
    let pk = keys[0].public().to_string();
    let pv = v["proof"]["proofValue"].as_str().unwrap().to_owned();
    let states = h.to_json();
    let vk = ed25519_dalek::VerifyingKey::from_bytes(keys[0].public().as_bytes()).unwrap();
    let sig =
        ed25519_dalek::Signature::from_slice(&bs58::decode(&pv[1..]).into_vec().unwrap()).unwrap();
    t("verify", || drop(black_box(RawDocument::new(bytes.clone()).verify::<Profile>().unwrap())));
    t("verify_strict (fails)", || {
        black_box(vk.verify_strict(&[1; 64], &sig).is_ok());
    });
    t("read", || drop(black_box(json::read(&bytes, 1_000_000).unwrap())));
    t("serde_json", || {
        drop(black_box(serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()))
    });
    t("clone value", || drop(black_box(v.clone())));
    t("canonical", || drop(black_box(json::canonical(&v))));
    t("serde_json::to_vec", || drop(black_box(serde_json::to_vec(&v).unwrap())));
    t("sha256", || {
        black_box(BytesHash::of(&bytes));
    });
    t("body from serde_json", || {
        let p: Profile = serde::Deserialize::deserialize(&v).unwrap();
        black_box(p);
    });
    t("validate", || {
        body.validate().unwrap();
    });
    t("PublicKey::parse", || {
        black_box(PublicKey::parse(&pk).unwrap());
    });
    t("from_bytes", || {
        black_box(ed25519_dalek::VerifyingKey::from_bytes(keys[0].public().as_bytes()).unwrap());
    });
    t("is_weak", || {
        black_box(vk.is_weak());
    });
    t("compress", || {
        black_box(vk.to_edwards().compress());
    });
    t("b58 decode 64", || {
        black_box(bs58::decode(&pv[1..]).into_vec().unwrap());
    });
    t("b58 encode 64", || {
        black_box(bs58::encode(sig.to_bytes()).into_string());
    });
    t("b58 decode 34", || {
        black_box(bs58::decode(&pk[1..]).into_vec().unwrap());
    });
    t("b58 encode 34", || {
        black_box(bs58::encode([7; 34]).into_string());
    });
    t("proof::check", || {
        black_box(proof::check(&v, issued_at));
    });
    t("KeyHistory::verify", || {
        black_box(KeyHistory::verify(&states).unwrap());
    });
    let links: Vec<String> = (0..20).map(|i| format!("https://chat.example.org/page{i}")).collect();
    t("20 links", || {
        for l in &links {
            black_box(Link::new(l.as_str()).unwrap());
        }
    });
}
