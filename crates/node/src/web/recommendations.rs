//! Recommendations for programs, and what both they and people can wish for.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use url::form_urlencoded;
use wellspring_document::profile::LegalForm;
use wellspring_document::{CountryCode, Label, LanguageTag, Timestamp};
use wellspring_ranking::{
    DrawWeight, Language, Pick, PickCount, Price, RankedServer, RegistrationWish, Seed, Sentence,
    Shortfall, Step, Wish, WishSet, Wishes, draw,
};

use crate::Node;
use crate::web::failure::ApiFailure;
use crate::web::query::Parameters;
use crate::web::{api, respond};

/// The most values of one wish.
const MAX_VALUES: usize = 20;

/// Every legal form, with the word for it in addresses.
pub(super) const LEGAL_FORMS: [(&str, LegalForm); 7] = [
    ("individual", LegalForm::Individual),
    ("collective", LegalForm::Collective),
    ("association", LegalForm::Association),
    ("cooperative", LegalForm::Cooperative),
    ("foundation", LegalForm::Foundation),
    ("company", LegalForm::Company),
    ("public-body", LegalForm::PublicBody),
];

/// What an address asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) wishes: Wishes,
    pub(super) seed: Option<Seed>,
}

/// Takes note of parameters that make no sense.
#[derive(Debug, Default)]
struct Faults(Option<&'static str>);

impl Faults {
    fn found(&mut self, rule: &'static str) {
        self.0.get_or_insert(rule);
    }

    /// The values of a parameter that make sense, each once.
    fn values<T: PartialEq>(
        &mut self,
        values: Vec<&str>,
        rule: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut known = Vec::new();
        for value in values {
            match read(value) {
                Some(value) if known.len() < MAX_VALUES => {
                    if !known.contains(&value) {
                        known.push(value);
                    }
                }
                _ => self.found(rule),
            }
        }
        known
    }
}

impl Asked {
    /// Reads an address of a program.
    ///
    /// # Errors
    /// The rule that the first parameter that makes no sense breaks.
    fn strictly(parameters: &Parameters) -> Result<Self, ApiFailure> {
        let (asked, Faults(fault)) = Self::read(parameters);
        fault.map_or(Ok(asked), |rule| Err(ApiFailure::BadParameter { rule }))
    }

    /// Reads an address of a page. What makes no sense is as if it were not there.
    pub(super) fn leniently(parameters: &Parameters) -> Self {
        Self::read(parameters).0
    }

    fn read(parameters: &Parameters) -> (Self, Faults) {
        let mut faults = Faults::default();
        let mut wishes = Wishes {
            languages: faults.values(
                parameters.all("languages"),
                "languages must be at most 20 language tags (BCP 47) with commas between them, like de,pt-BR",
                |text| LanguageTag::new(text).ok(),
            ),
            country: faults.values(
                parameters.all("country"),
                "country must be at most 20 country codes (ISO 3166-1) with commas between them, like AT,CH",
                |text| CountryCode::new(text).ok(),
            ),
            price: faults.values(parameters.all("price"), "price must be free or paid", |text| {
                Price::ALL.into_iter().find(|price| price.as_str() == text)
            }),
            registration: faults.values(
                parameters.all("registration"),
                "registration must be among open, approval, password, openid-connect, single-sign-on, form, token",
                |text| RegistrationWish::ALL.into_iter().find(|wish| wish.as_str() == text),
            ),
            legal_form: faults.values(
                parameters.all("legal_form"),
                "legal_form must be among individual, collective, association, cooperative, foundation, company, public-body",
                |text| LEGAL_FORMS.into_iter().find(|(word, _)| *word == text).map(|(_, it)| it),
            ),
            topics: faults.values(
                parameters.all("topics"),
                "topics must be at most 20 short words with commas between them, like art,free-software",
                |text| Label::new(text).ok(),
            ),
            ..Wishes::default()
        };
        if let Some(count) = parameters.get("count") {
            match count.parse().ok().and_then(PickCount::new) {
                Some(count) => wishes.count = count,
                None => faults.found("count must be a number from 1 to 20"),
            }
        }
        let required = faults.values(
            parameters.all("require"),
            "require must be among languages, country, price, registration, legal_form, topics",
            |text| Wish::ALL.into_iter().find(|wish| wish.as_str() == text),
        );
        let stated = wishes.stated();
        if required.iter().any(|wish| !stated.has(*wish)) {
            faults.found("require must name wishes that the address has a value for");
        }
        wishes.required = required.into_iter().filter(|wish| stated.has(*wish)).collect();
        let seed = parameters.get("seed").and_then(|seed| {
            let read = seed.parse();
            read.inspect_err(|_| faults.found("seed must be a number from 0 to 1023")).ok()
        });
        (Self { wishes, seed }, faults)
    }

    /// The part of the address behind the `?` that asks for the same.
    pub(super) fn query(&self) -> String {
        let Wishes { languages, country, price, registration, legal_form, topics, .. } =
            &self.wishes;
        let word = |form: &LegalForm| LEGAL_FORMS.iter().find(|(_, it)| it == form).map(|it| it.0);
        let required: Vec<_> = self.wishes.required.iter().map(Wish::as_str).collect();
        let lists = [
            ("languages", joined(languages.iter().map(LanguageTag::as_str))),
            ("country", joined(country.iter().map(CountryCode::as_str))),
            ("price", joined(price.iter().map(|it| it.as_str()))),
            ("registration", joined(registration.iter().map(|it| it.as_str()))),
            ("legal_form", joined(legal_form.iter().filter_map(word))),
            ("topics", joined(topics.iter().map(Label::as_str))),
            ("require", joined(required.into_iter())),
        ];
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, values) in lists {
            if !values.is_empty() {
                query.append_pair(name, &values);
            }
        }
        if self.wishes.count != PickCount::default() {
            query.append_pair("count", &self.wishes.count.get().to_string());
        }
        if let Some(seed) = self.seed {
            query.append_pair("seed", &seed.to_string());
        }
        query.finish()
    }
}

fn joined<'a>(values: impl Iterator<Item = &'a str>) -> String {
    values.collect::<Vec<_>>().join(",")
}

/// A seed by chance.
pub(super) fn any_seed() -> Result<Seed, getrandom::Error> {
    let mut bytes = [0; 2];
    getrandom::fill(&mut bytes)?;
    Ok(Seed::of_random_bytes(bytes))
}

/// What may be kept of an answer that chance made: nothing.
pub(super) const NEVER_KEPT: HeaderValue = HeaderValue::from_static("no-store");

#[derive(Serialize)]
struct Recommendations<'a> {
    community: &'a str,
    now: Timestamp,
    seed: Seed,
    wishes: &'a Wishes,
    passed: u32,
    relaxed: WishSet,
    steps: &'a [Step],
    #[serde(skip_serializing_if = "Option::is_none")]
    shortfall: Option<Short>,
    picks: Vec<Picked<'a>>,
}

#[derive(Serialize)]
struct Short {
    code: &'static str,
    message: String,
}

#[derive(Serialize)]
struct Picked<'a> {
    why: Why,
    unmet: WishSet,
    server: &'a RankedServer,
}

#[derive(Serialize)]
struct Why {
    seeds: u32,
    most: u32,
    #[serde(flatten)]
    weight: DrawWeight,
    message: String,
}

impl<'a> Picked<'a> {
    fn of(pick: &Pick<'a>) -> Self {
        let message = pick.sentence(Language::English);
        let why = Why { seeds: pick.seeds, most: pick.most, weight: pick.weight, message };
        Self { why, unmet: pick.unmet, server: pick.server }
    }
}

/// Draws servers. With a seed the answer is that of the seed; without one, chance gives it,
/// and nobody keeps the answer.
pub(super) async fn recommend(
    State(node): State<Arc<Node>>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response<Body>, ApiFailure> {
    let parameters = Parameters::read(query.as_deref());
    let Asked { wishes, seed: asked_for } = Asked::strictly(&parameters)?;
    let snapshot = node.snapshot();
    let here = api::community(&snapshot, &parameters)?;
    let seed = match asked_for {
        Some(seed) => seed,
        None => any_seed().map_err(|error| ApiFailure::internal(&error))?,
    };
    let drawn = draw(&here.view, &wishes, seed);
    let short = |it: Shortfall| Short { code: it.code(), message: it.sentence(Language::English) };
    let answer = Recommendations {
        community: here.community.id.as_str(),
        now: here.view.now,
        seed,
        wishes: &wishes,
        passed: drawn.passed,
        relaxed: drawn.relaxed,
        steps: &drawn.steps,
        shortfall: drawn.shortfall.map(short),
        picks: drawn.picks.iter().map(Picked::of).collect(),
    };
    // What the client has of an earlier draw is no answer to this one.
    let nothing = HeaderMap::new();
    let known = if asked_for.is_some() { &request } else { &nothing };
    let mut response = respond::json(known, StatusCode::OK, &answer)?;
    if asked_for.is_none() {
        response.headers_mut().insert(header::CACHE_CONTROL, NEVER_KEPT);
        response.headers_mut().remove(header::ETAG);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Asked {
        Asked::leniently(&Parameters::read(Some(query)))
    }

    #[test]
    fn an_address_says_what_is_asked_for() {
        let query = "languages=de%2Cpt-BR&country=AT%2CCH&price=free&registration=open%2Cpassword\
                     &legal_form=association&topics=art%2Cfree-software\
                     &require=price%2Clanguages&count=5&seed=17";
        let asked = read(query);
        assert_eq!(asked.query(), query);
        assert_eq!(asked.wishes.stated().iter().count(), 6);
        // As a form sends it.
        let form = "languages=de&languages=pt-BR&country=AT,+CH&price=free&registration=open\
                    &registration=password&legal_form=association&topics=art,free-software\
                    &require=languages&require=price&count=5&seed=17";
        assert_eq!(read(form), asked);
        assert_eq!(Asked::default().query(), "");
    }

    #[test]
    fn a_page_passes_over_what_makes_no_sense() {
        let asked =
            read("languages=german,de&country=&price=cheap&count=21&seed=x&require=country");
        assert_eq!(asked.query(), "languages=de");
    }
}
