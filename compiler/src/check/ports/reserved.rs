//! # A port that somebody else has
//!
//! Ports below 1024 are root's, and 6817 to 6819 are those of Slurm's own daemons: the coordinator could not listen
//! there.
//!
//! ```kdl
//! server port=80
//! //          ^^
//! ```
//!
//! ```kdl
//! server port=8333
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("ports/reserved", include_str!("reserved.rs"), check);

/// SlurmctldPort, SlurmdPort, and slurmdbd's (slurm.conf(5), slurmdbd.conf(5)).
const SLURM: std::ops::RangeInclusive<u32> = 6817..=6819;

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let server = subject.topology.server.iter().flat_map(|server| &server.port);
    let services = subject.topology.infra.iter().flat_map(|infra| &infra.services);
    for port in server.chain(services.flat_map(|service| &service.port)) {
        let whose = match port.value {
            0..1024 => "root's",
            value if SLURM.contains(&value) => "Slurm's own",
            _ => continue,
        };
        diagnostics.push(
            RULE.finding(format!("port {} is {whose}", port.value))
                .label(port.span, "the program may not get it")
                .help("take one from 1024 on that no daemon of the nodes has, such as 8333"),
        );
    }
}
