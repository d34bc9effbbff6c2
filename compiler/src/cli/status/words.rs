//! Times and states for a person, and text that fits.

use textwrap::core::display_width;

use super::super::snippet::printable;
use crate::follow::{Run, State, Step};

/// `12 s`, `3 min 5 s`, `2 h 4 min`, `3 d 1 h`.
pub fn human(seconds: u64) -> String {
    let pair = |big: u64, unit: &str, small: u64, part: &str| match small {
        0 => format!("{big} {unit}"),
        _ => format!("{big} {unit} {small} {part}"),
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => pair(seconds / 60, "min", seconds % 60, "s"),
        3600..86400 => pair(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => pair(seconds / 86400, "d", seconds % 86400 / 3600, "h"),
    }
}

/// `failed, code 137`.
pub fn state(step: &Step) -> String {
    let word = match step.state {
        State::Waiting => "waiting",
        State::Starting => "starting",
        State::Ready => "ready",
        State::Running => "running",
        State::Stopping => "stopping",
        State::Done => "done",
        State::Stopped => "stopped",
        State::NotStarted => "not started",
        State::CutOff => "cut off",
        State::Failed => match step.code {
            // A server that ends, ends too early.
            Some(0) => return "ended, code 0".to_owned(),
            Some(code) => return format!("failed, code {code}"),
            None => "failed",
        },
    };
    word.to_owned()
}

/// For how many seconds a step has been in its state, or took if it has ended.
pub fn lasting(step: &Step, run: &Run) -> Option<u64> {
    let started = step.started?;
    let since = if step.state == State::Ready { step.ready.unwrap_or(started) } else { started };
    Some(step.ended.or(run.seconds)?.saturating_sub(since))
}

/// `running for 3 min 5 s`.
fn verdict(run: &Run) -> String {
    let after = |before: &str| run.seconds.map(|s| format!(" {before} {}", human(s))).unwrap_or_default();
    let stopping = if run.over { "" } else { ", its steps are being stopped" };
    match run.verdict {
        Some(verdict) => format!("{}{}{stopping}", verdict.name(), after("after")),
        None if run.over => "ended without a verdict".to_owned(),
        None => format!("running{}", after("for")),
    }
}

/// `dsr1-1k1k (e2e), job 4711: running for 3 min 5 s`.
pub fn headline(run: &Run) -> String {
    let mode = run.mode.as_ref().map(|mode| format!(" ({mode})")).unwrap_or_default();
    let job = run.job.as_ref().map(|job| format!(", job {job}")).unwrap_or_default();
    printable(&format!("{}{mode}{job}: {}", run.topology, verdict(run)))
}

/// The text in at most `width` columns, with `…` at its end if something had to go.
pub fn cut(text: &str, width: usize) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        out.push(c);
        if display_width(&out) >= width {
            out.pop();
            break;
        }
    }
    format!("{}…", out.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_at_most_two_units() {
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (185, "3 min 5 s"),
            (3600, "1 h"),
            (7499, "2 h 4 min"),
            (86400 * 3 + 3700, "3 d 1 h"),
        ] {
            assert_eq!(human(seconds), words);
        }
        human(u64::MAX);
    }

    #[test]
    fn long_text_is_cut_by_columns() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "long…");
        assert_eq!(cut("日本語日本", 6), "日本…");
        assert_eq!(cut("a b", 2), "a…");
        assert_eq!(cut("abc", 1), "…");
    }
}
