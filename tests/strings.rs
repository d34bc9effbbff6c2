//! Random strings go through a topology, the compiler and real bash, and come back unchanged from the
//! program that gets them; what a shell can't hold is refused.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use disaggc::diagnostic::Severity;
use disaggc::stdlib::Stdlib;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use support::{compile, files_of, write_files};

const BATCHES: usize = 252;
const VARIABLES: usize = 200;
const ARGUMENTS: usize = 200;

/// What shells, printf and templates have feelings about, alone and in any mixture with other text.
fn string() -> impl Strategy<Value = String> {
    const PIECES: [&str; 32] = [
        "'",
        "\"",
        "\\",
        "$",
        "$(id)",
        "`id`",
        "${x}",
        "\n",
        "\r\n",
        "\t",
        " ",
        "  ",
        "*",
        "?",
        "[a]",
        "~",
        "!",
        "#",
        "&",
        "|",
        ";",
        "<",
        ">",
        "%s",
        "%",
        "-n",
        "--",
        "[= x =]",
        "[% if %]",
        "{{ x }}",
        "é🦀",
        "\u{1b}[0m",
    ];
    let piece = prop::sample::select(PIECES.to_vec()).prop_map(str::to_owned);
    let text = any::<String>().prop_map(|s| s.replace('\0', ""));
    let mixture = prop::collection::vec(prop_oneof![3 => piece, 1 => text.clone()], 0..6);
    prop_oneof![4 => mixture.prop_map(|parts| parts.concat()), 1 => text]
}

/// As KDL writes it.
fn kdl(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_ascii_graphic() || c == ' ' => out.push(c),
            c => write!(out, "\\u{{{:x}}}", u32::from(c)).expect("a string"),
        }
    }
    out.push('"');
    out
}

struct Batch {
    model: String,
    variables: Vec<String>,
    arguments: Vec<String>,
}

impl Batch {
    fn random(runner: &mut TestRunner) -> Self {
        let strategy = string();
        let mut next = || strategy.new_tree(runner).expect("a string").current();
        Batch {
            model: format!("/{}", next()),
            variables: (0..VARIABLES).map(|_| next()).collect(),
            arguments: (0..ARGUMENTS).map(|_| next()).collect(),
        }
    }

    fn topology(&self) -> String {
        let variables: String =
            self.variables.iter().enumerate().map(|(i, v)| format!("V{i} {}\n", kdl(v))).collect();
        let arguments: String = self.arguments.iter().map(|a| format!(" {}", kdl(a))).collect();
        format!(
            "use \"cluster/local\"\nuse \"engine/trtllm\"\ntopology \"t\" {{\nmodel \"m\" path={}\nenv {{\n{variables}}}\n\
             agg tp=2 {{ args{arguments} }}\nbenchmark {{ isl 1; osl 1; concurrency 1 }}\n}}\n",
            kdl(&self.model),
        )
    }

    /// What came back changed.
    fn run(&self, scratch: &Path) -> Vec<String> {
        let bundle = scratch.join("bundle");
        write_files(&bundle, &files_of(&self.topology(), &Stdlib::embedded()));
        let run = scratch.join("run");
        fs::create_dir_all(run.join("state")).expect("writable");
        let programs = scratch.join("programs");
        fs::create_dir(&programs).expect("writable");
        let program = programs.join("trtllm-serve");
        fs::write(&program, "#!/bin/bash\nprintf '%s\\0' \"$@\" >\"$OUT/argv\"\nenv -0 >\"$OUT/env\"\n")
            .expect("writable");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("our own file");
        let status = Command::new("timeout")
            .args(["120", "bash"])
            .arg(bundle.join("steps/agg.command.sh"))
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
            .env("OUT", scratch)
            .env("DISAGGC_BUNDLE", &bundle)
            .env("DISAGGC_RUN", &run)
            .env("DISAGGC_STEP", "agg_0")
            .env("DISAGGC_PORT", "8000")
            .env("DISAGGC_NODE", "n0")
            .env("DISAGGC_HOST", "n0")
            .stdin(Stdio::null())
            .status()
            .expect("bash runs");
        assert!(status.success());
        let fields = |name: &str| -> Vec<String> {
            let bytes = fs::read(scratch.join(name)).expect("the program ran");
            bytes.split(|b| *b == 0).map(|f| String::from_utf8_lossy(f).into_owned()).collect()
        };
        let env: BTreeMap<String, String> = fields("env")
            .iter()
            .filter_map(|e| e.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let argv = fields("argv");
        let mut changed = Vec::new();
        let mut compare = |what: String, sent: &String, back: Option<&String>| {
            if back != Some(sent) {
                changed.push(format!("{what}: {sent:?} came back as {back:?}"));
            }
        };
        for (i, value) in self.variables.iter().enumerate() {
            compare(format!("V{i}"), value, env.get(&format!("V{i}")));
        }
        compare("the model".to_owned(), &self.model, argv.first());
        let first = argv.len() - 1 - self.arguments.len();
        for (i, value) in self.arguments.iter().enumerate() {
            compare(format!("argument {i}"), value, argv.get(first + i));
        }
        changed
    }
}

#[test]
fn a_hundred_thousand_strings_come_back() {
    const { assert!(BATCHES * (VARIABLES + ARGUMENTS) >= 100_000) };
    let threads: Vec<_> = (0..2_usize)
        .map(|thread| {
            std::thread::spawn(move || {
                let mut runner = TestRunner::new_with_rng(
                    ProptestConfig::default(),
                    proptest::test_runner::TestRng::from_seed(
                        proptest::test_runner::RngAlgorithm::ChaCha,
                        &[thread as u8 + 1; 32],
                    ),
                );
                for _ in 0..BATCHES / 2 {
                    let batch = Batch::random(&mut runner);
                    let scratch = tempfile::tempdir().expect("a temporary folder");
                    assert_eq!(batch.run(scratch.path()), Vec::<String>::new());
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no string changed");
    }
}

proptest! {
    /// NUL is the one character that no argument and no variable can hold.
    #[test]
    fn a_nul_is_refused_wherever_it_stands(text in string(), tail in string(), place in 0..6_usize) {
        let value = kdl(&format!("/{text}\0{tail}"));
        let at = |n: usize, other: &str| if n == place { value.clone() } else { other.to_owned() };
        let topology = format!(
            "use \"cluster/local\"\nuse \"engine/trtllm\"\ntopology \"t\" {{\nmodel \"m\" path={}\nenv {{ V {} }}\n\
             agg tp=2 {{ args {}; profile \"nsys\" range={} }}\nbenchmark dataset={} {{ concurrency 1; args {} }}\n}}\n",
            at(0, "\"/m\""), at(1, "1"), at(2, "\"a\""), at(3, "\"1-2\""), at(4, "\"/d\""), at(5, "\"b\""),
        );
        let compilation = compile(&topology);
        // Whatever else may be doubtful in a text.
        let errors = compilation.diagnostics.iter().filter(|d| d.severity == Severity::Error);
        prop_assert_eq!(errors.map(|d| d.code).collect::<Vec<_>>(), ["shell/nul"]);
    }
}
