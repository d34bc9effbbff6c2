//! A plan as rows: what sits on each node's GPUs, and what else runs there.

use disaggc::plan::{Part, Plan, Step};

/// More nodes than this, and neighbours that look alike share a row.
const UNFOLDED: usize = 24;

/// One node, or several neighbours that look alike.
#[derive(Debug, Clone)]
pub struct Row {
    pub first: u32,
    pub last: u32,
    /// Those of each node.
    pub gpus: u32,
    pub seats: Vec<Seat>,
    pub others: Vec<Other>,
}

/// Neighbouring GPUs of one node that belong to one server.
#[derive(Debug, Clone)]
pub struct Seat {
    pub gpu: u32,
    pub gpus: u32,
    pub who: Who,
    /// First and last.
    pub ranks: (u32, u32),
}

/// A port that a server listens on, or a step without GPUs.
#[derive(Debug, Clone)]
pub struct Other {
    pub who: Who,
    /// First and last.
    pub ports: Option<(u16, u16)>,
    /// How often the client runs.
    pub times: usize,
    /// Whether it has GPUs too, on this node.
    pub seated: bool,
}

/// `ctx_0`, or `ctx_0` to `ctx_17`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    pub role: String,
    /// First and last; none for a step that is alone in its role.
    pub numbers: Option<(u32, u32)>,
}

/// A row for each node.
pub fn nodes(plan: &Plan) -> Vec<Row> {
    let mut rows: Vec<Row> = (0..plan.nodes)
        .map(|node| Row {
            first: node,
            last: node,
            gpus: plan.gpus_of(node),
            seats: Vec::new(),
            others: Vec::new(),
        })
        .collect();
    for step in &plan.steps {
        sit(step, &mut rows);
    }
    for row in &mut rows {
        row.seats.sort_by_key(|seat| seat.gpu);
    }
    for step in &plan.steps {
        if let Some(row) = step.nodes.first().and_then(|share| rows.get_mut(share.node as usize)) {
            stay(plan, step, row);
        }
    }
    rows
}

/// Neighbours that look alike share a row, if there are many nodes; those of two NVLink domains or kinds don't.
pub fn rows(plan: &Plan) -> Vec<Row> {
    let rows = nodes(plan);
    if rows.len() <= UNFOLDED {
        return rows;
    }
    let begins = |row: &Row| {
        plan.placement.domains.iter().any(|domain| domain.from == row.first)
            || plan.components.iter().any(|component| component.from == row.first)
    };
    let mut folded: Vec<Row> = Vec::new();
    for row in rows {
        match folded.last().filter(|_| !begins(&row)).and_then(|last| last.with_next(&row)) {
            Some(both) => *folded.last_mut().expect("it was just looked at") = both,
            None => folded.push(row),
        }
    }
    folded
}

/// Puts a step's ranks on their GPUs.
fn sit(step: &Step, rows: &mut [Row]) {
    let mut rank = 0;
    for share in &step.nodes {
        let Some(row) = rows.get_mut(share.node as usize) else { continue };
        let own = row.seats.len();
        // A process of its own for each GPU, or one for all of them.
        let each = u32::from(share.ranks as usize >= share.gpus.len());
        for &gpu in &share.gpus {
            match row.seats[own..].last_mut() {
                Some(seat) if seat.gpu + seat.gpus == gpu => {
                    seat.gpus += 1;
                    seat.ranks.1 = rank;
                }
                _ => row.seats.push(Seat { gpu, gpus: 1, who: Who::of(step), ranks: (rank, rank) }),
            }
            rank += each;
        }
        if each == 0 {
            rank += share.ranks;
        }
    }
}

/// Notes on its first node what a step has there beside GPUs.
fn stay(plan: &Plan, step: &Step, row: &mut Row) {
    // It runs everywhere, and is over before the rest begins.
    if plan.roles.iter().any(|role| role.name == step.role && role.part == Part::Preparation) {
        return;
    }
    let seated = step.nodes.iter().any(|share| !share.gpus.is_empty());
    if seated && step.port.is_none() {
        return;
    }
    let is_client = plan.roles.iter().any(|role| role.name == step.role && role.part == Part::Client);
    let who = if is_client { Who { role: step.role.clone(), numbers: None } } else { Who::of(step) };
    let other = Other { who, ports: step.port.map(|port| (port, port)), times: 1, seated };
    match row.others.last_mut() {
        Some(last) if is_client && last.who == other.who => last.times += 1,
        Some(last) => match last.with_next(&other, 1) {
            Some(both) => *last = both,
            None => row.others.push(other),
        },
        None => row.others.push(other),
    }
}

impl Row {
    /// This row and the next node's in one, if a reader can still tell which is which.
    fn with_next(&self, next: &Row) -> Option<Row> {
        if self.seats.len() != next.seats.len() {
            return None;
        }
        let seats: Vec<Seat> =
            self.seats.iter().zip(&next.seats).map(|(a, b)| a.with_next(b)).collect::<Option<_>>()?;
        let others = if next.others.is_empty() && self.others.iter().all(|other| other.seated) {
            self.others.clone()
        } else if self.others.len() == next.others.len() {
            let pairs = self.others.iter().zip(&next.others);
            pairs.map(|(a, b)| a.with_next(b, 0)).collect::<Option<_>>()?
        } else {
            return None;
        };
        Some(Row { first: self.first, last: next.last, gpus: self.gpus, seats, others })
    }
}

impl Seat {
    fn with_next(&self, next: &Seat) -> Option<Seat> {
        if (self.gpu, self.gpus) != (next.gpu, next.gpus) {
            return None;
        }
        if self.who == next.who && self.ranks.1 + 1 == next.ranks.0 {
            return Some(Seat { ranks: (self.ranks.0, next.ranks.1), ..self.clone() });
        }
        let who = self.who.with_next(&next.who)?;
        (self.ranks == next.ranks).then(|| Seat { who, ..self.clone() })
    }
}

impl Other {
    /// Both in one, where the next one's port is `step` more.
    fn with_next(&self, next: &Other, step: u16) -> Option<Other> {
        let who = self.who.with_next(&next.who)?;
        let ports = match (self.ports, next.ports) {
            (Some((first, last)), Some((port, to))) if last.checked_add(step) == Some(port) => {
                Some((first, to))
            }
            (None, None) => None,
            _ => return None,
        };
        (self.seated == next.seated).then_some(Other { who, ports, ..self.clone() })
    }
}

impl Who {
    fn of(step: &Step) -> Self {
        Who::named(&step.name, &step.role)
    }

    /// The step `name` of a role.
    pub fn named(name: &str, role: &str) -> Self {
        let number = name
            .strip_prefix(role)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(|number| number.parse().ok());
        match number {
            Some(number) => Who { role: role.to_owned(), numbers: Some((number, number)) },
            None => Who { role: name.to_owned(), numbers: None },
        }
    }

    /// Both in one, where `next` has the next number of the same role.
    pub fn with_next(&self, next: &Who) -> Option<Who> {
        let ((first, last), (number, to)) = (self.numbers?, next.numbers?);
        (self.role == next.role && last.checked_add(1) == Some(number))
            .then(|| Who { role: self.role.clone(), numbers: Some((first, to)) })
    }
}
