use super::*;
use wellspring_document::{Index, RawDocument};

#[tokio::test]
async fn the_tree_is_served_as_files() {
    let (_dir, _node, router) = example().await;
    let index = get(&router, "/tree/index.json").await;
    assert_eq!(index.status, StatusCode::OK);
    assert_eq!(index.header(header::CONTENT_TYPE), "application/json");
    assert_eq!(index.header(header::CACHE_CONTROL), "no-cache");
    assert_eq!(index.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*");
    let known = index.header(header::ETAG);
    let again = get_with(&router, "/tree/index.json", header::IF_NONE_MATCH, known).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);

    let index = RawDocument::new(index.body).verify::<Index>().unwrap();
    for part in &index.body().parts {
        let part = get(&router, &format!("/tree/parts/{}.json", part.hash)).await;
        assert_eq!(part.status, StatusCode::OK);
        assert!(part.header(header::CACHE_CONTROL).contains("immutable"));
    }
    assert_eq!(index.body().views.len(), 3);
    for view in &index.body().views {
        let view = get(&router, &format!("/tree/documents/{}.json", view.hash)).await;
        assert_eq!(view.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn what_is_not_in_the_tree_is_not_found() {
    let (_dir, _node, router) = example().await;
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for path in [
        "documents/",
        "parts/x.json",
        "documents/%ff.json",
        &format!("documents/{hash}.json"),
        "../healthz",
    ] {
        let answer = get(&router, &format!("/tree/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.json()["error"].is_object(), "{path}");
    }
    let answer = get(&router, "/tree").await;
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(answer.header(header::LOCATION), "/tree/index.json");
}
