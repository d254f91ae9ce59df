//! What an entry says of its server, collected into an endorsement. Here is what all
//! formats have in common.

use wellspring_document::profile::{About, Hosting, Operator, Policies, Registration, Service};
use wellspring_document::{
    CountryCode, Endorsement, Label, LanguageTag, Localized, LongText, MAX_LIST_ITEMS, ServerFacts,
    ServerName, Software, TextError, Verdict,
};

use super::countries::country;
use super::entry::Entry;
use super::languages::language;
use super::remark::RemarkReason;

pub(super) struct Findings {
    pub(super) about: About,
    pub(super) registration: Registration,
    pub(super) operator: Operator,
    pub(super) hosting: Hosting,
    pub(super) policies: Policies,
    pub(super) service: Service,
    pub(super) labels: Vec<Label>,
    /// The language of the list's own words.
    language: LanguageTag,
    /// The texts of the note on registration, in lines.
    note: String,
    /// The characters before the next text of the note.
    note_characters: usize,
}

impl Findings {
    /// No findings yet, out of a list that is written in this language.
    pub(super) fn new(language: LanguageTag) -> Self {
        Self {
            about: About::default(),
            registration: Registration::default(),
            operator: Operator::default(),
            hosting: Hosting::default(),
            policies: Policies::default(),
            service: Service::default(),
            labels: Vec::new(),
            language,
            note: String::new(),
            note_characters: 0,
        }
    }

    /// The verdict `list` with these findings.
    pub(super) fn into_endorsement(mut self, server_name: ServerName) -> Endorsement {
        // An empty note is refused, and is none.
        let note = LongText::new(std::mem::take(&mut self.note)).ok();
        self.registration.note = note.map(|note| self.localized(note));
        let facts = ServerFacts {
            about: section(self.about),
            registration: section(self.registration),
            operator: section(self.operator),
            hosting: section(self.hosting),
            policies: section(self.policies),
            service: section(self.service),
        };
        let mut endorsement = Endorsement::new(server_name, Verdict::List);
        endorsement.facts = section(facts).map(Box::new);
        endorsement.labels = self.labels;
        endorsement
    }

    /// A text in the language of the list.
    pub(super) fn localized<T>(&self, text: T) -> Localized<T> {
        Localized::single(self.language.clone(), text)
    }

    /// Adds a text to the note on registration, word for word, on a line of its own. What
    /// does not fit is reported, and gives nothing back.
    pub(super) fn note(
        &mut self,
        entry: &mut Entry<'_>,
        member: &'static str,
        text: &str,
    ) -> Option<()> {
        let max = LongText::MAX_CHARACTERS;
        let length = self.note_characters + text.chars().count();
        let fitting = match length {
            _ if length > max => Err(TextError::TooManyCharacters { length, max }),
            _ => LongText::new(text),
        };
        let text = entry.checked(member, text, fitting)?;
        if !self.note.is_empty() {
            self.note.push('\n');
        }
        self.note.push_str(text.as_str());
        // The next text stands behind a line break.
        self.note_characters = length + 1;
        Some(())
    }

    /// Adds the language with this name.
    pub(super) fn add_language(&mut self, entry: &mut Entry<'_>, member: &'static str, name: &str) {
        match language(name) {
            Some(tag) => add(&mut self.about.languages, tag, entry, member),
            None if name.eq_ignore_ascii_case("all") => {
                entry.remark(member, name, RemarkReason::AllLanguages);
            }
            None => entry.remark(member, name, RemarkReason::UnknownLanguage),
        }
    }

    /// Adds words of the list as a label of its own.
    pub(super) fn add_label(&mut self, entry: &mut Entry<'_>, member: &'static str, words: &str) {
        match label(words) {
            Some(label) => add(&mut self.labels, label, entry, member),
            None => entry.remark(member, words, RemarkReason::NotALabel),
        }
    }

    /// Reads `software` and `version`.
    pub(super) fn read_software(&mut self, entry: &mut Entry<'_>) {
        match entry.line("software") {
            Some(name) => {
                self.service.software = Some(Software { name, version: entry.line("version") });
            }
            None => entry.leave_out("version", RemarkReason::VersionAlone),
        }
    }
}

/// A section, or nothing where it is empty.
fn section<T: Default + PartialEq>(section: T) -> Option<T> {
    Some(section).filter(|section| *section != T::default())
}

/// Adds an item to a list of a document: once, and as many as the list takes.
pub(super) fn add<T: PartialEq + AsRef<str>>(
    list: &mut Vec<T>,
    item: T,
    entry: &mut Entry<'_>,
    member: &'static str,
) {
    if list.contains(&item) {
        return;
    }
    if list.len() < MAX_LIST_ITEMS {
        list.push(item);
    } else {
        entry.remark(member, item.as_ref(), RemarkReason::TooMany { max: MAX_LIST_ITEMS });
    }
}

/// The country with this English name. What is none, or carries the question mark of
/// these lists, is reported.
pub(super) fn read_country(
    entry: &mut Entry<'_>,
    member: &'static str,
    name: &str,
) -> Option<CountryCode> {
    let found = country(name);
    if found.is_none() {
        let is_unsure = name.ends_with('?');
        let reason = if is_unsure { RemarkReason::Unsure } else { RemarkReason::UnknownCountry };
        entry.remark(member, name, reason);
    }
    found
}

/// Whether a member says `true`. `false` is reported: of this thing a document can only
/// say that it is so.
pub(super) fn read_flag(entry: &mut Entry<'_>, member: &'static str) -> bool {
    let flag = entry.boolean(member);
    if flag == Some(false) {
        entry.leave_out(member, RemarkReason::OnlyTrueIsSaid);
    }
    flag == Some(true)
}

/// Words as a label: `Tech collective` is `tech-collective`, `regional (Graz)` is
/// `regional-graz`. Words that a label cannot hold without changing them are none.
pub(super) fn label(words: &str) -> Option<Label> {
    let is_between = |c: char| matches!(c, ' ' | '-' | '_' | '(' | ')' | '/');
    let parts: Vec<_> = words.split(is_between).filter(|part| !part.is_empty()).collect();
    Label::new(parts.join("-").to_ascii_lowercase()).ok()
}
