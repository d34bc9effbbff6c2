//! The plan's steps, as a fault names them: `gen[0]` is gen_0, `ctx-long[1]` is ctx_long_1.

use disaggc::plan::{Part, Plan};

/// What a fault has to know of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `gen_0`, as the job calls it.
    pub name: String,
    pub(super) role: String,
    /// The node of its first rank, from 1.
    pub node: u32,
    pub ranks: u32,
    pub port: Option<u16>,
    /// Whether it says when it is ready.
    pub gets_ready: bool,
    pub is_client: bool,
    /// The node and port that a client asks.
    pub target: Option<(u32, u16)>,
}

impl Step {
    /// The name with brackets.
    pub fn title(&self) -> String {
        let role = self.role.replace('_', "-");
        match self.name.strip_prefix(&self.role).and_then(|rest| rest.strip_prefix('_')) {
            Some(index) => format!("{role}[{index}]"),
            None => self.name.replace('_', "-"),
        }
    }

    fn is_called(&self, word: &str) -> bool {
        word == self.name || word.replace('_', "-") == self.title().replace('_', "-")
    }
}

/// All steps of a job, and how many nodes it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Steps {
    pub(super) list: Vec<Step>,
    pub nodes: u32,
}

impl Steps {
    /// Those of the plan.
    pub fn of(plan: &Plan) -> Self {
        let step = |step: &disaggc::plan::Step| {
            let role = plan.role(step);
            Step {
                name: step.name.clone(),
                role: step.role.clone(),
                node: step.nodes.first().map_or(1, |share| share.node + 1),
                ranks: step.nodes.iter().map(|share| share.ranks).sum(),
                port: step.port,
                gets_ready: role.ready.is_some(),
                is_client: role.part == Part::Client,
                target: step.load.as_ref().map(|load| (load.target_node + 1, load.target_port)),
            }
        };
        Steps { list: plan.steps.iter().map(step).collect(), nodes: plan.nodes }
    }

    /// The step of this name, or all of a client's, which run one after the other.
    pub fn find(&self, word: &str) -> Vec<Step> {
        if let Some(step) = self.list.iter().find(|step| step.is_called(word)) {
            return vec![step.clone()];
        }
        let is_one = |step: &&Step| step.is_client && step.role.replace('_', "-") == word.replace('_', "-");
        self.list.iter().filter(is_one).cloned().collect()
    }

    pub fn clients(&self) -> Vec<Step> {
        self.list.iter().filter(|step| step.is_client).cloned().collect()
    }

    /// The names of those that a fault can be about: `gen[0], server`.
    pub fn titles(&self, which: impl Fn(&Step) -> bool) -> String {
        let titles: Vec<_> = self.list.iter().filter(|step| which(step)).map(Step::title).collect();
        if titles.is_empty() { "none".to_owned() } else { titles.join(", ") }
    }
}
