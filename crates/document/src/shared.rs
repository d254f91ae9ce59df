use crate::profile::{About, Hosting, Operator, Policies, Registration, Service};
use crate::{Profile, ServerFacts};

/// The sections of a profile that can be seen from outside: an operator gives them in a
/// [`Profile`], a curator in [`ServerFacts`] where the operator publishes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SharedSections<'a> {
    /// Name, description, website, languages.
    pub about: Option<&'a About>,
    /// How one gets an account.
    pub registration: Option<&'a Registration>,
    /// Who runs the server, and where they are.
    pub operator: Option<&'a Operator>,
    /// Where the server stands.
    pub hosting: Option<&'a Hosting>,
    /// Rules, terms, privacy statement.
    pub policies: Option<&'a Policies>,
    /// Software, features, directory.
    pub service: Option<&'a Service>,
}

impl Profile {
    /// The sections that a curator could give as well. There is always an `about`.
    pub const fn shared(&self) -> SharedSections<'_> {
        SharedSections {
            about: Some(&self.about),
            registration: self.registration.as_ref(),
            operator: self.operator.as_ref(),
            hosting: self.hosting.as_ref(),
            policies: self.policies.as_ref(),
            service: self.service.as_ref(),
        }
    }
}

impl ServerFacts {
    /// The sections that are given.
    pub const fn shared(&self) -> SharedSections<'_> {
        SharedSections {
            about: self.about.as_ref(),
            registration: self.registration.as_ref(),
            operator: self.operator.as_ref(),
            hosting: self.hosting.as_ref(),
            policies: self.policies.as_ref(),
            service: self.service.as_ref(),
        }
    }
}
