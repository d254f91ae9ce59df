//! A folder in which the program runs.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The time of every test that does not say otherwise.
pub(crate) const NOW: &str = "2026-11-22T10:00:00Z";

/// What the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// What it printed, after exit code 0.
    #[track_caller]
    pub(crate) fn yes(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// What it printed, after exit code 1.
    #[track_caller]
    pub(crate) fn no(self) -> String {
        assert_eq!(self.code, Some(1), "{self:?}");
        self.out + &self.err
    }

    /// What it printed, after exit code 2.
    #[track_caller]
    pub(crate) fn unread(self) -> String {
        assert_eq!(self.code, Some(2), "{self:?}");
        self.out + &self.err
    }

    /// What it printed, after exit code 3.
    #[track_caller]
    pub(crate) fn waiting(self) -> String {
        assert_eq!(self.code, Some(3), "{self:?}");
        self.out
    }
}

/// A folder of its own, gone with its value.
pub(crate) struct Place {
    dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o777
    }

    /// The names of the files in the folder, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The program with these arguments, in this folder, without a terminal.
    pub(crate) fn command(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wellspring"));
        command.args(args).current_dir(self.dir.path()).stdin(Stdio::null());
        command.env_remove("WELLSPRING_PASSPHRASE").env_remove("WELLSPRING_LOG");
        command
    }

    /// Runs the program with words parted by spaces.
    pub(crate) fn run(&self, words: &str) -> Run {
        self.run_args(&words.split_whitespace().collect::<Vec<_>>())
    }

    pub(crate) fn run_args(&self, args: &[&str]) -> Run {
        finish(&mut self.command(args))
    }

    pub(crate) fn run_with_input(&self, words: &str, input: impl AsRef<[u8]>) -> Run {
        let mut command = self.command(words.split_whitespace());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may refuse before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(input.as_ref());
        as_run(child.wait_with_output().unwrap())
    }

    /// An operator with a signed profile of `server_name`.
    pub(crate) fn with_profile(server_name: &str) -> Self {
        let place = Self::new();
        place.run(&format!("operator init {server_name} --no-passphrase --now {NOW}")).yes();
        place.run(&format!("operator sign --now {NOW}")).yes();
        place
    }

    /// A curator with an empty list.
    pub(crate) fn with_list() -> Self {
        let place = Self::new();
        place.run(&format!("curator init --name Us --no-passphrase --now {NOW}")).yes();
        place
    }
}

pub(crate) fn finish(command: &mut Command) -> Run {
    as_run(command.output().unwrap())
}

fn as_run(output: std::process::Output) -> Run {
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A text with what is random in it replaced: issuer ids, keys, hashes, and byte offsets,
/// which move with the length of a signature.
pub(crate) fn steady(text: &str) -> String {
    let mut steady = String::new();
    let mut before = "";
    for piece in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_hash = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let name = match word {
            _ if word.starts_with("zQm") && word.len() > 40 => "ISSUER",
            _ if word.starts_with("z6Mk") && word.len() > 40 => "KEY",
            _ if is_hash => "HASH",
            _ if before == "byte" => "N",
            _ => word,
        };
        before = word;
        steady.push_str(name);
        steady.push_str(&piece[word.len()..]);
    }
    steady
}

/// The JSON that a run printed.
#[track_caller]
pub(crate) fn json(text: &str) -> serde_json::Value {
    assert_eq!(text.matches('\n').count(), 1, "one line: {text}");
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What others published to test implementations with, where it is beside the project.
pub(crate) fn vectors(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(folder);
    if !path.exists() {
        println!("skipped: {folder} is not here");
        return None;
    }
    Some(path)
}
