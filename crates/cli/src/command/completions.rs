use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::Program;
use crate::answer::{self, Outcome};

/// Print shell completions
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  wellspring completions bash > ~/.local/share/bash-completion/completions/wellspring
  wellspring completions fish > ~/.config/fish/completions/wellspring.fish
  wellspring completions zsh > \"${fpath[1]}/_wellspring\"")]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Program::command(), "wellspring", &mut script);
        answer::write_exactly(&script)?;
        Ok(Outcome::Yes)
    }
}
