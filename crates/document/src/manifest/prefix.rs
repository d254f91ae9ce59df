use std::fmt;
use std::str::FromStr;

use crate::text_form::text_form;

/// The first bits of a SHA-256, written as `0` and `1`; empty for all of them. At most
/// [`KeyPrefix::MAX_BITS`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPrefix {
    /// From the highest bit on; those behind `length` are 0.
    bits: u64,
    length: u8,
}

/// Why a text is no prefix of a key's hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a prefix is at most {} of the digits 0 and 1", KeyPrefix::MAX_BITS)]
pub struct KeyPrefixError;

impl KeyPrefix {
    /// The longest prefix. Nobody can choose so many keys that begin alike that they fill a
    /// part.
    pub const MAX_BITS: u8 = 64;

    /// The prefix of every hash.
    pub const EMPTY: Self = Self { bits: 0, length: 0 };

    /// Whether `hash` begins with these bits.
    pub fn begins(&self, hash: &[u8; 32]) -> bool {
        let [first, ..] = hash.as_chunks().0 else { return false };
        u64::from_be_bytes(*first) & self.mask() == self.bits
    }

    /// The two prefixes that are one bit longer, the one with 0 first; none where this is one
    /// of the longest.
    pub(crate) fn halves(self) -> Option<(Self, Self)> {
        let length = Some(self.length + 1).filter(|length| *length <= Self::MAX_BITS)?;
        let one = self.bits | 1 << (u64::BITS - u32::from(length));
        Some((Self { length, ..self }, Self { bits: one, length }))
    }

    /// Whether every hash that begins with this one is smaller than every hash that begins
    /// with `other`.
    pub(crate) const fn is_before(&self, other: &Self) -> bool {
        self.bits | !self.mask() < other.bits
    }

    const fn mask(self) -> u64 {
        match self.length {
            0 => 0,
            length => u64::MAX << (u64::BITS - length as u32),
        }
    }
}

impl FromStr for KeyPrefix {
    type Err = KeyPrefixError;

    fn from_str(text: &str) -> Result<Self, KeyPrefixError> {
        let length = u8::try_from(text.len()).map_err(|_| KeyPrefixError)?;
        if length > Self::MAX_BITS {
            return Err(KeyPrefixError);
        }
        let mut bits = 0;
        for (place, digit) in (1..).zip(text.bytes()) {
            match digit {
                b'0' => {}
                b'1' => bits |= 1 << (u64::BITS - place),
                _ => return Err(KeyPrefixError),
            }
        }
        Ok(Self { bits, length })
    }
}

impl fmt::Display for KeyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..u32::from(self.length)).try_for_each(|place| {
            f.write_str(if self.bits << place >> 63 == 1 { "1" } else { "0" })
        })
    }
}

text_form!(KeyPrefix);
