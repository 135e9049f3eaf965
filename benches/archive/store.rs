//! Stores as ten years of conversations would leave them, each message signed. Making a large one
//! takes minutes, so it is kept under `target/tmp` and used again.

use super::import::Import;
use super::words::{Dice, Language};
use mmogit::identity::{Keys, Words};
use mmogit::model::{Birth, MessageDraft, Role, State, Thread, ThreadId, Timestamp};
use mmogit::store::Store;
use mmogit::workspace::{Setup, Workspace};
use rayon::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

/// 2026-01-01T00:00:00Z.
const END: i64 = 1_767_225_600;
/// Ten years.
const SPAN: i64 = 315_360_000;
const TAGS: [&str; 12] = [
    "rust", "backend", "security", "cooking", "music", "travel", "ops", "research", "python",
    "writing", "école", "家",
];
const MODELS: [&str; 5] = [
    "claude-sonnet-4",
    "gpt-5-mini",
    "gemini-2.5-pro",
    "qwen3:30b",
    "llama3.3:70b",
];
/// Told from older forms of the same store.
const FORM: u32 = 3;

/// What a store is made of.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub threads: usize,
    /// Messages of all threads together, about.
    pub messages: usize,
    /// Messages of one more thread.
    pub long_thread: usize,
}

pub struct Archive {
    pub home: PathBuf,
    pub keys: Keys,
    /// The bytes of all messages' texts.
    pub text: u64,
    pub messages: usize,
    pub long_thread: usize,
}

/// The id of the long thread: the newest.
pub fn long_thread() -> ThreadId {
    ThreadId::at(Timestamp::from_millis((END + 60) * 1000))
}

impl Archive {
    pub fn of(shape: Shape) -> Self {
        let place = option_env!("CARGO_TARGET_TMPDIR").unwrap_or("/tmp");
        let name = format!(
            "archive-{FORM}-{}-{}-{}",
            shape.threads, shape.messages, shape.long_thread
        );
        let home = Path::new(place).join(name);
        let keys = Keys::from_words(&Words::from_entropy(&[7; 32]).unwrap());
        let counts = home.join("counts");
        if !counts.exists() {
            let _ = fs::remove_dir_all(&home);
            let (text, messages) = make(&home, &keys, shape);
            fs::write(&counts, format!("{text} {messages}")).unwrap();
        }
        let counts = fs::read_to_string(counts).unwrap();
        let (text, messages) = counts.split_once(' ').unwrap();
        Self {
            home,
            keys,
            text: text.parse().unwrap(),
            messages: messages.parse().unwrap(),
            long_thread: shape.long_thread,
        }
    }

    pub fn workspace(&self) -> Workspace {
        let setup = Setup {
            home: self.home.clone(),
            clock: Box::new(|| END * 1000),
            random: Box::new(|bytes| getrandom::fill(bytes).expect("randomness")),
        };
        Workspace::open(setup).unwrap()
    }
}

fn make(home: &Path, keys: &Keys, shape: Shape) -> (u64, usize) {
    eprintln!("making {shape:?}, once …");
    fs::create_dir_all(home).unwrap();
    let store = Store::open_or_create(home, &keys.public()).unwrap();
    let workspace = Workspace::open(Setup {
        home: home.to_owned(),
        clock: Box::new(|| END * 1000),
        random: Box::new(|bytes| getrandom::fill(bytes).expect("randomness")),
    });
    workspace
        .unwrap()
        .create_identity(&Words::from_entropy(&[7; 32]).unwrap(), None)
        .unwrap();

    let mut import = Import::into(&store);
    let language = Language::new();
    let mean = shape.messages / shape.threads.max(1);
    let (mut text, mut messages) = (0, 0);
    for chunk in (0..shape.threads).collect::<Vec<_>>().chunks(2_000) {
        let made: Vec<_> = chunk
            .par_iter()
            .map(|number| {
                let mut dice = Dice::new(*number as u64 + 1000);
                let second = END - SPAN * (shape.threads - number) as i64 / shape.threads as i64;
                // Most conversations are short, some are long; the mean is as asked.
                let length = 2
                    + dice.below(mean + 3)
                    + if dice.chance(10) {
                        5 * dice.below(mean.max(1))
                    } else {
                        0
                    };
                let thread = thread(keys, &language, &mut dice, second, length);
                (thread.id(), thread.to_file(), count(&thread))
            })
            .collect();
        for (id, file, (bytes, count)) in made {
            import.put(id, &file);
            text += bytes;
            messages += count;
        }
    }
    if shape.long_thread > 0 {
        let thread = thread(
            keys,
            &language,
            &mut Dice::new(7),
            END + 60,
            shape.long_thread,
        );
        import.put(thread.id(), &thread.to_file());
        let (bytes, count) = count(&thread);
        (text, messages) = (text + bytes, messages + count);
    }
    import.finish(&store, keys, END);
    (text, messages)
}

fn count(thread: &Thread) -> (u64, usize) {
    (
        thread
            .messages()
            .iter()
            .map(|message| message.text().len() as u64)
            .sum(),
        thread.messages().len(),
    )
}

/// A conversation, signed.
pub fn thread(
    keys: &Keys,
    language: &Language,
    dice: &mut Dice,
    second: i64,
    messages: usize,
) -> Thread {
    let begun = Timestamp::from_millis(second * 1000);
    let mut tags: Vec<String> = (0..dice.below(4))
        .map(|_| dice.pick(&TAGS).to_owned())
        .collect();
    tags.sort();
    tags.dedup();
    let mut thread = Thread::begin(Birth {
        id: ThreadId::at(begun),
        title: language.title(dice),
        author: keys.public(),
        created_at: begun,
        mode: if dice.chance(5) {
            "inner"
        } else {
            "conversation"
        }
        .to_owned(),
        project: dice.chance(20).then(|| dice.pick(&TAGS).to_owned()),
        tags,
    });
    let agent = keys.agent("crush");
    thread.add_agent(&keys.agent_entry("crush"));
    let model = dice.pick(&MODELS);
    let mut prev = thread.origins();
    for place in 0..messages {
        let at = Timestamp::from_millis((second + place as i64 * 20) * 1000);
        let is_answer = place % 2 == 1;
        let text = language.message(dice, is_answer);
        let message = if is_answer {
            let draft = MessageDraft::new(Role::Ai, &text, at, agent.public(), &prev);
            agent.sign_message(
                draft
                    .with("agent", Some("crush"))
                    .with("model", Some(model)),
            )
        } else {
            keys.owner().sign_message(MessageDraft::new(
                Role::Human,
                &text,
                at,
                keys.public(),
                &prev,
            ))
        };
        prev = vec![message.id()];
        thread.append(message);
    }
    if dice.chance(5) {
        thread.set_state(State::Archived, thread.updated_at());
    }
    keys.owner().sign_thread(&mut thread);
    thread
}
