//! The threads I belong to, most recently active first, and a page of everybody's.

use std::cmp::Reverse;

use crate::client::ordering::in_order;
use crate::protocol::{
    DirectoryPage, Listed, MyThread, NotifyLevel, ReadPosition, Role, Seq, Thread, ThreadEvent,
    ThreadId, ThreadKind, Timestamp, User,
};

/// The threads I know of, with my standing in those that are mine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    mine: Vec<MyThread>,
    /// The page of everybody's threads that was asked for last.
    page: Option<DirectoryPage>,
    /// A thread that is looked at and that I do not belong to.
    visited: Option<Thread>,
    /// Threads that I have joined or left since the list was asked for.
    changed: Vec<ThreadId>,
    /// Threads in which I have read on, or back, since then.
    moved: Vec<ThreadId>,
    /// Threads of which I have chosen what to be told of since then, or in which I was muted.
    chosen: Vec<ThreadId>,
    /// Lists that are asked for, and not there yet.
    asked: u32,
    /// Threads whose stream has begun further on than what is known of them, and where.
    beyond: Vec<(ThreadId, Seq)>,
    /// Something else in the list under way has changed since it was asked for.
    is_old: bool,
    /// The last list was made before the server knew all that I have read.
    is_early: bool,
}

impl Directory {
    pub fn new(mine: Vec<MyThread>) -> Self {
        let mut directory = Self {
            mine,
            ..Self::default()
        };
        directory.sort();
        directory
    }

    pub fn mine(&self) -> &[MyThread] {
        &self.mine
    }

    pub fn page(&self) -> Option<&DirectoryPage> {
        self.page.as_ref()
    }

    pub fn my(&self, id: ThreadId) -> Option<&MyThread> {
        self.mine.iter().find(|mine| mine.thread.id == id)
    }

    /// A thread, whether or not I belong to it.
    pub fn thread(&self, id: ThreadId) -> Option<&Thread> {
        let mine = self.my(id).map(|mine| &mine.thread);
        mine.or_else(|| self.visited.as_ref().filter(|thread| thread.id == id))
    }

    /// The list is asked for.
    pub fn asked(&mut self) {
        if self.asked == 0 {
            self.changed.clear();
            self.moved.clear();
            self.chosen.clear();
        }
        self.is_old = false;
        self.asked += 1;
    }

    /// Whether the last list is to be asked for again, once the server knows what I have read.
    pub fn was_early(&mut self) -> bool {
        std::mem::take(&mut self.is_early)
    }

    /// Once the server knows what I have read, the list tells more than I know.
    pub fn is_to_be_asked_again(&mut self) {
        self.is_early = true;
    }

    /// The stream of a thread begins, or goes on, after that event.
    pub fn begins_after(&mut self, id: ThreadId, seq: Seq) {
        self.beyond.push((id, seq));
    }

    /// Numbers mean something else from now on: a list will say what.
    pub fn begin_anew(&mut self) {
        for mine in &mut self.mine {
            mine.thread.last_seq = Seq::START;
            mine.thread.message_count = 0;
            mine.read = ReadPosition::default();
            mine.for_me = 0;
        }
        self.moved.clear();
        self.beyond.clear();
    }

    /// Whether something has happened in my threads that neither a stream nor a list has told, and that
    /// no list under way will.
    pub fn has_missed_something(&mut self) -> bool {
        let mut beyond = std::mem::take(&mut self.beyond);
        beyond.retain(|(id, seq)| self.my(*id).is_some_and(|mine| mine.thread.last_seq < *seq));
        self.beyond = beyond;
        self.asked == 0 && (self.is_old || !self.beyond.is_empty())
    }

    /// Something beside the threads has changed: a list that is under way may not know.
    pub fn outdates_the_list(&mut self) {
        self.is_old = self.asked > 0;
    }

    /// It does not come.
    pub fn not_listed(&mut self) {
        self.asked = self.asked.saturating_sub(1);
    }

    /// The list as the server has it. What happened while it was under way is not taken back, nor
    /// what the server does not know yet of a thread (`is_ahead`). Gives the threads in which I have
    /// gone back meanwhile, on another device.
    pub fn listed(
        &mut self,
        mine: Vec<MyThread>,
        is_ahead: impl Fn(ThreadId) -> bool,
    ) -> Vec<(ThreadId, Seq)> {
        let mut gone_back = Vec::new();
        self.not_listed();
        self.is_early = mine.iter().any(|mine| is_ahead(mine.thread.id));
        let known = std::mem::replace(&mut self.mine, mine);
        // They are forgotten when a list is asked for and no other is under way.
        let (changed, moved) = (self.changed.clone(), self.moved.clone());
        let chosen = self.chosen.clone();
        self.mine
            .retain(|listed| !changed.contains(&listed.thread.id));
        for known in known {
            if changed.contains(&known.thread.id) {
                self.mine.push(known);
            } else if let Some(listed) = self.find(known.thread.id) {
                listed.for_me = listed.for_me.max(known.for_me);
                if listed.thread.last_seq < known.thread.last_seq {
                    listed.thread = known.thread;
                    listed.role = known.role;
                }
                let id = listed.thread.id;
                if chosen.contains(&id) {
                    listed.notify = known.notify;
                    listed.muted_until = known.muted_until;
                }
                if moved.contains(&id) || is_ahead(id) {
                    listed.read = known.read;
                } else if listed.read.seq < known.read.seq {
                    gone_back.push((id, listed.read.seq));
                }
            } else if known.thread.kind == ThreadKind::Direct && known.thread.message_count == 0 {
                // One that is open, and in no list yet.
                self.mine.push(known);
            }
        }
        self.sort();
        gone_back
    }

    pub fn showing(&mut self, page: DirectoryPage) {
        self.page = Some(page);
    }

    /// Somebody has started a thread that is for everybody.
    pub fn started(&mut self, thread: &Thread) {
        let joined = self.my(thread.id).is_some();
        let Some(page) = &mut self.page else { return };
        let known = page
            .threads
            .iter()
            .position(|known| known.thread.id == thread.id);
        if known.is_none() {
            page.threads.insert(
                0,
                Listed {
                    thread: thread.clone(),
                    joined,
                },
            );
        }
    }

    /// A thread has become something else.
    pub fn changed(&mut self, now: &Thread) {
        self.each(&mut |known| {
            if known.id == now.id {
                known.name.clone_from(&now.name);
                known.description.clone_from(&now.description);
                known.kind = now.kind;
                known.archived_at = now.archived_at;
                known.for_everybody = now.for_everybody;
                known.announcements = now.announcements;
                known.slow_seconds = now.slow_seconds;
            }
        });
        if !now.is_active() {
            self.unlist(now.id);
        }
    }

    /// Does something with all that is known of threads.
    fn each(&mut self, change: &mut dyn FnMut(&mut Thread)) {
        for mine in &mut self.mine {
            change(&mut mine.thread);
        }
        if let Some(page) = &mut self.page {
            for listed in &mut page.threads {
                change(&mut listed.thread);
            }
        }
        if let Some(visited) = &mut self.visited {
            change(visited);
        }
    }

    /// A thread is no longer one of those that everybody may find.
    pub fn unlist(&mut self, id: ThreadId) {
        if let Some(page) = &mut self.page {
            page.threads.retain(|listed| listed.thread.id != id);
        }
    }

    /// Somebody has another name: direct threads are called by it.
    pub fn renamed(&mut self, user: &User) {
        self.each(&mut |thread| {
            for known in &mut thread.people {
                if known.id == user.id {
                    known.clone_from(user);
                }
            }
        });
    }

    /// I am in charge of a thread.
    pub fn made_owner(&mut self, id: ThreadId) {
        if let Some(mine) = self.find(id) {
            mine.role = Role::Owner;
        }
    }

    /// A thread was looked at. A direct one is mine, but in no list before something was said in it.
    pub fn seen(&mut self, thread: &Thread) {
        if thread.kind == ThreadKind::Direct {
            self.add(thread, Role::Member);
        }
        match self.find(thread.id) {
            Some(mine) if mine.thread.last_seq > thread.last_seq => {}
            Some(mine) => mine.thread = thread.clone(),
            None => self.visited = Some(thread.clone()),
        }
        self.sort();
    }

    fn add(&mut self, thread: &Thread, role: Role) {
        if self.find(thread.id).is_some() {
            return;
        }
        // Whoever is in a direct one was there from its beginning.
        let read = match thread.kind {
            ThreadKind::Direct => ReadPosition::default(),
            _ => ReadPosition {
                seq: thread.last_seq,
                number: thread.message_count,
            },
        };
        self.mine.push(MyThread {
            thread: thread.clone(),
            role,
            read,
            notify: NotifyLevel::default(),
            for_me: 0,
            favourite: None,
            muted_until: None,
            folder: None,
        });
    }

    /// I belong to a thread from now on. What was said before does not count as unread.
    pub fn joined(&mut self, thread: &Thread, role: Role) {
        self.add(thread, role);
        if role == Role::Owner {
            self.made_owner(thread.id);
        }
        self.changed.push(thread.id);
        self.mark(thread.id, true);
        self.seen(thread);
    }

    /// I no longer belong to a thread.
    pub fn left(&mut self, id: ThreadId) {
        self.mine.retain(|mine| mine.thread.id != id);
        self.changed.push(id);
        self.mark(id, false);
    }

    /// Something happened in a thread.
    pub fn happened(&mut self, id: ThreadId, seq: Seq, event: &ThreadEvent) {
        if let ThreadEvent::Changed { thread } = event {
            self.changed(thread);
        }
        let visited = self.visited.as_mut().filter(|thread| thread.id == id);
        let mine = self.mine.iter_mut().find(|mine| mine.thread.id == id);
        let threads = mine.map(|mine| &mut mine.thread).into_iter().chain(visited);
        for thread in threads {
            thread.last_seq = thread.last_seq.max(seq);
            if let ThreadEvent::Posted { message } = event {
                thread.message_count = thread.message_count.max(message.number);
                thread.active_at = thread.active_at.max(message.created_at);
            }
        }
        self.sort();
    }

    /// A message of that number is for me.
    pub fn is_meant(&mut self, id: ThreadId, number: i64) {
        if let Some(mine) = self.find(id) {
            mine.for_me = mine.for_me.max(number);
        }
    }

    /// I have read a thread up to there, on one of my devices. Reading never goes back.
    pub fn read(&mut self, id: ThreadId, to: ReadPosition) {
        self.has_moved(id);
        if let Some(mine) = self.find(id)
            && mine.read.seq < to.seq
        {
            mine.read = to;
        }
    }

    /// I want to have read a thread only up to there.
    pub fn move_back(&mut self, id: ThreadId, to: ReadPosition) {
        self.has_moved(id);
        if let Some(mine) = self.find(id) {
            mine.read = to;
        }
    }

    /// I have written this: it is read, if all before it was. Whether it was.
    pub fn wrote(&mut self, id: ThreadId, to: ReadPosition) -> bool {
        match self.find(id) {
            Some(mine) if mine.read.number + 1 == to.number => {
                mine.read = to;
                true
            }
            _ => false,
        }
    }

    /// What the server is told of a thread now, a list under way may not know.
    pub fn has_moved(&mut self, id: ThreadId) {
        if self.asked > 0 {
            self.moved.push(id);
        }
    }

    fn has_chosen(&mut self, id: ThreadId) {
        if self.asked > 0 {
            self.chosen.push(id);
        }
    }

    /// What of a thread I want to be told of.
    pub fn notify(&mut self, id: ThreadId, level: NotifyLevel) {
        self.has_chosen(id);
        if let Some(mine) = self.find(id) {
            mine.notify = level;
        }
    }

    /// I am muted in a thread until then, or not any more.
    pub fn mute(&mut self, id: ThreadId, until: Option<Timestamp>) {
        self.has_chosen(id);
        if let Some(mine) = self.find(id) {
            mine.muted_until = until;
        }
    }

    /// What has ended is not so any more; when the next does.
    pub fn end_mutes(&mut self, now: Timestamp) -> Option<Timestamp> {
        let mut next = None;
        for mine in &mut self.mine {
            let until = mine.muted_until.filter(|until| *until > now);
            mine.muted_until = until;
            next = next.into_iter().chain(until).min();
        }
        next
    }

    fn find(&mut self, id: ThreadId) -> Option<&mut MyThread> {
        self.mine.iter_mut().find(|mine| mine.thread.id == id)
    }

    fn mark(&mut self, id: ThreadId, joined: bool) {
        let listed = self.page.iter_mut().flat_map(|page| &mut page.threads);
        for listed in listed.filter(|listed| listed.thread.id == id) {
            listed.joined = joined;
        }
    }

    fn sort(&mut self) {
        let place = |mine: &MyThread| Reverse((mine.thread.active_at, mine.thread.id));
        in_order(&mut self.mine, place);
    }
}

#[cfg(test)]
pub(in crate::client) mod tests {
    use super::super::timeline::tests::message;
    use super::*;
    use crate::protocol::{Description, DisplayName, Message, ThreadName, Timestamp};

    fn thread(id: i64, active_at: i64) -> Thread {
        Thread {
            id: ThreadId(id),
            name: ThreadName::parse("A thread").unwrap(),
            description: Description::default(),
            kind: ThreadKind::Public,
            last_seq: Seq(10),
            message_count: 8,
            active_at: Timestamp(active_at),
            archived_at: None,
            people: Vec::new(),
            for_everybody: false,
            announcements: false,
            slow_seconds: crate::protocol::Pause::default(),
        }
    }

    pub fn mine(id: i64, active_at: i64) -> MyThread {
        MyThread {
            thread: thread(id, active_at),
            role: Role::Member,
            read: ReadPosition {
                seq: Seq(10),
                number: 8,
            },
            notify: NotifyLevel::Everything,
            for_me: 0,
            favourite: None,
            muted_until: None,
            folder: None,
        }
    }

    fn ids(directory: &Directory) -> Vec<i64> {
        directory
            .mine()
            .iter()
            .map(|mine| mine.thread.id.0)
            .collect()
    }

    fn posted(number: i64, at: i64) -> ThreadEvent {
        ThreadEvent::Posted {
            message: Message {
                number,
                created_at: Timestamp(at),
                ..message(11)
            },
        }
    }

    #[test]
    fn a_new_message_moves_its_thread_up_and_is_unread() {
        let mut directory = Directory::new(vec![mine(1, 5), mine(2, 9)]);
        assert_eq!(ids(&directory), [2, 1]);
        directory.happened(ThreadId(1), Seq(12), &posted(9, 20));
        assert_eq!(ids(&directory), [1, 2]);
        assert_eq!(directory.my(ThreadId(1)).unwrap().unread(), 1);
        let to = ReadPosition {
            seq: Seq(12),
            number: 9,
        };
        directory.read(ThreadId(1), to);
        assert_eq!(directory.my(ThreadId(1)).unwrap().unread(), 0);
        directory.read(ThreadId(1), ReadPosition::default());
        assert_eq!(
            directory.my(ThreadId(1)).unwrap().unread(),
            0,
            "reading never goes back"
        );
        directory.move_back(ThreadId(1), ReadPosition::default());
        assert_eq!(
            directory.my(ThreadId(1)).unwrap().unread(),
            9,
            "unless it is meant"
        );
    }

    #[test]
    fn what_is_for_me_is_so_until_it_is_read_and_again_when_it_is_not() {
        let at = |seq, number| ReadPosition {
            seq: Seq(seq),
            number,
        };
        let id = ThreadId(1);
        let mut directory = Directory::new(vec![mine(1, 5)]);
        let is_for_me = |directory: &Directory| directory.my(id).unwrap().is_for_me();
        directory.happened(id, Seq(12), &posted(9, 20));
        assert!(!is_for_me(&directory), "it is for all");
        directory.happened(id, Seq(13), &posted(10, 21));
        directory.is_meant(id, 10);
        directory.is_meant(id, 3);
        assert!(is_for_me(&directory));
        // A list that was made before does not take it back.
        directory.asked();
        directory.listed(vec![mine(1, 5)], |_| false);
        assert!(is_for_me(&directory));
        directory.read(id, at(13, 10));
        assert!(!is_for_me(&directory));
        directory.move_back(id, at(12, 9));
        assert!(is_for_me(&directory));
        directory.move_back(id, ReadPosition::default());
        let mut direct = mine(2, 1);
        direct.thread.kind = ThreadKind::Direct;
        assert!(!direct.is_for_me());
        direct.read = ReadPosition::default();
        assert!(direct.is_for_me(), "all of a direct one is");
    }

    #[test]
    fn what_i_have_written_is_read_if_all_before_it_was() {
        let mut directory = Directory::new(vec![mine(1, 5)]);
        directory.asked();
        directory.happened(ThreadId(1), Seq(12), &posted(9, 20));
        let to = ReadPosition {
            seq: Seq(12),
            number: 9,
        };
        assert!(directory.wrote(ThreadId(1), to));
        directory.has_moved(ThreadId(1));
        directory.listed(vec![mine(1, 5)], |_| false);
        assert_eq!(directory.my(ThreadId(1)).unwrap().read, to);
        let behind = ReadPosition {
            seq: Seq(20),
            number: 15,
        };
        directory.wrote(ThreadId(1), behind);
        let read = directory.my(ThreadId(1)).unwrap().read;
        assert_eq!(read, to, "what others said before it was not seen");
    }

    #[test]
    fn of_another_history_the_list_counts_though_it_has_less() {
        let mut directory = Directory::new(vec![mine(1, 5)]);
        let mut restored = mine(1, 5);
        restored.thread.last_seq = Seq(4);
        restored.thread.message_count = 4;
        restored.read = ReadPosition {
            seq: Seq(3),
            number: 3,
        };
        directory.begin_anew();
        directory.asked();
        let gone_back = directory.listed(vec![restored.clone()], |_| false);
        assert_eq!(gone_back, [], "nobody has gone back");
        assert_eq!(directory.my(ThreadId(1)), Some(&restored));
        assert_eq!(directory.my(ThreadId(1)).unwrap().unread(), 1);
    }

    #[test]
    fn what_was_marked_as_unread_elsewhere_while_one_was_away_is_in_the_list() {
        let at = |seq, number| ReadPosition {
            seq: Seq(seq),
            number,
        };
        let mut directory = Directory::new(vec![mine(1, 5)]);
        directory.asked();
        let mut listed = mine(1, 5);
        listed.read = at(3, 2);
        let gone_back = directory.listed(vec![listed.clone()], |_| false);
        assert_eq!(gone_back, [(ThreadId(1), Seq(3))]);
        assert_eq!(directory.my(ThreadId(1)).unwrap().unread(), 6);
        directory.read(ThreadId(1), at(10, 8));
        let gone_back = directory.listed(vec![listed.clone()], |_| true);
        assert_eq!(
            gone_back,
            [],
            "the server does not know yet what I have read"
        );
        assert_eq!(directory.my(ThreadId(1)).unwrap().unread(), 0);
        directory.asked();
        directory.read(ThreadId(1), at(10, 8));
        directory.notify(ThreadId(1), NotifyLevel::Nothing);
        directory.listed(vec![listed], |_| false);
        let my = directory.my(ThreadId(1)).unwrap();
        assert_eq!(my.unread(), 0, "read while the list was under way");
        assert_eq!(my.notify, NotifyLevel::Nothing);
    }

    #[test]
    fn what_i_have_read_since_a_list_was_asked_for_says_nothing_of_what_i_want_to_be_told_of() {
        let mut directory = Directory::new(vec![mine(1, 5)]);
        let mut listed = mine(1, 5);
        listed.notify = NotifyLevel::Mentions;
        directory.asked();
        directory.move_back(ThreadId(1), ReadPosition::default());
        directory.listed(vec![listed.clone()], |_| false);
        let my = directory.my(ThreadId(1)).unwrap();
        assert_eq!((my.unread(), my.notify), (8, NotifyLevel::Mentions));
        directory.asked();
        directory.notify(ThreadId(1), NotifyLevel::Nothing);
        listed.read = mine(1, 5).read;
        directory.listed(vec![listed], |_| false);
        let my = directory.my(ThreadId(1)).unwrap();
        assert_eq!((my.unread(), my.notify), (0, NotifyLevel::Nothing));
    }

    #[test]
    fn what_was_marked_as_unread_elsewhere_is_so_though_something_was_said_since_the_list_was_made()
    {
        let mut directory = Directory::new(vec![mine(1, 5)]);
        directory.asked();
        directory.happened(ThreadId(1), Seq(12), &posted(9, 20));
        let mut listed = mine(1, 5);
        listed.read = ReadPosition {
            seq: Seq(3),
            number: 2,
        };
        let gone_back = directory.listed(vec![listed], |_| false);
        assert_eq!(gone_back, [(ThreadId(1), Seq(3))]);
        assert_eq!(directory.my(ThreadId(1)).unwrap().unread(), 7);
    }

    #[test]
    fn an_event_that_is_no_message_is_not_unread_and_moves_nothing() {
        let mut directory = Directory::new(vec![mine(1, 5), mine(2, 9)]);
        directory.happened(ThreadId(1), Seq(12), &ThreadEvent::Unknown);
        assert_eq!(ids(&directory), [2, 1]);
        assert_eq!(directory.my(ThreadId(1)).unwrap().unread(), 0);
    }

    #[test]
    fn a_stream_that_begins_further_on_has_missed_something_until_a_list_tells_it() {
        let mut directory = Directory::new(vec![mine(1, 5)]);
        directory.begins_after(ThreadId(1), Seq(10));
        directory.begins_after(ThreadId(7), Seq(99));
        assert!(
            !directory.has_missed_something(),
            "nor where I do not belong"
        );
        directory.begins_after(ThreadId(1), Seq(11));
        assert!(directory.has_missed_something());
        directory.asked();
        assert!(!directory.has_missed_something(), "one is under way");
        directory.listed(vec![mine(1, 5)], |_| false);
        assert!(directory.has_missed_something(), "it was made before");
        directory.outdates_the_list();
        directory.asked();
        let mut listed = mine(1, 5);
        listed.thread.last_seq = Seq(11);
        directory.listed(vec![listed.clone()], |_| false);
        assert!(!directory.has_missed_something());
        directory.asked();
        directory.outdates_the_list();
        directory.listed(vec![listed], |_| false);
        assert!(directory.has_missed_something(), "not of the threads");
    }

    #[test]
    fn joining_begins_without_anything_unread_and_leaving_forgets() {
        let mut directory = Directory::new(vec![]);
        directory.joined(&thread(3, 7), Role::Member);
        assert_eq!(directory.my(ThreadId(3)).unwrap().unread(), 0);
        directory.left(ThreadId(3));
        assert!(directory.my(ThreadId(3)).is_none());
    }

    #[test]
    fn what_a_thread_has_become_is_so_in_my_list_and_in_the_directory() {
        let mut directory = Directory::new(vec![mine(1, 5)]);
        let listed = |id| Listed {
            thread: thread(id, 1),
            joined: true,
        };
        directory.showing(DirectoryPage {
            threads: vec![listed(1), listed(2)],
            next: None,
        });
        let renamed = Thread {
            name: ThreadName::parse("Tea").unwrap(),
            message_count: 0,
            ..thread(1, 0)
        };
        let thread = renamed.clone();
        directory.happened(ThreadId(1), Seq(11), &ThreadEvent::Changed { thread });
        let known = &directory.my(ThreadId(1)).unwrap().thread;
        assert_eq!(known.name.as_str(), "Tea");
        assert_eq!(known.message_count, 8, "messages are counted by themselves");
        assert_eq!(
            directory.page().unwrap().threads[0].thread.name.as_str(),
            "Tea"
        );
        let archived = Thread {
            archived_at: Some(Timestamp(9)),
            ..renamed
        };
        directory.changed(&archived);
        assert!(!directory.my(ThreadId(1)).unwrap().thread.is_active());
        let left = directory.page().unwrap().threads.len();
        assert_eq!(left, 1, "it leaves the directory");
        directory.unlist(ThreadId(2));
        assert!(directory.page().unwrap().threads.is_empty());
    }

    #[test]
    fn a_direct_thread_is_called_by_what_its_people_are_called_now() {
        let bill = message(1).user;
        let mut direct = mine(1, 5);
        direct.thread.kind = ThreadKind::Direct;
        direct.thread.people = vec![bill.clone()];
        let mut directory = Directory::new(vec![direct]);
        directory.renamed(&User {
            name: DisplayName::parse("William").unwrap(),
            ..bill
        });
        let me = crate::protocol::UserId(77);
        assert_eq!(directory.mine()[0].thread.title(me), "William");
    }

    #[test]
    fn whoever_makes_a_thread_owns_it_whichever_word_of_it_comes_first() {
        let mut directory = Directory::new(vec![]);
        directory.joined(&thread(3, 7), Role::Member);
        directory.joined(&thread(3, 7), Role::Owner);
        assert_eq!(directory.my(ThreadId(3)).unwrap().role, Role::Owner);
        directory.joined(&thread(3, 7), Role::Member);
        assert_eq!(directory.my(ThreadId(3)).unwrap().role, Role::Owner);
        directory.joined(&thread(4, 7), Role::Member);
        directory.made_owner(ThreadId(4));
        assert_eq!(directory.my(ThreadId(4)).unwrap().role, Role::Owner);
    }

    #[test]
    fn a_direct_thread_that_is_open_is_mine_though_no_list_has_it_yet() {
        let mut direct = thread(3, 7);
        direct.kind = ThreadKind::Direct;
        direct.message_count = 0;
        let mut directory = Directory::new(vec![]);
        directory.seen(&direct);
        directory.listed(vec![mine(1, 5)], |_| false);
        assert!(!directory.my(ThreadId(3)).unwrap().is_listed());
        directory.happened(ThreadId(3), Seq(11), &posted(1, 20));
        assert_eq!(directory.my(ThreadId(3)).unwrap().unread(), 1);
        assert!(directory.my(ThreadId(3)).unwrap().is_listed());
        directory.seen(&thread(4, 7));
        assert!(directory.my(ThreadId(4)).is_none(), "a public one is not");
    }

    #[test]
    fn a_list_that_was_under_way_does_not_take_a_promotion_back() {
        let mut directory = Directory::new(vec![mine(1, 5)]);
        directory.asked();
        directory.happened(ThreadId(1), Seq(11), &ThreadEvent::Unknown);
        directory.made_owner(ThreadId(1));
        directory.listed(vec![mine(1, 5)], |_| false);
        assert_eq!(directory.my(ThreadId(1)).unwrap().role, Role::Owner);
        let mut later = mine(1, 5);
        later.thread.last_seq = Seq(12);
        directory.listed(vec![later], |_| false);
        assert_eq!(directory.my(ThreadId(1)).unwrap().role, Role::Member);
    }

    #[test]
    fn a_list_that_was_under_way_takes_nothing_back() {
        let mut directory = Directory::new(vec![mine(1, 5)]);
        directory.happened(ThreadId(1), Seq(12), &posted(9, 20));
        directory.listed(vec![mine(1, 5), mine(2, 1)], |_| false);
        assert_eq!(directory.my(ThreadId(1)).unwrap().thread.last_seq, Seq(12));
        assert_eq!(ids(&directory), [1, 2]);
        directory.listed(vec![mine(2, 1)], |_| false);
        assert_eq!(
            ids(&directory),
            [2],
            "what is not in it is not mine any more"
        );
    }
}
