//! How old the software of a server is, by the table of releases.

use std::sync::LazyLock;

use serde::Serialize;
use wellspring_document::{Date, Software, Timestamp};

use crate::service::ServiceRules;

/// Where the version of a server's software stands among the releases of its project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReleaseStanding {
    /// The newest release on the day of the view.
    #[serde(flatten)]
    pub newest: &'static Release,
    /// For how many days there has been something newer, or the project has been archived;
    /// 0 where neither is so.
    pub outdated_days: u32,
    /// What that amounts to under the policy.
    pub state: ReleaseState,
}

/// A release of a project, as the table of releases has it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Release {
    #[serde(skip)]
    version: Version,
    /// Its version, as the project writes it.
    #[serde(rename = "newest")]
    pub text: &'static str,
    /// The day on which it came out.
    #[serde(rename = "newest_since")]
    pub day: Date,
}

/// Whether somebody still looks after a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseState {
    /// Nothing newer, or not for longer than `service.current_days` of the policy.
    Current,
    /// There has been something newer for some time, yet for less than
    /// `service.supported_days`.
    Outdated,
    /// There has been something newer for that long.
    Unsupported,
}

impl ReleaseState {
    /// The state as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Outdated => "outdated",
            Self::Unsupported => "unsupported",
        }
    }
}

/// Where a program stands at a moment; none where the table does not know the program, or
/// its version cannot be read.
///
/// Releases from after `now` do not exist yet. A version that is newer than all that do is
/// the newest there is.
pub(crate) fn standing(
    software: &Software,
    rules: &ServiceRules,
    now: Timestamp,
) -> Option<ReleaseStanding> {
    let project = project(software.name.as_str())?;
    let version = Version::read(software.version.as_ref()?.as_str())?;
    let today = now.date();
    let newest = project.releases.iter().rev().find(|release| release.day <= today)?;
    let newer = project.releases.iter().filter(|release| release.version > version);
    let replaced = newer.map(|release| release.day).chain(project.ended);
    let since = replaced.filter(|day| *day <= today).min();
    let outdated_days = since.map_or(0, |since| days_between(since, today));
    let state = if outdated_days <= rules.current_days.into() {
        ReleaseState::Current
    } else if outdated_days < rules.supported_days.into() {
        ReleaseState::Outdated
    } else {
        ReleaseState::Unsupported
    };
    Some(ReleaseStanding { newest, outdated_days, state })
}

fn days_between(earlier: Date, later: Date) -> u32 {
    let seconds = later.midnight().seconds_since(earlier.midnight());
    u32::try_from(seconds / 86_400).unwrap_or(0)
}

/// A version as it compares: its numbers. Whatever follows them (`rc1`, `+a3eb4e5e`) says
/// nothing about age, so a candidate counts as the release that it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version([u32; 4]);

impl Version {
    /// At least two numbers with a point between them, behind an optional `v`.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let mut rest = text.strip_prefix('v').unwrap_or(text);
        let mut numbers = [0; 4];
        let mut count = 0;
        for number in &mut numbers {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 {
                break;
            }
            *number = rest[..digits].parse().ok()?;
            count += 1;
            match rest[digits..].strip_prefix('.') {
                Some(after) => rest = after,
                None => break,
            }
        }
        (count >= 2).then_some(Self(numbers))
    }
}

/// The releases of one project.
struct Project {
    name: &'static str,
    /// By version, the oldest first.
    releases: Vec<Release>,
    /// Since when it has been archived.
    ended: Option<Date>,
}

/// The projects of the table, in its order.
static PROJECTS: LazyLock<Vec<Project>> =
    LazyLock::new(|| projects(include_str!("../tables/software-releases.csv")));

/// However the name is capitalised.
fn project(name: &str) -> Option<&'static Project> {
    PROJECTS.iter().find(|project| project.name.eq_ignore_ascii_case(name))
}

/// What cannot be read is left out; a test sees that nothing is.
fn projects(table: &'static str) -> Vec<Project> {
    let mut projects: Vec<Project> = Vec::new();
    for (name, version, day) in table.lines().filter_map(row) {
        if projects.last().is_none_or(|project| project.name != name) {
            projects.push(Project { name, releases: Vec::new(), ended: None });
        }
        let Some(project) = projects.last_mut() else { continue };
        match Version::read(version) {
            Some(read) => project.releases.push(Release { version: read, text: version, day }),
            None => project.ended = Some(day),
        }
    }
    projects
}

fn row(line: &'static str) -> Option<(&'static str, &'static str, Date)> {
    let mut cells = line.split(',');
    let (name, version, day) = (cells.next()?, cells.next()?, cells.next()?);
    Some((name, version, day.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wellspring_document::Text;

    fn software(name: &str, version: &str) -> Software {
        let version = Some(Text::new(version).unwrap());
        Software { name: Text::new(name).unwrap(), version }
    }

    fn outdated(name: &str, version: &str, day: &str) -> Option<(u32, ReleaseState)> {
        let now = day.parse::<Date>().unwrap().midnight();
        let standing = standing(&software(name, version), &ServiceRules::default(), now)?;
        Some((standing.outdated_days, standing.state))
    }

    #[test]
    fn every_line_of_the_table_is_read_and_in_order() {
        let table = include_str!("../tables/software-releases.csv");
        let lines: Vec<_> = table.lines().filter(|line| !line.starts_with('#')).collect();
        let releases: usize = PROJECTS.iter().map(|project| project.releases.len()).sum();
        let ended = PROJECTS.iter().filter(|project| project.ended.is_some()).count();
        assert_eq!(releases + ended, lines.len());
        let mut names: Vec<_> = PROJECTS.iter().map(|it| it.name.to_ascii_lowercase()).collect();
        for project in PROJECTS.iter() {
            assert!(
                project.releases.is_sorted_by(|a, b| a.version < b.version),
                "{}",
                project.name
            );
        }
        names.sort();
        names.dedup();
        assert_eq!(names.len(), PROJECTS.len(), "the lines of a project stand together");
        for line in lines {
            let (_, version, _) = row(line).expect(line);
            assert!(version == "ended" || Version::read(version).is_some(), "{line}");
        }
    }

    #[test]
    fn a_version_is_outdated_since_the_first_newer_release() {
        // 1.53.0 of 2022-02-22 was followed by 1.54.0 on 2022-03-08.
        assert_eq!(outdated("Synapse", "1.53.0", "2022-03-07"), Some((0, ReleaseState::Current)));
        assert_eq!(outdated("synapse", "1.53.0", "2022-03-18"), Some((10, ReleaseState::Current)));
        assert_eq!(outdated("Synapse", "1.53.0", "2022-04-08"), Some((31, ReleaseState::Outdated)));
        assert_eq!(
            outdated("Synapse", "1.53.0", "2023-03-08"),
            Some((365, ReleaseState::Unsupported))
        );
        assert_eq!(
            outdated("Synapse", "0.99.0", "2022-03-18").map(|(_, state)| state),
            Some(ReleaseState::Unsupported),
            "older than the table"
        );
    }

    #[test]
    fn what_is_newer_than_the_table_or_than_the_day_is_current() {
        assert_eq!(outdated("Synapse", "1.54.0", "2022-03-07"), Some((0, ReleaseState::Current)));
        assert_eq!(outdated("Synapse", "9.0.0", "2026-11-23"), Some((0, ReleaseState::Current)));
        let now = "2022-03-07".parse::<Date>().unwrap().midnight();
        let rules = ServiceRules::default();
        let standing = standing(&software("Synapse", "1.54.0rc1"), &rules, now).unwrap();
        assert_eq!(
            (standing.newest.text, standing.newest.day.to_string().as_str()),
            ("1.53.0", "2022-02-22")
        );
    }

    #[test]
    fn a_project_that_ended_makes_every_version_of_it_older() {
        let newest = |day| outdated("conduwuit", "0.4.7 (abcdef)", day);
        assert_eq!(newest("2025-04-14"), Some((0, ReleaseState::Current)));
        assert_eq!(newest("2025-07-14"), Some((90, ReleaseState::Outdated)));
        assert_eq!(newest("2026-04-15"), Some((365, ReleaseState::Unsupported)));
    }

    #[test]
    fn what_the_table_does_not_know_is_unknown() {
        assert_eq!(outdated("Archon", "1.66.0", "2022-08-31"), None);
        assert_eq!(outdated("Synapse", "420", "2022-08-31"), None);
        assert_eq!(outdated("Synapse", "unknown", "2022-08-31"), None);
        assert_eq!(outdated("Synapse", "99999999999.1", "2022-08-31"), None);
        assert_eq!(outdated("Tuwunel", "1.0.0", "2022-08-31"), None, "before its first release");
    }

    #[test]
    fn versions_compare_by_their_numbers() {
        let read = |text| Version::read(text).unwrap();
        assert!(read("1.9.0") < read("1.10.0"));
        assert!(read("0.9.5+a3eb4e5e") < read("0.9.6"));
        assert_eq!(read("v0.5.0-rc4"), read("0.5.0"));
        assert_eq!(read("1.98.0 (b=hotfixes,9.9.9)"), read("1.98.0"));
        assert!(read("1.4.3") < read("1.4.3.1"));
    }
}
