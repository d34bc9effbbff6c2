//! Judges a single word: is it a number, a keyword, an identifier, and is it what was meant?

use super::scan::is_disallowed;
use crate::diagnostic::{certain, nearest};

/// What is wrong with a word.
pub(super) struct Complaint {
    pub code: &'static str,
    pub message: String,
    pub label: String,
    pub help: String,
    /// What certainly was meant instead of the word.
    pub meant: Option<String>,
}

impl Complaint {
    fn new(
        code: &'static str,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Option<Self> {
        let (message, label, help) = (message.into(), label.into(), help.into());
        Some(Complaint { code, message, label, help, meant: None })
    }

    fn meant(self, text: impl Into<String>) -> Self {
        Complaint { meant: Some(text.into()), ..self }
    }
}

/// Where a word stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The name of a node, a property or a type: a string, never a number.
    Name,
    Value,
}

/// `word` as it was written, without quotes.
pub(super) fn word(word: &str, place: Place) -> Option<Complaint> {
    // A forbidden character was reported already, and may be all that is wrong with the word.
    if word.contains(is_disallowed) {
        return None;
    }
    if word.len() > 1 && word.ends_with(',') && place == Place::Value {
        return comma(&word[..word.len() - 1]);
    }
    if word.starts_with(',') {
        return comma("");
    }
    if word.starts_with('\'') {
        let inner = word.strip_prefix('\'').and_then(|word| word.strip_suffix('\''));
        let inner = inner.filter(|inner| place == Place::Value && !inner.contains(['"', '\\', '\'']));
        let complaint = Complaint::new(
            "syntax/single-quote",
            "strings are written in double quotes",
            "`'` does not begin a string",
            format!("write `\"{}\"`", word.trim_matches('\'')),
        );
        return complaint.map(|complaint| match inner {
            Some(inner) => complaint.meant(format!("\"{inner}\"")),
            None => complaint,
        });
    }
    match word {
        "true" | "false" | "null" if place == Place::Value => {
            return Complaint::new(
                "syntax/bare-keyword",
                format!("`{word}` is written with a `#`"),
                "`#` is missing",
                format!("write `#{word}`, or `\"{word}\"` for the text"),
            )
            .map(|complaint| complaint.meant(format!("#{word}")));
        }
        "true" | "false" | "null" | "inf" | "-inf" | "nan" => {
            let help = format!("write `\"{word}\"` if it is text");
            let message = format!("`{word}` needs quotes");
            return Complaint::new("syntax/bare-keyword", message, "a word that KDL reserves", help);
        }
        _ => {}
    }
    if !looks_like_number(word) {
        return None;
    }
    match (number(word), place) {
        (Ok(()), Place::Value) => None,
        (Err(complaint), Place::Value) => complaint,
        (_, Place::Name) => Complaint::new(
            "syntax/bad-name",
            "a name can't begin with a digit",
            "this is read as a number",
            format!("write it in quotes: `\"{word}\"`"),
        ),
    }
}

/// After `written`, a comma.
pub(super) fn comma(written: &str) -> Option<Complaint> {
    Complaint::new(
        "syntax/comma",
        "values are not separated by commas",
        "the `,` would be part of the value",
        if written.is_empty() {
            "delete the comma: a blank is enough".to_string()
        } else {
            format!("write `{written}` without it: a blank is enough")
        },
    )
    .map(|complaint| if written.is_empty() { complaint } else { complaint.meant(written) })
}

/// `#…`, in the place of a value.
pub(super) fn keyword(written: &str) -> Option<Complaint> {
    let name = written.strip_prefix('#').unwrap_or(written);
    match name {
        "true" | "false" | "null" => None,
        "inf" | "-inf" | "nan" => Complaint::new(
            "syntax/number-range",
            format!("`{written}` is not a number that can be used here"),
            "not finite",
            "write a finite number, or leave the setting out",
        ),
        _ if written.ends_with(',') => comma(&written[..written.len() - 1]),
        _ => {
            let lower = name.to_lowercase();
            let prefix = |full: &&str| lower.len() >= 2 && full.starts_with(lower.as_str());
            let known = ["true", "false", "null"];
            let near = known.into_iter().find(prefix).or_else(|| nearest(&lower, known));
            let help = match near {
                Some(known) => format!("did you mean `#{known}`?"),
                None => format!(
                    "there are `#true`, `#false` and `#null`; text is written `\"{written}\"`, \
                                 a comment `// …`"
                ),
            };
            let message = format!("`{written}` is not a keyword");
            let complaint = Complaint::new("syntax/bad-keyword", message, "unknown to KDL", help);
            complaint.map(|complaint| match certain(&lower, known) {
                Some(meant) => complaint.meant(format!("#{meant}")),
                None => complaint,
            })
        }
    }
}

fn looks_like_number(word: &str) -> bool {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    let digits = digits.strip_prefix('.').unwrap_or(digits);
    digits.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether a word that begins like a number is one that kdl can hold.
fn number(word: &str) -> Result<(), Option<Complaint>> {
    let bad = |label: &str, help: String| {
        let message = format!("`{word}` is not a number");
        Err(Complaint::new("syntax/bad-number", message, label, help))
    };
    let quote = || format!("write `\"{word}\"` if it is text");
    let range = |label: &str| {
        let message = format!("`{word}` is out of range");
        let help = "integers have at most 128 bits, fractions at most 38 digits and an exponent up to 308";
        Err(Complaint::new("syntax/number-range", message, label, help))
    };
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    for (marks, radix, name) in
        [(["0x", "0X"], 16, "hexadecimal"), (["0o", "0O"], 8, "octal"), (["0b", "0B"], 2, "binary")]
    {
        let Some(digits) = marks.iter().find_map(|m| unsigned.strip_prefix(m)) else { continue };
        if !is_digits(digits, radix) {
            return bad(&format!("not a {name} number"), quote());
        }
        return if fits(digits, radix) { Ok(()) } else { range("too large") };
    }
    if unsigned.starts_with('.') {
        let sign = &word[..word.len() - unsigned.len()];
        let meant = format!("{sign}0{unsigned}");
        let complaint = bad("a digit is missing before the `.`", format!("write `{meant}`"));
        let certain = number(&meant).is_ok();
        return complaint.map_err(|c| c.map(|c| if certain { c.meant(meant) } else { c }));
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    if fraction == Some("") {
        let help = format!("write `{word}0`, or leave the `.` out");
        let help = if exponent.is_none() { help } else { "write a digit after the `.`".into() };
        return bad("a digit is missing after the `.`", help);
    }
    let exponent = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
    let parts = [Some(whole), fraction, exponent];
    if !parts.iter().flatten().all(|digits| is_digits(digits, 10)) {
        return bad("it begins with a digit, but is no number", quote());
    }
    if !parts.iter().flatten().all(|digits| fits(digits, 10)) {
        return range("too many digits");
    }
    // kdl would silently make an infinity of `1e400`.
    let float = fraction.is_some() || exponent.is_some();
    if float && !word.replace('_', "").parse::<f64>().is_ok_and(f64::is_finite) {
        return range("too large");
    }
    Ok(())
}

fn is_digits(text: &str, radix: u32) -> bool {
    text.starts_with(|c: char| c.is_digit(radix)) && text.chars().all(|c| c == '_' || c.is_digit(radix))
}

fn fits(digits: &str, radix: u32) -> bool {
    i128::from_str_radix(&digits.replace('_', ""), radix).is_ok()
}
