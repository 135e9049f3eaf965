//! Full text: from a query to ranked hits.

use super::candidates::Candidates;
use super::hit_texts::{HitText, HitTexts, TextReader, UnreadText};
use super::list::{COLUMNS, summary};
use super::query::Query;
use super::schema::{is_title, thread_of};
use super::snippet::Snippet;
use super::{Index, IndexError, Summary};
use crate::model::{Hash, Timestamp};
use rusqlite::params_from_iter;

/// So many of the best are looked at for a sign before all are.
const TRIED_FIRST: usize = 500;

/// What was found, best first.
#[derive(Debug, Default)]
pub struct Hits {
    /// As many as were asked for.
    pub hits: Vec<Hit>,
    /// Whether there is more.
    pub has_more: bool,
    /// The threads that may have fitted, or fit, and whose texts could not be read.
    pub unread: Vec<UnreadText>,
}

/// A message, or a title, that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The thread it is in.
    pub thread: Summary,
    /// The message; `None` if the title fits.
    pub message: Option<FoundMessage>,
    /// The part of the text that fits best.
    pub snippet: Snippet,
}

impl Hit {
    /// Whether it is a message that the thread keeps and does not show.
    pub fn is_aside(&self) -> bool {
        self.message
            .as_ref()
            .is_some_and(|message| message.number.is_none())
    }
}

/// A thread that has a message, and which of its messages that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagePlace {
    /// The thread.
    pub thread: Summary,
    /// The message in it.
    pub message: FoundMessage,
}

/// Which message it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMessage {
    /// Its id; `None` in a thread of the older mmogit.
    pub id: Option<Hash>,
    /// Its number among the messages that are shown, from 1; `None` if it was set aside.
    pub number: Option<usize>,
    /// Who speaks.
    pub role: String,
    /// The model that is said to have written it.
    pub model: Option<String>,
    /// Its time.
    pub time: Option<Timestamp>,
}

impl Index {
    /// Titles and messages that have all that is asked for. `read` reads what is not kept here, of
    /// the hits, and of what may be one where signs are looked for.
    ///
    /// # Errors
    /// The index can't be read. A text that can't be read elsewhere is named among the hits.
    pub fn search(
        &self,
        query: &Query,
        limit: usize,
        read: &TextReader<'_>,
    ) -> Result<Hits, IndexError> {
        let mut found = Hits::default();
        if query.is_empty() {
            return Ok(found);
        }
        let mut texts = HitTexts::new(self, read);
        if query.literals().next().is_some() && !query.expressions().is_empty() {
            self.search_signs(query, limit, &mut texts, &mut found)?;
        } else {
            self.search_words(query, limit, &mut texts, &mut found)?;
        }
        found.unread = texts.unread;
        Ok(found)
    }

    /// Takes what fits, in the order in which it comes.
    fn search_words(
        &self,
        query: &Query,
        limit: usize,
        texts: &mut HitTexts<'_>,
        found: &mut Hits,
    ) -> Result<(), IndexError> {
        let candidates = Candidates::of(query, limit, &self.db)?;
        let mut find = self.db.prepare_cached(&candidates.sql)?;
        let mut rows = find.query(params_from_iter(&candidates.values))?;
        while let Some(row) = rows.next()? {
            let key: i64 = row.get(0)?;
            let Some(snippet) = snippet(texts.text(key)?, query) else {
                continue;
            };
            if found.hits.len() == limit {
                found.has_more = true;
                break;
            }
            found.hits.push(self.hit(key, snippet)?);
        }
        Ok(())
    }

    /// Signs are looked for in the text itself, and many texts may have to be looked at: the index
    /// tells only those apart that lack one of the signs. The best are tried first; if they are not enough, all others thread by thread, so that each
    /// is read once.
    fn search_signs(
        &self,
        query: &Query,
        limit: usize,
        texts: &mut HitTexts<'_>,
        found: &mut Hits,
    ) -> Result<(), IndexError> {
        let candidates = Candidates::of(query, limit, &self.db)?;
        let mut find = self.db.prepare_cached(&candidates.sql)?;
        let keys = find.query_map(params_from_iter(&candidates.values), |row| row.get(0))?;
        let keys = keys.collect::<Result<Vec<i64>, _>>()?;
        let (best, others) = keys.split_at(TRIED_FIRST.min(keys.len()));
        let mut fitting = Vec::new();
        for (rank, key) in best.iter().enumerate() {
            if fits(&texts.text(*key)?, query) {
                fitting.push((rank, *key));
            }
            if fitting.len() > limit {
                break;
            }
        }
        if fitting.len() <= limit {
            let mut others: Vec<(usize, i64)> =
                (best.len()..).zip(others.iter().copied()).collect();
            others.sort_unstable_by_key(|(_, key)| *key);
            for (rank, key) in others {
                if fits(&texts.text(key)?, query) {
                    fitting.push((rank, key));
                }
            }
            fitting.sort_unstable();
        }
        found.has_more = fitting.len() > limit;
        for (_, key) in fitting.into_iter().take(limit) {
            if let Some(snippet) = snippet(texts.text(key)?, query) {
                found.hits.push(self.hit(key, snippet)?);
            }
        }
        Ok(())
    }

    fn hit(&self, key: i64, snippet: Snippet) -> Result<Hit, IndexError> {
        let message = if is_title(key) {
            None
        } else {
            Some(self.found_message(key)?)
        };
        Ok(Hit {
            thread: self.thread(thread_of(key))?,
            message,
            snippet,
        })
    }

    fn thread(&self, key: i64) -> Result<Summary, IndexError> {
        let sql = format!("SELECT {COLUMNS} FROM thread WHERE key = ?1");
        Ok(self.db.prepare_cached(&sql)?.query_row([key], summary)?)
    }

    fn found_message(&self, key: i64) -> Result<FoundMessage, IndexError> {
        let mut find = self
            .db
            .prepare_cached("SELECT id, shown, role, model, time FROM message WHERE key = ?1")?;
        Ok(find.query_row([key], |row| {
            let id: Option<[u8; 32]> = row.get(0)?;
            let number: Option<i64> = row.get(1)?;
            let time: Option<i64> = row.get(4)?;
            Ok(FoundMessage {
                id: id.map(Hash),
                number: number.and_then(|number| usize::try_from(number).ok()),
                role: row.get(2)?,
                model: row.get(3)?,
                time: time.map(Timestamp::from_millis),
            })
        })?)
    }

    /// Every thread that has a message, shown or set aside: newest first. A fork or a merge has the
    /// messages of its origins, so there may be several.
    ///
    /// # Errors
    /// The index can't be read.
    pub fn threads_with(&self, id: &Hash) -> Result<Vec<MessagePlace>, IndexError> {
        let mut find = self.db.prepare_cached(
            "SELECT message.key FROM message
             JOIN thread ON thread.key = message.key >> 20
             WHERE message.id IS NOT NULL AND substr(message.id, 1, 4) = substr(?1, 1, 4)
               AND message.id = ?1
             ORDER BY thread.updated_at DESC, thread.id DESC, thread.path DESC, message.key",
        )?;
        let keys = find.query_map([id.0], |row| row.get(0))?;
        let keys = keys.collect::<Result<Vec<i64>, _>>()?;
        let mut places = Vec::new();
        for key in keys {
            places.push(MessagePlace {
                thread: self.thread(thread_of(key))?,
                message: self.found_message(key)?,
            });
        }
        Ok(places)
    }
}

fn fits(text: &HitText, query: &Query) -> bool {
    matches!(text, HitText::Text(text) if query.has_literals(text))
}

/// The part of a text to show; `None` if it doesn't fit after all. What can't be read any more is
/// shown without a text, if its words alone are enough to know that it fits.
fn snippet(text: HitText, query: &Query) -> Option<Snippet> {
    match text {
        HitText::Text(text) if query.has_literals(&text) => Some(Snippet::of(&text, query)),
        HitText::Unreadable if query.literals().next().is_none() => Some(Snippet::default()),
        HitText::Text(_) | HitText::Unreadable | HitText::Nothing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::candidates::RANKED;
    use crate::index::{IndexedMessage, IndexedThread, Update};
    use crate::model::PublicKey;
    use std::cell::RefCell;

    fn message(text: String) -> IndexedMessage {
        IndexedMessage {
            id: None,
            role: "human".into(),
            model: None,
            time: Some(0),
            shown: Some(1),
            text,
        }
    }

    fn thread(path: &str, texts: Vec<String>) -> IndexedThread {
        let owner: PublicKey = "5a".repeat(32).parse().unwrap();
        let summary = Summary {
            id: "thread_1".into(),
            title: "a title".into(),
            author: owner.to_string(),
            created_at: String::new(),
            updated_at: String::new(),
            mode: String::new(),
            project: None,
            tags: vec![],
            is_archived: false,
            messages: texts.len(),
            is_legacy: false,
            is_sealed: false,
            opening: String::new(),
            owner,
            path: path.into(),
            participants: Vec::new(),
            root: None,
            is_shared: false,
            face: None,
            continues: None,
        };
        let messages = texts.into_iter().map(message).collect();
        IndexedThread::new(summary, messages)
    }

    fn index(texts: Vec<String>) -> Index {
        let thread = thread("thread_1.json", texts);
        Index::in_memory::<IndexError>(true, |give| give(Update::Thread(Box::new(thread)))).unwrap()
    }

    fn nowhere(_: &[u8]) -> Result<Vec<String>, String> {
        Err("nothing is kept elsewhere".into())
    }

    fn found(index: &Index, query: &str, limit: usize) -> (Vec<String>, bool) {
        let hits = index
            .search(
                &Query::read(query, Timestamp::from_millis(0)),
                limit,
                &nowhere,
            )
            .unwrap();
        (
            hits.hits.into_iter().map(|hit| hit.snippet.text).collect(),
            hits.has_more,
        )
    }

    #[test]
    fn of_a_very_frequent_word_the_latest_hits_are_ranked() {
        let mut texts = vec!["often".to_owned(), "often and rare".to_owned()];
        texts.extend((0..RANKED).map(|number| format!("often with other words {number}")));
        texts.push("often at last".to_owned());
        let index = index(texts);
        assert_eq!(
            found(&index, "often", 1),
            (vec!["often at last".to_owned()], true)
        );
        assert_eq!(
            found(&index, "often rare", 9),
            (vec!["often and rare".to_owned()], false)
        );
        let (all, has_more) = found(&index, "often", usize::MAX);
        assert_eq!((all.len() as i64, has_more), (RANKED + 3, false));
    }

    #[test]
    fn a_word_that_most_texts_have_must_be_there_and_ranks_nothing() {
        let texts = [
            "often often rare rare",
            "often often often",
            "often and something rare",
            "often rare in many other words that go on",
            "often in many other words that go on",
            "rare",
        ];
        let index = index(texts.map(str::to_owned).to_vec());
        let found = |query: &str, limit| {
            let query = Query::read(query, Timestamp::from_millis(0));
            let candidates = Candidates::with_common(4, &query, limit, &index.db).unwrap();
            let mut find = index.db.prepare(&candidates.sql).unwrap();
            let keys = find.query_map(params_from_iter(&candidates.values), |row| row.get(0));
            let numbers = keys
                .unwrap()
                .map(|key: Result<i64, _>| (key.unwrap() & 7) - 1);
            numbers.collect::<Vec<i64>>()
        };
        assert_eq!(found("often", 1), [4, 3]);
        assert_eq!(found("often rare", 9), [0, 2, 3]);
        assert_eq!(found("often rare", 1), [0, 2]);
        assert_eq!(found("rare", 9), [5, 0, 2, 3]);
    }

    #[test]
    fn a_moment_belongs_to_what_comes_after_it() {
        let index = index(vec!["text".to_owned()]);
        let found = |after: Option<i64>, before: Option<i64>| {
            let query = Query {
                after,
                before,
                ..Query::read("text", Timestamp::from_millis(0))
            };
            index.search(&query, 9, &nowhere).unwrap().hits.len()
        };
        assert_eq!(
            (
                found(Some(-1), None),
                found(Some(0), None),
                found(Some(1), None)
            ),
            (1, 1, 0)
        );
        assert_eq!(
            (
                found(None, Some(-1)),
                found(None, Some(0)),
                found(None, Some(1))
            ),
            (0, 0, 1)
        );
    }

    #[test]
    fn a_text_without_the_signs_is_not_read() {
        let texts = ["c", "c + +", "c++", "c, c# and c!", "in c++ again"];
        let index = Index::in_memory::<IndexError>(true, |give| {
            for (number, text) in (0..).zip(texts) {
                let path = format!("thread_{number}.json");
                let thread = thread(&path, vec![text.to_owned()]);
                give(Update::Thread(Box::new(thread.kept_at(&[number]))))?;
            }
            Ok(())
        });
        let index = index.unwrap();
        let read_for = |query: &str| {
            let read = RefCell::new(Vec::new());
            let reader = |place: &[u8]| {
                read.borrow_mut().push(place[0]);
                Ok(vec![texts[usize::from(place[0])].to_owned()])
            };
            let query = Query::read(query, Timestamp::from_millis(0));
            let hits = index.search(&query, 9, &reader).unwrap().hits.len();
            let mut read = read.into_inner();
            read.sort_unstable();
            (hits, read)
        };
        assert_eq!(read_for("C++"), (2, vec![2, 4]));
        assert_eq!(read_for("++"), (2, vec![2, 4]));
        assert_eq!(read_for("c #"), (1, vec![3]));
        assert_eq!(read_for("=>"), (0, vec![]));
        assert_eq!(read_for("c").1.len(), texts.len());
    }

    /// The words of a sign may be anywhere: none is passed over because others were ranked before
    /// it.
    #[test]
    fn a_sign_is_found_behind_any_number_of_its_words() {
        let mut texts = vec!["c++".to_owned()];
        texts.extend((0..=RANKED).map(|_| "c c c".to_owned()));
        assert_eq!(
            found(&index(texts), "C++", 2),
            (vec!["c++".to_owned()], false)
        );
    }
}
