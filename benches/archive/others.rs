//! The same conversations where people keep them otherwise: in files that `rg` reads, in the
//! database of `llm`, and in this very repository by stock git. What is not installed is said in a
//! line, and left out.

use super::import::path_of;
use super::measure::{Row, Tools, bytes_of, megabytes, row, time};
use super::parts::GIT;
use super::store::{Archive, long_thread};
use super::words::{Dice, Language};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const MMOGIT: &str = env!("CARGO_BIN_EXE_mmogit");
/// Looked for everywhere: ours, as git and rg say it, and as llm does.
const SEARCHES: [(&str, &str, &str); 3] = [
    ("violin", "violin", "violin"),
    ("\"refresh token\"", "refresh token", "\"refresh token\""),
    ("gradi*", r"gradi\w*", "gradi*"),
];

/// What each costs, beside the same with mmogit where it has the same.
pub fn measure(archive: &Archive, tools: &Tools, rounds: usize) -> Vec<Row> {
    let mut rows = searches(archive, tools, rounds);
    rows.extend(beside_files(archive, tools));
    rows.extend(beside_llm(archive, tools, rounds.min(5)));
    rows.extend(beside_git(archive, tools, rounds.min(5)));
    rows
}

fn searches(archive: &Archive, tools: &Tools, rounds: usize) -> Vec<Row> {
    let search = |(ours, ..): (&str, &str, &str)| {
        let run = tools.runs(
            rounds,
            MMOGIT,
            &["thread-search", "--limit", "20", ours],
            &archive.home,
        );
        row(format!("`mmogit thread-search '{ours}'`"), run)
    };
    SEARCHES.map(search).into()
}

/// Runs once what takes long and is kept; returns how long it took, if it was run now.
fn once(kept: &Path, make: impl FnOnce(&Path)) -> Option<String> {
    if kept.exists() {
        return None;
    }
    let draft = kept.with_extension("draft");
    let _ = fs::remove_dir_all(&draft);
    let start = Instant::now();
    make(&draft);
    fs::rename(&draft, kept).unwrap();
    Some(time(start.elapsed()))
}

fn mmogit(archive: &Archive, args: &[&str]) -> Command {
    let mut command = Command::new(MMOGIT);
    command
        .args(args)
        .env("MMOGIT_HOME", &archive.home)
        .stderr(Stdio::null())
        .stdin(Stdio::null());
    command
}

/// Every thread as Markdown, and ripgrep through it.
fn beside_files(archive: &Archive, tools: &Tools) -> Vec<Row> {
    let files = archive.home.join("markdown");
    let exported = once(&files, |draft| {
        let args = [
            "thread-export",
            "--all",
            "--format",
            "md",
            "--output",
            draft.to_str().unwrap(),
        ];
        assert!(mmogit(archive, &args).status().unwrap().success());
    });
    let mut rows = Vec::new();
    if let Some(taken) = exported {
        let what =
            "`mmogit thread-export --all --format md`, each signature checked, each file synced"
                .into();
        rows.push(Row {
            what,
            ours: taken,
            ..Row::default()
        });
    }
    let Some(rg) = &tools.rg else {
        eprintln!("without rg: it is not on PATH (Debian's package ripgrep)");
        return rows;
    };
    for (_, pattern, _) in SEARCHES {
        let args = ["-w", "-i", "-l", pattern, files.to_str().unwrap()];
        let run = tools.runs(3, rg.to_str().unwrap(), &args, &archive.home);
        rows.push(row(
            format!("`rg -wil '{pattern}'` through these files"),
            run,
        ));
    }
    let bytes = bytes_of(&files);
    rows.push(Row {
        what: "these files".into(),
        ours: megabytes(bytes),
        ..Row::default()
    });
    rows
}

/// The database of llm, with each question and its answer as a turn.
fn beside_llm(archive: &Archive, tools: &Tools, rounds: usize) -> Vec<Row> {
    let Some(llm) = &tools.llm else {
        eprintln!(
            "without llm: MMOGIT_TEST_LLM does not name it, and it is not on PATH (pip install llm)"
        );
        return Vec::new();
    };
    let place = archive.home.join("llm");
    let python = llm.with_file_name("python");
    once(&place, |draft| {
        fs::create_dir(draft).unwrap();
        let bundle = ["thread-export", "--all", "--format", "bundle"];
        let mut bundle = mmogit(archive, &bundle)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/archive/llm_logs.py");
        let filled = Command::new(&python)
            .arg(script)
            .arg(draft.join("logs.db"))
            .stdin(bundle.stdout.take().unwrap())
            .stdout(Stdio::null())
            .status();
        assert!(filled.expect("python beside llm").success() && bundle.wait().unwrap().success());
    });
    let llm = llm.to_str().unwrap();
    let run = |args: &[&str]| {
        row(
            format!("`llm {}`", args.join(" ")),
            tools.runs(rounds, llm, args, &place),
        )
    };
    let mut rows = vec![
        run(&["--version"]),
        run(&["logs", "list", "-s", "-n", "20"]),
    ];
    rows.extend(
        SEARCHES.map(|(_, _, words)| run(&["logs", "list", "-s", "-n", "20", "-q", words])),
    );
    rows.push(Row {
        what: "its database".into(),
        ours: megabytes(bytes_of(&place)),
        ..Row::default()
    });
    rows
}

fn beside_git(archive: &Archive, tools: &Tools, rounds: usize) -> Vec<Row> {
    let repository = archive.home.join("repo.git");
    let run = |rounds: usize, args: &[&str]| {
        let all = [&["-C", repository.to_str().unwrap()], args].concat();
        row(
            format!("`git {}`", args.join(" ")),
            tools.runs(rounds, GIT, &all, &archive.home),
        )
    };
    let mut rows = vec![run(rounds, &["ls-tree", "-r", "--name-only", "HEAD"])];
    rows[0].what += ": names of files, no titles";
    for (_, pattern, _) in &SEARCHES[..1] {
        rows.push(run(1, &["grep", "-P", "-w", "-i", "-l", pattern, "HEAD"]));
    }
    let id = long_thread();
    let long = format!("HEAD:{}", path_of(id));
    rows.push(run(rounds, &["cat-file", "blob", &long]));
    rows.push(commit(archive, tools, rounds));
    rows.push(repacked(archive));
    rows
}

/// One more file committed by stock git to the same repository, signed and synced as ours. Without
/// a work tree: that one would look at each of its files first, which is not what is compared here.
/// An index it must have.
fn commit(archive: &Archive, tools: &Tools, rounds: usize) -> Row {
    let place = tempfile::TempDir::new_in(&archive.home).unwrap();
    let file = place.path().join("thread.json");
    let made = super::store::thread(
        &archive.keys,
        &Language::new(),
        &mut Dice::new(99),
        1_000_000_000,
        10,
    );
    fs::write(&file, made.to_file()).unwrap();
    let key = place.path().join("key");
    let key_made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status();
    assert!(key_made.expect("ssh-keygen").success());
    let script = place.path().join("commit");
    let text = format!(
        "set -e\nexport GIT_INDEX_FILE='{place}/index' HOME='{place}' GIT_DIR='{repository}'\n\
         export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x.invalid GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@x.invalid\n\
         git='git -c core.fsync=all -c gpg.format=ssh -c user.signingKey={key}'\n\
         if [ ! -e \"$GIT_INDEX_FILE\" ]; then $git read-tree HEAD; exit; fi\n\
         blob=$($git hash-object -w '{file}')\n\
         $git update-index --add --cacheinfo 100644,$blob,.mmogit/threads/2001-09/09/thread_1000000000.json\n\
         tree=$($git write-tree)\n\
         commit=$($git commit-tree -S -p HEAD -m '1 thread' $tree)\n\
         $git update-ref refs/measured/commit $commit\n",
        place = place.path().display(),
        repository = archive.home.join("repo.git").display(),
        key = key.display(),
        file = file.display(),
    );
    fs::write(&script, text).unwrap();
    // The first run, which is not counted, makes the index.
    let run = tools.runs(
        rounds,
        "/bin/sh",
        &[script.to_str().unwrap()],
        &archive.home,
    );
    let forget = ["update-ref", "-d", "refs/measured/commit"];
    let forgot = Command::new(GIT)
        .arg("-C")
        .arg(archive.home.join("repo.git"))
        .args(forget)
        .status();
    assert!(forgot.unwrap().success());
    row(
        "one thread committed by git: `hash-object`, `update-index`, `write-tree`, `commit-tree -S`, `update-ref`",
        run,
    )
}

/// A copy of the repository, packed anew by git with all its deltas. (`git gc` alone would keep the
/// pack as it is.)
fn repacked(archive: &Archive) -> Row {
    let place = tempfile::TempDir::new_in(&archive.home).unwrap();
    let copy: PathBuf = place.path().join("copy.git");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(archive.home.join("repo.git"))
        .arg(&copy)
        .status();
    assert!(copied.unwrap().success());
    let start = Instant::now();
    let packed = Command::new(GIT)
        .arg("-C")
        .arg(&copy)
        .args(["repack", "-a", "-d", "-f", "-q"])
        .status();
    assert!(packed.unwrap().success());
    let what = format!(
        "the repository after `git repack -adf`, which took {}",
        time(start.elapsed())
    );
    Row {
        what,
        ours: megabytes(bytes_of(&copy)),
        ..Row::default()
    }
}
