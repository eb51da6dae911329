//! `completions`: what a shell needs to complete our command line.

use std::io::Write;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

/// Print shell completions
#[derive(clap::Args)]
#[command(after_help = "Examples:
  source <(okta-provisioner completions bash)        in ~/.bashrc
  source <(okta-provisioner completions zsh)         in ~/.zshrc, after compinit
  okta-provisioner completions fish | source         in ~/.config/fish/config.fish")]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn execute(self) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::Cli::command(), "okta-provisioner", &mut script);
        std::io::stdout().write_all(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}
