//! What somebody types that begins with a slash, and is done instead of said.
//!
//! A table says which commands there are, so that they can be offered while one types; what each means is
//! worked out here, and carried out by whoever asks. Only a word of letters is a command: an address such
//! as `/etc/hosts` is said like anything else.

use super::completing::Offer;
use crate::protocol::NotifyLevel;

/// A command, as it is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    pub name: &'static str,
    /// What is typed behind it; nothing, if it stands alone.
    pub takes: &'static str,
    pub about: &'static str,
}

const fn command(name: &'static str, takes: &'static str, about: &'static str) -> Command {
    Command { name, takes, about }
}

/// All of them.
pub const ALL: [Command; 8] = [
    command("invite", "@names", "Add people to this thread"),
    command("leave", "", "Go to where one leaves this thread"),
    command("me", "does something", "Say what you are doing"),
    command("mute", "", "Be told of nothing here"),
    command("search", "words", "Search everything"),
    command("shrug", "words", "Add ¯\\_(ツ)_/¯"),
    command("topic", "what it is about", "Say what this thread is about"),
    command("unmute", "", "Be told of everything here"),
];

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Topic(String),
    /// By their usernames.
    Invite(String),
    Notify(NotifyLevel),
    Leave,
    Search(String),
}

/// What something that begins with a slash means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meant {
    /// This is said.
    Said(String),
    Do(Act),
    /// What belongs behind it is not there.
    Lacks(Command),
    /// Something is behind it that means nothing there.
    StandsAlone(Command),
    /// There is no such command.
    Unknown(String),
}

/// What a text means; nothing if it is said as it is.
pub fn read(text: &str) -> Option<Meant> {
    let rest = text.strip_prefix('/')?;
    if rest.starts_with('/') {
        return Some(Meant::Said(rest.to_owned()));
    }
    let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    let Some(command) = ALL.into_iter().find(|command| command.name == name) else {
        return Some(Meant::Unknown(name.to_owned()));
    };
    let rest = rest.trim();
    if rest.is_empty() && !command.takes.is_empty() && name != "shrug" {
        return Some(Meant::Lacks(command));
    }
    if !rest.is_empty() && command.takes.is_empty() {
        return Some(Meant::StandsAlone(command));
    }
    let rest = rest.to_owned();
    Some(match name {
        "me" => Meant::Said(emphasised(&rest)),
        "shrug" => Meant::Said(format!("{rest} {SHRUG}").trim_start().to_owned()),
        "topic" => Meant::Do(Act::Topic(rest)),
        "invite" => Meant::Do(Act::Invite(rest)),
        "search" => Meant::Do(Act::Search(rest)),
        "mute" => Meant::Do(Act::Notify(NotifyLevel::Nothing)),
        "unmute" => Meant::Do(Act::Notify(NotifyLevel::Everything)),
        _ => Meant::Do(Act::Leave),
    })
}

/// Its signs are not marks.
const SHRUG: &str = r"¯\\\_(ツ)\_/¯";

/// Each line in italics.
fn emphasised(text: &str) -> String {
    let line = |line: &str| match line.trim() {
        "" => String::new(),
        line => format!("_{line}_"),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The commands whose names begin so. Where a name is whole nothing is left to offer: Enter does it.
pub fn offers(letters: &str) -> Vec<Offer> {
    if ALL.iter().any(|command| command.name == letters) {
        return Vec::new();
    }
    let offer = |command: &Command| Offer {
        text: match command.takes {
            "" => format!("/{}", command.name),
            _ => format!("/{} ", command.name),
        },
        title: match command.takes {
            "" => format!("/{}", command.name),
            takes => format!("/{} {takes}", command.name),
        },
        about: command.about.to_owned(),
    };
    let found = ALL.iter().filter(|it| it.name.starts_with(letters));
    found.map(offer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::markdown::one_line;

    fn said(text: &str) -> String {
        match read(text) {
            Some(Meant::Said(said)) => said,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn what_does_not_begin_with_a_command_is_said_as_it_is() {
        for text in [
            "",
            "hello",
            " /me",
            "/",
            "/ 3",
            "/etc/hosts",
            "/2 of them",
            "/s/a/b/",
            "me /me",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_said_has_its_form() {
        assert_eq!(said("/me  waves "), "_waves_");
        assert_eq!(said("/me waves\n\nand goes"), "_waves_\n\n_and goes_");
        assert_eq!(one_line(&said("/shrug Who knows")), r"Who knows ¯\_(ツ)_/¯");
        assert_eq!(one_line(&said("/shrug")), r"¯\_(ツ)_/¯");
        assert_eq!(said("//me is a command"), "/me is a command");
    }

    #[test]
    fn what_is_done_is_not_said() {
        let act = |text: &str| read(text);
        let topic = Act::Topic("Tea and cake".to_owned());
        assert_eq!(act("/topic Tea and cake"), Some(Meant::Do(topic)));
        let invite = Act::Invite("@ann bill".to_owned());
        assert_eq!(act("/invite @ann bill"), Some(Meant::Do(invite)));
        assert_eq!(act("/leave "), Some(Meant::Do(Act::Leave)));
        let mute = Act::Notify(NotifyLevel::Nothing);
        assert_eq!(act("/mute"), Some(Meant::Do(mute)));
    }

    #[test]
    fn what_is_missing_or_wrong_is_told() {
        assert!(matches!(read("/topic"), Some(Meant::Lacks(it)) if it.name == "topic"));
        assert!(matches!(read("/me  "), Some(Meant::Lacks(it)) if it.name == "me"));
        // What stands alone is not half understood.
        for text in ["/mute john 5", "/unmute me", "/leave now"] {
            assert!(matches!(read(text), Some(Meant::StandsAlone(_))), "{text}");
        }
        // However it is written.
        assert_eq!(said("/ME waves"), "_waves_");
        assert_eq!(
            read("/Mute"),
            Some(Meant::Do(Act::Notify(NotifyLevel::Nothing)))
        );
        assert_eq!(read("/dance"), Some(Meant::Unknown("dance".to_owned())));
    }

    #[test]
    fn every_command_is_known_and_offered_until_its_name_is_whole() {
        for command in ALL {
            let text = format!("/{} x", command.name);
            let is_known = !matches!(
                read(&text),
                None | Some(Meant::Unknown(_) | Meant::Lacks(_))
            );
            assert!(is_known, "{text}");
            assert!(offers(command.name).is_empty());
        }
        let titles: Vec<_> = offers("m").into_iter().map(|offer| offer.title).collect();
        assert_eq!(titles, ["/me does something", "/mute"]);
        assert_eq!(offers("").len(), ALL.len());
        assert_eq!(offers("mu")[0].text, "/mute");
        assert_eq!(offers("to")[0].text, "/topic ");
    }
}
