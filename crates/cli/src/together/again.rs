//! What an issuer signed, signed again with its new keys.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_document::{
    AnyVerified, Body, EndorsementList, Gathering, Kind, Profile, RawDocument, Timestamp, Verified,
};
use wellspring_node::Issuer;

use super::signatures::Signatures;
use crate::command::{curator, operator};
use crate::failure::{Refused, sentence_of};
use crate::signing::{MAX_SEQUENCE, Role};
use crate::{answer, file};

/// A document that is signed again and not written yet.
pub(crate) struct Again {
    bytes: Vec<u8>,
    /// A draft that it overtakes.
    draft: Option<PathBuf>,
    pub(crate) signed: SignedAgain,
}

/// A document that was signed again, as commands report it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SignedAgain {
    pub(crate) file: PathBuf,
    /// Whether it has all signatures; else it is a draft.
    pub(crate) complete: bool,
    pub(crate) sequence: u64,
    pub(crate) expires_at: Timestamp,
    pub(crate) signatures: Signatures,
    /// The command for those who sign it.
    #[serde(skip)]
    pub(crate) role: &'static str,
}

impl fmt::Display for SignedAgain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, sequence, expires_at, .. } = self;
        let file = file.display();
        let state = match self.complete {
            true => "signed again".to_owned(),
            false => format!("to be signed again, {}", self.signatures.counted()),
        };
        writeln!(f, "  {file}: {state}, number {sequence}, until {expires_at}.")
    }
}

/// Signs again what `issuer` signed before in a folder. Documents of others stay as they are.
pub(crate) fn plan(issuer: &Issuer, folder: &Path, now: Timestamp) -> anyhow::Result<Vec<Again>> {
    let mut all = Vec::new();
    for role in [operator::ROLE, curator::ROLE] {
        let path = folder.join(role.signed);
        let Some(bytes) = file::read_if_there(&path, Kind::LARGEST_BYTES)? else { continue };
        let document = match RawDocument::new(bytes).verify_any() {
            Ok(document) => document,
            // What it says is not known for certain, so it is not signed; the keys are to be
            // changed all the same.
            Err(error) => {
                answer::warn(&format!(
                    "{} does not hold ({error}) and is not signed again; move it away and sign \
                     anew after the change",
                    path.display()
                ));
                continue;
            }
        };
        if document.issuer() != issuer.history().issuer() {
            continue;
        }
        match document {
            AnyVerified::Profile(document) => {
                all.push(sign::<Profile>(issuer, &role, path, &document, now)?);
            }
            AnyVerified::EndorsementList(document) => {
                all.push(sign::<EndorsementList>(issuer, &role, path, &document, now)?);
            }
            // Nodes sign those.
            AnyVerified::ObservationReport(_) | AnyVerified::Index(_) | AnyVerified::View(_) => {}
        }
    }
    Ok(all)
}

fn sign<T: Body>(
    issuer: &Issuer,
    role: &Role,
    path: PathBuf,
    document: &Verified<T>,
    now: Timestamp,
) -> anyhow::Result<Again> {
    // New keys begin a new count, so a number that somebody ran up to the end is no obstacle.
    let sequence = match document.sequence() {
        before if before < MAX_SEQUENCE => before + 1,
        _ => 1,
    };
    let refuse = |error: &(dyn std::error::Error + 'static)| {
        let reason = sentence_of(error);
        Refused::because(format!(
            "the keys were not changed, because {} could not be signed again: {reason}",
            path.display()
        ))
    };
    let again = Gathering::again(document, issuer.history(), sequence, now);
    let mut again = again.map_err(|error| refuse(&error))?;
    again.sign(issuer.key(), now).map_err(|error| refuse(&error))?;
    let complete = again.finish().is_ok();
    let draft = path.with_file_name(role.draft());
    Ok(Again {
        bytes: again.bytes(),
        signed: SignedAgain {
            file: if complete { path } else { draft.clone() },
            complete,
            sequence,
            expires_at: again.expires_at(),
            signatures: Signatures::of(&again.tally(), Some(issuer.public_key())),
            role: role.key,
        },
        draft: complete.then_some(draft),
    })
}

impl Again {
    pub(crate) fn write(&self) -> anyhow::Result<()> {
        let write = || {
            file::replace(&self.signed.file, &self.bytes)?;
            self.draft.as_deref().map_or(Ok(()), file::remove_if_there)
        };
        write().map_err(|error| {
            error.context(
                "the keys are changed, but not every document is signed with them; make room or \
                 mend what is wrong, then run `wellspring operator sign` or `curator sign`",
            )
        })
    }
}
