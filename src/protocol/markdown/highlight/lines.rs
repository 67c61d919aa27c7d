//! What was changed: a line of a diff is what its first character says.

use super::{Kind, Taken, line};

pub(super) fn read(taken: &mut Taken) {
    loop {
        let rest = taken.rest();
        let bytes = line(rest);
        let kind = match &rest.as_bytes()[..bytes] {
            [b'+', ..] => Kind::Added,
            [b'-', ..] => Kind::Removed,
            [b'@', ..] => Kind::Name,
            [b'd', b'i', b'f', b'f', b' ', ..] | [b'i', b'n', b'd', b'e', b'x', b' ', ..] => {
                Kind::Comment
            }
            _ => Kind::Plain,
        };
        match kind {
            Kind::Plain => taken.pass(bytes),
            kind => taken.take(kind, bytes),
        }
        if taken.rest().is_empty() {
            return;
        }
        taken.pass(1);
    }
}
