//! What can be written, and what is said about what can't.

use std::time::Duration;

use super::watch::is_asked;
use super::{Fault, Step, Steps, What, When};

fn step(name: &str, role: &str, ranks: u32) -> Step {
    let is_client = role == "benchmark";
    Step {
        name: name.to_owned(),
        role: role.to_owned(),
        node: 1,
        ranks,
        port: (!is_client).then_some(8000),
        gets_ready: !is_client,
        is_client,
        target: is_client.then_some((1, 8000)),
    }
}

/// Four nodes.
fn steps() -> Steps {
    let list = vec![
        step("etcd", "etcd", 1),
        step("gen_0", "gen", 4),
        step("ctx_long_0", "ctx_long", 1),
        step("ctx_long_1", "ctx_long", 1),
        step("server", "server", 1),
        step("benchmark_8", "benchmark", 1),
        step("benchmark_16", "benchmark", 1),
    ];
    Steps { list, nodes: 4 }
}

fn parse(text: &str) -> Fault {
    Fault::parse(text, &steps()).unwrap_or_else(|why| panic!("{text}: {why}"))
}

#[test]
fn everything_that_can_be_broken_can_be_written() {
    let find = |name: &str| steps().find(name);
    for (text, what) in [
        ("kill gen[0]", What::Kill { steps: find("gen_0"), rank: 0 }),
        ("kill gen_0 rank 3", What::Kill { steps: find("gen_0"), rank: 3 }),
        ("kill etcd", What::Kill { steps: find("etcd"), rank: 0 }),
        (
            "kill benchmark",
            What::Kill { steps: [find("benchmark_8"), find("benchmark_16")].concat(), rank: 0 },
        ),
        ("kill benchmark[16]", What::Kill { steps: find("benchmark_16"), rank: 0 }),
        ("hang ctx-long[1]", What::Hang(find("ctx_long_1"))),
        ("hang ctx_long[1]", What::Hang(find("ctx_long_1"))),
        ("cut node 4", What::Cut(4)),
        ("kill slurmd node 1", What::KillSlurmd(1)),
        ("restart  slurmctld", What::RestartSlurmctld),
        ("cancel", What::Cancel),
        ("requeue", What::Requeue),
        ("full disk", What::FullDisk),
        ("take port server", What::TakePort { step: find("server")[0].clone(), port: 8000 }),
    ] {
        let fault = parse(&format!(" {text}  at 5s"));
        assert_eq!(fault.what, what, "{text}");
        assert_eq!(fault.when, When::At(Duration::from_secs(5)), "{text}");
    }
}

#[test]
fn every_moment_can_be_written() {
    let find = |name: &str| steps().find(name);
    for (text, when) in [
        ("at 0s", When::At(Duration::ZERO)),
        ("when gen[0] starts", When::Starts(find("gen_0"))),
        ("when benchmark starts", When::Starts(find("benchmark"))),
        ("when server is ready", When::Ready(find("server"))),
        ("under load", When::UnderLoad(find("benchmark"))),
    ] {
        assert_eq!(parse(&format!("cancel {text}")).when, when, "{text}");
    }
    assert_eq!(parse("take port gen[0]").when, When::BeforeTheJob);
    assert_eq!(parse("full disk").when, When::BeforeTheJob);
    assert_eq!(parse(" full   disk ").text, "full disk");
}

/// The word that each message points at, and what it says.
#[test]
fn what_is_wrong_is_pointed_at() {
    for (text, pointed, words) in [
        ("", "", "no fault begins like this"),
        ("kil gen[0]", "kil", "kill STEP, kill STEP rank N"),
        ("kill", "", "the steps of its plan: etcd, gen[0], ctx-long[0], ctx-long[1], server, benchmark[8]"),
        ("kill gen[1] at 5s", "gen[1]", "the topology has no such step"),
        ("kill gen at 5s", "gen", "the topology has no such step"),
        ("kill gen[0 at 5s", "gen[0", "the topology has no such step"),
        ("kill ctx[1] at 5s", "ctx[1]", "the topology has no such step"),
        ("kill gen[0] rank 4 at 5s", "4", "its ranks are 0 to 3"),
        ("kill server rank 1 at 5s", "1", "its only rank is 0"),
        ("kill gen[0] rank -1 at 5s", "-1", "its ranks are 0 to 3"),
        ("cut node 5 at 5s", "5", "its nodes are 1 to 4"),
        ("cut node 0 at 5s", "0", "its nodes are 1 to 4"),
        ("cut 4 at 5s", "4", "here stands `node`"),
        ("kill slurmd node", "", "the job has no such node"),
        ("restart slurmd at 5s", "slurmd", "here stands `slurmctld`"),
        ("full", "", "here stands `disk`"),
        ("take port benchmark", "benchmark", "the steps that have one: etcd, gen[0]"),
        ("kill gen[0]", "", "add one of: at 5s, when STEP starts"),
        ("kill gen[0] now", "now", "this is no moment"),
        ("cancel at 5", "5", "write it as `at 5s`"),
        ("cancel at -5s", "-5s", "write it as `at 5s`"),
        ("cancel at", "", "write it as `at 5s`"),
        ("cancel at 99999999999999999999999s", "99999999999999999999999s", "no number of seconds"),
        ("cancel when gen[0]", "", "a step `starts` or `is ready`"),
        ("cancel when gen[0] is gone", "gone", "here stands `ready`"),
        ("cancel when benchmark is ready", "benchmark", "the steps that get ready: etcd, gen[0]"),
        ("cancel under pressure", "pressure", "here stands `load`"),
        ("cancel at 5s please", "please", "a further fault is a `--fault` of its own"),
        ("hang gän[0] at 5s", "gän[0]", "the topology has no such step"),
        ("cancel\tat\t5m", "5m", "write it as `at 5s`"),
    ] {
        let why = Fault::parse(text, &steps()).expect_err(text);
        assert!(why.contains(words), "{text}: {why}");
        let lines: Vec<&str> = why.lines().collect();
        let place = |line: &str, is: fn(&char) -> bool| line.chars().take_while(|c| !is(c)).count();
        let first = place(lines[2], |c| *c == '^');
        let width = lines[2].chars().filter(|c| *c == '^').count();
        let seen: String = lines[1].chars().skip(first).take(width).collect();
        assert_eq!(seen, pointed, "{why}");
        assert!(lines[3].starts_with("help: "), "{why}");
    }
}

#[test]
fn load_needs_a_client() {
    let list = vec![step("server", "server", 1)];
    let why = Fault::parse("cancel under load", &Steps { list, nodes: 1 }).expect_err("no client");
    assert!(why.contains("no client that could make any load"), "{why}");
}

#[test]
fn a_connection_to_the_port_is_seen() {
    let head = "  sl  local_address rem_address   st tx_queue rx_queue\n";
    for (line, asked) in [
        ("   0: 02004D0A:1F40 02004D0A:C001 01 00000000:00000000", true),
        ("   0: 00000000:1F40 00000000:0000 0A 00000000:00000000", false),
        ("   0: 02004D0A:C001 02004D0A:1F40 01 00000000:00000000", false),
        ("   0: 02004D0A:1F41 02004D0A:C001 01 00000000:00000000", false),
        ("", false),
    ] {
        assert_eq!(is_asked(&format!("{head}{line}\n"), 8000), asked, "{line}");
    }
}
