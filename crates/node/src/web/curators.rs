//! Whom a community trusts.

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use wellspring_document::{
    AdoptedFrom, CuratorOpinion, EndorsementList, ObservationReport, ServerName, Verdict,
};
use wellspring_ranking::{
    ContestedIssuer, DistrustedCurator, DocumentRef, TrustedCurator, TrustedObserver,
};

use crate::snapshot::ConfirmingDomains;
use crate::web::failure::PageFailure;
use crate::web::layout::{Layout, Subject};
use crate::web::reader::Foreign;
use crate::web::trust::{Step, TrustPicture};
use crate::web::{Community, address, respond};

/// How many servers of one list stand under its curator; the list itself has them all.
const SERVERS_PER_CURATOR: usize = 200;

pub(super) async fn show(
    State(community): State<Community>,
    request: HeaderMap,
) -> Result<Response<Body>, PageFailure> {
    let snapshot = community.node.snapshot();
    let here = community.view_in(&snapshot)?;
    let layout = Layout::new(&community, &snapshot, here, Subject::Curators);
    respond::page(&request, StatusCode::OK, &CuratorsPage::new(layout, &snapshot.confirming))
}

#[derive(Template)]
#[template(path = "curators.html", whitespace = "minimize")]
pub(super) struct CuratorsPage<'a> {
    layout: Layout<'a>,
    picture: TrustPicture<'a>,
    curators: Vec<Trusted<'a>>,
    distrusted: Vec<Distrusted<'a>>,
    observers: Vec<Observing<'a>>,
}

/// A curator, or a list that the node adopted.
struct Trusted<'a> {
    curator: &'a TrustedCurator,
    name: Foreign<'a>,
    /// From the root to the curator, without the curator.
    path: Vec<Foreign<'a>>,
    list: Option<Listed<'a>>,
    /// The domains that serve the list, which so confirm that the issuer is theirs.
    domains: &'a [String],
    /// Where its keys lead two ways.
    contest: Option<&'a ContestedIssuer>,
}

/// What stands in a curator's list.
struct Listed<'a> {
    body: &'a EndorsementList,
    reference: DocumentRef,
    counts: Vec<(Verdict, usize)>,
    servers: Vec<Named<'a>>,
    more_servers: usize,
    opinions: Vec<Opinionated<'a>>,
}

struct Named<'a> {
    server_name: &'a ServerName,
    verdict: Verdict,
    href: String,
}

struct Opinionated<'a> {
    opinion: &'a CuratorOpinion,
    name: Foreign<'a>,
}

struct Distrusted<'a> {
    curator: &'a DistrustedCurator,
    name: Foreign<'a>,
    by: Vec<Foreign<'a>>,
}

struct Observing<'a> {
    observer: &'a TrustedObserver,
    name: Foreign<'a>,
    report: Option<(&'a ObservationReport, DocumentRef)>,
}

impl<'a> CuratorsPage<'a> {
    pub(super) fn new(layout: Layout<'a>, confirming: &'a ConfirmingDomains) -> Self {
        let view = layout.view();
        let reader = &layout.reader;
        let distrusted = view.distrusted.iter().map(|curator| Distrusted {
            curator,
            name: reader.issuer(&curator.issuer, view),
            by: curator.by.iter().map(|issuer| reader.issuer(issuer, view)).collect(),
        });
        let observers = view.observers.iter().map(|observer| Observing {
            observer,
            name: reader.observer(observer),
            report: observer
                .report
                .as_deref()
                .map(|report| (report.body(), DocumentRef::of(report))),
        });
        Self {
            curators: view
                .curators
                .iter()
                .map(|curator| Trusted::new(&layout, curator, confirming))
                .collect(),
            distrusted: distrusted.collect(),
            observers: observers.collect(),
            picture: TrustPicture::new(&layout),
            layout,
        }
    }
}

impl<'a> Trusted<'a> {
    fn new(
        layout: &Layout<'a>,
        curator: &'a TrustedCurator,
        confirming: &'a ConfirmingDomains,
    ) -> Self {
        let hash = curator.list.as_ref().map(|list| list.bytes_hash());
        let before = curator.path.split_last().map_or(&[][..], |(_, before)| before);
        Self {
            curator,
            name: layout.reader.curator(curator),
            path: before.iter().map(|issuer| layout.reader.issuer(issuer, layout.view())).collect(),
            list: curator
                .list
                .as_deref()
                .map(|list| Listed::new(layout, list.body(), DocumentRef::of(list))),
            domains: hash.map_or(&[], |hash| confirming.of(hash)),
            contest: layout.view().contest(&curator.issuer),
        }
    }

    fn adopted_from(&self) -> Option<&'a AdoptedFrom> {
        self.list.as_ref()?.body.adopted_from.as_ref()
    }

    fn is_recommended(&self) -> bool {
        !self.path.is_empty()
    }
}

impl<'a> Listed<'a> {
    fn new(layout: &Layout<'a>, body: &'a EndorsementList, reference: DocumentRef) -> Self {
        let view = layout.view();
        let verdicts = [Verdict::Endorse, Verdict::List, Verdict::Warn, Verdict::Reject];
        let counts = verdicts
            .map(|verdict| {
                (verdict, body.entries.iter().filter(|entry| entry.verdict == verdict).count())
            })
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .collect();
        // Servers that do not want to be listed are in no view, and so not here either.
        let mut servers: Vec<_> = body
            .entries
            .iter()
            .filter_map(|entry| {
                let server = view.server(&entry.server_name)?;
                Some((server.rank, &server.server_name, entry.verdict))
            })
            .collect();
        servers.sort_unstable_by_key(|(rank, name, _)| (*rank, *name));
        let more_servers = servers.len().saturating_sub(SERVERS_PER_CURATOR);
        let named = |(_, server_name, verdict)| Named {
            server_name,
            verdict,
            href: address::server(&layout.here.path, server_name),
        };
        let opinions = body
            .curators
            .iter()
            .map(|opinion| Opinionated { opinion, name: layout.reader.about(opinion, view) });
        Self {
            body,
            reference,
            counts,
            servers: servers.into_iter().take(SERVERS_PER_CURATOR).map(named).collect(),
            more_servers,
            opinions: opinions.collect(),
        }
    }
}
