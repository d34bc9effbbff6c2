//! Data as JSON in one word, whose strings may have parts that only the job knows.

use super::Data;
use super::word::{Part, Word};

pub fn json(value: &Data) -> Word {
    let mut word = Word::default();
    write(value, &mut word);
    word
}

fn write(value: &Data, word: &mut Word) {
    let mut text = |text: &str| word.push(Part::Text(text.to_owned()));
    match value {
        Data::Null => text("null"),
        Data::Bool(truth) => text(&truth.to_string()),
        Data::Integer(number) => text(&number.to_string()),
        Data::Float(number) => text(&number.to_string()),
        Data::String(string) => {
            text("\"");
            for part in string.parts() {
                match part {
                    Part::Text(inner) => {
                        let quoted = serde_json::Value::from(inner.as_str()).to_string();
                        word.push(Part::Text(quoted[1..quoted.len() - 1].to_owned()));
                    }
                    runtime => word.push(runtime.clone()),
                }
            }
            word.push(Part::Text("\"".to_owned()));
        }
        Data::List(items) => {
            text("[");
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    word.push(Part::Text(",".to_owned()));
                }
                write(item, word);
            }
            word.push(Part::Text("]".to_owned()));
        }
        Data::Map(map) => {
            text("{");
            for (index, (key, item)) in map.iter().enumerate() {
                let comma = if index > 0 { "," } else { "" };
                word.push(Part::Text(format!("{comma}{}:", serde_json::Value::from(key.as_str()))));
                write(item, word);
            }
            word.push(Part::Text("}".to_owned()));
        }
    }
}
