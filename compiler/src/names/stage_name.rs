//! The names of the CI stages that run the performance tests. The pipeline reads them too: how many GPUs
//! and nodes a stage takes, and whether it is a disaggregated one.

use std::fmt;

use super::FormError;
use super::reader::Reader;

const BACKEND: &str = "PyTorch";
const TESTS: &str = "PerfSanity";
const DISAGGREGATED: &str = "Disagg";
const POST_MERGE: &str = "-Post-Merge";
/// The label of a stage that does not fail when a test became slower.
pub const FUNCTIONAL_ONLY: &str = "FUNCTIONAL-ONLY";

const WHAT: &str = "stage name";
const FORMS: &[&str] = &[
    "PLATFORM-n_GPUs-n_Nodes-PyTorch-Disagg-PerfSanity-[LABEL-]CTXn-NODEn-GPUn-GENn-NODEn-GPUn",
    "PLATFORM-n_GPUs-n_Nodes-PyTorch-PerfSanity-Noden-GPUn    aggregated, several nodes",
    "PLATFORM[-n_GPUs[-n_Nodes]]-PyTorch-PerfSanity           aggregated",
    "PLATFORM-n_GPUs-n_Nodes-PyTorch-PerfSanity-Disagg        older, disaggregated",
    "each with `-Post-Merge` and `-n`, the number of the stage among its like, behind it",
];

/// Servers of one kind and one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Servers {
    pub count: u32,
    /// Of one server.
    pub nodes: u32,
    /// Of one server.
    pub gpus: u32,
}

impl Servers {
    /// Servers that take whole nodes, as the stages' tests do.
    pub fn on_whole_nodes(count: u32, gpus: u32, gpus_per_node: u32) -> Self {
        Servers { count, nodes: gpus.div_ceil(gpus_per_node.max(1)), gpus }
    }

    fn all_nodes(self) -> u64 {
        u64::from(self.count) * u64::from(self.nodes)
    }
}

/// What a stage runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Disaggregated {
        label: Option<String>,
        ctx: Servers,
        generation: Servers,
    },
    /// Without the servers' shape: `…-PerfSanity-Disagg`.
    OlderDisaggregated,
    /// `server` is the nodes and GPUs of one test's server, which names of several nodes have.
    Aggregated {
        server: Option<(u32, u32)>,
    },
}

/// A stage's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageName {
    pub platform: String,
    /// None: one.
    pub gpus: Option<u32>,
    /// None: one.
    pub nodes: Option<u32>,
    pub kind: Kind,
    pub post_merge: bool,
    /// Which of several stages with the same name otherwise.
    pub number: Option<u32>,
}

impl StageName {
    /// The stage for these servers, each on whole nodes.
    pub fn disaggregated(
        platform: &str,
        gpus_per_node: u32,
        ctx: Servers,
        generation: Servers,
    ) -> Result<Self, FormError> {
        let nodes = ctx.all_nodes() + generation.all_nodes();
        Self::with(platform, gpus_per_node, nodes, Kind::Disaggregated { label: None, ctx, generation })
    }

    /// The stage for one server of so many GPUs that is measured alone.
    pub fn aggregated(platform: &str, gpus_per_node: u32, gpus: u32) -> Result<Self, FormError> {
        let Servers { nodes, .. } = Servers::on_whole_nodes(1, gpus, gpus_per_node);
        let server = (nodes > 1).then_some((nodes, gpus));
        Self::with(platform, gpus_per_node, nodes.into(), Kind::Aggregated { server })
    }

    fn with(platform: &str, gpus_per_node: u32, nodes: u64, kind: Kind) -> Result<Self, FormError> {
        let fit = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let (gpus, nodes) = (fit(nodes.saturating_mul(gpus_per_node.into())), fit(nodes));
        let one = matches!(kind, Kind::Aggregated { server: None });
        let made = StageName {
            platform: platform.to_owned(),
            gpus: (!one || gpus != 1).then_some(gpus),
            nodes: (!one).then_some(nodes),
            kind,
            post_merge: false,
            number: None,
        };
        Self::parse(&made.to_string())
    }

    pub fn parse(text: &str) -> Result<Self, FormError> {
        let mut reader = Reader::new(text, WHAT, FORMS);
        let platform = reader.take_while(|c| c.is_ascii_alphanumeric() || c == '_').to_owned();
        if platform.is_empty() {
            return Err(reader.error("a platform's name (letters, digits, _)"));
        }
        reader.expect("-")?;
        let gpus = counted(&mut reader, "GPUs")?;
        let nodes = if gpus.is_some() { counted(&mut reader, "Nodes")? } else { None };
        reader.expect(BACKEND)?;
        reader.expect("-")?;
        let disaggregated = reader.take(DISAGGREGATED) && reader.take("-");
        reader.expect(TESTS)?;
        let kind = match disaggregated {
            true => shape(&mut reader)?,
            false if reader.take("-Disagg") => Kind::OlderDisaggregated,
            false => Kind::Aggregated { server: server(&mut reader)? },
        };
        if nodes.is_none() && !matches!(kind, Kind::Aggregated { server: None }) {
            let backend = &text[text.find(BACKEND).unwrap_or(0)..];
            let missing = if gpus.is_some() { "`n_Nodes-`" } else { "`n_GPUs-n_Nodes-`" };
            return Err(reader.error_at(backend, missing));
        }
        let post_merge = reader.take(POST_MERGE);
        let number = if reader.take("-") { Some(reader.number("the stage's number")?) } else { None };
        reader.end(match (post_merge, number) {
            (_, Some(_)) => "the end",
            (true, None) => "`-n`",
            (false, None) => "`-Post-Merge`, `-n`",
        })?;
        Ok(StageName { platform, gpus, nodes, kind, post_merge, number })
    }

    /// Where the numbers of the name contradict each other: one sentence each.
    pub fn contradictions(&self) -> Vec<String> {
        let nodes = u64::from(self.nodes.unwrap_or(1));
        let gpus = u64::from(self.gpus.unwrap_or(1));
        if !gpus.is_multiple_of(nodes) {
            return vec![format!("{gpus} GPUs can't be spread evenly over {nodes} nodes")];
        }
        let per_node = gpus / nodes;
        let mut found = Vec::new();
        let mut fits = |name: &str, gpus: u32, written: u32| {
            let needed = u64::from(gpus).div_ceil(per_node);
            if needed != u64::from(written) {
                found.push(format!(
                    "{name}: {gpus} GPUs with {per_node} on a node make NODE{needed}, not NODE{written}"
                ));
            }
        };
        let total = match &self.kind {
            Kind::Disaggregated { ctx, generation, .. } => {
                fits("CTX", ctx.gpus, ctx.nodes);
                fits("GEN", generation.gpus, generation.nodes);
                ctx.all_nodes() + generation.all_nodes()
            }
            Kind::Aggregated { server: Some((server_nodes, server_gpus)) } => {
                fits("aggregated", *server_gpus, *server_nodes);
                u64::from(*server_nodes)
            }
            Kind::Aggregated { server: None } | Kind::OlderDisaggregated => nodes,
        };
        if total != nodes {
            found.push(format!("the servers take {total} nodes, the name says {nodes}"));
        }
        found
    }
}

/// `n_UNIT-`, if a number comes next.
fn counted(reader: &mut Reader, unit: &str) -> Result<Option<u32>, FormError> {
    if !reader.rest().starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(None);
    }
    let count = reader.number(unit)?;
    reader.expect(&format!("_{unit}-"))?;
    Ok(Some(count))
}

/// `-[LABEL-]CTXn-NODEn-GPUn-GENn-NODEn-GPUn`
fn shape(reader: &mut Reader) -> Result<Kind, FormError> {
    reader.expect("-")?;
    let rest = reader.rest();
    let Some(label) = before_ctx(rest) else {
        return Err(reader.error("`CTXn`, or a label and `-CTXn`,"));
    };
    if let Some(label) = label {
        let plain = label.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        if !plain || !label.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err(reader.error("a label (letters, digits, _ -)"));
        }
        reader.take(label);
        reader.expect("-")?;
    }
    let ctx = servers(reader, "CTX")?;
    reader.expect("-")?;
    let generation = servers(reader, "GEN")?;
    Ok(Kind::Disaggregated { label: label.map(str::to_owned), ctx, generation })
}

/// The label that stands before `CTXn`, if one does; None where there is no `CTXn`.
fn before_ctx(text: &str) -> Option<Option<&str>> {
    let begins =
        |part: &str| part.strip_prefix("CTX").is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit()));
    if begins(text) {
        return Some(None);
    }
    text.match_indices('-').find(|(at, _)| begins(&text[at + 1..])).map(|(at, _)| Some(&text[..at]))
}

fn servers(reader: &mut Reader, name: &str) -> Result<Servers, FormError> {
    reader.expect(name)?;
    let count = reader.number("a number of servers")?;
    reader.expect("-NODE")?;
    let nodes = reader.number("a server's nodes")?;
    reader.expect("-GPU")?;
    Ok(Servers { count, nodes, gpus: reader.number("a server's GPUs")? })
}

/// `-Noden-GPUn`, if it comes next.
fn server(reader: &mut Reader) -> Result<Option<(u32, u32)>, FormError> {
    if !reader.take("-Node") {
        return Ok(None);
    }
    let nodes = reader.number("a server's nodes")?;
    reader.expect("-GPU")?;
    Ok(Some((nodes, reader.number("a server's GPUs")?)))
}

impl fmt::Display for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-NODE{}-GPU{}", self.count, self.nodes, self.gpus)
    }
}

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.platform)?;
        self.gpus.map_or(Ok(()), |gpus| write!(f, "-{gpus}_GPUs"))?;
        self.nodes.map_or(Ok(()), |nodes| write!(f, "-{nodes}_Nodes"))?;
        write!(f, "-{BACKEND}-")?;
        match &self.kind {
            Kind::Disaggregated { label, ctx, generation } => {
                write!(f, "{DISAGGREGATED}-{TESTS}-")?;
                label.iter().try_for_each(|label| write!(f, "{label}-"))?;
                write!(f, "CTX{ctx}-GEN{generation}")?;
            }
            Kind::OlderDisaggregated => write!(f, "{TESTS}-{DISAGGREGATED}")?,
            Kind::Aggregated { server: None } => write!(f, "{TESTS}")?,
            Kind::Aggregated { server: Some((nodes, gpus)) } => write!(f, "{TESTS}-Node{nodes}-GPU{gpus}")?,
        }
        if self.post_merge {
            write!(f, "{POST_MERGE}")?;
        }
        self.number.map_or(Ok(()), |number| write!(f, "-{number}"))
    }
}

#[cfg(test)]
#[path = "stage_name_tests.rs"]
mod tests;
