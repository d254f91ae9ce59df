//! A corpus in which some lists changed.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use wellspring_document::{
    EndorsementList, IssuerId, ObservationReport, Profile, ServerName, Timestamp, Verified,
};

use super::{Corpus, Edge, Id, Reading, current, in_feed_order, place_of};

/// So many new names, issuers and sources are never too many: they take some hundred kilobytes.
const NUMBERS_TO_SPARE: usize = 1_000;

/// A list that is new to a corpus.
struct NewList {
    /// The place of the list of the same feed, where there is one.
    place: Option<u32>,
    document: Arc<Verified<EndorsementList>>,
}

impl Corpus {
    /// The corpus that [`Corpus::new`] makes of these documents, without contests. Where since
    /// this one was made lists came or changed and nothing else, that takes time in proportion
    /// to what they say and said before; the documents are looked at one by one only to see
    /// that they are the same, if they are given by issuer id and subject. A list that is gone,
    /// an earlier `now`, or too much that nobody says any more makes it from nothing.
    ///
    /// ```
    /// # use wellspring_document::Timestamp;
    /// # use wellspring_ranking::{Corpus, Policy, rank, rank_again};
    /// # let (policy, profiles, lists, reports) = (Policy::default(), vec![], vec![], vec![]);
    /// # let (profiles_then, lists_then, reports_then) = (vec![], vec![], vec![]);
    /// # let now: Timestamp = "2026-11-22T10:00:00Z".parse()?;
    /// # let then = now.plus_days(-1);
    /// let corpus = Corpus::new(profiles_then, lists_then, reports_then, then);
    /// let before = rank(&policy, &corpus);
    /// let corpus = corpus.renewed(profiles, lists, reports, now);
    /// let view = rank_again(&policy, &corpus, &before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn renewed(
        mut self,
        profiles: Vec<Arc<Verified<Profile>>>,
        lists: Vec<Arc<Verified<EndorsementList>>>,
        reports: Vec<Arc<Verified<ObservationReport>>>,
        now: Timestamp,
    ) -> Self {
        let of_reports = self.reports.iter().map(|report| &report.document);
        // What was passed over as being from the future may not be so any more: then there are
        // more documents than are here.
        let are_same = self.now <= now
            && are_same(self.profiles.iter(), &profiles)
            && are_same(of_reports, &reports);
        let lists = current(lists, now);
        let new = if are_same { self.new_lists(&lists) } else { None };
        if new.is_some_and(|new| self.takes(new)) {
            self.now = now;
            self.contests.clear();
            return self;
        }
        // Two of them at a time would take twice the memory.
        drop(self);
        Self::new(profiles, lists, reports, now)
    }

    /// Puts lists in one by one. Many that say more of the same servers, each in turn, would
    /// fill the memory with what is said no more; then it stops, and this is of no use.
    fn takes(&mut self, lists: Vec<NewList>) -> bool {
        lists.into_iter().all(|list| {
            let has_room = !self.is_outgrown();
            if has_room {
                self.put(list);
            }
            has_room
        })
    }

    /// Which of `lists` are not here; nothing where one that is here is not among them.
    fn new_lists(&self, lists: &[Arc<Verified<EndorsementList>>]) -> Option<Vec<NewList>> {
        let mut known = self.list_order.iter().copied().peekable();
        let mut new = Vec::new();
        for document in lists {
            let is_it = |known: &Arc<_>| Arc::ptr_eq(known, document);
            let place = known.next_if(|place| {
                let known = self.list(*place);
                is_it(known) || in_feed_order(known, document) == Ordering::Equal
            });
            if !place.is_some_and(|place| is_it(self.list(place))) {
                new.push(NewList { place, document: Arc::clone(document) });
            }
        }
        known.next().is_none().then_some(new)
    }

    /// Whether it keeps so much that is not said any more that it is better made anew: whoever
    /// names other servers in each edition of a list must not fill the memory.
    fn is_outgrown(&self) -> bool {
        let least = 2 * self.numbers_at_first + NUMBERS_TO_SPARE;
        self.endorsements.are_mostly_unused() || self.numbers() > least
    }

    /// How many names, issuers and sources have a number.
    fn numbers(&self) -> usize {
        self.names.len() + self.issuers.len() + self.sources.len()
    }

    fn list(&self, place: u32) -> &Arc<Verified<EndorsementList>> {
        &self.lists[place as usize].document
    }

    /// Takes a list for the one of its feed.
    fn put(&mut self, NewList { place: known, document }: NewList) {
        let place = known.unwrap_or_else(|| place_of(self.lists.len()));
        let mut reading = Reading::new();
        let mut entries = Vec::new();
        let index = reading.list(place, &document, &mut entries);
        let Reading { names, issuers, sources, .. } = reading;
        let servers = self.names.number(names, ServerName::clone);
        let issuers = self.issuers.number(issuers, IssuerId::clone);
        let sources = self.sources.number(sources, |source| Arc::from(source));
        self.endorsements.grow(self.names.len());
        self.observations.grow(self.names.len());
        self.claims.grow(self.names.len());
        let index = index.renumbered(&issuers, &servers);

        let mut edges: BTreeMap<Id, Option<Edge>> = BTreeMap::new();
        match known {
            Some(_) => {
                let before = std::mem::replace(&mut self.lists[place as usize], index);
                edges.extend(before.servers.iter().map(|server| (*server, None)));
            }
            None => {
                self.lists.push(index);
                let at = self.list_order.partition_point(|other| self.is_before(*other, place));
                self.list_order.insert(at, place);
            }
        }
        edges.extend(
            entries.into_iter().map(|(server, edge)| {
                (servers.of(server), Some(edge.renumbered(&issuers, &sources)))
            }),
        );
        let mut of_server = Vec::new();
        for (server, edge) in edges {
            of_server.clear();
            of_server.extend(self.edges(server).iter().filter(|other| other.list != place));
            if let Some(edge) = edge {
                let is_before = |other: &Edge| self.is_before(other.list, place);
                of_server.insert(of_server.partition_point(is_before), edge);
            }
            self.endorsements.set(server, &of_server);
        }
    }

    /// Whether a list comes before another in the order of feeds.
    fn is_before(&self, list: u32, other: u32) -> bool {
        in_feed_order(self.list(list), self.list(other)) == Ordering::Less
    }
}

/// Whether these are the very documents, in the same order.
fn are_same<'a, T: 'a>(
    here: impl ExactSizeIterator<Item = &'a Arc<Verified<T>>>,
    given: &[Arc<Verified<T>>],
) -> bool {
    here.len() == given.len() && here.zip(given).all(|(here, given)| Arc::ptr_eq(here, given))
}
