//! The program as a person or another program meets it: what it prints, what it writes and
//! how it exits.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod audit;
mod cosign_question;
mod curator;
mod curator_export;
mod curator_queue;
mod curator_review;
mod host;
mod inspect;
mod key;
mod key_change;
mod node;
mod observer;
mod operator;
mod place;
mod program;
mod renew;
mod replay;
mod together;
#[path = "../../../fetch/src/url_rule/tests/cases.rs"]
mod url_cases;
mod verify;
