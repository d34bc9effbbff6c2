//! # An option that is none of Slurm's or pyxis'
//!
//! It may be one of a plugin of your site, which nobody here can know. Where there is no such plugin sbatch ends with
//! an error.
//!
//! ```kdl
//! slurm { option "--burst-lane=2" }
//! //             ^^^^^^^^^^^^^^^^
//! ```
//!
//! If it is right, say so:
//!
//! ```kdl
//! allow "slurm/unfamiliar" reason="our burst plugin"
//! slurm { option "--burst-lane=2" }
//! ```

use super::option_form::is_name;
use super::planned::why;
use super::written;
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::{Diagnostics, nearest};

pub const RULE: Rule = Rule::warning("slurm/unfamiliar", include_str!("unfamiliar.rs"), check);

/// Long options of sbatch 25.05 that a bundle may hold, and pyxis' of 0.21 (sbatch(1); pyxis' README).
pub(super) const KNOWN: [&str; 94] = [
    "account",
    "acctg-freq",
    "batch",
    "bb",
    "bbf",
    "begin",
    "chdir",
    "cluster-constraint",
    "clusters",
    "comment",
    "consolidate-segments",
    "constraint",
    "container",
    "container-entrypoint",
    "container-env",
    "container-id",
    "container-image",
    "container-mount-home",
    "container-mounts",
    "container-name",
    "container-readonly",
    "container-remap-root",
    "container-save",
    "container-workdir",
    "container-writable",
    "contiguous",
    "core-spec",
    "cores-per-socket",
    "cpu-freq",
    "cpus-per-gpu",
    "deadline",
    "delay-boot",
    "dependency",
    "error",
    "exclude",
    "export-file",
    "extra",
    "extra-node-info",
    "get-user-env",
    "gid",
    "gpu-freq",
    "gres-flags",
    "hold",
    "ignore-pbs",
    "input",
    "job-name",
    "licenses",
    "mail-type",
    "mail-user",
    "mcs-label",
    "mem-bind",
    "mincpus",
    "network",
    "nice",
    "no-container-entrypoint",
    "no-container-mount-home",
    "no-container-remap-root",
    "no-kill",
    "nodefile",
    "nodelist",
    "oom-kill-step",
    "output",
    "overcommit",
    "partition",
    "power",
    "prefer",
    "priority",
    "profile",
    "propagate",
    "qos",
    "quiet",
    "reboot",
    "requeue",
    "reservation",
    "resv-ports",
    "segment",
    "sockets-per-node",
    "spread-job",
    "spread-segments",
    "stepmgr",
    "switches",
    "thread-spec",
    "threads-per-core",
    "time",
    "time-min",
    "tmp",
    "tres-bind",
    "tres-per-task",
    "uid",
    "use-min-nodes",
    "verbose",
    "wait-all-nodes",
    "wckey",
    "container-entrypoint-log",
];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for option in written(subject) {
        let name = option.name.value.as_str();
        if is_name(name) && why(name).is_none() && !KNOWN.contains(&name) && nearest(name, KNOWN).is_none() {
            diagnostics.push(
                RULE.finding(format!("`--{name}` is no option of Slurm or pyxis"))
                    .label(option.name.span, "a plugin's, perhaps")
                    .help(
                        "take it out, or keep it with `allow \"slurm/unfamiliar\" reason=\"…\"` if your site has it",
                    ),
            );
        }
    }
}
