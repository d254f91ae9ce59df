use wellspring_document::ServerName;
use wellspring_ranking::ShippedPolicy;

use super::*;

const EXAMPLE: &str = include_str!("../../../../deploy/wellspring.example.toml");

fn refusal(text: &str) -> String {
    Config::parse(text).unwrap_err().to_string()
}

fn community(more: &str) -> String {
    format!("[[community]]\nid = \"a\"\nname = {{ en = \"A\" }}\npolicy = {{}}\n{more}\n")
}

#[test]
fn the_example_shows_every_key_with_its_default() {
    let shown = Config::parse(EXAMPLE).unwrap();
    let bare = Config::parse(&community("")).unwrap();
    assert_eq!(format!("{:?}", shown.node), format!("{:?}", bare.node));
    assert_eq!(format!("{:?}", shown.sync), format!("{:?}", bare.sync));
    assert_eq!(format!("{:?}", shown.development), format!("{:?}", bare.development));
    let (shown, bare) = (&shown.communities[0], &bare.communities[0]);
    assert_eq!(shown.policy, bare.policy);
    assert_eq!((&shown.languages, &shown.accent), (&bare.languages, &bare.accent));
    assert_eq!(shown.servers, bare.servers);
}

#[test]
fn a_policy_begins_as_a_shipped_one_and_changes_what_it_says() {
    let read = |policy: &str| {
        let text = community(policy).replace("policy = {}", "");
        Config::parse(&text).map(|config| config.communities[0].policy.clone())
    };
    let strict = ShippedPolicy::Strict.policy();
    let plain = read("[community.policy]\nbased_on = \"strict\"").unwrap();
    assert_eq!(plain, Policy { based_on: Some(ShippedPolicy::Strict), ..strict.clone() });
    let changed = read(
        "[community.policy]\nbased_on = \"strict\"\nname = \"Ours\"\nwaiting_days = 10\n\
         criteria.flagships = []\ncategories.a = [\"listing.endorsed\"]",
    )
    .unwrap();
    assert_eq!((changed.name.as_str(), changed.waiting_days), ("Ours", 10));
    assert!(changed.criteria.flagships.is_empty());
    assert_eq!(changed.criteria.uptime_30d, strict.criteria.uptime_30d);
    assert_eq!(changed.categories.b, strict.categories.b);
    let refused = read("[community.policy]\nbased_on = \"lenient\"").unwrap_err();
    insta::assert_snapshot!(refused, @r#"line 6, based_on = "lenient": unknown variant `lenient`, expected one of `default`, `strict`, `community`"#);
    let refused =
        read("[community.policy]\nbased_on = \"strict\"\ncriteria.off = [\"policies.terms\"]");
    insta::assert_snapshot!(refused.unwrap_err(), @r"community[0].policy: categories.a: policies.terms is switched off in criteria.off; remove it from one of them");
}

/// Two issuer ids, which are hashes of key states as well.
const ID: &str = "zQmWvQxTqbG2Z9HPJgG57jjwR154cKhbtJenbyYTWkjgF3e";
const OTHER_ID: &str = "zQmUyFxTsHN38FktiWPDRbXADZVuHmEyhJwm13K2Zji7scj";

#[test]
fn the_commented_keys_of_the_example_are_keys() {
    // A comment that looks like a key or a table is one; prose has a capital or a space
    // before any "=".
    let is_key = |line: &str| {
        let word = line.split(['=', ' ']).next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_lowercase() || c == '_';
        line.starts_with("[[")
            || (!word.is_empty()
                && word.chars().all(plain)
                && line[word.len()..].trim_start().starts_with('='))
    };
    let text: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if is_key(rest) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect::<String>()
        .replace("follow = \"zQm…\"", &format!("follow = \"{OTHER_ID}\""))
        .replace("zQm…", ID);
    let config = Config::parse(&text).unwrap();
    assert_eq!(config.adopt.len(), 1);
    assert_eq!(config.feeds.len(), 1);
    assert_eq!(config.directories.len(), 1);
    assert!(config.mirrors.len() == 1 && config.mirrors[0].issuer.is_some());
    assert!(config.node.imprint.is_some() && config.node.contact.is_some());
    let policy = &config.communities[0].policy;
    let lengths = (policy.curators.len(), policy.adopted.len(), policy.contests.len());
    assert_eq!(lengths, (1, 1, 1));
}

#[test]
fn bad_configurations_are_refused_each_for_its_reason() {
    for (text, reason) in [
        (String::new(), "missing field `community`"),
        ("community = []".to_owned(), "a node serves at least one [[community]]"),
        (community("colour = 1"), "unknown field `colour`"),
        (community("[sync]\nevery_minutes = 0"), "sync.every_minutes: must be between 1 and 10080"),
        (community("path = \"/api\""), "\"/api\" is an address of the node itself"),
        (community("path = \"/servers\""), "\"/servers\" is an address of the node itself"),
        (community("path = \"/../x\""), "a path is \"/\", or \"/\" and 1 to 32 of"),
        (
            community("accent = { light = \"#ffff00\", dark = \"#ffffff\" }"),
            "has a contrast of 1.1",
        ),
        (community("accent = { light = \"red\", dark = \"#ffffff\" }"), "is not a colour like"),
        (community(&community("")), "community[1].id: \"a\" is taken"),
        (community("servers = [\"Example.org\"]"), "has an upper-case letter"),
        (
            community("[[community.policy.adopted]]\nsource = \"file:x.json\""),
            "\"file:x.json\" is the source of no [[adopt]]",
        ),
        (
            community(&format!("[[community.policy.contests]]\nissuer = \"{ID}\"")),
            "missing field `follow`",
        ),
        (
            community(&format!(
                "[[community.policy.contests]]\nissuer = \"{ID}\"\nfollow = \"{OTHER_ID}\"\n\
                 decided_at = \"2026-11-22\""
            )),
            "missing field `reason`",
        ),
        (
            community(&format!(
                "[[community.policy.contests]]\nissuer = \"{ID}\"\nfollow = \"{OTHER_ID}\"\n\
                 reason = \"They told us.\""
            )),
            "missing field `decided_at`",
        ),
        (
            community("[[community.policy.contests]]\nissuer = \"zQm\""),
            "\"zQm\" is not an issuer id",
        ),
        (
            community(&format!(
                "[[community.policy.contests]]\nissuer = \"{ID}\"\nfollow = \"z6Mk\""
            )),
            "\"z6Mk\" is not the hash of a key state",
        ),
        (community("[community.policy.points]\nservice = 50"), "must make 100 together, not 120"),
        (
            community("[node]\nlisten = \"0.0.0.0:80\"\n[development]\nallow_loopback = true"),
            "development: nothing of it may be on",
        ),
        (community("[node]\ncontact = \"nobody\""), "contact"),
        (community("[[feed]]\nurl = \"http://a.example/\""), "https"),
        (
            community("[[adopt]]\nfrom = \"a.json\"\n[[adopt]]\nfrom = \"b/a.json\""),
            "\"b/a.json\" is adopted twice",
        ),
        (
            community(
                "[[mirror]]\nfrom = \"https://a.example/tree\"\n\
                 [[mirror]]\nfrom = \"https://a.example/tree/\"",
            ),
            "mirror.from: \"https://a.example/tree/\" is mirrored twice",
        ),
        (
            community("[[mirror]]\nfrom = \"http://a.example/tree/\""),
            "a tree is fetched from an https address or read from a folder",
        ),
        (community("[[mirror]]\nfrom = \"https://\""), "mirror.from: \"https://\": "),
        (community("[[mirror]]\nfrom = \"tree\"\nissuer = \"zQm\""), "\"zQm\" is not an issuer id"),
    ] {
        let text = text.replace("policy = {}\n[[community.policy", "[[community.policy");
        let text = text.replace("policy = {}\n[community.policy", "[community.policy");
        let found = refusal(&text);
        assert!(found.contains(reason), "{text}\n{found}");
    }
}

#[test]
fn paths_start_from_the_folder_of_the_file() {
    let text = community(
        "[node]\ndata_dir = \"data\"\n[[adopt]]\nfrom = \"list.json\"\n[[directory]]\npath = \"/d\"\n\
         [[mirror]]\nfrom = \"tree\"",
    );
    let config = Config::parse_in(&text, Path::new("/etc/w")).unwrap();
    assert_eq!(config.node.data_dir, Path::new("/etc/w/data"));
    assert_eq!(config.directories[0].path, Path::new("/d"));
    assert_eq!(config.mirrors[0].place(), Ok(TreePlace::Folder("/etc/w/tree".into())));
    assert_eq!(config.adopt[0].place(), Ok(ListPlace::File("/etc/w/list.json".into())));
    assert_eq!(config.adopt[0].source().unwrap().to_string(), "file:list.json");
}

#[test]
fn communities_have_paths_of_their_own() {
    let one = Config::parse(&community("")).unwrap();
    assert_eq!(one.community_path(&one.communities[0]), "");
    let second = community("servers = [\"a.example\"]").replace("\"a\"", "\"b\"");
    let two = Config::parse(&(community("path = \"/\"") + &second)).unwrap();
    assert_eq!(two.community_path(&two.communities[0]), "");
    assert_eq!(two.community_path(&two.communities[1]), "/b");
    assert!(two.communities[1].servers.contains(&ServerName::parse("a.example").unwrap()));
}

#[test]
fn adopting_one_list_reads_nothing_else() {
    let config = Config::adopting("lists/servers.json").unwrap();
    assert_eq!(config.sync.sources, Discovery::Configured);
    assert!(config.feeds.is_empty() && config.directories.is_empty());
    let trusted = &config.communities[0].policy.adopted;
    assert_eq!(trusted[0].source.as_str(), "file:servers.json");
    assert_eq!(config.adopt.len(), 1);
    assert!(Config::adopting("http://list.example/servers.json").is_err());
}
