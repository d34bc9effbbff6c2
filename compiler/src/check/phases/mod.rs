//! What other phases than this come upon while they read, merge or plan: documented here, so that every code has
//! its page.

use super::rule::Rule;
use crate::diagnostic::Severity::Error;

pub const SYNTAX: &[Rule] =
    &[Rule::elsewhere("syntax/bare-keyword", Error, include_str!("syntax/bare-keyword.md"))];
