//! Finding people by their names. Engines do not agree on what is lower case, so each person has a key
//! for it that the program makes: username and name, a space before each word.

use super::permissions::may_meet;
use super::users::UserRow;
use super::{Db, Result};
use crate::protocol::{User, UserId};
use crate::server::auth::names::searched;

/// The key by which a person is found.
pub(super) fn search_key(username: &str, name: &str) -> String {
    format!(" {} {}", searched(username), searched(name))
}

/// What contains these characters, whatever they mean to `like` (with `!` as the escape), behind
/// something else.
pub(super) fn pattern(before: &str, text: &str) -> String {
    let mut pattern = format!("%{before}");
    for c in searched(text.trim()).chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// People whose username, or a word of whose name, begins with a text, and whom `by` may know: their contacts
/// first.
///
/// # Errors
/// The database fails.
pub async fn people(db: &Db, by: UserId, text: &str, limit: u32) -> Result<Vec<User>> {
    let rows: Vec<UserRow> = on!(db.reader(), |pool| sqlx::query_as(concat!(
        "select u.id as user_id, u.username, u.name, u.avatar, u.role from users u
         where u.banned_at is null and u.search_key like $1 escape '!' and ",
        may_meet!("$3"),
        " order by case when exists (select 1 from contacts c where c.user_id = $3
                            and c.contact_id = u.id and c.tie = 'contact') then 0 else 1 end,
                   u.username limit 0 + $2"
    ))
    .bind(pattern(" ", text))
    .bind(i64::from(limit))
    .bind(by.0)
    .fetch_all(pool)
    .await)?;
    Ok(rows.into_iter().map(User::from).collect())
}

/// Gives everybody the key by which they are found who has none yet.
///
/// # Errors
/// The database fails.
pub(super) async fn fill_keys(db: &Db) -> Result<()> {
    let missing: Vec<(i64, String, String)> = on!(db.writer(), |pool| sqlx::query_as(
        "select id, username, name from users where search_key is null"
    )
    .fetch_all(pool)
    .await)?;
    for chunk in missing.chunks(1000) {
        let keys = chunk
            .iter()
            .map(|(id, username, name)| (*id, search_key(username, name)));
        on!(db.writer(), |pool| sqlx::query(
            "with keys as (
               select cast(e.value ->> 0 as bigint) as person, e.value ->> 1 as of_names
               from json_each($1) e)
             update users set search_key = keys.of_names from keys where id = keys.person"
        )
        .bind(super::rows::rows(keys.collect()))
        .execute(pool)
        .await
        .map(drop))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_is_text_and_no_pattern() {
        assert_eq!(pattern("", " A_b%! "), "%a!_b!%!!%");
        assert_eq!(pattern(" ", "\u{c9}m"), "% em%");
        assert_eq!(pattern("", ""), "%%");
    }

    #[test]
    fn a_key_is_in_lower_case_and_without_marks() {
        assert_eq!(search_key("ada", "E\u{301}mile Zola"), " ada emile zola");
    }
}
