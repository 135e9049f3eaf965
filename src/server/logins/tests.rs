//! Logging in while too many others do, and while somebody locks the profile.

use super::unlocking::tests::add;
use super::*;
use crate::backend::offline::Offline;
use crate::server::caller::UserAgent;
use crate::workspace::Setup;
use axum::http::StatusCode;
use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc;

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn no_home(path: PathBuf) -> Result<OpenedHome, CannotOpenHome> {
    let source = io::Error::other("a test has none");
    Err(WorkError::Disk { path, source }.into())
}

fn session_of(name: &str) -> NewSession {
    NewSession::of_login(name, UserAgent(None), &ServerSettings::default())
}

fn tokens() -> Arc<TokenStore> {
    let drawn = AtomicU8::new(0);
    let random = move |bytes: &mut [u8]| bytes.fill(drawn.fetch_add(1, Ordering::Relaxed));
    let (tokens, _) = TokenStore::new(Box::new(random));
    Arc::new(tokens)
}

async fn status_of(logins: &Arc<Logins>, passphrase: &str) -> StatusCode {
    let passphrase = Zeroizing::new(passphrase.to_owned());
    let new = session_of("ana");
    let refused = logins
        .log_in(new, passphrase, ADDRESS, tokens())
        .await
        .err();
    refused.expect("there is no home to open").status()
}

/// Nothing was tried, so it says nothing of whether they know the passphrase.
#[tokio::test]
async fn who_is_turned_away_has_not_failed() {
    let outside = tempfile::tempdir().unwrap();
    let profiles = Profiles::open_or_create(&outside.path().join("homes")).unwrap();
    add(&profiles, "ana", Some("right"));
    let settings = ServerSettings::default();
    let logins = Logins::begin(profiles, &settings, Box::new(no_home)).unwrap();
    let logins = Arc::new(logins);
    let crowd = logins.unlocking.crowded();
    for _ in 0..50 {
        assert_eq!(
            status_of(&logins, "right").await,
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
    drop(crowd);
    assert_eq!(
        status_of(&logins, "wrong").await,
        StatusCode::UNAUTHORIZED,
        "it is their first failure"
    );
    let let_in = status_of(&logins, "right").await;
    assert_eq!(
        let_in,
        StatusCode::INTERNAL_SERVER_ERROR,
        "but for the home"
    );
}

/// A home whose owner says when it may be opened.
fn waiting_home(may_open: Mutex<mpsc::Receiver<()>>) -> Box<OpenHome> {
    Box::new(move |path| {
        let _ = may_open.lock().unwrap().recv();
        let setup = Setup {
            home: path,
            clock: Box::new(|| 1_756_140_749_000),
            random: Box::new(|bytes: &mut [u8]| bytes.fill(7)),
        };
        let backend = ReadyBackend {
            backend: Box::new(Offline),
            model: None,
        };
        let workspace = Workspace::open(setup)?;
        Ok(OpenedHome { workspace, backend })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_locks_a_profile_ends_the_session_of_a_login_before() {
    let outside = tempfile::tempdir().unwrap();
    let profiles = Profiles::open_or_create(&outside.path().join("homes")).unwrap();
    let ana = add(&profiles, "ana", Some("right"));
    let (open, may_open) = mpsc::channel();
    let settings = ServerSettings::default();
    let home = waiting_home(Mutex::new(may_open));
    let logins = Arc::new(Logins::begin(profiles, &settings, home).unwrap());
    let tokens = tokens();
    let log_in = {
        let (logins, tokens) = (Arc::clone(&logins), Arc::clone(&tokens));
        tokio::spawn(async move {
            let passphrase = Zeroizing::new("right".to_owned());
            logins
                .log_in(session_of("ana"), passphrase, ADDRESS, tokens)
                .await
        })
    };
    // Until the login has its turn.
    while logins.turn_of(&ana).try_lock().is_ok() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let lock = {
        let (logins, tokens) = (Arc::clone(&logins), Arc::clone(&tokens));
        tokio::spawn(async move { logins.lock(&ana, &tokens).await })
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    open.send(()).unwrap();
    let Ok(logged_in) = log_in.await.unwrap() else {
        panic!("it logs in")
    };
    lock.await.unwrap().unwrap();
    assert!(tokens.admit(logged_in.token.expose()).is_none());
    assert_eq!(tokens.sessions().len(), 0);
}
