//! From a view to the one that comes of it when some lists change.

use std::sync::Arc;

use crate::corpus::{Corpus, Day, Id};
use crate::order::in_order;
use crate::policy::Policy;
use crate::rank::{Found, Standpoint};
use crate::view::{TrustedCurator, TrustedObserver, UnlistedServer, View};

/// As [`rank`](crate::rank()), the same view byte for byte, and sooner where little changed
/// since a view `before`: then only those servers are looked at that are named by a list which
/// changed, and those for whom time brought a change. To put all of them in order takes a few
/// simple steps for each beside that.
///
/// All servers are looked at on another day (UTC); where the policy is another one; where
/// other documents than lists changed, or `corpus` was not made by [`Corpus::renewed`] from
/// that of the view before; where a list changed whom the community trusts and how much, or a
/// document of those expired; and where, since all were looked at, more than half of them were
/// so one by one: what was found before stays in memory until then.
pub fn rank_again(policy: &Policy, corpus: &Corpus, before: &View) -> View {
    let standpoint = Standpoint::of(policy, corpus);
    match Touched::since(before, &standpoint) {
        Some(touched) => touched.view(before, standpoint),
        None => standpoint.view_of_all(),
    }
}

/// The servers of which something else may be found than before.
struct Touched {
    /// By the number of the server.
    is_touched: Vec<bool>,
    count: usize,
}

impl Touched {
    /// Nothing where it can be all of them, or as well be.
    fn since(before: &View, now: &Standpoint<'_>) -> Option<Self> {
        if *now.corpus.lineage() != before.lineage || !is_believed_alike(before, now) {
            return None;
        }
        let mut touched = Self { is_touched: vec![false; now.corpus.servers().len()], count: 0 };
        let briefs = before.servers.iter().map(|server| server.brief());
        let ended = briefs.filter(|brief| brief.holds_until <= now.terms.now);
        ended.for_each(|brief| touched.touch(brief.server));
        for (named, earlier) in now.named.iter().zip(&before.named) {
            let is_same = match (named, earlier) {
                (Some(named), Some(earlier)) => Arc::ptr_eq(named, earlier),
                _ => named.is_none() && earlier.is_none(),
            };
            if !is_same {
                let servers = [named, earlier].into_iter().flatten().flat_map(|servers| &**servers);
                servers.for_each(|server| touched.touch(*server));
            }
        }
        (before.replaced + touched.count <= before.servers.len() / 2).then_some(touched)
    }

    fn touch(&mut self, server: Id) {
        let is_touched = &mut self.is_touched[server.index()];
        self.count += usize::from(!*is_touched);
        *is_touched = true;
    }

    fn is_touched(&self, server: Id) -> bool {
        self.is_touched[server.index()]
    }

    fn view(&self, before: &View, now: Standpoint<'_>) -> View {
        let servers =
            now.corpus.servers().iter().copied().filter(|server| self.is_touched(*server));
        let Found { assessments, unlisted } = now.assess(&servers.collect::<Vec<_>>());
        let is_kept = |server| !self.is_touched(server);
        let order = in_order(now.corpus, &now.terms, assessments, &before.servers, is_kept);
        let kept = before.unlisted.iter().filter(|server| is_kept(server.id));
        let kept =
            kept.map(|server| UnlistedServer { terms: Arc::clone(&now.terms), ..server.clone() });
        let mut unlisted: Vec<_> = kept.chain(unlisted).collect();
        unlisted.sort_unstable_by(|one, other| one.server_name.cmp(&other.server_name));
        now.view(order, unlisted, before.replaced + self.count)
    }
}

/// Whether everybody whom the community believes is the same as before and counts as much, on
/// the same day and by the same rules; whatever their lists say.
fn is_believed_alike(before: &View, now: &Standpoint<'_>) -> bool {
    let at = now.terms.now;
    let mut curators = now.trusted.curators.iter().zip(&before.curators);
    let mut observers = now.observers.all.iter().zip(&before.observers);
    before.now <= at
        && Day::of(before.now) == Day::of(at)
        && before.policy == now.terms.policy
        && before.curators.len() == now.trusted.curators.len()
        && before.observers.len() == now.observers.all.len()
        && curators.all(|(now, before)| is_same_curator(now, before))
        && observers.all(|(now, before)| is_same_observer(now, before))
}

fn is_same_curator(now: &TrustedCurator, before: &TrustedCurator) -> bool {
    let TrustedCurator { issuer, adopted_from, called, trust, has_veto, path, state, list: _ } =
        now;
    *issuer == before.issuer
        && *adopted_from == before.adopted_from
        && *called == before.called
        && *trust == before.trust
        && *has_veto == before.has_veto
        && *path == before.path
        && *state == before.state
}

fn is_same_observer(now: &TrustedObserver, before: &TrustedObserver) -> bool {
    let TrustedObserver { issuer, is_own, state, report: _ } = now;
    *issuer == before.issuer && *is_own == before.is_own && *state == before.state
}
