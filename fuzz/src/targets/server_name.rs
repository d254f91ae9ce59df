//! Server names: one spelling each, and a host that every URL parser takes for the same.

use url::{Host, Url};
use wellspring_document::ServerName;

use super::assert_fit_to_be_shown;

/// Reads a text as a server name.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let json = serde_json::to_string(text).expect("text can be written");
    let as_member = serde_json::from_str::<ServerName>(&json);
    let name = match ServerName::parse(text) {
        Ok(name) => name,
        Err(error) => {
            assert_fit_to_be_shown(&error.to_string());
            assert!(error.code().starts_with("server-name.") && as_member.is_err());
            return;
        }
    };
    assert_eq!(as_member.expect("a member is read by the same rule"), name);
    assert_eq!(name.as_str(), text);
    assert_eq!(ServerName::parse(&name.to_string()), Ok(name.clone()));
    assert!(text.len() <= ServerName::MAX_LENGTH);
    assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase()));

    let rebuilt = match name.port() {
        Some(port) => format!("{}:{port}", name.host()),
        None => name.host().to_owned(),
    };
    assert_eq!(rebuilt, text);

    let is_domain = match Url::parse(&format!("https://{text}/")) {
        // Whether a label is the ASCII form of a name depends on the version of Unicode.
        Err(error) => {
            assert!(text.contains("xn--"), "{error}");
            true
        }
        Ok(url) => {
            assert_eq!(url.port_or_known_default(), Some(name.port().unwrap_or(443)));
            assert_eq!((url.username(), url.password(), url.path()), ("", None, "/"));
            match url.host().expect("an https URL has a host") {
                Host::Domain(domain) => assert_eq!(domain, name.host()),
                Host::Ipv4(address) => assert_eq!(address.to_string(), name.host()),
                // URLs write the last 32 bits of an IPv4-mapped address otherwise.
                Host::Ipv6(address) => assert_eq!(format!("[{address}]"), name.host()),
            }
            matches!(url.host(), Some(Host::Domain(_)))
        }
    };
    assert_eq!(name.is_ip_address(), !is_domain);
}
