//! Files in a message: `/attach FILE`, and `@path` within a line. Their text stands in the message,
//! in a fenced block below the words, so that it is signed, sent and shown like all else; `context`
//! names them.

use crate::cli::{Environment, Exit, Failure};
use crate::model::Message;
use crate::model::json::Value;
use crate::render::safe::{SafeText, safe_line};
use crate::safe_format;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The most that may go with one message; no model reads more.
const MOST: usize = 1 << 20;
/// What may follow a path in a sentence.
const PUNCTUATION: [char; 8] = ['.', ',', ';', ':', '!', '?', ')', '"'];

/// A file that goes with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    /// As it was named.
    name: String,
    text: String,
    sha256: String,
}

impl File {
    fn new(name: &str, text: String) -> Self {
        let sha256 = hex::encode(Sha256::digest(text.as_bytes()));
        Self {
            name: name.to_owned(),
            text,
            sha256,
        }
    }

    /// Its name and size, for a person.
    pub(super) fn label(&self) -> SafeText {
        safe_format!(
            "📎 {} ({} bytes)",
            SafeText::line(&self.name),
            self.text.len()
        )
    }

    fn heading(name: &str, size: usize) -> String {
        // In marks of code, or `__init__.py` would be shown as a bold word.
        format!(
            "File `{}` ({size} bytes):",
            safe_line(name).replace('`', "'")
        )
    }

    fn language(&self) -> &str {
        let extension = Path::new(&self.name)
            .extension()
            .and_then(|extension| extension.to_str());
        let is_plain =
            |text: &&str| text.len() <= 10 && text.chars().all(|c| c.is_ascii_alphanumeric());
        extension.filter(is_plain).unwrap_or_default()
    }
}

/// Where a path that a person wrote leads.
fn place(name: &str, environment: &Environment) -> PathBuf {
    match (name.strip_prefix("~/"), environment.variable("HOME")) {
        (Some(rest), Some(home)) => Path::new(home).join(rest),
        _ => PathBuf::from(name),
    }
}

/// Reads a file, if it is a text that a message can hold.
fn read(name: &str, environment: &Environment) -> Result<File, SafeText> {
    let refuse = |why: &str| {
        safe_format!(
            "{} can't be attached: {}",
            SafeText::line(name),
            SafeText::line(why)
        )
    };
    let path = place(name, environment);
    let unreadable = |error: std::io::Error| refuse(&error.to_string());
    // Whoever opens a pipe or a device may wait for ever.
    if !fs::metadata(&path).map_err(unreadable)?.is_file() {
        return Err(refuse("it is not a file"));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(&path).map_err(unreadable)?;
    file.take(MOST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() > MOST {
        return Err(refuse("it has more than 1 MiB"));
    }
    if bytes.is_empty() {
        return Err(refuse("it is empty"));
    }
    if bytes.contains(&0) {
        return Err(refuse("it is binary"));
    }
    let text = String::from_utf8(bytes).map_err(|_| refuse("it is not a text in UTF-8"))?;
    Ok(File::new(name, text))
}

/// The files that a line names with `@path`. A text of several lines may be a paste, and others'
/// words fetch no files.
pub(super) fn mentioned(text: &str, environment: &Environment) -> Result<Vec<File>, Failure> {
    let names = mentions(text, |name| place(name, environment).is_file());
    let files: Result<Vec<File>, SafeText> =
        names.iter().map(|name| read(name, environment)).collect();
    let files = files.and_then(|files| fit(&files).map(|()| files));
    files.map_err(|why| {
        Failure::new(Exit::Usage, why)
            .hint("Nothing was sent. Without the @ the path is only a word.")
    })
}

fn mentions(text: &str, is_file: impl Fn(&str) -> bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    if text.trim().contains('\n') {
        return names;
    }
    for (start, _) in text.match_indices('@') {
        if text[..start]
            .chars()
            .next_back()
            .is_some_and(|c| !c.is_whitespace() && !['(', '"'].contains(&c))
        {
            continue;
        }
        let mut name = path_at(&text[start + 1..]);
        while !name.is_empty() && !is_file(&name) {
            if !name.ends_with(PUNCTUATION) {
                name.clear();
            }
            name.pop();
        }
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A path up to the next space; a backslash takes the meaning from what follows it.
fn path_at(text: &str) -> String {
    let mut path = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next().filter(|c| !c.is_whitespace()) {
        path.extend(if c == '\\' {
            characters.next()
        } else {
            Some(c)
        });
    }
    path
}

/// The files that the words after `/attach` name: one whose path has blanks, or several.
pub(super) fn named(words: &str, environment: &Environment) -> Vec<String> {
    let several = if place(words, environment).is_file() {
        None
    } else {
        shlex::split(words)
    };
    several.unwrap_or_else(|| vec![words.to_owned()])
}

/// Puts a file to those that go with the next message, in place of one of that name.
pub(super) fn add(
    waiting: &mut Vec<File>,
    name: &str,
    environment: &Environment,
) -> Result<(), SafeText> {
    let mut files = waiting.clone();
    files.retain(|file| file.name != name);
    files.push(read(name, environment)?);
    fit(&files)?;
    *waiting = files;
    Ok(())
}

/// Files that were named beside a text, before those that it mentions; each once.
pub(super) fn attached(
    names: &[String],
    mentioned: Vec<File>,
    environment: &Environment,
) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    let added = names
        .iter()
        .try_for_each(|name| add(&mut files, name, environment));
    files.extend(
        mentioned
            .into_iter()
            .filter(|file| !names.contains(&file.name)),
    );
    let refused = |why| Failure::new(Exit::Usage, why).hint("Nothing was sent.");
    added.and_then(|()| fit(&files)).map_err(refused)?;
    Ok(files)
}

fn fit(files: &[File]) -> Result<(), SafeText> {
    let size: usize = files.iter().map(|file| file.text.len()).sum();
    if size > MOST {
        Err(safe_format!(
            "the files have {} bytes, and a message takes {}",
            size,
            MOST
        ))
    } else {
        Ok(())
    }
}

/// The words, and the files below them.
pub(super) fn compose(words: &str, files: &[&File]) -> String {
    let mut text = words.to_owned();
    for file in files {
        let ticks = file
            .text
            .split(|c| c != '`')
            .map(str::len)
            .max()
            .unwrap_or(0);
        let fence = "`".repeat(ticks.max(2) + 1);
        let end = if file.text.ends_with('\n') { "" } else { "\n" };
        let heading = File::heading(&file.name, file.text.len());
        text.push_str(&format!(
            "\n\n{heading}\n{fence}{}\n{}{end}{fence}",
            file.language(),
            file.text
        ));
    }
    text
}

/// What the record says of them; the sum is that of the file's bytes, which stand in the block as
/// they are.
pub(super) fn context(files: &[&File]) -> Option<Value> {
    let one = |file: &&File| json!({"type": "file", "name": file.name, "size": file.text.len(), "sha256": file.sha256});
    (!files.is_empty()).then(|| files.iter().map(one).collect())
}

/// What `compose` put together, taken apart again: the words, and the files that the words don't
/// name.
pub(super) fn take_apart(message: &Message) -> Option<(String, Vec<File>)> {
    let text = message.text();
    let mut entries = Vec::new();
    let context = message.field("context")?;
    for entry in context.as_array()? {
        let size = usize::try_from(entry.get("size")?.as_u64()?).ok()?;
        entries.push((
            entry.get("name")?.as_str()?,
            size,
            entry.get("sha256")?.as_str()?,
        ));
    }
    let (first, size, _) = entries.first()?;
    let (words, mut rest) =
        text.split_at(text.find(&format!("\n\n{}\n```", File::heading(first, *size)))?);
    let mut files = Vec::new();
    for (name, size, sha256) in entries {
        rest = rest.strip_prefix(&format!("\n\n{}\n", File::heading(name, size)))?;
        let (fence, below) = rest.split_once('\n')?;
        let file = File::new(name, below.get(..size)?.to_owned());
        let below = below[size..].trim_start_matches('\n');
        rest = below.strip_prefix(&fence[..fence.len() - fence.trim_start_matches('`').len()])?;
        if file.sha256 != sha256 {
            return None;
        }
        files.push(file);
    }
    let named = mentions(words, |name| files.iter().any(|file| file.name == name));
    files.retain(|file| !named.contains(&file.name));
    Some((words.to_owned(), files))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Hash, MessageDraft, PublicKey, Role, Timestamp};
    use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

    #[test]
    fn only_paths_that_lead_to_a_file_are_taken() {
        let names = |text: &str| {
            mentions(text, |name| {
                ["a.rs", "my file", "x/y.", "b"].contains(&name)
            })
        };
        assert_eq!(names("see @a.rs, and (@b)!"), ["a.rs", "b"]);
        assert_eq!(names("@my\\ file and @x/y."), ["my file", "x/y."]);
        assert_eq!(names("@a.rs @a.rs"), ["a.rs"]);
        for text in ["me@a.rs", "@nobody", "@", "a @ b", "@a.rs.", "a\n@b"] {
            let expected: &[&str] = if text == "@a.rs." { &["a.rs"] } else { &[] };
            assert_eq!(names(text), expected, "{text:?}");
        }
    }

    fn message(text: &str, context: Option<Value>) -> Message {
        let author = PublicKey([7; 32]);
        let draft = MessageDraft::new(
            Role::Human,
            text,
            Timestamp::from_millis(0),
            author,
            &[Hash([0; 32])],
        );
        draft
            .with("context", context)
            .signed("00".repeat(64).parse().unwrap())
    }

    #[test]
    fn no_content_ends_its_block_and_all_is_found_again() {
        for content in [
            "plain",
            "line\n",
            "```\nout?\n```\n",
            "````` x\n\n\n",
            "\r\n~~~\n",
            "\n\n",
        ] {
            let files = [
                File::new("__a__`.md", content.to_owned()),
                File::new("b.rs\n# x", "fn b() {}".to_owned()),
            ];
            let text = compose("look at `this`", &files.each_ref());
            let blocks = Parser::new(&text).filter(|event| {
                matches!(
                    event,
                    Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_)))
                )
            });
            assert_eq!(blocks.count(), 2, "{text}");
            let made = message(&text, context(&files.each_ref()));
            assert_eq!(
                take_apart(&made),
                Some(("look at `this`".to_owned(), files.to_vec())),
                "{text}"
            );
        }
        assert_eq!(
            take_apart(&message("a\n\nFile `b` (1 bytes):\n```\nb\n```", None)),
            None
        );
    }
}
