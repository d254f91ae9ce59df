//! Which keys a recommendation is bound to.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_document::{IssuerId, Kind, Profile, RawDocument, ServerName, Verified};
use wellspring_node::profile_url;

use crate::client::{Network, NotFetched};
use crate::failure::Refused;
use crate::file;

/// How the issuer of the server's profile is found.
#[derive(Debug, clap::Args)]
#[group(id = "binding", multiple = false)]
pub(super) struct Args {
    /// The issuer of the server's profile, where you know it
    #[arg(long, value_name = "ID")]
    issuer: Option<IssuerId>,

    /// Take the issuer from this signed profile instead of fetching it
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,

    /// Do not fetch the profile; a binding that is there stays
    #[arg(long)]
    no_fetch: bool,
}

/// What a verdict is bound to, and how that came about.
#[derive(Debug, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub(super) enum Binding {
    /// As the curator said.
    Given { issuer: IssuerId },
    /// By the profile that the server's host serves.
    Fetched { issuer: IssuerId, url: String },
    /// As it was; nothing newer is known.
    Kept { issuer: IssuerId, reason: String },
    /// To nothing but the name.
    None { reason: String },
}

impl Binding {
    pub(super) const fn issuer(&self) -> Option<&IssuerId> {
        match self {
            Self::Given { issuer } | Self::Fetched { issuer, .. } | Self::Kept { issuer, .. } => {
                Some(issuer)
            }
            Self::None { .. } => None,
        }
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given { issuer } => write!(f, "Bound to the issuer {issuer}, as you said."),
            Self::Fetched { issuer, url } => {
                write!(f, "Bound to the issuer {issuer}, who signs {url}")
            }
            Self::Kept { issuer, reason } => {
                write!(f, "Still bound to the issuer {issuer}: {reason}.")
            }
            Self::None { reason } => write!(
                f,
                "Bound to no issuer, so it counts half and passes on with the domain: {reason}."
            ),
        }
    }
}

/// What was found out about the keys of a server.
pub(super) enum Seen {
    /// The curator knows the issuer.
    Named(IssuerId),
    /// A profile that the curator has.
    InFile(Box<Verified<Profile>>),
    /// The profile that the server's host serves, and where.
    Served(Box<Verified<Profile>>, String),
    /// Nothing, and why.
    Nothing(String),
}

impl Args {
    /// Finds the issuer; `known` is the one to which the entry is bound already.
    pub(super) fn resolve(
        &self,
        name: &ServerName,
        known: Option<IssuerId>,
        network: &Network,
    ) -> anyhow::Result<Binding> {
        self.see(name, network)?.bind(name, known)
    }

    /// Looks at the server's profile.
    pub(super) fn see(&self, name: &ServerName, network: &Network) -> anyhow::Result<Seen> {
        if let Some(issuer) = &self.issuer {
            return Ok(Seen::Named(issuer.clone()));
        }
        if let Some(path) = &self.profile {
            return Ok(Seen::InFile(Box::new(profile_in(path, name)?)));
        }
        if self.no_fetch {
            return Ok(Seen::Nothing("the profile was not fetched".to_owned()));
        }
        let url = profile_url(name);
        let bytes = match network.get(&url, Kind::Profile.max_bytes()) {
            Ok(fetched) => fetched.bytes,
            Err(error) => return Ok(Seen::Nothing(error.downcast::<NotFetched>()?.message)),
        };
        Ok(match profile_of(bytes, name) {
            Err(reason) => Seen::Nothing(format!("{url} {reason}")),
            Ok(profile) => Seen::Served(Box::new(profile), url),
        })
    }
}

impl Seen {
    /// What the server's operator says, where a profile was found.
    pub(super) fn profile(&self) -> Option<&Profile> {
        match self {
            Self::InFile(profile) | Self::Served(profile, _) => Some(profile.body()),
            Self::Named(_) | Self::Nothing(_) => None,
        }
    }

    /// Refuses where the server's host serves a profile of another issuer than `known`.
    pub(super) fn require_issuer(
        &self,
        name: &ServerName,
        known: Option<&IssuerId>,
    ) -> anyhow::Result<()> {
        match (self, known) {
            (Self::Served(profile, _), Some(known)) if known != profile.issuer() => {
                Err(changed_hands(name, known, profile.issuer()))
            }
            _ => Ok(()),
        }
    }

    /// What a verdict is bound to; `known` is the issuer to which the entry is bound already.
    pub(super) fn bind(
        self,
        name: &ServerName,
        known: Option<IssuerId>,
    ) -> anyhow::Result<Binding> {
        self.require_issuer(name, known.as_ref())?;
        Ok(match self {
            Self::Named(issuer) => Binding::Given { issuer },
            Self::InFile(profile) => Binding::Given { issuer: profile.issuer().clone() },
            Self::Served(profile, url) => {
                Binding::Fetched { issuer: profile.issuer().clone(), url }
            }
            Self::Nothing(reason) => match known {
                Some(issuer) => Binding::Kept { issuer, reason },
                None => Binding::None { reason },
            },
        })
    }
}

/// A domain that fell to somebody else looks just like this, so the curator decides.
fn changed_hands(name: &ServerName, known: &IssuerId, found: &IssuerId) -> anyhow::Error {
    Refused::because(format!(
        "the profile of {name} is signed by the issuer {found}, but your entry is bound to {known}: \
         the keys or the owner of the domain changed; ask the operator over a way you know, then \
         give --issuer {found}"
    ))
}

fn profile_in(path: &Path, name: &ServerName) -> anyhow::Result<Verified<Profile>> {
    let bytes = file::read(path, Kind::Profile.max_bytes())?;
    profile_of(bytes, name)
        .map_err(|reason| Refused::because(format!("{} {reason}", path.display())))
}

/// A profile of this server, or what is wrong with it.
fn profile_of(bytes: Vec<u8>, name: &ServerName) -> Result<Verified<Profile>, String> {
    let profile = RawDocument::new(bytes)
        .verify::<Profile>()
        .map_err(|error| format!("does not hold ({error})"))?;
    if profile.body().server_name != *name {
        return Err(format!("is the profile of {}", profile.body().server_name));
    }
    Ok(profile)
}
