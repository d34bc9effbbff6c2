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
fn value<'a>(subject: &Subject<'a>, name: &str) -> Option<&'a Spanned<String>> {
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

/// Seconds of a time in Slurm's forms; `Some(None)` for no limit, `None` for another form.
///
/// Source: `--time` in Slurm's sbatch(1).
fn seconds(text: &str) -> Option<Option<u64>> {
    if ["UNLIMITED", "INFINITE"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some(None);
    }
    let number = |part: &str| match part.chars().all(|c| c.is_ascii_digit()) {
        true => part.parse::<u64>().ok(),
        false => None,
    };
    let hours_of = |days: u64, hours: u64| days.checked_mul(24)?.checked_add(hours);
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (Some(number(days)?), rest),
        None => (None, text),
    };
    let parts: Option<Vec<u64>> = rest.split(':').map(number).collect();
    let seconds = match (days, parts?.as_slice()) {
        (Some(days), [hours]) => [hours_of(days, *hours)?, 0, 0],
        (Some(days), [hours, minutes]) => [hours_of(days, *hours)?, *minutes, 0],
        (Some(days), [hours, minutes, seconds]) => [hours_of(days, *hours)?, *minutes, *seconds],
        (None, [minutes]) => [0, *minutes, 0],
        (None, [minutes, seconds]) => [0, *minutes, *seconds],
        (None, [hours, minutes, seconds]) => [*hours, *minutes, *seconds],
        _ => return None,
    };
    let total = seconds[0].checked_mul(3600)?.checked_add(seconds[1].checked_mul(60)?)?;
    total.checked_add(seconds[2]).map(Some)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_are_read_as_slurm_reads_them() {
        for (text, expected) in [
            ("30", Some(Some(1800))),
            ("30:15", Some(Some(1815))),
            ("2:00:00", Some(Some(7200))),
            ("1-0", Some(Some(86_400))),
            ("1-2:30", Some(Some(95_400))),
            ("1-02:30:01", Some(Some(95_401))),
            ("UNLIMITED", Some(None)),
            ("4h", None),
            ("1:2:3:4", None),
            ("", None),
            ("1-", None),
            ("-1", None),
            ("99999999999999999999", None),
            ("18446744073709551615", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
