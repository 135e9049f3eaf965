//! A home with as many conversations as a person has in years, each message signed. Making it takes
//! minutes, so it is kept under `target/tmp`, and each run serves a copy of it.

use super::import::Import;
use super::words::{Dice, Language};
use mmogit::identity::{Keys, Words};
use mmogit::model::{
    Birth, Face, Hash, Message, MessageDraft, Role, State, Thread, ThreadId, Timestamp, Uuid,
};
use mmogit::store::Store;
use mmogit::workspace::{Setup, Workspace, conversation_id};
use rayon::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// 2026-01-01T00:00:00Z.
const END: i64 = 1_767_225_600;
/// Each conversation begins so many seconds after the one before.
const APART: i64 = 3_600;
/// Told from older forms of the same home.
const FORM: u32 = 1;
/// So many of the newest are in use; the others are archived.
const IN_USE: usize = 20;
/// A word that is in five messages.
pub const RARE: &str = "quokka";
const RARE_HITS: usize = 5;
/// A word that is in most messages.
pub const COMMON: &str = "the";

/// What a home is made of.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub conversations: usize,
    /// Messages of each.
    pub messages: usize,
    /// Messages of one more, less one.
    pub long: usize,
    /// So many of them end with an answer that is a draft; every other one is accepted.
    pub drafts: usize,
}

/// A home that was made.
pub struct Home {
    pub folder: PathBuf,
    /// The many conversations, by what programs call them.
    pub many: Vec<Uuid>,
    /// One with nine messages.
    pub short: Uuid,
    /// The long one.
    pub long: Uuid,
}

impl Home {
    /// The home of this shape, made now or before.
    pub fn of(shape: Shape) -> Self {
        let place = option_env!("CARGO_TARGET_TMPDIR").unwrap_or("/tmp");
        let Shape {
            conversations,
            messages,
            long,
            drafts,
        } = shape;
        let name = format!("service-{FORM}-{conversations}-{messages}-{long}-{drafts}");
        let folder = Path::new(place).join(name);
        // Written last.
        let names = folder.join("names");
        if !names.exists() {
            let _ = fs::remove_dir_all(&folder);
            let made = Making::new(&folder).make(shape);
            let lines: Vec<String> = made.iter().map(Uuid::to_string).collect();
            fs::write(&names, lines.join("\n")).unwrap();
        }
        let names = fs::read_to_string(names).unwrap();
        let mut names: Vec<Uuid> = names.lines().map(|name| name.parse().unwrap()).collect();
        let long = names.pop().unwrap();
        let short = names.pop().unwrap();
        Self {
            folder,
            many: names,
            short,
            long,
        }
    }

    /// Copies it, for one run.
    pub fn copied(&self, to: &Path) {
        let mut copy = Command::new("cp");
        let copied = copy.arg("-a").arg(&self.folder).arg(to).status();
        assert!(copied.expect("cp").success());
    }
}

/// A home that is being made.
struct Making {
    author: Author,
    workspace: Workspace,
    store: Store,
}

/// Who signs what is in it, on all cores.
struct Author {
    keys: Keys,
    language: Language,
}

/// A conversation that is to be made.
#[derive(Clone, Copy)]
struct Wanted {
    /// Which one it is.
    number: usize,
    /// When it begins, in seconds.
    begins: i64,
    messages: usize,
    is_archived: bool,
    has_draft: bool,
    /// Whether the rare word is in it.
    is_rare: bool,
}

impl Making {
    fn new(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let words = Words::from_entropy(&[11; 32]).unwrap();
        let keys = Keys::from_words(&words);
        let setup = Setup {
            home: folder.to_owned(),
            clock: Box::new(|| END * 1000),
            random: Box::new(|bytes| getrandom::fill(bytes).expect("randomness")),
        };
        let workspace = Workspace::open(setup).unwrap();
        workspace.create_identity(&words, None).unwrap();
        Self {
            store: Store::open_or_create(folder, &keys.public()).unwrap(),
            workspace,
            author: Author {
                keys,
                language: Language::new(),
            },
        }
    }

    /// Makes them all, and gives their names: the many, the short one and the long one.
    fn make(&self, shape: Shape) -> Vec<Uuid> {
        eprintln!("making {shape:?}, once …");
        let mut import = Import::into(&self.store);
        let mut names = Vec::new();
        for chunk in wanted(shape).chunks(500) {
            let author = &self.author;
            let threads = chunk.par_iter().map(|wanted| author.thread(*wanted));
            let made: Vec<(Thread, Vec<u8>)> = threads
                .map(|thread| {
                    let file = thread.to_file();
                    (thread, file)
                })
                .collect();
            for (thread, file) in made {
                import.put(thread.id(), &file);
                names.push(conversation_id(&thread));
            }
        }
        import.finish(&self.store, &self.author.keys, END);
        self.accept_every_other_draft();
        names
    }

    fn accept_every_other_draft(&self) {
        let drafts = self.workspace.drafts();
        let list = drafts
            .list_of_conversations(&self.author.keys.public())
            .unwrap();
        assert!(list.troubles.is_empty(), "{:?}", list.troubles);
        for shown in list.drafts.iter().step_by(2) {
            drafts.accept(&self.author.keys, shown).unwrap();
        }
    }
}

impl Author {
    fn thread(&self, wanted: Wanted) -> Thread {
        let mut dice = Dice::new(wanted.number as u64 + 5_000);
        let begun = Timestamp::from_millis(wanted.begins * 1000);
        let mut thread = Thread::begin(Birth {
            id: ThreadId::at(begun),
            title: self.language.title(&mut dice),
            author: self.keys.public(),
            created_at: begun,
            mode: "conversation".to_owned(),
            project: None,
            tags: Vec::new(),
        });
        thread.set_face(Face::Service);
        thread.add_agent(&self.keys.agent_entry("crush"));
        let mut prev = thread.origins();
        for place in 0..wanted.messages {
            let message = self.message(&mut dice, wanted, place, &prev);
            prev = vec![message.id()];
            thread.append(message);
        }
        if wanted.is_archived {
            thread.set_state(State::Archived, thread.updated_at());
        }
        self.keys.owner().sign_thread(&mut thread);
        thread
    }

    fn message(&self, dice: &mut Dice, wanted: Wanted, place: usize, prev: &[Hash]) -> Message {
        let at = Timestamp::from_millis((wanted.begins + place as i64 * 20) * 1000);
        let is_answer = place % 2 == 1;
        let mut text = self.language.message(dice, is_answer);
        if wanted.is_rare && place == 0 {
            text.push(' ');
            text.push_str(RARE);
        }
        if !is_answer {
            let key = self.keys.public();
            let draft = MessageDraft::new(Role::Human, &text, at, key, prev);
            return self.keys.owner().sign_message(draft);
        }
        let agent = self.keys.agent("crush");
        let is_draft = wanted.has_draft && place + 1 == wanted.messages;
        let draft = MessageDraft::new(Role::Ai, &text, at, agent.public(), prev)
            .with("agent", Some("crush"))
            .with("model", Some("qwen3:30b"))
            .with("draft", is_draft.then_some(true))
            .with("intent", is_draft.then_some("draft_task_list"))
            .with("response_type", is_draft.then_some("draft"));
        agent.sign_message(draft)
    }
}

/// All that are to be made, the oldest first.
fn wanted(shape: Shape) -> Vec<Wanted> {
    let count = shape.conversations;
    let every =
        |many: usize, number: usize| many > 0 && number.is_multiple_of((count / many).max(1));
    let one = |number: usize| Wanted {
        number,
        begins: END - APART * (count + 2 - number) as i64,
        messages: shape.messages,
        is_archived: number + IN_USE < count,
        has_draft: every(shape.drafts, number),
        is_rare: every(RARE_HITS, number),
    };
    let mut all: Vec<Wanted> = (0..count).map(one).collect();
    for (number, messages) in [(count, 9), (count + 1, shape.long)] {
        all.push(Wanted {
            messages,
            is_archived: false,
            has_draft: false,
            is_rare: false,
            ..one(number)
        });
    }
    all
}
