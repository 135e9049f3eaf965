use super::*;
use crate::identity::{Keys, Words};
use crate::model::{Birth, MessageDraft, Reading, ThreadId};
use crate::verify;
use serde_json::json;

const START: i64 = 1_756_140_749_000;

struct Maker {
    keys: Keys,
    thread: Thread,
}

impl Maker {
    fn new(title: &str) -> Self {
        let keys = Keys::from_words(
            &Words::read(&["abandon"; 23].map(String::from).join(" ").add("art")).unwrap(),
        );
        let begun = Timestamp::from_millis(START);
        let mut thread = Thread::begin(Birth {
            id: ThreadId::at(begun),
            title: title.into(),
            author: keys.public(),
            created_at: begun,
            mode: "conversation".into(),
            project: None,
            tags: vec!["a".into()],
        });
        thread.add_agent(&keys.agent_entry("echo"));
        Self { keys, thread }
    }

    fn say(&mut self, role: Role, content: &str, prev: &[Hash], imported: bool) -> Hash {
        let time = Timestamp::from_millis(START + 1000 * self.thread.messages().len() as i64);
        let signer = if role.is_persons() || imported {
            None
        } else {
            Some(self.keys.agent("echo"))
        };
        let signer = signer.as_ref().unwrap_or(self.keys.owner());
        let root = [self.thread.root()];
        let prev = if prev.is_empty() { &root[..] } else { prev };
        let draft = MessageDraft::new(role, content, time, signer.public(), prev)
            .with("agent", (!role.is_persons() && !imported).then_some("echo"))
            .with("source", imported.then(|| json!({"tool": "other"})));
        let message = signer.sign_message(draft);
        let id = message.id();
        self.thread.append(message);
        id
    }

    fn sheet(mut self, branches: bool) -> Sheet {
        self.keys.owner().sign_thread(&mut self.thread);
        let report = verify::thread(&self.thread);
        Sheet::of_thread(&self.thread, &report, &report.findings(), branches)
    }
}

trait Add {
    fn add(self, last: &str) -> String;
}

impl Add for String {
    fn add(self, last: &str) -> String {
        format!("{self} {last}")
    }
}

#[test]
fn a_proof_is_what_was_checked() {
    let mut maker = Maker::new("t");
    let asked = maker.say(Role::Human, "q", &[], false);
    let answered = maker.say(Role::Ai, "a", &[asked], false);
    maker.say(Role::Ai, "from elsewhere", &[answered], true);
    let sheet = maker.sheet(false);
    assert_eq!(sheet.verdict, SheetVerdict::Valid);
    assert!(matches!(sheet.messages[0].proof, Proof::Signed { .. }));
    assert!(matches!(sheet.messages[1].proof, Proof::Signed { .. }));
    assert_eq!(sheet.messages[1].through, ["echo"]);
    assert!(matches!(sheet.messages[2].proof, Proof::Attested { .. }));
}

#[test]
fn an_altered_message_is_called_so() {
    let mut maker = Maker::new("t");
    maker.say(Role::Human, "yes", &[], false);
    maker.keys.owner().sign_thread(&mut maker.thread);
    let altered = String::from_utf8(maker.thread.to_file())
        .unwrap()
        .replace("\"yes\"", "\"no\"");
    let Reading::Thread(altered) = Thread::read(altered.as_bytes()).unwrap() else {
        panic!()
    };
    let report = verify::thread(&altered);
    // Nothing is shown of it by default: its id is not what heads names any more.
    let sheet = Sheet::of_thread(&altered, &report, &report.findings(), true);
    assert!(matches!(&sheet.verdict, SheetVerdict::Invalid(problems) if !problems.is_empty()));
    assert!(
        matches!(sheet.messages[0].proof, Proof::Unproven(_)),
        "{:?}",
        sheet.messages
    );
}

#[test]
fn what_was_set_aside_is_shown_when_asked_for() {
    let make = || {
        let mut maker = Maker::new("t");
        let asked = maker.say(Role::Human, "q", &[], false);
        maker.say(Role::Ai, "first", &[asked], false);
        let second = maker.say(Role::Ai, "second", &[asked], false);
        maker.thread.set_heads(&[second], maker.thread.updated_at());
        maker
    };
    let shown = make().sheet(false);
    assert_eq!(
        shown
            .messages
            .iter()
            .map(|said| said.text.as_str())
            .collect::<Vec<_>>(),
        ["q", "second"]
    );
    assert!(
        shown.remarks[0].contains("1 message set aside"),
        "{:?}",
        shown.remarks
    );
    let all = make().sheet(true);
    assert_eq!(all.messages[1].notes, ["set aside"]);
    assert_eq!(all.messages[2].notes, ["follows 1"]);
    assert!(all.remarks.is_empty());
}

#[test]
fn nothing_steers_or_hides() {
    let mut maker = Maker::new("a\nb\u{202e}c\u{1b}");
    maker.say(Role::Human, "x\u{1b}[2Jy\u{202e}z\r\n", &[], false);
    let sheet = maker.sheet(false);
    assert_eq!(sheet.title, "a␊b\u{fffd}c␛");
    assert_eq!(sheet.messages[0].text, "x␛[2Jy\u{fffd}z\n");
    assert_eq!(sheet.remarks, ["The last message is not answered yet."]);
}
