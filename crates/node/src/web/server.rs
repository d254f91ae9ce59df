//! The page of one server: every reason, every document.

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::{IntoResponse, Redirect};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wellspring_document::profile::Reply;
use wellspring_document::{Endorsement, IssuerId, Kind, Observation, ServerName};
use wellspring_ranking::{
    Answer, Category, Criterion, CriterionAnswer, Difference, DocumentRef, Fraction, Points,
    RankedServer, Reason, Said, TrustedCurator, TrustedObserver, UnlistedServer, View, Waiting,
    differences,
};
use wellspring_store::{Change, DocumentRecord};

use crate::web::failure::PageFailure;
use crate::web::layout::{Layout, Subject};
use crate::web::list::unknown_thousandths;
use crate::web::reader::Foreign;
use crate::web::sections::Sections;
use crate::web::{Community, address, respond};
use crate::{CommunityView, Snapshot};

/// How many profiles that were signed for one name are listed, beside the one that counts:
/// anybody can sign them.
const MOST_PROFILES: usize = 20;

/// How many changes are listed.
const MOST_CHANGES: usize = 30;

pub(super) async fn show(
    State(community): State<Community>,
    Path(name): Path<String>,
    request: HeaderMap,
) -> Result<Response<Body>, PageFailure> {
    let Some(server_name) = parsed(&name) else { return Err(PageFailure::NotFound) };
    let snapshot = community.node.snapshot();
    let here = community.view_in(&snapshot)?;
    if server_name.as_str() != name {
        let address = address::server(&here.path, &server_name);
        return Ok(Redirect::permanent(&address).into_response());
    }
    if let Some(server) = here.view.server(&server_name) {
        let records = community.node.profiles_of(server_name.clone(), MOST_PROFILES).await;
        let changes = community.node.changes_of(server_name.clone(), MOST_CHANGES).await;
        let log = Log {
            profiles: records.map_err(|error| PageFailure::internal(&error))?,
            changes: changes.map_err(|error| PageFailure::internal(&error))?,
        };
        let layout = Layout::new(&community, &snapshot, here, Subject::Server(&server.server_name));
        let page = ServerPage::new(layout, &snapshot, server, &log);
        return respond::page(&request, StatusCode::OK, &page);
    }
    let layout = Layout::new(&community, &snapshot, here, Subject::Server(&server_name));
    let unlisted = here.view.unlisted(&server_name);
    let page = AbsentPage { layout, server_name: &server_name, unlisted };
    respond::page(&request, StatusCode::NOT_FOUND, &page)
}

/// The picture of a server, where its profile or a curator gives one. Pages cannot hold it
/// themselves: the content security policy takes pictures from addresses of this node only.
pub(super) async fn logo(
    State(community): State<Community>,
    Path(name): Path<String>,
    request: HeaderMap,
) -> Result<Response<Body>, PageFailure> {
    let snapshot = community.node.snapshot();
    let here = community.view_in(&snapshot)?;
    let server = parsed(&name).and_then(|name| here.view.server(&name));
    let about = server.and_then(|server| Sections::of(server).about);
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
}

#[derive(Template)]
#[template(path = "server/page.html", whitespace = "minimize")]
pub(super) struct ServerPage<'a> {
    layout: Layout<'a>,
    server: &'a RankedServer,
    name: Option<Foreign<'a>>,
    sections: Sections<'a>,
    summands: Vec<Summand<'a>>,
    voices: Vec<Voice<'a>>,
    other_replies: Vec<&'a Reply>,
    measurements: Vec<Measurement<'a>>,
    elsewhere: Vec<Elsewhere<'a>>,
    documents: Vec<DocumentLine<'a>>,
    changes: &'a [Change],
}

/// One line of the sum that makes the score.
struct Summand<'a> {
    reason: &'a Reason,
    /// For an endorsement that earned points: how many were still open before it.
    open: Option<Points>,
}

/// What a category asks for and a server does not have.
struct Lack {
    category: Category,
    answers: Vec<CriterionAnswer>,
}

/// What one curator says of the server.
struct Voice<'a> {
    reason: &'a Reason,
    said: &'a Said,
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
    moved: Vec<Moved<'a>>,
}

/// A reason that counts otherwise in another community.
struct Moved<'a> {
    reason: &'a Reason,
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
    /// What the store says of it, for profiles: of lists and reports only those that count
    /// are here.
    record: Option<&'a DocumentRecord>,
    is_expired: bool,
    /// Whether it is signed by somebody else than the confirmed owner of the name.
    is_strangers: bool,
}

impl<'a> ServerPage<'a> {
    pub(super) fn new(
        layout: Layout<'a>,
        snapshot: &'a Snapshot,
        server: &'a RankedServer,
        log: &'a Log,
    ) -> Self {
        let sections = Sections::of(server);
        let name = sections.about.as_ref().and_then(|about| about.value.name.as_ref());
        let voices: Vec<_> = server
            .reasons
            .iter()
            .filter_map(|reason| Voice::of(&layout, &sections, server, reason))
            .collect();
        let answered: Vec<_> = voices.iter().flat_map(|voice| voice.replies.clone()).collect();
        let measurements = measurements(layout.view(), &server.server_name);
        Self {
            name: name.map(|name| layout.reader.pick(name)),
            summands: summands(layout.view(), server),
            other_replies: sections.other_replies(&answered),
            elsewhere: elsewhere(&layout, snapshot, server),
            documents: documents(&layout, server, &measurements, &log.profiles),
            changes: &log.changes,
            sections,
            voices,
            measurements,
            server,
            layout,
        }
    }

    /// The wait of the server, where it is not over.
    fn waiting(&self) -> Option<&'a Waiting> {
        self.server.waiting.as_ref().filter(|waiting| !waiting.is_over)
    }

    fn unknown_thousandths(&self) -> u32 {
        unknown_thousandths(self.layout.view())
    }

    fn logo(&self) -> Option<String> {
        self.sections.about.as_ref()?.value.logo.as_ref()?;
        Some(address::logo(&self.layout.here.path, &self.server.server_name))
    }

    /// Whether it takes nobody at the moment.
    fn is_paused(&self) -> bool {
        let registration = self.sections.registration.as_ref();
        let intake = registration.and_then(|shown| shown.value.intake.as_ref());
        intake.is_some_and(|intake| intake.paused == Some(true))
    }

    /// What keeps a server that is open to the public out of the next better category.
    fn lack(&self) -> Option<Lack> {
        let categories = &self.layout.view().policy.categories;
        let (category, asked) = match self.server.category {
            Category::B => (Category::A, &categories.a),
            Category::C => (Category::B, &categories.b),
            Category::A | Category::D | Category::NotForPublic => return None,
        };
        let answers: Vec<_> = self
            .server
            .criteria()
            .filter(|answer| asked.contains(&answer.criterion) && answer.answer != Answer::Met)
            .collect();
        (!answers.is_empty()).then_some(Lack { category, answers })
    }

    /// The categories that ask for a criterion here: "A", "A, B" or nothing.
    fn needed_for(&self, answer: &CriterionAnswer) -> &'static str {
        let categories = &self.layout.view().policy.categories;
        let asks = |criteria: &[Criterion]| criteria.contains(&answer.criterion);
        match (asks(&categories.a), asks(&categories.b)) {
            (true, true) => "A, B",
            (true, false) => "A",
            (false, true) => "B",
            (false, false) => "",
        }
    }

    fn adverse(&self) -> impl Iterator<Item = &Voice<'a>> {
        self.voices.iter().filter(|voice| self.layout.is_adverse(voice.reason))
    }
}

impl<'a> Voice<'a> {
    fn of(
        layout: &Layout<'a>,
        sections: &Sections<'a>,
        server: &RankedServer,
        reason: &'a Reason,
    ) -> Option<Self> {
        let said = reason.said.as_ref()?;
        let entry = said.entry()?;
        let list = said.by.list.as_ref().map(|list| list.identity());
        Some(Self {
            reason,
            said,
            entry,
            is_bound: entry.issuer.is_some() && entry.issuer == server.profile.owner,
            href: layout.curator_address(&said.by),
            replies: sections.replies_to(&said.by.issuer, list),
        })
    }
}

/// The lines of the sum. Each endorsement earns its share of what the ones before it left
/// open, so each says how much that was.
fn summands<'a>(view: &View, server: &'a RankedServer) -> Vec<Summand<'a>> {
    let mut open = Points::from_tenths(i32::from(view.policy.points.endorsement) * 10);
    let line = |reason: &'a Reason| {
        let earns = reason.code.is_counted_endorsement();
        let before = earns.then_some(open);
        if earns {
            open = open - reason.points;
        }
        Summand { reason, open: before }
    };
    server.reasons.iter().map(line).collect()
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
            moved: there
                .map(|there| differences(&server.reasons, &there.reasons))
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
        let points = |reason: Option<&Reason>| reason.map(|reason| reason.points);
        let trust = |reason: Option<&Reason>| Some(reason?.said.as_ref()?.by.trust);
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
    profiles: &'a [DocumentRecord],
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
    };
    let own_line = own.map(|own| {
        let record = profiles.iter().find(|record| record.bytes_hash == own.bytes_hash());
        profile(own.issuer(), DocumentRef::of(own), record)
    });
    let other_profiles = profiles
        .iter()
        .filter(|record| own.is_none_or(|own| own.bytes_hash() != record.bytes_hash))
        .map(|record| {
            let reference = DocumentRef {
                identity: record.identity,
                bytes_hash: record.bytes_hash,
                sequence: record.sequence,
                issued_at: record.issued_at,
                expires_at: record.expires_at,
            };
            profile(&record.feed.issuer, reference, Some(record))
        });
    let signed = |kind, by, issuer, reference: DocumentRef| DocumentLine {
        kind,
        by,
        issuer,
        reference,
        record: None,
        is_expired: reference.expires_at <= now,
        is_strangers: false,
    };
    let curators = server.reasons.iter().filter_map(|reason| Some(&*reason.said.as_ref()?.by));
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
    own_line.into_iter().chain(other_profiles).chain(lists).chain(reports).collect()
}

impl DocumentLine<'_> {
    /// Whether only its hash is left.
    fn is_erased(&self) -> bool {
        self.record.is_some_and(|record| record.size.is_none())
    }
}
