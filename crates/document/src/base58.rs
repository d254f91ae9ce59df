//! Multibase base58btc (`z…`), the text form of keys, issuers and signatures.

/// The most bytes that are written so: those of a signature.
const MAX_BYTES: usize = 64;
/// The most digits of that many bytes.
const MAX_DIGITS: usize = 88;

/// Decodes exactly `N` bytes, at most 64. No two texts have the same bytes: leading `1` are
/// leading zero bytes, one for one, and the rest is a number without leading zeros.
pub(crate) fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.strip_prefix('z')?.as_bytes();
    // So with that many `1` in front, N bytes are 64, the only length that the library knows.
    let padding = MAX_BYTES.checked_sub(N)?;
    let mut padded = [b'1'; MAX_DIGITS];
    let end = padding + digits.len();
    padded.get_mut(padding..end)?.copy_from_slice(digits);
    let mut bytes = [0; MAX_BYTES];
    five8::decode_64(&padded[..end], &mut bytes).ok()?;
    bytes[padding..].try_into().ok()
}

/// Encodes `bytes`, at most 64.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let padding = MAX_BYTES - bytes.len();
    let mut padded = [0; MAX_BYTES];
    padded[padding..].copy_from_slice(bytes);
    let mut digits = [0; MAX_DIGITS];
    let end = usize::from(five8::encode_64(&padded, &mut digits));
    std::iter::once('z').chain(digits[padding..end].iter().copied().map(char::from)).collect()
}

/// The same by another library, and of any length.
#[cfg(test)]
pub(crate) mod reference {
    pub(crate) fn base58btc(text: &str) -> Option<Vec<u8>> {
        bs58::decode(text.strip_prefix('z')?).into_vec().ok()
    }

    pub(crate) fn to_base58btc(bytes: &[u8]) -> String {
        format!("z{}", bs58::encode(bytes).into_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::reference::{base58btc, to_base58btc};
    use super::{decode, encode};

    fn expected<const N: usize>(text: &str) -> Option<[u8; N]> {
        base58btc(text)?.try_into().ok()
    }

    proptest! {
        #[test]
        fn bytes_have_the_text_of_the_reference(
            bytes in prop::collection::vec(any::<u8>(), 64), zeros in 0..64_usize,
        ) {
            let mut bytes: [u8; 64] = bytes.try_into().unwrap();
            bytes[..zeros].fill(0);
            let text = encode(&bytes);
            prop_assert_eq!(&text, &to_base58btc(&bytes));
            prop_assert_eq!(decode(&text), Some(bytes));
            let short: [u8; 34] = bytes[30..].try_into().unwrap();
            let text = encode(&short);
            prop_assert_eq!(&text, &to_base58btc(&short));
            prop_assert_eq!(decode(&text), Some(short));
        }

        #[test]
        fn texts_are_taken_where_the_reference_takes_them(
            text in "z?(1{0,70}[1-9A-HJ-NP-Za-km-z]{0,90}|[0-z]{40,90}|\\PC{0,90}|z{86,89})",
        ) {
            prop_assert_eq!(decode::<64>(&text), expected::<64>(&text));
            prop_assert_eq!(decode::<34>(&text), expected::<34>(&text));
        }

        #[test]
        fn texts_are_written_back_the_same(text in "z1{0,3}[1-9A-HJ-NP-Za-km-z]{84,88}") {
            if let Some(bytes) = decode::<64>(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }

        #[test]
        fn what_is_no_base58_is_refused(
            bytes in prop::collection::vec(any::<u8>(), 64),
            place in 0..80_usize,
            other in "[0OIl +/é\\n]",
        ) {
            let mut text = encode(&bytes);
            let place = 1 + place % (text.len() - 1);
            text.replace_range(place..=place, &other);
            prop_assert_eq!(decode::<64>(&text), None);
        }
    }

    #[test]
    fn the_largest_numbers_are_told_from_those_past_them() {
        for bytes in [[0xFF_u8; 64].as_slice(), &[0xFF; 34], &[0; 64], &[0; 34]] {
            assert_eq!(encode(bytes), to_base58btc(bytes));
        }
        // 2^512 and 2^272.
        for length in [64, 34] {
            let past = to_base58btc(&[&[1][..], &vec![0; length]].concat());
            assert_eq!((decode::<64>(&past), decode::<34>(&past)), (None, None));
        }
    }
}
