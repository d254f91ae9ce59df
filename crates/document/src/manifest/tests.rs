use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn record(key: &str, text: &str) -> Record {
    Record::new(key, &json!({ "thing": { "key": key, "text": text } }))
}

/// Passes over what is no `thing`.
fn read(reference: &PartRef, bytes: &[u8]) -> Result<Vec<Value>, PartError> {
    read_part(reference, bytes, |record| {
        let Some(thing) = record.as_object().and_then(|it| it.get("thing")) else {
            return Ok(None);
        };
        let key = thing.as_object().and_then(|it| it.get("key")).and_then(Tree::as_str);
        let key = key.ok_or_else(|| Place::Root.member("thing").refuse("must have a key"))?;
        Ok(Some((record.to_value(), key.to_owned())))
    })
}

fn many(count: usize, length: usize) -> Vec<Record> {
    (0..count).map(|number| record(&format!("{number}.example"), &"x".repeat(length))).collect()
}

/// These bytes as a part, with the reference that fits them.
fn as_part(bytes: &[u8], records: u32) -> Part {
    let hash = BytesHash::of(bytes);
    let size = u32::try_from(bytes.len()).unwrap();
    let reference = PartRef { prefix: KeyPrefix::EMPTY, hash, size, records };
    Part { reference, bytes: bytes.to_vec() }
}

#[test]
fn few_records_make_one_part_and_none_makes_none() {
    assert_eq!(into_parts(Vec::new()), Ok(Vec::new()));
    let [part] = &into_parts(many(2, 1)).unwrap()[..] else { panic!("more than one part") };
    assert_eq!(part.reference.prefix, KeyPrefix::EMPTY);
    assert_eq!((part.reference.records, part.reference.size as usize), (2, part.bytes.len()));
    assert_eq!(part.reference.hash, BytesHash::of(&part.bytes));
    let value: Value = serde_json::from_slice(&part.bytes).unwrap();
    assert_eq!(canonical(&value), part.bytes);
    assert_eq!(read(&part.reference, &part.bytes).unwrap().len(), 2);
}

#[test]
fn no_part_is_larger_than_allowed_and_no_record_is_lost() {
    let parts = into_parts(many(300, 20_000)).unwrap();
    assert!(parts.len() >= 6);
    let references: Vec<_> = parts.iter().map(|part| part.reference.clone()).collect();
    assert_eq!(Place::Root.parts(&references), Ok(()));
    assert!(parts.iter().all(|part| part.bytes.len() <= MAX_PART_BYTES));
    let read = |part: &Part| read(&part.reference, &part.bytes).unwrap().len();
    assert_eq!(parts.iter().map(read).sum::<usize>(), 300);
}

#[test]
fn a_new_record_changes_one_part() {
    let before = into_parts(many(300, 20_000)).unwrap();
    let mut records = many(300, 20_000);
    records.push(record("new.example", ""));
    let after = into_parts(records).unwrap();
    let hashes = |parts: &[Part]| parts.iter().map(|it| it.reference.hash).collect::<Vec<_>>();
    let (before, after) = (hashes(&before), hashes(&after));
    assert_eq!(after.iter().filter(|hash| !before.contains(hash)).count(), 1);
}

#[test]
fn a_record_that_is_too_long_is_told_by_its_hash() {
    let long = record("long.example", &"x".repeat(MAX_RECORD_BYTES));
    let [part] = &into_parts(vec![long]).unwrap()[..] else { panic!("not one part") };
    let value: Value = serde_json::from_slice(&part.bytes).unwrap();
    let told = &value["records"][0]["abridged"];
    assert_eq!(told["key"], "long.example");
    let around = r#"{"thing":{"key":"long.example","text":""}}"#.len();
    assert_eq!(told["size"], MAX_RECORD_BYTES + around);
    assert!(part.bytes.len() < 300);
    // Whoever reads things passes over it.
    assert_eq!(read(&part.reference, &part.bytes), Ok(Vec::new()));

    let longest = record("long.example", &"x".repeat(MAX_RECORD_BYTES - around));
    let [part] = &into_parts(vec![longest]).unwrap()[..] else { panic!("not one part") };
    assert_eq!(read(&part.reference, &part.bytes).unwrap().len(), 1);
}

#[test]
fn a_record_is_there_once_however_often_it_is_given() {
    let twice = [many(3, 1), many(3, 1)].concat();
    assert_eq!(into_parts(twice), into_parts(many(3, 1)));
}

#[test]
fn eight_of_the_longest_records_of_one_key_fit_and_more_than_a_part_is_refused() {
    let of_one_key = |count: usize| {
        let around = r#"{"n":0,"text":""}"#.len();
        let text = "x".repeat(MAX_RECORD_BYTES - around);
        let record = |n| Record::new("one.example", &json!({ "n": n, "text": text }));
        into_parts((0..count).map(record).collect())
    };
    let [part] = &of_one_key(8).unwrap()[..] else { panic!("not one part") };
    assert_eq!(part.reference.records, 8);
    assert_eq!(of_one_key(9), Err(TooManyRecords));
}

#[test]
fn what_is_not_the_part_is_refused() {
    let good = br#"{"records":[{"thing":{"key":"a.example"}},{"thing":{"key":"b.example"}}]}"#;
    let Part { reference, bytes } = as_part(good, 2);
    assert_eq!(read(&reference, &bytes).unwrap().len(), 2);
    assert_eq!(read(&reference, &bytes.to_ascii_uppercase()), Err(PartError::WrongHash));
    let (found, named) = (bytes.len() - 1, reference.size);
    let cut = read(&reference, &bytes[..found]);
    assert_eq!(cut, Err(PartError::WrongSize { found, named }));

    let refused = |text: &str, records: u32| {
        let part = as_part(text.as_bytes(), records);
        let error = read(&part.reference, &part.bytes).unwrap_err();
        format!("{}: {error}", error.code())
    };
    let many_bytes = format!(r#"{{"records":["{}"]}}"#, "x".repeat(MAX_PART_BYTES));
    let refusals = [
        refused("{", 1),
        refused(&many_bytes, 1),
        refused(r#"{"records":[],"records":[]}"#, 1),
        refused("[]", 1),
        refused(r#"{"documents":[]}"#, 1),
        refused(r#"{"records":{}}"#, 1),
        refused(r#"{"records":[]}"#, 1),
        refused(r#"{"records":["thing"]}"#, 1),
        refused(r#"{"records":[{}]}"#, 1),
        refused(r#"{"records":[{"thing":{"key":"a.example"},"a":1}]}"#, 1),
        refused(r#"{"records":[{"later":1},{"thing":{}}]}"#, 2),
        refused(
            r#"{"records":[{"thing":{"key":"b.example"}},{"later":1},{"thing":{"key":"a.example"}}]}"#,
            3,
        ),
        refused(r#"{"records":[{"thing":{"key":"a"}},{"thing":{"key":"a"}}]}"#, 2),
        refused(r#"{"records":[{"thing":{"key":"a","n":2}},{"thing":{"key":"a","n":1}}]}"#, 2),
    ];
    insta::assert_snapshot!(refusals.join("\n"), @r#"
    json.truncated: the text ends before the value is complete (at byte 1)
    json.too-large: larger than the 1000000 bytes allowed for it (at byte 1000000)
    json.duplicate-member: the member "records" appears twice (at byte 14)
    part.not-a-part: a part is an object with the list "records"
    part.not-a-part: a part is an object with the list "records"
    part.not-a-part: a part is an object with the list "records"
    part.wrong-count: the part has 0 records, where its manifest says 1
    part.bad-record: records[0]: must be an object with one member
    part.bad-record: records[0]: must be an object with one member
    part.bad-record: records[0]: must be an object with one member
    part.bad-record: records[1].thing: must have a key
    part.wrong-order: records[2]: must come after the one before, and not twice
    part.wrong-order: records[1]: must come after the one before, and not twice
    part.wrong-order: records[1]: must come after the one before, and not twice
    "#);

    let mut other = reference;
    other.prefix = "0".parse().unwrap();
    let error = read(&other, good).unwrap_err();
    assert_eq!(error.code(), "part.wrong-part");
    insta::assert_snapshot!(error, @r#"records[0]: is about "a.example", which belongs to another part"#);
}

#[test]
fn parts_that_overlap_or_are_out_of_order_are_refused() {
    let part = |prefix: &str, records| PartRef {
        prefix: prefix.parse().unwrap(),
        hash: BytesHash::of(b""),
        size: 100,
        records,
    };
    let check = |parts: &[PartRef]| Place::Root.member("parts").parts(parts);
    assert_eq!(check(&[part("00", 1), part("011", 1), part("1", 1)]), Ok(()));
    let place = |parts: &[PartRef]| check(parts).unwrap_err().place;
    assert_eq!(place(&[part("1", 1), part("0", 1)]), "parts[1].prefix");
    assert_eq!(place(&[part("0", 1), part("01", 1)]), "parts[1].prefix");
    assert_eq!(place(&[part("", 1), part("", 1)]), "parts[1].prefix");
    assert_eq!(place(&[part("", 0)]), "parts[0].records");
    assert_eq!(place(&[part("", 100)]), "parts[0].records");
    let large = PartRef { size: 1_000_001, ..part("", 1) };
    assert_eq!(place(&[large]), "parts[0].size");
}

#[test]
fn prefixes_have_one_text() {
    for text in ["", "0", "1", "0110", &"01".repeat(32), &"1".repeat(64)] {
        assert_eq!(text.parse::<KeyPrefix>().unwrap().to_string(), text);
    }
    for text in ["2", "0 ", "٠", &"0".repeat(65), &"0".repeat(300)] {
        assert_eq!(text.parse::<KeyPrefix>(), Err(KeyPrefixError), "{text}");
    }
    assert_eq!("1".repeat(64).parse::<KeyPrefix>().unwrap().halves(), None);
}

proptest! {
    #[test]
    fn the_same_records_in_any_order_make_the_same_parts(
        mut keys in prop::collection::vec("[a-z]{1,3}", 0..40),
        length in prop::sample::select(vec![1_usize, 60_000]),
    ) {
        keys.sort();
        keys.dedup();
        let records: Vec<_> = keys.iter().map(|key| record(key, &"x".repeat(length))).collect();
        let mut turned = records.clone();
        turned.reverse();
        prop_assert_eq!(into_parts(records), into_parts(turned));
    }

    #[test]
    fn halves_divide_what_a_prefix_begins(hash: [u8; 32], bits in "[01]{0,63}") {
        let prefix: KeyPrefix = bits.parse().unwrap();
        let (zero, one) = prefix.halves().unwrap();
        prop_assert_eq!(prefix.begins(&hash), zero.begins(&hash) != one.begins(&hash));
        prop_assert!(zero.is_before(&one) && !one.is_before(&zero) && !prefix.is_before(&zero));
    }
}
