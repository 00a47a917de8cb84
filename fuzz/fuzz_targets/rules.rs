#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| berthlint::fuzzing::rules(bytes));
