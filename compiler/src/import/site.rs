//! `site.kdl`: what belongs to the site, once for all topologies of an import.

use indexmap::IndexMap;

use super::draft::{ClusterDraft, Draft, SiteValue, Variable};
use super::kdl::{Node, Value};
use crate::diagnostic::Diagnostics;
use crate::stdlib::Stdlib;
use crate::stdlib::cluster::{Cluster, Gres};

/// The file's name, at the top of the output folder.
pub const FILE: &str = "site.kdl";

/// What topologies share besides, where that is asked for.
pub const COMMON: &str = "common.kdl";

/// A topology's place in its site: what it says itself, and what it uses.
#[derive(Debug, Clone, Default)]
pub struct Seat {
    pub uses: Vec<String>,
    /// The cluster that it is on.
    pub on: String,
    /// It uses the file of what topologies share.
    pub common: bool,
    /// Which of the site's clusters, where it has several.
    pub cluster: Option<String>,
    pub mounts: Vec<Node>,
    pub slurm: Vec<(String, Value)>,
    pub options: Vec<String>,
    pub no_numa_bind: bool,
    pub ready_timeout: Option<u64>,
}

/// The site's file, if it has anything to say, and each draft's seat.
pub struct Plan {
    pub file: Option<Vec<Node>>,
    pub common: Option<Vec<Node>>,
    pub seats: Vec<Seat>,
}

/// What of the cluster a group of topologies shares.
#[derive(Debug, Clone, PartialEq)]
struct Hardware {
    base: String,
    lines: Vec<Node>,
}

impl Hardware {
    /// What it is called where the stdlib has no cluster of that name.
    fn platform(&self) -> Option<&str> {
        let line = self.lines.iter().find(|line| line.name == "platform")?;
        match line.arguments.first()? {
            Value::Text(name) => Some(name),
            _ => None,
        }
    }
}

/// What all topologies of a group say alike.
struct Shared {
    slurm: Vec<(String, Value)>,
    mounts: Vec<Node>,
}

/// What the site files that were given say.
#[derive(Debug, Clone, Default)]
pub struct Given {
    pub drafts: Vec<Draft>,
}

const SITE_OPTIONS: [&str; 2] = ["account", "partition"];

pub fn plan(
    drafts: &mut [Draft],
    given: &Given,
    like: &[(String, String)],
    factor: bool,
    stdlib: &Stdlib,
) -> Plan {
    let mut plan = site(drafts, given, like, stdlib);
    if factor {
        factor_out(drafts, &mut plan);
    }
    plan
}

/// Variables that all topologies on a cluster have alike go into a cluster of a file of its own, which extends it.
fn factor_out(drafts: &mut [Draft], plan: &mut Plan) {
    let clusters: Vec<String> = plan.seats.iter().map(|seat| seat.on.clone()).collect();
    let mut names: Vec<&String> = clusters.iter().collect();
    names.sort();
    names.dedup();
    let mut nodes: Vec<Node> = Vec::new();
    for name in names {
        let members: Vec<usize> = (0..drafts.len()).filter(|&index| clusters[index] == *name).collect();
        let [first, rest @ ..] = members.as_slice() else { continue };
        let alike = |variable: &&Variable| {
            rest.iter().all(|&other| {
                let same = |o: &Variable| {
                    o.name == variable.name && o.value == variable.value && o.roles == variable.roles
                };
                drafts[other].env.iter().any(same)
            })
        };
        let shared: Vec<Variable> = drafts[*first].env.iter().filter(alike).cloned().collect();
        if rest.is_empty() || shared.is_empty() {
            continue;
        }
        let mut groups: IndexMap<Vec<String>, Vec<Node>> = IndexMap::new();
        for variable in &shared {
            let roles = drafts[*first].roles(&variable.roles).into_iter().map(str::to_owned).collect();
            groups.entry(roles).or_default().push(super::worker::variable(variable));
        }
        let env = groups.into_iter().map(|(roles, variables)| Node {
            arguments: roles.into_iter().map(Value::Text).collect(),
            children: Some(variables),
            ..Node::new("env")
        });
        let called = format!("{name}-common");
        nodes.push(
            Node { children: Some(env.collect()), apart: true, ..Node::new("cluster") }
                .argument(Value::Text(called.clone()))
                .property("extends", Value::Text(name.clone())),
        );
        for index in members {
            let draft = &mut drafts[index];
            for variable in &mut draft.env {
                variable.shared |= shared.iter().any(|shared| {
                    shared.name == variable.name
                        && shared.value == variable.value
                        && shared.roles == variable.roles
                });
            }
            plan.seats[index].cluster = Some(called.clone());
            plan.seats[index].common = true;
        }
    }
    if nodes.is_empty() {
        return;
    }
    // What all of them use, this file uses in their place.
    let mut uses: Vec<String> = Vec::new();
    for (draft, seat) in drafts.iter().zip(&mut plan.seats).filter(|(_, seat)| seat.common) {
        let up = "../".repeat(draft.path.matches('/').count());
        for target in std::mem::take(&mut seat.uses) {
            let target = match target.strip_prefix(&up).filter(|_| !up.is_empty()) {
                Some(file) => format!("./{file}"),
                None => target,
            };
            if !uses.contains(&target) {
                uses.push(target);
            }
        }
        seat.uses = vec![if up.is_empty() { format!("./{COMMON}") } else { format!("{up}{COMMON}") }];
    }
    uses.sort();
    let mut file: Vec<Node> =
        uses.into_iter().map(|target| Node::new("use").argument(Value::Text(target))).collect();
    file.extend(nodes);
    plan.common = Some(file);
}

fn site(drafts: &[Draft], given: &Given, like: &[(String, String)], stdlib: &Stdlib) -> Plan {
    let clusters = clusters(stdlib);
    let values = values(drafts, given);
    let hardware: Vec<Hardware> =
        drafts.iter().map(|draft| hardware(draft, given, like, &clusters)).collect();
    // Topologies on the same hardware share what all of them say.
    let group = |own: &Hardware| -> Vec<&Draft> {
        let same = drafts.iter().zip(&hardware).filter(|(_, other)| *other == own);
        same.map(|(draft, _)| draft).collect()
    };
    let shared: Vec<Shared> = hardware
        .iter()
        .map(|own| {
            let drafts = group(own);
            Shared { slurm: shared_slurm(&drafts, given), mounts: shared_mounts(&drafts, given) }
        })
        .collect();
    let needed = shared.iter().any(|shared| !shared.slurm.is_empty() || !shared.mounts.is_empty())
        || hardware.iter().any(|own| !own.lines.is_empty());
    let mut kinds: Vec<&Hardware> = Vec::new();
    for own in &hardware {
        if needed && !kinds.contains(&own) {
            kinds.push(own);
        }
    }
    let index = |own: &Hardware| hardware.iter().position(|other| other == own).unwrap_or_default();
    let says_nothing = |own: &Hardware| {
        own.lines.is_empty() && shared[index(own)].slurm.is_empty() && shared[index(own)].mounts.is_empty()
    };
    let name = |own: &Hardware| {
        let said = || {
            let alike = |other: &&&Hardware| {
                other.base == own.base
                    && other.platform().is_some() == own.platform().is_some()
                    && !says_nothing(other)
            };
            kinds.iter().filter(alike)
        };
        match (kinds.len(), said().position(|other| *other == own)) {
            (_, None) => own.base.clone(),
            (1, _) => "site".to_owned(),
            (_, Some(number)) => match own.platform() {
                Some(platform) => platform.to_lowercase(),
                None if number == 0 => format!("{}-site", own.base),
                None => format!("{}-site-{}", own.base, number + 1),
            },
        }
    };
    let mut file = Vec::new();
    let mut bases: Vec<&str> = kinds.iter().map(|own| own.base.as_str()).collect();
    bases.sort_unstable();
    bases.dedup();
    for base in bases {
        file.push(Node::new("use").argument(Value::Text(format!("cluster/{base}"))));
    }
    if !values.is_empty() {
        file.push(values_node(&values, file.is_empty()));
    }
    for own in kinds.iter().filter(|own| !says_nothing(own)) {
        let mut cluster = Node { apart: true, ..Node::new("cluster") }
            .argument(Value::Text(name(own)))
            .property("extends", Value::Text(own.base.clone()));
        let mut children = own.lines.clone();
        let Shared { slurm, mounts } = &shared[index(own)];
        if !slurm.is_empty() {
            children.push(Node { properties: slurm.clone(), ..Node::new("slurm") });
        }
        if !mounts.is_empty() {
            children.push(Node { children: Some(mounts.clone()), ..Node::new("container") });
        }
        cluster.children = Some(children);
        file.push(cluster);
    }
    let seats = drafts.iter().zip(&hardware).zip(&shared).map(|((draft, own), Shared { slurm, mounts })| {
        let folders = draft.path.matches('/').count();
        let site = format!("{}{FILE}", if folders == 0 { "./".to_owned() } else { "../".repeat(folders) });
        let mut uses = Vec::new();
        if !file.is_empty() {
            uses.push(site);
        }
        if !needed {
            uses.push(format!("cluster/{}", own.base));
        }
        let shared = |name: &str| {
            slurm.iter().any(|(known, value)| {
                known == name && draft.slurm.iter().any(|(own, same)| own == name && same == value)
            })
        };
        let own_mounts: Vec<Node> =
            draft.mounts.iter().map(mount).filter(|mount| !mounts.contains(mount)).collect();
        Seat {
            uses,
            on: if needed { name(own) } else { own.base.clone() },
            common: false,
            cluster: (kinds.len() > 1).then(|| name(own)),
            mounts: own_mounts,
            slurm: draft.slurm.iter().filter(|(name, _)| !shared(name)).cloned().collect(),
            options: draft.options.clone(),
            no_numa_bind: draft.cluster.numa_bind == Some(false)
                && clusters
                    .iter()
                    .any(|cluster| cluster.name.value == own.base && cluster.numa_bind.is_some()),
            ready_timeout: ready_timeout(draft),
        }
    });
    let seats = seats.collect();
    Plan { file: (!file.is_empty()).then_some(file), common: None, seats }
}

/// Attempts times their distance, unless that is what one gets anyway.
fn ready_timeout(draft: &Draft) -> Option<u64> {
    let (attempts, interval) = (draft.ready.0?, draft.ready.1?);
    Some(attempts.saturating_mul(interval)).filter(|seconds| ![0, 1800].contains(seconds))
}

fn clusters(stdlib: &Stdlib) -> Vec<Cluster> {
    let mut ignored = Diagnostics::default();
    let names = stdlib.modules().into_iter().filter(|name| name.starts_with("cluster/"));
    let modules: Vec<_> = names.filter_map(|name| stdlib.module(name)).collect();
    let nodes = modules.iter().flat_map(|module| &module.nodes).map(|described| &described.node);
    nodes
        .filter(|node| node.name.value == "cluster")
        .filter_map(|node| Cluster::read(node, &mut ignored))
        .collect()
}

/// The cluster of the stdlib that is meant, and what is different.
fn hardware(draft: &Draft, given: &Given, like: &[(String, String)], clusters: &[Cluster]) -> Hardware {
    let site = given.drafts.iter().map(|site| &site.cluster).fold(ClusterDraft::default(), |all, own| {
        ClusterDraft {
            gpus_per_node: all.gpus_per_node.or(own.gpus_per_node),
            segment: all.segment.or(own.segment),
            run_folder: all.run_folder.or(own.run_folder.clone()),
            ..all
        }
    });
    let own = &draft.cluster;
    let gpus = own.gpus_per_node.or(site.gpus_per_node);
    let platform = |cluster: &Cluster| cluster.platform.as_ref().map(|p| p.value.to_uppercase());
    let find = |name: &str| {
        let name = name.to_uppercase();
        clusters.iter().find(|cluster| platform(cluster) == Some(name.clone()))
    };
    let alike = |name: &String| {
        let similar = like.iter().find(|(odd, _)| odd.eq_ignore_ascii_case(name));
        Some((find(&similar?.1)?, name.to_uppercase()))
    };
    let fits = |cluster: &&Cluster| cluster.gpus_per_node.as_ref().map(|g| g.value) == gpus;
    let known: Vec<&Cluster> = own.platforms.iter().filter_map(|name| find(name)).collect();
    let exact = known.iter().copied().find(|cluster| fits(cluster)).or(known.first().copied());
    let (base, named) = match exact {
        Some(cluster) => (Some(cluster), None),
        None => match own.platforms.iter().find_map(alike) {
            Some((cluster, name)) => (Some(cluster), Some(name)),
            None => (
                clusters.iter().find(|c| c.name.value == "local"),
                own.platforms.first().map(|p| p.to_uppercase()),
            ),
        },
    };
    let mut lines = Vec::new();
    let mut line = |name: &str, value: Value| lines.push(Node::new(name).argument(value));
    if let Some(name) = named {
        line("platform", Value::Text(name));
    }
    if let Some(gpus) =
        gpus.filter(|gpus| base.and_then(|b| b.gpus_per_node.as_ref()).map(|g| g.value) != Some(*gpus))
    {
        line("gpus-per-node", Value::number(gpus));
    }
    let has_gres = base.and_then(|b| b.gres.as_ref()).is_some_and(|gres| gres.value != Gres::None);
    if own.gres && !has_gres {
        line("gres", Value::Text("gpu".to_owned()));
    }
    if let Some(segment) = own.segment.or(site.segment)
        && base.and_then(|b| b.segment.as_ref()).map(|s| s.value) != Some(segment)
        && (!segment || base.and_then(|b| b.domain_nodes.as_ref()).is_some_and(|nodes| nodes.value > 1))
    {
        line("segment", Value::truth(segment));
    }
    if draft.image.is_some() && !base.and_then(|b| b.pyxis.as_ref()).is_some_and(|pyxis| pyxis.value) {
        line("pyxis", Value::truth(true));
    }
    if let Some(folder) = own.run_folder.clone().or(site.run_folder) {
        line("run-folder", folder);
    }
    if own.numa_bind == Some(true) && base.is_none_or(|b| b.numa_bind.is_none()) {
        let words = ["-m", "0,1"].map(|word| Value::Text(word.to_owned()));
        lines.push(Node { arguments: words.to_vec(), ..Node::new("numa-bind") });
    }
    Hardware { base: base.map_or_else(|| "local".to_owned(), |b| b.name.value.clone()), lines }
}

/// Account and partition, where all agree; and what a site's file says.
fn shared_slurm(drafts: &[&Draft], given: &Given) -> Vec<(String, Value)> {
    let mut shared: Vec<(String, Value)> = Vec::new();
    for name in SITE_OPTIONS {
        let own = |draft: &Draft| {
            draft.slurm.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let first = drafts.first().and_then(|draft| own(draft));
        if let Some(value) =
            first.filter(|value| drafts.iter().all(|draft| own(draft).as_ref() == Some(value)))
        {
            shared.push((name.to_owned(), value));
        }
    }
    for (name, value) in given.drafts.iter().flat_map(|site| &site.slurm) {
        if !shared.iter().any(|(known, _)| known == name) {
            shared.push((name.clone(), value.clone()));
        }
    }
    shared
}

fn shared_mounts(drafts: &[&Draft], given: &Given) -> Vec<Node> {
    let mut shared: Vec<Node> = given.drafts.iter().flat_map(|site| &site.mounts).map(mount).collect();
    if let Some((first, rest)) = drafts.split_first() {
        let everywhere =
            first.mounts.iter().filter(|pair| rest.iter().all(|draft| draft.mounts.contains(pair)));
        for node in everywhere.map(mount) {
            if !shared.contains(&node) {
                shared.push(node);
            }
        }
    }
    shared
}

fn mount((from, to): &(Value, Option<Value>)) -> Node {
    let node = Node::new("mount").argument(from.clone());
    match to {
        Some(to) => node.property("to", to.clone()),
        None => node,
    }
}

/// All names that topologies ask for, and what is known of them.
fn values(drafts: &[Draft], given: &Given) -> IndexMap<String, SiteValue> {
    let mut values: IndexMap<String, SiteValue> = IndexMap::new();
    for draft in drafts.iter().chain(&given.drafts) {
        for (name, value) in &draft.site {
            let known = values.entry(name.clone()).or_insert_with(|| value.clone());
            if known.value.is_none() {
                known.value.clone_from(&value.value);
            }
        }
    }
    for (name, value) in given.drafts.iter().flat_map(|site| &site.site) {
        values.insert(name.clone(), value.clone());
    }
    let asked = |name: &str| drafts.iter().chain(&given.drafts).any(|draft| draft.asks(name));
    values.retain(|name, _| asked(name) || given.drafts.iter().any(|site| site.site.contains_key(name)));
    values.sort_by(|a, _, b, _| a.cmp(b));
    values
}

/// The site's file with stand-ins for what is open: a folder, and where Slurm wants a word, a word.
pub fn filled(nodes: &[Node], drafts: &[Draft]) -> Vec<Node> {
    let word = |name: &str| {
        let asks = |(_, value): &(String, Value)| *value == Value::Site(name.to_owned());
        drafts.iter().any(|draft| draft.slurm.iter().any(asks))
    };
    let folder = |name: &str| {
        let wanted = Value::Site(name.to_owned());
        drafts.iter().any(|draft| draft.mounts.iter().any(|(from, _)| *from == wanted))
    };
    let mut nodes = nodes.to_vec();
    let site = nodes.iter_mut().filter(|node| node.name == "site");
    for value in site.flat_map(|node| node.children.iter_mut().flatten()) {
        if value.arguments == [Value::Word("#null".to_owned())] {
            let text = match value.name.as_str() {
                name if word(name) => "open".to_owned(),
                name if folder(name) => "/open".to_owned(),
                name => format!("/open/{}", name.replace(' ', "-")),
            };
            value.arguments = vec![Value::Text(text)];
        }
    }
    nodes
}

fn values_node(values: &IndexMap<String, SiteValue>, first: bool) -> Node {
    let line = |(name, value): (&String, &SiteValue)| {
        let written = value.value.clone().unwrap_or_else(|| Value::Word("#null".to_owned()));
        let mut node = Node::new(name.clone()).argument(written);
        node.comments.behind = Some(value.comment.clone());
        node
    };
    let mut node =
        Node { children: Some(values.iter().map(line).collect()), apart: !first, ..Node::new("site") };
    if values.values().any(|value| value.value.is_none()) {
        node.comments
            .above
            .push("Still to be filled in: what is #null. `disaggc check` names it until then.".to_owned());
    }
    node
}
