//! What the parser makes of the constructs of real scripts, and that nothing breaks it.

mod constructs;
mod hostile;
mod places;
mod print;
mod properties;
