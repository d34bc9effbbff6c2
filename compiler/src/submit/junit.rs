//! `junit.xml` of a job that wrote none, or one that says something else than what became of it.

use super::{Outcome, Word};

/// Whether the job's own report says the same. An unfinished one is none.
pub fn agrees(report: &str, outcome: &Outcome) -> bool {
    let complete = report.trim_end().ends_with("</testsuite>");
    let failed = report.contains("<failure ");
    let same = match outcome.word {
        Word::Passed => !failed,
        word => report.contains(&format!("<failure type=\"{}\"", word.name())),
    };
    complete && same
}

/// One case, of the name that a job's own report has for its start.
pub fn report(topology: &str, outcome: &Outcome) -> String {
    let name = escaped(topology);
    let (failures, failure) = match outcome.word {
        Word::Passed => (0, String::new()),
        word => {
            let (message, text) = (escaped(&outcome.to_string()), escaped(&outcome.message));
            (1, format!("<failure type=\"{}\" message=\"{message}\">{text}</failure>", word.name()))
        }
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{name}\" tests=\"1\" failures=\"{failures}\" \
         errors=\"0\" skipped=\"0\">\n  <testcase classname=\"{name}\" name=\"bring-up\">{failure}</testcase>\n\
         </testsuite>\n"
    )
}

/// Without the characters that XML has no place for.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push('\t'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_happened_and_agrees_with_itself() {
        for word in [
            Word::Passed,
            Word::Failed,
            Word::Timeout,
            Word::Cancelled,
            Word::Infrastructure,
            Word::NotStarted,
        ] {
            let message = if word == Word::Passed { "" } else { "a \"b\" <c> & \u{1b}[31m\nd" };
            let outcome = Outcome::new(word, message);
            let text = report("t<1>", &outcome);
            assert!(agrees(&text, &outcome), "{text}");
            assert!(!text.contains('\u{1b}') && text.contains("name=\"t&lt;1&gt;\""), "{text}");
            let other = if word == Word::Failed { Word::Passed } else { Word::Failed };
            assert!(!agrees(&text, &Outcome::new(other, "x")), "{text}");
            assert!(!agrees(&text[..text.len() - 14], &outcome), "{text}");
        }
    }
}
