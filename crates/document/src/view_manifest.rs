//! A signed view: what came of ranking for one community, and all that it was made from.

mod policy;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::body::{Body, InvalidMember, Place};
use crate::envelope::Kind;
use crate::json::{Map, Value};
use crate::manifest::{self, PartError, PartRef};
use crate::text_form::text_form;
use crate::time::Timestamp;

/// The most values in the policy of a view: members and elements, at any depth.
pub const MAX_POLICY_VALUES: usize = 10_000;

/// The body of a `wellspring.view.v1` document (specification, section 7.6). Its subject is the
/// community.
///
/// Whoever has the documents that the index beside it names can make the same parts from
/// `policy` and `now`, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ViewManifest {
    /// Of which community.
    pub community: CommunityName,
    /// The moment for which it was made; not after `issued_at`.
    pub now: Timestamp,
    /// The policy by which it was made, with the issuer of the node as `own`. At most
    /// [`MAX_POLICY_VALUES`] values are in it.
    #[serde(deserialize_with = "policy::read")]
    pub policy: Map<String, Value>,
    /// The parts in which the servers, curators and observers of the view are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartRef>,
}

impl ViewManifest {
    /// Reads the records of one part of a view: each is an object with one member, whose name
    /// says what it is. Where a record belongs is not looked at: whoever makes the parts anew
    /// knows.
    ///
    /// A hostile part takes a hundred times the memory of its bytes, some 100 MB. Read one part
    /// after the other, and none whose hash is that of the part made anew.
    ///
    /// # Errors
    /// Where the bytes are not the part that `reference` names.
    pub fn read_part(reference: &PartRef, bytes: &[u8]) -> Result<Vec<Value>, PartError> {
        manifest::read_values(reference, bytes)
    }
}

impl Body for ViewManifest {
    const KIND: Kind = Kind::View;

    fn subject(&self) -> String {
        self.community.as_str().to_owned()
    }

    fn validate(&self) -> Result<(), InvalidMember> {
        if policy::count(&self.policy) > MAX_POLICY_VALUES {
            return Err(Place::Root.member("policy").refuse(policy::rule()));
        }
        Place::Root.member("parts").parts(&self.parts)
    }

    fn validate_at(&self, issued_at: Timestamp) -> Result<(), InvalidMember> {
        if self.now > issued_at {
            return Err(Place::Root.member("now").refuse("must not be later than issued_at"));
        }
        Ok(())
    }
}

/// The short name of a community on its node: 1 to 32 of a-z, 0-9 and "-".
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommunityName(String);

/// Why a text is not the short name of a community.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the short name of a community is 1 to 32 of a-z, 0-9 and \"-\"")]
pub struct CommunityNameError;

impl CommunityName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommunityName {
    type Err = CommunityNameError;

    fn from_str(text: &str) -> Result<Self, CommunityNameError> {
        let fits = (1..=32).contains(&text.len())
            && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if fits { Ok(Self(text.to_owned())) } else { Err(CommunityNameError) }
    }
}

impl fmt::Display for CommunityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_form!(CommunityName);

#[cfg(test)]
mod tests;
