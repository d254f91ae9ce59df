use std::fmt;

use serde::Serialize;
use wellspring_document::json::{self, Value};
use wellspring_document::{AnyVerified, Kind, RawDocument, Timestamp, VerifyError};

use crate::answer::{Format, Outcome};
use crate::client::Network;
use crate::clock::Now;
use crate::source::Source;

/// Check whether a signed document holds, and say who signed it
///
/// Holds means: it reads without doubt, every member is valid, and as many of its issuer's
/// current keys signed it as its key history demands. That the issuer is to be trusted, or
/// that no newer document replaces this one, it does not mean.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 it holds, 1 it does not, 2 it could not be read.

Examples:
  wellspring verify profile.json
  wellspring verify https://example.org/.well-known/wellspring/profile.json
  curl -s https://example.org/list.json | wellspring verify --json -")]
pub(crate) struct Args {
    /// A file, an https address, or - for standard input
    #[arg(value_name = "FILE|URL")]
    source: Source,

    #[command(flatten)]
    format: Format,

    #[command(flatten)]
    network: Network,

    #[command(flatten)]
    now: Now,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let bytes = self.source.read(Kind::LARGEST_BYTES, &self.network)?;
        let claims = Claims::read(&bytes);
        match RawDocument::new(bytes).verify_any() {
            Ok(document) => {
                let holds = Holds::of(&self.source, &document, self.now.get());
                self.format.print(&holds, Outcome::Yes)
            }
            Err(error) => {
                let problem = Problem::of(&error);
                let source = self.source.to_string();
                let refused = DoesNotHold { source, holds: false, problem, claims };
                self.format.print(&refused, Outcome::No)
            }
        }
    }
}

#[derive(Serialize)]
struct Holds {
    source: String,
    holds: bool,
    kind: &'static str,
    #[serde(skip)]
    kind_in_words: String,
    subject: String,
    issuer: String,
    key_version: u32,
    threshold: u32,
    signers: Vec<String>,
    sequence: u64,
    issued_at: Timestamp,
    expires_at: Timestamp,
    expired: bool,
    identity: String,
    sha256: String,
}

impl Holds {
    fn of(source: &Source, document: &AnyVerified, now: Timestamp) -> Self {
        Self {
            source: source.to_string(),
            holds: true,
            kind: document.kind().type_name(),
            kind_in_words: document.kind().to_string(),
            subject: document.subject(),
            issuer: document.issuer().to_string(),
            key_version: document.key_version(),
            threshold: document.history().current().signing.threshold,
            signers: document.signers().iter().map(|key| format!("did:key:{key}")).collect(),
            sequence: document.sequence(),
            issued_at: document.issued_at(),
            expires_at: document.expires_at(),
            expired: document.is_expired(now),
            identity: document.identity().to_string(),
            sha256: document.bytes_hash().to_string(),
        }
    }
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} holds.", self.source)?;
        let of = if self.subject.is_empty() { "" } else { " of " };
        writeln!(f, "  what        {}{of}{}", self.kind_in_words, self.subject)?;
        writeln!(f, "  issuer      {}", self.issuer)?;
        writeln!(f, "  sequence    {}, under key version {}", self.sequence, self.key_version)?;
        writeln!(f, "  issued      {}", self.issued_at)?;
        let expired = if self.expired { ", so it no longer counts" } else { "" };
        writeln!(f, "  expires     {}{expired}", self.expires_at)?;
        for signer in &self.signers {
            writeln!(f, "  signed by   {signer}")?;
        }
        writeln!(f, "  needed      {} of the issuer's keys", self.threshold)?;
        writeln!(f, "  identity    {}", self.identity)?;
        writeln!(f, "  SHA-256     {}", self.sha256)
    }
}

/// A broken rule.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    pub(crate) code: &'static str,
    /// The member, where one is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
    /// The line of a file that a person writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn of(error: &VerifyError) -> Self {
        let place = match error {
            VerifyError::Unreadable(error) => error.place(),
            VerifyError::BadEnvelope(member) | VerifyError::BadMember(member) => &member.place,
            _ => "",
        };
        Self {
            code: error.code(),
            place: (!place.is_empty()).then(|| place.to_owned()),
            line: None,
            message: error.to_string(),
        }
    }
}

#[derive(Serialize)]
struct DoesNotHold {
    source: String,
    holds: bool,
    problem: Problem,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Claims>,
}

/// What a document says of itself. Nothing of it is proven.
#[derive(Serialize)]
struct Claims {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
}

impl Claims {
    fn read(bytes: &[u8]) -> Option<Self> {
        let document = json::read(bytes, Kind::LARGEST_BYTES).ok()?;
        let text = |member: &str| document.get(member).and_then(Value::as_str);
        let kind = text("type").and_then(Kind::from_type_name).map(Kind::type_name);
        let issuer = text("issuer").map(|issuer| issuer.chars().take(80).collect());
        (kind.is_some() || issuer.is_some()).then_some(Self { kind, issuer })
    }
}

impl fmt::Display for DoesNotHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} does not hold: {}.", self.source, self.problem.message)?;
        writeln!(f, "  code        {}", self.problem.code)?;
        let Some(claims) = &self.claims else { return Ok(()) };
        let kind = claims.kind.and_then(Kind::from_type_name);
        let role = match kind {
            Some(Kind::Profile) => Some("operator"),
            Some(Kind::EndorsementList) => Some("curator"),
            Some(Kind::ObservationReport | Kind::Index | Kind::View) | None => None,
        };
        if let Some(role) = role
            && self.problem.code == "proof.below-threshold"
        {
            writeln!(f, "  missing     `wellspring {role} show FILE` says whose signatures")?;
        }
        if let Some(kind) = kind {
            writeln!(f, "  unproven    it calls itself a document of the kind {kind}")?;
        }
        if let Some(issuer) = &claims.issuer {
            writeln!(f, "  unproven    it names the issuer {issuer}")?;
        }
        Ok(())
    }
}
