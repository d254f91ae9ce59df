//! The tables that a ranking looks things up in, and the editions of them.
//!
//! A view depends on its policy, documents and time alone, so the policy names the edition
//! of each table that it means. This program has one edition of each and refuses a policy
//! that means another.

use serde::{Deserialize, Serialize};
use wellspring_document::Text;

/// The edition of the table of software releases that this program has.
pub const SOFTWARE_RELEASES: &str = "2026-11-23";

/// The edition of the public suffix list that this program has: the version of the crate that
/// carries it.
pub const PUBLIC_SUFFIXES: &str = "psl-2.1.247";

/// Which editions of the tables a policy means; by default those that the program has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tables {
    /// When which release of which homeserver came out: [`SOFTWARE_RELEASES`].
    pub software_releases: Text,
    /// Which names are given to people below which suffixes: the public suffix list.
    pub public_suffixes: Text,
}

#[expect(clippy::expect_used, reason = "constants that are lines of text")]
impl Default for Tables {
    fn default() -> Self {
        let edition = |edition| Text::new(edition).expect("a line of text");
        Self {
            software_releases: edition(SOFTWARE_RELEASES),
            public_suffixes: edition(PUBLIC_SUFFIXES),
        }
    }
}

impl Tables {
    /// The first table of which this program has another edition than the policy means: its
    /// name, and both editions.
    pub(crate) fn first_other(&self) -> Option<OtherEdition> {
        let tables = [
            ("software_releases", &self.software_releases, SOFTWARE_RELEASES),
            ("public_suffixes", &self.public_suffixes, PUBLIC_SUFFIXES),
        ];
        let (table, asked, here) =
            tables.into_iter().find(|(_, asked, here)| asked.as_str() != *here)?;
        Some(OtherEdition { table, asked: asked.clone(), here })
    }
}

/// A table of which a policy means another edition than the program has.
pub(crate) struct OtherEdition {
    pub(crate) table: &'static str,
    pub(crate) asked: Text,
    pub(crate) here: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edition_of_the_suffixes_is_that_of_the_crate_that_is_built_in() {
        let lock = include_str!("../../../Cargo.lock");
        let (_, after) = lock.split_once("name = \"psl\"\nversion = \"").unwrap();
        let (version, _) = after.split_once('"').unwrap();
        assert_eq!(PUBLIC_SUFFIXES, format!("psl-{version}"));
    }
}
