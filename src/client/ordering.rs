//! Putting lists into order that are in order already but for one or two.
//!
//! What is sorted in the browser was sorted before something in it changed, or is a handful. Each kind
//! of list that the standard library sorts brings four kilobytes of the first download along.

/// Sorts by a key; what has the same one stays as it was.
pub fn in_order<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    for at in 1..items.len() {
        let mut to = at;
        while to > 0 && key(&items[to - 1]) > key(&items[to]) {
            items.swap(to - 1, to);
            to -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_the_standard_library(mut items: Vec<(u8, u8)>) {
            let mut sorted = items.clone();
            sorted.sort_by_key(|item| item.0);
            in_order(&mut items, |item| item.0);
            prop_assert_eq!(items, sorted);
        }
    }
}
