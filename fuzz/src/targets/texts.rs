//! Every small thing that is written as text: what is taken is written back the same, or as
//! the one spelling that it has.

use std::fmt::Display;
use std::str::FromStr;

use wellspring_document::{
    CountryCode, CurrencyCode, Date, EmailAddress, Identity, IssuerId, Label, LanguageTag, Link,
    LongText, PublicKey, SigningKey, Text, Timestamp, UserId, on_paper,
};

use super::assert_fit_to_be_shown;

/// Reads a text as each of them.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    one_spelling::<Timestamp>(text);
    one_spelling::<Date>(text);
    one_spelling::<IssuerId>(text);
    one_spelling::<Identity>(text);
    one_spelling::<PublicKey>(text);
    dates(text);
    links(text);
    paper(text);
    words(text);
}

/// What is taken is written as it was.
fn one_spelling<T: FromStr<Err: Display> + Display>(text: &str) {
    match T::from_str(text) {
        Ok(taken) => assert_eq!(taken.to_string(), text),
        Err(error) => assert_fit_to_be_shown(&error.to_string()),
    }
}

fn dates(text: &str) {
    if let Ok(moment) = text.parse::<Timestamp>() {
        assert_eq!(Timestamp::from_unix(moment.unix()), Some(moment));
        let midnight = moment.date().midnight();
        assert!((0..86_400).contains(&moment.seconds_since(midnight)));
        assert!(moment.plus_days(i64::MAX) >= moment && moment.plus_days(i64::MIN) <= moment);
        assert_eq!(moment.date().plus_days(0), moment.date());
    }
}

fn links(text: &str) {
    match Link::new(text) {
        Ok(link) => {
            assert!(
                link.as_str().starts_with("https://") && link.as_str().len() <= Link::MAX_BYTES
            );
            assert!(!link.host().is_empty());
            assert!(link.as_str().is_ascii());
            assert_eq!(Link::new(link.as_str()), Ok(link), "is kept as it is");
        }
        Err(error) => assert_fit_to_be_shown(&error.to_string()),
    }
    if let Ok(address) = EmailAddress::new(text) {
        assert_eq!(address.as_str(), text);
        assert!(!text.contains(['%', '&', '?', '"', '<', '>', ' ']));
    }
}

fn paper(text: &str) {
    let taken = SigningKey::from_paper(on_paper(text));
    match taken {
        Ok(key) => {
            let written = key.to_paper();
            let again = SigningKey::from_paper(&written).expect("what is printed can be typed");
            assert_eq!(again.public(), key.public());
        }
        Err(error) => assert_fit_to_be_shown(&error.to_string()),
    }
    if let Err(error) = SigningKey::from_pkcs8_pem(text, None) {
        assert!(!error.to_string().is_empty());
    }
}

fn words(text: &str) {
    assert!(UserId::new(text).is_ok_and(|id| id.as_str() == text) || UserId::new(text).is_err());
    assert!(Label::new(text).is_ok_and(|it| it.as_str() == text) || Label::new(text).is_err());
    if let Ok(tag) = LanguageTag::new(text) {
        assert_eq!(LanguageTag::new(tag.as_str()), Ok(tag));
    }
    for length in [CountryCode::new(text).map(|_| 2).ok(), CurrencyCode::new(text).map(|_| 3).ok()]
    {
        assert!(length.is_none_or(|length| text.len() == length));
    }
    for taken in [
        Text::new(text).map(|it| it.as_str().to_owned()).ok(),
        LongText::new(text).map(|it| it.as_str().to_owned()).ok(),
    ]
    .into_iter()
    .flatten()
    {
        assert_eq!(taken, text, "text is kept as it is");
        let hidden =
            |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!taken.contains(hidden) && !taken.trim().is_empty());
    }
}
