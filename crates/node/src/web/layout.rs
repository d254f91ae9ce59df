//! What all pages of a community have in common.

use std::sync::Arc;

use wellspring_document::{ServerName, Timestamp};
use wellspring_ranking::{
    Category, DocumentState, Points, RankedServer, Reason, ReasonCode, TrustedCurator, View,
};

use crate::config::NodeConfig;
use crate::web::assets::{ASSETS, Assets};
use crate::web::reader::{Foreign, Reader};
use crate::web::{Community, address};
use crate::{CommunityView, Setting, Snapshot};

/// For how long a view is shown without a word on its age: a node renews it several times
/// a day, whatever its schedule.
const FRESH_SECONDS: i64 = 86_400;

/// How many curators stand beside the list.
const CURATORS_IN_BRIEF: usize = 6;

/// What surrounds the content of a page.
#[derive(Debug, Clone)]
pub(super) struct Layout<'a> {
    pub(super) reader: Reader,
    pub(super) here: &'a CommunityView,
    pub(super) switches: Vec<Switch<'a>>,
    pub(super) node: &'a NodeConfig,
    pub(super) assets: &'static Assets,
    pub(super) community_style: &'a str,
    pub(super) is_stale: bool,
    setting: Setting,
    tab: Option<Tab>,
}

/// The same page as another community sees it.
#[derive(Debug, Clone)]
pub(super) struct Switch<'a> {
    pub(super) name: Foreign<'a>,
    pub(super) href: String,
    pub(super) is_here: bool,
    /// What that community makes of the server that the page is about.
    pub(super) category: Option<Category>,
}

/// The part of the site to which a page belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Servers,
    Curators,
    About,
}

/// What a page is about, so that its counterpart in another community can be found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject<'a> {
    List,
    Picks,
    Server(&'a ServerName),
    Changes,
    Curators,
    About,
    Status,
    /// Nothing that could be shown.
    Nothing,
}

impl Subject<'_> {
    const fn tab(self) -> Option<Tab> {
        match self {
            Self::List | Self::Picks | Self::Server(_) | Self::Changes => Some(Tab::Servers),
            Self::Curators => Some(Tab::Curators),
            Self::About => Some(Tab::About),
            Self::Status | Self::Nothing => None,
        }
    }

    /// Where `community` shows this; its list where it knows nothing of the server.
    fn address(self, community: &CommunityView) -> String {
        match self {
            Self::Server(name) if community.view.server(name).is_some() => {
                address::server(&community.path, name)
            }
            Self::List | Self::Server(_) | Self::Nothing => address::list(&community.path),
            Self::Picks => address::picks(&community.path),
            Self::Changes => address::changes(&community.path, None, 1),
            Self::Curators => format!("{}/curators", community.path),
            Self::About => format!("{}/about", community.path),
            Self::Status => format!("{}/status", community.path),
        }
    }

    fn category(self, community: &CommunityView) -> Option<Category> {
        match self {
            Self::Server(name) => Some(community.view.server(name)?.category),
            Self::List
            | Self::Picks
            | Self::Changes
            | Self::Curators
            | Self::About
            | Self::Status
            | Self::Nothing => None,
        }
    }
}

impl<'a> Layout<'a> {
    pub(super) fn new(
        community: &'a Community,
        snapshot: &'a Snapshot,
        here: &'a CommunityView,
        subject: Subject<'_>,
    ) -> Self {
        let node = &community.node;
        let reader = Reader::new(&here.community.languages, node.setting());
        let switches = snapshot
            .communities
            .iter()
            .map(|other| Switch {
                name: reader.pick(&other.community.name),
                href: subject.address(other),
                is_here: std::ptr::eq(other, here),
                category: subject.category(other),
            })
            .collect();
        Self {
            reader,
            here,
            switches,
            node: &node.config().node,
            assets: &ASSETS,
            community_style: &community.style_path,
            is_stale: is_stale(snapshot.made_at, node.now()),
            setting: node.setting(),
            tab: subject.tab(),
        }
    }

    pub(super) fn view(&self) -> &'a View {
        &self.here.view
    }

    pub(super) fn is_example(&self) -> bool {
        self.setting == Setting::ExampleWorld
    }

    pub(super) fn is_at(&self, tab: Tab) -> bool {
        self.tab == Some(tab)
    }

    /// Whether a reason is a part of the measured service quality.
    pub(super) const fn is_of_service(&self, reason: &Reason<'_>) -> bool {
        matches!(reason.code, ReasonCode::Service(_))
    }

    /// Whether a reason speaks against the server, and counts.
    pub(super) const fn is_adverse(&self, reason: &Reason<'_>) -> bool {
        reason.code.is_adverse()
    }

    /// Whether a reason speaks for the server: it earned points, and nothing stands above
    /// them.
    pub(super) fn is_favourable(&self, reason: &Reason<'_>, server: &RankedServer) -> bool {
        reason.points > Points::ZERO && server.category != Category::D
    }

    /// Where the curators' page speaks of this one.
    pub(super) fn curator_address(&self, curator: &TrustedCurator) -> String {
        let is_it = |other: &TrustedCurator| {
            other.issuer == curator.issuer && other.adopted_from == curator.adopted_from
        };
        let place = self.here.view.curators.iter().position(|other| is_it(other));
        format!("{}/curators#curator-{}", self.here.path, place.unwrap_or(0) + 1)
    }

    /// Whether any server of the list stands ahead of another.
    pub(super) fn has_places(&self) -> bool {
        has_places(&self.here.view)
    }

    /// How many other servers share the place of this one.
    pub(super) fn sharing(&self, server: &RankedServer) -> usize {
        let servers = &self.here.view.servers;
        servers.iter().filter(|other| other.rank == server.rank).count().saturating_sub(1)
    }

    /// The most trusted curators, as many as stand beside the list.
    pub(super) fn curators_in_brief(&self) -> &'a [Arc<TrustedCurator>] {
        let curators = &self.here.view.curators;
        curators.get(..CURATORS_IN_BRIEF).unwrap_or(curators)
    }

    /// How many more there are.
    pub(super) fn more_curators(&self) -> usize {
        self.here.view.curators.len().saturating_sub(CURATORS_IN_BRIEF)
    }

    /// How many observers have reported something.
    pub(super) fn reporting_observers(&self) -> usize {
        let observers = &self.here.view.observers;
        observers.iter().filter(|observer| observer.state != DocumentState::Missing).count()
    }
}

/// Whether any server of a view stands ahead of another. Where all have the same score,
/// they stand by name, and a place would say what nobody said.
pub(super) fn has_places(view: &View) -> bool {
    view.servers.len() == 1 || view.servers.last().is_some_and(|last| last.rank > 1)
}

/// Whether a view that was made at `made_at` is so old that its pages say so.
const fn is_stale(made_at: Timestamp, now: Timestamp) -> bool {
    now.seconds_since(made_at) > FRESH_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_stale_after_a_day() {
        let made_at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        assert!(!is_stale(made_at, made_at.plus_days(1)));
        assert!(is_stale(made_at, made_at.plus_days(1).plus_seconds(1)));
        // The clock was set back.
        assert!(!is_stale(made_at, made_at.plus_days(-1)));
    }
}
