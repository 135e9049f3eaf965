//! A sync that is ended at any moment, by Ctrl-C or by force: nothing of it goes on, nothing is
//! lost, and the next one does the whole work.

use super::device::{Device, SYNC};
use crate::common::{signal, wait_until};
use crate::support::far::Far;
use crate::support::git;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

/// Two machines of one person, each with a thread that the other lacks, and one that both have.
fn two_machines() -> (Far, Device, Device) {
    let far = Far::new();
    let [mut first, mut second] =
        [1, 2].map(|machine| Device::with_remote(1, machine, &far.path_url()));
    first.talk(2);
    first.sync(0);
    second.sync(0);
    first.talk(1);
    first.sync(0);
    second.talk(1);
    (far, first, second)
}

#[track_caller]
fn all_is_well(far: &Far, first: &Device, second: &Device) {
    second.sync(0);
    first.sync(0);
    assert_eq!(second.listed().len(), 3);
    assert_eq!(first.listed(), second.listed());
    for device in [first, second] {
        device.assert_sound();
        assert_eq!(
            device.tip_of(&device.author()),
            far.tip_of(&device.author())
        );
        let repository = device.home.mmogit().join("repo.git");
        let broken = git(&repository, &["fsck", "--strict", "--no-dangling"]);
        let broken: Vec<&str> = broken
            .lines()
            .filter(|line| !line.starts_with("notice: "))
            .collect();
        assert_eq!(broken, Vec::<&str>::new());
    }
    far.assert_sound();
}

/// The moments at which the way to the remote stands still, as what `ssh` does then, or what a hook
/// at the other end does. `FAR` is the repository there.
const MOMENTS: [(&str, Moment); 6] = [
    ("before it answers", Moment::Way("*upload-pack*) STAND")),
    (
        "within the list of branches",
        Moment::Way(
            "*upload-pack*) git upload-pack FAR | { /bin/dd bs=1 count=60 2>/dev/null; STAND; }",
        ),
    ),
    (
        "within the pack",
        Moment::Way(
            "*upload-pack*) if [ -e \"$HOME/looked\" ]; then \
             git upload-pack FAR | { /bin/dd bs=1 count=900 2>/dev/null; STAND; }; \
             else : >\"$HOME/looked\"; exec git upload-pack FAR; fi",
        ),
    ),
    (
        "before it takes a push",
        Moment::Way("*receive-pack*) STAND"),
    ),
    (
        "while it takes a push",
        Moment::Hook("pre-receive", "STAND"),
    ),
    (
        "after it took a push",
        Moment::Hook(
            "reference-transaction",
            "[ \"$1\" != committed ] || { STAND; }",
        ),
    ),
];

enum Moment {
    Way(&'static str),
    Hook(&'static str, &'static str),
}

/// Stands still until it is ended, and says so.
const STAND: &str = "echo $$ >\"$HOME/standing.new\"; \
                     /bin/mv \"$HOME/standing.new\" \"$HOME/standing\"; sleep 600";

/// All goes by an ssh that is none, so that a test may stand in the way.
fn stands_still(device: &Device, far: &Far, moment: &Moment) {
    let rest = "*upload-pack*) exec git upload-pack FAR;; *) exec git receive-pack FAR";
    let way = match moment {
        Moment::Way(words) => format!("{};; {rest}", words.replace("STAND", STAND)),
        Moment::Hook(hook, script) => {
            // Its own word is about the home at the other end, which is none.
            let script = script.replace("STAND", STAND);
            let home = device.home.path().display();
            far.hook(hook, &format!("HOME='{home}'\n{script}"));
            rest.to_owned()
        }
    };
    let script = format!("case \"$*\" in {way};; esac");
    device.ssh(&script.replace("FAR", &format!("'{}'", far.path_url())));
    device.run(&["remote", "remove", "far"]).exits(0);
    let url = "ssh://somewhere/far.git";
    device.run(&["remote", "add", "far", url]).exits(0);
}

/// Nothing stands in the way any more.
fn goes_on(device: &Device, far: &Far) {
    for (_, moment) in MOMENTS {
        if let Moment::Hook(hook, _) = moment {
            let _ = fs::remove_file(far.repository().join("hooks").join(hook));
        }
    }
    device.run(&["remote", "remove", "far"]).exits(0);
    device
        .run(&["remote", "add", "far", &far.path_url()])
        .exits(0);
}

fn is_gone(pid: &str) -> bool {
    let state = Command::new("ps")
        .args(["-o", "stat=", "-p", pid])
        .output()
        .unwrap()
        .stdout;
    state.is_empty() || state.starts_with(b"Z")
}

/// How it ended, as a shell would say it.
fn wait(mut child: Child) -> Option<i32> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code().or(status.signal().map(|signal| 128 + signal));
        }
        if begun.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it does not end");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn is_ended_at_every_moment(by: &str, code: i32) {
    for (name, moment) in MOMENTS {
        let (far, first, second) = two_machines();
        stands_still(&second, &far, &moment);
        let child = second.home.command(&SYNC).spawn().unwrap();
        let standing = second.home.path().join("standing");
        wait_until(name, || standing.exists());
        signal(&child, by);
        assert_eq!(wait(child), Some(code), "{name}");
        let pid = fs::read_to_string(&standing).unwrap();
        wait_until(name, || is_gone(pid.trim()));
        goes_on(&second, &far);
        all_is_well(&far, &first, &second);
    }
}

#[test]
fn ctrl_c_ends_it_and_the_next_one_does_it_all() {
    is_ended_at_every_moment("INT", 130);
}

#[test]
fn killed_it_leaves_nothing_that_runs_and_nothing_broken() {
    is_ended_at_every_moment("KILL", 137);
}

/// Again and again, a little later each time.
#[test]
fn killed_after_any_time_the_next_one_does_it_all() {
    const STEPS: u32 = 16;
    let (far, first, mut second) = two_machines();
    let begun = Instant::now();
    second.sync(0);
    let whole = begun.elapsed();
    let mut all = second.listed();
    for step in 0..STEPS {
        all.push(second.talk(1));
        let mut child = second.home.command(&SYNC).spawn().unwrap();
        thread::sleep(whole * step / STEPS);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // What the last one began there puts its lock away when it is ended.
    wait_until("nothing is locked there", || !has_lock(&far.repository()));
    second.sync(0);
    first.sync(0);
    all.sort();
    for device in [&first, &second] {
        assert_eq!(device.listed(), all);
        device.assert_sound();
    }
    assert_eq!(
        second.tip_of(&second.author()),
        far.tip_of(&second.author())
    );
    far.assert_sound();
}

fn has_lock(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        path.extension().is_some_and(|end| end == "lock") || (path.is_dir() && has_lock(&path))
    })
}

#[test]
fn a_lock_that_a_dead_program_left_there_is_said() {
    let (far, first, mut second) = two_machines();
    second.sync(0);
    second.talk(1);
    let branch = format!("refs/heads/users/{}", second.author());
    let lock = far.repository().join(format!("{branch}.lock"));
    fs::write(&lock, "").unwrap();
    let refused = second.sync(3)["refused"][0].clone();
    assert_eq!(refused["kind"], "branch-busy", "{refused:#}");
    fs::remove_file(&lock).unwrap();
    second.sync(0);
    first.sync(0);
    assert_eq!(first.listed(), second.listed());
}
