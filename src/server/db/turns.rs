//! Who waits for whom on `PostgreSQL`, where several processes write to one database.
//!
//! On `SQLite` transactions that write come one after the other, and within one server so does all
//! that takes a right away, in the writer's queue. Between processes an advisory lock does the same
//! for the length of a transaction: posts share it, since they take rows in one order (their threads by
//! id, before anything else), and everything else has it alone. So what is true when a transaction has
//! begun stays true until its end, whoever writes, no two wait for each other in a circle, and what is
//! acknowledged has its place before or after each post. It is taken by the statement that begins the
//! transaction, which is no round trip more.
//!
//! A newer version must take the same lock in the same two ways as long as it may run beside this one.

/// For all but posts. The number is "hubturn" in ASCII.
pub(crate) const ALONE: &str = "begin; select pg_advisory_xact_lock(29402463299007086)";

/// For batches of posts.
pub(crate) const BESIDE_OTHER_POSTS: &str =
    "begin; select pg_advisory_xact_lock_shared(29402463299007086)";

/// Takes the threads of a batch. Whatever else a batch changes belongs to one of them, or is taken after
/// them.
pub(crate) const TAKE_THREADS: &str = "
    select id from threads
    where id in (select cast(e.value ->> 0 as bigint) from json_each($1) e)
    order by id for update";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_take_the_same_lock() {
        let number = i64::from_be_bytes(*b"\0hubturn");
        for begin in [ALONE, BESIDE_OTHER_POSTS] {
            assert!(begin.ends_with(&format!("({number})")), "{begin}: {number}");
        }
    }
}
