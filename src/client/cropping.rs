//! Which square of a picture is cut out, while somebody moves it about: plain numbers, without a
//! browser.
//!
//! What is seen and what is sent are the same whole pixels. Places and distances on the screen come in
//! parts of the square's side, so nothing here knows how large it is drawn.

use crate::protocol::Crop;

/// Times that a picture can be made larger.
const CLOSEST: f64 = 8.0;
/// Pixels of a square that is still worth looking at.
const LEAST: f64 = 32.0;
/// How far one key press moves, and how much closer it comes.
const STEP: f64 = 0.05;
const CLOSER: f64 = 1.1;

/// A square of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cropping {
    width: f64,
    height: f64,
    x: f64,
    y: f64,
    side: f64,
}

/// What fingers, or a pointer, have done to the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gesture {
    pub by: (f64, f64),
    pub closer: f64,
    /// What stays in its place while it comes closer.
    pub about: (f64, f64),
}

/// The fingers that are on the picture: two at most mean anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fingers(Vec<(i32, (f64, f64))>);

impl Cropping {
    /// As much as possible, from the middle.
    pub fn new(width: u32, height: u32) -> Self {
        let Crop { x, y, side } = Crop::centred(width, height);
        Self {
            width: width.into(),
            height: height.into(),
            x: x.into(),
            y: y.into(),
            side: side.into(),
        }
    }

    fn most(self) -> f64 {
        self.width.min(self.height)
    }

    fn least(self) -> f64 {
        (self.most() / CLOSEST).max(LEAST).min(self.most())
    }

    /// The picture is moved by these parts of what is seen of it.
    #[must_use]
    pub fn moved(self, (right, down): (f64, f64)) -> Self {
        self.at(self.x - right * self.side, self.y - down * self.side)
    }

    /// The picture comes closer by that factor, about a place that stays.
    #[must_use]
    pub fn closer(self, factor: f64, (right, down): (f64, f64)) -> Self {
        let side = within(self.side / factor, self.least(), self.most());
        let less = self.side - side;
        Self { side, ..self }.at(self.x + right * less, self.y + down * less)
    }

    fn at(self, x: f64, y: f64) -> Self {
        Self {
            x: within(x, 0.0, self.width - self.side),
            y: within(y, 0.0, self.height - self.side),
            ..self
        }
    }

    #[must_use]
    pub fn after(self, gesture: Gesture) -> Self {
        let moved = self.moved(gesture.by);
        moved.closer(gesture.closer, gesture.about)
    }

    /// What a key means for it, if it means anything.
    pub fn pressed(self, key: &str) -> Option<Self> {
        const MIDDLE: (f64, f64) = (0.5, 0.5);
        Some(match key {
            "ArrowLeft" => self.moved((-STEP, 0.0)),
            "ArrowRight" => self.moved((STEP, 0.0)),
            "ArrowUp" => self.moved((0.0, -STEP)),
            "ArrowDown" => self.moved((0.0, STEP)),
            "+" | "=" => self.closer(CLOSER, MIDDLE),
            "-" | "_" => self.closer(1.0 / CLOSER, MIDDLE),
            _ => return None,
        })
    }

    /// How close it is, in hundredths, and how close it can be.
    pub fn hundredths(self) -> (u32, u32) {
        let part = |side: f64| whole(100.0 * self.most() / side);
        (part(self.side), part(self.least()))
    }

    /// As close as that, about the middle.
    #[must_use]
    pub fn at_hundredths(self, hundredths: u32) -> Self {
        let side = 100.0 * self.most() / f64::from(hundredths.max(1));
        self.closer(self.side / side, (0.5, 0.5))
    }

    /// The square in whole pixels.
    pub fn crop(self) -> Crop {
        let crop = Crop {
            x: whole(self.x),
            y: whole(self.y),
            side: whole(self.side),
        };
        crop.within(whole(self.width), whole(self.height))
    }
}

/// What the standard library has for this can write its numbers when it fails, and what writes a broken
/// number would be a third of this part of the page.
#[allow(clippy::manual_clamp)]
fn within(number: f64, least: f64, most: f64) -> f64 {
    number.max(least).min(most)
}

/// Pixels of pictures are far fewer than such a number can count, and none of them is below zero.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> u32 {
    number.round() as u32
}

impl Fingers {
    pub fn down(&mut self, finger: i32, at: (f64, f64)) {
        self.up(finger);
        self.0.push((finger, at));
    }

    pub fn up(&mut self, finger: i32) {
        self.0.retain(|(known, _)| *known != finger);
    }

    /// A finger that is on the picture has moved there: what that does to it.
    pub fn moved(&mut self, finger: i32, to: (f64, f64)) -> Option<Gesture> {
        let index = self.0.iter().position(|(known, _)| *known == finger)?;
        let from = std::mem::replace(&mut self.0[index].1, to);
        let by = (to.0 - from.0, to.1 - from.1);
        match self.0.as_slice() {
            [_] => Some(Gesture {
                by,
                closer: 1.0,
                about: to,
            }),
            [(_, first), (_, second)] => {
                let other = if index == 0 { *second } else { *first };
                Some(Gesture {
                    by: (by.0 / 2.0, by.1 / 2.0),
                    closer: distance(to, other) / distance(from, other),
                    about: (f64::midpoint(to.0, other.0), f64::midpoint(to.1, other.1)),
                })
            }
            _ => None,
        }
    }
}

/// Never nothing, since it is divided by.
fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (x, y) = (a.0 - b.0, a.1 - b.1);
    (x * x + y * y).sqrt().max(0.01)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crop(x: u32, y: u32, side: u32) -> Crop {
        Crop { x, y, side }
    }

    #[test]
    fn it_begins_with_all_it_can_and_never_leaves_the_picture() {
        let all = Cropping::new(400, 300);
        assert_eq!(all.crop(), crop(50, 0, 300));
        assert_eq!(all.moved((0.1, 0.5)).crop(), crop(20, 0, 300));
        assert_eq!(all.moved((9.0, 0.0)).crop(), crop(0, 0, 300));
        assert_eq!(all.moved((-9.0, -9.0)).crop(), crop(100, 0, 300));
        assert_eq!(all.closer(0.1, (0.5, 0.5)), all, "there is no more of it");
    }

    #[test]
    fn what_it_comes_closer_about_stays_where_it_is() {
        let all = Cropping::new(400, 300);
        assert_eq!(all.closer(2.0, (0.5, 0.5)).crop(), crop(125, 75, 150));
        assert_eq!(all.closer(2.0, (0.0, 0.0)).crop(), crop(50, 0, 150));
        assert_eq!(all.closer(2.0, (1.0, 1.0)).crop(), crop(200, 150, 150));
        assert_eq!(all.closer(99.0, (0.0, 0.0)).crop().side, 38);
        let small = Cropping::new(20, 30);
        assert_eq!(small.closer(99.0, (0.0, 0.0)).crop().side, 20);
        assert_eq!(small.hundredths(), (100, 100));
    }

    #[test]
    fn keys_and_the_slider_do_what_fingers_do() {
        let all = Cropping::new(400, 300);
        assert_eq!(all.pressed("ArrowRight").unwrap().crop(), crop(35, 0, 300));
        assert_eq!(all.pressed("ArrowLeft").unwrap().crop(), crop(65, 0, 300));
        let near = all.at_hundredths(200);
        assert_eq!(
            (near.crop(), near.hundredths()),
            (crop(125, 75, 150), (200, 800))
        );
        assert_eq!(near.pressed("ArrowUp").unwrap().crop(), crop(125, 83, 150));
        assert_eq!(
            near.pressed("ArrowDown").unwrap().crop(),
            crop(125, 68, 150)
        );
        assert!(near.pressed("+").unwrap().crop().side < 150);
        assert!(near.pressed("-").unwrap().crop().side > 150);
        assert_eq!(near.at_hundredths(100).crop().side, 300);
        assert_eq!(all.pressed("Tab"), None);
    }

    #[test]
    fn one_finger_moves_and_two_bring_closer() {
        let mut fingers = Fingers::default();
        assert_eq!(fingers.moved(1, (0.5, 0.5)), None, "it is not down");
        fingers.down(1, (0.2, 0.5));
        let gesture = fingers.moved(1, (0.4, 0.5)).unwrap();
        assert!((gesture.by.0 - 0.2).abs() < 1e-9 && (gesture.closer - 1.0).abs() < 1e-9);
        fingers.down(2, (0.6, 0.5));
        let gesture = fingers.moved(2, (0.8, 0.5)).unwrap();
        assert!((gesture.closer - 2.0).abs() < 1e-9);
        assert!((gesture.about.0 - 0.6).abs() < 1e-9 && (gesture.by.0 - 0.1).abs() < 1e-9);
        fingers.down(3, (0.0, 0.0));
        assert_eq!(fingers.moved(1, (0.0, 0.0)), None, "three mean nothing");
        fingers.up(3);
        fingers.up(2);
        let gesture = fingers.moved(1, (0.0, 0.1)).unwrap();
        assert!((gesture.closer - 1.0).abs() < 1e-9);
        // Two in one place are no reason to divide by nothing.
        fingers.down(2, (0.0, 0.1));
        assert!(fingers.moved(2, (0.0, 0.1)).unwrap().closer.is_finite());
    }
}
