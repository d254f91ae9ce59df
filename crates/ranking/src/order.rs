//! The order of the list.

use std::cmp::Reverse;
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
}

/// A server on its way to its place: the first in the list is the least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    is_rejected: bool,
    score: Reverse<Points>,
    /// Its place among all names of the corpus.
    name: u32,
    /// Its number among the findings or, where it is kept from a view before, its place there.
    number: u32,
    is_kept: bool,
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
    let candidate = |(number, brief): (u32, &Brief), is_kept| Candidate {
        is_rejected: brief.is_rejected,
        score: Reverse(brief.score),
        name: names[brief.server.index()],
        number,
        is_kept,
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
        let Candidate { is_rejected, score, name, number, is_kept } = candidate;
        by_name[name as usize] = Some(place);
        if shared != Some((is_rejected, score)) {
            (shared, rank) = (Some((is_rejected, score)), place + 1);
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
