//! Policy, current documents and time in; a ranked view with reasons out.
//!
//! A community's [`Policy`] says whom it trusts and what counts how much. The [`Corpus`]
//! holds the current documents of a node, indexed once for all its communities. [`rank`]
//! makes a [`View`] of them: every server the community knows, with a score that a person
//! can add up, a category, the answer to each criterion, and the reason and the signed
//! entry behind every point. [`Sentence`] tells all of that in words. Where little changed,
//! [`Corpus::renewed`] and [`rank_again`] make the next view from the one before.
//!
//! The crate does no input or output, reads no clock and draws no random numbers. It takes
//! only [verified](wellspring_document::Verified) documents, and the same documents,
//! policy and time make the same bytes on every machine: numbers are integers inside, and
//! nothing depends on the order in which documents arrived. It does not decide whether a
//! document holds or counts, and it recommends nobody: no curator is trusted unless the
//! policy says so.
//!
//! ```
//! use std::sync::Arc;
//!
//! use wellspring_document::{
//!     Curator, Draft, Endorsement, EndorsementList, KeyHistory, Localized, ServerName,
//!     SigningKey, Verdict, sign,
//! };
//! use wellspring_ranking::{Corpus, Fraction, Language, Policy, Root, Sentence, rank};
//!
//! // A curator signs a list with one recommendation …
//! let key = SigningKey::from_seed([7; 32]);
//! let now = "2026-11-22T10:00:00Z".parse()?;
//! let history = KeyHistory::genesis(now, std::slice::from_ref(&key), 1)?;
//! let server = ServerName::parse("chat.example")?;
//! let mut entry = Endorsement::new(server.clone(), Verdict::Endorse);
//! entry.reviewed_at = Some("2026-10-01".parse()?);
//! let curator = Curator::new(Localized::english("Good Homes")?);
//! let body = EndorsementList { entries: vec![entry], ..EndorsementList::new(curator) };
//! let expires_at = now.plus_days(90);
//! let draft = Draft { history: &history, sequence: 1, issued_at: now, expires_at, body: &body };
//! let list = sign(&draft, &[key])?.verify::<EndorsementList>()?;
//!
//! // … and a community trusts the curator.
//! let root = Root { issuer: history.issuer().clone(), trust: Fraction::ONE, name: None };
//! let policy = Policy { curators: vec![root], ..Policy::default() };
//! let corpus = Corpus::new(Vec::new(), vec![Arc::new(list)], Vec::new(), now);
//! let view = rank(&policy, &corpus);
//!
//! let server = view.server(&server).ok_or("it is in the view")?;
//! assert_eq!(server.score.to_string(), "15.0");
//! assert_eq!(
//!     server.reasons().next().ok_or("it has reasons")?.sentence(Language::English),
//!     "Recommended by Good Homes (reviewed on 2026-10-01). \
//!      Counts 0.3 = trust 1 × recommendation 0.6 × entry without keys 0.5."
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod changes;
mod contest;
mod contradiction;
mod corpus;
mod criteria;
mod draw;
mod endorsement;
mod lasting;
mod measuring;
mod number;
mod observers;
mod order;
mod ownership;
mod policy;
mod rank;
mod rank_again;
mod reason;
mod sample;
mod sentence;
mod service;
mod software;
mod tables;
mod terms;
mod trust;
mod trust_graph;
mod view;
mod waiting;

pub use changes::{
    Because, Change, CriterionChange, LEAST_MOVE, MAX_REASONS_TOLD, Moved, NamedReasonChange,
    ReasonChange, Speaker, Standing, Stood, change, changes,
};
pub use contest::{ContestDecision, ContestedIssuer, KeyContest, KeyWay};
pub use corpus::Corpus;
pub use criteria::{Criterion, Family};
pub use draw::*;
pub use endorsement::endorsement_points;
pub use number::{Fraction, FractionError, Points};
pub use policy::*;
pub use rank::rank;
pub use rank_again::rank_again;
pub use reason::{Difference, Finding, Openness, Reason, ReasonCode, Said, differences};
pub use sentence::{Language, Sentence};
pub use service::{ServicePart, ServiceRules};
pub use software::{Release, ReleaseStanding, ReleaseState};
pub use tables::{PUBLIC_SUFFIXES, SOFTWARE_RELEASES, Tables};
pub use trust_graph::{Mention, MentionEffect, TrustBranch, TrustGraph};
pub use view::*;
