//! A plan as one page without anything beside it: the picture, and what each step does.

use std::fmt::Write as _;

use disaggc::plan::word::{Part as WordPart, Word};
use disaggc::plan::{Plan, State, Step};

use super::super::drawing::safe;
use super::picture;
use super::table::{headline, range};

/// With `{{…}}` where the plan's parts go.
const PAGE: &str = include_str!("page.html");

pub fn render(plan: &Plan) -> String {
    let steps: String =
        plan.steps.iter().map(|step| format!("<a href=\"#{0}\">{0}</a> ", escaped(&step.name))).collect();
    let details: String = plan.steps.iter().map(|step| section(plan, step)).collect();
    let picture = picture::document(plan).to_string();
    let parts =
        [("title", escaped(&headline(plan))), ("steps", steps), ("details", details), ("picture", picture)];
    // Each part once, from the page's own text: what a part holds is never looked at again.
    let mut page = String::new();
    let mut rest = PAGE;
    while let Some((before, behind)) = rest.split_once("{{") {
        let (name, after) = behind.split_once("}}").unwrap_or((behind, ""));
        page.push_str(before);
        page.extend(parts.iter().filter(|(part, _)| *part == name).map(|(_, text)| text.as_str()));
        rest = after;
    }
    page + rest
}

/// What one step does, hidden until it is chosen.
fn section(plan: &Plan, step: &Step) -> String {
    let role = plan.role(step);
    let mut rows: Vec<(&str, String)> = Vec::new();
    let mut first = 0;
    for share in &step.nodes {
        let ranks = range(first, first + share.ranks.max(1) - 1);
        first += share.ranks;
        let gpus: Vec<String> = share.gpus.iter().map(u32::to_string).collect();
        let gpus = if gpus.is_empty() { String::new() } else { format!(", GPU {}", gpus.join(", ")) };
        rows.push(("node", escaped(&format!("{}{gpus}, rank {ranks}", share.node))));
    }
    if let Some(parallel) = role.parallel {
        rows.push(("parallel", format!("tp {}, pp {}, cp {}", parallel.tp, parallel.pp, parallel.cp)));
    }
    rows.extend(step.port.map(|port| ("port", port.to_string())));
    rows.extend(step.ports.iter().map(|p| ("port", escaped(&format!("{} {}", range(p.from, p.to), p.name)))));
    for edge in &step.after {
        let state = match edge.state {
            State::Leading => "leads",
            State::Ready => "is ready",
            State::Done => "is done",
        };
        rows.push(("waits until", escaped(&format!("{} {state}", edge.step))));
    }
    let launcher = role.launcher.iter().map(|launcher| launcher.command.clone());
    let command = launcher.chain(role.binding.iter().cloned()).chain(role.command.iter().map(shown));
    let command = command.collect::<Vec<_>>().join(" ");
    rows.push(("command", format!("<code>{}</code>", escaped(&command))));
    for variable in role.env.iter().filter(|variable| variable.value.is_some()) {
        let value = variable.value.as_ref().map(shown).unwrap_or_default();
        rows.push(("variable", format!("<code>{}</code>", escaped(&format!("{}={value}", variable.name)))));
    }
    let mut html = format!("<section id=\"{0}\" hidden><h2>{0}</h2><table>\n", escaped(&step.name));
    let mut last = "";
    for (what, text) in rows {
        // A heading is said once.
        let heading = if what == last { "" } else { what };
        last = what;
        let _ = writeln!(html, "<tr><th>{heading}</th><td>{text}</td></tr>");
    }
    html + "</table></section>\n"
}

/// As it is read: what only the job knows stands in braces.
fn shown(word: &Word) -> String {
    let part = |part: &WordPart| match part {
        WordPart::Text(text) => text.clone(),
        WordPart::Runtime { runtime } => {
            let json = serde_json::to_value(runtime).unwrap_or_default();
            let name = match &json {
                serde_json::Value::Object(map) => {
                    map.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(" ")
                }
                other => other.as_str().unwrap_or_default().to_owned(),
            };
            format!("{{{name}}}")
        }
    };
    word.parts().iter().map(part).collect()
}

fn escaped(text: &str) -> String {
    safe(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
