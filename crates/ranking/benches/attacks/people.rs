//! People who sign, and what they have signed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use wellspring_document::{
    Body, Draft, EndorsementList, IssuerId, KeyHistory, ObservationReport, Profile, SigningKey,
    Timestamp, Verified, sign,
};

/// The moment for which every world is made.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// Somebody who signs.
pub(crate) struct Person {
    pub(crate) id: IssuerId,
    key: SigningKey,
    history: KeyHistory,
}

impl Person {
    /// Somebody else for each number.
    pub(crate) fn new(number: u32) -> Self {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&number.to_be_bytes());
        let key = SigningKey::from_seed(seed);
        let issued_at = "2024-01-01T00:00:00Z".parse().unwrap();
        let history = KeyHistory::genesis(issued_at, std::slice::from_ref(&key), 1).unwrap();
        Self { id: history.issuer().clone(), key, history }
    }

    pub(crate) fn signs<T: Body>(&self, body: &T) -> Arc<Verified<T>> {
        let draft = Draft {
            history: &self.history,
            sequence: 1,
            issued_at: now(),
            expires_at: now().plus_days(8),
            body,
        };
        Arc::new(sign(&draft, std::slice::from_ref(&self.key)).unwrap().verify().unwrap())
    }
}

/// What was signed before: most documents are the same in all worlds, and signing takes far
/// longer than ranking.
#[derive(Default)]
pub(crate) struct Signed {
    pub(crate) profiles: Drawer<Profile>,
    pub(crate) lists: Drawer<EndorsementList>,
    pub(crate) reports: Drawer<ObservationReport>,
}

/// The documents of one kind.
pub(crate) struct Drawer<T>(RefCell<BySigner<T>>);

/// Documents by who signed what.
type BySigner<T> = HashMap<(u32, String), Arc<Verified<T>>>;

impl<T> Default for Drawer<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Body> Drawer<T> {
    pub(crate) fn get(&self, by: u32, body: &T) -> Arc<Verified<T>> {
        let text = serde_json::to_string(body).unwrap();
        let mut documents = self.0.borrow_mut();
        Arc::clone(documents.entry((by, text)).or_insert_with(|| Person::new(by).signs(body)))
    }
}
