//! The parameters of an address.

use url::form_urlencoded;

/// The longest value of a parameter that is looked at, in characters. Longer ones are cut:
/// no name is longer than that.
const MAX_CHARACTERS: usize = 255;

/// The parameters of an address, read so that no text is refused: where a name comes twice,
/// the last one counts, and unknown names are passed over.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads what follows the `?` of an address.
    pub(super) fn read(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(
            pairs
                .map(|(name, value)| {
                    (name.into_owned(), value.chars().take(MAX_CHARACTERS).collect())
                })
                .collect(),
        )
    }

    /// The value of a parameter without spaces around it; nothing where it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().rev().find(|(found, _)| found == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// All values of a parameter, be they between commas or under the same name again;
    /// without spaces around them and without the empty ones.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        let of_name = self.0.iter().filter(|(found, _)| found == name);
        let values = of_name.flat_map(|(_, values)| values.split(','));
        values.map(str::trim).filter(|value| !value.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_can_be_read() {
        let read = |query| Parameters::read(Some(query));
        assert_eq!(read("q=a+b%20c&q=d").get("q"), Some("d"));
        assert_eq!(read("q=++").get("q"), None);
        assert_eq!(read("q").get("q"), None);
        assert_eq!(read("%FF=%00&&=&").get("q"), None);
        assert_eq!(read("q=%C3%BC").get("q"), Some("ü"));
        let long = format!("q={}", "ü".repeat(300));
        let long = Parameters::read(Some(&long));
        assert_eq!(long.get("q").unwrap().chars().count(), MAX_CHARACTERS);
        assert_eq!(Parameters::read(None).get("q"), None);
        assert_eq!(read("q=a,+b,,&r=x&q=c,&q=").all("q"), ["a", "b", "c"]);
        assert_eq!(read("q=,").all("q"), [""; 0]);
    }
}
