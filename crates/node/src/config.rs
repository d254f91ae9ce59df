//! The configuration of a node: one TOML file.
//!
//! Every key has a default but the trust of a community. `deploy/wellspring.example.toml`
//! explains them all; a test holds it against these types.

mod based_on;

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;
use wellspring_document::{
    CommunityName, Credit, Date, EmailAddress, Excerpt, IssuerId, LanguageTag, Link, ListSource,
    Localized, ServerName,
};
use wellspring_fetch::Development;
use wellspring_ranking::{Adopted, Fraction, Policy};

pub use based_on::read_policy;

use crate::tree::TreePlace;

/// A whole configuration file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The machine's side of it.
    #[serde(default)]
    pub node: NodeConfig,
    /// When and what to fetch.
    #[serde(default)]
    pub sync: SyncConfig,
    /// Whether anybody may propose servers.
    #[serde(default)]
    pub submissions: SubmissionsConfig,
    /// Lists that exist unsigned and that this node's operator vouches for.
    #[serde(default)]
    pub adopt: Vec<AdoptedList>,
    /// Addresses of endorsement lists and observation reports.
    #[serde(default, rename = "feed")]
    pub feeds: Vec<FeedConfig>,
    /// Folders with signed documents: a git checkout, an rsync copy.
    #[serde(default, rename = "directory")]
    pub directories: Vec<DirectoryConfig>,
    /// The trees of other nodes.
    #[serde(default, rename = "mirror")]
    pub mirrors: Vec<MirrorConfig>,
    /// The communities that this node serves; at least one.
    #[serde(rename = "community")]
    pub communities: Vec<CommunityConfig>,
    /// What loosens the address rule for trying things out. All off by default.
    #[serde(default)]
    pub development: Development,
}

/// `[node]`: where it listens and keeps its data, and who runs it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NodeConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address under which people reach it, for links in answers; `http://LISTEN/`
    /// where absent.
    pub public_url: Option<Url>,
    /// The folder of the database and the node's own key.
    pub data_dir: PathBuf,
    /// The page that says who runs the node.
    pub imprint: Option<Link>,
    /// Where people complain about what the node shows.
    pub complaints: Option<PageOrMail>,
    /// How those whose servers it fetches from reach its operator. It is part of the
    /// User-Agent.
    pub contact: Option<PageOrMail>,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8420)),
            public_url: None,
            data_dir: PathBuf::from("wellspring-data"),
            imprint: None,
            complaints: None,
            contact: None,
        }
    }
}

/// An `https:` page or a mail address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum PageOrMail {
    /// A page.
    Page(Link),
    /// A mail address.
    Mail(EmailAddress),
}

impl PageOrMail {
    /// As the target of a link: `https:…` or `mailto:…`.
    pub fn href(&self) -> String {
        match self {
            Self::Page(link) => link.to_string(),
            Self::Mail(address) => format!("mailto:{address}"),
        }
    }
}

impl TryFrom<String> for PageOrMail {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains("://") {
            Link::try_from(text).map(Self::Page).map_err(|error| error.to_string())
        } else {
            EmailAddress::try_from(text).map(Self::Mail).map_err(|error| error.to_string())
        }
    }
}

impl fmt::Display for PageOrMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(link) => link.fmt(f),
            Self::Mail(address) => address.fmt(f),
        }
    }
}

/// `[sync]`: when and what to fetch.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SyncConfig {
    /// Minutes between two rounds, 1 to 10,080 (a week).
    pub every_minutes: u32,
    /// Which sources to ask.
    pub sources: Discovery,
}

impl Default for SyncConfig {
    fn default() -> Self {
        Self { every_minutes: 60, sources: Discovery::Followed }
    }
}

/// `[submissions]`: whether anybody may propose servers to the node.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SubmissionsConfig {
    /// Whether the node takes submissions. Where absent, it does if it follows what documents
    /// lead to ([`Discovery::Followed`]): who is new has no other way to be found. A node that
    /// asks only what its configuration names asks for nobody else either.
    pub accept: Option<bool>,
}

/// Which sources a node asks besides those in its configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discovery {
    /// Those that trusted documents lead to: the profile of every server that a trusted
    /// curator or an adopted list names, and the lists of the curators whom trusted ones
    /// recommend.
    Followed,
    /// None.
    Configured,
}

/// `[[adopt]]`: an unsigned list that this node reads and vouches for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdoptedList {
    /// An `https:` address, or a file.
    pub from: String,
    /// The date that the list itself bears.
    pub list_date: Option<Date>,
    /// Since when the node's operator vouches for the list.
    pub vouched_since: Option<Date>,
    /// Who made the list.
    pub credit: Option<Credit>,
}

/// Where the bytes of an adopted list come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListPlace {
    /// Over HTTPS.
    Url(Url),
    /// From a file.
    File(PathBuf),
}

impl AdoptedList {
    /// Where to read it: what begins like a URL is one, all else is a file.
    ///
    /// # Errors
    /// Where it looks like a URL and is none.
    pub fn place(&self) -> Result<ListPlace, ConfigError> {
        if !self.from.contains("://") {
            return Ok(ListPlace::File(PathBuf::from(&self.from)));
        }
        let url = Url::parse(&self.from).map_err(|error| {
            refuse("adopt.from", format!("\"{}\" is not a URL: {error}", self.from))
        })?;
        Ok(ListPlace::Url(url))
    }

    /// What documents call the source: the URL, or the bare name of the file.
    ///
    /// # Errors
    /// Where the address or the file's name cannot be written in a document.
    pub fn source(&self) -> Result<ListSource, ConfigError> {
        let source = match self.place()? {
            ListPlace::Url(url) => ListSource::try_from(url.to_string()),
            ListPlace::File(path) => {
                ListSource::file(&path.file_name().unwrap_or_default().to_string_lossy())
            }
        };
        source.map_err(|error| refuse("adopt.from", format!("\"{}\": {error}", self.from)))
    }
}

/// `[[feed]]`: where an endorsement list or an observation report is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedConfig {
    /// The `https:` address of the signed document.
    pub url: Link,
}

/// `[[directory]]`: a folder whose `*.json` files are documents.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryConfig {
    /// The folder.
    pub path: PathBuf,
}

/// `[[mirror]]`: another node's tree, or a copy of one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MirrorConfig {
    /// The `https:` address of the tree, or a folder.
    pub from: String,
    /// Whose index it has to be; anybody's where absent. What the index names is checked by
    /// itself either way.
    pub issuer: Option<IssuerId>,
}

impl MirrorConfig {
    /// Where to read it: what begins like a URL is one, all else is a folder.
    ///
    /// # Errors
    /// Where it looks like a URL and is none, or is no `https:` one.
    pub fn place(&self) -> Result<TreePlace, ConfigError> {
        let wrong = |rule: String| refuse("mirror.from", format!("\"{}\": {rule}", self.from));
        let place = TreePlace::parse(&self.from).map_err(|error| wrong(error.to_string()))?;
        match &place {
            TreePlace::Url(url) if url.scheme() != "https" => {
                Err(wrong("a tree is fetched from an https address or read from a folder".into()))
            }
            _ => Ok(place),
        }
    }
}

/// `[[community]]`: who trusts whom, and how its pages look.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommunityConfig {
    /// A short name for addresses and logs: 1 to 32 of a-z, 0-9 and "-".
    pub id: CommunityName,
    /// Where its pages are: `/`, or `/` and the id where absent and it is not the only one.
    pub path: Option<String>,
    /// Its name for people.
    pub name: Localized,
    /// A sentence about it.
    pub description: Option<Localized>,
    /// The languages of those who read its pages, the most wanted first; at least one. A
    /// text that comes in several is shown in the first of them that it has.
    #[serde(default = "english")]
    pub languages: Vec<LanguageTag>,
    /// Its colour on light and on dark ground.
    #[serde(default)]
    pub accent: Accent,
    /// Servers whose profiles to fetch although nobody names them.
    #[serde(default)]
    pub servers: BTreeSet<ServerName>,
    /// Whom it trusts, and its weights, factors, criteria and thresholds. With `based_on`, it
    /// begins as one of the shipped policies.
    pub policy: Policy,
}

fn english() -> Vec<LanguageTag> {
    vec![LanguageTag::english()]
}

/// A community's colour, once for light ground and once for dark.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accent {
    /// On light ground.
    pub light: Colour,
    /// On dark ground.
    pub dark: Colour,
}

impl Default for Accent {
    fn default() -> Self {
        Self { light: Colour([0x0B, 0x6B, 0x5B]), dark: Colour([0x5F, 0xD3, 0xBC]) }
    }
}

/// A colour as red, green and blue, written `#0b6b5b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Colour([u8; 3]);

impl Colour {
    /// The relative luminance (WCAG 2.2), 0 for black to 1 for white.
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast ratio with another colour (WCAG 2.2), 1 to 21.
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

impl TryFrom<String> for Colour {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .map(|value| {
                let [_, red, green, blue] = value.to_be_bytes();
                Self([red, green, blue])
            })
            .ok_or_else(|| format!("\"{text}\" is not a colour like #0b6b5b"))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// What a node that adopts one list starts from.
const ADOPTING: &str = r#"
[sync]
sources = "configured"

[[community]]
id = "adopted"
name = { en = "Servers of one list" }
description = { en = "Every server of a list that exists today, as this node read it." }
policy = {}
"#;

/// Why a configuration is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum ConfigError {
    #[error("{0}")]
    Toml(String),
    #[error("{place}: {rule}")]
    Rule { place: String, rule: String },
}

/// What is wrong with a TOML text, in one line with the place: `line 12, port = "x": …`.
pub fn explain_toml(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count();
    let words = text.lines().nth(line).unwrap_or_default().trim();
    let place =
        if words.is_empty() { String::new() } else { format!(", {}", Excerpt::short(words)) };
    format!("line {}{place}: {}", line + 1, error.message())
}

fn refuse(place: impl Into<String>, rule: impl Into<String>) -> ConfigError {
    ConfigError::Rule { place: place.into(), rule: rule.into() }
}

/// The page backgrounds of the stylesheet, against which an accent must be readable.
const LIGHT_GROUND: Colour = Colour([0xFF, 0xFF, 0xFF]);
const DARK_GROUND: Colour = Colour([0x14, 0x18, 0x1B]);

/// Paths that belong to the node and to no community.
const RESERVED_PATHS: [&str; 7] =
    ["/api", "/assets", "/documents", "/healthz", "/tree", "/.well-known", "/robots.txt"];

impl Config {
    /// Reads a configuration from TOML text.
    ///
    /// # Errors
    /// Where the text is not TOML, a key is unknown, or a value breaks a rule.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut config: Self =
            toml::from_str(text).map_err(|error| ConfigError::Toml(explain_toml(text, &error)))?;
        if config.communities.iter().any(|community| community.policy.based_on.is_some()) {
            config = based_on::read(text)?;
        }
        config.check()?;
        Ok(config)
    }

    /// A configuration that reads one adopted list and nothing else: one community that
    /// trusts it in full, since adopting it is all that its operator said.
    ///
    /// # Errors
    /// Where `from` is neither an `https:` address nor the name of a file.
    pub fn adopting(from: &str) -> Result<Self, ConfigError> {
        let list = AdoptedList {
            from: from.to_owned(),
            list_date: None,
            vouched_since: None,
            credit: None,
        };
        let source = list.source()?;
        let mut config = Self::parse(ADOPTING)?;
        config.communities[0].policy.adopted.push(Adopted {
            source,
            trust: Fraction::ONE,
            name: None,
        });
        config.adopt.push(list);
        Ok(config)
    }

    /// As [`Config::parse`]; relative paths start from `base`, the folder of the file.
    ///
    /// # Errors
    /// As [`Config::parse`].
    pub fn parse_in(text: &str, base: &Path) -> Result<Self, ConfigError> {
        let mut config = Self::parse(text)?;
        let rebase = |path: &mut PathBuf| *path = base.join(&*path);
        rebase(&mut config.node.data_dir);
        config.development.extra_roots.iter_mut().for_each(rebase);
        config.directories.iter_mut().for_each(|directory| rebase(&mut directory.path));
        for mirror in &mut config.mirrors {
            if let TreePlace::Folder(path) = mirror.place()? {
                mirror.from = base.join(path).to_string_lossy().into_owned();
            }
        }
        for list in &mut config.adopt {
            if let ListPlace::File(path) = list.place()? {
                list.from = base.join(path).to_string_lossy().into_owned();
            }
        }
        Ok(config)
    }

    /// Whether the node takes server names that visitors propose, and asks them.
    pub fn takes_submissions(&self) -> bool {
        let by_default = self.sync.sources == Discovery::Followed;
        self.submissions.accept.unwrap_or(by_default)
    }

    /// The path under which a community's pages are, without a slash at the end; empty for
    /// the root.
    pub fn community_path(&self, community: &CommunityConfig) -> String {
        match &community.path {
            Some(path) => path.trim_end_matches('/').to_owned(),
            None if self.communities.len() == 1 => String::new(),
            None => format!("/{}", community.id),
        }
    }

    /// Checks that nothing is loosened on a node that others can reach: they could make it
    /// ask services of its own machine.
    ///
    /// # Errors
    /// Where the development section is in use and `node.listen` is no loopback address.
    pub fn check_development(&self) -> Result<(), ConfigError> {
        if self.development.is_default() || self.node.listen.ip().is_loopback() {
            return Ok(());
        }
        Err(refuse(
            "development",
            "nothing of it may be on where node.listen is not a loopback address",
        ))
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.communities.is_empty() {
            return Err(refuse("community", "a node serves at least one [[community]]"));
        }
        if !(1..=10_080).contains(&self.sync.every_minutes) {
            return Err(refuse("sync.every_minutes", "must be between 1 and 10080 (a week)"));
        }
        self.check_development()?;
        let mut sources = BTreeSet::new();
        for list in &self.adopt {
            if !sources.insert(list.source()?.to_string()) {
                let rule = format!("\"{}\" is adopted twice", list.from);
                return Err(refuse("adopt.from", rule));
            }
        }
        let mut mirrors = BTreeSet::new();
        for mirror in &self.mirrors {
            if !mirrors.insert(mirror.place()?.to_string()) {
                let rule = format!("\"{}\" is mirrored twice", mirror.from);
                return Err(refuse("mirror.from", rule));
            }
        }
        let mut ids = BTreeSet::new();
        let mut paths = BTreeSet::new();
        for (index, community) in self.communities.iter().enumerate() {
            let place = |member: &str| format!("community[{index}].{member}");
            if !ids.insert(&community.id) {
                return Err(refuse(place("id"), format!("\"{}\" is taken", community.id)));
            }
            let path = self.community_path(community);
            check_path(&path).map_err(|rule| refuse(place("path"), rule))?;
            if !paths.insert(path.clone()) {
                return Err(refuse(place("path"), format!("\"{path}/\" is taken")));
            }
            community.check(&place)?;
            for trusted in &community.policy.adopted {
                if !sources.contains(trusted.source.as_str()) {
                    let rule =
                        format!("\"{}\" is the source of no [[adopt]]", trusted.source.as_str());
                    return Err(refuse(place("policy.adopted"), rule));
                }
            }
        }
        Ok(())
    }
}

/// A community's path is one plain segment that is not the node's own.
fn check_path(path: &str) -> Result<(), String> {
    let plain = path.is_empty()
        || path.strip_prefix('/').is_some_and(|segment| segment.parse::<CommunityName>().is_ok());
    if !plain {
        return Err("a path is \"/\", or \"/\" and 1 to 32 of a-z, 0-9 and \"-\"".to_owned());
    }
    if RESERVED_PATHS.contains(&path) || COMMUNITY_PAGES.contains(&path) {
        return Err(format!("\"{path}\" is an address of the node itself"));
    }
    Ok(())
}

/// Pages below the path of a community; one at the root has them where another
/// community's path could be.
const COMMUNITY_PAGES: [&str; 4] = ["/servers", "/curators", "/about", "/status"];

impl CommunityConfig {
    fn check(&self, place: &dyn Fn(&str) -> String) -> Result<(), ConfigError> {
        if self.languages.is_empty() {
            return Err(refuse(place("languages"), "name at least one, or leave it out"));
        }
        for (member, colour, ground) in [
            ("accent.light", self.accent.light, LIGHT_GROUND),
            ("accent.dark", self.accent.dark, DARK_GROUND),
        ] {
            let contrast = colour.contrast(ground);
            if contrast < 4.5 {
                return Err(refuse(
                    place(member),
                    format!(
                        "{colour} has a contrast of {contrast:.1} to its ground; text needs 4.5 (WCAG 2.2, 1.4.3)"
                    ),
                ));
            }
        }
        self.policy.check().map_err(|error| refuse(place("policy"), error.to_string()))
    }
}

#[cfg(test)]
mod tests;
