//! `job.sbatch` and the hostfiles.

use serde::Serialize;

use super::template::Templates;
use super::words::{self, Bash};
use super::yaml;
use crate::bundle::File;
use crate::diagnostic::Diagnostic;
use crate::plan::word::{Part as WordPart, Runtime, Word};
use crate::plan::{self, Edge, Part, Plan, SlurmOption, State, Step};

#[derive(Serialize)]
struct Job<'a> {
    topology: &'a str,
    mode: &'a str,
    /// Of plan.json.
    digest: String,
    components: Vec<Component<'a>>,
    run_folder: Option<&'a str>,
    /// Container mounts are lists of `FROM:TO`, so their paths can't hold `,` and `:`.
    mounts: bool,
    configs: Vec<Filled<'a>>,
    steps: Vec<StepLines<'a>>,
}

/// Nodes of one kind.
#[derive(Serialize)]
struct Component<'a> {
    options: Vec<Bash>,
    nodes: u32,
    /// The variable in which Slurm lists them.
    list: Bash,
    /// The biggest first.
    domains: Vec<Domain<'a>>,
}

/// Nodes that must share an NVLink domain, for whose sake.
#[derive(Serialize)]
struct Domain<'a> {
    /// Of the component's nodes.
    first: u32,
    nodes: u32,
    steps: Vec<&'a str>,
}

/// A configuration with parts that only the job knows.
#[derive(Serialize)]
struct Filled<'a> {
    name: &'a str,
    values: Vec<Bash>,
}

#[derive(Serialize)]
struct StepLines<'a> {
    name: &'a str,
    part: Part,
    /// The node of rank 0.
    host: Bash,
    /// `STEP.STATE`, as the record is called.
    ends_itself: bool,
    after: Vec<String>,
    role: &'a str,
    /// The component that has its nodes, where there are several.
    component: Option<usize>,
    ready: Option<Ready>,
    request: Option<Request>,
    /// Seconds until a preparation or a client must have ended.
    deadline: Option<u32>,
    may_fail: Option<u32>,
    srun: Vec<Bash>,
    script: Bash,
    arguments: Vec<Bash>,
}

#[derive(Serialize)]
struct Ready {
    seconds: u32,
    lost: u32,
    url: Bash,
}

#[derive(Serialize)]
struct Request {
    url: Bash,
    body: Bash,
}

pub fn script(plan: &Plan, digest: String, templates: &Templates) -> Result<File, Diagnostic> {
    let job = Job {
        topology: folder_name(&plan.topology)?,
        mode: &plan.mode,
        digest,
        components: (0..plan.components.len()).map(|at| component(plan, at)).collect::<Result<_, _>>()?,
        run_folder: plan.run_folder.as_deref(),
        mounts: plan.steps.iter().flat_map(|step| &step.srun).any(is_mount),
        configs: filled(plan)?,
        steps: plan.steps.iter().map(|step| lines(plan, step)).collect::<Result<_, _>>()?,
    };
    let content = templates.render("job.sbatch", &job)?;
    Ok(File { path: "job.sbatch".to_owned(), content, executable: true })
}

fn component(plan: &Plan, index: usize) -> Result<Component<'_>, Diagnostic> {
    let component = &plan.components[index];
    let list = match plan.components.len() {
        1 => "SLURM_JOB_NODELIST".to_owned(),
        _ => format!("SLURM_JOB_NODELIST_HET_GROUP_{index}"),
    };
    Ok(Component {
        options: component.sbatch.iter().map(option).collect::<Result<_, _>>()?,
        nodes: component.nodes,
        list: Bash::new(list),
        domains: domains(plan, component),
    })
}

/// Those with a server on several nodes that must stay in its own.
fn domains<'a>(plan: &'a Plan, component: &plan::Component) -> Vec<Domain<'a>> {
    let kept = |step: &&Step| step.nodes.len() > 1 && plan.placement.one_domain.contains(&step.role);
    let inside = |domain: &plan::Domain| {
        let there = |step: &&Step| (domain.from..=domain.to).contains(&step.nodes[0].node);
        let steps = plan.steps.iter().filter(kept).filter(there).map(|step| step.name.as_str()).collect();
        Domain { first: domain.from - component.from, nodes: domain.to - domain.from + 1, steps }
    };
    let here = plan.placement.domains.iter().filter(|domain| component.has(domain.from));
    let mut domains: Vec<Domain> = here.map(inside).collect();
    domains.retain(|domain| !domain.steps.is_empty());
    domains.sort_by_key(|domain| std::cmp::Reverse(domain.nodes));
    domains
}

/// One line a rank: the index of its node. The job turns indices into names.
pub fn hostfiles(plan: &Plan) -> impl Iterator<Item = File> {
    plan.steps.iter().map(|step| File {
        path: format!("hostfiles/{}", step.name),
        content: step
            .nodes
            .iter()
            .map(|share| format!("{}\n", share.node).repeat(share.ranks as usize))
            .collect(),
        executable: false,
    })
}

/// The topology names the run folder.
fn folder_name(topology: &str) -> Result<&str, Diagnostic> {
    if topology.is_empty() || topology.contains('/') || topology.contains(char::is_control) {
        return Err(Diagnostic::error(
            "emit/topology-name",
            format!("a topology's name is part of a folder's name, which {topology:?} can't be"),
        )
        .help("use letters, digits, `-`, `_` and `.`"));
    }
    Ok(topology)
}

/// `#SBATCH` lines are no shell: sbatch splits them at blanks and knows simple quotes.
fn option(option: &SlurmOption) -> Result<Bash, Diagnostic> {
    let text = match &option.value {
        Some(value) => format!("--{}={}", option.name, sbatch_value(value)),
        None => format!("--{}", option.name),
    };
    if text.contains(char::is_control) {
        return Err(Diagnostic::error(
            "emit/sbatch",
            format!("an #SBATCH option is one line, and {text:?} holds a control character"),
        )
        .help("take it out of the option's value"));
    }
    Ok(Bash::new(text))
}

fn sbatch_value(value: &str) -> String {
    let special = |c: char| c.is_whitespace() || "'\"\\#".contains(c);
    if value.contains(special) {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

fn is_mount(word: &Word) -> bool {
    let lists =
        matches!(word.parts().first(), Some(WordPart::Text(text)) if text.starts_with("--container-mounts"));
    let of_job =
        |part: &WordPart| matches!(part, WordPart::Runtime { runtime: Runtime::RunFolder | Runtime::Bundle });
    lists && word.parts().iter().any(of_job)
}

fn filled(plan: &Plan) -> Result<Vec<Filled<'_>>, Diagnostic> {
    let waiting = plan.configs.iter().filter(|config| config.data.waits_for_job());
    waiting
        .map(|config| {
            let values = yaml::runtime_parts(&config.data)
                .into_iter()
                .map(|runtime| words::of_job(&Word::runtime(runtime)))
                .collect::<Result<_, _>>()?;
            Ok(Filled { name: &config.name, values })
        })
        .collect()
}

fn lines<'a>(plan: &'a Plan, step: &'a Step) -> Result<StepLines<'a>, Diagnostic> {
    let role = plan.role(step);
    let first = step.nodes.first().map_or(0, |share| share.node);
    let url = |port: u16, path: &str| {
        let url = Word::text("http://").then_runtime(Runtime::Node(first)).then(format!(":{port}{path}"));
        words::in_job(&url, step)
    };
    let answers = |ready: &crate::plan::Ready| match &ready.port {
        Some(name) => step.ports.iter().find(|range| range.name == *name).map(|range| range.from),
        None => step.port,
    };
    let ready = match (&role.ready, role.ready.as_ref().and_then(answers)) {
        (Some(ready), Some(port)) => Some(Ready {
            seconds: ready.timeout_seconds,
            lost: ready.lost_after_seconds,
            url: url(port, &ready.path)?,
        }),
        _ => None,
    };
    let request = match (&role.request, step.port) {
        (Some(request), Some(port)) => {
            Some(Request { url: url(port, &request.path)?, body: words::in_job(&request.body, step)? })
        }
        _ => None,
    };
    let script = Word::runtime(Runtime::Bundle).then(format!("/steps/{}.sh", role.name));
    let in_job = |word: &Word| words::in_job(word, step);
    Ok(StepLines {
        name: &step.name,
        // A step that decides the job is to the runtime what the client is, whatever it does besides.
        part: if role.decides { Part::Client } else { role.part },
        ends_itself: role.ends_itself,
        host: words::in_job(&Word::runtime(Runtime::Node(first)), step)?,
        after: step.after.iter().map(record).collect(),
        role: &step.role,
        component: plan.components.iter().position(|c| c.has(first)).filter(|_| plan.components.len() > 1),
        ready,
        request,
        deadline: role.preparation.as_ref().map(|p| p.timeout_seconds).or(role.timeout_seconds),
        may_fail: step.load.as_ref().map(|load| load.may_fail).filter(|count| *count > 0),
        srun: step.srun.iter().map(in_job).collect::<Result<_, _>>()?,
        script: in_job(&script)?,
        arguments: arguments(role.part, step).iter().map(in_job).collect::<Result<_, _>>()?,
    })
}

/// The record in the run folder that says that an edge holds.
fn record(edge: &Edge) -> String {
    let state = match edge.state {
        State::Leading => "leading",
        State::Ready => "ready",
        State::Done => "done",
    };
    format!("{}.{state}", edge.step)
}

/// What a step's script is told: steps of one role differ in nothing else.
fn arguments(part: Part, step: &Step) -> Vec<Word> {
    let mut words = vec![Word::text(&step.name), Word::text(&step.serving_type)];
    match part {
        Part::Worker | Part::Coordinator | Part::Service => {
            words.push(Word::text(step.port.map(|port| port.to_string()).unwrap_or_default()));
        }
        Part::Client if step.load.is_none() => {}
        Part::Client => {
            words.extend([Runtime::TargetHost, Runtime::TargetPort].map(Word::runtime));
            if step.load.as_ref().is_some_and(|load| load.concurrency.is_some()) {
                words.extend([Runtime::Concurrency, Runtime::Requests].map(Word::runtime));
            }
        }
        Part::Preparation => {}
    }
    if part == Part::Worker {
        words.extend(step.nodes.iter().map(|share| {
            let positions: Vec<String> = share.gpus.iter().map(u32::to_string).collect();
            Word::runtime(Runtime::Node(share.node)).then(format!("={}", positions.join(",")))
        }));
    }
    words
}
