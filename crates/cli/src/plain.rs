//! Text from documents and hosts, made harmless for a terminal and a log.
//!
//! Documents that hold carry no such characters; whatever is quoted from others might:
//! escape sequences that move the cursor or change the title, C1 controls, and characters
//! that reorder or hide the text around them.

use std::fmt::Write as _;

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

/// JSON text with every harmful character escaped; it stays the same JSON value.
pub(crate) fn json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if !is_harmful(character) {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
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
        let value = serde_json::json!("a\u{9b}b\u{e0041}c\u{202e}\u{1b}");
        let escaped = json(&value.to_string());
        assert!(escaped.is_ascii(), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
    }
}
