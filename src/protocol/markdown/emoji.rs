//! Whether a message is nothing but a few emoji: those are drawn large.
//!
//! By ranges instead of Unicode's tables, which weigh more than all of the parser: what is drawn large
//! by mistake is a symbol, and never a word.

/// More of them are a text.
const MOST: usize = 6;

/// Whether a text has only emoji, from one to six of them.
pub fn is_only_emoji(text: &str) -> bool {
    let mut count = 0;
    let mut is_joined = false;
    let mut has_flag_half = false;
    // The longest are families and flags of regions.
    if text.len() > MOST * 40 {
        return false;
    }
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let is_half = matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
        match c {
            ' ' | '\n' => {}
            '\u{200d}' => is_joined = count > 0,
            '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}'
                if count > 0 => {}
            // Of two letters one flag is made.
            _ if is_half && has_flag_half => {}
            // `1` is a digit, and with what follows a key.
            '0'..='9' | '#' | '*' if chars.peek() == Some(&'\u{fe0f}') => {
                chars.next();
                if chars.next() != Some('\u{20e3}') {
                    return false;
                }
                count += 1;
            }
            _ if is_emoji(c) || c < '\u{3000}' && chars.peek() == Some(&'\u{fe0f}') => {
                count += usize::from(!is_joined);
                is_joined = false;
            }
            _ => return false,
        }
        has_flag_half = is_half && !has_flag_half;
    }
    (1..=MOST).contains(&count)
}

/// What is shown as a picture by itself.
fn is_emoji(c: char) -> bool {
    matches!(
        c,
        '\u{1f1e6}'..='\u{1f1ff}' | '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}'
            | '\u{1f7e0}'..='\u{1f7f0}' | '\u{1f90c}'..='\u{1f9ff}' | '\u{1fa70}'..='\u{1faff}'
            | '\u{1f004}' | '\u{1f0cf}' | '\u{1f18e}' | '\u{1f191}'..='\u{1f19a}'
            | '\u{231a}' | '\u{231b}' | '\u{23e9}'..='\u{23ec}' | '\u{23f0}' | '\u{23f3}'
            | '\u{25fd}' | '\u{25fe}' | '\u{2614}' | '\u{2615}' | '\u{2648}'..='\u{2653}'
            | '\u{267f}' | '\u{2693}' | '\u{26a1}' | '\u{26aa}' | '\u{26ab}' | '\u{26bd}'
            | '\u{26be}' | '\u{26c4}' | '\u{26c5}' | '\u{26ce}' | '\u{26d4}' | '\u{26ea}'
            | '\u{26f2}' | '\u{26f3}' | '\u{26f5}' | '\u{26fa}' | '\u{26fd}' | '\u{2705}'
            | '\u{270a}' | '\u{270b}' | '\u{2728}' | '\u{274c}' | '\u{274e}'
            | '\u{2753}'..='\u{2755}' | '\u{2757}' | '\u{2795}'..='\u{2797}' | '\u{27b0}'
            | '\u{2b1b}' | '\u{2b1c}' | '\u{2b50}' | '\u{2b55}' | '\u{2764}'
    )
}
