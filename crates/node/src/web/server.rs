//! The page of one server: every reason, every document.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::{IntoResponse, Redirect};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wellspring_document::profile::{RegistrationMode, Reply};
use wellspring_document::{Endorsement, IssuerId, Kind, Observation, ServerName};
use wellspring_ranking::{
    ContestedIssuer, CriterionAnswer, Difference, DocumentRef, Fraction, Points, RankedServer,
    Reason, Said, TrustedCurator, TrustedObserver, UnlistedServer, View, Waiting, differences,
};
use wellspring_store::{Change, DocumentRecord, DocumentStatus, Feed};

use crate::status::SourceStatus;
use crate::web::criteria::{Ahead, FamilyAnswers};
use crate::web::failure::PageFailure;
use crate::web::layout::{Layout, Subject, has_places};
use crate::web::list::unknown_thousandths;
use crate::web::reader::Foreign;
use crate::web::sections::{Sections, section};
use crate::web::{Community, address, respond};
use crate::{CommunityView, Snapshot};

/// How many profiles that were signed for one name are listed, beside the one that counts:
/// anybody can sign them.
const MOST_PROFILES: usize = 20;

/// How many changes are listed.
const MOST_CHANGES: usize = 30;

pub(super) async fn show(
    State(community): State<Community>,
    name: Result<Path<String>, PathRejection>,
    request: HeaderMap,
) -> Result<Response<Body>, PageFailure> {
    let Path(name) = name.map_err(|_| PageFailure::NotFound)?;
    let server_name = parsed(&name).ok_or(PageFailure::NotFound)?;
    let snapshot = community.node.snapshot();
    let here = community.view_in(&snapshot)?;
    if server_name.as_str() != name {
        let address = address::server(&here.path, &server_name);
        return Ok(Redirect::permanent(&address).into_response());
    }
    if let Some(server) = here.view.server(&server_name) {
        let records = community.node.profiles_of(server_name.clone(), MOST_PROFILES).await;
        let changes = community.node.changes_of(server_name.clone(), MOST_CHANGES).await;
        let contradicting = community.node.contradicting(speaking(server, &here.view)).await;
        let log = Log {
            profiles: records.map_err(|error| PageFailure::internal(&error))?,
            contradicting: contradicting.map_err(|error| PageFailure::internal(&error))?,
            changes: changes.map_err(|error| PageFailure::internal(&error))?,
        };
        let layout = Layout::new(&community, &snapshot, here, Subject::Server(&server.server_name));
        let page = ServerPage::new(layout, &snapshot, server, &log);
        return respond::page(&request, StatusCode::OK, &page);
    }
    let layout = Layout::new(&community, &snapshot, here, Subject::Server(&server_name));
    let unlisted = here.view.unlisted(&server_name);
    let fetched = snapshot.sources.server(&server_name);
    let page = AbsentPage { layout, server_name: &server_name, unlisted, fetched };
    respond::page(&request, StatusCode::NOT_FOUND, &page)
}

/// The picture of a server, where its profile or a curator gives one. Pages cannot hold it
/// themselves: the content security policy takes pictures from addresses of this node only.
pub(super) async fn logo(
    State(community): State<Community>,
    name: Result<Path<String>, PathRejection>,
    request: HeaderMap,
) -> Result<Response<Body>, PageFailure> {
    let Path(name) = name.map_err(|_| PageFailure::NotFound)?;
    let snapshot = community.node.snapshot();
    let here = community.view_in(&snapshot)?;
    let server = parsed(&name).and_then(|name| here.view.server(&name));
    let about = server.and_then(|server| section(server, |it| it.about));
    let logo = about.and_then(|about| about.value.logo.as_ref()).ok_or(PageFailure::NotFound)?;
    // A logo is `data:image/png;base64,` and a picture that was decoded when it was read.
    let (_, encoded) = logo.as_str().split_once(',').ok_or(PageFailure::NotFound)?;
    let png = STANDARD.decode(encoded).map_err(|error| PageFailure::internal(&error))?;
    Ok(respond::revalidated(&request, StatusCode::OK, HeaderValue::from_static("image/png"), png))
}

/// The server name that was asked for: people write capital letters, documents do not.
fn parsed(name: &str) -> Option<ServerName> {
    ServerName::parse(&name.to_ascii_lowercase()).ok()
}

/// What the store remembers of a server.
pub(super) struct Log {
    /// The profiles that were signed for its name, whoever did.
    pub(super) profiles: Vec<DocumentRecord>,
    /// What the issuers of the lists and reports that speak of it signed with the number of
    /// the document that counts.
    pub(super) contradicting: Vec<DocumentRecord>,
    /// What changed in what is said about it, newest first.
    pub(super) changes: Vec<Change>,
}

/// A server that a community does not list: unknown to it, or unlisted.
#[derive(Template)]
#[template(path = "server/absent.html", whitespace = "minimize")]
struct AbsentPage<'a> {
    layout: Layout<'a>,
    server_name: &'a ServerName,
    unlisted: Option<&'a UnlistedServer>,
    /// What came of asking for its profile, where the node does.
    fetched: Option<&'a SourceStatus>,
}

#[derive(Template)]
#[template(path = "server/page.html", whitespace = "minimize")]
pub(super) struct ServerPage<'a> {
    layout: Layout<'a>,
    server: &'a RankedServer,
    name: Option<Foreign<'a>>,
    sections: Sections<'a>,
    /// Where the keys of its operator lead two ways.
    contest: Option<&'a ContestedIssuer>,
    summands: Vec<Summand<'a>>,
    voices: Vec<Voice<'a>>,
    other_replies: Vec<&'a Reply>,
    measurements: Vec<Measurement<'a>>,
    elsewhere: Vec<Elsewhere<'a>>,
    documents: Vec<DocumentLine<'a>>,
    changes: &'a [Change],
    /// What came of asking for its profile, where the node does.
    fetched: Option<&'a SourceStatus>,
}

/// One line of the sum that makes the score.
struct Summand<'a> {
    reason: Reason<'a>,
    /// For an endorsement that earned points: how many were still open before it.
    open: Option<Points>,
}

/// What one curator says of the server.
struct Voice<'a> {
    reason: Reason<'a>,
    said: Said<'a>,
    entry: &'a Endorsement,
    href: String,
    replies: Vec<&'a Reply>,
    /// Whether the entry names the keys that the server is confirmed to have.
    is_bound: bool,
}

/// What one observer measured.
struct Measurement<'a> {
    observer: &'a TrustedObserver,
    observation: &'a Observation,
}

/// The server as another community of this node sees it.
struct Elsewhere<'a> {
    name: Foreign<'a>,
    href: String,
    server: Option<&'a RankedServer>,
    /// Its place there, where any server stands ahead of another.
    place: Option<u32>,
    moved: Vec<Moved<'a>>,
}

/// A reason that counts otherwise in another community.
struct Moved<'a> {
    reason: Reason<'a>,
    here: Option<Points>,
    there: Option<Points>,
    /// How much the one whose reason it is is trusted here, and there.
    trust_here: Option<Fraction>,
    trust_there: Option<Fraction>,
}

/// A signed document behind the page.
struct DocumentLine<'a> {
    kind: Kind,
    by: Foreign<'a>,
    issuer: &'a IssuerId,
    reference: DocumentRef,
    /// What the store says of it. A list or report without a record counts.
    record: Option<&'a DocumentRecord>,
    is_expired: bool,
    /// Whether it is signed by somebody else than the confirmed owner of the name.
    is_strangers: bool,
    /// Whether the page shows it as the server's own word, whatever counts for others.
    counts_here: bool,
}

impl<'a> ServerPage<'a> {
    pub(super) fn new(
        layout: Layout<'a>,
        snapshot: &'a Snapshot,
        server: &'a RankedServer,
        log: &'a Log,
    ) -> Self {
        let sections = Sections::of(server);
        let owner = server.profile.owner.as_ref();
        let name = sections.about.as_ref().and_then(|about| about.value.name.as_ref());
        let voices: Vec<_> = server
            .reasons()
            .filter_map(|reason| Voice::of(&layout, &sections, server, reason))
            .collect();
        let answered: Vec<_> = voices.iter().flat_map(|voice| voice.replies.clone()).collect();
        let measurements = measurements(layout.view(), &server.server_name);
        Self {
            name: name.map(|name| layout.reader.pick(name)),
            contest: owner.and_then(|owner| layout.view().contest(owner)),
            summands: summands(layout.view(), server),
            other_replies: sections.other_replies(&answered),
            elsewhere: elsewhere(&layout, snapshot, server),
            documents: documents(&layout, server, &measurements, log),
            changes: &log.changes,
            fetched: snapshot.sources.server(&server.server_name),
            sections,
            voices,
            measurements,
            server,
            layout,
        }
    }

    /// The wait of the server, where it is not over.
    fn waiting(&self) -> Option<Waiting> {
        self.server.waiting().filter(|waiting| !waiting.is_over)
    }

    fn unknown_thousandths(&self) -> u32 {
        unknown_thousandths(self.layout.view(), self.server)
    }

    fn logo(&self) -> Option<String> {
        self.sections.about.as_ref()?.value.logo.as_ref()?;
        Some(address::logo(&self.layout.here.path, &self.server.server_name))
    }

    /// Whether it takes nobody at the moment.
    fn is_paused(&self) -> bool {
        let registration = self.sections.registration.as_ref();
        let intake = registration.and_then(|shown| shown.value.intake.as_ref());
        let today = self.layout.view().now.date();
        intake.is_some_and(|intake| {
            intake.paused == Some(true) || intake.accepting_until.is_some_and(|until| until < today)
        })
    }

    /// Whether somebody whom nobody there knows can get an account now, as far as anybody
    /// says.
    fn can_register(&self) -> bool {
        let registration = self.sections.registration.as_ref();
        let mode = registration.and_then(|shown| shown.value.mode);
        !self.is_paused()
            && !matches!(mode, Some(RegistrationMode::Invite | RegistrationMode::Closed))
    }

    fn families(&self) -> Vec<FamilyAnswers> {
        FamilyAnswers::of(self.server)
    }

    fn ahead(&self) -> Ahead {
        Ahead::of(self.server, &self.layout.view().policy)
    }

    fn finding(&self, answer: &CriterionAnswer) -> String {
        self.layout.reader.tell(&(answer.criterion, answer.answer))
    }

    /// The categories that ask for a criterion here: "A", "A and B" or nothing.
    fn needed_for(&self, answer: &CriterionAnswer) -> &'static str {
        let categories = &self.layout.view().policy.categories;
        let asks = |criteria: &[_]| criteria.contains(&answer.criterion);
        match (asks(&categories.a), asks(&categories.b)) {
            (true, true) => "A and B",
            (true, false) => "A",
            (false, true) => "B",
            (false, false) => "",
        }
    }

    fn adverse(&self) -> impl Iterator<Item = &Voice<'a>> {
        self.voices.iter().filter(|voice| self.layout.is_adverse(&voice.reason))
    }
}

impl<'a> Voice<'a> {
    fn of(
        layout: &Layout<'a>,
        sections: &Sections<'a>,
        server: &RankedServer,
        reason: Reason<'a>,
    ) -> Option<Self> {
        let said = reason.said?;
        let entry = said.entry()?;
        let list = said.by.list.as_ref().map(|list| list.identity());
        Some(Self {
            reason,
            said,
            entry,
            is_bound: entry.issuer.is_some() && entry.issuer == server.profile.owner,
            href: layout.curator_address(said.by),
            replies: sections.replies_to(&said.by.issuer, list),
        })
    }
}

/// The lines of the sum. Each endorsement earns its share of what the ones before it left
/// open, so each says how much that was.
fn summands<'a>(view: &View, server: &'a RankedServer) -> Vec<Summand<'a>> {
    let mut open = Points::from_tenths(i32::from(view.policy.points.endorsement) * 10);
    let line = |reason: Reason<'a>| {
        let earns = reason.code.is_counted_endorsement();
        let before = earns.then_some(open);
        if earns {
            open = open - reason.points;
        }
        Summand { reason, open: before }
    };
    server.reasons().map(line).collect()
}

fn measurements<'a>(view: &'a View, name: &ServerName) -> Vec<Measurement<'a>> {
    let of = |observer: &'a Arc<TrustedObserver>| {
        let entries = &observer.report.as_ref()?.body().entries;
        let observation = entries.iter().find(|entry| entry.server_name == *name)?;
        Some(Measurement { observer, observation })
    };
    view.observers.iter().filter_map(of).collect()
}

fn elsewhere<'a>(
    layout: &Layout<'a>,
    snapshot: &'a Snapshot,
    server: &'a RankedServer,
) -> Vec<Elsewhere<'a>> {
    let seen_by = |other: &'a CommunityView| {
        let there = other.view.server(&server.server_name);
        Elsewhere {
            name: layout.reader.pick(&other.community.name),
            href: match there {
                Some(there) => address::server(&other.path, &there.server_name),
                None => address::list(&other.path),
            },
            server: there,
            place: there.map(|there| there.rank).filter(|_| has_places(&other.view)),
            moved: there
                .map(|there| differences(server, there))
                .unwrap_or_default()
                .iter()
                .filter_map(Moved::by)
                .collect(),
        }
    };
    let others = snapshot.communities.iter().filter(|other| !std::ptr::eq(*other, layout.here));
    others.map(seen_by).collect()
}

impl<'a> Moved<'a> {
    fn by(difference: &Difference<'a>) -> Option<Self> {
        let Difference { here, there } = *difference;
        let points = |reason: Option<Reason<'_>>| reason.map(|reason| reason.points);
        let trust = |reason: Option<Reason<'_>>| Some(reason?.said?.by.trust);
        Some(Self {
            reason: here.or(there)?,
            here: points(here),
            there: points(there),
            trust_here: trust(here),
            trust_there: trust(there),
        })
    }
}

fn documents<'a>(
    layout: &Layout<'a>,
    server: &'a RankedServer,
    measurements: &[Measurement<'a>],
    log: &'a Log,
) -> Vec<DocumentLine<'a>> {
    let now = layout.view().now;
    let owner = server.profile.owner.as_ref();
    let own = server.profile.document.as_deref();
    let profile = |issuer: &'a IssuerId, reference: DocumentRef, record| DocumentLine {
        kind: Kind::Profile,
        by: Foreign::unstated(issuer.as_str()),
        issuer,
        reference,
        record,
        is_expired: reference.expires_at <= now,
        is_strangers: owner != Some(issuer),
        counts_here: false,
    };
    let own_line = own.map(|own| {
        let record = log.profiles.iter().find(|record| record.bytes_hash == own.bytes_hash());
        let line = profile(own.issuer(), DocumentRef::of(own), record);
        DocumentLine { counts_here: server.declared().is_some(), ..line }
    });
    let other_profiles = log
        .profiles
        .iter()
        .filter(|record| own.is_none_or(|own| own.bytes_hash() != record.bytes_hash))
        .map(|record| profile(&record.feed.issuer, reference_to(record), Some(record)));
    let signed = |kind, by, issuer, reference: DocumentRef| DocumentLine {
        kind,
        by,
        issuer,
        reference,
        record: None,
        is_expired: reference.expires_at <= now,
        is_strangers: false,
        counts_here: false,
    };
    let curators = server.reasons().filter_map(|reason| Some(&**reason.said?.by));
    let lists = curators.filter_map(|curator: &'a TrustedCurator| {
        let reference = DocumentRef::of(curator.list.as_deref()?);
        let by = layout.reader.curator(curator);
        Some(signed(Kind::EndorsementList, by, &curator.issuer, reference))
    });
    let reports = measurements.iter().filter_map(|measurement| {
        let observer = measurement.observer;
        let reference = DocumentRef::of(observer.report.as_deref()?);
        let by = layout.reader.observer(observer);
        Some(signed(Kind::ObservationReport, by, &observer.issuer, reference))
    });
    let contradicting = log.contradicting.iter().map(|record| {
        let by = layout.reader.issuer(&record.feed.issuer, layout.view());
        let line = signed(record.feed.kind, by, &record.feed.issuer, reference_to(record));
        DocumentLine { record: Some(record), ..line }
    });
    let profiles = own_line.into_iter().chain(other_profiles);
    profiles.chain(lists).chain(reports).chain(contradicting).collect()
}

/// The feeds of the lists and reports that speak of a server.
fn speaking(server: &RankedServer, view: &View) -> Vec<Feed> {
    let lists = server.reasons().filter_map(|reason| {
        let list = reason.said?.by.list.as_deref()?;
        let (issuer, subject) = (list.issuer().clone(), list.subject());
        Some(Feed { kind: Kind::EndorsementList, issuer, subject })
    });
    let reports = view.observers.iter().filter_map(|observer| {
        let report = observer.report.as_deref()?;
        let speaks = |entry: &Observation| entry.server_name == server.server_name;
        let (issuer, subject) = (report.issuer().clone(), report.subject());
        report.body().entries.iter().any(speaks).then_some(Feed {
            kind: Kind::ObservationReport,
            issuer,
            subject,
        })
    });
    lists.chain(reports).collect()
}

const fn reference_to(record: &DocumentRecord) -> DocumentRef {
    DocumentRef {
        identity: record.identity,
        bytes_hash: record.bytes_hash,
        sequence: record.sequence,
        issued_at: record.issued_at,
        expires_at: record.expires_at,
    }
}

impl DocumentLine<'_> {
    /// Whether its name no longer serves it, and nothing newer.
    fn is_withdrawn(&self) -> bool {
        self.record.is_some_and(|record| {
            record.status == DocumentStatus::Current && record.superseded_at.is_some()
        })
    }

    /// Whether only its hash is left.
    fn is_erased(&self) -> bool {
        self.record.is_some_and(|record| record.size.is_none())
    }
}
