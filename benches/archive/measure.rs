//! How a program is timed, and how a figure is shown.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One line of the table.
#[derive(Default)]
pub struct Row {
    pub what: String,
    pub ours: String,
    pub memory: String,
    pub beside: String,
    pub theirs: String,
    pub goals: Vec<(String, bool)>,
}

impl Row {
    pub fn is_missed(&self) -> bool {
        self.goals.iter().any(|(_, is_met)| !is_met)
    }

    /// A row of a Markdown table.
    pub fn line(&self) -> String {
        let dash = |text: &str| {
            if text.is_empty() {
                "–".to_owned()
            } else {
                text.to_owned()
            }
        };
        let goals: Vec<&str> = self.goals.iter().map(|(goal, _)| goal.as_str()).collect();
        let met = match (self.goals.is_empty(), self.is_missed()) {
            (true, _) => "–",
            (_, false) => "yes",
            (_, true) => "**no**",
        };
        format!(
            "| {} | {} | {} | {} | {} | {} | {met} |",
            self.what,
            dash(&self.ours),
            dash(&self.memory),
            dash(&self.beside),
            dash(&self.theirs),
            dash(&goals.join(", "))
        )
    }
}

/// A run: how long it took, and how much memory it held at most.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub time: Duration,
    pub peak: u64,
}

/// Programs that are not ours.
pub struct Tools {
    peak: PathBuf,
    pub rg: Option<PathBuf>,
    pub llm: Option<PathBuf>,
}

impl Tools {
    /// Needs a C compiler, as the build itself does.
    pub fn find() -> Self {
        let place = Path::new(option_env!("CARGO_TARGET_TMPDIR").unwrap_or("/tmp"));
        let peak = place.join("peak");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/archive/peak.c");
        let compiled = Command::new("cc")
            .args(["-O2", "-static", "-o"])
            .arg(&peak)
            .arg(source)
            .status();
        assert!(compiled.expect("a C compiler").success());
        let path = std::env::var_os("PATH").unwrap_or_default();
        let find = |name| {
            std::env::split_paths(&path)
                .map(|folder| folder.join(name))
                .find(|path| path.exists())
        };
        let named = std::env::var_os("MMOGIT_TEST_LLM")
            .filter(|named| !named.is_empty())
            .map(PathBuf::from);
        Self {
            peak,
            rg: find("rg"),
            llm: named.or_else(|| find("llm")),
        }
    }

    /// Runs a program with its output thrown away.
    pub fn run(&self, program: &str, args: &[&str], home: &Path) -> Run {
        let mut command = Command::new(&self.peak);
        command
            .arg(program)
            .args(args)
            .env_clear()
            .env("MMOGIT_HOME", home)
            .env("LLM_USER_PATH", home)
            .env("HOME", home)
            .env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        // Searchers end with 1 where they found nothing.
        let may_find_nothing = program.ends_with("/rg") || args.contains(&"grep");
        let is_well =
            output.status.success() || (may_find_nothing && output.status.code() == Some(1));
        assert!(is_well, "{program} {args:?}: {told}");
        let (time, peak) = told
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("used ")?.split_once(' '))
            .expect("told");
        Run {
            time: Duration::from_micros(time.parse().unwrap()),
            peak: peak.parse::<u64>().unwrap() * 1024,
        }
    }

    /// Several runs: the median time and the most memory.
    pub fn runs(&self, rounds: usize, program: &str, args: &[&str], home: &Path) -> Run {
        self.run(program, args, home);
        let runs: Vec<Run> = (0..rounds).map(|_| self.run(program, args, home)).collect();
        let peak = runs.iter().map(|run| run.peak).max().unwrap();
        Run {
            time: median(runs.into_iter().map(|run| run.time).collect()),
            peak,
        }
    }
}

pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The median of several times, after one that is not counted.
pub fn timed(rounds: usize, mut thing: impl FnMut()) -> Duration {
    let times = (0..=rounds).map(|_| {
        let start = Instant::now();
        thing();
        start.elapsed()
    });
    median(times.skip(1).collect())
}

/// The medians of two things done in turns, so that a busy machine slows both.
pub fn in_turns(
    rounds: usize,
    mut one: impl FnMut(),
    mut other: impl FnMut(),
) -> (Duration, Duration) {
    let of = |thing: &mut dyn FnMut()| {
        let start = Instant::now();
        thing();
        start.elapsed()
    };
    let times = (0..=rounds).map(|_| (of(&mut one), of(&mut other)));
    let (ones, others): (Vec<_>, Vec<_>) = times.skip(1).unzip();
    (median(ones), median(others))
}

pub fn time(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    match ms {
        0.0..1.0 => format!("{ms:.2} ms"),
        1.0..100.0 => format!("{ms:.1} ms"),
        100.0..10_000.0 => format!("{ms:.0} ms"),
        _ => format!("{:.0} s", ms / 1e3),
    }
}

pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

pub fn row(what: impl Into<String>, run: Run) -> Row {
    Row {
        what: what.into(),
        ours: time(run.time),
        memory: megabytes(run.peak),
        ..Row::default()
    }
}

/// All that a folder holds.
pub fn bytes_of(folder: &Path) -> u64 {
    let output = Command::new("du").arg("-sb").arg(folder).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().next().unwrap().parse().unwrap()
}
