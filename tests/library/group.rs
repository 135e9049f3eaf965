//! Several things said at once: on disk together, or never said.

use crate::support::{
    Canned, Home, Say, copy_folder, ignore, me, problems, resume, texts, titled, workspace_at,
    workspace_that_seals,
};
use mmogit::backend::{Backend, FilePlace, Listener, NoReply, Reply, Request};
use mmogit::model::json::{Map, Value};
use mmogit::model::{Face, Hash, Mode, Role, Thread};
use mmogit::store::{Store, StoreError};
use mmogit::turn::{Beginning, Saying, SayingError, Session, TurnError, Window};
use mmogit::workspace::Workspace;
use serde_json::json;
use std::sync::Mutex;

fn human(text: &str) -> Saying {
    Saying {
        role: Role::Human,
        content: text.to_owned(),
        structured: None,
        agent: None,
        fields: Map::new(),
    }
}

fn by_agent(role: Role, text: &str, agent: &str) -> Saying {
    Saying {
        role,
        content: text.to_owned(),
        structured: None,
        agent: Some(agent.to_owned()),
        fields: Map::new(),
    }
}

fn fields(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn buffer(mode: Mode, continues: Option<Hash>) -> Beginning {
    Beginning {
        mode,
        face: Some(Face::Buffer),
        continues,
        ..titled("a buffer")
    }
}

/// What is in the home if the process dies now and the next one recovers.
fn recovered(home: &Home) -> Home {
    let killed = Home::new();
    copy_folder(home.path(), killed.path());
    let recovery = killed.workspace().recover(me()).unwrap();
    assert_eq!(recovery.left, []);
    killed
}

#[test]
fn a_group_is_saved_with_all_it_was_signed_with() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, buffer(Mode::Inner, None)).unwrap();
    session.save_when_asked();
    let extra = json!({
        "meta": "{\"mood\": 0.5}", "client_timestamp": 1_756_140_749_123_i64,
        "idempotency": {"key": "ab", "body": "cd"},
    });
    let mut first = human("first");
    first.fields = fields(extra.clone());
    let mut staged = vec![session.stage(first).unwrap()];
    let said = [
        by_agent(Role::Dream, "a dream", "api"),
        by_agent(Role::Reflection, "a reflection", "api"),
        by_agent(Role::Reasoning, "working", "other"),
        human("yes"),
        human("yes"),
    ];
    for saying in said {
        staged.push(session.stage(saying).unwrap());
    }
    let mut imported = by_agent(Role::Ai, "from elsewhere", "x");
    imported.agent = None;
    imported.fields = fields(json!({"source": {"tool": "buffer"}}));
    staged.push(session.stage(imported).unwrap());
    let committed = session.commit_staged().unwrap();
    assert_eq!(committed.messages, staged);
    assert!(!session.has_saved(), "it was to be saved when asked");
    assert_eq!(session.unsaved(), 7);

    let killed = recovered(&home);
    session.end().unwrap();
    for home in [home, killed] {
        home.assert_sound();
        let thread = home.only_thread();
        assert_eq!(
            texts(&thread),
            [
                "first",
                "a dream",
                "a reflection",
                "working",
                "yes",
                "yes",
                "from elsewhere"
            ]
        );
        assert_eq!(thread.face(), Some(Face::Buffer));
        assert_eq!(thread.mode(), "inner");
        assert_eq!(thread.heads(), [*staged.last().unwrap()]);
        for (name, value) in fields(extra.clone()) {
            assert_eq!(thread.messages()[0].field(&name), Some(value));
        }
        let agents: Vec<String> = thread
            .agents()
            .into_iter()
            .map(|agent| agent.name)
            .collect();
        assert_eq!(agents, ["api", "other"]);
    }
}

#[test]
fn what_is_staged_is_on_no_disk_and_nothing_else_is_done_until_it_is() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.say("question").unwrap();
    let question = session.question(None).unwrap();
    let given = question.ask(&Canned::new("answer"), &mut ignore).unwrap();
    session.stage(human("staged")).unwrap();
    let killed = recovered(&home);
    assert_eq!(texts(&killed.only_thread()), ["question"]);

    let is_refused = |error: &StoreError| matches!(error, StoreError::NotOnDisk { .. });
    assert!(is_refused(&session.say("more").unwrap_err()));
    assert!(is_refused(&session.save().unwrap_err()));
    assert!(is_refused(&session.undo().unwrap_err()));
    let kept = session.keep(&question, &given).unwrap_err();
    assert!(matches!(kept, TurnError::Store(error) if is_refused(&error)));
    let asked = session.question(None).unwrap_err();
    assert!(matches!(asked, TurnError::Store(error) if is_refused(&error)));
    assert!(session.set_title("new").is_err());

    session.commit_staged().unwrap();
    session.keep(&question, &given).unwrap();
    let thread = session.end().unwrap().unwrap();
    assert_eq!(thread.title(), "x");
    assert_eq!(texts(&thread).len(), 3);
    home.assert_sound();
}

#[test]
fn what_is_never_committed_was_never_said() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.stage(human("kept")).unwrap();
    session.commit_staged().unwrap();
    session
        .stage(by_agent(Role::Dream, "dropped", "api"))
        .unwrap();
    drop(session);
    workspace.recover(keys).unwrap();
    assert_eq!(texts(&home.only_thread()), ["kept"]);
    assert_eq!(home.only_thread().agents(), []);
    home.assert_sound();
}

#[test]
fn nobody_speaks_for_another_and_no_field_of_the_records_own_is_set() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    let mut ownerless = by_agent(Role::Ai, "x", "api");
    ownerless.agent = None;
    for wrong in [by_agent(Role::Human, "x", "api"), ownerless] {
        let refused = session.stage(wrong).unwrap_err();
        assert!(matches!(refused, SayingError::WrongSpeaker), "{refused}");
    }
    for name in [
        "role",
        "content",
        "timestamp",
        "author",
        "prev",
        "signature",
        "sealed",
        "agent",
    ] {
        let mut wrong = human("x");
        wrong.fields.insert(name.to_owned(), "x".into());
        let refused = session.stage(wrong).unwrap_err();
        assert!(
            matches!(&refused, SayingError::ReservedField(field) if field == name),
            "{refused}"
        );
    }
    // A refusal stages nothing, so nothing waits for a commit.
    session.say("goes on").unwrap();
    assert_eq!(session.commit_staged().unwrap().messages, []);
}

#[test]
fn one_that_finds_no_room_leaves_the_others_staged() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let mut session = Session::begin(&workspace, &store, keys, titled("x")).unwrap();
    session.save_when_asked();
    let large = "x".repeat(mmogit::model::MAX_FILE_BYTES);
    let refused = session.stage(human(&large)).unwrap_err();
    assert!(matches!(
        refused,
        SayingError::Store(StoreError::TooLarge { .. })
    ));
    session.say("nothing waits").unwrap();
    session.stage(human("fits")).unwrap();
    let refused = session.stage(human(&large)).unwrap_err();
    assert!(matches!(
        refused,
        SayingError::Store(StoreError::TooLarge { .. })
    ));
    session.stage(human("fits too")).unwrap();
    assert_eq!(session.commit_staged().unwrap().messages.len(), 2);
    let thread = session.end().unwrap().unwrap();
    assert_eq!(texts(&thread), ["nothing waits", "fits", "fits too"]);
}

#[test]
fn a_group_goes_on_after_what_another_session_said() {
    let home = Home::new();
    home.chat(1);
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let other_workspace = workspace_at(home.path(), 1_777_225_600_000);
    let mut served = resume(&workspace, &store, keys);
    served.save_when_asked();
    served.stage(human("first")).unwrap();
    served.commit_staged().unwrap();
    let other_store = home.store();
    let mut other = resume(&other_workspace, &other_store, keys);
    other.say("from the command line").unwrap();
    other.end().unwrap();
    assert_eq!(served.save().unwrap(), 1);
    served
        .stage(by_agent(Role::Ai, "after both", "api"))
        .unwrap();
    served.commit_staged().unwrap();

    let killed = recovered(&home);
    served.end().unwrap();
    for home in [home, killed] {
        home.assert_sound();
        let thread = home.only_thread();
        assert_eq!(texts(&thread).len(), 5);
        let last = thread.messages().last().unwrap();
        assert_eq!((last.text().as_str(), last.prev().len()), ("after both", 2));
    }
}

/// Two threads of one rolling conversation; the first gave way.
fn two_threads(workspace: &Workspace, store: &Store, mode: Mode) -> (Thread, Thread) {
    let mut first = Session::begin(workspace, store, me(), buffer(mode, None)).unwrap();
    for text in ["one", "two"] {
        first.stage(human(text)).unwrap();
    }
    first.commit_staged().unwrap();
    let first = first.end().unwrap().unwrap();
    let next = buffer(mode, Some(first.root()));
    let mut next = Session::begin(workspace, store, me(), next).unwrap();
    next.say("three").unwrap();
    (first, next.end().unwrap().unwrap())
}

#[test]
fn an_answer_tells_what_was_brought_in_from_the_thread_before() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let (first, next) = two_threads(&workspace, &store, Mode::Conversation);
    assert_eq!(next.continues(), Some(first.root()));
    let mut session = resume(&workspace, &store, keys);
    assert_eq!(session.thread().root(), next.root());
    let asked = next.heads()[0];
    let window = Window {
        earlier: &[&first],
        limit: 2,
    };
    let question = session.question_in(window, asked, None, None).unwrap();
    let four = "four ".repeat(200);
    let given = question.ask(&Canned::new(&four), &mut ignore).unwrap();
    // What a killed process had of the answer says so, too.
    let cut = recovered(&home).threads();
    let cut = cut.iter().find(|thread| thread.root() == next.root());
    let cut = cut.unwrap().messages().last().unwrap();
    assert_eq!(cut.field("interrupted"), Some(json!(true)));
    let kept = session.keep(&question, &given).unwrap();
    let thread = session.end().unwrap().unwrap();
    let answer = thread.messages().last().unwrap();
    assert_eq!(answer.id(), kept.accepted.id);
    let brought_in = first.messages()[1].id().to_string();
    let expected = json!([{
        "type": "messages", "thread": first.root().to_string(),
        "first": brought_in, "last": brought_in, "count": 1,
    }]);
    assert_eq!(cut.field("context"), Some(expected.clone()));
    assert_eq!(answer.field("context"), Some(expected));
    home.assert_sound();
}

/// Notes where files may be put.
struct Placed {
    given: Canned,
    place: Mutex<Option<FilePlace>>,
}

impl Backend for Placed {
    fn name(&self) -> &str {
        self.given.name()
    }

    fn description(&self) -> String {
        self.given.description()
    }

    fn ask(&self, request: &Request<'_>, listener: Listener<'_>) -> Result<Reply, NoReply> {
        *self.place.lock().unwrap() = Some(request.files);
        self.given.ask(request, listener)
    }
}

#[test]
fn what_is_brought_in_from_a_sealed_thread_lies_on_no_disk() {
    let home = Home::new();
    let workspace = workspace_that_seals(home.path());
    let (store, keys) = (home.store(), me());
    for (is_sealed, expected) in [(false, FilePlace::Disk), (true, FilePlace::Memory)] {
        let readers = is_sealed.then(|| workspace.readers(keys, &[]).unwrap());
        let begun = Beginning {
            sealed_for: readers,
            ..buffer(Mode::Conversation, None)
        };
        let mut first = Session::begin(&workspace, &store, keys, begun).unwrap();
        first.say("earlier").unwrap();
        let first = first.end().unwrap().unwrap();
        assert_eq!(first.is_sealed(), is_sealed);
        let next = buffer(Mode::Conversation, Some(first.root()));
        let mut session = Session::begin(&workspace, &store, keys, next).unwrap();
        let asked = session.say("question").unwrap().id;
        assert!(!session.thread().is_sealed());
        let window = Window {
            earlier: &[&first],
            limit: 50,
        };
        let question = session.question_in(window, asked, None, None).unwrap();
        let backend = Placed {
            given: Canned::new("answer"),
            place: Mutex::default(),
        };
        question.ask(&backend, &mut ignore).unwrap();
        assert_eq!(*backend.place.lock().unwrap(), Some(expected));
        session.end().unwrap();
    }
}

#[test]
fn nothing_of_the_other_mode_is_sent() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let (inner, _) = two_threads(&workspace, &store, Mode::Inner);
    let begun = buffer(Mode::Conversation, Some(inner.root()));
    let mut session = Session::begin(&workspace, &store, keys, begun).unwrap();
    let asked = session.say("question").unwrap().id;
    let window = Window {
        earlier: &[&inner],
        limit: 50,
    };
    let refused = session.question_in(window, asked, None, None).unwrap_err();
    assert!(matches!(refused, TurnError::OtherMode), "{refused}");
}

#[test]
fn a_journal_that_grew_long_gives_way_when_all_is_saved_and_no_reply_is_coming() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let begun = buffer(Mode::Conversation, None);
    let mut session = Session::begin(&workspace, &store, keys, begun).unwrap();
    session.save_when_asked();
    let journal = || -> u64 {
        let files = std::fs::read_dir(home.path().join("journal")).unwrap();
        let lengths = files.map(|file| file.unwrap().metadata().unwrap().len());
        lengths.sum()
    };
    session.say("question").unwrap();
    let question = session.question(None).unwrap();
    session.stage(human(&"x".repeat(1 << 20))).unwrap();
    session.commit_staged().unwrap();
    session.save().unwrap();
    assert!(journal() > 1 << 20, "a reply may still be noted in it");

    let given = question.ask(&Canned::new("answer"), &mut ignore).unwrap();
    session.keep(&question, &given).unwrap();
    drop(question);
    session.save().unwrap();
    assert!(journal() < 10_000);
    session.stage(by_agent(Role::Ai, "later", "api")).unwrap();
    session.commit_staged().unwrap();

    let killed = recovered(&home);
    session.end().unwrap();
    for home in [home, killed] {
        home.assert_sound();
        let texts = texts(&home.only_thread());
        assert_eq!(texts.len(), 4);
        assert_eq!(texts[3], "later");
    }
}

#[test]
fn a_fork_is_of_the_same_mode_and_no_faces_own() {
    let home = Home::new();
    let (workspace, store, _) = (home.workspace(), home.store(), me());
    let (_, next) = two_threads(&workspace, &store, Mode::Inner);
    let found = workspace.threads().find(&next.id().to_string()).unwrap();
    let fork = workspace.organiser().fork(me(), found, None, None).unwrap();
    assert_eq!(fork.mode(), "inner");
    assert_eq!((fork.face(), fork.continues()), (None, None));
    home.assert_sound();
}

#[test]
fn a_thread_of_a_face_keeps_it_in_a_union_and_verifies() {
    let home = Home::new();
    let (workspace, store, _) = (home.workspace(), home.store(), me());
    let (first, next) = two_threads(&workspace, &store, Mode::Inner);
    let mut renamed = next.clone();
    renamed.set_title("renamed", workspace.now());
    for united in [
        mmogit::model::union(&next, &renamed),
        mmogit::model::union(&renamed, &next),
    ] {
        assert_eq!(united.face(), Some(Face::Buffer));
        assert_eq!(united.continues(), Some(first.root()));
        assert_eq!((united.mode(), united.title()), ("inner", "renamed"));
    }
    let report = home.verify();
    assert!(report.is_good(), "{:?}", problems(&report));
}

/// So much more than its file a session may take a thread to have.
const A_FEW: usize = 1_000;

fn assert_size_is_known(session: &Session<'_>) {
    let length = session.thread().to_file().len();
    let size = session.size();
    assert!((length..length + A_FEW).contains(&size), "{size}, {length}");
}

#[test]
fn what_came_from_elsewhere_counts_for_the_size() {
    let home = Home::new();
    let (workspace, store, keys) = (home.workspace(), home.store(), me());
    let begun = buffer(Mode::Conversation, None);
    let mut session = Session::begin(&workspace, &store, keys, begun).unwrap();
    session.say("here").unwrap();
    session.save().unwrap();
    let (elsewhere, their_store) = (home.workspace(), home.store());
    let mut other = resume(&elsewhere, &their_store, keys);
    other.say(&"x".repeat(20 * A_FEW)).unwrap();
    other.end().unwrap();
    session.say("and here").unwrap();
    assert_eq!(session.save().unwrap(), 1);
    assert_size_is_known(&session);
}
