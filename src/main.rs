//! The binary: hands the arguments to the library and ends with its exit code.

use std::process::ExitCode;

use devtool::cli;

fn main() -> ExitCode {
    ExitCode::from(cli::guarded(|| cli::run(std::env::args_os())).code())
}
