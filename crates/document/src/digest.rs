use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::text_form::text_form;

/// Why a text is not a SHA-256 digest in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 digest is 64 lower-case hexadecimal digits")]
pub struct DigestError;

/// SHA-256 of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// SHA-256 of `pieces`, one behind the other.
pub(crate) fn sha256_of(pieces: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    pieces.iter().for_each(|piece| hasher.update(piece));
    hasher.finalize().into()
}

fn to_hex(digest: &[u8; 32]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    digest
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

fn from_hex(text: &str) -> Result<[u8; 32], DigestError> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(DigestError),
    };
    let pairs = text.as_bytes();
    if pairs.len() != 64 {
        return Err(DigestError);
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(pairs.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(digest)
}

macro_rules! digest_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The digest as 32 bytes.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// A digest from its 32 bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
        }

        impl FromStr for $name {
            type Err = DigestError;

            fn from_str(text: &str) -> Result<Self, DigestError> {
                from_hex(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&to_hex(&self.0))
            }
        }

        text_form!($name);
    };
}

digest_type! {
    /// The identity of a document: SHA-256 of its canonical form (RFC 8785) without
    /// `proof`. Other bytes with the same identity are the same document. Written as
    /// 64 lower-case hexadecimal digits.
    Identity
}

digest_type! {
    /// SHA-256 of the exact bytes of a document as it was received. It is the name
    /// under which those bytes can be fetched. Written as 64 lower-case hexadecimal
    /// digits.
    BytesHash
}

impl BytesHash {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha256(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_round_trip_and_refusals() {
        let hash = BytesHash::of(b"");
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hash.to_string(), text);
        assert_eq!(text.parse(), Ok(hash));
        assert_eq!(text.to_uppercase().parse::<BytesHash>(), Err(DigestError));
        assert_eq!(text[1..].parse::<BytesHash>(), Err(DigestError));
    }
}
