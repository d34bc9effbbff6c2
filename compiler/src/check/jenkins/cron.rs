//! # A time that Jenkins' cron does not read
//!
//! Five fields: minute, hour, day of the month, month, day of the week. Each is `*`, a number, a range, a list, or `H`,
//! which Jenkins replaces by a number of its own so that not everything starts at once; `/n` behind one means every
//! n-th. Jenkins knows no names of months or days, and refuses the whole pipeline for a mistake here. Instead of the
//! five there may be one of `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@annually`, `@yearly`.
//!
//! ```kdl
//! jenkins { agent "slurm-login"; cron "0 25 * * mon" }
//! //                                  ^^^^^^^^^^^^^^
//! ```
//!
//! ```kdl
//! jenkins { agent "slurm-login"; cron "H 2 * * 1-5" }
//! ```

use std::ops::RangeInclusive;

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("jenkins/cron", include_str!("cron.rs"), check);

const FIELDS: [(&str, RangeInclusive<u32>); 5] = [
    ("minute", 0..=59),
    ("hour", 0..=23),
    ("day of the month", 1..=31),
    ("month", 1..=12),
    ("day of the week", 0..=7),
];
const ALIASES: [&str; 7] = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@annually", "@yearly"];

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for cron in subject.topology.jenkins.iter().flat_map(|jenkins| &jenkins.cron) {
        if let Err(why) = read(&cron.value) {
            diagnostics.push(
                RULE.finding("Jenkins does not read this time").label(cron.span, why).help(
                    "write minute, hour, day of the month, month and day of the week: `H 2 * * 1-5` is a time after \
                     two o'clock, Monday to Friday",
                ),
            );
        }
    }
}

fn read(text: &str) -> Result<(), String> {
    if ALIASES.contains(&text) {
        return Ok(());
    }
    let fields: Vec<&str> = text.split([' ', '\t']).filter(|field| !field.is_empty()).collect();
    if fields.len() != FIELDS.len() {
        return Err(match fields.len() {
            1 => "1 field, not 5".to_owned(),
            n => format!("{n} fields, not 5"),
        });
    }
    for (field, (name, range)) in fields.into_iter().zip(FIELDS) {
        if !field.split(',').all(|part| is_part(part, &range)) {
            let (low, high) = (range.start(), range.end());
            return Err(format!("`{}` is no {name} ({low} to {high})", field.escape_debug()));
        }
    }
    Ok(())
}

/// One part of a list: `*`, `H`, `3`, `1-5`, `H(1-5)`, each but a number alone perhaps with `/n`.
fn is_part(part: &str, range: &RangeInclusive<u32>) -> bool {
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let within = |text: &str| number(text).filter(|n| range.contains(n));
    let span = |text: &str| {
        let ends = text.split_once('-').and_then(|(from, to)| Some((within(from)?, within(to)?)));
        ends.is_some_and(|(from, to)| from <= to)
    };
    let (base, step) = match part.split_once('/') {
        Some((base, step)) => (base, Some(step)),
        None => (part, None),
    };
    let steps = step.is_none_or(|step| number(step).is_some_and(|n| n > 0 && n <= range.end() + 1));
    let hashed = base.strip_prefix("H(").and_then(|rest| rest.strip_suffix(')')).is_some_and(span);
    let many = matches!(base, "*" | "H") || hashed || span(base);
    steps && (many || (within(base).is_some() && step.is_none()))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn times_are_read_as_jenkins_reads_them() {
        for good in [
            "H 2 * * *",
            "H/15 * * * *",
            "0,30 8-18 * * 1-5",
            "H(0-29)/10 H(2-4) 1,15 1-11 0,7",
            "*/5\t* * * *",
            "@midnight",
        ] {
            assert_eq!(read(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "2",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 8",
            "* * * * mon",
            "5-1 * * * *",
            "*/0 * * * *",
            "*/61 * * * *",
            "1,, * * * *",
            "H(2) * * * *",
            "+1 * * * *",
            "5/2 * * * *",
            "@reboot",
            "* * * * *\n0 0 * * *",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
