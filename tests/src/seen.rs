use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

/// A ranked list as the program and the node give it.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    json: Value,
}

/// One server of a ranked list.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// Its part of the list.
    pub json: Value,
    names: BTreeMap<String, String>,
}

impl View {
    /// Reads a list.
    pub fn read(text: &str) -> Self {
        let json = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        Self { json }
    }

    /// As it was read.
    pub const fn json(&self) -> &Value {
        &self.json
    }

    /// The servers in their order.
    pub fn servers(&self) -> Vec<Server> {
        let servers = self.json["servers"].as_array().unwrap();
        let names = self.curators();
        servers.iter().map(|it| Server { json: it.clone(), names: names.clone() }).collect()
    }

    /// One server.
    pub fn server(&self, name: &str) -> Server {
        let server = self.servers().into_iter().find(|server| server.name() == name);
        server.unwrap_or_else(|| panic!("{name} is not in the list"))
    }

    /// The names of the servers in their order.
    pub fn names(&self) -> Vec<String> {
        self.servers().iter().map(|server| server.name().to_owned()).collect()
    }

    /// The curators' own names in the first of their languages, by issuer and source; an
    /// answer of the API has none.
    fn curators(&self) -> BTreeMap<String, String> {
        let curators = self.json["curators"].as_array().map_or(&[][..], Vec::as_slice);
        let name = |it: &Value| {
            let first = it["name"].as_object().and_then(|name| name.values().next());
            first.and_then(Value::as_str).unwrap_or("somebody").to_owned()
        };
        curators.iter().map(|it| (speaker(it), name(it))).collect()
    }

    /// Every server with its score, its category and its reasons: what was earned or said by
    /// whom. What nobody knows yet is left out.
    pub fn summary(&self) -> String {
        self.servers().iter().fold(String::new(), |mut text, server| {
            writeln!(text, "{}", server.summary()).unwrap();
            text
        })
    }
}

impl Server {
    /// Its name.
    pub fn name(&self) -> &str {
        self.json["server_name"].as_str().unwrap()
    }

    /// Its score.
    pub fn score(&self) -> f64 {
        self.json["score"].as_f64().unwrap()
    }

    /// Its category.
    pub fn category(&self) -> &str {
        self.json["category"].as_str().unwrap()
    }

    /// Where its profile stands.
    pub fn profile(&self) -> &str {
        self.json["profile"]["status"].as_str().unwrap()
    }

    /// What it calls itself, or is called.
    pub fn called(&self) -> Option<&str> {
        self.json["about"]["value"]["name"]["en"].as_str()
    }

    /// Its reasons, each as its code, points and speaker.
    pub fn reasons(&self) -> Vec<String> {
        let reasons = self.json["reasons"].as_array().unwrap();
        let said = reasons.iter().filter(|reason| !reason["by"].is_null());
        said.map(|reason| {
            let (code, points) = (reason["code"].as_str().unwrap(), reason["points"].as_f64());
            let name = self.names.get(&speaker(&reason["by"])).map_or("nobody", |it| it);
            format!("{code} {:.1} {name}", points.unwrap())
        })
        .collect()
    }

    fn summary(&self) -> String {
        let said = self.reasons().join(", ");
        format!("{} {:.1} {}: {said}", self.name(), self.score(), self.category())
    }
}

fn speaker(json: &Value) -> String {
    let source = json["adopted_from"].as_str().unwrap_or_default();
    format!("{} {source}", json["issuer"].as_str().unwrap())
}

/// Fails where two texts differ, and shows the first place where they do.
#[track_caller]
pub fn assert_same(left: &str, right: &str) {
    if left == right {
        return;
    }
    let at = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    let around = |text: &str| {
        let bytes = &text.as_bytes()[at.saturating_sub(60)..text.len().min(at + 200)];
        String::from_utf8_lossy(bytes).into_owned()
    };
    panic!("they differ from byte {at} on:\n  {}\n  {}", around(left), around(right));
}
