//! The examples in the rules' documentation: KDL blocks in which a line of carets below a line marks what a
//! finding points at.
//!
//! ```text
//! gen tp=8 ep=3
//! //          ^            the rule's own finding
//! //       ^ sizes/other   another one
//! ```

/// What a block says is found in it: a code, and the marked text's line and columns, all from 1, the end included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub line: usize,
    pub columns: (usize, usize),
    pub code: String,
}

#[derive(Debug)]
pub struct Example {
    /// The whole file: what the block leaves out is put around it.
    pub text: String,
    pub marks: Vec<Mark>,
}

/// The KDL blocks of a rule's documentation.
pub fn examples(documentation: &str, code: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    let mut lines = documentation.lines();
    while let Some(line) = lines.next() {
        if line == "```kdl" {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            examples.push(example(&block, code));
        }
    }
    examples
}

fn example(block: &[&str], code: &str) -> Example {
    let text = block.join("\n");
    let (before, after) = around(&text);
    let offset = before.matches('\n').count();
    let mut marks = Vec::new();
    let mut marked = 0;
    for (index, line) in block.iter().enumerate() {
        match carets(line) {
            Some((columns, other)) => marks.push(Mark {
                line: offset + marked,
                columns,
                code: other.unwrap_or_else(|| code.to_owned()),
            }),
            None => marked = index + 1,
        }
    }
    marks.sort();
    Example { text: format!("{before}{text}\n{after}"), marks }
}

/// The columns of the carets in a line that has nothing else but a code.
fn carets(line: &str) -> Option<((usize, usize), Option<String>)> {
    let rest = line.strip_prefix("//")?;
    let start = line.chars().position(|c| c == '^')?;
    let mut words = rest.split_whitespace();
    let marks = words.next()?;
    let only_marks = marks.chars().all(|c| c == '^');
    only_marks.then(|| ((start + 1, start + marks.len()), words.next().map(str::to_owned)))
}

/// What makes a whole file of a block: a part of a topology gets what it doesn't say, a file without a topology
/// gets one. One that has a topology and says what it uses is whole.
fn around(block: &str) -> (String, String) {
    let has = |name: &str| block.lines().any(|line| line.split_whitespace().next() == Some(name));
    let mut rest = String::new();
    let whole = has("topology");
    if whole && has("use") {
        return (String::new(), String::new());
    }
    let cluster = block.lines().any(|line| line.trim_start().starts_with("cluster ") && line.ends_with('{'));
    let file = has("use") || cluster;
    let lacks = |name: &str| file || !has(name);
    let agg = !lacks("agg");
    let parts = [
        ("model", "model \"m\" path=\"/models/m\"", true),
        ("ctx", "ctx tp=4", !agg),
        ("gen", "gen tp=8", !agg),
        ("server", "server", !agg),
        ("benchmark", "benchmark { isl 1024; osl 1024; concurrency 16 }", lacks("harness")),
    ];
    for (_, text, _) in parts.iter().filter(|(name, _, wanted)| *wanted && lacks(name)) {
        rest += &format!("    {text}\n");
    }
    let mut uses = String::new();
    if !has("use") && !cluster {
        uses += "use \"cluster/gb200-nvl72\"\n";
    }
    if !block.contains("\"engine/") {
        uses += "use \"engine/trtllm\"\n";
    }
    match (whole, file) {
        (true, _) => (uses, String::new()),
        (false, true) => (uses, format!("topology \"t\" {{\n{rest}}}\n")),
        (false, false) => (format!("{uses}topology \"t\" {{\n"), format!("{rest}}}\n")),
    }
}
