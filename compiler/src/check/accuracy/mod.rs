//! Accuracy tasks, and what the evaluation program is told about the model.

pub mod comma;
pub mod key;
pub mod planned;
pub mod task;
pub mod unsupported;

use crate::topology::accuracy::{Accuracy, ModelArgument, Settings};

/// What the tasks say, each for itself, and then what holds for all.
pub fn settings(accuracy: &Accuracy) -> impl Iterator<Item = &Settings> {
    accuracy.tasks.iter().map(|task| &task.own).chain([&accuracy.common])
}

fn model_arguments(accuracy: &Option<Accuracy>) -> impl Iterator<Item = &ModelArgument> {
    accuracy.iter().flat_map(settings).flat_map(|settings| &settings.model_args)
}
