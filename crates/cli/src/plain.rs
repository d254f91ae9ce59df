//! Text from documents and hosts, made harmless for a terminal and a log.
//!
//! Documents that hold carry no such characters; whatever is quoted from others might:
//! escape sequences that move the cursor or change the title, C1 controls, and characters
//! that reorder or hide the text around them.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Whether a terminal or a reader could be misled by the character. Line feeds are judged
/// by the caller.
const fn is_harmful(character: char) -> bool {
    matches!(
        character,
        '\u{0}'..='\u{9}'
            | '\u{B}'..='\u{1F}'
            | '\u{7F}'..='\u{9F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}'
            | '\u{FEFF}'
            | '\u{E0000}'..='\u{E007F}'
    )
}

/// Text of several lines without harmful characters.
pub(crate) fn text(text: &str) -> String {
    text.chars().filter(|c| !is_harmful(*c)).collect()
}

/// The same on one line.
pub(crate) fn line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    self::text(&words)
}

/// Writes a value as JSON on one line, every harmful character escaped, as it is made.
pub(crate) fn write_json(out: impl Write, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Harmless))
}

/// JSON has characters of others only in strings.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((before, harmful)) = rest.find(is_harmful).map(|at| rest.split_at(at)) {
            out.write_all(before.as_bytes())?;
            let mut after = harmful.chars();
            let unit_pair = &mut [0; 2];
            let units = after.next().map(|character| character.encode_utf16(unit_pair));
            for unit in units.into_iter().flatten() {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        let hostile = "a\u{1b}[2Jb\u{9b}31mc\u{202e}d\u{7}e\r\nf\u{e0041}";
        assert_eq!(text(hostile), "a[2Jb31mcde\nf");
        assert_eq!(line(hostile), "a[2Jb31mcde f");
        assert_eq!(text("Grüße \u{200f}ש 👩\u{200d}🌾"), "Grüße \u{200f}ש 👩\u{200d}🌾");
    }

    #[test]
    fn escaped_json_is_the_same_value() {
        let value =
            serde_json::json!({"a\u{9b}b": "\u{e0041}c\u{202e}\u{1b}", "d": "\u{feff}\n\u{7f}e"});
        let mut escaped = Vec::new();
        write_json(&mut escaped, &value).unwrap();
        let escaped = String::from_utf8(escaped).unwrap();
        assert!(escaped.is_ascii(), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
    }
}
