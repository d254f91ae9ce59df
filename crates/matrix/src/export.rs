//! Writing a curator's list in the shape of joinmatrix.org.

use wellspring_document::json::{Map, Value};
use wellspring_document::profile::{Audience, Registration, RegistrationMethod, RegistrationMode};
use wellspring_document::{Endorsement, Label, LanguageTag, Link, ServerFacts};

use crate::list::{country_name, language_name};

/// Entries in the present shape of joinmatrix.org's list
/// ([`ListFormat::Joinmatrix`](crate::ListFormat::Joinmatrix)), which other clients read as
/// well: [`read_list`](crate::read_list) reads the same facts out of it again.
///
/// What the shape cannot say is left out: verdicts, reasons and dates, names of servers, and
/// of texts all languages but the one that fits `languages` best. So the caller chooses
/// entries whose servers may be listed.
pub fn joinmatrix<'e>(
    entries: impl IntoIterator<Item = &'e Endorsement>,
    languages: &[LanguageTag],
) -> Value {
    let (mut public, mut private) = (Vec::new(), Vec::new());
    for entry in entries {
        let audience = entry.facts.as_ref().and_then(|facts| facts.about.as_ref()?.audience);
        let section = match audience {
            None | Some(Audience::Public) => &mut public,
            Some(_) => &mut private,
        };
        section.push(server(entry, audience, languages));
    }
    let lists = [("public_servers", public), ("private_servers", private)];
    Value::Object(lists.into_iter().map(|(name, list)| (name.to_owned(), list.into())).collect())
}

/// An entry in the making.
#[derive(Default)]
struct Server(Map<String, Value>);

impl Server {
    /// Adds a member that is known.
    fn say(&mut self, member: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(member.to_owned(), value.into());
        }
    }

    fn say_list(&mut self, member: &str, values: Vec<&str>) {
        self.say(member, (!values.is_empty()).then_some(values));
    }
}

fn server(entry: &Endorsement, audience: Option<Audience>, languages: &[LanguageTag]) -> Value {
    let mut server = Server::default();
    server.say("name", Some(entry.server_name.as_str()));
    for (member, label) in [("longstanding", "longstanding"), ("cloudflare", "uses-cloudflare")] {
        let has_label = entry.labels.iter().any(|it| it.as_str() == label);
        server.say(member, has_label.then_some(true));
    }
    if let Some(facts) = &entry.facts {
        say_facts(&mut server, facts, languages);
        let registration = facts.registration.as_ref();
        say_registration(&mut server, registration, audience, languages);
    }
    Value::Object(server.0)
}

fn say_facts(server: &mut Server, facts: &ServerFacts, languages: &[LanguageTag]) {
    let ServerFacts { about, operator, hosting, policies, service, .. } = facts;
    if let Some(about) = about {
        server.say("homepage", about.website.as_ref().map(Link::as_str));
        let description = about.description.as_ref();
        server.say("description", description.map(|it| it.pick(languages).1.as_str()));
        server.say_list("languages", about.languages.iter().filter_map(language_name).collect());
    }
    if let Some(operator) = operator {
        let countries: Vec<_> = operator.staff_countries.iter().filter_map(country_name).collect();
        server.say("staff_jur", (!countries.is_empty()).then(|| countries.join(", ")));
    }
    server.say("isp", hosting.as_ref().and_then(|it| Some(it.provider.as_ref()?.as_str())));
    if let Some(policies) = policies {
        server.say("rules", policies.rules.as_ref().map(Link::as_str));
        server.say("privacy", policies.privacy.as_ref().map(Link::as_str));
    }
    if let Some(service) = service {
        let software = service.software.as_ref();
        server.say("software", software.map(|it| it.name.as_str()));
        let version = software.and_then(|it| it.version.as_ref());
        server.say("version", version.map(|it| it.as_str()));
        server.say_list("features", service.features.iter().map(Label::as_str).collect());
    }
}

fn say_registration(
    server: &mut Server,
    registration: Option<&Registration>,
    audience: Option<Audience>,
    languages: &[LanguageTag],
) {
    // The only way in which the shape says that a server is for members.
    let membership = (audience == Some(Audience::Members)).then_some("Membership");
    let Some(registration) = registration else {
        return server.say("reg_method", membership);
    };
    let Registration { mode, methods, .. } = registration;
    let method = methods.iter().find_map(|method| match method {
        RegistrationMethod::SingleSignOn => Some("SSO"),
        RegistrationMethod::OpenidConnect => Some("OIDC"),
        RegistrationMethod::Form => Some("Form"),
        RegistrationMethod::Password | RegistrationMethod::Token => None,
    });
    server.say("reg_method", membership.or(method));
    // "Vanilla" is what any client can do at once.
    let is_vanilla =
        *mode == Some(RegistrationMode::Open) && methods.contains(&RegistrationMethod::Password);
    server.say("using_vanilla_reg", is_vanilla.then_some(true));
    server.say("reg_link", registration.link.as_ref().map(Link::as_str));
    server.say("captcha", registration.captcha);
    server.say("email", registration.email_required);
    let note = registration.note.as_ref();
    server.say("reg_note", note.map(|it| it.pick(languages).1.as_str()));
}
