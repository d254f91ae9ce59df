//! Languages, and text in several of them.

use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{Text, TextError, text_type};

/// Why a text is not a [`LanguageTag`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum LanguageTagError {
    #[error("must be a language tag (BCP 47), like \"de\", \"pt-BR\" or \"zh-Hant\"")]
    Malformed,
    #[error("must be written \"{canonical}\", so that one language has one spelling")]
    NotCanonical { canonical: String },
}

text_type! {
    /// A BCP 47 language tag in its usual case: `de`, `pt-BR`, `zh-Hant`. The language
    /// itself has two or three letters (ISO 639); `und` stands for a language that nobody
    /// stated. At most [`LanguageTag::MAX_LENGTH`] characters.
    LanguageTag, LanguageTagError, check
}

impl LanguageTag {
    /// The longest tag, in characters (RFC 5646, section 4.4.1).
    pub const MAX_LENGTH: usize = 35;

    /// English, the language of the program's own texts.
    pub fn english() -> Self {
        Self("en".into())
    }

    /// For text whose language nobody stated (`und`), as in lists of today.
    pub fn undetermined() -> Self {
        Self("und".into())
    }

    /// The language without script, region and variants: `pt` of `pt-BR`.
    pub fn primary(&self) -> &str {
        self.0.split_once('-').map_or(self.as_str(), |(primary, _)| primary)
    }
}

fn check(text: String) -> Result<String, LanguageTagError> {
    if text.len() > LanguageTag::MAX_LENGTH {
        return Err(LanguageTagError::Malformed);
    }
    // A language and nothing else, as nearly always.
    if (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Ok(text);
    }
    let tag = oxilangtag::LanguageTag::parse_and_normalize(&text)
        .map_err(|_| LanguageTagError::Malformed)?;
    // The grammar also allows `i-klingon`, `x-anything` and eight letters that no registry
    // knows, such as `german`.
    let is_private = text.starts_with("x-");
    if is_private || !(2..=3).contains(&tag.primary_language().len()) {
        return Err(LanguageTagError::Malformed);
    }
    if tag.as_str() != text {
        return Err(LanguageTagError::NotCanonical { canonical: tag.into_inner() });
    }
    Ok(text)
}

/// Why a map is not a [`Localized`] text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum LocalizedError {
    #[error("must have a text in at least one language")]
    Empty,
    #[error("must have a text in at most {max} languages, not {length}")]
    TooManyLanguages { length: usize, max: usize },
}

/// One text in one or more languages, by language tag. Never empty.
///
/// `T` is [`Text`], one line, where nothing else is said, or [`LongText`](super::LongText).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Localized<T = Text>(BTreeMap<LanguageTag, T>);

/// The most languages in which one text can be given.
pub const MAX_LANGUAGES: usize = 64;

impl Localized<Text> {
    /// A line of text in English.
    ///
    /// # Errors
    /// Where `text` is not a [`Text`].
    pub fn english(text: impl Into<String>) -> Result<Self, TextError> {
        Ok(Self::single(LanguageTag::english(), Text::new(text)?))
    }
}

impl<T> Localized<T> {
    /// A text in one language.
    pub fn single(language: LanguageTag, text: T) -> Self {
        Self(BTreeMap::from([(language, text)]))
    }

    /// The text in exactly this language.
    pub fn get(&self, language: &LanguageTag) -> Option<&T> {
        self.0.get(language)
    }

    /// All languages with their texts, ordered by tag.
    pub fn iter(&self) -> btree_map::Iter<'_, LanguageTag, T> {
        self.0.iter()
    }

    /// The text for a reader who prefers these languages, best first: the first of them
    /// that exists, exactly or in another regional form; else English; else the first by
    /// tag.
    #[expect(clippy::expect_used, reason = "never empty: both ways to make one see to that")]
    pub fn pick(&self, preferred: &[LanguageTag]) -> (&LanguageTag, &T) {
        let english = LanguageTag::english();
        preferred
            .iter()
            .chain([&english])
            .find_map(|wanted| {
                self.0.get_key_value(wanted).or_else(|| {
                    self.0.iter().find(|(language, _)| language.primary() == wanted.primary())
                })
            })
            .or_else(|| self.0.first_key_value())
            .expect("a localized text has at least one language")
    }
}

impl<'a, T> IntoIterator for &'a Localized<T> {
    type Item = (&'a LanguageTag, &'a T);
    type IntoIter = btree_map::Iter<'a, LanguageTag, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> TryFrom<BTreeMap<LanguageTag, T>> for Localized<T> {
    type Error = LocalizedError;

    fn try_from(texts: BTreeMap<LanguageTag, T>) -> Result<Self, LocalizedError> {
        match texts.len() {
            0 => Err(LocalizedError::Empty),
            length if length > MAX_LANGUAGES => {
                Err(LocalizedError::TooManyLanguages { length, max: MAX_LANGUAGES })
            }
            _ => Ok(Self(texts)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Localized<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TextsVisitor(PhantomData))
    }
}

/// Reads texts by language. Written out for the sake of its error: a text without a
/// language is the most likely slip of an author.
struct TextsVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TextsVisitor<T> {
    type Value = Localized<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one text per language, under names like en or pt-BR")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Localized<T>, A::Error> {
        let mut texts = BTreeMap::new();
        while let Some((language, text)) = map.next_entry()? {
            texts.insert(language, text);
        }
        Localized::try_from(texts).map_err(A::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::LongText;

    fn tag(text: &str) -> LanguageTag {
        LanguageTag::new(text).unwrap()
    }

    #[test]
    fn language_tags_have_one_spelling() {
        for text in ["de", "pt-BR", "zh-Hant-TW", "nds", "und", "de-CH-1901", "sr-Latn"] {
            assert_eq!(tag(text).as_str(), text);
        }
        let refusal = |text| LanguageTag::new(text).unwrap_err();
        insta::assert_snapshot!(refusal("pt-br"), @r#"must be written "pt-BR", so that one language has one spelling"#);
        insta::assert_snapshot!(refusal("de_DE"), @r#"must be a language tag (BCP 47), like "de", "pt-BR" or "zh-Hant""#);
        for text in [
            "",
            "d",
            "german",
            "x-private",
            "x-a",
            "x-1",
            "i-klingon",
            "*",
            "de-",
            &"a-".repeat(20),
        ] {
            assert_eq!(LanguageTag::new(text), Err(LanguageTagError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn the_text_for_a_reader_is_the_nearest_to_what_they_prefer() {
        let texts: BTreeMap<_, _> = ["de", "en", "pt-BR"]
            .map(|language| (tag(language), Text::new(language).unwrap()))
            .into();
        let name = Localized::try_from(texts).unwrap();
        let pick = |preferred: &[&str]| {
            let preferred: Vec<_> = preferred.iter().map(|text| tag(text)).collect();
            name.pick(&preferred).1.to_string()
        };
        assert_eq!(pick(&["pt", "de"]), "pt-BR");
        assert_eq!(pick(&["de-AT"]), "de");
        assert_eq!(pick(&["fr", "de"]), "de");
        assert_eq!(pick(&["fr"]), "en");
        let only = Localized::single(tag("ja"), LongText::new("日本").unwrap());
        assert_eq!(only.pick(&[]).0.as_str(), "ja");
    }

    #[test]
    fn a_localized_text_has_one_to_64_languages() {
        let none = Localized::<Text>::try_from(BTreeMap::new());
        insta::assert_snapshot!(none.unwrap_err(), @"must have a text in at least one language");
        let many = (b'a'..=b'z').flat_map(|first| {
            (b'a'..=b'c').map(move |second| format!("{}{}", first as char, second as char))
        });
        let many: BTreeMap<_, _> =
            many.map(|language| (tag(&language), Text::new("x").unwrap())).collect();
        insta::assert_snapshot!(Localized::try_from(many).unwrap_err(), @"must have a text in at most 64 languages, not 78");
    }
}
