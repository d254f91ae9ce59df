//! Countries by the English names that lists write.

use std::collections::HashMap;
use std::sync::LazyLock;

use wellspring_document::CountryCode;

/// The country with this English name, written in any case.
///
/// A name that could mean two countries ("Congo", "Korea") is none, and so is a code:
/// `CA` may be California.
pub(super) fn country(name: &str) -> Option<CountryCode> {
    BY_NAME.get(&name.to_lowercase()).cloned()
}

/// The English name of a country, one that holds no sign that parts names in these lists.
pub(crate) fn country_name(code: &CountryCode) -> Option<&'static str> {
    let position = NAMES.binary_search_by_key(&code.as_str(), |(code, _)| code).ok()?;
    NAMES[position].1.iter().find(|name| !name.contains([',', '/', ';'])).copied()
}

static BY_NAME: LazyLock<HashMap<String, CountryCode>> = LazyLock::new(|| {
    let mut by_name = HashMap::new();
    for (code, names) in NAMES {
        let code = CountryCode::new(code).ok();
        by_name.extend(names.iter().filter_map(|name| Some((name.to_lowercase(), code.clone()?))));
    }
    by_name
});

/// ISO 3166-1 codes, and `XK` for Kosovo, with the names in common use.
const NAMES: [(&str, &[&str]); 250] = [
    ("AD", &["Andorra"]),
    ("AE", &["United Arab Emirates", "UAE"]),
    ("AF", &["Afghanistan"]),
    ("AG", &["Antigua and Barbuda"]),
    ("AI", &["Anguilla"]),
    ("AL", &["Albania"]),
    ("AM", &["Armenia"]),
    ("AO", &["Angola"]),
    ("AQ", &["Antarctica"]),
    ("AR", &["Argentina"]),
    ("AS", &["American Samoa"]),
    ("AT", &["Austria"]),
    ("AU", &["Australia"]),
    ("AW", &["Aruba"]),
    ("AX", &["Åland Islands", "Åland"]),
    ("AZ", &["Azerbaijan"]),
    ("BA", &["Bosnia and Herzegovina", "Bosnia"]),
    ("BB", &["Barbados"]),
    ("BD", &["Bangladesh"]),
    ("BE", &["Belgium"]),
    ("BF", &["Burkina Faso"]),
    ("BG", &["Bulgaria"]),
    ("BH", &["Bahrain"]),
    ("BI", &["Burundi"]),
    ("BJ", &["Benin"]),
    ("BL", &["Saint Barthélemy"]),
    ("BM", &["Bermuda"]),
    ("BN", &["Brunei"]),
    ("BO", &["Bolivia"]),
    ("BQ", &["Caribbean Netherlands"]),
    ("BR", &["Brazil"]),
    ("BS", &["Bahamas", "The Bahamas"]),
    ("BT", &["Bhutan"]),
    ("BV", &["Bouvet Island"]),
    ("BW", &["Botswana"]),
    ("BY", &["Belarus"]),
    ("BZ", &["Belize"]),
    ("CA", &["Canada"]),
    ("CC", &["Cocos Islands"]),
    ("CD", &["Democratic Republic of the Congo", "DR Congo"]),
    ("CF", &["Central African Republic"]),
    ("CG", &["Republic of the Congo"]),
    ("CH", &["Switzerland"]),
    ("CI", &["Côte d'Ivoire", "Ivory Coast"]),
    ("CK", &["Cook Islands"]),
    ("CL", &["Chile"]),
    ("CM", &["Cameroon"]),
    ("CN", &["China"]),
    ("CO", &["Colombia"]),
    ("CR", &["Costa Rica"]),
    ("CU", &["Cuba"]),
    ("CV", &["Cape Verde", "Cabo Verde"]),
    ("CW", &["Curaçao", "Curacao"]),
    ("CX", &["Christmas Island"]),
    ("CY", &["Cyprus"]),
    ("CZ", &["Czech Republic", "Czechia"]),
    ("DE", &["Germany"]),
    ("DJ", &["Djibouti"]),
    ("DK", &["Denmark"]),
    ("DM", &["Dominica"]),
    ("DO", &["Dominican Republic"]),
    ("DZ", &["Algeria"]),
    ("EC", &["Ecuador"]),
    ("EE", &["Estonia"]),
    ("EG", &["Egypt"]),
    ("EH", &["Western Sahara"]),
    ("ER", &["Eritrea"]),
    ("ES", &["Spain"]),
    ("ET", &["Ethiopia"]),
    ("FI", &["Finland"]),
    ("FJ", &["Fiji"]),
    ("FK", &["Falkland Islands"]),
    ("FM", &["Micronesia"]),
    ("FO", &["Faroe Islands"]),
    ("FR", &["France"]),
    ("GA", &["Gabon"]),
    ("GB", &["United Kingdom", "UK", "Great Britain", "Britain"]),
    ("GD", &["Grenada"]),
    ("GE", &["Georgia"]),
    ("GF", &["French Guiana"]),
    ("GG", &["Guernsey"]),
    ("GH", &["Ghana"]),
    ("GI", &["Gibraltar"]),
    ("GL", &["Greenland"]),
    ("GM", &["Gambia", "The Gambia"]),
    ("GN", &["Guinea"]),
    ("GP", &["Guadeloupe"]),
    ("GQ", &["Equatorial Guinea"]),
    ("GR", &["Greece"]),
    ("GS", &["South Georgia and the South Sandwich Islands"]),
    ("GT", &["Guatemala"]),
    ("GU", &["Guam"]),
    ("GW", &["Guinea-Bissau"]),
    ("GY", &["Guyana"]),
    ("HK", &["Hong Kong"]),
    ("HM", &["Heard Island and McDonald Islands"]),
    ("HN", &["Honduras"]),
    ("HR", &["Croatia"]),
    ("HT", &["Haiti"]),
    ("HU", &["Hungary"]),
    ("ID", &["Indonesia"]),
    ("IE", &["Ireland", "Republic of Ireland"]),
    ("IL", &["Israel"]),
    ("IM", &["Isle of Man"]),
    ("IN", &["India"]),
    ("IO", &["British Indian Ocean Territory"]),
    ("IQ", &["Iraq"]),
    ("IR", &["Iran"]),
    ("IS", &["Iceland"]),
    ("IT", &["Italy"]),
    ("JE", &["Jersey"]),
    ("JM", &["Jamaica"]),
    ("JO", &["Jordan"]),
    ("JP", &["Japan"]),
    ("KE", &["Kenya"]),
    ("KG", &["Kyrgyzstan"]),
    ("KH", &["Cambodia"]),
    ("KI", &["Kiribati"]),
    ("KM", &["Comoros"]),
    ("KN", &["Saint Kitts and Nevis"]),
    ("KP", &["North Korea"]),
    ("KR", &["South Korea", "Republic of Korea"]),
    ("KW", &["Kuwait"]),
    ("KY", &["Cayman Islands"]),
    ("KZ", &["Kazakhstan"]),
    ("LA", &["Laos"]),
    ("LB", &["Lebanon"]),
    ("LC", &["Saint Lucia"]),
    ("LI", &["Liechtenstein"]),
    ("LK", &["Sri Lanka"]),
    ("LR", &["Liberia"]),
    ("LS", &["Lesotho"]),
    ("LT", &["Lithuania"]),
    ("LU", &["Luxembourg"]),
    ("LV", &["Latvia"]),
    ("LY", &["Libya"]),
    ("MA", &["Morocco"]),
    ("MC", &["Monaco"]),
    ("MD", &["Moldova"]),
    ("ME", &["Montenegro"]),
    ("MF", &["Saint Martin"]),
    ("MG", &["Madagascar"]),
    ("MH", &["Marshall Islands"]),
    ("MK", &["North Macedonia"]),
    ("ML", &["Mali"]),
    ("MM", &["Myanmar", "Burma"]),
    ("MN", &["Mongolia"]),
    ("MO", &["Macau", "Macao"]),
    ("MP", &["Northern Mariana Islands"]),
    ("MQ", &["Martinique"]),
    ("MR", &["Mauritania"]),
    ("MS", &["Montserrat"]),
    ("MT", &["Malta"]),
    ("MU", &["Mauritius"]),
    ("MV", &["Maldives"]),
    ("MW", &["Malawi"]),
    ("MX", &["Mexico"]),
    ("MY", &["Malaysia"]),
    ("MZ", &["Mozambique"]),
    ("NA", &["Namibia"]),
    ("NC", &["New Caledonia"]),
    ("NE", &["Niger"]),
    ("NF", &["Norfolk Island"]),
    ("NG", &["Nigeria"]),
    ("NI", &["Nicaragua"]),
    ("NL", &["Netherlands", "The Netherlands", "Holland"]),
    ("NO", &["Norway"]),
    ("NP", &["Nepal"]),
    ("NR", &["Nauru"]),
    ("NU", &["Niue"]),
    ("NZ", &["New Zealand"]),
    ("OM", &["Oman"]),
    ("PA", &["Panama"]),
    ("PE", &["Peru"]),
    ("PF", &["French Polynesia"]),
    ("PG", &["Papua New Guinea"]),
    ("PH", &["Philippines", "The Philippines"]),
    ("PK", &["Pakistan"]),
    ("PL", &["Poland"]),
    ("PM", &["Saint Pierre and Miquelon"]),
    ("PN", &["Pitcairn Islands"]),
    ("PR", &["Puerto Rico"]),
    ("PS", &["Palestine"]),
    ("PT", &["Portugal"]),
    ("PW", &["Palau"]),
    ("PY", &["Paraguay"]),
    ("QA", &["Qatar"]),
    ("RE", &["Réunion", "Reunion"]),
    ("RO", &["Romania"]),
    ("RS", &["Serbia"]),
    ("RU", &["Russia", "Russian Federation"]),
    ("RW", &["Rwanda"]),
    ("SA", &["Saudi Arabia"]),
    ("SB", &["Solomon Islands"]),
    ("SC", &["Seychelles"]),
    ("SD", &["Sudan"]),
    ("SE", &["Sweden"]),
    ("SG", &["Singapore"]),
    ("SH", &["Saint Helena"]),
    ("SI", &["Slovenia"]),
    ("SJ", &["Svalbard and Jan Mayen"]),
    ("SK", &["Slovakia"]),
    ("SL", &["Sierra Leone"]),
    ("SM", &["San Marino"]),
    ("SN", &["Senegal"]),
    ("SO", &["Somalia"]),
    ("SR", &["Suriname"]),
    ("SS", &["South Sudan"]),
    ("ST", &["São Tomé and Príncipe", "Sao Tome and Principe"]),
    ("SV", &["El Salvador"]),
    ("SX", &["Sint Maarten"]),
    ("SY", &["Syria"]),
    ("SZ", &["Eswatini", "Swaziland"]),
    ("TC", &["Turks and Caicos Islands"]),
    ("TD", &["Chad"]),
    ("TF", &["French Southern Territories"]),
    ("TG", &["Togo"]),
    ("TH", &["Thailand"]),
    ("TJ", &["Tajikistan"]),
    ("TK", &["Tokelau"]),
    ("TL", &["East Timor", "Timor-Leste"]),
    ("TM", &["Turkmenistan"]),
    ("TN", &["Tunisia"]),
    ("TO", &["Tonga"]),
    ("TR", &["Turkey", "Türkiye"]),
    ("TT", &["Trinidad and Tobago"]),
    ("TV", &["Tuvalu"]),
    ("TW", &["Taiwan"]),
    ("TZ", &["Tanzania"]),
    ("UA", &["Ukraine"]),
    ("UG", &["Uganda"]),
    ("UM", &["United States Minor Outlying Islands"]),
    ("US", &["United States", "US", "USA", "United States of America"]),
    ("UY", &["Uruguay"]),
    ("UZ", &["Uzbekistan"]),
    ("VA", &["Vatican City", "Holy See"]),
    ("VC", &["Saint Vincent and the Grenadines"]),
    ("VE", &["Venezuela"]),
    ("VG", &["British Virgin Islands"]),
    ("VI", &["US Virgin Islands"]),
    ("VN", &["Vietnam", "Viet Nam"]),
    ("VU", &["Vanuatu"]),
    ("WF", &["Wallis and Futuna"]),
    ("WS", &["Samoa"]),
    ("XK", &["Kosovo"]),
    ("YE", &["Yemen"]),
    ("YT", &["Mayotte"]),
    ("ZA", &["South Africa"]),
    ("ZM", &["Zambia"]),
    ("ZW", &["Zimbabwe"]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_means_one_country_that_documents_know() {
        let mut names = BTreeSet::new();
        for (code, own) in NAMES {
            assert!(CountryCode::new(code).is_ok(), "{code}");
            for name in own {
                assert!(names.insert(name.to_lowercase()), "{name} stands twice");
                assert_eq!(country(name).unwrap().as_str(), code);
            }
        }
        assert!(NAMES.is_sorted_by_key(|(code, _)| code));
    }

    #[test]
    fn only_unmistakable_names_are_countries() {
        for (name, code) in [("germany", "DE"), ("UK", "GB"), ("CÔTE D'IVOIRE", "CI")] {
            assert_eq!(country(name).unwrap().as_str(), code);
        }
        for text in ["", "DE", "Korea", "Congo", "Germany?", "Bavaria", "Deutschland"] {
            assert_eq!(country(text), None, "{text:?}");
        }
    }
}
