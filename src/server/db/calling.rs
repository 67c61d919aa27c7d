//! Messages that call on everybody in their thread (`@all`), or on who is there (`@here`).
//!
//! Owners of the thread and administrators may, and everybody in a direct thread; of anybody else the
//! words are words. It is decided in the transaction that writes the message, for what the messages of a
//! batch say (`writer/batch`): message, thread, number, author, time, and 1 if it is for those only who
//! are there. Who that is comes beside it, as pairs of message and person. Whom a message is for hears of
//! it as of a keyword, except where they want to hear nothing of the thread or have blocked its author.

use super::permissions::is_administrator;

/// Lets these messages call on their threads, if their authors may. Which of them do.
pub(super) const CALL: &str = concat!(
    "with calling as (
         select cast(e.value ->> 0 as bigint) as message, cast(e.value ->> 1 as bigint) as thread,
                cast(e.value ->> 3 as bigint) as author
         from json_each($1) e)
       update messages set calls = 1
       from calling
       where id = calling.message and exists (
           select 1 from threads t
           left join memberships m on m.thread_id = t.id and m.user_id = calling.author
           where t.id = calling.thread
             and (t.kind = 'direct' or m.role = 'owner' or ",
    is_administrator!("calling.author"),
    "))
       returning id"
);

/// The messages that call, each with everybody whom it calls on.
macro_rules! calls {
    () => {
        "called as (
             select cast(e.value ->> 0 as bigint) as message, m.thread_id as thread,
                    cast(e.value ->> 2 as bigint) as number, cast(e.value ->> 3 as bigint) as author,
                    cast(e.value ->> 4 as bigint) as at, m.user_id as who
             from json_each($1) e
             join memberships m on m.thread_id = cast(e.value ->> 1 as bigint)
             where m.notify <> 'nothing' and m.user_id <> cast(e.value ->> 3 as bigint)
               and not exists (select 1 from blocks b where b.user_id = m.user_id
                               and b.blocked_id = cast(e.value ->> 3 as bigint))
               and (cast(e.value ->> 5 as bigint) = 0
                    or (cast(e.value ->> 0 as bigint), m.user_id) in (
                        select cast(h.value ->> 0 as bigint), cast(h.value ->> 1 as bigint)
                        from json_each($2) h)))"
    };
}

/// What these messages are to those whom they call on.
pub(super) const CALLED: &str = concat!(
    "with ",
    calls!(),
    ", newest as (select thread, who, max(number) as number from called group by thread, who)
       update memberships set for_me = newest.number
       from newest
       where thread_id = newest.thread and user_id = newest.who and for_me < newest.number
       returning user_id, thread_id, for_me"
);

/// Notes it for them, where the same message does not name them. Who they are.
pub(super) const NOTE_CALLED: &str = concat!(
    "with ",
    calls!(),
    " insert into activity (user_id, message_id, kind, by_id, done_at)
      select who, message, 'mention', author, at from called
      where not exists (select 1 from activity a
                        where a.user_id = called.who and a.message_id = called.message)
      returning user_id"
);
