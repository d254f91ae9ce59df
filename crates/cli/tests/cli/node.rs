//! The commands of a community: `init`, `sync`, `rank`, `serve`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::place::{NOW, Place, finish, json, steady, vectors};

/// A list as joinmatrix had them, of two servers.
const LIST: &str = r#"[
    {"name": "a.example", "info": "https://a.example/", "open": true, "reg_method": "Element"},
    {"name": "b.example", "info": "https://b.example/", "open": false}
]"#;

/// A node that runs until its value ends.
struct Running {
    child: Child,
    address: String,
    /// What it printed before it was ready.
    greeting: String,
}

impl Running {
    fn start(place: &Place, words: &str) -> Self {
        let words = format!("serve --listen 127.0.0.1:0 {words}");
        let mut child = place
            .command(words.split_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = String::new();
        while !greeting.contains("  stop ") {
            greeting.push_str(&lines.next().unwrap().unwrap());
            greeting.push('\n');
        }
        let (_, rest) = greeting.split_once("http://").unwrap();
        let address = rest.split('/').next().unwrap().to_owned();
        Self { child, greeting: greeting.replace(&address, "ADDRESS"), address }
    }

    /// The answer to a request, head and body.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Asks it to stop and gives its exit code.
    fn stop(mut self) -> Option<i32> {
        self.signal("TERM");
        self.child.wait().unwrap().code()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Where it has stopped already there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_example_world_needs_nothing() {
    let place = Place::new();
    let node = Running::start(&place, "");
    insta::assert_snapshot!(node.greeting, @"
    Wellspring shows the example world: its servers do not exist
      open   http://ADDRESS/
      data   wellspring-data/example
      stop   Ctrl-C
    ");
    let page = node.get("/");
    assert!(page.starts_with("HTTP/1.1 307 ") || page.starts_with("HTTP/1.1 200 "), "{page}");
    assert!(node.get("/healthz").contains("\"status\":\"ok\""));
    assert!(node.get("/api/v1/servers").contains("\"server_name\":\"lindenhof.example\""));
    assert_eq!(node.stop(), Some(0));
    assert_eq!(place.names(), ["wellspring-data"]);
}

#[test]
fn a_visitor_that_says_half_a_request_does_not_keep_a_node_from_stopping() {
    let place = Place::new();
    let half_a_request = |node: &Running| {
        let mut stream = TcpStream::connect(&node.address).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n").unwrap();
        // Connections are taken in order, so the half request has a connection by now.
        node.get("/healthz");
        stream
    };
    let node = Running::start(&place, "");
    let visitor = half_a_request(&node);
    let told = Instant::now();
    assert_eq!(node.stop(), Some(0));
    assert!(told.elapsed() < Duration::from_secs(20), "{:?}", told.elapsed());
    drop(visitor);

    let mut node = Running::start(&place, "");
    let visitor = half_a_request(&node);
    let told = Instant::now();
    node.signal("TERM");
    node.signal("INT");
    assert_eq!(node.child.wait().unwrap().code(), Some(0));
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
    drop(visitor);
}

#[test]
fn programs_that_start_at_once_in_an_empty_folder_are_one_node() {
    let place = Place::new();
    place.write("list.json", LIST);
    for round in 0..10 {
        let sync = format!("sync --adopt list.json --data-dir data-{round}");
        let sync: Vec<&str> = sync.split(' ').collect();
        let start = || place.command(&sync).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let starts: Vec<_> = (0..3).map(|_| start().unwrap()).collect();
        for start in starts {
            let done = start.wait_with_output().unwrap();
            assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
        }
        place.run(&sync.join(" ")).yes();
    }
}

#[test]
fn a_node_shows_one_adopted_list() {
    let place = Place::new();
    place.write("list.json", LIST);
    let node = Running::start(&place, "--adopt list.json --data-dir data");
    insta::assert_snapshot!(node.greeting, @"
    Wellspring shows one adopted list with 2 servers
      open   http://ADDRESS/
      data   data
      stop   Ctrl-C
    ");
    assert!(node.get("/api/v1/servers").contains("\"total\":2"));
    assert_eq!(node.stop(), Some(0));
    assert_eq!(place.mode("data/node-key.pem"), 0o600);

    // What was good stays when its source is gone.
    fs::remove_file(place.path("list.json")).unwrap();
    let node = Running::start(&place, "--adopt list.json --data-dir data");
    assert!(node.get("/api/v1/servers").contains("\"total\":2"));
}

#[test]
fn what_keeps_a_node_from_starting() {
    let place = Place::new();
    place.write("wrong.json", "{}");
    place.write("wrong.toml", "[node]\nlisten = 7\n");
    place.write("list.json", LIST);
    fs::create_dir(place.path("folder")).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let serve = |words: &str| {
        let told = place.run(&format!("serve --listen 127.0.0.1:0 {words}")).unread();
        told.lines().find(|line| line.starts_with("error: ")).unwrap().to_owned() + "\n"
    };
    let mut told: String = [
        "--adopt absent.json",
        "--adopt folder",
        "--adopt wrong.json",
        "--adopt http://lists.example/",
        "--config absent.toml",
        "--config folder",
        "--config wrong.toml --adopt list.json",
        "--data-dir list.json",
    ]
    .iter()
    .map(|words| serve(words))
    .collect();
    let in_use = place.run(&format!("serve --listen {taken}")).unread();
    told.push_str(&in_use.replace(&taken, "ADDRESS"));
    insta::assert_snapshot!(told, @r#"
    error: there is no list to show: absent.json could not be read: there is no such file or folder; check the path; give --adopt another one
    error: there is no list to show: folder could not be read: it is a folder; name a file; give --adopt another one
    error: there is no list to show: this is no list of homeservers that can be read: it must be an array of servers (joinmatrix until 2023) or an object with an array "public_servers" (joinmatrix, FluffyChat), but it is an object without it; give --adopt another one
    error: adopt.from: "http://lists.example/": must be an https link, or "file:" and a file name without a path
    error: absent.toml could not be read: there is no such file or folder; check the path
    error: folder could not be read: it is a folder; name a file
    error: the argument '--config <FILE>' cannot be used with '--adopt <URL|FILE>'
    error: the data directory list.json could not be made: something of that name is there; choose another name
    error: ADDRESS cannot be listened on: the address is in use; stop the program that has it, or choose another with --listen
    "#);
    assert!(serve("--config wrong.toml").starts_with("error: wrong.toml is no configuration"));
}

#[test]
fn a_database_that_cannot_be_used_is_named() {
    let place = Place::new();
    place.write("list.json", LIST);
    place.run("sync --adopt list.json --data-dir data").yes();
    let rank = || place.run("rank --adopt list.json --data-dir data");
    rank().yes();

    // SQLite keeps the version of the schema at byte 60 of the file.
    let database = place.path("data/wellspring.db");
    let mut bytes = fs::read(&database).unwrap();
    bytes[60..64].copy_from_slice(&1_000_u32.to_be_bytes());
    fs::write(&database, bytes).unwrap();
    let newer = rank().unread();
    fs::write(&database, "nothing").unwrap();
    let here = place.path("").display().to_string();
    let told = (newer + &rank().unread()).replace(here.trim_end_matches('/'), "HERE");
    insta::assert_snapshot!(told, @"
    error: HERE/data/wellspring.db was written by a newer wellspring (schema 1000, this program knows 1); run the newer program or name another file
    error: HERE/data/wellspring.db is not a database; name another file
    ");
}

#[test]
fn sync_says_what_came_of_it() {
    let place = Place::new();
    place.write("list.json", LIST);
    let mut told = place.run("sync --adopt list.json").yes();
    told.push_str(&place.run("sync --adopt list.json").yes());
    told.push_str(&place.run("sync --adopt absent.json").no());
    insta::assert_snapshot!(told, @"
    1 source asked, 0 unchanged; 1 document new; 2 servers known.
    1 source asked, 1 unchanged; 0 documents new; 2 servers known.
    1 source asked, 0 unchanged; 0 documents new; 0 servers known.
      file:absent.json: absent.json could not be read: there is no such file or folder; check the path [file.unreadable]
    ");
    let report = json(&place.run("sync --adopt absent.json --json").no());
    assert_eq!(report["problems"][0]["source"], "file:absent.json");
    assert_eq!(report["asked"], 1);
}

#[test]
fn the_same_documents_and_time_give_the_same_bytes() {
    let (here, there) = (Place::new(), Place::new());
    let rank = format!("rank --json --now {NOW}");
    let view = here.run(&rank).yes();
    assert_eq!(view, here.run(&rank).yes());
    assert_eq!(view, there.run(&rank).yes());
    assert_eq!(json(&view)["now"], NOW);
    assert!(here.names().is_empty());
    assert_ne!(view, here.run(&format!("{rank} --community hackerspace")).yes());
}

#[test]
fn rank_explains() {
    let place = Place::new();
    let rank = |words: &str| place.run(&format!("rank --now {NOW} {words}"));
    let table = rank("").yes();
    assert!(table.starts_with("22 servers at 2026-11-22T10:00:00Z\n    1 "), "{table}");
    let explained = rank("--explain lindenhof.example").yes();
    assert!(explained.starts_with("lindenhof.example: rank 1, "), "{explained}");
    assert!(explained.contains("\nPoints\n") && explained.contains("\nCriteria\n"), "{explained}");
    let server = json(&rank("--explain lindenhof.example --json").yes());
    assert_eq!(server["rank"], 1);

    let mut refused = rank("--explain nobody.example").no();
    refused.push_str(&rank("--community nobody").no());
    refused.push_str(&rank("--explain Nobody").unread());
    let refusal = rank("--explain nobody.example --json");
    let error = &json(&refusal.out)["error"];
    assert_eq!(error["code"], "refused");
    assert!(error["message"].as_str().unwrap().starts_with("nobody.example is not in the list"));
    refusal.no();
    insta::assert_snapshot!(refused, @r#"
    error: nobody.example is not in the list: no curator whom the community trusts names it, and no profile is confirmed as its own
    error: there is no community "nobody"; there are: association, hackerspace, ministry
    error: invalid value 'Nobody' for '--explain <SERVER_NAME>': "Nobody" has an upper-case letter; server names in documents are lower case

    For more information, try '--help'.
    "#);
    let nothing = place.run("rank --adopt list.json --data-dir data").unread();
    insta::assert_snapshot!(nothing, @"error: there is no node in data yet; `wellspring sync` with the same options makes one and reads its sources");
    assert!(place.names().is_empty(), "asking makes nothing");
    place.run("sync --adopt absent.json").no();
    let empty = place.run("rank --adopt absent.json");
    insta::assert_snapshot!(empty.err, @"warning: nothing is known yet; `wellspring sync` with the same options reads the sources");
    assert!(empty.yes().starts_with("0 servers at "));
}

#[test]
fn trust_is_drawn_as_text_and_given_to_programs() {
    let place = Place::new();
    let show = |words: &str| place.run(&format!("trust show --now {NOW} {words}"));
    insta::assert_snapshot!(show("--community hackerspace").yes(), @r"
    1  Hackspace Federation (also recommended by Commons Server Review, which adds nothing)
      ├─ 0.5  Commons Server Review
      │  └─ ✗ Public Sector Messaging Forum (recommended, but distrusted here)
      └─ ✗ Public Sector Messaging Forum (distrusted: nobody's recommendation helps)
    ");
    let graph = json(&show("--community hackerspace --json").yes());
    assert_eq!(graph["roots"][0]["recommends"][0]["trust"], 0.5);
    assert_eq!(graph["roots"][0]["mentions"][0]["effect"], "distrusted");
    insta::assert_snapshot!(show("--community nobody").no(), @r#"error: there is no community "nobody"; there are: association, hackerspace, ministry"#);
    place.write("policy.toml", "based_on = \"strict\"\n");
    std::fs::create_dir(place.path("archive")).unwrap();
    let nobody = show("--archive archive --policy policy.toml").yes();
    insta::assert_snapshot!(nobody, @"Nobody is trusted yet: the policy names no curator and adopts no list.");
}

#[test]
fn a_real_list_ranks_on_its_first_day() {
    let Some(list) = vectors("data/joinmatrix/servers-2023-12-22.json") else { return };
    let place = Place::new();
    fs::copy(list, place.path("servers.json")).unwrap();
    place.run("sync --adopt servers.json").yes();
    let view = json(&place.run("rank --adopt servers.json --json").yes());
    assert_eq!(view["servers"].as_array().unwrap().len(), 79);
}

#[test]
fn init_writes_a_configuration_that_works() {
    let curator = Place::with_list();
    curator.run("curator endorse a.example --no-fetch").yes();
    curator.run("curator sign").yes();
    let place = Place::new();
    fs::copy(curator.path("endorsements.json"), place.path("list.json")).unwrap();
    fs::create_dir(place.path("documents")).unwrap();
    fs::copy(curator.path("endorsements.json"), place.path("documents/list.json")).unwrap();
    let mut init = place.command([
        "init",
        "--name",
        "Unsere \"Schule\"",
        "--language",
        "de",
        "--language",
        "en",
        "--curator",
        "list.json",
        "--directory",
        "documents",
        "--policy",
        "community",
    ]);
    insta::assert_snapshot!(finish(&mut init).yes(), @"
    wellspring.toml is written.
      Next: wellspring serve --config wellspring.toml
    ");
    insta::assert_snapshot!(steady(&place.read("wellspring.toml")), @r#"
    # The configuration of a Wellspring node. Start it with:
    #   wellspring serve --config wellspring.toml
    # The handbook for communities (docs/nodes.md) and the example configuration
    # (deploy/wellspring.example.toml) explain every key; both come with the program's source.

    [node]
    listen = "127.0.0.1:8420"
    data_dir = "wellspring-data"
    # imprint = "https://…"           # the page that says who runs the node
    # complaints = "…"                # where people complain: a page or a mail address
    # contact = "…"                   # goes along with every request: a page or a mail address

    [[directory]]
    path = "documents"

    [[community]]
    id = "community"
    name = { de = 'Unsere "Schule"' }
    languages = ["de", "en"]

    # Whom it trusts; the other keys of a policy are as in the one that it is based on.
    [community.policy]
    based_on = "community"

    [[community.policy.curators]]
    # Us
    issuer = "ISSUER"
    trust = 1.0
    "#);

    let config = fs::read_to_string(place.path("wellspring.toml")).unwrap();
    // The servers that it names are not asked for in a test.
    place.write("wellspring.toml", format!("{config}\n[sync]\nsources = \"configured\"\n"));
    place.run("sync --config wellspring.toml").yes();
    assert!(place.run("rank --config wellspring.toml").yes().starts_with("1 server at "));
}

#[test]
fn init_says_where_no_list_can_come_from() {
    let curator = Place::with_list();
    curator.run("curator sign").yes();
    let place = Place::new();
    fs::copy(curator.path("endorsements.json"), place.path("list.json")).unwrap();
    insta::assert_snapshot!(steady(&place.run("init --name Us --curator list.json").yes()), @"
    wellspring.toml is written.
      Nothing says where the list of ISSUER is: add a [[feed]] with its address, or a [[directory]] that holds it.
      Next: wellspring serve --config wellspring.toml
    ");
}

#[test]
fn init_names_paths_as_the_configuration_will_read_them() {
    let place = Place::new();
    place.write("list.json", LIST);
    fs::create_dir(place.path("documents")).unwrap();
    fs::create_dir(place.path("sub")).unwrap();
    place.run("init --name Us --adopt list.json --directory documents --file sub/ws.toml").yes();
    assert!(place.read("sub/ws.toml").contains("--config sub/ws.toml\n"));
    // The servers that it names are not asked for in a test.
    let config = place.read("sub/ws.toml") + "\n[sync]\nsources = \"configured\"\n";
    place.write("sub/ws.toml", config);
    let told = place.run("sync --config sub/ws.toml").yes();
    assert!(told.starts_with("2 sources asked, "), "{told}");
    assert!(told.ends_with("; 2 servers known.\n"), "{told}");
    insta::assert_snapshot!(place.run("init --name Us --adopt absent.json --file other.toml").unread(), @"error: absent.json could not be read: there is no such file or folder; check the path");
}

#[test]
fn a_node_that_lost_its_key_does_not_become_another() {
    let place = Place::new();
    place.write("list.json", LIST);
    place.run("sync --adopt list.json --data-dir data").yes();
    fs::remove_file(place.path("data/node-key.pem")).unwrap();
    insta::assert_snapshot!(place.run("sync --adopt list.json --data-dir data").unread(), @"error: data/node-key.pem is not there, but the key history beside it is; bring it back from a copy, or move the key history away to begin as another issuer");
}

#[test]
fn init_refuses() {
    let curator = Place::with_list();
    curator.run("curator sign").yes();
    let place = Place::new();
    let altered = curator.read("endorsements.json").replacen("\"sequence\":1", "\"sequence\":2", 1);
    place.write("altered.json", altered);
    let mut told = place.run("init").unread();
    told.push_str(&place.run("init --name Us --curator altered.json").no());
    told.push_str(&place.run("init --name Us --curator absent.json").unread());
    told.push_str(&place.run("init --name Us --curator https://127.0.0.1/").unread());
    assert_eq!(place.names(), ["altered.json"]);
    place.run("init --name Us").yes();
    told.push_str(&place.run("init --name Us").no());
    insta::assert_snapshot!(told, @"
    error: a community has a name, and there is no terminal to ask on; use --name
    error: altered.json is no list of a curator: proof: the signature does not fit the document: one of them was altered, or another key signed
    error: absent.json could not be read: there is no such file or folder; check the path
    error: https://127.0.0.1/ is not fetched: 127.0.0.1 is not a public address: 127.0.0.0/8 is this machine itself (RFC 1122, section 3.2.1.3)
    error: wellspring.toml exists already and is not overwritten; take another folder or move it away
    ");
}
