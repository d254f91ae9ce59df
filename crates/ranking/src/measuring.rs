//! What several observers measured of a server, taken together.

use std::cmp::Reverse;
use std::num::NonZeroU16;
use std::sync::Arc;

use wellspring_document::{Software, Timestamp};

use crate::corpus::{Corpus, Id};
use crate::number::Fraction;
use crate::observers::Observed;
use crate::sample::{Sample, SampledChecks, SampledUptime};
use crate::software::{ReleaseStanding, standing};
use crate::terms::Terms;
use crate::view::{Agreed, Answered, Measured, MeasuredUptime, Tally};

/// Takes measurements together, server by server.
pub(crate) struct Measuring<'a> {
    corpus: &'a Corpus,
    /// Where each program of the corpus stands among the releases of its project.
    releases: Vec<Option<ReleaseStanding>>,
    values: Values,
    versions: Vec<(u32, Reverse<Timestamp>, Id)>,
}

impl<'a> Measuring<'a> {
    pub(crate) fn new(terms: &Terms, corpus: &'a Corpus) -> Self {
        let Terms { policy, now, .. } = terms;
        let programs = corpus.programs().iter();
        Self {
            corpus,
            releases: programs.map(|it| standing(&it.software, &policy.service, *now)).collect(),
            values: Values::default(),
            versions: Vec::new(),
        }
    }

    /// What the observers of one server measured. Who only looked for a profile measured
    /// nothing.
    pub(crate) fn measured(&mut self, observed: &[Observed<'_>]) -> Option<Measured> {
        let each = || observed.iter().map(|it| it.sample);
        let mut measured = Measured::default();
        self.values.clear();
        for sample in each() {
            if sample.measures_anything {
                measured.observers = measured.observers.saturating_add(1);
                measured.observed_at = measured.observed_at.max(Some(sample.observed_at));
            }
            self.values.add(sample);
        }
        if measured.observers == 0 {
            return None;
        }
        let (software, release) = self.software(observed).unzip();
        let Values { latencies, certificates, uptime } = &mut self.values;
        let [day, week, month, quarter] = uptime;
        let flows = agreed(each().filter_map(|it| it.flows));
        Some(Measured {
            first_seen_at: each().filter_map(|it| it.first_seen_at).min(),
            client_reachable: Tally::counted(each().filter_map(|it| it.client_reachable)),
            federation_reachable: Tally::counted(each().filter_map(|it| it.federation_reachable)),
            latency_ms: median(latencies, Better::Smaller),
            tls_expires_at: median(certificates, Better::Larger),
            ipv6: Tally::counted(each().filter_map(|it| it.ipv6)),
            room_directory: Tally::counted(each().filter_map(|it| it.room_directory)),
            registration: agreed(each().filter_map(|it| it.registration)),
            registration_flows: flows
                .map(|agreed| agreed.map(|flows| Arc::clone(&self.corpus.flows()[flows.index()]))),
            software,
            release: release.flatten(),
            uptime: MeasuredUptime {
                day: day.answered(),
                week: week.answered(),
                month: month.answered(),
                quarter: quarter.answered(),
            },
            ..measured
        })
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
        let family = agreed(observed.iter().filter_map(program).map(|it| it.family))?;
        let of_family = || {
            let found = observed.iter().filter_map(|it| Some((it, it.sample.program?)));
            found.filter(|(_, program)| corpus.programs()[program.index()].family == family.value)
        };
        versions.clear();
        versions.extend(of_family().filter_map(|(it, program)| {
            let outdated_days = releases[program.index()]?.outdated_days;
            Some((outdated_days, Reverse(it.sample.observed_at), program))
        }));
        let program = match median(versions, Better::Smaller) {
            Some((_, _, program)) => program,
            None => of_family().max_by_key(|(it, _)| it.sample.observed_at)?.1,
        };
        let software = Arc::clone(&corpus.programs()[program.index()].software);
        Some((family.map(|_| software), releases[program.index()]))
    }
}

/// More than 65,535 observers count as so many.
fn count(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// Which of two values speaks better for a server.
#[derive(Clone, Copy)]
enum Better {
    Smaller,
    Larger,
}

/// The numbers that observers measured of one server, of each its median is taken; kept from
/// server to server to save allocations.
#[derive(Default)]
struct Values {
    latencies: Vec<u32>,
    certificates: Vec<Timestamp>,
    /// By window, the shortest first.
    uptime: [Answers; 4],
}

impl Values {
    fn clear(&mut self) {
        self.latencies.clear();
        self.certificates.clear();
        for Answers { made, shares } in &mut self.uptime {
            made.clear();
            shares.clear();
        }
    }

    fn add(&mut self, sample: &Sample) {
        self.latencies.extend(sample.latency_ms);
        self.certificates.extend(sample.tls_expires_at);
        let SampledUptime { day, week, month, quarter } = sample.uptime;
        for (answers, checks) in self.uptime.iter_mut().zip([day, week, month, quarter]) {
            let Some(SampledChecks { share, made }) = checks else { continue };
            answers.made.push(made);
            answers.shares.push(share);
        }
    }
}

/// How many checks the observers made within one window, and what share of them each found
/// answered.
#[derive(Default)]
struct Answers {
    made: Vec<u32>,
    shares: Vec<Fraction>,
}

impl Answers {
    fn answered(&mut self) -> Option<Answered> {
        let observers = NonZeroU16::new(count(self.shares.len()))?;
        let checks = median(&mut self.made, Better::Larger)?;
        let share = median(&mut self.shares, Better::Larger)?;
        Some(Answered { share, checks, observers })
    }
}

/// The middle one of the values; of an even number the better one of the middle two.
fn median<T: Ord + Copy>(values: &mut [T], better: Better) -> Option<T> {
    // Most servers have few observers, for whom there is nothing to sort.
    match (&*values, better) {
        ([], _) => return None,
        ([only], _) => return Some(*only),
        ([one, other], Better::Smaller) => return Some(*one.min(other)),
        ([one, other], Better::Larger) => return Some(*one.max(other)),
        ([one, two, three], _) => return Some(*one.max(two).min(three).max(one.min(two))),
        _ => {}
    }
    let last = values.len() - 1;
    let middle = match better {
        Better::Smaller => last / 2,
        Better::Larger => last.div_ceil(2),
    };
    Some(*values.select_nth_unstable(middle).1)
}

/// The value on which more than half agree.
fn agreed<T: PartialEq + Copy>(values: impl Iterator<Item = T> + Clone) -> Option<Agreed<T>> {
    // Each value strikes out one of another. One that more than half have is what is left.
    let mut left = None;
    let mut count = 0_u32;
    for value in values.clone() {
        match left {
            Some(same) if same == value => count += 1,
            Some(_) if count > 1 => count -= 1,
            Some(_) => left = None,
            None => (left, count) = (Some(value), 1),
        }
    }
    let value = left?;
    let tally = Tally::counted(values.map(|other| other == value))?;
    tally.is_of_most().then_some(Agreed { value, tally })
}
