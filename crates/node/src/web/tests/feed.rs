//! The feed of what changed, for feed readers.

use super::hostile::issuer;
use super::pages::node_trusting;
use super::*;
use serde_json::json;
use wellspring_document::EndorsementList;

const FEED: &str = "/changes.atom";

/// What stands between the first `<tag …>` and its end, each time.
fn elements<'a>(xml: &'a str, tag: &str) -> Vec<&'a str> {
    let (opening, end) = (format!("<{tag}"), format!("</{tag}>"));
    let parts = xml.split(opening.as_str()).skip(1);
    parts.map(|part| part.split_once('>').unwrap().1.split(end.as_str()).next().unwrap()).collect()
}

/// Whether every element ends where it has to, and nothing is left that is no text.
fn is_well_formed(xml: &str) -> bool {
    let mut open = Vec::new();
    for part in xml.split('<').skip(1) {
        let Some((tag, text)) = part.split_once('>') else { return false };
        let name = tag.split_whitespace().next().unwrap_or_default();
        match name.strip_prefix('/') {
            Some(name) if open.pop() != Some(name) => return false,
            None if !tag.ends_with('/') && !tag.starts_with('?') => open.push(name),
            _ => {}
        }
        let entities = text.split('&').skip(1).filter_map(|rest| rest.split(';').next());
        let is_known = |it: &str| it.starts_with('#') || ["amp", "lt", "gt", "quot"].contains(&it);
        if !entities.into_iter().all(is_known) {
            return false;
        }
    }
    open.is_empty()
}

/// A list of a curator who has a hostile name, with these servers.
fn list_of(names: &[&str]) -> EndorsementList {
    let entry = |name: &&str| json!({"server_name": name, "verdict": "endorse"});
    let entries: Vec<_> = names.iter().map(entry).collect();
    let curator = json!({"name": {"en": "<b>A & \"B\"</b>]]>"}});
    serde_json::from_value(json!({"curator": curator, "entries": entries})).unwrap()
}

#[tokio::test]
async fn a_feed_tells_what_the_page_tells_and_keeps_its_ids() {
    let dir = tempfile::tempdir().unwrap();
    let curator = issuer(2);
    let sign = |names: &[&str], number| {
        let list = curator.sign(&list_of(names), number, REFERENCE, 30).unwrap();
        std::fs::write(dir.path().join("list.json"), list.bytes()).unwrap();
    };
    sign(&["a.example", "b.example"], 1);
    let node = node_trusting(dir.path(), &curator).await;
    let router = super::router(&node);
    let feed = get(&router, FEED).await;
    assert_eq!(feed.status, StatusCode::OK);
    assert_eq!(feed.header(header::CONTENT_TYPE), "application/atom+xml; charset=utf-8");
    assert_eq!(elements(feed.text(), "title")[1..], ["Changes are told from here on"]);
    let first = elements(feed.text(), "id");
    assert_eq!(first.len(), 2);

    sign(&["a.example", "c.example"], 2);
    node.sync(SyncScope::All, &|_| {}).await.unwrap();
    let feed = get(&router, FEED).await;
    let xml = feed.text();
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"), "{xml}");
    assert!(is_well_formed(xml), "{xml}");
    assert_eq!(
        elements(xml, "title")[1..],
        [
            "b.example: Left the list; it had 6.0 points",
            "c.example: Entered the list with 6.0 points",
            "Changes are told from here on",
        ]
    );
    let ids = elements(xml, "id");
    assert_eq!((ids[0], ids[3]), (first[0], first[1]), "what was told keeps its id");
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), 4);
    assert!(elements(xml, "updated").iter().all(|at| at.parse::<Timestamp>().is_ok()));
    assert!(xml.contains("&#60;b&#62;A &#38; &#34;B&#34;&#60;/b&#62;]]&#62;"), "{xml}");
    let links = feed.attributes("href");
    let expected =
        [FEED, "/changes", "/changes?server=b.example", "/servers/c.example", "/changes"];
    assert_eq!(links, expected);

    let tag = feed.header(header::ETAG);
    let again = get_with(&router, FEED, header::IF_NONE_MATCH, tag).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    let before = xml.to_owned();
    drop((node, router));
    let router = super::router(&node_trusting(dir.path(), &curator).await);
    assert_eq!(get(&router, FEED).await.text(), before, "a restart changes no id");

    let of_one = get(&router, "/changes.atom?server=C.example").await;
    assert_eq!(elements(of_one.text(), "entry").len(), 1);
    assert_ne!(elements(of_one.text(), "id")[0], ids[0], "it is another feed");
    assert!(is_well_formed(of_one.text()));
}

#[tokio::test]
async fn pages_of_changes_name_their_feed() {
    let (_dir, _node, router) = example().await;
    for (page, feed) in [
        ("/association/changes", "/association/changes.atom"),
        (
            "/association/changes?server=polder.example",
            "/association/changes.atom?server=polder.example",
        ),
    ] {
        let text = get(&router, page).await;
        let link = "<link rel=\"alternate\" type=\"application/atom+xml\"";
        let link = text.text().split(link).nth(1).unwrap().split('>').next().unwrap();
        assert!(link.contains(&format!("href=\"{feed}\"")), "{link}");
        let found = get(&router, feed).await;
        assert_eq!(found.status, StatusCode::OK);
        assert!(is_well_formed(found.text()), "{}", found.text());
    }
    let [mine, other] = ["/association", "/hackerspace"].map(|path| format!("{path}{FEED}"));
    let id = async |address: &str| {
        elements(get(&router, address).await.text(), "id").first().map(|id| (*id).to_owned())
    };
    assert_ne!(id(&mine).await, id(&other).await);
    let bad = get(&router, "/association/changes.atom?server=a%20b").await;
    assert_eq!(bad.status, StatusCode::NOT_FOUND);
    // Of who is unlisted nothing is told.
    let unlisted = get(&router, "/association/changes.atom?server=hollow.test").await;
    assert!(elements(unlisted.text(), "entry").is_empty());
}
