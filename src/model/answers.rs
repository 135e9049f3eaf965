//! Where an answer stands in a thread that may have moved on while it was coming.

use super::{Hash, Message, Role, Thread};
use std::collections::{HashMap, HashSet};

/// An answer of which nothing else stands yet, as a dead session leaves it.
pub struct LateAnswer {
    /// The answer.
    pub message: Message,
    /// The earlier answer in whose place it stands.
    pub replaces: Option<Hash>,
}

impl Thread {
    /// What would be shown without a message and all that stands on it, as heads to be set.
    pub fn heads_without(&self, message: &Hash) -> Vec<Hash> {
        let standing_on_it = self.standing_on(message);
        let shown = self.visible().into_iter().map(Message::id);
        shown.filter(|id| !standing_on_it.contains(id)).collect()
    }

    /// How many ends there are from which somebody could go on. An answer whose question was gone on
    /// from before it came is none: two questions that are asked at once end with two answers, and
    /// nothing parted.
    pub fn open_ends(&self) -> usize {
        let (visible, heads) = (self.visible(), self.heads());
        let said = visible.iter().filter(|said| said.role() == Role::Human);
        let gone_on_from: HashSet<Hash> = said.flat_map(|said| said.prev()).copied().collect();
        let was_overtaken = |message: &Message| {
            message.role() == Role::Ai && message.prev().iter().all(|id| gone_on_from.contains(id))
        };
        let ends = visible.iter().filter(|said| heads.contains(&said.id()));
        ends.filter(|end| !was_overtaken(end)).count()
    }

    /// Adds an answer after its question, in the place of an earlier answer if it names one. It is
    /// shown, unless the question is no longer shown, or somebody said something after the earlier
    /// answer: then it stands aside, and what is shown stays as it was. Says whether it is shown.
    pub fn append_answer(&mut self, answer: Message, replaces: Option<&Hash>) -> bool {
        let shown_before = self.heads();
        let is_newest = answer.prev().iter().all(|id| shown_before.contains(id));
        let is_shown = is_newest || self.shows_all(answer.prev());
        let replaced = replaces.filter(|id| self.shows_all(&[**id]));
        let went_on = replaced.is_some_and(|id| self.was_gone_on_from(id));
        let time = answer.timestamp();
        if !is_shown || went_on {
            self.messages.push(answer);
            self.move_heads(&shown_before, time);
            self.touch(time);
            return false;
        }
        if let Some(id) = replaced {
            let mut heads = self.heads_without(id);
            heads.push(answer.id());
            self.messages.push(answer);
            self.move_heads(&heads, time);
            self.touch(time);
        } else {
            self.append(answer);
        }
        true
    }

    /// Whether each of these is shown, or where the thread begins.
    pub fn shows_all(&self, ids: &[Hash]) -> bool {
        let shown = self.shown();
        ids.iter().all(|id| shown.contains(id))
    }

    /// All that is shown, and where the thread begins.
    pub fn shown(&self) -> HashSet<Hash> {
        let mut shown: HashSet<Hash> = self.visible().into_iter().map(Message::id).collect();
        shown.extend(self.origins());
        shown
    }

    /// Adds answers as [`Thread::append_answer`] does one after the other, with the effort of one.
    /// None of them stands on another.
    pub fn append_late_answers(&mut self, answers: Vec<LateAnswer>) {
        let Some(latest) = answers
            .iter()
            .map(|answer| answer.message.timestamp())
            .max()
        else {
            return;
        };
        let mut place = Placing::in_thread(self);
        let mut heads = Vec::new();
        for answer in &answers {
            if place.is_shown(answer) {
                heads.push(answer.message.id());
            }
        }
        heads.extend(place.shown);
        self.messages
            .extend(answers.into_iter().map(|answer| answer.message));
        self.move_heads(&heads, latest);
        self.touch(latest);
    }

    fn was_gone_on_from(&self, message: &Hash) -> bool {
        let standing_on_it = self.standing_on(message);
        let shown = self.visible();
        let mut said = shown.iter().filter(|said| said.role() == Role::Human);
        said.any(|said| standing_on_it.contains(&said.id()))
    }

    /// A message and all that is shown and stands on it.
    fn standing_on(&self, message: &Hash) -> HashSet<Hash> {
        let mut standing = HashSet::from([*message]);
        for shown in self.visible() {
            if shown.prev().iter().any(|id| standing.contains(id)) {
                standing.insert(shown.id());
            }
        }
        standing
    }
}

/// The same messages, each answer after its question, also where the next one was asked before it
/// came. The record has them in the order in which they were said.
pub fn as_a_talk(messages: Vec<&Message>) -> Vec<&Message> {
    let mut turns: Vec<Vec<&Message>> = Vec::new();
    let mut turn_of: HashMap<Hash, usize> = HashMap::new();
    for message in messages {
        let question = match message.prev() {
            [question] if message.role() == Role::Ai => turn_of.get(question).copied(),
            _ => None,
        };
        let Some(turn) = question else {
            if message.role() == Role::Human {
                turn_of.insert(message.id(), turns.len());
            }
            turns.push(vec![message]);
            continue;
        };
        turns[turn].push(message);
    }
    turns.into_iter().flatten().collect()
}

/// Where late answers come to stand, while what is shown changes with each of them.
struct Placing {
    shown: HashSet<Hash>,
    /// What stands on each shown message.
    next: HashMap<Hash, Vec<Hash>>,
    /// What a person said, and all that they said it after.
    gone_on_from: HashSet<Hash>,
}

impl Placing {
    fn in_thread(thread: &Thread) -> Self {
        let visible = thread.visible();
        let mut next: HashMap<Hash, Vec<Hash>> = HashMap::new();
        let mut gone_on_from = HashSet::new();
        // Parents stand first, so whoever stands on a message was met before it.
        for message in visible.iter().rev() {
            let id = message.id();
            if message.role() == Role::Human {
                gone_on_from.insert(id);
            }
            for before in message.prev() {
                next.entry(*before).or_default().push(id);
                if gone_on_from.contains(&id) {
                    gone_on_from.insert(*before);
                }
            }
        }
        Self {
            shown: thread.shown(),
            next,
            gone_on_from,
        }
    }

    /// Whether an answer is shown. What it takes the place of then no longer is.
    fn is_shown(&mut self, answer: &LateAnswer) -> bool {
        let mut questions = answer.message.prev().iter();
        if !questions.all(|id| self.shown.contains(id)) {
            return false;
        }
        let Some(replaced) = answer.replaces.filter(|id| self.shown.contains(id)) else {
            return true;
        };
        if self.gone_on_from.contains(&replaced) {
            return false;
        }
        let mut hidden = vec![replaced];
        while let Some(id) = hidden.pop() {
            self.shown.remove(&id);
            hidden.extend(self.next.remove(&id).unwrap_or_default());
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Birth, MessageDraft, PublicKey, ThreadId, Timestamp};

    const AUTHOR: PublicKey = PublicKey([7; 32]);

    /// Builds a thread of messages that are told apart by their texts, and not signed.
    struct Talk {
        thread: Thread,
    }

    impl Talk {
        fn new() -> Self {
            let created_at = Timestamp::from_millis(1_756_140_749_000);
            let thread = Thread::begin(Birth {
                id: ThreadId::at(created_at),
                title: "x".into(),
                author: AUTHOR,
                created_at,
                mode: "conversation".into(),
                project: None,
                tags: Vec::new(),
            });
            Self { thread }
        }

        fn message(&self, role: Role, text: &str, prev: &[Hash]) -> Message {
            let time = self.thread.created_at();
            let draft = MessageDraft::new(role, text, time, AUTHOR, prev);
            draft.signed("00".repeat(64).parse().unwrap())
        }

        fn say(&mut self, text: &str) -> Hash {
            let heads = self.thread.heads();
            let prev = if heads.is_empty() {
                self.thread.origins()
            } else {
                heads
            };
            let message = self.message(Role::Human, text, &prev);
            let id = message.id();
            self.thread.append(message);
            id
        }

        fn answer(&mut self, text: &str, question: Hash, replaces: Option<&Hash>) -> (Hash, bool) {
            let message = self.message(Role::Ai, text, &[question]);
            let id = message.id();
            (id, self.thread.append_answer(message, replaces))
        }

        fn shown(&self) -> Vec<String> {
            self.thread
                .visible()
                .into_iter()
                .map(Message::text)
                .collect()
        }
    }

    #[test]
    fn a_late_answer_is_shown_beside_what_was_said_meanwhile() {
        let mut talk = Talk::new();
        let first = talk.say("first");
        let second = talk.say("second");
        let (answer, is_shown) = talk.answer("to the first", first, None);
        assert!(is_shown);
        assert_eq!(talk.thread.heads(), [second, answer]);
        assert_eq!(talk.thread.aside(), []);
        assert_eq!(talk.shown(), ["first", "second", "to the first"]);
    }

    #[test]
    fn an_answer_to_a_question_that_was_taken_back_stands_aside() {
        let mut talk = Talk::new();
        let first = talk.say("first");
        let question = talk.say("question");
        talk.thread.set_heads(&[first], talk.thread.updated_at());
        let (answer, is_shown) = talk.answer("answer", question, None);
        assert!(!is_shown);
        assert_eq!(talk.thread.heads(), [first]);
        assert_eq!(talk.thread.aside(), [answer]);
    }

    #[test]
    fn an_answer_takes_the_place_of_an_earlier_one_from_which_nobody_went_on() {
        let mut talk = Talk::new();
        let question = talk.say("question");
        let (earlier, _) = talk.answer("earlier", question, None);
        let (better, is_shown) = talk.answer("better", question, Some(&earlier));
        assert!(is_shown);
        assert_eq!(talk.thread.heads(), [better]);
        assert_eq!(talk.thread.aside(), [earlier]);

        talk.say("thanks");
        let (_, is_shown) = talk.answer("late", question, Some(&better));
        assert!(!is_shown);
        assert_eq!(talk.shown(), ["question", "better", "thanks"]);
        assert_eq!(talk.thread.aside().len(), 2);
    }

    #[test]
    fn of_two_answers_in_the_place_of_one_both_are_shown() {
        let mut talk = Talk::new();
        let question = talk.say("question");
        let (earlier, _) = talk.answer("earlier", question, None);
        let (one, _) = talk.answer("one", question, Some(&earlier));
        let (other, is_shown) = talk.answer("other", question, Some(&earlier));
        assert!(is_shown);
        assert_eq!(talk.thread.heads(), [one, other]);
        assert_eq!(talk.thread.aside(), [earlier]);
    }

    #[test]
    fn questions_that_are_asked_at_once_part_nothing_and_their_answers_follow_them() {
        let mut talk = Talk::new();
        let first = talk.say("first");
        let second = talk.say("second");
        for (text, question) in [("to first", first), ("to second", second)] {
            let answer = talk.message(Role::Ai, text, &[question]);
            assert!(talk.thread.append_answer(answer, None));
            assert_eq!(talk.thread.open_ends(), 1, "{text}");
        }
        assert_eq!(talk.thread.heads().len(), 2);
        let shown = as_a_talk(talk.thread.visible());
        let texts: Vec<String> = shown.into_iter().map(Message::text).collect();
        assert_eq!(texts, ["first", "to first", "second", "to second"]);
    }

    #[test]
    fn what_two_said_beside_each_other_has_two_open_ends() {
        let mut talk = Talk::new();
        let question = talk.say("question");
        for text in ["here", "there"] {
            let said = talk.message(Role::Human, text, &[question]);
            let answer = talk.message(Role::Ai, "answer", &[said.id()]);
            talk.thread.append(said);
            talk.thread.append(answer);
        }
        assert_eq!(talk.thread.open_ends(), 2);
    }
}
