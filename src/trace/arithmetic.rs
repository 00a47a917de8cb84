//! Shell arithmetic over known numbers: `$((i + 1))`, `(( n < 3 ))`.

/// What the variables of an expression hold; `None` when it is no known number.
pub(super) trait Variables {
    /// The value of `name`; a variable that is not set is 0.
    fn get(&mut self, name: &str) -> Option<i64>;
    /// Assigns it.
    fn set(&mut self, name: &str, value: i64);
}

/// How deep parentheses and unary signs may nest.
const DEEPEST: usize = 64;

/// The operators of two operands, by how tightly they bind; longer ones first where one begins another.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

const ASSIGNMENTS: [&str; 11] = ["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "="];

/// The value of an expression; `None` when a part of it is not known, or it is none.
pub(super) fn evaluate(text: &str, variables: &mut dyn Variables) -> Option<i64> {
    let mut reader = Reader { rest: text, variables, depth: 0, skipping: false };
    let value = reader.list()?;
    reader.rest.trim_start().is_empty().then_some(value)
}

/// The variables that an expression assigns.
pub(super) fn assigned(text: &str) -> Vec<String> {
    struct Assigned(Vec<String>);
    impl Variables for Assigned {
        fn get(&mut self, _: &str) -> Option<i64> {
            Some(1)
        }
        fn set(&mut self, name: &str, _: i64) {
            self.0.push(name.to_owned());
        }
    }
    let mut assigned = Assigned(Vec::new());
    evaluate(text, &mut assigned);
    assigned.0
}

struct Reader<'a> {
    rest: &'a str,
    variables: &'a mut dyn Variables,
    depth: usize,
    /// In the operand of `&&`, `||` or `?:` that does not count: nothing is assigned.
    skipping: bool,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, sign: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// `a, b`
    fn list(&mut self) -> Option<i64> {
        let mut value = self.assignment()?;
        while self.eat(",") {
            value = self.assignment()?;
        }
        Some(value)
    }

    fn assignment(&mut self) -> Option<i64> {
        let start = self.rest;
        if let Some(name) = self.name() {
            self.rest = self.rest.trim_start();
            let sign = ASSIGNMENTS.iter().find(|sign| self.rest.starts_with(**sign));
            if let Some(sign) = sign.filter(|_| !self.rest.starts_with("==")) {
                self.rest = &self.rest[sign.len()..];
                let right = self.assignment()?;
                let value = match sign.strip_suffix('=') {
                    None | Some("") => right,
                    Some(operator) => apply(operator, self.variables.get(name)?, right)?,
                };
                return Some(self.assign(name, value));
            }
        }
        self.rest = start;
        let condition = self.binary(0)?;
        if !self.eat("?") {
            return Some(condition);
        }
        let first = self.considered(condition != 0, Self::list)?;
        if !self.eat(":") {
            return None;
        }
        let second = self.considered(condition == 0, Self::assignment)?;
        Some(if condition != 0 { first } else { second })
    }

    /// Reads an operand that counts only when `counts`.
    fn considered(&mut self, counts: bool, read: impl FnOnce(&mut Self) -> Option<i64>) -> Option<i64> {
        let outer = self.skipping;
        self.skipping |= !counts;
        let value = read(self);
        self.skipping = outer;
        value
    }

    fn assign(&mut self, name: &str, value: i64) -> i64 {
        if !self.skipping {
            self.variables.set(name, value);
        }
        value
    }

    fn binary(&mut self, level: usize) -> Option<i64> {
        let Some(operators) = LEVELS.get(level) else { return self.power() };
        let mut left = self.binary(level + 1)?;
        loop {
            self.rest = self.rest.trim_start();
            let Some(operator) = operators.iter().find(|operator| self.is_operator(operator)) else {
                return Some(left);
            };
            self.rest = &self.rest[operator.len()..];
            let counts = match *operator {
                "&&" => left != 0,
                "||" => left == 0,
                _ => true,
            };
            let right = self.considered(counts, |reader| reader.binary(level + 1))?;
            left = match apply(operator, left, right) {
                Some(value) => value,
                // A division by zero that is not done.
                None if self.skipping => 0,
                None => return None,
            };
        }
    }

    /// Whether it stands here, and no longer operator does.
    fn is_operator(&self, operator: &str) -> bool {
        let Some(after) = self.rest.strip_prefix(operator) else { return false };
        let next = after.chars().next();
        match operator {
            "&" | "|" => next != operator.chars().next() && next != Some('='),
            "<" | ">" => next != operator.chars().next(),
            "*" => next != Some('*') && next != Some('='),
            "+" | "-" | "/" | "%" | "^" | "<<" | ">>" => next != Some('='),
            _ => true,
        }
    }

    /// `a ** b`, to the right.
    fn power(&mut self) -> Option<i64> {
        let base = self.unary()?;
        if !self.eat("**") {
            return Some(base);
        }
        let exponent = u32::try_from(self.power()?).ok()?;
        Some(base.wrapping_pow(exponent))
    }

    fn unary(&mut self) -> Option<i64> {
        self.depth += 1;
        let value = if self.depth > DEEPEST { None } else { self.operand() };
        self.depth -= 1;
        value
    }

    fn operand(&mut self) -> Option<i64> {
        for (sign, change) in [("++", 1), ("--", -1)] {
            if self.eat(sign) {
                let name = self.name()?;
                let value = self.variables.get(name)?.wrapping_add(change);
                return Some(self.assign(name, value));
            }
        }
        if self.eat("!") {
            return Some(i64::from(self.unary()? == 0));
        }
        if self.eat("~") {
            return Some(!self.unary()?);
        }
        if self.eat("-") {
            return Some(self.unary()?.wrapping_neg());
        }
        if self.eat("+") {
            return self.unary();
        }
        if self.eat("(") {
            let value = self.list()?;
            return self.eat(")").then_some(value);
        }
        match self.name() {
            Some(name) => {
                let value = self.variables.get(name)?;
                for (sign, change) in [("++", 1), ("--", -1)] {
                    if self.eat(sign) {
                        self.assign(name, value.wrapping_add(change));
                    }
                }
                Some(value)
            }
            None => self.number(),
        }
    }

    /// `i`, `$i`, `${i}`.
    fn name(&mut self) -> Option<&'a str> {
        self.rest = self.rest.trim_start();
        let braced = self.rest.starts_with("${");
        let start = if braced { 2 } else { usize::from(self.rest.starts_with('$')) };
        let after = &self.rest[start..];
        let length = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let name = &after[..length];
        if name.is_empty() || start == 0 && name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let rest = &after[length..];
        self.rest = if braced { rest.strip_prefix('}')? } else { rest };
        Some(name)
    }

    fn number(&mut self) -> Option<i64> {
        self.rest = self.rest.trim_start();
        let length = self.rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        number(digits)
    }
}

/// A number as the shell reads it: `10`, `0x1f`, `017`.
pub(super) fn number(digits: &str) -> Option<i64> {
    match digits.strip_prefix('0') {
        Some("") => Some(0),
        Some(hex) if hex.starts_with(['x', 'X']) => i64::from_str_radix(&hex[1..], 16).ok(),
        Some(octal) => i64::from_str_radix(octal, 8).ok(),
        None => digits.parse().ok(),
    }
}

fn apply(operator: &str, left: i64, right: i64) -> Option<i64> {
    let shift = || u32::try_from(right).ok();
    Some(match operator {
        "||" => i64::from(left != 0 || right != 0),
        "&&" => i64::from(left != 0 && right != 0),
        "|" => left | right,
        "^" => left ^ right,
        "&" => left & right,
        "==" => i64::from(left == right),
        "!=" => i64::from(left != right),
        "<=" => i64::from(left <= right),
        ">=" => i64::from(left >= right),
        "<" => i64::from(left < right),
        ">" => i64::from(left > right),
        "<<" => left.wrapping_shl(shift()?),
        ">>" => left.wrapping_shr(shift()?),
        "+" => left.wrapping_add(right),
        "-" => left.wrapping_sub(right),
        "*" => left.wrapping_mul(right),
        "/" => left.checked_div(right)?,
        "%" => left.checked_rem(right)?,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    impl Variables for BTreeMap<String, Option<i64>> {
        fn get(&mut self, name: &str) -> Option<i64> {
            BTreeMap::get(self, name).copied().unwrap_or(Some(0))
        }

        fn set(&mut self, name: &str, value: i64) {
            self.insert(name.to_owned(), Some(value));
        }
    }

    #[test]
    fn expressions_are_evaluated() {
        let mut variables: BTreeMap<String, Option<i64>> =
            [("i", Some(3)), ("u", None)].into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        for (text, expected) in [
            ("1 + 2 * 3", Some(7)),
            ("(1+2)*3 - -1", Some(10)),
            ("2 ** 3 ** 2", Some(512)),
            ("$i < 4 && ${i} >= 3 || 0", Some(1)),
            ("i == 3 ? 10 : 20", Some(10)),
            ("0x10 + 010", Some(24)),
            ("7 / 2 % 2", Some(1)),
            ("unset + 1", Some(1)),
            ("u + 1", None),
            ("1 / 0", None),
            ("0 && 1 / 0", Some(0)),
            ("1 +", None),
            ("i++ + ++i", Some(8)),
            ("i += 2, i", Some(7)),
            ("0 && (i = 9), i", Some(7)),
            ("!i + ~0", Some(-1)),
            ("1 << 4 | 1", Some(17)),
        ] {
            assert_eq!(evaluate(text, &mut variables), expected, "{text}");
        }
    }
}
