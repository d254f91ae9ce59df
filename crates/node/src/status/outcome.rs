/// What came of a source when it was last asked, kept apart by what can be done about it.
///
/// A document that was good when it came can have expired since; that counts here as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceOutcome {
    /// It gave what could be used, or had nothing newer.
    Good,
    /// It has not been asked yet.
    NotAsked,
    /// It has no document (404).
    NotFound,
    /// Its document was removed on purpose (410).
    Gone,
    /// Its server is not to be listed.
    Unlisted,
    /// Its name cannot be looked up, or has no address.
    UnreachableDns,
    /// No connection came about.
    UnreachableRefused,
    /// It did not answer in time.
    UnreachableTimeout,
    /// No trusted TLS connection came about.
    UnreachableTls,
    /// The answer broke off, or was not HTTP.
    UnreachableBroken,
    /// It asked to be left alone for a while (429, 503).
    Busy,
    /// It gave another answer than a file: a status, a redirect or an encoding that is not
    /// accepted.
    WrongAnswer,
    /// Its URL, or one that it redirects to, may not be fetched.
    BlockedUrl,
    /// Its name leads to an address that may not be connected to.
    BlockedAddress,
    /// It is larger than allowed.
    TooLarge,
    /// What it gave is not a document in form.
    Malformed,
    /// It gave a document of another kind than belongs there.
    WrongKind,
    /// The signatures or the key history of its document do not hold.
    BadlySigned,
    /// Its document has expired.
    Expired,
    /// It gave an older document than one that came before.
    RolledBack,
    /// Its document is signed with keys that were replaced.
    OutdatedKeys,
    /// Its document has another key history than the one that counts.
    OtherKeys,
    /// Its document comes from the future.
    FromTheFuture,
    /// Its issuer signed two documents with one number.
    Equivocating,
    /// It is a mirror of somebody else's tree than the configuration names.
    OtherIssuer,
    /// It is a mirror that lacks files that its index names, or has others.
    Inconsistent,
    /// It gave the profile of another server.
    NameMismatch,
    /// A file or folder on this machine could not be read.
    Unreadable,
    /// The node could not work it in, through no fault of the source.
    OwnFault,
    /// Something that this list has no word for.
    Other,
}

impl SourceOutcome {
    /// Every outcome.
    pub const ALL: [Self; 30] = [
        Self::Good,
        Self::NotAsked,
        Self::NotFound,
        Self::Gone,
        Self::Unlisted,
        Self::UnreachableDns,
        Self::UnreachableRefused,
        Self::UnreachableTimeout,
        Self::UnreachableTls,
        Self::UnreachableBroken,
        Self::Busy,
        Self::WrongAnswer,
        Self::BlockedUrl,
        Self::BlockedAddress,
        Self::TooLarge,
        Self::Malformed,
        Self::WrongKind,
        Self::BadlySigned,
        Self::Expired,
        Self::RolledBack,
        Self::OutdatedKeys,
        Self::OtherKeys,
        Self::FromTheFuture,
        Self::Equivocating,
        Self::OtherIssuer,
        Self::Inconsistent,
        Self::NameMismatch,
        Self::Unreadable,
        Self::OwnFault,
        Self::Other,
    ];

    /// The word for it: lower case, the same in every version.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::NotAsked => "not-asked",
            Self::NotFound => "not-found",
            Self::Gone => "gone",
            Self::Unlisted => "unlisted",
            Self::UnreachableDns => "unreachable-dns",
            Self::UnreachableRefused => "unreachable-refused",
            Self::UnreachableTimeout => "unreachable-timeout",
            Self::UnreachableTls => "unreachable-tls",
            Self::UnreachableBroken => "unreachable-broken",
            Self::Busy => "busy",
            Self::WrongAnswer => "wrong-answer",
            Self::BlockedUrl => "blocked-url",
            Self::BlockedAddress => "blocked-address",
            Self::TooLarge => "too-large",
            Self::Malformed => "malformed",
            Self::WrongKind => "wrong-kind",
            Self::BadlySigned => "badly-signed",
            Self::Expired => "expired",
            Self::RolledBack => "rolled-back",
            Self::OutdatedKeys => "outdated-keys",
            Self::OtherKeys => "other-keys",
            Self::FromTheFuture => "from-the-future",
            Self::Equivocating => "equivocating",
            Self::OtherIssuer => "other-issuer",
            Self::Inconsistent => "inconsistent",
            Self::NameMismatch => "name-mismatch",
            Self::Unreadable => "unreadable",
            Self::OwnFault => "own-fault",
            Self::Other => "other",
        }
    }

    /// What an attempt came to that failed with this code. The codes are those of the errors
    /// of all parts that a document passes through; they are what the database keeps.
    pub fn of_code(code: &str) -> Self {
        let (family, name) = code.split_once('.').unwrap_or((code, ""));
        match (family, name) {
            (_, "too-large" | "head-too-large" | "too-many-values" | "too-many-entries") => {
                Self::TooLarge
            }
            ("source", "absent") => Self::NotFound,
            ("source", "gone") => Self::Gone,
            ("source", "name-mismatch") => Self::NameMismatch,
            ("source", "unexpected-kind")
            | ("envelope", "wrong-kind" | "unknown-type")
            | ("directory", "of-a-tree") => Self::WrongKind,
            ("accept", "rolled-back") => Self::RolledBack,
            ("accept", "outdated-keys") => Self::OutdatedKeys,
            ("accept", "from-the-future") => Self::FromTheFuture,
            ("accept", _) => Self::OtherKeys,
            ("fetch", "lookup" | "lookup-timeout" | "no-address") => Self::UnreachableDns,
            ("fetch", "unreachable" | "connection-refused") => Self::UnreachableRefused,
            ("fetch", "silent" | "deadline" | "timeout" | "connect-timeout") => {
                Self::UnreachableTimeout
            }
            ("fetch", tls) if tls.starts_with("tls") => Self::UnreachableTls,
            ("fetch", "broken" | "malformed") => Self::UnreachableBroken,
            ("fetch", "busy") => Self::Busy,
            ("fetch", "not-expressible") => Self::BlockedUrl,
            ("fetch", _) => Self::WrongAnswer,
            ("url", _) => Self::BlockedUrl,
            ("address", _) => Self::BlockedAddress,
            ("proof" | "history", _) => Self::BadlySigned,
            ("json" | "schema" | "envelope" | "list", _) => Self::Malformed,
            ("mirror", "other-issuer") => Self::OtherIssuer,
            ("mirror", "expired") => Self::Expired,
            ("mirror", "equivocating") => Self::Equivocating,
            ("mirror", "too-slow") => Self::UnreachableTimeout,
            ("tree", "no-index") => Self::NotFound,
            ("tree", "absent" | "wrong-hash") | ("part" | "mirror", _) => Self::Inconsistent,
            ("directory" | "file" | "tree", _) => Self::Unreadable,
            ("store" | "adopt", _) => Self::OwnFault,
            _ => Self::Other,
        }
    }

    /// Whether nothing came back that could be looked at.
    pub const fn is_unreachable(self) -> bool {
        matches!(
            self,
            Self::UnreachableDns
                | Self::UnreachableRefused
                | Self::UnreachableTimeout
                | Self::UnreachableTls
                | Self::UnreachableBroken
        )
    }
}
