//! HTML, XML and what else is made of tags.

use super::{Kind, Taken, through, word};

pub(super) fn read(taken: &mut Taken) {
    while let Some(at) = taken.rest().find('<') {
        taken.pass(at);
        let rest = taken.rest();
        match rest.strip_prefix("<!--") {
            Some(inside) => taken.take(Kind::Comment, 4 + through(inside, "-->")),
            None => tag(taken),
        }
    }
    taken.pass(taken.rest().len());
}

/// From `<` up to where it ends.
fn tag(taken: &mut Taken) {
    let rest = taken.rest();
    let mark = rest.find(|c| !"</?!".contains(c)).unwrap_or(rest.len());
    taken.pass(mark);
    taken.take(Kind::Keyword, word(taken.rest(), "-:"));
    while let Some(next) = taken.rest().chars().next() {
        match next {
            '>' => return taken.pass(1),
            '<' => return,
            '"' | '\'' => {
                let inside = &taken.rest()[1..];
                let bytes = 1 + through(inside, next.encode_utf8(&mut [0; 4]));
                taken.take(Kind::Text, bytes);
            }
            c if c.is_alphabetic() => {
                let bytes = word(taken.rest(), "-:");
                taken.take(Kind::Name, bytes);
            }
            c => taken.pass(c.len_utf8()),
        }
    }
}
