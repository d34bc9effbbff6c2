//! Puts `stdlib/` into the binary, its KDL already parsed: at kdl's 2 MB/s that would otherwise be
//! most of the time of a build.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "src/diagnostic.rs"]
#[allow(dead_code)]
mod diagnostic;
#[path = "src/source.rs"]
#[allow(dead_code)]
mod source;
#[path = "src/syntax/mod.rs"]
#[allow(dead_code)]
mod syntax;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for path in ["../stdlib", "src/syntax", "src/source.rs", "src/diagnostic.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();

    let mut table = String::from("static EMBEDDED: &[Embedded] = &[\n");
    for (index, file) in files.iter().enumerate() {
        let path = file.strip_prefix(&root).expect("below root").to_str().expect("UTF-8 path");
        let file = file.canonicalize().expect("exists");
        let tree = out.join(format!("{index}.tree"));
        fs::write(&tree, tree_of(path, &file)).expect("OUT_DIR is writable");
        writeln!(
            table,
            "    Embedded {{ path: {path:?}, content: include_str!({file:?}), tree: include_bytes!({tree:?}) }},"
        )
        .expect("writing to a string");
    }
    table.push_str("];\n");
    fs::write(out.join("stdlib.rs"), table).expect("OUT_DIR is writable");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("stdlib is readable") {
        let path = entry.expect("stdlib is readable").path();
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        if path.is_dir() {
            if name != "__pycache__" {
                collect(&path, files);
            }
        } else if !name.ends_with(".pyc") {
            files.push(path);
        }
    }
}

/// The serialised syntax tree of a KDL file; nothing for other files. A schema is serialised node by node, each behind
/// its names, since most files need few of them: a key's, or a variant's with "=" before them. What is always needed
/// has none.
fn tree_of(path: &str, file: &Path) -> Vec<u8> {
    if !path.ends_with(".kdl") {
        return Vec::new();
    }
    let text = fs::read_to_string(file).expect("stdlib is readable");
    let parsed = syntax::parse(&text, source::FileId(0));
    if let Some(fault) = parsed.diagnostics.first() {
        let at = fault.labels.first().map_or(0, |l| l.span.start as usize);
        let (line, column) = source::line_column(&text, at);
        panic!("stdlib/{path}:{line}:{column}: {}", fault.message);
    }
    if !path.contains("/schema/") {
        return postcard::to_stdvec(&parsed.nodes).expect("trees serialise");
    }
    let entry = |node: &syntax::Node| (names(node), postcard::to_stdvec(node).expect("trees serialise"));
    let entries: Vec<(Vec<String>, Vec<u8>)> = parsed.nodes.iter().map(entry).collect();
    postcard::to_stdvec(&entries).expect("trees serialise")
}

/// What a schema's node is needed for.
fn names(node: &syntax::Node) -> Vec<String> {
    let strings = |node: &syntax::Node| {
        let values = node.arguments.iter().map(|argument| &argument.value.value);
        let strings = values.filter_map(|value| match value {
            syntax::Value::String(text) => Some(text.clone()),
            _ => None,
        });
        strings.collect::<Vec<String>>()
    };
    let required = node.properties.iter().any(|property| property.name.value == "required");
    match node.name.value.as_str() {
        "key" if !required => strings(node).into_iter().take(1).collect(),
        "variant" => {
            let also = node.children().iter().filter(|child| child.name.value == "also").flat_map(strings);
            strings(node).into_iter().chain(also).map(|name| format!("={name}")).collect()
        }
        _ => Vec::new(),
    }
}
