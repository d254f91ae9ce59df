use std::num::NonZeroU8;

use serde::{Serialize, Serializer};
use wellspring_document::profile::{LegalForm, PricingModel, RegistrationMethod, RegistrationMode};
use wellspring_document::{CountryCode, Label, LanguageTag};

use super::offer::Offer;
use crate::view::RankedServer;

/// What somebody can wish for, in the order in which wishes are relaxed where too few
/// servers fit: what is easiest to do without comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// What people meet there for.
    Topics,
    /// What the operator is in law.
    LegalForm,
    /// Whether an account costs something.
    Price,
    /// How one gets an account.
    Registration,
    /// Whose law applies, or where data lie.
    Country,
    /// The languages spoken there.
    Languages,
}

impl Wish {
    /// Every wish, in the order of relaxing.
    pub const ALL: [Self; 6] = [
        Self::Topics,
        Self::LegalForm,
        Self::Price,
        Self::Registration,
        Self::Country,
        Self::Languages,
    ];

    /// The wish as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Topics => "topics",
            Self::LegalForm => "legal_form",
            Self::Price => "price",
            Self::Registration => "registration",
            Self::Country => "country",
            Self::Languages => "languages",
        }
    }
}

/// Some of the wishes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WishSet(u8);

impl WishSet {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// The same and one more.
    #[must_use]
    pub const fn with(self, wish: Wish) -> Self {
        Self(self.0 | 1 << wish as u8)
    }

    /// Whether it has this one.
    pub const fn has(self, wish: Wish) -> bool {
        self.0 & (1 << wish as u8) != 0
    }

    /// Whether it has none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of it is in `other`.
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Whether it shares one with `other`.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Its wishes, in the order of relaxing.
    pub fn iter(self) -> impl Iterator<Item = Wish> {
        Wish::ALL.into_iter().filter(move |wish| self.has(*wish))
    }
}

impl FromIterator<Wish> for WishSet {
    fn from_iter<I: IntoIterator<Item = Wish>>(wishes: I) -> Self {
        wishes.into_iter().fold(Self::NONE, Self::with)
    }
}

impl Serialize for WishSet {
    /// As a list, in the order of relaxing.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// Whether an account costs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Price {
    /// One can have an account without paying: the model is `free` or `donation`, or a plan
    /// costs nothing.
    Free,
    /// Those who use it pay for it, some at least: the model is `flat`, `by-use` or `mixed`.
    Paid,
}

impl Price {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Free, Self::Paid];

    /// The price as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Paid => "paid",
        }
    }

    /// Whether that is what an account costs.
    pub(super) fn fits(self, offer: &Offer<'_>) -> bool {
        use PricingModel::{ByUse, Donation, Flat, Free, Mixed};
        let Some(pricing) = offer.pricing else { return false };
        match self {
            Self::Free => {
                matches!(pricing.model, Some(Free | Donation))
                    || pricing.plans.iter().any(|plan| plan.price.amount_minor == 0)
            }
            Self::Paid => matches!(pricing.model, Some(Flat | ByUse | Mixed)),
        }
    }
}

/// How one wishes to get an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum RegistrationWish {
    /// At once, or after a person said yes.
    Mode(RegistrationMode),
    /// In this way.
    Method(RegistrationMethod),
}

impl RegistrationWish {
    /// Everything that can be wished for. Servers where one needs an invitation, or that
    /// take nobody, are never drawn.
    pub const ALL: [Self; 7] = [
        Self::Mode(RegistrationMode::Open),
        Self::Mode(RegistrationMode::Approval),
        Self::Method(RegistrationMethod::Password),
        Self::Method(RegistrationMethod::OpenidConnect),
        Self::Method(RegistrationMethod::SingleSignOn),
        Self::Method(RegistrationMethod::Form),
        Self::Method(RegistrationMethod::Token),
    ];

    /// The wish as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mode(RegistrationMode::Open) => "open",
            Self::Mode(RegistrationMode::Approval) => "approval",
            Self::Mode(RegistrationMode::Invite) => "invite",
            Self::Mode(RegistrationMode::Closed) => "closed",
            Self::Method(RegistrationMethod::Password) => "password",
            Self::Method(RegistrationMethod::OpenidConnect) => "openid-connect",
            Self::Method(RegistrationMethod::SingleSignOn) => "single-sign-on",
            Self::Method(RegistrationMethod::Form) => "form",
            Self::Method(RegistrationMethod::Token) => "token",
        }
    }
}

/// How many servers somebody wants to be offered: 1 to 20, 3 by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PickCount(NonZeroU8);

impl PickCount {
    /// The most: a choice among more is no choice that anybody makes.
    pub const MAX: u8 = 20;

    /// So many; none where that is not 1 to 20.
    pub const fn new(count: u8) -> Option<Self> {
        match NonZeroU8::new(count) {
            Some(count) if count.get() <= Self::MAX => Some(Self(count)),
            _ => None,
        }
    }

    /// How many.
    pub const fn get(self) -> u8 {
        self.0.get()
    }
}

impl Default for PickCount {
    fn default() -> Self {
        Self(NonZeroU8::MIN.saturating_add(2))
    }
}

/// What somebody wishes for. A wish with several values is met by any of them; one without
/// a value is none. What is not known of a server meets no wish.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Wishes {
    /// Languages, of which only the language itself counts: `pt` and `pt-BR` are one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<LanguageTag>,
    /// Countries: of the law that applies to the operator, or where the server's data lie.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub country: Vec<CountryCode>,
    /// Whether it costs something.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub price: Vec<Price>,
    /// How one gets an account.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub registration: Vec<RegistrationWish>,
    /// What the operator is in law.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub legal_form: Vec<LegalForm>,
    /// What people meet there for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Label>,
    /// The wishes that are never relaxed.
    #[serde(rename = "require", skip_serializing_if = "WishSet::is_empty_ref")]
    pub required: WishSet,
    /// How many servers to pick.
    pub count: PickCount,
}

impl WishSet {
    fn is_empty_ref(&self) -> bool {
        self.is_empty()
    }
}

impl Wishes {
    /// The wishes that have a value.
    pub fn stated(&self) -> WishSet {
        let is_stated = |wish: &Wish| match wish {
            Wish::Topics => !self.topics.is_empty(),
            Wish::LegalForm => !self.legal_form.is_empty(),
            Wish::Price => !self.price.is_empty(),
            Wish::Registration => !self.registration.is_empty(),
            Wish::Country => !self.country.is_empty(),
            Wish::Languages => !self.languages.is_empty(),
        };
        Wish::ALL.into_iter().filter(is_stated).collect()
    }

    /// The wishes that a server does not meet.
    pub(super) fn unmet(&self, server: &RankedServer) -> WishSet {
        let stated = self.stated();
        if stated.is_empty() {
            return stated;
        }
        let offer = Offer::of(server);
        stated.iter().filter(|wish| !self.is_met(*wish, &offer)).collect()
    }

    fn is_met(&self, wish: Wish, offer: &Offer<'_>) -> bool {
        match wish {
            Wish::Topics => {
                let topics = offer.about.map_or(&[][..], |about| &about.topics);
                topics.iter().any(|topic| self.topics.contains(topic))
            }
            Wish::LegalForm => {
                offer.legal_form.is_some_and(|legal_form| self.legal_form.contains(&legal_form))
            }
            Wish::Price => self.price.iter().any(|price| price.fits(offer)),
            Wish::Registration => offer.registration.is_some_and(|registration| {
                self.registration.iter().any(|wish| match wish {
                    RegistrationWish::Mode(mode) => registration.mode == Some(*mode),
                    RegistrationWish::Method(method) => registration.methods.contains(method),
                })
            }),
            Wish::Country => offer.countries.iter().any(|country| self.country.contains(country)),
            Wish::Languages => {
                let spoken = offer.about.map_or(&[][..], |about| &about.languages);
                spoken.iter().any(|spoken| {
                    self.languages.iter().any(|wanted| wanted.primary() == spoken.primary())
                })
            }
        }
    }
}
