//! What the parser makes of the constructs of real scripts.

mod constructs;
mod print;
