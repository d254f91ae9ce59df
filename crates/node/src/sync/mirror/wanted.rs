//! Which documents of a mirror matter to a node.

use std::collections::BTreeSet;
use std::sync::Arc;

use wellspring_document::{EndorsementList, IssuerId, Kind, ServerName, SightStatus};
use wellspring_store::Feed;

use crate::node::{Node, NodeError};
use crate::snapshot::{CommunityView, CurrentDocuments};

/// The feeds that could change something for the communities of a node: what those say whom a
/// policy trusts, or comes to trust, and the profiles of those whom one of these, or the node
/// itself, holds for the owner of a name.
///
/// Every feed in here is named by somebody who is trusted. So whatever strangers sign, and
/// however many mirrors list it, none of it is fetched.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    feeds: BTreeSet<Feed>,
}

impl Wanted {
    pub(super) fn contains(&self, feed: &Feed) -> bool {
        self.feeds.contains(feed)
    }

    fn add(&mut self, kind: Kind, issuer: &IssuerId, subject: &str) {
        let (issuer, subject) = (issuer.clone(), subject.to_owned());
        self.feeds.insert(Feed { kind, issuer, subject });
    }

    fn add_owner(&mut self, issuer: Option<&IssuerId>, server_name: &ServerName) {
        if let Some(issuer) = issuer {
            self.add(Kind::Profile, issuer, server_name.as_str());
        }
    }

    fn add_what_view_needs(&mut self, community: &CommunityView, documents: &CurrentDocuments) {
        let view = &community.view;
        for curator in &view.curators {
            let subject = curator.adopted_from.as_ref().map_or("", |source| source.as_str());
            self.add(Kind::EndorsementList, &curator.issuer, subject);
            if let Some(list) = &curator.list {
                self.add_owners_of_list(list.body());
            }
        }
        let policy = &view.policy;
        for observer in policy.own.iter().chain(&policy.observers) {
            self.add(Kind::ObservationReport, observer, "");
            let report = documents.report(observer);
            for entry in report.iter().flat_map(|report| &report.body().entries) {
                let seen = entry.profile.as_ref().and_then(|sight| sight.issuer.as_ref());
                self.add_owner(seen, &entry.server_name);
            }
        }
        if let Some(own) = &policy.own {
            for adopted in &policy.adopted {
                self.add(Kind::EndorsementList, own, adopted.source.as_str());
            }
        }
    }

    fn add_owners_of_list(&mut self, list: &EndorsementList) {
        for entry in &list.entries {
            self.add_owner(entry.issuer.as_ref(), &entry.server_name);
        }
    }
}

impl Node {
    /// What these views need of any mirror. What a name itself withdrew, and what this node
    /// signs itself, it needs from nobody.
    pub(super) fn wanted(&self, views: &[CommunityView]) -> Result<Wanted, NodeError> {
        let mut wanted = Wanted::default();
        let documents = Arc::clone(&self.memory().documents);
        for community in views {
            wanted.add_what_view_needs(community, &documents);
        }
        let own = self.issuer();
        let own = own.history().issuer();
        let sights = self.store().sights()?.rows;
        let is_gone = |status| matches!(status, SightStatus::Withdrawn | SightStatus::Unlisted);
        let gone: BTreeSet<&str> = sights
            .iter()
            .filter(|(_, sight)| is_gone(sight.status))
            .map(|(name, _)| name.as_str())
            .collect();
        wanted.feeds.retain(|feed| {
            let is_gone = feed.kind == Kind::Profile && gone.contains(feed.subject.as_str());
            !is_gone && feed.issuer != *own
        });
        Ok(wanted)
    }
}
