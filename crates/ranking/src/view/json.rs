//! How the parts of a view are written that hold more than they write.

use std::borrow::Cow;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use wellspring_document::profile::{About, Registration};
use wellspring_document::{Endorsement, IssuerId, ListSource, Localized, ServerName, Text};

use crate::criteria::Criterion;
use crate::draw::Offer;
use crate::number::{Fraction, Points};
use crate::reason::{Openness, Reason};
use crate::view::{
    Answer, By, Category, Confirmation, Contradiction, CriterionAnswer, DocumentRef, DocumentState,
    Measured, Origin, ProfileStanding, ProfileStatus, RankedServer, Sourced, Tally, TrustedCurator,
    TrustedObserver, UnlistedServer, Waiting,
};

impl Serialize for TrustedCurator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Written<'a> {
            issuer: &'a IssuerId,
            #[serde(skip_serializing_if = "Option::is_none")]
            adopted_from: Option<&'a ListSource>,
            #[serde(skip_serializing_if = "Option::is_none")]
            called: Option<&'a Text>,
            #[serde(skip_serializing_if = "Option::is_none")]
            name: Option<&'a Localized>,
            trust: Fraction,
            path: &'a [IssuerId],
            #[serde(skip_serializing_if = "<[IssuerId]>::is_empty")]
            voice: &'a [IssuerId],
            state: DocumentState,
            #[serde(skip_serializing_if = "Option::is_none")]
            list: Option<DocumentRef>,
        }
        Written {
            issuer: &self.issuer,
            adopted_from: self.adopted_from.as_ref(),
            called: self.called.as_ref(),
            name: self.claimed_name(),
            trust: self.trust,
            path: &self.path,
            voice: self.voice(),
            state: self.state,
            list: self.list.as_deref().map(DocumentRef::of),
        }
        .serialize(serializer)
    }
}

impl Serialize for TrustedObserver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Written<'a> {
            issuer: &'a IssuerId,
            is_own: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            name: Option<&'a Localized>,
            state: DocumentState,
            #[serde(skip_serializing_if = "Option::is_none")]
            report: Option<DocumentRef>,
        }
        Written {
            issuer: &self.issuer,
            is_own: self.is_own,
            name: self.report.as_ref().map(|report| &report.body().observer.name),
            state: self.state,
            report: self.report.as_deref().map(DocumentRef::of),
        }
        .serialize(serializer)
    }
}

impl Serialize for RankedServer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Written<'a> {
            rank: u32,
            server_name: &'a ServerName,
            score: Points,
            category: Category,
            #[serde(skip_serializing_if = "Option::is_none")]
            waiting: Option<Waiting>,
            #[serde(skip_serializing_if = "Option::is_none")]
            about: Option<WrittenAbout<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            registration: Option<Sourced<'a, Registration>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            offer: Option<Offer<'a>>,
            profile: &'a ProfileStanding,
            #[serde(skip_serializing_if = "Option::is_none")]
            measured: Option<&'a Measured>,
            reasons: Vec<Reason<'a>>,
            criteria: Vec<CriterionAnswer>,
            unknown: Vec<Criterion>,
            #[serde(skip_serializing_if = "<[Contradiction]>::is_empty")]
            contradictions: &'a [Contradiction],
        }
        let (unknown, criteria): (Vec<_>, Vec<_>) =
            self.criteria().partition(|answer| answer.answer == Answer::Unknown);
        Written {
            rank: self.rank,
            server_name: &self.server_name,
            score: self.score,
            category: self.category,
            waiting: self.waiting(),
            about: self.about().map(WrittenAbout::from),
            registration: self.registration(),
            // Others are never drawn.
            offer: matches!(self.category, Category::A | Category::B).then(|| Offer::of(self)),
            profile: &self.profile,
            measured: self.measured.as_ref(),
            reasons: self.reasons().collect(),
            criteria,
            unknown: unknown.iter().map(|answer| answer.criterion).collect(),
            contradictions: &self.contradictions,
        }
        .serialize(serializer)
    }
}

impl Serialize for By {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Written<'a> {
            origin: Origin,
            #[serde(skip_serializing_if = "Option::is_none")]
            issuer: Option<&'a IssuerId>,
            #[serde(skip_serializing_if = "Option::is_none")]
            adopted_from: Option<&'a ListSource>,
            #[serde(skip_serializing_if = "Option::is_none")]
            observers: Option<Tally>,
        }
        let mut written =
            Written { origin: self.origin(), issuer: None, adopted_from: None, observers: None };
        match self {
            Self::Nobody | Self::Operator => {}
            Self::Curator(curator) => {
                written.issuer = Some(&curator.issuer);
                written.adopted_from = curator.adopted_from.as_ref();
            }
            Self::Observer(observer) => written.issuer = Some(&observer.issuer),
            Self::Observers(tally) => written.observers = Some(*tally),
        }
        written.serialize(serializer)
    }
}

impl Serialize for ProfileStanding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Written<'a> {
            status: ProfileStatus,
            #[serde(skip_serializing_if = "Option::is_none")]
            owner: Option<&'a IssuerId>,
            #[serde(skip_serializing_if = "Option::is_none")]
            confirmation: Option<&'a Confirmation>,
            #[serde(skip_serializing_if = "Option::is_none")]
            document: Option<DocumentRef>,
        }
        Written {
            status: self.status,
            owner: self.owner.as_ref(),
            confirmation: self.confirmation.as_deref(),
            document: self.document.as_deref().map(DocumentRef::of),
        }
        .serialize(serializer)
    }
}

impl Serialize for UnlistedServer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        struct Written<'a> {
            server_name: &'a ServerName,
            warnings: Vec<Reason<'a>>,
        }
        Written { server_name: &self.server_name, warnings: self.warnings().collect() }
            .serialize(serializer)
    }
}

impl Serialize for Reason<'_> {
    /// The code, the points and, where somebody said it, who, the factors, and the members
    /// of the entry that a reader needs to judge it. Where it was measured, the points that
    /// it can earn, the factors and the time; the numbers stand in `measured` of the server.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code.as_str())?;
        map.serialize_entry("points", &self.points)?;
        if let Some(Openness { answered, asked }) = self.openness {
            map.serialize_entry("answered", &answered)?;
            map.serialize_entry("asked", &asked)?;
        }
        if let Some(said) = &self.said {
            map.serialize_entry("by", &Speaker::from(&**said.by))?;
            map.serialize_entry("trust", &said.by.trust)?;
            map.serialize_entry("factor", &said.factor)?;
            map.serialize_entry("freshness", &said.freshness)?;
            map.serialize_entry("binding", &said.binding)?;
            if let Some(entry) = said.entry() {
                serialize_entry(entry, &mut map)?;
            }
        }
        if let Some(finding) = &self.finding {
            map.serialize_entry("of", &finding.of)?;
            map.serialize_entry("quality", &finding.quality)?;
            if finding.covered != Fraction::ONE {
                map.serialize_entry("covered", &finding.covered)?;
            }
            optional("at", finding.measured.observed_at.as_ref(), &mut map)?;
        }
        map.end()
    }
}

fn serialize_entry<M: SerializeMap>(entry: &Endorsement, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("verdict", &entry.verdict)?;
    optional("issuer", entry.issuer.as_ref(), map)?;
    optional("reviewed_at", entry.reviewed_at.as_ref(), map)?;
    optional("known_since", entry.known_since.as_ref(), map)?;
    optional("expires_at", entry.expires_at.as_ref(), map)?;
    if !entry.labels.is_empty() {
        map.serialize_entry("labels", &entry.labels)?;
    }
    optional("reason", entry.reason.as_ref(), map)?;
    optional("source", entry.source.as_ref(), map)?;
    optional("objection", entry.objection.as_ref(), map)?;
    optional("imported_from", entry.imported_from.as_ref(), map)
}

fn optional<M: SerializeMap, T: Serialize>(
    member: &'static str,
    value: Option<&T>,
    map: &mut M,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(member, value))
}

/// What a server is, but for its logo: a list of a thousand logos would be no list.
#[derive(serde::Serialize)]
struct WrittenAbout<'a> {
    by: By,
    value: Cow<'a, About>,
}

impl<'a> From<Sourced<'a, About>> for WrittenAbout<'a> {
    fn from(about: Sourced<'a, About>) -> Self {
        let value = match about.value.logo {
            None => Cow::Borrowed(about.value),
            Some(_) => Cow::Owned(About { logo: None, ..about.value.clone() }),
        };
        Self { by: about.by, value }
    }
}

/// Who speaks: the members that tell a curator or an adopted list from all others.
pub(crate) fn speaker<S: Serializer>(
    curator: &Arc<TrustedCurator>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    Speaker::from(&**curator).serialize(serializer)
}

/// See [`speaker`].
#[derive(serde::Serialize)]
pub(crate) struct Speaker<'a> {
    issuer: &'a IssuerId,
    #[serde(skip_serializing_if = "Option::is_none")]
    adopted_from: Option<&'a ListSource>,
}

impl<'a> From<&'a TrustedCurator> for Speaker<'a> {
    fn from(curator: &'a TrustedCurator) -> Self {
        Self { issuer: &curator.issuer, adopted_from: curator.adopted_from.as_ref() }
    }
}
