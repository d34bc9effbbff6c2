//! Whether a private Slurm can run here, and the software that rehearsals put on it.

use camino::Utf8Path;
use disaggc::plan::Plan;
use disaggc::stdlib::rehearsal::Part;

use super::{Ability, Check, Purpose, Subject};
use crate::cli::rehearse::{packages, requirements, uses_containers};
use crate::rehearse::is_set_up;
use crate::rehearse::requirements::{self as needs, Need};

pub fn examine(subject: &Subject) -> Ability {
    let mut list = List { subject, needs: Vec::new(), checks: Vec::new() };
    list.base();
    let plan = subject.topology.as_ref().map(|topology| &topology.plan);
    if plan.is_none_or(|plan| uses_containers(plan) || has_segments(plan)) {
        list.packages("Slurm's options", needs::plugin(), "--container-* and --segment can be compiled");
    }
    for part in &subject.parts {
        list.part(part);
    }
    list.checks.extend(unsuitable(plan));
    Ability { purpose: Purpose::Rehearse, checks: list.checks, install: needs::install(&list.needs) }
}

fn has_segments(plan: &Plan) -> bool {
    plan.sbatch().any(|option| option.name == "segment")
}

/// What no package would cure.
fn unsuitable(plan: Option<&Plan>) -> Option<Check> {
    let options = plan.into_iter().flat_map(|plan| &plan.components).flat_map(|component| &component.sbatch);
    let runs = plan.and_then(|plan| plan.run_folder.as_deref()).map(Utf8Path::new);
    let why = needs::suits(options, runs).err()?.to_string();
    let (why, help) = why.split_once("\nhelp: ").unwrap_or((&why, ""));
    Some(Check::missing(if plan.is_some() { "topology" } else { "machine" }, why, help))
}

struct List<'a> {
    subject: &'a Subject,
    needs: Vec<Need>,
    checks: Vec<Check>,
}

impl List<'_> {
    /// What every rehearsal needs.
    fn base(&mut self) {
        let slurm = needs::slurm();
        self.checks.push(match missing(&slurm) {
            None => Check::ok("Slurm", "all that a private one is made of is here"),
            Some(missing) => Check::missing("Slurm", missing, ""),
        });
        // Tried with what is missing perhaps, which is said already.
        let can_try = !slurm.iter().any(|need| !need.is_here && need.package == "util-linux");
        self.needs.extend(slurm);
        if can_try {
            self.checks.push(match needs::rights() {
                None => Check::ok("rights", "you may make networks and mounts of your own"),
                Some(why) => {
                    let (why, help) = why.split_once("\nhelp: ").unwrap_or((&why, ""));
                    Check::missing("rights", why, help)
                }
            });
        }
    }

    fn packages(&mut self, name: &str, needs: Vec<Need>, found: &str) {
        self.checks.push(match missing(&needs) {
            None => Check::ok(name, found),
            Some(missing) => self.subject.lacks(name, missing, ""),
        });
        self.needs.extend(needs);
    }

    /// One of the things that jobs run.
    fn part(&mut self, part: &Part) {
        let name = part.name.strip_prefix("the ").unwrap_or(&part.name);
        let nothing = "the stdlib has nothing that takes its place";
        let description = match &part.rehearsal {
            None => return self.checks.push(self.subject.lacks(name, nothing, "")),
            Some(description) => description,
        };
        if let Some(why) = &description.none {
            return self.checks.push(self.subject.lacks(name, nothing, &why.value));
        }
        let software =
            needs::software(&packages(std::slice::from_ref(description)), description.python.is_some());
        let found = match requirements(std::slice::from_ref(part), &self.subject.stdlib) {
            Err(why) => {
                let (why, help) = why.split_once("\nhelp: ").unwrap_or((&why, ""));
                return self.checks.push(self.subject.lacks(name, why, help));
            }
            Ok(list) => match (list.first(), &self.subject.cache) {
                (None, _) => "its packages are here",
                (Some(python), Some(cache)) if is_set_up(python, cache) => "its Python software is set up",
                (Some(_), Some(_)) => {
                    "its Python software is not set up yet: the first rehearsal takes some minutes to get it from PyPI"
                }
                (Some(_), None) => {
                    let (why, help) =
                        ("there is no folder to keep its Python software in", "name one with `--cache DIR`");
                    return self.checks.push(self.subject.lacks(name, why, help));
                }
            },
        };
        self.packages(name, software, found);
    }
}

/// `slurmd, srun`; the command that installs it stands below all checks.
fn missing(needs: &[Need]) -> Option<String> {
    let missing: Vec<&str> =
        needs.iter().filter(|need| !need.is_here).map(|need| need.name.as_str()).collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}
