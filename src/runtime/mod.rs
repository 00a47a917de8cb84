//! berth-run: start a sibling container, find its address, label it with its run, remove exactly that.
