//! What several observers measured of a server, taken together.

use std::cmp::Reverse;
use std::sync::Arc;

use wellspring_document::{Software, Timestamp};

use crate::corpus::{Corpus, Id};
use crate::number::Fraction;
use crate::observers::Observed;
use crate::sample::SampledChecks;
use crate::software::{ReleaseStanding, standing};
use crate::terms::Terms;
use crate::view::{Agreed, Answered, Measured, MeasuredUptime, Tally};

/// Takes measurements together, server by server.
pub(crate) struct Measuring<'a> {
    corpus: &'a Corpus,
    /// Where each program of the corpus stands among the releases of its project.
    releases: Vec<Option<ReleaseStanding>>,
    numbers: Sorter<u32>,
    shares: Sorter<Fraction>,
    times: Sorter<Timestamp>,
    versions: Sorter<(u32, Reverse<Timestamp>, Id)>,
}

impl<'a> Measuring<'a> {
    pub(crate) fn new(terms: &Terms, corpus: &'a Corpus) -> Self {
        let Terms { policy, now, .. } = terms;
        let programs = corpus.programs().iter();
        Self {
            corpus,
            releases: programs.map(|it| standing(&it.software, &policy.service, *now)).collect(),
            numbers: Sorter::new(),
            shares: Sorter::new(),
            times: Sorter::new(),
            versions: Sorter::new(),
        }
    }

    /// What the observers of one server measured. Who only looked for a profile measured
    /// nothing.
    pub(crate) fn measured(&mut self, observed: &[Observed<'_>]) -> Option<Measured> {
        let each = || observed.iter().map(|it| it.sample);
        let measurements = || each().filter(|it| it.measures_anything());
        let observers = measurements().count();
        if observers == 0 {
            return None;
        }
        let (software, release) = self.software(observed).unzip();
        let latency = each().filter_map(|it| it.latency_ms);
        let certificate = each().filter_map(|it| it.tls_expires_at);
        let flows = agreed(each().filter_map(|it| Some((it.flows?, it.flows?))));
        Some(Measured {
            observers: count(observers),
            observed_at: measurements().map(|it| it.observed_at).max(),
            first_seen_at: each().filter_map(|it| it.first_seen_at).min(),
            client_reachable: tally(each().filter_map(|it| it.client_reachable)),
            federation_reachable: tally(each().filter_map(|it| it.federation_reachable)),
            latency_ms: self.numbers.median(latency, Better::Smaller),
            tls_expires_at: self.times.median(certificate, Better::Larger),
            ipv6: tally(each().filter_map(|it| it.ipv6)),
            room_directory: tally(each().filter_map(|it| it.room_directory)),
            registration: agreed(
                each().filter_map(|it| Some((it.registration?, it.registration?))),
            ),
            registration_flows: flows
                .map(|agreed| agreed.map(|flows| Arc::clone(&self.corpus.flows()[flows.index()]))),
            software,
            release: release.flatten(),
            uptime: MeasuredUptime {
                day: self.answered(each().filter_map(|it| it.uptime.day)),
                week: self.answered(each().filter_map(|it| it.uptime.week)),
                month: self.answered(each().filter_map(|it| it.uptime.month)),
                quarter: self.answered(each().filter_map(|it| it.uptime.quarter)),
            },
        })
    }

    fn answered(
        &mut self,
        checks: impl Iterator<Item = SampledChecks> + Clone,
    ) -> Option<Answered> {
        let made = self.numbers.median(checks.clone().map(|it| it.made), Better::Larger)?;
        let share = self.shares.median(checks.map(|it| it.share), Better::Larger)?;
        Some(Answered { share, checks: made, observers: count(self.shares.0.len()) })
    }

    /// The software by its name. Of the versions that the table of releases knows it is the
    /// median by how outdated they are, of an even number the newer one of the middle two;
    /// where it knows none, that of the newest observation.
    fn software(
        &mut self,
        observed: &[Observed<'_>],
    ) -> Option<(Agreed<Arc<Software>>, Option<ReleaseStanding>)> {
        let Self { corpus, releases, versions, .. } = self;
        let program = |it: &Observed<'_>| Some(&corpus.programs()[it.sample.program?.index()]);
        let families = observed.iter().filter_map(program).map(|it| (it.family, it.family));
        let family = agreed(families)?;
        let of_family = || {
            let found = observed.iter().filter_map(|it| Some((it, it.sample.program?)));
            found.filter(|(_, program)| corpus.programs()[program.index()].family == family.value)
        };
        let known = of_family().filter_map(|(it, program)| {
            let outdated_days = releases[program.index()]?.outdated_days;
            Some((outdated_days, Reverse(it.sample.observed_at), program))
        });
        let program = match versions.median(known, Better::Smaller) {
            Some((_, _, program)) => program,
            None => of_family().max_by_key(|(it, _)| it.sample.observed_at)?.1,
        };
        let software = Arc::clone(&corpus.programs()[program.index()].software);
        Some((family.map(|_| software), releases[program.index()]))
    }
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

/// Room for sorting values; kept from server to server to save allocations.
struct Sorter<T>(Vec<T>);

impl<T: Ord + Copy> Sorter<T> {
    const fn new() -> Self {
        Self(Vec::new())
    }

    /// The middle one of the values; of an even number the better one of the middle two.
    fn median(&mut self, values: impl Iterator<Item = T>, better: Better) -> Option<T> {
        self.0.clear();
        self.0.extend(values);
        self.0.sort_unstable();
        let last = self.0.len().checked_sub(1)?;
        let middle = match better {
            Better::Smaller => last / 2,
            Better::Larger => last.div_ceil(2),
        };
        self.0.get(middle).copied()
    }
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
