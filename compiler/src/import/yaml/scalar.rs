//! What PyYAML takes a plain word for: the resolvers of YAML 1.1 in its `resolver.py` and `constructor.py`.

/// What a plain word is.
#[derive(Debug, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text,
    /// A day or a moment, which no setting is.
    Date,
    /// A number that no program can hold.
    TooLarge,
}

pub(super) fn plain(word: &str) -> Plain {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Plain::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Plain::Bool(false);
        }
        _ => {}
    }
    integer(word).or_else(|| float(word)).unwrap_or(if is_date(word) { Plain::Date } else { Plain::Text })
}

fn digits(text: &str, also: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(|c| c == '_' || also(c))
}

fn decimal(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && digits(text, |c| c.is_ascii_digit())
}

fn integer(word: &str) -> Option<Plain> {
    let (negative, unsigned) = sign(word);
    let number = |text: &str, radix| {
        let text = text.replace('_', "");
        // `0x_` is a number to the pattern, and an error to the program.
        let number = if text.is_empty() { None } else { i128::from_str_radix(&text, radix).ok() };
        Some(number.map_or(Plain::TooLarge, |n| Plain::Integer(if negative { -n } else { n })))
    };
    if let Some(bits) = unsigned.strip_prefix("0b").filter(|bits| digits(bits, |c| "01".contains(c))) {
        return number(bits, 2);
    }
    if let Some(hex) = unsigned.strip_prefix("0x").filter(|hex| digits(hex, |c| c.is_ascii_hexdigit())) {
        return number(hex, 16);
    }
    if unsigned == "0" {
        return Some(Plain::Integer(0));
    }
    if let Some(octal) = unsigned.strip_prefix('0').filter(|octal| digits(octal, |c| "01234567".contains(c)))
    {
        return number(octal, 8);
    }
    if !unsigned.starts_with(|c: char| ('1'..='9').contains(&c)) {
        return None;
    }
    match unsigned.split_once(':') {
        None => decimal(unsigned).then(|| number(unsigned, 10)).flatten(),
        Some((first, rest)) if decimal(first) && rest.split(':').all(is_sixtieth) => {
            let sum = sixtieths(first, rest)?;
            Some(Plain::Integer(if negative { -sum } else { sum }))
        }
        Some(_) => None,
    }
}

/// `30` in `12:30:45`.
fn is_sixtieth(part: &str) -> bool {
    let two = part.len() == 1 || (part.len() == 2 && part.starts_with(|c: char| ('0'..='5').contains(&c)));
    two && part.bytes().all(|b| b.is_ascii_digit())
}

fn sixtieths(first: &str, rest: &str) -> Option<i128> {
    let first: i128 = first.replace('_', "").parse().ok()?;
    rest.split(':').try_fold(first, |sum, part| sum.checked_mul(60)?.checked_add(part.parse().ok()?))
}

fn float(word: &str) -> Option<Plain> {
    let (negative, unsigned) = sign(word);
    let signed = |number: f64| Plain::Float(if negative { -number } else { number });
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Some(signed(f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if unsigned.len() == word.len() => return Some(Plain::Float(f64::NAN)),
        _ => {}
    }
    // An exponent needs its sign, and a number its point: `1e3` and `1.0e3` are texts.
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => {
            let exponent = &unsigned[at + 1..];
            let (_, digits) = sign(exponent);
            if digits.len() == exponent.len()
                || digits.is_empty()
                || !digits.bytes().all(|b| b.is_ascii_digit())
            {
                return None;
            }
            (&unsigned[..at], exponent)
        }
        None => (unsigned, ""),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    if !fraction.chars().all(|c| c == '_' || c.is_ascii_digit()) {
        return None;
    }
    if let Some((first, rest)) = whole.split_once(':') {
        if !decimal(first) || !rest.split(':').all(is_sixtieth) || !exponent.is_empty() {
            return None;
        }
        let fraction = format!("0.{}0", fraction.replace('_', ""));
        return Some(signed(sixtieths(first, rest)? as f64 + fraction.parse::<f64>().ok()?));
    }
    let begins =
        decimal(whole) || (whole.is_empty() && !negative && !word.starts_with('+') && decimal(fraction));
    if !begins {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let text = format!("{whole}.{fraction}0").replace('_', "");
    let exponent = if exponent.is_empty() { String::new() } else { format!("e{exponent}") };
    match format!("{text}{exponent}").parse::<f64>() {
        Ok(number) if number.is_finite() => Some(signed(number)),
        _ => Some(Plain::TooLarge),
    }
}

fn sign(word: &str) -> (bool, &str) {
    match word.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    }
}

/// `2024-01-01`, with a time or without.
fn is_date(word: &str) -> bool {
    let (day, time) = match word.find(['T', 't', ' ', '\t']) {
        Some(at) => (&word[..at], Some(word[at + 1..].trim_start())),
        None => (word, None),
    };
    let parts: Vec<&str> = day.split('-').collect();
    let numbers =
        parts.len() == 3 && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    if !numbers || parts[0].len() != 4 {
        return false;
    }
    match time {
        None => parts[1].len() == 2 && parts[2].len() == 2,
        Some(time) => {
            parts[1].len() <= 2
                && parts[2].len() <= 2
                && time.len() >= 7
                && time.starts_with(|c: char| c.is_ascii_digit())
                && time.matches(':').count() >= 2
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `yaml.safe_load` of PyYAML 6.0 reads them.
    #[test]
    fn words_are_what_pyyaml_takes_them_for() {
        let table = [
            ("", Plain::Null),
            ("~", Plain::Null),
            ("NULL", Plain::Null),
            ("nULL", Plain::Text),
            ("yes", Plain::Bool(true)),
            ("Off", Plain::Bool(false)),
            ("y", Plain::Text),
            ("n", Plain::Text),
            ("tRue", Plain::Text),
            ("0", Plain::Integer(0)),
            ("-0", Plain::Integer(0)),
            ("1_000", Plain::Integer(1000)),
            ("+12", Plain::Integer(12)),
            ("010", Plain::Integer(8)),
            ("0o10", Plain::Text),
            ("08", Plain::Text),
            ("0x1F", Plain::Integer(31)),
            ("-0b11", Plain::Integer(-3)),
            ("12:30:45", Plain::Integer(45045)),
            ("02:00:00", Plain::Text),
            ("4:00", Plain::Integer(240)),
            ("12:60", Plain::Text),
            ("1.5", Plain::Float(1.5)),
            ("1.", Plain::Float(1.0)),
            (".5", Plain::Float(0.5)),
            ("-.5", Plain::Text),
            ("1e3", Plain::Text),
            ("1.0e3", Plain::Text),
            ("1.0e+3", Plain::Float(1000.0)),
            ("1e-3", Plain::Text),
            ("1.5e-1", Plain::Float(0.15)),
            ("1:30.5", Plain::Float(90.5)),
            (".inf", Plain::Float(f64::INFINITY)),
            ("-.INF", Plain::Float(f64::NEG_INFINITY)),
            ("inf", Plain::Text),
            (".", Plain::Text),
            ("1.2.0", Plain::Text),
            ("1.2.3.4", Plain::Text),
            ("2024-01-01", Plain::Date),
            ("2024-1-1", Plain::Text),
            ("2024-01-01 12:30:45", Plain::Date),
            ("2024-01-01T12:30:45Z", Plain::Date),
            ("fp8", Plain::Text),
            ("=", Plain::Text),
            ("340282366920938463463374607431768211456", Plain::TooLarge),
        ];
        for (word, expected) in table {
            assert_eq!(plain(word), expected, "{word}");
        }
        assert!(matches!(plain(".NaN"), Plain::Float(number) if number.is_nan()));
    }
}
