//! Own your conversations with AI.

use std::process::ExitCode;

fn main() -> ExitCode {
    mmogit::main()
}
