//! What I have chosen by calls that any part of the page makes: a folder folded up, the folder of a thread,
//! what of it I want to be told of.
//!
//! Each is told to the server, in order and one after the other, so that the last word is the last.
//! What was chosen without a connection, or lost one before it was answered, is told with the next:
//! each says how one thing is to be, so that saying it twice does no harm. (A list of several, such as that
//! of favourites, is no such thing: another device may have changed it meanwhile.)

use crate::protocol::frame::Raw;

/// So many may wait. What is chosen beyond that is dropped: nobody does so much without a connection.
const LIMIT: usize = 100;

/// What waits to be told, and whether the first is on its way.
#[derive(Debug, Default)]
pub struct Choices {
    /// Methods of the server, and what they are called with.
    waiting: Vec<(&'static str, Raw)>,
    under_way: Option<u32>,
    /// The server asked for a pause.
    is_resting: bool,
}

impl Choices {
    /// One is made.
    pub fn add(&mut self, method: &'static str, data: Raw) {
        if self.waiting.len() < LIMIT {
            self.waiting.push((method, data));
        }
    }

    /// What is to be told next, if nothing is under way.
    pub fn next(&self) -> Option<(&'static str, Raw)> {
        match self.under_way {
            None if !self.is_resting => self.waiting.first().cloned(),
            _ => None,
        }
    }

    /// It is on its way, by that call.
    pub fn sent(&mut self, call: u32) {
        self.under_way = Some(call);
    }

    /// A call was answered; a refusal for the moment is tried again after a rest. False if it was none
    /// of these.
    pub fn answered(&mut self, call: u32, is_refused_for_now: bool) -> bool {
        if self.under_way != Some(call) {
            return false;
        }
        self.under_way = None;
        match is_refused_for_now {
            true => self.is_resting = true,
            false => _ = self.waiting.remove(0),
        }
        true
    }

    /// It may be tried again.
    pub fn rested(&mut self) {
        self.is_resting = false;
    }

    /// Calls were lost with their connection.
    pub fn lost(&mut self, calls: &[u32]) {
        self.under_way = self.under_way.filter(|call| !calls.contains(call));
        self.rested();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::frame::raw;

    fn choose(choices: &mut Choices, what: &str) {
        choices.add("method", raw(&what).unwrap());
    }

    fn next(choices: &Choices) -> Option<String> {
        let (_, data) = choices.next()?;
        Some(data.get().to_owned())
    }

    #[test]
    fn choices_are_told_in_order_and_one_after_the_other() {
        let mut choices = Choices::default();
        choose(&mut choices, "a");
        choose(&mut choices, "b");
        assert_eq!(next(&choices).unwrap(), r#""a""#);
        choices.sent(1);
        assert_eq!(next(&choices), None);
        assert!(!choices.answered(7, false), "that was another call");
        assert!(choices.answered(1, false));
        assert_eq!(next(&choices).unwrap(), r#""b""#);
        choices.sent(2);
        assert!(choices.answered(2, false));
        assert_eq!(next(&choices), None);
    }

    #[test]
    fn a_choice_whose_connection_was_lost_is_told_again_and_one_that_was_answered_is_not() {
        let mut choices = Choices::default();
        choose(&mut choices, "a");
        choices.sent(1);
        choices.lost(&[1]);
        assert_eq!(next(&choices).unwrap(), r#""a""#);
        choices.sent(2);
        choices.answered(2, false);
        choices.lost(&[2]);
        assert_eq!(next(&choices), None);
    }

    #[test]
    fn a_choice_refused_for_the_moment_rests_and_one_refused_for_good_makes_room() {
        let mut choices = Choices::default();
        choose(&mut choices, "a");
        choices.sent(1);
        choices.answered(1, true);
        assert_eq!(next(&choices), None);
        choices.rested();
        assert_eq!(next(&choices).unwrap(), r#""a""#);
    }

    #[test]
    fn more_than_anybody_chooses_does_not_wait() {
        let mut choices = Choices::default();
        for at in 0..2 * LIMIT {
            choose(&mut choices, &at.to_string());
        }
        assert_eq!(choices.waiting.len(), LIMIT);
    }
}
