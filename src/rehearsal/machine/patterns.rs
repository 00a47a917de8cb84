//! Regular expressions, made once: the plays of a job ask for the same ones again and again.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};

/// How many are kept.
const MOST: usize = 256;

/// By their patterns, and whether case counts for nothing; none is for what is no pattern.
type Known = HashMap<(String, bool), Option<Rc<Regex>>>;

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// The regular expression of a pattern, if it is one.
pub(in crate::rehearsal) fn regex(pattern: &str, ignores_case: bool) -> Option<Rc<Regex>> {
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST {
            known.clear();
        }
        let make = || RegexBuilder::new(pattern).case_insensitive(ignores_case).build().ok().map(Rc::new);
        known.entry((pattern.to_owned(), ignores_case)).or_insert_with(make).clone()
    })
}
