//! What an outcome means and what to do about it, in plain words.
//!
//! Only words of this program and names that were parsed stand in them, nothing that a host
//! sent: these texts are on public pages.

use wellspring_document::Timestamp;
use wellspring_store::{ABSENT_ANSWERS, SourceKind};

use super::{SourceOutcome, SourceStatus};

impl SourceOutcome {
    /// The outcome in a few words.
    pub const fn title(self) -> &'static str {
        title(self)
    }
}

impl SourceStatus {
    /// What came of it last, in a sentence or two.
    pub fn explanation(&self) -> String {
        explanation(self)
    }

    /// What to do about it, said to whom it concerns: the operator of the server, the curator
    /// of the list, or the operator of this node for what is theirs. Nothing where there is
    /// nothing to do.
    pub fn advice(&self) -> Option<String> {
        advice(self)
    }
}

const fn title(outcome: SourceOutcome) -> &'static str {
    use SourceOutcome as O;
    match outcome {
        O::Good => "Good",
        O::NotAsked => "Not asked yet",
        O::NotFound => "Not there",
        O::Gone => "Removed on purpose",
        O::Unlisted => "Unlisted by its operator",
        O::UnreachableDns => "Unreachable: no such name",
        O::UnreachableRefused => "Unreachable: no connection",
        O::UnreachableTimeout => "Unreachable: no answer in time",
        O::UnreachableTls => "Unreachable: no trusted certificate",
        O::UnreachableBroken => "Unreachable: the answer broke off",
        O::Busy => "Busy",
        O::WrongAnswer => "Another answer than a file",
        O::BlockedUrl => "URL not allowed",
        O::BlockedAddress => "Address not allowed",
        O::TooLarge => "Too large",
        O::Malformed => "Malformed",
        O::WrongKind => "Wrong kind of document",
        O::BadlySigned => "Badly signed",
        O::Expired => "Expired",
        O::RolledBack => "Older than before",
        O::OutdatedKeys => "Signed with replaced keys",
        O::OtherKeys => "Signed with other keys",
        O::FromTheFuture => "From the future",
        O::Equivocating => "Two documents with one number",
        O::OtherIssuer => "Of somebody else",
        O::Inconsistent => "Does not fit together",
        O::NameMismatch => "For another server name",
        O::Unreadable => "Unreadable",
        O::OwnFault => "A fault of this node",
        O::Other => "Not used",
    }
}

fn explanation(source: &SourceStatus) -> String {
    use SourceOutcome as O;
    let is_profile = source.key.kind == SourceKind::WellKnown;
    let is_mirror = source.key.kind == SourceKind::Mirror;
    let text = match source.outcome {
        O::Good => "It gave what could be used, or had nothing newer.",
        O::NotAsked => "This node has not asked it yet.",
        O::NotFound if is_profile => return profile_not_found(source),
        O::NotFound if is_mirror => "There is no index.json in the tree.",
        O::NotFound => "There is no document at the address (404).",
        O::Gone => "The address says that the document was removed on purpose (410).",
        O::Unlisted => {
            "Its operator does not want the server to be in lists, and this node respects that."
        }
        O::UnreachableDns => "The name of the host cannot be looked up, or has no address.",
        O::UnreachableRefused => "The host accepts no connection.",
        O::UnreachableTimeout => "The host did not answer in time.",
        O::UnreachableTls => {
            "The host showed no certificate that is valid for its name and that is trusted."
        }
        O::UnreachableBroken => "The host broke off its answer, or did not speak HTTP.",
        O::Busy => "The host asked to be left alone for a while (429 or 503).",
        O::WrongAnswer => {
            "The host gave another answer than a file: a status other than 200, a redirect that \
             leads nowhere, or compressed bytes."
        }
        O::BlockedUrl => {
            "The address, or one that it redirects to, is not one that a node may fetch."
        }
        O::BlockedAddress => {
            "The name leads to an address that is not public, to which a node does not connect."
        }
        O::TooLarge => "What it gave is larger than such a document may be.",
        O::Malformed => "What it gave is not a document: it breaks the rules of the form.",
        O::WrongKind => "It gave a document of another kind than belongs there.",
        O::BadlySigned => "The signatures or the key history of its document do not hold.",
        O::Expired if is_mirror => {
            "Its index has expired: the mirror stands still, or somebody keeps it from going on. \
             What it gave before stays."
        }
        O::Expired => "Its document has expired. It is shown, and counts for nothing.",
        O::RolledBack => {
            "It gave an older document than one that this node has. The newer one still counts."
        }
        O::OutdatedKeys => {
            "Its document is signed with keys that its issuer has replaced, and no longer counts."
        }
        O::OtherKeys => {
            "The keys of its document follow others than those that this node knows of its issuer."
        }
        O::FromTheFuture => "Its document says that it was signed at a time that is yet to come.",
        O::Equivocating => {
            "Its issuer signed two different documents with one number. Both are kept as evidence."
        }
        O::OtherIssuer => {
            "Its index is signed by somebody else than the configuration of this node names."
        }
        O::Inconsistent => {
            "Files that its index names are not there, or are others than it says. The rest was \
             taken."
        }
        O::NameMismatch => "It gave the profile of another server. A host speaks for itself only.",
        O::Unreadable => "A file or folder on the machine of this node could not be read.",
        O::OwnFault => "This node could not work it in. That is no fault of the source.",
        O::Other => "What it gave could not be used.",
    };
    text.to_owned()
}

fn profile_not_found(source: &SourceStatus) -> String {
    let absence = source.sight.as_ref().and_then(|sight| sight.absence);
    match absence {
        Some(absence) => format!(
            "The profile that was there is gone (404): {} since {}. It counts until there were \
             {ABSENT_ANSWERS} such answers over 72 hours.",
            if absence.answers == 1 {
                "one such answer".to_owned()
            } else {
                format!("{} such answers", absence.answers)
            },
            minute(absence.since),
        ),
        None => "There is no profile at the address (404). Most servers have none.".to_owned(),
    }
}

/// `2026-11-22 10:00 UTC`.
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    let time = text.get(11..16).unwrap_or_default();
    format!("{} {time} UTC", at.date())
}

fn advice(source: &SourceStatus) -> Option<String> {
    match source.key.kind {
        SourceKind::WellKnown => advice_to_operator(source),
        SourceKind::ListUrl => advice_to_curator(source),
        SourceKind::AdoptedList | SourceKind::Directory => advice_to_node(source),
        SourceKind::Mirror => advice_on_mirror(source),
    }
}

/// What concerns the host, whatever it serves.
fn advice_on_host(source: &SourceStatus) -> Option<String> {
    use SourceOutcome as O;
    let url = source.address();
    let text = match source.outcome {
        O::UnreachableDns => "See that the host’s name has an address (A or AAAA) in public DNS, \
             and that its name servers answer."
            .to_owned(),
        O::UnreachableRefused => {
            "See that a web server listens on port 443, and that the firewall \
             lets everybody reach it, over IPv4 and IPv6 alike where the name has both."
                .to_owned()
        }
        O::UnreachableTimeout => format!(
            "Try `curl -v {url}` from elsewhere: the answer has to begin within 10 seconds. Often \
             a firewall drops what it should let through, or one of several addresses is dead."
        ),
        O::UnreachableTls => format!(
            "Try `curl -v {url}`: the certificate has to be valid today and for this very name, \
             from an authority that systems trust, and sent with its intermediate certificates."
        ),
        O::UnreachableBroken => {
            format!("Try `curl -v {url}` from elsewhere, and look into the log of the web server.")
        }
        O::Busy => {
            "If that lasts, exempt this path from the limit on requests: a node asks for it \
             seldom."
                .to_owned()
        }
        O::WrongAnswer => format!(
            "Try `curl -v {url}`: it has to answer with status 200 and the file as it is, not \
             compressed, after at most three redirects."
        ),
        O::BlockedUrl => "Redirect to a whole https address of a public host, without user name, \
             or do not redirect."
            .to_owned(),
        O::BlockedAddress => "See that public DNS gives only public addresses for the host: none \
             that is private, loopback or link-local, also not beside a good one."
            .to_owned(),
        _ => return None,
    };
    Some(text)
}

fn advice_to_operator(source: &SourceStatus) -> Option<String> {
    use SourceOutcome as O;
    let (name, url) = (&source.key.location, source.address());
    let text = match source.outcome {
        O::Good | O::NotAsked => return None,
        O::NotFound if source.is_vanishing() => format!(
            "Serve the profile at {url} again, or answer 410 there if it is to be withdrawn."
        ),
        O::NotFound => format!(
            "To say what your server is in your own words, make a profile with `wellspring \
             operator init {name}` and publish it at {url}."
        ),
        O::Gone => {
            format!("Nothing, if that is what you want. To come back, publish a profile at {url}.")
        }
        O::Unlisted => format!(
            "Nothing, if that is what you want. To be listed, publish a signed profile at {url} \
             that does not say “unlisted”."
        ),
        O::TooLarge => "A profile may have 256 kB. Shorten its texts or make the logo smaller, \
             then `wellspring operator sign`, and upload it."
            .to_owned(),
        O::Malformed | O::WrongKind => format!(
            "`wellspring operator check {name}` names the place. Often the web server answers with \
             a page of its own, or something altered the file. Upload profile.json as `wellspring \
             operator sign` wrote it."
        ),
        O::BadlySigned => "Something altered the file after it was signed. Run `wellspring \
             operator sign` once more, and upload profile.json as it is."
            .to_owned(),
        O::Expired => "Run `wellspring operator renew` and upload profile.json. `--print-timer` \
             shows how a machine does so in time."
            .to_owned(),
        O::RolledBack => format!(
            "Upload the newest profile.json. If it is lost, sign again until its number is \
             higher{}.",
            above(source)
        ),
        O::OutdatedKeys => "Sign with the keys that you have now: `wellspring operator sign`. If \
             you did not change your keys, somebody else has them: `wellspring key recover`."
            .to_owned(),
        O::OtherKeys => "Sign with the key history that your other documents have. If you do not \
             know of another one, somebody else has your keys: `wellspring key recover`."
            .to_owned(),
        O::FromTheFuture => "Set the clock of the machine on which you sign, then `wellspring \
             operator sign`, and upload the file."
            .to_owned(),
        O::Equivocating => {
            "Run `wellspring operator sign` once more and upload the file: a higher \
             number ends it. If you did not sign both, somebody else has your key: `wellspring key \
             recover`."
                .to_owned()
        }
        O::NameMismatch => format!(
            "`server_name` in the profile has to be {name}, letter by letter. One host serves the \
             profile of one server name."
        ),
        O::OtherIssuer | O::Inconsistent | O::Unreadable | O::OwnFault | O::Other => {
            "Ask whoever runs this node; its log says more.".to_owned()
        }
        _ => return advice_on_host(source),
    };
    Some(text)
}

fn advice_to_curator(source: &SourceStatus) -> Option<String> {
    use SourceOutcome as O;
    let text = match source.outcome {
        O::Good | O::NotAsked | O::Unlisted => return None,
        O::NotFound | O::Gone => "Publish the signed list at this address again, or tell those \
             who follow it where it is now. What it said before stays until it expires."
            .to_owned(),
        O::TooLarge => "An endorsement list may have 8 MB, an observation report 16 MB.".to_owned(),
        O::Malformed | O::WrongKind => "`wellspring verify FILE` names the place. Often the web \
             server answers with a page of its own. Upload the file as it was signed."
            .to_owned(),
        O::BadlySigned => "Something altered the file after it was signed, or signatures of \
             others are missing. `wellspring verify FILE` says which; sign again and upload it as \
             it is."
            .to_owned(),
        O::Expired => "Run `wellspring curator renew` and upload the list.".to_owned(),
        O::RolledBack => {
            format!("Upload the newest list. Its number has to be higher{}.", above(source))
        }
        O::OutdatedKeys => "Sign with the keys that you have now: `wellspring curator sign`. If \
             you did not change your keys, somebody else has them: `wellspring key recover`."
            .to_owned(),
        O::OtherKeys => "Sign with the key history that your other lists have. If you do not know \
             of another one, somebody else has your keys: `wellspring key recover`."
            .to_owned(),
        O::FromTheFuture => {
            "Set the clock of the machine on which you sign, and sign again.".to_owned()
        }
        O::Equivocating => "Sign the list once more: a higher number ends it. If you did not sign \
             both, somebody else has your key: `wellspring key recover`."
            .to_owned(),
        O::OtherIssuer
        | O::Inconsistent
        | O::NameMismatch
        | O::Unreadable
        | O::OwnFault
        | O::Other => "Ask whoever runs this node; its log says more.".to_owned(),
        _ => return advice_on_host(source),
    };
    Some(text)
}

fn advice_to_node(source: &SourceStatus) -> Option<String> {
    use SourceOutcome as O;
    let text = match source.outcome {
        O::Good | O::NotAsked | O::Unlisted => return None,
        O::NotFound | O::Gone => {
            "See whether the list has moved, and change [[adopt]] in the configuration of this node."
        }
        O::Unreadable => {
            "See that the file or folder is there and that this node’s user may read it; `wellspring \
             status` and `wellspring sync` name it."
        }
        O::OwnFault | O::Other => "`wellspring sync` says more, and so does the log of this node.",
        O::TooLarge | O::Malformed | O::WrongKind | O::BadlySigned => {
            "`wellspring sync` names the file and the place. Tell whoever makes it; what it gave \
             before stays."
        }
        _ => {
            return Some(advice_on_host(source).unwrap_or_else(|| {
                "`wellspring sync` names the document. Tell whoever signs it.".to_owned()
            }));
        }
    };
    Some(text.to_owned())
}

fn advice_on_mirror(source: &SourceStatus) -> Option<String> {
    use SourceOutcome as O;
    let text = match source.outcome {
        O::Good | O::NotAsked | O::Unlisted => return None,
        O::NotFound | O::Gone => {
            "See whether the tree has moved, and change [[mirror]] in the configuration of this node."
        }
        O::Expired | O::RolledBack | O::OutdatedKeys | O::OtherKeys | O::FromTheFuture => {
            "Tell whoever runs the mirror, and see that other mirrors or the sources themselves are \
             asked as well."
        }
        O::Equivocating => {
            "Tell whoever signs the index: two programs may be signing with one key, or somebody \
             else has it. The next index ends it."
        }
        O::OtherIssuer => {
            "If the mirror changed hands and you trust the new ones with it, change `issuer` in \
             [[mirror]]; the issuer is no key and stays when keys change."
        }
        O::Inconsistent => {
            "A copy may be under way; then the next round finds it whole. If it stays so, tell \
             whoever runs the mirror: `wellspring sync` names the files."
        }
        _ => return advice_to_node(source),
    };
    Some(text.to_owned())
}

/// The number that the next document has to be above, where it is known.
fn above(source: &SourceStatus) -> String {
    source
        .given
        .as_ref()
        .map(|given| format!(" than {}", given.record.sequence))
        .unwrap_or_default()
}
