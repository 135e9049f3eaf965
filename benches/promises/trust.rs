//! What it costs to check signatures, against nothing but the checking of signatures.

use super::home::{self, Home};
use super::measure::{Row, in_turns, over, timed};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use mmogit::model::Thread;
use mmogit::sign::{Namespace, Signer, forget_signatures, framed};
use mmogit::store::Save;
use mmogit::verify;
use mmogit::workspace::check_file;
use rayon::prelude::*;
use sha2::{Digest, Sha512};
use std::time::Duration;

/// One long thread: from its bytes, and after it was read.
pub fn thread(rounds: usize, messages: usize) -> Vec<Row> {
    let home = Home::new();
    let bytes = home::thread(&home.keys, 1_756_140_749_000, messages).to_file();
    let raw = Raw::new(messages + 1);
    assert!(!check_file("", &bytes, None).report.is_bad());
    let whole = || {
        forget_signatures();
        timed(|| check_file("", &bytes, None))
    };
    let (ours, theirs) = in_turns(rounds, whole, || raw.check());
    let beside = format!("{} × verify_strict", messages + 1);
    let what = format!(
        "verify a thread of {messages} messages: read {:.1} MB, check all",
        bytes.len() as f64 / 1e6
    );
    let whole = Row::times(what, ours, &beside, theirs);

    let Ok(mmogit::model::Reading::Thread(read)) = Thread::read(&bytes) else {
        panic!("a thread was written")
    };
    let alone = || {
        forget_signatures();
        timed(|| verify::thread(&read))
    };
    let (checked, raw) = in_turns(rounds, alone, || raw.check());
    let after = Row::times("of that, the checks alone", checked, &beside, raw);
    vec![of_raw(whole, ours, theirs), of_raw(after, checked, raw)]
}

/// A whole store, each thread saved in a commit of its own.
pub fn store(rounds: usize, threads: usize) -> Vec<Row> {
    const MESSAGES: usize = 10;
    let home = Home::new();
    for place in 0..threads {
        let save = Save {
            owner: home.keys.owner(),
            thread: &home::thread(
                &home.keys,
                1_756_140_749_000 - place as i64 * 2_880_000,
                MESSAGES,
            ),
            base: None,
            replaces: None,
            now: home.workspace.now(),
        };
        home.store.save(&save).unwrap();
    }
    home.store.pack().unwrap();
    let signatures = threads * (MESSAGES + 2);
    let raw = Raw::new(signatures);
    let report = home.workspace.verifier().all().unwrap();
    assert!(report.is_good() && report.files.len() == threads);
    let all = || {
        forget_signatures();
        timed(|| home.workspace.verifier().all().unwrap())
    };
    let (ours, theirs) = in_turns(rounds, all, || raw.check());
    let what = format!(
        "verify a store: {threads} threads of {MESSAGES}, {threads} commits, nothing taken away"
    );
    vec![of_raw(
        Row::times(what, ours, format!("{signatures} × verify_strict"), theirs),
        ours,
        theirs,
    )]
}

fn of_raw(row: Row, ours: Duration, theirs: Duration) -> Row {
    let share = over(theirs, ours) * 100.0;
    row.ratio(format!("{share:.0} % of raw"))
        .goal("≥ 70 % of raw", share >= 70.0)
}

/// Signatures over frames of the length that ours have, to be checked by ed25519-dalek on all
/// cores.
pub struct Raw {
    key: VerifyingKey,
    signed: Vec<(Vec<u8>, Signature)>,
}

impl Raw {
    pub fn new(count: usize) -> Self {
        let secret = [9; 32];
        let key = SigningKey::from_bytes(&secret).verifying_key();
        let signer = Signer::from_secret(&secret);
        let one = |place: usize| {
            let text = place.to_le_bytes();
            let made = Signature::from_bytes(&signer.sign(Namespace::Message, &text).0);
            (
                framed(Namespace::Message, &Sha512::digest(text).into()),
                made,
            )
        };
        Self {
            key,
            signed: (0..count).into_par_iter().map(one).collect(),
        }
    }

    pub fn check(&self) -> Duration {
        let holds =
            |(frame, made): &(Vec<u8>, Signature)| self.key.verify_strict(frame, made).is_ok();
        timed(|| assert!(self.signed.par_iter().all(holds)))
    }
}
