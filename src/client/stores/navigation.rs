//! Where one is and where one is going: the old content stays until the new is there.
//!
//! A move has a number, and an answer for an earlier move is dropped. The address changes at once,
//! so that going back in between does what one expects.

use crate::protocol::{ApiError, Place};

/// The place that is shown, and the one that is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Navigation {
    /// What is shown, and why not, if it could not be had.
    shown: Place,
    failure: Option<ApiError>,
    /// Where one is going.
    going: Option<Place>,
    moves: u32,
}

impl Navigation {
    pub fn new(shown: Place, failure: Option<ApiError>) -> Self {
        Self {
            shown,
            failure,
            going: None,
            moves: 0,
        }
    }

    pub fn shown(&self) -> &Place {
        &self.shown
    }

    pub fn failure(&self) -> Option<&ApiError> {
        self.failure.as_ref()
    }

    /// Whether the content of another place is on its way.
    pub fn is_going(&self) -> bool {
        self.going.is_some()
    }

    /// The place at the address.
    pub fn place(&self) -> &Place {
        self.going.as_ref().unwrap_or(&self.shown)
    }

    /// Sets out. Gives the number of the move.
    pub fn set_out(&mut self, to: Place) -> u32 {
        self.going = Some(to);
        self.moves += 1;
        self.moves
    }

    /// Whether an answer is still wanted.
    pub fn is_current(&self, number: u32) -> bool {
        self.going.is_some() && number == self.moves
    }

    /// The place is there.
    pub fn arrive(&mut self, place: Place) {
        self.moves += 1;
        self.shown = place;
        self.failure = None;
        self.going = None;
    }

    /// What is shown stays, as it was known.
    pub fn stay(&mut self) {
        self.moves += 1;
        self.going = None;
    }

    /// The place cannot be shown.
    pub fn fail(&mut self, place: Place, error: ApiError) {
        self.arrive(place);
        self.failure = Some(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::ThreadId;

    #[test]
    fn the_old_stays_until_the_new_is_there_and_late_answers_are_dropped() {
        let (one, two) = (Place::thread(ThreadId(1)), Place::thread(ThreadId(2)));
        let mut navigation = Navigation::new(Place::Home, None);
        let first = navigation.set_out(one.clone());
        assert_eq!(navigation.shown(), &Place::Home);
        assert_eq!(navigation.place(), &one);
        let second = navigation.set_out(two.clone());
        assert!(!navigation.is_current(first));
        assert!(navigation.is_current(second));
        navigation.arrive(two.clone());
        assert!(!navigation.is_current(second), "it is there");
        assert_eq!((navigation.shown(), navigation.is_going()), (&two, false));
        navigation.fail(one.clone(), ApiError::NotFound);
        assert_eq!(navigation.failure(), Some(&ApiError::NotFound));
        navigation.arrive(Place::Home);
        assert_eq!(navigation.failure(), None);
        let again = navigation.set_out(Place::Home);
        navigation.stay();
        assert!(!navigation.is_current(again) && !navigation.is_going());
        assert_eq!(navigation.shown(), &Place::Home);
    }
}
