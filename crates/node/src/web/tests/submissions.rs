use serde_json::json;
use wellspring_document::Timestamp;
use wellspring_store::{Attempt, AttemptResult, Failure, SourceKey, SourceKind, WellKnownAnswer};

use super::*;
use crate::Config;

/// A node of one community at `/town/`, with these sections in its configuration.
fn town(dir: &Path, sections: &str) -> (Arc<Node>, Router) {
    let text = format!(
        "{sections}\n[node]\ndata_dir = \"data\"\n[[community]]\nid = \"town\"\npath = \"/town\"\n\
         name = {{ en = \"The town\" }}\n[community.policy]\n"
    );
    let config = Config::parse_in(&text, dir).unwrap();
    let node = Node::open(Opening::configured(config, Clock::Fixed(REFERENCE), [9; 32])).unwrap();
    let router = router(&node);
    (node, router)
}

async fn post(router: &Router, content_type: &str, address: &str, body: &str) -> Answer {
    let request = Request::post(address).header(header::CONTENT_TYPE, content_type);
    send(router, request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn submit(router: &Router, body: &str) -> Answer {
    post(router, "application/json", "/api/v1/submissions", body).await
}

async fn submit_name(router: &Router, name: &str) -> Answer {
    submit(router, &json!({ "server_name": name }).to_string()).await
}

async fn submit_form(router: &Router, body: &str) -> Answer {
    post(router, "application/x-www-form-urlencoded", "/town/status", body).await
}

#[tokio::test]
async fn a_name_is_queued_and_its_status_says_so_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let (_node, router) = town(dir.path(), "");
    let before = get(&router, "/api/v1/servers/a.example/status").await;
    assert_eq!(before.json()["error"]["code"], "status.not-asked");

    let answer = submit_name(&router, "a.example").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let place = "/api/v1/servers/a.example/status";
    assert_eq!(answer.header(header::LOCATION), place);
    let expected = json!({ "server_name": "a.example", "state": "queued", "status": place });
    assert_eq!(answer.json(), expected);
    let status = get(&router, place).await.json();
    assert_eq!(status["source"]["outcome"], "not-asked");
    assert_eq!(
        status["source"]["submission"],
        json!({
            "state": "queued",
            "submitted_at": "2026-11-01T12:00:00Z",
            "asked_until": "2026-12-01T12:00:00Z",
        })
    );
    let page = get(&router, "/town/status?server=a.example").await;
    assert!(page.text().contains("Not asked yet"), "{}", page.text());
}

#[tokio::test]
async fn what_is_no_submission_is_refused_and_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let (node, router) = town(dir.path(), "");
    let long = format!("{{\"server_name\": \"{}\"}}", "a".repeat(1_000));
    for (body, status, code) in [
        ("", 400, "request.bad-body"),
        ("[]", 400, "request.bad-body"),
        ("[\"a.example\"]", 400, "request.bad-body"),
        ("{\"server_name\": 1}", 400, "request.bad-body"),
        ("{\"server_name\": \"a.example\", \"script\": 1}", 400, "request.bad-body"),
        (
            "{\"server_name\": \"a.example\", \"server_name\": \"a.example\"}",
            400,
            "request.bad-body",
        ),
        ("{\"server_name\": \"a.example\"} {}", 400, "request.bad-body"),
        ("{\"server_name\": \"A.example\"}", 400, "server.bad-name"),
        ("{\"server_name\": \"https://script.example/\"}", 400, "server.bad-name"),
        (long.as_str(), 413, "request.too-large"),
    ] {
        let answer = submit(&router, body).await;
        assert_eq!(answer.json()["error"]["code"], code, "{body}");
        assert_eq!(answer.status, status, "{body}");
        assert!(!answer.text().contains("script"), "{body}");
    }
    let body = "{\"server_name\": \"a.example\"}";
    for content_type in ["", "text/plain", "application/x-www-form-urlencoded"] {
        let answer = post(&router, content_type, "/api/v1/submissions", body).await;
        assert_eq!(answer.json()["error"]["code"], "request.unsupported-type", "{content_type}");
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let read = get(&router, "/api/v1/submissions").await;
    assert_eq!((read.status, read.header(header::ALLOW)), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
    assert_eq!(read.json()["error"]["code"], "request.method-not-allowed");
    assert_eq!(node.store().submissions().unwrap().rows, []);
}

#[tokio::test]
async fn a_flood_is_held_back_for_all_together() {
    let dir = tempfile::tempdir().unwrap();
    let (node, router) = town(dir.path(), "");
    for number in 0..20 {
        let answer = submit_name(&router, &format!("s{number}.example")).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{number}");
    }
    let refused = submit_name(&router, "one-more.example").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header(header::RETRY_AFTER), "10");
    assert_eq!(refused.json()["error"]["code"], "submission.too-many");
    let page = submit_form(&router, "server_name=one-more.example").await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(page.header(header::RETRY_AFTER), "10");
    assert!(page.text().contains("please try again later"), "{}", page.text());
    assert_eq!(node.store().submissions().unwrap().rows.len(), 20);
}

#[tokio::test]
async fn there_is_room_for_so_many_of_one_domain() {
    let dir = tempfile::tempdir().unwrap();
    let (node, router) = town(dir.path(), "");
    for number in 0..wellspring_store::MAX_SUBMISSIONS_OF_DOMAIN {
        let name = format!("s{number}.victim.example").parse().unwrap();
        node.store().submit(&name, "victim.example", REFERENCE).unwrap().unwrap();
    }
    // Some wait, so that there will be room.
    let form = "server_name=one-more.victim.example";
    let refused = submit_name(&router, "one-more.victim.example").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header(header::RETRY_AFTER), "120");
    assert_eq!(refused.json()["error"]["code"], "submission.no-room");
    let page = submit_form(&router, form).await;
    assert_eq!(page.header(header::RETRY_AFTER), "120");
    assert!(page.text().contains("50 servers of this domain"), "{}", page.text());
    assert!(page.text().contains("in some minutes"), "{}", page.text());
    assert_eq!(submit_name(&router, "other.example").await.status, StatusCode::ACCEPTED);

    // All of them serve a profile: no waiting helps.
    let issuer = node.issuer().history().issuer().clone();
    let identity = wellspring_document::Identity::from_bytes([1; 32]);
    let served = WellKnownAnswer::Served { identity, issuer };
    let rows = node.store().submissions().unwrap().rows.into_iter();
    let answers: Vec<_> = rows.map(|it| (it.server_name, served.clone())).collect();
    node.store().record_sights(&answers, REFERENCE).unwrap();
    let refused = submit_name(&router, "one-more.victim.example").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!refused.headers.contains_key(header::RETRY_AFTER));
    let page = submit_form(&router, form).await;
    assert!(page.text().contains("all of them have published"), "{}", page.text());
}

#[tokio::test]
async fn the_page_says_that_many_wait() {
    let dir = tempfile::tempdir().unwrap();
    let (node, router) = town(dir.path(), "");
    for number in 0..wellspring_store::MAX_SUBMISSIONS_WAITING {
        let name = format!("s{number}.example");
        node.store().submit(&name.parse().unwrap(), &name, REFERENCE).unwrap().unwrap();
    }
    let page = submit_form(&router, "server_name=a.example").await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.text().contains("proposed servers wait to be asked"), "{}", page.text());
}

#[tokio::test]
async fn the_form_leads_to_the_status_of_the_name() {
    let dir = tempfile::tempdir().unwrap();
    let (_node, router) = town(dir.path(), "");
    let page = get(&router, "/town/status?server=b.example").await;
    let form = "<form method=\"post\" action=\"/town/status\">";
    assert!(page.text().contains(form), "{}", page.text());
    assert!(page.text().contains("name=\"server_name\" value=\"b.example\""));
    let about = get(&router, "/town/about").await;
    assert!(about.attributes("href").contains(&"/town/status#propose"));

    let answer = submit_form(&router, "server_name=+B.Example%3A8448").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let place = answer.header(header::LOCATION).to_owned();
    assert_eq!(place, "/town/status?server=b.example:8448#found");
    let page = get(&router, place.split('#').next().unwrap()).await;
    assert!(page.text().contains("<code>b.example:8448</code>"), "{}", page.text());

    for body in ["server_name=%3Cscript%3E", "server_name=", "x=y", "%FF"] {
        let page = submit_form(&router, body).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{body}");
        assert!(page.text().contains("That is no server name"), "{body}");
        assert!(!page.text().contains("%3C") && !page.text().contains("<script>"), "{body}");
    }
    // A long name with every byte written out, and what somebody took for one.
    let name = format!("{}.example", vec!["a".repeat(60); 3].join("."));
    let form: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    assert_eq!(submit_form(&router, &format!("server_name={form}")).await.status, 303);
    assert_eq!(
        submit_form(&router, &format!("server_name={}", "%41".repeat(900))).await.status,
        400
    );
}

#[tokio::test]
async fn what_is_no_form_is_answered_with_a_page() {
    let dir = tempfile::tempdir().unwrap();
    let (_node, router) = town(dir.path(), "");
    let large = format!("server_name={}", "a".repeat(3_000));
    let form = "application/x-www-form-urlencoded";
    for (content_type, body, status, said) in
        [(form, large.as_str(), 413, "That is too much"), ("text/plain", "a", 415, "not the form")]
    {
        let page = post(&router, content_type, "/town/status", body).await;
        assert_eq!(page.status, status);
        assert!(page.text().contains("The town") && page.text().contains(said), "{}", page.text());
    }
}

#[tokio::test]
async fn a_node_can_take_none() {
    for sections in ["[submissions]\naccept = false", "[sync]\nsources = \"configured\""] {
        let dir = tempfile::tempdir().unwrap();
        let (node, router) = town(dir.path(), sections);
        let answer = submit_name(&router, "a.example").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{sections}");
        assert_eq!(answer.json()["error"]["code"], "submission.not-accepted");
        let page = submit_form(&router, "server_name=a.example").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.text().contains("Nobody can propose servers"), "{}", page.text());
        for page in ["/town/status?server=a.example", "/town/about"] {
            assert!(!get(&router, page).await.text().contains("ropose"), "{page}");
        }
        assert_eq!(node.store().submissions().unwrap().rows, []);
    }
    let (_dir, _node, example) = example().await;
    assert_eq!(submit_name(&example, "a.example").await.status, StatusCode::FORBIDDEN);

    let dir = tempfile::tempdir().unwrap();
    let sections = "[submissions]\naccept = true\n[sync]\nsources = \"configured\"";
    let (_node, router) = town(dir.path(), sections);
    assert_eq!(submit_name(&router, "a.example").await.status, StatusCode::ACCEPTED);
}

/// A node on which this name was submitted, and asked so many seconds ago.
async fn asked(dir: &Path, seconds_ago: i64, code: &str) -> Router {
    let (node, _) = town(dir, "");
    let at = REFERENCE.plus_seconds(-seconds_ago);
    node.store().submit(&"a.example".parse().unwrap(), "a.example", at).unwrap().unwrap();
    record(&node, at, code);
    drop(node);
    town(dir, "").1
}

/// That the name was asked then, and is to be asked again in a day.
fn record(node: &Node, at: Timestamp, code: &str) {
    let location = "a.example".to_owned();
    {
        let mut store = node.store();
        let failed = Failure { code: code.to_owned(), message: String::new() };
        let result = if code.is_empty() {
            let validators = wellspring_store::Validators::default();
            AttemptResult::Absent { how: wellspring_store::NoDocument::NotFound, validators }
        } else {
            AttemptResult::Failed(failed)
        };
        let source = SourceKey { kind: SourceKind::WellKnown, location };
        let next_attempt = REFERENCE.plus_days(1);
        store.record_attempts(&[Attempt { source, at, result, next_attempt }]).unwrap();
    }
}

#[tokio::test]
async fn who_failed_before_is_told_to_be_asked_when_its_time_has_come() {
    let dir = tempfile::tempdir().unwrap();
    let (node, router) = town(dir.path(), "");
    // A list named it once, and the node does not ask it any more.
    record(&node, REFERENCE.plus_seconds(-86_400), "fetch.busy");
    let answer = submit_name(&router, "a.example").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    assert_eq!(answer.json()["state"], "left-alone");
    assert_eq!(answer.json()["asked_from"], REFERENCE.plus_days(1).to_string());
    drop((node, router));
    let (_node, router) = town(dir.path(), "");
    let status = get(&router, "/api/v1/servers/a.example/status").await.json();
    assert_eq!(status["source"]["submission"]["state"], "left-alone");
    assert_eq!(status["source"]["next_attempt"], REFERENCE.plus_days(1).to_string());
    let again = submit_name(&router, "a.example").await.json();
    assert_eq!(again["state"], "left-alone");
}

#[tokio::test]
async fn whoever_was_asked_a_short_while_ago_or_fails_is_not_asked_again_for_it() {
    for (seconds_ago, code, status) in [
        (3_599, "", StatusCode::OK),
        (3_600, "", StatusCode::ACCEPTED),
        (86_400, "fetch.busy", StatusCode::OK),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let router = asked(dir.path(), seconds_ago, code).await;
        let answer = submit_name(&router, "a.example").await;
        assert_eq!(answer.status, status, "{seconds_ago} {code}");
        let state = if status == StatusCode::OK { "asked" } else { "queued" };
        assert_eq!(answer.json()["state"], state);
    }
}

#[tokio::test]
async fn a_name_that_was_only_submitted_is_on_no_list_of_sources() {
    let mut told = Vec::new();
    for (code, outcome, shown) in [
        ("fetch.tls", "unreachable-tls", json!("fetch.tls")),
        // Nobody learns by submitting names which of them the inner network has.
        ("address.private", "unreachable-dns", json!(null)),
        ("fetch.lookup", "unreachable-dns", json!(null)),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let router = asked(dir.path(), 60, code).await;
        for address in ["/town/status", "/api/v1/status", "/town/", "/api/v1/servers"] {
            assert!(!get(&router, address).await.text().contains("a.example"), "{address}");
        }
        let status = get(&router, "/api/v1/servers/a.example/status").await.json();
        assert_eq!(status["source"]["outcome"], outcome);
        assert_eq!(status["source"]["code"], shown);
        assert_eq!(status["source"]["needs_attention"], false);
        let page = get(&router, "/town/status?server=a.example").await;
        assert!(!page.text().contains("address.private") && page.text().contains("Unreachable"));
        told.push((status, page.text().to_owned()));
    }
    assert!(told[1] == told[2], "{told:?}");
}
