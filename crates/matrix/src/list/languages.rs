//! Languages by the names that lists write: joinmatrix in English, FluffyChat each in
//! its own language.

use std::collections::HashMap;
use std::sync::LazyLock;

use wellspring_document::LanguageTag;

/// The language with this English or own name, written in any case.
pub(super) fn language(name: &str) -> Option<LanguageTag> {
    BY_NAME.get(&name.to_lowercase()).cloned()
}

/// The English name of a language, where these lists have one.
pub(crate) fn language_name(tag: &LanguageTag) -> Option<&'static str> {
    let position = NAMES.binary_search_by_key(&tag.as_str(), |(tag, _)| tag).ok()?;
    NAMES[position].1.first().copied()
}

static BY_NAME: LazyLock<HashMap<String, LanguageTag>> = LazyLock::new(|| {
    let mut by_name = HashMap::new();
    for (tag, names) in NAMES {
        let tag = LanguageTag::new(tag).ok();
        by_name.extend(names.iter().filter_map(|name| Some((name.to_lowercase(), tag.clone()?))));
    }
    by_name
});

/// BCP 47 tags, each with its English names first and its own after them, as CLDR has
/// them.
const NAMES: [(&str, &[&str]); 100] = [
    ("af", &["Afrikaans"]),
    ("am", &["Amharic", "አማርኛ"]),
    ("ar", &["Arabic", "العربية"]),
    ("az", &["Azerbaijani", "azərbaycan"]),
    ("be", &["Belarusian", "беларуская"]),
    ("bg", &["Bulgarian", "български"]),
    ("bn", &["Bengali", "Bangla", "বাংলা"]),
    ("br", &["Breton", "brezhoneg"]),
    ("bs", &["Bosnian", "bosanski"]),
    ("ca", &["Catalan", "català"]),
    ("cs", &["Czech", "čeština", "česky"]),
    ("cy", &["Welsh", "Cymraeg"]),
    ("da", &["Danish", "dansk"]),
    ("de", &["German", "Deutsch"]),
    ("de-AT", &["Austrian German"]),
    ("de-CH", &["Swiss High German"]),
    ("el", &["Greek", "Ελληνικά"]),
    ("en", &["English"]),
    ("eo", &["Esperanto"]),
    ("es", &["Spanish", "Castilian", "español", "castellano"]),
    ("et", &["Estonian", "eesti"]),
    ("eu", &["Basque", "euskara"]),
    ("fa", &["Persian", "Farsi", "فارسی"]),
    ("fi", &["Finnish", "suomi"]),
    ("fil", &["Filipino"]),
    ("fo", &["Faroese", "føroyskt"]),
    ("fr", &["French", "français"]),
    ("fy", &["Western Frisian", "Frisian", "Frysk"]),
    ("ga", &["Irish", "Irish Gaelic", "Gaeilge"]),
    ("gd", &["Scottish Gaelic", "Gàidhlig"]),
    ("gl", &["Galician", "galego"]),
    ("gsw", &["Swiss German", "Schweizerdeutsch", "Schwiizertüütsch"]),
    ("gu", &["Gujarati", "ગુજરાતી"]),
    ("he", &["Hebrew", "עברית"]),
    ("hi", &["Hindi", "हिन्दी", "हिंदी"]),
    ("hr", &["Croatian", "hrvatski"]),
    ("hu", &["Hungarian", "magyar"]),
    ("hy", &["Armenian", "հայերեն"]),
    ("ia", &["Interlingua"]),
    ("id", &["Indonesian", "Bahasa Indonesia"]),
    ("is", &["Icelandic", "íslenska"]),
    ("it", &["Italian", "italiano"]),
    ("ja", &["Japanese", "日本語"]),
    ("ka", &["Georgian", "ქართული"]),
    ("kk", &["Kazakh", "қазақ тілі"]),
    ("km", &["Khmer", "ខ្មែរ"]),
    ("kn", &["Kannada", "ಕನ್ನಡ"]),
    ("ko", &["Korean", "한국어"]),
    ("ku", &["Kurdish", "kurdî"]),
    ("la", &["Latin", "latina"]),
    ("lb", &["Luxembourgish", "Lëtzebuergesch"]),
    ("lt", &["Lithuanian", "lietuvių"]),
    ("lv", &["Latvian", "latviešu"]),
    ("mk", &["Macedonian", "македонски"]),
    ("ml", &["Malayalam", "മലയാളം"]),
    ("mn", &["Mongolian", "монгол"]),
    ("mr", &["Marathi", "मराठी"]),
    ("ms", &["Malay", "Bahasa Melayu"]),
    ("mt", &["Maltese", "Malti"]),
    ("my", &["Burmese", "မြန်မာ"]),
    ("nb", &["Norwegian Bokmål", "Bokmål", "norsk bokmål"]),
    ("nds", &["Low German", "Plattdüütsch"]),
    ("ne", &["Nepali", "नेपाली"]),
    ("nl", &["Dutch", "Nederlands"]),
    ("nl-BE", &["Flemish", "Vlaams"]),
    ("nn", &["Norwegian Nynorsk", "Nynorsk", "norsk nynorsk"]),
    ("no", &["Norwegian", "norsk"]),
    ("oc", &["Occitan"]),
    ("pa", &["Punjabi", "ਪੰਜਾਬੀ"]),
    ("pl", &["Polish", "polski"]),
    ("ps", &["Pashto", "پښتو"]),
    ("pt", &["Portuguese", "português"]),
    ("pt-BR", &["Brazilian Portuguese", "português brasileiro", "português do Brasil"]),
    ("rm", &["Romansh", "rumantsch"]),
    ("ro", &["Romanian", "română"]),
    ("ru", &["Russian", "русский"]),
    ("se", &["Northern Sami", "davvisámegiella"]),
    ("si", &["Sinhala", "සිංහල"]),
    ("sk", &["Slovak", "slovenčina", "slovensky"]),
    ("sl", &["Slovenian", "Slovene", "slovenščina"]),
    ("sq", &["Albanian", "shqip"]),
    ("sr", &["Serbian", "српски", "srpski"]),
    ("sv", &["Swedish", "svenska"]),
    ("sw", &["Swahili", "Kiswahili"]),
    ("ta", &["Tamil", "தமிழ்"]),
    ("te", &["Telugu", "తెలుగు"]),
    ("th", &["Thai", "ไทย"]),
    ("tl", &["Tagalog"]),
    ("tr", &["Turkish", "Türkçe"]),
    ("tt", &["Tatar", "татарча"]),
    ("ug", &["Uyghur", "ئۇيغۇرچە"]),
    ("uk", &["Ukrainian", "українська"]),
    ("ur", &["Urdu", "اردو"]),
    ("uz", &["Uzbek", "oʻzbekcha", "o'zbekcha"]),
    ("vi", &["Vietnamese", "Tiếng Việt"]),
    ("yi", &["Yiddish", "ייִדיש"]),
    ("zh", &["Chinese", "中文"]),
    ("zh-Hans", &["Simplified Chinese", "Chinese (Simplified)", "简体中文"]),
    ("zh-Hant", &["Traditional Chinese", "Chinese (Traditional)", "繁體中文"]),
    ("zu", &["Zulu", "isiZulu"]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_means_one_language_that_documents_know() {
        let mut names = BTreeSet::new();
        for (tag, own) in NAMES {
            assert!(LanguageTag::new(tag).is_ok(), "{tag}");
            for name in own {
                assert!(names.insert(name.to_lowercase()), "{name} stands twice");
                assert_eq!(language(name).unwrap().as_str(), tag);
            }
        }
        assert!(NAMES.is_sorted_by_key(|(tag, _)| tag));
    }

    #[test]
    fn names_are_found_in_english_and_in_the_language_itself() {
        for (name, tag) in
            [("German", "de"), ("deutsch", "de"), ("日本語", "ja"), ("ČEŠTINA", "cs")]
        {
            assert_eq!(language(name).unwrap().as_str(), tag);
        }
        for text in ["", "All", "de", "Klingon"] {
            assert_eq!(language(text), None, "{text:?}");
        }
    }
}
