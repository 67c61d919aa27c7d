//! The languages that are known, and what each of them is made of.

/// How a language is read.
pub(super) enum Syntax {
    Words(&'static Language),
    Markup,
    Changes,
}

/// A language made of words.
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Language {
    /// What it is called, small.
    names: &'static [&'static str],
    /// What begins a comment that goes on to the end of its line.
    pub line: &'static [&'static str],
    /// What begins and ends any other.
    pub block: Option<(&'static str, &'static str)>,
    pub quotes: &'static str,
    /// `"""` begins a string, too.
    pub has_triples: bool,
    /// Strings go on over lines.
    pub has_long_strings: bool,
    /// What stands in single quotes is one character.
    pub has_characters: bool,
    /// Between spaces.
    keywords: &'static str,
    /// `SELECT` is `select`.
    ignores_case: bool,
    /// What begins with a capital is a type.
    pub has_types: bool,
    /// What stands behind a name that something is given for.
    pub keys: &'static str,
    /// What words are made of, beside letters, digits and `_`.
    pub also_of_words: &'static str,
}

impl Language {
    pub fn is_keyword(&self, word: &str) -> bool {
        self.keywords
            .split(' ')
            .any(|known| match self.ignores_case {
                true => known.eq_ignore_ascii_case(word),
                false => known == word,
            })
    }
}

/// Like C, which most of them are.
const C_LIKE: Language = Language {
    names: &[],
    line: &["//"],
    block: Some(("/*", "*/")),
    quotes: "\"'",
    has_triples: false,
    has_long_strings: false,
    has_characters: true,
    keywords: "",
    ignores_case: false,
    has_types: true,
    keys: "",
    also_of_words: "",
};

/// Like a shell: `#` begins a comment, and strings go on over lines.
const SCRIPT: Language = Language {
    line: &["#"],
    block: None,
    has_long_strings: true,
    has_characters: false,
    has_types: false,
    ..C_LIKE
};

static LANGUAGES: [Language; 22] = [
    Language {
        names: &["rust", "rs"],
        has_long_strings: true,
        keywords: "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize",
        ..C_LIKE
    },
    Language {
        names: &["javascript", "js", "jsx", "mjs", "typescript", "ts", "tsx"],
        quotes: "\"'`",
        has_characters: false,
        keywords: "abstract any as async await boolean break case catch class const continue debugger declare default delete do else enum export extends false finally for from function get if implements import in instanceof interface keyof let namespace never new null number of private protected public readonly return set static string super switch this throw true try type typeof undefined unknown var void while with yield",
        ..C_LIKE
    },
    Language {
        names: &["python", "py"],
        has_triples: true,
        has_long_strings: false,
        has_types: true,
        keywords: "False None True and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return self try while with yield",
        ..SCRIPT
    },
    Language {
        names: &["java", "groovy", "scala"],
        has_triples: true,
        keywords: "abstract assert boolean break byte case catch char class const continue def default do double else enum extends false final finally float for if implements import instanceof int interface long native new null object override package private protected public record return short static super switch synchronized this throw throws trait transient true try val var void volatile while with yield",
        ..C_LIKE
    },
    Language {
        names: &["kotlin", "kt"],
        has_triples: true,
        keywords: "abstract as break by catch class companion const constructor continue data do else enum false final finally for fun get if import in init inline interface internal is lateinit null object open operator out override package private protected public return sealed set super suspend this throw true try typealias val var when where while",
        ..C_LIKE
    },
    Language {
        names: &["c", "cpp", "c++", "cc", "h", "hpp", "objc"],
        has_types: false,
        keywords: "alignas auto bool break case catch char class const constexpr continue default delete do double else enum explicit extern false float for friend goto if inline int long namespace new noexcept nullptr operator override private protected public register return short signed sizeof static struct switch template this throw true try typedef typename union unsigned using virtual void volatile while include define ifdef ifndef endif pragma",
        ..C_LIKE
    },
    Language {
        names: &["csharp", "cs", "c#"],
        keywords: "abstract as async await base bool break byte case catch char class const continue decimal default delegate do double else enum event explicit extern false finally fixed float for foreach get if implicit in int interface internal is lock long namespace new null object operator out override params private protected public readonly record ref return sealed set short static string struct switch this throw true try typeof uint using var virtual void volatile when where while yield",
        ..C_LIKE
    },
    Language {
        names: &["go", "golang"],
        quotes: "\"'`",
        keywords: "any append bool break byte case chan const continue default defer else error fallthrough false float64 for func go goto if import int int64 interface len make map nil package range return rune select string struct switch true type uint8 var",
        ..C_LIKE
    },
    Language {
        names: &["swift"],
        quotes: "\"",
        has_triples: true,
        keywords: "actor any as async await break case catch class continue default defer do else enum extension fallthrough false fileprivate for func guard if import in init inout internal is let mutating nil open override private protocol public repeat rethrows return self Self some static struct subscript super switch throw throws true try typealias var where while",
        ..C_LIKE
    },
    Language {
        names: &["dart"],
        has_triples: true,
        has_characters: false,
        keywords: "abstract as assert async await bool break case catch class const continue default do double dynamic else enum export extends extension factory false final finally for get if implements import in int is late library mixin new null on operator override part required rethrow return set static String super switch sync this throw true try typedef var void while with yield",
        ..C_LIKE
    },
    Language {
        names: &["php"],
        line: &["//", "#"],
        has_long_strings: true,
        has_characters: false,
        keywords: "abstract and array as bool break case catch class clone const continue declare default do echo else elseif empty enum extends false final finally fn for foreach function global if implements include instanceof int interface isset list match namespace new null or print private protected public readonly require require_once return self static string switch this throw trait true try unset use var void while yield",
        ..C_LIKE
    },
    Language {
        names: &["ruby", "rb", "elixir", "ex"],
        has_types: true,
        keywords: "alias and begin break case class def defmodule defp do else elsif end ensure false fn for if in include module next nil not or raise redo require rescue retry return self super then true undef unless until use when while with yield",
        also_of_words: "?!",
        ..SCRIPT
    },
    Language {
        names: &["sql", "postgresql", "mysql", "sqlite", "plsql"],
        line: &["--"],
        has_long_strings: true,
        has_characters: false,
        has_types: false,
        ignores_case: true,
        keywords: "add all alter and any as asc begin between bigint boolean by cascade case check coalesce column commit conflict constraint create cross default delete desc distinct do drop else end exists false foreign from full function grant group having if ilike in index inner insert int integer into is join key left like limit not null offset on or order outer over partition primary references returning right rollback select set table text then timestamp to transaction trigger true union unique update using values varchar view when where with",
        ..C_LIKE
    },
    Language {
        names: &[
            "bash", "sh", "shell", "zsh", "console", "fish", "makefile", "make",
        ],
        keywords: "break case cd continue do done echo elif else esac eval exec exit export false fi for function if in local read return set shift source sudo then trap true unset until while",
        also_of_words: "-",
        ..SCRIPT
    },
    Language {
        names: &["powershell", "ps1"],
        block: Some(("<#", "#>")),
        ignores_case: true,
        keywords: "begin break catch class continue do else elseif end exit filter finally for foreach function if in param process return switch throw trap try until while",
        also_of_words: "-",
        ..SCRIPT
    },
    Language {
        names: &["json", "jsonc", "json5"],
        quotes: "\"",
        has_types: false,
        keywords: "false null true",
        keys: ":",
        ..C_LIKE
    },
    Language {
        names: &["yaml", "yml"],
        has_long_strings: false,
        keywords: "false no null off on true yes",
        keys: ":",
        also_of_words: "-./",
        ..SCRIPT
    },
    Language {
        names: &["toml", "ini", "conf", "properties", "env", "dotenv"],
        line: &["#", ";"],
        has_triples: true,
        has_long_strings: false,
        keywords: "false true",
        keys: "=",
        also_of_words: "-.",
        ..SCRIPT
    },
    Language {
        names: &["dockerfile", "docker"],
        has_long_strings: false,
        keywords: "ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR",
        also_of_words: "-",
        ..SCRIPT
    },
    Language {
        names: &["css", "scss", "sass", "less"],
        has_characters: false,
        has_types: false,
        keywords: "and from important include media mixin not only supports to import keyframes layer container",
        keys: ":",
        also_of_words: "-",
        ..C_LIKE
    },
    Language {
        names: &["lua"],
        line: &["--"],
        block: Some(("--[[", "]]")),
        has_characters: false,
        has_types: false,
        keywords: "and break do else elseif end false for function goto if in local nil not or repeat return then true until while",
        ..C_LIKE
    },
    Language {
        names: &["haskell", "hs", "ocaml", "ml", "fsharp", "elm"],
        line: &["--"],
        block: Some(("{-", "-}")),
        keywords: "as begin case class data deriving do else end forall fun function hiding if import in infix instance let match module newtype of open qualified rec then type val where with",
        also_of_words: "'",
        ..C_LIKE
    },
];

/// The language of that name, as it stands behind the fence: `Rust`, `rust,ignore`, `{.rust}`.
pub(super) fn find(name: &str) -> Option<Syntax> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "+#".contains(c);
    let name = name.trim_start_matches(|c| !is_of_name(c));
    let end = name.find(|c| !is_of_name(c)).unwrap_or(name.len());
    let name = name[..end].to_ascii_lowercase();
    let name = name.as_str();
    match name {
        "html" | "xml" | "svg" | "vue" | "svelte" | "xhtml" | "rss" => Some(Syntax::Markup),
        "diff" | "patch" => Some(Syntax::Changes),
        name => {
            let mut languages = LANGUAGES.iter();
            languages
                .find(|language| language.names.contains(&name))
                .map(Syntax::Words)
        }
    }
}
