use super::*;
use crate::model::{EncryptionKey, EpochReader, WRAP_BYTES};
use proptest::prelude::*;

fn id(number: u8) -> Hash {
    Hash([number; 32])
}

fn key(name: char) -> PublicKey {
    PublicKey([name as u8; 32])
}

fn keys(names: &str) -> BTreeSet<PublicKey> {
    names.chars().map(key).collect()
}

fn ids(numbers: &[u8]) -> BTreeSet<Hash> {
    numbers.iter().copied().map(id).collect()
}

/// An epoch: its number, what it comes after, whom it removes, and who reads it.
fn epoch(number: u8, after: &[u8], without: &str, readers: &str) -> Epoch {
    let reader = |name: char| EpochReader {
        author: key(name),
        encryption: EncryptionKey([name as u8; 32]),
        wrap: [0; WRAP_BYTES],
        others: Default::default(),
    };
    Epoch {
        id: id(number),
        after: after.iter().copied().map(id).collect(),
        without: without.chars().map(key).collect(),
        readers: readers.chars().map(reader).collect(),
        others: Default::default(),
    }
}

fn begin(after: &[u8], readers: &str, without: &str) -> Due {
    Due::Begin(Plan {
        after: ids(after),
        readers: keys(readers),
        without: keys(without),
    })
}

fn lacks(number: u8, missing: &str) -> Due {
    Due::Readers {
        epoch: id(number),
        missing: keys(missing),
    }
}

#[test]
fn in_force_is_what_no_other_replaces() {
    let cases: [(&[Epoch], &[u8]); 8] = [
        (&[], &[]),
        (&[epoch(1, &[], "", "o")], &[1]),
        (&[epoch(1, &[], "", "o"), epoch(2, &[1], "", "o")], &[2]),
        (&[epoch(1, &[], "", "o"), epoch(2, &[], "", "o")], &[1, 2]),
        // What the header lacks counts for nothing, and so does replacing oneself.
        (&[epoch(1, &[9], "", "o")], &[1]),
        (&[epoch(1, &[1], "", "o")], &[1]),
        // A circle that leaves none leaves all.
        (&[epoch(1, &[2], "", "o"), epoch(2, &[1], "", "o")], &[1, 2]),
        (
            &[
                epoch(1, &[2], "", "o"),
                epoch(2, &[1], "", "o"),
                epoch(3, &[], "", "o"),
            ],
            &[3],
        ),
    ];
    for (epochs, expected) in cases {
        assert_eq!(Epochs::of(epochs).in_force(), ids(expected), "{epochs:?}");
    }
}

#[test]
fn a_thread_without_epochs_needs_one() {
    assert_eq!(Epochs::of(&[]).due(), begin(&[], "", ""));
}

#[test]
fn adding_here_and_removing_there_both_hold() {
    // One device removed b by a second epoch; the other added c to the first.
    let epochs = [epoch(1, &[], "", "obc"), epoch(2, &[1], "b", "o")];
    assert_eq!(Epochs::of(&epochs).due(), lacks(2, "c"));
    let epochs = [epoch(1, &[], "", "obc"), epoch(2, &[1], "b", "oc")];
    assert_eq!(Epochs::of(&epochs).due(), Due::Nothing(id(2)));
}

#[test]
fn two_removals_at_once_both_hold() {
    let epochs = [
        epoch(1, &[], "", "obc"),
        epoch(2, &[1], "b", "oc"),
        epoch(3, &[1], "c", "ob"),
    ];
    let due = Epochs::of(&epochs).due();
    assert_eq!(due, begin(&[2, 3], "o", "bc"));
    // Neither comes back by the epoch that the other device made.
    let mut epochs = epochs.to_vec();
    epochs.push(epoch(4, &[2, 3], "bc", "o"));
    assert_eq!(Epochs::of(&epochs).due(), Due::Nothing(id(4)));
}

#[test]
fn a_removal_is_not_undone_by_who_did_not_know_of_it() {
    // One removed b; the other, not knowing, began an epoch to remove c, and added d.
    let epochs = [
        epoch(1, &[], "", "obc"),
        epoch(2, &[1], "b", "oc"),
        epoch(3, &[1], "c", "obd"),
    ];
    assert_eq!(Epochs::of(&epochs).due(), begin(&[2, 3], "od", "bc"));
}

#[test]
fn who_was_let_in_again_reads_and_is_removed_again_by_name() {
    let back = [
        epoch(1, &[], "", "ob"),
        epoch(2, &[1], "b", "ob"),
        epoch(3, &[2], "", "o"),
    ];
    // An epoch that removes somebody and lists them contradicts itself: the removal counts.
    assert_eq!(Epochs::of(&back).due(), Due::Nothing(id(3)));
    let back = [
        epoch(1, &[], "", "ob"),
        epoch(2, &[1], "b", "o"),
        epoch(3, &[2], "", "ob"),
    ];
    let epochs = Epochs::of(&back);
    assert_eq!(epochs.due(), Due::Nothing(id(3)));
    let removed_again = epochs.plan(keys("o"));
    assert_eq!(removed_again.without, keys("b"));
}

#[test]
fn a_plan_names_those_only_whom_it_removes() {
    // b was removed before, on each way back; c is removed now.
    let epochs = [epoch(1, &[], "", "obc"), epoch(2, &[1], "b", "oc")];
    let plan = Epochs::of(&epochs).plan(keys("o"));
    let expected = Plan {
        after: ids(&[2]),
        readers: keys("o"),
        without: keys("c"),
    };
    assert_eq!(plan, expected);
}

#[test]
fn a_circle_ends() {
    let epochs = [
        epoch(1, &[2], "", "ob"),
        epoch(2, &[1], "b", "o"),
        epoch(3, &[1], "", "oc"),
    ];
    // In a circle neither is later: the removal counts.
    assert_eq!(Epochs::of(&epochs).readers(), keys("oc"));
}

/// Who reads, as the rule says it: one key and one way at a time.
fn readers_one_by_one(epochs: &Epochs<'_>) -> BTreeSet<PublicKey> {
    let considered = reached(epochs, epochs.in_force(), &|_| true);
    let named = epochs.by_id.values().flat_map(|epoch| readers_of(epoch));
    let is_reader = |key: &PublicKey| {
        let says = considered.iter().filter_map(|id| {
            let removes = epochs.by_id[id].without.contains(key);
            let lets_in = readers_of(epochs.by_id[id]).any(|reader| reader == *key);
            (removes || lets_in).then_some((*id, removes))
        });
        let said: Vec<(Hash, bool)> = says.collect();
        let before = |later: &Hash| reached(epochs, BTreeSet::from([*later]), &|_| true);
        let is_latest = |id: &Hash| {
            let mut others = said.iter().map(|(other, _)| other);
            !others.any(|other| {
                other != id && before(other).contains(id) && !before(id).contains(other)
            })
        };
        let mut latest = said.iter().filter(|(id, _)| is_latest(id)).peekable();
        latest.peek().is_some() && latest.all(|(_, removes)| !removes)
    };
    named.filter(is_reader).collect()
}

/// Whom a plan without readers removes, worked out one by one.
fn removed_one_by_one(epochs: &Epochs<'_>) -> BTreeSet<PublicKey> {
    let named = epochs.by_id.values().flat_map(|epoch| readers_of(epoch));
    let comes_back = |key: &PublicKey| {
        let goes_on = |epoch: &Epoch| !epoch.without.contains(key);
        let ways = reached(epochs, epochs.in_force(), &goes_on);
        let mut epochs = ways.iter().map(|id| epochs.by_id[id]);
        epochs.any(|epoch| readers_of(epoch).any(|reader| reader == *key))
    };
    named.filter(comes_back).collect()
}

fn reached(
    epochs: &Epochs<'_>,
    from: BTreeSet<Hash>,
    goes_on: &dyn Fn(&Epoch) -> bool,
) -> BTreeSet<Hash> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<Hash> = from.into_iter().collect();
    while let Some(id) = waiting.pop() {
        let Some(epoch) = epochs.by_id.get(&id).filter(|epoch| goes_on(epoch)) else {
            continue;
        };
        if reached.insert(id) {
            waiting.extend(&epoch.after);
        }
    }
    reached
}

/// Epochs that come after whichever they name: later ones too, themselves, and some that are not
/// there.
fn any_epochs() -> impl Strategy<Value = Vec<Epoch>> {
    let after = prop::collection::vec(0..10u8, 0..4);
    let one = (after, "[a-d]{0,2}", "[a-d]{0,3}");
    prop::collection::vec(one, 0..9).prop_map(|drawn| {
        let numbered = drawn.into_iter().zip(0..);
        numbered
            .map(|((after, without, readers), number)| epoch(number, &after, &without, &readers))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn all_keys_at_once_end_as_each_would_alone(epochs in any_epochs()) {
        let epochs = Epochs::of(&epochs);
        prop_assert_eq!(epochs.readers(), readers_one_by_one(&epochs));
        prop_assert_eq!(epochs.plan(BTreeSet::new()).without, removed_one_by_one(&epochs));
    }
}

/// A header of many epochs, each of which names three before it, and a reader of its own.
#[test]
fn a_thousand_epochs_end_soon() {
    let numbered = |number: usize| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        bytes
    };
    let epochs: Vec<Epoch> = (0..1000)
        .map(|number: usize| {
            let before = (1..=3).filter_map(|back| number.checked_sub(back));
            let mut epoch = epoch(0, &[], "", "oab");
            epoch.id = Hash(numbered(number));
            epoch.after = before.map(|before| Hash(numbered(before))).collect();
            epoch.readers[2].author = PublicKey(numbered(number));
            epoch.without = vec![key('b'), PublicKey(numbered(number / 2 + 1))];
            epoch
        })
        .collect();
    let epochs = Epochs::of(&epochs);
    let readers = epochs.readers();
    assert!(readers.contains(&key('o')) && readers.contains(&PublicKey(numbered(999))));
    assert!(!readers.contains(&key('b')) && !readers.contains(&PublicKey(numbered(400))));
    assert_eq!(
        epochs.due(),
        Due::Readers {
            epoch: Hash(numbered(999)),
            missing: readers
                .difference(&epochs_readers(&epochs, 999))
                .copied()
                .collect(),
        }
    );
}

fn epochs_readers(epochs: &Epochs<'_>, place: usize) -> BTreeSet<PublicKey> {
    let epoch = epochs.by_id.values().nth(place).unwrap();
    readers_of(epoch).collect()
}
