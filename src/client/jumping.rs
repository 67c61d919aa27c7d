//! What one can jump to, and which of it comes first for what was typed.
//!
//! What is typed matches where its letters come in this order, with anything between them: `gdn` finds
//! *Garden*. Whole beginnings of words are better than letters here and there; among what matches
//! equally well, what was given first (which is the most recent) stays first.

use crate::protocol::{May, MyThread, Place, ThreadKind, UserId};

/// Somewhere to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jump {
    pub title: String,
    /// What kind of thing it is.
    pub about: &'static str,
    pub to: Target,
}

/// Where one goes, or what opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Place(Place),
    /// The list of keys.
    Keys,
}

/// How many are offered.
const MOST: usize = 9;

/// My threads, the most recent first, and the places that there are.
pub fn jumps(mine: &[MyThread], me: UserId, may: May) -> Vec<Jump> {
    let threads = mine
        .iter()
        .filter(|mine| mine.is_listed())
        .map(|mine| Jump {
            title: mine.thread.title(me),
            about: match mine.thread.kind {
                ThreadKind::Direct => "Direct thread",
                ThreadKind::Private => "Private thread",
                ThreadKind::Public => "Thread",
            },
            to: Target::Place(Place::thread(mine.thread.id)),
        });
    let places = [
        ("Search messages", Place::search(String::new())),
        ("Browse threads", Place::Browse { after: None }),
        ("Everybody", Place::people()),
        ("Start a thread", Place::NewThread),
        ("Write to somebody", Place::NewDirect),
        (
            "Folders",
            Place::settings(crate::protocol::Section::Folders),
        ),
        (
            "Pause notifications",
            Place::settings(crate::protocol::Section::Notifications),
        ),
        (
            "Settings",
            Place::settings(crate::protocol::Section::Profile),
        ),
    ];
    let offered = places.into_iter().filter(|(_, to)| match to {
        Place::Browse { .. } => may.any(May::LOOK_AROUND),
        Place::NewThread => may.start_threads(),
        _ => true,
    });
    let places = offered.map(|(title, to)| Jump {
        title: title.to_owned(),
        about: "Page",
        to: Target::Place(to),
    });
    let keys = Jump {
        title: "Keyboard shortcuts".to_owned(),
        about: "Help",
        to: Target::Keys,
    };
    threads.chain(places).chain([keys]).collect()
}

/// What matches, the best first.
pub fn matching(jumps: &[Jump], typed: &str) -> Vec<Jump> {
    let typed: Vec<char> = letters(typed);
    let scored = jumps.iter().enumerate().filter_map(|(at, jump)| {
        let score = score(&letters(&jump.title), &typed)?;
        Some((std::cmp::Reverse(score), at))
    });
    let mut scored: Vec<_> = scored.collect();
    scored.sort_unstable();
    let best = scored.into_iter().take(MOST);
    best.map(|(_, at)| jumps[at].clone()).collect()
}

fn letters(text: &str) -> Vec<char> {
    text.trim().to_lowercase().chars().collect()
}

/// How well a title matches: more for each letter that begins a word, or follows the one before it.
fn score(title: &[char], typed: &[char]) -> Option<u32> {
    if typed.is_empty() {
        return Some(0);
    }
    // From each place where the first letter is; the best counts.
    let begins = (0..title.len()).filter(|at| title[*at] == typed[0]);
    begins.filter_map(|at| score_from(title, typed, at)).max()
}

fn score_from(title: &[char], typed: &[char], first: usize) -> Option<u32> {
    let mut total = 0;
    let mut next = first;
    for (n, wanted) in typed.iter().enumerate() {
        let at = next + title.get(next..)?.iter().position(|c| c == wanted)?;
        let begins_word = at == 0 || !title[at - 1].is_alphanumeric();
        let follows = n > 0 && at == next;
        total += 1 + 4 * u32::from(begins_word) + 3 * u32::from(follows);
        next = at + 1;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jump(title: &str) -> Jump {
        Jump {
            title: title.to_owned(),
            about: "Thread",
            to: Target::Keys,
        }
    }

    fn found(titles: &[&str], typed: &str) -> Vec<String> {
        let jumps: Vec<Jump> = titles.iter().map(|title| jump(title)).collect();
        let found = matching(&jumps, typed);
        found.into_iter().map(|jump| jump.title).collect()
    }

    #[test]
    fn nobody_is_led_to_what_they_may_not_do() {
        let titles = |may| -> Vec<String> {
            let jumps = jumps(&[], UserId(1), may).into_iter();
            jumps.map(|jump| jump.title).collect()
        };
        let (browse, start) = ("Browse threads".to_owned(), "Start a thread".to_owned());
        let all = titles(May::LOOK_AROUND.and(May::START_PRIVATE, true));
        assert!(all.contains(&browse) && all.contains(&start));
        let guests = titles(May::NOTHING);
        assert!(!guests.contains(&browse) && !guests.contains(&start));
        assert_eq!(all.len(), guests.len() + 2);
    }

    #[test]
    fn letters_in_order_match_and_others_do_not() {
        assert_eq!(found(&["Garden", "Lunch"], "gdn"), ["Garden"]);
        assert_eq!(found(&["Garden", "Lunch"], "ndg"), [""; 0]);
        assert_eq!(found(&["Café Zürich"], "CAFÉ z"), ["Café Zürich"]);
        assert_eq!(found(&[], "x"), [""; 0]);
    }

    #[test]
    fn beginnings_of_words_come_first_and_then_the_most_recent() {
        let all = ["Undesigned", "Operations & design", "Design"];
        assert_eq!(
            found(&all, "des"),
            ["Operations & design", "Design", "Undesigned"]
        );
        assert_eq!(found(&all, "od")[0], "Operations & design");
        assert_eq!(found(&["b", "a", "c"], ""), ["b", "a", "c"]);
        let many: Vec<String> = (0..30).map(|n| format!("thread {n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(found(&many, "thread").len(), MOST);
    }

    #[test]
    fn a_better_match_further_on_is_found() {
        // The first "d" is inside of a word; the word that begins with it is what is meant.
        assert_eq!(found(&["indoor", "in doors"], "do"), ["in doors", "indoor"]);
    }
}
