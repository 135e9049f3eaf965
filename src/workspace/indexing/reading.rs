//! What of a branch's files enters the index, read on all cores.

use super::together::SharedFile;
use crate::index::{IndexedMessage, IndexedThread, Summary, Update, millis_of};
use crate::model::json::Value;
use crate::model::{
    Face, Legacy, LegacyMessage, Message, PublicKey, Reading, Role, SEALED_MARK, State, Thread,
    text_of,
};
use crate::store::{ContentId, Entry, Store, StoreError};
use crate::workspace::shared::has_several_people;
use crate::workspace::{WorkError, facts_of};
use serde::Deserialize;
use std::collections::HashSet;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

/// How many files are read at once, and wait to be written.
const BATCH: usize = 128;
/// So many characters of the first question are kept for lists.
const OPENING: usize = 120;

/// The texts of a file up to this size don't stand in the index a second time: they are read again
/// for the few hits that are shown. Of a larger one that would take too long.
const SMALL_FILE: usize = 32 * 1024;

/// A file that was looked at, for the index.
pub(super) struct ReadFile {
    pub(super) update: Update,
    /// Whether the next look would find the same: it could be read, or never will be.
    pub(super) is_final: bool,
    /// If it is a copy of a thread of several people: which.
    pub(super) shared: Option<SharedFile>,
}

/// Reads files on all cores while what was read is taken in. `are_new`: the index has none of them.
///
/// # Errors
/// The repository can't be opened, or `take` fails.
pub(super) fn read_in_batches(
    home: &Path,
    entries: &[Entry],
    are_new: bool,
    mut take: impl FnMut(Vec<ReadFile>) -> Result<(), WorkError>,
) -> Result<(), WorkError> {
    if entries.is_empty() {
        return Ok(());
    }
    thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel(2);
        scope.spawn(move || {
            let mut rest = entries;
            while !rest.is_empty() {
                // A handle for each batch: what one read of the packs stays mapped into memory as
                // long as it is open.
                let store = match Store::open(home) {
                    Ok(Some(store)) => store,
                    Ok(None) => return,
                    Err(error) => return drop(send.send(Err(error))),
                };
                let Some(batch) = store.in_groups(rest, BATCH).next() else {
                    return;
                };
                let files = store.read_all(batch, |entry, bytes| read(entry, bytes, are_new));
                rest = &rest[batch.len()..];
                // Nobody listens any more if the index could not be written.
                if send.send(Ok(files)).is_err() {
                    return;
                }
            }
        });
        for batch in receive {
            take(batch?)?;
        }
        Ok(())
    })
}

fn read(entry: &Entry, bytes: Result<Vec<u8>, StoreError>, is_new: bool) -> ReadFile {
    let trouble = |why: String, is_final: bool| ReadFile {
        update: Update::Trouble {
            owner: entry.owner,
            place: entry.path.clone(),
            why,
        },
        is_final,
        shared: None,
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            let stays_unread = matches!(error, StoreError::ObjectTooLarge { .. });
            return trouble(error.to_string(), stays_unread);
        }
    };
    let reading = match Thread::read(&bytes) {
        Ok(reading) => reading,
        Err(why) => return trouble(why.to_string(), true),
    };
    let mut thread = indexed(entry, &reading);
    let is_small = bytes.len() <= SMALL_FILE;
    if is_small || thread.summary.is_sealed {
        thread = thread.kept_at(entry.content().as_bytes());
    }
    if is_new {
        thread = thread.prepared();
    }
    let shared = match &reading {
        Reading::Thread(thread) => SharedFile::of(entry, thread),
        Reading::Legacy(_) => None,
    };
    ReadFile {
        update: Update::Thread(Box::new(thread)),
        is_final: true,
        shared,
    }
}

/// What was said in a thread's file that was read into the index before, so it needs no checks.
///
/// # Errors
/// It can't be read any more: why.
pub(in crate::workspace) fn read_texts(
    store: &Store,
    kept_at: &[u8],
) -> Result<Vec<String>, String> {
    let id = ContentId::from_bytes(kept_at).ok_or("the index doesn't say where its text is")?;
    let bytes = store.read_content(id).map_err(|why| why.to_string())?;
    let file: FileTexts = serde_json::from_slice(&bytes).map_err(|why| why.to_string())?;
    let texts = file.messages.iter();
    Ok(texts.map(|message| text_of(&message.content)).collect())
}

#[derive(Deserialize)]
struct FileTexts {
    messages: Vec<MessageText>,
}

#[derive(Deserialize)]
struct MessageText {
    content: Value,
}

/// What of a thread enters the index: of a sealed one no word, though some of it may be readable:
/// what was said before it was sealed.
pub(in crate::workspace) fn indexed(entry: &Entry, reading: &Reading) -> IndexedThread {
    match reading {
        Reading::Thread(thread) => {
            let mut indexed = with_words(entry.owner, &entry.path, thread);
            if thread.is_sealed() {
                indexed.summary.project = header_text(thread, "project").map(str::to_owned);
                indexed = without_words(indexed);
            }
            indexed
        }
        Reading::Legacy(legacy) => {
            let messages = messages_of_legacy(&legacy.messages);
            let summary = Summary {
                opening: opening(&messages),
                ..of_legacy(entry, legacy)
            };
            IndexedThread::new(summary, messages)
        }
    }
}

/// A thread with all that its reader sees of it.
pub(in crate::workspace) fn with_words(
    owner: PublicKey,
    path: &str,
    thread: &Thread,
) -> IndexedThread {
    let messages = messages_of(thread);
    let is_shown = |message: &&IndexedMessage| message.shown.is_some();
    let shown = messages.iter().filter(is_shown).count();
    let summary = Summary {
        opening: opening(&messages),
        ..of_thread(owner, path, thread, shown)
    };
    let conversation = (thread.face() == Some(Face::Service)).then(|| facts_of(thread));
    IndexedThread::new(summary, messages).with_conversation(conversation)
}

/// What everybody may see of it: who spoke when, and how often.
fn without_words(mut thread: IndexedThread) -> IndexedThread {
    thread.summary.title = SEALED_MARK.to_owned();
    thread.summary.tags = Vec::new();
    thread.summary.opening = String::new();
    let facts = thread.conversation.as_mut();
    if let Some(facts) = facts {
        *facts = facts.without_words();
    }
    for message in &mut thread.messages {
        message.text = String::new();
        message.model = None;
    }
    thread
}

fn messages_of(thread: &Thread) -> Vec<IndexedMessage> {
    let shown: HashSet<_> = thread.visible().into_iter().map(Message::id).collect();
    let mut number = 0;
    let mut messages = Vec::with_capacity(thread.messages().len());
    for message in thread.messages() {
        let is_shown = shown.contains(&message.id());
        number += usize::from(is_shown);
        messages.push(IndexedMessage {
            id: Some(message.id()),
            role: message.role().as_str().to_owned(),
            model: model(message),
            time: Some(message.timestamp().millis()),
            shown: is_shown.then_some(number),
            text: message.text(),
        });
    }
    messages
}

fn messages_of_legacy(messages: &[LegacyMessage]) -> Vec<IndexedMessage> {
    let mut indexed = Vec::with_capacity(messages.len());
    for (place, message) in messages.iter().enumerate() {
        indexed.push(IndexedMessage {
            id: None,
            role: message.role.clone(),
            model: None,
            time: millis_of(&message.timestamp),
            shown: Some(place + 1),
            text: message.content.clone(),
        });
    }
    indexed
}

/// How the first question begins, on one line.
fn opening(messages: &[IndexedMessage]) -> String {
    let human = Role::Human.as_str();
    let Some(first) = messages
        .iter()
        .find(|message| message.role == human && message.shown.is_some())
    else {
        return String::new();
    };
    // White space may be long.
    let beginning: String = first.text.trim_start().chars().take(2 * OPENING).collect();
    let line = beginning.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(OPENING).collect()
}

/// The model, or the program, where any may answer and no model was named.
fn model(message: &Message) -> Option<String> {
    let program = || {
        message
            .text_field("backend")
            .filter(|backend| backend.starts_with("command:"))
    };
    message.text_field("model").or_else(program)
}

fn of_thread(owner: PublicKey, path: &str, thread: &Thread, shown: usize) -> Summary {
    Summary {
        id: thread.id().to_string(),
        title: thread.title().to_owned(),
        author: thread.author().to_string(),
        created_at: thread.created_at().to_string(),
        updated_at: thread.updated_at().to_string(),
        mode: thread.mode().to_owned(),
        project: thread.project().map(str::to_owned),
        tags: thread.tags().into_iter().map(str::to_owned).collect(),
        is_archived: thread.state() == State::Archived,
        messages: shown,
        is_legacy: false,
        is_sealed: thread.is_sealed(),
        opening: String::new(),
        owner,
        path: path.to_owned(),
        participants: thread.participants(),
        root: Some(thread.root()),
        is_shared: has_several_people(thread),
        face: header_text(thread, "face").map(str::to_owned),
        continues: header_text(thread, "continues").and_then(|root| root.parse().ok()),
    }
}

fn header_text<'t>(thread: &'t Thread, name: &str) -> Option<&'t str> {
    thread.header().get(name).and_then(Value::as_str)
}

fn of_legacy(entry: &Entry, legacy: &Legacy) -> Summary {
    Summary {
        id: legacy.id.clone(),
        title: legacy.title.clone(),
        author: legacy.author.clone(),
        created_at: legacy.created_at.clone(),
        updated_at: legacy.updated_at.clone(),
        mode: String::new(),
        project: None,
        tags: legacy.tags.clone(),
        is_archived: legacy.state != State::Active.as_str(),
        messages: legacy.messages.len(),
        is_legacy: true,
        is_sealed: false,
        opening: String::new(),
        owner: entry.owner,
        path: entry.path.clone(),
        participants: Vec::new(),
        root: None,
        is_shared: false,
        face: None,
        continues: None,
    }
}
