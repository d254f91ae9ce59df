//! Documents whose authors put markup wherever a text is taken.

use super::*;
use serde_json::Value;
use wellspring_document::{
    Body as DocumentBody, EndorsementList, ObservationReport, Profile, RawDocument, SigningKey,
};

use crate::{Config, Issuer, example};

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}";

/// What is tried in place of the text number `number`, in this order: markup, or whatever
/// else the member takes. Each holds a mark by which it is found again.
fn replacements(number: usize) -> [String; 6] {
    let mark = mark(number);
    [
        format!("{HOSTILE} {mark}"),
        format!("https://{mark}.example/"),
        format!("{mark}@e.example"),
        format!("@{mark}:e.example"),
        format!("#{mark}:e.example"),
        mark,
    ]
}

fn mark(number: usize) -> String {
    format!("m{number}m")
}

/// `body` with such a replacement in every member that takes one but the server's name, and
/// the paths of these members by the number of their mark.
fn poisoned<T: DocumentBody>(body: &T) -> (T, Vec<(usize, String)>) {
    fn texts(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::String(_) => found.push(path.to_owned()),
            Value::Object(members) => {
                for (name, member) in members {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    texts(member, &format!("{path}/{name}"), found);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    texts(item, &format!("{path}/{index}"), found);
                }
            }
            _ => {}
        }
    }
    let read = |value: &Value| {
        serde_json::from_value::<T>(value.clone()).ok().filter(|body| body.validate().is_ok())
    };
    let mut value = serde_json::to_value(body).unwrap();
    let mut paths = Vec::new();
    texts(&value, "", &mut paths);
    let mut marked = Vec::new();
    for (number, path) in paths.into_iter().enumerate() {
        if path.ends_with("/server_name") {
            continue;
        }
        let before = value.pointer(&path).unwrap().clone();
        let is_taken = replacements(number).into_iter().any(|replacement| {
            *value.pointer_mut(&path).unwrap() = Value::String(replacement);
            read(&value).is_some()
        });
        if is_taken {
            marked.push((number, path));
        } else {
            *value.pointer_mut(&path).unwrap() = before;
        }
    }
    (read(&value).unwrap(), marked)
}

/// The first of the example world's documents of a kind that `fits`.
pub(super) fn document<T: DocumentBody + Clone>(fits: impl Fn(&T) -> bool) -> T {
    let documents = example::world(REFERENCE).unwrap().documents;
    let bodies = documents.into_iter().filter_map(|raw: RawDocument| raw.verify::<T>().ok());
    bodies.map(|verified| verified.body().clone()).find(fits).unwrap()
}

pub(super) fn is_lindenhof(profile: &Profile) -> bool {
    profile.server_name.as_str() == "lindenhof.example"
}

pub(super) fn issuer(seed: u8) -> Issuer {
    Issuer::start(SigningKey::from_seed([seed; 32]), REFERENCE).unwrap()
}

/// A node that trusts a hostile curator and a hostile observer, and a server with a hostile
/// profile that the curator binds to its name.
async fn hostile_node(dir: &Path) -> Arc<Node> {
    let (operator, curator, observer) = (issuer(1), issuer(2), issuer(3));
    let id = |issuer: &Issuer| issuer.history().issuer().clone();
    let (profile, in_profile) = poisoned(&document::<Profile>(is_lindenhof));
    let of_commons = |list: &EndorsementList| !list.curators.is_empty();
    let (mut list, in_list) = poisoned(&document(of_commons));
    for entry in &mut list.entries {
        let is_ours = entry.server_name == profile.server_name;
        entry.issuer = is_ours.then(|| id(&operator));
    }
    list.curators.iter_mut().for_each(|opinion| opinion.list_url = None);
    let (mut report, in_report) = poisoned(&document::<ObservationReport>(|_| true));
    // What they saw at the name is signed by somebody else.
    report.entries.iter_mut().for_each(|entry| entry.profile = None);
    assert!(in_profile.len() > 80 && in_list.len() > 80 && in_report.len() > 5);

    let feeds = dir.join("feeds");
    std::fs::create_dir_all(&feeds).unwrap();
    let write = |name: &str, raw: RawDocument| {
        std::fs::write(feeds.join(name), raw.bytes()).unwrap();
    };
    write("profile.json", operator.sign(&profile, 1, REFERENCE, 30).unwrap());
    write("list.json", curator.sign(&list, 1, REFERENCE, 30).unwrap());
    write("report.json", observer.sign(&report, 1, REFERENCE, 8).unwrap());
    let text = format!(
        "[node]\ndata_dir = \"data\"\nimprint = \"https://imprint.example/\"\n\
         complaints = \"complaints@imprint.example\"\n\
         [sync]\nsources = \"configured\"\n[[directory]]\npath = \"feeds\"\n\
         [[community]]\nid = \"a\"\nname.en = '''{HOSTILE}'''\n\
         description.en = '''{HOSTILE}'''\n\
         [community.policy]\nname = '''{HOSTILE}'''\nobservers = [\"{}\"]\n\
         [[community.policy.curators]]\nissuer = \"{}\"\n",
        id(&observer),
        id(&curator)
    );
    let config = Config::parse_in(&text, dir).unwrap();
    let node = Node::open(Opening::configured(config, Clock::Fixed(REFERENCE), [9; 32])).unwrap();
    node.sync(SyncScope::All, &|_| {}).await.unwrap();
    node
}

#[tokio::test]
async fn markup_in_documents_is_text_on_pages() {
    let dir = tempfile::tempdir().unwrap();
    let router = router(&hostile_node(dir.path()).await);
    let mut seen = 0;
    for address in ["/", "/curators", "/about", "/servers/lindenhof.example"] {
        let page = get(&router, address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        let html = page.text();
        assert!(!html.contains("<script>alert") && !html.contains("<img src=x"), "{address}");
        assert_eq!(html.matches("<script").count(), 1, "{address}");
        assert!(!html.contains("49}"), "{address}");
        seen += html.matches("&#60;script&#62;alert(1)&#60;/script&#62;").count();
        // Quotes of documents cannot end an attribute.
        assert!(!html.contains("\"'>"), "{address}");
    }
    assert!(seen > 100, "{seen}");
}

/// Nothing that an operator says is left out: of a text in several languages the one that
/// suits the reader stands for all.
#[tokio::test]
async fn every_text_of_a_profile_is_on_its_page() {
    let dir = tempfile::tempdir().unwrap();
    let router = router(&hostile_node(dir.path()).await);
    let page = get(&router, "/servers/lindenhof.example").await;
    let profile = document::<Profile>(is_lindenhof);
    let json = serde_json::to_value(&profile).unwrap();
    let (_, marked) = poisoned(&profile);
    for (number, path) in marked {
        let (parent, member) = path.rsplit_once('/').unwrap();
        let is_translation = member != "en" && json.pointer(&format!("{parent}/en")).is_some();
        if !is_translation {
            assert!(page.text().contains(&mark(number)), "{path} is not on the page");
        }
    }
}

#[tokio::test]
async fn links_of_documents_are_marked_as_other_peoples() {
    let dir = tempfile::tempdir().unwrap();
    let router = router(&hostile_node(dir.path()).await);
    let page = get(&router, "/servers/lindenhof.example").await;
    let mut outbound = 0;
    for link in page.text().split("<a ").skip(1) {
        let tag = link.split('>').next().unwrap();
        let target = tag.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        if target.starts_with(['/', '#', '?']) {
            continue;
        }
        let is_ours = target.contains("imprint.example");
        let is_safe = target.starts_with("https://") || target.starts_with("mailto:");
        assert!(is_safe, "{target}");
        if !is_ours {
            assert!(tag.contains("rel=\"nofollow noopener noreferrer ugc\""), "{tag}");
            outbound += 1;
        }
    }
    assert!(outbound > 20, "{outbound}");
    assert!(page.text().contains("Register at"));
    assert!(page.text().contains("https://imprint.example/"));
    assert!(page.text().contains("mailto:complaints@imprint.example"));
}

#[tokio::test]
async fn the_api_gives_texts_as_they_were_signed() {
    let dir = tempfile::tempdir().unwrap();
    let router = router(&hostile_node(dir.path()).await);
    let server = get(&router, "/api/v1/servers/lindenhof.example").await;
    assert_eq!(server.header(header::CONTENT_TYPE), "application/json");
    assert!(
        server.json()["server"]["about"]["value"]["name"]["en"]
            .as_str()
            .is_some_and(|name| name.starts_with(HOSTILE))
    );
}
