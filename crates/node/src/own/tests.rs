use std::fs;
use std::path::Path;

use wellspring_document::{KeyState, Quorum, SigningKey};

use super::*;
use crate::Clock;
use crate::config::Config;
use crate::issuer::{IssuerFiles, KeyFile};
use crate::node::Opening;
use crate::sync::SyncScope;

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// A node that adopted a list of one server from a file, after its first round.
async fn node(folder: &Path) -> Arc<Node> {
    fs::write(
        folder.join("servers.json"),
        "{\"public_servers\": [{\"name\": \"alpha.test\"}], \"private_servers\": []}",
    )
    .unwrap();
    let text = "
        [node]
        data_dir = \"data\"
        [sync]
        sources = \"configured\"
        [[adopt]]
        from = \"servers.json\"
        [[community]]
        id = \"town\"
        name = { en = \"The town\" }
        [community.policy]
        [[community.policy.adopted]]
        source = \"file:servers.json\"
        trust = 0.5";
    let config = Config::parse_in(text, folder).unwrap();
    let node = Node::open(Opening::configured(config, Clock::Fixed(now()), [9; 32])).unwrap();
    node.sync(SyncScope::All, &|_| {}).await.unwrap();
    node
}

/// Changes the key of the node in its folder, as another program does.
fn rotate(folder: &Path, seed: u8) {
    let files = IssuerFiles::of("node", &folder.join("data"));
    let before = Issuer::open(&files, None).unwrap();
    let new = SigningKey::from_seed([seed; 32]);
    let signing = Quorum { keys: [new.public()].into(), threshold: 1 };
    let state = KeyState { issued_at: now(), signing, recovery: None };
    let history = before.history().extend(&state, &[before.key().clone(), new.clone()]).unwrap();
    let after = Issuer::with(new, history).unwrap();
    let replaced = KeyFile::IsReplaced { passphrase: None };
    after.write_change(&files, replaced, &files.lock().unwrap()).unwrap();
}

fn versions(node: &Node) -> Vec<u32> {
    let own = node.issuer();
    let documents = node.memory().documents.said_by(own.history().issuer());
    documents.iter().map(AnyVerified::key_version).collect()
}

fn names(node: &Node) -> Vec<String> {
    let snapshot = node.snapshot();
    let servers = &snapshot.communities[0].view.servers;
    servers.iter().map(|server| server.server_name.to_string()).collect()
}

#[tokio::test]
async fn a_running_node_takes_its_new_keys_up_in_the_next_round() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path()).await;
    assert_eq!(versions(&node), [1]);
    // What it adopted is not there to be read again.
    fs::remove_file(folder.path().join("servers.json")).unwrap();
    for version in 2..=3 {
        rotate(folder.path(), version);
        node.sync(SyncScope::Due, &|_| {}).await.unwrap();
        assert_eq!(versions(&node), [u32::from(version)]);
        assert_eq!(names(&node), ["alpha.test"]);
        assert_eq!(node.issuer().history().version(), u32::from(version));
    }
}

#[tokio::test]
async fn keys_that_cannot_be_read_stop_no_round() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path()).await;
    fs::write(folder.path().join("data/node-key.pem"), "half a ke").unwrap();
    node.sync(SyncScope::All, &|_| {}).await.unwrap();
    assert_eq!((versions(&node), names(&node)), (vec![1], vec!["alpha.test".to_owned()]));
}
