//! Whose measurements a community believes.

use std::collections::BTreeMap;
use std::sync::Arc;

use wellspring_document::{Sight, Timestamp};

use crate::corpus::{Corpus, Id, ReportIndex};
use crate::policy::Policy;
use crate::sample::Sample;
use crate::view::{DocumentState, TrustedObserver};

/// The observers whom a policy trusts in a corpus.
pub(crate) struct Observers {
    /// Who observes through each report of the corpus, by the place of the report: their place
    /// in `all`. Nobody observes through the report of a stranger, nor through an expired one,
    /// but for the node's own.
    by_report: Vec<Option<u32>>,
    /// As [`View::observers`](crate::View::observers).
    pub(crate) all: Vec<Arc<TrustedObserver>>,
}

/// What one trusted observer says of a server.
#[derive(Clone, Copy)]
pub(crate) struct Observed<'a> {
    pub(crate) by: &'a Arc<TrustedObserver>,
    /// The place of the observer among those of the view.
    pub(crate) place: u32,
    pub(crate) sample: &'a Sample,
    report: &'a ReportIndex,
}

impl<'a> Observed<'a> {
    /// What the observer found at the address of the profile.
    pub(crate) fn sight(&self) -> Option<&'a Sight> {
        if !self.sample.has_sight {
            return None;
        }
        self.report.document.body().entries[self.sample.entry as usize].profile.as_ref()
    }
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
        let heard: BTreeMap<_, _> = (0..)
            .zip(&all)
            .filter(|(_, observer)| observer.state == DocumentState::Live || observer.is_own)
            .map(|(place, observer)| (&observer.issuer, place))
            .collect();
        let by_report = corpus
            .report_indexes()
            .iter()
            .map(|report| heard.get(report.document.issuer()).copied())
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
        corpus.samples(server).iter().filter_map(move |sample| {
            let place = self.by_report[sample.report as usize]?;
            let by = &self.all[place as usize];
            let report = &corpus.report_indexes()[sample.report as usize];
            Some(Observed { by, place, sample, report })
        })
    }
}
