//! The history of a list: which servers answered at each of many checks, and what an observer
//! who made those checks would have reported on each day.

mod answers;
mod check;
mod day;

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroU32;

use wellspring_document::{MAX_ENTRIES, ServerName, Timestamp};

use answers::Answers;
pub use check::{Check, CheckError, CheckedServer, MAX_CHECK_BYTES, NotRead, NotReadReason};
pub use day::HistoryDay;

/// The longest window of uptime that a report has, in days. Who did not answer in it any more
/// is not in the report.
pub const HISTORY_DAYS: i64 = 90;

/// The most checks within [`HISTORY_DAYS`]: one every ten minutes.
pub const MAX_HISTORY_CHECKS: usize = 13_000;

/// For how many days before a check others tell how many servers it should name.
const DAYS_OF_USUAL: i64 = 7;

/// Checks that may not be a checker's word on every server: what a history takes, in the order
/// of their times, to say on each day what was known then.
///
/// **Who is in a check answered; who is not, did not**, from the first check on that had the
/// server: before, nobody looked. But a check that names less than half as many servers as is
/// usual says that the checker failed, and counts for and against nobody. Usual is the median
/// of the checks of the seven days before, those that failed among them, but for empty ones,
/// which always failed. So nothing that came later is needed to tell, and a list that was cut
/// down for good is believed after half a week.
///
/// Memory grows with the servers and with the checks of 90 days, not with the history: at most
/// [`MAX_ENTRIES`] times [`MAX_HISTORY_CHECKS`] bits.
#[derive(Debug)]
pub struct History {
    every_days: i64,
    /// The times of the checks that count; those of the last [`HISTORY_DAYS`], and fewer than
    /// 64 more.
    times: VecDeque<Timestamp>,
    /// How many checks came before the first of `times`: a multiple of 64.
    dropped: u64,
    servers: BTreeMap<ServerName, Known>,
    /// How many servers the checks of the last days named, those that failed among them.
    sizes: VecDeque<(Timestamp, usize)>,
    latest: Option<Timestamp>,
    /// The first day with a check that counts, as a number of days since 1970.
    first_day: Option<i64>,
    /// Whether a check of the day of the last one counts.
    has_news: bool,
}

/// What is known of a server.
#[derive(Debug)]
struct Known {
    first_seen_at: Timestamp,
    /// The number of the first check that had it, from 0 on.
    first_check: u64,
    /// At which checks it answered.
    answers: Answers,
    /// What the last check that had it says.
    last: CheckedServer,
    last_seen_at: Timestamp,
}

/// What became of a check that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It counts.
    Counts {
        /// How many of its servers are not watched because [`MAX_ENTRIES`] others are.
        too_many: usize,
    },
    /// The checker failed: it counts for and against nobody.
    Failed {
        /// How many servers it named.
        named: usize,
        /// How many are usual.
        usual: usize,
    },
}

/// Why a check cannot be taken. It changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum NotTaken {
    #[error("the check of {at} is not later than the one before, of {latest}")]
    NotLater { at: Timestamp, latest: Timestamp },
    #[error("there are more than {MAX_HISTORY_CHECKS} checks within {HISTORY_DAYS} days")]
    TooManyChecks,
}

impl NotTaken {
    /// The stable code of this reason.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotLater { .. } => "history.not-later",
            Self::TooManyChecks => "history.too-many-checks",
        }
    }
}

impl History {
    /// One without checks, of which every so many days a day is told.
    pub fn new(every_days: NonZeroU32) -> Self {
        Self {
            every_days: i64::from(every_days.get()),
            times: VecDeque::new(),
            dropped: 0,
            servers: BTreeMap::new(),
            sizes: VecDeque::new(),
            latest: None,
            first_day: None,
            has_news: false,
        }
    }

    /// The day that ends before a check at `at`: what was known at its last check. Nothing
    /// where that is the same day (UTC), it had no check that counts, or it is none of those
    /// that are told. To be asked before [`History::take`].
    pub fn day_before(&self, at: Timestamp) -> Option<HistoryDay> {
        let latest = self.latest?;
        (day_number(latest) < day_number(at)).then(|| self.last_day()).flatten()
    }

    /// The day of the last check, as [`History::day_before`] tells those before.
    pub fn last_day(&self) -> Option<HistoryDay> {
        let at = *self.times.back()?;
        let days = day_number(at) - self.first_day?;
        (self.has_news && days % self.every_days == 0).then(|| self.day(at))
    }

    /// Takes the next check.
    ///
    /// # Errors
    /// Where it is not later than the one before, or there are too many.
    pub fn take(&mut self, check: Check) -> Result<Taken, NotTaken> {
        let Check { at, servers } = check;
        if let Some(latest) = self.latest {
            if at <= latest {
                return Err(NotTaken::NotLater { at, latest });
            }
            self.has_news &= day_number(latest) == day_number(at);
        }
        self.latest = Some(at);
        if let Some(usual) = self.usual_where_it_failed(at, servers.len()) {
            return Ok(Taken::Failed { named: servers.len(), usual });
        }
        self.forget_before(at.plus_days(-HISTORY_DAYS));
        if self.times.len() >= MAX_HISTORY_CHECKS {
            return Err(NotTaken::TooManyChecks);
        }
        self.times.push_back(at);
        self.first_day.get_or_insert(day_number(at));
        self.has_news = true;
        let number = self.dropped + self.times.len() as u64 - 1;
        let mut too_many = 0;
        for server in servers {
            let is_full = self.servers.len() >= MAX_ENTRIES;
            match self.servers.get_mut(&server.server_name) {
                Some(known) => {
                    known.answers.set(self.times.len() - 1);
                    known.last = server;
                    known.last_seen_at = at;
                }
                None if is_full => too_many += 1,
                None => {
                    let mut answers = Answers::default();
                    answers.set(self.times.len() - 1);
                    let name = server.server_name.clone();
                    let first_check = number;
                    let known = Known {
                        first_seen_at: at,
                        first_check,
                        answers,
                        last: server,
                        last_seen_at: at,
                    };
                    self.servers.insert(name, known);
                }
            }
        }
        Ok(Taken::Counts { too_many })
    }

    /// How many servers a check usually names, where one with `named` failed.
    fn usual_where_it_failed(&mut self, at: Timestamp, named: usize) -> Option<usize> {
        if named == 0 {
            return Some(self.usual());
        }
        let since = at.plus_days(-DAYS_OF_USUAL);
        while self.sizes.front().is_some_and(|(at, _)| *at < since) {
            self.sizes.pop_front();
        }
        let usual = self.usual();
        self.sizes.push_back((at, named));
        // A week has no more checks than that, or they are refused anyway.
        if self.sizes.len() > MAX_HISTORY_CHECKS {
            self.sizes.pop_front();
        }
        (named * 2 < usual).then_some(usual)
    }

    /// The median of the sizes of the last days; of an even number the smaller of the two.
    fn usual(&self) -> usize {
        let mut sizes: Vec<usize> = self.sizes.iter().map(|(_, size)| *size).collect();
        let Some(last) = sizes.len().checked_sub(1) else { return 0 };
        *sizes.select_nth_unstable(last / 2).1
    }

    /// Forgets checks up to `until`, 64 at a time.
    fn forget_before(&mut self, until: Timestamp) {
        const STEP: usize = Answers::STEP;
        while self.times.get(STEP - 1).is_some_and(|at| *at <= until) {
            self.times.drain(..STEP);
            self.dropped += STEP as u64;
            self.servers.values_mut().for_each(|known| known.answers.forget_step());
        }
    }
}

/// Days since 1970, in UTC.
const fn day_number(at: Timestamp) -> i64 {
    at.unix().div_euclid(86_400)
}

#[cfg(test)]
mod tests;
