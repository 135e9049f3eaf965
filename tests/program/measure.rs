//! How much memory the program takes, as a process measured from outside.

use crate::common::TestHome;
use crate::support::has;
use std::process::{Command, Stdio};

/// Prints the most memory that a program had, in KiB.
const MEASURE: &str = "import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";

/// The most memory that a command took, in bytes; `None` where nothing here can measure it.
pub fn peak(home: &TestHome, args: &[&str]) -> Option<u64> {
    let inner = home.command(args);
    let mut measure = Command::new("python3");
    measure.args(["-c", MEASURE, "env", "-i"]);
    for (name, value) in inner
        .get_envs()
        .filter_map(|(name, value)| Some((name, value?)))
    {
        measure.arg(format!("{}={}", name.display(), value.display()));
    }
    measure.arg(inner.get_program()).args(args);
    if !has("python3") {
        return None;
    }
    let output = measure
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Some(
        text.trim()
            .parse::<u64>()
            .unwrap_or_else(|_| panic!("{args:?}: {text:?}"))
            << 10,
    )
}
