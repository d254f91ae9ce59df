//! Hosts that do what no host should.

use rcgen::{CertificateParams, date_time_ymd};

use super::*;
use crate::{MAX_HEAD_BYTES, MAX_HEADERS};

#[tokio::test]
async fn a_certificate_counts_only_in_its_time() {
    let authority = Authority::new();
    for (from, to, expected) in
        [(2001, 2002, "fetch.tls-expired"), (3001, 3002, "fetch.tls-not-yet-valid")]
    {
        let mut certificate = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        certificate.not_before = date_time_ymd(from, 1, 1);
        certificate.not_after = date_time_ymd(to, 1, 1);
        let host = TestHost::start_with(&authority, &certificate, |_| Reply::ok("")).await;
        assert_eq!(code(get(&client(&authority), &url(&host, "/")).await), expected);
        assert!(host.requests().is_empty(), "a request was sent all the same");
    }
}

#[tokio::test]
async fn a_head_has_so_many_lines_and_so_many_bytes() {
    let lines = |count: usize| {
        move || {
            let filler: Vec<String> = (0..count).map(|n| format!("X-{n}: a")).collect();
            let head: Vec<&str> =
                std::iter::once("200 OK").chain(filler.iter().map(String::as_str)).collect();
            Reply::new(&head, "body")
        }
    };
    assert_eq!(body(answer_to(lines(MAX_HEADERS)).await), "body");
    for count in [MAX_HEADERS + 1, 1_000] {
        assert_eq!(code(answer_to(lines(count)).await), "fetch.head-too-large", "{count} lines");
    }
    let long = |bytes: usize| move || Reply::new(&["200 OK", &"X: ".repeat(bytes / 3)], "body");
    assert_eq!(body(answer_to(long(MAX_HEAD_BYTES / 2)).await), "body");
    for bytes in [2 * MAX_HEAD_BYTES, 10 * MAX_HEAD_BYTES] {
        assert_eq!(code(answer_to(long(bytes)).await), "fetch.head-too-large", "{bytes} bytes");
    }
}

#[tokio::test]
async fn interim_answers_are_passed_over_and_do_not_go_on_for_ever() {
    let few = || {
        let mut bytes = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(3);
        bytes.extend(Reply::bytes(&["200 OK", "Content-Length: 4"], "body"));
        Reply::Close(bytes)
    };
    assert_eq!(body(answer_to(few).await), "body");
    for interim in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 199 A\r\nX: y\r\n\r\n"] {
        let flood = || Reply::Endless(Vec::new(), interim.into());
        assert_eq!(code(answer_to(flood).await), "fetch.head-too-large", "{interim:?}");
    }
    let upgrade = ["101 Switching Protocols", "Upgrade: x", "Connection: upgrade"];
    assert_eq!(code(answer_to(move || Reply::new(&upgrade, "")).await), "fetch.status");
}

#[tokio::test]
async fn a_head_that_breaks_the_rules_of_http_is_malformed() {
    for head in [
        &["200 OK", "Content-Length: 4", "Content-Length: 5"][..],
        &["200 OK", "Content-Length: -4"],
        &["200 OK", "Content-Length: 4, 5"],
        &["200 OK", "Content-Length: 99999999999999999999999"],
        &["200 OK", "no colon"],
        &["200 OK", "X y: z"],
        &["20 OK"],
        &["2000 OK"],
    ] {
        let answer = answer_to(move || Reply::new(head, "body")).await;
        assert_eq!(code(answer), "fetch.malformed", "{head:?}");
    }
}

#[tokio::test]
async fn chunks_that_are_none_are_malformed_and_missing_ones_break_off() {
    const CHUNKED: [&str; 2] = ["200 OK", "Transfer-Encoding: chunked"];
    for chunks in
        ["x\r\n", "-1\r\na\r\n0\r\n\r\n", "1\r\nabc\r\n", "1;\n", "fffffffffffffffff\r\na"]
    {
        let answer = answer_to(move || Reply::new(&CHUNKED, chunks)).await;
        assert_eq!(code(answer), "fetch.malformed", "{chunks:?}");
    }
    for chunks in ["", "4\r\nab", "4\r\nbody\r\n", "ffffffffffffffff\r\na"] {
        let answer = answer_to(move || Reply::new(&CHUNKED, chunks)).await;
        assert_eq!(code(answer), "fetch.broken", "{chunks:?}");
    }
    let endless = || Reply::Endless(Reply::bytes(&CHUNKED, ""), b"1\r\na\r\n".to_vec());
    assert_eq!(code(answer_to(endless).await), "fetch.too-large");
}

#[tokio::test]
async fn a_compressed_transfer_is_refused_like_a_compressed_body() {
    for encoding in ["gzip, chunked", "gzip"] {
        let header = format!("Transfer-Encoding: {encoding}");
        let answer = answer_to(move || Reply::new(&["200 OK", &header], "0\r\n\r\n")).await;
        assert_eq!(code(answer), "fetch.encoded", "{encoding}");
    }
}

#[tokio::test]
async fn a_small_body_that_would_unpack_to_a_huge_one_is_not_unpacked() {
    // The beginning of a gzip stream; what follows is never looked at.
    let bomb = || {
        let head = ["200 OK", "Content-Encoding: gzip", "Content-Length: 10"];
        Reply::new(&head, [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0])
    };
    assert_eq!(code(answer_to(bomb).await), "fetch.encoded");
    // Without the header the bytes are the file.
    let bytes = [0x1f, 0x8b, 8, 0];
    let Answer::Fresh { bytes: got, .. } =
        answer_to(move || Reply::new(&["200 OK"], bytes)).await.unwrap()
    else {
        panic!("no body")
    };
    assert_eq!(got[..], bytes);
}

#[tokio::test]
async fn a_byte_now_and_then_does_not_keep_a_connection_open() {
    let limits = GetLimits { deadline: Duration::from_millis(300), ..LIMITS };
    let head = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
    let whole = Reply::bytes(&["200 OK", "Content-Length: 1000"], "x".repeat(1000));
    for bytes in [head, whole] {
        let authority = Authority::new();
        let host = TestHost::start(&authority, &[NAME], move |_| {
            Reply::Drip(Duration::from_millis(20), bytes.clone())
        })
        .await;
        let answer = client(&authority).get(&url(&host, "/"), &limits, None).await;
        assert_eq!(code(answer), "fetch.deadline");
    }
}

#[tokio::test]
async fn a_loop_of_redirects_is_left() {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &[NAME], |_| Reply::redirect("/again")).await;
    let error = get(&client(&authority), &url(&host, "/again")).await.unwrap_err();
    assert_eq!(error.code(), "fetch.too-many-redirects");
    assert_eq!(host.requests().len(), MAX_REDIRECTS + 1);
}

#[tokio::test]
async fn a_dead_address_of_a_name_does_not_hide_a_living_one() {
    let authority = Authority::new();
    let host = TestHost::start(&authority, &[NAME], |_| Reply::ok("alive")).await;
    // Nothing listens at the first address.
    let answers = Answers::new(&[&["127.0.0.9", "127.0.0.1"], &["127.0.0.9"]]);
    let client = Client::with_lookup(config(&authority, &loopback()), Arc::new(answers)).unwrap();
    assert_eq!(body(get(&client, &url(&host, "/")).await), "alive");
    assert_eq!(code(get(&client, &url(&host, "/")).await), "fetch.connection-refused");
}

#[tokio::test]
async fn what_a_host_keeps_from_being_stored_leaves_no_validators() {
    let head = ["200 OK", "ETag: \"v1\"", "Cache-Control: no-store, max-age=60"];
    let answer = answer_to(move || Reply::new(&head, "file")).await.unwrap();
    let Answer::Fresh { validators, fresh_for, .. } = answer else { panic!("no body") };
    assert_eq!((validators, fresh_for), (None, Duration::ZERO));
}
