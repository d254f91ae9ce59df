use serde_json::json;

use super::*;

#[test]
fn a_view_is_not_of_a_moment_after_its_signature() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let view = ViewManifest {
        community: "default".parse().unwrap(),
        now: at("2026-11-22T10:00:00Z"),
        policy: Map::new(),
        parts: Vec::new(),
    };
    assert_eq!(view.validate_at(view.now), Ok(()));
    assert_eq!(view.validate_at(at("2026-11-22T09:59:59Z")).unwrap_err().place, "now");
}

#[test]
fn a_policy_has_no_more_values_than_it_may() {
    let read = |policy: serde_json::Value| {
        let view = json!({ "community": "a", "now": "2026-11-22T10:00:00Z", "policy": policy });
        let view: ViewManifest = crate::body::read_value(&view)?;
        view.validate()?;
        assert_eq!(serde_json::Value::Object(view.policy), policy);
        Ok(())
    };
    let with = |more: usize| json!({ "a": vec![json!({ "": 0.5 }); MAX_POLICY_VALUES / 2 - 1], "b": vec![-1; more] });
    assert_eq!(read(with(0)), Ok(()));
    let refused = |policy| {
        let problem: InvalidMember = read(policy).unwrap_err();
        problem.to_string()
    };
    insta::assert_snapshot!(refused(with(1)), @"policy.b[0]: is more than the 10000 values that a policy may have");
    insta::assert_snapshot!(refused(json!([])), @"policy: must be an object { … }");

    let policy = with(1).as_object().unwrap().clone();
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    let view = ViewManifest { community: "a".parse().unwrap(), now, policy, parts: Vec::new() };
    assert_eq!(view.validate().unwrap_err().place, "policy");
}

#[test]
fn names_of_communities() {
    for good in ["a", "de-nord", "0", &"x".repeat(32)] {
        assert_eq!(good.parse::<CommunityName>().unwrap().as_str(), good);
    }
    for bad in ["", "A", "a b", "ä", "a/b", &"x".repeat(33)] {
        assert_eq!(bad.parse::<CommunityName>(), Err(CommunityNameError), "{bad}");
    }
}
