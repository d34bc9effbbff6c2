//! Options of the `#SBATCH` lines, and what the cluster's Slurm takes.

pub mod deadline;
pub mod option_form;
pub mod partition;
pub mod partition_nodes;
pub mod planned;
pub mod segment;
pub mod time_form;
pub mod time_limit;
pub mod twice;
pub mod unfamiliar;
pub mod unknown_option;
pub mod value;

use super::Subject;
use crate::source::Spanned;
use crate::stdlib::cluster::{Cluster, NodeKind};
use crate::topology::ast::SlurmOption;

pub use crate::slurm_time::seconds;

/// The site's options, then the topology's.
fn options<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a SlurmOption> + use<'a> {
    let site = subject.cluster.map(|cluster| cluster.slurm.as_slice()).unwrap_or_default();
    site.iter().chain(&subject.topology.slurm)
}

/// The same, and those of other kinds of nodes.
fn written<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a SlurmOption> + use<'a> {
    options(subject).chain(subject.node_kinds().flat_map(|kind| &kind.cluster.slurm))
}

/// The last value that is given to an option.
pub fn value<'a>(subject: &Subject<'a>, name: &str) -> Option<&'a Spanned<String>> {
    options(subject).filter(|option| option.name.value == name).last()?.value.as_ref()
}

/// The same for each kind of nodes that the job takes: which cluster that is, the value, and the kind's name if it is not
/// the usual one. What nodes say themselves is stronger than what the topology says for all.
fn values<'a>(
    subject: &Subject<'a>,
    name: &str,
) -> Vec<(&'a Cluster, &'a Spanned<String>, Option<&'a NodeKind>)> {
    let all = value(subject, name);
    let usual = subject.cluster.filter(|_| subject.uses_usual_nodes());
    let mut values: Vec<_> = usual.into_iter().filter_map(|cluster| Some((cluster, all?, None))).collect();
    for kind in subject.node_kinds() {
        let own = kind.cluster.slurm.iter().rfind(|option| option.name.value == name);
        let value = own.map_or(all, |option| option.value.as_ref());
        values.extend(value.map(|value| (&kind.cluster, value, Some(kind))));
    }
    values
}
