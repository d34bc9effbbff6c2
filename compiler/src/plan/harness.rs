//! Roles that are run by a test program: its command for each role, and the variables for the engine's own
//! scripts. Everything is built from the words of the engine's description; nothing is cut from a string.

use super::ir::*;
use super::jenkins::Stage;
use super::scope;
use super::word::{Runtime, Word};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::names::{Kind, Servers, StageName, TestId};
use crate::resolve::{Harness, Pool, Resolved};
use crate::source::{Span, Spanned};
use crate::stdlib::harness::{Form, Values};
use crate::stdlib::mode::END_TO_END;
use crate::stdlib::role::Argument;
use crate::stdlib::template::{self, Filled, Scope};
use crate::topology::ast::WorkerKind;
use crate::topology::harness::{NUMBERS, PATHS, TEXTS};

/// The value that a topology may give, or only a description: the test's id.
fn known(name: &str) -> Option<&'static str> {
    let names = PATHS.into_iter().chain(TEXTS).chain(NUMBERS).chain(["test-id"]);
    names.into_iter().find(|known| *known == name)
}

pub struct Tests {
    pub exports: Vec<Export>,
    prefix: Vec<Variable>,
    folder: Option<Word>,
    launcher: Option<Word>,
    /// For each role that has a variant: its words.
    commands: Vec<(String, Vec<Word>)>,
    /// The test in the engine's own pipeline, where that is asked for.
    pub stage: Option<Stage>,
}

/// Works out the test program's commands; `nodes` is the job's number of them, and `roles` are served so far.
pub fn tests(
    resolved: &Resolved,
    nodes: u32,
    roles: &[Role],
    diagnostics: &mut Diagnostics,
) -> Option<Tests> {
    let harness = resolved.harness.as_ref()?;
    let form = harness.description.forms.get(&harness.form)?;
    let mut scope = facts(resolved, harness, nodes);
    fill_all(form, harness, &mut scope, diagnostics);
    test_id(resolved, harness, &mut scope, diagnostics);
    let prefix = prefix(form, &scope, diagnostics);
    let table = &harness.description.command;
    let words = |report: bool, step: bool, diagnostics: &mut Diagnostics| {
        let as_in = |argument: &Argument| Argument {
            words: match &argument.step {
                Some(word) if step && !report => vec![word.clone()],
                _ => argument.words.clone(),
            },
            ..argument.clone()
        };
        let kept: Vec<Argument> = table.iter().filter(|a| report || !a.report).map(as_in).collect();
        scope::command(&kept, &scope, diagnostics)
    };
    let mut place = |template: &Option<Spanned<String>>| {
        template.as_ref().and_then(|t| word(&t.value, &scope, t.span, diagnostics))
    };
    let folder = place(&harness.description.folder);
    let launcher = place(&form.launcher);
    let used = roles.iter().find_map(|role| role.launcher.as_ref()).map(|used| match &launcher {
        Some(path) => path.clone(),
        None => Word::text(&used.command),
    });
    let mut exports = Vec::new();
    for export in &harness.description.exports {
        let value = if export.expression {
            Some(ExportValue::Expression(export.value.value.clone()))
        } else {
            word(&export.value.value, &scope, export.value.span, diagnostics).map(ExportValue::Word)
        };
        exports.extend(value.map(|value| Export { name: export.name.value.clone(), value }));
    }
    let mut commands = Vec::new();
    for variant in &harness.description.variants {
        let in_step = words(variant.report, true, diagnostics);
        let role = roles.iter().find(|role| variant.roles.iter().any(|kind| is_kind(&role.name, kind)));
        if role.is_none() && !variant.always {
            continue; // Nobody runs it in this topology.
        }
        let own = role.map_or(&[][..], |role| &role.env[..]).iter().filter(|v| v.value.is_some());
        let command = ShellCommand {
            unset: variant.unset.clone(),
            env: own.chain(&prefix).cloned().collect(),
            launcher: used.clone().filter(|_| variant.launcher),
            words: words(variant.report, false, diagnostics),
        };
        exports.push(Export { name: variant.name.value.clone(), value: ExportValue::Command(command) });
        commands.extend(variant.roles.iter().map(|kind| (kind.clone(), in_step.clone())));
    }
    let stage = stage(resolved, nodes, used, scope.get("test-id"), diagnostics);
    Some(Tests { exports, prefix, folder, launcher, commands, stage })
}

/// The test as a part of the engine's own pipeline. That one knows the name of each stage, and chooses the test out of
/// a list by the stage's number, which the stages' template adds.
fn stage(
    resolved: &Resolved,
    nodes: u32,
    launcher: Option<Word>,
    test: Option<&Filled>,
    diagnostics: &mut Diagnostics,
) -> Option<Stage> {
    let (written, harness) = (resolved.jenkins.as_ref()?.stage.as_ref()?, resolved.harness.as_ref()?);
    let form = harness.description.forms.get(&harness.form)?;
    let pipeline = harness.description.pipeline.as_ref().filter(|p| p.form.value == harness.form)?;
    let post_merge = written.post_merge.as_ref().is_some_and(|post_merge| post_merge.value);
    let name = StageName { post_merge, ..stage_name(resolved)? };
    let Some(Filled::Word(test)) = test else { return None };
    let test = TestId::parse(test.as_text()?).ok()?;

    let mut scope = facts(resolved, harness, nodes);
    let hardware = name.platform.to_lowercase();
    scope.insert("hardware", Filled::Word(Word::text(&hardware)));
    scope.insert("stage", Filled::Word(Word::runtime(Runtime::Step)));
    fill_all(form, harness, &mut scope, diagnostics);
    let [several, aggregated, one_node] = &pipeline.lists;
    let usual = match (&name.kind, nodes) {
        (Kind::Aggregated { .. }, 1) => one_node,
        (Kind::Aggregated { .. }, _) => aggregated,
        _ => several,
    };
    let list = match &written.list {
        Some(list) => Word::text(&list.value),
        None => word(&usual.value, &scope, usual.span, diagnostics)?,
    };
    scope.insert("list", Filled::Word(list.clone()));
    let test_list = word(&pipeline.test_list.value, &scope, pipeline.test_list.span, diagnostics)?;
    let seconds = match scope.get("timeout") {
        Some(Filled::Word(text)) => text.as_text()?.parse::<u32>().ok()?,
        _ => return None,
    };
    let minutes = written.minutes.as_ref().map_or_else(|| seconds.div_ceil(60), |minutes| minutes.value);
    let test = TestId { timeout_minutes: test.timeout_minutes.or(Some(minutes)), ..test };
    let env = prefix(form, &scope, diagnostics);
    // Which part of the list it is, nobody knows here.
    ["splits", "group"].iter().for_each(|name| scope.remove(name));
    scope.insert("test-list", Filled::Word(test_list));
    let template = |name: &str| format!("{}/{name}", resolved.engine.folder);
    Some(Stage {
        name: name.to_string(),
        platform: written.platform.as_ref().map(|platform| platform.value.clone()).unwrap_or_default(),
        hardware,
        list: list.as_text()?.to_owned(),
        post_merge,
        test: test.to_string(),
        nodes,
        named_nodes: name.nodes.unwrap_or(1),
        gpus: nodes.saturating_mul(per_node(resolved)),
        launcher,
        env,
        words: scope::command(&harness.description.command, &scope, diagnostics),
        variables: pipeline.variables.clone(),
        stages_template: template(&pipeline.stages),
        list_template: template(&pipeline.tests),
    })
}

/// Variables before the test program.
fn prefix(form: &Form, scope: &Scope, diagnostics: &mut Diagnostics) -> Vec<Variable> {
    let mut variables = Vec::new();
    for entry in &form.prefix {
        let value = entry.value.as_deref().map(|text| word(text, scope, entry.span, diagnostics));
        match value {
            None => variables.push(Variable { name: entry.name.value.clone(), value: None }),
            Some(Some(value)) => {
                variables.push(Variable { name: entry.name.value.clone(), value: Some(value) });
            }
            Some(None) => {}
        }
    }
    variables
}

impl Tests {
    /// Makes a served role a tested one. The tests make the engine's files, find each other and end by
    /// themselves.
    pub fn run(&self, role: &mut Role) {
        if let Some((_, words)) = self.commands.iter().find(|(kind, _)| is_kind(&role.name, kind)) {
            role.command = words.clone();
        }
        role.folder = self.folder.clone();
        if let (Some(launcher), Some(path)) =
            (&mut role.launcher, self.launcher.as_ref().and_then(Word::as_text))
        {
            launcher.command = path.to_owned();
        }
        role.env.extend(self.prefix.iter().cloned());
        role.ready = None;
        role.request = None;
        role.reducer = None;
        // The program behind numactl would be pytest; the tests bind what they start.
        role.binding = Vec::new();
        role.ends_itself = role.part != Part::Client;
    }
}

/// `ctx_long` is of kind `ctx`.
fn is_kind(role: &str, kind: &str) -> bool {
    role == kind || role.strip_prefix(kind).is_some_and(|rest| rest.starts_with('_'))
}

/// What the plan knows.
fn facts(resolved: &Resolved, harness: &Harness, nodes: u32) -> Scope {
    let mut scope = scope::base(&resolved.model);
    let per_node = per_node(resolved);
    let text = |value: &str| Filled::Word(Word::text(value));
    let number = |value: u64| Filled::Integer(i128::from(value));
    for (kind, names) in [
        (WorkerKind::Ctx, ["ctx.count", "ctx.gpus", "ctx.nodes", "ctx.gpus-per-node"]),
        (WorkerKind::Gen, ["gen.count", "gen.gpus", "gen.nodes", "gen.gpus-per-node"]),
    ] {
        let pool: Option<&Pool> = resolved.pools.iter().find(|p| p.kind == kind);
        let world = pool.map_or(0, Pool::world);
        let count = pool.map_or(0, |p| u64::from(p.replicas.value));
        let sizes = [count, world, world.div_ceil(u64::from(per_node)), world.min(u64::from(per_node))];
        for (name, size) in names.into_iter().zip(sizes) {
            scope.insert(name, number(size));
        }
    }
    let total: u64 = resolved.pools.iter().map(|p| p.world() * u64::from(p.replicas.value)).sum();
    let aggregated = resolved.pools.iter().all(|p| p.kind == WorkerKind::Agg);
    scope.insert("gpus-per-node", number(per_node.into()));
    scope.insert("nodes", number(nodes.into()));
    scope.insert("gpus", number(total));
    scope.insert("port", Filled::Word(Word::runtime(Runtime::Port)));
    scope.insert("ports.each", number(harness.description.ports.into()));
    scope.insert("kind", text(if aggregated { "aggr" } else { "disagg" }));
    // One server that is measured as it is has no mode in its id.
    let mode = &resolved.mode.value;
    let plain = aggregated && mode == END_TO_END;
    scope.insert("mode.prefix", text(&if plain { String::new() } else { format!("{mode}-") }));
    let upload = harness.written.upload.as_ref().is_none_or(|u| u.value);
    scope.insert("upload", text(if upload { "_upload" } else { "" }));
    // A whole id names its configuration; else that has the topology's name.
    let id = whole_id(harness).and_then(|text| TestId::parse(&text.value).ok());
    scope.insert("config", text(id.as_ref().map_or(resolved.name.as_str(), TestId::stem)));
    let stage = stage_name(resolved).map_or_else(|| resolved.name.clone(), |name| name.to_string());
    scope.insert("stage-name", text(&stage));
    for (name, flag) in &harness.written.flags {
        scope.insert(*name, Filled::Bool(flag.value));
    }
    for (name, value) in &harness.written.values {
        scope.insert(*name, text(&value.value));
    }
    scope
}

fn whole_id(harness: &Harness) -> Option<&Spanned<String>> {
    let (_, test) = harness.written.values.iter().find(|(name, _)| *name == "test")?;
    test.value.contains('[').then_some(test)
}

/// A `test` with brackets is the whole id; else the id is put together. Either way it must be one.
fn test_id(resolved: &Resolved, harness: &Harness, scope: &mut Scope, diagnostics: &mut Diagnostics) {
    let written = whole_id(harness);
    let (id, span) = match (written, scope.get("test-id")) {
        (Some(text), _) => (Word::text(&text.value), text.span),
        (None, Some(Filled::Word(id))) => (id.clone(), harness.written.head),
        _ => return,
    };
    match TestId::parse(id.as_text().unwrap_or_default()) {
        Ok(read) => {
            let mode = &resolved.mode.value;
            if let Some(named) = read.mode().filter(|named| named.name() != mode) {
                diagnostics.push(
                    Diagnostic::error("harness/test-id", format!("the id is of mode {}", named.name()))
                        .label(span, format!("but the benchmark's mode is {mode}"))
                        .help(format!(
                            "write `benchmark mode=\"{}\"`, or the id of mode {mode}",
                            named.name()
                        )),
                );
            }
        }
        // What is wrong with the parts was said already.
        Err(_) if written.is_none() && diagnostics.has_errors() => {}
        Err(error) => diagnostics.push(
            Diagnostic::error("harness/test-id", "this is no id of a performance test")
                .label(
                    span,
                    if written.is_some() { "this id" } else { "the id that follows from these fields" },
                )
                .help(error.to_string()),
        ),
    }
    scope.insert("test-id", Filled::Word(id));
}

/// `check` has refused tests on several kinds of nodes.
fn per_node(resolved: &Resolved) -> u32 {
    resolved.components.first().map_or(1, |nodes| nodes.gpus_per_node.value)
}

/// The stage's name in the pipelines' own form, where the cluster says what they call it.
fn stage_name(resolved: &Resolved) -> Option<StageName> {
    let per_node = per_node(resolved);
    let servers = |kind: WorkerKind| {
        let pool = resolved.pools.iter().find(|p| p.kind == kind)?;
        let gpus = u32::try_from(pool.world()).ok()?;
        Some(Servers::on_whole_nodes(pool.replicas.value, gpus, per_node))
    };
    let none = Servers { count: 0, nodes: 0, gpus: 0 };
    let platform = resolved.components.first()?.platform.as_deref()?;
    let (ctx, generation) = (servers(WorkerKind::Ctx), servers(WorkerKind::Gen));
    match (ctx, generation, servers(WorkerKind::Agg)) {
        (_, _, Some(agg)) => StageName::aggregated(platform, per_node, agg.gpus).ok(),
        (ctx, Some(generation), None) => {
            StageName::disaggregated(platform, per_node, ctx.unwrap_or(none), generation).ok()
        }
        _ => None,
    }
}

/// Everything that the topology left out.
fn fill_all(form: &Form, harness: &Harness, scope: &mut Scope, diagnostics: &mut Diagnostics) {
    for values in [&harness.description.values, &form.values] {
        early(values, harness, scope);
    }
    for values in [&form.values, &harness.description.values] {
        fill(values, scope, diagnostics);
    }
}

/// Values without placeholders, on which others build.
fn early(values: &Values, harness: &Harness, scope: &mut Scope) {
    for (name, template) in values.iter().filter(|(_, t)| !t.value.contains('{')) {
        let written = harness.written.values.iter().any(|(field, _)| field == name);
        if let (Some(name), false) = (known(name), written) {
            scope.insert(name, Filled::Word(Word::text(&template.value)));
        }
    }
}

/// Fills what the topology left out, in the description's order.
fn fill(values: &Values, scope: &mut Scope, diagnostics: &mut Diagnostics) {
    for (name, template) in values {
        let Some(name) = known(name) else {
            scope::unknown(name, template.span, diagnostics);
            continue;
        };
        if !scope.contains_key(name)
            && let Some(word) = word(&template.value, scope, template.span, diagnostics)
        {
            scope.insert(name, Filled::Word(word));
        }
    }
}

fn word(text: &str, scope: &Scope, span: Span, diagnostics: &mut Diagnostics) -> Option<Word> {
    match template::word(text, scope, scope::NAMES) {
        Ok(word) => word,
        Err(name) => {
            scope::unknown(&name, span, diagnostics);
            None
        }
    }
}
