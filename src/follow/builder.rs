//! Puts a text together from bytes of a file and from what replaces them.

use crate::source::{Run, Source, Span, Text};
use crate::symbol::Value;

/// A text in the making. What is put in is in no run, so that no edit touches it.
pub(super) struct Builder<'s> {
    source: &'s Source,
    text: String,
    runs: Vec<Run>,
    whole: Option<Span>,
    /// Values of which not all is known; in the text stands `${{ given.N }}`.
    pub(super) given: Vec<Value>,
}

impl<'s> Builder<'s> {
    /// An empty text; values that are not known are numbered after those in `given`.
    pub(super) fn new(source: &'s Source, given: Vec<Value>) -> Self {
        Self { source, text: String::new(), runs: Vec::new(), whole: None, given }
    }

    /// Bytes of the file as they stand.
    pub(super) fn copy(&mut self, span: Span) {
        self.cover(span);
        if span.is_empty() {
            return;
        }
        match self.runs.last_mut() {
            Some(run) if run.file + run.len == span.start && run.text + run.len == self.text.len() => {
                run.len += span.end - span.start;
            }
            _ => self.runs.push(Run { text: self.text.len(), file: span.start, len: span.end - span.start }),
        }
        self.text.push_str(self.source.slice(span));
    }

    /// A text that is already decoded out of the file.
    pub(super) fn append(&mut self, part: &Text) {
        self.cover(part.whole());
        let base = self.text.len();
        self.runs.extend(part.runs().iter().map(|run| Run { text: base + run.text, ..*run }));
        self.text.push_str(part.value());
    }

    /// Text in place of what stands at `span`.
    pub(super) fn put(&mut self, text: &str, span: Span) {
        self.cover(span);
        self.text.push_str(text);
    }

    /// A value in place of what stands at `span`.
    pub(super) fn put_value(&mut self, value: &Value, span: Span) {
        match value.as_literal() {
            Some(text) => self.put(text, span),
            None => {
                let number = self.given.iter().position(|given| given == value).unwrap_or_else(|| {
                    self.given.push(value.clone());
                    self.given.len() - 1
                });
                self.put(&format!("${{{{ given.{number} }}}}"), span);
            }
        }
    }

    fn cover(&mut self, span: Span) {
        self.whole = Some(self.whole.map_or(span, |whole| whole.to(span)));
    }

    /// How long it is.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The text, and the values in it.
    pub(super) fn finish(self) -> (Text, Vec<Value>) {
        let whole = self.whole.unwrap_or(Span::new(0, 0));
        (Text::proven(self.text, whole, self.runs), self.given)
    }
}
