//! What is said of a server, section by section, each with the one who says so.

use wellspring_document::profile::{
    About, Application, Contacts, DataAccess, Finance, Hosting, Limits, Operator, Policies,
    Portability, Pricing, Registration, Reply, Service,
};
use wellspring_document::{Identity, IssuerId, Profile, SharedSections};
use wellspring_ranking::{By, ProfileStatus, RankedServer, Sourced};

/// The sections of a server's profile. Those that a curator can fill in where the operator
/// says nothing carry their source.
#[derive(Debug)]
pub(super) struct Sections<'a> {
    /// Whether they are what the operator said until the profile expired.
    pub(super) are_expired: bool,
    pub(super) about: Option<Sourced<'a, About>>,
    pub(super) registration: Option<Sourced<'a, Registration>>,
    pub(super) operator: Option<Sourced<'a, Operator>>,
    pub(super) hosting: Option<Sourced<'a, Hosting>>,
    pub(super) policies: Option<Sourced<'a, Policies>>,
    pub(super) service: Option<Sourced<'a, Service>>,
    pub(super) contacts: Option<&'a Contacts>,
    pub(super) pricing: Option<&'a Pricing>,
    pub(super) finance: Option<&'a Finance>,
    pub(super) limits: Option<&'a Limits>,
    pub(super) data_access: Option<&'a DataAccess>,
    pub(super) portability: Option<&'a Portability>,
    pub(super) applications: &'a [Application],
    replies: &'a [Reply],
}

impl<'a> Sections<'a> {
    pub(super) fn of(server: &'a RankedServer) -> Self {
        let profile = own_words(server);
        Self {
            are_expired: server.profile.status == ProfileStatus::Expired,
            about: section(server, |sections| sections.about),
            registration: section(server, |sections| sections.registration),
            operator: section(server, |sections| sections.operator),
            hosting: section(server, |sections| sections.hosting),
            policies: section(server, |sections| sections.policies),
            service: section(server, |sections| sections.service),
            contacts: profile.and_then(|it| it.contacts.as_ref()),
            pricing: profile.and_then(|it| it.pricing.as_ref()),
            finance: profile.and_then(|it| it.finance.as_ref()),
            limits: profile.and_then(|it| it.limits.as_ref()),
            data_access: profile.and_then(|it| it.data_access.as_ref()),
            portability: profile.and_then(|it| it.portability.as_ref()),
            applications: profile.map_or(&[], |it| &it.applies_to),
            replies: profile.map_or(&[], |it| &it.replies),
        }
    }

    /// Whether nobody says anything.
    pub(super) const fn are_empty(&self) -> bool {
        // Without a profile, there is none of the sections that only an operator can give;
        // with one, there is the first.
        self.about.is_none()
            && self.registration.is_none()
            && self.operator.is_none()
            && self.hosting.is_none()
            && self.policies.is_none()
            && self.service.is_none()
    }

    /// What the operator answers to one issuer, or to this very issue of their list.
    pub(super) fn replies_to(&self, issuer: &IssuerId, list: Option<Identity>) -> Vec<&'a Reply> {
        self.replies
            .iter()
            .filter(|reply| {
                reply.issuer.as_ref() == Some(issuer)
                    || (reply.document.is_some() && reply.document == list)
            })
            .collect()
    }

    /// The other answers: to criteria, and to what this community does not see.
    pub(super) fn other_replies(&self, shown: &[&Reply]) -> Vec<&'a Reply> {
        let is_shown = |reply: &Reply| shown.iter().any(|other| std::ptr::eq(*other, reply));
        self.replies.iter().filter(|reply| !is_shown(reply)).collect()
    }
}

/// What the operator says, or said until the profile expired: that counts no more, and is
/// shown, marked as expired, all the same.
fn own_words(server: &RankedServer) -> Option<&Profile> {
    match server.profile.status {
        ProfileStatus::Confirmed | ProfileStatus::Expired => {
            server.profile.document.as_ref().map(|document| document.body())
        }
        ProfileStatus::None
        | ProfileStatus::NotHere
        | ProfileStatus::Unconfirmed
        | ProfileStatus::Withdrawn => None,
    }
}

/// One section as pages show it: in the operator's words, else in those of the strongest
/// curator who has it.
pub(super) fn section<'a, T>(
    server: &'a RankedServer,
    pick: impl Fn(SharedSections<'a>) -> Option<&'a T>,
) -> Option<Sourced<'a, T>> {
    match own_words(server).and_then(|profile| pick(profile.shared())) {
        Some(value) => Some(Sourced { by: By::Operator, value }),
        None => server.section(pick),
    }
}
