//! Values of a file in the forms that a topology has.

use super::kdl::{self, Value};
use super::yaml::{Value as Data, Yaml};

/// Numbers in a list, in a text (`1 2 4`, `1,2`, `1x2`), or as a range (`1-4`).
pub fn numbers(yaml: &Yaml) -> Option<Vec<u32>> {
    match &yaml.value {
        Data::Integer(number) => Some(vec![u32::try_from(*number).ok()?]),
        Data::String(text) => words_of_numbers(text),
        Data::List(items) => {
            let mut all = Vec::new();
            for item in items {
                all.extend(numbers(&item.value)?);
            }
            Some(all)
        }
        _ => None,
    }
    .map(distinct)
    .filter(|numbers| !numbers.is_empty())
}

/// More steps than that nobody measures.
const MAX_RANGE: u32 = 64;

fn words_of_numbers(text: &str) -> Option<Vec<u32>> {
    let mut all = Vec::new();
    for word in text.split([' ', ',', 'x', 'X', '\t', '\n', '[', ']']).filter(|word| !word.is_empty()) {
        let range = word.split_once("..").or_else(|| word.split_once('-'));
        match range {
            Some((from, to)) => {
                let (from, to): (u32, u32) = (from.parse().ok()?, to.parse().ok()?);
                if from > to || to - from >= MAX_RANGE {
                    return None;
                }
                all.extend(from..=to);
            }
            None => all.push(word.parse().ok()?),
        }
    }
    Some(all)
}

/// A measurement that is asked for twice is made once.
fn distinct(numbers: Vec<u32>) -> Vec<u32> {
    let mut seen = Vec::new();
    for number in numbers {
        if !seen.contains(&number) {
            seen.push(number);
        }
    }
    seen
}

/// The name in `<name>`, where a value is such a placeholder; of one that has it in it, all of its text.
pub fn placeholder(text: &str) -> Option<String> {
    let start = text.find('<')?;
    let end = start + text[start..].find('>')?;
    let name = &text[start + 1..end];
    let fits = |c: char| c.is_ascii_alphanumeric() || "_- ./".contains(c);
    let named = !name.is_empty() && name.len() <= 60 && name.chars().all(fits);
    let alone = text.trim().len() == name.len() + 2;
    named.then(
        || if alone { name.trim().replace([' ', '/'], "_") } else { text.trim().replace(['<', '>'], "") },
    )
}

/// A text as it is meant: of a plain word its letters, whatever YAML takes it for.
pub fn text(yaml: &Yaml) -> Option<String> {
    match &yaml.value {
        Data::String(text) => Some(text.clone()),
        Data::Null | Data::List(_) | Data::Map(_) => None,
        _ => Some(yaml.written.clone()),
    }
}

/// A variable's value; a whole number is written as one.
pub fn variable(text: &str) -> Value {
    let number = text.parse::<u64>().is_ok_and(|number| number.to_string() == text);
    if number { Value::Word(text.to_owned()) } else { Value::Text(text.to_owned()) }
}

/// `FROM:TO` pairs of a text, a list or a map.
pub fn mounts(yaml: &Yaml) -> Option<Vec<(String, Option<String>)>> {
    let pair = |text: &str| {
        let mut parts = text.split(':');
        let from = parts.next()?.trim();
        let to = parts.next().map(str::trim);
        // Flags such as `ro` follow.
        (!from.is_empty()).then(|| (from.to_owned(), to.filter(|to| *to != from).map(str::to_owned)))
    };
    match &yaml.value {
        Data::String(text) => text.split(',').filter(|part| !part.trim().is_empty()).map(pair).collect(),
        Data::List(items) => items.iter().map(|item| pair(item.value.text()?)).collect(),
        Data::Map(map) => {
            let pairs = map.iter().map(|(from, entry)| {
                let to = entry.value.text()?.to_owned();
                Some((from.clone(), (to != *from).then_some(to)))
            });
            pairs.collect()
        }
        Data::Null => Some(Vec::new()),
        _ => None,
    }
}

/// `A=1 B='x y'`, or a map.
pub fn assignments(yaml: &Yaml) -> Option<Vec<(String, String)>> {
    match &yaml.value {
        Data::String(words) => {
            let words = shlex::split(words)?;
            words.iter().map(|word| word.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()))).collect()
        }
        Data::Map(map) => map.iter().map(|(key, entry)| Some((key.clone(), text(&entry.value)?))).collect(),
        Data::Null => Some(Vec::new()),
        _ => None,
    }
}

/// sbatch's options, each as `--name=value`.
pub fn options(yaml: &Yaml) -> Option<Vec<String>> {
    match &yaml.value {
        Data::String(words) => {
            let mut options: Vec<String> = Vec::new();
            for word in shlex::split(words)? {
                match options.last_mut() {
                    _ if word.starts_with("--") => options.push(word),
                    Some(last) if !word.starts_with('-') && !last.contains('=') => {
                        *last = format!("{last}={word}");
                    }
                    _ => return None,
                }
            }
            Some(options)
        }
        Data::Map(map) => {
            let option = |(name, entry): (&String, &super::yaml::Entry)| {
                let name = name.trim_start_matches('-');
                match &entry.value.value {
                    Data::Null | Data::Bool(true) => Some(format!("--{name}")),
                    _ => match text(&entry.value)? {
                        value if value.is_empty() => Some(format!("--{name}")),
                        value => Some(format!("--{name}={value}")),
                    },
                }
            };
            map.iter().map(option).collect()
        }
        Data::Null => Some(Vec::new()),
        _ => None,
    }
}

/// A registry's image as one writes it; pyxis puts `#` behind the registry.
pub fn image(text: &str) -> String {
    match text.split_once('#') {
        Some((registry, rest)) if !registry.contains('/') => format!("{registry}/{rest}"),
        _ => text.to_owned(),
    }
}

/// A name of the site's own file for a path: its last part.
pub fn site_name(path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or(path);
    let name: String =
        last.trim_end_matches(".sqsh").chars().map(|c| if c.is_whitespace() { '-' } else { c }).collect();
    if name.is_empty() { "path".to_owned() } else { name }
}

/// How a value is shown in a message.
pub fn shown(yaml: &Yaml) -> String {
    match &yaml.value {
        Data::List(_) => "a list".to_owned(),
        Data::Map(_) => "a map".to_owned(),
        Data::Float(number) if !number.is_finite() => number.to_string(),
        _ => kdl::scalar(yaml).map(|value| value.written()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::source::FileId;

    fn yaml(text: &str) -> Yaml {
        super::super::yaml::read(text, FileId(0), &mut Diagnostics::default()).expect("YAML").root
    }

    #[test]
    fn concurrencies_have_many_shapes() {
        let table: [(&str, Option<&[u32]>); 12] = [
            ("8", Some(&[8])),
            ("'8'", Some(&[8])),
            ("1 2 4", Some(&[1, 2, 4])),
            ("1,2,4", Some(&[1, 2, 4])),
            ("4x8x16", Some(&[4, 8, 16])),
            ("[4, 8]", Some(&[4, 8])),
            ("['4', '8x16']", Some(&[4, 8, 16])),
            ("1-3", Some(&[1, 2, 3])),
            ("2..4", Some(&[2, 3, 4])),
            ("8 8", Some(&[8])),
            ("1-9999", None),
            ("many", None),
        ];
        for (text, expected) in table {
            assert_eq!(numbers(&yaml(text)).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn placeholders_have_names() {
        assert_eq!(placeholder("<partition>").as_deref(), Some("partition"));
        assert_eq!(placeholder("<your name>").as_deref(), Some("your_name"));
        // Two values with the same placeholder are two values.
        assert_eq!(placeholder("<work_dir>/data.jsonl").as_deref(), Some("work_dir/data.jsonl"));
        assert_eq!(placeholder("batch"), None);
        assert_eq!(placeholder("<>"), None);
    }

    #[test]
    fn options_of_sbatch_are_words_or_a_map() {
        let options = |text: &str| options(&yaml(text));
        let gres = Some(vec!["--gres=gpu:4".to_owned(), "--exclude=a,b".to_owned()]);
        assert_eq!(options("'--gres=gpu:4 --exclude a,b'"), gres);
        assert_eq!(options("{gres: 'gpu:4', exclude: 'a,b'}"), gres);
        assert_eq!(options("{exclusive: ''}"), Some(vec!["--exclusive".to_owned()]));
        assert_eq!(options("'-C x'"), None);
    }

    #[test]
    fn mounts_are_pairs() {
        let one = |from: &str, to: Option<&str>| (from.to_owned(), to.map(str::to_owned));
        let both = Some(vec![one("/a", None), one("/b", Some("/c"))]);
        assert_eq!(mounts(&yaml("/a:/a,/b:/c")), both);
        assert_eq!(mounts(&yaml("['/a', '/b:/c:ro']")), both);
        assert_eq!(mounts(&yaml("{/a: /a, /b: /c}")), both);
    }
}
