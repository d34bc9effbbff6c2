//! What is said about the benchmark's requests, and whether the program that makes them has a use for it.

pub mod requests;
pub mod rounds;
pub mod unused;
pub mod variable;

use super::Subject;
use crate::stdlib::client::Client;
use crate::topology::ast::Benchmark;

/// The benchmark and its client. Tests bring their own.
fn client<'a>(subject: &Subject<'a>) -> Option<(&'a Benchmark, &'a Client)> {
    let benchmark = subject.topology.benchmark.as_ref().filter(|_| subject.topology.harness.is_none())?;
    let asked = benchmark.client.as_ref().map(|client| client.value.as_str());
    Some((benchmark, subject.engine?.client(asked)?))
}
