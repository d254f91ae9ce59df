use wellspring_document::{Credit, Link, Verdict};
use wellspring_matrix::read_list;

use super::*;

const URL: &str = "https://lists.example/servers.json";

fn read_at() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

fn adoption() -> AdoptedList {
    AdoptedList { from: URL.to_owned(), list_date: None, vouched_since: None, credit: None }
}

/// What the node knows of a list whose second copy has a new name.
fn names() -> Vec<AdoptedName> {
    let name = |name: &str, in_first_copy| AdoptedName {
        server_name: name.parse().unwrap(),
        first_seen_at: read_at(),
        in_first_copy,
    };
    vec![name("early.example", true), name("late.example", false)]
}

fn copy() -> AdoptedCopy {
    let list = br#"{"public_servers": [
        {"name": "early.example", "homepage": "https://early.example/"},
        {"name": "late.example", "homepage": "https://late.example/"}
    ], "private_servers": []}"#;
    AdoptedCopy::of(&read_list(list).unwrap(), read_at()).unwrap()
}

fn list(adoption: &AdoptedList) -> EndorsementList {
    endorsement_list(adoption, adoption.source().unwrap(), copy(), &names()).unwrap()
}

/// Since when the early and the late name are known.
fn known(adoption: &AdoptedList) -> [String; 2] {
    let entries = list(adoption).entries;
    [0, 1].map(|index: usize| entries[index].known_since.unwrap().to_string())
}

#[test]
fn names_of_the_first_copy_are_as_old_as_the_list_and_others_as_their_appearance() {
    let day = |text: &str| Some(text.parse().unwrap());
    let undated = adoption();
    assert_eq!(known(&undated), ["2026-10-23", "2026-11-22"], "known for 30 days");
    let dated = AdoptedList { list_date: day("2026-05-01"), ..adoption() };
    assert_eq!(known(&dated), ["2026-05-01", "2026-11-22"]);
    let vouched = AdoptedList { vouched_since: day("2026-11-20"), ..adoption() };
    assert_eq!(known(&vouched), ["2026-11-20", "2026-11-22"]);
    let both = AdoptedList { list_date: day("2026-05-01"), ..vouched };
    assert_eq!(known(&both), ["2026-05-01", "2026-11-22"], "the earlier date counts");
}

#[test]
fn the_list_says_where_it_is_from_and_whose_work_it_is() {
    let name = |list: &EndorsementList| list.curator.name.pick(&[]).1.as_str().to_owned();
    let plain = list(&adoption());
    assert_eq!(name(&plain), URL);
    let origin = plain.adopted_from.unwrap();
    assert_eq!(origin.source.as_str(), URL);
    assert_eq!(origin.format.as_str(), "joinmatrix");
    assert_eq!(origin.read_at, read_at());
    assert_eq!(origin.credit, None);

    let credit = Credit {
        name: Text::new("The listers").unwrap(),
        link: Some(Link::new("https://lists.example/").unwrap()),
    };
    let credited = list(&AdoptedList { credit: Some(credit.clone()), ..adoption() });
    assert_eq!(name(&credited), "The listers");
    assert_eq!(credited.adopted_from.unwrap().credit, Some(credit));
}

#[test]
fn a_long_address_is_cut_to_make_a_name() {
    let from = format!("https://lists.example/{}", "a".repeat(1_000));
    let name = list(&AdoptedList { from, ..adoption() }).curator.name;
    assert_eq!(name.pick(&[]).1.as_str().chars().count(), MAX_NAME_CHARACTERS);
}

#[test]
fn the_entries_carry_what_the_list_says_and_no_more() {
    let [entry, _] = &list(&adoption()).entries[..] else { panic!("two servers") };
    assert_eq!(entry.verdict, Verdict::List);
    assert_eq!((entry.issuer.as_ref(), entry.reviewed_at), (None, None));
    assert!(entry.facts.is_some());
}

#[test]
fn a_list_that_did_not_change_is_taken_from_what_was_signed_of_it() {
    let signed = list(&adoption());
    let later = read_at().plus_days(60);
    let copy = AdoptedCopy::again(&signed, later).unwrap();
    let again =
        endorsement_list(&adoption(), adoption().source().unwrap(), copy, &names()).unwrap();
    assert_eq!(again.entries, signed.entries);
    assert_eq!(again.adopted_from.unwrap().read_at, later);

    let own = EndorsementList::new(signed.curator);
    assert!(AdoptedCopy::again(&own, later).is_none(), "a curator's own list is not adopted");
}
