//! What a finger on a message means: held still, it opens the message's menu; moved to the left far enough,
//! it answers the message; all else is scrolling, and the browser's.

/// A finger that moves less than that rests.
const RESTS: f64 = 10.0;
/// So far to the left it has to be let go.
const FAR_ENOUGH: f64 = 56.0;
/// A message does not follow any further.
const FARTHEST: f64 = 80.0;
/// Held so long, it opens the menu.
pub const HELD_MS: u64 = 500;

/// A place on the screen, in pixels.
pub type Point = (f64, f64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Resting,
    Pulling,
    /// It means something else, or nothing any more.
    Over,
}

/// A finger that was put on a message.
#[derive(Clone, Copy, Debug)]
pub struct Finger {
    from: Point,
    doing: Doing,
}

impl Finger {
    pub fn put(from: Point) -> Self {
        Self {
            from,
            doing: Doing::Resting,
        }
    }

    /// It was moved there: how far the message follows it to the left. Nothing if it does not.
    pub fn moved(&mut self, to: Point) -> Option<f64> {
        let (left, down) = (self.from.0 - to.0, (to.1 - self.from.1).abs());
        if self.doing == Doing::Resting && left.abs().max(down) > RESTS {
            let is_pull = left > 0.0 && left > 2.0 * down;
            self.doing = if is_pull { Doing::Pulling } else { Doing::Over };
        }
        (self.doing == Doing::Pulling).then(|| left.clamp(0.0, FARTHEST))
    }

    /// It has been there for long enough: whether that opens the menu. Then it means nothing else.
    pub fn is_held(&mut self) -> bool {
        let rests = self.doing == Doing::Resting;
        if rests {
            self.doing = Doing::Over;
        }
        rests
    }

    /// It was let go there: whether that answers the message.
    pub fn let_go(mut self, at: Point) -> bool {
        self.moved(at).is_some_and(|left| left >= FAR_ENOUGH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put() -> Finger {
        Finger::put((200.0, 300.0))
    }

    #[test]
    fn a_finger_that_rests_opens_the_menu_once_and_answers_nothing() {
        let mut finger = put();
        assert_eq!(finger.moved((195.0, 304.0)), None, "hands tremble");
        assert!(finger.is_held());
        assert!(!finger.is_held());
        assert!(!finger.let_go((100.0, 300.0)));
    }

    #[test]
    fn a_pull_to_the_left_takes_the_message_along_and_answers_it() {
        let mut finger = put();
        assert_eq!(finger.moved((185.0, 302.0)), Some(15.0));
        assert!(!finger.is_held());
        assert_eq!(finger.moved((20.0, 340.0)), Some(80.0), "no further");
        assert_eq!(finger.moved((230.0, 300.0)), Some(0.0), "nor to the right");
        assert!(finger.let_go((144.0, 300.0)));
        assert!(!finger.let_go((145.0, 300.0)), "it was taken back");
    }

    #[test]
    fn scrolling_is_neither_however_it_goes_on() {
        for to in [(200.0, 311.0), (189.0, 306.0), (211.0, 300.0)] {
            let mut finger = put();
            assert_eq!(finger.moved(to), None, "{to:?}");
            assert_eq!(finger.moved((100.0, 300.0)), None, "{to:?}");
            assert!(
                !finger.is_held() && !finger.let_go((100.0, 300.0)),
                "{to:?}"
            );
        }
    }
}
