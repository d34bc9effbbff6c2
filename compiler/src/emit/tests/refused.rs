//! What no bundle can hold: the checker finds it first, and the backend doesn't write it.

use super::fixture;
use crate::emit::emit;
use crate::plan::word::{Runtime, Word};
use crate::plan::{Data, Plan, Variable};
use crate::source::SourceMap;
use crate::stdlib::Stdlib;

/// The code of what emit says about the changed fixture.
fn refused(change: impl FnOnce(&mut Plan)) -> &'static str {
    let mut plan = fixture::plan();
    change(&mut plan);
    let result = emit(&plan, &SourceMap::default(), &Stdlib::embedded());
    result.expect_err("this can't be emitted").code
}

#[test]
fn lines_in_an_sbatch_option() {
    assert_eq!(
        refused(|plan| plan.components[0].sbatch[0].value = Some("a\n#SBATCH --exclusive".to_owned())),
        "emit/sbatch"
    );
}

#[test]
fn folders_in_the_topologys_name() {
    assert_eq!(refused(|plan| plan.topology = "../elsewhere".to_owned()), "emit/topology-name");
}

#[test]
fn variables_that_no_shell_has() {
    let variable = Variable { name: "A B".to_owned(), value: None };
    assert_eq!(refused(|plan| plan.roles[0].env.push(variable)), "emit/variable");
    assert_eq!(refused(|plan| plan.roles[2].clear.push("$(id)".to_owned())), "emit/variable");
}

#[test]
fn nul() {
    assert_eq!(refused(|plan| plan.roles[0].command.push(Word::text("a\0b"))), "emit/nul");
}

#[test]
fn what_only_a_step_knows_in_the_job() {
    assert_eq!(refused(|plan| plan.steps[0].srun.push(Word::runtime(Runtime::Rank))), "emit/misplaced");
    let rank = Data::List(vec![Data::String(Word::runtime(Runtime::Step))]);
    assert_eq!(refused(|plan| plan.configs[0].data = rank), "emit/misplaced");
}

#[test]
fn a_reducer_that_the_stdlib_lacks() {
    let change = |plan: &mut Plan| {
        plan.roles[3].reducer.as_mut().expect("the client has one").source = "engine/none.py".to_owned();
    };
    assert_eq!(refused(change), "emit/no-reducer");
}
