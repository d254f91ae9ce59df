use crate::body::{Body, InvalidMember};
use crate::envelope::{RawDocument, Verified, VerifyError};
use crate::history::KeyHistory;
use crate::json::{self, Map, Value, canonical};
use crate::key::SigningKey;
use crate::proof;
use crate::time::Timestamp;

/// What is to be signed.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a, T> {
    /// The issuer's keys.
    pub history: &'a KeyHistory,
    /// The number of the document in its feed; one more than that of the document before.
    pub sequence: u64,
    /// The time of signing.
    pub issued_at: Timestamp,
    /// When the document stops to count.
    pub expires_at: Timestamp,
    /// The kind's own members.
    pub body: &'a T,
}

/// Why a draft cannot become a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum SignError {
    #[error("no key was given to sign with")]
    NoKey,
    #[error("{0}")]
    NotJson(InvalidMember),
    #[error("no node would take the document: {0}")]
    WouldBeRefused(VerifyError),
}

impl SignError {
    /// The stable code of this refusal; that of the verification where it would refuse.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoKey => "sign.no-key",
            Self::NotJson(_) => "sign.not-json",
            Self::WouldBeRefused(error) => error.code(),
        }
    }
}

/// Signs a draft with `keys`: the canonical bytes of the document with its proofs.
///
/// # Errors
/// Where any node would refuse the result.
pub fn sign<T: Body>(draft: &Draft<'_, T>, keys: &[SigningKey]) -> Result<RawDocument, SignError> {
    if keys.is_empty() {
        return Err(SignError::NoKey);
    }
    attach_and_verify::<T>(unsigned(draft)?, keys, draft.issued_at)
}

/// What a draft says, without proofs.
pub(crate) fn unsigned<T: Body>(draft: &Draft<'_, T>) -> Result<Map<String, Value>, SignError> {
    let mut document = match serde_json::to_value(draft.body) {
        Ok(Value::Object(body)) => body,
        Ok(_) => return Err(not_json("must be an object")),
        Err(error) => return Err(not_json(&format!("cannot be written as JSON: {error}"))),
    };
    write_envelope(draft, &mut document);
    Ok(document)
}

/// Signs a document again with other keys of its issuer: as it is, but for its key history,
/// its number, its dates and its proofs. It is valid from `issued_at` for as many days as it
/// was before, and members that this version does not know stay.
///
/// # Errors
/// Where any node would refuse the result.
pub fn sign_again<T: Body>(
    document: &Verified<T>,
    history: &KeyHistory,
    sequence: u64,
    issued_at: Timestamp,
    keys: &[SigningKey],
) -> Result<RawDocument, SignError> {
    if keys.is_empty() {
        return Err(SignError::NoKey);
    }
    let members = unsigned_again(document, history, sequence, issued_at)?;
    attach_and_verify::<T>(members, keys, issued_at)
}

/// What [`sign_again`] signs, without proofs.
pub(crate) fn unsigned_again<T: Body>(
    document: &Verified<T>,
    history: &KeyHistory,
    sequence: u64,
    issued_at: Timestamp,
) -> Result<Map<String, Value>, SignError> {
    let read = json::read(document.bytes(), T::KIND.max_bytes());
    let read = read.map_err(|error| SignError::WouldBeRefused(error.into()))?;
    let Value::Object(mut members) = read else { return Err(not_json("must be an object")) };
    let days = document.expires_at().seconds_since(document.issued_at()) / 86_400;
    let expires_at = issued_at.plus_days(days.max(1));
    let draft = Draft { history, sequence, issued_at, expires_at, body: document.body() };
    write_envelope(&draft, &mut members);
    members.remove("proof");
    Ok(members)
}

/// Construction is verification: what leaves here is what every reader takes.
fn attach_and_verify<T: Body>(
    mut document: Map<String, Value>,
    keys: &[SigningKey],
    issued_at: Timestamp,
) -> Result<RawDocument, SignError> {
    proof::attach(&mut document, keys, issued_at);
    let raw = RawDocument::new(canonical(&Value::Object(document)));
    let _: Verified<T> = raw.clone().verify().map_err(SignError::WouldBeRefused)?;
    Ok(raw)
}

fn not_json(rule: &str) -> SignError {
    SignError::NotJson(InvalidMember { place: String::new(), rule: rule.to_owned() })
}

fn write_envelope<T: Body>(draft: &Draft<'_, T>, document: &mut Map<String, Value>) {
    for (member, value) in [
        ("type", Value::from(T::KIND.type_name())),
        ("issuer", draft.history.issuer().as_str().into()),
        ("key_history", draft.history.to_json().into()),
        ("sequence", draft.sequence.into()),
        ("issued_at", draft.issued_at.to_string().into()),
        ("expires_at", draft.expires_at.to_string().into()),
    ] {
        document.insert(member.to_owned(), value);
    }
}

#[cfg(test)]
mod tests;
