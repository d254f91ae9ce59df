use super::*;

fn code(address: &str) -> &'static str {
    match require_public(address.parse().expect(address)) {
        Ok(()) => "public",
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn ipv4_ranges_end_where_the_registry_says() {
    for (address, expected) in [
        ("0.0.0.0", "address.unspecified"),
        ("0.255.255.255", "address.unspecified"),
        ("1.0.0.0", "public"),
        ("9.255.255.255", "public"),
        ("10.0.0.0", "address.private"),
        ("10.255.255.255", "address.private"),
        ("11.0.0.0", "public"),
        ("100.63.255.255", "public"),
        ("100.64.0.0", "address.shared"),
        ("100.100.100.199", "address.shared"),
        ("100.100.100.200", "address.metadata"),
        ("100.127.255.255", "address.shared"),
        ("100.128.0.0", "public"),
        ("126.255.255.255", "public"),
        ("127.0.0.0", "address.loopback"),
        ("127.0.0.1", "address.loopback"),
        ("127.255.255.255", "address.loopback"),
        ("128.0.0.0", "public"),
        ("168.63.129.15", "public"),
        ("168.63.129.16", "address.metadata"),
        ("168.63.129.17", "public"),
        ("169.253.255.255", "public"),
        ("169.254.0.0", "address.link-local"),
        ("169.254.169.254", "address.metadata"),
        ("169.254.170.1", "address.link-local"),
        ("169.254.170.2", "address.metadata"),
        ("169.254.255.255", "address.link-local"),
        ("169.255.0.0", "public"),
        ("172.15.255.255", "public"),
        ("172.16.0.0", "address.private"),
        ("172.31.255.255", "address.private"),
        ("172.32.0.0", "public"),
        ("191.255.255.255", "public"),
        ("192.0.0.0", "address.protocol"),
        ("192.0.0.9", "address.protocol"),
        ("192.0.0.192", "address.metadata"),
        ("192.0.0.255", "address.protocol"),
        ("192.0.1.0", "public"),
        ("192.0.1.255", "public"),
        ("192.0.2.0", "address.documentation"),
        ("192.0.2.255", "address.documentation"),
        ("192.0.3.0", "public"),
        ("192.31.196.0", "address.protocol"),
        ("192.31.197.0", "public"),
        ("192.52.193.255", "address.protocol"),
        ("192.52.194.0", "public"),
        ("192.88.98.255", "public"),
        ("192.88.99.1", "address.protocol"),
        ("192.88.100.0", "public"),
        ("192.167.255.255", "public"),
        ("192.168.0.0", "address.private"),
        ("192.168.255.255", "address.private"),
        ("192.169.0.0", "public"),
        ("192.175.48.6", "address.protocol"),
        ("192.175.49.0", "public"),
        ("198.17.255.255", "public"),
        ("198.18.0.0", "address.benchmarking"),
        ("198.19.255.255", "address.benchmarking"),
        ("198.20.0.0", "public"),
        ("198.51.99.255", "public"),
        ("198.51.100.0", "address.documentation"),
        ("198.51.101.0", "public"),
        ("203.0.112.255", "public"),
        ("203.0.113.255", "address.documentation"),
        ("203.0.114.0", "public"),
        ("223.255.255.255", "public"),
        ("224.0.0.0", "address.multicast"),
        ("233.252.0.1", "address.documentation"),
        ("239.255.255.255", "address.multicast"),
        ("240.0.0.0", "address.reserved"),
        ("255.255.255.254", "address.reserved"),
        ("255.255.255.255", "address.broadcast"),
        ("1.1.1.1", "public"),
        ("8.8.8.8", "public"),
    ] {
        assert_eq!(code(address), expected, "{address}");
    }
}

#[test]
fn ipv6_ranges_end_where_the_registry_says() {
    for (address, expected) in [
        ("::", "address.unspecified"),
        ("::1", "address.loopback"),
        ("::2", "address.embedded"),
        ("::127.0.0.1", "address.embedded"),
        ("::8.8.8.8", "address.embedded"),
        ("::ffff:127.0.0.1", "address.embedded"),
        ("::ffff:8.8.8.8", "address.embedded"),
        ("::ffff:0:127.0.0.1", "address.embedded"),
        ("::1:0:0:1", "address.reserved"),
        ("64:ff9a:ffff::", "address.reserved"),
        ("64:ff9b::127.0.0.1", "address.embedded"),
        ("64:ff9b::ffff:ffff", "address.embedded"),
        ("64:ff9b::1:0:0", "address.reserved"),
        ("64:ff9b:1::", "address.embedded"),
        ("64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "address.embedded"),
        ("64:ff9b:2::", "address.reserved"),
        ("100::1", "address.protocol"),
        ("100:0:0:1::1", "address.protocol"),
        ("100:0:0:2::1", "address.reserved"),
        ("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "address.reserved"),
        ("2000::", "public"),
        ("2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "public"),
        ("2001::1", "address.embedded"),
        ("2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "address.embedded"),
        ("2001:1::1", "address.protocol"),
        ("2001:2::1", "address.benchmarking"),
        ("2001:2:1::", "address.protocol"),
        ("2001:3::1", "address.protocol"),
        ("2001:4:112::1", "address.protocol"),
        ("2001:10::1", "address.protocol"),
        ("2001:2f:ffff::1", "address.protocol"),
        ("2001:3f::1", "address.protocol"),
        ("2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "address.protocol"),
        ("2001:200::", "public"),
        ("2001:db7:ffff::1", "public"),
        ("2001:db8::", "address.documentation"),
        ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "address.documentation"),
        ("2001:db9::", "public"),
        ("2001:ffff:ffff::", "public"),
        ("2002:7f00:1::", "address.embedded"),
        ("2002:808:808::1", "address.embedded"),
        ("2003::", "public"),
        ("2606:4700:4700::1111", "public"),
        ("2620:4f:7fff::1", "public"),
        ("2620:4f:8000::1", "address.protocol"),
        ("2620:4f:8001::1", "public"),
        ("3ffd:ffff::1", "public"),
        ("3ffe::1", "address.reserved"),
        ("3fff::1", "address.documentation"),
        ("3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "address.documentation"),
        ("3fff:1000::", "public"),
        ("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "public"),
        ("4000::", "address.reserved"),
        ("5eff:ffff::", "address.reserved"),
        ("5f00::1", "address.protocol"),
        ("5f01::", "address.reserved"),
        ("fbff:ffff::", "address.reserved"),
        ("fc00::", "address.private"),
        ("fd00:ec2::254", "address.metadata"),
        ("fd00:ec2::255", "address.private"),
        ("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "address.private"),
        ("fe00::", "address.reserved"),
        ("fe80::1", "address.link-local"),
        ("febf:ffff::", "address.link-local"),
        ("fec0::1", "address.private"),
        ("feff:ffff::", "address.private"),
        ("ff00::", "address.multicast"),
        ("ff02::1", "address.multicast"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "address.multicast"),
    ] {
        assert_eq!(code(address), expected, "{address}");
    }
}

/// A row behind a wider one would never be reached, and its words never shown.
#[test]
fn no_row_hides_a_narrower_one() {
    fn assert_reachable(ranges: &[IpNet]) {
        for (index, narrow) in ranges.iter().enumerate() {
            let hiding = ranges[..index].iter().find(|wide| wide.contains(narrow));
            assert_eq!(hiding, None, "{narrow} can never match");
            assert_eq!(narrow.trunc(), *narrow, "{narrow} has bits past its prefix");
        }
    }
    assert_reachable(&SPECIAL_V4.map(|(range, ..)| range.into()));
    assert_reachable(&SPECIAL_V6.map(|(range, ..)| range.into()));
}

#[test]
fn the_message_names_address_range_and_rule() {
    let refusal = require_public("172.20.1.9".parse().unwrap()).unwrap_err();
    insta::assert_snapshot!(refusal, @"172.20.1.9 is not a public address: 172.16.0.0/12 is for private networks (RFC 1918)");
    let refusal = require_public("fe00::1".parse().unwrap()).unwrap_err();
    insta::assert_snapshot!(refusal, @"fe00::1 is not a public address: ::/0 is not assigned for public addresses outside 2000::/3 (RFC 4291, section 2.4)");
}
