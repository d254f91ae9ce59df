//! The result of ranking for one community.
//!
//! The types serialise to the JSON of `GET /api/v1/servers` and `wellspring rank --json`,
//! the same bytes for the same view. They keep the documents they rest on alive, so a page
//! can show the curators' own words without another look-up.

pub(crate) mod json;
mod measured;
mod records;

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use wellspring_document::profile::{About, Registration};
use wellspring_document::{
    BytesHash, Endorsement, EndorsementList, Identity, IssuerId, LanguageTag, ListSource,
    Localized, ObservationReport, Profile, ServerName, SharedSections, Text, Timestamp, Verified,
};

pub use measured::{
    Agreed, Answered, ContradictedClaim, Contradiction, Measured, MeasuredUptime, Tally,
};

use crate::contest::ContestedIssuer;
use crate::corpus::{Id, Lineage};
use crate::criteria::{Asked, Claim, Criterion};
use crate::draw::Pool;
use crate::endorsement::Keys;
use crate::number::{Fraction, Points};
use crate::order::Brief;
use crate::policy::Policy;
use crate::reason::{Line, Reason};
use crate::terms::Terms;
use crate::waiting::Waited;

/// Every server that a community knows, in order, with the reasons.
#[derive(Debug, Clone, Serialize)]
pub struct View {
    /// The moment for which the view was made.
    pub now: Timestamp,
    /// The policy by which it was made.
    pub policy: Policy,
    /// How many documents it rests on. Documents of issuers whom the policy does not trust
    /// are not among them.
    pub documents: DocumentCounts,
    /// The curators whom the community trusts, and the lists that its node adopted: the
    /// most trusted first, then by issuer id and source.
    pub curators: Vec<Arc<TrustedCurator>>,
    /// The curators whom a root or the policy distrusts, by issuer id.
    pub distrusted: Vec<DistrustedCurator>,
    /// Whose keys are contested, by issuer id, among the curators and observers whom the
    /// community trusts and the owners of the servers in the list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contested: Vec<ContestedIssuer>,
    /// The observers whom the community trusts: the node itself first, then by issuer id.
    pub observers: Vec<Arc<TrustedObserver>>,
    /// The servers, best first.
    pub servers: Vec<RankedServer>,
    /// The servers that do not want to be listed, by name.
    pub unlisted: Vec<UnlistedServer>,
    /// The places in `servers`, ordered by server name.
    #[serde(skip)]
    pub(crate) by_name: Vec<u32>,
    /// Of which corpus the numbers of servers are.
    #[serde(skip)]
    pub(crate) lineage: Lineage,
    /// Which servers the list of each curator names, in the order of the curators.
    #[serde(skip)]
    pub(crate) named: Vec<Option<Arc<[Id]>>>,
    /// How many findings are kept in memory that others took the place of since all servers
    /// were looked at.
    #[serde(skip)]
    pub(crate) replaced: usize,
    /// The servers that can be drawn, looked for by the first draw.
    #[serde(skip)]
    pub(crate) pool: OnceLock<Pool>,
}

impl View {
    /// The server of this name, where it is in the list.
    pub fn server(&self, name: &ServerName) -> Option<&RankedServer> {
        let server = |place: &u32| self.servers.get(usize::try_from(*place).ok()?);
        let found = self
            .by_name
            .binary_search_by(|place| server(place).map(|it| &it.server_name).cmp(&Some(name)));
        server(self.by_name.get(found.ok()?)?)
    }

    /// The contest about the keys of an issuer, where there is one.
    pub fn contest(&self, issuer: &IssuerId) -> Option<&ContestedIssuer> {
        self.contested.iter().find(|contest| contest.issuer == *issuer)
    }

    /// What may be said about a server that does not want to be listed.
    pub fn unlisted(&self, name: &ServerName) -> Option<&UnlistedServer> {
        let found = self.unlisted.binary_search_by(|server| server.server_name.cmp(name));
        self.unlisted.get(found.ok()?)
    }
}

/// How many documents a view rests on, expired ones included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DocumentCounts {
    /// Profiles of the servers in the view, confirmed or shown as unconfirmed.
    pub profiles: u32,
    /// Lists of trusted curators, and adopted lists.
    pub endorsement_lists: u32,
    /// Reports of trusted observers.
    pub observation_reports: u32,
}

/// Where a document that counts for a view can be found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DocumentRef {
    /// Its identity.
    pub identity: Identity,
    /// The hash of its bytes, under which they can be fetched.
    pub bytes_hash: BytesHash,
    /// Its number in its feed.
    pub sequence: u64,
    /// When its issuer says to have signed it.
    pub issued_at: Timestamp,
    /// When it stops to count.
    pub expires_at: Timestamp,
}

impl DocumentRef {
    /// Where `document` can be found again.
    pub fn of<T>(document: &Verified<T>) -> Self {
        Self {
            identity: document.identity(),
            bytes_hash: document.bytes_hash(),
            sequence: document.sequence(),
            issued_at: document.issued_at(),
            expires_at: document.expires_at(),
        }
    }
}

/// Whether a document that the community trusts is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentState {
    /// It has not been received.
    Missing,
    /// It counts.
    Live,
    /// It has expired: it is shown and counts for nothing.
    Expired,
}

/// A curator whom the community trusts, or a list that its node adopted.
#[derive(Debug, Clone)]
pub struct TrustedCurator {
    /// Who signs. For an adopted list, the node itself.
    pub issuer: IssuerId,
    /// Where the node read the list, when it adopted it.
    pub adopted_from: Option<ListSource>,
    /// What the policy calls it.
    pub called: Option<Text>,
    /// How much the community trusts it; more than 0.
    pub trust: Fraction,
    /// Whether that is at or above the veto trust: enough to decide alone against a server.
    pub has_veto: bool,
    /// The chain of recommendations behind the trust: from the root to this curator, both
    /// included. For a root and for an adopted list, only the issuer.
    pub path: Vec<IssuerId>,
    /// Whether its list is there.
    pub state: DocumentState,
    /// Its list.
    pub list: Option<Arc<Verified<EndorsementList>>>,
}

impl TrustedCurator {
    /// The name for a reader who prefers these languages: what the community calls the
    /// curator, else what the list says, else the issuer id. For an adopted list, its
    /// source stands in for the list's name, which is not its author's word.
    pub fn name(&self, preferred: &[LanguageTag]) -> &str {
        if let Some(called) = &self.called {
            return called.as_str();
        }
        if let Some(source) = &self.adopted_from {
            return source.as_str();
        }
        self.claimed_name()
            .map_or_else(|| self.issuer.as_str(), |name| name.pick(preferred).1.as_str())
    }

    /// The entry at this place of its list.
    pub(crate) fn entry(&self, place: u32) -> Option<&Endorsement> {
        self.list.as_ref()?.body().entries.get(place as usize)
    }

    /// The name that the curator's own list claims.
    pub fn claimed_name(&self) -> Option<&Localized> {
        self.list.as_ref().map(|list| &list.body().curator.name)
    }

    /// In whose voice the curator speaks: a root in its own; anybody else in that of the
    /// first recommendation on the path, given as the root and whom it recommended.
    /// Curators with the same voice are heard once per server. Empty for an adopted list,
    /// which speaks in the voice of its source.
    pub fn voice(&self) -> &[IssuerId] {
        match self.adopted_from {
            Some(_) => &[],
            None => &self.path[..self.path.len().min(2)],
        }
    }
}

/// A curator whom nobody's recommendation makes trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DistrustedCurator {
    /// Who.
    pub issuer: IssuerId,
    /// The roots at or above the veto trust that distrust them, by issuer id.
    pub by: Vec<IssuerId>,
    /// Whether the policy itself does.
    pub by_policy: bool,
}

/// An observer whom the community trusts.
#[derive(Debug, Clone)]
pub struct TrustedObserver {
    /// Who signs.
    pub issuer: IssuerId,
    /// Whether it is the node itself.
    pub is_own: bool,
    /// Whether its report is there.
    pub state: DocumentState,
    /// Its report.
    pub report: Option<Arc<Verified<ObservationReport>>>,
}

impl TrustedObserver {
    /// The name for a reader who prefers these languages: what the report says, else the
    /// issuer id.
    pub fn name(&self, preferred: &[LanguageTag]) -> &str {
        self.report.as_ref().map_or_else(
            || self.issuer.as_str(),
            |report| report.body().observer.name.pick(preferred).1.as_str(),
        )
    }
}

/// One server of a view, in its place.
#[derive(Debug, Clone)]
pub struct RankedServer {
    /// Its place, from 1. Servers with the same score share one, and the next place is as
    /// many further; rejected servers share none with others.
    pub rank: u32,
    /// Which of the assessments is its own.
    pub(crate) number: u32,
    pub(crate) assessments: Arc<Assessments>,
    pub(crate) terms: Arc<Terms>,
}

impl Deref for RankedServer {
    type Target = Assessment;

    fn deref(&self) -> &Assessment {
        self.assessments.server(self.number)
    }
}

/// What a ranking found of many servers, side by side: a place in memory for each server and
/// each of its reasons would take longer to find than to fill.
#[derive(Debug)]
pub(crate) struct Assessments {
    pub(crate) servers: Vec<Assessment>,
    /// By the numbers of the servers here.
    pub(crate) briefs: Vec<Brief>,
    pub(crate) lines: Vec<Line>,
}

impl Assessments {
    /// With room for so many servers and reasons: pages of memory that are never used cost
    /// nothing, moving what was written does.
    pub(crate) fn with_capacity(servers: usize, lines: usize) -> Self {
        Self {
            servers: Vec::with_capacity(servers),
            briefs: Vec::with_capacity(servers),
            lines: Vec::with_capacity(lines),
        }
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.servers.shrink_to_fit();
        self.briefs.shrink_to_fit();
        self.lines.shrink_to_fit();
    }

    pub(crate) fn server(&self, number: u32) -> &Assessment {
        &self.servers[number as usize]
    }

    /// A server, to be asked about.
    pub(crate) fn asked<'a>(&'a self, number: u32, terms: &'a Terms) -> Asked<'a> {
        let server = self.server(number);
        let (start, end) = server.lines;
        Asked { server, lines: &self.lines[start as usize..end as usize], terms }
    }
}

/// What a ranking found of one server, whatever its place.
#[derive(Debug)]
pub struct Assessment {
    /// The server.
    pub server_name: ServerName,
    /// Its score: from 0 to 100 points.
    pub score: Points,
    /// Its category.
    pub category: Category,
    /// Where what it claims and what was measured differ.
    pub contradictions: Box<[Contradiction]>,
    /// What is known of its profile.
    pub profile: ProfileStanding,
    /// What trusted observers measured.
    pub measured: Option<Measured>,
    /// Where the reasons of its score begin and end among those of all servers.
    pub(crate) lines: (u32, u32),
    pub(crate) waited: Option<Waited>,
    pub(crate) is_rejected: bool,
    pub(crate) keys: Keys,
    /// Whether a live endorsement gives sections of a profile.
    pub(crate) has_facts: bool,
    /// Whether a live entry says what a curator found, criterion by criterion.
    pub(crate) has_findings: bool,
}

impl Assessment {
    /// Whether a curator at or above the veto trust rejects it.
    pub const fn is_rejected(&self) -> bool {
        self.is_rejected
    }

    /// The profile that counts as the server's own word: confirmed and not expired.
    pub fn declared(&self) -> Option<&Profile> {
        self.profile.declared()
    }
}

impl RankedServer {
    pub(crate) fn brief(&self) -> &Brief {
        &self.assessments.briefs[self.number as usize]
    }

    /// The answer to every criterion that the policy asks, in the order of
    /// [`Criterion::ALL`].
    pub fn criteria(&self) -> impl Iterator<Item = CriterionAnswer> {
        let off = &self.terms.policy.criteria.off;
        let asked = Criterion::ALL.into_iter().filter(|criterion| !off.contains(criterion));
        asked.map(|criterion| criterion.explain(self.asked()))
    }

    /// The reasons of its score, what speaks against it first, then the strongest.
    pub fn reasons(&self) -> impl Iterator<Item = Reason<'_>> {
        self.asked().reasons()
    }

    /// When its waiting period began and ends, where any trusted evidence exists.
    pub fn waiting(&self) -> Option<Waiting> {
        Some(self.waited?.told(&self.terms))
    }

    fn asked(&self) -> Asked<'_> {
        self.assessments.asked(self.number, &self.terms)
    }

    /// What the server is: in its operator's words where a confirmed profile has them, else
    /// in those of the strongest curator who says.
    pub fn about(&self) -> Option<Sourced<'_, About>> {
        self.section(|sections| sections.about)
    }

    /// How one gets an account there; from the same sources.
    pub fn registration(&self) -> Option<Sourced<'_, Registration>> {
        self.section(|sections| sections.registration)
    }

    /// One section, or a part of one, of what is known of the server: from its confirmed
    /// profile, else from the strongest live endorsement whose curator gives it.
    pub fn section<'a, T>(
        &'a self,
        pick: impl Fn(SharedSections<'a>) -> Option<&'a T>,
    ) -> Option<Sourced<'a, T>> {
        self.asked().said(pick).map(Claim::sourced)
    }

    /// As [`RankedServer::section`], of those curators alone whose word on this counts.
    pub(crate) fn section_where<'a, T>(
        &'a self,
        pick: impl Fn(SharedSections<'a>) -> Option<&'a T>,
        counts: impl Fn(&TrustedCurator, &T) -> bool,
    ) -> Option<Sourced<'a, T>> {
        self.asked().said_where(pick, counts).map(Claim::sourced)
    }
}

/// A piece of information with the one who says so.
#[derive(Debug, Clone, Serialize)]
pub struct Sourced<'a, T> {
    /// Who says so.
    pub by: By,
    /// What.
    pub value: &'a T,
}

/// What a server is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Category {
    /// Can be offered without asking.
    A,
    /// Can be chosen from.
    B,
    /// Is known and lacks something.
    C,
    /// Should not be used to register.
    D,
    /// Not for the public: for members, by invitation, closed, or with limited federation.
    /// A neutral mark outside the categories.
    #[serde(rename = "not-for-public")]
    NotForPublic,
}

impl Category {
    /// The category as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::NotForPublic => "not-for-public",
        }
    }
}

/// The time that a server waits before it can be of category A or B.
#[derive(Debug, Clone, Serialize)]
pub struct Waiting {
    /// The earliest evidence that the community trusts, of the server under its present
    /// keys.
    pub since: Timestamp,
    /// When the wait is over.
    pub until: Timestamp,
    /// Whether it is.
    pub is_over: bool,
    /// Whether it began again because the server's keys changed.
    pub is_restarted: bool,
    /// Whose evidence it is.
    pub by: By,
}

/// The answer to a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Yes.
    Met,
    /// No.
    NotMet,
    /// Nobody whom the community trusts says.
    Unknown,
}

impl Answer {
    /// The answer as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not-met",
            Self::Unknown => "unknown",
        }
    }
}

/// The answer to one criterion for one server.
#[derive(Debug, Clone, Serialize)]
pub struct CriterionAnswer {
    /// The question.
    pub criterion: Criterion,
    /// The answer.
    pub answer: Answer,
    /// Who says so.
    pub by: By,
    /// When they said so, where they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Whose claim the answer goes against: it was measured otherwise, or a curator at or
    /// above the veto trust found it otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against: Option<By>,
}

/// Who says something about a server.
#[derive(Debug, Clone)]
pub enum By {
    /// Nobody.
    Nobody,
    /// The server's operator, in the confirmed profile.
    Operator,
    /// A curator, or a list that the node adopted.
    Curator(Arc<TrustedCurator>),
    /// One observer.
    Observer(Arc<TrustedObserver>),
    /// Several observers together.
    Observers(Tally),
}

impl By {
    /// What kind of evidence that is.
    pub fn origin(&self) -> Origin {
        match self {
            Self::Nobody => Origin::None,
            Self::Operator => Origin::Declared,
            Self::Curator(curator) if curator.adopted_from.is_some() => Origin::Adopted,
            Self::Curator(_) => Origin::Endorsed,
            Self::Observer(_) | Self::Observers(_) => Origin::Measured,
        }
    }
}

/// The kind of evidence behind an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The operator says so.
    Declared,
    /// An observer measured it.
    Measured,
    /// A curator says so.
    Endorsed,
    /// A list that the node adopted says so.
    Adopted,
    /// There is none.
    None,
}

impl Origin {
    /// The origin as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Measured => "measured",
            Self::Endorsed => "endorsed",
            Self::Adopted => "adopted",
            Self::None => "none",
        }
    }
}

/// What is known of a server's profile.
#[derive(Debug, Clone, Default)]
pub struct ProfileStanding {
    /// Where it stands.
    pub status: ProfileStatus,
    /// Who confirms whose server it is.
    pub confirmation: Option<Box<Confirmation>>,
    /// The issuer whose server it is, where that is confirmed.
    pub owner: Option<IssuerId>,
    /// The profile: the server's own where `status` is confirmed or expired; merely one
    /// that claims the name where it is unconfirmed.
    pub document: Option<Arc<Verified<Profile>>>,
}

impl ProfileStanding {
    /// Whether the name was seen to serve another profile of its owner than `document`:
    /// an older one, or a newer one that is not here.
    pub fn is_served_otherwise(&self) -> bool {
        let seen = match self.confirmation.as_deref() {
            Some(Confirmation::OwnSight { identity, .. }) => Some(*identity),
            Some(Confirmation::Observers { identity, .. }) => *identity,
            Some(Confirmation::Curator { .. }) | None => return false,
        };
        self.document.as_ref().is_some_and(|document| seen != Some(document.identity()))
    }

    /// The profile that counts as the server's own word: confirmed and not expired.
    pub fn declared(&self) -> Option<&Profile> {
        match self.status {
            ProfileStatus::Confirmed => self.document.as_ref().map(|document| document.body()),
            _ => None,
        }
    }
}

/// Where a server's profile stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileStatus {
    /// There is none.
    #[default]
    None,
    /// It is confirmed as this server's, and counts.
    Confirmed,
    /// It was confirmed as this server's and has expired: it is shown and counts for
    /// nothing. Whose server it is stays known.
    Expired,
    /// It is confirmed whose server this is, but their profile is not here.
    NotHere,
    /// Somebody signed a profile for this name, and nothing confirms that it is the
    /// server's.
    Unconfirmed,
    /// The operator withdrew it.
    Withdrawn,
}

impl ProfileStatus {
    /// The status as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Confirmed => "confirmed",
            Self::Expired => "expired",
            Self::NotHere => "not-here",
            Self::Unconfirmed => "unconfirmed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What confirms whose server it is.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Confirmation {
    /// The node itself saw the name serve a profile of the owner.
    OwnSight {
        /// The node, as an observer.
        #[serde(skip)]
        by: Arc<TrustedObserver>,
        /// The identity of that profile.
        identity: Identity,
        /// When it last did.
        seen_at: Timestamp,
        /// Since when it did so without a break.
        first_seen_at: Timestamp,
    },
    /// More than half of the trusted observers that report a sight saw it.
    Observers {
        /// How many did.
        #[serde(flatten)]
        tally: Tally,
        /// The identity of the profile that they saw, where all of them saw the same.
        #[serde(skip_serializing_if = "Option::is_none")]
        identity: Option<Identity>,
        /// When the first of them first did.
        first_seen_at: Timestamp,
    },
    /// A curator at or above the veto trust binds the name to the issuer.
    Curator {
        /// Which one.
        #[serde(serialize_with = "json::speaker")]
        by: Arc<TrustedCurator>,
    },
}

/// A server that does not want to be listed: its name, and what trusted curators warn about.
#[derive(Debug, Clone)]
pub struct UnlistedServer {
    /// The server.
    pub server_name: ServerName,
    /// Its number in the corpus.
    pub(crate) id: Id,
    pub(crate) lines: Vec<Line>,
    pub(crate) terms: Arc<Terms>,
}

impl UnlistedServer {
    /// The warnings and rejections of trusted curators; nothing else is said.
    pub fn warnings(&self) -> impl Iterator<Item = Reason<'_>> {
        self.lines.iter().map(|line| line.told(&self.terms, None))
    }
}
