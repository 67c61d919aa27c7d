//! My threads as they stand in the list: in sections, and what is above and below what is open.
//!
//! The list and the keys that go through it ask the same code, so the next thread is the one that one
//! sees below.

use super::ordering::in_order;
use crate::protocol::{Favourites, Folders, MyThread, ThreadId, ThreadKind};

/// The parts of the list, from the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Favourites,
    /// The folder at that place.
    Folder(i64),
    Threads,
    Direct,
    Archived,
}

/// Which way to go through the list, and past what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Up,
    Down,
    UpToUnread,
    DownToUnread,
}

impl Section {
    /// What of my threads stands here, from the top. A direct one that nobody has written in does only
    /// while it is open: to look whether one might write to somebody is no reason to stand in their list.
    pub fn of(self, mine: &[MyThread], open: Option<ThreadId>) -> Vec<MyThread> {
        let mut mine = mine.to_vec();
        mine.retain(|mine| self.holds(mine, open));
        if self == Self::Favourites {
            in_order(&mut mine, |mine| mine.favourite);
        }
        mine
    }

    fn holds(self, mine: &MyThread, open: Option<ThreadId>) -> bool {
        let thread = &mine.thread;
        let is_direct = thread.kind == ThreadKind::Direct;
        let is_favourite = mine.favourite.is_some() && thread.is_active();
        let is_apart = is_favourite || mine.folder.is_some();
        let is_begun = !is_direct || thread.message_count > 0 || open == Some(thread.id);
        match self {
            Self::Favourites => is_favourite,
            Self::Folder(place) => {
                mine.folder == Some(place) && !is_favourite && thread.is_active() && is_begun
            }
            Self::Threads => thread.is_active() && !is_direct && !is_apart,
            Self::Direct => is_direct && !is_apart && is_begun,
            Self::Archived => !thread.is_active(),
        }
    }
}

/// What is on top of the list, in its order.
pub fn favourites(mine: &[MyThread]) -> Favourites {
    let mut mine = mine.to_vec();
    mine.retain(|mine| mine.favourite.is_some());
    in_order(&mut mine, |mine| mine.favourite);
    Favourites {
        threads: mine.iter().map(|mine| mine.thread.id).collect(),
    }
}

/// How much is unread in a section, without what is muted, and whether some of that is for me.
pub fn unread_in(section: Section, mine: &[MyThread]) -> (i64, bool) {
    let held = mine.iter().filter(|mine| section.holds(mine, None));
    let counting = held.filter(|mine| mine.notify.counts());
    counting.fold((0, false), |(unread, is_for_me), mine| {
        (unread + mine.unread(), is_for_me || mine.is_for_me())
    })
}

/// Where a step through the list leads, around its ends. What is put away is passed over, and what is
/// muted is not looked for as unread; what is folded up is looked for as unread only.
pub fn step(
    mine: &[MyThread],
    folders: &Folders,
    open: Option<ThreadId>,
    step: Step,
) -> Option<ThreadId> {
    let to_unread = matches!(step, Step::UpToUnread | Step::DownToUnread);
    let folders = folders.iter().filter(|(_, it)| to_unread || !it.is_closed);
    let folders = folders.map(|(place, _)| Section::Folder(place));
    let sections = [Section::Favourites].into_iter().chain(folders);
    let sections = sections.chain([Section::Threads, Section::Direct]);
    let mut all: Vec<MyThread> = sections.flat_map(|it| it.of(mine, open)).collect();
    if matches!(step, Step::Up | Step::UpToUnread) {
        all.reverse();
    }
    let is_open = |mine: &MyThread| Some(mine.thread.id) == open;
    // What follows comes first, and then what is on the other side.
    let next = all.iter().position(is_open).map_or(0, |at| at + 1);
    all.rotate_left(next);
    let is_wanted = |mine: &&MyThread| !to_unread || mine.unread() > 0 && mine.notify.counts();
    let mut wanted = all.iter().filter(|mine| !is_open(mine)).filter(is_wanted);
    wanted.next().map(|mine| mine.thread.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::stores::directory::tests::mine;
    use crate::protocol::{NotifyLevel, ReadPosition, Timestamp};

    fn direct(id: i64, messages: i64) -> MyThread {
        let mut mine = mine(id, id);
        mine.thread.kind = ThreadKind::Direct;
        mine.thread.message_count = messages;
        mine.read.number = messages;
        mine
    }

    fn unread(mut mine: MyThread) -> MyThread {
        mine.read = ReadPosition::default();
        mine
    }

    fn archived(mut mine: MyThread) -> MyThread {
        mine.thread.archived_at = Some(Timestamp(1));
        mine
    }

    fn goes(mine: &[MyThread], open: i64, way: Step) -> Option<i64> {
        step(mine, &Folders::default(), Some(ThreadId(open)), way).map(|id| id.0)
    }

    #[test]
    fn one_goes_through_the_list_as_it_stands_around_its_ends() {
        let list = [
            direct(9, 3),
            mine(1, 5),
            archived(mine(7, 5)),
            mine(2, 4),
            direct(8, 0),
        ];
        assert_eq!(goes(&list, 1, Step::Down), Some(2));
        assert_eq!(goes(&list, 2, Step::Down), Some(9), "then the direct ones");
        assert_eq!(
            goes(&list, 9, Step::Down),
            Some(1),
            "and from the top again"
        );
        assert_eq!(goes(&list, 1, Step::Up), Some(9));
        assert_eq!(goes(&list, 9, Step::Up), Some(2));
        assert_eq!(
            goes(&list, 8, Step::Up),
            Some(9),
            "an empty one that is open"
        );
        assert_eq!(
            goes(&list, 7, Step::Down),
            Some(1),
            "from one that is put away"
        );
        assert_eq!(
            step(&list, &Folders::default(), None, Step::Up),
            Some(ThreadId(9))
        );
    }

    #[test]
    fn favourites_stand_on_top_in_their_order_and_nowhere_else() {
        let favourite = |mut mine: MyThread, place| {
            mine.favourite = Some(place);
            mine
        };
        let list = [
            mine(1, 9),
            favourite(direct(8, 3), 2),
            favourite(mine(2, 1), 1),
            favourite(archived(mine(7, 5)), 3),
        ];
        let ids = |section: Section| {
            let of = section.of(&list, None).into_iter();
            of.map(|mine| mine.thread.id.0).collect::<Vec<_>>()
        };
        assert_eq!(ids(Section::Favourites), [2, 8]);
        assert_eq!(ids(Section::Threads), [1]);
        assert_eq!(ids(Section::Direct), [0; 0]);
        assert_eq!(ids(Section::Archived), [7]);
        let all = favourites(&list).threads;
        assert_eq!(all, [ThreadId(2), ThreadId(8), ThreadId(7)]);
        assert_eq!(goes(&list, 2, Step::Down), Some(8));
        assert_eq!(goes(&list, 8, Step::Down), Some(1));
    }

    #[test]
    fn a_thread_in_a_folder_stands_there_and_nowhere_else_and_on_top_if_it_is_a_favourite() {
        let put = |mut mine: MyThread, place| {
            mine.folder = Some(place);
            mine
        };
        let mut favourite = put(mine(4, 9), 1);
        favourite.favourite = Some(1);
        let list = [
            mine(1, 9),
            put(unread(mine(2, 8)), 1),
            put(direct(3, 3), 1),
            favourite,
            put(archived(mine(5, 1)), 1),
            put(direct(6, 0), 1),
            put(mine(7, 1), 2),
        ];
        let ids = |section: Section| {
            let of = section.of(&list, None).into_iter();
            of.map(|mine| mine.thread.id.0).collect::<Vec<_>>()
        };
        assert_eq!(ids(Section::Favourites), [4]);
        assert_eq!(ids(Section::Folder(1)), [2, 3]);
        assert_eq!(ids(Section::Folder(2)), [7]);
        assert_eq!(ids(Section::Threads), [1]);
        assert_eq!(ids(Section::Direct), [0; 0]);
        assert_eq!(ids(Section::Archived), [5]);
        assert_eq!(unread_in(Section::Folder(1), &list), (8, false));

        let goes = |folders: &str, from, way| {
            let next = step(&list, &Folders::read(folders), Some(ThreadId(from)), way);
            next.map(|id| id.0)
        };
        let (open, closed) = ("+Work\n+Play", "-Work\n+Play");
        assert_eq!(goes(open, 4, Step::Down), Some(2));
        assert_eq!(goes(open, 3, Step::Down), Some(7));
        assert_eq!(goes(open, 7, Step::Down), Some(1));
        assert_eq!(
            goes(closed, 4, Step::Down),
            Some(7),
            "what is folded up is passed over"
        );
        assert_eq!(
            goes(closed, 4, Step::DownToUnread),
            Some(2),
            "but for what is unread"
        );
    }

    #[test]
    fn what_is_for_me_in_a_section_is_known_and_what_is_muted_counts_for_nothing() {
        let mut meant = unread(mine(1, 5));
        meant.for_me = 8;
        let mut muted = unread(mine(2, 5));
        muted.notify = NotifyLevel::Nothing;
        assert_eq!(
            unread_in(Section::Threads, &[meant.clone(), muted.clone()]),
            (8, true)
        );
        assert_eq!(unread_in(Section::Threads, &[muted]), (0, false));
        assert_eq!(unread_in(Section::Direct, &[meant]), (0, false));
    }

    #[test]
    fn what_is_unread_is_found_and_neither_what_is_read_nor_what_is_muted() {
        let mut muted = unread(mine(4, 1));
        muted.notify = NotifyLevel::Nothing;
        let list = [unread(mine(1, 5)), mine(2, 4), unread(mine(3, 3)), muted];
        assert_eq!(goes(&list, 2, Step::DownToUnread), Some(3));
        assert_eq!(goes(&list, 2, Step::UpToUnread), Some(1));
        assert_eq!(goes(&list, 3, Step::DownToUnread), Some(1));
        assert_eq!(goes(&list[..2], 1, Step::DownToUnread), None, "no other is");
    }

    #[test]
    fn there_may_be_nowhere_to_go() {
        assert_eq!(step(&[], &Folders::default(), None, Step::Down), None);
        assert_eq!(goes(&[mine(1, 1)], 1, Step::Up), None);
    }
}
