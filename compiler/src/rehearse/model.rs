//! A pretend model: the small files that servers and clients read of a model's folder, and no weights.

use std::fs;
use std::io;

use camino::Utf8Path;
use serde_json::{Map, Value, json};

/// How many words its tokenizer knows: enough for prompts that differ.
const WORDS: usize = 4096;
/// Tokens, as many as any topology is likely to ask for.
const LONGEST: u32 = 131_072;
/// The first words, which stand for no text. Their numbers are their places.
const SPECIAL: [&str; 3] = ["<unk>", "<s>", "</s>"];
const BEGIN: usize = 1;
const END: usize = 2;

/// Makes the folder with a tiny Llama's configuration and a tokenizer of whole words.
///
/// # Errors
/// The operating system's, where a file can't be written.
pub fn write(folder: &Utf8Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, content) in files() {
        fs::write(folder.join(name), content.to_string())?;
    }
    Ok(())
}

fn files() -> [(&'static str, Value); 4] {
    [
        ("config.json", config()),
        ("tokenizer.json", tokenizer()),
        ("tokenizer_config.json", tokenizer_config()),
        ("generation_config.json", json!({ "bos_token_id": BEGIN, "eos_token_id": END })),
    ]
}

fn config() -> Value {
    json!({
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 4,
        "vocab_size": WORDS,
        "max_position_embeddings": LONGEST,
        "bos_token_id": BEGIN,
        "eos_token_id": END,
        "torch_dtype": "bfloat16",
    })
}

fn tokenizer() -> Value {
    let word = |number: usize| SPECIAL.get(number).map_or(format!("w{number}"), |word| (*word).to_owned());
    let words: Map<String, Value> = (0..WORDS).map(|number| (word(number), number.into())).collect();
    let special: Vec<Value> = SPECIAL
        .iter()
        .enumerate()
        .map(|(number, word)| {
            json!({
                "id": number, "content": word, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true,
            })
        })
        .collect();
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": special,
        "normalizer": null,
        "pre_tokenizer": { "type": "Whitespace" },
        "post_processor": null,
        "decoder": null,
        "model": { "type": "WordLevel", "vocab": words, "unk_token": SPECIAL[0] },
    })
}

fn tokenizer_config() -> Value {
    json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": SPECIAL[BEGIN],
        "eos_token": SPECIAL[END],
        "unk_token": SPECIAL[0],
        "model_max_length": LONGEST,
        "chat_template": "{% for message in messages %}{{ message['content'] }}\n{% endfor %}",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_files_agree() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = Utf8Path::from_path(folder.path()).expect("UTF-8").join("models/tiny");
        write(&folder).expect("it is written");
        let read = |name: &str| -> Value {
            serde_json::from_slice(&fs::read(folder.join(name)).expect("a file")).expect("JSON")
        };
        let (config, tokenizer) = (read("config.json"), read("tokenizer.json"));
        let (speech, generation) = (read("tokenizer_config.json"), read("generation_config.json"));
        let words = tokenizer["model"]["vocab"].as_object().expect("words");
        assert_eq!(config["vocab_size"], words.len());
        assert_eq!(words["w4095"], 4095);
        for (name, id) in [("bos_token", "bos_token_id"), ("eos_token", "eos_token_id")] {
            let word = speech[name].as_str().expect("a word");
            assert_eq!(words[word], config[id]);
            assert_eq!(config[id], generation[id]);
        }
        for special in tokenizer["added_tokens"].as_array().expect("a list") {
            assert_eq!(words[special["content"].as_str().expect("a word")], special["id"]);
        }
        assert_eq!(speech["unk_token"], tokenizer["model"]["unk_token"]);
        assert_eq!(speech["model_max_length"], config["max_position_embeddings"]);
    }
}
