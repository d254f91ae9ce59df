//! How to reach somebody.

use serde::{Deserialize, Serialize};

use crate::body::{InvalidMember, Place};
use crate::{EmailAddress, Link, UserId};

/// One or more ways to reach somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Contact {
    /// A mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_address: Option<EmailAddress>,
    /// A Matrix user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix_id: Option<UserId>,
    /// A page with a form or an explanation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Link>,
}

impl Contact {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        match *self {
            Self { email_address: None, matrix_id: None, page: None } => {
                Err(at.refuse("must have an email_address, a matrix_id or a page"))
            }
            _ => Ok(()),
        }
    }
}
