//! What pictures have in common.

use svg::node::element::Text;

use super::snippet::printable;

/// Width of a character of the pictures' font, on average and a bit more.
pub const CHARACTER: f64 = 6.9;

pub fn text(x: f64, y: f64, class: &str, words: &str) -> Text {
    let text = Text::new(safe(words)).set("x", round(x)).set("y", round(y));
    if class.trim().is_empty() { text } else { text.set("class", class.trim()) }
}

/// Tenths of a pixel are finer than what anybody sees.
pub fn round(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0
}

/// What XML can hold.
pub fn safe(text: &str) -> String {
    printable(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
