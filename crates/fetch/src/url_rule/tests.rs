use std::collections::BTreeMap;

use super::*;
use crate::development::Development;

fn verdict(text: &str, policy: &AddressPolicy) -> &'static str {
    match judge(text, policy) {
        Ok(_) => "allowed",
        Err(refusal) => refusal.code(),
    }
}

fn assert_verdicts(policy: &AddressPolicy, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(verdict(text, policy), *expected, "{text:?}");
    }
}

#[test]
fn public_hosts_may_be_fetched_on_any_port_and_path() {
    let allowed = [
        "https://example.org/",
        "https://example.org",
        "https://example.org:8448/.well-known/wellspring/profile.json?a=b#c",
        "HTTPS://EXAMPLE.ORG/",
        "https://example.org:443/",
        "https://xn--mller-kva.de/",
        "https://müller.de/liste.json",
        "https://a-b_c.example.org/",
        "https://localhost.example.org/",
        "https://internal.example.org/",
        "https://10.0.0.1.example.org/",
        "https://example.org/@user",
        "https://example.org/?q=a@b:c",
        "https://8.8.8.8/",
        "https://8.8.8.8:8448/x",
        "https://[2606:4700:4700::1111]/",
        "https://[2606:4700:4700:0:0:0:0:1111]:8448/",
    ];
    assert_verdicts(&AddressPolicy::public_only(), &allowed.map(|text| (text, "allowed")));
}

#[test]
fn what_was_judged_is_what_is_returned() {
    let url = judge("HTTPS://Müller.DE:443/a/../b", &AddressPolicy::public_only()).unwrap();
    assert_eq!(url.as_str(), "https://xn--mller-kva.de/b");
}

#[test]
fn only_absolute_https_urls_without_user_are_fetched() {
    assert_verdicts(
        &AddressPolicy::public_only(),
        &[
            ("http://example.org/", "url.not-https"),
            ("ftp://example.org/", "url.not-https"),
            ("file:///etc/passwd", "url.not-https"),
            ("gopher://example.org/", "url.not-https"),
            ("data:text/plain,x", "url.not-https"),
            ("javascript:alert(1)", "url.not-https"),
            ("wss://example.org/", "url.not-https"),
            ("", "url.malformed"),
            ("example.org", "url.malformed"),
            ("//example.org/", "url.malformed"),
            ("https:", "url.malformed"),
            ("https://", "url.malformed"),
            ("https:///", "url.malformed"),
            ("https://:443/", "url.malformed"),
            ("https:example.org/", "url.malformed"),
            ("https:/example.org/", "url.malformed"),
            ("https:///example.org/", "url.malformed"),
            ("https://?x", "url.malformed"),
            ("https://example.org:65536/", "url.malformed"),
            ("https://example.org:https/", "url.malformed"),
            ("https://exa mple.org/", "url.forbidden-character"),
            ("https://exa<mple.org/", "url.malformed"),
            ("https://[::1/", "url.malformed"),
            ("https://[fe80::1%25eth0]/", "url.malformed"),
            ("https://1.2.3.4.5/", "url.malformed"),
            ("https://256.0.0.1/", "url.malformed"),
            ("https://user@example.org/", "url.user-info"),
            ("https://user:password@example.org/", "url.user-info"),
            ("https://@example.org/", "url.user-info"),
            ("https://:@example.org/", "url.user-info"),
            ("https://example.org@127.0.0.1/", "url.user-info"),
            ("https://example.org:443@127.0.0.1/", "url.user-info"),
        ],
    );
}

#[test]
fn text_that_the_parser_would_repair_is_refused() {
    assert_verdicts(
        &AddressPolicy::public_only(),
        &[
            (" https://example.org/", "url.forbidden-character"),
            ("https://example.org/ ", "url.forbidden-character"),
            ("https://example.org/a b", "url.forbidden-character"),
            ("https://exam\tple.org/", "url.forbidden-character"),
            ("https://example.org/\n", "url.forbidden-character"),
            ("ht\ntps://example.org/", "url.forbidden-character"),
            ("https://example.org/\r\nHost: a", "url.forbidden-character"),
            ("https://example.org\\@127.0.0.1/", "url.forbidden-character"),
            ("https:\\\\example.org/", "url.forbidden-character"),
            ("https://example.org/a\\b", "url.forbidden-character"),
            ("https://example.org/\0", "url.forbidden-character"),
            ("https://example.org/\u{85}", "url.forbidden-character"),
            ("https://example.org/\u{a0}", "url.forbidden-character"),
        ],
    );
    let long = format!("https://example.org/{}", "a".repeat(MAX_URL_BYTES));
    assert_verdicts(
        &AddressPolicy::public_only(),
        &[(&long, "url.too-long"), (&long[..MAX_URL_BYTES], "allowed")],
    );
}

#[test]
fn a_host_in_disguise_is_refused_even_if_it_stands_for_a_public_one() {
    assert_verdicts(
        &AddressPolicy::public_only(),
        &[
            ("https://0x7f.1/", "url.disguised-address"),
            ("https://127.1/", "url.disguised-address"),
            ("https://2130706433/", "url.disguised-address"),
            ("https://017700000001/", "url.disguised-address"),
            ("https://0177.0.0.1/", "url.disguised-address"),
            ("https://0x7f000001:8448/", "url.disguised-address"),
            ("https://127.0.0.1./", "url.disguised-address"),
            ("https://0/", "url.disguised-address"),
            ("https://１２７.0.0.1/", "url.disguised-address"),
            ("https://①②⑦.0.0.1/", "url.disguised-address"),
            ("https://127。0。0。1/", "url.disguised-address"),
            ("https://%31%32%37.0.0.1/", "url.disguised-address"),
            ("https://0x08080808/", "url.disguised-address"),
            ("https://008.8.8.8/", "url.malformed"),
            ("https://8.8.8.010/", "url.disguised-address"),
            ("https://ⓛocalhost/", "url.disguised-name"),
            ("https://loc\u{ad}alhost/", "url.disguised-name"),
            ("https://%6cocalhost/", "url.disguised-name"),
            ("https://ex%61mple.org/", "url.disguised-name"),
            ("https://ｅxample.org/", "url.disguised-name"),
            ("https://example。org/", "url.disguised-name"),
            ("https://exam\u{200b}ple.org/", "url.disguised-name"),
        ],
    );
}

#[test]
fn addresses_in_urls_follow_the_address_rule() {
    assert_verdicts(
        &AddressPolicy::public_only(),
        &[
            ("https://127.0.0.1/", "address.loopback"),
            ("https://127.0.0.1:8448/", "address.loopback"),
            ("https://[::1]/", "address.loopback"),
            ("https://[0:0:0:0:0:0:0:1]/", "address.loopback"),
            ("https://[::]/", "address.unspecified"),
            ("https://0.0.0.0/", "address.unspecified"),
            ("https://10.0.0.1/", "address.private"),
            ("https://172.16.0.1/", "address.private"),
            ("https://192.168.1.1/", "address.private"),
            ("https://[fd00::1]/", "address.private"),
            ("https://169.254.169.254/latest/meta-data/", "address.metadata"),
            ("https://[fd00:ec2::254]/", "address.metadata"),
            ("https://100.64.0.1/", "address.shared"),
            ("https://[fe80::1]/", "address.link-local"),
            ("https://[::ffff:127.0.0.1]/", "address.embedded"),
            ("https://[::ffff:7f00:1]/", "address.embedded"),
            ("https://[::ffff:8.8.8.8]/", "address.embedded"),
            ("https://[::127.0.0.1]/", "address.embedded"),
            ("https://[64:ff9b::a9fe:a9fe]/", "address.embedded"),
            ("https://[2002:7f00:1::]/", "address.embedded"),
            ("https://[ff02::1]/", "address.multicast"),
            ("https://224.0.0.1/", "address.multicast"),
            ("https://255.255.255.255/", "address.multicast"),
            ("https://240.0.0.1/", "address.reserved"),
        ],
    );
}

#[test]
fn names_that_cannot_be_public_are_refused() {
    assert_verdicts(
        &AddressPolicy::public_only(),
        &[
            ("https://localhost/", "url.reserved-name"),
            ("https://LOCALHOST:8448/", "url.reserved-name"),
            ("https://a.localhost/", "url.reserved-name"),
            ("https://localhost.localdomain/", "url.reserved-name"),
            ("https://nas.local/", "url.reserved-name"),
            ("https://metadata.google.internal/", "url.reserved-name"),
            ("https://abc.onion/", "url.reserved-name"),
            ("https://a.alt/", "url.reserved-name"),
            ("https://router.home.arpa/", "url.reserved-name"),
            ("https://1.0.0.127.in-addr.arpa/", "url.reserved-name"),
            ("https://a.test/", "url.reserved-name"),
            ("https://a.example/", "url.reserved-name"),
            ("https://a.invalid/", "url.reserved-name"),
            ("https://fritz.lan/", "url.reserved-name"),
            ("https://git.corp/", "url.reserved-name"),
            ("https://intranet/", "url.reserved-name"),
            ("https://metadata/", "url.single-label"),
            ("https://org/", "url.single-label"),
            ("https://localhost./", "url.trailing-dot"),
            ("https://example.org./", "url.trailing-dot"),
            ("https://example.org.:8448/", "url.trailing-dot"),
        ],
    );
}

#[test]
fn development_opens_loopback_and_fixed_names_and_nothing_else() {
    let development = Development {
        allow_loopback: Loopback::Allowed,
        hosts: BTreeMap::from([("a.test".to_owned(), "127.0.0.2:8443".parse().unwrap())]),
        ..Development::default()
    };
    assert_verdicts(
        &AddressPolicy::for_development(&development).unwrap(),
        &[
            ("https://127.0.0.1:8448/", "allowed"),
            ("https://[::1]/", "allowed"),
            ("https://localhost:8448/", "allowed"),
            ("https://a.localhost/", "allowed"),
            ("https://a.test/", "allowed"),
            ("https://A.TEST:8448/", "allowed"),
            ("https://b.test/", "url.reserved-name"),
            ("https://b.a.test/", "url.reserved-name"),
            ("https://a.test./", "url.trailing-dot"),
            ("https://localhost./", "url.trailing-dot"),
            ("https://127.1/", "url.disguised-address"),
            ("https://[::ffff:127.0.0.1]/", "address.embedded"),
            ("https://10.0.0.1/", "address.private"),
            ("http://127.0.0.1/", "url.not-https"),
        ],
    );
}

#[test]
fn messages_say_what_is_wrong_and_what_to_do() {
    let messages = [
        "http://example.org/",
        "https://example.org/a\tb",
        "example.org",
        "https://user@example.org/",
        "https://0x7f.1/",
        "https://%6cocalhost/",
        "https://example.org./",
        "https://metadata/",
        "https://nas.local/",
        "https://192.168.1.1/",
    ]
    .map(|text| judge(text, &AddressPolicy::public_only()).unwrap_err().to_string());
    insta::assert_snapshot!(messages.join("\n"), @r#"
    the URL's scheme is "http"; only https is fetched
    the URL holds the character '\t'; backslashes, spaces and control characters are not allowed
    the URL cannot be read; write it as https://HOST/PATH
    the URL carries a user name or password before an @; remove it
    the host "0x7f.1" stands for the address 127.0.0.1; write the address itself
    the host "%6cocalhost" stands for "localhost"; write the name itself
    the host "example.org." ends with a dot; remove it
    the host "metadata" has no dot; only a full domain name can be public
    the host "nas.local" cannot be public: .local is for the local link (RFC 6762)
    192.168.1.1 is not a public address: 192.168.0.0/16 is for private networks (RFC 1918)
    "#);
}
