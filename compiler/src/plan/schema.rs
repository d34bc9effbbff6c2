//! The schema of plan.json, which the book has, is that of these types.

use std::path::Path;

use schemars::generate::SchemaSettings;

use super::{Plan, SCHEMA};

/// With `UPDATE_BOOK=1` it is written anew.
#[test]
fn the_book_has_the_schema() {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Plan>();
    schema.insert("title".to_owned(), format!("plan.json of a disaggc bundle, version {SCHEMA}").into());
    let schema = format!("{}\n", serde_json::to_string_pretty(&schema).expect("JSON"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/src/schema/plan.json");
    if std::env::var_os("UPDATE_BOOK").is_some() {
        std::fs::write(&file, &schema).expect("writable");
    }
    let there = std::fs::read_to_string(&file).expect("there");
    assert!(
        there == schema,
        "{} is out of date: run UPDATE_BOOK=1 cargo test --lib plan::schema",
        file.display()
    );
}
