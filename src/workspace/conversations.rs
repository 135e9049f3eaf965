//! Conversations of the service: what lists tell of one, and the one that programs know by a name.

use super::indexing::Needs;
use super::reach::Reached;
use super::{
    Belonging, Membership, NamedConversation, Reach, Summary, ThreadList, Threads, WorkError,
};
use crate::index::{ConversationFacts, ConversationTotals, Filter};
use crate::model::{Embedder, Face, Hash, Message, PublicKey, Reading, Role, State, Thread, Uuid};
use crate::prompt::tokens;
use crate::store::{Entry, Store};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// So many characters of the last message are kept for lists.
const ENDING: usize = 128;

/// A page of conversations.
#[derive(Debug, Default)]
pub struct ConversationList {
    /// The conversations, as many as were asked for, with what is told of each.
    pub conversations: Vec<(Summary, ConversationFacts)>,
    /// How many fit.
    pub total: usize,
    /// How many files on the owner's branch can't be read, or are no threads, so that nobody knows
    /// whether they fit.
    pub unreadable: usize,
}

/// What an owner said in their conversations, counted.
#[derive(Debug, Default)]
pub struct CountedConversations {
    /// In those that are not sealed.
    pub totals: ConversationTotals,
    /// How many are sealed, and not among the rest.
    pub sealed: usize,
}

/// Which conversations may be listed.
#[derive(Debug, Clone, Copy)]
pub struct Within<'m> {
    /// Where their owner has a part.
    pub membership: &'m Membership,
    /// Only those of this project.
    pub project: Option<Hash>,
}

/// What lists tell of a conversation besides what they tell of every thread.
pub fn facts_of(thread: &Thread) -> ConversationFacts {
    let visible = thread.visible();
    let mut intents: BTreeMap<String, usize> = BTreeMap::new();
    let mut facts = ConversationFacts {
        id: conversation_id(thread),
        sent: 0,
        tokens: 0,
        last_activity: visible.last().map(|last| last.timestamp()),
        ending: visible.last().map(|last| beginning_of(&last.text())),
        intent_context: thread.intent_context().map(str::to_owned),
        archived_at: archived_at(thread),
        drafts: 0,
        web_origin: thread.web_origin().map(str::to_owned),
        intents: Vec::new(),
    };
    for message in visible {
        facts.tokens += token_count(message);
        facts.drafts += usize::from(message.field("draft") == Some(Value::Bool(true)));
        if message.role() != Role::Human {
            continue;
        }
        facts.sent += 1;
        if let Some(intent) = message.text_field("intent") {
            *intents.entry(intent).or_default() += 1;
        }
    }
    facts.intents = intents.into_iter().collect();
    facts
}

/// What programs call a conversation's thread.
pub fn conversation_id(thread: &Thread) -> Uuid {
    Uuid::of(&oldest_root(thread))
}

/// How many tokens a message has: what was recorded with it, or a rough measure of its text.
pub fn token_count(message: &Message) -> usize {
    let usage = message.field("usage");
    let recorded = usage.and_then(|usage| usage.get("completion_tokens")?.as_u64());
    let recorded = recorded.and_then(|count| usize::try_from(count).ok());
    recorded.unwrap_or_else(|| tokens(&message.text()))
}

/// The root under which it began: that of the thread whose messages it has copied first, where its
/// owner's key was changed since.
fn oldest_root(thread: &Thread) -> Hash {
    let anchors = thread.origins();
    let first = thread.messages().first();
    let first = first.and_then(|first| first.prev().first().copied());
    // What was begun and said nothing has no message that names an older root.
    let is_older = |first: &Hash| *first != thread.root() && anchors.contains(first);
    let oldest = first.filter(is_older);
    oldest
        .or_else(|| anchors.last().copied())
        .unwrap_or_else(|| thread.root())
}

fn archived_at(thread: &Thread) -> Option<crate::model::Timestamp> {
    if thread.state() != State::Archived {
        return None;
    }
    let stamped = thread.changed().get("state").copied();
    Some(stamped.unwrap_or_else(|| thread.updated_at()))
}

fn beginning_of(text: &str) -> String {
    text.chars().take(ENDING).collect()
}

impl Within<'_> {
    fn is_there(&self, reach: &Reach) -> bool {
        self.project.is_none() || self.project == reach.belonging.project()
    }
}

impl Threads<'_> {
    /// The conversation of an owner that programs know by a name; one that a page of another site
    /// reaches, if such asks. What the index says of another's is refused before any file is read.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn conversation(
        &self,
        id: &Uuid,
        owner: &PublicKey,
        embedder: Option<&Embedder>,
    ) -> Result<Option<NamedConversation>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(None);
        };
        let found = self.workspace.with_index(&store, Needs::Lists, &|index| {
            index.conversations_with(id, embedder)
        })?;
        for thread in found {
            if thread.owner != *owner {
                continue;
            }
            let reach = self.workspace.reach_of_wanted(&store, &thread)?;
            let is_meant = |reach: &Reach| {
                reach.id == *id
                    && reach.is_conversation_of(owner)
                    && embedder.is_none_or(|page| reach.is_reached_by(page))
            };
            if let Some(reach) = reach.filter(is_meant) {
                return Ok(Some(NamedConversation { thread, reach }));
            }
        }
        Ok(None)
    }

    /// What programs call the threads with these roots: those that are no conversations have no such
    /// name, and those that are not here are left out.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn conversations_named(
        &self,
        roots: &[Hash],
    ) -> Result<HashMap<Hash, Option<Uuid>>, WorkError> {
        let mut names = HashMap::new();
        let Some(store) = self.workspace.store()? else {
            return Ok(names);
        };
        for (root, places) in self.own_places(&store, roots)? {
            for place in places {
                let reach = self
                    .workspace
                    .readable_reach(&store, &place.owner, &place.path)?;
                if let Some(reach) = reach.filter(|reach| reach.root == root) {
                    let name = reach.is_conversation().then_some(reach.id);
                    names.entry(root).or_insert(name);
                }
            }
        }
        Ok(names)
    }

    /// The owner's conversations that fit, as far as they may work in their projects: of one
    /// project, or of all and of none. Those that are sealed are opened where the owner's keys are
    /// at hand.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn conversations(
        &self,
        filter: &Filter,
        owner: &PublicKey,
        within: &Within<'_>,
    ) -> Result<ConversationList, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(ConversationList::default());
        };
        let filter = Filter {
            face: Some(Face::Service.as_str().to_owned()),
            owner: Some(*owner),
            author: Some(owner.to_string()),
            open_projects: Some(within.membership.projects().collect()),
            project: within.project.map(|id| id.to_string()),
            ..filter.clone()
        };
        let any_sealed = self.workspace.with_index(&store, Needs::Lists, &|index| {
            index.has_sealed_conversations()
        })?;
        let (threads, total) = match any_sealed {
            false => self.listed(&store, &filter)?,
            true => self.listed_and_opened(&store, &filter, within)?,
        };
        let listed = threads.len();
        let embedder = filter.embedder.as_ref();
        let Reached {
            conversations: mut reached,
            unreadable,
        } = self.reached(threads, within.membership, embedder)?;
        reached.retain(|one| one.reach.is_conversation_of(owner) && within.is_there(&one.reach));
        let total = total - (listed - reached.len());
        let conversations = self.with_facts(&store, reached)?;
        Ok(ConversationList {
            conversations,
            total,
            unreadable: self.troubles_of(owner)?.len() + unreadable,
        })
    }

    fn listed(&self, store: &Store, filter: &Filter) -> Result<(Vec<Summary>, usize), WorkError> {
        let listed = self
            .workspace
            .with_index(store, Needs::Lists, &|index| index.list(filter))?;
        Ok((listed.threads, listed.total))
    }

    /// What is sealed says to what it belongs when it is opened: so all are looked at.
    fn listed_and_opened(
        &self,
        store: &Store,
        filter: &Filter,
        within: &Within<'_>,
    ) -> Result<(Vec<Summary>, usize), WorkError> {
        let everything = Filter {
            project: None,
            after: None,
            limit: None,
            ..filter.clone()
        };
        let mut fitting = Vec::new();
        for thread in self.listed(store, &everything)?.0 {
            if self.may_be_there(store, &thread, within)? {
                fitting.push(thread);
            }
        }
        let total = fitting.len();
        if let Some(after) = &filter.after {
            fitting.retain(|thread| after.is_before(thread));
        }
        fitting.truncate(filter.limit.unwrap_or(usize::MAX));
        Ok((fitting, total))
    }

    /// Of what is open the index says where it belongs: those on the page are looked at again.
    fn may_be_there(
        &self,
        store: &Store,
        thread: &Summary,
        within: &Within<'_>,
    ) -> Result<bool, WorkError> {
        if !thread.is_sealed {
            let told = Belonging::of(thread.project.as_deref());
            return Ok(within.project.is_none() || within.project == told.project());
        }
        let reach = self
            .workspace
            .readable_reach(store, &thread.owner, &thread.path)?;
        Ok(reach.is_some_and(|reach| {
            within.is_there(&reach) && within.membership.allows(reach.belonging)
        }))
    }

    fn with_facts(
        &self,
        store: &Store,
        reached: Vec<NamedConversation>,
    ) -> Result<Vec<(Summary, ConversationFacts)>, WorkError> {
        let (mut threads, mut reaches) = (Vec::new(), Vec::new());
        for NamedConversation { thread, reach } in reached {
            threads.push(thread);
            reaches.push(reach);
        }
        let facts = self.workspace.with_index(store, Needs::Lists, &|index| {
            let facts = threads.iter().map(|thread| index.facts_of(thread));
            facts.collect::<Result<Vec<_>, _>>()
        })?;
        let mut list = ThreadList {
            threads,
            ..ThreadList::default()
        };
        self.open_titles(&mut list)?;
        let mut conversations = Vec::new();
        let told = list.threads.into_iter().zip(facts);
        for ((mut thread, facts), reach) in told.zip(reaches) {
            let facts = match thread.is_sealed {
                true => self.facts_opened(store, &thread)?,
                false => facts,
            };
            thread.project = reach.project;
            let id = reach.id;
            conversations.extend(facts.map(|facts| (thread, ConversationFacts { id, ..facts })));
        }
        Ok(conversations)
    }

    fn facts_opened(
        &self,
        store: &Store,
        thread: &Summary,
    ) -> Result<Option<ConversationFacts>, WorkError> {
        let Some(entry) = store.entry_at(&thread.owner, &thread.path)? else {
            return Ok(None);
        };
        let Ok(Reading::Thread(mut thread)) = Thread::read(&store.read(&entry)?) else {
            return Ok(None);
        };
        if let Some(reader) = self.workspace.reader() {
            reader.open(&mut thread);
        }
        Ok(Some(facts_of(&thread)))
    }

    /// Where the conversations on an owner's branch lie that may have answers which are drafts.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub(super) fn with_drafts(&self, owner: &PublicKey) -> Result<Vec<Entry>, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(Vec::new());
        };
        let found = self.workspace.with_index(&store, Needs::Lists, &|index| {
            index.conversations_with_drafts(owner)
        })?;
        let mut entries = Vec::with_capacity(found.len());
        for thread in found {
            entries.extend(
                self.workspace
                    .entry_at(&store, &thread.owner, &thread.path)?,
            );
        }
        Ok(entries)
    }

    /// What the owner said in all conversations whose projects they may work in, counted.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn conversation_totals(
        &self,
        owner: &PublicKey,
        membership: &Membership,
    ) -> Result<CountedConversations, WorkError> {
        let Some(store) = self.workspace.store()? else {
            return Ok(CountedConversations::default());
        };
        let own = Filter {
            face: Some(Face::Service.as_str().to_owned()),
            owner: Some(*owner),
            author: Some(owner.to_string()),
            ..Filter::default()
        };
        let open = Filter {
            open_projects: Some(membership.projects().collect()),
            ..own.clone()
        };
        let sealed = Filter {
            is_sealed: Some(true),
            ..own
        };
        let totals = self.workspace.with_index(&store, Needs::Lists, &|index| {
            index.conversation_totals(&open)
        })?;
        let mut counted = CountedConversations { totals, sealed: 0 };
        for thread in self.listed(&store, &sealed)?.0 {
            let reach = self.reach(&thread)?;
            let is_open = reach.is_some_and(|reach| membership.allows(reach.belonging));
            counted.sealed += usize::from(is_open);
        }
        Ok(counted)
    }
}
