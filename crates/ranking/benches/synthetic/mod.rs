//! A large made-up world: many curators, each with a list of many servers.

use std::sync::Arc;

use wellspring_document::{
    Contact, Curator, CuratorOpinion, Draft, Endorsement, EndorsementList, IssuerId, KeyHistory,
    Link, Localized, Opinion, RawDocument, ServerName, SigningKey, Timestamp, Verdict, Verified,
    sign,
};
use wellspring_ranking::{Fraction, Policy, Root};

/// How large the world is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// How many servers there are.
    pub(crate) servers: u32,
    /// How many curators sign a list; a hundredth of them are roots, who recommend the rest.
    pub(crate) curators: u32,
    /// How many entries each list has.
    pub(crate) entries: u32,
}

impl Size {
    /// Ten endorsements for each of so many servers, by at most a thousand curators.
    pub(crate) fn of_servers(servers: u32) -> Self {
        let curators = (servers / 100).clamp(1, 1_000);
        Self { servers, curators, entries: servers * 10 / curators }
    }
}

/// The signed lists of a world, and the policy of a community that trusts all of its
/// curators, each in a voice of its own.
pub(crate) struct Synthetic {
    /// The moment for which the world is made.
    pub(crate) now: Timestamp,
    /// Trusts the roots, which are the first of the curators.
    pub(crate) policy: Policy,
    /// One list per curator, as bytes.
    pub(crate) lists: Vec<RawDocument>,
}

impl Synthetic {
    /// Makes a world. The same size gives the same bytes.
    pub(crate) fn new(size: Size) -> Self {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let signers: Vec<_> = (0..size.curators).map(|number| signer(number, now)).collect();
        let roots = (size.curators / 100).max(1);
        let policy = Policy {
            curators: signers
                .iter()
                .take(roots as usize)
                .map(|(_, history)| Root {
                    issuer: history.issuer().clone(),
                    trust: Fraction::ONE,
                    name: None,
                })
                .collect(),
            ..Policy::default()
        };
        let issuers: Vec<_> = signers.iter().map(|(_, history)| history.issuer().clone()).collect();
        let lists = (0..)
            .zip(&signers)
            .map(|(number, (key, history))| {
                let draft = Draft {
                    history,
                    sequence: 1,
                    issued_at: now,
                    expires_at: now.plus_days(90),
                    body: &list(number, roots, size, &issuers, now),
                };
                sign(&draft, std::slice::from_ref(key)).unwrap()
            })
            .collect();
        Self { now, policy, lists }
    }

    /// The lists, verified.
    pub(crate) fn verified(&self) -> Vec<Arc<Verified<EndorsementList>>> {
        self.lists.iter().map(|raw| Arc::new(raw.clone().verify().unwrap())).collect()
    }
}

/// Somebody who signs: somebody else for each number.
pub(crate) fn signer(number: u32, now: Timestamp) -> (SigningKey, KeyHistory) {
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number.to_be_bytes());
    let key = SigningKey::from_seed(seed);
    let history = KeyHistory::genesis(now, std::slice::from_ref(&key), 1).unwrap();
    (key, history)
}

fn list(
    number: u32,
    roots: u32,
    size: Size,
    issuers: &[IssuerId],
    now: Timestamp,
) -> EndorsementList {
    let recommended = |index: &u32| number < roots && index % roots == number && *index >= roots;
    let curators = (0..size.curators)
        .filter(recommended)
        .map(|index| CuratorOpinion {
            issuer: issuers[index as usize].clone(),
            opinion: Opinion::Recommend,
            name: None,
            list_url: None,
            reason: None,
        })
        .collect();
    let curator = Curator::new(Localized::english(format!("Curator {number}")).unwrap());
    // Steps over the ring of servers: no list names a server twice, and all lists together
    // name each equally often.
    let entries = (0..size.entries)
        .map(|index| {
            let step = u64::from(number) * u64::from(size.entries) + u64::from(index);
            let place = u64::from(number) * 7_919 + u64::from(index) * 9_973;
            entry(step * 9_973 % u64::from(size.servers), place, issuers, now)
        })
        .collect();
    EndorsementList { entries, curators, ..EndorsementList::new(curator) }
}

/// Of a hundred entries one warns, some list, most endorse; one in four names keys.
fn entry(server: u64, place: u64, issuers: &[IssuerId], now: Timestamp) -> Endorsement {
    let verdict = match place % 100 {
        0 => Verdict::Warn,
        1..30 => Verdict::List,
        _ => Verdict::Endorse,
    };
    let name = ServerName::parse(&format!("server-{server}.example")).unwrap();
    let mut entry = Endorsement::new(name, verdict);
    entry.reviewed_at = Some(now.plus_days(-i64::try_from(place % 600).unwrap()).date());
    if place.is_multiple_of(4) {
        entry.issuer = Some(issuers[usize::try_from(server).unwrap() % issuers.len()].clone());
    }
    if verdict.is_adverse() {
        let page = Link::new("https://evidence.example/").unwrap();
        entry.reason = Some(Localized::english("Its moderators do not answer.").unwrap());
        entry.expires_at = Some(now.plus_days(100).date());
        entry.source = Some(page.clone());
        entry.objection = Some(Contact { page: Some(page), ..Contact::default() });
    }
    entry
}
