//! Numbers that stand for names, issuers and sources.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use super::Id;

/// Gives numbers to things as they come, each looked up once. The map is only looked into, never
/// walked.
pub(super) struct Numbers<'a, T: ?Sized> {
    items: Vec<&'a T>,
    ids: HashMap<&'a T, Id>,
}

impl<'a, T: Ord + Hash + ?Sized> Numbers<'a, T> {
    pub(super) fn new() -> Self {
        Self { items: Vec::new(), ids: HashMap::new() }
    }

    /// The number of a thing until all are known.
    pub(super) fn id(&mut self, thing: &'a T) -> Id {
        *self.ids.entry(thing).or_insert_with(|| {
            self.items.push(thing);
            Id::new(self.items.len() - 1)
        })
    }

    /// The things in their order, with the numbers that they have in that.
    pub(super) fn in_order(self) -> (Vec<&'a T>, Renumbered) {
        let mut order: Vec<(&T, Id)> =
            self.items.into_iter().enumerate().map(|(index, it)| (it, Id::new(index))).collect();
        order.sort_unstable();
        let mut numbers = vec![Id::new(0); order.len()];
        for (index, (_, given)) in order.iter().enumerate() {
            numbers[given.index()] = Id::new(index);
        }
        (order.into_iter().map(|(item, _)| item).collect(), Renumbered(numbers))
    }
}

/// Other numbers of things that had some.
pub(super) struct Renumbered(Vec<Id>);

impl Renumbered {
    /// The number of the thing that had this one.
    pub(super) fn of(&self, given: Id) -> Id {
        self.0[given.index()]
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Things with numbers that stay theirs: those that come later get the next ones.
#[derive(Debug)]
pub(super) struct Numbered<T> {
    items: Vec<T>,
    /// The numbers in the order of the things.
    order: Vec<Id>,
    /// Only looked into, never walked.
    ids: HashMap<T, Id>,
}

impl<T: Ord + Hash + Clone> Numbered<T> {
    /// Things that are in their order, each once.
    pub(super) fn of_ordered(items: Vec<T>) -> Self {
        let order: Vec<Id> = (0..items.len()).map(Id::new).collect();
        let ids = items.iter().cloned().zip(order.iter().copied()).collect();
        Self { items, order, ids }
    }

    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn get(&self, id: Id) -> &T {
        &self.items[id.index()]
    }

    /// Every number, in the order of the things.
    pub(super) fn order(&self) -> &[Id] {
        &self.order
    }

    /// The number of a thing that is known.
    pub(super) fn id<Q: Ord + Hash + ?Sized>(&self, thing: &Q) -> Option<Id>
    where
        T: Borrow<Q>,
    {
        self.ids.get(thing).copied()
    }

    /// The numbers of things that had others; those that had none here get the next ones.
    /// Takes time in proportion to the things given, beside that of copying the numbers of all
    /// where any is new.
    pub(super) fn number<Q: Ord + Hash + ?Sized>(
        &mut self,
        things: Numbers<'_, Q>,
        owned: impl Fn(&Q) -> T,
    ) -> Renumbered
    where
        T: Borrow<Q>,
    {
        let mut new: Vec<(&Q, usize)> = Vec::new();
        let number = |(given, thing)| {
            self.id(thing).unwrap_or_else(|| {
                new.push((thing, given));
                Id::new(0)
            })
        };
        let mut numbers: Vec<Id> = things.items.into_iter().enumerate().map(number).collect();
        if new.is_empty() {
            return Renumbered(numbers);
        }
        new.sort_unstable();
        let mut order = Vec::with_capacity(self.items.len() + new.len());
        let mut rest = self.order.as_slice();
        for (number, (thing, given)) in (self.items.len()..).zip(&new) {
            let is_before = |id: &Id| self.get(*id).borrow() < *thing;
            let (before, after) = rest.split_at(rest.partition_point(is_before));
            order.extend_from_slice(before);
            order.push(Id::new(number));
            numbers[*given] = Id::new(number);
            rest = after;
        }
        order.extend_from_slice(rest);
        self.order = order;
        for (thing, given) in new {
            let thing = owned(thing);
            self.ids.insert(thing.clone(), numbers[given]);
            self.items.push(thing);
        }
        Renumbered(numbers)
    }
}
