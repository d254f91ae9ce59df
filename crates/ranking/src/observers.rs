//! Whose measurements a community believes, and what they say together.

use std::collections::BTreeMap;
use std::sync::Arc;

use wellspring_document::{Checks, Sight, Software, Timestamp};

use crate::corpus::{Corpus, Id, ReportIndex};
use crate::number::Fraction;
use crate::policy::Policy;
use crate::sample::Sample;
use crate::software::ReleaseStanding;
use crate::view::{
    Agreed, Answered, DocumentState, Measured, MeasuredUptime, Tally, TrustedObserver,
};

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
        corpus.samples(server).iter().filter_map(move |sample| {
            let by = self.by_report[sample.report as usize].as_ref()?;
            Some(Observed { by, sample, report: &corpus.report_indexes()[sample.report as usize] })
        })
    }
}

/// What several observers measured, taken together. Who only looked for a profile measured
/// nothing.
pub(crate) fn measured(
    corpus: &Corpus,
    releases: &[Option<ReleaseStanding>],
    observed: &[Observed<'_>],
) -> Option<Measured> {
    let observers = observed.iter().filter(|it| it.sample.measures_anything()).count();
    if observers == 0 {
        return None;
    }
    let each = || observed.iter().map(|it| it.sample);
    let measurements = || each().filter(|it| it.measures_anything());
    let (software, release) = software(corpus, releases, observed).unzip();
    Some(Measured {
        observers: count(observers),
        observed_at: measurements().map(|it| it.observed_at).max(),
        first_seen_at: each().filter_map(|it| it.first_seen_at).min(),
        client_reachable: tally(each().filter_map(|it| it.client_reachable)),
        federation_reachable: tally(each().filter_map(|it| it.federation_reachable)),
        latency_ms: median(each().filter_map(|it| it.latency_ms), Better::Smaller),
        tls_expires_at: median(each().filter_map(|it| it.tls_expires_at), Better::Larger),
        ipv6: tally(each().filter_map(|it| it.ipv6)),
        room_directory: tally(each().filter_map(|it| it.room_directory)),
        registration: agreed(each().filter_map(|it| Some((it.registration?, it.registration?)))),
        registration_flows: agreed(each().filter_map(|it| Some((it.flows?, it.flows?))))
            .map(|agreed| agreed.map(|flows| Arc::clone(&corpus.flows()[flows.index()]))),
        software,
        release: release.flatten(),
        uptime: MeasuredUptime {
            day: answered(each().filter_map(|it| it.uptime.day)),
            week: answered(each().filter_map(|it| it.uptime.week)),
            month: answered(each().filter_map(|it| it.uptime.month)),
            quarter: answered(each().filter_map(|it| it.uptime.quarter)),
        },
    })
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

/// Which of two values speaks better for a server.
#[derive(Clone, Copy)]
enum Better {
    Smaller,
    Larger,
}

/// So many values are sorted without a place in memory of their own.
const FEW: usize = 16;

/// The middle one of the values; of an even number the better one of the middle two.
fn median<T: Ord + Copy>(values: impl Iterator<Item = T> + Clone, better: Better) -> Option<T> {
    let count = values.clone().count();
    let mut few = [None; FEW];
    let mut many = Vec::new();
    let places = match few.get_mut(..count) {
        Some(places) => places,
        None => {
            many.resize(count, None);
            &mut many
        }
    };
    for (place, value) in places.iter_mut().zip(values) {
        *place = Some(value);
    }
    places.sort_unstable();
    let last = count.checked_sub(1)?;
    match better {
        Better::Smaller => places[last / 2],
        Better::Larger => places[count / 2],
    }
}

fn answered(checks: impl Iterator<Item = Checks> + Clone) -> Option<Answered> {
    let share = |it: Checks| Fraction::of(it.answered, it.made);
    Some(Answered {
        share: median(checks.clone().map(share), Better::Larger)?,
        checks: median(checks.clone().map(|it| it.made), Better::Larger)?,
        observers: count(checks.count()),
    })
}

/// Of values with their keys, the first one with the key on which more than half agree.
fn agreed<T, K: PartialEq>(values: impl Iterator<Item = (K, T)> + Clone) -> Option<Agreed<T>> {
    // Each key strikes out one of another. One that more than half have is what is left.
    let mut left: Option<(K, u32)> = None;
    let mut of = 0;
    for (key, _) in values.clone() {
        of += 1;
        left = match left {
            Some((same, count)) if same == key => Some((same, count + 1)),
            Some((other, count)) if count > 1 => Some((other, count - 1)),
            Some(_) => None,
            None => Some((key, 1)),
        };
    }
    let (common, _) = left?;
    let mut agreeing = values.filter(|(key, _)| *key == common);
    let (_, value) = agreeing.next()?;
    let agree = 1 + count(agreeing.count());
    (agree * 2 > of).then_some(Agreed { value, tally: Tally { agree, of } })
}

/// The software by its name. Of the versions that the table of releases knows it is the
/// median by how outdated they are, of an even number the newer one of the middle two;
/// where it knows none, that of the newest observation.
fn software(
    corpus: &Corpus,
    releases: &[Option<ReleaseStanding>],
    observed: &[Observed<'_>],
) -> Option<(Agreed<Arc<Software>>, Option<ReleaseStanding>)> {
    let program = |it: &Observed<'_>| Some(&corpus.programs()[it.sample.program?.index()]);
    let families = observed.iter().filter_map(program).map(|it| (it.family, it.family));
    let family = agreed(families)?;
    let of_family = || {
        let found = observed.iter().filter_map(|it| Some((it, it.sample.program?)));
        found.filter(|(_, program)| corpus.programs()[program.index()].family == family.value)
    };
    let known = of_family().filter_map(|(it, program)| {
        let outdated_days = releases[program.index()]?.outdated_days;
        Some((outdated_days, std::cmp::Reverse(it.sample.observed_at), program))
    });
    let program = match median(known, Better::Smaller) {
        Some((_, _, program)) => program,
        None => of_family().max_by_key(|(it, _)| it.sample.observed_at)?.1,
    };
    let software = Arc::clone(&corpus.programs()[program.index()].software);
    Some((family.map(|_| software), releases[program.index()]))
}
