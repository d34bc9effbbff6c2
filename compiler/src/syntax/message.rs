//! Faults that only kdl saw, in words for a person.
//!
//! Few get here, because `scan` and `outline` see nearly all of them first; mostly odd multi-line
//! strings. kdl's own texts name grammar rules, so they are only looked at, never shown alone.

use std::ops::Range;

use super::fault::Faults;

/// Reports what kdl said about `place`.
pub(super) fn report(fault: &kdl::KdlDiagnostic, place: Range<usize>, faults: &mut Faults) {
    let message = fault.message.as_deref().unwrap_or("");
    let label = fault.label.as_deref().unwrap_or("");
    let about = |words: &str| message.contains(words) || label.contains(words);
    let (code, message, label, help) = if about("multi-line") || about("multiline") || about("prefix") {
        (
            "syntax/multi-line-string",
            "the multi-line string is not well-formed",
            "in this string",
            "`\"\"\"` ends the first line and stands alone on the last; every line between is indented \
             at least as much as the last",
        )
    } else if about("triple quotes") {
        (
            "syntax/unexpected",
            "this string looks like the begin of a multi-line string",
            "three quotes",
            "write `\"\\\"\"` for a string that is one quote",
        )
    } else if about("string") || about("quote") {
        (
            "syntax/unclosed-string",
            "the string is not well-formed",
            "in this string",
            "write `\\\"` for a quote and `\\\\` for a backslash inside a string",
        )
    } else if about("integer") || about("float") || about("number") {
        ("syntax/bad-number", "this is not a number", "can't be read", "write it in quotes if it is text")
    } else if about("node name") {
        (
            "syntax/bad-name",
            "a node begins with its name",
            "this can't be a name",
            "write a word, or any text in quotes",
        )
    } else if about("property value") {
        ("syntax/missing-value", "the property has no value", "no value here", "write `name=value`")
    } else {
        (
            "syntax/unexpected",
            "this can't be read as KDL",
            "unexpected here",
            "a node is `name value property=value { children }`",
        )
    };
    faults.add(place, code, message, label, help);
}
