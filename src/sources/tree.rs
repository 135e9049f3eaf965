//! Messages that name the one before them, put in order: each after what it follows.
//!
//! A tree in a file may be none: links that lead nowhere, or in a circle. Nothing is lost by that;
//! what nothing leads to begins anew.

use super::SourceMessage;
use std::collections::HashMap;

/// A place in the tree. It may hold no message, or several that follow one another.
pub struct Node {
    /// Its name.
    pub id: String,
    /// The name of the one before.
    pub parent: Option<String>,
    /// What is said there.
    pub messages: Vec<SourceMessage>,
}

/// The messages of a tree in order.
pub struct Flat {
    /// All of them; their parents are set.
    pub messages: Vec<SourceMessage>,
    /// The last message at or before each place that has any.
    last: HashMap<String, Option<usize>>,
}

impl Flat {
    /// The last message of the branch that ends at a place, if the place is there.
    pub fn ending_at(&self, id: &str) -> Option<usize> {
        self.last.get(id).copied().flatten()
    }

    /// The last message of the newest branch: of those without time the one that stands last.
    pub fn newest(&self) -> Option<usize> {
        let mut is_leaf = vec![true; self.messages.len()];
        for parent in self.messages.iter().filter_map(|message| message.parent) {
            is_leaf[parent] = false;
        }
        let leaves = (0..self.messages.len()).filter(|place| is_leaf[*place]);
        leaves.max_by_key(|place| (self.messages[*place].time, *place))
    }
}

/// Puts each place after the one that it names.
pub fn flatten(nodes: Vec<Node>) -> Flat {
    let places: HashMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .rev()
        .map(|(place, node)| (node.id.as_str(), place))
        .collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut starts = Vec::new();
    for (place, node) in nodes.iter().enumerate() {
        let before = node.parent.as_deref().and_then(|id| places.get(id));
        match before {
            Some(before) => children[*before].push(place),
            None => starts.push(place),
        }
    }
    // Whatever goes in a circle is reached from none of the starts.
    starts.extend(0..nodes.len());
    let steps = steps(&starts, &children);

    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut ended: Vec<Option<usize>> = vec![None; nodes.len()];
    let mut flat = Flat {
        messages: Vec::new(),
        last: HashMap::new(),
    };
    for step in steps {
        let Some(node) = nodes[step.place].take() else {
            continue;
        };
        let mut before = step.before.and_then(|place| ended[place]);
        for mut message in node.messages {
            message.parent = before;
            before = Some(flat.messages.len());
            flat.messages.push(message);
        }
        ended[step.place] = before;
        flat.last.entry(node.id).or_insert(before);
    }
    flat
}

/// A place, and the one that it is reached from.
struct Step {
    place: usize,
    before: Option<usize>,
}

/// Each place once, after the one that leads to it; branch by branch, as the file has them.
fn steps(starts: &[usize], children: &[Vec<usize>]) -> Vec<Step> {
    let mut is_seen = vec![false; children.len()];
    let mut steps = Vec::with_capacity(children.len());
    for start in starts {
        let mut waiting = vec![Step {
            place: *start,
            before: None,
        }];
        while let Some(step) = waiting.pop() {
            if std::mem::replace(&mut is_seen[step.place], true) {
                continue;
            }
            let next = children[step.place].iter().rev();
            waiting.extend(next.map(|place| Step {
                place: *place,
                before: Some(step.place),
            }));
            steps.push(step);
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::Speaker;
    use super::*;

    fn node(id: &str, parent: Option<&str>, is_empty: bool) -> Node {
        let message = SourceMessage::new(id.to_owned(), Speaker::Human, id.to_owned());
        Node {
            id: id.to_owned(),
            parent: parent.map(str::to_owned),
            messages: if is_empty { Vec::new() } else { vec![message] },
        }
    }

    fn links(flat: &Flat) -> Vec<(String, Option<String>)> {
        let name = |place: usize| flat.messages[place].text.clone();
        let messages = flat.messages.iter();
        messages
            .map(|message| (message.text.clone(), message.parent.map(name)))
            .collect()
    }

    fn link(id: &str, parent: Option<&str>) -> (String, Option<String>) {
        (id.to_owned(), parent.map(str::to_owned))
    }

    #[test]
    fn children_that_stand_first_come_after_their_parents_and_empty_places_are_passed() {
        let flat = flatten(vec![
            node("answer", Some("nothing"), false),
            node("other", Some("question"), false),
            node("nothing", Some("question"), true),
            node("question", Some("root"), false),
            node("root", None, true),
        ]);
        assert_eq!(
            links(&flat),
            [
                link("question", None),
                link("other", Some("question")),
                link("answer", Some("question")),
            ]
        );
        assert_eq!(flat.ending_at("nothing"), flat.ending_at("question"));
        assert_eq!(flat.ending_at("root"), None);
        assert_eq!(flat.newest(), Some(2));
    }

    #[test]
    fn a_circle_and_a_link_that_leads_nowhere_lose_nothing() {
        let flat = flatten(vec![
            node("a", Some("c"), false),
            node("b", Some("a"), false),
            node("c", Some("b"), false),
            node("itself", Some("itself"), false),
            node("lost", Some("gone"), false),
            // A name that stands twice: the first one is meant by others.
            node("lost", Some("a"), false),
        ]);
        assert_eq!(
            links(&flat),
            [
                link("lost", None),
                link("a", None),
                link("b", Some("a")),
                link("c", Some("b")),
                link("lost", Some("a")),
                link("itself", None),
            ]
        );
    }

    #[test]
    fn however_long_a_chain_is_it_is_no_recursion() {
        let chain = (0..200_000).map(|number: usize| {
            let parent = number.checked_sub(1).map(|before| before.to_string());
            node(&number.to_string(), parent.as_deref(), false)
        });
        assert_eq!(flatten(chain.collect()).messages.len(), 200_000);
    }
}
