//! The strict reader and the canonical form, beside `serde_json` and `serde_jcs`.

use serde_json::Value;
use wellspring_document::json::{canonical, read};

use super::assert_fit_to_be_shown;

/// What is refused here though `serde_json` reads it.
const STRICTER: [&str; 6] = [
    "json.duplicate-member",
    "json.integer-too-large",
    "json.noncharacter",
    "json.number-too-large",
    "json.too-deep",
    "json.too-many-values",
];

/// Reads any bytes.
pub fn run(data: &[u8]) {
    let theirs = serde_json::from_slice::<Value>(data);
    match read(data, data.len()) {
        Err(error) => {
            assert!(error.offset() <= data.len());
            assert_fit_to_be_shown(&error.to_string());
            assert!(theirs.is_err() || STRICTER.contains(&error.code()), "{error}");
        }
        Ok(value) => {
            let bytes = canonical(&value);
            let theirs = theirs.expect("what is read here is JSON");
            assert_eq!(bytes, canonical(&theirs), "the same value as anybody's");
            let reference = serde_jcs::to_vec(&value).expect("a JSON value can be written");
            assert_eq!(bytes, reference, "the canonical form of RFC 8785");
            assert_reads_back(&value, &bytes);
            let pretty = serde_json::to_vec_pretty(&theirs).expect("a JSON value can be written");
            assert_reads_back(&value, &pretty);
            if let Some(smaller) = data.len().checked_sub(1) {
                let error = read(data, smaller).expect_err("one byte more than is allowed");
                assert_eq!(error.code(), "json.too-large");
            }
        }
    }
}

/// RFC 8785 writes 1e20 as an integer, which nobody may write as one. Everything else is
/// read back as it was.
fn assert_reads_back(value: &Value, bytes: &[u8]) {
    match read(bytes, bytes.len()) {
        Ok(again) => {
            assert_eq!(again, *value);
            assert_eq!(canonical(&again), canonical(value));
        }
        Err(error) => assert_eq!(error.code(), "json.integer-too-large", "{error}"),
    }
}
