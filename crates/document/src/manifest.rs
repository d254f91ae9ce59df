//! What does not fit into one document: records in parts that a signed manifest names by
//! their hashes.
//!
//! A record has a key: what it is about. The first bits of the SHA-256 of the key say in which
//! part it is. A part is split in two only where it would grow over [`MAX_PART_BYTES`], so
//! that the same records give the same parts, byte for byte, whoever writes them, and a new
//! record changes one part (specification, section 9.8).

mod prefix;

use serde::{Deserialize, Serialize};

use crate::body::{Excerpt, InvalidMember, Place};
use crate::digest::{BytesHash, sha256};
use crate::json::{self, Arena, ReadError, Tree, Value, canonical, written};

pub use prefix::{KeyPrefix, KeyPrefixError};

/// The largest part, in bytes: what can be fetched again at little cost when one record in it
/// has changed.
pub const MAX_PART_BYTES: usize = 1_000_000;

/// The most parts of one manifest. What they hold stays within 4.1 GB.
pub const MAX_PARTS: usize = 4_096;

/// The longest record, in bytes of its canonical form. Eight of them fit into one part, so
/// that somebody who has much said of them cannot fill it: the records of one key stay
/// together.
pub const MAX_RECORD_BYTES: usize = 120_000;

/// What stands in a part around and between its records: `{"records":[` and `]}`, and commas.
const BEGIN: &[u8] = b"{\"records\":[";
const END: &[u8] = b"]}";

/// One part, as its manifest names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PartRef {
    /// With which bits the SHA-256 of the keys of its records begins.
    pub prefix: KeyPrefix,
    /// SHA-256 of its bytes, under which they are found.
    pub hash: BytesHash,
    /// How many bytes these are; at most [`MAX_PART_BYTES`].
    pub size: u32,
    /// How many records are in it; at least one, and fewer than it has bytes.
    pub records: u32,
}

/// A part with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// As the manifest names it.
    pub reference: PartRef,
    /// `{"records":[…]}` in canonical form.
    pub bytes: Vec<u8>,
}

/// One record on its way into a part. Records are ordered as they stand there: by the hash of
/// their keys, those of one key by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    key_hash: [u8; 32],
    /// In canonical form.
    bytes: Vec<u8>,
}

impl Record {
    /// The record about `key`. In the place of one of more than [`MAX_RECORD_BYTES`] stands
    /// its hash: `{"abridged":{"key":…,"sha256":…,"size":…}}`, of its canonical form.
    ///
    /// Numbers in it have to be such that their canonical form can be read again
    /// (specification, section 2.4).
    pub fn new(key: &str, value: &Value) -> Self {
        let mut bytes = canonical(value);
        if bytes.len() > MAX_RECORD_BYTES {
            let (hash, size) = (BytesHash::of(&bytes).to_string(), bytes.len());
            let told = serde_json::json!({ "key": key, "sha256": hash, "size": size });
            bytes = canonical(&serde_json::json!({ "abridged": told }));
        }
        Self { key_hash: sha256(key.as_bytes()), bytes }
    }
}

/// Puts records into parts. The order in which they are given changes nothing; a record that
/// is given twice is there once.
///
/// # Errors
/// Where more than [`MAX_PARTS`] would be needed, or the records of one key do not fit into
/// one part.
pub fn into_parts(mut records: Vec<Record>) -> Result<Vec<Part>, TooManyRecords> {
    records.sort_unstable();
    records.dedup();
    let mut parts = Vec::new();
    split(KeyPrefix::EMPTY, &records, &mut parts)?;
    Ok(parts)
}

/// More records than the parts of one manifest can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the records need more than {MAX_PARTS} parts, or those of one key more than \
     {MAX_PART_BYTES} bytes"
)]
pub struct TooManyRecords;

/// Adds the parts of `records`, which are in order and all begin with `prefix`.
fn split(
    prefix: KeyPrefix,
    records: &[Record],
    parts: &mut Vec<Part>,
) -> Result<(), TooManyRecords> {
    if records.is_empty() {
        return Ok(());
    }
    let content: usize = records.iter().map(|record| record.bytes.len() + 1).sum();
    let size = BEGIN.len() + content - 1 + END.len();
    if size > MAX_PART_BYTES {
        let (zero, one) = prefix.halves().ok_or(TooManyRecords)?;
        let middle = records.partition_point(|record| zero.begins(&record.key_hash));
        split(zero, &records[..middle], parts)?;
        return split(one, &records[middle..], parts);
    }
    if parts.len() == MAX_PARTS {
        return Err(TooManyRecords);
    }
    parts.push(Part::of(prefix, records, size));
    Ok(())
}

impl Part {
    /// The part of these records, which is `size` bytes long.
    fn of(prefix: KeyPrefix, records: &[Record], size: usize) -> Self {
        let mut bytes = Vec::with_capacity(size);
        bytes.extend_from_slice(BEGIN);
        for (index, record) in records.iter().enumerate() {
            if index > 0 {
                bytes.push(b',');
            }
            bytes.extend_from_slice(&record.bytes);
        }
        bytes.extend_from_slice(END);
        // Both are at most MAX_PART_BYTES.
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (size, records) = (count(bytes.len()), count(records.len()));
        Self { reference: PartRef { prefix, hash: BytesHash::of(&bytes), size, records }, bytes }
    }
}

/// Why bytes are not the part that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum PartError {
    #[error("the part has {found} bytes, where its manifest says {named}")]
    WrongSize { found: usize, named: u32 },
    #[error("the part has other bytes than those whose hash its manifest names")]
    WrongHash,
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    #[error("a part is an object with the list \"records\"")]
    NotAPart,
    #[error("the part has {found} records, where its manifest says {named}")]
    WrongCount { found: usize, named: u32 },
    #[error("{0}")]
    BadRecord(InvalidMember),
    #[error("records[{index}]: is about \"{}\", which belongs to another part", Excerpt::short(.key))]
    WrongPart { index: usize, key: String },
    #[error("records[{index}]: must come after the one before, and not twice")]
    WrongOrder { index: usize },
}

impl PartError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongSize { .. } => "part.wrong-size",
            Self::WrongHash => "part.wrong-hash",
            Self::Unreadable(error) => error.code(),
            Self::NotAPart => "part.not-a-part",
            Self::WrongCount { .. } => "part.wrong-count",
            Self::BadRecord(_) => "part.bad-record",
            Self::WrongPart { .. } => "part.wrong-part",
            Self::WrongOrder { .. } => "part.wrong-order",
        }
    }
}

/// Reads the part that `reference` names. `read` gives what a record says and its key; nothing
/// for a record that only later versions understand, which is passed over.
///
/// Each record is an object with one member, whose name says what it is.
///
/// # Errors
/// Where the bytes are not exactly that part.
pub(crate) fn read_part<T>(
    reference: &PartRef,
    bytes: &[u8],
    read: impl Fn(&Tree<'_>) -> Result<Option<(T, String)>, InvalidMember>,
) -> Result<Vec<T>, PartError> {
    let mut found = Vec::new();
    let mut last = None;
    each_record(reference, bytes, |index, record| {
        let Some((value, key)) = read(record).map_err(|problem| bad_record(index, problem))? else {
            return Ok(());
        };
        let place = (sha256(key.as_bytes()), written(record));
        if !reference.prefix.begins(&place.0) {
            return Err(PartError::WrongPart { index, key });
        }
        if last.as_ref().is_some_and(|last| *last >= place) {
            return Err(PartError::WrongOrder { index });
        }
        last = Some(place);
        found.push(value);
        Ok(())
    })?;
    Ok(found)
}

/// As [`read_part`], of records whose keys are not known. Their order is not looked at.
pub(crate) fn read_values(reference: &PartRef, bytes: &[u8]) -> Result<Vec<Value>, PartError> {
    let mut found = Vec::new();
    each_record(reference, bytes, |_, record| {
        found.push(record.to_value());
        Ok(())
    })?;
    Ok(found)
}

fn each_record(
    reference: &PartRef,
    bytes: &[u8],
    mut read: impl FnMut(usize, &Tree<'_>) -> Result<(), PartError>,
) -> Result<(), PartError> {
    if u32::try_from(bytes.len()) != Ok(reference.size) {
        return Err(PartError::WrongSize { found: bytes.len(), named: reference.size });
    }
    if BytesHash::of(bytes) != reference.hash {
        return Err(PartError::WrongHash);
    }
    let arena = Arena::new();
    let part = json::read_tree(bytes, MAX_PART_BYTES, &arena)?;
    let records = part.as_object().and_then(|it| it.get("records")).and_then(Tree::as_array);
    let records = records.ok_or(PartError::NotAPart)?;
    if u32::try_from(records.len()) != Ok(reference.records) {
        return Err(PartError::WrongCount { found: records.len(), named: reference.records });
    }
    for (index, record) in records.iter().enumerate() {
        if record.as_object().is_none_or(|members| members.iter().len() != 1) {
            let problem = Place::Root.refuse("must be an object with one member");
            return Err(bad_record(index, problem));
        }
        read(index, record)?;
    }
    Ok(())
}

/// The refusal of a record, whose places are those within it.
fn bad_record(index: usize, problem: InvalidMember) -> PartError {
    let InvalidMember { place, rule } = problem;
    let dot = if place.is_empty() { "" } else { "." };
    PartError::BadRecord(InvalidMember { place: format!("records[{index}]{dot}{place}"), rule })
}

impl Place<'_> {
    /// Checks the parts of a manifest: bounded, in the order of their prefixes, none beginning
    /// as another does, so that every key belongs to one of them at most.
    pub(crate) fn parts(&self, parts: &[PartRef]) -> Result<(), InvalidMember> {
        self.length(parts.len(), MAX_PARTS)?;
        for (index, part) in parts.iter().enumerate() {
            let at = self.item(index);
            at.member("size").number(Some(part.size), MAX_PART_BYTES as u64)?;
            if part.records == 0 || part.records >= part.size {
                let rule = "must be at least 1, and less than size";
                return Err(at.member("records").refuse(rule));
            }
            let before = index.checked_sub(1).and_then(|before| parts.get(before));
            if before.is_some_and(|before| !before.prefix.is_before(&part.prefix)) {
                let rule = "must come after the one before, and neither may begin with the other";
                return Err(at.member("prefix").refuse(rule));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
