//! The proofs of documents.

use serde_json::json;

use super::history::{Step, chain};
use super::{
    Alteration, ISSUED_AT, Vector, altered, canonical, object, one_key, profile, public, remove,
    resigned, short, signed,
};
use crate::base58::reference::to_base58btc;
use crate::digest::sha256;
use crate::envelope::tests::{key, time};
use crate::json::Value;
use crate::proof::{self, CONTEXT};

/// The proof of a key over `document`, with a configuration that was altered before signing.
pub(super) fn proof_with(document: &Value, seed: u8, alter: impl FnOnce(&mut Value)) -> Value {
    let mut proof = proof::create(object(document), &key(seed), time(ISSUED_AT));
    remove(&mut proof, "proofValue");
    alter(&mut proof);
    let hashes = [sha256(&canonical(&proof)), proof::hash_of(object(document))];
    proof["proofValue"] = json!(to_base58btc(&key(seed).sign(&hashes.concat())));
    proof
}

/// `document` with one such proof.
pub(super) fn with_config(document: &Value, seed: u8, alter: impl FnOnce(&mut Value)) -> Value {
    let mut document = document.clone();
    document["proof"] = proof_with(&document, seed, alter);
    document
}

/// The signature with S + L in place of S: another that a lax check takes.
pub(super) fn with_s_plus_l(proof_value: &str) -> String {
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bytes = crate::base58::reference::base58btc(proof_value).unwrap();
    let mut carry = 0_u16;
    for (byte, addend) in bytes[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(addend) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
    to_base58btc(&bytes)
}

/// The proof value with a bit of R changed.
pub(super) fn with_other_r(proof_value: &str) -> String {
    let mut bytes = crate::base58::reference::base58btc(proof_value).unwrap();
    bytes[0] ^= 1;
    to_base58btc(&bytes)
}

fn two_of_three() -> Value {
    profile(&chain(&[Step::new(&[1, 2, 3], 2, &[1, 2])]))
}

pub(super) fn vectors() -> Vec<Vector> {
    let mut vectors = good_sets();
    vectors.extend(good_configurations());
    vectors.extend(altered_documents());
    vectors.extend(altered_proofs());
    vectors.extend(signed_otherwise());
    vectors.extend(methods());
    vectors.extend(below_threshold());
    vectors
}

fn good_sets() -> Vec<Vector> {
    let set = |name, about, seeds: &[u8]| Vector::good(name, about, &signed(two_of_three(), seeds));
    let crowd: Vec<u8> = (1..=32).collect();
    let broken = altered(signed(two_of_three(), &[1, 2, 3]), |d| {
        d["proof"][1]["created"] = json!("2026-11-22T10:00:01Z");
    });
    let odd = altered(signed(two_of_three(), &[1, 2]), |d| {
        let (one, two) = (d["proof"][0].clone(), d["proof"][1].clone());
        d["proof"] = json!([null, "z", one, { "type": "Ed25519Signature2020" }, [], two]);
    });
    let in_array = altered(short(), |d| d["proof"] = json!([d["proof"]]));
    vec![
        set("good-two-of-three", "Two of three keys signed.", &[1, 2]),
        set("good-two-of-three-other-order", "Two of three, in another order.", &[2, 1]),
        set("good-three-of-three", "All three keys signed where two are needed.", &[3, 2, 1]),
        set("good-outsiders", "Strangers and repetitions among the proofs.", &[8, 1, 1, 9, 2]),
        set("good-most-proofs", "32 proofs, three of them of the issuer's keys.", &crowd),
        Vector::good("good-proof-in-array", "One proof, in an array.", &in_array),
        Vector::good("good-broken-proof", "One of three proofs does not hold; two do.", &broken),
        Vector::good(
            "good-odd-proofs",
            "Values that are no proofs at all, and two that are.",
            &odd,
        ),
    ]
}

fn good_configurations() -> Vec<Vector> {
    let cases: [(&str, &str, Alteration); 6] = [
        ("no-created", "The proof has no `created`.", |p| remove(p, "created")),
        ("created-later", "`created` is long after the document expired: not compared.", |p| {
            p["created"] = json!("2999-12-31T23:59:59Z");
        }),
        ("created-fraction", "`created` has a fraction and an offset.", |p| {
            p["created"] = json!("2026-11-22T11:00:00.123456789+01:00");
        }),
        ("created-year-0", "`created` is in the year 0.", |p| {
            p["created"] = json!("0000-02-29T00:00:00Z");
        }),
        ("proof-members", "The proof has further members, which are signed as well.", |p| {
            p["id"] = json!("urn:uuid:00000000-0000-4000-8000-000000000000");
            p["nonce"] = json!("Grüße");
            p["domain"] = json!(["example.org"]);
            p["unknown"] = json!({ "proofValue": "z", "n": 1e21 });
        }),
        ("proof-later-member-null", "The proof has an unknown member that is null.", |p| {
            p["later"] = json!(null);
        }),
    ];
    let mut vectors: Vec<Vector> = cases
        .into_iter()
        .map(|(name, about, alter)| {
            let document = with_config(&profile(&one_key()), 1, alter);
            Vector::good(&format!("good-{name}"), about, &document)
        })
        .collect();
    vectors.push(Vector::good(
        "good-context",
        "The one `@context` that documents may have, in document and proof.",
        &resigned(|d| d["@context"] = json!(CONTEXT)),
    ));
    vectors
}

/// Somebody altered the document after it was signed.
fn altered_documents() -> Vec<Vector> {
    let cases: [(&str, &str, &str, Alteration); 13] = [
        ("proof.missing", "proof-missing", "The proof is gone.", |d| remove(d, "proof")),
        ("proof.missing", "proof-empty-array", "The proofs are an empty array.", |d| {
            d["proof"] = json!([]);
        }),
        ("proof.malformed", "proof-null", "The proof is null.", |d| d["proof"] = json!(null)),
        ("proof.malformed", "proof-text", "The proof is text.", |d| d["proof"] = json!("z")),
        ("proof.malformed", "proof-array-in-array", "An array in the array of proofs.", |d| {
            d["proof"] = json!([[d["proof"]]]);
        }),
        ("proof.too-many", "proof-33", "The same good proof 33 times.", |d| {
            d["proof"] = json!(vec![d["proof"].clone(); 33]);
        }),
        ("proof.invalid-signature", "proof-sequence-altered", "Another sequence.", |d| {
            d["sequence"] = json!(2);
        }),
        ("proof.invalid-signature", "proof-expiry-altered", "Another time of expiry.", |d| {
            d["expires_at"] = json!("2027-11-22T10:00:01Z");
        }),
        ("proof.invalid-signature", "proof-subject-altered", "Another server.", |d| {
            d["server_name"] = json!("barden.example");
        }),
        ("proof.invalid-signature", "proof-member-added", "An unknown member was added.", |d| {
            d["later"] = json!(null);
        }),
        ("proof.invalid-signature", "proof-nested-member-added", "One deeper.", |d| {
            d["about"]["later"] = json!([]);
        }),
        ("proof.context-mismatch", "proof-context-added", "The `@context` was added.", |d| {
            d["@context"] = json!(CONTEXT);
        }),
        (
            "proof.invalid-signature",
            "proof-state-proof-added",
            "A proof of a state was added.",
            |d| {
                let more = proof::create(object(&d["key_history"][0]), &key(9), time(ISSUED_AT));
                d["key_history"][0]["proof"] = json!([d["key_history"][0]["proof"], more]);
            },
        ),
    ];
    cases
        .into_iter()
        .map(|(code, name, about, alter)| Vector::bad(code, name, about, &altered(short(), alter)))
        .collect()
}

/// Somebody altered the proof after it was made.
fn altered_proofs() -> Vec<Vector> {
    let value = |alter: fn(&str) -> String| {
        altered(short(), |d| {
            let proof_value = d["proof"]["proofValue"].as_str().unwrap();
            d["proof"]["proofValue"] = json!(alter(proof_value));
        })
    };
    let bad_value = |name, about, alter: fn(&str) -> String| {
        Vector::bad("proof.bad-proof-value", name, about, &value(alter))
    };
    let signature = |name, about, document: &Value| {
        Vector::bad("proof.invalid-signature", name, about, document)
    };
    let alter_proof = |alter: Alteration| altered(short(), |d| alter(&mut d["proof"]));
    let swapped = altered(short(), |d| {
        d["proof"]["proofValue"] = d["key_history"][0]["proof"]["proofValue"].clone();
    });
    vec![
        Vector::bad(
            "proof.bad-proof-value",
            "proof-value-missing",
            "No `proofValue`.",
            &alter_proof(|p| remove(p, "proofValue")),
        ),
        Vector::bad(
            "proof.bad-proof-value",
            "proof-value-array",
            "`proofValue` is an array.",
            &alter_proof(|p| p["proofValue"] = json!([p["proofValue"]])),
        ),
        bad_value("proof-value-base64", "`proofValue` in base64url (multibase u).", |_| {
            format!("u{}", "A".repeat(86))
        }),
        bad_value("proof-value-short", "A signature of 63 bytes.", |v| {
            to_base58btc(&crate::base58::reference::base58btc(v).unwrap()[..63])
        }),
        bad_value("proof-value-long", "A signature with a zero byte in front.", |v| {
            v.replacen('z', "z1", 1)
        }),
        bad_value("proof-value-space", "A space behind the signature, which decoders skip.", |v| {
            format!("{v} ")
        }),
        bad_value("proof-value-letter", "A letter that base58 does not have.", |v| {
            v.replacen('z', "zl", 1)
        }),
        bad_value("proof-value-endless", "A signature of a thousand letters.", |_| {
            format!("z{}", "2".repeat(1000))
        }),
        signature(
            "proof-s-plus-l",
            "S + L in place of S: a second signature out of the first.",
            &value(with_s_plus_l),
        ),
        signature("proof-other-r", "A bit of R is another.", &value(with_other_r)),
        signature("proof-zeros", "64 zero bytes.", &value(|_| to_base58btc(&[0; 64]))),
        signature(
            "proof-nonce-added",
            "A member was added to the proof.",
            &alter_proof(|p| p["nonce"] = json!("x")),
        ),
        signature(
            "proof-created-altered",
            "Another `created`.",
            &alter_proof(|p| p["created"] = json!("2026-11-22T10:00:01Z")),
        ),
        signature(
            "proof-created-removed",
            "`created` is gone.",
            &alter_proof(|p| remove(p, "created")),
        ),
        signature("proof-of-the-state", "The signature is that of the key state.", &swapped),
    ]
}

/// The signer made a proof of another shape, and a signature that fits it.
fn signed_otherwise() -> Vec<Vector> {
    let cases: [(&str, &str, &str, Alteration); 19] = [
        ("proof.wrong-type", "type", "Another type of proof.", |p| {
            p["type"] = json!("Ed25519Signature2020");
        }),
        ("proof.wrong-type", "no-type", "No type.", |p| remove(p, "type")),
        ("proof.wrong-type", "type-array", "The right type in an array.", |p| {
            p["type"] = json!([p["type"]]);
        }),
        ("proof.wrong-cryptosuite", "cryptosuite", "Another cryptosuite.", |p| {
            p["cryptosuite"] = json!("eddsa-rdfc-2022");
        }),
        ("proof.wrong-cryptosuite", "no-cryptosuite", "No cryptosuite.", |p| {
            remove(p, "cryptosuite");
        }),
        ("proof.wrong-cryptosuite", "cryptosuite-upper-case", "Its name in another case.", |p| {
            p["cryptosuite"] = json!("EDDSA-JCS-2022");
        }),
        ("proof.wrong-purpose", "purpose", "Another purpose.", |p| {
            p["proofPurpose"] = json!("authentication");
        }),
        ("proof.wrong-purpose", "no-purpose", "No purpose.", |p| remove(p, "proofPurpose")),
        ("proof.context-mismatch", "context", "`@context` in the proof alone.", |p| {
            p["@context"] = json!(CONTEXT);
        }),
        ("proof.context-mismatch", "context-null", "A null `@context` in the proof alone.", |p| {
            p["@context"] = json!(null);
        }),
        ("proof.chained", "chained", "The proof depends on another one.", |p| {
            p["previousProof"] = json!("urn:uuid:00000000-0000-4000-8000-000000000000");
        }),
        ("proof.chained", "chained-null", "`previousProof` is null.", |p| {
            p["previousProof"] = json!(null);
        }),
        ("proof.bad-date", "created-date", "`created` is a date.", |p| {
            p["created"] = json!("2026-11-22");
        }),
        ("proof.bad-date", "created-local", "`created` has no time zone.", |p| {
            p["created"] = json!("2026-11-22T10:00:00");
        }),
        ("proof.bad-date", "created-leap-second", "`created` is a leap second.", |p| {
            p["created"] = json!("2016-12-31T23:59:60Z");
        }),
        ("proof.bad-date", "created-null", "`created` is null.", |p| {
            p["created"] = json!(null);
        }),
        ("proof.bad-date", "expires-text", "`expires` is no time.", |p| {
            p["expires"] = json!("never");
        }),
        ("proof.expired", "expired", "The proof has expired.", |p| {
            p["expires"] = json!("2026-11-23T10:00:00Z");
        }),
        (
            "proof.expired",
            "expires",
            "The proof will expire: a document's verdict must not change with the clock.",
            |p| p["expires"] = json!("2999-01-01T00:00:00Z"),
        ),
    ];
    cases
        .into_iter()
        .map(|(code, name, about, alter)| {
            let document = with_config(&profile(&one_key()), 1, alter);
            Vector::bad(code, &format!("proof-{name}"), about, &document)
        })
        .collect()
}

/// How a proof may name its key.
fn methods() -> Vec<Vector> {
    let one = public(1);
    let [weak, off_curve, unreduced] = super::texts::REFUSED_POINTS;
    let x25519 = super::texts::X25519;
    let did = |key: &str| format!("did:key:{key}#{key}");
    let cases = [
        ("wrong-verification-method", "method-no-fragment", format!("did:key:{one}")),
        (
            "wrong-verification-method",
            "method-other-fragment",
            format!("did:key:{one}#{}", public(2)),
        ),
        ("wrong-verification-method", "method-key-1", format!("did:key:{one}#key-1")),
        ("wrong-verification-method", "method-did-web", "did:web:garden.example#key".to_owned()),
        ("wrong-verification-method", "method-bare-key", one.to_string()),
        ("wrong-verification-method", "method-upper-case", format!("DID:KEY:{one}#{one}")),
        ("wrong-verification-method", "method-space", format!("did:key:{one}#{one} ")),
        ("refused-key", "method-leading-zero", did(&one.to_string().replacen('z', "z1", 1))),
        ("refused-key", "method-x25519", did(x25519)),
        ("refused-key", "method-weak-key", did(weak)),
        ("refused-key", "method-off-curve", did(off_curve)),
        ("refused-key", "method-unreduced", did(unreduced)),
        ("refused-key", "method-spaces", did(&format!("{one} "))),
    ];
    let mut vectors = Vec::new();
    for (code, name, method) in cases {
        let code = match code {
            "refused-key" => "proof.refused-key",
            _ => "proof.wrong-verification-method",
        };
        let about = format!("The proof names its key as \"{method}\".");
        let document = with_config(&profile(&one_key()), 1, |p| {
            p["verificationMethod"] = json!(method);
        });
        vectors.push(Vector::bad(code, &format!("proof-{name}"), &about, &document));
    }
    let no_text = with_config(&profile(&one_key()), 1, |p| {
        p["verificationMethod"] = json!({ "id": p["verificationMethod"] });
    });
    vectors.push(Vector::bad(
        "proof.wrong-verification-method",
        "proof-method-object",
        "The proof describes its key in an object.",
        &no_text,
    ));
    let other = with_config(&profile(&one_key()), 1, |p| {
        p["verificationMethod"] = json!(public(2).verification_method());
    });
    vectors.push(Vector::bad(
        "proof.invalid-signature",
        "proof-method-other-key",
        "The proof names another key than the one that signed.",
        &other,
    ));
    vectors
}

/// Some proof holds, but too few of the issuer's keys signed.
fn below_threshold() -> Vec<Vector> {
    let case =
        |name, about, document: Value| Vector::bad("proof.below-threshold", name, about, &document);
    let set = |name, about, seeds: &[u8]| case(name, about, signed(two_of_three(), seeds));
    let rotated = chain(&[Step::new(&[1], 1, &[1]), Step::new(&[2], 1, &[1, 2])]);
    let recoverable = chain(&[Step::new(&[1], 1, &[1]).recovery(&[8], 1)]);
    let broken = |proofs: &[usize]| {
        altered(signed(two_of_three(), &[1, 2, 3]), |d| {
            for index in proofs {
                d["proof"][*index]["nonce"] = json!("added later");
            }
        })
    };
    vec![
        set("proof-one-of-two", "One key signed where two are needed.", &[1]),
        set("proof-one-key-twice", "One key signed twice: keys count, not proofs.", &[1, 1]),
        set("proof-one-key-and-strangers", "One key and two strangers signed.", &[8, 1, 9]),
        set("proof-strangers", "Two strangers signed.", &[8, 9]),
        case(
            "proof-stranger",
            "A stranger signed a document of somebody else.",
            signed(profile(&one_key()), &[2]),
        ),
        case(
            "proof-retired-key",
            "A key signed that was replaced.",
            signed(profile(&rotated), &[1]),
        ),
        case(
            "proof-recovery-key",
            "A recovery key signed; those sign key states only.",
            signed(profile(&recoverable), &[8]),
        ),
        case("proof-two-broken", "Two of three proofs do not hold.", broken(&[0, 1])),
        Vector::bad(
            "proof.invalid-signature",
            "proof-three-broken",
            "None of three proofs holds.",
            &broken(&[0, 1, 2]),
        ),
        case(
            "proof-stranger-and-odd",
            "A stranger's proof holds, the issuer's has another type.",
            altered(signed(profile(&one_key()), &[2, 1]), |d| {
                d["proof"][1]["type"] = json!("Ed25519Signature2020");
            }),
        ),
        Vector::bad(
            "proof.wrong-purpose",
            "proof-first-problem",
            "Two proofs, neither holds: the first one's reason counts.",
            &altered(signed(profile(&one_key()), &[1, 2]), |d| {
                d["proof"][0]["proofPurpose"] = json!("authentication");
                d["proof"][1]["type"] = json!("Ed25519Signature2020");
            }),
        ),
    ]
}
