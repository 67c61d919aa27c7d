//! Patches from one text to the next, in the format of the Fossil version control system, which the
//! protocol's clients apply.
//!
//! A patch says how long the new text is, then what to copy from the old one and what to insert, then a
//! checksum: `6\n3@0,3:new…;`. Numbers are in Fossil's own base 64. What is the same at both ends is found
//! first, for small changes in small texts; in between, blocks of the old text are looked up by what is
//! in them. A patch cuts no character in two, so it is a text itself and travels in JSON. It takes time
//! in proportion to both texts, whatever is in them. (There are crates for this; the one that keeps to
//! the format has had no care for years, and cuts characters.)

/// Bytes that are looked for together.
const BLOCK: usize = 16;
/// What is copied is at least so long: the instruction takes a few bytes itself.
const WORTH_IT: usize = 8;
/// Blocks with the same hash that are looked at.
const TRIES: usize = 16;

/// How to make `after` out of `before`. It may be longer than `after`.
pub fn delta(before: &str, after: &str) -> String {
    let mut patch = Patch::new(before, after);
    let (start, end) = same_at_both_ends(before, after);
    if start >= WORTH_IT {
        patch.copy(0, 0, start);
    }
    patch.find_blocks(end);
    if after.len() - end >= WORTH_IT {
        patch.copy(before.len() - (after.len() - end), end, after.len());
    }
    patch.finish()
}

/// Up to where, and from where on, the new text is as the old one; whole characters.
fn same_at_both_ends(before: &str, after: &str) -> (usize, usize) {
    let (old, new) = (before.as_bytes(), after.as_bytes());
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let start = after.floor_char_boundary(start);
    let (old, new) = (&old[start.min(old.len())..], &new[start..]);
    let same = old.iter().rev().zip(new.iter().rev());
    let same = same.take_while(|(a, b)| a == b).count();
    (start, after.ceil_char_boundary(after.len() - same))
}

/// A patch in the making.
struct Patch<'a> {
    before: &'a str,
    after: &'a str,
    /// Up to where the new text is told.
    told: usize,
    text: String,
}

impl<'a> Patch<'a> {
    fn new(before: &'a str, after: &'a str) -> Self {
        let mut text = String::new();
        push_number(&mut text, after.len());
        text.push('\n');
        Self {
            before,
            after,
            told: 0,
            text,
        }
    }

    /// Tells what is between what was told and `end`, as far as blocks of the old text are in it.
    fn find_blocks(&mut self, end: usize) {
        if self.before.len() < BLOCK || end < self.told + BLOCK {
            return;
        }
        let blocks = Blocks::of(self.before.as_bytes());
        let mut at = self.told;
        while at + BLOCK <= end {
            match self.longest(&blocks, at, end) {
                Some((from, start, stop)) => {
                    self.copy(from, start, stop);
                    at = stop;
                }
                None => at += 1,
            }
        }
    }

    /// The longest piece of the old text around a place in the new one: where it is there, where it
    /// begins here, and where it ends.
    fn longest(&self, blocks: &Blocks, at: usize, end: usize) -> Option<(usize, usize, usize)> {
        let (old, new) = (self.before.as_bytes(), self.after.as_bytes());
        let mut best = None;
        let mut most = WORTH_IT - 1;
        for from in blocks.like(&new[at..at + BLOCK]) {
            if old[from..from + BLOCK] != new[at..at + BLOCK] {
                continue;
            }
            let forward = old[from..].iter().zip(&new[at..end]);
            let forward = forward.take_while(|(a, b)| a == b).count();
            let backward = old[..from]
                .iter()
                .rev()
                .zip(new[self.told..at].iter().rev());
            let backward = backward.take_while(|(a, b)| a == b).count();
            let start = self.after.ceil_char_boundary(at - backward);
            let stop = self.after.floor_char_boundary(at + forward);
            if stop.saturating_sub(start) > most {
                most = stop - start;
                best = Some((from + start - at, start, stop));
            }
        }
        best
    }

    /// The new text is the old one from there on, between `start` and `stop`.
    fn copy(&mut self, from: usize, start: usize, stop: usize) {
        self.insert_up_to(start);
        push_number(&mut self.text, stop - start);
        self.text.push('@');
        push_number(&mut self.text, from);
        self.text.push(',');
        self.told = stop;
    }

    fn insert_up_to(&mut self, end: usize) {
        if self.told < end {
            push_number(&mut self.text, end - self.told);
            self.text.push(':');
            self.text.push_str(&self.after[self.told..end]);
            self.told = end;
        }
    }

    fn finish(mut self) -> String {
        self.insert_up_to(self.after.len());
        push_number(&mut self.text, checksum(self.after.as_bytes()) as usize);
        self.text.push(';');
        self.text
    }
}

/// Where in a text each of its blocks is.
struct Blocks {
    /// The last block of each hash; 0 is none, and others are one too high.
    by_hash: Vec<u32>,
    /// For each block, the one before it with the same hash.
    before: Vec<u32>,
}

impl Blocks {
    fn of(text: &[u8]) -> Self {
        let many = text.len() / BLOCK;
        let mut blocks = Self {
            by_hash: vec![0; many.next_power_of_two()],
            before: vec![0; many],
        };
        for (n, block) in (1u32..).zip(text.chunks_exact(BLOCK)) {
            let hash = blocks.hash(block);
            let last = std::mem::replace(&mut blocks.by_hash[hash], n);
            blocks.before[n as usize - 1] = last;
        }
        blocks
    }

    /// Where blocks are that may be the same.
    fn like(&self, block: &[u8]) -> impl Iterator<Item = usize> {
        let index = |n: u32| (n as usize).checked_sub(1);
        let last = index(self.by_hash[self.hash(block)]);
        let all = std::iter::successors(last, move |at| index(self.before[*at]));
        all.take(TRIES).map(|at| at * BLOCK)
    }

    fn hash(&self, block: &[u8]) -> usize {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let mix = |hash: u64, bytes: &[u8]| {
            let mut word = [0; 8];
            word.copy_from_slice(bytes);
            (hash ^ u64::from_le_bytes(word))
                .wrapping_mul(ODD)
                .rotate_left(29)
        };
        let hash = block.chunks_exact(8).fold(0, mix);
        // The remainder is below the length of a list.
        #[allow(clippy::cast_possible_truncation)]
        let index = (hash % self.by_hash.len() as u64) as usize;
        index
    }
}

/// The sum of all words of four bytes.
fn checksum(text: &[u8]) -> u32 {
    text.chunks(4).fold(0, |sum: u32, part| {
        let mut word = [0; 4];
        word[..part.len()].copy_from_slice(part);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

fn push_number(text: &mut String, mut number: usize) {
    const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
    let begins = text.len();
    loop {
        text.insert(begins, DIGITS[number % 64].into());
        number /= 64;
        if number == 0 {
            return;
        }
    }
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a client does with a patch, as the SDKs do it.
    pub fn apply(before: &str, patch: &str) -> Option<String> {
        let (old, patch) = (before.as_bytes(), patch.as_bytes());
        let mut at = 0;
        let length = number(patch, &mut at)?;
        (take(patch, &mut at)? == b'\n').then_some(())?;
        let mut new = Vec::new();
        loop {
            let count = number(patch, &mut at)?;
            match take(patch, &mut at)? {
                b'@' => {
                    let from = number(patch, &mut at)?;
                    (take(patch, &mut at)? == b',').then_some(())?;
                    new.extend(old.get(from..from + count)?);
                }
                b':' => {
                    new.extend(patch.get(at..at + count)?);
                    at += count;
                }
                b';' => {
                    let is_whole = new.len() == length && at == patch.len();
                    (is_whole && count == checksum_as_published(&new)).then_some(())?;
                    return String::from_utf8(new).ok();
                }
                _ => return None,
            }
        }
    }

    fn take(patch: &[u8], at: &mut usize) -> Option<u8> {
        let byte = *patch.get(*at)?;
        *at += 1;
        Some(byte)
    }

    fn number(patch: &[u8], at: &mut usize) -> Option<usize> {
        let mut number = 0;
        loop {
            let digit = match *patch.get(*at)? {
                digit @ b'0'..=b'9' => digit - b'0',
                digit @ b'A'..=b'Z' => digit - b'A' + 10,
                b'_' => 36,
                digit @ b'a'..=b'z' => digit - b'a' + 37,
                b'~' => 63,
                _ => return Some(number),
            };
            number = number * 64 + usize::from(digit);
            *at += 1;
        }
    }

    /// Four sums of bytes, put together in the end.
    fn checksum_as_published(text: &[u8]) -> usize {
        let mut sums = [0u32; 4];
        for (n, byte) in text.iter().enumerate() {
            sums[n % 4] = sums[n % 4].wrapping_add(u32::from(*byte));
        }
        let [first, second, third, fourth] = sums;
        let sum = fourth
            .wrapping_add(third << 8)
            .wrapping_add(second << 16)
            .wrapping_add(first << 24);
        sum as usize
    }

    #[test]
    fn a_patch_stands_as_fossil_writes_it() {
        assert_eq!(delta("", "new"), "3\n3:new1jPNS0;");
        let before = r#"{"ticker":"GOOG","price":100}"#;
        let after = r#"{"ticker":"GOOG","price":250}"#;
        let patch = delta(before, after);
        assert_eq!(patch.split_once(':').unwrap().0, "T\nP@0,4");
        assert_eq!(apply(before, &patch).as_deref(), Some(after));
    }

    #[test]
    fn what_has_moved_is_found_and_what_is_the_same_costs_next_to_nothing() {
        let numbers = (0..400).map(|n| (n * n * 7919).to_string());
        let one = numbers.collect::<Vec<_>>().join(", ");
        let two = format!("{}|{}", &one[1000..], &one[..1000]);
        let patch = delta(&one, &two);
        assert!(patch.len() < 60, "{patch}");
        assert_eq!(apply(&one, &patch), Some(two));
        assert!(delta(&one, &one).len() < 20);
    }

    #[test]
    fn text_that_repeats_itself_takes_no_longer() {
        let one = "ab".repeat(100_000);
        let two = "ba".repeat(100_000);
        let patch = delta(&one, &two);
        assert_eq!(apply(&one, &patch), Some(two));
    }

    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-c]{0,20}",
            Just("{\"a piece that is long enough\":[1,2,3]}".to_owned()),
            Just("Zażółć gęślą jaźń 🐦🐧 — and so on".to_owned()),
            "\\PC{0,30}",
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_patch_makes_the_new_text_out_of_the_old_one(before in text(), after in text()) {
            let patch = delta(&before, &after);
            prop_assert_eq!(apply(&before, &patch), Some(after));
        }

        #[test]
        fn so_it_does_where_little_has_changed(
            text in text(),
            change in "\\PC{0,10}",
            cuts in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        ) {
            let place = |cut: prop::sample::Index| text.floor_char_boundary(cut.index(text.len() + 1));
            let (one, two) = (place(cuts.0), place(cuts.1));
            let after = format!("{}{change}{}", &text[..one.min(two)], &text[one.max(two)..]);
            let patch = delta(&text, &after);
            prop_assert!(patch.len() < change.len() + 60, "{}", patch);
            prop_assert_eq!(apply(&text, &patch), Some(after));
        }
    }
}
