//! Where one has scrolled to: a message and not a number of pixels, so that it is found again when
//! other messages are loaded around it. It is kept with the page's entry in the browser's history.

use std::fmt;
use std::str::FromStr;

use crate::protocol::Seq;

/// The topmost message in sight, by its event, and how far below the upper edge it was, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScrollPosition {
    pub seq: Seq,
    pub distance: i32,
}

/// As it is kept.
impl fmt::Display for ScrollPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.distance)
    }
}

/// It is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPosition;

impl FromStr for ScrollPosition {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seq, distance) = text.split_once(':').ok_or(NotAPosition)?;
        Ok(Self {
            seq: seq.parse().map_err(|_| NotAPosition)?,
            distance: distance.parse().map_err(|_| NotAPosition)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_being_kept_and_nonsense_is_none() {
        let position = ScrollPosition {
            seq: Seq(812),
            distance: -37,
        };
        assert_eq!(position.to_string().parse(), Ok(position));
        for nonsense in ["", "812", "812:", ":1", "a:b", "1:2:3", "1:99999999999"] {
            assert_eq!(nonsense.parse::<ScrollPosition>(), Err(NotAPosition));
        }
    }
}
