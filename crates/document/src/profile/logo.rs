use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::text::text_type;

/// Why a text is not a [`Logo`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each message is the documentation of its variant")]
pub enum LogoError {
    #[error("must begin with data:image/png;base64, and hold the picture itself")]
    NotEmbedded,
    #[error("must be valid base64 with padding")]
    NotBase64,
    #[error("must be a PNG of at most {max} bytes, not {length}")]
    TooLarge { length: usize, max: usize },
    #[error("must be a PNG picture")]
    NotPng,
    #[error("must be at most {max} pixels wide and high, not {width} × {height}")]
    TooManyPixels { width: u32, height: u32, max: u32 },
}

text_type! {
    /// A logo: a `data:` link that holds a PNG, so that showing it asks nobody. At most
    /// [`Logo::MAX_BYTES`] bytes and [`Logo::MAX_PIXELS`] pixels each way.
    Logo, LogoError, check
}

impl Logo {
    /// The largest picture, in bytes before base64.
    pub const MAX_BYTES: usize = 24_000;

    /// The largest width and height, in pixels. 24 kB of PNG could otherwise unfold to
    /// gigabytes in a visitor's browser.
    pub const MAX_PIXELS: u32 = 1_024;

    const PREFIX: &str = "data:image/png;base64,";
}

fn check(text: String) -> Result<String, LogoError> {
    let encoded = text.strip_prefix(Logo::PREFIX).ok_or(LogoError::NotEmbedded)?;
    // Four characters hold three bytes, less those that are padding: known before anything
    // is decoded.
    let padding = encoded.bytes().rev().take(2).filter(|byte| *byte == b'=').count();
    let length = (encoded.len() / 4 * 3).saturating_sub(padding);
    if length > Logo::MAX_BYTES {
        return Err(LogoError::TooLarge { length, max: Logo::MAX_BYTES });
    }
    check_png(&STANDARD.decode(encoded).map_err(|_| LogoError::NotBase64)?)?;
    Ok(text)
}

/// Checks signature and the header chunk with the picture's measures (PNG specification,
/// sections 5.2 and 11.2.1). The rest is for the browser to read.
fn check_png(png: &[u8]) -> Result<(), LogoError> {
    let header = png
        .strip_prefix(b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0DIHDR")
        .and_then(|rest| rest.first_chunk::<8>())
        .ok_or(LogoError::NotPng)?;
    let [a, b, c, d, e, f, g, h] = *header;
    let (width, height) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
    if width == 0 || height == 0 {
        return Err(LogoError::NotPng);
    }
    if width.max(height) > Logo::MAX_PIXELS {
        return Err(LogoError::TooManyPixels { width, height, max: Logo::MAX_PIXELS });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, length: usize) -> Vec<u8> {
        let mut png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0DIHDR".to_vec();
        png.extend(width.to_be_bytes());
        png.extend(height.to_be_bytes());
        png.resize(length, 0);
        png
    }

    fn embedded(png: &[u8]) -> String {
        format!("{}{}", Logo::PREFIX, STANDARD.encode(png))
    }

    #[test]
    fn a_png_is_taken_as_it_stands() {
        for length in [24, 25, 26, Logo::MAX_BYTES] {
            let text = embedded(&png(64, 64, length));
            assert_eq!(Logo::new(text.clone()).unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let refusal = |text: &str| Logo::new(text).unwrap_err();
        insta::assert_snapshot!(refusal("https://example.org/logo.png"), @"must begin with data:image/png;base64, and hold the picture itself");
        insta::assert_snapshot!(refusal("data:image/svg+xml;base64,PHN2Zz4="), @"must begin with data:image/png;base64, and hold the picture itself");
        insta::assert_snapshot!(refusal("data:image/png;base64,iVBORw0KGgo*"), @"must be valid base64 with padding");
        insta::assert_snapshot!(refusal("data:image/png;base64,R0lGODlh"), @"must be a PNG picture");
        let refusal = |png: &[u8]| Logo::new(embedded(png)).unwrap_err();
        insta::assert_snapshot!(refusal(&png(64, 64, Logo::MAX_BYTES + 1)), @"must be a PNG of at most 24000 bytes, not 24001");
        insta::assert_snapshot!(refusal(&png(30_000, 64, 100)), @"must be at most 1024 pixels wide and high, not 30000 × 64");
        insta::assert_snapshot!(refusal(&png(0, 64, 100)), @"must be a PNG picture");
        let huge = format!("{}{}", Logo::PREFIX, "A".repeat(1_000_000));
        assert!(matches!(Logo::new(huge), Err(LogoError::TooLarge { .. })));
    }
}
