//! # A path that is not absolute
//!
//! Steps run in the job's run folder on nodes that you have not seen: a relative path would be looked for there, and
//! `~` is expanded by nobody (inside a container it would be another folder anyway: SkyPilot issue 9181).
//!
//! ```kdl
//! model "m" path="~/models/m"
//! //             ^^^^^^^^^^^^
//! ```
//!
//! Write paths as the nodes see them, or as the container does where there is one:
//!
//! ```kdl
//! model "m" path="/lustre/me/models/m"
//! ```

use crate::check::rule::Rule;
use crate::check::{Subject, harness, prepare};
use crate::diagnostic::Diagnostics;
use crate::source::Spanned;
use crate::topology::harness::PATHS;
use crate::topology::prepare::RUN;

pub const RULE: Rule = Rule::error("paths/relative", include_str!("relative.rs"), check);

const INSIDE: &str = "a path inside the job must be absolute";

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    let mut absolute = |path: &Spanned<String>, message: &str, help: &str| {
        if !path.value.starts_with('/') {
            let help = match path.value.starts_with('~') {
                true => {
                    "`~` is not expanded, and would be another folder inside a container; write the whole path"
                }
                false => help,
            };
            diagnostics.push(RULE.finding(message).label(path.span, "not absolute").help(help));
        }
    };
    if let Some(path) = topology.model.as_ref().and_then(|model| model.path.as_ref()) {
        let help = "steps run in the job's run folder; write the path from `/`. A name for the model hub goes without \
                    `path`: `model \"NAME\"`";
        absolute(path, INSIDE, help);
    }
    let mounts = subject.cluster.iter().flat_map(|cluster| &cluster.mounts);
    for mount in mounts.chain(topology.container.iter().flat_map(|container| &container.mounts)) {
        for path in [Some(&mount.from), mount.to.as_ref()].into_iter().flatten() {
            absolute(path, "a mount needs absolute paths", "write the whole path, from `/`");
        }
    }
    let image = topology.container.as_ref().and_then(|container| container.image.as_ref());
    if let Some(image) = image.filter(|image| image.value.ends_with(".sqsh")) {
        absolute(image, "an image's file needs an absolute path", "write the file's whole path, from `/`");
    }
    if let Some(folder) = subject.cluster.and_then(|cluster| cluster.run_folder.as_ref()) {
        let help = "it must be the same folder on all nodes; write it from `/`";
        absolute(folder, "the run folder must be an absolute path", help);
    }
    if let Some(dataset) = topology.benchmark.as_ref().and_then(|benchmark| benchmark.dataset.as_ref()) {
        absolute(dataset, INSIDE, "write it from `/`, as the client's node (or its container) sees it");
    }
    for command in prepare::commands(subject).filter(|command| command.kind != RUN) {
        if let Some(path) = command.words.first() {
            absolute(path, INSIDE, "write it from `/`, as the nodes (or their containers) see it");
        }
    }
    if let Some(folder) = topology.jenkins.as_ref().and_then(|jenkins| jenkins.workspace.as_ref()) {
        absolute(
            folder,
            "the pipeline's workspace must be an absolute path",
            "write it from `/`, as agent and nodes see it",
        );
    }
    for (field, path) in topology.harness.iter().flat_map(|harness| &harness.values) {
        // What no word can hold has a rule of its own.
        if PATHS.contains(field) && harness::is_word(&path.value) {
            absolute(path, INSIDE, "write it from `/`, as the nodes (or their containers) see it");
        }
    }
}
