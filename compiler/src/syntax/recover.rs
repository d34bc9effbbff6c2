//! Gives kdl a text that it can read, whatever was written.
//!
//! kdl returns no document for a faulty text. So the smallest node around each fault is overwritten
//! with blanks of the same length, which leaves every other span as it is. Comments and `/-` parts
//! go the same way, because kdl recurses for every `*` in a comment, and reads a `/-` block twice
//! per level.

use std::ops::Range;

use super::fault::Faults;
use super::outline::Outline;
use super::scan::{Kind, Scan};
use super::{Node, lower, message};

/// How often a text is given to kdl. One round suffices unless kdl sees faults that we don't.
const ROUNDS: usize = 4;

/// Up to this depth kdl runs on the caller's stack: 16 levels take 0.5 MB in a debug build.
const SHALLOW: usize = 16;

/// Enough for `MAX_DEPTH` in a debug build, ten times over.
const STACK: usize = 32 << 20;

/// The tree of all that has no fault; empty where braces don't pair.
pub(super) fn parse(text: &str, scan: &Scan, outline: &Outline, faults: &mut Faults) -> Vec<Node> {
    if outline.lost {
        return Vec::new();
    }
    let mut clean = text.as_bytes().to_vec();
    for token in scan.tokens.iter().filter(|t| t.kind == Kind::Blank) {
        // A comment, or `\` and a line break: both are the same to KDL as a blank.
        if !clean[token.range()].iter().all(|&b| b == b' ') {
            blank(&mut clean, token.range());
        }
    }
    for _ in 0..ROUNDS {
        spoil(&mut clean, outline, faults.take_damage());
        // Last, because a line break left by `spoil` must not end the node around a `/-` part.
        outline.hidden.iter().for_each(|hidden| blank(&mut clean, hidden.clone()));
        let readable = String::from_utf8_lossy(&clean);
        match read(&readable, outline.depth) {
            Ok(document) => return lower::document(&document, &readable, faults.file()),
            Err(error) => {
                let before = faults.len();
                report(&error, &readable, outline, faults);
                if faults.len() == before {
                    break;
                }
            }
        }
    }
    if faults.is_empty() {
        // Never end up without a tree and without a reason.
        faults.add(
            0..0,
            "syntax/unexpected",
            "the file can't be read as KDL",
            "in this file",
            "a node is `name value property=value { children }`",
        );
    }
    Vec::new()
}

fn blank(text: &mut [u8], range: Range<usize>) {
    text[range].fill(b' ');
}

/// Overwrites the smallest node around each place of `damage`, which is in order.
fn spoil(text: &mut [u8], outline: &Outline, damage: Vec<Range<usize>>) {
    let nodes = &outline.nodes;
    // A node may have thousands of faults, but is overwritten once.
    let mut spoiled = vec![false; nodes.len()];
    let mut open: Vec<usize> = Vec::new();
    let mut next = 0;
    for place in damage {
        while next < nodes.len() && nodes[next].start <= place.start {
            while open.last().is_some_and(|&outer| nodes[outer].end <= nodes[next].start) {
                open.pop();
            }
            open.push(next);
            next += 1;
        }
        while open.last().is_some_and(|&node| nodes[node].end <= place.start) {
            open.pop();
        }
        let Some(&node) = open.last() else {
            blank(text, place);
            continue;
        };
        if !std::mem::replace(&mut spoiled[node], true) {
            blank(text, nodes[node].clone());
            // If it is the node before that wasn't ended, it is now.
            text[nodes[node].start] = b'\n';
        }
    }
}

/// kdl's faults, at most one for each node: a second one there is usually about the first.
fn report(error: &kdl::KdlError, text: &str, outline: &Outline, faults: &mut Faults) {
    let mut seen: Vec<usize> = Vec::new();
    // Two dozen are plenty for what `outline` has overlooked, and keep this loop from being slow.
    for fault in error.diagnostics.iter().take(24) {
        let start = fault.span.offset().min(text.len());
        let mut end = (start + fault.span.len()).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        // A span may begin with the whole top-level node; where it ends is the fault.
        let last = text[..end].trim_end();
        let last = last.char_indices().next_back().map_or(0, |(at, _)| at);
        // In order of their begin, an inner node comes after the outer one.
        let node = outline.nodes.partition_point(|node| node.start <= last);
        let Some(node) = (0..node).rev().find(|&i| outline.nodes[i].end > last) else { continue };
        if seen.contains(&node) {
            continue;
        }
        seen.push(node);
        let token = outline.token_at(last).unwrap_or(last..end);
        message::report(fault, token, faults);
    }
}

/// kdl's parser, on a stack that is large enough for `depth` blocks in each other.
fn read(text: &str, depth: usize) -> Result<kdl::KdlDocument, kdl::KdlError> {
    if depth <= SHALLOW {
        return kdl::KdlDocument::parse_v2(text);
    }
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(STACK);
        match builder.spawn_scoped(scope, || kdl::KdlDocument::parse_v2(text)) {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // No thread to be had: a default stack takes MAX_DEPTH too, barely.
            Err(_) => kdl::KdlDocument::parse_v2(text),
        }
    })
}
