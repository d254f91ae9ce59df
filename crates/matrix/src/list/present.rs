//! Entries of the shape that joinmatrix.org serves today and FluffyChat took over.

use wellspring_document::LanguageTag;
use wellspring_document::profile::{Audience, RegistrationMethod, RegistrationMode};

use super::entry::Entry;
use super::findings::{Findings, add, label, read_country, read_flag};
use super::registration::read_method;
use super::remark::RemarkReason;

/// The link to the server's website in joinmatrix's list; FluffyChat has [`WEBSITE`].
pub(super) const HOMEPAGE: &str = "homepage";
const WEBSITE: &str = "website";

/// An entry of joinmatrix's public servers.
pub(super) fn read_public(entry: &mut Entry<'_>) -> Findings {
    read(entry, HOMEPAGE, Audience::Public)
}

/// An entry of joinmatrix's private servers.
pub(super) fn read_private(entry: &mut Entry<'_>) -> Findings {
    read(entry, HOMEPAGE, Audience::Invited)
}

/// An entry of FluffyChat's list.
pub(super) fn read_fluffychat(entry: &mut Entry<'_>) -> Findings {
    read(entry, WEBSITE, Audience::Public)
}

fn read(entry: &mut Entry<'_>, website: &'static str, audience: Audience) -> Findings {
    // Nothing says in which language the texts are.
    let mut found = Findings::new(LanguageTag::undetermined());
    entry.leave_out("client_domain", RemarkReason::Host);
    entry.leave_out("server_domain", RemarkReason::Host);
    found.about.website = entry.link(website);
    found.about.description = entry.long_text("description").map(|text| found.localized(text));
    found.about.audience = Some(audience);
    for name in entry.texts("languages") {
        found.add_language(entry, "languages", name);
    }
    found.hosting.provider = entry.line("isp");
    read_staff_jurisdiction(entry, &mut found);
    found.policies.rules = entry.link("rules");
    found.policies.privacy = entry.link("privacy");
    read_registration(entry, &mut found, audience);
    found.read_software(entry);
    read_features(entry, &mut found);
    for (member, words) in [("longstanding", "longstanding"), ("cloudflare", "uses Cloudflare")] {
        if read_flag(entry, member) {
            found.add_label(entry, member, words);
        }
    }
    for member in ["online_status", "ver_status", "room_directory", "ipv6"] {
        entry.leave_out(member, RemarkReason::Measurement);
    }
    found
}

/// The name of a country, or of several with commas, slashes or semicolons between them.
fn read_staff_jurisdiction(entry: &mut Entry<'_>, found: &mut Findings) {
    const MEMBER: &str = "staff_jur";
    let Some(text) = entry.text(MEMBER) else { return };
    for name in text.split([',', '/', ';']).map(str::trim).filter(|name| !name.is_empty()) {
        if let Some(code) = read_country(entry, MEMBER, name) {
            add(&mut found.operator.staff_countries, code, entry, MEMBER);
        }
    }
}

fn read_registration(entry: &mut Entry<'_>, found: &mut Findings, audience: Audience) {
    read_method(entry, found);
    if read_flag(entry, "using_vanilla_reg") {
        // Any client can register an account.
        let methods = &mut found.registration.methods;
        if !methods.contains(&RegistrationMethod::Password) {
            methods.push(RegistrationMethod::Password);
        }
        if audience == Audience::Public {
            found.registration.mode = Some(RegistrationMode::Open);
        }
    }
    found.registration.link = entry.link("reg_link");
    found.registration.captcha = entry.boolean("captcha");
    found.registration.email_required = entry.boolean("email");
    for member in ["reg_note", "captcha_note"] {
        if let Some(text) = entry.text(member) {
            found.note(entry, member, text);
        }
    }
}

fn read_features(entry: &mut Entry<'_>, found: &mut Findings) {
    for words in entry.texts("features") {
        match label(words) {
            Some(feature) => add(&mut found.service.features, feature, entry, "features"),
            None => entry.remark("features", words, RemarkReason::NotALabel),
        }
    }
    if read_flag(entry, "sliding_sync")
        && let Some(feature) = label("sliding sync")
    {
        add(&mut found.service.features, feature, entry, "sliding_sync");
    }
}
