//! Fenced blocks of a page, and what their info strings say.

/// A block between two fences.
pub struct Block {
    /// Of the first fence, from 1.
    pub line: usize,
    pub language: String,
    /// `NAME` or `NAME=VALUE` behind the language.
    tags: Vec<String>,
    pub text: Vec<String>,
}

impl Block {
    /// The value of a tag; empty for one without a value.
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find_map(|tag| match tag.strip_prefix(name)? {
            "" => Some(""),
            rest => rest.strip_prefix('='),
        })
    }

    /// What stands behind the fence's backticks.
    pub fn of_fence(line: usize, info: &str) -> Self {
        let mut words =
            shlex::split(info).unwrap_or_else(|| panic!("line {line}: a quote is open")).into_iter();
        let language = words.next().unwrap_or_default();
        Block { line, language, tags: words.collect(), text: Vec::new() }
    }
}

pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let text = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            let text = text.map(str::to_owned).collect();
            blocks.push(Block { text, ..Block::of_fence(number + 1, info) });
        }
    }
    blocks
}
