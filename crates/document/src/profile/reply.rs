use serde::{Deserialize, Serialize};

use crate::body::{InvalidMember, Place};
use crate::{CriterionId, Date, Identity, IssuerId, Localized, LongText};

/// A request to be reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Application {
    /// The curator who is asked.
    pub issuer: IssuerId,
    /// What the operator tells them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Localized<LongText>>,
}

/// What an operator answers to what others say of the server. It is shown beside it.
/// Exactly one of `document`, `issuer` and `criterion` is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reply {
    /// To one document: this very issue of a list or report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Identity>,
    /// To whatever this curator or observer says of the server, in all their issues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<IssuerId>,
    /// To a criterion, whoever judges it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub criterion: Option<CriterionId>,
    /// The answer.
    pub text: Localized<LongText>,
    /// The day of the answer.
    pub written_at: Date,
}

impl Reply {
    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        match (&self.document, &self.issuer, &self.criterion) {
            (Some(_), None, None) | (None, Some(_), None) | (None, None, Some(_)) => Ok(()),
            _ => Err(at.refuse("must answer exactly one of document, issuer and criterion")),
        }
    }
}
