//! Settings as words of a command: `max_num_seqs 64` becomes `--max-num-seqs 64`.

use indexmap::IndexMap;

use super::Data;
use super::json::json;
use super::word::Word;
use crate::stdlib::role::Flags;

/// A true key is its flag alone, a list has its items behind the flag, a map is JSON. What is null, and what is
/// false where the program knows no negation, falls away.
pub fn words(flags: &Flags, settings: &IndexMap<String, Data>) -> Vec<Word> {
    let mut words = Vec::new();
    for (key, value) in settings {
        let name = key.replace('_', "-");
        match value {
            Data::Null => {}
            Data::Bool(true) => words.push(Word::text(format!("--{name}"))),
            Data::Bool(false) => {
                words.extend(flags.negation.as_ref().map(|no| Word::text(format!("{no}{name}"))));
            }
            Data::List(items) => {
                words.push(Word::text(format!("--{name}")));
                words.extend(items.iter().map(scalar));
            }
            value => words.extend([Word::text(format!("--{name}")), scalar(value)]),
        }
    }
    words
}

fn scalar(value: &Data) -> Word {
    match value {
        Data::String(word) => word.clone(),
        value => json(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_value_has_its_form() {
        let map = IndexMap::from([("a \"b\"".to_owned(), Data::List(vec![Data::Integer(1), Data::Null]))]);
        let settings = IndexMap::from([
            ("max_num_seqs".to_owned(), Data::Integer(64)),
            ("enable_x".to_owned(), Data::Bool(true)),
            ("enable_y".to_owned(), Data::Bool(false)),
            ("sizes".to_owned(), Data::List(vec![Data::Integer(1), Data::Integer(2)])),
            ("nothing".to_owned(), Data::Null),
            ("kv".to_owned(), Data::Map(map)),
        ]);
        let text = |flags: &Flags| {
            let words = words(flags, &settings);
            words.iter().map(|w| w.as_text().unwrap_or("?").to_owned()).collect::<Vec<_>>()
        };
        let negated = text(&Flags { negation: Some("--no-".to_owned()) });
        let json = r#"{"a \"b\"":[1,null]}"#;
        assert_eq!(
            negated,
            ["--max-num-seqs", "64", "--enable-x", "--no-enable-y", "--sizes", "1", "2", "--kv", json]
        );
        assert!(!text(&Flags::default()).iter().any(|word| word.contains("enable-y")));
    }
}
