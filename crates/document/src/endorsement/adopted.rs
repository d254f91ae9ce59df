//! Where a list comes from that a node took over.

use serde::{Deserialize, Serialize};

use crate::text::{Text, text_type};
use crate::{Date, Label, Link, Timestamp};

/// The origin of a list that is not signed by its author: a node read it, and its
/// operator vouches for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AdoptedFrom {
    /// Where the node read the list.
    pub source: ListSource,
    /// The shape in which it was read, like `joinmatrix`.
    pub format: Label,
    /// When the node read it; not after the time of signing.
    pub read_at: Timestamp,
    /// The date of the list, where it carries one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_date: Option<Date>,
    /// Since when the node's operator vouches for it, where they say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouched_since: Option<Date>,
    /// Whose work the list is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<Credit>,
}

/// Whose work something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Credit {
    /// The author's name.
    pub name: Text,
    /// The author's page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

/// Why a text is not a [`ListSource`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an https link, or \"file:\" and a file name without a path")]
pub struct ListSourceError;

text_type! {
    /// Where a list was read: a [`Link`], or `file:NAME` with the bare name of a file. A
    /// path would tell the world about the node's machine.
    ListSource, ListSourceError, check
}

impl ListSource {
    /// The longest name of a file, in bytes.
    pub const MAX_FILE_NAME_BYTES: usize = 255;

    /// The source of a list read from a file of this name.
    ///
    /// # Errors
    /// Where the name holds a path, is too long or is not a line of text.
    pub fn file(name: &str) -> Result<Self, ListSourceError> {
        Self::new(format!("file:{name}"))
    }
}

impl From<Link> for ListSource {
    fn from(link: Link) -> Self {
        Self(link.as_str().into())
    }
}

fn check(text: String) -> Result<String, ListSourceError> {
    match text.strip_prefix("file:") {
        Some(name) => {
            let is_name = name.len() <= ListSource::MAX_FILE_NAME_BYTES
                && !name.contains(['/', '\\'])
                && Text::new(name).is_ok();
            if is_name { Ok(text) } else { Err(ListSourceError) }
        }
        None => Link::new(text).map(|link| link.as_str().to_owned()).map_err(|_| ListSourceError),
    }
}
