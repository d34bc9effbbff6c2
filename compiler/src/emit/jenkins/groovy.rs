//! Text as a string of Groovy.

use std::io::{self, Write};

/// Quotes `text` so that Groovy reads exactly it. In single quotes nothing is interpolated, whatever `$` stands in it;
/// in three of them lines stay lines, and one that is longer than `width` is continued behind a `\`, if possible where a
/// word ends. What is not ASCII is escaped: nobody knows in which encoding the file is read.
pub fn quote(text: &str, width: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| continued(line, width)).collect();
    let quoted = lines.join("\n");
    let marks = if quoted.contains('\n') { "'''" } else { "'" };
    format!("{marks}{quoted}{marks}")
}

fn continued(line: &str, width: usize) -> String {
    let (mut done, mut open) = (String::new(), String::new());
    // Up to where `open` may be cut: behind its last blank or comma.
    let mut word = 0;
    for c in line.chars() {
        let escaped = escaped(c);
        if open.len() + escaped.len() > width {
            let rest = open.split_off(if word > 0 { word } else { open.len() });
            done += &format!("{open}\\\n");
            (open, word) = (rest, 0);
        }
        open += &escaped;
        if matches!(c, ' ' | ',') {
            word = open.len();
        }
    }
    done + &open
}

fn escaped(c: char) -> String {
    match c {
        '\\' => "\\\\".to_owned(),
        '\'' => "\\'".to_owned(),
        '\t' => "\\t".to_owned(),
        '\r' => "\\r".to_owned(),
        // No shell can hold it: the template refuses it.
        '\0' => c.to_string(),
        ' '..='~' => c.to_string(),
        other => {
            let mut units = [0; 2];
            other.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
        }
    }
}

/// In pipelines, whose blocks are deep.
pub fn escape(text: &str, output: &mut dyn Write) -> io::Result<()> {
    output.write_all(quote(text, 64).as_bytes())
}

/// Where names are long and blocks are not deep.
pub fn escape_flat(text: &str, output: &mut dyn Write) -> io::Result<()> {
    output.write_all(quote(text, 104).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn nothing_is_interpolated_and_no_quote_ends_it() {
        for (text, quoted) in [
            ("", "''"),
            ("a $b ${c} \"d\"", "'a $b ${c} \"d\"'"),
            ("it's '''", r"'it\'s \'\'\''"),
            (r"\ \\ \u0041 \n", r"'\\ \\\\ \\u0041 \\n'"),
            ("a\nb'", "'''a\nb\\''''"),
            ("\t\r\u{7f}\u{1}", r"'\t\r\u007f\u0001'"),
            ("é\u{1f600}", r"'\u00e9\ud83d\ude00'"),
        ] {
            assert_eq!(quote(text, 72), quoted);
        }
        for (text, quoted) in [
            ("aaa bbb,ccc", "'''aaa \\\nbbb,\\\nccc'''"),
            ("aaaaaaaa", "'''aaaaa\\\naaa'''"),
            ("a\\\\\\b", "'''a\\\\\\\\\\\n\\\\b'''"),
            ("aaaaa", "'aaaaa'"),
        ] {
            assert_eq!(quote(text, 5), quoted);
        }
    }
}
