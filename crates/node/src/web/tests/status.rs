use super::*;
use crate::Config;
use crate::status::SourceOutcome;
use wellspring_store::{
    Attempt, AttemptResult, Failure, NoDocument, SourceKey, SourceKind, Validators,
};

/// A node that knows of a folder and of the profiles of `names`, each asked once.
async fn node_that_asked(results: &[(&str, AttemptResult)]) -> (tempfile::TempDir, Router) {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<String> = results.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let text = format!(
        "[node]\ndata_dir = \"data\"\n\
         [[directory]]\npath = \"private/place/documents\"\n\
         [[community]]\nid = \"town\"\nname = {{ en = \"The town\" }}\nservers = [{}]\n\
         [community.policy]\n",
        names.join(", ")
    );
    let config = Config::parse_in(&text, dir.path()).unwrap();
    let store = dir.path().join("data");
    std::fs::create_dir_all(&store).unwrap();
    let mut store = wellspring_store::Store::open(store.join(crate::DATABASE_FILE)).unwrap();
    let attempt = |(name, result): &(&str, AttemptResult)| Attempt {
        source: SourceKey { kind: SourceKind::WellKnown, location: (*name).to_owned() },
        at: REFERENCE,
        result: result.clone(),
        next_attempt: REFERENCE.plus_days(1),
    };
    let attempts: Vec<Attempt> = results.iter().map(attempt).collect();
    store.record_attempts(&attempts).unwrap();
    let node = Node::open(Opening::configured(config, Clock::Fixed(REFERENCE), [9; 32])).unwrap();
    (dir, router(&node))
}

fn failed(code: &str, message: &str) -> AttemptResult {
    AttemptResult::Failed(Failure { code: code.to_owned(), message: message.to_owned() })
}

#[tokio::test]
async fn the_example_world_has_no_sources_and_its_status_says_so() {
    let (_dir, _node, router) = example().await;
    let page = get(&router, "/association/status").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("so this node asks nobody"));
    assert!(
        get(&router, "/association/").await.attributes("href").contains(&"/association/status")
    );
    let status = get(&router, "/api/v1/status").await.json();
    assert_eq!(status["sources"], 0);
    assert_eq!(status["attention"], serde_json::json!([]));
}

#[tokio::test]
async fn what_a_host_sent_and_where_folders_are_is_on_no_page() {
    let secret = "<script>alert(1)</script> /etc/passwd 10.1.2.3";
    let results = [
        ("a.test", failed("schema.bad-member", secret)),
        ("b.test", failed("address.private", secret)),
    ];
    let (_dir, router) = node_that_asked(&results).await;
    for address in [
        "/status",
        "/status?server=a.test",
        "/servers/a.test",
        "/api/v1/status",
        "/api/v1/servers/a.test/status",
        "/api/v1/servers/b.test/status",
    ] {
        let answer = get(&router, address).await;
        for hidden in ["alert(1)", "passwd", "10.1.2.3", "private/place"] {
            assert!(!answer.text().contains(hidden), "{address} shows {hidden}");
        }
    }
    let page = get(&router, "/status?server=A.Test").await;
    assert!(page.text().contains("<code>schema.bad-member</code>"), "{}", page.text());
    assert!(page.text().contains("<code>wellspring operator check a.test</code> names the place"));
    assert_eq!(page.header(header::CACHE_CONTROL), "no-cache");
}

#[tokio::test]
async fn a_page_shows_so_many_and_a_program_gets_them_in_parts() {
    let names: Vec<String> = (0..130).map(|number| format!("s{number:03}.test")).collect();
    let results: Vec<_> =
        names.iter().map(|name| (name.as_str(), failed("fetch.lookup", "no such name"))).collect();
    let (_dir, router) = node_that_asked(&results).await;
    let page = get(&router, "/status").await;
    assert_eq!(page.text().matches("<article class=\"card source\">").count(), 101);
    assert!(page.text().contains("And 30 more."), "{}", page.text());
    let status = get(&router, "/api/v1/status?limit=50&offset=100").await.json();
    assert_eq!(status["total"], 130);
    assert_eq!(status["outcomes"]["unreachable-dns"], 130);
    assert_eq!(status["attention"].as_array().unwrap().len(), 30);
    let refused = get(&router, "/api/v1/status?limit=0").await;
    assert_eq!(refused.json()["error"]["code"], "request.bad-parameter");
}

#[tokio::test]
async fn the_shape_of_one_source_stays() {
    let absent = AttemptResult::Absent { how: NoDocument::Gone, validators: Validators::default() };
    let results = [("a.test", failed("fetch.tls-expired", "expired")), ("b.test", absent)];
    let (_dir, router) = node_that_asked(&results).await;
    let answer = get(&router, "/api/v1/servers/a.test/status").await.json();
    insta::assert_json_snapshot!(answer, @r#"
    {
      "made_at": "2026-11-01T12:00:00Z",
      "server_name": "a.test",
      "source": {
        "advice": "Try `curl -v https://a.test/.well-known/wellspring/profile.json`: the certificate has to be valid today and for this very name, from an authority that systems trust, and sent with its intermediate certificates.",
        "code": "fetch.tls-expired",
        "consecutive_failures": 1,
        "explanation": "The host showed no certificate that is valid for its name and that is trusted.",
        "failing_since": "2026-11-01T12:00:00Z",
        "is_unlisted": false,
        "kind": "well-known",
        "last_attempt": "2026-11-01T12:00:00Z",
        "last_good": null,
        "location": "a.test",
        "needs_attention": true,
        "next_attempt": "2026-11-02T12:00:00Z",
        "outcome": "unreachable-tls"
      }
    }
    "#);
    let answer = get(&router, "/api/v1/servers/b.test/status").await.json();
    assert_eq!(answer["source"]["outcome"], SourceOutcome::Gone.as_str());
    assert_eq!(answer["source"]["needs_attention"], false);
    for (address, code) in [
        ("/api/v1/servers/c.test/status", "status.not-asked"),
        ("/api/v1/servers/not%20a%20name/status", "server.bad-name"),
    ] {
        assert_eq!(get(&router, address).await.json()["error"]["code"], code);
    }
}
