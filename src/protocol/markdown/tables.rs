//! Tables: a line of heads, a line that says how columns keep, and the rows. Cells that are too many
//! or too few stay so: nothing that was written is left out, and nothing is made up.

use super::blocks::Found;
use super::inlines::inlines;
use super::{Align, Block, Inline};

pub fn table(lines: &[&str]) -> Option<Found> {
    let (head, below) = (lines[0], *lines.get(1)?);
    if !head.contains('|') {
        return None;
    }
    let columns = columns(below)?;
    let head = cells(head);
    if head.len() != columns.len() {
        return None;
    }
    let rows = lines[2..].iter().take_while(|line| line.contains('|'));
    let rows: Vec<_> = rows.map(|row| parsed(&cells(row))).collect();
    let taken = rows.len() + 2;
    let head = parsed(&head);
    let table = Block::Table {
        columns,
        head,
        rows,
    };
    Some((Some(table), taken))
}

fn parsed(cells: &[String]) -> Vec<Vec<Inline>> {
    cells.iter().map(|cell| inlines(cell.trim())).collect()
}

fn columns(below: &str) -> Option<Vec<Align>> {
    let is_of_it = |b| matches!(b, b'|' | b'-' | b':' | b' ');
    if !(below.contains('-') && below.contains('|') && below.bytes().all(is_of_it)) {
        return None;
    }
    cells(below).iter().map(|cell| align(cell.trim())).collect()
}

fn align(cell: &str) -> Option<Align> {
    let dashes = cell.strip_prefix(':').unwrap_or(cell);
    let dashes = dashes.strip_suffix(':').unwrap_or(dashes);
    let is_one = !dashes.is_empty() && dashes.bytes().all(|b| b == b'-');
    is_one.then(|| match (cell.starts_with(':'), cell.ends_with(':')) {
        (true, true) => Align::Center,
        (false, true) => Align::End,
        _ => Align::Start,
    })
}

/// What stands between the bars of a line. One behind a backslash is a bar in the cell.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim();
    let row = row.strip_prefix('|').unwrap_or(row);
    let mut cells = vec![String::new()];
    let mut is_escaped = false;
    for c in row.chars() {
        if c == '|' && !is_escaped {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            if c == '|' {
                cell.pop();
            }
            cell.push(c);
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    // The bar at the end begins no cell.
    if cells.len() > 1 && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    cells
}
