//! One function per target. Each takes any bytes and panics where something does not hold
//! that always must.

pub mod authoring;
pub mod document;
pub mod history;
pub mod json;
pub mod list;
pub mod parts;
pub mod proof;
pub mod server_name;
pub mod signed;
mod signer;
pub mod texts;

/// A target.
pub type Target = fn(&[u8]);

/// Every target by the name of its folder of seeds.
pub const ALL: &[(&str, Target)] = &[
    ("authoring", authoring::run),
    ("document", document::run),
    ("history", history::run),
    ("json", json::run),
    ("list", list::run),
    ("parts", parts::run),
    ("proof", proof::run),
    ("server_name", server_name::run),
    ("signed", signed::run),
    ("texts", texts::run),
];

/// Nothing in a message to a person may move a cursor, ring a bell or run on without end.
pub fn assert_fit_to_be_shown(message: &str) {
    assert!(message.len() < 6_000, "{} bytes: {message:.300}", message.len());
    let hidden = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!message.contains(hidden), "{message:?}");
}
