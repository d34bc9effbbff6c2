//! Templates of the stdlib, in which every printed value is quoted for the language that they are written in.

use std::error::Error;
use std::io::{self, Write};

use serde::Serialize;
use tera::{Context, Delimiters, Tera};

use super::quote::quote;
use crate::diagnostic::Diagnostic;
use crate::stdlib::Stdlib;

const FOLDER: &str = "bundle";
/// What is copied, not rendered.
const STATIC: &str = "runtime/";

pub struct Templates {
    tera: Tera,
}

/// How a printed value is written in a template's language.
pub type Escape = fn(&str, &mut dyn Write) -> io::Result<()>;

impl Templates {
    /// Those of the bundle.
    pub fn load(stdlib: &Stdlib) -> Result<Self, Diagnostic> {
        let files = stdlib.folder(FOLDER).into_iter().filter(|(path, _)| !path.starts_with(STATIC));
        Self::of(files, &[".sh", ".sbatch"], |text, output| output.write_all(quote(text).as_bytes()))
    }

    /// Templates by their names, in which values are quoted wherever a name ends so.
    pub fn of<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
        quoted: &[&'static str],
        escape: Escape,
    ) -> Result<Self, Diagnostic> {
        let mut tera = Tera::new();
        // bash's own `${#` and `{{` stay what they are, and so do Groovy's lists.
        tera.set_delimiters(Delimiters {
            block_start: "[%".into(),
            block_end: "%]".into(),
            variable_start: "[=".into(),
            variable_end: "=]".into(),
            comment_start: "[#".into(),
            comment_end: "#]".into(),
        })
        .map_err(|error| faulty(&error))?;
        tera.autoescape_on(quoted.to_vec());
        tera.set_escape_fn(escape);
        tera.add_raw_templates(files).map_err(|error| faulty(&error))?;
        Ok(Templates { tera })
    }

    pub fn render(&self, name: &str, values: &impl Serialize) -> Result<String, Diagnostic> {
        let context = Context::from_serialize(values).map_err(|error| faulty(&error))?;
        let text = self.tera.render(name, &context).map_err(|error| faulty(&error))?;
        if text.contains('\0') {
            return Err(Diagnostic::error("emit/nul", format!("a value in {name} holds a NUL character"))
                .help("no argument and no variable can hold one: take it out"));
        }
        Ok(text)
    }
}

/// A template is ours, or of the folder given by `--stdlib`: the topology is not at fault.
fn faulty(error: &tera::Error) -> Diagnostic {
    let mut message = format!("a template can't be rendered: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        message.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    Diagnostic::error("emit/template", message)
        .help("templates are in the stdlib's folders bundle/ and jenkins/, and in engines' folders; with `--stdlib` look there")
}
