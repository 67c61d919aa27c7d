//! Lines into blocks. What begins none is text, and stays as it was typed.
//!
//! A quote or an item hands its lines, without what marks them, to the same function again, so a line
//! is looked at once for each level, and there are [`DEEPEST`] levels.

use super::lists::list;
use super::steps::step;
use super::tables::table;
use super::{Block, inlines};

/// So many levels of quotes and lists; further ones stay text.
pub const DEEPEST: usize = 8;
/// Characters of the name of a language.
const LANGUAGE: usize = 24;

/// What the next lines are, and how many of them. Nothing: they look like a block, and are text.
pub type Found = (Option<Block>, usize);

pub fn blocks(lines: &[&str], depth: usize) -> Vec<Block> {
    let mut done = Vec::new();
    let (mut text_from, mut at) = (0, 0);
    while let Some(line) = lines.get(at) {
        step(line.len() + 1);
        let is_in_text = at > text_from && !is_blank(lines[at - 1]);
        let Some((block, taken)) = block(&lines[at..], depth, is_in_text) else {
            at += 1;
            continue;
        };
        if let Some(block) = block {
            done.extend(text(&lines[text_from..at]));
            done.push(block);
            text_from = at + taken;
        }
        at += taken;
    }
    done.extend(text(&lines[text_from..]));
    done
}

fn block(lines: &[&str], depth: usize, is_in_text: bool) -> Option<Found> {
    // Most lines begin with a letter, and so nothing but a table.
    let first = lines[0].trim_start().bytes().next()?;
    let found = match first {
        b'`' | b'~' => fence(lines),
        b'#' => heading(lines[0]),
        b'>' if depth < DEEPEST => quote(lines, depth),
        b'-' | b'*' | b'+' | b'0'..=b'9' if depth < DEEPEST => list(lines, depth, is_in_text),
        _ => None,
    };
    found.or_else(|| table(lines))
}

pub fn is_blank(line: &str) -> bool {
    line.trim_start().is_empty()
}

/// Lines of text; blank ones around them only keep blocks apart. Marks reach from line to line, but
/// not over a blank one.
fn text(lines: &[&str]) -> Option<Block> {
    let first = lines.iter().position(|line| !is_blank(line))?;
    let last = lines.iter().rposition(|line| !is_blank(line))?;
    let lines = &lines[first..=last];
    let mut done = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let rest = &lines[at..];
        let is_gap = is_blank(rest[0]);
        let taken = rest.iter().position(|line| is_blank(line) != is_gap);
        let taken = taken.unwrap_or(rest.len());
        let part = rest[..taken].join("\n");
        match is_gap {
            true => inlines::push_text(&mut done, &format!("\n{part}\n")),
            false => inlines::append(&mut done, &part),
        }
        at += taken;
    }
    Some(Block::Text(done))
}

/// The fence that a line opens: with what, how long, and what is said beside it.
fn opens(line: &str) -> Option<(char, usize, &str)> {
    let line = line.trim_start();
    let with = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let said = line.trim_start_matches(with);
    let long = line.len() - said.len();
    let is_code_in_a_line = with == '`' && said.contains('`');
    (long >= 3 && !is_code_in_a_line).then_some((with, long, said.trim()))
}

fn closes(line: &str, with: char, long: usize) -> bool {
    let line = line.trim();
    line.len() >= long && line.chars().all(|c| c == with)
}

/// Code between fences. One that is not closed goes on to the end; what stands beside it and is no
/// name of a language is code already.
fn fence(lines: &[&str]) -> Option<Found> {
    let (with, long, said) = opens(lines[0])?;
    let language = language(said);
    let is_code = language.is_none() && !said.is_empty();
    if is_code && with == '~' {
        return None;
    }
    let indent = lines[0].len() - lines[0].trim_start().len();
    let end = lines[1..].iter().position(|line| closes(line, with, long));
    let (end, taken) = end.map_or((lines.len(), lines.len()), |end| (end + 1, end + 2));
    let mut code: Vec<&str> = is_code.then_some(said).into_iter().collect();
    for line in &lines[1..end] {
        step(line.len() + 1);
        code.push(without_indent(line, indent));
    }
    let text = code.join("\n");
    let block = (!text.trim().is_empty()).then_some(Block::Code { language, text });
    Some((block, taken))
}

fn language(said: &str) -> Option<String> {
    let is_of_name =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '#' | '-' | '_' | '.');
    let is_name = !said.is_empty() && said.len() <= LANGUAGE && said.chars().all(is_of_name);
    is_name.then(|| said.to_ascii_lowercase())
}

/// Whether a text ends inside of code between fences: whoever goes on writes code.
pub fn is_in_code(text: &str) -> bool {
    let mut open = None;
    for line in text.split('\n') {
        open = match open {
            None => opens(line).map(|(with, long, _)| (with, long)),
            Some((with, long)) if closes(line, with, long) => None,
            open => open,
        };
    }
    open.is_some()
}

/// A line without so much of the white space before it, if it has any.
pub fn without_indent(line: &str, columns: usize) -> &str {
    let spaces = line.bytes().take(columns).take_while(|b| *b == b' ');
    let spaces = spaces.count();
    let rest = &line[spaces..];
    match spaces < columns {
        true => rest.strip_prefix('\t').unwrap_or(rest),
        false => rest,
    }
}

fn heading(line: &str) -> Option<Found> {
    let line = line.trim();
    let text = line.trim_start_matches('#');
    let is_heading = line.len() - text.len() <= 6 && text.starts_with(' ');
    if !is_heading {
        return None;
    }
    let without_end = text.trim_end_matches('#');
    let text = match without_end.ends_with(' ') {
        true => without_end.trim(),
        false => text.trim(),
    };
    (!text.is_empty()).then(|| (Some(Block::Heading(inlines::inlines(text))), 1))
}

/// The line without the mark of a quote: `>` before a space, before another mark or alone. So `>_<`
/// stays what it is.
fn quoted(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('>')?;
    let after = rest.trim_start_matches('>');
    (after.is_empty() || after.starts_with([' ', '\t']))
        .then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

fn quote(lines: &[&str], depth: usize) -> Option<Found> {
    let inner: Vec<&str> = lines.iter().map_while(|line| quoted(line)).collect();
    let taken = inner.len();
    if taken == 0 {
        return None;
    }
    let says_nothing = |line: &&str| line.trim_matches(['>', ' ', '\t']).is_empty();
    if inner.iter().all(says_nothing) {
        return Some((None, taken));
    }
    Some((Some(Block::Quote(blocks(&inner, depth + 1))), taken))
}
