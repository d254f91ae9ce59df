//! The order of the list.

use std::sync::Arc;

use wellspring_document::Timestamp;

use crate::corpus::{Corpus, Id};
use crate::lasting::holds_until;
use crate::number::Points;
use crate::terms::Terms;
use crate::view::{Assessment, Assessments, RankedServer};

/// Of what was found of a server, what decides about its place and about looking at it again:
/// a few numbers, side by side for all servers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Brief {
    pub(crate) server: Id,
    pub(crate) holds_until: Timestamp,
    score: Points,
    is_rejected: bool,
    has_profile: bool,
}

impl Brief {
    pub(crate) fn of(server: Id, assessment: &Assessment, terms: &Terms) -> Self {
        Self {
            server,
            holds_until: holds_until(assessment, terms),
            score: assessment.score,
            is_rejected: assessment.is_rejected(),
            has_profile: assessment.profile.document.is_some(),
        }
    }

    /// By what servers are put in order before their names: those that are not rejected first,
    /// then the higher score.
    fn standing(&self) -> u32 {
        const REJECTED: u32 = 1 << 31;
        let less = (i32::MAX - self.score.tenths().max(0)).unsigned_abs();
        if self.is_rejected { REJECTED | less } else { less }
    }
}

/// A server on its way to its place: the first in the list is the least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    /// Its standing and its place among all names of the corpus, as one number, which is compared
    /// in one step.
    key: u64,
    /// Its number among the findings or, where it is kept from a view before, its place there.
    number: u32,
    is_kept: bool,
}

impl Candidate {
    fn of(brief: &Brief, name: u32, number: u32, is_kept: bool) -> Self {
        Self { key: u64::from(brief.standing()) << 32 | u64::from(name), number, is_kept }
    }

    /// As [`Brief::standing`].
    const fn standing(self) -> u32 {
        (self.key >> 32) as u32
    }

    const fn name(self) -> usize {
        (self.key & 0xffff_ffff) as usize
    }
}

/// The servers of a list, in their places.
pub(crate) struct Order {
    pub(crate) servers: Vec<RankedServer>,
    /// The places of the servers, by name.
    pub(crate) by_name: Vec<u32>,
    /// How many of the servers have a profile.
    pub(crate) profiles: usize,
}

/// Puts what was found of servers in order, together with those `before` for whom what was
/// found then is kept.
pub(crate) fn in_order(
    corpus: &Corpus,
    terms: &Arc<Terms>,
    found: Assessments,
    before: &[RankedServer],
    is_kept: impl Fn(Id) -> bool,
) -> Order {
    let names = corpus.places_by_name();
    let candidate = |(number, brief): (u32, &Brief), is_kept| {
        Candidate::of(brief, names[brief.server.index()], number, is_kept)
    };
    let kept = (0..).zip(before).map(|(place, server)| (place, server.brief()));
    let kept = kept.filter(|(_, brief)| is_kept(brief.server));
    let profiles = kept.clone().filter(|(_, brief)| brief.has_profile).count()
        + found.briefs.iter().filter(|brief| brief.has_profile).count();
    let mut order: Vec<_> = kept.map(|it| candidate(it, true)).collect();
    let mut new: Vec<_> = (0..).zip(&found.briefs).map(|it| candidate(it, false)).collect();
    new.sort_unstable();
    order.extend(new);
    // Of two parts that are in order each, this makes one without sorting them again.
    order.sort();
    let found = Arc::new(found);
    let mut by_name = vec![None; names.len()];
    let mut servers: Vec<RankedServer> = Vec::with_capacity(order.len());
    let mut shared = None;
    let mut rank = 1;
    for (place, candidate) in (0..).zip(order) {
        let Candidate { number, is_kept, .. } = candidate;
        by_name[candidate.name()] = Some(place);
        if shared != Some(candidate.standing()) {
            (shared, rank) = (Some(candidate.standing()), place + 1);
        }
        let (number, assessments) = if is_kept {
            let server = &before[number as usize];
            (server.number, &server.assessments)
        } else {
            (number, &found)
        };
        let (assessments, terms) = (Arc::clone(assessments), Arc::clone(terms));
        servers.push(RankedServer { rank, number, assessments, terms });
    }
    Order { servers, by_name: by_name.into_iter().flatten().collect(), profiles }
}
