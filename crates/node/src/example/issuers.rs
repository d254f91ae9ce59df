//! Who signs in the example world, with which keys, and for how long.

use std::collections::BTreeMap;

use serde::Deserialize;
use wellspring_document::{
    Body, BytesHash, Draft, KeyHistory, RawDocument, SignError, SigningKey, Timestamp, sign,
};

use super::{ISSUERS, KEYS_SINCE, WorldError};
use crate::issuer::{Issuer, IssuerError};

/// `feeds/issuers.toml`: everybody who signs, by the name of their folder.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Issuers {
    operators: BTreeMap<String, Terms>,
    curators: BTreeMap<String, Terms>,
    observers: BTreeMap<String, Terms>,
}

/// How an issuer signs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Terms {
    /// How long before the day of the world.
    signed_days_ago: i64,
    /// For how long, from the signature.
    valid_days: i64,
    /// How many keys the issuer has.
    #[serde(default = "one")]
    keys: u32,
    /// How many of them sign.
    #[serde(default = "one")]
    threshold: u32,
}

const fn one() -> u32 {
    1
}

impl Issuers {
    pub(super) fn read() -> Result<Self, WorldError> {
        toml::from_str(ISSUERS).map_err(|problem| WorldError::Issuers { problem })
    }

    pub(super) fn operators(&self) -> impl Iterator<Item = Feed<'_>> {
        feeds(&self.operators)
    }

    pub(super) fn curators(&self) -> impl Iterator<Item = Feed<'_>> {
        feeds(&self.curators)
    }

    pub(super) fn observers(&self) -> impl Iterator<Item = Feed<'_>> {
        feeds(&self.observers)
    }
}

fn feeds(terms: &BTreeMap<String, Terms>) -> impl Iterator<Item = Feed<'_>> {
    terms.iter().map(|(name, terms)| Feed { name, terms })
}

/// What one issuer publishes.
pub(super) struct Feed<'a> {
    /// The name of the issuer's folder and key.
    pub(super) name: &'a str,
    terms: &'a Terms,
}

impl Feed<'_> {
    /// The issuer, with as many keys as must sign. Not more: so do people who meet to sign.
    pub(super) fn signer(&self) -> Result<Signer<'_>, WorldError> {
        let mut keys: Vec<_> = (1..=self.terms.keys).map(|number| key(self.name, number)).collect();
        let history = KeyHistory::genesis(KEYS_SINCE, &keys, self.terms.threshold)
            .map_err(|source| WorldError::Keys { name: self.name.to_owned(), source })?;
        keys.truncate(usize::try_from(self.terms.threshold).unwrap_or(usize::MAX));
        Ok(Signer { history, keys, terms: self.terms })
    }
}

/// An issuer ready to sign.
pub(super) struct Signer<'a> {
    /// The issuer's public keys.
    pub(super) history: KeyHistory,
    keys: Vec<SigningKey>,
    terms: &'a Terms,
}

impl Signer<'_> {
    /// Signs a document of the day that begins at `day`.
    pub(super) fn sign<T: Body>(
        &self,
        body: &T,
        sequence: u64,
        day: Timestamp,
    ) -> Result<RawDocument, SignError> {
        let issued_at = day.plus_days(-self.terms.signed_days_ago);
        let draft = Draft {
            history: &self.history,
            sequence,
            issued_at,
            expires_at: issued_at.plus_days(self.terms.valid_days),
            body,
        };
        sign(&draft, &self.keys)
    }
}

/// The issuer of the node that shows the world.
pub(super) fn node() -> Result<Issuer, IssuerError> {
    Issuer::start(key("node", 1), KEYS_SINCE)
}

/// A private key of the world. Everybody can compute it, so it protects nothing.
fn key(name: &str, number: u32) -> SigningKey {
    let suffix = if number == 1 { String::new() } else { format!(" {number}") };
    let words = format!("wellspring example world, worthless key of {name}{suffix}");
    SigningKey::from_seed(*BytesHash::of(words.as_bytes()).as_bytes())
}
