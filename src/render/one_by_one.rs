//! Long lists for programs.

use serde::{Serialize, Serializer};

/// A list of which one item is made at a time: made all at once, they take many times the memory of
/// their text.
pub struct OneByOne<I>(pub I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for OneByOne<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}
