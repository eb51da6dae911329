//! The binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Chosen here, so that no dependency that brings another one along can make the choice ambiguous.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    okta_provisioner::cli::main()
}
