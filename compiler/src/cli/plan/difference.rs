//! What differs between two plans, by meaning.

use std::fmt::Write as _;

use super::super::snippet::printable;
use super::facts::{Facts, Name, Section};

/// Subjects of one line; the others are counted.
const NAMED: usize = 3;
/// Between a subject and what changed.
const COLUMN: usize = 14;

struct Change<'a> {
    name: &'a Name,
    old: Option<&'a str>,
    new: Option<&'a str>,
}

/// A line for each difference, under the titles of their sections; empty if there is none.
pub fn render(old: &Facts, new: &Facts) -> String {
    let all = new.keys().chain(old.keys().filter(|name| !new.contains_key(*name)));
    let mut changes: Vec<Change> = all
        .map(|name| Change {
            name,
            old: old.get(name).map(String::as_str),
            new: new.get(name).map(String::as_str),
        })
        .filter(|change| change.old != change.new && !told_by_another(change, old, new))
        .collect();
    changes.sort_by_key(|change| change.name.section);
    let mut out = String::new();
    let mut section = None;
    let mut rest = &changes[..];
    while let Some((change, behind)) = rest.split_first() {
        if section != Some(change.name.section) {
            section = Some(change.name.section);
            let _ = writeln!(out, "{}", change.name.section.title());
        }
        // Servers of a pool change alike.
        let alike = behind.iter().take_while(|other| alike(change, other)).count();
        let subjects: Vec<&str> = rest[..=alike].iter().map(|change| change.name.subject.as_str()).collect();
        out.push_str(&line(change, &listed(&subjects)));
        rest = &behind[alike..];
    }
    printable(&out)
}

fn alike(a: &Change, b: &Change) -> bool {
    a.name.section == b.name.section && a.name.key == b.name.key && a.old == b.old && a.new == b.new
}

/// Of what is only in one of the plans, how many servers there are and where they sit says enough.
fn told_by_another(change: &Change, old: &Facts, new: &Facts) -> bool {
    let Name { section, subject, .. } = change.name;
    if subject.is_empty() || matches!(section, Section::Job | Section::Servers | Section::Placement) {
        return false;
    }
    let there = |facts: &Facts| facts.keys().any(|name| name.subject == *subject && name.section == *section);
    !there(old) || !there(new)
}

fn line(change: &Change, subjects: &str) -> String {
    let key = if change.name.key.is_empty() { String::new() } else { format!("{} ", change.name.key) };
    let what = match (change.old, change.new) {
        (Some(old), Some(new)) if is_command(change, old, new) => words(&key, old, new),
        (Some(old), Some(new)) => format!("{key}{} → {}", quoted(old), quoted(new)),
        (Some(old), None) => format!("- {key}{}", quoted(old)),
        (None, new) => format!("+ {key}{}", quoted(new.unwrap_or_default())),
    };
    if subjects.is_empty() { format!("  {what}\n") } else { format!("  {subjects:COLUMN$} {what}\n") }
}

fn is_command(change: &Change, old: &str, new: &str) -> bool {
    change.name.section == Section::Programs && [old, new].iter().all(|text| text.split(' ').count() > 3)
}

/// Of commands only the words that differ.
fn words(key: &str, old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split(' ').collect(), new.split(' ').collect());
    let same = |a: &[&str], b: &[&str]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let before = same(&old, &new);
    let reversed = |words: &[&str]| words.iter().rev().copied().map(str::to_owned).collect::<Vec<_>>();
    let (old_end, new_end) = (reversed(&old[before..]), reversed(&new[before..]));
    let after = old_end.iter().zip(&new_end).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[before..old.len() - after], &new[before..new.len() - after]);
    match (old, new) {
        ([], new) => format!("{key}+ {}", new.join(" ")),
        (old, []) => format!("{key}- {}", old.join(" ")),
        (old, new) => format!("{key}… {} → {}", old.join(" "), new.join(" ")),
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "\"\"".to_owned() } else { text.to_owned() }
}

fn listed(subjects: &[&str]) -> String {
    let (shown, more) = subjects.split_at(subjects.len().min(NAMED));
    match more.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::facts::facts;
    use super::*;

    fn plan(change: impl FnOnce(&mut Value)) -> Facts {
        let share = |node: u32, gpus: &[u32]| json!({"node": node, "ranks": gpus.len(), "gpus": gpus});
        let mut plan = json!({
            "schema": 3, "topology": "t", "nodes": 3,
            "placement": {"minimum": {"nodes": 3, "proof": "lower-bound"}},
            "sbatch": [{"name": "nodes", "value": "3"}, {"name": "time", "value": "10"}],
            "configs": [{"name": "gen_config", "data": {"batch": 1, "cache": {"dtype": "fp8"}}}],
            "roles": [
                {"name": "gen", "parallel": {"tp": 4}, "env": [{"name": "A", "value": "1"}],
                 "command": ["serve", "m", "--port", {"word": [{"runtime": "port"}]}, "--x"]},
                {"name": "server", "parallel": null, "env": []},
            ],
            "steps": [
                {"name": "gen_0", "role": "gen", "nodes": [share(0, &[0, 1, 2, 3])], "port": 8000, "srun": ["--nodes=1", "--mpi=pmix"]},
                {"name": "gen_1", "role": "gen", "nodes": [share(1, &[0, 1])], "port": 8000, "srun": ["--nodes=1", "--mpi=pmix"]},
                {"name": "server", "role": "server", "nodes": [share(0, &[])], "port": 8333, "srun": []},
            ],
            "origins": {"gen.tp": "topo.kdl:3:1"},
        });
        change(&mut plan);
        facts(&plan)
    }

    #[track_caller]
    fn assert_difference(change: impl FnOnce(&mut Value), expected: &str) {
        assert_eq!(render(&plan(|_| ()), &plan(change)), expected);
    }

    #[test]
    fn what_means_the_same_is_no_difference() {
        assert_difference(|_| (), "");
        assert_difference(
            |plan| {
                plan["origins"] = json!({"gen.tp": "topo.kdl:9:1"});
                plan["sbatch"].as_array_mut().expect("a list").reverse();
                plan["roles"].as_array_mut().expect("a list").reverse();
                plan["schema"] = json!(4);
            },
            "",
        );
    }

    #[test]
    fn each_kind_of_change_has_its_line() {
        assert_difference(
            |plan| {
                plan["nodes"] = json!(4);
                plan["sbatch"][1]["value"] = json!("20");
                plan["configs"][0]["data"] = json!({"batch": 2, "more": [1, 2]});
                plan["roles"][0]["parallel"]["tp"] = json!(8);
                plan["roles"][0]["env"] = json!([{"name": "A", "value": ""}, {"name": "B", "value": {"word": ["x", {"runtime": {"node": 0}}]}}]);
                plan["roles"][0]["command"] =
                    json!(["serve", "m", "--port", {"word": [{"runtime": "port"}]}, "--y"]);
                plan["steps"][0]["nodes"][0]["node"] = json!(2);
            },
            "job
  nodes 3 → 4
#SBATCH
  time 10 → 20
servers
  gen            tp 4 → 8
placement
  gen_0          node 0 (GPU 0 1 2 3) → node 2 (GPU 0 1 2 3)
environment
  gen            A 1 → \"\"
  gen            + B x{node 0}
configuration
  gen            batch 1 → 2
  gen            + more 1 2
  gen            - cache.dtype fp8
programs
  gen            command … --x → --y
",
        );
    }

    #[test]
    fn servers_that_change_alike_share_a_line_and_new_ones_are_told_once() {
        assert_difference(
            |plan| {
                plan["steps"][0]["srun"][1] = json!("--mpi=none");
                plan["steps"][1]["srun"][1] = json!("--mpi=none");
                let mut more = plan["steps"][1].clone();
                more["name"] = json!("gen_2");
                more["nodes"][0]["gpus"] = json!([2, 3]);
                plan["steps"].as_array_mut().expect("a list").push(more);
            },
            "servers
  gen            servers 2 → 3
placement
  gen_2          + node 1 (GPU 2 3)
steps
  gen_0, gen_1   srun.--mpi pmix → none
",
        );
    }
}
