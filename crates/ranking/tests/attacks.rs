//! How far attacks get: the tables of the handbook, and what must hold in them.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test ends where it fails")]

#[path = "../benches/attacks/mod.rs"]
mod attacks;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use attacks::outcome::Outcome;
use attacks::people::Signed;
use attacks::world::{FIRST_HOP, World, trusting};
use attacks::{Attacked, Strangers, all, tables, targets};
use wellspring_document::Verdict;
use wellspring_ranking::{Category, Fraction, ShippedPolicy, rank};

static ALL: LazyLock<Vec<Attacked>> = LazyLock::new(all);

/// What came of the attack of this name.
fn of<'a>(attacked: &'a Attacked, name: &str) -> &'a Outcome {
    let found = attacked.outcomes.iter().find(|(it, _)| it == name);
    &found.expect("an attack of this name").1
}

const HANDBOOK: &str = include_str!("../../../docs/attacks.md");

#[test]
fn the_tables_of_the_handbook_are_what_the_program_computes() {
    let tables = tables(&ALL);
    let is_there = HANDBOOK.contains(&tables);
    assert!(is_there, "docs/attacks.md should have these tables:\n\n{tables}");
}

#[test]
fn curators_without_a_path_get_nothing_for_their_servers_and_take_nothing_from_others() {
    for attacked in &*ALL {
        let alone = of(attacked, "10 good servers, and nobody recommends them");
        for count in [1, 100] {
            let name = format!("{count} × a curator without a path: recommends 10, rejects 10");
            assert_eq!(of(attacked, &name), alone);
        }
        assert_eq!(of(attacked, "a curator without a path copies the lists of all others"), alone);
        let bomb = of(attacked, "100 curators without a path warn about 10");
        assert_eq!((bomb.lost, bomb.left_a, bomb.in_d), (0, 0, 0));
    }
}

#[test]
fn one_bought_recommendation_is_one_voice_and_never_enough_for_category_a() {
    for attacked in &*ALL {
        let alone = of(attacked, "a recommended curator sells endorsements: 10");
        assert_eq!(alone.category, Some((Category::B, 10)));
        for count in [10, 100] {
            let name = format!("{count} curators behind one recommended curator endorse 10");
            assert_eq!(of(attacked, &name), alone);
        }
    }
}

#[test]
fn one_observer_of_three_who_lies_changes_nothing() {
    for attacked in &*ALL {
        let honest = of(attacked, "10 endorsed servers that claim everything; bad, old, closed");
        assert_eq!(honest.category, Some((Category::C, 10)));
        let name = "… and 1 of 3 observers lying for them and against 10";
        assert_eq!(of(attacked, name), honest);
    }
}

#[test]
fn servers_known_to_be_of_one_operator_share_one_cap() {
    for attacked in &*ALL {
        for count in [10, 50] {
            let name = format!("{count} endorsed servers of one operator, known to be one");
            assert!(of(attacked, &name).share <= 50, "{name}");
        }
    }
}

#[test]
fn a_profile_that_its_name_does_not_serve_changes_nothing_for_the_server() {
    for attacked in &*ALL {
        let forged = of(attacked, "profiles signed for the names of 20 other servers");
        assert_eq!((forged.lost, forged.left_a, forged.in_d), (0, 0, 0));
    }
}

#[test]
fn curators_whom_others_recommend_move_points_and_no_category() {
    for attacked in &*ALL {
        for name in [
            "a curator two recommendations away warns about 10",
            "a curator two recommendations away rejects 10",
            "a recommended curator warns about 10",
            "a recommended curator rejects 10",
            "3 recommended curators warn about 10",
        ] {
            let bomb = of(attacked, name);
            assert!((1..150).contains(&bomb.lost), "{name}: {bomb:?}");
            assert_eq!((bomb.left_a, bomb.in_d), (0, 0), "{name}");
        }
    }
}

#[test]
fn a_domain_that_fell_to_others_is_in_category_c_until_somebody_reviews_it_anew() {
    for attacked in &*ALL {
        let fallen = of(attacked, "10 endorsed domains taken over 3 days ago");
        assert_eq!(fallen.category, Some((Category::C, 10)));
        // One of them was reviewed after it fell, by a curator who named no keys.
        let later = of(attacked, "10 endorsed domains taken over 40 days ago");
        assert_eq!(later.category, Some((Category::B, 1)));
    }
}

#[test]
fn a_lower_veto_gives_it_to_those_who_are_merely_recommended() {
    let in_d = |thousandths| {
        let signed = Signed::default();
        let mut world = World::honest();
        let mut policy = trusting(ShippedPolicy::Default);
        policy.trust.veto = Fraction::thousandths(thousandths);
        let before = rank(&policy, &world.corpus(&signed));
        world.says(FIRST_HOP[0], Verdict::Reject, &targets(&before), 10);
        let after = rank(&policy, &world.corpus(&signed));
        Outcome::of(&before, &after, &BTreeSet::new()).in_d
    };
    assert_eq!((in_d(500), in_d(600)), (10, 0));
}

#[test]
fn strangers_change_no_byte_of_the_view() {
    let (policy, without, with) = Strangers { curators: 300, entries: 200 }.corpora();
    let bytes = |corpus| serde_json::to_vec(&rank(&policy, corpus)).unwrap();
    assert!(bytes(&without) == bytes(&with));
}
