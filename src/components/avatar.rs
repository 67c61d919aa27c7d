//! A person in a circle: initials on a hue of their own.

use leptos::prelude::*;

use crate::protocol::{User, UserId};

const HUES: i64 = 12;

/// Decoration: the name always stands beside it.
#[allow(clippy::needless_pass_by_value)]
#[component]
pub fn Avatar(user: User) -> impl IntoView {
    let class = format!("avatar hue-{}", hue(user.id));
    view! {
        <span class=class aria-hidden="true">
            {initials(user.name.as_str())}
        </span>
    }
}

fn hue(id: UserId) -> i64 {
    // A step that has no factor in common with the number of hues: neighbours differ.
    (id.0 * 5).rem_euclid(HUES)
}

/// The first letters of the first and the last word.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_letters_of_the_first_and_the_last_word() {
        assert_eq!(initials("john"), "J");
        assert_eq!(initials("Ada King Lovelace"), "AL");
        assert_eq!(initials("élodie ümit"), "ÉÜ");
        assert_eq!(initials("🦀 crab"), "🦀C");
    }
}
