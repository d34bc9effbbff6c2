//! What an engine's file may say: `schema/NAME.kdl` beside the engine's description.
//!
//! ```kdl
//! key "max_batch_size" int? default=2048            // `?`: may be `#null`
//! key "backend" enum "UCX" "NIXL" { also "MOONCAKE" since="1.2" }
//! key "window" list of=int min=1 nonempty=#true     // bounds hold for a list's items, too
//! key "target" float or=map of=float                // one or the other
//! key "kv_cache_config" section in="kv_cache_config"    // described in another file
//! key "moe_config" section { key … }
//! key "old_name" int before="1.2" renamed="section.new_name"
//! key "going" bool deprecated="write … instead"     // the engine takes it, and says so
//! key "gone" any ignored="…"                        // the engine takes it, and does nothing with it
//! by "decoding_type"                                // its value says which variant's keys may stand here, too
//! variant "MTP" { key … }
//! open                                              // the engine takes unknown keys, and ignores them
//! ```
//!
//! A key, a variant and a value may carry `since` and `before`; a key stands once for each range of versions in
//! which it differs. Values are compared as engines in Python do it, with pydantic: see [`Kind::fits`].

pub mod load;
mod read;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::version;
use crate::source::Spanned;
use crate::syntax::Value;
use crate::topology::ast::ConfigValue;

/// The files of an engine's schema that a topology needs.
#[derive(Debug, Default)]
pub struct Schemas {
    files: BTreeMap<String, Section>,
}

/// What may stand in one section of an engine's file, or on its top.
#[derive(Debug, Default)]
pub struct Section {
    /// What each name stands for, in several ranges of versions.
    pub keys: IndexMap<String, Vec<Key>>,
    /// The key whose value picks the variant.
    pub by: Option<String>,
    pub variants: Vec<Variant>,
    /// A key that is not known is taken, and ignored.
    pub open: bool,
}

/// Keys that a section may have besides, if its `by` says one of these names.
#[derive(Debug)]
pub struct Variant {
    pub names: Vec<Word>,
    pub versions: Versions,
    pub keys: IndexMap<String, Vec<Key>>,
}

/// A text that is known in a range of versions.
#[derive(Debug)]
pub struct Word {
    pub text: String,
    pub versions: Versions,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Versions {
    pub since: Option<String>,
    pub before: Option<String>,
}

#[derive(Debug)]
pub struct Key {
    pub versions: Versions,
    /// It may be any of them.
    pub kinds: Vec<Kind>,
    pub null: bool,
    /// What a list's items and a map's values are.
    pub of: Kind,
    /// What a map's keys are: text, or whole numbers.
    pub keys: Kind,
    /// What an enumeration lists.
    pub values: Vec<Word>,
    /// Other values than the listed ones are taken, but mean nothing.
    pub loose: bool,
    /// Small and capital letters are the same.
    pub fold_case: bool,
    pub bounds: Bounds,
    pub nonempty: bool,
    pub required: bool,
    pub deprecated: Option<String>,
    pub ignored: Option<String>,
    /// Its name now, from the top of the file on.
    pub renamed: Option<String>,
    pub section: Option<Place>,
    pub default: Option<Value>,
}

/// Where a section is described.
#[derive(Debug)]
pub enum Place {
    Here(Box<Section>),
    File(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int,
    Float,
    String,
    Enum,
    List,
    Map,
    Section,
    Any,
}

/// The numbers that are allowed.
#[derive(Debug, Clone, Default)]
pub struct Bounds {
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// Not this number itself.
    pub above: Option<f64>,
    pub below: Option<f64>,
}

/// How a value stands to a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    Yes,
    /// It is of another kind, and the engine converts it.
    Converted,
    No,
}

impl Schemas {
    pub fn file(&self, name: &str) -> Option<&Section> {
        self.files.get(name)
    }

    /// The section that a key opens.
    pub fn section<'a>(&'a self, key: &'a Key) -> Option<&'a Section> {
        match key.section.as_ref()? {
            Place::Here(section) => Some(section),
            Place::File(name) => self.file(name),
        }
    }

    /// The path of the first section below `root` that knows a key in a version.
    pub fn home<'a>(&'a self, root: &'a Section, name: &str, version: &str) -> Option<String> {
        root.keys.iter().find_map(|(outer, _)| {
            let inner = self.section(root.key(outer, None, version)?)?;
            if inner.key(name, None, version).is_some() {
                return Some(outer.clone());
            }
            self.home(inner, name, version).map(|path| format!("{outer}.{path}"))
        })
    }
}

impl Section {
    /// The variant that a value of `by` picks.
    pub fn variant(&self, name: &str, version: &str) -> Option<&Variant> {
        self.variants.iter().find(|variant| {
            variant.versions.hold(version)
                && variant.names.iter().any(|word| word.text == name && word.versions.hold(version))
        })
    }

    /// The names of all variants that there are in a version.
    pub fn variant_names<'a>(&'a self, version: &'a str) -> impl Iterator<Item = &'a str> {
        let variants = self.variants.iter().filter(|variant| variant.versions.hold(version));
        variants.flat_map(|variant| known(&variant.names, version))
    }

    /// A key in a version, and with a variant.
    pub fn key<'a>(&'a self, name: &str, variant: Option<&'a Variant>, version: &str) -> Option<&'a Key> {
        self.all(name, variant).find(|key| key.versions.hold(version))
    }

    /// A key in all versions.
    pub fn all<'a>(&'a self, name: &str, variant: Option<&'a Variant>) -> impl Iterator<Item = &'a Key> {
        let own = variant.and_then(|variant| variant.keys.get(name));
        own.into_iter().chain(self.keys.get(name)).flatten()
    }

    /// The names that there are in a version, and with a variant.
    pub fn names<'a>(
        &'a self,
        variant: Option<&'a Variant>,
        version: &'a str,
    ) -> impl Iterator<Item = &'a str> {
        let own = variant.into_iter().flat_map(|variant| &variant.keys);
        let names = own.chain(&self.keys).filter(|(_, keys)| keys.iter().any(|k| k.versions.hold(version)));
        names.map(|(name, _)| name.as_str())
    }
}

impl Versions {
    pub fn hold(&self, version: &str) -> bool {
        let compare = |bound: &String| version::compare(version, bound);
        self.since.as_ref().is_none_or(|since| compare(since) != Ordering::Less)
            && self.before.as_ref().is_none_or(|before| compare(before) == Ordering::Less)
    }

    /// Whether they are all older than a version.
    pub fn over(&self, version: &str) -> bool {
        self.before.as_ref().is_some_and(|before| version::compare(version, before) != Ordering::Less)
    }
}

/// The texts that there are in a version.
pub fn known<'a>(words: &'a [Word], version: &'a str) -> impl Iterator<Item = &'a str> {
    words.iter().filter(|word| word.versions.hold(version)).map(|word| word.text.as_str())
}

impl Key {
    /// The kind that a value is taken as, and how it fits; of several kinds the one that needs no conversion.
    pub fn taken_as(&self, value: &ConfigValue) -> (Kind, Fit) {
        let fits = |fit: Fit| self.kinds.iter().copied().find(|kind| kind.fits(value) == fit);
        if let Some(kind) = fits(Fit::Yes) {
            return (kind, Fit::Yes);
        }
        match fits(Fit::Converted) {
            Some(kind) => (kind, Fit::Converted),
            None => (self.kinds[0], Fit::No),
        }
    }

    /// The values that are looked at one by one: the items of a list, the values of a map, or the value itself;
    /// each with its kind and how it fits. `None`: `#null` may stand here.
    pub fn parts<'v>(&self, value: &'v Spanned<ConfigValue>) -> Option<Vec<Part<'v>>> {
        if value.value == ConfigValue::Null && self.null {
            return None;
        }
        let (kind, fit) = self.taken_as(&value.value);
        let inner =
            |value: &'v Spanned<ConfigValue>| Part { value, kind: self.of, fit: self.of.fits(&value.value) };
        Some(match (&value.value, kind, fit) {
            (ConfigValue::List(items), Kind::List, Fit::Yes) => items.iter().map(inner).collect(),
            (ConfigValue::Map(map), Kind::Map, Fit::Yes) => map.values().map(|e| inner(&e.value)).collect(),
            _ => vec![Part { value, kind, fit }],
        })
    }

    /// Whether an enumeration takes a text.
    pub fn lists(&self, text: &str, version: &str) -> bool {
        known(&self.values, version)
            .any(|word| word == text || self.fold_case && word.eq_ignore_ascii_case(text))
    }

    /// "a whole number", "text or a section".
    pub fn shown(&self) -> String {
        let one = |kind: &Kind| match kind {
            Kind::List if self.of != Kind::Any => format!("a list, each item {}", self.of.shown()),
            kind => kind.shown().to_owned(),
        };
        self.kinds.iter().map(one).collect::<Vec<_>>().join(" or ")
    }
}

/// One value of a setting.
#[derive(Debug)]
pub struct Part<'v> {
    pub value: &'v Spanned<ConfigValue>,
    pub kind: Kind,
    pub fit: Fit,
}

impl Part<'_> {
    /// The number that the engine reads.
    pub fn number(&self) -> Option<f64> {
        match (&self.value.value, self.kind) {
            (ConfigValue::Integer(number), Kind::Int | Kind::Float) => Some(*number as f64),
            (ConfigValue::Float(number), Kind::Int | Kind::Float) => Some(*number),
            (ConfigValue::String(text), Kind::Int | Kind::Float) => text.trim().parse().ok(),
            _ => None,
        }
    }
}

/// Texts that pydantic takes for a truth value, in small letters.
const TRUTH: [&str; 12] = ["0", "1", "f", "false", "n", "no", "off", "on", "t", "true", "y", "yes"];

impl Kind {
    /// Pydantic's conversions: whole numbers from text, from `8.0` and from truth values, truth values from a few
    /// words and from 0 and 1; text from nothing else.
    pub fn fits(self, value: &ConfigValue) -> Fit {
        use ConfigValue as V;
        match (self, value) {
            (Kind::Any, _)
            | (Kind::Bool, V::Bool(_))
            | (Kind::Int, V::Integer(_))
            | (Kind::Float, V::Integer(_) | V::Float(_))
            | (Kind::String | Kind::Enum, V::String(_))
            | (Kind::List, V::List(_))
            | (Kind::Map | Kind::Section, V::Map(_)) => Fit::Yes,
            (Kind::Int, V::Float(number)) if number.fract() == 0.0 => Fit::Yes,
            (Kind::Int | Kind::Float, V::Bool(_)) | (Kind::Bool, V::Integer(0 | 1)) => Fit::Converted,
            (Kind::Bool, V::Float(number)) if *number == 0.0 || *number == 1.0 => Fit::Converted,
            (Kind::Bool, V::String(text)) if TRUTH.contains(&text.to_ascii_lowercase().as_str()) => {
                Fit::Converted
            }
            (Kind::Int, V::String(text)) if text.trim().parse::<i128>().is_ok() => Fit::Converted,
            (Kind::Float, V::String(text)) if text.trim().parse::<f64>().is_ok() => Fit::Converted,
            _ => Fit::No,
        }
    }

    pub fn shown(self) -> &'static str {
        match self {
            Kind::Bool => "`#true` or `#false`",
            Kind::Int => "a whole number",
            Kind::Float => "a number",
            Kind::String => "text",
            Kind::Enum => "one of a few words",
            Kind::List => "a list",
            Kind::Map => "a map",
            Kind::Section => "a section",
            Kind::Any => "anything",
        }
    }
}

impl Bounds {
    pub fn allow(&self, number: f64) -> bool {
        self.min.is_none_or(|min| number >= min)
            && self.max.is_none_or(|max| number <= max)
            && self.above.is_none_or(|above| number > above)
            && self.below.is_none_or(|below| number < below)
    }

    /// "at least 0 and at most 1".
    pub fn shown(&self) -> String {
        let bounds = [
            self.min.map(|n| format!("at least {n}")),
            self.above.map(|n| format!("above {n}")),
            self.max.map(|n| format!("at most {n}")),
            self.below.map(|n| format!("below {n}")),
        ];
        bounds.into_iter().flatten().collect::<Vec<_>>().join(" and ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As pydantic 2 does it without its strict mode.
    #[test]
    fn values_are_converted_as_the_engine_does_it() {
        use ConfigValue as V;
        let text = |t: &str| V::String(t.to_owned());
        let cases = [
            (Kind::Int, V::Integer(8), Fit::Yes),
            (Kind::Int, V::Float(8.0), Fit::Yes),
            (Kind::Int, V::Float(8.5), Fit::No),
            (Kind::Int, text("8"), Fit::Converted),
            (Kind::Int, text("eight"), Fit::No),
            (Kind::Int, V::Bool(true), Fit::Converted),
            (Kind::Float, V::Integer(1), Fit::Yes),
            (Kind::Float, text("0.5"), Fit::Converted),
            (Kind::Bool, V::Bool(false), Fit::Yes),
            (Kind::Bool, text("Yes"), Fit::Converted),
            (Kind::Bool, V::Integer(1), Fit::Converted),
            (Kind::Bool, V::Integer(2), Fit::No),
            (Kind::String, V::Integer(8), Fit::No),
            (Kind::List, V::Integer(8), Fit::No),
            (Kind::Section, V::Bool(true), Fit::No),
            (Kind::Section, V::Null, Fit::No),
        ];
        for (kind, value, fit) in cases {
            assert_eq!(kind.fits(&value), fit, "{kind:?} {value:?}");
        }
    }

    #[test]
    fn bounds_say_what_they_allow() {
        let bounds = Bounds { above: Some(0.0), max: Some(1.0), ..Bounds::default() };
        assert_eq!([0.0, 0.5, 1.0, 1.5].map(|n| bounds.allow(n)), [false, true, true, false]);
        assert_eq!(bounds.shown(), "above 0 and at most 1");
    }
}
