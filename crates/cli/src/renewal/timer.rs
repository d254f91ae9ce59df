//! What runs `renew` every day: a line for cron, and units for systemd.

use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf, absolute};

use anyhow::Context as _;
use wellspring_node::IssuerFiles;

use crate::signing::Role;

/// The command that renews, with every path absolute.
pub(super) struct Timer {
    /// `operator` or `curator`.
    role: &'static str,
    signed: &'static str,
    /// The program and its arguments.
    words: Vec<String>,
    /// The passphrase file that was assumed, where none was named and the key asks for one.
    assumed: Option<String>,
    /// The owner of the key, who alone can read it.
    user: u32,
}

impl Timer {
    pub(super) fn of(
        role: &Role,
        keys: &IssuerFiles,
        passphrase: Option<&Path>,
        within: Option<i64>,
    ) -> anyhow::Result<Self> {
        let is_encrypted = keys.is_encrypted()?;
        let key = absolute(&keys.key).context("the folder of the key has no absolute path")?;
        let user = key.metadata().map(|it| it.uid()).context("the key could not be looked at")?;
        let folder = key.parent().unwrap_or(Path::new("/"));
        let program = std::env::current_exe().context("the program does not know its own path")?;
        let mut words = vec![written(&program)?];
        words.extend([role.key, "renew", "--quiet", "--dir"].map(str::to_owned));
        words.push(written(folder)?);
        let mut assumed = None;
        if is_encrypted {
            let file = match passphrase {
                Some(file) => absolute(file).context("the passphrase file has no absolute path")?,
                None => folder.join(format!("{}-passphrase", role.key)),
            };
            let file = written(&file)?;
            assumed = passphrase.is_none().then(|| file.clone());
            words.extend(["--passphrase-file".to_owned(), file]);
        }
        if let Some(days) = within {
            words.extend(["--within".to_owned(), days.to_string()]);
        }
        Ok(Self { role: role.key, signed: role.signed, words, assumed, user })
    }

    fn command(&self, quote: impl Fn(&str) -> String) -> String {
        self.words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
    }
}

/// A path as it can stand in one line of a crontab or a unit.
fn written(path: &Path) -> anyhow::Result<String> {
    let text = PathBuf::from(path).into_os_string().into_string().ok();
    text.filter(|text| !text.chars().any(char::is_control)).with_context(|| {
        format!("{} has characters that no crontab and no unit can hold", path.display())
    })
}

fn is_plain(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
}

/// A word for the shell that cron starts. A percent sign ends the command there.
fn for_cron(word: &str) -> String {
    if is_plain(word) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''").replace('%', r"\%"))
}

/// A word for `ExecStart=`, in which systemd replaces `%` and `$` as well.
fn for_systemd(word: &str) -> String {
    if is_plain(word) {
        return word.to_owned();
    }
    let escaped = word.replace('\\', r"\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('%', "%%").replace('$', "$$"))
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, signed, user, .. } = self;
        let unit = format!("/etc/systemd/system/wellspring-{role}-renew");
        writeln!(f, "# Every day; nothing happens until {signed} is due. Take one of both.")?;
        if let Some(file) = &self.assumed {
            writeln!(f, "# The passphrase of the key has to be in {file},")?;
            writeln!(f, "# a file that nobody else can read (chmod 600).")?;
        }
        writeln!(f, "# If {signed} is not served from its folder, let an upload follow:")?;
        writeln!(
            f,
            "# \"&& COMMAND\" behind the line of cron, ExecStartPost=COMMAND in the service."
        )?;
        writeln!(f, "\n# Cron: a line for `crontab -e` of the owner of the key.")?;
        writeln!(f, "23 4 * * * {}", self.command(for_cron))?;
        writeln!(f, "\n# systemd: {unit}.service")?;
        writeln!(f, "[Unit]\nDescription=Renew {signed} before it expires\n")?;
        writeln!(f, "[Service]\nType=oneshot")?;
        writeln!(f, "# The owner of the key.\nUser={user}")?;
        writeln!(f, "ExecStart={}", self.command(for_systemd))?;
        writeln!(f, "\n# systemd: {unit}.timer, then")?;
        writeln!(f, "# systemctl enable --now wellspring-{role}-renew.timer")?;
        writeln!(f, "[Unit]\nDescription=Renew {signed} before it expires\n")?;
        writeln!(f, "[Timer]\nOnCalendar=daily\nRandomizedDelaySec=6h\nPersistent=true\n")?;
        writeln!(f, "[Install]\nWantedBy=timers.target")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_arrive_as_they_are() {
        for (word, cron, systemd) in [
            ("/srv/a-b_c.d", "/srv/a-b_c.d", "/srv/a-b_c.d"),
            ("/srv/it's 5% $HOME", r"'/srv/it'\''s 5\% $HOME'", "\"/srv/it's 5%% $$HOME\""),
            (r#"/srv/"a\b""#, r#"'/srv/"a\b"'"#, r#""/srv/\"a\\b\"""#),
        ] {
            assert_eq!((for_cron(word).as_str(), for_systemd(word).as_str()), (cron, systemd));
        }
        written(Path::new("/srv/a\n* * * * * root rm")).unwrap_err();
    }
}
