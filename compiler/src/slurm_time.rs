//! Times as Slurm writes them.

/// Seconds of a time in Slurm's forms; `Some(None)` for no limit, `None` for another form.
///
/// Source: `--time` in Slurm's sbatch(1).
pub fn seconds(text: &str) -> Option<Option<u64>> {
    if ["UNLIMITED", "INFINITE"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some(None);
    }
    let number = |part: &str| match part.chars().all(|c| c.is_ascii_digit()) {
        true => part.parse::<u64>().ok(),
        false => None,
    };
    let hours_of = |days: u64, hours: u64| days.checked_mul(24)?.checked_add(hours);
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (Some(number(days)?), rest),
        None => (None, text),
    };
    let parts: Option<Vec<u64>> = rest.split(':').map(number).collect();
    let seconds = match (days, parts?.as_slice()) {
        (Some(days), [hours]) => [hours_of(days, *hours)?, 0, 0],
        (Some(days), [hours, minutes]) => [hours_of(days, *hours)?, *minutes, 0],
        (Some(days), [hours, minutes, seconds]) => [hours_of(days, *hours)?, *minutes, *seconds],
        (None, [minutes]) => [0, *minutes, 0],
        (None, [minutes, seconds]) => [0, *minutes, *seconds],
        (None, [hours, minutes, seconds]) => [*hours, *minutes, *seconds],
        _ => return None,
    };
    let total = seconds[0].checked_mul(3600)?.checked_add(seconds[1].checked_mul(60)?)?;
    total.checked_add(seconds[2]).map(Some)
}

/// `HH:MM:SS`, or `D-HH:MM:SS` from a day on.
pub fn text(seconds: u64) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let days = if days == 0 { String::new() } else { format!("{days}-") };
    format!("{days}{hours:02}:{:02}:{:02}", seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::{seconds, text};

    #[test]
    fn times_are_read_as_slurm_reads_them() {
        for (text, expected) in [
            ("30", Some(Some(1800))),
            ("30:15", Some(Some(1815))),
            ("2:00:00", Some(Some(7200))),
            ("1-0", Some(Some(86_400))),
            ("1-2:30", Some(Some(95_400))),
            ("1-02:30:01", Some(Some(95_401))),
            ("UNLIMITED", Some(None)),
            ("4h", None),
            ("1:2:3:4", None),
            ("", None),
            ("1-", None),
            ("-1", None),
            ("99999999999999999999", None),
            ("18446744073709551615", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        assert_eq!(text(14_400), "04:00:00");
        for n in [0, 59, 3600, 86_399, 86_400, 1_000_000] {
            assert_eq!(seconds(&text(n)), Some(Some(n)), "{}", text(n));
        }
    }
}
