//! Text as a word of bash.

use std::borrow::Cow;

/// Quotes `text` so that bash reads exactly it, as one word, anywhere but in front of a command:
/// there an unquoted `A=b` would be an assignment.
///
/// One pair of quotes reads better than a chain of them; single quotes stand where they need no care.
pub fn quote(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.into();
    }
    if !text.contains(['\'', '$', '`']) && !text.ends_with('\\') {
        return format!("'{text}'").into();
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        if matches!(c, '\\' | '"' | '$' | '`') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted.into()
}
