//! A small fictional world: servers, curators and observers under reserved names, and three
//! communities that look at them with different trust.
//!
//! The world is authored in `feeds/` as its people would write it. [`world`] signs it for
//! the present: everything dated moves with the clock, so that what was reviewed two months
//! ago stays reviewed two months ago. Its private keys come from a published seed and are
//! worthless.

mod dates;
mod issuers;

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use wellspring_document::authoring::{self, AuthoringError};
use wellspring_document::{
    Body, EndorsementList, HistoryError, Identity, ObservationReport, Profile, RawDocument,
    SignError, Timestamp, VerifyError,
};

use crate::config::{Config, ConfigError};
use crate::issuer::{Issuer, IssuerError};
use issuers::{Feed, Issuers};

static OPERATORS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../feeds/operators");
static CURATORS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../feeds/curators");
static OBSERVERS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../feeds/observers");
const ISSUERS: &str = include_str!("../../../feeds/issuers.toml");
const COMMUNITIES: &str = include_str!("../../../feeds/communities.toml");

/// The moment from which the dates in `feeds/` are written: 2026-11-01T12:00:00Z. The
/// snapshot there is the world of this moment.
pub const REFERENCE: Timestamp = at(1_793_534_400);

/// Since when every key of the world exists: 2020-01-01T00:00:00Z. It never moves, or
/// issuer ids would change with the clock.
pub const KEYS_SINCE: Timestamp = at(1_577_836_800);

const fn at(unix: i64) -> Timestamp {
    match Timestamp::from_unix(unix) {
        Some(moment) => moment,
        None => Timestamp::MIN,
    }
}

/// The example world on one day.
#[derive(Debug, Clone)]
pub struct World {
    /// Its signed documents: profiles, then endorsement lists, then observation reports.
    pub documents: Vec<RawDocument>,
    /// Its three communities. It names no source, so a node with it contacts nobody.
    pub config: Config,
    /// The issuer of the node that shows it: the same everywhere, so that its views are, too.
    pub node: Issuer,
}

/// Why the example world cannot be made. But for the clock, each is a mistake in `feeds/`.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum WorldError {
    #[error(
        "the clock says {now}, and the example world begins at {KEYS_SINCE}; set the clock and start again"
    )]
    ClockTooEarly { now: Timestamp },
    #[error("feeds/issuers.toml: {problem}")]
    Issuers { problem: toml::de::Error },
    #[error("feeds/{file} does not exist, although feeds/issuers.toml names its folder")]
    Missing { file: String },
    #[error("feeds/{file} {problem}")]
    Authoring { file: String, problem: AuthoringError },
    #[error("feeds/{file}: the dates could not be moved")]
    Dates { file: String, source: serde_json::Error },
    #[error("the keys of {name} in feeds/issuers.toml make no key history")]
    Keys { name: String, source: HistoryError },
    #[error("feeds/{file} could not be signed")]
    Sign { file: String, source: SignError },
    #[error("feeds/{file} does not hold after signing")]
    Verify { file: String, source: VerifyError },
    #[error("the node of the world has no key history")]
    Node { source: IssuerError },
    #[error("feeds/communities.toml: {problem}")]
    Communities { problem: ConfigError },
}

/// The example world as it is at `now`.
///
/// It depends on the day alone, which begins at noon UTC as [`REFERENCE`] does: made twice on
/// one day it has the same bytes, and each day's documents have higher sequence numbers than
/// those of the day before. So a node can make it at every start, and as often as it likes
/// while it runs, without ever signing two documents with one number.
///
/// # Errors
/// Where `now` is before [`KEYS_SINCE`]. Everything else that could fail is ruled out by the
/// tests.
pub fn world(now: Timestamp) -> Result<World, WorldError> {
    let documents = sign_all(&Day::of(now)?)?;
    let config =
        Config::parse(COMMUNITIES).map_err(|problem| WorldError::Communities { problem })?;
    let node = issuers::node().map_err(|source| WorldError::Node { source })?;
    Ok(World { documents, config, node })
}

fn sign_all(day: &Day) -> Result<Vec<RawDocument>, WorldError> {
    let issuers = Issuers::read()?;
    let mut documents = Vec::new();
    let mut identities = BTreeMap::new();
    for feed in issuers.operators() {
        let file = format!("operators/{}/profile.toml", feed.name);
        let raw = day.sign::<Profile>(&feed, &file, text(&OPERATORS, &file)?)?;
        let verified = raw.clone().verify::<Profile>();
        let verified = verified.map_err(|source| WorldError::Verify { file, source })?;
        identities.insert(feed.name, verified.identity());
        documents.push(raw);
    }
    for feed in issuers.curators() {
        let file = format!("curators/{}/endorsements.toml", feed.name);
        documents.push(day.sign::<EndorsementList>(&feed, &file, text(&CURATORS, &file)?)?);
    }
    for feed in issuers.observers() {
        let file = format!("observers/{}/report.toml", feed.name);
        let report = with_identities(text(&OBSERVERS, &file)?, &identities);
        documents.push(day.sign::<ObservationReport>(&feed, &file, &report)?);
    }
    Ok(documents)
}

/// The text of a file of `feeds/`, whose first folder is `folder`.
fn text(folder: &'static Dir<'_>, file: &str) -> Result<&'static str, WorldError> {
    file.split_once('/')
        .and_then(|(_, path)| folder.get_file(path)?.contents_utf8())
        .ok_or_else(|| WorldError::Missing { file: file.to_owned() })
}

/// An observer's report with the identities of the profiles that it saw, which are only
/// known once these are signed. The report has `{profile:FOLDER}` in their place.
fn with_identities(report: &str, identities: &BTreeMap<&str, Identity>) -> String {
    identities.iter().fold(report.to_owned(), |report, (folder, identity)| {
        report.replace(&format!("{{profile:{folder}}}"), &identity.to_string())
    })
}

/// The day for which the world is signed.
struct Day {
    /// How many days after [`REFERENCE`] it is; negative before.
    number: i64,
}

impl Day {
    fn of(now: Timestamp) -> Result<Self, WorldError> {
        if now < KEYS_SINCE {
            return Err(WorldError::ClockTooEarly { now });
        }
        Ok(Self { number: now.seconds_since(REFERENCE).div_euclid(86_400) })
    }

    /// When the day begins.
    fn begins_at(&self) -> Timestamp {
        REFERENCE.plus_days(self.number)
    }

    /// The sequence number of everything signed on this day: the number of days since 1970.
    fn sequence(&self) -> u64 {
        self.begins_at().unix().unsigned_abs() / 86_400
    }

    /// Reads an authoring file, moves its dates to this day and signs it.
    fn sign<T: Body>(
        &self,
        feed: &Feed<'_>,
        file: &str,
        text: &str,
    ) -> Result<RawDocument, WorldError> {
        let file = || file.to_owned();
        let authored: T = authoring::read(text)
            .map_err(|problem| WorldError::Authoring { file: file(), problem })?;
        let body = dates::moved(&authored, self.number)
            .map_err(|source| WorldError::Dates { file: file(), source })?;
        let signer = feed.signer()?;
        signer
            .sign(&body, self.sequence(), self.begins_at())
            .map_err(|source| WorldError::Sign { file: file(), source })
    }
}

#[cfg(test)]
mod tests;
