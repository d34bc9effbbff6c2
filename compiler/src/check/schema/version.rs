//! A setting of another version: its page speaks of engines by name, so it stands beside it.

use super::{Written, each};
use crate::check::Subject;
use crate::check::rule::Rule;
use crate::diagnostic::Diagnostics;
use crate::stdlib::schema::Key;

pub const RULE: Rule = Rule::error("schema/version", include_str!("version.md"), check);

fn check(subject: &Subject, diagnostics: &mut Diagnostics) {
    each(subject, &mut |written| {
        if written.section.open {
            return;
        }
        for (name, entry) in written.entries().filter(|(name, _)| written.key(name).is_none()) {
            let Some(key) = nearest(written, name) else { continue };
            let path = written.path_of(name);
            let (what, label) = match key.versions.over(written.version()) {
                true if key.renamed.is_some() => ("was renamed", "its old name"),
                true => ("is gone", "no longer known"),
                false => ("is newer", "not known yet"),
            };
            let message = format!("`{path}` {what}: {} doesn't know it", written.engine());
            diagnostics.push(RULE.finding(message).label(entry.key, label).help(help(written, name, key)));
        }
    });
}

/// What a key is in the version that is nearest: the one before, or else the one to come.
fn nearest<'a>(written: &Written<'a>, name: &str) -> Option<&'a Key> {
    let all: Vec<&Key> = written.section.all(name, written.variant).collect();
    let over = all.iter().rfind(|key| key.versions.over(written.version()));
    over.or(all.first()).copied()
}

fn help(written: &Written, name: &str, key: &Key) -> String {
    if let (Some(new), true) = (&key.renamed, key.versions.over(written.version())) {
        return match new.split_once('.') {
            Some((section, inner)) => format!("write `{section} {{ {inner} … }}`"),
            None => format!("write `{new}`"),
        };
    }
    let engine = &written.engine.name.value;
    match (&key.versions.since, &key.versions.before) {
        (Some(since), _) if !key.versions.over(written.version()) => format!(
            "{engine} knows it since {since}: if that is what serves, say `use \"engine/{engine}\" version=\"{since}\"`; \
             else leave it out"
        ),
        (_, Some(before)) => {
            format!("{engine} knows it before {before} only: leave it out, or {}", written.any(name))
        }
        _ => written.any(name),
    }
}
