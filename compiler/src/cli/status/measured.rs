//! What the clients measured: a line for each figure, a column for each client.

use serde_json::Value;
use textwrap::core::display_width;

use super::super::snippet::printable;
use super::words::cut;
use crate::follow::{Run, Step};

const LONGEST_KEY: usize = 28;
const GAP: &str = "  ";

/// Empty where nothing was measured; more clients than fit into `width` come in further blocks.
pub fn measured(run: &Run, width: usize) -> String {
    let (clients, keys) = clients(run);
    let figure = |client: &Step, key: &String| client.metrics.get(key).map(figure).unwrap_or_default();
    let column = |client: &&Step| {
        let figures = keys.iter().map(|key| figure(client, key).len()).max().unwrap_or(0);
        figures.max(display_width(&printable(&client.name)))
    };
    let shown: Vec<String> = keys.iter().map(|key| cut(&printable(key), LONGEST_KEY)).collect();
    let first = shown.iter().map(|key| display_width(key)).max().unwrap_or(0);
    let mut out = String::new();
    let mut rest = clients.as_slice();
    while !rest.is_empty() {
        let mut used = first;
        let fitting = rest.iter().take_while(|client| {
            used += GAP.len() + column(client);
            used <= width
        });
        let (block, later) = rest.split_at(fitting.count().max(1));
        rest = later;
        let line = |title: &str, cells: Vec<String>| {
            let cells =
                block.iter().zip(cells).map(|(client, cell)| format!("{GAP}{cell:>0$}", column(client)));
            format!("{title:first$}{}\n", cells.collect::<String>())
        };
        out.push('\n');
        out.push_str(&line("", block.iter().map(|client| printable(&client.name)).collect()));
        for (key, title) in keys.iter().zip(&shown) {
            out.push_str(&line(title, block.iter().map(|client| figure(client, key)).collect()));
        }
    }
    out
}

/// The clients that measured something, and what, in their own order.
pub fn clients(run: &Run) -> (Vec<&Step>, Vec<&String>) {
    let clients: Vec<&Step> = run.steps.iter().filter(|step| !step.metrics.is_empty()).collect();
    let mut keys: Vec<&String> = Vec::new();
    for key in clients.iter().flat_map(|client| client.metrics.keys()) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    (clients, keys)
}

/// Three or four digits are enough to compare.
pub fn figure(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if value.is_f64() => match number.abs() {
            0.0..1.0 => format!("{number:.4}"),
            1.0..100.0 => format!("{number:.2}"),
            100.0..1e15 => format!("{number:.1}"),
            _ => format!("{number:e}"),
        },
        Some(_) => value.to_string(),
        None => printable(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn figures_are_short() {
        for (value, text) in [
            (json!(16), "16"),
            (json!(0.012345), "0.0123"),
            (json!(12.3456), "12.35"),
            (json!(-1234.56), "-1234.6"),
            (json!(1e300), "1e300"),
            (json!("a\u{1b}"), "\"a\\u001b\""),
        ] {
            assert_eq!(figure(&value), text);
        }
    }
}
