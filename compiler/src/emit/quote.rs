//! Text as a word of bash.

use std::borrow::Cow;

/// Like [`quote`], but what bash reads has neither blanks nor wildcards, so that it survives being expanded
/// without quotes before it is evaluated. The brackets of a test's id stay readable: no file is named so.
pub fn quote_without_blanks(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| c.is_whitespace() || c.is_control() || "*?'\"\\$`".contains(c)) {
        return quote(text);
    }
    let mut quoted = String::from("$'");
    for c in text.chars() {
        if c.is_ascii_alphanumeric()
            || "_@%+=:,./-".contains(c)
            || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
        {
            quoted.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                quoted += &format!("\\x{byte:02x}");
            }
        }
    }
    quoted.push('\'');
    quoted.into()
}

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
