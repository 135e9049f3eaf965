//! Over each way that git knows, threads go and come.

use super::device::{Device, SYNC};
use crate::common::Ran;
use crate::support::far::Far;
use crate::support::git_http::{GitHttp, LOGIN, Manner};
use crate::support::sshd::Sshd;

/// Two machines of one person and one of another meet at a URL; everyone has everything in the end.
fn everyone_meets_at(far: &Far, url: &str, prepare: impl Fn(&Device)) {
    let [mut first, second, mut other] =
        [(1, 1), (1, 2), (2, 1)].map(|(person, machine)| Device::with_remote(person, machine, url));
    [&first, &second, &other].into_iter().for_each(prepare);

    let mine = first.talk(2);
    let went = first.sync(0);
    assert_eq!(went["went"]["how"], "pushed", "{went}");
    assert_eq!(far.tip_of(&first.author()), first.tip_of(&first.author()));

    let theirs = other.talk(1);
    let came = other.sync(0);
    assert_eq!(came["came"][0]["author"], first.author().to_string());
    assert_eq!(came["came"][0]["how"], "new", "{came}");

    // A machine that has said nothing yet takes all that there is.
    second.sync(0);
    let mut second = second;
    let here = second.talk(1);
    let again = first.talk(1);
    for device in [&second, &first, &second, &other] {
        device.sync(0);
    }
    let mut all = vec![mine, theirs, here, again];
    all.sort();
    for device in [&first, &second, &other] {
        assert_eq!(device.listed(), all);
        device.assert_sound();
        for author in [first.author(), other.author()] {
            assert_eq!(device.tip_of(&author), far.tip_of(&author));
        }
        let nothing = device.sync(0);
        assert_eq!(nothing["came"].as_array().unwrap().len(), 0, "{nothing}");
        assert_eq!(nothing["went"]["how"], "nothing", "{nothing}");
    }
    far.assert_sound();
    // Nobody pushes but their own branch.
    assert_eq!(far.refs().lines().count(), 2, "{}", far.refs());
}

#[test]
fn a_path() {
    let far = Far::new();
    everyone_meets_at(&far, &far.path_url(), |_| ());
}

#[test]
fn a_file_url() {
    let far = Far::new();
    everyone_meets_at(&far, &far.file_url(), |_| ());
}

#[test]
fn ssh() {
    let Some(sshd) = Sshd::start() else { return };
    let far = Far::new();
    let url = sshd.url(&far.repository());
    everyone_meets_at(&far, &url, |device| device.ssh(&sshd.client()));
}

#[test]
fn http() {
    let far = Far::new();
    let Some(server) = GitHttp::serve(far.folder(), Manner::Plain) else {
        return;
    };
    everyone_meets_at(&far, &server.url(Far::NAME), |_| ());
}

#[test]
fn http_with_a_login() {
    let far = Far::new();
    let Some(server) = GitHttp::serve(far.folder(), Manner::Login(LOGIN)) else {
        return;
    };
    let url = server.url_of("somebody:a%20password", Far::NAME);
    everyone_meets_at(&far, &url, |_| ());
    // It is sent to whom it is for, and shown to nobody.
    let device = Device::with_remote(3, 1, &url);
    for args in [
        &["remote", "list"][..],
        &["remote", "list", "--json"],
        &["sync"],
        &["sync", "--json"],
    ] {
        let ran = device.run(args).exits(0);
        let shown = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!shown.contains("password"), "{args:?}: {shown}");
    }
}

/// Those of the oldest hosts, which hand out files and take none.
#[test]
fn http_that_only_gives_is_read_and_says_that_it_takes_nothing() {
    let far = Far::new();
    let mut giver = Device::with_remote(2, 1, &far.path_url());
    let theirs = giver.talk(1);
    giver.sync(0);
    far.git(&["update-server-info"]);
    let Some(server) = GitHttp::serve(far.folder(), Manner::Files) else {
        return;
    };
    let mut reader = Device::with_remote(1, 1, &server.url(Far::NAME));
    let mine = reader.talk(1);
    let summary = reader.sync(3);
    assert_eq!(summary["went"]["how"], "refused", "{summary}");
    let mut both = vec![mine, theirs];
    both.sort();
    assert_eq!(reader.listed(), both);
}

#[test]
fn git_hears_nothing_of_variables_that_it_does_not_need() {
    let far = Far::new();
    let mut device = Device::with_remote(1, 1, &far.path_url());
    device.talk(1);
    let trace = device.home.path().join("trace");
    let mut command = device.home.command(&SYNC);
    command.env("GIT_TRACE", &trace);
    Ran::of(command.output().unwrap()).exits(0);
    assert_eq!(
        far.tip_of(&device.author()),
        device.tip_of(&device.author())
    );
    assert!(
        !trace.exists(),
        "git was given what tells it to write there"
    );
}
