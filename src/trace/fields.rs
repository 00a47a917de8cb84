//! Field splitting: the words that the shell makes of one word with expansions in it, and the one text it makes of
//! several.

use crate::symbol::{Part, Value};

/// The fields of a word while its pieces are added.
#[derive(Default)]
pub(super) struct Fields {
    done: Vec<(Value, bool)>,
    /// The field at hand, and whether more may be in it than one.
    open: Option<(Vec<Value>, bool)>,
}

impl Fields {
    /// Adds what is not split; of it alone there is a field even when it is empty.
    pub(super) fn whole(&mut self, value: Value) {
        self.open.get_or_insert_default().0.push(value);
    }

    /// Adds what an expansion outside quotes gives: known text is split at blanks.
    pub(super) fn split(&mut self, value: &Value) {
        for part in value.parts() {
            let Part::Literal(text) = part else {
                let (field, splits) = self.open.get_or_insert_default();
                field.push(Value::from(part.clone()));
                *splits = true;
                continue;
            };
            let mut rest = &**text;
            while let Some(at) = rest.find(is_blank) {
                if at > 0 {
                    self.whole(Value::literal(&rest[..at]));
                }
                self.end();
                rest = rest[at..].trim_start_matches(is_blank);
            }
            if !rest.is_empty() {
                self.whole(Value::literal(rest));
            }
        }
    }

    /// Ends the field at hand, if there is one.
    pub(super) fn end(&mut self) {
        self.done.extend(self.open.take().map(|(pieces, splits)| (Value::concat(pieces), splits)));
    }

    /// All fields, each with whether it may be none or several.
    pub(super) fn finish(mut self) -> Vec<(Value, bool)> {
        self.end();
        self.done
    }
}

/// Values as one text with blanks between, as `"$*"` gives it.
pub(super) fn join(values: &[Value]) -> Value {
    let blank = Value::literal(" ");
    Value::concat(values.iter().enumerate().flat_map(|(index, value)| {
        let between = if index > 0 { Some(blank.clone()) } else { None };
        between.into_iter().chain([value.clone()])
    }))
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n')
}
