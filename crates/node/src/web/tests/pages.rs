use super::hostile::{document, is_lindenhof, issuer};
use super::*;
use crate::web::address;
use crate::web::assets::ASSETS;
use crate::web::failure::{ApiFailure, PageFailure};
use crate::{Config, Issuer};
use axum::response::IntoResponse as _;
use wellspring_document::profile::RegistrationMode;
use wellspring_document::{EndorsementList, Profile, ServerName};
use wellspring_ranking::{Family, Language, Sentence as _};

/// The addresses of every page of every community.
fn all_pages(node: &Node) -> Vec<String> {
    let snapshot = node.snapshot();
    let of_community = |it: &crate::CommunityView| {
        let fixed = ["/", "/recommendations?seed=7", "/curators", "/about", "/status"]
            .map(|page| format!("{}{page}", it.path));
        let names = it.view.servers.iter().map(|server| &server.server_name);
        let servers = names.map(|name| address::server(&it.path, name));
        fixed.into_iter().chain(servers).collect::<Vec<_>>()
    };
    snapshot.communities.iter().flat_map(of_community).collect()
}

/// Characters that could deceive a reader: none is in a document, so none is on a page.
fn is_deceiving(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[tokio::test]
async fn every_page_of_the_example_world_shows() {
    let (_dir, node, router) = example().await;
    let pages = all_pages(&node);
    assert!(pages.len() > 40, "{}", pages.len());
    for address in pages {
        let page = get(&router, &address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        let html = page.text();
        assert_eq!(page.header(header::CONTENT_TYPE), "text/html; charset=utf-8");
        assert!(html.contains("Example world: these servers do not exist"), "{address}");
        assert!(html.contains("Wellspring is independent of The Matrix.org Foundation"));
        assert_eq!(html.matches("<h1").count(), 1, "{address}");
        assert_eq!(html.matches("<script").count(), 1, "{address}");
        assert!(!html.contains(" style=") && !html.contains("<style"), "{address}");
        assert!(!html.chars().any(is_deceiving), "{address}");
    }
}

#[tokio::test]
async fn nothing_in_the_example_world_leads_out_of_it() {
    let (_dir, node, router) = example().await;
    for address in all_pages(&node) {
        let page = get(&router, &address).await;
        for target in page.attributes("href").into_iter().chain(page.attributes("src")) {
            assert!(target.starts_with(['/', '#', '?']), "{address} leads to {target}");
        }
    }
    let page = get(&router, "/association/servers/lindenhof.example").await;
    assert!(page.text().contains("there is nothing to register at"));
}

#[tokio::test]
async fn every_answer_forbids_what_no_page_needs() {
    let (_dir, _node, router) = example().await;
    for address in [
        "/association/",
        "/association/servers/lindenhof.example",
        "/no/such/page",
        "/healthz",
        "/robots.txt",
        "/api/v1/servers",
        "/api/v1/no-such-thing",
        &ASSETS.style.path,
    ] {
        let answer = get(&router, address).await;
        assert_eq!(
            answer.header(header::CONTENT_SECURITY_POLICY),
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            "{address}"
        );
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{address}");
        assert_eq!(answer.header(header::REFERRER_POLICY), "no-referrer", "{address}");
        assert_eq!(answer.header(header::SET_COOKIE), "", "{address}");
    }
}

#[tokio::test]
async fn a_page_that_a_browser_has_is_not_sent_again() {
    let (_dir, _node, router) = example().await;
    for address in ["/association/", "/hackerspace/curators", "/api/v1/servers", "/healthz"] {
        let first = get(&router, address).await;
        assert_eq!(first.header(header::CACHE_CONTROL), "no-cache", "{address}");
        let tag = first.header(header::ETAG);
        let second = get_with(&router, address, header::IF_NONE_MATCH, tag).await;
        assert_eq!(second.status, StatusCode::NOT_MODIFIED, "{address}");
        assert!(second.body.is_empty());
        assert_eq!(second.header(header::ETAG), tag);
        // A cache keeps the headers of the 304 (RFC 9110, section 15.4.5).
        assert_eq!(second.header(header::VARY), "accept-encoding", "{address}");
        let vary = |answer: &Answer| answer.headers.get_all(header::VARY).iter().count();
        assert_eq!((vary(&first), first.header(header::VARY)), (1, "accept-encoding"));
        let other = get_with(&router, address, header::IF_NONE_MATCH, "W/\"other\"").await;
        assert_eq!(other.status, StatusCode::OK, "{address}");
    }
}

#[tokio::test]
async fn pages_can_be_asked_for_without_their_body_and_compressed() {
    let (_dir, _node, router) = example().await;
    let head = ask(&router, Method::HEAD, "/association/").await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert!(!head.header(header::ETAG).is_empty());
    for address in ["/association/", "/api/v1/servers", &ASSETS.style.path] {
        let plain = get(&router, address).await;
        let packed = get_with(&router, address, header::ACCEPT_ENCODING, "gzip").await;
        assert_eq!(packed.header(header::CONTENT_ENCODING), "gzip", "{address}");
        assert!(packed.body.len() < plain.body.len() / 2, "{address}");
    }
}

#[tokio::test]
async fn files_of_the_program_never_change_under_their_address() {
    let (_dir, node, router) = example().await;
    let page = get(&router, "/ministry/").await;
    let files: Vec<_> = page
        .attributes("href")
        .into_iter()
        .chain(page.attributes("src"))
        .filter(|target| target.starts_with("/assets/"))
        .map(str::to_owned)
        .collect();
    assert_eq!(files.len(), 4, "{files:?}");
    for address in &files {
        let file = get(&router, address).await;
        assert_eq!(file.status, StatusCode::OK);
        assert_eq!(
            file.header(header::CACHE_CONTROL),
            "public, max-age=31536000, immutable",
            "{address}"
        );
    }
    let style = files.iter().find(|file| file.ends_with("/community-ministry.css")).unwrap();
    let accent = &node.config().communities[2].accent;
    let css = get(&router, style).await;
    assert!(css.text().contains(&format!("--accent: {}", accent.light)));
    assert!(css.text().contains(&format!("--accent: {}", accent.dark)));
    assert_eq!(get(&router, "/assets/0000000000000000/style.css").await.status, 404);
    let icon = get(&router, "/favicon.ico").await;
    assert_eq!(icon.header(header::CONTENT_TYPE), "image/svg+xml");
    // Its address stays when its bytes change.
    assert_eq!(icon.header(header::CACHE_CONTROL), "no-cache");
    let tag = icon.header(header::ETAG);
    let again = get_with(&router, "/favicon.ico", header::IF_NONE_MATCH, tag).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn what_is_not_there_is_said_plainly() {
    let (_dir, _node, router) = example().await;
    for address in [
        "/nowhere",
        "/association/servers/",
        "/association/servers/not%20a%20name",
        "/association/servers/..%2F..%2Fetc",
        "/association/servers/lindenhof.example/logo.jpg",
        "/association/servers/bramble.example/logo.png",
        "/%3Cscript%3E",
    ] {
        let page = get(&router, address).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
        assert!(page.text().contains("<h1>Nothing is here</h1>"), "{address}");
        assert!(!page.text().contains("script&#62;"), "{address}");
    }
    let page = get(&router, "/ministry/servers/unheard-of.example").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text().contains("This community does not know this server."));
    assert!(page.text().contains("<form class=\"search"));
    let page = ask(&router, Method::POST, "/association/").await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(page.text().contains("This can only be read"));
}

#[tokio::test]
async fn what_is_not_there_below_a_community_leads_back_to_it() {
    let (_dir, _node, router) = example().await;
    for address in ["/ministry/nowhere", "/ministry/servers/%FF", "/ministry/servers/a.b/logo.jpg"]
    {
        let page = get(&router, address).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{address}");
        assert_eq!(page.header(header::CONTENT_TYPE), "text/html; charset=utf-8", "{address}");
        let links = page.attributes("href");
        assert!(links.contains(&"/ministry/") && links.contains(&"/ministry/about"), "{address}");
        assert!(page.text().contains("Ministry of Digital Affairs"), "{address}");
        assert!(page.text().contains("noindex"), "{address}");
    }
    let page = ask(&router, Method::DELETE, "/ministry/about").await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(page.text().contains("Ministry of Digital Affairs"));
    let elsewhere = get(&router, "/ministryofsomething").await;
    assert!(!elsewhere.attributes("href").contains(&"/ministry/"));
}

#[tokio::test]
async fn an_address_that_is_almost_right_leads_to_the_right_one() {
    let (_dir, _node, router) = example().await;
    for (address, status, right) in [
        ("/", StatusCode::TEMPORARY_REDIRECT, "/association/"),
        ("/hackerspace", StatusCode::PERMANENT_REDIRECT, "/hackerspace/"),
        (
            "/ministry/servers/Lindenhof.Example",
            StatusCode::PERMANENT_REDIRECT,
            "/ministry/servers/lindenhof.example",
        ),
    ] {
        let answer = get(&router, address).await;
        assert_eq!((answer.status, answer.header(header::LOCATION)), (status, right));
    }
}

#[tokio::test]
async fn an_unlisted_server_is_in_no_list_and_its_page_says_why() {
    let (_dir, node, router) = example().await;
    let name = ServerName::parse("hollow.test").unwrap();
    for community in &node.snapshot().communities {
        assert!(community.view.unlisted(&name).is_some());
        for page in ["/", "/curators", "/?q=hollow"] {
            let page = get(&router, &format!("{}{page}", community.path)).await;
            assert!(!page.text().contains("servers/hollow.test"), "{}", community.path);
        }
        let page = get(&router, &format!("{}/servers/hollow.test", community.path)).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert!(page.text().contains("Unlisted by its operator."));
        assert!(page.text().contains("noindex"));
        let page = get(&router, &format!("{}/?q=hollow.test", community.path)).await;
        assert!(page.text().contains("is unlisted by its operator"));
    }
}

#[tokio::test]
async fn a_list_can_be_narrowed_down_and_sorted() {
    let (_dir, node, router) = example().await;
    let shown = async |query: &str| -> Vec<String> {
        let page = get(&router, &format!("/association/?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        let links = page.text().split("<h3><a href=\"/association/servers/").skip(1);
        links.map(|link| link.split('"').next().unwrap().to_owned()).collect()
    };
    let all = shown("").await;
    assert_eq!(all.len(), node.snapshot().communities[0].view.servers.len());
    assert_eq!(shown("q=lindenhof").await, ["lindenhof.example"]);
    assert_eq!(shown("q=LINDENHOF+german+germany").await, ["lindenhof.example"]);
    assert_eq!(shown("language=ja").await, ["komorebi.example"]);
    assert!(shown("country=DE").await.contains(&"lindenhof.example".to_owned()));
    assert!(!shown("category=A").await.contains(&"rookery.example".to_owned()));
    assert!(shown("q=zzzzzz").await.is_empty());
    assert_eq!(shown("page=99").await, all);
    assert_eq!(shown("page=-1&category=Z&sort=x").await, all);
    let by_name = shown("sort=name").await;
    assert!(by_name.is_sorted() && by_name.len() == all.len());
    let page = get(&router, "/association/?q=%22%3E%3Cscript%3Ealert(1)").await;
    assert!(!page.text().contains("<script>alert"));
    assert!(page.text().contains("&#60;script&#62;alert(1)"));
}

#[tokio::test]
async fn what_was_searched_for_is_in_sight_at_once() {
    let (_dir, _node, router) = example().await;
    let page = get(&router, "/association/?q=lindenhof").await;
    assert!(page.attributes("action").contains(&"/association/#servers"));
    assert!(page.text().contains("<h2 id=\"servers\">1 of 22 servers</h2>"));
}

/// The row of a server in a list, from its name to the next server.
fn row<'a>(list: &'a Answer, name: &str) -> &'a str {
    let rest = list.text().split(&format!("servers/{name}\">")).nth(1).unwrap();
    rest.split("<li class=\"server\"").next().unwrap()
}

#[tokio::test]
async fn a_tick_stands_only_before_what_speaks_for_a_server() {
    let (_dir, _node, router) = example().await;
    let list = get(&router, "/association/").await;
    // Recommended twice; rejected; named once, which has expired.
    for (name, ticks, others) in
        [("lindenhof.example", 2, 0), ("megaphone.example", 0, 1), ("oldmill.example", 0, 1)]
    {
        let row = row(&list, name);
        assert_eq!(row.matches("<li>Recommended by").count(), ticks, "{name}");
        assert_eq!(row.matches("<li class=\"neutral\">").count(), others, "{name}");
    }
}

#[tokio::test]
async fn a_list_shows_what_the_page_of_a_server_shows() {
    let (_dir, _node, router) = example().await;
    // Its profile has expired.
    let list = get(&router, "/association/").await;
    let row = row(&list, "tidepool.example");
    assert!(row.contains("<bdi lang=\"en\" dir=\"ltr\">Tidepool</bdi>"), "{row}");
    assert!(row.contains("<li>Profile expired</li>"), "{row}");
    assert_eq!(list.text().matches("<li>Profile expired</li>").count(), 1);
    let page = get(&router, "/association/servers/tidepool.example").await;
    assert!(page.text().contains("The profile has expired."));
}

#[tokio::test]
async fn findings_are_told_in_words() {
    let (_dir, _node, router) = example().await;
    let page = get(&router, "/ministry/servers/rookery.example").await;
    assert!(
        page.text().contains("<p>A curator who is trusted enough to decide warns about it</p>")
    );
    assert!(!page.text().contains("No curator who is trusted enough to decide warns about it"));
    assert!(page.text().contains("For B, 1 thing is not so or not known:"));
    // Criteria of a curator's own have no words but their id.
    let page = get(&router, "/ministry/servers/stadtwerke-elmen.example").await;
    assert!(page.text().contains("Met: <code class=\"id\">processing-contract</code>"));
}

#[tokio::test]
async fn a_page_says_question_by_question_who_answers_and_what_would_move_the_server_up() {
    let (_dir, _node, router) = example().await;
    let page = get(&router, "/association/servers/lindenhof.example").await;
    let text = page.text();
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}"));
    assert!(at("id=\"ahead\"") < at("id=\"score\"") && at("id=\"score\"") < at("id=\"criteria\""));
    assert!(text.contains("Points still open:"));
    for family in Family::ALL {
        let heading = family.sentence(Language::English);
        assert!(text.contains(&format!("<summary><span>{heading}</span>")), "{heading}");
    }
    assert!(text.contains("<p>There is a public report of income and spending</p>"));
    assert!(text.contains("Follows from its name"));
    assert!(text.contains("Transparency: answers"));
    let page = get(&router, "/association/servers/rookery.example").await;
    assert!(page.text().contains("open questions</summary>"));

    let about = get(&router, "/association/about").await;
    assert!(about.text().contains("Is it clear how one gets an account?"));
    assert!(about.text().contains("further questions are answered"));
}

#[tokio::test]
async fn a_rejection_is_not_explained_as_a_warning() {
    let (_dir, _node, router) = example().await;
    let page = get(&router, "/association/servers/megaphone.example").await;
    assert!(page.text().contains("puts the server into category D, whatever its score;"));
    assert!(page.text().contains("it also counts as a warning: trust"));
    let page = get(&router, "/association/servers/rookery.example").await;
    assert!(!page.text().contains("category D, whatever"));
}

#[tokio::test]
async fn a_page_says_the_place_of_its_server() {
    let (_dir, _node, router) = example().await;
    let page = get(&router, "/association/servers/lindenhof.example").await;
    assert!(page.text().contains("Place 1 of 22."));
}

#[tokio::test]
async fn a_page_says_how_many_others_share_the_place_of_its_server() {
    let curator = issuer(2);
    let entry = |(name, verdict)| serde_json::json!({"server_name": name, "verdict": verdict});
    let entries = [
        ("a.example", "endorse"),
        ("b.example", "endorse"),
        ("c.example", "endorse"),
        ("d.example", "list"),
        ("e.example", "list"),
    ];
    let list: EndorsementList = serde_json::from_value(serde_json::json!({
        "curator": {"name": {"en": "Curator"}},
        "entries": entries.map(entry),
    }))
    .unwrap();
    let dir = tempfile::tempdir().unwrap();
    let list = curator.sign(&list, 1, REFERENCE, 30).unwrap();
    std::fs::write(dir.path().join("list.json"), list.bytes()).unwrap();
    let router = super::router(&node_trusting(dir.path(), &curator).await);
    for (name, place) in [
        ("b.example", "Place 1 of 5, shared with 2 others."),
        ("e.example", "Place 4 of 5, shared with 1 other."),
    ] {
        let page = get(&router, &format!("/servers/{name}")).await;
        assert!(page.text().contains(place), "{name}: {}", page.text());
    }
    let (_dir, _node, router) = example().await;
    let alone = get(&router, "/association/servers/lindenhof.example").await;
    assert!(alone.text().contains("Place 1 of 22.") && !alone.text().contains("shared with"));
}

#[tokio::test]
async fn the_page_about_a_list_explains_its_draw() {
    let (_dir, _node, router) = example().await;
    let page = get(&router, "/association/about").await;
    let text = page.text();
    let (_, draw) = text.split_once("<h2 id=\"draw\">").unwrap();
    let draw = draw.split("<h2").next().unwrap();
    assert!(draw.contains("href=\"/association/recommendations\""), "{draw}");
    assert!(draw.contains("a server of four times the size has half the chance"), "{draw}");
    assert!(draw.contains("fewer than 50 new people a week"), "{draw}");
    assert!(draw.contains("more than 5.0 % of all picks"), "{draw}");
    assert!(draw.contains("There are 1\u{202F}024 draws"), "{draw}");
}

#[tokio::test]
async fn a_list_whose_servers_all_have_one_score_has_no_places() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("servers.json");
    let entry = |name: &str| format!(r#"{{"name": "{name}", "homepage": "https://{name}/"}}"#);
    let entries = [entry("alpha.example"), entry("beta.example")].join(", ");
    let json = format!(r#"{{"public_servers": [{entries}], "private_servers": []}}"#);
    std::fs::write(&list, json).unwrap();
    let from = list.to_str().unwrap();
    let data_dir = dir.path().join("data");
    let opening = Opening::adopting(from, data_dir, Clock::Fixed(REFERENCE), [9; 32]).unwrap();
    let node = Node::open(opening).unwrap();
    node.sync(SyncScope::All, &|_| {}).await.unwrap();
    let router = super::router(&node);

    let page = get(&router, "/").await;
    assert!(page.text().contains("none stands ahead of another"));
    assert!(!page.text().contains("Place 1"));
    let page = get(&router, "/servers/beta.example").await;
    assert!(page.text().contains("All 2 servers of this list have the same score"));
    // Nobody gave the list a name.
    for address in ["/", "/servers/beta.example"] {
        let page = get(&router, address).await;
        assert!(page.text().contains("On a list adopted from <bdi dir=\"auto\">"), "{address}");
    }
}

#[tokio::test]
async fn nobody_is_sent_to_register_where_nobody_can() {
    let (_dir, node, router) = example().await;
    let mut buttons = 0;
    for server in &node.snapshot().communities[0].view.servers {
        let page = get(&router, &address::server("/association", &server.server_name)).await;
        let has_button = page.text().contains("<summary class=\"button\">Register</summary>");
        let mode = server.registration().and_then(|registration| registration.value.mode);
        if matches!(mode, Some(RegistrationMode::Invite | RegistrationMode::Closed)) {
            assert!(!has_button && !page.text().contains("No sign-up page"), "{mode:?}");
        }
        buttons += usize::from(has_button);
    }
    assert!(buttons > 8, "{buttons}");
    let page = get(&router, "/association/servers/fuchsbau.test").await;
    assert!(page.text().contains("Somebody who has an account there can invite you."));
}

/// A node that trusts one curator, who recommends lindenhof.example, whose operator takes
/// people as `intake` says.
async fn node_with_intake(dir: &Path, intake: &serde_json::Value) -> Arc<Node> {
    let (operator, curator) = (issuer(1), issuer(2));
    let mut profile: Profile = document(is_lindenhof);
    let registration = profile.registration.as_mut().unwrap();
    registration.intake = Some(serde_json::from_value(intake.clone()).unwrap());
    let list: EndorsementList = serde_json::from_value(serde_json::json!({
        "curator": {"name": {"en": "Curator"}},
        "entries": [{
            "server_name": profile.server_name,
            "issuer": operator.history().issuer(),
            "verdict": "endorse",
        }],
    }))
    .unwrap();
    let profile = operator.sign(&profile, 1, REFERENCE, 30).unwrap();
    let list = curator.sign(&list, 1, REFERENCE, 30).unwrap();
    std::fs::write(dir.join("profile.json"), profile.bytes()).unwrap();
    std::fs::write(dir.join("list.json"), list.bytes()).unwrap();
    node_trusting(dir, &curator).await
}

/// A node that trusts one curator, and has the documents in a folder.
pub(super) async fn node_trusting(dir: &Path, curator: &Issuer) -> Arc<Node> {
    let text = format!(
        "[node]\ndata_dir = \"data\"\n[sync]\nsources = \"configured\"\n\
         [[directory]]\npath = \".\"\n[[community]]\nid = \"a\"\nname.en = \"A\"\n\
         [community.policy]\nname = \"a\"\n[[community.policy.curators]]\nissuer = \"{}\"\n",
        curator.history().issuer()
    );
    let config = Config::parse_in(&text, dir).unwrap();
    let node = Node::open(Opening::configured(config, Clock::Fixed(REFERENCE), [9; 32])).unwrap();
    node.sync(SyncScope::All, &|_| {}).await.unwrap();
    node
}

#[tokio::test]
async fn a_server_that_takes_nobody_at_the_moment_has_no_button() {
    let day = |days| REFERENCE.plus_days(days).date();
    for (intake, has_button) in [
        (serde_json::json!({"paused": false}), true),
        (serde_json::json!({"paused": true}), false),
        (serde_json::json!({"accepting_until": day(0)}), true),
        (serde_json::json!({"accepting_until": day(-1)}), false),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let router = super::router(&node_with_intake(dir.path(), &intake).await);
        let page = get(&router, "/servers/lindenhof.example").await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.text().contains("Register at"), has_button, "{intake}");
        assert_eq!(page.text().contains("takes nobody at the moment"), !has_button, "{intake}");
    }
}

#[tokio::test]
async fn the_sum_on_a_page_is_the_score() {
    let (_dir, node, router) = example().await;
    for server in &node.snapshot().communities[0].view.servers {
        let page = get(&router, &address::server("/association", &server.server_name)).await;
        let table = page.text().split("<tbody>").nth(1).unwrap().split("</tbody>").next().unwrap();
        let points = table.split("data-label=\"Points\">").skip(1).map(|cell| {
            let text = cell.split('<').next().unwrap().replace(['+', '\u{202F}', '.'], "");
            text.replace('\u{2212}', "-").trim().parse::<i32>().unwrap()
        });
        assert_eq!(points.sum::<i32>(), server.score.tenths(), "{}", server.server_name);
    }
}

#[tokio::test]
async fn a_logo_is_served_from_here() {
    let (_dir, _node, router) = example().await;
    let page = get(&router, "/association/servers/lindenhof.example").await;
    let logo = page.attributes("src").into_iter().find(|it| it.ends_with(".png")).unwrap();
    let logo = get(&router, logo).await;
    assert_eq!(logo.header(header::CONTENT_TYPE), "image/png");
    assert!(logo.body.starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn one_link_switches_between_communities_and_the_page_says_what_moved_the_server() {
    let (_dir, _node, router) = example().await;
    let page = get(&router, "/association/servers/rookery.example").await;
    for other in ["/hackerspace/servers/rookery.example", "/ministry/servers/rookery.example"] {
        assert!(page.attributes("href").contains(&other), "{other}");
    }
    assert!(page.text().contains("What moved it"));
    assert!(page.text().contains("trusted 0.5 here and 1 there"));
}

#[tokio::test]
async fn the_node_says_whether_it_serves() {
    let (_dir, _node, router) = example().await;
    let health = get(&router, "/healthz").await;
    insta::assert_snapshot!(health.text(), @r#"{"status":"ok","made_at":"2026-11-01T12:00:00Z","age_seconds":0}"#);
    let robots = get(&router, "/robots.txt").await;
    assert!(robots.text().contains("Disallow: /api/"));
}

#[tokio::test]
async fn the_causes_of_a_failure_stay_in_the_log() {
    let secret = || std::io::Error::other("/home/operator/wellspring.db is full");
    let page = PageFailure::internal(&secret()).into_response();
    let api = ApiFailure::internal(&secret()).into_response();
    for answer in [page, api] {
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        let text = std::str::from_utf8(&body).unwrap();
        assert!(text.contains("went wrong") && text.contains("its log says more"), "{text}");
        assert!(!text.contains("operator/"), "{text}");
    }
}

/// The picture of trust: everybody below the one whose recommendation counts.
#[tokio::test]
async fn the_curators_page_draws_who_is_trusted_through_whom() {
    let (_dir, _node, router) = example().await;
    let page = get(&router, "/hackerspace/curators").await;
    let picture = page.text().split("id=\"picture\"").nth(1).unwrap();
    let picture = picture.split("</section>").next().unwrap();
    let place = |text: &str| picture.find(text).unwrap_or_else(|| panic!("{text} in {picture}"));
    assert!(place("Hackspace Federation") < place("Commons Server Review"));
    let distrusted = picture.split("<li class=\"distrusted\">").nth(1).unwrap();
    let distrusted = distrusted.split("</li>").next().unwrap();
    assert!(distrusted.contains("Public Sector Messaging Forum"), "{distrusted}");
    assert_eq!(picture.matches("<li").count(), picture.matches("</li>").count());
    assert_eq!(picture.matches("<ul").count(), picture.matches("</ul>").count());
    // A quarter of the area for a quarter of the trust, half of the radius.
    assert!(picture.contains("r=\"9.0\"") && picture.contains("r=\"6.4\""), "{picture}");
}
