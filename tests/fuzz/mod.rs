//! Random damage: whatever is written in a file or behind `--set`, the compiler answers it, as `answer` says.
//!
//! Every test run tries some thousand inputs, always the same. For many more of other ones:
//!
//! ```console
//! $ export DISAGGC_FUZZ_SEED=7 DISAGGC_FUZZ_INPUTS=1000000 CARGO_PROFILE_DEV_OPT_LEVEL=2
//! $ cargo test --bin disaggc -- --ignored fuzz::many_topologies   # or fuzz::many_texts
//! ```
//!
//! What fails is kept in `target/fuzz/`. Once it is mended it becomes a file in `tests/fuzz/seeds/`: its answer
//! stays tested, and later inputs are made from it, too.

mod answer;
#[path = "../support/examples.rs"]
#[expect(dead_code, reason = "where the examples' mistakes are doesn't matter here")]
mod examples;
mod input;
mod mutate;

use std::fmt::Write as _;
use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::Duration;

use disaggc::check::table;
use disaggc::stdlib::Stdlib;

use answer::{Depth, answer};
use input::Input;
use mutate::{Mutator, Stock};

/// Time of the processor for one input: more is worth a look, because it may grow with the square of something.
const SLOW: Duration = Duration::from_millis(100);

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// All that inputs are made from: examples, rules' examples, descriptions of the stdlib, and what once failed.
fn corpus() -> Vec<Input> {
    let mut corpus = Vec::new();
    let mut examples: Vec<PathBuf> = fs::read_dir(folder("examples"))
        .expect("there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.is_dir())
        .collect();
    examples.sort();
    for example in examples {
        let files = fs::read_dir(example).expect("a folder").map(|entry| entry.expect("readable").path());
        let mut files: Vec<PathBuf> =
            files.filter(|file| file.extension().is_some_and(|end| end == "kdl")).collect();
        files.sort();
        corpus.extend(files.iter().map(|file| Input::new(fs::read_to_string(file).expect("UTF-8"))));
    }
    for rule in table::all() {
        let examples = examples::examples(&rule.documentation(), rule.code);
        corpus.extend(examples.into_iter().map(|example| Input::new(example.text)));
    }
    let stdlib = Stdlib::embedded();
    for module in stdlib.modules() {
        let kind = module.split('/').next().unwrap_or_default();
        let text = stdlib.text(&format!("{module}.kdl")).or(stdlib.text(&format!("{module}/{kind}.kdl")));
        let text = text.expect("it was listed");
        // A description in the place of the stdlib's own.
        let main = corpus[0].main.replace("use \"cluster/", "use \"./site.kdl\"\nuse \"cluster/");
        corpus.push(Input { site: text.to_owned(), ..Input::new(main) });
    }
    corpus.extend(seeds().into_iter().map(|(_, seed)| seed));
    corpus
}

/// What once failed, by file name.
fn seeds() -> Vec<(String, Input)> {
    let mut seeds: Vec<(String, Input)> = fs::read_dir(folder("tests/fuzz/seeds"))
        .expect("there")
        .map(|entry| entry.expect("readable").path())
        .map(|path| {
            let text = fs::read_to_string(&path).expect("UTF-8");
            (path.file_name().expect("a file").to_string_lossy().into_owned(), Input::parse(&text))
        })
        .collect();
    seeds.sort_by(|a, b| a.0.cmp(&b.0));
    seeds
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Short texts, of which only the syntax is looked at.
    Texts,
    /// Damaged topologies, up to the bundle.
    Topologies,
}

/// Tries inputs and keeps those that fail. Returns what is wrong with the first of them, and how many are right.
fn tries(kind: Kind, seed: u64, inputs: u64, keep: Option<&Path>) -> (Vec<String>, u64) {
    let stdlib = Stdlib::embedded();
    let stock = |input| {
        let right = kind == Kind::Topologies && answer(&input, &stdlib, Depth::Once) == Ok(true);
        Stock::new(input, right)
    };
    let corpus: Vec<Stock> = corpus().into_iter().map(stock).collect();
    let mut wrong = Vec::new();
    let mut right = 0;
    for index in 0..inputs {
        let mut mutator = Mutator::new(seed, index, &corpus);
        let (input, depth) = match kind {
            Kind::Texts => (mutator.text(), Depth::Syntax),
            Kind::Topologies if index % 16 == 0 => (mutator.input(), Depth::Twice),
            Kind::Topologies => (mutator.input(), Depth::Once),
        };
        if let Some(folder) = keep {
            // An overflow of the stack can't be caught: then this is the input that did it.
            fs::write(folder.join("current"), input.to_string()).expect("writable");
        }
        let before = cpu();
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| answer(&input, &stdlib, depth)));
        let took = cpu().saturating_sub(before);
        let what = match outcome {
            Ok(Ok(fine)) => {
                right += u64::from(fine);
                match keep {
                    Some(_) if took > SLOW => format!("takes {} ms", took.as_millis()),
                    _ => continue,
                }
            }
            Ok(Err(what)) => what,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                format!("panics: {}", text.or(panic.downcast_ref().copied()).unwrap_or_default())
            }
        };
        if let Some(folder) = keep {
            fs::write(folder.join(format!("{seed}-{index}")), input.to_string()).expect("writable");
            let mut log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            writeln!(log, "{seed}-{index}: {}", what.lines().next().unwrap_or_default())
                .expect("to a string");
            fs::write(folder.join("log"), log).expect("writable");
        }
        if wrong.len() < 10 {
            wrong.push(format!("input {index} of seed {seed} {what}\n{input}"));
        }
    }
    (wrong, right)
}

/// The time that this thread has spent on a processor; zero where the kernel doesn't tell.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or_default())
}

#[test]
fn random_inputs_are_answered() {
    for (kind, inputs) in [(Kind::Texts, 5000), (Kind::Topologies, 2000)] {
        let (wrong, right) = tries(kind, 1, inputs, None);
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
        assert!(right > inputs / 20, "only {right} of {inputs} {kind:?} are right");
    }
}

#[test]
fn what_once_failed_is_answered() {
    let stdlib = Stdlib::embedded();
    for (name, seed) in seeds() {
        assert_eq!(answer(&seed, &stdlib, Depth::Twice).err(), None, "{name}");
    }
}

/// In parts, so that one can see how far it has come.
fn many(kind: Kind) {
    const PART: u64 = 10_000;
    let kept = folder("target/fuzz");
    fs::create_dir_all(&kept).expect("writable");
    let (seed, inputs) = (number("DISAGGC_FUZZ_SEED", 2), number("DISAGGC_FUZZ_INPUTS", 100_000));
    let mut all = Vec::new();
    for part in 0..inputs.div_ceil(PART) {
        let count = PART.min(inputs - part * PART);
        let (wrong, right) = tries(kind, seed + part, count, Some(&kept));
        eprintln!("seed {}: {count} {kind:?}, {right} right, {} wrong answers", seed + part, wrong.len());
        all.extend(wrong);
    }
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
#[ignore = "runs as long as it is told to"]
fn many_topologies() {
    many(Kind::Topologies);
}

#[test]
#[ignore = "runs as long as it is told to"]
fn many_texts() {
    many(Kind::Texts);
}
