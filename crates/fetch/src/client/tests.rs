mod crowd;
mod hostile;

use std::collections::BTreeMap;

use tokio::net::TcpListener;

use super::*;
use crate::development::Development;
use crate::policy::Loopback;
use crate::test_host::{Answers, Authority, Reply, TestHost};

/// Names that only look public: the resolver of these tests sends them all to loopback.
const NAME: &str = "files.example.org";
const OTHER: &str = "other.example.org";

const LIMITS: GetLimits = GetLimits { max_bytes: 1000, deadline: Duration::from_secs(60) };

fn config(authority: &Authority, development: &Development) -> ClientConfig {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    ClientConfig {
        policy: AddressPolicy::for_development(development).unwrap(),
        extra_roots: ExtraRoots::read(folder.path(), &["ca.pem".into()]).unwrap(),
        ..ClientConfig::public(UserAgent::with_contact("https://node.example/contact").unwrap())
    }
}

fn loopback() -> Development {
    Development { allow_loopback: Loopback::Allowed, ..Development::default() }
}

/// Every name is 127.0.0.1, however often it is asked.
struct EverythingIsHere;

impl Lookup for EverythingIsHere {
    fn lookup(&self, _host: String) -> crate::resolver::LookingUp {
        Box::pin(async { Ok(vec!["127.0.0.1".parse().unwrap()]) })
    }
}

fn client(authority: &Authority) -> Client {
    Client::with_lookup(config(authority, &loopback()), Arc::new(EverythingIsHere)).unwrap()
}

fn url(host: &TestHost, path: &str) -> Url {
    Url::parse(&format!("https://{NAME}:{}{path}", host.port())).unwrap()
}

async fn get(client: &Client, url: &Url) -> Result<Answer, FetchError> {
    client.get(url, &LIMITS, None).await
}

/// Asks a host that always gives this answer.
async fn answer_to(
    reply: impl Fn() -> Reply + Send + Sync + 'static,
) -> Result<Answer, FetchError> {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &[NAME], move |_| reply()).await;
    get(&client(&authority), &url(&host, "/file")).await
}

fn body(answer: Result<Answer, FetchError>) -> String {
    match answer.unwrap() {
        Answer::Fresh { bytes, .. } => String::from_utf8(bytes.to_vec()).unwrap(),
        other => panic!("no body: {other:?}"),
    }
}

fn code(answer: Result<Answer, FetchError>) -> &'static str {
    answer.unwrap_err().code()
}

/// An error and all its causes, with what changes from run to run left out.
fn chain(error: &FetchError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}\n  because {error}");
        cause = error.source();
    }
    match error.url().port() {
        Some(port) => text.replace(&format!(":{port}"), ":PORT"),
        None => text,
    }
}

#[tokio::test]
async fn a_file_comes_back_whole_with_where_it_came_from() {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &[NAME], |_| {
        let keep = ["ETag: \"v1\"", "Last-Modified: then", "Cache-Control: max-age=90"];
        Reply::new(&[&["200 OK", "Content-Length: 4"], &keep[..]].concat(), "file")
    })
    .await;
    let url = url(&host, "/a/file?x=y#part");
    let answer = get(&client(&authority), &url).await.unwrap();
    let validators = Validators::new(&url, Some("\"v1\""), Some("then"));
    assert_eq!(
        answer,
        Answer::Fresh {
            bytes: Bytes::from_static(b"file"),
            final_url: url,
            validators,
            fresh_for: Duration::from_secs(90),
        }
    );
}

#[tokio::test]
async fn a_request_says_who_asks_and_nothing_more() {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &[NAME], |_| {
        Reply::new(&["200 OK", "Content-Length: 0", "Set-Cookie: a=b"], "")
    })
    .await;
    let client = client(&authority);
    for _ in 0..2 {
        body(get(&client, &url(&host, "/a/file?x=y#part")).await);
    }
    let [first, second] = host.requests().try_into().unwrap();
    assert_eq!(first, second, "the second request carries something from the first answer");
    let head = first.replace(&host.port().to_string(), "PORT").replace('\r', "");
    insta::assert_snapshot!(head.replace(env!("CARGO_PKG_VERSION"), "VERSION"), @"
    GET /a/file?x=y HTTP/1.1
    host: files.example.org:PORT
    user-agent: Wellspring/VERSION (+https://node.example/contact)
    accept: */*
    accept-encoding: identity
    connection: close
    ");
}

#[tokio::test]
async fn a_body_without_length_ends_with_the_connection() {
    assert_eq!(body(answer_to(|| Reply::new(&["200 OK"], "to the end")).await), "to the end");
    let chunked = || Reply::new(&["200 OK", "Transfer-Encoding: chunked"], "3\r\nabc\r\n0\r\n\r\n");
    assert_eq!(body(answer_to(chunked).await), "abc");
}

#[tokio::test]
async fn not_modified_is_an_answer_only_where_it_was_asked_for() {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &[NAME], |head| {
        let asked = ["if-none-match: \"v1\"\r\n", "if-modified-since: then\r\n"];
        if head.starts_with("GET /unasked ") || asked.iter().all(|header| head.contains(header)) {
            Reply::new(&["304 Not Modified"], "")
        } else {
            Reply::ok("new")
        }
    })
    .await;
    let client = client(&authority);
    let url = url(&host, "/file");
    let known = Validators::new(&url, Some("\"v1\""), Some("then")).unwrap();
    let same = Answer::NotModified { fresh_for: Duration::ZERO };
    assert_eq!(client.get(&url, &LIMITS, Some(&known)).await.unwrap(), same);
    assert_eq!(body(get(&client, &url).await), "new");

    let unasked = url.join("/unasked").unwrap();
    assert_eq!(code(get(&client, &unasked).await), "fetch.unasked-not-modified");
    // The validators of another URL are not sent, so they ask nothing of this one.
    let foreign = client.get(&unasked, &LIMITS, Some(&known)).await;
    assert_eq!(code(foreign), "fetch.unasked-not-modified");
    assert!(!host.requests().last().unwrap().contains("if-none-match"));
}

#[tokio::test]
async fn absent_is_told_apart_from_failing() {
    let absent = |absence| Answer::Absent { absence };
    let not_found = answer_to(|| Reply::new(&["404 Not Found"], "a page of its own")).await;
    assert_eq!(not_found.unwrap(), absent(Absence::NotFound));
    let gone = answer_to(|| Reply::new(&["410 Gone"], "")).await;
    assert_eq!(gone.unwrap(), absent(Absence::Gone));
}

#[tokio::test]
async fn only_status_200_brings_a_file() {
    for status in [
        "201 Created",
        "203 Non-Authoritative Information",
        "204 No Content",
        "206 Partial Content",
        "300 Multiple Choices",
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "500 Internal Server Error",
    ] {
        let answer = answer_to(move || Reply::new(&[status, "Content-Length: 0"], "")).await;
        assert_eq!(code(answer), "fetch.status", "{status}");
    }
}

#[tokio::test]
async fn a_busy_host_says_how_long_to_wait() {
    for (status, expected) in [("429 Too Many Requests", 429), ("503 Service Unavailable", 503)] {
        let head = [status, "Retry-After: 120", "Content-Length: 0"];
        let error = answer_to(move || Reply::new(&head, "")).await.unwrap_err();
        let Failure::Busy { status, retry_after } = error.failure() else { panic!("{error}") };
        assert_eq!(*status, expected);
        assert_eq!(*retry_after, Some(Duration::from_secs(120)));
    }
}

#[tokio::test]
async fn redirects_are_followed_to_other_hosts_and_paths() {
    for status in ["301 A", "302 B", "303 C", "307 D", "308 E"] {
        let authority = Authority::new();
        let second = TestHost::start(&authority, &[OTHER], |head| {
            if head.starts_with("GET /moved ") {
                Reply::redirect("sub/./file")
            } else {
                Reply::ok("found")
            }
        })
        .await;
        let target = format!("https://{OTHER}:{}/moved", second.port());
        let location = format!("Location: {target}");
        let first = TestHost::start(&authority, &[NAME], move |_| {
            Reply::new(&[status, &location, "Content-Length: 0"], "")
        })
        .await;
        let Answer::Fresh { bytes, final_url, .. } =
            get(&client(&authority), &url(&first, "/")).await.unwrap()
        else {
            panic!("no body");
        };
        assert_eq!(bytes, "found");
        assert_eq!(final_url.as_str(), format!("https://{OTHER}:{}/sub/file", second.port()));
        assert!(!first.requests()[0].to_lowercase().contains("referer"));
        assert!(!second.requests()[0].to_lowercase().contains("referer"));
    }
}

#[tokio::test]
async fn three_redirects_are_followed_and_a_fourth_is_not() {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &[NAME], |head| match head.split(' ').nth(1) {
        Some("/0") => Reply::ok("end"),
        Some(path) => {
            let steps: u32 = path.trim_start_matches('/').parse().unwrap();
            Reply::redirect(&format!("/{}", steps - 1))
        }
        None => Reply::ok(""),
    })
    .await;
    let client = client(&authority);
    assert_eq!(body(get(&client, &url(&host, "/3")).await), "end");
    assert_eq!(host.requests().len(), 4);
    let error = get(&client, &url(&host, "/4")).await.unwrap_err();
    assert_eq!((error.code(), error.url().path()), ("fetch.too-many-redirects", "/1"));
    assert_eq!(host.requests().len(), 8);
}

#[tokio::test]
async fn each_redirect_is_judged_in_full() {
    for (target, expected) in [
        ("http://files.example.org/", "url.not-https"),
        ("file:///etc/passwd", "url.not-https"),
        ("https://user@files.example.org/", "url.user-info"),
        ("https://10.0.0.1/", "address.private"),
        ("https://169.254.169.254/latest", "address.metadata"),
        ("https://[::ffff:127.0.0.1]/", "address.embedded"),
        ("//192.168.0.1/", "address.private"),
        ("//0x0a.1/", "address.private"),
        ("https://0x7f.1/", "url.disguised-address"),
        ("https://nas.local/", "url.reserved-name"),
        ("//nas.local/", "url.reserved-name"),
        ("/\\10.0.0.1/", "url.forbidden-character"),
        ("https://files.example.org:0/", "url.port-zero"),
        ("https:///", "url.malformed"),
    ] {
        let error = answer_to(move || Reply::redirect(target)).await.unwrap_err();
        assert_eq!(error.code(), expected, "{target}");
        assert!(matches!(error.failure(), Failure::Redirect { .. }), "{target}: {error}");
    }
}

#[tokio::test]
async fn a_redirect_to_this_machine_is_refused_where_loopback_is() {
    // Connections may reach the test's own host; URLs are judged as on a node on the internet.
    let authority = Authority::new();
    let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = format!("https://127.0.0.1:{}/", inner.local_addr().unwrap().port());
    let host = TestHost::start(&authority, &[NAME], move |_| Reply::redirect(&target)).await;

    let mut public = client(&authority);
    let inner_client = Arc::get_mut(&mut public.inner).unwrap();
    inner_client.policy = Arc::new(AddressPolicy::public_only());
    let error = get(&public, &url(&host, "/")).await.unwrap_err();
    assert_eq!(error.code(), "address.loopback");
    assert!(matches!(error.failure(), Failure::Redirect { .. }), "{error}");
    assert_never_connected(&inner);
}

#[tokio::test]
async fn a_redirect_needs_a_target() {
    for head in [&["302 Found"][..], &["302 Found", "Location: \u{ff}\u{fe}"]] {
        let mut bytes = Reply::bytes(head, "");
        // Not UTF-8, which a `&str` cannot carry.
        bytes.iter_mut().filter(|byte| **byte == 0xc3).for_each(|byte| *byte = 0xff);
        let answer = answer_to(move || Reply::Close(bytes.clone())).await;
        assert_eq!(code(answer), "fetch.redirect-target", "{head:?}");
    }
    assert_eq!(code(answer_to(|| Reply::redirect("/a\tb")).await), "url.forbidden-character");
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
    let of = |length: usize| move || Reply::ok(&"x".repeat(length));
    assert_eq!(body(answer_to(of(1000)).await).len(), 1000);
    assert_eq!(code(answer_to(of(1001)).await), "fetch.too-large");
    let undeclared = |length: usize| move || Reply::new(&["200 OK"], "x".repeat(length));
    assert_eq!(body(answer_to(undeclared(1000)).await).len(), 1000);
    assert_eq!(code(answer_to(undeclared(1001)).await), "fetch.too-large");
}

#[tokio::test]
async fn a_body_without_end_is_left_at_the_limit() {
    let endless = || Reply::Endless(Reply::bytes(&["200 OK"], ""), vec![b' '; 100]);
    assert_eq!(code(answer_to(endless).await), "fetch.too-large");
}

#[tokio::test]
async fn an_announced_length_is_believed_only_when_it_is_too_long() {
    let announced =
        |length: &'static str| move || Reply::Hang(Reply::bytes(&["200 OK", length], ""));
    // Refused at once, without waiting for a byte of it.
    let huge = answer_to(announced("Content-Length: 9999999999999")).await;
    assert_eq!(code(huge), "fetch.too-large");
    let short = answer_to(|| Reply::new(&["200 OK", "Content-Length: 10"], "short")).await;
    assert_eq!(code(short), "fetch.broken");
}

#[tokio::test]
async fn headers_without_end_are_left() {
    let endless = || {
        let start = b"HTTP/1.1 200 OK\r\n".to_vec();
        Reply::Endless(start, b"X-Filler: 0123456789\r\n".to_vec())
    };
    assert_eq!(code(answer_to(endless).await), "fetch.head-too-large");
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    for encoding in ["gzip", "br", "deflate", "zstd", "identity, gzip", ""] {
        let header = format!("Content-Encoding: {encoding}");
        let answer =
            answer_to(move || Reply::new(&["200 OK", &header, "Content-Length: 0"], "")).await;
        assert_eq!(code(answer), "fetch.encoded", "{encoding}");
    }
    let plain = || Reply::new(&["200 OK", "Content-Encoding: Identity"], "plain");
    assert_eq!(body(answer_to(plain).await), "plain");
}

#[tokio::test]
async fn a_host_that_never_finishes_meets_the_deadline() {
    let limits = GetLimits { deadline: Duration::from_millis(300), ..LIMITS };
    for start in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"] {
        let authority = Authority::new();
        let host = TestHost::start(&authority, &[NAME], |_| Reply::Hang(start.into())).await;
        let answer = client(&authority).get(&url(&host, "/"), &limits, None).await;
        assert_eq!(code(answer), "fetch.deadline", "{start:?}");
    }
}

#[tokio::test]
async fn a_host_that_speaks_no_tls_meets_the_deadline() {
    let limits = GetLimits { deadline: Duration::from_millis(100), ..LIMITS };
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = Url::parse(&format!("https://{NAME}:{port}/")).unwrap();
    let answer = client(&Authority::new()).get(&url, &limits, None).await;
    assert_eq!(code(answer), "fetch.deadline");
}

#[tokio::test]
async fn the_deadline_counts_all_redirects_together() {
    // Each of the four answers comes in time, all together do not.
    let limits = GetLimits { deadline: Duration::from_millis(500), ..LIMITS };
    let authority = Authority::new();
    let host = TestHost::start(&authority, &[NAME], |head| {
        let last = head.starts_with("GET /xxx ");
        let redirect = ["302 Found", &format!("Location: {}x", head.split(' ').nth(1).unwrap())];
        let bytes = Reply::bytes(if last { &["200 OK"] } else { &redirect }, "");
        Reply::Late(Duration::from_millis(200), bytes)
    })
    .await;
    let client = client(&authority);
    assert_eq!(code(client.get(&url(&host, "/"), &limits, None).await), "fetch.deadline");
}

#[tokio::test]
async fn a_silent_host_is_left_before_a_long_deadline() {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &[NAME], |_| Reply::Hang(Vec::new())).await;
    let timeouts = Timeouts { idle: Duration::from_millis(100), ..Timeouts::default() };
    let config = ClientConfig { timeouts, ..config(&authority, &loopback()) };
    let client = Client::with_lookup(config, Arc::new(EverythingIsHere)).unwrap();
    assert_eq!(code(get(&client, &url(&host, "/")).await), "fetch.silent");
}

#[tokio::test]
async fn a_certificate_must_be_for_the_name_and_by_a_trusted_authority() {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &[OTHER], |_| Reply::ok("")).await;
    let wrong_name = get(&client(&authority), &url(&host, "/")).await.unwrap_err();
    assert_eq!(wrong_name.code(), "fetch.tls-wrong-name");
    insta::assert_snapshot!(chain(&wrong_name), @r#"
    https://files.example.org:PORT/: no trusted TLS connection to the host came about
      because invalid peer certificate: certificate not valid for name "files.example.org"; certificate is only valid for DnsName("other.example.org")
    "#);

    let host = TestHost::start(&authority, &[NAME], |_| Reply::ok("")).await;
    let untrusted = get(&client(&Authority::new()), &url(&host, "/")).await;
    assert_eq!(code(untrusted), "fetch.tls-untrusted");
    assert!(host.requests().is_empty());
}

#[tokio::test]
async fn what_is_not_http_is_broken_and_a_closed_port_unreachable() {
    for nonsense in ["SSH-2.0-x\r\n", "<html>HTTP/0.9</html>", "HTTP/3.7 200 OK\r\n\r\n"] {
        let answer = answer_to(move || Reply::Close(nonsense.into())).await;
        assert_eq!(code(answer), "fetch.malformed", "{nonsense:?}");
    }
    assert_eq!(code(answer_to(|| Reply::Close(Vec::new())).await), "fetch.broken");

    // Nothing listens there: the port is one that only the system could take.
    let closed = Url::parse("https://127.0.0.3:1/").unwrap();
    let error = get(&client(&Authority::new()), &closed).await.unwrap_err();
    assert_eq!(error.code(), "fetch.connection-refused");
}

fn assert_never_connected(listener: &TcpListener) {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let accepted = listener.poll_accept(&mut context);
    assert!(accepted.is_pending(), "somebody connected: {accepted:?}");
}

#[tokio::test]
async fn an_inner_address_is_never_connected_to() {
    let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = inner.local_addr().unwrap().port();
    let user_agent = UserAgent::without_contact();
    let answers: [&[&str]; 2] = [&["127.0.0.1"], &["8.8.8.8", "127.0.0.1"]];
    let client =
        Client::with_lookup(ClientConfig::public(user_agent), Arc::new(Answers::new(&answers)))
            .unwrap();

    // Written in the URL, where no resolver is asked.
    let literal = Url::parse(&format!("https://127.0.0.1:{port}/")).unwrap();
    assert_eq!(code(get(&client, &literal).await), "address.loopback");
    // Behind a name, alone and beside a public address.
    let name = Url::parse(&format!("https://{NAME}:{port}/")).unwrap();
    for _ in answers {
        let error = get(&client, &name).await.unwrap_err();
        assert_eq!(error.code(), "address.loopback");
        insta::allow_duplicates! {
            insta::assert_snapshot!(chain(&error), @"
            https://files.example.org:PORT/: the name files.example.org leads to an address that is not allowed
              because 127.0.0.1 is not a public address: 127.0.0.0/8 is this machine itself (RFC 1122, section 3.2.1.3)
            ");
        }
    }
    assert_never_connected(&inner);
}

#[tokio::test]
async fn a_name_is_judged_again_for_every_connection() {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &[NAME], |_| {
        Reply::new(&["200 OK", "Connection: close", "Content-Length: 2"], "ok")
    })
    .await;
    // Allowed at first and inner from then on; one answer per connection, no second question.
    let answers = Answers::new(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let client = Client::with_lookup(config(&authority, &loopback()), Arc::new(answers)).unwrap();
    assert_eq!(body(get(&client, &url(&host, "/")).await), "ok");
    assert_eq!(code(get(&client, &url(&host, "/")).await), "address.private");
    assert_eq!(code(get(&client, &url(&host, "/")).await), "fetch.lookup");
}

#[tokio::test]
async fn a_url_that_was_never_judged_is_judged_by_the_client() {
    let client = client(&Authority::new());
    for (text, expected) in
        [("http://files.example.org/", "url.not-https"), ("https://10.0.0.1/", "address.private")]
    {
        let error = get(&client, &Url::parse(text).unwrap()).await.unwrap_err();
        assert_eq!(error.code(), expected);
        assert!(matches!(error.failure(), Failure::Url { .. }));
    }
}

#[tokio::test]
async fn a_fixed_pair_gets_the_connection_and_the_url_keeps_its_host() {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &["a.test"], |_| Reply::ok("fixed")).await;
    let development =
        Development { hosts: BTreeMap::from([("a.test".to_owned(), host.socket())]), ..loopback() };
    let nothing = Arc::new(Answers::new(&[]));
    let client = Client::with_lookup(config(&authority, &development), nothing).unwrap();
    for (text, header) in [
        ("https://a.test/file", "host: a.test\r\n"),
        ("https://a.test:8448/file", "host: a.test:8448\r\n"),
    ] {
        let url = Url::parse(text).unwrap();
        let Answer::Fresh { bytes, final_url, .. } = get(&client, &url).await.unwrap() else {
            panic!("no body")
        };
        assert_eq!((&bytes[..], final_url), (&b"fixed"[..], url));
        let requests = host.requests();
        assert!(requests.last().unwrap().contains(header), "{requests:?}");
    }
}

#[tokio::test]
async fn resolve_reports_every_address_with_its_verdict() {
    let config = ClientConfig::public(UserAgent::without_contact());
    let answers = Answers::new(&[&["8.8.8.8", "10.0.0.1", "::1"], &[]]);
    let client = Client::with_lookup(config, Arc::new(answers)).unwrap();
    let report = |text: &'static str| {
        let client = client.clone();
        async move {
            let found = client.resolve(&Url::parse(text).unwrap()).await?;
            let line = |judged: &JudgedAddress| match judged.verdict {
                Ok(()) => format!("{} allowed", judged.socket),
                Err(refusal) => format!("{} {}", judged.socket, refusal.code()),
            };
            Ok::<_, FetchError>(found.iter().map(line).collect::<Vec<_>>())
        }
    };
    assert_eq!(
        report("https://files.example.org:8448/").await.unwrap(),
        ["8.8.8.8:8448 allowed", "10.0.0.1:8448 address.private", "[::1]:8448 address.loopback"]
    );
    assert_eq!(report("https://8.8.8.8/").await.unwrap(), ["8.8.8.8:443 allowed"]);
    let no_address = report("https://files.example.org/").await.unwrap_err();
    assert_eq!(no_address.code(), "fetch.no-address");
    assert_eq!(report("https://files.example.org/").await.unwrap_err().code(), "fetch.lookup");
    assert_eq!(report("https://127.0.0.1/").await.unwrap_err().code(), "address.loopback");
}
