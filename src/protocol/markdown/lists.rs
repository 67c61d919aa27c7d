//! Lists. What is indented by two or more belongs to the item above it, as people type it, whether
//! its number has one digit or two.

use super::Block;
use super::blocks::{Found, blocks, is_blank, without_indent};

/// So much further in than the list, a line belongs to the item.
const DEEPER: usize = 2;
/// Digits of a number; more are no number of an item.
const DIGITS: usize = 9;

/// What an item begins with.
struct Marker<'a> {
    /// `-`, `*` or `+`, or what comes after the number.
    sign: u8,
    number: Option<u32>,
    indent: usize,
    content: &'a str,
    /// Columns before the content.
    width: usize,
}

fn marker(line: &str) -> Option<Marker<'_>> {
    let (indent, rest) = indented(line);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = rest.split_at(digits);
    let sign = *rest.as_bytes().first()?;
    let is_sign = match digits {
        0 => matches!(sign, b'-' | b'*' | b'+'),
        _ => digits <= DIGITS && matches!(sign, b'.' | b')'),
    };
    let after = rest.get(1..).filter(|_| is_sign)?;
    let content = after.trim_start();
    let has_space = content.len() < after.len();
    let is_item = has_space && !content.is_empty() && !(digits == 0 && is_rule(rest));
    is_item.then(|| Marker {
        sign,
        number: number.parse().ok(),
        indent,
        content,
        width: indent + digits + 2,
    })
}

/// A line that people draw.
fn is_rule(line: &str) -> bool {
    line.len() >= 3 && line.bytes().all(|b| matches!(b, b'-' | b'*' | b' '))
}

/// How far in a line begins, and the line from there.
fn indented(line: &str) -> (usize, &str) {
    let rest = line.trim_start_matches([' ', '\t']);
    let before = &line[..line.len() - rest.len()];
    let columns = before.bytes().map(|b| if b == b'\t' { 4 } else { 1 }).sum();
    (columns, rest)
}

pub fn list(lines: &[&str], depth: usize, is_in_text: bool) -> Option<Found> {
    let first = marker(lines[0])?;
    // A sentence may go on with a year and a full stop.
    if is_in_text && first.number.is_some_and(|number| number != 1) {
        return None;
    }
    let mut items = Vec::new();
    let mut item = vec![first.content];
    let (mut width, mut taken) = (first.width, 1);
    for (at, line) in lines.iter().enumerate().skip(1) {
        if is_blank(line) {
            continue;
        }
        if indented(line).0 >= first.indent + DEEPER {
            item.extend((taken..at).map(|_| ""));
            item.push(without_indent(line, width));
        } else {
            let next = marker(line).filter(|next| {
                next.sign == first.sign && next.number.is_some() == first.number.is_some()
            });
            let Some(next) = next else { break };
            items.push(blocks(&item, depth + 1));
            item = vec![next.content];
            width = next.width;
        }
        taken = at + 1;
    }
    items.push(blocks(&item, depth + 1));
    let start = first.number;
    Some((Some(Block::List { start, items }), taken))
}
