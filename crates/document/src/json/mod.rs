//! JSON as Wellspring reads and writes it: strict I-JSON (RFC 7493) in, canonical
//! bytes (RFC 8785, JCS) out.
//!
//! Every document, from any place, goes through one reader; the value it gives is the
//! one whose proofs are checked and the one that is used. Nothing is parsed twice. That
//! value borrows from the text; for everybody else [`read`] gives it as a [`Value`] that
//! can be kept and changed.

mod canonical;
mod read;
mod tree;

pub use canonical::canonical;
pub(crate) use canonical::{canonical_without, written};
pub use read::{MAX_DEPTH, MAX_INTEGER, MAX_VALUES, ReadError, ReadRule, read};
pub(crate) use read::{ReadText, read_text, read_tree};
pub use serde_json::{Map, Value};
pub(crate) use tree::{Arena, CanonicalText, Member, Members, Tree};

/// How many bytes at the beginning can stand inside a JSON string as they are: no quote, no
/// backslash, no control character. Nearly all of a document is such bytes, so they are
/// looked at eight at a time.
fn plain_length(bytes: &[u8]) -> usize {
    const STEP: usize = size_of::<u64>();
    let (words, rest) = bytes.as_chunks::<STEP>();
    for (index, word) in words.iter().enumerate() {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return index * STEP + special.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1F);
    words.len() * STEP + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// The high bit of the first special byte, counted from the lowest, and nothing below it;
/// zero where there is none.
const fn special_bytes(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Subtracting `limit` from a smaller byte borrows and sets its high bit, which was clear.
    // The borrow may spoil the bytes above it, never those below.
    const fn below(word: u64, limit: u64) -> u64 {
        word.wrapping_sub(EACH * limit) & !word & (EACH << 7)
    }
    below(word, 0x20)
        | below(word ^ (EACH * b'"' as u64), 1)
        | below(word ^ (EACH * b'\\' as u64), 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::plain_length;

    /// The special bytes, their neighbours, and any others.
    fn any_byte() -> impl Strategy<Value = u8> {
        let edges = b"\"\\\x00\x1f\x20!#[]\x7f\x80\xff".as_slice();
        prop_oneof![20 => any::<u8>(), 1 => prop::sample::select(edges)]
    }

    proptest! {
        #[test]
        fn the_plain_part_ends_at_the_first_special_byte(
            bytes in prop::collection::vec(any_byte(), 0..40),
        ) {
            let special = |byte: &u8| *byte < b' ' || *byte == b'"' || *byte == b'\\';
            let expected = bytes.iter().position(special).unwrap_or(bytes.len());
            prop_assert_eq!(plain_length(&bytes), expected);
        }
    }
}
