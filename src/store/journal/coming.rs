//! Replies that were coming when their session died: what a journal's pieces come to.

use super::pieces::{PieceSeal, SealedPiece};
use super::{ReplyNumber, ReplyPiece};
use crate::identity::Keys;
use crate::model::json::{Value, canonical_without};
use crate::model::{Hash, MessageDraft, PublicKey, Role, Thread, Timestamp};
use crate::seal::{EpochKey, Epochs};
use std::collections::{BTreeMap, BTreeSet};

/// Replies under their numbers; older journals tell of one, without.
#[derive(Default)]
pub(super) struct Coming {
    replies: BTreeMap<Option<ReplyNumber>, ComingReply>,
}

#[derive(Default)]
struct ComingReply {
    pieces: Vec<ReplyPiece>,
    is_sealed: bool,
    /// Which of the sealed pieces comes next.
    next: u64,
    /// A piece of it is missing: what comes after it is no part of the reply.
    is_broken: bool,
}

/// A reply as far as it came.
pub(super) struct CutReply {
    pub agent: String,
    pub backend: Option<String>,
    pub prev: Vec<Hash>,
    pub replaces: Option<Hash>,
    pub timestamp: Timestamp,
    /// What was brought in from earlier threads.
    pub context: Option<Value>,
    pub text: String,
    /// Its pieces were sealed, so the answer is.
    pub is_sealed: bool,
}

impl Coming {
    /// Takes a piece that is not sealed.
    pub fn take_open(&mut self, number: Option<ReplyNumber>, piece: ReplyPiece) {
        self.replies.entry(number).or_default().pieces.push(piece);
    }

    /// Takes a sealed piece; `false` if it is not the next one of its reply, sealed by us here.
    pub fn take_sealed(
        &mut self,
        number: ReplyNumber,
        piece: &SealedPiece,
        seal: &PieceSeal,
    ) -> bool {
        let reply = self.replies.entry(Some(number)).or_default();
        let opened = seal.open(piece).filter(|_| piece.place == reply.next);
        match opened {
            Some(opened) if !reply.is_broken => {
                reply.next += 1;
                reply.is_sealed = true;
                reply.pieces.push(opened);
                true
            }
            _ => {
                reply.is_broken = true;
                false
            }
        }
    }

    /// Nothing became of a reply's pieces so far; more may come.
    pub fn drop_pieces(&mut self, number: Option<ReplyNumber>) {
        if let Some(reply) = self.replies.get_mut(&number) {
            reply.pieces.clear();
        }
    }

    /// An answer was made of a reply.
    pub fn answered(&mut self, number: Option<ReplyNumber>) {
        self.replies.remove(&number);
    }

    /// The replies of which something came and nothing became.
    pub fn take_all(&mut self) -> Vec<CutReply> {
        let replies = std::mem::take(&mut self.replies).into_values();
        replies.filter_map(ComingReply::cut).collect()
    }
}

impl ComingReply {
    fn cut(self) -> Option<CutReply> {
        let text: String = self
            .pieces
            .iter()
            .map(|piece| piece.text.as_str())
            .collect();
        let timestamp = self.pieces.last()?.timestamp;
        let first = self.pieces.into_iter().next()?;
        Some(CutReply {
            agent: first.agent,
            backend: first.backend,
            prev: first.prev,
            replaces: first.replaces,
            timestamp,
            context: first.context,
            text,
            is_sealed: self.is_sealed,
        })
    }
}

impl CutReply {
    /// The answer, not signed yet.
    pub fn draft(&self, signer: PublicKey, timestamp: Timestamp) -> MessageDraft {
        MessageDraft::new(Role::Ai, &self.text, timestamp, signer, &self.prev)
            .with("agent", Some(self.agent.as_str()))
            .with("backend", self.backend.as_deref())
            .with("context", self.context.clone())
            .with("interrupted", Some(true))
    }
}

/// Seals an answer with an epoch's key. A recovery may be killed and begin again, and must then make
/// the same message; so its nonce follows from the answer.
pub(super) fn seal(draft: MessageDraft, key: &EpochKey) -> MessageDraft {
    let fields = draft.into_fields();
    let nonce = key.nonce_for(b"answer", &canonical_without(&fields, &[]));
    let sealed = key.seal_message(nonce, fields);
    let sealed = sealed.expect("no reply is as long as what can be sealed");
    MessageDraft::of_halves(sealed.outside, sealed.inside)
}

/// The key for an answer in a sealed thread: of the epoch in force or, where several are, rather of
/// its question's. `None` if none opens.
pub(super) fn key_for(thread: &Thread, question: &[Hash], keys: &Keys) -> Option<EpochKey> {
    let asked_in: BTreeSet<Hash> = thread
        .messages()
        .iter()
        .filter(|message| question.contains(&message.id()))
        .filter_map(|message| message.epoch().copied())
        .collect();
    let epochs = thread.epochs();
    let mut in_force: Vec<Hash> = Epochs::of(epochs).in_force().into_iter().collect();
    in_force.sort_by_key(|id| !asked_in.contains(id));
    let opener = keys.opener();
    let mut keys = in_force.iter().map(|id| opener.key_of(epochs, id));
    keys.find_map(Result::ok)
}
