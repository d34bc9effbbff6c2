//! `result.json`, of schema 1 and 2: the second has the plan's digest, the job's start and roles.

use serde::Deserialize;

use disaggc::plan::Part;

use super::{Cause, Verdict};

/// A job's result. What a version or a cut file lacks is empty.
#[derive(Debug, Deserialize)]
pub struct Record {
    #[serde(default = "first")]
    pub schema: u32,
    #[serde(default)]
    pub topology: String,
    pub mode: Option<String>,
    pub job: Option<String>,
    /// Unix seconds.
    pub began: Option<u64>,
    pub verdict: Verdict,
    pub cause: Option<Cause>,
    /// From the job's start to when this was written.
    #[serde(default)]
    pub seconds: u64,
    #[serde(default)]
    pub steps: Vec<StepRecord>,
}

#[derive(Debug, Deserialize)]
pub struct StepRecord {
    pub name: String,
    pub role: Option<String>,
    pub part: Option<Part>,
    pub node: Option<String>,
    pub started: Option<u64>,
    pub ready: Option<u64>,
    pub ended: Option<u64>,
    pub code: Option<i64>,
    #[serde(default)]
    pub metrics: serde_json::Map<String, serde_json::Value>,
}

/// What an older job, which did not say it, wrote.
fn first() -> u32 {
    1
}

/// # Errors
/// A sentence for a person about what is wrong with it.
pub fn parse(text: &str) -> Result<Record, String> {
    let record: Record = serde_json::from_str(text).map_err(|error| format!("it is no result: {error}"))?;
    if !(1..=2).contains(&record.schema) {
        return Err(format!(
            "its schema is {}, and this disaggc knows 1 and 2; use the disaggc that built the bundle",
            record.schema
        ));
    }
    Ok(record)
}
