//! # Ports that the kernel gives away
//!
//! Linux takes the local port of every outgoing connection from 32768 to 60999 (net.ipv4.ip_local_port_range). A server
//! whose planned port is taken by such a connection does not start; which one it hits differs from run to run.
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=40000 to=40299
//! //             ^^^^^
//! }
//! ```
//!
//! ```kdl
//! cluster "mine" {
//!     gpus-per-node 4
//!     ports from=20000 to=20299
//! }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::warning("cluster/ephemeral", include_str!("ephemeral.rs"), check);

/// Linux's default of net.ipv4.ip_local_port_range.
const LOCAL_PORTS: std::ops::RangeInclusive<u32> = 32_768..=60_999;

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    let Some((from, to)) = subject.cluster.and_then(|cluster| cluster.ports.as_ref()) else { return };
    if from.value <= *LOCAL_PORTS.end() && to.value >= *LOCAL_PORTS.start() && from.value <= to.value {
        diagnostics.push(
            RULE.finding("these ports are also given to outgoing connections")
                .label(from.span, "the range begins here")
                .help(format!(
                    "take a range outside {} to {}, such as `ports from=20000 to=20299`",
                    LOCAL_PORTS.start(),
                    LOCAL_PORTS.end()
                )),
        );
    }
}
