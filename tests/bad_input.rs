//! Bad input of any kind: a clear answer, in bounded memory, and nothing on the disk is touched.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const TOPOLOGY: &str = "topology \"x\" { }\n";

/// Address space that the compiler gets, in KiB: nothing that it is given makes it need more.
const MEMORY: &str = "524288";

/// Runs `disaggc` in `folder` with that much memory, and with what `stdin` writes.
fn disaggc(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new("bash")
        .args(["-c", "ulimit -v \"$0\" && exec \"$@\"", MEMORY, env!("CARGO_BIN_EXE_disaggc")])
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("bash starts");
    // It may have read enough before all is written.
    let _ = child.stdin.take().expect("piped").write_all(stdin);
    child.wait_with_output().expect("it ends")
}

/// What it says of a text, which must be an error that names something, in a few screens at most.
#[track_caller]
fn refused(output: &Output, says: &str) {
    let message = str::from_utf8(&output.stderr).expect("messages are UTF-8");
    assert!(matches!(output.status.code(), Some(1 | 2)), "{:?}: {message}", output.status);
    assert!(message.contains(says), "it does not say {says:?}: {message}");
    assert!(message.len() < 100_000, "{} bytes of messages", message.len());
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("writable");
    }
    folder
}

#[track_caller]
fn check(text: &str, says: &str) {
    let folder = folder(&[("topo.kdl", text)]);
    refused(&disaggc(folder.path(), &["check", "topo.kdl"], b""), says);
}

/// As many of a text as fit into a file.
fn full(text: &str) -> String {
    text.repeat((1 << 20) / text.len())
}

#[test]
fn texts_without_end() {
    check(&"a {\n".repeat(100_000), "nested too deep: the limit is 64");
    check(&"/*".repeat(100_000), "the comment is not closed");
    check(&"}\n".repeat(100_000), "there is no `{` for this `}`");
    check(&"a\n".repeat(20_001), "the limit is 20000 names and values");
    check(&full("a "), "the limit is 20000 names and values");
    check(&full("a"), "a file has no");
    check(&format!("a \"{}\"", "x".repeat(1_000_000)), "a file has no `a`");
    check(&format!("a {}", "9".repeat(1_000_000)), "too many digits");
    check(&format!("a {}\"", "#".repeat(1_000_000)), "the string is not closed");
    check(&format!("a \"\"\"\n{} \"\"\"", " x\n".repeat(300_000)), "a file has no `a`");
    for heap in ["\0", "\"", "#\"", "\"\"\"\n", "\\", "(", "=", "/-", "[", "\r", "\u{feff}", "é\u{2028}"] {
        check(&full(heap), "error");
    }
}

#[test]
fn findings_without_end_are_counted() {
    let topology = |inside: &str| format!("topology \"x\" {{\n{inside}}}\n");
    check(&"z 1\n".repeat(10_000), "9900 more are not shown");
    check(&topology(&"z 1\n".repeat(9000)), "more are not shown");
    check(&topology(&"(t)gen\n".repeat(6000)), "more are not shown");
    check(&topology(&format!("env {{\n{}}}\n", "V \"1\"\n".repeat(9000))), "more are not shown");
    check(&topology(&format!("gen tp=1 {}", "zz=1 ".repeat(6000))), "more are not shown");
}

#[test]
fn numbers_out_of_range_and_odd_bytes() {
    check("topology \"x\" { gen tp=1e400 }", "`1e400` is out of range");
    check("topology \"x\" { gen tp=170141183460469231731687303715884105728 }", "is out of range");
    check("topology \"x\" { gen tp=-1 replicas=4294967296 }", "`replicas` must be from 1 to");
    check("topology \"x\" { gen tp=1 tp=2 }", "`tp` is written twice");
    check("topology \"x\" { gen\0 }", "U+0000 is not allowed");
    check("\u{feff}topology \"x\" { gen tp=true }", "write `#true`");
}

#[test]
fn graphs_of_files() {
    let folder = folder(&[]);
    let at = |name: &str| folder.path().join(name);
    let used =
        |range: std::ops::Range<u32>| range.map(|i| format!("use \"./{i}.kdl\"\n")).collect::<String>();
    // A chain; then all of them from one file.
    for i in 0..1000 {
        fs::write(at(&format!("{i}.kdl")), format!("use \"./{}.kdl\"\n", i + 1)).unwrap();
    }
    let says = |file: &str, says: &str| refused(&disaggc(folder.path(), &["check", file], b""), says);
    says("0.kdl", "the limit is 32 files in a row");
    for i in 2000..2300 {
        fs::write(at(&format!("{i}.kdl")), "").unwrap();
    }
    fs::write(at("wide.kdl"), used(2000..2300)).unwrap();
    says("wide.kdl", "the limit is 256 files together");
    // Each uses all that follow: as many ways as 2 to the power of 30.
    for i in 0..30 {
        fs::write(at(&format!("{i}.kdl")), used(i + 1..30)).unwrap();
    }
    says("0.kdl", "there is no topology");
    for i in 0..20 {
        fs::write(at(&format!("{i}.kdl")), format!("// {}\n", "x".repeat(100_000))).unwrap();
    }
    fs::write(at("large.kdl"), used(0..20)).unwrap();
    says("large.kdl", "the limit is 1 MiB together");
    for i in 0..5 {
        fs::write(at(&format!("{i}.kdl")), "use \"cluster/local\"\n".repeat(3000)).unwrap();
    }
    fs::write(at("many.kdl"), used(0..5)).unwrap();
    says("many.kdl", "the limit is 20000 names and values together");
    // The same file by paths without end.
    symlink(".", at("again")).unwrap();
    fs::write(
        at("self.kdl"),
        format!("use \"./again/self.kdl\"\nuse \"./again/again/self.kdl\"\n{TOPOLOGY}"),
    )
    .unwrap();
    says("self.kdl", "this file uses itself");
    says("self.kdl", "the chain is self.kdl → again/self.kdl;");
}

#[test]
fn a_file_that_two_paths_name_is_read_once() {
    let main = "use \"./site.kdl\"\nuse \"./other.kdl\"\n";
    let folder =
        folder(&[("topo.kdl", main), ("site.kdl", "cluster \"c\" extends=\"gone\"\n"), ("x.kdl", TOPOLOGY)]);
    symlink("site.kdl", folder.path().join("other.kdl")).unwrap();
    let output = disaggc(folder.path(), &["check", "topo.kdl"], b"");
    refused(&output, "there is no topology");
    assert!(!str::from_utf8(&output.stderr).unwrap().contains("twice"));
}

#[test]
fn what_is_no_file() {
    let folder = folder(&[("100mb.kdl", "")]);
    let at = |name: &str| folder.path().join(name);
    let _listener = UnixListener::bind(at("socket")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    fs::File::create(at("100mb.kdl")).unwrap().set_len(100 << 20).unwrap();
    symlink("loop", at("loop")).unwrap();
    for (name, says) in [
        (".", "it is a folder"),
        ("socket", "it is a socket"),
        ("/dev/zero", "it is a device"),
        ("100mb.kdl", "it has more than 1 MiB"),
        ("loop", "too many levels of symbolic links"),
        ("gone", "there is no such file"),
    ] {
        refused(&disaggc(folder.path(), &["plan", name], b""), &format!("{name} can't be read: {says}"));
        let path = if name.starts_with('/') { name.to_owned() } else { format!("./{name}") };
        fs::write(at("topo.kdl"), format!("use \"{path}\"\n{TOPOLOGY}")).unwrap();
        refused(&disaggc(folder.path(), &["check", "topo.kdl"], b""), &format!("can't be read: {says}"));
    }
    refused(&disaggc(folder.path(), &["check", "pipe"], b""), "nobody writes to it");
    fs::write(at("topo.kdl"), "use \"./pipe\"\n").unwrap();
    refused(&disaggc(folder.path(), &["check", "topo.kdl"], b""), "only the main file may be one");
    refused(&disaggc(folder.path(), &["check", "/dev/stdin"], b"a true"), "write `#true`");
    refused(&disaggc(folder.path(), &["check", "/dev/stdin"], &vec![b' '; 2 << 20]), "more than 1 MiB");
}

#[test]
fn overrides_without_end() {
    let folder = folder(&[("topo.kdl", "topology \"x\" {\n    gen tp=1\n}\n")]);
    let set = |set: &str, says: &str| {
        refused(&disaggc(folder.path(), &["check", "topo.kdl", "--set", set], b""), says);
    };
    set(&format!("gen.config.{}b=1", "a.".repeat(50_000)), "the limit is 64 parts");
    set(&format!("gen.{}=1", "t".repeat(100_000)), "`gen` has no property");
    set(&format!("gen.tp={}", "9".repeat(100_000)), "`tp` is a whole number");
    set(&format!("gen.tp={}", "{".repeat(100_000)), "`tp` is a whole number");
    set(&format!("gen.config.a={}", "1 ".repeat(40_000)), "an override has too many values");
    set("gen.tp=1e400", "`tp` is a whole number");
    let many: Vec<String> = (0..2000).map(|i| format!("--set=gen.config.a{i}=1")).collect();
    let arguments: Vec<&str> =
        ["check", "topo.kdl"].into_iter().chain(many.iter().map(String::as_str)).collect();
    refused(&disaggc(folder.path(), &arguments, b""), "the limit is 1000");
}

#[test]
fn an_earlier_bundle_stays_as_it_was() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/quickstart/topo.kdl");
    let folder = folder(&[("topo.kdl", &fs::read_to_string(example).unwrap())]);
    let build = || disaggc(folder.path(), &["build", "topo.kdl", "-o", "out"], b"");
    assert!(build().status.success());
    let state = || {
        let mut entries: Vec<_> = [".", "out", "out/steps"]
            .iter()
            .flat_map(|below| fs::read_dir(folder.path().join(below)).unwrap())
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.path(), entry.metadata().unwrap().modified().unwrap()))
            .filter(|(path, _)| !path.ends_with("topo.kdl"))
            .collect();
        entries.sort();
        entries
    };
    let before = state();
    for bad in [full("a "), "a {".repeat(100_000), "topology \"x\" { gen tp=1e400 }".into()] {
        fs::write(folder.path().join("topo.kdl"), bad).unwrap();
        refused(&build(), "error");
        assert_eq!(state(), before);
    }
}
