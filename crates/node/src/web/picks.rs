//! The page that finds a home for somebody who does not want to read a list.

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect};
use wellspring_document::profile::{Pricing, Registration};
use wellspring_document::{Label, LanguageTag, Link, Localized, LongText};
use wellspring_ranking::{
    Category, Draw, Lots, Pick, Price, ProfileStatus, Reason, RegistrationWish, Seed, Wish,
};

use crate::web::failure::PageFailure;
use crate::web::filter::{self, Choice, Facts};
use crate::web::layout::{Layout, Subject};
use crate::web::query::Parameters;
use crate::web::reader::Foreign;
use crate::web::recommendations::{Asked, LEGAL_FORMS, NEVER_KEPT, any_seed};
use crate::web::{Community, address, names, respond};

/// How many reasons stand beside a pick; the page of the server has them all.
const REASONS_PER_PICK: usize = 2;

/// How many picks one can ask for on the page.
const COUNTS: [u8; 4] = [1, 3, 5, 10];

/// Shows the picks of a seed. Without one, chance gives it, and the answer leads to the
/// address with it: what is shown can be kept, shared and found again.
pub(super) async fn show(
    State(community): State<Community>,
    RawQuery(query): RawQuery,
    request: HeaderMap,
) -> Result<Response<Body>, PageFailure> {
    let asked = Asked::leniently(&Parameters::read(query.as_deref()));
    let snapshot = community.node.snapshot();
    let here = community.view_in(&snapshot)?;
    let Some(seed) = asked.seed else {
        let seed = any_seed().map_err(|error| PageFailure::internal(&error))?;
        let query = Asked { seed: Some(seed), ..asked }.query();
        let to = Redirect::temporary(&format!("{}?{query}", address::picks(&here.path)));
        let never = AppendHeaders([(header::CACHE_CONTROL, NEVER_KEPT)]);
        return Ok((never, to).into_response());
    };
    let layout = Layout::new(&community, &snapshot, here, Subject::Picks);
    respond::page(&request, StatusCode::OK, &PicksPage::new(layout, asked, seed))
}

#[derive(Template)]
#[template(path = "picks.html", whitespace = "minimize")]
pub(super) struct PicksPage<'a> {
    layout: Layout<'a>,
    asked: Asked,
    draw: Draw<'a>,
    picks: Vec<Shown<'a>>,
    questions: Vec<Question>,
    counts: Vec<Choice>,
    /// The same question to chance.
    again: String,
}

/// Something that one can wish for.
struct Question {
    wish: Wish,
    label: &'static str,
    choices: Vec<Choice>,
    is_required: bool,
    /// Whether it is asked at once, or only of those who want to say more.
    is_first: bool,
}

/// One pick.
struct Shown<'a> {
    pick: Pick<'a>,
    href: String,
    logo: Option<String>,
    name: Option<Foreign<'a>>,
    description: Option<&'a Localized<LongText>>,
    registration: Option<&'a Registration>,
    languages: Vec<&'a LanguageTag>,
    country: Option<&'a str>,
    pricing: Option<&'a Pricing>,
    reasons: Vec<Reason<'a>>,
}

impl<'a> PicksPage<'a> {
    pub(super) fn new(layout: Layout<'a>, asked: Asked, seed: Seed) -> Self {
        let view = layout.view();
        let draw = Lots::new(view, &asked.wishes).draw(seed);
        let picks = draw.picks.iter().map(|pick| Shown::new(&layout, pick.clone())).collect();
        let chance = Asked { wishes: asked.wishes.clone(), seed: None }.query();
        let count = |count: u8| Choice {
            value: count.to_string(),
            label: count.to_string(),
            servers: 0,
            is_chosen: asked.wishes.count.get() == count,
        };
        Self {
            picks,
            draw,
            questions: questions(&layout, &asked),
            counts: COUNTS.map(count).into(),
            again: match chance.as_str() {
                "" => address::picks(&layout.here.path),
                query => format!("{}?{query}", address::picks(&layout.here.path)),
            },
            layout,
            asked,
        }
    }

    /// Whether somebody said more than what is asked at once.
    fn says_more(&self) -> bool {
        let stated = self.asked.wishes.stated();
        let more = self.questions.iter().filter(|question| !question.is_first);
        more.map(|question| question.wish).any(|wish| stated.has(wish))
    }

    fn first_questions(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(|question| question.is_first)
    }

    fn more_questions(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(|question| !question.is_first)
    }
}

fn questions(layout: &Layout<'_>, asked: &Asked) -> Vec<Question> {
    let wishes = &asked.wishes;
    let servers = layout.view().servers.iter();
    let can_be_drawn = servers.filter(|it| matches!(it.category, Category::A | Category::B));
    let facts: Vec<_> = can_be_drawn.map(Facts::of).collect();
    let language = wishes.languages.first().map(LanguageTag::primary);
    let country = wishes.country.first().map(|country| country.as_str());
    let topics = facts.iter().flat_map(|it| it.about.map_or(&[][..], |about| &about.topics));
    let topic = wishes.topics.first().map(Label::as_str);
    let word = |value: &str, label: &str, is_chosen| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        servers: 0,
        is_chosen,
    };
    let price = |it: &Price| word(it.as_str(), price_label(*it), wishes.price.contains(it));
    let registration = |it: &RegistrationWish| {
        let label = registration_label(*it)?;
        Some(word(it.as_str(), label, wishes.registration.contains(it)))
    };
    let legal_form = |(value, form): &(&str, _)| {
        word(value, legal_form_label(value), wishes.legal_form.contains(form))
    };
    let question = |wish, label, choices| Question {
        wish,
        label,
        choices,
        is_required: wishes.required.has(wish),
        is_first: matches!(wish, Wish::Languages | Wish::Country | Wish::Price),
    };
    vec![
        question(Wish::Languages, "Your language", filter::languages(&facts, language)),
        question(Wish::Country, "Country", filter::countries(&facts, country)),
        question(Wish::Price, "Price", Price::ALL.iter().map(price).collect()),
        question(
            Wish::Registration,
            "How to sign up",
            RegistrationWish::ALL.iter().filter_map(registration).collect(),
        ),
        question(Wish::LegalForm, "Who runs it", LEGAL_FORMS.iter().map(legal_form).collect()),
        question(Wish::Topics, "What for", filter::words(topics.map(Label::as_str), topic)),
    ]
}

const fn price_label(price: Price) -> &'static str {
    match price {
        Price::Free => "Free",
        Price::Paid => "Paid for by its users",
    }
}

/// None for what nobody who looks for a home would ask.
fn registration_label(wish: RegistrationWish) -> Option<&'static str> {
    match wish.as_str() {
        "open" => Some("At once"),
        "approval" => Some("After a person said yes"),
        "password" => Some("With a password, in any app"),
        "openid-connect" => Some("On a page of the server"),
        "single-sign-on" => Some("With an account from elsewhere"),
        _ => None,
    }
}

fn legal_form_label(word: &str) -> &'static str {
    match word {
        "individual" => "One person",
        "collective" => "A group of people",
        "association" => "An association",
        "cooperative" => "A cooperative",
        "foundation" => "A foundation",
        "company" => "A company",
        _ => "A public body",
    }
}

impl<'a> Shown<'a> {
    fn new(layout: &Layout<'a>, pick: Pick<'a>) -> Self {
        let server = pick.server;
        let path = &layout.here.path;
        let facts = Facts::of(server);
        let has_logo = facts.about.is_some_and(|about| about.logo.is_some());
        let spoken = facts.languages().iter();
        Self {
            href: address::server(path, &server.server_name),
            logo: has_logo.then(|| address::logo(path, &server.server_name)),
            name: facts.name().map(|name| layout.reader.pick(name)),
            description: facts.about.and_then(|about| about.description.as_ref()),
            registration: server.registration().map(|it| it.value),
            languages: spoken.filter(|language| language.primary() != "und").collect(),
            country: facts.countries().first().map(|country| names::country(country)),
            pricing: server.declared().and_then(|profile| profile.pricing.as_ref()),
            reasons: server
                .reasons()
                .filter(|reason| reason.said.is_some())
                .take(REASONS_PER_PICK)
                .collect(),
            pick,
        }
    }

    /// Where one signs up.
    fn sign_up(&self) -> Option<&'a Link> {
        self.registration?.link.as_ref()
    }

    fn is_expired(&self) -> bool {
        matches!(self.pick.server.profile.status, ProfileStatus::Expired)
    }
}
