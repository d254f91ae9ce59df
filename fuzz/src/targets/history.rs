//! Key histories and their branches.
//!
//! A seed is a list of key states, the first of which is the oldest. Each follows the one
//! at the place `from` and is signed by `signed_by`; keys are named by their numbers. What
//! must come of it is worked out here a second time, from the rules.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use wellspring_document::{KeyBranches, KeyHistory};

use super::assert_fit_to_be_shown;
use super::signer::{multikey, sign, state_hash};

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    from: usize,
    #[serde(default)]
    minute: u8,
    signing: Vec<u8>,
    threshold: u32,
    recovery: Option<Vec<u8>>,
    #[serde(default)]
    recovery_threshold: u32,
    signed_by: Vec<u8>,
}

/// A state that was made, whether it holds or not.
struct Made {
    states: Vec<Value>,
    /// The states by the places of their steps.
    steps: Vec<usize>,
    /// What verification must come to; a history that holds is here.
    history: Option<KeyHistory>,
}

/// Makes, verifies and judges the key histories.
pub fn run(data: &[u8]) {
    let Ok(steps) = serde_json::from_slice::<Vec<Step>>(data) else { return };
    if steps.is_empty() || steps.len() > 12 || steps.iter().any(|step| step.signed_by.len() > 40) {
        return;
    }
    let mut made: Vec<Made> = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        let before = (place > 0).then(|| &made[step.from % place]);
        let next = follow(&steps, place, before);
        made.push(next);
    }
    let histories: Vec<KeyHistory> = made.into_iter().filter_map(|made| made.history).collect();
    if !histories.is_empty() {
        judge(&histories);
    }
}

fn follow(steps: &[Step], place: usize, before: Option<&Made>) -> Made {
    let step = &steps[place];
    let mut states = before.map(|before| before.states.clone()).unwrap_or_default();
    let last = states.last().and_then(Value::as_object).map(state_hash);
    states.push(step.state(states.len() + 1, last).into());
    let mut path = before.map(|before| before.steps.clone()).unwrap_or_default();
    path.push(place);

    let holds = path.iter().enumerate().all(|(index, step)| {
        let before = index.checked_sub(1).map(|before| &steps[path[before]]);
        steps[*step].holds_after(before)
    });
    let verified = KeyHistory::verify(&states);
    if let Err(error) = &verified {
        assert_fit_to_be_shown(&error.to_string());
    }
    assert_eq!(verified.is_ok(), holds, "{:?}: {}", verified.err(), Value::Array(states));
    let history = verified.ok();
    if let Some(history) = &history {
        assert_of_one_piece(history, &states);
        for (index, step) in path.iter().enumerate().skip(1) {
            let recovers = steps[*step].recovers(&steps[path[index - 1]]);
            assert_eq!(history.is_recovery(index), recovers);
        }
    }
    Made { states, steps: path, history }
}

/// A history says of itself what was written.
fn assert_of_one_piece(history: &KeyHistory, states: &[Value]) {
    assert_eq!(history.to_json(), states);
    let hashes: Vec<String> = states.iter().filter_map(Value::as_object).map(state_hash).collect();
    assert_eq!(history.hashes(), hashes);
    assert_eq!(history.issuer().as_str(), hashes[0]);
    for count in 1..=states.len() {
        let prefix = KeyHistory::verify(&states[..count]).expect("the beginning holds");
        assert_eq!(prefix, history.prefix(count));
        assert!(history.extends(&prefix));
    }
}

impl Step {
    fn state(&self, version: usize, previous: Option<String>) -> Map<String, Value> {
        let keys = |seeds: &[u8]| -> Vec<String> { seeds.iter().copied().map(multikey).collect() };
        let mut state = Map::new();
        let mut set = |member: &str, value: Value| state.insert(member.to_owned(), value);
        set("version", json!(version));
        set("issued_at", json!(format!("2026-01-01T00:{:02}:00Z", self.minute % 60)));
        set("signing_keys", json!(keys(&self.signing)));
        set("threshold", json!(self.threshold));
        if let Some(recovery) = &self.recovery {
            set("recovery_keys", json!(keys(recovery)));
            set("recovery_threshold", json!(self.recovery_threshold));
        }
        if let Some(previous) = previous {
            set("previous", json!(previous));
        }
        sign(&mut state, &self.signed_by);
        state
    }

    /// The rules of a key state, once more.
    fn holds_after(&self, before: Option<&Self>) -> bool {
        let quorum_fits = |keys: &[u8], threshold: u32| {
            let distinct = keys.iter().collect::<BTreeSet<_>>().len();
            keys.len() <= 16 && threshold >= 1 && threshold as usize <= distinct
        };
        let well_formed = quorum_fits(&self.signing, self.threshold)
            && self.recovery.as_ref().is_none_or(|keys| quorum_fits(keys, self.recovery_threshold))
            && (1..=32).contains(&self.signed_by.len())
            && self.is_signed_by(&self.signing, self.threshold);
        well_formed
            && before.is_none_or(|before| {
                let same_recovery = before.recovery_quorum() == self.recovery_quorum();
                self.recovers(before)
                    || self.is_signed_by(&before.signing, before.threshold) && same_recovery
            })
    }

    fn recovery_quorum(&self) -> Option<(BTreeSet<u8>, u32)> {
        let keys = self.recovery.as_ref()?;
        Some((keys.iter().copied().collect(), self.recovery_threshold))
    }

    fn recovers(&self, before: &Self) -> bool {
        let keys = before.recovery.as_ref();
        keys.is_some_and(|keys| self.is_signed_by(keys, before.recovery_threshold))
    }

    fn is_signed_by(&self, keys: &[u8], threshold: u32) -> bool {
        let keys: BTreeSet<_> = keys.iter().collect();
        let signers: BTreeSet<_> = self.signed_by.iter().collect();
        keys.intersection(&signers).count() >= threshold as usize
    }
}

/// The branches are the same in any order, and what counts is what the rules say.
fn judge(histories: &[KeyHistory]) {
    let issuer = histories[0].issuer();
    let of_one: Vec<KeyHistory> =
        histories.iter().filter(|history| history.issuer() == issuer).cloned().collect();
    let branches = KeyBranches::judge(histories.to_vec()).expect("there is a history");
    assert_eq!(branches.issuer(), issuer);
    assert!(branches.rivals().len() <= KeyBranches::MAX_RIVALS);

    let backwards = KeyBranches::judge(of_one.iter().rev().cloned()).expect("there is a history");
    assert_eq!(backwards, branches);
    let mut arrived = KeyBranches::of(of_one[of_one.len() / 2].clone());
    for history in of_one.iter().chain(&of_one) {
        arrived = arrived.with(history);
    }
    assert_eq!(arrived, branches, "the order of arrival changes nothing");

    let (expected, contested) = expected(&of_one);
    assert_eq!(branches.accepted().hashes(), expected);
    assert_eq!(branches.is_contested(), contested);
}

/// What counts: from the first state on, as long as there is one way, or one that wins.
fn expected(histories: &[KeyHistory]) -> (Vec<String>, bool) {
    // The states by their paths; one is a recovery where any copy shows it.
    let mut recovers: BTreeMap<&[String], bool> = BTreeMap::new();
    for history in histories {
        for place in 0..history.hashes().len() {
            let known = recovers.entry(&history.hashes()[..=place]).or_default();
            *known |= history.is_recovery(place);
        }
    }
    let mut path = vec![histories[0].hashes()[0].clone()];
    loop {
        let ways: Vec<&[String]> = recovers
            .keys()
            .copied()
            .filter(|way| way.len() == path.len() + 1 && way.starts_with(&path))
            .collect();
        let holds_recovery =
            |way: &[String]| recovers.iter().any(|(state, it)| *it && state.starts_with(way));
        let won = match ways.as_slice() {
            [] => return (path, false),
            [only] => *only,
            _ => {
                let recovering: Vec<_> =
                    ways.iter().copied().filter(|way| holds_recovery(way)).collect();
                match recovering.as_slice() {
                    [one] if recovers[one] => *one,
                    _ => return (path, true),
                }
            }
        };
        path = won.to_vec();
    }
}
