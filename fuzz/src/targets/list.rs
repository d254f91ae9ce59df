//! Lists that exist today, in any of their shapes.

use serde_json::Value;
use wellspring_document::{
    Curator, Draft, EndorsementList, KeyHistory, Localized, SigningKey, Timestamp, sign,
};
use wellspring_matrix::{ListFormat, MAX_REMARKS, joinmatrix, read_list};

use super::assert_fit_to_be_shown;
use super::signer::ISSUED_AT;

/// Reads any bytes as a list.
pub fn run(data: &[u8]) {
    let reading = match read_list(data) {
        Ok(reading) => reading,
        Err(error) => {
            assert_fit_to_be_shown(&error.to_string());
            assert!(error.code().starts_with("list.") || error.code().starts_with("json."));
            return;
        }
    };
    assert!(!reading.servers.is_empty() && reading.remarks.len() <= MAX_REMARKS);
    assert!(reading.servers.is_sorted_by(|a, b| a.server_name < b.server_name));
    reading.remarks.iter().for_each(|remark| assert_fit_to_be_shown(&remark.to_string()));

    // What is read can be signed as it is.
    let curator = Curator::new(Localized::english("C").expect("a name"));
    let body =
        EndorsementList { entries: reading.servers.clone(), ..EndorsementList::new(curator) };
    let key = SigningKey::from_seed([1; 32]);
    let issued_at: Timestamp = ISSUED_AT.parse().expect("a valid time");
    let keys = std::slice::from_ref(&key);
    let history = KeyHistory::genesis(issued_at, keys, 1).expect("one key");
    let expires_at = issued_at.plus_days(8);
    let draft = Draft { history: &history, sequence: 1, issued_at, expires_at, body: &body };
    let raw = sign(&draft, keys).expect("what is read makes a document");
    let verified = raw.verify::<EndorsementList>().expect("what is signed holds");
    assert_eq!(verified.body(), &body);

    // What is written in the present shape is read again, and then stays as it is.
    let written = joinmatrix(&reading.servers, &[]);
    let again = reread(&written);
    let names = |list: &[wellspring_document::Endorsement]| -> Vec<_> {
        list.iter().map(|entry| entry.server_name.clone()).collect()
    };
    assert_eq!(names(&again), names(&reading.servers));
    assert_eq!(reread(&joinmatrix(&again, &[])), again);
    // The legend of 2023 has facts that the shape of today cannot say.
    if reading.format != ListFormat::JoinmatrixArray {
        assert_eq!(again, reading.servers);
    }
}

fn reread(list: &Value) -> Vec<wellspring_document::Endorsement> {
    read_list(list.to_string().as_bytes()).expect("what is written is a list").servers
}
