//! All emoji, as they are picked from: in groups, by what is typed, in a tone of skin, the last ones first.
//!
//! The table is a text that the server has made (`server/emoji`): a group begins with `# ` and its name,
//! an emoji is a line with its names, and with a third part if it comes in tones.

use crate::protocol::emoji::in_tone;

/// One emoji of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    pub emoji: &'a str,
    /// Between spaces, the usual one first.
    pub names: &'a str,
    pub has_tones: bool,
}

/// A group of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    pub name: &'a str,
    pub entries: Vec<Entry<'a>>,
}

/// Emoji that were picked last, at most.
const RECENT: usize = 16;
/// Found ones that are shown.
const FOUND: usize = 72;

impl<'a> Entry<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (emoji, rest) = line.split_once('\t')?;
        let (names, has_tones) = match rest.split_once('\t') {
            Some((names, _)) => (names, true),
            None => (rest, false),
        };
        Some(Self {
            emoji,
            names,
            has_tones,
        })
    }

    /// What it is called, for whoever does not see it.
    pub fn name(&self) -> String {
        let name = self.names.split(' ').next_back().unwrap_or_default();
        name.replace('_', " ")
    }
}

/// All of a table, without its groups.
pub fn entries(table: &str) -> impl Iterator<Item = Entry<'_>> {
    table.lines().filter_map(Entry::parse)
}

/// All of a table.
pub fn groups(table: &str) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    for line in table.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            groups.push(Group {
                name,
                entries: Vec::new(),
            });
        } else if let (Some(group), Some(entry)) = (groups.last_mut(), Entry::parse(line)) {
            group.entries.push(entry);
        }
    }
    groups
}

/// Those in whose names all words are that were typed; those whose name begins so come first.
pub fn matching<'a>(table: &'a str, typed: &str) -> Vec<Entry<'a>> {
    let typed = typed.trim().trim_matches(':').to_lowercase();
    let words: Vec<&str> = typed
        .split([' ', '_'])
        .filter(|word| !word.is_empty())
        .collect();
    let (mut first, mut then) = (Vec::new(), Vec::new());
    for entry in entries(table) {
        if entry.emoji == typed || words.iter().all(|word| entry.names.contains(word)) {
            let begins = |name: &str| words.first().is_some_and(|word| name.starts_with(word));
            match entry.names.split(' ').any(begins) {
                true => first.push(entry),
                false => then.push(entry),
            }
        }
    }
    first.append(&mut then);
    first.truncate(FOUND);
    first
}

/// An emoji in a tone.
pub fn toned(entry: Entry, tone: &str) -> String {
    match entry.has_tones && !tone.is_empty() {
        true => in_tone(entry.emoji, tone),
        false => entry.emoji.to_owned(),
    }
}

/// The ones that were picked last, with one more; kept between spaces.
pub fn picked(recent: &str, emoji: &str) -> String {
    let others = recent
        .split(' ')
        .filter(|known| !known.is_empty() && *known != emoji);
    let all: Vec<&str> = [emoji].into_iter().chain(others).take(RECENT).collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# Faces\n😀\tgrinning grinning_face\n😂\tjoy\n# Hands\n👋\twave waving_hand\ttones\n✌️\tv victory_hand\ttones\n";

    fn names(found: &[Entry]) -> Vec<String> {
        found.iter().map(|entry| entry.emoji.to_owned()).collect()
    }

    #[test]
    fn a_table_has_groups_and_what_is_no_line_of_it_is_passed_over() {
        let groups = groups(TABLE);
        let shape: Vec<_> = groups
            .iter()
            .map(|group| (group.name, group.entries.len()))
            .collect();
        assert_eq!(shape, [("Faces", 2), ("Hands", 2)]);
        assert!(groups[1].entries[0].has_tones && !groups[0].entries[0].has_tones);
        assert_eq!(groups[0].entries[0].name(), "grinning face");
        assert_eq!(super::groups("nonsense\n\n"), []);
    }

    #[test]
    fn what_begins_so_is_found_before_what_has_it_somewhere() {
        assert_eq!(names(&matching(TABLE, "ving")), ["👋"]);
        assert_eq!(names(&matching(TABLE, "Hand ")), ["👋", "✌\u{fe0f}"]);
        assert_eq!(names(&matching(TABLE, ":joy:")), ["😂"]);
        assert_eq!(names(&matching(TABLE, "victory hand")), ["✌\u{fe0f}"]);
        assert_eq!(names(&matching(TABLE, "v")), ["✌\u{fe0f}", "👋"]);
        assert_eq!(matching(TABLE, "nothing"), []);
    }

    #[test]
    fn a_tone_is_for_what_comes_in_tones() {
        let all: Vec<Entry> = entries(TABLE).collect();
        assert_eq!(toned(all[2], "🏽"), "👋🏽");
        assert_eq!(toned(all[3], "🏽"), "✌🏽");
        assert_eq!(toned(all[0], "🏽"), "😀");
        assert_eq!(toned(all[2], ""), "👋");
    }

    #[test]
    fn the_last_picked_come_first_and_each_once() {
        assert_eq!(picked("", "😀"), "😀");
        assert_eq!(picked("😀 😂", "😂"), "😂 😀");
        let many = (0..40).fold(String::new(), |all, n| picked(&all, &format!("e{n}")));
        assert_eq!(many.split(' ').count(), RECENT);
        assert!(many.starts_with("e39 e38"));
    }
}
