//! Proofs of JSON documents that are none of Wellspring's, as `wellspring inspect proof`
//! judges them: who signed, and what is wrong with each proof.

use serde_json::json;

use super::proofs::{proof_with, with_config, with_s_plus_l};
use super::texts::{MIXED_ORDER, REFUSED_POINTS, X25519};
use super::{Alteration, ISSUED_AT, altered, canonical, public, remove, signed};
use crate::envelope::tests::time;
use crate::json::Value;
use crate::proof::{self, CONTEXT, CRYPTOSUITE, PROOF_PURPOSE, PROOF_TYPE, ProofReport};

/// A document, and what the check of its proofs comes to at [`ISSUED_AT`].
pub(super) struct ProofVector {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) bytes: Vec<u8>,
    /// The seeds of the keys that signed, or a key as text.
    pub(super) signers: Vec<String>,
    pub(super) problems: Vec<&'static str>,
}

impl ProofVector {
    fn new(name: &'static str, about: &'static str, document: &Value) -> Self {
        let bytes = canonical(document);
        Self { name, about, bytes, signers: Vec::new(), problems: Vec::new() }
    }

    fn signed_by(self, seeds: &[u8]) -> Self {
        Self { signers: seeds.iter().map(|seed| public(*seed).to_string()).collect(), ..self }
    }

    fn problems(self, problems: &[&'static str]) -> Self {
        Self { problems: problems.to_vec(), ..self }
    }

    /// The report of this crate, after it has been compared with what is expected.
    pub(super) fn check(&self) -> ProofReport {
        let report = proof::check(&self.bytes, 100_000, time(ISSUED_AT)).unwrap();
        let signers: Vec<String> = report.signers.iter().map(ToString::to_string).collect();
        let mut expected = self.signers.clone();
        expected.sort_by_key(|key| crate::base58::reference::base58btc(key));
        assert_eq!(signers, expected, "{}", self.name);
        let problems: Vec<_> = report.problems.iter().map(super::codes::of_proof).collect();
        assert_eq!(problems, self.problems, "{}", self.name);
        assert!(report.problems.iter().all(|error| error.code() == super::codes::of_proof(error)));
        report
    }
}

fn plain() -> Value {
    json!({ "a": 1 })
}

fn one() -> Value {
    signed(plain(), &[1])
}

pub(super) fn vectors() -> Vec<ProofVector> {
    let mut vectors = good();
    vectors.extend(sets());
    vectors.extend(contexts());
    vectors.extend(names_and_dates());
    vectors.extend(keys());
    vectors.extend(signatures());
    vectors
}

fn good() -> Vec<ProofVector> {
    let new = ProofVector::new;
    vec![
        new("good", "One proof.", &one()).signed_by(&[1]),
        new("good-empty", "An object with nothing but its proof.", &signed(json!({}), &[1]))
            .signed_by(&[1]),
        new("good-set", "Two proofs.", &signed(plain(), &[2, 1])).signed_by(&[1, 2]),
        new("good-same-twice", "Two proofs of one key.", &signed(plain(), &[1, 1])).signed_by(&[1]),
        new(
            "good-no-created",
            "Without `created`.",
            &with_config(&plain(), 1, |p| {
                remove(p, "created");
            }),
        )
        .signed_by(&[1]),
        new(
            "good-expires-now",
            "It expires at this very second.",
            &with_config(&plain(), 1, |p| {
                p["expires"] = json!(ISSUED_AT);
            }),
        )
        .signed_by(&[1]),
        new(
            "good-expires-later",
            "It expires later.",
            &with_config(&plain(), 1, |p| {
                p["expires"] = json!("2026-11-22T12:00:00.5+01:00");
            }),
        )
        .signed_by(&[1]),
    ]
}

fn sets() -> Vec<ProofVector> {
    let new = ProofVector::new;
    let both = signed(plain(), &[1, 2]);
    let set = |alter: fn(&mut Value)| altered(both.clone(), |d| alter(&mut d["proof"]));
    let crowd: Vec<u8> = (1..=33).collect();
    vec![
        new("not-an-object", "An array.", &json!([one()])).problems(&["proof.not-an-object"]),
        new("missing", "No proof.", &plain()).problems(&["proof.missing"]),
        new(
            "empty-set",
            "An empty array: not everybody in it signed.",
            &altered(plain(), |d| {
                d["proof"] = json!([]);
            }),
        )
        .problems(&["proof.missing"]),
        new("null", "The proof is null.", &altered(plain(), |d| d["proof"] = json!(null)))
            .problems(&["proof.malformed"]),
        new("too-many", "33 proofs; none of them is judged.", &signed(plain(), &crowd))
            .problems(&["proof.too-many"]),
        new(
            "set-one-altered",
            "The second of two proofs was altered.",
            &set(|p| {
                p[1]["nonce"] = json!("x");
            }),
        )
        .signed_by(&[1])
        .problems(&["proof.invalid-signature"]),
        new(
            "set-odd",
            "Values that are no proofs among those that are.",
            &set(|p| {
                *p = json!([7, p[0], { "type": "x" }, p[1], []]);
            }),
        )
        .signed_by(&[1, 2])
        .problems(&["proof.malformed", "proof.wrong-type", "proof.malformed"]),
        new(
            "chained",
            "The second proof depends on the first.",
            &altered(both.clone(), |d| {
                remove(d, "proof");
                let first = proof_with(d, 1, |p| p["id"] = json!("urn:example:1"));
                let second = proof_with(d, 2, |p| p["previousProof"] = json!("urn:example:1"));
                d["proof"] = json!([first, second]);
            }),
        )
        .signed_by(&[1])
        .problems(&["proof.chained"]),
    ]
}

fn contexts() -> Vec<ProofVector> {
    let new = ProofVector::new;
    let with = |context: Value| json!({ "@context": context, "a": 1 });
    let in_proof =
        |document: Value, context: Value| with_config(&document, 1, |p| p["@context"] = context);
    let appended = altered(signed(with(json!([CONTEXT])), &[1]), |d| {
        d["@context"] = json!([CONTEXT, "https://attacker.example/"]);
    });
    let reordered = {
        let context = json!([{ "a": "urn:a", "b": "urn:b" }]);
        in_proof(with(context.clone()), context)
    };
    let mismatch = |name, about, document: &Value| {
        new(name, about, document).problems(&["proof.context-mismatch"])
    };
    vec![
        new("context", "`@context` in document and proof.", &signed(with(json!(CONTEXT)), &[1]))
            .signed_by(&[1]),
        new(
            "context-any",
            "Any `@context`, as long as both are equal.",
            &signed(with(json!([CONTEXT, "https://example.org/"])), &[1]),
        )
        .signed_by(&[1]),
        new("context-object", "A context that is an object.", &reordered).signed_by(&[1]),
        mismatch(
            "context-appended",
            "A context was appended after signing. The standard takes it; nobody should.",
            &appended,
        ),
        mismatch("context-in-document", "In the document alone.", &in_document_alone()),
        mismatch("context-in-proof", "In the proof alone.", &in_proof(plain(), json!(CONTEXT))),
        mismatch(
            "context-null-in-document",
            "Null in the document and absent in the proof are not the same.",
            &altered(one(), |d| d["@context"] = json!(null)),
        ),
        mismatch(
            "context-string-and-array",
            "A string in the proof and an array of it in the document.",
            &in_proof(with(json!([CONTEXT])), json!(CONTEXT)),
        ),
        mismatch(
            "context-true-and-1",
            "true and 1, which some languages take for equal.",
            &in_proof(with(json!([true])), json!([1])),
        ),
    ]
}

fn in_document_alone() -> Value {
    let document = json!({ "@context": CONTEXT, "a": 1 });
    with_config(&document, 1, |p| remove(p, "@context"))
}

fn names_and_dates() -> Vec<ProofVector> {
    let cases: [(&str, &str, &str, Alteration); 9] = [
        ("type", "Another type.", "proof.wrong-type", |p| {
            p["type"] = json!("Ed25519Signature2020");
        }),
        ("cryptosuite", "Another cryptosuite.", "proof.wrong-cryptosuite", |p| {
            p["cryptosuite"] = json!("ecdsa-jcs-2019");
        }),
        ("type-and-cryptosuite", "Both are others.", "proof.wrong-type", |p| {
            p["type"] = json!("x");
            p["cryptosuite"] = json!("x");
        }),
        ("purpose", "Another purpose.", "proof.wrong-purpose", |p| {
            p["proofPurpose"] = json!("authentication");
        }),
        ("created-date", "`created` is a date.", "proof.bad-date", |p| {
            p["created"] = json!("2026-11-22");
        }),
        ("expires-number", "`expires` is a number.", "proof.bad-date", |p| {
            p["expires"] = json!(4_000_000_000_u64);
        }),
        ("expired", "It expired a second ago.", "proof.expired", |p| {
            p["expires"] = json!("2026-11-22T09:59:59Z");
        }),
        ("expired-offset", "It expired, in another time zone.", "proof.expired", |p| {
            p["expires"] = json!("2026-11-22T10:59:59.9+01:00");
        }),
        ("previous-empty", "`previousProof` is an empty array.", "proof.chained", |p| {
            p["previousProof"] = json!([]);
        }),
    ];
    cases
        .into_iter()
        .map(|(name, about, code, alter)| {
            ProofVector::new(name, about, &with_config(&plain(), 1, alter)).problems(&[code])
        })
        .collect()
}

fn keys() -> Vec<ProofVector> {
    let named = |name, about, method: String, code| {
        let document = with_config(&plain(), 1, |p| p["verificationMethod"] = json!(method));
        ProofVector::new(name, about, &document).problems(&[code])
    };
    let method = |name, about, text| named(name, about, text, "proof.wrong-verification-method");
    let key = |name, about, key: &str| {
        named(name, about, format!("did:key:{key}#{key}"), "proof.refused-key")
    };
    let one = public(1).to_string();
    let [weak, off_curve, unreduced] = REFUSED_POINTS;
    vec![
        method("key-no-fragment", "`did:key:K` without a fragment.", format!("did:key:{one}")),
        method(
            "key-other-fragment",
            "`did:key:K#L`: which of the two signed?",
            format!("did:key:{one}#{}", public(2)),
        ),
        method("key-two-fragments", "`did:key:K#K#K`.", format!("did:key:{one}#{one}#{one}")),
        method(
            "key-did-web",
            "A did:web, which would have to be fetched.",
            "did:web:example.org#1".to_owned(),
        ),
        method(
            "key-url",
            "An address, which would have to be fetched.",
            "https://example.org/key".to_owned(),
        ),
        key("key-empty", "`did:key:#`.", ""),
        key("key-leading-zero", "A zero byte in front of the key.", &one.replacen('z', "z1", 1)),
        key("key-base64", "The key in base64url.", "u7QGKiOPddAnxlf1S2y08ul1yyMcJvx2UEhv"),
        key("key-x25519", "A key for key agreement.", X25519),
        key("key-weak", "The neutral element: one signature fits every document.", weak),
        key("key-off-curve", "No point of the curve.", off_curve),
        key("key-unreduced", "A point in an encoding that is not canonical.", unreduced),
    ]
}

/// A proof of `key` over the plain document, with this proof value.
fn made_elsewhere(key: &str, proof_value: &str) -> Value {
    altered(plain(), |d| {
        d["proof"] = json!({
            "type": PROOF_TYPE,
            "cryptosuite": CRYPTOSUITE,
            "created": ISSUED_AT,
            "verificationMethod": format!("did:key:{key}#{key}"),
            "proofPurpose": PROOF_PURPOSE,
            "proofValue": proof_value,
        });
    })
}

/// Signatures about which implementations disagree. Three were made with arithmetic on the
/// curve that no signing function offers.
fn signatures() -> Vec<ProofVector> {
    let invalid = |name, about, document: &Value| {
        ProofVector::new(name, about, document).problems(&["proof.invalid-signature"])
    };
    let s_plus_l = altered(one(), |d| {
        let changed = with_s_plus_l(d["proof"]["proofValue"].as_str().unwrap());
        d["proof"]["proofValue"] = json!(changed);
    });
    let neutral_r = made_elsewhere(
        &public(1).to_string(),
        "z2AFv15MNPuA84RmU66xw2uMzGipcVxNpzAffoacGVvjHzsbN3LGyf7mPokejtyrjLHLhf1GHNDYWH2y9DdkrKtP",
    );
    let needs_cofactor = made_elsewhere(
        MIXED_ORDER,
        "zk2CgMzfkpt42438AgxQF7KNbp6Ry1iNru5Wbr4eA5TqsbhK2rDAQteT3mKFWTxm76QM4xd5sPdYDdefKPXEo9tQ",
    );
    let mixed = made_elsewhere(
        MIXED_ORDER,
        "z2C4eGBXuSv7EQdzQuV3hZw2jtCvzHsDuDo4ZXonXw95GeXSBbpzK8qbPkgjqAxFZZHEqk1JrW41GrRBjA7uAPJrD",
    );
    let mut taken = ProofVector::new(
        "signature-mixed-order",
        "A key of neither small nor prime order, and a signature that holds without the cofactor.",
        &mixed,
    );
    taken.signers = vec![MIXED_ORDER.to_owned()];
    vec![
        taken,
        invalid("signature-s-plus-l", "S + L in place of S: a second signature.", &s_plus_l),
        invalid("signature-neutral-r", "R is the neutral element. OpenSSL takes it.", &neutral_r),
        invalid(
            "signature-needs-cofactor",
            "It holds only in the equation with the cofactor: batch verification takes it.",
            &needs_cofactor,
        ),
        invalid(
            "document-altered",
            "The document was altered.",
            &altered(one(), |d| {
                d["a"] = json!(2);
            }),
        ),
        invalid("document-grown", "A member was added.", &altered(one(), |d| d["b"] = json!(0))),
        invalid(
            "proof-altered",
            "The proof was altered.",
            &altered(one(), |d| {
                d["proof"]["created"] = json!("2026-11-22T10:00:01Z");
            }),
        ),
        ProofVector::new(
            "proof-value-missing",
            "No `proofValue`.",
            &altered(one(), |d| {
                remove(&mut d["proof"], "proofValue");
            }),
        )
        .problems(&["proof.bad-proof-value"]),
    ]
}
