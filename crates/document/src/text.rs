//! Text that a person reads, and the short words that programs compare.
//!
//! Documents come from strangers and end on pages, terminals and in logs. So text is
//! plain, bounded, and free of characters that move, hide or reorder what stands around
//! them. What real languages need stays: any script, joiners inside emoji and Indic or
//! Persian words, and the direction marks U+200E, U+200F and U+061C, which only settle the
//! place of neighbouring punctuation.

mod language;

pub use language::{LanguageTag, LanguageTagError, Localized, LocalizedError, MAX_LANGUAGES};

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum TextError {
    #[error("must not be empty; leave it out when there is nothing to say")]
    Blank,
    #[error("must have at most {max} characters, not {length}")]
    TooManyCharacters { length: usize, max: usize },
    #[error("must have at most {max} bytes in UTF-8, not {length}")]
    TooManyBytes { length: usize, max: usize },
    #[error("must be one line of text; remove the line break after character {before}")]
    LineBreak { before: usize },
    #[error(
        "must be plain text; remove the invisible character U+{code_point:04X} after character {before}"
    )]
    Forbidden { code_point: u32, before: usize },
}

/// Makes a type out of text that obeys a rule: parsed once, unchangeable after that.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $error:ty, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Takes a text that obeys the rules of this type.
            ///
            /// # Errors
            /// The first rule that the text breaks.
            pub fn new(text: impl Into<String>) -> Result<Self, $error> {
                let check: fn(String) -> Result<String, $error> = $check;
                check(text.into()).map(|text| Self(text.into()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $error;

            fn try_from(text: &str) -> Result<Self, $error> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::new(text)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        crate::text_form::text_form!($name);
    };
}
pub(crate) use text_type;

text_type! {
    /// One line of text for people: a name, a title, a short reason. At most
    /// [`Text::MAX_CHARACTERS`] characters, no line breaks, no control characters.
    Text, TextError, |text| check(text, &Text::BOUNDS)
}

impl Text {
    /// The longest text, in characters: a reason or a note of a few sentences.
    pub const MAX_CHARACTERS: usize = 500;
    /// The longest text, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 4 * Self::MAX_CHARACTERS;

    const BOUNDS: Bounds = Bounds {
        characters: Self::MAX_CHARACTERS,
        bytes: Self::MAX_BYTES,
        line_breaks: LineBreaks::Refused,
    };
}

text_type! {
    /// Text for people that may run over several lines, each ended by U+000A. At most
    /// [`LongText::MAX_CHARACTERS`] characters, no other control characters.
    LongText, TextError, |text| check(text, &LongText::BOUNDS)
}

impl LongText {
    /// The longest text, in characters: about two printed pages.
    pub const MAX_CHARACTERS: usize = 5_000;
    /// The longest text, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 4 * Self::MAX_CHARACTERS;

    const BOUNDS: Bounds = Bounds {
        characters: Self::MAX_CHARACTERS,
        bytes: Self::MAX_BYTES,
        line_breaks: LineBreaks::Allowed,
    };
}

impl From<Text> for LongText {
    fn from(text: Text) -> Self {
        Self(text.0)
    }
}

enum LineBreaks {
    Allowed,
    Refused,
}

struct Bounds {
    characters: usize,
    bytes: usize,
    line_breaks: LineBreaks,
}

fn check(text: String, bounds: &Bounds) -> Result<String, TextError> {
    if text.len() > bounds.bytes {
        return Err(TextError::TooManyBytes { length: text.len(), max: bounds.bytes });
    }
    // Looked at many bytes at a time. Most of most texts is nothing else.
    let is_printable = |so_far: bool, byte: &u8| so_far & matches!(byte, b' '..=b'~');
    if text.as_bytes().iter().fold(true, is_printable) {
        return check_count(text.len(), text.bytes().all(|byte| byte == b' '), bounds)
            .map(|()| text);
    }
    let mut length = 0;
    let mut blank = true;
    for character in text.chars() {
        match character {
            // Most of most texts, at once.
            '!'..='~' => blank = false,
            '\n' if matches!(bounds.line_breaks, LineBreaks::Refused) => {
                return Err(TextError::LineBreak { before: length });
            }
            ' ' | '\n' => {}
            _ if is_forbidden(character) => {
                let code_point = u32::from(character);
                return Err(TextError::Forbidden { code_point, before: length });
            }
            _ => blank &= character.is_whitespace() || is_invisible(character),
        }
        length += 1;
    }
    check_count(length, blank, bounds).map(|()| text)
}

fn check_count(length: usize, is_blank: bool, bounds: &Bounds) -> Result<(), TextError> {
    if length > bounds.characters {
        return Err(TextError::TooManyCharacters { length, max: bounds.characters });
    }
    if is_blank { Err(TextError::Blank) } else { Ok(()) }
}

/// Characters that can deceive a reader or a terminal and that plain text never needs.
fn is_forbidden(character: char) -> bool {
    let noncharacter = u32::from(character) & 0xFFFE == 0xFFFE;
    noncharacter
        || matches!(
            character,
            // C0, delete and C1: terminal commands.
            '\u{0}'..='\u{1F}' | '\u{7F}'..='\u{9F}'
            // Line and paragraph separators: line breaks that not every program sees.
            | '\u{2028}' | '\u{2029}'
            // Embeddings and overrides of direction, then isolates: text shown in another
            // order than it is stored ("Trojan Source", CVE-2021-42574).
            | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            // Deprecated format characters, the byte-order mark, interlinear annotations.
            | '\u{206A}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            // Noncharacters in the middle of a block.
            | '\u{FDD0}'..='\u{FDEF}'
            // Tag characters: a second, invisible text. The flags of England, Scotland and
            // Wales are spelled with them and are the price.
            | '\u{E0000}'..='\u{E007F}'
        )
}

/// Characters that show nothing by themselves, so that a text of them alone is empty: those
/// that Unicode calls default-ignorable, and the blank among the Braille patterns.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2065}'
            | '\u{2800}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0080}'..='\u{E0FFF}'
    )
}

/// Why a text is not a [`Label`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be a short word of at most {} characters: a-z, 0-9 and \"-\" between them, like \"free-software\"",
    Label::MAX_LENGTH
)]
pub struct LabelError;

text_type! {
    /// A word out of an open vocabulary that programs compare: a topic, a feature, a
    /// curator's label. Lower-case letters, digits, and single hyphens between them.
    Label, LabelError, |text| if is_label(&text) { Ok(text) } else { Err(LabelError) }
}

impl Label {
    /// The longest label, in characters.
    pub const MAX_LENGTH: usize = 64;
}

pub(crate) fn is_label(text: &str) -> bool {
    text.len() <= Label::MAX_LENGTH
        && text.as_bytes().split(|byte| *byte == b'-').all(|part| {
            !part.is_empty()
                && part.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> TextError {
        Text::new(text).unwrap_err()
    }

    #[test]
    fn text_of_real_languages_is_kept_as_it_is() {
        for text in [
            "Ein Heim für alle, auch für Ümlaute",
            "خانه‌ای برای همه",         // Persian, with a zero-width non-joiner
            "קהילה (matrix)\u{200F}!", // Hebrew, with a right-to-left mark
            "👩‍👩‍👧‍👦 family server",        // joiners inside an emoji
            "हिन्दी क्षेत्र",
            "日本語のサーバー",
        ] {
            assert_eq!(Text::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn characters_that_deceive_are_refused_by_name() {
        insta::assert_snapshot!(refusal("abc\u{202E}def"), @"must be plain text; remove the invisible character U+202E after character 3");
        insta::assert_snapshot!(refusal("\u{1B}[31mred"), @"must be plain text; remove the invisible character U+001B after character 0");
        insta::assert_snapshot!(refusal("first\nsecond"), @"must be one line of text; remove the line break after character 5");
        for character in [
            '\0',
            '\t',
            '\r',
            '\u{7F}',
            '\u{85}',
            '\u{9B}',
            '\u{2028}',
            '\u{202A}',
            '\u{2066}',
            '\u{2069}',
            '\u{206A}',
            '\u{FEFF}',
            '\u{FFF9}',
            '\u{FDD0}',
            '\u{FFFE}',
            '\u{1FFFF}',
            '\u{10FFFF}',
            '\u{E0001}',
            '\u{E0041}',
            '\u{E007F}',
        ] {
            let code_point = u32::from(character);
            let refused = TextError::Forbidden { code_point, before: 1 };
            assert_eq!(Text::new(format!("a{character}")), Err(refused.clone()), "{character:?}");
            assert_eq!(LongText::new(format!("a{character}")), Err(refused), "{character:?}");
        }
    }

    #[test]
    fn text_that_shows_nothing_is_refused() {
        for text in [
            "",
            " ",
            "\u{200B}",
            "\u{3000}\u{200E}\u{2800}",
            "\u{3164}",
            "\u{180B}\u{17B4}",
            "\u{1D173} \u{FFF0}",
            "\u{1BCA0}",
            "\u{E0FFF}\u{2065}",
        ] {
            assert_eq!(refusal(text), TextError::Blank, "{text:?}");
        }
        assert_eq!(LongText::new("\n\n"), Err(TextError::Blank));
    }

    #[test]
    fn lengths_are_bounded_in_characters_and_bytes() {
        assert!(Text::new("é".repeat(Text::MAX_CHARACTERS)).is_ok());
        insta::assert_snapshot!(refusal(&"é".repeat(501)), @"must have at most 500 characters, not 501");
        insta::assert_snapshot!(refusal(&"a".repeat(2001)), @"must have at most 2000 bytes in UTF-8, not 2001");
        assert!(LongText::new("line\n".repeat(1000)).is_ok());
        assert!(LongText::new("line\n".repeat(1001)).is_err());
    }

    #[test]
    fn labels_are_plain_words() {
        for text in ["irc", "free-software", "18-plus", &"a".repeat(64)] {
            assert_eq!(Label::new(text).unwrap().as_str(), text);
        }
        for text in ["", "-", "a-", "-a", "a--b", "Irc", "a b", "ü", "a_b", &"a".repeat(65)] {
            assert_eq!(Label::new(text), Err(LabelError), "{text:?}");
        }
        insta::assert_snapshot!(LabelError, @r#"must be a short word of at most 64 characters: a-z, 0-9 and "-" between them, like "free-software""#);
    }
}
