//! Codes of countries and currencies, and amounts of money.

use serde::{Deserialize, Serialize};

use crate::body::{InvalidMember, Place};
use crate::text::text_type;

/// ISO 3166-1 alpha-2, the 249 codes assigned at the beginning of 2026, and `XK` for
/// Kosovo, which ISO leaves to its users and which CLDR and the European Union use so.
pub(crate) const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ \
    BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM \
    DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS \
    GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN \
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ \
    MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI \
    VN VU WF WS XK YE YT ZA ZM ZW";

/// ISO 4217, the money in use at the beginning of 2026 and `BGN`, retired that January,
/// by the number of digits behind the point. Left out are the codes for metals, funds
/// between banks, tests and "no currency": nobody asks them as a price.
pub(crate) const CURRENCIES: [(u8, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN \
         BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP \
         GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT \
         LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN \
         NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE \
         SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES \
         WST XAD XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// Why a text is not a [`CountryCode`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a country code of ISO 3166-1 in two capital letters, like DE or GB")]
pub struct CountryCodeError;

text_type! {
    /// A country: an assigned ISO 3166-1 alpha-2 code in capital letters, or `XK`.
    CountryCode, CountryCodeError,
    |text| if is_listed(COUNTRIES, &text) { Ok(text) } else { Err(CountryCodeError) }
}

/// Why a text is not a [`CurrencyCode`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a currency code of ISO 4217 in three capital letters, like EUR or JPY")]
pub struct CurrencyCodeError;

text_type! {
    /// A currency: an ISO 4217 code in capital letters.
    CurrencyCode, CurrencyCodeError,
    |text| if minor_digits(&text).is_some() { Ok(text) } else { Err(CurrencyCodeError) }
}

impl CurrencyCode {
    /// How many digits an amount has behind the decimal point: 2 for EUR, 0 for JPY.
    pub fn minor_digits(&self) -> u8 {
        minor_digits(self.as_str()).unwrap_or(2)
    }
}

fn minor_digits(code: &str) -> Option<u8> {
    CURRENCIES.iter().find(|(_, codes)| is_listed(codes, code)).map(|(digits, _)| *digits)
}

/// Whether `code` is one of the `codes`, which are capital letters of one length with a
/// space between them; so that a match is a whole word.
fn is_listed(codes: &str, code: &str) -> bool {
    let length = codes.find(' ').unwrap_or(codes.len());
    code.len() == length
        && code.bytes().all(|byte| byte.is_ascii_uppercase())
        && codes.contains(code)
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Money {
    /// The amount in the smallest unit of the currency: 350 is 3.50 EUR, or 350 JPY. At
    /// most [`Money::MAX_MINOR`].
    pub amount_minor: u64,
    /// The currency.
    pub currency: CurrencyCode,
}

impl Money {
    /// The largest amount, 10^15 smallest units: more than any running cost, and exact in
    /// every JSON reader (RFC 7493, section 2.2).
    pub const MAX_MINOR: u64 = 1_000_000_000_000_000;

    pub(crate) fn validate(&self, at: &Place<'_>) -> Result<(), InvalidMember> {
        at.member("amount_minor").number(Some(self.amount_minor), Self::MAX_MINOR)
    }
}

/// The amount as people write it: `3.50 EUR`.
impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.currency.minor_digits();
        let unit = 10_u64.pow(u32::from(digits));
        let (whole, rest) = (self.amount_minor / unit, self.amount_minor % unit);
        match digits {
            0 => write!(f, "{whole} {}", self.currency),
            _ => write!(f, "{whole}.{rest:0width$} {}", self.currency, width = usize::from(digits)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_whole_and_hold_each_code_once() {
        let mut countries: Vec<_> = COUNTRIES.split(' ').collect();
        assert!(countries.is_sorted() && countries.iter().all(|code| code.len() == 2));
        countries.dedup();
        assert_eq!(countries.len(), 250);

        let mut currencies: Vec<_> =
            CURRENCIES.iter().flat_map(|(_, codes)| codes.split(' ')).collect();
        assert!(currencies.iter().all(|code| code.len() == 3));
        currencies.sort_unstable();
        let all = currencies.len();
        currencies.dedup();
        assert_eq!(currencies.len(), all);
    }

    #[test]
    fn codes_are_capital_letters_from_the_lists() {
        assert!(CountryCode::new("DE").is_ok() && CurrencyCode::new("EUR").is_ok());
        for text in ["", "de", "UK", "EU", "ZZ", "DE ", "DE AT", " "] {
            assert_eq!(CountryCode::new(text), Err(CountryCodeError), "{text:?}");
        }
        for text in ["", "eur", "XXX", "XAU", "DEM", "EUR USD"] {
            assert_eq!(CurrencyCode::new(text), Err(CurrencyCodeError), "{text:?}");
        }
        insta::assert_snapshot!(CountryCodeError, @"must be a country code of ISO 3166-1 in two capital letters, like DE or GB");
        insta::assert_snapshot!(CurrencyCodeError, @"must be a currency code of ISO 4217 in three capital letters, like EUR or JPY");
    }

    #[test]
    fn money_is_written_with_the_digits_of_its_currency() {
        let money = |amount_minor, currency: &str| {
            Money { amount_minor, currency: CurrencyCode::new(currency).unwrap() }.to_string()
        };
        assert_eq!(money(350, "EUR"), "3.50 EUR");
        assert_eq!(money(5, "EUR"), "0.05 EUR");
        assert_eq!(money(350, "JPY"), "350 JPY");
        assert_eq!(money(1500, "KWD"), "1.500 KWD");
    }
}
