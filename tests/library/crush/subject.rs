//! What is tested: one program that is, or stands in for, one version of Crush, with a home of its
//! own.

use std::ffi::OsString;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fmt, thread};

use mmogit::backend::crush::{Crush, CrushSettings, Version};
use mmogit::backend::{Backend, Event, FilePlace, NoReply, Notice, Reply, Request, find_in};
use mmogit::process::Timeouts;
use mmogit::prompt::Prompt;
use tempfile::TempDir;

use super::stand_in::{self, Number};
use crate::support::crush_config;
use crate::support::model_server::ModelServer;

/// One version for each way in which Crush behaves otherwise.
const STAND_INS: [Number; 6] = [
    (0, 7, 1),
    (0, 10, 1),
    (0, 12, 3),
    (0, 13, 0),
    (0, 48, 0),
    (0, 90, 0),
];

pub struct Subject {
    pub version: Number,
    pub home: TempDir,
    program: PathBuf,
    server: Option<ModelServer>,
}

/// What came of one question.
#[derive(Debug)]
pub struct Heard {
    pub text: String,
    pub pieces: usize,
    pub waits_before_text: usize,
    pub notices: Vec<Notice>,
    pub result: Result<Reply, NoReply>,
}

impl Heard {
    #[track_caller]
    pub fn reply(&self) -> &Reply {
        self.result
            .as_ref()
            .unwrap_or_else(|error| panic!("no reply: {error}"))
    }

    #[track_caller]
    pub fn no_reply(&self) -> &NoReply {
        self.result.as_ref().expect_err("a failure")
    }
}

pub fn stand_ins() -> Vec<Subject> {
    let subject = |version| {
        let home = home("http://127.0.0.1:9/v1");
        let program = stand_in::install(home.path(), version);
        Subject::new(version, home, program, None)
    };
    STAND_INS.map(subject).into()
}

pub fn real() -> Vec<Subject> {
    let named = env::var_os("MMOGIT_TEST_CRUSH").expect("MMOGIT_TEST_CRUSH names programs");
    let programs = env::split_paths(&named).filter(|program| !program.as_os_str().is_empty());
    programs
        .map(|program| {
            let server = ModelServer::start();
            let home = home(&server.base_url());
            let version = Version::of(&program, home.path(), &environment(home.path()));
            let version = version.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
            let Version::Numbered { number } = version else {
                panic!("{} does not say its version: {version}", program.display());
            };
            Subject::new(number, home, program, Some(server))
        })
        .collect()
}

/// Checks all of them at once: most of the time is spent in waiting.
pub fn each(subjects: Vec<Subject>, expectation: fn(&Subject)) {
    thread::scope(|scope| {
        for subject in &subjects {
            scope.spawn(move || expectation(subject));
        }
    });
}

/// `bwrap`, if it is installed.
pub fn bwrap() -> Option<PathBuf> {
    find_in(&env::var_os("PATH").unwrap_or_default(), "bwrap")
}

/// Whether these settings get a sandbox on this machine.
pub fn boxes(settings: &CrushSettings) -> bool {
    let args = [
        "--unshare-all",
        "--share-net",
        "--ro-bind",
        "/",
        "/",
        "true",
    ];
    let made = |bwrap| Command::new(bwrap).args(args).output();
    let bwrap = settings.bwrap.as_ref();
    bwrap.is_some_and(|bwrap| made(bwrap).is_ok_and(|output| output.status.success()))
}

/// A home whose Crush knows one provider, at this address.
fn home(base_url: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    crush_config::write(home.path(), base_url);
    home
}

/// The environment of a careless user: nothing but the loopback can be reached, and much in it is
/// not for Crush.
fn environment(home: &Path) -> Vec<(OsString, OsString)> {
    let nowhere = "http://127.0.0.1:9";
    let mut all: Vec<(OsString, OsString)> = [
        ("CATWALK_URL", nowhere),
        ("HYPER_URL", nowhere),
        ("HTTPS_PROXY", nowhere),
        ("CRUSH_DISABLE_PROVIDER_AUTO_UPDATE", "1"),
        ("CRUSH_CLIENT_SERVER", "1"),
        ("OPENAI_API_KEY", ""),
        ("MMOGIT_HOME", "/nowhere"),
        ("MMOGIT_PASSPHRASE_FILE", "/nowhere"),
        ("SSH_AUTH_SOCK", "/nowhere"),
        ("GPG_AGENT_INFO", "/nowhere"),
        ("DBUS_SESSION_BUS_ADDRESS", "/nowhere"),
        ("GITHUB_TOKEN", "secret"),
        ("XDG_RUNTIME_DIR", "/nowhere"),
        ("CLICOLOR_FORCE", "1"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .into();
    all.push(("HOME".into(), home.into()));
    all.push(("PATH".into(), env::var_os("PATH").unwrap_or_default()));
    all
}

pub fn request(prompt: &Prompt) -> Request<'_> {
    Request {
        prompt,
        model: None,
        files: FilePlace::Disk,
    }
}

impl Subject {
    fn new(
        version: Number,
        home: TempDir,
        program: PathBuf,
        server: Option<ModelServer>,
    ) -> Subject {
        Subject {
            version,
            home,
            program,
            server,
        }
    }

    /// A new one each time; what it was told of once it would not be told again.
    pub fn settings(&self) -> CrushSettings {
        CrushSettings {
            program: self.program.clone(),
            version: None,
            private_dir: self.home.path().join("mmogit/crush"),
            environment: environment(self.home.path()),
            // A stand-in lives in the build directory, which a sandbox doesn't show.
            bwrap: self.server.as_ref().and_then(|_| bwrap()),
            tools: false,
            model: None,
            timeouts: Timeouts::default(),
        }
    }

    pub fn crush(&self) -> Crush {
        Crush::new(self.settings())
    }

    pub fn ask(&self, prompt: &str) -> Heard {
        self.ask_of(self.settings(), prompt, None)
    }

    pub fn ask_with(&self, timeouts: Timeouts, prompt: &str) -> Heard {
        self.ask_of(
            CrushSettings {
                timeouts,
                ..self.settings()
            },
            prompt,
            None,
        )
    }

    pub fn ask_of(&self, settings: CrushSettings, prompt: &str, model: Option<&str>) -> Heard {
        let heard = hear(
            &Crush::new(settings),
            &Request {
                prompt: &Prompt::alone(prompt),
                model,
                files: FilePlace::Disk,
            },
        );
        self.assert_nothing_left();
        heard
    }

    /// Two questions to one Crush: the notices of both.
    pub fn ask_same(&self, prompt: &str) -> Heard {
        let crush = self.crush();
        let prompt = Prompt::alone(prompt);
        let first = hear(&crush, &request(&prompt));
        let second = hear(&crush, &request(&prompt));
        Heard {
            notices: [first.notices, second.notices].concat(),
            ..second
        }
    }

    pub fn is_real(&self) -> bool {
        self.server.is_some()
    }

    /// Whether this version can be told to use no tools.
    pub fn can_deny_tools(&self) -> bool {
        self.version >= (0, 10, 1)
    }

    /// Whether this machine has a sandbox for it.
    pub fn boxed(&self) -> bool {
        boxes(&self.settings())
    }

    /// The prompts that reached the model.
    pub fn prompts(&self) -> Vec<String> {
        match &self.server {
            Some(server) => {
                let requests = server.requests();
                let answers = requests.iter().filter(|request| !request.is_for_a_title());
                answers
                    .inspect(|request| assert_eq!(request.authorization, "Bearer dummy"))
                    .map(|request| request.prompt())
                    .collect()
            }
            None => vec![fs::read_to_string(self.home.path().join(stand_in::PROMPTS)).unwrap()],
        }
    }

    /// No directory of a run, and no process in it.
    #[track_caller]
    pub fn assert_nothing_left(&self) {
        let private = self.home.path().join("mmogit/crush");
        let names = fs::read_dir(private)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name());
        let left: Vec<OsString> = names.filter(|name| name != "lock").collect();
        assert!(left.is_empty(), "{self}: {left:?} is left");
        let home = self.home.path().to_str().unwrap();
        let processes = Command::new("ps")
            .args(["-e", "-o", "stat=,args="])
            .output()
            .unwrap();
        let listed = String::from_utf8_lossy(&processes.stdout).into_owned();
        let alive: Vec<&str> = listed
            .lines()
            .filter(|line| line.contains(home) && !line.starts_with('Z'))
            .collect();
        assert!(alive.is_empty(), "{self}: {alive:?} are left");
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.server.is_some() {
            "real"
        } else {
            "stand-in"
        };
        let (major, minor, patch) = self.version;
        write!(f, "{kind} {major}.{minor}.{patch}")
    }
}

fn hear(crush: &Crush, request: &Request<'_>) -> Heard {
    let (mut text, mut pieces, mut waits_before_text, mut notices) =
        (String::new(), 0, 0, Vec::new());
    let result = crush.ask(request, &mut |event| {
        match event {
            Event::Text(piece) => {
                text.push_str(piece);
                pieces += 1;
            }
            Event::Waiting { .. } if pieces == 0 => waits_before_text += 1,
            Event::Waiting { .. } => {}
            Event::Notice(notice) => notices.push(notice.clone()),
        }
        ControlFlow::Continue(())
    });
    Heard {
        text,
        pieces,
        waits_before_text,
        notices,
        result,
    }
}

/// Whether a process is gone, or only waits for its parent to notice.
#[track_caller]
pub fn assert_gone(pid: &str) {
    let state = Command::new("ps")
        .args(["-o", "stat=", "-p", pid])
        .output()
        .unwrap()
        .stdout;
    assert!(
        state.is_empty() || state.starts_with(b"Z"),
        "process {pid} is left"
    );
}
