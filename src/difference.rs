//! What two lists of texts have in common, in order. The one file that runs the differ: it becomes much code for each kind
//! of list that it is given, so it is given one, numbers.

use similar::DiffOp;
use similar::algorithms::{Capture, Compact, IdentifyDistinct, Replace, myers};

/// The stretches of two lists, in order: those that are equal, and those that are not.
pub fn difference(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    // Equal texts have equal numbers.
    let numbers = IdentifyDistinct::<u32>::new(old, 0..old.len(), new, 0..new.len());
    let (was, is) = (numbers.old_lookup(), numbers.new_lookup());
    let mut stretches = Compact::new(Replace::new(Capture::new()), was, is);
    let Ok(()) = myers::diff(&mut stretches, was, numbers.old_range(), is, numbers.new_range());
    stretches.into_inner().into_inner().into_ops()
}
