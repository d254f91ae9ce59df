//! Which sources there are.

use std::collections::BTreeSet;
use std::path::PathBuf;

use url::Url;
use wellspring_document::{Kind, Link, ListSource, Opinion, ServerName, Timestamp};
use wellspring_matrix::MAX_LIST_BYTES;
use wellspring_store::{SourceKey, SourceKind, Submission};

use crate::CommunityView;
use crate::config::{AdoptedList, Config, ConfigError, DirectoryConfig, Discovery, ListPlace};

/// One source to ask over HTTPS.
#[derive(Debug, Clone)]
pub(super) struct Task {
    /// Under which name the store knows it.
    pub(super) key: SourceKey,
    /// Where it is.
    pub(super) url: Url,
    /// What is expected there.
    pub(super) purpose: Purpose,
}

/// What is expected of a source.
#[derive(Debug, Clone)]
pub(super) enum Purpose {
    /// An endorsement list or an observation report.
    Feed,
    /// The profile of this server.
    Profile(ServerName),
    /// The same of a server that nobody names but whoever submitted it.
    Submitted(Submission),
    /// An unsigned list that this node adopts.
    Adopted(Adoption),
}

impl Purpose {
    /// The most bytes that make sense there.
    pub(super) const fn max_bytes(&self) -> usize {
        match self {
            Self::Feed => Kind::ObservationReport.max_bytes(),
            Self::Profile(_) | Self::Submitted(_) => Kind::Profile.max_bytes(),
            Self::Adopted(_) => MAX_LIST_BYTES,
        }
    }

    /// The server whose profile it is.
    pub(super) const fn server_name(&self) -> Option<&ServerName> {
        match self {
            Self::Profile(name) => Some(name),
            Self::Submitted(submission) => Some(&submission.server_name),
            Self::Feed | Self::Adopted(_) => None,
        }
    }

    /// When it was submitted, where nobody else names it.
    pub(super) const fn submitted_at(&self) -> Option<Timestamp> {
        match self {
            Self::Submitted(submission) => Some(submission.submitted_at),
            Self::Feed | Self::Profile(_) | Self::Adopted(_) => None,
        }
    }
}

/// A list to adopt, and what documents call its source.
#[derive(Debug, Clone)]
pub(super) struct Adoption {
    pub(super) list: AdoptedList,
    pub(super) source: ListSource,
}

impl Adoption {
    fn of(list: &AdoptedList) -> Result<Self, ConfigError> {
        Ok(Self { source: list.source()?, list: list.clone() })
    }

    pub(super) fn key(&self) -> SourceKey {
        let location = self.source.as_str().to_owned();
        SourceKey { kind: SourceKind::AdoptedList, location }
    }
}

/// The adopted lists that are files.
pub(super) fn adopted_files(config: &Config) -> Result<Vec<(Adoption, PathBuf)>, ConfigError> {
    let mut files = Vec::new();
    for list in &config.adopt {
        if let ListPlace::File(path) = list.place()? {
            files.push((Adoption::of(list)?, path));
        }
    }
    Ok(files)
}

pub(super) fn directory_key(directory: &DirectoryConfig) -> SourceKey {
    let location = directory.path.to_string_lossy().into_owned();
    SourceKey { kind: SourceKind::Directory, location }
}

/// The configured feeds, the adopted lists, and the lists of those whom trusted curators
/// recommend where they are trusted for it.
pub(super) fn lists(config: &Config, views: &[CommunityView]) -> Result<Vec<Task>, ConfigError> {
    let mut tasks = Vec::new();
    for list in &config.adopt {
        if let ListPlace::Url(url) = list.place()? {
            let adoption = Adoption::of(list)?;
            tasks.push(Task { key: adoption.key(), url, purpose: Purpose::Adopted(adoption) });
        }
    }
    let mut urls: BTreeSet<&Link> = config.feeds.iter().map(|feed| &feed.url).collect();
    let follows = config.sync.sources == Discovery::Followed;
    for community in views.iter().filter(|_| follows) {
        let curators = &community.view.curators;
        let trusted: BTreeSet<_> = curators.iter().map(|curator| &curator.issuer).collect();
        let opinions = curators
            .iter()
            .filter_map(|curator| curator.list.as_ref())
            .flat_map(|list| &list.body().curators);
        urls.extend(
            opinions
                .filter(|it| it.opinion == Opinion::Recommend && trusted.contains(&it.issuer))
                .filter_map(|it| it.list_url.as_ref()),
        );
    }
    tasks.extend(urls.into_iter().filter_map(|link| {
        let key = SourceKey { kind: SourceKind::ListUrl, location: link.as_str().to_owned() };
        // A link was parsed by the same parser when it was read.
        Some(Task { key, url: Url::parse(link.as_str()).ok()?, purpose: Purpose::Feed })
    }));
    Ok(tasks)
}

/// The profiles of the configured servers and, where the configuration asks for it, of all
/// that trusted curators and adopted lists name; and of those that were submitted.
pub(super) fn profiles(
    config: &Config,
    views: &[CommunityView],
    submissions: &[Submission],
) -> Vec<Task> {
    let mut names: BTreeSet<&ServerName> =
        config.communities.iter().flat_map(|community| &community.servers).collect();
    if config.sync.sources == Discovery::Followed {
        for community in views {
            let view = &community.view;
            names.extend(view.servers.iter().map(|server| &server.server_name));
            names.extend(view.unlisted.iter().map(|server| &server.server_name));
        }
    }
    let submitted = submissions.iter().filter(|it| !names.contains(&it.server_name));
    let submitted = submitted.cloned().map(Purpose::Submitted);
    let named = names.iter().map(|name| Purpose::Profile((*name).clone()));
    let purposes: Vec<_> = named.chain(submitted).collect();
    purposes
        .into_iter()
        .filter_map(|purpose| {
            let name = purpose.server_name()?;
            let url = Url::parse(&profile_url(name)).ok()?;
            // The source is the name's: two names with one host are two servers.
            let key = SourceKey { kind: SourceKind::WellKnown, location: name.to_string() };
            Some(Task { key, url, purpose })
        })
        .collect()
}

/// Where a domain publishes the endorsement list of a curator whose issuer it confirms.
pub const LIST_PATH: &str = "/.well-known/wellspring/endorsements.json";

/// Where an operator publishes the profile, on the host of the server name.
pub const PROFILE_PATH: &str = "/.well-known/wellspring/profile.json";

/// Where the profile of a server belongs. The host is the server name without its port,
/// and made of characters that a URL takes as they are.
pub fn profile_url(server_name: &ServerName) -> String {
    format!("https://{}{PROFILE_PATH}", server_name.host())
}
