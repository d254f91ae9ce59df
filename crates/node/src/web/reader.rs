//! Who reads a page: which languages they prefer, and whether links lead anywhere.

use wellspring_document::{CriterionId, CuratorOpinion, Finding, IssuerId, LanguageTag, Localized};
use wellspring_ranking::{
    Answer, Criterion, Language, Sentence, TrustedCurator, TrustedObserver, View,
};

use crate::Setting;

/// A reader of a community's pages.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    languages: Vec<LanguageTag>,
    has_live_links: bool,
}

/// Text that somebody else wrote, with its language where it is known.
///
/// It is only ever shown through the macros of `parts.html`, which escape it, isolate its
/// direction and mark its language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign<'a> {
    /// The language for `lang`; empty where nobody stated it, as HTML asks.
    pub(super) lang: &'a str,
    /// The direction for `dir`.
    pub(super) dir: &'static str,
    /// The text.
    pub(super) text: &'a str,
}

impl<'a> Foreign<'a> {
    /// Text in a language that nobody stated.
    pub(super) const fn unstated(text: &'a str) -> Self {
        Self { lang: "", dir: "auto", text }
    }

    fn in_language(language: &'a LanguageTag, text: &'a str) -> Self {
        if language.primary() == "und" {
            return Self::unstated(text);
        }
        Self { lang: language.as_str(), dir: direction(language), text }
    }

    /// The lines that say something, each a paragraph.
    pub(super) fn paragraphs(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.text.lines().filter(|line| !line.trim().is_empty())
    }
}

/// Languages that are written from right to left unless their tag names another script.
const RIGHT_TO_LEFT: [&str; 19] = [
    "ar", "arc", "arz", "azb", "ckb", "dv", "fa", "glk", "he", "ks", "lrc", "mzn", "nqo", "pnb",
    "ps", "sd", "ug", "ur", "yi",
];

/// Scripts that are written from right to left (ISO 15924).
const RIGHT_TO_LEFT_SCRIPTS: [&str; 8] =
    ["Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Syrc", "Thaa"];

fn direction(language: &LanguageTag) -> &'static str {
    let script = language
        .as_str()
        .split('-')
        .skip(1)
        .find(|part| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let is_right_to_left = match script {
        Some(script) => RIGHT_TO_LEFT_SCRIPTS.contains(&script),
        None => RIGHT_TO_LEFT.contains(&language.primary()),
    };
    if is_right_to_left { "rtl" } else { "ltr" }
}

impl Reader {
    /// A reader who prefers these languages, on a node with this setting.
    pub(super) fn new(languages: &[LanguageTag], setting: Setting) -> Self {
        Self { languages: languages.to_vec(), has_live_links: setting != Setting::ExampleWorld }
    }

    /// Whether addresses in documents are links. Those of the example world lead nowhere
    /// and are shown as text.
    pub(super) const fn has_live_links(&self) -> bool {
        self.has_live_links
    }

    /// What a view says, in a sentence.
    pub(super) fn tell(&self, said: &impl Sentence) -> String {
        said.sentence(Language::for_reader(&self.languages))
    }

    /// The text in the language that suits the reader best.
    pub(super) fn pick<'a, T: AsRef<str>>(&self, text: &'a Localized<T>) -> Foreign<'a> {
        let (language, text) = text.pick(&self.languages);
        Foreign::in_language(language, text.as_ref())
    }

    /// All texts that differ, whatever the reader prefers.
    pub(super) fn all<'a, T: AsRef<str>>(&self, text: &'a Localized<T>) -> Vec<Foreign<'a>> {
        let mut all: Vec<Foreign<'a>> = Vec::new();
        for (language, text) in text {
            if all.iter().all(|other| other.text != text.as_ref()) {
                all.push(Foreign::in_language(language, text.as_ref()));
            }
        }
        all
    }

    /// What a curator is called: by the community, else by the author of the list that was
    /// adopted, else by itself, else by its issuer id.
    pub(super) fn curator<'a>(&self, curator: &'a TrustedCurator) -> Foreign<'a> {
        if let Some(called) = &curator.called {
            return Foreign::unstated(called.as_str());
        }
        let adopted_from = curator.list.as_ref().and_then(|list| list.body().adopted_from.as_ref());
        if let Some(credit) = adopted_from.and_then(|origin| origin.credit.as_ref()) {
            return Foreign::unstated(credit.name.as_str());
        }
        if let Some(source) = &curator.adopted_from {
            let source = source.as_str();
            let place = source.strip_prefix("https://").or_else(|| source.strip_prefix("file:"));
            return Foreign::unstated(place.unwrap_or(source));
        }
        curator
            .claimed_name()
            .map_or(Foreign::unstated(curator.issuer.as_str()), |name| self.pick(name))
    }

    /// Whether a list that the node adopted is known by where it was read alone: neither the
    /// community nor whoever made it gave it a name.
    pub(super) fn is_nameless(&self, curator: &TrustedCurator) -> bool {
        let list = curator.list.as_ref().map(|list| list.body());
        let credit = list.and_then(|list| list.adopted_from.as_ref()?.credit.as_ref());
        curator.adopted_from.is_some() && curator.called.is_none() && credit.is_none()
    }

    /// A criterion in words, where this program knows it: curators have others as well.
    pub(super) fn criterion(&self, id: &CriterionId) -> Option<String> {
        known(id).map(|criterion| self.tell(&criterion))
    }

    /// What a curator found, in words where this program knows the criterion.
    pub(super) fn finding(&self, id: &CriterionId, finding: &Finding) -> Option<String> {
        let answer = if finding.met { Answer::Met } else { Answer::NotMet };
        known(id).map(|criterion| self.tell(&(criterion, answer)))
    }

    /// What an observer calls itself, else its issuer id.
    pub(super) fn observer<'a>(&self, observer: &'a TrustedObserver) -> Foreign<'a> {
        match &observer.report {
            Some(report) => self.pick(&report.body().observer.name),
            None => Foreign::unstated(observer.issuer.as_str()),
        }
    }

    /// The name of a curator of whom another says something: as that one knows them.
    pub(super) fn about<'a>(&self, opinion: &'a CuratorOpinion, view: &'a View) -> Foreign<'a> {
        let name = opinion.name.as_ref();
        name.map_or_else(|| self.issuer(&opinion.issuer, view), |name| self.pick(name))
    }

    /// What an issuer is called, where the view knows it as a curator, as somebody of whom
    /// a trusted curator speaks, or as an observer; else its issuer id.
    pub(super) fn issuer<'a>(&self, issuer: &'a IssuerId, view: &'a View) -> Foreign<'a> {
        let as_curator = view
            .curators
            .iter()
            .find(|curator| curator.issuer == *issuer && curator.adopted_from.is_none())
            .filter(|curator| curator.called.is_some() || curator.list.is_some())
            .map(|curator| self.curator(curator));
        let as_observer = || {
            view.observers
                .iter()
                .find(|observer| observer.issuer == *issuer && observer.report.is_some())
                .map(|observer| self.observer(observer))
        };
        as_curator
            .or_else(|| self.hearsay(issuer, view))
            .or_else(as_observer)
            .unwrap_or(Foreign::unstated(issuer.as_str()))
    }

    /// The name under which a trusted curator speaks of another.
    fn hearsay<'a>(&self, issuer: &IssuerId, view: &'a View) -> Option<Foreign<'a>> {
        let opinions = view
            .curators
            .iter()
            .filter_map(|curator| curator.list.as_ref())
            .flat_map(|list| &list.body().curators);
        opinions
            .filter(|opinion| opinion.issuer == *issuer)
            .find_map(|opinion| opinion.name.as_ref())
            .map(|name| self.pick(name))
    }
}

/// The criterion that this program knows under an id.
fn known(id: &CriterionId) -> Option<Criterion> {
    Criterion::ALL.into_iter().find(|criterion| criterion.as_str() == id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> LanguageTag {
        LanguageTag::new(text).unwrap()
    }

    #[test]
    fn direction_follows_the_script_and_else_the_language() {
        for (language, expected) in [
            ("en", "ltr"),
            ("ar", "rtl"),
            ("he-IL", "rtl"),
            ("ku", "ltr"),
            ("ku-Arab", "rtl"),
            ("pa-Arab-PK", "rtl"),
            ("az-Latn", "ltr"),
            ("uz-Cyrl", "ltr"),
        ] {
            assert_eq!(direction(&tag(language)), expected, "{language}");
        }
    }

    #[test]
    fn text_is_marked_with_the_language_that_was_picked() {
        let reader = Reader::new(&[tag("de")], Setting::Configured);
        let mut texts = std::collections::BTreeMap::new();
        for (language, text) in [("en", "Garden"), ("fa", "باغ")] {
            texts.insert(tag(language), wellspring_document::Text::new(text).unwrap());
        }
        let name = Localized::try_from(texts).unwrap();
        assert_eq!(reader.pick(&name), Foreign { lang: "en", dir: "ltr", text: "Garden" });
        let reader = Reader::new(&[tag("fa")], Setting::Configured);
        assert_eq!(reader.pick(&name), Foreign { lang: "fa", dir: "rtl", text: "باغ" });
        let unstated = Localized::single(
            LanguageTag::undetermined(),
            wellspring_document::Text::new("?").unwrap(),
        );
        assert_eq!(reader.pick(&unstated), Foreign::unstated("?"));
    }

    #[test]
    fn each_line_that_says_something_is_a_paragraph() {
        let text = Foreign::unstated("one\n\n  \ntwo");
        assert_eq!(text.paragraphs().collect::<Vec<_>>(), ["one", "two"]);
    }
}
