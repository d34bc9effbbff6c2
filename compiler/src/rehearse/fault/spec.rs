//! How a fault is written: `WHAT WHEN`, words separated by blanks.
//!
//! ```text
//! WHAT = kill STEP [rank N] | hang STEP | take port STEP | cut node N | kill slurmd node N
//!      | restart slurmctld | full disk | cancel | requeue
//! WHEN = at Ns | when STEP starts | when STEP is ready | under load
//! ```

use std::time::Duration;

use super::{Fault, Step, Steps, What, When};

const WHAT: &str = "kill STEP, kill STEP rank N, kill slurmd node N, hang STEP, cut node N, restart slurmctld, cancel, requeue, full disk, take port STEP";
const WHEN: &str = "at 5s, when STEP starts, when STEP is ready, under load";

pub fn parse(text: &str, steps: &Steps) -> Result<Fault, String> {
    let mut words = Words { text, at: 0, steps };
    let what = words.what()?;
    let may_come_before = matches!(what, What::FullDisk | What::TakePort { .. });
    let when = if may_come_before && words.peek().is_empty() { When::BeforeTheJob } else { words.when()? };
    words.end()?;
    Ok(Fault { text: text.split_whitespace().collect::<Vec<_>>().join(" "), what, when })
}

/// The words that are still to be read.
struct Words<'a> {
    text: &'a str,
    /// How many bytes were read.
    at: usize,
    steps: &'a Steps,
}

impl<'a> Words<'a> {
    fn what(&mut self) -> Result<What, String> {
        match self.peek() {
            "kill" => {
                self.take();
                if self.peek() == "slurmd" {
                    self.take();
                    return Ok(What::KillSlurmd(self.node()?));
                }
                let steps = self.step()?;
                let rank = if self.peek() == "rank" { self.rank(&steps)? } else { 0 };
                Ok(What::Kill { steps, rank })
            }
            "hang" => {
                self.take();
                Ok(What::Hang(self.step()?))
            }
            "cut" => {
                self.take();
                Ok(What::Cut(self.node()?))
            }
            "restart" => {
                self.take();
                self.word("slurmctld", WHAT)?;
                Ok(What::RestartSlurmctld)
            }
            "cancel" => {
                self.take();
                Ok(What::Cancel)
            }
            "requeue" => {
                self.take();
                Ok(What::Requeue)
            }
            "full" => {
                self.take();
                self.word("disk", WHAT)?;
                Ok(What::FullDisk)
            }
            "take" => {
                self.take();
                self.word("port", WHAT)?;
                self.port()
            }
            _ => Err(self.fault("no fault begins like this", &format!("what can be broken: {WHAT}"))),
        }
    }

    fn when(&mut self) -> Result<When, String> {
        match self.peek() {
            "at" => {
                self.take();
                let seconds = self.peek().strip_suffix('s').and_then(|number| number.parse().ok());
                let Some(seconds) = seconds else {
                    return Err(self.fault(
                        "this is no number of seconds",
                        "write it as `at 5s`: so long after the job's start",
                    ));
                };
                self.take();
                Ok(When::At(Duration::from_secs(seconds)))
            }
            "when" => {
                self.take();
                let began = self.at;
                let steps = self.step()?;
                match self.peek() {
                    "starts" => {
                        self.take();
                        Ok(When::Starts(steps))
                    }
                    "is" => {
                        self.take();
                        self.word("ready", WHEN)?;
                        if steps.iter().all(|step| step.gets_ready) {
                            return Ok(When::Ready(steps));
                        }
                        self.at = began;
                        let known = self.steps.titles(|step| step.gets_ready);
                        Err(self.fault(
                            "nobody asks this step whether it is ready",
                            &format!("the steps that get ready: {known}"),
                        ))
                    }
                    _ => {
                        Err(self
                            .fault("a step `starts` or `is ready`", &format!("the moments known: {WHEN}")))
                    }
                }
            }
            "under" => {
                let began = self.at;
                self.take();
                self.word("load", WHEN)?;
                let clients = self.steps.clients();
                if clients.is_empty() {
                    self.at = began;
                    return Err(self.fault(
                        "the topology has no client that could make any load",
                        "take another moment: `at 5s`, `when STEP starts` or `when STEP is ready`",
                    ));
                }
                Ok(When::UnderLoad(clients))
            }
            "" => Err(self.fault("it does not say when", &format!("add one of: {WHEN}"))),
            _ => Err(self.fault("this is no moment", &format!("the moments known: {WHEN}"))),
        }
    }

    fn step(&mut self) -> Result<Vec<Step>, String> {
        let found = self.steps.find(self.peek());
        if found.is_empty() {
            let known = self.steps.titles(|_| true);
            return Err(
                self.fault("the topology has no such step", &format!("the steps of its plan: {known}"))
            );
        }
        self.take();
        Ok(found)
    }

    fn rank(&mut self, steps: &[Step]) -> Result<u32, String> {
        self.take();
        let ranks = steps.iter().map(|step| step.ranks).min().unwrap_or(0);
        let rank = self.peek().parse().ok().filter(|rank| *rank < ranks);
        let Some(rank) = rank else {
            let known =
                if ranks == 1 { "its only rank is 0".to_owned() } else { range("ranks", 0, ranks - 1) };
            return Err(self.fault("the step has no such rank", &known));
        };
        self.take();
        Ok(rank)
    }

    fn node(&mut self) -> Result<u32, String> {
        self.word("node", WHAT)?;
        let nodes = self.steps.nodes;
        let node = self.peek().parse().ok().filter(|node| (1..=nodes).contains(node));
        let Some(node) = node else {
            let known = if nodes == 1 { "its only node is 1".to_owned() } else { range("nodes", 1, nodes) };
            return Err(self.fault("the job has no such node", &known));
        };
        self.take();
        Ok(node)
    }

    fn port(&mut self) -> Result<What, String> {
        let began = self.at;
        if let [step] = self.step()?.as_slice()
            && let Some(port) = step.port
        {
            return Ok(What::TakePort { step: step.clone(), port });
        }
        self.at = began;
        let known = self.steps.titles(|step| step.port.is_some());
        Err(self.fault("this step has no port", &format!("the steps that have one: {known}")))
    }

    fn word(&mut self, expected: &str, known: &str) -> Result<(), String> {
        if self.peek() == expected {
            self.take();
            return Ok(());
        }
        Err(self.fault(&format!("here stands `{expected}`, or it is no fault"), &format!("known: {known}")))
    }

    fn end(&self) -> Result<(), String> {
        if self.peek().is_empty() {
            return Ok(());
        }
        Err(self.fault("nothing more can stand here", "a further fault is a `--fault` of its own"))
    }

    /// Where the next word begins, or the end.
    fn next(&self) -> usize {
        let rest = &self.text[self.at..];
        self.at + rest.len() - rest.trim_start().len()
    }

    /// The next word; empty at the end.
    fn peek(&self) -> &'a str {
        self.text[self.next()..].split_whitespace().next().unwrap_or_default()
    }

    fn take(&mut self) {
        self.at = self.next() + self.peek().len();
    }

    /// A message that points at the next word.
    fn fault(&self, what: &str, help: &str) -> String {
        let text = self.text.replace(char::is_control, " ");
        let before = self.text[..self.next()].chars().count();
        // At the end there is no word, and a place after a blank to point at.
        let missing = usize::from(self.peek().is_empty() && !self.text.ends_with(char::is_whitespace));
        let width = self.peek().chars().count().max(1);
        let blanks = " ".repeat(before + missing);
        format!("`--fault`: {what}\n  {text}\n  {blanks}{}\nhelp: {help}", "^".repeat(width))
    }
}

fn range(what: &str, first: u32, last: u32) -> String {
    format!("its {what} are {first} to {last}")
}
