//! Parts of indexes and views: any bytes read as one, and any records put into them.

use serde_json::Value;
use wellspring_document::json::{canonical, read};
use wellspring_document::{
    BytesHash, IndexEntry, KeyPrefix, MAX_PART_BYTES, PartRef, Record, ViewManifest, into_parts,
};

use super::assert_fit_to_be_shown;

/// Reads any bytes as a part, and takes the records that are in them as records.
pub fn run(data: &[u8]) {
    let Ok(value) = read(data, MAX_PART_BYTES) else { return };
    let records = value.get("records").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let reference = PartRef {
        prefix: KeyPrefix::EMPTY,
        hash: BytesHash::of(data),
        size: u32::try_from(data.len()).expect("a few bytes"),
        records: u32::try_from(records.len()).expect("a few records"),
    };
    match ViewManifest::read_part(&reference, data) {
        Ok(found) => assert_eq!(found, records),
        Err(error) => assert_fit_to_be_shown(&error.to_string()),
    }
    match IndexEntry::read_part(&reference, data) {
        Ok(entries) => assert_entries(&entries),
        Err(error) => {
            assert_fit_to_be_shown(&error.to_string());
            assert!(error.code().starts_with("part."), "{error}");
        }
    }
    assert_divided(records);
}

/// What was read can be written, and is read again as it was.
fn assert_entries(entries: &[IndexEntry]) {
    let parts = into_parts(entries.iter().map(IndexEntry::record).collect());
    let mut again = Vec::new();
    for part in parts.expect("what fits into one part") {
        let read = IndexEntry::read_part(&part.reference, &part.bytes);
        again.extend(read.expect("what was written is a part"));
    }
    // A member that nobody knew is not written, and then two entries may be one.
    let mut distinct: Vec<_> = entries.to_vec();
    distinct.dedup();
    assert!(again.len() <= distinct.len());
    assert!(distinct.iter().all(|entry| again.contains(entry)));
}

/// Any records, each longer than it is, so that there are several parts.
fn assert_divided(records: &[Value]) {
    if records.len() > 50 {
        return;
    }
    let long = |(index, value): (usize, &Value)| {
        let text = "x".repeat(20_000 + index * 3_000);
        let value = serde_json::json!({ "of": { "value": value, "text": text } });
        (value.to_string().chars().rev().take(index + 3).collect::<String>(), value)
    };
    let long: Vec<_> = records.iter().enumerate().map(long).collect();
    let made = |records: &mut dyn Iterator<Item = &(String, Value)>| {
        into_parts(records.map(|(key, value)| Record::new(key, value)).collect())
    };
    let Ok(parts) = made(&mut long.iter()) else { return };
    assert_eq!(made(&mut long.iter().rev()).as_ref(), Ok(&parts));
    let prefixes: Vec<_> = parts.iter().map(|part| part.reference.prefix.to_string()).collect();
    assert!(prefixes.is_sorted() && parts.iter().all(|part| part.bytes.len() <= MAX_PART_BYTES));
    let alone = |(index, prefix): (usize, &String)| {
        prefixes[index + 1..].iter().all(|other| !other.starts_with(prefix.as_str()))
    };
    assert!(prefixes.iter().enumerate().all(alone), "{prefixes:?}");

    let mut found = Vec::new();
    for part in &parts {
        let values = match ViewManifest::read_part(&part.reference, &part.bytes) {
            Ok(values) => values,
            // RFC 8785 writes 1e20 as an integer, which nobody may write as one.
            Err(error) => return assert_eq!(error.code(), "json.integer-too-large"),
        };
        found.extend(values.iter().map(canonical));
    }
    let mut expected: Vec<_> = long.iter().map(|(_, value)| canonical(value)).collect();
    for list in [&mut found, &mut expected] {
        list.sort_unstable();
        list.dedup();
    }
    let is_short = expected.iter().all(|bytes| bytes.len() <= 120_000);
    assert!(!is_short || found == expected);
}
