//! Three-valued truth: unknown is never taken for false.

use std::ops::Not;

/// Yes, no, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// It does not hold.
    No,
    /// Nobody can tell from the text.
    Unknown,
    /// It holds.
    Yes,
}

impl Truth {
    /// Both hold (Kleene).
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Either holds (Kleene).
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// Certainly so.
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }

    /// Certainly not so.
    pub fn is_no(self) -> bool {
        self == Self::No
    }

    /// So, or possibly so.
    pub fn may_be(self) -> bool {
        self != Self::No
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}
