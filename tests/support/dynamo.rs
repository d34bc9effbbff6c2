//! What Dynamo's processes log about requests.

use std::collections::BTreeSet;

use super::rehearsal::Rehearsal;

/// In a frontend's line about a request that went well.
pub const ANSWERED: [&str; 2] = ["request completed", "status=success"];

/// The values of `NAME=VALUE` in the lines of a log that have all of `words`.
pub fn values<'a>(log: &'a str, words: &[&str], name: &str) -> Vec<&'a str> {
    let value = |line: &'a str| line.split_once(&format!(" {name}="))?.1.split_whitespace().next();
    log.lines().filter(|line| words.iter().all(|word| line.contains(word))).filter_map(value).collect()
}

/// Every request went through one of `prefill` and one of `decode` worker steps, and none was idle.
pub fn assert_routed(rehearsal: &Rehearsal, prefill: &[&str], decode: &[&str], requests: usize) {
    let log = rehearsal.log("server");
    for (name, steps) in [("prefill_worker_id", prefill), ("decode_worker_id", decode)] {
        let through = values(&log, &ANSWERED, name);
        assert_eq!(through.len(), requests, "{name}: {log}");
        let through: BTreeSet<&str> = through.into_iter().collect();
        let mut workers = BTreeSet::new();
        for step in steps {
            let log = rehearsal.log(step);
            let id = values(&log, &["request received"], "instance_id").first().map(|id| (*id).to_owned());
            workers.insert(id.unwrap_or_else(|| panic!("{step} got no request: {log}")));
        }
        assert_eq!(workers.len(), steps.len(), "{workers:?}");
        assert_eq!(through, workers.iter().map(String::as_str).collect());
    }
}
