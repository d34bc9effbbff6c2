//! Waits for the moment of each fault while the job runs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::time::{Duration, Instant};

use super::inject::{Hands, Injected, of_node};
use super::records::Records;
use super::{Fault, Step, When};
use crate::rehearse::cluster::Cluster;
use crate::rehearse::{Error, Rehearsal, processes, say};

/// How long a client has to run until there is load, and the same where nobody knows whom it asks.
const WARM: Duration = Duration::from_secs(1);
const WARM_UNSEEN: Duration = Duration::from_secs(2);

/// The faults of a rehearsal, from the first to the last.
pub struct Watch<'a> {
    cluster: &'a Cluster,
    /// Those that did not happen yet, and what the latest try lacked.
    pending: Vec<(&'a Fault, Option<String>)>,
    hands: Hands<'a>,
    /// The job's start.
    began: Option<Instant>,
    last: Option<Instant>,
    patience: Duration,
    clients: BTreeMap<String, Client>,
    problems: Vec<String>,
}

/// A client that runs.
struct Client {
    since: Instant,
    /// Somebody was seen to ask its target.
    asks: bool,
}

impl<'a> Watch<'a> {
    pub fn new(cluster: &'a Cluster, rehearsal: &Rehearsal<'a>) -> Self {
        Watch {
            cluster,
            pending: rehearsal.faults.iter().map(|fault| (fault, None)).collect(),
            hands: Hands::new(cluster),
            began: None,
            last: None,
            patience: rehearsal.patience,
            clients: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// Does what has to be done before the job is submitted.
    pub fn before_the_job(&mut self, out: &mut dyn Write) -> Result<(), Error> {
        self.inject(|_, when| *when == When::BeforeTheJob, "", out)
    }

    /// Does what is due. `runs`: Slurm says that the job does.
    pub fn look(&mut self, job: &str, runs: bool, out: &mut dyn Write) -> Result<(), Error> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let records = Records::of(self.cluster, job);
        if self.began.is_none() && (runs || records.exist()) {
            self.began = Some(Instant::now());
        }
        self.inject(|watch, when| watch.is_due(when, &records), job, out)
    }

    /// The nodes that Slurm does not reach any more.
    pub fn lost_nodes(&self) -> &BTreeSet<u32> {
        &self.hands.lost
    }

    /// Whether a fault makes the job wait until it may start again.
    pub fn has_requeued(&self) -> bool {
        self.hands.requeued
    }

    /// True once: when the job goes on for too long after the last fault.
    pub fn is_overdue(&mut self) -> bool {
        let overdue = self.last.is_some_and(|last| last.elapsed() > self.patience);
        if overdue {
            self.last = None;
            let seconds = self.patience.as_secs();
            self.problems.push(format!(
                "the job did not end by itself: {seconds} s after the last fault it was cancelled"
            ));
        }
        overdue
    }

    /// Takes back what would be in the way of reading what the job left, and says what went wrong with faults.
    pub fn end(mut self) -> Vec<String> {
        let never = self.pending.into_iter().map(|(fault, lacking)| {
            let why = lacking.unwrap_or_else(|| "its moment never came".to_owned());
            format!("the fault `{}` did not happen: {why}", fault.text)
        });
        self.problems.extend(never);
        self.problems
    }

    fn inject(
        &mut self,
        is_due: impl Fn(&mut Self, &When) -> bool,
        job: &str,
        out: &mut dyn Write,
    ) -> Result<(), Error> {
        for (fault, lacked) in std::mem::take(&mut self.pending) {
            if !is_due(self, &fault.when) {
                self.pending.push((fault, lacked));
                continue;
            }
            let moment = match self.began {
                None => "before the job's start".to_owned(),
                Some(began) => format!("{} s after the job's start", began.elapsed().as_secs()),
            };
            match self.hands.inject(&fault.what, job)? {
                Injected::Done(what) => {
                    say(out, &format!("fault: {what}, {moment}"))?;
                    self.last = Some(Instant::now());
                }
                Injected::NotYet(lacking) => self.pending.push((fault, Some(lacking))),
                Injected::Failed(why) => {
                    self.problems.push(format!("the fault `{}` did not happen: {why}", fault.text));
                }
            }
        }
        Ok(())
    }

    fn is_due(&mut self, when: &When, records: &Records) -> bool {
        let Some(began) = self.began else { return false };
        match when {
            When::BeforeTheJob => true,
            When::At(time) => began.elapsed() >= *time,
            When::Starts(steps) => steps.iter().any(|step| records.has_started(step)),
            When::Ready(steps) => steps.iter().any(|step| records.is_ready(step)),
            When::UnderLoad(clients) => {
                let running: Vec<_> = clients.iter().filter(|client| records.runs(client)).collect();
                running.into_iter().any(|client| self.is_loading(client))
            }
        }
    }

    fn is_loading(&mut self, client: &Step) -> bool {
        let state = self
            .clients
            .entry(client.name.clone())
            .or_insert_with(|| Client { since: Instant::now(), asks: false });
        let Some((node, port)) = client.target else { return state.since.elapsed() >= WARM_UNSEEN };
        if !state.asks {
            let processes = processes::within(&self.cluster.pid_namespace());
            state.asks = of_node(&processes, node).is_some_and(|one| is_asked(&one.connections(), port));
        }
        state.asks && state.since.elapsed() >= WARM
    }
}

/// Whether somebody is connected to this port, in the kernel's list of connections.
pub(super) fn is_asked(connections: &str, port: u16) -> bool {
    let local = format!(":{port:04X}");
    connections.lines().any(|line| {
        let mut words = line.split_whitespace().skip(1);
        // 01 is ESTABLISHED.
        words.next().is_some_and(|address| address.ends_with(&local)) && words.nth(1) == Some("01")
    })
}
