//! The graph of a thread's messages, drawn as a tree: what goes on stays in its column, what leads
//! elsewhere is set in before it.
//!
//! ```text
//! •  1 👤 How should we handle refresh tokens?
//! ├─○    🤖 Don't.
//! •  2 🤖 Rotate them.
//! ●  3 👤 And revoke the old ones?
//! ```
//! Shown messages are numbered as `--at`, `/edit` and the replay count them.

use super::personas;
use super::safe::SafeText;
use super::threads::icon;
use crate::model::json::Value;
use crate::model::{Graph, Hash, Message, Thread};
use crate::safe_format;
use serde_json::json;
use std::collections::{HashMap, HashSet};

/// So many columns at least are left for words, however deep the branches go.
const ROOM_FOR_WORDS: usize = 20;

/// The tree in lines of at most `width` columns.
pub fn text(thread: &Thread, width: usize) -> SafeText {
    let tree = Tree::of(thread);
    let mut text = safe_format!(
        "🌳 {} - {}\n\n",
        SafeText::line(thread.title()),
        thread.id()
    );
    if thread.messages().is_empty() {
        return text + "No messages yet\n";
    }
    let deepest = width.saturating_sub(ROOM_FOR_WORDS) / 2;
    for line in tree.lines() {
        let drawing = line.drawing(deepest);
        let words = tree.words(line.place);
        let words = safe_format!("{}{} {}", drawing, tree.mark(line.place), words);
        text += safe_format!("{}\n", words.trimmed_end().shortened(width));
    }
    let aside = thread.messages().len() - tree.numbers.len();
    text += "\n● goes on from here  • shown";
    if aside > 0 {
        text += "  ○ set aside, kept and signed";
    }
    text + "\n"
}

/// The graph for programs.
pub fn json(thread: &Thread) -> Value {
    let tree = Tree::of(thread);
    let places = tree.graph.ordered();
    let messages: Vec<Value> = places
        .into_iter()
        .map(|place| tree.message_json(place))
        .collect();
    let hashes = |ids: Vec<Hash>| ids.iter().map(Hash::to_string).collect::<Vec<_>>();
    json!({
        "id": thread.id().to_string(),
        "title": thread.title(),
        "heads": hashes(thread.heads()),
        "aside": hashes(thread.aside()),
        "messages": messages,
    })
}

struct Tree<'a> {
    messages: &'a [Message],
    graph: Graph<'a>,
    heads: HashSet<Hash>,
    /// The numbers of the shown messages, by place.
    numbers: HashMap<usize, usize>,
    /// For each place, the places drawn under it: the one that stays in its column last.
    children: Vec<Vec<usize>>,
    /// The places that stand at the beginning.
    first: Vec<usize>,
}

/// A message and where it is drawn.
struct Line {
    place: usize,
    /// How many columns it is set in.
    depth: usize,
    /// Whether it leads away from the column before.
    is_branch: bool,
}

impl Line {
    fn drawing(&self, deepest: usize) -> SafeText {
        let depth = self.depth.min(deepest);
        let bars = depth - usize::from(self.is_branch && depth > 0);
        safe_format!(
            "{}{}",
            SafeText::repeated("│ ", bars),
            if bars < depth { "├─" } else { "" }
        )
    }
}

impl<'a> Tree<'a> {
    fn of(thread: &'a Thread) -> Self {
        let messages = thread.messages();
        let graph = Graph::of(messages);
        let heads = thread.heads();
        let shown = graph.reached_from(&heads);
        let numbers = (0..messages.len())
            .filter(|&place| shown[place])
            .zip(1..)
            .collect();
        // A message that joins several lines is drawn under the last of them.
        let order = graph.ordered();
        let mut rank = vec![0; messages.len()];
        for (position, &place) in order.iter().enumerate() {
            rank[place] = position;
        }
        let mut children = vec![Vec::new(); messages.len()];
        let mut first = Vec::new();
        // How far down a branch reaches: what is shown, and last, stays in the column.
        let mut reach: Vec<(bool, usize)> = (0..messages.len())
            .map(|place| (shown[place], rank[place]))
            .collect();
        for &place in order.iter().rev() {
            match graph
                .parents(place)
                .iter()
                .copied()
                .max_by_key(|&parent| rank[parent])
            {
                Some(parent) => {
                    children[parent].push(place);
                    reach[parent] = reach[parent].max(reach[place]);
                }
                None => first.push(place),
            }
        }
        for siblings in children.iter_mut().chain([&mut first]) {
            siblings.sort_by_key(|&place| rank[place]);
            if let Some(main) = (0..siblings.len()).max_by_key(|&i| reach[siblings[i]]) {
                let main = siblings.remove(main);
                siblings.push(main);
            }
        }
        Self {
            messages,
            graph,
            heads: heads.into_iter().collect(),
            numbers,
            children,
            first,
        }
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines = Vec::with_capacity(self.messages.len());
        // A stack instead of calls: how deep branches go is up to whoever wrote the thread.
        let mut waiting = Vec::new();
        let put = |siblings: &[usize], depth: usize, waiting: &mut Vec<Line>| {
            let Some((&main, branches)) = siblings.split_last() else {
                return;
            };
            waiting.push(Line {
                place: main,
                depth,
                is_branch: false,
            });
            let branches = branches.iter().rev();
            waiting.extend(branches.map(|&place| Line {
                place,
                depth: depth + 1,
                is_branch: true,
            }));
        };
        put(&self.first, 0, &mut waiting);
        while let Some(line) = waiting.pop() {
            put(&self.children[line.place], line.depth, &mut waiting);
            lines.push(line);
        }
        lines
    }

    fn mark(&self, place: usize) -> &'static str {
        if self.heads.contains(&self.messages[place].id()) {
            "●"
        } else if self.numbers.contains_key(&place) {
            "•"
        } else {
            "○"
        }
    }

    /// Number, speaker, what it joins, and the first line of its text.
    fn words(&self, place: usize) -> SafeText {
        let message = &self.messages[place];
        let digits = self.numbers.len().to_string().len();
        let number = self
            .numbers
            .get(&place)
            .map(|number| safe_format!("{}", number))
            .unwrap_or_default();
        let mut words = SafeText::repeated(" ", digits - number.len()) + number;
        words += safe_format!(" {} ", icon(message.role()));
        let parents = self.graph.parents(place);
        if parents.len() > 1 {
            let mut joined: Vec<SafeText> =
                parents.iter().map(|parent| self.name(*parent)).collect();
            joined.sort();
            words += safe_format!("(joins {}) ", SafeText::joined(joined, " and "));
        }
        words.extend(personas::of_message(message).map(|name| safe_format!("(persona {}) ", name)));
        words + first_line(message)
    }

    fn name(&self, place: usize) -> SafeText {
        let number = self
            .numbers
            .get(&place)
            .map(|number| safe_format!("{}", number));
        number.unwrap_or_else(|| safe_format!("{}...", self.messages[place].id().short()))
    }

    fn message_json(&self, place: usize) -> Value {
        let message = &self.messages[place];
        json!({
            "id": message.id().to_string(),
            "number": self.numbers.get(&place),
            "role": message.role().as_str(),
            "timestamp": message.timestamp().to_string(),
            "prev": message.prev().iter().map(Hash::to_string).collect::<Vec<_>>(),
            "shown": self.numbers.contains_key(&place),
            "head": self.heads.contains(&message.id()),
            "first_line": first_line(message).as_str(),
        })
    }
}

/// The first line of a message that says something.
pub fn first_line(message: &Message) -> SafeText {
    let text = message.text();
    let line = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    SafeText::line(line.trim())
}
