//! Environment variables.

pub mod bash;
pub mod expansion;
pub mod name;
pub mod near_miss;
pub mod no_role;
pub mod planned;
pub mod quoted;
pub mod role;
pub mod secret;
pub mod stripped;

/// Whether a shell can hold a variable of this name.
pub fn is_shell_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.chars().all(inner) && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}
