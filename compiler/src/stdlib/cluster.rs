//! `cluster "NAME" extends="BASE" { … }`: what belongs to a site.

use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};
use crate::syntax::Node;
use crate::topology::ast::{EnvBlock, Mount, SlurmOption};
use crate::topology::fields::{Fields, Unread, Wanted, wrong_type};
use crate::topology::prepare::Prepare;
use crate::topology::{env, prepare, slurm_options};

/// One cluster node, as written; [`Cluster::inherit`] fills what it leaves out from its base.
#[derive(Debug, Clone)]
pub struct Cluster {
    pub name: Spanned<String>,
    pub extends: Option<Spanned<String>>,
    pub head: Span,
    pub unread: Unread,
    /// What names of CI stages call its hardware.
    pub platform: Option<Spanned<String>>,
    pub gpus_per_node: Option<Spanned<u32>>,
    /// Nodes that share an NVLink domain.
    pub domain_nodes: Option<Spanned<u32>>,
    /// The name of the GPU resource in `--gres=NAME:N`; `#false` where the cluster has none.
    pub gres: Option<Spanned<Gres>>,
    /// Whether its Slurm knows `--segment` (23.11 and later, with a topology plugin).
    pub segment: Option<Spanned<bool>>,
    /// What `srun --mpi=` is called with for workers.
    pub mpi: Option<Spanned<String>>,
    /// Whether `srun` has pyxis' `--container-*` options.
    pub pyxis: Option<Spanned<bool>>,
    /// Arguments of `numactl` before a worker's program.
    pub numa_bind: Option<Vec<Spanned<String>>>,
    /// First and last port that workers may take.
    pub ports: Option<(Spanned<u32>, Spanned<u32>)>,
    /// Where run folders are made; absent: where `sbatch` was called.
    pub run_folder: Option<Spanned<String>>,
    /// What its partitions let a job take; empty where nothing is said about them.
    pub partitions: Vec<Partition>,
    /// Nodes beside its usual ones.
    pub kinds: Vec<NodeKind>,
    pub slurm: Vec<SlurmOption>,
    pub env: Vec<EnvBlock>,
    pub mounts: Vec<Mount>,
    /// What its nodes need before any topology's own preparation.
    pub prepare: Option<Prepare>,
    /// What is written here, and what it took the place of in a cluster that this one extends.
    pub replaced: Vec<(Span, Span)>,
}

/// `partition "batch" max-nodes=18 max-time="04:00:00"`.
#[derive(Debug, Clone)]
pub struct Partition {
    pub name: Spanned<String>,
    pub max_nodes: Option<Spanned<u32>>,
    /// In Slurm's own form.
    pub max_time: Option<Spanned<String>>,
}

/// `node-kind "NAME" extends="CLUSTER" { … }`: nodes of another kind in the same cluster.
#[derive(Debug, Clone)]
pub struct NodeKind {
    pub name: Spanned<String>,
    pub head: Span,
    /// As written; where the cluster was chosen, the whole cluster as these nodes have it, but for the options of Slurm,
    /// which are their own.
    pub cluster: Cluster,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Gres {
    None,
    Named(String),
}

impl Cluster {
    pub fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let mut fields = Fields::new(node, diagnostics);
        let name = fields.required_string("a name for the cluster");
        let container = fields
            .block("container")
            .map(|n| crate::topology::container_block(n, fields.diagnostics))
            .unwrap_or_default();
        let mut cluster = Cluster {
            mpi: fields.string("mpi"),
            pyxis: fields.boolean("pyxis"),
            ports: ports(&mut fields),
            run_folder: fields.string("run-folder"),
            partitions: {
                let nodes = fields.blocks("partition");
                nodes.into_iter().filter_map(|n| partition(n, fields.diagnostics)).collect()
            },
            kinds: {
                let nodes = fields.blocks("node-kind");
                let read = nodes.into_iter().map(|n| NodeKind::read(n, fields.diagnostics));
                let read: Vec<Option<NodeKind>> = read.collect();
                read.into_iter().filter_map(|kind| fields.noted("node-kind", kind)).collect()
            },
            mounts: container.mounts,
            prepare: fields.block("prepare").map(|n| prepare::prepare(n, fields.diagnostics)),
            ..Cluster::nodes(name.as_ref(), node, &mut fields)
        };
        cluster.unread = fields.finish();
        name.map(|_| cluster)
    }

    /// What is true of nodes, and so of each kind of them.
    fn nodes(name: Option<&Spanned<String>>, node: &Node, fields: &mut Fields) -> Self {
        Cluster {
            name: name.cloned().unwrap_or_else(|| Spanned::new(String::new(), node.head())),
            head: node.head(),
            extends: fields.string("extends"),
            platform: fields.string("platform"),
            gpus_per_node: fields.integer("gpus-per-node", 1..=1024),
            domain_nodes: fields.integer("domain-nodes", 1..=100_000),
            gres: gres(fields),
            segment: fields.boolean("segment"),
            numa_bind: fields.block("numa-bind").map(|n| {
                let mut words = Fields::new(n, fields.diagnostics);
                let list = words.rest_of_strings();
                words.finish();
                list
            }),
            slurm: fields.block("slurm").map(|n| slurm_options(n, fields.diagnostics)).unwrap_or_default(),
            env: {
                let blocks = fields.blocks("env");
                blocks.into_iter().map(|n| env::block(n, fields.diagnostics)).collect()
            },
            unread: Unread::default(),
            mpi: None,
            pyxis: None,
            ports: None,
            run_folder: None,
            partitions: Vec::new(),
            kinds: Vec::new(),
            mounts: Vec::new(),
            prepare: None,
            replaced: Vec::new(),
        }
    }

    /// This cluster with other nodes, and only their options of Slurm.
    #[must_use]
    pub fn with_nodes(&self, nodes: Cluster) -> Self {
        Cluster {
            name: nodes.name,
            head: nodes.head,
            unread: nodes.unread,
            platform: nodes.platform,
            gpus_per_node: nodes.gpus_per_node,
            domain_nodes: nodes.domain_nodes,
            gres: nodes.gres,
            segment: nodes.segment,
            numa_bind: nodes.numa_bind,
            slurm: nodes.slurm,
            env: nodes.env,
            replaced: nodes.replaced,
            kinds: Vec::new(),
            ..self.clone()
        }
    }

    /// Takes over from `base` what this cluster does not say itself.
    #[must_use]
    pub fn inherit(self, base: Cluster) -> Self {
        let mut replaced = Replaced(self.replaced);
        let mut slurm = base.slurm;
        slurm.retain(|weaker| match self.slurm.iter().find(|own| own.name.value == weaker.name.value) {
            Some(own) => {
                replaced.0.push((own.span(), weaker.span()));
                false
            }
            None => true,
        });
        slurm.extend(self.slurm.iter().cloned());
        Cluster {
            platform: replaced.either(self.platform, base.platform),
            gpus_per_node: replaced.either(self.gpus_per_node, base.gpus_per_node),
            domain_nodes: replaced.either(self.domain_nodes, base.domain_nodes),
            gres: replaced.either(self.gres, base.gres),
            segment: replaced.either(self.segment, base.segment),
            mpi: replaced.either(self.mpi, base.mpi),
            pyxis: replaced.either(self.pyxis, base.pyxis),
            numa_bind: self.numa_bind.or(base.numa_bind),
            ports: self.ports.or(base.ports),
            run_folder: replaced.either(self.run_folder, base.run_folder),
            replaced: replaced.0,
            partitions: if self.partitions.is_empty() { base.partitions } else { self.partitions },
            kinds: {
                let mut kinds = base.kinds;
                kinds.retain(|weaker| !self.kinds.iter().any(|own| own.name.value == weaker.name.value));
                kinds.into_iter().chain(self.kinds).collect()
            },
            slurm,
            env: base.env.into_iter().chain(self.env).collect(),
            mounts: base.mounts.into_iter().chain(self.mounts).collect(),
            prepare: Prepare::merged(base.prepare, self.prepare),
            ..self
        }
    }
}

impl NodeKind {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let mut fields = Fields::new(node, diagnostics);
        let name = fields.required_string("a name for this kind of nodes");
        let mut cluster = Cluster::nodes(name.as_ref(), node, &mut fields);
        cluster.unread = fields.finish();
        name.map(|name| NodeKind { name, head: node.head(), cluster })
    }
}

/// What is written, and what it took the place of.
struct Replaced(Vec<(Span, Span)>);

impl Replaced {
    fn either<T>(&mut self, own: Option<Spanned<T>>, base: Option<Spanned<T>>) -> Option<Spanned<T>> {
        if let (Some(own), Some(base)) = (&own, &base) {
            self.0.push((own.span, base.span));
        }
        own.or(base)
    }
}

/// `ports from=8000 to=8299`.
fn ports(fields: &mut Fields) -> Option<(Spanned<u32>, Spanned<u32>)> {
    let node = fields.block("ports")?;
    let mut range = Fields::new(node, fields.diagnostics);
    let from = range.integer("from", 1024..=65_535);
    let to = range.integer("to", 1024..=65_535);
    let unread = range.finish();
    let read = from.zip(to);
    // One that is left out is missing; one that can't be read was reported.
    if unread.has("from") || unread.has("to") { fields.noted("ports", read) } else { read }
}

fn partition(node: &Node, diagnostics: &mut Diagnostics) -> Option<Partition> {
    let mut fields = Fields::new(node, diagnostics);
    let name = fields.required_string("the partition's name");
    let max_nodes = fields.integer("max-nodes", 1..=100_000);
    let max_time = fields.string("max-time");
    fields.finish();
    Some(Partition { name: name?, max_nodes, max_time })
}

/// `gres "gpu"`, or `gres #false`.
fn gres(fields: &mut Fields) -> Option<Spanned<Gres>> {
    use crate::syntax::Value;
    let value = fields.scalar("gres")?;
    match &value.value {
        Value::String(name) => Some(Spanned::new(Gres::Named(name.clone()), value.span)),
        Value::Bool(false) => Some(Spanned::new(Gres::None, value.span)),
        _ => {
            let expected = "`gres` is the resource's name, such as \"gpu\", or `#false` for none";
            let wanted = Wanted::Other("write `gres \"gpu\"` or `gres #false`");
            wrong_type(value, wanted, expected, fields.diagnostics);
            None
        }
    }
}
