//! What it costs a server to accept messages: one in a long thread beside one in a short one, and a
//! group of them beside signing and appending the same bytes with one sync.

use super::home::{Home, QUESTION};
use super::keeping::newest_line;
use super::measure::{Row, in_turns, timed};
use ed25519_dalek::{Signer, SigningKey};
use mmogit::model::Role;
use mmogit::model::json::Map;
use mmogit::turn::{Saying, Session};
use std::fs::File;
use std::hint::black_box;
use std::io::Write;

/// So many requests wait at once.
const GROUP: usize = 64;

/// So many messages has a buffer's thread before it gives way.
const LONG: usize = 1_000;

pub fn buffer(rounds: usize) -> Vec<Row> {
    vec![long_beside_short(rounds), group_beside_bare(rounds)]
}

fn long_beside_short(rounds: usize) -> Row {
    let homes = [Home::new(), Home::new()];
    let [mut long, mut short] = homes.each_ref().map(served);
    commit(&mut long, LONG - rounds);
    commit(&mut short, 1);
    let mut in_long = || timed(|| commit(&mut long, 1));
    let mut in_short = || timed(|| commit(&mut short, 1));
    let (ours, theirs) = in_turns(rounds, &mut in_long, &mut in_short);
    let what = format!("accept a message as the {LONG}th of its thread");
    Row::times(what, ours, "among the first of its thread", theirs).at_most(ours, theirs, 1.2)
}

fn group_beside_bare(rounds: usize) -> Row {
    let home = Home::new();
    let mut session = served(&home);
    commit(&mut session, 1);
    let line = newest_line(&home.path().join("journal"));
    let mut beside = File::create(home.folder.path().join("beside")).unwrap();
    let key = SigningKey::from_bytes(&[9; 32]);
    let mut groups = || timed(|| commit(&mut session, GROUP));
    let mut bare = || timed(|| sign_and_append(&mut beside, &key, &line));
    let (ours, theirs) = in_turns(rounds.min(200), &mut groups, &mut bare);
    let what = format!("accept {GROUP} messages together, with one sync");
    Row::times(
        what,
        ours,
        "sign and append the same bytes, sync once",
        theirs,
    )
    .at_most(ours, theirs, 1.25)
}

fn served(home: &Home) -> Session<'_> {
    let mut session = home.session();
    session.save_when_asked();
    session
}

fn commit(session: &mut Session<'_>, count: usize) {
    for _ in 0..count {
        let saying = Saying {
            role: Role::Human,
            content: QUESTION.to_owned(),
            structured: None,
            agent: None,
            fields: Map::new(),
        };
        session.stage(saying).unwrap();
    }
    session.commit_staged().unwrap();
}

fn sign_and_append(file: &mut File, key: &SigningKey, line: &[u8]) {
    for _ in 0..GROUP {
        black_box(key.sign(line));
    }
    file.write_all(&line.repeat(GROUP)).unwrap();
    file.sync_data().unwrap();
}
