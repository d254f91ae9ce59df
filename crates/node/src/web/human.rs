//! Dates, sizes and spans as people write them.

use wellspring_document::{Date, Timestamp};
use wellspring_ranking::{Fraction, Points};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A small value, which templates hand over behind as many references as they happen to
/// have.
pub(super) trait Given<T> {
    fn given(&self) -> T;
}

impl<T, U: Given<T> + ?Sized> Given<T> for &U {
    fn given(&self) -> T {
        (**self).given()
    }
}

macro_rules! given_as_itself {
    ($($type:ty)*) => {$(
        impl Given<Self> for $type {
            fn given(&self) -> Self {
                *self
            }
        }
    )*};
}

given_as_itself! { Date Timestamp Points Fraction u64 }

macro_rules! given_as_number {
    ($($type:ty)*) => {$(
        impl Given<u64> for $type {
            fn given(&self) -> u64 {
                u64::from(*self)
            }
        }
    )*};
}

given_as_number! { u8 u16 u32 }

impl Given<u64> for usize {
    fn given(&self) -> u64 {
        u64::try_from(*self).unwrap_or(u64::MAX)
    }
}

/// A day: `22 November 2026`.
pub(super) fn day(date: impl Given<Date>) -> String {
    // The text form of a date is always YYYY-MM-DD.
    let text = date.given().to_string();
    let mut parts = text.splitn(3, '-').map(|part| part.trim_start_matches('0'));
    let (year, month, day) =
        (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let month = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.wrapping_sub(1)));
    format!("{day} {} {year}", month.unwrap_or(&""))
}

/// A moment: `22 November 2026, 10:00 UTC`.
pub(super) fn moment(at: impl Given<Timestamp>) -> String {
    let at = at.given();
    let text = at.to_string();
    format!("{}, {} UTC", day(at.date()), text.get(11..16).unwrap_or_default())
}

/// An amount of storage in MiB, in the largest unit that keeps it a whole number.
pub(super) fn mebibytes(count: impl Given<u64>) -> String {
    let units = ["MiB", "GiB", "TiB", "PiB"];
    let mut amount = count.given();
    let mut unit = 0;
    while amount >= 1_024 && amount % 1_024 == 0 && unit + 1 < units.len() {
        amount /= 1_024;
        unit += 1;
    }
    format!("{} {}", grouped(amount), units[unit])
}

/// A number of hours, as days where they are whole.
pub(super) fn hours(count: impl Given<u64>) -> String {
    match count.given() {
        0 => "less than an hour".to_owned(),
        days @ 48.. if days % 24 == 0 => format!("{} days", grouped(days / 24)),
        hours => counted(hours, "hour", "hours"),
    }
}

/// A number with the word for what it counts: `1 day`, `30 days`.
pub(super) fn counted(count: impl Given<u64>, one: &str, many: &str) -> String {
    let count = count.given();
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// A share, down to the tenth of a percent: `99.2 %`. What is not everything never reads
/// `100 %`.
pub(super) fn percent(share: impl Given<Fraction>) -> String {
    let share = share.given();
    if share == Fraction::ONE {
        return "100 %".to_owned();
    }
    let thousandths = share.millionths() / 1_000;
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

/// A number in groups of three digits with narrow spaces between them (ISO 80000-1,
/// section 7.3.1).
pub(super) fn grouped(number: impl Given<u64>) -> String {
    let digits = number.given().to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push('\u{202F}');
        }
        text.push(digit);
    }
    text
}

/// Points with their sign, as the summands of a sum are written: `+ 12.5`, `− 7.0`, `0.0`.
pub(super) fn summand(points: impl Given<Points>) -> String {
    let points = points.given();
    let absolute = if points < Points::ZERO { -points } else { points };
    match points.tenths() {
        0 => points.to_string(),
        1.. => format!("+\u{202F}{absolute}"),
        _ => format!("\u{2212}\u{202F}{absolute}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_out() {
        assert_eq!(day("2026-11-22".parse::<Date>().unwrap()), "22 November 2026");
        assert_eq!(day("2026-02-01".parse::<Date>().unwrap()), "1 February 2026");
        assert_eq!(
            moment("2026-11-22T09:05:59Z".parse::<Timestamp>().unwrap()),
            "22 November 2026, 09:05 UTC"
        );
    }

    #[test]
    fn sizes_use_the_unit_that_fits() {
        assert_eq!(mebibytes(0_u64), "0 MiB");
        assert_eq!(mebibytes(50_u64), "50 MiB");
        assert_eq!(mebibytes(5_120_u64), "5 GiB");
        assert_eq!(mebibytes(1_536_u64), "1\u{202F}536 MiB");
        assert_eq!(mebibytes(1_073_741_824_u64), "1 PiB");
    }

    #[test]
    fn spans_and_counts_read_naturally() {
        assert_eq!(hours(0_u32), "less than an hour");
        assert_eq!(hours(1_u32), "1 hour");
        assert_eq!(hours(24_u32), "24 hours");
        assert_eq!(hours(48_u32), "2 days");
        assert_eq!(hours(50_u32), "50 hours");
        assert_eq!(counted(1_u32, "day", "days"), "1 day");
        assert_eq!(grouped(1_234_567_u32), "1\u{202F}234\u{202F}567");
    }

    #[test]
    fn points_are_written_as_summands() {
        assert_eq!(summand(Points::from_tenths(125)), "+\u{202F}12.5");
        assert_eq!(summand(Points::from_tenths(-70)), "\u{2212}\u{202F}7.0");
        assert_eq!(summand(Points::ZERO), "0.0");
    }
}
