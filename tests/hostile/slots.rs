//! Texts that would be commands if a shell read them as code, and shell words that hold them.

use serde_json::{Map, Value, json};

/// Numbers that look random and are the same every time: SplitMix64.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Every way out of quotes, words and expressions that we know of; `@` is the command that must not run.
const PAYLOADS: [&str; 40] = [
    "$(@)",
    "`@`",
    ";@;",
    "\"; @; \"",
    "'; @; '",
    "\n@\n",
    "\"\n@\n\"",
    "'\n@\n'",
    "\"$(@)\"",
    "'$(@)'",
    "'\"$(@)\"'",
    "\\$(@)",
    "\\\\$(@)",
    "\\`@\\`",
    "\\\";@;\\\"",
    "\\';@;\\'",
    "|@|",
    "&@&",
    "&&@",
    "||@||",
    ");@;(",
    ") || @ || (",
    "}}$(@)${{ github.run_id",
    "'] }}$(@)${{ github['run_id",
    "') }};@;${{ format('",
    "${x:-$(@)}",
    "$((0$(@)))",
    "x[$(@)]",
    "a b $(@)",
    "-$(@)",
    ">out;@",
    "<(@)",
    "EOF\n@\nEOF",
    "{{$(@)}}",
    "$'\\n'@",
    "%s\\n$(@)",
    "\\n$(@)",
    " #\n@",
    "*$(@)?",
    "\r\n@\r\n",
];

/// One input of a repository that a stranger might have written.
pub struct Slots {
    pub random: Random,
    /// What each command that must not run came in through.
    pub inputs: Vec<String>,
    /// One input in so many is hostile.
    pub rarity: usize,
}

impl Slots {
    pub fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let rarity = random.pick(&[2, 4, 4, 8]);
        Self { random, inputs: Vec::new(), rarity }
    }

    /// An input: the text itself, or a hostile one that is like it.
    pub fn text(&mut self, what: &str, base: &str) -> String {
        if self.random.once_in(self.rarity) { self.hostile(what, base) } else { base.to_owned() }
    }

    /// A key or an id: hostile ones are rare, as what has one is mended in no way.
    pub fn name(&mut self, what: &str, base: &str) -> String {
        if self.random.once_in(12) { self.hostile(what, base) } else { base.to_owned() }
    }

    /// A hostile text.
    fn hostile(&mut self, what: &str, base: &str) -> String {
        let payload = self.random.pick(&PAYLOADS).replace('@', &format!("mark{}", self.inputs.len()));
        self.inputs.push(format!("{what}: {payload:?}"));
        match self.random.below(4) {
            0 => payload,
            1 => format!("{payload}{base}"),
            2 => format!("{}{payload}{}", &base[..1], &base[1..]),
            _ => format!("{base}{payload}"),
        }
    }
}

/// What a job gives its scripts, collected while they are written.
#[derive(Default)]
pub struct Given {
    pub env: Map<String, Value>,
    pub matrix: Map<String, Value>,
    /// What the runner alone knows, by dotted path: inputs, configuration variables, values of a matrix.
    pub known: Vec<(String, String)>,
}

/// A piece of a shell word.
pub enum Piece {
    Text(String),
    Expression(String),
    Variable(String),
}

#[derive(Clone, Copy, PartialEq)]
pub enum Quote {
    Bare,
    Single,
    Double,
}

impl Given {
    /// A key of the matrix.
    pub fn axis(&mut self, slots: &mut Slots) -> String {
        let name = slots.name("key of the matrix", ["v", "db", "version"][self.matrix.len() % 3]);
        let value = slots.text("value of the matrix", "16");
        if slots.random.once_in(4) {
            self.matrix.insert(name.clone(), json!("${{ fromJSON(vars.AXIS) }}"));
        } else {
            self.matrix.insert(name.clone(), json!(["15", value]));
        }
        self.known.push((format!("matrix.{name}"), value));
        name
    }

    /// A variable of the job's `env:`.
    pub fn variable(&mut self, slots: &mut Slots, base: &str) -> String {
        let name = format!("V{}", self.env.len());
        let value = slots.text("value of an env", base);
        self.env.insert(name.clone(), json!(value));
        name
    }

    /// What only the run knows, perhaps a stranger's.
    fn foreign(&mut self, slots: &mut Slots) -> Piece {
        match slots.random.below(6) {
            0 | 1 => Piece::Expression(format!("matrix.{}", self.axis(slots))),
            2 => Piece::Expression(format!("env.{}", self.variable(slots, "x"))),
            3 => Piece::Variable(self.variable(slots, "x")),
            4 => Piece::Expression("github.head_ref".to_owned()),
            _ => {
                let name = format!("i{}", self.known.len());
                let value = slots.text("input", "x");
                self.known.push((format!("inputs.{name}"), value));
                Piece::Expression(format!("inputs.{name}"))
            }
        }
    }

    /// A shell word whose value begins like `base`, in some quotes.
    pub fn word(&mut self, slots: &mut Slots, what: &str, base: &str) -> String {
        let mut pieces = vec![Piece::Text(slots.text(what, base))];
        if slots.random.once_in(2) {
            pieces.push(Piece::Text("-".to_owned()));
            pieces.push(self.foreign(slots));
        }
        quoted(&pieces, slots.random.pick(&[Quote::Bare, Quote::Single, Quote::Double]))
    }

    /// The same, with the run's id in it.
    pub fn unique_word(&mut self, slots: &mut Slots, what: &str, base: &str) -> String {
        let mut pieces = vec![Piece::Text(slots.text(what, base) + "-")];
        if !slots.random.once_in(3) {
            pieces.push(self.foreign(slots));
            pieces.push(Piece::Text("-".to_owned()));
        }
        let quote = slots.random.pick(&[Quote::Bare, Quote::Single, Quote::Double]);
        if quote != Quote::Single && slots.random.once_in(2) {
            pieces.push(Piece::Variable("GITHUB_RUN_ID".to_owned()));
            pieces.push(Piece::Text("-".to_owned()));
            pieces.push(Piece::Variable("GITHUB_RUN_ATTEMPT".to_owned()));
        } else {
            pieces.push(Piece::Expression("github.run_id".to_owned()));
            pieces.push(Piece::Text("-".to_owned()));
            pieces.push(Piece::Expression("github.run_attempt".to_owned()));
        }
        quoted(&pieces, quote)
    }
}

/// A shell word. What is put in single quotes and holds a variable is put in double ones.
pub fn quoted(pieces: &[Piece], quote: Quote) -> String {
    let expands = pieces.iter().any(|piece| matches!(piece, Piece::Variable(_)));
    let quote = if expands && quote == Quote::Single { Quote::Double } else { quote };
    let inner: String = pieces.iter().map(|piece| written(piece, quote)).collect();
    match quote {
        Quote::Bare => inner,
        Quote::Single => format!("'{inner}'"),
        Quote::Double => format!("\"{inner}\""),
    }
}

fn written(piece: &Piece, quote: Quote) -> String {
    match (piece, quote) {
        (Piece::Text(text), Quote::Single) => text.replace('\'', "'\\''"),
        (Piece::Text(text), Quote::Double) => {
            text.chars().map(|c| if "\"\\$`".contains(c) { format!("\\{c}") } else { c.to_string() }).collect()
        }
        (Piece::Text(text), Quote::Bare) => text.chars().map(bare).collect(),
        (Piece::Expression(text), _) => format!("${{{{ {text} }}}}"),
        (Piece::Variable(name), _) => format!("${{{name}}}"),
    }
}

fn bare(c: char) -> String {
    match c {
        '\n' | '\r' => format!("'{c}'"),
        c if c.is_ascii_alphanumeric() || "-_./:=".contains(c) => c.to_string(),
        c => format!("\\{c}"),
    }
}
