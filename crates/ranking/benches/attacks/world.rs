//! A community, the servers that it knows, and those who speak about them.

use std::sync::Arc;

use wellspring_document::{
    Contact, Curator, CuratorOpinion, Endorsement, EndorsementList, Link, Localized, Observation,
    ObservationReport, Observer, Opinion, Verdict, Verified,
};
use wellspring_ranking::{Corpus, Fraction, Policy, Root, ShippedPolicy};

use super::home::Home;
use super::people::{Person, Signed, now};

/// How many honest servers there are.
pub(crate) const SERVERS: u32 = 400;
/// The curators whom the community names, by number.
pub(crate) const ROOTS: [u32; 3] = [1, 2, 3];
/// Whom the roots recommend, each root four of them.
pub(crate) const FIRST_HOP: [u32; 12] = [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22];
/// Whom the first six of those recommend, each one of them.
pub(crate) const SECOND_HOP: [u32; 6] = [31, 32, 33, 34, 35, 36];
/// Who measures, by number; and the node itself, which looks for profiles.
pub(crate) const OBSERVERS: [u32; 3] = [41, 42, 43];
const NODE: u32 = 40;
/// Somebody who signs profiles for other people's names.
const FORGER: u32 = 50;
/// The operator of the first honest server; that of the next one has the next number.
const OPERATORS: u32 = 1_000;

/// A curator with a list.
#[derive(Clone)]
pub(crate) struct Speaker {
    pub(crate) person: u32,
    pub(crate) entries: Vec<Endorsement>,
    pub(crate) opinions: Vec<(Opinion, u32)>,
}

/// What an observer says of a server against what it measured.
#[derive(Clone)]
pub(crate) struct Lie {
    pub(crate) observer: u32,
    pub(crate) told: Observation,
}

/// A community and all that its node received.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) homes: Vec<Home>,
    pub(crate) speakers: Vec<Speaker>,
    pub(crate) lies: Vec<Lie>,
    /// Servers for whose names somebody else has signed a profile as well.
    pub(crate) forged: Vec<String>,
}

/// A number that looks like chance and is the same each time (splitmix64).
fn dice(what: u64, which: u64) -> u64 {
    let mut number = (what << 32 | which).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// How good an honest server is, of a thousand. Operators, curators and measurements follow.
fn quality(number: u32) -> u64 {
    dice(1, number.into()) % 1_000
}

fn honest_home(number: u32) -> Home {
    let quality = quality(number);
    Home {
        openness: if quality < 300 { 0 } else { (quality / 250).max(1) },
        // Many small ones, a few huge.
        accounts: 30 + 60_000 / (1 + dice(2, number.into()) % 400),
        known_days: 60 + i64::try_from(dice(3, number.into()) % 900).unwrap(),
        answers: 1_000 - u32::try_from((999 - quality) / 10).unwrap(),
        version: if quality < 400 { "1.120.0" } else { "1.163.2" },
        ..Home::perfect(format!("home-{number}.example"), OPERATORS + number)
    }
}

/// An entry reviewed so many days ago, bound to the keys that the server has.
pub(crate) fn entry(verdict: Verdict, home: &Home, days_ago: i64) -> Endorsement {
    let mut entry = Endorsement::new(home.server_name(), verdict);
    entry.reviewed_at = Some(now().date().plus_days(-days_ago));
    if verdict.is_adverse() {
        let page = Link::new("https://evidence.example/").unwrap();
        entry.reason = Some(Localized::english("Its moderators do not answer.").unwrap());
        entry.expires_at = Some(now().date().plus_days(100));
        entry.source = Some(page.clone());
        entry.objection = Some(Contact { page: Some(page), ..Contact::default() });
    } else if home.openness > 0 {
        entry.issuer = Some(home.issuer.clone());
    }
    entry
}

/// What an honest curator lists: of a hundred servers so many, and rather the better ones. One
/// in four entries names no keys, as of a curator who never looked for a profile.
fn honest_entries(curator: u32, of_a_hundred: u64, homes: &[Home]) -> Vec<Endorsement> {
    let mut entries = Vec::new();
    for (number, home) in (0..).zip(homes) {
        let quality = quality(number);
        let roll = dice(100 + u64::from(curator), number.into());
        if roll % 100_000_000 >= of_a_hundred * 3 * quality * quality {
            continue;
        }
        let verdict = if quality < 500 { Verdict::List } else { Verdict::Endorse };
        let days_ago = i64::try_from((roll >> 32) % 400).unwrap().min(home.known_days);
        let mut entry = entry(verdict, home, days_ago);
        if (roll >> 48).is_multiple_of(4) {
            entry.issuer = None;
        }
        entries.push(entry);
    }
    entries
}

impl World {
    /// The world before anybody attacks it.
    pub(crate) fn honest() -> Self {
        let homes: Vec<_> = (0..SERVERS).map(honest_home).collect();
        let speaker = |person, of_a_hundred, recommends: &[u32]| Speaker {
            person,
            entries: honest_entries(person, of_a_hundred, &homes),
            opinions: recommends.iter().map(|about| (Opinion::Recommend, *about)).collect(),
        };
        let mut speakers = Vec::new();
        for (root, friends) in ROOTS.into_iter().zip(FIRST_HOP.chunks(4)) {
            speakers.push(speaker(root, 16, friends));
        }
        let mut second_hop = SECOND_HOP.chunks(1);
        for first in FIRST_HOP {
            speakers.push(speaker(first, 10, second_hop.next().unwrap_or_default()));
        }
        for second in SECOND_HOP {
            speakers.push(speaker(second, 7, &[]));
        }
        Self { homes, speakers, lies: Vec::new(), forged: Vec::new() }
    }

    pub(crate) fn home(&self, name: &str) -> &Home {
        self.homes.iter().find(|home| home.name == name).unwrap()
    }

    pub(crate) fn home_mut(&mut self, name: &str) -> &mut Home {
        self.homes.iter_mut().find(|home| home.name == name).unwrap()
    }

    /// The list of a curator, begun where there is none.
    pub(crate) fn speaker(&mut self, person: u32) -> &mut Speaker {
        let known = self.speakers.iter().position(|speaker| speaker.person == person);
        let place = known.unwrap_or_else(|| {
            self.speakers.push(Speaker { person, entries: Vec::new(), opinions: Vec::new() });
            self.speakers.len() - 1
        });
        &mut self.speakers[place]
    }

    /// A curator now says this of these servers, whatever it said of them before.
    pub(crate) fn says(&mut self, person: u32, verdict: Verdict, names: &[String], days_ago: i64) {
        let entries: Vec<_> =
            names.iter().map(|name| entry(verdict, self.home(name), days_ago)).collect();
        let speaker = self.speaker(person);
        speaker.entries.retain(|entry| !names.iter().any(|it| it == entry.server_name.as_str()));
        speaker.entries.extend(entries);
    }

    pub(crate) fn thinks(&mut self, person: u32, opinion: Opinion, about: &[u32]) {
        let speaker = self.speaker(person);
        speaker.opinions.retain(|(_, known)| !about.contains(known));
        speaker.opinions.extend(about.iter().map(|about| (opinion, *about)));
    }

    /// What the community's node has.
    pub(crate) fn corpus(&self, signed: &Signed) -> Corpus {
        let lists = self.speakers.iter().map(|it| signed.lists.get(it.person, &it.list()));
        self.corpus_with(signed, lists.collect())
    }

    /// As [`World::corpus`], with these lists and no others.
    pub(crate) fn corpus_with(
        &self,
        signed: &Signed,
        lists: Vec<Arc<Verified<EndorsementList>>>,
    ) -> Corpus {
        let profile = |home: &Home| Some(signed.profiles.get(home.operator, &home.profile()?));
        let profiles: Vec<_> = self.homes.iter().map(profile).collect();
        let measured = OBSERVERS.into_iter().map(|observer| {
            let entries = self.homes.iter().map(|home| self.told(observer, home)).collect();
            signed.reports.get(observer, &report(entries))
        });
        let sights = self.homes.iter().zip(&profiles);
        let sights = sights.filter_map(|(home, profile)| Some(home.sight(profile.as_deref()?)));
        let own = signed.reports.get(NODE, &report(sights.collect()));
        let reports = measured.chain([own]).collect();
        let forged = self.forged.iter().map(|name| {
            let forger = Home::perfect(name.clone(), FORGER);
            signed.profiles.get(FORGER, &forger.profile().unwrap())
        });
        let profiles = profiles.into_iter().flatten().chain(forged).collect();
        Corpus::new(profiles, lists, reports, now())
    }

    fn told(&self, observer: u32, home: &Home) -> Observation {
        let is_about =
            |lie: &&Lie| lie.observer == observer && lie.told.server_name.as_str() == home.name;
        let lie = self.lies.iter().find(is_about);
        lie.map_or_else(|| home.measured(), |lie| lie.told.clone())
    }
}

impl Speaker {
    pub(crate) fn list(&self) -> EndorsementList {
        let curator = Curator::new(Localized::english("A curator").unwrap());
        let opinion = |(opinion, about): &(Opinion, u32)| CuratorOpinion {
            issuer: Person::new(*about).id,
            opinion: *opinion,
            name: None,
            list_url: None,
            reason: None,
        };
        let curators = self.opinions.iter().map(opinion).collect();
        let entries = self.entries.clone();
        EndorsementList { entries, curators, ..EndorsementList::new(curator) }
    }
}

fn report(entries: Vec<Observation>) -> ObservationReport {
    let observer = Observer::new(Localized::english("An observer").unwrap());
    ObservationReport { entries, ..ObservationReport::new(observer) }
}

/// A shipped policy with the community's roots, observers and node, and nothing else changed.
pub(crate) fn trusting(policy: ShippedPolicy) -> Policy {
    let root = |number| Root { issuer: Person::new(number).id, trust: Fraction::ONE, name: None };
    Policy {
        curators: ROOTS.map(root).into(),
        observers: OBSERVERS.map(|number| Person::new(number).id).into(),
        own: Some(Person::new(NODE).id),
        ..policy.policy()
    }
}
