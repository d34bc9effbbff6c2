//! What differs between the versions of an engine: any node of its description may carry
//! `since="1.2"` (from that version on) or `before="1.2"` (up to, not including).

use std::cmp::Ordering;

use crate::syntax::{Node, Value};

/// Keeps the nodes that hold for `version`, and takes the two properties off them.
pub fn select(nodes: Vec<Node>, version: &str) -> Vec<Node> {
    nodes
        .into_iter()
        .filter(|node| {
            bound(node, "since").is_none_or(|v| compare(version, v) != Ordering::Less)
                && bound(node, "before").is_none_or(|v| compare(version, v) == Ordering::Less)
        })
        .map(|mut node| {
            node.properties.retain(|p| p.name.value != "since" && p.name.value != "before");
            node.children = node.children.map(|children| select(children, version));
            node
        })
        .collect()
}

fn bound<'a>(node: &'a Node, name: &str) -> Option<&'a str> {
    node.properties.iter().find(|p| p.name.value == name).and_then(|p| match &p.value.value {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    })
}

/// Compares dotted versions number by number; `1.2` equals `1.2.0`.
pub fn compare(a: &str, b: &str) -> Ordering {
    let numbers = |v: &str| {
        let mut numbers: Vec<u64> = v.split('.').map(|part| part.parse().unwrap_or(0)).collect();
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        numbers
    };
    numbers(a).cmp(&numbers(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(compare("1.10", "1.9"), Ordering::Greater);
        assert_eq!(compare("1.2", "1.2.0"), Ordering::Equal);
        assert_eq!(compare("1.1.3", "1.2"), Ordering::Less);
    }
}
