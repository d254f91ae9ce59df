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

/// What changed in a community's list, or of one server in it; pages are counted from 1.
pub(super) fn changes(path: &str, name: Option<&ServerName>, page: usize) -> String {
    let server = name.map(|name| format!("server={}", segment(name)));
    let page = (page > 1).then(|| format!("page={page}"));
    let query: Vec<_> = server.into_iter().chain(page).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{path}/changes{mark}{}", query.join("&"))
}

/// The same for feed readers.
pub(super) fn feed(path: &str, name: Option<&ServerName>) -> String {
    let server = name.map(|name| format!("?server={}", segment(name)));
    format!("{path}/changes.atom{}", server.unwrap_or_default())
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
        assert_eq!(changes("", Some(&name), 2), "/changes?server=%5B::1%5D:8448&page=2");
        assert_eq!(changes("/x", None, 1), "/x/changes");
        assert_eq!(feed("", Some(&name)), "/changes.atom?server=%5B::1%5D:8448");
        assert_eq!(feed("/x", None), "/x/changes.atom");
        let name = ServerName::parse("example.org").unwrap();
        assert_eq!(logo("", &name), "/servers/example.org/logo.png");
    }
}
