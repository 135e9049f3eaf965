//! What two sides each changed of a thread's title, tags and state since they parted.

use super::Thread;
use super::json::Value;

/// Puts into the union of two versions what only one of them changed since `base`; tells whether
/// that made a difference. A union takes such fields whole from the version that changed last, and
/// that side may have changed another field, or merely have gone on talking.
pub fn merge_header(base: &Thread, one: &Thread, other: &Thread, united: &mut Thread) -> bool {
    let before = united.header().clone();
    for name in ["title", "tags", "state"] {
        let field = |thread: &Thread| thread.header().get(name).cloned().unwrap_or_default();
        let (old, ours, theirs) = (field(base), field(one), field(other));
        let kept = if ours == old {
            theirs
        } else if theirs == old {
            ours
        } else if name == "tags" {
            tags(&old, &ours, &theirs)
        } else {
            continue;
        };
        if kept != field(united) {
            united.set(name, kept);
        }
    }
    *united.header() != before
}

/// The tags of both, without those that either side took off.
fn tags(old: &Value, ours: &Value, theirs: &Value) -> Value {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (old, mut kept, theirs) = (list(old), list(ours), list(theirs));
    kept.retain(|tag| theirs.contains(tag) || !old.contains(tag));
    for tag in theirs {
        if !old.contains(&tag) && !kept.contains(&tag) {
            kept.push(tag);
        }
    }
    kept.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Birth, PublicKey, State, ThreadId, Timestamp, union_since};

    fn thread() -> Thread {
        let created_at = Timestamp::from_millis(1_756_140_749_000);
        Thread::begin(Birth {
            id: ThreadId::at(created_at),
            title: "old".into(),
            author: PublicKey([7; 32]),
            created_at,
            mode: "conversation".into(),
            project: None,
            tags: vec!["a".into(), "b".into()],
        })
    }

    fn changed(later: i64, change: impl Fn(&mut Thread)) -> Thread {
        let mut thread = thread();
        change(&mut thread);
        thread.touch_changed(Timestamp::from_millis(1_756_140_749_000 + later));
        thread
    }

    fn united(one: &Thread, other: &Thread) -> Thread {
        let base = thread();
        let mut united = union_since(Some(&base), one, other);
        merge_header(&base, one, other, &mut united);
        united
    }

    #[test]
    fn a_change_outlasts_later_words_of_a_side_that_did_not_make_it() {
        let renamed = changed(10, |thread| thread.set_title("new"));
        let archived = changed(20, |thread| thread.set_state(State::Archived));
        let went_on = changed(30, |_| {});
        for (one, other) in [(&renamed, &went_on), (&went_on, &renamed)] {
            assert_eq!(united(one, other).title(), "new");
        }
        let both = united(&renamed, &archived);
        assert_eq!((both.title(), both.state()), ("new", State::Archived));
    }

    #[test]
    fn where_both_changed_the_title_the_later_one_stays() {
        let (first, second) = (
            changed(10, |t| t.set_title("first")),
            changed(20, |t| t.set_title("second")),
        );
        assert_eq!(united(&first, &second).title(), "second");
        assert_eq!(united(&second, &first).title(), "second");
    }

    #[test]
    fn tags_come_and_go_one_by_one() {
        let tags = |tags: &[&str]| tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>();
        let one = changed(10, |thread| thread.set_tags(&tags(&["a", "b", "c"])));
        let other = changed(20, |thread| thread.set_tags(&tags(&["b", "d"])));
        assert_eq!(united(&one, &other).tags(), ["b", "c", "d"]);
    }
}
