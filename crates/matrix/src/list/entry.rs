//! One entry of a list while it is read.
//!
//! Every member that a format knows is asked for by name; what nobody asked for is
//! reported when the entry is closed. So no member can be forgotten.

use std::collections::BTreeMap;

use wellspring_document::json::{Map, Value};
use wellspring_document::{Excerpt, Link, LongText, ServerName, Text, TextError};

use super::remark::{Place, Remark, RemarkReason, Remarks, shown, shown_text};

/// The server names read so far, and where.
pub(super) type Names = BTreeMap<ServerName, Place>;

pub(super) struct Entry<'a> {
    place: Place,
    server_name: ServerName,
    members: &'a Map<String, Value>,
    known: Vec<&'static str>,
    remarks: &'a mut Remarks,
}

const NAME: &str = "name";

impl<'a> Entry<'a> {
    /// Opens an entry that names a server which no entry before it named. Any other is
    /// reported.
    pub(super) fn open(
        value: &'a Value,
        place: Place,
        names: &mut Names,
        remarks: &'a mut Remarks,
    ) -> Option<Self> {
        match server_name(value, names) {
            Ok((members, server_name)) => {
                names.insert(server_name.clone(), place);
                Some(Self { place, server_name, members, known: vec![NAME], remarks })
            }
            Err(reason) => {
                let name = value.get(NAME);
                remarks.add(Remark {
                    entry: Some(place.to_string()),
                    server_name: None,
                    member: name.map(|_| NAME.to_owned()),
                    value: shown(name.unwrap_or(value)),
                    reason,
                });
                None
            }
        }
    }

    /// Reports every member that nobody asked for.
    pub(super) fn close(mut self) -> ServerName {
        let members = self.members;
        let mut rest: Vec<_> =
            members.iter().filter(|(name, _)| !self.known.contains(&name.as_str())).collect();
        rest.sort_by_key(|(name, _)| *name);
        for (name, value) in rest.into_iter().filter(|(_, value)| !value.is_null()) {
            self.report(name, shown(value), RemarkReason::UnknownMember);
        }
        self.server_name
    }

    /// A text without space around it. An empty one says nothing, like `null`.
    pub(super) fn text(&mut self, member: &'static str) -> Option<&'a str> {
        let value = self.value(member)?;
        match value.as_str() {
            Some(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            None => self.wrong_type(member, value, "a text"),
        }
    }

    pub(super) fn boolean(&mut self, member: &'static str) -> Option<bool> {
        let value = self.value(member)?;
        value.as_bool().or_else(|| self.wrong_type(member, value, "true or false"))
    }

    /// The texts of an array, without space around them and without empty ones.
    pub(super) fn texts(&mut self, member: &'static str) -> Vec<&'a str> {
        let Some(value) = self.value(member) else { return Vec::new() };
        let Some(items) = value.as_array() else {
            self.wrong_type::<()>(member, value, "an array of texts");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items {
            match item.as_str() {
                Some(text) => texts.push(text.trim()),
                None => _ = self.wrong_type::<()>(member, item, "a text"),
            }
        }
        texts.retain(|text| !text.is_empty());
        texts
    }

    pub(super) fn link(&mut self, member: &'static str) -> Option<Link> {
        let text = self.text(member)?;
        let link = Link::from_address(text);
        link.map_err(|error| self.remark(member, text, RemarkReason::InvalidLink { error })).ok()
    }

    pub(super) fn line(&mut self, member: &'static str) -> Option<Text> {
        let text = self.text(member)?;
        self.checked(member, text, Text::new(text))
    }

    pub(super) fn long_text(&mut self, member: &'static str) -> Option<LongText> {
        let text = self.text(member)?;
        self.checked(member, text, LongText::new(text))
    }

    /// The value that was made of a member's text, where the text allowed it.
    pub(super) fn checked<T>(
        &mut self,
        member: &'static str,
        text: &str,
        made: Result<T, TextError>,
    ) -> Option<T> {
        made.map_err(|error| self.remark(member, text, RemarkReason::InvalidText { error })).ok()
    }

    /// Reports a member that is there, whatever its value.
    pub(super) fn leave_out(&mut self, member: &'static str, reason: RemarkReason) {
        if let Some(value) = self.value(member).filter(|value| !says_nothing(value)) {
            self.report(member, shown(value), reason);
        }
    }

    /// Reports the text of a member, or the part of it that is meant.
    pub(super) fn remark(&mut self, member: &'static str, part: &str, reason: RemarkReason) {
        self.report(member, shown_text(part), reason);
    }

    fn value(&mut self, member: &'static str) -> Option<&'a Value> {
        self.known.push(member);
        self.members.get(member).filter(|value| !value.is_null())
    }

    fn wrong_type<T>(
        &mut self,
        member: &'static str,
        value: &Value,
        expected: &'static str,
    ) -> Option<T> {
        self.report(member, shown(value), RemarkReason::WrongType { expected });
        None
    }

    fn report(&mut self, member: &str, value: String, reason: RemarkReason) {
        self.remarks.add(Remark {
            entry: Some(self.place.to_string()),
            server_name: Some(self.server_name.clone()),
            member: Some(Excerpt::short(member).to_string()),
            value,
            reason,
        });
    }
}

/// The members of an entry and the server that it names.
fn server_name<'a>(
    value: &'a Value,
    names: &Names,
) -> Result<(&'a Map<String, Value>, ServerName), RemarkReason> {
    let members = value.as_object().ok_or(RemarkReason::NotAnObject)?;
    let name = match members.get(NAME) {
        None | Some(Value::Null) => return Err(RemarkReason::NameMissing),
        Some(Value::String(name)) => name,
        Some(_) => return Err(RemarkReason::NameNotText),
    };
    let name = ServerName::parse(name).map_err(|error| RemarkReason::InvalidName { error })?;
    match names.get(&name) {
        Some(earlier) => Err(RemarkReason::Duplicate { earlier: earlier.to_string() }),
        None => Ok((members, name)),
    }
}

fn says_nothing(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty())
        || value.as_array().is_some_and(Vec::is_empty)
}
