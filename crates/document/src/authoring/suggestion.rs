use super::{profile_template, read};
use crate::{Profile, ServerName};

/// A value for a member of a profile that somebody else knows: it goes into the template in
/// place of the example, as one more example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    section: &'static str,
    member: &'static str,
    value: String,
    origin: String,
}

impl Suggestion {
    /// A value for `section.member`, found at `origin`. `None` where a profile could not hold
    /// that value, or text of it could leave its line in the file.
    pub fn new(
        section: &'static str,
        member: &'static str,
        value: &toml::Value,
        origin: &str,
    ) -> Option<Self> {
        let value = value.to_string();
        let fits_a_line = !value.chars().chain(origin.chars()).any(char::is_control);
        let toml = format!(
            "server_name = 'a.example'\nabout.name.en = 'A'\n[{section}]\n{member} = {value}\n"
        );
        let fits = fits_a_line && read::<Profile>(&toml).is_ok();
        fits.then(|| Self { section, member, value, origin: origin.to_owned() })
    }

    /// The path of the member.
    pub fn place(&self) -> String {
        format!("{}.{}", self.section, self.member)
    }

    /// Puts it into a template. One without an example of the member stays as it is.
    fn write_into(&self, template: &str) -> String {
        let example = format!("#{} = ", self.member);
        let mut section = "";
        let mut is_inside_example = false;
        let mut text = String::new();
        for line in template.split_inclusive('\n') {
            if let Some(name) = line.trim_end().strip_prefix('[') {
                section = name.trim_end_matches(']');
            }
            if is_inside_example {
                is_inside_example = !line.starts_with("#]");
            } else if section == self.section && line.starts_with(&example) {
                // An example of several lines is a list, which is closed on a line of its own.
                is_inside_example = line.trim_end().ends_with("= [");
                let Self { member, value, origin, .. } = self;
                text.push_str(&format!("# Found at {origin}:\n#{member} = {value}\n"));
            } else {
                text.push_str(line);
            }
        }
        text
    }
}

/// A commented profile of this server, with what was found out about it in place of examples.
pub fn suggesting_template(server_name: &ServerName, suggestions: &[Suggestion]) -> String {
    let template = profile_template(server_name);
    suggestions.iter().fold(template, |text, suggestion| suggestion.write_into(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authoring::tests::uncomment;

    fn suggest(section: &'static str, member: &'static str, value: &str) -> Option<Suggestion> {
        let table: toml::Table = format!("value = {value}").parse().unwrap();
        Suggestion::new(section, member, &table["value"], "https://a.example/support")
    }

    #[test]
    fn a_suggestion_takes_the_place_of_the_example() {
        let name = ServerName::parse("a.example").unwrap();
        let contacts = "[{ role = 'm.role.admin', email_address = 'ada@a.example' }]";
        let suggestions = [
            suggest("contacts", "contacts", contacts).unwrap(),
            suggest("service", "software", "{ name = 'Conduit' }").unwrap(),
        ];
        let text = suggesting_template(&name, &suggestions);
        let changed: Vec<_> =
            text.lines().filter(|line| !profile_template(&name).contains(line)).collect();
        insta::assert_snapshot!(changed.join("\n"), @r#"
        # Found at https://a.example/support:
        #contacts = [{ email_address = "ada@a.example", role = "m.role.admin" }]
        # Found at https://a.example/support:
        #software = { name = "Conduit" }
        "#);
        assert!(!text.contains("admin@a.example"), "the example is gone");
        // Nothing counts before its author says so.
        let profile: Profile = read(&text).unwrap();
        assert_eq!(serde_json::to_value(&profile).unwrap().as_object().unwrap().len(), 2);
        let profile: Profile = read(&uncomment(&text)).unwrap();
        assert_eq!(profile.service.unwrap().software.unwrap().name.as_str(), "Conduit");
        assert_eq!(profile.contacts.unwrap().contacts.len(), 1);
    }

    #[test]
    fn what_no_profile_could_hold_is_not_suggested() {
        assert_eq!(suggest("contacts", "support_page", "'http://a.example/'"), None);
        assert_eq!(suggest("service", "software", "{ name = 5 }"), None);
        assert_eq!(suggest("service", "software", r#"{ name = "A\nserver_name = 'b'" }"#), None);
        let page = toml::Value::from("https://a.example/");
        assert_eq!(Suggestion::new("contacts", "support_page", &page, "a\nb = 1"), None);
    }
}
