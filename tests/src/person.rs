use bytes::Bytes;
use wellspring_document::profile::{Audience, Registration, RegistrationMode};
use wellspring_document::{
    Body, Contact, Curator, CuratorOpinion, Date, Draft, Endorsement, EndorsementList, IssuerId,
    KeyHistory, KeyState, Link, Localized, Opinion, Profile, Quorum, ServerName, SigningKey,
    Timestamp, Verdict, sign,
};

/// Somebody who signs: an operator, a curator, an observer.
#[derive(Debug, Clone)]
pub struct Person {
    key: SigningKey,
    history: KeyHistory,
}

impl Person {
    /// The person with this number, who has one key since the beginning of 2026.
    pub fn new(number: u32) -> Self {
        let key = key(number, 1);
        let issued_at = "2026-01-01T00:00:00Z".parse().unwrap();
        let history = KeyHistory::genesis(issued_at, std::slice::from_ref(&key), 1).unwrap();
        Self { key, history }
    }

    /// The same person with a new key in the place of the old one.
    #[must_use]
    pub fn with_new_key(&self, number: u32, issued_at: Timestamp) -> Self {
        let key = key(number, 2);
        let signing = Quorum { keys: [key.public()].into(), threshold: 1 };
        let state = KeyState { issued_at, signing, recovery: None };
        let signers = [self.key.clone(), key.clone()];
        let history = self.history.extend(&state, &signers).unwrap();
        Self { key, history }
    }

    /// The hash of their last key state.
    pub fn key_state(&self) -> &str {
        self.history.current_hash()
    }

    /// Who they are.
    pub fn issuer(&self) -> &IssuerId {
        self.history.issuer()
    }

    /// Signs a document with this sequence number, issued at `issued_at` and valid for 30
    /// days, or for 8 where it is a report.
    pub fn sign<T: Body>(&self, body: &T, sequence: u64, issued_at: Timestamp) -> Bytes {
        let days = T::KIND.max_lifetime_days().min(30);
        self.sign_until(body, sequence, issued_at, issued_at.plus_days(days))
    }

    /// As [`Person::sign`], with an expiry of its own.
    pub fn sign_until<T: Body>(
        &self,
        body: &T,
        sequence: u64,
        issued_at: Timestamp,
        expires_at: Timestamp,
    ) -> Bytes {
        let draft = Draft { history: &self.history, sequence, issued_at, expires_at, body };
        sign(&draft, std::slice::from_ref(&self.key)).unwrap().bytes().clone()
    }
}

fn key(number: u32, generation: u8) -> SigningKey {
    let mut seed = [generation; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    SigningKey::from_seed(seed)
}

/// The profile of a server on which everybody gets an account.
pub fn profile(server_name: &str) -> Profile {
    let name = Localized::english(format!("The server at {server_name}")).unwrap();
    let mut profile = Profile::new(server_name.parse().unwrap(), name);
    profile.about.audience = Some(Audience::Public);
    profile.registration =
        Some(Registration { mode: Some(RegistrationMode::Open), ..Registration::default() });
    profile
}

/// A curator's list.
pub fn list(name: &str, entries: impl IntoIterator<Item = Endorsement>) -> EndorsementList {
    let mut list = EndorsementList::new(Curator::new(Localized::english(name).unwrap()));
    list.entries = entries.into_iter().collect();
    list
}

/// A verdict on a server by its name alone, reviewed on a day.
pub fn entry(server_name: &str, verdict: Verdict, reviewed_at: &str) -> Endorsement {
    let server_name: ServerName = server_name.parse().unwrap();
    let mut entry = Endorsement::new(server_name, verdict);
    entry.reviewed_at = Some(day(reviewed_at));
    entry
}

/// A recommendation of a server with the keys of its operator.
pub fn endorse(server_name: &str, operator: &Person, reviewed_at: &str) -> Endorsement {
    let mut entry = entry(server_name, Verdict::Endorse, reviewed_at);
    entry.issuer = Some(operator.issuer().clone());
    entry
}

/// A warning about a server, with all that a warning needs.
pub fn warn(server_name: &str, reviewed_at: &str, expires_at: &str) -> Endorsement {
    let mut entry = entry(server_name, Verdict::Warn, reviewed_at);
    let page = Link::new("https://curator.test/case").unwrap();
    entry.reason = Some(Localized::english("It loses messages.").unwrap());
    entry.source = Some(page.clone());
    entry.objection = Some(Contact { page: Some(page), ..Contact::default() });
    entry.expires_at = Some(day(expires_at));
    entry
}

/// A curator's word that another one's lists should be followed, wherever they are.
pub fn recommend(curator: &Person) -> CuratorOpinion {
    CuratorOpinion {
        issuer: curator.issuer().clone(),
        opinion: Opinion::Recommend,
        name: None,
        list_url: None,
        reason: None,
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}
