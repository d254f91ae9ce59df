use super::*;
use crate::{EndorsementList, ObservationReport, Profile};

/// Makes every example of a template count.
fn uncomment(template: &str) -> String {
    template
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(example) if !example.is_empty() && !is_explanation(example) => example,
            _ => line,
        })
        .map(|line| format!("{line}\n"))
        .collect()
}

/// The lines of an example list are indented by two spaces, explanations by one or three.
fn is_explanation(line: &str) -> bool {
    line.starts_with(' ') && !line.starts_with("  {")
}

pub(crate) fn full_profile() -> Profile {
    let template = profile_template(&ServerName::parse("garden.example").unwrap());
    read(&uncomment(&template)).unwrap_or_else(|error| panic!("profile.toml {error}"))
}

pub(crate) fn full_list() -> EndorsementList {
    let name = Text::new("The \"best\" \\ curators").unwrap();
    let template = endorsements_template(&LanguageTag::english(), &name);
    read(&uncomment(&template)).unwrap_or_else(|error| panic!("endorsements.toml {error}"))
}

/// Members of which no example shows a value, as the debug form prints them.
fn without_value(body: &impl fmt::Debug) -> Vec<String> {
    let printed = format!("{body:#?}");
    let lines = printed.lines().map(str::trim);
    lines
        .filter(|line| [": None,", ": [],", ": {},"].iter().any(|end| line.ends_with(end)))
        .map(|line| line.split(':').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn the_profile_template_is_valid_as_it_is() {
    for name in ["garden.example", "garden.example:8448", "192.0.2.7", "[2001:db8::7]:8448"] {
        let server_name = ServerName::parse(name).unwrap();
        let profile: Profile = read(&profile_template(&server_name)).unwrap();
        assert_eq!(profile.server_name, server_name);
        assert_eq!(serde_json::to_value(&profile).unwrap().as_object().unwrap().len(), 2);
    }
    let text = profile_template(&ServerName::parse("garden.example:8448").unwrap());
    read::<Profile>(&uncomment(&text)).unwrap();
    assert!(!text.contains("{server_name}") && !text.contains("{host}"));
}

#[test]
fn the_profile_template_has_an_example_of_every_member() {
    let mut missing = without_value(&full_profile());
    missing.sort_unstable();
    // Of these only one can be there at a time; each has its own example.
    let alternatives =
        ["criterion", "criterion", "days", "document", "document", "forever", "issuer", "issuer"];
    assert_eq!(missing, alternatives);
}

#[test]
fn the_endorsements_template_is_valid_as_it_is() {
    let name = Text::new("'\"\"\" curators").unwrap();
    let language = LanguageTag::new("pt-BR").unwrap();
    let list: EndorsementList = read(&endorsements_template(&language, &name)).unwrap();
    assert_eq!(list.curator.name.get(&language), Some(&name));
    assert!(list.entries.is_empty() && list.curators.is_empty());
}

#[test]
fn the_endorsements_template_has_an_example_of_every_member() {
    let mut list = full_list();
    assert_eq!(list.entries.len(), 2);
    // The second entry is a short warning, and only nodes adopt lists.
    list.entries.truncate(1);
    let facts = list.entries[0].facts.take().unwrap();
    assert_eq!(without_value(&list), ["facts", "adopted_from"]);
    let sections = serde_json::to_value(facts).unwrap();
    assert_eq!(sections.as_object().unwrap().len(), 6);
}

#[test]
fn days_and_times_are_toml_dates_or_text() {
    let profile = |since: &str, starts_at: &str| {
        let toml = format!(
            "server_name = 'a.example'\nabout = {{ name.en = 'A', since = {since} }}\n\
             service.maintenance = [{{ starts_at = {starts_at}, ends_at = 2027-01-01T00:00:00Z }}]"
        );
        read::<Profile>(&toml)
    };
    let written = profile("2019-04-01", "2026-12-05T20:00:00Z").unwrap();
    assert_eq!(profile("'2019-04-01'", "'2026-12-05T20:00:00Z'"), Ok(written.clone()));
    assert_eq!(profile("2019-04-01", "2026-12-05 20:00:00z"), Ok(written));
    assert!(profile("2019-04-01T00:00:00Z", "2026-12-05T20:00:00Z").is_err());
    assert!(profile("2019-04-01", "2026-12-05T20:00:00+01:00").is_err());
    assert!(profile("2019-04-01", "2026-12-05T20:00:00").is_err());
}

#[test]
fn files_of_windows_editors_are_read() {
    let toml = "\u{FEFF}server_name = 'a.example'\r\n[about]\r\nname.en = 'A'\r\n\
                description.en = '''one\r\ntwo'''\r\nsince = 5";
    let error = read::<Profile>(toml).unwrap_err();
    assert_eq!((error.line, error.place.as_str()), (Some(6), "about.since"));
    let profile: Profile = read(&toml.replace("since = 5", "")).unwrap();
    let description = profile.about.description.unwrap();
    assert_eq!(description.pick(&[]).1.as_str(), "one\ntwo");
}

#[test]
fn reports_are_authored_the_same_way() {
    let report: ObservationReport = read(
        "observer.name.en = 'Observer'\n[[entries]]\nserver_name = 'a.example'\n\
         observed_at = 2026-11-22T10:00:00Z\nuptime.24h = { answered = 287, made = 288 }",
    )
    .unwrap();
    assert_eq!(report.entries[0].uptime.day.unwrap().answered, 287);
}

fn refusal(toml: &str) -> String {
    format!("profile.toml {}", read::<Profile>(toml).unwrap_err())
}

#[test]
fn an_error_names_line_member_and_rule() {
    let head = "server_name = \"a.example\"\n\n[about]\nname.en = \"A\"\n";
    let with = |rest: &str| refusal(&format!("{head}{rest}"));
    // The file itself.
    insta::assert_snapshot!(refusal(""), @"profile.toml member server_name: is required");
    insta::assert_snapshot!(refusal("server_name = \"a.example\""), @"profile.toml member about.name: is required");
    insta::assert_snapshot!(refusal("server_name = \"a.example\"\nserver_name = \"b.example\""), @"profile.toml line 2: is not valid TOML: duplicate key");
    insta::assert_snapshot!(refusal("server_name = a.example"), @"profile.toml line 1: is not valid TOML: string values must be quoted, expected literal string");
    insta::assert_snapshot!(with("website ="), @"profile.toml line 5: is not valid TOML: string values must be quoted, expected literal string");
    // A member of a section, of a list, of a table in a list.
    insta::assert_snapshot!(with("languages = [\n  \"de\",\n  \"DE\",\n]"), @r#"profile.toml line 7, about.languages[1]: must be written "de", so that one language has one spelling"#);
    insta::assert_snapshot!(with("[registration]\nmode = \"free\""), @r#"profile.toml line 6, registration.mode: must be one of open, approval, invite, closed, not "free""#);
    insta::assert_snapshot!(with("[registration]\n\nmethods = [\n\"password\",\n\"post\"]"), @r#"profile.toml line 9, registration.methods[1]: must be one of password, openid-connect, single-sign-on, form, token, not "post""#);
    insta::assert_snapshot!(with("[[operator.team]]\nrole.en = \"a\"\n[[operator.team]]\nname = \"b\""), @"profile.toml line 7, operator.team[1].role: is required");
    insta::assert_snapshot!(with("[operator]\npeople_with_full_access = 3.5"), @"profile.toml line 6, operator.people_with_full_access: must be a whole number from 0 to 4294967295, not a number with a fraction");
    insta::assert_snapshot!(with("[operator]\npeople_with_full_access = -3"), @"profile.toml line 6, operator.people_with_full_access: must be a whole number from 0 to 4294967295, not -3");
    insta::assert_snapshot!(with("[operator]\npeople_with_full_access = 99999999999999999999"), @"profile.toml line 6, operator.people_with_full_access: must be a number of at most 18 digits");
    insta::assert_snapshot!(with("[operator]\npeople_with_full_access = nan"), @"profile.toml line 6, operator.people_with_full_access: must be a whole number");
    insta::assert_snapshot!(with("description = \"text without a language\""), @"profile.toml line 5, about.description: must be one text per language, under names like en or pt-BR, not text");
    insta::assert_snapshot!(with("description.german = \"Hallo\""), @r#"profile.toml line 5, about.description.german: must be a language tag (BCP 47), like "de", "pt-BR" or "zh-Hant""#);
    insta::assert_snapshot!(with("website = \"http://a.example\""), @"profile.toml line 5, about.website: must begin with https://");
    // A rule about several members.
    insta::assert_snapshot!(with("[limits]\nupload_mib = 5\nmedia_retention.days = 0"), @"profile.toml line 7, limits.media_retention: must have either days, at least 1, or forever = true");
    insta::assert_snapshot!(with("[hosting]\ncountries = [\"DE\",\n \"DE\"]"), @"profile.toml line 7, hosting.countries[1]: must not repeat item 0");
}

#[test]
fn a_member_that_does_not_exist_is_an_error() {
    let with =
        |rest: &str| refusal(&format!("server_name = 'a.example'\nabout.name.en = 'A'\n{rest}"));
    insta::assert_snapshot!(with("[registration]\nmehtods = []"), @"profile.toml line 4, registration.mehtods: is not a known member; did you mean methods?");
    insta::assert_snapshot!(with("[regstration]"), @"profile.toml line 3, regstration: is not a known member; did you mean registration?");
    insta::assert_snapshot!(with("[portability]\ncolour = 'red'"), @"profile.toml line 4, portability.colour: is not a known member; known here are account_export, account_import, deactivation, guides");
    insta::assert_snapshot!(with("expires_at = '2027-01-01'"), @"profile.toml line 3, expires_at: is not a known member; known here are server_name, about, registration, operator, contacts, hosting, pricing, finance, limits, policies, data_access, service, portability, applies_to, replies");
    // It comes before what is missing because of it.
    insta::assert_snapshot!(refusal("servername = 'a.example'\nabout.name.en = 'A'"), @"profile.toml line 1, servername: is not a known member; did you mean server_name?");
}
