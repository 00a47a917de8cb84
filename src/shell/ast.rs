//! A shell script as commands, words and control flow; every range is bytes of the parsed text.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// A parsed script.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// The statements in the order they stand.
    pub body: Block,
    /// Where the grammar gave up; what stands there is in no statement, or in a doubtful one.
    pub errors: Vec<Range<usize>>,
    /// Comments, `#` included.
    pub comments: Vec<Range<usize>>,
    /// It nests deeper, or is longer, than any script that people write: nothing of it was read.
    pub gave_up: bool,
}

/// Statements that run one after the other.
pub type Block = Vec<Statement>;

/// One statement with what is attached to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// From its first byte to its last, without a trailing `;` or `&`; heredocs' bodies, which stand
    /// below its line, are outside.
    pub span: Range<usize>,
    /// What it is.
    pub kind: StatementKind,
    /// Redirections of a compound statement; those of a simple command are in [`Command`].
    pub redirects: Vec<Redirect>,
    /// `… &`.
    pub background: bool,
    /// `! …`.
    pub negated: bool,
}

/// The kinds of statement.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// A simple command, or only assignments when it has no words.
    Command(Command),
    /// `a | b | c` (and `|&`).
    Pipeline(Vec<Statement>),
    /// `a && b`.
    And(Box<Statement>, Box<Statement>),
    /// `a || b`.
    Or(Box<Statement>, Box<Statement>),
    /// `if … elif … else … fi`.
    If {
        /// Each condition with the block that runs when it holds.
        arms: Vec<(Block, Block)>,
        /// The `else` block.
        otherwise: Option<Block>,
    },
    /// `for x in words; do … done`; without `in`, the words are the arguments.
    For {
        /// The loop variable.
        variable: String,
        /// What it runs over; `None` without `in`.
        words: Option<Vec<Word>>,
        /// The body.
        body: Block,
    },
    /// `for ((start; condition; step)); do … done`.
    Count {
        /// Evaluated before the first round.
        start: Word,
        /// It goes on while this is not 0; an empty one never is.
        condition: Word,
        /// Evaluated after each round.
        step: Word,
        /// The body.
        body: Block,
    },
    /// `while` and `until`.
    While {
        /// The condition.
        condition: Block,
        /// `until` rather than `while`.
        until: bool,
        /// The body.
        body: Block,
    },
    /// `case word in … esac`.
    Case {
        /// The word that is matched.
        subject: Word,
        /// Patterns with their block.
        arms: Vec<(Vec<Word>, Block)>,
    },
    /// `( … )`: a process of its own, its variables and directory end with it.
    Subshell(Block),
    /// `{ …; }`.
    Group(Block),
    /// `name() …`.
    Function {
        /// Its name.
        name: String,
        /// Its body; whoever runs it later holds it, too.
        body: Arc<Block>,
    },
    /// `[[ … ]]`: the words as they stand, operators among them.
    Test(Vec<Word>),
    /// `(( … ))`: the text.
    Arithmetic(Word),
}

/// A simple command: `A=1 docker run x > y`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Command {
    /// Assignments before the words; with no words they last. `export A=1`, `local A=1`, `declare`,
    /// `readonly` and `typeset` are commands whose words stay words.
    pub assignments: Vec<Assignment>,
    /// The command's name and its arguments.
    pub words: Vec<Word>,
    /// Its redirections, heredocs among them.
    pub redirects: Vec<Redirect>,
}

/// `NAME=value`, `NAME+=value`, `NAME=(a b)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The whole assignment.
    pub span: Range<usize>,
    /// The variable's name; with the subscript when only an element is assigned: `a[0]`.
    pub name: String,
    /// `+=`.
    pub append: bool,
    /// The value; an empty word for `NAME=`.
    pub value: AssignedValue,
}

/// What is assigned.
#[derive(Clone, Debug, PartialEq)]
pub enum AssignedValue {
    /// One word.
    Word(Word),
    /// `(a b c)`.
    Array(Vec<Word>),
}

/// A word: pieces written together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Word {
    /// From its first byte to its last, quotes included.
    pub span: Range<usize>,
    /// Its pieces; none for `""` and for nothing at all.
    pub pieces: Vec<Piece>,
}

/// One piece of a word.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Its bytes, quotes left out.
    pub span: Range<usize>,
    /// How it is quoted.
    pub quote: Quote,
    /// What it is.
    pub part: Part,
    /// The shell around replaces it before this one reads its text: `bash -c "rm $X"`.
    pub outer: bool,
}

/// How a piece is quoted: decides splitting, globbing, and what an edit may put there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quote {
    /// Not at all.
    Bare,
    /// `'…'`: nothing is expanded.
    Single,
    /// `"…"`, `$"…"`, or the body of an unquoted heredoc.
    Double,
    /// `$'…'`.
    Ansi,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text, escapes resolved.
    Literal(Arc<str>),
    /// `${{ … }}` of the workflow, replaced before the shell sees it; the text between the braces, trimmed.
    Expression(String),
    /// `$x`, `${x}`, `${x:-y}`, `$1`, `$@`, `$$` …
    Parameter(Parameter),
    /// `$( … )` and backticks.
    Substitution(Block),
    /// `$(( … ))`: the text.
    Arithmetic(String),
    /// `<( … )`, `>( … )`.
    Process(Block),
}

/// A parameter expansion.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The variable, positional or special parameter: `HOME`, `1`, `@`, `$`, `?`, `RANDOM`.
    pub name: String,
    /// `${!x}`, `${#x}`, `${x[…]}`: the value is not simply the variable's.
    pub form: ParameterForm,
    /// `:-word`, `#pattern`, `/a/b`, `:0:3`, `^^` …
    pub operation: Option<Operation>,
}

/// How a parameter is read.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterForm {
    /// Its value.
    Plain,
    /// `${#x}`.
    Length,
    /// `${!x}`.
    Indirect,
    /// `${x[i]}`, the subscript's text: `@`, `*`, `0`, `$i`.
    Element(String),
}

/// What a parameter expansion does to the value.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The operator as written: `-`, `:-`, `=`, `:=`, `?`, `:?`, `+`, `:+`, `#`, `##`, `%`, `%%`, `/`,
    /// `//`, `/#`, `/%`, `:`, `^`, `^^`, `,`, `,,`, `@`.
    pub operator: String,
    /// What follows the operator (for `/`, pattern and replacement with the slash between).
    pub word: Word,
}

/// A redirection.
#[derive(Clone, Debug, PartialEq)]
pub struct Redirect {
    /// Operator and target, with the descriptor; for a heredoc its delimiter, not its body.
    pub span: Range<usize>,
    /// The descriptor written before it.
    pub descriptor: Option<u32>,
    /// Its kind.
    pub kind: RedirectKind,
}

impl Redirect {
    /// Whether it is about standard output: no descriptor is written, or 1. Of what reads that says nothing.
    pub fn is_output(&self) -> bool {
        self.descriptor.is_none_or(|descriptor| descriptor == 1)
    }
}

/// The kinds of redirection.
#[derive(Clone, Debug, PartialEq)]
pub enum RedirectKind {
    /// `> f`, `>| f`, `&> f`.
    Write(Word),
    /// `>> f`, `&>> f`.
    Append(Word),
    /// `< f`.
    Read(Word),
    /// `>&2`, `2>&1`, `<&-`.
    Duplicate(Word),
    /// `<< EOF` with its body.
    Heredoc {
        /// `<< 'EOF'`: nothing is expanded.
        quoted: bool,
        /// The body as one word (tabs of `<<-` removed from literals only).
        body: Word,
    },
    /// `<<< word`.
    HereString(Word),
}

impl Parameter {
    /// Whether it stands for several words even in quotes: `"$@"`, `"${x[@]}"`.
    pub fn is_several(&self) -> bool {
        self.name == "@" || self.form == ParameterForm::Element("@".to_owned())
    }
}

impl Word {
    /// The word's text when nothing in it is expanded.
    pub fn literal(&self) -> Option<Cow<'_, str>> {
        self.pieces.iter().try_fold(Cow::Borrowed(""), |mut text, piece| match &piece.part {
            Part::Literal(literal) => {
                // Of one piece alone it is that piece's.
                text += &**literal;
                Some(text)
            }
            _ => None,
        })
    }

    /// Whether it can become more or fewer than one word: an expansion outside quotes, or `"$@"`.
    pub fn splits(&self) -> bool {
        self.pieces.iter().any(|piece| match &piece.part {
            Part::Literal(_) => false,
            Part::Parameter(parameter) => piece.quote == Quote::Bare || parameter.is_several(),
            // The forge puts its text in before the shell reads the line.
            Part::Expression(_) | Part::Substitution(_) | Part::Arithmetic(_) => piece.quote == Quote::Bare,
            Part::Process(_) => false,
        })
    }
}

impl Statement {
    /// The simple command, when it is one.
    pub fn command(&self) -> Option<&Command> {
        match &self.kind {
            StatementKind::Command(command) => Some(command),
            _ => None,
        }
    }
}
