//! What was known at the end of one day.

use wellspring_document::{Checks, Endorsement, Observation, Timestamp, Uptime, Verdict};

use super::{HISTORY_DAYS, History, Known};

/// What an observer and a curator who had made the checks so far would have said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryDay {
    /// The time of the last check that counts.
    pub at: Timestamp,
    /// What was measured of every server that answered within the last 90 days, ordered by
    /// server name: the body of an observation report. Those that did not answer at the last
    /// check are not reachable; what runs there and how one registers was not measured then,
    /// and is left out.
    pub observations: Vec<Observation>,
    /// The verdict `list` for each of the same servers, known since it was seen first and
    /// reviewed when it answered last: the body of an endorsement list.
    pub endorsements: Vec<Endorsement>,
}

impl HistoryDay {
    /// The number of the day since 1970, in UTC: a sequence number that rises with the days.
    pub fn number(&self) -> u64 {
        super::day_number(self.at).unsigned_abs()
    }
}

impl History {
    /// What is known at `at`, the time of the last check that counts.
    pub(super) fn day(&self, at: Timestamp) -> HistoryDay {
        let windows = [1, 7, 30, HISTORY_DAYS].map(|days| self.place_after(at.plus_days(-days)));
        let (observations, endorsements) = self
            .servers
            .values()
            .filter(|known| known.answers.since(windows[3]) > 0)
            .map(|known| (self.observation(known, at, windows), endorsement(known)))
            .unzip();
        HistoryDay { at, observations, endorsements }
    }

    /// The place of the first check after `moment`.
    fn place_after(&self, moment: Timestamp) -> usize {
        self.times.partition_point(|at| *at <= moment)
    }

    fn observation(&self, known: &Known, at: Timestamp, windows: [usize; 4]) -> Observation {
        let is_reachable = known.last_seen_at == at;
        let mut observation = Observation::new(known.last.server_name.clone(), at);
        observation.client_reachable = Some(is_reachable);
        if is_reachable {
            observation.software.clone_from(&known.last.software);
            observation.registration = known.last.registration;
        }
        let [day, week, month, quarter] = windows.map(|from| self.checks(known, from));
        observation.uptime = Uptime { day, week, month, quarter };
        observation.first_seen_at = Some(known.first_seen_at);
        observation
    }

    /// The checks from a place on, since the server was seen first.
    fn checks(&self, known: &Known, from: usize) -> Option<Checks> {
        let first = known.first_check.saturating_sub(self.dropped);
        let from = from.max(usize::try_from(first).unwrap_or(usize::MAX));
        let made = u32::try_from(self.times.len().saturating_sub(from)).unwrap_or(u32::MAX);
        (made > 0).then(|| Checks { answered: known.answers.since(from), made })
    }
}

fn endorsement(known: &Known) -> Endorsement {
    let mut entry = Endorsement::new(known.last.server_name.clone(), Verdict::List);
    entry.known_since = Some(known.first_seen_at.date());
    entry.reviewed_at = Some(known.last_seen_at.date());
    entry
}
