//! The time that a server waits before it is recommended.

use std::sync::Arc;

use wellspring_document::Timestamp;

use crate::corpus::{Corpus, Day, Edge, Id};
use crate::endorsement::{Keys, Weight};
use crate::observers::Observed;
use crate::ownership::Ownership;
use crate::terms::Terms;
use crate::trust::{Speaker, Trusted};
use crate::view::{By, Confirmation, Tally, Waiting};

/// The evidence that a server exists under its present keys.
pub(crate) struct Known<'a> {
    pub(crate) corpus: &'a Corpus,
    pub(crate) trusted: &'a Trusted,
    pub(crate) now: Timestamp,
}

/// A waiting period as a view keeps it; together with the terms of the view it makes a
/// [`Waiting`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waited {
    since: Timestamp,
    witness: Witness,
    is_restarted: bool,
}

/// Whose evidence it is.
#[derive(Debug, Clone, Copy)]
enum Witness {
    /// The curator at this place among those of the view.
    Curator(u32),
    /// The observer at this place.
    Observer(u32),
    Observers(Tally),
}

impl Waited {
    pub(crate) fn is_over(self, terms: &Terms) -> bool {
        terms.now >= self.until(terms)
    }

    pub(crate) fn until(self, terms: &Terms) -> Timestamp {
        self.since.plus_days(terms.policy.waiting_days.into())
    }

    pub(crate) fn told(self, terms: &Terms) -> Waiting {
        Waiting {
            since: self.since,
            until: self.until(terms),
            is_over: self.is_over(terms),
            is_restarted: self.is_restarted,
            by: match self.witness {
                Witness::Curator(place) => By::Curator(Arc::clone(&terms.curators[place as usize])),
                Witness::Observer(place) => {
                    By::Observer(Arc::clone(&terms.observers[place as usize]))
                }
                Witness::Observers(tally) => By::Observers(tally),
            },
        }
    }
}

impl Known<'_> {
    /// The waiting period from the earliest evidence that the community trusts.
    ///
    /// Usually that is the earliest of what curators, adopted lists and observers say about
    /// the name. Where the keys changed, it begins again: with the first sight of the new
    /// keys, or the review of a curator who endorses them. That they changed is known from
    /// entries bound to other keys, and from sights, which outlast such entries: a domain
    /// that was let go is not recommended the sooner because curators tidied up.
    pub(crate) fn waiting(
        &self,
        server: Id,
        weight: &Weight,
        ownership: &Ownership,
        observed: &[Observed<'_>],
    ) -> Option<Waited> {
        let is_restarted =
            matches!(weight.keys, Keys::Changed | Keys::EndorsedAnew) || ownership.is_successor;
        let (since, witness) = if is_restarted {
            self.of_keys(server, ownership, observed)
        } else {
            self.of_name(weight, observed)
        }?;
        Some(Waited { since, witness, is_restarted })
    }

    fn of_name(&self, weight: &Weight, observed: &[Observed<'_>]) -> Option<(Timestamp, Witness)> {
        let said = weight.known.and_then(|(day, list)| Some((day, self.trusted.speaker(list)?)));
        let seen = observed.iter().filter_map(|observed| Some((first_sight(observed)?, observed)));
        let seen = seen.min_by_key(|(at, _)| *at);
        let said = said.map(|(day, speaker)| (day.midnight(), Witness::Curator(speaker.place)));
        let seen = seen.map(|(at, observed)| (at, Witness::Observer(observed.place)));
        said.into_iter().chain(seen).min_by_key(|(at, _)| *at)
    }

    fn of_keys(
        &self,
        server: Id,
        ownership: &Ownership,
        observed: &[Observed<'_>],
    ) -> Option<(Timestamp, Witness)> {
        let said = self
            .live_entries(server)
            .filter(|(edge, _)| !edge.verdict.is_adverse() && edge.issuer == ownership.owner)
            .filter_map(|(edge, speaker)| {
                Some((edge.reviewed?.midnight(), Witness::Curator(speaker.place)))
            });
        let seen = ownership.since.and_then(|since| {
            let witness = match ownership.standing.confirmation.as_deref()? {
                Confirmation::OwnSight { .. } => {
                    Witness::Observer(observed.iter().find(|it| it.by.is_own)?.place)
                }
                Confirmation::Observers { tally, .. } => Witness::Observers(*tally),
                Confirmation::Curator { .. } => return None,
            };
            Some((since, witness))
        });
        said.chain(seen).min_by_key(|(at, _)| *at)
    }

    /// The entries of trusted curators that count.
    fn live_entries(&self, server: Id) -> impl Iterator<Item = (&Edge, &Speaker)> {
        self.corpus.edges(server).iter().filter_map(|edge| {
            let speaker = self.trusted.speaker(edge.list)?;
            (speaker.is_live && edge.is_live(Day::of(self.now))).then_some((edge, speaker))
        })
    }
}

/// When an observer first saw the server, or its profile.
fn first_sight(observed: &Observed<'_>) -> Option<Timestamp> {
    let of_profile = observed
        .sight()
        .filter(|_| observed.sample.sight_issuer.is_some())
        .map(|sight| sight.first_seen_at);
    observed.sample.first_seen_at.into_iter().chain(of_profile).min()
}
