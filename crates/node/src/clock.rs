use wellspring_document::Timestamp;

/// Where the time comes from. The one place in Wellspring that reads the machine's clock;
/// everything that decides takes the time as an argument.
#[derive(Debug, Clone, Copy)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Always the same moment, for tests and for looking at another day.
    Fixed(Timestamp),
    /// A moment that a test moves, in seconds since 1970.
    #[cfg(test)]
    Hand(&'static std::sync::atomic::AtomicI64),
}

impl Clock {
    /// The time now. A clock set before 1970 or after 9999 counts as the nearest of both.
    pub fn now(self) -> Timestamp {
        match self {
            Self::Fixed(now) => now,
            #[cfg(test)]
            Self::Hand(seconds) => {
                Timestamp::MIN.plus_seconds(seconds.load(std::sync::atomic::Ordering::Relaxed))
            }
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "this is the one place")]
                let now = std::time::SystemTime::now();
                let seconds = now
                    .duration_since(std::time::UNIX_EPOCH)
                    .map_or(0, |elapsed| i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX));
                Timestamp::MIN.plus_seconds(seconds)
            }
        }
    }
}
