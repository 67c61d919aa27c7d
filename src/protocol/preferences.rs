//! How somebody wants everything to look, on all their devices.
//!
//! They are written as words, which is also how they are stored and sent, and which classes the
//! document has: nothing is said of what is as the system or the browser has it, and a word that nobody
//! knows is passed over. So the server's first drawing is right by itself, and style needs no script.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Hours;

/// What somebody prefers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Preferences {
    pub theme: Theme,
    pub density: Density,
    /// None: as the browser counts them.
    pub hours: Option<Hours>,
    pub motion: Motion,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// The schemes of colours that the document takes, as browsers call them.
    pub fn schemes(self) -> &'static str {
        match self {
            Self::System => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How messages are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Density {
    #[default]
    Bubbles,
    /// Rows below each other, everybody's at the same edge.
    Compact,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Motion {
    #[default]
    System,
    /// Nothing moves.
    Reduced,
}

impl Preferences {
    /// Reads them from words.
    pub fn read(words: &str) -> Self {
        let mut preferences = Self::default();
        for word in words.split(' ') {
            match word {
                "light" => preferences.theme = Theme::Light,
                "dark" => preferences.theme = Theme::Dark,
                "compact" => preferences.density = Density::Compact,
                "hours-12" => preferences.hours = Some(Hours::Twelve),
                "hours-24" => preferences.hours = Some(Hours::TwentyFour),
                "still" => preferences.motion = Motion::Reduced,
                _ => {}
            }
        }
        preferences
    }

    /// The word for each of them; empty for what is as it comes.
    pub fn words(self) -> [&'static str; 4] {
        [
            match self.theme {
                Theme::System => "",
                Theme::Light => "light",
                Theme::Dark => "dark",
            },
            match self.density {
                Density::Bubbles => "",
                Density::Compact => "compact",
            },
            match self.hours {
                None => "",
                Some(Hours::Twelve) => "hours-12",
                Some(Hours::TwentyFour) => "hours-24",
            },
            match self.motion {
                Motion::System => "",
                Motion::Reduced => "still",
            },
        ]
    }

    /// The colour of what is around the page where the system is light, and where it is dark: that of
    /// the list, as in the style.
    pub fn colours(self) -> [&'static str; 2] {
        const LIGHT: &str = "#f7f6f3";
        const DARK: &str = "#17181b";
        match self.theme {
            Theme::System => [LIGHT, DARK],
            Theme::Light => [LIGHT, LIGHT],
            Theme::Dark => [DARK, DARK],
        }
    }
}

/// Words with a space between them.
impl fmt::Display for Preferences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        for word in self.words().into_iter().filter(|word| !word.is_empty()) {
            f.write_str(space)?;
            f.write_str(word)?;
            space = " ";
        }
        Ok(())
    }
}

impl From<String> for Preferences {
    fn from(words: String) -> Self {
        Self::read(&words)
    }
}

impl From<Preferences> for String {
    fn from(preferences: Preferences) -> Self {
        preferences.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_what_nobody_knows_is_passed_over() {
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            for density in [Density::Bubbles, Density::Compact] {
                for hours in [None, Some(Hours::Twelve), Some(Hours::TwentyFour)] {
                    for motion in [Motion::System, Motion::Reduced] {
                        let all = Preferences {
                            theme,
                            density,
                            hours,
                            motion,
                        };
                        assert_eq!(Preferences::read(&all.to_string()), all);
                    }
                }
            }
        }
        assert_eq!(Preferences::default().to_string(), "");
        let read = Preferences::read("purple dark <b>  compact\" still");
        assert_eq!(read.to_string(), "dark still");
    }

    #[test]
    fn they_travel_as_their_words() {
        let json = "\"dark compact hours-24 still\"";
        let preferences: Preferences = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&preferences).unwrap(), json);
    }
}
