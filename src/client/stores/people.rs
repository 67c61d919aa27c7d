//! What people are called now: messages keep the name their author had when they were read.

use std::collections::HashMap;

use crate::protocol::{Seq, ThreadId, Timestamp, User, UserId};

/// People by what they are called now, and who belongs to the thread that is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    renamed: HashMap<UserId, User>,
    /// Who belongs to the thread that is open, if that was asked for.
    members: Option<Vec<User>>,
    /// Who of them is in charge of it.
    owners: Vec<UserId>,
    /// Whom I have blocked.
    blocked: Vec<UserId>,
    /// The last event by which others belong to the thread one looks at, or are in charge of it.
    changed: Option<(ThreadId, Seq)>,
}

impl People {
    /// A person under the name they have now.
    pub fn now<'a>(&'a self, user: &'a User) -> &'a User {
        self.renamed.get(&user.id).unwrap_or(user)
    }

    pub fn renamed(&mut self, user: User) {
        self.renamed.insert(user.id, user);
    }

    /// Takes away what has ended by then. Whether anything had.
    pub fn end_statuses(&mut self, now: Timestamp) -> bool {
        let ended = self
            .everybody_mut()
            .filter_map(|user| user.end_status(now).then_some(()));
        ended.count() > 0
    }

    /// When the next status ends.
    pub fn next_end(&self) -> Option<Timestamp> {
        let members = self.members.iter().flatten();
        let everybody = members.chain(self.renamed.values());
        everybody.filter_map(|user| user.status_until).min()
    }

    fn everybody_mut(&mut self) -> impl Iterator<Item = &mut User> {
        let members = self.members.iter_mut().flatten();
        members.chain(self.renamed.values_mut())
    }

    pub fn members(&self) -> Option<Vec<User>> {
        let members = self.members.as_ref()?;
        Some(members.iter().map(|user| self.now(user).clone()).collect())
    }

    pub fn blocked(&self) -> &[UserId] {
        &self.blocked
    }

    pub fn is_blocked(&self, user: UserId) -> bool {
        self.blocked.contains(&user)
    }

    /// Whom I have blocked, as it is now. Whether that is something else.
    pub fn block(&mut self, blocked: Vec<UserId>) -> bool {
        let has_changed = self.blocked != blocked;
        self.blocked = blocked;
        has_changed
    }

    pub fn owners(&self) -> &[UserId] {
        &self.owners
    }

    pub fn showing(&mut self, members: Option<Vec<User>>, owners: Vec<UserId>) {
        self.members = members;
        self.owners = owners;
    }

    /// Others belong to a thread since that event, or are in charge of it.
    pub fn have_changed(&mut self, thread: ThreadId, seq: Seq) {
        self.changed = Some((thread, seq));
    }

    /// Whether a list that was made after that event does not know the last of them.
    pub fn is_old(&self, thread: ThreadId, through: Seq) -> bool {
        self.changed
            .is_some_and(|(at, seq)| at == thread && seq > through)
    }

    pub fn made_owner(&mut self, user: UserId) {
        if !self.owners.contains(&user) {
            self.owners.push(user);
        }
    }

    pub fn joined(&mut self, user: &User) {
        if let Some(members) = &mut self.members
            && !members.iter().any(|known| known.id == user.id)
        {
            let at = members.partition_point(|known| known.username < user.username);
            members.insert(at, user.clone());
        }
    }

    pub fn left(&mut self, user: UserId) {
        if let Some(members) = &mut self.members {
            members.retain(|known| known.id != user);
        }
        self.owners.retain(|known| *known != user);
    }
}

#[cfg(test)]
mod tests {
    use super::super::timeline::tests::message;
    use super::*;
    use crate::protocol::DisplayName;

    #[test]
    fn a_status_ends_at_its_time_wherever_it_is_shown_and_others_stay() {
        let john = message(1).user;
        let doing = |until| User {
            status: Some("Away".to_owned()),
            status_until: until,
            ..john.clone()
        };
        let mut people = People::default();
        assert_eq!(people.next_end(), None);
        people.showing(Some(vec![doing(Some(Timestamp(20)))]), vec![]);
        people.renamed(doing(Some(Timestamp(10))));
        assert_eq!(people.next_end(), Some(Timestamp(10)));
        assert!(!people.end_statuses(Timestamp(9)));
        assert!(people.end_statuses(Timestamp(10)));
        assert_eq!(people.now(&john).status, None);
        assert_eq!(people.next_end(), Some(Timestamp(20)));
        assert!(people.end_statuses(Timestamp(21)));
        people.renamed(doing(None));
        assert!(!people.end_statuses(Timestamp(i64::MAX)));
        assert_eq!(people.now(&john).status.as_deref(), Some("Away"));
    }

    #[test]
    fn a_list_is_old_if_somebody_has_come_since_it_was_made() {
        let mut people = People::default();
        assert!(!people.is_old(ThreadId(1), Seq(5)));
        people.have_changed(ThreadId(1), Seq(6));
        assert!(people.is_old(ThreadId(1), Seq(5)));
        assert!(!people.is_old(ThreadId(1), Seq(6)));
        assert!(!people.is_old(ThreadId(2), Seq(5)));
    }

    #[test]
    fn a_new_name_shows_everywhere_and_members_come_and_go() {
        let john = message(1).user;
        let mut people = People::default();
        people.joined(&john);
        assert_eq!(people.members(), None, "nobody has asked");
        people.showing(Some(vec![]), vec![]);
        people.joined(&john);
        people.joined(&john);
        people.renamed(User {
            name: DisplayName::parse("Johnny").unwrap(),
            ..john.clone()
        });
        assert_eq!(people.now(&john).name.as_str(), "Johnny");
        let members = people.members().unwrap();
        assert_eq!(members.len(), 1);
        assert_eq!(members[0].name.as_str(), "Johnny");
        people.made_owner(john.id);
        assert_eq!(people.owners(), [john.id]);
        people.left(john.id);
        assert!(people.owners().is_empty());
        assert_eq!(people.members(), Some(vec![]));
    }
}
