//! One input: a main file, a file that it may use, and `--set` arguments.

use std::fmt;

use disaggc::source::Files;

/// What separates the parts in a file.
const SITE: &str = "\n---- site.kdl\n";
const SET: &str = "\n---- --set\n";

#[derive(Debug, Clone, Default)]
pub struct Input {
    pub main: String,
    /// `site.kdl`; empty where there is none.
    pub site: String,
    pub sets: Vec<String>,
}

impl Input {
    pub fn new(main: impl Into<String>) -> Self {
        Input { main: main.into(), ..Input::default() }
    }

    /// The inverse of `to_string`.
    pub fn parse(text: &str) -> Self {
        let mut parts = text.split(SET);
        let files = parts.next().unwrap_or_default();
        let (main, site) = files.split_once(SITE).unwrap_or((files, ""));
        Input { main: main.to_owned(), site: site.to_owned(), sets: parts.map(str::to_owned).collect() }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.main)?;
        if !self.site.is_empty() {
            write!(f, "{SITE}{}", self.site)?;
        }
        self.sets.iter().try_for_each(|set| write!(f, "{SET}{set}"))
    }
}

impl Files for Input {
    fn read(&self, path: &str) -> Result<String, String> {
        match path {
            "topo.kdl" => Ok(self.main.clone()),
            "site.kdl" if !self.site.is_empty() => Ok(self.site.clone()),
            _ => Err("there is no such file".to_owned()),
        }
    }
}
