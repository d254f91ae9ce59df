//! Which keys a recommendation is bound to.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_document::{IssuerId, Kind, Profile, RawDocument, ServerName};
use wellspring_node::profile_url;

use crate::client::{Network, NotFetched};
use crate::failure::Refused;
use crate::file;

/// How the issuer of the server's profile is found.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
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

impl Args {
    /// Finds the issuer; `known` is the one to which the entry is bound already.
    pub(super) fn resolve(
        &self,
        name: &ServerName,
        known: Option<IssuerId>,
        network: &Network,
    ) -> anyhow::Result<Binding> {
        if let Some(issuer) = &self.issuer {
            return Ok(Binding::Given { issuer: issuer.clone() });
        }
        if let Some(path) = &self.profile {
            return Ok(Binding::Given { issuer: issuer_in(path, name)? });
        }
        let unknown = |reason: String| match known.clone() {
            Some(issuer) => Binding::Kept { issuer, reason },
            None => Binding::None { reason },
        };
        if self.no_fetch {
            return Ok(unknown("the profile was not fetched".to_owned()));
        }
        let url = profile_url(name);
        let bytes = match network.get(&url, Kind::Profile.max_bytes()) {
            Ok(fetched) => fetched.bytes,
            Err(error) => return Ok(unknown(error.downcast::<NotFetched>()?.message)),
        };
        match issuer_of(bytes, name) {
            Err(reason) => Ok(unknown(format!("{url} {reason}"))),
            Ok(issuer) => match known {
                Some(known) if known != issuer => Err(changed_hands(name, &known, &issuer)),
                _ => Ok(Binding::Fetched { issuer, url }),
            },
        }
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

fn issuer_in(path: &Path, name: &ServerName) -> anyhow::Result<IssuerId> {
    let bytes = file::read(path, Kind::Profile.max_bytes())?;
    issuer_of(bytes, name)
        .map_err(|reason| Refused::because(format!("{} {reason}", path.display())))
}

/// The issuer of a profile of this server, or what is wrong with it.
fn issuer_of(bytes: Vec<u8>, name: &ServerName) -> Result<IssuerId, String> {
    let profile = RawDocument::new(bytes)
        .verify::<Profile>()
        .map_err(|error| format!("does not hold ({error})"))?;
    if profile.body().server_name != *name {
        return Err(format!("is the profile of {}", profile.body().server_name));
    }
    Ok(profile.issuer().clone())
}
