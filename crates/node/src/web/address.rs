//! The addresses of pages.

use wellspring_document::ServerName;

/// The list of a community whose pages are under `path`.
pub(super) fn list(path: &str) -> String {
    format!("{path}/")
}

/// The servers that are recommended to somebody.
pub(super) fn picks(path: &str) -> String {
    format!("{path}/recommendations")
}

/// The page of a server.
pub(super) fn server(path: &str, name: &ServerName) -> String {
    format!("{path}/servers/{}", segment(name))
}

/// The picture of a server.
pub(super) fn logo(path: &str, name: &ServerName) -> String {
    format!("{}/logo.png", server(path, name))
}

/// A server name as one segment of a path. Of its characters only the brackets of an IPv6
/// address are not at home there (RFC 3986, section 3.3).
pub(super) fn segment(name: &ServerName) -> String {
    name.as_str().replace('[', "%5B").replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_escaped_in_paths() {
        let name = ServerName::parse("[::1]:8448").unwrap();
        assert_eq!(server("/x", &name), "/x/servers/%5B::1%5D:8448");
        let name = ServerName::parse("example.org").unwrap();
        assert_eq!(logo("", &name), "/servers/example.org/logo.png");
    }
}
