use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use wellspring_document::IssuerId;

use crate::network::Network;

/// A configuration file in the making.
#[derive(Debug, Clone)]
pub struct Config {
    text: String,
    development: String,
    authority: String,
}

impl Config {
    /// A node that may reach the hosts of a network and nothing else on this machine. It
    /// listens on a free port.
    pub fn new(network: &Network) -> Self {
        let mut development = "\n[development]\nallow_loopback = true\n".to_owned();
        development.push_str("extra_roots = [\"authority.pem\"]\n\n[development.hosts]\n");
        for (name, address) in network.addresses() {
            writeln!(development, "\"{name}\" = \"{address}\"").unwrap();
        }
        Self { development, authority: network.authority_pem(), ..Self::of_the_internet() }
    }

    /// A node as on the internet, which may reach nothing on this machine.
    pub fn of_the_internet() -> Self {
        let text = "[node]\nlisten = \"127.0.0.1:0\"\ndata_dir = \"data\"\n".to_owned();
        Self { text, development: String::new(), authority: String::new() }
    }

    /// With a list or report at an address.
    #[must_use]
    pub fn feed(self, url: &str) -> Self {
        self.section(&format!("[[feed]]\nurl = \"{url}\""))
    }

    /// With an adopted list, and what else is to be said of it.
    #[must_use]
    pub fn adopt(self, from: &str, more: &str) -> Self {
        self.section(&format!("[[adopt]]\nfrom = \"{from}\"\n{more}"))
    }

    /// With a folder of documents.
    #[must_use]
    pub fn directory(self, path: &str) -> Self {
        self.section(&format!("[[directory]]\npath = \"{path}\""))
    }

    /// With a mirror, and what else is to be said of it.
    #[must_use]
    pub fn mirror(self, from: &str, more: &str) -> Self {
        self.section(&format!("[[mirror]]\nfrom = \"{from}\"\n{more}"))
    }

    /// With a community.
    #[must_use]
    pub fn community(self, community: &Community) -> Self {
        self.section(&community.text)
    }

    /// With a section of any kind.
    #[must_use]
    pub fn section(mut self, text: &str) -> Self {
        write!(self.text, "\n{text}\n").unwrap();
        self
    }

    /// The whole text.
    pub fn text(&self) -> String {
        format!("{}{}", self.text, self.development)
    }

    pub(crate) fn write(&self, folder: &Path) {
        fs::write(folder.join("authority.pem"), &self.authority).unwrap();
        fs::write(folder.join("wellspring.toml"), self.text()).unwrap();
    }
}

/// A community in the making.
#[derive(Debug, Clone)]
pub struct Community {
    text: String,
}

impl Community {
    /// A community that trusts nobody yet.
    pub fn new(id: &str) -> Self {
        let text = format!(
            "[[community]]\nid = \"{id}\"\nname = {{ en = \"The {id}\" }}\n\
             [community.policy]\nname = \"{id}\"\n"
        );
        Self { text }
    }

    /// Trusts a curator.
    #[must_use]
    pub fn trusts(self, curator: &IssuerId, trust: f64) -> Self {
        let issuer = curator.as_str();
        self.with(&format!(
            "[[community.policy.curators]]\nissuer = \"{issuer}\"\ntrust = {trust:?}"
        ))
    }

    /// Uses a list that the node adopted.
    #[must_use]
    pub fn uses(self, source: &str, trust: f64) -> Self {
        self.with(&format!(
            "[[community.policy.adopted]]\nsource = \"{source}\"\ntrust = {trust:?}"
        ))
    }

    /// With a table of any kind.
    #[must_use]
    pub fn with(mut self, text: &str) -> Self {
        writeln!(self.text, "{text}").unwrap();
        self
    }
}
