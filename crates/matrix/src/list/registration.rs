//! The words of the lists for ways to register.

use wellspring_document::profile::{Audience, RegistrationMethod};

use super::entry::Entry;
use super::findings::Findings;
use super::remark::RemarkReason;

/// Where accounts are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SignUp {
    /// At the homeserver's own sign-up.
    Own,
    /// In another way: on a page of the operator, by writing to somebody.
    Other,
}

/// Reads `reg_method`. A word that profiles have no method for stays in the note on
/// registration.
pub(super) fn read_method(entry: &mut Entry<'_>, found: &mut Findings) -> SignUp {
    const MEMBER: &str = "reg_method";
    let Some(word) = entry.text(MEMBER) else { return SignUp::Own };
    let method = match word.to_ascii_lowercase().as_str() {
        "sso" => RegistrationMethod::SingleSignOn,
        "oidc" => RegistrationMethod::OpenidConnect,
        "form" | "application form" => RegistrationMethod::Form,
        // "In-house Element": with the client that the server itself offers, by the
        // homeserver's own sign-up. The note keeps which client it is.
        client if client.starts_with("in-house ") => {
            found.registration.methods.push(RegistrationMethod::Password);
            found.note(entry, MEMBER, word);
            return SignUp::Own;
        }
        "membership" => {
            found.about.audience = Some(Audience::Members);
            return SignUp::Other;
        }
        _ => {
            if found.note(entry, MEMBER, word).is_some() {
                entry.remark(MEMBER, word, RemarkReason::UnknownMethod);
            }
            return SignUp::Other;
        }
    };
    found.registration.methods.push(method);
    SignUp::Other
}
