mod cases;

use std::collections::{BTreeMap, BTreeSet};

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
fn every_url_gets_its_true_answer() {
    let public = AddressPolicy::public_only();
    let wrong: Vec<String> = cases::cases()
        .filter_map(|(text, expected)| {
            let said = verdict(&text, &public);
            (said != expected).then(|| format!("{text:?}: {said}, not {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_case() {
    let seen: BTreeSet<&str> = cases::cases().map(|(_, expected)| expected).collect();
    let count = cases::cases().count();
    assert!(count > 400, "only {count} cases");
    insta::assert_snapshot!(seen.into_iter().collect::<Vec<_>>().join("\n"), @"
    address.benchmarking
    address.broadcast
    address.documentation
    address.embedded
    address.link-local
    address.loopback
    address.metadata
    address.multicast
    address.private
    address.protocol
    address.reserved
    address.shared
    address.unspecified
    allowed
    url.bad-name
    url.disguised-address
    url.disguised-name
    url.forbidden-character
    url.malformed
    url.not-https
    url.port-zero
    url.reserved-name
    url.single-label
    url.too-long
    url.user-info
    ");
}

#[test]
fn what_was_judged_is_what_is_returned() {
    let url = judge("HTTPS://Müller.DE:443/a/../b", &AddressPolicy::public_only()).unwrap();
    assert_eq!(url.as_str(), "https://xn--mller-kva.de/b");
    let url = judge("https://Example.org.:8448/a", &AddressPolicy::public_only()).unwrap();
    assert_eq!(url.as_str(), "https://example.org:8448/a");
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
            ("https://a.test./", "allowed"),
            ("https://localhost./", "allowed"),
            ("https://localhost:0/", "url.port-zero"),
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
        "https://example..org/",
        "https://example.org:0/",
        "https://0x08080808/",
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
    the host "0x7f.1" stands for the address 127.0.0.1, and 127.0.0.1 is not a public address: 127.0.0.0/8 is this machine itself (RFC 1122, section 3.2.1.3)
    the host "%6cocalhost" stands for "localhost"; write the name itself
    the host "example..org" is not a domain name: parts of 1 to 63 letters, digits, hyphens and underscores, without a hyphen at either end, with a dot between them, at most 253 characters in all
    the URL's port is 0; ports are 1 to 65535
    the host "0x08080808" stands for the address 8.8.8.8; write the address itself
    the host "metadata" has no dot; only a full domain name can be public
    the host "nas.local" cannot be public: .local is for the local link (RFC 6762)
    192.168.1.1 is not a public address: 192.168.0.0/16 is for private networks (RFC 1918)
    "#);
}
