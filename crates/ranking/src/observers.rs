//! Whose measurements a community believes, and what they say together.

use std::collections::BTreeMap;
use std::sync::Arc;

use wellspring_document::{Observation, Software, Timestamp};

use crate::corpus::{Corpus, Id};
use crate::policy::Policy;
use crate::view::{Agreed, DocumentState, Measured, Tally, TrustedObserver};

/// The observers whom a policy trusts in a corpus.
pub(crate) struct Observers {
    /// Who observes through each report of the corpus, by the place of the report. Nobody
    /// observes through the report of a stranger, nor through an expired one, but for the
    /// node's own.
    by_report: Vec<Option<Arc<TrustedObserver>>>,
    /// As [`View::observers`](crate::View::observers).
    pub(crate) all: Vec<Arc<TrustedObserver>>,
}

/// What one trusted observer says of a server.
#[derive(Clone, Copy)]
pub(crate) struct Observed<'a> {
    pub(crate) by: &'a Arc<TrustedObserver>,
    pub(crate) observation: &'a Observation,
    /// The issuer of the profile in the sight.
    pub(crate) sight_issuer: Option<Id>,
}

impl Observers {
    pub(crate) fn new(policy: &Policy, corpus: &Corpus, now: Timestamp) -> Self {
        let mut issuers: Vec<_> = policy
            .observers
            .iter()
            .chain(&policy.own)
            .map(|issuer| (policy.own.as_ref() != Some(issuer), issuer))
            .collect();
        issuers.sort_unstable();
        issuers.dedup();

        let reports: BTreeMap<_, _> = corpus
            .report_indexes()
            .iter()
            .map(|report| (report.document.issuer(), &report.document))
            .collect();
        let all: Vec<_> = issuers
            .into_iter()
            .map(|(is_other, issuer)| {
                let report = reports.get(issuer);
                let state = match report {
                    None => DocumentState::Missing,
                    Some(report) if report.is_expired(now) => DocumentState::Expired,
                    Some(_) => DocumentState::Live,
                };
                Arc::new(TrustedObserver {
                    issuer: issuer.clone(),
                    is_own: !is_other,
                    state,
                    report: report.map(|report| Arc::clone(report)),
                })
            })
            .collect();
        let heard: BTreeMap<_, _> = all
            .iter()
            .filter(|observer| observer.state == DocumentState::Live || observer.is_own)
            .map(|observer| (&observer.issuer, observer))
            .collect();
        let by_report = corpus
            .report_indexes()
            .iter()
            .map(|report| heard.get(report.document.issuer()).map(|it| Arc::clone(it)))
            .collect();
        Self { by_report, all }
    }

    /// What the trusted observers say of a server, by issuer id.
    pub(crate) fn observed<'a>(
        &'a self,
        corpus: &'a Corpus,
        server: Id,
    ) -> impl Iterator<Item = Observed<'a>> {
        self.heard(corpus, server).filter(|it| it.by.state == DocumentState::Live)
    }

    /// What the node itself said of a server in a report that has expired since. It counts
    /// for nothing but the wishes of operators not to be listed.
    pub(crate) fn said_before<'a>(
        &'a self,
        corpus: &'a Corpus,
        server: Id,
    ) -> Option<Observed<'a>> {
        self.heard(corpus, server).find(|it| it.by.state == DocumentState::Expired)
    }

    fn heard<'a>(&'a self, corpus: &'a Corpus, server: Id) -> impl Iterator<Item = Observed<'a>> {
        corpus.places(server).iter().filter_map(move |place| {
            let by = self.by_report[place.report as usize].as_ref()?;
            let report = &corpus.report_indexes()[place.report as usize];
            let entry = place.entry as usize;
            Some(Observed {
                by,
                observation: &report.document.body().entries[entry],
                sight_issuer: report.sight_issuers[entry],
            })
        })
    }
}

/// What several observers measured, taken together. Who only looked for a profile measured
/// nothing.
pub(crate) fn measured(observed: &[Observed<'_>]) -> Option<Measured> {
    let measurements: Vec<_> =
        observed.iter().map(|it| it.observation).filter(|it| measures_anything(it)).collect();
    if measurements.is_empty() {
        return None;
    }
    let each = || measurements.iter().copied();
    let mut latencies: Vec<_> = each().filter_map(|it| it.latency_ms).collect();
    latencies.sort_unstable();
    let median = latencies.len().checked_sub(1).map(|last| latencies[last / 2]);
    Some(Measured {
        observers: count(measurements.len()),
        observed_at: each().map(|it| it.observed_at).max(),
        client_reachable: tally(each().filter_map(|it| it.client_reachable)),
        federation_reachable: tally(each().filter_map(|it| it.federation_reachable)),
        latency_ms: median,
        registration: agreed(each().filter_map(|it| it.registration), |mode| *mode),
        software: software(&measurements),
    })
}

const fn measures_anything(observation: &Observation) -> bool {
    observation.client_reachable.is_some()
        || observation.federation_reachable.is_some()
        || observation.latency_ms.is_some()
        || observation.registration.is_some()
        || observation.software.is_some()
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn tally(answers: impl Iterator<Item = bool>) -> Option<Tally> {
    let mut tally = Tally { agree: 0, of: 0 };
    for answer in answers {
        tally.of += 1;
        tally.agree += u32::from(answer);
    }
    (tally.of > 0).then_some(tally)
}

/// The value with the key on which more than half agree; of equal keys the first value.
fn agreed<T, K: Ord>(values: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> Option<Agreed<T>> {
    let mut counted: BTreeMap<K, (T, u32)> = BTreeMap::new();
    let mut of = 0;
    for value in values {
        of += 1;
        counted.entry(key(&value)).or_insert((value, 0)).1 += 1;
    }
    let (value, agree) = counted.into_values().find(|(_, agree)| agree * 2 > of)?;
    Some(Agreed { value, tally: Tally { agree, of } })
}

/// The software by its name, in the version that the newest observation gives.
fn software(measurements: &[&Observation]) -> Option<Agreed<Software>> {
    let mut newest_first = measurements.to_vec();
    newest_first.sort_by_key(|observation| std::cmp::Reverse(observation.observed_at));
    let values = newest_first.iter().filter_map(|observation| observation.software.as_ref());
    let agreed = agreed(values, |software| software.name.as_str().to_ascii_lowercase())?;
    Some(Agreed { value: agreed.value.clone(), tally: agreed.tally })
}
