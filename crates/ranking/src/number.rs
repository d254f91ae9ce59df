//! The numbers of a ranking. Both are integers inside, so that every machine gets the same
//! ones, none is ever "not a number", and what is shown adds up.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a number is not a [`Fraction`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number from 0 to 1")]
pub struct FractionError;

/// A number from 0 to 1 in millionths: trust, a factor, freshness. Written as a decimal
/// number, like `0.25`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fraction(u32);

impl Fraction {
    /// 0.
    pub const ZERO: Self = Self(0);
    /// 1.
    pub const ONE: Self = Self(Self::UNIT);

    const UNIT: u32 = 1_000_000;

    /// That many thousandths; more than a thousand are one.
    pub const fn thousandths(count: u32) -> Self {
        if count >= 1_000 { Self::ONE } else { Self(count * 1_000) }
    }

    /// That many millionths; more than a million are one.
    pub(crate) const fn from_millionths(count: u32) -> Self {
        if count >= Self::UNIT { Self::ONE } else { Self(count) }
    }

    /// A number from 0 to 1, rounded to the nearest millionth.
    ///
    /// # Errors
    /// Where the number is not in that range.
    pub fn new(number: f64) -> Result<Self, FractionError> {
        if !(0.0..=1.0).contains(&number) {
            return Err(FractionError);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a million, by the check above"
        )]
        let millionths = (number * f64::from(Self::UNIT)).round() as u32;
        Ok(Self(millionths))
    }

    /// `part` of `whole`, rounded down to the millionth; all of nothing, and more than the
    /// whole, is one.
    pub const fn of(part: u32, whole: u32) -> Self {
        if part >= whole {
            return Self::ONE;
        }
        #[expect(clippy::cast_possible_truncation, reason = "less than a million")]
        let millionths = (part as u64 * Self::UNIT as u64 / whole as u64) as u32;
        Self(millionths)
    }

    /// The number in millionths.
    pub const fn millionths(self) -> u32 {
        self.0
    }

    /// The product, rounded to the nearest millionth, halves up.
    #[must_use]
    pub const fn times(self, other: Self) -> Self {
        let unit = Self::UNIT as u64;
        let product = (self.0 as u64 * other.0 as u64 + unit / 2) / unit;
        #[expect(clippy::cast_possible_truncation, reason = "at most the larger factor")]
        let product = product as u32;
        Self(product)
    }

    /// The part of the way from 1 down to `self` that lies `done` of `whole` along a
    /// straight line: 1 at none of it, `self` at all of it.
    #[must_use]
    pub const fn falling_to(self, done: u32, whole: u32) -> Self {
        if done >= whole {
            return self;
        }
        let fall = (Self::UNIT - self.0) as u64 * done as u64 / whole as u64;
        #[expect(clippy::cast_possible_truncation, reason = "less than a million")]
        let fall = fall as u32;
        Self(Self::UNIT - fall)
    }
}

impl Serialize for Fraction {
    /// As the double nearest to the number, which prints as the decimal that was meant.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / f64::from(Self::UNIT))
    }
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(f64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// With as many decimals as needed: `1`, `0.5`, `0.731507`.
impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / Self::UNIT, self.0 % Self::UNIT);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{rest:06}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl fmt::Debug for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Points of a score in tenths of a point, from −3,276.8 to 3,276.7. Written as a decimal number,
/// like `12.5`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Points(i16);

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);

    const MIN: i32 = i16::MIN as i32;
    const MAX: i32 = i16::MAX as i32;

    /// That many tenths of a point, held within what two bytes can hold: a score has at most
    /// a thousand.
    pub const fn from_tenths(tenths: i32) -> Self {
        let held = if tenths < Self::MIN {
            Self::MIN
        } else if tenths > Self::MAX {
            Self::MAX
        } else {
            tenths
        };
        #[expect(clippy::cast_possible_truncation, reason = "between the least and the most")]
        let held = held as i16;
        Self(held)
    }

    /// That part of the points, rounded to the nearest tenth, halves up.
    #[must_use]
    pub const fn times(self, part: Fraction) -> Self {
        let unit = Fraction::UNIT as i64;
        let tenths = (self.0 as i64 * part.0 as i64 + unit / 2).div_euclid(unit);
        #[expect(clippy::cast_possible_truncation, reason = "no further from zero than before")]
        let tenths = tenths as i16;
        Self(tenths)
    }

    /// The points in tenths.
    pub const fn tenths(self) -> i32 {
        self.0 as i32
    }
}

impl Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Points {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Points {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Points {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Points {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::ZERO, Add::add)
    }
}

impl Serialize for Points {
    /// As the double nearest to the number, which prints with at most one decimal.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 10.0)
    }
}

impl<'de> Deserialize<'de> for Points {
    /// From what was written, to the nearest tenth that there is.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[expect(clippy::cast_possible_truncation, reason = "what is too large stays the largest")]
        let tenths = (f64::deserialize(deserializer)? * 10.0).round() as i32;
        Ok(Self::from_tenths(tenths))
    }
}

/// With one decimal and, below zero, a minus sign: `12.5`, `−7.0`.
impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "\u{2212}" } else { "" };
        let tenths = self.0.unsigned_abs();
        write!(f, "{sign}{}.{}", tenths / 10, tenths % 10)
    }
}

impl fmt::Debug for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(number: f64) -> Fraction {
        Fraction::new(number).unwrap()
    }

    #[test]
    fn fractions_are_numbers_from_0_to_1_and_print_as_they_were_written() {
        for text in ["0", "1", "0.5", "0.25", "0.731507", "0.000001", "0.1"] {
            let number: f64 = text.parse().unwrap();
            let read = fraction(number);
            assert_eq!(read.to_string(), text);
            assert_eq!(serde_json::to_value(read).unwrap().as_f64(), Some(number));
        }
        for number in [-0.1, 1.000_001, f64::NAN, f64::INFINITY] {
            assert_eq!(Fraction::new(number), Err(FractionError), "{number}");
        }
    }

    #[test]
    fn products_round_to_the_nearest_millionth() {
        assert_eq!(fraction(0.5).times(fraction(0.25)).to_string(), "0.125");
        assert_eq!(fraction(0.001).times(fraction(0.0005)).to_string(), "0.000001");
        assert_eq!(Fraction::ONE.times(Fraction::ONE), Fraction::ONE);
    }

    #[test]
    fn a_fall_is_a_straight_line_from_1() {
        let floor = fraction(0.4);
        assert_eq!(floor.falling_to(0, 100), Fraction::ONE);
        assert_eq!(floor.falling_to(50, 100), fraction(0.7));
        assert_eq!(floor.falling_to(100, 100), floor);
        assert_eq!(floor.falling_to(7, 0), floor);
    }

    #[test]
    fn points_have_one_decimal() {
        assert_eq!(Points::from_tenths(125).to_string(), "12.5");
        assert_eq!(Points::from_tenths(-5).to_string(), "−0.5");
        assert_eq!(serde_json::to_string(&Points::from_tenths(487)).unwrap(), "48.7");
    }
}
