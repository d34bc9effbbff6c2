//! The parts of a job with nodes of one kind.

use indexmap::IndexMap;

use super::{Context, Traced};
use crate::plan::SlurmOption;
use crate::stdlib::cluster::{Cluster, Gres, NodeKind};
use crate::topology::ast::{Worker, WorkerKind};

/// Nodes of one kind.
#[derive(Debug, Clone)]
pub struct Component {
    /// `None`: the cluster's usual nodes.
    pub kind: Option<String>,
    /// What names of CI stages call the hardware.
    pub platform: Option<String>,
    pub gpus_per_node: Traced<u32>,
    /// Nodes of an NVLink domain.
    pub domain_nodes: Traced<u32>,
    /// Whether their Slurm knows `--segment`.
    pub segment: bool,
    pub gres: Option<String>,
    /// What the person asks for.
    pub slurm: Vec<Traced<SlurmOption>>,
}

impl<'a> Context<'a> {
    /// The cluster as the worker's nodes have it.
    pub(super) fn cluster_of(&self, worker: &Worker) -> &'a Cluster {
        let asked = worker.node_kind.as_ref();
        let kind = asked.and_then(|asked| self.cluster.kinds.iter().find(|k| k.name.value == asked.value));
        kind.map_or(self.cluster, |kind| &kind.cluster)
    }

    /// The kinds of nodes that the job takes, the usual ones first.
    pub(super) fn kinds(&self, running: &[(&Worker, WorkerKind)]) -> Vec<Option<&'a NodeKind>> {
        let asks = |kind: Option<&NodeKind>| {
            let name = kind.map(|kind| &kind.name.value);
            running.iter().any(|(worker, _)| worker.node_kind.as_ref().map(|asked| &asked.value) == name)
        };
        let all = std::iter::once(None).chain(self.cluster.kinds.iter().map(Some));
        let mut kinds: Vec<Option<&NodeKind>> = all.filter(|kind| asks(*kind)).collect();
        if kinds.is_empty() {
            kinds.push(None);
        }
        kinds
    }

    pub(super) fn components(&self, kinds: &[Option<&NodeKind>]) -> Option<Vec<Component>> {
        let component = |kind: &Option<&NodeKind>| {
            let cluster = kind.map_or(self.cluster, |kind| &kind.cluster);
            Some(Component {
                kind: kind.map(|kind| kind.name.value.clone()),
                platform: cluster.platform.as_ref().map(|platform| platform.value.clone()),
                gpus_per_node: Traced::from(cluster.gpus_per_node.as_ref()?),
                domain_nodes: Traced::or_rule(
                    cluster.domain_nodes.as_ref(),
                    1,
                    "NVLink reaches over one node",
                ),
                segment: cluster.segment.as_ref().is_some_and(|known| known.value),
                gres: match cluster.gres.as_ref().map(|g| &g.value) {
                    Some(Gres::Named(name)) => Some(name.clone()),
                    _ => None,
                },
                slurm: self.slurm(*kind),
            })
        };
        kinds.iter().map(component).collect()
    }

    /// The site's options, then the topology's, then those of the kind of nodes; the same name is taken once.
    fn slurm(&self, kind: Option<&NodeKind>) -> Vec<Traced<SlurmOption>> {
        let mut options: IndexMap<String, Traced<SlurmOption>> = IndexMap::new();
        let own = kind.into_iter().flat_map(|kind| &kind.cluster.slurm);
        for option in self.cluster.slurm.iter().chain(&self.topology.slurm).chain(own) {
            let value = option.value.as_ref();
            let written =
                SlurmOption { name: option.name.value.clone(), value: value.map(|v| v.value.clone()) };
            let traced = Traced::at(written, option.span());
            let traced = match options.get(&option.name.value) {
                Some(site) => traced.over(site.clone()),
                None => traced,
            };
            options.insert(option.name.value.clone(), traced);
        }
        options.into_values().collect()
    }
}
