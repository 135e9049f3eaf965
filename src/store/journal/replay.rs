//! A dead session, done again from its journal, record by record.

use super::coming::{self, Coming, CutReply};
use super::noted_header::NotedHeader;
use super::pieces::PieceSeal;
use super::read::{Contents, Record};
use super::recover::JournalDamage;
use super::vouched::Vouched;
use crate::identity::Keys;
use crate::model::json::{Map, Value};
use crate::model::{Agent, Graph, Hash, LateAnswer, Malformed, Message, Thread, Timestamp, union};
use crate::sign::Namespace;
use crate::store::{CommitId, Store, StoreError};
use crate::verify::{self, Verified};
use std::collections::{BTreeSet, HashSet};
use std::path::Path;

/// What a journal comes to.
pub(super) struct Replayed {
    /// The thread as the session had it when it died.
    pub thread: Thread,
    /// What of it the session knew to be stored.
    pub base: Option<Thread>,
    /// How many of its messages are not stored.
    pub new_messages: usize,
    /// Why not all that the journal says could be done again.
    pub damage: Option<JournalDamage>,
}

impl Store {
    /// Does again what the session did, up to where it died.
    pub(super) fn replay(
        &self,
        path: &Path,
        contents: Contents,
        keys: &Keys,
        now: Timestamp,
    ) -> Result<Replayed, StoreError> {
        let in_journal = |damage: JournalDamage| StoreError::Journal {
            path: path.to_owned(),
            damage,
        };
        let begun = contents.header.thread().map_err(no_header);
        let begun = begun.map_err(in_journal)?;
        let stored = match self.tip(&keys.public())? {
            Some(tip) => self.version_in(tip, &begun, keys)?,
            None => None,
        };
        // The commit may be gone, whole or in part: another session's newest one is replaced when
        // that session saves again, and then holds nothing that the branch lacks.
        let version = |commit| {
            let there = self.version_in(commit, &begun, keys).ok().flatten();
            there.or_else(|| stored.clone())
        };
        let mut replay = Replay::begin(
            &contents,
            stored.as_ref(),
            contents.base.and_then(version),
            PieceSeal {
                key: keys.journal(),
                journal: contents.beginning,
            },
            Vouched::by(keys, now, begun.created_at()),
        )
        .map_err(in_journal)?;
        for record in contents.records {
            let done = match record {
                Record::Stored(commit, header) => replay.go_to(header, version(commit)),
                record => replay.take(record),
            };
            if let Err(damage) = done {
                replay.damage = Some(damage);
                break;
            }
            // The session's own last save looked like this: what is stored is our past, not
            // somebody's addition.
            if let Some(stored) = &stored
                && replay.has_moved_to(stored)
            {
                replay.base = Some(unsigned(stored));
            }
        }
        replay.take_cut_answers(keys);
        would_verify(&replay.thread, keys).map_err(in_journal)?;
        Ok(Replayed {
            new_messages: messages_beyond(stored.as_ref(), &replay.thread),
            thread: replay.thread,
            base: replay.base,
            damage: replay.damage,
        })
    }

    /// The version of a thread that a commit holds, if all of it is true and ours: who writes a
    /// journal may have written the commit that it names, too.
    fn version_in(
        &self,
        commit: CommitId,
        thread: &Thread,
        keys: &Keys,
    ) -> Result<Option<Thread>, StoreError> {
        let tree = self.tree_at(commit.0)?;
        let found = self.version_at(&tree, thread.id(), thread.root())?;
        let ours = found.and_then(|found| Verified::check_of(&keys.public(), found).ok());
        Ok(ours.map(Verified::into_inner))
    }
}

fn no_header(why: Malformed) -> JournalDamage {
    JournalDamage::Header {
        why: why.to_string(),
    }
}

/// Nothing is saved in the owner's name that would not verify afterwards.
fn would_verify(thread: &Thread, keys: &Keys) -> Result<(), JournalDamage> {
    let mut signed = thread.clone();
    keys.owner().sign_thread(&mut signed);
    match Verified::check(signed) {
        Ok(_) => Ok(()),
        Err(refused) => Err(JournalDamage::Untrue {
            why: refused.to_string(),
        }),
    }
}

/// How many messages of a thread are not in its stored version.
fn messages_beyond(stored: Option<&Thread>, thread: &Thread) -> usize {
    let stored = stored.map(Thread::messages).unwrap_or_default();
    let known: HashSet<Hash> = stored.iter().map(Message::id).collect();
    let messages = thread.messages().iter();
    messages
        .filter(|message| !known.contains(&message.id()))
        .count()
}

/// A session in the middle of being done again.
struct Replay<'k> {
    thread: Thread,
    base: Option<Thread>,
    known: HashSet<Hash>,
    coming: Coming,
    /// What opens the sealed pieces of replies.
    piece_seal: PieceSeal,
    vouched: Vouched<'k>,
    damage: Option<JournalDamage>,
}

impl<'k> Replay<'k> {
    /// Begins where the session did, from the version that it went on from.
    fn begin(
        contents: &Contents,
        stored: Option<&Thread>,
        before: Option<Thread>,
        piece_seal: PieceSeal,
        mut vouched: Vouched<'k>,
    ) -> Result<Self, JournalDamage> {
        for version in stored.into_iter().chain(&before) {
            vouched.add(version);
        }
        let header = vouched.admit_header(contents.header.clone())?;
        let thread = version_of(header, before.as_ref()).map_err(no_header)?;
        let base = before.is_some().then(|| thread.clone());
        let damage = contents.is_damaged().then_some(JournalDamage::Line);
        Ok(Self::new(thread, base, piece_seal, vouched, damage))
    }

    fn new(
        thread: Thread,
        base: Option<Thread>,
        piece_seal: PieceSeal,
        vouched: Vouched<'k>,
        damage: Option<JournalDamage>,
    ) -> Self {
        let known = known(&thread);
        Self {
            thread,
            base,
            known,
            coming: Coming::default(),
            piece_seal,
            vouched,
            damage,
        }
    }

    /// Does one record again, unless it can't be what the session wrote.
    fn take(&mut self, record: Record) -> Result<(), JournalDamage> {
        match record {
            Record::Message(message) => {
                self.check(&message)?;
                self.coming.answered(None);
                self.thread.append(*message);
            }
            Record::Answer(answer) => {
                self.check(&answer.message)?;
                self.coming.answered(Some(answer.reply));
                self.thread
                    .append_answer(answer.message, answer.replaces.as_ref());
            }
            Record::Header(header) => {
                let header = self.vouched.admit_header(header)?;
                let thread = Thread::from_parts(header, self.thread.messages().to_vec());
                self.replace(thread.map_err(no_header)?)?;
            }
            Record::ReplyPiece(number, piece) if !self.thread.is_sealed() => {
                self.coming.take_open(number, *piece);
            }
            // Anybody could have written it.
            Record::ReplyPiece(..) => self.damage = Some(JournalDamage::Line),
            Record::SealedPiece(number, piece) => {
                if !self.coming.take_sealed(number, &piece, &self.piece_seal) {
                    self.damage = Some(JournalDamage::Line);
                }
            }
            Record::NoReply(number) => self.coming.drop_pieces(number),
            Record::Stored(..) => return Err(JournalDamage::Line),
        }
        Ok(())
    }

    /// Whether a message is one that the session may have accepted here. It is known from now on.
    fn check(&mut self, message: &Message) -> Result<(), JournalDamage> {
        self.vouched.check_message(message)?;
        if !self.fits(message) {
            return Err(JournalDamage::Line);
        }
        self.vouched.add_time(message.timestamp());
        Ok(())
    }

    /// Whether a message is signed, new, attaches to what is known, and is sealed, if it is, in an
    /// epoch of the thread. It is known from now on.
    fn fits(&mut self, message: &Message) -> bool {
        let is_signed = message.signature().is_some_and(|signature| {
            verify::signature(
                &message.author(),
                Namespace::Message,
                &message.canonical(),
                signature,
            )
        });
        let attaches = message.prev().iter().all(|id| self.known.contains(id));
        let is_there = |id: &Hash| self.thread.epochs().iter().any(|epoch| epoch.id == *id);
        let has_epoch = message.epoch().is_none_or(is_there);
        is_signed && attaches && has_epoch && self.known.insert(message.id())
    }

    /// Whether this is what the session shows, and not what it showed at its last known point in
    /// common with others.
    fn has_moved_to(&self, stored: &Thread) -> bool {
        let heads = stored.heads();
        heads == self.thread.heads() && self.base.as_ref().is_none_or(|base| base.heads() != heads)
    }

    /// Goes on from a version that holds other sessions' messages too.
    fn go_to(&mut self, header: NotedHeader, version: Option<Thread>) -> Result<(), JournalDamage> {
        if let Some(version) = &version {
            self.vouched.add(version);
        }
        let header = self.vouched.admit_header(header)?;
        let all = version.map_or_else(
            || self.thread.clone(),
            |version| union(&version, &self.thread),
        );
        let thread = version_of(header, Some(&all)).map_err(no_header)?;
        self.known.extend(thread.messages().iter().map(Message::id));
        self.replace(thread)?;
        self.base = Some(self.thread.clone());
        Ok(())
    }

    fn replace(&mut self, thread: Thread) -> Result<(), JournalDamage> {
        let mut ends = thread.heads().into_iter().chain(thread.aside());
        if thread.root() != self.thread.root() || !ends.all(|id| self.known.contains(&id)) {
            return Err(JournalDamage::Line);
        }
        self.thread = thread;
        Ok(())
    }

    /// The answers that were coming when the session died, as far as they came. They are put into
    /// the thread together: a journal may tell of any number of them. One whose question was taken
    /// back is none.
    fn take_cut_answers(&mut self, keys: &Keys) {
        let shown = self.thread.shown();
        let (mut answers, mut agents) = (Vec::new(), BTreeSet::new());
        for reply in self.coming.take_all() {
            let is_none = reply.text.trim().is_empty();
            if is_none || !reply.prev.iter().all(|id| shown.contains(id)) {
                continue;
            }
            match self.cut_answer(&reply, keys) {
                Ok(answer) if self.known.insert(answer.message.id()) => {
                    agents.insert(reply.agent);
                    answers.push(answer);
                }
                Ok(_) => {}
                Err(damage) => self.damage = Some(damage),
            }
        }
        let entry = |name: &String| keys.agent_entry_in(&self.thread, name);
        let agents: Vec<Agent> = agents.iter().map(entry).collect();
        self.thread.add_agents(&agents);
        self.thread.append_late_answers(answers);
    }

    /// What a reply's pieces come to. What came sealed is never made readable by this, whatever the
    /// header says by now.
    fn cut_answer(&self, reply: &CutReply, keys: &Keys) -> Result<LateAnswer, JournalDamage> {
        let signer = keys.agent(&reply.agent);
        let timestamp = self.vouched.no_later_than_now(reply.timestamp);
        let mut draft = reply.draft(signer.public(), timestamp);
        draft = draft.with_all(self.answer_fields(reply, keys));
        if self.thread.is_sealed() || reply.is_sealed {
            let key = coming::key_for(&self.thread, &reply.prev, keys);
            draft = coming::seal(draft, &key.ok_or(JournalDamage::NoKey)?);
        }
        Ok(LateAnswer {
            message: signer.sign_message(draft),
            replaces: reply.replaces,
        })
    }

    /// What its question asks for says what kind of answer it is.
    fn answer_fields(&self, reply: &CutReply, keys: &Keys) -> Map<String, Value> {
        let [question] = &reply.prev[..] else {
            return Map::new();
        };
        if !self.thread.is_sealed() {
            return self.thread.answer_fields(question);
        }
        let mut opened = self.thread.clone();
        keys.opener().open(&mut opened);
        opened.answer_fields(question)
    }
}

fn known(thread: &Thread) -> HashSet<Hash> {
    thread
        .messages()
        .iter()
        .map(Message::id)
        .chain(thread.origins())
        .collect()
}

/// A header with those messages of a version that it shows or sets aside: what was said later is
/// left out.
fn version_of(header: Map<String, Value>, version: Option<&Thread>) -> Result<Thread, Malformed> {
    let thread = Thread::from_parts(header.clone(), Vec::new())?;
    let messages = version.map(Thread::messages).unwrap_or_default();
    let ends: Vec<Hash> = thread.heads().into_iter().chain(thread.aside()).collect();
    let reached = Graph::of(messages).reached_from(&ends);
    let kept = messages
        .iter()
        .zip(reached)
        .filter(|(_, reached)| *reached)
        .map(|(message, _)| message.clone());
    Thread::from_parts(header, kept.collect())
}

/// Without its signature no save takes it for what is stored: whatever others changed meanwhile is
/// kept.
fn unsigned(thread: &Thread) -> Thread {
    Thread::from_parts(thread.header().clone(), thread.messages().to_vec())
        .expect("it was read before")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Words;
    use crate::model::{Birth, ThreadId, effort};
    use crate::store::journal::{ReplyNumber, ReplyPiece};

    /// How often graphs are drawn and headers read until so many replies that were coming are in.
    fn effort_for(replies: u64, keys: &Keys) -> usize {
        let created_at = Timestamp::from_millis(1_756_140_749_000);
        let thread = Thread::begin(Birth {
            id: ThreadId::at(created_at),
            title: "x".to_owned(),
            author: keys.public(),
            created_at,
            mode: "conversation".to_owned(),
            project: None,
            tags: Vec::new(),
        });
        let prev = vec![thread.root()];
        let vouched = Vouched::by(keys, created_at, created_at);
        let piece_seal = PieceSeal {
            key: keys.journal(),
            journal: thread.root(),
        };
        let mut replay = Replay::new(thread, None, piece_seal, vouched, None);
        for number in 0..replies {
            let piece = ReplyPiece {
                agent: format!("agent-{number}"),
                backend: None,
                prev: prev.clone(),
                replaces: None,
                timestamp: created_at,
                context: None,
                text: number.to_string(),
            };
            let record = Record::ReplyPiece(Some(ReplyNumber(number)), Box::new(piece));
            assert!(replay.take(record).is_ok());
        }
        let before = effort::spent();
        replay.take_cut_answers(keys);
        assert_eq!(replay.thread.messages().len() as u64, replies);
        assert_eq!(replay.thread.heads().len() as u64, replies);
        assert_eq!(would_verify(&replay.thread, keys), Ok(()));
        effort::spent() - before
    }

    #[test]
    fn many_replies_that_were_coming_are_put_into_the_thread_at_once() {
        let keys = Keys::from_words(&Words::from_entropy(&[1; 32]).unwrap());
        assert_eq!(effort_for(3, &keys), effort_for(60, &keys));
    }
}
