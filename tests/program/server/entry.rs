//! How a server begins, who is told how to get in, and how it ends.

use super::served::Served;
use super::wire::{ask, bearer};
use crate::cli::profile;
use crate::common::{TestHome, signal};
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn the_log_holds_nothing_of_what_is_asked() {
    const SECRET: &str = "plantedsecret";
    let home = TestHome::new();
    let mut command = home.command(&[
        "serve",
        "--port",
        "0",
        "--json",
        "--log",
        "info",
        "--backend",
        "echo",
    ]);
    let log = home.path().join("log");
    command.stderr(fs::File::create(&log).unwrap());
    let served = Served::spawn(home, command);
    let token = bearer(&served);
    let headers = [
        ("Authorization", token.as_str()),
        ("Content-Type", "application/json"),
    ];
    let body = format!(
        r#"{{"token":"{SECRET}","mode":"inner","message":{{"role":"user","content":"{SECRET}"}}}}"#
    );
    for line in [
        &format!("GET /api/search?q={SECRET}"),
        &format!("GET /api/threads/{SECRET}"),
        &format!("GET /{SECRET}"),
        &format!("PATCH /api/threads/{SECRET}"),
        &format!("{} /healthz", SECRET.to_uppercase()),
        "POST /api/conversation-buffer",
        "POST /api/launch",
    ] {
        ask(&served, line, &headers, &body);
    }
    ask(
        &served,
        "GET /healthz",
        &[("User-Agent", SECRET), ("Referer", SECRET)],
        "",
    );
    ask(
        &served,
        "GET /api/threads",
        &[("Authorization", &format!("Bearer {SECRET}"))],
        "",
    );
    let (script, port) = (served.client.token.clone(), served.client.port);
    let stopped = served.stop();
    let text = fs::read_to_string(stopped.home.path().join("log")).unwrap();
    assert!(
        text.contains("/healthz") && text.contains("status=200"),
        "{text}"
    );
    assert!(text.contains("status=401"), "{text}");
    assert!(!text.to_lowercase().contains(SECRET), "{text}");
    assert!(!text.contains(&script), "port {port}: {text}");
}

#[test]
fn a_home_that_is_served_is_not_served_twice() {
    let served = Served::start(TestHome::new());
    let second = served
        .home
        .run(&["serve", "--port", "0", "--backend", "echo"]);
    assert_eq!(second.code, Some(1), "{second:?}");
    assert!(
        second.stderr.contains(&served.child.id().to_string()),
        "{second:?}"
    );
    assert!(
        second
            .stderr
            .contains(&format!("127.0.0.1:{}", served.client.port)),
        "{second:?}"
    );
    let all = second.stdout + &second.stderr;
    assert!(
        !all.contains(&served.client.token) && !all.contains("launch="),
        "{all}"
    );
    assert!(all.contains("mmogit serve --open"), "{all}");
}

#[test]
fn the_note_for_scripts_is_the_owners_alone_and_goes_with_the_server() {
    let served = Served::start(TestHome::new());
    let path = served.home.mmogit().join("serve.json");
    let note: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(note["token"].as_str(), Some(served.client.token.as_str()));
    assert_eq!(note["pid"], served.child.id());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let stopped = served.stop();
    assert!(stopped.status.success());
    assert!(!path.exists());
    drop(stopped.home);
}

/// A browser that keeps what it was given, and how.
fn browser(home: &TestHome) {
    home.program(
        "xdg-open",
        "echo \"$@\" > opened-args; cat \"$1\" > opened-page; ls -l \"$1\" > opened-mode",
    );
}

fn opened(home: &TestHome) -> (String, String, String) {
    let began = Instant::now();
    let file = |name: &str| home.path().join(name);
    while fs::read(file("opened-mode")).map_or(0, |text| text.len()) == 0 {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "no browser was started"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let read = |name: &str| fs::read_to_string(file(name)).unwrap();
    (
        read("opened-args"),
        read("opened-page"),
        read("opened-mode"),
    )
}

#[test]
fn a_browser_is_handed_a_file_and_never_the_link_itself() {
    let home = TestHome::new();
    browser(&home);
    let served = Served::with(home, &["--backend", "echo", "--open"]);
    let (args, page, mode) = opened(&served.home);
    assert!(!args.contains("launch"), "{args}");
    let file = std::path::Path::new(args.trim());
    assert_eq!(
        file.parent(),
        Some(served.home.path()),
        "where every browser may read"
    );
    assert!(
        !file.file_name().unwrap().to_str().unwrap().starts_with('.'),
        "{args}"
    );
    assert!(mode.starts_with("-rw-------"), "{mode}");
    let (_, rest) = page.split_once("#launch=").expect("the link");
    let token: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    let body = format!(r#"{{"token":"{token}"}}"#);
    ask(
        &served,
        "POST /api/launch",
        &[("Content-Type", "application/json")],
        &body,
    )
    .is(200);
}

#[test]
fn open_on_a_served_home_gets_a_fresh_link_of_the_running_server() {
    let home = TestHome::new();
    browser(&home);
    let served = Served::start(home);
    let ran = served.home.run(&["serve", "--open"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (_, page, _) = opened(&served.home);
    let (_, rest) = page.split_once("#launch=").expect("the link");
    let token: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    let body = format!(r#"{{"token":"{token}"}}"#);
    ask(
        &served,
        "POST /api/launch",
        &[("Content-Type", "application/json")],
        &body,
    )
    .is(200);
}

/// Where homes have owners who log in, the link is the page alone.
#[test]
fn open_with_profiles_opens_the_page_where_one_logs_in() {
    let home = TestHome::new();
    browser(&home);
    profile::add(&home, "ana", &["--owner"]).exits(0);
    let options = ["--backend", "echo", "--open", "--profiles", "profiles"];
    let served = Served::with(home, &options);
    let (_, page, _) = opened(&served.home);
    let port = served.client.port;
    let url = format!("http://127.0.0.1:{port}/");
    assert!(page.contains(&format!("0;url={url}\"")), "{page}");
    ask(&served, "GET /", &[], "").is(200);
    // And so it does where a server runs already.
    fs::remove_file(served.home.path().join("opened-mode")).unwrap();
    let again = served
        .home
        .run(&["serve", "--open", "--profiles", "profiles"]);
    let again = again.exits(0);
    assert_eq!(again.stdout, format!("{url}\n"));
    assert!(again.stderr.contains("log in"), "{again:?}");
    assert_eq!(opened(&served.home).1, page);
}

#[test]
fn without_a_browser_that_is_said_and_the_link_is_there() {
    let home = TestHome::new();
    let served = Served::start(home);
    let ran = served.home.run(&["serve", "--open"]).exits(0);
    let said = "no browser was opened: xdg-open is not there";
    assert!(ran.stderr.contains(said), "{ran:?}");
    assert!(ran.stderr.contains("Open the link yourself."), "{ran:?}");
    assert!(ran.stdout.contains("/#launch="), "{ran:?}");
    served.home.program("xdg-open", "exit 3");
    let ran = served.home.run(&["serve", "--open"]).exits(0);
    let said = "no browser was opened: xdg-open failed";
    assert!(ran.stderr.contains(said), "{ran:?}");
}

#[test]
fn who_is_served_and_who_answers_is_told_to_people_alone() {
    let home = TestHome::new();
    profile::add(&home, "ana", &["--owner"]).exits(0);
    for (options, said) in [
        (
            &["--profiles", "profiles"][..],
            &["Profiles: 1 in", "for all of them", "log in"][..],
        ),
        (&[], &["Using identity:", "in ", "AI: echo", "good once"]),
    ] {
        let serve = ["serve", "--port", "0", "--backend", "echo"];
        let ended_soon = |more: &[&str]| {
            let mut child = home
                .command(&[&serve, options, more].concat())
                .spawn()
                .unwrap();
            let mut begun = [0; 1];
            child
                .stdout
                .as_mut()
                .unwrap()
                .read_exact(&mut begun)
                .unwrap();
            std::thread::sleep(Duration::from_millis(300));
            signal(&child, "TERM");
            String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
        };
        let people = ended_soon(&[]);
        for part in said.iter().chain(&["It serves until Ctrl-C."]) {
            assert!(people.contains(part), "{part}: {people}");
        }
        let program = ended_soon(&["--json"]);
        assert!(
            !program.contains("AI:") && !program.contains("Ctrl-C"),
            "{program}"
        );
    }
}

#[test]
fn a_home_that_is_a_file_is_named_as_one() {
    let home = TestHome::new();
    fs::write(home.mmogit(), "mine").unwrap();
    let ran = home.run(&["serve", "--port", "0"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("is no folder"), "{ran:?}");
}

/// As `MMOGIT_HOME=~/Documents` would: no identity is made there unasked, by a chat either.
#[test]
fn a_folder_full_of_other_things_is_no_home() {
    let home = TestHome::new();
    fs::create_dir(home.mmogit()).unwrap();
    let letter = home.mmogit().join("letter.txt");
    fs::write(&letter, "mine").unwrap();
    for args in [
        &["serve", "--port", "0", "--backend", "echo"][..],
        &["chat", "--backend", "echo", "-m", "hello"],
    ] {
        let ran = home.run(args).exits(1);
        assert!(
            ran.stderr.contains("holds other things, and no identity"),
            "{ran:?}"
        );
        assert!(ran.stderr.contains("mmogit init"), "{ran:?}");
        assert!(!home.mmogit().join("identity.json").exists(), "{ran:?}");
    }
    // Asked for, it is made there all the same; and what a desktop puts everywhere is nobody's.
    home.run(&["init", "--no-verify"]).exits(0);
    home.run(&["chat", "--backend", "echo", "-m", "hello"])
        .exits(0);
    assert_eq!(fs::read_to_string(letter).unwrap(), "mine");
    let other = TestHome::new();
    fs::create_dir(other.mmogit()).unwrap();
    fs::write(other.mmogit().join(".DS_Store"), "").unwrap();
    other
        .run(&["chat", "--backend", "echo", "-m", "hello"])
        .exits(0);
}

#[test]
fn a_port_that_is_taken_is_told_with_the_next_step() {
    let served = Served::start(TestHome::new());
    let other = TestHome::new();
    let port = served.client.port.to_string();
    let ran = other.run(&["serve", "--port", &port, "--backend", "echo"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("--port 0"), "{ran:?}");
    let ran = other.run(&["serve", "--port", &port, "--listen", "localhost"]);
    let address = format!("127.0.0.1:{port}");
    assert!(ran.stderr.contains(&address), "{ran:?}");
    assert!(
        !other.mmogit().join("identity.json").exists(),
        "nothing was made"
    );
}

#[test]
fn one_home_is_not_served_beyond_this_machine() {
    let home = TestHome::new();
    for address in ["0.0.0.0", "::", "192.168.1.2"] {
        let ran = home.run(&["serve", "--port", "0", "--listen", address]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
    }
}

#[test]
fn the_address_is_one_line_and_the_first_signal_finishes() {
    let home = TestHome::new();
    for name in ["INT", "TERM", "HUP"] {
        let mut child = home
            .command(&["serve", "--port", "0", "--backend", "echo"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut bytes = [0; 200];
        let count = stdout.read(&mut bytes).unwrap();
        let line = std::str::from_utf8(&bytes[..count]).unwrap();
        assert!(
            line.starts_with("http://127.0.0.1:") && line.ends_with('\n'),
            "{line:?}"
        );
        signal(&child, name);
        assert!(child.wait().unwrap().success(), "{name}");
    }
}
