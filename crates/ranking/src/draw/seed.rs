use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Why something is not a [`Seed`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 0 to {}", Seed::COUNT - 1)]
pub struct SeedError;

/// The number of a draw: 0 to 1,023. It comes from chance where nobody gives one, and
/// stands in the address of the picks, so that a shared link shows the same ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(u16);

impl Seed {
    /// How many there are.
    pub const COUNT: u16 = 1_024;

    /// What a step from one seed to the next is in [`Seed::column`]: odd, so that every
    /// column comes once, and near 1,024 divided by the golden ratio, so that the picks of
    /// one seed are far from those of the seeds beside it.
    const STRIDE: u16 = 633;

    /// The seed of this number.
    ///
    /// # Errors
    /// Where there is none.
    pub const fn new(number: u16) -> Result<Self, SeedError> {
        if number < Self::COUNT { Ok(Self(number)) } else { Err(SeedError) }
    }

    /// The seed that two random bytes stand for; each is as likely as any other.
    pub const fn of_random_bytes(bytes: [u8; 2]) -> Self {
        Self(u16::from_be_bytes(bytes) % Self::COUNT)
    }

    /// Every seed, from 0.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    /// Its number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The first of the places that belong to it; the others follow at a distance of 1,024
    /// from one another.
    pub(super) fn column(self) -> u32 {
        u32::from(self.0) * u32::from(Self::STRIDE) % u32::from(Self::COUNT)
    }
}

impl FromStr for Seed {
    type Err = SeedError;

    /// Reads the number without sign, spaces or leading zeros: one seed has one address.
    fn from_str(text: &str) -> Result<Self, SeedError> {
        let seed = Self::new(text.parse().map_err(|_| SeedError)?)?;
        if seed.to_string() == text { Ok(seed) } else { Err(SeedError) }
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_number_below_1024_in_one_spelling() {
        assert_eq!("0".parse::<Seed>(), Seed::new(0));
        assert_eq!("1023".parse::<Seed>(), Seed::new(1_023));
        for text in ["1024", "-1", "+1", "01", "", " 1", "1.0", "70000"] {
            assert_eq!(text.parse::<Seed>(), Err(SeedError), "{text}");
        }
        assert_eq!(Seed::of_random_bytes([0xFF, 0xFF]), Seed(1_023));
        assert_eq!(Seed::of_random_bytes([4, 7]), Seed(7));
    }

    #[test]
    fn every_column_belongs_to_one_seed() {
        let mut columns: Vec<_> = Seed::all().map(Seed::column).collect();
        columns.sort_unstable();
        assert!(columns.into_iter().eq(0..u32::from(Seed::COUNT)));
    }
}
