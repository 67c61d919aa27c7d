//! What keys do to a text that is being written: signs around what is selected, and away again.
//!
//! Positions are those of the browser, which counts in units of UTF-16.

/// A part of a text that is to be replaced, and what is selected after that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub from: u32,
    pub to: u32,
    pub text: String,
    pub select: (u32, u32),
}

/// The sign that a key with Ctrl puts around words.
pub fn sign(key: &str, has_shift: bool) -> Option<&'static str> {
    match (key, has_shift) {
        ("b", false) => Some("**"),
        ("i", false) => Some("*"),
        ("e", false) => Some("`"),
        ("x" | "X", true) => Some("~~"),
        _ => None,
    }
}

/// Puts a sign around what is selected, or takes it away where it is. Space at the edges stays
/// outside: a sign beside a space marks nothing. Where nothing is selected, it begins marked words,
/// or ends them: the cursor moves behind the closing sign.
pub fn toggle(text: &str, from: u32, to: u32, sign: &str) -> Change {
    let units: Vec<u16> = text.encode_utf16().collect();
    let to = (to as usize).min(units.len());
    let from = (from as usize).min(to);
    let is_space = |unit: &u16| matches!(*unit, 0x20 | 0x0a | 0x09);
    let selected = &units[from..to];
    let before = selected.iter().take_while(|unit| is_space(unit)).count();
    let after = selected.iter().rev().take_while(|unit| is_space(unit));
    let (from, to) = match before < selected.len() {
        true => (from + before, to - after.count()),
        false => (from, to),
    };
    let words = String::from_utf16_lossy(&units[from..to]);
    let long = sign.len();
    let is_marked = has(units[..from].iter().rev(), sign) && has(units[to..].iter(), sign);
    if from == to
        && !is_marked
        && let Some(change) = leave(&units, from, sign)
    {
        return change;
    }
    if is_marked {
        return change(from - long, to + long, words, from - long, to - long);
    }
    let words = format!("{sign}{words}{sign}");
    change(from, to, words, from + long, to + long)
}

/// What leads behind the closing sign of the marked words that the cursor is in. Space before that
/// sign goes behind it: it would mark nothing.
fn leave(units: &[u16], cursor: usize, sign: &str) -> Option<Change> {
    let close = closing(units, cursor, sign)?;
    let end = close + sign.len();
    let spaces = units[..close].iter().rev();
    let spaces = spaces.take_while(|unit| **unit == 0x20).count();
    if spaces == 0 {
        return Some(change(end, end, String::new(), end, end));
    }
    let text = format!("{sign}{}", " ".repeat(spaces));
    Some(change(close - spaces, end, text, end, end))
}

/// Where the sign begins that closes what the cursor is in, in its line.
fn closing(units: &[u16], cursor: usize, sign: &str) -> Option<usize> {
    let first = u16::from(*sign.as_bytes().first()?);
    let is_space = |at: Option<&u16>| at.is_none_or(|unit| matches!(*unit, 0x20 | 0x0a | 0x09));
    let line = units[..cursor].iter().rposition(|unit| *unit == 0x0a);
    let mut at = line.map_or(0, |line| line + 1);
    let mut open = None;
    while at < units.len() && units[at] != 0x0a {
        let run = units[at..].iter().take_while(|unit| **unit == first);
        let end = at + run.count();
        if end == at || !is_sign(end - at, sign) {
            at = end.max(at + 1);
            continue;
        }
        let may_close = !is_space(at.checked_sub(1).and_then(|before| units.get(before)));
        match open {
            // Whoever has just written a space before it is about to go on behind it.
            Some(begin) if may_close || at == cursor => {
                if begin < cursor && cursor < at + sign.len() {
                    return Some(at);
                }
                open = None;
            }
            None if !is_space(units.get(end)) => open = Some(at),
            _ => {}
        }
        at = end;
    }
    None
}

/// Whether so many of a character are this sign, by themselves or with another.
fn is_sign(count: usize, sign: &str) -> bool {
    match sign {
        "*" | "`" => count == 1 || sign == "*" && count == 3,
        "**" => count == 2 || count == 3,
        _ => count == sign.len(),
    }
}

/// Whether a sign stands here: of one star, two are another sign, and three are both.
fn has<'a>(units: impl Iterator<Item = &'a u16>, sign: &str) -> bool {
    let first = sign.bytes().next().map(u16::from);
    let count = units.take_while(|unit| Some(**unit) == first).count();
    match sign {
        "*" => count % 2 == 1,
        _ => count >= sign.len(),
    }
}

// A text of a message is far shorter than what fits.
#[allow(clippy::cast_possible_truncation)]
fn change(from: usize, to: usize, text: String, begin: usize, end: usize) -> Change {
    Change {
        from: from as u32,
        to: to as u32,
        text,
        select: (begin as u32, end as u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text after a change, with what is selected between angles; given like that too.
    fn after(text: &str, sign: &str) -> String {
        let from = text.find('‹').unwrap();
        let to = text.find('›').unwrap();
        let (before, words) = (&text[..from], &text[from + '‹'.len_utf8()..to]);
        let plain = text.replace(['‹', '›'], "");
        let at = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap();
        let change = toggle(&plain, at(before), at(before) + at(words), sign);
        let mut units: Vec<u16> = plain.encode_utf16().collect();
        let new = change.text.encode_utf16();
        units.splice(change.from as usize..change.to as usize, new);
        units.insert(change.select.1 as usize, '›' as u16);
        units.insert(change.select.0 as usize, '‹' as u16);
        String::from_utf16(&units).unwrap()
    }

    #[test]
    fn words_get_a_sign_and_lose_it_again() {
        for sign in ["**", "*", "`", "~~"] {
            let marked = format!("one {sign}‹two›{sign} three");
            assert_eq!(after("one ‹two› three", sign), marked);
            assert_eq!(after(&marked, sign), "one ‹two› three");
        }
    }

    #[test]
    fn one_star_and_two_are_told_apart() {
        assert_eq!(after("**‹a›**", "*"), "***‹a›***");
        assert_eq!(after("***‹a›***", "*"), "**‹a›**");
        assert_eq!(after("***‹a›***", "**"), "*‹a›*");
        assert_eq!(after("*‹a›*", "**"), "***‹a›***");
    }

    #[test]
    fn space_stays_outside_and_nothing_is_a_place_to_write() {
        assert_eq!(after("‹ two ›three", "**"), " **‹two›** three");
        assert_eq!(after("a‹›", "**"), "a**‹›**");
        assert_eq!(after("‹  ›", "*"), "*‹  ›*");
    }

    #[test]
    fn the_second_press_leaves_what_the_first_has_begun() {
        for sign in ["**", "*", "`", "~~"] {
            assert_eq!(after("a ‹›", sign), format!("a {sign}‹›{sign}"));
            // Nothing was written: nothing stays.
            assert_eq!(after(&format!("a {sign}‹›{sign}"), sign), "a ‹›");
            let left = format!("a {sign}x y{sign}‹› b");
            assert_eq!(after(&format!("a {sign}x y‹›{sign} b"), sign), left);
            assert_eq!(after(&format!("a {sign}x‹› y{sign} b"), sign), left);
            assert_eq!(after(&format!("a {sign}‹›x y{sign} b"), sign), left);
        }
        assert_eq!(after("**x*‹›*", "**"), "**x**‹›");
        assert_eq!(after("**x ‹›** y", "**"), "**x** ‹› y");
        assert_eq!(after("***x‹›***", "*"), "***x*‹›**");
        assert_eq!(after("***x‹›***", "**"), "***x**‹›*");
    }

    #[test]
    fn whoever_is_not_in_marked_words_begins_some() {
        assert_eq!(after("**x**‹›", "*"), "**x***‹›*");
        assert_eq!(after("**x** ‹›", "**"), "**x** **‹›**");
        assert_eq!(after("‹›**x**", "~~"), "~~‹›~~**x**");
        assert_eq!(after("**x** ‹› **y**", "**"), "**x** **‹›** **y**");
        // Another sign, another line, and stars of a list.
        assert_eq!(after("**x‹›**", "~~"), "**x~~‹›~~**");
        assert_eq!(after("**x\n‹›y**", "**"), "**x\n**‹›**y**");
        assert_eq!(after("* a ‹›\n* b", "*"), "* a *‹›*\n* b");
        assert_eq!(after("2 * 3‹› * 4", "*"), "2 * 3*‹›* * 4");
    }

    #[test]
    fn characters_of_two_units_are_whole() {
        assert_eq!(after("🎉 ‹é🎉›", "*"), "🎉 *‹é🎉›*");
        // Whatever the browser says, there is no panic.
        let change = toggle("🎉", 7, 3, "*");
        assert_eq!((change.from, change.to), (2, 2));
    }

    #[test]
    fn only_some_keys_have_a_sign() {
        assert_eq!(sign("b", false), Some("**"));
        assert_eq!(sign("X", true), Some("~~"));
        assert_eq!(sign("x", false), None, "that is cut");
        assert_eq!(sign("B", true), None);
        assert_eq!(sign("v", false), None);
    }
}
