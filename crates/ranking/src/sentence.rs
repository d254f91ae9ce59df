//! What a view says, in sentences for people.
//!
//! A view itself holds codes and numbers. A further language is a further variant of
//! [`Language`] with a module like `english`, and the compiler names what is missing.

mod english;

use wellspring_document::LanguageTag;

use crate::changes::NamedReasonChange;
use crate::contest::ContestedIssuer;
use crate::criteria::{Criterion, Family};
use crate::draw::{Pick, Shortfall, Wish};
use crate::reason::Reason;
use crate::trust_graph::MentionEffect;
use crate::view::{Answer, Category, Contradiction, CriterionAnswer, ProfileStanding, Waiting};

/// A language in which a view can be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    English,
}

impl Language {
    /// Every language there is.
    pub const ALL: [Self; 1] = [Self::English];

    /// The tag of the language.
    pub fn tag(self) -> LanguageTag {
        match self {
            Self::English => LanguageTag::english(),
        }
    }

    /// The language for a reader who prefers these, best first: the first of them that
    /// there is, in whatever regional form; else English.
    pub fn for_reader(preferred: &[LanguageTag]) -> Self {
        preferred
            .iter()
            .find_map(|wanted| {
                Self::ALL.into_iter().find(|it| it.tag().primary() == wanted.primary())
            })
            .unwrap_or_default()
    }
}

/// What can be told in a sentence. The sentence is plain text: names and texts of
/// documents stand in it as they are, to be escaped like any other text.
pub trait Sentence {
    /// The sentence in this language.
    fn sentence(&self, language: Language) -> String;
}

macro_rules! told_by {
    ($($type:ty => $function:ident;)*) => {
        $(impl Sentence for $type {
            fn sentence(&self, language: Language) -> String {
                match language {
                    Language::English => english::$function(self),
                }
            }
        })*
    };
}

told_by! {
    Reason<'_> => reason;
    Criterion => criterion;
    Family => family;
    (Criterion, Answer) => finding;
    CriterionAnswer => answer;
    Category => category;
    ProfileStanding => profile;
    Contradiction => contradiction;
    Waiting => waiting;
    ContestedIssuer => contest;
    MentionEffect => mention;
    Pick<'_> => pick;
    Shortfall => shortfall;
    Wish => wish;
    NamedReasonChange<'_> => reason_change;
}
