//! The documents that a view is made of, and an index of them that all communities share.

use std::collections::HashMap;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;

use wellspring_document::{
    Body, Date, Endorsement, EndorsementList, IssuerId, Link, Observation, ObservationReport,
    Opinion, Profile, RegistrationFlow, ServerName, Software, Timestamp, Verdict, Verified,
};

use crate::contest::KeyContest;
use crate::sample::{Named, Sample};

/// The current documents of a node at one moment, with an index of what they say about whom.
///
/// Building it costs time in proportion to the documents; after that each community is
/// ranked from the index alone, in which names, issuers and sources are small numbers.
#[derive(Debug)]
pub struct Corpus {
    now: Timestamp,
    contests: Vec<KeyContest>,
    profiles: Vec<Arc<Verified<Profile>>>,
    lists: Vec<ListIndex>,
    reports: Vec<ReportIndex>,
    names: Vec<ServerName>,
    issuers: Vec<IssuerId>,
    endorsements: Groups<Edge>,
    observations: Groups<Sample>,
    claims: Groups<Claim>,
    sources: usize,
    programs: Vec<Program>,
    flows: Vec<Arc<[RegistrationFlow]>>,
}

/// The number of a server, issuer or source. Numbers of one kind are given in the order of
/// what they stand for: the smaller issuer id has the smaller number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(NonZeroU32);

impl Id {
    fn new(index: usize) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "everything numbered takes far more than one byte of memory, \
                      so there cannot be 2^32 of it"
        )]
        let number = index as u32;
        Self(NonZeroU32::MIN.saturating_add(number))
    }

    /// The place of what the number stands for, from 0.
    pub(crate) const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A day, as the number of days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(NonZeroU32);

const SECONDS_PER_DAY: i64 = 86_400;

impl Day {
    pub(crate) fn of(time: Timestamp) -> Self {
        let days = u32::try_from(time.unix() / SECONDS_PER_DAY).unwrap_or(0);
        Self(NonZeroU32::MIN.saturating_add(days))
    }

    fn of_date(date: Date) -> Self {
        Self::of(date.midnight())
    }

    /// The first second of the day.
    pub(crate) fn midnight(self) -> Timestamp {
        let days = i64::from(self.0.get() - 1);
        Timestamp::MIN.plus_seconds(days * SECONDS_PER_DAY)
    }

    /// The days from `earlier` to this one; none where `earlier` is later.
    pub(crate) const fn since(self, earlier: Self) -> u32 {
        self.0.get().saturating_sub(earlier.0.get())
    }
}

/// What of an entry decides about points: a few numbers, so that a million fit into the
/// time of a page view.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    /// The place of the list in the corpus.
    pub(crate) list: u32,
    /// The place of the entry in the list.
    pub(crate) entry: u32,
    /// The issuer to which the entry is bound.
    pub(crate) issuer: Option<Id>,
    /// The list from which the entry was taken.
    pub(crate) source: Option<Id>,
    /// The day of the last review, or of what stands in for it.
    pub(crate) reviewed: Option<Day>,
    /// The day since which the curator has known the server, where the entry or what stands
    /// in for it has a date. When the list was signed says nothing: that moves each time.
    pub(crate) known: Option<Day>,
    /// The day from which the entry no longer counts.
    pub(crate) expires: Option<Day>,
    pub(crate) verdict: Verdict,
    /// Whether the entry gives sections of a profile.
    pub(crate) has_facts: bool,
    /// Whether the entry says what the curator found, criterion by criterion.
    pub(crate) has_findings: bool,
}

impl Edge {
    /// Whether the entry itself has not expired.
    pub(crate) fn is_live(&self, today: Day) -> bool {
        self.expires.is_none_or(|day| today < day)
    }
}

/// A list of the corpus.
#[derive(Debug)]
pub(crate) struct ListIndex {
    pub(crate) document: Arc<Verified<EndorsementList>>,
    pub(crate) issuer: Id,
    /// The opinions about other curators.
    pub(crate) opinions: Vec<(Id, Opinion)>,
}

/// A report of the corpus.
#[derive(Debug)]
pub(crate) struct ReportIndex {
    pub(crate) document: Arc<Verified<ObservationReport>>,
}

/// A program in one version, as observers name it. Thousands of servers run the same one.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) software: Arc<Software>,
    /// The same for all versions of it, however its name is capitalised.
    pub(crate) family: u32,
}

/// A profile that claims a name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) issuer: Id,
    profile: u32,
}

impl Corpus {
    /// An index of the documents of every feed that are current at `now`, in any order.
    /// Documents that have expired belong to them; those from the future of `now` are passed
    /// over ([`Verified::is_from_the_future`]).
    ///
    /// Of several documents of one feed only the newest is used; of those with one place
    /// in the feed, the one with the smallest identity (design: equivocation).
    pub fn new(
        profiles: Vec<Arc<Verified<Profile>>>,
        lists: Vec<Arc<Verified<EndorsementList>>>,
        reports: Vec<Arc<Verified<ObservationReport>>>,
        now: Timestamp,
    ) -> Self {
        let profiles = current(profiles, now);
        let lists = current(lists, now);
        let reports = current(reports, now);
        let mut reading = Reading::new();
        let edges = reading.edges(&lists);
        let samples = reading.samples(&reports);
        let claims = reading.claims(&profiles);
        let mut list_indexes: Vec<_> = lists.iter().map(|it| reading.list_index(it)).collect();
        for report in &reports {
            reading.issuers.id(report.issuer());
        }
        let report_index = |document| ReportIndex { document: Arc::clone(document) };
        let report_indexes = reports.iter().map(report_index).collect();

        let names = reading.names.in_order();
        let issuers = reading.issuers.in_order();
        let programs = reading.programs.in_order();
        let flows = reading.flows.in_order();
        for list in &mut list_indexes {
            list.issuer = issuers.place(list.issuer);
            list.opinions.iter_mut().for_each(|(about, _)| *about = issuers.place(*about));
        }
        let endorsements = Groups::new(&names, edges, |edge| Edge {
            issuer: edge.issuer.map(|issuer| issuers.place(issuer)),
            ..edge
        });
        let observations = Groups::new(&names, samples, |sample| Sample {
            program: sample.program.map(|program| programs.place(program)),
            flows: sample.flows.map(|set| flows.place(set)),
            sight_issuer: sample.sight_issuer.map(|issuer| issuers.place(issuer)),
            ..sample
        });
        let claims = Groups::new(&names, claims, |claim| Claim {
            issuer: issuers.place(claim.issuer),
            ..claim
        });
        let sources = reading.sources.items.len();
        let programs = self::programs(&programs.items);
        let flows = flows.items.iter().map(|flows| Arc::from(*flows)).collect();
        let names = names.items.into_iter().map(ServerName::written_anew).collect();
        let issuers = issuers.items.into_iter().cloned().collect();
        Self {
            now,
            contests: Vec::new(),
            profiles,
            lists: list_indexes,
            reports: report_indexes,
            names,
            issuers,
            endorsements,
            observations,
            claims,
            sources,
            programs,
            flows,
        }
    }

    /// The same documents, and whose keys are contested: of these issuers, the documents are
    /// those that count for a community that decided as [`KeyContest::followed`] says.
    #[must_use]
    pub fn with_contests(mut self, mut contests: Vec<KeyContest>) -> Self {
        contests.sort_by(|a, b| a.issuer.cmp(&b.issuer));
        self.contests = contests;
        self
    }

    /// The moment for which the documents are current.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// By issuer id.
    pub(crate) fn contests(&self) -> &[KeyContest] {
        &self.contests
    }

    /// The number of every server that any document names, in the order of the names.
    pub(crate) fn servers(&self) -> impl ExactSizeIterator<Item = Id> + use<> {
        (0..self.names.len()).map(Id::new)
    }

    pub(crate) fn name(&self, server: Id) -> &ServerName {
        &self.names[server.index()]
    }

    pub(crate) fn issuer(&self, issuer: Id) -> &IssuerId {
        &self.issuers[issuer.index()]
    }

    /// The number of an issuer, where any document has to do with it.
    pub(crate) fn issuer_id(&self, issuer: &IssuerId) -> Option<Id> {
        self.issuers.binary_search(issuer).ok().map(Id::new)
    }

    pub(crate) fn list_indexes(&self) -> &[ListIndex] {
        &self.lists
    }

    pub(crate) fn report_indexes(&self) -> &[ReportIndex] {
        &self.reports
    }

    /// How many sources lists and entries were taken from.
    pub(crate) const fn sources(&self) -> usize {
        self.sources
    }

    /// Every program that an observer names, by name and version.
    pub(crate) fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// Every set of ways to register that an observer found.
    pub(crate) fn flows(&self) -> &[Arc<[RegistrationFlow]>] {
        &self.flows
    }

    /// What all lists say about a server, by issuer id and source of the list.
    pub(crate) fn edges(&self, server: Id) -> &[Edge] {
        self.endorsements.of(server)
    }

    /// What all observers report of a server, by issuer id of the observer.
    pub(crate) fn samples(&self, server: Id) -> &[Sample] {
        self.observations.of(server)
    }

    /// The profiles that claim the name of a server, by issuer id.
    pub(crate) fn claims(&self, server: Id) -> &[Claim] {
        self.claims.of(server)
    }

    pub(crate) fn profile(&self, claim: Claim) -> &Arc<Verified<Profile>> {
        &self.profiles[claim.profile as usize]
    }
}

/// The newest document of each feed that is there at `now`, by issuer id and subject.
fn current<T: Body>(mut documents: Vec<Arc<Verified<T>>>, now: Timestamp) -> Vec<Arc<Verified<T>>> {
    documents.retain(|document| !document.is_from_the_future(now));
    documents.sort_by_cached_key(|document| {
        let place = (document.key_version(), document.sequence());
        (
            document.issuer().clone(),
            document.subject(),
            std::cmp::Reverse(place),
            document.identity(),
            document.bytes_hash(),
        )
    });
    documents
        .dedup_by(|next, kept| next.issuer() == kept.issuer() && next.subject() == kept.subject());
    documents
}

/// Items grouped by server, in the order in which they were given.
#[derive(Debug)]
struct Groups<T> {
    /// Where the group of each server begins, and behind the last one the end.
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self { starts: Vec::new(), items: Vec::new() }
    }
}

impl<T: Copy> Groups<T> {
    /// A counting sort of items about servers that were numbered as they came, each of them
    /// `placed` on the way.
    fn new(names: &Ordered<'_, ServerName>, items: Vec<(Id, T)>, placed: impl Fn(T) -> T) -> Self {
        let mut starts = vec![0_u32; names.items.len() + 1];
        for (server, _) in &items {
            starts[names.place(*server).index() + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        let mut sorted: Vec<T> = items.iter().map(|(_, item)| *item).collect();
        for (server, item) in items {
            let place = &mut next[names.place(server).index()];
            sorted[*place as usize] = placed(item);
            *place += 1;
        }
        Self { starts, items: sorted }
    }
}

impl<T> Groups<T> {
    fn of(&self, server: Id) -> &[T] {
        let bound = |index: usize| self.starts[index] as usize;
        &self.items[bound(server.index())..bound(server.index() + 1)]
    }
}

/// Gives numbers to things as they come, each looked up once. The map is only looked into, never
/// walked.
struct Numbers<'a, T: ?Sized> {
    items: Vec<&'a T>,
    ids: HashMap<&'a T, Id>,
}

impl<'a, T: Ord + Hash + ?Sized> Numbers<'a, T> {
    fn new() -> Self {
        Self { items: Vec::new(), ids: HashMap::new() }
    }

    /// The number of a thing until all are known.
    fn id(&mut self, thing: &'a T) -> Id {
        *self.ids.entry(thing).or_insert_with(|| {
            self.items.push(thing);
            Id::new(self.items.len() - 1)
        })
    }

    /// The things in their order, and which number in that each of the numbers given stands
    /// for.
    fn in_order(self) -> Ordered<'a, T> {
        let mut order: Vec<(&T, Id)> =
            self.items.into_iter().enumerate().map(|(index, it)| (it, Id::new(index))).collect();
        order.sort_unstable();
        let mut numbers = vec![Id::new(0); order.len()];
        for (index, (_, given)) in order.iter().enumerate() {
            numbers[given.index()] = Id::new(index);
        }
        Ordered { items: order.into_iter().map(|(item, _)| item).collect(), numbers }
    }
}

/// Things in their order.
struct Ordered<'a, T: ?Sized> {
    items: Vec<&'a T>,
    numbers: Vec<Id>,
}

impl<T: ?Sized> Ordered<'_, T> {
    /// The place of what was given this number.
    fn place(&self, given: Id) -> Id {
        self.numbers[given.index()]
    }
}

/// What the documents of a corpus say about whom, in numbers that were given as they came.
struct Reading<'a> {
    names: Numbers<'a, ServerName>,
    issuers: Numbers<'a, IssuerId>,
    sources: Numbers<'a, str>,
    programs: Numbers<'a, Software>,
    flows: Numbers<'a, [RegistrationFlow]>,
}

impl<'a> Reading<'a> {
    fn new() -> Self {
        Self {
            names: Numbers::new(),
            issuers: Numbers::new(),
            sources: Numbers::new(),
            programs: Numbers::new(),
            flows: Numbers::new(),
        }
    }

    fn edges(&mut self, lists: &'a [Arc<Verified<EndorsementList>>]) -> Vec<(Id, Edge)> {
        let mut edges = Vec::with_capacity(lists.iter().map(|it| it.body().entries.len()).sum());
        for (place, list) in (0..).zip(lists) {
            let of_list = adoption_day(list);
            let source = adopted_source(list).map(|source| self.sources.id(source));
            for (index, entry) in (0..).zip(&list.body().entries) {
                let edge = Edge {
                    list: place,
                    entry: index,
                    issuer: entry.issuer.as_ref().map(|issuer| self.issuers.id(issuer)),
                    source: imported_source(entry).map(|from| self.sources.id(from)).or(source),
                    reviewed: reviewed_on(entry).or(of_list),
                    known: known_since(entry).or(of_list),
                    expires: entry.expires_at.map(Day::of_date),
                    verdict: entry.verdict,
                    has_facts: entry.facts.is_some(),
                    has_findings: !entry.criteria.is_empty(),
                };
                edges.push((self.names.id(&entry.server_name), edge));
            }
        }
        edges
    }

    fn samples(&mut self, reports: &'a [Arc<Verified<ObservationReport>>]) -> Vec<(Id, Sample)> {
        let mut samples = Vec::new();
        for (report, document) in (0..).zip(reports) {
            for (entry, observation) in (0..).zip(&document.body().entries) {
                let sample = Sample::of((report, entry), observation, self.named(observation));
                samples.push((self.names.id(&observation.server_name), sample));
            }
        }
        samples
    }

    fn named(&mut self, observation: &'a Observation) -> Named {
        let flows = observation.registration_flows.as_deref();
        Named {
            program: observation.software.as_ref().map(|software| self.programs.id(software)),
            flows: flows.map(|flows| self.flows.id(flows)),
            sight_issuer: sight_issuer(observation).map(|issuer| self.issuers.id(issuer)),
        }
    }

    fn claims(&mut self, profiles: &'a [Arc<Verified<Profile>>]) -> Vec<(Id, Claim)> {
        let claim = |(profile, document): (u32, &'a Arc<Verified<Profile>>)| {
            let claim = Claim { issuer: self.issuers.id(document.issuer()), profile };
            (self.names.id(&document.body().server_name), claim)
        };
        (0..).zip(profiles).map(claim).collect()
    }

    fn list_index(&mut self, document: &'a Arc<Verified<EndorsementList>>) -> ListIndex {
        let opinions = &document.body().curators;
        ListIndex {
            document: Arc::clone(document),
            issuer: self.issuers.id(document.issuer()),
            opinions: opinions
                .iter()
                .map(|opinion| (self.issuers.id(&opinion.issuer), opinion.opinion))
                .collect(),
        }
    }
}

fn programs(named: &[&Software]) -> Vec<Program> {
    let name = |software: &Software| software.name.as_str().to_ascii_lowercase();
    let mut families: Vec<_> = named.iter().map(|software| name(software)).collect();
    families.sort_unstable();
    families.dedup();
    let program = |software: &&Software| {
        let family = families.binary_search(&name(software)).unwrap_or_default();
        let family = u32::try_from(family).unwrap_or(u32::MAX);
        Program { software: Arc::new((*software).clone()), family }
    };
    named.iter().map(program).collect()
}

fn sight_issuer(observation: &Observation) -> Option<&IssuerId> {
    observation.profile.as_ref()?.issuer.as_ref()
}

fn adopted_source(list: &Verified<EndorsementList>) -> Option<&str> {
    list.body().adopted_from.as_ref().map(|origin| origin.source.as_str())
}

fn imported_source(entry: &Endorsement) -> Option<&str> {
    entry.imported_from.as_ref().map(Link::as_str)
}

/// The day of the last review of an entry of this list, or of what stands in for it.
pub(crate) fn reviewed(list: &Verified<EndorsementList>, entry: &Endorsement) -> Option<Day> {
    reviewed_on(entry).or_else(|| adoption_day(list))
}

fn reviewed_on(entry: &Endorsement) -> Option<Day> {
    entry.reviewed_at.map(Day::of_date)
}

/// Since when the curator has known the server, by the entry's own word.
fn known_since(entry: &Endorsement) -> Option<Day> {
    entry.known_since.into_iter().chain(entry.reviewed_at).min().map(Day::of_date)
}

/// What stands in for the dates that an entry does not give: the date of an adopted list,
/// or since when the node's operator vouches for it. A curator who gives no date has none.
fn adoption_day(list: &Verified<EndorsementList>) -> Option<Day> {
    let origin = list.body().adopted_from.as_ref()?;
    origin.list_date.or(origin.vouched_since).map(Day::of_date)
}
