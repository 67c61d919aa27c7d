//! Who may read, who may post and who may govern, as SQL: spelled once, used by every query that serves a person.
//!
//! The first two are said of a thread `t` and of the membership `m` of whoever asks in it (null without one).
//! They are not the same question: nobody posts in what was put away, and in a thread for announcements
//! all may take part by reacting, and few may post.

/// Whoever asks may read the thread.
macro_rules! may_read {
    () => {
        "(t.kind = 'public' or m.user_id is not null)"
    };
}

/// Whoever asks may take part in the thread: react to what is said there. In a direct one of two people, neither writes to the other if
/// one of them has blocked the other; where there are more, it is the others' too.
macro_rules! may_take_part {
    () => {
        "((t.kind = 'public' or m.user_id is not null) and t.archived_at is null
          and (t.kind <> 'direct' or not exists (
              select 1 from memberships o
              where o.thread_id = t.id and o.user_id <> m.user_id
                and (exists (select 1 from blocks b
                             where b.user_id = o.user_id and b.blocked_id = m.user_id)
                     or exists (select 1 from blocks b
                                where b.user_id = m.user_id and b.blocked_id = o.user_id))
                and not exists (select 1 from memberships third
                                where third.thread_id = t.id
                                  and third.user_id not in (o.user_id, m.user_id)))))"
    };
}

/// The person with that parameter's id, who asks, may post in the thread.
macro_rules! may_post {
    ($parameter:literal) => {
        concat!(
            "(",
            $crate::server::db::permissions::may_take_part!(),
            " and (not t.announcements or m.role = 'owner' or ",
            $crate::server::db::permissions::is_administrator!($parameter),
            "))"
        )
    };
}

/// The person with that parameter's id is an administrator.
macro_rules! is_administrator {
    ($parameter:literal) => {
        concat!(
            "exists (select 1 from users a where a.id = ",
            $parameter,
            " and a.role = 'admin' and a.banned_at is null and a.left_at is null)"
        )
    };
}

/// The person with that parameter's id may be here.
macro_rules! is_here {
    ($parameter:literal) => {
        concat!(
            "exists (select 1 from users h where h.id = ",
            $parameter,
            " and h.banned_at is null and h.left_at is null)"
        )
    };
}

/// Until when the person with that parameter's id, whose membership is `m`, is muted in the thread `t`;
/// null for who is not, and for those in charge.
macro_rules! muted_until {
    ($parameter:literal) => {
        concat!(
            "(select x.until from mutes x
              where x.thread_id = t.id and x.user_id = ",
            $parameter,
            " and coalesce(m.role, '') <> 'owner' and not ",
            $crate::server::db::permissions::is_administrator!($parameter),
            ")"
        )
    };
}

/// The person with that parameter's id may see to what others say in the thread `t`: they own it, or
/// they are an administrator in person (by the other parameter) and may read it. Nobody governs what a
/// few people say to each other.
macro_rules! may_moderate {
    ($parameter:literal, $in_person:literal) => {
        concat!(
            "(t.kind <> 'direct' and ",
            $crate::server::db::permissions::is_here!($parameter),
            " and (exists (select 1 from memberships o where o.thread_id = t.id and o.user_id = ",
            $parameter,
            " and o.role = 'owner') or (cast(",
            $in_person,
            " as bigint) = 1 and ",
            $crate::server::db::permissions::is_administrator!($parameter),
            " and (t.kind = 'public' or exists (select 1 from memberships o
                   where o.thread_id = t.id and o.user_id = ",
            $parameter,
            ")))))"
        )
    };
}

pub(super) use {
    is_administrator, is_here, may_moderate, may_post, may_read, may_take_part, muted_until,
};
