//! How many of the names that were submitted a round asks.

use std::collections::{BTreeMap, HashMap};

use wellspring_fetch::domain_of;
use wellspring_store::{Source, SourceKey};

use super::plan::Task;

/// The most submitted names that one round asks. Whoever submits silent hosts makes rounds
/// longer, but never by more than these (threat: exhaustion); the others are asked in the next
/// rounds, of which one begins every minute meanwhile.
pub(super) const SUBMITTED_PER_ROUND: usize = 100;

/// The most of them of one domain.
pub(super) const SUBMITTED_OF_DOMAIN_PER_ROUND: usize = 4;

/// Of the tasks of a round whose time has come, those that this round asks: of the names that
/// only a submission leads to, only so many; all others. Who has not been asked since being
/// submitted comes first, since somebody waits for that, and then who has been due for longest.
pub(super) fn ration(tasks: Vec<Task>, known: &BTreeMap<SourceKey, Source>) -> Vec<Task> {
    let (mut submitted, mut rationed): (Vec<_>, Vec<_>) =
        tasks.into_iter().partition(|task| task.purpose.submitted_at().is_some());
    submitted.sort_by_cached_key(|task| {
        let submitted_at = task.purpose.submitted_at();
        let source = known.get(&task.key).filter(|source| source.last_attempt >= submitted_at);
        (source.is_some(), source.map_or(submitted_at, |source| source.next_attempt))
    });
    let mut of_domain: HashMap<String, usize> = HashMap::new();
    submitted.retain(|task| {
        let Some(name) = task.purpose.server_name() else { return true };
        let count = of_domain.entry(domain_of(name.host()).into_owned()).or_default();
        *count += 1;
        *count <= SUBMITTED_OF_DOMAIN_PER_ROUND
    });
    submitted.truncate(SUBMITTED_PER_ROUND);
    rationed.append(&mut submitted);
    rationed
}

#[cfg(test)]
mod tests {
    use url::Url;
    use wellspring_document::{ServerName, Timestamp};
    use wellspring_store::{SourceKind, Submission, Validators};

    use super::super::plan::{Purpose, profile_url};
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        let start: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        start.plus_seconds(60 * minutes)
    }

    fn task(name: &str, submitted: Option<i64>) -> Task {
        let server_name: ServerName = name.parse().unwrap();
        let url = Url::parse(&profile_url(&server_name)).unwrap();
        let key = SourceKey { kind: SourceKind::WellKnown, location: name.to_owned() };
        let purpose = match submitted {
            Some(minutes) => {
                Purpose::Submitted(Submission { server_name, submitted_at: at(minutes) })
            }
            None => Purpose::Profile(server_name),
        };
        Task { key, url, purpose }
    }

    fn asked(task: &Task, last: i64, next: i64) -> (SourceKey, Source) {
        let source = Source {
            key: task.key.clone(),
            validators: Validators::default(),
            last_attempt: Some(at(last)),
            last_good: None,
            absent: None,
            failure: None,
            consecutive_failures: 0,
            failing_since: None,
            next_attempt: Some(at(next)),
        };
        (task.key.clone(), source)
    }

    fn names(tasks: &[Task]) -> Vec<&str> {
        tasks.iter().map(|task| task.key.location.as_str()).collect()
    }

    #[test]
    fn who_has_not_been_asked_comes_first_and_then_who_has_been_due_for_longest() {
        let tasks: Vec<_> = [("a", 9), ("b", 1), ("c", 2), ("d", 50), ("e", 20)]
            .map(|(name, minutes)| task(&format!("{name}.test"), Some(minutes)))
            .into();
        // The last one was submitted again since.
        let known = [asked(&tasks[1], 1, 40), asked(&tasks[2], 2, 30), asked(&tasks[4], 10, 99)];
        let asked = ration(tasks, &known.into());
        assert_eq!(names(&asked), ["a.test", "e.test", "d.test", "c.test", "b.test"]);
    }

    #[test]
    fn only_so_many_of_all_and_of_one_domain_are_asked_and_others_do_not_count() {
        let many = |count: i64, suffix: &str| -> Vec<Task> {
            (0..count).map(|number| task(&format!("s{number}{suffix}"), Some(number))).collect()
        };
        let named = |count: i64| -> Vec<Task> {
            (0..count).map(|number| task(&format!("n{number}.one.test"), None)).collect()
        };
        let count = |tasks: Vec<Task>| ration(tasks, &BTreeMap::new()).len();
        assert_eq!(count(many(500, ".test")), SUBMITTED_PER_ROUND);
        assert_eq!(count(many(500, ".one.test")), SUBMITTED_OF_DOMAIN_PER_ROUND);
        assert_eq!(count(named(500)), 500);
        let together = [many(3, ".one.test"), named(5), many(99, ".test")].concat();
        assert_eq!(count(together), 5 + SUBMITTED_PER_ROUND);
    }
}
