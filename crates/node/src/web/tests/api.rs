use super::*;
use serde_json::{Value, json};
use wellspring_document::BytesHash;

/// The members of a JSON value with the kinds of their values, one per line; of a list only
/// what the first item is like.
fn shape(value: &Value) -> String {
    fn walk(value: &Value, path: &str, lines: &mut Vec<String>) {
        match value {
            Value::Object(members) => members
                .iter()
                .for_each(|(name, member)| walk(member, &format!("{path}.{name}"), lines)),
            Value::Array(items) => match items.first() {
                Some(first) => walk(first, &format!("{path}[]"), lines),
                None => lines.push(format!("{path}[]")),
            },
            Value::String(_) => lines.push(format!("{path}: text")),
            Value::Number(_) => lines.push(format!("{path}: number")),
            Value::Bool(_) => lines.push(format!("{path}: yes or no")),
            Value::Null => lines.push(format!("{path}: nothing")),
        }
    }
    let mut lines = Vec::new();
    walk(value, "", &mut lines);
    lines.join("\n")
}

#[tokio::test]
async fn the_list_comes_in_parts() {
    let (_dir, _node, router) = example().await;
    let names = |answer: &Answer| -> Vec<String> {
        let servers = answer.json()["servers"].as_array().unwrap().clone();
        servers.iter().map(|it| it["server_name"].as_str().unwrap().to_owned()).collect()
    };
    let whole = get(&router, "/api/v1/servers").await;
    assert_eq!(whole.header(header::CONTENT_TYPE), "application/json");
    let (all, total) = (names(&whole), whole.json()["total"].as_u64().unwrap());
    assert_eq!(u64::try_from(all.len()).unwrap(), total);
    let mut parts = Vec::new();
    for offset in (0..total).step_by(7) {
        let part = get(&router, &format!("/api/v1/servers?limit=7&offset={offset}")).await;
        assert_eq!(part.json()["total"], total);
        parts.extend(names(&part));
    }
    assert_eq!(parts, all);
    let beyond = get(&router, "/api/v1/servers?offset=1000000").await;
    assert_eq!(beyond.json()["servers"], json!([]));
    let only_a = get(&router, "/api/v1/servers?category=A").await.json();
    let of_a = only_a["servers"].as_array().unwrap();
    assert!(!of_a.is_empty() && of_a.iter().all(|server| server["category"] == "A"));
    let ministry = get(&router, "/api/v1/servers?community=ministry").await;
    assert_eq!(ministry.json()["community"], "ministry");
    assert_ne!(names(&ministry), all);
}

#[tokio::test]
async fn the_shape_of_a_server_is_stable() {
    let (_dir, _node, router) = example().await;
    let mut server = get(&router, "/api/v1/servers/rookery.example").await.json();
    for section in ["about", "registration"] {
        // Its members are those of the profile, which has its own tests.
        server["server"][section]["value"] = json!(null);
    }
    insta::assert_snapshot!(shape(&server));
}

#[tokio::test]
async fn the_shapes_of_the_other_answers_are_stable() {
    let (_dir, _node, router) = example().await;
    let mut list = get(&router, "/api/v1/servers?limit=1").await.json();
    list["servers"] = json!([]);
    insta::assert_snapshot!("list", shape(&list));
    let curators = get(&router, "/api/v1/curators").await.json();
    insta::assert_snapshot!("curators", shape(&curators));
    let communities = get(&router, "/api/v1/communities").await.json();
    insta::assert_snapshot!("communities", shape(&communities));
}

#[tokio::test]
async fn each_refusal_has_its_code_and_repeats_nothing() {
    let (_dir, _node, router) = example().await;
    let mut answers = String::new();
    for address in [
        "/api/v1/servers?limit=0",
        "/api/v1/servers?limit=501",
        "/api/v1/servers?limit=%3Cscript%3E",
        "/api/v1/servers?offset=-1",
        "/api/v1/servers?category=E",
        "/api/v1/servers?community=elsewhere",
        "/api/v1/servers/%3Cscript%3E",
        "/api/v1/servers/%FF",
        "/api/v1/servers/Lindenhof.example",
        "/api/v1/servers/unheard-of.example",
        "/api/v1/servers/hollow.test",
        "/api/v1/documents/0",
        "/api/v1/documents/%FF",
        "/api/v1/documents/0000000000000000000000000000000000000000000000000000000000000000",
        "/api/v1/nothing",
        "/api/v2/servers",
    ] {
        let answer = get(&router, address).await;
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/json", "{address}");
        assert!(!answer.text().contains("script"), "{address}");
        let error = &answer.json()["error"];
        answers.push_str(&format!(
            "{address}\n  {} {}: {}\n",
            answer.status.as_u16(),
            error["code"].as_str().unwrap(),
            error["message"].as_str().unwrap()
        ));
    }
    let posted = ask(&router, Method::POST, "/api/v1/servers").await;
    assert_eq!(posted.json()["error"]["code"], "request.method-not-allowed");
    insta::assert_snapshot!(answers);
}

#[tokio::test]
async fn an_unlisted_server_comes_with_nothing_but_warnings() {
    let (_dir, _node, router) = example().await;
    let answer = get(&router, "/api/v1/servers/hollow.test").await.json();
    assert!(answer["warnings"].is_array());
    assert_eq!(answer.as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_document_is_served_byte_by_byte() {
    let (_dir, node, router) = example().await;
    for server in &node.snapshot().communities[0].view.servers {
        let Some(profile) = &server.profile.document else { continue };
        let hash = profile.bytes_hash();
        let answer = get(&router, &format!("/api/v1/documents/{hash}")).await;
        assert_eq!(answer.body, profile.bytes());
        assert_eq!(BytesHash::of(&answer.body), hash);
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/json");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        // For a day, as the handbook says.
        assert_eq!(answer.header(header::CACHE_CONTROL), "public, max-age=86400, immutable");
    }
}

#[tokio::test]
async fn an_erased_document_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let first = example_node(dir.path(), REFERENCE).await;
    let snapshot = first.snapshot();
    let profiles = snapshot.communities[0].view.servers.iter();
    let hash = profiles.filter_map(|it| it.profile.document.as_ref()).next().unwrap().bytes_hash();
    drop(first);
    drop(example_node(dir.path(), REFERENCE.plus_days(1)).await);
    let last = example_node(dir.path(), REFERENCE.plus_days(40)).await;
    let answer = get(&router(&last), &format!("/api/v1/documents/{hash}")).await;
    assert_eq!(answer.status, StatusCode::GONE);
    assert_eq!(answer.json()["error"]["code"], "document.erased");
}

#[tokio::test]
async fn pages_of_other_sites_may_read_it() {
    let (_dir, _node, router) = example().await;
    for address in [
        "/api/v1/servers",
        "/api/v1/servers/unheard-of.example",
        "/api/v1/servers/%FF",
        "/api/v1/nothing",
        "/healthz",
    ] {
        let answer = get(&router, address).await;
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*", "{address}");
        assert_eq!(answer.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "");
    }
    let preflight = ask(&router, Method::OPTIONS, "/api/v1/servers").await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    assert_eq!(preflight.header(header::ACCESS_CONTROL_ALLOW_METHODS), "GET, HEAD");
    let page = get(&router, "/association/").await;
    assert_eq!(page.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "");
}
