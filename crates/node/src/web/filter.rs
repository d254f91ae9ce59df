//! Which servers of a list somebody wants to see, and in which order.

use std::collections::BTreeMap;

use url::form_urlencoded;
use wellspring_document::profile::{About, Hosting, Operator, Registration, RegistrationMode};
use wellspring_document::{CountryCode, LanguageTag, Localized};
use wellspring_ranking::{Category, RankedServer};

use crate::web::names;
use crate::web::query::Parameters;
use crate::web::sections::section;

/// Every category, best first, the neutral mark last.
pub(super) const CATEGORIES: [Category; 5] =
    [Category::A, Category::B, Category::C, Category::D, Category::NotForPublic];

/// The category that is written so.
pub(super) fn category(text: &str) -> Option<Category> {
    CATEGORIES.into_iter().find(|category| category.as_str() == text)
}

/// What a list shows of a server, and finds it by: the same words that its own page shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) server: &'a RankedServer,
    pub(super) about: Option<&'a About>,
    registration: Option<&'a Registration>,
    operator: Option<&'a Operator>,
    hosting: Option<&'a Hosting>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(server: &'a RankedServer) -> Self {
        Self {
            server,
            about: section(server, |it| it.about).map(|shown| shown.value),
            registration: section(server, |it| it.registration).map(|shown| shown.value),
            operator: section(server, |it| it.operator).map(|shown| shown.value),
            hosting: section(server, |it| it.hosting).map(|shown| shown.value),
        }
    }

    pub(super) fn name(&self) -> Option<&'a Localized> {
        self.about?.name.as_ref()
    }

    pub(super) fn languages(&self) -> &'a [LanguageTag] {
        self.about.map_or(&[], |about| &about.languages)
    }

    pub(super) fn registration(&self) -> Option<RegistrationMode> {
        self.registration?.mode
    }

    /// The country whose law applies to the operator, then those where data lie; each once.
    pub(super) fn countries(&self) -> Vec<&'a CountryCode> {
        let mut countries: Vec<_> =
            self.operator.and_then(|operator| operator.country.as_ref()).into_iter().collect();
        for country in self.hosting.map_or(&[][..], |hosting| &hosting.countries) {
            if !countries.contains(&country) {
                countries.push(country);
            }
        }
        countries
    }

    /// Whether each of the words, in lower case, stands somewhere in what is known.
    fn contain(&self, words: &[String]) -> bool {
        if words.is_empty() {
            return true;
        }
        let mut text = String::with_capacity(512);
        let mut add = |part: &str| {
            text.extend(part.chars().flat_map(char::to_lowercase));
            text.push('\n');
        };
        add(self.server.server_name.as_str());
        if let Some(about) = self.about {
            about.name.iter().flatten().for_each(|(_, name)| add(name.as_str()));
            about.description.iter().flatten().for_each(|(_, line)| add(line.as_str()));
            about.topics.iter().for_each(|topic| add(topic.as_str()));
        }
        self.operator
            .and_then(|operator| operator.name.as_ref())
            .into_iter()
            .flatten()
            .for_each(|(_, name)| add(name.as_str()));
        for language in self.languages() {
            add(&names::language(language));
        }
        for country in self.countries() {
            add(names::country(country));
        }
        words.iter().all(|word| text.contains(word))
    }
}

/// In which order a list is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// The best first, as ranked.
    #[default]
    Score,
    /// By server name.
    Name,
}

/// What somebody looks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// What was typed.
    pub(super) text: String,
    pub(super) language: Option<String>,
    pub(super) country: Option<String>,
    pub(super) category: Option<Category>,
    pub(super) order: Order,
}

impl Filter {
    /// Reads the filter from an address. What makes no sense is as if it were not there.
    pub(super) fn read(parameters: &Parameters) -> Self {
        let owned = |name| parameters.get(name).map(str::to_owned);
        Self {
            text: owned("q").unwrap_or_default(),
            language: owned("language"),
            country: owned("country"),
            category: parameters.get("category").and_then(category),
            order: match parameters.get("sort") {
                Some("name") => Order::Name,
                _ => Order::Score,
            },
        }
    }

    /// Whether it keeps every server.
    pub(super) fn keeps_all(&self) -> bool {
        Self { order: Order::Score, ..self.clone() } == Self::default()
    }

    /// The servers that it keeps, in its order.
    pub(super) fn apply<'a>(&self, servers: &[Facts<'a>]) -> Vec<Facts<'a>> {
        let words: Vec<_> = self.text.split_whitespace().map(str::to_lowercase).collect();
        let mut kept: Vec<_> = servers
            .iter()
            .filter(|facts| self.category.is_none_or(|wanted| facts.server.category == wanted))
            .filter(|facts| {
                self.language.as_deref().is_none_or(|wanted| {
                    facts.languages().iter().any(|spoken| spoken.primary() == wanted)
                })
            })
            .filter(|facts| {
                self.country.as_deref().is_none_or(|wanted| {
                    facts.countries().iter().any(|country| country.as_str() == wanted)
                })
            })
            .filter(|facts| facts.contain(&words))
            .copied()
            .collect();
        if self.order == Order::Name {
            kept.sort_by(|a, b| a.server.server_name.cmp(&b.server.server_name));
        }
        kept
    }

    /// The address of a page of the list, relative to the list itself.
    pub(super) fn address(&self, page: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let parameters = [
            ("q", Some(self.text.as_str()).filter(|text| !text.is_empty())),
            ("language", self.language.as_deref()),
            ("country", self.country.as_deref()),
            ("category", self.category.map(Category::as_str)),
            ("sort", (self.order == Order::Name).then_some("name")),
        ];
        for (name, value) in parameters {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        if page > 1 {
            query.append_pair("page", &page.to_string());
        }
        format!("?{}", query.finish())
    }
}

/// One of the values that a filter can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) servers: usize,
    pub(super) is_chosen: bool,
}

/// The languages spoken on these servers, by name.
pub(super) fn languages(servers: &[Facts<'_>], chosen: Option<&str>) -> Vec<Choice> {
    let spoken = servers.iter().map(|facts| {
        let mut spoken: Vec<_> =
            facts.languages().iter().map(LanguageTag::primary).filter(|it| *it != "und").collect();
        spoken.sort_unstable();
        spoken.dedup();
        spoken
    });
    let name = |primary: &str| {
        LanguageTag::new(primary)
            .map_or_else(|_| primary.to_owned(), |tag| names::language(&tag).into_owned())
    };
    choices(spoken.flatten(), name, chosen)
}

/// The countries of these servers, by name.
pub(super) fn countries(servers: &[Facts<'_>], chosen: Option<&str>) -> Vec<Choice> {
    let countries = servers.iter().flat_map(Facts::countries).map(CountryCode::as_str);
    let name = |code: &str| {
        CountryCode::new(code)
            .map_or_else(|_| code.to_owned(), |country| names::country(&country).to_owned())
    };
    choices(countries, name, chosen)
}

/// These words, as they are.
pub(super) fn words<'a>(words: impl Iterator<Item = &'a str>, chosen: Option<&str>) -> Vec<Choice> {
    choices(words, str::to_owned, chosen)
}

fn choices<'a>(
    values: impl Iterator<Item = &'a str>,
    name: impl Fn(&str) -> String,
    chosen: Option<&str>,
) -> Vec<Choice> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let mut choices: Vec<_> = counts
        .into_iter()
        .map(|(value, servers)| Choice {
            value: value.to_owned(),
            label: name(value),
            servers,
            is_chosen: chosen == Some(value),
        })
        .collect();
    choices.sort_by(|a, b| a.label.cmp(&b.label));
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_the_filter_says() {
        let query = "q=a%26b+c&language=de&country=AT&category=not-for-public&sort=name&page=3";
        let filter = Filter::read(&Parameters::read(Some(query)));
        assert_eq!(filter.text, "a&b c");
        assert_eq!(filter.category, Some(Category::NotForPublic));
        assert_eq!(filter.address(3), format!("?{query}"));
        assert!(!filter.keeps_all());
    }

    #[test]
    fn what_makes_no_sense_is_as_if_it_were_not_there() {
        let filter = Filter::read(&Parameters::read(Some("category=E&sort=random&q=")));
        assert_eq!(filter, Filter::default());
        assert!(filter.keeps_all());
        assert_eq!(filter.address(1), "?");
    }
}
