//! Tries every reader with hostile bytes, on a stable compiler: `tests/fuzz/run [--seconds N] [--executions N] [READER…]`.
//!
//! Each reader is tried in a process of its own, so that the end of its stack or of its memory ends one row of the
//! table and not the table. Prints the table in Markdown; fails where anything was found.

mod mutate;
mod targets;
mod worker;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use peak_alloc::PeakAlloc;
use targets::{Desk, TARGETS, Target, named};
use worker::{HUNG, Tally, Work, attempt, listen_for_panics, seeds, write_down};

/// Counts what a try takes of memory.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const USAGE: &str = "tests/fuzz/run [--seconds N] [--executions N] [--seed N] [--input FILE] [READER…]
  Tries readers with changed seeds, 10 seconds each unless told otherwise.
  --input FILE  tries one file with one READER and says what comes of it";

fn main() -> ExitCode {
    match Arguments::read() {
        Ok(told) if told.worker => told.work(),
        Ok(told) => match &told.input {
            Some(input) => told.try_one(input),
            None => told.drive(),
        },
        Err(what) => {
            eprintln!("{what}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Arguments {
    seconds: Option<u64>,
    executions: Option<u64>,
    seed: u64,
    input: Option<PathBuf>,
    worker: bool,
    careful: Option<PathBuf>,
    readers: Vec<&'static Target>,
}

impl Arguments {
    fn read() -> Result<Arguments, String> {
        let mut told = Arguments { seed: 1, ..Arguments::default() };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} wants a value"));
            let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text} is no number"));
            match word.as_str() {
                "--seconds" => told.seconds = Some(number(value()?)?),
                "--executions" => told.executions = Some(number(value()?)?),
                "--seed" => told.seed = number(value()?)?,
                "--input" => told.input = Some(value()?.into()),
                "--worker" => told.worker = true,
                "--careful" => told.careful = Some(value()?.into()),
                // What cargo says to every benchmark.
                "--bench" => {}
                name => {
                    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
                    let target = named(name).ok_or(format!("no reader {name}; there are {}", names.join(", ")))?;
                    told.readers.push(target);
                }
            }
        }
        if told.readers.is_empty() {
            told.readers = TARGETS.iter().collect();
        }
        if told.seconds.is_none() && told.executions.is_none() {
            told.seconds = Some(10);
        }
        Ok(told)
    }

    /// Tries all readers, each in a process of its own.
    fn drive(&self) -> ExitCode {
        println!(
            "| Reader | Executions | Still read | Seconds | A second | Ways | Longest input | Most memory | Found |"
        );
        println!("|---|---:|---:|---:|---:|---:|---:|---:|---|");
        let mut is_clean = true;
        for target in &self.readers {
            let row = self.row(target, None);
            is_clean &= row.ends_with("| nothing |");
            println!("{row}");
        }
        if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn row(&self, target: &Target, careful: Option<&Path>) -> String {
        let program = std::env::current_exe().expect("a program knows where it is");
        let mut command = Command::new(program);
        command.args(["--worker", target.name, "--seed", &self.seed.to_string()]);
        for (flag, number) in [("--seconds", self.seconds), ("--executions", self.executions)] {
            if let Some(number) = number {
                command.args([flag, &number.to_string()]);
            }
        }
        if let Some(path) = careful {
            command.arg("--careful").arg(path);
        }
        let output = command.stderr(Stdio::inherit()).output().expect("this program can be started again");
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match (output.status.code(), careful) {
            (Some(0), _) => text,
            (Some(HUNG), _) => format!("| {} | | | | | | | | no end |", target.name),
            (_, None) => {
                // The same tries again, each written down before it is made: the last is the one.
                let path = std::env::temp_dir().join(format!("firemap-fuzz-{}-last", std::process::id()));
                let row = self.row(target, Some(&path));
                if let Ok(bytes) = std::fs::read(&path) {
                    write_down(&findings(), target.name, &bytes, &format!("ends the process: {}", output.status));
                }
                std::fs::remove_file(&path).unwrap_or_default();
                row
            }
            (_, Some(_)) => format!("| {} | | | | | | | | ends the process |", target.name),
        }
    }

    /// Tries one reader in this process and prints its row.
    fn work(&self) -> ExitCode {
        listen_for_panics();
        for target in &self.readers {
            let work = Work {
                target,
                seconds: self.seconds,
                executions: self.executions,
                seed: self.seed,
                findings: findings(),
                careful: self.careful.clone(),
            };
            // The stack that a thread of the server has.
            let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(move || work.run());
            let tally = thread.expect("a thread can be started").join();
            let Tally { executions, kept, seconds, ways, longest, memory, findings } =
                tally.expect("panics of targets are caught");
            let found = if findings == 0 { "nothing".to_owned() } else { format!("{findings} inputs") };
            println!(
                "| {} | {executions} | {:.0} % | {seconds:.0} | {:.0} | {ways} | {:.1} ms | {:.1} MB | {found} |",
                target.name,
                100.0 * kept as f64 / executions as f64,
                executions as f64 / seconds,
                longest.as_secs_f64() * 1e3,
                memory as f64 / 1e6,
            );
        }
        ExitCode::SUCCESS
    }

    /// Tries one input and says what comes of it.
    fn try_one(&self, input: &Path) -> ExitCode {
        let bytes = match std::fs::read(input) {
            Ok(bytes) => bytes,
            Err(err) => {
                eprintln!("{}: {err}", input.display());
                return ExitCode::from(2);
            }
        };
        listen_for_panics();
        for target in &self.readers {
            let told = attempt(target, &Desk::new(), &bytes);
            let told = told.map_or_else(|panic| format!("panic at {panic}"), |outcome| format!("{outcome:?}"));
            println!("{}: {told}", target.name);
        }
        println!("{} seeds", self.readers.iter().map(|target| seeds(target).len()).sum::<usize>());
        ExitCode::SUCCESS
    }
}

/// Where offending inputs go.
fn findings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/artefacts/fuzz")
}
