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
use crate::topology::ast::SlurmOption;

pub use crate::slurm_time::seconds;

/// The site's options, then the topology's.
fn options<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a SlurmOption> + use<'a> {
    let site = subject.cluster.map(|cluster| cluster.slurm.as_slice()).unwrap_or_default();
    site.iter().chain(&subject.topology.slurm)
}

/// The last value that is given to an option.
pub fn value<'a>(subject: &Subject<'a>, name: &str) -> Option<&'a crate::source::Spanned<String>> {
    options(subject).filter(|option| option.name.value == name).last()?.value.as_ref()
}
