//! From what a text consists of to its lines.

use super::super::scan::is_newline;
use super::read::{Block, Comment, Item, Piece};

/// A block on one line may reach so far.
const WIDTH: usize = 110;

const INDENT: &str = "    ";

pub(super) fn lines(document: &Block) -> String {
    let mut out = String::new();
    for item in &document.items {
        write_item(item, 0, &mut out);
    }
    out
}

fn write_item(item: &Item, depth: usize, out: &mut String) {
    let indent = INDENT.repeat(depth);
    if item.apart {
        out.push('\n');
    }
    out.push_str(&indent);
    let line = inline_item(item).filter(|line| indent.len() + width(line) <= WIDTH);
    match line {
        Some(line) => out.push_str(&line),
        None => {
            item.before.iter().for_each(|comment| {
                out.push_str(comment);
                out.push(' ');
            });
            write_node(&item.node, depth, out);
        }
    }
    if let Some(comment) = &item.comment {
        let alone = item.node.is_empty() && item.before.is_empty();
        write_comment(comment, alone, out);
    }
    trim_end(out);
    out.push('\n');
}

/// Comments that are aligned stay so.
fn write_comment(comment: &Comment, alone: bool, out: &mut String) {
    let kept = !comment.blanks.is_empty() && comment.blanks.bytes().all(|b| b == b' ');
    match (alone, kept) {
        (true, _) => {}
        (false, true) => out.push_str(comment.blanks),
        (false, false) => out.push(' '),
    }
    out.push_str(comment.text);
}

fn write_node(node: &[Piece], depth: usize, out: &mut String) {
    let mut gap = Gap::default();
    for piece in node {
        match piece {
            Piece::Block(block) => {
                gap.before(piece, out);
                match inline_block(block) {
                    Some(line) if last_line(out) + width(&line) <= WIDTH => out.push_str(&line),
                    _ => write_block(block, depth, out),
                }
            }
            Piece::Continued(comment) => {
                gap.before(piece, out);
                out.push('\\');
                if !comment.is_empty() {
                    out.push(' ');
                    out.push_str(comment);
                }
                out.push('\n');
                out.push_str(&INDENT.repeat(depth + 1));
            }
            Piece::Comment(comment) => {
                out.push(' ');
                out.push_str(comment);
                out.push('\n');
                out.push_str(&INDENT.repeat(depth + 1));
            }
            Piece::Text(text) | Piece::Glue(text) => {
                gap.before(piece, out);
                out.push_str(text);
            }
        }
    }
}

fn write_block(block: &Block, depth: usize, out: &mut String) {
    out.push('{');
    if let Some(comment) = &block.opening {
        write_comment(comment, false, out);
    }
    out.push('\n');
    for item in &block.items {
        write_item(item, depth + 1, out);
    }
    out.push_str(&INDENT.repeat(depth));
    out.push('}');
}

/// The item without its comment on one line, if that is how it was written.
fn inline_item(item: &Item) -> Option<String> {
    let mut line = String::new();
    for comment in &item.before {
        line.push_str(comment);
        line.push(' ');
    }
    let mut gap = Gap::default();
    for piece in &item.node {
        match piece {
            Piece::Text(text) | Piece::Glue(text) => {
                gap.before(piece, &mut line);
                line.push_str(text);
            }
            Piece::Block(block) => {
                gap.before(piece, &mut line);
                line.push_str(&inline_block(block)?);
            }
            Piece::Continued(_) | Piece::Comment(_) => return None,
        }
    }
    let line = line.trim_end_matches(' ').to_owned();
    (!line.contains(is_newline)).then_some(line)
}

fn inline_block(block: &Block) -> Option<String> {
    if block.items.is_empty() && block.opening.is_none() {
        return Some("{ }".to_owned());
    }
    if !block.inline {
        return None;
    }
    let mut line = "{ ".to_owned();
    for (index, item) in block.items.iter().enumerate() {
        line.push_str(&inline_item(item)?);
        let ended = !item.node.is_empty() && index + 1 < block.items.len();
        line.push_str(if ended { "; " } else { " " });
    }
    line.push('}');
    Some(line)
}

/// The blank between two pieces, where one belongs.
#[derive(Default)]
struct Gap {
    /// None before the next piece.
    closed: bool,
    some: bool,
}

impl Gap {
    fn before(&mut self, piece: &Piece, out: &mut String) {
        let glued = matches!(piece, Piece::Glue("=" | ")"));
        if self.some && !self.closed && !glued {
            out.push(' ');
        }
        self.some = true;
        self.closed = matches!(piece, Piece::Glue(_) | Piece::Continued(_));
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn last_line(text: &str) -> usize {
    text.rsplit('\n').next().map_or(0, width)
}

fn trim_end(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
}
