//! Homes in which every text tries.

use super::hostile::{hostile, hostile_name};
use crate::support::{Canned, START, Say, ignore, me, titled, workspace_at};
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Oid, Repository, Signature, Time};
use mmogit::identity::Words;
use mmogit::model::json::{Map, Value};
use mmogit::model::{Hash, Message, MessageDraft, PublicKey, Reading, Role, Thread, Timestamp};
use mmogit::settings::Settings;
use mmogit::sign::Namespace;
use mmogit::turn::{Beginning, Session};
use mmogit::verify::{self, Verdict};
use mmogit::workspace::{Persona, Workspace};
use serde_json::json;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const LEGACY: &str = include_str!("../../vectors/threads/legacy.json");
/// A day that no other thread has.
const DAY: &str = ".mmogit/threads/2026-02/03";

/// A folder in which a person with a hostile name for everything lives.
pub struct HostileHome {
    place: TempDir,
    /// The ids of threads that can be gone on with, of one that was archived, and of an older one.
    pub threads: Vec<String>,
    /// Files outside: threads, bundles, and what is neither.
    pub files: Vec<PathBuf>,
}

/// In memory where there is enough of it: thousands of copies of a home, each of hundreds of small
/// files, keep a disk busier than the program does.
fn folder_for_a_run() -> TempDir {
    const ENOUGH: u64 = 1 << 30;
    let memory = Path::new("/dev/shm");
    let has_room = rustix::fs::statvfs(memory).is_ok_and(|found| {
        let may_execute = !found.f_flag.contains(rustix::fs::StatVfsMountFlags::NOEXEC);
        may_execute && found.f_bavail * found.f_frsize > ENOUGH
    });
    if has_room {
        tempfile::tempdir_in(memory).unwrap()
    } else {
        tempfile::tempdir().unwrap()
    }
}

impl HostileHome {
    fn empty() -> Self {
        let place = folder_for_a_run();
        let home = Self {
            place,
            threads: Vec::new(),
            files: Vec::new(),
        };
        fs::create_dir_all(home.mmogit().join("state")).unwrap();
        fs::create_dir_all(home.mmogit().join("personas")).unwrap();
        fs::set_permissions(home.mmogit(), fs::Permissions::from_mode(0o700)).unwrap();
        fs::create_dir(home.bin()).unwrap();
        for tool in ["sh", "cat", "git"] {
            let found =
                ["/usr/bin", "/bin", "/usr/local/bin"].map(|place| Path::new(place).join(tool));
            let found = found.into_iter().find(|path| path.exists()).unwrap();
            symlink(found, home.bin().join(tool)).unwrap();
        }
        home
    }

    /// Where the person lives.
    pub fn path(&self) -> PathBuf {
        self.place.path().join(hostile_name("home"))
    }

    pub fn mmogit(&self) -> PathBuf {
        self.path().join(hostile_name("mmogit"))
    }

    pub fn bin(&self) -> PathBuf {
        self.path().join(hostile_name("bin"))
    }

    fn workspace(&self) -> Workspace {
        workspace_at(&self.mmogit(), START)
    }

    fn with_identity() -> Self {
        let home = Self::empty();
        let words = Words::from_entropy(&[1; 32]).unwrap();
        home.workspace().create_identity(&words, None).unwrap();
        home
    }

    /// All that is here is well formed, and what can be true is true.
    pub fn true_one() -> Self {
        let mut home = Self::with_identity();
        let sample = home.sample_thread();
        let mut hostile_threads = Vec::new();
        for number in 0..3 {
            hostile_threads.push(home.put_true(&with_hostile_texts(&sample), number));
        }
        home.put_true(&sample, 3);
        home.put_archived(&sample, 4);
        let legacy = as_far_as(&serde_json::from_str(LEGACY).unwrap(), |value| {
            matches!(
                Thread::read(value.to_string().as_bytes()),
                Ok(Reading::Legacy(_))
            )
        });
        // By this name it is found, whatever id it gives itself.
        let name = "thread_1767225600-0123abcd";
        home.put(&format!("{name}.json"), legacy.to_string().as_bytes());
        home.threads.push(name.to_owned());
        home.threads.push(legacy["id"].as_str().unwrap().to_owned());
        home.put_files(&hostile_threads[0], &legacy);
        home.put_names();
        home.leave_sessions();
        let reply = home.path().join("reply");
        fs::write(&reply, hostile("# reply\n\n```\ncode\n```\n\n**bold ")).unwrap();
        let profile = hostile("profile");
        home.set(&format!(
            "backend = \"command\"\nmodel = {0}\ncommand = [\"cat\", {1}]\n[profile.{2}]\nmodel = {0}\n",
            toml(&hostile("model")),
            toml(&reply.display().to_string()),
            toml(&profile)
        ));
        home
    }

    /// Each text of each file tries in a file of its own, whatever becomes of that.
    pub fn broken_one() -> Self {
        let mut home = Self::true_one();
        let (files, threads) = (home.files.clone(), home.threads.clone());
        let thread: Value = serde_json::from_slice(&fs::read(&files[0]).unwrap()).unwrap();
        let mut broken: Vec<(String, Vec<u8>)> = Vec::new();
        for sample in [thread, serde_json::from_str(LEGACY).unwrap()] {
            for (number, pointer) in (0..).zip(texts_of(&sample)) {
                let name = format!(
                    "{DAY}/thread_{}-0123ab{number:02x}.json",
                    1_770_000_000 + broken.len()
                );
                broken.push((name, changed(&sample, &pointer).to_string().into_bytes()));
            }
            let cut = sample.to_string();
            let name = format!("{DAY}/{}.json", hostile_name("thread_1770100000"));
            broken.push((name, cut.as_bytes()[..cut.len() / 2].to_vec()));
        }
        let erasure = json!({
            "erasure": 1, "thread": "thread_1770000000", "root": "ab".repeat(32), "author": me().public().to_string(),
            "erased_at": "2026-01-01T00:00:00.000Z", "replaced": "cd".repeat(20), "signature": "ef".repeat(64),
        });
        for pointer in texts_of(&erasure) {
            let name = format!(
                ".mmogit/erased/thread_{}.json",
                1_770_000_000 + broken.len()
            );
            broken.push((name, changed(&erasure, &pointer).to_string().into_bytes()));
        }
        home.commit(&broken);
        home.threads = threads;
        home.threads.push("thread_1770000003".to_owned());
        home.threads.push("0123ab".to_owned());
        home
    }

    /// The same of each text of each line of the journals.
    pub fn with_broken_journals() -> Self {
        let home = Self::true_one();
        home.break_journals();
        home
    }

    /// Only settings, and an identity.
    pub fn with_settings(text: &str) -> Self {
        let home = Self::with_identity();
        home.set(text);
        home
    }

    fn set(&self, text: &str) {
        fs::write(self.mmogit().join("config.toml"), text).unwrap();
    }

    /// The same home once more, for a run that may change it. Its programs stay where they are.
    pub fn copy(&self) -> Self {
        let copy = Self {
            place: tempfile::tempdir_in(self.place.path().parent().unwrap()).unwrap(),
            threads: self.threads.clone(),
            files: self.files.clone(),
        };
        copy_folder(self.place.path(), copy.place.path());
        copy
    }

    /// A thread as a session leaves it, with as much in it as there can be.
    fn sample_thread(&self) -> Value {
        let workspace = self.workspace();
        let store = workspace.store_of(&me().public()).unwrap();
        let beginning = Beginning {
            tags: vec!["tag".to_owned()],
            ..titled("sample")
        };
        let mut session = Session::begin(&workspace, &store, me(), beginning).unwrap();
        session.set_persona(Persona {
            name: "role".to_owned(),
            text: "be brief".to_owned(),
        });
        let context = json!([{"type": "file", "name": "name", "size": 1, "sha256": "aa"}]);
        session.say_with("question", Some(context)).unwrap();
        session
            .ask(&Canned::new("answer"), Some("model"), &mut ignore)
            .unwrap();
        session.say("another").unwrap();
        session
            .ask(
                &Canned::new("# answer\n\n- one\n\n```sh\ncode\n```\n"),
                None,
                &mut ignore,
            )
            .unwrap();
        session.undo().unwrap();
        session.say("unanswered").unwrap();
        session.end().unwrap().unwrap().to_value()
    }

    /// Puts a thread on the branch, signed anew as another one. All is true of it.
    fn put_true(&mut self, sample: &Value, number: i64) -> Value {
        let (mut header, messages) = apart(sample);
        let begun = Timestamp::from_millis(START + (number + 1) * 1_000_000);
        let id = format!("thread_{}", begun.millis() / 1000);
        header.insert("id".to_owned(), id.clone().into());
        header.insert("created_at".to_owned(), begun.to_string().into());
        let thread =
            true_thread(header, &messages).expect("a thread begun at another time is as true");
        let path = format!("{}/{id}-{}.json", day_of(begun), thread.root().short());
        self.commit(&[(path, thread.to_file())]);
        self.threads.push(id);
        thread.to_value()
    }

    fn put_archived(&mut self, sample: &Value, number: i64) {
        let mut sample = sample.clone();
        sample["state"] = "archived".into();
        self.put_true(&sample, number);
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        self.commit(&[(format!("{DAY}/{name}"), bytes.to_vec())]);
    }

    fn put_files(&mut self, thread: &Value, legacy: &Value) {
        let threads = [
            (hostile_name("thread"), thread.to_string()),
            (hostile_name("legacy"), legacy.to_string()),
        ];
        let cut = thread.to_string()[..200].to_owned();
        let bundle = format!(
            "{}\n{thread}\n{legacy}\n{}\n",
            json!({"mmogit_bundle": 1, "threads": 3, "authors": [hostile("author")]}),
            json!({"id": hostile("id"), "title": hostile("title")})
        );
        let others = [
            (hostile_name("cut"), cut),
            (hostile_name("bundle"), bundle),
            (hostile_name("text"), hostile("text")),
            (hostile_name("empty"), String::new()),
        ];
        for (name, text) in threads.into_iter().chain(others) {
            let path = self.path().join(name);
            fs::write(&path, text).unwrap();
            self.files.push(path);
        }
        self.files.push(self.path().join(hostile_name("missing")));
        self.files.push(self.path());
    }

    /// Branches, remotes, personas, and what was typed before.
    fn put_names(&self) {
        let repository = self.repository();
        let tip = repository.refname_to_id(&branch()).unwrap();
        let shown = hostile("name").replace(
            |c: char| (c as u32) < 0x20 || "\u{7f} ~^:?*[\\".contains(c),
            "",
        );
        for name in ["refs/heads/users/", "refs/heads/", "refs/tags/"] {
            repository
                .reference(&format!("{name}{shown}"), tip, true, "")
                .unwrap();
        }
        let mut config = repository.config().unwrap();
        let url = hostile("ssh://host/").replace('\0', "");
        config
            .set_str(&format!("remote.{shown}.url"), &url)
            .unwrap();
        fs::write(self.mmogit().join("personas/1.md"), hostile("be")).unwrap();
        fs::write(
            self.mmogit()
                .join("personas")
                .join(hostile_name("role") + ".md"),
            hostile("be"),
        )
        .unwrap();
        fs::write(self.mmogit().join("personas/binary.md"), b"\xff\x1b[31m").unwrap();
        fs::write(
            self.mmogit().join("state/chat-history"),
            format!("#V2\n{}\n", hostile("typed")),
        )
        .unwrap();
    }

    /// One that died, with an answer on its way, and one whose journal is damaged.
    fn leave_sessions(&self) {
        let workspace = self.workspace();
        let store = workspace.store_of(&me().public()).unwrap();
        let title = hostile("left").replace(char::is_control, "");
        let beginning = titled(&title);
        let mut session = Session::begin(&workspace, &store, me(), beginning).unwrap();
        session.say(&hostile("said")).unwrap();
        let journal = self.journals().remove(0);
        let kept = self.path().join("journal-kept");
        fs::copy(&journal, &kept).unwrap();
        session.end().unwrap();
        fs::rename(kept, &journal).unwrap();
        let damaged = format!("{}.damaged{}", journal.display(), hostile_name(""));
        fs::copy(&journal, damaged).unwrap();
    }

    fn journals(&self) -> Vec<PathBuf> {
        let folder = fs::read_dir(self.mmogit().join("journal")).unwrap();
        folder
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().unwrap() == "ndjson")
            .collect()
    }

    /// Each text of each line of a journal tries in a journal of its own.
    fn break_journals(&self) {
        for journal in self.journals() {
            let text = fs::read_to_string(&journal).unwrap();
            let lines: Vec<Value> = text
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            let mut number = 1_780_000_000;
            for (place, line) in lines.iter().enumerate() {
                for pointer in texts_of(line) {
                    let mut lines = lines.clone();
                    lines[place] = changed(line, &pointer);
                    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
                    let name = format!("thread_{number}.0.ndjson");
                    fs::write(journal.with_file_name(name), text).unwrap();
                    number += 1;
                }
            }
        }
    }

    fn repository(&self) -> Repository {
        Repository::open_bare(self.mmogit().join("repo.git")).unwrap()
    }

    /// Puts files on my branch in a commit that I signed.
    fn commit(&self, files: &[(String, Vec<u8>)]) {
        let repository = self.repository();
        let tip = repository
            .find_commit(repository.refname_to_id(&branch()).unwrap())
            .unwrap();
        let mut tree = tip.tree().unwrap();
        for (path, bytes) in files {
            let blob = repository.blob(bytes).unwrap();
            let mut made = TreeUpdateBuilder::new();
            let made = made
                .upsert(path.as_str(), blob, FileMode::Blob)
                .create_updated(&repository, &tree);
            tree = repository.find_tree(made.unwrap()).unwrap();
        }
        let who = Signature::new(
            "mmogit",
            "x@users.mmogit.invalid",
            &Time::new(START / 1000, 0),
        )
        .unwrap();
        let text = repository
            .commit_create_buffer(&who, &who, "1 thread\n", &tree, &[&tip])
            .unwrap();
        let text = std::str::from_utf8(&text).unwrap();
        let armour = me().owner().sign_armoured(Namespace::Git, text.as_bytes());
        let made: Oid = repository
            .commit_signed(text, armour.trim_end(), None)
            .unwrap();
        repository.reference(&branch(), made, true, "").unwrap();
    }
}

fn branch() -> String {
    format!("refs/heads/users/{}", me().public())
}

fn day_of(time: Timestamp) -> String {
    time.utc().format(".mmogit/threads/%Y-%m/%d").to_string()
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_symlink() {
            symlink(fs::read_link(from).unwrap(), to).unwrap();
        } else if from.is_dir() {
            fs::create_dir(&to).unwrap();
            fs::set_permissions(&to, fs::metadata(&from).unwrap().permissions()).unwrap();
            copy_folder(&from, &to);
        } else if from.components().any(|part| part.as_os_str() == "objects") {
            // Git never changes an object.
            fs::hard_link(from, to).unwrap();
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

fn toml(text: &str) -> String {
    serde_json::to_string(text)
        .unwrap()
        .replace('\u{7f}', "\\u007f")
}

/// Settings in which each known name has a hostile value, and what is no setting.
pub fn settings() -> Vec<String> {
    let refused = Settings::read("zzz = 1").unwrap_err().to_string();
    let known: Vec<&str> = refused.split('`').skip(3).step_by(2).collect();
    assert!(
        known.contains(&"backend") && known.contains(&"profile"),
        "{refused}"
    );
    let mut all = vec![hostile("raw"), format!("{} = 1", toml(&hostile("name")))];
    let value = toml(&hostile("value"));
    for name in known {
        all.push(format!("{name} = {value}"));
        all.push(format!("{name} = [{value}, {value}]"));
        all.push(format!(
            "[{name}.{value}]\nmodel = {value}\nbackend = {value}"
        ));
    }
    all
}

/// Where texts stand in a value, as pointers.
fn texts_of(value: &Value) -> Vec<String> {
    let below = |name: String, inner: &Value| {
        texts_of(inner)
            .into_iter()
            .map(move |rest| format!("/{}{rest}", name.replace('~', "~0").replace('/', "~1")))
    };
    match value {
        Value::String(_) => vec![String::new()],
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(at, item)| below(at.to_string(), item))
            .collect(),
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, inner)| below(name.clone(), inner))
            .collect(),
        _ => Vec::new(),
    }
}

fn changed(value: &Value, pointer: &str) -> Value {
    let mut value = value.clone();
    let text = value.pointer_mut(pointer).unwrap();
    *text = hostile(text.as_str().unwrap()).into();
    value
}

/// With a hostile text wherever the value is still good with it.
fn as_far_as(value: &Value, is_good: impl Fn(&Value) -> bool) -> Value {
    let mut value = value.clone();
    // Keys, ids and signatures follow from the rest.
    let is_hex = |pointer: &String| {
        let text = value
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default();
        text.len() >= 64 && text.chars().all(|c| c.is_ascii_hexdigit())
    };
    let mut waiting: Vec<Vec<String>> = vec![
        texts_of(&value)
            .into_iter()
            .filter(|at| !is_hex(at))
            .collect(),
    ];
    while let Some(pointers) = waiting.pop() {
        let tried = pointers
            .iter()
            .fold(value.clone(), |value, pointer| changed(&value, pointer));
        if is_good(&tried) {
            value = tried;
        } else if pointers.len() > 1 {
            let (one, other) = pointers.split_at(pointers.len() / 2);
            waiting.extend([one.to_vec(), other.to_vec()]);
        }
    }
    value
}

/// A thread with a hostile text wherever it can be signed and verified with it.
fn with_hostile_texts(sample: &Value) -> Value {
    let mut sample = sample.clone();
    // What the format leaves open, or other programs write.
    sample["project"] = "project".into();
    sample["from_the_future"] = json!({"text": "text"});
    sample["derived_from"] = json!({"threads": [{"thread": "thread_1", "author": "ab", "at": "cd"}, {"thread": "t", "after": "ef"}]});
    let is_good = |value: &Value| {
        let (header, messages) = apart(value);
        true_thread(header, &messages).is_some()
    };
    assert!(is_good(&sample), "the sample is true as it is");
    let tried = as_far_as(&sample, is_good);
    for field in ["title", "mode", "project"] {
        assert!(
            tried[field].as_str().unwrap().contains('\u{1b}'),
            "{field} holds any text"
        );
    }
    assert!(
        tried["messages"]
            .as_array()
            .unwrap()
            .iter()
            .all(|said| said["content"].as_str().unwrap().contains('\u{1b}'))
    );
    tried
}

fn apart(thread: &Value) -> (Map<String, Value>, Vec<Map<String, Value>>) {
    let mut header = thread.as_object().unwrap().clone();
    let messages = header.remove("messages").unwrap();
    header.remove("signature");
    (
        header,
        messages
            .as_array()
            .unwrap()
            .iter()
            .map(|message| message.as_object().unwrap().clone())
            .collect(),
    )
}

/// The thread of these fields, chained and signed anew by whoever says each; `None` if it is not
/// valid so.
fn true_thread(mut header: Map<String, Value>, messages: &[Map<String, Value>]) -> Option<Thread> {
    for name in ["heads", "aside"] {
        header.insert(name.to_owned(), json!([]));
    }
    let mut thread = Thread::from_parts(header, Vec::new()).ok()?;
    let mut prev = thread.root();
    for fields in messages {
        let message = signed(fields, &[prev])?;
        prev = message.id();
        thread.append(message);
    }
    me().owner().sign_thread(&mut thread);
    let Ok(Reading::Thread(read)) = Thread::read(&thread.to_file()) else {
        return None;
    };
    (verify::thread(&read).verdict() == Verdict::Valid).then_some(read)
}

fn signed(fields: &Map<String, Value>, prev: &[Hash]) -> Option<Message> {
    let text = |name: &str| fields.get(name)?.as_str();
    let author: PublicKey = text("author")?.parse().ok()?;
    let (role, time) = (
        Role::read(text("role")?)?,
        Timestamp::read(text("timestamp")?)?,
    );
    let mut draft = MessageDraft::new(role, text("content")?, time, author, prev);
    for (name, value) in fields {
        if ![
            "role",
            "content",
            "timestamp",
            "author",
            "prev",
            "id",
            "signature",
        ]
        .contains(&name.as_str())
        {
            draft = draft.with(name, Some(value.clone()));
        }
    }
    let agent = text("agent").map(|name| me().agent(name));
    let signer = agent.as_ref().filter(|agent| agent.public() == author);
    let is_mine = author == me().public();
    match signer {
        Some(agent) => Some(agent.sign_message(draft)),
        None if is_mine => Some(me().owner().sign_message(draft)),
        None => None,
    }
}
