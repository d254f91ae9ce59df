//! The check of proofs, of any JSON document: as it is, and after it was signed properly.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use wellspring_document::Timestamp;
use wellspring_document::json::read;
use wellspring_document::proof::{MAX_PROOFS, ProofReport, check};

use super::assert_fit_to_be_shown;
use super::signer::{ISSUED_AT, multikey, sign};

const MAX_BYTES: usize = 200_000;

/// Checks a document that is any JSON.
pub fn run(data: &[u8]) {
    let Ok(document) = read(data, MAX_BYTES) else { return };
    let report = checked(data);
    let count = match document.get("proof") {
        None => 0,
        Some(Value::Array(proofs)) => proofs.len(),
        Some(_) => 1,
    };
    // Each proof is one signer or one problem; a signer counts once.
    assert!(report.signers.len() <= count.min(MAX_PROOFS));
    assert!(report.signers.len() + report.problems.len() <= count.max(1));
    assert!(
        count == 0
            || count > MAX_PROOFS
            || !report.signers.is_empty()
            || report.problems.len() == count
    );
    for problem in &report.problems {
        assert_fit_to_be_shown(&problem.to_string());
        assert!(problem.code().starts_with("proof."));
    }
    if let Value::Object(object) = document {
        sign_and_alter(object);
    }
}

fn checked(document: &[u8]) -> ProofReport {
    let now: Timestamp = ISSUED_AT.parse().expect("a valid time");
    let report = check(document, MAX_BYTES, now).expect("was read before");
    assert_eq!(report.holds(), !report.signers.is_empty() && report.problems.is_empty());
    report
}

fn sign_and_alter(mut object: Map<String, Value>) {
    // RFC 8785 writes 1e20 as an integer, which nobody may write as one.
    if read(Value::from(object.clone()).to_string().as_bytes(), MAX_BYTES).is_err() {
        return;
    }
    sign(&mut object, &[1, 2]);
    let judged = |document: Value| checked(document.to_string().as_bytes());
    let names = |report: &ProofReport| -> BTreeSet<String> {
        report.signers.iter().map(ToString::to_string).collect()
    };
    let both = BTreeSet::from([multikey(1), multikey(2)]);
    let report = judged(object.clone().into());
    assert!(report.holds(), "what was signed holds: {:?}", report.problems);
    assert_eq!(names(&report), both);

    // The order of proofs means nothing, nor does one that comes twice.
    let mut again = object.clone();
    let proofs = again["proof"].as_array_mut().expect("two proofs");
    proofs.reverse();
    proofs.push(proofs[0].clone());
    let report = judged(again.into());
    assert!(report.holds());
    assert_eq!(names(&report), both);

    // No member can be added, taken away or altered.
    let none_holds = |altered: Map<String, Value>, what: &str| {
        assert!(judged(altered.into()).signers.is_empty(), "holds after {what}");
    };
    let mut altered = object.clone();
    if altered.insert("\u{1f600}".to_owned(), json!(0)).is_none() {
        none_holds(altered, "a member was added");
    }
    for name in object.keys().filter(|name| *name != "proof").take(4) {
        let mut altered = object.clone();
        altered.remove(name);
        none_holds(altered, "a member was taken away");
        let mut altered = object.clone();
        altered.insert(name.clone(), json!(format!("{} ", object[name])));
        none_holds(altered, "a member was altered");
    }
}
