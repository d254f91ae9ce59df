//! What changed between two issues of an endorsement list.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wellspring_document::{Endorsement, EndorsementList, ServerName, Verdict};

/// What happened to a server's entry from one issue of a list to the next. In the order
/// of how much it matters to a reader, the weightiest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum EntryChange {
    /// The server was not on the list before.
    Added {
        /// The verdict now.
        verdict: Verdict,
    },
    /// The entry stands with the same verdict, but something else in it is different.
    Revised {
        /// The verdict, before and now.
        verdict: Verdict,
    },
    /// The curator came to another verdict.
    VerdictChanged {
        /// The verdict before.
        from: Verdict,
        /// The verdict now.
        to: Verdict,
    },
    /// The server is no longer on the list.
    Removed {
        /// The last verdict.
        verdict: Verdict,
    },
}

/// The entries that differ between two issues of a list, by server name. Removing an entry
/// is as visible as adding it.
///
/// The order of the entries in the lists does not matter.
pub fn difference(
    before: &EndorsementList,
    after: &EndorsementList,
) -> BTreeMap<ServerName, EntryChange> {
    let earlier = by_server(before);
    let later = by_server(after);
    let removed = earlier.iter().filter(|(server_name, _)| !later.contains_key(*server_name)).map(
        |(server_name, entry)| (*server_name, EntryChange::Removed { verdict: entry.verdict }),
    );
    let rest = later.iter().filter_map(|(server_name, entry)| {
        Some((*server_name, change(earlier.get(server_name).copied(), entry)?))
    });
    removed.chain(rest).map(|(server_name, change)| (server_name.clone(), change)).collect()
}

fn by_server(list: &EndorsementList) -> BTreeMap<&ServerName, &Endorsement> {
    list.entries.iter().map(|entry| (&entry.server_name, entry)).collect()
}

fn change(before: Option<&Endorsement>, after: &Endorsement) -> Option<EntryChange> {
    match before {
        None => Some(EntryChange::Added { verdict: after.verdict }),
        Some(before) if before.verdict != after.verdict => {
            Some(EntryChange::VerdictChanged { from: before.verdict, to: after.verdict })
        }
        Some(before) if before != after => Some(EntryChange::Revised { verdict: after.verdict }),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use wellspring_document::{Curator, Localized};

    use super::*;

    fn list(entries: &[(&str, Verdict)]) -> EndorsementList {
        let mut list = EndorsementList::new(Curator::new(Localized::english("Curator").unwrap()));
        list.entries = entries
            .iter()
            .map(|(name, verdict)| Endorsement::new(ServerName::parse(name).unwrap(), *verdict))
            .collect();
        list
    }

    #[test]
    fn every_entry_that_differs_is_named() {
        let before = list(&[
            ("gone.example", Verdict::Warn),
            ("revised.example", Verdict::List),
            ("same.example", Verdict::Endorse),
            ("turned.example", Verdict::Endorse),
        ]);
        let mut after = list(&[
            ("turned.example", Verdict::Reject),
            ("same.example", Verdict::Endorse),
            ("revised.example", Verdict::List),
            ("added.example", Verdict::List),
        ]);
        after.entries[2].active_accounts = Some(5);

        let found: Vec<_> = difference(&before, &after)
            .into_iter()
            .map(|(server_name, change)| (server_name.to_string(), change))
            .collect();
        assert_eq!(
            found,
            [
                ("added.example".to_owned(), EntryChange::Added { verdict: Verdict::List }),
                ("gone.example".to_owned(), EntryChange::Removed { verdict: Verdict::Warn }),
                ("revised.example".to_owned(), EntryChange::Revised { verdict: Verdict::List }),
                (
                    "turned.example".to_owned(),
                    EntryChange::VerdictChanged { from: Verdict::Endorse, to: Verdict::Reject }
                ),
            ]
        );
    }

    #[test]
    fn the_order_of_entries_is_no_difference() {
        let one = list(&[("a.example", Verdict::List), ("b.example", Verdict::Warn)]);
        let other = list(&[("b.example", Verdict::Warn), ("a.example", Verdict::List)]);
        assert!(difference(&one, &other).is_empty());
    }
}
