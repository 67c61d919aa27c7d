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
/// outside: a sign beside a space marks nothing.
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
    if is_marked {
        return change(from - long, to + long, words, from - long, to - long);
    }
    let words = format!("{sign}{words}{sign}");
    change(from, to, words, from + long, to + long)
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
