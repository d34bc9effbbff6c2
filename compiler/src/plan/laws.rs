//! The laws that every plan keeps, checked on the finished plan, whatever built it.

use std::collections::{BTreeMap, BTreeSet};

use super::ir::*;

/// What the plan breaks, one sentence each; empty for a legal plan.
pub fn broken(plan: &Plan) -> Vec<String> {
    let mut report = Vec::new();
    worlds(plan, &mut report);
    gpus(plan, &mut report);
    ports(plan, &mut report);
    header(plan, &mut report);
    components(plan, &mut report);
    launcher(plan, &mut report);
    environment(plan, &mut report);
    edges(plan, &mut report);
    preparation(plan, &mut report);
    report
}

fn ranks(step: &Step) -> u32 {
    step.nodes.iter().map(|share| share.ranks).sum()
}

fn has(step: &Step, option: &str) -> bool {
    step.srun.iter().any(|word| word.as_text() == Some(option))
}

fn gpu_count(step: &Step) -> usize {
    step.nodes.iter().map(|share| share.gpus.len()).sum()
}

/// 1: tp·pp·cp of a server = its GPUs; it has a rank for each of them, or for each of its nodes, and srun is
/// told so.
fn worlds(plan: &Plan, report: &mut Vec<String>) {
    for step in &plan.steps {
        let ranks = ranks(step);
        let role = plan.role(step);
        let alone = if role.part == Part::Preparation { step.nodes.len() as u32 } else { 1 };
        let world = role.parallel.map_or(0, |p| p.tp * p.pp * p.cp);
        let expected = match role.processes {
            None => alone,
            Some(Processes::Gpu) => world,
            Some(Processes::Node) => u32::try_from(step.nodes.len()).unwrap_or(u32::MAX),
        };
        if ranks != expected || gpu_count(step) != world as usize {
            report.push(format!(
                "{}: {ranks} ranks and {} GPUs, but tp·pp·cp is {world}",
                step.name,
                gpu_count(step)
            ));
        }
        if !has(step, &format!("--ntasks={ranks}")) || !has(step, &format!("--nodes={}", step.nodes.len())) {
            report.push(format!("{}: srun is told another number of ranks or nodes", step.name));
        }
        for share in &step.nodes {
            let fits = match role.processes {
                None => share.gpus.is_empty(),
                Some(Processes::Gpu) => share.gpus.len() == share.ranks as usize,
                Some(Processes::Node) => share.ranks == 1 && !share.gpus.is_empty(),
            };
            if !fits || (role.part == Part::Worker) != role.processes.is_some() {
                report.push(format!("{}: {} ranks with {} GPUs", step.name, share.ranks, share.gpus.len()));
            }
        }
    }
}

/// 2: every GPU belongs to one server; whole nodes first, at most one part of a node, last.
fn gpus(plan: &Plan, report: &mut Vec<String>) {
    let excluded = &plan.placement.excluded_gpus;
    let mut owner: BTreeMap<(u32, u32), &str> = BTreeMap::new();
    let mut used: BTreeSet<u32> = BTreeSet::new();
    // A preparation runs everywhere, and takes no GPU.
    for step in plan.steps.iter().filter(|s| plan.role(s).part != Part::Preparation) {
        let mut own_nodes = BTreeSet::new();
        let per_node = step.nodes.first().map_or(0, |share| plan.gpus_of(share.node));
        let usable = (0..per_node).filter(|gpu| !excluded.contains(gpu)).count();
        for (index, share) in step.nodes.iter().enumerate() {
            used.insert(share.node);
            if !own_nodes.insert(share.node) {
                report.push(format!("{}: node {} stands twice", step.name, share.node));
            }
            let last = index + 1 == step.nodes.len();
            if share.ranks == 0 || (!last && share.gpus.len() != usable) {
                report.push(format!("{}: a part of a node that is not the last", step.name));
            }
            for &gpu in &share.gpus {
                if gpu >= per_node {
                    report.push(format!("{}: GPU {gpu} on a node with {per_node}", step.name));
                }
                if excluded.contains(&gpu) || plan.placement.dedicated == Some(share.node) {
                    report.push(format!("{}: GPU {gpu} of node {} is nobody's", step.name, share.node));
                }
                if let Some(other) = owner.insert((share.node, gpu), &step.name) {
                    report.push(format!("GPU {gpu} of node {} is {other}'s and {}'s", share.node, step.name));
                }
            }
        }
        if gpu_count(step) <= usable && step.nodes.len() != 1 {
            report.push(format!("{}: fits one node, but is spread", step.name));
        }
    }
    if used != (0..plan.nodes).collect() {
        report.push(format!("{} nodes are counted, but the steps use {used:?}", plan.nodes));
    }
    if plan.nodes < plan.placement.minimum.nodes {
        report.push(format!(
            "{} nodes, but no plan has less than {}",
            plan.nodes, plan.placement.minimum.nodes
        ));
    }
    let domains: Vec<u32> =
        plan.placement.domains.iter().flat_map(|domain| domain.from..=domain.to).collect();
    let of_domains = |component: &&Component| domains.contains(&component.from);
    let there = plan.components.iter().filter(of_domains).flat_map(|c| c.from..c.from + c.nodes);
    if domains != there.collect::<Vec<_>>() {
        report.push("a node is in no domain, or in two".to_owned());
    }
}

/// 3: every (node, port) is used once; leaders on one node start one after the other where the
/// launcher looks for its port by itself.
fn ports(plan: &Plan, report: &mut Vec<String>) {
    let mut owner: BTreeMap<(u32, u16), &str> = BTreeMap::new();
    let mut leader: BTreeMap<u32, &str> = BTreeMap::new();
    for step in &plan.steps {
        let node = step.nodes[0].node;
        let role = plan.role(step);
        let listening = if role.processes == Some(Processes::Node) { step.nodes.len() } else { 1 };
        let mut own: Vec<u16> = step.ports.iter().flat_map(|range| range.from..=range.to).collect();
        own.extend(step.port);
        for share in &step.nodes[..listening] {
            for &port in &own {
                if let Some(other) = owner.insert((share.node, port), &step.name) {
                    report
                        .push(format!("port {port} of node {} is {other}'s and {}'s", share.node, step.name));
                }
            }
        }
        let asked = role.ready.as_ref().and_then(|ready| ready.port.as_ref());
        if asked.is_some_and(|name| !step.ports.iter().any(|range| range.name == *name)) {
            report.push(format!("{}: is asked on a port that it doesn't have", step.name));
        }
        if step.port.is_none() && !matches!(role.part, Part::Client | Part::Preparation) {
            report.push(format!("{}: serves without a port", step.name));
        }
        if role.launcher.as_ref().is_some_and(|l| l.address_variable.is_some())
            && let Some(previous) = leader.insert(node, &step.name)
            && !step.after.iter().any(|e| e.step == previous && e.state == State::Leading)
        {
            report.push(format!("{} does not wait until {previous} leads on node {node}", step.name));
        }
    }
}

/// 3: every `#SBATCH` number equals what the plan counts.
fn header(plan: &Plan, report: &mut Vec<String>) {
    let mut next = 0;
    for component in &plan.components {
        let value = |name: &str| {
            let found = component.sbatch.iter().find(|o| o.name == name);
            found.map(|o| o.value.clone().unwrap_or_default())
        };
        if value("nodes") != Some(component.nodes.to_string()) {
            report.push("--nodes is not the plan's number".to_owned());
        }
        let gpus = plan.asked_gpus(component);
        let gres = component.gres.as_ref().filter(|_| gpus > 0).map(|name| format!("{name}:{gpus}"));
        if value("gres") != gres {
            report.push("--gres is not the cluster's".to_owned());
        }
        if value("exclusive").is_none() != plan.placement.shared {
            report.push("whether others may use the nodes is not what is planned".to_owned());
        }
        let mut names = BTreeSet::new();
        for option in &component.sbatch {
            if !names.insert(&option.name) {
                report.push(format!("--{} stands twice", option.name));
            }
        }
        if component.from != next || component.nodes == 0 {
            report.push(format!("a component begins at node {}, not {next}", component.from));
        }
        next = component.from + component.nodes;
    }
    if next != plan.nodes {
        report.push(format!("{} nodes are counted, but the components have {next}", plan.nodes));
    }
}

/// A step stays inside one component, which srun is told where there are several.
fn components(plan: &Plan, report: &mut Vec<String>) {
    let several = plan.components.len() > 1;
    for step in &plan.steps {
        let inside = |component: &&Component| step.nodes.iter().all(|share| component.has(share.node));
        let group = plan.components.iter().position(|component| inside(&component));
        let told = step.srun.iter().filter_map(|word| word.as_text()?.strip_prefix("--het-group="));
        let expected = group.filter(|_| several).map(|group| group.to_string());
        if group.is_none() || told.map(str::to_owned).collect::<Vec<_>>() != Vec::from_iter(expected) {
            report.push(format!("{}: srun is told other nodes than its component's", step.name));
        }
    }
}

/// 4: a worker whose ranks are one each GPU has launcher and MPI exactly if the job has more than one node or
/// more than one GPU a node; the others have neither, and clear what would draw them into MPI.
fn launcher(plan: &Plan, report: &mut Vec<String>) {
    let large = plan.nodes > 1 || plan.most_gpus() > 1;
    for step in &plan.steps {
        let role = plan.role(step);
        let expected = large && role.processes == Some(Processes::Gpu);
        let mpi = step.srun.iter().any(|w| w.as_text().is_some_and(|t| t.starts_with("--mpi")));
        if role.launcher.is_some() != expected || mpi != expected {
            let verb = if expected { "lacks" } else { "has" };
            report.push(format!("{} {verb} the launcher or MPI", step.name));
        }
        if role.clear.is_empty() != expected {
            report.push(format!("{}: MPI's variables are cleared by the wrong steps", step.name));
        }
    }
}

/// 5: what is unset comes before what is set; no variable is set twice.
fn environment(plan: &Plan, report: &mut Vec<String>) {
    for role in &plan.roles {
        let mut names = BTreeSet::new();
        let mut setting = false;
        for variable in &role.env {
            setting |= variable.value.is_some();
            if setting && variable.value.is_none() {
                report.push(format!("{}: {} is unset after others are set", role.name, variable.name));
            }
            if !names.insert((&variable.name, variable.value.is_some())) {
                report.push(format!("{}: {} stands twice", role.name, variable.name));
            }
        }
    }
}

/// 6: a step waits for steps that stand before it, so there is no circle; names are unique.
fn edges(plan: &Plan, report: &mut Vec<String>) {
    let answering = |part: fn(Part) -> bool| -> Vec<&str> {
        let steps = plan.steps.iter().filter(|s| plan.role(s).ready.is_some() && part(plan.role(s).part));
        steps.map(|s| s.name.as_str()).collect()
    };
    let (services, servers) = (answering(|part| part == Part::Service), answering(|_| true));
    let clients: BTreeSet<&str> =
        plan.steps.iter().filter(|s| plan.role(s).part == Part::Client).map(|s| s.name.as_str()).collect();
    let mut before = BTreeSet::new();
    for step in &plan.steps {
        for edge in &step.after {
            if !before.contains(edge.step.as_str()) {
                report.push(format!("{} waits for {}, which does not stand before it", step.name, edge.step));
            }
        }
        if !before.insert(step.name.as_str()) {
            report.push(format!("two steps are named {}", step.name));
        }
        let awaited = |state: State| -> BTreeSet<&str> {
            step.after.iter().filter(|edge| edge.state == state).map(|edge| edge.step.as_str()).collect()
        };
        let ready = awaited(State::Ready);
        let part = plan.role(step).part;
        if matches!(part, Part::Worker | Part::Coordinator)
            && !services.iter().all(|name| ready.contains(name))
        {
            report.push(format!("{} does not wait for every service", step.name));
        }
        let first = part == Part::Client && awaited(State::Done).is_disjoint(&clients);
        if first && !servers.iter().all(|name| ready.contains(name)) {
            report.push(format!("{} does not wait for every server", step.name));
        }
    }
}

/// 6: a preparation runs once on every node, before everything else; nobody else has its commands.
fn preparation(plan: &Plan, report: &mut Vec<String>) {
    for role in &plan.roles {
        if (role.part == Part::Preparation) != role.preparation.is_some() {
            report.push(format!("{}: prepares the nodes, or is told nothing to do", role.name));
        }
    }
    let prepares = |step: &&Step| plan.role(step).part == Part::Preparation;
    let shares: Vec<&Share> = plan.steps.iter().filter(prepares).flat_map(|step| &step.nodes).collect();
    let once = |(index, share): (u32, &&Share)| share.node == index && share.ranks == 1;
    if !shares.is_empty() && (shares.len() != plan.nodes as usize || !(0..).zip(&shares).all(once)) {
        report.push("a preparation does not run once on every node".to_owned());
    }
    for step in plan.steps.iter().filter(prepares) {
        for other in plan.steps.iter().filter(|s| !prepares(s)) {
            if !other.after.iter().any(|e| e.step == step.name && e.state == State::Done) {
                report.push(format!("{} does not wait until {} is done", other.name, step.name));
            }
        }
    }
}
