//! From the resolved topology to what is to be placed, and what to say where that can't be.

use super::place::{self, Placement, Refused, Wishes};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::{Component, Origin, Resolved, Seat};
use crate::source::Span;

/// Places the servers, on nodes of each kind apart. Where wishes conflict that is reported, and the servers are placed
/// without any, so that what else is wrong is found, too.
pub fn placed(resolved: &Resolved, diagnostics: &mut Diagnostics) -> Placement {
    unknown_gpus(resolved, diagnostics);
    let parts = (0..resolved.components.len()).map(|index| Part { resolved, index }.placed(diagnostics));
    let of_server = resolved.pools.iter().flat_map(|pool| (0..pool.replicas.value).map(|_| pool.component));
    place::join(parts.collect(), of_server)
}

fn unknown_gpus(resolved: &Resolved, diagnostics: &mut Diagnostics) {
    let per_node = resolved.components.iter().map(|nodes| nodes.gpus_per_node.value).max().unwrap_or(0);
    for gpu in resolved.placement.exclude_gpus.iter().filter(|gpu| gpu.value >= per_node) {
        let error = Diagnostic::error("placement/gpu", format!("a node has no GPU {}", gpu.value));
        let error = error.label(gpu.span, format!("counts from 0 to {}", per_node - 1));
        diagnostics.push(error.help(format!(
            "the cluster has {per_node} GPUs a node; write positions below {per_node}, or leave it out"
        )));
    }
}

/// What is to be placed on the nodes of one component.
#[derive(Clone, Copy)]
struct Part<'a> {
    resolved: &'a Resolved,
    /// The component's.
    index: usize,
}

impl<'a> Part<'a> {
    fn nodes(self) -> &'a Component {
        &self.resolved.components[self.index]
    }

    fn is_here(self, pool: usize) -> bool {
        self.resolved.pools[pool].component == self.index
    }

    fn placed(self, diagnostics: &mut Diagnostics) -> Placement {
        let wishes = self.wishes();
        match place::place(&wishes) {
            Ok(placement) => {
                self.segment(&wishes, &placement, diagnostics);
                placement
            }
            Err(refused) => {
                diagnostics.push(conflict(self, &wishes, refused));
                let mut none = wishes;
                Wish::all(self).iter().for_each(|wish| wish.take_back(&mut none, self));
                place::place(&none).expect("without wishes servers always have a place")
            }
        }
    }

    /// Pools that are elsewhere keep their index, and have no servers here.
    fn wishes(self) -> Wishes {
        let Resolved { placement, pools, .. } = self.resolved;
        let excluded = |gpu: &u32| placement.exclude_gpus.iter().any(|excluded| excluded.value == *gpu);
        let pool = |(index, pool): (usize, &crate::resolve::Pool)| match self.is_here(index) {
            true => place::Pool {
                kind: pool.kind,
                servers: pool.replicas.value,
                // `check` has refused worlds beyond its limit; this only keeps the arithmetic in range.
                gpus: u32::try_from(pool.world()).unwrap_or(u32::MAX),
                alone: pool.whole_nodes.value,
                most: pool.servers_per_node.as_ref().map(|most| most.value),
                one_domain: pool.one_domain.value,
            },
            false => place::Pool {
                kind: pool.kind,
                servers: 0,
                gpus: 1,
                alone: false,
                most: None,
                one_domain: false,
            },
        };
        let set = |set: &Vec<usize>| -> Vec<usize> {
            set.iter().copied().filter(|pool| self.is_here(*pool)).collect()
        };
        let sets = |wishes: &[crate::resolve::placement::Wish]| -> Vec<place::Sets> {
            let here = |wish: &crate::resolve::placement::Wish| -> place::Sets {
                wish.pools.iter().map(set).filter(|set| !set.is_empty()).collect()
            };
            let several = |sets: place::Sets| if sets.len() > 1 { sets } else { Vec::new() };
            wishes.iter().map(here).map(several).collect()
        };
        Wishes {
            gpus: (0..self.nodes().gpus_per_node.value).filter(|gpu| !excluded(gpu)).collect(),
            domain_nodes: self.nodes().domain_nodes.value,
            segments: self.nodes().segment,
            pools: pools.iter().enumerate().map(pool).collect(),
            most: placement.servers_per_node.as_ref().map(|most| most.value),
            apart: sets(&placement.apart),
            together: sets(&placement.together),
            dedicated: self.index == 0 && wants_dedicated(self.resolved),
        }
    }

    /// `--segment` follows from the placement; without one the job must be lucky.
    fn segment(self, wishes: &Wishes, placement: &Placement, diagnostics: &mut Diagnostics) {
        let held =
            |(index, pool): &(usize, &crate::resolve::Pool)| pool.one_domain.value && self.is_here(*index);
        let Some((_, held)) = self.resolved.pools.iter().enumerate().find(held) else { return };
        let Origin::At(wish) = held.one_domain.origin else { return };
        let written = self.nodes().slurm.iter().find(|option| option.value.name == "segment");
        let asked = placement.components.first().and_then(|component| component.segment);
        match (asked, written) {
            (Some(size), Some(option))
                if option.value.value.as_deref() != Some(size.to_string().as_str()) =>
            {
                let Origin::At(span) = option.origin else { return };
                diagnostics.push(
                    Diagnostic::error(
                        "placement/segment",
                        format!("the job asks for segments of {size} nodes"),
                    )
                    .label(span, "another size")
                    .label(wish, "servers stay inside their domain")
                    .help("leave `--segment` out: it follows from the placement"),
                );
            }
            (None, _) if wishes.segments && placement.nodes > 1 => diagnostics.push(
                Diagnostic::warning(
                    "placement/unsegmented",
                    format!(
                        "no segments of up to {} nodes make up a job of {}",
                        wishes.domain_nodes, placement.nodes
                    ),
                )
                .label(wish, "servers stay inside their domain")
                .help(
                    "so the job can't ask Slurm for its domains, and servers may be cut in two: change the number of servers",
                ),
            ),
            _ => {}
        }
    }
}

/// Whether coordinator or client are to have a node for themselves.
fn wants_dedicated(resolved: &Resolved) -> bool {
    let server = resolved.server.as_ref();
    let tests_itself = resolved.harness.is_some() && server.is_none();
    let seats = server.map(|s| &s.seat).into_iter().chain((!tests_itself).then_some(&resolved.client.seat));
    seats.into_iter().any(|seat| matches!(seat, Seat::Dedicated(_)))
}

/// What can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    WholeNodes(usize),
    Most,
    MostOf(usize),
    OneDomain(usize),
    Exclude,
    Apart(usize),
    Together(usize),
}

impl Wish {
    fn all(part: Part) -> Vec<Wish> {
        let Resolved { placement, pools, .. } = part.resolved;
        let mut all = Vec::new();
        for (index, pool) in pools.iter().enumerate().filter(|(index, _)| part.is_here(*index)) {
            all.extend(pool.whole_nodes.value.then_some(Wish::WholeNodes(index)));
            all.extend(pool.servers_per_node.is_some().then_some(Wish::MostOf(index)));
            all.extend(pool.one_domain.value.then_some(Wish::OneDomain(index)));
        }
        all.extend(placement.servers_per_node.is_some().then_some(Wish::Most));
        all.extend((!placement.exclude_gpus.is_empty()).then_some(Wish::Exclude));
        all.extend((0..placement.apart.len()).map(Wish::Apart));
        all.extend((0..placement.together.len()).map(Wish::Together));
        all
    }

    fn take_back(self, wishes: &mut Wishes, part: Part) {
        match self {
            Wish::WholeNodes(pool) => wishes.pools[pool].alone = false,
            Wish::Most => wishes.most = None,
            Wish::MostOf(pool) => wishes.pools[pool].most = None,
            Wish::OneDomain(pool) => wishes.pools[pool].one_domain = false,
            Wish::Exclude => wishes.gpus = (0..part.nodes().gpus_per_node.value).collect(),
            Wish::Apart(index) => wishes.apart[index].clear(),
            Wish::Together(index) => wishes.together[index].clear(),
        }
    }

    /// Where it is written, and what it says.
    fn label(self, part: Part, wishes: &Wishes) -> Option<(Span, String)> {
        let Resolved { placement, pools, .. } = part.resolved;
        let at = |origin: Origin| match origin {
            Origin::At(span) => Some(span),
            Origin::Rule(_) => None,
        };
        Some(match self {
            Wish::WholeNodes(pool) => {
                (at(pools[pool].whole_nodes.origin)?, "each server has its nodes for itself".to_owned())
            }
            Wish::Most => {
                let most = placement.servers_per_node.as_ref()?;
                (most.span, format!("at most {} servers on a node", most.value))
            }
            Wish::MostOf(pool) => {
                let most = pools[pool].servers_per_node.as_ref()?;
                (
                    at(most.origin)?,
                    format!("at most {} of `{}` on a node", most.value, name(part.resolved, pool)),
                )
            }
            Wish::OneDomain(pool) => {
                (at(pools[pool].one_domain.origin)?, "no server leaves its NVLink domain".to_owned())
            }
            Wish::Exclude => {
                let (first, last) = (placement.exclude_gpus.first()?, placement.exclude_gpus.last()?);
                let span = Span { end: last.span.end, ..first.span };
                (
                    span,
                    format!(
                        "leaves {} of a node's {} GPUs",
                        wishes.gpus.len(),
                        part.nodes().gpus_per_node.value
                    ),
                )
            }
            Wish::Apart(index) => (placement.apart[index].head, "these share no node".to_owned()),
            Wish::Together(index) => {
                (placement.together[index].head, "these share all their nodes".to_owned())
            }
        })
    }

    /// The pools that it is about, if not all of them.
    fn pools(self, resolved: &Resolved) -> Vec<usize> {
        match self {
            Wish::OneDomain(pool) | Wish::WholeNodes(pool) | Wish::MostOf(pool) => vec![pool],
            Wish::Together(index) => resolved.placement.together[index].pools.concat(),
            Wish::Apart(_) | Wish::Most | Wish::Exclude => Vec::new(),
        }
    }
}

fn name(resolved: &Resolved, pool: usize) -> String {
    resolved.pools[pool].role.replacen('_', " ", 1)
}

/// Names the wishes that conflict: each of them is needed for it.
fn conflict(part: Part, wishes: &Wishes, refused: Refused) -> Diagnostic {
    let resolved = part.resolved;
    let mut conflicting = Wish::all(part);
    for wish in conflicting.clone() {
        let others: Vec<Wish> = conflicting.iter().copied().filter(|other| *other != wish).collect();
        let mut tried = wishes.clone();
        let taken_back = Wish::all(part).into_iter().filter(|wish| !others.contains(wish));
        taken_back.for_each(|wish| wish.take_back(&mut tried, part));
        if place::place(&tried).is_err() {
            conflicting = others;
        }
    }
    let message = match (refused, conflicting.len()) {
        (Refused::NotFound, _) => "among so many servers no placement was found that fulfils these wishes",
        (Refused::Impossible, 1) => "no placement fulfils this wish",
        (Refused::Impossible, _) => "no placement fulfils these wishes together",
    };
    let mut error = Diagnostic::error("placement/conflict", message);
    let mut labelled: Vec<Span> = Vec::new();
    // What is about several pools says more.
    for wish in conflicting.iter().rev() {
        if let Some((span, text)) = wish.label(part, wishes).filter(|(span, _)| !labelled.contains(span)) {
            labelled.push(span);
            error = error.label(span, text);
        }
    }
    let per_node = wishes.gpus.len().max(1) as u32;
    let mut pools: Vec<usize> = conflicting.iter().flat_map(|wish| wish.pools(resolved)).collect();
    pools.sort_unstable();
    pools.dedup();
    for pool in pools {
        error = error.label(resolved.pools[pool].head, size(&wishes.pools[pool], per_node));
    }
    if let (true, Origin::At(span)) =
        (conflicting.iter().any(|wish| matches!(wish, Wish::OneDomain(_))), part.nodes().domain_nodes.origin)
    {
        error = error.label(span, format!("nodes in a domain: {}", wishes.domain_nodes));
    }
    error.help(help(&conflicting))
}

/// `2 servers of 6 GPUs: a node and 2 GPUs of another`.
fn size(pool: &place::Pool, per_node: u32) -> String {
    let place::Pool { servers, gpus, .. } = *pool;
    let plural = if servers == 1 { "" } else { "s" };
    let (whole, rest) = (gpus / per_node, gpus % per_node);
    let on = match (whole, rest) {
        (0, _) => String::new(),
        (1, 0) => ", all of a node's".to_owned(),
        (_, 0) => format!(", {whole} whole nodes"),
        _ => format!(", {whole} whole and {rest} of another's {per_node}"),
    };
    format!("{servers} server{plural} of {gpus} GPU{}{on}", if gpus == 1 { "" } else { "s" })
}

fn help(conflicting: &[Wish]) -> &'static str {
    match conflicting {
        [Wish::Exclude] => "leave the servers at least one GPU of each node",
        [Wish::OneDomain(_)] => "make its servers smaller, or write `one-domain #false`",
        [Wish::Together(_)] => {
            "there must be room and enough servers of each for every node that they share: change their sizes or `replicas`, or take `together` out"
        }
        _ => "take one of them back, or change the servers' sizes or `replicas`",
    }
}
