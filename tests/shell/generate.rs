//! Scripts that make use of the whole shell, from a seed: each of their commands has a number of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Which concurrent parts a command is in: pipes with the stage, outermost first.
pub type Place = Vec<(usize, usize)>;

/// A script, and where its commands stand.
pub struct Script {
    pub text: String,
    /// Run with `-e`.
    pub errexit: bool,
    /// The places of each command; one in a function has several.
    pub places: BTreeMap<usize, Vec<Place>>,
}

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 33) as usize % limit
    }

    fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

struct Function {
    name: String,
    /// The commands in it, and where in it.
    commands: Vec<(usize, Place)>,
}

struct Generator {
    random: Random,
    commands: usize,
    nodes: usize,
    budget: usize,
    place: Place,
    places: BTreeMap<usize, Vec<Place>>,
    functions: Vec<Function>,
    /// The function at hand, if any.
    within: bool,
    recorded: Vec<(usize, Place)>,
    loops: usize,
    /// What is printed here goes through a pipe.
    piped: bool,
    /// In what runs in the background.
    background: bool,
    /// In what a `!` stands before.
    negated: bool,
    /// In text that stands in single quotes.
    quoted: bool,
    /// The files that are read: each place has its own, so that no two write one at a time.
    files: BTreeSet<String>,
}

/// The script of a seed.
pub fn script(seed: u64) -> Script {
    let mut generator = Generator {
        random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
        commands: 0,
        nodes: 0,
        budget: 24,
        place: Place::new(),
        places: BTreeMap::new(),
        functions: Vec::new(),
        within: false,
        recorded: Vec::new(),
        loops: 0,
        piped: false,
        background: false,
        negated: false,
        quoted: false,
        files: BTreeSet::new(),
    };
    for _ in 0..8 {
        generator.random.next();
    }
    let errexit = generator.random.one_in(2);
    let mut text = String::from("v=a w='b c' i=0\nset -- p 'q r'\n");
    if generator.random.one_in(4) {
        text.push_str("set -o pipefail\n");
    }
    for index in 0..generator.random.below(3) {
        let function = generator.function(index);
        text.push_str(&function);
    }
    generator.budget = 24;
    let count = 2 + generator.random.below(5);
    for _ in 0..count {
        let statement = generator.list(3);
        let _ = writeln!(text, "{statement}");
    }
    let Generator { places, files, .. } = generator;
    let made: String = files.iter().map(|file| format!(": > {file}\n")).collect();
    Script { text: made + &text, errexit, places }
}

impl Generator {
    fn number(&mut self) -> usize {
        self.commands += 1;
        let number = self.commands;
        if self.within {
            self.recorded.push((number, self.place.clone()));
        } else {
            self.places.entry(number).or_default().push(self.place.clone());
        }
        number
    }

    fn function(&mut self, index: usize) -> String {
        self.within = true;
        self.budget = 8;
        let outer = std::mem::take(&mut self.place);
        let body = self.body(2);
        let local = if self.random.one_in(3) { "local v=l\n" } else { "" };
        self.place = outer;
        self.within = false;
        let name = format!("f{index}");
        let commands = std::mem::take(&mut self.recorded);
        self.functions.push(Function { name: name.clone(), commands });
        format!("{name}() {{\n{local}{body}\n}}\n")
    }

    fn call(&mut self) -> Option<String> {
        if self.functions.is_empty() || self.quoted || self.background {
            return None;
        }
        let index = self.random.below(self.functions.len());
        let function = &self.functions[index];
        let placed: Vec<(usize, Place)> = function
            .commands
            .iter()
            .map(|(number, place)| (*number, self.place.iter().chain(place).copied().collect()))
            .collect();
        let name = function.name.clone();
        for (number, place) in placed {
            if self.within {
                self.recorded.push((number, place));
            } else {
                self.places.entry(number).or_default().push(place);
            }
        }
        let argument = self.word(1);
        Some(format!("{name} {argument}"))
    }

    /// One stage of a pipe, a side of a process substitution.
    fn stage<T>(&mut self, node: usize, stage: usize, make: impl FnOnce(&mut Self) -> T) -> T {
        self.place.push((node, stage));
        let piped = std::mem::replace(&mut self.piped, true);
        let loops = std::mem::take(&mut self.loops);
        let made = make(self);
        self.loops = loops;
        self.piped = piped;
        self.place.pop();
        made
    }

    fn node(&mut self) -> usize {
        self.nodes += 1;
        self.nodes
    }

    fn body(&mut self, depth: usize) -> String {
        let count = 1 + self.random.below(3);
        let lines: Vec<String> = (0..count).map(|_| self.list(depth)).collect();
        lines.join(if self.quoted { "; " } else { "\n" })
    }

    /// `a && b || c`
    fn list(&mut self, depth: usize) -> String {
        let mut text = self.pipeline(depth);
        while self.random.one_in(3) && self.budget > 0 {
            let operator = self.random.pick(&[" && ", " || "]);
            let right = match self.random.below(8) {
                0 if self.loops > 0 => self.random.pick(&["break", "continue", "break 2"]).to_owned(),
                1 if self.within && !self.quoted => format!("return {}", self.random.below(3)),
                2 if self.random.one_in(3) => format!("exit {}", self.random.below(3)),
                3 => "true".to_owned(),
                _ => self.pipeline(depth),
            };
            text = format!("{text}{operator}{right}");
        }
        text
    }

    fn pipeline(&mut self, depth: usize) -> String {
        let negation = match self.random.below(12) {
            0 => "! ",
            1 => "! ! ",
            _ => "",
        };
        let outer = self.negated;
        self.negated |= !negation.is_empty();
        let text = self.pipe(depth);
        self.negated = outer;
        format!("{negation}{text}")
    }

    fn pipe(&mut self, depth: usize) -> String {
        if depth > 0 && self.budget > 1 && self.random.one_in(4) {
            let node = self.node();
            let count = 2 + self.random.below(3);
            let mut stages = Vec::new();
            for stage in 0..count {
                let last = stage + 1 == count;
                stages.push(self.stage(node, stage, |generator| {
                    generator.piped = !last || generator.piped;
                    match generator.random.below(6) {
                        0 if stage > 0 => generator.reader(depth - 1),
                        1 if stage > 0 => generator.xargs(),
                        2 if stage == 0 => generator.printer(),
                        3 if last => "cat > /dev/null".to_owned(),
                        _ => generator.command(depth - 1),
                    }
                }));
            }
            return stages.join(" | ");
        }
        self.command(depth)
    }

    fn printer(&mut self) -> String {
        let number = self.number();
        let words = self.words(3);
        format!("list {number} {words}")
    }

    fn reader(&mut self, depth: usize) -> String {
        self.loops += 1;
        let body = self.body(depth);
        self.loops -= 1;
        let number = self.number();
        format!("while read -r v; do ok {number} \"$v\"; {body}; done").replace("\n; done", "; done")
    }

    fn xargs(&mut self) -> String {
        let number = self.number();
        match self.random.below(4) {
            0 => format!("xargs ok {number}"),
            1 => format!("xargs -r no {number}"),
            2 => format!("xargs -n 1 ok {number} x"),
            _ => format!("xargs -I{{}} ok {number} '{{}}' y"),
        }
    }

    fn simple(&mut self) -> String {
        let number = self.number();
        let words = self.words(3);
        match self.random.below(9) {
            0..=2 => format!("ok {number} {words}"),
            3 => format!("no {number} {words}"),
            4 => format!("bad {number} {words}"),
            5 if !self.background => format!("eat {number}"),
            6 => format!("X=$v ok {number} {words}"),
            7 => format!("command ok {number} {words}"),
            _ => format!("say {number} {words}"),
        }
    }

    fn test(&mut self) -> String {
        let word = self.quoted_word();
        self.random
            .pick(&[
                "[ \"$v\" = a ]",
                "[ -n \"$w\" ]",
                "[ -z \"$u\" ]",
                "test \"$i\" -lt 2",
                "[ \"$i\" -ge 1 -a \"$v\" != b ]",
                "[[ $w == b* ]]",
                "[[ $v == \"b*\" || -n $i ]]",
                "[[ ! ( $v == [a-c] && $i -lt 1 ) ]]",
                "(( i < 2 ))",
                "((i += 1, i % 2))",
                "true",
                "false",
                ":",
                "[ \"$?\" -eq 0 ]",
                "WORD",
            ])
            .replace("WORD", &format!("[ {word} != x ]"))
    }

    fn builtin(&mut self) -> String {
        let word = self.word(1);
        match self.random.below(16) {
            0 => format!("v={word}"),
            1 => format!("w=\"$v-{}\"", self.random.below(3)),
            2 => "i=$((i + 1))".to_owned(),
            3 if !self.within && !self.negated => "set -e".to_owned(),
            4 => "set +e".to_owned(),
            5 => format!("export v={}", self.quoted_word()),
            6 => {
                let number = self.number();
                format!("v=$(say {number} \"$v\")")
            }
            7 => {
                let number = self.number();
                format!("v=$(no {number})")
            }
            8 if self.within && !self.quoted => {
                let number = self.number();
                format!("local w=$(no {number})")
            }
            9 if !self.within => format!("read -r v w < {}", self.file()),
            10 => "read -r v w <<< \"$w x y\"".to_owned(),
            11 => "unset v".to_owned(),
            12 => "v+=z".to_owned(),
            13 => "arr=(\"$w\" $w z) && v=\"${#v}\"".to_owned(),
            14 => "shift".to_owned(),
            _ => "wait".to_owned(),
        }
    }

    fn command(&mut self, depth: usize) -> String {
        self.budget = self.budget.saturating_sub(1);
        if depth == 0 || self.budget == 0 {
            return match self.random.below(6) {
                0 => self.test(),
                1 => self.builtin(),
                _ => self.simple(),
            };
        }
        match self.random.below(26) {
            0..=5 => self.simple(),
            6 => self.test(),
            7 => self.builtin(),
            8 => self.call().unwrap_or_else(|| self.simple()),
            9 => format!("{{ {}; }}{}", self.body(depth - 1), self.redirect()),
            10 => {
                let loops = std::mem::take(&mut self.loops);
                let body = self.body(depth - 1);
                self.loops = loops;
                // Of `( ! a )` with nothing else in it bash negates only what the parentheses give.
                format!("( :; {body} ){}", self.redirect())
            }
            11 | 12 => self.conditional(depth - 1),
            13 => self.case(depth - 1),
            14 | 15 => self.for_loop(depth - 1),
            16 | 17 => self.while_loop(depth - 1),
            18 => self.redirected(),
            19 => self.trap(),
            20 => self.inner(),
            21 => self.background(depth - 1),
            22 => self.heredoc(),
            23 => self.process(depth - 1),
            24 => {
                let number = self.number();
                format!("( exec ok {number} {} )", self.words(1))
            }
            _ => self.simple(),
        }
    }

    fn redirect(&mut self) -> &'static str {
        match self.random.below(8) {
            0 => " > g",
            1 => " >> g",
            2 => " > /dev/null 2>&1",
            3 => " >&2",
            _ => "",
        }
    }

    fn redirected(&mut self) -> String {
        if self.within {
            return self.simple();
        }
        let number = self.number();
        let words = self.words(2);
        let file = self.file();
        match self.random.below(6) {
            0 => format!("say {number} {words} > {file}"),
            1 => format!("list {number} {words} >> {file}"),
            2 => format!("v=$(cat {file}) && ok {number} \"$v\""),
            3 => format!("{{ v=$(< {file}); ok {number} $v; }}"),
            4 => format!("while read -r v; do ok {number} \"$v\"; done < {file}"),
            _ => format!("{{ echo {words} > {file}; ok {number} \"$(cat {file})\"; }}"),
        }
    }

    fn file(&mut self) -> String {
        let place = self.place.iter().map(|(node, stage)| format!("_{node}_{stage}")).collect::<String>();
        let file = format!("f{place}");
        self.files.insert(file.clone());
        file
    }

    fn conditional(&mut self, depth: usize) -> String {
        let condition = self.condition(depth);
        let then = self.body(depth);
        let mut text = format!("if {condition}; then {then}");
        if self.random.one_in(3) {
            let (condition, body) = (self.condition(depth), self.body(depth));
            let _ = write!(text, "; elif {condition}; then {body}");
        }
        if self.random.one_in(2) {
            let body = self.body(depth);
            let _ = write!(text, "; else {body}");
        }
        format!("{text}; fi{}", self.redirect())
    }

    fn condition(&mut self, depth: usize) -> String {
        if self.random.one_in(2) { self.test() } else { self.list(depth) }
    }

    fn case(&mut self, depth: usize) -> String {
        let word = self.quoted_word();
        let (first, second, third) = (self.body(depth), self.body(depth), self.body(depth));
        format!("case {word} in a|b*) {first} ;; \"$v\") {second} ;; *) {third} ;; esac")
    }

    fn for_loop(&mut self, depth: usize) -> String {
        let head = match self.random.below(5) {
            0 => "for v in \"$@\"; do".to_owned(),
            1 => "for v in {1..3}; do".to_owned(),
            2 => {
                // A counter of its own: two loops that share one may go on for ever.
                let node = self.node();
                format!("for ((k{node} = 0; k{node} < 3; i = k{node}++)); do")
            }
            3 => "for v; do".to_owned(),
            _ => format!("for v in {}; do", self.words(3)),
        };
        self.loops += 1;
        let body = self.body(depth);
        self.loops -= 1;
        format!("{head} {body}; done{}", self.redirect())
    }

    fn while_loop(&mut self, depth: usize) -> String {
        // How often it goes round is counted in a file: no two may count at a time.
        if self.within {
            return self.for_loop(depth);
        }
        let number = self.number();
        let head = match self.random.below(3) {
            0 => format!("while upto {number} 2; do"),
            1 => format!("until ! upto {number} 2; do"),
            _ => format!("while ok {number} && upto {number} 3; do"),
        };
        self.loops += 1;
        let body = self.body(depth);
        self.loops -= 1;
        format!("{head} {body}; done{}", self.redirect())
    }

    fn trap(&mut self) -> String {
        if self.quoted {
            return self.simple();
        }
        let number = self.number();
        match self.random.below(4) {
            _ if self.within => format!("trap 'bad {number}' 0"),
            0 => format!("trap 'ok {number} \"$v\"' EXIT"),
            1 => format!("trap 'bad {number}' 0"),
            2 => format!("trap \"ok {number} $v\" EXIT"),
            _ => "trap - EXIT".to_owned(),
        }
    }

    fn inner(&mut self) -> String {
        if self.quoted {
            return self.simple();
        }
        self.quoted = true;
        let (within, loops) = (self.within, std::mem::take(&mut self.loops));
        let body = self.body(1).replace('\'', "");
        self.quoted = false;
        self.within = within;
        self.loops = loops;
        let number = self.number();
        match self.random.below(3) {
            0 => format!("eval 'ok {number}; v=e'"),
            1 => format!("v=s sh -c 'ok {number} \"$1\" $0; no {number}' name \"$w\""),
            _ => {
                let options = self.random.pick(&["-c", "-ec"]);
                format!("export v w i; bash {options} '{body}; ok {number} $#' name x y")
            }
        }
    }

    fn background(&mut self, depth: usize) -> String {
        let loops = std::mem::take(&mut self.loops);
        let background = std::mem::replace(&mut self.background, true);
        let body = self.body(depth);
        self.background = background;
        self.loops = loops;
        format!("{{ {{ {body}; }} & wait; }}")
    }

    fn heredoc(&mut self) -> String {
        if self.quoted {
            return self.simple();
        }
        let number = self.number();
        if self.random.one_in(2) {
            format!("{{\nwhile read -r v; do ok {number} \"$v\"; done <<EOF\none $w\ntwo\nEOF\n}}")
        } else {
            format!("{{\nv=$(cat <<'EOF'\n$w x\nEOF\n)\nok {number} \"$v\"\n}}")
        }
    }

    fn process(&mut self, depth: usize) -> String {
        // Nobody waits for what runs there: it is one command, which is through before its first line is read.
        let inside = self.printer();
        let reader = self.reader(depth);
        format!("{reader} < <({inside})")
    }

    fn words(&mut self, most: usize) -> String {
        let count = self.random.below(most + 1);
        (0..count).map(|_| self.word(1)).collect::<Vec<_>>().join(" ")
    }

    fn word(&mut self, depth: usize) -> String {
        match self.random.below(16) {
            0 => "$v".to_owned(),
            1 => "\"$v\"".to_owned(),
            2 => "$w".to_owned(),
            3 => "\"x$w\"".to_owned(),
            4 => "\"$@\"".to_owned(),
            5 => "${u:-d e}".to_owned(),
            6 => "\"${v:-n}${i}\"".to_owned(),
            7 => "$((i + 1))".to_owned(),
            8 => "$?".to_owned(),
            9 => "$#".to_owned(),
            10 if depth > 0 && !self.quoted => {
                let number = self.number();
                let word = self.word(0);
                let double = if self.random.one_in(2) { "\"" } else { "" };
                format!("{double}$(say {number} {word}){double}")
            }
            11 => "${v%a}".to_owned(),
            12 => "\"${w#* }\"".to_owned(),
            13 => "a{1,2}".to_owned(),
            14 => "pre$w".to_owned(),
            _ => self.random.pick(&["lit", "two", "-x"]).to_owned(),
        }
    }

    fn quoted_word(&mut self) -> String {
        self.random.pick(&["\"$v\"", "\"$w\"", "\"${u:-d e}\"", "\"$i\"", "lit", "\"$?\""]).to_owned()
    }
}
