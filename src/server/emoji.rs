//! The names of all emoji, for browsers that offer them while somebody types: one text, made once.

use std::fmt::Write;
use std::sync::LazyLock;

use emojis::{Group, SkinTone};

use crate::protocol::emoji::{TONES, in_tone};

/// An emoji on each line, with the names that people know it by, the usual one first, and with a third
/// part where it comes in tones that are made of it and the tone ([`in_tone`]). Groups begin with `# `.
pub static TABLE: LazyLock<String> = LazyLock::new(|| {
    let mut table = String::new();
    for group in Group::iter() {
        let _ = writeln!(table, "# {}", name(group));
        for emoji in group.emojis() {
            let _ = write!(table, "{}\t", emoji.as_str());
            let words = emoji.name().replace([' ', ':'], "_").to_lowercase();
            let mut names: Vec<&str> = emoji.shortcodes().collect();
            if !names.contains(&words.as_str()) {
                names.push(&words);
            }
            let tones = if has_tones(emoji) { "\ttones" } else { "" };
            let _ = writeln!(table, "{}{tones}", names.join(" "));
        }
    }
    table
});

fn name(group: Group) -> &'static str {
    match group {
        Group::SmileysAndEmotion => "Smileys",
        Group::PeopleAndBody => "People",
        Group::AnimalsAndNature => "Animals and nature",
        Group::FoodAndDrink => "Food and drink",
        Group::TravelAndPlaces => "Travel and places",
        Group::Activities => "Activities",
        Group::Objects => "Objects",
        Group::Symbols => "Symbols",
        Group::Flags => "Flags",
    }
}

fn has_tones(emoji: &emojis::Emoji) -> bool {
    let tones = [
        SkinTone::Light,
        SkinTone::MediumLight,
        SkinTone::Medium,
        SkinTone::MediumDark,
        SkinTone::Dark,
    ];
    tones.into_iter().zip(TONES).all(|(tone, sign)| {
        let right = emoji.with_skin_tone(tone).map(emojis::Emoji::as_str);
        right == Some(in_tone(emoji.as_str(), sign).as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::completing::emoji_called;
    use crate::client::emoji::{entries, groups};
    use crate::protocol::Emoji;

    #[test]
    fn emoji_are_known_by_the_names_that_people_use_and_each_can_be_given() {
        assert_eq!(emoji_called(&TABLE, "tada"), Some("🎉"));
        assert_eq!(emoji_called(&TABLE, "+1"), Some("👍"));
        assert_eq!(emoji_called(&TABLE, "grinning_face"), Some("😀"));
        for entry in entries(&TABLE) {
            assert!(Emoji::parse(entry.emoji).is_ok(), "{entry:?}");
            assert!(
                !entry.names.is_empty() && !entry.names.contains(':'),
                "{entry:?}"
            );
        }
        assert_eq!(entries(&TABLE).count(), emojis::iter().count());
    }

    #[test]
    fn emoji_stand_in_groups_and_those_that_come_in_tones_can_be_given_in_each() {
        assert_eq!(groups(&TABLE).len(), 9);
        let toned: Vec<_> = entries(&TABLE).filter(|entry| entry.has_tones).collect();
        assert!(toned.len() > 100 && toned.iter().any(|entry| entry.emoji == "👍"));
        for entry in toned {
            for tone in TONES {
                assert!(
                    Emoji::parse(&in_tone(entry.emoji, tone)).is_ok(),
                    "{entry:?} {tone}"
                );
            }
        }
    }
}
