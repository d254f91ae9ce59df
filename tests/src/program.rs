use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// The program under test: that of the environment variable `WELLSPRING`, or built from
/// here, with the profile of these tests.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| std::env::var_os("WELLSPRING").map_or_else(build, PathBuf::from))
}

/// Cargo lets other builds go on while tests run, so that this one can.
fn build() -> PathBuf {
    // TARGET/PROFILE/deps/TEST
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--locked", "--package", "wellspring-cli"]);
    command.arg("--target-dir").arg(folder.parent().unwrap());
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap());
    if folder.ends_with("release") {
        command.arg("--release");
    }
    if !command.status().unwrap().success() {
        eprintln!("There is nothing to test: the program could not be built.");
        std::process::exit(1);
    }
    folder.join("wellspring")
}

/// The program, about to run in a folder, with nothing of this machine's settings.
pub fn wellspring<I: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = I>,
) -> Command {
    let mut command = Command::new(program());
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env_clear().env("HOME", folder).env("NO_COLOR", "1");
    command
}

/// What came of running the program.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The exit code; nothing where a signal ended it.
    pub code: Option<i32>,
    /// What it said on standard output.
    pub out: String,
    /// What it said on standard error.
    pub err: String,
}

impl Finished {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a command to its end.
    pub fn run(command: &mut Command) -> Self {
        Self::of(command.output().unwrap())
    }

    /// The standard output of a run that ended well.
    pub fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self.out
    }

    /// The one sentence with which it refused, without the word before it. Whoever reads it
    /// meets no panic, no backtrace and no list of causes; warnings and log lines aside, it is
    /// all that is said.
    pub fn refusal(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert_eq!(self.out, "", "nothing is half said");
        let is_aside = |line: &&str| line.starts_with("warning: ") || line.starts_with("20");
        let said: Vec<&str> = self.err.lines().filter(|line| !is_aside(line)).collect();
        let [sentence] = said[..] else { panic!("one sentence was expected: {}", self.err) };
        for word in ["panicked", "backtrace", "os error", "{", "Err("] {
            assert!(!sentence.contains(word), "{sentence}");
        }
        sentence.strip_prefix("error: ").unwrap_or_else(|| panic!("{sentence}"))
    }
}
