//! What goes wrong on the way and at the other end: it is named, nothing is lost, nobody is asked
//! anything, and when it is over a sync works as if it had never been.

use super::device::{Device, REMOTE, SYNC, cut};
use crate::common::Ran;
use crate::pty::terminal::Terminal;
use crate::support;
use crate::support::far::Far;
use crate::support::git_http::{GitHttp, LOGIN, Manner};
use crate::support::sshd::Sshd;
use std::time::{Duration, Instant};

/// No failure takes longer than this, however busy the machine is.
const BOUND: Duration = Duration::from_secs(60);

/// A machine with two threads, one of which the remote has; another's threads are there too.
struct Scene {
    far: Far,
    device: Device,
    other: Device,
    mine: String,
}

impl Scene {
    /// Set up by the path; the failing remote is the same repository at another URL.
    fn new() -> Self {
        let far = Far::new();
        let mut other = Device::with_remote(2, 1, &far.path_url());
        other.talk(1);
        other.sync(0);
        let mut device = Device::with_remote(1, 1, &far.path_url());
        let mine = device.talk(1);
        device.sync(0);
        device.talk(1);
        other.talk(2);
        other.sync(0);
        Self {
            far,
            device,
            other,
            mine,
        }
    }

    /// From now on the remote is reached at this URL.
    fn reach_at(&self, url: &str) {
        self.device.run(&["remote", "remove", "far"]).exits(0);
        self.device.run(&["remote", "add", "far", url]).exits(0);
    }

    /// A sync fails as a whole; nothing here or there has changed.
    #[track_caller]
    fn fails(&self, words: &str) -> Ran {
        let before = (self.device.listed(), self.far.refs());
        let begun = Instant::now();
        let ran = self.device.run(&SYNC).exits(1);
        assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("\nhint: "),
            "no next step: {}",
            ran.stderr
        );
        assert_eq!((self.device.listed(), self.far.refs()), before);
        assert_eq!(quarantined(&self.device), "");
        ran
    }

    /// All is as if nothing had failed.
    #[track_caller]
    fn works(&self) {
        self.device.sync(0);
        self.other.sync(0);
        assert_eq!(self.device.listed().len(), 4);
        assert_eq!(self.other.listed(), self.device.listed());
        self.device.assert_sound();
        self.far.assert_sound();
        assert!(self.device.listed().contains(&self.mine));
    }
}

/// The refs under which what came lies before it is checked.
fn quarantined(device: &Device) -> String {
    let repository = device.home.mmogit().join("repo.git");
    crate::support::git(&repository, &["for-each-ref", "refs/mmogit/incoming/"])
}

#[test]
fn a_hook_that_refuses_is_named_with_its_words_and_what_came_stays() {
    let scene = Scene::new();
    scene.far.hook(
        "pre-receive",
        "printf 'not on a \\033[31mSunday\\033[0m\\n' >&2; exit 1",
    );
    let refused = scene.device.refused();
    let mine = scene.device.author().to_string();
    assert_eq!(refused, [(mine, "refused-by-remote".to_owned())]);
    assert_eq!(scene.device.listed().len(), 4);
    let ran = scene.device.run(&SYNC).exits(3);
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    assert!(shown.contains("Sunday"), "{shown}");
    assert!(!shown.contains('\x1b'), "{shown:?}");
    std::fs::remove_file(scene.far.repository().join("hooks/pre-receive")).unwrap();
    scene.works();
}

#[test]
fn an_update_hook_that_refuses_this_branch_is_named_too() {
    let scene = Scene::new();
    scene.far.hook("update", "exit 1");
    let refused = scene.device.refused();
    assert_eq!(refused[0].1, "refused-by-remote", "{refused:?}");
    std::fs::remove_file(scene.far.repository().join("hooks/update")).unwrap();
    scene.works();
}

#[test]
fn whoever_is_not_let_in_by_ssh_is_told_so() {
    let scene = Scene::new();
    let Some(sshd) = Sshd::start() else { return };
    scene.reach_at(&sshd.url(&scene.far.repository()));
    scene.device.ssh(&sshd.client_of_a_stranger());
    scene.fails("lets nobody in");
    scene.device.ssh(&sshd.client());
    scene.works();
}

#[test]
fn a_host_that_has_another_key_than_before_is_not_talked_to() {
    let scene = Scene::new();
    let Some(sshd) = Sshd::start() else { return };
    scene.reach_at(&sshd.url(&scene.far.repository()));
    scene.device.ssh(&sshd.client());
    scene.works();
    sshd.change_host_key();
    scene.fails("host's key");
}

#[test]
fn whoever_is_not_let_in_by_http_is_told_so() {
    let scene = Scene::new();
    let folder = scene.far.folder();
    let Some(server) = GitHttp::serve(folder, Manner::Login(LOGIN)) else {
        return;
    };
    scene.reach_at(&server.url(Far::NAME));
    scene.fails("lets nobody in");
    scene.reach_at(&server.url_of("somebody:wrong", Far::NAME));
    let ran = scene.fails("lets nobody in");
    assert!(!ran.stderr.contains("wrong"), "{}", ran.stderr);
    server.behave(Manner::Refuse("403 Forbidden"));
    scene.fails("lets nobody in");
    server.behave(Manner::Login(LOGIN));
    scene.reach_at(&server.url_of("somebody:a%20password", Far::NAME));
    scene.works();
}

/// Git would ask at a terminal, and ssh whether to trust a host: neither gets to.
#[test]
fn nobody_is_asked_anything_at_a_terminal() {
    let scene = Scene::new();
    let folder = scene.far.folder();
    let Some(server) = GitHttp::serve(folder, Manner::Login(LOGIN)) else {
        return;
    };
    let ends_unasked = |words: &str| {
        let mut terminal = Terminal::start(&scene.device.home, &SYNC);
        assert_eq!(terminal.exit_code(), 1, "{}", terminal.screen());
        let screen = terminal.screen();
        assert!(screen.contains(words), "{screen}");
        for question in ["\nUsername", "\nPassword", "'s password:", "(yes/no"] {
            assert!(!screen.contains(question), "{screen}");
        }
    };
    scene.reach_at(&server.url(Far::NAME));
    ends_unasked("lets nobody in");
    let Some(sshd) = Sshd::start() else { return };
    scene.reach_at(&sshd.url(&scene.far.repository()));
    let asks = sshd.client().replace("=accept-new", "=ask");
    assert_ne!(asks, sshd.client());
    scene.device.ssh(&asks);
    ends_unasked("host's key");
}

#[test]
fn where_nobody_answers_it_says_so() {
    let scene = Scene::new();
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    scene.reach_at(&format!("http://127.0.0.1:{port}/far.git"));
    scene.fails("nobody answers");
    scene.reach_at("/nowhere/at/all.git");
    scene.fails("no repository");
    scene.reach_at(&scene.far.path_url());
    scene.works();
}

#[test]
fn a_server_in_trouble_is_named_as_such() {
    let scene = Scene::new();
    let folder = scene.far.folder();
    let Some(server) = GitHttp::serve(folder, Manner::Refuse("500 Internal Server Error")) else {
        return;
    };
    scene.reach_at(&server.url(Far::NAME));
    scene.fails("500");
    // Nothing that a remote says sends anyone to a file of this machine.
    let ran = scene.device.home.path().join("ran");
    for elsewhere in [
        scene.far.file_url(),
        format!("ext::touch {}", ran.display()),
    ] {
        server.behave(Manner::Redirect(elsewhere));
        scene.fails("");
        assert!(!ran.exists());
    }
    server.behave(Manner::Plain);
    scene.works();
}

#[test]
fn a_remote_that_hangs_is_given_up() {
    let scene = Scene::new();
    scene.device.patience(2, 20);
    let Some(server) = GitHttp::serve(scene.far.folder(), Manner::Silent) else {
        return;
    };
    scene.reach_at(&server.url(Far::NAME));
    scene.fails("nothing was heard for 2 seconds");
    // By ssh too: this host takes all that it is told.
    scene.reach_at("ssh://nowhere/far.git");
    scene.device.ssh("cat >/dev/null; exec sleep 600");
    scene.fails("nothing was heard for 2 seconds");
    scene.device.patience(60, 600);
    scene.reach_at(&scene.far.path_url());
    scene.works();
}

#[test]
fn a_remote_that_answers_a_byte_at_a_time_is_given_up() {
    let scene = Scene::new();
    scene.device.patience(60, 4);
    let manner = Manner::Trickle(Duration::from_millis(500));
    let Some(server) = GitHttp::serve(scene.far.folder(), manner) else {
        return;
    };
    scene.reach_at(&server.url(Far::NAME));
    scene.fails("it took more than 4 seconds");
    scene.device.patience(60, 600);
    scene.reach_at(&scene.far.path_url());
    scene.works();
}

/// Where a pack is cut off git can't tell a broken line from a bad pack.
fn is_of_a_broken_line(ran: &Ran) -> bool {
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    let words = ["connection broke", "objects that git does not accept"];
    words.iter().any(|words| shown.contains(words))
}

#[test]
fn a_connection_that_breaks_while_it_fetches_is_named_wherever_it_breaks() {
    let scene = Scene::new();
    let Some(server) = GitHttp::serve(scene.far.folder(), Manner::Plain) else {
        return;
    };
    scene.reach_at(&server.url(Far::NAME));
    // Within the list of branches, at the beginning of the pack, and within it.
    for bytes in [0, 10, 200, 700, 1500] {
        server.behave(Manner::Cut(bytes));
        let ran = scene.device.run(&SYNC);
        assert!(matches!(ran.code, Some(1 | 3)), "{bytes}: {ran:?}");
        assert!(is_of_a_broken_line(&ran), "{bytes}: {ran:?}");
        assert_eq!(quarantined(&scene.device), "");
        scene.device.assert_sound();
    }
    server.behave(Manner::Plain);
    scene.works();
}

#[test]
fn an_ssh_connection_that_breaks_is_named() {
    let scene = Scene::new();
    scene.reach_at("ssh://somewhere/far.git");
    let repository = scene.far.repository();
    scene.device.ssh(&cut("upload-pack", &repository, 900));
    let ran = scene.device.run(&SYNC);
    assert!(matches!(ran.code, Some(1 | 3)), "{ran:?}");
    assert!(is_of_a_broken_line(&ran), "{ran:?}");
    scene.device.assert_sound();
    scene.reach_at(&scene.far.path_url());
    scene.works();
}

/// The answer to a push is lost: whoever pushed can't know whether it arrived.
#[test]
fn a_connection_that_breaks_after_the_push_arrived_costs_nothing() {
    let scene = Scene::new();
    let hook = "reference-transaction";
    // Whoever takes the push dies when the branch has moved.
    let script = "[ \"$1\" != committed ] || kill -KILL $PPID";
    scene.far.hook(hook, script);
    let mine = scene.device.author().to_string();
    let broken_off = [(mine, "broken-off".to_owned())];
    assert_eq!(scene.device.refused(), broken_off);
    std::fs::remove_file(scene.far.repository().join("hooks").join(hook)).unwrap();
    let author = scene.device.author();
    assert_eq!(scene.far.tip_of(&author), scene.device.tip_of(&author));
    scene.works();
}

#[test]
fn two_machines_that_push_at_once_both_arrive() {
    let far = Far::new();
    let mut devices = [1, 2].map(|machine| Device::with_remote(1, machine, &far.path_url()));
    let mut all = Vec::new();
    for device in &mut devices {
        all.extend([device.talk(1), device.talk(1)]);
    }
    for _ in 0..2 {
        let running: Vec<_> = devices
            .iter()
            .map(|device| device.home.command(&SYNC).spawn().unwrap())
            .collect();
        for child in running {
            let ran = Ran::of(child.wait_with_output().unwrap());
            assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
        }
        for device in &mut devices {
            all.push(device.talk(1));
        }
    }
    for device in [0, 1, 0] {
        devices[device].sync(0);
    }
    all.sort();
    for device in &devices {
        assert_eq!(device.listed(), all);
        assert_eq!(
            device.tip_of(&device.author()),
            far.tip_of(&device.author())
        );
        device.assert_sound();
    }
}

/// Before one device's first push by ssh arrives, another one syncs.
fn let_overtake(device: &Device, other: &Device, far: &Far) {
    let other_first = format!(
        "HOME='{}' '{}' sync --yes >&2",
        other.home.path().display(),
        env!("CARGO_BIN_EXE_mmogit")
    );
    device.ssh(&format!(
        "case \"$*\" in *git-receive-pack*)\n\
         if ! [ -e \"$HOME/overtaken\" ]; then : >\"$HOME/overtaken\"; {other_first} || exit 1; fi\n\
         exec git receive-pack '{0}';; *) exec git upload-pack '{0}';; esac",
        far.repository().display()
    ));
}

/// The other machine's push arrives between this one's fetch and its push, every time.
#[test]
fn a_push_that_another_overtook_begins_anew() {
    let far = Far::new();
    let mut first = Device::with_remote(1, 1, &far.path_url());
    first.talk(1);
    first.sync(0);
    let mut second = Device::with_remote(1, 2, "ssh://somewhere/far.git");
    let overtaking = first.talk(1);
    let mine = second.talk(1);
    let_overtake(&second, &first, &far);
    second.sync(0);
    let listed = second.listed();
    assert_eq!(listed.len(), 3);
    assert!(listed.contains(&overtaking) && listed.contains(&mine));
    first.sync(0);
    assert_eq!(first.listed(), listed);
    assert_eq!(
        first.tip_of(&first.author()),
        second.tip_of(&first.author())
    );
}

/// Who erased something puts a history in the place of the one that was there; not in that of one
/// which nobody has seen.
#[test]
fn an_erasure_that_another_push_overtook_takes_nothing_of_it_away() {
    let far = Far::new();
    let mut first = Device::with_remote(1, 1, &far.path_url());
    let [erased, kept] = [first.talk(1), first.talk(1)];
    first.sync(0);
    let mut second = Device::with_remote(1, 2, &far.path_url());
    second.sync(0);
    let overtaking = second.talk(1);
    first.run(&["thread-erase", &erased, "--yes"]).exits(0);
    first.run(&["remote", "remove", REMOTE]).exits(0);
    let url = "ssh://somewhere/far.git";
    first.run(&["remote", "add", REMOTE, url]).exits(0);
    let_overtake(&first, &second, &far);
    first.sync(0);
    let mut all = vec![kept, overtaking];
    all.sort();
    assert_eq!(first.listed(), all);
    let author = first.author();
    assert_eq!(first.tip_of(&author), far.tip_of(&author));
    second.sync(0);
    assert_eq!(second.listed(), all);
    [&first, &second].into_iter().for_each(Device::assert_sound);
}

/// What was noted while it was pushed is not all that ever was.
#[test]
fn once_a_push_arrived_only_its_commit_stays_noted() {
    let far = Far::new();
    let mut device = Device::with_remote(1, 1, &far.path_url());
    for _ in 0..3 {
        device.talk(1);
        device.sync(0);
    }
    let notes = support::files_below(&device.home.mmogit().join("state/remotes"));
    let pushed = notes.iter().find(|note| note.ends_with("pushed"));
    let pushed = std::fs::read_to_string(pushed.expect("it is noted")).unwrap();
    let tip = device.tip_of(&device.author()).unwrap();
    assert_eq!(pushed, format!("{tip}\n"));
}
