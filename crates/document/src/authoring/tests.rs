use super::*;
use crate::{EndorsementList, ObservationReport, Profile};

/// Makes every example of a template count.
pub(super) fn uncomment(template: &str) -> String {
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

/// All that [`check`] finds, one line each.
fn faults<T: Body + fmt::Debug>(toml: &str) -> String {
    let errors = check::<T>(toml).unwrap_err();
    let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn every_fault_is_found_at_once() {
    let toml = "\
server_name = \"Garden.example\"
[about]
name.en = \"Garden\"
name.german = \"Garten\"
website = \"http://garden.example\"
languages = [\"en\", \"DE\", \"english\", \"fr\", \"fr\"]
since = \"yesterday\"
auidence = \"public\"
[registration]
mode = \"free\"
approval_hours = 99999999999999999999
intake.accepting_until = 2030-12-31T10:00:00Z
[operator]
country = \"Germany\"
staff_countries = [\"DE\", \"de\", \"XX\"]
people_with_full_access = \"three\"
[[operator.team]]
name = \"Rowan\"
[[operator.team]]
role.en = \"moderation\"
matrix_id = \"rowan\"
[limits]
media_retention.days = 0
[finance]
months_covered = inf
[colours]
red = 1
";
    insta::assert_snapshot!(faults::<Profile>(toml), @r#"
    line 1, server_name: "Garden.example" has an upper-case letter; server names in documents are lower case
    line 4, about.name.german: must be a language tag (BCP 47), like "de", "pt-BR" or "zh-Hant"
    line 5, about.website: must begin with https://
    line 6, about.languages[1]: must be written "de", so that one language has one spelling
    line 6, about.languages[2]: must be a language tag (BCP 47), like "de", "pt-BR" or "zh-Hant"
    line 7, about.since: "yesterday" is not a date of the form 2026-11-22 (years 1970 to 9999)
    line 8, about.auidence: is not a known member; did you mean audience?
    line 10, registration.mode: must be one of open, approval, invite, closed, not "free"
    line 11, registration.approval_hours: must be a number of at most 18 digits
    line 12, registration.intake.accepting_until: "2030-12-31T10:00:00Z" is not a date of the form 2026-11-22 (years 1970 to 9999)
    line 14, operator.country: must be a country code of ISO 3166-1 in two capital letters, like DE or GB
    line 15, operator.staff_countries[1]: must be a country code of ISO 3166-1 in two capital letters, like DE or GB
    line 15, operator.staff_countries[2]: must be a country code of ISO 3166-1 in two capital letters, like DE or GB
    line 16, operator.people_with_full_access: must be a whole number from 0 to 4294967295, not text
    line 17, operator.team[0].role: is required
    line 21, operator.team[1].matrix_id: must be a Matrix user id like @admin:example.org
    line 25, finance.months_covered: must be a whole number
    line 26, colours: is not a known member; known here are server_name, about, registration, operator, contacts, hosting, pricing, finance, limits, policies, data_access, service, portability, applies_to, replies
    "#);
}

#[test]
fn a_fault_that_another_one_brings_about_is_left_out() {
    insta::assert_snapshot!(faults::<Profile>("servername = 'a.example'\nabout.nam.en = 'A'"), @"
    line 1, servername: is not a known member; did you mean server_name?
    line 2, about.nam: is not a known member; did you mean name?
    ");
    let list = "curator.name.en = 'A'\n[[entries]]\nserver_name = 'a.example'\nverdict = 'warn'\n\
                reason.en = 'a'\nreviewed_at = 'soon'\nexpires_at = 2027-01-01\n\
                source = 'https://a.example/'\nobjection.page = 'a.example'\n\
                [[entries]]\nserver_name = 'b.example'\n\
                [[entries]]\nserver_name = 'c.example'\nverdict = 'reject'\n\
                [[entries]]\nserver_name = 'c.example'\nverdict = 'list'\n";
    insta::assert_snapshot!(faults::<EndorsementList>(list), @r#"
    line 6, entries[0].reviewed_at: "soon" is not a date of the form 2026-11-22 (years 1970 to 9999)
    line 9, entries[0].objection.page: must begin with https://
    line 10, entries[1].verdict: is required
    line 12, entries[2].reason: is required with the verdict reject
    "#);
    // With the second entry mended, the numbers are those of the file.
    let list = list.replace("'b.example'", "'b.example'\nverdict = 'list'");
    insta::assert_snapshot!(faults::<EndorsementList>(&list), @r#"
    line 6, entries[0].reviewed_at: "soon" is not a date of the form 2026-11-22 (years 1970 to 9999)
    line 9, entries[0].objection.page: must begin with https://
    line 13, entries[2].reason: is required with the verdict reject
    line 17, entries[3].server_name: must not appear twice; entry 2 is about c.example
    "#);
}

#[test]
fn of_a_file_that_is_no_toml_every_broken_line_is_named() {
    insta::assert_snapshot!(faults::<Profile>("server_name = a.example\n[about]\nname.en = \nmode = \"x\"\nsince = 2030-13-01\nmode = 1"), @"
    line 1: is not valid TOML: string values must be quoted, expected literal string
    line 3: is not valid TOML: string values must be quoted, expected literal string
    line 5: is not valid TOML: invalid date, expected month between 01 and 12
    line 6: is not valid TOML: duplicate key
    ");
}

#[test]
fn a_check_ends_however_much_is_wrong() {
    let entries = "[[entries]]\nserver_name = 'A'\n".repeat(2_000);
    let errors = check::<EndorsementList>(&format!("curator.name.en = 'A'\n{entries}"));
    assert!((20..=50).contains(&errors.unwrap_err().len()));
    let unknown: String = (0..200).map(|index| format!("x{index} = 1\n")).collect();
    let errors = check::<Profile>(&format!("server_name = 'a.example'\n{unknown}"));
    assert_eq!(errors.unwrap_err().len(), 201);
}

/// What would take minutes if every fault were held against every other or every line.
#[test]
fn a_check_of_a_large_file_ends_soon() {
    let each = |line: fn(usize) -> String| (0..20_000).map(line).collect::<String>();
    for lines in [
        each(|index| format!("x{index} = 1\n")),
        each(|index| format!("x{index} =\n")),
        each(|index| format!("x{index} = 99999999999999999999\n")),
        each(|index| format!("replies[{index}].x = 1\n")),
        each(|index| format!("[[replies]]\nx{index} = 1\n")),
    ] {
        let errors = check::<Profile>(&format!("about.name.en = 'A'\n{lines}")).unwrap_err();
        assert!((100..=550).contains(&errors.len()), "{}", errors.len());
    }
}

#[test]
fn what_check_takes_is_what_read_takes() {
    let profile = full_profile();
    let toml = toml::to_string(&profile).unwrap();
    assert_eq!(check::<Profile>(&toml), Ok(profile.clone()));
    assert_eq!(read::<Profile>(&toml), Ok(profile));
}
