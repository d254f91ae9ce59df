use super::*;
use serde_json::json;

const API: &str = "/api/v1/changes";

#[tokio::test]
async fn the_first_list_is_where_changes_begin_and_the_next_round_repeats_nothing() {
    let (dir, node, router) = example().await;
    let servers = node.snapshot().communities[0].view.servers.len();
    let first = get(&router, API).await;
    let expected = json!({
        "community": "association",
        "now": REFERENCE.to_string(),
        "total": 1,
        "offset": 0,
        "limit": 100,
        "changes": [{ "at": REFERENCE.to_string(), "change": "began", "servers": servers }],
    });
    assert_eq!(first.json(), expected);
    let tag = first.header(header::ETAG);
    let again = get_with(&router, API, header::IF_NONE_MATCH, tag).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    node.sync(SyncScope::All, &|_| {}).await.unwrap();
    assert_eq!(get(&router, API).await.json(), expected);
    drop((node, router));
    // Nor does a restart.
    let node = example_node(dir.path(), REFERENCE).await;
    assert_eq!(get(&super::router(&node), API).await.json(), expected);
}

#[tokio::test]
async fn each_refusal_has_its_code() {
    let (_dir, _node, router) = example().await;
    for (query, status, code) in [
        ("since=yesterday", 400, "request.bad-parameter"),
        ("limit=0", 400, "request.bad-parameter"),
        ("server=a%20b", 400, "server.bad-name"),
        ("community=elsewhere", 404, "community.unknown"),
        ("server=hollow.test", 404, "server.unlisted"),
    ] {
        let answer = get(&router, &format!("{API}?{query}")).await;
        assert_eq!(answer.status.as_u16(), status, "{query}");
        assert_eq!(answer.json()["error"]["code"], code, "{query}");
    }
    for (query, total) in [
        (format!("since={}", REFERENCE.date()), 1),
        (format!("since={REFERENCE}"), 1),
        (format!("since={}", REFERENCE.plus_seconds(1)), 0),
        ("server=unheard.test".to_owned(), 0),
    ] {
        assert_eq!(get(&router, &format!("{API}?{query}")).await.json()["total"], total, "{query}");
    }
}

#[tokio::test]
async fn the_page_tells_where_changes_begin_and_others_lead_to_it() {
    let (_dir, _node, router) = example().await;
    let page = get(&router, "/association/changes").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Changes are told from here on"), "{}", page.text());
    let links = |answer: &Answer, link: &str| answer.attributes("href").contains(&link);
    assert!(links(&get(&router, "/association/").await, "/association/changes"));
    let server = get(&router, "/association/servers/polder.example").await;
    assert!(links(&server, "/association/changes?server=polder.example"));
    let of_one = get(&router, "/association/changes?server=polder.example").await;
    assert!(of_one.text().contains("Nothing is told of this server"), "{}", of_one.text());
    assert!(links(&of_one, "/association/changes"));
    let beyond = get(&router, "/association/changes?page=99").await;
    assert!(beyond.text().contains("There is nothing more"), "{}", beyond.text());
}
