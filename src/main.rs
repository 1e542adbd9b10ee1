//! The `firemap` command; everything it does stands in the library.

fn main() -> std::process::ExitCode {
    firemap::cli::run()
}
