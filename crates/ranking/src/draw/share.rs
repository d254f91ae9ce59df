//! How the places of a draw are shared out: by weight, with a cap and a floor.
//!
//! Everything is a whole number, and every round goes through the claims in the one order in
//! which they were given.

/// What one server, or all servers of one owner, can get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim {
    /// How much it weighs; at least 1.
    pub(super) weight: u64,
    /// The most places that it can have.
    pub(super) cap: u64,
    /// How many it has.
    pub(super) places: u64,
}

impl Claim {
    const fn room(&self) -> u64 {
        self.cap.saturating_sub(self.places)
    }
}

/// Hands out `left` places and gives back how many nobody has room for.
///
/// In each round, every claim with room gets its part of what was left at the beginning of
/// the round, by weight among the claims with room, rounded down and cut to its room. When a
/// round gives nothing, fewer places are left than claims with room, and the heaviest get one
/// each; those of one weight in the order in which they were given.
pub(super) fn hand_out(claims: &mut [Claim], mut left: u64) -> u64 {
    while left > 0 {
        let open = claims.iter().filter(|claim| claim.room() > 0);
        let whole: u128 = open.map(|claim| u128::from(claim.weight)).sum();
        if whole == 0 {
            return left;
        }
        let mut given = 0;
        for claim in claims.iter_mut().filter(|claim| claim.room() > 0) {
            let part = u128::from(left) * u128::from(claim.weight) / whole;
            let part = u64::try_from(part).unwrap_or(u64::MAX).min(claim.room());
            claim.places += part;
            given += part;
        }
        left -= given;
        if given == 0 {
            return one_each_to_the_heaviest(claims, left);
        }
    }
    0
}

fn one_each_to_the_heaviest(claims: &mut [Claim], mut left: u64) -> u64 {
    let mut open: Vec<&mut Claim> = claims.iter_mut().filter(|claim| claim.room() > 0).collect();
    open.sort_by_key(|claim| std::cmp::Reverse(claim.weight));
    for claim in open {
        if left == 0 {
            break;
        }
        claim.places += 1;
        left -= 1;
    }
    left
}

/// What takes part in a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entrant {
    /// How much it weighs; at least 1.
    pub(super) weight: u64,
    /// The number of whose it is; 0 to less than the number of owners, and each number has
    /// an entrant. One whose owner is not known is an owner of its own.
    pub(super) owner: u32,
    /// Whether it gets a place in any case.
    pub(super) has_floor: bool,
}

/// Shares out `places` among the entrants, none of which gets more than `cap`: how many each
/// gets, in the same order. Where all of them have room for all places, all are given out.
///
/// The places are shared among owners first, none of whom gets more than `cap` either, and
/// then among the servers of each. Only what would be left over goes beyond the owners' cap.
pub(super) fn share_out(entrants: &[Entrant], places: u64, cap: u64) -> Vec<u64> {
    let owners = entrants.iter().map(|it| it.owner as usize + 1).max().unwrap_or(0);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); owners];
    let mut claims = vec![Claim { weight: 0, cap: 0, places: 0 }; owners];
    for (place, entrant) in entrants.iter().enumerate() {
        let owner = entrant.owner as usize;
        members[owner].push(place);
        claims[owner].weight += entrant.weight;
        claims[owner].places += u64::from(entrant.has_floor);
    }
    let floors = claims.iter().map(|claim| claim.places).sum();
    let everything = |members: &[usize]| cap * members.len() as u64;
    for (claim, members) in claims.iter_mut().zip(&members) {
        claim.cap = cap.min(everything(members));
    }
    let left = hand_out(&mut claims, places.saturating_sub(floors));
    for (claim, members) in claims.iter_mut().zip(&members) {
        claim.cap = everything(members);
    }
    hand_out(&mut claims, left);
    let mut shares = vec![0; entrants.len()];
    for (owned, members) in claims.iter().zip(&members) {
        let of_member = |&member: &usize| Claim {
            weight: entrants[member].weight,
            cap,
            places: u64::from(entrants[member].has_floor),
        };
        let mut claims: Vec<Claim> = members.iter().map(of_member).collect();
        let floors: u64 = claims.iter().map(|claim| claim.places).sum();
        hand_out(&mut claims, owned.places.saturating_sub(floors));
        for (claim, &member) in claims.iter().zip(members) {
            shares[member] = claim.places;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn alone(weights: &[u64]) -> Vec<Entrant> {
        (0..)
            .zip(weights)
            .map(|(owner, &weight)| Entrant { weight, owner, has_floor: true })
            .collect()
    }

    #[test]
    fn places_are_shared_by_weight_with_one_for_everybody() {
        // One for each; the other 96 by weight.
        assert_eq!(share_out(&alone(&[5, 2, 1, 4]), 100, 100), [41, 17, 9, 33]);
        // What the first has no room for goes to the others by weight.
        assert_eq!(share_out(&alone(&[5, 2, 1, 4]), 100, 30), [30, 27, 13, 30]);
        assert_eq!(share_out(&alone(&[1, 1_000_000]), 10, 9), [1, 9]);
        // Of the same weight, the first ones get what is left over.
        assert_eq!(share_out(&alone(&[3, 3, 3]), 10, 10), [4, 3, 3]);
        assert_eq!(share_out(&[], 10, 10), [0_u64; 0]);
    }

    #[test]
    fn the_servers_of_one_owner_share_one_cap_as_long_as_others_have_room() {
        let mut entrants = alone(&[10, 10, 10, 10, 10, 10]);
        for owned in &mut entrants[..3] {
            owned.owner = 0;
        }
        for (owner, other) in (1..).zip(&mut entrants[3..]) {
            other.owner = owner;
        }
        assert_eq!(share_out(&entrants, 80, 20), [7, 7, 6, 20, 20, 20]);
        // Nobody else has room for the rest.
        assert_eq!(share_out(&entrants, 90, 20), [10, 10, 10, 20, 20, 20]);
    }

    fn entrants() -> impl Strategy<Value = Vec<Entrant>> {
        let entrant = (1..=1_000_000_u64, 0..40_u32, any::<bool>());
        prop::collection::vec(entrant, 1..60).prop_map(|all| {
            let mut owners: Vec<u32> = all.iter().map(|(_, owner, _)| *owner).collect();
            owners.sort_unstable();
            owners.dedup();
            let number = |owner| owners.binary_search(&owner).unwrap_or(0);
            all.into_iter()
                .map(|(weight, owner, has_floor)| Entrant {
                    weight,
                    owner: u32::try_from(number(owner)).unwrap(),
                    has_floor,
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn all_places_are_given_and_no_cap_or_floor_is_broken(
            entrants in entrants(),
            per_entrant in 1..200_u64,
            room in 0..200_u64,
        ) {
            let places = per_entrant * entrants.len() as u64;
            let cap = per_entrant + room;
            let shares = share_out(&entrants, places, cap);
            prop_assert_eq!(shares.iter().sum::<u64>(), places);
            for (entrant, &share) in entrants.iter().zip(&shares) {
                prop_assert!(share <= cap);
                prop_assert!(share >= u64::from(entrant.has_floor));
            }
            // An owner goes beyond the cap only where nobody else has room up to theirs.
            let owners = entrants.iter().map(|it| it.owner).max().unwrap() + 1;
            let of = |owner| -> u64 {
                let owned = entrants.iter().zip(&shares).filter(|(it, _)| it.owner == owner);
                owned.map(|(_, share)| share).sum()
            };
            let floors = |owner| entrants.iter().filter(|it| it.owner == owner && it.has_floor).count();
            let is_beyond = (0..owners).any(|owner| of(owner) > cap.max(floors(owner) as u64));
            if is_beyond {
                prop_assert!((0..owners).all(|owner| of(owner) >= cap));
            }
        }

        #[test]
        fn who_weighs_more_gets_no_less(
            weights in prop::collection::vec(1..=1_000_000_u64, 2..40),
            per_entrant in 1..100_u64,
        ) {
            let places = per_entrant * weights.len() as u64;
            let shares = share_out(&alone(&weights), places, places);
            for (first, one) in weights.iter().zip(&shares) {
                for (second, other) in weights.iter().zip(&shares) {
                    prop_assert!(first <= second || one >= other, "{weights:?}: {shares:?}");
                }
            }
        }
    }
}
