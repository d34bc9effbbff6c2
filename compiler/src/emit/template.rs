//! The templates of `stdlib/bundle/`, in which every printed value is quoted for bash.

use std::error::Error;
use std::io::Write;

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

impl Templates {
    pub fn load(stdlib: &Stdlib) -> Result<Self, Diagnostic> {
        let mut tera = Tera::new();
        // bash's own `${#` and `{{` stay what they are.
        tera.set_delimiters(Delimiters {
            block_start: "[%".into(),
            block_end: "%]".into(),
            variable_start: "[=".into(),
            variable_end: "=]".into(),
            comment_start: "[#".into(),
            comment_end: "#]".into(),
        })
        .map_err(|error| faulty(&error))?;
        tera.autoescape_on([".sh", ".sbatch"]);
        tera.set_escape_fn(|text: &str, output: &mut dyn Write| output.write_all(quote(text).as_bytes()));
        let templates = stdlib.folder(FOLDER).into_iter().filter(|(path, _)| !path.starts_with(STATIC));
        tera.add_raw_templates(templates).map_err(|error| faulty(&error))?;
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
    let mut message = format!("a template of the bundle can't be rendered: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        message.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    Diagnostic::error("emit/template", message)
        .help(format!("the templates are in the stdlib's folder {FOLDER}/; with `--stdlib` look there"))
}
