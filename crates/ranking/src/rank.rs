//! From policy, documents and time to a view.

use std::sync::{Arc, OnceLock};

use wellspring_document::{IssuerId, Timestamp};

use crate::contest::ContestedIssuer;
use crate::contradiction::contradictions;
use crate::corpus::{Corpus, Id, place_of};
use crate::criteria::{Asked, category, earn_transparency};
use crate::endorsement::{Scales, charge};
use crate::measuring::Measuring;
use crate::number::Points;
use crate::observers::{Observed, Observers};
use crate::order::{Brief, Order, in_order};
use crate::ownership::{Evidence, Ownership};
use crate::policy::Policy;
use crate::reason::{Line, ReasonCode};
use crate::service::Service;
use crate::terms::Terms;
use crate::trust::Trusted;
use crate::view::{
    Assessment, Assessments, Category, DocumentCounts, ProfileStatus, RankedServer, UnlistedServer,
    View,
};
use crate::waiting::Known;

/// Ranks the servers that a corpus knows, for one community at the moment of the corpus.
///
/// In the list are the servers that a trusted list names, and those whose profile the name
/// itself or a curator at or above the veto trust confirms; not those that do not want to
/// be. It is ordered by score, the higher first, then by server name; behind all others
/// come those that a curator at or above the veto trust rejects.
///
/// The same documents, policy and `now` give the same view, byte for byte, in whatever
/// order the corpus was given the documents. What issuers without trust say changes
/// nothing.
///
/// ```
/// use wellspring_document::Timestamp;
/// use wellspring_ranking::{Corpus, Policy, rank};
///
/// let now: Timestamp = "2026-11-22T10:00:00Z".parse()?;
/// let view = rank(&Policy::default(), &Corpus::new(vec![], vec![], vec![], now));
/// assert!(view.servers.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rank(policy: &Policy, corpus: &Corpus) -> View {
    Standpoint::of(policy, corpus).view_of_all()
}

/// Whom a community believes in a corpus, and by which rules it ranks.
pub(crate) struct Standpoint<'a> {
    pub(crate) corpus: &'a Corpus,
    pub(crate) observers: Observers,
    pub(crate) trusted: Trusted,
    /// As [`View::named`].
    pub(crate) named: Vec<Option<Arc<[Id]>>>,
    pub(crate) terms: Arc<Terms>,
}

/// What was found of servers, by name.
pub(crate) struct Found {
    pub(crate) assessments: Assessments,
    pub(crate) unlisted: Vec<UnlistedServer>,
}

impl<'a> Standpoint<'a> {
    pub(crate) fn of(policy: &Policy, corpus: &'a Corpus) -> Self {
        let now = corpus.now();
        let observers = Observers::new(policy, corpus, now);
        let trusted = Trusted::new(policy, corpus, now);
        let (curators, all) = (trusted.curators.clone(), observers.all.clone());
        let terms = Arc::new(Terms::new(policy, now, curators, all));
        Self { corpus, observers, named: named(corpus, &trusted), trusted, terms }
    }

    pub(crate) fn view_of_all(self) -> View {
        let Found { assessments, unlisted } = self.assess(self.corpus.servers());
        let order = in_order(self.corpus, &self.terms, assessments, &[], |_| false);
        self.view(order, unlisted, 0)
    }

    /// What is found of these servers, which are in the order of their names.
    pub(crate) fn assess(&self, servers: &[Id]) -> Found {
        let Self { corpus, observers, trusted, terms, .. } = self;
        let entries = trusted.entries(corpus).min(servers.len() * trusted.curators.len());
        let lines = entries + servers.len() * Line::MOST_WITHOUT_WORDS;
        let mut ranking = Ranking {
            terms,
            corpus,
            now: terms.now,
            observers,
            trusted,
            measuring: Measuring::new(terms, corpus),
            service: Service::new(terms),
            scales: Scales::new(&terms.policy, corpus, trusted, terms.now),
            observed: Vec::new(),
            found: Found {
                assessments: Assessments::with_capacity(servers.len(), lines),
                unlisted: Vec::new(),
            },
        };
        servers.iter().for_each(|server| ranking.assess(*server));
        let Found { mut assessments, unlisted } = ranking.found;
        assessments.shrink_to_fit();
        Found { assessments, unlisted }
    }

    /// The view of these servers; of the last number see [`View::replaced`].
    pub(crate) fn view(self, order: Order, unlisted: Vec<UnlistedServer>, replaced: usize) -> View {
        let Self { corpus, observers, trusted, named, terms } = self;
        let Order { servers, by_name, profiles } = order;
        View {
            now: terms.now,
            policy: terms.policy.clone(),
            contested: contested(&terms.policy, corpus, (&trusted, &observers), &servers),
            documents: documents(profiles, &trusted, &observers),
            curators: trusted.curators,
            distrusted: trusted.distrusted,
            observers: observers.all,
            servers,
            unlisted,
            by_name,
            lineage: corpus.lineage().clone(),
            named,
            replaced,
            pool: OnceLock::new(),
        }
    }
}

fn named(corpus: &Corpus, trusted: &Trusted) -> Vec<Option<Arc<[Id]>>> {
    let mut named = vec![None; trusted.curators.len()];
    for (list, index) in (0..).zip(corpus.list_indexes()) {
        if let Some(speaker) = trusted.speaker(list) {
            named[speaker.place as usize] = Some(Arc::clone(&index.servers));
        }
    }
    named
}

struct Ranking<'a> {
    terms: &'a Arc<Terms>,
    corpus: &'a Corpus,
    now: Timestamp,
    observers: &'a Observers,
    trusted: &'a Trusted,
    measuring: Measuring<'a>,
    service: Service<'a>,
    scales: Scales<'a>,
    /// Kept from server to server to save allocations.
    observed: Vec<Observed<'a>>,
    found: Found,
}

impl Ranking<'_> {
    /// Finds what there is to say of one server; nothing where nobody who is trusted names it
    /// and no profile is confirmed as its own.
    fn assess(&mut self, server: Id) {
        let mut observed = std::mem::take(&mut self.observed);
        observed.clear();
        observed.extend(self.observers.observed(self.corpus, server));
        self.assess_observed(server, &observed);
        self.observed = observed;
    }

    fn assess_observed(&mut self, server: Id, observed: &[Observed<'_>]) {
        let ownership = self.ownership(server, observed);
        let is_owned =
            matches!(ownership.standing.status, ProfileStatus::Confirmed | ProfileStatus::Expired);
        if !is_owned && !ownership.is_unlisted && !self.is_named(server) {
            return;
        }
        let measured = self.measuring.measured(observed);
        let lines = &mut self.found.assessments.lines;
        let start = lines.len();
        let weight = self.scales.weigh(server, &ownership, lines);
        let before_service = lines.len();
        lines.extend(self.service.reasons(measured.as_ref()));
        let service: Points = lines[before_service..].iter().map(|line| line.points).sum();
        lines.push(Line::unknown(ReasonCode::TransparencyUnknown));
        self.scales.silent_reasons(ownership.owner, lines);
        let server_name = self.corpus.name(server).clone();
        if ownership.is_unlisted {
            let adverse = lines.drain(start..).filter(|line| line.code.is_adverse());
            let lines = adverse.collect();
            let terms = Arc::clone(self.terms);
            return self.found.unlisted.push(UnlistedServer {
                server_name,
                id: server,
                lines,
                terms,
            });
        }
        let known = Known { corpus: self.corpus, trusted: self.trusted, now: self.now };
        let waited = known.waiting(server, &weight, &ownership, observed);
        let mut assessment = Assessment {
            server_name,
            score: Points::ZERO,
            category: Category::C,
            waited,
            lines: (place_of(start), place_of(lines.len())),
            is_rejected: lines[start].code == ReasonCode::RejectionVeto,
            contradictions: Box::default(),
            profile: ownership.standing,
            measured,
            keys: weight.keys,
            has_facts: weight.has_facts,
            has_findings: weight.has_findings,
        };
        if let (Some(declared), Some(measured)) = (assessment.declared(), &assessment.measured) {
            assessment.contradictions = contradictions(declared, measured);
        }
        let lines = &mut lines[start..];
        let earned = weight.earned + service + earn_transparency(&assessment, lines, self.terms);
        assessment.score = charge(lines, earned);
        assessment.category = category(Asked { server: &assessment, lines, terms: self.terms });
        self.found.assessments.briefs.push(Brief::of(server, &assessment, self.terms));
        self.found.assessments.servers.push(assessment);
    }

    fn ownership(&self, server: Id, observed: &[Observed<'_>]) -> Ownership {
        let Self { corpus, trusted, now, .. } = *self;
        let said_before = self.observers.said_before(corpus, server);
        Evidence { corpus, trusted, now, server, observed, said_before }.ownership()
    }

    /// Whether a trusted list names the server.
    fn is_named(&self, server: Id) -> bool {
        self.corpus.edges(server).iter().any(|edge| self.trusted.speaker(edge.list).is_some())
    }
}

/// The issuers with contested keys of whom the view says something. What strangers do with
/// their keys changes no byte of it.
fn contested(
    policy: &Policy,
    corpus: &Corpus,
    (trusted, observers): (&Trusted, &Observers),
    servers: &[RankedServer],
) -> Vec<ContestedIssuer> {
    let is_of_interest = |issuer: &IssuerId| {
        trusted.curators.iter().any(|curator| curator.issuer == *issuer)
            || observers.all.iter().any(|observer| observer.issuer == *issuer)
            || servers.iter().any(|server| server.profile.owner.as_ref() == Some(issuer))
    };
    let contests = corpus.contests().iter().filter(|contest| is_of_interest(&contest.issuer));
    contests.map(|contest| ContestedIssuer::of(contest, &policy.contests)).collect()
}

fn documents(profiles: usize, trusted: &Trusted, observers: &Observers) -> DocumentCounts {
    let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
    let lists = trusted.curators.iter().filter(|curator| curator.list.is_some());
    let reports = observers.all.iter().filter(|observer| observer.report.is_some());
    DocumentCounts {
        profiles: count(profiles),
        endorsement_lists: count(lists.count()),
        observation_reports: count(reports.count()),
    }
}
