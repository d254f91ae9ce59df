use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{PATIENCE, RUNTIME};

/// A node that serves. It is killed when this is dropped.
pub struct Serving {
    child: Child,
    origin: String,
}

/// What a node answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The type of the body.
    pub kind: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Serving {
    /// Starts the program, and waits until it says where it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, receiver) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        let err = BufReader::new(child.stderr.take().unwrap());
        // Both are read to their end, so that the program never waits for a reader.
        let sender_of_err = sender.clone();
        std::thread::spawn(move || {
            out.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        std::thread::spawn(move || {
            err.lines().map_while(Result::ok).for_each(|line| drop(sender_of_err.send(line)));
        });
        let mut node = Self { child, origin: String::new() };
        let mut said = Vec::new();
        while node.origin.is_empty() {
            match receiver.recv_timeout(PATIENCE) {
                Ok(line) => said.push(line),
                Err(error) => panic!("the node does not serve ({error}): {said:#?}"),
            }
            node.origin = said.last().and_then(|line| origin(line)).unwrap_or_default();
        }
        node
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Asks for a path.
    pub fn get(&self, path: &str) -> Answer {
        self.ask(reqwest::Client::new().get(self.url(path)))
    }

    /// Sends something to a path.
    pub fn post(&self, path: &str, content_type: &str, body: &str) -> Answer {
        let request = reqwest::Client::new().post(self.url(path));
        self.ask(request.header("content-type", content_type).body(body.to_owned()))
    }

    fn ask(&self, request: reqwest::RequestBuilder) -> Answer {
        RUNTIME.block_on(async {
            let answer = request.send().await.unwrap();
            let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap());
            Answer {
                status: answer.status().as_u16(),
                kind: kind.unwrap_or_default().to_owned(),
                body: answer.bytes().await.unwrap().to_vec(),
            }
        })
    }

    /// Asks until the answer fulfils a condition.
    pub fn wait_for(&self, path: &str, is_so: impl Fn(&Answer) -> bool) -> Answer {
        let started = Instant::now();
        loop {
            let answer = self.get(path);
            if is_so(&answer) {
                return answer;
            }
            assert!(started.elapsed() < PATIENCE, "waited in vain for {path}: {answer:?}");
            // Leaves the node some time to get there; how much decides nothing.
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it at once, without a word (SIGKILL).
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.end();
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// The origin of the first address in a line: `http://127.0.0.1:8420`.
fn origin(line: &str) -> Option<String> {
    let address = &line[line.find("http://")?..];
    let end = address["http://".len()..].find(['/', ' ']).map(|end| "http://".len() + end);
    Some(address[..end.unwrap_or(address.len())].to_owned())
}
