//! The fuzzers' functions over `fuzz/corpus`, and over texts that are nearly these.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 ^ (self.0 >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        usize::try_from(mixed >> 33).expect("31 bits") % sides.max(1)
    }
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// A text that is nearly this one: characters go, come, are doubled or change places with what another place has.
fn nearly(text: &str, dice: &mut Dice) -> String {
    let mut all: Vec<char> = text.chars().collect();
    let odd: Vec<char> = "\n\r\t '\"\\#:-{}[]()$`&|;<>!*%é\u{feff}0".chars().collect();
    for _ in 0..=dice.roll(4) {
        let (at, other) = (dice.roll(all.len()), dice.roll(all.len()));
        let length = dice.roll(12).min(all.len() - other);
        let piece: Vec<char> = all[other..other + length].to_vec();
        match dice.roll(5) {
            0 if at < all.len() => drop(all.remove(at)),
            1 => all.insert(at, odd[dice.roll(odd.len())]),
            2 => drop(all.splice(at..at, piece)),
            3 => drop(all.drain(other..other + length)),
            _ => drop(all.splice(at..(at + length).min(all.len()), piece)),
        }
    }
    all.into_iter().collect()
}

/// How many changed texts of each file are tried; a repository that is mended takes a thousand times what a text does.
fn changed(target: &str) -> usize {
    if target == "edits" { 2 } else { 100 }
}

/// Calls a fuzzer's function on its corpus, and on changed texts of it: the same ones each time.
fn holds(target: &str, each: fn(&[u8])) {
    let (mut dice, mut tried) = (Dice(42), 0);
    for file in files(&fuzz().join("corpus").join(target)) {
        let bytes = std::fs::read(&file).expect("a file of the corpus");
        each(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        for _ in 0..changed(target) {
            each(nearly(&text, &mut dice).as_bytes());
            tried += 1;
        }
    }
    assert!(tried > 0, "no corpus for {target}");
    each(b"");
    each(&[0xff, 0xfe, b'a', 0]);
}

/// Changes texts of the corpus, and what came of them, and says which input fails.
#[expect(clippy::print_stderr, reason = "figures for people")]
fn changed_for_long(target: &str, each: fn(&[u8])) {
    let number = |name: &str, else_: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(else_);
    let (seconds, seed) = (number("FUZZ_SECONDS", 60), number("FUZZ_SEED", 1));
    let read =
        |path: PathBuf| String::from_utf8_lossy(&std::fs::read(path).expect("a file of the corpus")).into_owned();
    let corpus: Vec<String> = files(&fuzz().join("corpus").join(target)).into_iter().map(read).collect();
    let (started, mut dice, mut tried) = (Instant::now(), Dice(seed), 0_u64);
    while started.elapsed() < Duration::from_secs(seconds) {
        let mut text = corpus[dice.roll(corpus.len())].clone();
        for _ in 0..=dice.roll(6) {
            text = nearly(&text, &mut dice);
            let begun = Instant::now();
            let outcome = std::panic::catch_unwind(|| each(text.as_bytes()));
            assert!(outcome.is_ok(), "{target}, seed {seed}, {tried} inputs before: {text:?}");
            assert!(begun.elapsed() < Duration::from_secs(120), "{target} took {:?}: {text:?}", begun.elapsed());
            tried += 1;
        }
    }
    eprintln!("{target}: {tried} inputs of seed {seed} in {seconds} s");
}

macro_rules! targets {
    ($($target:ident)*) => {
        $(
            #[test]
            fn $target() {
                holds(stringify!($target), super::$target);
            }
        )*

        /// `FUZZ_TARGET=yaml FUZZ_SECONDS=600 cargo test --lib for_long -- --ignored --nocapture`
        #[test]
        #[ignore = "without a nightly compiler: as long as FUZZ_SECONDS says"]
        fn for_long() {
            let asked = std::env::var("FUZZ_TARGET").unwrap_or_default();
            let all: [(&str, fn(&[u8])); _] = [$((stringify!($target), super::$target)),*];
            for (target, each) in all.into_iter().filter(|(target, _)| asked.is_empty() || asked == *target) {
                changed_for_long(target, each);
            }
        }

        /// Each function is fuzzed, and each fuzzer's function is tried here.
        #[test]
        fn every_target_has_its_fuzzer() {
            let here: BTreeSet<String> = [$(stringify!($target).to_owned()),*].into();
            let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).expect("fuzz/Cargo.toml");
            for target in &here {
                let path = fuzz().join("fuzz_targets").join(target).with_extension("rs");
                let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                assert!(text.contains(&format!("berthlint::fuzzing::{target}(bytes)")), "{text}");
                assert!(manifest.contains(&format!("name = \"{target}\"")), "{target} is not in fuzz/Cargo.toml");
            }
            let names = |folder: &str| -> BTreeSet<String> {
                let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
                files(&fuzz().join(folder)).into_iter().filter_map(stem).collect()
            };
            assert_eq!((names("fuzz_targets"), names("corpus")), (here.clone(), here));
        }
    };
}

targets! { compose configuration daemon docker edits expressions make rules shell yaml }
