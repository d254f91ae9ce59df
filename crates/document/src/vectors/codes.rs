//! Every code that a refusal can have. Each list stands beside a match without a catch-all:
//! whoever adds a refusal is stopped by the compiler here, and by the tests until there is a
//! vector for its code.

use std::collections::BTreeSet;

use crate::json::ReadRule;
use crate::proof::ProofError;
use crate::{AcceptRefusal, Aside, HistoryError, PartError, ServerNameError, VerifyError};

macro_rules! codes {
    (
        $list:ident, $code_of:ident, $error:ty: {
            $($pattern:pat => $code:literal,)*
        } $(nested: { $($nested:pat => $inner:expr,)* })?
    ) => {
        const $list: &[&str] = &[$($code),*];

        pub(super) fn $code_of(error: &$error) -> &'static str {
            match error {
                $($pattern => $code,)*
                $($($nested => $inner,)*)?
            }
        }
    };
}

codes! {
    READING, of_read_rule, ReadRule: {
        ReadRule::TooLarge { .. } => "json.too-large",
        ReadRule::ByteOrderMark => "json.byte-order-mark",
        ReadRule::InvalidUtf8 => "json.invalid-utf8",
        ReadRule::Truncated => "json.truncated",
        ReadRule::Syntax { .. } => "json.syntax",
        ReadRule::TrailingData => "json.trailing-data",
        ReadRule::TooDeep => "json.too-deep",
        ReadRule::TooManyValues => "json.too-many-values",
        ReadRule::DuplicateMember { .. } => "json.duplicate-member",
        ReadRule::ControlCharacter => "json.control-character",
        ReadRule::BadEscape => "json.bad-escape",
        ReadRule::LoneSurrogate => "json.lone-surrogate",
        ReadRule::Noncharacter { .. } => "json.noncharacter",
        ReadRule::IntegerTooLarge => "json.integer-too-large",
        ReadRule::NumberTooLarge => "json.number-too-large",
    }
}

codes! {
    HISTORY, of_history, HistoryError: {
        HistoryError::Empty => "history.empty",
        HistoryError::TooLong { .. } => "history.too-long",
        HistoryError::Malformed { .. } => "history.malformed",
        HistoryError::WrongVersion { .. } => "history.wrong-version",
        HistoryError::BadThreshold { .. } => "history.bad-threshold",
        HistoryError::WrongPrevious { .. } => "history.wrong-previous",
        HistoryError::BelowOwnThreshold { .. } => "history.below-threshold",
        HistoryError::BelowPreviousThreshold { .. } => "history.below-threshold",
        HistoryError::RecoveryChanged { .. } => "history.recovery-changed",
    }
}

codes! {
    PROOF, of_proof, ProofError: {
        ProofError::NotAnObject => "proof.not-an-object",
        ProofError::Missing => "proof.missing",
        ProofError::TooMany { .. } => "proof.too-many",
        ProofError::Malformed => "proof.malformed",
        ProofError::WrongType { .. } => "proof.wrong-type",
        ProofError::WrongCryptosuite { .. } => "proof.wrong-cryptosuite",
        ProofError::WrongPurpose { .. } => "proof.wrong-purpose",
        ProofError::ContextMismatch => "proof.context-mismatch",
        ProofError::WrongVerificationMethod { .. } => "proof.wrong-verification-method",
        ProofError::RefusedKey { .. } => "proof.refused-key",
        ProofError::BadDate { .. } => "proof.bad-date",
        ProofError::Expired { .. } => "proof.expired",
        ProofError::Chained => "proof.chained",
        ProofError::BadProofValue => "proof.bad-proof-value",
        ProofError::InvalidSignature => "proof.invalid-signature",
    }
}

codes! {
    DOCUMENT, of_document, VerifyError: {
        VerifyError::NotAnObject => "envelope.not-an-object",
        VerifyError::UnknownType { .. } => "envelope.unknown-type",
        VerifyError::WrongKind { .. } => "envelope.wrong-kind",
        VerifyError::WrongContext => "envelope.wrong-context",
        VerifyError::BadEnvelope(_) => "envelope.bad-member",
        VerifyError::BadMember(_) => "schema.bad-member",
        VerifyError::ExpiresBeforeIssued => "envelope.expires-before-issued",
        VerifyError::LifetimeTooLong { .. } => "envelope.lifetime-too-long",
        VerifyError::WrongIssuer { .. } => "envelope.wrong-issuer",
        VerifyError::BelowThreshold { .. } => "proof.below-threshold",
    } nested: {
        VerifyError::Unreadable(error) => of_read_rule(error.rule()),
        VerifyError::BadHistory(error) => of_history(error),
        VerifyError::NoProofHolds { problem } => of_proof(problem),
    }
}

codes! {
    PART, of_part, PartError: {
        PartError::WrongSize { .. } => "part.wrong-size",
        PartError::WrongHash => "part.wrong-hash",
        PartError::NotAPart => "part.not-a-part",
        PartError::WrongCount { .. } => "part.wrong-count",
        PartError::BadRecord(_) => "part.bad-record",
        PartError::WrongPart { .. } => "part.wrong-part",
        PartError::WrongOrder { .. } => "part.wrong-order",
    } nested: {
        PartError::Unreadable(error) => of_read_rule(error.rule()),
    }
}

codes! {
    SERVER_NAME, of_server_name, ServerNameError: {
        ServerNameError::Empty => "server-name.empty",
        ServerNameError::TooLong { .. } => "server-name.too-long",
        ServerNameError::MoreThanAName { .. } => "server-name.more-than-a-name",
        ServerNameError::UpperCase { .. } => "server-name.upper-case",
        ServerNameError::TrailingDot { .. } => "server-name.trailing-dot",
        ServerNameError::ForbiddenCharacter { .. } => "server-name.forbidden-character",
        ServerNameError::BadLabel { .. } => "server-name.bad-label",
        ServerNameError::BadAddress { .. } => "server-name.bad-address",
        ServerNameError::BadPort { .. } => "server-name.bad-port",
    }
}

codes! {
    REFUSAL, of_refusal, AcceptRefusal: {
        AcceptRefusal::FromTheFuture { .. } => "accept.from-the-future",
        AcceptRefusal::RolledBack { .. } => "accept.rolled-back",
        AcceptRefusal::LostBranch => "accept.history-diverges",
    }
}

codes! {
    ASIDE, of_aside, Aside: {
        Aside::OutdatedKeys { .. } => "accept.outdated-keys",
        Aside::HistoryDiverges { .. } => "accept.history-diverges",
    }
}

fn set(lists: &[&[&'static str]]) -> BTreeSet<&'static str> {
    lists.iter().copied().flatten().copied().collect()
}

/// What the verification of a document can give. A document that is no object is refused
/// before anybody looks for its proof.
pub(super) fn of_documents() -> BTreeSet<&'static str> {
    let mut codes = set(&[READING, HISTORY, PROOF, DOCUMENT]);
    codes.remove(of_proof(&ProofError::NotAnObject));
    codes
}

pub(super) fn of_reading() -> BTreeSet<&'static str> {
    set(&[READING])
}

pub(super) fn of_proofs() -> BTreeSet<&'static str> {
    set(&[PROOF])
}

pub(super) fn of_parts() -> BTreeSet<&'static str> {
    set(&[PART])
}

pub(super) fn of_server_names() -> BTreeSet<&'static str> {
    set(&[SERVER_NAME])
}

pub(super) fn of_acceptance() -> BTreeSet<&'static str> {
    set(&[REFUSAL, ASIDE])
}
