//! What is open while a list of statements is read, and how high the tree in it grows.

/// What a frame was opened by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Opener {
    /// The list itself.
    List,
    /// `(`.
    Paren,
    /// `{`.
    Brace,
    /// `if`.
    If,
    /// `for`, `select`, `while`, `until`.
    Loop,
    /// `case`.
    Case,
}

/// One open compound statement.
pub(super) struct Frame {
    pub(super) opener: Opener,
    /// Behind its `then` or `do`.
    pub(super) in_body: bool,
    /// The highest finished list in it.
    height: usize,
    /// The highest statement of the list at hand, and
    highest: usize,
    /// the operators that chain it, each of which puts one more node above.
    chain: usize,
}

impl Frame {
    pub(super) fn new(opener: Opener) -> Self {
        Self { opener, in_body: false, height: 0, highest: 0, chain: 0 }
    }

    /// A part of the list at hand is this high.
    pub(super) fn raise(&mut self, height: usize) {
        self.highest = self.highest.max(height);
    }

    /// `&&`, `||` or `|`; the last adds no height, but the grammar does not take a long pipeline well.
    pub(super) fn chain(&mut self) {
        self.chain += 1;
    }

    /// The list at hand ends.
    pub(super) fn end_list(&mut self) {
        self.height = self.height();
        self.highest = 0;
        self.chain = 0;
    }

    /// How high the tree in this frame is.
    pub(super) fn height(&self) -> usize {
        self.height.max(self.highest + self.chain)
    }
}
