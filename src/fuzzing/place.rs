//! A place in a file is there: inside it, on characters.

use std::ops::Range;

use crate::source::{Location, Source, Text};

pub(super) fn is_in(text: &str, range: &Range<usize>) {
    assert!(text.get(range.clone()).is_some(), "{range:?} is no range of {text:?}");
}

/// A location lies in a source of its path.
pub(super) fn location_is_in(source: &Source, location: &Location) {
    assert_eq!(*source.path(), location.path);
    is_in(source.text(), &location.span.range());
}

/// The bytes of a decoded text are found again in its file.
pub(super) fn text_is_in(source: &Source, text: &Text) {
    is_in(source.text(), &text.whole().range());
    for run in text.runs() {
        let (written, read) =
            (source.text().get(run.file..run.file + run.len), text.value().get(run.text..run.text + run.len));
        assert!(written.is_some() && written == read, "{run:?} of {:?} in {:?}", text.value(), source.text());
    }
}
