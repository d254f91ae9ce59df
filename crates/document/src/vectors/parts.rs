//! Parts of indexes and views, and what their records come to (specification, section 9.8).

use serde_json::json;

use super::index::{Contents, is_determined};
use super::{Content, Part as Piece, canonical, codes, one_key, state_hash};
use crate::digest::sha256;
use crate::json::Value;
use crate::manifest::{KeyPrefix, Part, PartError, PartRef, Record, into_parts};
use crate::{BytesHash, IndexEntry, Kind, MAX_PART_BYTES, ViewManifest};

/// The bytes of a part, how its manifest names it, and what reading it comes to.
struct PartVector {
    name: &'static str,
    about: &'static str,
    /// What the manifest is: an index or a view.
    of: Kind,
    content: Content,
    reference: PartRef,
    /// How many records are read, or the code of the refusal.
    expected: Result<usize, &'static str>,
}

impl PartVector {
    /// A part of an index as it stands, with a reference that fits its bytes.
    fn new(
        name: &'static str,
        about: &'static str,
        content: impl Into<Content>,
        expected: Result<usize, &'static str>,
    ) -> Self {
        let content = content.into();
        let bytes = content.to_bytes();
        let records = serde_json::from_slice::<Value>(&bytes).ok();
        let records = records.and_then(|it| it["records"].as_array().map(Vec::len)).unwrap_or(1);
        let reference = PartRef {
            prefix: KeyPrefix::EMPTY,
            hash: BytesHash::of(&bytes),
            size: u32::try_from(bytes.len()).unwrap(),
            records: u32::try_from(records).unwrap(),
        };
        Self { name, about, of: Kind::Index, content, reference, expected }
    }

    fn of_a_view(self) -> Self {
        Self { of: Kind::View, ..self }
    }

    fn named(mut self, alter: impl FnOnce(&mut PartRef)) -> Self {
        alter(&mut self.reference);
        self
    }

    /// What this crate says of it, after it has been compared with what is expected: for an
    /// index the hashes of the documents that are named, for a view the records.
    fn read(&self) -> Result<Vec<Value>, PartError> {
        let bytes = self.content.to_bytes();
        let found = match self.of {
            Kind::View => ViewManifest::read_part(&self.reference, &bytes),
            _ => IndexEntry::read_part(&self.reference, &bytes)
                .map(|entries| entries.iter().map(|entry| json!(entry.hash)).collect()),
        };
        let outcome = found.as_ref().map(Vec::len).map_err(PartError::code);
        assert_eq!(outcome, self.expected, "{}: {found:?}", self.name);
        found
    }
}

/// An entry of a profile of the issuer with one key.
fn profile(server_name: &str) -> Value {
    json!({
        "type": Kind::Profile.type_name(),
        "identity": "1".repeat(64),
        "hash": "2".repeat(64),
        "size": 3_000,
        "issuer": state_hash(&one_key()[0]),
        "subject": server_name,
        "key_version": 1,
        "sequence": 12,
    })
}

fn list(source: &str) -> Value {
    with(&profile(source), "type", json!(Kind::EndorsementList.type_name()))
}

fn report() -> Value {
    with(&profile(""), "type", json!(Kind::ObservationReport.type_name()))
}

fn with(entry: &Value, member: &str, value: Value) -> Value {
    let mut entry = entry.clone();
    entry[member] = value;
    entry
}

/// The key of an entry: the feed of its document.
fn key(entry: &Value) -> String {
    let text = |member: &str| entry[member].as_str().unwrap().to_owned();
    [text("issuer"), text("type"), text("subject")].join(" ")
}

/// These entries in this order, in canonical form.
fn part(entries: &[Value]) -> Vec<u8> {
    let records: Vec<_> = entries.iter().map(|entry| json!({ "document": entry })).collect();
    canonical(&json!({ "records": records }))
}

/// These entries as a part has them.
fn in_order(mut entries: Vec<Value>) -> Vec<Value> {
    entries.sort_by_key(|entry| {
        (sha256(key(entry).as_bytes()), canonical(&json!({ "document": entry })))
    });
    entries
}

fn three() -> Vec<Value> {
    in_order(vec![profile("garden.example"), profile("meadow.example"), report()])
}

fn good() -> Vec<PartVector> {
    let new = PartVector::new;
    let evidence = with(&profile("garden.example"), "evidence", json!(true));
    let of_all_kinds = in_order(vec![
        profile("garden.example"),
        with(&evidence, "hash", json!("3".repeat(64))),
        list(""),
        list("https://lists.example/servers.json"),
        list("file:servers.json"),
        report(),
    ]);
    let mut later = part(&[with(&profile("garden.example"), "later", json!(null))]);
    let others = json!({ "document": { "type": "wellspring.profile.v2", "subject": [] } });
    later.truncate(later.len() - "]}".len());
    later.extend(format!(",{{\"later\":{{}}}},{others}],\"more\":1}}").as_bytes());
    let spelt =
        serde_json::to_vec_pretty(&serde_json::from_slice::<Value>(&part(&three())).unwrap());
    let [before, behind] = [r#"{"records":[{"later":""#, r#""}]}"#];
    let largest = Content::Generated(vec![
        Piece::Text(before.to_owned()),
        Piece::Repeat("x", MAX_PART_BYTES - before.len() - behind.len()),
        Piece::Text(behind.to_owned()),
    ]);
    let view = [
        json!({ "server": { "server_name": "garden.example", "score": 100 } }),
        json!({ "abridged": { "key": "a", "sha256": "1".repeat(64), "size": 400_000 } }),
        json!({ "later": [null] }),
    ];
    vec![
        new("good-index", "Three documents.", part(&three()), Ok(3)),
        new("good-index-kinds", "Every kind, and one as evidence.", part(&of_all_kinds), Ok(6)),
        new(
            "good-index-later",
            "What later versions may add: a member, a record, a kind. One document is known.",
            later,
            Ok(1),
        ),
        new(
            "good-index-spelling",
            "Not in canonical form; a reader does not ask.",
            spelt.unwrap(),
            Ok(3),
        ),
        PartVector::new("good-index-largest", "As many bytes as a part may have.", largest, Ok(0)),
        new("good-view", "Records of a view.", canonical(&json!({ "records": view })), Ok(3))
            .of_a_view(),
    ]
}

/// What is not the part that is named, in the order of the checks.
fn others() -> Vec<PartVector> {
    let new = PartVector::new;
    let three = || part(&three());
    let [before, behind] = [r#"{"records":[{"later":""#, r#""}]}"#];
    let larger = Content::Generated(vec![
        Piece::Text(before.to_owned()),
        Piece::Repeat("x", MAX_PART_BYTES + 1 - before.len() - behind.len()),
        Piece::Text(behind.to_owned()),
    ]);
    let raw = |name, about, text: &str, code| new(name, about, text.as_bytes().to_vec(), Err(code));
    vec![
        new("size", "One byte less than is named.", three(), Err("part.wrong-size"))
            .named(|it| it.size += 1),
        PartVector::new(
            "larger",
            "One byte more than a part may have.",
            larger,
            Err("part.wrong-size"),
        )
        .named(|it| it.size = 1_000_000),
        new("size-and-hash", "Other bytes, and more.", three(), Err("part.wrong-size"))
            .named(|it| *it = PartRef { size: 1, hash: BytesHash::of(b""), ..*it }),
        new("hash", "Other bytes than those that are named.", three(), Err("part.wrong-hash"))
            .named(|it| it.hash = BytesHash::of(b"")),
        raw("cut-off", "The end is missing.", r#"{"records":[{"later":1}"#, "json.truncated"),
        raw(
            "records-twice",
            "Two lists of records.",
            r#"{"records":[{"a":1}],"records":[{"b":1}]}"#,
            "json.duplicate-member",
        ),
        raw(
            "member-twice",
            "A record with one member, twice.",
            r#"{"records":[{"document":{},"\u0064ocument":{}}]}"#,
            "json.duplicate-member",
        ),
        raw("list", "A list.", r#"[{"later":1}]"#, "part.not-a-part"),
        raw("no-records", "No records.", r#"{"document":{}}"#, "part.not-a-part"),
        raw("records-object", "Records that are no list.", r#"{"records":{}}"#, "part.not-a-part"),
        new("fewer", "Fewer records than are named.", three(), Err("part.wrong-count"))
            .named(|it| it.records += 1),
        new("more", "More records than are named.", three(), Err("part.wrong-count"))
            .named(|it| it.records -= 1),
    ]
}

fn records() -> Vec<PartVector> {
    let new = PartVector::new;
    let bad = |name, about, entry: Value| new(name, about, part(&[entry]), Err("part.bad-record"));
    let raw = |name, about, text: &str| {
        new(name, about, text.as_bytes().to_vec(), Err("part.bad-record"))
    };
    let garden = || profile("garden.example");
    let mut without = garden();
    super::remove(&mut without, "identity");
    vec![
        raw("record-text", "A record that is no object.", r#"{"records":["document"]}"#),
        raw("record-empty", "A record that says nothing.", r#"{"records":[{}]}"#),
        raw("record-of-two", "A record of two members.", r#"{"records":[{"later":1,"more":2}]}"#),
        raw("view-record-of-two", "The same in a view.", r#"{"records":[{"later":1,"more":2}]}"#)
            .of_a_view(),
        raw("entry-list", "An entry that is no object.", r#"{"records":[{"document":[]}]}"#),
        bad("entry-without-identity", "A member is missing.", without),
        bad("entry-type-null", "No kind.", with(&garden(), "type", json!(null))),
        bad("entry-evidence-null", "Null is not absent.", with(&garden(), "evidence", json!(null))),
        bad("entry-hash", "A hash in upper case.", with(&garden(), "hash", json!("A".repeat(64)))),
        bad("entry-size", "A profile larger than any.", with(&garden(), "size", json!(256_001))),
        bad("entry-issuer", "No issuer id.", with(&garden(), "issuer", json!("garden.example"))),
        bad(
            "entry-key-version-0",
            "Key states are counted from 1.",
            with(&garden(), "key_version", json!(0)),
        ),
        bad(
            "entry-key-version-129",
            "More key states than there can be.",
            with(&garden(), "key_version", json!(129)),
        ),
        bad("entry-sequence", "Sequences begin with 1.", with(&garden(), "sequence", json!(0))),
        bad("entry-profile-of-nobody", "A profile without a name.", profile("")),
        bad(
            "entry-profile-of-no-name",
            "A profile of what is no server name.",
            profile("Garden.example"),
        ),
        bad("entry-list-of-a-path", "A list from the file system.", list("file:/etc/passwd")),
        bad(
            "entry-report-subject",
            "A report about one server.",
            with(&garden(), "type", json!(Kind::ObservationReport.type_name())),
        ),
        bad(
            "entry-index",
            "An index is in no index.",
            with(&profile(""), "type", json!(Kind::Index.type_name())),
        ),
        bad(
            "entry-view",
            "A view is not among the documents.",
            with(&profile("a"), "type", json!(Kind::View.type_name())),
        ),
    ]
}

fn places() -> Vec<PartVector> {
    let new = PartVector::new;
    let one = profile("garden.example");
    let first_bit = sha256(key(&one).as_bytes())[0] >> 7;
    let [here, elsewhere] = if first_bit == 0 { ["0", "1"] } else { ["1", "0"] };
    let whole: String =
        sha256(key(&one).as_bytes())[..8].iter().map(|byte| format!("{byte:08b}")).collect();
    let almost = format!("{}{}", &whole[..63], if whole.ends_with('0') { '1' } else { '0' });
    let under = |prefix: &str| {
        let prefix = prefix.parse().unwrap();
        move |it: &mut PartRef| it.prefix = prefix
    };
    let mut reversed = three();
    reversed.reverse();
    let mut same_key = in_order(vec![one.clone(), with(&one, "sequence", json!(13))]);
    same_key.reverse();
    let ones = || part(std::slice::from_ref(&one));
    vec![
        new("good-prefix", "The first bit of the hash of its key.", ones(), Ok(1))
            .named(under(here)),
        new("good-prefix-longest", "The first 64 bits.", ones(), Ok(1)).named(under(&whole)),
        new("elsewhere", "It belongs to the other half.", ones(), Err("part.wrong-part"))
            .named(under(elsewhere)),
        new("elsewhere-by-one-bit", "The 64th bit differs.", ones(), Err("part.wrong-part"))
            .named(under(&almost)),
        new(
            "order",
            "Not ordered by the hashes of the keys.",
            part(&reversed),
            Err("part.wrong-order"),
        ),
        new(
            "order-of-one-key",
            "Records of one key that are not ordered by their bytes.",
            part(&same_key),
            Err("part.wrong-order"),
        ),
        new("twice", "A record twice.", part(&[one.clone(), one]), Err("part.wrong-order")),
    ]
}

fn vectors() -> Vec<PartVector> {
    [good(), others(), records(), places()].into_iter().flatten().collect()
}

/// The codes that some part has.
pub(super) fn met() -> std::collections::BTreeSet<&'static str> {
    vectors().iter().filter_map(|vector| vector.expected.err()).collect()
}

/// The entries of the index of parts that are read, and their files.
pub(super) fn read(contents: &mut Contents) -> Vec<Value> {
    let entry = |vector: PartVector| {
        let found = vector.read();
        let mut entry = json!({
            "name": vector.name,
            "about": vector.about,
            "of": vector.of.type_name(),
            "reference": vector.reference,
            "holds": found.is_ok(),
        });
        match found {
            Ok(found) if vector.of == Kind::View => entry["records"] = json!(found.len()),
            Ok(found) => entry["documents"] = json!(found),
            Err(error) => {
                assert_eq!(error.code(), codes::of_part(&error), "{}", vector.name);
                entry["code"] = json!(error.code());
                entry["determined"] = json!(is_determined(vector.name, error.code()));
                if let PartError::BadRecord(member) = &error {
                    entry["place"] = json!(member.place);
                }
            }
        }
        let (name, value) = contents.add(&format!("parts/{}.json", vector.name), &vector.content);
        entry[name] = value;
        entry
    };
    vectors().into_iter().map(entry).collect()
}

/// Records, and the parts that they make.
pub(super) fn made() -> Vec<Value> {
    let record = |key: &str, value: Value| json!({ "key": key, "record": value });
    let garden = || record("garden.example", json!({ "server": { "name": "é", "rank": 1 } }));
    let unlisted = || record("garden.example", json!({ "unlisted": { "warnings": [] } }));
    let entry = |entry: Value| record(&key(&entry), json!({ "document": entry }));
    let entries: Vec<_> = three().into_iter().map(entry).collect();
    let explicit = [
        ("Nothing: no part.", vec![]),
        ("One record.", vec![garden()]),
        (
            "Two of one key, given in any order, and one of them twice.",
            vec![unlisted(), garden(), unlisted()],
        ),
        ("The empty key.", vec![record("", json!({ "documents": { "profiles": 0 } })), garden()]),
        ("Entries of an index.", entries),
    ];
    let explicit = explicit.into_iter().map(|(about, records)| {
        let made = records.iter().map(|it| Record::new(it["key"].as_str().unwrap(), &it["record"]));
        json!({ "about": about, "records": records, "parts": references(made.collect()) })
    });
    let rules = [
        ("As much as one part holds.", 33, 30_220),
        ("A little more: two parts.", 33, 30_260),
        ("Six times as much.", 200, 30_000),
        ("The longest record.", 1, 119_952),
        ("One byte more: it is abridged.", 1, 119_953),
    ];
    let rules = rules.into_iter().map(|(about, count, length)| {
        let record = |number: u32| {
            let (key, text) = (format!("{number}.example"), "x".repeat(length));
            Record::new(&key, &json!({ "server": { "server_name": key, "text": text } }))
        };
        let parts = references((0..count).map(record).collect());
        json!({ "about": about, "count": count, "length": length, "parts": parts })
    });
    explicit.chain(rules).collect()
}

fn references(records: Vec<Record>) -> Vec<PartRef> {
    let parts = into_parts(records).unwrap();
    parts.into_iter().map(|Part { reference, .. }| reference).collect()
}

/// The sizes that the descriptions above promise.
#[test]
fn the_made_parts_are_at_the_bounds() {
    let made = made();
    let sizes = |place: usize| {
        let parts = made[place]["parts"].as_array().unwrap();
        parts.iter().map(|part| part["size"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(sizes(0), Vec::<u64>::new());
    assert!((990_000..=1_000_000).contains(&sizes(5)[0]) && sizes(5).len() == 1, "{:?}", sizes(5));
    assert_eq!(sizes(6).len(), 2);
    assert!(sizes(7).len() >= 7);
    assert_eq!(sizes(8), [120_014]);
    assert!(sizes(9)[0] < 300);
}
