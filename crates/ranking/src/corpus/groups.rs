//! What is said about servers, side by side for each of them.

use super::numbers::Renumbered;
use super::{Id, place_of};

/// Items grouped by server, in the order in which they were given.
#[derive(Debug)]
pub(super) struct Groups<T> {
    /// Where the group of each server begins and ends.
    bounds: Vec<(u32, u32)>,
    items: Vec<T>,
    /// How many items belong to no group any more.
    unused: usize,
}

impl<T: Copy> Groups<T> {
    /// A counting sort of items about servers that were numbered as they came, each of them
    /// `placed` on the way.
    pub(super) fn new(servers: &Renumbered, items: Vec<(Id, T)>, placed: impl Fn(T) -> T) -> Self {
        let mut bounds = vec![(0_u32, 0_u32); servers.len()];
        for (server, _) in &items {
            bounds[servers.of(*server).index()].1 += 1;
        }
        let mut begin = 0;
        for bound in &mut bounds {
            let length = bound.1;
            *bound = (begin, begin);
            begin += length;
        }
        let mut sorted: Vec<T> = items.iter().map(|(_, item)| *item).collect();
        for (server, item) in items {
            let (_, end) = &mut bounds[servers.of(server).index()];
            sorted[*end as usize] = placed(item);
            *end += 1;
        }
        Self { bounds, items: sorted, unused: 0 }
    }

    /// Makes room for so many servers. Nothing is said about those that are new.
    pub(super) fn grow(&mut self, servers: usize) {
        self.bounds.resize(servers, (0, 0));
    }

    /// Takes these for the group of a server.
    pub(super) fn set(&mut self, server: Id, group: &[T]) {
        let (begin, end) = &mut self.bounds[server.index()];
        let before = (*end - *begin) as usize;
        if group.len() > before {
            self.unused += before;
            *begin = place_of(self.items.len());
            self.items.extend_from_slice(group);
        } else {
            self.unused += before - group.len();
            let begin = *begin as usize;
            self.items[begin..begin + group.len()].copy_from_slice(group);
        }
        *end = *begin + place_of(group.len());
    }

    /// Whether more room is taken by what belongs to no group than by what does.
    pub(super) fn are_mostly_unused(&self) -> bool {
        self.unused > self.items.len() / 2
    }
}

impl<T> Groups<T> {
    pub(super) fn of(&self, server: Id) -> &[T] {
        let (begin, end) = self.bounds[server.index()];
        &self.items[begin as usize..end as usize]
    }
}
