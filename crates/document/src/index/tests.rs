use serde_json::json;

use super::*;
use crate::manifest::{Part, into_parts};

fn entry(kind: Kind, subject: &str) -> IndexEntry {
    IndexEntry {
        identity: Identity::from_bytes([1; 32]),
        hash: BytesHash::of(b""),
        size: 10,
        kind,
        issuer: "zQmR4QbL7WU24F2L64EQQfZihGCjuCdG9or3F3Ge5gSQFWt".parse().unwrap(),
        subject: subject.to_owned(),
        key_version: 1,
        sequence: 3,
        dropped: false,
        evidence: false,
    }
}

fn read(entries: &[IndexEntry]) -> Result<Vec<IndexEntry>, PartError> {
    let records = entries.iter().map(IndexEntry::record).collect();
    let [part] = &into_parts(records).unwrap()[..] else { panic!("not one part") };
    IndexEntry::read_part(&part.reference, &part.bytes)
}

#[test]
fn entries_read_back_in_the_order_of_their_keys() {
    let evidence = IndexEntry { evidence: true, ..entry(Kind::Profile, "a.example") };
    let entries = [entry(Kind::Profile, "a.example"), entry(Kind::EndorsementList, ""), evidence];
    let found = read(&entries).unwrap();
    assert_eq!(found.len(), 3);
    assert!(entries.iter().all(|entry| found.contains(entry)));
}

#[test]
fn entries_that_no_document_could_have_are_refused() {
    let profile = || entry(Kind::Profile, "a.example");
    let list = |subject| entry(Kind::EndorsementList, subject);
    let entries = [
        IndexEntry { size: 256_001, ..profile() },
        IndexEntry { key_version: 0, ..profile() },
        IndexEntry { key_version: 129, ..profile() },
        IndexEntry { sequence: 0, ..profile() },
        IndexEntry { sequence: 1 << 53, ..profile() },
        entry(Kind::Profile, "A.example"),
        list("file:../a"),
        entry(Kind::ObservationReport, "a.example"),
        entry(Kind::Index, ""),
        entry(Kind::View, "default"),
    ];
    let refused = entries.map(|entry| {
        let error = read(&[entry]).unwrap_err();
        format!("{}: {error}", error.code())
    });
    insta::assert_snapshot!(refused.join("\n"), @r#"
    part.bad-record: records[0].document.size: must be at most 256000, not 256001
    part.bad-record: records[0].document.key_version: must be between 1 and 128
    part.bad-record: records[0].document.key_version: must be between 1 and 128
    part.bad-record: records[0].document.sequence: must be between 1 and 2^53 - 1
    json.integer-too-large: records[0].document.sequence: an integer beyond ±(2^53 − 1), which readers would round differently (RFC 7493, section 2.2) (at byte 263)
    part.bad-record: records[0].document.subject: must be a server name
    part.bad-record: records[0].document.subject: must be empty, or the source of an adopted list
    part.bad-record: records[0].document.subject: must be empty for an observation report
    part.bad-record: records[0].document.type: must be a profile, an endorsement list or an observation report, unless it is evidence
    part.bad-record: records[0].document.type: must be a profile, an endorsement list or an observation report, unless it is evidence
    "#);
    for taken in [list("file:a.json"), list("https://a.example/list")] {
        assert_eq!(read(std::slice::from_ref(&taken)), Ok(vec![taken]));
    }
}

/// What later versions may put into an index.
#[test]
fn what_is_not_known_is_passed_over() {
    let known = entry(Kind::Profile, "a.example");
    let mut further = serde_json::to_value(&known).unwrap();
    further["later"] = json!({ "a": null });
    let mut other = further.clone();
    other["type"] = json!("wellspring.profile.v2");
    other["subject"] = json!(["a.example"]);
    let records = [
        known.record(),
        Record::new(&known.key(), &json!({ "document": further })),
        Record::new("", &json!({ "document": other })),
        Record::new("", &json!({ "later": { "document": 1 } })),
    ];
    let [part] = &into_parts(records.to_vec()).unwrap()[..] else { panic!("not one part") };
    assert_eq!(part.reference.records, 4);
    let found = IndexEntry::read_part(&part.reference, &part.bytes);
    assert_eq!(found, Ok(vec![known.clone(), known]));
}

/// However many strangers sign profiles of a server, its own stays within its part.
#[test]
fn strangers_do_not_fill_the_part_of_a_server() {
    let records = (0..4_000_u32).map(|number| {
        let stranger = crate::digest::sha256(&number.to_be_bytes());
        let issuer =
            crate::base58::reference::to_base58btc(&[&[0x12, 0x20][..], &stranger].concat());
        let issuer = issuer.parse().unwrap();
        IndexEntry { issuer, ..entry(Kind::Profile, "a.example") }.record()
    });
    let parts = into_parts(records.collect()).unwrap();
    assert!(parts.len() > 1);
    let read = |part: &Part| IndexEntry::read_part(&part.reference, &part.bytes).unwrap().len();
    assert_eq!(parts.iter().map(read).sum::<usize>(), 4_000);
}

#[test]
fn an_index_or_a_view_is_named_as_evidence_alone() {
    let named = |kind, subject, evidence| {
        read(&[IndexEntry { evidence, ..entry(kind, subject) }]).map(|entries| entries.len())
    };
    assert_eq!(named(Kind::Index, "", true), Ok(1));
    assert_eq!(named(Kind::View, "town", true), Ok(1));
    for (kind, subject, evidence) in [
        (Kind::Index, "", false),
        (Kind::View, "town", false),
        (Kind::Index, "town", true),
        (Kind::View, "The town", true),
    ] {
        assert_eq!(named(kind, subject, evidence).unwrap_err().code(), "part.bad-record");
    }
}

#[test]
fn views_are_named_in_order_and_once() {
    let view = |community: &str| ViewRef {
        community: community.parse().unwrap(),
        hash: BytesHash::of(b""),
        size: 1,
    };
    let place = |views: &[ViewRef]| {
        Index { views: views.to_vec(), parts: Vec::new() }.validate().map_err(|it| it.place)
    };
    assert_eq!(place(&[view("a"), view("b")]), Ok(()));
    assert_eq!(place(&[view("b"), view("a")]), Err("views[1].community".to_owned()));
    assert_eq!(place(&[view("a"), view("a")]), Err("views[1].community".to_owned()));
    assert_eq!(place(&vec![view("a"); 101]), Err("views".to_owned()));
}
