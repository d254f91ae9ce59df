//! Many curators whom nobody recommends, who recommend each other.

use std::sync::Arc;

use wellspring_document::{Endorsement, EndorsementList, Opinion, ServerName, Verdict, Verified};
use wellspring_ranking::{Corpus, Policy, ShippedPolicy};

use super::people::{Person, Signed, now};
use super::world::{Speaker, World, entry, trusting};

/// How many strangers there are, and how many entries each of their lists has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strangers {
    pub(crate) curators: u32,
    pub(crate) entries: u32,
}

/// A number that no other person of a world has.
const FIRST: u32 = 10_000_000;

impl Strangers {
    /// What a node has, first without and then with the lists of the strangers, and the
    /// policy of its community.
    pub(crate) fn corpora(self) -> (Policy, Corpus, Corpus) {
        let world = World::honest();
        let signed = Signed::default();
        let without = world.corpus(&signed);
        let lists = world.speakers.iter().map(|it| signed.lists.get(it.person, &it.list()));
        let lists: Vec<_> = lists.chain(self.lists(&world)).collect();
        let with = world.corpus_with(&signed, lists);
        (trusting(ShippedPolicy::Default), without, with)
    }

    fn lists(self, world: &World) -> impl Iterator<Item = Arc<Verified<EndorsementList>>> {
        let homes = &world.homes;
        (0..self.curators).map(move |number| {
            let next = FIRST + (number + 1) % self.curators;
            let entries = (0..self.entries).map(|index| {
                // Every other entry is about a server that the community knows.
                let known = (index % 2 == 0).then(|| homes.get(index as usize / 2)).flatten();
                let verdict = if number % 2 == 0 { Verdict::Reject } else { Verdict::Endorse };
                known.map_or_else(
                    || unknown_server(number.wrapping_mul(7_919).wrapping_add(index) % 100_000),
                    |home| entry(verdict, home, 10),
                )
            });
            let mut entries: Vec<_> = entries.collect();
            entries.sort_by(|left, right| left.server_name.cmp(&right.server_name));
            entries.dedup_by(|left, right| left.server_name == right.server_name);
            let stranger = Speaker {
                person: FIRST + number,
                entries,
                opinions: vec![(Opinion::Recommend, next)],
            };
            Person::new(stranger.person).signs(&stranger.list())
        })
    }
}

fn unknown_server(number: u32) -> Endorsement {
    let name = ServerName::parse(&format!("unknown-{number}.example")).unwrap();
    let mut entry = Endorsement::new(name, Verdict::Endorse);
    entry.reviewed_at = Some(now().date().plus_days(-10));
    entry
}
