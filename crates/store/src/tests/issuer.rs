//! Somebody who signs.

use std::collections::BTreeSet;

use wellspring_document::{
    AnyVerified, Body, Curator, Draft, Endorsement, EndorsementList, KeyHistory, KeyState,
    Localized, Profile, Quorum, ServerName, SigningKey, Timestamp, Verdict, sign,
};

use super::now;

pub(super) struct Issuer {
    pub(super) history: KeyHistory,
    key: SigningKey,
}

/// The recovery key of those who have one.
const RECOVERY: [u8; 32] = [99; 32];

impl Issuer {
    /// Another seed, another issuer.
    pub(super) fn new(seed: u8) -> Self {
        let key = SigningKey::from_seed([seed; 32]);
        let history = KeyHistory::genesis(long_ago(), std::slice::from_ref(&key), 1).unwrap();
        Self { history, key }
    }

    /// As [`Issuer::new`], with a recovery key.
    pub(super) fn recoverable(seed: u8) -> Self {
        let key = SigningKey::from_seed([seed; 32]);
        let quorum =
            |key: &SigningKey| Quorum { keys: BTreeSet::from([key.public()]), threshold: 1 };
        let recovery = Some(quorum(&SigningKey::from_seed(RECOVERY)));
        let state = KeyState { issued_at: long_ago(), signing: quorum(&key), recovery };
        let history = KeyHistory::start(&state, std::slice::from_ref(&key)).unwrap();
        Self { history, key }
    }

    /// The same issuer with a new key, as the old one decided.
    pub(super) fn rotated(&self, seed: u8) -> Self {
        self.with_key(seed, &self.key)
    }

    /// The same issuer with a new key, as the recovery key decided.
    pub(super) fn recovered(&self, seed: u8) -> Self {
        self.with_key(seed, &SigningKey::from_seed(RECOVERY))
    }

    fn with_key(&self, seed: u8, signer: &SigningKey) -> Self {
        let key = SigningKey::from_seed([seed; 32]);
        let mut state = self.history.current().clone();
        state.signing.keys = BTreeSet::from([key.public()]);
        let history = self.history.extend(&state, &[signer.clone(), key.clone()]).unwrap();
        Self { history, key }
    }

    pub(super) fn sign<T: Body>(&self, sequence: u64, body: &T) -> AnyVerified {
        self.sign_at(sequence, now().plus_days(-3), body)
    }

    /// A document signed at that time, valid for seven days.
    pub(super) fn sign_at<T: Body>(
        &self,
        sequence: u64,
        issued_at: Timestamp,
        body: &T,
    ) -> AnyVerified {
        let draft = Draft {
            history: &self.history,
            sequence,
            issued_at,
            expires_at: issued_at.plus_days(7),
            body,
        };
        let keys = std::slice::from_ref(&self.key);
        sign(&draft, keys).unwrap().verify_any().unwrap()
    }

    /// A profile; documents with different `name` have different identities.
    pub(super) fn profile(&self, sequence: u64, server_name: &str, name: &str) -> AnyVerified {
        self.sign(sequence, &profile(server_name, name))
    }

    pub(super) fn list(&self, sequence: u64, entries: &[(&str, Verdict)]) -> AnyVerified {
        self.sign(sequence, &list(entries))
    }
}

fn long_ago() -> Timestamp {
    now().plus_days(-300)
}

pub(super) fn name(text: &str) -> ServerName {
    ServerName::parse(text).unwrap()
}

pub(super) fn profile(server_name: &str, title: &str) -> Profile {
    Profile::new(name(server_name), Localized::english(title).unwrap())
}

/// A list; only `endorse` and `list` need no grounds.
pub(super) fn list(entries: &[(&str, Verdict)]) -> EndorsementList {
    let curator = Curator::new(Localized::english("Curator").unwrap());
    let mut list = EndorsementList::new(curator);
    list.entries =
        entries.iter().map(|(server, verdict)| Endorsement::new(name(server), *verdict)).collect();
    list
}
