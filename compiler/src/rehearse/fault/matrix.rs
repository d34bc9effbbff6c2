//! The faults that every job should notice, or live through, and what it should say.

use disaggc::plan::{Part, Plan};

use super::steps::{Step, Steps};
use crate::follow::Verdict;
use crate::rehearse::Outcome;

/// A fault, and what is right for a job that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// As `--fault` takes it.
    pub fault: String,
    pub expected: Expected,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// The job fails, and names one of these steps.
    Names(Vec<String>),
    /// It ends with this verdict, whoever is named.
    Ends(Verdict),
    /// It goes on, and passes.
    Passes,
}

/// What the job of a plan is broken with: its first server of each pool, its coordinator and client, its nodes and
/// folders, and Slurm.
pub fn cases(plan: &Plan) -> Vec<Case> {
    let steps = Steps::of(plan);
    let mut cases = Vec::new();
    let mut add = |fault: String, expected: Expected| cases.push(Case { fault, expected });
    let part = |step: &Step| plan.roles.iter().find(|role| role.name == step.role).map(|role| role.part);
    let names = |step: &Step| Expected::Names(vec![step.name.clone()]);
    for role in plan.roles.iter().filter(|role| role.part == Part::Worker) {
        let Some(step) = steps.list.iter().find(|step| step.role == role.name) else { continue };
        let title = step.title();
        if step.ranks > 1 {
            add(format!("kill {title} rank {} when {title} starts", step.ranks - 1), names(step));
        }
        add(format!("kill {title} under load"), names(step));
        add(format!("hang {title} under load"), names(step));
        if step.port.is_some() {
            add(format!("take port {title}"), names(step));
        }
    }
    for step in steps.list.iter().filter(|step| part(step) == Some(Part::Coordinator)) {
        add(format!("kill {} under load", step.title()), names(step));
    }
    if let Some(client) = steps.list.iter().find(|step| step.is_client) {
        add(format!("kill {} under load", client.title()), names(client));
    }
    // Not the node where the job's own script runs, nor the client's: who is cut off can't say anything.
    let clients: Vec<u32> = steps.clients().iter().map(|client| client.node).collect();
    let apart =
        |step: &&Step| step.node > 1 && !clients.contains(&step.node) && part(step) == Some(Part::Worker);
    if let Some(step) = steps.list.iter().rev().find(apart) {
        let there = steps.list.iter().filter(|other| other.node == step.node);
        let there = there.map(|step| step.name.clone()).collect();
        add(format!("cut node {} under load", step.node), Expected::Names(there));
    }
    add("full disk under load".to_owned(), Expected::Ends(Verdict::Infrastructure));
    add("cancel under load".to_owned(), Expected::Ends(Verdict::Cancelled));
    add("kill slurmd node 1 under load".to_owned(), Expected::Passes);
    add("restart slurmctld under load".to_owned(), Expected::Passes);
    cases
}

impl Expected {
    pub fn is_met(&self, outcome: &Outcome) -> bool {
        let named = outcome.cause.as_ref().and_then(|cause| cause.step.as_ref());
        outcome.problems.is_empty()
            && match self {
                Expected::Names(steps) => {
                    outcome.verdict == Some(Verdict::Failed) && named.is_some_and(|step| steps.contains(step))
                }
                Expected::Ends(verdict) => outcome.verdict == Some(*verdict),
                Expected::Passes => outcome.exit_code() == 0,
            }
    }
}

impl std::fmt::Display for Expected {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Expected::Names(steps) => write!(out, "names {}", steps.join(" or ")),
            Expected::Ends(verdict) => write!(out, "{}", verdict.name()),
            Expected::Passes => write!(out, "passes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use disaggc::Request;
    use disaggc::source::Files;
    use disaggc::stdlib::Stdlib;

    use super::*;
    use crate::follow::Cause;

    fn outcome(verdict: Verdict, step: Option<&str>) -> Outcome {
        let cause = Cause { step: step.map(str::to_owned), ..Cause::default() };
        Outcome {
            cause: (verdict != Verdict::Passed).then_some(cause),
            verdict: Some(verdict),
            problems: Vec::new(),
            run_folder: None,
            last_words: indexmap::IndexMap::new(),
        }
    }

    struct One(String);

    impl Files for One {
        fn read(&self, _: &str) -> Result<String, String> {
            Ok(self.0.clone())
        }
    }

    fn plan(example: &str) -> Plan {
        let file = format!("{}/../examples/{example}/topo.kdl", env!("CARGO_MANIFEST_DIR"));
        let text = One(std::fs::read_to_string(file).expect("there"));
        let request = Request { main: "topo.kdl".to_owned(), ..Request::default() };
        disaggc::compile(&request, &text, &Stdlib::embedded()).plan.expect("no mistakes")
    }

    #[test]
    fn every_pool_and_program_is_broken() {
        let plan = plan("odd-shapes");
        let steps = Steps::of(&plan);
        let cases = cases(&plan);
        for case in &cases {
            super::super::Fault::parse(&case.fault, &steps).expect("it can be written");
        }
        let all: Vec<String> =
            cases.iter().map(|case| format!("{}: {}", case.fault, case.expected)).collect();
        for wanted in [
            "kill gen[0] rank 5 when gen[0] starts: names gen_0",
            "hang ctx-long[0] under load: names ctx_long_0",
            "take port ctx-short[0]: names ctx_short_0",
            "kill server under load: names server",
            "full disk under load: infrastructure",
            "restart slurmctld under load: passes",
        ] {
            assert!(all.iter().any(|case| case == wanted), "{wanted} is not in {all:#?}");
        }
    }

    #[test]
    fn a_wrong_verdict_is_not_right() {
        let names = Expected::Names(vec!["gen_0".to_owned()]);
        assert!(names.is_met(&outcome(Verdict::Failed, Some("gen_0"))));
        assert!(!names.is_met(&outcome(Verdict::Failed, Some("ctx_0"))));
        assert!(!names.is_met(&outcome(Verdict::Failed, None)));
        assert!(!names.is_met(&outcome(Verdict::Infrastructure, Some("gen_0"))));
        assert!(!names.is_met(&outcome(Verdict::Passed, None)));
        assert!(Expected::Passes.is_met(&outcome(Verdict::Passed, None)));
        assert!(!Expected::Passes.is_met(&outcome(Verdict::Failed, None)));
        let cancelled = Expected::Ends(Verdict::Cancelled);
        assert!(cancelled.is_met(&outcome(Verdict::Cancelled, None)));
        // Something was left, or the fault did not happen.
        let left = Outcome { problems: vec!["left".to_owned()], ..outcome(Verdict::Cancelled, None) };
        assert!(!cancelled.is_met(&left) && !cancelled.is_met(&outcome(Verdict::Failed, None)));
    }
}
