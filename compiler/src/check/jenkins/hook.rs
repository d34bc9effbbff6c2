//! # A message to nobody
//!
//! `on` names a condition of Jenkins, and whom it tells: e-mail addresses, or channels of Slack, for which Jenkins needs
//! the Slack plugin. A mistake in an address is only found when the message is lost.
//!
//! ```kdl
//! jenkins { agent "slurm-login"; on "failure" { mail "team" } }
//! //                                                 ^^^^^^
//! ```
//!
//! ```kdl
//! jenkins { agent "slurm-login"; on "failure" { mail "team@example.com"; slack "#ci" } }
//! ```

use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;

pub const RULE: Rule = Rule::error("jenkins/hook", include_str!("hook.rs"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    for hook in subject.topology.jenkins.iter().flat_map(|jenkins| &jenkins.hooks) {
        if hook.mail.is_empty() && hook.slack.is_empty() && hook.blank {
            diagnostics.push(
                RULE.finding("nobody is told")
                    .label(hook.head, "no address inside")
                    .help("write `mail \"team@example.com\"` or `slack \"#channel\"` inside"),
            );
        }
        for mail in hook.mail.iter().filter(|mail| !is_address(&mail.value)) {
            diagnostics.push(
                RULE.finding("this is no e-mail address")
                    .label(mail.span, "not NAME@HOST")
                    .help("write one address a string: `mail \"a@example.com\" \"b@example.com\"`"),
            );
        }
        for slack in hook.slack.iter().filter(|slack| !is_channel(&slack.value)) {
            diagnostics.push(
                RULE.finding("this is no channel of Slack")
                    .label(slack.span, "not #CHANNEL or @PERSON")
                    .help("write `#` and the channel's name: `slack \"#ci\"`"),
            );
        }
    }
}

fn is_address(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    text.split_once('@').is_some_and(|(name, host)| {
        let parts = host.split('.').all(|part| !part.is_empty());
        !name.is_empty()
            && name.chars().all(plain)
            && parts
            && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c))
    })
}

fn is_channel(text: &str) -> bool {
    let name = text.strip_prefix(['#', '@']).unwrap_or_default();
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c))
}
