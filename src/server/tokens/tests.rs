//! Tokens whose time comes and goes, by a clock of the test's own.

use super::*;
use crate::model::{Hash, Uuid};
use crate::server::caller::UserAgent;
use crate::settings::ServerSettings;
use std::sync::Arc;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const PAGE: &str = "https://app.example";

/// Tokens, and how far ahead their clock is.
struct Timed {
    tokens: TokenStore,
    ahead: Arc<Mutex<Duration>>,
}

impl Timed {
    fn new() -> Self {
        let ahead = Arc::new(Mutex::new(Duration::ZERO));
        let (begun, of_clock) = (Now::read(), Arc::clone(&ahead));
        let clock = move || {
            let ahead = *of_clock.lock().unwrap();
            Now {
                tick: begun.tick + ahead,
                time: begun.time + ahead,
            }
        };
        let next = Mutex::new(0u8);
        let random = move |bytes: &mut [u8]| {
            let mut next = next.lock().unwrap();
            *next += 1;
            bytes.fill(*next);
        };
        let (tokens, _) = TokenStore::with_clock(Box::new(random), Box::new(clock));
        Self { tokens, ahead }
    }

    fn pass(&self, time: Duration) {
        *self.ahead.lock().unwrap() += time;
    }

    /// A login of somebody, as the settings have it if nobody changes them.
    fn log_in(&self, profile: &str) -> (Token, SessionInfo) {
        let settings = ServerSettings::default();
        let new = NewSession::of_login(profile, UserAgent(None), &settings);
        self.tokens.begin_session(new)
    }

    /// What somebody lets a page do in a session of theirs.
    fn permit(&self, profile: &str, by: &SessionInfo) -> Token {
        self.tokens.new_permit(Grant {
            profile: profile.to_owned(),
            user: Uuid::of(&Hash([7; 32])),
            by: Some(by.id.clone()),
            embedder: Embedder {
                origin: PAGE.to_owned(),
                project: None,
            },
        })
    }

    fn is_admitted(&self, token: &Token) -> bool {
        self.tokens.admit(token.expose()).is_some()
    }
}

#[test]
fn a_session_that_nobody_uses_ends_after_twelve_hours() {
    let timed = Timed::new();
    let (used, _) = timed.log_in("ana");
    let (unused, _) = timed.log_in("ana");
    timed.pass(12 * HOUR);
    assert!(timed.is_admitted(&used), "to the hour");
    timed.pass(MINUTE);
    assert!(timed.is_admitted(&used));
    assert!(!timed.is_admitted(&unused));
    assert_eq!(timed.tokens.sessions_of("ana").len(), 1);
    timed.pass(12 * HOUR + MINUTE);
    assert_eq!(timed.tokens.sessions().len(), 0, "listed no longer");
}

#[test]
fn a_session_that_is_used_ends_after_thirty_days() {
    let timed = Timed::new();
    let (token, info) = timed.log_in("ana");
    let said = info.expires.unwrap().duration_since(info.created).unwrap();
    assert_eq!(said, 30 * 24 * HOUR);
    for _ in 1..30 * 24 {
        timed.pass(HOUR);
        assert!(timed.is_admitted(&token));
    }
    timed.pass(HOUR - MINUTE);
    assert_eq!(timed.tokens.sessions_of("ana").len(), 1);
    timed.pass(MINUTE);
    assert!(!timed.is_admitted(&token), "however much it was used");
}

#[test]
fn no_setting_is_too_long_for_the_clock() {
    let settings = ServerSettings {
        session_idle_hours: u64::MAX,
        session_days: u64::MAX,
        ..ServerSettings::default()
    };
    let timed = Timed::new();
    let new = NewSession::of_login("ana", UserAgent(None), &settings);
    let (token, _) = timed.tokens.begin_session(new);
    assert!(timed.is_admitted(&token));
}

#[test]
fn the_session_of_a_link_ends_with_the_server_alone() {
    let timed = Timed::new();
    let new = NewSession::of_link("local", UserAgent(None));
    let (token, info) = timed.tokens.begin_session(new);
    assert!(info.expires.is_none());
    timed.pass(365 * 24 * HOUR);
    assert!(timed.is_admitted(&token));
}

#[test]
fn a_link_is_good_once_and_for_ten_minutes() {
    let timed = Timed::new();
    let (soon, late) = (timed.tokens.new_launch(), timed.tokens.new_launch());
    timed.pass(10 * MINUTE);
    assert!(timed.tokens.trade_launch(soon.expose()));
    assert!(!timed.tokens.trade_launch(soon.expose()));
    timed.pass(Duration::from_secs(1));
    assert!(!timed.tokens.trade_launch(late.expose()));
}

#[test]
fn whoever_ends_sessions_ends_their_own() {
    let timed = Timed::new();
    let (ana, of_ana) = timed.log_in("ana");
    let (ben, of_ben) = timed.log_in("ben");
    assert!(!timed.tokens.end("ana", &of_ben.id));
    assert!(timed.tokens.end("ana", &of_ana.id));
    assert!(!timed.is_admitted(&ana) && timed.is_admitted(&ben));
    assert_eq!(timed.tokens.end_all_of("ben"), 1);
    assert!(!timed.is_admitted(&ben));
}

#[test]
fn what_pages_were_let_do_in_a_session_ends_with_it() {
    let timed = Timed::new();
    let settings = ServerSettings::default();
    let (_, here) = timed.log_in("ana");
    let (_, elsewhere) = timed.log_in("ana");
    let let_in = |by: &SessionInfo| {
        let permit = timed.permit("ana", by);
        let grant = timed.tokens.trade_permit(permit.expose(), PAGE).unwrap();
        let new = NewSession::of_permit(grant, UserAgent(None), &settings);
        timed.tokens.begin_session(new).0
    };
    let (page, other_page) = (let_in(&here), let_in(&elsewhere));
    let untraded = timed.permit("ana", &here);
    assert!(timed.tokens.end("ana", &here.id));
    assert!(!timed.is_admitted(&page));
    assert!(timed.is_admitted(&other_page));
    assert_eq!(timed.tokens.trade_permit(untraded.expose(), PAGE), None);
    // A page that ends its own ends nothing else.
    let again = let_in(&elsewhere);
    let Some(Admitted::Embedder(info, _)) = timed.tokens.admit(again.expose()) else {
        panic!("it is a page's");
    };
    assert!(timed.tokens.end("ana", &info.id));
    assert!(timed.is_admitted(&other_page));
    let left_over = timed.permit("ana", &elsewhere);
    timed.tokens.end_all_of("ana");
    assert_eq!(timed.tokens.trade_permit(left_over.expose(), PAGE), None);
}

#[test]
fn a_permit_is_worth_nothing_once_its_session_is_over() {
    let timed = Timed::new();
    let (_, idle) = timed.log_in("ana");
    let hours = ServerSettings::default().session_idle_hours;
    timed.pass(HOUR * u32::try_from(hours).unwrap());
    let permit = timed.permit("ana", &idle);
    let last = timed.permit("ana", &idle);
    assert!(timed.tokens.trade_permit(permit.expose(), PAGE).is_some());
    timed.pass(MINUTE);
    // Nobody ended it; nobody used it either.
    assert_eq!(timed.tokens.trade_permit(last.expose(), PAGE), None);
}
