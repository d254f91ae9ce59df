//! The documents that a view is made of, and an index of them that all communities share.

mod groups;
mod numbers;
mod renewal;

use std::cmp::Ordering;
use std::num::NonZeroU32;
use std::sync::Arc;

use wellspring_document::{
    Body, Date, Endorsement, EndorsementList, IssuerId, Link, Observation, ObservationReport,
    Opinion, Profile, RegistrationFlow, ServerName, Software, Timestamp, Verdict, Verified,
};

use crate::contest::KeyContest;
use crate::sample::{Named, Sample};
use groups::Groups;
use numbers::{Numbered, Numbers, Renumbered};

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
    /// The places of the lists, by issuer id and source.
    list_order: Vec<u32>,
    reports: Vec<ReportIndex>,
    lineage: Lineage,
    names: Numbered<ServerName>,
    issuers: Numbered<IssuerId>,
    /// What lists and entries were taken from.
    sources: Numbered<Arc<str>>,
    /// How many of all these there were when this was made from nothing.
    numbers_at_first: usize,
    endorsements: Groups<Edge>,
    observations: Groups<Sample>,
    claims: Groups<Claim>,
    programs: Vec<Program>,
    flows: Vec<Arc<[RegistrationFlow]>>,
}

/// A mark: corpora with the same one have the same profiles and reports, and in them the same
/// numbers stand for the same names.
#[derive(Debug, Clone)]
pub(crate) struct Lineage(Arc<()>);

impl PartialEq for Lineage {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The number of a server, issuer or source. Which of two is the smaller says nothing: what
/// comes later has the larger one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id(NonZeroU32);

impl Id {
    fn new(index: usize) -> Self {
        Self(NonZeroU32::MIN.saturating_add(place_of(index)))
    }

    /// The place of what the number stands for, from 0.
    pub(crate) const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A place among things of which many lie side by side.
pub(crate) fn place_of(index: usize) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "all that has places takes many bytes, so there cannot be 2^32 of it"
    )]
    let place = index as u32;
    place
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
    /// With the numbers of issuers and sources that stand for those given before.
    fn renumbered(self, issuers: &Renumbered, sources: &Renumbered) -> Self {
        Self {
            issuer: self.issuer.map(|issuer| issuers.of(issuer)),
            source: self.source.map(|source| sources.of(source)),
            ..self
        }
    }

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
    /// The servers that the entries name, in their order.
    pub(crate) servers: Arc<[Id]>,
}

impl ListIndex {
    /// With the numbers of issuers and servers that stand for those given before.
    fn renumbered(self, issuers: &Renumbered, servers: &Renumbered) -> Self {
        let opinions = self.opinions.into_iter();
        Self {
            document: self.document,
            issuer: issuers.of(self.issuer),
            opinions: opinions.map(|(about, opinion)| (issuers.of(about), opinion)).collect(),
            servers: self.servers.iter().map(|server| servers.of(*server)).collect(),
        }
    }
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
        let mut edges = Vec::with_capacity(lists.iter().map(|it| it.body().entries.len()).sum());
        let list_indexes: Vec<_> =
            (0..).zip(&lists).map(|(place, it)| reading.list(place, it, &mut edges)).collect();
        let samples = reading.samples(&reports);
        let claims = reading.claims(&profiles);
        for report in &reports {
            reading.issuers.id(report.issuer());
        }
        let report_index = |document| ReportIndex { document: Arc::clone(document) };
        let report_indexes = reports.iter().map(report_index).collect();

        let (names, server_ids) = reading.names.in_order();
        let (issuers, issuer_ids) = reading.issuers.in_order();
        let (sources, source_ids) = reading.sources.in_order();
        let (programs, program_ids) = reading.programs.in_order();
        let (flows, flow_ids) = reading.flows.in_order();
        let renumbered = |list: ListIndex| list.renumbered(&issuer_ids, &server_ids);
        let list_indexes: Vec<_> = list_indexes.into_iter().map(renumbered).collect();
        let endorsements =
            Groups::new(&server_ids, edges, |edge: Edge| edge.renumbered(&issuer_ids, &source_ids));
        let observations = Groups::new(&server_ids, samples, |sample| Sample {
            program: sample.program.map(|program| program_ids.of(program)),
            flows: sample.flows.map(|set| flow_ids.of(set)),
            sight_issuer: sample.sight_issuer.map(|issuer| issuer_ids.of(issuer)),
            ..sample
        });
        let claims = Groups::new(&server_ids, claims, |claim| Claim {
            issuer: issuer_ids.of(claim.issuer),
            ..claim
        });
        let programs = self::programs(&programs);
        let flows = flows.iter().map(|flows| Arc::from(*flows)).collect();
        let names: Vec<_> = names.into_iter().map(ServerName::written_anew).collect();
        let issuers: Vec<_> = issuers.into_iter().cloned().collect();
        let sources: Vec<Arc<str>> = sources.into_iter().map(Arc::from).collect();
        Self {
            now,
            contests: Vec::new(),
            profiles,
            list_order: (0..).take(list_indexes.len()).collect(),
            lists: list_indexes,
            reports: report_indexes,
            lineage: Lineage(Arc::new(())),
            numbers_at_first: names.len() + issuers.len() + sources.len(),
            names: Numbered::of_ordered(names),
            issuers: Numbered::of_ordered(issuers),
            sources: Numbered::of_ordered(sources),
            endorsements,
            observations,
            claims,
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
    pub(crate) fn servers(&self) -> &[Id] {
        self.names.order()
    }

    pub(crate) fn name(&self, server: Id) -> &ServerName {
        self.names.get(server)
    }

    /// The place of every server among [`Corpus::servers`], by its number.
    pub(crate) fn places_by_name(&self) -> Vec<u32> {
        let mut places = vec![0; self.names.len()];
        for (place, server) in (0..).zip(self.servers()) {
            places[server.index()] = place;
        }
        places
    }

    pub(crate) fn issuer(&self, issuer: Id) -> &IssuerId {
        self.issuers.get(issuer)
    }

    /// The number of an issuer, where any document has to do with it.
    pub(crate) fn issuer_id(&self, issuer: &IssuerId) -> Option<Id> {
        self.issuers.id(issuer)
    }

    pub(crate) fn list_indexes(&self) -> &[ListIndex] {
        &self.lists
    }

    pub(crate) fn report_indexes(&self) -> &[ReportIndex] {
        &self.reports
    }

    /// How many sources lists and entries were taken from.
    pub(crate) fn sources(&self) -> usize {
        self.sources.len()
    }

    pub(crate) const fn lineage(&self) -> &Lineage {
        &self.lineage
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
    if documents.is_sorted_by(|earlier, later| in_feed_order(earlier, later) == Ordering::Less) {
        return documents;
    }
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

/// The order of two documents of one kind by their feeds: by issuer id and subject.
fn in_feed_order<T: Body>(one: &Verified<T>, other: &Verified<T>) -> Ordering {
    one.issuer().cmp(other.issuer()).then_with(|| one.subject().cmp(&other.subject()))
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

    /// The index of the list at `place`; what its entries say comes behind what is in `edges`.
    fn list(
        &mut self,
        place: u32,
        document: &'a Arc<Verified<EndorsementList>>,
        edges: &mut Vec<(Id, Edge)>,
    ) -> ListIndex {
        let EndorsementList { entries, curators, .. } = document.body();
        let of_list = adoption_day(document);
        let source = adopted_source(document).map(|source| self.sources.id(source));
        let mut servers = Vec::with_capacity(entries.len());
        for (index, entry) in (0..).zip(entries) {
            let server = self.names.id(&entry.server_name);
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
            edges.push((server, edge));
            servers.push(server);
        }
        let opinions = curators.iter();
        ListIndex {
            document: Arc::clone(document),
            issuer: self.issuers.id(document.issuer()),
            opinions: opinions.map(|it| (self.issuers.id(&it.issuer), it.opinion)).collect(),
            servers: servers.into(),
        }
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
