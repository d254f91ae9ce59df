use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use super::canonical::is_escaped_so;
use super::tree::canonical_order;
use super::{Arena, CanonicalText, Member, Members, Tree, Value, plain_length};
use crate::body::Excerpt;

/// The deepest nesting of arrays and objects that is read. It bounds recursion, here and
/// in everything that walks a value afterwards.
pub const MAX_DEPTH: usize = 64;

/// The most values (members, elements, the root) that are read from one text. It bounds
/// the memory that a text of many tiny values can claim to some 150 MB.
pub const MAX_VALUES: usize = 1_000_000;

/// The largest absolute value of an integer written without fraction or exponent:
/// 2^53 − 1 (RFC 7493, section 2.2). Beyond it two spellings would share one double, and
/// so one signature.
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// As many members as are open at once in a usual document, so that there is room at once.
const USUAL_MEMBERS: usize = 32;

/// Why a text was refused: the broken rule, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    rule: ReadRule,
    offset: usize,
    place: String,
}

/// The rules of strict reading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum ReadRule {
    #[error("larger than the {limit} bytes allowed for it")]
    TooLarge { limit: usize },
    #[error("the text begins with a byte-order mark; JSON has none (RFC 8259, section 8.1)")]
    ByteOrderMark,
    #[error("not valid UTF-8")]
    InvalidUtf8,
    #[error("the text ends before the value is complete")]
    Truncated,
    #[error("not JSON: expected {expected}")]
    Syntax { expected: &'static str },
    #[error("something follows after the end of the value")]
    TrailingData,
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    #[error("more than {MAX_VALUES} values")]
    TooManyValues,
    #[error("the member \"{name}\" appears twice")]
    DuplicateMember { name: String },
    #[error("a control character in a string must be escaped")]
    ControlCharacter,
    #[error("the escape after \"\\\" is not one of JSON's")]
    BadEscape,
    #[error("half of a surrogate pair stands alone")]
    LoneSurrogate,
    #[error("the noncharacter U+{code_point:04X} (RFC 7493, section 2.1)")]
    Noncharacter { code_point: u32 },
    #[error(
        "an integer beyond ±(2^53 − 1), which readers would round differently (RFC 7493, section 2.2)"
    )]
    IntegerTooLarge,
    #[error("a number too large for a double")]
    NumberTooLarge,
}

impl ReadError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self.rule {
            ReadRule::TooLarge { .. } => "json.too-large",
            ReadRule::ByteOrderMark => "json.byte-order-mark",
            ReadRule::InvalidUtf8 => "json.invalid-utf8",
            ReadRule::Truncated => "json.truncated",
            ReadRule::Syntax { .. } => "json.syntax",
            ReadRule::TrailingData => "json.trailing-data",
            ReadRule::TooDeep => "json.too-deep",
            ReadRule::TooManyValues => "json.too-many-values",
            ReadRule::DuplicateMember { .. } => "json.duplicate-member",
            ReadRule::ControlCharacter => "json.control-character",
            ReadRule::BadEscape => "json.bad-escape",
            ReadRule::LoneSurrogate => "json.lone-surrogate",
            ReadRule::Noncharacter { .. } => "json.noncharacter",
            ReadRule::IntegerTooLarge => "json.integer-too-large",
            ReadRule::NumberTooLarge => "json.number-too-large",
        }
    }

    /// The rule that the text broke.
    pub const fn rule(&self) -> &ReadRule {
        &self.rule
    }

    /// The byte at which the reader stopped, counted from 0.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The member in which the reader stopped, as `entries[3].reason`; empty at the root.
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{} (at byte {})", self.rule, self.offset)
    }
}

impl std::error::Error for ReadError {}

/// Reads one JSON value from `bytes`, strictly: what RFC 7493 (I-JSON) calls a message,
/// and besides at most `max_bytes` bytes, [`MAX_DEPTH`] levels and [`MAX_VALUES`] values.
///
/// Refused are duplicate members (compared after unescaping, at every depth), integers
/// beyond [`MAX_INTEGER`], numbers that overflow a double, lone surrogates,
/// noncharacters, a byte-order mark, invalid UTF-8 and anything after the value. Other
/// numbers round to the nearest double; a double that is a whole number within
/// ±[`MAX_INTEGER`] becomes that integer, so that values which share canonical bytes are
/// equal. Takes time linear in the length of the text.
///
/// # Errors
/// The first broken rule, with the member and the byte.
pub fn read(bytes: &[u8], max_bytes: usize) -> Result<Value, ReadError> {
    read_tree(bytes, max_bytes, &Arena::new()).map(|tree| tree.to_value())
}

/// As [`read`], for those who do not keep the value longer than its text.
pub(crate) fn read_tree<'a>(
    bytes: &'a [u8],
    max_bytes: usize,
    arena: &'a Arena,
) -> Result<Tree<'a>, ReadError> {
    read_text(bytes, max_bytes, arena).map(|read| read.tree)
}

/// As [`read_tree`], for those who need its canonical form as well.
pub(crate) fn read_text<'a>(
    bytes: &'a [u8],
    max_bytes: usize,
    arena: &'a Arena,
) -> Result<ReadText<'a>, ReadError> {
    let refuse = |rule, offset| Err(ReadError { rule, offset, place: String::new() });
    if bytes.len() > max_bytes {
        return refuse(ReadRule::TooLarge { limit: max_bytes }, max_bytes);
    }
    if bytes.starts_with(b"\xEF\xBB\xBF") {
        return refuse(ReadRule::ByteOrderMark, 0);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return refuse(ReadRule::InvalidUtf8, error.valid_up_to()),
    };
    let mut reader = Reader {
        text,
        arena,
        at: 0,
        values: 0,
        // U+FDD0 is the lowest of them and begins with 0xEF in UTF-8, as few texts have it.
        may_have_noncharacters: bytes.iter().fold(false, |found, byte| found | (*byte >= 0xEF)),
        open_items: Vec::new(),
        open_members: Vec::with_capacity(USUAL_MEMBERS),
        // Places in a longer one are not kept.
        is_canonical: u32::try_from(text.len()).is_ok(),
    };
    let tree = reader.value(0).map_err(|stop| stop.into_error())?;
    reader.skip_white_space();
    if reader.at < text.len() {
        return refuse(ReadRule::TrailingData, reader.at);
    }
    let canonical = reader.is_canonical.then_some(CanonicalText::new(text));
    Ok(ReadText { tree, canonical })
}

/// A value and, where that is so, that its text is its canonical form already.
pub(crate) struct ReadText<'a> {
    pub(crate) tree: Tree<'a>,
    pub(crate) canonical: Option<CanonicalText<'a>>,
}

/// A refusal on its way up through the nesting; each level adds its step in front.
struct Stop {
    rule: ReadRule,
    offset: usize,
    /// The steps from the innermost outwards.
    steps: Vec<Step>,
}

enum Step {
    Member(String),
    Element(usize),
}

/// Boxed, so that the way without refusal stays fast.
type Read<T> = Result<T, Box<Stop>>;

impl Stop {
    fn into_error(self) -> ReadError {
        let mut place = String::new();
        for step in self.steps.iter().rev() {
            match step {
                Step::Member(name) => {
                    let dot = if place.is_empty() { "" } else { "." };
                    place.push_str(&format!("{dot}{}", Excerpt::short(name)));
                }
                Step::Element(index) => place.push_str(&format!("[{index}]")),
            }
        }
        ReadError { rule: self.rule, offset: self.offset, place }
    }
}

struct Reader<'a> {
    text: &'a str,
    arena: &'a Arena,
    at: usize,
    values: usize,
    may_have_noncharacters: bool,
    /// The items of the lists that are not at their end yet, those of the outermost first.
    open_items: Vec<Tree<'a>>,
    /// The members of the objects that are not at their end yet, likewise.
    open_members: Vec<Member<'a>>,
    /// Whether everything so far is written as RFC 8785 would write it.
    is_canonical: bool,
}

/// What is known of the names in an object that is not at its end yet.
struct Names<'a> {
    /// Where in the open members those of the object begin.
    start: usize,
    /// Whether each name comes after the one before, as in every canonical text. Then none
    /// can repeat another one.
    are_sorted: bool,
    /// All of them, in an object with many that are not sorted.
    seen: Option<BTreeSet<&'a str>>,
}

/// A place in a text, as it is kept. In a text so long that there is none, it is not used.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl<'a> Reader<'a> {
    fn stop<T>(&self, rule: ReadRule) -> Read<T> {
        Err(Box::new(Stop { rule, offset: self.at, steps: Vec::new() }))
    }

    fn expected<T>(&self, expected: &'static str) -> Read<T> {
        if self.at >= self.text.len() {
            self.stop(ReadRule::Truncated)
        } else {
            self.stop(ReadRule::Syntax { expected })
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    fn skip_white_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
            self.is_canonical = false;
        }
    }

    /// Takes `byte` if it comes next, after white space.
    fn takes(&mut self, byte: u8) -> bool {
        self.skip_white_space();
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    /// Takes what may follow an item, after white space: a comma, or the end of the whole.
    fn ends(&mut self, end: u8, expected: &'static str) -> Read<bool> {
        self.skip_white_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(true)
            }
            _ => self.expected(expected),
        }
    }

    fn value(&mut self, depth: usize) -> Read<Tree<'a>> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return self.stop(ReadRule::TooManyValues);
        }
        self.skip_white_space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Tree::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Tree::Bool(true)),
            Some(b'f') => self.word("false", Tree::Bool(false)),
            Some(b'n') => self.word("null", Tree::Null),
            _ => self.expected("a value"),
        }
    }

    fn word(&mut self, word: &'static str, value: Tree<'a>) -> Read<Tree<'a>> {
        let rest = &self.text.as_bytes()[self.at..];
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        if word.as_bytes().starts_with(rest) {
            self.at = self.text.len();
        }
        self.expected("true, false or null")
    }

    fn enter(&mut self, depth: usize) -> Read<()> {
        if depth >= MAX_DEPTH {
            return self.stop(ReadRule::TooDeep);
        }
        self.at += 1;
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Read<Tree<'a>> {
        self.enter(depth)?;
        let start = self.open_items.len();
        if self.takes(b']') {
            return Ok(Tree::Array(&[]));
        }
        loop {
            let index = self.open_items.len() - start;
            let item = self.value(depth + 1).map_err(|mut stop| {
                stop.steps.push(Step::Element(index));
                stop
            })?;
            self.open_items.push(item);
            if self.ends(b']', "\",\" or \"]\"")? {
                let items = self.arena.keep(&self.open_items[start..]);
                self.open_items.truncate(start);
                return Ok(Tree::Array(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Read<Tree<'a>> {
        self.enter(depth)?;
        let mut names = Names { start: self.open_members.len(), are_sorted: true, seen: None };
        if self.takes(b'}') {
            return Ok(Members::sorted(&[], place(self.at)).into());
        }
        loop {
            self.skip_white_space();
            if self.peek() != Some(b'"') {
                return self.expected("the name of a member");
            }
            let name_at = self.at;
            let name = self.string()?;
            if self.is_repeated(name, &mut names) {
                self.at = name_at;
                let name = Excerpt::short(name).to_string();
                return self.stop(ReadRule::DuplicateMember { name });
            }
            if !self.takes(b':') {
                return self.expected("\":\"");
            }
            match self.value(depth + 1) {
                Ok(value) => {
                    self.open_members.push(Member { name, value, at: place(name_at) });
                }
                Err(mut stop) => {
                    stop.steps.push(Step::Member(name.to_owned()));
                    return Err(stop);
                }
            }
            if self.ends(b'}', "\",\" or \"}\"")? {
                self.is_canonical &= names.are_sorted;
                let members = self.arena.keep(&self.open_members[names.start..]);
                self.open_members.truncate(names.start);
                let end = place(self.at);
                return Ok(if names.are_sorted {
                    Members::sorted(members, end).into()
                } else {
                    Members::unsorted(members, end).into()
                });
            }
        }
    }

    /// Whether an object has a member of this name already. Takes at most logarithmic time.
    fn is_repeated(&self, name: &'a str, names: &mut Names<'a>) -> bool {
        const FEW: usize = 16;
        let members = &self.open_members[names.start..];
        if names.are_sorted {
            let order = members.last().map(|last| canonical_order(last.name, name));
            names.are_sorted = order.is_none_or(Ordering::is_lt);
            if names.are_sorted {
                return false;
            }
        }
        if members.len() <= FEW {
            return members.iter().any(|other| other.name == name);
        }
        let all = || members.iter().map(|member| member.name).collect();
        !names.seen.get_or_insert_with(all).insert(name)
    }

    fn string(&mut self) -> Read<&'a str> {
        self.at += 1;
        let (plain, stopped_by) = self.plain()?;
        // Nearly every string ends here, and is not copied.
        if stopped_by == b'"' { Ok(plain) } else { self.rest_of_string(plain) }
    }

    /// Takes what stands in a string as it is, and the byte after that.
    fn plain(&mut self) -> Read<(&'a str, u8)> {
        let from = self.at;
        self.at += plain_length(&self.text.as_bytes()[from..]);
        let Some(stopped_by) = self.peek() else {
            return self.stop(ReadRule::Truncated);
        };
        // Cut at ASCII bytes, so always between characters.
        let plain = &self.text[from..self.at];
        if self.may_have_noncharacters {
            self.refuse_noncharacters(plain, from)?;
        }
        if stopped_by < b' ' {
            return self.stop(ReadRule::ControlCharacter);
        }
        self.at += 1;
        Ok((plain, stopped_by))
    }

    /// Reads on in a string that begins so, after the backslash of its first escape.
    #[cold]
    fn rest_of_string(&mut self, beginning: &str) -> Read<&'a str> {
        let mut unescaped = beginning.to_owned();
        loop {
            self.at -= 1;
            let start = self.at;
            let character = self.escape()?;
            self.is_canonical &= is_escaped_so(character, &self.text[start..self.at]);
            unescaped.push(character);
            let (plain, stopped_by) = self.plain()?;
            unescaped.push_str(plain);
            if stopped_by == b'"' {
                return Ok(self.arena.keep_text(&unescaped));
            }
        }
    }

    fn refuse_noncharacters(&mut self, text: &str, from: usize) -> Read<()> {
        match text.char_indices().find(|(_, character)| is_noncharacter(*character)) {
            None => Ok(()),
            Some((index, character)) => {
                self.at = from + index;
                self.stop(ReadRule::Noncharacter { code_point: character.into() })
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let start = self.at;
        self.at += 1;
        let Some(letter) = self.peek() else {
            return self.stop(ReadRule::Truncated);
        };
        self.at += 1;
        let character = match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(start),
            _ => {
                self.at = start;
                return self.stop(ReadRule::BadEscape);
            }
        };
        Ok(character)
    }

    fn unicode_escape(&mut self, start: usize) -> Read<char> {
        let first = self.four_hex_digits()?;
        let code_point = if (0xD800..0xDC00).contains(&first) {
            let low_follows = self.text.as_bytes()[self.at..].starts_with(b"\\u");
            self.at += if low_follows { 2 } else { 0 };
            let low = if low_follows { self.four_hex_digits()? } else { 0 };
            if !(0xDC00..0xE000).contains(&low) {
                self.at = start;
                return self.stop(ReadRule::LoneSurrogate);
            }
            0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00)
        } else {
            first
        };
        // Only a low surrogate is left that is no character.
        let Some(character) = char::from_u32(code_point) else {
            self.at = start;
            return self.stop(ReadRule::LoneSurrogate);
        };
        if is_noncharacter(character) {
            self.at = start;
            return self.stop(ReadRule::Noncharacter { code_point });
        }
        Ok(character)
    }

    fn four_hex_digits(&mut self) -> Read<u32> {
        let mut value = 0;
        for _ in 0..4 {
            let Some(byte) = self.peek() else {
                return self.stop(ReadRule::Truncated);
            };
            let Some(digit) = char::from(byte).to_digit(16) else {
                return self.stop(ReadRule::BadEscape);
            };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }

    fn skip_digits(&mut self) -> Read<()> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return self.expected("a digit");
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Read<Tree<'a>> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        if self.peek() == Some(b'0') {
            self.at += 1;
            if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return self.expected("no digit after a leading zero");
            }
        } else {
            self.skip_digits()?;
        }
        let mut integer = true;
        if self.peek() == Some(b'.') {
            integer = false;
            self.at += 1;
            self.skip_digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            integer = false;
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.skip_digits()?;
        }
        let written = &self.text[start..self.at];
        if integer {
            match written.parse::<i64>() {
                Ok(value) if (-MAX_INTEGER..=MAX_INTEGER).contains(&value) => {
                    // Only zero has a second spelling.
                    self.is_canonical &= written != "-0";
                    Ok(Tree::Integer(value))
                }
                _ => {
                    self.at = start;
                    self.stop(ReadRule::IntegerTooLarge)
                }
            }
        } else {
            // Hardly any document has one; which of them are canonical is left to the writer.
            self.is_canonical = false;
            match written.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(Tree::number(value)),
                _ => {
                    self.at = start;
                    self.stop(ReadRule::NumberTooLarge)
                }
            }
        }
    }
}

/// The 66 code points that Unicode sets aside as noncharacters.
fn is_noncharacter(character: char) -> bool {
    let code_point = u32::from(character);
    (0xFDD0..=0xFDEF).contains(&code_point) || code_point & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(text: impl AsRef<[u8]>) -> &'static str {
        match read(text.as_ref(), 1_000_000) {
            Ok(_) => "taken",
            Err(error) => error.code(),
        }
    }

    #[test]
    fn values_that_are_taken() {
        for (text, value) in [
            (" null ", json!(null)),
            ("[]", json!([])),
            ("{ }", json!({})),
            ("[1, -0, 2.5, 1e2, 1.0, -0.0]", json!([1, 0, 2.5, 100, 1, 0])),
            ("9007199254740991", json!(9_007_199_254_740_991_i64)),
            ("1e300", json!(1e300)),
            ("1e-400", json!(0)),
            (r#""\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\""#, json!("é😀/\u{8}\u{c}\n\r\t\"\\")),
            ("\"\u{7f}é😀\"", json!("\u{7f}é😀")),
            (r#"{"a":{"b":[true,false]},"":0}"#, json!({ "a": { "b": [true, false] }, "": 0 })),
        ] {
            assert_eq!(read(text.as_bytes(), 100).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn texts_that_are_refused_each_for_its_reason() {
        for (text, expected) in [
            (&b""[..], "json.truncated"),
            (b"\xEF\xBB\xBF{}", "json.byte-order-mark"),
            (b"\xFF\xFE{\0}\0", "json.invalid-utf8"),
            (b"\"\xC0\x80\"", "json.invalid-utf8"),
            (b"\"\xED\xA0\x80\"", "json.invalid-utf8"),
            (b"{\"a\":", "json.truncated"),
            (b"[1", "json.truncated"),
            (b"\"abc", "json.truncated"),
            (b"tru", "json.truncated"),
            (b"trux", "json.syntax"),
            (b"[1,]", "json.syntax"),
            (b"{\"a\":1,}", "json.syntax"),
            (b"{a:1}", "json.syntax"),
            (b"01", "json.syntax"),
            (b"-", "json.truncated"),
            (b"1.", "json.truncated"),
            (b".5", "json.syntax"),
            (b"+1", "json.syntax"),
            (b"NaN", "json.syntax"),
            (b"[Infinity]", "json.syntax"),
            (b"// x\n1", "json.syntax"),
            (b"1 2", "json.trailing-data"),
            (b"{}\0", "json.trailing-data"),
            (br#"{"a":1,"a":1}"#, "json.duplicate-member"),
            (br#"{"a":1,"\u0061":2}"#, "json.duplicate-member"),
            (br#"{"x":{"y":[{"a":1,"a":2}]}}"#, "json.duplicate-member"),
            (b"\"a\nb\"", "json.control-character"),
            (br#""\x41""#, "json.bad-escape"),
            (br#""\u12G4""#, "json.bad-escape"),
            (br#""\ud800""#, "json.lone-surrogate"),
            (br#""\ud800\u0041""#, "json.lone-surrogate"),
            (br#""\udc00""#, "json.lone-surrogate"),
            (br#""\ufdd0""#, "json.noncharacter"),
            ("\"\u{ffff}\"".as_bytes(), "json.noncharacter"),
            (br#""\ud83f\udffe""#, "json.noncharacter"),
            (b"9007199254740992", "json.integer-too-large"),
            (b"-9007199254740992", "json.integer-too-large"),
            (b"100000000000000000000000", "json.integer-too-large"),
            (b"1e400", "json.number-too-large"),
        ] {
            assert_eq!(code(text), expected, "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn limits_of_size_depth_and_count() {
        assert_eq!(read(b"[1,2]", 4).unwrap_err().code(), "json.too-large");
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(code(nested(MAX_DEPTH)), "taken");
        assert_eq!(code(nested(MAX_DEPTH + 1)), "json.too-deep");
        assert_eq!(code("[".repeat(500_000)), "json.too-deep");
        let many = |count: usize| format!("[{}1]", "1,".repeat(count - 2));
        assert!(read(many(MAX_VALUES).as_bytes(), 3_000_000).is_ok());
        let error = read(many(MAX_VALUES + 1).as_bytes(), 3_000_000).unwrap_err();
        assert_eq!(error.code(), "json.too-many-values");
    }

    #[test]
    fn errors_name_the_place() {
        let error = read(br#"{"entries":[{},{"reason":{"en":"a","en":"b"}}]}"#, 100).unwrap_err();
        assert_eq!(
            error.to_string(),
            "entries[1].reason: the member \"en\" appears twice (at byte 35)"
        );
        let error = read(b"[1", 100).unwrap_err();
        assert_eq!(error.to_string(), "the text ends before the value is complete (at byte 2)");
        let hostile = format!("{{\"{}\\u001b[31m\":x}}", "a".repeat(300));
        let error = read(hostile.as_bytes(), 1000).unwrap_err();
        assert!(error.place().len() < 210 && !error.place().contains('\u{1b}'), "{error}");
    }

    #[test]
    fn long_numbers_take_linear_time() {
        let digits = "1".repeat(300_000);
        assert_eq!(code(&digits), "json.integer-too-large");
        assert_eq!(code(format!("0.{digits}")), "taken");
        assert_eq!(code(format!("1e{digits}")), "json.number-too-large");
    }
}
