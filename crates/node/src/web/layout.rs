//! What all pages of a community have in common.

use std::sync::Arc;

use wellspring_document::{ServerName, Timestamp};
use wellspring_ranking::{Category, DocumentState, Reason, TrustedCurator, View};

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
    tab: Tab,
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
    Server(&'a ServerName),
    Curators,
    About,
}

impl Subject<'_> {
    const fn tab(self) -> Tab {
        match self {
            Self::List | Self::Server(_) => Tab::Servers,
            Self::Curators => Tab::Curators,
            Self::About => Tab::About,
        }
    }

    /// Where `community` shows this; its list where it knows nothing of the server.
    fn address(self, community: &CommunityView) -> String {
        match self {
            Self::Server(name) if community.view.server(name).is_some() => {
                address::server(&community.path, name)
            }
            Self::List | Self::Server(_) => address::list(&community.path),
            Self::Curators => format!("{}/curators", community.path),
            Self::About => format!("{}/about", community.path),
        }
    }

    fn category(self, community: &CommunityView) -> Option<Category> {
        match self {
            Self::Server(name) => Some(community.view.server(name)?.category),
            Self::List | Self::Curators | Self::About => None,
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
        self.tab == tab
    }

    /// Whether a reason speaks against the server, and counts.
    pub(super) const fn is_adverse(&self, reason: &Reason) -> bool {
        reason.code.is_rejection() || reason.code.is_warning()
    }

    /// Whether a reason comes from a list that this node adopted.
    pub(super) fn is_adopted(&self, reason: &Reason) -> bool {
        reason.said.as_ref().is_some_and(|said| said.by.adopted_from.is_some())
    }

    /// Whose reason it is.
    pub(super) fn speaker<'b>(&self, reason: &'b Reason) -> Foreign<'b> {
        reason.said.as_ref().map_or(Foreign::unstated(""), |said| self.reader.curator(&said.by))
    }

    /// Where the curators' page speaks of this one.
    pub(super) fn curator_address(&self, curator: &TrustedCurator) -> String {
        let is_it = |other: &TrustedCurator| {
            other.issuer == curator.issuer && other.adopted_from == curator.adopted_from
        };
        let place = self.here.view.curators.iter().position(|other| is_it(other));
        format!("{}/curators#curator-{}", self.here.path, place.unwrap_or(0) + 1)
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
