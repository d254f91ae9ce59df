//! The English names of countries and languages, for people who do not read codes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use wellspring_document::{CountryCode, LanguageTag};

type Names = HashMap<&'static str, &'static str>;

static COUNTRIES: LazyLock<Names> = LazyLock::new(|| read(include_str!("names/countries.txt")));
static LANGUAGES: LazyLock<Names> = LazyLock::new(|| read(include_str!("names/languages.txt")));

/// One code, a space and its name per line.
fn read(table: &'static str) -> Names {
    table.lines().filter_map(|line| line.split_once(' ')).collect()
}

/// The name of a country; its code where the table lacks it.
pub(super) fn country(code: &CountryCode) -> &str {
    COUNTRIES.get(code.as_str()).copied().unwrap_or(code.as_str())
}

/// The name of a language, with script or region in brackets: `Portuguese (BR)`. The tag
/// itself where the table lacks it.
pub(super) fn language(tag: &LanguageTag) -> Cow<'_, str> {
    let Some(name) = LANGUAGES.get(tag.primary()) else { return Cow::Borrowed(tag.as_str()) };
    match tag.as_str().split_once('-') {
        Some((_, rest)) => Cow::Owned(format!("{name} ({rest})")),
        None => Cow::Borrowed(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_has_a_name() {
        let letters = || (b'A'..=b'Z').map(char::from);
        let codes = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}")));
        let countries: Vec<_> = codes.filter_map(|code| CountryCode::new(code).ok()).collect();
        assert_eq!(countries.len(), COUNTRIES.len());
        for code in countries {
            assert_ne!(country(&code), code.as_str());
        }
    }

    #[test]
    fn languages_have_names_and_keep_what_tells_them_apart() {
        let name = |tag| language(&LanguageTag::new(tag).unwrap()).into_owned();
        assert_eq!(name("de"), "German");
        assert_eq!(name("pt-BR"), "Portuguese (BR)");
        assert_eq!(name("zh-Hant-TW"), "Chinese (Hant-TW)");
        assert_eq!(name("tlh"), "tlh");
        for code in LANGUAGES.keys() {
            assert!(LanguageTag::new(*code).is_ok(), "{code}");
        }
    }
}
