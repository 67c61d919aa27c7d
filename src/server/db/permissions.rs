//! Who may read, who may post and who may govern, as SQL: spelled once, used by every query that serves a person.
//!
//! The first two are said of a thread `t` and of the membership `m` of whoever asks in it (null without one),
//! and of whoever asks by a parameter with their id, because guests may less.
//! They are not the same question: nobody posts in what was put away, and in a thread for announcements
//! all may take part by reacting, and few may post.

/// The person with that parameter's id, who asks, may read the thread: they belong to it, or it is for
/// everybody and they are no guest.
macro_rules! may_read {
    ($parameter:literal) => {
        concat!(
            "(m.user_id is not null or t.kind = 'public' and not ",
            $crate::server::db::permissions::is_guest!($parameter),
            ")"
        )
    };
}

/// They may take part in the thread: react to what is said there. In a direct one of two people, neither writes to the other if
/// one of them has blocked the other; where there are more, it is the others' too.
macro_rules! may_take_part {
    ($parameter:literal) => {
        concat!(
            "(",
            $crate::server::db::permissions::may_read!($parameter),
            " and t.archived_at is null
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
        )
    };
}

/// The person `u` is there for the person with that parameter's id: for a guest, only who belongs to a
/// thread that they belong to.
macro_rules! may_meet {
    ($parameter:literal) => {
        concat!(
            "(not ",
            $crate::server::db::permissions::is_guest!($parameter),
            " or u.id = ",
            $parameter,
            " or exists (select 1 from memberships mine
                         join memberships theirs on theirs.thread_id = mine.thread_id
                         where mine.user_id = ",
            $parameter,
            " and theirs.user_id = u.id))"
        )
    };
}

/// The person with that parameter's id, who asks, may post in the thread.
macro_rules! may_post {
    ($parameter:literal) => {
        concat!(
            "(",
            $crate::server::db::permissions::may_take_part!($parameter),
            " and (not t.announcements or m.role = 'owner' or ",
            $crate::server::db::permissions::is_administrator!($parameter),
            "))"
        )
    };
}

/// The person with that parameter's id is among those whom what is set for it names: a column of the
/// server's row `s`.
macro_rules! is_among {
    ($parameter:literal, $set:literal) => {
        concat!(
            "exists (select 1 from users a join server_identity s on s.id = 1
              where a.id = ",
            $parameter,
            " and a.banned_at is null and a.left_at is null
                and (a.role = 'admin' or a.role = 'member' and ",
            $set,
            " <> 'administrators' or ",
            $set,
            " = 'everybody'))"
        )
    };
}

/// The person with that parameter's id may start a thread of the kind in the other one, or make one such.
macro_rules! may_start {
    ($parameter:literal, $kind:literal) => {
        concat!(
            "(",
            $kind,
            " = 'public' and ",
            $crate::server::db::permissions::is_among!($parameter, "s.may_start_public"),
            " or ",
            $kind,
            " = 'private' and ",
            $crate::server::db::permissions::is_among!($parameter, "s.may_start_private"),
            ")"
        )
    };
}

/// The person with that parameter's id is a guest.
macro_rules! is_guest {
    ($parameter:literal) => {
        concat!(
            "exists (select 1 from users g where g.id = ",
            $parameter,
            " and g.role = 'guest')"
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
    is_administrator, is_among, is_guest, is_here, may_meet, may_moderate, may_post, may_read,
    may_start, may_take_part, muted_until,
};
