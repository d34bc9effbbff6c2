//! Which topology, cluster and engine are meant.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::source::{Span, Spanned};
use crate::stdlib::client::{self, Client};
use crate::stdlib::cluster::Cluster;
use crate::stdlib::engine::Engine;
use crate::topology::fields::suggestion;
use crate::topology::{Program, Topology};

/// The topology that was asked for, or the only one.
pub fn topology<'a>(
    program: &'a Program,
    asked: Option<&str>,
    file: Span,
    diagnostics: &mut Diagnostics,
) -> Option<&'a Topology> {
    let names: Vec<&str> = program.topologies.iter().map(|t| t.name.value.as_str()).collect();
    let error = match (asked, program.topologies.as_slice()) {
        (None, [only]) => return Some(only),
        // What is missing may stand in the part that could not be read.
        (_, []) if !program.complete || diagnostics.has_errors() => return None,
        (_, []) => Diagnostic::error("topology/none", "there is no topology in this file")
            .label(file, "nor in the files that it uses")
            .help(
                "write `topology \"NAME\" { … }`; a site file is read through the file that uses it: give disaggc \
                 that one",
            ),
        (None, several) => {
            let mut error = Diagnostic::error("topology/which", "the file has several topologies");
            for topology in several.iter().take(4) {
                error = error.label(topology.head, "one of them");
            }
            error.help(format!("choose one: `--topology NAME`, with NAME one of {}", names.join(", ")))
        }
        (Some(asked), all) => match all.iter().find(|t| t.name.value == asked) {
            Some(found) => return Some(found),
            None => Diagnostic::error("topology/unknown", format!("there is no topology \"{asked}\""))
                .label(all[0].head, "this one there is")
                .help(suggestion(asked, &names, "topology", "topologies")),
        },
    };
    diagnostics.push(error);
    None
}

/// The cluster that the topology names, or the only one that no other extends.
pub fn cluster(program: &Program, topology: &Topology, diagnostics: &mut Diagnostics) -> Option<Cluster> {
    let clusters: Vec<Cluster> =
        program.clusters.iter().filter_map(|c| Cluster::read(&c.node, diagnostics)).collect();
    for (index, cluster) in clusters.iter().enumerate() {
        if let Some(first) = clusters[..index].iter().find(|c| c.name.value == cluster.name.value) {
            let what = format!("cluster \"{}\"", cluster.name.value);
            crate::topology::fields::duplicate(&what, first.head, cluster.head, diagnostics);
        }
    }
    let extended = |name: &str| clusters.iter().any(|c| c.extends.as_ref().is_some_and(|e| e.value == name));
    let candidates: Vec<&Cluster> = clusters.iter().filter(|c| !extended(&c.name.value)).collect();
    let candidates: Vec<(&Spanned<String>, Span, &Cluster)> =
        candidates.into_iter().map(|c| (&c.name, c.head, c)).collect();
    let all: Vec<(&Spanned<String>, Span, &Cluster)> =
        clusters.iter().map(|c| (&c.name, c.head, c)).collect();
    let chosen = one(
        "cluster",
        topology.cluster.as_ref(),
        &all,
        &candidates,
        topology.head,
        program.complete,
        diagnostics,
    )?;
    let mut cluster =
        inherit(chosen.clone(), vec![chosen.name.value.clone()], &clusters, program.complete, diagnostics)?;
    kinds(&mut cluster, &clusters, program.complete, diagnostics);
    Some(cluster)
}

/// Finishes the nodes of each kind.
fn kinds(cluster: &mut Cluster, clusters: &[Cluster], complete: bool, diagnostics: &mut Diagnostics) {
    for (index, kind) in cluster.kinds.iter().enumerate() {
        if let Some(first) = cluster.kinds[..index].iter().find(|k| k.name.value == kind.name.value) {
            let what = format!("node-kind \"{}\"", kind.name.value);
            crate::topology::fields::duplicate(&what, first.head, kind.head, diagnostics);
        }
    }
    for mut kind in std::mem::take(&mut cluster.kinds) {
        // What they don't say comes from the cluster that they extend, or from the one that they stand in.
        let extended = kind
            .cluster
            .extends
            .as_ref()
            .and_then(|_| inherit(kind.cluster.clone(), Vec::new(), clusters, complete, diagnostics));
        let usual = || kind.cluster.clone().inherit(Cluster { slurm: Vec::new(), ..cluster.clone() });
        kind.cluster = cluster.with_nodes(extended.unwrap_or_else(usual));
        cluster.kinds.push(kind);
    }
}

/// The engine that the topology names, or the only one.
pub fn engine(program: &Program, topology: &Topology, diagnostics: &mut Diagnostics) -> Option<Arc<Engine>> {
    let backend = topology.backend.as_ref().map(|backend| backend.value.as_str());
    let engines: Vec<Arc<Engine>> = program
        .engines
        .iter()
        .filter_map(|(described, version)| described.engine(version.as_ref(), backend, diagnostics))
        .collect();
    if engines.len() < program.engines.len() {
        return None; // The engine that is meant may be the one that could not be read.
    }
    let all: Vec<(&Spanned<String>, Span, &Arc<Engine>)> =
        engines.iter().map(|e| (&e.name, e.name.span, e)).collect();
    let asked = topology.engine.as_ref();
    let mut engine =
        one("engine", asked, &all, &all, topology.head, program.complete, diagnostics).cloned()?;
    let shared = program.clients.iter().filter_map(|c| client::read(&c.node, &c.folder, diagnostics));
    let shared: Vec<Client> = shared.collect();
    if !shared.is_empty() {
        Arc::make_mut(&mut engine).clients.extend(shared);
    }
    Some(engine)
}

/// Follows `extends` to the end; no cluster of `seen` may come again.
fn inherit(
    mut cluster: Cluster,
    mut seen: Vec<String>,
    clusters: &[Cluster],
    complete: bool,
    diagnostics: &mut Diagnostics,
) -> Option<Cluster> {
    while let Some(base) = cluster.extends.take() {
        if seen.contains(&base.value) {
            diagnostics.push(
                Diagnostic::error("cluster/cycle", "this cluster extends itself")
                    .label(base.span, "closes the circle")
                    .help(format!(
                        "the chain is {} → {}; let it end at a cluster that extends none, such as the stdlib's",
                        seen.join(" → "),
                        base.value
                    )),
            );
            return None;
        }
        let Some(found) = clusters.iter().find(|c| c.name.value == base.value) else {
            if complete {
                diagnostics.push(
                    Diagnostic::error("cluster/unknown", format!("there is no cluster \"{}\"", base.value))
                        .label(base.span, "unknown")
                        .help(match nearest(&base.value, clusters.iter().map(|c| c.name.value.as_str())) {
                            Some(near) => format!("did you mean the cluster `{near}`?"),
                            None => format!("if it is the stdlib's, add `use \"cluster/{}\"`", base.value),
                        }),
                );
            }
            return None;
        };
        seen.push(base.value);
        let next = found.extends.clone();
        cluster = Cluster { extends: next, ..cluster.inherit(found.clone()) };
    }
    Some(cluster)
}

/// The one of `all` that is named, or the only one of `candidates`.
fn one<'a, T>(
    what: &'static str,
    asked: Option<&Spanned<String>>,
    all: &[(&Spanned<String>, Span, &'a T)],
    candidates: &[(&Spanned<String>, Span, &'a T)],
    topology: Span,
    complete: bool,
    diagnostics: &mut Diagnostics,
) -> Option<&'a T> {
    let names = |list: &[(&Spanned<String>, Span, &'a T)]| -> Vec<String> {
        list.iter().map(|(name, _, _)| name.value.clone()).collect()
    };
    let error = match (asked, candidates) {
        (Some(asked), _) => match all.iter().find(|(name, _, _)| name.value == asked.value) {
            Some((_, _, found)) => return Some(found),
            None if !complete => return None,
            None => {
                let known = names(all);
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                Diagnostic::error(
                    if what == "cluster" { "cluster/unknown" } else { "engine/unknown" },
                    format!("there is no {what} \"{}\"", asked.value),
                )
                .label(asked.span, "unknown")
                .help(suggestion(&asked.value, &known, what, &format!("{what}s")))
            }
        },
        (None, [(_, _, only)]) => return Some(only),
        (None, []) if !complete => return None,
        (None, []) => Diagnostic::error(
            if what == "cluster" { "cluster/none" } else { "engine/none" },
            format!("no {what} is chosen"),
        )
        .label(topology, format!("names no {what}, and none is used"))
        .help(format!(
            "add `use \"{what}/NAME\"` with one of the stdlib, or `use \"./FILE.kdl\"` with your own, at the top of \
             the file"
        )),
        (None, several) => {
            let names = names(several);
            Diagnostic::error(
                if what == "cluster" { "cluster/which" } else { "engine/which" },
                format!("which {what} is meant? There are {}", names.join(", ")),
            )
            .label(topology, format!("names no {what}"))
            .help(format!("write `{what} \"{}\"` in the topology", names[0]))
        }
    };
    diagnostics.push(error);
    None
}
