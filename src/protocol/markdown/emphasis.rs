//! Which stars, underscores, tildes and bars belong together: `CommonMark`'s rules for the first two,
//! so that `snake_case` and `2 * 3 * 4` stay as they are. So does `2*3*4`, unlike there.
//!
//! Openers wait on a stack. What an opener was looked for in vain, and among which, is noted, so no
//! opener is looked at twice for the same: that keeps it linear.

use super::Mark;
use super::steps::step;

/// Signs of one kind in a row, and what became of them.
#[derive(Debug)]
pub struct Run {
    pub sign: u8,
    /// How many there are, and how many have no partner.
    long: usize,
    pub left: usize,
    can_open: bool,
    can_close: bool,
    /// How many marks end here.
    pub closes: usize,
    /// What begins here, the innermost first.
    pub opens: Vec<Mark>,
}

impl Run {
    /// A run, by what stands before and after it.
    pub fn new(sign: u8, long: usize, before: Option<char>, after: Option<char>) -> Self {
        let is_space = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let is_sign = |c: Option<char>| c.is_some_and(is_punctuation);
        let opens = !is_space(after) && (!is_sign(after) || is_space(before) || is_sign(before));
        let closes = !is_space(before) && (!is_sign(before) || is_space(after) || is_sign(after));
        let is_of_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let is_product = long == 1 && is_of_word(before) && is_of_word(after);
        let (can_open, can_close) = match sign {
            b'*' if is_product => (false, false),
            b'*' => (opens, closes),
            b'_' => (
                opens && (!closes || is_sign(before)),
                closes && (!opens || is_sign(after)),
            ),
            // A tilde may mean "about", and bars "or": two of them, and close to the words.
            _ => (
                long == 2 && !is_space(after),
                long == 2 && !is_space(before),
            ),
        };
        Self {
            sign,
            long,
            left: long,
            can_open,
            can_close,
            closes: 0,
            opens: Vec::new(),
        }
    }

    /// What decides, of what closes, with which it goes together.
    fn kind(&self) -> usize {
        let sign = match self.sign {
            b'*' => 0,
            b'_' => 1,
            b'~' => 2,
            _ => 3,
        };
        (sign * 2 + usize::from(self.can_open)) * 3 + self.long % 3
    }

    fn is_opened_by(&self, opener: &Self) -> bool {
        let is_both = opener.can_close || self.can_open;
        let sum = opener.long + self.long;
        let is_odd = is_both && sum.is_multiple_of(3) && !self.long.is_multiple_of(3);
        opener.sign == self.sign && (matches!(self.sign, b'~' | b'|') || !is_odd)
    }
}

/// Not what scripts without spaces have: there words end without one.
fn is_punctuation(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_whitespace() && c < '\u{3000}'
}

/// Finds partners. Whatever stays without is text, and takes part no more.
pub fn pair(runs: &mut [Run]) {
    let mut openers: Vec<usize> = Vec::new();
    let mut looked_below = [0; 24];
    for at in 0..runs.len() {
        while runs[at].can_close && runs[at].left > 0 {
            let kind = runs[at].kind();
            let candidates = openers.iter().rposition(|opener| {
                step(1);
                *opener < looked_below[kind] || runs[at].is_opened_by(&runs[*opener])
            });
            let found = candidates.filter(|found| openers[*found] >= looked_below[kind]);
            let Some(found) = found else {
                looked_below[kind] = at;
                break;
            };
            // What stands between them has no partner.
            openers.truncate(found + 1);
            let opener = openers[found];
            join(runs, opener, at);
            if runs[opener].left == 0 {
                openers.pop();
            }
        }
        if runs[at].can_open && runs[at].left > 0 {
            openers.push(at);
        }
    }
    for run in runs {
        (run.can_open, run.can_close) = (false, false);
    }
}

fn join(runs: &mut [Run], opener: usize, closer: usize) {
    let is_two = runs[opener].left >= 2 && runs[closer].left >= 2;
    let (mark, taken) = match (runs[closer].sign, is_two) {
        (b'~', _) => (Mark::Strike, 2),
        (b'|', _) => (Mark::Spoiler, 2),
        (_, true) => (Mark::Strong, 2),
        (_, false) => (Mark::Emphasis, 1),
    };
    runs[opener].left -= taken;
    runs[opener].opens.push(mark);
    runs[closer].left -= taken;
    runs[closer].closes += 1;
}
