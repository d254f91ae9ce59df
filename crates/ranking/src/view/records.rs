//! A view as the records that a node signs and publishes.

use serde::Serialize;
use wellspring_document::Record;
use wellspring_document::json::{Map, Value};

use super::{TrustedCurator, View};

impl View {
    /// What the view says, in records for the parts of a signed view: `{"server": …}` and
    /// `{"unlisted": …}` under the server's name; `{"curator": …}`, `{"observer": …}`,
    /// `{"distrusted": …}` and `{"contested": …}` under the issuer's id, that of an adopted
    /// list followed by a space and its source; and one
    /// `{"documents": …}` with the counts, under the empty key.
    ///
    /// The same view gives the same records. Their order means nothing: a place in the list
    /// is the `rank` of its server.
    ///
    /// ```
    /// use wellspring_document::into_parts;
    /// use wellspring_ranking::{Corpus, Policy, rank};
    ///
    /// let now = "2026-11-22T10:00:00Z".parse()?;
    /// let view = rank(&Policy::default(), &Corpus::new(vec![], vec![], vec![], now));
    /// let parts = into_parts(view.records())?;
    /// assert_eq!(
    ///     std::str::from_utf8(&parts[0].bytes)?,
    ///     concat!(
    ///         r#"{"records":[{"documents":{"endorsement_lists":0,"#,
    ///         r#""observation_reports":0,"profiles":0}}]}"#,
    ///     )
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn records(&self) -> Vec<Record> {
        let servers = self.servers.iter().map(|it| record("server", it.server_name.as_str(), it));
        let unlisted =
            self.unlisted.iter().map(|it| record("unlisted", it.server_name.as_str(), it));
        let curators = self.curators.iter().map(|it| record("curator", &curator_key(it), it));
        let observers = self.observers.iter().map(|it| record("observer", it.issuer.as_str(), it));
        let distrusted =
            self.distrusted.iter().map(|it| record("distrusted", it.issuer.as_str(), it));
        let contested = self.contested.iter().map(|it| record("contested", it.issuer.as_str(), it));
        servers
            .chain(unlisted)
            .chain(curators)
            .chain(observers)
            .chain(distrusted)
            .chain(contested)
            .chain([record("documents", "", &self.documents)])
            .collect()
    }
}

/// A node can adopt many lists, all of which it signs itself.
fn curator_key(curator: &TrustedCurator) -> String {
    match &curator.adopted_from {
        Some(source) => format!("{} {}", curator.issuer, source.as_str()),
        None => curator.issuer.to_string(),
    }
}

fn record<T: Serialize>(kind: &str, key: &str, value: &T) -> Record {
    // What a view holds are texts, finite numbers and maps from texts, which can always be
    // written.
    let value = serde_json::to_value(value).unwrap_or_default();
    Record::new(key, &Value::Object(Map::from_iter([(kind.to_owned(), value)])))
}
