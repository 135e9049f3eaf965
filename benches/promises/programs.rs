//! What whole runs of the program cost: to start, to the first word of an answer, in memory.

use super::home::{self, Home, QUESTION};
use super::measure::{Row, in_turns, timed};
use super::{crush_config, model_server::ModelServer};
use std::env;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const MOST_BEFORE_A_WORD: Duration = Duration::from_millis(5);
const MMOGIT: &str = env!("CARGO_BIN_EXE_mmogit");

/// The small programs beside which ours are run, compiled for this run.
pub struct Programs {
    folder: TempDir,
}

impl Programs {
    /// Needs a C compiler, as the build itself does.
    pub fn compile() -> Self {
        let folder = home::folder();
        for name in ["hello", "answer", "peak"] {
            let source =
                Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/promises/{name}.c"));
            let mut compiler = Command::new("cc");
            compiler
                .args(["-O2", "-static", "-o"])
                .arg(folder.path().join(name))
                .arg(source);
            assert!(
                compiler.status().expect("a C compiler").success(),
                "{name}.c did not compile"
            );
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The program, at work on a home and with nothing else of the machine's.
pub fn mmogit(home: &Home, args: &[&str]) -> Command {
    let mut command = Command::new(MMOGIT);
    command
        .env_clear()
        .env("HOME", home.folder.path())
        .env("MMOGIT_HOME", home.path());
    command.env("PATH", "/usr/bin:/bin").args(args);
    command
}

/// Starting, against the start of a program that does nothing.
pub fn start(rounds: usize, programs: &Programs) -> Vec<Row> {
    const THREADS: usize = 10;
    let home = Home::with_threads(THREADS);
    let start = |command: &mut Command| {
        timed(|| {
            assert!(
                command
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .status()
                    .unwrap()
                    .success()
            )
        })
    };
    let row = |what: String, args: &[&str]| {
        let (ours, theirs) = in_turns(
            rounds,
            || start(&mut mmogit(&home, args)),
            || start(&mut Command::new(programs.path("hello"))),
        );
        Row::times(what, ours, "a static hello", theirs).at_most_more(
            ours,
            theirs,
            Duration::from_millis(5),
        )
    };
    vec![
        row("`mmogit --version`".into(), &["--version"]),
        row(
            format!("`mmogit thread-list` of {THREADS} threads"),
            &["thread-list"],
        ),
    ]
}

/// The first word of an answer, against the same program without us.
pub fn first_word(rounds: usize, programs: &Programs) -> Vec<Row> {
    let answer = programs.path("answer");
    let home = Home::new();
    let line = answer.display().to_string();
    let ours = || {
        until_first_word(
            &mut mmogit(&home, &["chat", "--command", &line, "-m", QUESTION]),
            "",
        )
    };
    let (ours, theirs) = in_turns(rounds, ours, || {
        until_first_word(&mut Command::new(&answer), QUESTION)
    });
    let first = Row::times(
        "first word of `mmogit chat -m`, any program",
        ours,
        "the program alone",
        theirs,
    );
    let mut rows = vec![first.at_most_more(ours, theirs, MOST_BEFORE_A_WORD)];
    rows.push(first_word_of_crush(
        rounds,
        &answer,
        "the stand-in for Crush",
    ));
    for crush in env::var_os("MMOGIT_TEST_CRUSH")
        .iter()
        .flat_map(env::split_paths)
    {
        let name = crush
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        rows.push(first_word_of_crush(
            rounds.min(20),
            &crush,
            &format!("real {name}"),
        ));
    }
    rows
}

/// Crush in a folder that it does not know yet, alone and under us, with a model that answers at
/// once.
fn first_word_of_crush(rounds: usize, program: &Path, name: &str) -> Row {
    let home = Home::new();
    let user = home.folder.path();
    let server = ModelServer::start();
    crush_config::write(user, &server.base_url());
    symlink(program, user.join("crush")).unwrap();
    let path = format!("{}:/usr/bin:/bin", user.display());
    let reached = |command: &mut Command, input: &str| {
        command
            .env("PATH", &path)
            .env("CRUSH_DISABLE_PROVIDER_AUTO_UPDATE", "1");
        command.envs(
            ["CATWALK_URL", "HYPER_URL", "HTTPS_PROXY"].map(|name| (name, "http://127.0.0.1:9")),
        );
        until_first_word(command, input)
    };
    let ours = || {
        reached(
            &mut mmogit(&home, &["chat", "--backend", "crush", "-m", QUESTION]),
            "",
        )
    };
    let theirs = || {
        let folder = TempDir::new_in(user).unwrap();
        let mut alone = Command::new(program);
        alone
            .env_clear()
            .env("HOME", user)
            .current_dir(&folder)
            .args(["run", "-q"]);
        reached(&mut alone, QUESTION)
    };
    let (ours, theirs) = in_turns(rounds, ours, theirs);
    Row::times(
        format!("first word of `mmogit chat -m`, {name}"),
        ours,
        "the same alone",
        theirs,
    )
    .at_most_more(ours, theirs, MOST_BEFORE_A_WORD)
}

pub fn until_first_word(command: &mut Command, input: &str) -> Duration {
    let stdin = if input.is_empty() {
        Stdio::null()
    } else {
        Stdio::piped()
    };
    command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().unwrap();
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).unwrap();
    }
    let mut stdout = child.stdout.take().unwrap();
    let mut rest = vec![0];
    stdout.read_exact(&mut rest).expect("an answer");
    let time = start.elapsed();
    stdout.read_to_end(&mut rest).unwrap();
    assert!(child.wait().unwrap().success());
    time
}

/// The most memory a scripted session holds.
pub fn memory(rounds: usize, programs: &Programs) -> Vec<Row> {
    let row = |turns: usize| {
        let peak = (0..rounds)
            .map(|_| peak_of_session(programs, turns))
            .max()
            .unwrap();
        let megabytes = peak as f64 / 1e6;
        let what = format!("most memory of a session of {turns} turns (`--backend echo`)");
        Row::new(what, format!("{megabytes:.1} MB"), "–", "–".into())
            .goal("≤ 15 MB", megabytes <= 15.0)
    };
    vec![row(10), row(100)]
}

fn peak_of_session(programs: &Programs, turns: usize) -> u64 {
    let home = Home::new();
    let chat = mmogit(&home, &[]);
    let mut command = Command::new(programs.path("peak"));
    command.arg(MMOGIT).args([
        "chat",
        "--title",
        "measured",
        "--backend",
        "echo",
        "--script",
    ]);
    command.env_clear().envs(
        chat.get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut script = format!("{QUESTION}\n").repeat(turns);
    script.push_str("exit\n");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    let peak = told
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("peak "))
        .expect("a peak");
    peak.parse::<u64>().expect("kibibytes") * 1024
}
