//! Strings that go to a shell, a container or a file name.
//!
//! Everything is quoted, so nearly every string is fine; what no quoting can save is refused here.

use super::Subject;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Span, Spanned};
use crate::topology::ast::Mount;

pub fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let topology = subject.topology;
    let mut strings: Vec<&Spanned<String>> = Vec::new();
    if let Some(model) = &topology.model {
        strings.push(&model.name);
        strings.extend(&model.path);
    }
    for worker in &topology.workers {
        strings.extend(&worker.arguments);
        strings.extend(worker.profile.iter().flat_map(|p| &p.range));
    }
    strings.extend(topology.server.iter().flat_map(|s| &s.arguments));
    strings.extend(topology.benchmark.iter().flat_map(|b| b.arguments.iter().chain(&b.dataset)));
    if let Some(cluster) = subject.cluster {
        strings.extend(cluster.numa_bind.iter().flatten());
        strings.extend(cluster.mpi.iter().chain(&cluster.run_folder));
        for mount in &cluster.mounts {
            self::mount(mount, diagnostics);
        }
    }
    for string in strings {
        nul(&string.value, string.span, diagnostics);
    }
    let blocks = subject.cluster.iter().flat_map(|c| &c.env).chain(&topology.env);
    let blocks = blocks.chain(topology.workers.iter().flat_map(|w| &w.env));
    let blocks = blocks.chain(topology.server.iter().flat_map(|s| &s.env));
    let blocks = blocks.chain(topology.benchmark.iter().flat_map(|b| &b.env));
    let blocks = blocks.chain(topology.accuracy.iter().flat_map(|a| &a.env));
    let blocks = blocks.chain(topology.prepare.iter().flat_map(|p| &p.env));
    let site = subject.cluster.and_then(|c| c.prepare.as_ref());
    let blocks = blocks.chain(site.iter().flat_map(|p| &p.env));
    for entry in blocks.flat_map(|b| &b.entries) {
        nul(entry.value.as_deref().unwrap_or(""), entry.span, diagnostics);
    }
    if let Some(model) = &topology.model {
        model_path(model.path.as_ref(), diagnostics);
    }
    if let Some(container) = &topology.container {
        for mount in &container.mounts {
            self::mount(mount, diagnostics);
        }
        image(subject, container.image.as_ref(), diagnostics);
    }
}

pub(super) fn nul(text: &str, span: Span, diagnostics: &mut Diagnostics) {
    if text.contains('\0') {
        diagnostics.push(
            Diagnostic::error("shell/nul", "a NUL character can't be handed to a program")
                .label(span, "contains U+0000")
                .help("take it out; no argument and no variable can hold it"),
        );
    }
}

fn model_path(path: Option<&Spanned<String>>, diagnostics: &mut Diagnostics) {
    if let Some(path) = path.filter(|p| !p.value.starts_with('/')) {
        diagnostics.push(
            Diagnostic::error("paths/relative", "a path inside the job must be absolute")
                .label(path.span, "relative")
                .help(if path.value.starts_with('~') {
                    "`~` is not expanded, and would be another folder inside a container; write the whole path"
                } else {
                    "steps run in the job's run folder; write the path from `/`. A name for the model hub goes \
                     without `path`: `model \"NAME\"`"
                }),
        );
    }
}

/// pyxis takes mounts as `FROM:TO,FROM:TO`, with no way to quote.
fn mount(mount: &Mount, diagnostics: &mut Diagnostics) {
    for path in [Some(&mount.from), mount.to.as_ref()].into_iter().flatten() {
        if !path.value.starts_with('/') {
            diagnostics.push(
                Diagnostic::error("paths/relative", "a mount needs absolute paths")
                    .label(path.span, "not absolute")
                    .help("write the whole path, from `/`; `~` is not expanded"),
            );
        } else if path.value.contains([':', ',', '\n', '\0']) {
            diagnostics.push(
                Diagnostic::error("container/mount", "a mount's path can't hold `:`, `,` or a line break")
                    .label(path.span, "not mountable")
                    .help("the container plugin separates mounts by these signs; use another folder or a link to it"),
            );
        }
    }
}

fn image(subject: &Subject, image: Option<&Spanned<String>>, diagnostics: &mut Diagnostics) {
    let Some(image) = image else {
        if subject.complete && subject.topology.container.as_ref().is_some_and(|c| c.image.is_none()) {
            diagnostics.push(
                Diagnostic::error("container/no-image", "`container` needs an image")
                    .label(subject.topology.head, "of this topology")
                    .help("write it behind the name: `container \"nvcr.io/…\" { … }`"),
            );
        }
        return;
    };
    if image.value.is_empty() || image.value.contains(|c: char| c.is_control() || c.is_whitespace()) {
        diagnostics.push(
            Diagnostic::error("container/image", "this is no name of an image")
                .label(image.span, "empty, or with blanks")
                .help("write a registry's name (`nvcr.io/…:TAG`) or the path of a `.sqsh` file"),
        );
    }
    let pyxis = subject.cluster.and_then(|c| c.pyxis.as_ref());
    if let Some(pyxis) = pyxis.filter(|p| !p.value) {
        diagnostics.push(
            Diagnostic::warning(
                "container/no-pyxis",
                "this cluster starts no containers: the image is not used",
            )
            .label(image.span, "has no effect")
            .label(pyxis.span, "said here")
            .help(
                "the engine must be installed on the nodes; or write `pyxis #true` in the site's `cluster`",
            ),
        );
    }
}
