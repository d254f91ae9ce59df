//! Several communities on one node: one corpus, each its own trust, name and path.

use wellspring_tests::{Community, Home, View};

use crate::clock::now;
use crate::five_operators::{ALL_WELL, Five};

#[test]
fn each_community_has_its_own_list_of_the_same_documents() {
    let five = Five::new();
    let (anna, ben) = (five.anna.0.issuer(), five.ben.0.issuer());
    let config = five.config().community(&Community::new("club").trusts(anna, 0.5)).community(
        &Community::new("office").trusts(ben, 1.0).with("[community.policy.points]\nwarning = 50"),
    );
    let home = Home::new(&config);
    let outcome = home.sync(now());
    assert_eq!(outcome["asked"], 7, "each source is asked once: {outcome}");

    let view = |id: &str| home.rank_of(id, now()).summary();
    assert_eq!(view("town"), ALL_WELL);
    // Anna by half: 50 × 0.5 × 0.6 = 15.0; without a key 7.5; `list` 50 × 0.5 × 0.25 = 6.25.
    assert_eq!(
        view("club"),
        "\
alpha.test 15.0 B: endorsement.endorsed 15.0 Anna
delta.test 15.0 B: endorsement.endorsed 15.0 Anna
gamma.test 7.5 B: endorsement.endorsed 7.5 Anna
beta.test 6.3 B: endorsement.listed 6.3 Anna
epsilon.test 0.0 C: 
"
    );
    // Ben in full: 50 × 0.6 = 30.0; `list` 12.5; a warning cannot take more than there is.
    assert_eq!(
        view("office"),
        "\
alpha.test 30.0 B: endorsement.endorsed 30.0 Ben
beta.test 30.0 B: endorsement.endorsed 30.0 Ben
epsilon.test 12.5 C: endorsement.listed 12.5 Ben
delta.test 0.0 C: warning.strongest 0.0 Ben
gamma.test 0.0 C: 
"
    );

    let node = home.serve(now());
    for (id, name) in [("town", "The town"), ("club", "The club"), ("office", "The office")] {
        let listed = View::read(node.get(&format!("/api/v1/servers?community={id}")).text());
        assert_eq!(listed.names(), home.rank_of(id, now()).names());

        let page = node.get(&format!("/{id}/"));
        assert_eq!(page.status, 200, "{id}");
        assert!(page.kind.starts_with("text/html"), "{}", page.kind);
        assert!(page.text().contains(name), "{id}");
        assert!(page.text().contains("alpha.test"), "{id}");
    }
    assert_eq!(node.get("/nowhere/").status, 404);
    assert_eq!(node.get("/api/v1/servers?community=nowhere").status, 404);
    let refused = home.run("rank", now(), &["--community", "nowhere"]);
    assert!(refused.refusal(1).contains("town, club, office"), "{refused:?}");
}
