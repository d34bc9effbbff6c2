//! Names of sources: as the user reaches them in messages, the same on every machine in bundles.

use std::collections::BTreeMap;

use disaggc::source::{Files, Span};
use disaggc::stdlib::Stdlib;
use disaggc::{Compilation, Request};

struct Map(BTreeMap<&'static str, &'static str>);

impl Files for Map {
    fn read(&self, path: &str) -> Result<String, String> {
        self.0.get(path).map(|text| (*text).to_owned()).ok_or_else(|| "there is no such file".into())
    }
}

fn compile(main: &str, files: &[(&'static str, &'static str)]) -> Compilation {
    let request = Request { main: main.into(), ..Request::default() };
    disaggc::compile(&request, &Map(files.iter().copied().collect()), &Stdlib::embedded())
}

fn names(compilation: &Compilation) -> Vec<(&str, &str)> {
    let sources = &compilation.sources;
    sources.iter().map(|(id, file)| (file.name.as_str(), sources.stable_name(id))).collect()
}

/// The files are all that these tests are about.
fn assert_only_the_topology_is_missing(compilation: &Compilation) {
    let codes: Vec<&str> = compilation.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["topology/none"]);
}

const MAIN: &str = "use \"cluster/local\"\nuse \"./site.kdl\"\nuse \"../common/all.kdl\"\n";
const ALL: &str = "use \"./more/x.kdl\"\n";

#[test]
fn a_bundle_names_files_relative_to_the_main_file() {
    let stable =
        ["topo.kdl", "stdlib/cluster/local.kdl", "site.kdl", "../common/all.kdl", "../common/more/x.kdl"];
    let here = compile(
        "topo.kdl",
        &[("topo.kdl", MAIN), ("site.kdl", ""), ("../common/all.kdl", ALL), ("../common/more/x.kdl", "")],
    );
    assert_only_the_topology_is_missing(&here);
    assert_eq!(names(&here), stable.map(|name| (name, name)));

    let dotted = compile(
        "./topo.kdl",
        &[
            ("./topo.kdl", MAIN),
            ("./site.kdl", ""),
            ("./../common/all.kdl", ALL),
            ("./../common/more/x.kdl", ""),
        ],
    );
    let far = compile(
        "/home/me/jobs/topo.kdl",
        &[
            ("/home/me/jobs/topo.kdl", MAIN),
            ("/home/me/jobs/site.kdl", ""),
            ("/home/me/jobs/../common/all.kdl", ALL),
            ("/home/me/jobs/../common/more/x.kdl", ""),
        ],
    );
    for compilation in [&dotted, &far] {
        assert_only_the_topology_is_missing(compilation);
        assert_eq!(names(compilation).iter().map(|(_, stable)| *stable).collect::<Vec<_>>(), stable);
    }
    let (id, _) = far.sources.iter().nth(2).unwrap();
    assert_eq!(far.sources.location(Span::file_start(id)), "/home/me/jobs/site.kdl:1:1");
    assert_eq!(far.sources.stable_location(Span::file_start(id)), "site.kdl:1:1");
}

#[test]
fn messages_name_files_as_the_user_reaches_them() {
    let missing = compile("jobs/topo.kdl", &[("jobs/topo.kdl", "use \"./site.kdl\"")]);
    let finding = missing.diagnostics.iter().next().unwrap();
    assert_eq!(finding.message, "jobs/site.kdl can't be read: there is no such file");

    let circle = compile("./jobs/topo.kdl", &[("./jobs/topo.kdl", "use \"./topo.kdl\"")]);
    let finding = circle.diagnostics.iter().next().unwrap();
    assert_eq!(finding.code, "file/cycle");
    assert!(finding.help.as_deref().unwrap().contains("./jobs/topo.kdl → ./jobs/topo.kdl"));
}
