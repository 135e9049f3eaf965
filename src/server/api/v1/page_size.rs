//! How much comes on one page: not more than a few large texts, whatever number was asked for.

/// So many bytes of text, after which no other one comes.
const ENOUGH_BYTES: usize = 2 << 20;

/// How many of some texts come on a page, by their sizes in bytes: at the most so many, and at least
/// one.
pub(super) fn on_one_page(sizes: impl Iterator<Item = usize>, limit: usize) -> usize {
    let mut bytes = 0;
    let fit = sizes.take(limit).take_while(|size| {
        let is_room = bytes < ENOUGH_BYTES;
        bytes += size;
        is_room
    });
    fit.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_at_its_limit_or_after_a_few_large_texts() {
        let small = || [10; 300].into_iter();
        assert_eq!(on_one_page(small(), 200), 200);
        assert_eq!(on_one_page(small(), 1_000), 300);
        let large = || [1 << 20; 40].into_iter();
        assert_eq!(on_one_page(large(), 200), 2);
        assert_eq!(on_one_page([8 << 20, 1].into_iter(), 200), 1);
        assert_eq!(on_one_page([].into_iter(), 200), 0);
    }
}
