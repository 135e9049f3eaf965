//! A sandbox for versions of Crush whose tools can't be turned off.
//!
//! With `bwrap` (bubblewrap) such a Crush sees the system read-only, an empty home with its own
//! configuration in it, and the directories of its run, which are all it can write to. The network
//! stays: that is where the model is.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::config::Places;
use super::environment;
use super::run_dir::RunDir;
use crate::backend::variable;
use crate::process::{End, Program, Timeouts};

/// What a program needs of a system. What isn't there is left out.
const SYSTEM: [&str; 11] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc",
    "/nix",
    "/gnu",
    "/run/systemd/resolve",
    "/run/current-system",
];

/// A program in its sandbox: what to run instead.
#[derive(Debug)]
pub(super) struct Boxed {
    pub(super) program: PathBuf,
    pub(super) args: Vec<OsString>,
    pub(super) environment: Vec<(OsString, OsString)>,
}

/// Whether a sandbox can be made here: many systems don't let users make namespaces.
pub(super) fn works(bwrap: &Path, given: &[(OsString, OsString)]) -> bool {
    let args = [
        "--unshare-all",
        "--share-net",
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "true",
    ];
    let soon = Duration::from_secs(10);
    let attempt = Program {
        path: bwrap,
        args: &args.map(OsString::from),
        directory: None,
        environment: given,
        input: "",
        timeouts: Timeouts {
            first: soon,
            silence: soon,
            total: soon,
        },
    };
    let finished = attempt.run(&mut |_| ControlFlow::Continue(()));
    finished.is_ok_and(|finished| matches!(finished.ended, End::Exit(status) if status.success()))
}

/// Wraps a run of `program`. The copies that Crush may change are made in the run's directory.
pub(super) fn wrap(
    bwrap: &Path,
    program: &Path,
    args: Vec<OsString>,
    given: &[(OsString, OsString)],
    run_dir: &RunDir,
) -> io::Result<Boxed> {
    let places = Places::of(given);
    let mut given = given.to_vec();
    copy_data(&places, &run_dir.share())?;
    environment::set(&mut given, "XDG_DATA_HOME", run_dir.share().into());
    given.retain(|(name, _)| {
        name != "CRUSH_GLOBAL_DATA" && name != "XDG_CACHE_HOME" && name != "TMPDIR"
    });

    let mut line = Line::default();
    line.add([
        "--unshare-all",
        "--share-net",
        "--new-session",
        "--die-with-parent",
    ]);
    for path in SYSTEM {
        line.bind("--ro-bind-try", Path::new(path));
    }
    line.add(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
    if let Some(home) = variable(&given, "HOME").filter(|home| *home != "/") {
        line.add([OsStr::new("--tmpfs"), home]);
    }
    // The program may live anywhere, in the home too.
    line.bind("--ro-bind", &program.canonicalize()?);
    if let Some(config) = &places.config {
        line.bind("--ro-bind-try", config);
    }
    for directory in [run_dir.here(), run_dir.data(), run_dir.share()] {
        line.bind("--bind", &directory);
    }
    line.add([
        OsStr::new("--chdir"),
        run_dir.here().as_os_str(),
        OsStr::new("--"),
    ]);
    line.0.push(program.canonicalize()?.into());
    line.0.extend(args);
    Ok(Boxed {
        program: bwrap.to_path_buf(),
        args: line.0,
        environment: given,
    })
}

/// Crush refreshes its list of providers and "repairs" its choice of model; in a sandbox it does so
/// on copies.
fn copy_data(places: &Places, share: &Path) -> io::Result<()> {
    let copies = share.join("crush");
    fs::create_dir_all(&copies)?;
    let Some(data) = &places.data else {
        return Ok(());
    };
    for name in ["crush.json", "providers.json"] {
        match fs::read(data.join(name)) {
            Ok(content) => fs::write(copies.join(name), content)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A command line that grows.
#[derive(Default)]
struct Line(Vec<OsString>);

impl Line {
    fn add<const N: usize>(&mut self, words: [impl Into<OsString>; N]) {
        self.0.extend(words.map(Into::into));
    }

    fn bind(&mut self, how: &str, path: &Path) {
        self.add([OsStr::new(how), path.as_os_str(), path.as_os_str()]);
    }
}
