//! Where a time axis has its marks.

/// Steps that a person counts in, in seconds.
const STEPS: [u64; 20] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172_800,
    604_800,
];

/// Marks from 0 to at most `seconds`, no more than `most`.
pub fn ticks(seconds: u64, most: u64) -> Vec<u64> {
    let fits = |step: &u64| seconds / step < most;
    // Beyond weeks, any even number.
    let step = STEPS.into_iter().find(fits).unwrap_or_else(|| (seconds / most.max(1)).saturating_add(1));
    (0..=seconds / step).map(|n| n * step).collect()
}

/// `45 s`, `1:30`, `2:00:00`: the same form all along an axis that ends at `end`.
pub fn label(seconds: u64, end: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match end {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_a_few_even_marks() {
        assert_eq!(ticks(0, 8), [0]);
        assert_eq!(ticks(7, 8), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(ticks(100, 8), [0, 15, 30, 45, 60, 75, 90]);
        assert_eq!(ticks(900, 8), [0, 120, 240, 360, 480, 600, 720, 840]);
        assert!(ticks(u64::MAX, 8).len() <= 9);
        for seconds in 0..5000 {
            let marks = ticks(seconds, 8);
            assert!(marks.len() <= 8 && (seconds < 8 || marks.len() > 2), "{seconds}: {marks:?}");
        }
    }

    #[test]
    fn labels_fit_their_axis() {
        assert_eq!([label(45, 50), label(90, 100), label(0, 4000)], ["45 s", "1:30", "0:00:00"]);
    }
}
