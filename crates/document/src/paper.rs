//! Private keys on paper: written by hand or a printer, and typed back.

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32m, Hrp};
use zeroize::Zeroizing;

use crate::key::SigningKey;

/// What every key on paper begins with; the `1` ends it.
const PREFIX: &str = "wellspring1";

/// The part of it that the checksum covers.
const HRP: Hrp = Hrp::parse_unchecked("wellspring");

/// How many characters follow the prefix: 52 for 32 bytes, 5 bits each, and 6 that check.
const CHARACTERS: usize = 58;

/// How many characters stand together.
const GROUP: usize = 4;

/// The characters that occur, in the order of BIP 173. The digit `1` and the letters `b`, `i`
/// and `o`, which are easily taken for others, do not.
const ALPHABET: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Why a text is no private key on paper. Says nothing of the key itself but for single
/// characters that no key has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum PaperError {
    #[error(
        "group {group}: \"{}\" never occurs; the digit 1 and the letters b, i and o are not used",
        .character.escape_debug()
    )]
    UnknownCharacter { group: usize, character: char },
    #[error("{found} characters after \"wellspring1\", where a key has 58; {}", if *.found < 58 {
        "some are missing"
    } else {
        "some are too many"
    })]
    WrongLength { found: usize },
    #[error("the last six characters do not fit the rest: at least one character is wrong")]
    WrongChecksum,
}

impl PaperError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownCharacter { .. } => "paper.unknown-character",
            Self::WrongLength { .. } => "paper.wrong-length",
            Self::WrongChecksum => "paper.wrong-checksum",
        }
    }
}

impl SigningKey {
    /// The private key as it is written on paper: Bech32m (BIP 350) with the prefix
    /// `wellspring`, in 15 groups.
    ///
    /// Its checksum finds *every* text with up to four wrong characters, two swapped ones
    /// among them, where the 8 bits of check in a list of 24 words (BIP 39) let one wrong
    /// word in 256 pass.
    pub fn to_paper(&self) -> Zeroizing<String> {
        // The encoding of 32 bytes cannot exceed any length limit.
        let code = bech32::encode_lower::<Bech32m>(HRP, self.seed().as_ref()).unwrap_or_default();
        let code = Zeroizing::new(code);
        // As long as it gets, so that no copy of a part is left behind by growing.
        let mut paper = Zeroizing::new(String::with_capacity(2 * code.len()));
        paper.push_str(PREFIX);
        for (place, character) in code[PREFIX.len().min(code.len())..].chars().enumerate() {
            if place % GROUP == 0 {
                paper.push(' ');
            }
            paper.push(character);
        }
        paper
    }

    /// Reads a private key as somebody typed it from paper: in small or capital letters,
    /// parted by whatever white space and hyphens, with the prefix or without.
    ///
    /// # Errors
    /// Where any character is wrong, missing or too many.
    pub fn from_paper(text: &str) -> Result<Self, PaperError> {
        let mut typed = Zeroizing::new(String::with_capacity(text.len()));
        typed.extend(
            text.chars()
                .filter(|c| !c.is_whitespace() && *c != '-')
                .map(|c| c.to_ascii_lowercase()),
        );
        let characters = typed.strip_prefix(PREFIX).unwrap_or(&typed);
        let unknown = |(_, character): &(usize, char)| !ALPHABET.contains(*character);
        if let Some((place, character)) = characters.chars().enumerate().find(unknown) {
            return Err(PaperError::UnknownCharacter { group: place / GROUP + 1, character });
        }
        if characters.len() != CHARACTERS {
            return Err(PaperError::WrongLength { found: characters.len() });
        }
        let mut code = Zeroizing::new(String::with_capacity(PREFIX.len() + CHARACTERS));
        code.push_str(PREFIX);
        code.push_str(characters);
        let checked = CheckedHrpstring::new::<Bech32m>(&code);
        let checked = checked.map_err(|_| PaperError::WrongChecksum)?;
        let mut seed = Zeroizing::new([0; 32]);
        for (to, from) in seed.iter_mut().zip(checked.byte_iter()) {
            *to = from;
        }
        let key = Self::from_seed(*seed);
        // 58 characters hold four bits more than a key; they are zero.
        if bech32::encode_lower::<Bech32m>(HRP, seed.as_ref()).map(Zeroizing::new).ok()
            != Some(code)
        {
            return Err(PaperError::WrongChecksum);
        }
        Ok(key)
    }
}

/// The part of a whole sheet that [`SigningKey::from_paper`] reads: from the prefix to the
/// next empty line. A text without the prefix is given back whole.
pub fn on_paper(sheet: &str) -> &str {
    // Ignoring the case does not move bytes.
    let lower = Zeroizing::new(sheet.to_ascii_lowercase());
    let Some(begin) = lower.find(PREFIX) else { return sheet };
    let mut end = begin;
    for line in sheet[begin..].split_inclusive('\n') {
        if line.trim().is_empty() {
            break;
        }
        end += line.len();
    }
    &sheet[begin..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> &'static str {
        SigningKey::from_paper(text).unwrap_err().code()
    }

    #[test]
    fn a_key_on_paper_is_15_groups() {
        let paper = SigningKey::from_seed([7; 32]).to_paper();
        insta::assert_snapshot!(*paper, @"wellspring1 qurs wpc8 qurs wpc8 qurs wpc8 qurs wpc8 qurs wpc8 qurs wpc8 qurs 534k 8j");
        let groups: Vec<_> = paper.split(' ').collect();
        assert_eq!(groups.len(), 16);
    }

    proptest! {
        #[test]
        fn keys_are_typed_back_however_they_are_grouped(seed: [u8; 32]) {
            let key = SigningKey::from_seed(seed);
            let paper = key.to_paper();
            let bare = paper.strip_prefix("wellspring1 ").unwrap();
            for typed in [
                paper.to_string(),
                paper.to_uppercase(),
                paper.replace(' ', ""),
                paper.replace(' ', "-\r\n\t"),
                bare.to_owned(),
            ] {
                let read = SigningKey::from_paper(&typed).unwrap();
                prop_assert_eq!(read.public(), key.public());
            }
        }
    }

    /// All of them, not a sample: any single character, any two neighbours swapped, any one
    /// missing or twice, any two neighbouring groups swapped.
    #[test]
    fn every_slip_is_found() {
        for seed in [[0; 32], [255; 32], *b"the seed of a key: 32 bytes, any"] {
            let paper = SigningKey::from_seed(seed).to_paper().replace(' ', "");
            let (prefix, key) = paper.split_at(PREFIX.len());
            let refused = |key: &str| {
                let read = SigningKey::from_paper(&format!("{prefix}{key}"));
                assert!(read.is_err(), "{key}");
            };
            for place in 0..key.len() {
                for other in ALPHABET.chars().filter(|other| !key[place..].starts_with(*other)) {
                    refused(&format!("{}{other}{}", &key[..place], &key[place + 1..]));
                }
                refused(&format!("{}{}", &key[..place], &key[place + 1..]));
                refused(&format!("{}{}", &key[..=place], &key[place..]));
                for width in [1, GROUP] {
                    let Some(after) = key.get(place + width..place + 2 * width) else { continue };
                    let before = &key[place..place + width];
                    if before != after {
                        let rest = &key[place + 2 * width..];
                        refused(&format!("{}{after}{before}{rest}", &key[..place]));
                    }
                }
            }
        }
    }

    #[test]
    fn refusals_name_what_to_look_for() {
        let paper = SigningKey::from_seed([7; 32]).to_paper();
        assert_eq!(code(""), "paper.wrong-length");
        assert_eq!(code(&paper[..paper.len() - 1]), "paper.wrong-length");
        let mut bad = paper.to_string();
        bad.replace_range(22..23, "b");
        assert_eq!(
            SigningKey::from_paper(&bad).unwrap_err(),
            PaperError::UnknownCharacter { group: 3, character: 'b' }
        );
        // Typed or pasted, it could move the cursor of whoever reads the refusal.
        let refusal = SigningKey::from_paper("\u{1b}[2J").unwrap_err().to_string();
        assert!(refusal.starts_with("group 1: \"\\u{1b}\" never occurs"), "{refusal}");
        // The older checksum of BIP 173, and the same with another prefix.
        let seed = [7; 32];
        let older = bech32::encode_lower::<bech32::Bech32>(HRP, &seed).unwrap();
        assert_eq!(code(&older), "paper.wrong-checksum");
        let other = bech32::encode_lower::<Bech32m>(Hrp::parse("wellspr").unwrap(), &seed).unwrap();
        assert_eq!(code(&other.replace("wellspr1", "")), "paper.wrong-checksum");
        // Bits that no key has.
        let mut long = bech32::encode_lower::<Bech32m>(HRP, &[7; 33]).unwrap();
        long.truncate(PREFIX.len() + CHARACTERS);
        assert_eq!(code(&long), "paper.wrong-checksum");
    }

    #[test]
    fn a_sheet_holds_its_key_between_other_lines() {
        let key = SigningKey::from_seed([7; 32]);
        let paper = key.to_paper().replace(' ', "\n");
        let sheet = format!("A key, {}:\n\n  {}\n\nPublic: z6Mk\n", 1, paper.to_uppercase());
        assert_eq!(SigningKey::from_paper(on_paper(&sheet)).unwrap().public(), key.public());
        assert_eq!(on_paper("qqqq"), "qqqq");
    }
}
