//! Key histories: rotations, recoveries, and everything that can be wrong with them.

use serde_json::json;

use super::{
    Alteration, ISSUED_AT, Vector, altered, one_key, profile, public, remove, signed, state_hash,
};
use crate::json::Value;
use crate::proof::MAX_PROOFS;
use crate::{KeyHistory, KeyState};

/// One key state: who may sign, and who did.
#[derive(Clone)]
pub(super) struct Step {
    signing: Vec<u8>,
    threshold: u32,
    recovery: Option<(Vec<u8>, u32)>,
    signers: Vec<u8>,
    /// Before it is signed.
    alter: Option<Alteration>,
    issued_at: &'static str,
}

impl Step {
    pub(super) fn new(signing: &[u8], threshold: u32, signers: &[u8]) -> Self {
        Self {
            signing: signing.to_vec(),
            threshold,
            recovery: None,
            signers: signers.to_vec(),
            alter: None,
            issued_at: ISSUED_AT,
        }
    }

    pub(super) fn recovery(self, keys: &[u8], threshold: u32) -> Self {
        Self { recovery: Some((keys.to_vec(), threshold)), ..self }
    }

    fn altered(self, alter: Alteration) -> Self {
        Self { alter: Some(alter), ..self }
    }

    pub(super) fn issued_at(self, issued_at: &'static str) -> Self {
        Self { issued_at, ..self }
    }
}

/// The signed states of a history; each names the one before, whatever that says.
pub(super) fn chain(steps: &[Step]) -> Vec<Value> {
    let mut states: Vec<Value> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let keys = |seeds: &[u8]| -> Value {
            seeds.iter().map(|seed| public(*seed).to_string()).collect()
        };
        let mut state = json!({
            "version": index + 1,
            "issued_at": step.issued_at,
            "signing_keys": keys(&step.signing),
            "threshold": step.threshold,
        });
        if let Some((recovery, threshold)) = &step.recovery {
            state["recovery_keys"] = keys(recovery);
            state["recovery_threshold"] = json!(threshold);
        }
        if let Some(previous) = states.last() {
            state["previous"] = json!(state_hash(previous));
        }
        if let Some(alter) = step.alter {
            alter(&mut state);
        }
        states.push(signed(state, &step.signers));
    }
    states
}

/// A profile with this history, signed by these keys.
fn under(states: &[Value], signers: &[u8]) -> Value {
    signed(profile(states), signers)
}

fn range(from: u8, count: usize) -> Vec<u8> {
    (from..).take(count).collect()
}

pub(super) fn vectors() -> Vec<Vector> {
    let mut vectors = good_rotations();
    vectors.extend(good_recoveries());
    vectors.extend(good_oddities());
    vectors.extend(malformed());
    vectors.extend(numbers_and_links());
    vectors.extend(authority());
    vectors.extend(recovery_authority());
    vectors
}

fn first_of_three() -> Step {
    Step::new(&[1, 2, 3], 2, &[1, 2])
}

fn with_recovery() -> Step {
    first_of_three().recovery(&[8, 9], 1)
}

fn good_rotations() -> Vec<Vector> {
    let one = Step::new(&[1], 1, &[1]);
    let rotated = chain(&[one.clone(), Step::new(&[2], 1, &[1, 2])]);
    let to_two_of_three = chain(&[one.clone(), Step::new(&[2, 3, 4], 2, &[1, 2, 3])]);
    let to_one = chain(&[first_of_three(), Step::new(&[4], 1, &[1, 3, 4])]);
    let kept = chain(&[first_of_three(), Step::new(&[2, 3, 4], 2, &[2, 3])]);
    let most: Vec<u8> = range(1, KeyState::MAX_KEYS);
    let next = range(101, KeyState::MAX_KEYS);
    let all_replaced =
        chain(&[Step::new(&most, 16, &most), Step::new(&next, 16, &[&most[..], &next].concat())]);
    let longest = chain(&vec![one; KeyHistory::MAX_STATES]);
    vec![
        Vector::good(
            "good-rotated",
            "The key was replaced; old and new signed that. The issuer is the same.",
            &under(&rotated, &[2]),
        ),
        Vector::good(
            "good-rotated-to-two-of-three",
            "One key became three, of which two sign.",
            &under(&to_two_of_three, &[4, 2]),
        ),
        Vector::good(
            "good-rotated-to-one",
            "Two of three keys handed over to one.",
            &under(&to_one, &[4]),
        ),
        Vector::good(
            "good-rotated-keys-kept",
            "Two keys are in both states; their two proofs meet both thresholds.",
            &under(&kept, &[3, 4]),
        ),
        Vector::good(
            "good-rotated-sixteen-keys",
            "All of 16 keys are replaced by 16 others, which takes the 32 proofs allowed.",
            &under(&all_replaced, &next),
        ),
        Vector::good(
            "good-longest-history",
            "128 key states, all of the same key.",
            &under(&longest, &[1]),
        ),
    ]
}

fn good_recoveries() -> Vec<Vector> {
    let recovered = chain(&[with_recovery(), Step::new(&[4], 1, &[9, 4]).recovery(&[8, 9], 1)]);
    let by_signing = chain(&[with_recovery(), Step::new(&[4], 1, &[1, 3, 4]).recovery(&[8, 9], 1)]);
    let changed = chain(&[with_recovery(), Step::new(&[4], 1, &[8, 4]).recovery(&[7], 1)]);
    let removed = chain(&[with_recovery(), Step::new(&[4], 1, &[8, 4])]);
    let added_by_both =
        chain(&[with_recovery(), Step::new(&[1, 2, 3], 2, &[1, 2, 8]).recovery(&[7], 1)]);
    let reordered =
        chain(&[with_recovery(), Step::new(&[4], 1, &[1, 3, 4]).recovery(&[9, 8, 8], 1)]);
    let two_of_three_recover = chain(&[
        Step::new(&[1], 1, &[1]).recovery(&[7, 8, 9], 2),
        Step::new(&[4], 1, &[9, 7, 4]).recovery(&[7, 8, 9], 2),
        Step::new(&[5], 1, &[4, 5]).recovery(&[7, 8, 9], 2),
    ]);
    let both_roles = chain(&[
        Step::new(&[1], 1, &[1]).recovery(&[1], 1),
        Step::new(&[2], 1, &[1, 2]).recovery(&[3], 1),
    ]);
    [
        ("good-recovered", "A recovery key replaced the signing keys.", recovered, 4),
        (
            "good-rotated-beside-recovery-keys",
            "The signing keys were replaced by themselves; the recovery keys stay.",
            by_signing,
            4,
        ),
        ("good-recovery-keys-changed", "A recovery key replaced all keys.", changed, 4),
        ("good-recovery-keys-removed", "A recovery key removed the recovery keys.", removed, 4),
        (
            "good-recovery-keys-in-other-order",
            "The recovery keys stand in another order and one twice: the same set of keys.",
            reordered,
            4,
        ),
        (
            "good-recovered-two-of-three",
            "Two of three recovery keys recovered; a rotation followed.",
            two_of_three_recover,
            5,
        ),
        (
            "good-key-in-both-roles",
            "One key is signing and recovery key; its proof counts for both.",
            both_roles,
            2,
        ),
    ]
    .into_iter()
    .map(|(name, about, states, signer)| Vector::good(name, about, &under(&states, &[signer])))
    .chain([Vector::good(
        "good-recovery-and-signing",
        "Signing and recovery thresholds signed together, and new recovery keys came.",
        &under(&added_by_both, &[2, 3]),
    )])
    .collect()
}

fn good_oddities() -> Vec<Vector> {
    let earlier = chain(&[
        Step::new(&[1], 1, &[1]),
        Step::new(&[2], 1, &[1, 2]).issued_at("2020-01-01T00:00:00Z"),
        Step::new(&[3], 1, &[2, 3]).issued_at("2099-01-01T00:00:00Z"),
    ]);
    let listed_twice = chain(&[Step::new(&[1, 1], 1, &[1])]);
    let unknown =
        chain(&[Step::new(&[1], 1, &[1])
            .altered(|state| state["note"] = json!({ "later": [null, 0.5] }))]);
    let spelt = chain(&[Step::new(&[1], 1, &[1])]);
    let spelt = String::from_utf8(super::canonical(&under(&spelt, &[1]))).unwrap();
    let spelt =
        spelt.replace("\"threshold\":1,\"version\":1", "\"threshold\":1.0,\"version\":1E+0");
    let outsiders = chain(&[Step::new(&[1], 1, &[7, 1, 1, 9])]);
    let broken = altered(under(&one_key(), &[1]), |document| {
        let state = &mut document["key_history"][0];
        state["proof"] = json!([{ "type": "Ed25519Signature2020" }, 7, state["proof"]]);
    });
    // A proof is no part of a state's hash, nor of the document's identity.
    vec![
        Vector::good(
            "good-states-out-of-time",
            "The states' own times neither rise nor agree with the document's: not compared.",
            &under(&earlier, &[3]),
        ),
        Vector::good(
            "good-signing-key-listed-twice",
            "A signing key is listed twice, which does no harm with a threshold of 1.",
            &under(&listed_twice, &[1]),
        ),
        Vector::good(
            "good-state-with-unknown-member",
            "A key state has an unknown member, which is part of its hash.",
            &under(&unknown, &[1]),
        ),
        Vector::good(
            "good-state-other-spelling",
            "`threshold` is written 1.0 and `version` 1E+0: the same numbers.",
            spelt.into_bytes(),
        ),
        Vector::good(
            "good-state-with-outsiders",
            "Proofs of strangers and repeated ones stand beside the one that counts.",
            &under(&outsiders, &[1]),
        ),
        Vector::good(
            "good-state-with-broken-proofs",
            "Proofs of a key state that do not hold, and one more document proof under it.",
            &signed(altered(broken, |document| remove(document, "proof")), &[1]),
        ),
    ]
}

/// Each state was signed as it is; its members are wrong.
fn malformed() -> Vec<Vector> {
    let cases: [(&str, &str, Alteration); 23] = [
        ("no-version", "`version` is missing.", |s| remove(s, "version")),
        ("version-text", "`version` is text.", |s| s["version"] = json!("1")),
        ("version-true", "`version` is true, which some languages take for 1.", |s| {
            s["version"] = json!(true);
        }),
        ("version-fraction", "`version` is 1.5.", |s| s["version"] = json!(1.5)),
        ("version-negative", "`version` is -1.", |s| s["version"] = json!(-1)),
        ("version-2-32", "`version` is 2^32.", |s| s["version"] = json!(1_u64 << 32)),
        ("no-issued-at", "`issued_at` is missing.", |s| remove(s, "issued_at")),
        ("issued-at-offset", "`issued_at` has an offset in place of Z.", |s| {
            s["issued_at"] = json!("2026-11-22T10:00:00+00:00");
        }),
        ("no-keys", "`signing_keys` is missing.", |s| remove(s, "signing_keys")),
        ("keys-object", "`signing_keys` is an object.", |s| s["signing_keys"] = json!({})),
        ("keys-text", "`signing_keys` is one key and no array.", |s| {
            s["signing_keys"] = json!(public(1));
        }),
        ("key-null", "A signing key is null.", |s| {
            s["signing_keys"] = json!([public(1), null]);
        }),
        ("key-did", "A signing key is written as a did:key.", |s| {
            s["signing_keys"] = json!([public(1), format!("did:key:{}", public(2))]);
        }),
        ("key-white-space", "A signing key ends with a space, which decoders skip.", |s| {
            s["signing_keys"] = json!([public(1), format!("{} ", public(2))]);
        }),
        ("key-x25519", "A key for key agreement (X25519), which signs nothing.", |s| {
            s["signing_keys"] =
                json!([public(1), "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"]);
        }),
        ("seventeen-keys", "17 signing keys, one of them 16 times.", |s| {
            s["signing_keys"] = json!([vec![public(1); 16], vec![public(2)]].concat());
        }),
        ("no-threshold", "`threshold` is missing.", |s| remove(s, "threshold")),
        ("threshold-true", "`threshold` is true.", |s| s["threshold"] = json!(true)),
        ("threshold-2-32", "`threshold` is 2^32 + 1, which 32 bits take for 1.", |s| {
            s["threshold"] = json!((1_u64 << 32) + 1);
        }),
        ("recovery-keys-alone", "`recovery_keys` without a `recovery_threshold`.", |s| {
            s["recovery_keys"] = json!([public(8)]);
        }),
        ("recovery-threshold-alone", "`recovery_threshold` without `recovery_keys`.", |s| {
            s["recovery_threshold"] = json!(1);
        }),
        ("recovery-null", "`recovery_keys` and `recovery_threshold` are null.", |s| {
            s["recovery_keys"] = json!(null);
            s["recovery_threshold"] = json!(null);
        }),
        ("previous-null", "`previous` of the first state is null in place of absent.", |s| {
            s["previous"] = json!(null);
        }),
    ];
    let mut vectors: Vec<Vector> = cases
        .into_iter()
        .map(|(name, about, alter)| {
            let states = chain(&[Step::new(&[1], 1, &[1]).altered(alter)]);
            let name = format!("history-{name}");
            Vector::bad("history.malformed", &name, about, &under(&states, &[1]))
        })
        .collect();
    vectors.extend(weak_keys());
    vectors.extend(disguised_states());
    vectors
}

fn weak_keys() -> Vec<Vector> {
    let with_key = |name: &str, about, key: &str| {
        let mut states = one_key();
        states[0]["signing_keys"] = json!([public(1), key]);
        remove(&mut states[0], "proof");
        let states = [signed(states.remove(0), &[1])];
        Vector::bad("history.malformed", name, about, &under(&states, &[1]))
    };
    let [weak, off_curve, unreduced] = super::texts::REFUSED_POINTS;
    vec![
        with_key("history-key-weak", "A signing key is the neutral element.", weak),
        with_key("history-key-off-curve", "A signing key is no point of the curve.", off_curve),
        with_key(
            "history-key-unreduced",
            "A signing key has a y coordinate of 2^255 - 19 or more.",
            unreduced,
        ),
    ]
}

/// What is under the signature of a state must not be taken for a document, nor the reverse.
fn disguised_states() -> Vec<Vector> {
    let case = |name, about, states: &[Value]| {
        Vector::bad("history.malformed", name, about, &under(states, &[1]))
    };
    let step = || Step::new(&[1], 1, &[1]);
    vec![
        case(
            "history-state-with-type",
            "A key state has a `type`, so it could be taken for a document.",
            &chain(&[step().altered(|s| s["type"] = json!("wellspring.profile.v1"))]),
        ),
        case(
            "history-state-with-context",
            "A key state has an `@context`.",
            &chain(&[step().altered(|s| s["@context"] = json!(crate::proof::CONTEXT))]),
        ),
        case("history-state-number", "A key state is a number.", &[json!(1)]),
        case("history-state-array", "A key state is an array.", &[json!([one_key()[0].clone()])]),
    ]
}

fn numbers_and_links() -> Vec<Vector> {
    let case = |code, name: &str, about, states: &[Value]| {
        Vector::bad(code, name, about, &under(states, &[1]))
    };
    let step = || Step::new(&[1], 1, &[1]);
    let two = chain(&[step(), step()]);
    let three = chain(&[step(), step(), step()]);
    let other_first = chain(&[step().issued_at("2020-01-01T00:00:00Z")]);
    vec![
        case("history.empty", "history-empty", "No key state.", &[]),
        case(
            "history.too-long",
            "history-too-long",
            "129 key states. None of them is looked at.",
            &vec![json!({}); KeyHistory::MAX_STATES + 1],
        ),
        case(
            "history.wrong-version",
            "history-version-0",
            "The first state calls itself version 0.",
            &chain(&[step().altered(|s| s["version"] = json!(0))]),
        ),
        case(
            "history.wrong-version",
            "history-version-skipped",
            "The second state calls itself version 3.",
            &chain(&[step(), step().altered(|s| s["version"] = json!(3))]),
        ),
        case(
            "history.wrong-version",
            "history-first-state-missing",
            "The history begins with the second state.",
            &two[1..],
        ),
        case(
            "history.wrong-version",
            "history-state-missing",
            "The second of three states is missing.",
            &[three[0].clone(), three[2].clone()],
        ),
        case(
            "history.wrong-previous",
            "history-previous-in-first",
            "The first state names a state before it.",
            &chain(&[step().altered(|s| s["previous"] = json!(state_hash(&one_key()[0])))]),
        ),
        case(
            "history.wrong-previous",
            "history-previous-missing",
            "The second state does not name the first.",
            &chain(&[step(), step().altered(|s| remove(s, "previous"))]),
        ),
        case(
            "history.wrong-previous",
            "history-previous-of-another",
            "The second state follows another first state of the same key.",
            &[other_first[0].clone(), two[1].clone()],
        ),
        case(
            "history.bad-threshold",
            "history-threshold-0",
            "No signature is needed.",
            &chain(&[Step::new(&[1], 0, &[1])]),
        ),
        case(
            "history.bad-threshold",
            "history-no-signing-keys",
            "No signing keys, and none needed.",
            &chain(&[Step::new(&[], 0, &[1])]),
        ),
        case(
            "history.bad-threshold",
            "history-threshold-above-keys",
            "Two signatures are needed of one key.",
            &chain(&[Step::new(&[1], 2, &[1])]),
        ),
        case(
            "history.bad-threshold",
            "history-threshold-above-distinct-keys",
            "Two signatures are needed, and one key is listed twice. Keys count, not entries.",
            &chain(&[Step::new(&[1, 1], 2, &[1, 1])]),
        ),
        case(
            "history.bad-threshold",
            "history-recovery-threshold-0",
            "Anybody could recover.",
            &chain(&[step().recovery(&[8], 0)]),
        ),
        case(
            "history.bad-threshold",
            "history-recovery-threshold-above-keys",
            "Nobody could recover.",
            &chain(&[step().recovery(&[8, 8], 2)]),
        ),
    ]
}

/// A state that too few signed.
fn authority() -> Vec<Vector> {
    let case = |name: &str, about, states: &[Value], signers: &[u8]| {
        Vector::bad("history.below-threshold", name, about, &under(states, signers))
    };
    let alone = |alter: Alteration| {
        let mut states = one_key();
        alter(&mut states[0]);
        states
    };
    let rotation = |signers: &[u8]| chain(&[first_of_three(), Step::new(&[4, 5], 2, signers)]);
    let crowd: Vec<u8> = range(1, MAX_PROOFS + 1);
    vec![
        case(
            "history-unsigned",
            "The first state has no proof.",
            &alone(|s| remove(s, "proof")),
            &[1],
        ),
        case(
            "history-no-proofs",
            "Its proofs are an empty array.",
            &alone(|s| s["proof"] = json!([])),
            &[1],
        ),
        case(
            "history-altered",
            "A member was added to the first state after it was signed.",
            &alone(|s| s["note"] = json!("added later")),
            &[1],
        ),
        case(
            "history-expiring-proof",
            "The state's proof expires, though not for a long time.",
            &{
                let mut states = one_key();
                states[0] = super::proofs::with_config(&states[0], 1, |proof| {
                    proof["expires"] = json!("2999-01-01T00:00:00Z");
                });
                states
            },
            &[1],
        ),
        case(
            "history-one-of-two",
            "One of two keys signed, twice.",
            &chain(&[Step::new(&[1, 2], 2, &[1, 1])]),
            &[1, 2],
        ),
        case(
            "history-signed-by-stranger",
            "Only a stranger signed.",
            &chain(&[Step::new(&[1], 1, &[2])]),
            &[1],
        ),
        case(
            "history-33-proofs",
            "33 proofs, the first of them of the signing key. None is judged.",
            &chain(&[Step::new(&[1], 1, &crowd)]),
            &[1],
        ),
        case(
            "history-rotation-by-nobody",
            "Only the new keys signed a rotation: whoever wants could take over.",
            &rotation(&[4, 5]),
            &[4, 5],
        ),
        case(
            "history-rotation-below-old",
            "Of the old keys one signed where two are needed.",
            &rotation(&[1, 4, 5]),
            &[4, 5],
        ),
        case(
            "history-rotation-below-new",
            "Of the new keys one signed where two are needed.",
            &rotation(&[1, 2, 4]),
            &[4, 5],
        ),
        case(
            "history-rotation-by-earlier-keys",
            "The keys of the first state signed the third: only the state before counts.",
            &chain(&[
                Step::new(&[1], 1, &[1]),
                Step::new(&[2], 1, &[1, 2]),
                Step::new(&[3], 1, &[1, 3]),
            ]),
            &[3],
        ),
    ]
}

fn recovery_authority() -> Vec<Vector> {
    let case = |code, name: &str, about, steps: &[Step]| {
        Vector::bad(code, name, about, &under(&chain(steps), &[4]))
    };
    let next = |signers: &[u8]| Step::new(&[4], 1, signers);
    let two_of_three = || Step::new(&[1], 1, &[1]).recovery(&[7, 8, 9], 2);
    vec![
        case(
            "history.below-threshold",
            "history-recovery-below-threshold",
            "One of three recovery keys signed where two are needed.",
            &[two_of_three(), next(&[7, 7, 4]).recovery(&[7, 8, 9], 2)],
        ),
        case(
            "history.below-threshold",
            "history-recovery-mixed",
            "One signing key and one recovery key, where two of one kind are needed.",
            &[first_of_three().recovery(&[7, 8, 9], 2), next(&[1, 7, 4]).recovery(&[7, 8, 9], 2)],
        ),
        case(
            "history.below-threshold",
            "history-recovery-by-new-keys",
            "The recovery keys that a state gives itself recover nothing.",
            &[Step::new(&[1], 1, &[1]), next(&[7, 4]).recovery(&[7], 1)],
        ),
        case(
            "history.below-threshold",
            "history-recovery-without-new-keys",
            "The recovery key signed, the new signing key did not.",
            &[with_recovery(), next(&[8]).recovery(&[8, 9], 1)],
        ),
        case(
            "history.recovery-changed",
            "history-recovery-replaced",
            "The signing keys replaced the recovery keys.",
            &[with_recovery(), next(&[1, 2, 4]).recovery(&[7], 1)],
        ),
        case(
            "history.recovery-changed",
            "history-recovery-removed",
            "The signing keys removed the recovery keys.",
            &[with_recovery(), next(&[1, 2, 4])],
        ),
        case(
            "history.recovery-changed",
            "history-recovery-threshold-changed",
            "The signing keys changed the recovery threshold.",
            &[with_recovery(), next(&[1, 2, 4]).recovery(&[8, 9], 2)],
        ),
        case(
            "history.recovery-changed",
            "history-recovery-added",
            "Recovery keys cannot be added later, else a thief of keys could.",
            &[Step::new(&[1], 1, &[1]), next(&[1, 7, 4]).recovery(&[7], 1)],
        ),
    ]
}
