//! The name under which a node asks for files.

use std::fmt;

use hyper::header::HeaderValue;
use thiserror::Error;
use url::Url;

/// What every request says about who sends it: the program, its version and where its operator can
/// be reached, so that somebody who is asked too often knows whom to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAgent(HeaderValue);

const PRODUCT: &str = concat!("Wellspring/", env!("CARGO_PKG_VERSION"));

impl UserAgent {
    /// For a person's own machine, where nobody runs a service.
    #[must_use]
    pub fn without_contact() -> Self {
        Self(HeaderValue::from_static(PRODUCT))
    }

    /// For a node: `contact` is the address of its contact page (`https:`) or mailbox (`mailto:`).
    ///
    /// # Errors
    ///
    /// Another kind of address.
    pub fn with_contact(contact: &str) -> Result<Self, UserAgentError> {
        let refusal = || UserAgentError { contact: contact.to_owned() };
        let url = Url::parse(contact).map_err(|_| refusal())?;
        if !matches!(url.scheme(), "https" | "mailto") {
            return Err(refusal());
        }
        // A serialised URL is visible ASCII, but may hold parentheses, which would end the comment.
        let contact = url.as_str().replace('(', "%28").replace(')', "%29");
        HeaderValue::try_from(format!("{PRODUCT} (+{contact})")).map(Self).map_err(|_| refusal())
    }

    pub(crate) fn header(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl fmt::Display for UserAgent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.to_str().unwrap_or(PRODUCT))
    }
}

/// A contact that cannot be named in requests.
#[derive(Debug, Error)]
#[error("the contact {contact:?} is neither an https: nor a mailto: address")]
pub struct UserAgentError {
    /// The contact as given.
    pub contact: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contact_is_part_of_the_name() {
        let agent = UserAgent::with_contact("https://node.example/contact_(us)").unwrap();
        let expected = format!("{PRODUCT} (+https://node.example/contact_%28us%29)");
        assert_eq!(agent.to_string(), expected);
        assert!(UserAgent::with_contact("mailto:admin@node.example").is_ok());
        for contact in ["", "admin@node.example", "http://node.example", "javascript:alert(1)"] {
            assert!(UserAgent::with_contact(contact).is_err(), "{contact}");
        }
    }
}
