//! Changing stored threads without talking in them, and making new threads from stored ones.

use super::{
    Changing, FoundThread, Obstacle, Purpose, Summary, ThreadList, WorkError, Workspace, check_tag,
    check_title, with_tags, without_tags,
};
use crate::identity::Keys;
use crate::index::{Filter, fold};
use crate::model::{
    Birth, Excerpt, Kinship, MAX_TITLE_CHARACTERS, NoSuchMessage, PublicKey, State, Thread,
    ThreadId, Timestamp, derive,
};
use crate::seal::CannotSeal;
use crate::store::{CommitId, Save, Store, StoreError, Trouble};
use crate::verify::Verified;
use std::collections::HashSet;
use std::iter::once;

/// Changes stored threads, and makes new ones of them.
pub struct Organiser<'w> {
    pub(super) workspace: &'w Workspace,
}

/// Where a new thread stands. What a person makes of a thread is for no face, and begins now.
#[derive(Default)]
struct Place<'t> {
    /// The thread of the owner's older key whose place it takes.
    older: Option<&'t Thread>,
}

impl Organiser<'_> {
    /// Gives a thread another title. `None`: it has that title already.
    ///
    /// # Errors
    /// If it may not be called that, if the thread is not the owner's own and true, or if it can't
    /// be saved.
    pub fn rename(
        &self,
        keys: &Keys,
        found: FoundThread,
        title: &str,
    ) -> Result<Option<Thread>, WorkError> {
        check_title(title)?;
        self.change(keys, found, |changing| changing.set_title(title))
    }

    /// Adds tags. `None`: it has them all.
    ///
    /// # Errors
    /// If something is no tag, if the thread is not the owner's own and true, or if it can't be
    /// saved.
    pub fn add_tags(
        &self,
        keys: &Keys,
        found: FoundThread,
        tags: &[String],
    ) -> Result<Option<Thread>, WorkError> {
        tags.iter().try_for_each(|tag| check_tag(tag))?;
        self.change(keys, found, |changing| {
            changing.set_tags(&with_tags(&changing.thread().tags(), tags))
        })
    }

    /// Takes tags off. `None`: it has none of them.
    ///
    /// # Errors
    /// If the thread is not the owner's own and true, or if it can't be saved.
    pub fn remove_tags(
        &self,
        keys: &Keys,
        found: FoundThread,
        tags: &[String],
    ) -> Result<Option<Thread>, WorkError> {
        self.change(keys, found, |changing| {
            changing.set_tags(&without_tags(&changing.thread().tags(), tags))
        })
    }

    /// Archives or restores. `None`: it is in that state already.
    ///
    /// # Errors
    /// If the thread is not the owner's own and true, or if it can't be saved.
    pub fn set_state(
        &self,
        keys: &Keys,
        found: FoundThread,
        state: State,
    ) -> Result<Option<Thread>, WorkError> {
        self.change(keys, found, |changing| {
            changing.set_state(state);
            Ok(())
        })
    }

    /// Whether the owner may change a thread: it is their own, of this format, and all true.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn changeable(&self, found: &FoundThread, owner: &PublicKey) -> Result<(), WorkError> {
        found.clone().own(Purpose::Change, owner).map(drop)
    }

    /// Changes a thread of the owner's, archived or not, and saves it as one commit. Whatever a
    /// live session or another command saves meanwhile is united with it. `None`: there was nothing
    /// to change.
    ///
    /// # Errors
    /// If the thread is not the owner's own and true, or if it can't be saved.
    pub fn change(
        &self,
        keys: &Keys,
        found: FoundThread,
        change: impl FnOnce(&mut Changing<'_>) -> Result<(), CannotSeal>,
    ) -> Result<Option<Thread>, WorkError> {
        let Some(Changed { before, thread }) = self.changed(keys, found, change)? else {
            return Ok(None);
        };
        let now = self.workspace.now();
        let saved = self.save_change(keys, &before, &thread, now)?;
        Ok(Some(saved))
    }

    /// The same, if the owner's branch is still where it was seen; `false` if it moved on, and
    /// nothing was changed.
    ///
    /// # Errors
    /// If the thread is not the owner's own and true, or if it can't be saved.
    pub fn change_onto(
        &self,
        keys: &Keys,
        found: FoundThread,
        seen: Option<CommitId>,
        change: impl FnOnce(&mut Changing<'_>) -> Result<(), CannotSeal>,
    ) -> Result<bool, WorkError> {
        let Some(Changed { before, thread }) = self.changed(keys, found, change)? else {
            return Ok(true);
        };
        let store = self.workspace.store_of(&keys.public())?;
        let save = Save {
            owner: keys.owner(),
            thread: &thread,
            base: Some(&before),
            replaces: None,
            now: self.workspace.now(),
        };
        Ok(store.save_onto(&save, seen)?.is_some())
    }

    fn changed(
        &self,
        keys: &Keys,
        found: FoundThread,
        change: impl FnOnce(&mut Changing<'_>) -> Result<(), CannotSeal>,
    ) -> Result<Option<Changed>, WorkError> {
        let before = found.own(Purpose::Change, &keys.public())?.into_inner();
        let mut changing = Changing::new(self.workspace, keys, &before);
        change(&mut changing)?;
        let thread = changing.into_thread();
        let is_changed = thread.header() != before.header();
        Ok(is_changed.then_some(Changed { before, thread }))
    }

    /// Saves a thread as it was changed, and opens what came of it.
    pub(super) fn save_change(
        &self,
        keys: &Keys,
        before: &Thread,
        thread: &Thread,
        now: Timestamp,
    ) -> Result<Thread, WorkError> {
        let store = self.workspace.store_of(&keys.public())?;
        let save = Save {
            owner: keys.owner(),
            thread,
            base: Some(before),
            replaces: None,
            now,
        };
        let mut saved = store.save(&save)?.thread;
        keys.opener().open(&mut saved);
        Ok(saved)
    }

    /// The owner's own threads that fit, as they are to be changed together, and what could not be
    /// read.
    ///
    /// # Errors
    /// If the store or the index can't be read.
    pub fn own_that_fit(
        &self,
        filter: &Filter,
        owner: &PublicKey,
    ) -> Result<(Vec<Summary>, Vec<Trouble>), WorkError> {
        let ThreadList {
            mut threads,
            troubles,
            ..
        } = self.workspace.threads().list(filter)?;
        threads.retain(|thread| thread.owner == *owner && !thread.is_legacy);
        Ok((threads, troubles))
    }

    /// Changes threads of the owner's in one commit, all or none; returns how many had to be
    /// changed.
    ///
    /// # Errors
    /// If one of them is not the owner's own and true, or if they can't be saved; nothing has
    /// changed then.
    pub fn change_all(
        &self,
        keys: &Keys,
        threads: &[Summary],
        change: impl Fn(&mut Changing<'_>) -> Result<(), CannotSeal>,
    ) -> Result<usize, WorkError> {
        let (store, now) = (
            self.workspace.store_of(&keys.public())?,
            self.workspace.now(),
        );
        let mut changed = 0;
        store.save_many(keys.owner(), now, |batch| {
            for thread in threads {
                let entry = store.entry_at(&thread.owner, &thread.path)?;
                let entry = entry.ok_or_else(|| WorkError::NotFound(thread.id.clone()))?;
                let before = self
                    .workspace
                    .threads()
                    .load(&store, &entry)?
                    .own(Purpose::Change, &keys.public())?
                    .into_inner();
                let mut changing = Changing::new(self.workspace, keys, &before);
                change(&mut changing)?;
                let thread = changing.into_thread();
                if thread.header() != before.header() {
                    batch.add(&thread, Some(&before))?;
                    changed += 1;
                }
            }
            Ok::<_, WorkError>(())
        })?;
        Ok(changed)
    }

    /// A new thread with what another one shows, up to a message (counted from 1) or all of it.
    ///
    /// # Errors
    /// If the other one is not true or has no such message, if it may not be called that, or if it
    /// can't be saved.
    pub fn fork(
        &self,
        keys: &Keys,
        found: FoundThread,
        at: Option<usize>,
        title: Option<&str>,
    ) -> Result<Thread, WorkError> {
        let mut source = found.source(Purpose::Copy)?;
        keys.opener().open(&mut source);
        let part = match at {
            Some(number) => Excerpt::up_to(&source, number).map_err(|why| no_such(&source, why))?,
            None => Excerpt::whole(&source),
        };
        let title = match title {
            Some(title) => title.to_owned(),
            None => self.unused_title(source.title(), "fork")?,
        };
        let place = Place::default();
        self.keep(keys, &source, Kinship::Fork, &[part], title, place)
    }

    /// The whole of a thread of the owner's older key as one of theirs, in the same place: it is
    /// what that was, to the face that began it.
    pub(super) fn succeed(&self, keys: &Keys, found: FoundThread) -> Result<Thread, WorkError> {
        let mut source = found.source(Purpose::Copy)?;
        // A sealed one was handed on to the newer key, which opens its title too.
        keys.opener().open(&mut source);
        let title = source.title().to_owned();
        let place = Place {
            older: Some(&source),
        };
        let whole = Excerpt::whole(&source);
        self.keep(keys, &source, Kinship::Fork, &[whole], title, place)
    }

    /// A new thread with what another one shows from a message (counted from 1, and not the first)
    /// on. The other one stays as it is.
    ///
    /// # Errors
    /// If the other one is not true or has no such message, if it may not be called that, or if it
    /// can't be saved.
    pub fn split(
        &self,
        keys: &Keys,
        found: FoundThread,
        at: usize,
        title: Option<&str>,
    ) -> Result<Thread, WorkError> {
        let mut source = found.source(Purpose::Split)?;
        keys.opener().open(&mut source);
        let part = Excerpt::from(&source, at).map_err(|why| no_such(&source, why))?;
        if at == 1 {
            return Err(unfit(&source, Purpose::Split, Obstacle::AllOfIt));
        }
        let title = match title {
            Some(title) => title.to_owned(),
            None => self.unused_title(source.title(), "split")?,
        };
        let place = Place::default();
        self.keep(keys, &source, Kinship::Split, &[part], title, place)
    }

    /// Shows a thread of the owner's up to the message before one (counted from 1). What came from
    /// there on is set aside; nothing is deleted.
    ///
    /// # Errors
    /// If the thread is not the owner's own and true or has no such message, or if it can't be
    /// saved.
    pub fn set_aside_from(
        &self,
        keys: &Keys,
        found: FoundThread,
        at: usize,
    ) -> Result<Option<Thread>, WorkError> {
        self.change(keys, found, |changing| {
            let kept: Vec<_> = changing
                .thread()
                .visible()
                .iter()
                .take(at - 1)
                .map(|message| message.id())
                .collect();
            changing.set_heads(&kept);
            Ok(())
        })
    }

    /// A new thread with what two others show.
    ///
    /// # Errors
    /// If one of them is not true, if it may not be called that, or if it can't be saved.
    pub fn merge(
        &self,
        keys: &Keys,
        one: FoundThread,
        other: FoundThread,
        title: Option<&str>,
    ) -> Result<Thread, WorkError> {
        let (mut one, mut other) = (one.source(Purpose::Merge)?, other.source(Purpose::Merge)?);
        let opener = keys.opener();
        opener.open(&mut one);
        opener.open(&mut other);
        if let Some(obstacle) = stays_apart(&one, &other) {
            return Err(unfit(&one, Purpose::Merge, obstacle));
        }
        let title = title.map_or_else(
            || derived_title(&format!("{} + {}", one.title(), other.title()), ""),
            str::to_owned,
        );
        let parts = [Excerpt::whole(&one), Excerpt::whole(&other)];
        let place = Place::default();
        self.keep(keys, &one, Kinship::Merge, &parts, title, place)
    }

    /// A title with what became of the thread behind it, numbered from the second on: `auth
    /// (fork)`, `auth (fork 2)`.
    fn unused_title(&self, title: &str, what: &str) -> Result<String, WorkError> {
        let first = derived_title(title, &format!(" ({what})"));
        let alike = self.workspace.threads().list(&Filter {
            title: Some(format!(" ({what}")),
            ..Filter::default()
        })?;
        let used: HashSet<String> = alike
            .threads
            .iter()
            .map(|thread| fold(&thread.title))
            .collect();
        let numbered = (2..).map(|number| derived_title(title, &format!(" ({what} {number})")));
        let mut titles = once(first).chain(numbered);
        Ok(titles
            .find(|title| !used.contains(&fold(title)))
            .expect("there are more numbers than threads"))
    }

    /// Makes the derived thread, checks that every copy in it verifies, and saves it as one commit.
    fn keep(
        &self,
        keys: &Keys,
        source: &Thread,
        kinship: Kinship,
        parts: &[Excerpt<'_>],
        title: String,
        place: Place<'_>,
    ) -> Result<Thread, WorkError> {
        check_title(&title)?;
        if place.older.is_none() && parts.iter().any(Excerpt::is_empty) {
            return Err(unfit(source, Purpose::Copy, Obstacle::NothingToCopy));
        }
        let now = self.workspace.now();
        let tags: Vec<String> = parts
            .iter()
            .flat_map(Excerpt::tags)
            .map(str::to_owned)
            .collect();
        let tags = with_tags(&[], &tags);
        let birth = |id: ThreadId| Birth {
            id,
            title: title.clone(),
            author: keys.public(),
            created_at: place.older.map_or(now, Thread::created_at),
            mode: source.mode().to_owned(),
            project: source.project().map(str::to_owned),
            tags: tags.clone(),
        };
        let store = self.workspace.store_of(&keys.public())?;
        // An empty thread's journal keeps the id for us until the save; a crash leaves nothing of
        // it.
        let is_sealed = parts.iter().any(Excerpt::is_sealed);
        // What only readers may see does not stand in the journal either.
        let shown = |id: ThreadId| {
            if is_sealed {
                birth(id).covered()
            } else {
                birth(id)
            }
        };
        let from = match place.older {
            Some(older) => self.id_in_place_of(older, keys, &store)?,
            None => ThreadId::at(now),
        };
        let begin = |id| Thread::begin(shown(id));
        let (reserved, empty) = store.journal_new(&keys.public(), from, begin)?;
        let mut thread = derive(shown(empty.id()), kinship, parts);
        if let Some(older) = place.older {
            thread.take_place_of(older);
        }
        let sealed = if is_sealed {
            let what_for = place.older.and_then(Thread::intent_context);
            self.seal_derived(keys, &mut thread, birth(empty.id()), parts, what_for)
        } else {
            Ok(())
        };
        // What takes another one's place is not newer than that.
        let at = place.older.map_or(now, Thread::updated_at);
        let saved = sealed.and_then(|()| self.save_derived(keys, source, thread, at));
        reserved.close()?;
        let mut thread = saved?;
        keys.opener().open(&mut thread);
        Ok(thread)
    }

    fn seal_derived(
        &self,
        keys: &Keys,
        thread: &mut Thread,
        birth: Birth,
        parts: &[Excerpt<'_>],
        what_for: Option<&str>,
    ) -> Result<(), WorkError> {
        self.workspace.ensure_card(keys)?;
        let copied = parts.iter().flat_map(|part| part.thread().epochs());
        let (sealer, begun) = (self.workspace.sealer(keys), birth.created_at);
        sealer.encrypt_derived(thread, birth, copied)?;
        if what_for.is_some() {
            sealer.set_intent_context(thread, what_for, begun)?;
        }
        Ok(())
    }

    /// The id of what takes an older thread's place: the first behind that one's which no branch of
    /// the owner's older keys has, since one id for both would name neither. Each machine of the
    /// owner's finds the same, so that what two of them make is one thread.
    fn id_in_place_of(
        &self,
        older: &Thread,
        keys: &Keys,
        store: &Store,
    ) -> Result<ThreadId, WorkError> {
        let branches = self.workspace.own_older(&keys.public())?;
        let is_taken = |id| {
            let mut owners = branches.keys();
            owners.any(|owner| !store.with_id_on(owner, id).is_empty())
        };
        let mut id = older.id();
        while is_taken(id) {
            id = id.next().ok_or(StoreError::NoTimeLeft)?;
        }
        Ok(id)
    }

    fn save_derived(
        &self,
        keys: &Keys,
        source: &Thread,
        mut thread: Thread,
        at: Timestamp,
    ) -> Result<Thread, WorkError> {
        for older in self.workspace.own_older(&keys.public())?.keys() {
            thread.drop_participant(*older, at);
        }
        keys.owner().sign_thread(&mut thread);
        let thread = Verified::check(thread).map_err(|untrue| {
            let obstacle = Obstacle::UntrueAsCopy(untrue);
            unfit(source, Purpose::Copy, obstacle)
        })?;
        let save = Save {
            owner: keys.owner(),
            thread: &thread,
            base: None,
            replaces: None,
            now: self.workspace.now(),
        };
        Ok(self.workspace.store_of(&keys.public())?.save(&save)?.thread)
    }
}

/// A thread that was changed and is not saved yet.
struct Changed {
    before: Thread,
    thread: Thread,
}

/// A title of ours from another writer's, who may have put in what we may not.
fn derived_title(title: &str, suffix: &str) -> String {
    let room = MAX_TITLE_CHARACTERS - suffix.chars().count();
    let kept: String = title
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(room)
        .collect();
    let kept = kept.trim();
    format!(
        "{}{suffix}",
        if kept.is_empty() { "untitled" } else { kept }
    )
}

fn no_such(source: &Thread, why: NoSuchMessage) -> WorkError {
    WorkError::NoSuchMessage {
        id: source.id().to_string(),
        why,
    }
}

fn unfit(source: &Thread, what: Purpose, why: Obstacle) -> WorkError {
    WorkError::Unfit {
        id: source.id().to_string(),
        what,
        why,
    }
}

/// Why two threads can't become one.
fn stays_apart(one: &Thread, other: &Thread) -> Option<Obstacle> {
    if one.root() == other.root() {
        return Some(Obstacle::Itself);
    }
    if one.mode() != other.mode() {
        return Some(Obstacle::OtherMode {
            mode: one.mode().to_owned(),
            other: other.id(),
            other_mode: other.mode().to_owned(),
        });
    }
    if one.project() != other.project() {
        return Some(Obstacle::OtherProject { other: other.id() });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_made_from_another_is_always_accepted() {
        for title in [
            "auth",
            "\u{1b}",
            " ",
            &"x".repeat(200),
            &"日".repeat(200),
            "a\nb",
        ] {
            for suffix in ["", " (fork)"] {
                let made = derived_title(title, suffix);
                assert!(check_title(&made).is_ok(), "{made:?}");
            }
        }
        assert_eq!(derived_title("auth", " (fork)"), "auth (fork)");
    }

    fn of_project(number: i64, project: Option<&str>) -> Thread {
        let begun = Timestamp::from_millis(number * 1000);
        Thread::begin(Birth {
            id: ThreadId::at(begun),
            title: "a talk".to_owned(),
            author: "5a".repeat(32).parse().unwrap(),
            created_at: begun,
            mode: "conversation".to_owned(),
            project: project.map(str::to_owned),
            tags: Vec::new(),
        })
    }

    #[test]
    fn threads_of_one_project_merge_and_of_two_do_not() {
        let (mine, yours) = (Some("mine"), Some("yours"));
        for (one, other, stay) in [
            (None, None, false),
            (mine, mine, false),
            (mine, None, true),
            (None, yours, true),
            (mine, yours, true),
        ] {
            let found = stays_apart(&of_project(1, one), &of_project(2, other));
            assert_eq!(found.is_some(), stay, "{one:?} {other:?}");
        }
    }
}
