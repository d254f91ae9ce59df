//! The keys of the node itself, which its operator may change while it runs.

use std::sync::{Arc, PoisonError};

use wellspring_document::{AnyVerified, RawDocument, SignError, Timestamp};
use wellspring_store::Feed;

use crate::issuer::Issuer;
use crate::node::{Node, NodeError};
use crate::sentence;

impl Node {
    /// Takes up the node's own keys where they changed since the last look, and signs again
    /// with them what they made stop to count.
    ///
    /// All of it is signed and stored in one transaction: after a kill it counts as before, or
    /// all of it counts under the new keys. No source is asked for it, so a node without a
    /// network loses nothing.
    ///
    /// # Errors
    /// Where the database fails or refuses what was signed.
    pub(crate) fn notice_own_keys(&self) -> Result<(), NodeError> {
        if let Some(files) = &self.issuer_files {
            match Issuer::open(files, None) {
                Ok(issuer) => {
                    let mut current = self.issuer.write().unwrap_or_else(PoisonError::into_inner);
                    if current.history() != issuer.history() {
                        let version = issuer.history().version();
                        tracing::info!(version, "the node signs with other keys from here on");
                        *current = Arc::new(issuer);
                    }
                }
                // They may be changing at this moment; the next round looks again.
                Err(error) => {
                    tracing::warn!(error = sentence(&error), "the node's keys were not read");
                }
            }
        }
        self.sign_own_again(self.now())
    }

    fn sign_own_again(&self, now: Timestamp) -> Result<(), NodeError> {
        let issuer = self.issuer();
        let own = issuer.history();
        let outdated: Vec<AnyVerified> = {
            let documents = self.memory().documents.said_by(own.issuer());
            documents
                .into_iter()
                // Where key files came back from a copy, the newer word stays.
                .filter(|it| it.history() != own && !it.history().extends(own))
                .filter(|it| !it.is_expired(now))
                .collect()
        };
        if outdated.is_empty() {
            return Ok(());
        }
        let feeds: Vec<Feed> = outdated.iter().map(Feed::of).collect();
        let mut store = self.store();
        let documents = store.publish_all(&feeds, now, |place, sequence| {
            sign_again(&issuer, &outdated[place], sequence, now)?
                .verify_any()
                .map_err(SignError::WouldBeRefused)
        })?;
        let mut memory = self.memory();
        documents.into_iter().for_each(|document| memory.documents_mut().put(document));
        Ok(())
    }
}

fn sign_again(
    issuer: &Issuer,
    document: &AnyVerified,
    sequence: u64,
    now: Timestamp,
) -> Result<RawDocument, SignError> {
    match document {
        AnyVerified::Profile(it) => issuer.sign_again(it, sequence, now),
        AnyVerified::EndorsementList(it) => issuer.sign_again(it, sequence, now),
        AnyVerified::ObservationReport(it) => issuer.sign_again(it, sequence, now),
        AnyVerified::Index(it) => issuer.sign_again(it, sequence, now),
        AnyVerified::View(it) => issuer.sign_again(it, sequence, now),
    }
}

#[cfg(test)]
mod tests;
