//! The scenarios: what arrives, in words.

use serde_json::json;

use super::super::history::{Step, chain};
use super::super::{canonical, full, signed, unsigned};
use super::Scenario;
use crate::Kind;
use crate::json::Value;

const OUTDATED: &str = "new accept.outdated-keys";
const DIVERGES: &str = "new accept.history-diverges";
const LOST: &str = "refused accept.history-diverges";
const ROLLED_BACK: &str = "refused accept.rolled-back";
const FROM_THE_FUTURE: &str = "refused accept.from-the-future";
const HIGHEST: u64 = 9_007_199_254_740_991;

pub(super) fn all() -> Vec<Scenario> {
    [feeds(), clocks(), rotations(), forks(), recoveries()].into_iter().flatten().collect()
}

/// A profile with this history, number and name, signed by the keys of these seeds.
fn profile(states: &[Value], signers: &[u8], sequence: u64, name: &str) -> Value {
    let body = json!({ "server_name": "garden.example", "about": { "name": { "en": name } } });
    let mut document = unsigned(Kind::Profile, states, body);
    document["sequence"] = json!(sequence);
    signed(document, signers)
}

/// The shortest endorsement list with this history.
fn list(states: &[Value], signers: &[u8]) -> Value {
    let body = json!({ "curator": { "name": { "en": "Curators" } } });
    signed(unsigned(Kind::EndorsementList, states, body), signers)
}

/// A history of states that each have one signing key: its seed, and those who signed.
fn states(steps: &[(u8, &[u8])]) -> Vec<Value> {
    let step = |(key, signers): &(u8, &[u8])| Step::new(&[*key], 1, signers);
    chain(&steps.iter().map(step).collect::<Vec<_>>())
}

/// As [`states`], all with the recovery key 9.
fn with_recovery(steps: &[(u8, &[u8])]) -> Vec<Value> {
    let step = |(key, signers): &(u8, &[u8])| Step::new(&[*key], 1, signers).recovery(&[9], 1);
    chain(&steps.iter().map(step).collect::<Vec<_>>())
}

fn feeds() -> Vec<Scenario> {
    let one = states(&[(1, &[1])]);
    let numbered = |sequence| profile(&one, &[1], sequence, "Garden");
    let named = |name| profile(&one, &[1], 7, name);
    let of = |server_name: &str, sequence| {
        let mut document = numbered(sequence);
        document["server_name"] = json!(server_name);
        signed(document, &[1])
    };
    let list = |mut document: Value, sequence| {
        document["sequence"] = json!(sequence);
        signed(document, &[1])
    };
    vec![
        Scenario::new("forward", "Each document takes the place of the one before.")
            .takes("first", &numbered(1), "new")
            .takes("second", &numbered(2), "new")
            .takes("fourth", &numbered(4), "new")
            .in_any_order()
            .stands_at(&["fourth"]),
        Scenario::new(
            "rollback",
            "An older document does not come back, and what is known is known.",
        )
        .takes("fifth", &numbered(5), "new")
        .takes("fourth", &numbered(4), ROLLED_BACK)
        .then("fifth", "2026-11-22T11:00:00Z", "known")
        .takes("sixth", &numbered(6), "new")
        .then("fifth", "2026-11-22T12:00:00Z", ROLLED_BACK)
        .stands_at(&["sixth"]),
        one_document_in_several_copies(),
        Scenario::new(
            "equivocation",
            "Three documents with one number: the one with the smallest identity counts.",
        )
        .takes("tulip", &named("Tulip"), "new")
        .takes("rose", &named("Rose"), "equivocation")
        .takes("lily", &named("Lily"), "equivocation")
        .in_any_order()
        .stands_at(&["tulip"]),
        Scenario::new("equivocation-settled", "A higher number settles an equivocation.")
            .takes("tulip", &named("Tulip"), "new")
            .takes("rose", &named("Rose"), "equivocation")
            .takes("next", &numbered(8), "new")
            .in_any_order()
            .stands_at(&["next"]),
        Scenario::new("feeds", "Kinds and subjects of one issuer are feeds of their own.")
            .takes("garden", &of("garden.example", 9), "new")
            .takes("meadow", &of("meadow.example", 1), "new")
            .takes("list", &list(full::list(), 4), "new")
            .takes("adopted", &list(full::adopted_list(), 3), "new")
            .in_any_order()
            .stands_at(&["garden", "meadow", "list", "adopted"]),
        Scenario::new("issuers", "Two issuers about one server: two feeds.")
            .takes("one", &profile(&one, &[1], 9, "Garden"), "new")
            .takes("other", &profile(&states(&[(2, &[2])]), &[2], 1, "Garden"), "new")
            .in_any_order()
            .stands_at(&["one", "other"]),
    ]
}

/// Other proofs or other white space are no other document.
fn one_document_in_several_copies() -> Scenario {
    let board = chain(&[Step::new(&[1, 2, 3], 2, &[1, 2])]);
    let copy = |signers: &[u8]| profile(&board, signers, 1, "Garden");
    let mut spaced = canonical(&copy(&[1, 2]));
    spaced.extend(b"\n");
    Scenario::new("copies", "Other proofs and other white space make no other document.")
        .takes("by-one-and-two", &copy(&[1, 2]), "new")
        .takes("by-two-and-three", &copy(&[2, 3]), "known")
        .has("spaced", spaced)
        .then("spaced", super::ISSUED_AT, "known")
        .stands_at(&["by-one-and-two"])
}

fn clocks() -> Vec<Scenario> {
    let one = states(&[(1, &[1])]);
    let later = chain(&[
        Step::new(&[1], 1, &[1]),
        Step::new(&[2], 1, &[1, 2]).issued_at("2026-11-22T10:30:00Z"),
    ]);
    let numbered = |sequence| profile(&one, &[1], sequence, "Garden");
    vec![
        Scenario::new(
            "from-the-future",
            "A document waits until it was issued, but for five minutes. It moves nothing before.",
        )
        .takes("known", &numbered(1), "new")
        .has("early", canonical(&numbered(3)))
        .then("early", "2026-11-22T09:54:59Z", FROM_THE_FUTURE)
        .has("between", canonical(&numbered(2)))
        .then("between", "2026-11-22T09:55:00Z", "new")
        .then("early", "2026-11-22T09:55:00Z", "new")
        .stands_at(&["early"]),
        Scenario::new(
            "keys-from-the-future",
            "A key state waits as well, whatever the document says of its own time.",
        )
        .takes("before", &numbered(5), "new")
        .takes("rotated", &profile(&later, &[2], 1, "Garden"), FROM_THE_FUTURE)
        .takes("after", &numbered(6), "new")
        .then("rotated", "2026-11-22T10:24:59Z", FROM_THE_FUTURE)
        .then("rotated", "2026-11-22T10:25:00Z", "new")
        .then("after", "2026-11-22T10:25:00Z", "known accept.outdated-keys")
        .stands_at(&["rotated"]),
        expired(),
    ]
}

/// The newest document is short-lived, and arrives after its end.
fn expired() -> Scenario {
    let one = states(&[(1, &[1])]);
    let mut short = profile(&one, &[1], 2, "Garden");
    short["expires_at"] = json!("2026-11-23T10:00:00Z");
    let now = "2026-12-24T10:00:00Z";
    Scenario::new("expired", "A document that arrives expired moves the mark like any other.")
        .has("short", canonical(&signed(short, &[1])))
        .has("long", canonical(&profile(&one, &[1], 1, "Garden")))
        .then("long", now, "new")
        .then("short", now, "new")
        .in_any_order()
        .stands_at(&["short"])
}

fn rotations() -> Vec<Scenario> {
    let first = states(&[(1, &[1])]);
    let second = states(&[(1, &[1]), (2, &[1, 2])]);
    let third = states(&[(1, &[1]), (2, &[1, 2]), (3, &[2, 3])]);
    vec![
        Scenario::new(
            "rotation-undoes-a-fast-forward",
            "A thief of keys used the highest number; under new keys numbers begin anew.",
        )
        .takes("before", &profile(&first, &[1], 5, "Garden"), "new")
        .takes("highest", &profile(&first, &[1], HIGHEST, "Garden"), "new")
        .takes("rotated", &profile(&second, &[2], 1, "Garden"), "new")
        .in_any_order()
        .stands_at(&["rotated"]),
        Scenario::new("several-rotations", "A node that was away follows, or was ahead.")
            .takes("one", &profile(&first, &[1], 9, "Garden"), "new")
            .takes("three", &profile(&third, &[3], 1, "Garden"), "new")
            .takes("two", &profile(&second, &[2], 50, "Garden"), OUTDATED)
            .in_any_order()
            .stands_at(&["three"]),
        Scenario::new(
            "rotation-in-another-feed",
            "Keys are known of the issuer: after a rotation every feed has to be signed again.",
        )
        .takes("profile", &profile(&first, &[1], 3, "Garden"), "new")
        .takes("list", &list(&second, &[2]), "new")
        .takes("newer", &profile(&first, &[1], 4, "Garden"), OUTDATED)
        .in_any_order()
        .stands_at(&["list"]),
        Scenario::new("outdated-keys", "Among documents under retired keys the old rules go on.")
            .takes("rotated", &profile(&second, &[2], 1, "Garden"), "new")
            .takes("old", &profile(&first, &[1], 6, "Garden"), OUTDATED)
            .takes("older", &profile(&first, &[1], 5, "Garden"), ROLLED_BACK)
            .takes("other", &profile(&first, &[1], 6, "Other"), "equivocation accept.outdated-keys")
            .stands_at(&["rotated"]),
    ]
}

fn forks() -> Vec<Scenario> {
    let first = states(&[(1, &[1])]);
    let left = states(&[(1, &[1]), (2, &[1, 2])]);
    let right = states(&[(1, &[1]), (3, &[1, 3])]);
    let far_right = states(&[(1, &[1]), (3, &[1, 3]), (4, &[3, 4])]);
    vec![
        Scenario::new(
            "contested",
            "Two ways from one state: neither counts, what was before does.",
        )
        .takes("before", &profile(&first, &[1], 5, "Garden"), "new")
        .takes("left", &profile(&left, &[2], 1, "Garden"), "new")
        .takes("right", &profile(&right, &[3], 2, "Garden"), DIVERGES)
        .in_any_order()
        .stands_at(&["before"])
        .contested(),
        Scenario::new("contested-without-more", "Nothing is left that counts.")
            .takes("left", &profile(&left, &[2], 1, "Garden"), "new")
            .takes("right", &profile(&right, &[3], 1, "Garden"), DIVERGES)
            .in_any_order()
            .stands_at(&[])
            .contested(),
        Scenario::new(
            "marks-lapse",
            "Numbers that were reached past the fork say nothing before it.",
        )
        .takes("before", &profile(&first, &[1], 5, "Garden"), "new")
        .takes("left", &profile(&left, &[2], 100, "Garden"), "new")
        .takes("waiting", &profile(&first, &[1], 6, "Garden"), OUTDATED)
        .takes("right", &profile(&right, &[3], 1, "Garden"), DIVERGES)
        .takes("seventh", &profile(&first, &[1], 7, "Garden"), "new")
        .takes("sixth", &profile(&first, &[1], 6, "Other"), ROLLED_BACK)
        .takes("more", &profile(&left, &[2], 101, "Garden"), DIVERGES)
        .stands_at(&["seventh"])
        .contested(),
        Scenario::new(
            "past-a-lost-state",
            "What goes on from a state that does not count is refused once that is known.",
        )
        .takes("left", &profile(&left, &[2], 1, "Garden"), "new")
        .takes("right", &profile(&right, &[3], 1, "Garden"), DIVERGES)
        .takes("far-right", &profile(&far_right, &[4], 1, "Garden"), LOST)
        .in_any_order()
        .stands_at(&[])
        .contested(),
    ]
}

fn recoveries() -> Vec<Scenario> {
    let first = with_recovery(&[(1, &[1])]);
    let thief = with_recovery(&[(1, &[1]), (3, &[1, 3])]);
    let far_thief = with_recovery(&[(1, &[1]), (3, &[1, 3]), (4, &[3, 4]), (5, &[4, 5])]);
    let owner = with_recovery(&[(1, &[1]), (2, &[2, 9])]);
    let far_owner = with_recovery(&[(1, &[1]), (2, &[2, 9]), (6, &[2, 6])]);
    let late = with_recovery(&[(1, &[1]), (3, &[1, 3]), (4, &[4, 9])]);
    let bare = with_recovery(&[(1, &[1]), (2, &[1, 2])]);
    let shown = with_recovery(&[(1, &[1]), (2, &[1, 2, 9])]);
    let before = profile(&first, &[1], 5, "Garden");
    let thiefs = profile(&thief, &[3], 100, "Weeds");
    let owners = profile(&owner, &[2], 1, "Garden");
    vec![
        Scenario::new("recovery", "A recovery state wins against a thief of the signing keys.")
            .takes("before", &before, "new")
            .takes("thief", &thiefs, "new")
            .takes("owner", &owners, "new")
            .in_any_order()
            .stands_at(&["owner"]),
        Scenario::new("recovery-against-many", "However far the thief went on.")
            .takes("thief", &profile(&far_thief, &[5], 1, "Weeds"), "new")
            .takes("owner", &owners, "new")
            .takes("later", &profile(&far_owner, &[6], 1, "Garden"), "new")
            .in_any_order()
            .stands_at(&["later"]),
        Scenario::new("recovery-settles-a-contest", "The third way from the fork ends it.")
            .takes("left", &profile(&bare, &[2], 1, "Garden"), "new")
            .takes("right", &thiefs, DIVERGES)
            .takes("owner", &profile(&with_recovery(&[(1, &[1]), (7, &[7, 9])]), &[7], 1, "Garden"), "new")
            .in_any_order()
            .stands_at(&["owner"]),
        Scenario::new("two-recoveries", "Recovery states on both ways: contested for ever.")
            .takes("before", &before, "new")
            .takes("owner", &owners, "new")
            .takes("late", &profile(&late, &[4], 1, "Weeds"), DIVERGES)
            .in_any_order()
            .stands_at(&["before"])
            .contested(),
        Scenario::new(
            "recovery-further-on",
            "A recovery state further on does not make its way win: it has to follow the fork.",
        )
        .takes("late", &profile(&late, &[4], 1, "Weeds"), "new")
        .takes("other", &profile(&bare, &[2], 1, "Garden"), DIVERGES)
        .takes("before", &before, "new")
        .in_any_order()
        .stands_at(&["before"])
        .contested(),
        Scenario::new(
            "recovery-shown-later",
            "One state with and without the proof of the recovery key: one copy that shows it is enough.",
        )
        .takes("bare", &profile(&bare, &[2], 1, "Garden"), "new")
        .takes("thief", &thiefs, DIVERGES)
        .takes("shown", &list(&shown, &[2]), "new")
        .in_any_order()
        .stands_at(&["bare", "shown"]),
    ]
}
