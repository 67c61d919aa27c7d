//! Pictures of people: where they are to be had, and which part of a picture becomes one.
//!
//! A person's row says which picture is theirs, so a new one has a new address and browsers keep what
//! is at an address for ever. What is cut out is said in pixels of the picture as it is seen; the
//! server does the cutting, so a browser sends what was chosen as it is, and whoever has no script, or
//! a browser that blurs what scripts draw, gets the same.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::AvatarId;

/// A square of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crop {
    pub x: u32,
    pub y: u32,
    pub side: u32,
}

impl AvatarId {
    /// Where it is to be had, for names in lists and beside messages.
    pub fn address(self) -> String {
        format!("/avatars/{self}")
    }

    /// Where a larger one is.
    pub fn large_address(self) -> String {
        format!("{}?large", self.address())
    }
}

impl Crop {
    /// The largest square in the middle of a picture.
    pub fn centred(width: u32, height: u32) -> Self {
        let side = width.min(height);
        Self {
            x: (width - side) / 2,
            y: (height - side) / 2,
            side,
        }
    }

    /// The same as far as such a picture has it.
    #[must_use]
    pub fn within(self, width: u32, height: u32) -> Self {
        let side = self.side.clamp(1, width.min(height).max(1));
        Self {
            x: self.x.min(width.saturating_sub(side)),
            y: self.y.min(height.saturating_sub(side)),
            side,
        }
    }
}

/// As the query of an address.
impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { x, y, side } = self;
        write!(f, "x={x}&y={y}&side={side}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_in_the_middle_and_stays_within_its_picture() {
        let crop = |x, y, side| Crop { x, y, side };
        assert_eq!(Crop::centred(100, 60), crop(20, 0, 60));
        assert_eq!(Crop::centred(61, 100), crop(0, 19, 61));
        assert_eq!(crop(10, 20, 30).within(100, 60), crop(10, 20, 30));
        assert_eq!(crop(90, 50, 30).within(100, 60), crop(70, 30, 30));
        assert_eq!(crop(0, 0, 500).within(100, 60), crop(0, 0, 60));
        let most = crop(u32::MAX, u32::MAX, u32::MAX);
        assert_eq!(most.within(1, 1), crop(0, 0, 1));
        assert_eq!(crop(0, 0, 0).within(5, 5), crop(0, 0, 1));
    }

    #[test]
    fn addresses_are_short_and_a_crop_is_a_query() {
        assert_eq!(AvatarId(7).address(), "/avatars/7");
        assert_eq!(AvatarId(7).large_address(), "/avatars/7?large");
        let crop = Crop {
            x: 1,
            y: 2,
            side: 3,
        };
        assert_eq!(crop.to_string(), "x=1&y=2&side=3");
    }
}
