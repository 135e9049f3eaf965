//! A program that behaves, at its edges, as a given version of Crush does, for machines that can't
//! have Crush.
//!
//! It is this test binary itself: [`install`] writes a script that starts it with
//! `crush::stand_in::is_crush` as the only test, the real stdout moved to descriptor 3 (the test runner
//! prints on the other), and arguments and version in its environment. It is strict about what it
//! is given, as a test should be: a directory that isn't empty, an environment with too much in it
//! or a flag of a later version make it fail as Crush would, or louder.

use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::thread::sleep;
use std::time::Duration;
use std::{env, io};

use serde_json::{Value, json};

use super::session;
use crate::support::scenario::{self, Scenario};

pub type Number = (u32, u32, u32);

/// Where the stand-in keeps what a real Crush would get from a provider: the prompts it was given.
pub const PROMPTS: &str = "prompts";

/// Where it names a process that it left running.
pub const LEFT: &str = "left";

/// Writes a `crush` of this version into `folder`, which also collects the prompts.
pub fn install(folder: &Path, (major, minor, patch): Number) -> PathBuf {
    let program = folder.join("crush");
    let tests = env::current_exe().unwrap();
    let script = format!(
        "#!/bin/sh\n\
         export STAND_IN_FOLDER='{}' STAND_IN_VERSION={major}.{minor}.{patch} STAND_IN_ARGS=\"$(printf '%s\\037' \"$@\")\"\n\
         exec 3>&1 1>/dev/null\n\
         exec '{}' --exact crush::stand_in::is_crush --nocapture --quiet\n",
        folder.display(),
        tests.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    program
}

/// Does nothing in a run of the tests; is Crush when started by the script.
#[test]
fn is_crush() {
    let Ok(args) = env::var("STAND_IN_ARGS") else {
        return;
    };
    let number: Vec<u32> = env::var("STAND_IN_VERSION")
        .unwrap()
        .split('.')
        .map(|n| n.parse().unwrap())
        .collect();
    let crush = StandIn {
        version: (number[0], number[1], number[2]),
        folder: env::var_os("STAND_IN_FOLDER").unwrap().into(),
        out: File::options().write(true).open("/dev/fd/3").unwrap(),
        data: PathBuf::new(),
        model: "stub-model".to_owned(),
    };
    let args: Vec<&str> = args.split_terminator('\x1f').collect();
    exit(crush.main(&args));
}

struct StandIn {
    version: Number,
    folder: PathBuf,
    out: File,
    data: PathBuf,
    model: String,
}

impl StandIn {
    fn since(&self, minor: u32, patch: u32) -> bool {
        self.version >= (0, minor, patch)
    }

    fn say(&mut self, text: &str) {
        if self.out.write_all(text.as_bytes()).is_err() {
            exit(1);
        }
    }

    /// Fails as this version does: plain, or framed for a terminal.
    fn fail(&self, error: &str) -> i32 {
        if !self.since(11, 0) {
            eprintln!("{error}");
            return 1;
        }
        let mut framed = String::from("          \n   ERROR  \n          \n");
        let (first, rest) = error.split_at(1);
        let mut line = format!("  {}", first.to_uppercase());
        for word in format!("{rest}.").split_inclusive(' ') {
            if line.len() + word.len() > 116 {
                framed.push_str(&format!("{line:<116}\n"));
                line = "  ".to_owned();
            }
            line.push_str(word);
        }
        eprint!("{framed}{line:<116}\n\n");
        1
    }

    fn main(mut self, args: &[&str]) -> i32 {
        if let Some(complaint) = complain_of_environment() {
            return self.fail(&complaint);
        }
        match args {
            ["-v"] => {
                let (major, minor, patch) = self.version;
                if self.since(10, 4) {
                    self.say("    .d8b.  .d8b.\n     'Y88888P'\n        'Y'\n");
                }
                self.say(&format!("crush version v{major}.{minor}.{patch}\n"));
                0
            }
            ["run", rest @ ..] => self.run(rest),
            ["session", "last", "--json", "-D", data] if self.since(48, 0) => {
                let session =
                    fs::read_to_string(Path::new(data).join("session.json")).unwrap_or_default();
                self.say(&session);
                0
            }
            [command, ..] => self.fail(&format!("unknown command \"{command}\" for \"crush\"")),
            [] => self.fail("the stand-in has no face"),
        }
    }

    fn run(mut self, mut args: &[&str]) -> i32 {
        let mut quiet = false;
        loop {
            args = match args {
                [] => break,
                ["-q", rest @ ..] => {
                    quiet = true;
                    rest
                }
                ["-D", data, rest @ ..] => {
                    self.data = data.into();
                    rest
                }
                ["-m", model, rest @ ..] if self.since(34, 0) => {
                    self.model = (*model).to_owned();
                    rest
                }
                [flag, ..] => {
                    let short = flag.trim_start_matches('-').chars().next().unwrap_or('?');
                    return self.fail(&format!("unknown shorthand flag: '{short}' in {flag}"));
                }
            };
        }
        if !quiet {
            return self.fail("could not open a new TTY: open /dev/tty");
        }
        if let Some(complaint) = self.complain_of_directories() {
            return self.fail(&complaint);
        }
        if let Some(error) = self.unconfigured() {
            return self.fail(&error);
        }
        if self.model == "no-such-model" {
            return self.fail("failed to override models: large model \"no-such-model\" not found");
        }
        self.model = self.model.rsplit('/').next().unwrap_or_default().to_owned();
        if self.folder.join("ignores-stdin").exists() {
            self.say("I did not listen.\n");
            self.keep(&[("I did not listen.", "end_turn")]);
            return 0;
        }
        let mut prompt = String::new();
        io::stdin().read_to_string(&mut prompt).unwrap();
        let mut prompts = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join(PROMPTS))
            .unwrap();
        writeln!(prompts, "{prompt}").unwrap();
        self.answer(&prompt)
    }

    /// What a Crush without any configuration says.
    fn unconfigured(&self) -> Option<String> {
        let home = PathBuf::from(env::var_os("HOME")?);
        if home.join(".config/crush/crush.json").exists() {
            return None;
        }
        let listed = home.join(".local/share/crush/providers.json").exists();
        Some(if !listed && !self.since(8, 0) {
            "failed to load providers: failed to load providers".to_owned()
        } else {
            "no providers configured - please run 'crush' to set up a provider interactively"
                .to_owned()
        })
    }

    fn answer(mut self, prompt: &str) -> i32 {
        if env::var_os("CRUSH_DISABLE_PROVIDER_AUTO_UPDATE").is_none()
            && self.since(8, 0)
            && !self.since(26, 0)
        {
            return self.fail(
                "Crush was unable to fetch an updated list of providers from http://127.0.0.1:9/providers. Consider \
                 setting CRUSH_DISABLE_PROVIDER_AUTO_UPDATE=1 to use the embedded providers bundled at the time of this Crush release",
            );
        }
        self.progress("3");
        match scenario::of(prompt) {
            Scenario::Pieces => {
                for piece in scenario::PIECES {
                    self.say(piece);
                    self.progress("3");
                    sleep(scenario::PAUSE);
                }
                self.end(&scenario::PIECES.concat(), "end_turn")
            }
            Scenario::Slow => {
                sleep(scenario::SLOW_START);
                self.whole(&scenario::PIECES.concat(), "end_turn")
            }
            Scenario::Blank => self.whole("", "end_turn"),
            Scenario::Length => self.whole(&scenario::PIECES.concat(), "max_tokens"),
            Scenario::Codes => self.whole(scenario::CODES, "end_turn"),
            Scenario::Huge => self.whole(&scenario::huge(), "end_turn"),
            Scenario::Cut => self.cut(),
            Scenario::Stuck => {
                self.say(scenario::PIECES[0]);
                forever()
            }
            Scenario::Refused(status) => self.refused(status),
            Scenario::Tool(marker) => self.tool(&marker),
            Scenario::None => self.special(prompt),
        }
    }

    /// What only a stand-in can be asked for.
    fn special(mut self, prompt: &str) -> i32 {
        let text = format!(
            "You said: {}",
            prompt.trim().lines().last().unwrap_or_default()
        );
        if prompt.contains("drop the tail") {
            self.say(&text[..5]);
            self.keep(&[(&text, "end_turn")]);
            self.say("\n");
            return 0;
        }
        if prompt.contains("talk for ever") {
            loop {
                self.say("and so on ");
            }
        }
        if prompt.contains("leave something running") {
            // Left on purpose: that it ends is what is tested.
            #[allow(clippy::zombie_processes)]
            let left = Command::new("sleep").arg("600").spawn().unwrap();
            fs::write(self.folder.join(LEFT), left.id().to_string()).unwrap();
        }
        self.whole(&text, "end_turn")
    }

    /// From 0.11 to 0.13 progress codes go to stdout, whatever that is.
    fn progress(&mut self, state: &str) {
        if self.since(11, 0) && !self.since(14, 0) {
            self.say(&format!("\x1b]9;4;{state}\x07"));
        }
    }

    fn whole(mut self, text: &str, finish: &str) -> i32 {
        self.say(text);
        self.end(text, finish)
    }

    fn end(mut self, text: &str, finish: &str) -> i32 {
        self.keep(&[(text, finish)]);
        self.say("\n");
        self.progress("0");
        0
    }

    /// Up to 0.12 a clean end without a finish reason counts as a whole answer; later it is
    /// retried.
    fn cut(self) -> i32 {
        match self.since(13, 0) {
            true => forever(),
            false => self.whole(scenario::PIECES[0], "end_turn"),
        }
    }

    fn refused(mut self, status: u16) -> i32 {
        if !self.since(13, 0) {
            let reason = match status {
                401 => "Unauthorized",
                404 => "Not Found",
                _ => "Internal Server Error",
            };
            let cause = format!(
                "POST \"http://127.0.0.1:9/v1/chat/completions\": {status} {reason} {{\"message\":\"stub says {status}\",\"type\":\"stub\"}}"
            );
            if status == 404 {
                return self.fail(&format!(
                    "agent processing failed: failed to process events: {cause}"
                ));
            }
            if status == 401 && self.since(10, 1) {
                self.keep(&[("", "canceled")]);
                self.progress("0");
                return 0;
            }
            self.log(
                &json!({"level": "WARN", "msg": "Retrying due to rate limit", "attempt": 1, "error": cause}),
            );
            if status == 401 {
                let retried = "agent processing failed: failed to process events: maximum retry attempts reached for rate limit: 8 retries";
                return self.fail(retried);
            }
            forever()
        }
        let cause = match status {
            401 => "unauthorized: stub says 401",
            404 => "not found: stub says 404",
            _ => {
                self.log(
                    &json!({"level": "WARN", "msg": "Provider request failed, retrying", "status_code": 500,
                    "title": "internal server error", "message": "stub says 500"}),
                );
                forever()
            }
        };
        self.keep(&[("", "error")]);
        self.say("\n");
        self.fail(&format!(
            "agent processing failed: failed to start agent processing stream: {cause}"
        ))
    }

    /// Tools run without asking. Before 0.7.2 an answer with a tool in it ends in a panic that
    /// nobody sees.
    fn tool(mut self, marker: &str) -> i32 {
        self.say(scenario::BEFORE_TOOL);
        if !self.denied() {
            File::create(marker).unwrap();
        }
        let steps = [
            (scenario::BEFORE_TOOL, "tool_use"),
            (scenario::AFTER_TOOL, "end_turn"),
        ];
        self.keep(&steps);
        if !self.since(7, 2) {
            fs::write(
                "crush-panic-main-20250101-000000.log",
                "Panic in main: slice bounds out of range\n",
            )
            .unwrap();
            return 0;
        }
        self.say(scenario::AFTER_TOOL);
        self.say("\n");
        0
    }

    /// Whether this version was told, where it looks, to use no tools.
    fn denied(&self) -> bool {
        let file = match self.since(48, 0) {
            true => self.data.join("crush.json"),
            false => PathBuf::from(".crush.json"),
        };
        let told: Value = fs::read_to_string(file)
            .map(|text| serde_json::from_str(&text).unwrap())
            .unwrap_or_default();
        let tools = told["options"]["disabled_tools"].as_array();
        let named = tools.is_some_and(|tools| tools.iter().any(|tool| tool == "bash"));
        let hooked = told["hooks"]["PreToolUse"][0]["command"].is_string() || !self.since(63, 0);
        self.since(8, 0) && named && hooked
    }

    fn complain_of_directories(&self) -> Option<String> {
        let here = env::current_dir().unwrap();
        let strangers: Vec<_> = fs::read_dir(&here)
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        if strangers.iter().any(|name| name != ".crush.json") {
            return Some(format!(
                "stand-in: the directory is not empty: {strangers:?}"
            ));
        }
        for directory in [&here, &self.data] {
            let private = fs::metadata(directory)
                .is_ok_and(|it| it.is_dir() && it.permissions().mode() & 0o77 == 0);
            if !directory.is_absolute() || !private {
                return Some(format!("stand-in: {} is not private", directory.display()));
            }
        }
        let pipe = fs::metadata("/dev/fd/0").is_ok_and(|stdin| stdin.file_type().is_fifo());
        (!pipe).then(|| "no prompt provided".to_owned())
    }

    fn log(&self, entry: &Value) {
        fs::create_dir_all(self.data.join("logs")).unwrap();
        fs::write(self.data.join("logs/crush.log"), format!("{entry}\n")).unwrap();
    }

    fn keep(&self, steps: &[(&str, &str)]) {
        match self.folder.join("keeps-another-database").exists() {
            true => session::keep_elsewhere(&self.data, &self.model, steps),
            false => session::keep(&self.data, &self.model, steps),
        }
    }
}

/// What must not reach Crush.
fn complain_of_environment() -> Option<String> {
    let doors = [
        "MMOGIT_",
        "SSH_",
        "GPG_",
        "DBUS_",
        "GITHUB_TOKEN",
        "XDG_RUNTIME_DIR",
        "CRUSH_CLIENT_SERVER",
    ];
    let found = env::vars()
        .map(|(name, _)| name)
        .find(|name| doors.iter().any(|door| name.starts_with(door)));
    if let Some(name) = found {
        return Some(format!("stand-in: {name} was passed on"));
    }
    for name in ["HOME", "PATH", "OPENAI_API_KEY", "CRUSH_DISABLE_METRICS"] {
        if env::var_os(name).is_none() {
            return Some(format!("stand-in: {name} is missing"));
        }
    }
    None
}

fn forever() -> ! {
    sleep(Duration::from_secs(600));
    exit(1)
}
