//! Whose server it is, and whether its operator wants it listed.
//!
//! Anybody can sign a profile for any name. It is the server's own where the name itself
//! served it: seen by the node or, where the node has not seen one, by more than half of
//! the trusted observers who looked. Only where no such sight exists does the binding of a
//! curator at or above the veto trust confirm one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use wellspring_document::profile::Listing;
use wellspring_document::{Profile, Sight, SightStatus, Timestamp, Verified};

use crate::corpus::{Claim, Corpus, Day, Edge, Id};
use crate::number::Fraction;
use crate::observers::Observed;
use crate::trust::Trusted;
use crate::view::{Confirmation, ProfileStanding, ProfileStatus, Tally};

/// Whose server it is.
#[derive(Debug, Default)]
pub(crate) struct Ownership {
    /// The issuer, where that is confirmed.
    pub(crate) owner: Option<Id>,
    /// Since when the name has served profiles of that issuer, where anybody saw it.
    pub(crate) since: Option<Timestamp>,
    /// Whether the name was seen to serve somebody else's profile before.
    pub(crate) is_successor: bool,
    /// Whether the operator does not want it listed.
    pub(crate) is_unlisted: bool,
    pub(crate) standing: ProfileStanding,
}

/// What the name itself says.
enum Word {
    Served(Served),
    Withdrawn,
    Unlisted,
}

/// The name serves a profile.
struct Served {
    owner: Id,
    since: Timestamp,
    is_successor: bool,
    confirmation: Confirmation,
}

/// What decides about the owner of one server.
pub(crate) struct Evidence<'a> {
    pub(crate) corpus: &'a Corpus,
    pub(crate) trusted: &'a Trusted,
    pub(crate) now: Timestamp,
    pub(crate) server: Id,
    pub(crate) observed: &'a [Observed<'a>],
    /// What the node itself said in a report that has expired since.
    pub(crate) said_before: Option<Observed<'a>>,
}

impl Evidence<'_> {
    pub(crate) fn ownership(&self) -> Ownership {
        let is_silent = self.observed.is_empty() && self.said_before.is_none();
        if is_silent && self.corpus.claims(self.server).is_empty() {
            return Ownership::default();
        }
        let word =
            self.own_sight().or_else(|| self.last_wish()).or_else(|| self.sight_of_observers());
        match word {
            Some(Word::Served(served)) => Ownership {
                since: Some(served.since),
                is_successor: served.is_successor,
                ..self.owned(served.owner, served.confirmation)
            },
            Some(Word::Withdrawn) => Ownership {
                standing: ProfileStanding {
                    status: ProfileStatus::Withdrawn,
                    ..Default::default()
                },
                ..Default::default()
            },
            Some(Word::Unlisted) => Ownership { is_unlisted: true, ..Default::default() },
            None => match self.binding() {
                Some((owner, confirmation)) => self.owned(owner, confirmation),
                None => self.unconfirmed(),
            },
        }
    }

    /// What the node itself saw. That it saw nothing is no sight.
    fn own_sight(&self) -> Option<Word> {
        word_of(self.observed.iter().find(|observed| observed.by.is_own)?)
    }

    /// The wish of the operator not to be listed that the node saw before its report
    /// expired. Consent that was taken back does not return because a node was switched off
    /// for a week; nothing else outlives the report.
    fn last_wish(&self) -> Option<Word> {
        match word_of(self.said_before.as_ref()?)? {
            Word::Served(served) => {
                let document = self.profile_of(served.owner)?;
                asks_not_to_be_listed(document).then_some(Word::Unlisted)
            }
            word @ (Word::Withdrawn | Word::Unlisted) => Some(word),
        }
    }

    /// What more than half of the other observers saw who looked. One observer alone never
    /// takes a server or its profile out of the list.
    fn sight_of_observers(&self) -> Option<Word> {
        let sights: Vec<(&Sight, Option<Id>)> = self
            .observed
            .iter()
            .filter(|observed| !observed.by.is_own)
            .filter_map(|it| Some((it.sight()?, it.sample.sight_issuer)))
            .collect();
        if sights.is_empty() {
            return None;
        }
        let majority = |agree: usize| agree * 2 > sights.len();
        for (status, word) in
            [(SightStatus::Unlisted, Word::Unlisted), (SightStatus::Withdrawn, Word::Withdrawn)]
        {
            let agree = sights.iter().filter(|(sight, _)| sight.status == status).count();
            if agree >= 2 && majority(agree) {
                return Some(word);
            }
        }
        let mut served: BTreeMap<Id, Vec<&Sight>> = BTreeMap::new();
        for (sight, issuer) in &sights {
            if let (SightStatus::Served, Some(issuer)) = (sight.status, issuer) {
                served.entry(*issuer).or_default().push(sight);
            }
        }
        let (owner, agreeing) = served.into_iter().find(|(_, sights)| majority(sights.len()))?;
        let since = agreeing.iter().map(|sight| sight.first_seen_at).min()?;
        let first = agreeing.first()?.identity;
        let successor = agreeing.iter().filter(|sight| sight.follows_another_issuer()).count();
        let sees_owner = |(sight, issuer): &(&Sight, Option<Id>)| {
            sight.status == SightStatus::Served && *issuer == Some(owner)
        };
        let confirmation = Confirmation::Observers {
            tally: Tally::counted(sights.iter().map(sees_owner))?,
            identity: first.filter(|_| agreeing.iter().all(|sight| sight.identity == first)),
            first_seen_at: since,
        };
        let is_successor = successor * 2 > agreeing.len();
        Some(Word::Served(Served { owner, since, is_successor, confirmation }))
    }

    /// The binding by the most trusted curator at or above the veto trust to an issuer who
    /// claims the name; of equally trusted ones, to the newer profile.
    fn binding(&self) -> Option<(Id, Confirmation)> {
        let claims = self.corpus.claims(self.server);
        if claims.is_empty() {
            return None;
        }
        let bound = self.live_bindings().filter_map(|(trust, edge, issuer)| {
            let speaker =
                self.trusted.speaker(edge.list).filter(|speaker| speaker.curator.has_veto)?;
            let claim = claims.iter().find(|claim| claim.issuer == issuer)?;
            let newness = self.corpus.profile(*claim).issued_at();
            let order = (trust, newness, Reverse(self.corpus.issuer(issuer)));
            Some((order, issuer, speaker))
        });
        let (_, owner, speaker) = bound.max_by_key(|(order, ..)| *order)?;
        Some((owner, Confirmation::Curator { by: Arc::clone(&speaker.curator) }))
    }

    /// The entries of trusted curators that bind the name to an issuer and still count.
    fn live_bindings(&self) -> impl Iterator<Item = (Fraction, &Edge, Id)> {
        self.corpus.edges(self.server).iter().filter_map(|edge| {
            let speaker = self.trusted.speaker(edge.list)?;
            let counts =
                speaker.is_live && !edge.verdict.is_adverse() && edge.is_live(Day::of(self.now));
            let issuer = edge.issuer.filter(|_| counts)?;
            Some((speaker.curator.trust, edge, issuer))
        })
    }

    /// The newest profile of this name by that issuer.
    fn profile_of(&self, owner: Id) -> Option<&Arc<Verified<Profile>>> {
        let claims = self.corpus.claims(self.server);
        let claim = claims.iter().find(|claim| claim.issuer == owner)?;
        Some(self.corpus.profile(*claim))
    }

    fn owned(&self, owner: Id, confirmation: Confirmation) -> Ownership {
        let document = self.profile_of(owner).map(Arc::clone);
        let status = match &document {
            None => ProfileStatus::NotHere,
            Some(document) if document.is_expired(self.now) => ProfileStatus::Expired,
            Some(_) => ProfileStatus::Confirmed,
        };
        Ownership {
            owner: Some(owner),
            // A wish not to be listed outlives the profile that carried it.
            is_unlisted: document.as_deref().is_some_and(asks_not_to_be_listed),
            standing: ProfileStanding {
                status,
                confirmation: Some(Box::new(confirmation)),
                owner: Some(self.corpus.issuer(owner).clone()),
                document,
            },
            ..Default::default()
        }
    }

    /// Profiles claim the name, and nothing says which is right. One is shown where it is
    /// clear which: the one that the most trusted curator binds the name to, or the only
    /// one. However many strangers sign profiles, they change no more than that.
    fn unconfirmed(&self) -> Ownership {
        let claims = self.corpus.claims(self.server);
        if claims.is_empty() {
            return Ownership::default();
        }
        let trust_in = |claim: &Claim| {
            let bindings = self.live_bindings().filter(|(_, _, issuer)| *issuer == claim.issuer);
            bindings.map(|(trust, ..)| trust).max()
        };
        let bound = claims
            .iter()
            .filter_map(|claim| Some((trust_in(claim)?, claim)))
            .max_by_key(|(trust, claim)| (*trust, Reverse(self.corpus.issuer(claim.issuer))))
            .map(|(_, claim)| claim);
        let only = || if let [claim] = claims { Some(claim) } else { None };
        let shown = bound.or_else(only).map(|claim| Arc::clone(self.corpus.profile(*claim)));
        Ownership {
            standing: ProfileStanding {
                status: ProfileStatus::Unconfirmed,
                document: shown,
                ..Default::default()
            },
            ..Default::default()
        }
    }
}

/// What one observer saw the name say.
fn word_of(observed: &Observed<'_>) -> Option<Word> {
    let sight = observed.sight()?;
    match sight.status {
        SightStatus::Absent => None,
        SightStatus::Withdrawn => Some(Word::Withdrawn),
        SightStatus::Unlisted => Some(Word::Unlisted),
        SightStatus::Served => Some(Word::Served(Served {
            owner: observed.sample.sight_issuer?,
            since: sight.first_seen_at,
            is_successor: sight.follows_another_issuer(),
            confirmation: Confirmation::OwnSight {
                by: Arc::clone(observed.by),
                identity: sight.identity?,
                seen_at: sight.seen_at,
                first_seen_at: sight.first_seen_at,
            },
        })),
    }
}

fn asks_not_to_be_listed(profile: &Verified<Profile>) -> bool {
    profile.body().about.listing == Some(Listing::Unlisted)
}
