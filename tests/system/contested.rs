//! Keys that somebody stole: two ways lead on from them, and nobody but a recovery key can
//! say which, unless a community decides for itself.

use wellspring_tests::{Community, Config, Home, Host, Network, Person, Reply, endorse, list};

use crate::clock::{hours_later, now};

#[test]
fn what_a_thief_signs_with_keys_of_their_own_takes_the_word_from_nobody_but_new_keys() {
    let network = Network::new();
    let (operator, curator) = (Person::new(1), Person::new(101));
    let (owner, thief) =
        (curator.with_new_key(102, hours_later(1)), curator.with_new_key(666, hours_later(1)));
    let signed = |name: &str, by: &Person, sequence, at| {
        by.sign(&list("Curator", [endorse(name, &operator, "2026-09-01")]), sequence, at)
    };
    let (home_of_list, elsewhere) = (network.host("curator.test"), network.host("thief.test"));
    home_of_list.serve_list(&signed("before.test", &curator, 5, hours_later(-1)));
    let community = Community::new("town").trusts(curator.issuer(), 1.0);
    let config = Config::new(&network)
        .feed(&home_of_list.url(Host::LIST))
        .feed(&elsewhere.url("/list.json"))
        .community(&community);
    let home = Home::new(&config);
    home.sync(now());
    assert_eq!(home.rank(now()).names(), ["before.test"]);

    // The owner rotates; all goes well.
    home_of_list.serve_list(&signed("after.test", &owner, 1, hours_later(1)));
    home.sync(hours_later(2));
    assert_eq!(home.rank(hours_later(2)).names(), ["after.test"]);

    // The thief of the first key rotates it to another one. Who is right, nobody can tell:
    // what the first key signed counts again, and both are shown as contested.
    let stolen = signed("stolen.test", &thief, 9, hours_later(3));
    elsewhere.reply("/list.json", Reply::file(stolen));
    home.sync(hours_later(4));
    assert_eq!(home.rank(hours_later(4)).names(), ["before.test"]);
    let failure = home.failure(&elsewhere.url("/list.json"));
    assert_eq!(failure.as_deref(), Some("accept.history-diverges"));
    let node = home.serve(hours_later(4));
    assert!(node.get("/curators").text().contains("Its keys are contested."));
}

/// Of two communities on one node the one decides that it believes the owner.
#[test]
fn a_community_can_decide_for_itself_which_way_it_follows() {
    let network = Network::new();
    let (operator, curator) = (Person::new(1), Person::new(101));
    let (owner, thief) =
        (curator.with_new_key(102, hours_later(1)), curator.with_new_key(666, hours_later(1)));
    let signed = |name: &str, by: &Person, sequence, at| {
        by.sign(&list("Curator", [endorse(name, &operator, "2026-09-01")]), sequence, at)
    };
    let (home_of_list, elsewhere) = (network.host("curator.test"), network.host("thief.test"));
    let decision = format!(
        "[[community.policy.contests]]\nissuer = \"{}\"\nfollow = \"{}\"\n\
         reason = \"She <told> us in person.\"\ndecided_at = \"2026-11-22\"",
        curator.issuer(),
        owner.key_state()
    );
    let trusting = |id: &str| Community::new(id).trusts(curator.issuer(), 1.0);
    let config = |club: &Community| {
        Config::new(&network)
            .feed(&home_of_list.url(Host::LIST))
            .feed(&elsewhere.url("/list.json"))
            .community(&trusting("town"))
            .community(club)
    };
    home_of_list.serve_list(&signed("before.test", &curator, 5, hours_later(-1)));
    let home = Home::new(&config(&trusting("club")));
    home.sync(now());
    // The owner's comes first: of two ways it is the source of the later that is told.
    home_of_list.serve_list(&signed("owner.test", &owner, 1, hours_later(1)));
    home.sync(hours_later(2));
    elsewhere.reply("/list.json", Reply::file(signed("stolen.test", &thief, 9, hours_later(1))));
    home.sync(hours_later(4));
    let names = |id: &str, at| home.rank_of(id, at).names();
    assert_eq!(names("town", hours_later(4)), ["before.test"]);
    assert_eq!(names("club", hours_later(4)), ["before.test"]);

    // Decided later, and for one of the two alone; nothing has to be fetched for it.
    home.configure(&config(&trusting("club").with(&decision)));
    assert_eq!(names("town", hours_later(4)), ["before.test"]);
    assert_eq!(names("club", hours_later(4)), ["owner.test"]);
    let json = home.rank_of("club", hours_later(4)).json().clone();
    assert_eq!(json["policy"]["contests"][0]["follow"], owner.key_state());
    assert_eq!(json["contested"][0]["decision"]["reason"], "She <told> us in person.");
    assert_eq!(json["contested"][0]["ways"].as_array().unwrap().len(), 2);
    let json = home.rank_of("town", hours_later(4)).json().clone();
    assert!(json["contested"][0]["decision"].is_null());
    let told = |id: &str| home.run("rank", hours_later(4), &["--community", id]).well();
    assert!(told("club").contains("Decided by this community on 2026-11-22: She <told> us"));
    assert!(told("town").contains("The keys are contested: they lead 2 ways"));

    // What the owner publishes next is no problem of its source and counts there.
    home_of_list.serve_list(&signed("next.test", &owner, 2, hours_later(5)));
    home.sync(hours_later(6));
    assert_eq!(home.failure(&home_of_list.url(Host::LIST)), None);
    let failure = home.failure(&elsewhere.url("/list.json"));
    assert_eq!(failure.as_deref(), Some("accept.history-diverges"));
    assert_eq!(names("town", hours_later(6)), ["before.test"]);
    assert_eq!(names("club", hours_later(6)), ["next.test"]);
    // Somebody who got the documents in another order sees the same.
    let other = Home::with_keys_of(&home, &config(&trusting("club").with(&decision)));
    other.sync(hours_later(6));
    assert_eq!(other.rank_of("club", hours_later(6)).names(), ["next.test"]);

    let node = home.serve(hours_later(6));
    let (town, club) = (node.get("/town/curators"), node.get("/club/curators"));
    for page in [&town, &club] {
        assert!(page.text().contains("Its keys are contested."));
        assert!(page.text().contains(thief.key_state()) && page.text().contains(owner.key_state()));
    }
    assert!(club.text().contains("Decided by this community on"));
    assert!(club.text().contains("She &#60;told&#62; us in person."), "{}", club.text());
    assert!(!town.text().contains("Decided by this community"));
    assert!(node.get("/club/").text().contains("next.test"));
    assert!(!node.get("/town/").text().contains("next.test"));
}
