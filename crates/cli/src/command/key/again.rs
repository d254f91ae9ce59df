//! What an issuer signed, signed again with its new keys.

use std::path::{Path, PathBuf};

use serde::Serialize;
use wellspring_document::{
    AnyVerified, Body, EndorsementList, Kind, Profile, RawDocument, Timestamp, Verified,
};
use wellspring_node::Issuer;

use crate::command::{curator, operator};
use crate::failure::{Refused, sentence_of};
use crate::signing::MAX_SEQUENCE;
use crate::{answer, file};

/// A document that is signed again and not written yet.
pub(super) struct Again {
    bytes: RawDocument,
    pub(super) signed: SignedAgain,
}

/// A document that was signed again, as commands report it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SignedAgain {
    pub(super) file: PathBuf,
    pub(super) sequence: u64,
    pub(super) expires_at: Timestamp,
}

/// Signs again what `issuer` signed before in a folder. Documents of others stay as they are.
pub(super) fn plan(issuer: &Issuer, folder: &Path, now: Timestamp) -> anyhow::Result<Vec<Again>> {
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
                all.push(sign::<Profile>(issuer, path, &document, now)?);
            }
            AnyVerified::EndorsementList(document) => {
                all.push(sign::<EndorsementList>(issuer, path, &document, now)?);
            }
            AnyVerified::ObservationReport(_) => {}
        }
    }
    Ok(all)
}

fn sign<T: Body>(
    issuer: &Issuer,
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
    let bytes = issuer.sign_again(document, sequence, now).map_err(|error| refuse(&error))?;
    let verified = bytes.clone().verify::<T>().map_err(|error| refuse(&error))?;
    let expires_at = verified.expires_at();
    Ok(Again { bytes, signed: SignedAgain { file: path, sequence, expires_at } })
}

impl Again {
    pub(super) fn write(&self) -> anyhow::Result<()> {
        file::replace(&self.signed.file, self.bytes.bytes()).map_err(|error| {
            error.context(
                "the keys are changed, but not every document is signed with them; make room or \
                 mend what is wrong, then run `wellspring operator sign` or `curator sign`",
            )
        })
    }
}
