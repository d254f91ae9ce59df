use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use jiff::{SignedDuration, civil};

use crate::body::Excerpt;
use crate::text_form::text_form;

/// Why a text is not a [`Timestamp`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{text}\" is not a time of the form 2026-11-22T10:00:00Z (UTC, whole seconds, years 1970 to 9999)"
)]
pub struct TimestampError {
    text: String,
}

/// Why a text is not a [`Date`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a date of the form 2026-11-22 (years 1970 to 9999)")]
pub struct DateError {
    text: String,
}

/// A moment in UTC with a resolution of one second, from 1970 to 9999.
///
/// Its only text form is `2026-11-22T10:00:00Z`: one spelling per moment, so two
/// readers cannot disagree about it. A leap second (`:60`) is refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(
    /// The seconds since 1970-01-01T00:00:00Z and one more: so that where there may be none, it
    /// takes no more room.
    NonZeroU64,
);

/// A day of the Gregorian calendar, from 1970 to 9999. Its only text form is
/// `2026-11-22`. Where a date is compared with a [`Timestamp`], it means the first
/// second of that day in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

/// The day from which seconds are counted.
const EPOCH: civil::Date = civil::date(1970, 1, 1);

/// The last second of the year 9999, in seconds since 1970.
const LAST: i64 = 253_402_300_799;

/// Seconds in a day of UTC.
const DAY: i64 = 86_400;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const MIN: Self = Self(NonZeroU64::MIN);
    /// 9999-12-31T23:59:59Z.
    pub const MAX: Self = Self::held(LAST);

    /// The moment that many seconds after 1970-01-01T00:00:00Z; nothing outside
    /// [`Timestamp::MIN`] to [`Timestamp::MAX`].
    pub const fn from_unix(seconds: i64) -> Option<Self> {
        if seconds < 0 || seconds > LAST { None } else { Some(Self::held(seconds)) }
    }

    /// That many seconds after 1970-01-01T00:00:00Z, held within what there is.
    const fn held(seconds: i64) -> Self {
        if seconds < 0 {
            return Self::MIN;
        }
        let held = if seconds > LAST { LAST } else { seconds };
        Self(NonZeroU64::MIN.saturating_add(held.unsigned_abs()))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn unix(self) -> i64 {
        self.0.get().cast_signed() - 1
    }

    /// This moment moved by `seconds`, held within [`Timestamp::MIN`] and
    /// [`Timestamp::MAX`].
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::held(self.unix().saturating_add(seconds))
    }

    /// This moment moved by that many days of 86,400 seconds, held within
    /// [`Timestamp::MIN`] and [`Timestamp::MAX`].
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(DAY))
    }

    /// Seconds from `earlier` to this moment; negative where `earlier` is later.
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.unix() - earlier.unix()
    }

    /// The day of this moment in UTC.
    pub fn date(self) -> Date {
        Date(self.datetime().date())
    }

    fn datetime(self) -> civil::DateTime {
        // Civil dates reach to the end of the year 9999; jiff's own timestamps end a day
        // before, to leave room for time zones.
        EPOCH
            .to_datetime(civil::Time::midnight())
            .checked_add(SignedDuration::from_secs(self.unix()))
            .unwrap_or(civil::DateTime::MAX)
    }
}

impl Date {
    /// The first second of this day in UTC.
    pub fn midnight(self) -> Timestamp {
        Timestamp::held(self.0.duration_since(EPOCH).as_secs())
    }

    /// This day moved by `days`, held within 1970 and 9999.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.midnight().plus_days(days).date()
    }
}

/// Reads `fields` of ASCII digits separated by `separators`, and nothing else.
pub(crate) fn digits<const N: usize>(
    text: &str,
    widths: [usize; N],
    separators: &[u8],
) -> Option<[u32; N]> {
    let bytes = text.as_bytes();
    if bytes.len() != widths.iter().sum::<usize>() + separators.len() {
        return None;
    }
    let mut at = 0;
    let mut values = [0; N];
    for (index, (value, width)) in values.iter_mut().zip(widths).enumerate() {
        for digit in &bytes[at..at + width] {
            if !digit.is_ascii_digit() {
                return None;
            }
            *value = *value * 10 + u32::from(digit - b'0');
        }
        at += width;
        if let Some(separator) = separators.get(index) {
            if bytes[at] != *separator {
                return None;
            }
            at += 1;
        }
    }
    Some(values)
}

/// Seconds from 1970 to the beginning of a day of the years 0 to 9999; nothing where there is
/// no such day.
pub(crate) fn seconds_to_midnight(year: u32, month: u32, day: u32) -> Option<i64> {
    let (year, month, day) = (year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?);
    civil::Date::new(year, month, day).ok().map(|date| date.duration_since(EPOCH).as_secs())
}

fn civil_date(year: u32, month: u32, day: u32) -> Option<civil::Date> {
    if year < 1970 {
        return None;
    }
    civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let parse = || {
            let [year, month, day, hour, minute, second] =
                digits(text, [4, 2, 2, 2, 2, 2], b"--T::Z")?;
            if hour > 23 || minute > 59 || second > 59 {
                return None;
            }
            let midnight = Date(civil_date(year, month, day)?).midnight();
            Some(midnight.plus_seconds(i64::from(hour * 3600 + minute * 60 + second)))
        };
        parse().ok_or_else(|| TimestampError { text: Excerpt::short(text).to_string() })
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        digits(text, [4, 2, 2], b"--")
            .and_then(|[year, month, day]| civil_date(year, month, day))
            .map(Self)
            .ok_or_else(|| DateError { text: Excerpt::short(text).to_string() })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = self.datetime();
        write!(
            f,
            "{}T{:02}:{:02}:{:02}Z",
            Date(moment.date()),
            moment.hour(),
            moment.minute(),
            moment.second()
        )
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

text_form!(Timestamp);
text_form!(Date);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_per_moment() {
        for text in ["1970-01-01T00:00:00Z", "2026-11-22T10:00:00Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
        assert_eq!("9999-12-31T23:59:59Z".parse(), Ok(Timestamp::MAX));
        for text in [
            "",
            "2026-11-22T10:00:00",
            "2026-11-22T10:00:00z",
            "2026-11-22 10:00:00Z",
            "2026-11-22T10:00:00.0Z",
            "2026-11-22T10:00:00+00:00",
            "2026-11-22T24:00:00Z",
            "2026-11-22T10:00:60Z",
            "2026-02-30T10:00:00Z",
            "1969-12-31T23:59:59Z",
            "+026-11-22T10:00:00Z",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn dates_are_days_in_utc() {
        let date: Date = "2024-02-29".parse().unwrap();
        assert_eq!(date.to_string(), "2024-02-29");
        assert_eq!(date.plus_days(1).to_string(), "2024-03-01");
        assert_eq!(date.midnight().to_string(), "2024-02-29T00:00:00Z");
        assert_eq!(date.midnight().plus_seconds(86_399).date(), date);
        for text in ["2023-02-29", "24-02-29", "2024-2-9", "1969-12-31", "2024-02-29T00:00:00Z"] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn arithmetic_stays_in_range() {
        assert_eq!(Timestamp::MAX.plus_days(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::MIN.plus_seconds(-1), Timestamp::MIN);
        assert_eq!(Timestamp::from_unix(-1), None);
    }
}
