//! What a server itself says, as suggestions for its profile.

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use wellspring_document::authoring::Suggestion;
use wellspring_document::{EmailAddress, Link, ServerName, UserId, json};

use crate::client::{Network, NotFetched};

/// The longest answer that is read, in bytes. None of those that are asked for is longer than
/// some kilobytes.
const MAX_ANSWER_BYTES: usize = 256_000;

/// What came of asking one address.
#[derive(Debug, Serialize)]
pub(super) struct Asked {
    url: String,
    /// The members of the profile for which it gave suggestions.
    suggests: Vec<String>,
    /// Why it gave none.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = &self.url;
        match &self.problem {
            Some(problem) if problem.starts_with(url.as_str()) => writeln!(f, "  {problem}"),
            Some(problem) => writeln!(f, "  {url}: {problem}"),
            None if self.suggests.is_empty() => writeln!(f, "  {url}: nothing for a profile"),
            None => writeln!(f, "  {url}: {}", self.suggests.join(", ")),
        }
    }
}

/// What was found out about a server.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) asked: Vec<Asked>,
    pub(super) suggestions: Vec<Suggestion>,
}

/// Asks a server what it says of itself. What cannot be asked or read is left out.
///
/// # Errors
/// Where the network cannot be used at all.
pub(super) fn ask(name: &ServerName, network: &Network) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let well_known = format!("https://{}/.well-known/matrix", name.host());
    findings.ask(network, &format!("{well_known}/support"), support)?;
    let client = findings.ask(network, &format!("{well_known}/client"), nothing)?;
    let client = client.as_ref().and_then(|it| it["m.homeserver"]["base_url"].as_str());
    let client = client.map_or_else(
        || format!("https://{}", name.host()),
        |base| base.trim_end_matches('/').to_owned(),
    );
    findings.ask(network, &format!("{client}/_matrix/client/versions"), versions)?;
    findings.ask(network, &format!("{client}/_matrix/client/v3/login"), login)?;
    let server = findings.ask(network, &format!("{well_known}/server"), nothing)?;
    let server = server.as_ref().and_then(|it| it["m.server"].as_str());
    let server = server.map_or_else(|| name.as_str().to_owned(), str::to_owned);
    // Without a port in either, 8448 is that of the federation.
    let has_port = ServerName::parse(&server).is_ok_and(|it| it.as_str() != it.host());
    let server = if has_port { server } else { format!("{server}:8448") };
    findings.ask(network, &format!("https://{server}/_matrix/federation/v1/version"), version)?;
    Ok(findings)
}

/// A member of the profile and its value.
type Said = (&'static str, &'static str, toml::Value);

impl Findings {
    fn ask(
        &mut self,
        network: &Network,
        url: &str,
        read: fn(&Value) -> Vec<Said>,
    ) -> anyhow::Result<Option<Value>> {
        let mut asked = Asked { url: url.to_owned(), suggests: Vec::new(), problem: None };
        let answer = match network.get(url, MAX_ANSWER_BYTES) {
            Ok(fetched) => match json::read(&fetched.bytes, MAX_ANSWER_BYTES) {
                Ok(answer) => Some(answer),
                Err(error) => {
                    asked.problem = Some(error.to_string());
                    None
                }
            },
            Err(error) => {
                asked.problem = Some(error.downcast::<NotFetched>()?.message);
                None
            }
        };
        for (section, member, value) in answer.as_ref().map(read).unwrap_or_default() {
            if let Some(suggestion) = Suggestion::new(section, member, &value, url) {
                asked.suggests.push(suggestion.place());
                self.suggestions.push(suggestion);
            }
        }
        self.asked.push(asked);
        Ok(answer)
    }
}

fn nothing(_: &Value) -> Vec<Said> {
    Vec::new()
}

/// As in the client-server API: contacts with a role, and a page.
fn support(answer: &Value) -> Vec<Said> {
    let contacts = answer["contacts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let contacts: Vec<_> = contacts.iter().filter_map(contact).collect();
    let contacts = (!contacts.is_empty()).then(|| ("contacts", "contacts", contacts.into()));
    let page = answer["support_page"].as_str().and_then(|page| Link::from_address(page).ok());
    let page = page.map(|page| ("contacts", "support_page", page.as_str().into()));
    contacts.into_iter().chain(page).collect()
}

fn contact(contact: &Value) -> Option<toml::Value> {
    let text = |member: &str| contact[member].as_str();
    let role = text("role")?;
    let matrix_id = text("matrix_id").filter(|id| id.parse::<UserId>().is_ok());
    let email = text("email_address").filter(|email| email.parse::<EmailAddress>().is_ok());
    matrix_id.or(email)?;
    let members = [("role", Some(role)), ("matrix_id", matrix_id), ("email_address", email)];
    let members = members.into_iter().filter_map(|(name, text)| Some((name, text?)));
    Some(toml::Value::Table(members.map(|(name, text)| (name.to_owned(), text.into())).collect()))
}

fn versions(answer: &Value) -> Vec<Said> {
    let has_sliding_sync = answer["unstable_features"]["org.matrix.simplified_msc3575"] == true;
    let features = vec![toml::Value::from("sliding-sync")];
    has_sliding_sync.then(|| ("service", "features", features.into())).into_iter().collect()
}

/// The ways to log in, which mostly are those to register.
fn login(answer: &Value) -> Vec<Said> {
    let flows = answer["flows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut methods: Vec<_> = flows.iter().filter_map(method).collect();
    methods.dedup();
    let methods: Vec<_> = methods.into_iter().map(toml::Value::from).collect();
    if methods.is_empty() { Vec::new() } else { vec![("registration", "methods", methods.into())] }
}

fn method(flow: &Value) -> Option<&'static str> {
    let is_true = |member: &str| flow[member] == true;
    match flow["type"].as_str()? {
        "m.login.password" => Some("password"),
        "m.login.sso"
            if is_true("oauth_aware_preferred")
                || is_true("org.matrix.msc3824.delegated_oidc_compatibility") =>
        {
            Some("openid-connect")
        }
        "m.login.sso" => Some("single-sign-on"),
        _ => None,
    }
}

fn version(answer: &Value) -> Vec<Said> {
    let text = |member: &str| answer["server"][member].as_str();
    let members = [("name", text("name")), ("version", text("version"))];
    let members =
        members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into())));
    let software: toml::Table = members.collect();
    let is_named = software.contains_key("name");
    is_named.then(|| ("service", "software", software.into())).into_iter().collect()
}
