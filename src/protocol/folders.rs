//! Sections of one's own in one's list: what they are called, in which order they stand, and whether
//! they are folded up. Which threads are in which is said by the threads.
//!
//! They are stored and sent as lines, the first character of which says whether the folder is open, so
//! a list costs next to nothing to read. What is done with one names it: of one name there is one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ThreadId;
use super::error::{Field, FieldError, Problem};
use super::text::{FolderName, Stored};

/// A section of one's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    pub name: FolderName,
    /// Only its name is seen, and how much in it is unread.
    pub is_closed: bool,
}

/// All of them, from the top.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Folders(Vec<Folder>);

/// What is done with one of them, by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FolderAct {
    /// Puts one of that name below the others.
    Make,
    Rename {
        to: String,
    },
    /// What was in it stands where it stood before.
    Remove,
    Up,
    Down,
    Open,
    Close,
}

/// The same as programs ask for it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ArrangeFolder {
    /// As in forms.
    pub what: String,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub to: String,
}

impl ArrangeFolder {
    /// What is to be done, and with which.
    pub fn read(self) -> Option<(String, FolderAct)> {
        FolderAct::of_form(&|field| match field {
            "what" => self.what.clone(),
            "name" => self.name.clone(),
            _ => self.to.clone(),
        })
    }
}

/// The folder of mine that a thread is to be in; in none, if it has no name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InFolder {
    pub id: ThreadId,
    #[serde(default)]
    pub name: String,
}

/// Folders after something was done, and where those stand now that stood elsewhere.
#[derive(Debug, PartialEq, Eq)]
pub struct Arranged {
    pub folders: Folders,
    /// From which place to which, or to none.
    pub moved: Vec<(i64, Option<i64>)>,
}

impl Folders {
    /// Folders of one person, at most.
    pub const MOST: usize = 20;

    /// Reads them from lines.
    pub fn read(lines: &str) -> Self {
        let folder = |line: &str| {
            let name = line.strip_prefix(['+', '-'])?;
            Some(Folder {
                name: FolderName::from_stored(name.to_owned()),
                is_closed: line.starts_with('-'),
            })
        };
        Self(lines.split('\n').filter_map(folder).collect())
    }

    /// With their places, which begin at one.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Folder)> {
        (1..).zip(&self.0)
    }

    /// The one at a place.
    pub fn at(&self, place: i64) -> Option<&Folder> {
        self.iter()
            .find_map(|(at, folder)| (at == place).then_some(folder))
    }

    /// Where the one of that name stands.
    pub fn place_of(&self, name: &str) -> Option<i64> {
        let mut all = self.iter();
        all.find_map(|(place, folder)| (folder.name.as_str() == name).then_some(place))
    }

    /// The same after that was done. What cannot be done with one that is not there changes nothing.
    ///
    /// # Errors
    /// What is wrong with a name, or with one more.
    pub fn after(&self, name: &str, act: &FolderAct) -> Result<Arranged, FieldError> {
        let mut all: Vec<(Option<i64>, Folder)> = Vec::new();
        all.extend(
            self.iter()
                .map(|(place, folder)| (Some(place), folder.clone())),
        );
        let at = self
            .0
            .iter()
            .position(|folder| folder.name.as_str() == name);
        match (act, at) {
            (FolderAct::Make, _) => {
                let folder = Folder {
                    name: self.free(name, None)?,
                    is_closed: false,
                };
                if all.len() >= Self::MOST {
                    return Err(refused(Problem::TooMany));
                }
                all.push((None, folder));
            }
            (FolderAct::Rename { to }, Some(at)) => all[at].1.name = self.free(to, Some(at))?,
            (FolderAct::Remove, Some(at)) => drop(all.remove(at)),
            (FolderAct::Up, Some(at)) if at > 0 => all.swap(at, at - 1),
            (FolderAct::Down, Some(at)) if at + 1 < all.len() => all.swap(at, at + 1),
            (FolderAct::Open | FolderAct::Close, Some(at)) => {
                all[at].1.is_closed = *act == FolderAct::Close;
            }
            _ => {}
        }
        let now = |place: i64| {
            let is_it = |(before, _): &(Option<i64>, Folder)| *before == Some(place);
            (1..)
                .zip(&all)
                .find_map(|(now, one)| is_it(one).then_some(now))
        };
        let moved = self.iter().map(|(place, _)| (place, now(place)));
        let moved = moved.filter(|(before, now)| Some(*before) != *now);
        Ok(Arranged {
            moved: moved.collect(),
            folders: Self(all.into_iter().map(|(_, folder)| folder).collect()),
        })
    }

    /// A name that no other one has.
    fn free(&self, typed: &str, own: Option<usize>) -> Result<FolderName, FieldError> {
        let name = FolderName::parse(typed);
        let name = name.map_err(|error| FieldError::new(Field::FolderName, &error))?;
        let is_other = |(at, folder): (usize, &Folder)| Some(at) != own && folder.name == name;
        match self.0.iter().enumerate().any(is_other) {
            true => Err(refused(Problem::Taken)),
            false => Ok(name),
        }
    }
}

fn refused(problem: Problem) -> FieldError {
    FieldError {
        field: Field::FolderName,
        problem,
    }
}

impl FolderAct {
    /// Reads what is to be done, and with which, from the fields of a form.
    pub fn of_form(field: &dyn Fn(&str) -> String) -> Option<(String, Self)> {
        let act = match field("what").as_str() {
            "make" => Self::Make,
            "rename" => Self::Rename { to: field("to") },
            "remove" => Self::Remove,
            "up" => Self::Up,
            "down" => Self::Down,
            "open" => Self::Open,
            "close" => Self::Close,
            _ => return None,
        };
        Some((field("name"), act))
    }
}

/// Lines, without a break at the end.
impl fmt::Display for Folders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, folder) in self.iter() {
            f.write_str(if place > 1 { "\n" } else { "" })?;
            f.write_str(if folder.is_closed { "-" } else { "+" })?;
            f.write_str(folder.name.as_str())?;
        }
        Ok(())
    }
}

impl From<String> for Folders {
    fn from(lines: String) -> Self {
        Self::read(&lines)
    }
}

impl From<Folders> for String {
    fn from(folders: Folders) -> Self {
        folders.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The folders after that, and what has moved; or why it is refused.
    type After = Result<(String, Vec<(i64, Option<i64>)>), Problem>;

    fn after(lines: &str, name: &str, act: &FolderAct) -> After {
        match Folders::read(lines).after(name, act) {
            Ok(Arranged { folders, moved }) => Ok((folders.to_string(), moved)),
            Err(error) => Err(error.problem),
        }
    }

    fn rename(to: &str) -> FolderAct {
        FolderAct::Rename { to: to.to_owned() }
    }

    #[test]
    fn they_are_made_moved_and_removed_and_their_threads_follow() {
        let all = "+Work\n-Home\n+Play";
        for (name, act, now, moved) in [
            ("New", FolderAct::Make, "+Work\n-Home\n+Play\n+New", vec![]),
            ("Home", rename(" House "), "+Work\n-House\n+Play", vec![]),
            ("Home", rename("Home"), all, vec![]),
            (
                "Work",
                FolderAct::Remove,
                "-Home\n+Play",
                vec![(1, None), (2, Some(1)), (3, Some(2))],
            ),
            (
                "Home",
                FolderAct::Up,
                "-Home\n+Work\n+Play",
                vec![(1, Some(2)), (2, Some(1))],
            ),
            (
                "Home",
                FolderAct::Down,
                "+Work\n+Play\n-Home",
                vec![(2, Some(3)), (3, Some(2))],
            ),
            ("Home", FolderAct::Open, "+Work\n+Home\n+Play", vec![]),
            ("Play", FolderAct::Close, "+Work\n-Home\n-Play", vec![]),
        ] {
            let expected = Ok((now.to_owned(), moved));
            assert_eq!(after(all, name, &act), expected, "{name} {act:?}");
        }
    }

    #[test]
    fn what_cannot_be_done_changes_nothing_and_a_bad_name_is_refused() {
        let all = "+Work\n-Home";
        let same = Ok((all.to_owned(), vec![]));
        for (name, act) in [
            ("Work", FolderAct::Up),
            ("Home", FolderAct::Down),
            ("Nowhere", FolderAct::Remove),
            ("Nowhere", rename("There")),
            ("Home", FolderAct::Close),
        ] {
            assert_eq!(after(all, name, &act), same, "{name} {act:?}");
        }
        assert_eq!(after(all, "Work", &FolderAct::Make), Err(Problem::Taken));
        assert_eq!(after(all, "Work", &rename("Home")), Err(Problem::Taken));
        assert_eq!(after(all, " ", &FolderAct::Make), Err(Problem::Empty));
        assert_eq!(
            after(all, &"x".repeat(41), &FolderAct::Make),
            Err(Problem::TooLong)
        );
        let one_line = after(all, "a\nb", &FolderAct::Make);
        assert!(one_line.is_err() || !one_line.unwrap().0.contains("a\nb"));
        let full: Vec<String> = (0..Folders::MOST).map(|n| format!("+f{n}")).collect();
        assert_eq!(
            after(&full.join("\n"), "more", &FolderAct::Make),
            Err(Problem::TooMany)
        );
    }

    #[test]
    fn what_is_written_is_read_again_and_places_begin_at_one() {
        for lines in ["", "+Work", "+Work\n-Home\n++x"] {
            assert_eq!(Folders::read(lines).to_string(), lines);
        }
        let folders: Folders = serde_json::from_str("\"+Work\\n-Home\"").unwrap();
        assert_eq!(folders.place_of("Home"), Some(2));
        assert!(folders.at(2).is_some_and(|folder| folder.is_closed));
        assert_eq!((folders.at(0), folders.at(3)), (None, None));
        assert_eq!(Folders::read("Work"), Folders::default());
    }

    #[test]
    fn a_form_says_what_is_done_with_which() {
        let read = |what: &'static str| {
            FolderAct::of_form(&|name| match name {
                "what" => what.to_owned(),
                "name" => "Work".to_owned(),
                "to" => "Play".to_owned(),
                _ => String::new(),
            })
        };
        assert_eq!(read("rename"), Some(("Work".to_owned(), rename("Play"))));
        for what in ["make", "remove", "up", "down", "open", "close"] {
            assert!(read(what).is_some(), "{what}");
        }
        assert_eq!(read("burn"), None);
    }
}
